//! What went over the wire can be read afterwards, dialog by dialog.

use std::time::Duration;

use telephony::{
    Answering, Audio, Carrier, DeskEvent, DeskPhone, DialTarget, Flow, LegCommand, LegId, LineEvent,
    Settings, TraceLimits,
};

use crate::house::{CALLER, House, desk_event, next, settings, until};

fn titles(house: &House, call_id: &str) -> Vec<(Flow, String)> {
    house.board.trace(call_id).iter().map(|line| (line.flow, line.summary().title)).collect()
}

#[tokio::test]
async fn a_call_and_its_dialled_leg_are_two_ladders() {
    let mut house = House::open();
    let mut desk = DeskPhone::plug_in(
        house.board.sip_addr(),
        "101",
        "secret-101",
        Duration::from_secs(300),
        Answering::After(Duration::ZERO),
        Audio::Silence,
    )
    .await
    .expect("a socket");
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Registered);
    assert_eq!(house.event().await, LineEvent::PhoneRegistered { user: "101".into(), online: true });
    let (call, caller) = house.conversation(Audio::Silence).await;
    let leg = LegId::fresh();
    let target = DialTarget::Phone("101".into());
    house.order(LegCommand::Dial {
        leg,
        target,
        from_number: CALLER.into(),
        display: String::new(),
        label: String::new(),
        beside: None,
    });
    let call_id = loop {
        match house.any_event().await {
            LineEvent::Dialled { leg: of, call_id } if of == leg => break call_id,
            _ => {}
        }
    };
    until("the phone has answered", || titles(&house, &call_id).iter().any(|(_, title)| title == "ACK"))
        .await;
    house.order(LegCommand::Hangup { leg: caller });
    let mut call = call;
    while next(&mut call).await != (telephony::CallEvent::Ended { by_remote: true }) {}
    let answered = (Flow::In, "200 OK".to_owned());
    until("the farewell is answered", || titles(&house, call.call_id()).last() == Some(&answered)).await;
    let told = titles(&house, call.call_id());
    // RFC 3261 §17.2.1: who answers within 200 ms need not say 100 Trying first
    let told: Vec<(Flow, &str)> = told
        .iter()
        .map(|(flow, title)| (*flow, &**title))
        .filter(|(_, title)| *title != "100 Trying")
        .collect();
    let expected = [
        (Flow::In, "INVITE"),
        (Flow::Out, "200 OK"),
        (Flow::In, "ACK"),
        (Flow::Out, "BYE"),
        (Flow::In, "200 OK"),
    ];
    assert_eq!(told, expected);
    let dialled = titles(&house, &call_id);
    assert_eq!(dialled.first(), Some(&(Flow::Out, "INVITE".to_owned())));
    assert!(dialled.contains(&(Flow::In, "200 OK".to_owned())), "{dialled:?}");
    assert!(house.board.trace("nobody").is_empty());
}

#[tokio::test]
async fn numbers_are_hidden_unless_the_settings_allow_them() {
    for numbers in [false, true] {
        let limits = TraceLimits { numbers, ..TraceLimits::default() };
        let mut house = House::with(Settings { trace: limits, ..settings() });
        let call = house.dial(Audio::Silence).await;
        house.offered().await;
        let trace = house.board.trace(call.call_id());
        let invite = &trace[0];
        assert_eq!((invite.flow, invite.carrier), (Flow::In, Carrier::Udp));
        assert_eq!(invite.text.contains(CALLER), numbers, "{}", invite.text);
        assert!(invite.summary().is_plain && invite.summary().has_audio, "{:?}", invite.summary());
    }
}
