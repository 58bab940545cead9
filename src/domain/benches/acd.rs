//! A million calls through the line of a call centre of two hundred operators: the laws are held after every step, and
//! the error of the waits that were told and the fairness among operators are printed.
//!
//! `make bench-acd`; `CALLOUT_ACD_CALLS`, `CALLOUT_ACD_OPERATORS` and `CALLOUT_ACD_SEED` change the day.

#[path = "../tests/rules/call_day.rs"]
mod call_day;

use call_day::{Shape, day, judge};
use std::time::Instant;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn main() {
    // `cargo test --benches` runs this too; a small day then shows that it still works.
    let full = std::env::args().any(|arg| arg == "--bench");
    let shape = Shape {
        operators: setting("CALLOUT_ACD_OPERATORS", if full { 200 } else { 10 }),
        calls: setting("CALLOUT_ACD_CALLS", if full { 1_000_000 } else { 500 }),
        seed: setting("CALLOUT_ACD_SEED", 2026),
    };
    let began = Instant::now();
    let out = day(shape);
    judge(shape, &out);
    let took = began.elapsed();
    println!("{} calls, {} operators, {} steps in {took:.1?}", out.calls, shape.operators, out.steps);
    println!("violations of the laws of the line: {}", out.violations);
    println!(
        "answered {}, gave up {}, called back {}, not reached {}, rings {}, missed rings {}, longest line {}",
        out.answered,
        out.abandoned,
        out.called_back,
        out.not_reached,
        out.rings,
        out.missed,
        out.longest_line
    );
    let answered = out.answered.max(1) as f64;
    println!(
        "answered in 20 s: {:.1} %, mean wait {:.1} s, occupancy {:.1} %",
        out.in_time as f64 * 100.0 / answered,
        out.waited_ms / 1e3 / answered,
        out.occupancy
    );
    println!("wait estimate: mean error {:.1} % over {} waits of 20 s and more", out.mape(), out.judged);
    println!("fairness: Gini of idle time among operators of the same skills {:.3}", out.gini);
}
