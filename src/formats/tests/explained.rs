//! The words of an explanation, and that what they say is so.

use formats::{Problem, explained, read};
use solver::{Budget, Engine, Job, JobKey, Master, PoolBudget, Rule, Skill};

const EXAMPLE: &str = include_str!("../example.json");

fn planned(problem: &Problem) -> Engine {
    let mut engine = problem.engine(1).expect("keys of their own");
    engine.improve_unpublished(Budget::deep(2000));
    engine.polish_unpublished(PoolBudget::default()).expect("a small program");
    engine
}

fn key(problem: &Problem, name: &str) -> JobKey {
    *problem.names.jobs.iter().find(|(_, known)| *known == name).expect("a job of the example").0
}

/// The lines about one job.
fn about<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let head = format!("Заявка {name}: ");
    let mut lines = text.lines().skip_while(|line| !line.starts_with(&head));
    let first = lines.next().into_iter();
    first.chain(lines.take_while(|line| line.starts_with("  "))).collect()
}

#[test]
fn three_jobs_are_explained_by_what_the_engine_knows() {
    let problem = read(EXAMPLE, "example").expect("a day");
    let engine = planned(&problem);
    let text = explained(&problem, &engine, 3);
    println!("{text}");
    let plan = engine.plan();
    let told = plan.tours.iter().flat_map(|tour| tour.stops.iter().map(move |stop| (tour.master, stop)));
    let mut explained_jobs = 0;
    for (master, stop) in told {
        let lines = about(&text, &problem.job(stop.job));
        let Some(head) = lines.first() else { continue };
        explained_jobs += 1;
        assert!(head.contains(&problem.master(master)), "{head}");
        assert!(head.contains(&format!("начало {}", problem.moment(stop.start))), "{head}");
        let found = engine.explain(stop.job).expect("planned");
        if let Some(next) = found.alternatives.first() {
            let line =
                lines.iter().find(|line| line.contains("Другой вариант")).expect("somebody else could");
            assert!(line.contains(&problem.master(next.placement.master)), "{line}");
            let minutes = (next.difference + next.difference.signum() * 30) / 60;
            assert!(line.ends_with(&format!("план дороже на {minutes:+} мин")), "{line}");
        }
        if let Some((cannot, _)) = found.rejected.first() {
            let line = lines.iter().find(|line| line.contains("Не может")).expect("somebody cannot");
            assert!(line.contains(&problem.master(*cannot)), "{line}");
        }
    }
    assert_eq!(explained_jobs, 3, "{text}");
}

#[test]
fn a_job_nobody_has_is_told_with_the_least_that_mends_it() {
    let problem = read(EXAMPLE, "example").expect("a day");
    let engine = planned(&problem);
    let text = explained(&problem, &engine, 3);
    let mut mended = 0;
    for job in engine.plan().unassigned {
        let lines = about(&text, &problem.job(job));
        let verdict = engine.verdicts(job).expect("known").into_iter().next().expect("there are masters");
        let solver::Outcome::Breaks(rule) = verdict.outcome else { panic!("{job} would fit") };
        let nearest = lines.iter().find(|line| line.contains("Ближе всех")).expect("the nearest");
        assert!(nearest.contains(&problem.master(verdict.master)), "{nearest}");
        assert!(lines.iter().any(|line| line.starts_with("  Достаточно: ")), "{lines:?}");
        // What is said to be enough is enough.
        let (masters, jobs) = relaxed(&problem, &rule, verdict.master, job);
        let relaxed = Problem { masters, jobs, ..problem.clone() };
        assert!(planned(&relaxed).slot_of(job).is_some(), "{rule:?}: {lines:?}");
        mended += 1;
    }
    assert_eq!(mended, 2, "{text}");
    let skill = about(&text, "№ 107").join("\n");
    assert!(
        skill.contains("нет навыка кондиционеры") && skill.contains("навык кондиционеры уровня 1"),
        "{skill}"
    );
    assert_eq!(key(&problem, "№ 107"), JobKey(7));
}

/// The problem's people and jobs with one rule relaxed by what it says.
fn relaxed(problem: &Problem, rule: &Rule, who: solver::MasterKey, what: JobKey) -> (Vec<Master>, Vec<Job>) {
    let (mut masters, mut jobs) = (problem.masters.clone(), problem.jobs.clone());
    let master = masters.iter_mut().find(|master| master.key == who).expect("a master of the example");
    match rule {
        Rule::Skill { skill, need, .. } => master.skills.push(Skill { skill: *skill, level: *need }),
        Rule::Shift { by } => master.shift.1 += by,
        Rule::Window { by } => {
            let job = jobs.iter_mut().find(|job| job.key == what).expect("the job itself");
            job.windows.last_mut().expect("it has a window").1 += by;
        }
        Rule::Following { job, by } => {
            let next = jobs.iter_mut().find(|next| next.key == *job).expect("a job of the example");
            next.windows.last_mut().expect("it has a window").1 += by;
        }
        other => panic!("the example has no `{other}`"),
    }
    (masters, jobs)
}
