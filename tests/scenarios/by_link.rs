//! A client with a link: sees the visit, moves it, is rated and limited; a master brings photographs in pieces.

use anyhow::Context;
use serde_json::{Value, json};
use tests::harness::{
    person::Person,
    town::{Town, on_deep_stacks},
};

struct Visit {
    town: Town,
    dispatcher: Person,
    id: String,
    base: String,
}

fn http() -> anyhow::Result<reqwest::Client> {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    Ok(client.cookie_store(true).build()?)
}

async fn signed_in(base: &str, login: &str) -> anyhow::Result<reqwest::Client> {
    let client = http()?;
    let body = json!({"login": login, "password": "demo"});
    client.post(format!("{base}/api/login")).json(&body).send().await?.error_for_status()?;
    Ok(client)
}

/// A visit that is booked.
async fn booked() -> anyhow::Result<Visit> {
    let town = Town::open("mem://").await?;
    let mut dispatcher = Person::sign_in(town.app.http, "dispatcher1", &["board"]).await?;
    let base = format!("http://{}", town.app.http);
    let asked = signed_in(&base, "dispatcher1").await?;
    let found: Value = asked
        .get(format!("{base}/api/clients?q=%D0%9E%D1%80%D0%BB%D0%BE%D0%B2%D0%B0"))
        .send()
        .await?
        .json()
        .await?;
    let id = found["found"][0]["id"].as_str().context("a client")?.to_owned();
    let card: Value = asked.get(format!("{base}/api/clients/{id}")).send().await?.json().await?;
    let point = card["points"][0].clone();
    let order = json!({"client": id, "point": point["id"], "unit": point["units"][0]["id"], "kind": "repair",
        "symptom": "<b>шумит</b>", "priority": "normal"});
    let made = dispatcher.command("request.register", order).await?;
    let slot = made["offers"][0].clone();
    let id = made["visit"].as_str().context("a visit")?.to_owned();
    let book = json!({"visit": id, "from": slot["from"], "to": slot["to"], "master": slot["master"]});
    dispatcher.command("request.book", book).await?;
    dispatcher
        .until("board", "the visit with its master", |key, row| key == id && row["master"].is_string())
        .await?;
    Ok(Visit { town, dispatcher, id, base })
}

fn field<'a>(page: &'a str, before: &str) -> anyhow::Result<&'a str> {
    let rest = page.split_once(before).with_context(|| format!("`{before}` in {page}"))?.1;
    rest.split('"').next().context("a value")
}

#[test]
fn a_client_sees_moves_and_rates_only_their_own_visit() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let mut v = booked().await?;
        let desk = signed_in(&v.base, "dispatcher1").await?;
        let link: Value =
            desk.get(format!("{}/api/visits/{}/link", v.base, v.id)).send().await?.json().await?;
        let url = format!("{}{}", v.base, link["path"].as_str().context("a path")?);
        let client = http()?;
        let answer = client.get(&url).send().await?.error_for_status()?;
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let page = answer.text().await?;
        assert!(!page.contains("<script") && page.contains("&lt;b&gt;шумит"), "{page}");
        let row = v.dispatcher.topics["board"][&v.id].clone();
        assert!(page.contains(row["address"].as_str().context("an address")?), "{page}");
        assert!(!page.contains(row["phone"].as_str().context("a phone")?.trim_start_matches('+')));
        let master = &v.dispatcher.topics["board"][row["master"].as_str().context("a master")?];
        assert!(!page.contains(&master["home"]["lat"].to_string()), "nobody's home is shown");
        assert!(
            client.get(format!("{url}?lang=en")).send().await?.text().await?.contains("Your time is booked")
        );

        // Another window, sent twice as an impatient finger does: one move.
        let (key, window) =
            (field(&page, "name=\"key\" value=\"")?, field(&page, "name=\"window\" value=\"")?);
        let form = [("do", "move"), ("key", key), ("window", window)];
        for _ in 0..2 {
            assert_eq!(client.post(&url).form(&form).send().await?.status(), 303);
        }
        let from: i64 = window.split_once('-').context("a window")?.0.parse()?;
        v.dispatcher
            .until("board", "the new window", |key, row| key == v.id && row["window"]["from"] == from)
            .await?;
        let facts: Value =
            desk.get(format!("{}/api/visits/{}/events", v.base, v.id)).send().await?.json().await?;
        let moves = facts.as_array().context("facts")?.iter().filter(|f| f["name"] == "visit.rescheduled");
        assert_eq!(moves.clone().count(), 1);
        assert!(moves.clone().all(|f| f["by"] == "client"));

        // What cannot be is said on the page; a window that was never offered too.
        let early = [("do", "rate"), ("key", "a1"), ("stars", "5")];
        assert_eq!(client.post(&url).form(&early).send().await?.status(), 409);
        let forged = [("do", "move"), ("key", "a2"), ("window", "1-2")];
        let refused = client.post(&url).form(&forged).send().await?;
        assert_eq!(refused.status(), 409);
        let said = refused.text().await?;
        assert!(said.contains("role=\"alert\""), "{said}");
        let foreign = client.post(&url).header("sec-fetch-site", "cross-site").form(&forged).send().await?;
        assert_eq!(foreign.status(), 403);
        v.town.app.stop().await;
        Ok(())
    })
}

#[test]
fn a_link_that_is_not_ours_opens_nothing_and_guessing_is_stopped() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let town = Town::open("mem://").await?;
        let client = http()?;
        let mut seen = Vec::new();
        for n in 0..25 {
            let guess = format!("http://{}/t/{:A>48}", town.app.http, n);
            let answer = client.get(guess).send().await?;
            assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
            seen.push(answer.status().as_u16());
        }
        assert_eq!(seen.iter().filter(|s| **s == 404).count(), 20, "{seen:?}");
        assert_eq!(seen[20..], [429; 5]);
        town.app.stop().await;
        Ok(())
    })
}

#[test]
fn a_photograph_comes_in_pieces_and_belongs_to_the_visit() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let v = booked().await?;
        let row = v.dispatcher.topics["board"][&v.id].clone();
        let (mut number, mut mine) = (1, None);
        while mine.is_none() {
            let login = format!("master{number}");
            let client = signed_in(&v.base, &login).await?;
            let me: Value = client.get(format!("{}/api/me", v.base)).send().await?.json().await?;
            mine = (me["user"]["master"] == row["master"]).then_some(client);
            number += 1;
        }
        let master = mine.context("the master of the visit")?;
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0];
        bytes.extend((0..200_000u32).map(|n| n as u8));
        let name = "1cf3d9a2c1d32d2ba6f5b4bc4c6c6e7a7a3f9d6a4d6f1e6f3d8b8d6cbb9a8f10";
        let url = format!("{}/api/blobs/{name}", v.base);
        let piece = |from: usize, to: usize| {
            let sent = master.patch(&url).header("upload-offset", from).header("upload-length", bytes.len());
            sent.body(bytes[from..to].to_vec()).send()
        };
        assert_eq!(
            piece(0, 100_000).await?.json::<Value>().await?,
            json!({"bytes": 100_000, "whole": false})
        );
        let held: Value = master.get(format!("{url}/held")).send().await?.json().await?;
        assert_eq!(held["bytes"], 100_000);
        assert_eq!(piece(150_000, 160_000).await?.status(), 409);
        // The name was made up: the last piece shows it, and nothing is kept.
        assert_eq!(piece(100_000, bytes.len()).await?.status(), 422);
        assert_eq!(master.get(format!("{url}/held")).send().await?.status(), 404);
        let text = master
            .patch(&url)
            .header("upload-offset", 0)
            .header("upload-length", 4)
            .body("text")
            .send()
            .await?;
        assert_eq!(text.status(), 422);

        let give = |name: &str, id: &str, args: Value| {
            let body = json!({"id": id, "name": name, "args": args});
            master.post(format!("{}/api/cmd", v.base)).json(&body).send()
        };
        let check = json!({"visit": v.id, "item": "safe", "answer": "yes"});
        for _ in 0..2 {
            assert_eq!(give("visit.check", "c1", check.clone()).await?.status(), 200);
        }
        let shot = json!({"visit": v.id, "about": "after", "blob": name});
        assert_eq!(
            give("visit.photo", "c2", shot).await?.status(),
            200,
            "the step may come before the bytes"
        );
        let wrong = json!({"visit": v.id, "item": "safe", "answer": "perhaps"});
        assert_eq!(give("visit.check", "c3", wrong).await?.status(), 422);
        let rows = v.town.app.hub.rows("board");
        assert_eq!(rows[&v.id]["proof"]["checks"]["safe"], "yes");
        assert_eq!(rows[&v.id]["proof"]["photos"][0]["blob"], name);
        v.town.app.stop().await;
        Ok(())
    })
}
