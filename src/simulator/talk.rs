//! What is said on the line: a caller's words, as the one who answers hears them.
//!
//! Audio of robots is babble; the words travel here, between robots only. An operator who is a person asks
//! whatever they like, and a robot that answers a person draws the words itself.

use crate::{chance::Chance, numbers::Purpose};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// One conversation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Words {
    /// What about.
    pub purpose: Purpose,
    /// How long, in real time.
    pub talk: Duration,
    /// Ends by the caller's own hand.
    pub caller_ends: bool,
}

/// The shortest talk, in real time.
const SHORTEST: Duration = Duration::from_secs(4);
/// Numbers remembered as having something open.
const REMEMBERED: usize = 400;

impl Words {
    /// Words for a purpose.
    pub fn about(purpose: Purpose, chance: &mut Chance, lapse: f64) -> Self {
        let real = purpose.talk_s(chance) / lapse.max(0.001);
        let talk = Duration::from_secs_f64(real).max(SHORTEST);
        Self { purpose, talk, caller_ends: chance.happens(0.7) }
    }
}

#[derive(Debug, Default)]
struct Said {
    live: HashMap<String, Words>,
    open: VecDeque<String>,
}

/// Who says what now, and who has something open.
#[derive(Debug, Default)]
pub struct Talks {
    said: Mutex<Said>,
}

impl Talks {
    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// A number begins to ring; `false` when it is on the line already.
    pub fn begin(&self, phone: &str, words: Words) -> bool {
        let mut said = self.said();
        let free = !said.live.contains_key(phone);
        if free {
            said.live.insert(phone.to_owned(), words);
        }
        free
    }
    /// What a number says.
    pub fn of(&self, phone: &str) -> Option<Words> {
        self.said().live.get(phone).copied()
    }
    /// A number is off the line.
    pub fn end(&self, phone: &str) {
        self.said().live.remove(phone);
    }
    /// A number has a booked visit now.
    pub fn booked(&self, phone: &str) {
        let mut said = self.said();
        said.open.push_back(phone.to_owned());
        if said.open.len() > REMEMBERED {
            said.open.pop_front();
        }
    }
    /// A number has nothing open any more.
    pub fn closed(&self, phone: &str) {
        self.said().open.retain(|p| p != phone);
    }
    /// Somebody who has something open.
    pub fn somebody_open(&self, chance: &mut Chance) -> Option<String> {
        let said = self.said();
        let last = u64::try_from(said.open.len()).ok()?.checked_sub(1)?;
        said.open.get(usize::try_from(chance.between(0, last)).ok()?).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_on_the_line_once() {
        let (talks, mut chance) = (Talks::default(), Chance::new(1));
        let words = Words::about(Purpose::Status, &mut chance, 60.0);
        assert_eq!(words.talk, SHORTEST, "two minutes are two seconds at sixty, but nobody speaks so fast");
        assert!(talks.begin("+7", words) && !talks.begin("+7", words));
        talks.end("+7");
        assert_eq!(talks.of("+7"), None);
        assert_eq!(talks.somebody_open(&mut chance), None);
        talks.booked("+7");
        assert_eq!(talks.somebody_open(&mut chance).as_deref(), Some("+7"));
    }
}
