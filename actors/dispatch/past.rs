//! The time machine: the board of a past day as it was, and how it changed, rebuilt from the journal's facts.

use crate::{
    directory::Directory,
    dispatch::{
        dispatcher::Dispatcher,
        work_views::{master_row, visit_row},
    },
    house::House,
};
use actix::{Context, Handler, Message};
use domain::{
    book::{Book, past::Past},
    refusal::Refusal,
    values::id::{MasterId, VisitId},
    visits::visit::Visit,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The longest stretch that is told at once: a day with its night shifts.
const LONGEST: SignedDuration = SignedDuration::from_hours(36);
/// A shift is known by the hours of one day; they are the same every day.
const DAY_SECONDS: i64 = 24 * 3600;

/// What of the book could be seen on the board between two instants.
#[derive(Message)]
#[rtype(result = "Book")]
pub struct Remember {
    /// The first instant.
    pub from: Timestamp,
    /// The last.
    pub until: Timestamp,
}
impl Handler<Remember> for Dispatcher {
    type Result = actix::MessageResult<Remember>;
    fn handle(&mut self, Remember { from, until }: Remember, _: &mut Context<Self>) -> Self::Result {
        actix::MessageResult(seen_between(&self.book, from, until))
    }
}

/// Visits that were asked for by then and not over before, with their requests and orders; all masters.
fn seen_between(book: &Book, from: Timestamp, until: Timestamp) -> Book {
    let asked = |v: &Visit| book.requests.get(&v.request).is_some_and(|r| r.created <= until);
    let there = |v: &&Visit| asked(v) && v.ended.is_none_or(|ended| ended >= from);
    let visits: BTreeMap<_, _> =
        book.visits.values().filter(there).map(|visit| (visit.id, visit.clone())).collect();
    let requests = visits.values().filter_map(|v| book.requests.get(&v.request));
    let orders = visits.values().filter_map(|v| book.orders.get(&v.order));
    Book {
        requests: requests.map(|r| (r.id, r.clone())).collect(),
        orders: orders.map(|o| (o.id, o.clone())).collect(),
        masters: book.masters.clone(),
        visits,
        last_no: book.last_no,
        ..Book::default()
    }
}

/// Tells the board from one instant to another.
///
/// # Errors
/// The stretch is empty, too long or not over yet; the journal cannot be read.
pub(crate) async fn told(house: &House, from: Timestamp, until: Timestamp) -> Result<Value, Refusal> {
    let stretch = until.duration_since(from);
    if stretch < SignedDuration::ZERO || stretch > LONGEST || until > house.now() {
        let detail =
            format!("`{from}` to `{until}`: expected at most {} hours that are over", LONGEST.as_hours());
        return Err(Refusal::invalid("past", detail));
    }
    let dispatcher = &house.desk()?.dispatcher;
    let now = dispatcher.send(Remember { from, until }).await.map_err(crate::front_desk::gone)?;
    let entities = now.visits.keys().map(ToString::to_string);
    let entities = entities.chain(now.requests.keys().map(ToString::to_string));
    let entities = entities.chain(now.orders.keys().map(ToString::to_string));
    let entities: Vec<String> = entities.chain(now.masters.keys().map(ToString::to_string)).collect();
    let facts =
        house.journal.facts_of(entities).await.map_err(|error| Refusal::unavailable(error.to_string()))?;
    let directory = house.directory.read();
    Ok(Tape::new(&now, Past::new(&now, &facts), &directory, from, house.zone()).run(until))
}

/// Lives through the past and writes down what the board showed.
struct Tape<'a> {
    past: Past,
    directory: &'a Directory,
    from: Timestamp,
    zone: TimeZone,
    /// Instants at which a visit looks different although nothing happened: its window has ended.
    windows: BTreeSet<(Timestamp, VisitId)>,
    shown: BTreeMap<String, Value>,
    changes: Vec<Value>,
}

impl<'a> Tape<'a> {
    fn new(now: &Book, past: Past, directory: &'a Directory, from: Timestamp, zone: TimeZone) -> Self {
        let ends = |v: &Visit| v.window.iter().chain(&v.earlier_windows).map(|w| w.to).collect::<Vec<_>>();
        let just_after = SignedDuration::from_secs(1);
        let windows = now
            .visits
            .values()
            .flat_map(|v| ends(v).into_iter().map(|at| (at + just_after, v.id)))
            .filter(|(at, _)| *at > from)
            .collect();
        Self { past, directory, from, zone, windows, shown: BTreeMap::new(), changes: vec![] }
    }

    fn run(mut self, until: Timestamp) -> Value {
        self.past.forward(self.from);
        let visits: Vec<VisitId> = self.past.book().visits.keys().copied().collect();
        let masters: Vec<MasterId> = self.past.book().masters.keys().copied().collect();
        self.show(self.from, visits, masters);
        self.changes.clear();
        let rows: Vec<Value> = self.shown.iter().map(|(key, row)| json!([key, row])).collect();
        loop {
            let window = self.windows.first().map(|(at, _)| *at);
            let next = self.past.next().into_iter().chain(window).min();
            let Some(at) = next.filter(|at| *at <= until) else { break };
            let mut touched = self.past.forward(at);
            while let Some((_, visit)) = self.windows.first().copied().filter(|(end, _)| *end <= at) {
                self.windows.pop_first();
                touched.visits.insert(visit);
            }
            self.show(at, touched.visits, touched.masters);
        }
        let (from, until) = (self.from.as_millisecond(), until.as_millisecond());
        json!({ "from": from, "until": until, "rows": rows, "changes": self.changes })
    }

    fn show(
        &mut self,
        at: Timestamp,
        visits: impl IntoIterator<Item = VisitId>,
        masters: impl IntoIterator<Item = MasterId>,
    ) {
        let book = self.past.book();
        let mut rows: Vec<(String, Value)> = Vec::new();
        for visit in visits.into_iter().filter_map(|id| book.visits.get(&id)) {
            rows.push((visit.id.to_string(), visit_row(visit, book, self.directory, at)));
        }
        for master in masters.into_iter().filter_map(|id| book.masters.get(&id)) {
            let live = book.visits.values().filter(|v| !v.is_over());
            let load = live.map(|visit| visit.load_minutes(master.id)).sum();
            // The first of the same shifts that was not over when the tape begins.
            let late = self.from.duration_since(master.shift.to).as_secs().div_euclid(DAY_SECONDS) + 1;
            let days = if master.week.is_none() { late } else { 0 };
            let moved = SignedDuration::from_hours(24 * days);
            let mut row = master_row(master, load);
            let hours = master.shown_shift(self.from, &self.zone);
            row["shift"] = json!({
                "from": (hours.from + moved).as_millisecond(), "to": (hours.to + moved).as_millisecond(),
            });
            rows.push((master.id.to_string(), row));
        }
        for (key, row) in rows {
            self.note(at, key, row);
        }
    }

    /// Writes down what is different in a row, if anything.
    fn note(&mut self, at: Timestamp, key: String, row: Value) {
        let patch = self.shown.get(&key).map_or_else(|| row.clone(), |before| changed(before, &row));
        if patch.as_object().is_none_or(|fields| !fields.is_empty()) {
            self.changes.push(json!([at.as_millisecond(), key, patch]));
        }
        self.shown.insert(key, row);
    }
}

/// The fields of a row that are not as before; one that is gone is `null`.
fn changed(before: &Value, row: &Value) -> Value {
    let empty = Map::new();
    let (was, is) = (before.as_object().unwrap_or(&empty), row.as_object().unwrap_or(&empty));
    let mut patch = Map::new();
    for (field, value) in is {
        if was.get(field) != Some(value) {
            patch.insert(field.clone(), value.clone());
        }
    }
    for field in was.keys().filter(|field| !is.contains_key(*field)) {
        patch.insert(field.clone(), Value::Null);
    }
    Value::Object(patch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_holds_what_is_new_and_what_is_gone() {
        let before = json!({"state": "planned", "master": "a", "checklist": []});
        let after = json!({"state": "working", "master": "a"});
        assert_eq!(changed(&before, &after), json!({"state": "working", "checklist": null}));
        assert_eq!(changed(&after, &after), json!({}));
    }
}
