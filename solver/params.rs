//! Weights and limits of planning: what a dispatcher may tune.

use crate::travel::GreatCircle;
use serde::{Deserialize, Serialize};

/// Everything tunable, in seconds of travel unless the name says otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Params {
    /// Cost of a thousand seconds of travel.
    pub travel_permille: i64,
    /// Cost of a thousand seconds of waiting between jobs.
    pub wait_permille: i64,
    /// Cost of a thousand seconds of overtime.
    pub overtime_permille: i64,
    /// Cost of a job done by a master other than a preferred one.
    pub preference: i64,
    /// Cost of a job done by a master of other territories.
    pub zone: i64,
    /// Cost of moving a planned job to another master.
    pub stability: i64,
    /// The same when the job was to start within `near`.
    pub stability_near: i64,
    /// How near a start makes a change of master dearer.
    pub near: i64,
    /// Jobs whose way starts sooner than this from now are left alone by `Engine::improve`.
    pub freeze: i64,
    /// `Engine::improve` offers a change only if it gains this much for each job moved to another master.
    pub threshold: i64,
    /// Whether waiting is counted as if each master left home as late as his day allows. Exact where jobs have one
    /// window; of several windows, the one the plan uses is looked at.
    pub late_departure: bool,
    /// Whether the way home belongs to the shift and to the cost.
    pub return_home: bool,
    /// How many nearest jobs the search looks at.
    pub neighbours: usize,
    /// Mean number of jobs one ruin takes out.
    pub ruin: usize,
    /// Longest string taken out of one tour.
    pub longest_string: usize,
    /// One position in so many is passed over by chance, so that the search does not repeat itself.
    pub blink_one_in: usize,
    /// One step in so many exchanges the ends of two tours; zero for none.
    pub tails_one_in: usize,
    /// One step in so many exchanges the whole days of two masters who differ; zero for none.
    pub days_one_in: usize,
    /// One step in so many decides whether a master goes by the store; zero for none.
    pub stores_one_in: usize,
    /// Tours remembered for the pool.
    pub pool_limit: usize,
    /// Speed and detour of the default travel times.
    pub travel: GreatCircle,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            travel_permille: 1000,
            wait_permille: 100,
            overtime_permille: 1000,
            preference: 900,
            zone: 1200,
            stability: 1800,
            stability_near: 3600,
            near: 2 * 3600,
            freeze: 3600,
            threshold: 300,
            late_departure: false,
            return_home: true,
            neighbours: 40,
            ruin: 10,
            longest_string: 10,
            blink_one_in: 100,
            tails_one_in: 8,
            days_one_in: 30,
            stores_one_in: 12,
            pool_limit: 5000,
            travel: GreatCircle::default(),
        }
    }
}

/// How much searching one call of `Engine::improve` may do; iterations, never time, so that a run can be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Ruins and recreations to try.
    pub iterations: u64,
    /// Loss accepted at the start, in seconds of travel; it falls to nothing by the end.
    pub heat: i64,
}

impl Budget {
    /// A slice between events: near the current plan, low heat.
    pub fn slice(iterations: u64) -> Self {
        Self { iterations, heat: 40 }
    }

    /// A deep search, as for tomorrow's plan: more heat.
    pub fn deep(iterations: u64) -> Self {
        Self { iterations, heat: 400 }
    }
}
