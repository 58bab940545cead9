//! The phrases of the client's page, from dictionaries beside those of the consoles.

use axum::http::{HeaderMap, header};
use std::{collections::HashMap, sync::LazyLock};

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// Russian.
    Ru,
    /// English.
    En,
}

type Phrases = HashMap<String, String>;

fn read(text: &str) -> Phrases {
    serde_json::from_str(text).expect("the dictionaries are read by a test")
}
static RU: LazyLock<Phrases> = LazyLock::new(|| read(include_str!("../ui/src/locales/page/ru.json")));
static EN: LazyLock<Phrases> = LazyLock::new(|| read(include_str!("../ui/src/locales/page/en.json")));

impl Language {
    /// What was asked for in the address, or what the browser prefers.
    pub(crate) fn of(asked: Option<&str>, headers: &HeaderMap) -> Self {
        let prefers = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        match asked.or(prefers) {
            Some(named) if named.to_lowercase().starts_with("en") => Self::En,
            _ => Self::Ru,
        }
    }
    /// The code in `lang` attributes and addresses.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }
    /// The other one.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Ru => Self::En,
            Self::En => Self::Ru,
        }
    }
    /// A phrase; the key itself when the dictionary lacks it.
    pub(crate) fn say(self, key: &str) -> String {
        let book = match self {
            Self::Ru => &*RU,
            Self::En => &*EN,
        };
        book.get(&format!("page.{key}")).cloned().unwrap_or_else(|| key.to_owned())
    }
    /// A phrase with one hole filled.
    pub(crate) fn fill(self, key: &str, hole: &str, with: &str) -> String {
        self.say(key).replace(&format!("{{{hole}}}"), with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dictionaries_have_the_phrases_of_the_page() {
        for state in [
            "unplanned",
            "planned",
            "confirmed",
            "dispatched",
            "accepted",
            "en_route",
            "on_site",
            "working",
            "paused",
            "completed",
            "incomplete",
            "no_show",
            "cancelled",
            "verified",
            "disputed",
        ] {
            for language in [Language::Ru, Language::En] {
                let key = format!("state.{state}");
                assert_ne!(language.say(&key), key, "{language:?}");
            }
        }
        let lacks: Vec<&String> = RU.keys().filter(|key| !EN.contains_key(*key)).collect();
        assert!(lacks.is_empty() && !RU.is_empty(), "{lacks:?}");
    }
}
