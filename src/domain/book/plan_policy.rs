//! What matters most in planning: what the house has chosen, and an emergency that ends by itself.

use crate::{
    ports::{Entity, Table},
    refusal::Refusal,
    values::id::{Id, PolicyId, PolicyKind},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The longest emergency at once, in hours: who needs a longer one says so again.
pub const LONGEST_EMERGENCY_HOURS: i64 = 24;

/// What a plan is weighed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weights {
    /// Between the others.
    #[default]
    Balanced,
    /// The client's own master and the promised hour stand above the road.
    CustomerFirst,
    /// As little road and overtime as can be; who comes matters less.
    LeastTravel,
    /// A storm of urgent jobs: tours change more easily and later, overtime is cheap.
    Emergency,
}

/// What the house plans by; a store has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanPolicy {
    /// Identity.
    pub id: PolicyId,
    /// Version; 0 before anybody has chosen.
    pub ver: u64,
    /// On a usual day.
    pub usual: Weights,
    /// Until when there is an emergency, or was one.
    #[serde(default)]
    pub emergency_until: Option<Timestamp>,
}

/// What has happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlanPolicyEvent {
    /// The usual weights were chosen.
    Chosen {
        /// Which.
        weights: Weights,
    },
    /// There is an emergency, or it lasts longer or shorter than was said.
    EmergencyBegan {
        /// Until when.
        until: Timestamp,
        /// Why.
        reason: String,
    },
    /// It is over before its time.
    EmergencyEnded,
}

impl Entity for PlanPolicy {
    const TABLE: Table = Table::Policy;
    type Kind = PolicyKind;
    fn id(&self) -> Id<PolicyKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}

impl PlanPolicyEvent {
    /// The name in the journal.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Chosen { .. } => "policy.chosen",
            Self::EmergencyBegan { .. } => "policy.emergency_began",
            Self::EmergencyEnded => "policy.emergency_ended",
        }
    }
}

impl PlanPolicy {
    /// What a house plans by that has chosen nothing.
    pub const fn new(id: PolicyId) -> Self {
        Self { id, ver: 0, usual: Weights::Balanced, emergency_until: None }
    }
    /// Is there an emergency at the instant?
    pub fn is_emergency(&self, at: Timestamp) -> bool {
        self.emergency_until.is_some_and(|until| at < until)
    }
    /// What counts at the instant.
    pub fn in_force(&self, at: Timestamp) -> Weights {
        if self.is_emergency(at) { Weights::Emergency } else { self.usual }
    }
    /// Decides at the instant; changes nothing.
    ///
    /// # Errors
    /// An emergency is no usual day; its end or its reason is wrong; there is none to end.
    pub fn decide(&self, event: PlanPolicyEvent, at: Timestamp) -> Result<PlanPolicyEvent, Refusal> {
        match &event {
            PlanPolicyEvent::Chosen { weights: Weights::Emergency } => Err(Refusal::invalid(
                "policy-usual",
                "an emergency has an end: expected `balanced`, `customer_first` or `least_travel`",
            )),
            PlanPolicyEvent::Chosen { .. } => Ok(event),
            PlanPolicyEvent::EmergencyBegan { until, reason } => {
                let lasts = until.duration_since(at);
                if lasts <= SignedDuration::ZERO
                    || lasts > SignedDuration::from_hours(LONGEST_EMERGENCY_HOURS)
                {
                    let detail = format!(
                        "the emergency would end at `{until}`: expected an instant within {LONGEST_EMERGENCY_HOURS} hours from now"
                    );
                    return Err(Refusal::invalid("policy-hours", detail));
                }
                Refusal::unless_said(reason).map(|()| event)
            }
            PlanPolicyEvent::EmergencyEnded if !self.is_emergency(at) => {
                Err(Refusal::state("policy-calm", "there is no emergency: expected one that can be ended"))
            }
            PlanPolicyEvent::EmergencyEnded => Ok(event),
        }
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &PlanPolicyEvent) {
        self.ver += 1;
        match event {
            PlanPolicyEvent::Chosen { weights } => self.usual = *weights,
            PlanPolicyEvent::EmergencyBegan { until, .. } => self.emergency_until = Some(*until),
            PlanPolicyEvent::EmergencyEnded => self.emergency_until = None,
        }
    }
}
