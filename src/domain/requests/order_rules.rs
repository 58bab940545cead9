//! What may happen to an order, and what follows (`domain.md` 3.4.5).

use super::order::{LineSort, OrderEvent, Payer, Phase, RepairOrder};
use crate::{refusal::Refusal, values::money::Money};
use jiff::{SignedDuration, Timestamp};

/// Days of warranty on works.
pub const WORK_WARRANTY_DAYS: i64 = 30;
/// Notices that a client gets before the unit counts as unclaimed.
pub const NOTICES: u32 = 3;

impl Phase {
    /// The table of transitions that need no more than the guards of [`RepairOrder::go`]. An agreed quote, another
    /// centre and an act of verdict have events of their own.
    pub fn may_go(self, to: Self) -> bool {
        use Phase::*;
        match (self, to) {
            (Intake, Accepted) | (Accepted, Diagnosing) | (Diagnosing, QuoteReady | InRepair) => true,
            (QuoteReady, AwaitApproval | Approved) | (AwaitApproval, Declined) => true,
            (Approved, WaitingParts | InRepair) | (WaitingParts, Ready) | (Ready, InRepair) => true,
            (InRepair, Diagnosing | Qc) | (Qc, InRepair | Done) | (Done, Unclaimed) => true,
            (Done | Declined | Unrepairable | Unclaimed, Issued) => true,
            (_, Cancelled) => self.is_before_done(),
            _ => false,
        }
    }
    /// Is the work still ahead or under way?
    pub fn is_before_done(self) -> bool {
        use Phase::{Cancelled, Declined, Done, Issued, Unclaimed, Unrepairable};
        !matches!(self, Declined | Done | Unclaimed | Issued | Unrepairable | Cancelled)
    }
}

impl OrderEvent {
    /// The name in the journal and on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created => "order.created",
            Self::PhaseChanged { to } => match to {
                Phase::Accepted => "order.accepted",
                Phase::AwaitApproval => "quote.sent",
                Phase::Declined => "quote.declined",
                Phase::WaitingParts => "parts.awaited",
                Phase::Ready => "parts.ready",
                Phase::Done => "order.done",
                Phase::Unclaimed => "order.unclaimed",
                Phase::Issued => "order.issued",
                Phase::Cancelled => "order.cancelled",
                _ => "order.stage",
            },
            Self::LinesWritten { .. } => "order.quoted",
            Self::QuoteApproved { .. } => "quote.approved",
            Self::PartsNeeded { .. } => "parts.needed",
            Self::PartReserved { .. } => "parts.reserved",
            Self::SentToThirdParty { .. } => "order.sent_tp",
            Self::BackFromThirdParty { .. } => "order.back_tp",
            Self::CustodyMoved { .. } => "order.custody_moved",
            Self::NoticeSent => "order.notice_sent",
            Self::FoundUnrepairable { .. } => "order.unrepairable",
            Self::ClientChanged { .. } => "order.client_changed",
            Self::Paid { .. } => "order.paid",
            Self::Refunded { .. } => "order.refunded",
        }
    }
}

impl RepairOrder {
    /// The sum of the lines (I-05).
    pub fn total(&self) -> Money {
        self.lines.iter().map(|l| l.price).sum()
    }
    /// What of the total falls to the client: all, nothing, or parts and what is over the agreement's limit.
    pub fn client_part(&self) -> Money {
        match self.payer {
            Payer::Client => self.total(),
            Payer::Warranty => Money::ZERO,
            Payer::Agreement => {
                let parts = self.lines.iter().filter(|l| l.kind == LineSort::Part);
                let parts: Money = parts.map(|l| l.price).sum();
                let labour = self.total().amount() - parts.amount();
                let covered = self.limit.map_or(labour, |limit| labour.min(limit.amount()));
                Money::rounded(self.total().amount() - covered)
            }
        }
    }
    /// What the client owes; less than nothing when money is to go back.
    pub fn due(&self) -> Money {
        Money::rounded(self.client_part().amount() - self.paid.amount())
    }

    /// Decides on another phase.
    ///
    /// # Errors
    /// The phase is not the next one, or its guard says no.
    pub fn go(&self, to: Phase) -> Result<OrderEvent, Refusal> {
        if !self.phase.may_go(to) {
            let detail = format!("order {} is `{:?}`: `{to:?}` is not the next phase", self.no, self.phase);
            return Err(Refusal::state("order-phase", detail));
        }
        let no = |code: &str, detail: String| Err(Refusal::state(code, detail));
        let (part, due) = (self.client_part(), self.due());
        match (self.phase, to) {
            (Phase::QuoteReady, Phase::AwaitApproval) if part <= Money::ZERO => {
                no("nothing-to-approve", format!("the client pays `{part}`: expected more than 0"))
            }
            (Phase::QuoteReady, Phase::Approved) if part > Money::ZERO => {
                no("approval-missing", format!("the client pays `{part}` and has not agreed: send the quote"))
            }
            (Phase::Diagnosing, Phase::InRepair) if self.approved != Some(self.quote) => {
                no("quote-changed", format!("quote `{}` is not agreed: expected a new quote", self.quote))
            }
            (_, Phase::WaitingParts) if self.part_needs.is_empty() => {
                no("no-part-needed", format!("order {} needs no part: expected one at least", self.no))
            }
            (_, Phase::Ready | Phase::InRepair) if !self.part_needs.is_empty() => {
                no("parts-missing", format!("`{}` is not there yet", self.part_needs.join(", ")))
            }
            (_, Phase::Unclaimed) if self.notices < NOTICES => {
                no("notices-missing", format!("`{}` notices were sent: expected {NOTICES}", self.notices))
            }
            (_, Phase::Issued) if due > Money::ZERO && !self.debt_allowed => {
                no("order-unpaid", format!("the client owes `{due}`: expected a payment first"))
            }
            (_, Phase::Cancelled) if !self.is_with_client() => {
                no("unit-not-returned", format!("the unit is with `{}`: expected the client", self.custodian))
            }
            _ => Ok(OrderEvent::PhaseChanged { to }),
        }
    }

    /// Decides; changes nothing.
    ///
    /// # Errors
    /// The phase, or a value of the event, says no.
    pub fn decide(&self, event: OrderEvent) -> Result<OrderEvent, Refusal> {
        match &event {
            OrderEvent::Created if self.ver == 0 => return Ok(event),
            OrderEvent::PhaseChanged { to } if self.ver > 0 => return self.go(*to),
            _ => {}
        }
        if !self.fits(&event) {
            let detail =
                format!("order {} is `{:?}`: `{}` is not possible", self.no, self.phase, event.name());
            return Err(Refusal::state("order-phase", detail));
        }
        match &event {
            OrderEvent::LinesWritten { lines, .. } => match lines.iter().find(|l| l.price.is_negative()) {
                Some(line) => Err(Refusal::invalid(
                    "negative-price",
                    format!("the price `{}` of `{}` is less than nothing", line.price, line.name),
                )),
                None => Ok(event),
            },
            OrderEvent::QuoteApproved { quote, .. } if *quote != self.quote => {
                Err(Refusal::stale("the quote", u64::from(*quote), u64::from(self.quote)))
            }
            OrderEvent::QuoteApproved { evidence: word, .. }
            | OrderEvent::SentToThirdParty { act: word, .. }
            | OrderEvent::FoundUnrepairable { act: word } => Refusal::unless_said(word).map(|()| event),
            OrderEvent::CustodyMoved { from, .. } if *from != self.custodian => Err(Refusal::state(
                "other-custodian",
                format!("the unit is with `{}`, not with `{from}`", self.custodian),
            )),
            OrderEvent::Paid { sum } if *sum <= Money::ZERO => Err(wrong_sum(*sum, "more than 0")),
            OrderEvent::Refunded { sum } if *sum <= Money::ZERO || *sum > self.paid => {
                Err(wrong_sum(*sum, &format!("more than 0 and at most `{}`", self.paid)))
            }
            _ => Ok(event),
        }
    }

    fn fits(&self, event: &OrderEvent) -> bool {
        if self.ver == 0 {
            return false;
        }
        match event {
            OrderEvent::Created | OrderEvent::PhaseChanged { .. } => false,
            // What is owed for the way and the search is written down after a "no", too.
            OrderEvent::LinesWritten { .. } => {
                self.phase.is_before_done() || matches!(self.phase, Phase::Declined | Phase::Unrepairable)
            }
            OrderEvent::QuoteApproved { .. } => self.phase == Phase::AwaitApproval,
            OrderEvent::PartsNeeded { parts } => {
                !parts.is_empty() && self.phase.is_before_done() && self.phase != Phase::Ready
            }
            OrderEvent::PartReserved { part } => self.part_needs.contains(part),
            OrderEvent::SentToThirdParty { .. } => self.phase == Phase::InRepair,
            OrderEvent::BackFromThirdParty { to, .. } => {
                self.phase == Phase::AtThirdParty && matches!(to, Phase::InRepair | Phase::Qc)
            }
            OrderEvent::CustodyMoved { .. } => !matches!(self.phase, Phase::Issued | Phase::Cancelled),
            OrderEvent::NoticeSent => self.phase == Phase::Done,
            OrderEvent::FoundUnrepairable { .. } => self.phase.is_before_done(),
            OrderEvent::ClientChanged { client } => self.client != *client,
            OrderEvent::Paid { .. } | OrderEvent::Refunded { .. } => true,
        }
    }

    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &OrderEvent, at: Timestamp) {
        self.ver += 1;
        match event {
            OrderEvent::Created => {}
            OrderEvent::PhaseChanged { to } => self.enter(*to, at),
            OrderEvent::LinesWritten { master, lines } => {
                self.quote += u32::from(*lines != self.lines);
                (self.master, self.lines) = (Some(*master), lines.clone());
            }
            OrderEvent::QuoteApproved { quote, evidence } => {
                (self.approved, self.evidence) = (Some(*quote), Some(evidence.clone()));
                self.phase = Phase::Approved;
            }
            OrderEvent::PartsNeeded { parts } => self.part_needs.extend(parts.iter().cloned()),
            OrderEvent::PartReserved { part } => {
                let found = self.part_needs.iter().position(|p| p == part);
                found.into_iter().for_each(|place| drop(self.part_needs.remove(place)));
            }
            OrderEvent::SentToThirdParty { partner, act } => {
                (self.phase, self.custodian) = (Phase::AtThirdParty, partner.clone());
                self.act = Some(act.clone());
            }
            OrderEvent::BackFromThirdParty { to, custodian } => {
                (self.phase, self.custodian) = (*to, custodian.clone());
            }
            OrderEvent::CustodyMoved { to, .. } => self.custodian.clone_from(to),
            OrderEvent::NoticeSent => self.notices += 1,
            OrderEvent::ClientChanged { client } => self.client = *client,
            OrderEvent::FoundUnrepairable { act } => {
                self.act = Some(act.clone());
                self.enter(Phase::Unrepairable, at);
            }
            OrderEvent::Paid { sum } => self.paid = self.paid + *sum,
            OrderEvent::Refunded { sum } => {
                self.paid = Money::rounded(self.paid.amount() - sum.amount());
            }
        }
    }

    fn enter(&mut self, to: Phase, at: Timestamp) {
        match to {
            Phase::InRepair if self.phase == Phase::Qc => self.internal_repeats += 1,
            Phase::Approved => self.approved = Some(self.quote),
            Phase::Done => {
                self.warranty_until = Some(at + SignedDuration::from_hours(24 * WORK_WARRANTY_DAYS));
            }
            // What was not done is not paid: the way and the search for the fault remain.
            Phase::Declined | Phase::Unrepairable => {
                self.lines.retain(|l| matches!(l.kind, LineSort::Trip | LineSort::Diagnosis));
                self.part_needs.clear();
            }
            Phase::Cancelled => self.part_needs.clear(),
            Phase::Issued => self.custodian = self.point.to_string(),
            _ => {}
        }
        self.phase = to;
    }
    fn is_with_client(&self) -> bool {
        self.custodian.is_empty() || self.custodian == self.point.to_string()
    }
}

fn wrong_sum(sum: Money, expected: &str) -> Refusal {
    Refusal::invalid("wrong-sum", format!("the sum `{sum}` is wrong: expected {expected}"))
}
