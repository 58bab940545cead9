//! How long a report of 100,000 calls takes (or `CALLOUT_CALLS`) over a store in memory, by HTTP: the first one, which
//! folds the whole journal, and those after it.

use domain::{
    calls::call::CallEvent,
    ports::{Batch, Journal},
    values::id::{CallId, OperatorId},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::time::Instant;
use tests::harness::{
    person::Person,
    town::{Town, on_deep_stacks},
};
use uuid::Uuid;

/// Calls in one transaction.
const TOGETHER: usize = 250;

/// The facts of one call that came so many seconds after the first.
fn told(batch: &mut Batch, number: u128, at: Timestamp) {
    let call = CallId::from_uuid(Uuid::from_u128(number + 1));
    let operator = OperatorId::from_uuid(Uuid::from_u128(number % 40 + 1));
    let answered = !number.is_multiple_of(12);
    let mut events = vec![(0, CallEvent::Incoming), (1, CallEvent::Queued)];
    if answered {
        let closed = CallEvent::Closed { disposition: "request".into(), note: String::new(), about: None };
        events.extend([
            (4, CallEvent::Offered { operator }),
            (9, CallEvent::Answered),
            (130, CallEvent::Ended { by_caller: true }),
            (150, closed),
        ]);
    } else {
        events.push((40, CallEvent::Abandoned));
    }
    for (ver, (second, event)) in events.into_iter().enumerate() {
        let mut data = serde_json::to_value(&event).unwrap_or_default();
        data["queue"] = json!(format!("queue {}", number % 5));
        let at = at + SignedDuration::from_secs(second);
        batch.tell(call, ver as u64 + 1, event.name(), at, "line", &data);
    }
}

fn main() -> anyhow::Result<()> {
    let calls: usize = std::env::var("CALLOUT_CALLS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    on_deep_stacks(async move {
        let town = Town::open("mem://").await?;
        let journal = std::sync::Arc::clone(&town.app.house.journal);
        let until = town.app.house.now();
        let from = until - SignedDuration::from_hours(24 * 90);
        let step = SignedDuration::from_hours(24 * 90).as_secs() / i64::try_from(calls)?;
        let began = Instant::now();
        for first in (0..calls).step_by(TOGETHER) {
            let mut batch = Batch::default();
            for number in first..(first + TOGETHER).min(calls) {
                told(
                    &mut batch,
                    number as u128,
                    from + SignedDuration::from_secs(step * i64::try_from(number)?),
                );
            }
            Journal::commit(&*journal, batch).await?;
        }
        println!("{calls} calls are kept after {:.1} s", began.elapsed().as_secs_f64());
        let manager = Person::sign_in(town.app.http, "manager", &["board"]).await?;
        let (from, until) = (from.as_millisecond(), until.as_millisecond());
        for (what, by) in
            [("the first", "day"), ("another", "day"), ("another", "operator"), ("another", "hour")]
        {
            let began = Instant::now();
            let report =
                manager.get(&format!("/api/reports/calls?from={from}&until={until}&by={by}")).await?;
            println!(
                "{what} report by {by}: {:.0} ms, {} lines, {} calls offered, service level {} %",
                began.elapsed().as_secs_f64() * 1e3,
                report["rows"].as_array().map_or(0, Vec::len),
                report["total"]["offered"],
                report["total"]["service_level"],
            );
        }
        town.app.stop().await;
        Ok(())
    })
}
