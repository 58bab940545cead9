//! How long from a caller's INVITE to the frame with the client's card on the operator's socket, with
//! 100,000 clients (or `CALLOUT_CLIENTS`) in a store on disk; 200 calls, one after another. Prints p50 and p99.

use anyhow::Context;
use serde_json::json;
use server::demo::DID;
use simulator::Size;
use std::time::{Duration, Instant};
use telephony::{Answering, Audio, Caller, DeskEvent, DeskPhone};
use tests::harness::{
    person::Person,
    town::{Town, on_deep_stacks},
};

const CALLS: usize = 200;

fn main() -> anyhow::Result<()> {
    let clients: u32 = std::env::var("CALLOUT_CLIENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir()?;
    let url = format!("surrealkv://{}?sync=every", folder.path().join("store").display());
    on_deep_stacks(async move {
        let began = Instant::now();
        let town =
            Town::open_sized(&url, Size::Custom { masters: 12, operators: 3, clients, calls: 100 }).await?;
        println!("a town of {clients} clients is open after {:.1} s", began.elapsed().as_secs_f64());
        let account = town.sown.phones.first().context("a desk phone")?;
        let (user, password, long) = (&account.user, &account.password, Duration::from_secs(600));
        let mut phone =
            DeskPhone::plug_in(town.app.sip, user, password, long, Answering::Never, Audio::Silence).await?;
        while phone.event().await.context("the registration")? != DeskEvent::Registered {}
        let mut operator = Person::sign_in(town.app.http, "operator2", &["agent"]).await?;
        operator.command("operator.ready", json!({})).await?;
        let mut taken: Vec<Duration> = Vec::new();
        for number in 0..CALLS {
            let from = town.sown.callers[number * 7919 % town.sown.callers.len()].phone.to_string();
            let rung = Instant::now();
            let caller = Caller::new().dial(town.app.sip, &from, "", DID, Audio::Silence).await?;
            let pop = |k: &str, v: &serde_json::Value| {
                k == "pop" && v["call"]["from"] == from.as_str() && !v["card"].is_null()
            };
            operator.until("agent", "the pop", pop).await?;
            taken.push(rung.elapsed());
            caller.cancel();
            operator.until("agent", "ready again", |k, v| k == "me" && v["state"] == "ready").await?;
        }
        taken.sort_unstable();
        let ms = |share: usize| taken[(CALLS * share / 100).min(CALLS - 1)].as_secs_f64() * 1e3;
        println!(
            "INVITE to the card on the operator's socket, {CALLS} calls: p50 {:.1} ms, p99 {:.1} ms",
            ms(50),
            ms(99)
        );
        drop((operator, phone));
        town.app.stop().await;
        Ok(())
    })
}
