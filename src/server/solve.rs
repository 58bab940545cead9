//! `callout solve FILE`: a planning problem out of a file, solved without a server.

use crate::{cli::println_line, roads};
use ::roads::{HourlyTravel, RoadTravel};
use anyhow::{Context, bail};
use clap::Args;
use formats::{Problem, Report, Shown, Unit};
use solver::{BoundBudget, Course, Engine};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

/// The usual hour, where a way is not asked for by the clock.
const NOON: u8 = 12;

/// What may be asked of a problem.
#[derive(Debug, Clone, Args)]
pub struct SolveArgs {
    /// A problem of Solomon, Homberger, technicians (TRSP), or a day of our own in JSON.
    pub file: PathBuf,
    /// Seconds to search for.
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
    /// Iterations to search for instead: the same number gives the same plan.
    #[arg(long)]
    pub iterations: Option<u64>,
    /// Which chance.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// What no plan can beat is worked out as well, with so many millions of labels (20; about a second each);
    /// for problems of 512 jobs at most.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "20", value_name = "LABELS",
        value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub bound: Option<u64>,
    /// Where the plan is written as JSON.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// So many jobs are explained, and so many of those without a master, in Russian.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "3", value_name = "JOBS")]
    pub explain: Option<usize>,
    /// Where the plan is drawn as SVG.
    #[arg(long)]
    pub svg: Option<PathBuf>,
    /// An extract (`.osm.pbf`, `.osm`, `.osm.gz`) or prepared roads (`.roads`) for a day of our own.
    #[arg(long)]
    pub roads: Option<PathBuf>,
    /// The whole day is driven in the traffic of this hour; without it each way in that of its own.
    #[arg(long, value_parser = clap::value_parser!(u8).range(..24))]
    pub hour: Option<u8>,
}

/// Reads, searches with lines of progress on standard error, prints the plan.
///
/// # Errors
/// A file that cannot be read or is no problem; a plan that cannot be written.
pub fn run(args: &SolveArgs) -> anyhow::Result<()> {
    if !(0.0..=86_400.0).contains(&args.seconds) {
        bail!("`--seconds` is `{}`, expected from 0 to 86400", args.seconds);
    }
    let shown = args.file.display();
    let text = fs::read_to_string(&args.file).with_context(|| format!("cannot read `{shown}`"))?;
    let name = args.file.file_stem().and_then(|stem| stem.to_str()).unwrap_or("problem");
    let mut problem = formats::read(&text, name).with_context(|| format!("`{shown}`"))?;
    if let Some(file) = &args.roads {
        if problem.unit != Unit::Seconds {
            bail!("`{shown}` lies in a plane of its own, `--roads` is for a day in JSON");
        }
        let network = Arc::new(roads::network(file)?);
        problem.travel = match args.hour {
            Some(hour) => Arc::new(RoadTravel::new(network, hour)),
            None => Arc::new(HourlyTravel::new(network, NOON)),
        };
    }
    let mut engine = problem.engine(args.seed).with_context(|| format!("`{shown}`"))?;
    search(&mut engine, &problem, args)?;
    let mut report = Report::of(&problem, &engine);
    if let Some(millions) = args.bound {
        let budget = BoundBudget { labels: millions * 1_000_000, ..BoundBudget::default() };
        let bound = engine.bound(budget).context("`--bound` cannot be had")?;
        report = report.bounded(&problem, &bound);
    }
    println_line(&Shown(&problem, &report).to_string());
    if let Some(most) = args.explain {
        println_line(&formats::explained(&problem, &engine, most));
    }
    if let Some(file) = &args.out {
        write(file, &serde_json::to_string_pretty(&report)?)?;
    }
    if let Some(file) = &args.svg {
        write(file, &formats::svg(&problem, &engine.plan()))?;
    }
    if !report.violations.is_empty() {
        bail!("the plan breaks `{}` rules, expected none", report.violations.len());
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(file, text).with_context(|| format!("cannot write `{}`", file.display()))
}

/// Searches in cycles, each told of when it ends.
fn search(engine: &mut Engine, problem: &Problem, args: &SolveArgs) -> anyhow::Result<()> {
    let from = Instant::now();
    let tell = |engine: &Engine, done: u64| {
        let cost = formats::cost(problem, engine);
        let left_out = engine.plan().unassigned.len();
        let spent = from.elapsed().as_secs_f64();
        eprintln!("{spent:>7.1} s, {done:>9} iterations: cost {cost:.1}, {left_out} left out");
    };
    tell(engine, 0);
    let course = Course::of(engine);
    let (mut done, mut until) = (0, 0.0);
    for cycle in 0..course.cycles.len() {
        until += course.share(cycle);
        let start = from.elapsed().as_secs_f64();
        let time = (args.seconds * until - start).max(1e-6);
        let most = args.iterations.map(|all| ((all as f64 * until).round() as u64).saturating_sub(done));
        done += engine.cycle(&course, cycle, |k| match most {
            Some(most) => {
                if k >= most {
                    1.0
                } else {
                    k as f64 / most as f64
                }
            }
            None => (from.elapsed().as_secs_f64() - start) / time,
        })?;
        tell(engine, done);
    }
    Ok(())
}
