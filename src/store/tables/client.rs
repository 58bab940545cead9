//! Columns of a client: name, phones, and the text that is searched.

use super::Columns;
use crate::convert::{folded, list};
use serde_json::Value as Json;
use surrealdb::types::Value;

/// Derives the columns.
pub(super) fn columns(row: &mut Columns<'_>) {
    row.text("kind", "kind");
    row.text("name", "name");
    row.text("inn", "inn");
    row.flag("vip", "vip");
    row.sum("debt", "debt");
    let contacts = row.at("contacts").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let phones = contacts.iter().filter_map(|c| c.get("phones")?.as_array()).flatten();
    let mut numbers: Vec<&str> = phones.filter_map(|p| p.get("e164")?.as_str()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    // What was merged into another card is found there: nobody looks for the stone.
    let merged = row.at("stone").is_some();
    if merged {
        numbers.clear();
    }
    row.put("phones", Some(list(numbers.into_iter().map(|n| Value::String(n.to_owned())))));
    let people = contacts.iter().filter_map(|c| c.get("name")?.as_str());
    let own = ["name", "inn"].into_iter().filter_map(|path| row.at(path)?.as_str());
    let mut words: Vec<String> = own.chain(people).map(folded).collect();
    words.dedup();
    if merged {
        words.clear();
    }
    row.made("names", words.join(" "));
    words.extend(row.at("note").filter(|_| !merged).and_then(Json::as_str).map(folded));
    row.made("words", words.join(" "));
}
