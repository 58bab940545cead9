//! A template of work: what a master is asked for on visits of one sort, written by the house, published in versions
//! (`domain.md` 3.4.22). A visit is sent out with the version that is in force by then and keeps it.

use super::checklist::{Checklist, Item, ItemSort};
use crate::{
    ports::{Entity, Table},
    refusal::Refusal,
    requests::request::RequestSort,
    values::id::{Id, TemplateId, TemplateKind},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The longest name, code, words of an item, unit, and option, in characters.
const LONGEST: Limits = Limits { name: 60, code: 24, words: 120, unit: 12, option: 60 };
/// Items of a template, at most: a visit has room for as many photographs.
pub const MOST_ITEMS: usize = 40;
/// Words to choose from, at least and at most.
const OPTIONS: (usize, usize) = (2, 12);
/// Minutes of work, at least and at most.
const MINUTES: (u16, u16) = (5, 600);
/// Former versions that can be brought back.
pub const MOST_EDITIONS: usize = 20;

struct Limits {
    name: usize,
    code: usize,
    words: usize,
    unit: usize,
    option: usize,
}

/// What is written in a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateCard {
    /// What it is called: `ТО кондиционера`.
    pub name: String,
    /// What is asked for, in order.
    pub items: Vec<Item>,
    /// Minutes that such work usually takes; none: as the house counts by itself.
    #[serde(default)]
    pub minutes: Option<u16>,
}

/// A version that was published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edition {
    /// Its number.
    pub version: u32,
    /// What it says.
    pub card: TemplateCard,
    /// When it was published.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// Life of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateState {
    /// Was never published.
    Draft,
    /// Its newest version is in force.
    Published,
    /// Is in force no longer; another version may be published later.
    Retired,
}

/// A template of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkTemplate {
    /// Identity.
    pub id: TemplateId,
    /// Version of the row.
    pub ver: u64,
    /// For what clients want.
    pub kind: RequestSort,
    /// Only for equipment whose repair asks for this skill; none: for everything else of the sort.
    pub skill: Option<String>,
    /// Life.
    pub state: TemplateState,
    /// What is written and not published yet.
    pub draft: Option<TemplateCard>,
    /// Published versions, oldest first.
    pub editions: Vec<Edition>,
}

/// What has happened to a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateEvent {
    /// Was written, or written otherwise: nothing is in force by it.
    Written {
        /// As it is now.
        card: TemplateCard,
    },
    /// What was written and not published is thrown away.
    Discarded,
    /// What was written is in force.
    Published {
        /// Under which number.
        edition: Edition,
    },
    /// A former version is in force again, under a number of its own.
    Restored {
        /// Which one.
        from: u32,
        /// As what.
        edition: Edition,
    },
    /// Is in force no longer.
    Retired,
}

impl TemplateEvent {
    /// The name in the journal.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Written { .. } => "template.written",
            Self::Discarded => "template.discarded",
            Self::Published { .. } => "template.published",
            Self::Restored { .. } => "template.restored",
            Self::Retired => "template.retired",
        }
    }
}

impl TemplateCard {
    /// Refuses what nobody could fill in.
    ///
    /// # Errors
    /// A name or words are missing or too long; there are no items or too many; two items share a code; limits are the
    /// wrong way round; a choice has too few words; the minutes are out of bounds.
    pub fn checked(self) -> Result<Self, Refusal> {
        let name = tidy(&self.name);
        within("template-name", "name", &name, 1, LONGEST.name)?;
        if self.items.is_empty() || self.items.len() > MOST_ITEMS {
            let detail =
                format!("the checklist has `{}` items: expected 1 to {MOST_ITEMS}", self.items.len());
            return Err(Refusal::invalid("template-items", detail));
        }
        if let Some(minutes) = self.minutes.filter(|it| !(MINUTES.0..=MINUTES.1).contains(it)) {
            let detail = format!("`{minutes}` minutes of work: expected {} to {}", MINUTES.0, MINUTES.1);
            return Err(Refusal::invalid("template-minutes", detail));
        }
        let items: Vec<Item> = self.items.into_iter().map(item_checked).collect::<Result<_, _>>()?;
        let mut codes = BTreeSet::new();
        if let Some(twice) = items.iter().find(|item| !codes.insert(item.code.as_str())) {
            let detail = format!("the code `{}` is given to two items: expected one each", twice.code);
            return Err(Refusal::invalid("item-twice", detail));
        }
        Ok(Self { name, items, minutes: self.minutes })
    }
}

/// Without blanks around, and with single ones within.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn within(code: &str, what: &str, text: &str, least: usize, most: usize) -> Result<(), Refusal> {
    let letters = text.chars().count();
    if (least..=most).contains(&letters) {
        return Ok(());
    }
    let detail = format!("the {what} `{text}` has {letters} characters: expected {least} to {most}");
    Err(Refusal::invalid(code, detail))
}

fn item_checked(item: Item) -> Result<Item, Refusal> {
    if !is_code(&item.code) {
        let detail = format!(
            "the code `{}` cannot be: expected 1 to {} of `a`–`z`, digits, `_`",
            item.code, LONGEST.code
        );
        return Err(Refusal::invalid("item-code", detail));
    }
    let item = Item {
        ru: tidy(&item.ru),
        en: tidy(&item.en),
        unit: tidy(&item.unit),
        options: item.options.iter().map(|option| tidy(option)).collect(),
        ..item
    };
    within("item-words", "words", &item.ru, 1, LONGEST.words)?;
    within("item-words", "words", &item.en, 0, LONGEST.words)?;
    within("item-unit", "unit", &item.unit, 0, LONGEST.unit)?;
    measured(&item)?;
    chosen(&item)?;
    Ok(item)
}

/// Limits and units are of numbers alone, and the right way round.
fn measured(item: &Item) -> Result<(), Refusal> {
    let told = item.low.is_some() || item.high.is_some() || !item.unit.is_empty();
    if told && item.kind != ItemSort::Reading {
        let detail = format!("`{}` is no number: expected neither a unit nor limits", item.words());
        return Err(Refusal::invalid("item-limits", detail));
    }
    let finite = [item.low, item.high].into_iter().flatten().all(f64::is_finite);
    match (item.low, item.high) {
        (Some(low), Some(high)) if low >= high => {
            let detail =
                format!("the limits of `{}` are `{low}`…`{high}`: expected a lower one first", item.words());
            Err(Refusal::invalid("item-limits", detail))
        }
        _ if !finite => Err(Refusal::invalid(
            "item-limits",
            format!("the limits of `{}` are no numbers: expected numbers", item.words()),
        )),
        _ => Ok(()),
    }
}

/// Words to choose from are of choices alone, and differ.
fn chosen(item: &Item) -> Result<(), Refusal> {
    if item.kind != ItemSort::Choice {
        if item.options.is_empty() {
            return Ok(());
        }
        let detail = format!("`{}` is no choice: expected no words to choose from", item.words());
        return Err(Refusal::invalid("item-options", detail));
    }
    let differ: BTreeSet<&String> = item.options.iter().collect();
    if differ.len() != item.options.len() || !(OPTIONS.0..=OPTIONS.1).contains(&differ.len()) {
        let detail = format!(
            "`{}` has `{}` words to choose from, `{}` of them differ: expected {} to {} that do",
            item.words(),
            item.options.len(),
            differ.len(),
            OPTIONS.0,
            OPTIONS.1
        );
        return Err(Refusal::invalid("item-options", detail));
    }
    item.options.iter().try_for_each(|option| within("item-options", "word", option, 1, LONGEST.option))
}

/// Is it `a`–`z`, digits and `_`, and not too long?
fn is_code(code: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (1..=LONGEST.code).contains(&code.len()) && code.chars().all(plain)
}

impl WorkTemplate {
    /// A template for a sort of work that nothing has happened to.
    ///
    /// # Errors
    /// The skill is no code.
    pub fn begun(id: TemplateId, kind: RequestSort, skill: Option<String>) -> Result<Self, Refusal> {
        if let Some(code) = skill.as_ref().filter(|code| !is_code(code)) {
            let brief: String = code.chars().take(60).collect();
            let detail = format!("`{brief}` is no code of a skill: expected `a`–`z`, digits, `_`");
            return Err(Refusal::invalid("skill-code", detail));
        }
        Ok(Self { id, ver: 0, kind, skill, state: TemplateState::Draft, draft: None, editions: vec![] })
    }
    /// The version that visits are sent out with.
    pub fn in_force(&self) -> Option<&Edition> {
        self.editions.last().filter(|_| self.state == TemplateState::Published)
    }
    /// The checklist that a visit is sent out with now.
    pub fn given(&self) -> Option<Checklist> {
        self.in_force().map(|edition| Checklist {
            template: self.id,
            version: edition.version,
            items: edition.card.items.clone(),
        })
    }
    /// What is written becomes the next version.
    ///
    /// # Errors
    /// Nothing is written that is not published.
    pub fn publish(&self, at: Timestamp, by: &str) -> Result<TemplateEvent, Refusal> {
        let card = self.draft.clone().ok_or_else(nothing_written)?;
        Ok(TemplateEvent::Published { edition: self.next(card, at, by) })
    }
    /// A former version becomes the next one.
    ///
    /// # Errors
    /// There is no such version.
    pub fn restore(&self, from: u32, at: Timestamp, by: &str) -> Result<TemplateEvent, Refusal> {
        let former = self.editions.iter().find(|edition| edition.version == from);
        let card =
            former.ok_or_else(|| Refusal::unknown("template-version", from)).map(|it| it.card.clone())?;
        Ok(TemplateEvent::Restored { from, edition: self.next(card, at, by) })
    }
    fn next(&self, card: TemplateCard, at: Timestamp, by: &str) -> Edition {
        let version = self.editions.last().map_or(0, |edition| edition.version) + 1;
        Edition { version, card, at, by: by.to_owned() }
    }
    /// Decides; changes nothing.
    ///
    /// # Errors
    /// Nothing is written, what is written is in force already, or nothing is in force that could be retired.
    pub fn decide(&self, event: TemplateEvent) -> Result<TemplateEvent, Refusal> {
        match event {
            TemplateEvent::Written { card } => card.checked().map(|card| TemplateEvent::Written { card }),
            TemplateEvent::Discarded if self.draft.is_none() => Err(nothing_written()),
            TemplateEvent::Discarded => Ok(event),
            TemplateEvent::Published { .. } if self.draft.is_none() => Err(nothing_written()),
            TemplateEvent::Published { ref edition } | TemplateEvent::Restored { ref edition, .. }
                if self.in_force().is_some_and(|now| now.card == edition.card) =>
            {
                let detail = "this is in force already: expected something else to publish";
                Err(Refusal::state("template-same", detail))
            }
            TemplateEvent::Published { .. } | TemplateEvent::Restored { .. } => Ok(event),
            TemplateEvent::Retired if self.in_force().is_none() => {
                let detail = "no version is in force: expected one that can be retired";
                Err(Refusal::state("template-state", detail))
            }
            TemplateEvent::Retired => Ok(event),
        }
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &TemplateEvent) {
        self.ver += 1;
        match event {
            TemplateEvent::Written { card } => self.draft = Some(card.clone()),
            TemplateEvent::Discarded => self.draft = None,
            TemplateEvent::Published { edition } => {
                self.draft = None;
                self.enter(edition);
            }
            TemplateEvent::Restored { edition, .. } => self.enter(edition),
            TemplateEvent::Retired => self.state = TemplateState::Retired,
        }
    }
    fn enter(&mut self, edition: &Edition) {
        self.state = TemplateState::Published;
        self.editions.push(edition.clone());
        let spare = self.editions.len().saturating_sub(MOST_EDITIONS);
        self.editions.drain(..spare);
    }
}

fn nothing_written() -> Refusal {
    Refusal::state("template-draft", "nothing is written that is not published: expected a draft")
}

/// The template for what a client wants done to some equipment: that of its skill before that of the sort.
pub fn for_work<'a>(
    templates: impl IntoIterator<Item = &'a WorkTemplate>,
    kind: RequestSort,
    skill: Option<&str>,
) -> Option<&'a WorkTemplate> {
    let ours = templates.into_iter().filter(|it| it.kind == kind && it.in_force().is_some());
    let fit = ours.filter(|it| it.skill.is_none() || it.skill.as_deref() == skill);
    fit.max_by_key(|it| (it.skill.is_some(), it.id))
}

impl Entity for WorkTemplate {
    const TABLE: Table = Table::Template;
    type Kind = TemplateKind;
    fn id(&self) -> Id<TemplateKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
