//! A link comes back, and what was not answered is asked again.

use super::*;
use crate::{ack::Ack, stand::Stand};
use jiff::Timestamp;
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_line_is_opened_again_and_the_command_keeps_its_key() {
    let (stand, mut came) =
        Stand::open(|came| if came.name == "bad" { Err(409) } else { Ok(json!({"n": 1})) }).await;
    stand.put("my-jobs:master1", "me", json!({"robot": true}));
    let (acks, mut diary) = mpsc::unbounded_channel::<Ack>();
    let clock = CityClock::new(Timestamp::UNIX_EPOCH, 1.0);
    let mut link = Link::open(Plug {
        http: stand.http.clone(),
        login: "master1".into(),
        password: "demo".into(),
        topics: vec!["my-jobs".into()],
        clock: clock.clone(),
        acks: Arc::new(acks),
    });
    while !link.is_live("my-jobs") {
        timeout(SOON, link.changed()).await.unwrap();
    }
    assert!((clock.lapse() - 60.0).abs() < 1e-9 && clock.now_ms() >= crate::stand::OPENED_AT);
    stand.put("my-jobs:master1", "me", json!({"robot": false}));
    while link.look("my-jobs", |rows| rows["me"]["robot"] == true) {
        timeout(SOON, link.changed()).await.unwrap();
    }

    stand.mute(true);
    let asked = link.command("shift.start", json!({}));
    tokio::pin!(asked);
    let first = tokio::select! {
        first = came.recv() => first.unwrap(),
        answer = &mut asked => panic!("nobody answered, but: {answer:?}"),
    };
    stand.cut();
    stand.mute(false);
    assert_eq!(timeout(SOON, asked).await.unwrap(), Ok(json!({"n": 1})));
    let second = came.recv().await.unwrap();
    assert_eq!(first, second, "the same command under the same key");
    assert_eq!(link.sessions(), 2);
    assert_eq!(diary.recv().await.map(|ack| (ack.id, ack.login)), Some((first.id, "master1".into())));

    let refused = link.command("bad", json!({})).await.unwrap_err();
    assert_eq!(refused.status, 409);
    assert!(diary.try_recv().is_err(), "what was refused is not in the diary");
}
