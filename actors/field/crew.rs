//! Keeps the masters, vehicles and service points: one actor each, found by id, started when needed.

use crate::{
    field::{
        master::{Drives, MasterActor},
        service_point::{ServicePointActor, WatchClocks},
        vehicle::VehicleActor,
    },
    house::House,
    supervision::panic_guard::{Policy, start_guarded},
};
use actix::{Actor, Addr, ArbiterHandle, Context, Handler, Message, Supervised};
use domain::{
    requests::sla::SlaClock,
    values::id::{MasterId, PointId, RequestId, VehicleId},
    workforce::{master::Master, vehicle::Vehicle},
};
use std::collections::HashMap;

/// The actor.
pub struct Crew {
    house: House,
    arbiter: ArbiterHandle,
    masters: HashMap<MasterId, (Addr<MasterActor>, Master)>,
    driven: HashMap<VehicleId, (Addr<VehicleActor>, String)>,
    points: HashMap<PointId, Addr<ServicePointActor>>,
    /// What the points watch, to be told again to a point that takes the place of one given up.
    watched: HashMap<PointId, HashMap<RequestId, WatchClocks>>,
}

impl Crew {
    /// Starts everybody.
    pub fn new(house: House, masters: Vec<Master>, vehicles: Vec<Vehicle>, arbiter: ArbiterHandle) -> Self {
        let mut driven = HashMap::new();
        for vehicle in vehicles {
            let (id, plate, house) = (vehicle.id, vehicle.plate.clone(), house.clone());
            let address = start_guarded(&arbiter, "vehicle", Policy::default(), move |_| {
                VehicleActor::new(house, vehicle)
            });
            driven.insert(id, (address, plate));
        }
        let (known, points, watched) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut crew = Self { house, arbiter, masters: known, driven, points, watched };
        for master in masters {
            crew.masters.insert(master.id, (crew.started_anew(master.clone()), master));
        }
        crew
    }
    fn started_anew(&self, master: Master) -> Addr<MasterActor> {
        let (house, vehicle) =
            (self.house.clone(), master.vehicle.and_then(|v| self.driven.get(&v).cloned()));
        start_guarded(&self.arbiter, "master", Policy::default(), move |_| {
            MasterActor::new(house, master, vehicle)
        })
    }
    /// The master's actor; one that died too often is given up, and another takes its place.
    fn master(&mut self, id: MasterId) -> Option<Addr<MasterActor>> {
        let (address, master) = self.masters.get(&id)?;
        if address.connected() {
            return Some(address.clone());
        }
        tracing::error!(master.id = %id, "the master was given up and is started anew");
        let (master, anew) = (master.clone(), self.started_anew(master.clone()));
        self.masters.insert(id, (anew.clone(), master));
        Some(anew)
    }
    /// The point's actor; started when the point comes into use or was given up.
    fn point(&mut self, id: PointId) -> Addr<ServicePointActor> {
        if let Some(known) = self.points.get(&id).filter(|known| known.connected()) {
            return known.clone();
        }
        let house = self.house.clone();
        let anew = start_guarded(&self.arbiter, "service_point", Policy::default(), move |_| {
            ServicePointActor::new(house)
        });
        for watch in self.watched.get(&id).into_iter().flat_map(HashMap::values) {
            if anew.try_send(watch.clone()).is_err() {
                tracing::error!(point.id = %id, "a point does not know its promises");
            }
        }
        self.points.insert(id, anew.clone());
        anew
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
        self.master(id)
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
        if !self.masters.contains_key(&id) {
            let anew = self.started_anew(is.master.clone());
            self.masters.insert(id, (anew, is.master.clone()));
        }
        if let Some((address, known)) = self.masters.get_mut(&id) {
            if known.vehicle != is.master.vehicle {
                let drives = Drives(is.master.vehicle.and_then(|v| self.driven.get(&v).cloned()));
                if address.try_send(drives).is_err() {
                    tracing::warn!(master.id = %id, "the master was not told of the vehicle");
                }
            }
            known.clone_from(&is.master);
        }
        if self.master(id).is_none_or(|m| m.try_send(is).is_err()) {
            tracing::warn!(master.id = %id, "the master was not told");
        }
    }
}

/// A vehicle that is new.
#[derive(Message)]
#[rtype(result = "()")]
pub struct TakeVehicle(pub Vehicle);
impl Handler<TakeVehicle> for Crew {
    type Result = ();
    fn handle(&mut self, TakeVehicle(vehicle): TakeVehicle, _: &mut Context<Self>) {
        let (id, plate, house) = (vehicle.id, vehicle.plate.clone(), self.house.clone());
        let address = start_guarded(&self.arbiter, "vehicle", Policy::default(), move |_| {
            VehicleActor::new(house, vehicle)
        });
        self.driven.insert(id, (address, plate));
    }
}

/// Tells a point's actor of a request's clocks; starts the actor when the point comes into use.
#[derive(Message)]
#[rtype(result = "()")]
pub struct TellPoint {
    /// Which point.
    pub point: PointId,
    /// What.
    pub watch: WatchClocks,
}
impl Handler<TellPoint> for Crew {
    type Result = ();
    fn handle(&mut self, TellPoint { point, watch }: TellPoint, _: &mut Context<Self>) {
        let address = self.point(point);
        let watched = self.watched.entry(point).or_default();
        if watch.clocks.iter().any(SlaClock::is_open) {
            watched.insert(watch.request, watch.clone());
        } else {
            watched.remove(&watch.request);
        }
        if address.try_send(watch).is_err() {
            tracing::warn!(point.id = %point, "the point was not told");
        }
    }
}
