//! The way back after a stop of the house: calls whose lines still stand go on where they were, callers whom nobody
//! had answered and whose lines are gone become tasks, the rest are closed as lost.

use crate::{
    call_centre::{
        call_queue::{Dequeue, FindOperator, Posted},
        callbacks::Missed,
        taking_up::{Resumed, TakeUp},
    },
    house::{Desk, House},
};
use domain::{
    calls::{
        call::{Call, CallEvent, CallState, Direction},
        line::{Leg, LegSide, LineOrder, Survivor},
        operator::{Device, Operator, Presence},
    },
    ports::{Batch, JournalError},
    values::id::{CallId, OperatorId},
};
use std::collections::{HashMap, HashSet};

/// A call that goes on, and its lines that still stand.
#[derive(Debug)]
struct Going {
    call: Call,
    caller: Option<Survivor>,
    operators: HashMap<OperatorId, Survivor>,
    outside: Option<Survivor>,
}

/// What is to be done when the house is open.
#[derive(Debug, Default)]
pub struct Recovery {
    going: Vec<Going>,
    lost: Vec<Call>,
    /// Lines of nobody's.
    strays: Vec<Leg>,
    /// Did any line outlive the stop? Then it took seconds, and whoever sat at a screen still does.
    brief: bool,
}

/// How an operator begins after a stop of the house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begins {
    /// Nobody is known to sit there.
    Offline,
    /// As before.
    AsBefore,
    /// With this call in hand, whatever the row says.
    With(Presence, CallId),
    /// The call in hand is lost.
    CallLost,
}

impl Recovery {
    /// Sorts the calls that were open.
    pub fn plan(open: Vec<Call>, survivors: Vec<Survivor>) -> Self {
        let brief = !survivors.is_empty();
        let mut callers: HashMap<String, Survivor> = HashMap::new();
        let mut parties: HashMap<CallId, Survivor> = HashMap::new();
        let mut outsiders: HashMap<CallId, Survivor> = HashMap::new();
        let mut operators: HashMap<CallId, HashMap<OperatorId, Survivor>> = HashMap::new();
        let mut strays = Vec::new();
        for survivor in survivors {
            let (owner, leg) = (survivor.owner, survivor.leg);
            let before = match owner.map(|owner| (owner.call, owner.side)) {
                None if survivor.sip_call_id.is_empty() => Some(survivor),
                None => callers.insert(survivor.sip_call_id.clone(), survivor),
                Some((call, LegSide::Party)) => parties.insert(call, survivor),
                Some((call, LegSide::Outside)) => outsiders.insert(call, survivor),
                Some((call, LegSide::Operator(operator))) => {
                    operators.entry(call).or_default().insert(operator, survivor)
                }
                Some((_, LegSide::Watcher)) => {
                    strays.push(leg);
                    None
                }
            };
            strays.extend(before.map(|survivor| survivor.leg));
        }
        let (mut going, mut lost) = (Vec::new(), Vec::new());
        for call in open {
            let caller = match call.direction {
                Direction::In => callers.remove(&call.sip_call_id),
                Direction::Out => parties.remove(&call.id),
            };
            let mut sides = operators.remove(&call.id).unwrap_or_default();
            let in_it = [call.operator, call.aside];
            strays.extend(
                sides.extract_if(|id, _| !in_it.contains(&Some(*id))).map(|(_, survivor)| survivor.leg),
            );
            let asked = call.outside.is_some();
            let outside = if asked { outsiders.remove(&call.id) } else { None };
            let away = call.state == CallState::Away;
            if call.goes_on(caller.is_some(), if away { outside.is_some() } else { !sides.is_empty() }) {
                going.push(Going { call, caller, operators: sides, outside });
            } else {
                let left = caller.into_iter().chain(outside).chain(sides.into_values());
                strays.extend(left.map(|survivor| survivor.leg));
                lost.push(call);
            }
        }
        let left = operators.into_values().flat_map(HashMap::into_values);
        let left =
            left.chain(callers.into_values()).chain(parties.into_values()).chain(outsiders.into_values());
        strays.extend(left.map(|survivor| survivor.leg));
        Self { going, lost, strays, brief }
    }
    /// How an operator begins.
    pub fn begins(&self, operator: &Operator) -> Begins {
        let in_hand = self.going.iter().find_map(|going| {
            let call = &going.call;
            let (has, asked) = (call.operator == Some(operator.id), call.aside == Some(operator.id));
            match call.state {
                CallState::Offered if has => Some((Presence::Ringing, call.id)),
                CallState::WrapUp if has => Some((Presence::WrapUp, call.id)),
                // it goes on without them, and is to be written down
                CallState::Away if has && call.disposition.is_none() => Some((Presence::WrapUp, call.id)),
                CallState::Away => None,
                // who was asked and had not answered yet is asked no more
                _ if call.is_talk() && (has || asked && going.operators.contains_key(&operator.id)) => {
                    Some((Presence::Busy, call.id))
                }
                _ => None,
            }
        });
        match in_hand {
            Some((presence, call)) => Begins::With(presence, call),
            None if !self.brief => Begins::Offline,
            None if operator.presence.has_call() => Begins::CallLost,
            None => Begins::AsBefore,
        }
    }
    /// What the line of callers must hear of an operator.
    pub fn post(&self, operator: &Operator) -> Option<Posted> {
        let presence = match self.begins(operator) {
            Begins::With(presence, _) => presence,
            Begins::AsBefore => operator.presence,
            Begins::Offline | Begins::CallLost => return None,
        };
        Some(Posted { operator: operator.id, presence, since: operator.since })
    }
    /// Does it; when it returns, what happens on the lines may be told.
    ///
    /// # Errors
    /// The house is not open, or an actor died meanwhile.
    pub async fn carry_out(
        self,
        house: &House,
        devices: &HashMap<OperatorId, Device>,
    ) -> Result<(), JournalError> {
        let gone = || JournalError::Store { reason: "an actor died while calls were taken up".into() };
        let desk = house.desk().map_err(|_| gone())?;
        let (went_on, lost) = (self.going.len(), self.lost.len());
        for going in self.going {
            let take_up = going.take_up(desk, devices).await.ok_or_else(gone)?;
            desk.telephony.send(take_up).await.map_err(|_| gone())?;
        }
        for call in self.lost {
            close_lost(house, call, "the server was restarted").await;
        }
        for leg in self.strays {
            if let Err(refusal) = house.line.order(LineOrder::Hangup(leg)) {
                tracing::error!(%refusal, "a line of nobody's was not hung up");
            }
        }
        if went_on + lost > 0 {
            tracing::info!(went_on, lost, "calls of before the stop");
        }
        Ok(())
    }
}

impl Going {
    async fn take_up(mut self, desk: &Desk, devices: &HashMap<OperatorId, Device>) -> Option<TakeUp> {
        let mut sides = Vec::new();
        for operator in [self.call.operator, self.call.aside] {
            let Some(operator) = operator else {
                sides.push(None);
                continue;
            };
            let survivor = self.operators.remove(&operator);
            let address = desk.queue.send(FindOperator(operator)).await.ok()?;
            let in_browser = survivor.as_ref().is_some_and(|survivor| survivor.sip_call_id.is_empty());
            let device = if in_browser { Some(Device::Browser) } else { devices.get(&operator).cloned() };
            sides.push(address.zip(device).map(|(address, device)| Resumed {
                operator,
                address,
                device,
                unbroken: survivor.as_ref().is_some_and(|survivor| survivor.unbroken),
                leg: survivor.filter(|survivor| survivor.answered).map(|survivor| survivor.leg),
            }));
        }
        let aside = sides.pop().flatten();
        let far = sides.pop().flatten();
        let (caller, taken) = match &self.caller {
            Some(survivor) => (Some(survivor.leg), survivor.answered),
            None => (None, true),
        };
        let unbroken = self.caller.is_some_and(|survivor| survivor.unbroken);
        let outside = self.outside.filter(|survivor| survivor.answered).map(|survivor| survivor.leg);
        Some(TakeUp { call: Box::new(self.call), caller, taken, unbroken, far, aside, outside })
    }
}

/// Calls that were open when the house stopped.
pub fn open_ones(calls: &[Call]) -> Vec<Call> {
    let mut seen = HashSet::new();
    calls.iter().filter(|call| !call.is_over() && seen.insert(call.id)).cloned().collect()
}

/// Closes a call as failed; a caller whom nobody answered becomes a task.
pub(super) async fn close_lost(house: &House, mut call: Call, reason: &str) {
    let (was, at) = (call.ver, house.now());
    let event = CallEvent::Failed { reason: reason.into() };
    let waits = matches!(
        call.state,
        CallState::Ringing | CallState::Greeting | CallState::Queued | CallState::Offered
    );
    let unanswered = waits && call.direction == Direction::In;
    call.apply(&event, at);
    let mut batch = Batch::default();
    batch.tell(call.id, call.ver, event.name(), at, "clock", &event);
    batch.keep(&call, was);
    if let Err(refusal) = house.keep(batch).await {
        tracing::error!(call.id = %call.id, %refusal, "a lost call was not closed");
    }
    let Ok(desk) = house.desk() else { return };
    if desk.queue.send(Dequeue(call.id)).await.is_err() {
        tracing::error!(call.id = %call.id, "a lost call stands in the line");
    }
    let missed = Missed { call: call.id, phone: call.from.clone(), client: call.client, place: None };
    if unanswered && desk.queue.send(missed).await.is_err() {
        tracing::error!(call.id = %call.id, "a lost call made no task");
    }
}
