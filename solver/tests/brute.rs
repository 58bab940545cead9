//! Small towns solved by trying everything.

use crate::town::{self, Dice, Shape};
use solver::{BoundBudget, Budget, Engine, Event, Job, Master, Params, check, cost_of, tour_cost};

/// What it costs to leave a job; a pin is kept whatever it costs, as long as it can be.
fn undone(job: &Job) -> i64 {
    if job.pinned.is_some() { 1_000_000_000 } else { job.price_undone() }
}

/// The least cost of all assignments and orders.
fn optimum(engine: &Engine) -> i64 {
    let jobs: Vec<&Job> = engine.jobs().collect();
    let full = 1usize << jobs.len();
    let mut left: Vec<i64> = (0..full)
        .map(|set| (0..jobs.len()).filter(|k| set >> k & 1 == 1).map(|k| undone(jobs[k])).sum())
        .collect();
    // left[set]: least cost of serving or skipping exactly `set` with the masters taken so far.
    for master in engine.masters() {
        let mut alone = vec![i64::MAX; full];
        alone[0] = 0;
        orders(engine, master, &jobs, &mut Vec::new(), 0, &mut alone);
        let mut next = left.clone();
        for (set, best) in next.iter_mut().enumerate() {
            let mut part = set;
            while part > 0 {
                if alone[part] < i64::MAX {
                    *best = (*best).min(alone[part] + left[set ^ part]);
                }
                part = (part - 1) & set;
            }
        }
        left = next;
    }
    left[full - 1]
}

fn orders<'a>(
    engine: &Engine,
    master: &Master,
    jobs: &[&'a Job],
    order: &mut Vec<&'a Job>,
    set: usize,
    alone: &mut [i64],
) {
    for (k, job) in jobs.iter().enumerate().filter(|(k, _)| set >> k & 1 == 0) {
        order.push(job);
        let with = set | 1 << k;
        if let Some(cost) = tour_cost(master, order, engine.params(), engine.travel(), engine.now()) {
            alone[with] = alone[with].min(cost.total());
        }
        orders(engine, master, jobs, order, with, alone);
        order.pop();
    }
}

fn small(seed: u64) -> Shape {
    Shape { masters: 1 + seed % 3, jobs: 3 + seed % 4, side: 25, picky: seed.is_multiple_of(2) }
}

/// Leaves every job its first window alone: leaving late is exact only there.
fn one_window(engine: &mut Engine) {
    let several: Vec<Job> = engine.jobs().filter(|job| job.windows.len() > 1).cloned().collect();
    for mut job in several {
        job.windows.truncate(1);
        engine.apply(Event::JobChanged(Box::new(job))).unwrap();
    }
}

/// Rounds of search after which a town of this size has to be at its optimum.
const ROUNDS: usize = 12;

#[test]
fn search_finds_what_brute_force_finds() {
    let mut compared = 0;
    for seed in 0..1000 {
        // Leaving late weighs waiting like travel, as only then the nearest way by the store is the cheapest.
        let late = seed % 7 == 3;
        let wait_permille = if late { 1000 } else { 100 };
        let params = Params { freeze: 0, late_departure: late, wait_permille, ..Params::default() };
        let mut engine = town::settled(seed, small(seed), params);
        if late {
            one_window(&mut engine);
        }
        let best = optimum(&engine);
        for _ in 0..ROUNDS {
            engine.improve_unpublished(Budget { iterations: 2000, heat: 3000 });
            if engine.score().total() == best {
                break;
            }
        }
        // A pin that cannot be kept is told, not traded off, so it has no optimum to compare with.
        let pinned_out = engine.jobs().any(|j| j.pinned.is_some() && engine.slot_of(j.key).is_none());
        if pinned_out {
            continue;
        }
        compared += 1;
        let masters: Vec<Master> = engine.masters().cloned().collect();
        let jobs: Vec<Job> = engine.jobs().cloned().collect();
        let (plan, params, travel) = (engine.plan(), engine.params(), engine.travel());
        assert_eq!(check(&plan, &masters, &jobs, params, travel, engine.now()), Vec::new(), "seed {seed}");
        let counted = cost_of(&plan, &masters, &jobs, params, travel, engine.now());
        assert_eq!(counted, engine.score(), "seed {seed}: {plan:?}");
        assert_eq!(engine.score().total(), best, "seed {seed}: {plan:?}\n{masters:?}\n{jobs:?}");
        if let Ok(bound) = engine.bound(BoundBudget::default()) {
            assert!(bound.bound <= best, "seed {seed}: bound {} of optimum {best}", bound.bound);
            assert_eq!(bound.cost, best, "seed {seed}");
        }
    }
    assert!(compared > 900, "only {compared} towns could be compared");
}

#[test]
fn another_master_never_worsens_the_optimum() {
    for seed in 0..60 {
        let shape = Shape { picky: false, ..small(seed) };
        let mut engine = town::settled(seed, shape, Params::default());
        let before = optimum(&engine);
        let newcomer = town::master(&mut Dice(seed + 1000), 99, shape);
        engine.apply(Event::MasterAdded(Box::new(newcomer))).unwrap();
        assert!(optimum(&engine) <= before, "seed {seed}");
    }
}
