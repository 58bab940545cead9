//! More than two: conference, listening, whispering, barging in; hold and transfer by a phone's own keys.

use std::time::Duration;

use telephony::{
    Answering, Audio, CallHandle, Counted, DeskEvent, DeskPhone, DialTarget, LegCommand, LegId, LineEvent,
    Part,
};

use crate::house::{House, desk_event, until};

const CLIENT: f64 = 440.0;
const OPERATOR: f64 = 1_000.0;
const THIRD: f64 = 1_700.0;

fn hears(call: &CallHandle, hertz: &[f64]) -> bool {
    let heard = call.heard();
    [CLIENT, OPERATOR, THIRD].iter().all(|tone| {
        let share = heard.tone(*tone);
        if hertz.contains(tone) { share > 0.25 } else { share < 0.02 }
    })
}

/// Three callers of whom the first two are bridged.
async fn three(house: &mut House) -> [(CallHandle, LegId); 3] {
    let client = house.conversation(Audio::Tone(CLIENT)).await;
    let operator = house.conversation(Audio::Tone(OPERATOR)).await;
    let third = house.conversation(Audio::Tone(THIRD)).await;
    house.order(LegCommand::Bridge { a: client.1, b: operator.1 });
    until("the two hear each other", || hears(&client.0, &[OPERATOR]) && hears(&operator.0, &[CLIENT])).await;
    [client, operator, third]
}

#[tokio::test]
async fn a_third_joins_and_leaves_and_nobody_hears_a_jump() {
    let mut house = House::open();
    let [client, operator, third] = three(&mut house).await;
    house.order(LegCommand::Join { leg: third.1, of: client.1, part: Part::Speaker });
    until("all three hear the two others", || {
        hears(&client.0, &[OPERATOR, THIRD])
            && hears(&operator.0, &[CLIENT, THIRD])
            && hears(&third.0, &[CLIENT, OPERATOR])
    })
    .await;
    // the operator hands over: the client and the third are left, without mixing
    house.order(LegCommand::Hangup { leg: operator.1 });
    until("the two that are left hear each other", || {
        hears(&client.0, &[THIRD]) && hears(&third.0, &[CLIENT])
    })
    .await;
    assert_eq!(client.0.heard().gaps, 0, "the client's stream never jumps");
}

#[tokio::test]
async fn a_supervisor_listens_whispers_and_barges_in() {
    let mut house = House::open();
    let [client, operator, chief] = three(&mut house).await;
    let take = async |part: Part, client_hears: &[f64], operator_hears: &[f64]| {
        house.order(LegCommand::Join { leg: chief.1, of: operator.1, part });
        until("everyone hears what is meant for it", || {
            hears(&client.0, client_hears)
                && hears(&operator.0, operator_hears)
                && hears(&chief.0, &[CLIENT, OPERATOR])
        })
        .await;
    };
    take(Part::Listener, &[OPERATOR], &[CLIENT]).await;
    take(Part::Whisperer(operator.1), &[OPERATOR], &[CLIENT, THIRD]).await;
    take(Part::Speaker, &[OPERATOR, THIRD], &[CLIENT, THIRD]).await;
    take(Part::Listener, &[OPERATOR], &[CLIENT]).await;
    house.order(LegCommand::Leave { leg: chief.1 });
    until("the two go on alone", || hears(&client.0, &[OPERATOR]) && hears(&operator.0, &[CLIENT])).await;
    assert_eq!(client.0.heard().gaps, 0, "the client's stream never jumps");
}

#[tokio::test]
async fn a_muted_party_hears_and_is_not_heard() {
    let mut house = House::open();
    let [client, operator, _third] = three(&mut house).await;
    house.order(LegCommand::Mute { leg: operator.1, on: true });
    until("the client hears silence", || client.0.heard().loudness() < 10.0).await;
    assert!(hears(&operator.0, &[CLIENT]));
    house.order(LegCommand::Mute { leg: operator.1, on: false });
    until("the client hears again", || hears(&client.0, &[OPERATOR])).await;
    assert_eq!(client.0.heard().gaps, 0, "silence is sent, not a hole");
}

/// A desk phone that answered and is bridged to a caller.
async fn desk(house: &mut House) -> ((CallHandle, LegId), (DeskPhone, LegId)) {
    let address = house.board.sip_addr();
    let answering = Answering::After(Duration::ZERO);
    let expires = Duration::from_secs(60);
    let desk =
        DeskPhone::plug_in(address, "101", "secret-101", expires, answering, Audio::Tone(OPERATOR)).await;
    let mut desk = desk.expect("a socket");
    let online = LineEvent::PhoneRegistered { user: "101".to_owned(), online: true };
    assert_eq!(house.event().await, online);
    let client = house.conversation(Audio::Tone(CLIENT)).await;
    let leg = LegId::fresh();
    let target = DialTarget::Phone("101".to_owned());
    house.order(LegCommand::Dial {
        leg,
        target,
        from_number: "+7".to_owned(),
        display: String::new(),
        label: String::new(),
        beside: None,
    });
    assert_eq!(house.event().await, LineEvent::Progress { leg });
    assert_eq!(house.event().await, LineEvent::Answered { leg });
    house.order(LegCommand::Bridge { a: client.1, b: leg });
    for expected in [DeskEvent::Registered, DeskEvent::Ringing, DeskEvent::Answered] {
        assert_eq!(desk_event(&mut desk).await, expected);
    }
    (client, (desk, leg))
}

#[tokio::test]
async fn a_phone_holds_by_its_own_key_and_the_client_hears_music() {
    let mut settings = crate::house::settings();
    let mut sine = telephony::media::tone::Sine::new(THIRD, 8_000.0);
    let music: Vec<u8> =
        (0..16_000).map(|_| telephony::media::law::Law::Alaw.encode(sine.sample())).collect();
    settings.hold_music = Some(music.into());
    let mut house = House::with(settings);
    let (client, (mut desk, leg)) = desk(&mut house).await;
    until("the client hears the phone", || hears(&client.0, &[OPERATOR])).await;
    desk.hold(true);
    assert_eq!(house.event().await, LineEvent::PartyHolds { leg, on: true });
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Held(200));
    until("the client hears the music", || hears(&client.0, &[THIRD])).await;
    desk.hold(false);
    assert_eq!(house.event().await, LineEvent::PartyHolds { leg, on: false });
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Held(200));
    until("the client hears the phone again", || hears(&client.0, &[OPERATOR])).await;
    assert_eq!(client.0.heard().gaps, 0, "the client's stream never jumps");
}

#[tokio::test]
async fn a_transfer_nobody_answers_is_told_to_have_failed() {
    let transfer_patience = Duration::from_millis(300);
    let mut house = House::with(telephony::Settings { transfer_patience, ..crate::house::settings() });
    let (_client, (mut desk, leg)) = desk(&mut house).await;
    desk.transfer("102");
    let asked = LineEvent::TransferAsked { leg, to: "102".to_owned(), consulted: None };
    assert_eq!(house.event().await, asked);
    while desk_event(&mut desk).await != DeskEvent::Transfer(408) {}
    desk.transfer("103");
    let asked = LineEvent::TransferAsked { leg, to: "103".to_owned(), consulted: None };
    assert_eq!(house.event().await, asked);
}

#[tokio::test]
async fn a_phone_asks_for_a_transfer_and_is_told_how_it_went() {
    let mut house = House::open();
    let (_client, (mut desk, leg)) = desk(&mut house).await;
    desk.transfer("102");
    let asked = LineEvent::TransferAsked { leg, to: "102".to_owned(), consulted: None };
    assert_eq!(house.event().await, asked);
    let mut told = [desk_event(&mut desk).await, desk_event(&mut desk).await];
    told.sort_by_key(|event| matches!(event, DeskEvent::Transfer(202)));
    assert_eq!(told, [DeskEvent::Transfer(100), DeskEvent::Transfer(202)]);
    // a second wish while the first is open is refused
    desk.transfer("103");
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Transfer(403));
    house.order(LegCommand::Transferred { leg, status: 180 });
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Transfer(180));
    house.order(LegCommand::Transferred { leg, status: 486 });
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Transfer(486));
    house.order(LegCommand::Transferred { leg, status: 200 });
    until("news nobody waits for is stale", || house.board.count(Counted::CommandsStale) == 1).await;
    let unknown = "sip:102@127.0.0.1?Replaces=nobody%3Bto-tag%3D1%3Bfrom-tag%3D2";
    desk.transfer(unknown);
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Transfer(481));
}
