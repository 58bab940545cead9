//! Visits for several masters in the solver's words: the job of who leads, and a job beside it for each of the others.

use crate::dispatch::planning::Planner;
use domain::{
    book::{Book, planning::Move},
    values::id::{MasterId, VisitId},
    visits::{
        beside::HelperState,
        visit::{Helper, Visit},
        visit_rules::MOST_MASTERS,
    },
};
use solver::{Delta, Event, Job, JobKey, MasterKey, Pin, SeatDraft, Started};
use std::collections::HashMap;

/// The two highest bits of a key tell the seat: identifiers are born with their time first, and have them free until
/// the year 4199.
const SEAT_BITS: u32 = 126;

/// The job of who leads a visit.
pub(super) fn key(visit: VisitId) -> JobKey {
    JobKey(visit.key())
}
fn seat_key(visit: VisitId, seat: u8) -> JobKey {
    JobKey(visit.key() | u128::from(seat) << SEAT_BITS)
}
/// The visit of a job, whichever seat it is.
pub(super) fn visit_of(job: JobKey) -> VisitId {
    VisitId::from_uuid(uuid::Uuid::from_u128(job.0 & !(3 << SEAT_BITS)))
}
/// The same masters, in whichever order?
pub(super) fn same_masters(one: &[Helper], other: &[Helper]) -> bool {
    one.len() == other.len() && one.iter().all(|h| other.iter().any(|o| o.master == h.master))
}

/// Has done their part and is gone?
fn has_left(helper: Option<Helper>) -> bool {
    helper.is_some_and(|helper| helper.state == HelperState::Left)
}
/// The second before which somebody who was asked late cannot be there.
fn comes(helper: Option<Helper>) -> i64 {
    let asked = helper.filter(|helper| helper.state.is_due());
    asked.and_then(|h| Some(h.offered?.as_second() + h.travel_seconds)).unwrap_or(i64::MIN)
}

impl Planner {
    /// What the offers of a visit ask of each further master.
    pub(super) fn seat_drafts(&mut self, visit: &Visit, excluded: &[MasterKey]) -> Vec<SeatDraft> {
        let skills = self.skills_needed(&visit.helper_skills());
        let seat = SeatDraft { skills, required: Vec::new(), excluded: excluded.to_vec() };
        vec![seat; usize::from(visit.masters_needed.saturating_sub(1))]
    }
    /// Tells the further seats of a visit whose leading job was told. `hold` puts those whom the book has beside there
    /// first, where the engine has them elsewhere; the second answer says whether that was needed, and holds them until
    /// they are told again without it.
    pub(super) fn sync_seats(
        &mut self,
        visit: &Visit,
        lead: &Job,
        book: &Book,
        hold: bool,
    ) -> (Vec<Delta>, bool) {
        let (mut deltas, mut held) = (self.drop_seats(visit), false);
        let left_out = self.short.leaves_out(visit);
        let skills = self.skills_needed(&visit.helper_skills());
        let start = lead.pinned.and_then(|pin| pin.start);
        for (seat, helper) in (1..).zip(self.seated(visit)) {
            let key = seat_key(visit.id, seat);
            let shift = helper.zip(visit.assignment.as_ref());
            let shift = shift.and_then(|(helper, lead)| self.shift_at(helper.master, lead.start, book));
            let mut job = Job {
                key,
                skills: skills.clone(),
                required: Vec::new(),
                preferred: Vec::new(),
                pinned: None,
                started: None,
                beside: Some(lead.key),
                after: None,
                ..lead.clone()
            };
            let under_way = helper.is_some_and(|helper| helper.is_under_way());
            match (lead.started, shift) {
                (Some(Started { at, .. }), Some(master)) if !has_left(helper) => {
                    job.started = Some(Started { master, at: at.max(comes(helper)) });
                }
                // Somebody may still join while the work lasts.
                (Some(Started { at, .. }), None)
                    if helper.is_none() && self.engine.now() < at + lead.service =>
                {
                    job.windows = vec![(self.engine.now(), at + lead.service)];
                }
                _ if left_out && helper.is_none() => {
                    deltas.extend(self.drop_seat(key));
                    continue;
                }
                (Some(_), _) => {
                    deltas.extend(self.drop_seat(key));
                    continue;
                }
                // Nobody is called back from the way.
                (None, Some(master)) if under_way => job.pinned = Some(Pin { master, start }),
                (None, Some(master))
                    if hold && self.engine.slot_of(key).map(|s| s.master) != Some(master) =>
                {
                    (job.pinned, held) = (Some(Pin { master, start }), true);
                }
                (None, _) => job.windows = start.map_or(job.windows, |start| vec![(start, start)]),
            }
            let known = !self.seats.insert(key);
            let event = if known { Event::JobChanged(Box::new(job)) } else { Event::JobAdded(Box::new(job)) };
            deltas.extend(self.tell(event));
        }
        (deltas, held)
    }
    /// Seats that a visit does not need any longer.
    fn drop_seats(&mut self, visit: &Visit) -> Vec<Delta> {
        let unneeded = visit.masters_needed.max(1)..MOST_MASTERS;
        unneeded.filter_map(|seat| self.drop_seat(seat_key(visit.id, seat))).collect()
    }
    fn drop_seat(&mut self, job: JobKey) -> Option<Delta> {
        self.seats.remove(&job).then(|| self.tell(Event::JobRemoved { job })).flatten()
    }
    /// The seats of a visit go with its leading job.
    pub(super) fn forget_seats(&mut self, visit: VisitId) {
        self.seats.retain(|key| visit_of(*key) != visit);
    }
    /// Who of the book's helpers has which further seat: they keep the one that the engine has them in.
    fn seated(&self, visit: &Visit) -> Vec<Option<Helper>> {
        let here = |seat: u8| {
            let slot = self.engine.slot_of(seat_key(visit.id, seat))?;
            self.master_of(slot.master)
        };
        let mut left = visit.helpers().to_vec();
        let mut seats: Vec<Option<Helper>> = Vec::new();
        for seat in 1..visit.masters_needed {
            let known = left.iter().position(|helper| Some(helper.master) == here(seat));
            seats.push(known.map(|place| left.swap_remove(place)));
        }
        for seat in seats.iter_mut().filter(|seat| seat.is_none()) {
            *seat = left.pop();
        }
        seats
    }
    /// Who goes beside the master of a visit, by where each job stands.
    pub(super) fn helpers(
        &self,
        visit: &Visit,
        stands: &HashMap<JobKey, (MasterKey, i64, i64)>,
    ) -> Vec<Helper> {
        let seats = (1..visit.masters_needed).filter_map(|seat| stands.get(&seat_key(visit.id, seat)));
        let name = |master: MasterKey| -> Option<MasterId> { self.master_of(master) };
        seats.filter_map(|(m, _, way)| Some(Helper::going(name(*m)?, *way))).collect()
    }
    /// Which further seat each of the masters takes: those who have one keep it. Nothing when there are too few seats.
    pub(super) fn seats_for(&self, visit: &Visit, helpers: &[Helper]) -> Option<Vec<(JobKey, MasterId)>> {
        let known = (1..visit.masters_needed).map(|seat| seat_key(visit.id, seat));
        let mut free: Vec<JobKey> = known.filter(|key| self.seats.contains(key)).collect();
        let mut seated = Vec::new();
        let here = |job: JobKey| self.engine.slot_of(job).and_then(|slot| self.master_of(slot.master));
        let (stay, come): (Vec<&Helper>, Vec<&Helper>) =
            helpers.iter().partition(|h| free.iter().any(|job| here(*job) == Some(h.master)));
        for helper in stay.into_iter().chain(come) {
            let place = free.iter().position(|job| here(*job) == Some(helper.master)).unwrap_or(0);
            (place < free.len()).then(|| seated.push((free.remove(place), helper.master)))?;
        }
        Some(seated)
    }
    /// Who joins a visit that is under way: those who go stay, and whom the engine has found takes an empty seat.
    pub(super) fn joining(
        &self,
        visit: &Visit,
        stands: &HashMap<JobKey, (MasterKey, i64, i64)>,
    ) -> Option<Move> {
        let work = visit.assignment.as_ref()?;
        let room = usize::from(visit.masters_needed.saturating_sub(1)).saturating_sub(work.helpers.len());
        let found = self.helpers(visit, stands).into_iter().filter(|found| !visit.takes(found.master));
        let helpers: Vec<Helper> = work.helpers.iter().copied().chain(found.take(room)).collect();
        let to = Some((work.master, work.start, work.travel_seconds));
        (helpers.len() > work.helpers.len()).then_some(Move { visit: visit.id, ver: visit.ver, to, helpers })
    }
}
