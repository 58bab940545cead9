//! The book of lines is written anew while calls stand and callers wait.

use crate::kit::{
    branch::Branch,
    caller::Caller,
    firm::{self, ANNA, STRANGER, VERA},
    seats,
    telephonist::Telephonist,
};
use domain::{
    calls::{
        call::CallState,
        call_plan::CallSkill,
        operator::{Operator, Presence},
    },
    lines::{codec::Codec, line_book::LineBook},
    ports::{Answer, Command, FrontDoor, Seat},
    refusal::{Refusal, RefusalKind},
};
use serde_json::{Value, json};

const KKT: &str = "+74950000001";

async fn open() -> Branch {
    Branch::open(|j| {
        j.put(&firm::operator(61, "Мария"));
        let skills = vec![CallSkill { code: "kkt".into(), level: 2 }];
        j.put(&Operator { skills, ..firm::operator(62, "Нина") });
    })
    .await
}
fn lines() -> Value {
    json!({
        "trunks": [{"name": "city", "user": "office", "password": "secret", "dids": [KKT], "outbound": "203.0.113.5:5060"}],
        "queues": [
            {"name": "kkt", "dids": [KKT], "needs": [{"skill": "kkt", "level": 2}]},
            {"name": "main", "reception": {"notice": "notice", "menu": "main"}},
        ],
        "menus": [{"name": "main", "prompts": ["main"], "keys": {"1": {"queue": "kkt"}}, "otherwise": {"queue": ""}}],
    })
}
async fn save(
    branch: &Branch,
    seat: &Seat,
    lines: Value,
    rev: Option<u64>,
    id: &str,
) -> Result<Answer, Refusal> {
    let command = Command { id: id.into(), name: "lines.save".into(), args: json!({ "lines": lines }), rev };
    branch.sends(seat, command).await
}

#[actix::test]
async fn a_new_queue_takes_the_next_caller_and_who_waits_keeps_the_place() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    let nina = Telephonist::at_work(&branch, 62).await;
    // both operators talk, and a third caller waits
    let first = Caller::rings(&branch, ANNA).await;
    maria.answers(&first).await;
    let second = Caller::rings(&branch, VERA).await;
    nina.answers(&second).await;
    let waits = Caller::rings(&branch, STRANGER).await;
    let saved = save(&branch, &seats::admin(), lines(), Some(0), "book-1").await.expect("kept");
    assert_eq!(saved.ok, json!({ "rev": 1 }));
    assert_eq!(waits.state(), CallState::Queued);
    // who dials the new number meets who knows the matter, though the other is free as well
    second.hangs_up().await;
    nina.is(Presence::WrapUp).await;
    let of_kkt = Caller::rings_at(&branch, "+79990001122", KKT).await;
    assert_eq!(of_kkt.call().queue, "kkt");
    first.hangs_up().await;
    maria.writes_down(&first).await;
    maria.is_rung_by(&waits).await;
    nina.writes_down(&second).await;
    nina.is_rung_by(&of_kkt).await;
    // the next caller of the old number hears the notice that was written
    let next = Caller::is_received(&branch, VERA, "notice").await;
    next.hears_out().await;
    assert_eq!(next.heard("main"), 1);
    let served = branch.line.served();
    assert_eq!(served.last().map(|lines| lines.trunks[0].name.as_str()), Some("city"));
    assert_eq!(branch.house.own_number(), KKT);
}

#[actix::test]
async fn a_book_outlives_the_house_and_its_passwords_are_told_to_nobody() {
    let branch = open().await;
    save(&branch, &seats::admin(), lines(), Some(0), "book-1").await.expect("kept");
    let shown = branch.door().lines();
    assert_eq!((&shown["rev"], &shown["lines"]["trunks"][0]["password"]), (&json!(1), &Value::Null));
    let kept = branch.journal.all::<LineBook>();
    assert_eq!(kept[0].lines.trunks[0].password.as_deref(), Some("secret"));
    let facts = branch.door().facts(&kept[0].id.to_string()).await.expect("facts");
    assert!(facts.len() == 1 && facts[0].by == "admin" && !facts[0].data.to_string().contains("secret"));
    // what was shown is written back: the password stays
    let mut again = shown["lines"].clone();
    again["queues"][1]["offer_callback_seconds"] = json!(90);
    save(&branch, &seats::admin(), again, Some(1), "book-2").await.expect("kept");
    assert_eq!(branch.journal.all::<LineBook>()[0].lines.trunks[0].password.as_deref(), Some("secret"));
    let later = branch.reopened().await;
    assert_eq!(later.door().lines()["rev"], json!(2));
    assert!(later.house.lines().rules.menus.knows("main"));
    let next = Caller::is_received(&later, ANNA, "notice").await;
    assert_eq!(next.call().queue, "main");
}

#[actix::test]
async fn what_cannot_be_served_changes_nothing() {
    let branch = open().await;
    let refused = async |lines: Value, rev, id: &str| {
        save(&branch, &seats::admin(), lines, rev, id).await.expect_err("must be refused")
    };
    let mut nowhere = lines();
    nowhere["menus"][0]["keys"]["1"] = json!({ "queue": "none" });
    let told = refused(nowhere, Some(0), "book-1").await;
    assert!(told.detail.contains("leads to `none`, which is not there"), "{}", told.detail);
    let mut silent = lines();
    silent["queues"][1]["reception"]["notice"] = json!("whisper");
    let told = refused(silent, Some(0), "book-2").await;
    assert!(told.detail.contains("the prompt `whisper` is not there"), "{}", told.detail);
    let mut taken = lines();
    taken["trunks"][0]["name"] = json!("town");
    assert_eq!(refused(taken, Some(0), "book-3").await.detail, "the trunk `town` is taken");
    let mut wordy = lines();
    wordy["trunks"][0]["dids"] = json!("all of them");
    assert_eq!(refused(wordy, Some(0), "book-4").await.kind, RefusalKind::Invalid);
    assert_eq!(refused(lines(), None, "book-5").await.code, "rev-missing");
    assert!(branch.journal.all::<LineBook>().is_empty() && branch.line.served().is_empty());
    assert_eq!(branch.door().lines()["rev"], json!(0));
    // the second of two administrators is told what the first has written
    save(&branch, &seats::admin(), lines(), Some(0), "book-6").await.expect("kept");
    let stale = refused(lines(), Some(0), "book-7").await;
    assert_eq!(stale.kind, RefusalKind::Stale);
    assert_eq!(stale.current.expect("as it is now")["rev"], json!(1));
    // nobody else writes it
    for seat in [seats::manager(), seats::dispatcher(), seats::operator(61)] {
        let told = save(&branch, &seat, lines(), Some(1), "book-8").await.expect_err("must be refused");
        assert_eq!(told.kind, RefusalKind::Forbidden);
    }
}

#[actix::test]
async fn an_order_of_codecs_is_kept_served_and_refused_by_name() {
    let branch = open().await;
    assert_eq!(branch.door().lines()["fixed"]["codecs"], json!(["pcma", "pcmu", "g722"]));
    let mut wide = lines();
    wide["codecs"] = json!(["opus", "pcma"]);
    wide["trunks"][0]["codecs"] = json!(["g722", "pcma"]);
    save(&branch, &seats::admin(), wide.clone(), Some(0), "book-1").await.expect("kept");
    let served = branch.line.served().pop().expect("served");
    assert_eq!((served.codecs, served.trunks[0].codecs.len()), (vec![Codec::Opus, Codec::Pcma], 2));
    assert_eq!(branch.door().lines()["lines"]["codecs"], json!(["opus", "pcma"]));
    wide["codecs"] = json!(["opus", "g729"]);
    let told = save(&branch, &seats::admin(), wide.clone(), Some(1), "book-2").await.expect_err("unknown");
    let expected = "codec `g729` is not spoken: expected `pcma`, `pcmu`, `g722` or `opus`";
    assert!(told.detail.contains(expected), "{}", told.detail);
    wide["codecs"] = json!(["opus"]);
    let told =
        save(&branch, &seats::admin(), wide, Some(1), "book-3").await.expect_err("no telephone hears it");
    assert!(told.detail.contains("`codecs` has `opus` alone: expected `pcma` or `pcmu`"), "{}", told.detail);
    assert_eq!(branch.reopened().await.door().lines()["lines"]["codecs"], json!(["opus", "pcma"]));
}

#[actix::test]
async fn a_trunk_that_is_gone_leaves_the_screen_of_lines() {
    let branch = open().await;
    branch.hears(domain::calls::line::LineEvent::Trunk { name: "city".into(), up: true }).await;
    branch.sees("the line", || branch.news.row("lines", "city").is_some()).await;
    branch.hears(domain::calls::line::LineEvent::TrunkGone { name: "city".into() }).await;
    branch.sees("its end", || branch.news.row("lines", "city").is_none()).await;
}
