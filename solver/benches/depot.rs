//! A depot's day: the plan, what no plan can beat, and what jobs and hours are worth.
//!
//! Run with `cargo bench -p solver --bench depot`. `BENCH_SECONDS` (8) is the search's processor time, `BENCH_LABELS`
//! (millions, 20) the work of the bound.

#[path = "../tests/town.rs"]
mod town;

use solver::{BoundBudget, Course, Engine, JobKey, MasterKey, Outcome, Params, PoolBudget};
use std::fs;
use town::Shape;

fn main() {
    let full = std::env::args().any(|arg| arg == "--bench");
    let seconds = number("BENCH_SECONDS", if full { 8.0 } else { 0.05 });
    let shape = if full {
        Shape { masters: 20, jobs: 200, side: 10, picky: false }
    } else {
        Shape { masters: 4, jobs: 20, side: 10, picky: false }
    };
    let mut engine = town::settled(3, shape, Params { freeze: 0, ..Params::default() });
    println!("== a depot of {} masters, {} jobs, {} km", shape.masters, shape.jobs, shape.side);
    let from = processor();
    search(&mut engine, seconds);
    let cost = engine.score();
    println!(
        "plan after {:.1} s: cost {} (travel {}, unassigned {} jobs)",
        processor() - from,
        cost.total(),
        cost.travel,
        engine.plan().unassigned.len()
    );
    let from = processor();
    let labels = number("BENCH_LABELS", if full { 20.0 } else { 0.1 }) * 1e6;
    let budget = BoundBudget { labels: labels as u64, ..BoundBudget::default() };
    let bound = engine.bound(budget).expect("ways do not depend on the hour");
    println!(
        "bound after {:.1} s more: {}, gap {:.2} %, {} ({} rounds, {:.1} million labels)",
        processor() - from,
        bound.bound,
        100.0 * bound.gap(),
        if bound.settled { "settled" } else { "work spent before it settled" },
        bound.rounds,
        bound.labels as f64 / 1e6
    );
    prices(&engine);
    let adopted = engine.polish_unpublished(PoolBudget::default()).expect("the pool holds the plan");
    println!("days the search met, combined: gain {} s", adopted.map_or(0, |delta| delta.gain()));
    unassigned(&engine);
}

/// A whole search until the time is spent.
fn search(engine: &mut Engine, seconds: f64) {
    let from = processor();
    let mut course = Course::of(engine);
    course.heat = number("BENCH_HEAT", course.heat);
    engine.run(&course, |_| (processor() - from) / seconds).expect("the pool holds the plan");
}

/// The dearest jobs and hours, in words.
fn prices(engine: &Engine) {
    let prices = engine.prices().expect("a bound leaves prices");
    let mut jobs: Vec<(i64, JobKey)> =
        engine.jobs().filter_map(|j| Some((prices.job(j.key)?, j.key))).collect();
    jobs.sort_unstable();
    for &(price, key) in jobs.iter().rev().take(3) {
        println!("  job {key}: without it the plan would cost about {} min of travel less", price / 60);
    }
    let mut hours: Vec<(i64, MasterKey)> =
        engine.masters().filter_map(|m| Some((prices.master_hour(m.key)?, m.key))).collect();
    hours.sort_unstable();
    for &(price, key) in hours.iter().rev().take(3) {
        println!("  master {key}: one more hour of him would save about {} min of travel", price / 60);
    }
}

/// The first jobs without a master, each with the smallest thing that would have to give.
fn unassigned(engine: &Engine) {
    for key in engine.plan().unassigned.into_iter().take(3) {
        let nearest = engine.verdicts(key).ok().and_then(|verdicts| verdicts.into_iter().next());
        match nearest.map(|verdict| (verdict.master, verdict.outcome)) {
            Some((master, Outcome::Breaks(rule))) => {
                println!("  job {key} has no master; nearest {master}: {rule}")
            }
            Some((master, Outcome::Fits(placement))) => {
                println!(
                    "  job {key} is cheaper undone: with {master} it would cost {}",
                    placement.cost.total()
                );
            }
            None => println!("  job {key} has no master, as there is none"),
        }
    }
}

fn number(name: &str, usual: f64) -> f64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Processor seconds of this thread, as the system counts them.
fn processor() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let spent = text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
    spent.unwrap_or(0.0) * 1e-9
}
