//! Where the line meets the actors: every leg's events go to the session that owns it.

use crate::{
    call_centre::{
        call_queue::{FindOperator, Missed, OperatorIs},
        call_session::{CallSession, OnLine},
    },
    house::House,
    supervision::panic_guard::{Policy, start_guarded},
};
use actix::{
    Actor, ActorFutureExt, Addr, Arbiter, AsyncContext, Context, Handler, Message, Supervised, WrapFuture,
};
use domain::{
    calls::{
        call::{Call, CallEvent, CallState},
        line::{Leg, LineEvent},
    },
    ports::{Batch, Entity},
    values::{
        id::{CallId, OperatorId},
        phone::PhoneNumber,
    },
};
use std::collections::HashMap;

/// The actor.
pub struct Telephony {
    house: House,
    sessions: HashMap<CallId, Addr<CallSession>>,
    legs: HashMap<Leg, (CallId, Addr<CallSession>)>,
}

impl Telephony {
    /// Nobody talks yet.
    pub fn new(house: House) -> Self {
        Self { house, sessions: HashMap::new(), legs: HashMap::new() }
    }
    fn offered(&mut self, leg: Leg, call: Call) {
        let (id, house) = (call.id, self.house.clone());
        let started = start_guarded(&Arbiter::current(), "call_session", Policy::default(), move |_| {
            CallSession::new(house, call, leg)
        });
        self.sessions.insert(id, started.clone());
        self.legs.insert(leg, (id, started));
    }
    fn pass(&self, leg: Leg, event: OnLine) {
        if let Some((call, session)) = self.legs.get(&leg)
            && session.try_send(event).is_err()
        {
            tracing::warn!(call.id = %call, "the session was not told what happened on its line");
        }
    }
    /// Calls that a stop of the house cut off: unanswered ones become tasks, the rest are closed as lost.
    fn recover(&self, ctx: &mut Context<Self>) {
        let journal = std::sync::Arc::clone(&self.house.journal);
        let house = self.house.clone();
        let recover = async move {
            let rows = journal.rows(Call::TABLE).await.unwrap_or_default();
            let lost = rows
                .into_iter()
                .filter_map(|row| serde_json::from_value::<Call>(row).ok())
                .filter(|c| !c.is_over());
            for mut call in lost {
                let unanswered = matches!(
                    call.state,
                    CallState::Ringing | CallState::Greeting | CallState::Queued | CallState::Offered
                );
                let (was, at) = (call.ver, house.now());
                let event = CallEvent::Failed { reason: "the server was restarted".into() };
                call.apply(&event, at);
                let mut batch = Batch::default();
                batch.tell(call.id, call.ver, event.name(), at, "clock", &event);
                batch.keep(&call, was);
                if let Err(refusal) = house.keep(batch).await {
                    tracing::error!(call.id = %call.id, %refusal, "a lost call was not closed");
                }
                let missed = Missed { call: call.id, phone: call.from.clone(), client: call.client };
                if let (true, Ok(desk)) = (unanswered, house.desk())
                    && desk.queue.send(missed).await.is_err()
                {
                    tracing::error!(call.id = %call.id, "a lost call made no task");
                }
            }
        };
        ctx.spawn(recover.into_actor(self));
    }
}

impl Actor for Telephony {
    type Context = Context<Self>;
}
impl Supervised for Telephony {}

/// The house is open: look for calls that were cut off.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Recover;
impl Handler<Recover> for Telephony {
    type Result = ();
    fn handle(&mut self, Recover: Recover, ctx: &mut Context<Self>) {
        self.recover(ctx);
    }
}

/// Something happened on a line.
#[derive(Message)]
#[rtype(result = "()")]
pub struct OnTheLine(pub LineEvent);
impl Handler<OnTheLine> for Telephony {
    type Result = ();
    fn handle(&mut self, OnTheLine(event): OnTheLine, ctx: &mut Context<Self>) {
        match event {
            LineEvent::Offered { leg, sip_call_id, from, display, did, trunk } => {
                let from = from.parse::<PhoneNumber>().map_or(from, |p| p.to_string());
                let call = Call {
                    id: self.house.fresh(),
                    ver: 0,
                    state: CallState::Ringing,
                    from,
                    did,
                    trunk,
                    sip_call_id,
                    client: None,
                    operator: None,
                    missed_by: vec![],
                    started: self.house.now(),
                    answered: None,
                    ended: None,
                    disposition: None,
                    note: display,
                    about: None,
                };
                self.offered(leg, call);
            }
            LineEvent::Answered { leg } => self.pass(leg, OnLine::Answered(leg)),
            LineEvent::Failed { leg, .. } | LineEvent::Ended { leg, .. } => {
                self.pass(leg, OnLine::Over(leg));
                self.legs.remove(&leg);
            }
            LineEvent::Browser { session, online } => {
                let Ok(operator) = session.parse::<OperatorId>() else { return };
                let Ok(desk) = self.house.desk() else { return };
                let found = desk.queue.send(FindOperator(operator));
                ctx.spawn(found.into_actor(self).map(move |found, _, _| {
                    if let Ok(Some(address)) = found
                        && address.try_send(OperatorIs { online }).is_err()
                    {
                        tracing::warn!(operator.id = %operator, "the operator was not told of the line");
                    }
                }));
            }
            LineEvent::PhoneRegistered { .. } => {}
        }
    }
}

/// A session dialled somebody on this leg.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Own {
    /// The leg.
    pub leg: Leg,
    /// Whose.
    pub session: Addr<CallSession>,
}
impl Handler<Own> for Telephony {
    type Result = ();
    fn handle(&mut self, Own { leg, session }: Own, _: &mut Context<Self>) {
        let owner = self.sessions.iter().find(|(_, s)| **s == session).map(|(id, _)| *id);
        if let Some(owner) = owner {
            self.legs.insert(leg, (owner, session));
        }
    }
}

/// A call is over.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Forget(pub CallId);
impl Handler<Forget> for Telephony {
    type Result = ();
    fn handle(&mut self, Forget(call): Forget, _: &mut Context<Self>) {
        self.sessions.remove(&call);
        self.legs.retain(|_, (owner, _)| *owner != call);
    }
}

/// Where a call's session is.
#[derive(Message)]
#[rtype(result = "Option<Addr<CallSession>>")]
pub struct FindCall(pub CallId);
impl Handler<FindCall> for Telephony {
    type Result = Option<Addr<CallSession>>;
    fn handle(&mut self, FindCall(call): FindCall, _: &mut Context<Self>) -> Self::Result {
        self.sessions.get(&call).cloned()
    }
}
