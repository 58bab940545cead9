//! A master's day on plain data: the test plays the server.

use super::*;
use crate::{
    masters::paper,
    scene::{ItemRow, Span, Spot},
};

const START: i64 = 1_900_000_000_000;

fn me(state: &str) -> MasterRow {
    let home = Spot { lat: 58.0, lon: 56.2 };
    let shift = Span { from: START, to: START + 12 * HOUR };
    MasterRow { id: "master_1".into(), state: state.into(), shift, home, pos: None, robot: true }
}

fn visit(id: &str, state: &str) -> VisitRow {
    VisitRow {
        id: id.into(),
        kind: "repair".into(),
        state: state.into(),
        lat: 58.03,
        lon: 56.25,
        minutes: 60,
        start: Some(START + 3 * HOUR),
        travel_min: Some(20.0),
        seen: false,
        priority: "normal".into(),
        price: Value::Null,
        paid: Value::Bool(false),
        due: Value::Null,
        coverage: Some("client".into()),
        checklist: vec![],
        strict: false,
        proof: Default::default(),
    }
}

/// A seed under which the visit goes the ordinary way and the master stays well.
fn ordinary(id: &str) -> u64 {
    let day = Day::of(&me("available"), START).number;
    let fine = |seed: &u64| {
        let fate = Fate::of(*seed, &format!("master_1 {id}"), "repair", 60);
        fate.declines.is_none()
            && !fate.no_access
            && fate.outcome == "fixed"
            && fate.late_min < 4.0
            && DayFate::of(*seed, "master_1", day).breaks_off.is_none()
    };
    (0..).find(fine).unwrap()
}

/// Plays the server: carries the act out on the rows.
fn carry_out(scene: &mut Scene, name: &str) {
    let (mine, visit) = match name {
        "shift.start" => ("available", None),
        "shift.end" => ("off_shift", None),
        "visit.accept" => (scene.me.state.as_str(), Some("accepted")),
        "visit.depart" => ("travelling", Some("en_route")),
        "visit.arrive" => ("on_site", Some("on_site")),
        "visit.begin" => ("on_site", Some("working")),
        "visit.complete" => ("available", Some("completed")),
        _ => (scene.me.state.as_str(), None),
    };
    scene.me.state = mine.to_owned();
    if let Some(state) = visit {
        scene.visits[0].state = state.into();
    }
    match name {
        "visit.seen" => scene.visits[0].seen = true,
        "visit.complete" => scene.visits[0].price = json!("1800.00"),
        "visit.pay" => scene.visits[0].paid = json!(true),
        _ => {}
    }
}

#[test]
fn a_day_goes_from_the_first_offer_to_the_way_home() {
    let mut mind = Mind::new(ordinary("visit_a"), 1.0);
    let mut scene = Scene { me: me("off_shift"), visits: vec![visit("visit_a", "dispatched")] };
    let (mut names, mut drives, mut sums) = (Vec::new(), 0, Vec::new());
    let mut departed = 0;
    for now in (START - 3 * HOUR..START + 13 * HOUR).step_by(20_000) {
        let act = mind.decide(&scene, now);
        match &act {
            Act::Give { name, args } => {
                names.push(*name);
                departed = if *name == "visit.depart" { now } else { departed };
                sums.extend((*name == "visit.pay").then(|| args["sum"].clone()));
                carry_out(&mut scene, name);
                mind.done(&act, now);
            }
            Act::Drive { lat, lon } => {
                drives += 1;
                assert!((58.0..=58.03).contains(lat) && (56.2..=56.25).contains(lon));
                scene.me.pos = Some(Spot { lat: *lat, lon: *lon });
            }
            Act::Rest(until) => assert!(*until > now),
        }
    }
    let day = ["visit.depart", "visit.arrive", "visit.begin", "visit.complete", "visit.pay", "shift.end"];
    assert_eq!(names[3..], day, "{names:?}");
    for first in ["shift.start", "visit.seen", "visit.accept"] {
        assert!(names[..3].contains(&first), "{names:?}");
    }
    let before = (START + 3 * HOUR - departed) / MINUTE;
    assert!((18..28).contains(&before), "set off {before} minutes before");
    assert!(drives > 5 && sums == [json!("1800.00")]);
}

#[test]
fn a_person_in_the_seat_stops_the_robot() {
    let mut mind = Mind::new(1, 60.0);
    let mut scene = Scene { me: me("available"), visits: vec![visit("v", "paused")] };
    scene.me.robot = false;
    assert!(matches!(mind.decide(&scene, START + HOUR), Act::Rest(_)));
    scene.me.robot = true;
    assert!(matches!(mind.decide(&scene, START + HOUR), Act::Give { name: "visit.begin", .. }));
}

#[test]
fn a_refused_command_is_not_repeated_at_once() {
    let mut mind = Mind::new(1, 1.0);
    let scene = Scene { me: me("off_shift"), visits: vec![] };
    let now = START + HOUR;
    let act = mind.decide(&scene, now);
    assert_eq!(act, Act::Give { name: "shift.start", args: json!({}) });
    mind.refused(&act, now);
    assert!(matches!(mind.decide(&scene, now + MINUTE), Act::Rest(_)));
    assert_eq!(mind.decide(&scene, now + 6 * MINUTE), act);
}

#[test]
fn some_decline_and_say_why() {
    let seed = (0..).find(|seed| Fate::of(*seed, "master_1 v", "repair", 60).declines.is_some()).unwrap();
    let mut mind = Mind::new(seed, 1.0);
    let mut scene = Scene { me: me("available"), visits: vec![visit("v", "dispatched")] };
    scene.visits[0].seen = true;
    mind.decide(&scene, START + HOUR);
    let Act::Give { name, args } = mind.decide(&scene, START + HOUR + 10 * MINUTE) else {
        panic!("must answer")
    };
    assert_eq!(name, "visit.decline");
    assert!(args["reason"].as_str().is_some_and(|r| !r.is_empty()));
    let others =
        (2..102).filter(|n| Fate::of(seed, &format!("master_{n} v"), "repair", 60).declines.is_some());
    assert!(others.count() < 15, "a visit is not declined by everybody");
}

#[test]
fn the_ill_come_back_the_next_morning() {
    let number = Day::of(&me("available"), START).number;
    let ill =
        |seed: &u64| DayFate::of(*seed, "master_1", number).breaks_off.is_some_and(|b| b.1 != BREAKDOWN);
    let mut mind = Mind::new((0..).find(ill).unwrap(), 1.0);
    let mut scene = Scene { me: me("available"), visits: vec![] };
    let mut log = Vec::new();
    for now in (START..START + 26 * HOUR).step_by(60_000) {
        let act = mind.decide(&scene, now);
        let Act::Give { name, .. } = &act else { continue };
        log.push((*name, (now - START) / HOUR));
        scene.me.state = match *name {
            "master.unavailable" => "unavailable",
            "shift.start" | "master.available" => "available",
            _ => "off_shift",
        }
        .into();
        mind.done(&act, now);
    }
    assert_eq!(
        log.iter().map(|l| l.0).collect::<Vec<_>>(),
        ["master.unavailable", "master.available"],
        "{log:?}"
    );
    assert!(log[0].1 < 10 && log[1].1 == 23, "{log:?}");
}

#[test]
fn a_robot_that_forgot_everything_goes_on() {
    for (state, name) in
        [("working", "visit.complete"), ("on_site", "visit.begin"), ("en_route", "visit.arrive")]
    {
        let mut mind = Mind::new(ordinary("v"), 60.0);
        let scene = Scene { me: me("on_site"), visits: vec![visit("v", state)] };
        let given =
            (START + HOUR..START + 9 * HOUR).step_by(60_000).find_map(|now| match mind.decide(&scene, now) {
                Act::Give { name, .. } => Some(name),
                _ => None,
            });
        assert_eq!(given, Some(name));
    }
}

#[test]
fn what_the_house_asks_for_is_written_down_before_the_end() {
    let item = |code: &str, kind: &str, must: bool| ItemRow {
        code: code.into(),
        kind: kind.into(),
        must,
        low: Some(2.0),
        high: Some(4.0),
        options: vec!["цел".into()],
    };
    let mut one = visit("v", "working");
    one.checklist = vec![item("p", "reading", true), item("n", "text", false), item("c", "choice", true)];
    assert_eq!(paper::next(&one), None, "the built-in list holds nobody");
    one.strict = true;
    let (name, args) = paper::next(&one).expect("a number");
    assert_eq!((name, &args["item"], &args["answer"]), ("visit.check", &json!("p"), &json!("3")));
    one.proof.checks.insert("p".into(), "3".into());
    assert_eq!(paper::next(&one).expect("a choice").1["answer"], "цел");
    one.proof.checks.insert("c".into(), "цел".into());
    one.checklist.push(item("after", "photo", true));
    assert_eq!(paper::next(&one).expect("a photograph").0, "visit.photo");
    let mut mind = Mind::new(ordinary("v"), 1.0);
    let scene = Scene { me: me("on_site"), visits: vec![one] };
    assert!(matches!(mind.decide(&scene, START + 5 * HOUR), Act::Give { name: "visit.photo", .. }));
}
