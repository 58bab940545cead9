//! Secure audio as signalling sees it: whose keys, and no way back to plain audio.

use rsipstack::sip::{Header, StatusCode};

use crate::line::LegId;
use crate::media::command::Keys;
use crate::media::sdp::{self, RemoteAudio, Word};
use crate::media::srtp::key::Key;
use crate::sip::exchange::Exchange;
use crate::sip::leg::SipLine;

impl SipLine {
    /// Our offer.
    pub fn offer(&self) -> Vec<u8> {
        sdp::describe(self.local, self.version, self.key.as_ref(), Word::Offer(&self.offers))
    }

    /// Our answer to what the party said.
    pub fn answer(&self, remote: &RemoteAudio) -> Vec<u8> {
        sdp::describe(self.local, self.version, self.key.as_ref(), Word::Answer(remote))
    }

    /// Our answer to what the party said last, or our offer if it said nothing yet.
    pub fn description(&self) -> Vec<u8> {
        self.remote.as_ref().map_or_else(|| self.offer(), |remote| self.answer(remote))
    }

    /// The keys of both sides; `None`: they do not agree on whether there are any, and nothing may be sent.
    pub fn keys(&mut self, leg: LegId) -> Option<Option<Keys>> {
        let theirs = self.remote.as_ref().and_then(|remote| remote.key);
        match (self.key, theirs) {
            (None, None) => Some(None),
            (Some(ours), Some(theirs)) => Some(Some(Keys { ours, theirs: theirs.key })),
            _ => {
                tracing::warn!(%leg, "party answered in another profile than it was asked in and is not heard");
                None
            }
        }
    }
}

impl Exchange {
    /// A change that would make secure audio plain is refused; one that makes it secure gets a key of ours.
    pub(crate) fn keeps_secret(
        &mut self,
        leg: LegId,
        remote: Option<RemoteAudio>,
    ) -> Result<Option<RemoteAudio>, (StatusCode, Vec<Header>)> {
        if let (Some(line), Some(remote)) = (self.line(leg), &remote) {
            match (line.key, remote.key) {
                (Some(_), None) => return Err((StatusCode::NotAcceptableHere, vec![])),
                (None, Some(_)) => line.key = Some(Key::fresh()),
                _ => {}
            }
        }
        Ok(remote)
    }
}
