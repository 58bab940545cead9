//! Desk phones: registered, rung, answered, forgotten.

use std::time::Duration;

use telephony::{
    Answering, Audio, CallEvent, Counted, DeskEvent, DeskPhone, DialTarget, EndCause, LegCommand, LegId,
    LineEvent,
};

use crate::house::{House, desk_event, next, until};

async fn plug_in(house: &House, user: &str, password: &str, answering: Answering) -> DeskPhone {
    let expires = Duration::from_secs(60);
    let address = house.board.sip_addr();
    DeskPhone::plug_in(address, user, password, expires, answering, Audio::Tone(700.0))
        .await
        .expect("a socket")
}

fn registered(user: &str, online: bool) -> LineEvent {
    LineEvent::PhoneRegistered { user: user.to_owned(), online }
}

fn dial(user: &str) -> (LegId, LegCommand) {
    let leg = LegId::fresh();
    let target = DialTarget::Phone(user.to_owned());
    let (from_number, display) = ("+79123456789".to_owned(), "Иванов".to_owned());
    (leg, LegCommand::Dial { leg, target, from_number, display, label: String::new(), beside: None })
}

#[tokio::test]
async fn registers_leaves_and_a_wrong_password_is_refused() {
    let mut house = House::open();
    let mut desk = plug_in(&house, "101", "secret-101", Answering::Never).await;
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Registered);
    assert_eq!(house.event().await, registered("101", true));
    let mut thief = plug_in(&house, "102", "guess", Answering::Never).await;
    assert_eq!(desk_event(&mut thief).await, DeskEvent::Refused(403));
    assert_eq!(house.board.count(Counted::RefusedPassword), 1);
    desk.unregister();
    assert_eq!(house.event().await, registered("101", false));
}

#[tokio::test]
async fn a_phone_registers_by_sha_256_where_it_is_asked_for() {
    let digests = vec![telephony::Algorithm::Sha256, telephony::Algorithm::Md5];
    let mut house = House::with(telephony::Settings { digests, ..crate::house::settings() });
    let mut desk = plug_in(&house, "101", "secret-101", Answering::Never).await;
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Registered);
    assert_eq!(house.event().await, registered("101", true));
    let mut thief = plug_in(&house, "102", "guess", Answering::Never).await;
    assert_eq!(desk_event(&mut thief).await, DeskEvent::Refused(403));
}

#[tokio::test]
async fn a_phone_is_known_after_a_restart() {
    let file = std::env::temp_dir().join(format!("callout-phones-{}", std::process::id()));
    let keeper = telephony::BindingKeeper(std::sync::Arc::new(telephony::BindingFile(file.clone())));
    let settings = || telephony::Settings { bindings: Some(keeper.clone()), ..crate::house::settings() };
    let mut house = House::with(settings());
    let mut desk = plug_in(&house, "101", "secret-101", Answering::Never).await;
    assert_eq!(house.event().await, registered("101", true));
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Registered);
    until("it is kept", || !keeper.0.load().is_empty()).await;
    drop(house);
    let mut house = House::with(settings());
    assert_eq!(house.event().await, registered("101", true));
    let (leg, command) = dial("101");
    house.order(command);
    assert_eq!(house.event().await, LineEvent::Progress { leg });
    std::fs::remove_file(file).expect("removed");
}

#[tokio::test]
async fn an_unplugged_phone_runs_out() {
    let mut house = House::open();
    let address = house.board.sip_addr();
    let expires = Duration::from_secs(2);
    let desk =
        DeskPhone::plug_in(address, "101", "secret-101", expires, Answering::Never, Audio::Silence).await;
    let mut desk = desk.expect("a socket");
    assert_eq!(house.event().await, registered("101", true));
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Registered);
    // renewed by itself at half of its time
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Registered);
    drop(desk);
    assert_eq!(house.event().await, registered("101", false));
    let (leg, command) = dial("101");
    house.order(command);
    assert!(matches!(house.event().await, LineEvent::Failed { leg: of, status: 480, .. } if of == leg));
}

#[tokio::test]
async fn a_caller_talks_to_a_desk_phone() {
    let mut house = House::open();
    let mut desk = plug_in(&house, "101", "secret-101", Answering::After(Duration::from_millis(100))).await;
    assert_eq!(house.event().await, registered("101", true));
    // the news may be ahead of the registrar's answer
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Registered);
    let (mut call, a) = house.conversation(Audio::Tone(440.0)).await;
    let (b, command) = dial("101");
    house.order(command);
    assert_eq!(house.event().await, LineEvent::Progress { leg: b });
    assert_eq!(house.event().await, LineEvent::Answered { leg: b });
    house.order(LegCommand::Bridge { a, b });
    until("both hear the other", || call.heard().tone(700.0) > 0.9 && desk.heard().tone(440.0) > 0.9).await;
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Ringing);
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Answered);
    desk.hang_up();
    assert_eq!(house.event().await, LineEvent::Ended { leg: b, by_remote: true, cause: EndCause::HungUp });
    house.order(LegCommand::Hangup { leg: a });
    assert_eq!(next(&mut call).await, CallEvent::Ended { by_remote: true });
}

#[tokio::test]
async fn a_ringing_phone_is_cancelled_and_a_busy_one_says_so() {
    let mut house = House::open();
    let mut desk = plug_in(&house, "101", "secret-101", Answering::Never).await;
    assert_eq!(house.event().await, registered("101", true));
    // the news may be ahead of the registrar's answer
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Registered);
    let (leg, command) = dial("101");
    house.order(command);
    assert_eq!(house.event().await, LineEvent::Progress { leg });
    house.order(LegCommand::Cancel { leg });
    assert_eq!(house.event().await, LineEvent::Ended { leg, by_remote: false, cause: EndCause::Cancelled });
    for expected in [DeskEvent::Ringing, DeskEvent::Ended] {
        assert_eq!(desk_event(&mut desk).await, expected);
    }
    let _busy = plug_in(&house, "102", "secret-102", Answering::Refuse(486)).await;
    assert_eq!(house.event().await, registered("102", true));
    let (leg, command) = dial("102");
    house.order(command);
    let LineEvent::Failed { leg: of, status, .. } = house.event().await else { panic!("failure expected") };
    assert_eq!((of, status), (leg, 486));
}

#[tokio::test]
async fn the_switchboard_hangs_up_on_a_desk_phone() {
    let mut house = House::open();
    let mut desk = plug_in(&house, "101", "secret-101", Answering::After(Duration::ZERO)).await;
    assert_eq!(house.event().await, registered("101", true));
    // the news may be ahead of the registrar's answer
    assert_eq!(desk_event(&mut desk).await, DeskEvent::Registered);
    let (leg, command) = dial("101");
    house.order(command);
    assert_eq!(house.event().await, LineEvent::Progress { leg });
    assert_eq!(house.event().await, LineEvent::Answered { leg });
    house.order(LegCommand::Hangup { leg });
    for expected in [DeskEvent::Ringing, DeskEvent::Answered, DeskEvent::Ended] {
        assert_eq!(desk_event(&mut desk).await, expected);
    }
}
