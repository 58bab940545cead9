//! Tables of other programmes: headings, cells, lines that become cards or problems, and what may be taken back.

use domain::{
    clients::{
        agreement::Agreement,
        client::{Client, ClientSort},
        point::ServicePoint,
    },
    equipment::EquipmentUnit,
    imports::{
        cells::{self, Expected},
        columns::{Field, What, guess},
        import::{Duplicates, Stays, Written},
        reading::{Change, Reader},
        register::{Card, Cards, Register},
        sheets::Line,
        undoing::{Brought, brought, staying},
    },
    ports::Table,
    values::{
        id::{AgreementId, ClientId, PointId, UnitId},
        place::Place,
    },
};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// A house that has only what its tables brought.
#[derive(Default)]
struct Shelf(HashMap<Uuid, Card>);

impl Cards for Shelf {
    fn client(&self, id: ClientId) -> Option<Client> {
        self.0
            .get(&id.uuid())
            .and_then(|card| if let Card::Client(it) = card { Some(it.clone()) } else { None })
    }
    fn point(&self, id: PointId) -> Option<ServicePoint> {
        self.0
            .get(&id.uuid())
            .and_then(|card| if let Card::Point(it) = card { Some(it.clone()) } else { None })
    }
    fn unit(&self, id: UnitId) -> Option<EquipmentUnit> {
        self.0
            .get(&id.uuid())
            .and_then(|card| if let Card::Unit(it) = card { Some(it.clone()) } else { None })
    }
    fn agreement(&self, id: AgreementId) -> Option<Agreement> {
        self.0
            .get(&id.uuid())
            .and_then(|card| if let Card::Agreement(it) = card { Some(it.clone()) } else { None })
    }
}

#[derive(Default)]
struct Town {
    shelf: Shelf,
    register: Register,
    last: u128,
}

type Lines = Vec<Result<Vec<Change>, Vec<(Field, Expected)>>>;

impl Town {
    fn bring(&mut self, what: What, duplicates: Duplicates, headings: &[&str], rows: &[&[&str]]) -> Lines {
        let headings: Vec<String> = headings.iter().map(|it| (*it).to_owned()).collect();
        let (mapping, zone) = (guess(what, &headings), TimeZone::UTC);
        assert!(what.missing(&mapping).is_empty(), "{mapping:?}");
        let mut all = Vec::new();
        for (no, row) in (2..).zip(rows) {
            let line = Line { no, cells: row.iter().map(|it| (*it).to_owned()).collect() };
            let mut fresh = || {
                self.last += 1;
                Uuid::from_u128(self.last)
            };
            let read = Reader {
                what,
                mapping: &mapping,
                duplicates,
                middle: Place { lat: 56.8, lon: 60.6 },
                zone: &zone,
                cards: &self.shelf,
                register: &mut self.register,
                fresh: &mut fresh,
            }
            .line(&line);
            all.push(read.map_err(|problems| problems.iter().map(|p| (p.field, p.expected)).collect()));
        }
        for (card, _) in all.iter().flatten().flatten() {
            self.shelf.0.insert(card.place().1, card.clone());
        }
        self.register.settle();
        all
    }
}

#[test]
fn headings_of_1c_and_of_orderry_are_understood() {
    let told = |what, headings: &[&str]| {
        let headings: Vec<String> = headings.iter().map(|it| (*it).to_owned()).collect();
        guess(what, &headings)
            .into_iter()
            .map(|(field, at)| (headings[at].clone(), field))
            .collect::<HashMap<_, _>>()
    };
    let one = told(
        What::Clients,
        &["Код", "Наименование", "ИНН", "КПП", "Юр./физ. лицо", "Телефон", "Фактический адрес"],
    );
    assert_eq!(one["Наименование"], Field::Name);
    assert_eq!(one["Юр./физ. лицо"], Field::Sort);
    assert_eq!(one["Фактический адрес"], Field::Address);
    assert!(!one.contains_key("КПП") && !one.contains_key("Код"), "{one:?}");
    let two = told(What::Units, &["Client", "Client phone", "Device type", "Brand", "Model", "IMEI / SN"]);
    assert_eq!(two["Client phone"], Field::Phone);
    assert_eq!(two["IMEI / SN"], Field::Serial);
}

#[test]
fn a_taxpayer_number_is_proved_and_its_lost_zero_found() {
    assert_eq!(cells::inn("7707083893").as_deref(), Some("7707083893"));
    assert_eq!(cells::inn("500100732259").as_deref(), Some("500100732259"));
    for wrong in ["7707083894", "0000000000", "77070838", "7707o83893", ""] {
        assert_eq!(cells::inn(wrong), None, "{wrong}");
    }
}

#[test]
fn dates_hours_and_sums_are_read_as_people_write_them() {
    for text in ["31.12.2026", "2026-12-31", "31/12/26", "31.12.2026 0:00:00", "2026-12-31T00:00:00"] {
        assert_eq!(cells::date(text).map(|d| d.to_string()).as_deref(), Some("2026-12-31"), "{text}");
    }
    for text in ["31.02.2026", "12.2026", "вчера", "31.12.1026"] {
        assert_eq!(cells::date(text), None, "{text}");
    }
    assert_eq!(cells::sum("12 000,50 руб.").map(|s| s.to_string()).as_deref(), Some("12000.50"));
    assert_eq!((cells::sum("-1"), cells::hours("4 ч"), cells::hours("0")), (None, Some(4), None));
}

#[test]
fn lines_of_one_table_know_each_other() {
    let mut town = Town::default();
    let rows: [&[&str]; 4] = [
        &["ООО «Ёлка»", "8 (343) 200-10-10", "7707083893", "ул. Ленина, 5"],
        &["Ёлка, склад", "+7 343 200-10-10", "7707083893", "ул. Мира, 7"],
        &["Пётр", "не звонить", "", ""],
        &["", "", "123", ""],
    ];
    let all =
        town.bring(What::Clients, Duplicates::Skip, &["Наименование", "Телефон", "ИНН", "Адрес"], &rows);
    let first = all[0].as_ref().expect("a client and a point");
    assert!(
        matches!(&first[..], [(Card::Client(c), None), (Card::Point(_), None)] if c.kind == ClientSort::Org)
    );
    let second = all[1].as_ref().expect("another point of the same client");
    assert!(matches!(&second[..], [(Card::Point(_), None)]), "{second:?}");
    assert_eq!(all[2], Err(vec![(Field::Phone, Expected::Phone)]));
    assert_eq!(all[3], Err(vec![(Field::Name, Expected::Filled), (Field::Inn, Expected::Inn)]));
    let units: [&[&str]; 3] = [
        &["7707083893", "Ленина 5", "Котёл", "SN-1", "gas"],
        &["7707083893", "ул. Ленина, 5", "Котёл", "SN-1", "gas"],
        &["7707083893", "", "Котёл", "SN-2", ""],
    ];
    let all = town.bring(
        What::Units,
        Duplicates::Update,
        &["ИНН", "Адрес", "Вид техники", "Серийный номер", "Навык"],
        &units,
    );
    assert_eq!(all[0], Err(vec![(Field::Address, Expected::KnownPoint)]));
    assert_eq!(all[1].as_ref().map(Vec::len), Ok(1));
    assert_eq!(all[2], Err(vec![(Field::Address, Expected::WhichPoint)]), "the kind is known by now");
}

#[test]
fn a_card_that_stays_keeps_what_it_names() {
    let written =
        |key: u128, table| Written { line: 2, table, key: Uuid::from_u128(key), ver: 1, before: None };
    let cards = brought([written(1, Table::Client), written(2, Table::Point), written(3, Table::Client)]);
    let now = (1..=3).map(|key| (Uuid::from_u128(key), 1)).collect();
    let names = HashMap::from([(Uuid::from_u128(2), HashSet::from([Uuid::from_u128(1)]))]);
    let used = HashSet::from([Uuid::from_u128(2)]);
    let stay = staying(&cards, &now, &used, &names);
    assert_eq!(stay, HashMap::from([(Uuid::from_u128(2), Stays::Used), (Uuid::from_u128(1), Stays::Used)]));
}

proptest! {
    #[test]
    fn any_line_is_cards_or_problems_and_a_second_time_it_is_known(
        rows in prop::collection::vec(
            ("[А-Яа-яA-z ]{0,12}", "(\\+79[0-9]{9}|[0-9]{0,6}|)", "(7707083893|500100732259|[0-9]{10}|)", ".{0,20}"), 0..12)
    ) {
        let rows: Vec<Vec<&str>> = rows.iter().map(|(a, b, c, d)| vec![a.as_str(), b, c, d]).collect();
        let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
        let headings = ["Наименование", "Телефон", "ИНН", "Адрес"];
        let mut town = Town::default();
        let first = town.bring(What::Clients, Duplicates::Skip, &headings, &rows);
        for read in &first {
            match read {
                Ok(changes) => prop_assert!(changes.iter().all(|(card, before)| before.is_none() && card.place().2 == 1)),
                Err(problems) => prop_assert!(!problems.is_empty()),
            }
        }
        let again = town.bring(What::Clients, Duplicates::Skip, &headings, &rows);
        for (first, again) in first.iter().zip(&again) {
            // a line that was written is known by now; one that named two clients at first may never be written
            prop_assert!(first.is_err() || again.as_ref().map_or(true, Vec::is_empty), "{again:?}");
        }
    }

    #[test]
    fn what_goes_is_named_by_nothing_that_stays(
        links in prop::collection::vec((0u128..8, 0u128..8), 0..20), used in prop::collection::hash_set(0u128..8, 0..3),
        edited in prop::collection::hash_set(0u128..8, 0..3),
    ) {
        let written = |key| Written { line: 2, table: Table::Client, key: Uuid::from_u128(key), ver: 1, before: None };
        let cards = brought((0..8).map(written));
        let now = (0..8).map(|key| (Uuid::from_u128(key), if edited.contains(&key) { 2 } else { 1 })).collect();
        let mut names: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
        for (from, to) in links {
            names.entry(Uuid::from_u128(from)).or_default().insert(Uuid::from_u128(to));
        }
        let used: HashSet<Uuid> = used.into_iter().map(Uuid::from_u128).collect();
        let stay = staying(&cards, &now, &used, &names);
        for key in used.iter().chain(&edited.iter().copied().map(Uuid::from_u128).collect::<HashSet<_>>()) {
            prop_assert!(stay.contains_key(key));
        }
        for (from, to) in names.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to))) {
            prop_assert!(!stay.contains_key(from) || stay.contains_key(to));
        }
    }
}

#[test]
fn a_card_written_twice_is_one_with_its_first_picture() {
    let one = |ver| Written { line: ver, table: Table::Client, key: Uuid::from_u128(7), ver, before: None };
    let cards: Vec<Brought> = brought([one(1), one(2)]).into_values().collect();
    assert_eq!((cards.len(), cards[0].first.line, cards[0].ver), (1, 1, 2));
}
