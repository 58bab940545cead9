//! The month of agreement visits: planned, moved, confirmed, and kept in step with the book.

use crate::kit::{
    branch::{Branch, calm},
    firm,
    firm::id,
    journal::MemoryJournal,
    seats,
};
use actors::house::Tuning;
use domain::{
    clients::agreement::Agreement,
    refusal::RefusalKind,
    requests::request::Request,
    upkeep::occurrence::{Occurrence, OccurrenceState},
    values::id::{AgreementId, AgreementKind, MasterId, MasterKind, PointKind, UnitKind},
    visits::visit::{Visit, VisitState},
};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::time::Duration;

const MARCH: &str = "2026-03";
const DAY: Duration = Duration::from_secs(86_400);

/// The small firm with a dispatcher who looks at the clock every ten minutes: days pass here.
async fn open() -> Branch {
    let tuning = Tuning { tick: Duration::from_secs(600), ..calm() };
    Branch::tuned(tuning, 1.0, |journal: &MemoryJournal| {
        journal.put(&firm::operator(61, "Мария"));
    })
    .await
}
fn agreement() -> AgreementId {
    id(31)
}
/// The showcase is served each week from a day on, an hour each time.
fn card(from: &str, skill: &str) -> Value {
    json!({
        "title": "ТО витрины", "point": id::<PointKind>(12), "unit": id::<UnitKind>(22),
        "rhythm": {"every": {"weeks": 1}, "from": from}, "tolerance": {"before": 1, "after": 1},
        "weekdays": [true, true, true, true, true, false, false], "minutes": 60,
        "skills": [{"code": skill, "level": 2}], "masters": 1, "checklist": ["Промыть фильтры"],
    })
}
async fn written(branch: &Branch, card: Value) -> Value {
    let args = json!({"agreement": agreement(), "card": card});
    branch.says(&seats::dispatcher(), "schedule.write", args).await.expect("written")
}
async fn weekly(branch: &Branch) -> Value {
    written(branch, card("2026-03-03", "fridge")).await
}
async fn does(branch: &Branch, name: &str) -> Value {
    branch.says(&seats::dispatcher(), name, json!({"month": MARCH})).await.expect(name)
}
fn kept(branch: &Branch) -> Vec<Occurrence> {
    let mut all = branch.journal.all::<Occurrence>();
    all.sort_by_key(|it| it.nominal);
    all
}
fn states(branch: &Branch) -> Vec<OccurrenceState> {
    kept(branch).iter().map(|it| it.state).collect()
}
fn visit(branch: &Branch, occurrence: &Occurrence) -> Visit {
    let booking = occurrence.booking.expect("it stands in the book");
    branch.journal.get(booking.visit).expect("the visit is kept")
}
fn day_of(visit: &Visit) -> jiff::civil::Date {
    visit.window.expect("a window").from.to_zoned(TimeZone::UTC).date()
}

#[actix::test]
async fn a_month_is_planned_shown_and_confirmed_once() {
    let branch = open().await;
    weekly(&branch).await;
    let planned = does(&branch, "month.plan").await;
    assert_eq!((&planned["planned"], &planned["left_out"]), (&json!(5), &json!(0)));
    assert_eq!(states(&branch), [OccurrenceState::Proposed; 5]);
    let sheet = does(&branch, "month.show").await;
    assert_eq!((&sheet["ready"], &sheet["wrong"], &sheet["month"]), (&json!(5), &json!([]), &json!(MARCH)));
    assert_eq!(sheet["days"].as_array().map(Vec::len), Some(31));
    let loads = sheet["masters"].as_array().expect("masters").iter().flat_map(|row| {
        row["cells"].as_array().expect("cells").iter().map(|cell| cell["load"].as_i64().expect("minutes"))
    });
    assert!(loads.sum::<i64>() >= 5 * 60, "five hours of work and the ways");

    let done = does(&branch, "month.confirm").await;
    assert_eq!((&done["orders"], &done["left"]), (&json!(5), &json!(0)));
    assert_eq!(states(&branch), [OccurrenceState::Booked; 5]);
    for occurrence in kept(&branch) {
        let visit = visit(&branch, &occurrence);
        let said = occurrence.appointment.as_ref().expect("a day");
        assert_eq!((day_of(&visit), visit.minutes), (said.day, 60));
        assert_eq!(visit.own_lines, ["Промыть фильтры"], "the schedule's own lines go with the visit");
        assert_eq!(
            (visit.skills.clone(), visit.preferred),
            (vec![("fridge".into(), 2)], Some(said.masters[0]))
        );
        let request: Request = branch.journal.get(visit.request).expect("the request is kept");
        assert!(request.clocks.is_empty(), "no clock runs for what is planned: {request:?}");
        assert_eq!(request.agreement, Some(agreement()));
    }
    let again = does(&branch, "month.confirm").await;
    assert_eq!((&again["orders"], &again["visits"]), (&json!(0), &json!([])));
    assert_eq!(branch.journal.all::<Visit>().len(), 5);
    assert_eq!(
        does(&branch, "month.plan").await["planned"],
        json!(0),
        "what is booked is no plan's business"
    );
}

#[actix::test]
async fn a_pin_wins_over_every_plan_until_it_is_released() {
    let branch = open().await;
    weekly(&branch).await;
    let sheet = does(&branch, "month.show").await;
    let second = sheet["occurrences"][1].clone();
    assert_eq!(second["due"], json!("2026-03-10"));
    // Nobody has planned yet: what is due is pinned all the same.
    let oleg: MasterId = id(42);
    let args = json!({"occurrence": second["id"], "day": "2026-03-12", "masters": [oleg]});
    let moved = branch.says(&seats::dispatcher(), "month.move", args).await.expect("moved");
    assert_eq!(moved["breaks"][0]["rule"], json!("day"), "two days after the due one: {moved}");
    does(&branch, "month.plan").await;
    let stands = |branch: &Branch| kept(branch)[1].appointment.clone().expect("a day");
    assert_eq!((stands(&branch).day.to_string(), stands(&branch).masters), ("2026-03-12".into(), vec![oleg]));
    assert!(stands(&branch).pinned);
    let args = json!({"occurrence": second["id"]});
    branch.says(&seats::dispatcher(), "month.release", args).await.expect("released");
    does(&branch, "month.plan").await;
    let day = stands(&branch).day.to_string();
    assert!(["2026-03-09", "2026-03-10", "2026-03-11"].contains(&day.as_str()), "{day}");
    let nobody = json!({"occurrence": second["id"], "day": "2026-03-12", "masters": [id::<MasterKind>(49)]});
    let no = branch.says(&seats::dispatcher(), "month.move", nobody).await.expect_err("nobody is called so");
    assert_eq!(no.kind, RefusalKind::Unknown);
    let past = json!({"occurrence": second["id"], "day": "2026-03-01", "masters": [oleg]});
    let no = branch.says(&seats::dispatcher(), "month.move", past).await.expect_err("the day is over");
    assert!(no.detail.contains("`2026-03-01`") && no.detail.contains("`2026-03-02`"), "{no}");
}

#[actix::test]
async fn what_is_skipped_is_not_planned_and_what_nobody_can_do_is_left_out() {
    let branch = open().await;
    weekly(&branch).await;
    let sheet = does(&branch, "month.show").await;
    let first = sheet["occurrences"][0]["id"].clone();
    let no = json!({"occurrence": first, "reason": "  "});
    assert!(branch.says(&seats::dispatcher(), "month.skip", no).await.is_err(), "it is said why");
    let args = json!({"occurrence": first, "reason": "магазин закрыт"});
    branch.says(&seats::dispatcher(), "month.skip", args).await.expect("skipped");
    written(&branch, card("2026-03-05", "gas")).await;
    let planned = does(&branch, "month.plan").await;
    assert_eq!((&planned["planned"], &planned["left_out"]), (&json!(4), &json!(4)));
    let gas: Vec<Occurrence> =
        kept(&branch).into_iter().filter(|it| it.state == OccurrenceState::Planned).collect();
    assert!(gas.iter().all(|it| it.reason.as_deref() == Some("no_master")), "{gas:?}");
    assert_eq!(kept(&branch)[0].state, OccurrenceState::Skipped);
    assert_eq!(does(&branch, "month.confirm").await["orders"], json!(4));
    let facts = branch.journal.facts().len();
    does(&branch, "month.plan").await;
    assert_eq!(branch.journal.facts().len(), facts, "a plan that says nothing new keeps nothing");
}

#[actix::test]
async fn a_visit_that_is_called_off_gives_the_occurrence_back_and_a_finished_one_ends_it() {
    let branch = open().await;
    weekly(&branch).await;
    does(&branch, "month.plan").await;
    does(&branch, "month.confirm").await;
    let (tomorrow, later) = (visit(&branch, &kept(&branch)[0]), visit(&branch, &kept(&branch)[2]));
    let off = json!({"visit": later.id, "reason": "переезд"});
    branch.says(&seats::dispatcher(), "visit.cancel", off).await.expect("called off");
    let given_back = kept(&branch)[2].clone();
    assert_eq!((given_back.state, given_back.booking), (OccurrenceState::Planned, None));
    assert_eq!(given_back.reason.as_deref(), Some("переезд"));
    let planned = does(&branch, "month.plan").await;
    assert_eq!(planned["planned"], json!(1), "it is planned anew");
    assert_eq!(does(&branch, "month.confirm").await["orders"], json!(1));

    let row = || branch.journal.get::<Visit>(tomorrow.id).expect("kept");
    branch.sees("hours for tomorrow's", || row().assignment.is_some()).await;
    let chosen = row().assignment.expect("somebody goes").master;
    assert_eq!(Some(chosen), row().preferred, "whom the month has chosen goes");
    let ahead = row().assignment.expect("somebody goes").start.duration_since(branch.clock_now());
    branch.pass(Duration::from_secs((ahead.as_secs() - 2 * 3600).unsigned_abs())).await;
    branch.sees("the offer", || row().state == VisitState::Dispatched).await;
    let number = if chosen == id(41) { 41 } else { 42 };
    for step in ["visit.accept", "visit.depart", "visit.arrive", "visit.begin"] {
        branch.says(&seats::master(number), step, json!({"visit": tomorrow.id})).await.expect(step);
    }
    let done = json!({"visit": tomorrow.id, "works": [], "note": "", "outcome": "fixed"});
    branch.says(&seats::master(number), "visit.complete", done).await.expect("done");
    assert_eq!(kept(&branch)[0].state, OccurrenceState::Done);
    let sheet = does(&branch, "month.show").await;
    assert_eq!(sheet["occurrences"][0]["state"], json!("done"));
}

#[actix::test]
async fn a_visit_of_a_later_day_waits_and_gets_hours_when_it_comes_near() {
    let branch = open().await;
    let mut saturday = card("2026-03-07", "fridge");
    (saturday["tolerance"], saturday["weekdays"]) =
        (json!({"before": 0, "after": 0}), json!([true, true, true, true, true, true, true]));
    written(&branch, saturday).await;
    does(&branch, "month.plan").await;
    does(&branch, "month.confirm").await;
    let later = visit(&branch, &kept(&branch)[0]).id;
    let row = || branch.journal.get::<Visit>(later).expect("kept");
    branch.settles().await;
    assert!(row().assignment.is_none() && branch.news.row("board", later).is_some());
    branch.pass(4 * DAY + Duration::from_secs(3600)).await;
    let visit = row();
    let start = visit.assignment.as_ref().expect("its day has come near").start;
    let window = visit.window.expect("a window");
    assert!(window.from <= start && start <= window.to, "{visit:?}");
}

#[actix::test]
async fn a_house_that_dies_in_the_middle_goes_on_where_it_was() {
    let branch = open().await;
    weekly(&branch).await;
    does(&branch, "month.plan").await;
    let before = kept(&branch);
    let branch = branch.reopened().await;
    assert_eq!(does(&branch, "month.plan").await["planned"], json!(5));
    let days = |all: &[Occurrence]| all.iter().map(|it| it.appointment.clone()).collect::<Vec<_>>();
    assert_eq!(days(&kept(&branch)), days(&before), "the plan of before stands");
    branch.journal.refuse("occurrence.booked");
    let args = json!({"month": MARCH});
    let no = branch.repeats(&seats::dispatcher(), "confirm-1", "month.confirm", args.clone()).await;
    assert_eq!(no.expect_err("the store does not take it").kind, RefusalKind::Unavailable);
    assert!(branch.journal.all::<Visit>().is_empty(), "all of it or nothing");
    let first = branch.repeats(&seats::dispatcher(), "confirm-1", "month.confirm", args.clone()).await;
    assert_eq!(first.expect("confirmed").ok["orders"], json!(5));
    let branch = branch.reopened().await;
    let again =
        branch.repeats(&seats::dispatcher(), "confirm-1", "month.confirm", args).await.expect("known");
    assert!(again.dup && again.ok["orders"] == json!(5));
    assert_eq!(does(&branch, "month.confirm").await["orders"], json!(0));
    assert_eq!(branch.journal.all::<Visit>().len(), 5);
}

#[actix::test]
async fn a_schedule_that_is_paused_asks_for_nothing_and_what_is_booked_stands() {
    let branch = open().await;
    let schedule = weekly(&branch).await["schedule"].clone();
    does(&branch, "month.plan").await;
    let args = json!({"schedule": schedule, "reason": "ремонт магазина"});
    branch.says(&seats::manager(), "schedule.pause", args).await.expect("paused");
    assert_eq!(states(&branch), [OccurrenceState::Withdrawn; 5]);
    let listed = branch.says(&seats::operator(61), "schedule.list", json!({"agreement": agreement()})).await;
    let listed = listed.expect("listed");
    assert_eq!(listed["schedules"][0]["state"], json!("paused"));
    branch.says(&seats::manager(), "schedule.resume", json!({"schedule": schedule})).await.expect("resumed");
    does(&branch, "month.plan").await;
    assert_eq!(states(&branch), [OccurrenceState::Proposed; 5]);
    does(&branch, "month.confirm").await;
    let end = json!({"schedule": schedule, "reason": "расторгли"});
    branch.says(&seats::manager(), "schedule.end", end).await.expect("ended");
    assert_eq!(states(&branch), [OccurrenceState::Booked; 5]);
    let no =
        branch.says(&seats::operator(61), "schedule.end", json!({"schedule": schedule, "reason": "x"})).await;
    assert_eq!(no.expect_err("an operator does not").kind, RefusalKind::Forbidden);
}

#[actix::test]
async fn what_nobody_served_in_its_days_was_missed() {
    let branch = open().await;
    written(&branch, card("2026-03-03", "gas")).await;
    branch.pass(3 * DAY).await;
    let first = kept(&branch)[0].clone();
    assert_eq!((first.nominal.to_string(), first.state), ("2026-03-03".into(), OccurrenceState::Missed));
    assert_eq!(kept(&branch)[1].state, OccurrenceState::Planned, "the next one falls due by itself");
}

#[actix::test]
async fn an_agreement_that_is_not_in_force_asks_for_nothing() {
    let branch = open().await;
    let stopped: Agreement = branch.journal.get::<Agreement>(id::<AgreementKind>(31)).expect("kept");
    weekly(&branch).await;
    does(&branch, "month.plan").await;
    let suspended = Agreement { state: domain::clients::agreement::AgreementState::Suspended, ..stopped };
    branch.house.directory.write().put_agreement(suspended);
    let planned = does(&branch, "month.plan").await;
    assert_eq!((&planned["planned"], &planned["left_out"]), (&json!(0), &json!(0)));
    assert_eq!(states(&branch), [OccurrenceState::Withdrawn; 5]);
}

#[actix::test]
async fn screens_of_a_month_are_told_what_changes_it_and_nothing_else() {
    let branch = open().await;
    let rev = || branch.news.field("month", "month", "rev").as_u64().unwrap_or(0);
    branch.sees("who works when", || rev() > 0).await;
    let before = rev();
    weekly(&branch).await;
    branch.sees("the schedule", || rev() > before).await;
    let before = rev();
    let away = json!({"from": "2026-03-10", "to": "2026-03-10", "kind": "holiday"});
    let absence = json!({"master": id::<MasterKind>(41), "absence": away});
    branch.says(&seats::manager(), "master.absent", absence).await.expect("away");
    branch.sees("the absence", || rev() > before).await;
    let before = rev();
    branch.says(&seats::master(41), "shift.end", json!({})).await.expect("went home");
    let master = id::<MasterKind>(41);
    branch.sees("the board", || branch.news.field("board", master, "state") == "off_shift").await;
    assert_eq!(rev(), before, "who goes home today changes no month");
}
