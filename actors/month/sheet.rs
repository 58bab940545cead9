//! A month as screens show it: rows of masters, days with their load, occurrences, and what is wrong.

use crate::month::{
    problem::{job_key, shown},
    survey::{Asked, Survey},
};
use domain::{
    upkeep::occurrence::OccurrenceState,
    values::id::{Id, Kind},
    workforce::hours::day_of_number,
};
use serde_json::{Value, json};
use solver::{JobKey, MasterKey, Month, MonthViolation, TravelTimes, check_month, month_cost, month_loads};
use std::collections::BTreeMap;
use uuid::Uuid;

fn id<K: Kind>(key: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(key))
}
fn occurrence(key: JobKey) -> Value {
    json!(id::<domain::values::id::OccurrenceKind>(key.0))
}
fn master(key: MasterKey) -> Value {
    json!(id::<domain::values::id::MasterKind>(key.0))
}
fn day(number: solver::Day) -> Value {
    json!(day_of_number(i64::from(number)))
}
fn minutes(seconds: i64) -> i64 {
    (seconds + 30) / 60
}

/// What is wrong with a month as it stands. A person's pin is looked at as if a plan had said it.
pub(crate) fn wrong(survey: &Survey, travel: &dyn TravelTimes) -> Vec<Value> {
    let mut month: Month = survey.problem.clone();
    let pinned = survey.occurrences.iter().filter(|it| it.own && it.occurrence.is_open());
    let pinned: Vec<JobKey> = pinned.map(|it| job_key(&it.occurrence)).collect();
    for it in month.occurrences.iter_mut().filter(|it| pinned.contains(&it.key)) {
        it.promised = it.promised.map(|promise| solver::Promise { fixed: false, ..promise });
    }
    check_month(&month, &survey.stands, travel).iter().filter_map(said).collect()
}

fn said(wrong: &MonthViolation) -> Option<Value> {
    use MonthViolation as It;
    Some(match wrong {
        It::NoSuchMaster(key) => json!({"rule": "gone", "master": master(*key)}),
        It::WrongDay(key, on) => json!({"rule": "day", "occurrence": occurrence(*key), "day": day(*on)}),
        It::NotAllowed(key, whose) => {
            json!({"rule": "master", "occurrence": occurrence(*key), "master": master(*whose)})
        }
        It::Overfull(whose, on, seconds) => {
            json!({"rule": "full", "master": master(*whose), "day": day(*on), "minutes": minutes(*seconds)})
        }
        It::TooNear(a, b, days) | It::TooFar(a, b, days) => {
            json!({"rule": "rhythm", "occurrence": occurrence(*b), "other": occurrence(*a), "days": days})
        }
        It::AfterLast(key, days) => json!({"rule": "rhythm", "occurrence": occurrence(*key), "days": days}),
        It::WrongCrew(key) => json!({"rule": "crew", "occurrence": occurrence(*key)}),
        It::NoSuchOccurrence(_) | It::Repeated(_) | It::FixedMoved(_) => return None,
    })
}

/// What an occurrence breaks where it stands: by itself, and by filling a day of its masters.
pub(crate) fn broken_by(survey: &Survey, wrong: &[Value], moved: &Value) -> Vec<Value> {
    let standing = survey.occurrences.iter().find(|it| json!(it.occurrence.id) == *moved);
    let standing = standing.and_then(|it| it.standing.as_ref());
    let fills = |it: &Value| {
        standing.is_some_and(|at| {
            it["rule"] == "full"
                && it["day"] == json!(at.day)
                && at.masters.iter().any(|who| json!(who) == it["master"])
        })
    };
    let about = |it: &Value| it["occurrence"] == *moved || it["other"] == *moved || fills(it);
    wrong.iter().filter(|it| about(it)).cloned().collect()
}

/// The whole month.
pub(crate) fn sheet(survey: &Survey, travel: &dyn TravelTimes) -> Value {
    let days = shown(&survey.occurrences, survey.month);
    let loads = month_loads(&survey.problem, &survey.stands, travel);
    let hours: BTreeMap<MasterKey, BTreeMap<solver::Day, i64>> = survey
        .problem
        .masters
        .iter()
        .map(|it| (it.key, it.days.iter().map(|day| (day.day, day.seconds)).collect()))
        .collect();
    let row = |(id, name): &(domain::values::id::MasterId, String)| {
        let key = MasterKey(id.key());
        let cells = days.iter().map(|on| {
            let on = super::calendars::number(*on);
            let room = hours.get(&key).and_then(|days| days.get(&on)).copied();
            let load = loads.get(&(key, on)).copied().unwrap_or(0);
            json!({"room": room.map(minutes), "load": minutes(load)})
        });
        json!({"id": id, "name": name, "cells": cells.collect::<Vec<_>>()})
    };
    let cost = month_cost(&survey.problem, &survey.stands, travel);
    let whole = |seconds: f64| minutes(seconds as i64);
    let ready = survey.occurrences.iter().filter(|it| is_ready(it, survey)).count();
    json!({
        "month": survey.month, "today": survey.today,
        "days": days.iter().map(|on| json!({"day": on, "off": survey.holidays.contains(on)})).collect::<Vec<_>>(),
        "masters": survey.masters.iter().map(row).collect::<Vec<_>>(),
        "occurrences": survey.occurrences.iter().map(chip).collect::<Vec<_>>(),
        "wrong": wrong(survey, travel),
        "travel_min": whole(cost.travel), "ready": ready,
    })
}

/// Can it be confirmed?
pub(crate) fn is_ready(asked: &Asked, survey: &Survey) -> bool {
    let day = asked.standing.as_ref().map(|it| it.day);
    asked.own
        && asked.occurrence.state == OccurrenceState::Proposed
        && day.is_some_and(|day| day >= survey.today)
}

fn chip(asked: &Asked) -> Value {
    let (it, card) = (&asked.occurrence, &asked.card);
    let standing = asked.standing.as_ref();
    json!({
        "id": it.id, "rev": it.ver, "schedule": it.schedule, "own": asked.own, "state": it.state,
        "title": card.title, "client": asked.client, "client_name": asked.client_name, "address": asked.address,
        "zone": asked.zone, "agreement": asked.agreement_no, "minutes": card.minutes, "needs": card.masters,
        "skills": card.skills, "due": it.days.due, "first": it.days.first, "last": it.days.last,
        "day": standing.map(|it| it.day), "masters": standing.map(|it| it.masters.clone()).unwrap_or_default(),
        "pinned": it.is_pinned(), "reason": it.reason, "visit": asked.visit.map(|(id, _)| id),
        "no": asked.visit.map(|(_, no)| no),
    })
}
