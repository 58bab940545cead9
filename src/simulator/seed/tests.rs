//! A town is what it says it is.

use super::*;
use domain::{
    access::User,
    calls::operator::{Device, Operator},
    clients::{agreement::Agreement, client::Client, point::ServicePoint},
    equipment::EquipmentUnit,
    ports::Table,
    upkeep::{
        occurrence::{Occurrence, OccurrenceState},
        schedule::ServiceSchedule,
    },
    visits::visit::Visit,
    workforce::{branch::Branch, master::Master, vehicle::Vehicle},
};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeSet;

fn noon() -> Timestamp {
    Timestamp::from_second(1_900_000_000).unwrap()
}

fn town(size: Size) -> Seed {
    seed(size, 42, noon(), |password| format!("hash of {password}"))
}

fn all<E: DeserializeOwned + Serialize>(town: &Seed, table: Table) -> Vec<E> {
    let rows = town.rows.iter().filter(|r| r.table == table);
    rows.map(|row| {
        let entity: E = serde_json::from_value(row.doc.clone()).unwrap();
        assert_eq!(serde_json::to_value(&entity).unwrap(), row.doc, "nothing is lost on the way");
        entity
    })
    .collect()
}

#[test]
fn the_same_seed_makes_the_same_town() {
    assert_eq!(town(Size::S), town(Size::S));
    let other = seed(Size::S, 43, noon(), |p| p.to_owned());
    assert_ne!(town(Size::S).rows[0].key, other.rows[0].key);
}

#[test]
fn every_row_is_its_entity_and_every_key_is_its_own() {
    let town = town(Size::S);
    let clients: Vec<Client> = all(&town, Table::Client);
    let points: Vec<ServicePoint> = all(&town, Table::Point);
    let units: Vec<EquipmentUnit> = all(&town, Table::Unit);
    let agreements: Vec<Agreement> = all(&town, Table::Agreement);
    let counted = clients.len() + points.len() + units.len() + agreements.len();
    let staff = all::<Master>(&town, Table::Master).len()
        + all::<Vehicle>(&town, Table::Vehicle).len()
        + all::<Operator>(&town, Table::Operator).len()
        + all::<User>(&town, Table::User).len()
        + all::<Branch>(&town, Table::Branch).len();
    // A month that is planned half has been through some hands: its rows are of later versions.
    let planned = [Table::Schedule, Table::Occurrence, Table::Request, Table::Order, Table::Visit];
    let upkeep = town.rows.iter().filter(|row| planned.contains(&row.table)).count();
    assert_eq!(town.rows.len(), counted + staff + upkeep);
    let keys: BTreeSet<_> = town.rows.iter().map(|r| r.key).collect();
    assert_eq!(keys.len(), town.rows.len());
    let first = |row: &&Row| row.ver == 1 || planned.contains(&row.table);
    assert!(town.rows.iter().all(|r| r.was == 0 && first(&r) && r.key.get_version_num() == 7));
    let known: BTreeSet<_> = points.iter().map(|p| p.id).collect();
    assert!(units.iter().all(|u| known.contains(&u.point)));
    assert!(agreements.iter().flat_map(|a| &a.points).all(|p| known.contains(p)));
}

#[test]
fn a_third_of_the_points_is_under_agreement() {
    let town = town(Size::Custom { masters: 1, operators: 1, clients: 4_000, calls: 1 });
    let points: Vec<ServicePoint> = all(&town, Table::Point);
    let agreements: Vec<Agreement> = all(&town, Table::Agreement);
    let covered: usize = agreements.iter().map(|a| a.points.len()).sum();
    let share = covered as f64 / points.len() as f64;
    assert!((0.32..0.38).contains(&share), "{share}");
    assert!(agreements.iter().all(|a| a.sla.reaction_hours <= 4 && a.sla.restore_hours == 24));
    let units: Vec<EquipmentUnit> = all(&town, Table::Unit);
    for agreement in agreements.iter().filter(|a| a.no != "A-12").take(200) {
        let count = units.iter().filter(|u| u.agreement == Some(agreement.id)).count();
        assert!((3..=40).contains(&count), "{count}");
    }
}

#[test]
fn the_staff_is_of_the_size_and_can_do_the_work() {
    let town = town(Size::M);
    let masters: Vec<Master> = all(&town, Table::Master);
    let seats: Vec<Operator> = all(&town, Table::Operator);
    let (supervisors, operators): (Vec<Operator>, Vec<Operator>) =
        seats.into_iter().partition(|seat| seat.supervises);
    assert_eq!((masters.len(), operators.len(), supervisors.len()), (60, 8, 1));
    assert!(masters.iter().all(|m| m.robot && m.shift.duration().as_hours() == 12 && m.vehicle.is_some()));
    for code in devices::SKILLS {
        assert!(masters[..12].iter().any(|m| m.can(&[(code.into(), 3)], noon())), "no expert in {code}");
    }
    assert_eq!(operators[0].device, Device::Browser);
    assert!(!operators[0].robot && operators[1..].iter().all(|o| o.robot));
    let accounts: Vec<_> = town.phones.iter().map(|p| Device::Phone(p.user.clone())).collect();
    assert_eq!(accounts, operators[1..].iter().map(|o| o.device.clone()).collect::<Vec<_>>());
    let users: Vec<User> = all(&town, Table::User);
    assert_eq!(users.len(), town.logins.len());
    let manager = users.iter().find(|u| u.role == Role::Manager).unwrap();
    assert_eq!(manager.operator, Some(supervisors[0].id), "a manager listens on a line of their own");
    assert!(users.iter().all(|u| u.password == "hash of demo"));
    for login in ["operator1", "dispatcher2", "master60", "manager", "admin"] {
        assert!(users.iter().any(|u| u.login == login), "{login}");
    }
}

#[test]
fn the_story_is_told() {
    let town = town(Size::S);
    let shop: Client = all(&town, Table::Client).remove(0);
    assert_eq!(
        (shop.name.as_str(), shop.phones().next().map(PhoneNumber::as_str)),
        (story::SHOP, Some(story::SHOP_PHONE))
    );
    let agreement = all::<Agreement>(&town, Table::Agreement).into_iter().find(|a| a.no == "A-12").unwrap();
    let units: Vec<EquipmentUnit> = all(&town, Table::Unit);
    for unit in units.iter().filter(|u| u.client == shop.id) {
        assert_eq!(
            agreement.covers(unit.point, Some(unit.id), noon()),
            unit.kind == story::COVERED,
            "{}",
            unit.kind
        );
    }
    let petrov = all::<Master>(&town, Table::Master).remove(0);
    assert!(petrov.name.starts_with("Петров") && petrov.can(&[("hvac".into(), 2)], noon()));
    assert!(!petrov.can(&[("hvac".into(), 3)], noon()));
}

#[test]
fn callers_are_clients_with_numbers_of_their_own() {
    let town = town(Size::S);
    assert_eq!(town.callers.len(), 501);
    let phones: BTreeSet<_> = town.callers.iter().map(|c| &c.phone).collect();
    assert_eq!(phones.len(), town.callers.len());
}

#[test]
fn a_hundred_thousand_clients_are_sown() {
    let started = std::time::Instant::now();
    let mut rows = 0u64;
    let size = Size::Custom { masters: 100, operators: 10, clients: 100_000, calls: 900 };
    let rest = sow(size, 1, noon(), |p| p.to_owned(), &mut |_| rows += 1);
    println!("100,000 clients: {rows} rows in {:?}", started.elapsed());
    assert_eq!(rest.callers.len(), 100_001);
}

#[test]
fn the_month_of_a_town_is_alive() {
    let town = town(Size::S);
    let occurrences: Vec<Occurrence> = all(&town, Table::Occurrence);
    let count = |state: OccurrenceState| occurrences.iter().filter(|it| it.state == state).count();
    assert!(count(OccurrenceState::Proposed) > 10 && count(OccurrenceState::Planned) > 5);
    let visits: Vec<Visit> = all(&town, Table::Visit);
    assert_eq!((count(OccurrenceState::Booked), visits.len()), (6, 6));
    let soon = noon() + jiff::SignedDuration::from_hours(4 * 24);
    assert!(visits.iter().all(|it| it.assignment.is_none() && it.window.is_some_and(|w| w.from > soon)));
    assert!(occurrences.iter().any(|it| it.reason.as_deref() == Some("no_master")));
    let points: Vec<ServicePoint> = all(&town, Table::Point);
    let schedules: Vec<ServiceSchedule> = all(&town, Table::Schedule);
    assert!(schedules.iter().all(|it| points.iter().any(|point| point.id == it.card.point)));
}
