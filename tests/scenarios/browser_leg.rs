//! The operator in a real browser: sipp rings, Chromium shows the card, answers, and both hear each other.

use anyhow::Context;
use server::demo::DID;
use simulator::seed::story::{SHOP, SHOP_PHONE};
use tests::harness::{
    chromium::Chromium,
    ear::Ear,
    person::Person,
    sipp,
    town::{Town, on_deep_stacks},
};

const CALLERS_TONE: f64 = 440.0;
const OPERATORS_TONE: f64 = 880.0;

#[test]
fn a_caller_and_an_operator_in_chromium_hear_each_other() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let town = Town::open("mem://").await?;
        let http = town.app.http;
        let folder = tempfile::tempdir()?;
        let mut watcher = Person::sign_in(http, "dispatcher1", &["queue"]).await?;
        let mut browser = Chromium::open(http, "operator1", OPERATORS_TONE, folder.path()).await?;
        browser.tell("ready").await?;
        browser.until("ready").await?;

        let ear = Ear::open(CALLERS_TONE).await?;
        let mut caller = sipp::ring_with_ear(town.app.sip, "ring.xml", SHOP_PHONE, DID, ear.port)?;
        browser.tell("answer").await?;
        let shown = browser.until("ringing").await?;
        anyhow::ensure!(shown == SHOP, "the screen shows `{shown}`, expected `{SHOP}`");
        browser.until("talking").await?;
        let at_the_caller = ear.hears(OPERATORS_TONE).await?;
        browser.tell(&format!("heard {CALLERS_TONE}")).await?;
        let at_the_operator = browser.until("heard").await?;
        println!(
            "{OPERATORS_TONE} Hz at the caller: share {at_the_caller:.2}; loudest at the operator: {at_the_operator} Hz"
        );

        // The page is loaded anew in the middle of the talk: the call stays, and so does the voice.
        browser.tell("reload").await?;
        browser.until("talking again").await?;
        browser.tell(&format!("heard {CALLERS_TONE}")).await?;
        browser.until("heard").await?;
        ear.hears(OPERATORS_TONE).await?;

        browser.tell("hangup").await?;
        browser.until("over").await?;
        let ended = tokio::time::timeout(std::time::Duration::from_secs(20), caller.wait()).await;
        anyhow::ensure!(
            ended.context("sipp waits for its BYE")??.success(),
            "sipp did not see its call through"
        );
        watcher
            .until("queue", "the operator in wrap-up", |_, v| {
                v["name"].is_string() && v["device"] == "browser" && v["state"] == "wrap_up"
            })
            .await?;
        town.app.stop().await;
        Ok(())
    })
}
