//! A telephonist: a person at an operator's screen, with a browser or a desk phone.

use crate::kit::{branch::Branch, caller::Caller, firm::id, seats};
use domain::{
    calls::{
        line::{Leg, LineEvent},
        operator::{Device, Operator, Presence},
    },
    ports::Seat,
    refusal::Refusal,
    values::id::{CallId, OperatorId},
};
use serde_json::{Value, json};

/// The person.
pub struct Telephonist<'a> {
    branch: &'a Branch,
    /// Who.
    pub id: OperatorId,
    /// Their seat.
    pub seat: Seat,
}

impl<'a> Telephonist<'a> {
    /// The operator of this number, not yet at work.
    pub fn new(branch: &'a Branch, number: u128) -> Self {
        Self { branch, id: id(number), seat: seats::operator(number) }
    }
    /// Opens the screen, connects the microphone and says that they are ready.
    pub async fn at_work(branch: &'a Branch, number: u128) -> Self {
        let person = Self::new(branch, number);
        if person.row().device == Device::Browser {
            person.microphone(true).await;
        }
        person.says("operator.ready", json!({})).await.expect("an operator may be ready");
        person
    }
    /// The browser's audio comes or goes.
    pub async fn microphone(&self, online: bool) {
        self.branch.hears(LineEvent::Browser { session: self.id.to_string(), online }).await;
        let told = || self.branch.news.field("queue", self.id, "line_ok") == online;
        self.branch.sees("the microphone", told).await;
    }
    /// A command of theirs.
    pub async fn says(&self, name: &str, args: Value) -> Result<Value, Refusal> {
        self.branch.says(&self.seat, name, args).await
    }
    /// A command about a call.
    pub async fn does(&self, name: &str, call: CallId) -> Result<Value, Refusal> {
        self.says(name, json!({"call": call})).await
    }
    /// The operator as kept.
    pub fn row(&self) -> Operator {
        self.branch.journal.get(self.id).expect("the operator has a row")
    }
    /// What they are doing, as the screens show it.
    pub fn presence(&self) -> Value {
        self.branch.news.field("queue", self.id, "state")
    }
    /// Waits until they are doing that, on the screens and in the journal.
    pub async fn is(&self, presence: Presence) {
        let shown = json!(presence);
        let what = format!("an operator who is {presence:?}");
        self.branch.sees(&what, || self.presence() == shown && self.row().presence == presence).await;
    }
    /// The call on their screen.
    pub fn pop(&self) -> Option<Value> {
        self.branch.news.row(&format!("agent:{}", self.id), "pop")
    }
    /// Waits until this call rings at them.
    pub async fn is_rung_by(&self, caller: &Caller<'_>) {
        let mine = json!(caller.id);
        self.branch
            .sees("a call that rings here", || {
                let row = self.branch.news.row("queue", self.id).unwrap_or_default();
                let shown = self.branch.news.row("queue", caller.id).unwrap_or_default();
                let rings = row["state"] == "ringing" && row["call"] == mine;
                rings && shown["state"] == "offered" && shown["operator"] == json!(self.id)
            })
            .await;
    }
    /// Takes the call and hears the caller.
    pub async fn answers(&self, caller: &Caller<'_>) -> Leg {
        self.is_rung_by(caller).await;
        let leg = match self.row().device {
            Device::Browser => {
                self.does("call.answer", caller.id).await.expect("a ringing call may be answered");
                self.branch.line.browser_leg(self.id).expect("the browser was dialled")
            }
            Device::Phone(account) => self.branch.line.phone_leg(&account).expect("the phone was dialled"),
        };
        self.branch.hears(LineEvent::Answered { leg }).await;
        self.is(Presence::Busy).await;
        leg
    }
    /// Writes the call down.
    pub async fn writes_down(&self, caller: &Caller<'_>) {
        let args = json!({"call": caller.id, "disposition": "question", "note": "asked for the hours"});
        self.says("call.dispose", args).await.expect("a call that is over may be written down");
        self.branch.sees("an operator who is free", || self.row().call != Some(caller.id)).await;
    }
}
