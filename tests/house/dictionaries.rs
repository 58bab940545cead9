//! The dictionaries of the consoles: every language has every phrase, with the same holes to fill.

use crate::tree;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

const PLURALS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

/// Phrase key → the holes `{name}` of its text, in every form of it.
pub type Phrases = BTreeMap<String, BTreeSet<String>>;

/// The dictionaries of one folder `locales`: language → phrases; unreadable ones are told.
pub fn read() -> (BTreeMap<PathBuf, Phrases>, Vec<String>) {
    let (mut books, mut broken) = (BTreeMap::new(), Vec::new());
    for path in tree::files(&["json"]).into_iter().filter(|it| tree::shown(it).contains("/locales/")) {
        match serde_json::from_str::<Value>(&tree::text(&path)) {
            Ok(book) => {
                let mut phrases = Phrases::new();
                flatten("", &book, &mut phrases);
                books.insert(path, phrases);
            }
            Err(e) => broken.push(format!("{}: {e}", tree::shown(&path))),
        }
    }
    (books, broken)
}

fn flatten(key: &str, value: &Value, phrases: &mut Phrases) {
    match value {
        Value::Object(forms)
            if !forms.is_empty() && forms.keys().all(|it| PLURALS.contains(&it.as_str())) =>
        {
            let texts = forms.values().filter_map(Value::as_str);
            phrases.insert(key.to_owned(), texts.flat_map(holes).collect());
        }
        Value::Object(inner) => {
            for (name, value) in inner {
                let below = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                flatten(&below, value, phrases);
            }
        }
        Value::String(text) => {
            phrases.insert(key.to_owned(), holes(text).collect());
        }
        _ => {
            phrases.insert(key.to_owned(), BTreeSet::new());
        }
    }
}

fn holes(text: &str) -> impl Iterator<Item = String> {
    let names = text.split('{').skip(1).filter_map(|it| it.split_once('}')).map(|(name, _)| name);
    names.filter(|it| it.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{Phrases, flatten};

    #[test]
    fn plural_forms_are_one_phrase_and_holes_are_found() {
        let book = serde_json::json!({"visit": {"title": "Visit {no}", "left": {"one": "{n} left", "other": "{n} left"}}});
        let mut phrases = Phrases::new();
        flatten("", &book, &mut phrases);
        assert_eq!(phrases.keys().collect::<Vec<_>>(), ["visit.left", "visit.title"]);
        assert!(phrases["visit.left"].contains("n") && phrases["visit.title"].contains("no"));
    }
}
