//! The audio has a process of its own: the server is killed, and replaced, in the middle of conversations, and nobody
//! hears it; the audio's process is killed, and everybody is heard again. Afterwards every call ends on both sides.

use anyhow::{Context, ensure};
use std::time::{Duration, Instant};
use telephony::{Audio, CallEvent, Heard, phone::DeskEvent};
use tests::harness::{
    centre::{Client, Desk, House, PATIENCE, Plan},
    town::on_deep_stacks,
};
use tokio::process::Command;

/// Those who talk, each with a voice of their own.
const TALKS: usize = 4;

struct Talk {
    client: Client,
    desk: Desk,
}

fn voices(n: usize) -> (f64, f64) {
    (500.0 + 100.0 * n as f64, 1_500.0 + 100.0 * n as f64)
}

impl Talk {
    async fn begin(house: &House, n: usize) -> anyhow::Result<Self> {
        let (theirs, ours) = voices(n);
        let mut desk = Desk::with_voice(house, n, true, Audio::Tone(ours)).await?;
        let mut client = Client::with_voice(house, n, Audio::Tone(theirs)).await?;
        client.until(CallEvent::Answered).await?;
        desk.until(DeskEvent::Answered).await?;
        Ok(Self { client, desk })
    }
    fn heard(&self) -> [(Heard, f64); 2] {
        let (theirs, ours) = voices(self.client.n);
        [(self.client.call.heard(), ours), (self.desk.phone.heard(), theirs)]
    }
    /// Waits until both have heard each other, and nothing else, for as long as they remember.
    async fn both_are_heard(&self) -> anyhow::Result<()> {
        let since = self.heard().map(|(heard, _)| heard.packets);
        let (began, mut every) = (Instant::now(), tokio::time::interval(Duration::from_millis(50)));
        loop {
            every.tick().await;
            let now = self.heard();
            let fresh = now.iter().zip(since).all(|((heard, _), since)| heard.packets > since + 50);
            if fresh && now.iter().all(|(heard, voice)| heard.tone(*voice) > 0.99) {
                return Ok(());
            }
            let told = now.map(|(heard, voice)| (heard.packets, heard.tone(voice)));
            ensure!(
                began.elapsed() < PATIENCE,
                "caller {} is not heard: {told:?} since {since:?}",
                self.client.n
            );
        }
    }
    async fn end(mut self) -> anyhow::Result<()> {
        self.client.call.hang_up();
        self.client.until(CallEvent::Ended { by_remote: false }).await?;
        self.desk.until(DeskEvent::Ended).await
    }
}

async fn all_are_heard(talks: &[Talk]) -> anyhow::Result<()> {
    for talk in talks {
        talk.both_are_heard().await?;
    }
    Ok(())
}

/// Nobody has missed a packet since; prints the longest pause anybody heard.
fn nobody_noticed(talks: &[Talk], before: &[[(Heard, f64); 2]], what: &str) -> anyhow::Result<()> {
    let mut longest = Duration::ZERO;
    for (talk, before) in talks.iter().zip(before) {
        for ((heard, _), (then, _)) in talk.heard().iter().zip(before) {
            let gaps = heard.gaps - then.gaps;
            ensure!(gaps == 0, "{what}: caller {} heard {gaps} gaps", talk.client.n);
            longest = longest.max(heard.longest_pause);
        }
    }
    println!("{what}: 0 gaps, the longest time between two packets {} ms", longest.as_millis());
    Ok(())
}

async fn signal(pid: u32, name: &str) -> anyhow::Result<()> {
    let sent = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().await?;
    ensure!(sent.success(), "process {pid} is not there to be told {name}");
    Ok(())
}

/// The newest process of the audio, as the server has named it.
fn audio_process(plan: &Plan) -> anyhow::Result<u32> {
    let log = plan.log();
    let line = log.lines().rev().find(|line| line.contains("the audio has a process of its own"));
    let pid = line.and_then(|line| line.split("pid=").nth(1)).context("no process in the log")?;
    let digits: String =
        pid.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().with_context(|| format!("`{pid}` is no process"))
}

#[test]
fn nobody_hears_that_the_server_was_killed_or_replaced() -> anyhow::Result<()> {
    on_deep_stacks(async {
        let folder = tempfile::tempdir()?;
        let plan = Plan::new(folder.path(), TALKS).await?;
        let plan = plan.with_sip("media_process = true\nmedia_patience_seconds = 60")?;
        let mut house = plan.start().await?;
        let mut talks = Vec::new();
        for n in 0..TALKS {
            talks.push(Talk::begin(&house, n).await?);
        }
        all_are_heard(&talks).await?;
        let audio = audio_process(&plan)?;

        let before: Vec<_> = talks.iter().map(Talk::heard).collect();
        house.child.kill().await?;
        all_are_heard(&talks).await.context("while no server is there")?;
        let mut house = plan.start().await?;
        all_are_heard(&talks).await.context("after the kill")?;
        nobody_noticed(&talks, &before, "killed")?;

        signal(house.child.id().context("it runs")?, "HUP").await?;
        ensure!(house.child.wait().await?.success(), "it did not leave in order: {}", plan.log());
        let mut house = plan.start().await?;
        all_are_heard(&talks).await.context("after the replacement")?;
        nobody_noticed(&talks, &before, "replaced")?;
        ensure!(audio_process(&plan)? == audio, "the audio did not go on in one process: {}", plan.log());

        signal(audio, "KILL").await?;
        all_are_heard(&talks).await.context("after the audio was killed")?;
        ensure!(audio_process(&plan)? != audio, "the audio came back from the dead");

        let last = talks.pop().context("a talk")?;
        for talk in talks {
            talk.end().await?;
        }
        signal(house.child.id().context("it runs")?, "TERM").await?;
        ensure!(house.child.wait().await?.success(), "it did not stop in order: {}", plan.log());
        let Talk { mut client, mut desk } = last;
        client.until(CallEvent::Ended { by_remote: true }).await?;
        desk.until(DeskEvent::Ended).await?;
        let audio = audio_process(&plan)?;
        let (began, mut every) = (Instant::now(), tokio::time::interval(Duration::from_millis(20)));
        while std::path::Path::new(&format!("/proc/{audio}/stat")).exists() {
            every.tick().await;
            ensure!(began.elapsed() < PATIENCE, "the audio outlives a server that was stopped");
        }
        Ok(())
    })
}
