//! A month in dense numbers: who could go on which day, and what that costs by itself.

use super::{Day, LeftOut, Month, MonthMaster, Occurrence};
use crate::job::{SeatDraft, Skill};
use crate::place::Place;
use crate::travel::TravelTimes;
use std::collections::{BTreeMap, BTreeSet};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A day with a master.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Choice {
    /// Number of the master.
    pub master: usize,
    /// Number of the master who comes along.
    pub second: Option<usize>,
    /// Which day.
    pub day: Day,
    /// Cost that depends on nothing else.
    pub cost: f64,
    /// Seconds of the day it takes, the way to the zone left out.
    pub seconds: i64,
}

impl Choice {
    /// All masters who go.
    pub fn masters(&self) -> impl Iterator<Item = usize> + use<> {
        std::iter::once(self.master).chain(self.second)
    }
}

/// An occurrence as the programs see it.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub choices: Vec<Choice>,
    /// Number of the zone.
    pub zone: usize,
    pub priority: f64,
    /// Why there is no choice at all.
    pub hopeless: LeftOut,
}

/// Two visits of one schedule, the first of which is due earlier.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub first: usize,
    pub second: usize,
    pub least: Day,
    /// Only for neighbours.
    pub most: Option<Day>,
}

impl Pair {
    /// Whether both may stand on these days.
    pub fn allows(&self, first: Day, second: Day) -> bool {
        second - first >= self.least && self.most.is_none_or(|most| second - first <= most)
    }
}

/// A month in dense numbers.
#[derive(Debug)]
pub(super) struct Dense<'a> {
    pub month: &'a Month,
    pub tasks: Vec<Task>,
    pub pairs: Vec<Pair>,
    /// Pairs of each task.
    pub pairs_of: Vec<Vec<usize>>,
    /// Seconds from home to the middle of a zone and back, by master and zone.
    pub trips: Vec<Vec<i64>>,
    /// Hours and overtime by master and day.
    pub hours: Vec<BTreeMap<Day, (i64, i64)>>,
    /// Seconds of the whole month by master.
    pub whole: Vec<i64>,
}

impl<'a> Dense<'a> {
    pub fn new(month: &'a Month, travel: &dyn TravelTimes) -> Self {
        let zones: BTreeSet<u32> = month.occurrences.iter().map(|o| o.zone).collect();
        let zones: Vec<u32> = zones.into_iter().collect();
        let middles: Vec<Place> = zones.iter().map(|zone| middle(month, *zone)).collect();
        let way = |a: &Place, b: &Place| travel.leg(a, b).seconds;
        let trip = |m: &MonthMaster| middles.iter().map(|z| way(&m.home, z) + way(z, &m.home)).collect();
        let mut dense = Self {
            month,
            tasks: Vec::with_capacity(month.occurrences.len()),
            pairs: pairs(month),
            pairs_of: vec![Vec::new(); month.occurrences.len()],
            trips: month.masters.iter().map(trip).collect(),
            hours: month.masters.iter().map(rested).collect(),
            whole: month.masters.iter().map(|m| m.days.iter().map(|d| d.seconds).sum()).collect(),
        };
        for (k, pair) in dense.pairs.iter().enumerate() {
            dense.pairs_of[pair.first].push(k);
            dense.pairs_of[pair.second].push(k);
        }
        let holidays: BTreeSet<Day> = month.holidays.iter().copied().collect();
        for occurrence in &month.occurrences {
            let zone = zones.binary_search(&occurrence.zone).unwrap_or(0);
            let local = way(&middles[zone], &occurrence.place);
            let task = dense.task(occurrence, zone, local, &holidays);
            dense.tasks.push(task);
        }
        dense
    }

    fn task(&self, o: &Occurrence, zone: usize, local: i64, holidays: &BTreeSet<Day>) -> Task {
        let weights = &self.month.weights;
        let fixed = o.promised.filter(|promise| promise.fixed);
        let rhythm = self.month.rhythms.iter().find(|r| r.series == o.series);
        let after = |day: Day| {
            rhythm.is_none_or(|r| r.last.is_none_or(|last| (last + r.least..=last + r.most).contains(&day)))
        };
        // Only the first of a schedule is bound by the visit before the month; pairs bind the others.
        let leads = self.month.occurrences.iter().filter(|other| other.series == o.series);
        let leads = leads.map(|other| (other.due, other.key)).min() == Some((o.due, o.key));
        let soonest = rhythm.and_then(|r| r.last.map(|last| last + r.least)).unwrap_or(Day::MIN);
        let open = |day: &Day| match fixed {
            Some(promise) => *day == promise.day,
            None => {
                let kept = if leads { after(*day) } else { *day >= soonest };
                kept && !holidays.contains(day) && o.weekdays.has(*day)
            }
        };
        let span = fixed.map_or(o.days, |promise| (promise.day, promise.day));
        let days: Vec<Day> = (span.0..=span.1).filter(open).collect();
        let mut choices = Vec::new();
        for m in self.masters_for(o, zone) {
            let master = &self.month.masters[m];
            for &day in days.iter().filter(|day| self.hours[m].contains_key(day) || fixed.is_some()) {
                let mut cost = (local + weights.beside_due * i64::from((day - o.due).abs())) as f64;
                if !o.preferred.is_empty() && !o.preferred.contains(&master.key) {
                    cost += weights.preference as f64;
                }
                if let Some(promise) = o.promised {
                    let times = if promise.told { weights.told } else { 1 };
                    let day_moved = i64::from(day != promise.day) * weights.moved_day;
                    let master_moved = i64::from(master.key != promise.master) * weights.moved_master;
                    cost += (times * (day_moved + master_moved)) as f64;
                }
                let seconds = o.seconds + local;
                let Some(seat) = &o.second else {
                    choices.push(Choice { master: m, second: None, day, cost, seconds });
                    continue;
                };
                for second in self.seconds_for(o, seat, zone).into_iter().filter(|&second| second != m) {
                    if fixed.is_none() && !self.hours[second].contains_key(&day) {
                        continue;
                    }
                    let key = self.month.masters[second].key;
                    let promise = o.promised.filter(|promise| promise.second.is_some_and(|p| p != key));
                    let times = promise.map_or(0, |promise| if promise.told { weights.told } else { 1 });
                    let cost = cost + (local + times * weights.moved_master) as f64;
                    choices.push(Choice { master: m, second: Some(second), day, cost, seconds });
                }
            }
        }
        let hopeless = if days.is_empty() { LeftOut::NoDay } else { LeftOut::NoMaster };
        Task { choices, zone, priority: o.priority as f64, hopeless }
    }

    /// The nearest masters who may do it, and those it is promised to or would rather have.
    fn masters_for(&self, o: &Occurrence, zone: usize) -> Vec<usize> {
        let masters = &self.month.masters;
        if let Some(promise) = o.promised.filter(|promise| promise.fixed) {
            return (0..masters.len()).filter(|&m| masters[m].key == promise.master).collect();
        }
        let mut able: Vec<usize> = (0..masters.len()).filter(|&m| may(o, &masters[m])).collect();
        able.sort_by_key(|&m| (self.trips[m][zone], masters[m].key));
        let wished = |m: usize| {
            let key = masters[m].key;
            o.preferred.contains(&key) || o.promised.is_some_and(|promise| promise.master == key)
        };
        let most = self.month.weights.choices.max(1);
        (0..able.len()).filter(|&k| k < most || wished(able[k])).map(|k| able[k]).collect()
    }

    /// The nearest masters who may come along, and who was to.
    fn seconds_for(&self, o: &Occurrence, seat: &SeatDraft, zone: usize) -> Vec<usize> {
        let masters = &self.month.masters;
        let promised = |m: usize| o.promised.is_some_and(|promise| promise.second == Some(masters[m].key));
        if o.promised.is_some_and(|promise| promise.fixed && promise.second.is_some()) {
            return (0..masters.len()).filter(|&m| promised(m)).collect();
        }
        let mut able: Vec<usize> = (0..masters.len()).filter(|&m| may_second(seat, &masters[m])).collect();
        able.sort_by_key(|&m| (self.trips[m][zone], masters[m].key));
        let most = self.month.weights.choices.max(1);
        (0..able.len()).filter(|&k| k < most || promised(able[k])).map(|k| able[k]).collect()
    }

    /// Hours and overtime of a master on a day; none where he does not work.
    pub fn hours(&self, master: usize, day: Day) -> (i64, i64) {
        self.hours[master].get(&day).copied().unwrap_or((0, 0))
    }
}

fn may(o: &Occurrence, master: &MonthMaster) -> bool {
    let listed = o.required.is_empty() || o.required.contains(&master.key);
    listed && skilled(&o.skills, master) && !o.excluded.contains(&master.key)
}

fn may_second(seat: &SeatDraft, master: &MonthMaster) -> bool {
    let listed = seat.required.is_empty() || seat.required.contains(&master.key);
    listed && skilled(&seat.skills, master) && !seat.excluded.contains(&master.key)
}

fn skilled(needs: &[Skill], master: &MonthMaster) -> bool {
    needs.iter().all(|need| {
        need.level == 0 || master.skills.iter().any(|s| s.skill == need.skill && s.level >= need.level)
    })
}

/// Hours and overtime of a master's days, each leaving him rest before the next.
fn rested(master: &MonthMaster) -> BTreeMap<Day, (i64, i64)> {
    let mut hours: BTreeMap<Day, (i64, i64)> =
        master.days.iter().map(|d| (d.day, (d.seconds, d.overtime))).collect();
    let Some(rest) = master.rest else { return hours };
    let shifts: BTreeMap<Day, (i64, i64)> =
        master.days.iter().filter_map(|d| Some((d.day, d.shift?))).collect();
    for (day, (_, end)) in &shifts {
        let Some((begin, closes)) = shifts.get(&(day + 1)) else { continue };
        let spare = begin + DAY - end - rest;
        if let Some((_, overtime)) = hours.get_mut(day) {
            *overtime = (*overtime).min(spare.max(0));
        }
        if let Some((seconds, _)) = hours.get_mut(&(day + 1)).filter(|_| spare < 0) {
            *seconds = (*seconds).min((closes - begin + spare).max(0));
        }
    }
    hours
}

/// The middle of the places of a zone.
fn middle(month: &Month, zone: u32) -> Place {
    let places = month.occurrences.iter().filter(|o| o.zone == zone).map(|o| o.place);
    let (mut lat, mut lon, mut count) = (0.0, 0.0, 0.0);
    for place in places {
        (lat, lon, count) = (lat + place.lat(), lon + place.lon(), count + 1.0);
    }
    Place::new(lat / count, lon / count)
}

/// Pairs of visits of one schedule that could come too near or too far.
fn pairs(month: &Month) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for rhythm in &month.rhythms {
        let of = month.occurrences.iter().enumerate().filter(|(_, o)| o.series == rhythm.series);
        let mut of: Vec<(Day, crate::key::JobKey, usize)> = of.map(|(k, o)| (o.due, o.key, k)).collect();
        of.sort_unstable();
        for i in 0..of.len() {
            for j in i + 1..of.len() {
                pairs.push(Pair {
                    first: of[i].2,
                    second: of[j].2,
                    least: rhythm.least,
                    most: (j == i + 1).then_some(rhythm.most),
                });
            }
        }
    }
    pairs
}
