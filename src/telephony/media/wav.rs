//! The file of a recording: stereo A-law WAV, whole under its name or not there at all.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Length of the header we write.
pub const WAV_HEADER: usize = 58;
/// The ending of a recording under way.
const UNDER_WAY: &str = "part";

/// The header of so many stereo samples.
pub fn header(samples: u64) -> [u8; WAV_HEADER] {
    let samples = u32::try_from(samples).unwrap_or(u32::MAX / 2 - 64);
    let data = samples.saturating_mul(2);
    let mut out = [0u8; WAV_HEADER];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        out[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    put(b"RIFF");
    put(&(data + WAV_HEADER as u32 - 8).to_le_bytes());
    put(b"WAVEfmt ");
    put(&18u32.to_le_bytes());
    put(&6u16.to_le_bytes()); // A-law
    put(&2u16.to_le_bytes());
    put(&8_000u32.to_le_bytes());
    put(&16_000u32.to_le_bytes());
    put(&2u16.to_le_bytes());
    put(&8u16.to_le_bytes());
    put(&0u16.to_le_bytes());
    put(b"fact");
    put(&4u32.to_le_bytes());
    put(&samples.to_le_bytes());
    put(b"data");
    put(&data.to_le_bytes());
    out
}

/// A recording under way: `name.wav.part` until it is whole.
#[derive(Debug)]
pub struct WavFile {
    file: File,
    path: PathBuf,
    samples: u64,
}

fn under_way(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(UNDER_WAY);
    name.into()
}

impl WavFile {
    /// Begins a file; its folder is made. Errors: the name is taken, or the disk says no.
    pub fn begin(path: &Path) -> std::io::Result<Self> {
        if path.exists() {
            let taken = format!("`{}` is there already, expected a new name", path.display());
            return Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, taken));
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).open(under_way(path))?;
        file.write_all(&header(0))?;
        Ok(Self { file, path: path.to_owned(), samples: 0 })
    }

    /// Adds samples, left and right in turn.
    pub fn write(&mut self, frames: &[[u8; 2]]) -> std::io::Result<()> {
        self.file.write_all(frames.as_flattened())?;
        self.samples += frames.len() as u64;
        Ok(())
    }

    /// Gives the file its header and its name; it survives a power cut from here on.
    pub fn finish(mut self) -> std::io::Result<PathBuf> {
        close(&mut self.file, self.samples)?;
        settle(&self.path)?;
        Ok(self.path)
    }
}

fn close(file: &mut File, samples: u64) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header(samples))?;
    file.sync_all()
}

fn settle(path: &Path) -> std::io::Result<()> {
    std::fs::rename(under_way(path), path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Makes whole what a stop of the house left under way in this folder; returns the files saved.
pub fn recover(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut saved = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != UNDER_WAY) {
            continue;
        }
        let mut file = OpenOptions::new().read(true).write(true).open(&path)?;
        let length = file.metadata()?.len();
        let mut begun = [0u8; 4];
        let whole = path.with_extension("");
        if length < WAV_HEADER as u64 || file.read_exact(&mut begun).is_err() || &begun != b"RIFF" {
            tracing::warn!(path = %path.display(), "recording has no beginning and is left as it is");
            continue;
        }
        let samples = (length - WAV_HEADER as u64) / 2;
        file.set_len(WAV_HEADER as u64 + 2 * samples)?;
        close(&mut file, samples)?;
        settle(&whole)?;
        saved.push(whole);
    }
    saved.sort();
    Ok(saved)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("callout-wav-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_file_has_its_name_only_when_it_is_whole() {
        let folder = folder("whole");
        let path = folder.join("2026/call.wav");
        let mut file = WavFile::begin(&path).unwrap();
        file.write(&[[1, 2], [3, 4]]).unwrap();
        assert!(!path.exists());
        assert_eq!(file.finish().unwrap(), path);
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes[..WAV_HEADER], header(2));
        assert_eq!(bytes[WAV_HEADER..], [1, 2, 3, 4]);
        assert_eq!(u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]) as usize, bytes.len() - 8);
        assert!(WavFile::begin(&path).is_err(), "a second recording under the same name");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_a_crash_left_is_made_whole() {
        let folder = folder("crash");
        let path = folder.join("call.wav");
        let mut file = WavFile::begin(&path).unwrap();
        file.write(&[[9, 8]; 100]).unwrap();
        file.file.write_all(&[7]).unwrap(); // half a sample
        drop(file);
        std::fs::write(folder.join("empty.wav.part"), b"RI").unwrap();
        assert_eq!(recover(&folder).unwrap(), std::slice::from_ref(&path));
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes.len(), WAV_HEADER + 200);
        assert_eq!(bytes[..WAV_HEADER], header(100));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
