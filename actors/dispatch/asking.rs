//! What the planner is asked while nothing is changed yet: who could come, when, and what it would mean.

use crate::dispatch::{
    chains,
    planning::{Planner, instant, moment},
    rewriting::{job_seconds, opens_for},
    seats::key,
};
use domain::{
    book::Book,
    clients::point::ServicePoint,
    refusal::Refusal,
    requests::request::Priority,
    values::id::{MasterId, VisitId},
    visits::visit::Visit,
};
use jiff::{SignedDuration, Timestamp};
use solver as engine;
use solver::{Candidate, Event, Explanation, JobDraft, Verdict, Where};

/// Masters told when a dispatcher asks who could take a visit.
const CANDIDATES: usize = 12;
/// Windows that are tried when a visit is offered.
const WINDOWS: usize = 40;

impl Planner {
    fn draft(
        &mut self,
        visit: &Visit,
        point: Option<&ServicePoint>,
        book: &Book,
        now: Timestamp,
    ) -> JobDraft {
        let job = self.job(visit, point, book, now);
        let mut draft = JobDraft::new(engine::Place::new(visit.place.lat, visit.place.lon));
        (draft.service, draft.skills, draft.zone) = (job.service, job.skills, job.zone);
        (draft.required, draft.preferred, draft.excluded) = (job.required, job.preferred, job.excluded);
        draft.release = chains::open(visit, book).0.map(moment);
        draft.seats = self.seat_drafts(visit, &draft.excluded);
        draft
    }

    /// Who could keep the window that was promised, cheapest first; nobody when none was promised.
    pub fn candidates(
        &mut self,
        visit: &Visit,
        point: Option<&ServicePoint>,
        book: &Book,
        now: Timestamp,
    ) -> Vec<Candidate> {
        let Some(window) = visit.window else { return Vec::new() };
        let draft = self.draft(visit, point, book, now);
        let window = (window.from.max(now).as_second(), window.to.as_second());
        if window.0 > window.1 {
            return Vec::new();
        }
        self.engine.candidates(&draft, &[window], CANDIDATES)
    }

    /// Windows that can be offered for a visit, cheapest master each.
    pub fn slots(
        &mut self,
        visit: &Visit,
        point: Option<&ServicePoint>,
        book: &Book,
        now: Timestamp,
    ) -> Vec<Candidate> {
        let draft = self.draft(visit, point, book, now);
        let first = now + SignedDuration::from_mins(if visit.priority == Priority::Normal { 60 } else { 20 });
        let hour = (first.as_second() + 3599) / 3600 * 3600;
        let zone = point.and_then(|point| self.chart.of_point(point));
        let served =
            |at: i64| zone.is_none_or(|z| z.card.serves(instant(at).to_zoned(self.zone.clone()).date()));
        let chained = chains::opens(visit, book);
        let opens = |at: i64| chained(at) && opens_for(point, at, job_seconds(visit));
        let windows = self.working_windows(hour, |at| served(at) && opens(at));
        self.engine.candidates(&draft, &windows, 1)
    }

    /// Windows of two hours in which somebody is at work, one an hour.
    fn working_windows(&self, first: i64, served: impl Fn(i64) -> bool) -> Vec<(i64, i64)> {
        let last = self.hours.values().map(|shift| shift.1).max().unwrap_or(first);
        let all =
            (0..).map(|i| (first + i * 3600, first + (i + 2) * 3600)).take_while(|window| window.0 < last);
        let worked =
            |window: &(i64, i64)| self.hours.values().any(|shift| shift.0 < window.1 && window.0 < shift.1);
        all.filter(worked).filter(|window| served(window.0)).take(WINDOWS).collect()
    }

    /// What each master would mean for a planned or tried visit.
    pub fn verdicts(&self, visit: VisitId) -> Result<Vec<Verdict>, Refusal> {
        self.engine.verdicts(key(visit)).map_err(|_| Refusal::unknown("planned visit", visit))
    }
    /// What one master at a given start would mean.
    pub fn verdict(
        &mut self,
        visit: &Visit,
        point: Option<&ServicePoint>,
        master: MasterId,
        start: Option<Timestamp>,
        book: &Book,
        now: Timestamp,
    ) -> Result<Verdict, Refusal> {
        let tried = !self.jobs.contains(&visit.id);
        if tried {
            let job = self.job(visit, point, book, now);
            self.tell(Event::JobAdded(Box::new(job.clone())));
            self.sync_seats(visit, &job, book, false);
        }
        let shift = self
            .shift_at(master, start.unwrap_or(now), book)
            .ok_or_else(|| Refusal::unknown("master", master));
        let at = start.map_or(Where::Anywhere, |s| Where::Start(s.as_second()));
        let verdict = shift.and_then(|shift| {
            self.engine
                .verdict_for(key(visit.id), shift, at)
                .map_err(|e| Refusal::state("no-verdict", e.to_string()))
        });
        if tried {
            self.tell(Event::JobRemoved { job: key(visit.id) });
            self.forget_seats(visit.id);
        }
        verdict
    }
    /// Why this master.
    pub fn explain(&self, visit: VisitId) -> Result<Explanation, Refusal> {
        self.engine.explain(key(visit)).map_err(|_| Refusal::unknown("planned visit", visit))
    }
}
