//! A month of 500 agreement visits for twelve masters: time, violations, cost by rule, and what a second run moves.
//!
//! `make bench-month` runs it. `MONTH_VISITS` and `MONTH_MASTERS` change the size, `MONTH_ITERATIONS` the
//! budget; `MONTH_BOUND=0` leaves the bound out.

#[path = "../tests/town.rs"]
#[expect(dead_code, reason = "the towns of the tests have more in them than the month needs")]
mod town;

use solver::{
    Day, GreatCircle, JobKey, MasterKey, Month, MonthBudget, MonthMaster, MonthPlan, Occurrence, Place,
    Promise, Rhythm, Skill, WorkDay, check_month, plan_month,
};
use std::time::Instant;
use town::Dice;

/// Processor seconds of this thread, which do not depend on what else runs; zero where the system tells none.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) * 1e-9
}

/// Monday, the 5th of January 2026.
const MONDAY: Day = 20_458;

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn main() {
    let full = std::env::args().any(|arg| arg == "--bench");
    let visits = number("MONTH_VISITS", if full { 500 } else { 40 });
    let masters = number("MONTH_MASTERS", if full { 12 } else { 3 });
    let mut month = month(2026, visits as usize, masters);
    let bound = number("MONTH_BOUND", 1) > 0;
    let first = run("first plan", &month, bound);
    for visit in &first.visits {
        if let Some(o) = month.occurrences.iter_mut().find(|o| o.key == visit.occurrence) {
            let told = visit.day < MONDAY + 7;
            o.promised = Some(Promise {
                day: visit.day,
                master: visit.master,
                told,
                fixed: false,
                second: visit.second,
            });
        }
    }
    let again = run("planned anew", &month, false);
    println!("moved: {}", moved(&first, &again));
    month.masters[0].days.retain(|d| !(MONDAY + 7..MONDAY + 14).contains(&d.day));
    let away = run("one master away in the second week", &month, false);
    println!("moved: {}", moved(&again, &away));
}

fn moved(before: &MonthPlan, after: &MonthPlan) -> usize {
    after.visits.iter().filter(|visit| !before.visits.contains(visit)).count()
}

fn run(name: &str, month: &Month, bound: bool) -> MonthPlan {
    let travel = GreatCircle::default();
    let (from, spent) = (Instant::now(), processor());
    let usual = MonthBudget::default();
    let budget =
        MonthBudget { iterations: number("MONTH_ITERATIONS", usual.iterations.into()) as u32, ..usual };
    let plan = plan_month(month, &travel, budget).expect("a month always has a plan");
    let (wall, seconds) = (from.elapsed().as_secs_f64(), processor() - spent);
    println!(
        "{name}: {} occurrences, {} masters: {seconds:.2} s of the processor ({wall:.1} s), {} violations, {} left out {:?}",
        month.occurrences.len(),
        month.masters.len(),
        check_month(month, &plan.visits, &travel).len(),
        plan.left_out.len(),
        plan.left_out.iter().map(|(_, why)| *why).collect::<Vec<_>>(),
    );
    println!("  cost {:.0} {:?}", plan.cost.total(), plan.cost);
    if bound {
        let from = processor();
        let none = MonthBudget { iterations: 0, whole: 0, bound: true };
        let bounded = plan_month(month, &travel, none).expect("a month always has a plan");
        let bound = bounded.bound.unwrap_or(0.0);
        println!(
            "  filled choice by choice {:.0}; bound {bound:.0} in {:.1} s; gap {:.2} %",
            bounded.cost.total(),
            processor() - from,
            100.0 * (plan.cost.total() / bound - 1.0)
        );
    }
    plan
}

/// Schedules over twelve zones of a town, weekly, every second week and monthly.
fn month(seed: u64, visits: usize, masters: u64) -> Month {
    let mut dice = Dice(seed);
    let mut month = Month { holidays: vec![MONDAY + 2], ..Month::default() };
    let days: Vec<WorkDay> = (MONDAY..MONDAY + 28)
        .filter(|day| (day - MONDAY) % 7 < 5)
        .map(|day| WorkDay { day, seconds: 4 * 3600, overtime: 3600, shift: None })
        .collect();
    for key in 0..masters {
        let skills =
            (0..6).filter(|n| !(key + n).is_multiple_of(3)).map(|n| Skill { skill: n as u16, level: 1 });
        let home = town::place(&mut dice, 25);
        let skills = skills.collect();
        month.masters.push(MonthMaster {
            key: MasterKey(key.into()),
            home,
            skills,
            days: days.clone(),
            rest: None,
        });
    }
    let mut series = 0;
    while month.occurrences.len() < visits {
        let zone = dice.below(12) as u32;
        let near = town::place(&mut dice, 5);
        let place =
            Place::new(near.lat() + f64::from(zone % 4) * 0.05, near.lon() + f64::from(zone / 4) * 0.11);
        let every = [7, 14, 28][dice.below(3) as usize];
        let tolerance = if every == 28 { 4 } else { 2 };
        let mut due = MONDAY + dice.below(every as u64) as Day;
        while due < MONDAY + 28 && month.occurrences.len() < visits {
            let key = JobKey(month.occurrences.len() as u128);
            let mut o = Occurrence::new(key, series, place, due);
            (o.zone, o.days) = (zone, (due - tolerance, due + tolerance));
            o.seconds = 1200 + 600 * dice.below(5) as i64;
            if dice.one_in(2) {
                o.skills = vec![Skill { skill: dice.below(6) as u16, level: 1 }];
            }
            if dice.one_in(6) {
                o.weekdays.0[dice.below(5) as usize] = false;
            }
            month.occurrences.push(o);
            due += every;
        }
        month.rhythms.push(Rhythm { series, least: every - 4, most: every + 4, last: None });
        series += 1;
    }
    month
}
