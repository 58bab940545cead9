//! Small towns solved by trying everything.

use crate::town::{self, Dice, Shape};
use solver::{
    BoundBudget, Budget, Engine, Event, Job, Master, Params, check, cost_of, tour_cost, tours_cost,
};

/// What it costs to leave a job; a pin is kept whatever it costs, as long as it can be.
fn undone(job: &Job) -> i64 {
    if job.pinned.is_some() { 1_000_000_000 } else { job.price_undone() }
}

/// One order of some jobs for one master: which jobs, and what it costs at least whatever the others do.
struct Order<'a> {
    set: usize,
    jobs: Vec<&'a Job>,
    least: i64,
}

/// All orders a master could keep if nobody else had a say in his times.
fn orders_of<'a>(engine: &Engine, master: &Master, jobs: &[&'a Job]) -> Vec<Order<'a>> {
    let mut found = vec![Order { set: 0, jobs: Vec::new(), least: 0 }];
    let mut k = 0;
    while k < found.len() {
        for (n, job) in
            jobs.iter().enumerate().filter(|(n, _)| found[k].set >> n & 1 == 0).collect::<Vec<_>>()
        {
            let mut order = found[k].jobs.clone();
            order.push(job);
            let cost = tour_cost(master, &order, engine.params(), engine.travel(), engine.now());
            let linked = |job: &&Job| {
                let hangs = |other: &&Job| {
                    other.beside == Some(job.key) || other.after.is_some_and(|after| after.job == job.key)
                };
                job.beside.is_some() || job.after.is_some() || jobs.iter().any(hangs)
            };
            let loose = master.spell.is_some() || engine.travel().is_clocked();
            if loose && order.iter().any(linked) {
                // Whoever waits for others may have had his break by then, and ways are shorter at other hours.
                found.push(Order { set: found[k].set | 1 << n, jobs: order, least: 0 });
            } else if let Some(cost) = cost {
                // A later start can save waiting, and nothing else.
                found.push(Order {
                    set: found[k].set | 1 << n,
                    jobs: order,
                    least: cost.total() - cost.wait,
                });
            }
        }
        k += 1;
    }
    found.sort_by_key(|order| order.least);
    found
}

/// The least cost of all assignments and orders where jobs hang together, so that no tour can be judged alone.
fn joint_optimum(engine: &Engine) -> i64 {
    let jobs: Vec<&Job> = engine.jobs().collect();
    let masters: Vec<&Master> = engine.masters().collect();
    let orders: Vec<Vec<Order<'_>>> = masters.iter().map(|m| orders_of(engine, m, &jobs)).collect();
    let skipped: Vec<i64> = (0..1usize << jobs.len())
        .map(|set| (0..jobs.len()).filter(|k| set >> k & 1 == 0).map(|k| undone(jobs[k])).sum())
        .collect();
    let number = |key| jobs.iter().position(|job| job.key == key);
    let links: Vec<(usize, usize, bool)> = jobs
        .iter()
        .enumerate()
        .filter_map(|(k, job)| match (job.beside, job.after) {
            (Some(lead), _) => Some((k, number(lead)?, true)),
            (None, Some(after)) => Some((k, number(after.job)?, false)),
            _ => None,
        })
        .collect();
    let mut best = skipped[0];
    let mut chosen = Vec::new();
    combine(engine, &masters, &orders, &skipped, &links, &jobs, &mut chosen, &mut best);
    best
}

#[expect(clippy::too_many_arguments, reason = "what a recursion carries along")]
fn combine<'a>(
    engine: &Engine,
    masters: &[&'a Master],
    orders: &'a [Vec<Order<'a>>],
    skipped: &[i64],
    links: &[(usize, usize, bool)],
    jobs: &[&'a Job],
    chosen: &mut Vec<&'a Order<'a>>,
    best: &mut i64,
) {
    let set = chosen.iter().fold(0, |set, order| set | order.set);
    let spent: i64 = chosen.iter().map(|order| order.least).sum();
    if let Some(own) = orders.get(chosen.len()) {
        for order in own.iter().filter(|order| order.set & set == 0) {
            if spent + order.least >= *best {
                break;
            }
            let twice =
                |&(a, b, seats): &(usize, usize, bool)| seats && order.set >> a & order.set >> b & 1 == 1;
            if links.iter().any(twice) {
                continue;
            }
            chosen.push(order);
            combine(engine, masters, orders, skipped, links, jobs, chosen, best);
            chosen.pop();
        }
        return;
    }
    let has = |k: usize| set >> k & 1 == 1;
    let broken =
        |&(a, b, seats): &(usize, usize, bool)| if seats { has(a) != has(b) } else { has(a) && !has(b) };
    if spent + skipped[set] >= *best || links.iter().any(broken) {
        return;
    }
    let tours: Vec<(&Master, Vec<&Job>)> =
        masters.iter().zip(chosen.iter()).map(|(&m, order)| (m, order.jobs.clone())).collect();
    let cost = tours_cost(&tours, jobs, engine.params(), engine.travel(), engine.now());
    if let Some(cost) = cost {
        *best = (*best).min(cost.total() + skipped[set]);
    }
}

/// The least cost of all assignments and orders.
fn optimum(engine: &Engine) -> i64 {
    let jobs: Vec<&Job> = engine.jobs().collect();
    if jobs.iter().any(|job| job.beside.is_some() || job.after.is_some()) {
        return joint_optimum(engine);
    }
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
    let (mut compared, mut linked) = (0, 0);
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
        let hangs = engine.jobs().any(|job| job.beside.is_some() || job.after.is_some());
        for _ in 0..if hangs { 4 * ROUNDS } else { ROUNDS } {
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
        linked += usize::from(hangs);
    }
    assert!(linked > 200, "only {linked} towns had jobs that hang together");
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
