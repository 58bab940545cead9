//! Photographs and signatures as files beside the database: each under the SHA-256 of its bytes, never changed.
//!
//! A part grows in `NAME.part`; every piece is synced before it is answered. The last piece is hashed with the whole,
//! and only what its name says is moved to its place, so a reader never meets half a file.

use domain::{
    ports::{BlobError, Blobs, Held, Later},
    visits::proof::BlobName,
};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Read, Seek, SeekFrom, Write},
    path::PathBuf,
    sync::Arc,
};

/// The longest file, in bytes.
pub const LONGEST_BLOB: u64 = 8 << 20;

/// Files in a folder, which is made with the first of them.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: Arc<PathBuf>,
    /// The longest file that it takes, in bytes.
    most: u64,
    /// One writer to a name at a time.
    writers: Arc<Mutex<HashMap<BlobName, Arc<Mutex<()>>>>>,
}

fn disk(error: std::io::Error) -> BlobError {
    BlobError::Disk(error.to_string())
}

impl Shelf {
    /// A shelf in a folder; nothing is touched yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Arc::new(folder.into()), most: LONGEST_BLOB, writers: Arc::default() }
    }
    /// The same shelf for files of at most so many bytes.
    #[must_use]
    pub fn holding(self, most: u64) -> Self {
        Self { most, ..self }
    }
    /// Two levels, so that no folder grows without end.
    fn place(&self, name: &BlobName) -> PathBuf {
        self.folder.join(&name.as_str()[..2]).join(name.as_str())
    }
    fn part(&self, name: &BlobName) -> PathBuf {
        self.place(name).with_extension("part")
    }
    fn length(path: &std::path::Path) -> Result<Option<u64>, BlobError> {
        match fs::metadata(path) {
            Ok(found) => Ok(Some(found.len())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(disk(error)),
        }
    }
    fn measure(&self, name: &BlobName) -> Result<Held, BlobError> {
        if let Some(bytes) = Self::length(&self.place(name))? {
            return Ok(Held { bytes, whole: true });
        }
        let part = Self::length(&self.part(name))?;
        part.map(|bytes| Held { bytes, whole: false }).ok_or_else(|| BlobError::Unknown(name.clone()))
    }
    fn add(&self, name: &BlobName, from: u64, total: u64, piece: &[u8]) -> Result<Held, BlobError> {
        let end = from.saturating_add(piece.len() as u64);
        if total == 0 || total > self.most || end > total {
            let most = if total > self.most { self.most } else { total };
            return Err(BlobError::TooLong { bytes: end.max(total), most });
        }
        let held = match self.measure(name) {
            Ok(held) if held.whole => return Ok(held),
            Ok(held) => held.bytes,
            Err(BlobError::Unknown(_)) => 0,
            Err(other) => return Err(other),
        };
        if from > held {
            return Err(BlobError::Gap { from, held });
        }
        let (place, part) = (self.place(name), self.part(name));
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).map_err(disk)?;
        }
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&part);
        let mut file = opened.map_err(disk)?;
        if end > held {
            file.seek(SeekFrom::Start(from)).map_err(disk)?;
            file.write_all(piece).map_err(disk)?;
            file.sync_all().map_err(disk)?;
        }
        let bytes = end.max(held);
        if bytes < total {
            return Ok(Held { bytes, whole: false });
        }
        if !Self::is_named(&mut file, name)? {
            fs::remove_file(&part).map_err(disk)?;
            return Err(BlobError::Corrupt(name.clone()));
        }
        fs::rename(&part, &place).map_err(disk)?;
        // The new name is on the disk when its folder is.
        if let Some(folder) = place.parent() {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(disk)?;
        }
        Ok(Held { bytes, whole: true })
    }
    fn is_named(file: &mut File, name: &BlobName) -> Result<bool, BlobError> {
        file.seek(SeekFrom::Start(0)).map_err(disk)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(disk)?;
        Ok(crate::schema::hex(&Sha256::digest(&bytes)) == name.as_str())
    }
    fn there<T: Send + 'static>(
        work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
    ) -> Later<Result<T, BlobError>> {
        let task = tokio::task::spawn_blocking(work);
        Box::pin(async move { task.await.unwrap_or_else(|error| Err(BlobError::Disk(error.to_string()))) })
    }
}

impl Blobs for Shelf {
    fn held(&self, name: &BlobName) -> Later<Result<Held, BlobError>> {
        let (shelf, name) = (self.clone(), name.clone());
        Self::there(move || shelf.measure(&name))
    }
    fn append(
        &self,
        name: &BlobName,
        from: u64,
        total: u64,
        piece: Vec<u8>,
    ) -> Later<Result<Held, BlobError>> {
        let (shelf, name) = (self.clone(), name.clone());
        let turn = Arc::clone(self.writers.lock().entry(name.clone()).or_default());
        Self::there(move || {
            let added = {
                let _mine = turn.lock();
                shelf.add(&name, from, total, &piece)
            };
            drop(turn);
            let mut writers = shelf.writers.lock();
            if writers.get(&name).is_some_and(|turn| Arc::strong_count(turn) == 1) {
                writers.remove(&name);
            }
            added
        })
    }
    fn read(&self, name: &BlobName) -> Later<Result<Vec<u8>, BlobError>> {
        let (shelf, name) = (self.clone(), name.clone());
        Self::there(move || match fs::read(shelf.place(&name)) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(BlobError::Unknown(name)),
            Err(error) => Err(disk(error)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(bytes: &[u8]) -> BlobName {
        crate::schema::hex(&Sha256::digest(bytes)).parse().expect("a hash")
    }

    #[tokio::test]
    async fn a_file_comes_in_pieces_goes_on_where_it_ended_and_comes_twice() {
        let folder = tempfile::tempdir().expect("a folder");
        let bytes: Vec<u8> = (0..100_000u32).map(|n| n as u8).collect();
        let name = named(&bytes);
        let shelf = Shelf::new(folder.path());
        assert_eq!(shelf.held(&name).await, Err(BlobError::Unknown(name.clone())));
        let first = shelf.append(&name, 0, 100_000, bytes[..60_000].to_vec()).await;
        assert_eq!(first, Ok(Held { bytes: 60_000, whole: false }));
        assert!(shelf.read(&name).await.is_err(), "half a file is not read");
        // Another process goes on: what was answered is on the disk. A piece that overlaps is taken as said.
        let shelf = Shelf::new(folder.path());
        let gap = shelf.append(&name, 70_000, 100_000, bytes[70_000..].to_vec()).await;
        assert_eq!(gap, Err(BlobError::Gap { from: 70_000, held: 60_000 }));
        let whole = Held { bytes: 100_000, whole: true };
        assert_eq!(shelf.append(&name, 50_000, 100_000, bytes[50_000..].to_vec()).await, Ok(whole));
        assert_eq!(shelf.append(&name, 0, 100_000, bytes[..9].to_vec()).await, Ok(whole));
        assert_eq!(shelf.read(&name).await, Ok(bytes));
    }

    #[tokio::test]
    async fn bytes_that_are_not_what_the_name_says_are_thrown_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let (shelf, name) = (Shelf::new(folder.path()), named(b"right"));
        assert_eq!(shelf.append(&name, 0, 5, b"wrong".to_vec()).await, Err(BlobError::Corrupt(name.clone())));
        assert_eq!(shelf.held(&name).await, Err(BlobError::Unknown(name.clone())));
        let right = shelf.append(&name, 0, 5, b"right".to_vec()).await;
        assert_eq!(right, Ok(Held { bytes: 5, whole: true }));
        let long = shelf.append(&named(b"x"), 0, LONGEST_BLOB + 1, vec![0]).await;
        assert!(matches!(long, Err(BlobError::TooLong { .. })), "{long:?}");
    }
}
