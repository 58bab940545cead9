//! The media thread: receives, renumbers, sends.

use std::collections::HashMap;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;
use tokio::sync::mpsc::UnboundedSender;

use crate::browser::{Browsers, Heard};
use crate::counters::{Counted, Counters};
use crate::line::{EndCause, FRAME, LegId, LineEvent, OperatorSession};
use crate::media::SAMPLES;
use crate::media::codec::Format;
use crate::media::command::{MediaCommand, MediaSender};
use crate::media::courier::{Courier, Packet, send};
use crate::media::latch::Latch;
use crate::media::law::{Law, transcode};
use crate::media::mouth::{Rate, Said};
use crate::media::party::{Kind, Line, Party, RtpLine};
use crate::media::prompt::Sound;
use crate::media::recorder::{Recorder, Side};
use crate::media::reporting::{ReportLine, Reporting};
use crate::media::room::Room;
use crate::media::rtcp::is_report;
use crate::media::rtp::{HEADER, RtpHeader};
use crate::media::stream::Source;
use crate::media::watch::Watch;
use crate::media::wide::{decoded, speak};
use crate::threads;

const BROWSERS: u64 = 0;
/// Packets are fetched at most so often. One of a packet every 20 ms is not heard to be a millisecond late, and a
/// thread that sleeps in between is woken once for many packets instead of once for each.
const PACE: Duration = Duration::from_millis(1);
/// The clock is read once for so many packets.
const BREATH: usize = 16;
/// Room before the payload for the longest header we replace.
pub(super) const DATAGRAM: usize = 2_048;

/// The thread's state.
pub struct Relay {
    watch: Watch,
    commands: mpsc::Receiver<MediaCommand>,
    events: UnboundedSender<LineEvent>,
    pub(super) counters: Arc<Counters>,
    pub(super) courier: Courier,
    pub(super) parties: FxHashMap<LegId, Party>,
    pub(super) rooms: HashMap<u64, Room>,
    pub(super) rooms_made: u64,
    pub(super) browsers: Browsers,
    pub(super) recorder: Recorder,
    attached: HashMap<OperatorSession, LegId>,
    playing: Vec<LegId>,
    pub(super) pressing: Vec<LegId>,
    pub(super) next_tick: Option<Instant>,
    pub(super) reporting: Reporting,
}

impl Relay {
    /// Starts the thread; it ends with [`MediaCommand::Shutdown`].
    pub fn start(
        browsers: Browsers,
        report_every: Duration,
        events: UnboundedSender<LineEvent>,
        counters: Arc<Counters>,
    ) -> std::io::Result<(MediaSender, std::thread::JoinHandle<()>)> {
        let watch = Watch::new()?;
        watch.add(browsers.socket(), BROWSERS)?;
        let (sender, commands) = MediaSender::new(watch.bell());
        let recorder = Recorder::start(events.clone())?;
        let courier = Courier::start(counters.clone(), Instant::now())?;
        let relay = Self {
            watch,
            commands,
            events,
            counters,
            courier,
            parties: FxHashMap::default(),
            rooms: HashMap::new(),
            rooms_made: 0,
            browsers,
            recorder,
            attached: HashMap::new(),
            playing: Vec::new(),
            pressing: Vec::new(),
            next_tick: None,
            reporting: Reporting::new(report_every, Instant::now()),
        };
        let thread = threads::begin("media", move || relay.run())?;
        Ok((sender, thread))
    }

    fn run(mut self) {
        let mut ready = Vec::new();
        let mut datagram = [0u8; DATAGRAM];
        loop {
            let rung = match self.watch.wait(self.wait(Instant::now()), &mut ready) {
                Ok(rung) => rung,
                Err(error) => {
                    tracing::error!(%error, "media thread cannot wait for packets and ends");
                    return;
                }
            };
            if rung && self.obey().is_break() {
                return self.end();
            }
            let begun = Instant::now();
            let mut now = begun;
            for (n, token) in ready.iter().enumerate() {
                if n % BREATH == BREATH - 1 {
                    now = Instant::now();
                }
                match *token {
                    BROWSERS => self.receive_browsers(),
                    // a leg has two: its audio, and the reports beside
                    token if token % 2 == 0 => self.receive_leg(LegId(token / 2), &mut datagram, now),
                    token => self.receive_report(LegId(token / 2), &mut datagram, now),
                }
            }
            self.tick(now);
            self.report(now);
            self.browsers.drive(now);
            self.pass_browsers(now, &mut datagram);
            let took = begun.elapsed();
            self.courier.round(took, begun + took);
            if !ready.is_empty() && took < PACE {
                self.watch.rest(PACE);
            }
        }
    }

    fn end(mut self) {
        let legs: Vec<LegId> = self.parties.keys().copied().collect();
        legs.into_iter().for_each(|leg| self.close(leg));
        self.recorder.finish();
    }

    fn wait(&self, now: Instant) -> Option<Duration> {
        let next =
            [self.next_tick, self.browsers.next_timeout(), self.next_report()].into_iter().flatten().min();
        next.map(|at| at.saturating_duration_since(now))
    }

    pub(super) fn tell(&self, event: LineEvent) {
        // the receiver is gone only while the switchboard closes
        let _ = self.events.send(event);
    }

    fn obey(&mut self) -> std::ops::ControlFlow<()> {
        while let Ok(command) = self.commands.try_recv() {
            match command {
                MediaCommand::Open(leg, socket) => self.open(leg, socket),
                MediaCommand::Adopt(..) => {}
                MediaCommand::Remote(leg, remote) => {
                    if let Some(party) = self.parties.get_mut(&leg) {
                        party.describe(remote);
                    }
                }
                MediaCommand::Attach(leg, session) => self.attach(leg, session),
                MediaCommand::Await(leg, session) => self.await_browser(leg, session),
                MediaCommand::Bridge(a, b) => self.bridge(a, b),
                MediaCommand::Unbridge(leg) => self.part(leg),
                MediaCommand::Play(leg, sound) => self.play(leg, sound, true),
                MediaCommand::Stop(leg) => self.silence(leg),
                MediaCommand::Hold(leg, sound) => self.hold(leg, sound),
                MediaCommand::Resume(leg) => self.resume(leg),
                MediaCommand::HoldOther(leg, sound) => {
                    if let Some(other) = self.other(leg) {
                        self.hold(other, sound);
                    }
                }
                MediaCommand::ResumeOther(leg) => {
                    if let Some(other) = self.other(leg) {
                        self.resume(other);
                    }
                }
                MediaCommand::Mute(leg, on) => {
                    if let Some(party) = self.parties.get_mut(&leg) {
                        party.muted = on;
                    }
                }
                MediaCommand::Press(leg, keys) => self.press(leg, &keys),
                MediaCommand::Join(leg, of, part) => self.join(leg, of, part),
                MediaCommand::Record(leg, path) => self.record(leg, path),
                MediaCommand::RecordPause(leg, on) => self.record_pause(leg, on),
                MediaCommand::RecordStop(leg) => self.record_stop(leg),
                MediaCommand::Close(leg) => self.close(leg),
                MediaCommand::SpeakToBrowsers(codec) => self.browsers.speak(codec),
                MediaCommand::Offer(session, sdp, reply) => {
                    let answer = self.browsers.offer(&session, &sdp, Instant::now());
                    // the operator may be gone before the answer is ready
                    let _ = reply.send(answer);
                }
                MediaCommand::CloseBrowser(session) => {
                    self.browsers.close(&session);
                    if let Some(leg) = self.attached.remove(&session) {
                        self.close(leg);
                        self.tell(LineEvent::Ended { leg, by_remote: true, cause: EndCause::HungUp });
                    }
                }
                MediaCommand::Shutdown => return std::ops::ControlFlow::Break(()),
            }
        }
        std::ops::ControlFlow::Continue(())
    }

    fn open(&mut self, leg: LegId, socket: std::net::UdpSocket) {
        if let Err(error) = self.watch.add(&socket, 2 * leg.0) {
            tracing::error!(%leg, %error, "leg has no audio: its socket cannot be watched");
        }
        let reports = ReportLine::beside(&socket);
        if let Some(beside) = &reports.socket
            && let Err(error) = self.watch.add(beside, 2 * leg.0 + 1)
        {
            tracing::warn!(%leg, %error, "reports of this leg are not read");
        }
        let line = RtpLine { socket: Arc::new(socket), latch: Latch::default(), secure: None, reports };
        self.parties.insert(leg, Party::new(Line::Rtp(line)));
    }

    fn attach(&mut self, leg: LegId, session: OperatorSession) {
        let refused = |status, reason: &str| LineEvent::Failed { leg, status, reason: reason.to_owned() };
        let Some(connected) = self.browsers.connected(&session) else {
            return self.tell(refused(480, "browser is not connected"));
        };
        if self.attached.contains_key(&session) {
            return self.tell(refused(486, "browser has a call"));
        }
        self.attached.insert(session.clone(), leg);
        let before = self.browsers.take_stream(&session);
        self.parties.insert(leg, Party::new(Line::Browser(session)));
        match connected {
            Some(format) => {
                if let Some(party) = self.parties.get_mut(&leg) {
                    party.go_on(format, before);
                }
                self.tell(LineEvent::Answered { leg });
            }
            None => self.tell(LineEvent::Progress { leg }),
        }
    }

    /// A leg of before a restart; if its browser is still here, it is told so.
    fn await_browser(&mut self, leg: LegId, session: OperatorSession) {
        let stands = self.attached.get(&session) == Some(&leg) && self.parties.contains_key(&leg);
        if stands && matches!(self.browsers.connected(&session), Some(Some(_))) {
            self.tell(LineEvent::Answered { leg });
            return self.tell(LineEvent::BrowserConnected { session });
        }
        self.attached.insert(session.clone(), leg);
        self.parties.entry(leg).or_insert_with(|| Party::new(Line::Browser(session)));
    }

    fn restart(&mut self, leg: LegId, format: Format) {
        if let Some(party) = self.parties.get_mut(&leg) {
            party.restart_stream(format);
        }
    }

    pub(super) fn play(&mut self, leg: LegId, sound: Sound, announce: bool) {
        let Some(party) = self.parties.get_mut(&leg) else {
            return self.counters.add(Counted::CommandsStale);
        };
        party.play(sound, announce);
        if !self.playing.contains(&leg) {
            self.playing.push(leg);
        }
        self.next_tick.get_or_insert_with(Instant::now);
    }

    fn silence(&mut self, leg: LegId) {
        if let Some(party) = self.parties.get_mut(&leg) {
            party.playing = None;
        }
    }

    fn close(&mut self, leg: LegId) {
        self.part(leg);
        self.record_stop(leg);
        if let Some(party) = self.parties.remove(&leg) {
            self.tell(party.quality(leg));
            if let Line::Browser(session) = &party.line {
                self.attached.remove(session);
                self.browsers.keep_stream(session, party.out);
            }
        }
    }

    /// One packet of a leg; if it has more, the watch tells of it again.
    fn receive_leg(&mut self, leg: LegId, datagram: &mut [u8; DATAGRAM], now: Instant) {
        let Some(Party { line: Line::Rtp(line), .. }) = self.parties.get_mut(&leg) else { return };
        // an error is an ICMP message about an earlier packet of ours: reading it forgets it
        let Ok((mut len, source)) = line.socket.recv_from(datagram) else { return };
        if is_report(&datagram[..len]) {
            self.take_report(leg, &mut datagram[..len], source, now);
            return;
        }
        self.counters.add(Counted::RtpIn);
        if let Some(secure) = &mut line.secure {
            match secure.opener.open(&mut datagram[..len]) {
                Some(opened) => len = opened,
                None => return self.counters.add(Counted::RtpForged),
            }
        }
        let admitted = RtpHeader::read(&datagram[..len]).filter(|_| line.latch.admit(source, now));
        match admitted {
            Some((header, payload)) => self.pass(leg, header, datagram, payload, now),
            None => self.counters.add(Counted::RtpDropped),
        }
    }

    fn receive_browsers(&mut self) {
        if self.browsers.receive(Instant::now()) > 0 {
            self.counters.add(Counted::WebrtcDropped);
        }
    }

    fn pass_browsers(&mut self, now: Instant, datagram: &mut [u8; DATAGRAM]) {
        while let Some(heard) = self.browsers.heard() {
            match heard {
                Heard::Connected(session, format) => {
                    if let Some(leg) = self.attached.get(&session).copied() {
                        self.restart(leg, format);
                        self.tell(LineEvent::Answered { leg });
                    }
                    self.tell(LineEvent::BrowserConnected { session });
                }
                Heard::Lost(session) => self.tell(LineEvent::BrowserLost { session }),
                Heard::Audio(session, header, payload) => {
                    self.counters.add(Counted::RtpIn);
                    let Some(leg) = self.attached.get(&session).copied() else { continue };
                    let range = HEADER..HEADER + payload.len().min(DATAGRAM - HEADER);
                    datagram[range.clone()].copy_from_slice(&payload[..range.len()]);
                    self.pass(leg, header, datagram, range, now);
                }
            }
        }
    }

    /// A packet of `leg` goes to whoever it is bridged to.
    fn pass(
        &mut self,
        leg: LegId,
        header: RtpHeader,
        datagram: &mut [u8; DATAGRAM],
        payload: std::ops::Range<usize>,
        now: Instant,
    ) {
        let Some(party) = self.parties.get_mut(&leg) else { return };
        let Some(kind) = party.hear(&header, now) else {
            return self.counters.add(Counted::RtpDropped);
        };
        if kind == Kind::Key
            && let Some(digit) = party.key(&header, &datagram[payload.clone()])
        {
            // a closed receiver means the switchboard is closing
            let _ = self.events.send(LineEvent::Dtmf { leg, digit });
        }
        if kind == Kind::Wide {
            return self.pass_wide(leg, header, datagram, payload, now);
        }
        if let Kind::Audio(law) = kind {
            if party.muted {
                datagram[payload.clone()].fill(law.silence());
            }
            if let Some(tap) = &mut party.tap {
                let sound = &datagram[payload.clone()];
                tap.take(Side::Left, header.ssrc, header.timestamp, law.into(), sound, now);
            }
            if let Some(room) = party.room.filter(|_| !party.held) {
                let member = self.rooms.get_mut(&room).and_then(|room| room.member(leg));
                let Some(member) = member else { return };
                let samples = datagram[payload].iter().map(|byte| law.decode(*byte));
                return member.jitter.push(header.ssrc, header.timestamp, samples);
            }
        }
        let Some(to) = party.bridged.filter(|_| !party.held) else { return };
        let Some(other) = self.parties.get_mut(&to).filter(|other| other.listens()) else { return };
        let Kind::Audio(law) = kind else { return self.pass_key((leg, to), header, datagram, payload, now) };
        let Some(theirs) = other.law else {
            return self.turn((leg, to), &header, (law, &datagram[payload]), now);
        };
        transcode(law, theirs, &mut datagram[payload.clone()]);
        let payload_type = theirs.payload_type();
        let source = Source::Live(leg, header.ssrc);
        let packet = Packet { source, sequence: header.sequence, timestamp: header.timestamp, payload_type };
        send(other, &mut self.browsers, &mut self.courier, packet, header.marker, datagram, payload, now);
    }

    /// Sends the next packet of every sound that plays.
    fn tick(&mut self, now: Instant) {
        let Some(due) = self.next_tick.filter(|due| *due <= now) else { return };
        // after a stall go on from now instead of bursting
        self.next_tick = Some(if now - due > 10 * FRAME { now + FRAME } else { due + FRAME });
        let mut datagram = [0u8; DATAGRAM];
        let mut frame = [0u8; SAMPLES];
        self.press_on(now);
        let mut playing = std::mem::take(&mut self.playing);
        playing.retain(|leg| {
            let Some(party) = self.parties.get_mut(leg) else { return false };
            if !party.keypad.is_idle() {
                return true;
            }
            let Some(sound) = party.playing.as_mut() else { return false };
            let Some((source, sequence, timestamp)) = sound.frame(&mut frame) else {
                if sound.announced() {
                    // a closed receiver means the switchboard is closing
                    let _ = self.events.send(LineEvent::PromptEnded { leg: *leg });
                }
                party.playing = None;
                return false;
            };
            let Some(law) = party.law else {
                let (said, mut samples) = (Said { source, sequence, timestamp, clock: 8 }, [0; 2 * SAMPLES]);
                let samples = decoded(Law::Alaw, &frame, &mut samples);
                speak(party, &mut self.browsers, &mut self.courier, said, Rate::Narrow, samples, now);
                return true;
            };
            transcode(Law::Alaw, law, &mut frame);
            let range = HEADER..HEADER + SAMPLES;
            datagram[range.clone()].copy_from_slice(&frame);
            let payload_type = law.payload_type();
            let packet = Packet { source, sequence, timestamp, payload_type };
            send(party, &mut self.browsers, &mut self.courier, packet, false, &mut datagram, range, now);
            true
        });
        self.playing = playing;
        self.mix(now);
        if self.playing.is_empty() && self.pressing.is_empty() && self.rooms.is_empty() {
            self.next_tick = None;
        }
    }
}
