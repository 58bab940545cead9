//! Days of random events: the plan stays right, the sums hold, and nothing moves that must not.

use crate::town::{self, Dice, Shape};
use proptest::prelude::*;
use solver::{
    Budget, Engine, Event, Job, JobKey, Master, MasterKey, Params, Place, PoolBudget, Position, Snapshot,
};
use solver::{check, cost_of};

const SHAPE: Shape = Shape { masters: 8, jobs: 40, side: 25, picky: true };

/// The checker finds nothing wrong, and counts the same cost.
pub fn verify(engine: &Engine, context: &str) {
    let masters: Vec<Master> = engine.masters().cloned().collect();
    let jobs: Vec<Job> = engine.jobs().cloned().collect();
    let plan = engine.plan();
    let (params, travel, now) = (engine.params(), engine.travel(), engine.now());
    assert_eq!(check(&plan, &masters, &jobs, params, travel, now), Vec::new(), "{context}");
    assert_eq!(cost_of(&plan, &masters, &jobs, params, travel, now), engine.score(), "{context}");
}

/// A random event of a day that is at `now`.
fn event(dice: &mut Dice, engine: &Engine, now: &mut i64, fresh: &mut u64) -> Event {
    let jobs: Vec<JobKey> = engine.jobs().map(|job| job.key).collect();
    let masters: Vec<Master> = engine.masters().cloned().collect();
    let mut any = || jobs[dice.below(jobs.len() as u64) as usize];
    let (a, _b) = (any(), any());
    let master = masters[dice.below(masters.len() as u64) as usize].clone();
    match dice.below(12) {
        0 | 1 => {
            *now += 60 * dice.below(20) as i64;
            Event::Advance { now: *now }
        }
        2..5 => {
            *fresh += 1;
            let mut job = town::job(dice, *fresh, SHAPE);
            let earlier: Vec<Job> = engine.jobs().cloned().collect();
            town::link(*fresh, &mut job, &earlier, SHAPE);
            Event::JobAdded(Box::new(job))
        }
        5 => Event::JobRemoved { job: a },
        6 => Event::Pin { job: a, master: master.key, start: None },
        7 => Event::Unpin { job: a },
        8 => {
            let position =
                Position { place: town::place(dice, 25), free_from: *now + 60 * dice.below(90) as i64 };
            Event::MasterMoved { master: master.key, position }
        }
        9 => {
            let mut job = engine.jobs().find(|job| job.key == a).unwrap().clone();
            job.service = 900 + 300 * dice.below(12) as i64;
            Event::JobChanged(Box::new(job))
        }
        10 => first_stop(engine, master.key, *now),
        _ if dice.one_in(6) => Event::MasterRemoved { master: master.key, from: *now },
        _ if master.off_from.is_some() => Event::MasterAdded(Box::new(Master { off_from: None, ..master })),
        _ => {
            let skills = town::master(dice, 0, SHAPE).skills;
            Event::MasterChanged(Box::new(Master { skills, ..master }))
        }
    }
}

/// The master starts his first job, or ends it.
fn first_stop(engine: &Engine, master: MasterKey, now: i64) -> Event {
    let plan = engine.plan();
    let tour = plan.tours.iter().find(|tour| tour.master == master).unwrap();
    match tour.stops.first() {
        Some(stop) if stop.slack.is_none() => Event::JobDone { job: stop.job, at: stop.end.max(now) },
        Some(stop) => Event::Started { job: stop.job, master, at: stop.start },
        None => Event::Advance { now },
    }
}

/// Pinned and started jobs with their masters.
fn bound(engine: &Engine) -> Vec<(JobKey, MasterKey)> {
    let fixed = engine.jobs().filter(|job| job.pinned.is_some() || job.started.is_some());
    fixed.filter_map(|job| engine.slot_of(job.key).map(|slot| (job.key, slot.master))).collect()
}

#[test]
fn random_days_stay_right() {
    for seed in 0..80 {
        let mut engine = town::settled(seed, SHAPE, Params::default());
        verify(&engine, "at the start");
        let (mut dice, mut now, mut fresh) = (Dice(seed ^ 0xabc), 8 * 3600, 1000);
        for step in 0..80 {
            let event = event(&mut dice, &engine, &mut now, &mut fresh);
            let context = format!("seed {seed} step {step} {event:?}");
            let before = engine.score();
            let delta = engine.apply(event).unwrap();
            assert_eq!(delta.before, before, "{context}");
            assert_eq!(delta.after, engine.score(), "{context}");
            verify(&engine, &context);
            let bound_before = bound(&engine);
            if dice.one_in(3) {
                let before = engine.score().total();
                if let Some(delta) = engine.improve(Budget { iterations: 60, heat: 300 }) {
                    let moved = delta.moves.iter().filter(|m| m.from.is_some() && m.changes_master()).count();
                    assert!(delta.gain() >= engine.params().threshold * moved as i64, "{context}");
                    assert!(engine.score().total() < before, "{context}");
                }
                verify(&engine, &format!("{context} improved"));
            }
            if dice.one_in(20) {
                engine.polish(PoolBudget::default()).unwrap();
                verify(&engine, &format!("{context} polished"));
            }
            for (job, master) in bound_before {
                assert_eq!(engine.slot_of(job).map(|s| s.master), Some(master), "{context}: job {job} moved");
            }
        }
    }
}

#[test]
fn near_jobs_stay_when_improving() {
    for seed in 0..20 {
        let params =
            Params { freeze: 2 * 3600, stability: 0, stability_near: 0, threshold: 0, ..Params::default() };
        let mut engine = town::settled(seed, SHAPE, params);
        let now = 10 * 3600;
        engine.apply(Event::Advance { now }).unwrap();
        let near = |engine: &Engine| {
            let plan = engine.plan();
            let stops = plan.tours.into_iter().flat_map(|tour| {
                let master = tour.master;
                tour.stops.into_iter().map(move |stop| (stop.job, master, stop.start, stop.travel_seconds))
            });
            stops.filter(|s| s.2 - s.3 < now + 2 * 3600).collect::<Vec<_>>()
        };
        let before = near(&engine);
        assert!(!before.is_empty());
        engine.improve(Budget::deep(500));
        let after = engine.plan();
        for (job, master, start, _) in before {
            let tour = after.tours.iter().find(|tour| tour.master == master).unwrap();
            assert!(tour.stops.iter().any(|stop| stop.job == job && stop.start == start), "seed {seed}");
        }
    }
}

#[test]
fn only_the_jobs_of_an_ill_master_move() {
    for seed in 0..40 {
        // With room to spare nobody else moves; in a tight town a job that fits nowhere may change places with one.
        let roomy = seed % 2 == 0;
        let masters = if roomy { 24 } else { 8 };
        let mut engine = town::settled(seed, Shape { masters, picky: false, ..SHAPE }, Params::default());
        let plan = engine.plan();
        let tour = plan.tours.iter().max_by_key(|tour| tour.stops.len()).unwrap();
        let own: Vec<JobKey> = tour.stops.iter().map(|stop| stop.job).collect();
        let delta = engine.apply(Event::MasterRemoved { master: tour.master, from: 0 }).unwrap();
        let moved = delta.moves.iter().filter(|m| m.changes_master());
        let others = moved.filter(|m| !own.contains(&m.job)).count();
        assert!(others <= if roomy { 0 } else { own.len() }, "seed {seed}: {others} others moved");
        assert!(own.iter().all(|&job| engine.slot_of(job).is_none_or(|slot| slot.master != tour.master)));
        let mut lost = delta.moves.iter().filter(|m| m.to.is_none());
        assert!(lost.all(|m| m.forced.is_some()), "seed {seed}");
        verify(&engine, "ill");
    }
}

#[test]
fn in_a_large_house_too_a_job_may_be_let_in_elsewhere_than_where_another_leaves() {
    let home = Place::new(55.75, 37.62);
    let mut engine = Engine::new(Params::default(), 1);
    for key in 0..80 {
        let master = Master::new(MasterKey(key), home, (9 * 3600, 18 * 3600));
        engine.apply(Event::MasterAdded(Box::new(master))).unwrap();
    }
    let job = |key: u128, hours: (i64, i64), masters: &[u128]| Job {
        service: 3 * 3600,
        windows: vec![(hours.0 * 3600, hours.1 * 3600)],
        required: masters.iter().map(|&m| MasterKey(m)).collect(),
        ..Job::new(JobKey(key), home)
    };
    // From nine to six without a break, and the second job could come first if the first were not there.
    for job in [job(1, (9, 9), &[0, 1]), job(2, (12, 12), &[0]), job(3, (15, 15), &[0])] {
        engine.apply(Event::JobAdded(Box::new(job))).unwrap();
    }
    engine.apply(Event::JobChanged(Box::new(job(2, (9, 12), &[0])))).unwrap();
    let starts = |engine: &Engine| {
        [1, 2, 3, 4].map(|key| engine.slot_of(JobKey(key)).map(|slot| (slot.master.0, slot.start / 3600)))
    };
    assert_eq!(starts(&engine), [Some((0, 9)), Some((0, 12)), Some((0, 15)), None]);
    engine.apply(Event::JobAdded(Box::new(job(4, (12, 12), &[0])))).unwrap();
    assert_eq!(starts(&engine), [Some((1, 9)), Some((0, 9)), Some((0, 15)), Some((0, 12))]);
}

#[test]
fn same_seed_same_plan_and_a_snapshot_goes_on_alike() {
    for seed in 0..6 {
        let run = |cut: bool| {
            let mut engine = town::settled(seed, SHAPE, Params::default());
            let (mut dice, mut now, mut fresh) = (Dice(seed), 8 * 3600, 1000);
            for step in 0..40 {
                let event = event(&mut dice, &engine, &mut now, &mut fresh);
                engine.apply(event).unwrap();
                engine.improve(Budget::deep(40));
                if step % 10 == 5 {
                    engine.polish(PoolBudget::default()).unwrap();
                }
                if cut && step % 7 == 3 {
                    let text = serde_json::to_string(&engine.snapshot()).unwrap();
                    let snapshot: Snapshot = serde_json::from_str(&text).unwrap();
                    engine = Engine::restore_with(snapshot, town::travel(seed, SHAPE)).unwrap();
                }
            }
            (engine.plan(), engine.score(), engine.snapshot())
        };
        let (whole, again, cut) = (run(false), run(false), run(true));
        assert!(whole == again, "seed {seed}: repeated run differs");
        assert!(whole.0 == cut.0 && whole.1 == cut.1, "seed {seed}: restored run differs");
        assert!(whole.2 == cut.2, "seed {seed}: restored state differs");
    }
}

#[test]
fn a_job_added_and_removed_leaves_no_trace() {
    for seed in 0..20 {
        let mut engine = town::settled(seed, Shape { picky: false, ..SHAPE }, Params::default());
        let before = engine.plan().tours;
        let job = town::job(&mut Dice(seed + 7), 5000, SHAPE);
        let job = Job { pinned: None, priority: 1, ..job };
        engine.apply(Event::JobAdded(Box::new(job))).unwrap();
        engine.apply(Event::JobRemoved { job: JobKey(5000) }).unwrap();
        assert_eq!(engine.plan().tours, before, "seed {seed}");
    }
}

#[test]
fn refused_events_and_questions_change_nothing() {
    let mut engine = town::settled(3, SHAPE, Params::default());
    engine.apply(Event::Advance { now: 9 * 3600 }).unwrap();
    let before = engine.snapshot();
    let bad = Job { service: -1, ..Job::new(JobKey(9999), Place::new(55.7, 37.6)) };
    for event in [
        Event::JobRemoved { job: JobKey(9999) },
        Event::JobDone { job: JobKey(9999), at: 0 },
        Event::Pin { job: JobKey(1), master: MasterKey(9999), start: None },
        Event::Started { job: JobKey(1), master: MasterKey(9999), at: 0 },
        Event::MasterRemoved { master: MasterKey(9999), from: 0 },
        Event::Advance { now: 0 },
        Event::JobAdded(Box::new(bad.clone())),
        Event::JobAdded(Box::new(Job { service: 1, key: JobKey(1), ..bad })),
        Event::MasterAdded(Box::new(town::master(&mut Dice(1), 1, SHAPE))),
    ] {
        assert!(engine.apply(event.clone()).is_err(), "{event:?}");
        assert!(engine.snapshot() == before, "{event:?}");
    }
    let ill = Event::MasterRemoved { master: MasterKey(1), from: 0 };
    let comparison = engine.what_if(&[ill.clone(), Event::JobRemoved { job: JobKey(2) }]).unwrap();
    assert_eq!(comparison.deltas.len(), 2);
    assert!(engine.snapshot() == before);
    assert_eq!(engine.apply(ill).unwrap(), comparison.deltas[0]);
}

/// The cost of the same day, here and moved in time.
fn cost_of_day_shifted(seed: u64, shift: i64) -> (solver::Cost, solver::Cost) {
    let shape = Shape { masters: 4, jobs: 14, side: 20, picky: true };
    let build = |shift: i64| {
        let mut dice = Dice(seed);
        let mut engine = Engine::new(Params::default(), seed);
        for key in 0..shape.masters {
            let mut master = town::master(&mut dice, key, shape);
            master.shift = (master.shift.0 + shift, master.shift.1 + shift);
            let later = |pause: &mut solver::Pause| {
                pause.window = (pause.window.0 + shift, pause.window.1 + shift);
            };
            master.pauses.iter_mut().for_each(later);
            let rest = |rest: solver::Rest| solver::Rest {
                since: rest.since.map(|since| since + shift),
                until: rest.until.map(|until| until + shift),
                ..rest
            };
            master.rest = master.rest.map(rest);
            engine.apply(Event::MasterAdded(Box::new(master))).unwrap();
        }
        for key in 0..shape.jobs {
            let mut job = town::job(&mut dice, key, shape);
            job.windows.iter_mut().for_each(|w| *w = (w.0 + shift, w.1 + shift));
            job.due = job.due.map(|due| due + shift);
            job.release = job.release.map(|release| release + shift);
            engine.apply(Event::JobAdded(Box::new(job))).unwrap();
        }
        engine.improve_unpublished(Budget::deep(200));
        verify(&engine, "shifted");
        engine.score()
    };
    (build(0), build(shift))
}

#[test]
fn an_odd_shift_orders_windows_alike() {
    let (here, there) = cost_of_day_shifted(7680, -50_463);
    assert_eq!(here, there);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_day_can_be_shifted_in_time(seed in 0u64..10_000, shift in -200_000i64..200_000) {
        let (here, there) = cost_of_day_shifted(seed, shift);
        prop_assert_eq!(here, there);
    }
}
