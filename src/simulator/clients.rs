//! Clients: they ring when the hour has it so, wait as long as they can bear, talk, and hang up.

use crate::{
    chance::Chance,
    city::Stage,
    link::Link,
    numbers::{DayMood, PATIENCE_S, Purpose},
    scene::{self, CallRow},
    seed::people,
    talk::Words,
    town,
};
use std::{sync::Arc, time::Duration};
use telephony::{Audio, CallEvent, CallHandle, Caller};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, sleep_until},
};

/// The shortest patience, in real time.
const PATIENCE: Duration = Duration::from_secs(8);
/// The longest pause between two looks at the hour, in seconds of the city.
const LOOK_S: f64 = 300.0;
/// The longest real pauses before the first calls of working hours: who opens a city on a quiet day sees it live.
const FIRST: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(6), Duration::from_secs(15)];
/// Share of requests from numbers that are not on the books.
const NEWCOMERS: f64 = 0.25;

/// Who rings, and what they will say.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// The number shown.
    pub phone: String,
    /// The name shown; may be empty.
    pub name: String,
    /// What they will say.
    pub words: Words,
}

/// Lets clients ring until dropped. `ears` watches the queue, as anybody in the hall hears it.
pub async fn ring(stage: Arc<Stage>, ears: Link) {
    let mut chance = Chance::fresh();
    let lines = Arc::new(Semaphore::new(stage.max_calls));
    let ears = Arc::new(ears);
    let mut first = FIRST.iter().copied().peekable();
    loop {
        let now = stage.clock.now().to_zoned(town::time_zone());
        let mood = DayMood::of(stage.seed, now.date());
        let mood = if stage.always_busy { mood.busy() } else { mood };
        let rate = mood.rate(now.hour(), f64::from(stage.calls)) / 3_600.0;
        let gap = if rate > 0.0 { chance.exponential(1.0 / rate) } else { f64::INFINITY };
        let pause = stage.clock.real(gap.min(LOOK_S)).max(Duration::from_millis(5));
        let soon = first.peek().copied().filter(|longest| rate > 0.0 && *longest < stage.clock.real(gap));
        sleep(soon.unwrap_or(pause)).await;
        if (soon.is_none() && gap > LOOK_S) || !ears.is_live("queue") {
            continue; // nobody rang in this stretch, or nobody is at work
        }
        first.next();
        let Ok(line) = lines.clone().try_acquire_owned() else {
            stage.tally.add("calls.no_line");
            continue;
        };
        let intent = draw(&stage, &mut chance);
        if stage.talks.begin(&intent.phone, intent.words) {
            let voice = chance.between(1, u64::MAX - 1);
            tokio::spawn(call(stage.clone(), ears.clone(), intent, voice, line));
        }
    }
}

/// Draws who rings and why.
fn draw(stage: &Stage, chance: &mut Chance) -> Intent {
    let purpose = Purpose::draw(chance);
    let words = Words::about(purpose, chance, stage.clock.lapse());
    let stranger = |chance: &mut Chance| {
        let index = stage.callers.len() as u64 + 1_000 + chance.between(0, 1_000_000);
        Intent { phone: people::mobile(index).to_string(), name: String::new(), words }
    };
    if purpose == Purpose::Spam
        || (purpose == Purpose::Request && chance.happens(NEWCOMERS))
        || stage.callers.is_empty()
    {
        return stranger(chance);
    }
    if purpose.is_about_open()
        && let Some(phone) = stage.talks.somebody_open(chance)
    {
        return Intent { phone, name: String::new(), words };
    }
    let last = stage.callers.len() as u64 - 1;
    let caller = &stage.callers[chance.between(0, last) as usize];
    Intent { phone: caller.phone.to_string(), name: caller.name.clone(), words }
}

/// One call from the first ring to the end.
async fn call(stage: Arc<Stage>, ears: Arc<Link>, intent: Intent, voice: u64, line: OwnedSemaphorePermit) {
    stage.tally.add("calls.placed");
    let mut chance = Chance::new(voice);
    let patience = stage.real_at_least(chance.exponential(PATIENCE_S), PATIENCE);
    let caller = Caller::at(stage.local);
    let dialled = caller.dial(stage.sip, &intent.phone, &intent.name, &stage.did, Audio::Speech(voice)).await;
    match dialled {
        Ok(handle) => {
            let ending = live(&ears, handle, &intent, patience).await;
            stage.tally.add(ending);
        }
        Err(error) => tracing::warn!(%error, "a client has no telephone"),
    }
    stage.talks.end(&intent.phone);
    drop(line);
}

/// Waits, talks, ends; how it ended, for the tally.
async fn live(ears: &Link, mut handle: CallHandle, intent: &Intent, patience: Duration) -> &'static str {
    let give_up = Instant::now() + patience;
    let (mut answered, mut talk_ends, mut leaving) = (false, None, false);
    loop {
        if talk_ends.is_none() && is_talking(ears, &intent.phone, answered) {
            let longest = if intent.words.caller_ends { intent.words.talk } else { intent.words.talk * 3 };
            talk_ends = Some(Instant::now() + longest);
        }
        let until =
            if leaving { Instant::now() + Duration::from_secs(40) } else { talk_ends.unwrap_or(give_up) };
        tokio::select! {
            event = handle.event() => match event {
                Some(CallEvent::Answered) => answered = true,
                Some(CallEvent::Rejected(487)) | None if leaving => return "calls.abandoned",
                Some(CallEvent::Rejected(_)) => return "calls.rejected",
                Some(CallEvent::Ended { .. }) if talk_ends.is_some() => return "calls.talked",
                Some(CallEvent::Ended { .. }) => return "calls.abandoned",
                Some(CallEvent::Ringing) => {}
                None => return "calls.lost",
            },
            () = sleep_until(until) => {
                if leaving {
                    return "calls.lost";
                }
                leaving = true;
                handle.hang_up();
            }
            () = sleep(Duration::from_millis(300)), if talk_ends.is_none() && !leaving => {}
        }
    }
}

/// Does an operator speak with the number? Told by the hall; by the line itself while the hall is out of sight.
fn is_talking(ears: &Link, phone: &str, answered: bool) -> bool {
    if !answered || !ears.is_live("queue") {
        return answered;
    }
    ears.look("queue", |rows| {
        let calls = rows.iter().filter(|(key, _)| key.starts_with("call_")).map(|(_, row)| row);
        let mine = calls.filter(|row| row["from"] == phone).filter_map(scene::read::<CallRow>);
        let mut states = mine.map(|call| call.state).peekable();
        // a call that the hall does not show has been answered all the same
        states.peek().is_none()
            || states.any(|state| matches!(state.as_str(), "talking" | "held" | "wrap_up"))
    })
}
