//! Where the line meets the actors: every leg's events go to the session that owns it.

use crate::{
    call_centre::{
        call_queue::{FindOperator, OperatorIs},
        call_session::{CallSession, OnLine},
        operator::CallWent,
        recovery::close_lost,
        sounding::Sounds,
        taking_up::TakeUp,
    },
    house::House,
    supervision::panic_guard::{Policy, start_guarded},
};
use actix::{
    Actor, ActorFutureExt, Addr, Arbiter, AsyncContext, Context, Handler, Message, Supervised, WrapFuture,
};
use domain::{
    calls::{
        call::{Call, CallState, Direction},
        line::{Leg, LineEvent, LineOrder},
        operator::Presence,
        recording::Tape,
        sounded::Measured,
        trace::Sound,
    },
    ports::Entity,
    values::{
        id::{CallId, OperatorId},
        phone::PhoneNumber,
    },
};
use serde_json::{Value, json};
use std::collections::HashMap;

/// The actor.
pub struct Telephony {
    house: House,
    pub(super) sessions: HashMap<CallId, Addr<CallSession>>,
    legs: HashMap<Leg, (CallId, Addr<CallSession>)>,
}

impl Telephony {
    /// Nobody talks yet.
    pub fn new(house: House) -> Self {
        Self { house, sessions: HashMap::new(), legs: HashMap::new() }
    }
    fn begin(&mut self, leg: Leg, call: Call) -> Addr<CallSession> {
        let (id, house) = (call.id, self.house.clone());
        let started = start_guarded(&Arbiter::current(), "call_session", Policy::default(), move |_| {
            CallSession::new(house, call, leg)
        });
        self.sessions.insert(id, started.clone());
        self.legs.insert(leg, (id, started.clone()));
        started
    }
    /// A leg that we dialled is known by its Call-ID: by it its messages are found.
    fn dialled(&self, leg: Leg, sip_call_id: &str) {
        if let Some((call, _)) = self.legs.get(&leg) {
            self.house.directory.write().calls.dialled(*call, sip_call_id);
        }
    }
    fn sounds(&self, leg: Leg, sound: Sound, measured: Measured) {
        if let Some((call, session)) = self.legs.get(&leg)
            && session.try_send(Sounds { leg, sound, measured }).is_err()
        {
            tracing::warn!(call.id = %call, "the session was not told how its line sounds");
        }
    }
    fn pass(&self, leg: Leg, event: OnLine) {
        if let Some((call, session)) = self.legs.get(&leg)
            && session.try_send(event).is_err()
        {
            tracing::warn!(call.id = %call, "the session was not told what happened on its line");
        }
    }
    /// A session that died too often was given up by its guard: the call is closed as lost, its legs and its
    /// operators are let go.
    fn escalate(&self, call: CallId, ctx: &mut Context<Self>) {
        tracing::error!(call.id = %call, "a session died too often, its call is ended");
        for (leg, _) in self.legs.iter().filter(|(_, (owner, _))| *owner == call) {
            if let Err(refusal) = self.house.line.order(LineOrder::Hangup(*leg)) {
                tracing::error!(call.id = %call, %refusal, "a leg of a lost call was not hung up");
            }
        }
        let (journal, house) = (std::sync::Arc::clone(&self.house.journal), self.house.clone());
        let closing = async move {
            let row = journal.row(Call::TABLE, call.uuid()).await.ok().flatten();
            let call = row.and_then(|row| serde_json::from_value::<Call>(row).ok());
            if let Some(call) = call.filter(|call| !call.is_over()) {
                free_operators(&house, &call).await;
                house.tell("queue", call.id, None);
                close_lost(&house, call, "its session died too often").await;
            }
        };
        ctx.spawn(closing.into_actor(self));
    }
}

/// Those who had the call in hand are not rung until they say that they are ready.
async fn free_operators(house: &House, call: &Call) {
    let Ok(desk) = house.desk() else { return };
    for operator in [call.operator, call.aside].into_iter().flatten() {
        let went =
            CallWent { call: call.id, to: Presence::NotReady, reason: Some("call lost".into()), pop: None };
        let told = match desk.queue.send(FindOperator(operator)).await {
            Ok(Some(address)) => address.send(went).await.is_ok(),
            _ => false,
        };
        if !told {
            tracing::error!(operator.id = %operator, "an operator has a lost call in hand");
        }
    }
}

impl Actor for Telephony {
    type Context = Context<Self>;
}
impl Supervised for Telephony {}

impl Handler<TakeUp> for Telephony {
    type Result = ();
    fn handle(&mut self, take_up: TakeUp, _: &mut Context<Self>) {
        let (id, house) = (take_up.call.id, self.house.clone());
        let caller = take_up.caller.unwrap_or_else(|| self.house.line.fresh_leg());
        let sides = take_up.far.iter().chain(&take_up.aside).filter_map(|side| side.leg);
        let legs: Vec<Leg> = sides.chain(take_up.outside).chain([caller]).collect();
        let started = start_guarded(&Arbiter::current(), "call_session", Policy::default(), move |_| {
            CallSession::taken_up(house, take_up, caller)
        });
        self.legs.extend(legs.into_iter().map(|leg| (leg, (id, started.clone()))));
        self.sessions.insert(id, started);
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
                    direction: Direction::In,
                    queue: String::new(),
                    aside: None,
                    outside: None,
                    muted: false,
                    noticed: false,
                    recording: None,
                    tape: Tape::default(),
                };
                self.house.directory.write().calls.dialled(call.id, &call.sip_call_id);
                self.begin(leg, call);
            }
            LineEvent::Dialled { leg, sip_call_id } => self.dialled(leg, &sip_call_id),
            LineEvent::Sounds { leg, sound, measured } => self.sounds(leg, sound, measured),
            LineEvent::Answered { leg } => self.pass(leg, OnLine::Answered(leg)),
            LineEvent::Failed { leg, .. } | LineEvent::Ended { leg, .. } => {
                self.pass(leg, OnLine::Over(leg));
                self.legs.remove(&leg);
            }
            LineEvent::Digit { leg, digit } => self.pass(leg, OnLine::Digit(leg, digit)),
            LineEvent::PromptEnded { leg } => self.pass(leg, OnLine::PromptEnded(leg)),
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
            LineEvent::EarlyAudio { leg } => self.pass(leg, OnLine::Heard(leg)),
            LineEvent::Holds { leg, on } => self.pass(leg, OnLine::Holds(leg, on)),
            LineEvent::TransferAsked { leg, to, spoken } => {
                self.pass(leg, OnLine::TransferAsked { leg, to, spoken });
            }
            LineEvent::Recorded { leg, dropped: 0 } => tracing::debug!(?leg, "a recording is whole"),
            LineEvent::Recorded { leg, dropped } => {
                tracing::warn!(?leg, dropped, "a recording has holes: the disk was too slow");
            }
            LineEvent::RecordFailed { leg, reason } => {
                tracing::error!(?leg, reason, "a recording was lost");
                self.pass(leg, OnLine::RecordingLost(leg, reason));
            }
            LineEvent::Trunk { name, up } => self.house.tell("lines", &name, Some(trunk_row(&name, up))),
            LineEvent::TrunkGone { name } => self.house.tell("lines", &name, None),
            LineEvent::PhoneRegistered { account, online } => {
                let row = online.then(|| json!({"kind": "phone", "name": account, "up": true}));
                self.house.tell("lines", &account, row);
            }
        }
    }
}

/// A provider's line, as the screens of the house's health show it.
fn trunk_row(name: &str, up: bool) -> Value {
    json!({"kind": "trunk", "name": name, "up": up})
}

/// A call that we are about to make: a session for it.
#[derive(Message)]
#[rtype(result = "Addr<CallSession>")]
pub struct NewCall(pub Box<Call>);
impl Handler<NewCall> for Telephony {
    type Result = actix::MessageResult<NewCall>;
    fn handle(&mut self, NewCall(call): NewCall, _: &mut Context<Self>) -> Self::Result {
        let leg = self.house.line.fresh_leg();
        actix::MessageResult(self.begin(leg, *call))
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

/// A session has ended.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Forget {
    /// Whose.
    pub call: CallId,
    /// Has it done what it had to do? If not, it was given up.
    pub done: bool,
}
impl Handler<Forget> for Telephony {
    type Result = ();
    fn handle(&mut self, Forget { call, done }: Forget, ctx: &mut Context<Self>) {
        if !done {
            self.escalate(call, ctx);
        }
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
