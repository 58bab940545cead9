//! The live line from the first ring to the money, over real sockets: sipp rings, a desk phone answers,
//! people work on their screens (story TS-1 and its variants).

use anyhow::Context;
use serde_json::{Value, json};
use server::demo::DID;
use simulator::seed::story::{COVERED, SHOP, SHOP_PHONE};
use std::time::Duration;
use telephony::{Answering, Audio, CallEvent, Caller, DeskEvent, DeskPhone};
use tests::harness::{
    person::Person,
    sipp,
    town::{Town, on_deep_stacks},
};

async fn desk_phone(town: &Town, audio: Audio) -> anyhow::Result<DeskPhone> {
    let account = town.sown.phones.first().context("a desk phone")?;
    let after = Answering::After(Duration::from_millis(20));
    let mut phone = DeskPhone::plug_in(
        town.app.sip,
        &account.user,
        &account.password,
        Duration::from_secs(300),
        after,
        audio,
    )
    .await?;
    while phone.event().await.context("the phone's registration")? != DeskEvent::Registered {}
    Ok(phone)
}

/// A visit that is dispatched to its master, and the master's login.
async fn accepted_visit(
    town: &Town,
    operator: &mut Person,
    board: &mut Person,
    client: &Value,
    point: &Value,
    unit: &Value,
) -> anyhow::Result<(String, String)> {
    let asked = json!({"client": client, "point": point, "unit": unit, "kind": "repair", "symptom": "не охлаждает, течёт", "priority": "urgent"});
    let registered = operator.command("request.register", asked).await?;
    let offers = registered["offers"].as_array().context("offers")?;
    anyhow::ensure!((3..=5).contains(&offers.len()), "offers: {offers:?}");
    let visit = registered["visit"].as_str().context("visit")?.to_owned();
    let slot = &offers[0];
    operator
        .command(
            "request.book",
            json!({"visit": visit, "from": slot["from"], "to": slot["to"], "master": slot["master"]}),
        )
        .await?;
    let planned =
        board.until("board", "the visit with a master", |k, v| k == visit && !v["master"].is_null()).await?;
    let master = planned["master"].as_str().context("master")?.to_owned();
    let name = board.until("board", "the master", |k, _| k == master).await?["name"]
        .as_str()
        .context("name")?
        .to_owned();
    let login = town.sown.logins.iter().find(|l| l.name == name).context("the master's login")?.login.clone();
    Ok((visit, login))
}

/// The same for somebody who is not on the books yet.
async fn visit_of_new_client(
    town: &Town,
    operator: &mut Person,
    board: &mut Person,
    (name, phone, address): (&str, &str, &str),
) -> anyhow::Result<(String, String)> {
    let fresh = json!({"name": name, "phone": phone, "address": address});
    let client = operator.command("client.create", fresh).await?;
    accepted_visit(town, operator, board, &client["client"], &client["point"], &Value::Null).await
}

#[test]
fn a_call_becomes_a_visit_that_is_done_and_its_promise_is_met() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let town = Town::open("mem://").await?;
        let http = town.app.http;
        let _phone = desk_phone(&town, Audio::Speech(1)).await?;
        let mut operator = Person::sign_in(http, "operator2", &["agent", "queue", "requests"]).await?;
        let mut board = Person::sign_in(http, "dispatcher1", &["board", "requests"]).await?;
        operator.command("operator.ready", json!({})).await?;

        let mut caller = sipp::ring(town.app.sip, "ring.xml", SHOP_PHONE, DID)?;
        let pop =
            operator.until("agent", "the screen pop", |k, v| k == "pop" && v["card"]["name"] == SHOP).await?;
        let card = &pop["card"];
        let point = &card["points"][0];
        let unit = point["units"]
            .as_array()
            .context("units")?
            .iter()
            .find(|u| u["kind"] == COVERED)
            .context("conditioner #4")?;
        anyhow::ensure!(unit["agreement"]["no"] == "A-12" && unit["agreement"]["reaction_h"] == 2, "{unit}");
        operator.until("agent", "the talk", |k, v| k == "me" && v["state"] == "busy").await?;

        let (visit, login) =
            accepted_visit(&town, &mut operator, &mut board, &card["id"], &point["id"], &unit["id"]).await?;
        let call = pop["call"]["id"].clone();
        operator.command("call.hangup", json!({"call": call})).await?;
        anyhow::ensure!(caller.wait().await?.success(), "sipp did not see its call through");
        operator.command("call.dispose", json!({"call": call, "disposition": "request"})).await?;
        operator
            .until("agent", "the operator ready again", |k, v| k == "me" && v["state"] == "ready")
            .await?;

        let mut master = Person::sign_in(http, &login, &["my-jobs"]).await?;
        master.command("shift.start", json!({})).await?;
        let offered = |k: &str, v: &Value| k == visit && v["state"] == "dispatched";
        master.until("my-jobs", "the offer", offered).await?;
        for step in ["visit.seen", "visit.accept", "visit.depart", "visit.arrive", "visit.begin"] {
            master.command(step, json!({"visit": visit})).await?;
        }
        let works = json!([{"name": "Замена компрессора", "price": "5400"}]);
        let done = master
            .command(
                "visit.complete",
                json!({"visit": visit, "works": works, "note": "заменён", "outcome": "fixed"}),
            )
            .await?;
        anyhow::ensure!(done["payer"] == "agreement", "labour is the agreement's: {done}");
        let row =
            board.until("board", "the visit done", |k, v| k == visit && v["state"] == "completed").await?;
        anyhow::ensure!(row["phase"] == "issued" && row["sla"]["state"] == "met", "{row}");
        town.app.stop().await;
        Ok(())
    })
}

#[test]
fn a_client_pays_cash_and_the_same_command_twice_pays_once() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let town = Town::open("mem://").await?;
        let http = town.app.http;
        let mut operator = Person::sign_in(http, "operator2", &["requests"]).await?;
        let mut board = Person::sign_in(http, "dispatcher1", &["board"]).await?;
        let new = ("Иванов Пётр", "8 912 000-11-22", "ул. Садовая, 7");
        let (visit, login) = visit_of_new_client(&town, &mut operator, &mut board, new).await?;
        let mut master = Person::sign_in(http, &login, &["my-jobs"]).await?;
        master.command("shift.start", json!({})).await?;
        master.until("my-jobs", "the offer", |k, v| k == visit && v["state"] == "dispatched").await?;
        for step in ["visit.accept", "visit.depart", "visit.arrive", "visit.begin"] {
            master.command(step, json!({"visit": visit})).await?;
        }
        let works = json!([{"name": "Ремонт", "price": "1800.50"}]);
        let done = master
            .command("visit.complete", json!({"visit": visit, "works": works, "outcome": "fixed"}))
            .await?;
        anyhow::ensure!(done["total"] == "1800.50" && done["payer"] == "client", "{done}");
        let too_much = master
            .try_command("visit.pay", json!({"visit": visit, "tender": "cash", "sum": "9999"}), None)
            .await?;
        anyhow::ensure!(too_much.is_err(), "more than is owed was taken");
        let pay = json!({"visit": visit, "tender": "cash", "sum": "1800.50"});
        let first = master.repeat("pay-once", "visit.pay", pay.clone(), None).await?;
        let second = master.repeat("pay-once", "visit.pay", pay, None).await?;
        anyhow::ensure!(first == second && first.is_ok(), "{first:?} {second:?}");
        let row = board.until("board", "the visit paid", |k, v| k == visit && v["phase"] == "issued").await?;
        anyhow::ensure!(row["paid"] == "1800.50", "{row}");
        let custody = master.until("my-jobs", "the cash", |k, v| k == "me" && v["cash"] == "1800.50").await;
        anyhow::ensure!(custody.is_ok(), "the cash is not in the master's custody");
        town.app.stop().await;
        Ok(())
    })
}

#[test]
fn a_declined_visit_goes_to_another_and_an_ill_master_loses_only_theirs() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let town = Town::open("mem://").await?;
        let http = town.app.http;
        let mut operator = Person::sign_in(http, "operator2", &["requests"]).await?;
        let mut board = Person::sign_in(http, "dispatcher1", &["board"]).await?;
        let new = ("Сидорова Анна", "+79120003344", "ул. Мира, 1");
        let (visit, login) = visit_of_new_client(&town, &mut operator, &mut board, new).await?;
        let mut first = Person::sign_in(http, &login, &["my-jobs"]).await?;
        first.command("shift.start", json!({})).await?;
        let row =
            first.until("my-jobs", "the offer", |k, v| k == visit && v["state"] == "dispatched").await?;
        let refused =
            first.try_command("visit.decline", json!({"visit": visit, "reason": " "}), None).await?;
        anyhow::ensure!(refused.is_err(), "a decline without a reason was taken");
        first.command("visit.decline", json!({"visit": visit, "reason": "сломалась машина"})).await?;
        let declined_by = row["master"].clone();
        let row = board
            .until("board", "another master", |k, v| {
                k == visit && !v["master"].is_null() && v["master"] != declined_by
            })
            .await?;
        let second = row["master"].clone();
        board.command("master.unavailable", json!({"master": second, "reason": "заболел"})).await?;
        let third = board
            .until("board", "a third master", |k, v| {
                k == visit && !v["master"].is_null() && v["master"] != second && v["master"] != declined_by
            })
            .await?;
        let told = board.command("visit.explain", json!({"visit": visit})).await?;
        anyhow::ensure!(
            told["master"] == third["master"] && told["text"].as_str().is_some_and(|t| !t.is_empty()),
            "{told}"
        );
        operator
            .command("request.cancel", json!({"request": third["request"], "reason": "передумали"}))
            .await?;
        board.until("board", "the visit called off", |k, v| k == visit && v["state"] == "cancelled").await?;
        town.app.stop().await;
        Ok(())
    })
}

#[test]
fn of_two_dispatchers_the_later_one_is_told_what_changed() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let town = Town::open("mem://").await?;
        let http = town.app.http;
        let mut operator = Person::sign_in(http, "operator2", &["requests"]).await?;
        let mut one = Person::sign_in(http, "dispatcher1", &["board"]).await?;
        let mut two = Person::sign_in(http, "dispatcher2", &["board"]).await?;
        let new = ("Орлов", "+79120005566", "ул. Лесная, 3");
        let (visit, _) = visit_of_new_client(&town, &mut operator, &mut one, new).await?;
        let row = one.until("board", "the visit", |k, v| k == visit && !v["master"].is_null()).await?;
        let rev = row["rev"].as_u64();
        let start = row["start"].as_i64().context("start")?;
        let others = |k: &str, v: &Value| k.starts_with("master_") && v["id"] != row["master"];
        let another = one.until("board", "another master", others).await?["id"].clone();
        one.try_command("visit.assign", json!({"visit": visit, "master": another, "start": start}), rev)
            .await?
            .map_err(|p| anyhow::anyhow!("{p}"))?;
        let late = two
            .try_command(
                "visit.assign",
                json!({"visit": visit, "master": row["master"], "start": start}),
                rev,
            )
            .await?;
        let problem = late.err().context("a stale change was taken")?;
        anyhow::ensure!(
            problem["status"] == 409 && problem["type"] == "/problems/stale-version",
            "{problem}"
        );
        let kept = two
            .until("board", "the first one's choice, pinned", |k, v| k == visit && v["pinned"] == true)
            .await?;
        anyhow::ensure!(kept["master"] == another, "{kept}");
        town.app.stop().await;
        Ok(())
    })
}

#[test]
fn a_caller_who_gives_up_becomes_one_task_to_call_back() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let town = Town::open("mem://").await?;
        let mut operator = Person::sign_in(town.app.http, "operator2", &["queue"]).await?;
        for missed in 1..=2 {
            let mut caller = sipp::ring(town.app.sip, "give_up.xml", SHOP_PHONE, DID)?;
            anyhow::ensure!(caller.wait().await?.success(), "sipp did not see its call {missed} through");
        }
        let task = operator
            .until("queue", "one task for two calls", |k, v| k.starts_with("callback_") && v["attempts"] == 2)
            .await?;
        anyhow::ensure!(task["name"] == SHOP && task["phone"] == SHOP_PHONE, "{task}");
        operator.command("callback.take", json!({"callback": task["id"]})).await?;
        operator.command("callback.done", json!({"callback": task["id"], "result": "reached"})).await?;
        town.app.stop().await;
        Ok(())
    })
}

#[test]
fn both_hear_each_other_and_a_silent_phone_passes_the_call_on() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let town = Town::open("mem://").await?;
        let http = town.app.http;
        let phone = desk_phone(&town, Audio::Tone(880.0)).await?;
        let mut silent = Person::sign_in(http, "operator3", &["agent"]).await?;
        silent.command("operator.ready", json!({})).await?;
        let mut caller =
            Caller::new().dial(town.app.sip, SHOP_PHONE, "Shop", DID, Audio::Tone(440.0)).await?;
        silent
            .until("agent", "an operator without a phone skipped", |k, v| {
                k == "me" && v["state"] == "not_ready"
            })
            .await?;
        let mut operator = Person::sign_in(http, "operator2", &["agent"]).await?;
        operator.command("operator.ready", json!({})).await?;
        while caller.event().await.context("the call")? != CallEvent::Answered {}
        let both = async {
            while caller.heard().tone(880.0) < 0.8 || phone.heard().tone(440.0) < 0.8 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), both).await.context("the tones did not cross")?;
        caller.hang_up();
        operator.until("agent", "the wrap-up", |k, v| k == "me" && v["state"] == "wrap_up").await?;
        town.app.stop().await;
        Ok(())
    })
}

#[test]
fn what_was_answered_is_there_after_a_restart() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let url = format!("surrealkv://{}?sync=every", folder.path().join("store").display());
    let first = url.clone();
    let visit = on_deep_stacks(async move {
        let town = Town::open(&first).await?;
        let mut operator = Person::sign_in(town.app.http, "operator2", &["requests"]).await?;
        let mut board = Person::sign_in(town.app.http, "dispatcher1", &["board"]).await?;
        let new = ("Новиков", "+79120007788", "ул. Речная, 9");
        let (visit, _) = visit_of_new_client(&town, &mut operator, &mut board, new).await?;
        let row = board.until("board", "the visit", |k, v| k == visit && !v["master"].is_null()).await?;
        drop((operator, board));
        town.app.stop().await;
        Ok((visit, row["master"].clone(), row["start"].clone()))
    })?;
    on_deep_stacks(async move {
        let town = Town::open(&url).await?;
        let mut board = Person::sign_in(town.app.http, "dispatcher1", &["board"]).await?;
        let row = board.until("board", "the visit as it was", |k, _| k == visit.0).await?;
        anyhow::ensure!(row["master"] == visit.1 && row["start"] == visit.2, "{row}");
        town.app.stop().await;
        Ok(())
    })
}

#[test]
fn a_panicking_master_comes_back_and_others_do_not_notice() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let town = Town::open("mem://").await?;
        let http = town.app.http;
        let mut one = Person::sign_in(http, "master1", &["my-jobs"]).await?;
        let mut two = Person::sign_in(http, "master2", &["my-jobs"]).await?;
        one.command("shift.start", json!({})).await?;
        let id =
            one.until("my-jobs", "the master", |k, v| k == "me" && v["state"] == "available").await?["id"]
                .clone();
        let id = id.as_str().context("id")?.parse()?;
        let crew = town.app.house.desk.get().context("desk")?.crew.clone();
        let actor = crew.send(actors::field::crew::FindMaster(id)).await?.context("the actor")?;
        anyhow::ensure!(actor.send(actors::field::master::PanicNow).await.is_err(), "the panic was not felt");
        two.command("shift.start", json!({})).await?;
        one.command("position", json!({"lat": 58.0, "lon": 56.2})).await?;
        let me = one
            .until("my-jobs", "the position after the panic", |k, v| k == "me" && v["pos"]["lat"] == 58.0)
            .await?;
        anyhow::ensure!(me["state"] == "available", "the state was not read again: {me}");
        town.app.stop().await;
        Ok(())
    })
}

#[test]
fn a_call_whose_actor_panics_keeps_its_place_and_is_answered() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let town = Town::open("mem://").await?;
        let http = town.app.http;
        let _phone = desk_phone(&town, Audio::Speech(2)).await?;
        let mut operator = Person::sign_in(http, "operator2", &["agent", "queue"]).await?;
        let mut caller = Caller::new().dial(town.app.sip, SHOP_PHONE, "Shop", DID, Audio::Speech(3)).await?;
        let waiting = |k: &str, v: &Value| k.starts_with("call_") && v["state"] == "queued";
        let id = operator.until("queue", "the caller in the line", waiting).await?["id"].clone();
        let id = id.as_str().context("id")?.parse()?;
        let telephony = town.app.house.desk.get().context("desk")?.telephony.clone();
        let session =
            telephony.send(actors::call_centre::telephony::FindCall(id)).await?.context("the session")?;
        let panicked = session.send(actors::call_centre::call_session::PanicNow).await;
        anyhow::ensure!(panicked.is_err(), "the panic was not felt");
        operator.command("operator.ready", json!({})).await?;
        while caller.event().await.context("the call")? != CallEvent::Answered {}
        operator.until("agent", "the talk", |k, v| k == "me" && v["state"] == "busy").await?;
        caller.hang_up();
        operator.until("agent", "the wrap-up", |k, v| k == "me" && v["state"] == "wrap_up").await?;
        town.app.stop().await;
        Ok(())
    })
}

#[test]
fn a_person_takes_a_robots_seat_and_gives_it_back() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let town = Town::open("mem://").await?;
        let http = town.app.http;
        let _phone = desk_phone(&town, Audio::Speech(4)).await?;
        let mut operator = Person::sign_in(http, "operator2", &["agent"]).await?;
        operator.until("agent", "the robot", |k, v| k == "me" && v["robot"] == true).await?;
        operator.command("seat.take", json!({})).await?;
        let me = operator.until("agent", "the person", |k, v| k == "me" && v["robot"] == false).await?;
        anyhow::ensure!(me["device"] == "browser" && me["line_ok"] == false, "{me}");
        let deaf = operator.try_command("operator.ready", json!({}), None).await?;
        anyhow::ensure!(deaf.is_err_and(|p| p["type"] == "/problems/no-line"), "ready without a microphone");
        operator.command("seat.leave", json!({})).await?;
        operator.until("agent", "the robot again", |k, v| k == "me" && v["device"] == "phone").await?;
        operator.command("operator.ready", json!({})).await?;

        let mut master = Person::sign_in(http, "master3", &["my-jobs"]).await?;
        master.command("seat.take", json!({})).await?;
        master.until("my-jobs", "the person", |k, v| k == "me" && v["robot"] == false).await?;
        let mut board = Person::sign_in(http, "dispatcher1", &["board"]).await?;
        let refused = board.try_command("seat.take", json!({}), None).await?;
        anyhow::ensure!(refused.is_err_and(|p| p["status"] == 403), "a dispatcher has no robot");
        town.app.stop().await;
        Ok(())
    })
}
