//! One master: presence, position, and the door through which their steps go to the dispatcher.

use crate::{
    call_centre::operator::SeatIs,
    dispatch::{dispatcher::Order, work_views::master_row},
    field::vehicle::{self, VehicleActor},
    house::House,
};
use actix::{
    Actor, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message, ResponseFuture, Supervised,
    WrapFuture,
};
use domain::{
    ports::Entity,
    refusal::Refusal,
    values::place::Place,
    workforce::{
        fix::{Fix, Untaken},
        master::Master,
    },
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// Without a word for this long (real time) a phone counts as offline; half of it: stale.
const SILENCE: Duration = Duration::from_secs(120);

/// The actor.
pub struct MasterActor {
    house: House,
    master: Master,
    load_minutes: i64,
    seen: Option<(Place, Timestamp)>,
    heard: Option<tokio::time::Instant>,
    vehicle: Option<(Addr<VehicleActor>, String)>,
    /// A person drives where a robot usually does; forgotten with a restart, like presence.
    taken: bool,
}

impl MasterActor {
    /// A master as the store has them.
    pub fn new(house: House, master: Master, vehicle: Option<(Addr<VehicleActor>, String)>) -> Self {
        Self { house, master, load_minutes: 0, seen: None, heard: None, vehicle, taken: false }
    }
    fn presence(&self) -> &'static str {
        match self.heard.map(|at| at.elapsed()) {
            Some(quiet) if quiet < SILENCE / 2 => "online",
            Some(quiet) if quiet < SILENCE => "stale",
            _ => "offline",
        }
    }
    fn publish(&self) {
        let m = &self.master;
        let pos = self.seen.map(|(p, at)| json!({"lat": p.lat, "lon": p.lon, "at": at.as_millisecond()}));
        let mut row = master_row(m, self.load_minutes);
        let shift = m.shown_shift(self.house.now(), &self.house.zone());
        row["shift"] = json!({"from": shift.from.as_millisecond(), "to": shift.to.as_millisecond()});
        row["presence"] = json!(self.presence());
        row["pos"] = json!(pos);
        row["vehicle"] = json!(self.vehicle.as_ref().map(|(_, plate)| plate));
        row["robot"] = json!(m.robot && !self.taken);
        self.house.tell("board", m.id, (!m.left).then(|| row.clone()));
        self.house.tell(&format!("my-jobs:{}", m.id), "me", Some(row));
    }
}
impl Actor for MasterActor {
    type Context = Context<Self>;
    fn started(&mut self, ctx: &mut Context<Self>) {
        self.publish();
        ctx.run_interval(SILENCE / 4, |act, _| act.publish());
    }
}
impl Supervised for MasterActor {
    fn restarting(&mut self, ctx: &mut Context<Self>) {
        let (journal, key) = (std::sync::Arc::clone(&self.house.journal), self.master.id.uuid());
        let read = async move { journal.row(Master::TABLE, key).await };
        ctx.wait(read.into_actor(self).map(|row, act, _| {
            if let Some(master) =
                row.ok().flatten().and_then(|row| serde_json::from_value::<Master>(row).ok())
            {
                act.master = master;
                act.publish();
            }
        }));
    }
}

impl Handler<SeatIs> for MasterActor {
    type Result = Result<(), Refusal>;
    fn handle(&mut self, SeatIs { taken }: SeatIs, _: &mut Context<Self>) -> Self::Result {
        self.taken = taken;
        self.publish();
        Ok(())
    }
}

/// The master as the dispatcher's book has them now.
#[derive(Message)]
#[rtype(result = "()")]
pub struct MasterIs {
    /// The master.
    pub master: Master,
    /// Minutes of planned work and travel ahead.
    pub load_minutes: i64,
}
impl Handler<MasterIs> for MasterActor {
    type Result = ();
    fn handle(&mut self, MasterIs { master, load_minutes }: MasterIs, _: &mut Context<Self>) {
        if master.ver >= self.master.ver {
            (self.master, self.load_minutes) = (master, load_minutes);
            self.publish();
        }
    }
}

/// What the master drives from now on.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Drives(pub Option<(Addr<VehicleActor>, String)>);
impl Handler<Drives> for MasterActor {
    type Result = ();
    fn handle(&mut self, Drives(vehicle): Drives, _: &mut Context<Self>) {
        self.vehicle = vehicle;
        self.publish();
    }
}

/// The phone, or a tracker, says where the master was.
#[derive(Message)]
#[rtype(result = "Result<(), Untaken>")]
pub struct PositionIs {
    /// Where and when.
    pub fix: Fix,
    /// A tracker says so: it is believed only at work, and when the master has agreed.
    pub by_tracker: bool,
}
impl Handler<PositionIs> for MasterActor {
    type Result = Result<(), Untaken>;
    fn handle(&mut self, PositionIs { fix, by_tracker }: PositionIs, _: &mut Context<Self>) -> Self::Result {
        let (last, now) = (self.seen.map(|(_, at)| at), self.house.now());
        if by_tracker {
            fix.taken(&self.master, last, now)?;
        } else {
            self.heard = Some(tokio::time::Instant::now());
            fix.follows(last.filter(|last| *last != fix.at), now)?;
        }
        self.seen = Some((fix.place, fix.at));
        if let Some((vehicle, _)) = &self.vehicle
            && vehicle.try_send(vehicle::Fix(fix.place)).is_err()
        {
            tracing::warn!(master.id = %self.master.id, "a fix was dropped");
        }
        self.publish();
        Ok(())
    }
}

/// A step of the master's day; decided by the book, passed on here.
#[derive(Message)]
#[rtype(result = "Result<Value, Refusal>")]
pub struct MasterDoes(pub Order);
impl Handler<MasterDoes> for MasterActor {
    type Result = ResponseFuture<Result<Value, Refusal>>;
    fn handle(&mut self, MasterDoes(order): MasterDoes, _: &mut Context<Self>) -> Self::Result {
        self.heard = Some(tokio::time::Instant::now());
        let dispatcher = self.house.desk().map(|desk| desk.dispatcher.clone());
        Box::pin(async move {
            dispatcher?
                .send(order)
                .await
                .map_err(|_| Refusal::unavailable("the dispatcher is restarting: try again"))?
        })
    }
}

/// For tests of supervision: the handler panics.
#[derive(Message)]
#[rtype(result = "()")]
pub struct PanicNow;
impl Handler<PanicNow> for MasterActor {
    type Result = ();
    fn handle(&mut self, PanicNow: PanicNow, _: &mut Context<Self>) {
        panic!("asked to panic");
    }
}
