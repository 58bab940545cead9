//! Sound that is in no law: relayed as it came where both sides speak alike, turned into the other's words where not.
//! Nothing here is on the way of G.711.

use std::ops::Range;
use std::time::Instant;

use crate::browser::Browsers;
use crate::counters::Counted;
use crate::line::LegId;
use crate::media::SAMPLES;
use crate::media::codec::Codec;
use crate::media::courier::{Courier, Packet, send};
use crate::media::ear::Ear;
use crate::media::law::Law;
use crate::media::mouth::{Mouth, Rate, Said};
use crate::media::party::Party;
use crate::media::recorder::Side;
use crate::media::relay::{DATAGRAM, Relay};
use crate::media::rtp::{HEADER, RtpHeader};
use crate::media::stream::Source;

/// A packet of Opus that is 20 ms of silence.
const OPUS_SILENCE: [u8; 3] = [0xF8, 0xFF, 0xFE];
/// The bytes of G.722 in turn that stay nearest to silence: the smallest step up and down.
const G722_SILENCE: [u8; 2] = [0xFA, 0xFE];
/// Where a packet made here may lie.
const ROOM: Range<usize> = HEADER..HEADER + 1_275;
/// Samples of 8 kHz that are turned at once.
const PIECE: usize = 2 * SAMPLES;

impl Relay {
    /// A packet of `leg` in the codec of its party.
    pub(super) fn pass_wide(
        &mut self,
        leg: LegId,
        header: RtpHeader,
        datagram: &mut [u8; DATAGRAM],
        mut payload: Range<usize>,
        now: Instant,
    ) {
        let Some(party) = self.parties.get_mut(&leg) else { return };
        let codec = party.codec;
        if party.muted {
            payload = hush(codec, datagram, payload);
        }
        if let Some(tap) = &mut party.tap {
            let sound = &datagram[payload.clone()];
            tap.take(Side::Left, header.ssrc, header.timestamp, codec, sound, now);
        }
        if let Some(room) = party.room.filter(|_| !party.held) {
            let member = self.rooms.get_mut(&room).and_then(|room| room.member(leg));
            let (Some(member), Some(ear)) = (member, ear(party)) else { return };
            if let Some(heard) = ear.hear_narrow(&header, &datagram[payload]) {
                member.jitter.push(header.ssrc, heard.timestamp, heard.samples.iter().copied());
            }
            return;
        }
        let Some(to) = party.bridged.filter(|_| !party.held) else { return };
        let Some(other) = self.parties.get_mut(&to).filter(|other| other.listens()) else { return };
        if other.codec == codec {
            let RtpHeader { sequence, timestamp, marker, .. } = header;
            let source = Source::Live(leg, header.ssrc);
            let packet = Packet { source, sequence, timestamp, payload_type: other.payload };
            return send(
                other,
                &mut self.browsers,
                &mut self.courier,
                packet,
                marker,
                datagram,
                payload,
                now,
            );
        }
        let [Some(party), Some(other)] = self.parties.get_disjoint_mut([&leg, &to]) else { return };
        let Some(understood) = ear(party).and_then(|ear| ear.hear(&header, &datagram[payload])) else {
            return;
        };
        let said = Said {
            source: Source::Turned(leg, header.ssrc),
            sequence: header.sequence,
            timestamp: understood.timestamp,
            clock: codec.clock(),
        };
        let to = &mut self.browsers;
        speak(other, to, &mut self.courier, said, Rate::Wide, understood.samples, now);
    }

    /// Sound in a law for a party that speaks none.
    pub(super) fn turn(
        &mut self,
        (leg, to): (LegId, LegId),
        header: &RtpHeader,
        (law, bytes): (Law, &[u8]),
        now: Instant,
    ) {
        let Some(other) = self.parties.get_mut(&to) else { return };
        let RtpHeader { ssrc, sequence, mut timestamp, .. } = *header;
        for piece in bytes.chunks(PIECE) {
            let mut samples = [0; PIECE];
            let samples = decoded(law, piece, &mut samples);
            let said = Said { source: Source::Turned(leg, ssrc), sequence, timestamp, clock: 8 };
            speak(other, &mut self.browsers, &mut self.courier, said, Rate::Narrow, samples, now);
            timestamp = timestamp.wrapping_add(piece.len() as u32);
        }
    }

    /// A key from one to the other, who may count time or packets otherwise.
    pub(super) fn pass_key(
        &mut self,
        (leg, to): (LegId, LegId),
        header: RtpHeader,
        datagram: &mut [u8; DATAGRAM],
        payload: Range<usize>,
        now: Instant,
    ) {
        let [Some(party), Some(other)] = self.parties.get_disjoint_mut([&leg, &to]) else { return };
        let (Some((_, theirs)), Some((payload_type, ours))) = (party.events, other.events) else { return };
        if theirs != ours
            && let [_, _, high, low, ..] = &mut datagram[payload.clone()]
        {
            let lasted = u32::from(u16::from_be_bytes([*high, *low])) * ours / theirs;
            [*high, *low] = u16::try_from(lasted).unwrap_or(u16::MAX).to_be_bytes();
        }
        let RtpHeader { ssrc, mut sequence, mut timestamp, marker, .. } = header;
        let mut source = Source::Live(leg, ssrc);
        let as_it_came = party.codec == other.codec || party.law.is_some() && other.law.is_some();
        if !as_it_came {
            source = Source::Turned(leg, ssrc);
            let clock = party.codec.clock();
            let Some(mouth) = mouth(other) else { return };
            (sequence, timestamp) = mouth.key(Said { source, sequence, timestamp, clock });
        }
        let packet = Packet { source, sequence, timestamp, payload_type };
        send(other, &mut self.browsers, &mut self.courier, packet, marker, datagram, payload, now);
    }
}

/// Says to a party that speaks no law, or not the speaker's: what makes whole packets goes out.
pub(super) fn speak(
    party: &mut Party,
    browsers: &mut Browsers,
    courier: &mut Courier,
    said: Said,
    rate: Rate,
    samples: &[i16],
    now: Instant,
) {
    if mouth(party).is_none() {
        return courier.counters.add(Counted::RtpUnsent);
    }
    let Some(mut mouth) = party.mouth.take() else { return };
    mouth.hear(said, rate, samples);
    let mut datagram = [0u8; DATAGRAM];
    while let Some(told) = mouth.packet(&mut datagram[ROOM]) {
        if told.length == 0 {
            courier.counters.add(Counted::RtpUnsent);
            continue;
        }
        let packet = Packet {
            source: said.source,
            sequence: told.sequence,
            timestamp: told.timestamp,
            payload_type: party.payload,
        };
        let payload = HEADER..HEADER + told.length;
        send(party, browsers, courier, packet, false, &mut datagram, payload, now);
    }
    party.mouth = Some(mouth);
}

/// Bytes of a law, at most a piece of them, as samples.
pub(super) fn decoded<'a>(law: Law, bytes: &[u8], out: &'a mut [i16; PIECE]) -> &'a [i16] {
    for (sample, byte) in out.iter_mut().zip(bytes) {
        *sample = law.decode(*byte);
    }
    &out[..bytes.len().min(PIECE)]
}

fn ear(party: &mut Party) -> Option<&mut Ear> {
    if party.ear.is_none() {
        party.ear = Ear::of(party.codec).map(Box::new);
    }
    party.ear.as_deref_mut()
}

fn mouth(party: &mut Party) -> Option<&mut Mouth> {
    if party.mouth.is_none() {
        party.mouth = Mouth::of(party.codec).map(Box::new);
    }
    party.mouth.as_deref_mut()
}

/// Silence in the place of what a party says.
fn hush(codec: Codec, datagram: &mut [u8; DATAGRAM], payload: Range<usize>) -> Range<usize> {
    match codec {
        Codec::Opus => {
            let quiet = payload.start..payload.start + OPUS_SILENCE.len();
            datagram[quiet.clone()].copy_from_slice(&OPUS_SILENCE);
            quiet
        }
        Codec::G722 => {
            let bytes = &mut datagram[payload.clone()];
            bytes.iter_mut().zip(G722_SILENCE.into_iter().cycle()).for_each(|(byte, quiet)| *byte = quiet);
            payload
        }
        Codec::Alaw | Codec::Ulaw => payload,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_muted_party_is_made_to_say_is_silence() {
        for codec in [Codec::G722, Codec::Opus] {
            let mut ear = Ear::of(codec).unwrap();
            let mut datagram = [0; DATAGRAM];
            let mut loudest = 0;
            for n in 0..100u16 {
                datagram[HEADER..HEADER + SAMPLES].fill(0x55);
                let payload = hush(codec, &mut datagram, HEADER..HEADER + SAMPLES);
                let timestamp = u32::from(n) * 20 * codec.clock();
                let header = RtpHeader { marker: false, payload_type: 9, sequence: n, timestamp, ssrc: 1 };
                let heard = ear.hear(&header, &datagram[payload]).unwrap();
                assert_eq!(heard.samples.len(), 2 * SAMPLES);
                loudest = heard.samples.iter().map(|sample| sample.abs()).max().unwrap().max(loudest);
            }
            assert!(loudest < 40, "{codec:?}: {loudest}");
        }
    }
}
