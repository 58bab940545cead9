//! The master's steps from the offer to the money, and what each means for order and request.

use super::draft::Draft;
use crate::{
    billing::payment::{Payment, PaymentEvent, PaymentState, Tender},
    refusal::Refusal,
    requests::{
        order::{LineSort, OrderEvent, Payer, Phase, PriceLine},
        request::{RequestEvent, RequestState},
    },
    values::{
        id::{MasterId, OrderId, PaymentId, RequestId, VisitId},
        money::Money,
    },
    visits::{
        chain::Wait,
        checklist::Checklist,
        visit::{Outcome, Visit, VisitEvent, VisitState},
    },
    workforce::master::MasterEvent,
};

impl Draft<'_> {
    /// Offers a visit to its master, with the checklist that is in force by now: later versions do not change it.
    ///
    /// # Errors
    /// Nobody is meant to go, or the visit is offered already.
    pub fn dispatch(&mut self, id: VisitId, checklist: Option<Checklist>) -> Result<(), Refusal> {
        if self.visit(id)?.checklist != checklist {
            self.on_visit(id, VisitEvent::ChecklistGiven { checklist: checklist.map(Box::new) })?;
        }
        self.on_visit(id, VisitEvent::Dispatched)
    }

    /// Sets off: the trip is under way, reaction is near.
    pub fn depart(&mut self, id: VisitId, master: MasterId) -> Result<(), Refusal> {
        self.visit(id)?.owned_by(master)?;
        let event = self.master(master)?.set_off(id)?;
        self.on_visit(id, VisitEvent::SetOff)?;
        self.on_master(master, event)
    }

    /// At the door: the reaction clock stops.
    pub fn arrive(&mut self, id: VisitId, master: MasterId) -> Result<(), Refusal> {
        self.visit(id)?.owned_by(master)?;
        self.on_visit(id, VisitEvent::Arrived)?;
        self.on_master(master, MasterEvent::Arrived { visit: id })?;
        let request = self.visit(id)?.request;
        self.on_request(request, RequestEvent::Reached)
    }

    /// Work begins: the order is accepted and the fault looked for.
    pub fn begin(&mut self, id: VisitId, master: MasterId) -> Result<(), Refusal> {
        let visit = self.visit(id)?;
        visit.owned_by(master)?;
        let (order, request) = (visit.order, visit.request);
        self.on_visit(id, VisitEvent::Begun)?;
        if self.order(order)?.phase == Phase::Intake {
            self.through(id, &[Phase::Accepted, Phase::Diagnosing])?;
        }
        self.take_up(request)
    }

    /// A request on which somebody works waits for nothing and is in work.
    fn take_up(&mut self, request: RequestId) -> Result<(), Refusal> {
        if self.request(request)?.state == RequestState::OnHold {
            self.on_request(request, RequestEvent::Resumed)?;
        }
        match self.request(request)?.state {
            RequestState::InWork => Ok(()),
            _ => self.on_request(request, RequestEvent::Started),
        }
    }

    /// Nobody opened: the master is free, and a follow-up visit is opened under the fresh id.
    ///
    /// # Errors
    /// The master is not at the door, or has not called and waited enough.
    pub fn no_show(
        &mut self,
        id: VisitId,
        master: MasterId,
        tried: (u32, u32),
        next: VisitId,
    ) -> Result<(), Refusal> {
        let visit = self.visit(id)?.clone();
        visit.owned_by(master)?;
        let (calls, waited_minutes) = tried;
        self.on_visit(id, VisitEvent::NoShow { calls, waited_minutes })?;
        self.free(master, id)?;
        self.follow_up(&visit, Outcome::NoAccess, next)
    }

    /// Work ends. Fixed: the order goes on to done, and to issued when nobody owes anything.
    /// Not fixed: a follow-up visit is opened under the fresh id and the master is free.
    pub fn complete(
        &mut self,
        id: VisitId,
        master: MasterId,
        done: Completion,
    ) -> Result<(Money, Payer), Refusal> {
        let visit = self.visit(id)?.clone();
        visit.owned_by(master)?;
        let lines = OrderEvent::LinesWritten { master, lines: self.with_trip(visit.order, done.lines)? };
        if done.outcome != Outcome::Fixed {
            self.on_visit(id, VisitEvent::LeftIncomplete { outcome: done.outcome, note: done.note })?;
            self.on_order(visit.order, lines)?;
            self.free(master, id)?;
            self.follow_up(&visit, done.outcome, done.next_visit)?;
            if let Some(wait) = done.wait.filter(|_| done.outcome == Outcome::NeedPart) {
                let next = self.live_after(id).first().copied().unwrap_or(done.next_visit);
                self.set_wait(next, wait, None)?;
            }
            let order = self.order(visit.order)?;
            return Ok((order.due(), order.payer));
        }
        self.on_visit(id, VisitEvent::Completed { note: done.note })?;
        visit.whole(self.request(visit.request)?.kind)?;
        self.on_order(visit.order, lines)?;
        if self.go_on_after(&visit)? {
            // The order is not done before its last visit is.
            self.free(master, id)?;
            let order = self.order(visit.order)?;
            return Ok((order.due(), order.payer));
        }
        self.finish_order(visit.order)?;
        self.free(master, id)?;
        self.take_up(visit.request)?;
        self.on_request(visit.request, RequestEvent::Resolved)?;
        self.issue_when_paid(&visit)?;
        let order = self.order(visit.order)?;
        Ok((order.due(), order.payer))
    }

    /// What the master wrote, and the way there as the zone has it, unless the master wrote the way too.
    pub(super) fn with_trip(
        &self,
        order: OrderId,
        mut lines: Vec<PriceLine>,
    ) -> Result<Vec<PriceLine>, Refusal> {
        if lines.iter().all(|line| line.kind != LineSort::Trip) {
            let trips = self.order(order)?.lines.iter().filter(|line| line.kind == LineSort::Trip);
            lines.extend(trips.cloned());
        }
        Ok(lines)
    }

    /// Money at the door. Cash stays in the master's custody until handed in.
    pub fn take_payment(&mut self, id: VisitId, master: MasterId, take: PaymentTaken) -> Result<(), Refusal> {
        let visit = self.visit(id)?.clone();
        visit.owned_by(master)?;
        if !matches!(visit.state, VisitState::Completed | VisitState::Working | VisitState::Incomplete) {
            return Err(Refusal::state(
                "visit-state",
                format!("visit {} is `{:?}`: money is taken after the work", visit.no, visit.state),
            ));
        }
        let due = self.order(visit.order)?.due();
        if take.sum <= Money::ZERO || take.sum > due {
            return Err(Refusal::invalid(
                "wrong-sum",
                format!("the sum `{}` cannot be taken: expected more than 0 and at most `{due}`", take.sum),
            ));
        }
        let payment = Payment {
            id: take.id,
            ver: 0,
            order: visit.order,
            visit: id,
            tender: take.tender,
            sum: take.sum,
            state: PaymentState::Pending,
            custodian: (take.tender == Tender::Cash).then_some(master),
            qr: take.qr,
            at: self.at,
            refunded: Money::ZERO,
        };
        let asked = match take.tender {
            Tender::Sbp => self.on_payment(&payment, PaymentEvent::Created)?,
            Tender::Cash | Tender::Card | Tender::Invoice => payment,
        };
        self.on_payment(&asked, PaymentEvent::Succeeded)?;
        self.on_order(visit.order, OrderEvent::Paid { sum: take.sum })?;
        if take.tender == Tender::Cash {
            self.on_master(master, MasterEvent::CashTaken { sum: take.sum })?;
        }
        self.issue_when_paid(&visit)
    }

    /// Money goes back to the client, out of the master's hand when it is there.
    ///
    /// # Errors
    /// The sum is more than is left of the payment, or than the master holds.
    pub fn refund(&mut self, payment: &Payment, sum: Money) -> Result<(), Refusal> {
        self.on_payment(payment, PaymentEvent::Refunded { sum })?;
        self.on_order(payment.order, OrderEvent::Refunded { sum })?;
        match payment.custodian {
            Some(master) => self.on_master(master, MasterEvent::CashReturned { sum }),
            None => Ok(()),
        }
    }

    fn issue_when_paid(&mut self, visit: &Visit) -> Result<(), Refusal> {
        let order = self.order(visit.order)?;
        let ready = matches!(order.phase, Phase::Done | Phase::Declined | Phase::Unrepairable);
        if ready && order.due() <= Money::ZERO {
            let event = order.go(Phase::Issued)?;
            self.on_order(visit.order, event)?;
        }
        Ok(())
    }

    fn through(&mut self, id: VisitId, phases: &[Phase]) -> Result<(), Refusal> {
        let order = self.visit(id)?.order;
        for phase in phases {
            let event = self.order(order)?.go(*phase)?;
            self.on_order(order, event)?;
        }
        Ok(())
    }

    /// From wherever the order stands to done; who pays signs at the door.
    fn finish_order(&mut self, id: OrderId) -> Result<(), Refusal> {
        loop {
            let order = self.order(id)?;
            let quote = order.quote;
            let to = match order.phase {
                Phase::Diagnosing => Phase::QuoteReady,
                Phase::QuoteReady if order.client_part() > Money::ZERO => Phase::AwaitApproval,
                Phase::QuoteReady => Phase::Approved,
                Phase::AwaitApproval => {
                    let evidence = "signed at the door".to_owned();
                    self.on_order(id, OrderEvent::QuoteApproved { quote, evidence })?;
                    continue;
                }
                Phase::Approved | Phase::Ready => Phase::InRepair,
                Phase::InRepair => Phase::Qc,
                Phase::Qc => Phase::Done,
                _ => return Ok(()),
            };
            self.on_order(id, OrderEvent::PhaseChanged { to })?;
        }
    }

    /// The visit is off the master's hands.
    pub(super) fn free(&mut self, master: MasterId, visit: VisitId) -> Result<(), Refusal> {
        if self.master(master)?.current == Some(visit) {
            return self.on_master(master, MasterEvent::Freed);
        }
        Ok(())
    }

    fn follow_up(&mut self, visit: &Visit, outcome: Outcome, next: VisitId) -> Result<(), Refusal> {
        if outcome == Outcome::Refused {
            return self.cancel_request(visit.request, "client refused");
        }
        let nobody_was_in = outcome == Outcome::NoAccess;
        if !nobody_was_in && self.go_on_after(visit)? {
            return Ok(());
        }
        self.open_after(visit, outcome, next)?;
        self.chain_anew(visit.id, next)?;
        self.on_request(visit.request, RequestEvent::VisitLinked { visit: next })
    }

    /// Another visit of the same order, after one of it.
    pub(super) fn open_after(
        &mut self,
        visit: &Visit,
        outcome: Outcome,
        next: VisitId,
    ) -> Result<(), Refusal> {
        let number = self.next_no();
        let again = Visit {
            id: next,
            ver: 0,
            no: number,
            state: VisitState::Unplanned,
            window: None,
            assignment: None,
            refused_by: vec![],
            pinned: false,
            begun: None,
            ended: None,
            outcome: None,
            note: String::new(),
            preceded_by: Some(visit.id),
            wait: None,
            preferred: visit.master().filter(|_| outcome != Outcome::NeedSkill),
            earlier_windows: vec![],
            proof: crate::visits::proof::Proof::default(),
            checklist: None,
            ..visit.clone()
        };
        self.open_visit(again)
    }
}

/// What the master writes at the end of the work.
#[derive(Debug, Clone)]
pub struct Completion {
    /// Works and parts.
    pub lines: Vec<PriceLine>,
    /// How it ended.
    pub outcome: Outcome,
    /// In the master's words.
    pub note: String,
    /// The id of a follow-up visit, should one be needed.
    pub next_visit: VisitId,
    /// What that one waits for, where a part is missing.
    pub wait: Option<Wait>,
}

/// Money that the master takes.
#[derive(Debug, Clone)]
pub struct PaymentTaken {
    /// The payment's fresh id.
    pub id: PaymentId,
    /// How.
    pub tender: Tender,
    /// How much.
    pub sum: Money,
    /// The QR that was shown.
    pub qr: Option<String>,
}
