//! What callers hear and what is recorded: prompts that are built in, a folder whose files replace them one by one, and
//! a folder of recordings.

use anyhow::Context;
use domain::refusal::Refusal;
use rust_embed::Embed;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The prompts that are spoken by a machine from `config/prompts/ru.txt` (`scripts/prompts.sh`).
#[derive(Embed)]
#[folder = "../../config/prompts/ru"]
struct BuiltIn;

/// The prompts by name, and where recordings go.
#[derive(Clone, Default)]
pub struct Sounds {
    prompts: Arc<HashMap<String, Arc<[u8]>>>,
    recordings: Option<PathBuf>,
}

impl Sounds {
    /// The built-in prompts, and every `NAME.wav` of a folder in the place of the one of that name; a folder that is
    /// not there replaces none. Recordings that a stop of the house
    /// cut off are made whole, as far as they reached the disk.
    ///
    /// # Errors
    /// A prompt cannot be read, or the folder of recordings cannot be made or looked through.
    pub fn read(prompts: &Path, recordings: Option<PathBuf>) -> anyhow::Result<Self> {
        let mut known: HashMap<String, Arc<[u8]>> = HashMap::new();
        for file in BuiltIn::iter() {
            if let (Some(name), Some(sound)) = (file.strip_suffix(".wav"), BuiltIn::get(&file)) {
                known.insert(name.to_owned(), sound.data.as_ref().into());
            }
        }
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
    /// The names of all prompts, in order.
    pub fn prompts(&self) -> Vec<String> {
        let mut names: Vec<String> = self.prompts.keys().cloned().collect();
        names.sort();
        names
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

    /// States of a visit and of a request, as the wire has them.
    const VISITS: [&str; 16] = [
        "unplanned",
        "planned",
        "confirmed",
        "dispatched",
        "accepted",
        "en_route",
        "on_site",
        "working",
        "paused",
        "completed",
        "incomplete",
        "no_show",
        "cancelled",
        "verified",
        "disputed",
        "draft",
    ];
    const REQUESTS: [&str; 9] = [
        "registered",
        "booked",
        "to_workshop",
        "in_work",
        "on_hold",
        "resolved",
        "closed",
        "rejected",
        "merged",
    ];

    #[test]
    fn the_files_of_a_folder_replace_the_prompts_that_are_built_in() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("notice.wav"), b"RIFF").expect("written");
        std::fs::write(folder.path().join("notes.txt"), b"-").expect("written");
        let sounds = Sounds::read(folder.path(), None).expect("read");
        assert_eq!(sounds.prompt("notice").as_deref(), Ok(b"RIFF".as_slice()));
        assert!(sounds.prompt("notes").is_err() && sounds.recording("call_1").is_err());
        let ours = Sounds::read(Path::new("/nowhere"), None).expect("built in");
        assert_eq!(sounds.prompt("goodbye"), ours.prompt("goodbye"));
        assert_ne!(sounds.prompt("notice"), ours.prompt("notice"));
    }

    /// A-law, mono, 8 kHz, with sound in it: what the switchboard plays without a thought.
    #[test]
    fn whatever_the_reception_says_has_a_prompt() {
        let ours = Sounds::read(Path::new("/nowhere"), None).expect("built in");
        let spoken =
            ["notice", "main", "closed", "voicemail", "offer_callback", "callback_promised", "goodbye"];
        let states = VISITS.iter().chain(&REQUESTS).map(|state| format!("status.{state}"));
        let times = (0..24).map(|hour| format!("hour.{hour}"));
        let minutes = (0..60).step_by(5).map(|minute| format!("minute.{minute}"));
        let rest = ["status.none", "status.at"].into_iter().chain(spoken).map(str::to_owned);
        for name in states.chain(times).chain(minutes).chain(rest) {
            let sound = ours.prompt(&name).unwrap_or_else(|refusal| panic!("{refusal}"));
            assert_eq!((&sound[..4], &sound[8..16]), (b"RIFF".as_slice(), b"WAVEfmt ".as_slice()), "{name}");
            let word = |at: usize| u16::from_le_bytes([sound[at], sound[at + 1]]);
            assert_eq!((word(20), word(22), word(24)), (6, 1, 8000), "{name}");
            assert!(sound.len() > 2_000, "{name} is silent");
        }
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
