//! A visit that follows another one: how soon after it, with whom, and what it waits for (diagnosis, then repair; a part
//! that is still on its way).

use super::visit::{Visit, VisitState};
use crate::{
    book::Book,
    refusal::Refusal,
    values::id::{MasterId, VisitId},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Longest gap between two visits of a chain, in minutes: a quarter of a year.
const MOST_MINUTES: u32 = 92 * 24 * 60;
/// Longest name of a part, in characters.
const MOST_LETTERS: usize = 80;

/// Whether whoever did the visit before comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// Anybody may come.
    Any,
    /// Better the same one.
    #[default]
    Preferred,
    /// The same one or nobody.
    Required,
}

/// What a visit waits for besides its window.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Wait {
    /// Least minutes from the end of the visit before to the start of this one.
    #[serde(default)]
    pub least: u32,
    /// Most minutes between the two, if that matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
    /// Whether the same master comes.
    #[serde(default)]
    pub again: Again,
    /// Not before this instant: a part is still on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Which part.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub part: String,
}

/// How a visit stands to the one it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    /// It follows none, or one that the book does not know any longer.
    Nothing,
    /// That one is still to be done.
    Live(VisitId),
    /// That one is over, since this instant, and was done by this master.
    Done(Timestamp, Option<MasterId>),
    /// That one was called off: somebody has to say what becomes of this one.
    Lost(VisitId),
}

impl Wait {
    /// Refuses gaps and names that mean nothing.
    ///
    /// # Errors
    /// The least gap is longer than the most one, a gap is longer than a quarter of a year, or the part's name is long.
    pub fn checked(mut self) -> Result<Self, Refusal> {
        self.part = self.part.trim().to_owned();
        let longest = self.most.unwrap_or(0).max(self.least);
        if longest > MOST_MINUTES {
            let detail =
                format!("the gap of `{longest}` minutes is too long: expected at most {MOST_MINUTES}");
            return Err(Refusal::invalid("wrong-gap", detail));
        }
        if let Some(most) = self.most.filter(|most| *most < self.least) {
            let detail = format!("at most `{most}` minutes after at least `{}`: expected more", self.least);
            return Err(Refusal::invalid("wrong-gap", detail));
        }
        let letters = self.part.chars().count();
        if letters > MOST_LETTERS {
            let detail = format!("the part's name has `{letters}` letters: expected at most {MOST_LETTERS}");
            return Err(Refusal::invalid("long-part", detail));
        }
        Ok(self)
    }
    /// The earliest start, once the visit before has ended.
    pub fn earliest(&self, ended: Timestamp) -> Timestamp {
        let gap = ended + SignedDuration::from_mins(i64::from(self.least));
        self.from.map_or(gap, |from| gap.max(from))
    }
    /// The latest start, once the visit before has ended.
    pub fn latest(&self, ended: Timestamp) -> Option<Timestamp> {
        Some(ended + SignedDuration::from_mins(i64::from(self.most?)))
    }
}

impl Visit {
    /// How it stands to the visit it follows; a follow-up that was told to wait for nothing follows none.
    pub fn behind(&self, book: &Book) -> Behind {
        let first = self.wait.as_ref().and(self.preceded_by).and_then(|id| book.visits.get(&id));
        match first {
            None => Behind::Nothing,
            Some(first) if first.state == VisitState::Cancelled => Behind::Lost(first.id),
            Some(first) if first.is_over() => {
                let planned = first.assignment.as_ref().map(|work| work.end);
                Behind::Done(first.ended.or(planned).unwrap_or(Timestamp::UNIX_EPOCH), first.master())
            }
            Some(first) => Behind::Live(first.id),
        }
    }
    /// Does it follow that visit, and is it still to be done?
    pub fn waits_for(&self, first: VisitId) -> bool {
        self.wait.is_some() && self.preceded_by == Some(first) && !self.is_over()
    }
    /// Is it nobody's to plan, because what it follows was called off? A promise or a person's word plans it again.
    pub fn is_stranded(&self, book: &Book) -> bool {
        let said = self.window.is_some() || self.assignment.is_some();
        !said && !self.is_over() && matches!(self.behind(book), Behind::Lost(_))
    }
}
