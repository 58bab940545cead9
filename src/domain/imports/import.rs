//! An import: one table that was brought into the house, chunk by chunk, and perhaps taken back.

use super::{
    cells::Problem,
    columns::{Mapping, What},
    register::Card,
    sheets::Form,
};
use crate::{
    ports::{Entity, Table},
    refusal::Refusal,
    values::id::{Id, ImportId, ImportKind},
    visits::proof::BlobName,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What happens to a line whose card is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// The card stays as it is.
    #[default]
    Skip,
    /// What the line says replaces what the card says.
    Update,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// The bytes, by their hash.
    pub file: BlobName,
    /// How the file is called by who brought it.
    pub name: String,
    /// What the table is about.
    pub what: What,
    /// How it is read.
    #[serde(default)]
    pub form: Form,
    /// What the columns mean; `None`: by their headings.
    #[serde(default)]
    pub mapping: Option<Mapping>,
    /// What happens to known cards.
    #[serde(default)]
    pub duplicates: Duplicates,
}

/// Life of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Lines are being written; goes on after a restart.
    Running,
    /// Every line was read.
    Done,
    /// Its cards are being taken back; goes on after a restart.
    Undoing,
    /// What could be taken back was.
    Undone,
    /// The file could not be read to its end; what was written stays until it is undone.
    Broken,
}

/// Lines by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Lines that were read.
    pub lines: u64,
    /// Cards that are new.
    pub created: u64,
    /// Cards that were changed.
    pub updated: u64,
    /// Lines whose card was known and stayed.
    pub skipped: u64,
    /// Lines with a problem: nothing of them was written.
    pub bad: u64,
    /// Cards that were taken back.
    pub undone: u64,
    /// Cards that could not be taken back.
    pub kept: u64,
}

/// One table brought into the house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Identity.
    pub id: ImportId,
    /// Version.
    pub ver: u64,
    /// What was asked for; form and mapping are complete.
    pub wish: Wish,
    /// Life.
    pub state: ImportState,
    /// Who brought it, by login.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The last line whose fate is kept.
    pub line: u64,
    /// What became of the lines.
    pub tally: Tally,
    /// Why it is broken.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A card that a line has written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// The line.
    pub line: u64,
    /// The table.
    pub table: Table,
    /// The key.
    pub key: Uuid,
    /// The version after it.
    pub ver: u64,
    /// The card before it; `None`: it is new.
    pub before: Option<Card>,
}

/// A line that was not written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bad {
    /// The line.
    pub line: u64,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// Its cells.
    pub cells: Vec<String>,
}

/// Why a card could not be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stays {
    /// Somebody changed it since.
    Edited,
    /// Work, a call or another card speaks of it.
    Used,
}

/// A card that stays after an undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The line that wrote it.
    pub line: u64,
    /// The card's id.
    pub card: String,
    /// How people call it.
    pub name: String,
    /// Why.
    pub why: Stays,
}

/// What has happened to an import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ImportEvent {
    /// Was begun.
    Begun,
    /// Lines up to `line` have been written or refused.
    Taken {
        /// The last of them.
        line: u64,
        /// What became of them; `undone` and `kept` are nothing.
        tally: Tally,
        /// Their cards.
        written: Vec<Written>,
        /// The refused ones.
        bad: Vec<Bad>,
    },
    /// The last line was read.
    Finished,
    /// The file could not be read on.
    Broke {
        /// Why.
        reason: String,
    },
    /// Its cards are to be taken back.
    UndoBegun,
    /// Some cards were taken back.
    Returned {
        /// How many.
        undone: u64,
    },
    /// All that could be taken back was.
    UndoFinished {
        /// Those that stay.
        kept: Vec<Kept>,
    },
}

impl ImportEvent {
    /// The name in the journal.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Begun => "import.begun",
            Self::Taken { .. } => "import.taken",
            Self::Finished => "import.finished",
            Self::Broke { .. } => "import.broke",
            Self::UndoBegun => "import.undo_begun",
            Self::Returned { .. } => "import.returned",
            Self::UndoFinished { .. } => "import.undo_finished",
        }
    }
}

impl Import {
    /// An import that nothing has happened to.
    pub fn new(id: ImportId, wish: Wish, by: &str, at: Timestamp) -> Self {
        let (by, tally) = (by.to_owned(), Tally::default());
        Self { id, ver: 0, wish, state: ImportState::Running, by, at, line: 0, tally, reason: None }
    }
    /// Decides; changes nothing.
    ///
    /// # Errors
    /// The state says no.
    pub fn decide(&self, event: ImportEvent) -> Result<ImportEvent, Refusal> {
        use ImportState::{Broken, Done, Running, Undoing};
        let fits = match &event {
            ImportEvent::Begun => self.ver == 0,
            ImportEvent::Taken { line, .. } => self.state == Running && *line > self.line,
            ImportEvent::Finished | ImportEvent::Broke { .. } => self.state == Running,
            ImportEvent::UndoBegun => matches!(self.state, Done | Broken),
            ImportEvent::Returned { .. } | ImportEvent::UndoFinished { .. } => self.state == Undoing,
        };
        if fits {
            return Ok(event);
        }
        let detail =
            format!("the import `{}` is `{:?}`: `{}` is not possible", self.id, self.state, event.name());
        Err(Refusal::state("import-state", detail))
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &ImportEvent) {
        self.ver += 1;
        match event {
            ImportEvent::Begun => self.state = ImportState::Running,
            ImportEvent::Taken { line, tally, .. } => {
                self.line = *line;
                self.tally.lines += tally.lines;
                self.tally.created += tally.created;
                self.tally.updated += tally.updated;
                self.tally.skipped += tally.skipped;
                self.tally.bad += tally.bad;
            }
            ImportEvent::Finished => self.state = ImportState::Done,
            ImportEvent::Broke { reason } => {
                (self.state, self.reason) = (ImportState::Broken, Some(reason.clone()));
            }
            ImportEvent::UndoBegun => self.state = ImportState::Undoing,
            ImportEvent::Returned { undone } => self.tally.undone += undone,
            ImportEvent::UndoFinished { kept } => {
                (self.state, self.tally.kept) = (ImportState::Undone, kept.len() as u64);
            }
        }
    }
}

impl Entity for Import {
    const TABLE: Table = Table::Import;
    type Kind = ImportKind;
    fn id(&self) -> Id<ImportKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
