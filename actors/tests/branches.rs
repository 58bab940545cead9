//! Branches are written while the house is open, and masters belong to them.

use crate::kit::{branch::Branch, firm::id, seats};
use domain::{
    access::Role,
    ports::{Command, FrontDoor, Seat},
    values::id::MasterKind,
};
use serde_json::{Value, json};

fn admin() -> Seat {
    Seat { user: id(71), ..seats::admin() }
}
fn refusal(answer: Result<Value, domain::refusal::Refusal>) -> String {
    answer.expect_err("must be refused").code
}
fn card(name: &str) -> Value {
    json!({"name": name, "address": "ул. Мира, 1", "place": {"lat": 55.7, "lon": 37.5}, "phone": "+74951234567"})
}

#[actix::test]
async fn a_branch_is_there_after_a_restart_and_the_board_tells_who_belongs_to_it() {
    let house = Branch::open(|_| ()).await;
    let made = house.says(&admin(), "branch.open", json!({"card": card("Север")})).await.expect("opened");
    let master = id::<MasterKind>(41);
    let moved = json!({"master": master, "card": {"branch": made["branch"]}});
    house.says(&admin(), "master.change", moved).await.expect("moved");
    house
        .sees("the board", || {
            house.news.row("board", master).is_some_and(|row| row["branch"] == made["branch"])
        })
        .await;
    let mut odd = card("Юг");
    odd["phone"] = json!("двенадцать");
    assert_eq!(refusal(house.says(&admin(), "branch.open", json!({"card": odd})).await), "phone");
    let again = house.says(&admin(), "branch.open", json!({"card": card("север")})).await;
    assert_eq!(refusal(again), "branch-name");
    let closed = house.says(&admin(), "branch.close", json!({"branch": made["branch"]})).await;
    assert_eq!(refusal(closed), "branch-used");
    let house = house.reopened().await;
    let known = house.door().branches();
    assert_eq!((known.len(), &known[0]["name"], &known[0]["id"]), (1, &json!("Север"), &made["branch"]));
    house
        .sees("the board", || {
            house.news.row("board", master).is_some_and(|row| row["branch"] == made["branch"])
        })
        .await;
}

#[actix::test]
async fn of_two_editors_the_second_is_told_what_the_first_has_written() {
    let house = Branch::open(|_| ()).await;
    let made = house.says(&admin(), "branch.open", json!({"card": card("Юг")})).await.expect("opened");
    let write = |id: &str, name: &str| Command {
        id: id.into(),
        name: "branch.change".into(),
        args: json!({"branch": made["branch"], "card": card(name)}),
        rev: made["rev"].as_u64(),
    };
    house.sends(&admin(), write("first", "Юг-1")).await.expect("written");
    let late = house.sends(&admin(), write("second", "Юг-2")).await.expect_err("must be refused");
    assert_eq!(late.code, "stale-version");
    assert_eq!(late.current.expect("what stands now")["name"], "Юг-1");
    assert_eq!(house.door().branches()[0]["name"], "Юг-1");
}

#[actix::test]
async fn nobody_is_moved_to_a_closed_branch_or_to_none_that_is_known() {
    let house = Branch::open(|_| ()).await;
    let made = house.says(&admin(), "branch.open", json!({"card": card("Юг")})).await.expect("opened");
    house.says(&admin(), "branch.close", json!({"branch": made["branch"]})).await.expect("closed");
    let master = id::<MasterKind>(41);
    let to = |branch: Value| json!({"master": master, "card": {"branch": branch}});
    assert_eq!(
        refusal(house.says(&admin(), "master.change", to(made["branch"].clone())).await),
        "branch-closed"
    );
    let nowhere = id::<domain::values::id::BranchKind>(9);
    assert_eq!(refusal(house.says(&admin(), "master.change", to(json!(nowhere))).await), "unknown-branch");
    house.says(&admin(), "branch.reopen", json!({"branch": made["branch"]})).await.expect("reopened");
    house.says(&admin(), "master.change", to(made["branch"].clone())).await.expect("moved");
    house.says(&admin(), "master.change", to(Value::Null)).await.expect("taken out");
    let operator = Seat { role: Role::Operator, ..admin() };
    let tried = house.says(&operator, "branch.close", json!({"branch": made["branch"]})).await;
    assert_eq!(refusal(tried), "forbidden");
}
