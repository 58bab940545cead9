//! Recording: a tap at a leg, and one thread that writes. The audio itself never waits for the disk.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use crate::counters::Counted;
use crate::line::{LegId, LineEvent};
use crate::media::SAMPLES;
use crate::media::codec::Codec;
use crate::media::relay::Relay;
use crate::media::scribe::Scribe;
use crate::media::tape::Tape;
use crate::threads;

/// Packets that may wait for the disk; more are lost, and counted, rather than kept in memory.
const WAITING: usize = 8_192;
/// Packets handed over at once: a quarter of a second of both sides.
const TOGETHER: usize = 25;
/// A track further from the clock than this is put right: one second.
const ADRIFT: i64 = 8_000;

/// Which side of the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What the party says.
    Left,
    /// What it is told.
    Right,
}

/// What the writer is told.
#[derive(Debug)]
enum Job {
    Begin(u64, PathBuf),
    Sounds { number: u64, parts: Vec<Part>, bytes: Vec<u8> },
    End { number: u64, leg: LegId, samples: u64, dropped: u64 },
}

/// A packet among those handed over together.
#[derive(Debug)]
struct Part {
    side: Side,
    at: u64,
    codec: Codec,
    length: usize,
}

/// Where the next sound of one side belongs.
#[derive(Clone, Copy, Debug, Default)]
struct Track {
    anchor: Option<(u32, u32, i64)>,
}

impl Track {
    /// The place of a packet on the tape by its own clock, of so many ticks in a millisecond, put right by ours when
    /// they part.
    fn place(&mut self, ssrc: u32, timestamp: u32, ticks: u32, clock: i64) -> i64 {
        if let Some((known, since, at)) = self.anchor
            && known == ssrc
        {
            let place = at + i64::from(timestamp.wrapping_sub(since) as i32) * 8 / i64::from(ticks);
            if (place - clock).abs() < ADRIFT {
                self.anchor = Some((ssrc, timestamp, place));
                return place;
            }
        }
        self.anchor = Some((ssrc, timestamp, clock));
        clock
    }
}

/// The recording of one leg, at the media thread.
#[derive(Debug)]
pub struct Tap {
    number: u64,
    leg: LegId,
    begun: Instant,
    paused: bool,
    left: Track,
    right: Track,
    dropped: u64,
    parts: Vec<Part>,
    bytes: Vec<u8>,
    writer: Sender<Job>,
    waiting: Arc<AtomicUsize>,
}

impl Tap {
    /// A packet of one side.
    pub fn take(&mut self, side: Side, ssrc: u32, timestamp: u32, codec: Codec, sound: &[u8], now: Instant) {
        let clock = samples(now.duration_since(self.begun)) as i64;
        let track = if side == Side::Left { &mut self.left } else { &mut self.right };
        let place = track.place(ssrc, timestamp, codec.clock(), clock);
        let Ok(at) = u64::try_from(place) else { return }; // said before the recording began
        if self.paused {
            return;
        }
        self.parts.push(Part { side, at, codec, length: sound.len() });
        self.bytes.extend_from_slice(sound);
        if self.parts.len() >= TOGETHER {
            self.hand_over();
        }
    }

    /// The writer is woken once for many packets.
    fn hand_over(&mut self) {
        let count = self.parts.len();
        let (parts, bytes) = (std::mem::take(&mut self.parts), std::mem::take(&mut self.bytes));
        if self.waiting.load(Ordering::Relaxed) >= WAITING {
            self.dropped += count as u64;
            return;
        }
        self.waiting.fetch_add(count, Ordering::Relaxed);
        let job = Job::Sounds { number: self.number, parts, bytes };
        // the writer ends after the media thread
        let _ = self.writer.send(job);
    }

    fn end(mut self, now: Instant) {
        self.hand_over();
        let samples = samples(now.duration_since(self.begun));
        let job = Job::End { number: self.number, leg: self.leg, samples, dropped: self.dropped };
        // the writer ends after the media thread
        let _ = self.writer.send(job);
    }
}

fn samples(passed: Duration) -> u64 {
    (passed.as_micros() * 8 / 1_000) as u64
}

/// The writer's side of all recordings.
#[derive(Debug)]
pub struct Recorder {
    writer: Sender<Job>,
    waiting: Arc<AtomicUsize>,
    made: u64,
    thread: JoinHandle<()>,
}

impl Recorder {
    /// Starts the writer.
    pub fn start(events: UnboundedSender<LineEvent>) -> std::io::Result<Self> {
        let (writer, jobs) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let taken = waiting.clone();
        let thread = threads::begin("recorder", move || {
            write(&jobs, &taken, &events);
        })?;
        Ok(Self { writer, waiting, made: 0, thread })
    }

    /// A new recording of a leg.
    fn tap(&mut self, leg: LegId, path: PathBuf, now: Instant) -> Tap {
        self.made += 1;
        // the writer ends after the media thread
        let _ = self.writer.send(Job::Begin(self.made, path));
        Tap {
            number: self.made,
            leg,
            begun: now,
            paused: false,
            left: Track::default(),
            right: Track::default(),
            dropped: 0,
            parts: Vec::with_capacity(TOGETHER),
            bytes: Vec::with_capacity(TOGETHER * SAMPLES),
            writer: self.writer.clone(),
            waiting: self.waiting.clone(),
        }
    }

    /// Waits until everything is on the disk.
    pub fn finish(self) {
        drop(self.writer);
        if self.thread.join().is_err() {
            tracing::error!("the writer of recordings panicked");
        }
    }
}

#[expect(clippy::large_enum_variant, reason = "nearly every reel runs")]
enum Reel {
    Running(Tape, Scribe),
    Broken(String),
}

fn write(jobs: &Receiver<Job>, taken: &AtomicUsize, events: &UnboundedSender<LineEvent>) {
    let mut reels: HashMap<u64, Reel> = HashMap::new();
    while let Ok(job) = jobs.recv() {
        match job {
            Job::Begin(number, path) => {
                let reel = match Tape::begin(&path) {
                    Ok(tape) => Reel::Running(tape, Scribe::default()),
                    Err(error) => Reel::Broken(error.to_string()),
                };
                reels.insert(number, reel);
            }
            Job::Sounds { number, parts, bytes } => {
                taken.fetch_sub(parts.len(), Ordering::Relaxed);
                let Some(reel) = reels.get_mut(&number) else { continue };
                if let Reel::Running(tape, scribe) = reel
                    && let Err(error) = wind(tape, scribe, &parts, bytes)
                {
                    *reel = Reel::Broken(error.to_string());
                }
            }
            Job::End { number, leg, samples, dropped } => {
                let ended = match reels.remove(&number) {
                    Some(Reel::Running(tape, _)) => tape.finish(samples).map_err(|error| error.to_string()),
                    Some(Reel::Broken(reason)) => Err(reason),
                    None => Err("it never began".to_owned()),
                };
                let told = match ended {
                    Ok((path, samples, late)) => LineEvent::Recorded {
                        leg,
                        path,
                        length: Duration::from_micros(samples * 125),
                        dropped: dropped + late,
                    },
                    Err(reason) => LineEvent::RecordFailed { leg, reason },
                };
                // nobody listens any more when the switchboard closes; the file is there all the same
                let _ = events.send(told);
            }
        }
    }
}

fn wind(tape: &mut Tape, scribe: &mut Scribe, parts: &[Part], mut bytes: Vec<u8>) -> std::io::Result<()> {
    let mut rest = &mut bytes[..];
    for Part { side, at, codec, length } in parts {
        let (sound, after) = rest.split_at_mut(*length);
        tape.put(*side, *at, scribe.write(*side, *codec, sound))?;
        rest = after;
    }
    Ok(())
}

impl Relay {
    /// Begins to record a leg; a recording of it under way ends.
    pub(super) fn record(&mut self, leg: LegId, path: PathBuf) {
        self.record_stop(leg);
        let Some(party) = self.parties.get_mut(&leg) else {
            return self.counters.add(Counted::CommandsStale);
        };
        party.tap = Some(self.recorder.tap(leg, path, Instant::now()));
    }

    /// Silence from now on, or sound again.
    pub(super) fn record_pause(&mut self, leg: LegId, on: bool) {
        match self.parties.get_mut(&leg).and_then(|party| party.tap.as_mut()) {
            Some(tap) => tap.paused = on,
            None => self.counters.add(Counted::CommandsStale),
        }
    }

    /// Ends the recording of a leg, if there is one.
    pub(super) fn record_stop(&mut self, leg: LegId) {
        if let Some(tap) = self.parties.get_mut(&leg).and_then(|party| party.tap.take()) {
            tap.end(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_track_follows_its_packets_and_is_put_right_by_the_clock() {
        let mut track = Track::default();
        assert_eq!(track.place(1, u32::MAX - 79, 8, 500), 500);
        assert_eq!(track.place(1, 80, 8, 700), 660, "by its own clock, over the wrap");
        assert_eq!(track.place(1, 0, 8, 710), 580, "a late packet goes to its own place");
        assert_eq!(track.place(2, 9, 8, 900), 900, "another source begins at the clock");
        assert_eq!(track.place(2, 169, 8, 20_000), 20_000, "a pause its clock did not count");
        assert_eq!(track.place(3, 0, 48, 30_000), 30_000);
        assert_eq!(track.place(3, 960, 48, 30_170), 30_160, "a clock of 48 kHz");
    }
}
