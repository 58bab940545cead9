//! The planner against problems of the literature: one line each with our cost, the best known, the gap, the processor
//! seconds of this thread and the seed.
//!
//! `make bench-solver` runs it beside other solvers. What and how long is said by the environment: `BENCH_SETS`
//! (`solomon homberger trsp`), `BENCH_ONLY` (names), `BENCH_SECONDS` (a problem, ten), `BENCH_SEEDS` (one).

mod instance;
mod plane;
mod trsp;
mod vrptw;

use instance::Instance;
use solver::{Budget, Engine, PoolBudget};
use std::{collections::BTreeMap, fs, path::Path};

/// Shares of the budget for the cycles of one search, each begun less hot than the first.
const CYCLES: [f64; 3] = [0.5, 0.25, 0.25];

fn main() {
    let full = std::env::args().any(|arg| arg == "--bench");
    let Some(data) = instance::folder() else {
        println!("SKIPPED: no benchmark data; set CALLOUT_TEST_DATA to the folder that holds `vrptw` and `trsp`");
        return;
    };
    let only = words("BENCH_ONLY", if full { "" } else { "R101" });
    let seconds = number("BENCH_SECONDS", if full { 10.0 } else { 0.1 });
    println!("instance,cost,best,gap_percent,cpu_seconds,seed,iterations,left_out");
    let mut gaps: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for set in words("BENCH_SETS", "solomon homberger trsp") {
        for instance in read(&data, &set) {
            if !only.is_empty() && !only.contains(&instance.name) {
                continue;
            }
            for seed in 1..=number("BENCH_SEEDS", 1.0) as u64 {
                let gap = run(&instance, seconds, seed);
                gaps.entry(set.clone()).or_default().push(gap);
            }
        }
    }
    for (set, gaps) in gaps {
        let better = gaps.iter().filter(|gap| **gap < -0.0005).count();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        println!("# {set}: mean gap {mean:.3} % over {} runs, {better} better than the best known", gaps.len());
    }
}

fn read(data: &Path, set: &str) -> Vec<Instance> {
    match set {
        "solomon" => vrptw::read(data, "Solomon"),
        "homberger" => vrptw::read(data, "Homberger"),
        "trsp" => trsp::read(data),
        other => panic!("set `{other}` is unknown, expected `solomon`, `homberger` or `trsp`"),
    }
}

/// Solves one problem and prints its line; gives the gap in percent.
fn run(instance: &Instance, seconds: f64, seed: u64) -> f64 {
    let from = processor();
    let mut engine = instance.engine(seed);
    let mut iterations = search(&mut engine, 2000, 1.0);
    for k in 0..CYCLES.len() {
        let spent = processor() - from;
        let end = seconds * CYCLES[..=k].iter().sum::<f64>();
        let rate = iterations as f64 / spent;
        let reheat = if k == 0 { 1.0 } else { number("BENCH_REHEAT", 0.3) };
        iterations += search(&mut engine, ((end - spent).max(0.0) * rate * 0.95) as u64, reheat);
        if number("BENCH_POOL", 1.0) > 0.0 {
            engine.polish_unpublished(PoolBudget::default()).expect("the pool always holds the current plan");
        }
    }
    let (cost, spent) = (instance.cost(&engine), processor() - from);
    let gap = 100.0 * (cost / instance.best - 1.0);
    println!(
        "{},{cost:.3},{:.3},{gap:.3},{spent:.1},{seed},{iterations},{}",
        instance.name,
        instance.best,
        engine.plan().unassigned.len()
    );
    gap
}

/// One annealing whose heat is a share of the mean way; gives its iterations.
fn search(engine: &mut Engine, iterations: u64, share: f64) -> u64 {
    let plan = engine.plan();
    let tours = plan.tours.iter().filter(|tour| !tour.stops.is_empty()).count().max(1);
    let stops = plan.tours.iter().map(|tour| tour.stops.len()).sum::<usize>();
    let way = engine.score().travel as f64 / (stops + tours) as f64;
    let heat = number("BENCH_HEAT", 1.0) * way * share;
    engine.improve_unpublished(Budget { iterations, heat: heat as i64 });
    iterations
}

fn words(name: &str, usual: &str) -> Vec<String> {
    let text = std::env::var(name).unwrap_or_else(|_| usual.to_owned());
    text.split_whitespace().map(str::to_owned).collect()
}

fn number(name: &str, usual: f64) -> f64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Processor seconds of this thread, as the system counts them; they do not depend on what else runs.
fn processor() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let spent = text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
    spent.unwrap_or(0.0) * 1e-9
}
