//! What callers hear and what is recorded, as files: a folder of prompts, read once, and a folder of recordings.

use anyhow::Context;
use domain::refusal::Refusal;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The prompts by name, and where recordings go.
#[derive(Clone, Default)]
pub struct Sounds {
    prompts: Arc<HashMap<String, Arc<[u8]>>>,
    recordings: Option<PathBuf>,
}

impl Sounds {
    /// Reads every `NAME.wav` of a folder; a folder that is not there has no prompts. Recordings that a stop of the
    /// house cut off are made whole, as far as they reached the disk.
    ///
    /// # Errors
    /// A prompt cannot be read, or the folder of recordings cannot be made or looked through.
    pub fn read(prompts: &Path, recordings: Option<PathBuf>) -> anyhow::Result<Self> {
        let mut known = HashMap::new();
        for entry in std::fs::read_dir(prompts).into_iter().flatten() {
            let file = entry.with_context(|| format!("cannot list `{}`", prompts.display()))?.path();
            let name = file.file_stem().and_then(|name| name.to_str()).map(str::to_owned);
            if let (Some(name), true) = (name, file.extension().is_some_and(|ending| ending == "wav")) {
                let bytes =
                    std::fs::read(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
                known.insert(name, bytes.into());
            }
        }
        if let Some(folder) = &recordings {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
            let saved = telephony::media::wav::recover(folder)
                .with_context(|| format!("cannot look through `{}`", folder.display()))?;
            if !saved.is_empty() {
                tracing::warn!(
                    count = saved.len(),
                    "recordings that a stop of the house cut off are whole again"
                );
            }
        }
        Ok(Self { prompts: Arc::new(known), recordings })
    }
    /// The sound of a prompt.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn prompt(&self, name: &str) -> Result<Arc<[u8]>, Refusal> {
        self.prompts.get(name).cloned().ok_or_else(|| Refusal::unknown("prompt", name))
    }
    /// The file of a recording. A name is an id and a word, never a way through folders.
    ///
    /// # Errors
    /// Nothing is recorded here, or the name would leave the folder.
    pub fn recording(&self, name: &str) -> Result<PathBuf, Refusal> {
        let off =
            || Refusal::unavailable("nothing is recorded here: expected `calls.recordings` in the settings");
        let folder = self.recordings.as_ref().ok_or_else(off)?;
        if !name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter)) {
            return Err(Refusal::invalid(
                "recording",
                format!("`{name}` is no name: expected letters and digits"),
            ));
        }
        Ok(folder.join(format!("{name}.wav")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_the_sound_files_of_a_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("notice.wav"), b"RIFF").expect("written");
        std::fs::write(folder.path().join("notes.txt"), b"-").expect("written");
        let sounds = Sounds::read(folder.path(), None).expect("read");
        assert_eq!(sounds.prompt("notice").as_deref(), Ok(b"RIFF".as_slice()));
        assert!(sounds.prompt("notes").is_err() && sounds.recording("call_1").is_err());
        assert!(Sounds::read(Path::new("/nowhere"), None).is_ok_and(|none| none.prompt("notice").is_err()));
    }

    #[test]
    fn a_recording_cut_off_by_a_crash_is_whole_after_the_start() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("call_1.wav");
        let mut torn = telephony::media::wav::WavFile::begin(&path).expect("begun");
        torn.write(&[[0xD5, 0xD5]; 8_000]).expect("written");
        drop(torn); // no header, no name: what a crash leaves
        assert!(!path.exists());
        Sounds::read(Path::new("/nowhere"), Some(folder.path().to_owned())).expect("read");
        let bytes = std::fs::read(&path).expect("whole under its own name");
        assert_eq!(bytes.len(), telephony::media::wav::WAV_HEADER + 16_000);
        assert_eq!(bytes[..telephony::media::wav::WAV_HEADER], telephony::media::wav::header(8_000));
    }

    #[test]
    fn a_recording_does_not_leave_its_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let sounds = Sounds::read(folder.path(), Some(folder.path().join("kept"))).expect("made");
        assert_eq!(sounds.recording("call_1-message"), Ok(folder.path().join("kept/call_1-message.wav")));
        assert!(sounds.recording("../call_1").is_err());
    }
}
