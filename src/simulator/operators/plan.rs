//! What an operator writes down in a call: from the client's card and words to the arguments of commands.

use crate::{
    chance::{Chance, mix},
    numbers::Purpose,
    scene::{Card, CardUnit, SlotRow},
    seed::{devices, people},
    town,
};
use serde_json::{Value, json};

/// What is to be done for the caller.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// A new request; without a card the client is made first.
    Register,
    /// Another time for a visit.
    Reschedule {
        /// Which visit.
        visit: String,
    },
    /// Call the request off.
    Cancel {
        /// Which.
        request: String,
        /// Why.
        reason: &'static str,
    },
    /// Talk only; about a request, if there is one.
    Talk {
        /// The request talked about.
        request: Option<String>,
    },
}

const REASONS: [&str; 4] = ["Починили сами", "Передумали", "Нашли другого мастера", "Пока не нужно"];

/// What is to be done.
pub fn plan(card: Option<&Card>, purpose: Purpose, chance: &mut Chance) -> Plan {
    let open = card.and_then(|card| card.open.first());
    match (purpose, open) {
        (Purpose::Request, _) if chance.happens(crate::numbers::BOOKING) => Plan::Register,
        (Purpose::Reschedule, Some(open)) => match &open.visit {
            Some(visit) => Plan::Reschedule { visit: visit.clone() },
            None => Plan::Talk { request: Some(open.request.clone()) },
        },
        (Purpose::Cancel, Some(open)) => {
            Plan::Cancel { request: open.request.clone(), reason: chance.pick(&REASONS) }
        }
        (_, open) => Plan::Talk { request: open.map(|open| open.request.clone()) },
    }
}

/// The arguments of `client.create`; the same number gives the same person at the same door.
pub fn newcomer(phone: &str) -> Value {
    let mut chance = Chance::new(mix(1, phone));
    let firm = chance.happens(0.15);
    let name = if firm { people::firm(&mut chance) } else { people::full_name(&mut chance) };
    let door = town::door(&mut chance, !firm);
    let kind = if firm { "org" } else { "person" };
    json!({
        "name": name, "kind": kind, "phone": phone, "address": door.address, "lat": door.place.lat, "lon": door.place.lon,
    })
}

/// What is broken: client, point, and the unit if one is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// `client_…`.
    pub client: String,
    /// `point_…`.
    pub point: String,
    /// The unit.
    pub unit: Option<CardUnit>,
}

/// Picks what is broken from a card; `None` when the card has no point.
pub fn subject(card: &Card, chance: &mut Chance) -> Option<Subject> {
    let index = chance.between(0, u64::try_from(card.points.len()).ok()?.checked_sub(1)?);
    let point = card.points.get(usize::try_from(index).ok()?)?;
    let last = u64::try_from(point.units.len()).unwrap_or(0).checked_sub(1);
    let unit = last.and_then(|last| point.units.get(chance.between(0, last) as usize)).cloned();
    Some(Subject { client: card.id.clone(), point: point.id.clone(), unit })
}

/// The arguments of `request.register`.
pub fn registration(call: Option<&str>, subject: &Subject, chance: &mut Chance) -> Value {
    let device = subject.unit.as_ref().map_or("", |unit| unit.kind.as_str());
    let maintenance = chance.happens(0.10);
    let kind = match device {
        _ if maintenance => "maintenance",
        "ККТ" => "kkt",
        _ if chance.happens(0.03) => "install",
        _ => "repair",
    };
    let symptom = match kind {
        "maintenance" => "Плановое обслуживание",
        "install" => "Установить и подключить",
        _ => devices::symptom(chance, device),
    };
    let priority = match (kind, chance.weighted(&[0.84, 0.12, 0.04])) {
        ("maintenance" | "install", _) | (_, 0) => "normal",
        (_, 1) => "urgent",
        _ => "emergency",
    };
    let mut args = json!({
        "client": subject.client, "point": subject.point, "kind": kind, "symptom": symptom, "priority": priority,
    });
    if let Some(call) = call {
        args["call"] = json!(call);
    }
    if let Some(unit) = &subject.unit {
        args["unit"] = json!(unit.id);
    }
    args
}

/// The arguments of `request.book`: mostly the first offer, at times a later one.
pub fn booking(visit: &str, offers: &[SlotRow], chance: &mut Chance) -> Option<Value> {
    let last = u64::try_from(offers.len()).ok()?.checked_sub(1)?;
    let index = if chance.happens(0.6) { 0 } else { chance.between(0, last) };
    let slot = offers.get(usize::try_from(index).ok()?)?;
    let mut args = json!({"visit": visit, "from": slot.from, "to": slot.to});
    if let Some(master) = &slot.master {
        args["master"] = json!(master);
    }
    Some(args)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{CardOpen, CardPoint};

    fn card(open: bool) -> Card {
        let unit = CardUnit { id: "unit_1".into(), kind: "ККТ".into() };
        let open = open.then(|| CardOpen { request: "request_1".into(), visit: Some("visit_1".into()) });
        let points = vec![CardPoint { id: "point_1".into(), units: vec![unit] }];
        Card { id: "client_1".into(), points, open: open.into_iter().collect() }
    }

    #[test]
    fn words_and_card_make_the_plan() {
        let mut chance = Chance::new(3);
        let registered =
            (0..2_000).filter(|_| plan(None, Purpose::Request, &mut chance) == Plan::Register).count();
        assert!((1_330..1_470).contains(&registered), "{registered} of 2000 book");
        let reschedule = plan(Some(&card(true)), Purpose::Reschedule, &mut chance);
        assert_eq!(reschedule, Plan::Reschedule { visit: "visit_1".into() });
        assert!(matches!(plan(Some(&card(true)), Purpose::Cancel, &mut chance), Plan::Cancel { .. }));
        assert_eq!(plan(Some(&card(false)), Purpose::Cancel, &mut chance), Plan::Talk { request: None });
        let status = plan(Some(&card(true)), Purpose::Status, &mut chance);
        assert_eq!(status, Plan::Talk { request: Some("request_1".into()) });
    }

    #[test]
    fn a_registration_names_everything_the_server_asks_for() {
        let mut chance = Chance::new(4);
        let subject = subject(&card(false), &mut chance).unwrap();
        let args: Vec<Value> =
            (0..2_000).map(|_| registration(Some("call_1"), &subject, &mut chance)).collect();
        for name in ["call", "client", "point", "unit", "kind", "symptom", "priority"] {
            assert!(args.iter().all(|a| a[name].is_string()), "{name}");
        }
        let share =
            |name: &str, value: &str| args.iter().filter(|a| a[name] == value).count() as f64 / 2_000.0;
        assert!((share("priority", "emergency") - 0.036).abs() < 0.015);
        assert!((share("kind", "maintenance") - 0.10).abs() < 0.02 && share("kind", "kkt") > 0.85);
        assert_eq!(super::subject(&Card { points: vec![], ..card(false) }, &mut chance), None);
    }

    #[test]
    fn a_newcomer_is_the_same_person_every_time() {
        assert_eq!(newcomer("+79020000001"), newcomer("+79020000001"));
        assert_ne!(newcomer("+79020000001")["name"], newcomer("+79020000002")["name"]);
        let slot = SlotRow { from: 1, to: 2, master: None };
        let args = booking("visit_1", std::slice::from_ref(&slot), &mut Chance::new(1)).unwrap();
        assert_eq!(args, json!({"visit": "visit_1", "from": 1, "to": 2}));
        assert_eq!(booking("visit_1", &[], &mut Chance::new(1)), None);
    }
}
