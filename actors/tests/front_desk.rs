//! The front desk: roles, identities of commands, clients, and what the screens ask.

use crate::kit::{
    branch::Branch,
    firm::{self, ANNA, id},
    seats,
};
use domain::{
    calls::line::LineOrder,
    clients::{client::Client, point::ServicePoint},
    equipment::EquipmentUnit,
    ports::{Command, FrontDoor, Seat},
    refusal::RefusalKind,
    values::id::{ClientId, OperatorKind},
};
use serde_json::json;

async fn open() -> Branch {
    Branch::open(|j| j.put(&firm::operator(61, "Мария"))).await
}

#[actix::test]
async fn a_command_of_another_role_is_refused_before_it_is_read() {
    let branch = open().await;
    let others: [(Seat, &[&str]); 4] = [
        (seats::dispatcher(), &["visit.accept", "call.answer", "position", "callback.take"]),
        (seats::master(41), &["visit.assign", "request.register", "call.hangup", "client.create"]),
        (seats::operator(61), &["visit.assign", "visit.accept", "master.unavailable"]),
        (seats::manager(), &["callback.take", "shift.start"]),
    ];
    for (seat, names) in others {
        for name in names {
            let refused = branch.says(&seat, name, json!({"nonsense": true})).await.expect_err(name);
            assert_eq!(refused.kind, RefusalKind::Forbidden, "{name}");
            assert!(refused.detail.contains(&format!("`{name}`")), "{}", refused.detail);
        }
    }
    assert!(branch.journal.facts().is_empty());
}

#[actix::test]
async fn what_is_no_command_is_refused() {
    let branch = open().await;
    for seat in [seats::dispatcher(), seats::master(41), seats::operator(61), seats::manager()] {
        let refused = branch.says(&seat, "visit.teleport", json!({})).await.expect_err("there is none");
        assert_eq!(refused.kind, RefusalKind::Forbidden, "{}", seat.login);
    }
    branch.says(&seats::admin(), "visit.teleport", json!({})).await.expect_err("not even for the admin");
}

#[actix::test]
async fn an_identity_has_between_one_and_sixty_four_characters() {
    let branch = open().await;
    let (seat, long, longest) = (seats::operator(61), "x".repeat(65), "x".repeat(64));
    for wrong in ["", long.as_str()] {
        let refused = branch.repeats(&seat, wrong, "operator.offline", json!({})).await.expect_err("no id");
        assert_eq!((refused.kind, refused.code.as_str()), (RefusalKind::Invalid, "command-id"));
    }
    branch.repeats(&seat, &longest, "operator.offline", json!({})).await.expect("just short enough");
}

#[actix::test]
async fn a_new_client_is_found_at_once_by_number_name_and_address() {
    let branch = open().await;
    let args = json!({"name": "Семён Ёжиков", "phone": "8 916 555-44-33", "address": "Лесная, 7"});
    let answer = branch.says(&seats::operator(61), "client.create", args).await.expect("written down");
    for typed in ["89165554433", "ежик", "сем ёж", "лесная"] {
        let found = branch.door().search(typed, 5);
        assert_eq!(found.first().map(|hit| &hit["id"]), Some(&answer["client"]), "{typed}");
    }
    let card = branch.door().card(answer["client"].as_str().expect("an id")).await.expect("there is a card");
    assert_eq!(card["phones"], json!(["+79165554433"]));
    assert_eq!(card["points"][0]["address"], "Лесная, 7");
    let client: ClientId = answer["client"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    assert_eq!(branch.journal.story(client), ["client.created"]);
    assert_eq!(branch.journal.all::<Client>().len(), 3);
}

#[actix::test]
async fn a_serial_number_is_found_with_its_dashes_and_without() {
    let branch = open().await;
    let owner = {
        let mut directory = branch.house.directory.write();
        let point = directory.points.values().next().cloned().expect("a point");
        let unit = EquipmentUnit { serial: "АТ-12/345-Ё".into(), ..firm::unit(99, &point) };
        directory.put_unit(EquipmentUnit { serial: "1-2-3".into(), ..firm::unit(98, &point) });
        directory.put_unit(unit);
        json!(point.client)
    };
    for typed in ["АТ-12/345-Ё", "ат12345е", "АТ 12 345", "ат-12/3", "1-2-3", "123"] {
        let found = branch.door().search(typed, 5);
        assert_eq!(found.first().map(|hit| &hit["id"]), Some(&owner), "{typed}");
    }
    assert!(branch.door().search("АТ-12/99", 5).is_empty());
}

#[actix::test]
async fn a_client_that_was_not_kept_is_not_found() {
    let branch = open().await;
    branch.journal.refuse("client.created");
    let args = json!({"name": "Семён Ёжиков", "phone": "8 916 555-44-33", "address": "Лесная, 7"});
    let refused = branch.says(&seats::operator(61), "client.create", args).await.expect_err("not taken");
    assert_eq!(refused.kind, RefusalKind::Unavailable);
    assert!(branch.door().search("89165554433", 5).is_empty());
    assert_eq!(branch.journal.all::<ServicePoint>().len(), 2, "all or nothing");
}

#[actix::test]
async fn a_client_is_made_once_for_one_command() {
    let branch = open().await;
    let args = json!({"name": "Семён", "phone": "+79165554433", "address": "Лесная, 7"});
    let seat = seats::operator(61);
    let first = branch.repeats(&seat, "one", "client.create", args.clone()).await.expect("written down");
    let second = branch.repeats(&seat, "one", "client.create", args).await.expect("answered again");
    assert_eq!((first.ok, first.dup, second.dup), (second.ok, false, true));
    assert_eq!(branch.journal.all::<Client>().len(), 3);
}

#[actix::test]
async fn a_command_that_comes_again_before_its_answer_waits_for_it() {
    let branch = open().await;
    let args = json!({"name": "Семён", "phone": "+79165554433", "address": "Лесная, 7"});
    let seat = seats::operator(61);
    let ask = || branch.repeats(&seat, "one", "client.create", args.clone());
    let (first, second, third) = tokio::join!(ask(), ask(), ask());
    let first = first.expect("written down");
    for again in [second, third] {
        let again = again.expect("answered from the first");
        assert_eq!((&first.ok, first.dup, again.dup), (&again.ok, false, true));
    }
    assert_eq!(branch.journal.all::<Client>().len(), 3);
}

#[actix::test]
async fn a_client_without_a_name_an_address_or_a_number_is_refused() {
    let branch = open().await;
    let whole = json!({"name": "Семён", "phone": "+79165554433", "address": "Лесная, 7"});
    for (field, value, code) in
        [("name", " ", "name-missing"), ("address", "", "name-missing"), ("phone", "звоните", "phone")]
    {
        let mut args = whole.clone();
        args[field] = json!(value);
        let refused = branch.says(&seats::operator(61), "client.create", args).await.expect_err(field);
        assert_eq!((refused.kind, refused.code.as_str()), (RefusalKind::Invalid, code));
    }
}

#[actix::test]
async fn the_screens_ask_for_cards_facts_and_users() {
    let branch = open().await;
    assert_eq!(branch.door().search(ANNA, 5)[0]["name"], "Анна Петрова");
    assert!(branch.door().search("  ", 5).is_empty());
    assert_eq!(branch.door().search("ёлочная", 1).len(), 1, "no more than were asked for");
    let unknown: ClientId = id(4711);
    let refused = branch.door().card(&unknown.to_string()).await.expect_err("there is no such client");
    assert_eq!(refused.kind, RefusalKind::Unknown);
    assert_eq!(branch.door().card("анна").await.expect_err("no id").code, "client-id");
    assert_eq!(branch.door().user(" Admin ").map(|user| user.login), Some("admin".into()));
    assert_eq!(branch.door().user("nobody"), None);
    assert_eq!(branch.door().users().len(), 1);
    let job = crate::kit::job::Job::registered(&branch).await;
    let facts = branch.door().facts(&job.visit.to_string()).await.expect("facts are read");
    assert_eq!(facts.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["visit.created"]);
    assert_eq!(facts[0].by, "dispatcher1");
}

#[actix::test]
async fn a_browsers_offer_of_audio_is_answered_by_the_line() {
    let branch = open().await;
    let maria = id::<OperatorKind>(61);
    let args = json!({"sdp": "v=0"});
    let answer = branch.says(&seats::operator(61), "leg.offer", args).await.expect("the line answers");
    assert_eq!(answer["sdp"], format!("answer to `v=0` of {maria}"));
    branch.says(&seats::operator(61), "leg.close", json!({})).await.expect("the operator leaves");
    assert!(branch.line.was_told(&LineOrder::CloseBrowser(maria.to_string())));
}

#[actix::test]
async fn the_firm_is_written_anew_from_what_was_read_and_what_cannot_be_is_refused_by_its_value() {
    let branch = open().await;
    let firm =
        json!({"name": " Тёплый  дом ", "zone": "Asia/Yekaterinburg", "place": {"lat": 58.01, "lon": 56.23}});
    assert_eq!(
        (&branch.door().company()["rev"], &branch.door().company()["name"]),
        (&json!(0), &json!(null))
    );
    branch.says(&seats::admin(), "company.change", firm.clone()).await.expect("written");
    let kept = branch.door().company();
    let wanted = json!({"name": "Тёплый дом", "zone": "Asia/Yekaterinburg", "place": {"lat": 58.01, "lon": 56.23}, "rev": 1});
    assert_eq!(kept, wanted);
    let wrong = [
        ("zone", json!("Moscow"), "`Moscow`"),
        ("name", json!("  "), "the name ``"),
        ("place", json!({"lat": 91.5, "lon": 0}), "91.5"),
    ];
    for (field, value, named) in wrong {
        let mut card = firm.clone();
        card[field] = value;
        let refused = branch.says(&seats::admin(), "company.change", card).await.expect_err(field);
        assert_eq!(refused.kind, RefusalKind::Invalid, "{field}");
        assert!(refused.detail.contains(named), "{}", refused.detail);
    }
    let late = Command { id: "late".into(), name: "company.change".into(), args: firm, rev: Some(0) };
    let refused = branch.sends(&seats::admin(), late).await.expect_err("somebody has written meanwhile");
    assert_eq!(refused.kind, RefusalKind::Stale, "{refused}");
    assert_eq!(branch.door().company(), kept, "nothing was changed");
}
