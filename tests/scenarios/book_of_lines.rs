//! An administrator writes the book of lines while people talk: a new number, a queue and a desk phone are there at once,
//! a conversation goes on, and all of it outlives a kill of the server.

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use telephony::{Answering, Audio, CallEvent, Caller, DeskEvent, DeskPhone};
use tests::harness::{
    centre::{Client, Desk, PATIENCE, Plan},
    person::Person,
    town::on_deep_stacks,
};
use tokio::time::timeout;

const NUMBER: &str = "+73422000011";
const PASSWORD: &str = "a-new-phone";

async fn rings_in_queue(
    house: &tests::harness::centre::House,
    watcher: &mut Person,
    from: &str,
) -> anyhow::Result<(telephony::CallHandle, Value)> {
    let mut call = Caller::new().dial(house.sip, from, "", NUMBER, Audio::Nothing).await?;
    let said = timeout(PATIENCE, call.event()).await?.context("the call")?;
    ensure!(said == CallEvent::Ringing, "{from} was told {said:?}");
    let known = from.to_owned();
    let row =
        watcher.until("queue", "the call", move |k, v| k.starts_with("call_") && v["from"] == known).await?;
    Ok((call, row))
}

async fn registers(sip: SocketAddr) -> anyhow::Result<DeskPhone> {
    let expires = Duration::from_secs(3_600);
    let mut phone =
        DeskPhone::plug_in(sip, "desk9", PASSWORD, expires, Answering::Never, Audio::Nothing).await?;
    let said = timeout(PATIENCE, phone.event()).await?;
    ensure!(said == Some(DeskEvent::Registered), "the new phone was told {said:?}");
    Ok(phone)
}

#[test]
fn a_number_and_a_phone_are_added_in_mid_talk_and_outlive_the_server() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let folder = tempfile::tempdir()?;
        let plan = Plan::new(folder.path(), 1).await?;
        let mut house = plan.start().await?;
        let mut desk = Desk::new(&house, 0, true).await?;
        let mut talks = Client::rings(&house, 1).await?;
        desk.until(DeskEvent::Answered).await?;
        talks.until(CallEvent::Answered).await?;

        let mut admin = Person::sign_in(house.http, "admin", &["queue"]).await?;
        let book = admin.get("/api/lines").await?;
        ensure!(book["rev"] == 0 && !book.to_string().contains("secret"), "{book}");
        // nobody serves the number yet
        let mut early = Caller::new().dial(house.sip, "+79130000077", "", NUMBER, Audio::Nothing).await?;
        ensure!(
            timeout(PATIENCE, early.event()).await? == Some(CallEvent::Rejected(404)),
            "nobody knows it yet"
        );
        let mut lines = book["lines"].clone();
        lines["trunks"][0]["dids"].as_array_mut().context("numbers")?.push(json!(NUMBER));
        lines["queues"] = json!([{"name": "all"}, {"name": "repair", "dids": [NUMBER]}]);
        lines["phones"]
            .as_array_mut()
            .context("phones")?
            .push(json!({"user": "desk9", "password": PASSWORD}));
        let mut wrong = lines.clone();
        wrong["queues"][1]["reception"] = json!({"menu": "nowhere"});
        let told = admin.try_command("lines.save", json!({"lines": wrong}), Some(0)).await?;
        let told = told.expect_err("a menu that is not there");
        ensure!(told["detail"].as_str().is_some_and(|text| text.contains("`nowhere`")), "{told}");
        let saved = admin.try_command("lines.save", json!({"lines": lines}), Some(0)).await?;
        ensure!(saved == Ok(json!({"rev": 1})), "{saved:?}");

        let (waits, row) = rings_in_queue(&house, &mut admin, "+79130000078").await?;
        ensure!(row["queue"] == "repair", "{row}");
        let _phone = registers(house.sip).await?;
        ensure!(talks.is_untouched(), "the conversation goes on");
        waits.hang_up();
        talks.call.hang_up();
        desk.until(DeskEvent::Ended).await?;

        house.child.kill().await?;
        let house = plan.start().await?;
        let mut admin = Person::sign_in(house.http, "admin", &["queue"]).await?;
        ensure!(admin.get("/api/lines").await?["rev"] == 1, "the book was kept");
        let (_waits, row) = rings_in_queue(&house, &mut admin, "+79130000079").await?;
        ensure!(row["queue"] == "repair", "{row}");
        let _phone = registers(house.sip).await?;
        ensure!(!plan.log().contains("ERROR"), "{}", plan.log());
        Ok(())
    })
}
