//! The front desk: takes a command from a screen, checks the role and whether it was carried out
//! before, and hands it to the actor that owns the thing.

use crate::{
    call_centre::{call_queue::FindOperator, operator::SeatIs},
    checkup,
    dispatch::{dispatcher::Order, orders::args, past},
    field::{crew::FindMaster, master::MasterDoes},
    house::House,
    importing::Imports,
    in_flight::InFlight,
    report_desk::Reports,
};
use domain::{
    access::{Role, User},
    calls::report::By,
    clients::{
        client::{Client, ClientSort, Contact, Phone},
        point::ServicePoint,
    },
    imports::import::Wish,
    ports::{Answer, Batch, Command, Fact, FrontDoor, Later, Seat},
    refusal::Refusal,
    values::{
        id::{CallId, ClientId},
        money::Money,
        phone::PhoneNumber,
        place::Place,
    },
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Calls that are listed at once.
const MOST_CALLS: usize = 200;
/// The longest idempotency key.
const LONGEST_ID: usize = 64;
/// Commands that keep nothing, or that the row's own version makes repeatable.
const ASKED: [&str; 18] = [
    "campaign.count",
    "client.twins",
    "month.show",
    "schedule.list",
    "link.offer",
    "slots.offer",
    "visit.preview",
    "visit.explain",
    "visit.candidates",
    "leg.offer",
    "leg.close",
    "leg.alive",
    "position",
    "push.key",
    "tracker.fix",
    "push.shown",
    "seat.take",
    "seat.leave",
];

/// Implements the port of the screens.
#[derive(Clone)]
pub struct FrontDesk {
    pub(crate) house: House,
    in_flight: InFlight,
    pub(crate) imports: Imports,
    pub(crate) zoning: Arc<tokio::sync::Mutex<()>>,
    pub(crate) reports: Reports,
}

pub(crate) fn gone<E>(_: E) -> Refusal {
    Refusal::unavailable("it is restarting: try again")
}

impl FrontDesk {
    /// A desk in a house.
    pub fn new(house: House) -> Self {
        Self {
            house,
            in_flight: InFlight::default(),
            imports: Imports::default(),
            zoning: Arc::default(),
            reports: Reports::default(),
        }
    }
    async fn take(&self, seat: Seat, command: Command) -> Result<Answer, Refusal> {
        if !seat.role.may(&command.name) {
            return Err(Refusal::forbidden(format!(
                "`{}` is not a command of the role `{:?}`",
                command.name, seat.role
            )));
        }
        if command.id.is_empty() || command.id.len() > LONGEST_ID {
            return Err(Refusal::invalid(
                "command-id",
                format!(
                    "the id `{}` has `{}` characters: expected 1 to {LONGEST_ID}",
                    command.id,
                    command.id.len()
                ),
            ));
        }
        let mut under = None;
        if !ASKED.contains(&command.name.as_str()) {
            under = Some(self.in_flight.enter(&command.id).await);
            let known = self
                .house
                .journal
                .answer_of(&command.id)
                .await
                .map_err(|e| Refusal::unavailable(e.to_string()))?;
            if let Some(ok) = known {
                return Ok(Answer { ok, dup: true });
            }
        }
        let ok = self.route(seat, self.to_kept(command)).await;
        drop(under);
        let ok = ok?;
        Ok(Answer { ok, dup: false })
    }
    async fn route(&self, seat: Seat, command: Command) -> Result<Value, Refusal> {
        let area = command.name.split('.').next().unwrap_or_default();
        match (area, command.name.as_str()) {
            (_, "operator.change") => self.change_operator(&seat, &command).await,
            ("person", _) => self.person(seat, command).await,
            ("operator", _) => self.presence(&seat, &command).await,
            ("call", _) => self.call(&seat, &command).await,
            ("callback", _) => self.callback(seat, &command).await,
            (_, "campaign.count") => self.count_campaign(&command),
            ("campaign", _) => self.campaign(&seat, &command).await,
            ("leg", _) => self.leg(&seat, &command).await,
            (_, "company.change") => self.change_company(&seat, &command).await,
            ("skill", _) => self.skill(&seat, &command).await,
            ("branch", _) => self.branch(&seat, &command).await,
            ("template", _) => self.template(&seat, &command).await,
            ("zone", _) => self.zone(&seat, &command).await,
            ("import", _) => self.import(&seat, &command).await,
            (_, "lines.save") => self.save_lines(&seat, &command).await,
            ("hook", _) => self.hook(&seat, &command).await,
            ("seat", name) => self.sit(&seat, name == "seat.take").await,
            (_, "client.create") => self.create_client(&seat, &command).await,
            (_, "client.change") => self.change_client(&seat, &command).await,
            (_, "client.merge" | "client.part" | "client.apart" | "client.twins") => {
                self.twin(&seat, &command).await
            }
            ("point", _) => self.point(&seat, &command).await,
            ("unit", _) => self.unit(&seat, &command).await,
            ("policy", _) => self.policy(&seat, &command).await,
            ("agreement", _) => self.agreement(&seat, &command).await,
            (_, "client.consent") => self.consent(&seat, &command).await,
            ("month", _) => self.month(seat, command).await,
            ("push", _) => self.push(&seat, &command).await,
            ("recording", _) => self.hear(&seat, &command).await,
            (_, "position" | "tracker.fix") => self.position(&seat, &command).await,
            (_, "link.pay") => self.pay_by_link(seat, command).await,
            _ if seat.master.is_some() => self.master(seat, command).await,
            _ => self.house.desk()?.dispatcher.send(Order { seat, command }).await.map_err(gone)?,
        }
    }
    async fn master(&self, seat: Seat, command: Command) -> Result<Value, Refusal> {
        let id = seat.master.ok_or_else(|| Refusal::forbidden("not a master"))?;
        let found = self.house.desk()?.crew.send(FindMaster(id)).await.map_err(gone)?;
        let master = found.ok_or_else(|| Refusal::unknown("master", id))?;
        let mut command = command;
        if command.name == "visit.pay" && command.args["tender"] == "sbp" {
            let sum: Money = serde_json::from_value(command.args["sum"].clone())
                .map_err(|e| Refusal::invalid("arguments", format!("the sum: {e}")))?;
            let qr = self.house.bank.register(self.house.fresh(), sum).await.map_err(Refusal::unavailable)?;
            let paid =
                master.send(MasterDoes(Order { seat, command: command.clone() })).await.map_err(gone)??;
            return Ok(json!({"payment": paid["payment"], "qr": qr}));
        }
        command.args = if command.args.is_null() { json!({}) } else { command.args };
        master.send(MasterDoes(Order { seat, command })).await.map_err(gone)?
    }
    /// A client pays what is owed: the bank's link first, then the payment.
    async fn pay_by_link(&self, seat: Seat, mut command: Command) -> Result<Value, Refusal> {
        let dispatcher = &self.house.desk()?.dispatcher;
        let sum = command.args.as_object_mut().and_then(|args| args.remove("sum")).unwrap_or_default();
        let sum: Money = serde_json::from_value(sum)
            .map_err(|e| Refusal::invalid("arguments", format!("the sum: {e}")))?;
        let qr = self.house.bank.register(self.house.fresh(), sum).await.map_err(Refusal::unavailable)?;
        command.args["qr"] = json!(qr);
        dispatcher.send(Order { seat, command }).await.map_err(gone)??;
        Ok(json!({ "qr": qr }))
    }
    /// A person takes the seat of a robot, or gives it back.
    async fn sit(&self, seat: &Seat, taken: bool) -> Result<Value, Refusal> {
        let desk = self.house.desk()?;
        if let Some(id) = seat.operator {
            let found = desk.queue.send(FindOperator(id)).await.map_err(gone)?;
            found
                .ok_or_else(|| Refusal::unknown("operator", id))?
                .send(SeatIs { taken })
                .await
                .map_err(gone)??;
        } else {
            let id =
                seat.master.ok_or_else(|| Refusal::forbidden("only operators and masters have a seat"))?;
            let found = desk.crew.send(FindMaster(id)).await.map_err(gone)?;
            found
                .ok_or_else(|| Refusal::unknown("master", id))?
                .send(SeatIs { taken })
                .await
                .map_err(gone)??;
        }
        Ok(json!({}))
    }
    async fn create_client(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct New {
            name: String,
            #[serde(default)]
            kind: ClientSort,
            phone: String,
            address: String,
            lat: Option<f64>,
            lon: Option<f64>,
        }
        let new: New = args(command)?;
        if new.name.trim().is_empty() || new.address.trim().is_empty() {
            return Err(Refusal::invalid("name-missing", "the name or the address is empty: expected both"));
        }
        let e164: PhoneNumber =
            new.phone.parse().map_err(|e: domain::values::phone::InvalidPhoneNumber| {
                Refusal::invalid("phone", e.to_string())
            })?;
        let middle = self.house.middle();
        let place = Place::new(new.lat.unwrap_or(middle.lat), new.lon.unwrap_or(middle.lon))
            .map_err(|e| Refusal::invalid("place", e.to_string()))?;
        let contact =
            Contact { name: new.name.clone(), phones: vec![Phone { e164, extension: None, raw: new.phone }] };
        let client = Client {
            id: self.house.fresh(),
            ver: 1,
            kind: new.kind,
            name: new.name,
            inn: None,
            contacts: vec![contact],
            vip: false,
            debt: Money::ZERO,
            note: String::new(),
            consent: None,
            apart: Default::default(),
            stone: None,
        };
        let point = ServicePoint {
            id: self.house.fresh(),
            ver: 1,
            client: client.id,
            address: new.address,
            place,
            zone: self.usual_zone(),
            drawn: None,
            tz: self.house.clock.zone(),
            access: String::new(),
            bindings: vec![],
            visiting: Default::default(),
        };
        let point = self.house.directory.read().chart.placed(&point).unwrap_or(point);
        let answer = json!({"client": client.id, "point": point.id});
        let mut batch =
            Batch { command: Some(command.id.clone()), answer: answer.clone(), ..Batch::default() };
        batch.tell(client.id, 1, "client.created", self.house.now(), &seat.login, &client);
        batch.tell(point.id, 1, "point.created", self.house.now(), &seat.login, &point);
        batch.keep(&client, 0);
        batch.keep(&point, 0);
        self.house.keep(batch).await?;
        let mut directory = self.house.directory.write();
        directory.put_client(client);
        directory.put_point(point);
        Ok(answer)
    }
    /// The zone of an address where none is drawn: that of some other point.
    pub(crate) fn usual_zone(&self) -> String {
        let directory = self.house.directory.read();
        let some = directory.points.values().next().filter(|_| directory.chart.is_empty());
        some.map(|point| point.zone.clone()).unwrap_or_default()
    }
}

impl FrontDoor for FrontDesk {
    fn command(&self, seat: Seat, command: Command) -> Later<Result<Answer, Refusal>> {
        let desk = self.clone();
        Box::pin(async move { desk.take(seat, command).await })
    }
    fn search(&self, typed: &str, limit: usize) -> Vec<Value> {
        self.house.directory.read().search(typed, limit)
    }
    fn people(&self, typed: &str, limit: usize) -> Vec<Value> {
        let begins = typed.trim().to_lowercase();
        let lines = self.house.lines();
        let queues = lines.rules.plan.queues.iter().map(|queue| queue.name.as_str());
        let queues = queues.filter(|name| name.to_lowercase().starts_with(&begins));
        let queues = queues.map(|name| json!({"kind": "queue", "name": name}));
        queues.chain(self.house.directory.read().people(typed, limit)).take(limit).collect()
    }
    fn card(&self, client: &str) -> Later<Result<Value, Refusal>> {
        let found = client.parse::<ClientId>().map_err(|e| Refusal::invalid("client-id", e.to_string()));
        let card = found.and_then(|id| self.house.card(id).ok_or_else(|| Refusal::unknown("client", client)));
        Box::pin(std::future::ready(card))
    }
    fn facts(&self, entity: &str) -> Later<Result<Vec<Fact>, Refusal>> {
        let facts = self.house.journal.facts_of(self.entities(entity));
        Box::pin(async move { facts.await.map_err(|e| Refusal::unavailable(e.to_string())) })
    }
    fn calls(&self, seat: &Seat, client: Option<ClientId>) -> Vec<Value> {
        let mut calls = {
            let directory = self.house.directory.read();
            let ids = client.map(|id| directory.family(id)).unwrap_or_default();
            directory.calls.newest(&ids, MOST_CALLS)
        };
        let mine = seat.operator.map(|id| json!(id)).unwrap_or_default();
        let all = matches!(seat.role, Role::Manager | Role::Admin);
        for call in calls.iter_mut().filter(|call| !all && (mine.is_null() || call["operator"] != mine)) {
            // That there is a recording is for those who may hear it.
            call["recording"] = Value::Null;
        }
        calls
    }
    fn dialogs(&self, call: CallId) -> Vec<String> {
        self.house.directory.read().calls.dialogs(call)
    }
    fn past(&self, from: Timestamp, until: Timestamp) -> Later<Result<Value, Refusal>> {
        let house = self.house.clone();
        Box::pin(async move { past::told(&house, from, until).await })
    }
    fn checkup(&self) -> Later<Result<Value, Refusal>> {
        let house = self.house.clone();
        Box::pin(async move { checkup::look(&house).await })
    }
    fn preview_import(&self, wish: Wish) -> Later<Result<Value, Refusal>> {
        let house = self.house.clone();
        Box::pin(async move { house.preview_import(wish).await })
    }
    fn imports(&self) -> Later<Result<Vec<Value>, Refusal>> {
        let desk = self.clone();
        Box::pin(async move { desk.all_imports().await })
    }
    fn lines(&self) -> Value {
        self.shown_lines()
    }
    fn found(&self, wish: Value) -> Later<Result<String, Refusal>> {
        let desk = self.clone();
        Box::pin(async move { FrontDesk::found(&desk, wish).await })
    }
    fn company(&self) -> Value {
        self.shown_company()
    }
    fn branches(&self) -> Vec<Value> {
        self.all_branches()
    }
    fn skills(&self) -> Vec<Value> {
        self.all_skills()
    }
    fn templates(&self) -> Value {
        self.all_templates()
    }
    fn zones(&self) -> Value {
        self.all_zones()
    }
    fn roster(&self) -> Later<Result<Value, Refusal>> {
        let desk = self.clone();
        Box::pin(async move { FrontDesk::roster(&desk).await })
    }
    fn choose_password(&self, login: &str, password: String) -> Later<Result<(), Refusal>> {
        let (desk, login) = (self.clone(), login.to_owned());
        Box::pin(async move { FrontDesk::choose_password(&desk, login, password).await })
    }
    fn call_report(&self, from: Timestamp, until: Timestamp, by: By) -> Later<Result<Value, Refusal>> {
        let desk = self.clone();
        Box::pin(async move { desk.call_report(from, until, by).await })
    }
    fn hooks(&self) -> Later<Result<Vec<Value>, Refusal>> {
        let desk = self.clone();
        Box::pin(async move { desk.all_hooks().await })
    }
    fn events(
        &self,
        after: u64,
        kinds: Vec<String>,
        most: u64,
        personal: bool,
    ) -> Later<Result<Value, Refusal>> {
        let desk = self.clone();
        Box::pin(async move { desk.events_after(after, &kinds, most, personal).await })
    }
    fn user(&self, login: &str) -> Option<User> {
        let login = login.trim().to_lowercase();
        let directory = self.house.directory.read();
        directory.users.values().find(|user| user.login == login && user.off.is_none()).cloned()
    }
    fn users(&self) -> Vec<User> {
        self.house.directory.read().users.values().cloned().collect()
    }
}
