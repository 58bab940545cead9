//! Visits that need several masters at the same moment.

use crate::firm::{at, book, id, ids, intake, point, proposal, unit, visit, window};
use domain::{
    book::{Book, draft::Draft, intake::Intake, planning::Move},
    refusal::{Refusal, RefusalKind},
    values::id::{MasterId, VisitId},
    visits::{
        visit::{Assignment, Helper, Visit, VisitEvent, VisitState},
        visit_rules::masters_needed,
    },
    workforce::master::{Duty, Master},
};
use proptest::prelude::*;

fn helper(number: u128) -> Helper {
    Helper { master: id(number), travel_seconds: 300 }
}
fn helpers(numbers: &[u128]) -> Vec<Helper> {
    numbers.iter().copied().map(helper).collect()
}
fn carry<T>(book: &mut Book, minute: i64, act: impl FnOnce(&mut Draft<'_>) -> Result<T, Refusal>) -> T {
    let mut draft = Draft::new(book, at(minute), "test");
    let answer = act(&mut draft).expect("taken");
    let (_, kept) = draft.finish();
    book.adopt(kept);
    answer
}
/// Masters 1 to 3 at work, and a visit for two to which 1 goes with 2 beside.
fn planned() -> (Book, VisitId) {
    let mut book = book(3, 0);
    let (point, unit, visit) = (point(), unit(), ids(7).2);
    let wanted = Intake { masters: 2, ..intake(7, &point, Some(&unit), None) };
    carry(&mut book, 0, |d| d.register(&wanted));
    assert_eq!(plan(&mut book, visit, Some((1, 60)), &[2]), 1);
    (book, visit)
}
fn plan(book: &mut Book, visit: VisitId, to: Option<(u128, i64)>, beside: &[u128]) -> usize {
    let to = to.map(|(master, start)| (id(master), at(start), 600));
    let change = [Move { visit, ver: book.visits[&visit].ver, to, helpers: helpers(beside) }];
    carry(book, 1, |d| Ok(d.adopt_plan(&change)))
}
fn all(book: &Book, visit: VisitId) -> Vec<MasterId> {
    book.visits[&visit].masters().collect()
}

proptest! {
    #[test]
    fn a_visit_is_for_one_to_four_masters_and_another_number_is_named(said in any::<i64>()) {
        match masters_needed(said) {
            Ok(masters) => prop_assert!((1..=4).contains(&said) && i64::from(masters) == said),
            Err(refused) => {
                prop_assert!(!(1..=4).contains(&said));
                prop_assert_eq!((refused.kind, refused.code.as_str()), (RefusalKind::Invalid, "wrong-masters"));
                let named = refused.detail.contains(&format!("`{said}`")) && refused.detail.contains("1 to 4");
                prop_assert!(named, "{refused}");
            }
        }
    }

    #[test]
    fn beside_the_master_go_others_each_once_and_no_more_than_are_needed(
        needed in 1u8..=4, numbers in prop::collection::vec(1u128..6, 0..6)
    ) {
        let open = Visit { masters_needed: needed, ver: 1, ..visit() };
        let assignment = Assignment { helpers: helpers(&numbers), ..proposal(1, 60, 120) };
        let mut once = numbers.clone();
        once.sort_unstable();
        once.dedup();
        let right = numbers.len() < usize::from(needed) && once.len() == numbers.len() && !once.contains(&1);
        match open.decide(VisitEvent::Planned { assignment }) {
            Ok(event) => {
                prop_assert!(right);
                let mut taken = open;
                taken.apply(&event, at(0));
                prop_assert_eq!(taken.masters().count(), numbers.len() + 1);
            }
            Err(refused) => {
                prop_assert!(!right);
                prop_assert_eq!(refused.code.as_str(), "wrong-helpers");
            }
        }
    }
}

#[test]
fn a_plan_gives_a_visit_to_both_at_once_or_to_nobody() {
    let (mut book, visit) = planned();
    assert_eq!(all(&book, visit), [id(1), id(2)]);
    let ver = book.visits[&visit].ver;
    assert_eq!(plan(&mut book, visit, Some((3, 90)), &[3]), 0, "nobody goes twice");
    assert_eq!(plan(&mut book, visit, Some((1, 90)), &[2, 3]), 0, "two are needed, not three");
    assert_eq!((book.visits[&visit].ver, all(&book, visit)), (ver, vec![id(1), id(2)]));
    assert_eq!(plan(&mut book, visit, Some((1, 90)), &[3]), 1);
    assert_eq!(book.visits[&visit].assignment.as_ref().map(|a| (a.start, a.end)), Some((at(90), at(165))));
    assert_eq!(all(&book, visit), [id(1), id(3)]);
    assert_eq!(plan(&mut book, visit, None, &[]), 1);
    assert!(all(&book, visit).is_empty());
}

#[test]
fn a_pin_holds_who_leads_and_the_others_may_be_exchanged() {
    let (mut book, visit) = planned();
    carry(&mut book, 2, |d| d.on_visit(visit, VisitEvent::Pinned { pinned: true }));
    assert_eq!(plan(&mut book, visit, Some((3, 60)), &[2]), 0);
    assert_eq!(plan(&mut book, visit, Some((1, 60)), &[3]), 1);
    assert_eq!(all(&book, visit), [id(1), id(3)]);
    assert_eq!(plan(&mut book, visit, None, &[]), 1, "nobody else can: who leads stays");
    assert_eq!(all(&book, visit), [id(1)]);
}

#[test]
fn whoever_is_put_first_by_hand_does_not_go_beside_as_well() {
    let (mut book, visit) = planned();
    carry(&mut book, 2, |d| d.assign(visit, id(2), at(80), 0, true, None));
    assert_eq!(all(&book, visit), [id(2)]);
    carry(&mut book, 3, |d| d.assign(visit, id(2), at(90), 0, true, None));
    assert_eq!(plan(&mut book, visit, Some((2, 90)), &[1]), 1);
    assert_eq!(all(&book, visit), [id(2), id(1)]);
}

#[test]
fn who_goes_beside_and_falls_ill_leaves_the_visit_to_who_leads_it() {
    let (mut book, visit) = planned();
    assert!(carry(&mut book, 2, |d| d.lose_master(id(2), "грипп")).is_empty(), "nothing is nobody's");
    assert_eq!((all(&book, visit), book.visits[&visit].state), (vec![id(1)], VisitState::Planned));
    let (mut book, visit) = planned();
    assert_eq!(carry(&mut book, 2, |d| d.lose_master(id(1), "грипп")), [visit]);
    assert_eq!((all(&book, visit), book.visits[&visit].state), (vec![], VisitState::Unplanned));
}

#[test]
fn who_goes_beside_needs_the_same_skills_at_the_first_level() {
    let known = Visit { skills: vec![("hvac".into(), 3), ("gas".into(), 1)], ..visit() };
    assert_eq!(known.helper_skills(), [("hvac".to_owned(), 1), ("gas".to_owned(), 1)]);
}

#[test]
fn calling_off_frees_both_and_the_day_of_each_counts_its_own_way() {
    let (mut book, visit) = planned();
    let row = &book.visits[&visit];
    assert_eq!((row.load_minutes(id(1)), row.load_minutes(id(2))), (75 + 10, 75 + 5));
    assert_eq!(row.load_minutes(id(3)), 0);
    carry(&mut book, 2, |d| d.cancel_visit(visit, "передумал"));
    let draft = Draft::new(&book, at(3), "test");
    assert!(draft.visits_of(id(1)).is_empty() && draft.visits_of(id(2)).is_empty());
    drop(draft);
    let idle = |m: &Master| m.duty == Duty::Available && m.current.is_none();
    assert!(book.masters.values().all(idle));
}

#[test]
fn another_window_keeps_both() {
    let (mut book, visit) = planned();
    carry(&mut book, 2, |d| d.promise_window(visit, window(60, 180)));
    carry(&mut book, 3, |d| d.promise_window(visit, window(300, 420)));
    assert_eq!(all(&book, visit), [id(1), id(2)]);
}

#[test]
fn a_visit_row_without_helpers_says_nothing_of_them() {
    let (book, visit) = planned();
    let row = serde_json::to_value(&book.visits[&visit]).expect("a row");
    assert_eq!(
        row["assignment"]["helpers"][0]["master"],
        serde_json::json!(id::<domain::values::id::MasterKind>(2))
    );
    let alone = serde_json::to_value(proposal(1, 60, 120)).expect("a row");
    assert_eq!(alone.get("helpers"), None);
}
