//! The linear programs: combinations, prices, fair loads.

use crate::town::{self, Shape};
use solver::{
    BalanceWeights, Budget, Capacity, Event, JobKey, Load, MasterKey, Params, PoolBudget, distribute,
};

const SHAPE: Shape = Shape { masters: 8, jobs: 60, side: 25, picky: false };

#[test]
fn the_pool_prices_jobs_and_never_worsens_the_plan() {
    let mut priced = 0;
    for seed in 0..8 {
        // Four masters are too few for what is asked of them; their hours are dear once many tours are known.
        let shape = Shape { masters: if seed % 2 == 0 { 4 } else { 8 }, ..SHAPE };
        let mut engine =
            town::settled(seed, shape, Params { threshold: 0, stability: 0, ..Params::default() });
        engine.improve_unpublished(Budget::deep(10_000));
        let before = engine.score().total();
        if let Some(delta) = engine.polish(PoolBudget::default()).unwrap() {
            assert!(delta.gain() > 0);
        }
        assert!(engine.score().total() <= before);
        let prices = engine.prices().unwrap();
        assert!(prices.mix <= before);
        for job in engine.jobs() {
            let price = prices.job(job.key).unwrap();
            assert!(price <= job.priority, "a job costs at most what leaving it out does");
        }
        priced += engine.masters().filter(|m| prices.master_hour(m.key).unwrap() > 0).count();
        let explanation = engine.explain(JobKey(1)).unwrap();
        assert!(explanation.job_price.is_some());
    }
    assert!(priced > 0, "somebody's hour is worth something");
}

#[test]
fn prices_lead_the_search_without_harm() {
    let mut engine = town::settled(5, SHAPE, Params::default());
    engine.improve_unpublished(Budget::deep(500));
    engine.polish(PoolBudget { nodes: 0, columns: 0 }).unwrap();
    let before = engine.score().total();
    engine.improve(Budget::slice(500));
    assert!(engine.score().total() <= before);
}

#[test]
fn equal_masters_get_equal_loads() {
    let masters: Vec<Capacity> =
        (1..=4).map(|key| Capacity { master: MasterKey(key), seconds: 28_800, overtime: 0 }).collect();
    let choices: Vec<(MasterKey, i64)> = (1..=4).map(|key| (MasterKey(key), 600)).collect();
    let loads: Vec<Load> = (0..16)
        .map(|key| Load { job: JobKey(key), seconds: 3600, priority: 40_000, choices: choices.clone() })
        .collect();
    let balance = distribute(&loads, &masters, &BalanceWeights::default()).unwrap();
    assert!(balance.spread < 1e-6 && balance.left_out < 1e-6);
    assert!(balance.loads.iter().all(|load| (load.seconds - 14_400.0).abs() < 1.0));
    let whole: f64 = balance.shares.iter().map(|share| share.share).sum();
    assert!((whole - 16.0).abs() < 1e-6);
}

#[test]
fn a_scarce_hour_has_a_price() {
    let masters = [
        Capacity { master: MasterKey(1), seconds: 7200, overtime: 0 },
        Capacity { master: MasterKey(2), seconds: 28_800, overtime: 0 },
    ];
    let loads: Vec<Load> = (0..4)
        .map(|key| Load {
            job: JobKey(key),
            seconds: 3600,
            priority: 36_000,
            choices: vec![(MasterKey(1), 0), (MasterKey(77), 0)],
        })
        .collect();
    let weights = BalanceWeights { spread: 0, ..BalanceWeights::default() };
    let balance = distribute(&loads, &masters, &weights).unwrap();
    assert!((balance.left_out - 2.0).abs() < 1e-6);
    assert!((balance.loads[0].hour_price - 36_000.0).abs() < 1.0);
    assert!(balance.loads[1].hour_price < 1.0);
}

#[test]
fn an_engine_can_be_balanced() {
    let mut engine = town::settled(2, SHAPE, Params::default());
    engine.apply(Event::MasterRemoved { master: MasterKey(3), from: 0 }).unwrap();
    let balance = engine.balance(&BalanceWeights::default()).unwrap();
    assert_eq!(balance.loads.len(), 7);
    assert!(balance.shares.iter().all(|share| share.master != MasterKey(3)));
}
