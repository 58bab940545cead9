//! A small firm: a few cards, people and vans, as rows before the house opens.

use crate::kit::{clock::at, journal::MemoryJournal};
use domain::{
    access::{Role, User},
    calls::operator::{Device, Operator, Presence},
    clients::{
        agreement::{Agreement, AgreementState, SlaSet, Terms},
        client::{Client, ClientSort, Contact, Phone},
        point::ServicePoint,
    },
    equipment::{Custodian, EquipmentUnit},
    values::{
        id::{Id, UnitId, VehicleId},
        money::Money,
        period::Period,
        place::Place,
    },
    workforce::{
        master::{Duty, Master, Skill},
        vehicle::{Vehicle, VehicleState},
    },
};
use uuid::Uuid;

/// Whose number the first client rings from.
pub const ANNA: &str = "+79161110001";
/// The number of a client who is served first.
pub const VERA: &str = "+79161110002";
/// A number that nobody knows.
pub const STRANGER: &str = "+79169990000";

/// An id by number.
pub fn id<K>(number: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(number))
}

/// A client with one number.
pub fn client(number: u128, name: &str, phone: &str) -> Client {
    let phone = Phone { e164: phone.parse().expect("a number"), extension: None, raw: phone.into() };
    Client {
        id: id(number),
        ver: 1,
        kind: ClientSort::Person,
        name: name.into(),
        inn: None,
        contacts: vec![Contact { name: name.into(), phones: vec![phone] }],
        vip: false,
        debt: Money::ZERO,
        note: String::new(),
        consent: None,
        apart: Default::default(),
        stone: None,
    }
}

/// A point of a client; its number shifts it a little to the north.
pub fn point(number: u128, client: &Client) -> ServicePoint {
    ServicePoint {
        id: id(number),
        ver: 1,
        client: client.id,
        address: format!("Ёлочная улица, {number}"),
        place: Place { lat: 55.70 + number as f64 * 0.001, lon: 37.60 },
        zone: "north".into(),
        drawn: None,
        tz: "Europe/Moscow".into(),
        access: String::new(),
        bindings: vec![],
        visiting: Default::default(),
    }
}

/// A refrigerator at a point.
pub fn unit(number: u128, point: &ServicePoint) -> EquipmentUnit {
    EquipmentUnit {
        id: id(number),
        ver: 1,
        client: point.client,
        point: point.id,
        kind: "Холодильник".into(),
        brand: "Атлант".into(),
        model: "XM-1".into(),
        serial: format!("SN{number}"),
        skill: "fridge".into(),
        level: 2,
        warranty_until: None,
        agreement: None,
        custodian: Custodian::Point(point.id),
    }
}

/// An agreement on single units with given hours.
pub fn agreement(
    number: u128,
    client: &Client,
    units: Vec<UnitId>,
    reaction: u32,
    restore: u32,
) -> Agreement {
    Agreement {
        id: id(number),
        ver: 1,
        no: format!("A-{number}"),
        client: client.id,
        state: AgreementState::Active,
        from: at(-86_400),
        until: at(86_400 * 300),
        points: vec![],
        units,
        sla: SlaSet { reaction_hours: reaction, restore_hours: restore },
        limit: Money::roubles(5000),
        price_list: 1,
        terms: Terms::default(),
    }
}

/// A master who repairs refrigerators, at work from an hour before the opening for twelve hours.
pub fn master(number: u128, name: &str) -> Master {
    Master {
        id: id(number),
        ver: 1,
        name: name.into(),
        phone: None,
        skills: vec![Skill { code: "fridge".into(), level: 3, valid_till: None }],
        shift: Period { from: at(-3600), to: at(11 * 3600) },
        home: Place { lat: 55.70, lon: 37.59 },
        vehicle: None,
        duty: Duty::Available,
        reason: None,
        current: None,
        cash: Money::ZERO,
        robot: false,
        tracked: false,
        week: None,
        absences: vec![],
        address: String::new(),
        branch: None,
        left: false,
    }
}

/// A van.
pub fn vehicle(number: u128, plate: &str) -> Vehicle {
    Vehicle { id: id(number), ver: 1, plate: plate.into(), state: VehicleState::Fit, seen: None }
}

/// An operator on a browser.
pub fn operator(number: u128, name: &str) -> Operator {
    Operator {
        id: id(number),
        ver: 1,
        name: name.into(),
        device: Device::Browser,
        presence: Presence::Offline,
        reason: None,
        since: at(0),
        call: None,
        robot: false,
        skills: vec![],
        supervises: false,
    }
}

/// An operator on a desk phone.
pub fn desk_operator(number: u128, name: &str, account: &str) -> Operator {
    Operator { device: Device::Phone(account.into()), ..operator(number, name) }
}

/// Somebody who logs in.
pub fn user(number: u128, login: &str, role: Role) -> User {
    User {
        id: id(number),
        ver: 1,
        login: login.into(),
        name: login.into(),
        role,
        password: String::new(),
        master: None,
        operator: None,
        robot: false,
        phone: None,
        once: false,
        off: None,
    }
}

/// The firm that most tests work for: clients 1 and 2 with points 11 and 12 and refrigerators 21 and 22, of which
/// the second is under an agreement of 2 and 8 hours; masters 41 and 42, the first with a van.
pub fn small(journal: &MemoryJournal) {
    let anna = client(1, "Анна Петрова", ANNA);
    let vera = Client { vip: true, ..client(2, "Вера Орлова", VERA) };
    let (home, shop) = (point(11, &anna), point(12, &vera));
    let (fridge, showcase) = (unit(21, &home), unit(22, &shop));
    let covered = agreement(31, &vera, vec![showcase.id], 2, 8);
    let van: VehicleId = id(51);
    journal.put(&EquipmentUnit { agreement: Some(covered.id), ..showcase });
    journal.put(&Master { vehicle: Some(van), ..master(41, "Игорь") });
    journal.put(&master(42, "Олег"));
    journal.put(&vehicle(51, "а111аа77"));
    journal.put(&user(71, "admin", Role::Admin));
    journal.put(&anna);
    journal.put(&vera);
    journal.put(&home);
    journal.put(&shop);
    journal.put(&fridge);
    journal.put(&covered);
}
