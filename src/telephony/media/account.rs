//! The account of one leg between two reports of RTCP: what is told to the party, what it told us, how it sounds.

use std::time::{Duration, Instant};

use crate::media::codec::Codec;
use crate::media::quality::{Gaps, Observed, Quality};
use crate::media::rtcp::{Block, Report, Sent};
use crate::media::stream::{OutStream, Reception};

/// Units of RTCP's short times in a second.
const SHORT: f64 = 65_536.0;

/// The clock of our reports: it counts from the start of the media thread, as only differences matter.
#[derive(Clone, Copy, Debug)]
pub struct ReportClock {
    /// When it was one second.
    pub since: Instant,
}

impl ReportClock {
    /// Seconds with 32 bits of fraction; never 0.
    fn time(self, now: Instant) -> u64 {
        let passed = now.duration_since(self.since) + Duration::from_secs(1);
        (passed.as_secs() << 32) | ((u64::from(passed.subsec_nanos()) << 32) / 1_000_000_000)
    }
}

/// The middle of a long time.
fn short(time: u64) -> u32 {
    (time >> 16) as u32
}

/// What one leg's reports have said so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Account {
    /// Packets expected and received at our last report.
    told: (u64, u64),
    /// The middle of the time of the party's last report, and when it came.
    heard: Option<(u32, Instant)>,
    lost_out: Option<u16>,
    round_trip_ms: Option<u32>,
    quality: Option<Quality>,
    /// When we report next.
    pub due: Option<Instant>,
}

impl Account {
    /// Takes the party's report.
    pub fn hear(&mut self, report: &Report, ours: u32, clock: ReportClock, now: Instant) {
        if let Some(sent) = &report.sent {
            self.heard = Some((short(sent.time), now));
        }
        let Some(block) = report.blocks.iter().find(|block| block.ssrc == ours) else { return };
        self.lost_out = Some((u32::from(block.fraction) * 1_000 / 256) as u16);
        if block.last_report != 0 {
            let passed = short(clock.time(now)).wrapping_sub(block.last_report).wrapping_sub(block.delay);
            // a party whose clock runs away would tell a time before its question
            if passed < 1 << 31 {
                self.round_trip_ms = Some((f64::from(passed) * 1_000.0 / SHORT).round() as u32);
            }
        }
    }

    /// What is told to the party now, and how the leg sounds if that is to be told inside. The interval ends here.
    pub fn close(
        &mut self,
        reception: &Reception,
        out: &OutStream,
        octets: u64,
        (codec, gaps): (Codec, Gaps),
        clock: ReportClock,
        now: Instant,
    ) -> (Report, Option<Quality>) {
        let (expected, received) = (reception.expected_so_far(), reception.received);
        let (wanted, came) = (expected - self.told.0.min(expected), received - self.told.1.min(received));
        self.told = (expected, received);
        let missing = wanted.saturating_sub(came);
        let heard = self.heard.map_or((0, 0), |(middle, at)| {
            (middle, (now.duration_since(at).as_secs_f64() * SHORT).min(f64::from(u32::MAX)) as u32)
        });
        let block = reception.ssrc().map(|ssrc| Block {
            ssrc,
            fraction: (missing * 256).checked_div(wanted).unwrap_or(0).min(255) as u8,
            lost: i32::try_from(expected as i64 - received as i64).unwrap_or(i32::MAX),
            highest: reception.highest(),
            jitter: reception.jitter_samples(),
            last_report: heard.0,
            delay: heard.1,
        });
        let sent = out.moment(now).map(|timestamp| Sent {
            time: clock.time(now),
            timestamp,
            packets: out.sent as u32,
            octets: octets as u32,
        });
        let report = Report { ssrc: out.ssrc, sent, blocks: block.into_iter().collect() };
        if wanted == 0 && self.lost_out.is_none() {
            return (report, None); // nothing was said: nothing is known
        }
        let lost_in = (missing * 1_000).checked_div(wanted).unwrap_or(0) as u16;
        let now_sounds = Quality::of(Observed {
            codec,
            gaps,
            lost_in,
            lost_out: self.lost_out,
            jitter_ms: reception.jitter_ms(),
            round_trip_ms: self.round_trip_ms,
        });
        let news = self.quality.is_none_or(|before| before.differs(&now_sounds)).then_some(now_sounds);
        if news.is_some() {
            self.quality = news;
        }
        (report, news)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::LegId;
    use crate::media::quality::Grade;
    use crate::media::rtp::RtpHeader;
    use crate::media::stream::Source;

    const LAW: (Codec, Gaps) = (Codec::Alaw, Gaps::Concealed);

    fn feed(reception: &mut Reception, sequences: impl Iterator<Item = u16>, start: Instant) {
        for sequence in sequences {
            let timestamp = u32::from(sequence) * 160;
            let header = RtpHeader { marker: false, payload_type: 8, sequence, timestamp, ssrc: 9 };
            reception.count(&header, start + Duration::from_millis(20) * u32::from(sequence));
        }
    }

    #[test]
    fn two_accounts_tell_each_other_losses_and_the_way_between() {
        let start = Instant::now();
        let clock = ReportClock { since: start };
        let later = start + Duration::from_secs(5);
        let mut reception = Reception::default();
        feed(&mut reception, (0..250).filter(|n| n % 10 != 3), start);
        let mut out = OutStream::new(7, 0, 0);
        out.stamp(Source::Live(LegId(1), 1), 0, 0, start);
        let mut account = Account::default();
        let (report, news) = account.close(&reception, &out, 160, LAW, clock, later);
        let block = report.blocks[0];
        assert_eq!((block.ssrc, block.lost, block.fraction, block.highest), (9, 25, 25, 249));
        let sent = report.sent.unwrap();
        assert_eq!((sent.packets, sent.octets, sent.timestamp), (1, 160, 40_000));
        let news = news.unwrap();
        assert_eq!((news.lost_in, news.grade), (100, Grade::Poor));
        // the party heard us 40 ms later, thought for a second, and its word took 40 ms
        let back = later + Duration::from_millis(1_080);
        let heard = Block {
            ssrc: 7,
            fraction: 128,
            last_report: short(sent.time),
            delay: 65_536,
            ..Block::default()
        };
        let theirs = Report { ssrc: 9, sent: None, blocks: vec![heard] };
        account.hear(&theirs, 7, clock, back);
        assert_eq!(account.round_trip_ms, Some(80));
        let (_, news) = account.close(&reception, &out, 160, LAW, clock, back);
        let news = news.unwrap();
        assert_eq!((news.lost_in, news.lost_out, news.grade), (0, Some(500), Grade::Bad));
        let (_, news) = account.close(&reception, &out, 160, LAW, clock, back);
        assert_eq!(news, None, "nothing changed");
    }

    #[test]
    fn a_silent_leg_is_not_graded() {
        let now = Instant::now();
        let mut account = Account::default();
        let clock = ReportClock { since: now };
        let (report, news) =
            account.close(&Reception::default(), &OutStream::new(1, 0, 0), 0, LAW, clock, now);
        assert_eq!((report.sent, report.blocks.len(), news), (None, 0, None));
    }

    #[test]
    fn reports_about_others_are_not_taken() {
        let now = Instant::now();
        let mut account = Account::default();
        let theirs = Report {
            ssrc: 1,
            sent: None,
            blocks: vec![Block { ssrc: 8, fraction: 255, ..Block::default() }],
        };
        account.hear(&theirs, 7, ReportClock { since: now }, now);
        assert_eq!((account.lost_out, account.round_trip_ms), (None, None));
    }
}
