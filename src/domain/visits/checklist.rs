//! The checklist of a visit: what the master ticks, reads off, writes, chooses and photographs; and the lists of the
//! house that has written none.

use crate::{refusal::Refusal, requests::request::RequestSort, values::id::TemplateId};
use serde::{Deserialize, Serialize};

/// The longest answer in words, in characters.
pub const LONGEST_ANSWER: usize = 500;

/// How an item of a checklist is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemSort {
    /// `yes` or `no`.
    Tick,
    /// A number that was read off.
    Reading,
    /// At least one photograph.
    Photo,
    /// A few words.
    Text,
    /// One of some words.
    Choice,
}

/// One item of a checklist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What answers and photographs name it by: `safe`, `counter`, `after`.
    pub code: String,
    /// In Russian, or as it was typed; empty where the screens have words of their own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ru: String,
    /// In English; empty: as in Russian.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub en: String,
    /// How it is answered.
    pub kind: ItemSort,
    /// The work is not whole without it.
    pub must: bool,
    /// What a number counts: `°C`, `бар`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// The least number that can be true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The greatest number that can be true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// The words of a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

impl Item {
    /// An item that the screens have words for.
    pub fn plain(code: &str, kind: ItemSort, must: bool) -> Self {
        Self {
            code: code.to_owned(),
            ru: String::new(),
            en: String::new(),
            kind,
            must,
            unit: String::new(),
            low: None,
            high: None,
            options: vec![],
        }
    }
    /// What it is called where nobody asks for a language.
    pub fn words(&self) -> &str {
        if self.ru.is_empty() { &self.code } else { &self.ru }
    }
    /// Refuses an answer that cannot be one.
    ///
    /// # Errors
    /// The answer is not of the item's kind, or the number is out of its limits.
    pub fn answered(&self, answer: &str) -> Result<(), Refusal> {
        let expected = match self.kind {
            ItemSort::Tick if matches!(answer, "yes" | "no") => return Ok(()),
            ItemSort::Tick => "`yes` or `no`".to_owned(),
            ItemSort::Reading => return self.measured(answer),
            ItemSort::Text if (1..=LONGEST_ANSWER).contains(&answer.trim().chars().count()) => return Ok(()),
            ItemSort::Text => format!("1 to {LONGEST_ANSWER} characters"),
            ItemSort::Choice if self.options.iter().any(|option| option == answer) => return Ok(()),
            ItemSort::Choice => format!("one of `{}`", self.options.join("`, `")),
            ItemSort::Photo => "a photograph".to_owned(),
        };
        Err(self.wrong(answer, "wrong-answer", &expected))
    }
    fn measured(&self, answer: &str) -> Result<(), Refusal> {
        let Some(number) = answer.parse::<f64>().ok().filter(|number| number.is_finite()) else {
            return Err(self.wrong(answer, "wrong-answer", "a number"));
        };
        if self.low.is_none_or(|low| number >= low) && self.high.is_none_or(|high| number <= high) {
            return Ok(());
        }
        let from = self.low.map_or(String::new(), |low| format!(" from {low}"));
        let to = self.high.map_or(String::new(), |high| format!(" to {high}"));
        Err(self.wrong(answer, "out-of-limits", format!("a number{from}{to} {}", self.unit).trim_end()))
    }
    fn wrong(&self, answer: &str, code: &str, expected: &str) -> Refusal {
        let brief: String = answer.chars().take(60).collect();
        Refusal::invalid(code, format!("`{brief}` is no answer to `{}`: expected {expected}", self.words()))
    }
}

/// The checklist that a visit was sent out with: what is published later does not change it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checklist {
    /// Of which template.
    pub template: TemplateId,
    /// Which of its versions.
    pub version: u32,
    /// What is asked for, in order.
    pub items: Vec<Item>,
}

/// The list of a house that has written none, by what the client wants.
pub fn built_in(sort: RequestSort) -> Vec<Item> {
    use ItemSort::{Photo, Reading, Tick};
    const REPAIR: &[(&str, ItemSort, bool)] =
        &[("safe", Tick, true), ("before", Photo, false), ("after", Photo, true), ("shown", Tick, true)];
    const UPKEEP: &[(&str, ItemSort, bool)] =
        &[("safe", Tick, true), ("cleaned", Tick, true), ("counter", Reading, true), ("after", Photo, true)];
    const INSTALL: &[(&str, ItemSort, bool)] = &[
        ("safe", Tick, true),
        ("level", Tick, true),
        ("plate", Photo, true),
        ("after", Photo, true),
        ("shown", Tick, true),
    ];
    const REGISTER: &[(&str, ItemSort, bool)] =
        &[("seal", Photo, true), ("counter", Reading, true), ("receipt", Photo, true)];
    let list = match sort {
        RequestSort::Repair | RequestSort::Complaint => REPAIR,
        RequestSort::Maintenance => UPKEEP,
        RequestSort::Install => INSTALL,
        RequestSort::Kkt => REGISTER,
        RequestSort::Question => &[],
    };
    list.iter().map(|(code, kind, must)| Item::plain(code, *kind, *must)).collect()
}

/// The lines of a maintenance schedule as items that are ticked. No code of a template has a dash, so none is met twice.
pub fn of_lines(lines: &[String]) -> Vec<Item> {
    let item = |(number, line): (usize, &String)| Item {
        ru: line.clone(),
        ..Item::plain(&format!("line-{}", number + 1), ItemSort::Tick, true)
    };
    lines.iter().enumerate().map(item).collect()
}
