//! The front desk's commands about links to other programmes, and what they read instead of waiting for a post.

use crate::{
    dispatch::orders::args,
    front_desk::{FrontDesk, gone},
    hooks::courier::{AllHooks, HookOrder},
    house::House,
};
use domain::{
    hooks::{
        hook::{BOTH_SIGN, Hook, HookEvent, WhyOff},
        kinds::{Kinds, told},
    },
    ports::{Command, JournalError, Seat},
    refusal::Refusal,
    values::id::HookId,
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

/// Events in one answer.
const MOST: u64 = 1000;
/// Events that are looked at for one answer, wanted or not.
const LOOKED: u64 = 20_000;
/// Facts that are read at once.
const PAGE: u64 = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    url: String,
    kinds: Vec<String>,
    #[serde(default)]
    personal: bool,
    after: Option<u64>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    hook: HookId,
    url: String,
    kinds: Vec<String>,
    #[serde(default)]
    personal: bool,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    hook: HookId,
    on: bool,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    hook: HookId,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replay {
    hook: HookId,
    after: Option<u64>,
    since: Option<i64>,
}

fn unread(error: JournalError) -> Refusal {
    Refusal::unavailable(error.to_string())
}

impl FrontDesk {
    /// Commands `hook.…` of an administrator.
    pub(crate) async fn hook(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let house = &self.house;
        let (hook, event, answer) = match command.name.as_str() {
            "hook.create" => {
                let (hook, event) = self.new_hook(args(command)?, seat).await?;
                let answer = json!({"hook": hook.id, "secret": hook.secret});
                (Err(Box::new(hook)), event, answer)
            }
            "hook.change" => {
                let Change { hook, url, kinds, personal } = args(command)?;
                house.post.check(&url)?;
                (Ok(hook), HookEvent::Changed { url, kinds, personal }, json!({}))
            }
            "hook.switch" => {
                let Switch { hook, on } = args(command)?;
                let off = HookEvent::TurnedOff { why: WhyOff::Person };
                (Ok(hook), if on { HookEvent::TurnedOn } else { off }, json!({}))
            }
            "hook.replay" => {
                let Replay { hook, after, since } = args(command)?;
                let after = self.place(after, since).await?;
                (Ok(hook), HookEvent::Replayed { after }, json!({"after": after}))
            }
            "hook.rotate" => {
                let Which { hook } = args(command)?;
                let secret = house.post.draw()?;
                let answer = json!({"secret": secret});
                (Ok(hook), HookEvent::Rotated { secret, until: self.both_until() }, answer)
            }
            "hook.remove" => {
                let Which { hook } = args(command)?;
                (Ok(hook), HookEvent::Removed, json!({}))
            }
            other => return Err(Refusal::unknown("command", other)),
        };
        let order = HookOrder { hook, event, by: seat.login.clone(), command: command.id.clone(), answer };
        house.desk()?.courier.send(order).await.map_err(gone)?
    }
    /// Until when the secret that is replaced now signs beside the new one: a day of the world is longer in a fast city.
    fn both_until(&self) -> Timestamp {
        let seconds = BOTH_SIGN.as_secs_f64() * self.house.clock.lapse().max(1e-3);
        let now = self.house.now();
        now.saturating_add(SignedDuration::from_secs_f64(seconds)).unwrap_or(now)
    }
    async fn new_hook(&self, new: New, seat: &Seat) -> Result<(Hook, HookEvent), Refusal> {
        let New { url, kinds, personal, after } = new;
        self.house.post.check(&url)?;
        let hook = Hook {
            id: self.house.fresh(),
            ver: 0,
            url: url.clone(),
            kinds: kinds.clone(),
            personal,
            secret: self.house.post.draw()?,
            old: Vec::new(),
            off: None,
            cursor: self.place(Some(after.unwrap_or(u64::MAX)), None).await?,
            by: seat.login.clone(),
            since: self.house.now(),
            trouble: None,
            log: [].into(),
        };
        Ok((hook, HookEvent::Created { url, kinds, personal }))
    }
    /// The event to go on after: the one that is named, or the last before a time; never one that has not happened.
    async fn place(&self, after: Option<u64>, since: Option<i64>) -> Result<u64, Refusal> {
        let head = self.house.journal.facts_after(u64::MAX, 0).await.map_err(unread)?.head;
        match (after, since) {
            (Some(after), None) => Ok(after.min(head)),
            (None, Some(ms)) => {
                let since = Timestamp::from_millisecond(ms).map_err(|_| {
                    Refusal::invalid(
                        "since",
                        format!("`{ms}` is no instant: expected milliseconds since 1970"),
                    )
                })?;
                before(&self.house, since, head).await.map_err(unread)
            }
            _ => Err(Refusal::invalid("after", "expected `after` or `since`, and one of them")),
        }
    }
    /// Every link.
    pub(crate) async fn all_hooks(&self) -> Result<Vec<Value>, Refusal> {
        self.house.desk()?.courier.send(AllHooks).await.map_err(gone)
    }
    /// What has happened after an event: `{events, next, head}`; `next` is where to go on.
    pub(crate) async fn events_after(
        &self,
        after: u64,
        kinds: &[String],
        most: u64,
        personal: bool,
    ) -> Result<Value, Refusal> {
        let wish = Kinds::read(kinds)?;
        if !(1..=MOST).contains(&most) {
            return Err(Refusal::invalid("limit", format!("`limit` is `{most}`: expected 1 to {MOST}")));
        }
        let (mut events, mut next) = (Vec::new(), after);
        loop {
            let page = self.house.journal.facts_after(next, PAGE).await.map_err(unread)?;
            for (seq, fact) in page.facts {
                if events.len() as u64 == most {
                    return Ok(json!({"events": events, "next": next, "head": page.head}));
                }
                if wish.want(&fact.name) {
                    events.push(told(seq, fact, personal));
                }
                next = seq;
            }
            next = next.max(page.upto);
            if page.upto >= page.head || next.saturating_sub(after) >= LOOKED {
                return Ok(json!({"events": events, "next": next, "head": page.head}));
            }
        }
    }
}

/// The last event before the first that happened at an instant or later. Events are kept in their order, but for what
/// was reported late: around the place that halving finds, a whole page is looked at.
async fn before(house: &House, since: Timestamp, head: u64) -> Result<u64, JournalError> {
    let (mut low, mut high) = (0, head);
    while low < high {
        let middle = low + (high - low) / 2;
        let page = house.journal.facts_after(middle, 1).await?;
        match page.facts.first() {
            Some((_, fact)) if fact.at >= since => high = middle,
            _ => low = middle + 1,
        }
    }
    loop {
        let from = low.saturating_sub(PAGE);
        let page = house.journal.facts_after(from, low - from).await?;
        match page.facts.iter().find(|(_, fact)| fact.at >= since) {
            Some((seq, _)) => low = seq - 1,
            None => return Ok(low),
        }
    }
}
