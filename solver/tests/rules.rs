//! Single rules at work: what each one does to a day, by the smallest town that shows it.

use solver::{
    Bound, BoundBudget, Budget, Engine, Event, GreatCircle, Hour, Job, JobKey, LpError, Master, MasterKey,
    Outcome, Pace, Params, Part, Pause, Place, Policy, Rest, Rule, Spell, Traffic, TravelTimes, Where, check,
};
use std::sync::Arc;

const HOUR: i64 = 3600;

fn home() -> Place {
    Place::new(55.75, 37.62)
}

fn engine(masters: Vec<Master>) -> Engine {
    let mut engine = Engine::new(Params::default(), 1);
    for master in masters {
        engine.apply(Event::MasterAdded(Box::new(master))).unwrap();
    }
    engine
}

fn master(key: u128) -> Master {
    Master::new(MasterKey(key), home(), (9 * HOUR, 18 * HOUR))
}

fn add(engine: &mut Engine, job: Job) {
    engine.apply(Event::JobAdded(Box::new(job))).unwrap();
    let masters: Vec<Master> = engine.masters().cloned().collect();
    let jobs: Vec<Job> = engine.jobs().cloned().collect();
    let wrong = check(&engine.plan(), &masters, &jobs, engine.params(), engine.travel(), engine.now());
    assert_eq!(wrong, Vec::new());
}

fn start(engine: &Engine, job: u128) -> i64 {
    engine.slot_of(JobKey(job)).unwrap().start
}

#[test]
fn a_pause_is_taken_between_jobs_and_inside_its_window() {
    let pause = Pause { window: (12 * HOUR, 13 * HOUR), seconds: 1800 };
    let mut engine = engine(vec![Master { pauses: vec![pause], ..master(1) }]);
    for key in 0..3 {
        add(&mut engine, Job { service: 2 * HOUR, ..Job::new(JobKey(key), home()) });
    }
    let plan = engine.plan();
    let starts: Vec<i64> = plan.tours[0].stops.iter().map(|stop| stop.start).collect();
    // Two hours from eleven would end at one: in time for the pause, which then comes first of all.
    assert_eq!(starts, vec![9 * HOUR, 11 * HOUR, 13 * HOUR + 1800]);
    let long = Job { service: 4 * HOUR, required: vec![MasterKey(1)], ..Job::new(JobKey(9), home()) };
    let mut fresh = self::engine(vec![Master { pauses: vec![pause], ..master(1) }]);
    add(&mut fresh, Job { windows: vec![(10 * HOUR, 11 * HOUR)], ..long });
    let verdict = fresh.verdict_for(JobKey(9), MasterKey(1), Where::Anywhere).unwrap();
    assert_eq!(verdict.outcome, Outcome::Breaks(Rule::Pause), "ten to two leaves no room for lunch");
}

#[test]
fn slack_of_a_day_with_a_pause_is_what_it_says() {
    let pause = Pause { window: (12 * HOUR, 14 * HOUR), seconds: 1800 };
    let mut engine = engine(vec![Master { pauses: vec![pause], ..master(1) }]);
    for key in 0..4 {
        let place = Place::new(55.75 + 0.01 * key as f64, 37.62);
        let windows = vec![((9 + key as i64) * HOUR, (13 + key as i64) * HOUR)];
        add(&mut engine, Job { windows, ..Job::new(JobKey(key), place) });
    }
    let order =
        |engine: &Engine| engine.plan().tours[0].stops.iter().map(|stop| stop.job).collect::<Vec<_>>();
    for stop in &engine.plan().tours[0].stops {
        let slack = stop.slack.unwrap();
        let works = |by: i64| {
            let mut copy = engine.clone();
            let job = engine.jobs().find(|job| job.key == stop.job).unwrap().clone();
            let windows = vec![(job.windows[0].0.max(stop.arrival + by), job.windows[0].1)];
            let changed = Event::JobChanged(Box::new(Job { windows, ..job }));
            copy.apply(changed).is_ok() && order(&copy) == order(&engine)
        };
        assert!(works(slack) && !works(slack + 1), "job {} may slip {slack}", stop.job);
    }
}

#[test]
fn rest_between_two_days_stands_above_overtime() {
    let rest = Rest { seconds: 11 * HOUR, since: Some(23 * HOUR - 24 * HOUR), until: Some(30 * HOUR) };
    let tired = Master { overtime: 3 * HOUR, rest: Some(rest), ..master(1) };
    let mut engine = engine(vec![tired.clone()]);
    for key in 0..4 {
        add(&mut engine, Job { service: 3 * HOUR, ..Job::new(JobKey(key), home()) });
    }
    // Home at eleven at night, so out at ten; out again at six, so home by seven: three jobs of three hours fit.
    let plan = engine.plan();
    let starts: Vec<i64> = plan.tours[0].stops.iter().map(|stop| stop.start / HOUR).collect();
    assert_eq!(starts, vec![10, 13, 16]);
    let verdict = engine.verdict_for(plan.unassigned[0], MasterKey(1), Where::Anywhere).unwrap();
    assert_eq!(verdict.outcome, Outcome::Breaks(Rule::Rest { by: 3 * HOUR }));
    // An hour less of rest is an hour more of work, on either side.
    let rested = Master { rest: Some(Rest { seconds: 8 * HOUR, ..rest }), ..tired };
    engine.apply(Event::MasterChanged(Box::new(rested))).unwrap();
    assert_eq!(engine.plan().unassigned, Vec::new());
    let refused = Master { rest: Some(Rest { seconds: -1, ..rest }), ..master(2) };
    assert!(engine.apply(Event::MasterAdded(Box::new(refused))).is_err());
}

#[test]
fn who_is_fast_at_a_kind_of_work_ends_it_sooner() {
    let mut engine = engine(vec![Master { paces: vec![Pace { kind: 4, permille: 500 }], ..master(1) }]);
    add(&mut engine, Job { kind: Some(4), ..Job::new(JobKey(1), home()) });
    add(&mut engine, Job { kind: Some(5), ..Job::new(JobKey(2), home()) });
    let plan = engine.plan();
    let mut lengths: Vec<i64> = plan.tours[0].stops.iter().map(|stop| stop.end - stop.start).collect();
    lengths.sort_unstable();
    assert_eq!(lengths, vec![HOUR / 2, HOUR]);
}

#[test]
fn a_job_waits_for_its_part() {
    let mut engine = engine(vec![master(1)]);
    add(&mut engine, Job { release: Some(14 * HOUR), ..Job::new(JobKey(1), home()) });
    assert_eq!(start(&engine, 1), 14 * HOUR);
    let early = vec![(9 * HOUR, 11 * HOUR)];
    add(&mut engine, Job { release: Some(14 * HOUR), windows: early, ..Job::new(JobKey(2), home()) });
    let verdict = engine.verdict_for(JobKey(2), MasterKey(1), Where::Anywhere).unwrap();
    assert_eq!(verdict.outcome, Outcome::Breaks(Rule::Window { by: 3 * HOUR }));
}

#[test]
fn a_stranger_to_the_territory_comes_only_when_it_pays() {
    let near = Place::new(55.76, 37.62);
    let stranger = Master { zones: vec![2], ..Master::new(MasterKey(1), near, (9 * HOUR, 18 * HOUR)) };
    let mut engine = engine(vec![stranger, Master { zones: vec![1], ..master(2) }]);
    add(&mut engine, Job { zone: Some(1), ..Job::new(JobKey(1), near) });
    assert_eq!(engine.slot_of(JobKey(1)).unwrap().master, MasterKey(2));
    assert_eq!(engine.score().zone, 0);
    engine.apply(Event::MasterRemoved { master: MasterKey(2), from: 9 * HOUR }).unwrap();
    assert_eq!(engine.slot_of(JobKey(1)).unwrap().master, MasterKey(1));
    assert_eq!(engine.score().zone, Params::default().zone);
}

#[test]
fn a_dear_job_goes_outside_when_that_is_cheaper() {
    let mut engine = engine(vec![master(1)]);
    let far = Place::new(56.2, 38.4);
    add(&mut engine, Job { outside: Some(3000), ..Job::new(JobKey(1), far) });
    add(&mut engine, Job { outside: Some(3000), ..Job::new(JobKey(2), home()) });
    let plan = engine.plan();
    assert_eq!((plan.outside, plan.unassigned), (vec![JobKey(1)], Vec::new()));
    assert_eq!(engine.score().unassigned, 3000);
    assert!(engine.slot_of(JobKey(2)).is_some());
}

#[test]
fn the_rush_hour_makes_ways_longer() {
    let hours = vec![Hour { from: 0, permille: 1000 }, Hour { from: 9 * HOUR, permille: 2000 }];
    let usual: Arc<dyn TravelTimes> = Arc::new(GreatCircle::default());
    let traffic = Arc::new(Traffic::new(usual.clone(), hours));
    let mut engine = Engine::with_travel(Params::default(), traffic, 1);
    engine.apply(Event::MasterAdded(Box::new(master(1)))).unwrap();
    let place = Place::new(55.80, 37.70);
    add(&mut engine, Job::new(JobKey(1), place));
    let way = usual.leg(&home(), &place).seconds;
    assert!((start(&engine, 1) - 9 * HOUR - 2 * way).abs() <= 2);
    assert_eq!(engine.bound(BoundBudget::default()), Err(LpError::Clocked));
}

#[test]
fn a_missing_part_or_tool_is_named() {
    let mut engine = engine(vec![Master { stock: vec![Part::new(3, 1)], ..master(1) }]);
    add(&mut engine, Job { parts: vec![Part::new(3, 2)], ..Job::new(JobKey(1), home()) });
    add(&mut engine, Job { tools: vec![8], ..Job::new(JobKey(2), home()) });
    let broken = |job| engine.verdict_for(JobKey(job), MasterKey(1), Where::Anywhere).unwrap().outcome;
    assert_eq!(broken(1), Outcome::Breaks(Rule::Part { part: 3, have: 1, need: 2 }));
    assert_eq!(broken(2), Outcome::Breaks(Rule::Tool { tool: 8 }));
}

#[test]
fn a_policy_does_what_its_name_says() {
    let travel_and_strangers = |policy: Policy| {
        let (mut travel, mut strange) = (0, 0);
        for seed in 0..6 {
            let shape = crate::town::Shape { masters: 6, jobs: 40, side: 25, picky: false };
            let mut engine = Engine::new(policy.params(), seed);
            let mut dice = crate::town::Dice(seed);
            for key in 0..shape.masters {
                let master = crate::town::master(&mut dice, key, shape);
                engine.apply(Event::MasterAdded(Box::new(master))).unwrap();
            }
            for key in 0..shape.jobs {
                let preferred = vec![MasterKey(dice.below(shape.masters).into())];
                let job = Job { preferred, ..crate::town::job(&mut dice, key, shape) };
                engine.apply(Event::JobAdded(Box::new(job))).unwrap();
            }
            engine.improve_unpublished(Budget::deep(3000));
            travel += engine.score().travel;
            strange += engine.score().preference / engine.params().preference;
        }
        (travel, strange)
    };
    let (road, strangers) = travel_and_strangers(Policy::LeastTravel);
    let (longer, fewer) = travel_and_strangers(Policy::CustomerFirst);
    assert!(road < longer, "{road} {longer}");
    assert!(fewer < strangers, "{fewer} {strangers}");
    let text = serde_json::to_string(&Policy::ALL).unwrap();
    assert_eq!(text, r#"["balanced","customer_first","least_travel","emergency"]"#);
}

#[test]
fn a_bound_lies_below_the_plan_and_prices_what_is_scarce() {
    let shape = crate::town::Shape { masters: 5, jobs: 40, side: 20, picky: false };
    let mut engine = crate::town::settled(4, shape, Params::default());
    engine.improve_unpublished(Budget::deep(4000));
    let Bound { cost, bound, settled, prices, .. } = engine.bound(BoundBudget::default()).unwrap();
    assert!(settled && bound <= cost && bound > cost / 2, "{bound} {cost}");
    assert_eq!(engine.bound(BoundBudget::default()).unwrap().bound, bound);
    for job in engine.jobs() {
        assert!(prices.job(job.key).unwrap() <= job.priority);
    }
}

#[test]
fn a_break_is_due_after_so_much_work_and_driving() {
    let spell = Some(Spell { most: 3 * HOUR, rest: 1800 });
    let mut engine = engine(vec![Master { spell, ..master(1) }]);
    for key in 0..3 {
        add(&mut engine, Job { service: 2 * HOUR, ..Job::new(JobKey(key), home()) });
    }
    let starts: Vec<i64> = engine.plan().tours[0].stops.iter().map(|stop| stop.start).collect();
    assert_eq!(starts, vec![9 * HOUR, 11 * HOUR + 1800, 14 * HOUR]);
    // Whoever waits as long as a break has had his.
    let mut fresh = self::engine(vec![Master { spell, ..master(1) }]);
    add(&mut fresh, Job { service: 2 * HOUR, ..Job::new(JobKey(0), home()) });
    let windows = vec![(11 * HOUR + 2700, 12 * HOUR)];
    add(&mut fresh, Job { service: 2 * HOUR, windows, ..Job::new(JobKey(1), home()) });
    assert_eq!(start(&fresh, 1), 11 * HOUR + 2700);
    // Longer than a spell by itself, it is broken off once.
    let mut long = self::engine(vec![Master { spell, ..master(1) }]);
    add(&mut long, Job { service: 5 * HOUR, ..Job::new(JobKey(0), home()) });
    let stop = long.plan().tours[0].stops[0].clone();
    assert_eq!((stop.start, stop.end), (9 * HOUR, 14 * HOUR + 1800));
    assert_eq!(long.plan().tours[0].stops[0].slack, Some(18 * HOUR - stop.end));
}

#[test]
fn a_break_is_taken_before_a_way_home_too_long_without_one() {
    let spell = Some(Spell { most: HOUR, rest: 1800 });
    let mut engine = engine(vec![Master { spell, ..master(1) }]);
    let place = Place::new(55.79, 37.62);
    let way = GreatCircle::default().leg(&home(), &place).seconds;
    add(&mut engine, Job { service: HOUR - way, ..Job::new(JobKey(1), place) });
    let tour = engine.plan().tours[0].clone();
    assert_eq!(tour.stops[0].rest, 0);
    assert_eq!(tour.end, tour.stops[0].end + 1800 + way);
}
