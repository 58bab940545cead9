//! How long the first answer to an event takes, what 200 ms of search then leave, and who is moved without need.
//!
//! Run with `cargo bench -p solver --bench events`. Searches are measured in processor time of this thread, answers as
//! the fastest of three, as both say least about what else runs; nothing here fails on a slow machine. `BENCH_SIZES` (`200x2000 1000x10000`) and `BENCH_SAMPLES` (100) say how much is done.

#[path = "../tests/town.rs"]
mod town;

use solver::{
    Budget, Delta, Engine, Event, Job, JobDraft, JobKey, MasterKey, Params, PoolBudget, Position, Stop, Tour,
};
use std::{collections::BTreeSet, fs, time::Instant};
use town::{Dice, Shape};

/// Kinds of events, as a dispatcher knows them.
const KINDS: [&str; 4] = ["urgent", "cancelled", "ill", "late"];
/// Events of the day that is lived through.
const DAY_EVENTS: usize = 60;

fn main() {
    // `cargo test --benches` runs this too; a small town then shows that it still works.
    let full = std::env::args().any(|arg| arg == "--bench");
    let sizes = std::env::var("BENCH_SIZES").unwrap_or_else(|_| "200x2000 1000x10000".to_owned());
    let sizes = if full { sizes } else { "8x40".to_owned() };
    for size in sizes.split_whitespace() {
        let (masters, jobs) = size.split_once('x').expect("a size is MASTERSxJOBS");
        let (masters, jobs) = (masters.parse().expect("masters"), jobs.parse().expect("jobs"));
        // A city grows with its people: 30 km for 200 masters.
        let side = ((masters as f64 * 4.5).sqrt() as u64).max(16);
        measure(Shape { masters, jobs, side, picky: false }, full);
    }
}

fn measure(shape: Shape, full: bool) {
    println!("== {} masters, {} jobs, {} km", shape.masters, shape.jobs, shape.side);
    let samples = number("BENCH_SAMPLES", if full { 100 } else { 4 });
    let from = processor();
    let mut engine = town::settled(1, shape, Params::default());
    println!("first plan, job by job: {:.0} ms, {}", ms(from), line(&engine));
    let rate = settle(&mut engine, if full { 20_000.0 } else { 20.0 });
    engine.apply(Event::Advance { now: 8 * 3600 }).expect("time runs forward");
    for kind in KINDS {
        events(&engine, shape, kind, samples, (rate * 200.0) as u64);
    }
    slots(&engine, shape);
    if full {
        day(engine.clone(), shape, (rate * 200.0) as u64);
    }
    if full && shape.masters <= 200 {
        explain(&mut engine);
    }
}

/// Prints how the plan nobody knows yet gets better; gives iterations in a millisecond.
fn settle(engine: &mut Engine, most: f64) -> f64 {
    let from = processor();
    let (mut spent, mut step, mut next) = (0, 200, most / 64.0);
    while ms(from) < most {
        engine.improve_unpublished(Budget { iterations: step, heat: if spent == 0 { 200 } else { 60 } });
        spent += step;
        if ms(from) >= next {
            println!("  {:>6.0} ms, {spent} iterations: {}", ms(from), line(engine));
            next *= 4.0;
        }
        let rate = spent as f64 / ms(from);
        step = ((next - ms(from)).clamp(10.0, 1000.0) * rate) as u64 + 1;
    }
    println!("  {:>6.0} ms, {spent} iterations: {}", ms(from), line(engine));
    spent as f64 / ms(from)
}

fn line(engine: &Engine) -> String {
    let cost = engine.score();
    format!("cost {} (travel {}, unassigned {})", cost.total(), cost.travel, engine.plan().unassigned.len())
}

/// An event of a kind, and the jobs that have to do with it.
fn event(
    engine: &Engine,
    shape: Shape,
    kind: &str,
    dice: &mut Dice,
    fresh: u64,
) -> (Event, BTreeSet<JobKey>) {
    let master = MasterKey(dice.below(shape.masters).into());
    let plan = engine.plan();
    let tour = plan.tours.iter().find(|tour| tour.master == master);
    let own: BTreeSet<JobKey> =
        tour.into_iter().flat_map(|tour| tour.stops.iter().map(|stop| stop.job)).collect();
    match kind {
        "urgent" => {
            let job = town::job(dice, 1_000_000 + fresh, shape);
            let start = engine.now().max(9 * 3600) + 3600 * (1 + dice.below(6) as i64);
            let key = job.key;
            let job = Job { windows: vec![(start, start + 7200)], priority: 200_000, ..job };
            (Event::JobAdded(Box::new(job)), BTreeSet::from([key]))
        }
        "cancelled" => {
            let waiting: Vec<JobKey> = engine.jobs().map(|job| job.key).collect();
            let job = waiting[dice.below(waiting.len() as u64) as usize];
            (Event::JobRemoved { job }, BTreeSet::from([job]))
        }
        "ill" => (Event::MasterRemoved { master, from: engine.now() }, own),
        _ => {
            let known = engine.masters().find(|m| m.key == master).expect("a master of this town");
            let at_work =
                engine.jobs().find(|job| job.started.is_some_and(|started| started.master == master));
            if let Some(job) = at_work {
                // The work he is at takes longer than planned.
                return (
                    Event::JobChanged(Box::new(Job { service: job.service + 3600, ..job.clone() })),
                    own,
                );
            }
            let place = known.position.map_or(known.home, |position| position.place);
            let free_from = engine.now().max(known.shift.0) + 3600;
            (Event::MasterMoved { master, position: Position { place, free_from } }, own)
        }
    }
}

/// Jobs that went to another master though nothing happened to them.
fn needless(delta: &Delta, concerned: &BTreeSet<JobKey>) -> usize {
    let moved = delta.moves.iter().filter(|m| m.from.is_some() && m.changes_master());
    moved.filter(|m| !concerned.contains(&m.job)).count()
}

/// First answers to one kind of event, each on a copy of the plan.
fn events(engine: &Engine, shape: Shape, kind: &str, samples: usize, slice: u64) {
    let mut dice = Dice(99);
    let (mut times, mut first_moves, mut later_moves, mut left) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut lost, mut gained) = (0, 0);
    for sample in 0..samples {
        let (event, concerned) = event(engine, shape, kind, &mut dice, sample as u64);
        let (mut copy, delta, time) = answer(engine, &event);
        times.push(time);
        first_moves.push(needless(&delta, &concerned) as f64);
        lost += delta.moves.iter().filter(|m| m.to.is_none() && m.forced.is_some()).count();
        if sample % 10 == 0 {
            let better = copy.improve(Budget::slice(slice));
            gained += better.as_ref().map_or(0, Delta::gain);
            later_moves.push(better.map_or(0, |delta| needless(&delta, &concerned)) as f64);
            if sample % 20 == 0 {
                let more = copy.improve(Budget::slice(10 * slice));
                left.push(more.map_or(0, |delta| delta.gain()) as f64 / 60.0);
            }
        }
    }
    println!(
        "{kind:>9}: first plan p50 {:.3} ms, p99 {:.3} ms; others moved p99 {:.0}; unassigned {:.2} an event; \
         after +200 ms: gain {:.1} min, others moved max {:.0}, 2 s more would gain p50 {:.1} min",
        quantile(&mut times, 0.5),
        quantile(&mut times, 0.99),
        quantile(&mut first_moves, 0.99),
        lost as f64 / samples as f64,
        gained as f64 / 60.0 / later_moves.len().max(1) as f64,
        quantile(&mut later_moves, 1.0),
        quantile(&mut left, 0.5),
    );
}

/// The answer to an event on a copy of the plan, and the milliseconds it took: the fastest of three.
fn answer(engine: &Engine, event: &Event) -> (Engine, Delta, f64) {
    let once = || {
        let (mut copy, event) = (engine.clone(), event.clone());
        // A copy starts cold; a question to it warms the caches as the day before the event would.
        std::hint::black_box(copy.plan());
        let from = Instant::now();
        let delta = copy.apply(event).expect("the event is about known people");
        (copy, delta, from.elapsed().as_secs_f64() * 1e3)
    };
    let (copy, delta, first) = once();
    (copy, delta, first.min(once().2).min(once().2))
}

/// What a day came to.
#[derive(Default)]
struct Lived {
    times: Vec<f64>,
    at_once: usize,
    later: usize,
    offers: usize,
    lost: BTreeSet<JobKey>,
    /// Of the lost, those no master could come to in time, and those a long search found a place for.
    beyond: usize,
    found: usize,
    served: usize,
}

impl Lived {
    /// Notes jobs left without a master, and whether that had to be.
    fn lose(&mut self, engine: &Engine, jobs: Vec<JobKey>, slice: u64) {
        if jobs.is_empty() {
            return;
        }
        let (possible, beyond): (Vec<JobKey>, Vec<JobKey>) =
            jobs.iter().partition(|&&job| alone(engine, job));
        self.beyond += beyond.len();
        self.lost.extend(jobs);
        if !possible.is_empty() {
            let mut copy = engine.clone();
            copy.improve_unpublished(Budget { iterations: 50 * slice, heat: 400 });
            self.found += possible.iter().filter(|&&job| copy.slot_of(job).is_some()).count();
        }
    }
}

/// Whether some master could do a job if he let go of all he has not started; by the checker's arithmetic.
fn alone(engine: &Engine, job: JobKey) -> bool {
    let Some(job) = engine.jobs().find(|other| other.key == job) else { return false };
    engine.masters().any(|master| {
        let begun = engine.jobs().filter(|other| other.started.is_some_and(|s| s.master == master.key));
        let day: Vec<&Job> = begun.chain([job]).collect();
        solver::tour_cost(master, &day, engine.params(), engine.travel(), engine.now()).is_some()
    })
}

/// A day of mixed events on one plan, with a slice of search behind each. Masters start and end their jobs as planned.
fn day(mut engine: Engine, shape: Shape, slice: u64) {
    let mut dice = Dice(7);
    let mut lived = Lived::default();
    for k in 0..DAY_EVENTS {
        let now = 8 * 3600 + (k as i64) * 9 * 60;
        lived.served += pass(&mut engine, now);
        let missed = engine.plan().unassigned.into_iter().filter(|job| !lived.lost.contains(job)).collect();
        lived.lose(&engine, missed, slice);
        let (event, concerned) = event(&engine, shape, KINDS[k % KINDS.len()], &mut dice, 500_000 + k as u64);
        let (copy, delta, time) = answer(&engine, &event);
        engine = copy;
        lived.times.push(time);
        lived.at_once += needless(&delta, &concerned);
        let left = delta.moves.iter().filter(|m| m.to.is_none() && m.forced.is_some()).map(|m| m.job);
        lived.lose(&engine, left.collect(), slice);
        if let Some(delta) = engine.improve(Budget::slice(slice)) {
            lived.offers += 1;
            lived.later += needless(&delta, &concerned);
        }
    }
    println!(
        "a day of {DAY_EVENTS} events, {} jobs done meanwhile: first plan p50 {:.3} ms, p99 {:.3} ms; jobs moved \
         beyond the affected: {} at once, {} by {} offers of the search; {} ever without a master: {} in no master's \
         reach had he nothing else to do, {} of the others found a place in ten seconds of search that moves \
         whom it likes; {} in the end",
        lived.served,
        quantile(&mut lived.times, 0.5),
        quantile(&mut lived.times, 0.99),
        lived.at_once,
        lived.later,
        lived.offers,
        lived.lost.len(),
        lived.beyond,
        lived.found,
        engine.plan().unassigned.len(),
    );
}

/// Lets time pass: who has a job to go to by then goes and starts it, who has one to end ends it. Gives the jobs done.
fn pass(engine: &mut Engine, now: i64) -> usize {
    let mut done = 0;
    loop {
        let first = |tour: Tour| tour.stops.into_iter().next().map(|stop| (tour.master, stop));
        // Who is under way does not turn back.
        let moment = |stop: &Stop| stop.slack.map_or(stop.end, |_| stop.start - stop.travel_seconds);
        let next =
            engine.plan().tours.into_iter().filter_map(first).map(|(m, stop)| (moment(&stop), m, stop));
        let Some((at, master, stop)) = next.min_by_key(|(at, master, _)| (*at, *master)) else { break };
        if at > now {
            break;
        }
        engine.apply(Event::Advance { now: at.max(engine.now()) }).expect("time runs forward");
        let event = match stop.slack {
            Some(_) => Event::Started { job: stop.job, master, at: stop.start },
            None => Event::JobDone { job: stop.job, at: stop.end },
        };
        done += usize::from(stop.slack.is_none());
        engine.apply(event).expect("the event is about known people");
    }
    engine.apply(Event::Advance { now: now.max(engine.now()) }).expect("time runs forward");
    done
}

/// What the pool's program gains, and what it says an hour and a job are worth.
fn explain(engine: &mut Engine) {
    let from = processor();
    let adopted = engine.polish_unpublished(PoolBudget::default()).expect("the program has a solution");
    println!("pool program: {:.0} ms, gain {} s", ms(from), adopted.map_or(0, |delta| delta.gain()));
}

/// Offers of fifteen windows to a caller.
fn slots(engine: &Engine, shape: Shape) {
    let windows: Vec<(i64, i64)> =
        (0..15).map(|k| ((9 * 3600) + 1800 * k, 9 * 3600 + 1800 * k + 7200)).collect();
    let mut dice = Dice(5);
    let mut times = Vec::new();
    for key in 0..50 {
        let job = town::job(&mut dice, key, shape);
        let draft = JobDraft { skills: job.skills, service: job.service, ..JobDraft::new(job.place) };
        let ask = || {
            let from = Instant::now();
            std::hint::black_box(engine.candidates(&draft, &windows, 3));
            from.elapsed().as_secs_f64() * 1e3
        };
        times.push(ask().min(ask()).min(ask()));
    }
    println!("15 windows: p50 {:.3} ms, p99 {:.3} ms", quantile(&mut times, 0.5), quantile(&mut times, 0.99));
}

fn quantile(times: &mut [f64], q: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(((times.len().max(1) - 1) as f64 * q) as usize).copied().unwrap_or(0.0)
}

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn ms(from: f64) -> f64 {
    1e3 * (processor() - from)
}

/// Processor seconds of this thread, as the system counts them; wall time where it does not.
fn processor() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let spent = text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
    spent.unwrap_or(0.0) * 1e-9
}
