//! Keys pressed towards a party: in its audio where it takes events, by INFO where it does not.

use std::time::Duration;

use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Header, Method};

use crate::counters::Counted;
use crate::line::LegId;
use crate::media::command::MediaCommand;
use crate::sip::exchange::Exchange;
use crate::sip::leg::{Ground, Leg};

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
        tokio::spawn(async move {
            let _in_turn = line.pressing.lock().await;
            for key in keys.chars() {
                if let Err(reason) = told(&line.dialog, key).await {
                    // not which key: it may be of a card
                    return tracing::warn!(%leg, reason, "party was not told of a key");
                }
                tokio::time::sleep(PACE).await;
            }
        });
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
