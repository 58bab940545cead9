//! Taxpayer numbers whose control digits prove them.

use std::{fmt, str::FromStr};

/// A taxpayer number: 10 digits of a firm or 12 of a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Inn(String);

/// The text is no taxpayer number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{typed}` is not a taxpayer number: expected 10 or 12 digits with their control digits")]
pub struct InvalidInn {
    /// What was given.
    pub typed: String,
}

impl Inn {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Inn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Inn> for String {
    fn from(inn: Inn) -> Self {
        inn.0
    }
}

impl FromStr for Inn {
    type Err = InvalidInn;
    /// The check digits are those of order ММВ-7-6/435 of the Federal Tax Service. Spreadsheets drop a leading zero: it
    /// is put back where the check digits agree.
    fn from_str(typed: &str) -> Result<Self, InvalidInn> {
        let wrong = || InvalidInn { typed: typed.chars().take(60).collect() };
        let bare: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        if !bare.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let whole = if matches!(bare.len(), 9 | 11) { format!("0{bare}") } else { bare };
        let digits: Vec<u32> = whole.bytes().map(|b| u32::from(b - b'0')).collect();
        let proves = |weights: &[u32]| {
            let sum: u32 = weights.iter().zip(&digits).map(|(weight, digit)| weight * digit).sum();
            digits.get(weights.len()) == Some(&(sum % 11 % 10))
        };
        let fine = match digits.len() {
            10 => proves(&[2, 4, 10, 3, 5, 9, 4, 6, 8]),
            12 => proves(&[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) && proves(&[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]),
            _ => false,
        };
        if fine && digits.iter().any(|digit| *digit != 0) { Ok(Self(whole)) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_digits_prove_a_number_and_a_dropped_zero_is_put_back() {
        for (typed, whole) in [
            ("7707083893", "7707083893"),
            (" 77070 83893 ", "7707083893"),
            ("500100732259", "500100732259"),
            ("276000015", "0276000015"),
        ] {
            assert_eq!(typed.parse::<Inn>().map(String::from).as_deref(), Ok(whole), "{typed}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused_by_name() {
        for typed in ["", "7707083894", "0000000000", "77070838", "ИНН 7707083893"] {
            let refusal = typed.parse::<Inn>().expect_err(typed);
            assert!(refusal.to_string().contains(&format!("`{typed}`")));
        }
    }
}
