//! `callout solve FILE`: a planning problem out of a file, solved without a server.

use crate::{cli::println_line, roads};
use ::roads::RoadTravel;
use anyhow::{Context, bail};
use clap::Args;
use formats::{Problem, Report, Shown, Unit};
use solver::{Budget, Engine, PoolBudget};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

/// The search is cooled down so many times, each begun less hot than the one before.
const HEATS: [f64; 8] = [1.0, 0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08];
/// Iterations by which the speed is measured.
const FIRST: u64 = 1000;

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
    /// Where the plan is written as JSON.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Where the plan is drawn as SVG.
    #[arg(long)]
    pub svg: Option<PathBuf>,
    /// An extract (`.osm.pbf`, `.osm`, `.osm.gz`) or prepared roads (`.roads`) for a day of our own.
    #[arg(long)]
    pub roads: Option<PathBuf>,
    /// The hour of the day whose traffic is driven in.
    #[arg(long, default_value_t = 12)]
    pub hour: u8,
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
        problem.travel = Arc::new(RoadTravel::new(Arc::new(roads::network(file)?), args.hour));
    }
    // Nobody knows this plan yet: nothing is lost by changing it.
    (problem.params.stability, problem.params.stability_near, problem.params.threshold) = (0, 0, 0);
    let mut engine = problem.engine(args.seed).with_context(|| format!("`{shown}`"))?;
    search(&mut engine, &problem, args)?;
    let report = Report::of(&problem, &engine);
    println_line(&Shown(&problem, &report).to_string());
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

/// Searches in slices of equal length, each told of when it ends.
fn search(engine: &mut Engine, problem: &Problem, args: &SolveArgs) -> anyhow::Result<()> {
    let from = Instant::now();
    let tell = |engine: &Engine, done: u64| {
        let cost = problem.units(engine.score().total());
        let left_out = engine.plan().unassigned.len();
        let spent = from.elapsed().as_secs_f64();
        eprintln!("{spent:>7.1} s, {done:>9} iterations: cost {cost:.1}, {left_out} left out");
    };
    tell(engine, 0);
    let heat = heat(engine);
    let mut done = 0;
    for (k, share) in HEATS.iter().enumerate() {
        let slices = (HEATS.len() - k) as f64;
        let iterations = match args.iterations {
            Some(all) => (all - done) / slices as u64,
            None if done == 0 => FIRST,
            None => {
                let spent = from.elapsed().as_secs_f64();
                let rate = done as f64 / spent.max(1e-6);
                ((args.seconds - spent).max(0.0) / slices * rate) as u64
            }
        };
        if iterations > 0 {
            engine.improve_unpublished(Budget { iterations, heat: (heat * share) as i64 });
            done += iterations;
            engine.polish(PoolBudget::default())?;
        }
        tell(engine, done);
    }
    Ok(())
}

/// What a search may lose at its beginning: a mean way.
fn heat(engine: &Engine) -> f64 {
    let plan = engine.plan();
    let tours = plan.tours.iter().filter(|tour| !tour.stops.is_empty()).count();
    let stops: usize = plan.tours.iter().map(|tour| tour.stops.len()).sum();
    engine.score().travel as f64 / (stops + tours).max(1) as f64
}
