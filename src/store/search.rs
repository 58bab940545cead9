//! The search page: words of Russian text, beginnings of names, phones, serials, numbers.

use crate::{
    connect::Store,
    convert::{code, folded, key_of, list, to_json},
    failure::StoreError,
};
use domain::{ports::Table, values::phone::PhoneNumber};
use serde_json::Value as Json;
use std::collections::{HashMap, HashSet};
use surrealdb::types::{Number, RecordId, SurrealValue, Value, Variables};
use uuid::Uuid;

/// Something that was found, the best first.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Which table it is of.
    pub table: Table,
    /// The key of its row.
    pub key: Uuid,
    /// How well it fits; comparable within one answer.
    pub score: f64,
    /// The aggregate.
    pub doc: Json,
}

#[derive(SurrealValue)]
struct Found {
    id: RecordId,
    score: f64,
    doc: Value,
}

#[derive(SurrealValue)]
struct Score {
    id: RecordId,
    score: f64,
}

#[derive(SurrealValue)]
struct Doc {
    id: RecordId,
    doc: Value,
}

/// How many candidates of a frequent word are scored: beyond it BM25 tells nothing apart.
const CANDIDATES: usize = 500;

/// All words by their stems; scores of BM25.
const STEMS: &str = "SELECT id, search::score(0) AS score FROM client WHERE words @0@ $text LIMIT $limit";
/// All words as beginnings.
const BEGINNINGS: &str =
    "SELECT id, search::score(0) AS score FROM client WHERE names @0@ $text LIMIT $limit";
const ADDRESS: &str = "SELECT id, search::score(0) AS score FROM point WHERE words @0@ $text LIMIT $limit";
const DOCS: &str = "SELECT id, doc FROM $ids";
const PHONE: &str = "SELECT id, 1f AS score, doc FROM client WHERE phones CONTAINS $phone LIMIT $limit";
const CODES: &str = "
    SELECT id, 1f AS score, doc FROM unit WHERE serial = $code LIMIT $limit;
    SELECT id, 1f AS score, doc FROM agreement WHERE no = $code LIMIT $limit;
    SELECT id, 1f AS score, doc FROM client WHERE inn = $code LIMIT $limit";
const NUMBERS: &str = "
    SELECT id, 1f AS score, doc FROM request WHERE no = $number LIMIT $limit;
    SELECT id, 1f AS score, doc FROM order WHERE no = $number LIMIT $limit;
    SELECT id, 1f AS score, doc FROM visit WHERE no = $number LIMIT $limit";

impl Store {
    /// Finds whatever the text may mean: a phone, a serial, a number, a name, an address.
    pub async fn search(&self, text: &str, limit: usize) -> Result<Vec<Hit>, StoreError> {
        let mut all = self.by_phone(text, limit).await?;
        all.extend(self.by_code(text, limit).await?);
        all.extend(self.clients_by_words(text, limit).await?);
        if text.chars().any(char::is_alphabetic) {
            all.extend(self.by_score(ADDRESS, &folded(text), limit).await?);
        }
        Ok(once(all, limit))
    }

    /// Clients by words of their names and notes; a word may be unfinished.
    pub async fn clients_by_words(&self, text: &str, limit: usize) -> Result<Vec<Hit>, StoreError> {
        let text = folded(text);
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let mut all = self.by_score(STEMS, &text, limit).await?;
        if all.len() < limit {
            all.extend(self.by_score(BEGINNINGS, &text, limit).await?);
        }
        Ok(once(all, limit))
    }

    /// Scores candidates, then reads the best of them.
    async fn by_score(&self, query: &str, text: &str, limit: usize) -> Result<Vec<Hit>, StoreError> {
        let mut answer = self
            .db
            .query(query)
            .bind(bound("text", Value::String(text.to_owned()), CANDIDATES))
            .await?
            .check()?;
        let mut scores: Vec<Score> = answer.take(0)?;
        scores.sort_by(|a, b| b.score.total_cmp(&a.score));
        scores.truncate(limit);
        let ids = list(scores.iter().map(|score| Value::RecordId(score.id.clone())));
        let mut answer = self.db.query(DOCS).bind(bound("ids", ids, limit)).await?.check()?;
        let docs: Vec<Doc> = answer.take(0)?;
        let mut docs = docs
            .into_iter()
            .map(|doc| Ok((key_of(&doc.id)?, doc.doc)))
            .collect::<Result<HashMap<_, _>, StoreError>>()?;
        let mut all = Vec::new();
        for Score { id, score } in scores {
            if let Some(doc) = docs.remove(&key_of(&id)?) {
                all.extend(hit(Found { id, score, doc })?);
            }
        }
        Ok(all)
    }

    /// Clients by a phone in any form people type.
    pub async fn by_phone(&self, typed: &str, limit: usize) -> Result<Vec<Hit>, StoreError> {
        match typed.parse::<PhoneNumber>() {
            Ok(phone) => self.ask(PHONE, "phone", Value::String(phone.to_string()), limit).await,
            Err(_) => Ok(Vec::new()),
        }
    }

    /// Units by serial, agreements, requests, orders and visits by number, firms by taxpayer number.
    pub async fn by_code(&self, typed: &str, limit: usize) -> Result<Vec<Hit>, StoreError> {
        let code = code(typed);
        if code.is_empty() || code.chars().count() > 60 {
            return Ok(Vec::new());
        }
        let mut all = self.ask(CODES, "code", Value::String(code), limit).await?;
        if let Ok(number) = typed.trim().trim_start_matches(['№', '#']).trim().parse::<i64>() {
            all.extend(self.ask(NUMBERS, "number", Value::Number(Number::Int(number)), limit).await?);
        }
        Ok(once(all, limit))
    }

    async fn ask(&self, text: &str, name: &str, value: Value, limit: usize) -> Result<Vec<Hit>, StoreError> {
        let mut answer = self.db.query(text).bind(bound(name, value, limit)).await?.check()?;
        let mut all = Vec::new();
        for statement in 0..answer.num_statements() {
            let found: Vec<Found> = answer.take(statement)?;
            for found in found {
                all.extend(hit(found)?);
            }
        }
        Ok(all)
    }
}

fn bound(name: &str, value: Value, limit: usize) -> Variables {
    let limit = Value::Number(Number::Int(i64::try_from(limit).unwrap_or(i64::MAX)));
    Variables::from_iter([(name.to_owned(), value), ("limit".to_owned(), limit)])
}

fn hit(Found { id, score, doc }: Found) -> Result<Option<Hit>, StoreError> {
    let table = Table::ALL.into_iter().find(|table| table.name() == id.table.as_str());
    let Some(table) = table else { return Ok(None) };
    Ok(Some(Hit { table, key: key_of(&id)?, score, doc: to_json(doc) }))
}

/// Each row once, in the order found.
fn once(hits: Vec<Hit>, limit: usize) -> Vec<Hit> {
    let mut seen = HashSet::new();
    hits.into_iter().filter(|hit| seen.insert((hit.table, hit.key))).take(limit).collect()
}
