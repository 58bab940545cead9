//! One direction of one leg: packets closed before they are sent, opened when they are received.

use crate::media::rtp::HEADER;
use crate::media::srtp::key::Key;
use crate::media::srtp::{RTCP_TRAILER, Session, TAG, Use};

/// Packets behind the newest that are still taken, once each.
const WINDOW: u64 = 64;
/// Wraps of the sequence a stream may have behind it when we first hear it: a quarter of an hour each, a working day
/// altogether. A house that starts again finds its calls in the middle.
const LATE: u64 = 24;
/// Speakers of one leg that are kept apart; a phone has one and gets another when it moves the call.
const SPEAKERS: usize = 4;
/// The flag in front of RTCP's index: this packet is encrypted.
const ENCRYPTED: u32 = 1 << 31;

/// Closes what we send.
#[derive(Clone)]
pub struct Sealer {
    rtp: Session,
    rtcp: Session,
    reports: u32,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// Closes with this key; `None` only if the key is no key.
    pub fn new(key: &Key) -> Option<Self> {
        Some(Self {
            rtp: Session::derive(key, Use::Rtp)?,
            rtcp: Session::derive(key, Use::Rtcp)?,
            reports: 0,
        })
    }

    /// Closes an RTP packet whose header we wrote (twelve bytes), in a buffer with [`TAG`] bytes to spare behind it;
    /// `sequence` is the extended one. Returns the length to send, or 0 if there is no room.
    pub fn seal(&self, buffer: &mut [u8], length: usize, sequence: u64) -> usize {
        if length < HEADER || buffer.len() < length + TAG {
            return 0;
        }
        let Some(ssrc) = word(buffer, 8) else { return 0 };
        self.rtp.turn(ssrc, sequence, &mut buffer[HEADER..length]);
        let tag = self.rtp.tag(&buffer[..length], &roll_over(sequence));
        buffer[length..length + TAG].copy_from_slice(&tag);
        length + TAG
    }

    /// Closes a compound RTCP packet.
    pub fn seal_report(&mut self, packet: &mut Vec<u8>) {
        let Some(ssrc) = word(packet, 4) else { return };
        self.reports = (self.reports + 1) & !ENCRYPTED;
        self.rtcp.turn(ssrc, u64::from(self.reports), &mut packet[8..]);
        packet.extend((self.reports | ENCRYPTED).to_be_bytes());
        let tag = self.rtcp.tag(packet, &[]);
        packet.extend(tag);
    }
}

/// What was heard of one speaker.
#[derive(Clone, Copy)]
struct Heard {
    ssrc: u32,
    /// The highest extended sequence number.
    highest: u64,
    /// Bit n: the n-th before the highest has come.
    seen: u64,
}

impl Heard {
    /// The extended number of a packet: the one nearest to the highest (RFC 3711, appendix A).
    fn extended(&self, sequence: u16) -> Option<u64> {
        let step = i64::from(sequence.wrapping_sub(self.highest as u16) as i16);
        self.highest.checked_add_signed(step)
    }

    fn is_new(&self, index: u64) -> bool {
        match self.highest.checked_sub(index) {
            None => true,
            Some(behind) => behind < WINDOW && self.seen & (1 << behind) == 0,
        }
    }

    fn note(&mut self, index: u64) {
        if let Some(ahead) = index.checked_sub(self.highest).filter(|ahead| *ahead > 0) {
            self.seen = if ahead < WINDOW { self.seen << ahead | 1 } else { 1 };
            self.highest = index;
        } else {
            self.seen |= 1 << (self.highest - index);
        }
    }
}

/// Opens what we receive.
#[derive(Clone)]
pub struct Opener {
    rtp: Session,
    rtcp: Session,
    speakers: Vec<Heard>,
    reports: Option<Heard>,
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opener")
    }
}

impl Opener {
    /// Opens with this key; `None` only if the key is no key.
    pub fn new(key: &Key) -> Option<Self> {
        let (rtp, rtcp) = (Session::derive(key, Use::Rtp)?, Session::derive(key, Use::Rtcp)?);
        Some(Self { rtp, rtcp, speakers: Vec::with_capacity(SPEAKERS), reports: None })
    }

    /// Opens an RTP packet in place: the length that is left, or `None` when it is forged, broken or came before.
    pub fn open(&mut self, packet: &mut [u8]) -> Option<usize> {
        let length = packet.len().checked_sub(TAG)?;
        let payload = payload_of(&packet[..length])?;
        let (ssrc, sequence) = (word(packet, 8)?, u16::from_be_bytes([packet[2], packet[3]]));
        let known = self.speakers.iter().position(|heard| heard.ssrc == ssrc);
        let index = match known {
            Some(at) => {
                let heard = &self.speakers[at];
                let index = heard.extended(sequence).filter(|index| heard.is_new(*index))?;
                self.is_true(packet, length, index).then_some(index)?
            }
            None => {
                let numbers = (0..LATE).map(|wraps| wraps << 16 | u64::from(sequence));
                numbers.into_iter().find(|index| self.is_true(packet, length, *index))?
            }
        };
        match known {
            Some(at) => self.speakers[at].note(index),
            None => {
                if self.speakers.len() == SPEAKERS {
                    self.speakers.remove(0);
                }
                self.speakers.push(Heard { ssrc, highest: index, seen: 1 });
            }
        }
        self.rtp.turn(ssrc, index, &mut packet[payload..length]);
        Some(length)
    }

    fn is_true(&self, packet: &[u8], length: usize, index: u64) -> bool {
        self.rtp.holds(&packet[..length], &roll_over(index), &packet[length..])
    }

    /// Opens a compound RTCP packet in place: the length that is left.
    pub fn open_report(&mut self, packet: &mut [u8]) -> Option<usize> {
        let length = packet.len().checked_sub(RTCP_TRAILER).filter(|length| *length >= 8)?;
        let told = word(packet, length)?;
        let ssrc = word(packet, 4)?;
        let index = u64::from(told & !ENCRYPTED);
        let before = self.reports.filter(|heard| heard.ssrc == ssrc);
        if before.is_some_and(|heard| !heard.is_new(index)) {
            return None;
        }
        let (proved, tag) = packet.split_at(length + 4);
        if !self.rtcp.holds(proved, &[], tag) {
            return None;
        }
        let mut heard = before.unwrap_or(Heard { ssrc, highest: index, seen: 0 });
        heard.note(index);
        self.reports = Some(heard);
        if told & ENCRYPTED != 0 {
            self.rtcp.turn(ssrc, index, &mut packet[8..length]);
        }
        Some(length)
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn roll_over(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}

/// Where the encrypted part begins: after lists and extensions.
fn payload_of(packet: &[u8]) -> Option<usize> {
    let first = *packet.first()?;
    let mut at = HEADER + 4 * usize::from(first & 15);
    if first & 0x10 != 0 {
        let words = packet.get(at + 2..at + 4)?;
        at += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
    }
    (at <= packet.len()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: Key = Key {
        master: [
            0xE1, 0xF9, 0x7A, 0x0D, 0x3E, 0x01, 0x8B, 0xE0, 0xD6, 0x4F, 0xA3, 0x2C, 0x06, 0xDE, 0x41, 0x39,
        ],
        salt: [0x0E, 0xC6, 0x75, 0xAD, 0x49, 0x8A, 0xFE, 0xEB, 0xB6, 0x96, 0x0B, 0x3A, 0xAB, 0xE6],
    };
    const PLAIN: [u8; 28] = {
        let mut packet = [0xAB; 28];
        let head = [0x80, 0x0F, 0x12, 0x34, 0xDE, 0xCA, 0xFB, 0xAD, 0xCA, 0xFE, 0xBA, 0xBE];
        let mut n = 0;
        while n < 12 {
            packet[n] = head[n];
            n += 1;
        }
        packet
    };
    /// The packet every implementation is measured by (that of `libsrtp`).
    const SEALED: [u8; 38] = [
        0x80, 0x0F, 0x12, 0x34, 0xDE, 0xCA, 0xFB, 0xAD, 0xCA, 0xFE, 0xBA, 0xBE, 0x4E, 0x55, 0xDC, 0x4C, 0xE7,
        0x99, 0x78, 0xD8, 0x8C, 0xA4, 0xD2, 0x15, 0x94, 0x9D, 0x24, 0x02, 0xB7, 0x8D, 0x6A, 0xCC, 0x99, 0xEA,
        0x17, 0x9B, 0x8D, 0xBB,
    ];

    fn sealed(sealer: &Sealer, sequence: u64) -> Vec<u8> {
        let mut packet = PLAIN.to_vec();
        packet[2..4].copy_from_slice(&(sequence as u16).to_be_bytes());
        packet.resize(PLAIN.len() + TAG, 0);
        assert_eq!(sealer.seal(&mut packet, PLAIN.len(), sequence), PLAIN.len() + TAG);
        packet
    }

    #[test]
    fn the_reference_packet_is_closed_and_opened() {
        let sealer = Sealer::new(&REFERENCE).unwrap();
        assert_eq!(sealed(&sealer, 0x1234), SEALED);
        let mut packet = SEALED;
        assert_eq!(Opener::new(&REFERENCE).unwrap().open(&mut packet), Some(PLAIN.len()));
        assert_eq!(packet[..PLAIN.len()], PLAIN);
    }

    #[test]
    fn the_reference_report_is_closed_and_opened() {
        let plain: Vec<u8> =
            [0x81, 0xC8, 0x00, 0x0B, 0xCA, 0xFE, 0xBA, 0xBE].into_iter().chain([0xAB; 16]).collect();
        let mut packet = plain.clone();
        Sealer::new(&REFERENCE).unwrap().seal_report(&mut packet);
        let expected = [
            0x81, 0xC8, 0x00, 0x0B, 0xCA, 0xFE, 0xBA, 0xBE, 0x71, 0x28, 0x03, 0x5B, 0xE4, 0x87, 0xB9, 0xBD,
            0xBE, 0xF8, 0x90, 0x41, 0xF9, 0x77, 0xA5, 0xA8, 0x80, 0x00, 0x00, 0x01, 0x99, 0x3E, 0x08, 0xCD,
            0x54, 0xD6, 0xC1, 0x23, 0x07, 0x98,
        ];
        assert_eq!(packet, expected);
        let mut opener = Opener::new(&REFERENCE).unwrap();
        assert_eq!(opener.open_report(&mut packet), Some(plain.len()));
        assert_eq!(packet[..plain.len()], plain);
        assert_eq!(opener.open_report(&mut expected.clone()), None, "a repeated report");
    }

    #[test]
    fn forged_repeated_and_old_packets_are_not_opened() {
        let sealer = Sealer::new(&REFERENCE).unwrap();
        let mut opener = Opener::new(&REFERENCE).unwrap();
        let mut forged = sealed(&sealer, 100);
        forged[20] ^= 1;
        assert_eq!(opener.open(&mut forged), None);
        assert!(opener.open(&mut sealed(&sealer, 100)).is_some());
        assert_eq!(opener.open(&mut sealed(&sealer, 100)), None, "repeated");
        assert!(opener.open(&mut sealed(&sealer, 103)).is_some());
        assert!(opener.open(&mut sealed(&sealer, 101)).is_some(), "late");
        assert_eq!(opener.open(&mut sealed(&sealer, 101)), None);
        assert!(opener.open(&mut sealed(&sealer, 300)).is_some());
        assert_eq!(opener.open(&mut sealed(&sealer, 300 - WINDOW)), None, "too late");
        assert_eq!(opener.open(&mut [0x80; 9]), None);
        assert_eq!(opener.open(&mut [0x9F; 30]), None);
    }

    #[test]
    fn the_sequence_wraps_and_a_stream_is_joined_in_the_middle() {
        let sealer = Sealer::new(&REFERENCE).unwrap();
        let mut opener = Opener::new(&REFERENCE).unwrap();
        for sequence in 65_530..65_545 {
            assert!(opener.open(&mut sealed(&sealer, sequence)).is_some(), "{sequence}");
        }
        assert!(opener.open(&mut sealed(&sealer, 65_529)).is_some(), "late over the wrap");
        let mut late = Opener::new(&REFERENCE).unwrap();
        assert!(late.open(&mut sealed(&sealer, 3 << 16 | 7)).is_some());
        assert!(late.open(&mut sealed(&sealer, 3 << 16 | 8)).is_some());
    }
}
