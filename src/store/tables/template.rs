//! Columns of a template of work: what it is for, and whether it is in force.

use super::Columns;
use serde_json::Value as Json;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    let said = |path: &str| row.at(path).and_then(Json::as_str).unwrap_or_default();
    let work = format!("{}/{}", said("kind"), said("skill"));
    row.made("work", work);
    row.text("state", "state");
}
