//! Robot masters: one login each, from the first coffee to the way home.

pub mod bill;
pub mod mind;
pub mod paper;
pub mod trip;

use crate::{
    city::Stage,
    link::Link,
    scene::{self, MasterRow, Spot, VisitRow},
};
use mind::{Act, Mind, Scene};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};

/// What a master watches.
const TOPIC: &str = "my-jobs";
/// A position is sent so often, in real time.
const FIX: Duration = Duration::from_secs(3);
/// Who stands still says so every so often, in real time: a phone that is silent looks lost.
const STILL: Duration = Duration::from_secs(25);
/// The shortest and the longest rest, in real time.
const REST: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// What the master's screen shows.
fn scene_of(link: &Link) -> Option<Scene> {
    if !link.is_live(TOPIC) {
        return None;
    }
    link.look(TOPIC, |rows| {
        let me: MasterRow = scene::read(rows.get("me")?)?;
        let visits = rows.iter().filter(|(key, _)| key.starts_with("visit_"));
        let visits: Vec<VisitRow> = visits.filter_map(|(_, row)| scene::read(row)).collect();
        Some(Scene { me, visits })
    })
}

/// Plays one master until dropped.
pub async fn play(stage: Arc<Stage>, login: String, password: String) {
    let mut link = Link::open(stage.plug(&login, &password, &[TOPIC]));
    let mut mind = Mind::new(stage.seed, stage.clock.lapse());
    let mut told = Instant::now();
    loop {
        let Some(scene) = scene_of(&link) else {
            link.changed().await;
            continue;
        };
        let now = stage.clock.now_ms();
        let act = mind.decide(&scene, now);
        let rest = match &act {
            Act::Give { name, args } => {
                give(&stage, &link, &mut mind, &act, (name, args)).await;
                continue;
            }
            Act::Drive { lat, lon } => {
                told = Instant::now();
                link.tell("position", json!({"lat": lat, "lon": lon}));
                sleep(FIX).await;
                continue;
            }
            Act::Rest(until) => {
                let on_duty = scene.me.robot && scene.me.state != "off_shift";
                if on_duty && told.elapsed() >= STILL {
                    let Spot { lat, lon } = scene.me.pos.unwrap_or(scene.me.home);
                    told = Instant::now();
                    link.tell("position", json!({"lat": lat, "lon": lon}));
                }
                stage.clock.real((until - now).max(0) as f64 / 1_000.0).clamp(REST.0, REST.1)
            }
        };
        tokio::select! {
            () = link.changed() => {}
            () = sleep(rest) => {}
        }
    }
}

async fn give(
    stage: &Stage,
    link: &Link,
    mind: &mut Mind,
    act: &Act,
    (name, args): (&str, &serde_json::Value),
) {
    if name == "visit.photo"
        && let Err(error) = link.bring(paper::PICTURE_NAME, paper::PICTURE).await
    {
        tracing::debug!(login = link.login(), error = format!("{error:#}"), "the picture was not taken");
        return mind.refused(act, stage.clock.now_ms());
    }
    match link.command(name, args.clone()).await {
        Ok(_) => {
            mind.done(act, stage.clock.now_ms());
            stage.tally.add(name);
        }
        Err(refused) => {
            tracing::debug!(login = link.login(), name, %refused, "the master was refused");
            mind.refused(act, stage.clock.now_ms());
            stage.tally.add("refused");
        }
    }
}
