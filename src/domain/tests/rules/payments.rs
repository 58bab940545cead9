//! A payment (`domain.md` 3.4.17): asked, there or not, and back again.

use crate::{
    firm::{payment, rub},
    machine::{Machine, found, hold, refused, walk, word},
};
use domain::{
    billing::{
        payment::{Payment, PaymentEvent, PaymentState, Tender},
        price::labour,
    },
    refusal::Refusal,
    requests::request::Priority,
    values::money::Money,
};
use proptest::prelude::*;

impl Machine for Payment {
    type Event = PaymentEvent;
    fn decide(&self, event: PaymentEvent, _: i64) -> Result<PaymentEvent, Refusal> {
        Payment::decide(self, event)
    }
    fn apply(&mut self, event: &PaymentEvent, _: i64) {
        Payment::apply(self, event);
    }
    fn ver(&self) -> u64 {
        self.ver
    }
    fn state(&self) -> String {
        word(&self.state)
    }
}

fn events() -> Vec<PaymentEvent> {
    let mut all =
        vec![PaymentEvent::Created, PaymentEvent::Succeeded, PaymentEvent::Declined, PaymentEvent::Expired];
    all.extend([0, 100, 400, 1000].map(|sum| PaymentEvent::Refunded { sum: rub(sum) }));
    all
}

const ASKED: &str = "
    new > pending, pending > succeeded, pending > declined, pending > expired
    succeeded > partly_refunded, succeeded > refunded, partly_refunded > refunded
";
const FINALS: [&str; 3] = ["declined", "expired", "refunded"];

proptest! {
    #[test]
    fn whatever_comes_a_payment_keeps_the_laws(picks in prop::collection::vec(any::<u16>(), 0..40)) {
        walk(&payment(Tender::Sbp, 1000), &events(), &picks)?;
        walk(&payment(Tender::Cash, 1000), &events(), &picks)?;
    }

    #[test]
    fn no_more_goes_back_than_came(sums in prop::collection::vec(1i64..700, 0..10)) {
        let mut now = payment(Tender::Card, 1000);
        now.apply(&PaymentEvent::Succeeded);
        for sum in sums {
            if let Ok(event) = now.decide(PaymentEvent::Refunded { sum: rub(sum) }) { now.apply(&event); }
            prop_assert!(!now.left().is_negative() && now.refunded <= now.sum);
            prop_assert_eq!(now.state == PaymentState::Refunded, now.left() == Money::ZERO);
        }
    }

    #[test]
    fn longer_work_never_costs_less(minutes in 0u32..600) {
        for priority in [Priority::Normal, Priority::Urgent, Priority::Emergency] {
            prop_assert!(labour(minutes, priority) <= labour(minutes + 1, priority));
            prop_assert!(labour(minutes, Priority::Normal) <= labour(minutes, priority));
        }
    }
}

#[test]
fn a_payment_goes_the_drawn_ways_and_no_others() {
    hold(&found(&payment(Tender::Sbp, 1000), &events()), ASKED, &FINALS);
}

#[test]
fn cash_needs_no_bank_and_a_fast_payment_does() {
    for tender in [Tender::Cash, Tender::Card, Tender::Invoice] {
        assert!(payment(tender, 10).decide(PaymentEvent::Succeeded).is_ok(), "{tender:?}");
    }
    refused(payment(Tender::Sbp, 10).decide(PaymentEvent::Succeeded), "payment-state", "payment.succeeded");
}

#[test]
fn a_payment_is_more_than_nothing() {
    for sum in [0, -5] {
        refused(payment(Tender::Cash, sum).decide(PaymentEvent::Succeeded), "wrong-sum", "more than 0");
    }
}

#[test]
fn a_bank_that_said_no_does_not_say_yes_later() {
    for no in [PaymentEvent::Declined, PaymentEvent::Expired] {
        let mut now = payment(Tender::Sbp, 10);
        now.apply(&PaymentEvent::Created);
        now.apply(&no);
        refused(now.decide(PaymentEvent::Succeeded), "payment-state", "payment.succeeded");
        refused(now.decide(PaymentEvent::Refunded { sum: rub(1) }), "payment-state", "payment.refunded");
    }
}

#[test]
fn what_is_left_says_how_much_may_go_back() {
    let mut now = payment(Tender::Card, 1000);
    now.apply(&PaymentEvent::Succeeded);
    now.apply(&PaymentEvent::Refunded { sum: rub(400) });
    assert_eq!((now.state, now.left()), (PaymentState::PartlyRefunded, rub(600)));
    refused(now.decide(PaymentEvent::Refunded { sum: rub(601) }), "wrong-sum", "at most `600.00`");
    now.apply(&PaymentEvent::Refunded { sum: rub(600) });
    assert_eq!(now.state, PaymentState::Refunded);
}
