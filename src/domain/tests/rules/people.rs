//! Who may come in, and how masters' hours and absences make their shifts.

use crate::{
    firm::{at, attempt, book, carry, id, ids, master, working},
    machine::refused,
};
use domain::{
    access::{
        Role, User,
        user_rules::{Roll, UserEvent, login_of, name_of},
    },
    book::Book,
    values::{calendar::OpenHours, id::VisitId},
    visits::visit::VisitState,
    workforce::{
        hours::{Absence, AbsenceKind, Week},
        master::{Duty, Master, MasterCard, MasterEvent},
    },
};
use jiff::{
    civil::{Date, date, time},
    tz::TimeZone,
};
use proptest::prelude::*;

fn user(number: u128, login: &str, role: Role) -> User {
    User {
        id: id(number),
        ver: 1,
        login: login.into(),
        name: login.into(),
        role,
        password: String::new(),
        master: None,
        operator: None,
        robot: false,
        phone: None,
        once: false,
        off: None,
    }
}
fn moscow() -> TimeZone {
    TimeZone::get("Europe/Moscow").expect("a zone")
}
fn week(days: [Option<(i8, i8)>; 7]) -> Week {
    Week(days.map(|day| day.map(|(from, to)| OpenHours { from: time(from, 0, 0, 0), to: time(to, 0, 0, 0) })))
}
fn away(from: Date, to: Date) -> Absence {
    Absence { from, to, kind: AbsenceKind::Illness, note: String::new() }
}

#[test]
fn the_last_administrator_stays_and_stays_one() {
    let (anna, boris) = (user(1, "anna", Role::Admin), user(2, "boris", Role::Operator));
    let off = User { off: Some(at(0)), ..user(3, "vera", Role::Admin) };
    let all = [&anna, &boris, &off];
    let roll = Roll(&all);
    refused(roll.decide(&anna, UserEvent::SwitchedOff), "last-admin", "`anna` is the last");
    refused(roll.decide(&anna, UserEvent::RoleChanged { role: Role::Manager }), "last-admin", "`anna`");
    assert!(roll.decide(&boris, UserEvent::SwitchedOff).is_ok());
    refused(roll.decide(&boris, UserEvent::SwitchedOn), "user-state", "switched on already");
    refused(roll.decide(&off, UserEvent::SwitchedOff), "user-state", "switched off already");
    let taken = UserEvent::LoginChanged { login: "vera".into() };
    refused(roll.decide(&boris, taken), "login-taken", "`vera` is that of vera");
    refused(roll.decide(&boris, UserEvent::RoleChanged { role: Role::Client }), "role", "no workplace");
}

#[test]
fn logins_and_names_are_kept_in_one_form() {
    assert_eq!(login_of("  Anna.P ").expect("a login"), "anna.p");
    assert_eq!(name_of("  Анна   Петрова ").expect("a name"), "Анна Петрова");
    refused(login_of("анна петрова"), "login", "`анна петрова` cannot be");
    refused(login_of(""), "login", "expected 1 to 64");
    refused(name_of("  "), "name", "expected 1 to 120");
}

proptest! {
    /// Whatever people try, somebody keeps the house, and no login opens two doors.
    #[test]
    fn a_house_is_never_without_an_administrator(tries in prop::collection::vec((0usize..4, 0u8..5, 0usize..4), 0..60)) {
        let roles = [Role::Admin, Role::Operator, Role::Dispatcher, Role::Master];
        let mut users: Vec<User> = (0..4).map(|n| user(n as u128 + 1, &format!("user{n}"), roles[n])).collect();
        for (who, what, pick) in tries {
            let event = match what {
                0 => UserEvent::SwitchedOff,
                1 => UserEvent::SwitchedOn,
                2 => UserEvent::RoleChanged { role: roles[pick] },
                3 => UserEvent::LoginChanged { login: format!("user{pick}") },
                _ => UserEvent::PasswordSet { once: pick == 0 },
            };
            let all: Vec<&User> = users.iter().collect();
            let decided = Roll(&all).decide(&users[who], event);
            let before = users[who].ver;
            if let Ok(event) = decided {
                users[who].apply(&event, at(0));
                prop_assert_eq!(users[who].ver, before + 1);
            }
            prop_assert!(users.iter().any(|u| u.role == Role::Admin && u.off.is_none()));
            let mut logins: Vec<&str> = users.iter().map(|u| u.login.as_str()).collect();
            logins.sort_unstable();
            logins.dedup();
            prop_assert_eq!(logins.len(), users.len());
        }
    }
    /// A shift lies within its day's hours and on no day away.
    #[test]
    fn shifts_come_from_the_week_less_the_days_away(
        open in prop::collection::vec(prop::option::of(prop_oneof![(0i8..12, 12i8..23), (18i8..23, 1i8..6)]), 7),
        from in 0i64..20, long in 0i64..9, minute in 0i64..30_000,
    ) {
        let days: [Option<(i8, i8)>; 7] = open.try_into().expect("seven");
        let first = date(2026, 1, 5).checked_add(jiff::ToSpan::days(from)).expect("a day");
        let last = first.checked_add(jiff::ToSpan::days(long)).expect("a day");
        let them = Master { week: Some(week(days)), absences: vec![away(first, last)], ..master(1) };
        let now = at(minute);
        let mut before = now;
        for (day, shift) in them.shifts(now, &moscow(), 4) {
            prop_assert!(shift.to > now && shift.to > before);
            prop_assert!(!(first <= day && day <= last));
            let (from, to) = days[day.weekday().to_monday_zero_offset() as usize].expect("an open day");
            prop_assert_eq!(shift.from.to_zoned(moscow()).time(), time(from, 0, 0, 0));
            prop_assert_eq!(shift.to.to_zoned(moscow()).time(), time(to, 0, 0, 0));
            prop_assert_eq!(them.day_of(shift.from, &moscow()), day);
            before = shift.to;
        }
    }
}

#[test]
fn a_night_belongs_to_the_day_on_which_it_began() {
    let night = Some((22, 6));
    // Monday night, Tuesday off, Wednesday night and at once Thursday's day.
    let hours = week([night, None, night, Some((6, 14)), None, None, None]).checked().expect("a week");
    let them = Master { week: Some(hours), ..master(1) };
    let monday = date(2026, 1, 5);
    let here = |day: i8, hour: i8, minute: i8| {
        date(2026, 1, day).at(hour, minute, 0, 0).to_zoned(moscow()).expect("an instant").timestamp()
    };
    let shift = them.shift_on(monday, &moscow()).expect("a shift");
    assert_eq!((shift.from, shift.to), (here(5, 22, 0), here(6, 6, 0)));
    for (day, hour, minute, of) in
        [(5, 23, 0, 5), (6, 5, 59, 5), (6, 6, 30, 5), (6, 7, 0, 6), (8, 5, 59, 7), (8, 6, 0, 8), (5, 3, 0, 5)]
    {
        assert_eq!(
            them.day_of(here(day, hour, minute), &moscow()),
            date(2026, 1, of),
            "{day} {hour}:{minute}"
        );
    }
    let running = them.shifts(here(6, 3, 0), &moscow(), 2);
    assert_eq!(running.iter().map(|(day, _)| day.day()).collect::<Vec<_>>(), [5, 7], "the night goes on");
    assert!(them.works(here(6, 0, 30), here(6, 5, 30), 0, &moscow()));
    assert!(!them.works(here(6, 5, 30), here(6, 6, 30), 0, &moscow()));
    let ill = Master { absences: vec![away(monday, monday)], ..them };
    assert!(!ill.works(here(6, 0, 30), here(6, 1, 30), 0, &moscow()), "whoever is away has no night");
}

#[test]
fn a_night_ends_before_the_next_day_begins() {
    let night = Some((22, 6));
    let clash = week([night, Some((5, 14)), None, None, None, None, None]);
    refused(clash.checked(), "hours-overlap", "begins at `05:00:00`");
    let sunday = week([Some((5, 14)), None, None, None, None, None, night]);
    refused(sunday.checked(), "hours-overlap", "`22:00:00`…`06:00:00`");
    refused(week([Some((9, 9)), None, None, None, None, None, None]).checked(), "hours-empty", "other than");
    assert!(week([night; 7]).checked().is_ok());
}

#[test]
fn without_a_week_the_shift_is_the_same_every_day() {
    let them = master(1);
    let all = them.shifts(at(60), &moscow(), 2);
    assert_eq!((all[0].1.from, all[1].1.from), (at(0), at(24 * 60)));
    assert_eq!(them.shifts(at(541), &moscow(), 1)[0].1.from, at(24 * 60), "the first one is over");
    let ill = Master { absences: vec![away(date(2026, 1, 5), date(2026, 1, 6))], ..them };
    assert_eq!(ill.shifts(at(60), &moscow(), 1)[0].1.from, at(2 * 24 * 60));
    let gone = Master { left: true, ..ill };
    assert!(gone.shifts(at(60), &moscow(), 9).is_empty());
}

#[test]
fn days_away_are_whole_ahead_and_do_not_overlap() {
    let (them, today) =
        (Master { absences: vec![away(date(2026, 2, 1), date(2026, 2, 9))], ..master(1) }, date(2026, 1, 5));
    let may = |from, to| them.may_be_absent(&away(from, to), today);
    refused(may(date(2026, 1, 9), date(2026, 1, 8)), "absence-empty", "`2026-01-09`…`2026-01-08`");
    refused(may(date(2026, 1, 1), date(2026, 1, 4)), "absence-past", "`2026-01-04`: expected today");
    refused(may(date(2026, 2, 9), date(2026, 2, 10)), "absence-overlaps", "`2026-02-01`…`2026-02-09`");
    assert!(may(date(2026, 1, 5), date(2026, 1, 31)).is_ok());
}

fn given(book: &mut Book, start: i64) -> VisitId {
    let visit = ids(1).2;
    carry(book, 0, |d| d.assign(visit, id(1), at(start), 600, true, None));
    visit
}
fn without_skills(book: &Book) -> MasterCard {
    MasterCard { skills: vec![], ..book.masters[&id(1)].card() }
}

#[test]
fn a_skill_that_is_taken_away_takes_its_visits_along() {
    let mut book = book(2, 2);
    let visit = given(&mut book, 60);
    let begun = working(&mut book, 2, id(1), 30);
    let card = without_skills(&book);
    let freed = carry(&mut book, 40, |d| d.change_card(id(1), card, &moscow()));
    assert_eq!(freed, [visit], "what is begun stays with the master");
    assert_eq!((book.visits[&visit].state, book.visits[&visit].pinned), (VisitState::Unplanned, false));
    assert_eq!(book.visits[&begun].master(), Some(id(1)));
}

#[test]
fn days_away_free_the_visits_of_those_days() {
    let mut book = book(1, 1);
    let visit = given(&mut book, 60);
    let later = away(date(2026, 1, 6), date(2026, 1, 9));
    assert!(carry(&mut book, 0, |d| d.set_absence(id(1), later, &moscow())).is_empty());
    assert_eq!(book.visits[&visit].master(), Some(id(1)));
    let today = away(date(2026, 1, 5), date(2026, 1, 5));
    assert_eq!(carry(&mut book, 10, |d| d.set_absence(id(1), today, &moscow())), [visit]);
    carry(&mut book, 11, |d| d.lift_absence(id(1), date(2026, 1, 5)));
    refused(
        attempt(&mut book, 12, |d| d.lift_absence(id(1), date(2026, 1, 5))),
        "unknown-absence",
        "`2026-01-05`",
    );
}

#[test]
fn other_hours_free_what_does_not_fit_into_them() {
    let mut book = book(1, 1);
    let visit = given(&mut book, 300);
    let mornings = week([Some((9, 12)); 7]);
    assert_eq!(carry(&mut book, 0, |d| d.set_hours(id(1), mornings, &moscow())), [visit]);
    let wrong = week([Some((12, 12)), None, None, None, None, None, None]);
    refused(attempt(&mut book, 0, |d| d.set_hours(id(1), wrong, &moscow())), "hours-empty", "12:00:00");
}

#[test]
fn who_leaves_leaves_no_visit_behind_and_not_from_the_midst_of_one() {
    let mut book = book(1, 2);
    let visit = given(&mut book, 300);
    let mut busy = book.clone();
    working(&mut busy, 2, id(1), 30);
    refused(
        attempt(&mut busy, 40, |d| d.part_with(id(1), &moscow())),
        "master-busy",
        "expected its end first",
    );
    assert_eq!(carry(&mut book, 0, |d| d.part_with(id(1), &moscow())), [visit]);
    assert_eq!((book.masters[&id(1)].left, book.masters[&id(1)].duty), (true, Duty::OffShift));
    let again = attempt(&mut book, 5, |d| d.assign(visit, id(1), at(60), 0, false, None));
    refused(again, "master-left", "does not work here any longer");
    carry(&mut book, 9, |d| d.on_master(id(1), MasterEvent::CameBack));
    carry(&mut book, 10, |d| d.assign(visit, id(1), at(60), 0, false, None));
}

#[test]
fn somebody_new_works_the_usual_week() {
    let mut book = Book::default();
    let card = MasterCard { name: "Новый".into(), ..master(1).card() };
    carry(&mut book, 0, |d| d.take_on(Master::newcomer(id(5), card, master(1).shift)));
    let them = &book.masters[&id(5)];
    assert_eq!((them.ver, them.name.as_str(), them.week), (1, "Новый", Some(Week::usual())));
}
