//! Rows: each aggregate goes through JSON whole, and rows of earlier versions still read.

use crate::firm::{
    active, agreement, at, call, callback, id, intake, line, master, operator, order, payment, point,
    proposal, request, unit, visit, window, work,
};
use domain::{
    billing::payment::Tender,
    book::{Book, draft::Draft},
    clients::agreement::Agreement,
    ports::{Batch, Entity, Table},
    requests::{
        order::{LineSort, OrderEvent, PriceLine, RepairOrder},
        request::{HoldReason, Request, RequestEvent},
        sla::SlaClock,
    },
    visits::visit::{Visit, VisitEvent},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::fmt::Debug;

fn whole<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = serde_json::to_string(value).expect("it can be kept");
    assert_eq!(&serde_json::from_str::<T>(&text).expect("it can be read"), value);
}
/// The value as a row that was written before these fields were there.
fn without<T: Serialize + DeserializeOwned>(value: &T, fields: &[&str]) -> T {
    let mut row = serde_json::to_value(value).expect("a row");
    let object = row.as_object_mut().expect("an object");
    for field in fields {
        assert!(object.remove(*field).is_some(), "`{field}` is not a field");
    }
    serde_json::from_value(row).unwrap_or_else(|error| panic!("an old row does not read: {error}"))
}

#[test]
fn every_aggregate_goes_through_json_whole() {
    whole(&call());
    whole(&callback());
    whole(&operator());
    whole(&point());
    whole(&unit());
    whole(&agreement());
    whole(&active());
    whole(&request());
    whole(&order());
    whole(&visit());
    whole(&Visit { assignment: Some(proposal(1, 0, 60)), window: Some(window(0, 60)), ..visit() });
    whole(&master(1));
    whole(&payment(Tender::Cash, 100));
}

#[test]
fn events_with_values_go_through_json_whole() {
    whole(&RequestEvent::Held { reason: HoldReason::ThirdParty });
    whole(&VisitEvent::Rescheduled { window: window(0, 60), was: window(60, 120) });
    whole(&VisitEvent::NoShow { calls: 2, waited_minutes: 12 });
    whole(&OrderEvent::QuoteApproved { quote: 3, evidence: "по ссылке".into() });
    whole(&OrderEvent::LinesWritten { master: id(1), lines: vec![work(100)] });
}

#[test]
fn a_request_of_the_first_version_reads() {
    let fields = ["calendar", "pauses", "resolved", "repeats", "merged_into", "rating"];
    let full = Request { rating: Some(5), repeats: 2, pauses: vec![HoldReason::Client], ..request() };
    let old = without(&full, &fields);
    assert_eq!(old, request());
}

#[test]
fn an_order_of_the_first_version_reads() {
    let fields = [
        "limit",
        "quote",
        "approved",
        "evidence",
        "act",
        "debt_allowed",
        "internal_repeats",
        "notices",
        "warranty_until",
    ];
    let full = RepairOrder { quote: 4, approved: Some(4), notices: 2, act: Some("акт".into()), ..order() };
    assert_eq!(without(&full, &fields), order());
}

#[test]
fn a_price_line_as_the_masters_screen_sends_it_reads() {
    let sent: PriceLine =
        serde_json::from_value(json!({"name": "работа", "price": "100.50"})).expect("a line");
    assert_eq!((sent.kind, sent.price_list, sent.discount), (LineSort::Work, 0, None));
    assert_eq!(sent.price.to_string(), "100.50");
    whole(&line("деталь", 5, LineSort::Part));
}

#[test]
fn a_visit_of_the_first_version_reads() {
    let assigned = Visit { assignment: Some(proposal(1, 0, 60)), ..visit() };
    let mut row = serde_json::to_value(&assigned).expect("a row");
    row["assignment"].as_object_mut().expect("an object").remove("forced").expect("a field");
    let old: Visit = serde_json::from_value(row).expect("an old row");
    assert_eq!(without(&old, &["preferred", "earlier_windows", "act_template", "masters_needed"]), assigned);
}

#[test]
fn agreements_callbacks_payments_and_clocks_of_the_first_version_read() {
    assert_eq!(without::<Agreement>(&active(), &["terms"]), active());
    assert_eq!(without(&callback(), &["tries"]), callback());
    assert_eq!(without(&payment(Tender::Card, 5), &["refunded"]), payment(Tender::Card, 5));
    let clock = request().clocks[0];
    let old: SlaClock = without(&clock, &["goal_seconds", "warned", "original"]);
    assert_eq!((old.goal_seconds, old.warned, old.original), (0, 0, None));
}

#[test]
fn the_words_of_the_wire_are_the_protocols() {
    let row = serde_json::to_value(visit()).expect("a row");
    assert_eq!((&row["state"], &row["priority"]), (&json!("unplanned"), &json!("normal")));
    let row = serde_json::to_value(order()).expect("a row");
    assert_eq!(
        (&row["phase"], &row["payer"], &row["paid"]),
        (&json!("intake"), &json!("client"), &json!("0"))
    );
    let row = serde_json::to_value(request()).expect("a row");
    assert_eq!((&row["state"], &row["kind"]), (&json!("registered"), &json!("repair")));
}

#[test]
fn a_batch_holds_each_fact_and_each_row_with_the_version_before() {
    let (book, point) = (Book::default(), point());
    let mut draft = Draft::new(&book, at(0), "operator1");
    draft.register(&intake(1, &point, None, None)).expect("a request");
    let visit = crate::firm::ids(1).2;
    draft.promise_window(visit, window(60, 180)).expect("a window");
    let (batch, kept) = draft.finish();
    let names: Vec<&str> = batch.facts.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(
        names,
        ["request.created", "order.created", "visit.created", "visit.confirmed", "request.booked"]
    );
    assert!(batch.facts.iter().all(|f| f.by == "operator1" && f.at == at(0)));
    let vers: Vec<(Table, u64, u64)> = batch.rows.iter().map(|r| (r.table, r.was, r.ver)).collect();
    assert_eq!(vers, [(Table::Request, 0, 2), (Table::Order, 0, 1), (Table::Visit, 0, 2)]);
    assert_eq!((kept.last_no, kept.visits.len(), batch.is_empty()), (3, 1, false));
    let row = batch.rows.iter().find(|r| r.table == Table::Visit).expect("the visit");
    assert_eq!((row.key, &row.doc["ver"]), (visit.uuid(), &json!(2)));
    whole(&batch);
}

#[test]
fn an_empty_batch_is_empty_until_something_is_told_or_kept() {
    let mut batch = Batch::default();
    assert!(batch.is_empty());
    batch.tell("visit_1", 1, "visit.created", at(0), "test", &Value::Null);
    assert!(!batch.is_empty());
    let mut named = Batch { command: Some("c-1".into()), ..Batch::default() };
    assert!(!named.is_empty(), "a command without facts is remembered, too");
    named.keep(&unit(), 0);
    assert_eq!((named.rows[0].table, named.rows[0].key), (Table::Unit, unit().id().uuid()));
}
