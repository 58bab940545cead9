//! Recordings as files of the folder that calls are recorded into.

use crate::sounds::Sounds;
use domain::{
    ports::{Later, LaterPart, Recordings},
    refusal::Refusal,
};
use std::{
    io::{ErrorKind, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

/// The folder.
#[derive(Clone)]
pub struct Tapes {
    sounds: Sounds,
}

impl Tapes {
    /// The folder that these sounds name.
    pub fn new(sounds: Sounds) -> Self {
        Self { sounds }
    }
    /// Does something to a file on a thread that may wait for the disk.
    fn on_disk<T: Send + 'static>(
        &self,
        name: &str,
        deed: impl FnOnce(PathBuf) -> std::io::Result<T> + Send + 'static,
    ) -> Later<Result<T, Refusal>> {
        let (path, name) = (self.sounds.recording(name), name.to_owned());
        Box::pin(async move {
            let path = path?;
            let done = tokio::task::spawn_blocking(move || deed(path)).await;
            let done = done.map_err(|error| Refusal::unavailable(error.to_string()))?;
            done.map_err(|error| match error.kind() {
                ErrorKind::NotFound => Refusal::unknown("recording", name),
                _ => Refusal::unavailable(format!("the recording `{name}`: {error}")),
            })
        })
    }
}

impl Recordings for Tapes {
    fn length(&self, name: &str) -> Later<Result<u64, Refusal>> {
        self.on_disk(name, |path| Ok(std::fs::metadata(path)?.len()))
    }
    fn read(&self, name: &str, from: u64, most: usize) -> Later<Result<Vec<u8>, Refusal>> {
        self.on_disk(name, move |path| {
            let mut file = std::fs::File::open(path)?;
            file.seek(SeekFrom::Start(from))?;
            let mut piece = Vec::new();
            file.take(most as u64).read_to_end(&mut piece)?;
            Ok(piece)
        })
    }
    fn later_parts(&self, name: &str) -> Later<Result<Vec<LaterPart>, Refusal>> {
        let first = name.to_owned();
        self.on_disk(name, move |path| {
            let parts = later_parts(&path)?.into_iter();
            let mut parts: Vec<LaterPart> =
                parts.map(|(begun, _)| LaterPart { begun, name: format!("{first}-{begun}") }).collect();
            parts.sort();
            Ok(parts)
        })
    }
    fn remove(&self, name: &str) -> Later<Result<(), Refusal>> {
        self.on_disk(name, |path| {
            for file in later_parts(&path)?.into_iter().map(|(_, file)| file).chain([path]) {
                match std::fs::remove_file(file) {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            Ok(())
        })
    }
}

/// What was recorded of the same call after a stop of the house: `NAME-SECONDS.wav` beside `NAME.wav`; when, and where.
fn later_parts(path: &Path) -> std::io::Result<Vec<(i64, PathBuf)>> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_stem().and_then(|name| name.to_str())) else {
        return Ok(Vec::new());
    };
    let mut parts = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let file = entry?.path();
        let whole = file.extension().is_some_and(|ending| ending == "wav");
        let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let seconds = stem.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        let seconds = seconds.filter(|text| text.chars().all(|letter| letter.is_ascii_digit()));
        if let Some(begun) = seconds.filter(|_| whole).and_then(|text| text.parse().ok()) {
            parts.push((begun, file));
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::refusal::RefusalKind;

    #[tokio::test]
    async fn a_recording_is_read_in_pieces_and_removed_once_and_for_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let sounds =
            Sounds::read(std::path::Path::new("/nowhere"), Some(folder.path().to_owned())).expect("made");
        let tapes = Tapes::new(sounds);
        std::fs::write(folder.path().join("call_1.wav"), b"0123456789").expect("written");
        assert_eq!(tapes.length("call_1").await, Ok(10));
        assert_eq!(tapes.read("call_1", 3, 4).await, Ok(b"3456".to_vec()));
        assert_eq!(tapes.read("call_1", 8, 4).await, Ok(b"89".to_vec()));
        for other in ["call_1-1790000000", "call_1-message", "call_12-1790000000"] {
            std::fs::write(folder.path().join(format!("{other}.wav")), b"0").expect("written");
        }
        std::fs::write(folder.path().join("call_1-1780000000.wav"), b"0").expect("written");
        let part = |begun: i64| LaterPart { begun, name: format!("call_1-{begun}") };
        assert_eq!(tapes.later_parts("call_1").await, Ok(vec![part(1_780_000_000), part(1_790_000_000)]));
        assert_eq!(tapes.later_parts("call_12").await.map(|parts| parts.len()), Ok(1));
        for _ in 0..2 {
            assert_eq!(tapes.remove("call_1").await, Ok(()));
        }
        assert!(tapes.length("call_1-1790000000").await.is_err(), "a part of it is gone as well");
        assert_eq!(tapes.length("call_1-message").await, Ok(1));
        assert_eq!(tapes.length("call_12-1790000000").await, Ok(1));
        assert_eq!(tapes.length("call_1").await.expect_err("gone").kind, RefusalKind::Unknown);
        assert_eq!(tapes.length("../links").await.expect_err("no name").kind, RefusalKind::Invalid);
    }
}
