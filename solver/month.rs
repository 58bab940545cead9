//! A month of agreement visits: which day and which master.
//!
//! [`plan_month`] spreads occurrences of service schedules over days and masters. It keeps windows of days, the client's
//! weekdays, holidays, skills and lists, two masters where two are needed, rest between days, the distance between visits of one schedule, and the hours of each day; it
//! weighs overtime, ways, days beside the due one, fairness, and above all what was promised before. Hours of the day are
//! not its business: those come later, from the day's own plan.

mod check;
mod choices;
mod program;
mod spread;

pub use check::{MonthViolation, check_month, month_cost, month_loads};

use crate::job::{SeatDraft, Skill};
use crate::key::{JobKey, MasterKey};
use crate::place::Place;
use crate::pool::LpError;
use crate::travel::TravelTimes;
use serde::{Deserialize, Serialize};

/// A day, counted from 1970-01-01.
pub type Day = i32;

/// Days of the week on which a client can be visited, Monday first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weekdays(pub [bool; 7]);

impl Weekdays {
    /// Any day.
    pub const ALL: Self = Self([true; 7]);
    /// Monday to Friday.
    pub const WORKING: Self = Self([true, true, true, true, true, false, false]);

    /// Whether the day is one of them.
    pub fn has(&self, day: Day) -> bool {
        // The first of January 1970 was a Thursday.
        self.0[(day + 3).rem_euclid(7) as usize]
    }
}

/// What is known of an occurrence from an earlier plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Which day.
    pub day: Day,
    /// Whose.
    pub master: MasterKey,
    /// The other master's, where two are needed.
    #[serde(default)]
    pub second: Option<MasterKey>,
    /// Whether the client was told; then moving it costs [`MonthWeights::told`] times as much.
    pub told: bool,
    /// Whether it stands whatever it costs.
    pub fixed: bool,
}

/// One visit that a schedule asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Occurrence {
    /// The caller's name of it.
    pub key: JobKey,
    /// The schedule it belongs to; see [`Rhythm`].
    pub series: u128,
    /// Where it is.
    pub place: Place,
    /// The part of the town: visits of one zone on one day by one master share the way there.
    pub zone: u32,
    /// Seconds of work on the spot.
    pub seconds: i64,
    /// First and last day on which it may be.
    pub days: (Day, Day),
    /// The day it is due.
    pub due: Day,
    /// The client's days.
    pub weekdays: Weekdays,
    /// Skills needed, all of them, each at least at its level.
    pub skills: Vec<Skill>,
    /// If not empty, only these masters may do it.
    pub required: Vec<MasterKey>,
    /// If not empty, other masters cost [`MonthWeights::preference`] more.
    pub preferred: Vec<MasterKey>,
    /// These masters may not do it.
    pub excluded: Vec<MasterKey>,
    /// What leaving it out costs, in seconds of travel.
    pub priority: i64,
    /// What an earlier plan said.
    pub promised: Option<Promise>,
    /// What a second master needs, where two have to come together.
    #[serde(default)]
    pub second: Option<SeatDraft>,
}

impl Occurrence {
    /// An hour of work within three days of the due one, Monday to Friday, by anybody; adjust the public fields.
    pub fn new(key: JobKey, series: u128, place: Place, due: Day) -> Self {
        Self {
            key,
            series,
            place,
            zone: 0,
            seconds: 3600,
            days: (due - 3, due + 3),
            due,
            weekdays: Weekdays::WORKING,
            skills: Vec::new(),
            required: Vec::new(),
            preferred: Vec::new(),
            excluded: Vec::new(),
            priority: 100_000,
            promised: None,
            second: None,
        }
    }
}

/// How far apart the visits of one schedule are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rhythm {
    /// Which schedule.
    pub series: u128,
    /// Least days between any two of its visits.
    pub least: Day,
    /// Most days between a visit and the next one.
    pub most: Day,
    /// The day of its last visit before this month.
    pub last: Option<Day>,
}

/// A day's hours of a master.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkDay {
    /// Which day.
    pub day: Day,
    /// Seconds for agreement visits, the ways included.
    pub seconds: i64,
    /// Seconds of overtime allowed beyond them.
    pub overtime: i64,
    /// Begin and end of the shift, as seconds of the day, where rest between days matters.
    #[serde(default)]
    pub shift: Option<(i64, i64)>,
}

/// A master and the days he works.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MonthMaster {
    /// Who.
    pub key: MasterKey,
    /// Where his days begin and end.
    pub home: Place,
    /// What he can do.
    pub skills: Vec<Skill>,
    /// His days, in order.
    pub days: Vec<WorkDay>,
    /// Least seconds of rest between the end of a day, overtime included, and the begin of the next; see
    /// [`crate::Rest`]. Where shifts alone leave less, the later day begins later.
    #[serde(default)]
    pub rest: Option<i64>,
}

/// What things cost, in seconds of travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthWeights {
    /// A thousand seconds of overtime.
    pub overtime_permille: i64,
    /// The whole difference between the fullest and the emptiest master, full ones being one.
    pub spread: i64,
    /// A day beside the due one.
    pub beside_due: i64,
    /// A master other than a preferred one.
    pub preference: i64,
    /// A promised day changed.
    pub moved_day: i64,
    /// A promised master changed.
    pub moved_master: i64,
    /// How many times as much both cost when the client was told.
    pub told: i64,
    /// How many nearest masters each occurrence may choose from.
    pub choices: usize,
}

impl Default for MonthWeights {
    fn default() -> Self {
        Self {
            overtime_permille: 2000,
            spread: 200_000,
            beside_due: 120,
            preference: 900,
            moved_day: 3600,
            moved_master: 1800,
            told: 5,
            choices: 8,
        }
    }
}

/// What has to be planned.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Month {
    /// Visits asked for.
    pub occurrences: Vec<Occurrence>,
    /// Rhythms of their schedules; a schedule without one has none to keep.
    pub rhythms: Vec<Rhythm>,
    /// Who can go.
    pub masters: Vec<MonthMaster>,
    /// Days on which nobody is visited, unless it is fixed.
    pub holidays: Vec<Day>,
    /// What things cost.
    pub weights: MonthWeights,
}

/// How much work planning may do; iterations, never time, so that a run can be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthBudget {
    /// Up to so many choices the month is one program, solved to its optimum.
    pub whole: usize,
    /// Parts of a larger month taken out and put back.
    pub iterations: u32,
    /// Whether a lower bound is worked out, by the whole month as one program without whole numbers.
    pub bound: bool,
}

impl Default for MonthBudget {
    fn default() -> Self {
        Self { whole: 150, iterations: 100_000, bound: false }
    }
}

/// A visit given a day and a master.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MonthVisit {
    /// Which occurrence.
    pub occurrence: JobKey,
    /// Which day.
    pub day: Day,
    /// Whose.
    pub master: MasterKey,
    /// Who comes along, where two are needed.
    #[serde(default)]
    pub second: Option<MasterKey>,
}

/// Why an occurrence has no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeftOut {
    /// Holidays, the client's weekdays and the rhythm leave no day of its window.
    NoDay,
    /// Nobody who may do it works on a day that is left.
    NoMaster,
    /// Other visits of the same schedule stand too near or too far.
    Rhythm,
    /// Everybody's days are full.
    Full,
}

/// Cost of a month by rule, in seconds of travel.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct MonthCost {
    /// Ways.
    pub travel: f64,
    /// Overtime.
    pub overtime: f64,
    /// Days beside the due ones.
    pub beside_due: f64,
    /// Masters other than preferred ones.
    pub preference: f64,
    /// Promises changed.
    pub moved: f64,
    /// Unequal months.
    pub spread: f64,
    /// What is left out.
    pub left_out: f64,
}

impl MonthCost {
    /// The sum.
    pub fn total(&self) -> f64 {
        self.travel
            + self.overtime
            + self.beside_due
            + self.preference
            + self.moved
            + self.spread
            + self.left_out
    }
}

/// A month planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MonthPlan {
    /// Visits, in the order of occurrences given.
    pub visits: Vec<MonthVisit>,
    /// What has no day, and why.
    pub left_out: Vec<(JobKey, LeftOut)>,
    /// Cost by rule.
    pub cost: MonthCost,
    /// No plan costs less, if that was asked for.
    pub bound: Option<f64>,
    /// Whether nothing better exists among the choices looked at.
    pub optimal: bool,
}

/// Gives each occurrence a day and a master, or says why not.
///
/// A month of up to [`MonthBudget::whole`] choices is one mixed-integer program. A larger one is filled choice by choice,
/// then parts of it are taken out and put back as long as that pays; the program without whole numbers tells how much
/// better a month could be at most ([`MonthPlan::bound`]). The same month and budget give the same plan.
///
/// # Errors
/// A program that has no solution, which a right one always has.
pub fn plan_month(
    month: &Month,
    travel: &dyn TravelTimes,
    budget: MonthBudget,
) -> Result<MonthPlan, LpError> {
    spread::Spreading::new(month, travel, budget).plan()
}
