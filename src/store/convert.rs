//! Between the domain's values and the database's: JSON, time, money, ids.

use crate::failure::StoreError;
use domain::{
    ports::Table,
    values::id::{Id, Kind},
};
use jiff::Timestamp;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde_json::Value as Json;
use std::str::FromStr;
use surrealdb::types::{Array, Datetime, Number, Object, RecordId, RecordIdKey, Value};
use uuid::Uuid;

/// JSON as the database keeps it; text stays text, so it comes back as it was.
pub(crate) fn from_json(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(bool) => Value::Bool(bool),
        Json::Number(number) => Value::Number(match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => Number::Int(int),
            (None, Some(large)) => Number::Decimal(Decimal::from(large)),
            (None, None) => Number::Float(number.as_f64().unwrap_or(f64::NAN)),
        }),
        Json::String(text) => Value::String(text),
        Json::Array(all) => Value::Array(all.into_iter().map(from_json).collect::<Vec<_>>().into()),
        Json::Object(all) => {
            let mut object = Object::new();
            for (name, value) in all {
                object.insert(name, from_json(value));
            }
            Value::Object(object)
        }
    }
}

/// The JSON that [`from_json`] was given.
pub(crate) fn to_json(value: Value) -> Json {
    match value {
        Value::Number(Number::Decimal(decimal)) => match decimal.to_u64() {
            Some(large) if decimal.is_integer() => large.into(),
            _ => Json::String(decimal.to_string()),
        },
        Value::Array(all) => Json::Array(all.into_inner().into_iter().map(to_json).collect()),
        Value::Object(all) => {
            Json::Object(all.into_inner().into_iter().map(|(k, v)| (k, to_json(v))).collect())
        }
        plain => plain.into_json_value(),
    }
}

/// An instant for the database, to the nanosecond.
pub(crate) fn from_time(at: Timestamp) -> Datetime {
    let (second, nano) =
        (at.as_nanosecond().div_euclid(1_000_000_000), at.as_nanosecond().rem_euclid(1_000_000_000));
    let (second, nano) = (i64::try_from(second).unwrap_or(0), u32::try_from(nano).unwrap_or(0));
    Datetime::from_timestamp(second, nano).unwrap_or(Datetime::MIN_UTC)
}

/// An instant of the database.
pub(crate) fn to_time(at: Datetime) -> Result<Timestamp, StoreError> {
    let nanos = i128::from(at.timestamp()) * 1_000_000_000 + i128::from(at.timestamp_subsec_nanos());
    Timestamp::from_nanosecond(nanos).map_err(|_| StoreError::Form { what: "a time", found: at.to_string() })
}

/// RFC 3339 text as a datetime, when it is one.
pub(crate) fn time_of(text: &str) -> Option<Value> {
    Timestamp::from_str(text).ok().map(|at| Value::Datetime(from_time(at)))
}

/// Decimal text as a decimal, when it is one.
pub(crate) fn decimal_of(text: &str) -> Option<Value> {
    Decimal::from_str(text).ok().map(|sum| Value::Number(Number::Decimal(sum)))
}

/// The record of a row.
pub(crate) fn record(table: Table, key: Uuid) -> RecordId {
    RecordId::new(table.name(), RecordIdKey::Uuid(key.into()))
}

/// TypeID text as a record link: the prefix of an id is the name of its table.
pub(crate) fn link_of<K: Kind>(text: &str) -> Option<RecordId> {
    let id: Id<K> = text.parse().ok()?;
    Some(RecordId::new(K::PREFIX, RecordIdKey::Uuid(id.uuid().into())))
}

/// The UUID that is the key of a record.
pub(crate) fn key_of(id: &RecordId) -> Result<Uuid, StoreError> {
    match &id.key {
        RecordIdKey::Uuid(uuid) => Ok((*uuid).into()),
        other => Err(StoreError::Form { what: "a key", found: format!("{other:?}") }),
    }
}

/// A list for a bound parameter.
pub(crate) fn list(all: impl IntoIterator<Item = Value>) -> Value {
    Value::Array(Array::from(all.into_iter().collect::<Vec<_>>()))
}

/// Lower case, `ё` as `е`, one space between words: what is indexed and what is asked.
pub(crate) fn folded(text: &str) -> String {
    let lower = text.to_lowercase().replace('ё', "е");
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Letters and digits in upper case: serials and numbers are typed with any dashes.
pub(crate) fn code(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_comes_back_as_it_was() {
        let given = json!({"a": null, "b": [1, -2, 2.5, 55.0, u64::MAX], "c": {"d": "2026-01-01T00:00:00Z"}, "e": "client:1", "f": true, "g": {}});
        assert_eq!(to_json(from_json(given.clone())), given);
    }

    #[test]
    fn time_keeps_its_nanoseconds_even_before_1970() {
        for text in ["2026-03-01T10:00:00.123456789Z", "1969-12-31T23:59:59.5Z"] {
            let at: Timestamp = text.parse().expect("valid");
            assert_eq!(to_time(from_time(at)).expect("in range"), at);
        }
    }

    #[test]
    fn words_and_codes_are_folded() {
        assert_eq!(folded("  Пётр  ЁЛКИН "), "петр елкин");
        assert_eq!(code("sn-00 1a/Б"), "SN001AБ");
    }
}
