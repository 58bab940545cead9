//! From the client's words to a request, an order and a visit; and calling them off.

use super::draft::Draft;
use crate::{
    billing::price::PRICE_LIST_VERSION,
    clients::{agreement::Agreement, point::ServicePoint},
    equipment::EquipmentUnit,
    refusal::Refusal,
    requests::{
        order::{LineSort, OrderEvent, Payer, Phase, PriceLine, RepairOrder},
        request::{Priority, Request, RequestEvent, RequestSort, RequestState},
        sla::{Metric, SlaClock},
    },
    values::{
        id::{CallId, OrderId, RequestId, VisitId},
        money::Money,
    },
    visits::visit::{Visit, VisitEvent, VisitState},
};
use jiff::Timestamp;

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
    /// Minutes that such work takes, where a template of the house says so.
    pub usual: Option<u16>,
    /// How many masters must come at once.
    pub masters: u8,
    /// In which call.
    pub call: Option<CallId>,
    /// What the way there costs in the point's zone.
    pub call_out: Money,
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

impl Intake<'_> {
    pub(super) fn request(&self, no: u64, at: Timestamp) -> Request {
        let (reaction, restore) =
            self.agreement.map_or((24, 72), |a| (a.sla.reaction_hours, a.sla.restore_hours));
        let clocks = [(Metric::Reaction, reaction), (Metric::Restore, restore)];
        let terms = self.agreement.map(|a| &a.terms);
        Request {
            id: self.ids.0,
            ver: 0,
            no,
            state: RequestState::Registered,
            held_from: None,
            kind: self.kind,
            priority: self.priority,
            symptom: self.symptom.trim().to_owned(),
            client: self.point.client,
            point: self.point.id,
            unit: self.unit.map(|u| u.id),
            agreement: self.agreement.map(|a| a.id),
            call: self.call,
            order: self.ids.1,
            visit: Some(self.ids.2),
            created: at,
            clocks: clocks.into_iter().map(|(metric, hours)| SlaClock::idle(metric, hours, at)).collect(),
            reason: None,
            calendar: terms.and_then(|t| t.calendar.clone()),
            pauses: terms.map(|t| t.pauses.clone()).unwrap_or_default(),
            resolved: None,
            repeats: 0,
            merged_into: None,
            rating: None,
        }
    }
    fn payer(&self, at: Timestamp) -> Payer {
        let under_warranty = self.unit.and_then(|u| u.warranty_until).is_some_and(|till| at < till);
        match (self.agreement, under_warranty) {
            (Some(_), _) => Payer::Agreement,
            (None, true) => Payer::Warranty,
            (None, false) => Payer::Client,
        }
    }
    pub(super) fn order(&self, no: u64, at: Timestamp) -> RepairOrder {
        RepairOrder {
            id: self.ids.1,
            ver: 0,
            no,
            phase: Phase::Intake,
            request: self.ids.0,
            client: self.point.client,
            point: self.point.id,
            unit: self.unit.map(|u| u.id),
            payer: self.payer(at),
            agreement: self.agreement.map(|a| a.id),
            price_list: self.agreement.map_or(PRICE_LIST_VERSION, |a| a.price_list),
            lines: self.trip(),
            paid: Money::ZERO,
            custodian: self.point.id.to_string(),
            part_needs: vec![],
            act_template: self.agreement.and_then(|a| a.terms.act_template.clone()),
            master: None,
            limit: self.agreement.map(|a| a.limit),
            quote: 0,
            approved: None,
            evidence: None,
            act: None,
            debt_allowed: self.agreement.is_some_and(|a| a.terms.debt_allowed),
            internal_repeats: 0,
            notices: 0,
            warranty_until: None,
        }
    }
    fn trip(&self) -> Vec<PriceLine> {
        let (name, kind, price_list) = (self.point.zone.clone(), LineSort::Trip, PRICE_LIST_VERSION);
        let trip = PriceLine { name, price: self.call_out, kind, price_list, discount: None };
        if self.call_out > Money::ZERO { vec![trip] } else { vec![] }
    }
    pub(super) fn visit(&self, no: u64) -> Visit {
        let skill = self.unit.map_or("general", |u| u.skill.as_str());
        Visit {
            id: self.ids.2,
            ver: 0,
            no,
            state: VisitState::Unplanned,
            request: self.ids.0,
            order: self.ids.1,
            client: self.point.client,
            point: self.point.id,
            place: self.point.place,
            unit: self.unit.map(|u| u.id),
            window: None,
            minutes: self.usual.map_or_else(|| usual_minutes(self.kind, skill), u32::from),
            skills: self.unit.map(|u| vec![(u.skill.clone(), u.level)]).unwrap_or_default(),
            priority: self.priority,
            masters_needed: self.masters,
            assignment: None,
            refused_by: vec![],
            pinned: false,
            begun: None,
            ended: None,
            outcome: None,
            note: String::new(),
            part_needs: vec![],
            preceded_by: None,
            wait: None,
            preferred: None,
            earlier_windows: vec![],
            proof: crate::visits::proof::Proof::default(),
            own_lines: vec![],
            checklist: None,
            act_template: self.agreement.and_then(|a| a.terms.act_template.clone()),
        }
    }
}

impl Draft<'_> {
    /// Registers a request: SLA clocks start, the order and an unplanned visit are opened with it.
    pub fn register(&mut self, intake: &Intake<'_>) -> Result<(), Refusal> {
        let request = intake.request(self.next_no(), self.at);
        let order = intake.order(self.next_no(), self.at);
        let visit = intake.visit(self.next_no());
        self.open(request, order, visit)
    }

    /// Calls a request off, with its order and its live visit.
    pub fn cancel_request(&mut self, id: RequestId, reason: &str) -> Result<(), Refusal> {
        let request = self.request(id)?.clone();
        for visit in self.live_of(id) {
            self.cancel_visit(visit, reason)?;
        }
        if self.order(request.order)?.phase.may_go(Phase::Cancelled) {
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
