//! Other weights for a plan that is kept warm: nobody's order changes, every sum is as if it had always been weighed so.

use crate::{
    events::verify,
    town::{self, Shape},
};
use solver::{Budget, Engine, JobKey, Params, Policy};
use std::collections::BTreeMap;

const SHAPE: Shape = Shape { masters: 6, jobs: 30, side: 25, picky: true };

fn town_of(seed: u64) -> Engine {
    let mut engine = town::settled(seed, SHAPE, Params::default());
    engine.improve(Budget::deep(300));
    engine
}

fn order(engine: &Engine) -> Vec<Vec<JobKey>> {
    let tours = engine.plan().tours;
    tours.iter().map(|tour| tour.stops.iter().map(|stop| stop.job).collect()).collect()
}
fn starts(engine: &Engine) -> BTreeMap<JobKey, i64> {
    let tours = engine.plan().tours;
    tours.iter().flat_map(|tour| tour.stops.iter().map(|stop| (stop.job, stop.start))).collect()
}

#[test]
fn a_plan_weighed_anew_stands_and_counts_as_the_checker_does() {
    for seed in 0..60 {
        let mut engine = town_of(seed);
        let (order, cost) = (order(&engine), engine.score());
        for policy in Policy::ALL {
            let before = starts(&engine);
            let delta = engine.weigh(policy.params());
            verify(&engine, &format!("{policy:?} of town {seed}"));
            assert_eq!(self::order(&engine), order, "{policy:?} moved somebody in town {seed}");
            let now = starts(&engine);
            let shifted: Vec<JobKey> =
                before.iter().filter(|(job, at)| now[*job] != **at).map(|(job, _)| *job).collect();
            let told: Vec<JobKey> = delta.moves.iter().map(|it| it.job).collect();
            assert_eq!(told, shifted, "{policy:?} of town {seed}");
            assert_eq!((delta.after, delta.version), (engine.score(), engine.version()));
        }
        engine.weigh(Params::default());
        assert_eq!(engine.score(), cost, "town {seed}");
    }
}

#[test]
fn a_search_under_other_weights_looks_for_what_they_ask() {
    let (mut road, mut strangers) = ((0, 0), (0, 0));
    for seed in 0..24 {
        let planned = |policy: Policy| {
            let mut engine = town_of(seed);
            engine.weigh(policy.params());
            for _ in 0..3 {
                engine.improve(Budget::deep(600));
            }
            verify(&engine, &format!("{policy:?} of town {seed}"));
            // Counted alike, whatever they were planned by; nobody is left out for it more often.
            engine.weigh(Params { stability: 0, stability_near: 0, ..Params::default() });
            engine.score()
        };
        let (least, first) = (planned(Policy::LeastTravel), planned(Policy::CustomerFirst));
        road = (road.0 + least.travel + least.overtime, road.1 + first.travel + first.overtime);
        strangers = (strangers.0 + least.preference, strangers.1 + first.preference);
    }
    assert!(road.0 < road.1, "the road is shorter where it counts: {road:?}");
    assert!(strangers.0 > strangers.1, "the client's own master comes where that counts: {strangers:?}");
}

#[test]
fn other_weights_leave_alone_how_ways_and_hours_are_counted() {
    let params = Params { late_departure: true, return_home: false, ..Params::default() };
    let mut engine = town::settled(7, SHAPE, params);
    let version = engine.version();
    engine.weigh(Policy::Emergency.params());
    let now = engine.params();
    assert!(now.late_departure && !now.return_home && engine.version() > version);
    assert_eq!(now.freeze, Policy::Emergency.params().freeze);
}
