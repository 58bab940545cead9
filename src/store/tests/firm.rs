//! A small firm: clients, points, units and agreements for tests.

use domain::{
    clients::{
        agreement::{Agreement, AgreementState, SlaSet, Terms},
        client::{Client, ClientSort, Contact, Phone},
        point::ServicePoint,
    },
    equipment::{Custodian, EquipmentUnit},
    ports::{Batch, Entity, Fact, Row, Table},
    values::{
        id::{AgreementId, ClientId, PointId, UnitId},
        money::Money,
        place::Place,
    },
};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

/// An instant of the firm's clock.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).expect("in range")
}

/// A row that nobody reads.
pub fn row(key: u128, was: u64) -> Row {
    Row {
        table: Table::Vehicle,
        key: Uuid::from_u128(key),
        ver: was + 1,
        was,
        doc: json!({"plate": format!("а{key}"), "ver": was + 1}),
    }
}

/// A fact about it.
pub fn fact(entity: &str, ver: u64) -> Fact {
    Fact {
        entity: entity.into(),
        ver,
        name: "vehicle.seen".into(),
        at: at(ver as i64),
        by: "test".into(),
        data: json!({"n": ver, "nested": {"deep": [1, null]}}),
    }
}

/// One step of one vehicle.
pub fn step(key: u128, was: u64) -> Batch {
    Batch {
        command: None,
        answer: Value::Null,
        facts: vec![fact(&format!("vehicle_{key}"), was + 1)],
        rows: vec![row(key, was)],
    }
}

/// A client with one phone.
pub fn client(n: u128, name: &str, phone: &str) -> Client {
    let phone = Phone { e164: phone.parse().expect("a phone"), extension: None, raw: phone.into() };
    let contact = Contact { name: name.into(), phones: vec![phone] };
    let id = ClientId::from_uuid(Uuid::from_u128(n));
    Client {
        id,
        ver: 1,
        kind: ClientSort::Person,
        name: name.into(),
        inn: None,
        contacts: vec![contact],
        vip: false,
        debt: Money::ZERO,
        note: String::new(),
        consent: None,
        apart: Default::default(),
        stone: None,
    }
}

/// A point of the client.
pub fn point(n: u128, client: &Client) -> ServicePoint {
    ServicePoint {
        id: PointId::from_uuid(Uuid::from_u128(n)),
        ver: 1,
        client: client.id,
        address: "Ёлочная улица, 5".into(),
        place: Place { lat: 55.7, lon: 37.6 },
        zone: "north".into(),
        drawn: None,
        tz: "Europe/Moscow".into(),
        access: String::new(),
        bindings: vec![],
        visiting: Default::default(),
    }
}

/// A unit at the point.
pub fn unit(n: u128, point: &ServicePoint, serial: &str, agreement: Option<AgreementId>) -> EquipmentUnit {
    EquipmentUnit {
        id: UnitId::from_uuid(Uuid::from_u128(n)),
        ver: 1,
        client: point.client,
        point: point.id,
        kind: "холодильник".into(),
        brand: "Атлант".into(),
        model: "XM-1".into(),
        serial: serial.into(),
        skill: "fridge".into(),
        level: 1,
        warranty_until: Some(at(0)),
        agreement,
        custodian: Custodian::Point(point.id),
    }
}

/// An agreement with the client on whole points.
pub fn agreement(n: u128, no: &str, client: &Client, points: Vec<PointId>) -> Agreement {
    Agreement {
        id: AgreementId::from_uuid(Uuid::from_u128(n)),
        ver: 1,
        no: no.into(),
        client: client.id,
        state: AgreementState::Active,
        from: at(0),
        until: at(1_000_000),
        points,
        units: vec![],
        sla: SlaSet { reaction_hours: 4, restore_hours: 24 },
        limit: Money::roubles(5000),
        price_list: 1,
        terms: Terms::default(),
    }
}

/// The aggregate as a new row.
pub fn new<E: Entity>(entity: &E) -> Row {
    let mut batch = Batch::default();
    batch.keep(entity, 0);
    batch.rows.remove(0)
}

/// A batch of rows alone.
pub fn rows(rows: Vec<Row>) -> Batch {
    Batch { rows, ..Batch::default() }
}
