//! Why a plan is as it is, in a dispatcher's words: who goes, who would be next, who cannot, and what the least is that
//! would have to give for a job nobody has.

use crate::problem::Problem;
use solver::{Alternative, Cost, Engine, Explanation, JobKey, Outcome, Placement, Rule};
use std::fmt::Write as _;

/// Other masters told of each job, and masters told who cannot.
const OTHERS: usize = 2;

/// Explains the jobs whose place is least a matter of course, `most` of them, and `most` of those without a master.
/// Costs are exact for the engine's plan; prices of jobs and hours are told where a linear program has found them.
pub fn explained(problem: &Problem, engine: &Engine, most: usize) -> String {
    let plan = engine.plan();
    let placed = plan.tours.iter().flat_map(|tour| tour.stops.iter().map(|stop| stop.job));
    let mut told: Vec<Explanation> = placed.filter_map(|job| engine.explain(job).ok()).collect();
    // Where somebody else is nearly as good and somebody cannot at all, there is something to explain.
    told.sort_by_key(|found| {
        let next = found.alternatives.first().map_or(i64::MAX, |other| other.difference);
        (found.rejected.is_empty(), next, found.job)
    });
    told.truncate(most);
    told.sort_by_key(|found| found.job);
    let mut text = String::new();
    for found in &told {
        text.push_str(&job(problem, found));
    }
    for key in plan.unassigned.iter().take(most) {
        text.push_str(&left_out(problem, engine, *key));
    }
    text
}

/// A job with a master.
fn job(problem: &Problem, found: &Explanation) -> String {
    let Some(chosen) = &found.chosen else { return String::new() };
    let mut text = format!("Заявка {}: {}", problem.job(found.job), placed(problem, chosen));
    let beside: Vec<String> = found
        .beside
        .iter()
        .map(|(_, master)| master.map_or("пока никто".to_owned(), |master| problem.master(master)))
        .collect();
    line(&mut text, "  Вместе с", &beside.join(", "));
    if let Some(after) = problem.jobs.iter().find(|job| job.key == found.job).and_then(|job| job.after) {
        line(&mut text, "  После заявки", &problem.job(after.job));
    }
    line(&mut text, "  Из чего складывается", &parts(problem, &chosen.cost));
    for Alternative { placement, difference } in found.alternatives.iter().take(OTHERS) {
        let told = format!("{}; план дороже на {}", placed(problem, placement), time(problem, *difference));
        line(&mut text, "  Другой вариант", &told);
    }
    let cannot = found.rejected.iter().take(OTHERS);
    let cannot: Vec<String> = cannot
        .map(|(master, rule)| format!("{} — {}", problem.master(*master), words(problem, rule).0))
        .collect();
    line(&mut text, "  Не может", &cannot.join("; "));
    if let Some(price) = found.job_price.filter(|price| *price > 0) {
        line(&mut text, "  Без неё весь план стал бы дешевле на", &time(problem, price));
    }
    if let Some(price) = found.master_hour_price.filter(|price| *price > 0) {
        let whose = format!("  Ещё один час мастера {} сберёг бы плану", problem.master(chosen.master));
        line(&mut text, &whose, &time(problem, price));
    }
    text.push('\n');
    text
}

/// A job nobody has, with the least that would have to give.
fn left_out(problem: &Problem, engine: &Engine, key: JobKey) -> String {
    let mut text = format!("Заявка {}: без мастера", problem.job(key));
    let verdicts = engine.verdicts(key).unwrap_or_default();
    match verdicts.first().map(|verdict| (verdict.master, &verdict.outcome)) {
        None => line(&mut text, "  Почему", "мастеров нет"),
        Some((_, Outcome::Fits(placement))) => {
            let told = format!("{}, но это дороже отказа", placed(problem, placement));
            line(&mut text, "  Взять мог бы", &told);
            line(&mut text, "  Достаточно", "поднять важность заявки");
        }
        Some((master, Outcome::Breaks(rule))) => {
            let (why, relax) = words(problem, rule);
            line(&mut text, "  Ближе всех", &format!("{} — {why}", problem.master(master)));
            line(&mut text, "  Достаточно", relax.as_deref().unwrap_or_default());
        }
    }
    text.push('\n');
    text
}

/// With whom, from when, at how much more way.
fn placed(problem: &Problem, placement: &Placement) -> String {
    let way = time(problem, placement.extra_seconds);
    format!("{}, начало {}, дороги {way}", problem.master(placement.master), problem.moment(placement.start))
}

fn line(text: &mut String, what: &str, told: &str) {
    if !told.is_empty() {
        // Writing to a text does not fail.
        let _written = write!(text, "\n{what}: {told}");
    }
}

/// A length of time with its sign, in minutes, or in units of the file where those are no seconds.
fn time(problem: &Problem, seconds: i64) -> String {
    match problem.unit {
        crate::Unit::Seconds => format!("{:+} мин", (seconds + seconds.signum() * 30) / 60),
        crate::Unit::Ticks(_) => format!("{:+.1}", problem.units(seconds)),
    }
}

/// The parts of a cost that are not nothing.
fn parts(problem: &Problem, cost: &Cost) -> String {
    let parts = [
        ("дорога", cost.travel),
        ("ожидание", cost.wait),
        ("переработка", cost.overtime),
        ("опоздание", cost.lateness),
        ("не тот мастер", cost.preference),
        ("чужой участок", cost.zone),
        ("перестановка", cost.stability),
    ];
    let parts = parts.into_iter().filter(|(_, seconds)| *seconds != 0);
    parts.map(|(name, seconds)| format!("{name} {}", time(problem, seconds))).collect::<Vec<_>>().join(", ")
}

/// A broken rule, and the smallest thing that would mend it.
fn words(problem: &Problem, rule: &Rule) -> (String, Option<String>) {
    let up = |seconds: &i64| match problem.unit {
        crate::Unit::Seconds => format!("{} мин", (seconds + 59) / 60),
        crate::Unit::Ticks(_) => format!("{:.1}", problem.units(*seconds)),
    };
    match rule {
        Rule::Started => ("работу уже начал другой мастер".to_owned(), None),
        Rule::Excluded => ("клиент не хочет этого мастера".to_owned(), Some("снять запрет".to_owned())),
        Rule::NotRequired => {
            ("по договору ездит другой мастер".to_owned(), Some("разрешить замену".to_owned()))
        }
        Rule::Frozen => ("раньше уже начатой работы".to_owned(), None),
        Rule::Pinned { to } => {
            (format!("закреплено за мастером {}", problem.master(*to)), Some("снять закрепление".to_owned()))
        }
        Rule::Skill { skill, have, need } => {
            let skill = problem.skill(*skill);
            let why = match have {
                0 => format!("нет навыка {skill}"),
                have => format!("навык {skill} уровня {have}, нужен {need}"),
            };
            (why, Some(format!("навык {skill} уровня {need}")))
        }
        Rule::Window { by } => {
            (format!("опоздает в окно на {}", up(by)), Some(format!("окно длиннее на {}", up(by))))
        }
        Rule::Shift { by } => {
            (format!("смена кончится на {} раньше", up(by)), Some(format!("смена длиннее на {}", up(by))))
        }
        Rule::Rest { by } => (
            format!("не отдохнёт перед следующей сменой: не хватит {}", up(by)),
            Some(format!("следующая смена позже на {}", up(by))),
        ),
        Rule::Off { by } => ("мастера уже не будет".to_owned(), Some(format!("остаться ещё на {}", up(by)))),
        Rule::Following { job, by } => {
            let job = problem.job(*job);
            let why = format!("опоздает в окно следующей заявки {job} на {}", up(by));
            (why, Some(format!("окно заявки {job} длиннее на {}", up(by))))
        }
        Rule::Part { part, have, need } => {
            let more = need.saturating_sub(*have);
            (
                format!("запчасть {part}: в машине {have}, нужно {need}"),
                Some(format!("ещё {more} шт. запчасти {part}")),
            )
        }
        Rule::Tool { tool } => (format!("нет инструмента {tool}"), Some(format!("инструмент {tool}"))),
        Rule::OtherSeat { job } => (format!("уже едет на этот же выезд: {}", problem.job(*job)), None),
        Rule::Seat { job, nearest: None } => (
            format!("нужен ещё один мастер одновременно ({}), а такого нет", problem.job(*job)),
            Some("ещё один мастер в это время".to_owned()),
        ),
        Rule::Seat { job, nearest: Some((master, rule)) } => {
            let (why, relax) = words(problem, rule);
            let master = problem.master(*master);
            let told = format!(
                "нужен ещё один мастер одновременно ({}), ближе всех {master} — {why}",
                problem.job(*job)
            );
            (told, relax.map(|relax| format!("{master}: {relax}")))
        }
        Rule::Waits { job } => {
            let job = problem.job(*job);
            (format!("сначала заявка {job}, а она без мастера"), Some(format!("мастер для заявки {job}")))
        }
        Rule::Gap { job, by } => {
            let job = problem.job(*job);
            (
                format!("не выдержать срок после заявки {job}: не хватает {}", up(by)),
                Some(format!("срок после заявки {job} шире на {}", up(by))),
            )
        }
        Rule::SameMaster { master } => (
            format!("должен тот же мастер, что и в прошлый раз: {}", problem.master(*master)),
            Some("разрешить другого мастера".to_owned()),
        ),
        Rule::Pause => ("не останется времени на перерыв".to_owned(), Some("перенести перерыв".to_owned())),
    }
}
