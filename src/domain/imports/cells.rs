//! Values out of cells, as people and programmes write them; a cell that cannot be read is named with what was expected.

use crate::values::{inn::Inn, money::Money, phone::PhoneNumber};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::columns::Field;

/// What was expected of a cell, or of the line as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// Something at all.
    Filled,
    /// At most [`LONGEST`] characters.
    Shorter,
    /// A telephone number.
    Phone,
    /// A taxpayer number of 10 or 12 digits whose last digits prove it.
    Inn,
    /// A person or a firm.
    Sort,
    /// Yes or no.
    YesNo,
    /// A date: 31.12.2026 or 2026-12-31.
    Date,
    /// A later date than that of the start.
    LaterDate,
    /// Whole hours from 1 to 8760.
    Hours,
    /// A level from 1 to 3.
    Level,
    /// A sum of roubles, not less than nothing.
    Sum,
    /// Degrees, latitude together with longitude.
    Degrees,
    /// A client that is known by taxpayer number, phone or name.
    KnownClient,
    /// A client who is the only one of the kind.
    OneClient,
    /// A point of the client.
    KnownPoint,
    /// The address, because the client has not exactly one point.
    WhichPoint,
    /// The number of an agreement with the client.
    KnownAgreement,
    /// A skill that masters have, or a kind of equipment that the house has served.
    KnownSkill,
    /// Another client's number: the phone and the taxpayer number name two different clients.
    SameClient,
}

/// A cell that says no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Which one.
    pub field: Field,
    /// What stands in it, cut to 120 characters.
    pub value: String,
    /// What was expected.
    pub expected: Expected,
}

impl Problem {
    /// A problem with a cell.
    pub fn new(field: Field, value: &str, expected: Expected) -> Self {
        Self { field, value: value.chars().take(120).collect(), expected }
    }
}

/// The longest text that a card takes from a cell, in characters.
pub const LONGEST: usize = 500;

/// A telephone number.
pub fn phone(text: &str) -> Option<PhoneNumber> {
    text.parse().ok()
}

/// A taxpayer number whose control digits prove it.
pub fn inn(text: &str) -> Option<String> {
    text.parse::<Inn>().ok().map(Into::into)
}

/// A date, with or without a time behind it: `31.12.2026`, `31/12/2026`, `2026-12-31`.
pub fn date(text: &str) -> Option<Date> {
    let day = text.trim().split([' ', 'T', '\u{a0}']).next()?;
    let parts: Vec<&str> = day.split(['.', '-', '/']).collect();
    let [first, month, last] = parts.as_slice() else { return None };
    let (year, day) = if first.len() == 4 { (first, last) } else { (last, first) };
    let year: i16 = match year.len() {
        4 => year.parse().ok()?,
        2 => 2000 + year.parse::<i16>().ok()?,
        _ => return None,
    };
    Date::new(year, month.parse().ok()?, day.parse().ok()?)
        .ok()
        .filter(|date| (1970..2200).contains(&date.year()))
}

fn number(text: &str) -> Option<Decimal> {
    let bare: String =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| if c == ',' { '.' } else { c }).collect();
    bare.trim_end_matches("руб.").trim_end_matches("руб").trim_end_matches(['₽', 'ч', '.', 'h']).parse().ok()
}

/// Roubles: `12 000,50`.
pub fn sum(text: &str) -> Option<Money> {
    number(text)
        .filter(|sum| !sum.is_sign_negative() && *sum < Decimal::from(1_000_000_000_000i64))
        .map(Money::rounded)
}

/// Whole hours, 1 to 8760.
pub fn hours(text: &str) -> Option<u32> {
    number(text)
        .filter(Decimal::is_integer)
        .and_then(|n| u32::try_from(n).ok())
        .filter(|n| (1..=8760).contains(n))
}

/// A level, 1 to 3.
pub fn level(text: &str) -> Option<u8> {
    number(text)
        .filter(Decimal::is_integer)
        .and_then(|n| u8::try_from(n).ok())
        .filter(|n| (1..=3).contains(n))
}

/// Degrees with a fraction; a comma is a point.
pub fn degrees(text: &str) -> Option<f64> {
    text.trim().replace(',', ".").parse().ok().filter(|n: &f64| n.is_finite())
}

/// Yes or no, as tables say it.
pub fn yes(text: &str) -> Option<bool> {
    match super::columns::folded(text).as_str() {
        "да" | "1" | "истина" | "yes" | "true" | "y" | "vip" | "x" => Some(true),
        "нет" | "0" | "ложь" | "no" | "false" | "n" | "" => Some(false),
        _ => None,
    }
}
