//! One round of one link: reads what has happened, posts what is wanted, in order, until it is refused or done.

use crate::house::House;
use domain::hooks::{
    hook::Hook,
    kinds::{identity, told},
    parcel::{Attempt, Heard, Parcel, Verdict},
};
use serde_json::Value;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

/// Facts that are read at once.
const PAGE: u64 = 200;
/// After so long a round comes home, so that how far it has come is kept.
const LONGEST: Duration = Duration::from_secs(1);
/// The longest body that is posted; of a longer event only the head is told.
const LONGEST_BODY: usize = 256 * 1024;

/// How a round ended.
#[derive(Debug)]
pub(super) enum End {
    /// Nothing more has happened.
    Idle,
    /// There is more.
    More,
    /// The last answer was no success.
    Refused(Heard),
    /// The journal did not answer.
    Unread(String),
}

/// What a round brings home.
#[derive(Debug)]
pub(super) struct Round {
    /// The last event that was taken, or was not wanted.
    pub(super) cursor: u64,
    /// What was tried.
    pub(super) tries: Vec<Attempt>,
    /// How it ended.
    pub(super) end: End,
}

/// The body of an event that may be posted.
fn body_of(event: &mut Value) -> String {
    let body = event.to_string();
    if body.len() <= LONGEST_BODY {
        return body;
    }
    event["data"] = Value::Null;
    event["left_out"] = true.into();
    event.to_string()
}

/// Makes a round; `stop` ends it before the next event.
pub(super) async fn made(house: House, hook: Hook, stop: Arc<AtomicBool>) -> Round {
    let mut round = Round { cursor: hook.cursor, tries: Vec::new(), end: End::More };
    let Some(wish) = hook.wish() else {
        return Round { end: End::Unread("the kinds of the link cannot be read".into()), ..round };
    };
    // Since the first page is there: one that took long to read would be read again for ever, and nothing posted.
    let mut began: Option<Instant> = None;
    loop {
        let page = match house.journal.facts_after(round.cursor, PAGE).await {
            Ok(page) => page,
            Err(error) => return Round { end: End::Unread(error.to_string()), ..round },
        };
        let began = *began.get_or_insert_with(Instant::now);
        for (seq, fact) in page.facts {
            if stop.load(Ordering::Acquire) || began.elapsed() >= LONGEST {
                return round;
            }
            if wish.want(&fact.name) {
                let (kind, at) = (fact.name.clone(), house.now());
                let body = body_of(&mut told(seq, fact, hook.personal));
                let secrets = hook.secrets(at);
                let parcel = Parcel { url: hook.url.clone(), id: identity(seq), body, secrets };
                let heard = house.post.post(parcel).await;
                let (status, said, millis) = (heard.status, heard.said.clone(), heard.millis);
                round.tries.push(Attempt { seq, kind, at, status, said, millis });
                if heard.verdict() != Verdict::Taken {
                    return Round { end: End::Refused(heard), ..round };
                }
            }
            round.cursor = seq;
        }
        round.cursor = round.cursor.max(page.upto);
        if page.upto >= page.head {
            return Round { end: End::Idle, ..round };
        }
        if stop.load(Ordering::Acquire) || began.elapsed() >= LONGEST {
            return round;
        }
    }
}
