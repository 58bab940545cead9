//! The dictionary of skills: what a code is called, and whether it may still be given to anybody.

use crate::{
    ports::{Entity, Table},
    refusal::Refusal,
    values::id::{Id, SkillId, SkillKind},
};
use serde::{Deserialize, Serialize};

/// The longest code and the longest name, in characters.
const LONGEST: (usize, usize) = (24, 40);
/// Colours that a skill may have: names of tokens of the screens.
pub const TONES: [&str; 7] = ["slate", "blue", "green", "violet", "amber", "indigo", "red"];

/// What is written about a skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkillCard {
    /// `hvac`, `fridge`: what masters, units and visits name it by.
    pub code: String,
    /// The name in Russian.
    pub ru: String,
    /// The name in English.
    pub en: String,
    /// One of [`TONES`].
    pub tone: String,
}

/// One word of the dictionary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillWord {
    /// Identity.
    pub id: SkillId,
    /// Version.
    pub ver: u64,
    /// What is written about it.
    pub card: SkillCard,
    /// It is given to nobody any longer; who has it keeps it.
    #[serde(default)]
    pub retired: bool,
}

/// What has happened to a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum SkillEvent {
    /// Was written, or written otherwise.
    Written {
        /// As it is now.
        card: SkillCard,
    },
    /// Is given to nobody any longer.
    Retired,
    /// May be given again.
    Restored,
    /// Was never used and is gone.
    Removed,
}

impl SkillEvent {
    /// The name in the journal.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Written { .. } => "skill.written",
            Self::Retired => "skill.retired",
            Self::Restored => "skill.restored",
            Self::Removed => "skill.removed",
        }
    }
}

impl SkillCard {
    /// Refuses what cannot be named.
    ///
    /// # Errors
    /// The code has other characters than `a`–`z`, digits and `_`; a name is empty or too long; the colour is unknown.
    pub fn checked(self) -> Result<Self, Refusal> {
        let code = self.code.trim().to_lowercase();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if code.is_empty() || code.len() > LONGEST.0 || !code.chars().all(plain) {
            let detail =
                format!("the code `{code}` cannot be: expected 1 to {} of `a`–`z`, digits, `_`", LONGEST.0);
            return Err(Refusal::invalid("skill-code", detail));
        }
        let (ru, en) = (self.ru.trim().to_owned(), self.en.trim().to_owned());
        for name in [&ru, &en] {
            let letters = name.chars().count();
            if letters == 0 || letters > LONGEST.1 {
                let detail =
                    format!("the name `{name}` has {letters} characters: expected 1 to {}", LONGEST.1);
                return Err(Refusal::invalid("name", detail));
            }
        }
        if !TONES.contains(&self.tone.as_str()) {
            let detail =
                format!("the colour `{}` is none: expected one of `{}`", self.tone, TONES.join("`, `"));
            return Err(Refusal::invalid("tone", detail));
        }
        Ok(Self { code, ru, en, tone: self.tone })
    }
}

impl SkillWord {
    /// A word that nothing has happened to.
    pub fn new(id: SkillId, card: SkillCard) -> Self {
        Self { id, ver: 0, card, retired: false }
    }
    /// Decides; `used` is how many masters, units and open visits name the skill. Changes nothing.
    ///
    /// # Errors
    /// It is retired already, or not; or it is to be removed and is in use.
    pub fn decide(&self, event: SkillEvent, used: usize) -> Result<SkillEvent, Refusal> {
        match &event {
            SkillEvent::Removed if used > 0 => {
                let detail =
                    format!("the skill `{}` is named by `{used}`: expected it to be retired", self.card.code);
                Err(Refusal::state("skill-used", detail))
            }
            SkillEvent::Retired if self.retired => Err(self.already("retired")),
            SkillEvent::Restored if !self.retired => Err(self.already("given")),
            _ => Ok(event),
        }
    }
    fn already(&self, how: &str) -> Refusal {
        Refusal::state("skill-state", format!("the skill `{}` is {how} already", self.card.code))
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &SkillEvent) {
        self.ver += 1;
        match event {
            SkillEvent::Written { card } => self.card = card.clone(),
            SkillEvent::Retired => self.retired = true,
            SkillEvent::Restored => self.retired = false,
            SkillEvent::Removed => {}
        }
    }
}

impl Entity for SkillWord {
    const TABLE: Table = Table::Skill;
    type Kind = SkillKind;
    fn id(&self) -> Id<SkillKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
