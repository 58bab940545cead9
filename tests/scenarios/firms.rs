//! Several firms in one server: the same people, numbers and identifiers in each, and nothing of one is anything to
//! another, be it signed in, told live, rung, killed or out of order.

use anyhow::{Context, ensure};
use futures_util::{FutureExt, StreamExt, future::join_all};
use serde_json::{Value, json};
use telephony::{Audio, CallEvent, CallHandle, Caller};
use tests::harness::{
    centre::{DID, PATIENCE},
    firms::{Firm, Trade},
    person::{Address, Person},
    town::on_deep_stacks,
};
use tokio::{
    process::{Child, Command},
    time::timeout,
};
use tokio_tungstenite::tungstenite::Message;

/// Rings a firm and is heard there.
async fn rings(firm: &Firm, from: &str) -> anyhow::Result<CallHandle> {
    let mut call = Caller::new().dial(firm.sip, from, "", DID, Audio::Nothing).await?;
    let said = timeout(PATIENCE, call.event()).await?;
    ensure!(said == Some(CallEvent::Ringing), "{from} was told {said:?}");
    Ok(call)
}

/// Who waits in the line of a firm, by number.
fn waiting(person: &Person) -> Vec<String> {
    let rows = person.topics["queue"].iter().filter(|(key, _)| key.starts_with("call_"));
    let mut numbers: Vec<String> =
        rows.map(|(_, row)| row["from"].as_str().unwrap_or_default().to_owned()).collect();
    numbers.sort();
    numbers
}

/// Waits until this number waits in the line.
async fn sees(person: &mut Person, from: &str) -> anyhow::Result<()> {
    let known = from.to_owned();
    person
        .until("queue", "the call", move |key, row| key.starts_with("call_") && row["from"] == known)
        .await?;
    Ok(())
}

/// Makes the server end by a word, and waits for it: screens and callers that are still there do not hold it up.
async fn told(trade: &Trade, mut child: Child, word: &str) -> anyhow::Result<()> {
    let id = child.id().context("a process")?.to_string();
    ensure!(Command::new("kill").args([word, &id]).status().await?.success(), "`kill {word}`");
    let ended = timeout(PATIENCE, child.wait()).await.context("the end")??;
    ensure!(ended.success(), "the server ended with {ended}");
    ensure!(!trade.log().contains("still in use"), "{}", trade.log());
    Ok(())
}

/// Somebody registers a visit; its name, when it is on the board.
async fn registered(person: &mut Person) -> anyhow::Result<String> {
    let found = person.get("/api/clients?q=%D0%9E%D1%80%D0%BB%D0%BE%D0%B2%D0%B0").await?;
    let client = found["found"][0]["id"].as_str().context("a client")?;
    let point = person.get(&format!("/api/clients/{client}")).await?["points"][0].clone();
    let order = json!({"client": client, "point": point["id"], "unit": point["units"][0]["id"], "kind": "repair",
        "symptom": "шумит", "priority": "normal"});
    let made = person.command("request.register", order).await?;
    let visit = made["visit"].as_str().context("a visit")?.to_owned();
    person.until("board", "the visit", |key, _| key == visit).await?;
    Ok(visit)
}

#[test]
fn what_opens_one_firm_opens_no_other() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let trade = Trade::new(&["north", "south"], "").await?;
        let child = trade.start_all().await?;
        let [north, south] = &trade.firms[..] else { anyhow::bail!("two firms") };
        let mut person = north.sign_in("dispatcher1", &["board"]).await?;

        ensure!(south.at.login("dispatcher1", &north.password()).await?.status() == 401, "a password");
        ensure!(north.at.get("/api/me", &person.cookie).await?.status() == 200, "at home");
        ensure!(south.at.get("/api/me", &person.cookie).await?.status() == 401, "a cookie");
        let mut socket = south.at.socket(&person.cookie).await?;
        let said = timeout(PATIENCE, socket.next()).await?.context("a word")??;
        ensure!(matches!(&said, Message::Close(Some(frame)) if u16::from(frame.code) == 4401), "{said:?}");
        for host in ["127.0.0.1", "test", "north.test.example.com"] {
            let at = Address { http: trade.http, host: host.to_owned() };
            let answer = at.get("/", &person.cookie).await?;
            ensure!(answer.status() == 421, "`{host}`: {}", answer.status());
            let said = answer.text().await?;
            ensure!(!said.contains("north") && !said.contains("south"), "{said}");
        }
        ensure!(trade.health().await? == json!({"status": "ok", "firms": 2, "open": 2}), "of all");
        let visit = registered(&mut person).await?;
        told(&trade, child, "-TERM").await?;

        // Even where one has the very rows of the other, links of clients open nothing there: the keys differ.
        trade.copy_store("north", "south")?;
        let child = trade.start_all().await?;
        let mut paths = Vec::new();
        for firm in [north, south] {
            let person = Person::sign_in_at(firm.at.clone(), "dispatcher1", &north.password(), &[]).await?;
            let link = person.get(&format!("/api/visits/{visit}/link")).await?;
            paths.push(link["path"].as_str().context("a link")?.to_owned());
        }
        for (firm, opens) in [(north, [200, 404]), (south, [404, 200])] {
            for (path, wanted) in paths.iter().zip(opens) {
                let said = firm.at.get(path, "").await?.status();
                ensure!(said == wanted, "{}: {said}, expected {wanted}", firm.name);
            }
        }
        told(&trade, child, "-TERM").await
    })
}

/// The same command under the same identity in every firm; gives what each has answered.
async fn make_client(people: &mut [Person]) -> anyhow::Result<Vec<Value>> {
    let args = json!({"name": "Клиент", "phone": "+79130000001", "address": "ул. Северная, 1"});
    let mut made = Vec::new();
    for person in people {
        let answer = person.repeat("the-same", "client.create", args.clone(), None).await?;
        made.push(answer.map_err(|problem| anyhow::anyhow!("{problem}"))?);
    }
    Ok(made)
}

async fn watchers(trade: &Trade) -> anyhow::Result<Vec<Person>> {
    let signed = join_all(trade.firms.iter().map(|firm| firm.sign_in("dispatcher1", &["queue"]))).await;
    signed.into_iter().collect()
}

#[test]
fn calls_news_and_memory_stay_with_their_firm_through_a_kill_and_a_change_of_the_server() -> anyhow::Result<()>
{
    on_deep_stacks(async {
        let trade = Trade::new(&["north", "south"], "[sip]\nmedia_process = true\n").await?;
        let mut child = trade.start_all().await?;
        let mut people = watchers(&trade).await?;
        let made = make_client(&mut people).await?;
        ensure!(made[0] != made[1], "one identity, but two firms: {made:?}");

        let numbers = [["+79130000011", "+79130000012"], ["+79130000021", "+79130000022"]];
        let mut calls = Vec::new();
        for round in 0..2 {
            let both = trade.firms.iter().zip(numbers).map(|(firm, of)| rings(firm, of[round]));
            calls.extend(join_all(both).await.into_iter().collect::<anyhow::Result<Vec<_>>>()?);
        }
        for (person, numbers) in people.iter_mut().zip(numbers) {
            for number in numbers {
                sees(person, number).await?;
            }
            // the second round has come after the first: what was to be told of others would have been
            ensure!(waiting(person) == numbers, "{:?}", waiting(person));
        }

        for end in ["kill -9", "kill -HUP"] {
            match end {
                "kill -9" => child.kill().await?,
                _ => told(&trade, child, "-HUP").await?,
            }
            child = trade.start_all().await?;
            people = watchers(&trade).await?;
            ensure!(make_client(&mut people).await? == made, "{end}: both know what they have answered");
            for (person, numbers) in people.iter_mut().zip(numbers) {
                for number in numbers {
                    sees(person, number).await.with_context(|| format!("after {end}"))?;
                }
                ensure!(waiting(person) == numbers, "{end}: {:?}", waiting(person));
            }
            ensure!(
                calls.iter_mut().all(|call| call.event().now_or_never().is_none()),
                "{end}: a call is lost"
            );
        }
        for call in &mut calls {
            call.cancel();
            let said = timeout(PATIENCE, call.event()).await?;
            ensure!(said == Some(CallEvent::Rejected(487)), "{said:?}");
        }
        told(&trade, child, "-TERM").await?;

        let log = trade.log();
        let of_nobody: Vec<&str> = log
            .lines()
            .filter(|line| !line.contains("firm{name=north}") && !line.contains("firm{name=south}"))
            .filter(|line| !line.contains("server::firms: the door is open"))
            .collect();
        ensure!(of_nobody.is_empty(), "lines that do not say whose they are: {of_nobody:#?}");
        ensure!(
            log.contains("firm{name=north}: telephony") && log.contains("firm{name=south}: telephony"),
            "{log}"
        );
        ensure!(!log.contains("ERROR"), "{log}");
        Ok(())
    })
}

#[test]
fn a_firm_that_cannot_open_leaves_the_others_serving_and_opens_when_it_can() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let trade = Trade::new(&["north", "south", "west"], "").await?;
        let [north, south, west] = &trade.firms[..] else { anyhow::bail!("three firms") };
        let taken = std::net::UdpSocket::bind(south.sip)?;
        let store = trade.data("west").join("store");
        std::fs::remove_dir_all(&store)?;
        std::fs::write(&store, "this is no store")?;

        let child = trade.start().await?;
        north.until_health(200).await?;
        for shut in [south, west] {
            shut.until_health(503).await?;
            let answer = shut.at.get("/", "").await?;
            ensure!(answer.status() == 503 && answer.headers().contains_key("retry-after"), "{answer:?}");
        }
        ensure!(trade.health().await? == json!({"status": "partly", "firms": 3, "open": 1}), "of all");
        let mut person = north.sign_in("dispatcher1", &["queue"]).await?;
        let call = rings(north, "+79130000031").await?;
        sees(&mut person, "+79130000031").await?;

        let said = |name: &str, what: &str| {
            trade.log().lines().any(|line| {
                line.contains("ERROR")
                    && line.contains(&format!("firm{{name={name}}}"))
                    && line.contains(what)
            })
        };
        ensure!(said("south", &south.sip.to_string()), "{}", trade.log());
        ensure!(said("west", "west/store"), "{}", trade.log());
        drop(taken);
        south.until_health(200).await?;
        let other = rings(south, "+79130000032").await?;
        let mut there = south.sign_in("dispatcher1", &["queue"]).await?;
        sees(&mut there, "+79130000032").await?;
        ensure!(west.health().await? == 503, "it is as broken as it was");
        call.hang_up();
        other.hang_up();
        told(&trade, child, "-TERM").await
    })
}

#[test]
fn a_wrong_word_of_one_firm_stops_all_before_anything_is_opened() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let trade = Trade::new(&["north", "south"], "").await?;
        let file = trade.data("").join("../firms/south.toml");
        let text = std::fs::read_to_string(&file)?;
        std::fs::write(&file, text.replace("south.test", "north.test"))?;
        let error = trade.start().await.err().context("it must not start")?;
        let said = format!("{error:#}");
        ensure!(said.contains("firms `north` and `south` share the host `north.test`"), "{said}");
        ensure!(!trade.data("north").join("files").exists(), "nothing was opened");
        Ok(())
    })
}
