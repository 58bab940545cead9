//! Who has a thing in hand (I-01): exactly one, and every hand-over names both.

use crate::{
    firm::{id, unit},
    machine::refused,
};
use domain::equipment::{Custodian, EquipmentUnit};
use proptest::prelude::*;

fn hands() -> Vec<Custodian> {
    vec![
        Custodian::Point(id(20)),
        Custodian::Point(id(21)),
        Custodian::Cell("A3".into()),
        Custodian::Master("master_1".into()),
        Custodian::Vehicle("van_1".into()),
        Custodian::Vehicle("van_2".into()),
        Custodian::Driver("driver_1".into()),
        Custodian::ThirdParty("СЦ Север".into()),
        Custodian::Manufacturer("Daikin".into()),
        Custodian::Scrap("акт 5".into()),
    ]
}

proptest! {
    #[test]
    fn a_thing_goes_only_from_the_hand_that_has_it(moves in prop::collection::vec((0usize..10, 0usize..10), 0..40)) {
        let (mut thing, all) = (unit(), hands());
        let mut kept = Vec::new();
        for (from, to) in moves {
            let (from, to) = (all[from].clone(), all[to].clone());
            let before = thing.clone();
            match thing.hand_over(from.clone(), to.clone()) {
                Ok(event) => {
                    prop_assert_eq!(&before.custodian, &from);
                    thing.apply(&event);
                    prop_assert_eq!((&thing.custodian, thing.ver), (&to, before.ver + 1));
                    kept.push(event);
                }
                Err(_) => prop_assert_eq!(&thing, &before),
            }
        }
        let mut again = unit();
        kept.iter().for_each(|event| again.apply(event));
        prop_assert_eq!(again, thing);
    }

    #[test]
    fn nothing_comes_back_from_scrap(to in 0usize..10) {
        let gone = EquipmentUnit { custodian: Custodian::Scrap("акт 5".into()), ..unit() };
        prop_assert!(gone.hand_over(gone.custodian.clone(), hands()[to].clone()).is_err());
    }
}

#[test]
fn a_van_gives_a_part_to_another_van_by_two_scans() {
    let mut part = EquipmentUnit { custodian: Custodian::Vehicle("van_2".into()), ..unit() };
    let (one, two) = (Custodian::Vehicle("van_1".into()), Custodian::Vehicle("van_2".into()));
    refused(part.hand_over(one.clone(), two.clone()), "other-custodian", "van_2");
    let event = part.hand_over(two, one.clone()).expect("van 2 has it");
    part.apply(&event);
    assert_eq!(part.custodian, one);
    refused(part.hand_over(one.clone(), one), "custody-unmoved", "expected another hand");
}

#[test]
fn a_unit_is_called_by_kind_brand_and_model() {
    assert_eq!(unit().title(), "Кондиционер Daikin FTXB35C");
}
