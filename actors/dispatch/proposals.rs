//! What a search found is weighed here: taken, proposed, or left; what waits is looked after until somebody decides.

use crate::dispatch::{
    dispatcher::{AfterKeeping, Dispatcher, Order},
    orders::{Decided, args},
    trial::{self, parts},
    words,
};
use actix::Context;
use domain::{
    book::{
        draft::{Draft, Kept},
        proposal::{Ending, Proposal, ProposalEvent, ProposalState, ProposedMove, Saving, Spot},
        proposal_policy::Fate,
    },
    ports::Batch,
    refusal::Refusal,
    values::id::ProposalId,
    visits::visit::Helper,
};
use serde::Deserialize;
use serde_json::{Value, json};
use solver::{Delta, Engine};

/// Which proposals were looked at last, and after how many events.
#[derive(Default)]
pub struct Reviewing {
    last: Option<ProposalId>,
    priced_at: u64,
    left: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneProposal {
    proposal: ProposalId,
}

impl Dispatcher {
    /// Weighs what a search found on a copy: all of it is taken when it may be done unasked; else each part that stands
    /// alone is tried on the plan of the moment, and taken, proposed or left.
    pub(crate) fn weigh(&mut self, searched: Engine, delta: &Delta, ctx: &mut Context<Self>) {
        let (now, policy) = (self.house.now(), self.rules_of_proposals());
        if let Some(moves) = self.planner.found_moves(&searched, delta, &self.book) {
            let saving = trial::saving(&delta.before, &delta.after, &moves, &policy);
            if moves.is_empty() || policy.judge(&moves, &saving, &self.book, now) == Fate::Take {
                tracing::debug!(
                    gain_seconds = saving.seconds,
                    moves = moves.len(),
                    "a better plan was found"
                );
                self.planner.take(searched, now);
                return self.keep_moves(std::slice::from_ref(delta), ctx);
            }
        }
        self.planner.learn(searched);
        let mut draft = Draft::new(&self.book, now, "solver");
        for wanted in parts(delta) {
            let Some(trial) = self.planner.trial(&wanted, &self.book) else { continue };
            let saving = trial.saving(&policy);
            match policy.judge(&trial.moves, &saving, &self.book, now) {
                Fate::Take if draft.take_moves(&trial.moves).is_ok() => self.planner.put(trial),
                Fate::Ask(_) => {
                    let Some(rivals) = policy.stands_out(&trial.moves, &saving, &self.book, now) else {
                        continue;
                    };
                    for rival in rivals {
                        let replaced = ProposalEvent::Expired { ending: Ending::Replaced };
                        if let Err(refusal) = draft.on_proposal(rival, replaced) {
                            tracing::debug!(%refusal, "a proposal was replaced twice");
                        }
                    }
                    let proposal = Proposal::new(self.house.fresh(), trial.moves, saving, now);
                    if let Err(refusal) = draft.open_proposal(proposal) {
                        tracing::warn!(%refusal, "a better plan could not be proposed");
                    }
                }
                _ => {}
            }
        }
        let (batch, kept) = draft.finish();
        if !batch.is_empty() {
            self.keep_found(batch, kept, ctx);
        }
    }

    /// Looks after what waits: what does not stand any longer ends, and after events one proposal at a time is tried
    /// and priced again. Gives what has to be kept.
    pub(crate) fn review_proposals(&mut self) -> Option<(Batch, Kept)> {
        let (now, policy) = (self.house.now(), self.rules_of_proposals());
        let remembered = |p: &Proposal| {
            p.ended.is_none_or(|ended| now.duration_since(ended).as_secs() < policy.remember_seconds)
        };
        self.book.proposals.retain(|_, p| remembered(p));
        let mut draft = Draft::new(&self.book, now, "solver");
        let open: Vec<&Proposal> = self.book.proposals.values().filter(|p| p.is_open()).collect();
        if open.is_empty() {
            return None;
        }
        for proposal in &open {
            if let Some(ending) = policy.ending(proposal, &self.book, now) {
                draft.on_proposal(proposal.id, ProposalEvent::Expired { ending }).ok()?;
            }
        }
        let events = self.planner.events_told();
        if self.reviewing.priced_at != events {
            (self.reviewing.priced_at, self.reviewing.left) = (events, open.len());
        }
        let standing = || open.iter().filter(|p| draft.proposal(p.id).is_ok_and(Proposal::is_open));
        let next = standing().find(|p| Some(p.id) > self.reviewing.last).or_else(|| standing().next());
        if let Some(proposal) = next.copied().filter(|_| self.reviewing.left > 0) {
            (self.reviewing.last, self.reviewing.left) = (Some(proposal.id), self.reviewing.left - 1);
            if let Some(event) = self.priced_again(proposal) {
                draft.on_proposal(proposal.id, event).ok()?;
            }
        }
        let (batch, kept) = draft.finish();
        (!batch.is_empty()).then_some((batch, kept))
    }
    /// What a proposal is worth by now, if that has to be told.
    fn priced_again(&self, proposal: &Proposal) -> Option<ProposalEvent> {
        let policy = self.rules_of_proposals();
        let Some((moves, saving)) = self.tried(proposal).map(|t| (t.moves.clone(), t.saving(&policy))) else {
            return Some(ProposalEvent::Expired { ending: Ending::Moved });
        };
        let moved = proposal.moves.iter().filter(|m| m.takes_away()).count().max(1);
        // Half of what it took to be told: a price that trembles does not make a card come and go.
        if saving.seconds * 2 < policy.ask_seconds * i64::try_from(moved).unwrap_or(i64::MAX) {
            return Some(ProposalEvent::Expired { ending: Ending::GainGone });
        }
        let other_visits = moves.len() != proposal.moves.len();
        (other_visits || policy.is_news(&proposal.saving, &saving))
            .then_some(ProposalEvent::Rebased { moves, saving })
    }
    /// A proposal tried on the plan of the moment.
    fn tried(&self, proposal: &Proposal) -> Option<trial::Trial> {
        let changed = proposal.moves.iter().filter(|m| m.changes_master());
        let hands = self.planner.wanted(changed.map(|m| (m.visit, &m.to)), &self.book)?;
        if hands.is_empty() {
            let all = proposal.moves.iter().map(|m| (m.visit, &m.to));
            return self.planner.trial(&self.planner.wanted(all, &self.book)?, &self.book);
        }
        self.planner.trial(&hands, &self.book)
    }

    /// Rows of proposals on the board; one that is decided leaves it.
    pub(crate) fn show_proposals<'a>(&self, proposals: impl Iterator<Item = &'a Proposal>) {
        for proposal in proposals {
            let row = proposal.is_open().then(|| self.proposal_row(proposal));
            self.house.tell("board", proposal.id, row);
        }
    }
    fn proposal_row(&self, proposal: &Proposal) -> Value {
        let (now, policy) = (self.house.now(), self.rules_of_proposals());
        let reasons = match policy.judge(&proposal.moves, &proposal.saving, &self.book, now) {
            Fate::Ask(reasons) => reasons,
            Fate::Take | Fate::Leave => Vec::new(),
        };
        let no = |visit| self.book.visits.get(&visit).map_or(0, |v| v.no);
        let reasons: Vec<Value> = reasons
            .iter()
            .map(|(visit, reason)| json!({"visit": visit, "no": no(*visit), "rule": reason}))
            .collect();
        let moves: Vec<Value> = proposal.moves.iter().map(|m| self.move_row(m)).collect();
        json!({
            "id": proposal.id, "rev": proposal.ver, "made": proposal.made.as_millisecond(),
            "saving": saving_row(&proposal.saving), "moves": moves, "reasons": reasons,
        })
    }
    fn move_row(&self, change: &ProposedMove) -> Value {
        let spot = |spot: &Spot| {
            let mut row = json!({
                "master": spot.master, "master_name": words::name(&self.book, Some(spot.master)),
                "start": spot.start.as_millisecond(), "travel_min": minutes(spot.travel_seconds),
            });
            let beside =
                |h: &Helper| json!({"master": h.master, "name": words::name(&self.book, Some(h.master))});
            if !spot.helpers.is_empty() {
                row["beside"] = spot.helpers.iter().map(beside).collect();
            }
            row
        };
        let visit = self.book.visits.get(&change.visit);
        let directory = self.house.directory.read();
        let client = visit.and_then(|v| directory.known_client(v.client)).map(|c| c.name.clone());
        json!({
            "visit": change.visit, "no": visit.map(|v| v.no), "client": client,
            "minutes": visit.map(|v| v.minutes), "from": change.from.as_ref().map(spot), "to": spot(&change.to),
        })
    }
}

fn minutes(seconds: i64) -> i64 {
    (seconds + seconds.signum() * 30) / 60
}

fn saving_row(saving: &Saving) -> Value {
    json!({
        "min": minutes(saving.seconds), "travel_min": minutes(saving.travel_seconds),
        "lateness_min": minutes(saving.lateness_seconds), "overtime_min": minutes(saving.overtime_seconds),
        "placed": saving.placed, "money": saving.money,
    })
}

/// Decides a dispatcher's word on a proposal; the answer names the command that takes it back.
pub(crate) fn decide(desk: &mut Dispatcher, order: &Order) -> Result<Decided, Refusal> {
    let OneProposal { proposal: id } = args(&order.command)?;
    let (now, policy) = (desk.house.now(), desk.rules_of_proposals());
    let mut draft = Draft::new(&desk.book, now, order.seat.login.as_str());
    let proposal = draft.proposal(id)?.clone();
    if let Some(seen) = order.command.rev.filter(|seen| *seen != proposal.ver) {
        return Err(Refusal::stale("the proposal", seen, proposal.ver));
    }
    let back = json!({"undo": {"name": "proposal.undo", "args": {"proposal": id}}});
    let (then, answer) = match order.command.name.as_str() {
        "proposal.accept" => {
            proposal.decide(ProposalEvent::Accepted)?;
            let trial = desk.tried(&proposal).ok_or_else(|| {
                let detail = format!("proposal `{id}` does not fit the plan of the moment any longer");
                Refusal::state("proposal-moved", detail)
            })?;
            draft.accept_proposal(id, &trial.moves, &policy)?;
            (AfterKeeping::Put(Box::new(trial)), back)
        }
        "proposal.reject" => {
            draft.reject_proposal(id)?;
            (AfterKeeping::Nothing, back)
        }
        "proposal.undo" => {
            let was = proposal.state;
            draft.undo_proposal(id, &policy)?;
            let name = if was == ProposalState::Accepted { None } else { Some("proposal.reject") };
            let then =
                if was == ProposalState::Accepted { AfterKeeping::Refill } else { AfterKeeping::Nothing };
            (then, json!({"undo": name.map(|name| json!({"name": name, "args": {"proposal": id}}))}))
        }
        other => return Err(Refusal::unknown("command", other)),
    };
    let (batch, kept) = draft.finish();
    Ok(Decided::Replan { batch, kept: Box::new(kept), answer, then })
}
