//! Keeps the masters, vehicles and service points: one actor each, found by id, started when needed.

use crate::{
    field::{master::MasterActor, service_point::ServicePointActor, vehicle::VehicleActor},
    house::House,
    supervision::panic_guard::{Policy, start_guarded},
};
use actix::{Actor, Addr, ArbiterHandle, Context, Handler, Message, Supervised};
use domain::{
    values::id::{MasterId, PointId, VehicleId},
    workforce::{master::Master, vehicle::Vehicle},
};
use std::collections::HashMap;

/// The actor.
pub struct Crew {
    house: House,
    arbiter: ArbiterHandle,
    masters: HashMap<MasterId, Addr<MasterActor>>,
    points: HashMap<PointId, Addr<ServicePointActor>>,
}

impl Crew {
    /// Starts everybody.
    pub fn new(house: House, masters: Vec<Master>, vehicles: Vec<Vehicle>, arbiter: ArbiterHandle) -> Self {
        let mut driven: HashMap<VehicleId, (Addr<VehicleActor>, String)> = HashMap::new();
        for vehicle in vehicles {
            let (id, plate, house) = (vehicle.id, vehicle.plate.clone(), house.clone());
            let address = start_guarded(&arbiter, "vehicle", Policy::default(), move |_| {
                VehicleActor::new(house, vehicle)
            });
            driven.insert(id, (address, plate));
        }
        let start = |master: Master| {
            let (id, house, vehicle) =
                (master.id, house.clone(), master.vehicle.and_then(|v| driven.get(&v).cloned()));
            (
                id,
                start_guarded(&arbiter, "master", Policy::default(), move |_| {
                    MasterActor::new(house, master, vehicle)
                }),
            )
        };
        let masters = masters.into_iter().map(start).collect();
        Self { house, arbiter, masters, points: HashMap::new() }
    }
}
impl Actor for Crew {
    type Context = Context<Self>;
}
impl Supervised for Crew {}

/// Where a master's actor is.
#[derive(Message)]
#[rtype(result = "Option<Addr<MasterActor>>")]
pub struct FindMaster(pub MasterId);
impl Handler<FindMaster> for Crew {
    type Result = Option<Addr<MasterActor>>;
    fn handle(&mut self, FindMaster(id): FindMaster, _: &mut Context<Self>) -> Self::Result {
        self.masters.get(&id).cloned()
    }
}

/// Tells a master's actor what the book says.
#[derive(Message)]
#[rtype(result = "()")]
pub struct TellMaster(pub crate::field::master::MasterIs);
impl Handler<TellMaster> for Crew {
    type Result = ();
    fn handle(&mut self, TellMaster(is): TellMaster, _: &mut Context<Self>) {
        let id = is.master.id;
        if self.masters.get(&id).is_none_or(|m| m.try_send(is).is_err()) {
            tracing::warn!(master.id = %id, "the master was not told");
        }
    }
}

/// Tells a point's actor of a request's clocks; starts the actor when the point comes into use.
#[derive(Message)]
#[rtype(result = "()")]
pub struct TellPoint {
    /// Which point.
    pub point: PointId,
    /// What.
    pub watch: crate::field::service_point::WatchClocks,
}
impl Handler<TellPoint> for Crew {
    type Result = ();
    fn handle(&mut self, TellPoint { point, watch }: TellPoint, _: &mut Context<Self>) {
        let (house, arbiter) = (&self.house, &self.arbiter);
        let address = self.points.entry(point).or_insert_with(|| {
            let house = house.clone();
            start_guarded(arbiter, "service_point", Policy::default(), move |_| ServicePointActor::new(house))
        });
        if address.try_send(watch).is_err() {
            tracing::warn!(point.id = %point, "the point was not told");
        }
    }
}
