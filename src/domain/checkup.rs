//! What is set up so that work will not get done: found before a client waits for it. A firm whose settings are
//! quietly wrong is planned quietly wrong.

use crate::{
    access::{Role, User},
    calls::{call_plan::CallPlan, operator::Operator},
    clients::point::ServicePoint,
    equipment::EquipmentUnit,
    hooks::hook::{Hook, WhyOff},
    values::place::Place,
    visits::visit::{Visit, VisitState},
    workforce::master::Master,
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A permit that ends within so many days is told of.
const PERMIT_DAYS: i64 = 14;
/// A shift shorter than so many minutes is no day's work.
const SHORT_SHIFT_MINUTES: i64 = 60;
/// A point farther than so many degrees from the middle of all points was put there by mistake.
const FAR_DEGREES: f64 = 3.0;
/// Names that one finding lists.
const NAMED: usize = 8;

/// How much a finding hurts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Some work cannot be done at all.
    Error,
    /// It will go wrong on a bad day.
    Warning,
}

/// One thing to put right. `rule` has its words in the dictionaries of the screens; `values` fill their holes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Machine name, kebab-case: `skill-nobody`.
    pub rule: &'static str,
    /// How much it hurts.
    pub weight: Weight,
    /// What the words need: names, numbers.
    pub values: Map<String, Value>,
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Setup<'a> {
    /// Who goes to clients.
    pub masters: &'a [Master],
    /// Where.
    pub points: &'a [&'a ServicePoint],
    /// What stands there.
    pub units: &'a [&'a EquipmentUnit],
    /// Who answers calls.
    pub operators: &'a [Operator],
    /// Who may come in.
    pub users: &'a [&'a User],
    /// Visits that are not over.
    pub visits: &'a [&'a Visit],
    /// Which number leads to which queue.
    pub plan: &'a CallPlan,
    /// Prompts that are named by menus and notices, and that nobody has recorded.
    pub missing_prompts: &'a [String],
    /// Are talks recorded?
    pub records: bool,
    /// The instant of the look.
    pub now: Timestamp,
}

/// Looks at everything; the worst first.
pub fn findings(setup: &Setup<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    skills(setup, &mut found);
    masters(setup, &mut found);
    points(setup, &mut found);
    users(setup, &mut found);
    visits(setup, &mut found);
    queues(setup, &mut found);
    found.sort_by_key(|finding| finding.weight);
    found
}

/// Links to other programmes that do not get through: those that were turned off for it, and those that fail now.
pub fn of_hooks(hooks: &[Hook]) -> Vec<Finding> {
    let mut found = Vec::new();
    for hook in hooks {
        let said = hook.log.back().map(|it| match it.status {
            Some(status) => status.to_string(),
            None => it.said.clone(),
        });
        let values = json!({"url": hook.url, "said": said.unwrap_or_default()});
        match (hook.off, hook.trouble) {
            (Some(WhyOff::Failing | WhyOff::Gone), _) => say(&mut found, Weight::Error, "hook-off", values),
            (None, Some(_)) => say(&mut found, Weight::Warning, "hook-failing", values),
            _ => {}
        }
    }
    found
}

fn say(found: &mut Vec<Finding>, weight: Weight, rule: &'static str, values: Value) {
    let values = values.as_object().cloned().unwrap_or_default();
    found.push(Finding { rule, weight, values });
}

/// The first names, and how many there are in all.
fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<(String, usize)> {
    let all: Vec<&str> = names.into_iter().collect();
    let more = if all.len() > NAMED { ", …" } else { "" };
    (!all.is_empty()).then(|| (all[..all.len().min(NAMED)].join(", ") + more, all.len()))
}

/// Units ask for skills that nobody has, or only one has.
fn skills(setup: &Setup<'_>, found: &mut Vec<Finding>) {
    let mut asked: BTreeMap<(&str, u8), usize> = BTreeMap::new();
    for unit in setup.units {
        *asked.entry((unit.skill.as_str(), unit.level)).or_default() += 1;
    }
    for ((skill, level), units) in asked {
        let need = [(skill.to_owned(), level)];
        let able: Vec<&Master> = setup.masters.iter().filter(|m| m.can(&need, setup.now)).collect();
        let values =
            json!({"skill": skill, "level": level, "n": units, "who": able.first().map(|m| m.name.as_str())});
        match able.len() {
            0 => say(found, Weight::Error, "skill-nobody", values),
            1 if setup.masters.len() > 1 => say(found, Weight::Warning, "skill-one", values),
            _ => {}
        }
    }
}

fn masters(setup: &Setup<'_>, found: &mut Vec<Finding>) {
    for master in setup.masters {
        let who = master.name.as_str();
        if master.skills.is_empty() {
            say(found, Weight::Error, "master-no-skill", json!({"who": who}));
        }
        let minutes = master.shift.to.duration_since(master.shift.from).as_mins();
        if minutes < SHORT_SHIFT_MINUTES {
            say(found, Weight::Error, "master-no-shift", json!({"who": who, "min": minutes}));
        }
        for skill in &master.skills {
            let Some(till) = skill.valid_till else { continue };
            let values = json!({"who": who, "skill": skill.code, "at": till.as_millisecond()});
            if till <= setup.now {
                say(found, Weight::Error, "permit-over", values);
            } else if till.duration_since(setup.now) < SignedDuration::from_hours(24 * PERMIT_DAYS) {
                say(found, Weight::Warning, "permit-ends", values);
            }
        }
    }
}

fn points(setup: &Setup<'_>, found: &mut Vec<Finding>) {
    let unzoned = setup.points.iter().filter(|p| p.zone.trim().is_empty()).map(|p| p.address.as_str());
    if let Some((names, n)) = named(unzoned) {
        say(found, Weight::Warning, "point-no-zone", json!({"names": names, "n": n}));
    }
    let Some(middle) = middle(setup.points) else { return };
    let far = |p: &&&ServicePoint| {
        (p.place.lat - middle.lat).abs() > FAR_DEGREES || (p.place.lon - middle.lon).abs() > 2.0 * FAR_DEGREES
    };
    if let Some((names, n)) = named(setup.points.iter().filter(far).map(|p| p.address.as_str())) {
        say(found, Weight::Warning, "point-far", json!({"names": names, "n": n}));
    }
}

/// The median place: one far point does not move it.
fn middle(points: &[&ServicePoint]) -> Option<Place> {
    let median = |of: fn(&Place) -> f64| {
        let mut all: Vec<f64> = points.iter().map(|p| of(&p.place)).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied()
    };
    Some(Place { lat: median(|p| p.lat)?, lon: median(|p| p.lon)? })
}

fn users(setup: &Setup<'_>, found: &mut Vec<Finding>) {
    for role in [Role::Dispatcher, Role::Operator, Role::Admin] {
        if !setup.users.iter().any(|user| user.role == role) {
            say(found, Weight::Error, "role-nobody", json!({"role": role}));
        }
    }
    let known: BTreeSet<_> = setup.masters.iter().map(|m| m.id).collect();
    let seats: BTreeSet<_> = setup.operators.iter().map(|o| o.id).collect();
    for user in setup.users {
        let lost = match user.role {
            Role::Master => user.master.is_none_or(|id| !known.contains(&id)),
            Role::Operator => user.operator.is_none_or(|id| !seats.contains(&id)),
            _ => false,
        };
        if lost {
            say(found, Weight::Error, "user-no-seat", json!({"who": user.login, "role": user.role}));
        }
    }
    let logins: BTreeSet<_> = setup.users.iter().filter_map(|user| user.master).collect();
    let without = setup.masters.iter().filter(|m| !logins.contains(&m.id)).map(|m| m.name.as_str());
    if let Some((names, n)) = named(without) {
        say(found, Weight::Warning, "master-no-login", json!({"names": names, "n": n}));
    }
}

/// Visits that wait for a master whom the firm does not have.
fn visits(setup: &Setup<'_>, found: &mut Vec<Finding>) {
    for visit in setup.visits.iter().filter(|v| v.state == VisitState::Unplanned) {
        let able = setup.masters.iter().filter(|m| m.can(&visit.skills, setup.now));
        let (mut all, mut left) = (0, 0);
        for master in able {
            all += 1;
            left += usize::from(!visit.refused_by.contains(&master.id));
        }
        let needs: Vec<String> = visit.skills.iter().map(|(code, level)| format!("{code} {level}")).collect();
        let values = json!({"no": visit.no, "needs": needs.join(", "), "n": all});
        if all == 0 {
            say(found, Weight::Error, "visit-nobody", values);
        } else if left == 0 {
            say(found, Weight::Error, "visit-refused", values);
        }
    }
}

fn queues(setup: &Setup<'_>, found: &mut Vec<Finding>) {
    let open = setup.plan.queues.iter().position(|queue| queue.dids.is_empty());
    for (place, queue) in setup.plan.queues.iter().enumerate() {
        let able = setup.operators.iter().filter(|operator| {
            queue
                .needs
                .iter()
                .filter(|need| need.relax_seconds.is_none())
                .all(|need| operator.skills.iter().any(|s| s.code == need.skill && s.level >= need.level))
        });
        let values = json!({"queue": queue.name});
        if able.count() == 0 {
            say(found, Weight::Error, "queue-nobody", values.clone());
        }
        if queue.dids.is_empty() && open.is_some_and(|first| first < place) {
            say(found, Weight::Warning, "queue-no-number", values.clone());
        }
        if setup.records && queue.reception.notice.is_none() {
            say(found, Weight::Warning, "queue-no-notice", values);
        }
    }
    if let Some((names, n)) = named(setup.missing_prompts.iter().map(String::as_str)) {
        say(found, Weight::Error, "prompt-missing", json!({"names": names, "n": n}));
    }
}
