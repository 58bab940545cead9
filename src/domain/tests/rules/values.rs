//! Values that cannot be wrong once they exist: money, stretches of time, identifiers, places.

use crate::firm::{at, rub, window};
use domain::values::{
    id::{
        AgreementId, CallId, CallbackId, ClientId, Id, Kind, MasterId, OperatorId, OrderId, PaymentId,
        PointId, RequestId, UnitId, UserId, VehicleId, VisitId,
    },
    money::Money,
    period::Period,
    place::Place,
};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

fn returns<K: Kind>(number: u128) -> Result<(), TestCaseError> {
    let id: Id<K> = Id::from_uuid(Uuid::from_u128(number));
    let text = id.to_string();
    prop_assert_eq!(text.len(), K::PREFIX.len() + 27);
    let prefix = format!("{}_", K::PREFIX);
    prop_assert!(text.starts_with(&prefix));
    prop_assert_eq!(text.parse::<Id<K>>(), Ok(id));
    let json = serde_json::to_string(&id).expect("text");
    prop_assert_eq!(&json, &format!("\"{text}\""));
    prop_assert_eq!(serde_json::from_str::<Id<K>>(&json).expect("an id"), id);
    prop_assert_eq!((id.key(), id.uuid().as_u128()), (number, number));
    Ok(())
}

proptest! {
    #[test]
    fn every_kind_of_id_prints_and_reads_back(number in any::<u128>()) {
        returns::<domain::values::id::ClientKind>(number)?;
        returns::<domain::values::id::PointKind>(number)?;
        returns::<domain::values::id::UnitKind>(number)?;
        returns::<domain::values::id::AgreementKind>(number)?;
        returns::<domain::values::id::RequestKind>(number)?;
        returns::<domain::values::id::OrderKind>(number)?;
        returns::<domain::values::id::VisitKind>(number)?;
        returns::<domain::values::id::MasterKind>(number)?;
        returns::<domain::values::id::VehicleKind>(number)?;
        returns::<domain::values::id::CallKind>(number)?;
        returns::<domain::values::id::CallbackKind>(number)?;
        returns::<domain::values::id::PaymentKind>(number)?;
        returns::<domain::values::id::UserKind>(number)?;
        returns::<domain::values::id::OperatorKind>(number)?;
    }

    #[test]
    fn the_order_of_ids_is_the_order_of_their_texts(a in any::<u128>(), b in any::<u128>()) {
        let (one, two) = (VisitId::from_uuid(Uuid::from_u128(a)), VisitId::from_uuid(Uuid::from_u128(b)));
        prop_assert_eq!(one.cmp(&two), one.to_string().cmp(&two.to_string()));
    }

    #[test]
    fn no_text_makes_the_reader_of_ids_fall(text in "\\PC{0,40}") {
        if let Ok(id) = text.parse::<VisitId>() { prop_assert_eq!(id.to_string(), text); }
    }

    #[test]
    fn a_torn_id_is_no_id(number in any::<u128>(), cut in 0usize..31) {
        let text = VisitId::from_uuid(Uuid::from_u128(number)).to_string();
        prop_assert!(text[..cut].parse::<VisitId>().is_err());
        let (twice, upper) = (format!("{text}0"), text.to_uppercase());
        prop_assert!(twice.parse::<VisitId>().is_err() && upper.parse::<VisitId>().is_err());
    }

    #[test]
    fn sums_of_kopecks_are_exact(kopecks in prop::collection::vec(-1_000_000i64..1_000_000, 0..60)) {
        let sum: Money = kopecks.iter().map(|k| Money::rounded(Decimal::new(*k, 2))).sum();
        prop_assert_eq!(sum.amount(), Decimal::new(kopecks.iter().sum(), 2));
    }

    #[test]
    fn rounding_never_moves_by_more_than_half_a_kopeck(mantissa in -1_000_000_000i64..1_000_000_000, scale in 0u32..7) {
        let exact = Decimal::new(mantissa, scale);
        let rounded = Money::rounded(exact);
        prop_assert!((rounded.amount() - exact).abs() <= Decimal::new(5, 3));
        prop_assert_eq!(Money::rounded(rounded.amount()), rounded, "once is enough");
    }

    #[test]
    fn money_goes_through_json_whole(kopecks in -10_000_000i64..10_000_000) {
        let money = Money::rounded(Decimal::new(kopecks, 2));
        let text = serde_json::to_string(&money).expect("text");
        prop_assert!(text.starts_with('"'), "a decimal string, never a float: {}", text);
        prop_assert_eq!(serde_json::from_str::<Money>(&text).expect("money"), money);
    }

    #[test]
    fn two_stretches_overlap_when_an_instant_is_in_both(a in 0i64..50, b in 1i64..20, c in 0i64..50, d in 1i64..20) {
        let (one, two) = (window(a, a + b), window(c, c + d));
        let shared = (0..80).any(|m| one.contains(at(m)) && two.contains(at(m)));
        prop_assert_eq!(one.overlaps(&two), shared);
        prop_assert_eq!(two.overlaps(&one), shared);
        prop_assert!(one.overlaps(&one));
        prop_assert_eq!(one.duration().as_secs(), b * 60);
    }

    #[test]
    fn distances_are_the_same_both_ways_and_never_less_than_nothing(
        a in (-90.0f64..90.0, -180.0f64..180.0), b in (-90.0f64..90.0, -180.0f64..180.0),
    ) {
        let one = Place::new(a.0, a.1).expect("on the Earth");
        let two = Place::new(b.0, b.1).expect("on the Earth");
        let there = one.metres_to(&two);
        prop_assert!((0.0..=20_016_000.0).contains(&there), "half the way around at most: {}", there);
        prop_assert!((there - two.metres_to(&one)).abs() < 1e-3);
        prop_assert!(one.metres_to(&one) < 1e-3);
    }
}

#[test]
fn every_kind_of_thing_has_a_word_of_its_own() {
    let zero = Uuid::nil();
    let all = [
        ClientId::from_uuid(zero).to_string(),
        PointId::from_uuid(zero).to_string(),
        UnitId::from_uuid(zero).to_string(),
        AgreementId::from_uuid(zero).to_string(),
        RequestId::from_uuid(zero).to_string(),
        OrderId::from_uuid(zero).to_string(),
        VisitId::from_uuid(zero).to_string(),
        MasterId::from_uuid(zero).to_string(),
        VehicleId::from_uuid(zero).to_string(),
        CallId::from_uuid(zero).to_string(),
        CallbackId::from_uuid(zero).to_string(),
        PaymentId::from_uuid(zero).to_string(),
        UserId::from_uuid(zero).to_string(),
        OperatorId::from_uuid(zero).to_string(),
    ];
    for (place, text) in all.iter().enumerate() {
        for (other, id) in all.iter().enumerate().filter(|(other, _)| *other != place) {
            assert_ne!(text, id, "{place} {other}");
        }
        assert_eq!(text.parse::<VisitId>().is_ok(), text.starts_with("visit_"), "{text}");
    }
}

#[test]
fn a_refused_id_names_the_text_and_the_kind() {
    for wrong in
        ["", "visit", "visit_", "VISIT_01h2xcejqtf2nbrexx3vqjhp41", "visit_01h2xcejqtf2nbrexx3vqjhp4l"]
    {
        let refusal = wrong.parse::<VisitId>().expect_err(wrong).to_string();
        assert!(
            refusal.contains(&format!("`{wrong}`")) && refusal.contains("expected `visit_`"),
            "{refusal}"
        );
    }
}

#[test]
fn half_a_kopeck_goes_up_on_both_sides_of_zero() {
    for (mantissa, scale, text) in [
        (10_005, 3, "10.01"),
        (10_004, 3, "10.00"),
        (-10_005, 3, "-10.01"),
        (1_015, 3, "1.02"),
        (1_025, 3, "1.03"),
        (0, 0, "0.00"),
        (7, 0, "7.00"),
    ] {
        assert_eq!(Money::rounded(Decimal::new(mantissa, scale)).to_string(), text);
    }
}

#[test]
fn nothing_is_not_less_than_nothing() {
    assert!(!Money::ZERO.is_negative() && !Money::rounded(Decimal::new(-1, 3)).is_negative());
    assert!(rub(-1).is_negative() && rub(1) > Money::ZERO && rub(2) + rub(3) == rub(5));
}

#[test]
fn a_stretch_has_an_end_after_its_start() {
    for (from, to) in [(10, 10), (10, 9)] {
        let refusal = Period::new(at(from), at(to)).expect_err("empty").to_string();
        assert!(refusal.contains(&at(from).to_string()) && refusal.contains("expected"), "{refusal}");
    }
    let now = window(10, 20);
    assert!(now.contains(at(10)) && now.contains(at(19)) && !now.contains(at(20)) && !now.contains(at(9)));
    assert!(!window(0, 10).overlaps(&now), "an end does not belong to its stretch");
}

#[test]
fn a_place_is_on_the_earth() {
    for (lat, lon) in [(90.1, 0.0), (-91.0, 0.0), (0.0, 180.5), (0.0, f64::INFINITY), (f64::NAN, 0.0)] {
        let refusal = Place::new(lat, lon).expect_err("nowhere").to_string();
        assert!(refusal.contains("expected latitude"), "{refusal}");
    }
    assert!(Place::new(-90.0, 180.0).is_ok());
}
