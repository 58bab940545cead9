//! Where the masters go: numbers in, numbers out.
//!
//! The crate keeps a plan of tours warm and changes it by events. It has no clock, does no IO, knows nothing of the
//! trade it serves, and gives the same plan for the same seed, events and budgets. Times are whole seconds, ways whole
//! metres, costs seconds of travel.
//!
//! # A tour of the crate
//!
//! * [`Job`], [`Master`], [`Params`] say what is asked; [`TravelTimes`] says how far things are.
//! * [`Engine::apply`] takes an [`Event`] and answers at once with a [`Delta`]: every position of every master is
//!   tried, each by one comparison, and only jobs that must move do.
//! * [`Engine::improve`] searches between events (ruin and recreate under annealing) and adopts only what is worth
//!   disturbing people for.
//! * [`Engine::candidates`] finds slots while the client is on the line; [`Engine::verdicts`] and
//!   [`Engine::verdict_for`] tell for each master the cost by rule, or the broken [`Rule`] and how much has to give;
//!   [`Engine::explain`] tells why a job is where it is.
//! * [`Job::beside`] makes a job a further seat of a visit for several masters at the same time, [`Job::after`] the next
//!   visit of a chain; what hangs together starts as early as all of it can, and is planned, moved and left together.
//! * [`Engine::polish`] combines remembered tours by a linear program and prices jobs and hours;
//!   [`Engine::bound`] proves how much better any plan could be;
//!   [`Engine::balance`] spreads work fairly.
//! * [`plan_month`] gives the visits of service schedules days and masters, weeks ahead.
//! * [`check()`] proves a [`Plan`] right without sharing a line with the search.
//!
//! # Example
//!
//! ```
//! use solver::{Budget, Engine, Event, Job, JobKey, Master, MasterKey, Params, Place};
//!
//! let mut engine = Engine::new(Params::default(), 7);
//! let home = Place::new(55.75, 37.62);
//! let master = Master::new(MasterKey(1), home, (9 * 3600, 18 * 3600));
//! engine.apply(Event::MasterAdded(Box::new(master)))?;
//!
//! let mut job = Job::new(JobKey(10), Place::new(55.80, 37.60));
//! job.windows = vec![(12 * 3600, 14 * 3600)];
//! let delta = engine.apply(Event::JobAdded(Box::new(job)))?;
//!
//! let slot = delta.moves[0].to.expect("the master is free all day");
//! assert_eq!(slot.master, MasterKey(1));
//! assert_eq!(slot.start, 12 * 3600);
//! assert!(engine.improve(Budget::slice(100)).is_none(), "one job cannot stand better");
//! # Ok::<(), solver::EventError>(())
//! ```

mod apart;
mod apply;
mod balance;
mod bound;
mod candidate;
mod chain;
mod check;
mod cost;
mod course;
mod crew;
mod delta;
mod dive;
mod engine;
mod errand;
mod event;
mod explain;
mod grid;
mod hold;
mod insertion;
mod job;
mod joint;
mod key;
mod label;
mod links;
mod master;
mod memory;
mod model;
mod month;
mod nearby;
mod need;
mod params;
mod part;
mod pause;
mod place;
mod plan;
mod policy;
mod pool;
mod random;
mod reseat;
mod rest;
mod ruin;
mod rule;
mod search;
mod seating;
mod settle;
mod slip;
mod snapshot;
mod span;
mod spell;
mod state;
mod stock;
mod tails;
mod tour;
mod traffic;
mod travel;
mod verdict;
mod weigh;

pub use balance::{Balance, BalanceWeights, Capacity, DayLoad, Load, Share, distribute};
pub use bound::{Bound, BoundBudget};
pub use candidate::Candidate;
pub use chain::{After, Ended};
pub use check::{Violation, check, cost_of, tour_cost, tours_cost};
pub use cost::Cost;
pub use course::Course;
pub use delta::{Delta, Move, Slot};
pub use engine::{Comparison, Engine};
pub use event::{Event, EventError};
pub use explain::{Alternative, Explanation};
pub use job::{Job, JobDraft, Pin, SeatDraft, Skill, Started};
pub use key::{JobKey, MasterKey};
pub use master::{Master, Pace, Position};
pub use month::{
    Day, LeftOut, Month, MonthBudget, MonthCost, MonthMaster, MonthPlan, MonthViolation, MonthVisit,
    MonthWeights, Occurrence, Promise, Rhythm, Weekdays, WorkDay, check_month, month_cost, month_loads,
    plan_month,
};
pub use params::{Budget, Params};
pub use part::Part;
pub use pause::Pause;
pub use place::Place;
pub use plan::{Plan, Stop, Tour};
pub use policy::Policy;
pub use pool::{LpError, PoolBudget, Prices};
pub use rest::Rest;
pub use rule::Rule;
pub use snapshot::{RestoreError, Snapshot};
pub use spell::Spell;
pub use traffic::{Hour, Traffic};
pub use travel::{GreatCircle, Leg, TravelTimes};
pub use verdict::{Outcome, Placement, Verdict, Where};
