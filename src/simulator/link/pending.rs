//! Commands that the server has not answered yet; each keeps its key until it does.

use super::{Order, Refused};
use crate::{
    ack::{Ack, AckLog},
    chance::Chance,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;

/// Not answered for so long: ask again.
const PATIENCE: Duration = Duration::from_secs(15);
/// A busy house is asked again after so long.
const BUSY: Duration = Duration::from_secs(2);
/// How often a busy house is asked.
const ATTEMPTS: u32 = 6;

struct Waiting {
    order: Order,
    attempts: u32,
    again: Instant,
}

/// The commands under way of one login.
pub struct Pending {
    login: String,
    chance: Chance,
    all: BTreeMap<String, Waiting>,
}

fn frame(id: &str, order: &Order) -> String {
    let mut frame = json!({"t": "cmd", "id": id, "name": order.name, "args": order.args});
    if let Some(rev) = order.rev {
        frame["rev"] = json!(rev);
    }
    frame.to_string()
}

impl Pending {
    /// None yet.
    pub fn new(login: &str) -> Self {
        Self { login: login.into(), chance: Chance::fresh(), all: BTreeMap::new() }
    }
    /// Takes an order and makes its frame; one that nobody waits for is not kept.
    pub fn take(&mut self, order: Order, now_ms: i64) -> String {
        let id = self.chance.uuid_at(u64::try_from(now_ms).unwrap_or(0)).to_string();
        let frame = frame(&id, &order);
        if order.reply.is_some() {
            self.all.insert(id, Waiting { order, attempts: 1, again: Instant::now() + PATIENCE });
        }
        frame
    }
    /// The frames to be sent again: all of them on a new line, else those that waited too long.
    pub fn again(&mut self, new_line: bool) -> Vec<String> {
        let now = Instant::now();
        let due = self.all.iter_mut().filter(|(_, w)| new_line || w.again <= now);
        due.map(|(id, waiting)| {
            waiting.again = now + PATIENCE;
            frame(id, &waiting.order)
        })
        .collect()
    }
    /// Takes a frame `res`.
    pub fn answered(&mut self, frame: &Value, acks: &dyn AckLog) {
        let Some(id) = frame["id"].as_str() else { return };
        let err = &frame["err"];
        let status = err["status"].as_u64().and_then(|s| u16::try_from(s).ok()).unwrap_or(0);
        if matches!(status, 429 | 503)
            && let Some(waiting) = self.all.get_mut(id)
            && waiting.attempts < ATTEMPTS
        {
            (waiting.attempts, waiting.again) = (waiting.attempts + 1, Instant::now() + BUSY);
            return;
        }
        let Some(Waiting { order, .. }) = self.all.remove(id) else { return };
        let text = |name: &str| err[name].as_str().unwrap_or_default().to_owned();
        let answer = if err.is_null() {
            let (ok, dup) = (frame["ok"].clone(), frame["dup"].as_bool().unwrap_or(false));
            let (login, id) = (self.login.clone(), id.to_owned());
            acks.acknowledged(Ack { login, id, name: order.name, args: order.args, ok: ok.clone(), dup });
            Ok(ok)
        } else {
            Err(Refused { status, kind: text("type"), detail: text("detail") })
        };
        if order.reply.is_some_and(|reply| reply.send(answer).is_err()) {
            tracing::debug!(login = %self.login, "nobody waits for the answer any more");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::{mpsc, oneshot};

    #[tokio::test]
    async fn an_unanswered_command_comes_again_under_its_key() {
        let (diary, mut read) = mpsc::unbounded_channel();
        let mut pending = Pending::new("master1");
        let (reply, answer) = oneshot::channel();
        let order =
            Order { name: "visit.accept".into(), args: json!({"visit": "v"}), rev: None, reply: Some(reply) };
        let sent = pending.take(order, 5);
        let again = pending.again(true);
        assert_eq!(again, std::slice::from_ref(&sent));
        let id = serde_json::from_str::<Value>(&sent).unwrap()["id"].clone();
        pending.answered(&json!({"t": "res", "id": id, "err": {"status": 503}}), &diary);
        assert_eq!(pending.again(true).len(), 1, "a busy house is asked again");
        pending.answered(&json!({"t": "res", "id": id, "ok": {"a": 1}, "dup": true}), &diary);
        assert_eq!(answer.await.unwrap(), Ok(json!({"a": 1})));
        let ack = read.try_recv().unwrap();
        assert_eq!((ack.name.as_str(), ack.dup), ("visit.accept", true));
        assert!(pending.again(true).is_empty());
    }

    #[test]
    fn a_position_is_sent_once() {
        let mut pending = Pending::new("master1");
        pending.take(Order { name: "position".into(), args: json!({}), rev: None, reply: None }, 5);
        assert!(pending.again(true).is_empty());
    }
}
