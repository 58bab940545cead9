//! Robot operators: a login, a screen, and a registered telephone on the desk.

pub mod plan;

use crate::{
    chance::Chance,
    city::Stage,
    desk_phone::Handset,
    link::{Link, Refused},
    numbers::{self, Purpose},
    scene::{self, CallRow, CallbackRow, OperatorRow, Pop, SlotRow},
    seed::PhoneAccount,
    talk::Words,
};
use plan::{Plan, Subject};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, timeout};

/// A callback waits so long before somebody takes it, in seconds of the city.
const CALLBACK_AGE_S: i64 = 90;

/// One operator at work.
struct Operator {
    stage: Arc<Stage>,
    link: Link,
    handset: Handset,
    chance: Chance,
    /// The call written down last; rows may still show it for a moment.
    written: Option<String>,
}

/// A login with its desk phone.
#[derive(Debug, Clone)]
pub struct Post {
    /// What is typed at the door.
    pub login: String,
    /// The password.
    pub password: String,
    /// The telephone.
    pub phone: PhoneAccount,
}

/// Plays one operator until dropped.
pub async fn play(stage: Arc<Stage>, post: Post) {
    let link = Link::open(stage.plug(&post.login, &post.password, &["agent", "queue"]));
    let mut chance = Chance::branch(stage.seed, &post.login);
    let rings = stage.real_at_least(chance.span(2.0, 5.0), Duration::from_millis(600));
    let handset = Handset::new(stage.sip, post.phone, rings);
    let mut operator = Operator { stage, link, handset, chance, written: None };
    loop {
        operator.step().await;
        tokio::select! {
            () = operator.link.changed() => {}
            () = sleep(Duration::from_secs(1)) => {}
        }
    }
}

impl Operator {
    fn me(&self) -> Option<OperatorRow> {
        if !self.link.is_live("agent") {
            return None;
        }
        self.link.look("agent", |rows| scene::read(rows.get("me")?))
    }
    fn pop(&self) -> Option<Pop> {
        self.link.look("agent", |rows| scene::read(rows.get("pop").filter(|pop| !pop.is_null())?))
    }

    async fn step(&mut self) {
        let Some(me) = self.me() else { return };
        if !me.robot {
            return self.handset.unplug().await;
        }
        let busy = matches!(me.state.as_str(), "ringing" | "busy");
        if let Err(error) = self.handset.keep(self.link.sessions(), busy).await {
            tracing::warn!(login = self.link.login(), %error, "no telephone on the desk");
            return;
        }
        match me.state.as_str() {
            "offline" if self.handset.is_registered() => self.tell("operator.ready", json!({})).await,
            "not_ready" | "break" => {
                sleep(self.stage.real_at_least(20.0, Duration::from_secs(2))).await;
                if self.handset.is_registered() {
                    self.tell("operator.ready", json!({})).await;
                }
            }
            "busy" => match self.pop() {
                Some(pop) => self.serve(pop).await,
                None => sleep(Duration::from_millis(200)).await,
            },
            "wrap_up" => match me.call.clone() {
                call if call.is_some() && call == self.written => {}
                Some(call) => self.dispose(&call, Purpose::Other, None).await,
                None => self.tell("operator.ready", json!({})).await,
            },
            "ready" => self.call_back().await,
            _ => {}
        }
    }

    /// A command whose refusal is only told of.
    async fn tell(&self, name: &str, args: Value) {
        if let Err(refused) = self.ask(name, args).await {
            tracing::debug!(login = self.link.login(), name, %refused, "the operator was refused");
            sleep(Duration::from_secs(1)).await;
        }
    }
    async fn ask(&self, name: &str, args: Value) -> Result<Value, Refused> {
        let answer = self.link.command(name, args).await;
        self.stage.tally.add(if answer.is_ok() { name } else { "refused" });
        answer
    }

    /// Waits until the talk is over or the time has come; `true` while they still talk.
    async fn talks_until(&mut self, end: Instant) -> bool {
        loop {
            if self.me().is_some_and(|me| me.state != "busy") {
                return false;
            }
            if timeout(end.saturating_duration_since(Instant::now()), self.link.changed()).await.is_err() {
                return true;
            }
        }
    }

    /// One call from the first word to the disposition.
    async fn serve(&mut self, pop: Pop) {
        self.stage.tally.add("answered");
        let began = Instant::now();
        let lapse = self.stage.clock.lapse();
        let words = self.stage.talks.of(&pop.call.from).unwrap_or_else(|| {
            let purpose = Purpose::draw(&mut self.chance);
            Words { caller_ends: false, ..Words::about(purpose, &mut self.chance, lapse) }
        });
        self.talks_until(began + words.talk / 2).await;
        let request = match self.carry_out(&pop, words.purpose).await {
            Ok(request) => request,
            Err(refused) => {
                tracing::debug!(login = self.link.login(), %refused, "the caller could not be helped");
                None
            }
        };
        let grace = if words.caller_ends { words.talk / 2 + Duration::from_secs(3) } else { Duration::ZERO };
        if self.talks_until(began + words.talk + grace).await {
            self.tell("call.hangup", json!({"call": pop.call.id})).await;
            self.talks_until(Instant::now() + Duration::from_secs(10)).await;
        }
        sleep(self.stage.real_at_least(numbers::WRAP_UP_S, Duration::from_millis(500))).await;
        self.dispose(&pop.call.id, words.purpose, request).await;
    }

    async fn dispose(&mut self, call: &str, purpose: Purpose, request: Option<String>) {
        let disposition = match (purpose, &request) {
            (Purpose::Request, None) => "other",
            _ => purpose.disposition(),
        };
        let mut args = json!({"call": call, "disposition": disposition});
        if disposition == "other" && purpose == Purpose::Request {
            args["note"] = json!("Клиент подумает и перезвонит");
        }
        if let Some(request) = request {
            args["request"] = json!(request);
        }
        self.tell("call.dispose", args).await;
        self.written = Some(call.to_owned());
    }

    /// Does what the caller asks for; the request made or talked about.
    async fn carry_out(&mut self, pop: &Pop, purpose: Purpose) -> Result<Option<String>, Refused> {
        match plan::plan(pop.card.as_ref(), purpose, &mut self.chance) {
            Plan::Register => self.register(pop).await,
            Plan::Reschedule { visit } => {
                self.rebook(&visit).await?;
                Ok(pop.card.as_ref().and_then(|card| card.open.first()).map(|open| open.request.clone()))
            }
            Plan::Cancel { request, reason } => {
                self.ask("request.cancel", json!({"request": request, "reason": reason})).await?;
                self.stage.talks.closed(&pop.call.from);
                Ok(Some(request))
            }
            Plan::Talk { request } => Ok(request),
        }
    }

    /// A new request: who, what, when.
    async fn register(&mut self, pop: &Pop) -> Result<Option<String>, Refused> {
        let known = pop.card.as_ref().and_then(|card| plan::subject(card, &mut self.chance));
        let subject = match known {
            Some(subject) => subject,
            None => {
                let made = self.ask("client.create", plan::newcomer(&pop.call.from)).await?;
                let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
                Subject { client: text("client"), point: text("point"), unit: None }
            }
        };
        let args = plan::registration(Some(&pop.call.id), &subject, &mut self.chance);
        let made = self.ask("request.register", args).await?;
        let request = made["request"].as_str().map(str::to_owned);
        if let Some(visit) = made["visit"].as_str() {
            let offers = offers_of(&made);
            if self.book(visit, offers).await? {
                self.stage.talks.booked(&pop.call.from);
            }
        }
        Ok(request)
    }

    async fn rebook(&mut self, visit: &str) -> Result<(), Refused> {
        let offers = offers_of(&self.ask("slots.offer", json!({"visit": visit})).await?);
        self.book(visit, offers).await?;
        Ok(())
    }

    /// Books one of the offers; a window that is gone meanwhile is offered anew, twice.
    async fn book(&mut self, visit: &str, mut offers: Vec<SlotRow>) -> Result<bool, Refused> {
        for attempt in 0..3 {
            let Some(args) = plan::booking(visit, &offers, &mut self.chance) else { return Ok(false) };
            match self.ask("request.book", args).await {
                Ok(_) => return Ok(true),
                Err(refused) if attempt == 2 => return Err(refused),
                Err(_) => offers = offers_of(&self.ask("slots.offer", json!({"visit": visit})).await?),
            }
        }
        Ok(false)
    }

    /// Takes a callback that has waited, when nobody is in the line.
    async fn call_back(&mut self) {
        let old = self.stage.clock.now_ms() - CALLBACK_AGE_S * 1_000;
        let task = self.link.look("queue", |rows| {
            let waiting =
                |row: &CallRow| matches!(row.state.as_str(), "ringing" | "greeting" | "queued" | "offered");
            let mut calls = rows.iter().filter(|(key, _)| key.starts_with("call_"));
            if calls.any(|(_, row)| scene::read(row).is_some_and(|call| waiting(&call))) {
                return None;
            }
            let tasks = rows.iter().filter(|(key, _)| key.starts_with("callback_"));
            tasks
                .filter_map(|(_, row)| scene::read::<CallbackRow>(row))
                .find(|t| may_take(t) && t.since < old)
        });
        let Some(task) = task else { return };
        // colleagues see the same task: not all reach for it at once
        sleep(Duration::from_secs_f64(self.chance.span(0.0, 2.0))).await;
        if self.me().is_none_or(|me| me.state != "ready") || !self.is_untaken(&task.id) {
            return;
        }
        self.tell("operator.pause", json!({"reason": "перезвон"})).await;
        if self.ask("callback.take", json!({"callback": task.id})).await.is_ok() {
            sleep(self.stage.real_at_least(60.0, Duration::from_secs(3))).await;
            let result = if self.chance.happens(0.75) { "done" } else { "no_answer" };
            self.tell("callback.done", json!({"callback": task.id, "result": result})).await;
        }
        self.tell("operator.ready", json!({})).await;
    }

    fn is_untaken(&self, task: &str) -> bool {
        self.link.look("queue", |rows| {
            rows.get(task).and_then(scene::read::<CallbackRow>).is_some_and(|task| may_take(&task))
        })
    }
}

/// Nobody has it: it is new, or they did not answer and are tried again.
fn may_take(task: &CallbackRow) -> bool {
    matches!(task.state.as_str(), "new" | "no_answer")
}

fn offers_of(answer: &Value) -> Vec<SlotRow> {
    answer["offers"].as_array().into_iter().flatten().filter_map(scene::read).collect()
}
