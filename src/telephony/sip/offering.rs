//! Which codecs a line is offered, and by which its own offer is answered.

use std::sync::Arc;

use crate::line::LegId;
use crate::media::codec::Codec;
use crate::sip::exchange::Exchange;
use crate::sip::leg::Ground;

impl Exchange {
    /// Codecs of a line that names these for itself; none: those of the house. An audio process of before speaks the
    /// laws alone.
    pub(crate) fn spoken(&self, own: &[Codec]) -> Arc<[Codec]> {
        let named = if own.is_empty() { &self.codecs } else { own };
        named.iter().copied().filter(|codec| !self.laws_alone || codec.law().is_some()).collect()
    }

    /// Codecs for a new leg of such a line: that of the leg it will talk to comes first.
    pub(crate) fn offers(&self, own: &[Codec], beside: Option<LegId>) -> Arc<[Codec]> {
        let ours = self.spoken(own);
        let spoken = match beside.and_then(|leg| self.legs.get(&leg)).map(|leg| &leg.ground) {
            Some(Ground::Dialog(line)) => line.remote.as_ref().map(|remote| remote.codec),
            Some(Ground::Browser(_)) => Some(self.settings.browser_codec),
            None => None,
        };
        let first = spoken.filter(|codec| ours.contains(codec));
        let rest = ours.iter().copied().filter(|codec| Some(*codec) != first);
        first.into_iter().chain(rest).collect()
    }
}
