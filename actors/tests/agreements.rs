//! Agreements that people write, sign, stop and prolong, and those that time ends.

use crate::kit::{
    branch::Branch,
    clock::at,
    firm::{self, id},
    job::Job,
    journal::MemoryJournal,
    seats,
};
use domain::{
    clients::agreement::{Agreement, AgreementState, Terms},
    ports::{Command, FrontDoor},
    refusal::{Refusal, RefusalKind},
    requests::order::Payer,
    values::id::{AgreementId, AgreementKind, ClientId, Id, PointId, UnitId},
};
use serde_json::{Value, json};
use std::time::Duration;

fn anna() -> ClientId {
    id(1)
}
fn home() -> PointId {
    id(11)
}
fn card(no: &str, covered: &Value) -> Value {
    json!({"no": no, "from": "2020-01-01", "until": "2099-12-31", "covered": covered,
        "sla": {"reaction_hours": 3, "restore_hours": 12}, "limit": "7000", "hours": null})
}
fn whole() -> Value {
    json!({"points": [home()]})
}
async fn drafted(branch: &Branch, no: &str, covered: Value) -> AgreementId {
    let args = json!({"client": anna(), "card": card(no, &covered)});
    let answer = branch.says(&seats::dispatcher(), "agreement.create", args).await.expect("a draft");
    answer["agreement"].as_str().and_then(|id| id.parse().ok()).expect("an id")
}
async fn signed(branch: &Branch) -> AgreementId {
    let agreement = drafted(branch, "Д-7", whole()).await;
    let args = json!({"agreement": agreement});
    branch.says(&seats::dispatcher(), "agreement.submit", args.clone()).await.expect("sent");
    branch.says(&seats::manager(), "agreement.activate", args).await.expect("signed");
    agreement
}
fn kept(branch: &Branch, agreement: AgreementId) -> Agreement {
    branch.journal.get(agreement).expect("kept")
}
async fn card_of(branch: &Branch) -> Value {
    branch.door().card(&anna().to_string()).await.expect("a card")
}

#[actix::test]
async fn an_agreement_covers_from_its_signature_to_its_suspension() {
    let branch = Branch::open(|_| ()).await;
    let agreement = drafted(&branch, "", whole()).await;
    assert_eq!(kept(&branch, agreement).no, "С-1", "the house gives the number");
    let job = Job::registered(&branch).await;
    assert_eq!(job.order().payer, Payer::Client, "a draft covers nothing");
    let args = json!({"agreement": agreement});
    branch.says(&seats::dispatcher(), "agreement.submit", args.clone()).await.expect("sent");
    branch.says(&seats::manager(), "agreement.activate", args.clone()).await.expect("signed");
    assert_eq!(
        branch.journal.story(agreement),
        ["agreement.drafted", "agreement.submitted", "agreement.activated"]
    );
    let covered = Job::registered(&branch).await;
    assert_eq!((covered.order().payer, covered.order().agreement), (Payer::Agreement, Some(agreement)));
    let now = card_of(&branch).await;
    let (point, unit) = (&now["points"][0], &now["points"][0]["units"][0]);
    assert_eq!((&point["agreement"]["covers"], &unit["agreement"]["reaction_h"]), (&json!(true), &json!(3)));
    let why = json!({"agreement": agreement, "reason": "долг за май"});
    branch.says(&seats::manager(), "agreement.suspend", why).await.expect("stopped");
    let now = card_of(&branch).await;
    assert_eq!(now["points"][0]["units"][0]["agreement"]["why"], "suspended");
    assert_eq!(Job::registered(&branch).await.order().payer, Payer::Client);
    branch.says(&seats::manager(), "agreement.resume", args).await.expect("goes on");
    assert_eq!(Job::registered(&branch).await.order().payer, Payer::Agreement);
    let again = branch.reopened().await;
    assert_eq!(kept(&again, agreement).state, AgreementState::Active);
    assert_eq!(card_of(&again).await["agreements"][0]["no"], "С-1");
}

#[actix::test]
async fn a_suspended_agreement_that_keeps_emergencies_pays_for_them_alone() {
    let branch = Branch::open(|journal: &MemoryJournal| {
        let fridge: Id<_> = id(21);
        let client = firm::client(1, "Анна Петрова", firm::ANNA);
        let terms = Terms { keeps_emergency: true, ..Terms::default() };
        let stopped = AgreementState::Suspended;
        journal.put(&Agreement { terms, state: stopped, ..firm::agreement(32, &client, vec![fridge], 2, 8) });
    })
    .await;
    let unit: UnitId = id(21);
    for (priority, payer) in [("normal", Payer::Client), ("emergency", Payer::Agreement)] {
        let args = json!({"client": anna(), "point": home(), "unit": unit, "symptom": "течёт", "priority": priority});
        let answer = branch.says(&seats::dispatcher(), "request.register", args).await.expect("registered");
        assert_eq!(Job::from_answer(&branch, answer).order().payer, payer, "{priority}");
    }
}

#[actix::test]
async fn what_is_signed_is_not_written_over_but_may_cover_more() {
    let branch = Branch::open(|_| ()).await;
    let agreement = signed(&branch).await;
    let change = json!({"agreement": agreement, "card": card("Д-8", &whole())});
    let refused = branch.says(&seats::dispatcher(), "agreement.change", change).await.expect_err("signed");
    assert_eq!(refused.code, "agreement-state");
    let unit: UnitId = id(21);
    let cover = |rev| Command {
        id: format!("cover-{rev}"),
        name: "agreement.cover".into(),
        args: json!({"agreement": agreement, "covered": {"points": [], "units": [unit]}}),
        rev: Some(rev),
    };
    let stale = branch.sends(&seats::dispatcher(), cover(1)).await.expect_err("of yesterday");
    assert_eq!(stale.kind, RefusalKind::Stale);
    assert_eq!(stale.current.expect("the card")["agreements"][0]["rev"], 3);
    branch.sends(&seats::dispatcher(), cover(3)).await.expect("covered");
    let now = kept(&branch, agreement);
    assert_eq!((now.ver, now.points, now.units), (4, vec![], vec![unit]));
    assert_eq!(branch.journal.story(agreement).last().map(String::as_str), Some("agreement.covered"));
}

#[actix::test]
async fn a_wrong_agreement_is_refused_and_nothing_is_kept() {
    let branch = Branch::open(|_| ()).await;
    let before = branch.journal.all::<Agreement>().len();
    let create = |card: Value| json!({"client": anna(), "card": card});
    let (foreign, unknown): (PointId, UnitId) = (id(12), id(99));
    for (card, code) in [
        (card("a 31", &whole()), "agreement-number"),
        (card("Д-1", &json!({"points": [foreign]})), "foreign-point"),
        (card("Д-1", &json!({"units": [unknown]})), "unknown-unit"),
        (card(&"9".repeat(60), &whole()), "agreement-number"),
    ] {
        let refused = branch.says(&seats::manager(), "agreement.create", create(card)).await.expect_err(code);
        assert_eq!(refused.code, code);
    }
    let refused = branch.says(&seats::operator(61), "agreement.create", create(card("Д-1", &whole()))).await;
    assert_eq!(refused.map_err(|no| no.kind), Err(RefusalKind::Forbidden));
    let nothing = drafted(&branch, "Д-2", json!({})).await;
    let args = json!({"agreement": nothing});
    branch.says(&seats::dispatcher(), "agreement.submit", args.clone()).await.expect("sent");
    let refused: Refusal =
        branch.says(&seats::manager(), "agreement.activate", args).await.expect_err("covers nothing");
    assert_eq!(refused.code, "agreement-incomplete");
    assert_eq!(branch.journal.all::<Agreement>().len(), before + 1);
}

#[actix::test]
async fn time_says_that_an_agreement_ends_and_ends_it() {
    let branch = Branch::open(|journal: &MemoryJournal| {
        let client = firm::client(1, "Анна Петрова", firm::ANNA);
        let until = |days: i64, months: u8, number: u128| Agreement {
            until: at(86_400 * days),
            terms: Terms { renews_months: months, ..Terms::default() },
            ..firm::agreement(number, &client, vec![id(21)], 2, 8)
        };
        journal.put(&until(20, 0, 32));
        journal.put(&until(-1, 0, 33));
        journal.put(&until(-1, 12, 34));
    })
    .await;
    let state = |number: u128| {
        let agreement: Id<AgreementKind> = id(number);
        branch.journal.get::<Agreement>(agreement).map(|it| it.state)
    };
    let known = |number: u128| branch.house.directory.read().agreements.get(&id(number)).map(|it| it.state);
    branch.sees("the one that ends soon", || state(32) == Some(AgreementState::Expiring)).await;
    branch.sees("the one that is over", || state(33) == Some(AgreementState::Expired)).await;
    branch
        .sees("the one that goes on", || {
            branch.journal.story(id::<AgreementKind>(34)) == ["agreement.renewed"]
        })
        .await;
    branch.settles().await;
    assert_eq!([known(32), known(33), known(34)], [state(32), state(33), Some(AgreementState::Active)]);
    assert!(kept(&branch, id(34)).until > at(86_400 * 300));
    branch.pass(Duration::from_secs(3600)).await;
    branch.settles().await;
    assert_eq!(branch.journal.story(id::<AgreementKind>(32)), ["agreement.expiring"], "said once");
}
