//! When a better plan is taken at once, when a person is asked, and when nobody is troubled: rules as data.

use super::{
    Book,
    proposal::{Ending, Proposal, ProposedMove, Saving, Spot, changes, masters},
};
use crate::{
    values::{
        id::{MasterId, ProposalId, VisitId},
        money::Money,
    },
    visits::visit::{Source, Visit, VisitState},
    workforce::master::Duty,
};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The rules; settings carry them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposalPolicy {
    /// Visits that nobody was told of change hands by themselves for so many seconds saved each; absent: never.
    pub alone_seconds: Option<i64>,
    /// At most so many visits change hands by themselves at once.
    pub alone_visits: usize,
    /// A start that a master knows of moves by itself so far, in seconds.
    pub alone_shift_seconds: i64,
    /// A person is asked for so many seconds saved for each visit that changes hands.
    pub ask_seconds: i64,
    /// A proposal takes the place of another, or comes again after a no, when it saves so many seconds more …
    pub margin_seconds: i64,
    /// … and so many thousandths more.
    pub margin_permille: i64,
    /// For how many seconds a no is remembered.
    pub remember_seconds: i64,
    /// At most so many proposals wait at once.
    pub most_open: usize,
    /// City seconds before its start in which a visit is left alone.
    pub freeze_seconds: i64,
    /// What an hour on the road costs, in whole roubles.
    pub travel_hour: i64,
}

impl Default for ProposalPolicy {
    fn default() -> Self {
        Self {
            alone_seconds: Some(1800),
            alone_visits: 6,
            alone_shift_seconds: 900,
            ask_seconds: 600,
            margin_seconds: 300,
            margin_permille: 200,
            remember_seconds: 8 * 3600,
            most_open: 12,
            freeze_seconds: 3600,
            travel_hour: 900,
        }
    }
}

/// Why a person has to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A master knows of a visit that would go to another.
    ToldMaster,
    /// A master knows of a start that would move far.
    ToldTime,
    /// The start would leave the window that the client was promised.
    ToldWindow,
    /// A person chose the master.
    ByHand,
    /// So many visits do not change hands unasked.
    Many,
    /// So little is not moved for unasked.
    Little,
}

/// What to do with a better plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Take it.
    Take,
    /// Ask a person.
    Ask(Vec<(VisitId, Reason)>),
    /// Leave it.
    Leave,
}

/// A visit of which the master was told.
fn is_told(visit: &Visit) -> bool {
    matches!(visit.state, VisitState::Dispatched | VisitState::Accepted)
}

/// Why a person has to be asked about one move.
fn reason(change: &ProposedMove, visit: &Visit, policy: &ProposalPolicy) -> Option<Reason> {
    let outside = |at: Timestamp| visit.window.is_some_and(|w| at < w.from || at > w.to);
    let from = change.from.as_ref()?;
    if outside(change.to.start) && !outside(from.start) {
        return Some(Reason::ToldWindow);
    }
    if change.takes_away() {
        let by_hand = visit.assignment.as_ref().is_some_and(|a| a.source == Source::Human);
        return if is_told(visit) { Some(Reason::ToldMaster) } else { by_hand.then_some(Reason::ByHand) };
    }
    let far = change.shift_seconds().abs() > policy.alone_shift_seconds;
    (is_told(visit) && far).then_some(Reason::ToldTime)
}

impl ProposalPolicy {
    /// What seconds on the road cost.
    pub fn money(&self, travel_seconds: i64) -> Money {
        Money::rounded(Decimal::from(self.travel_hour) * Decimal::from(travel_seconds) / Decimal::from(3600))
    }

    /// Why a change of the plan may not be, as the book is now; nothing when it may.
    pub fn obstacle(&self, change: &ProposedMove, book: &Book, at: Timestamp) -> Option<Ending> {
        let Some(visit) = book.visits.get(&change.visit).filter(|v| !v.is_over() && !v.is_started()) else {
            return Some(Ending::Moved);
        };
        let stands = visit.assignment.as_ref().map(Spot::from);
        let same = match (&stands, &change.from) {
            (Some(stands), Some(from)) => stands.has_same_masters(from),
            (stands, from) => stands.is_none() && from.is_none(),
        };
        if !same {
            return Some(Ending::Moved);
        }
        let starts = stands.as_ref().map(|spot| spot.start);
        // A pin holds who leads; the others may be exchanged.
        let held = (Some(change.to.master), Some(change.to.start));
        if visit.pinned && (visit.master(), starts) != held {
            return Some(Ending::Pinned);
        }
        // Nobody is called back from the way, and nobody waits at the door for another hour.
        if visit.under_way_beside().any(|master| starts != held.1 || !change.to.takes(master)) {
            return Some(Ending::Frozen);
        }
        let soon = |start: Timestamp| start.duration_since(at).as_secs() < self.freeze_seconds;
        if change.from.is_some() && (starts.is_some_and(soon) || soon(change.to.start)) {
            return Some(Ending::Frozen);
        }
        let gone = |master: MasterId| {
            book.masters.get(&master).is_none_or(|m| m.duty == Duty::Unavailable)
                || visit.refused_by.contains(&master)
        };
        change.to.masters().any(gone).then_some(Ending::MasterGone)
    }

    /// What to do with a better plan. Pins and the freeze horizon come first, then what people were told.
    pub fn judge(&self, moves: &[ProposedMove], saving: &Saving, book: &Book, at: Timestamp) -> Fate {
        if moves.is_empty() || moves.iter().any(|m| self.obstacle(m, book, at).is_some()) {
            return Fate::Leave;
        }
        // A visit that nobody goes to yet is always worth a master; only what moves has to pay.
        let moved = moves.iter().filter(|m| m.takes_away()).count();
        let each = i64::try_from(moved.max(1)).unwrap_or(i64::MAX);
        let mut reasons: Vec<(VisitId, Reason)> = moves
            .iter()
            .filter_map(|m| Some((m.visit, reason(m, book.visits.get(&m.visit)?, self)?)))
            .collect();
        if reasons.is_empty() {
            if self.alone_seconds.is_some_and(|least| saving.seconds >= least * each)
                && moved <= self.alone_visits
                || moved == 0 && saving.seconds > 0
            {
                return Fate::Take;
            }
            let why = if moved > self.alone_visits { Reason::Many } else { Reason::Little };
            reasons.extend(moves.iter().find(|m| m.changes_master()).map(|m| (m.visit, why)));
        }
        if saving.seconds >= self.ask_seconds * each { Fate::Ask(reasons) } else { Fate::Leave }
    }

    /// What another plan has to save to be told instead of one that saves this.
    fn beyond(&self, seconds: i64) -> i64 {
        seconds + self.margin_seconds.max(seconds.max(0) * self.margin_permille / 1000)
    }

    /// Is a better plan worth telling beside what waits and what was said no to? Gives the proposals it takes the
    /// place of.
    pub fn stands_out(
        &self,
        moves: &[ProposedMove],
        saving: &Saving,
        book: &Book,
        at: Timestamp,
    ) -> Option<Vec<ProposalId>> {
        let mine: Vec<_> = changes(moves).collect();
        let shares = |other: &Proposal| other.changes().any(|change| mine.contains(&change));
        let lately = |other: &&Proposal| {
            other.ended.is_some_and(|ended| at.duration_since(ended).as_secs() < self.remember_seconds)
        };
        let refused = book.proposals.values().filter(|p| p.was_refused()).filter(lately);
        // The same gain between the same masters is the same idea, from whichever side it is told.
        let like = |other: &Proposal| {
            let among = |one: &[ProposedMove], all: &[ProposedMove]| {
                masters(one).all(|master| masters(all).any(|other| other == master))
            };
            among(moves, &other.moves) && among(&other.moves, moves) && !self.is_news(&other.saving, saving)
        };
        let again = |p: &&Proposal| shares(p) && saving.seconds < self.beyond(p.saving.seconds) || like(p);
        if refused.into_iter().any(|p| again(&p)) {
            return None;
        }
        let open = || book.proposals.values().filter(|p| p.is_open());
        let rivals: Vec<&Proposal> = open()
            .filter(|p| p.masters().any(|theirs| masters(moves).any(|master| master == theirs)))
            .collect();
        let standing: i64 = rivals.iter().map(|p| p.saving.seconds).sum();
        let full = rivals.is_empty() && open().count() >= self.most_open;
        if full || (!rivals.is_empty() && saving.seconds < self.beyond(standing)) {
            return None;
        }
        Some(rivals.iter().map(|p| p.id).collect())
    }

    /// Why a proposal cannot stand any longer, as the book is now; nothing when it can.
    pub fn ending(&self, proposal: &Proposal, book: &Book, at: Timestamp) -> Option<Ending> {
        proposal.moves.iter().find_map(|m| self.obstacle(m, book, at))
    }

    /// Has the price changed so much that it has to be told?
    pub fn is_news(&self, told: &Saving, now: &Saving) -> bool {
        let step = (told.seconds.abs() * self.margin_permille / 1000).min(self.margin_seconds).max(60);
        (told.seconds - now.seconds).abs() >= step
    }
}
