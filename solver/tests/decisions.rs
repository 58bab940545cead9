//! What the engine tells people: slots, verdicts, reasons.

use crate::town::{self, Dice, Shape};
use solver::{
    Budget, Engine, Event, Job, JobDraft, JobKey, Master, MasterKey, Outcome, Params, Place, Rule, Skill,
    Where,
};

const SHAPE: Shape = Shape { masters: 8, jobs: 40, side: 25, picky: false };

#[test]
fn a_candidate_costs_what_it_says() {
    for seed in 0..30 {
        let engine = town::settled(seed, SHAPE, Params::default());
        let job = town::job(&mut Dice(seed + 500), 777, SHAPE);
        let draft = JobDraft { service: job.service, skills: job.skills.clone(), ..JobDraft::new(job.place) };
        let windows = [(9 * 3600, 11 * 3600), (13 * 3600, 15 * 3600), (16 * 3600, 18 * 3600)];
        for candidate in engine.candidates(&draft, &windows, 3) {
            let mut job = draft.clone().into_job(JobKey(777), vec![candidate.window]);
            job.required = vec![candidate.placement.master];
            let mut copy = engine.clone();
            let delta = copy.apply(Event::JobAdded(Box::new(job))).unwrap();
            let slot = delta.moves.iter().find(|m| m.job == JobKey(777)).unwrap().to.unwrap();
            assert_eq!((slot.master, slot.start), (candidate.placement.master, candidate.placement.start));
            assert_eq!(delta.after - delta.before, candidate.placement.cost, "seed {seed}");
        }
    }
}

#[test]
fn a_verdict_costs_what_it_says() {
    for seed in 0..10 {
        let mut engine =
            town::settled(seed, SHAPE, Params { stability: 0, stability_near: 0, ..Params::default() });
        engine.improve_unpublished(Budget::deep(300));
        for job in (0..SHAPE.jobs).map(|key| JobKey(key.into())) {
            let explanation = engine.explain(job).unwrap();
            let own = explanation.chosen.as_ref().map(|p| p.cost.total());
            for alternative in explanation.alternatives {
                let master = alternative.placement.master;
                let verdict =
                    engine.verdict_for(job, master, Where::Position(alternative.placement.position)).unwrap();
                assert_eq!(verdict.outcome, Outcome::Fits(alternative.placement.clone()));
                let Some(own) = own else { continue };
                let mut copy = engine.clone();
                let delta = copy.apply(Event::Pin { job, master, start: None }).unwrap();
                let others = delta.moves.iter().any(|m| m.job != job && m.changes_master());
                let difference = alternative.placement.cost.total() - own;
                assert_eq!(alternative.difference, difference);
                assert!(others || -delta.gain() == difference, "seed {seed} job {job}");
            }
        }
    }
}

fn pair() -> Engine {
    let mut engine = Engine::new(Params::default(), 1);
    let home = Place::new(55.75, 37.62);
    for (key, level) in [(1, 2), (2, 1)] {
        let mut master = Master::new(MasterKey(key), home, (9 * 3600, 13 * 3600));
        master.skills = vec![Skill { skill: 3, level }];
        engine.apply(Event::MasterAdded(Box::new(master))).unwrap();
    }
    engine
}

fn outcome(engine: &Engine, job: u128, master: u128) -> Outcome {
    engine.verdict_for(JobKey(job), MasterKey(master), Where::Anywhere).unwrap().outcome
}

#[test]
fn a_broken_rule_is_named_with_its_relaxation() {
    let mut engine = pair();
    let home = Place::new(55.75, 37.62);
    let mut job = Job::new(JobKey(1), home);
    job.skills = vec![Skill { skill: 3, level: 2 }];
    engine.apply(Event::JobAdded(Box::new(job))).unwrap();
    assert!(matches!(outcome(&engine, 1, 1), Outcome::Fits(_)));
    let rule = Rule::Skill { skill: 3, have: 1, need: 2 };
    assert_eq!(outcome(&engine, 1, 2), Outcome::Breaks(rule.clone()));
    assert_eq!(rule.to_string(), "skill `3` level `1`, needs `2`");

    let mut early = Job::new(JobKey(2), home);
    early.windows = vec![(7 * 3600, 8 * 3600 + 2100)];
    let delta = engine.apply(Event::JobAdded(Box::new(early))).unwrap();
    let (_, rule) = delta.moves[0].forced.clone().unwrap();
    assert_eq!(rule, Rule::Window { by: 1500 });
    assert_eq!(rule.to_string(), "window +25 min");

    let long = Job { service: 5 * 3600, ..Job::new(JobKey(3), home) };
    engine.apply(Event::JobAdded(Box::new(long))).unwrap();
    assert_eq!(outcome(&engine, 3, 2), Outcome::Breaks(Rule::Shift { by: 3600 }));

    engine.apply(Event::Pin { job: JobKey(1), master: MasterKey(2), start: Some(10 * 3600) }).unwrap();
    assert_eq!(outcome(&engine, 1, 1), Outcome::Breaks(Rule::Pinned { to: MasterKey(2) }));
    assert_eq!(engine.slot_of(JobKey(1)).unwrap().start, 10 * 3600);

    engine.apply(Event::Started { job: JobKey(1), master: MasterKey(2), at: 10 * 3600 }).unwrap();
    assert_eq!(outcome(&engine, 1, 1), Outcome::Breaks(Rule::Started));
    let mut other = Job::new(JobKey(4), home);
    other.windows = vec![(9 * 3600, 12 * 3600)];
    engine.apply(Event::JobAdded(Box::new(other))).unwrap();
    let verdict = engine.verdict_for(JobKey(4), MasterKey(2), Where::Position(0)).unwrap();
    assert_eq!(verdict.outcome, Outcome::Breaks(Rule::Frozen));
}

#[test]
fn an_urgent_job_takes_a_place_when_nothing_is_free() {
    let mut engine = pair();
    let home = Place::new(55.75, 37.62);
    for key in 10..16 {
        let job = Job { service: 5400, priority: 10_000, ..Job::new(JobKey(key), home) };
        engine.apply(Event::JobAdded(Box::new(job))).unwrap();
    }
    let urgent = Job { service: 5400, priority: 500_000, ..Job::new(JobKey(99), home) };
    let delta = engine.apply(Event::JobAdded(Box::new(urgent))).unwrap();
    assert!(engine.slot_of(JobKey(99)).is_some());
    assert_eq!(delta.moves.iter().filter(|m| m.changes_master()).count(), 2, "{delta:?}");
}

#[test]
fn a_pinned_job_makes_room_for_itself() {
    let mut engine = pair();
    let home = Place::new(55.75, 37.62);
    for key in 10..12 {
        let job = Job { service: 7000, required: vec![MasterKey(1)], ..Job::new(JobKey(key), home) };
        engine.apply(Event::JobAdded(Box::new(job))).unwrap();
    }
    let job = Job { service: 13_000, ..Job::new(JobKey(50), home) };
    engine.apply(Event::JobAdded(Box::new(job))).unwrap();
    assert_eq!(engine.slot_of(JobKey(50)).unwrap().master, MasterKey(2));
    engine.apply(Event::Pin { job: JobKey(50), master: MasterKey(1), start: None }).unwrap();
    assert_eq!(engine.slot_of(JobKey(50)).unwrap().master, MasterKey(1));
    assert!(engine.slot_of(JobKey(10)).is_none() && engine.slot_of(JobKey(11)).is_none());
}
