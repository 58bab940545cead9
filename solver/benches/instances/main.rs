//! The planner against problems of the literature: one line each with our cost, the best known, the gap, the processor
//! seconds of this thread and the seed. Every plan is walked a second time by the benchmark's own arithmetic.
//!
//! `make bench-solver` runs it beside other solvers. What and how long is said by the environment: `CALLOUT_DATA` (the
//! folder of `vrptw` and `trsp`), `BENCH_SETS` (`vrptw trsp`), `BENCH_ONLY` (names), `BENCH_SECONDS` (a routing
//! problem; a technicians' problem takes half of it), `BENCH_STEPS` instead (the same on a busy machine), `BENCH_SEEDS`. `BENCH_NAMES=1` prints names alone.

mod instance;
mod plane;
mod proof;
mod trsp;
mod vrptw;

use instance::Instance;
use solver::Course;
use std::{collections::BTreeMap, fs};

/// The usual routing problems; of those that are not in the folder the standing-in ones behind them are taken.
const ROUTING: &str = "C104 C204 R101 R104 R112 R208 R210 RC104 RC108 RC202 R1_2_3 RC2_2_5 \
    RC1_4_5|RC1_4_1 R2_4_3|R2_4_1 R1_10_3|R1_10_1 RC2_10_5|RC2_10_1";

fn main() {
    let full = std::env::args().any(|arg| arg == "--bench");
    let data = instance::folder();
    if !data.join("vrptw").is_dir() {
        println!(
            "SKIPPED: no benchmark data in `{}`; set CALLOUT_DATA to the folder that holds `vrptw` and `trsp`",
            data.display()
        );
        return;
    }
    let only = words("BENCH_ONLY", if full { "" } else { "R101" });
    if number("BENCH_NAMES", 0.0) > 0.0 {
        let names: Vec<String> = routing(&data, &only).into_iter().map(|it| it.name).collect();
        println!("{}", names.join(" "));
        return;
    }
    let seconds = number("BENCH_SECONDS", if full { 5.0 } else { 0.1 });
    println!("instance,cost,best,gap_percent,cpu_seconds,seed,iterations");
    let mut gaps: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for set in words("BENCH_SETS", "vrptw trsp") {
        let (instances, seconds) = match set.as_str() {
            "vrptw" => (routing(&data, &only), seconds),
            "trsp" => (trsp::read(&data), seconds * number("BENCH_TRSP_SHARE", 0.5)),
            other => panic!("set `{other}` is unknown, expected `vrptw` or `trsp`"),
        };
        for instance in instances.iter().filter(|it| only.is_empty() || only.contains(&it.name)) {
            for seed in 1..=number("BENCH_SEEDS", 1.0) as u64 {
                let gap = run(instance, seconds, seed);
                for group in groups(&set, &instance.name) {
                    gaps.entry(group).or_default().push(gap);
                }
            }
        }
    }
    for (group, gaps) in gaps {
        let better = gaps.iter().filter(|gap| **gap < -0.0005).count();
        let equal = gaps.iter().filter(|gap| gap.abs() <= 0.0005).count();
        let (mean, runs) = (gaps.iter().sum::<f64>() / gaps.len() as f64, gaps.len());
        println!(
            "# {group}: mean gap {mean:.3} % over {runs} runs; {better} better than the best known, {equal} equal"
        );
    }
}

/// The means a run belongs to.
fn groups(set: &str, name: &str) -> Vec<&'static str> {
    match (set, name.contains('_')) {
        ("trsp", _) => vec!["trsp"],
        (_, true) => vec!["homberger", "vrptw"],
        (_, false) => vec!["solomon", "vrptw"],
    }
}

fn routing(data: &std::path::Path, only: &[String]) -> Vec<Instance> {
    if !only.is_empty() {
        return only.iter().filter_map(|name| vrptw::read(data, name)).collect();
    }
    let first = |choice: &str| choice.split('|').find_map(|name| vrptw::read(data, name));
    ROUTING.split_whitespace().filter_map(first).collect()
}

/// Solves one problem and prints its line; gives the gap in percent.
fn run(instance: &Instance, seconds: f64, seed: u64) -> f64 {
    let from = processor();
    let mut engine = instance.engine(seed);
    let mut course = Course::of(&engine);
    course.heat = number("BENCH_HEAT", course.heat);
    course.cold = number("BENCH_COLD", course.cold);
    course.reheat = number("BENCH_REHEAT", course.reheat);
    let cycles = words("BENCH_CYCLES", "");
    if !cycles.is_empty() {
        course.cycles = cycles.iter().filter_map(|share| share.parse().ok()).collect();
    }
    course.pool.nodes = number("BENCH_NODES", course.pool.nodes.into()) as u32;
    course.pool.columns = number("BENCH_COLUMNS", course.pool.columns as f64) as usize;
    let steps = number("BENCH_STEPS", 0.0);
    let spent = |done: u64| if steps > 0.0 { done as f64 / steps } else { (processor() - from) / seconds };
    let iterations = engine.run(&course, spent).expect("the pool always holds the current plan");
    let spent = processor() - from;
    let cost = match instance.cost(&engine) {
        Ok(cost) => cost,
        Err(wrong) => {
            println!("# {}: not a plan that keeps the rules: {wrong}", instance.name);
            f64::INFINITY
        }
    };
    let gap = 100.0 * (cost / instance.best - 1.0);
    println!("{},{cost:.3},{:.3},{gap:.3},{spent:.1},{seed},{iterations}", instance.name, instance.best);
    gap
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
