//! A caller: somebody in the town with a telephone.

use crate::kit::branch::Branch;
use actix::Addr;
use actors::call_centre::{call_session::CallSession, telephony::FindCall};
use domain::{
    calls::{
        call::{Call, CallState},
        line::{Leg, LineEvent, LineOrder},
    },
    values::id::CallId,
};

/// One call of one caller.
pub struct Caller<'a> {
    branch: &'a Branch,
    /// The caller's leg.
    pub leg: Leg,
    /// The call.
    pub id: CallId,
}

/// The event of a call that comes in.
pub fn offered(leg: Leg, from: &str) -> LineEvent {
    offered_at(leg, from, "+74950000000")
}
fn offered_at(leg: Leg, from: &str, did: &str) -> LineEvent {
    LineEvent::Offered {
        leg,
        sip_call_id: format!("leg-{}", leg.0),
        from: from.into(),
        display: String::new(),
        did: did.into(),
        trunk: "town".into(),
    }
}

impl<'a> Caller<'a> {
    /// Rings and hears the ringing.
    pub async fn rings(branch: &'a Branch, from: &str) -> Self {
        Self::rings_at(branch, from, "+74950000000").await
    }
    /// Rings one of our numbers and hears the ringing.
    pub async fn rings_at(branch: &'a Branch, from: &str, did: &str) -> Self {
        let leg = branch.line.caller_leg();
        branch.hears(offered_at(leg, from, did)).await;
        branch.sees("the ringing", || branch.line.was_told(&LineOrder::Ring(leg))).await;
        let sip = format!("leg-{}", leg.0);
        let mine = branch.journal.all::<Call>().into_iter().find(|c| c.sip_call_id == sip);
        Self { branch, leg, id: mine.expect("a call that rings is kept").id }
    }
    /// Rings where the house answers first, and hears a prompt.
    pub async fn is_received(branch: &'a Branch, from: &str, prompt: &str) -> Self {
        let leg = branch.line.caller_leg();
        branch.hears(offered(leg, from)).await;
        let heard = LineOrder::Play { leg, prompt: prompt.into() };
        branch.sees("the first prompt", || branch.line.was_told(&heard)).await;
        let sip = format!("leg-{}", leg.0);
        let mine = branch.journal.all::<Call>().into_iter().find(|c| c.sip_call_id == sip);
        Self { branch, leg, id: mine.expect("a call that is received is kept").id }
    }
    /// The prompt was heard to its end.
    pub async fn hears_out(&self) {
        self.branch.hears(LineEvent::PromptEnded { leg: self.leg }).await;
        self.branch.settles().await;
    }
    /// Presses a key.
    pub async fn presses(&self, digit: char) {
        self.branch.hears(LineEvent::Digit { leg: self.leg, digit }).await;
        self.branch.settles().await;
    }
    /// How many times the caller has heard a prompt.
    pub fn heard(&self, prompt: &str) -> usize {
        self.branch.line.times_told(&LineOrder::Play { leg: self.leg, prompt: prompt.into() })
    }
    /// Puts the receiver down.
    pub async fn hangs_up(&self) {
        self.branch.hears(LineEvent::Ended { leg: self.leg, by_remote: true }).await;
    }
    /// The call as it is kept.
    pub fn call(&self) -> Call {
        self.branch.journal.get(self.id).expect("a call that rings is kept")
    }
    /// Where the call stands.
    pub fn state(&self) -> CallState {
        self.call().state
    }
    /// Waits until the call stands there.
    pub async fn becomes(&self, state: CallState) {
        self.branch.sees(&format!("a call that is {state:?}"), || self.state() == state).await;
    }
    /// The call's session, while there is one.
    pub async fn session(&self) -> Option<Addr<CallSession>> {
        self.branch.desk().telephony.send(FindCall(self.id)).await.expect("telephony lives")
    }
}
