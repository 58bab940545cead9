//! What the dispatcher does between commands: has the plan improved beside the commands, has known tours
//! combined by the linear program, has the days balanced, and takes back what was not overtaken.

use crate::dispatch::{
    dispatcher::Dispatcher,
    improver::{Found, Search, search},
};
use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};
use serde_json::json;
use solver::Balance;

/// Every so many searches the known tours are combined.
const COMBINE_EVERY: u64 = 20;
/// Every so many searches the days are balanced.
const BALANCE_EVERY: u64 = 100;
/// A full day, to which the fullness of a day is measured.
const DAY_SECONDS: f64 = 8.0 * 3600.0;

/// The state of the searches.
#[derive(Default)]
pub struct Searching {
    running: bool,
    count: u64,
}

impl Searching {
    /// What comes next; the linear programs take their turns among the slices.
    fn next(&mut self, iterations: u64) -> Search {
        self.count += 1;
        match self.count {
            n if n % BALANCE_EVERY == 5 => Search::Balance,
            n if n % COMBINE_EVERY == 10 => Search::Combine,
            _ => Search::Slice(iterations),
        }
    }
}

impl Dispatcher {
    /// Starts the next search, unless one is running, there is nothing to plan, or the house does not want it.
    pub(crate) fn search(&mut self, ctx: &mut Context<Self>) {
        let slice = self.house.tuning.slice;
        if slice == 0 || self.searching.running || self.planner.is_idle() {
            return;
        }
        let next = self.searching.next(slice);
        let (copy, events) = self.planner.copy();
        self.searching.running = true;
        let found = search(copy, next);
        ctx.spawn(found.into_actor(self).map(move |found, act, ctx| {
            act.searching.running = false;
            match found {
                Ok(found) => act.take_back(found, events, ctx),
                Err(error) => tracing::error!(%error, "a search died"),
            }
        }));
    }
    fn take_back(&mut self, found: Found, events: u64, ctx: &mut Context<Self>) {
        if let Some(balance) = &found.balance {
            self.show_balance(balance);
        }
        if !self.planner.is_current(events) {
            return tracing::trace!("a search was overtaken by an event");
        }
        match found.delta {
            Some(delta) => self.weigh(found.engine, &delta, ctx),
            None => self.planner.take(found.engine, self.house.now()),
        }
    }
    /// How even the days are, and how even the linear program says they could be, for the board and the wall.
    fn show_balance(&self, balance: &Balance) {
        let now = self.house.now();
        let busy = self.planner.busy_seconds();
        let planned = |key| busy.get(&key).copied().unwrap_or(0);
        let shares: Vec<f64> = balance.loads.iter().map(|l| planned(l.master) as f64 / DAY_SECONDS).collect();
        let mut masters = serde_json::Map::new();
        for master in self.book.masters.values() {
            let Some(key) = self.planner.shift_of(master, now) else { continue };
            let Some(fair) = balance.loads.iter().find(|l| l.master == key) else { continue };
            masters.insert(
                master.id.to_string(),
                json!({
                    "load_min": planned(key) / 60, "fair_min": (fair.seconds / 60.0).round() as i64,
                    "hour_price": fair.hour_price.round() as i64,
                }),
            );
        }
        let most = shares.iter().copied().fold(0.0, f64::max);
        let least = shares.iter().copied().fold(most, f64::min);
        let percent = |share: f64| (share * 100.0).round() as i64;
        self.house.tell(
            "board",
            "balance",
            Some(json!({
                "spread": percent(most - least), "possible": percent(balance.spread), "masters": masters,
            })),
        );
        self.house.tell("kpi", "load_spread", Some(json!({"value": percent(most - least), "unit": "%"})));
        self.house.tell(
            "kpi",
            "load_spread_possible",
            Some(json!({"value": percent(balance.spread), "unit": "%"})),
        );
    }
}
