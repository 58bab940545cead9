//! Visits for several masters and chains of visits: what the engine does when something happens to one of them.

use solver::{
    After, Budget, Engine, Event, EventError, Job, JobDraft, JobKey, Master, MasterKey, Outcome, Params, Pin,
    Place, Rule, SeatDraft, Skill, Snapshot, Where, check, cost_of,
};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

fn home() -> Place {
    Place::new(55.75, 37.62)
}

fn master(key: u128, level: u8) -> Master {
    let mut master = Master::new(MasterKey(key), home(), (9 * HOUR, 18 * HOUR));
    master.skills = vec![Skill { skill: 1, level }];
    master
}

fn engine(masters: impl IntoIterator<Item = Master>) -> Engine {
    let mut engine = Engine::new(Params { freeze: 0, ..Params::default() }, 1);
    for master in masters {
        engine.apply(Event::MasterAdded(Box::new(master))).unwrap();
    }
    engine
}

fn verify(engine: &Engine) {
    let masters: Vec<Master> = engine.masters().cloned().collect();
    let jobs: Vec<Job> = engine.jobs().cloned().collect();
    let (plan, params, travel, now) = (engine.plan(), engine.params(), engine.travel(), engine.now());
    assert_eq!(check(&plan, &masters, &jobs, params, travel, now), Vec::new(), "{plan:?}");
    assert_eq!(cost_of(&plan, &masters, &jobs, params, travel, now), engine.score());
}

fn tell(engine: &mut Engine, event: Event) {
    engine.apply(event).unwrap();
    verify(engine);
}

fn add(engine: &mut Engine, job: Job) {
    tell(engine, Event::JobAdded(Box::new(job)));
}

/// Master and start of a job.
fn slot(engine: &Engine, job: u128) -> Option<(u128, i64)> {
    engine.slot_of(JobKey(job)).map(|slot| (slot.master.0, slot.start))
}

fn lead(key: u128) -> Job {
    Job { skills: vec![Skill { skill: 1, level: 3 }], ..Job::new(JobKey(key), Place::new(55.76, 37.64)) }
}

/// A second seat for anybody beside a lead.
fn helper(key: u128, lead: &Job) -> Job {
    Job { key: JobKey(key), skills: Vec::new(), beside: Some(lead.key), ..lead.clone() }
}

fn after(key: u128, before: u128, least: i64) -> Job {
    Job { after: Some(After::new(JobKey(before), least)), ..Job::new(JobKey(key), home()) }
}

/// A visit for two with two seats told, the masters 1 (level 3), 2 and 3.
fn pair() -> Engine {
    let mut engine = engine([master(1, 3), master(2, 1), master(3, 1)]);
    add(&mut engine, lead(10));
    add(&mut engine, helper(11, &lead(10)));
    engine
}

#[test]
fn both_seats_start_together_with_different_masters() {
    let mut engine = engine([master(1, 3), master(2, 1)]);
    // The second master is busy till noon at the very place.
    let early = Job {
        service: 3 * HOUR,
        required: vec![MasterKey(2)],
        windows: vec![(9 * HOUR, 9 * HOUR + 600)],
        ..lead(5)
    };
    add(&mut engine, Job { skills: Vec::new(), ..early });
    add(&mut engine, lead(10));
    add(&mut engine, helper(11, &lead(10)));
    let (first, second) = (slot(&engine, 10).unwrap(), slot(&engine, 11).unwrap());
    assert_eq!((first.0, second.0), (1, 2));
    assert_eq!(first.1, second.1);
    assert!(first.1 >= 12 * HOUR, "whoever is first waits: {first:?}");
}

#[test]
fn a_visit_for_two_needs_both_or_is_left_and_says_why() {
    let mut engine = engine([master(1, 3), master(2, 1)]);
    let busy = Job {
        service: 8 * HOUR,
        required: vec![MasterKey(2)],
        priority: 900_000,
        ..Job::new(JobKey(5), home())
    };
    add(&mut engine, busy);
    add(&mut engine, lead(10));
    add(&mut engine, helper(11, &lead(10)));
    assert_eq!((slot(&engine, 10), slot(&engine, 11)), (None, None));
    assert_eq!(engine.plan().unassigned, vec![JobKey(10), JobKey(11)]);
    let verdict = engine.verdict_for(JobKey(10), MasterKey(1), Where::Anywhere).unwrap();
    let Outcome::Breaks(Rule::Seat { job, nearest: Some((nearest, rule)) }) = verdict.outcome else {
        panic!("{verdict:?}")
    };
    assert_eq!((job, nearest), (JobKey(11), MasterKey(2)));
    assert!(matches!(*rule, Rule::Shift { .. } | Rule::Following { .. } | Rule::Window { .. }), "{rule:?}");
    // As soon as somebody is free both get it.
    tell(&mut engine, Event::MasterAdded(Box::new(master(3, 1))));
    assert_eq!(slot(&engine, 10).map(|s| s.0), Some(1));
    assert_eq!(slot(&engine, 11).map(|s| s.0), Some(3));
}

#[test]
fn an_ill_second_master_is_replaced_without_moving_the_first() {
    let mut engine = pair();
    let before = slot(&engine, 10).unwrap();
    let second = slot(&engine, 11).unwrap().0;
    let delta = engine.apply(Event::MasterRemoved { master: MasterKey(second), from: 0 }).unwrap();
    verify(&engine);
    assert_eq!(slot(&engine, 10), Some(before));
    assert_eq!(slot(&engine, 11), Some((5 - second, before.1)));
    assert!(delta.moves.iter().all(|m| m.job == JobKey(11)), "{delta:?}");
    // With nobody left to replace him the whole visit waits.
    tell(&mut engine, Event::MasterRemoved { master: MasterKey(5 - second), from: 0 });
    assert_eq!((slot(&engine, 10), slot(&engine, 11)), (None, None));
}

#[test]
fn both_are_planned_anew_when_the_second_can_only_come_later() {
    let mut engine = engine([master(1, 3), master(2, 1), master(3, 1)]);
    let early = Job {
        service: 2 * HOUR,
        windows: vec![(9 * HOUR, 10 * HOUR)],
        required: vec![MasterKey(3)],
        ..lead(5)
    };
    add(&mut engine, Job { skills: Vec::new(), ..early });
    add(&mut engine, Job { required: vec![MasterKey(1)], ..lead(10) });
    add(&mut engine, Job { excluded: vec![MasterKey(3)], ..helper(11, &lead(10)) });
    let before = slot(&engine, 10).unwrap().1;
    tell(&mut engine, Event::JobChanged(Box::new(helper(11, &lead(10)))));
    tell(&mut engine, Event::MasterRemoved { master: MasterKey(2), from: 0 });
    let (first, second) = (slot(&engine, 10).unwrap(), slot(&engine, 11).unwrap());
    assert_eq!(second.0, 3);
    assert!(first.1 == second.1 && first.1 > before, "{first:?} {second:?} {before}");
}

#[test]
fn when_one_is_late_both_start_later() {
    let mut engine = pair();
    let (first, second) = (slot(&engine, 10).unwrap(), slot(&engine, 11).unwrap());
    for other in 2..=3 {
        let position = solver::Position { place: home(), free_from: 11 * HOUR };
        tell(&mut engine, Event::MasterMoved { master: MasterKey(other), position });
    }
    let (later, same) = (slot(&engine, 10).unwrap(), slot(&engine, 11).unwrap());
    assert_eq!(later.1, same.1);
    assert!(later.1 > 11 * HOUR && first.1 < 10 * HOUR, "{first:?} {second:?} {later:?}");
}

#[test]
fn cancelling_takes_the_seats_and_what_hangs_on_them() {
    let mut engine = pair();
    add(&mut engine, after(12, 10, HOUR));
    let seat = engine.clone().apply(Event::JobRemoved { job: JobKey(11) }).unwrap();
    assert!(seat.moves.iter().any(|m| m.job == JobKey(11) && m.to.is_none()));
    assert!(seat.moves.iter().all(|m| m.job != JobKey(10) || m.to.is_some()), "the first goes on alone");
    let delta = engine.apply(Event::JobRemoved { job: JobKey(10) }).unwrap();
    verify(&engine);
    assert_eq!(engine.jobs().count(), 0);
    assert_eq!(delta.moves.iter().map(|m| m.job.0).collect::<Vec<_>>(), vec![10, 11, 12]);
}

#[test]
fn a_pinned_seat_stays_and_the_other_comes_to_it() {
    let mut engine = pair();
    tell(&mut engine, Event::Pin { job: JobKey(11), master: MasterKey(3), start: Some(14 * HOUR) });
    assert_eq!(slot(&engine, 11), Some((3, 14 * HOUR)));
    assert_eq!(slot(&engine, 10), Some((1, 14 * HOUR)));
    engine.improve_unpublished(Budget::deep(500));
    verify(&engine);
    assert_eq!(slot(&engine, 11), Some((3, 14 * HOUR)));
    tell(&mut engine, Event::Unpin { job: JobKey(11) });
    assert_eq!(slot(&engine, 10).map(|s| s.1), slot(&engine, 11).map(|s| s.1));
}

#[test]
fn a_seat_makes_room_where_it_is_pinned() {
    let mut engine = engine([master(1, 3), master(2, 1), master(3, 1)]);
    add(
        &mut engine,
        Job { service: 9 * HOUR - 600, required: vec![MasterKey(2)], ..Job::new(JobKey(5), home()) },
    );
    add(&mut engine, lead(10));
    let pinned = Some(Pin { master: MasterKey(2), start: None });
    add(&mut engine, Job { pinned, ..helper(11, &lead(10)) });
    assert_eq!(slot(&engine, 11).map(|s| s.0), Some(2));
    assert!(slot(&engine, 10).is_some() && slot(&engine, 5).is_none());
}

#[test]
fn a_started_visit_goes_on_and_its_second_seat_comes_when_it_can() {
    let mut engine = pair();
    let start = slot(&engine, 10).unwrap().1;
    tell(&mut engine, Event::Advance { now: start });
    tell(&mut engine, Event::Started { job: JobKey(10), master: MasterKey(1), at: start });
    let second = slot(&engine, 11).unwrap().0;
    let position = solver::Position { place: home(), free_from: start + HOUR / 2 };
    tell(&mut engine, Event::MasterMoved { master: MasterKey(second), position });
    assert_eq!(slot(&engine, 10), Some((1, start)));
    assert!(slot(&engine, 11).unwrap().1 >= start);
    tell(&mut engine, Event::JobDone { job: JobKey(10), at: start + HOUR });
    assert!(engine.jobs().all(|job| job.beside.is_none()));
}

#[test]
fn a_chain_keeps_its_gaps() {
    let mut engine = engine([master(1, 3), master(2, 1)]);
    add(&mut engine, lead(10));
    let mut follows = after(12, 10, 2 * HOUR);
    follows.after.as_mut().unwrap().most = Some(3 * HOUR);
    add(&mut engine, follows.clone());
    let end = slot(&engine, 10).unwrap().1 + HOUR;
    let start = slot(&engine, 12).unwrap().1;
    assert!((end + 2 * HOUR..=end + 3 * HOUR).contains(&start));
    // The second can only be in the evening, so the first moves towards it.
    follows.windows = vec![(16 * HOUR, 17 * HOUR)];
    tell(&mut engine, Event::JobChanged(Box::new(follows)));
    let end = slot(&engine, 10).unwrap().1 + HOUR;
    let start = slot(&engine, 12).unwrap().1;
    assert!((end + 2 * HOUR..=end + 3 * HOUR).contains(&start), "{end} {start}");
}

#[test]
fn a_chain_over_days_goes_to_the_same_person() {
    let day = |key: u128, person: u128, day: i64| {
        let mut master = master(key, 3);
        master.shift = (day * DAY + 9 * HOUR, day * DAY + 18 * HOUR);
        master.person = Some(MasterKey(person));
        master
    };
    let mut engine = engine([day(1, 100, 0), day(2, 200, 0), day(3, 200, 1), day(4, 100, 1)]);
    add(&mut engine, Job { required: vec![MasterKey(1)], ..lead(10) });
    let mut follows = after(12, 10, 12 * HOUR);
    follows.after.as_mut().unwrap().same_master = true;
    add(&mut engine, follows);
    assert_eq!(slot(&engine, 12).map(|s| s.0), Some(4));
    let outcome = engine.verdict_for(JobKey(12), MasterKey(3), Where::Anywhere).unwrap().outcome;
    assert_eq!(outcome, Outcome::Breaks(Rule::SameMaster { master: MasterKey(100) }));
    // Done by somebody else after all: the second visit goes to him.
    let started = Event::Started { job: JobKey(10), master: MasterKey(2), at: 10 * HOUR };
    engine.apply(started).unwrap();
    tell(&mut engine, Event::JobDone { job: JobKey(10), at: 11 * HOUR });
    assert_eq!(slot(&engine, 12).map(|s| s.0), Some(3));
    let ended = engine.jobs().next().unwrap().after.unwrap().ended.unwrap();
    assert_eq!((ended.at, ended.master), (11 * HOUR, MasterKey(200)));
}

#[test]
fn what_follows_a_job_without_a_master_waits() {
    let mut engine = engine([master(1, 1)]);
    add(&mut engine, lead(10));
    add(&mut engine, after(12, 10, 0));
    assert_eq!((slot(&engine, 10), slot(&engine, 12)), (None, None));
    let outcome = engine.verdict_for(JobKey(12), MasterKey(1), Where::Anywhere).unwrap().outcome;
    assert_eq!(outcome, Outcome::Breaks(Rule::Waits { job: JobKey(10) }));
    tell(&mut engine, Event::MasterAdded(Box::new(master(2, 3))));
    assert!(slot(&engine, 10).is_some() && slot(&engine, 12).is_some());
}

#[test]
fn links_that_cannot_be_kept_are_refused() {
    let mut engine = pair();
    let before = engine.snapshot();
    let chain = |key: u128, before: u128| {
        Event::JobChanged(Box::new(Job { key: JobKey(key), ..after(key, before, 0) }))
    };
    for event in [
        Event::JobAdded(Box::new(helper(20, &lead(99)))),
        Event::JobAdded(Box::new(after(20, 99, 0))),
        Event::JobAdded(Box::new(helper(20, &Job { key: JobKey(11), ..lead(11) }))),
        Event::JobAdded(Box::new(after(20, 11, 0))),
        chain(10, 10),
        Event::JobAdded(Box::new(Job {
            after: Some(After { most: Some(5), ..After::new(JobKey(10), 9) }),
            ..lead(20)
        })),
    ] {
        let refused = engine.apply(event.clone());
        let named = matches!(
            refused,
            Err(EventError::LooseLink { .. } | EventError::Knotted(_) | EventError::Malformed(_))
        );
        assert!(named, "{event:?}: {refused:?}");
        assert!(engine.snapshot() == before, "{event:?}");
    }
    add(&mut engine, after(12, 10, 0));
    assert!(engine.apply(chain(10, 12)).is_err(), "no job follows itself");
    for key in 20..22 {
        add(&mut engine, helper(key, &lead(10)));
    }
    let fifth = engine.apply(Event::JobAdded(Box::new(helper(30, &lead(10)))));
    assert_eq!(fifth, Err(EventError::Knotted(JobKey(30))));
}

#[test]
fn pairs_are_offered_with_what_they_cost() {
    let engine = pair();
    let seats = vec![SeatDraft::default()];
    let skills = vec![Skill { skill: 1, level: 3 }];
    let draft = JobDraft { seats, skills, ..JobDraft::new(Place::new(55.74, 37.60)) };
    let offered = engine.candidates(&draft, &[(12 * HOUR, 13 * HOUR), (15 * HOUR, 16 * HOUR)], 2);
    assert_eq!(offered.len(), 4);
    for candidate in offered {
        let mut lead = draft.clone().into_job(JobKey(70), vec![candidate.window]);
        lead.required = vec![candidate.placement.master];
        let [beside] = &candidate.beside[..] else { panic!("{candidate:?}") };
        assert_eq!((candidate.placement.master, beside.start), (MasterKey(1), candidate.placement.start));
        let mut second = draft.further_seats(&lead, [JobKey(71)]).remove(0);
        second.required = vec![beside.master];
        let mut copy = engine.clone();
        let before = copy.score();
        for job in [lead, second] {
            copy.apply(Event::JobAdded(Box::new(job))).unwrap();
        }
        verify(&copy);
        assert_eq!(slot(&copy, 70), Some((1, candidate.placement.start)));
        assert_eq!(copy.score() - before, candidate.placement.cost + beside.cost);
    }
}

#[test]
fn an_explanation_names_who_else_comes() {
    let engine = pair();
    let told = engine.explain(JobKey(10)).unwrap();
    let second = slot(&engine, 11).unwrap().0;
    assert_eq!(told.beside, vec![(JobKey(11), Some(MasterKey(second)))]);
    let told = engine.explain(JobKey(11)).unwrap();
    assert_eq!(told.alternatives.len(), 1, "the third master could sit in");
    assert!(told.rejected.contains(&(MasterKey(1), Rule::OtherSeat { job: JobKey(10) })));
}

#[test]
fn a_snapshot_with_links_goes_on_alike() {
    let mut engine = pair();
    add(&mut engine, after(12, 10, HOUR));
    let text = serde_json::to_string(&engine.snapshot()).unwrap();
    let snapshot: Snapshot = serde_json::from_str(&text).unwrap();
    let mut restored = Engine::restore(snapshot).unwrap();
    assert_eq!((restored.plan(), restored.score()), (engine.plan(), engine.score()));
    let ill = Event::MasterRemoved { master: MasterKey(1), from: 0 };
    assert_eq!(restored.apply(ill.clone()).unwrap(), engine.apply(ill).unwrap());
    verify(&restored);
}
