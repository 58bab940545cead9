//! The ladder by which a master learns of a visit, rung by rung.

use crate::firm::{at, id};
use domain::visits::notice::{Ladder, Notice, Push, Step};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const LADDER: Ladder = Ladder {
    push_after: SignedDuration::from_secs(20),
    call_after: SignedDuration::from_secs(240),
    again_after: SignedDuration::from_secs(5),
    most_tries: 3,
};

fn after(seconds: i64) -> Timestamp {
    at(0) + SignedDuration::from_secs(seconds)
}
fn offered() -> Notice {
    Notice::new(id(1), id(2), at(0))
}

#[test]
fn a_closed_phone_is_rung_at_once_and_an_open_page_is_given_time() {
    let notice = offered();
    assert_eq!(notice.next(&LADDER, after(0), false), Step::Ring);
    assert_eq!(notice.next(&LADDER, after(19), true), Step::Wait);
    assert_eq!(notice.next(&LADDER, after(20), true), Step::Ring);
}

#[test]
fn a_push_that_failed_is_tried_again_later_and_later_and_then_given_up() {
    let mut notice = offered();
    for wait in [5, 10] {
        notice.rung();
        notice.failed(&LADDER, after(0), None);
        assert_eq!(notice.push, Push::Failed);
        assert_eq!(notice.next(&LADDER, after(wait - 1), false), Step::Wait);
        assert_eq!(notice.next(&LADDER, after(wait), false), Step::Ring);
    }
    notice.rung();
    notice.failed(&LADDER, after(0), None);
    assert_eq!((notice.push, notice.next(&LADDER, after(60), false)), (Push::Nobody, Step::Wait));
}

#[test]
fn a_push_service_is_left_alone_for_as_long_as_it_asks() {
    let mut notice = offered();
    notice.rung();
    notice.failed(&LADDER, after(0), Some(SignedDuration::from_secs(60)));
    assert_eq!(notice.next(&LADDER, after(59), false), Step::Wait);
    assert_eq!(notice.next(&LADDER, after(60), false), Step::Ring);
}

#[test]
fn what_the_phone_has_shown_is_not_taken_back_by_a_late_answer() {
    let mut notice = offered();
    notice.rung();
    notice.shown();
    notice.taken();
    notice.failed(&LADDER, after(1), None);
    assert_eq!(notice.push, Push::Shown);
}

proptest! {
    /// Whatever comes: the dispatcher is told once, not before the time, and the phone is rung so often at most.
    #[test]
    fn nobody_is_troubled_more_than_the_ladder_says(steps in prop::collection::vec((0i64..40, any::<bool>(), 0u8..4), 0..40)) {
        let (mut notice, mut now, mut rings, mut hints) = (offered(), 0, 0, 0);
        for (wait, open, answer) in steps {
            now += wait;
            match notice.next(&LADDER, after(now), open) {
                Step::Ring => {
                    notice.rung();
                    rings += 1;
                    match answer {
                        0 => notice.taken(),
                        1 => notice.failed(&LADDER, after(now), None),
                        2 => notice.nobody(),
                        _ => {}
                    }
                }
                Step::Hint => {
                    prop_assert!(now >= 240);
                    notice.hinted();
                    hints += 1;
                }
                Step::Wait => {}
            }
        }
        prop_assert!(rings <= 3 && hints <= 1);
    }
}
