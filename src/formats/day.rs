//! Our own format: a day of masters and jobs as JSON, times as `HH:MM`, skills by name.
//!
//! ```json
//! { "name": "Tuesday",
//!   "masters": [ { "name": "Orlov", "home": [58.01, 56.25], "shift": ["09:00", "18:00"],
//!                  "overtime_minutes": 60, "skills": { "fridge": 2 } } ],
//!   "jobs": [ { "name": "R-17", "place": [58.02, 56.20], "minutes": 45, "windows": [["10:00", "12:00"]],
//!               "skills": { "fridge": 1 }, "preferred": ["Orlov"] } ] }
//! ```
//!
//! A master's `"rest": { "minutes": 660, "yesterday_end": "22:30", "tomorrow_start": "08:00" }` is the least rest between
//! two days, by the clock of the days on either side; it stands above overtime. `"spell": { "minutes": 240, "break_minutes": 15 }` is how long he may be at work
//! without a break. `"person": "Orlov"` tells who a master is on his other days, where one file holds several.
//!
//! A job that needs more masters at the same time names what each further one needs, `"seats": [ {}, { "skills": {
//! "hvac": 1 } } ]`, three at most. One that follows another says so: `"after": { "job": "R-17", "least_minutes": 60,
//! "most_minutes": 2880, "same_master": true }`; the most may be left out.
//!
//! A moment past midnight is written on: `25:30`. Everything but names and places may be left out.

use crate::{
    linked::{AfterRow, MOST_SEATS, SeatRow, in_order, seat, seat_name},
    problem::{Names, Problem, Unit},
    text::FormatError,
};
use serde::{Deserialize, Deserializer, de};
use solver::{GreatCircle, Job, JobKey, Master, MasterKey, Params, Pin, Place, Rest, Skill, Spell};
use std::{collections::BTreeMap, sync::Arc};

/// Seconds of a day.
const DAY: i64 = 24 * 3600;

/// Seconds of a day by `HH:MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment(i64);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let parsed = text.split_once(':').and_then(|(hours, minutes)| {
            let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
            ((0..=96).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 3600 + minutes * 60)
        });
        let wrong = || de::Error::custom(format!("moment `{text}`, expected `HH:MM`, such as `09:30`"));
        parsed.map(Self).ok_or_else(wrong)
    }
}

/// Two moments in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span(i64, i64);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (Moment(start), Moment(end)) = Deserialize::deserialize(from)?;
        if end < start {
            let told = "a span that ends before it begins, expected `[\"09:00\", \"18:00\"]`";
            return Err(de::Error::custom(told));
        }
        Ok(Self(start, end))
    }
}

/// Latitude and longitude.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Degrees(Place);

impl<'de> Deserialize<'de> for Degrees {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (lat, lon): (f64, f64) = Deserialize::deserialize(from)?;
        if lat.abs() <= 90.0 && lon.abs() <= 180.0 {
            return Ok(Self(Place::new(lat, lon)));
        }
        let told = format!("place `[{lat}, {lon}]`, expected degrees of latitude and longitude");
        Err(de::Error::custom(told))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MasterRow {
    name: String,
    home: Degrees,
    #[serde(default = "usual_shift")]
    shift: Span,
    #[serde(default)]
    overtime_minutes: u32,
    #[serde(default)]
    skills: BTreeMap<String, u8>,
    rest: Option<RestRow>,
    spell: Option<SpellRow>,
    person: Option<String>,
}

/// How long a master may be at work without a break.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpellRow {
    minutes: std::num::NonZeroU16,
    break_minutes: std::num::NonZeroU16,
}

/// The least rest between two days, with the ends of those on either side as the clock shows them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RestRow {
    minutes: u32,
    yesterday_end: Option<Moment>,
    tomorrow_start: Option<Moment>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PinRow {
    master: String,
    start: Option<Moment>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct JobRow {
    name: String,
    place: Degrees,
    #[serde(default = "usual_minutes")]
    minutes: u32,
    #[serde(default)]
    windows: Vec<Span>,
    #[serde(default)]
    skills: BTreeMap<String, u8>,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    preferred: Vec<String>,
    #[serde(default)]
    excluded: Vec<String>,
    #[serde(default = "usual_priority")]
    priority: u32,
    due: Option<Moment>,
    pinned: Option<PinRow>,
    #[serde(default)]
    seats: Vec<SeatRow>,
    after: Option<AfterRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DayRow {
    name: Option<String>,
    masters: Vec<MasterRow>,
    jobs: Vec<JobRow>,
    /// Travel times as the crow flies; see [`GreatCircle`].
    travel: Option<GreatCircle>,
}

fn usual_shift() -> Span {
    Span(9 * 3600, 18 * 3600)
}
fn usual_minutes() -> u32 {
    60
}
fn usual_priority() -> u32 {
    40_000
}

/// Reads a day.
///
/// # Errors
/// JSON that is not a day, told by line; a name used twice, or of nobody.
pub fn read(text: &str, name: &str) -> Result<Problem, FormatError> {
    let row: DayRow = serde_json::from_str(text).map_err(|error| {
        let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default().trim();
        let shown: String = line.chars().take(60).collect();
        let said = error.to_string();
        let said = said.split(" at line ").next().unwrap_or_default().to_owned();
        FormatError::new(error.line(), shown, format!("a day of masters and jobs: {said}"))
    })?;
    let mut reading = Reading { text, names: Names::default(), skills: BTreeMap::new() };
    let masters = reading.masters(row.masters)?;
    let jobs = reading.jobs(row.jobs)?;
    let Reading { mut names, skills, .. } = reading;
    names.skills = skills.into_iter().map(|(name, number)| (number, name)).collect();
    let travel = row.travel.unwrap_or_default();
    // A day in a file has no present: nothing of it is about to begin.
    let params = Params { freeze: i64::MIN / 4, travel, ..Params::default() };
    Ok(Problem {
        name: row.name.unwrap_or_else(|| name.to_owned()),
        masters,
        jobs,
        params,
        travel: Arc::new(travel),
        unit: Unit::Seconds,
        names,
    })
}

/// A day being read.
struct Reading<'a> {
    text: &'a str,
    names: Names,
    skills: BTreeMap<String, u16>,
}

impl Reading<'_> {
    fn wrong(&self, name: &str, expected: &str) -> FormatError {
        let quoted = format!("\"{name}\"");
        let line = self.text.lines().position(|line| line.contains(&quoted)).map_or(1, |k| k + 1);
        FormatError::new(line, name, expected)
    }

    fn skills(&mut self, named: &BTreeMap<String, u8>) -> Vec<Skill> {
        let mut number = |skill: &str| {
            let next = self.skills.len() as u16;
            *self.skills.entry(skill.to_owned()).or_insert(next)
        };
        named.iter().map(|(name, level)| Skill { skill: number(name), level: *level }).collect()
    }

    fn masters(&mut self, rows: Vec<MasterRow>) -> Result<Vec<Master>, FormatError> {
        let mut masters = Vec::with_capacity(rows.len());
        let mut persons: BTreeMap<String, MasterKey> = BTreeMap::new();
        for (key, row) in (1..).zip(rows) {
            if self.names.masters.values().any(|name| *name == row.name) {
                return Err(self.wrong(&row.name, "a master's name not used before"));
            }
            let mut master = Master::new(MasterKey(key), row.home.0, (row.shift.0, row.shift.1));
            master.overtime = i64::from(row.overtime_minutes) * 60;
            master.rest = row.rest.map(|rest| Rest {
                seconds: i64::from(rest.minutes) * 60,
                since: rest.yesterday_end.map(|end| end.0 - DAY),
                until: rest.tomorrow_start.map(|start| start.0 + DAY),
            });
            master.spell = row.spell.map(|spell| Spell {
                most: i64::from(spell.minutes.get()) * 60,
                rest: i64::from(spell.break_minutes.get()) * 60,
            });
            // A person is the first of his days, which may bear his name.
            master.person = row.person.map(|person| *persons.entry(person).or_insert(master.key));
            persons.entry(row.name.clone()).or_insert(master.key);
            master.skills = self.skills(&row.skills);
            self.names.masters.insert(master.key, row.name);
            masters.push(master);
        }
        Ok(masters)
    }

    fn master(&self, name: &str) -> Result<MasterKey, FormatError> {
        let known = self.names.masters.iter().find(|(_, known)| *known == name).map(|(key, _)| *key);
        known.ok_or_else(|| self.wrong(name, "the name of one of the masters"))
    }

    fn all(&self, names: &[String]) -> Result<Vec<MasterKey>, FormatError> {
        names.iter().map(|name| self.master(name)).collect()
    }

    fn jobs(&mut self, rows: Vec<JobRow>) -> Result<Vec<Job>, FormatError> {
        for (key, row) in (1..).zip(&rows) {
            if self.names.jobs.values().any(|name| *name == row.name) {
                return Err(self.wrong(&row.name, "a job's name not used before"));
            }
            self.names.jobs.insert(JobKey(key), row.name.clone());
        }
        let keys: BTreeMap<String, JobKey> =
            self.names.jobs.iter().map(|(key, name)| (name.clone(), *key)).collect();
        let mut further = rows.len() as u128;
        let mut jobs = Vec::with_capacity(rows.len());
        for (key, row) in (1..).zip(rows) {
            let job = self.job(JobKey(key), &row, &keys)?;
            if row.seats.len() >= MOST_SEATS {
                return Err(self.wrong(&row.name, "at most `3` seats beside the first"));
            }
            for (number, needs) in (2..).zip(&row.seats) {
                further += 1;
                let mut seat = seat(&job, JobKey(further));
                seat.skills = self.skills(&needs.skills);
                (seat.required, seat.excluded) = (self.all(&needs.required)?, self.all(&needs.excluded)?);
                self.names.jobs.insert(seat.key, seat_name(&row.name, number));
                jobs.push(seat);
            }
            jobs.push(job);
        }
        in_order(jobs, &self.names)
            .map_err(|name| self.wrong(&name, "a chain that does not lead back to itself"))
    }

    fn job(
        &mut self,
        key: JobKey,
        row: &JobRow,
        keys: &BTreeMap<String, JobKey>,
    ) -> Result<Job, FormatError> {
        let mut job = Job::new(key, row.place.0);
        job.service = i64::from(row.minutes) * 60;
        job.windows = row.windows.iter().map(|span| (span.0, span.1)).collect();
        job.skills = self.skills(&row.skills);
        (job.required, job.preferred, job.excluded) =
            (self.all(&row.required)?, self.all(&row.preferred)?, self.all(&row.excluded)?);
        job.priority = row.priority.into();
        job.due = row.due.map(|due| due.0);
        job.lateness_permille = if job.due.is_some() { 1000 } else { 0 };
        if let Some(pin) = &row.pinned {
            job.pinned =
                Some(Pin { master: self.master(&pin.master)?, start: pin.start.map(|start| start.0) });
        }
        if let Some(after) = &row.after {
            let before = keys.get(&after.job);
            let before = *before.ok_or_else(|| self.wrong(&after.job, "the name of one of the jobs"))?;
            let link = after.link(before);
            let expected = "`most_minutes` not below `least_minutes`";
            job.after = Some(link.ok_or_else(|| self.wrong(&row.name, expected))?);
        }
        Ok(job)
    }
}
