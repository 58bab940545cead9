//! Reports of RTCP: sent every few seconds, taken from beside the audio or between it, told as quality.
//! They never count as audio: a report neither proves where a party is nor keeps it there.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use crate::counters::Counted;
use crate::line::{LegId, LineEvent};
use crate::media::account::ReportClock;
use crate::media::command::Control;
use crate::media::party::{Line, RtpLine};
use crate::media::quality::Gaps;
use crate::media::relay::{DATAGRAM, Relay};
use crate::media::rtcp;

/// Legs are looked through this often.
const ROUND: Duration = Duration::from_millis(500);
/// Our name towards all parties: that of the house, not of a person (RFC 7022).
const NAME: &str = "callout";

/// When reports are due.
#[derive(Debug)]
pub struct Reporting {
    every: Duration,
    clock: ReportClock,
    next: Instant,
}

impl Reporting {
    /// A report of each leg about so often, varied by half so that they do not come all at once (RFC 3550 §6.2).
    pub fn new(every: Duration, now: Instant) -> Self {
        Self { every, clock: ReportClock { since: now }, next: now }
    }
}

/// The way of one leg's reports.
#[derive(Debug)]
pub struct ReportLine {
    /// The port after that of the audio; `None`: somebody else has it, and only a party that sends reports between its
    /// audio is heard.
    pub socket: Option<UdpSocket>,
    /// Where the party wants them.
    pub control: Control,
    heard_at: Option<SocketAddr>,
}

impl ReportLine {
    /// Beside this socket.
    pub fn beside(audio: &UdpSocket) -> Self {
        let next =
            audio.local_addr().ok().and_then(|at| Some(SocketAddr::new(at.ip(), at.port().checked_add(1)?)));
        let socket = next.and_then(|next| UdpSocket::bind(next).ok());
        let socket = socket.filter(|socket| socket.set_nonblocking(true).is_ok());
        Self { socket, control: Control::Beside, heard_at: None }
    }
}

impl RtpLine {
    /// Where reports go, and from which socket.
    fn report_way(&self) -> Option<(&UdpSocket, SocketAddr)> {
        let audio = self.latch.destination()?;
        if self.reports.control == Control::Together {
            return Some((&self.socket, audio));
        }
        let told = match self.reports.control {
            Control::At(address) => address,
            _ => SocketAddr::new(audio.ip(), audio.port().checked_add(1)?),
        };
        Some((self.reports.socket.as_ref()?, self.reports.heard_at.unwrap_or(told)))
    }
}

impl Relay {
    /// When [`Relay::report`] is needed next.
    pub(super) fn next_report(&self) -> Option<Instant> {
        (!self.parties.is_empty()).then_some(self.reporting.next)
    }

    /// Sends what is due and tells what changed.
    pub(super) fn report(&mut self, now: Instant) {
        if self.reporting.next > now {
            return;
        }
        self.reporting.next = now + ROUND.min(self.reporting.every / 2);
        let (every, clock) = (self.reporting.every, self.reporting.clock);
        let mut news = Vec::new();
        for (leg, party) in &mut self.parties {
            let varied = || now + every.mul_f64(0.5 + rand::random::<f64>());
            if *party.account.due.get_or_insert_with(varied) > now {
                continue;
            }
            party.account.due = Some(varied());
            // who talks with several is mixed, and what is missing of it is silence; of Opus nothing is missing
            let gaps = if party.room.is_some() { Gaps::Silent } else { Gaps::Concealed };
            let spoken = (party.codec, gaps);
            let (report, quality) =
                party.account.close(&party.reception, &party.out, party.octets, spoken, clock, now);
            if let Some(quality) = quality {
                news.push(LineEvent::Sounds { leg: *leg, quality });
            }
            if let Line::Rtp(line) = &mut party.line
                && (report.sent.is_some() || !report.blocks.is_empty())
            {
                let mut packet = rtcp::write(&report, NAME);
                if let Some(secure) = &mut line.secure {
                    secure.sealer.seal_report(&mut packet);
                }
                let sent = line.report_way().is_some_and(|(socket, to)| socket.send_to(&packet, to).is_ok());
                self.counters.add_many(Counted::RtcpOut, u64::from(sent));
            }
        }
        news.into_iter().for_each(|event| self.tell(event));
    }

    /// A datagram beside the audio.
    pub(super) fn receive_report(&mut self, leg: LegId, datagram: &mut [u8; DATAGRAM], now: Instant) {
        let Some(party) = self.parties.get_mut(&leg) else { return };
        let Line::Rtp(RtpLine { reports: ReportLine { socket: Some(socket), .. }, .. }) = &party.line else {
            return;
        };
        // an error is an ICMP message about an earlier report of ours: reading it forgets it
        let Ok((length, source)) = socket.recv_from(datagram) else { return };
        let trusted = self.take_report(leg, &mut datagram[..length], source, now);
        if trusted && let Some(Line::Rtp(line)) = self.parties.get_mut(&leg).map(|party| &mut party.line) {
            line.reports.heard_at = Some(source);
        }
    }

    /// Takes a report; whether it came from where the party is.
    pub(super) fn take_report(
        &mut self,
        leg: LegId,
        datagram: &mut [u8],
        source: SocketAddr,
        now: Instant,
    ) -> bool {
        let Some(party) = self.parties.get_mut(&leg) else { return false };
        let Line::Rtp(line) = &mut party.line else { return false };
        let opened = match &mut line.secure {
            Some(secure) => secure.opener.open_report(datagram),
            None => Some(datagram.len()),
        };
        let Some(length) = opened else {
            self.counters.add(Counted::RtpForged);
            return false;
        };
        let known = line.latch.destination().is_some_and(|at| at.ip() == source.ip());
        let reports = rtcp::read(&datagram[..length]).filter(|_| known);
        self.counters.add(if reports.is_some() { Counted::RtcpIn } else { Counted::RtcpDropped });
        for report in reports.iter().flatten() {
            party.account.hear(report, party.out.ssrc, self.reporting.clock, now);
        }
        reports.is_some()
    }
}
