//! Two cards of one client become one with all their work, are found under either id, and are parted again.

use crate::kit::{
    branch::Branch,
    caller::Caller,
    firm::{self, ANNA, VERA, id},
    job::Job,
    seats,
};
use domain::{
    clients::{client::Client, point::ServicePoint},
    equipment::EquipmentUnit,
    ports::FrontDoor,
    refusal::{Refusal, RefusalKind},
    requests::request::Request,
    values::id::{ClientId, PointId, UnitId},
};
use serde_json::{Value, json};

/// Anna's card stays, Vera's goes.
const ANNA_ID: u128 = 1;
const VERA_ID: u128 = 2;

fn client(number: u128) -> ClientId {
    id(number)
}
async fn open() -> Branch {
    Branch::open(|journal| journal.put(&firm::operator(61, "Мария"))).await
}
async fn card(branch: &Branch, number: u128) -> Value {
    branch.door().card(&client(number).to_string()).await.expect("a card")
}
async fn merge(branch: &Branch, more: Value) -> Result<Value, Refusal> {
    let (keep, other) = (card(branch, ANNA_ID).await, card(branch, VERA_ID).await);
    let mut args = json!({
        "keep": client(ANNA_ID), "other": client(VERA_ID), "keep_rev": keep["rev"], "other_rev": other["rev"],
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        args[name] = value.clone();
    }
    branch.says(&seats::dispatcher(), "client.merge", args).await
}
fn found(branch: &Branch, typed: &str) -> Vec<Value> {
    branch.door().search(typed, 10).into_iter().map(|hit| hit["id"].clone()).collect()
}

#[actix::test]
async fn everything_goes_over_in_one_transaction_and_stays_so_after_a_restart() {
    let branch = open().await;
    let theirs = Job::of(&branch, VERA_ID, 12, 22).await;
    let facts = branch.journal.facts().len();
    let answer = merge(&branch, json!({"pick": {"name": "other"}})).await.expect("merged");
    let moved = json!({"points": 1, "units": 1, "agreements": 1, "requests": 1});
    assert_eq!((&answer["client"], &answer["moved"]), (&json!(client(ANNA_ID)), &moved));
    let told: Vec<String> = branch.journal.facts()[facts..].iter().map(|fact| fact.name.clone()).collect();
    for name in ["client.merged", "client.merged_into", "point.client_changed", "request.client_changed"] {
        assert!(told.contains(&name.to_owned()), "{name} among {told:?}");
    }
    let kept = branch.journal.get::<Client>(client(ANNA_ID)).expect("the kept card");
    assert_eq!((kept.name.as_str(), kept.vip, kept.contacts.len()), ("Вера Орлова", true, 2));
    let stone = branch.journal.get::<Client>(client(VERA_ID)).and_then(|card| card.stone).expect("a stone");
    assert_eq!((stone.into, stone.moved.requests.as_slice()), (client(ANNA_ID), &[theirs.request][..]));
    let (shop, showcase): (PointId, UnitId) = (id(12), id(22));
    assert_eq!(branch.journal.get::<ServicePoint>(shop).map(|it| it.client), Some(client(ANNA_ID)));
    assert_eq!(branch.journal.get::<EquipmentUnit>(showcase).map(|it| it.client), Some(client(ANNA_ID)));
    assert_eq!(theirs.asked().client, client(ANNA_ID));
    assert_eq!((theirs.row().client, theirs.order().client), (client(ANNA_ID), client(ANNA_ID)));
    branch.settles().await;
    let bar = branch.news.row("board", theirs.visit).expect("on the board");
    assert_eq!((&bar["client"], &bar["client_id"]), (&json!("Вера Орлова"), &json!(client(ANNA_ID))));
    let row = branch.news.row("requests", theirs.request).expect("in the list");
    assert_eq!(row["client_id"], json!(client(ANNA_ID)));

    for branch in [&branch, &branch.reopened().await] {
        for typed in [ANNA, VERA, "Орлова", "Ёлочная 12"] {
            assert_eq!(found(branch, typed), [json!(client(ANNA_ID))], "{typed}");
        }
        let (now, by_old_id) = (card(branch, ANNA_ID).await, card(branch, VERA_ID).await);
        assert_eq!(now, by_old_id, "an old link shows the kept card");
        assert_eq!(now["points"].as_array().map(Vec::len), Some(2));
        assert_eq!(now["agreements"].as_array().map(Vec::len), Some(1));
        assert_eq!(now["merged"][0]["phones"], json!([VERA]), "what the other said is shown");
        assert_eq!(now["merged"][0]["parts"], json!(true));
        assert_eq!(now["open"].as_array().map(Vec::len), Some(1));
    }
}

#[actix::test]
async fn a_command_with_the_old_id_acts_on_the_kept_card() {
    let branch = open().await;
    merge(&branch, json!({})).await.expect("merged");
    let job = Job::of(&branch, VERA_ID, 12, 22).await;
    assert_eq!(job.asked().client, client(ANNA_ID));
    let said = json!({"client": client(VERA_ID), "given": false});
    branch.says(&seats::dispatcher(), "client.consent", said).await.expect("written down");
    let kept = branch.journal.get::<Client>(client(ANNA_ID)).expect("the kept card");
    assert!(kept.consent.is_some_and(|word| !word.given));
    let past = branch.door().facts(&client(ANNA_ID).to_string()).await.expect("facts");
    let names: Vec<&str> = past.iter().map(|fact| fact.name.as_str()).collect();
    assert!(names.contains(&"client.merged") && names.contains(&"client.merged_into"), "{names:?}");
    let whole = past.iter().find(|fact| fact.name == "client.merged").expect("the merge");
    assert_eq!(whole.data["other"]["name"], json!("Вера Орлова"), "nothing of the other is lost");
}

#[actix::test]
async fn the_same_command_merges_once_and_a_second_merge_is_refused() {
    let branch = open().await;
    let args = json!({"keep": client(ANNA_ID), "other": client(VERA_ID), "keep_rev": 1, "other_rev": 1});
    let first = branch.repeats(&seats::manager(), "m-1", "client.merge", args.clone()).await.expect("merged");
    let again =
        branch.repeats(&seats::manager(), "m-1", "client.merge", args.clone()).await.expect("a repeat");
    assert_eq!((first.dup, again.dup, &first.ok), (false, true, &again.ok));
    assert_eq!(branch.journal.count("client.merged"), 1);
    let no = branch.says(&seats::dispatcher(), "client.merge", args).await.expect_err("merged already");
    assert_eq!(no.code, "already-merged");
    let itself = json!({"keep": client(ANNA_ID), "other": client(ANNA_ID), "keep_rev": 2, "other_rev": 2});
    let no = branch.says(&seats::dispatcher(), "client.merge", itself).await.expect_err("one card");
    assert_eq!(no.code, "same-client");
    let no = branch.says(&seats::operator(61), "client.merge", json!({})).await.expect_err("an operator");
    assert_eq!(no.kind, RefusalKind::Forbidden);
}

#[actix::test]
async fn whoever_looked_at_an_older_card_is_shown_the_one_of_now() {
    let branch = open().await;
    let no = merge(&branch, json!({"keep_rev": 0})).await.expect_err("an older card");
    assert_eq!((no.kind, no.current.map(|now| now["rev"].clone())), (RefusalKind::Stale, Some(json!(1))));
    branch.journal.refuse("client.merged");
    merge(&branch, json!({})).await.expect_err("the store does not take it");
    assert_eq!(found(&branch, VERA), [json!(client(VERA_ID))], "nothing has changed");
    assert_eq!(card(&branch, VERA_ID).await["name"], json!("Вера Орлова"));
}

#[actix::test]
async fn a_merge_is_taken_back_with_the_work_that_was_done_meanwhile() {
    let branch = open().await;
    let theirs = Job::of(&branch, VERA_ID, 12, 22).await;
    merge(&branch, json!({})).await.expect("merged");
    theirs.booked().await;
    let part = json!({"other": client(VERA_ID)});
    let answer = branch.says(&seats::dispatcher(), "client.part", part.clone()).await.expect("parted");
    assert_eq!(answer["client"], json!(client(VERA_ID)));
    assert_eq!((theirs.asked().client, theirs.row().client), (client(VERA_ID), client(VERA_ID)));
    for branch in [&branch, &branch.reopened().await] {
        assert_eq!(found(branch, VERA), [json!(client(VERA_ID))]);
        assert_eq!(found(branch, "Ёлочная 12"), [json!(client(VERA_ID))]);
        let (anna, vera) = (card(branch, ANNA_ID).await, card(branch, VERA_ID).await);
        assert_eq!((&anna["name"], &anna["vip"]), (&json!("Анна Петрова"), &json!(false)));
        assert_eq!(anna["open"].as_array().map(Vec::len), Some(0));
        assert_eq!(vera["open"].as_array().map(Vec::len), Some(1));
        assert_eq!(anna["merged"], json!([]));
    }
    let no = branch.says(&seats::dispatcher(), "client.part", part.clone()).await.expect_err("apart");
    assert_eq!(no.code, "not-merged");
    // A request at a point that came over is of nobody in particular.
    merge(&branch, json!({})).await.expect("merged again");
    Job::of(&branch, ANNA_ID, 12, 22).await;
    let no = branch.says(&seats::dispatcher(), "client.part", part).await.expect_err("tied");
    assert_eq!(no.code, "tied-together");
    assert!(branch.journal.all::<Request>().iter().all(|it| it.client == client(ANNA_ID)));
}

#[actix::test]
async fn a_call_that_goes_on_shows_the_kept_name_and_old_calls_are_of_the_kept_card() {
    let branch = open().await;
    let caller = Caller::rings(&branch, VERA).await;
    let call = caller.call().id;
    branch.sees("the call", || branch.news.field("queue", call, "name") == json!("Вера Орлова")).await;
    merge(&branch, json!({})).await.expect("merged");
    branch.sees("the kept name", || branch.news.field("queue", call, "name") == json!("Анна Петрова")).await;
    caller.hangs_up().await;
    branch.sees("it is over", || branch.door().calls(&seats::manager(), None).len() == 1).await;
    for asked in [ANNA_ID, VERA_ID] {
        let calls = branch.door().calls(&seats::manager(), Some(client(asked)));
        assert_eq!(calls.len(), 1, "a call under the old id is a call of the kept card");
    }
    let told = card(&branch, ANNA_ID).await;
    let kinds: Vec<&Value> = told["timeline"].as_array().into_iter().flatten().map(|e| &e["kind"]).collect();
    assert!(kinds.contains(&&json!("call")), "{kinds:?}");
}

#[actix::test]
async fn twins_are_told_with_the_reason_until_somebody_says_that_they_are_two() {
    let branch = Branch::open(|journal| {
        let again = firm::client(3, "Петрова Анна", ANNA);
        journal.put(&firm::point(13, &again));
        journal.put(&again);
    })
    .await;
    let asked = json!({"client": client(ANNA_ID)});
    let mine = branch.says(&seats::dispatcher(), "client.twins", asked.clone()).await.expect("told");
    let all = branch.says(&seats::admin(), "client.twins", json!({})).await.expect("told");
    assert_eq!(mine, all);
    let pair = &mine["pairs"][0];
    assert_eq!((&mine["total"], &pair["a"]["id"]), (&json!(1), &json!(client(ANNA_ID))));
    assert_eq!((&pair["b"]["points"], &pair["a"]["units"]), (&json!(1), &json!(1)));
    let why: Vec<&Value> = pair["why"].as_array().into_iter().flatten().map(|it| &it["rule"]).collect();
    assert_eq!(why, ["phone", "name_near"]);
    let apart = json!({"client": client(3), "other": client(ANNA_ID)});
    branch.says(&seats::dispatcher(), "client.apart", apart).await.expect("told apart");
    for branch in [&branch, &branch.reopened().await] {
        let mine = branch.says(&seats::dispatcher(), "client.twins", asked.clone()).await.expect("told");
        assert_eq!(mine, json!({"pairs": [], "total": 0}));
    }
}
