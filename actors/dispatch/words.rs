//! The solver's numbers in a dispatcher's words, Russian first.

use crate::dispatch::planning::Planner;
use domain::{
    book::Book,
    values::id::{MasterId, VisitId},
};
use serde_json::{Value, json};
use solver::{Cost, Explanation, MasterKey, Outcome, Placement, Rule};

fn minutes(seconds: i64) -> i64 {
    (seconds + seconds.signum() * 30) / 60
}

/// A master's name.
pub fn name(book: &Book, master: Option<MasterId>) -> &str {
    master.and_then(|id| book.masters.get(&id)).map_or("—", |m| m.name.as_str())
}

/// The parts of a cost that are not nothing.
pub fn parts(cost: &Cost) -> Vec<Value> {
    let all = [
        ("travel", cost.travel),
        ("wait", cost.wait),
        ("overtime", cost.overtime),
        ("lateness", cost.lateness),
        ("preference", cost.preference),
        ("zone", cost.zone),
        ("stability", cost.stability),
    ];
    all.into_iter()
        .filter(|(_, seconds)| *seconds != 0)
        .map(|(rule, seconds)| json!({"rule": rule, "seconds": seconds}))
        .collect()
}

/// A broken rule in words, with the smallest relaxation.
pub fn rule(rule: &Rule, planner: &Planner, book: &Book) -> (String, String, Option<String>) {
    let up = |seconds: &i64| (seconds + 59) / 60;
    let relax = |what: &str, by: &i64| Some(format!("{what} +{} мин", up(by)));
    let (code, text, relaxed) = match rule {
        Rule::Started => ("started", "работа уже начата другим мастером".to_owned(), None),
        Rule::Pinned { to } => (
            "pinned",
            format!("закреплено за: {}", name(book, planner.master_of(*to))),
            Some("снять закрепление".into()),
        ),
        Rule::Excluded => ("excluded", "мастер отказался или исключён для этой точки".into(), None),
        Rule::NotRequired => ("required", "по соглашению ездит другой мастер".into(), None),
        Rule::Skill { skill, have, need } => {
            let skill = planner.skill_name(*skill);
            let text = if *have == 0 {
                format!("нет навыка {skill}")
            } else {
                format!("навык {skill}: уровень {have}, нужен {need}")
            };
            ("skill", text, Some(format!("{skill} уровня {need}")))
        }
        Rule::Window { by } => ("window", format!("не успевает в окно на {} мин", up(by)), relax("окно", by)),
        Rule::Shift { by } => {
            ("shift", format!("смена кончается раньше на {} мин", up(by)), relax("смена", by))
        }
        Rule::Off { by } => ("off", "мастера в это время нет".into(), relax("смена", by)),
        Rule::Following { job, by } => {
            let visit = VisitId::from_uuid(uuid::Uuid::from_u128(job.0));
            let no = book.visits.get(&visit).map_or(0, |v| v.no);
            (
                "following",
                format!("сорвёт окно следующего выезда № {no} на {} мин", up(by)),
                relax("окно следующего", by),
            )
        }
        Rule::Part { part, have, need } => (
            "part",
            format!("запчасть {part}: в машине {have}, нужно {need}"),
            Some(format!("запчасть {part}: ещё {}", need.saturating_sub(*have))),
        ),
        Rule::Tool { tool } => ("tool", format!("нет инструмента {tool}"), Some(format!("инструмент {tool}"))),
        Rule::Pause => ("pause", "не остаётся времени на перерыв мастера".into(), Some("перенести перерыв".into())),
        Rule::Frozen => ("frozen", "раньше уже начатой работы".into(), None),
    };
    (code.to_owned(), text, relaxed)
}

/// A verdict as the drag preview shows it.
pub fn verdict(outcome: &Outcome, planner: &Planner, book: &Book, visit_minutes: u32) -> Value {
    match outcome {
        Outcome::Fits(p) => json!({
            "ok": true, "extra_min": minutes(p.extra_seconds), "broken": [], "start": p.start * 1000,
            "end": (p.start + i64::from(visit_minutes) * 60) * 1000, "displaces": [],
        }),
        Outcome::Breaks(broken) => {
            let (code, text, _) = rule(broken, planner, book);
            json!({"ok": false, "extra_min": 0, "broken": [{"rule": code, "text": text}], "start": null, "end": null, "displaces": []})
        }
    }
}

/// Why this master, who would be next, who cannot.
pub fn explanation(found: &Explanation, planner: &Planner, book: &Book) -> Value {
    let who = |key: MasterKey| planner.master_of(key);
    let mut others: Vec<Value> = found
        .alternatives
        .iter()
        .take(5)
        .map(|a| {
            json!({
                "master": who(a.placement.master), "master_name": name(book, who(a.placement.master)),
                "extra_min": minutes(a.placement.extra_seconds), "difference_min": minutes(a.difference),
            })
        })
        .collect();
    others.extend(found.rejected.iter().take(8).map(|(master, broken)| {
        let (code, text, relax) = rule(broken, planner, book);
        json!({"master": who(*master), "master_name": name(book, who(*master)), "rule": code, "text": text, "relax": relax})
    }));
    let chosen = found.chosen.as_ref();
    json!({
        "master": chosen.and_then(|p| who(p.master)), "start": chosen.map(|p| p.start * 1000),
        "parts": chosen.map(|p| parts(&p.cost)).unwrap_or_default(), "job_price": found.job_price,
        "master_hour_price": found.master_hour_price, "others": others, "text": sentence(found, chosen, planner, book),
    })
}

fn sentence(found: &Explanation, chosen: Option<&Placement>, planner: &Planner, book: &Book) -> String {
    let Some(placement) = chosen else {
        let hint = found.rejected.first().map(|(master, broken)| {
            let (_, text, relax) = rule(broken, planner, book);
            let relax = relax.map(|r| format!(" Достаточно: {r}.")).unwrap_or_default();
            format!(" Ближе всех {}: {text}.{relax}", name(book, planner.master_of(*master)))
        });
        return format!("Никто не может взять этот выезд.{}", hint.unwrap_or_default());
    };
    let next = found.alternatives.first().map(|a| {
        let other = name(book, planner.master_of(a.placement.master));
        format!("; следующий — {other}, дороже на {} мин", minutes(a.difference).max(0))
    });
    let master = name(book, planner.master_of(placement.master));
    format!("{master}: +{} мин пути{}.", minutes(placement.extra_seconds), next.unwrap_or_default())
}
