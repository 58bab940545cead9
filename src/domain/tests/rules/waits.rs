//! The wait that is told: what it is made of, how it is corrected, and the error it says of itself.

use crate::firm::at;
use domain::calls::wait_estimate::WaitEstimate;
use jiff::SignedDuration;
use proptest::prelude::*;

fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

#[test]
fn the_wait_is_the_line_in_front_times_the_time_between_two_freed_operators() {
    let estimate = WaitEstimate::new(seconds(200));
    let told = |position, at_work| estimate.tell(position, at_work).map(|told| told.seconds);
    assert_eq!((told(1, 10), told(5, 10), told(5, 20)), (Some(20.0), Some(100.0), Some(50.0)));
    assert_eq!(told(3, 0), None, "nobody is at work: nothing can be told");
}

#[test]
fn a_handling_time_that_grows_is_followed() {
    let mut estimate = WaitEstimate::new(seconds(100));
    (0..400).for_each(|_| estimate.handled(seconds(300)));
    assert!((estimate.handling().as_secs() - 300).abs() <= 1, "{:?}", estimate.handling());
}

#[test]
fn an_estimate_that_is_always_too_low_is_corrected_and_says_how_wrong_it_was() {
    let mut estimate = WaitEstimate::new(seconds(100));
    assert_eq!(estimate.error_percent(), None);
    for minute in 0..30 {
        let told = estimate.tell(10, 10).expect("somebody is at work");
        estimate.answered(told, seconds(200), at(minute));
    }
    let told = estimate.tell(10, 10).expect("somebody is at work");
    assert!((told.seconds - 200.0).abs() < 1.0, "{told:?}");
    // Twenty waits were told wrong by half, ten were told right.
    let error = estimate.error_percent().expect("waits have ended");
    assert!((error - 100.0 / 3.0).abs() < 0.5, "{error}");
}

#[test]
fn waits_of_an_hour_ago_and_very_short_ones_are_not_judged() {
    let mut estimate = WaitEstimate::new(seconds(100));
    let told = estimate.tell(10, 10).expect("somebody is at work");
    estimate.answered(told, seconds(5), at(0));
    assert_eq!(estimate.error_percent(), None);
    estimate.answered(told, seconds(400), at(0));
    estimate.answered(told, seconds(100), at(90));
    let error = estimate.error_percent().expect("one wait counts");
    assert!(error < 1e-6, "{error}");
}

proptest! {
    #[test]
    fn the_estimate_grows_with_the_line_and_is_a_number(
        waits in prop::collection::vec((1i64..2000, 1usize..50), 0..200),
        position in 1usize..200,
    ) {
        let mut estimate = WaitEstimate::new(seconds(180));
        for (minute, (waited, front)) in waits.into_iter().enumerate() {
            let told = estimate.tell(front, 7).expect("somebody is at work");
            estimate.answered(told, seconds(waited), at(minute as i64));
            estimate.handled(seconds(waited));
        }
        let here = estimate.tell(position, 7).expect("somebody is at work").seconds;
        let behind = estimate.tell(position + 1, 7).expect("somebody is at work").seconds;
        prop_assert!(here.is_finite() && here > 0.0 && behind > here);
        prop_assert!(estimate.error_percent().is_none_or(|e| e.is_finite() && e >= 0.0));
    }
}
