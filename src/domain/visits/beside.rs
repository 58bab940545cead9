//! Who goes beside the master of a visit for several: how far each of them is, and what they may do (`domain.md` F-211).

use super::visit::{Assignment, Helper, Visit, VisitState};
use crate::values::id::MasterId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How far somebody who goes beside the master is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HelperState {
    /// Is to come.
    #[default]
    Due,
    /// On the way.
    EnRoute,
    /// At the door, or at work.
    OnSite,
    /// Has done their part and is gone.
    Left,
}

impl HelperState {
    /// Has nothing happened yet?
    pub fn is_due(&self) -> bool {
        *self == Self::Due
    }
}

/// What somebody who goes beside the master does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HelperStep {
    /// Looked at it.
    Seen,
    /// Sets off.
    SetOff,
    /// Is there.
    Arrived,
    /// Has done their part.
    Left,
    /// Will not come, or cannot go on: the seat is empty again.
    Declined {
        /// Why.
        reason: String,
    },
}

impl Helper {
    /// Somebody who is to come.
    pub const fn going(master: MasterId, travel_seconds: i64) -> Self {
        Self { master, travel_seconds, state: HelperState::Due, seen: false, offered: None }
    }
    /// On the way or there?
    pub const fn is_under_way(&self) -> bool {
        matches!(self.state, HelperState::EnRoute | HelperState::OnSite)
    }
    /// Was it offered to them, and have they not looked?
    fn is_unseen(&self) -> bool {
        self.state.is_due() && !self.seen
    }
}

impl Visit {
    /// Who is on the way or there beside the master.
    pub fn under_way_beside(&self) -> impl Iterator<Item = MasterId> + '_ {
        let live = !self.is_over();
        self.helpers().iter().filter(move |helper| live && helper.is_under_way()).map(|helper| helper.master)
    }
    /// To whom it was offered and who has not looked at it, with the time of the offer; the leading one first.
    pub fn unseen(&self) -> Vec<(MasterId, Timestamp)> {
        let Some(work) = self.assignment.as_ref().filter(|_| self.is_offered() && !self.is_over()) else {
            return Vec::new();
        };
        let leads =
            (self.state == VisitState::Dispatched && !work.seen).then_some((work.master, work.offered));
        let beside = work.helpers.iter().filter(|helper| helper.is_unseen()).map(|h| (h.master, h.offered));
        leads.into_iter().chain(beside).filter_map(|(master, offered)| Some((master, offered?))).collect()
    }
    /// Are the masters told of it?
    fn is_offered(&self) -> bool {
        use VisitState::{Accepted, Dispatched};
        matches!(self.state, Dispatched | Accepted) || self.is_started()
    }
    /// May somebody who goes beside the master take the step?
    pub(super) fn allows(&self, master: MasterId, step: &HelperStep) -> bool {
        use HelperState::{Due, EnRoute, OnSite};
        let Some(helper) = self.helpers().iter().find(|helper| helper.master == master) else { return false };
        let state = helper.state;
        match step {
            // What was read has happened, whatever the office did meanwhile.
            HelperStep::Seen => true,
            // Before the leading one has agreed there may be nothing to go to.
            HelperStep::SetOff => state == Due && (self.state == VisitState::Accepted || self.is_started()),
            HelperStep::Arrived => state == EnRoute && !self.is_over(),
            HelperStep::Left => state == OnSite && self.is_started(),
            HelperStep::Declined { .. } => {
                matches!(state, Due | EnRoute | OnSite) && self.is_offered() && !self.is_over()
            }
        }
    }
    pub(super) fn step_beside(&mut self, master: MasterId, step: &HelperStep) {
        let Some(work) = &mut self.assignment else { return };
        if matches!(step, HelperStep::Declined { .. }) {
            work.helpers.retain(|helper| helper.master != master);
            self.refused_by.push(master);
            return;
        }
        let Some(helper) = work.helpers.iter_mut().find(|helper| helper.master == master) else { return };
        match step {
            HelperStep::SetOff => helper.state = HelperState::EnRoute,
            HelperStep::Arrived => helper.state = HelperState::OnSite,
            HelperStep::Left => helper.state = HelperState::Left,
            HelperStep::Seen | HelperStep::Declined { .. } => {}
        }
        helper.seen = true;
    }
    /// The visit is over, and so is the part of whoever was there.
    pub(super) fn part_helpers(&mut self) {
        let helpers = self.assignment.iter_mut().flat_map(|work| &mut work.helpers);
        helpers.filter(|helper| helper.is_under_way()).for_each(|helper| helper.state = HelperState::Left);
    }
    /// More masters are needed, or fewer: who is under way stays longest.
    pub(super) fn need(&mut self, masters: u8) {
        self.masters_needed = masters;
        if let Some(work) = &mut self.assignment {
            work.helpers.sort_by_key(|helper| helper.state.is_due());
            work.helpers.truncate(usize::from(masters.saturating_sub(1)));
        }
    }
    /// Who was asked already keeps what they did; whoever is new learns of it when the others have.
    pub(super) fn accompany(&mut self, named: &[Helper], at: Timestamp) {
        let offered = self.is_offered().then_some(at);
        let Some(work) = &mut self.assignment else { return };
        let joined = |new: &Helper| match work.helpers.iter().find(|known| known.master == new.master) {
            Some(known) => Helper { travel_seconds: new.travel_seconds, ..*known },
            None => Helper { offered, ..Helper::going(new.master, new.travel_seconds) },
        };
        work.helpers = named.iter().map(joined).collect();
    }
}

impl Assignment {
    /// Everybody beside the master is asked anew, but who is on the way under the one before.
    pub(super) fn asks_anew(&mut self, before: Option<&Self>) {
        let known = before.map_or(&[] as &[Helper], |work| &work.helpers);
        for helper in &mut self.helpers {
            let same = known.iter().find(|known| known.master == helper.master && known.is_under_way());
            let way = helper.travel_seconds;
            *helper = same
                .map_or(Helper::going(helper.master, way), |same| Helper { travel_seconds: way, ..*same });
        }
    }
}
