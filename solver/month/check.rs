//! An independent checker of months: names what is wrong with one, and works its cost out from nothing.
//!
//! It shares no code with the planning on purpose: rules are read and sums are made here a second time.

use super::{Day, Month, MonthCost, MonthMaster, MonthVisit, Occurrence, WorkDay};
use crate::key::{JobKey, MasterKey};
use crate::place::Place;
use crate::travel::TravelTimes;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// Something wrong in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MonthViolation {
    /// The visit is of nothing that was asked for.
    #[error("occurrence `{0}` does not exist")]
    NoSuchOccurrence(JobKey),
    /// The visit is of nobody.
    #[error("master `{0}` does not exist")]
    NoSuchMaster(MasterKey),
    /// It is planned twice.
    #[error("occurrence `{0}` is planned more than once")]
    Repeated(JobKey),
    /// The day is not in its window, not one of the client's, or a holiday.
    #[error("occurrence `{0}` may not be on day `{1}`")]
    WrongDay(JobKey, Day),
    /// The master may not do it: skill or list.
    #[error("master `{1}` may not do occurrence `{0}`")]
    NotAllowed(JobKey, MasterKey),
    /// The master has more to do than the day and its overtime hold.
    #[error("master `{0}` has `{2}` seconds too many on day `{1}`")]
    Overfull(MasterKey, Day, i64),
    /// Two visits of one schedule stand too near.
    #[error("occurrences `{0}` and `{1}` are `{2}` days apart, too near")]
    TooNear(JobKey, JobKey, Day),
    /// A visit and the next one of its schedule stand too far apart.
    #[error("occurrences `{0}` and `{1}` are `{2}` days apart, too far")]
    TooFar(JobKey, JobKey, Day),
    /// A visit stands too near to the one before the month, or too far from it.
    #[error("occurrence `{0}` is `{1}` days after the last visit, out of rhythm")]
    AfterLast(JobKey, Day),
    /// One master comes where two are needed, or two where one is, or the second one may not.
    #[error("occurrence `{0}` has not the masters it needs")]
    WrongCrew(JobKey),
    /// What was fixed stands elsewhere.
    #[error("occurrence `{0}` is fixed and was moved")]
    FixedMoved(JobKey),
}

/// All that is wrong with a month; nothing if it is right. Leaving something out is no violation but a cost, unless it
/// was fixed. Overfull days that hold nothing but fixed visits are the caller's own doing.
pub fn check_month(month: &Month, visits: &[MonthVisit], travel: &dyn TravelTimes) -> Vec<MonthViolation> {
    let mut wrong = Vec::new();
    let asked: BTreeMap<JobKey, &Occurrence> = month.occurrences.iter().map(|o| (o.key, o)).collect();
    let mut day_of: BTreeMap<JobKey, Day> = BTreeMap::new();
    for visit in visits {
        let Some(occurrence) = asked.get(&visit.occurrence) else {
            wrong.push(MonthViolation::NoSuchOccurrence(visit.occurrence));
            continue;
        };
        if day_of.insert(visit.occurrence, visit.day).is_some() {
            wrong.push(MonthViolation::Repeated(visit.occurrence));
        }
        alone(month, occurrence, visit, &mut wrong);
    }
    for occurrence in &month.occurrences {
        let fixed = occurrence.promised.is_some_and(|promise| promise.fixed);
        if fixed && !day_of.contains_key(&occurrence.key) {
            wrong.push(MonthViolation::FixedMoved(occurrence.key));
        }
    }
    overfull(month, visits, travel, &mut wrong);
    rhythms(month, &day_of, &mut wrong);
    wrong
}

/// What is wrong with a visit by itself.
fn alone(month: &Month, o: &Occurrence, visit: &MonthVisit, wrong: &mut Vec<MonthViolation>) {
    let Some(master) = month.masters.iter().find(|m| m.key == visit.master) else {
        wrong.push(MonthViolation::NoSuchMaster(visit.master));
        return;
    };
    if let Some(promise) = o.promised.filter(|promise| promise.fixed) {
        let other = promise.second.is_some() && promise.second != visit.second;
        if other || (promise.day, promise.master) != (visit.day, visit.master) {
            wrong.push(MonthViolation::FixedMoved(o.key));
        }
        return;
    }
    let weekday = (visit.day.rem_euclid(7) + 3) % 7;
    let in_window = o.days.0 <= visit.day && visit.day <= o.days.1;
    let second = visit.second.and_then(|key| month.masters.iter().find(|m| m.key == key));
    let crewed = match (&o.second, second) {
        (None, None) => visit.second.is_none(),
        (Some(seat), Some(second)) => {
            let able = seat.skills.iter().all(|need| {
                let had = second.skills.iter().filter(|s| s.skill == need.skill).map(|s| s.level).max();
                had.unwrap_or(0) >= need.level
            });
            let listed = seat.required.is_empty() || seat.required.contains(&second.key);
            able && listed && !seat.excluded.contains(&second.key) && second.key != master.key
        }
        _ => false,
    };
    if !crewed {
        wrong.push(MonthViolation::WrongCrew(o.key));
    }
    let works =
        [Some(master), second].into_iter().flatten().all(|m| m.days.iter().any(|d| d.day == visit.day));
    if !in_window || !works || !o.weekdays.0[weekday as usize] || month.holidays.contains(&visit.day) {
        wrong.push(MonthViolation::WrongDay(o.key, visit.day));
    }
    let lacks = o.skills.iter().any(|need| {
        let had = master.skills.iter().filter(|s| s.skill == need.skill).map(|s| s.level).max();
        had.unwrap_or(0) < need.level
    });
    let unlisted = !o.required.is_empty() && !o.required.contains(&visit.master);
    if lacks || unlisted || o.excluded.contains(&visit.master) {
        wrong.push(MonthViolation::NotAllowed(o.key, visit.master));
    }
}

fn overfull(month: &Month, visits: &[MonthVisit], travel: &dyn TravelTimes, wrong: &mut Vec<MonthViolation>) {
    let fixed: BTreeSet<JobKey> = month
        .occurrences
        .iter()
        .filter(|o| o.promised.is_some_and(|promise| promise.fixed))
        .map(|o| o.key)
        .collect();
    for ((master, day), load) in Days::of(month, visits, travel).loads {
        let hours = month.masters.iter().find(|m| m.key == master);
        let hours = hours.and_then(|m| m.days.iter().find(|d| d.day == day));
        let whose = month.masters.iter().find(|m| m.key == master);
        let most = hours.zip(whose).map_or(0, |(d, m)| least_hours(m, d).0 + least_hours(m, d).1);
        let here = visits.iter().filter(|v| (v.master == master || v.second == Some(master)) && v.day == day);
        let all_fixed = here.map(|v| v.occurrence).all(|key| fixed.contains(&key));
        if load > most && !all_fixed {
            wrong.push(MonthViolation::Overfull(master, day, load - most));
        }
    }
}

/// Hours and overtime of a day with the rest kept before and after it.
fn least_hours(master: &MonthMaster, day: &WorkDay) -> (i64, i64) {
    let (mut seconds, mut overtime) = (day.seconds, day.overtime);
    let beside = |offset: Day| master.days.iter().find(|d| d.day == day.day + offset).and_then(|d| d.shift);
    let (Some(rest), Some((begin, end))) = (master.rest, day.shift) else { return (seconds, overtime) };
    if let Some((next, _)) = beside(1) {
        overtime = overtime.min((24 * 3600 - end + next - rest).max(0));
    }
    if let Some((_, before)) = beside(-1) {
        let rested = (before - 24 * 3600 + rest).max(begin);
        seconds = if rested > begin { seconds.min((end - rested).max(0)) } else { seconds };
    }
    (seconds, overtime)
}

fn rhythms(month: &Month, day_of: &BTreeMap<JobKey, Day>, wrong: &mut Vec<MonthViolation>) {
    for rhythm in &month.rhythms {
        let mut line: Vec<&Occurrence> =
            month.occurrences.iter().filter(|o| o.series == rhythm.series).collect();
        line.sort_by_key(|o| (o.due, o.key));
        // Two that are both fixed are the caller's own doing.
        let fixed = |o: &Occurrence| o.promised.is_some_and(|promise| promise.fixed);
        for (i, a) in line.iter().enumerate() {
            let Some(&here) = day_of.get(&a.key) else { continue };
            if let Some(last) = rhythm.last.filter(|_| !fixed(a)) {
                let gap = here - last;
                if gap < rhythm.least || (i == 0 && gap > rhythm.most) {
                    wrong.push(MonthViolation::AfterLast(a.key, gap));
                }
            }
            for (j, b) in line.iter().enumerate().skip(i + 1) {
                let Some(&there) = day_of.get(&b.key) else { continue };
                let gap = there - here;
                if fixed(a) && fixed(b) {
                    continue;
                }
                if gap < rhythm.least {
                    wrong.push(MonthViolation::TooNear(a.key, b.key, gap));
                }
                if j == i + 1 && gap > rhythm.most {
                    wrong.push(MonthViolation::TooFar(a.key, b.key, gap));
                }
            }
        }
    }
}

/// Seconds of work and ways by master and day, as a month holds them.
pub fn month_loads(
    month: &Month,
    visits: &[MonthVisit],
    travel: &dyn TravelTimes,
) -> BTreeMap<(MasterKey, Day), i64> {
    Days::of(month, visits, travel).loads
}

/// What the days of a month hold.
struct Days {
    /// Seconds of ways.
    travel: i64,
    /// Seconds by master and day.
    loads: BTreeMap<(MasterKey, Day), i64>,
}

impl Days {
    fn of(month: &Month, visits: &[MonthVisit], travel: &dyn TravelTimes) -> Self {
        let mut sums: BTreeMap<u32, (f64, f64, f64)> = BTreeMap::new();
        for o in &month.occurrences {
            let sum = sums.entry(o.zone).or_default();
            *sum = (sum.0 + o.place.lat(), sum.1 + o.place.lon(), sum.2 + 1.0);
        }
        let middles: BTreeMap<u32, Place> =
            sums.into_iter().map(|(zone, (lat, lon, n))| (zone, Place::new(lat / n, lon / n))).collect();
        let mut days = Self { travel: 0, loads: BTreeMap::new() };
        let mut gone: BTreeSet<(MasterKey, Day, u32)> = BTreeSet::new();
        for visit in visits {
            let occurrence = month.occurrences.iter().find(|o| o.key == visit.occurrence);
            let Some(o) = occurrence else { continue };
            let goes = |m: &&MonthMaster| m.key == visit.master || Some(m.key) == visit.second;
            for master in month.masters.iter().filter(goes) {
                let middle = &middles[&o.zone];
                let mut way = travel.leg(middle, &o.place).seconds;
                if gone.insert((master.key, visit.day, o.zone)) {
                    way +=
                        travel.leg(&master.home, middle).seconds + travel.leg(middle, &master.home).seconds;
                }
                days.travel += way;
                *days.loads.entry((master.key, visit.day)).or_default() += o.seconds + way;
            }
        }
        days
    }
}

/// Cost of a month by rule, worked out from nothing.
pub fn month_cost(month: &Month, visits: &[MonthVisit], travel: &dyn TravelTimes) -> MonthCost {
    let weights = &month.weights;
    let days = Days::of(month, visits, travel);
    let mut cost = MonthCost { travel: days.travel as f64, ..MonthCost::default() };
    let mut served: BTreeSet<JobKey> = BTreeSet::new();
    for visit in visits {
        let Some(o) = month.occurrences.iter().find(|o| o.key == visit.occurrence) else { continue };
        served.insert(o.key);
        cost.beside_due += (weights.beside_due * i64::from((visit.day - o.due).abs())) as f64;
        if !o.preferred.is_empty() && !o.preferred.contains(&visit.master) {
            cost.preference += weights.preference as f64;
        }
        if let Some(promise) = o.promised {
            let mut moved = 0;
            if promise.day != visit.day {
                moved += weights.moved_day;
            }
            if promise.master != visit.master {
                moved += weights.moved_master;
            }
            if promise.second.is_some() && promise.second != visit.second {
                moved += weights.moved_master;
            }
            cost.moved += (moved * if promise.told { weights.told } else { 1 }) as f64;
        }
    }
    let skipped = month.occurrences.iter().filter(|o| !served.contains(&o.key));
    cost.left_out = skipped.fold(0.0, |sum, o| sum + o.priority as f64);
    let (mut fullest, mut emptiest) = (f64::MIN, f64::MAX);
    for master in &month.masters {
        let whole: i64 = master.days.iter().map(|d| d.seconds).sum();
        let mut held = 0;
        for (_, load) in days.loads.iter().filter(|((key, _), _)| *key == master.key) {
            held += load;
        }
        if whole > 0 {
            let fullness = held as f64 / whole as f64;
            (fullest, emptiest) = (fullest.max(fullness), emptiest.min(fullness));
        }
    }
    if fullest >= emptiest {
        cost.spread = weights.spread as f64 * (fullest - emptiest);
    }
    for ((key, day), load) in &days.loads {
        let master = month.masters.iter().find(|m| m.key == *key);
        let hours = master.and_then(|m| Some(least_hours(m, m.days.iter().find(|d| d.day == *day)?).0));
        let hours = hours.unwrap_or(0);
        cost.overtime += (weights.overtime_permille * (load - hours).max(0)) as f64 / 1000.0;
    }
    cost
}
