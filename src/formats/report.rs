//! A plan in the names and units of its file: as text for people, as data for programs.

use crate::problem::{Problem, Unit};
use serde::Serialize;
use solver::{Bound, Engine, JobKey, Violation, check};
use std::{collections::BTreeMap, fmt};

/// A stop of a tour.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportStop {
    /// The job's name.
    pub job: String,
    /// When the master is there.
    pub arrival: String,
    /// When the work begins.
    pub start: String,
    /// When it ends.
    pub end: String,
    /// The way to it, in units of the file; seconds in our own format.
    pub travel: f64,
}

/// A master's tour.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportTour {
    /// The master's name.
    pub master: String,
    /// Where he goes, in order.
    pub stops: Vec<ReportStop>,
    /// All ways, the one home included.
    pub travel: f64,
    /// When he is home.
    pub end: String,
}

/// A job in no tour.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportLeftOut {
    /// The job's name.
    pub job: String,
    /// The master who comes nearest to doing it.
    pub nearest: Option<String>,
    /// What is in his way.
    pub why: String,
}

/// A whole plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Name of the problem.
    pub name: String,
    /// What the plan costs, in units of the file.
    pub cost: f64,
    /// The same by rule, those that cost nothing left out.
    pub cost_by_rule: BTreeMap<&'static str, f64>,
    /// Tours that go anywhere.
    pub tours: Vec<ReportTour>,
    /// Jobs in no tour.
    pub left_out: Vec<ReportLeftOut>,
    /// What an independent checker finds wrong; nothing, unless the solver is.
    pub violations: Vec<String>,
    /// What no plan can beat, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound: Option<ReportBound>,
}

/// How good any plan could be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportBound {
    /// No plan costs less than this, in units of the file.
    pub cost: f64,
    /// What the plan may lose against the best one at most, in parts of its cost.
    pub gap: f64,
    /// Whether more work would not raise the bound.
    pub settled: bool,
}

impl Report {
    /// The engine's plan as a report.
    pub fn of(problem: &Problem, engine: &Engine) -> Self {
        let plan = engine.plan();
        let tours = plan.tours.iter().filter(|tour| !tour.stops.is_empty()).map(|tour| {
            let stops = tour.stops.iter().map(|stop| ReportStop {
                job: problem.job(stop.job),
                arrival: problem.moment(stop.arrival),
                start: problem.moment(stop.start),
                end: problem.moment(stop.end),
                travel: problem.units(stop.travel_seconds),
            });
            let ways = tour.stops.iter().map(|stop| stop.travel_seconds).sum::<i64>() + tour.home_seconds;
            ReportTour {
                master: problem.master(tour.master),
                stops: stops.collect(),
                travel: problem.units(ways),
                end: problem.moment(tour.end),
            }
        });
        let score = engine.score();
        let parts = [
            ("travel", score.travel),
            ("wait", score.wait),
            ("overtime", score.overtime),
            ("lateness", score.lateness),
            ("preference", score.preference),
            ("territory", score.zone),
            ("stability", score.stability),
            ("left out", score.unassigned),
        ];
        let parts = parts.into_iter().filter(|(_, cost)| *cost != 0);
        let (masters, jobs) = (&problem.masters, &problem.jobs);
        let wrong = check(&plan, masters, jobs, engine.params(), engine.travel(), engine.now());
        Self {
            name: problem.name.clone(),
            cost: cost(problem, engine),
            cost_by_rule: parts.map(|(rule, cost)| (rule, problem.units(cost))).collect(),
            tours: tours.collect(),
            left_out: plan.unassigned.iter().map(|job| left_out(problem, engine, *job)).collect(),
            violations: wrong.iter().map(Violation::to_string).collect(),
            bound: None,
        }
    }
    /// The report with what no plan can beat; the bound is of the reported plan.
    pub fn bounded(mut self, problem: &Problem, bound: &Bound) -> Self {
        let lost = problem.units((bound.cost - bound.bound).max(0));
        let gap = lost / self.cost.max(f64::MIN_POSITIVE);
        self.bound = Some(ReportBound { cost: self.cost - lost, gap, settled: bound.settled });
        self
    }
}

/// What a plan costs by the measure of its file: technicians count the time they are on the road, all others the sum of
/// the rules.
pub fn cost(problem: &Problem, engine: &Engine) -> f64 {
    let score = engine.score();
    let lasting = engine.duration().map(|duration| duration + score.unassigned);
    problem.units(lasting.unwrap_or_else(|| score.total()))
}

fn left_out(problem: &Problem, engine: &Engine, job: JobKey) -> ReportLeftOut {
    let explained = engine.explain(job).ok();
    let (fits, nearest) = match &explained {
        Some(explanation) => (!explanation.alternatives.is_empty(), explanation.rejected.first()),
        None => (false, None),
    };
    ReportLeftOut {
        job: problem.job(job),
        nearest: nearest.map(|(master, _)| problem.master(*master)),
        why: match nearest {
            _ if fits => "it costs more than leaving it out".to_owned(),
            Some((_, rule)) => rule.to_string(),
            None => "there is nobody to do it".to_owned(),
        },
    }
}

impl Problem {
    /// Where the masters' and jobs' units stand for seconds, costs are told in minutes.
    fn shown(&self, cost: f64) -> String {
        match self.unit {
            Unit::Seconds => format!("{:.0} min", cost / 60.0),
            Unit::Ticks(_) => format!("{cost:.1}"),
        }
    }
}

/// A report with its problem, to be read by people.
pub struct Shown<'a>(pub &'a Problem, pub &'a Report);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(problem, report) = self;
        writeln!(f, "{}", report.name)?;
        for tour in &report.tours {
            let (count, travel) = (tour.stops.len(), problem.shown(tour.travel));
            writeln!(f, "{}: {count} stops, ways {travel}, ends {}", tour.master, tour.end)?;
            let stops = tour.stops.iter().map(|stop| format!("{} {}–{}", stop.job, stop.start, stop.end));
            writeln!(f, "  {}", stops.collect::<Vec<_>>().join(", "))?;
        }
        for job in &report.left_out {
            let nearest = job.nearest.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
            writeln!(f, "left out: {} ({nearest}{})", job.job, job.why)?;
        }
        for wrong in &report.violations {
            writeln!(f, "wrong: {wrong}")?;
        }
        let parts = report.cost_by_rule.iter();
        let parts: Vec<String> =
            parts.map(|(rule, cost)| format!("{rule} {}", problem.shown(*cost))).collect();
        let stops: usize = report.tours.iter().map(|tour| tour.stops.len()).sum();
        write!(
            f,
            "cost {} ({}); {} tours, {stops} stops, {} left out",
            problem.shown(report.cost),
            parts.join(", "),
            report.tours.len(),
            report.left_out.len()
        )?;
        let Some(bound) = &report.bound else { return Ok(()) };
        let settled = if bound.settled { "" } else { "; more labels might raise the bound" };
        let (cost, gap) = (problem.shown(bound.cost), 100.0 * bound.gap);
        write!(f, "\nno plan costs less than {cost}: this one loses {gap:.2} % at most{settled}")
    }
}
