//! The herald: sees to it that a master learns of an offered visit. The open page comes first, then a push to the
//! phone, and in the end a hint to the dispatcher that somebody should call.

use crate::{house::House, push_desk};
use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, Supervised, WrapFuture};
use domain::{
    ports::{PushError, PushMessage},
    values::id::{MasterId, VisitId},
    visits::notice::{Ladder, Notice, Step},
    workforce::device::Device,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

/// Real time between two looks at the ladders.
const LOOK: Duration = Duration::from_secs(1);

/// One visit, and one of the masters who should learn of it.
type Told = (VisitId, MasterId);

/// The actor. What it knows is told again by the dispatcher after a restart of either.
pub struct Herald {
    house: House,
    ladder: Ladder,
    told: BTreeMap<Told, (Notice, PushMessage)>,
}

impl Herald {
    /// A herald who has told nobody anything yet.
    pub fn new(house: House) -> Self {
        let ladder = house.tuning.ladder;
        Self { house, ladder, told: BTreeMap::new() }
    }
    fn look(&mut self, ctx: &mut Context<Self>) {
        let now = self.house.now();
        let mut due: Vec<(Told, Step)> = Vec::new();
        for (told, (notice, _)) in &self.told {
            let open = self.house.news.is_read(&format!("my-jobs:{}", notice.master));
            match notice.next(&self.ladder, now, open) {
                Step::Wait => {}
                step => due.push((*told, step)),
            }
        }
        for (told, step) in due {
            match step {
                Step::Ring => self.ring(told, ctx),
                _ => {
                    if let Some((notice, _)) = self.told.get_mut(&told) {
                        notice.hinted();
                    }
                }
            }
            self.show(told.0);
        }
    }
    /// Rings every phone of the master; the first that takes it is enough.
    fn ring(&mut self, told: Told, ctx: &mut Context<Self>) {
        let Some((notice, message)) = self.told.get_mut(&told) else { return };
        let devices: Vec<Device> = {
            let directory = self.house.directory.read();
            let mine = |d: &&Device| d.master == notice.master && d.is_here();
            directory.devices.values().filter(mine).cloned().collect()
        };
        if devices.is_empty() {
            return notice.nobody();
        }
        notice.rung();
        let (house, message) = (self.house.clone(), message.clone());
        let rung = async move {
            let mut best = Err(PushError::Gone);
            for device in devices {
                let message = PushMessage { lang: device.lang.clone(), ..message.clone() };
                let sent = house.push.send(&device, &message).await;
                if matches!(sent, Err(PushError::Gone))
                    && let Err(refusal) = push_desk::drop_device(&house, device, "push").await
                {
                    tracing::warn!(%refusal, "a phone that is gone could not be dropped");
                }
                match (&best, &sent) {
                    (Ok(()), _) => {}
                    (_, Ok(())) | (Err(PushError::Gone), _) => best = sent,
                    _ => {}
                }
            }
            best
        };
        ctx.spawn(rung.into_actor(self).map(move |sent, act, _| act.heard(told, sent)));
    }
    fn heard(&mut self, told: Told, sent: Result<(), PushError>) {
        let (now, visit) = (self.house.now(), told.0);
        let Some((notice, _)) = self.told.get_mut(&told) else { return };
        match sent {
            Ok(()) => notice.taken(),
            Err(PushError::Later { reason, after_seconds }) => {
                tracing::info!(visit.id = %visit, %reason, "a push waits");
                let after = after_seconds.map(|s| SignedDuration::from_secs(i64::from(s)));
                notice.failed(&self.ladder, now, after);
            }
            Err(PushError::Gone) => notice.nobody(),
            Err(PushError::Refused { reason }) => {
                tracing::warn!(visit.id = %visit, %reason, "a push was refused");
                notice.nobody();
            }
        }
        self.show(visit);
    }
    /// The row of the board: how far it has come, and whether somebody should call; of several masters the one who is
    /// to be called.
    fn show(&self, visit: VisitId) {
        let all = self
            .told
            .range((visit, MasterId::from_uuid(Uuid::nil()))..)
            .take_while(|((id, _), _)| *id == visit);
        let worst = all.map(|(_, (notice, _))| notice).min_by_key(|notice| !notice.is_hinted());
        let row = worst.map(|notice| {
            json!({
                "visit": visit, "master": notice.master, "since": notice.offered.as_millisecond(),
                "push": notice.push, "call": notice.is_hinted(),
            })
        });
        self.house.tell("board", format!("notice_{visit}"), row);
    }
}
impl Actor for Herald {
    type Context = Context<Self>;
    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.run_interval(LOOK, Self::look);
    }
}
impl Supervised for Herald {}

/// A visit was offered and nobody has looked at it yet.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct Proclaim {
    /// To whom.
    pub master: MasterId,
    /// When it was offered.
    pub offered: Timestamp,
    /// What is to be told.
    pub message: PushMessage,
}
impl Handler<Proclaim> for Herald {
    type Result = ();
    fn handle(&mut self, told: Proclaim, ctx: &mut Context<Self>) {
        let visit = told.message.visit;
        let key = (visit, told.master);
        if self.told.get(&key).is_some_and(|(known, _)| known.offered == told.offered) {
            return;
        }
        let notice = Notice::new(visit, told.master, told.offered);
        self.told.insert(key, (notice, told.message));
        self.show(visit);
        self.look(ctx);
    }
}

/// The master has looked, or the visit is no longer offered.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Settled {
    /// Which visit.
    pub visit: VisitId,
    /// Who.
    pub master: MasterId,
}
impl Handler<Settled> for Herald {
    type Result = ();
    fn handle(&mut self, Settled { visit, master }: Settled, _: &mut Context<Self>) {
        if self.told.remove(&(visit, master)).is_some() {
            self.show(visit);
        }
    }
}

/// The phone says that it has shown the notice.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct PhoneShowed {
    /// Whose phone.
    pub master: MasterId,
    /// Which visit.
    pub visit: VisitId,
}
impl Handler<PhoneShowed> for Herald {
    type Result = ();
    fn handle(&mut self, PhoneShowed { master, visit }: PhoneShowed, _: &mut Context<Self>) {
        if let Some((notice, _)) = self.told.get_mut(&(visit, master)) {
            notice.shown();
            self.show(visit);
        }
    }
}
