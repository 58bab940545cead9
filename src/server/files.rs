//! Where the house keeps what is not in the database: photographs, and the keys of the clients' links and of push notices.

use crate::settings::Settings;
use anyhow::{Context, bail};
use push::VapidKey;
use rand::{TryRngCore, rngs::OsRng};
use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The folder of the files: the one that is set, or `files` beside an embedded store, or, for a store in memory, a
/// folder that nobody else has.
pub fn folder(settings: &Settings) -> PathBuf {
    if let Some(set) = &settings.store.files {
        return set.clone();
    }
    let embedded = settings.store.url.strip_prefix("surrealkv://").and_then(|rest| rest.split('?').next());
    match embedded.and_then(|store| Path::new(store).parent()) {
        Some(beside) => beside.join("files"),
        None => std::env::temp_dir().join(format!("callout-files-{}", std::process::id())),
    }
}

/// The key that signs clients' links; drawn once and kept where only the owner of the process reads it.
///
/// # Errors
/// The folder cannot be written, or the key in it is not 32 bytes.
pub fn link_key(folder: &Path) -> anyhow::Result<[u8; 32]> {
    let bytes = kept(&folder.join("links.key"), || {
        let mut key = [0; 32];
        OsRng.try_fill_bytes(&mut key).context("the system gives no random bytes")?;
        Ok(key.to_vec())
    })?;
    match bytes.try_into() {
        Ok(key) => Ok(key),
        Err(bytes) => {
            let path = folder.join("links.key");
            bail!("`{}` has `{}` bytes: expected 32", path.display(), Vec::<u8>::len(&bytes))
        }
    }
}

/// The key that push services know us by; drawn once. Who changes it makes every phone subscribe anew.
///
/// # Errors
/// The folder cannot be written, or there is no key in the file.
pub fn push_key(folder: &Path) -> anyhow::Result<VapidKey> {
    let path = folder.join("push.key");
    let bytes = kept(&path, || Ok(VapidKey::draw()?))?;
    VapidKey::read(&bytes).with_context(|| format!("`{}`", path.display()))
}

/// What a file holds; drawn and kept for the owner of the process alone when there is none.
fn kept(path: &Path, draw: impl FnOnce() -> anyhow::Result<Vec<u8>>) -> anyhow::Result<Vec<u8>> {
    match fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let drawn = draw()?;
            write(path, &drawn)?;
            Ok(drawn)
        }
        Err(error) => Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().context("a file has a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = opened.with_context(|| format!("cannot make `{}`", path.display()))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_drawn_once_for_the_owner_alone_and_a_broken_one_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let first = link_key(folder.path()).expect("drawn");
        assert_eq!(link_key(folder.path()).expect("read"), first);
        let path = folder.path().join("links.key");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        fs::write(&path, b"short").expect("written");
        assert!(link_key(folder.path()).expect_err("broken").to_string().contains("expected 32"));
    }

    #[test]
    fn phones_know_us_by_the_same_key_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = push_key(folder.path()).expect("drawn").public();
        assert_eq!(push_key(folder.path()).expect("read").public(), first);
        fs::write(folder.path().join("push.key"), b"short").expect("written");
        let broken = format!("{:#}", push_key(folder.path()).expect_err("broken"));
        assert!(broken.contains("push.key") && broken.contains("P-256"), "{broken}");
    }
}
