//! What stands at the audio's process, so that another can be told when it dies.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::line::{LegId, OperatorSession, Part};
use crate::media::codec::Codec;
use crate::media::command::{MediaCommand, Remote};
use crate::media::prompt::Sound;

/// Where a leg's party sits.
#[derive(Clone, Debug)]
enum Place {
    /// Behind this socket of ours.
    Port(SocketAddr),
    /// At a browser.
    Browser(OperatorSession),
}

/// One leg.
#[derive(Debug)]
struct Stand {
    place: Place,
    remote: Option<Remote>,
    other: Option<LegId>,
    joined: Option<(LegId, Part)>,
    hold: Option<Sound>,
    plays: Option<Sound>,
    muted: bool,
    tape: Option<(PathBuf, bool)>,
}

impl Stand {
    fn at(place: Place) -> Self {
        let (remote, other, joined, hold, plays, muted, tape) = (None, None, None, None, None, false, None);
        Self { place, remote, other, joined, hold, plays, muted, tape }
    }

    fn quiet(&mut self) {
        (self.hold, self.plays) = (None, None);
    }
}

/// All legs.
#[derive(Debug, Default)]
pub struct Standing {
    browsers: Option<Codec>,
    legs: BTreeMap<LegId, Stand>,
}

impl Standing {
    /// A command goes to the process.
    pub fn note(&mut self, command: &MediaCommand) {
        match command {
            MediaCommand::Open(leg, socket) => {
                if let Ok(address) = socket.local_addr() {
                    self.legs.insert(*leg, Stand::at(Place::Port(address)));
                }
            }
            MediaCommand::Adopt(leg, address) => {
                self.legs.insert(*leg, Stand::at(Place::Port(*address)));
            }
            MediaCommand::Attach(leg, session) | MediaCommand::Await(leg, session) => {
                self.legs.insert(*leg, Stand::at(Place::Browser(session.clone())));
            }
            MediaCommand::Remote(leg, remote) => self.with(*leg, |stand| stand.remote = Some(*remote)),
            MediaCommand::Bridge(a, b) => {
                for (leg, other) in [(*a, *b), (*b, *a)] {
                    self.part(leg);
                    self.with(leg, |stand| {
                        stand.other = Some(other);
                        stand.quiet();
                    });
                }
            }
            MediaCommand::Unbridge(leg) => self.part(*leg),
            MediaCommand::Join(leg, of, part) => self.with(*leg, |stand| {
                stand.joined = Some((*of, *part));
                stand.quiet();
            }),
            MediaCommand::Play(leg, sound) => self.with(*leg, |stand| stand.plays = Some(sound.clone())),
            MediaCommand::Stop(leg) => self.with(*leg, |stand| stand.plays = None),
            MediaCommand::Hold(leg, sound) => self.with(*leg, |stand| stand.hold = Some(sound.clone())),
            MediaCommand::Resume(leg) => self.with(*leg, Stand::quiet),
            MediaCommand::HoldOther(leg, sound) => {
                self.with_other(*leg, |stand| stand.hold = Some(sound.clone()));
            }
            MediaCommand::ResumeOther(leg) => self.with_other(*leg, Stand::quiet),
            MediaCommand::Mute(leg, on) => self.with(*leg, |stand| stand.muted = *on),
            MediaCommand::Record(leg, path) => {
                self.with(*leg, |stand| stand.tape = Some((path.clone(), false)));
            }
            MediaCommand::RecordPause(leg, on) => self.with(*leg, |stand| {
                if let Some((_, paused)) = &mut stand.tape {
                    *paused = *on;
                }
            }),
            MediaCommand::RecordStop(leg) => self.with(*leg, |stand| stand.tape = None),
            MediaCommand::Close(leg) => self.forget(*leg),
            MediaCommand::SpeakToBrowsers(codec) => self.browsers = Some(*codec),
            MediaCommand::Press(..)
            | MediaCommand::Offer(..)
            | MediaCommand::CloseBrowser(_)
            | MediaCommand::Shutdown => {}
        }
    }

    /// A leg is over.
    pub fn forget(&mut self, leg: LegId) {
        self.part(leg);
        self.legs.remove(&leg);
    }

    /// Browsers that have a leg; they must offer again.
    pub fn browsers(&self) -> Vec<OperatorSession> {
        let places = self.legs.values().map(|stand| &stand.place);
        places
            .filter_map(|place| if let Place::Browser(it) = place { Some(it.clone()) } else { None })
            .collect()
    }

    /// Where the sockets of legs are bound.
    pub fn ports(&self) -> Vec<(LegId, SocketAddr)> {
        let legs = self.legs.iter();
        legs.filter_map(
            |(leg, stand)| if let Place::Port(it) = stand.place { Some((*leg, it)) } else { None },
        )
        .collect()
    }

    /// What another process is told after the sockets. `part` names the next part of a recording.
    pub fn again(&self, part: impl Fn(&Path) -> PathBuf) -> Vec<MediaCommand> {
        let mut told: Vec<MediaCommand> =
            self.browsers.map(MediaCommand::SpeakToBrowsers).into_iter().collect();
        for (leg, stand) in &self.legs {
            if let Place::Browser(session) = &stand.place {
                told.push(MediaCommand::Await(*leg, session.clone()));
            }
            told.extend(stand.remote.map(|remote| MediaCommand::Remote(*leg, remote)));
        }
        for (leg, stand) in &self.legs {
            let other = stand.other.filter(|other| leg < other);
            told.extend(other.map(|other| MediaCommand::Bridge(*leg, other)));
        }
        for (leg, stand) in &self.legs {
            told.extend(stand.joined.map(|(of, part)| MediaCommand::Join(*leg, of, part)));
        }
        for (leg, stand) in &self.legs {
            told.extend(stand.plays.clone().map(|sound| MediaCommand::Play(*leg, sound)));
            told.extend(stand.hold.clone().map(|sound| MediaCommand::Hold(*leg, sound)));
            told.extend(stand.muted.then_some(MediaCommand::Mute(*leg, true)));
            if let Some((path, paused)) = &stand.tape {
                told.push(MediaCommand::Record(*leg, part(path)));
                told.push(MediaCommand::RecordPause(*leg, *paused));
            }
        }
        told
    }

    fn with(&mut self, leg: LegId, change: impl FnOnce(&mut Stand)) {
        if let Some(stand) = self.legs.get_mut(&leg) {
            change(stand);
        }
    }

    fn with_other(&mut self, leg: LegId, change: impl FnOnce(&mut Stand)) {
        if let Some(other) = self.legs.get(&leg).and_then(|stand| stand.other) {
            self.with(other, change);
        }
    }

    /// Ends the bridge of a leg, or its part in a conversation.
    fn part(&mut self, leg: LegId) {
        let other = self.legs.get_mut(&leg).and_then(|stand| {
            stand.joined = None;
            stand.other.take()
        });
        if let Some(other) = other {
            self.with(other, |stand| stand.other = None);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    fn opened(standing: &mut Standing, leg: u64) -> LegId {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        standing.note(&MediaCommand::Open(LegId(leg), socket));
        LegId(leg)
    }

    fn again(standing: &Standing) -> String {
        let told = standing.again(|path| path.with_extension("next"));
        format!("{told:?}")
    }

    #[test]
    fn what_stands_is_told_again_and_what_is_over_is_not() {
        let mut standing = Standing::default();
        let (a, b, c) = (opened(&mut standing, 1), opened(&mut standing, 2), opened(&mut standing, 3));
        standing.note(&MediaCommand::Bridge(a, b));
        standing.note(&MediaCommand::Record(a, "tape.wav".into()));
        standing.note(&MediaCommand::RecordPause(a, true));
        standing.note(&MediaCommand::Mute(b, true));
        standing.note(&MediaCommand::Join(c, b, Part::Listener));
        let told = again(&standing);
        for part in [
            "Bridge(LegId(1), LegId(2))",
            "Join(LegId(3), LegId(2), Listener)",
            "Mute(LegId(2), true)",
            "tape.next",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
        assert!(told.contains("RecordPause(LegId(1), true)"));
        standing.note(&MediaCommand::Bridge(b, c));
        standing.note(&MediaCommand::RecordStop(a));
        standing.note(&MediaCommand::Close(c));
        let told = again(&standing);
        assert_eq!(standing.ports().len(), 2);
        assert!(!told.contains("Bridge") && !told.contains("Join") && !told.contains("Record"), "{told}");
    }

    #[test]
    fn who_is_on_hold_stays_on_hold() {
        let mut standing = Standing::default();
        let (a, b) = (opened(&mut standing, 1), opened(&mut standing, 2));
        standing.note(&MediaCommand::Bridge(a, b));
        standing.note(&MediaCommand::HoldOther(b, Sound::tone(crate::line::Tone::Comfort)));
        assert!(again(&standing).contains("Hold(LegId(1)"));
        standing.note(&MediaCommand::ResumeOther(b));
        assert!(!again(&standing).contains("Hold("));
    }
}
