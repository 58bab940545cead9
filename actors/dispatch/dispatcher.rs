//! The dispatcher: owns the book of the branch, keeps the planner in step, sends work to masters.
//!
//! One command at a time: decide on a draft, have the journal keep it, adopt it, tell the planner, tell
//! the screens. What the planner moves in consequence is a second batch by `solver`.

use crate::{
    dispatch::{
        orders,
        planning::Planner,
        proposals::Reviewing,
        searching::Searching,
        trial::Trial,
        uniting::Handed,
        work_views::{leading_row, visit_row},
    },
    house::House,
    month::telling::MonthNews,
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
    clients::point::ServicePoint,
    ports::{Batch, Command, Journal, JournalError, Seat, Table},
    refusal::{Refusal, RefusalKind},
    requests::{request::RequestEvent, sla::Metric},
    upkeep::{occurrence::Occurrence, schedule::ServiceSchedule},
    values::{
        id::{RequestId, VisitId},
        money::Money,
    },
    visits::visit::Visit,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use solver::Delta;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Wait before a broken promise that could not be kept is told again.
const BREACH_AGAIN: std::time::Duration = std::time::Duration::from_secs(5);

/// The actor.
pub struct Dispatcher {
    pub(crate) house: House,
    pub(crate) book: Book,
    pub(crate) planner: Planner,
    pub(crate) searching: Searching,
    pub(crate) reviewing: Reviewing,
    /// Whom of an offered visit's masters the herald was told of.
    pub(super) proclaimed: BTreeSet<(VisitId, domain::values::id::MasterId)>,
    /// On whose phones a visit is.
    pub(super) shown: BTreeMap<VisitId, Vec<domain::values::id::MasterId>>,
    pub(super) revenue: Money,
    swept: i64,
    /// The day on which schedules were looked at last.
    pub(crate) upkept: Option<jiff::civil::Date>,
    /// What screens of a month have been told.
    pub(super) month: MonthNews,
}

/// What the planner does once a draft is kept, before it is told of the draft's changes.
pub(crate) enum AfterKeeping {
    /// Nothing: it has those visits where the book has them.
    Nothing,
    /// It goes on from a plan that was tried.
    Put(Box<Trial>),
    /// It is filled anew from the book.
    Refill,
    /// It hears how a point is now, and looks again at every visit there.
    Point(Box<ServicePoint>),
    /// Everybody hears of cards that changed hands.
    Handed(Box<Handed>),
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
    let proposals = all::<domain::book::proposal::Proposal>(journal, Table::Proposal).await?;
    let schedules = all::<ServiceSchedule>(journal, Table::Schedule).await?;
    let occurrences = all::<Occurrence>(journal, Table::Occurrence).await?;
    let mut book = Book {
        requests: requests.into_iter().map(|r| (r.id, r)).collect(),
        orders: orders.into_iter().map(|o| (o.id, o)).collect(),
        visits: visits.into_iter().map(|v| (v.id, v)).collect(),
        masters: masters.into_iter().map(|m| (m.id, m)).collect(),
        proposals: proposals.into_iter().map(|p| (p.id, p)).collect(),
        schedules: schedules.into_iter().map(|it| (it.id, it)).collect(),
        occurrences: occurrences.into_iter().map(|it| (it.id, it)).collect(),
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
        let planner = Planner::new(&house.tuning, house.now(), house.zone());
        let searching = Searching::default();
        let reviewing = Reviewing::default();
        Self {
            house,
            book,
            planner,
            searching,
            reviewing,
            proclaimed: BTreeSet::new(),
            shown: BTreeMap::new(),
            revenue,
            swept: 0,
            upkept: None,
            month: MonthNews::default(),
        }
    }
    /// A fresh planner, filled from the book.
    fn refill(&mut self) {
        self.planner = Planner::new(&self.house.tuning, self.house.now(), self.house.zone());
        self.searching = Searching::default();
        self.fill();
    }
    /// Fills the engine from the book.
    fn fill(&mut self) {
        let now = self.house.now();
        let house = self.house.clone();
        let directory = house.directory.read();
        self.planner.take_chart(Arc::clone(&directory.chart));
        for master in self.book.masters.values() {
            self.planner.sync_master(master, now);
        }
        let mut live: Vec<_> = self.book.visits.values().filter(|v| !v.is_over()).collect();
        live.sort_by_key(|v| v.assignment.as_ref().map(|a| a.start));
        for visit in live {
            self.planner.sync_visit(visit, directory.points.get(&visit.point), &self.book, now);
        }
    }
    /// Keeps a draft's batch; adopts, plans and shows after.
    pub(crate) fn carry(
        &mut self,
        batch: Batch,
        kept: Kept,
        answer: Value,
    ) -> ResponseActFuture<Self, Result<Value, Refusal>> {
        self.carry_with(batch, kept, answer, AfterKeeping::Nothing)
    }
    /// The same; the planner is put where the draft has the visits once the journal has kept it.
    pub(crate) fn carry_with(
        &mut self,
        batch: Batch,
        kept: Kept,
        answer: Value,
        then: AfterKeeping,
    ) -> ResponseActFuture<Self, Result<Value, Refusal>> {
        let committed = self.house.keep(batch);
        Box::pin(committed.into_actor(self).then(
            move |committed, act, ctx| -> ResponseActFuture<Self, Result<Value, Refusal>> {
                if let Err(refusal) = committed {
                    return Box::pin(actix::fut::ready(Err(refusal)));
                }
                let refill = matches!(then, AfterKeeping::Refill);
                let mut rewritten = None;
                match then {
                    AfterKeeping::Put(trial) => act.planner.put(*trial),
                    AfterKeeping::Point(point) => rewritten = Some(act.know(*point)),
                    AfterKeeping::Handed(handed) => act.hand(*handed),
                    AfterKeeping::Nothing | AfterKeeping::Refill => {}
                }
                let mut deltas = act.adopt(kept);
                deltas.extend(rewritten.into_iter().flat_map(|point| act.look_again(point)));
                if refill {
                    act.refill();
                    deltas.clear();
                }
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
        let before = changed.visits.keys().filter_map(|id| self.book.visits.get(id));
        let before = before.flat_map(Visit::masters).collect();
        self.show_staff(&changed);
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
    /// A fresh planner, filled from the book; everything is shown again.
    fn replan(&mut self) {
        self.refill();
        self.show_all();
    }
    /// Makes a batch of what the planner moved; gives the future of its keeping.
    fn adopt_deltas(
        &mut self,
        deltas: &[Delta],
    ) -> impl Future<Output = Option<(Result<(), Refusal>, Kept)>> + use<> {
        let (now, mut deltas) = (self.house.now(), deltas.to_vec());
        let house = self.house.clone();
        deltas.extend(self.planner.keep_leaders(&deltas, &self.book, &house.directory.read().points, now));
        let moves = self.planner.moves(&deltas, &self.book);
        let mut draft = Draft::new(&self.book, now, "solver");
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
    /// Minutes of work and way that a master has ahead.
    pub(crate) fn load_minutes(&self, id: domain::values::id::MasterId) -> i64 {
        self.book.visits.values().filter(|v| !v.is_over()).map(|v| v.load_minutes(id)).sum()
    }
    /// A refusal because of what a visit has become meanwhile shows what it has become, to whom it may be shown.
    fn with_current(&self, refusal: Refusal, order: &Order) -> Refusal {
        if !matches!(refusal.kind, RefusalKind::Stale | RefusalKind::State) {
            return refusal;
        }
        let named = order.command.args["visit"].as_str().and_then(|id| id.parse::<VisitId>().ok());
        let visit = named
            .and_then(|id| self.book.visits.get(&id))
            .filter(|visit| order.seat.master.is_none_or(|master| visit.takes(master)));
        let Some(visit) = visit else { return refusal };
        let row = visit_row(visit, &self.book, &self.house.directory.read(), self.house.now());
        let leads = order.seat.master.is_some() && order.seat.master == visit.master();
        refusal.with_current(if leads { leading_row(visit, &self.book, row) } else { row })
    }
    fn tick(&mut self, ctx: &mut Context<Self>) {
        let now = self.house.now();
        self.planner.advance(now);
        self.keep_to_policy();
        if self.planner.is_another_day(now) {
            let masters: Vec<_> = self.book.masters.values().cloned().collect();
            let moved: Vec<Delta> =
                masters.iter().flat_map(|master| self.planner.sync_master(master, now)).collect();
            masters.iter().for_each(|master| self.show_master(master.id));
            if !moved.is_empty() {
                return self.keep_moves(&moved, ctx);
            }
        }
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
        if self.keep_up(ctx) {
            return;
        }
        if let Some((batch, kept)) = self.review_proposals() {
            return self.keep_found(batch, kept, ctx);
        }
        let mut drifted = self.planner.drifted();
        let house = self.house.clone();
        drifted.extend(self.planner.fill_short(&self.book, &house.directory.read().points, now));
        if !drifted.is_empty() {
            return self.keep_moves(&drifted, ctx);
        }
        self.search(ctx);
    }
    /// Keeps what the planner found, and what became of proposals; commands wait meanwhile.
    pub(crate) fn keep_found(&mut self, batch: Batch, kept: Kept, ctx: &mut Context<Self>) {
        let committed = self.house.keep(batch);
        ctx.wait(committed.into_actor(self).map(|committed, act, _| {
            act.adopt_planned(Some((committed, kept)));
        }));
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
        self.fill();
        self.keep_to_policy();
        self.show_all();
        self.house.show_policy();
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
            Ok(orders::Decided::Replan { mut batch, kept, answer, then }) => {
                (batch.command, batch.answer) = (Some(order.command.id), answer.clone());
                self.carry_with(batch, *kept, answer, then)
            }
            Ok(orders::Decided::Change { mut batch, kept, answer }) => {
                (batch.command, batch.answer) = (Some(order.command.id), answer.clone());
                self.carry(batch, *kept, answer)
            }
            Err(refusal) => Box::pin(actix::fut::ready(Err(self.with_current(refusal, &order)))),
        })
    }
}

/// Every master, also those who have left.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Vec<domain::workforce::master::Master>")]
pub struct Roster;
impl Handler<Roster> for Dispatcher {
    type Result = actix::MessageResult<Roster>;
    fn handle(&mut self, Roster: Roster, _: &mut Context<Self>) -> Self::Result {
        actix::MessageResult(self.book.masters.values().cloned().collect())
    }
}

/// Zones were drawn otherwise: the planner is filled anew.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Rezoned;
impl Handler<Rezoned> for Dispatcher {
    type Result = ();
    fn handle(&mut self, Rezoned: Rezoned, _: &mut Context<Self>) {
        self.replan();
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
