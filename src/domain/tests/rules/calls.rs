//! A call from the first ring to the disposition (`domain.md` 3.4.1).

use crate::{
    firm::{at, call, id},
    machine::{Machine, found, hold, refused, walk, word},
};
use domain::{
    calls::{
        call::{Call, CallEvent, CallState, Direction, Watch},
        line::{LegOwner, LegSide},
        outside::OutsideEvent,
    },
    refusal::Refusal,
    values::{id::OperatorId, phone::PhoneNumber},
};
use proptest::prelude::*;

impl Machine for Call {
    type Event = CallEvent;
    fn decide(&self, event: CallEvent, _: i64) -> Result<CallEvent, Refusal> {
        Call::decide(self, event)
    }
    fn apply(&mut self, event: &CallEvent, minute: i64) {
        Call::apply(self, event, at(minute));
    }
    fn ver(&self) -> u64 {
        self.ver
    }
    fn state(&self) -> String {
        word(&self.state)
    }
}

fn events() -> Vec<CallEvent> {
    let closed = |disposition: &str| CallEvent::Closed {
        disposition: disposition.into(),
        note: "заметка".into(),
        about: Some(id(50)),
    };
    vec![
        CallEvent::Incoming,
        CallEvent::Greeted,
        CallEvent::NoticePlayed,
        CallEvent::RecordingBegun { recording: "a".into() },
        CallEvent::RecordingLost { reason: "no room".into() },
        CallEvent::VoicemailLeft { recording: "b".into() },
        CallEvent::CallbackPromised,
        CallEvent::Queued,
        CallEvent::Offered { operator: id(1) },
        CallEvent::Offered { operator: id(2) },
        CallEvent::Requeued { reason: "no_answer".into() },
        CallEvent::Dialed { operator: id(1) },
        CallEvent::Answered,
        CallEvent::Muted,
        CallEvent::Unmuted,
        CallEvent::Held,
        CallEvent::Resumed,
        CallEvent::Consulted { operator: id(1) },
        CallEvent::Consulted { operator: id(3) },
        CallEvent::ConsultEnded,
        CallEvent::Transferred { operator: id(2) },
        CallEvent::Transferred { operator: id(3) },
        CallEvent::Redirected { operator: None, queue: "kkt".into() },
        CallEvent::Redirected { operator: Some(id(2)), queue: "main".into() },
        CallEvent::Conferenced,
        CallEvent::PartyLeft { operator: id(1) },
        CallEvent::PartyLeft { operator: id(3) },
        CallEvent::Watched { by: "manager".into(), how: Watch::Listen },
        CallEvent::Unwatched { by: "manager".into() },
        CallEvent::Sounded { sides: Default::default() },
        CallEvent::TakenOver { operator: id(3) },
        CallEvent::Outside(OutsideEvent::Asked { number: master() }),
        CallEvent::Outside(OutsideEvent::Asked { number: anna() }),
        CallEvent::Outside(OutsideEvent::Answered),
        CallEvent::Outside(OutsideEvent::Left),
        CallEvent::Outside(OutsideEvent::Given { number: master() }),
        CallEvent::Outside(OutsideEvent::NotReached),
        CallEvent::Outside(written("status")),
        CallEvent::Outside(written(" ")),
        CallEvent::Ended { by_caller: true },
        closed("request"),
        closed("  "),
        CallEvent::Abandoned,
        CallEvent::Failed { reason: "486".into() },
    ]
}

fn master() -> PhoneNumber {
    "+79222100500".parse().expect("a number")
}
fn anna() -> PhoneNumber {
    call().from.parse().expect("a number")
}
fn written(disposition: &str) -> OutsideEvent {
    OutsideEvent::WrittenDown { disposition: disposition.into(), note: "передан".into(), about: None }
}

const DRAWING: &str = "
    new > ringing
    ringing > greeting, ringing > queued, greeting > queued
    greeting > promised, queued > promised
    queued > offered, offered > queued, offered > talking
    talking > held, held > talking
    talking > consulting, held > consulting, consulting > talking
    talking > wrap_up, held > wrap_up, consulting > wrap_up
    consulting > conference, conference > talking, conference > wrap_up, conference > failed
    talking > queued, held > queued, held > talking
    talking > away, held > away, consulting > away, conference > away
    away > queued, away > wrap_up, away > closed, away > failed
    wrap_up > closed
    ringing > abandoned, greeting > abandoned, queued > abandoned, offered > abandoned
    ringing > failed, greeting > failed, queued > failed, offered > failed, talking > failed, held > failed
    consulting > failed, wrap_up > failed
";

/// The call after these events, five minutes apart.
fn after(events: &[CallEvent]) -> Call {
    let mut call = call();
    for (step, event) in events.iter().enumerate() {
        let event = call.decide(event.clone()).unwrap_or_else(|refusal| panic!("{refusal}"));
        call.apply(&event, at(step as i64 * 5));
    }
    call
}
fn talking() -> Vec<CallEvent> {
    vec![CallEvent::Incoming, CallEvent::Queued, CallEvent::Offered { operator: id(1) }, CallEvent::Answered]
}

proptest! {
    #[test]
    fn whatever_comes_a_call_keeps_the_laws(picks in prop::collection::vec(any::<u16>(), 0..80)) {
        walk(&call(), &events(), &picks)?;
    }

    #[test]
    fn an_operator_is_named_exactly_while_one_has_the_call(picks in prop::collection::vec(any::<u16>(), 0..60)) {
        let mut now = call();
        for pick in picks {
            let all = events();
            let event = all[usize::from(pick) % all.len()].clone();
            if let Ok(event) = now.decide(event) { now.apply(&event, at(0)); }
            match now.state {
                CallState::Ringing | CallState::Greeting | CallState::Queued => prop_assert!(now.operator.is_none()),
                CallState::Offered | CallState::Dialing | CallState::Talking | CallState::Held | CallState::Consulting
                | CallState::Conference | CallState::Away | CallState::WrapUp | CallState::Closed => prop_assert!(now.operator.is_some()),
                CallState::Abandoned | CallState::Promised | CallState::Failed => {}
            }
            prop_assert_eq!(now.ended.is_some(), now.is_over() || now.state == CallState::WrapUp);
            let two = matches!(now.state, CallState::Consulting | CallState::Conference);
            let third = now.aside.is_some() || now.outside.is_some();
            prop_assert_eq!(third, two || now.state == CallState::Away, "a third is named exactly while one is in it");
            prop_assert!(now.aside.is_none() || now.outside.is_none(), "one question at a time");
            prop_assert!(now.outside.as_ref().is_none_or(|outside| outside.number != anna()));
            prop_assert!(now.aside.is_none() || now.aside != now.operator);
            prop_assert!(!now.muted || now.is_talk());
            prop_assert!(now.recording.is_none() || now.noticed, "recorded without a notice");
        }
    }
}

#[test]
fn a_call_goes_the_drawn_ways_and_no_others() {
    hold(&found(&call(), &events()), DRAWING, &["closed", "abandoned", "promised", "failed"]);
}

#[test]
fn a_muted_talk_whose_line_breaks_is_muted_no_more() {
    let broken = [CallEvent::Muted, CallEvent::Failed { reason: "486".into() }];
    let call = after(&[talking(), broken.to_vec()].concat());
    assert_eq!((call.state, call.muted), (CallState::Failed, false));
}

#[test]
fn nothing_happens_to_a_call_that_has_not_come() {
    for event in events() {
        let outcome = call().decide(event.clone());
        assert_eq!(outcome.is_ok(), event == CallEvent::Incoming, "{event:?}");
    }
}

#[test]
fn a_call_comes_once() {
    refused(after(&[CallEvent::Incoming]).decide(CallEvent::Incoming), "call-state", "call.incoming");
}

#[test]
fn a_call_is_not_closed_without_a_disposition() {
    let mut events = talking();
    events.push(CallEvent::Ended { by_caller: false });
    let call = after(&events);
    for blank in ["", "  ", "\n"] {
        let closed = CallEvent::Closed { disposition: blank.into(), note: String::new(), about: None };
        refused(call.decide(closed), "disposition-missing", "expected what the call was about");
    }
    let closed = CallEvent::Closed { disposition: "spam".into(), note: String::new(), about: None };
    assert_eq!(call.decide(closed.clone()), Ok(closed));
}

#[test]
fn a_call_is_not_written_down_while_people_talk() {
    let closed = CallEvent::Closed { disposition: "spam".into(), note: String::new(), about: None };
    refused(after(&talking()).decide(closed), "call-state", "`Talking`");
}

#[test]
fn who_lets_it_ring_is_remembered_and_the_next_one_is_named() {
    let call = after(&[
        CallEvent::Incoming,
        CallEvent::Queued,
        CallEvent::Offered { operator: id(1) },
        CallEvent::Requeued { reason: "no_answer".into() },
        CallEvent::Offered { operator: id(2) },
        CallEvent::Requeued { reason: "rejected".into() },
    ]);
    let missed: Vec<OperatorId> = vec![id(1), id(2)];
    assert_eq!((call.missed_by, call.operator, call.state), (missed, None, CallState::Queued));
}

#[test]
fn the_first_answer_is_the_one_that_counts() {
    let mut events = talking();
    events.extend([CallEvent::Held, CallEvent::Resumed]);
    assert_eq!(after(&events).answered, Some(at(15)));
}

#[test]
fn a_transfer_goes_through_a_consultation_to_another_operator() {
    let mut events = talking();
    refused(
        after(&events).decide(CallEvent::Transferred { operator: id(2) }),
        "call-state",
        "call.transferred",
    );
    refused(after(&events).decide(CallEvent::Consulted { operator: id(1) }), "same-operator", "has the call");
    events.push(CallEvent::Consulted { operator: id(2) });
    refused(
        after(&events).decide(CallEvent::Transferred { operator: id(1) }),
        "same-operator",
        "has the call",
    );
    events.push(CallEvent::Transferred { operator: id(2) });
    let call = after(&events);
    assert_eq!((call.state, call.operator), (CallState::Talking, Some(id(2))));
}

#[test]
fn a_consultation_that_came_to_nothing_leaves_the_call_where_it_was() {
    let mut events = talking();
    events.extend([CallEvent::Consulted { operator: id(2) }, CallEvent::ConsultEnded]);
    let call = after(&events);
    assert_eq!((call.state, call.operator), (CallState::Talking, Some(id(1))));
}

#[test]
fn a_line_that_breaks_after_the_talk_does_not_move_its_end() {
    let mut events = talking();
    events.push(CallEvent::Ended { by_caller: true });
    events.push(CallEvent::Failed { reason: "the server was restarted".into() });
    let call = after(&events);
    assert_eq!((call.state, call.ended), (CallState::Failed, Some(at(20))));
}

#[test]
fn the_request_of_a_call_is_not_forgotten_by_a_disposition_without_one() {
    let mut events = talking();
    events.push(CallEvent::Ended { by_caller: true });
    let mut call = after(&events);
    call.about = Some(id(7));
    call.apply(&CallEvent::Closed { disposition: "status".into(), note: "ждёт".into(), about: None }, at(30));
    assert_eq!((call.about, call.note.as_str()), (Some(id(7)), "ждёт"));
}

#[test]
fn the_names_in_the_journal_are_those_of_the_protocol() {
    let names: Vec<&str> = events().iter().map(CallEvent::name).collect();
    for name in ["incoming", "notice_played", "offered", "requeued", "answered", "held", "transferred"] {
        assert!(names.contains(&format!("call.{name}").as_str()), "{name}");
    }
    for name in ["ended", "closed", "abandoned", "failed"] {
        assert!(names.contains(&format!("call.{name}").as_str()), "{name}");
    }
}

const OUTBOUND: &str = "
    new > dialing
    dialing > talking, dialing > failed
    talking > held, held > talking, talking > consulting, held > consulting, consulting > talking
    consulting > conference, conference > talking
    talking > queued, held > queued, queued > offered, offered > queued, offered > talking
    talking > wrap_up, held > wrap_up, consulting > wrap_up, conference > wrap_up
    talking > away, held > away, consulting > away, conference > away
    away > queued, away > wrap_up, away > closed, away > failed
    queued > abandoned, offered > abandoned, queued > promised
    wrap_up > closed
    queued > failed, offered > failed, talking > failed, held > failed, consulting > failed, conference > failed
    wrap_up > failed
";

#[test]
fn a_call_that_we_make_goes_the_drawn_ways_and_no_others() {
    let ours = Call { direction: Direction::Out, ..call() };
    hold(&found(&ours, &events()), OUTBOUND, &["closed", "abandoned", "promised", "failed"]);
}

#[test]
fn only_who_was_asked_may_be_given_the_call() {
    let mut events = talking();
    events.push(CallEvent::Consulted { operator: id(2) });
    let call = after(&events);
    refused(call.decide(CallEvent::Transferred { operator: id(3) }), "not-asked", "was not asked");
    assert!(call.decide(CallEvent::Transferred { operator: id(2) }).is_ok());
}

#[test]
fn who_stays_in_a_conference_has_the_call() {
    let mut events = talking();
    events.extend([CallEvent::Consulted { operator: id(2) }, CallEvent::Conferenced]);
    let call = after(&events);
    refused(call.decide(CallEvent::PartyLeft { operator: id(3) }), "not-in-call", "expected one who is");
    for (leaves, stays) in [(1, 2), (2, 1)] {
        let mut events = events.clone();
        events.push(CallEvent::PartyLeft { operator: id(leaves) });
        let call = after(&events);
        assert_eq!((call.state, call.operator, call.aside), (CallState::Talking, Some(id(stays)), None));
    }
}

#[test]
fn a_call_given_away_unseen_waits_again_where_it_was_sent() {
    let mut events = talking();
    refused(
        after(&events).decide(CallEvent::Redirected { operator: Some(id(1)), queue: "main".into() }),
        "same-operator",
        "has the call",
    );
    events.push(CallEvent::Redirected { operator: None, queue: "kkt".into() });
    let call = after(&events);
    assert_eq!((call.state, call.operator, call.queue.as_str()), (CallState::Queued, None, "kkt"));
    assert_eq!(call.answered, Some(at(15)), "it was answered all the same");
}

#[test]
fn nobody_is_muted_twice_and_the_next_operator_is_heard() {
    let mut events = talking();
    refused(after(&events).decide(CallEvent::Unmuted), "call-muted", "heard already");
    events.push(CallEvent::Muted);
    refused(after(&events).decide(CallEvent::Muted), "call-muted", "muted already");
    events.extend([CallEvent::Consulted { operator: id(2) }, CallEvent::Transferred { operator: id(2) }]);
    assert!(!after(&events).muted);
}

#[test]
fn a_recording_that_was_lost_is_not_named_any_more() {
    let mut events = vec![CallEvent::Incoming, CallEvent::Greeted, CallEvent::NoticePlayed];
    events.extend(talking().into_iter().skip(1));
    events.push(CallEvent::RecordingBegun { recording: "a".into() });
    assert_eq!(after(&events).recording.as_deref(), Some("a"));
    events.push(CallEvent::RecordingLost { reason: "no room".into() });
    assert_eq!(after(&events).recording, None);
}

#[test]
fn after_a_stop_of_the_house_goes_on_whoever_still_has_a_line() {
    let mut events = talking();
    let (caller, operator) = (true, true);
    let rung = after(&events[..3]);
    assert!(rung.goes_on(caller, !operator) && !rung.goes_on(!caller, operator), "who waits must be there");
    let talk = after(&events);
    assert!(talk.goes_on(caller, !operator) && talk.goes_on(!caller, operator));
    assert!(!talk.goes_on(!caller, !operator));
    events.push(CallEvent::Ended { by_caller: true });
    assert!(after(&events).goes_on(!caller, !operator), "it is to be written down");
    let mut dialled = Call { direction: Direction::Out, ..call() };
    dialled.apply(&CallEvent::Dialed { operator: id(1) }, at(0));
    assert!(!dialled.goes_on(caller, operator), "a number that we rang is not rung any more");
}

#[test]
fn the_owner_of_a_leg_is_read_as_it_was_written() {
    for side in [LegSide::Party, LegSide::Outside, LegSide::Watcher, LegSide::Operator(id(4))] {
        let owner = LegOwner { call: id(9), side };
        assert_eq!(owner.to_string().parse::<LegOwner>().ok(), Some(owner));
    }
    refused("nobody".parse::<LegOwner>(), "leg-owner", "expected `call/operator`");
}

#[test]
fn nothing_is_recorded_before_the_caller_has_heard_the_notice() {
    let begun = || CallEvent::RecordingBegun { recording: "a".into() };
    refused(after(&talking()).decide(begun()), "no-notice", "expected the notice first");
    let left = CallEvent::VoicemailLeft { recording: "a".into() };
    let greeted = vec![CallEvent::Incoming, CallEvent::Greeted];
    refused(after(&greeted).decide(left), "no-notice", "expected the notice first");
    let mut told = vec![CallEvent::Incoming, CallEvent::Greeted, CallEvent::NoticePlayed];
    told.extend(talking().into_iter().skip(1));
    assert_eq!(after(&told).decide(begun()), Ok(begun()));
}
