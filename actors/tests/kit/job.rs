//! A job: one request with its order and its visit, and the steps that people take with it.

use crate::kit::{branch::Branch, firm::id, seats};
use domain::{
    ports::{Command, Seat},
    refusal::Refusal,
    requests::{order::RepairOrder, request::Request},
    values::id::{MasterId, RequestId, VisitId},
    visits::visit::Visit,
};
use serde_json::{Value, json};

/// One job.
pub struct Job<'a> {
    branch: &'a Branch,
    /// The request.
    pub request: RequestId,
    /// The visit.
    pub visit: VisitId,
    /// What was answered when it was registered.
    pub answer: Value,
}

impl<'a> Job<'a> {
    /// The first client's refrigerator is broken.
    pub async fn registered(branch: &'a Branch) -> Self {
        Self::of(branch, 1, 11, 21).await
    }
    /// A unit of a client at a point is broken.
    pub async fn of(branch: &'a Branch, client: u128, point: u128, unit: u128) -> Self {
        let args = json!({
            "client": id::<domain::values::id::ClientKind>(client), "point": id::<domain::values::id::PointKind>(point),
            "unit": id::<domain::values::id::UnitKind>(unit), "symptom": "не морозит",
        });
        let answer = branch.says(&seats::dispatcher(), "request.register", args).await.expect("registered");
        Self::from_answer(branch, answer)
    }
    /// What was answered when it was registered.
    pub fn from_answer(branch: &'a Branch, answer: Value) -> Self {
        let read = |field: &str| answer[field].as_str().expect("an id").to_owned();
        let request = read("request").parse().expect("a request");
        let visit = read("visit").parse().expect("a visit");
        Self { branch, request, visit, answer }
    }
    /// The first of the offered windows is promised.
    pub async fn booked(&self) -> (i64, i64) {
        let first = &self.answer["offers"][0];
        let (from, to) = (first["from"].as_i64().expect("a window"), first["to"].as_i64().expect("a window"));
        let args = json!({"visit": self.visit, "from": from, "to": to});
        self.branch.says(&seats::dispatcher(), "request.book", args).await.expect("booked");
        (from, to)
    }
    /// A dispatcher gives it to a master, at a second after the opening.
    pub async fn assigned(&self, master: u128, second: i64) {
        self.assign(master, second, None).await.expect("assigned");
    }
    /// A dispatcher tries to give it to a master, looking at a version.
    pub async fn assign(&self, master: u128, second: i64, rev: Option<u64>) -> Result<Value, Refusal> {
        let master: MasterId = id(master);
        let start = crate::kit::clock::at(second).as_millisecond();
        let args = json!({"visit": self.visit, "master": master, "start": start});
        let id = format!("assign-{}-{second}-{rev:?}", self.visit);
        let command = Command { id, name: "visit.assign".into(), args, rev };
        self.branch.sends(&seats::dispatcher(), command).await.map(|answer| answer.ok)
    }
    /// Somebody does something with the visit.
    pub async fn step(&self, seat: &Seat, name: &str) -> Result<Value, Refusal> {
        self.branch.says(seat, name, json!({"visit": self.visit})).await
    }
    /// A master takes steps, each of which succeeds.
    pub async fn steps(&self, master: u128, names: &[&str]) {
        for name in names {
            let taken = self.step(&seats::master(master), name).await;
            assert!(taken.is_ok(), "`{name}`: {taken:?}");
        }
    }
    /// The visit as kept.
    pub fn row(&self) -> Visit {
        self.branch.journal.get(self.visit).expect("a registered visit is kept")
    }
    /// The request as kept.
    pub fn asked(&self) -> Request {
        self.branch.journal.get(self.request).expect("a registered request is kept")
    }
    /// The order as kept.
    pub fn order(&self) -> RepairOrder {
        self.branch.journal.get(self.row().order).expect("a registered order is kept")
    }
}
