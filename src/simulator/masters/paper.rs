//! What a robot writes down on a visit whose checklist the house has written: without it the work does not end.

use crate::scene::VisitRow;
use serde_json::{Value, json};

/// What a robot's camera sees, and the SHA-256 of it: a test pattern, so that nobody takes it for a photograph.
pub const PICTURE: &[u8] = include_bytes!("picture.png");
/// The name of the picture.
pub const PICTURE_NAME: &str = "198ebb5589e375ae04264e8f4bdcbad1a4be4bc8ab9ae7a8446109368cc2e28c";

/// The first thing with a star that is missing, as a command; none where the house holds nobody, or all is there.
pub fn next(visit: &VisitRow) -> Option<(&'static str, Value)> {
    let item = visit.checklist.iter().filter(|_| visit.strict).find(|item| {
        let there = match item.kind.as_str() {
            "photo" => visit.proof.photos.iter().any(|photo| photo.about == item.code),
            _ => visit.proof.checks.contains_key(&item.code),
        };
        item.must && !there
    })?;
    let answer = match item.kind.as_str() {
        "photo" => {
            return Some((
                "visit.photo",
                json!({"visit": visit.id, "about": item.code, "blob": PICTURE_NAME}),
            ));
        }
        "tick" => "yes".to_owned(),
        "reading" => match (item.low, item.high) {
            (Some(low), Some(high)) => f64::midpoint(low, high),
            (low, high) => low.or(high).unwrap_or(1.0),
        }
        .to_string(),
        "choice" => item.options.first().cloned()?,
        _ => "Проверено в работе".to_owned(),
    };
    Some(("visit.check", json!({"visit": visit.id, "item": item.code, "answer": answer})))
}
