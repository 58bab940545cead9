//! Reports of calls: the books are folded from the journal when somebody first asks, and from then on only go on.

use crate::{front_desk::FrontDesk, house::House};
use domain::{
    calls::report::{By, CallBooks, figures::Figures},
    ports::JournalError,
    refusal::Refusal,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Mutex;

/// Facts that are read at once.
const PAGE: u64 = 5_000;
/// The longest period of one report, in days.
const MOST_DAYS: i64 = 1_100;

/// The books, and the last fact that is in them; cheap to clone, all clones are one.
#[derive(Clone, Default)]
pub(crate) struct Reports(Arc<Mutex<Option<(CallBooks, u64)>>>);

impl Reports {
    /// Takes in what has happened since, page by page.
    async fn caught_up<T>(
        &self,
        house: &House,
        then: impl FnOnce(&CallBooks) -> T,
    ) -> Result<T, JournalError> {
        let mut kept = self.0.lock().await;
        let (books, upto) = kept.get_or_insert_with(|| (CallBooks::new(house.wall_rule()), 0));
        loop {
            let page = house.journal.facts_after(*upto, PAGE).await?;
            page.facts.iter().for_each(|(_, fact)| books.hear(fact));
            *upto = page.upto;
            if page.upto >= page.head {
                return Ok(then(books));
            }
        }
    }
}

/// The figures of a line, as they travel.
fn row(key: &str, name: Option<String>, figures: &Figures) -> Value {
    let counts = figures.counts;
    json!({
        "key": key, "name": name, "offered": counts.offered, "answered": counts.answered, "in_time": counts.in_time,
        "service_level": counts.service_level(), "abandoned": counts.abandoned, "short": counts.short,
        "abandonment": counts.abandonment(), "mean_wait": counts.mean_wait(), "longest_wait": counts.longest_wait_ms / 1000,
        "handled": counts.handled, "mean_handling": counts.mean_handling(), "mean_talk": figures.mean_talk(),
        "mean_hold": figures.mean_hold(), "mean_wrap": figures.mean_wrap(), "occupancy": figures.occupancy(),
        "rung": figures.rung, "missed": counts.missed_rings, "transferred": counts.transferred, "promised": counts.promised,
        "voicemails": counts.voicemails, "dialed": counts.dialed, "callbacks": counts.callbacks,
        "callbacks_kept": counts.callbacks_kept, "unspecified": counts.unspecified,
    })
}

impl FrontDesk {
    /// Folds the books beside other work, so that nobody waits for the first report.
    pub fn warm_reports(&self) {
        let desk = self.clone();
        tokio::spawn(async move {
            if let Err(error) = desk.reports.caught_up(&desk.house, |_| ()).await {
                tracing::warn!(%error, "the books of calls wait for the first report");
            }
        });
    }
    /// Figures of calls from an instant to a later one: `{from, until, by, zone, in_time_s, rows, total}`.
    pub(crate) async fn call_report(
        &self,
        from: Timestamp,
        until: Timestamp,
        by: By,
    ) -> Result<Value, Refusal> {
        let days = until.duration_since(from).as_hours() / 24;
        if until <= from || days > MOST_DAYS {
            let detail = format!(
                "`{from}`…`{until}` is no period: expected one that ends after it begins, of `{MOST_DAYS}` days at most"
            );
            return Err(Refusal::invalid("period", detail));
        }
        let (house, now) = (&self.house, self.house.now());
        let caught_up = self.reports.caught_up(house, |books| books.report(from, until, by, now)).await;
        let report = caught_up.map_err(|error| Refusal::unavailable(error.to_string()))?;
        let rule = house.wall_rule();
        let mut names = std::collections::HashMap::new();
        if by == By::Operator {
            let rows = house.journal.rows(domain::ports::Table::Operator).await;
            for operator in rows.map_err(|error| Refusal::unavailable(error.to_string()))? {
                let text = |field: &str| operator[field].as_str().unwrap_or_default().to_owned();
                names.insert(text("id"), text("name"));
            }
        }
        let rows = report.rows.iter().map(|it| row(&it.key, names.remove(&it.key), &it.figures));
        Ok(json!({
            "from": from.as_millisecond(), "until": until.as_millisecond(), "by": by, "zone": house.clock.zone(),
            "in_time_s": rule.in_time.as_secs(), "rows": rows.collect::<Vec<_>>(), "total": row("", None, &report.total),
        }))
    }
}
