//! Two cards of one client become one, and are parted again: nothing is lost, and old ids mean the kept card.

use crate::{
    firm::{active, at, book, carry, id, ids, intake, point, unit},
    machine::refused,
};
use domain::{
    book::Book,
    clients::{
        client::{Client, ClientSort, Contact, Phone},
        consent::Consent,
        merging::{Holdings, MergeWish, Picks, Whose},
        parting::{Parting, part},
        point::ServicePoint,
        stone::Stones,
    },
    equipment::EquipmentUnit,
    refusal::{Refusal, RefusalKind},
    requests::request::Request,
    values::{id::ClientId, money::Money, phone::PhoneNumber},
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn phone(number: u128) -> Phone {
    let raw = format!("+7916000{number:04}");
    Phone { e164: raw.parse().expect("a number"), extension: None, raw }
}
fn client(number: u128) -> Client {
    Client {
        id: id(number),
        ver: 1,
        kind: ClientSort::Person,
        name: format!("Клиент {number}"),
        inn: None,
        contacts: vec![Contact { name: format!("Контакт {number}"), phones: vec![phone(number)] }],
        vip: false,
        debt: Money::roubles(i64::try_from(number).expect("small")),
        note: String::new(),
        consent: None,
        apart: BTreeSet::new(),
        stone: None,
    }
}
fn wish(keep: &Client, other: &Client) -> MergeWish {
    MergeWish {
        keep: keep.id,
        other: other.id,
        keep_rev: keep.ver,
        other_rev: other.ver,
        pick: Picks::default(),
        despite_inn: false,
    }
}
fn merged(keep: &Client, other: &Client) -> Client {
    wish(keep, other).decide(keep, other).expect("merged")
}

/// A house with clients, what they have, and their work.
#[derive(Debug, Clone, Default)]
struct House {
    clients: BTreeMap<ClientId, Client>,
    stones: Stones,
    all: Holdings,
    book: Book,
}

impl House {
    /// Clients 1 to `clients`, each with as many points, units, agreements and requests as the numbers say.
    fn of(clients: u128, each: &[u128]) -> Self {
        let mut house = Self { book: book(1, 0), ..Self::default() };
        let mut number = 0;
        for n in 1..=clients {
            house.clients.insert(id(n), client(n));
            for _ in 0..each[usize::try_from(n - 1).expect("small") % each.len()] {
                number += 1;
                let point = ServicePoint { id: id(100 + number), client: id(n), ..point() };
                let unit = EquipmentUnit { id: id(200 + number), client: id(n), point: point.id, ..unit() };
                let mut paper = active();
                (paper.id, paper.client, paper.no) = (id(300 + number), id(n), format!("A-{number}"));
                (paper.points, paper.units) = (vec![point.id], vec![unit.id]);
                carry(&mut house.book, 0, |draft| {
                    draft.register(&intake(number, &point, Some(&unit), Some(&paper)))
                });
                house.all.points.push(point);
                house.all.units.push(unit);
                house.all.agreements.push(paper);
            }
        }
        house
    }
    fn held(&self, client: ClientId) -> Holdings {
        Holdings {
            points: self.all.points.iter().filter(|it| it.client == client).cloned().collect(),
            units: self.all.units.iter().filter(|it| it.client == client).cloned().collect(),
            agreements: self.all.agreements.iter().filter(|it| it.client == client).cloned().collect(),
        }
    }
    fn put(&mut self, held: Holdings) {
        for point in held.points {
            let known = self.all.points.iter_mut().find(|it| it.id == point.id);
            *known.expect("known") = point;
        }
        for unit in held.units {
            let known = self.all.units.iter_mut().find(|it| it.id == unit.id);
            *known.expect("known") = unit;
        }
        for paper in held.agreements {
            let known = self.all.agreements.iter_mut().find(|it| it.id == paper.id);
            *known.expect("known") = paper;
        }
    }
    fn keep(&mut self, client: Client) {
        self.stones.put(&client);
        if client.stone.is_some() {
            self.clients.remove(&client.id);
        } else {
            self.clients.insert(client.id, client);
        }
    }
    fn card(&self, id: ClientId) -> Client {
        self.clients.get(&id).or_else(|| self.stones.get(id)).expect("known").clone()
    }
    fn merge(&mut self, keep: ClientId, other: ClientId) -> Result<(), Refusal> {
        let (keep, other) = (self.card(self.stones.kept(keep)), self.card(other));
        let after = wish(&keep, &other).decide(&keep, &other)?;
        let held = self.held(other.id);
        let mut gone = Vec::new();
        carry(&mut self.book, 0, |draft| {
            gone = draft.requests_of(other.id);
            draft.give(&gone, after.id)
        });
        let stone = other.merged((&keep, &after), held.moved(gone), at(0), "petrova");
        self.put(held.given(after.id));
        self.keep(after);
        self.keep(stone);
        Ok(())
    }
    fn part(&mut self, other: ClientId) -> Result<(), Refusal> {
        let stone = self.card(other);
        let kept = stone.stone.as_ref().map(|laid| self.card(laid.into));
        let id = kept.as_ref().map_or(other, |card| card.id);
        let theirs: Vec<&Request> = self.book.requests.values().filter(|it| it.client == id).collect();
        let Parting { kept, other, back } = part(&stone, kept.as_ref(), &self.held(id), &theirs)?;
        let requests = stone.stone.expect("a stone").moved.requests;
        carry(&mut self.book, 1, |draft| draft.give(&requests, other.id));
        self.put(back);
        self.keep(other);
        self.keep(kept);
        Ok(())
    }
    /// Whose everything is.
    fn owners(&self) -> BTreeMap<String, ClientId> {
        let points = self.all.points.iter().map(|it| (it.id.to_string(), it.client));
        let units = self.all.units.iter().map(|it| (it.id.to_string(), it.client));
        let papers = self.all.agreements.iter().map(|it| (it.id.to_string(), it.client));
        let requests = self.book.requests.values().map(|it| (it.id.to_string(), it.client));
        let orders = self.book.orders.values().map(|it| (it.id.to_string(), it.client));
        let visits = self.book.visits.values().map(|it| (it.id.to_string(), it.client));
        points.chain(units).chain(papers).chain(requests).chain(orders).chain(visits).collect()
    }
    fn debt(&self) -> Money {
        self.clients.values().map(|it| it.debt).sum()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_merged_nothing_is_lost_and_every_old_id_means_a_card_that_lives(
        each in prop::collection::vec(0..3u128, 1..5),
        pairs in prop::collection::vec((1..6u128, 1..6u128), 1..12),
    ) {
        let mut house = House::of(5, &each);
        let (before, debt) = (house.owners(), house.debt());
        for (keep, other) in pairs {
            let was = (house.owners(), house.clients.clone());
            if house.merge(id(keep), id(other)).is_err() {
                prop_assert_eq!(&was, &(house.owners(), house.clients.clone()), "a refusal changes nothing");
            }
        }
        let owners = house.owners();
        prop_assert_eq!(before.keys().collect::<Vec<_>>(), owners.keys().collect::<Vec<_>>());
        for (what, owner) in &before {
            prop_assert_eq!(owners[what], house.stones.kept(*owner), "{} is with the kept card", what);
        }
        prop_assert_eq!(house.debt(), debt);
        for number in 1..=5 {
            let kept = house.stones.kept(id(number));
            let card = house.clients.get(&kept).expect("it lives");
            prop_assert!(card.phones().any(|it| *it == phone(number).e164), "the phone of {} is found", number);
        }
    }

    #[test]
    fn what_was_merged_last_is_parted_as_if_nothing_had_been(
        each in prop::collection::vec(0..3u128, 1..4),
        pairs in prop::collection::vec((1..5u128, 1..5u128), 1..8),
    ) {
        let mut house = House::of(4, &each);
        let mut states = Vec::new();
        for (keep, other) in pairs {
            let was = house.clone();
            if house.merge(id(keep), id(other)).is_ok() {
                states.push((was, id(other)));
            }
        }
        let plain = |client: &Client| Client { ver: 0, ..client.clone() };
        // Only the last merge of a card: the earlier ones left another card than there is now.
        if let Some((was, other)) = states.pop() {
            house.part(other).expect("parted");
            prop_assert_eq!(house.owners(), was.owners());
            let (now, then) = (house.clients.values().map(plain), was.clients.values().map(plain));
            prop_assert_eq!(now.collect::<Vec<_>>(), then.collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_merge_into_a_merged_card_goes_to_the_one_that_was_kept() {
    let (a, b, c) = (id(1), id(2), id(3));
    let mut house = House::of(3, &[1]);
    house.merge(a, b).expect("merged");
    house.merge(b, c).expect("merged into the kept one");
    assert_eq!((house.stones.kept(b), house.stones.kept(c)), (a, a));
    assert!(house.owners().values().all(|owner| *owner == a));
    let under: Vec<ClientId> = house.stones.under(a).iter().map(|it| it.id).collect();
    assert_eq!(under.len(), 2);
    refused(house.merge(a, c), "already-merged", "merged into");
    refused(house.merge(b, a), "same-client", "into itself");
}

#[test]
fn the_kept_card_has_everything_of_both() {
    let no = Consent::written_down(false, at(0), "petrova", "по телефону").expect("a word");
    let yes = Consent::written_down(true, at(1), "petrova", "анкета 5").expect("a word");
    let keep = Client {
        note: "Домофон 12".into(),
        consent: Some(yes.clone()),
        contacts: vec![Contact { name: "Анна".into(), phones: vec![phone(1)] }],
        ..client(1)
    };
    let other = Client {
        kind: ClientSort::Org,
        inn: Some("7707083893".into()),
        vip: true,
        note: "Звонить до 18".into(),
        consent: Some(no.clone()),
        contacts: vec![
            Contact { name: "анна ".into(), phones: vec![phone(1), phone(5)] },
            Contact { name: "Склад".into(), phones: vec![phone(6)] },
        ],
        ..client(2)
    };
    let after = merged(&keep, &other);
    assert_eq!((after.id, after.ver, after.name.as_str()), (keep.id, 2, "Клиент 1"));
    assert_eq!((after.kind, after.inn.as_deref(), after.vip), (ClientSort::Org, Some("7707083893"), true));
    assert_eq!((after.debt, after.note.as_str()), (Money::roubles(3), "Домофон 12\nЗвонить до 18"));
    assert_eq!(after.consent, Some(no), "nobody is rung who said no once");
    let numbers: Vec<(&str, Vec<&PhoneNumber>)> = after
        .contacts
        .iter()
        .map(|c| (c.name.as_str(), c.phones.iter().map(|p| &p.e164).collect()))
        .collect();
    assert_eq!(numbers, [("Анна", vec![&phone(1).e164, &phone(5).e164]), ("Склад", vec![&phone(6).e164])]);
    let chosen = MergeWish {
        pick: Picks {
            name: Some(Whose::Other),
            kind: Some(Whose::Keep),
            consent: Some(Whose::Keep),
            ..Picks::default()
        },
        ..wish(&keep, &other)
    };
    let after = chosen.decide(&keep, &other).expect("merged");
    assert_eq!((after.name.as_str(), after.kind), ("Клиент 2", ClientSort::Person));
    assert_eq!(after.consent, Some(yes), "a person has looked at both words");
}

#[test]
fn a_merge_that_must_not_be_is_refused_with_the_reason() {
    let (one, two) = (client(1), client(2));
    refused(wish(&one, &one).decide(&one, &one), "same-client", "into itself");
    let late = MergeWish { other_rev: 7, ..wish(&one, &two) };
    assert_eq!(late.decide(&one, &two).expect_err("somebody was faster").kind, RefusalKind::Stale);
    let firm = |number: u128, inn: &str| Client { inn: Some(inn.into()), ..client(number) };
    let (sber, other) = (firm(1, "7707083893"), firm(2, "7736050003"));
    refused(wish(&sber, &other).decide(&sber, &other), "different-inn", "7736050003");
    let sure = MergeWish { despite_inn: true, ..wish(&sber, &other) };
    assert_eq!(sure.decide(&sber, &other).expect("said so").inn.as_deref(), Some("7707083893"));
    // A number that its digits do not prove tells nothing.
    let typo = firm(2, "7736050004");
    assert!(wish(&sber, &typo).decide(&sber, &typo).is_ok());
    let crowd = |client: Client, from: u128| Client {
        contacts: (from..from + 15)
            .map(|n| Contact { name: format!("Контакт {n}"), phones: vec![phone(n)] })
            .collect(),
        ..client
    };
    let (one, two) = (crowd(one, 100), crowd(two, 200));
    refused(wish(&one, &two).decide(&one, &two), "too-many-contacts", "30");
}

#[test]
fn what_happened_since_ties_both_together() {
    let (a, b) = (id(1), id(2));
    let mut house = House::of(2, &[1]);
    refused(house.part(b), "not-merged", "was not merged");
    house.merge(a, b).expect("merged");
    let whole = house.clone();
    // A new request at a point that came over: nobody knows whose it is.
    let there = house.all.points.iter().find(|it| it.id == id(102)).expect("a point").clone();
    carry(&mut house.book, 5, |draft| draft.register(&intake(9, &there, None, None)));
    assert!(house.book.requests.contains_key(&ids(9).0));
    refused(house.part(b), "tied-together", "both clients");
    // The kept card was written over.
    let mut house = whole.clone();
    let card = house.card(a);
    house.keep(Client { ver: card.ver + 1, note: "новое".into(), ..card });
    refused(house.part(b), "changed-since", "version");
    // A unit was carried from one client's point to the other's.
    let mut house = whole.clone();
    house.all.units[1].point = id(101);
    refused(house.part(b), "tied-together", "both clients");
    let mut house = whole;
    house.part(b).expect("parted");
    refused(house.part(b), "not-merged", "was not merged");
}

#[test]
fn a_number_that_two_people_share_is_told_once() {
    let (keep, mut other) = (client(1), client(2));
    other.contacts[0].phones = vec![phone(1), phone(2)];
    let mut shared = client(3);
    shared.contacts[0].phones = vec![phone(1)];
    let both = merged(&merged(&keep, &other), &shared);
    assert_eq!(both.contacts.len(), 3, "each of the people stays");
    let told: Vec<String> = both.phones().map(|number| number.as_str().to_owned()).collect();
    assert_eq!(told, ["+79160000001", "+79160000002"]);
}
