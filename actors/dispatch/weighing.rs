//! What the plan is weighed by: the policy that is in force, kept up with as it is chosen and as emergencies end.

use crate::{
    dispatch::{dispatcher::Dispatcher, planning::Planner},
    house::Tuning,
};
use domain::book::plan_policy::Weights;
use solver::{Params, Policy};

/// Seconds a move to another master has to gain on a usual day beside the search's own threshold, far from its start
/// and near: what is then taken, asked or left is for the rules of proposals.
const STABILITY: (i64, i64) = (600, 1200);

/// The solver's parameters for these weights. How dear a change of hands is and how long a visit is left alone before
/// its start are the house's own, and grow or shrink as the policy's do against the usual ones.
pub(super) fn params(weights: Weights, tuning: &Tuning) -> Params {
    let policy = match weights {
        Weights::Balanced => Policy::Balanced,
        Weights::CustomerFirst => Policy::CustomerFirst,
        Weights::LeastTravel => Policy::LeastTravel,
        Weights::Emergency => Policy::Emergency,
    };
    let (told, usual) = (policy.params(), Params::default());
    Params {
        freeze: tuning.freeze_seconds * told.freeze / usual.freeze,
        stability: STABILITY.0 * told.stability / usual.stability,
        stability_near: STABILITY.1 * told.stability_near / usual.stability_near,
        ..told
    }
}

impl Planner {
    /// Plans by these weights from now on; nobody changes hands before the next search.
    pub(super) fn weigh(&mut self, weights: Weights, tuning: &Tuning) {
        let delta = self.engine.weigh(params(weights, tuning));
        if !delta.moves.is_empty() {
            self.drifted.push(delta);
        }
        self.weights = weights;
        // A search that runs has weighed by the others.
        self.events += 1;
    }
}

impl Dispatcher {
    /// Weighs by what is in force now, and shows it, where that is not what the planner does already.
    pub(super) fn keep_to_policy(&mut self) {
        let now = self.house.now();
        let policy = self.house.policy.read().clone();
        let weights = policy.map_or(Weights::Balanced, |policy| policy.in_force(now));
        if weights != self.planner.weights {
            tracing::info!(?weights, "the plan is weighed anew");
            self.planner.weigh(weights, &self.house.tuning);
            self.house.show_policy();
        }
    }
}
