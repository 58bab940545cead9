//! A request: what the client wants and was promised (`domain.md` 3.4.4).

use crate::{
    firm::{at, id, request},
    machine::{Machine, found, hold, refused, walk, word},
};
use domain::{
    refusal::Refusal,
    requests::{
        request::{HoldReason, Request, RequestEvent, RequestState},
        request_rules::REPEAT_DAYS,
        sla::{ClockState, Metric},
    },
};
use proptest::prelude::*;

impl Machine for Request {
    type Event = RequestEvent;
    const STEP: i64 = 40;
    fn decide(&self, event: RequestEvent, minute: i64) -> Result<RequestEvent, Refusal> {
        self.decide_at(event, at(minute))
    }
    fn apply(&mut self, event: &RequestEvent, minute: i64) {
        Request::apply(self, event, at(minute));
    }
    fn ver(&self) -> u64 {
        self.ver
    }
    fn state(&self) -> String {
        word(&self.state)
    }
}

fn why(text: &str) -> String {
    text.to_owned()
}
fn events() -> Vec<RequestEvent> {
    let mut all = vec![
        RequestEvent::Drafted,
        RequestEvent::Created,
        RequestEvent::Booked { visit: id(52) },
        RequestEvent::VisitLinked { visit: id(53) },
        RequestEvent::ToWorkshop,
        RequestEvent::Reached,
        RequestEvent::Started,
        RequestEvent::Resumed,
        RequestEvent::Resolved,
        RequestEvent::Closed,
        RequestEvent::Reopened,
        RequestEvent::Cancelled { reason: why("передумал") },
        RequestEvent::Cancelled { reason: why(" ") },
        RequestEvent::Rejected { reason: why("не наша марка") },
        RequestEvent::Merged { into: id(99) },
        RequestEvent::Merged { into: id(50) },
        RequestEvent::Rated { stars: 5 },
        RequestEvent::Rated { stars: 6 },
    ];
    for reason in [HoldReason::Client, HoldReason::Parts, HoldReason::ThirdParty] {
        all.push(RequestEvent::Held { reason });
    }
    for metric in [Metric::Reaction, Metric::Restore] {
        all.push(RequestEvent::Breached { metric });
        all.extend([50, 75, 100].map(|percent| RequestEvent::Warned { metric, percent }));
        for verdict in [ClockState::Met, ClockState::Breached, ClockState::Running] {
            all.push(RequestEvent::Overridden { metric, verdict, reason: why("ошибка часов") });
        }
    }
    all
}

const DRAWING: &str = "
    new > registered
    registered > booked, registered > to_workshop, registered > in_work, registered > on_hold
    registered > cancelled, registered > rejected, registered > merged
    booked > in_work, booked > on_hold, booked > resolved, booked > cancelled, booked > merged
    to_workshop > in_work, to_workshop > on_hold, to_workshop > cancelled, to_workshop > merged
    in_work > on_hold, in_work > resolved, in_work > cancelled, in_work > merged
    on_hold > registered, on_hold > booked, on_hold > to_workshop, on_hold > in_work
    on_hold > cancelled, on_hold > merged
    resolved > closed, resolved > in_work, closed > in_work
";
const DRAFT: &str = "new > draft, draft > registered, draft > cancelled, draft > merged";

fn draft() -> Request {
    Request { state: RequestState::Draft, ..request() }
}
/// The request after these events, ten minutes apart.
fn after(events: &[RequestEvent]) -> Request {
    let mut request = request();
    for (step, event) in events.iter().enumerate() {
        let now = at(step as i64 * 10);
        let event = request.decide_at(event.clone(), now).unwrap_or_else(|refusal| panic!("{refusal}"));
        request.apply(&event, now);
    }
    request
}
fn booked() -> Vec<RequestEvent> {
    vec![RequestEvent::Created, RequestEvent::Booked { visit: id(52) }]
}
fn in_work() -> Vec<RequestEvent> {
    vec![RequestEvent::Created, RequestEvent::Booked { visit: id(52) }, RequestEvent::Started]
}
fn resolved() -> Request {
    let mut events = in_work();
    events.push(RequestEvent::Resolved);
    after(&events)
}

proptest! {
    #[test]
    fn whatever_comes_a_request_keeps_the_laws(picks in prop::collection::vec(any::<u16>(), 0..80)) {
        walk(&request(), &events(), &picks)?;
        walk(&draft(), &events(), &picks)?;
        let paused = Request { pauses: vec![HoldReason::Client, HoldReason::Parts], ..request() };
        walk(&paused, &events(), &picks)?;
    }

    #[test]
    fn a_held_request_comes_back_to_where_it_was(
        steps in 0usize..4,
        reason in prop::sample::select(vec![HoldReason::Client, HoldReason::Access, HoldReason::Payment]),
    ) {
        let mut request = after(&in_work()[..steps.clamp(1, 3)]);
        let was = request.state;
        request.apply(&RequestEvent::Held { reason }, at(60));
        prop_assert_eq!(request.state, RequestState::OnHold);
        prop_assert_eq!(request.reason.as_deref(), Some(reason.name()));
        request.apply(&RequestEvent::Resumed, at(90));
        prop_assert_eq!((request.state, request.reason, request.held_from), (was, None, None));
    }

    #[test]
    fn a_request_that_is_given_up_has_no_open_promise(picks in prop::collection::vec(any::<u16>(), 0..60)) {
        let (mut now, all) = (request(), events());
        for (step, pick) in picks.into_iter().enumerate() {
            let minute = at(step as i64 * 11);
            let event = all[usize::from(pick) % all.len()].clone();
            if let Ok(event) = now.decide_at(event, minute) { now.apply(&event, minute); }
            let given_up =
                matches!(now.state, RequestState::Cancelled | RequestState::Rejected | RequestState::Merged);
            prop_assert!(!given_up || now.clocks.iter().all(|c| c.is_ended()));
        }
    }
}

#[test]
fn a_request_goes_the_drawn_ways_and_no_others() {
    hold(&found(&request(), &events()), DRAWING, &["cancelled", "rejected", "merged"]);
}

#[test]
fn a_draft_promises_nothing_until_it_is_registered() {
    hold(
        &found(&draft(), &events()),
        &DRAWING.replace("new > registered", DRAFT),
        &["cancelled", "rejected"],
    );
    let mut request = draft();
    request.apply(&RequestEvent::Drafted, at(0));
    assert!(request.clocks.iter().all(|c| c.state == ClockState::Idle));
    request.apply(&RequestEvent::Created, at(30));
    assert_eq!(request.created, at(30));
    let due: Vec<_> = request.clocks.iter().map(|c| (c.state, c.due)).collect();
    assert_eq!(due, [(ClockState::Running, at(30 + 120)), (ClockState::Running, at(30 + 24 * 60))]);
}

#[test]
fn a_request_says_what_is_wrong() {
    let silent = Request { symptom: " \n".into(), ..request() };
    refused(silent.decide(RequestEvent::Created), "symptom-missing", "expected what the client said");
}

#[test]
fn a_request_is_not_given_up_without_a_reason() {
    let request = after(&booked()[..1]);
    for event in
        [RequestEvent::Cancelled { reason: why("  ") }, RequestEvent::Rejected { reason: String::new() }]
    {
        refused(request.decide(event), "reason-missing", "expected why");
    }
}

#[test]
fn only_a_request_without_a_window_is_rejected() {
    let rejected = RequestEvent::Rejected { reason: why("не наша зона") };
    refused(after(&booked()).decide(rejected.clone()), "request-state", "`Booked`");
    let mut request = after(&booked()[..1]);
    request.apply(&rejected, at(5));
    assert_eq!((request.state, request.reason.as_deref()), (RequestState::Rejected, Some("не наша зона")));
    assert!(!request.is_open() && request.clocks.is_empty());
}

#[test]
fn a_held_request_is_not_held_again_and_is_not_resolved() {
    let mut events = in_work();
    events.push(RequestEvent::Held { reason: HoldReason::Parts });
    let held = after(&events);
    refused(held.decide(RequestEvent::Held { reason: HoldReason::Client }), "request-state", "`OnHold`");
    refused(held.decide(RequestEvent::Resolved), "request-state", "request.resolved");
    refused(held.decide(RequestEvent::Booked { visit: id(1) }), "request-state", "request.booked");
}

#[test]
fn the_terms_say_which_waits_stop_the_clocks() {
    for (reason, state) in
        [(HoldReason::Client, ClockState::Paused), (HoldReason::Parts, ClockState::Running)]
    {
        let mut request = Request { pauses: vec![HoldReason::Client], ..after(&in_work()) };
        request.apply(&RequestEvent::Held { reason }, at(60));
        assert_eq!(request.clock(Metric::Restore).expect("a promise").state, state, "{reason:?}");
    }
}

#[test]
fn the_reaction_is_met_at_the_door_or_when_work_begins() {
    let mut events = booked();
    events.push(RequestEvent::Reached);
    let reached = after(&events);
    assert_eq!(
        reached.clock(Metric::Reaction).map(|c| (c.state, c.ended)),
        Some((ClockState::Met, Some(at(20))))
    );
    assert_eq!(reached.clock(Metric::Restore).map(|c| c.state), Some(ClockState::Running));
    let started = after(&in_work());
    assert_eq!(
        started.clock(Metric::Reaction).map(|c| c.state),
        Some(ClockState::Met),
        "in the workshop, too"
    );
}

#[test]
fn a_resolved_request_stops_its_clocks_and_may_be_rated() {
    let mut request = resolved();
    assert!(request.clocks.iter().all(|c| c.state == ClockState::Met));
    refused(request.decide(RequestEvent::Rated { stars: 0 }), "wrong-mark", "`0`");
    refused(request.decide(RequestEvent::Rated { stars: 6 }), "wrong-mark", "`6`");
    request.apply(&RequestEvent::Rated { stars: 5 }, at(100));
    assert_eq!((request.rating, request.state), (Some(5), RequestState::Resolved));
    refused(after(&in_work()).decide(RequestEvent::Rated { stars: 5 }), "request-state", "`InWork`");
}

#[test]
fn a_request_that_comes_back_in_time_is_a_repeat() {
    let mut request = resolved();
    let day = 24 * 60;
    let late = request.resolved.expect("an end").duration_since(at(0)).as_secs() / 60 + REPEAT_DAYS * day + 1;
    refused(request.decide_at(RequestEvent::Reopened, at(late)), "repeat-too-late", "30 days");
    let event = request.decide_at(RequestEvent::Reopened, at(3 * day)).expect("in time");
    request.apply(&event, at(3 * day));
    assert_eq!((request.state, request.repeats), (RequestState::InWork, 1));
}

#[test]
fn a_closed_request_may_come_back_and_a_cancelled_one_may_not() {
    let mut request = resolved();
    request.apply(&RequestEvent::Closed, at(60));
    assert!(request.decide_at(RequestEvent::Reopened, at(70)).is_ok());
    let mut events = booked();
    events.push(RequestEvent::Cancelled { reason: why("передумал") });
    refused(after(&events).decide(RequestEvent::Reopened), "request-state", "`Cancelled`");
}

#[test]
fn duplicates_are_merged_into_another_request() {
    let request = after(&booked());
    refused(
        request.decide(RequestEvent::Merged { into: id(50) }),
        "merged-into-itself",
        "expected another one",
    );
    let mut merged = request;
    merged.apply(&RequestEvent::Merged { into: id(99) }, at(20));
    assert_eq!(
        (merged.state, merged.merged_into, merged.is_open()),
        (RequestState::Merged, Some(id(99)), false)
    );
    refused(resolved().decide(RequestEvent::Merged { into: id(99) }), "request-state", "`Resolved`");
}

#[test]
fn a_breach_is_told_once_and_only_after_the_deadline() {
    let mut request = after(&booked()[..1]);
    let breached = RequestEvent::Breached { metric: Metric::Reaction };
    refused(request.decide_at(breached.clone(), at(119)), "sla-not-due", "Reaction");
    refused(request.decide_at(breached.clone(), at(120)), "sla-not-due", "Reaction");
    let event = request.decide_at(breached.clone(), at(121)).expect("the deadline has passed");
    request.apply(&event, at(121));
    assert_eq!(request.clock(Metric::Reaction).map(|c| c.state), Some(ClockState::Breached));
    refused(request.decide_at(breached, at(130)), "request-state", "sla.breached");
}

#[test]
fn people_are_warned_once_at_each_share() {
    let mut request = after(&booked()[..1]);
    let warned = |percent| RequestEvent::Warned { metric: Metric::Reaction, percent };
    refused(request.decide_at(warned(50), at(59)), "sla-not-due", "`50`");
    let event = request.decide_at(warned(50), at(60)).expect("half of two hours");
    request.apply(&event, at(60));
    refused(request.decide_at(warned(50), at(61)), "request-state", "sla.warning");
    refused(request.decide_at(warned(75), at(89)), "sla-not-due", "`75`");
    assert!(request.decide_at(warned(75), at(90)).is_ok());
}

#[test]
fn an_overridden_result_keeps_the_measured_one_beside_it() {
    let over = |verdict, reason: &str| RequestEvent::Overridden {
        metric: Metric::Reaction,
        verdict,
        reason: reason.into(),
    };
    let mut request = resolved();
    refused(request.decide(over(ClockState::Breached, " ")), "reason-missing", "expected why");
    refused(request.decide(over(ClockState::Met, "так")), "request-state", "sla.overridden");
    refused(request.decide(over(ClockState::Paused, "так")), "request-state", "sla.overridden");
    request.apply(&over(ClockState::Breached, "ошибка"), at(200));
    request.apply(&over(ClockState::Met, "верно"), at(210));
    let clock = request.clock(Metric::Reaction).expect("a promise");
    assert_eq!((clock.state, clock.original), (ClockState::Met, Some(ClockState::Met)));
    let running = over(ClockState::Met, "рано");
    refused(after(&booked()).decide(running), "request-state", "sla.overridden");
}

#[test]
fn the_dispatcher_watches_the_promise_that_ends_first() {
    let mut request = after(&booked()[..1]);
    assert_eq!(request.next_clock().map(|c| c.metric), Some(Metric::Reaction));
    request.apply(&RequestEvent::Reached, at(10));
    assert_eq!(request.next_clock().map(|c| c.metric), Some(Metric::Restore));
    request.apply(&RequestEvent::Started, at(20));
    request.apply(&RequestEvent::Resolved, at(30));
    assert_eq!(request.next_clock().map(|c| c.ended), Some(Some(at(30))), "the last that ended");
}
