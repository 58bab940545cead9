//! Calls from a trunk: answered, refused, given up, bridged, played to.

use std::sync::Arc;
use std::time::Duration;

use telephony::{
    Audio, CallEvent, Caller, Counted, EndCause, LegCommand, LineEvent, Settings, Tone, TrunkPeer,
};

use crate::house::{CALLER, DID, House, next, settings, until};

#[tokio::test]
async fn rings_is_answered_and_the_caller_hangs_up() {
    let mut house = House::open();
    let mut call = house.dial(Audio::Silence).await;
    let offered = house.event().await;
    let LineEvent::Offered { leg, from, display, to, trunk, call_id, .. } = offered else {
        panic!("offered call expected, got {offered:?}");
    };
    assert_eq!((from.as_str(), display.as_str()), (CALLER, "Иванов"));
    assert_eq!((to.as_str(), trunk.as_str(), call_id.as_str()), (DID, "city", call.call_id()));
    house.order(LegCommand::Ring { leg });
    assert_eq!(next(&mut call).await, CallEvent::Ringing);
    house.order(LegCommand::Answer { leg });
    assert_eq!(next(&mut call).await, CallEvent::Answered);
    assert_eq!(house.event().await, LineEvent::Answered { leg });
    call.hang_up();
    assert_eq!(house.event().await, LineEvent::Ended { leg, by_remote: true, cause: EndCause::HungUp });
    assert_eq!(next(&mut call).await, CallEvent::Ended { by_remote: false });
}

#[tokio::test]
async fn the_switchboard_hangs_up() {
    let mut house = House::open();
    let (mut call, leg) = house.conversation(Audio::Silence).await;
    house.order(LegCommand::Hangup { leg });
    assert_eq!(house.event().await, LineEvent::Ended { leg, by_remote: false, cause: EndCause::HungUp });
    assert_eq!(next(&mut call).await, CallEvent::Ended { by_remote: true });
}

#[tokio::test]
async fn the_caller_gives_up_while_it_rings() {
    let mut house = House::open();
    let mut call = house.dial(Audio::Silence).await;
    let leg = house.offered().await;
    house.order(LegCommand::Ring { leg });
    assert_eq!(next(&mut call).await, CallEvent::Ringing);
    call.cancel();
    assert_eq!(house.event().await, LineEvent::Ended { leg, by_remote: true, cause: EndCause::Cancelled });
    assert_eq!(next(&mut call).await, CallEvent::Rejected(487));
    // an order that comes too late hurts nobody
    house.order(LegCommand::Answer { leg });
    until("the late order is counted", || house.board.count(Counted::CommandsStale) > 0).await;
}

#[tokio::test]
async fn refused_with_the_status_told() {
    let mut house = House::open();
    let mut call = house.dial(Audio::Silence).await;
    let leg = house.offered().await;
    house.order(LegCommand::Reject { leg, status: 486 });
    assert_eq!(next(&mut call).await, CallEvent::Rejected(486));
    let ended = LineEvent::Ended { leg, by_remote: false, cause: EndCause::Rejected(486) };
    assert_eq!(house.event().await, ended);
}

#[tokio::test]
async fn two_callers_hear_each_other_and_only_while_bridged() {
    let mut house = House::open();
    let (first, a) = house.conversation(Audio::Tone(440.0)).await;
    let (second, b) = house.conversation(Audio::Tone(1_000.0)).await;
    house.order(LegCommand::Bridge { a, b });
    until("both hear a second of the other", || first.heard().packets > 55 && second.heard().packets > 55)
        .await;
    assert!(first.heard().tone(1_000.0) > 0.9, "first hears {}", first.heard().tone(1_000.0));
    assert!(second.heard().tone(440.0) > 0.9, "second hears {}", second.heard().tone(440.0));
    assert!(first.heard().tone(440.0) < 0.05);
    house.order(LegCommand::Unbridge { leg: a });
    until("packets stop", {
        let mut before = u64::MAX;
        let mut calm = 0;
        let second = &second;
        move || {
            let now = second.heard().packets;
            calm = if now == before { calm + 1 } else { 0 };
            before = now;
            calm > 5
        }
    })
    .await;
}

#[tokio::test]
async fn prompt_hold_and_bridge_follow_one_another_without_a_jump() {
    let mut house = House::open();
    let (first, a) = house.conversation(Audio::Tone(440.0)).await;
    let (second, b) = house.conversation(Audio::Tone(1_000.0)).await;
    house.order(LegCommand::PlayTone { leg: a, tone: Tone::RingBack });
    until("ring-back is heard", || first.heard().tone(425.0) > 0.9).await;
    let audio: Arc<[u8]> = vec![0x2A; 160 * 10].into();
    house.order(LegCommand::PlayPrompt { leg: a, audio, repeat: false });
    assert_eq!(house.event().await, LineEvent::PromptEnded { leg: a });
    house.order(LegCommand::Bridge { a, b });
    until("the bridge is heard", || first.heard().tone(1_000.0) > 0.9).await;
    house.order(LegCommand::Hold { leg: a });
    until("hold is heard", || first.heard().tone(1_000.0) < 0.1).await;
    house.order(LegCommand::Resume { leg: a });
    until("the other is heard again", || first.heard().tone(1_000.0) > 0.9).await;
    assert_eq!(first.heard().gaps, 0, "the numbering towards the caller never jumps");
    until("the held one is heard again too", || second.heard().tone(440.0) > 0.9).await;
}

#[tokio::test]
async fn keys_are_heard_in_passing() {
    let mut house = House::open();
    let (call, leg) = house.conversation(Audio::Silence).await;
    for digit in ['1', '#'] {
        call.press(digit);
        assert_eq!(house.event().await, LineEvent::Dtmf { leg, digit });
    }
}

#[tokio::test]
async fn quality_is_told_at_the_end() {
    let mut house = House::open();
    let (call, leg) = house.conversation(Audio::Speech(3)).await;
    until("some speech is sent", || call.heard().sent >= 25).await;
    house.order(LegCommand::Hangup { leg });
    let told = loop {
        match house.events.recv().await.expect("an open switchboard") {
            LineEvent::LegQuality { leg: of, packets_in, lost, .. } => break (of, packets_in, lost),
            _ => continue,
        }
    };
    assert_eq!((told.0, told.2), (leg, 0));
    assert!(told.1 >= 20, "{} packets received", told.1);
}

#[tokio::test]
async fn strangers_and_foreign_numbers_are_refused() {
    let house = House::open();
    let other = Caller::new().dial(house.board.sip_addr(), CALLER, "", "+74950000000", Audio::Silence).await;
    assert_eq!(next(&mut other.expect("a socket")).await, CallEvent::Rejected(404));
    let mut closed = settings();
    closed.trunks[0].allowed_ips = vec![[192, 0, 2, 1].into()];
    let house = House::with(closed);
    let mut call = house.dial(Audio::Silence).await;
    assert_eq!(next(&mut call).await, CallEvent::Rejected(403));
    assert_eq!(house.board.count(Counted::RefusedSource), 1);
}

fn digest_settings() -> Settings {
    let mut settings = settings();
    settings.trunks = vec![TrunkPeer {
        name: "sip-provider".to_owned(),
        user: Some("trunk".to_owned()),
        password: Some("right".to_owned()),
        dids: vec![DID.to_owned()],
        ..TrunkPeer::default()
    }];
    settings
}

#[tokio::test]
async fn a_trunk_with_a_password() {
    let mut house = House::with(digest_settings());
    let dial = async |password: &str| {
        let caller = Caller::new().with_credentials("trunk", password);
        caller.dial(house.board.sip_addr(), CALLER, "", DID, Audio::Silence).await.expect("a socket")
    };
    let mut wrong = dial("wrong").await;
    assert_eq!(next(&mut wrong).await, CallEvent::Rejected(403));
    let mut right = dial("right").await;
    let mut silent = house.dial(Audio::Silence).await;
    assert_eq!(next(&mut silent).await, CallEvent::Rejected(407));
    let leg = house.offered().await;
    house.order(LegCommand::Answer { leg });
    assert_eq!(next(&mut right).await, CallEvent::Answered);
}

#[tokio::test]
async fn too_many_calls_are_told_to_come_later() {
    let mut house = House::with(Settings { max_calls: 1, ..settings() });
    let (first, leg) = house.conversation(Audio::Silence).await;
    let mut second = house.dial(Audio::Silence).await;
    assert_eq!(next(&mut second).await, CallEvent::Rejected(503));
    assert_eq!(house.board.count(Counted::Replied503), 1);
    first.hang_up();
    assert_eq!(house.event().await, LineEvent::Ended { leg, by_remote: true, cause: EndCause::HungUp });
    let _third = house.dial(Audio::Silence).await;
    house.offered().await;
}

#[tokio::test]
async fn sixty_callers_at_once() {
    let mut house = House::open();
    let mut calls = Vec::new();
    for n in 0..60 {
        calls.push(house.dial(Audio::Speech(n)).await);
    }
    for _ in 0..60 {
        let leg = loop {
            if let LineEvent::Offered { leg, .. } = house.event().await {
                break leg;
            }
        };
        house.order(LegCommand::Answer { leg });
        house.order(LegCommand::PlayTone { leg, tone: Tone::Comfort });
    }
    for call in &mut calls {
        assert_eq!(next(call).await, CallEvent::Answered);
    }
    until("everyone hears something", || calls.iter().all(|call| call.heard().packets > 10)).await;
    for call in &mut calls {
        call.hang_up();
        assert_eq!(next(call).await, CallEvent::Ended { by_remote: false });
    }
}

#[tokio::test]
async fn shutdown_says_good_bye() {
    let mut house = House::open();
    let (mut call, leg) = house.conversation(Audio::Silence).await;
    house.board.shutdown();
    assert_eq!(house.event().await, LineEvent::Ended { leg, by_remote: false, cause: EndCause::Shutdown });
    assert_eq!(next(&mut call).await, CallEvent::Ended { by_remote: true });
    let ended =
        tokio::time::timeout(Duration::from_secs(5), async { while house.events.recv().await.is_some() {} });
    assert!(ended.await.is_ok(), "events end with the switchboard");
    tokio::task::spawn_blocking(move || house.board.join()).await.expect("threads end");
}
