//! The port to tables in files: CSV in any charset of the trade, XLSX.

use crate::{ports::Later, refusal::Refusal, visits::proof::BlobName};
use serde::{Deserialize, Serialize};

/// How a file is to be read; what is `None` is found out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Form {
    /// `utf-8`, `windows-1251`, `utf-16le`; nothing for XLSX.
    pub charset: Option<String>,
    /// `;`, `,`, tab or `|`; nothing for XLSX.
    pub delimiter: Option<char>,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The line with the headings, from 1; lines above it are passed over.
    pub header: Option<u64>,
}

/// How a file was read, and what it begins with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// What was found out, or was asked for.
    pub form: Form,
    /// The sheets of a workbook, in their order.
    pub sheets: Vec<String>,
    /// The headings, trimmed.
    pub headings: Vec<String>,
}

/// One line of the table below its headings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its number in the file, from 1.
    pub no: u64,
    /// Its cells as text, trimmed; shorter than the headings when the last ones are empty.
    pub cells: Vec<String>,
}

/// What takes lines; says whether it wants more.
pub type Taker = Box<dyn FnMut(Line) -> bool + Send>;

/// Tables in files that were brought.
pub trait Sheets: Send + Sync + 'static {
    /// Reads the beginning.
    fn outline(&self, file: &BlobName, form: Form) -> Later<Result<Outline, Refusal>>;
    /// Gives every line that is not empty to the taker, on a thread that may wait; ends when it wants no more.
    fn read(&self, file: &BlobName, form: Form, taker: Taker) -> Later<Result<(), Refusal>>;
}
