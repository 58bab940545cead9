//! Visits that need several masters at the same moment.

use crate::firm::{at, book, id, ids, intake, point, proposal, unit, visit, window};
use domain::{
    book::{
        Book,
        draft::Draft,
        intake::Intake,
        planning::Move,
        proposal::{Ending, Proposal, ProposedMove, Saving, Spot},
        proposal_policy::{Fate, ProposalPolicy, Reason},
    },
    refusal::{Refusal, RefusalKind},
    values::id::{MasterId, VisitId},
    visits::{
        beside::{HelperState, HelperStep},
        visit::{Assignment, Helper, Visit, VisitEvent, VisitState},
        visit_rules::masters_needed,
    },
    workforce::master::{Duty, Master},
};
use proptest::prelude::*;

fn helper(number: u128) -> Helper {
    Helper::going(id(number), 300)
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

/// The visit for two is offered, and who leads has agreed; both masters are at their shift.
fn agreed() -> (Book, VisitId) {
    let (mut book, visit) = planned();
    for (minute, event) in [(2, VisitEvent::Dispatched), (3, VisitEvent::Accepted)] {
        carry(&mut book, minute, |d| d.on_visit(visit, event));
    }
    (book, visit)
}
fn steps(book: &mut Book, visit: VisitId, minute: i64, step: HelperStep) {
    carry(book, minute, |d| d.step_beside(visit, id(2), step));
}
fn beside(book: &Book, visit: VisitId) -> (HelperState, bool) {
    let helper = book.visits[&visit].helpers()[0];
    (helper.state, helper.seen)
}
fn duty(book: &Book, master: u128) -> (Duty, Option<VisitId>) {
    let row = &book.masters[&id(master)];
    (row.duty, row.current)
}
fn refused(book: &Book, act: impl FnOnce(&mut Draft<'_>) -> Result<(), Refusal>) -> String {
    act(&mut Draft::new(book, at(50), "test")).expect_err("not possible").code
}

#[test]
fn who_goes_beside_takes_their_own_steps_and_is_busy_from_the_way_to_the_end_of_their_part() {
    let (mut book, visit) = agreed();
    assert_eq!(
        book.visits[&visit].unseen(),
        [(id(2), at(2))],
        "who leads has agreed, the other has not looked"
    );
    steps(&mut book, visit, 4, HelperStep::Seen);
    assert_eq!((beside(&book, visit), book.visits[&visit].unseen()), ((HelperState::Due, true), vec![]));
    assert_eq!(duty(&book, 2), (Duty::Available, None));
    steps(&mut book, visit, 5, HelperStep::SetOff);
    assert_eq!(duty(&book, 2), (Duty::Travelling, Some(visit)));
    assert_eq!(book.visits[&visit].state, VisitState::Accepted, "who leads has not set off");
    steps(&mut book, visit, 6, HelperStep::Arrived);
    assert_eq!(duty(&book, 2), (Duty::OnSite, Some(visit)));
    let gone = |d: &mut Draft<'_>| d.step_beside(visit, id(2), HelperStep::Left);
    assert_eq!(refused(&book, gone), "visit-state", "nothing was done yet");
    carry(&mut book, 7, |d| d.depart(visit, id(1)));
    steps(&mut book, visit, 8, HelperStep::Left);
    assert_eq!((beside(&book, visit).0, duty(&book, 2)), (HelperState::Left, (Duty::Available, None)));
}

#[test]
fn nobody_goes_beside_before_who_leads_has_agreed_or_from_another_visit() {
    let (mut book, visit) = planned();
    carry(&mut book, 2, |d| d.on_visit(visit, VisitEvent::Dispatched));
    assert_eq!(refused(&book, |d| d.step_beside(visit, id(2), HelperStep::SetOff)), "visit-state");
    assert_eq!(refused(&book, |d| d.step_beside(visit, id(1), HelperStep::Seen)), "visit-state", "1 leads");
    carry(&mut book, 3, |d| d.on_visit(visit, VisitEvent::Accepted));
    book.masters.get_mut(&id(2)).expect("works here").current = Some(id(900));
    assert_eq!(refused(&book, |d| d.step_beside(visit, id(2), HelperStep::SetOff)), "master-busy");
}

#[test]
fn who_says_no_beside_says_why_leaves_the_seat_and_is_not_asked_again() {
    let no = |reason: &str| HelperStep::Declined { reason: reason.into() };
    for under_way in [false, true] {
        let (mut book, visit) = agreed();
        if under_way {
            steps(&mut book, visit, 4, HelperStep::SetOff);
        }
        assert_eq!(refused(&book, |d| d.step_beside(visit, id(2), no(" "))), "reason-missing");
        steps(&mut book, visit, 5, no("спина"));
        let row = &book.visits[&visit];
        assert_eq!((all(&book, visit), &row.refused_by), (vec![id(1)], &vec![id(2)]));
        assert_eq!((row.state, duty(&book, 2)), (VisitState::Accepted, (Duty::Available, None)));
    }
}

#[test]
fn whatever_takes_the_visit_away_frees_who_was_there_beside() {
    type Deed = fn(&mut Draft<'_>, VisitId) -> Result<(), Refusal>;
    let deeds: [Deed; 5] = [
        |d, visit| d.cancel_visit(visit, "передумал"),
        |d, visit| d.on_visit(visit, VisitEvent::Unplanned { reason: "dispatcher".into() }),
        |d, visit| d.on_visit(visit, VisitEvent::Accompanied { helpers: helpers(&[3]) }),
        |d, visit| d.set_masters(visit, 1, None),
        |d, _| d.lose_master(id(1), "грипп").map(drop),
    ];
    for deed in deeds {
        let (mut book, visit) = agreed();
        steps(&mut book, visit, 4, HelperStep::SetOff);
        steps(&mut book, visit, 5, HelperStep::Arrived);
        carry(&mut book, 6, |d| deed(d, visit));
        assert_eq!(duty(&book, 2), (Duty::Available, None));
    }
}

#[test]
fn who_stays_beside_keeps_their_steps_and_who_joins_is_told_at_once() {
    let (mut book, visit) = agreed();
    carry(&mut book, 4, |d| d.set_masters(visit, 3, None));
    steps(&mut book, visit, 5, HelperStep::SetOff);
    carry(&mut book, 6, |d| d.depart(visit, id(1)));
    assert_eq!(plan(&mut book, visit, Some((1, 60)), &[3, 2]), 1, "a seat is filled under way");
    let row = &book.visits[&visit];
    let known: Vec<_> = row.helpers().iter().map(|h| (h.master, h.state, h.seen)).collect();
    assert_eq!(known, [(id(3), HelperState::Due, false), (id(2), HelperState::EnRoute, true)]);
    assert_eq!(row.unseen(), [(id(3), at(1))], "asked at the minute of the plan");
    assert_eq!(duty(&book, 2), (Duty::Travelling, Some(visit)));
}

#[test]
fn the_number_of_masters_may_change_until_the_end_and_who_is_under_way_stays_longest() {
    let (mut book, visit) = agreed();
    let ver = book.visits[&visit].ver;
    carry(&mut book, 4, |d| d.set_masters(visit, 2, None));
    assert_eq!(book.visits[&visit].ver, ver, "the same number is no change");
    assert_eq!(refused(&book, |d| d.set_masters(visit, 3, Some(ver - 1))), Refusal::stale("it", 1, 2).code);
    for wrong in [0, 5] {
        assert_eq!(refused(&book, |d| d.set_masters(visit, wrong, None)), "wrong-masters");
    }
    carry(&mut book, 5, |d| d.set_masters(visit, 3, Some(ver)));
    assert_eq!(plan(&mut book, visit, Some((1, 60)), &[3, 2]), 1);
    steps(&mut book, visit, 6, HelperStep::SetOff);
    carry(&mut book, 7, |d| d.set_masters(visit, 2, None));
    assert_eq!((all(&book, visit), book.visits[&visit].masters_needed), (vec![id(1), id(2)], 2));
    carry(&mut book, 8, |d| d.cancel_visit(visit, "передумал"));
    assert_eq!(refused(&book, |d| d.set_masters(visit, 3, None)), "visit-state");
}

/// The visit for two goes to others, from the hour it stands at and so many minutes later.
fn moved(book: &Book, visit: VisitId, leads: u128, beside: &[u128], minutes: i64) -> ProposedMove {
    let from = Spot::from(book.visits[&visit].assignment.as_ref().expect("planned"));
    let start = from.start + jiff::SignedDuration::from_mins(minutes);
    let to = Spot { master: id(leads), start, travel_seconds: 300, helpers: helpers(beside) };
    ProposedMove { visit, from: Some(from), to }
}
fn fate(book: &Book, change: &ProposedMove, minute: i64) -> Fate {
    let saving = Saving { seconds: 90_000, ..Saving::default() };
    let policy = ProposalPolicy { freeze_seconds: 0, ..ProposalPolicy::default() };
    policy.judge(std::slice::from_ref(change), &saving, book, at(minute))
}
fn proposed(book: &mut Book, change: ProposedMove) -> domain::values::id::ProposalId {
    let made = Proposal::new(id(501), vec![change], Saving { seconds: 90_000, ..Saving::default() }, at(2));
    carry(book, 2, |d| d.open_proposal(made));
    id(501)
}
const FREE: ProposalPolicy = ProposalPolicy {
    alone_seconds: Some(900),
    alone_visits: 2,
    alone_shift_seconds: 900,
    ask_seconds: 600,
    margin_seconds: 300,
    margin_permille: 200,
    remember_seconds: 8 * 3600,
    most_open: 3,
    freeze_seconds: 0,
    travel_hour: 900,
};

#[test]
fn a_yes_moves_all_who_go_and_its_taking_back_brings_all_back() {
    for (leads, beside) in [(3, &[2][..]), (1, &[3]), (2, &[1]), (3, &[1])] {
        let (mut book, visit) = planned();
        let change = moved(&book, visit, leads, beside, 10);
        let proposal = proposed(&mut book, change.clone());
        carry(&mut book, 3, |d| d.accept_proposal(proposal, std::slice::from_ref(&change), &FREE));
        assert_eq!(all(&book, visit), change.to.masters().collect::<Vec<_>>());
        assert_eq!(carry(&mut book, 4, |d| d.undo_proposal(proposal, &FREE)), [visit]);
        assert_eq!(all(&book, visit), [id(1), id(2)], "after {leads} with {beside:?}");
        assert_eq!(book.visits[&visit].assignment.as_ref().map(|a| a.start), Some(at(60)));
    }
}

#[test]
fn a_yes_is_not_taken_back_once_somebody_beside_has_changed_or_set_off() {
    let accepted = || {
        let (mut book, visit) = planned();
        let change = moved(&book, visit, 3, &[2], 0);
        let proposal = proposed(&mut book, change.clone());
        carry(&mut book, 3, |d| d.accept_proposal(proposal, std::slice::from_ref(&change), &FREE));
        (book, visit, proposal)
    };
    let (mut book, visit, proposal) = accepted();
    assert_eq!(plan(&mut book, visit, Some((3, 60)), &[1]), 1, "another goes beside");
    assert_eq!(refused(&book, |d| d.undo_proposal(proposal, &FREE).map(drop)), "undo-too-late");
    let (mut book, visit, proposal) = accepted();
    for (minute, event) in [(4, VisitEvent::Dispatched), (5, VisitEvent::Accepted)] {
        carry(&mut book, minute, |d| d.on_visit(visit, event));
    }
    steps(&mut book, visit, 6, HelperStep::SetOff);
    assert_eq!(refused(&book, |d| d.undo_proposal(proposal, &FREE).map(drop)), "undo-too-late");
}

#[test]
fn what_those_beside_know_is_asked_about_as_what_the_leading_one_knows() {
    let (book, visit) = planned();
    assert_eq!(fate(&book, &moved(&book, visit, 1, &[3], 0), 2), Fate::Take);
    let (mut book, visit) = agreed();
    let told = Fate::Ask(vec![(visit, Reason::ToldMaster)]);
    assert_eq!(fate(&book, &moved(&book, visit, 1, &[3], 0), 4), told, "the other one is told as well");
    assert_eq!(fate(&book, &moved(&book, visit, 1, &[2], 10), 4), Fate::Take);
    assert_eq!(fate(&book, &moved(&book, visit, 1, &[2], 16), 4), Fate::Ask(vec![(visit, Reason::ToldTime)]));
    carry(&mut book, 5, |d| d.step_beside(visit, id(2), HelperStep::Declined { reason: "спина".into() }));
    assert_eq!(
        fate(&book, &moved(&book, visit, 1, &[3], 0), 6),
        Fate::Take,
        "an empty seat is nobody's loss"
    );
    assert_eq!(
        fate(&book, &moved(&book, visit, 1, &[2], 0), 6),
        Fate::Leave,
        "who said no is not asked again"
    );
}

#[test]
fn a_pin_and_the_way_of_who_goes_beside_come_before_any_gain() {
    let (mut book, visit) = agreed();
    let ending = |book: &Book, change: ProposedMove| FREE.obstacle(&change, book, at(4));
    carry(&mut book, 3, |d| d.on_visit(visit, VisitEvent::Pinned { pinned: true }));
    assert_eq!(ending(&book, moved(&book, visit, 1, &[3], 0)), None, "a pin holds who leads");
    assert_eq!(ending(&book, moved(&book, visit, 2, &[1], 0)), Some(Ending::Pinned));
    assert_eq!(ending(&book, moved(&book, visit, 1, &[2], 5)), Some(Ending::Pinned));
    carry(&mut book, 4, |d| d.on_visit(visit, VisitEvent::Pinned { pinned: false }));
    let stale = moved(&book, visit, 1, &[3], 0);
    steps(&mut book, visit, 5, HelperStep::SetOff);
    assert_eq!(ending(&book, stale.clone()), Some(Ending::Frozen), "nobody is called back from the way");
    assert_eq!(ending(&book, moved(&book, visit, 1, &[2], 5)), Some(Ending::Frozen));
    carry(&mut book, 6, |d| d.step_beside(visit, id(2), HelperStep::Declined { reason: "спина".into() }));
    assert_eq!(ending(&book, stale), Some(Ending::Moved), "it was made of another crew");
}
