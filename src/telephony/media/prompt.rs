//! Recordings played to a leg, and the reading of their files.

use std::sync::Arc;

use crate::line::Tone;
use crate::media::SAMPLES;
use crate::media::law::Law;
use crate::media::tone::Cadence;

/// Why a recording cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordingError {
    /// The WAV ends before its own chunks do.
    #[error("wav file is cut short at byte `{0}`")]
    Short(usize),
    /// Another format than ours.
    #[error("wav format `{0}` is not supported, expected mono 8 kHz in a-law, µ-law or 16 bit")]
    Format(String),
}

/// Reads raw A-law or a WAV into A-law bytes.
pub fn read_recording(bytes: &Arc<[u8]>) -> Result<Arc<[u8]>, RecordingError> {
    if bytes.len() < 12 || &bytes[..4] != b"RIFF" || &bytes[8..12] != b"WAVE" {
        return Ok(bytes.clone());
    }
    let mut format = None;
    let mut at = 12;
    while at + 8 <= bytes.len() {
        let size = u32::from_le_bytes([bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7]]) as usize;
        let body = at + 8;
        let name = &bytes[at..at + 4];
        if name == b"fmt " {
            let chunk = bytes.get(body..body + 16).ok_or(RecordingError::Short(at))?;
            format = Some(Format::read(chunk)?);
        } else if name == b"data" {
            let end = bytes.len().min(body.saturating_add(size));
            let format = format.ok_or(RecordingError::Short(at))?;
            return Ok(format.to_alaw(&bytes[body..end]));
        }
        at = body.saturating_add(size).saturating_add(size & 1);
    }
    Err(RecordingError::Short(bytes.len()))
}

#[derive(Clone, Copy)]
enum Format {
    Law(Law),
    Linear,
}

impl Format {
    fn read(chunk: &[u8]) -> Result<Self, RecordingError> {
        let word = |at: usize| u16::from_le_bytes([chunk[at], chunk[at + 1]]);
        let rate = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
        match (word(0), word(2), rate, word(14)) {
            (6, 1, 8_000, 8) => Ok(Format::Law(Law::Alaw)),
            (7, 1, 8_000, 8) => Ok(Format::Law(Law::Ulaw)),
            (1, 1, 8_000, 16) => Ok(Format::Linear),
            other => Err(RecordingError::Format(format!("{other:?}"))),
        }
    }

    fn to_alaw(self, data: &[u8]) -> Arc<[u8]> {
        match self {
            Format::Law(Law::Alaw) => data.into(),
            Format::Law(Law::Ulaw) => data.iter().map(|b| Law::Alaw.encode(Law::Ulaw.decode(*b))).collect(),
            Format::Linear => data
                .as_chunks::<2>()
                .0
                .iter()
                .map(|pair| Law::Alaw.encode(i16::from_le_bytes(*pair)))
                .collect(),
        }
    }
}

/// What a leg hears instead of the other side.
#[derive(Clone, Debug)]
pub enum Sound {
    /// A-law bytes.
    Recording {
        /// The sound.
        audio: Arc<[u8]>,
        /// Bytes played.
        at: usize,
        /// Again from the start at the end.
        repeat: bool,
    },
    /// A tone.
    Tone(Cadence),
}

impl Sound {
    /// A recording from its beginning.
    pub fn recording(audio: Arc<[u8]>, repeat: bool) -> Self {
        Sound::Recording { audio, at: 0, repeat }
    }

    /// A tone from its beginning.
    pub fn tone(tone: Tone) -> Self {
        Sound::Tone(Cadence::new(tone))
    }

    /// The next packet in A-law; `false` when the sound is over.
    pub fn frame(&mut self, out: &mut [u8; SAMPLES]) -> bool {
        match self {
            Sound::Tone(cadence) => cadence.frame(out),
            Sound::Recording { audio, at, repeat } => {
                if *at >= audio.len() {
                    if !*repeat || audio.is_empty() {
                        return false;
                    }
                    *at = 0;
                }
                let rest = &audio[*at..audio.len().min(*at + SAMPLES)];
                out[..rest.len()].copy_from_slice(rest);
                out[rest.len()..].fill(Law::Alaw.silence());
                *at += SAMPLES;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(format: u16, bits: u16, data: &[u8]) -> Arc<[u8]> {
        let mut out = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        out.extend(format.to_le_bytes());
        out.extend(1u16.to_le_bytes());
        out.extend(8_000u32.to_le_bytes());
        out.extend(8_000u32.to_le_bytes());
        out.extend(1u16.to_le_bytes());
        out.extend(bits.to_le_bytes());
        out.extend(b"data");
        out.extend((data.len() as u32).to_le_bytes());
        out.extend(data);
        out.into()
    }

    #[test]
    fn reads_what_studios_send() {
        assert_eq!(&*read_recording(&Arc::from([1, 2, 3])).unwrap(), [1, 2, 3]);
        assert_eq!(&*read_recording(&wav(6, 8, &[9, 8])).unwrap(), [9, 8]);
        assert_eq!(read_recording(&wav(1, 16, &[0, 0, 0, 0])).unwrap().len(), 2);
        assert_eq!(read_recording(&wav(7, 8, &[0xFF])).unwrap().len(), 1);
        assert!(matches!(read_recording(&wav(3, 32, &[0])), Err(RecordingError::Format(_))));
        assert!(matches!(read_recording(&wav(6, 8, &[])[..30].into()), Err(RecordingError::Short(_))));
    }

    #[test]
    fn ends_or_repeats() {
        let audio: Arc<[u8]> = vec![7; SAMPLES + 1].into();
        let mut out = [0; SAMPLES];
        let mut once = Sound::recording(audio.clone(), false);
        assert!(once.frame(&mut out) && once.frame(&mut out) && !once.frame(&mut out));
        assert_eq!(out[1], Law::Alaw.silence());
        let mut again = Sound::recording(audio, true);
        assert!((0..10).all(|_| again.frame(&mut out)));
    }
}
