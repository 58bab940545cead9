//! The checker's own count of pauses and breaks through a day.

use crate::pause::Pause;
use crate::spell::Spell;

/// Pauses and breaks a master is owed on the rest of his day.
pub(super) struct Owed<'a> {
    pub pauses: &'a [Pause],
    pub spell: Option<Spell>,
    /// Seconds at work since the last break.
    pub since: i64,
    /// Whether a pause fell outside its window.
    pub missed: bool,
}

impl Owed<'_> {
    /// Takes the next pause if its window is open by then or what comes would run past it.
    pub fn pauses_before(&mut self, begins: i64, ends: i64, moment: &mut i64, rest: &mut i64) -> bool {
        let Some(next) = self.pauses.first().filter(|p| begins >= p.window.0 || ends > p.window.1) else {
            return false;
        };
        self.pauses = &self.pauses[1..];
        *moment = (*moment).max(next.window.0);
        self.missed |= *moment > next.window.1;
        *moment += next.seconds;
        *rest += next.seconds;
        if self.spell.is_some_and(|spell| next.seconds >= spell.rest) {
            self.since = 0;
        }
        true
    }

    /// Takes a break if so much work or driving would be too much without one.
    pub fn breaks_before(&mut self, seconds: i64, moment: &mut i64) -> bool {
        let due = |spell: &Spell| self.since > 0 && self.since + seconds > spell.most;
        let Some(spell) = self.spell.filter(due) else { return false };
        self.since = 0;
        *moment += spell.rest;
        true
    }

    /// Seconds of breaks inside something that is too long by itself.
    pub fn breaks_inside(&self, seconds: i64) -> i64 {
        let breaks = |spell: Spell| (seconds.max(1) + spell.most - 1) / spell.most - 1;
        self.spell.map_or(0, |spell| breaks(spell) * spell.rest)
    }

    /// Counts work or driving; of what was broken off inside, only the last part.
    pub fn worked(&mut self, seconds: i64) {
        let Some(spell) = self.spell else { return };
        self.since += seconds;
        while self.since > spell.most {
            self.since -= spell.most;
        }
    }
}

/// Leaves out the pauses whose windows have closed by a moment.
pub(super) fn forget(owed: &mut &[Pause], moment: i64) {
    while owed.first().is_some_and(|pause| pause.window.1 < moment) {
        *owed = &owed[1..];
    }
}
