//! The server is killed in the middle of calls: those who talk go on talking, who is on hold stays on hold, who waits
//! keeps the place, who rings rings again; afterwards each of them ends on both sides.
//!
//! `CALLOUT_KILLED=1000,50,100,20` makes it larger: talks, held, waiting, ringing.

use anyhow::ensure;
use std::time::Instant;
use telephony::{CallEvent, phone::DeskEvent};
use tests::harness::{
    centre::{Client, Desk, House, Plan, hold, write_down},
    town::on_deep_stacks,
};

/// How many calls of each kind stand when the server is killed.
#[derive(Clone, Copy, Debug)]
struct Shape {
    talks: usize,
    held: usize,
    waiting: usize,
    ringing: usize,
}

impl Shape {
    fn read() -> anyhow::Result<Self> {
        let text = std::env::var("CALLOUT_KILLED").unwrap_or_else(|_| "8,3,4,2".into());
        let parts: Vec<usize> = text.split(',').map(|n| n.trim().parse()).collect::<Result<_, _>>()?;
        let [talks, held, waiting, ringing] = parts[..] else {
            anyhow::bail!("CALLOUT_KILLED=`{text}`: expected four numbers, as `1000,50,100,20`");
        };
        ensure!(
            ringing + waiting == 0 || ringing > 0,
            "who waits needs somebody who is being rung before them"
        );
        Ok(Self { talks, held, waiting, ringing })
    }
    fn desks(&self) -> usize {
        self.talks + self.held + self.ringing
    }
}

/// Everybody who is in a call.
#[derive(Default)]
struct Calls {
    talks: Vec<(Client, Desk)>,
    held: Vec<(Client, Desk)>,
    ringing: Vec<(Client, Desk)>,
    waiting: Vec<Client>,
}

impl Calls {
    async fn begin(house: &House, shape: Shape) -> anyhow::Result<Self> {
        let mut calls = Self::default();
        for n in 0..shape.desks() {
            let answers = n < shape.talks + shape.held;
            let mut desk = Desk::new(house, n, answers).await?;
            let mut client = Client::rings(house, n).await?;
            if !answers {
                desk.until(DeskEvent::Ringing).await?;
                calls.ringing.push((client, desk));
                continue;
            }
            client.until(CallEvent::Answered).await?;
            desk.until(DeskEvent::Answered).await?;
            if n < shape.talks {
                calls.talks.push((client, desk));
            } else {
                hold(house, &desk.login, "call.hold").await?;
                calls.held.push((client, desk));
            }
        }
        for n in 0..shape.waiting {
            calls.waiting.push(Client::rings(house, shape.desks() + n).await?);
        }
        Ok(calls)
    }
    /// Nobody was cut off and nobody was told anything.
    fn are_untouched(&mut self) -> anyhow::Result<()> {
        let standing = self.talks.iter_mut().chain(&mut self.held).chain(&mut self.ringing);
        for client in standing.map(|(client, _)| client).chain(&mut self.waiting) {
            ensure!(client.is_untouched(), "something happened to caller {}", client.n);
        }
        Ok(())
    }
    /// Every call ends as its people want it to, on both sides.
    async fn end(mut self, house: &House) -> anyhow::Result<usize> {
        for (_, desk) in &mut self.ringing {
            // the attempt of the killed process is withdrawn, then the phone rings again
            desk.until(DeskEvent::Ended).await?;
            desk.until(DeskEvent::Ringing).await?;
        }
        for (_, desk) in &self.held {
            hold(house, &desk.login, "call.resume").await?;
        }
        let waiting = self.waiting.len();
        let ended = self.talks.len() + self.held.len() + self.ringing.len() + waiting;
        let mut free = Vec::new();
        for (n, (mut client, mut desk)) in self.talks.into_iter().chain(self.held).enumerate() {
            if n % 2 == 0 {
                client.call.hang_up();
                client.until(CallEvent::Ended { by_remote: false }).await?;
            } else {
                desk.phone.hang_up();
                client.until(CallEvent::Ended { by_remote: true }).await?;
            }
            desk.until(DeskEvent::Ended).await?;
            if free.len() < waiting {
                write_down(house, &desk.login).await?;
                free.push(desk);
            }
        }
        for client in &mut self.waiting {
            client.until(CallEvent::Answered).await?;
            client.call.hang_up();
            client.until(CallEvent::Ended { by_remote: false }).await?;
        }
        for desk in &mut free {
            desk.until(DeskEvent::Answered).await?;
            desk.until(DeskEvent::Ended).await?;
        }
        for (client, desk) in &mut self.ringing {
            client.call.cancel();
            client.until(CallEvent::Rejected(487)).await?;
            desk.until(DeskEvent::Ended).await?;
        }
        Ok(ended)
    }
}

#[test]
fn calls_live_through_the_death_of_the_server() -> anyhow::Result<()> {
    let shape = Shape::read()?;
    on_deep_stacks(async move {
        let folder = tempfile::tempdir()?;
        let plan = Plan::new(folder.path(), shape.desks()).await?;
        let mut house = plan.start().await?;
        let mut calls = Calls::begin(&house, shape).await?;
        house.child.kill().await?;
        let killed = Instant::now();
        let house = plan.start().await?;
        println!("{shape:?}: open again {} ms after the kill", killed.elapsed().as_millis());
        for line in
            plan.log().lines().filter(|line| line.contains("calls go on") || line.contains("calls of before"))
        {
            println!("{line}");
        }
        calls.are_untouched()?;
        let ended = calls.end(&house).await?;
        println!("{ended} calls ended on both sides");
        ensure!(!plan.log().contains("ERROR"), "{}", plan.log());
        Ok(())
    })
}
