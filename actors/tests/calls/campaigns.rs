//! Campaigns: clients who agreed are rung when an operator is spare, callers come first, and everybody is counted.

use crate::kit::{
    branch::Branch,
    caller::Caller,
    firm::{self, ANNA, STRANGER, id},
    seats,
    telephonist::Telephonist,
};
use domain::{
    calls::{
        call::{Call, Direction},
        campaign::{Campaign, CampaignState, Count},
        line::LineEvent,
        operator::Presence,
    },
    refusal::RefusalKind,
    values::id::{ClientKind, Id},
};
use serde_json::{Value, json};
use std::time::Duration;

fn client(number: u128) -> Id<ClientKind> {
    id(number)
}
async fn open() -> Branch {
    let branch = Branch::open(|j| {
        j.put(&firm::operator(61, "Мария"));
        j.put(&firm::operator(62, "Нина"));
    })
    .await;
    agrees(&branch, 1, true).await;
    // the branch opens at six, and nobody is rung before eight
    branch.pass(Duration::from_secs(3 * 3_600)).await;
    branch
}
/// A client says yes or no to automatic calls.
async fn agrees(branch: &Branch, number: u128, given: bool) {
    let args = json!({"client": client(number), "given": given, "how": "бланк 7"});
    branch.says(&seats::operator(61), "client.consent", args).await.expect("written down");
}
fn wish(clients: &[u128]) -> Value {
    let clients: Vec<_> = clients.iter().map(|number| client(*number)).collect();
    json!({
        "name": "Договоры", "words": "Предложите продлить", "queue": "main",
        "hours": {"from": "00:00:00", "to": "23:59:00"}, "whom": {"kind": "clients", "clients": clients},
    })
}
fn ours(branch: &Branch) -> Vec<Call> {
    let mut all = branch.journal.all::<Call>();
    all.retain(|call| call.direction == Direction::Out);
    all
}
fn kept(branch: &Branch) -> Campaign {
    branch.journal.all::<Campaign>().pop().expect("a campaign")
}
#[actix::test]
async fn who_agreed_is_rung_when_an_operator_is_spare_and_the_operator_knows_what_to_say() {
    let branch = open().await;
    let begun = branch.says(&seats::manager(), "campaign.begin", wish(&[1, 2])).await.expect("begun");
    branch.pass(Duration::from_secs(3)).await;
    assert!(ours(&branch).is_empty(), "nobody is there to talk");
    let maria = Telephonist::at_work(&branch, 61).await;
    branch.sees("the operator rings", || !ours(&branch).is_empty()).await;
    let here = branch.until("the operator's line", || branch.line.browser_leg(id(61))).await;
    assert_eq!(branch.line.number_leg(ANNA), None, "the operator first");
    branch.hears(LineEvent::Answered { leg: here }).await;
    let there = branch.until("the client's line", || branch.line.number_leg(ANNA)).await;
    branch
        .sees("the words", || {
            maria.pop().is_some_and(|pop| {
                pop["campaign"] == json!({"name": "Договоры", "words": "Предложите продлить"})
            })
        })
        .await;
    branch.hears(LineEvent::Answered { leg: there }).await;
    branch.sees("the count", || kept(&branch).count.reached == 1).await;
    branch.hears(LineEvent::Ended { leg: there, by_remote: true }).await;
    maria.is(Presence::WrapUp).await;
    let written = json!({"call": ours(&branch)[0].id, "disposition": "status"});
    maria.says("call.dispose", written).await.expect("written down");
    branch.sees("the end", || kept(&branch).state == CampaignState::Over).await;
    let over = kept(&branch);
    assert_eq!(json!(over.id), begun["campaign"]);
    // the second client never agreed: not rung, and the reason is kept
    assert_eq!(over.count, Count { total: 2, reached: 1, unreached: 0, barred: 1 });
    assert_eq!(over.state, CampaignState::Over);
    assert!(
        branch
            .journal
            .facts()
            .iter()
            .any(|f| f.name == "campaign.barred" && f.data["code"] == "consent-missing")
    );
    branch.sees("the end on the screen", || branch.news.field("campaigns", over.id, "state") == "over").await;
    assert!(
        branch.news.rows("queue").iter().all(|row| row["attempts"].is_null()),
        "no list of tasks shows it"
    );
}

#[actix::test]
async fn a_caller_who_waits_comes_before_any_campaign() {
    let branch = open().await;
    let waits = Caller::rings(&branch, STRANGER).await;
    branch.says(&seats::manager(), "campaign.begin", wish(&[1])).await.expect("begun");
    let maria = Telephonist::at_work(&branch, 61).await;
    maria.is_rung_by(&waits).await;
    branch.pass(Duration::from_secs(3)).await;
    assert!(ours(&branch).is_empty(), "the one operator is needed");
}

#[actix::test]
async fn a_campaign_is_paused_goes_on_and_is_stopped_and_a_kill_forgets_nobody() {
    let branch = open().await;
    let begun = branch.says(&seats::manager(), "campaign.begin", wish(&[1])).await.expect("begun");
    let which = json!({"campaign": begun["campaign"]});
    branch.says(&seats::manager(), "campaign.pause", which.clone()).await.expect("paused");
    let _maria = Telephonist::at_work(&branch, 61).await;
    branch.pass(Duration::from_secs(5)).await;
    assert!(ours(&branch).is_empty());
    branch.says(&seats::manager(), "campaign.resume", which.clone()).await.expect("goes on");
    branch.sees("the operator rings", || !ours(&branch).is_empty()).await;
    branch.sees("the attempt", || kept(&branch).calling.len() == 1).await;
    let here = branch.until("the operator's line", || branch.line.browser_leg(id(61))).await;
    branch.hears(LineEvent::Answered { leg: here }).await;
    branch.until("the client's line", || branch.line.number_leg(ANNA)).await;
    // the process dies while it rings at theirs: tried again later, once
    let later = branch.reopened().await;
    later.sees("the end of the attempt", || kept(&later).calling.is_empty()).await;
    let after = kept(&later);
    assert_eq!((after.waiting.len(), after.waiting[0].tries, after.state), (1, 1, CampaignState::Running));
    later.says(&seats::manager(), "campaign.stop", which.clone()).await.expect("stopped");
    assert_eq!(kept(&later).state, CampaignState::Over);
    let refused = later.says(&seats::manager(), "campaign.resume", which).await.expect_err("it is over");
    assert_eq!(refused.kind, RefusalKind::State);
}

#[actix::test]
async fn a_no_that_is_said_meanwhile_is_heard() {
    let branch = open().await;
    let maria = Telephonist::at_work(&branch, 61).await;
    maria.says("operator.pause", json!({"reason": "чай"})).await.expect("a break");
    branch.says(&seats::manager(), "campaign.begin", wish(&[1])).await.expect("begun");
    agrees(&branch, 1, false).await;
    maria.says("operator.ready", json!({})).await.expect("back");
    branch.sees("the end", || kept(&branch).state == CampaignState::Over).await;
    assert_eq!((kept(&branch).count.barred, ours(&branch).len()), (1, 0));
}

#[actix::test]
async fn it_is_told_beforehand_how_many_may_be_rung_and_who_may_not_begin() {
    let branch = open().await;
    let whom = json!({"whom": {"kind": "everybody"}});
    let count = branch.says(&seats::manager(), "campaign.count", whom.clone()).await.expect("counted");
    assert_eq!((&count["agreed"], &count["can_be_rung"]), (&json!(1), &json!(1)));
    assert!(count["total"].as_u64().is_some_and(|all| all > 1));
    for seat in [seats::operator(61), seats::dispatcher(), seats::master(41)] {
        let refused = branch.says(&seat, "campaign.count", whom.clone()).await.expect_err("not theirs");
        assert_eq!(refused.kind, RefusalKind::Forbidden);
    }
    let mut nowhere = wish(&[1]);
    nowhere["queue"] = json!("none");
    let refused = branch.says(&seats::manager(), "campaign.begin", nowhere).await.expect_err("no such queue");
    assert!(refused.detail.contains("`none` is not a queue"));
    let refused = branch.says(&seats::manager(), "campaign.begin", wish(&[])).await.expect_err("nobody");
    assert!(refused.detail.contains("nobody is to be rung"));
}
