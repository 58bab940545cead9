//! What the screens are told of the book: rows of the board, of phones and lists, cards, and tiles of the wall.

use crate::{
    call_centre::call_queue::TakeOperator,
    dispatch::{
        dispatcher::Dispatcher,
        work_views::{beside_row, leading_row, open_line, request_row, visit_row},
    },
    field::{
        crew::{TakeVehicle, TellMaster, TellPoint},
        herald::{Proclaim, Settled},
        master::MasterIs,
        service_point::WatchClocks,
    },
};
use domain::{
    book::draft::Kept,
    ports::PushMessage,
    values::id::{MasterId, VisitId},
    visits::visit::{Visit, VisitState},
    workforce::master::Duty,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// City seconds that a visit stays on the board after its end.
const ON_BOARD_SECONDS: i64 = 16 * 3600;

impl Dispatcher {
    /// Shows everything.
    pub(crate) fn show_all(&mut self) {
        let everything = Kept {
            requests: self.book.requests.clone(),
            visits: self.book.visits.clone(),
            masters: self.book.masters.clone(),
            proposals: self.book.proposals.clone(),
            ..Kept::default()
        };
        self.show(&everything, Vec::new());
    }
    /// Rows for the screens, cards for the directory, clocks for the points, plans for the masters; `before` are those
    /// who had the changed visits.
    pub(crate) fn show(&mut self, changed: &Kept, before: Vec<MasterId>) {
        let now = self.house.now();
        let house = self.house.clone();
        let mut masters: Vec<_> = changed.masters.keys().copied().chain(before).collect();
        for visit in self.visits_to_show(changed) {
            let row = visit_row(&visit, &self.book, &house.directory.read(), now);
            masters.extend(visit.masters());
            let old = visit.ended.is_some_and(|at| now.duration_since(at).as_secs() > ON_BOARD_SECONDS);
            house.tell("board", visit.id, (!old).then(|| row.clone()));
            self.proclaim(&visit);
            self.show_to_masters(&visit, old, row);
        }
        for request in changed.requests.values() {
            let row = request_row(request, &house.directory.read());
            house.tell("requests", request.id, request.is_open().then_some(row));
            let watch = WatchClocks { request: request.id, clocks: request.clocks.clone() };
            if let Ok(desk) = house.desk()
                && desk.crew.try_send(TellPoint { point: request.point, watch }).is_err()
            {
                tracing::error!(request.id = %request.id, "a point's clocks were not armed");
            }
        }
        self.show_cards(changed);
        self.show_proposals(changed.proposals.values());
        masters.sort_unstable();
        masters.dedup();
        for id in masters {
            self.show_master(id);
        }
        self.show_month(changed);
        self.show_tiles();
    }
    /// Screens of a month read it anew when something of it has changed.
    fn show_month(&mut self, changed: &Kept) {
        let zone = self.house.zone();
        let tomorrow = self.house.now().to_zoned(zone).tomorrow().and_then(|day| day.start_of_day());
        let tomorrow = tomorrow.map_or(jiff::Timestamp::MAX, |day| day.timestamp());
        if let Some(row) = self.month.row(changed, tomorrow) {
            self.house.tell("month", "month", Some(row));
        }
    }
    /// The changed visits, those that follow them, and those whose order or request changed: a row shows all of it.
    fn visits_to_show(&self, changed: &Kept) -> Vec<Visit> {
        let of_orders = changed
            .orders
            .values()
            .filter_map(|o| self.book.requests.get(&o.request))
            .filter_map(|r| r.visit);
        let of_requests = changed.requests.values().filter_map(|r| r.visit);
        let mut ids: BTreeSet<VisitId> =
            changed.visits.keys().copied().chain(of_orders).chain(of_requests).collect();
        // What follows a visit tells when that one ends.
        let after: Vec<VisitId> = changed.visits.keys().flat_map(|id| self.planner.followers(*id)).collect();
        ids.extend(after);
        ids.into_iter().filter_map(|id| self.book.visits.get(&id).cloned()).collect()
    }
    fn show_cards(&self, changed: &Kept) {
        let requests = changed.requests.keys().copied().chain(changed.visits.values().map(|v| v.request));
        let mut directory = self.house.directory.write();
        for request in requests.filter_map(|id| self.book.requests.get(&id)) {
            let line = request.is_open().then(|| open_line(request, &self.book));
            directory.note_open(request.client, &request.id.to_string(), line);
            let state = json!(request.state).as_str().unwrap_or_default().to_owned();
            directory.remember(
                request.client,
                request.created,
                "request",
                &request.id.to_string(),
                &state,
                &request.symptom,
            );
        }
    }
    /// The phones of all who go: who leads has the works and the money, each takes their own steps.
    fn show_to_masters(&mut self, visit: &Visit, old: bool, row: Value) {
        use VisitState::{Confirmed, Planned, Unplanned};
        let offered = !old && !matches!(visit.state, Unplanned | Planned | Confirmed);
        let now_with: Vec<MasterId> = visit.masters().filter(|_| offered).collect();
        for before in self.shown.remove(&visit.id).unwrap_or_default() {
            if !now_with.contains(&before) {
                self.house.tell(&format!("my-jobs:{before}"), visit.id, None);
            }
        }
        if now_with.is_empty() {
            return;
        }
        for helper in visit.helpers().iter().filter(|_| offered) {
            let row = beside_row(visit, helper, row.clone());
            self.house.tell(&format!("my-jobs:{}", helper.master), visit.id, Some(row));
        }
        if let Some(leads) = now_with.first() {
            let row = leading_row(visit, &self.book, row);
            self.house.tell(&format!("my-jobs:{leads}"), visit.id, Some(row));
        }
        self.shown.insert(visit.id, now_with);
    }
    /// Tells the herald of a visit that was offered to masters who have not looked at it, and of those for whom there is
    /// nothing to tell any longer.
    fn proclaim(&mut self, visit: &Visit) {
        let unseen = visit.unseen();
        let Ok(desk) = self.house.desk() else { return };
        let told = self
            .proclaimed
            .range((visit.id, MasterId::from_uuid(Uuid::nil()))..)
            .take_while(|(id, _)| *id == visit.id);
        let settled: Vec<_> =
            told.copied().filter(|(_, known)| unseen.iter().all(|(master, _)| master != known)).collect();
        for (id, master) in settled {
            self.proclaimed.remove(&(id, master));
            if desk.herald.try_send(Settled { visit: id, master }).is_err() {
                tracing::warn!(visit.id = %id, "the herald was not told that a visit is settled");
            }
        }
        let Some(work) = visit.assignment.as_ref().filter(|_| !unseen.is_empty()) else { return };
        let directory = self.house.directory.read();
        let symptom = self.book.requests.get(&visit.request).map(|r| r.symptom.clone());
        let message = PushMessage {
            visit: visit.id,
            no: visit.no,
            start: work.start.as_millisecond(),
            address: directory.points.get(&visit.point).map(|p| p.address.clone()).unwrap_or_default(),
            symptom: symptom.unwrap_or_default(),
            lang: String::new(),
            seconds: u32::try_from(self.house.tuning.offer_seconds).unwrap_or(0),
        };
        for (master, offered) in unseen {
            let told = Proclaim { master, offered, message: message.clone() };
            if desk.herald.try_send(told).is_ok() {
                self.proclaimed.insert((visit.id, master));
            } else {
                tracing::warn!(visit.id = %visit.id, "the herald was not told of an offer");
            }
        }
    }
    /// Who is new or called otherwise: in the directory, at the telephone, on the road.
    pub(super) fn show_staff(&self, changed: &Kept) {
        let mut directory = self.house.directory.write();
        for (user, _) in &changed.users {
            directory.users.insert(user.id, user.clone());
        }
        for vehicle in &changed.vehicles {
            directory.vehicles.insert(vehicle.id, vehicle.plate.clone());
        }
        changed.masters.values().for_each(|master| directory.put_master(master));
        drop(directory);
        let Ok(desk) = self.house.desk() else { return };
        for vehicle in &changed.vehicles {
            if desk.crew.try_send(TakeVehicle(vehicle.clone())).is_err() {
                tracing::error!(vehicle.id = %vehicle.id, "a new vehicle is not followed before the next start");
            }
        }
        for operator in &changed.operators {
            if desk.queue.try_send(TakeOperator(operator.clone())).is_err() {
                tracing::error!(operator.id = %operator.id, "a new operator has no line before the next start");
            }
        }
    }
    pub(super) fn show_master(&self, id: MasterId) {
        let Some(master) = self.book.masters.get(&id).cloned() else { return };
        let load_minutes = self.load_minutes(id);
        if let Ok(desk) = self.house.desk()
            && desk.crew.try_send(TellMaster(MasterIs { master, load_minutes })).is_err()
        {
            tracing::warn!(master.id = %id, "the crew was not told");
        }
    }
    fn show_tiles(&self) {
        let count =
            |wanted: &[VisitState]| self.book.visits.values().filter(|v| wanted.contains(&v.state)).count();
        let duty = |wanted: Duty| self.book.masters.values().filter(|m| m.duty == wanted).count();
        let tiles = [
            ("revenue", json!({"value": self.revenue, "unit": "₽"})),
            ("visits_waiting", json!({"value": count(&[VisitState::Unplanned]), "unit": ""})),
            (
                "visits_planned",
                json!({"value": count(&[VisitState::Planned, VisitState::Confirmed, VisitState::Dispatched, VisitState::Accepted]), "unit": ""}),
            ),
            (
                "visits_now",
                json!({"value": count(&[VisitState::EnRoute, VisitState::OnSite, VisitState::Working]), "unit": ""}),
            ),
            (
                "visits_done",
                json!({"value": count(&[VisitState::Completed, VisitState::Verified]), "unit": ""}),
            ),
            ("masters_free", json!({"value": duty(Duty::Available), "unit": ""})),
            ("masters_busy", json!({"value": duty(Duty::Travelling) + duty(Duty::OnSite), "unit": ""})),
            ("masters_unavailable", json!({"value": duty(Duty::Unavailable), "unit": ""})),
        ];
        for (tile, row) in tiles {
            self.house.tell("kpi", tile, Some(row));
        }
    }
}
