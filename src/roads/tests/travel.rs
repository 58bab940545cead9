//! Travel times as the planner asks for them.

use crate::data::{Dice, town};
use roads::{HourlyTravel, Network, RoadTravel, Tables, Traffic};
use solver::{Engine, Event, GreatCircle, Job, JobKey, Master, MasterKey, Params, Place, TravelTimes, check};
use std::sync::Arc;

fn network(seed: u64) -> Arc<Network> {
    Arc::new(Network::prepare(town(seed), Traffic::default()))
}

const DAY: i64 = 86_400;

/// Places anywhere in the town, a little beside its roads.
fn places(count: usize, seed: u64) -> Vec<Place> {
    let mut dice = Dice(seed);
    let mut degrees = |spread: u64| (dice.below(spread) as f64 - spread as f64 / 2.0) * 1e-6;
    (0..count).map(|_| Place::new(58.01 + degrees(80_000), 56.25 + degrees(140_000))).collect()
}

#[test]
fn pair_by_pair_and_as_a_table_the_ways_are_the_same() {
    let travel = RoadTravel::new(network(11), 12);
    let (from, to) = (places(30, 1), places(30, 2));
    let table = travel.table(&from, &to).expect("the source is here");
    for (i, a) in from.iter().enumerate() {
        for (j, b) in to.iter().enumerate() {
            assert_eq!(travel.leg(a, b), table.leg(i, j));
            assert_eq!(travel.leg(a, b), travel.leg(a, b), "asked twice");
        }
    }
}

#[test]
fn a_small_memory_gives_the_same_answers() {
    let network = network(11);
    let (wide, narrow) = (RoadTravel::new(Arc::clone(&network), 12), RoadTravel::with_limit(network, 12, 60));
    let places = places(40, 3);
    for a in &places {
        for b in &places {
            assert_eq!(wide.leg(a, b), narrow.leg(a, b));
        }
    }
    assert!(narrow.held() <= 60 && wide.held() > 1000, "{} {}", narrow.held(), wide.held());
}

#[test]
fn the_peak_takes_longer_than_the_night() {
    let network = network(12);
    let (night, peak) = (RoadTravel::new(Arc::clone(&network), 3), RoadTravel::new(network, 9));
    let places = places(20, 4);
    let sum = |travel: &RoadTravel| -> i64 {
        places.iter().flat_map(|a| places.iter().map(move |b| travel.leg(a, b).seconds)).sum()
    };
    assert!(sum(&peak) * 100 > sum(&night) * 120, "{} {}", sum(&peak), sum(&night));
}

#[test]
fn roads_are_longer_than_the_crow_flies() {
    let travel = RoadTravel::new(network(13), 3);
    for pair in places(200, 5).chunks(2) {
        let leg = travel.leg(&pair[0], &pair[1]);
        assert!(leg.metres as f64 + 20.0 >= pair[0].metres(&pair[1]), "{leg:?}");
    }
}

#[test]
fn places_off_the_map_are_told_as_the_crow_flies() {
    let travel = RoadTravel::new(network(13), 12);
    let (here, far) = (Place::new(58.01, 56.25), Place::new(60.0, 50.0));
    assert_eq!(travel.leg(&here, &far), GreatCircle::default().leg(&here, &far));
    assert_eq!(travel.leg(&far, &here), GreatCircle::default().leg(&far, &here));
    assert_eq!(travel.leg(&far, &far).seconds, 0);
}

#[test]
fn threads_asking_at_once_get_what_one_alone_gets() {
    let network = network(14);
    let (alone, shared) = (RoadTravel::new(Arc::clone(&network), 12), RoadTravel::new(network, 12));
    let places = places(60, 6);
    std::thread::scope(|scope| {
        for shift in 0..3 {
            let (places, shared, alone) = (&places, &shared, &alone);
            scope.spawn(move || {
                for k in 0..places.len() * places.len() {
                    let k = (k * 7 + shift * 1000) % (places.len() * places.len());
                    let (a, b) = (&places[k / places.len()], &places[k % places.len()]);
                    assert_eq!(shared.leg(a, b), alone.leg(a, b));
                }
            });
        }
    });
}

#[test]
fn the_planner_plans_a_day_by_road_and_the_checker_agrees() {
    day_by_road(Arc::new(RoadTravel::new(network(15), 12)));
}

#[test]
fn the_planner_plans_a_day_around_the_peaks_and_the_checker_agrees() {
    day_by_road(Arc::new(HourlyTravel::new(network(15), 12)));
}

fn day_by_road(travel: Arc<dyn TravelTimes>) {
    let params = Params::default();
    let mut engine = Engine::with_travel(params.clone(), Arc::clone(&travel), 1);
    let places = places(34, 7);
    for (key, home) in (0u128..).zip(&places[..4]) {
        let master = Master::new(MasterKey(key), *home, (9 * 3600, 19 * 3600));
        engine.apply(Event::MasterAdded(Box::new(master))).expect("a new master");
    }
    for (key, place) in (0u128..).zip(&places[4..]) {
        let mut job = Job::new(JobKey(key), *place);
        job.service = 1800;
        engine.apply(Event::JobAdded(Box::new(job))).expect("a new job");
    }
    engine.improve_unpublished(solver::Budget::deep(500));
    let (masters, jobs): (Vec<_>, Vec<_>) =
        (engine.masters().cloned().collect(), engine.jobs().cloned().collect());
    let plan = engine.plan();
    assert_eq!(check(&plan, &masters, &jobs, &params, &*travel, engine.now()), []);
    assert!(plan.unassigned.is_empty());
}

#[test]
fn nobody_who_leaves_later_arrives_sooner() {
    let network = network(12);
    let hourly = HourlyTravel::new(Arc::clone(&network), 12);
    let fixed = [3, 9, 12].map(|hour| (hour, RoadTravel::new(Arc::clone(&network), hour as u8)));
    assert!(hourly.is_clocked());
    for pair in places(24, 6).chunks(2) {
        let mut before = i64::MIN;
        for moment in (-DAY..DAY).step_by(11) {
            let arrival = moment + hourly.leg_at(&pair[0], &pair[1], moment).seconds;
            assert!(arrival >= before, "at {moment}");
            before = arrival;
        }
        // Well within one traffic the ways are that traffic's own.
        for (hour, travel) in &fixed {
            let leg = travel.leg(&pair[0], &pair[1]);
            assert!(leg.seconds < 1800, "a way across the town takes {} s", leg.seconds);
            assert_eq!(hourly.leg_at(&pair[0], &pair[1], hour * 3600), leg);
        }
        assert_eq!(hourly.leg(&pair[0], &pair[1]), fixed[2].1.leg(&pair[0], &pair[1]), "usual");
        // Begun before the peak and ended in it, a way takes a time between the two.
        let (day, peak) = (fixed[2].1.leg(&pair[0], &pair[1]), fixed[1].1.leg(&pair[0], &pair[1]));
        let across = hourly.leg_at(&pair[0], &pair[1], 8 * 3600 - day.seconds / 2).seconds;
        assert!((day.seconds..=peak.seconds).contains(&across), "{} {across} {}", day.seconds, peak.seconds);
    }
}

#[test]
fn a_town_without_traffic_has_no_clock() {
    let network = Arc::new(Network::prepare(town(12), Traffic::none()));
    assert!(!HourlyTravel::new(network, 12).is_clocked());
}
