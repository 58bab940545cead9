//! The line of callers and who may take them: keeps the distribution, rings whom it gives, and tells the wall.

use crate::{
    call_centre::{
        call_session::{CallSession, OfferTo, StillWaits},
        operator::{CallWent, OperatorActor, RingOperator},
        reception::OfferCallback,
        recovery::Begins,
        wall,
    },
    house::House,
    supervision::{
        panic_guard::{Policy, start_guarded},
        surely::surely,
    },
};
use actix::{Actor, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message, Supervised, WrapFuture};
use domain::{
    calls::{
        call_plan::CallSkill,
        callback::Callback,
        campaign::Campaign,
        distribution::Distribution,
        operator::{Device, Operator, Presence},
        standing::{Standing, Ticket},
    },
    values::id::{CallId, CallbackId, CampaignId, OperatorId},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

/// Real time after which a task that was not kept is tried again, and leases are looked through.
const TRY_AGAIN: Duration = Duration::from_secs(5);
/// Real time after which figures that grow by themselves are told again; all others are told when they change.
const FRESH: Duration = Duration::from_secs(1);
/// Real time that a lease holds beyond the ring: a session that is alive ends it before.
const BEYOND_RING: Duration = Duration::from_secs(10);

/// The actor.
pub struct CallQueue {
    pub(super) house: House,
    pub(super) line: Distribution,
    /// The sessions of those who wait or are rung for, and what the operator's screen shows.
    sessions: BTreeMap<CallId, (Addr<CallSession>, Value)>,
    /// Whose operator was asked and has not said yes yet.
    asked: BTreeMap<CallId, OperatorId>,
    /// Missed calls whose task could not be kept yet.
    pub(super) owed: Vec<super::callbacks::Missed>,
    pub(super) operators: HashMap<OperatorId, Addr<OperatorActor>>,
    /// Who sits at which desk phone, by account.
    phones: HashMap<String, OperatorId>,
    pub(super) callbacks: BTreeMap<CallbackId, Callback>,
    /// Campaigns, also those that are over.
    pub(super) campaigns: BTreeMap<CampaignId, Campaign>,
    /// Has not begun to work since the house was opened.
    opening: bool,
    pub(super) shown: wall::Shown,
}

impl CallQueue {
    /// A queue with its operators and the tasks that are open.
    pub fn new(
        house: House,
        operators: Vec<(Operator, Begins)>,
        (callbacks, campaigns): (Vec<Callback>, Vec<Campaign>),
        arbiter: &actix::ArbiterHandle,
    ) -> Self {
        let lapse = house.clock.lapse();
        let ring = (house.tuning.ring + BEYOND_RING).as_secs_f64() * lapse;
        let mut line = Distribution::new(house.plan_of_the_city(), SignedDuration::from_secs_f64(ring));
        let (mut addresses, mut phones) = (HashMap::new(), HashMap::new());
        for (operator, begins) in operators {
            let (id, house) = (operator.id, house.clone());
            if let Device::Phone(account) = &operator.device {
                phones.insert(account.clone(), id);
            }
            if !operator.supervises {
                line.skilled(id, operator.skills.clone(), house.now());
            }
            let address = start_guarded(arbiter, "operator", Policy::default(), move |_| {
                OperatorActor::new(house, operator, begins)
            });
            addresses.insert(id, address);
        }
        let callbacks = callbacks.into_iter().filter(Callback::is_open).map(|c| (c.id, c)).collect();
        Self {
            house,
            line,
            sessions: BTreeMap::new(),
            asked: BTreeMap::new(),
            owed: Vec::new(),
            operators: addresses,
            phones,
            callbacks,
            campaigns: campaigns.into_iter().map(|campaign| (campaign.id, campaign)).collect(),
            opening: true,
            shown: wall::Shown::default(),
        }
    }
    pub(super) fn serve(&mut self, ctx: &mut Context<Self>) {
        let now = self.house.now();
        for lease in self.line.serve(now) {
            match lease.ticket {
                Ticket::Call(call) => self.ring(call, lease.operator, ctx),
                Ticket::Callback(id) => self.ring_back(id, lease, ctx),
            }
        }
        self.show();
    }
    /// Asks the operator; who says yes is offered to the call, who says no is not asked again until they are ready.
    fn ring(&mut self, call: CallId, operator: OperatorId, ctx: &mut Context<Self>) {
        let known = self.sessions.get(&call).cloned();
        let (Some(address), Some((session, pop))) = (self.operators.get(&operator).cloned(), known) else {
            self.line.leave(Ticket::Call(call));
            return;
        };
        self.asked.insert(call, operator);
        let rung = address.send(RingOperator { call, pop });
        ctx.spawn(rung.into_actor(self).map(move |device, act, ctx| {
            act.asked.remove(&call);
            match device {
                Ok(Some(device)) => act.offer(&session, OfferTo { operator, address, device }, call, ctx),
                no => {
                    let now = act.house.now();
                    if no.is_err() {
                        // It panicked, perhaps after it began to ring.
                        act.free(operator, call);
                    }
                    act.line.is_doing(operator, Presence::NotReady, now, now);
                    act.line.refused(Ticket::Call(call), now);
                    if !session.connected() {
                        act.forget(call);
                    }
                    act.serve(ctx);
                }
            }
        }));
    }
    /// The caller may have given up meanwhile: then nobody else would let the operator go.
    fn offer(&self, session: &Addr<CallSession>, offer: OfferTo, call: CallId, ctx: &mut Context<Self>) {
        let operator = offer.operator;
        let offered = session.send(offer).into_actor(self);
        ctx.spawn(offered.map(move |offered, act, _| {
            if offered.is_err() {
                act.free(operator, call);
            }
        }));
    }
    pub(super) fn free(&self, operator: OperatorId, call: CallId) {
        let freed = CallWent { call, to: Presence::Ready, reason: None, pop: None };
        if let Some(address) = self.operators.get(&operator) {
            surely(address, freed, operator, "an operator still rings for a call that is gone");
        }
    }
    pub(super) fn forget(&mut self, call: CallId) {
        self.line.leave(Ticket::Call(call));
        self.sessions.remove(&call);
    }
    /// A lease ends before its deadline as long as its session lives: one that does not is looked after here. What
    /// becomes of the operator is the session's to say, who may be keeping the answer at this moment.
    fn lapse(&mut self) {
        for lease in self.line.lapse(self.house.now()) {
            let Ticket::Call(call) = lease.ticket else { continue };
            tracing::warn!(call.id = %call, operator.id = %lease.operator, "a promise to a caller has run out");
            self.line.leave(lease.ticket);
            let asked = self.sessions.get(&call).is_some_and(|(s, _)| s.try_send(StillWaits).is_ok());
            if !asked {
                self.forget(call);
                self.free(lease.operator, call);
            }
        }
    }
}

impl Actor for CallQueue {
    type Context = Context<Self>;
    fn started(&mut self, ctx: &mut Context<Self>) {
        self.show_callbacks();
        self.show_campaigns();
        let tasks: Vec<Callback> = self.callbacks.values().cloned().collect();
        tasks.iter().for_each(|task| self.stand(task, vec![]));
        if std::mem::take(&mut self.opening) {
            self.give_up_attempts(ctx);
        }
        self.shown = wall::Shown::default();
        self.show();
        ctx.run_interval(TRY_AGAIN, |act, ctx| {
            act.lapse();
            act.pay_owed(ctx);
            act.serve(ctx);
        });
        ctx.run_interval(FRESH, |act, ctx| {
            act.pace(ctx);
            act.show();
        });
        self.serve(ctx);
    }
}
impl Supervised for CallQueue {
    /// The answers of those who were asked are lost: their callers go back to their places.
    fn restarting(&mut self, _: &mut Context<Self>) {
        let now = self.house.now();
        for (call, operator) in std::mem::take(&mut self.asked) {
            self.free(operator, call);
            self.line.refused(Ticket::Call(call), now);
        }
    }
}

/// A caller waits.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Enqueue {
    /// Who.
    pub call: CallId,
    /// Since when, how urgent, in which queue.
    pub standing: Standing,
    /// The call's session.
    pub session: Addr<CallSession>,
    /// What the operator's screen shows.
    pub pop: Value,
}
impl Handler<Enqueue> for CallQueue {
    type Result = ();
    fn handle(&mut self, Enqueue { call, standing, session, pop }: Enqueue, ctx: &mut Context<Self>) {
        let (ticket, queue, now) = (standing.ticket, standing.queue, self.house.now());
        self.sessions.insert(call, (session.clone(), pop));
        self.line.enter(standing, now);
        self.serve(ctx);
        let limit = self.line.plan().queues.get(queue).and_then(|rule| rule.offer_callback_seconds);
        let long =
            |limit: u32| self.line.estimate(ticket, now).is_some_and(|told| told.seconds > f64::from(limit));
        if limit.is_some_and(long) && session.try_send(OfferCallback).is_err() {
            tracing::warn!(call.id = %call, "a callback was not offered");
        }
    }
}

/// The caller waits no more.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Dequeue(pub CallId);
impl Handler<Dequeue> for CallQueue {
    type Result = ();
    /// The operator who is being asked is let go by the session, which takes no offer any more.
    fn handle(&mut self, Dequeue(call): Dequeue, ctx: &mut Context<Self>) {
        self.forget(call);
        self.serve(ctx);
    }
}

/// What an operator is doing, and since when.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Posted {
    /// Who.
    pub operator: OperatorId,
    /// What.
    pub presence: Presence,
    /// Since when.
    pub since: Timestamp,
}
impl Handler<Posted> for CallQueue {
    type Result = ();
    fn handle(&mut self, Posted { operator, presence, since }: Posted, ctx: &mut Context<Self>) {
        self.line.is_doing(operator, presence, since, self.house.now());
        self.serve(ctx);
    }
}

/// A person took the call.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Taken {
    /// Which call.
    pub call: CallId,
    /// The number, when they rang us.
    pub phone: Option<String>,
}
impl Handler<Taken> for CallQueue {
    type Result = ();
    fn handle(&mut self, Taken { call, phone }: Taken, ctx: &mut Context<Self>) {
        if let Some(phone) = phone {
            self.rang_themselves(&phone, ctx);
        }
        self.line.answered(Ticket::Call(call), self.house.now());
        self.sessions.remove(&call);
        self.show();
    }
}

/// A call of a queue was talked and written down.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Handled {
    /// The place of the queue in the plan.
    pub queue: usize,
    /// How long, by the city's clock.
    pub took: SignedDuration,
}
impl Handler<Handled> for CallQueue {
    type Result = ();
    fn handle(&mut self, Handled { queue, took }: Handled, _: &mut Context<Self>) {
        self.line.handled(queue, took);
        self.show();
    }
}

/// Other lines are in force than before.
#[derive(Message)]
#[rtype(result = "()")]
pub struct PlanChanged;
impl Handler<PlanChanged> for CallQueue {
    type Result = ();
    fn handle(&mut self, PlanChanged: PlanChanged, ctx: &mut Context<Self>) {
        self.line.adopt(self.house.plan_of_the_city());
        self.serve(ctx);
    }
}

/// Where an operator's actor is.
#[derive(Message)]
#[rtype(result = "Option<Addr<OperatorActor>>")]
pub struct FindOperator(pub OperatorId);
impl Handler<FindOperator> for CallQueue {
    type Result = Option<Addr<OperatorActor>>;
    fn handle(&mut self, FindOperator(id): FindOperator, _: &mut Context<Self>) -> Self::Result {
        self.operators.get(&id).cloned()
    }
}

/// Somebody new sits at the telephone.
#[derive(Message)]
#[rtype(result = "()")]
pub struct TakeOperator(pub Operator);
impl Handler<TakeOperator> for CallQueue {
    type Result = ();
    fn handle(&mut self, TakeOperator(operator): TakeOperator, _: &mut Context<Self>) {
        let (id, house) = (operator.id, self.house.clone());
        if !operator.supervises {
            self.line.skilled(id, operator.skills.clone(), house.now());
        }
        let address = start_guarded(&actix::Arbiter::current(), "operator", Policy::default(), move |_| {
            OperatorActor::new(house, operator, Begins::Offline)
        });
        self.operators.insert(id, address);
    }
}

/// An operator can do something else than before.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Skilled {
    /// Who.
    pub operator: OperatorId,
    /// What.
    pub skills: Vec<CallSkill>,
}
impl Handler<Skilled> for CallQueue {
    type Result = ();
    fn handle(&mut self, Skilled { operator, skills }: Skilled, ctx: &mut Context<Self>) {
        self.line.skilled(operator, skills, self.house.now());
        self.serve(ctx);
    }
}

/// Who sits at a desk phone, by its account.
#[derive(Message)]
#[rtype(result = "Option<OperatorId>")]
pub struct FindByPhone(pub String);
impl Handler<FindByPhone> for CallQueue {
    type Result = actix::MessageResult<FindByPhone>;
    fn handle(&mut self, FindByPhone(account): FindByPhone, _: &mut Context<Self>) -> Self::Result {
        actix::MessageResult(self.phones.get(&account).copied())
    }
}

/// The audio line of an operator came or went.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct OperatorIs {
    /// Is it there?
    pub online: bool,
}
