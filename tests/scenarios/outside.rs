//! A client, an operator, and a master's mobile of another make (baresip) behind a provider: keys are pressed towards the
//! master, he is given the client, the two go on without us, and go on when the server is killed.

use anyhow::{Context, ensure};
use serde_json::json;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use telephony::{Answering, Audio, CallEvent, CallHandle, Caller, DeskEvent, DeskPhone};
use tests::harness::{
    baresip::Baresip,
    centre::{DID, PATIENCE, Plan},
    person::Person,
    town::on_deep_stacks,
};
use tokio::time::timeout;

const MASTER: &str = "+79222100500";
/// What the client, the operator and the master say.
const CLIENTS: f64 = 440.0;
const OPERATORS: f64 = 700.0;
const MASTERS: f64 = 880.0;

async fn until(what: &str, mut check: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let mut every = tokio::time::interval(Duration::from_millis(50));
    let began = Instant::now();
    while !check()? {
        every.tick().await;
        ensure!(began.elapsed() < PATIENCE, "waited in vain until {what}");
    }
    Ok(())
}

async fn told(call: &mut CallHandle, wanted: CallEvent) -> anyhow::Result<()> {
    while timeout(PATIENCE, call.event()).await.with_context(|| format!("{wanted:?}"))?.context("the call")?
        != wanted
    {}
    Ok(())
}

async fn sign_in(http: SocketAddr) -> anyhow::Result<Person> {
    Person::sign_in(http, "desk0", &["agent", "queue"]).await
}

#[test]
fn a_client_is_given_to_a_master_and_the_two_outlive_the_server() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let (mut master, address) = Baresip::alone(MASTER, MASTERS).await?;
        let folder = tempfile::tempdir()?;
        let more =
            format!("[[trunk]]\nname = \"mobile\"\ndids = [\"+73422000009\"]\noutbound = \"{address}\"\n");
        let plan = Plan::with(folder.path(), 1, &more).await?;
        let mut house = plan.start().await?;
        let (answering, expires) = (Answering::After(Duration::ZERO), Duration::from_secs(3_600));
        let voice = Audio::Tone(OPERATORS);
        let mut desk = DeskPhone::plug_in(house.sip, "desk0", "secret", expires, answering, voice).await?;
        ensure!(timeout(PATIENCE, desk.event()).await? == Some(DeskEvent::Registered), "the phone");
        let mut operator = sign_in(house.http).await?;
        operator.command("operator.ready", json!({})).await?;
        let voice = Audio::Tone(CLIENTS);
        let mut client = Caller::new().dial(house.sip, "+79130000001", "", DID, voice).await?;
        told(&mut client, CallEvent::Answered).await?;
        let pop =
            operator.until("agent", "the talk", |k, v| k == "pop" && v["call"]["state"] == "talking").await?;
        let call = pop["call"]["id"].clone();

        operator.command("call.consult", json!({"call": call, "number": MASTER})).await?;
        master.until("CALL_ESTABLISHED").await?;
        let there = |k: &str, v: &serde_json::Value| k.starts_with("call_") && v["outside"]["there"] == true;
        operator.until("queue", "the master", there).await?;
        until("operator and master talk", || {
            Ok(desk.heard().tone(MASTERS) > 0.9
                && master.heard(OPERATORS)? > 0.9
                && client.heard().tone(OPERATORS) < 0.1)
        })
        .await?;
        operator.command("call.keys", json!({"call": call, "keys": "0#7"})).await?;
        for key in ["0", "#", "7"] {
            let pressed = master.until("CALL_DTMF_START").await?;
            ensure!(pressed["param"] == key, "`{key}` expected: {pressed}");
        }

        operator.command("call.transfer", json!({"call": call})).await?;
        operator.until("agent", "the writing down", |k, v| k == "me" && v["state"] == "wrap_up").await?;
        while timeout(PATIENCE, desk.event()).await?.context("the desk")? != DeskEvent::Ended {}
        until("client and master talk", || {
            Ok(client.heard().tone(MASTERS) > 0.9 && master.heard(CLIENTS)? > 0.9)
        })
        .await?;

        house.child.kill().await?;
        let house = plan.start().await?;
        let before = client.heard().packets;
        until("client and master talk again", || {
            Ok(client.heard().packets > before + 50
                && client.heard().tone(MASTERS) > 0.9
                && master.heard(CLIENTS)? > 0.9)
        })
        .await?;
        let mut operator = sign_in(house.http).await?;
        operator.until("agent", "the writing down", |k, v| k == "me" && v["state"] == "wrap_up").await?;
        operator.command("call.dispose", json!({"call": call, "disposition": "question"})).await?;
        operator.until("agent", "the next call", |k, v| k == "me" && v["state"] == "ready").await?;
        master.hang_up().await?;
        told(&mut client, CallEvent::Ended { by_remote: true }).await?;
        ensure!(!plan.log().contains("ERROR"), "{}", plan.log());
        Ok(())
    })
}
