//! The solver's numbers in a dispatcher's words, Russian first.

use crate::dispatch::{planning::Planner, seats::visit_of};
use domain::{book::Book, values::id::MasterId};
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

/// A broken rule: its code and values for screens in any language, and the same in a dispatcher's words.
pub struct Broken {
    /// `window`, `skill`, …: what the dictionaries of the consoles know.
    pub code: &'static str,
    /// What the code is about: `min`, `skill`, `have`, `need`, `no`, `master_name`.
    pub values: Value,
    /// In words, Russian.
    pub text: String,
    /// The smallest relaxation, in words.
    pub relax: Option<String>,
}

impl Broken {
    fn json(self) -> Value {
        json!({"rule": self.code, "text": self.text, "values": self.values, "relax": self.relax})
    }
}

/// The number of a visit people know it by.
fn number(job: &solver::JobKey, book: &Book) -> u64 {
    book.visits.get(&visit_of(*job)).map_or(0, |v| v.no)
}

/// A broken rule in words, with the smallest relaxation.
pub fn rule(rule: &Rule, planner: &Planner, book: &Book) -> Broken {
    let up = |seconds: &i64| (seconds + 59) / 60;
    let plain = |code, text: &str| Broken { code, values: json!({}), text: text.to_owned(), relax: None };
    let by_minutes = |code, seconds: &i64, text: String, what: &str| Broken {
        code,
        values: json!({"min": up(seconds)}),
        text,
        relax: Some(format!("{what} +{} мин", up(seconds))),
    };
    match rule {
        Rule::Started => plain("started", "работа уже начата другим мастером"),
        Rule::Excluded => plain("excluded", "мастер отказался или исключён для этой точки"),
        Rule::NotRequired => plain("required", "по соглашению ездит другой мастер"),
        Rule::Frozen => plain("frozen", "раньше уже начатой работы"),
        Rule::Pinned { to } => {
            let who = name(book, planner.master_of(*to));
            Broken {
                code: "pinned",
                values: json!({"master_name": who}),
                text: format!("закреплено за: {who}"),
                relax: Some("снять закрепление".into()),
            }
        }
        Rule::Skill { skill, have, need } => {
            let skill = planner.skill_name(*skill);
            let text = if *have == 0 {
                format!("нет навыка {skill}")
            } else {
                format!("навык {skill}: уровень {have}, нужен {need}")
            };
            let values = json!({"skill": skill, "have": have, "need": need});
            Broken { code: "skill", values, text, relax: Some(format!("{skill} уровня {need}")) }
        }
        Rule::Window { by } => {
            by_minutes("window", by, format!("не успевает в окно на {} мин", up(by)), "окно")
        }
        Rule::Shift { by } => {
            by_minutes("shift", by, format!("смена кончается раньше на {} мин", up(by)), "смена")
        }
        Rule::Rest { by } => {
            let text = format!("не хватит {} мин отдыха до следующей смены", up(by));
            by_minutes("rest", by, text, "начало следующей смены")
        }
        Rule::Off { by } => by_minutes("off", by, "мастера в это время нет".into(), "смена"),
        Rule::Following { job, by } => {
            let no = number(job, book);
            let text = format!("сорвёт окно следующего выезда № {no} на {} мин", up(by));
            let broken = by_minutes("following", by, text, "окно следующего");
            Broken { values: json!({"min": up(by), "no": no}), ..broken }
        }
        Rule::Part { part, have, need } => Broken {
            code: "part",
            values: json!({"part": part, "have": have, "need": need}),
            text: format!("запчасть {part}: в машине {have}, нужно {need}"),
            relax: Some(format!("запчасть {part}: ещё {}", need.saturating_sub(*have))),
        },
        Rule::Tool { tool } => Broken {
            code: "tool",
            values: json!({"tool": tool}),
            text: format!("нет инструмента {tool}"),
            relax: Some(format!("инструмент {tool}")),
        },
        Rule::OtherSeat { .. }
        | Rule::Waits { .. }
        | Rule::Gap { .. }
        | Rule::SameMaster { .. }
        | Rule::Seat { .. } => link(rule, planner, book),
        Rule::Pause => Broken {
            code: "pause",
            values: json!({}),
            text: "не остаётся времени на перерыв мастера".into(),
            relax: Some("перенести перерыв".into()),
        },
    }
}

/// A broken rule of a visit for several masters, or of visits that follow each other.
fn link(rule: &Rule, planner: &Planner, book: &Book) -> Broken {
    let plain = |code, text: &str| Broken { code, values: json!({}), text: text.to_owned(), relax: None };
    match rule {
        Rule::Waits { job } => {
            let no = number(job, book);
            let text = format!("сначала выезд № {no}, а он без мастера");
            Broken { values: json!({"no": no}), ..plain("waits", &text) }
        }
        Rule::Gap { job, by } => {
            let (no, min) = (number(job, book), (by + 59) / 60);
            let text = format!("не выдержать срок после выезда № {no}: не хватает {min} мин");
            let relax = Some(format!("срок после него +{min} мин"));
            Broken { code: "gap", values: json!({"min": min, "no": no}), text, relax }
        }
        Rule::SameMaster { master } => {
            let named = name(book, planner.master_of(*master));
            let text = format!("должен тот же мастер, что и в прошлый раз: {named}");
            Broken { values: json!({"master_name": named}), ..plain("same_master", &text) }
        }
        Rule::Seat { nearest: Some((master, why)), .. } => {
            let named = name(book, planner.master_of(*master));
            let inner = self::rule(why, planner, book);
            let text = format!("нужен второй мастер в это же время; ближе всех {named} — {}", inner.text);
            let relax = inner.relax.map(|relax| format!("{named}: {relax}"));
            Broken { code: "second_master", values: json!({"master_name": named}), text, relax }
        }
        Rule::Seat { nearest: None, .. } => {
            plain("second_master", "нужен второй мастер в это же время, а такого нет")
        }
        _ => plain("other_seat", "уже едет на этот же выезд"),
    }
}

/// A verdict as the drag preview shows it.
pub fn verdict(outcome: &Outcome, planner: &Planner, book: &Book, visit_minutes: u32) -> Value {
    match outcome {
        Outcome::Fits(p) => json!({
            "ok": true, "extra_min": minutes(p.extra_seconds), "broken": [], "start": p.start * 1000,
            "end": (p.start + i64::from(visit_minutes) * 60) * 1000, "displaces": [],
        }),
        Outcome::Breaks(broken) => {
            let broken = rule(broken, planner, book).json();
            json!({"ok": false, "extra_min": 0, "broken": [broken], "start": null, "end": null, "displaces": []})
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
    let barred = |(master, broken): &(MasterKey, Rule)| {
        let mut told = rule(broken, planner, book).json();
        (told["master"], told["master_name"]) = (json!(who(*master)), json!(name(book, who(*master))));
        told
    };
    others.extend(found.rejected.iter().take(8).map(barred));
    let chosen = found.chosen.as_ref();
    let nearest = found.rejected.first().filter(|_| chosen.is_none()).map(barred);
    json!({
        "master": chosen.and_then(|p| who(p.master)), "start": chosen.map(|p| p.start * 1000),
        "extra_min": chosen.map(|p| minutes(p.extra_seconds)), "nearest": nearest,
        "parts": chosen.map(|p| parts(&p.cost)).unwrap_or_default(), "job_price": found.job_price,
        "master_hour_price": found.master_hour_price, "others": others, "text": sentence(found, chosen, planner, book),
    })
}

fn sentence(found: &Explanation, chosen: Option<&Placement>, planner: &Planner, book: &Book) -> String {
    let Some(placement) = chosen else {
        let hint = found.rejected.first().map(|(master, broken)| {
            let Broken { text, relax, .. } = rule(broken, planner, book);
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
