//! A client's forms over real connections: a form counts within its own visit, whatever key it carries.

use crate::{
    page::link,
    testing::{NOW, TestHouse, http, id},
};
use domain::{
    ports::NewsBoard,
    values::id::{VisitId, VisitKind},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn token(visit: VisitId) -> String {
    link::make(&[7; 32], visit, u32::try_from(NOW / 1000 + 60).expect("seconds"))
}

/// Sends a form of the client's page; the status of the answer.
async fn sends(house: &TestHouse, visit: VisitId, key: &str) -> u16 {
    let form = format!("do=rate&stars=5&key={key}");
    let request = http().post(house.url(&format!("/t/{}", token(visit)))).body(form);
    let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await;
    answer.expect("an answer").status().as_u16()
}

/// The command ids under which the house has kept an answer.
fn kept(house: &TestHouse) -> BTreeSet<String> {
    house.door.answers.lock().keys().filter(|id| id.as_str() != "look").cloned().collect()
}

#[tokio::test]
async fn a_form_s_key_counts_within_its_visit_alone() {
    let house = TestHouse::open().await;
    let (mine, theirs): (VisitId, VisitId) = (id::<VisitKind>(1), id::<VisitKind>(2));
    for visit in [mine, theirs] {
        house.hub.publish("board", &visit.to_string(), Some(json!({ "state": "completed" })));
    }
    // The same key at two visits is two forms, each carried out; sent again, it is the same form.
    for visit in [mine, theirs, mine] {
        assert!(sends(&house, visit, "abc").await < 400);
    }
    let both = BTreeSet::from([format!("{mine}-abc"), format!("{theirs}-abc")]);
    assert_eq!(kept(&house), both);
    // A key that is made up to look like a whole command of the other visit stays at one's own.
    let made_up = [format!("{theirs}-abc"), format!("..%2F{theirs}-abc"), "a".repeat(500), String::new()];
    for key in made_up {
        let before = kept(&house);
        let known: Value = house.door.answers.lock()[&format!("{theirs}-abc")].clone();
        assert!(sends(&house, mine, &key).await < 400, "{key}");
        for new in kept(&house).difference(&before) {
            assert!(new.starts_with(&format!("{mine}-")) && new.len() <= 64, "{new}");
        }
        assert_eq!(house.door.answers.lock()[&format!("{theirs}-abc")], known);
    }
}
