//! The last second of a recording in memory, before it goes to its file.

use std::path::{Path, PathBuf};

use crate::media::law::Law;
use crate::media::recorder::Side;
use crate::media::wav::WavFile;

/// What stays in memory for packets that are late: half a second.
const KEPT: usize = 4_000;
/// What goes to the file at once: a quarter of a second. A crash loses no more than both, and what the tap holds.
const SPILLED: usize = 2_000;
/// A gap longer than this is written piece by piece: one minute.
const PIECE: usize = 60 * 8_000;
const SILENCE: [u8; 2] = [Law::Alaw.silence(); 2];

/// A recording being written.
#[derive(Debug)]
pub struct Tape {
    file: WavFile,
    written: u64,
    recent: Vec<[u8; 2]>,
    late: u64,
}

impl Tape {
    /// A tape in a new file.
    pub fn begin(path: &Path) -> std::io::Result<Self> {
        Ok(Self { file: WavFile::begin(path)?, written: 0, recent: Vec::new(), late: 0 })
    }

    /// A-law bytes of one side, `at` so many samples from the beginning.
    pub fn put(&mut self, side: Side, at: u64, sound: &[u8]) -> std::io::Result<()> {
        if at < self.written {
            self.late += 1;
            return Ok(());
        }
        self.reach(at)?;
        let offset = (at - self.written) as usize;
        let end = offset + sound.len();
        if self.recent.len() < end {
            self.recent.resize(end, SILENCE);
        }
        let place = if side == Side::Left { 0 } else { 1 };
        for (room, byte) in self.recent[offset..].iter_mut().zip(sound) {
            room[place] = *byte;
        }
        if self.recent.len() >= KEPT + SPILLED {
            self.spill(self.recent.len() - KEPT)?;
        }
        Ok(())
    }

    /// Silence up to here.
    fn reach(&mut self, end: u64) -> std::io::Result<()> {
        while self.written + (self.recent.len() as u64) < end {
            let missing = end - self.written - self.recent.len() as u64;
            let piece = missing.min(PIECE as u64) as usize;
            self.recent.resize(self.recent.len() + piece, SILENCE);
            if missing > PIECE as u64 {
                self.spill(self.recent.len())?;
            }
        }
        Ok(())
    }

    fn spill(&mut self, count: usize) -> std::io::Result<()> {
        self.file.write(&self.recent[..count])?;
        self.recent.drain(..count);
        self.written += count as u64;
        Ok(())
    }

    /// Ends the tape at so many samples, or later if more was said; the file, its samples, the packets that were late.
    pub fn finish(mut self, samples: u64) -> std::io::Result<(PathBuf, u64, u64)> {
        self.reach(samples)?;
        self.spill(self.recent.len())?;
        Ok((self.file.finish()?, self.written, self.late))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::wav::WAV_HEADER;

    fn path(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("callout-tape-{}-{name}.wav", std::process::id()))
    }

    #[test]
    fn both_sides_lie_where_they_were_said() {
        let path = path("sides");
        let mut tape = Tape::begin(&path).unwrap();
        tape.put(Side::Left, 2, &[1, 2]).unwrap();
        tape.put(Side::Right, 3, &[3]).unwrap();
        tape.put(Side::Left, 0, &[9]).unwrap();
        assert_eq!(tape.finish(6).unwrap(), (path.clone(), 6, 0));
        let s = Law::Alaw.silence();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes[WAV_HEADER..], [9, s, s, s, 1, s, 2, 3, s, s, s, s]);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn long_silence_and_late_words() {
        let path = path("long");
        let mut tape = Tape::begin(&path).unwrap();
        let far = 3 * PIECE as u64 + 7;
        tape.put(Side::Right, far, &[5; 160]).unwrap();
        tape.put(Side::Left, 1, &[6; 160]).unwrap();
        let (_, samples, late) = tape.finish(0).unwrap();
        assert_eq!((samples, late), (far + 160, 1));
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes.len() as u64, WAV_HEADER as u64 + 2 * samples);
        assert_eq!(bytes[WAV_HEADER + 2 * far as usize..][..2], [Law::Alaw.silence(), 5]);
        std::fs::remove_file(path).unwrap();
    }
}
