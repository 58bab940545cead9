//! A link to another programme: where events are posted, which ones, and how far it has come.

use crate::{
    hooks::{
        kinds::Kinds,
        parcel::{Attempt, Heard, Verdict},
    },
    ports::{Entity, Table},
    refusal::Refusal,
    values::id::{HookId, HookKind, Id},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::{collections::VecDeque, time::Duration};

/// Tries that are remembered.
const REMEMBERED: usize = 30;
/// The pause after the first failure; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// No pause is longer, whatever the other side asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// Failures for so long, in real time, turn the link off.
pub const GIVEN_UP: SignedDuration = SignedDuration::from_hours(72);
/// An old secret signs beside the new one for so long, in real time: until then the other side has learnt the new one.
pub const BOTH_SIGN: SignedDuration = SignedDuration::from_hours(24);
/// Old secrets that may still sign; of more the oldest goes.
const OLD_SECRETS: usize = 2;

/// Why a link is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyOff {
    /// Somebody turned it off.
    Person,
    /// It has failed for three days.
    Failing,
    /// The other side said that it wants no more (410).
    Gone,
}

/// A secret that was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldSecret {
    /// What is signed with.
    pub secret: String,
    /// It signs before this instant of the city's clock.
    pub until: Timestamp,
}

/// Failures without a success between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Since when, by the city's clock.
    pub since: Timestamp,
    /// How many.
    pub tries: u32,
}

/// The link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// Identity.
    pub id: HookId,
    /// Version.
    pub ver: u64,
    /// Where to.
    pub url: String,
    /// Which events: `visit.*`, `call.answered`, `*`.
    pub kinds: Vec<String>,
    /// With what tells of persons?
    pub personal: bool,
    /// What is signed with; shown once.
    pub secret: String,
    /// Those before it, newest first.
    #[serde(default)]
    pub old: Vec<OldSecret>,
    /// Why nothing is posted; none: it is.
    pub off: Option<WhyOff>,
    /// The last event that was taken, or was not wanted.
    pub cursor: u64,
    /// Who made it, by login.
    pub by: String,
    /// When.
    pub since: Timestamp,
    /// Failures of this moment.
    pub trouble: Option<Trouble>,
    /// The last tries, newest last.
    pub log: VecDeque<Attempt>,
}

/// What has happened to a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum HookEvent {
    /// Was made.
    Created {
        /// Where to.
        url: String,
        /// Which events.
        kinds: Vec<String>,
        /// With what tells of persons?
        personal: bool,
    },
    /// Posts elsewhere, or other events.
    Changed {
        /// Where to.
        url: String,
        /// Which events.
        kinds: Vec<String>,
        /// With what tells of persons?
        personal: bool,
    },
    /// Posts again.
    TurnedOn,
    /// Posts no more.
    TurnedOff {
        /// Why.
        why: WhyOff,
    },
    /// Goes on from another event.
    Replayed {
        /// The one before the first.
        after: u64,
    },
    /// Signs with another secret; the one before signs beside it for a while.
    Rotated {
        /// The new one; the journal tells no secret.
        #[serde(skip)]
        secret: String,
        /// The one before signs before this instant.
        until: Timestamp,
    },
    /// Was taken away.
    Removed,
}

impl HookEvent {
    /// The name in the journal.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created { .. } => "hook.created",
            Self::Changed { .. } => "hook.changed",
            Self::TurnedOn => "hook.turned_on",
            Self::TurnedOff { .. } => "hook.turned_off",
            Self::Replayed { .. } => "hook.replayed",
            Self::Rotated { .. } => "hook.rotated",
            Self::Removed => "hook.removed",
        }
    }
}

impl Hook {
    /// Decides; changes nothing.
    ///
    /// # Errors
    /// A kind does not leave the house, or the link stands so already.
    pub fn decide(&self, event: HookEvent) -> Result<HookEvent, Refusal> {
        match &event {
            HookEvent::Created { kinds, .. } | HookEvent::Changed { kinds, .. } => {
                Kinds::read(kinds)?;
            }
            HookEvent::TurnedOn if self.off.is_none() => {
                return Err(Refusal::state("hook-state", format!("the link `{}` is on already", self.id)));
            }
            HookEvent::TurnedOff { .. } if self.off.is_some() => {
                return Err(Refusal::state("hook-state", format!("the link `{}` is off already", self.id)));
            }
            _ => {}
        }
        Ok(event)
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &HookEvent) {
        self.ver += 1;
        match event {
            HookEvent::Created { url, kinds, personal } | HookEvent::Changed { url, kinds, personal } => {
                self.url.clone_from(url);
                self.kinds.clone_from(kinds);
                self.personal = *personal;
                self.trouble = None;
            }
            HookEvent::TurnedOn => (self.off, self.trouble) = (None, None),
            HookEvent::TurnedOff { why } => self.off = Some(*why),
            HookEvent::Replayed { after } => (self.cursor, self.trouble) = (*after, None),
            HookEvent::Rotated { secret, until } => {
                let secret = std::mem::replace(&mut self.secret, secret.clone());
                self.old.insert(0, OldSecret { secret, until: *until });
                self.old.truncate(OLD_SECRETS);
            }
            HookEvent::Removed => {}
        }
    }
    /// The secrets to sign with now, the new one first.
    pub fn secrets(&self, now: Timestamp) -> Vec<String> {
        let old = self.old.iter().filter(|old| now < old.until).map(|old| old.secret.clone());
        std::iter::once(self.secret.clone()).chain(old).collect()
    }
    /// Until when an old secret signs beside the new one, if one does.
    pub fn both_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.old.iter().map(|old| old.until).filter(|until| now < *until).max()
    }
    /// The events it wants; what was kept was checked.
    pub fn wish(&self) -> Option<Kinds> {
        Kinds::read(&self.kinds).ok()
    }
    /// Has come so far: to be kept, without a fact of its own.
    pub fn moved(&mut self, cursor: u64, tries: Vec<Attempt>) {
        self.ver += 1;
        self.cursor = cursor;
        self.log.extend(tries);
        self.log.drain(..self.log.len().saturating_sub(REMEMBERED));
    }
    /// What the last answer of a round means for the link; `lapse` is city seconds in a real second.
    pub fn answered(&mut self, heard: &Heard, now: Timestamp, lapse: f64) -> Option<HookEvent> {
        match heard.verdict() {
            Verdict::Taken => self.trouble = None,
            Verdict::Gone => return Some(HookEvent::TurnedOff { why: WhyOff::Gone }),
            Verdict::Again => {
                let trouble = self.trouble.get_or_insert(Trouble { since: now, tries: 0 });
                trouble.tries = trouble.tries.saturating_add(1);
                let lasted = now.duration_since(trouble.since).as_secs_f64() / lapse.max(1e-3);
                if lasted >= GIVEN_UP.as_secs_f64() {
                    return Some(HookEvent::TurnedOff { why: WhyOff::Failing });
                }
            }
        }
        None
    }
    /// Real time until the next try: doubles with each failure up to an hour, less a part that chance decides, and not
    /// less than the other side asks for.
    pub fn pause(&self, chance: u16, asked: Option<u32>) -> Duration {
        let Some(trouble) = self.trouble else { return Duration::ZERO };
        let doubled =
            FIRST_PAUSE.saturating_mul(1 << trouble.tries.saturating_sub(1).min(16)).min(LONGEST_PAUSE);
        let jittered = doubled.mul_f64(0.5 + f64::from(chance) / f64::from(u16::MAX) / 2.0);
        let asked = Duration::from_secs(asked.unwrap_or(0).into()).min(LONGEST_PAUSE);
        jittered.max(asked)
    }
}

impl Entity for Hook {
    const TABLE: Table = Table::Hook;
    type Kind = HookKind;
    fn id(&self) -> Id<HookKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("an instant")
    }
    fn hook() -> Hook {
        Hook {
            id: Id::from_uuid(uuid::Uuid::from_u128(1)),
            ver: 1,
            url: "https://example.com/in".into(),
            kinds: vec!["visit.*".into()],
            personal: false,
            secret: "whsec_".into(),
            old: Vec::new(),
            off: None,
            cursor: 0,
            by: "admin".into(),
            since: at(0),
            trouble: None,
            log: VecDeque::new(),
        }
    }
    fn heard(status: u16) -> Heard {
        Heard { status: Some(status), ..Heard::default() }
    }

    #[test]
    fn three_days_of_failures_turn_it_off_and_one_success_forgives_all() {
        let mut link = hook();
        assert_eq!(link.answered(&heard(500), at(0), 1.0), None);
        assert_eq!(link.answered(&Heard::default(), at(72 * 3600 - 1), 1.0), None);
        assert_eq!(link.answered(&heard(204), at(72 * 3600 - 1), 1.0), None);
        assert_eq!(
            link.answered(&heard(302), at(72 * 3600), 1.0),
            None,
            "a redirect is a failure, the first"
        );
        let off = Some(HookEvent::TurnedOff { why: WhyOff::Failing });
        assert_eq!(link.answered(&heard(500), at(144 * 3600), 1.0), off);
        assert_eq!(link.answered(&heard(410), at(0), 1.0), Some(HookEvent::TurnedOff { why: WhyOff::Gone }));
        let mut fast = hook();
        fast.answered(&heard(500), at(0), 60.0);
        assert_eq!(fast.answered(&heard(500), at(72 * 3600), 60.0), None, "a fast city has longer days");
    }

    #[test]
    fn an_old_secret_signs_beside_the_new_one_for_its_time_and_no_fact_tells_either() {
        let mut link = hook();
        for (n, until) in [(1, 10), (2, 20), (3, 30)] {
            let event = link.decide(HookEvent::Rotated { secret: format!("whsec_{n}"), until: at(until) });
            let event = event.expect("always");
            assert_eq!(
                serde_json::to_value(&event).expect("JSON"),
                serde_json::json!({"what": "rotated", "until": at(until)})
            );
            link.apply(&event);
        }
        assert_eq!(
            link.secrets(at(19)),
            ["whsec_3", "whsec_2", "whsec_1"],
            "of three old ones the oldest went"
        );
        assert_eq!(link.secrets(at(20)), ["whsec_3", "whsec_2"]);
        assert_eq!((link.secrets(at(30)), link.ver), (vec!["whsec_3".to_owned()], 4));
        assert_eq!((link.both_until(at(29)), link.both_until(at(30))), (Some(at(30)), None));
        let kept = serde_json::json!({
            "id": link.id, "ver": 1, "url": "https://example.com", "kinds": [], "personal": false, "secret": "whsec_",
            "off": null, "cursor": 0, "by": "admin", "since": at(0), "trouble": null, "log": [],
        });
        let kept: Hook =
            serde_json::from_value(kept).expect("a link that was kept before secrets were replaced");
        assert_eq!(kept.secrets(at(0)), ["whsec_"]);
    }

    #[test]
    fn the_log_keeps_the_newest_tries() {
        let mut link = hook();
        let tries = |from: u64, to: u64| {
            let one = |seq| Attempt {
                seq,
                kind: "visit.planned".into(),
                at: at(0),
                status: None,
                said: String::new(),
                millis: 1,
            };
            (from..to).map(one).collect::<Vec<_>>()
        };
        link.moved(20, tries(0, 20));
        link.moved(50, tries(20, 50));
        assert_eq!((link.log.len(), link.log[0].seq, link.cursor, link.ver), (REMEMBERED, 20, 50, 3));
    }

    proptest! {
        #[test]
        fn a_pause_is_between_half_of_the_doubled_one_and_an_hour(tries in 1u32..200, chance: u16, asked: Option<u32>) {
            let link = Hook { trouble: Some(Trouble { since: at(0), tries }), ..hook() };
            let pause = link.pause(chance, asked);
            prop_assert!(pause >= FIRST_PAUSE / 2 && pause <= LONGEST_PAUSE);
            let later = Hook { trouble: Some(Trouble { since: at(0), tries: tries + 1 }), ..hook() };
            prop_assert!(later.pause(chance, asked) >= pause);
        }
    }
}
