//! A service point is written otherwise: its open visits go where it is now and are planned by its hours anew.

use crate::dispatch::{
    dispatcher::{AfterKeeping, Dispatcher},
    planning::{Planner, instant},
};
use actix::{AtomicResponse, Context, Handler, Message};
use domain::{
    book::draft::{Draft, Kept},
    clients::point::ServicePoint,
    ports::Batch,
    refusal::Refusal,
    values::{
        id::{PointId, VisitId},
        period::Period,
    },
    visits::visit::{Visit, VisitEvent},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use solver::{Delta, Job};

/// Seconds of the windows that are offered.
const OFFERED: i64 = 2 * 3600;

/// The time zone of a point.
fn zone_of(point: &ServicePoint) -> TimeZone {
    TimeZone::get(&point.tz).unwrap_or(TimeZone::UTC)
}
/// Seconds of work that a visit is expected to take.
pub(super) fn job_seconds(visit: &Visit) -> i64 {
    i64::from(visit.minutes) * 60
}
/// May work of so many seconds begin at any moment of the offered window that begins at a second?
pub(super) fn opens_for(point: Option<&ServicePoint>, at: i64, seconds: i64) -> bool {
    let Some(point) = point else { return true };
    let asked = Period { from: instant(at), to: instant(at + OFFERED) };
    point.visiting.within(asked, SignedDuration::from_secs(seconds), &zone_of(point)).contains(&asked)
}
/// The parts of a promised window in which the point is open; nothing when it is shut all that time.
fn open_parts(visit: &Visit, window: Period, point: &ServicePoint) -> Vec<Period> {
    point.visiting.within(window, SignedDuration::from_secs(job_seconds(visit)), &zone_of(point))
}

impl Planner {
    /// Keeps a job to the hours of its point. A promise that they leave no room for stands as it was given.
    pub(super) fn keep_to_hours(&self, job: &mut Job, point: Option<&ServicePoint>, now: Timestamp) {
        let Some(point) = point else { return };
        let zone = zone_of(point);
        let work = SignedDuration::from_secs(job.service);
        let Some(open) = point.visiting.open_from(now, &zone) else { return };
        let asked: Vec<Period> = match job.windows.as_slice() {
            [] => open,
            windows => windows.iter().map(|w| Period { from: instant(w.0), to: instant(w.1) }).collect(),
        };
        let parts = asked.iter().flat_map(|asked| point.visiting.within(*asked, work, &zone));
        let parts: Vec<(i64, i64)> = parts.map(|p| (p.from.as_second(), p.to.as_second())).collect();
        if !parts.is_empty() {
            job.windows = parts;
        }
    }
}

impl Dispatcher {
    /// The house knows the point as it is now.
    pub(super) fn know(&self, point: ServicePoint) -> PointId {
        let id = point.id;
        self.house.directory.write().put_point(point);
        id
    }
    /// Live visits at a point.
    fn live_at(&self, point: PointId) -> Vec<Visit> {
        self.book.visits.values().filter(|v| v.point == point && !v.is_over()).cloned().collect()
    }
    /// Tells the planner and the screens of every live visit at a point; gives what the planner moved.
    pub(super) fn look_again(&mut self, point: PointId) -> Vec<Delta> {
        let (now, house, visits) = (self.house.now(), self.house.clone(), self.live_at(point));
        let mut deltas = Vec::new();
        for visit in &visits {
            let directory = house.directory.read();
            deltas.extend(self.planner.sync_visit(visit, directory.points.get(&point), &self.book, now));
        }
        let shown = visits.into_iter().map(|visit| (visit.id, visit)).collect();
        self.show(&Kept { visits: shown, ..Kept::default() }, Vec::new());
        deltas
    }
}

/// A point is to be written otherwise.
#[derive(Message)]
#[rtype(result = "Result<Value, Refusal>")]
pub struct RewritePoint {
    /// What is kept of the point itself.
    pub batch: Batch,
    /// The point as it will be.
    pub point: ServicePoint,
    /// Who writes it.
    pub by: String,
}
impl Handler<RewritePoint> for Dispatcher {
    type Result = AtomicResponse<Self, Result<Value, Refusal>>;
    fn handle(&mut self, said: RewritePoint, _: &mut Context<Self>) -> Self::Result {
        let RewritePoint { mut batch, point, by } = said;
        let now = self.house.now();
        self.planner.advance(now);
        let visits = self.live_at(point.id);
        let mut draft = Draft::new(&self.book, now, by);
        let mut moved: Vec<VisitId> = Vec::new();
        for visit in visits.iter().filter(|visit| visit.place != point.place) {
            if let Err(refusal) = draft.on_visit(visit.id, VisitEvent::Relocated { place: point.place }) {
                return AtomicResponse::new(Box::pin(actix::fut::ready(Err(refusal))));
            }
            moved.push(visit.id);
        }
        // A promise is the client's: it is kept, and whoever wrote the hours hears that it is outside of them.
        let outside = visits
            .iter()
            .filter(|visit| visit.window.is_some_and(|window| open_parts(visit, window, &point).is_empty()));
        let outside: Vec<Value> = outside.map(|visit| json!({"visit": visit.id, "no": visit.no})).collect();
        let (more, kept) = draft.finish();
        let answer = json!({"rev": point.ver, "moved": moved, "outside": outside});
        batch.facts.extend(more.facts);
        batch.rows.extend(more.rows);
        batch.answer = answer.clone();
        AtomicResponse::new(self.carry_with(batch, kept, answer, AfterKeeping::Point(Box::new(point))))
    }
}
