//! The dispatcher: owns the book of the branch, keeps the planner in step, sends work to masters.
//!
//! One command at a time: decide on a draft, have the journal keep it, adopt it, tell the planner, tell
//! the screens. What the planner moves in consequence is a second batch by `solver`.

use crate::{
    dispatch::{
        orders,
        planning::Planner,
        searching::Searching,
        work_views::{open_line, request_row, visit_row},
    },
    field::{
        crew::{TellMaster, TellPoint},
        master::MasterIs,
        service_point::WatchClocks,
    },
    house::House,
};
use actix::{
    Actor, ActorFutureExt, AsyncContext, AtomicResponse, Context, Handler, Message, ResponseActFuture,
    Supervised, WrapFuture,
};
use domain::{
    book::{
        Book,
        draft::{Draft, Kept},
    },
    ports::{Batch, Command, Journal, JournalError, Seat, Table},
    refusal::{Refusal, RefusalKind},
    requests::{request::RequestEvent, sla::Metric},
    values::{
        id::{RequestId, VisitId},
        money::Money,
    },
    visits::visit::{Visit, VisitEvent, VisitState},
    workforce::master::Duty,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use solver::Delta;
use std::collections::{BTreeMap, BTreeSet};

/// Wait before a broken promise that could not be kept is told again.
const BREACH_AGAIN: std::time::Duration = std::time::Duration::from_secs(5);
/// City seconds that a visit stays on the board after its end.
const ON_BOARD_SECONDS: i64 = 16 * 3600;

/// The actor.
pub struct Dispatcher {
    pub(crate) house: House,
    pub(crate) book: Book,
    pub(crate) planner: Planner,
    pub(crate) searching: Searching,
    shown: BTreeMap<VisitId, domain::values::id::MasterId>,
    revenue: Money,
    swept: i64,
}

/// Reads a book from the rows.
pub async fn read_book(journal: &dyn Journal) -> Result<(Book, Money), JournalError> {
    async fn all<E: DeserializeOwned>(journal: &dyn Journal, table: Table) -> Result<Vec<E>, JournalError> {
        let broken = |e: serde_json::Error| JournalError::Store {
            reason: format!("a row of `{}`: {e}", table.name()),
        };
        journal.rows(table).await?.into_iter().map(|r| serde_json::from_value(r).map_err(broken)).collect()
    }
    let requests = all::<domain::requests::request::Request>(journal, Table::Request).await?;
    let orders = all::<domain::requests::order::RepairOrder>(journal, Table::Order).await?;
    let visits = all::<Visit>(journal, Table::Visit).await?;
    let masters = all::<domain::workforce::master::Master>(journal, Table::Master).await?;
    let mut book = Book {
        requests: requests.into_iter().map(|r| (r.id, r)).collect(),
        orders: orders.into_iter().map(|o| (o.id, o)).collect(),
        visits: visits.into_iter().map(|v| (v.id, v)).collect(),
        masters: masters.into_iter().map(|m| (m.id, m)).collect(),
        last_no: 0,
    };
    let numbers = book
        .requests
        .values()
        .map(|r| r.no)
        .chain(book.orders.values().map(|o| o.no))
        .chain(book.visits.values().map(|v| v.no));
    book.last_no = numbers.max().unwrap_or(0);
    let paid = book.orders.values().map(|o| o.paid).sum();
    Ok((book, paid))
}

impl Dispatcher {
    /// A dispatcher over a book that was read.
    pub fn new(house: House, book: Book, revenue: Money) -> Self {
        let planner = Planner::new(&house.tuning, house.now());
        let searching = Searching::default();
        Self { house, book, planner, searching, shown: BTreeMap::new(), revenue, swept: 0 }
    }
    /// Fills the engine from the book and shows everything.
    fn settle(&mut self) {
        let now = self.house.now();
        let house = self.house.clone();
        let directory = house.directory.read();
        for master in self.book.masters.values() {
            self.planner.sync_master(master, now);
        }
        let mut live: Vec<_> = self.book.visits.values().filter(|v| !v.is_over()).collect();
        live.sort_by_key(|v| v.assignment.as_ref().map(|a| a.start));
        for visit in live {
            self.planner.place(visit, directory.points.get(&visit.point), &self.book, now);
        }
        drop(directory);
        let everything = Kept {
            requests: self.book.requests.clone(),
            visits: self.book.visits.clone(),
            masters: self.book.masters.clone(),
            ..Kept::default()
        };
        self.show(&everything, Vec::new());
    }
    /// Keeps a draft's batch; adopts, plans and shows after.
    pub(crate) fn carry(
        &mut self,
        batch: Batch,
        kept: Kept,
        answer: Value,
    ) -> ResponseActFuture<Self, Result<Value, Refusal>> {
        let committed = self.house.keep(batch);
        Box::pin(committed.into_actor(self).then(
            move |committed, act, ctx| -> ResponseActFuture<Self, Result<Value, Refusal>> {
                if let Err(refusal) = committed {
                    return Box::pin(actix::fut::ready(Err(refusal)));
                }
                let deltas = act.adopt(kept);
                let planned = act.adopt_deltas(&deltas);
                let _ = ctx;
                Box::pin(planned.into_actor(act).map(move |planned, act, _| {
                    act.adopt_planned(planned);
                    Ok(answer)
                }))
            },
        ))
    }
    /// Adopts what was kept, tells the planner and the screens; gives what the planner moved.
    fn adopt(&mut self, kept: Kept) -> Vec<Delta> {
        let now = self.house.now();
        self.revenue = kept.payments.iter().fold(self.revenue, |sum, p| sum + p.sum);
        let changed = kept.clone();
        let before = changed.visits.keys().filter_map(|id| self.book.visits.get(id)?.master()).collect();
        self.book.adopt(kept);
        let mut deltas = Vec::new();
        self.planner.advance(now);
        for master in changed.masters.values() {
            deltas.extend(self.planner.sync_master(master, now));
        }
        {
            let directory = self.house.directory.read();
            for visit in changed.visits.values() {
                deltas.extend(self.planner.sync_visit(
                    visit,
                    directory.points.get(&visit.point),
                    &self.book,
                    now,
                ));
            }
        }
        self.show(&changed, before);
        deltas
    }
    /// Adopts what the planner moved once it was kept; what was not kept is forgotten by the planner too.
    fn adopt_planned(&mut self, planned: Option<(Result<(), Refusal>, Kept)>) {
        match planned {
            Some((Ok(()), kept)) => drop(self.adopt(kept)),
            Some((Err(refusal), _)) => {
                tracing::error!(%refusal, "the plan's moves were not kept: the planner is filled from the book again");
                self.replan();
            }
            None => {}
        }
    }
    /// A fresh planner, filled from the book.
    fn replan(&mut self) {
        self.planner = Planner::new(&self.house.tuning, self.house.now());
        self.searching = Searching::default();
        self.settle();
    }
    /// Makes a batch of what the planner moved; gives the future of its keeping.
    fn adopt_deltas(
        &mut self,
        deltas: &[Delta],
    ) -> impl Future<Output = Option<(Result<(), Refusal>, Kept)>> + use<> {
        let moves = self.planner.moves(deltas, &self.book);
        let mut draft = Draft::new(&self.book, self.house.now(), "solver");
        let taken = draft.adopt_plan(&moves);
        let (batch, kept) = draft.finish();
        let committed = (taken > 0 && !batch.is_empty()).then(|| self.house.keep(batch));
        async move {
            match committed {
                Some(committed) => Some((committed.await, kept)),
                None => None,
            }
        }
    }
    /// Rows for the screens, cards for the directory, clocks for the points, plans for the masters; `before` are those
    /// who had the changed visits.
    fn show(&mut self, changed: &Kept, before: Vec<domain::values::id::MasterId>) {
        let now = self.house.now();
        let house = self.house.clone();
        let mut masters: Vec<_> = changed.masters.keys().copied().chain(before).collect();
        for visit in self.visits_to_show(changed) {
            let row = visit_row(&visit, &self.book, &house.directory.read(), now);
            masters.extend(visit.master());
            let old = visit.ended.is_some_and(|at| now.duration_since(at).as_secs() > ON_BOARD_SECONDS);
            house.tell("board", visit.id, (!old).then(|| row.clone()));
            self.show_to_master(visit.id, visit.master().filter(|_| !old), visit.state, row);
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
        masters.sort_unstable();
        masters.dedup();
        for id in masters {
            self.show_master(id);
        }
        self.show_tiles();
    }
    /// The changed visits, and those whose order or request changed: a row shows all three.
    fn visits_to_show(&self, changed: &Kept) -> Vec<Visit> {
        let of_orders = changed
            .orders
            .values()
            .filter_map(|o| self.book.requests.get(&o.request))
            .filter_map(|r| r.visit);
        let of_requests = changed.requests.values().filter_map(|r| r.visit);
        let ids: BTreeSet<VisitId> =
            changed.visits.keys().copied().chain(of_orders).chain(of_requests).collect();
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
    fn show_to_master(
        &mut self,
        id: VisitId,
        master: Option<domain::values::id::MasterId>,
        state: VisitState,
        row: Value,
    ) {
        let offered = !matches!(state, VisitState::Unplanned | VisitState::Planned | VisitState::Confirmed);
        let now_with = master.filter(|_| offered);
        if let Some(before) = self.shown.get(&id).copied().filter(|m| Some(*m) != now_with) {
            self.house.tell(&format!("my-jobs:{before}"), id, None);
            self.shown.remove(&id);
        }
        if let Some(master) = now_with {
            self.house.tell(&format!("my-jobs:{master}"), id, Some(row));
            self.shown.insert(id, master);
        }
    }
    /// Minutes of work and way that a master has ahead.
    pub(crate) fn load_minutes(&self, id: domain::values::id::MasterId) -> i64 {
        let mine = self.book.visits.values().filter(|v| v.master() == Some(id) && !v.is_over());
        mine.map(Visit::load_minutes).sum()
    }
    /// A refusal because of what a visit has become meanwhile shows what it has become, to whom it may be shown.
    fn with_current(&self, refusal: Refusal, order: &Order) -> Refusal {
        if !matches!(refusal.kind, RefusalKind::Stale | RefusalKind::State) {
            return refusal;
        }
        let named = order.command.args["visit"].as_str().and_then(|id| id.parse::<VisitId>().ok());
        let visit = named
            .and_then(|id| self.book.visits.get(&id))
            .filter(|visit| order.seat.master.is_none() || visit.master() == order.seat.master);
        match visit {
            Some(visit) => {
                let now = self.house.now();
                refusal.with_current(visit_row(visit, &self.book, &self.house.directory.read(), now))
            }
            None => refusal,
        }
    }
    fn show_master(&self, id: domain::values::id::MasterId) {
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
    /// Time's own doing: offers whose hour has come, answers that did not.
    fn due(&self) -> (Batch, Kept) {
        let now = self.house.now();
        let mut draft = Draft::new(&self.book, now, "clock");
        for visit in self.book.visits.values().filter(|v| !v.is_over() && !v.is_started()) {
            let Some(assignment) = &visit.assignment else { continue };
            let at_work = self
                .book
                .masters
                .get(&assignment.master)
                .is_some_and(|m| !matches!(m.duty, Duty::OffShift | Duty::Unavailable));
            let ahead = assignment.start.duration_since(now).as_secs() - assignment.travel_seconds;
            let waited = assignment.offered.map_or(0, |at| now.duration_since(at).as_secs());
            let event = match visit.state {
                VisitState::Planned | VisitState::Confirmed
                    if at_work && ahead < self.house.tuning.dispatch_ahead_seconds =>
                {
                    VisitEvent::Dispatched
                }
                VisitState::Dispatched if waited > self.house.tuning.offer_seconds => VisitEvent::Expired,
                _ => continue,
            };
            if let Err(refusal) = draft.on_visit(visit.id, event) {
                tracing::warn!(%refusal, "time could not do its own");
            }
        }
        self.warn(&mut draft);
        draft.finish()
    }
    /// Promises of which half or three quarters of the time is gone.
    fn warn(&self, draft: &mut Draft<'_>) {
        for request in self.book.requests.values().filter(|r| r.is_open()) {
            for clock in &request.clocks {
                let Some(percent) = clock.warning(draft.at, request.calendar.as_ref()) else { continue };
                let warned = RequestEvent::Warned { metric: clock.metric, percent };
                if let Err(refusal) = draft.on_request(request.id, warned) {
                    tracing::warn!(request.id = %request.id, %refusal, "a warning was refused");
                }
            }
        }
    }
    fn tick(&mut self, ctx: &mut Context<Self>) {
        let now = self.house.now();
        self.planner.advance(now);
        let second = now.as_second();
        if second - self.swept >= 15 {
            self.swept = second;
            let (batch, kept) = self.due();
            if !batch.is_empty() {
                let carried = self.carry(batch, kept, Value::Null).map(|carried, _, _| {
                    if let Err(refusal) = carried {
                        tracing::warn!(%refusal, "what time did was not kept");
                    }
                });
                ctx.wait(carried);
                return;
            }
        }
        let drifted = self.planner.drifted();
        if !drifted.is_empty() {
            return self.keep_moves(&drifted, ctx);
        }
        self.search(ctx);
    }
    /// Keeps what the planner moved by itself; commands wait meanwhile.
    pub(crate) fn keep_moves(&mut self, deltas: &[Delta], ctx: &mut Context<Self>) {
        let planned = self.adopt_deltas(deltas);
        ctx.wait(planned.into_actor(self).map(|planned, act, _| {
            act.adopt_planned(planned);
        }));
    }
}

impl Actor for Dispatcher {
    type Context = Context<Self>;
    fn started(&mut self, ctx: &mut Context<Self>) {
        let tick = self.house.tuning.tick;
        ctx.run_interval(tick, Self::tick);
    }
}
impl Supervised for Dispatcher {
    fn restarting(&mut self, ctx: &mut Context<Self>) {
        let journal = std::sync::Arc::clone(&self.house.journal);
        let read = async move { read_book(&*journal).await };
        ctx.wait(read.into_actor(self).map(|read, act, _| match read {
            Ok((book, revenue)) => {
                (act.book, act.revenue) = (book, revenue);
                act.replan();
            }
            Err(error) => tracing::error!(%error, "the book could not be read again"),
        }));
    }
}

/// The house is open: fill the engine and show everything.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Settle;
impl Handler<Settle> for Dispatcher {
    type Result = ();
    fn handle(&mut self, Settle: Settle, _: &mut Context<Self>) {
        self.settle();
    }
}

/// A command about requests, visits or masters.
#[derive(Message, Clone)]
#[rtype(result = "Result<Value, Refusal>")]
pub struct Order {
    /// Who gives it.
    pub seat: Seat,
    /// What.
    pub command: Command,
}
impl Handler<Order> for Dispatcher {
    type Result = AtomicResponse<Self, Result<Value, Refusal>>;
    fn handle(&mut self, order: Order, _: &mut Context<Self>) -> Self::Result {
        self.planner.advance(self.house.now());
        AtomicResponse::new(match orders::decide(self, &order) {
            Ok(orders::Decided::Answer(answer)) => Box::pin(actix::fut::ready(Ok(answer))),
            Ok(orders::Decided::Change { mut batch, kept, answer }) => {
                (batch.command, batch.answer) = (Some(order.command.id), answer.clone());
                self.carry(batch, *kept, answer)
            }
            Err(refusal) => Box::pin(actix::fut::ready(Err(self.with_current(refusal, &order)))),
        })
    }
}

/// A deadline has passed.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Breach {
    /// Of which request.
    pub request: RequestId,
    /// Which promise.
    pub metric: Metric,
}
impl Handler<Breach> for Dispatcher {
    type Result = ();
    fn handle(&mut self, breach: Breach, ctx: &mut Context<Self>) {
        let Breach { request, metric } = breach;
        let mut draft = Draft::new(&self.book, self.house.now(), "clock");
        if draft.on_request(request, RequestEvent::Breached { metric }).is_err() {
            return;
        }
        let (batch, kept) = draft.finish();
        let carried = self.carry(batch, kept, Value::Null).map(move |carried, _, ctx: &mut Context<Self>| {
            if let Err(refusal) = carried {
                tracing::error!(request.id = %request, %refusal, "a broken promise was not kept, it is told again");
                ctx.notify_later(breach, BREACH_AGAIN);
            }
        });
        ctx.wait(carried);
    }
}
