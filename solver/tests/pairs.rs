//! Visits for two in a search that goes on between events: a pair that is there already takes the other one over.

use crate::events::verify;
use solver::{Budget, Engine, Event, Job, JobKey, Master, MasterKey, Params, Place};

const HOUR: i64 = 3600;

/// Two visits for two an hour away from everybody's home, each with a pair of its own, where one pair could do both.
fn two_pairs() -> Engine {
    let params = Params { stability: 600, stability_near: 1200, ..Params::default() };
    let mut engine = Engine::new(params, 7);
    let home = Place::new(55.70, 37.60);
    for key in 0..4 {
        engine
            .apply(Event::MasterAdded(Box::new(Master::new(MasterKey(key), home, (8 * HOUR, 20 * HOUR)))))
            .unwrap();
    }
    for (visit, from) in [(0, 12), (1, 14)] {
        let lead = JobKey(10 + visit);
        let mut job = Job::new(lead, Place::new(56.05 + 0.002 * visit as f64, 37.60));
        job.service = HOUR;
        job.windows = vec![(from * HOUR, (from + 2) * HOUR)];
        let beside = Job { key: JobKey(20 + visit), beside: Some(lead), ..job.clone() };
        for (job, master) in [(job, 2 * visit), (beside, 2 * visit + 1)] {
            let key = job.key;
            engine.apply(Event::JobAdded(Box::new(job))).unwrap();
            let master = MasterKey(master);
            engine.apply(Event::Pin { job: key, master, start: Some(from * HOUR) }).unwrap();
        }
    }
    for key in [10, 11, 20, 21] {
        engine.apply(Event::Unpin { job: JobKey(key) }).unwrap();
    }
    engine
}
fn crew(engine: &Engine, visit: u128) -> [u128; 2] {
    let mut who = [10 + visit, 20 + visit].map(|job| engine.slot_of(JobKey(job)).expect("planned").master.0);
    who.sort_unstable();
    who
}

#[test]
fn a_pair_takes_over_the_visit_of_another_pair_whole() {
    let mut engine = two_pairs();
    assert_eq!([crew(&engine, 0), crew(&engine, 1)], [[0, 1], [2, 3]]);
    let before = engine.score();
    let mut slices = 0;
    while crew(&engine, 0) != crew(&engine, 1) {
        engine.improve(Budget::slice(300));
        slices += 1;
        assert!(slices < 100, "nobody found it: {:?} {:?}", crew(&engine, 0), crew(&engine, 1));
    }
    verify(&engine, "one pair");
    assert!(engine.score().travel < before.travel, "half the way");
}
