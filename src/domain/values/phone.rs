//! Subscriber numbers in E.164 form, read from whatever people type.

use serde::{Deserialize, Deserializer, Serialize};
use std::{fmt, str::FromStr};

/// A subscriber number in E.164 form: `+` and 7 to 15 digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

/// The text holds no phone number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{typed}` is not a phone number: expected `+` and 7 to 15 digits, such as `+7 916 123-45-67`")]
pub struct InvalidPhoneNumber {
    /// What was given.
    pub typed: String,
}

impl PhoneNumber {
    /// The E.164 text, with `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// For logs: the middle is hidden (`+7916•••4567`).
    pub fn masked(&self) -> String {
        let tail = self.0.len().saturating_sub(4);
        let head = 5.min(tail);
        format!("{}•••{}", &self.0[..head], &self.0[tail..])
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PhoneNumber {
    type Err = InvalidPhoneNumber;
    /// Accepts spaces, hyphens, brackets, the Russian trunk prefix `8`, the international `810`,
    /// ten bare digits of a Russian number, and drops an extension («доб. 12», `ext. 12`, `#12`).
    fn from_str(typed: &str) -> Result<Self, InvalidPhoneNumber> {
        let wrong = || InvalidPhoneNumber { typed: typed.chars().take(60).collect() };
        let lower = typed.trim().trim_start_matches("tel:").to_lowercase();
        let main = ["доб", "ext", "#", ";", ","].iter().filter_map(|mark| lower.find(mark)).min();
        let bare: String = lower[..main.unwrap_or(lower.len())]
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '\u{a0}' | '‑' | '–'))
            .collect();
        let digits = match bare.strip_prefix('+') {
            Some(international) => international.to_owned(),
            None if bare.len() > 11 && bare.starts_with("810") => bare[3..].to_owned(),
            None if bare.len() == 11 && bare.starts_with('8') => format!("7{}", &bare[1..]),
            None if bare.len() == 10 && matches!(bare.as_bytes()[0], b'3' | b'4' | b'8' | b'9') => {
                format!("7{bare}")
            }
            None => bare,
        };
        if !(7..=15).contains(&digits.len())
            || !digits.bytes().all(|b| b.is_ascii_digit())
            || digits.starts_with('0')
        {
            return Err(wrong());
        }
        Ok(Self(format!("+{digits}")))
    }
}
impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_typed_form_of_one_number_is_one_number() {
        for typed in [
            "+79161234567",
            "8 (916) 123-45-67",
            "9161234567",
            "7 916 123 45 67",
            "+7 916 123-45-67 доб. 12",
            "tel:+79161234567",
        ] {
            assert_eq!(typed.parse::<PhoneNumber>().map(|p| p.0), Ok("+79161234567".into()), "{typed}");
        }
        assert_eq!("810 49 30 1234567".parse::<PhoneNumber>().map(|p| p.0), Ok("+49301234567".into()));
    }

    #[test]
    fn what_is_no_number_is_refused_by_name() {
        for typed in ["", "12", "позвоните", "+7916abc4567", "00000000"] {
            let refusal = typed.parse::<PhoneNumber>().expect_err(typed);
            assert!(refusal.to_string().contains(&format!("`{typed}`")));
        }
    }

    #[test]
    fn a_log_never_shows_the_whole_number() {
        let phone: PhoneNumber = "+79161234567".parse().expect("valid");
        assert_eq!(phone.masked(), "+7916•••4567");
    }
}
