//! When the house may ring a number by itself (F-227): 41-ФЗ of 01.04.2025 wants the subscriber's prior consent for
//! automatic calls, even for those that only inform (`domain.md` 4.7).

use crate::{clients::consent::Consent, refusal::Refusal};

/// Why the house would ring by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// The person asked for this very call: pressed a key in the line to be called back.
    AskedFor,
    /// The house has something to tell: a reminder, a poll, news of a visit.
    Information,
}

/// May the house ring them? What was asked for may be done unless they have said no to such calls since; anything else
/// wants a consent that is on the client's card.
///
/// # Errors
/// There is no consent, or it was taken back: the call is not made, and the refusal is kept.
pub fn may_ring(occasion: Occasion, consent: Option<&Consent>) -> Result<(), Refusal> {
    match (occasion, consent.map(|consent| consent.given)) {
        (_, Some(true)) | (Occasion::AskedFor, None) => Ok(()),
        (_, Some(false)) => Err(Refusal::state(
            "consent-withdrawn",
            "the client has said no to automatic calls: expected a person to ring",
        )),
        (Occasion::Information, None) => Err(Refusal::state(
            "consent-missing",
            "there is no consent to automatic calls on the client's card: expected it first",
        )),
    }
}

/// The longest text of a label: what networks show of who rings (ПП № 1300 of 28.08.2025: category and name).
pub const LONGEST_LABEL: usize = 32;

/// A label that a network would cut off.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the label `{label}` has {} characters: expected 1 to {LONGEST_LABEL}", .label.chars().count())]
pub struct InvalidLabel {
    /// What was given.
    pub label: String,
}

/// The text that is shown to those whom we call, if it is short enough.
///
/// # Errors
/// It is empty or longer than [`LONGEST_LABEL`] characters.
pub fn label(text: &str) -> Result<String, InvalidLabel> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_LABEL {
        return Err(InvalidLabel { label: text.to_owned() });
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn said(given: bool) -> Consent {
        Consent { given, at: Timestamp::UNIX_EPOCH, by: "operator1".into(), how: "by telephone".into() }
    }

    #[test]
    fn the_house_informs_nobody_by_telephone_who_has_not_agreed() {
        let (yes, no) = (said(true), said(false));
        let allowed = |occasion, consent| may_ring(occasion, consent).map_err(|refusal| refusal.code);
        assert_eq!(allowed(Occasion::Information, None), Err("consent-missing".into()));
        assert_eq!(allowed(Occasion::Information, Some(&no)), Err("consent-withdrawn".into()));
        assert_eq!(allowed(Occasion::Information, Some(&yes)), Ok(()));
    }

    #[test]
    fn a_call_that_was_asked_for_is_made_until_they_say_no() {
        assert!(may_ring(Occasion::AskedFor, None).is_ok());
        assert!(may_ring(Occasion::AskedFor, Some(&said(true))).is_ok());
        assert!(may_ring(Occasion::AskedFor, Some(&said(false))).is_err());
    }

    #[test]
    fn a_label_is_what_a_network_shows_whole() {
        assert_eq!(label(" Ремонт: Каллаут "), Ok("Ремонт: Каллаут".into()));
        assert!(label(&"я".repeat(32)).is_ok());
        assert!(label(&"я".repeat(33)).is_err() && label("  ").is_err());
    }
}
