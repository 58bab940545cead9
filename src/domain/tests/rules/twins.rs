//! Clients who are likely one and the same.

use crate::firm::id;
use domain::{
    clients::twins::{Face, Why, find, plain_address, plain_name},
    values::{id::ClientId, place::Place},
};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn face(number: u128, name: &str, phone: &str, at: (&str, f64)) -> Face {
    Face {
        id: id(number),
        name: name.into(),
        inn: None,
        phones: phone.parse().into_iter().collect(),
        places: vec![(at.0.into(), Place { lat: at.1, lon: 37.6 })],
        apart: BTreeSet::new(),
    }
}
fn pairs(faces: &[Face]) -> Vec<(ClientId, ClientId, Vec<Why>)> {
    find(faces, None).into_iter().map(|twins| (twins.a, twins.b, twins.why)).collect()
}

#[test]
fn names_and_addresses_are_compared_without_what_everybody_writes_otherwise() {
    assert_eq!(plain_name("ООО «Ромашка-Плюс»"), plain_name("Ромашка плюс, ООО"));
    assert_eq!(plain_name("Иванов Пётр"), plain_name("пётр  ИВАНОВ"));
    assert_eq!(plain_address("г. Москва, ул. Ленина, д. 5"), plain_address("Москва Ленина 5"));
    assert_ne!(plain_address("Ленина 5"), plain_address("Ленина 15"));
}

#[test]
fn a_pair_is_told_with_its_reasons_the_likeliest_first() {
    let far = ("Тверь, Новая 1", 56.8);
    let faces = [
        face(1, "ООО «Ромашка»", "+79161110001", ("ул. Ленина, 5", 55.70)),
        face(2, "Ромашка, ООО", "+79161110001", ("Ленина 5", 55.70)),
        face(3, "Ромашка", "+79161110003", far),
        face(4, "Семенов Пётр", "+79161110004", ("Мира 7", 55.75)),
        face(5, "Семёнов Петр Ильич", "+79161110005", ("ул. Мира, д. 7", 55.75)),
        face(6, "Никто Другой", "+79161110006", ("Садовая 9", 55.60)),
    ];
    let found = pairs(&faces);
    let romashka = Why::NameNear("ООО «Ромашка»".into());
    let number = Why::Phone("+79161110001".parse().expect("a number"));
    assert_eq!(
        found,
        [(id(1), id(2), vec![number, romashka]), (id(4), id(5), vec![Why::SimilarHere("Мира 7".into())]),],
        "the same name in another town is no reason by itself"
    );
    assert_eq!(find(&faces, Some(id(5))).len(), 1);
    assert_eq!(find(&faces, Some(id(6))), []);
}

#[test]
fn a_taxpayer_number_says_more_than_a_number_and_two_of_them_say_no() {
    let with = |number, name: &str, inn: &str| Face {
        inn: Some(inn.into()),
        ..face(number, name, "+79161110001", ("Ленина 5", 55.7))
    };
    let (one, two) = (with(1, "Альфа", "7707083893"), with(2, "Бета", "7707083893"));
    assert!(matches!(find(&[one.clone(), two], None)[0].why[..], [Why::Inn(_), Why::Phone(_)]));
    let neighbour = with(2, "Бета", "7736050003");
    assert_eq!(find(&[one, neighbour], None), [], "two firms share a telephone");
}

#[test]
fn a_reception_desk_brings_nobody_together_and_what_was_told_apart_stays_apart() {
    let many: Vec<Face> =
        (1..=9).map(|n| face(n, &format!("Жилец{n} {n}"), "+74951110000", ("Ленина 5", 55.7))).collect();
    assert_eq!(find(&many, None), []);
    let mut two = [
        face(1, "Ромашка", "+79161110001", ("Ленина 5", 55.7)),
        face(2, "Ромашка", "+79161110001", ("Ленина 5", 55.7)),
    ];
    assert_eq!(find(&two, None).len(), 1);
    two[1].apart.insert(id(1));
    assert_eq!(find(&two, None), []);
}

#[test]
fn points_on_one_spot_for_want_of_a_better_place_are_not_near() {
    let two = [
        face(1, "Иванов Иван", "+79161110001", ("Ленина 5", 55.7)),
        face(2, "Иванов Иван", "+79161110002", ("Мира 17", 55.7)),
    ];
    assert_eq!(find(&two, None), []);
}

proptest! {
    #[test]
    fn who_is_asked_about_one_hears_what_all_would_tell(
        names in prop::collection::vec("[абв]{1,3} [гд]{1,2}", 2..8),
        phones in prop::collection::vec(0..4u8, 8),
    ) {
        let faces: Vec<Face> = (1u128..)
            .zip(&names)
            .zip(&phones)
            .map(|((n, name), phone)| face(n, name, &format!("+7916000000{phone}"), ("Ленина 5", 55.7)))
            .collect();
        let all = find(&faces, None);
        for one in &faces {
            let mine: Vec<_> = all.iter().filter(|t| t.a == one.id || t.b == one.id).cloned().collect();
            prop_assert_eq!(find(&faces, Some(one.id)), mine);
        }
        prop_assert!(all.windows(2).all(|two| two[0].score >= two[1].score));
        prop_assert!(all.iter().all(|twins| twins.a < twins.b && !twins.why.is_empty()));
    }
}
