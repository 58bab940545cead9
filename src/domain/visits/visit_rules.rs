//! What may happen to a visit, and what follows (`domain.md` 3.4.6 and 3.4.7).

use super::beside::HelperStep;
use super::checklist::{Item, built_in, of_lines};
use super::proof::Proof;
use super::visit::{Assignment, AssignmentState, Helper, Outcome, Source, Visit, VisitEvent, VisitState};
use crate::{refusal::Refusal, requests::request::RequestSort, values::id::MasterId};
use jiff::Timestamp;

/// Calls that a master makes before nobody counts as being at home.
pub const NO_SHOW_CALLS: u32 = 2;
/// Minutes that a master waits before nobody counts as being at home.
pub const NO_SHOW_MINUTES: u32 = 10;
/// Masters that a visit may need at the same moment.
pub const MOST_MASTERS: u8 = 4;

/// How many masters a visit needs, as somebody said it.
///
/// # Errors
/// No visit needs so many.
pub fn masters_needed(said: i64) -> Result<u8, Refusal> {
    let known = u8::try_from(said).ok().filter(|masters| (1..=MOST_MASTERS).contains(masters));
    known.ok_or_else(|| {
        let detail = format!("`{said}` masters cannot be sent to a visit: expected 1 to {MOST_MASTERS}");
        Refusal::invalid("wrong-masters", detail)
    })
}

impl Visit {
    /// Decides whether the event may happen; changes nothing.
    ///
    /// # Errors
    /// The state, or a value of the event, says no.
    pub fn decide(&self, event: VisitEvent) -> Result<VisitEvent, Refusal> {
        if !self.fits(&event) {
            let detail =
                format!("visit {} is `{:?}`: `{}` is not possible", self.no, self.state, event.name());
            return Err(Refusal::state("visit-state", detail));
        }
        match &event {
            VisitEvent::Unplanned { reason }
            | VisitEvent::Declined { reason }
            | VisitEvent::Paused { reason }
            | VisitEvent::TripBroken { reason }
            | VisitEvent::Disputed { reason }
            | VisitEvent::Cancelled { reason } => Refusal::unless_said(reason).map(|()| event),
            VisitEvent::LeftIncomplete { outcome: Outcome::Fixed, .. } => Err(Refusal::invalid(
                "wrong-outcome",
                "a visit that ends `Fixed` is not incomplete: expected what is missing",
            )),
            VisitEvent::Planned { assignment } if assignment.end <= assignment.start => {
                Err(empty_work(assignment.start, assignment.end))
            }
            VisitEvent::Planned { assignment } => {
                self.beside(assignment.master, &assignment.helpers).map(|()| event)
            }
            VisitEvent::Accompanied { helpers } => match self.master() {
                Some(master) => self.beside(master, helpers).map(|()| event),
                None => Ok(event),
            },
            VisitEvent::Beside { step: HelperStep::Declined { reason }, .. } => {
                Refusal::unless_said(reason).map(|()| event)
            }
            VisitEvent::SeatsSet { masters } => masters_needed(i64::from(*masters)).map(|_| event),
            VisitEvent::Retimed { start, end, .. } if end <= start => Err(empty_work(*start, *end)),
            VisitEvent::NoShow { calls, waited_minutes }
                if *calls < NO_SHOW_CALLS || *waited_minutes < NO_SHOW_MINUTES =>
            {
                let detail = format!(
                    "`{calls}` calls and `{waited_minutes}` minutes: expected {NO_SHOW_CALLS} calls and \
                     {NO_SHOW_MINUTES} minutes before nobody is at home"
                );
                Err(Refusal::invalid("no-show-too-soon", detail))
            }
            VisitEvent::Photographed { photo } => self.proof.room(photo).map(|()| event),
            VisitEvent::Signed { signature } => Proof::signed(signature).map(|()| event),
            _ => Ok(event),
        }
    }

    /// Refuses masters who cannot go beside the leading one: too many, or somebody twice.
    fn beside(&self, master: MasterId, helpers: &[Helper]) -> Result<(), Refusal> {
        let seats = usize::from(self.masters_needed.saturating_sub(1));
        let mut all: Vec<MasterId> = helpers.iter().map(|helper| helper.master).collect();
        all.sort_unstable();
        all.dedup();
        if helpers.len() <= seats && all.len() == helpers.len() && !all.contains(&master) {
            return Ok(());
        }
        let named: Vec<String> = helpers.iter().map(|helper| format!("`{}`", helper.master)).collect();
        let detail = format!(
            "{} cannot go to visit {} beside `{master}`: expected at most {seats} other masters, each once",
            named.join(", "),
            self.no
        );
        Err(Refusal::invalid("wrong-helpers", detail))
    }

    fn fits(&self, event: &VisitEvent) -> bool {
        use VisitState::{
            Accepted, Completed, Confirmed, Dispatched, EnRoute, OnSite, Paused, Planned, Unplanned,
            Verified, Working,
        };
        let before_travel = matches!(self.state, Unplanned | Planned | Confirmed | Dispatched | Accepted);
        let given = self.assignment.is_some();
        match event {
            VisitEvent::Created => self.ver == 0 && self.state == Unplanned,
            _ if self.ver == 0 => false,
            VisitEvent::WindowPromised { window } => {
                before_travel && self.window.is_none_or(|known| known == *window)
            }
            VisitEvent::Rescheduled { was, window } => {
                before_travel && self.window == Some(*was) && was != window
            }
            VisitEvent::Relocated { place } => !self.is_over() && self.place != *place,
            VisitEvent::ClientChanged { client } => self.client != *client,
            VisitEvent::Planned { assignment } => {
                before_travel && assignment.state == AssignmentState::Proposed
            }
            VisitEvent::Pinned { pinned } => before_travel && (given || !pinned),
            VisitEvent::Retimed { .. } | VisitEvent::Unplanned { .. } => before_travel && given,
            VisitEvent::Accompanied { .. } => given && !self.is_over(),
            VisitEvent::Beside { master, step } => self.allows(*master, step),
            VisitEvent::SeatsSet { .. } => !self.is_over(),
            VisitEvent::Chained { after, .. } => before_travel && *after != self.id,
            VisitEvent::ChecklistGiven { .. } | VisitEvent::Dispatched => {
                matches!(self.state, Planned | Confirmed) && given
            }
            // What was read, photographed and signed has happened, whatever the office did meanwhile.
            VisitEvent::Seen
            | VisitEvent::Checked { .. }
            | VisitEvent::Photographed { .. }
            | VisitEvent::Signed { .. } => given,
            VisitEvent::Accepted | VisitEvent::Expired => self.state == Dispatched,
            // A master who said yes may still say no: better heard than waited for.
            VisitEvent::Declined { .. } => matches!(self.state, Dispatched | Accepted),
            VisitEvent::SetOff => self.state == Accepted,
            VisitEvent::Arrived => self.state == EnRoute,
            VisitEvent::TripBroken { .. } => matches!(self.state, EnRoute | OnSite),
            VisitEvent::NoShow { .. } => self.state == OnSite,
            VisitEvent::Begun => matches!(self.state, OnSite | Paused),
            VisitEvent::Paused { .. } => self.state == Working,
            VisitEvent::Completed { .. } => self.state == Working,
            VisitEvent::LeftIncomplete { .. } => matches!(self.state, Working | OnSite),
            VisitEvent::Cancelled { .. } => before_travel || matches!(self.state, EnRoute | OnSite),
            VisitEvent::Verified => self.state == Completed,
            VisitEvent::Disputed { .. } => matches!(self.state, Completed | Verified),
        }
    }

    /// Refuses a master who is not the one who goes (I-02).
    pub fn owned_by(&self, master: MasterId) -> Result<(), Refusal> {
        match self.master() {
            Some(assigned) if assigned == master => Ok(()),
            _ => Err(Refusal::forbidden(format!("visit {} is not assigned to `{master}`", self.no))),
        }
    }

    /// What the master is asked for: the checklist the visit was sent out with or else the built-in one, then the lines
    /// of its schedule.
    pub fn asks(&self, kind: RequestSort) -> Vec<Item> {
        let mut list = self.checklist.as_ref().map_or_else(|| built_in(kind), |list| list.items.clone());
        list.extend(of_lines(&self.own_lines));
        list
    }
    /// Refuses to end the work while something that must be there is not. The built-in list reminds and holds nobody:
    /// only what the house has published is its own rule.
    ///
    /// # Errors
    /// Items with a star have no answer.
    pub fn whole(&self, kind: RequestSort) -> Result<(), Refusal> {
        if self.checklist.is_none() {
            return Ok(());
        }
        let list = self.asks(kind);
        let short = self.proof.missing(&list);
        let named =
            list.iter().filter(|item| short.contains(&item.code)).map(|item| format!("`{}`", item.words()));
        let named: Vec<String> = named.collect();
        if named.is_empty() {
            return Ok(());
        }
        let detail = format!(
            "visit {} cannot end: {} of its checklist {} missing, expected everything with a star",
            self.no,
            named.join(", "),
            if named.len() == 1 { "is" } else { "are" }
        );
        Err(Refusal::state("checklist-short", detail))
    }

    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &VisitEvent, at: Timestamp) {
        self.ver += 1;
        match event {
            VisitEvent::Created
            | VisitEvent::Seen
            | VisitEvent::Pinned { .. }
            | VisitEvent::Retimed { .. } => {}
            VisitEvent::WindowPromised { window } => {
                self.window = Some(*window);
                if self.state == VisitState::Planned {
                    self.state = VisitState::Confirmed;
                }
            }
            VisitEvent::Rescheduled { window, was } => {
                self.window = Some(*window);
                self.earlier_windows.push(*was);
                self.ask_anew();
            }
            VisitEvent::Relocated { place } => self.place = *place,
            VisitEvent::ClientChanged { client } => self.client = *client,
            VisitEvent::Planned { assignment } => {
                let mut assignment = assignment.clone();
                assignment.asks_anew(self.assignment.as_ref());
                self.assignment = Some(assignment);
                self.state = if self.window.is_some() { VisitState::Confirmed } else { VisitState::Planned };
            }
            VisitEvent::Accompanied { helpers } => self.accompany(helpers, at),
            VisitEvent::Beside { master, step } => self.step_beside(*master, step),
            VisitEvent::SeatsSet { masters } => self.need(*masters),
            VisitEvent::Chained { after, wait } => {
                (self.preceded_by, self.wait) = (Some(*after), Some(wait.clone()));
            }
            VisitEvent::ChecklistGiven { checklist } => self.checklist = checklist.as_deref().cloned(),
            VisitEvent::Unplanned { .. } | VisitEvent::TripBroken { .. } => self.lose_master(None),
            VisitEvent::Declined { .. } | VisitEvent::Expired => self.lose_master(self.master()),
            VisitEvent::Dispatched => self.enter(VisitState::Dispatched, AssignmentState::Offered),
            VisitEvent::Accepted => self.enter(VisitState::Accepted, AssignmentState::Accepted),
            VisitEvent::SetOff => self.enter(VisitState::EnRoute, AssignmentState::Active),
            VisitEvent::Arrived => self.enter(VisitState::OnSite, AssignmentState::Active),
            VisitEvent::Begun => self.enter(VisitState::Working, AssignmentState::Active),
            VisitEvent::Paused { .. } => self.enter(VisitState::Paused, AssignmentState::Active),
            VisitEvent::NoShow { .. } => self.end(VisitState::NoShow, Some(Outcome::NoAccess), ""),
            VisitEvent::Verified => self.state = VisitState::Verified,
            VisitEvent::Disputed { reason } => {
                (self.state, self.note) = (VisitState::Disputed, reason.clone());
            }
            VisitEvent::Completed { note } => self.end(VisitState::Completed, Some(Outcome::Fixed), note),
            VisitEvent::LeftIncomplete { outcome, note } => {
                self.end(VisitState::Incomplete, Some(*outcome), note)
            }
            VisitEvent::Cancelled { reason } => self.end(VisitState::Cancelled, None, reason),
            VisitEvent::Checked { item, answer } => {
                self.proof.checks.insert(item.clone(), answer.clone());
            }
            VisitEvent::Photographed { photo } if self.proof.photos.contains(photo) => {}
            VisitEvent::Photographed { photo } => self.proof.photos.push(photo.clone()),
            VisitEvent::Signed { signature } => self.proof.signature = Some(signature.clone()),
        }
        self.stamp(event, at);
    }

    fn enter(&mut self, state: VisitState, assignment: AssignmentState) {
        self.state = state;
        if let Some(a) = &mut self.assignment {
            a.state = assignment;
        }
    }
    /// The master said yes to another time: the offer is made again, and nothing holds the visit at the old one.
    fn ask_anew(&mut self) {
        self.pinned = false;
        if let Some(a) = &mut self.assignment {
            (a.state, a.seen, a.offered) = (AssignmentState::Proposed, false, None);
            a.asks_anew(None);
            self.state = VisitState::Confirmed;
        }
    }
    fn end(&mut self, state: VisitState, outcome: Option<Outcome>, note: &str) {
        self.enter(state, AssignmentState::Finished);
        self.part_helpers();
        self.outcome = outcome;
        self.note = note.to_owned();
    }
    fn lose_master(&mut self, refused_by: Option<MasterId>) {
        self.refused_by.extend(refused_by);
        (self.assignment, self.state, self.pinned) = (None, VisitState::Unplanned, false);
    }
    fn stamp(&mut self, event: &VisitEvent, at: Timestamp) {
        match (event, &mut self.assignment) {
            (VisitEvent::Begun, _) => self.begun = self.begun.or(Some(at)),
            (
                VisitEvent::Completed { .. }
                | VisitEvent::LeftIncomplete { .. }
                | VisitEvent::NoShow { .. }
                | VisitEvent::Cancelled { .. },
                _,
            ) => self.ended = Some(at),
            (VisitEvent::Pinned { pinned }, _) => self.pinned = *pinned,
            (VisitEvent::Dispatched, Some(a)) => {
                a.offered = Some(at);
                a.helpers.iter_mut().for_each(|helper| helper.offered = helper.offered.or(Some(at)));
            }
            (VisitEvent::Seen, Some(a)) => a.seen = true,
            (VisitEvent::Retimed { start, end, travel_seconds }, Some(a)) => {
                (a.start, a.end, a.travel_seconds) = (*start, *end, *travel_seconds);
            }
            _ => {}
        }
    }
}

fn empty_work(start: Timestamp, end: Timestamp) -> Refusal {
    let detail = format!("the work `{start}`…`{end}` is empty: expected an end after the start");
    Refusal::invalid("empty-work", detail)
}

impl Assignment {
    /// A fresh proposal.
    pub fn proposed(
        master: MasterId,
        start: Timestamp,
        end: Timestamp,
        travel_seconds: i64,
        source: Source,
    ) -> Self {
        Self {
            master,
            state: AssignmentState::Proposed,
            start,
            end,
            travel_seconds,
            source,
            seen: false,
            offered: None,
            forced: false,
            helpers: vec![],
        }
    }
}
