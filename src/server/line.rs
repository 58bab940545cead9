//! The switchboard behind the port of the actors: words of the line into words of SIP and back.

use crate::{
    app::Extras,
    sounds::Sounds,
    telephone::{served, spoken, way_out},
};
use domain::{
    calls::{
        line::{CallControl, Leg, LineEvent, LineOrder, Part, Survivor},
        sounded::Measured,
        trace::Sound,
    },
    lines::line_book::Lines,
    ports::Later,
    refusal::Refusal,
};
use parking_lot::RwLock;
use serde_json::{Value, json};
use std::sync::Arc;
use telephony::{
    Codec, DialTarget, Grade, LegCommand, LegId, LineEvent as Heard, OperatorSession, Quality,
    SwitchboardHandle, Tone,
};
use tokio::sync::oneshot;

/// The switchboard.
#[derive(Clone)]
pub struct Line {
    switchboard: Arc<SwitchboardHandle>,
    /// What stands beside the book of lines.
    extras: Arc<Extras>,
    /// What is spoken where the book says nothing.
    usual: Vec<Codec>,
    /// The trunk or the group of trunks that calls go out by.
    way_out: Arc<RwLock<Option<String>>>,
    sounds: Sounds,
    /// What those whom we call are shown besides our number.
    label: String,
}

fn leg(leg: Leg) -> LegId {
    LegId(leg.0)
}

fn as_part(part: Part) -> telephony::Part {
    match part {
        Part::Speaker => telephony::Part::Speaker,
        Part::Listener => telephony::Part::Listener,
        Part::Whisperer(to) => telephony::Part::Whisperer(leg(to)),
    }
}

fn as_sound(grade: Grade) -> Sound {
    match grade {
        Grade::Good => Sound::Good,
        Grade::Poor => Sound::Poor,
        Grade::Bad => Sound::Bad,
    }
}

fn as_codec(codec: Codec) -> domain::lines::codec::Codec {
    use domain::lines::codec::Codec as Named;
    match codec {
        Codec::Alaw => Named::Pcma,
        Codec::Ulaw => Named::Pcmu,
        Codec::G722 => Named::G722,
        Codec::Opus => Named::Opus,
    }
}

fn measured(quality: Quality) -> Measured {
    Measured {
        lost: quality.lost_in.max(quality.lost_out.unwrap_or(0)),
        jitter_ms: quality.jitter_ms,
        trip_ms: quality.round_trip_ms,
        mos: Some((quality.mos * 100.0).round() as u16),
        codec: Some(as_codec(quality.codec)),
    }
}

impl Line {
    /// A running switchboard that serves these lines, and those of a town beside them, in the usual codecs where the
    /// lines say nothing.
    pub fn new(
        switchboard: Arc<SwitchboardHandle>,
        lines: &Lines,
        (extras, usual): (Arc<Extras>, Vec<Codec>),
        sounds: Sounds,
        label: Option<String>,
    ) -> Self {
        let way_out = Arc::new(RwLock::new(way_out(lines, &extras)));
        Self { switchboard, extras, usual, way_out, sounds, label: label.unwrap_or_default() }
    }
    fn give(&self, command: LegCommand) -> Result<(), Refusal> {
        self.switchboard.command(command).map_err(|error| Refusal::unavailable(error.to_string()))
    }
}

impl CallControl for Line {
    fn order(&self, order: LineOrder) -> Result<(), Refusal> {
        self.give(match order {
            LineOrder::Ring(l) => LegCommand::Ring { leg: leg(l) },
            LineOrder::Answer(l) => LegCommand::Answer { leg: leg(l) },
            LineOrder::Reject(l, status) => LegCommand::Reject { leg: leg(l), status },
            LineOrder::Hangup(l) => LegCommand::Hangup { leg: leg(l) },
            LineOrder::DialPhone { leg: l, account, from, display, owner, beside } => LegCommand::Dial {
                leg: leg(l),
                target: DialTarget::Phone(account),
                from_number: from,
                display,
                label: owner.to_string(),
                beside: Some(leg(beside)),
            },
            LineOrder::DialBrowser { leg: l, session, owner } => {
                let target = DialTarget::Browser(OperatorSession::new(session));
                let (from_number, display) = (String::new(), String::new());
                let label = owner.to_string();
                LegCommand::Dial { leg: leg(l), target, from_number, display, label, beside: None }
            }
            LineOrder::DialNumber { leg: l, number, from, owner } => {
                let no_way = || Refusal::unavailable("no trunk leads out: expected one among the lines");
                let name = self.way_out.read().clone().ok_or_else(no_way)?;
                let target = DialTarget::Trunk { name, number };
                let (display, label) = (self.label.clone(), owner.to_string());
                LegCommand::Dial { leg: leg(l), target, from_number: from, display, label, beside: None }
            }
            LineOrder::RingBack(l) => LegCommand::PlayTone { leg: leg(l), tone: Tone::RingBack },
            LineOrder::Play { leg: l, prompt } => {
                LegCommand::PlayPrompt { leg: leg(l), audio: self.sounds.prompt(&prompt)?, repeat: false }
            }
            LineOrder::StopPlay(l) => LegCommand::StopPrompt { leg: leg(l) },
            LineOrder::Record { leg: l, name } => {
                LegCommand::Record { leg: leg(l), path: self.sounds.recording(&name)? }
            }
            LineOrder::PauseRecord(l, true) => LegCommand::RecordPause { leg: leg(l) },
            LineOrder::PauseRecord(l, false) => LegCommand::RecordResume { leg: leg(l) },
            LineOrder::Mute(l, on) => LegCommand::Mute { leg: leg(l), on },
            LineOrder::Press(l, keys) => LegCommand::Press { leg: leg(l), keys: keys.as_str().to_owned() },
            LineOrder::Join { leg: l, of, part } => {
                LegCommand::Join { leg: leg(l), of: leg(of), part: as_part(part) }
            }
            LineOrder::Leave(l) => LegCommand::Leave { leg: leg(l) },
            LineOrder::Bridge(a, b) => LegCommand::Bridge { a: leg(a), b: leg(b) },
            LineOrder::Hold(l) => LegCommand::Hold { leg: leg(l) },
            LineOrder::Resume(l) => LegCommand::Resume { leg: leg(l) },
            LineOrder::Transferred(l, status) => LegCommand::Transferred { leg: leg(l), status },
            LineOrder::CloseBrowser(session) => {
                LegCommand::BrowserClose { session: OperatorSession::new(session) }
            }
        })
    }
    fn unkept(&self, batches: usize) {
        self.switchboard.unkept(batches);
    }
    fn fresh_leg(&self) -> Leg {
        Leg(LegId::fresh().0)
    }
    fn survivors(&self) -> Vec<Survivor> {
        let survivors = self.switchboard.survivors().iter();
        let as_ours = survivors.map(|survivor| Survivor {
            leg: Leg(survivor.leg.0),
            owner: survivor.label.parse().ok(),
            sip_call_id: survivor.call_id.clone(),
            answered: survivor.answered,
            unbroken: survivor.unbroken,
        });
        as_ours.collect()
    }
    fn browser_offer(&self, session: String, sdp: String) -> Later<Result<String, Refusal>> {
        let (reply, answer) = oneshot::channel();
        let given =
            self.give(LegCommand::BrowserOffer { session: OperatorSession::new(session), sdp, reply });
        Box::pin(async move {
            given?;
            let answer = answer.await.map_err(|_| Refusal::unavailable("the switchboard is closed"))?;
            answer.map_err(|error| Refusal::invalid("sdp", error.to_string()))
        })
    }
    fn prompts(&self) -> Vec<String> {
        self.sounds.prompts()
    }
    fn has_prompt(&self, name: &str) -> bool {
        self.sounds.prompt(name).is_ok()
    }
    fn fixed(&self) -> Value {
        let trunks: Vec<&str> = self.extras.trunks.iter().map(|trunk| trunk.name.as_str()).collect();
        let phones: Vec<&str> = self.extras.phones.iter().map(|phone| phone.user.as_str()).collect();
        let codecs: Vec<_> = self.usual.iter().map(|codec| as_codec(*codec)).collect();
        json!({ "trunks": trunks, "phones": phones, "codecs": codecs })
    }
    fn can_serve(&self, lines: &Lines) -> Result<(), Refusal> {
        let served = served(lines, &self.extras);
        served.map(drop).map_err(|why| Refusal::invalid("lines", format!("{why:#}")))
    }
    fn serve(&self, lines: &Lines) -> Result<(), Refusal> {
        let served = served(lines, &self.extras);
        let (trunks, phones) = served.map_err(|why| Refusal::invalid("lines", format!("{why:#}")))?;
        *self.way_out.write() = way_out(lines, &self.extras);
        let codecs = spoken(lines, &self.usual);
        self.give(LegCommand::Lines { trunks, phones, codecs })
    }
}

/// What the switchboard tells, in the actors' words; `None` for what they need not know.
pub fn heard(event: Heard) -> Option<LineEvent> {
    Some(match event {
        Heard::Offered { leg, call_id, from, display, to, trunk, .. } => {
            LineEvent::Offered { leg: Leg(leg.0), sip_call_id: call_id, from, display, did: to, trunk }
        }
        Heard::Dialled { leg, call_id } => LineEvent::Dialled { leg: Leg(leg.0), sip_call_id: call_id },
        Heard::Sounds { leg, quality } => {
            LineEvent::Sounds { leg: Leg(leg.0), sound: as_sound(quality.grade), measured: measured(quality) }
        }
        Heard::Answered { leg } => LineEvent::Answered { leg: Leg(leg.0) },
        Heard::Failed { leg, status, reason } => {
            LineEvent::Failed { leg: Leg(leg.0), reason: format!("{status} {reason}") }
        }
        Heard::Ended { leg, by_remote, .. } => LineEvent::Ended { leg: Leg(leg.0), by_remote },
        Heard::Dtmf { leg, digit } => LineEvent::Digit { leg: Leg(leg.0), digit },
        Heard::PromptEnded { leg } => LineEvent::PromptEnded { leg: Leg(leg.0) },
        Heard::EarlyAudio { leg } => LineEvent::EarlyAudio { leg: Leg(leg.0) },
        Heard::PartyHolds { leg, on } => LineEvent::Holds { leg: Leg(leg.0), on },
        Heard::TransferAsked { leg, to, consulted } => {
            LineEvent::TransferAsked { leg: Leg(leg.0), to, spoken: consulted.is_some() }
        }
        Heard::Recorded { leg, dropped, .. } => LineEvent::Recorded { leg: Leg(leg.0), dropped },
        Heard::RecordFailed { leg, reason } => LineEvent::RecordFailed { leg: Leg(leg.0), reason },
        Heard::Trunk { name, up } => LineEvent::Trunk { name, up },
        Heard::TrunkGone { name } => LineEvent::TrunkGone { name },
        Heard::PhoneRegistered { user, online } => LineEvent::PhoneRegistered { account: user, online },
        Heard::BrowserConnected { session } => {
            LineEvent::Browser { session: session.to_string(), online: true }
        }
        Heard::BrowserLost { session } => LineEvent::Browser { session: session.to_string(), online: false },
        _ => return None,
    })
}
