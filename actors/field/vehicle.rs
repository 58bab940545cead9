//! One vehicle: where it was last seen. Fixes are many and small; the row is written once a minute.

use crate::house::House;
use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, Supervised, WrapFuture};
use domain::{ports::Batch, values::place::Place, workforce::vehicle::Vehicle};

/// City seconds between two writes of the last fix.
const WRITE_EVERY_SECONDS: i64 = 600;

/// The actor.
pub struct VehicleActor {
    house: House,
    vehicle: Vehicle,
    written: Option<jiff::Timestamp>,
}

impl VehicleActor {
    /// A vehicle as the store has it.
    pub fn new(house: House, vehicle: Vehicle) -> Self {
        Self { house, vehicle, written: None }
    }
}
impl Actor for VehicleActor {
    type Context = Context<Self>;
}
impl Supervised for VehicleActor {}

/// It was seen there.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Fix(pub Place);
impl Handler<Fix> for VehicleActor {
    type Result = ();
    fn handle(&mut self, Fix(place): Fix, ctx: &mut Context<Self>) {
        let now = self.house.now();
        self.vehicle.seen = Some((place, now));
        if self.written.is_some_and(|at| now.duration_since(at).as_secs() < WRITE_EVERY_SECONDS) {
            return;
        }
        let was = self.vehicle.ver;
        let mut batch = Batch::default();
        batch.keep(&Vehicle { ver: was + 1, ..self.vehicle.clone() }, was);
        ctx.wait(self.house.keep(batch).into_actor(self).map(move |kept, act, _| match kept {
            Ok(()) => (act.vehicle.ver, act.written) = (was + 1, Some(now)),
            Err(refusal) => tracing::warn!(%refusal, "a fix was not kept"),
        }));
    }
}
