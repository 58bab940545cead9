//! Better plans: what may be done unasked, what is asked, and what a person's word does.

use crate::firm::{at, book, id, ids, window};
use domain::{
    book::{
        Book,
        draft::Draft,
        proposal::{Ending, Proposal, ProposalEvent, ProposalState, ProposedMove, Saving, Spot},
        proposal_policy::{Fate, ProposalPolicy, Reason},
    },
    values::id::{MasterId, ProposalId, VisitId},
    visits::visit::{Assignment, Source, VisitEvent},
    workforce::master::MasterEvent,
};
use proptest::prelude::*;

const POLICY: ProposalPolicy = ProposalPolicy {
    alone_seconds: Some(900),
    alone_visits: 2,
    alone_shift_seconds: 900,
    ask_seconds: 600,
    margin_seconds: 300,
    margin_permille: 200,
    remember_seconds: 8 * 3600,
    most_open: 3,
    freeze_seconds: 3600,
    travel_hour: 900,
};

fn visit(number: u128) -> VisitId {
    ids(number).2
}
/// Four visits with master 1, two hours apart, by the solver or by hand.
fn planned(source: Source) -> Book {
    let mut book = book(3, 4);
    for number in 1..=4u128 {
        let mut draft = Draft::new(&book, at(0), "planner");
        let start = at(120 + 120 * number as i64);
        let end = start + jiff::SignedDuration::from_mins(60);
        let assignment = Assignment::proposed(id(1), start, end, 600, source);
        draft.on_visit(visit(number), VisitEvent::Planned { assignment }).expect("planned");
        let (_, kept) = draft.finish();
        book.adopt(kept);
    }
    book
}
fn happens(book: &mut Book, visit: VisitId, event: VisitEvent) {
    let mut draft = Draft::new(book, at(1), "somebody");
    draft.on_visit(visit, event).expect("possible");
    let (_, kept) = draft.finish();
    book.adopt(kept);
}
fn to(book: &Book, visit: VisitId, master: u128, minutes: i64) -> ProposedMove {
    let stands = book.visits[&visit].assignment.as_ref().expect("planned");
    let from = Spot::from(stands);
    let start = from.start + jiff::SignedDuration::from_mins(minutes);
    let to = Spot { master: id(master), start, travel_seconds: 300, ..from.clone() };
    ProposedMove { visit, from: Some(from), to }
}
fn saves(seconds: i64) -> Saving {
    Saving { seconds, travel_seconds: seconds, money: POLICY.money(seconds), ..Saving::default() }
}
fn judged(book: &Book, moves: &[ProposedMove], seconds: i64) -> Fate {
    POLICY.judge(moves, &saves(seconds), book, at(1))
}
fn offered(book: &mut Book, number: u128, moves: Vec<ProposedMove>, seconds: i64) -> ProposalId {
    let proposal = Proposal::new(id(number), moves, saves(seconds), at(1));
    let mut draft = Draft::new(book, at(1), "solver");
    draft.open_proposal(proposal).expect("made");
    let (batch, kept) = draft.finish();
    assert_eq!(batch.facts[0].name, "proposal.made");
    book.adopt(kept);
    id(number)
}
fn said(
    book: &mut Book,
    word: impl FnOnce(&mut Draft<'_>) -> Result<(), domain::refusal::Refusal>,
) -> Result<(), String> {
    let mut draft = Draft::new(book, at(2), "dispatcher1");
    word(&mut draft).map_err(|refusal| refusal.code)?;
    let (_, kept) = draft.finish();
    book.adopt(kept);
    Ok(())
}

#[test]
fn a_plan_that_nobody_was_told_of_changes_unasked_when_it_pays() {
    let book = planned(Source::Solver);
    let moves = [to(&book, visit(1), 2, 0)];
    assert_eq!(judged(&book, &moves, 900), Fate::Take);
    assert_eq!(judged(&book, &moves, 899), Fate::Ask(vec![(visit(1), Reason::Little)]));
    assert_eq!(judged(&book, &moves, 599), Fate::Leave);
    let never = ProposalPolicy { alone_seconds: None, ..POLICY };
    assert!(matches!(never.judge(&moves, &saves(9000), &book, at(1)), Fate::Ask(_)));
}

#[test]
fn many_at_once_are_asked_about() {
    let book = planned(Source::Solver);
    let moves: Vec<_> = (1..=3).map(|n| to(&book, visit(n), 2, 0)).collect();
    assert_eq!(judged(&book, &moves, 9000), Fate::Ask(vec![(visit(1), Reason::Many)]));
    assert_eq!(judged(&book, &moves[..2], 9000), Fate::Take);
}

#[test]
fn what_a_person_chose_and_what_a_master_knows_is_asked_about() {
    let book = planned(Source::Human);
    assert_eq!(
        judged(&book, &[to(&book, visit(1), 2, 0)], 9000),
        Fate::Ask(vec![(visit(1), Reason::ByHand)])
    );
    let mut book = planned(Source::Solver);
    happens(&mut book, visit(1), VisitEvent::Dispatched);
    let reason = |book: &Book, change: ProposedMove| judged(book, &[change], 9000);
    let told = Fate::Ask(vec![(visit(1), Reason::ToldMaster)]);
    assert_eq!(reason(&book, to(&book, visit(1), 2, 0)), told);
    happens(&mut book, visit(1), VisitEvent::Accepted);
    assert_eq!(reason(&book, to(&book, visit(1), 2, 0)), told);
    assert_eq!(reason(&book, to(&book, visit(1), 1, 15)), Fate::Take);
    assert_eq!(reason(&book, to(&book, visit(1), 1, 16)), Fate::Ask(vec![(visit(1), Reason::ToldTime)]));
}

#[test]
fn a_start_outside_the_promised_window_is_asked_about() {
    let mut book = planned(Source::Solver);
    happens(&mut book, visit(1), VisitEvent::WindowPromised { window: window(200, 300) });
    assert_eq!(judged(&book, &[to(&book, visit(1), 2, 60)], 9000), Fate::Take);
    assert_eq!(
        judged(&book, &[to(&book, visit(1), 2, 61)], 9000),
        Fate::Ask(vec![(visit(1), Reason::ToldWindow)])
    );
}

#[test]
fn pins_the_freeze_and_the_ill_come_before_any_gain() {
    let mut book = planned(Source::Solver);
    happens(&mut book, visit(1), VisitEvent::Pinned { pinned: true });
    assert_eq!(judged(&book, &[to(&book, visit(1), 2, 0)], 90_000), Fate::Leave);
    assert_eq!(POLICY.obstacle(&to(&book, visit(1), 1, 0), &book, at(1)), None, "a pin stands where it is");
    let frozen = to(&book, visit(2), 2, 0);
    assert_eq!(POLICY.obstacle(&frozen, &book, at(300)), None);
    assert_eq!(POLICY.obstacle(&frozen, &book, at(301)), Some(Ending::Frozen));
    said(&mut book, |draft| {
        draft.on_master(id(2), MasterEvent::BecameUnavailable { reason: "болен".into() })
    })
    .expect("people fall ill");
    assert_eq!(POLICY.obstacle(&to(&book, visit(3), 2, 0), &book, at(1)), Some(Ending::MasterGone));
}

#[test]
fn what_was_said_no_to_comes_again_only_when_it_gains_more() {
    let mut book = planned(Source::Human);
    let moves = vec![to(&book, visit(1), 2, 0)];
    let first = offered(&mut book, 501, moves.clone(), 2000);
    said(&mut book, |draft| draft.reject_proposal(first)).expect("a no");
    let again = |seconds, minute| POLICY.stands_out(&moves, &saves(seconds), &book, at(minute));
    assert_eq!(again(2000, 3), None);
    assert_eq!(again(2399, 3), None);
    assert_eq!(again(2400, 3), Some(vec![]), "a fifth more is another matter");
    assert_eq!(again(2000, 2 + 8 * 60), Some(vec![]), "and so is another shift");
}

#[test]
fn a_better_one_takes_the_place_of_what_stands_and_a_like_one_does_not() {
    let mut book = planned(Source::Human);
    let moves = vec![to(&book, visit(1), 2, 0)];
    let standing = offered(&mut book, 501, moves, 1000);
    let other = [to(&book, visit(2), 2, 0)];
    assert_eq!(POLICY.stands_out(&other, &saves(1299), &book, at(1)), None);
    assert_eq!(POLICY.stands_out(&other, &saves(1300), &book, at(1)), Some(vec![standing]));
}

#[test]
fn a_yes_is_given_once_to_what_was_shown_and_is_taken_back_whole() {
    let mut book = planned(Source::Human);
    let moves = vec![to(&book, visit(1), 2, 0), to(&book, visit(2), 2, 5)];
    let before = book.visits[&visit(1)].assignment.clone().expect("planned");
    let proposal = offered(&mut book, 501, moves.clone(), 2000);
    let others = [to(&book, visit(3), 2, 0)];
    assert_eq!(
        said(&mut book, |draft| draft.accept_proposal(proposal, &others, &POLICY)),
        Err("proposal-moved".into())
    );
    said(&mut book, |draft| draft.accept_proposal(proposal, &moves, &POLICY)).expect("a yes");
    assert_eq!(book.visits[&visit(1)].master(), Some(id(2)));
    assert_eq!(book.proposals[&proposal].by.as_deref(), Some("dispatcher1"));
    let twice = said(&mut book, |draft| draft.accept_proposal(proposal, &moves, &POLICY));
    assert_eq!(twice, Err("proposal-state".into()));
    said(&mut book, |draft| draft.undo_proposal(proposal, &POLICY).map(drop)).expect("taken back");
    let after = book.visits[&visit(1)].assignment.clone().expect("planned");
    assert_eq!((after.master, after.start), (before.master, before.start));
    assert_eq!(book.proposals[&proposal].state, ProposalState::Undone);
    assert_eq!(POLICY.stands_out(&moves, &saves(2000), &book, at(3)), None, "it counts as a no");
}

#[test]
fn a_yes_that_the_day_has_gone_on_from_is_not_taken_back() {
    let mut book = planned(Source::Human);
    let moves = vec![to(&book, visit(1), 2, 0)];
    let proposal = offered(&mut book, 501, moves.clone(), 2000);
    said(&mut book, |draft| draft.accept_proposal(proposal, &moves, &POLICY)).expect("a yes");
    for event in [VisitEvent::Dispatched, VisitEvent::Accepted, VisitEvent::SetOff] {
        happens(&mut book, visit(1), event);
    }
    let undone = said(&mut book, |draft| draft.undo_proposal(proposal, &POLICY).map(drop));
    assert_eq!(undone, Err("undo-too-late".into()));
}

/// Moves as visit, master and minutes; what they save, when they are found, what is pinned and what is told.
type Tried = (Vec<(u128, u128, i64)>, i64, i64, Vec<bool>, Vec<bool>);

fn tried() -> impl Strategy<Value = Tried> {
    let one = (1u128..=4, 1u128..=3, -90i64..90);
    (
        prop::collection::vec(one, 1..5),
        -1000i64..20_000,
        0i64..500,
        prop::collection::vec(any::<bool>(), 4),
        prop::collection::vec(any::<bool>(), 4),
    )
}

proptest! {
    /// Whatever is found: nothing pinned, frozen or told changes hands unasked, and nothing pinned or frozen is even
    /// asked about.
    #[test]
    fn nothing_told_changes_hands_unasked((wanted, seconds, minute, pins, told) in tried()) {
        let mut book = planned(Source::Solver);
        for (number, (pin, told)) in (1u128..).zip(pins.iter().zip(&told)) {
            if *pin {
                happens(&mut book, visit(number), VisitEvent::Pinned { pinned: true });
            }
            if *told {
                happens(&mut book, visit(number), VisitEvent::Dispatched);
            }
        }
        let mut moves: Vec<ProposedMove> =
            wanted.iter().map(|(v, m, by)| to(&book, visit(*v), *m, *by)).collect();
        moves.sort_by_key(|m| m.visit);
        moves.dedup_by_key(|m| m.visit);
        let now = at(minute);
        let fate = POLICY.judge(&moves, &saves(seconds), &book, now);
        for change in &moves {
            let row = &book.visits[&change.visit];
            let stays = !change.changes_master() && change.shift_seconds() == 0;
            let starts = change.from.as_ref().expect("planned").start;
            let frozen = starts.min(change.to.start).duration_since(now).as_secs() < POLICY.freeze_seconds;
            if (row.pinned && !stays) || frozen {
                prop_assert_eq!(&fate, &Fate::Leave);
            }
            let known = row.assignment.as_ref().is_some_and(|a| a.offered.is_some());
            if known && change.changes_master() {
                prop_assert_ne!(&fate, &Fate::Take);
            }
        }
        let moved = moves.iter().filter(|m| m.changes_master()).count() as i64;
        if fate == Fate::Take && moved > 0 {
            prop_assert!(seconds >= 900 * moved && moved <= 2);
        }
        if matches!(fate, Fate::Ask(_)) {
            prop_assert!(seconds >= 600 * moved.max(1));
        }
    }

    /// Yes and its taking back leave every visit with whom and when it was; a no leaves everything.
    #[test]
    fn a_word_that_is_taken_back_leaves_the_plan_as_it_was((wanted, seconds, _, _, _) in tried(), yes in any::<bool>()) {
        let mut book = planned(Source::Human);
        let mut moves: Vec<ProposedMove> =
            wanted.iter().map(|(v, m, by)| to(&book, visit(*v), *m, *by)).collect();
        moves.sort_by_key(|m| m.visit);
        moves.dedup_by_key(|m| m.visit);
        let plan = |book: &Book| -> Vec<Option<(MasterId, jiff::Timestamp)>> {
            (1..=4).map(|n| book.visits[&visit(n)].assignment.as_ref().map(|a| (a.master, a.start))).collect()
        };
        let before = plan(&book);
        let proposal = offered(&mut book, 501, moves.clone(), seconds);
        let word = said(&mut book, |draft| if yes {
            draft.accept_proposal(proposal, &moves, &POLICY)
        } else {
            draft.reject_proposal(proposal)
        });
        if word.is_ok() {
            said(&mut book, |draft| draft.undo_proposal(proposal, &POLICY).map(drop)).expect("at once it may be");
        }
        prop_assert_eq!(plan(&book), before);
    }

    /// Replaying its facts gives the proposal that was kept.
    #[test]
    fn a_proposal_is_the_sum_of_its_facts(words in prop::collection::vec(0u8..5, 0..8)) {
        let book = planned(Source::Human);
        let moves = vec![to(&book, visit(1), 2, 0)];
        let mut proposal = Proposal::new(id(501), moves.clone(), saves(700), at(1));
        let mut facts = vec![ProposalEvent::Made { moves: moves.clone(), saving: saves(700) }];
        proposal.apply(&facts[0], at(1), "solver");
        for word in words {
            let event = match word {
                0 => ProposalEvent::Accepted,
                1 => ProposalEvent::Rejected,
                2 => ProposalEvent::Reopened,
                3 => ProposalEvent::Undone,
                _ => ProposalEvent::Rebased { moves: moves.clone(), saving: saves(800) },
            };
            if let Ok(event) = proposal.decide(event) {
                proposal.apply(&event, at(1), "solver");
                facts.push(event);
            }
        }
        let mut again = Proposal::new(id(501), vec![], Saving::default(), at(1));
        for fact in &facts {
            let kept = serde_json::to_value(fact).expect("kept");
            again.apply(&serde_json::from_value(kept).expect("read"), at(1), "solver");
        }
        prop_assert_eq!(again, proposal);
    }
}
