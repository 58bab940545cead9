//! Keys pressed towards a party: in its audio where it takes events, by INFO where it does not.

use std::collections::VecDeque;
use std::time::Duration;

use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Header, Method};

use crate::counters::Counted;
use crate::line::LegId;
use crate::media::command::MediaCommand;
use crate::sip::exchange::Exchange;
use crate::sip::leg::{Ground, Leg, SipLine};

/// From one key told by INFO to the next: the time that one takes in the audio.
const PACE: Duration = Duration::from_millis(160);

impl Exchange {
    /// Presses keys towards the party of a leg.
    pub(crate) fn press(&mut self, leg: LegId, keys: String) {
        let line = match self.legs.get(&leg) {
            Some(Leg { ground: Ground::Dialog(line), answered: true, .. }) => line.clone(),
            _ => return self.counters.add(Counted::CommandsStale),
        };
        if line.remote.as_ref().is_some_and(|remote| remote.event_payload.is_some()) {
            return self.media.send(MediaCommand::Press(leg, keys));
        }
        if line.pressing.lock().wait_in_turn(&keys) {
            tokio::spawn(async move { tell_all(leg, &line).await });
        }
    }
}

/// Keys that wait to be told by INFO. They are put here by whoever takes the orders, one order after the other: tasks
/// of their own would overtake each other, and a number pressed in two orders would come out mixed.
#[derive(Debug, Default)]
pub struct Pressing {
    waiting: VecDeque<char>,
    /// Somebody tells them at this moment.
    at_work: bool,
}

impl Pressing {
    /// Puts keys behind those that wait; true when somebody has to begin telling them.
    fn wait_in_turn(&mut self, keys: &str) -> bool {
        self.waiting.extend(keys.chars());
        !std::mem::replace(&mut self.at_work, true)
    }
    /// The next key; with none left, whoever tells them ends.
    fn next(&mut self) -> Option<char> {
        let key = self.waiting.pop_front();
        self.at_work = key.is_some();
        key
    }
    /// A party that cannot be told of one key is told of none behind it.
    fn give_up(&mut self) {
        *self = Self::default();
    }
}

async fn tell_all(leg: LegId, line: &SipLine) {
    loop {
        let Some(key) = line.pressing.lock().next() else { return };
        if let Err(reason) = told(&line.dialog, key).await {
            line.pressing.lock().give_up();
            // not which key: it may be of a card
            return tracing::warn!(%leg, reason, "party was not told of a key");
        }
        tokio::time::sleep(PACE).await;
    }
}

async fn told(dialog: &InviteDialog, key: char) -> Result<(), String> {
    let headers = vec![Header::ContentType("application/dtmf-relay".into())];
    let body = format!("Signal={key}\r\nDuration=100\r\n");
    match dialog.request(Method::Info, Some(headers), Some(body.into_bytes())).await {
        Ok(Some(response)) if response.status_code.code() < 300 => Ok(()),
        Ok(Some(response)) => Err(format!("it answered {}", response.status_code.code())),
        Ok(None) => Err("the call is over".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::Pressing;

    #[test]
    fn keys_of_two_orders_are_told_by_one_and_in_their_order() {
        let mut pressing = Pressing::default();
        assert!(pressing.wait_in_turn("12"), "somebody begins");
        assert!(!pressing.wait_in_turn("#3"), "and goes on");
        let told: String = std::iter::from_fn(|| pressing.next()).collect();
        assert_eq!(told, "12#3");
        assert!(pressing.wait_in_turn("4"), "who had ended begins again");
        pressing.give_up();
        assert_eq!(pressing.next(), None);
    }
}
