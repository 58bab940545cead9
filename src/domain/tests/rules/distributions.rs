//! The distribution of callers: whom a caller is promised to, what becomes of a lease, and the laws in any order of
//! events.

use crate::firm::{at, id};
use domain::{
    calls::{
        call_plan::{CallPlan, CallSkill, HeadStart, Need, QueueRule, Wish},
        distribution::{Distribution, Lease},
        operator::Presence,
        standing::{Standing, Ticket},
    },
    values::id::OperatorId,
};
use jiff::SignedDuration;
use proptest::{prelude::*, test_runner::TestCaseError};
use std::collections::BTreeSet;

const RING: SignedDuration = SignedDuration::from_secs(15);

fn plan(strategy: &[Wish]) -> CallPlan {
    let expert = Need { skill: "kkt".into(), level: 2, relax_seconds: Some(600) };
    let kkt = QueueRule { needs: vec![expert], strategy: strategy.to_vec(), ..QueueRule::open("kkt") };
    let main = QueueRule { strategy: strategy.to_vec(), ..QueueRule::open("main") };
    CallPlan { queues: vec![main, kkt], head_start: HeadStart::default() }
}
fn line(strategy: &[Wish]) -> Distribution {
    Distribution::new(plan(strategy), RING)
}
fn kkt(level: u8) -> Vec<CallSkill> {
    vec![CallSkill { code: "kkt".into(), level }]
}
fn caller(number: u128, minute: i64) -> Standing {
    Standing::plain(id(number), at(minute))
}
fn call(number: u128) -> Ticket {
    Ticket::Call(id(number))
}
fn ready(line: &mut Distribution, number: u128, since: i64, skills: Vec<CallSkill>) {
    line.skilled(id(number), skills, at(since));
    line.is_doing(id(number), Presence::Ready, at(since), at(since));
}
/// Who is promised to whom, by number.
fn pairs(leases: &[Lease]) -> Vec<(Ticket, OperatorId)> {
    leases.iter().map(|lease| (lease.ticket, lease.operator)).collect()
}

#[test]
fn the_first_in_line_meets_who_has_been_idle_longest() {
    let mut line = line(&[Wish::LongestIdle]);
    ready(&mut line, 1, 5, vec![]);
    ready(&mut line, 2, 3, vec![]);
    line.enter(caller(11, 6), at(7));
    line.enter(caller(12, 2), at(7));
    assert_eq!(pairs(&line.serve(at(7))), [(call(12), id(2)), (call(11), id(1))]);
    assert!(line.serve(at(7)).is_empty(), "nobody is promised twice");
}

#[test]
fn a_head_start_is_waiting_that_is_given_beforehand() {
    let mut line = line(&[Wish::LongestIdle]);
    line.enter(caller(11, 0), at(0));
    line.enter(Standing { head_start: 90, ..caller(12, 1) }, at(1));
    line.enter(Standing { head_start: 30, ..caller(13, 1) }, at(1));
    assert_eq!((line.position(call(12)), line.position(call(11))), (Some(1), Some(2)));
    assert_eq!(line.position(call(13)), Some(3));
}

#[test]
fn another_plan_is_adopted_and_nobody_loses_the_place() {
    let mut line = line(&[Wish::LongestIdle]);
    ready(&mut line, 1, 0, kkt(2));
    line.enter(Standing { queue: 1, ..caller(11, 1) }, at(1));
    let leased = line.serve(at(1));
    assert_eq!(pairs(&leased), [(call(11), id(1))]);
    line.enter(Standing { queue: 1, ..caller(12, 2) }, at(2));
    line.enter(caller(13, 3), at(3));
    line.handled(1, SignedDuration::from_secs(600));
    let handling = line.estimate_of(1).cloned();
    // `kkt` comes to stand first and asks for more; `main` is gone, and `all` takes every call
    let expert = Need { skill: "kkt".into(), level: 3, relax_seconds: None };
    let kkt_rule = QueueRule { needs: vec![expert], dids: vec!["+71".into()], ..QueueRule::open("kkt") };
    let other = CallPlan { queues: vec![kkt_rule, QueueRule::open("all")], head_start: HeadStart::default() };
    line.adopt(other);
    let stands: Vec<(Ticket, usize)> = line.line().map(|s| (s.ticket, s.queue)).collect();
    assert_eq!(stands, [(call(12), 0), (call(13), 1)], "in the same order, in the queue of the same name");
    assert_eq!(line.estimate_of(0).cloned(), handling, "what is known of a queue goes with its name");
    assert_eq!(line.leased(call(11)).map(|s| s.queue), Some(0));
    let served = line.answered(call(11), at(4)).expect("the promise held");
    assert_eq!((served.operator, served.queue), (id(1), 0));
    line.is_doing(id(1), Presence::Ready, at(5), at(5));
    assert_eq!(pairs(&line.serve(at(5))), [(call(13), id(1))], "level 2 does not do for `kkt` any more");
}

#[test]
fn who_knows_the_thing_is_rung_and_who_does_not_is_left_alone() {
    let mut line = line(&[Wish::LongestIdle]);
    ready(&mut line, 1, 0, kkt(1));
    ready(&mut line, 2, 5, kkt(2));
    line.enter(Standing { queue: 1, ..caller(11, 6) }, at(6));
    line.enter(Standing { queue: 1, ..caller(12, 6) }, at(6));
    assert_eq!(pairs(&line.serve(at(6))), [(call(11), id(2))]);
    assert!(line.serve(at(15)).is_empty(), "a learner does not do yet");
    assert_eq!(
        pairs(&line.serve(at(16))),
        [(call(12), id(1))],
        "after ten minutes anybody is better than nobody"
    );
}

#[test]
fn experts_stay_free_for_those_who_need_them_when_the_strategy_says_so() {
    for (wish, expected) in [(Wish::BestSkill, 3), (Wish::JustEnough, 2)] {
        let mut line = line(&[wish, Wish::LongestIdle]);
        ready(&mut line, 1, 0, kkt(1));
        ready(&mut line, 2, 5, kkt(2));
        ready(&mut line, 3, 1, kkt(3));
        line.enter(Standing { queue: 1, ..caller(11, 6) }, at(6));
        assert_eq!(pairs(&line.serve(at(6))), [(call(11), id(expected))], "{wish:?}");
    }
}

#[test]
fn a_caller_with_an_open_order_meets_its_owner_else_who_talked_with_them_last() {
    let strategy = [Wish::Owner, Wish::LastOperator, Wish::LongestIdle];
    let who = Standing { owner: Some(id(3)), last: Some(id(2)), ..caller(11, 6) };
    for (there, expected) in [(vec![1, 2, 3], 3), (vec![1, 2], 2), (vec![1], 1)] {
        let mut line = line(&strategy);
        there.iter().for_each(|number| ready(&mut line, *number, *number as i64, vec![]));
        line.enter(who.clone(), at(6));
        assert_eq!(pairs(&line.serve(at(6))), [(call(11), id(expected))]);
    }
}

#[test]
fn who_has_talked_the_smallest_share_of_the_day_is_least_occupied() {
    let mut line = line(&[Wish::LeastOccupied]);
    for number in [1u128, 2] {
        ready(&mut line, number, 0, vec![]);
        line.is_doing(id(number), Presence::Busy, at(10), at(10));
    }
    line.is_doing(id(2), Presence::Ready, at(20), at(20));
    line.is_doing(id(1), Presence::Ready, at(40), at(40));
    line.enter(caller(11, 60), at(60));
    assert_eq!(pairs(&line.serve(at(60))), [(call(11), id(2))]);
    let share = line.occupancy_percent(at(60)).expect("they worked");
    assert!((share - 100.0 * 40.0 / 120.0).abs() < 0.1, "{share}");
}

#[test]
fn who_let_it_ring_is_rung_again_only_when_nobody_else_is_there() {
    let mut line = line(&[Wish::LongestIdle]);
    ready(&mut line, 1, 0, vec![]);
    line.enter(caller(11, 1), at(1));
    line.serve(at(1));
    assert!(line.missed(call(11), at(2)));
    ready(&mut line, 2, 2, vec![]);
    assert_eq!(pairs(&line.serve(at(2))), [(call(11), id(2))]);
    assert!(line.missed(call(11), at(3)));
    line.is_doing(id(2), Presence::NotReady, at(3), at(3));
    assert_eq!(pairs(&line.serve(at(3))), [(call(11), id(1))], "better than nobody");
}

#[test]
fn a_lease_ends_by_itself_and_the_caller_has_the_old_place() {
    let mut line = line(&[Wish::LongestIdle]);
    ready(&mut line, 1, 0, vec![]);
    line.enter(caller(11, 1), at(1));
    let lease = line.serve(at(1))[0];
    line.enter(caller(12, 2), at(2));
    assert!(line.lapse(lease.until - SignedDuration::from_millis(1)).is_empty());
    assert_eq!(line.lapse(lease.until), [lease]);
    assert_eq!(line.position(call(11)), Some(1));
    assert!(
        line.serve(lease.until).is_empty(),
        "who did not answer is not rung until they say that they are ready"
    );
    ready(&mut line, 1, 3, vec![]);
    assert_eq!(pairs(&line.serve(at(3))), [(call(11), id(1))]);
}

#[test]
fn who_keeps_the_place_without_waiting_on_the_line_overtakes_nobody() {
    let mut line = line(&[Wish::LongestIdle]);
    line.enter(caller(11, 0), at(0));
    line.enter(caller(12, 1), at(1));
    line.enter(caller(13, 2), at(2));
    // The second hangs up and is promised to be called back.
    assert!(line.leave(call(12)));
    let back = Standing { ticket: Ticket::Callback(id(12)), ..caller(12, 1) };
    line.enter(back, at(3));
    ready(&mut line, 1, 4, vec![]);
    ready(&mut line, 2, 5, vec![]);
    assert_eq!(pairs(&line.serve(at(5))), [(call(11), id(1)), (Ticket::Callback(id(12)), id(2))]);
    assert!(line.serve(at(5)).is_empty(), "one attempt at a time");
}

#[test]
fn who_gives_up_frees_the_operator_who_was_promised() {
    let mut line = line(&[Wish::LongestIdle]);
    ready(&mut line, 1, 0, vec![]);
    line.enter(caller(11, 1), at(1));
    line.serve(at(1));
    assert!(line.leave(call(11)) && !line.leave(call(11)));
    line.enter(caller(12, 2), at(2));
    assert_eq!(pairs(&line.serve(at(2))), [(call(12), id(1))]);
}

#[test]
fn an_answer_tells_how_long_they_waited_and_what_they_had_been_told() {
    let mut line = line(&[Wish::LongestIdle]);
    ready(&mut line, 1, 0, vec![]);
    line.is_doing(id(1), Presence::Busy, at(0), at(0));
    line.enter(caller(11, 1), at(1));
    ready(&mut line, 1, 3, vec![]);
    line.serve(at(3));
    let served = line.answered(call(11), at(4)).expect("a lease");
    assert_eq!((served.operator, served.waited), (id(1), SignedDuration::from_mins(3)));
    assert_eq!(served.told, Some(SignedDuration::from_mins(3)));
    assert_eq!(line.answered(call(11), at(4)), None);
}

/// What is never so, whatever happened before.
fn laws(line: &Distribution, minute: i64) -> Result<(), TestCaseError> {
    let leases: Vec<Lease> = line.leases().collect();
    let rung: BTreeSet<OperatorId> = leases.iter().map(|lease| lease.operator).collect();
    prop_assert_eq!(rung.len(), leases.len(), "an operator is promised twice");
    for lease in &leases {
        prop_assert!(line.line().all(|caller| caller.ticket != lease.ticket), "promised and in the line");
        prop_assert!(line.free().all(|free| free != lease.operator), "promised and free");
    }
    for caller in line.line() {
        let idle = line.free().find(|free| line.fits(*free, caller, at(minute)));
        prop_assert_eq!(idle, None, "{:?} waits in vain", caller);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn in_any_order_of_events_the_laws_hold(steps in prop::collection::vec((0u8..10, 0u128..6, 0u128..9), 1..160)) {
        let mut line = line(&[Wish::Owner, Wish::JustEnough, Wish::LongestIdle]);
        for (minute, (what, who, caller_no)) in steps.into_iter().enumerate() {
            let minute = minute as i64;
            let now = at(minute);
            match what {
                0..=2 => {
                    let standing = Standing { queue: (caller_no % 2) as usize, head_start: (caller_no % 3) as i64 * 100,
                        owner: Some(id(who)), ..caller(caller_no, minute) };
                    line.enter(standing, now);
                }
                3 | 4 => ready(&mut line, who, minute, kkt((who % 4) as u8)),
                5 => line.is_doing(id(who), Presence::Break, now, now),
                6 => { line.missed(call(caller_no), now); }
                7 => { line.answered(call(caller_no), now); }
                8 => { line.leave(call(caller_no)); }
                _ => { line.lapse(now); }
            }
            let before: Vec<(usize, (jiff::Timestamp, jiff::Timestamp, Ticket))> =
                line.line().map(|s| (s.queue, s.place())).collect();
            let made = line.serve(now);
            for lease in &made {
                prop_assert_eq!(lease.until, now + RING);
                let served = before.iter().find(|(_, place)| place.2 == lease.ticket).expect("stood in the line");
                for left in line.line().filter(|left| left.queue == served.0) {
                    let fits = line.fits(lease.operator, left, now);
                    prop_assert!(!fits || left.place() > served.1, "{:?} was overtaken", left);
                }
            }
            laws(&line, minute)?;
        }
    }
}
