//! Months of agreement visits: rules kept, small ones solved to their optimum, promises kept when weeks roll on.

use crate::town::Dice;
use proptest::prelude::*;
use solver::{
    Day, GreatCircle, JobKey, LeftOut, MasterKey, Month, MonthBudget, MonthMaster, MonthPlan, MonthVisit,
    Occurrence, Place, Promise, Rhythm, SeatDraft, Skill, Weekdays, WorkDay, check_month, month_cost,
    plan_month,
};
use std::collections::BTreeSet;

/// Monday, the 5th of January 2026.
pub const MONDAY: Day = 20_458;

fn plan(month: &Month, budget: MonthBudget) -> MonthPlan {
    let plan = plan_month(month, &GreatCircle::default(), budget).unwrap();
    assert_eq!(check_month(month, &plan.visits, &GreatCircle::default()), [], "a plan keeps every rule");
    assert_eq!(plan.visits.len() + plan.left_out.len(), month.occurrences.len(), "nothing is lost");
    plan
}

fn quick(month: &Month) -> MonthPlan {
    plan(month, MonthBudget::default())
}

/// Masters who work Monday to Friday for so many weeks.
fn crew(dice: &mut Dice, masters: u64, weeks: Day, hours: i64) -> Vec<MonthMaster> {
    let workday = |day: Day| (day - MONDAY).rem_euclid(7) < 5;
    let days: Vec<WorkDay> = (MONDAY..MONDAY + 7 * weeks)
        .filter(|day| workday(*day))
        .map(|day| WorkDay { day, seconds: hours * 3600, overtime: 3600, shift: None })
        .collect();
    let master = |key: u64| MonthMaster {
        key: MasterKey(key.into()),
        home: place(dice, 20),
        skills: (0..4).filter(|skill| !(key + skill).is_multiple_of(3)).map(|n| skill(n as u16)).collect(),
        days: days.clone(),
        rest: None,
    };
    (0..masters).map(master).collect()
}

fn skill(skill: u16) -> Skill {
    Skill { skill, level: 1 }
}

fn place(dice: &mut Dice, side: u64) -> Place {
    crate::town::place(dice, side)
}

/// A small month with every rule in it.
fn small(seed: u64) -> Month {
    let mut dice = Dice(seed);
    let mut month = Month { masters: crew(&mut dice, 2, 2, 2), ..Month::default() };
    month.weights.choices = 9;
    month.holidays = vec![MONDAY + 2];
    for key in 0..2 + dice.below(3) {
        let series = u128::from(dice.below(2));
        let due = MONDAY + dice.below(11) as Day;
        let mut o = Occurrence::new(JobKey(key.into()), series, place(&mut dice, 20), due);
        o.zone = dice.below(2) as u32;
        o.days = (due - dice.below(3) as Day, due + dice.below(3) as Day);
        o.seconds = 1800 * (1 + dice.below(3) as i64);
        o.priority = 10_000 * (1 + dice.below(4) as i64);
        if dice.one_in(3) {
            o.skills = vec![skill(dice.below(4) as u16)];
        }
        if dice.one_in(4) {
            o.preferred = vec![MasterKey(dice.below(2).into())];
        }
        if dice.one_in(4) {
            o.weekdays.0[dice.below(5) as usize] = false;
        }
        if dice.one_in(3) {
            let master = MasterKey(dice.below(2).into());
            let day = due + dice.below(2) as Day;
            o.promised = Some(Promise { day, master, told: dice.one_in(2), fixed: false, second: None });
        }
        month.occurrences.push(o);
    }
    // Chance of its own, so that months of before are what they were otherwise.
    let mut aside = Dice(seed ^ 0x2_0071);
    for o in &mut month.occurrences {
        if aside.one_in(4) {
            let skills = if aside.one_in(3) { vec![skill(aside.below(4) as u16)] } else { Vec::new() };
            o.second = Some(SeatDraft { skills, ..SeatDraft::default() });
        }
    }
    for master in &mut month.masters {
        if aside.one_in(2) {
            master.rest = Some(11 * 3600);
            for day in &mut master.days {
                let begin = 3600 * (7 + 4 * aside.below(4) as i64);
                day.shift = Some((begin, begin + 3600 * (2 + aside.below(3) as i64)));
            }
        }
    }
    for series in 0..2 {
        let (least, most) = (2 + dice.below(3) as Day, 6 + dice.below(4) as Day);
        let last = dice.one_in(2).then(|| MONDAY - 1 - dice.below(4) as Day);
        month.rhythms.push(Rhythm { series, least, most, last });
    }
    month
}

/// The least cost of all ways to give days and masters, by trying them all.
fn optimum(month: &Month) -> f64 {
    let mut best = f64::MAX;
    let days: Vec<Day> = (MONDAY - 3..MONDAY + 17).collect();
    try_all(month, &days, 0, &mut Vec::new(), &mut best);
    best
}

fn try_all(month: &Month, days: &[Day], k: usize, visits: &mut Vec<MonthVisit>, best: &mut f64) {
    let travel = GreatCircle::default();
    if !check_month(month, visits, &travel).is_empty() {
        return;
    }
    let Some(o) = month.occurrences.get(k) else {
        *best = best.min(month_cost(month, visits, &travel).total());
        return;
    };
    try_all(month, days, k + 1, visits, best);
    for &day in days.iter().filter(|day| o.days.0 <= **day && **day <= o.days.1) {
        for master in &month.masters {
            let others = month.masters.iter().map(|m| Some(m.key)).filter(|_| o.second.is_some());
            for second in others.chain((o.second.is_none()).then_some(None)) {
                visits.push(MonthVisit { occurrence: o.key, day, master: master.key, second });
                try_all(month, days, k + 1, visits, best);
                visits.pop();
            }
        }
    }
}

#[test]
fn small_months_cost_what_trying_everything_finds() {
    let mut served = 0;
    for seed in 0..150 {
        let month = small(seed);
        let plan = quick(&month);
        assert!(plan.optimal);
        let best = optimum(&month);
        assert!((plan.cost.total() - best).abs() < 0.01, "seed {seed}: {} {best}", plan.cost.total());
        served += plan.visits.len();
    }
    assert!(served > 200, "{served}");
}

#[test]
fn the_bound_is_below_every_plan() {
    for seed in 0..30 {
        let plan = plan(&small(seed), MonthBudget { bound: true, ..MonthBudget::default() });
        assert!(plan.bound.unwrap() <= plan.cost.total() + 0.01, "seed {seed}");
    }
}

/// A month of schedules over the town's zones.
pub fn large(seed: u64, series: u64, masters: u64) -> Month {
    let mut dice = Dice(seed);
    let mut month = Month { masters: crew(&mut dice, masters, 4, 6), ..Month::default() };
    month.holidays = vec![MONDAY + 9];
    let mut key = 0;
    for series in 0..series {
        let zone = dice.below(8) as u32;
        let corner = (f64::from(zone % 4) * 0.05, f64::from(zone / 4) * 0.12);
        let near = place(&mut dice, 4);
        let place = Place::new(near.lat() + corner.0, near.lon() + corner.1);
        let every = if dice.one_in(2) { 7 } else { 14 };
        let first = dice.below(every) as Day;
        for due in (MONDAY + first..MONDAY + 28).step_by(every as usize) {
            let mut o = Occurrence::new(JobKey(key), series.into(), place, due);
            o.zone = zone;
            o.days = (due - 2, due + 2);
            o.seconds = 900 + 900 * dice.below(4) as i64;
            if dice.one_in(3) {
                o.skills = vec![skill(dice.below(4) as u16)];
            }
            if dice.one_in(5) {
                o.weekdays = Weekdays([true, true, false, true, false, false, false]);
            }
            month.occurrences.push(o);
            key += 1;
        }
        let every = every as Day;
        month.rhythms.push(Rhythm { series: series.into(), least: every - 4, most: every + 4, last: None });
    }
    month
}

/// Ways that masters make to zones: one for each day, master and zone.
fn trips(month: &Month, plan: &MonthPlan) -> usize {
    let zone = |key: JobKey| month.occurrences.iter().find(|o| o.key == key).unwrap().zone;
    let trips: BTreeSet<_> = plan.visits.iter().map(|v| (v.master, v.day, zone(v.occurrence))).collect();
    trips.len()
}

#[test]
fn visits_of_a_zone_share_a_day_and_a_master() {
    let month = large(3, 50, 4);
    let plan = quick(&month);
    assert!(plan.left_out.len() <= 3, "{:?}", plan.left_out);
    let trips = trips(&month, &plan);
    assert!(plan.visits.len() as f64 / trips as f64 > 1.4, "{} visits, {trips} trips", plan.visits.len());
}

#[test]
fn fairness_is_bought_when_it_is_worth_something() {
    let spread = |weight: i64| {
        let mut month = large(4, 40, 4);
        month.weights.spread = weight;
        let plan = quick(&month);
        month.weights.spread = 1;
        month_cost(&month, &plan.visits, &GreatCircle::default()).spread
    };
    let (without, with) = (spread(0), spread(100_000));
    assert!(with < without * 0.6, "{with} {without}");
}

#[test]
fn promised_days_stay_when_the_month_is_planned_anew() {
    let mut month = large(5, 50, 4);
    let first = quick(&month);
    for visit in &first.visits {
        let o = month.occurrences.iter_mut().find(|o| o.key == visit.occurrence).unwrap();
        let told = visit.day < MONDAY + 7;
        o.promised =
            Some(Promise { day: visit.day, master: visit.master, told, fixed: false, second: visit.second });
    }
    let again = quick(&month);
    let moved = again.visits.iter().filter(|v| !first.visits.contains(v)).count();
    assert!(moved * 20 <= first.visits.len(), "{moved} of {}", first.visits.len());
    // One master is away in the second week: only what was his then has to move.
    let away = month.masters[0].key;
    month.masters[0].days.retain(|d| !(MONDAY + 7..MONDAY + 14).contains(&d.day));
    let his = first.visits.iter().filter(|v| v.master == away && (MONDAY + 7..MONDAY + 14).contains(&v.day));
    let his = his.count();
    let third = quick(&month);
    let moved = third.visits.iter().filter(|v| !again.visits.contains(v)).count();
    assert!(his > 0 && moved <= his * 2 + 5, "{moved} moved, {his} had to");
    let told_moved = third.visits.iter().filter(|v| v.day < MONDAY + 7 && !again.visits.contains(v)).count();
    assert!(told_moved <= 1, "{told_moved} told clients were moved");
}

#[test]
fn what_is_fixed_stands_even_on_a_holiday() {
    let mut month = large(6, 12, 3);
    let (day, master) = (MONDAY + 9, month.masters[1].key);
    month.occurrences[0].promised = Some(Promise { day, master, told: true, fixed: true, second: None });
    let plan = quick(&month);
    let visit = plan.visits.iter().find(|v| v.occurrence == month.occurrences[0].key).unwrap();
    assert_eq!((visit.day, visit.master), (day, master));
}

#[test]
fn what_is_left_out_is_explained() {
    let mut dice = Dice(1);
    let mut month = Month { masters: crew(&mut dice, 1, 1, 2), ..Month::default() };
    month.masters[0].days.truncate(1);
    month.masters[0].days[0].overtime = 0;
    let home = month.masters[0].home;
    let ask = |key: u128, series: u128| Occurrence::new(JobKey(key), series, home, MONDAY);
    let mut weekend = ask(1, 1);
    weekend.weekdays = Weekdays([false, false, false, false, false, true, true]);
    weekend.days = (MONDAY, MONDAY + 3);
    let mut skilled = ask(2, 2);
    skilled.skills = vec![skill(77)];
    let (first, second, third) = (ask(3, 3), ask(4, 3), ask(5, 5));
    let fourth = ask(6, 6);
    month.occurrences = vec![weekend, skilled, first, second, third, fourth];
    month.rhythms = vec![Rhythm { series: 3, least: 1, most: 9, last: None }];
    let plan = quick(&month);
    let why = |key: u128| plan.left_out.iter().find(|(k, _)| *k == JobKey(key)).map(|(_, why)| *why);
    assert_eq!((why(1), why(2)), (Some(LeftOut::NoDay), Some(LeftOut::NoMaster)));
    assert_eq!(plan.visits.len(), 2, "two hours hold two visits");
    let rest: Vec<LeftOut> = (3..=6).filter_map(why).collect();
    assert_eq!(rest.len(), 2);
    assert!(rest.iter().all(|why| matches!(why, LeftOut::Full | LeftOut::Rhythm)), "{rest:?}");
}

#[test]
fn two_come_together_on_one_day_and_both_are_busy() {
    let mut dice = Dice(3);
    let mut month = Month { masters: crew(&mut dice, 3, 1, 2), ..Month::default() };
    let home = month.masters[0].home;
    for key in 0..4 {
        let mut o = Occurrence::new(JobKey(key), key, home, MONDAY + key as Day);
        o.second = Some(SeatDraft { excluded: vec![MasterKey(0)], ..SeatDraft::default() });
        month.occurrences.push(o);
    }
    let plan = quick(&month);
    assert_eq!(plan.visits.len(), 4);
    assert!(plan.visits.iter().all(|v| v.second.is_some_and(|second| second != v.master)));
    // Whoever is away on a day is no second either; fairness would rather leave all out than fill two short months.
    month.weights.spread = 0;
    for master in &mut month.masters[1..] {
        master.days.retain(|d| d.day == MONDAY);
    }
    let plan = quick(&month);
    assert!(plan.visits.iter().all(|v| v.day == MONDAY), "{:?}", plan.visits);
    let alone = MonthVisit { second: None, ..plan.visits[0] };
    let wrong = check_month(&month, &[alone], &GreatCircle::default());
    assert!(wrong.contains(&solver::MonthViolation::WrongCrew(alone.occurrence)));
}

#[test]
fn a_late_day_leaves_rest_before_an_early_one() {
    let mut dice = Dice(3);
    let mut month = Month { masters: crew(&mut dice, 1, 1, 8), ..Month::default() };
    let master = &mut month.masters[0];
    master.days.truncate(2);
    master.days[0].shift = Some((14 * 3600, 22 * 3600));
    master.days[1].shift = Some((8 * 3600, 16 * 3600));
    let home = master.home;
    for key in 0..2 {
        let mut o = Occurrence::new(JobKey(key), key, home, MONDAY + key as Day);
        (o.seconds, o.days) = (8 * 3600, (o.due, o.due));
        month.occurrences.push(o);
    }
    month.occurrences[0].seconds = 8 * 3600 + 1800;
    assert_eq!(quick(&month).visits.len(), 2);
    // Eleven hours after ten in the evening it is nine: no overtime, and an hour less on the day after.
    month.masters[0].rest = Some(11 * 3600);
    assert_eq!(quick(&month).visits.len(), 1, "half an hour of overtime is not to be had");
    month.occurrences[0].seconds = 8 * 3600;
    assert_eq!(quick(&month).visits.len(), 2, "the second day has its overtime");
    month.masters[0].days[1].overtime = 1800;
    assert_eq!(quick(&month).visits.len(), 1);
}

#[test]
fn the_checker_names_what_is_wrong() {
    use solver::MonthViolation as Wrong;
    let mut month = large(7, 6, 2);
    month.occurrences[0].promised = None;
    let travel = GreatCircle::default();
    let key = month.occurrences[0].key;
    let master = month.masters[0].key;
    let at = |day: Day, master: MasterKey| MonthVisit { occurrence: key, day, master, second: None };
    let says = |visits: &[MonthVisit], wrong: Wrong| check_month(&month, visits, &travel).contains(&wrong);
    assert!(says(&[at(MONDAY + 5, master)], Wrong::WrongDay(key, MONDAY + 5)), "a Saturday");
    assert!(says(&[at(MONDAY, MasterKey(99))], Wrong::NoSuchMaster(MasterKey(99))));
    assert!(says(&[at(MONDAY, master), at(MONDAY, master)], Wrong::Repeated(key)));
    let stranger = MonthVisit { occurrence: JobKey(9999), day: MONDAY, master, second: None };
    assert!(says(&[stranger], Wrong::NoSuchOccurrence(JobKey(9999))));
    let all: Vec<MonthVisit> = month
        .occurrences
        .iter()
        .map(|o| MonthVisit { occurrence: o.key, day: MONDAY, master, second: None })
        .collect();
    let wrong = check_month(&month, &all, &travel);
    assert!(wrong.iter().any(|w| matches!(w, Wrong::Overfull(m, day, _) if (*m, *day) == (master, MONDAY))));
    assert!(wrong.iter().any(|w| matches!(w, Wrong::TooNear(..))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn months_of_any_shape_keep_their_rules(seed in any::<u64>(), series in 1u64..30, masters in 1u64..4) {
        let month = large(seed, series, masters);
        let budget = MonthBudget { whole: 60, iterations: 300, bound: false };
        let first = plan(&month, budget);
        let again = plan(&month, budget);
        prop_assert_eq!(&first, &again, "the same month gives the same plan");
        let cost = month_cost(&month, &first.visits, &GreatCircle::default());
        prop_assert_eq!(first.cost, cost);
    }
}
