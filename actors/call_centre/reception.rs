//! What a caller hears before the line: the notice, the menu, the state of their work; a message, a farewell.

use crate::{
    call_centre::{
        call_session::{CallSession, Then},
        callbacks::Promise,
    },
    supervision::surely::surely,
};
use actix::{AsyncContext, Context, Handler, Message};
use domain::calls::{
    call::{CallEvent, CallState},
    callback::KeptPlace,
    line::LineOrder,
    menu::{Turn, Walk},
    status_prompts::status_prompts,
};
use jiff::tz::TimeZone;
use std::{collections::VecDeque, time::Duration};

/// Real time in which a key is awaited after the prompts.
const KEY: Duration = Duration::from_secs(5);
/// The longest message.
const LONGEST_MESSAGE: Duration = Duration::from_secs(120);
/// The key that a waiting caller presses to be called back.
const CALL_ME: char = '1';

/// What is heard, and what follows.
#[derive(Default)]
pub(super) struct Reception {
    walk: Option<Walk>,
    to_play: VecDeque<String>,
    playing: bool,
    timer: Option<actix::SpawnHandle>,
    /// A message is to be left, once the caller has heard how.
    asked: Option<String>,
    /// A message is being left.
    message: Option<String>,
    /// The call ends when the prompts do.
    farewell: bool,
    /// The caller may ask to be called back.
    may_ask: bool,
}

/// The caller would wait so long that a callback is offered.
#[derive(Message)]
#[rtype(result = "()")]
pub struct OfferCallback;
impl Handler<OfferCallback> for CallSession {
    type Result = ();
    fn handle(&mut self, OfferCallback: OfferCallback, ctx: &mut Context<Self>) {
        if self.call.state == CallState::Queued && self.taken && !self.reception.may_ask {
            self.reception.may_ask = true;
            self.play(vec!["offer_callback".into()], ctx);
        }
    }
}

impl CallSession {
    /// The call has come: something is heard first, or the caller rings and stands in the line.
    pub(super) fn receive(&mut self, ctx: &mut Context<Self>) {
        let lines = self.house.lines();
        let rule = lines.rules.plan.queues.get(self.queue());
        let now = self.house.now();
        let walk = rule.map(|rule| Walk::new(rule.reception.clone(), rule.is_open(now)));
        match walk.filter(Walk::is_needed) {
            Some(walk) => {
                self.reception.walk = Some(walk);
                let greet: Then = Box::new(|act, ctx| {
                    act.order(LineOrder::Answer(act.caller));
                    act.taken = true;
                    let lines = act.house.lines();
                    let turns = act.reception.walk.as_mut().map(|walk| walk.begin(&lines.rules.menus));
                    act.turns(turns.unwrap_or_default().into(), ctx);
                });
                self.go(vec![CallEvent::Incoming, CallEvent::Greeted], ctx, greet);
            }
            None => {
                let rings: Then = Box::new(|act, ctx| {
                    act.order(LineOrder::Ring(act.caller));
                    act.enqueue(ctx);
                });
                self.go(vec![CallEvent::Incoming, CallEvent::Queued], ctx, rings);
            }
        }
    }
    /// After a stop of the house the caller hears it all from the beginning.
    pub(super) fn receive_again(&mut self, ctx: &mut Context<Self>) {
        let lines = self.house.lines();
        let rule = lines.rules.plan.queues.get(self.queue());
        let now = self.house.now();
        let walk = rule.map(|rule| Walk::new(rule.reception.clone(), rule.is_open(now)));
        let Some(mut walk) = walk.filter(|walk| walk.is_needed() && self.taken) else {
            return self.join_line(String::new(), ctx);
        };
        let turns = walk.begin(&lines.rules.menus);
        self.reception.walk = Some(walk);
        self.turns(turns.into(), ctx);
    }
    fn turns(&mut self, mut turns: VecDeque<Turn>, ctx: &mut Context<Self>) {
        while let Some(turn) = turns.pop_front() {
            match turn {
                Turn::Wait => {}
                Turn::Play(prompts) => self.play(prompts, ctx),
                Turn::Noticed => {
                    let rest: Then = Box::new(move |act, ctx| act.turns(turns, ctx));
                    return self.go(vec![CallEvent::NoticePlayed], ctx, rest);
                }
                Turn::Join(queue) => return self.join_line(queue, ctx),
                Turn::Status => {
                    self.reception.to_play.extend(self.status());
                    let lines = self.house.lines();
                    let again = self.reception.walk.as_mut().map(|walk| walk.told(&lines.rules.menus));
                    turns.extend(again.unwrap_or_default());
                }
                Turn::CallBack => return self.promise_callback(ctx),
                Turn::Voicemail => self.voicemail(ctx),
                Turn::Goodbye => {
                    self.reception.farewell = true;
                    self.play(vec!["goodbye".into()], ctx);
                }
            }
        }
    }
    /// What is known of the caller's work, in prompts.
    fn status(&self) -> Vec<String> {
        let zone = TimeZone::get(&self.house.clock.zone()).unwrap_or(TimeZone::UTC);
        let work = self.call.client.and_then(|client| self.house.directory.read().next_work(client));
        status_prompts(work.as_ref().map(|(state, eta)| (state.as_str(), *eta)), &zone)
    }
    pub(super) fn join_line(&mut self, queue: String, ctx: &mut Context<Self>) {
        if self.house.lines().rules.plan.queue_named(&queue).is_some() {
            self.call.queue = queue;
        }
        self.stop_timer(ctx);
        let waits: Then = Box::new(|act, ctx| {
            act.order(LineOrder::Hold(act.caller));
            act.enqueue(ctx);
        });
        self.go(vec![CallEvent::Queued], ctx, waits);
    }
    fn stop_timer(&mut self, ctx: &mut Context<Self>) {
        if let Some(timer) = self.reception.timer.take() {
            ctx.cancel_future(timer);
        }
    }
    fn play(&mut self, prompts: Vec<String>, ctx: &mut Context<Self>) {
        self.reception.to_play.extend(prompts);
        if !self.reception.playing {
            self.play_next(ctx);
        }
    }
    /// A prompt that is not there is passed over, as if it had been heard.
    fn play_next(&mut self, ctx: &mut Context<Self>) {
        self.stop_timer(ctx);
        while let Some(prompt) = self.reception.to_play.pop_front() {
            let order = LineOrder::Play { leg: self.caller, prompt: prompt.clone() };
            match self.house.line.order(order) {
                Ok(()) => {
                    self.reception.playing = true;
                    return;
                }
                Err(refusal) => {
                    tracing::warn!(call.id = %self.call.id, prompt, %refusal, "a prompt was not played")
                }
            }
        }
        self.reception.playing = false;
        self.all_heard(ctx);
    }
    fn all_heard(&mut self, ctx: &mut Context<Self>) {
        if self.reception.farewell {
            return self.say_goodbye(ctx);
        }
        if let Some(name) = self.reception.asked.take() {
            return self.begin_message(name, ctx);
        }
        match self.call.state {
            CallState::Queued => self.order(LineOrder::Hold(self.caller)),
            CallState::Greeting => {
                let lines = self.house.lines();
                let turns = self.reception.walk.as_mut().map(|walk| walk.played(&lines.rules.menus));
                self.reception.timer = Some(ctx.run_later(KEY, |act, ctx| {
                    act.reception.timer = None;
                    let lines = act.house.lines();
                    let turns = act.reception.walk.as_mut().map(|walk| walk.silence(&lines.rules.menus));
                    act.turns(turns.unwrap_or_default().into(), ctx);
                }));
                self.turns(turns.unwrap_or_default().into(), ctx);
            }
            _ => {}
        }
    }
    /// A prompt was played to its end.
    pub(super) fn prompt_ended(&mut self, ctx: &mut Context<Self>) {
        if self.reception.playing {
            self.play_next(ctx);
        }
    }
    /// The caller pressed a key; in a menu it cuts the prompts short.
    pub(super) fn key(&mut self, key: char, ctx: &mut Context<Self>) {
        match self.call.state {
            CallState::Queued if self.reception.may_ask && key == CALL_ME => {
                self.cut_short(ctx);
                self.promise_callback(ctx);
            }
            CallState::Greeting if self.reception.walk.as_ref().is_some_and(Walk::listens) => {
                self.cut_short(ctx);
                let lines = self.house.lines();
                let turns = self.reception.walk.as_mut().map(|walk| walk.key(key, &lines.rules.menus));
                self.turns(turns.unwrap_or_default().into(), ctx);
            }
            _ => {}
        }
    }
    fn cut_short(&mut self, ctx: &mut Context<Self>) {
        self.stop_timer(ctx);
        if std::mem::take(&mut self.reception.playing) {
            self.reception.to_play.clear();
            self.order(LineOrder::StopPlay(self.caller));
        }
    }
    /// The caller hangs up and keeps the place.
    fn promise_callback(&mut self, ctx: &mut Context<Self>) {
        let standing = self.standing();
        let place = KeptPlace {
            since: standing.since,
            head_start: standing.head_start,
            queue: self.call.queue.clone(),
        };
        let promised: Then = Box::new(move |act, ctx| {
            let (call, phone, client) = (act.call.id, act.call.from.clone(), act.call.client);
            let promise = Promise { call, phone, client, place };
            if let Ok(desk) = act.house.desk() {
                surely(&desk.queue, promise, call, "the queue was not told of a promise to call back");
            }
            act.stop_timer(ctx);
            act.reception.farewell = true;
            act.play(vec!["callback_promised".into()], ctx);
        });
        self.go(vec![CallEvent::CallbackPromised], ctx, promised);
    }
    fn voicemail(&mut self, ctx: &mut Context<Self>) {
        if !self.call.noticed {
            // The law comes first: without the notice nothing is recorded, a task is made all the same.
            self.reception.farewell = true;
            return self.play(vec!["goodbye".into()], ctx);
        }
        self.reception.asked = Some(format!("{}-message", self.call.id));
        self.play(vec!["voicemail".into()], ctx);
    }
    /// The caller has heard how: what is said from now on is the message.
    fn begin_message(&mut self, name: String, ctx: &mut Context<Self>) {
        self.order(LineOrder::Record { leg: self.caller, name: name.clone() });
        self.reception.message = Some(name);
        self.reception.timer = Some(ctx.run_later(LONGEST_MESSAGE, |act, ctx| {
            act.order(LineOrder::Hangup(act.caller));
            act.caller_left(ctx);
        }));
    }
    /// The house has said what there was to say.
    fn say_goodbye(&mut self, ctx: &mut Context<Self>) {
        self.order(LineOrder::Hangup(self.caller));
        if self.call.is_over() { self.end(ctx) } else { self.abandon(None, ctx) }
    }
    /// The caller hung up before anybody answered: a message was left, a promise made, or a call missed.
    pub(super) fn caller_left(&mut self, ctx: &mut Context<Self>) {
        self.stop_timer(ctx);
        match self.reception.message.take() {
            Some(recording) => {
                let left: Then = Box::new(|act, ctx| act.abandoned(ctx));
                self.go(vec![CallEvent::VoicemailLeft { recording }], ctx, left);
            }
            None if self.call.is_over() => self.end(ctx),
            None => self.abandon(None, ctx),
        }
    }
    /// The talk is recorded when the caller was told so, and only then.
    pub(super) fn record(&mut self, ctx: &mut Context<Self>) {
        if self.house.tuning.record && self.call.noticed && self.call.recording.is_none() {
            let recording = self.call.id.to_string();
            let name = recording.clone();
            let begun: Then = Box::new(move |act, _| act.order(LineOrder::Record { leg: act.caller, name }));
            self.go(vec![CallEvent::RecordingBegun { recording }], ctx, begun);
        }
    }
}
