//! Other trunks and phones than before, while the switchboard runs and calls stand.

use std::time::Duration;

use telephony::{
    Answering, Audio, CallEvent, DeskEvent, DeskPhone, LegCommand, LineEvent, PhoneAccount, TrunkPeer,
};

use crate::house::{DID, House, desk_event, next, settings};
use crate::trunks::{Provider, trunk};

fn gone(name: &str) -> LineEvent {
    LineEvent::TrunkGone { name: name.to_owned() }
}

fn serve(house: &House, trunks: Vec<TrunkPeer>, phones: Vec<PhoneAccount>) {
    house.order(LegCommand::Lines { trunks, phones, codecs: settings().codecs });
}

async fn plug_in(house: &House, password: &str) -> DeskPhone {
    let (address, expires) = (house.board.sip_addr(), Duration::from_secs(60));
    let plugged = DeskPhone::plug_in(address, "101", password, expires, Answering::Never, Audio::Tone(700.0));
    plugged.await.expect("a socket")
}

#[tokio::test]
async fn a_call_outlives_its_trunk_and_the_next_one_is_refused() {
    let mut house = House::open();
    let (mut call, leg) = house.conversation(Audio::Tone(440.0)).await;
    let elsewhere = TrunkPeer {
        name: "other".to_owned(),
        allowed_ips: vec![[192, 0, 2, 7].into()],
        dids: vec![DID.to_owned()],
        ..TrunkPeer::default()
    };
    serve(&house, vec![elsewhere], vec![]);
    assert_eq!(house.event().await, LineEvent::Trunk { name: "other".to_owned(), up: true });
    assert_eq!(house.event().await, gone("city"));
    let mut late = house.dial(Audio::Tone(440.0)).await;
    assert_eq!(next(&mut late).await, CallEvent::Rejected(403));
    house.order(LegCommand::Hangup { leg });
    assert_eq!(
        next(&mut call).await,
        CallEvent::Ended { by_remote: true },
        "the call stood until it was ended"
    );
    assert!(matches!(house.event().await, LineEvent::Ended { leg: ended, .. } if ended == leg));
    // and back again
    serve(&house, settings().trunks, vec![]);
    assert_eq!(house.event().await, LineEvent::Trunk { name: "city".to_owned(), up: true });
    assert_eq!(house.event().await, gone("other"));
    let _call = house.dial(Audio::Tone(440.0)).await;
    house.offered().await;
}

#[tokio::test]
async fn a_new_trunk_is_registered_at_and_one_that_goes_is_left() {
    let mut house = House::open();
    let (provider, peer) = Provider::beside(&house).await;
    let registers = TrunkPeer { registers: true, ..peer };
    let mut trunks = settings().trunks;
    trunks.push(registers);
    serve(&house, trunks.clone(), vec![]);
    assert_eq!(house.event().await, trunk(false));
    let first = provider.request("REGISTER").await;
    provider.answer(&first, 200, &[("Expires", "600")]).await;
    assert_eq!(house.event().await, trunk(true));
    // caps and prices are no reason to say farewell
    trunks[1].max_calls = 3;
    serve(&house, trunks.clone(), vec![]);
    trunks.pop();
    serve(&house, trunks, vec![]);
    assert_eq!(house.event().await, gone("provider"));
    let last = provider.request("REGISTER").await;
    assert_eq!(last.get("expires"), Some("0"), "nothing but the farewell was sent");
}

#[tokio::test]
async fn a_phone_with_another_password_has_to_register_anew() {
    let mut house = House::open();
    let mut desk = plug_in(&house, "secret-101").await;
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Registered);
    let online = |online| LineEvent::PhoneRegistered { user: "101".to_owned(), online };
    assert_eq!(house.event().await, online(true));
    let mut phones = settings().phones;
    phones[0].password = "renewed".to_owned();
    serve(&house, settings().trunks, phones);
    assert_eq!(house.event().await, online(false));
    let mut old = plug_in(&house, "secret-101").await;
    assert_eq!(desk_event(&mut old).await, DeskEvent::Refused(403));
    let mut new = plug_in(&house, "renewed").await;
    assert_eq!(desk_event(&mut new).await, DeskEvent::Registered);
    assert_eq!(house.event().await, online(true));
}
