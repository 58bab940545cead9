//! A leg as the media thread sees it.

use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Instant;

use crate::line::{LegId, LineEvent, OperatorSession};
use crate::media::account::Account;
use crate::media::codec::{Codec, Format};
use crate::media::dtmf::DtmfEar;
use crate::media::ear::Ear;
use crate::media::keypad::Keypad;
use crate::media::latch::Latch;
use crate::media::law::Law;
use crate::media::mouth::Mouth;
use crate::media::prompt::Sound;
use crate::media::recorder::Tap;
use crate::media::reporting::ReportLine;
use crate::media::rtp::RtpHeader;
use crate::media::srtp::context::{Opener, Sealer};
use crate::media::stream::{OutStream, Reception, Source, Stamp};
use crate::media::{
    SAMPLES,
    command::{Keys, Remote},
};

/// Where the party sits.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly every party sits at a phone, on the hot path")]
pub enum Line {
    /// At a phone, behind a port of its own.
    Rtp(RtpLine),
    /// At a browser.
    Browser(OperatorSession),
}

/// A phone's port.
#[derive(Debug)]
pub struct RtpLine {
    /// Ours.
    pub socket: Arc<UdpSocket>,
    /// Theirs.
    pub latch: Latch,
    /// Closes what we send and opens what we receive, where keys were told.
    pub secure: Option<Box<Secure>>,
    /// Where reports of RTCP come and go.
    pub reports: ReportLine,
}

/// Both directions of secure audio.
#[derive(Debug)]
pub struct Secure {
    /// Ours.
    pub sealer: Sealer,
    /// Theirs.
    pub opener: Opener,
    keys: Keys,
}

impl Secure {
    /// By these keys; `None` only if they are no keys.
    pub fn new(keys: Keys) -> Option<Self> {
        Some(Self { sealer: Sealer::new(&keys.ours)?, opener: Opener::new(&keys.theirs)?, keys })
    }
}

/// What a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sound of this law.
    Audio(Law),
    /// Sound in the party's own codec, which is no law.
    Wide,
    /// A key.
    Key,
}

/// A sound on its way to the party.
#[derive(Debug)]
pub struct Playing {
    sound: Sound,
    number: u64,
    sequence: u16,
    timestamp: u32,
    announce: bool,
}

impl Playing {
    /// The next packet's numbers at its source; the bytes go to `out`. `None`: over.
    pub fn frame(&mut self, out: &mut [u8; SAMPLES]) -> Option<(Source, u16, u32)> {
        if !self.sound.frame(out) {
            return None;
        }
        let numbers = (Source::Sound(self.number), self.sequence, self.timestamp);
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(SAMPLES as u32);
        Some(numbers)
    }

    /// Whether somebody waits for its end.
    pub fn announced(&self) -> bool {
        self.announce
    }
}

/// One party and its audio.
#[derive(Debug)]
pub struct Party {
    /// Where it sits.
    pub line: Line,
    /// Whom it talks to.
    pub bridged: Option<LegId>,
    /// The conversation of several it takes part in.
    pub room: Option<u64>,
    /// Whether what it says goes nowhere.
    pub muted: bool,
    /// What it hears instead.
    pub playing: Option<Playing>,
    /// Keys being pressed towards it.
    pub keypad: Keypad,
    /// Whether it is on hold.
    pub held: bool,
    /// Its recording.
    pub tap: Option<Tap>,
    /// What it wants to hear.
    pub codec: Codec,
    /// The same, if it is a law.
    pub law: Option<Law>,
    /// Its payload type.
    pub payload: u8,
    /// The payload type of keys, and ticks of their clock in a millisecond.
    pub events: Option<(u8, u32)>,
    /// What understands it, where its words must be turned.
    pub ear: Option<Box<Ear>>,
    /// What speaks to it in its own words, where those of the speaker are others.
    pub mouth: Option<Box<Mouth>>,
    /// What is sent to it.
    pub out: OutStream,
    /// Bytes of sound sent to it.
    pub octets: u64,
    /// What is heard of it.
    pub reception: Reception,
    /// What was reported of both.
    pub account: Account,
    sent: u64,
    sounds: u64,
    dtmf: DtmfEar,
}

impl Party {
    /// A party nobody talks to yet.
    pub fn new(line: Line) -> Self {
        Self {
            line,
            bridged: None,
            room: None,
            muted: false,
            playing: None,
            keypad: Keypad::default(),
            held: false,
            tap: None,
            codec: Codec::Alaw,
            law: Some(Law::Alaw),
            payload: Law::Alaw.payload_type(),
            events: None,
            ear: None,
            mouth: None,
            out: fresh_stream(),
            octets: 0,
            reception: Reception::default(),
            account: Account::default(),
            sent: 0,
            sounds: 0,
            dtmf: DtmfEar::default(),
        }
    }

    /// Takes what its description says.
    pub fn describe(&mut self, remote: Remote) {
        let payload = remote.payload.unwrap_or(remote.codec.payload_type());
        self.speaks(Format { codec: remote.codec, payload });
        self.events = remote.event_payload.map(|payload| (payload, remote.event_clock));
        if let Line::Rtp(line) = &mut self.line {
            line.latch.announce(remote.address, remote.signalling);
            line.reports.control = remote.control;
            // the same keys go on: what was heard and said by them is not forgotten
            if line.secure.as_ref().map(|secure| secure.keys) != remote.keys {
                line.secure = remote.keys.and_then(Secure::new).map(Box::new);
            }
        }
    }

    /// A new connection of the same browser starts its numbering anew.
    pub fn restart_stream(&mut self, format: Format) {
        self.out = fresh_stream();
        self.speaks(format);
    }

    /// What it says and wants to hear from now on.
    fn speaks(&mut self, Format { codec, payload }: Format) {
        if self.codec != codec {
            (self.ear, self.mouth) = (None, None);
        }
        (self.codec, self.law, self.payload) = (codec, codec.law(), payload);
        self.out.clock = codec.clock();
        self.reception.set_clock(codec.clock());
    }

    /// A connection that has been spoken to goes on where the last call of it left off: a receiver takes numbers that
    /// go back for packets played again.
    pub fn go_on(&mut self, format: Format, before: Option<OutStream>) {
        self.out = before.unwrap_or_else(fresh_stream);
        self.speaks(format);
    }

    /// Starts a sound.
    pub fn play(&mut self, sound: Sound, announce: bool) {
        self.sounds += 1;
        self.playing = Some(Playing { sound, number: self.sounds, sequence: 0, timestamp: 0, announce });
    }

    /// Ends prompt, tone and hold: the party hears the others.
    pub fn quiet(&mut self) {
        self.held = false;
        self.playing = None;
    }

    /// Counts a packet from the party and says what it is.
    pub fn hear(&mut self, header: &RtpHeader, now: Instant) -> Option<Kind> {
        let kind = match Law::of_payload_type(header.payload_type) {
            Some(law) => Kind::Audio(law),
            None => self.other_kind(header.payload_type)?,
        };
        self.reception.count(header, now);
        Some(kind)
    }

    fn other_kind(&self, payload_type: u8) -> Option<Kind> {
        if self.events.is_some_and(|(events, _)| events == payload_type) {
            return Some(Kind::Key);
        }
        (self.law.is_none() && self.payload == payload_type).then_some(Kind::Wide)
    }

    /// A digit, if this packet is the first of its key.
    pub fn key(&mut self, header: &RtpHeader, payload: &[u8]) -> Option<char> {
        self.dtmf.hear(header.ssrc, header.timestamp, payload)
    }

    /// Whether live sound reaches the party now.
    pub fn listens(&self) -> bool {
        self.playing.is_none() && !self.held && self.keypad.is_idle()
    }

    /// Numbers the next packet to the party.
    pub fn stamp(&mut self, source: Source, sequence: u16, timestamp: u32, now: Instant) -> (Stamp, u32) {
        self.sent += 1;
        (self.out.stamp(source, sequence, timestamp, now), self.out.ssrc)
    }

    /// How it sounded.
    pub fn quality(&self, leg: LegId) -> LineEvent {
        LineEvent::LegQuality {
            leg,
            packets_in: self.reception.received,
            packets_out: self.sent,
            lost: self.reception.lost(),
            jitter_ms: self.reception.jitter_ms(),
        }
    }
}

fn fresh_stream() -> OutStream {
    OutStream::new(rand::random(), rand::random(), rand::random())
}
