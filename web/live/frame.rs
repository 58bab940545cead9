//! Frames of the protocol, as they are read and as they are written.

use crate::{
    live::{presence::Mode, topic::Text},
    problem::Problem,
};
use domain::ports::{Answer, Seat};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The version of the protocol that is spoken here.
pub(crate) const VERSION: u64 = 1;

/// What a client says.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Asked {
    /// The first frame: what the client still has.
    Hello {
        /// The version it speaks.
        v: u64,
        /// Topics it goes on reading.
        #[serde(default)]
        resume: Vec<Kept>,
    },
    /// Watches a topic.
    Sub {
        /// Its public name.
        topic: String,
        /// What the client still has of it.
        #[serde(default)]
        since: Option<Since>,
    },
    /// Watches it no longer.
    Unsub {
        /// Its public name.
        topic: String,
    },
    /// Asks for something to be done.
    Cmd(Asking),
    /// Tells the colleagues what is open on this screen.
    Look {
        /// The id of the thing; none when nothing is chosen.
        #[serde(default)]
        at: Option<String>,
        /// What is done with it.
        mode: Mode,
    },
    /// Is anybody there?
    Ping {},
}

/// A command, on the socket and over HTTP.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asking {
    /// Idempotency key.
    pub(crate) id: String,
    /// `visit.assign`.
    pub(crate) name: String,
    /// Arguments by name.
    #[serde(default)]
    pub(crate) args: Map<String, Value>,
    /// The version the client saw.
    #[serde(default)]
    pub(crate) rev: Option<u64>,
}

/// A position in a topic. The epoch is whatever the client was given; a foreign one leads to a snapshot.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Since {
    /// The incarnation.
    pub(crate) epoch: Value,
    /// The last change.
    pub(crate) seq: u64,
}

/// A topic that a client goes on reading.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    /// Its public name.
    pub(crate) topic: String,
    /// The incarnation.
    pub(crate) epoch: Value,
    /// The last change.
    pub(crate) seq: u64,
}

/// A frame that was not understood; `id` when it was a command, so that its sender learns.
#[derive(Debug)]
pub(crate) struct Misread {
    pub(crate) id: Option<String>,
    pub(crate) problem: Problem,
}

/// Reads a frame. Says what is wrong with it, and where.
pub(crate) fn read(text: &str) -> Result<Asked, Box<Misread>> {
    let whole: Value = serde_json::from_str(text)
        .map_err(|error| Box::new(Misread { id: None, problem: Problem::json("the frame", &error) }))?;
    let id = whole.get("id").and_then(Value::as_str).filter(|_| whole["t"] == "cmd").map(str::to_owned);
    serde_json::from_value(whole)
        .map_err(|error| Box::new(Misread { id, problem: Problem::json("the frame", &error) }))
}

/// Who somebody is, as the screens see it.
pub(crate) fn user(seat: &Seat) -> Value {
    let mut user = json!({ "id": seat.user, "name": seat.name, "login": seat.login, "role": seat.role });
    if let Some(master) = seat.master {
        user["master"] = json!(master);
    }
    if let Some(operator) = seat.operator {
        user["operator"] = json!(operator);
    }
    user
}

/// The answer to a hello.
pub(crate) fn welcome(session: &str, now: i64, seat: &Seat, lapse: f64, tz: &str) -> Text {
    let lapse = if lapse.fract() == 0.0 && lapse.abs() < 1e9 { json!(lapse as i64) } else { json!(lapse) };
    text(
        &json!({ "t": "welcome", "session": session, "now": now, "user": user(seat), "lapse": lapse, "tz": tz }),
    )
}

/// The answer to a ping.
pub(crate) fn pong(now: i64) -> Text {
    text(&json!({ "t": "pong", "now": now }))
}

/// The answer to a command.
pub(crate) fn done(id: &str, answer: Result<Answer, Problem>) -> Text {
    let mut frame = json!({ "t": "res", "id": id });
    match answer {
        Ok(answer) => {
            frame["ok"] = answer.ok;
            if answer.dup {
                frame["dup"] = true.into();
            }
        }
        Err(problem) => frame["err"] = json!(problem),
    }
    text(&frame)
}

/// A frame that was not understood or may not be obeyed; the connection stays.
pub(crate) fn err(topic: Option<&str>, problem: &Problem) -> Text {
    let mut frame = json!({ "t": "err", "problem": problem });
    if let Some(topic) = topic {
        frame["topic"] = topic.into();
    }
    text(&frame)
}

fn text(frame: &Value) -> Text {
    frame.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_the_protocol_are_read() {
        let asked =
            read(r#"{"t":"hello","v":1,"resume":[{"topic":"board","epoch":"a","seq":3}]}"#).expect("read");
        assert!(matches!(asked, Asked::Hello { v: 1, resume } if resume.len() == 1));
        assert_eq!(read(r#"{"t":"ping"}"#).expect("read"), Asked::Ping {});
        let asked =
            read(r#"{"t":"cmd","id":"1","name":"visit.pin","args":{"pinned":true},"rev":7}"#).expect("read");
        assert!(matches!(asked, Asked::Cmd(Asking { rev: Some(7), .. })));
        assert!(matches!(
            read(r#"{"t":"sub","topic":"board"}"#).expect("read"),
            Asked::Sub { since: None, .. }
        ));
    }

    #[test]
    fn a_wrong_frame_names_the_value() {
        for (text, named, status) in [
            ("{", "line 1", 400),
            ("[]", "expected", 422),
            (r#"{"v":1}"#, "`t`", 422),
            (r#"{"t":"dance"}"#, "`dance`", 422),
            (r#"{"t":"ping","loud":true}"#, "`loud`", 422),
            (r#"{"t":"sub","topic":7}"#, "`7`", 422),
            (r#"{"t":"look","mode":"lock"}"#, "`lock`", 422),
            (r#"{"t":"cmd","id":"1","name":"a","args":[]}"#, "sequence", 422),
            (r#"{"t":"cmd","id":"1","name":"a","extra":0}"#, "`extra`", 422),
        ] {
            let misread = read(text).expect_err(text);
            assert!(misread.problem.detail.contains(named), "{text}: {}", misread.problem.detail);
            assert_eq!(misread.problem.status, status, "{text}");
            assert_eq!(misread.id.is_some(), text.contains("cmd"), "{text}");
        }
    }
}
