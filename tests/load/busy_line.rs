//! Calls a second through the whole product: SIP, the line, the distribution, an operator's desk phone, and every step
//! kept by the journal; beside the rate, the processor and the memory of the server's process.
//!
//! `CALLOUT_LINE_RATES` (calls a second, in order), `CALLOUT_LINE_SECONDS` of each, `CALLOUT_LINE_DESKS`. After the
//! list, twice the best clean rate: how much of it still succeeds, and how many are turned away at once (503). Callers
//! and desks live in this process, on the same cores as the server.

use anyhow::Context;
use futures_util::{StreamExt, stream::FuturesUnordered};
use serde_json::json;
use std::time::{Duration, Instant};
use telephony::{Audio, CallEvent, Caller, DeskPhone};
use tests::harness::{
    centre::{DID, Desk, House, Plan},
    person::Person,
    town::on_deep_stacks,
};
use tokio::{sync::watch, time::timeout};

/// A call that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(20);

fn number(name: &str, otherwise: f64) -> f64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn main() -> anyhow::Result<()> {
    if !std::env::args().any(|arg| arg == "--bench") {
        return Ok(());
    }
    let rates = std::env::var("CALLOUT_LINE_RATES").unwrap_or_else(|_| "20,40,60,80,120,160".into());
    let rates: Vec<f64> = rates
        .split(',')
        .map(|rate| {
            rate.trim().parse().with_context(|| format!("CALLOUT_LINE_RATES: `{rate}`: expected a number"))
        })
        .collect::<anyhow::Result<_>>()?;
    let (seconds, desks) =
        (number("CALLOUT_LINE_SECONDS", 10.0), number("CALLOUT_LINE_DESKS", 120.0) as usize);
    on_deep_stacks(async move {
        let folder = tempfile::tempdir()?;
        let plan = Plan::new(folder.path(), desks).await?;
        let house = plan.start().await?;
        let (stop, stopped) = watch::channel(false);
        let mut phones: Vec<DeskPhone> = Vec::new();
        for n in 0..desks {
            let desk = Desk::new(&house, n, true).await?;
            let person = Person::sign_in(house.http, &desk.login, &["agent"]).await?;
            tokio::spawn(writes_down(person, stopped.clone()));
            phones.push(desk.phone);
        }
        println!(
            "{desks} desks; a call: INVITE, line, desk phone, talk, hang-up, written down; {seconds} s a rate"
        );
        println!("calls/s  done         503  p50 ms  p99 ms  cpu ms/call  server's cores  rss MiB  done/s");
        let (mut best, mut rate_done) = (0.0_f64, 0.0_f64);
        for rate in rates {
            let end = run(&house, rate, seconds).await?;
            if !end.clean {
                break;
            }
            (best, rate_done) = (rate, end.done_a_second);
        }
        println!("# clean up to {best} calls/s; twice of it:");
        let over = run(&house, 2.0 * best, seconds).await?;
        println!("# of what is done a second at {best}: {:.0} %", 100.0 * over.done_a_second / rate_done);
        let lost = plan.log().lines().filter(|line| line.contains("ERROR")).count();
        println!("# {lost} errors in the server's log");
        stop.send_replace(true);
        Ok(())
    })
}

/// The person at a desk: whatever was talked is written down at once.
async fn writes_down(mut person: Person, stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        let over =
            person.until("agent", "the writing down", |key, row| key == "me" && row["state"] == "wrap_up");
        let Ok(me) = over.await else { continue };
        let args = json!({"call": me["call"], "disposition": "question", "note": ""});
        if person.try_command("call.dispose", args, None).await.is_err() {
            return;
        }
        // the next row says that the person is free
        let free =
            person.until("agent", "the next call", |key, row| key == "me" && row["state"] != "wrap_up");
        if free.await.is_err() && *stopped.borrow() {
            return;
        }
    }
}

/// What the server's process has used: processor seconds, resident MiB.
fn used(house: &House) -> anyhow::Result<(f64, f64)> {
    let pid = house.child.id().context("the server is gone")?;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after = stat.rsplit(')').next().context("stat")?;
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks = |n: usize| fields.get(n).and_then(|text| text.parse::<f64>().ok()).context("ticks");
    let resident: f64 = fields.get(21).and_then(|text| text.parse().ok()).context("resident")?;
    Ok(((ticks(11)? + ticks(12)?) / 100.0, resident * 4096.0 / 1_048_576.0))
}

/// How a rate ended.
struct End {
    /// Were all calls answered and ended?
    clean: bool,
    done_a_second: f64,
}

/// One call from the first ring to the last word: how long the caller waited for the answer, or the status that
/// refused it; neither, when it took too long.
async fn call(house: std::net::SocketAddr, n: usize) -> Result<Duration, Option<u16>> {
    let began = Instant::now();
    let from = format!("+7913{n:07}");
    let mut call = Caller::new().dial(house, &from, "", DID, Audio::Nothing).await.map_err(|_| None)?;
    let talk = async {
        let mut waited = None;
        while let Some(event) = call.event().await {
            match event {
                CallEvent::Answered => {
                    waited = Some(began.elapsed());
                    call.hang_up();
                }
                CallEvent::Ended { .. } => return waited.ok_or(None),
                CallEvent::Rejected(status) => return Err(Some(status)),
                CallEvent::Ringing => {}
            }
        }
        Err(None)
    };
    timeout(PATIENCE, talk).await.unwrap_or(Err(None))
}

async fn run(house: &House, rate: f64, seconds: f64) -> anyhow::Result<End> {
    let many = (rate * seconds) as usize;
    let (before, _) = used(house)?;
    let began = tokio::time::Instant::now();
    let mut calls = FuturesUnordered::new();
    for n in 0..many {
        tokio::time::sleep_until(began + Duration::from_secs_f64(n as f64 / rate)).await;
        let (sip, n) = (house.sip, rate as usize * 10_000 + n);
        calls.push(tokio::spawn(call(sip, n)));
    }
    let (mut waited, mut turned_away) = (Vec::with_capacity(many), 0);
    while let Some(done) = calls.next().await {
        match done? {
            Ok(wait) => waited.push(wait),
            Err(status) => turned_away += usize::from(status == Some(503)),
        }
    }
    let took = began.elapsed().as_secs_f64();
    let (after, resident) = used(house)?;
    waited.sort();
    let at = |share: f64| {
        let place = ((waited.len() as f64 * share) as usize).min(waited.len().saturating_sub(1));
        waited.get(place).map_or(f64::NAN, |wait| wait.as_secs_f64() * 1_000.0)
    };
    let done_a_second = waited.len() as f64 / took;
    println!(
        "{rate:>7} {:>5}/{many:<5} {turned_away:>5} {:>7.1} {:>7.1} {:>12.2} {:>15.2} {resident:>8.0} {done_a_second:>7.0}",
        waited.len(),
        at(0.5),
        at(0.99),
        (after - before) * 1_000.0 / waited.len().max(1) as f64,
        (after - before) / took,
    );
    Ok(End { clean: waited.len() == many, done_a_second })
}
