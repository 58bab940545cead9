//! From the client's words to a request, an order and a visit; and calling them off.

use super::draft::Draft;
use crate::{
    billing::price::PRICE_LIST_VERSION,
    clients::{agreement::Agreement, point::ServicePoint},
    equipment::EquipmentUnit,
    refusal::Refusal,
    requests::{
        order::{OrderEvent, Payer, Phase, RepairOrder},
        request::{Priority, Request, RequestEvent, RequestSort, RequestState},
        sla::{Metric, SlaClock},
    },
    values::{
        id::{CallId, OrderId, RequestId, VisitId},
        money::Money,
    },
    visits::visit::{Visit, VisitEvent, VisitState},
};

/// What the operator wrote down, with the cards it is about.
#[derive(Debug, Clone)]
pub struct Intake<'a> {
    /// Where.
    pub point: &'a ServicePoint,
    /// On what.
    pub unit: Option<&'a EquipmentUnit>,
    /// The agreement that covers it.
    pub agreement: Option<&'a Agreement>,
    /// What is wanted.
    pub kind: RequestSort,
    /// In the client's words.
    pub symptom: String,
    /// How soon.
    pub priority: Priority,
    /// In which call.
    pub call: Option<CallId>,
    /// Fresh ids of the three records.
    pub ids: (RequestId, OrderId, VisitId),
}

/// Minutes of work that a kind of request usually takes (`domain.md` §5.2: medians).
pub fn usual_minutes(kind: RequestSort, skill: &str) -> u32 {
    match (kind, skill) {
        (RequestSort::Maintenance, _) => 35,
        (RequestSort::Install, _) => 80,
        (RequestSort::Kkt, _) | (_, "kkt") => 55,
        (RequestSort::Question | RequestSort::Complaint, _) => 40,
        (RequestSort::Repair, "hvac" | "boiler") => 75,
        (RequestSort::Repair, _) => 60,
    }
}

impl Draft<'_> {
    /// Registers a request: SLA clocks start, the order and an unplanned visit are opened with it.
    pub fn register(&mut self, intake: &Intake<'_>) -> Result<(), Refusal> {
        let symptom = intake.symptom.trim();
        if symptom.is_empty() {
            return Err(Refusal::invalid(
                "symptom-missing",
                "the symptom is empty: expected what the client said",
            ));
        }
        let (request, order, visit) = intake.ids;
        let (number, order_number, visit_number) = (self.next_no(), self.next_no(), self.next_no());
        let promised = intake.agreement.map_or((24, 72), |a| (a.sla.reaction_hours, a.sla.restore_hours));
        let clocks = vec![
            SlaClock::start(Metric::Reaction, promised.0, self.at),
            SlaClock::start(Metric::Restore, promised.1, self.at),
        ];
        let (client, point, unit) = (intake.point.client, intake.point.id, intake.unit.map(|u| u.id));
        let agreement = intake.agreement.map(|a| a.id);
        let under_warranty = intake.unit.and_then(|u| u.warranty_until).is_some_and(|till| self.at < till);
        let payer = match (agreement, under_warranty) {
            (Some(_), _) => Payer::Agreement,
            (None, true) => Payer::Warranty,
            (None, false) => Payer::Client,
        };
        let skill = intake.unit.map_or("general", |u| u.skill.as_str());
        let skills = intake.unit.map(|u| vec![(u.skill.clone(), u.level)]).unwrap_or_default();
        let opened = Request {
            id: request,
            ver: 0,
            no: number,
            state: RequestState::Registered,
            held_from: None,
            kind: intake.kind,
            priority: intake.priority,
            symptom: symptom.to_owned(),
            client,
            point,
            unit,
            agreement,
            call: intake.call,
            order,
            visit: Some(visit),
            created: self.at,
            clocks,
            reason: None,
        };
        let written = RepairOrder {
            id: order,
            ver: 0,
            no: order_number,
            phase: Phase::Intake,
            request,
            client,
            point,
            unit,
            payer,
            agreement,
            price_list: intake.agreement.map_or(PRICE_LIST_VERSION, |a| a.price_list),
            lines: vec![],
            paid: Money::ZERO,
            custodian: format!("{point}"),
            part_needs: vec![],
            act_template: None,
            master: None,
        };
        let trip = Visit {
            id: visit,
            ver: 0,
            no: visit_number,
            state: VisitState::Unplanned,
            request,
            order,
            client,
            point,
            place: intake.point.place,
            unit,
            window: None,
            minutes: usual_minutes(intake.kind, skill),
            skills,
            priority: intake.priority,
            assignment: None,
            refused_by: vec![],
            pinned: false,
            begun: None,
            ended: None,
            outcome: None,
            note: String::new(),
            part_needs: vec![],
            preceded_by: None,
        };
        self.open(opened, written, trip);
        Ok(())
    }

    /// Calls a request off, with its order and its live visit.
    pub fn cancel_request(&mut self, id: RequestId, reason: &str) -> Result<(), Refusal> {
        let request = self.request(id)?.clone();
        if let Some(visit) = request.visit.filter(|v| self.visit(*v).is_ok_and(|v| !v.is_over())) {
            self.cancel_visit(visit, reason)?;
        }
        let order = self.order(request.order)?;
        if order.phase.may_go(Phase::Cancelled) {
            self.on_order(request.order, OrderEvent::PhaseChanged { to: Phase::Cancelled })?;
        }
        self.on_request(id, RequestEvent::Cancelled { reason: reason.to_owned() })
    }

    /// Calls one visit off; a master who is on the way is free again.
    pub fn cancel_visit(&mut self, id: VisitId, reason: &str) -> Result<(), Refusal> {
        let visit = self.visit(id)?;
        let busy = visit.master().filter(|m| self.master(*m).is_ok_and(|m| m.current == Some(id)));
        self.on_visit(id, VisitEvent::Cancelled { reason: reason.to_owned() })?;
        match busy {
            Some(master) => self.on_master(master, crate::workforce::master::MasterEvent::Freed),
            None => Ok(()),
        }
    }
}
