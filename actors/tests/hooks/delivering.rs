//! Events go to other programmes in order, at least once, whatever the other side does.

use crate::kit::{branch::Branch, firm::id, post::answer, seats};
use domain::{
    hooks::{
        hook::{Hook, Trouble, WhyOff},
        parcel::Heard,
    },
    ports::{Fact, FrontDoor},
    values::id::HookId,
};
use serde_json::{Value, json};
use std::time::Duration;

const THERE: &str = "https://example.com/in";

async fn linked(branch: &Branch, kinds: &[&str]) -> HookId {
    let made = branch.says(&seats::admin(), "hook.create", json!({"url": THERE, "kinds": kinds})).await;
    let made = made.expect("a link");
    assert!(made["secret"].as_str().expect("shown once").starts_with("whsec_"));
    made["hook"].as_str().expect("an id").parse().expect("of a link")
}
/// A client is made: two facts, `client.created` and `point.created`.
async fn somebody(branch: &Branch, number: usize) {
    let args = json!({"name": "Имя", "phone": format!("+7916{number:07}"), "address": "Улица, 1"});
    branch.says(&seats::dispatcher(), "client.create", args).await.expect("a client");
}
fn hook(branch: &Branch, id: HookId) -> Hook {
    branch.journal.get(id).expect("kept")
}
async fn row(branch: &Branch, id: HookId) -> Value {
    let all = branch.door().hooks().await.expect("rows");
    all.into_iter().find(|row| row["id"] == json!(id)).expect("the link")
}
fn seqs(branch: &Branch) -> Vec<u64> {
    branch.post.posted().iter().map(|(_, event)| event["seq"].as_u64().expect("a number")).collect()
}

#[actix::test]
async fn what_is_wanted_is_posted_in_order_and_the_secret_is_told_once() {
    let branch = Branch::open(|_| ()).await;
    somebody(&branch, 1).await;
    let link = linked(&branch, &["client.*"]).await;
    for number in 2..5 {
        somebody(&branch, number).await;
    }
    branch.sees("three events", || branch.post.kinds().len() == 3).await;
    let posted = branch.post.posted();
    assert!(posted.iter().all(|(url, event)| url == THERE && event["kind"] == "client.created"));
    assert!(posted[0].1["data"]["name"].is_null(), "who it is was not wished for: {}", posted[0].1);
    assert_eq!(posted[0].1["id"], json!(format!("event_{}", posted[0].1["seq"])));
    let numbers = seqs(&branch);
    assert!(numbers.is_sorted() && numbers[0] > 3, "what was before the link is not told: {numbers:?}");
    branch.sees("it is kept", || hook(&branch, link).log.len() == 3).await;
    let row = row(&branch, link).await;
    assert!(row["secret"].is_null() && !row.to_string().contains("whsec_"), "{row}");
    let told: Vec<Fact> = branch.journal.facts();
    assert!(told.iter().all(|fact| !fact.data.to_string().contains("whsec_")), "no fact tells a secret");
}

#[actix::test]
async fn a_new_secret_is_told_once_and_the_old_one_signs_beside_it_for_a_day() {
    let branch = Branch::open(|_| ()).await;
    let link = linked(&branch, &["client.created"]).await;
    let old = hook(&branch, link).secret;
    let told =
        branch.says(&seats::admin(), "hook.rotate", json!({"hook": link})).await.expect("a new secret");
    let new = told["secret"].as_str().expect("shown once").to_owned();
    assert_ne!(new, old);
    somebody(&branch, 1).await;
    branch.sees("signed by both", || branch.post.kinds().len() == 1).await;
    let day = row(&branch, link).await["both_until"].as_i64().expect("an instant");
    let left = day - branch.clock_now().as_millisecond();
    assert!((24 * 3_600_000 - 60_000..=24 * 3_600_000).contains(&left), "a day: {left} ms");
    branch.pass(Duration::from_secs(24 * 3600)).await;
    somebody(&branch, 2).await;
    branch.sees("signed by one", || branch.post.kinds().len() == 2).await;
    assert_eq!(branch.post.secrets(), [vec![new.clone(), old], vec![new]]);
    assert!(row(&branch, link).await["both_until"].is_null());
    assert!(branch.journal.facts().iter().all(|fact| !fact.data.to_string().contains("whsec_")));
    let nobody: HookId = id(99);
    let refused = branch.says(&seats::admin(), "hook.rotate", json!({"hook": nobody})).await;
    assert!(refused.expect_err("there is none").detail.contains(&nobody.to_string()));
}

#[actix::test]
async fn a_refused_event_is_tried_again_before_the_next_one_and_later_and_later() {
    let branch = Branch::open(|_| ()).await;
    let link = linked(&branch, &["client.created"]).await;
    branch.post.answers([answer(500), Heard::default(), answer(302)]);
    somebody(&branch, 1).await;
    somebody(&branch, 2).await;
    branch.sees("a failure is kept", || hook(&branch, link).trouble.is_some()).await;
    branch.sees("both", || branch.post.kinds().len() == 5).await;
    let numbers = seqs(&branch);
    assert_eq!(numbers[..4], [numbers[0]; 4], "the first, four times");
    assert!(numbers[4] > numbers[0]);
    branch.sees("it is well again", || hook(&branch, link).trouble.is_none()).await;
    let waited = branch.clock_now().duration_since(crate::kit::clock::at(0)).as_secs();
    assert!((17..=35).contains(&waited), "half to all of 5, 10 and 20 s: {waited}");
    assert_eq!(row(&branch, link).await["log"].as_array().expect("tries").len(), 5);
}

#[actix::test]
async fn three_days_of_failures_turn_a_link_off_and_the_check_says_so() {
    let branch = Branch::open(|_| ()).await;
    let link = linked(&branch, &["client.*"]).await;
    branch.post.answers(std::iter::repeat_n(answer(500), 200));
    somebody(&branch, 1).await;
    for _ in 0..80 {
        branch.pass(Duration::from_secs(3600)).await;
    }
    assert_eq!(hook(&branch, link).off, Some(WhyOff::Failing));
    assert_eq!(branch.journal.count("hook.turned_off"), 1);
    let tried = branch.post.kinds().len();
    somebody(&branch, 2).await;
    branch.pass(Duration::from_secs(7200)).await;
    assert_eq!(branch.post.kinds().len(), tried, "nothing is posted any more");
    let checked = branch.door().checkup().await.expect("a check");
    let found = checked["findings"].as_array().expect("findings");
    assert!(found.iter().any(|it| it["rule"] == "hook-off" && it["values"]["url"] == THERE), "{checked}");
    branch.post.answers([]);
    branch.says(&seats::admin(), "hook.switch", json!({"hook": link, "on": true})).await.expect("on");
    assert_eq!(hook(&branch, link).off, None);
}

#[actix::test]
async fn who_wants_no_more_is_left_alone_at_once() {
    let branch = Branch::open(|_| ()).await;
    let link = linked(&branch, &["client.*"]).await;
    branch.post.answers([answer(410)]);
    somebody(&branch, 1).await;
    branch.sees("off", || hook(&branch, link).off == Some(WhyOff::Gone)).await;
    let refusal = branch.says(&seats::admin(), "hook.switch", json!({"hook": link, "on": false})).await;
    assert_eq!(refusal.expect_err("it is off").code, "hook-state");
}

#[actix::test]
async fn a_slow_link_waits_for_itself_alone() {
    let branch = Branch::open(|_| ()).await;
    linked(&branch, &["client.*"]).await;
    branch.post.is_slow(Duration::from_secs(9));
    let before = branch.clock_now();
    for number in 0..20 {
        somebody(&branch, number).await;
    }
    assert_eq!(branch.clock_now(), before, "twenty commands in no time");
    branch.sees("all of them", || branch.post.kinds().len() == 20).await;
    assert!(branch.clock_now().duration_since(before).as_secs() >= 9 * 18);
}

#[actix::test]
async fn a_journal_that_is_slow_to_read_delays_the_events_and_holds_none_of_them_back() {
    let branch = Branch::open(|_| ()).await;
    linked(&branch, &["client.*"]).await;
    branch.journal.reads_slowly(Duration::from_secs(3));
    for number in 0..4 {
        somebody(&branch, number).await;
    }
    branch.sees("all of them", || branch.post.kinds().len() == 4).await;
    assert!(seqs(&branch).is_sorted());
}

#[actix::test]
async fn another_process_goes_on_where_the_first_was_killed() {
    let branch = Branch::open(|_| ()).await;
    let link = linked(&branch, &["point.*"]).await;
    somebody(&branch, 1).await;
    branch.sees("kept", || hook(&branch, link).log.len() == 1).await;
    branch.post.answers([answer(500)]);
    somebody(&branch, 2).await;
    branch.sees("kept", || hook(&branch, link).log.len() == 2).await;
    let next = branch.reopened().await;
    next.sees("the second", || next.post.kinds().len() == 1).await;
    assert_eq!(seqs(&next)[0], seqs(&branch)[1], "the one that was not taken");
    next.sees("kept", || hook(&next, link).trouble.is_none()).await;
}

#[actix::test]
async fn a_replay_goes_back_to_an_event_or_to_a_time() {
    let branch = Branch::open(|_| ()).await;
    let link = linked(&branch, &["client.*"]).await;
    for number in 0..3 {
        branch.pass(Duration::from_secs(60)).await;
        somebody(&branch, number).await;
    }
    branch.sees("three", || branch.post.kinds().len() == 3).await;
    let first = seqs(&branch)[0];
    let admin = seats::admin();
    let replay = |args: Value| branch.says(&admin, "hook.replay", args);
    replay(json!({"hook": link, "after": first - 1})).await.expect("from the first");
    branch.sees("three more", || branch.post.kinds().len() == 6).await;
    assert_eq!(seqs(&branch)[3..], seqs(&branch)[..3]);
    let since = crate::kit::clock::at(150).as_millisecond();
    replay(json!({"hook": link, "since": since})).await.expect("since the third");
    branch.sees("one more", || branch.post.kinds().len() == 7).await;
    assert_eq!(seqs(&branch)[6], seqs(&branch)[2]);
    let refusal = replay(json!({"hook": link})).await.expect_err("from where?");
    assert_eq!(refusal.code, "after");
}

#[actix::test]
async fn a_link_that_is_taken_away_hears_nothing_more() {
    let branch = Branch::open(|_| ()).await;
    let link = linked(&branch, &["client.*"]).await;
    branch.says(&seats::admin(), "hook.remove", json!({"hook": link})).await.expect("removed");
    somebody(&branch, 1).await;
    branch.pass(Duration::from_secs(60)).await;
    assert!(branch.post.kinds().is_empty() && branch.door().hooks().await.expect("rows").is_empty());
    let refusal = branch.says(&seats::admin(), "hook.remove", json!({"hook": link})).await;
    assert_eq!(refusal.expect_err("it is gone").code, "unknown-hook");
}

#[actix::test]
async fn wrong_wishes_name_what_was_expected() {
    let branch = Branch::open(|_| ()).await;
    for (args, code) in [
        (json!({"url": "http://example.com", "kinds": ["visit.*"]}), "url"),
        (json!({"url": THERE, "kinds": ["user.*"]}), "kinds"),
        (json!({"url": THERE, "kinds": []}), "kinds"),
        (json!({"url": THERE}), "arguments"),
    ] {
        let refusal = branch.says(&seats::admin(), "hook.create", args).await.expect_err("refused");
        assert_eq!(refusal.code, code, "{refusal}");
    }
    let args = json!({"url": THERE, "kinds": ["visit.*"]});
    let refusal = branch.says(&seats::dispatcher(), "hook.create", args).await.expect_err("not theirs");
    assert_eq!(refusal.code, "forbidden");
    assert_eq!(branch.journal.all::<Hook>().len(), 0);
}

#[actix::test]
async fn who_rather_asks_reads_the_same_rows_page_by_page() {
    let branch = Branch::open(|_| ()).await;
    linked(&branch, &["client.*", "point.*"]).await;
    for number in 0..5 {
        somebody(&branch, number).await;
    }
    branch.sees("all are posted", || branch.post.kinds().len() == 10).await;
    let posted: Vec<Value> = branch.post.posted().into_iter().map(|(_, event)| event).collect();
    let (mut after, mut read) = (0, Vec::new());
    loop {
        let page = branch.door().events(after, vec!["*".into()], 3, false).await.expect("a page");
        read.extend(page["events"].as_array().expect("events").clone());
        after = page["next"].as_u64().expect("a number");
        if page["events"].as_array().is_some_and(Vec::is_empty) {
            assert_eq!(page["next"], page["head"]);
            break;
        }
    }
    assert_eq!(read, posted);
    for (kinds, limit) in
        [(vec!["user.*".to_owned()], 1), (vec!["*".to_owned()], 0), (vec!["*".to_owned()], 1001)]
    {
        assert!(branch.door().events(0, kinds, limit, false).await.is_err());
    }
}

#[actix::test]
async fn a_link_in_trouble_is_taken_up_at_once_by_another_process() {
    let link = Hook {
        id: id(91),
        ver: 1,
        url: THERE.into(),
        kinds: vec!["client.*".into()],
        personal: true,
        secret: "whsec_0".into(),
        old: Vec::new(),
        off: None,
        cursor: 0,
        by: "admin".into(),
        since: crate::kit::clock::at(0),
        trouble: Some(Trouble { since: crate::kit::clock::at(-60), tries: 9 }),
        log: [].into(),
    };
    let branch = Branch::open(|journal| journal.put(&link)).await;
    somebody(&branch, 1).await;
    branch.sees("posted", || branch.post.kinds().len() == 1).await;
    assert_eq!(branch.post.posted()[0].1["data"]["name"], "Имя", "who it is was wished for");
    branch.sees("well", || hook(&branch, link.id).trouble.is_none()).await;
}
