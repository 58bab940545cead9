//! Branches open and close by name, and never leave masters behind.

use crate::{firm::id, machine::refused};
use domain::{
    values::place::Place,
    workforce::branch::{Branch, BranchCard, BranchEvent},
};
use proptest::prelude::*;

fn card(name: &str) -> BranchCard {
    BranchCard {
        name: name.into(),
        address: String::new(),
        place: Place { lat: 55.7, lon: 37.5 },
        phone: None,
    }
}
fn branch(number: u128, name: &str) -> Branch {
    Branch { ver: 1, ..Branch::new(id(number), card(name)) }
}

#[test]
fn a_card_is_kept_in_one_form_and_names_what_cannot_be() {
    let written =
        BranchCard { name: "  За  рекой ".into(), address: " ул.  Мира, 1 ".into(), ..card("") };
    let kept = written.checked().expect("a card");
    assert_eq!((kept.name.as_str(), kept.address.as_str()), ("За рекой", "ул. Мира, 1"));
    refused(card(" ").checked(), "name", "expected 1 to 120");
    let far = BranchCard { place: Place { lat: 91.0, lon: 0.0 }, ..card("Север") };
    refused(far.checked(), "place", "91");
    let long = BranchCard { address: "а".repeat(201), ..card("Север") };
    refused(long.checked(), "address", "expected 200 at most");
}

#[test]
fn masters_are_moved_before_a_branch_is_closed_and_a_name_is_free_again_then() {
    let (north, south) = (branch(1, "Север"), branch(2, "Юг"));
    refused(north.decide(BranchEvent::Closed, [&south], 3), "branch-used", "3 masters belong");
    let called = BranchEvent::Changed { card: card("юг") };
    refused(north.decide(called.clone(), [&south], 0), "branch-name", "called `Юг` already");
    let mut closed = south.clone();
    closed.apply(&BranchEvent::Closed);
    assert!(north.decide(called, [&closed], 0).is_ok());
    refused(closed.decide(BranchEvent::Closed, [&north], 0), "branch-state", "closed already");
    refused(closed.decide(BranchEvent::Reopened, [&branch(3, "Юг")], 0), "branch-name", "`Юг`");
}

proptest! {
    /// Whatever is tried, no two open branches share a name, and none with masters is closed.
    #[test]
    fn open_branches_have_names_of_their_own(
        tries in prop::collection::vec((0usize..4, 0u8..3, 0usize..3, 0usize..2), 0..60),
    ) {
        let names = ["Север", "север", "Юг"];
        let mut all: Vec<Branch> = (0..4).map(|n| branch(n as u128 + 1, &format!("Филиал {n}"))).collect();
        for (which, what, name, masters) in tries {
            let event = match what {
                0 => BranchEvent::Closed,
                1 => BranchEvent::Reopened,
                _ => BranchEvent::Changed { card: card(names[name]) },
            };
            let decided = all[which].decide(event, &all, masters);
            if let Ok(event) = decided {
                prop_assert!(event != BranchEvent::Closed || masters == 0);
                let before = all[which].ver;
                all[which].apply(&event);
                prop_assert_eq!(all[which].ver, before + 1);
            }
            let mut open: Vec<String> =
                all.iter().filter(|b| !b.closed).map(|b| b.card.name.to_lowercase()).collect();
            let count = open.len();
            open.sort();
            open.dedup();
            prop_assert_eq!(open.len(), count);
        }
    }
}
