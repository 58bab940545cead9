//! What the plan is weighed by: the policy that is in force, kept up with as it is chosen and as emergencies end.

use crate::{
    dispatch::{dispatcher::Dispatcher, planning::Planner},
    house::Tuning,
};
use domain::book::{plan_policy::Weights, proposal_policy::ProposalPolicy};
use solver::{Params, Policy};

/// Seconds a move to another master has to gain on a usual day beside the search's own threshold, far from its start
/// and near: what is then taken, asked or left is for the rules of proposals.
const STABILITY: (i64, i64) = (600, 1200);

fn policy_of(weights: Weights) -> Policy {
    match weights {
        Weights::Balanced => Policy::Balanced,
        Weights::CustomerFirst => Policy::CustomerFirst,
        Weights::LeastTravel => Policy::LeastTravel,
        Weights::Emergency => Policy::Emergency,
    }
}
/// Seconds of the house before a start in which nothing moves, grown or shrunk as the policy's are against the usual.
fn freeze(seconds: i64, weights: Weights) -> i64 {
    seconds * policy_of(weights).params().freeze / Params::default().freeze
}
/// The solver's parameters for these weights. How dear a change of hands is and how long a visit is left alone before
/// its start are the house's own, and grow or shrink as the policy's do against the usual ones.
pub(super) fn params(weights: Weights, tuning: &Tuning) -> Params {
    let (told, usual) = (policy_of(weights).params(), Params::default());
    Params {
        freeze: freeze(tuning.freeze_seconds, weights),
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
    /// When a better plan is taken, asked about or left, by what is weighed now: in an emergency nearer to its start too.
    pub(super) fn rules_of_proposals(&self) -> ProposalPolicy {
        let rules = self.house.tuning.proposals;
        ProposalPolicy { freeze_seconds: freeze(rules.freeze_seconds, self.planner.weights), ..rules }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_day_is_planned_by_the_houses_numbers_and_an_emergency_by_a_share_of_them() {
        let tuning = Tuning { freeze_seconds: 1800, ..Tuning::default() };
        let (usual, storm) = (params(Weights::Balanced, &tuning), params(Weights::Emergency, &tuning));
        assert_eq!((usual.freeze, usual.stability, usual.stability_near), (1800, STABILITY.0, STABILITY.1));
        assert_eq!(storm.freeze, 300, "a sixth, as the policy's");
        assert!(storm.stability < usual.stability / 10 && storm.overtime_permille < usual.overtime_permille);
        let first = params(Weights::CustomerFirst, &tuning);
        assert!(first.preference > usual.preference && first.stability > usual.stability);
        assert_eq!(freeze(3600, Weights::LeastTravel), 3600);
    }
}
