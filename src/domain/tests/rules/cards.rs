//! What is written on cards: clients, points with their hours, equipment.

use crate::{
    firm::{at, id, point, unit},
    machine::refused,
};
use domain::{
    clients::{
        cards::{ClientWords, ContactCard, PointCard, UnitCard, bindings_checked},
        client::{Client, ClientSort, Contact, Phone},
        point::{Binding, MasterBinding},
        visiting::Visiting,
    },
    equipment::Custodian,
    values::{calendar::OpenHours, money::Money, period::Period, place::Place},
    workforce::hours::Week,
};
use jiff::{
    SignedDuration,
    civil::{date, time},
    tz::TimeZone,
};
use proptest::prelude::*;

fn open(from: i8, to: i8) -> Visiting {
    let day = Some(OpenHours { from: time(from, 0, 0, 0), to: time(to, 0, 0, 0) });
    Visiting { hours: Some(Week([day; 7])), ..Visiting::default() }
}
fn client() -> Client {
    let phone = Phone {
        e164: "+79161110001".parse().expect("a number"),
        extension: Some("12".into()),
        raw: "8 916".into(),
    };
    Client {
        id: id(10),
        ver: 4,
        kind: ClientSort::Person,
        name: "Анна".into(),
        inn: None,
        contacts: vec![Contact { name: "Анна".into(), phones: vec![phone] }],
        vip: false,
        debt: Money::roubles(300),
        note: String::new(),
        consent: None,
        apart: Default::default(),
        stone: None,
    }
}
fn words(phones: &[&str]) -> ClientWords {
    let phones = phones.iter().map(|phone| (*phone).to_owned()).collect();
    ClientWords {
        name: "  ООО   Заря ".into(),
        kind: ClientSort::Org,
        inn: None,
        contacts: vec![ContactCard { name: String::new(), phones }],
        vip: true,
        note: " звонить до 18 ".into(),
    }
}
fn card() -> UnitCard {
    UnitCard {
        point: id(21),
        kind: "Холодильник".into(),
        brand: "Атлант".into(),
        model: String::new(),
        serial: " S  5 ".into(),
        skill: "fridge".into(),
        level: 3,
        warranty_until: Some(at(5)),
    }
}

#[test]
fn a_client_is_written_over_and_keeps_debt_and_extensions() {
    let after = words(&["8 916 111-00-01", "+79161110009"]).onto(&client()).expect("written");
    assert_eq!((after.ver, after.name.as_str(), after.debt), (5, "ООО Заря", Money::roubles(300)));
    assert_eq!((after.kind, after.vip, after.note.as_str()), (ClientSort::Org, true, "звонить до 18"));
    let phones = &after.contacts[0].phones;
    assert_eq!((phones[0].extension.as_deref(), phones[1].extension.as_deref()), (Some("12"), None));
    assert_eq!(after.contacts[0].name, "ООО Заря", "a contact without a name is called like the client");
}

#[test]
fn a_client_whom_nobody_can_name_or_call_is_refused() {
    refused(words(&[]).onto(&client()), "phone", "`0` numbers");
    refused(words(&["звоните"]).onto(&client()), "phone", "звоните");
    refused(ClientWords { name: "  ".into(), ..words(&["+79161110001"]) }.onto(&client()), "name", "`0`");
    let odd = ClientWords { inn: Some("7707083894".into()), ..words(&["+79161110001"]) };
    refused(odd.onto(&client()), "inn", "7707083894");
    let real = ClientWords { inn: Some("7707083893".into()), ..words(&["+79161110001"]) };
    assert_eq!(real.onto(&client()).expect("a real one").inn.as_deref(), Some("7707083893"));
    let known = Client { inn: Some("1".into()), ..client() };
    let stays = ClientWords { inn: Some("1".into()), ..words(&["+79161110001"]) };
    assert_eq!(stays.onto(&known).expect("it was so before").inn.as_deref(), Some("1"));
}

#[test]
fn a_point_that_cannot_be_come_to_is_refused() {
    let place = Place { lat: 55.0, lon: 37.0 };
    let card =
        PointCard { address: "Лесная, 7".into(), place, access: String::new(), visiting: open(10, 18) };
    let after = card.clone().onto(&point()).expect("written");
    assert_eq!((after.ver, after.address.as_str(), after.place), (2, "Лесная, 7", place));
    refused(PointCard { address: " ".into(), ..card.clone() }.onto(&point()), "address", "`0`");
    let far = PointCard { place: Place { lat: 95.0, lon: 0.0 }, ..card.clone() };
    refused(far.onto(&point()), "place", "95");
    refused(PointCard { visiting: open(18, 18), ..card.clone() }.onto(&point()), "hours-empty", "18:00");
    let shut = Visiting { hours: Some(Week([None; 7])), ..Visiting::default() };
    refused(PointCard { visiting: shut, ..card }.onto(&point()), "never-open", "one day");
}

#[test]
fn a_point_that_opens_at_night_is_open_after_midnight() {
    let night = open(22, 6).checked().expect("a night");
    let zone = TimeZone::get("Europe/Moscow").expect("a zone");
    let here = |day: i8, hour: i8| {
        date(2026, 1, day).at(hour, 0, 0, 0).to_zoned(zone.clone()).expect("an instant").timestamp()
    };
    let asked = Period { from: here(6, 3), to: here(6, 9) };
    let parts = night.within(asked, SignedDuration::from_hours(1), &zone);
    assert_eq!(parts, [Period { from: here(6, 3), to: here(6, 5) }]);
    assert_eq!(
        night.open_from(here(6, 6), &zone).expect("hours")[0].from,
        here(6, 22),
        "what is over is not told"
    );
}

#[test]
fn rows_written_before_hours_were_kept_are_read() {
    let mut old = serde_json::to_value(point()).expect("json");
    old.as_object_mut().expect("an object").remove("visiting");
    let read: domain::clients::point::ServicePoint = serde_json::from_value(old).expect("an old row");
    assert_eq!(read, point());
}

#[test]
fn a_master_is_bound_once() {
    let one = MasterBinding { master: id(1), how: Binding::Required };
    let other = MasterBinding { master: id(2), how: Binding::Excluded };
    assert_eq!(bindings_checked(vec![one, other]).expect("two masters").len(), 2);
    refused(
        bindings_checked(vec![one, MasterBinding { how: Binding::Excluded, ..one }]),
        "bound-twice",
        "twice",
    );
}

#[test]
fn a_unit_goes_with_its_card_only_from_where_it_stands() {
    let after = card().onto(&unit()).expect("written");
    assert_eq!(
        (after.point, &after.custodian, after.serial.as_str()),
        (id(21), &Custodian::Point(id(21)), "S 5")
    );
    let mut away = unit();
    away.custodian = Custodian::Master("master_1".into());
    let after = card().onto(&away).expect("written");
    assert_eq!(after.custodian, Custodian::Master("master_1".into()), "it is in the same hand");
    refused(UnitCard { level: 4, ..card() }.onto(&unit()), "skill-level", "`4`");
    refused(UnitCard { kind: String::new(), ..card() }.onto(&unit()), "kind", "`0`");
}

#[test]
fn what_is_written_off_is_written_off_once_and_for_a_reason() {
    let mut gone = unit();
    refused(gone.retire(" "), "reason-missing", "why");
    let event = gone.retire(" сгорел ").expect("written off");
    gone.apply(&event);
    assert_eq!((&gone.custodian, gone.ver), (&Custodian::Scrap("сгорел".into()), 2));
    refused(gone.retire("ещё раз"), "custody-unmoved", "another hand");
    refused(card().onto(&gone), "unit-scrap", "written off");
}

proptest! {
    #[test]
    fn work_begins_while_the_door_is_open_and_within_what_was_asked(
        opens in 0i8..23, lasts in 1i8..12, from in 0i64..5000, asked in 1i64..600, work in 1i64..300,
    ) {
        let closes = (opens + lasts).min(23);
        let zone = TimeZone::get("Europe/Moscow").expect("a zone");
        let asked = Period { from: at(from), to: at(from + asked) };
        let work = SignedDuration::from_mins(work);
        for part in open(opens, closes).within(asked, work, &zone) {
            prop_assert!(asked.from <= part.from && part.to <= asked.to && part.from <= part.to);
            let (first, last) = (part.from.to_zoned(zone.clone()), part.to.to_zoned(zone.clone()));
            prop_assert!(first.hour() >= opens && first.date() == last.date());
            let fits = (last.clone() + work).datetime() <= last.date().at(closes, 0, 0, 0);
            prop_assert!(fits || last.hour() == opens && last.minute() == 0, "it ends after the door closes: {last}");
        }
        prop_assert_eq!(Visiting::default().within(asked, work, &zone), vec![asked]);
    }
}
