//! Which kinds of events leave the house, and what of them: secrets never do, personal data only where it is wished.

use crate::{ports::Fact, refusal::Refusal};
use serde_json::{Map, Value};

/// Areas whose events leave the house. What concerns logins, phones of masters, imports and the links themselves does
/// not.
pub const AREAS: [&str; 19] = [
    "agreement",
    "assignment",
    "call",
    "callback",
    "client",
    "master",
    "occurrence",
    "order",
    "parts",
    "payment",
    "point",
    "presence",
    "proposal",
    "quote",
    "request",
    "schedule",
    "sla",
    "unit",
    "visit",
];
/// The most kinds that one wish names.
const MOST: usize = 40;
/// Fields that never leave the house.
const SECRET: [&str; 8] =
    ["password", "secret", "auth", "p256dh", "endpoint", "token", "recording", "sip_call_id"];
/// Fields that tell of a person.
const PERSONAL: [&str; 18] = [
    "access", "address", "contacts", "e164", "from", "home", "inn", "lat", "lon", "name", "names", "note",
    "number", "phone", "phones", "place", "raw", "text",
];

/// Kinds of events that somebody wants: `visit.*`, `call.answered`, `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kinds(Vec<String>);

impl Kinds {
    /// Reads a wish.
    ///
    /// # Errors
    /// Nothing is named, too much is, or an area does not leave the house.
    pub fn read(named: &[String]) -> Result<Self, Refusal> {
        if named.is_empty() || named.len() > MOST {
            let detail =
                format!("`{}` kinds are named: expected 1 to {MOST}, such as `visit.*`", named.len());
            return Err(Refusal::invalid("kinds", detail));
        }
        for kind in named {
            let (area, what) = kind.split_once('.').unwrap_or((kind, ""));
            let letters = !what.is_empty() && what.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            if kind != "*" && !(AREAS.contains(&area) && (what == "*" || letters)) {
                let brief: String = kind.chars().take(60).collect();
                let detail = format!(
                    "`{brief}` is no kind of event: expected `*`, or `AREA.*` or `AREA.what_happened` of {}",
                    AREAS.join(", ")
                );
                return Err(Refusal::invalid("kinds", detail));
            }
        }
        Ok(Self(named.to_vec()))
    }
    /// Is an event of this name wanted?
    pub fn want(&self, name: &str) -> bool {
        let area = name.split('.').next().unwrap_or_default();
        let wanted = |kind: &String| kind == "*" || kind == name || kind.strip_suffix(".*") == Some(area);
        AREAS.contains(&area) && self.0.iter().any(wanted)
    }
}

/// A field without which an event says nothing of a person: taken out, with everything in it.
fn without(value: Value, personal: bool) -> Value {
    let hidden = |name: &str| SECRET.contains(&name) || (!personal && PERSONAL.contains(&name));
    match value {
        Value::Object(fields) => {
            let left: Map<String, Value> = fields
                .into_iter()
                .filter(|(name, _)| !hidden(name))
                .map(|(name, value)| (name, without(value, personal)))
                .collect();
            Value::Object(left)
        }
        Value::Array(all) => Value::Array(all.into_iter().map(|it| without(it, personal)).collect()),
        plain => plain,
    }
}

/// The identity of an event for those who read it: the same whenever it is told.
pub fn identity(seq: u64) -> String {
    format!("event_{seq}")
}

/// An event as other programmes read it: `{id, seq, at, kind, subject, by, data}`.
pub fn told(seq: u64, fact: Fact, personal: bool) -> Value {
    let mut row = Map::new();
    row.insert("id".into(), identity(seq).into());
    row.insert("seq".into(), seq.into());
    row.insert("at".into(), fact.at.as_millisecond().into());
    row.insert("kind".into(), fact.name.into());
    row.insert("subject".into(), fact.entity.into());
    row.insert("by".into(), fact.by.into());
    row.insert("data".into(), without(fact.data, personal));
    Value::Object(row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use serde_json::json;

    fn kinds(named: &[&str]) -> Result<Kinds, Refusal> {
        Kinds::read(&named.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_kind_is_an_area_or_one_event_of_it() {
        let wish = kinds(&["visit.*", "call.answered"]).expect("a wish");
        assert!(wish.want("visit.planned") && wish.want("call.answered"));
        assert!(!wish.want("call.closed") && !wish.want("visitor.came") && !wish.want("user.created"));
        let all = kinds(&["*"]).expect("all");
        assert!(all.want("client.created") && !all.want("device.added") && !all.want("hook.created"));
        for wrong in ["user.*", "visit", "visit.", "visit.Planned", "device.added", "", "visit.*.x"] {
            let refusal = kinds(&[wrong]).expect_err(wrong);
            assert!(refusal.detail.contains(&format!("`{wrong}`")), "{refusal}");
        }
        assert!(kinds(&[]).is_err());
    }

    #[test]
    fn secrets_never_leave_and_persons_only_where_it_is_wished() {
        let fact = Fact {
            entity: "client_1".into(),
            ver: 1,
            name: "client.created".into(),
            at: Timestamp::from_millisecond(7).expect("an instant"),
            by: "anna".into(),
            data: json!({"name": "Пётр", "vip": true, "password": "x", "contacts": [{"phones": ["+7"]}],
                "deep": [{"auth": "k", "raw": "8", "kept": 1}]}),
        };
        let masked = told(9, fact.clone(), false);
        assert_eq!(masked["data"], json!({"vip": true, "deep": [{"kept": 1}]}));
        assert_eq!((&masked["id"], &masked["seq"], &masked["at"]), (&json!("event_9"), &json!(9), &json!(7)));
        let whole = told(9, fact, true);
        assert_eq!(whole["data"]["name"], "Пётр");
        assert!(whole["data"]["password"].is_null() && whole["data"]["deep"][0]["auth"].is_null(), "{whole}");
    }
}
