//! Keys that the house presses: at a phone that takes them in its audio, and at one that must be told.

use std::time::Duration;

use telephony::{Audio, Caller, LegCommand};

use crate::house::{CALLER, DID, House, next, until};

#[tokio::test]
async fn a_party_receives_the_keys_in_their_order_and_nothing_else_for_the_while() {
    let mut house = House::open();
    let (call, a) = house.conversation(Audio::Tone(440.0)).await;
    let (operator, b) = house.conversation(Audio::Tone(700.0)).await;
    house.order(LegCommand::Bridge { a, b });
    until("they hear each other", || call.heard().tone(700.0) > 0.9 && operator.heard().tone(440.0) > 0.9)
        .await;
    let before = call.heard();
    house.order(LegCommand::Press { leg: a, keys: "0123456789".to_owned() });
    house.order(LegCommand::Press { leg: a, keys: "*#ABCD".to_owned() });
    until("all keys came", || call.heard().keys == "0123456789*#ABCD").await;
    until("the voice is back", || {
        call.heard().packets > before.packets + 50 && call.heard().tone(700.0) > 0.9
    })
    .await;
    let after = call.heard();
    assert_eq!((after.gaps, operator.heard().keys.as_str()), (before.gaps, ""), "one stream without a jump");
}

#[tokio::test]
async fn a_party_without_events_is_told_by_info() {
    let mut house = House::open();
    let caller = Caller::new().without_events();
    let dialled = caller.dial(house.board.sip_addr(), CALLER, "", DID, Audio::Silence).await;
    let mut call = dialled.expect("a socket");
    let leg = house.offered().await;
    house.order(LegCommand::Answer { leg });
    next(&mut call).await;
    house.event().await;
    house.order(LegCommand::Press { leg, keys: "12".to_owned() });
    house.order(LegCommand::Press { leg, keys: "#3".to_owned() });
    until("all keys were told", || call.heard().keys == "12#3").await;
    let told = house.board.trace(call.call_id());
    let infos: Vec<_> = told.iter().filter(|line| line.text.starts_with("INFO")).collect();
    assert_eq!(infos.len(), 4);
    assert!(infos.iter().all(|line| line.text.contains("Signal=x")), "no key stands in the trace");
    house.order(LegCommand::Hangup { leg });
    // who is gone is pressed no keys, and nobody minds
    house.order(LegCommand::Press { leg, keys: "1".to_owned() });
    until("it is over", || house.board.count(telephony::Counted::CommandsStale) == 1).await;
    assert!(tokio::time::timeout(Duration::from_secs(1), call.event()).await.is_ok());
}
