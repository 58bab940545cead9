//! Checklists, photographs and signatures.

use crate::firm::{at, proposal, visit};
use domain::{
    requests::request::RequestSort,
    visits::{
        checklist::{ItemSort, built_in},
        proof::{BlobName, Photo, Proof, Signature},
        visit::{Visit, VisitEvent},
    },
};

pub fn blob(number: u64) -> BlobName {
    format!("{number:064x}").parse().expect("64 digits")
}
pub fn photo(number: u64) -> Photo {
    Photo { about: "after".into(), blob: blob(number) }
}
pub fn signature(name: &str) -> Signature {
    Signature { name: name.into(), blob: blob(9) }
}

fn on(mut visit: Visit, event: VisitEvent) -> Visit {
    let event = visit.decide(event).unwrap_or_else(|refusal| panic!("{refusal}"));
    visit.apply(&event, at(0));
    visit
}
fn planned() -> Visit {
    let fresh = on(visit(), VisitEvent::Created);
    on(fresh, VisitEvent::Planned { assignment: proposal(1, 60, 120) })
}

#[test]
fn the_name_of_a_file_is_64_digits_of_lower_case_hex() {
    let wrong = ["", "abc", &"A".repeat(64), &"g".repeat(64), &"0".repeat(65), "../../../etc/passwd"];
    for text in wrong {
        let said = text.parse::<BlobName>().expect_err("no name").to_string();
        assert!(said.contains("expected 64 digits"), "{said}");
    }
    assert_eq!(blob(255).as_str().len(), 64);
}

#[test]
fn what_was_read_photographed_and_signed_is_taken_in_any_state_and_once() {
    let mut now = planned();
    for _ in 0..2 {
        now = on(now, VisitEvent::Photographed { photo: photo(1) });
    }
    now = on(now, VisitEvent::Checked { item: "safe".into(), answer: "no".into() });
    now = on(now, VisitEvent::Checked { item: "safe".into(), answer: "yes".into() });
    now = on(now, VisitEvent::Signed { signature: signature("Анна") });
    now = on(now, VisitEvent::Cancelled { reason: "client".into() });
    now = on(now, VisitEvent::Photographed { photo: photo(2) });
    assert_eq!(now.proof.photos, [photo(1), photo(2)]);
    assert_eq!(now.proof.checks["safe"], "yes");
    assert!(now.decide(VisitEvent::Signed { signature: signature(" ") }).is_err());
    assert!(visit().decide(VisitEvent::Photographed { photo: photo(1) }).is_err(), "nobody goes there");
}

#[test]
fn a_visit_has_no_more_than_forty_photographs() {
    let mut now = planned();
    for number in 0..40 {
        now = on(now, VisitEvent::Photographed { photo: photo(number) });
    }
    let refusal = now.decide(VisitEvent::Photographed { photo: photo(41) }).expect_err("too many");
    assert_eq!(refusal.code, "too-many-photos");
    on(now, VisitEvent::Photographed { photo: photo(7) });
}

#[test]
fn a_checklist_is_whole_when_all_that_must_be_there_is_there() {
    let list = built_in(RequestSort::Maintenance);
    let mut proof = Proof::default();
    assert_eq!(proof.missing(&list), ["safe", "cleaned", "counter", "after"]);
    for (item, answer) in [("safe", "yes"), ("cleaned", "no"), ("counter", "1204.5")] {
        Proof::fits(&list, item, answer).expect("an answer");
        proof.checks.insert(item.into(), answer.into());
    }
    proof.photos.push(photo(1));
    assert_eq!(proof.missing(&list), [""; 0]);
}

#[test]
fn an_answer_is_of_the_kind_of_its_item() {
    let list = built_in(RequestSort::Maintenance);
    for (item, answer, code) in [
        ("safe", "maybe", "wrong-answer"),
        ("counter", "many", "wrong-answer"),
        ("counter", "NaN", "wrong-answer"),
        ("after", "yes", "wrong-answer"),
        ("nothing", "yes", "unknown-checklist-item"),
    ] {
        assert_eq!(Proof::fits(&list, item, answer).expect_err(item).code, code, "{item} {answer}");
    }
}

#[test]
fn every_checklist_has_its_items_once() {
    use RequestSort::{Complaint, Install, Kkt, Maintenance, Question, Repair};
    for sort in [Repair, Maintenance, Install, Kkt, Complaint, Question] {
        let list = built_in(sort);
        let codes: std::collections::BTreeSet<_> = list.iter().map(|i| i.code.as_str()).collect();
        assert_eq!(codes.len(), list.len(), "{sort:?}");
        let photos = list.iter().filter(|i| i.must && i.kind == ItemSort::Photo).count();
        assert_eq!(photos > 0, sort != Question, "{sort:?}");
    }
}

#[test]
fn a_visit_without_proof_is_kept_as_before() {
    let row = serde_json::to_value(planned()).expect("a row");
    assert!(row.get("proof").is_none());
    let read: Visit = serde_json::from_value(row).expect("reads");
    assert!(read.proof.is_empty());
}
