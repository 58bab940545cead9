//! The client books: people and firms, their doors, devices and agreements.

use super::{CallerProfile, Sower, devices, people, upkeep::AGREEMENTS};
use crate::{
    chance::Chance,
    town::{self, Door},
};
use domain::{
    clients::{
        agreement::{Agreement, AgreementState, SlaSet, Terms},
        client::{Client, ClientSort, Contact, Phone},
        point::ServicePoint,
    },
    equipment::{Custodian, EquipmentUnit},
    values::{
        id::{AgreementId, ClientId, Id, PointId, UnitId},
        money::Money,
        phone::PhoneNumber,
    },
};
use jiff::{SignedDuration, Timestamp};

/// Share of firms among the clients.
const FIRMS: f64 = 0.25;
/// Share of firms under agreement: with their doors this makes 35 % of all points.
const UNDER_AGREEMENT: f64 = 0.80;

/// A client being written into the books.
pub struct Book<'a, 'b> {
    /// Where the rows go.
    pub sower: &'a mut Sower<'b>,
    /// The draws of this part.
    pub chance: Chance,
    /// The city's instant.
    pub now: Timestamp,
}

/// A day as a stretch of time.
pub fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

impl Book<'_, '_> {
    /// A fresh identifier.
    pub fn id<K>(&mut self) -> Id<K> {
        Id::from_uuid(self.chance.uuid_at(self.sower.born))
    }

    /// Writes a client and remembers that it may ring up.
    pub fn client(&mut self, name: &str, sort: ClientSort, phone: PhoneNumber, contact: &str) -> ClientId {
        let inn = (sort == ClientSort::Org).then(|| people::inn(&mut self.chance));
        let debt = if self.chance.happens(0.03) { self.chance.between(5, 90) as i64 * 100 } else { 0 };
        let raw = phone.as_str().to_owned();
        let client = Client {
            id: self.id(),
            ver: 1,
            kind: sort,
            name: name.into(),
            inn,
            contacts: vec![Contact {
                name: contact.into(),
                phones: vec![Phone { e164: phone.clone(), extension: None, raw }],
            }],
            vip: self.chance.happens(0.02),
            debt: Money::roubles(debt),
            note: String::new(),
            consent: None,
            apart: Default::default(),
            stone: None,
        };
        self.sower.keep(&client);
        self.sower.callers.push(CallerProfile {
            phone,
            name: contact.into(),
            client: client.id,
            firm: sort == ClientSort::Org,
        });
        client.id
    }

    /// Writes a point.
    pub fn point(&mut self, client: ClientId, door: Door) -> ServicePoint {
        let access = match self.chance.between(0, 5) {
            0 => format!("домофон {}", self.chance.between(1, 180)),
            1 => "вход со двора".to_owned(),
            2 => "позвонить за 30 минут".to_owned(),
            _ => String::new(),
        };
        let point = ServicePoint {
            id: self.id(),
            ver: 1,
            client,
            address: door.address,
            place: door.place,
            zone: door.zone.into(),
            drawn: None,
            tz: town::ZONE.into(),
            access,
            bindings: Vec::new(),
            visiting: Default::default(),
        };
        self.sower.keep(&point);
        point
    }

    /// Writes a unit of some kind.
    pub fn unit(
        &mut self,
        client: ClientId,
        point: PointId,
        firm: bool,
        agreement: Option<AgreementId>,
    ) -> UnitId {
        let device = devices::pick(&mut self.chance, firm);
        let (brand, model) = self.chance.pick(device.models);
        self.unit_of(client, point, device.kind, (brand, model), (device.skill, agreement))
    }

    /// Writes a unit of a given kind; `bound` is its skill and agreement.
    pub fn unit_of(
        &mut self,
        client: ClientId,
        point: PointId,
        kind: &str,
        (brand, model): (&str, &str),
        (skill, agreement): (&str, Option<AgreementId>),
    ) -> UnitId {
        let warranty = self.chance.happens(0.2).then(|| self.now + days(self.chance.between(20, 700) as i64));
        let serial =
            if self.chance.happens(0.12) { String::new() } else { devices::serial(&mut self.chance) };
        let unit = EquipmentUnit {
            id: self.id(),
            ver: 1,
            client,
            point,
            kind: kind.into(),
            brand: brand.into(),
            model: model.into(),
            serial,
            skill: skill.into(),
            level: [1, 2, 3][self.chance.weighted(&[0.55, 0.38, 0.07])],
            warranty_until: warranty,
            agreement,
            custodian: Custodian::Point(point),
        };
        self.sower.keep(&unit);
        unit.id
    }

    /// Writes an agreement; `covered` are points and units, `hours` reaction and restore.
    pub fn agreement(
        &mut self,
        id: AgreementId,
        no: String,
        client: ClientId,
        covered: (Vec<PointId>, Vec<UnitId>),
        hours: (u32, u32),
    ) -> Agreement {
        let agreement = Agreement {
            id,
            ver: 1,
            no,
            client,
            state: AgreementState::Active,
            from: self.now - days(self.chance.between(30, 300) as i64),
            until: self.now + days(self.chance.between(40, 400) as i64),
            points: covered.0,
            units: covered.1,
            sla: SlaSet { reaction_hours: hours.0, restore_hours: hours.1 },
            limit: Money::roubles(self.chance.between(5, 20) as i64 * 1_000),
            price_list: 1,
            terms: Terms::default(),
        };
        self.sower.keep(&agreement);
        agreement
    }

    /// Somebody with one door and a device or two.
    fn person(&mut self, index: u64) {
        let name = people::full_name(&mut self.chance);
        let client = self.client(&name, ClientSort::Person, people::mobile(index), &name);
        let door = town::door(&mut self.chance, true);
        let point = self.point(client, door).id;
        for _ in 0..=self.chance.weighted(&[0.6, 0.3, 0.1]) {
            self.unit(client, point, false, None);
        }
    }

    /// A firm with doors, and mostly with an agreement on all of them.
    fn firm(&mut self, index: u64) {
        let name = people::firm(&mut self.chance);
        let contact = people::full_name(&mut self.chance);
        let client = self.client(&name, ClientSort::Org, people::mobile(index), &contact);
        let agreement: Option<AgreementId> = self.chance.happens(UNDER_AGREEMENT).then(|| self.id());
        let doors = 1 + self.chance.weighted(&[0.42, 0.26, 0.16, 0.10, 0.06]);
        let mut points = Vec::with_capacity(doors);
        for _ in 0..doors {
            let door = town::door(&mut self.chance, false);
            let point = self.point(client, door);
            for _ in 0..self.chance.between(3, 6) {
                self.unit(client, point.id, true, agreement);
            }
            points.push(point);
        }
        if let Some(id) = agreement {
            let reaction = if self.chance.happens(0.4) { 2 } else { 4 };
            let covered = (points.iter().map(|point| point.id).collect(), Vec::new());
            let agreement = self.agreement(id, format!("A-{}", 100 + index), client, covered, (reaction, 24));
            if self.sower.covered.len() < AGREEMENTS {
                self.sower.covered.push((agreement, points));
            }
        }
    }
}

/// Sows so many clients.
pub fn sow(book: &mut Book<'_, '_>, count: u32) {
    for index in 0..u64::from(count) {
        if book.chance.happens(FIRMS) { book.firm(index) } else { book.person(index) }
    }
}
