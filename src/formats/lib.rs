//! Planning problems in files: read, solved outside of the server, written and drawn.
//!
//! * [`read`] knows three formats by their content: vehicle routing with time windows after Solomon and after Gehring and
//!   Homberger ([`vrptw`]), technician routing after Pillac, Gueret and Medaglia ([`trsp`]), and our own JSON ([`day`]).
//! * A [`Problem`] is what the solver takes, with the names and units of its file.
//! * [`Report`] is a plan in those names and units, as text and as JSON; [`svg`] draws it, [`explained`] gives its reasons.
//!
//! What is wrong with a file is told by line, with what was met and what was expected.

pub mod day;
mod explained;
mod linked;
mod picture;
mod plane;
mod problem;
mod report;
pub mod sheet;
mod text;
pub mod trsp;
mod unpacked;
pub mod vrptw;

pub use explained::explained;
pub use picture::svg;
pub use plane::Plane;
pub use problem::{Names, Problem, Unit};
pub use report::{Report, ReportLeftOut, ReportStop, ReportTour, Shown, cost};
pub use text::FormatError;

/// Reads a problem of any known format.
///
/// # Errors
/// A text of no known format, or one that breaks the rules of its own.
pub fn read(text: &str, name: &str) -> Result<Problem, FormatError> {
    let first = text.lines().enumerate().find(|(_, line)| !line.trim().is_empty());
    let Some((number, line)) = first else {
        return Err(FormatError::new(1, "", "a problem; the file is empty"));
    };
    if line.trim_start().starts_with(['{', '[']) {
        return day::read(text, name);
    }
    let has = |word: &str| text.lines().any(|line| line.trim_start().starts_with(word));
    if has("CREW COUNT") {
        Ok(trsp::read(text)?.problem())
    } else if has("VEHICLE") {
        Ok(vrptw::read(text)?.problem())
    } else {
        let expected = "JSON beginning with `{`, or a text with the section `VEHICLE` (Solomon, Homberger) or \
                        `CREW COUNT` (technicians)";
        Err(FormatError::new(number + 1, line.trim(), expected))
    }
}
