//! The server is killed in the middle of a living city, again and again: what was answered is there after
//! every start, the same command gives the same answer, and the screens come back by themselves.
//!
//! `CALLOUT_CRASH_ROUNDS` and `CALLOUT_CRASH_SIZE` make it longer and larger.

use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    process::Stdio,
    time::{Duration, Instant},
};
use tests::harness::{
    centre::{binary, free_port, opened},
    person::Person,
    town::on_deep_stacks,
};
use tokio::process::{Child, Command};

/// Commands that are answered in every round before the kill.
const ANSWERED: usize = 25;

struct City {
    http: SocketAddr,
    child: Child,
}

impl City {
    async fn start(
        data: &std::path::Path,
        size: &str,
        ports: (u16, u16, u16),
    ) -> anyhow::Result<(Self, Duration)> {
        let http = SocketAddr::from(([127, 0, 0, 1], ports.0));
        let began = Instant::now();
        let file = data.join("log");
        let log = std::fs::File::options().create(true).append(true).open(&file)?;
        let child = Command::new(binary()?)
            .args(["demo", "--size", size, "--lapse", "60", "--data"])
            .arg(data)
            .env("CALLOUT__HTTP__LISTEN", http.to_string())
            .env("CALLOUT__SIP__LISTEN", format!("127.0.0.1:{}", ports.1))
            .env("CALLOUT__SIP__WEBRTC_PORT", ports.2.to_string())
            .env("CALLOUT__SIP__MEDIA_PORTS", "[0, 0]")
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let mut city = Self { http, child };
        opened(&mut city.child, http, &file).await?;
        Ok((city, began.elapsed()))
    }
    async fn kill(mut self) -> anyhow::Result<()> {
        // SIGKILL: nothing is flushed, nobody is told.
        Ok(self.child.kill().await?)
    }
}

#[test]
fn nothing_answered_is_lost_when_the_server_is_killed() -> anyhow::Result<()> {
    let rounds: usize = std::env::var("CALLOUT_CRASH_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(2);
    let size = std::env::var("CALLOUT_CRASH_SIZE").unwrap_or_else(|_| "s".into());
    on_deep_stacks(async move {
        let folder = tempfile::tempdir()?;
        let ports = (free_port()?, free_port()?, free_port()?);
        let mut answered: Vec<(String, Value, Value)> = Vec::new();
        for round in 0..=rounds {
            let (city, opened) = City::start(folder.path(), &size, ports).await?;
            let mut person = Person::sign_in(city.http, "dispatcher1", &["board", "queue"]).await?;
            for (id, args, answer) in &answered {
                let again = person.repeat(id, "client.create", args.clone(), None).await?;
                anyhow::ensure!(
                    again.as_ref() == Ok(answer),
                    "round {round}: `{id}` was {answer}, is {again:?}"
                );
            }
            println!(
                "round {round}: open after {} ms, {} answered commands are all there",
                opened.as_millis(),
                answered.len()
            );
            if round == rounds {
                break;
            }
            for number in 0..ANSWERED {
                let id = format!("crash-{round}-{number}");
                let phone = format!("+7913{:07}", round * 1000 + number);
                let args = json!({"name": format!("Клиент {round} {number}"), "phone": phone, "address": "ул. Северная, 1"});
                let answer = person.repeat(&id, "client.create", args.clone(), None).await?;
                answered.push((id, args, answer.map_err(|p| anyhow::anyhow!("{p}"))?));
            }
            city.kill().await?;
        }
        Ok(())
    })
}
