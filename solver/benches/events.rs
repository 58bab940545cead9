//! How long the first answer to an event takes, and how the plan improves with iterations.
//!
//! Run with `cargo bench -p solver`. Times are wall time of this thread; nothing here fails on a slow machine.

#[path = "../tests/town.rs"]
mod town;

use solver::{Budget, Engine, Event, JobDraft, JobKey, MasterKey, Params, PoolBudget, Position};
use std::time::Instant;
use town::{Dice, Shape};

/// Events of each kind.
const SAMPLES: usize = 200;

fn main() {
    // `cargo test --benches` runs this too; a small town then shows that it still works.
    let full = std::env::args().any(|arg| arg == "--bench");
    let sizes: &[(u64, u64, u64)] = if full { &[(60, 300, 16), (200, 2000, 30)] } else { &[(8, 40, 16)] };
    for &(masters, jobs, side) in sizes {
        let shape = Shape { masters, jobs, side, picky: false };
        println!("== {masters} masters, {jobs} jobs");
        let from = Instant::now();
        let mut engine = town::settled(1, shape, Params::default());
        println!("first plan, job by job: {:.1} ms, {}", ms(from), line(&engine));
        curve(&mut engine, if full { 100_000 } else { 200 });
        let from = Instant::now();
        engine.apply(Event::Advance { now: 8 * 3600 }).expect("time runs forward");
        println!("advance: {:.3} ms", ms(from));
        for kind in ["urgent", "cancel", "ill", "late"] {
            events(&engine, shape, kind, if full { SAMPLES } else { 4 });
        }
        slots(&engine, shape);
        let from = Instant::now();
        let adopted = engine.polish(PoolBudget::default()).expect("the program has a solution");
        let gain = adopted.map_or(0, |delta| delta.gain());
        println!("pool program: {:.0} ms, gain {gain}", ms(from));
    }
}

fn ms(from: Instant) -> f64 {
    from.elapsed().as_secs_f64() * 1e3
}

fn line(engine: &Engine) -> String {
    let cost = engine.score();
    format!("cost {} (travel {}, unassigned {})", cost.total(), cost.travel, engine.plan().unassigned.len())
}

/// Cost of a plan nobody knows yet, after so many iterations.
fn curve(engine: &mut Engine, most: u64) {
    let (mut spent, mut step) = (0, most / 50);
    let from = Instant::now();
    while spent < most {
        engine.improve_unpublished(Budget { iterations: step, heat: if spent == 0 { 200 } else { 60 } });
        spent += step;
        println!("  {spent:>7} iterations, {:>7.0} ms: {}", ms(from), line(engine));
        step = spent;
    }
}

/// First answers to one kind of event, each on a copy of the plan.
fn events(engine: &Engine, shape: Shape, kind: &str, samples: usize) {
    let mut dice = Dice(99);
    let mut times = Vec::new();
    let mut sliced = Vec::new();
    let (mut moved, mut lost, mut gained, mut disturbed) = (0, 0, 0, 0);
    for sample in 0..samples {
        let master = MasterKey(dice.below(shape.masters).into());
        let event = match kind {
            "urgent" => {
                let mut job = town::job(&mut dice, 1_000_000 + sample as u64, shape);
                let start = 3600 * (10 + dice.below(6) as i64);
                job.windows = vec![(start, start + 7200)];
                job.priority = 200_000;
                Event::JobAdded(Box::new(job))
            }
            "cancel" => Event::JobRemoved { job: JobKey(dice.below(shape.jobs).into()) },
            "ill" => Event::MasterRemoved { master, from: 0 },
            _ => {
                let master = engine.masters().find(|m| m.key == master).expect("a master of this town");
                let position = Position { place: master.home, free_from: master.shift.0 + 3600 };
                Event::MasterMoved { master: master.key, position }
            }
        };
        let mut copy = engine.clone();
        // A copy starts cold; a question to it warms the caches as the day before the event would.
        std::hint::black_box(copy.plan());
        let from = Instant::now();
        let delta = copy.apply(event).expect("the event is about known people");
        times.push(ms(from));
        moved +=
            delta.moves.iter().filter(|m| m.from.is_some() && m.to.is_some() && m.changes_master()).count();
        lost += delta.moves.iter().filter(|m| m.to.is_none() && m.forced.is_some()).count();
        if sample % 10 == 0 {
            let from = Instant::now();
            let better = copy.improve(Budget::slice(2000));
            sliced.push(ms(from));
            gained += better.as_ref().map_or(0, solver::Delta::gain);
            disturbed += better
                .map_or(0, |d| d.moves.iter().filter(|m| m.from.is_some() && m.changes_master()).count());
        }
    }
    let count = samples as f64;
    let slices = sliced.len() as f64;
    println!(
        "{kind:>6}: p50 {:.3} ms, p99 {:.3} ms; moved {:.2}, unassigned {:.2} an event; \
         slice of 2000: p50 {:.0} ms, gain {:.0} s, {:.2} jobs to another master",
        quantile(&mut times, 0.5),
        quantile(&mut times, 0.99),
        moved as f64 / count,
        f64::from(lost as u32) / count,
        quantile(&mut sliced, 0.5),
        gained as f64 / slices,
        disturbed as f64 / slices,
    );
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
        let from = Instant::now();
        std::hint::black_box(engine.candidates(&draft, &windows, 3));
        times.push(ms(from));
    }
    println!("15 windows: p50 {:.3} ms, p99 {:.3} ms", quantile(&mut times, 0.5), quantile(&mut times, 0.99));
}

fn quantile(times: &mut [f64], q: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(((times.len().max(1) - 1) as f64 * q) as usize).copied().unwrap_or(0.0)
}
