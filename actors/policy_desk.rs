//! The front desk's commands about what is planned by: the usual weights, an emergency and its end.

use crate::{
    card_desk::{batch_of, looked_at},
    dispatch::orders::args,
    front_desk::FrontDesk,
    house::House,
};
use domain::{
    book::plan_policy::{PlanPolicy, PlanPolicyEvent, Weights},
    ports::{Command, Seat},
    refusal::Refusal,
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choose {
    weights: Weights,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Emergency {
    hours: i64,
    reason: String,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Calm {}

impl House {
    /// What is planned by, as the consoles see it.
    pub(crate) fn policy_row(&self) -> Value {
        let now = self.now();
        let policy = self.policy.read();
        let usual = policy.as_ref().map_or(Weights::Balanced, |policy| policy.usual);
        let until = policy.as_ref().filter(|policy| policy.is_emergency(now));
        let until = until.and_then(|policy| policy.emergency_until).map(Timestamp::as_millisecond);
        let rev = policy.as_ref().map_or(0, |policy| policy.ver);
        json!({"id": "policy", "rev": rev, "usual": usual, "emergency_until": until})
    }
    /// Shows it.
    pub(crate) fn show_policy(&self) {
        self.tell("policy", "policy", Some(self.policy_row()));
    }
}

impl FrontDesk {
    /// Commands `policy.…`.
    pub(crate) async fn policy(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let _one_at_a_time = self.zoning.lock().await;
        let now = self.house.now();
        let event = match command.name.as_str() {
            "policy.choose" => PlanPolicyEvent::Chosen { weights: args::<Choose>(command)?.weights },
            "policy.emergency" => {
                let Emergency { hours, reason } = args(command)?;
                let until = i32::try_from(hours).ok().map(|hours| SignedDuration::from_hours(hours.into()));
                let until = until.and_then(|lasts| now.checked_add(lasts).ok());
                let wrong = || Refusal::invalid("policy-hours", format!("`{hours}` hours: expected 1 to 24"));
                PlanPolicyEvent::EmergencyBegan { until: until.ok_or_else(wrong)?, reason }
            }
            "policy.calm" => {
                let Calm {} = args(command)?;
                PlanPolicyEvent::EmergencyEnded
            }
            other => return Err(Refusal::unknown("command", other)),
        };
        let known = self.house.policy.read().clone();
        let mut policy = known.unwrap_or_else(|| PlanPolicy::new(self.house.fresh()));
        let was = policy.ver;
        looked_at("the policy", command, was).map_err(|no| no.with_current(self.house.policy_row()))?;
        let event = policy.decide(event, now)?;
        policy.apply(&event);
        let answer = json!({"rev": policy.ver});
        let mut batch = batch_of(command, &answer);
        batch.tell(policy.id, policy.ver, event.name(), now, &seat.login, &event);
        batch.keep(&policy, was);
        self.house.keep(batch).await?;
        *self.house.policy.write() = Some(policy);
        self.house.show_policy();
        Ok(answer)
    }
}
