//! Who may do what (`docs/PROTOCOL.md`).

use domain::{access::Role, refusal::RefusalKind};
use domain::{ports::Table, refusal::Refusal};

const ALL: [Role; 5] = [Role::Operator, Role::Dispatcher, Role::Master, Role::Manager, Role::Admin];

fn who_may(command: &str) -> Vec<Role> {
    ALL.into_iter().filter(|role| role.may(command)).collect()
}

#[test]
fn calls_are_the_operators_and_the_supervisors_who_have_a_seat() {
    for command in [
        "operator.ready",
        "operator.pause",
        "operator.offline",
        "call.answer",
        "call.reject",
        "call.hangup",
        "call.hold",
        "call.resume",
        "call.mute",
        "call.unmute",
        "call.consult",
        "call.unconsult",
        "call.transfer",
        "call.conference",
        "call.dial",
        "call.dispose",
        "operator.more",
        "call.pause_recording",
        "call.resume_recording",
    ] {
        assert_eq!(who_may(command), [Role::Operator, Role::Manager], "{command}");
    }
    for command in ["callback.take", "callback.done"] {
        assert_eq!(who_may(command), [Role::Operator], "{command}");
    }
}

#[test]
fn supervisors_listen_and_have_a_line_of_their_own() {
    for command in
        ["call.listen", "call.whisper", "call.barge", "call.leave", "call.takeover", "operator.set"]
    {
        assert_eq!(who_may(command), [Role::Manager, Role::Admin], "{command}");
    }
    for command in ["leg.offer", "leg.close", "leg.alive", "recording.hear"] {
        assert_eq!(who_may(command), [Role::Operator, Role::Manager, Role::Admin], "{command}");
    }
}

#[test]
fn requests_are_written_by_whoever_talks_to_clients() {
    for command in [
        "client.create",
        "client.change",
        "point.create",
        "point.change",
        "unit.create",
        "unit.change",
        "unit.retire",
        "request.register",
        "request.book",
        "request.cancel",
        "slots.offer",
        "visit.preview",
        "visit.explain",
        "visit.candidates",
        "visit.masters",
    ] {
        assert_eq!(who_may(command), [Role::Operator, Role::Dispatcher, Role::Manager], "{command}");
    }
}

#[test]
fn the_plan_is_the_dispatchers_and_the_managers() {
    for command in [
        "visit.assign",
        "visit.unassign",
        "visit.pin",
        "visit.cancel",
        "point.bind",
        "agreement.create",
        "agreement.change",
        "agreement.cover",
        "agreement.submit",
        "agreement.return",
    ] {
        assert_eq!(who_may(command), [Role::Dispatcher, Role::Manager], "{command}");
    }
    for command in ["master.unavailable", "master.available"] {
        assert_eq!(who_may(command), [Role::Dispatcher, Role::Master, Role::Manager], "{command}");
    }
}

#[test]
fn an_agreement_is_signed_and_ended_by_the_manager_alone() {
    for command in ["activate", "suspend", "resume", "renew", "terminate"] {
        assert_eq!(who_may(&format!("agreement.{command}")), [Role::Manager], "{command}");
    }
}

#[test]
fn the_dispatcher_calls_an_emergency_and_the_manager_says_what_counts_on_a_usual_day() {
    for command in ["policy.emergency", "policy.calm"] {
        assert_eq!(who_may(command), [Role::Dispatcher, Role::Manager], "{command}");
    }
    assert_eq!(who_may("policy.choose"), [Role::Manager]);
}

#[test]
fn a_visit_is_made_by_its_master() {
    for command in [
        "shift.start",
        "shift.end",
        "visit.accept",
        "visit.decline",
        "visit.seen",
        "visit.depart",
        "visit.arrive",
        "visit.leave",
        "visit.begin",
        "visit.complete",
        "visit.pay",
        "position",
    ] {
        assert_eq!(who_may(command), [Role::Master], "{command}");
    }
}

#[test]
fn an_unknown_command_is_nobodys_but_the_admins() {
    for command in ["", "visit", "visit.assign ", "VISIT.ASSIGN", "drop.table"] {
        assert_eq!(who_may(command), [Role::Admin], "{command}");
    }
}

#[test]
fn a_master_watches_their_own_jobs_and_nothing_else() {
    for topic in ["board", "queue", "requests", "kpi", "agent", "nonsense"] {
        assert!(!Role::Master.may_watch(topic), "{topic}");
    }
    assert!(Role::Master.may_watch("my-jobs") && !Role::Dispatcher.may_watch("my-jobs"));
    // a manager may have a supervisor's seat; whose it is, is checked where the topic is opened
    assert!(Role::Operator.may_watch("agent") && Role::Manager.may_watch("agent"));
    assert!(!Role::Dispatcher.may_watch("agent"));
    assert!(ALL.into_iter().all(|role| !role.may_watch("nonsense")));
}

#[test]
fn every_refusal_says_its_kind_its_code_and_its_words() {
    for (refusal, kind, code) in [
        (Refusal::invalid("wrong-sum", "x"), RefusalKind::Invalid, "wrong-sum"),
        (Refusal::unknown("visit", "visit_1"), RefusalKind::Unknown, "unknown-visit"),
        (Refusal::forbidden("x"), RefusalKind::Forbidden, "forbidden"),
        (Refusal::state("visit-state", "x"), RefusalKind::State, "visit-state"),
        (Refusal::stale("the visit", 3, 5), RefusalKind::Stale, "stale-version"),
        (Refusal::unavailable("x"), RefusalKind::Unavailable, "unavailable"),
    ] {
        assert_eq!((refusal.kind, refusal.code.as_str()), (kind, code));
        assert_eq!(refusal.to_string(), refusal.detail);
        let back: Refusal =
            serde_json::from_value(serde_json::to_value(&refusal).expect("json")).expect("back");
        assert_eq!(back, refusal);
    }
    assert!(Refusal::stale("the visit", 3, 5).detail.contains("`3` was given, the current one is `5`"));
    assert!(Refusal::unknown("visit", "visit_1").detail.contains("`visit_1`"));
}

#[test]
fn every_table_has_a_name_and_stands_once_in_the_order_of_links() {
    let names: Vec<&str> = Table::ALL.iter().map(|table| table.name()).collect();
    for (place, name) in names.iter().enumerate() {
        assert_eq!(names.iter().position(|other| other == name), Some(place), "{name}");
        assert_eq!(serde_json::to_value(Table::ALL[place]).expect("a word"), *name);
    }
    let place = |name: &str| names.iter().position(|n| *n == name);
    for (before, after) in
        [("client", "point"), ("request", "order"), ("order", "visit"), ("visit", "payment")]
    {
        assert!(place(before) < place(after), "{before} before {after}");
    }
}
