//! A master's mind: from rows to the next act. Pure: the clock is an argument, draws come from [`Fate`].

use crate::{
    fate::{BREAKDOWN, DayFate, Fate},
    masters::{bill, paper, trip::Trip},
    scene::{MasterRow, VisitRow},
};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What a master sees.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// The master.
    pub me: MasterRow,
    /// Their visits.
    pub visits: Vec<VisitRow>,
}

/// What a master does next.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Gives a command.
    Give {
        /// `visit.accept`.
        name: &'static str,
        /// Arguments.
        args: Value,
    },
    /// Is on the road, here.
    Drive {
        /// Degrees north.
        lat: f64,
        /// Degrees east.
        lon: f64,
    },
    /// Nothing, until this millisecond or until a row changes.
    Rest(i64),
}

/// What a master remembers.
#[derive(Debug, Clone)]
pub struct Mind {
    seed: u64,
    /// Whose mind it is.
    who: String,
    /// City milliseconds in which rows may still be older than our last command.
    settle: i64,
    since: HashMap<String, (String, i64)>,
    held: HashMap<String, i64>,
    trip: Option<Trip>,
    back_at: Option<i64>,
    broke: BTreeSet<i64>,
    settled: BTreeSet<String>,
}

impl Mind {
    /// A fresh mind; `lapse` tells how much city time a command's echo takes.
    pub fn new(seed: u64, lapse: f64) -> Self {
        Self {
            seed,
            who: String::new(),
            settle: (2_500.0 * lapse) as i64,
            since: HashMap::new(),
            held: HashMap::new(),
            trip: None,
            back_at: None,
            broke: BTreeSet::new(),
            settled: BTreeSet::new(),
        }
    }

    /// The next act.
    pub fn decide(&mut self, scene: &Scene, now: i64) -> Act {
        self.notice(scene, now);
        let later = Act::Rest(now + MINUTE);
        if !scene.me.robot {
            return later;
        }
        let day = Day::of(&scene.me, now);
        let act = match scene.me.state.as_str() {
            "unavailable" => self.recover(&scene.me, &day, now),
            "off_shift" => self.come_to_work(scene, &day, now),
            _ => self.answer(scene, &day, now).or_else(|| self.work(scene, now)).or_else(|| {
                self.break_off(scene, &day, now)
                    .or_else(|| self.pay(scene, now))
                    .or_else(|| self.move_on(scene, &day, now))
            }),
        };
        act.unwrap_or(later)
    }

    /// The server said yes to an act.
    pub fn done(&mut self, act: &Act, now: i64) {
        let Act::Give { name, args } = act else { return };
        self.hold(name, args, now + self.settle);
        if *name == "visit.pay" {
            self.settled.extend(args["visit"].as_str().map(str::to_owned));
        }
    }

    /// The server said no to an act; it is tried again later, when rows may be other.
    pub fn refused(&mut self, act: &Act, now: i64) {
        let Act::Give { name, args } = act else { return };
        self.hold(name, args, now + (8 * self.settle).max(5 * MINUTE));
    }

    fn hold(&mut self, name: &str, args: &Value, until: i64) {
        let visit = args["visit"].as_str().unwrap_or_default();
        self.held.insert(format!("{name} {visit}"), until);
    }

    /// A command, unless it was given a moment ago.
    fn give(&self, name: &'static str, args: Value, now: i64) -> Option<Act> {
        let key = format!("{name} {}", args["visit"].as_str().unwrap_or_default());
        let held = self.held.get(&key).is_some_and(|until| now < *until);
        (!held).then_some(Act::Give { name, args })
    }

    fn notice(&mut self, scene: &Scene, now: i64) {
        self.who.clone_from(&scene.me.id);
        for visit in &scene.visits {
            let known = self.since.get(&visit.id).is_some_and(|(state, _)| *state == visit.state);
            if !known {
                self.since.insert(visit.id.clone(), (visit.state.clone(), now));
            }
        }
        self.since.retain(|id, _| scene.visits.iter().any(|v| v.id == *id));
        self.held.retain(|_, until| now < *until);
        if scene.me.state != "unavailable" {
            self.back_at = None;
        }
    }

    /// Milliseconds for which a visit has been as it is.
    fn lasted(&self, visit: &VisitRow, now: i64) -> i64 {
        self.since.get(&visit.id).map_or(0, |(_, since)| now - since)
    }

    /// What becomes of a visit in these hands; what one declines another may take.
    fn fate(&self, visit: &VisitRow) -> Fate {
        Fate::of(self.seed, &format!("{} {}", self.who, visit.id), &visit.kind, visit.minutes)
    }

    /// Ill until the next morning, without a van for three hours; then able again.
    fn recover(&mut self, me: &MasterRow, day: &Day, now: i64) -> Option<Act> {
        let next_morning = if now < day.from - HOUR / 2 { day.from } else { day.from + DAY } - HOUR / 2;
        let back_at = *self.back_at.get_or_insert(next_morning);
        if now < back_at {
            return Some(Act::Rest(back_at.min(now + 10 * MINUTE)));
        }
        self.give("master.available", json!({"master": me.id}), now)
    }

    fn come_to_work(&mut self, scene: &Scene, day: &Day, now: i64) -> Option<Act> {
        let late = DayFate::of(self.seed, &scene.me.id, day.number).late_min;
        let from = day.from + (late * MINUTE as f64) as i64;
        if (from..day.to - HOUR / 2).contains(&now) {
            return self.give("shift.start", json!({}), now);
        }
        self.answer(scene, day, now)
    }

    /// Looks at what was offered, and answers.
    fn answer(&mut self, scene: &Scene, day: &Day, now: i64) -> Option<Act> {
        if !(day.from - HOUR..day.to).contains(&now) {
            return None;
        }
        scene.visits.iter().filter(|v| v.state == "dispatched").find_map(|visit| {
            let (fate, lasted) = (self.fate(visit), self.lasted(visit, now) as f64 / 1_000.0);
            let args = json!({"visit": visit.id});
            match (visit.seen, fate.declines) {
                (false, _) if lasted >= fate.look_s => self.give("visit.seen", args, now),
                (true, Some(reason)) if lasted >= fate.look_s + fate.answer_s => {
                    self.give("visit.decline", json!({"visit": visit.id, "reason": reason}), now)
                }
                (true, None) if lasted >= fate.look_s + fate.answer_s => self.give("visit.accept", args, now),
                _ => None,
            }
        })
    }

    /// Goes on with what is started.
    fn work(&mut self, scene: &Scene, now: i64) -> Option<Act> {
        let visit = scene.visits.iter().find(|v| v.is_started())?;
        let (fate, lasted) = (self.fate(visit), self.lasted(visit, now) as f64 / MINUTE as f64);
        let args = json!({"visit": visit.id});
        let rest = Act::Rest(now + MINUTE / 2);
        let act = match visit.state.as_str() {
            "en_route" => return Some(self.drive(scene, visit, &fate, now)),
            "on_site" if fate.no_access && lasted >= crate::numbers::DOOR_WAIT_MIN => {
                self.give("visit.complete", bill::of(visit, &fate, self.seed), now)
            }
            "on_site" if !fate.no_access && lasted * 60.0 >= fate.door_s => {
                self.give("visit.begin", args, now)
            }
            "paused" => self.give("visit.begin", args, now),
            "working" if fate.outcome == "fixed" && paper::next(visit).is_some() => {
                paper::next(visit).and_then(|(name, args)| self.give(name, args, now))
            }
            "working" if lasted >= fate.work_min => {
                self.give("visit.complete", bill::of(visit, &fate, self.seed), now)
            }
            _ => None,
        };
        Some(act.unwrap_or(rest))
    }

    fn drive(&mut self, scene: &Scene, visit: &VisitRow, fate: &Fate, now: i64) -> Act {
        if self.trip.as_ref().is_none_or(|trip| trip.visit != visit.id) {
            let from = scene.me.pos.unwrap_or(scene.me.home).into();
            self.trip = Some(Trip::new(visit, from, fate.way, now));
        }
        let Some(trip) = self.trip.as_ref() else { return Act::Rest(now + MINUTE) };
        let at = trip.at(now);
        if now >= trip.arrives {
            let arrive = self.give("visit.arrive", json!({"visit": visit.id}), now);
            return arrive.unwrap_or(Act::Rest(now + MINUTE / 2));
        }
        Act::Drive { lat: at.lat, lon: at.lon }
    }

    /// Falls ill or stands by a broken van, when the day has it so and nothing is started.
    fn break_off(&mut self, scene: &Scene, day: &Day, now: i64) -> Option<Act> {
        let (share, reason) = DayFate::of(self.seed, &scene.me.id, day.number).breaks_off?;
        let at = day.from + (share * (day.to - day.from) as f64) as i64;
        if !(at..at + 2 * HOUR).contains(&now) || self.broke.contains(&day.number) {
            return None;
        }
        let act = self.give("master.unavailable", json!({"master": scene.me.id, "reason": reason}), now)?;
        self.broke.insert(day.number);
        self.back_at = (reason == BREAKDOWN).then_some(now + 3 * HOUR);
        Some(act)
    }

    /// Takes the money for what is done and not paid.
    fn pay(&mut self, scene: &Scene, now: i64) -> Option<Act> {
        scene.visits.iter().filter(|v| !self.settled.contains(&v.id)).find_map(|visit| {
            let sum = visit.owed()?;
            if self.lasted(visit, now) < MINUTE {
                return None;
            }
            self.give(
                "visit.pay",
                json!({"visit": visit.id, "tender": self.fate(visit).tender, "sum": sum}),
                now,
            )
        })
    }

    /// Sets off to the next visit, or goes home.
    fn move_on(&mut self, scene: &Scene, day: &Day, now: i64) -> Option<Act> {
        if !matches!(scene.me.state.as_str(), "available" | "break") {
            return None;
        }
        let accepted = scene.visits.iter().filter(|v| v.state == "accepted");
        let next = accepted.filter_map(|v| Some((v.start?, v))).min_by_key(|(start, _)| *start);
        let home_time = now >= day.to;
        match next {
            Some((start, visit)) if !home_time || start < day.to => {
                let travel = visit.travel_min.unwrap_or(20.0).max(2.0);
                let leave = start + ((self.fate(visit).late_min - travel - 2.0) * MINUTE as f64) as i64;
                if now >= leave {
                    return self.give("visit.depart", json!({"visit": visit.id}), now);
                }
                Some(Act::Rest(leave.min(now + MINUTE)))
            }
            _ if home_time => self.give("shift.end", json!({}), now),
            _ => None,
        }
    }
}

/// The working day that an instant belongs to: the shift's hours, repeated every day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Day {
    number: i64,
    from: i64,
    to: i64,
}

impl Day {
    /// A night belongs to the day before it until two hours before the morning.
    fn of(me: &MasterRow, now: i64) -> Self {
        let passed = (now - me.shift.from + 2 * HOUR).div_euclid(DAY);
        let from = me.shift.from + passed * DAY;
        Self { number: from.div_euclid(DAY), from, to: from + (me.shift.to - me.shift.from) }
    }
}

#[cfg(test)]
mod tests;
