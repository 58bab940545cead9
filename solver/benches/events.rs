//! How long the first answer to an event takes, what 200 ms of search then leave, and who is moved without need.
//!
//! Run with `cargo bench -p solver --bench events`. Searches are measured in processor time of this thread, answers as
//! the fastest of three, as both say least about what else runs; nothing here fails on a slow machine. `BENCH_SIZES` (`200x2000 1000x10000`) and `BENCH_SAMPLES` (100) say how much is done.

#[path = "../tests/town.rs"]
mod town;

use solver::{Budget, Delta, Engine, Event, Job, JobDraft, JobKey, MasterKey, Params, PoolBudget, Position};
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
    if full && shape.masters <= 200 {
        day(engine.clone(), shape, (rate * 200.0) as u64);
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
            let free_from = engine.now().max(known.shift.0) + 3600;
            (Event::MasterMoved { master, position: Position { place: known.home, free_from } }, own)
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

/// A day of mixed events on one plan, with a slice of search behind each.
fn day(mut engine: Engine, shape: Shape, slice: u64) {
    let mut dice = Dice(7);
    let (mut at_once, mut later, mut offers, mut lost) = (0, 0, 0, 0);
    let mut times = Vec::new();
    for k in 0..DAY_EVENTS {
        let now = 8 * 3600 + (k as i64) * 9 * 60;
        engine.apply(Event::Advance { now }).expect("time runs forward");
        let (event, concerned) = event(&engine, shape, KINDS[k % KINDS.len()], &mut dice, 500_000 + k as u64);
        let (copy, delta, time) = answer(&engine, &event);
        engine = copy;
        times.push(time);
        at_once += needless(&delta, &concerned);
        lost += delta.moves.iter().filter(|m| m.to.is_none() && m.forced.is_some()).count();
        if let Some(delta) = engine.improve(Budget::slice(slice)) {
            offers += 1;
            later += needless(&delta, &concerned);
        }
    }
    println!(
        "a day of {DAY_EVENTS} events: first plan p50 {:.3} ms, p99 {:.3} ms; jobs moved beyond the affected: \
         {at_once} at once, {later} by {offers} offers of the search; {lost} left without a master",
        quantile(&mut times, 0.5),
        quantile(&mut times, 0.99),
    );
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
