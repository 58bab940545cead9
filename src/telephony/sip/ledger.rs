//! What stands on the line, written to a file as it changes, so that a killed process takes up its calls.
//!
//! One JSON line for every change, handed to the system before the change is told to anybody. It is not forced to the
//! disk: a process that is killed leaves it whole, and a machine that loses its power loses its callers with it.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::line::LegId;
use crate::sip::kept::KeptLeg;
use crate::trace::Carrier;

/// A file that grew beyond this, and beyond four times of what lives in it, is written anew.
const WORTH_IT: usize = 4 << 20;

/// An INVITE of ours that nobody answered yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptInvite {
    /// Call-ID.
    pub call_id: String,
    /// The request as it was sent.
    pub invite: String,
    /// Where to.
    pub to: SocketAddr,
    /// How.
    #[serde(default)]
    pub carrier: Carrier,
}

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Leg(KeptLeg),
    LegOver(u64),
    Invite(KeptInvite),
    InviteOver(String),
}

/// What a former process left.
#[derive(Debug, Default)]
pub struct Left {
    /// Legs.
    pub legs: Vec<KeptLeg>,
    /// Attempts to reach somebody.
    pub invites: Vec<KeptInvite>,
}

/// The file.
#[derive(Debug)]
pub struct Ledger(Mutex<Option<Book>>);

#[derive(Debug)]
struct Book {
    path: PathBuf,
    file: File,
    legs: HashMap<u64, String>,
    invites: HashMap<String, String>,
    /// Bytes in the file, and of them those of lines that still count.
    written: usize,
    living: usize,
}

impl Ledger {
    /// Nothing is written down: calls end with the process.
    pub fn none() -> Self {
        Self(Mutex::new(None))
    }

    /// Opens the file and reads what a former process left; a line torn by its end counts as not written.
    pub fn open(path: &Path) -> std::io::Result<(Self, Left)> {
        let text = match std::fs::read(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let left = read(&text);
        let mut book = Book {
            path: path.to_owned(),
            file: private(path)?,
            legs: HashMap::new(),
            invites: HashMap::new(),
            written: 0,
            living: 0,
        };
        // attempts are ended, not taken up: only legs go over into the new file
        for leg in &left.legs {
            if let Some(line) = text_of(&Line::Leg(leg.clone())) {
                book.living += line.len();
                book.legs.insert(leg.leg, line);
            }
        }
        book.rewrite()?;
        Ok((Self(Mutex::new(Some(book))), left))
    }

    /// Whether anything is written down at all.
    pub fn is_kept(&self) -> bool {
        self.0.lock().is_some()
    }

    /// A leg is so now.
    pub fn keep(&self, leg: KeptLeg) {
        self.with(|book| book.leg(leg));
    }

    /// A leg is over.
    pub fn forget(&self, leg: LegId) {
        self.with(|book| match book.legs.remove(&leg.0) {
            Some(line) => book.over(&line, &Line::LegOver(leg.0)),
            None => Ok(()),
        });
    }

    /// An INVITE of ours goes out.
    pub fn dialled(&self, invite: KeptInvite) {
        self.with(|book| {
            let call_id = invite.call_id.clone();
            let Some(line) = text_of(&Line::Invite(invite)) else { return Ok(()) };
            book.append(&line)?;
            book.living += line.len();
            if let Some(before) = book.invites.insert(call_id, line) {
                book.living -= before.len();
            }
            Ok(())
        });
    }

    /// An INVITE of ours came to its end.
    pub fn reached(&self, call_id: &str) {
        self.with(|book| match book.invites.remove(call_id) {
            Some(line) => book.over(&line, &Line::InviteOver(call_id.to_owned())),
            None => Ok(()),
        });
    }

    fn with(&self, write: impl FnOnce(&mut Book) -> std::io::Result<()>) {
        let mut book = self.0.lock();
        let Some(open) = book.as_mut() else { return };
        let written = write(open).and_then(|()| open.tidy());
        if let Err(error) = written {
            // the calls go on; a file that cannot be trusted is worse than none
            tracing::error!(%error, path = %open.path.display(), "calls are no longer written down");
            *book = None;
        }
    }
}

impl Book {
    fn leg(&mut self, leg: KeptLeg) -> std::io::Result<()> {
        let number = leg.leg;
        let Some(line) = text_of(&Line::Leg(leg)) else { return Ok(()) };
        self.append(&line)?;
        self.living += line.len();
        if let Some(before) = self.legs.insert(number, line) {
            self.living -= before.len();
        }
        Ok(())
    }

    fn over(&mut self, line: &str, end: &Line) -> std::io::Result<()> {
        self.living -= line.len();
        text_of(end).map_or(Ok(()), |end| self.append(&end))
    }

    fn append(&mut self, line: &str) -> std::io::Result<()> {
        self.written += line.len();
        self.file.write_all(line.as_bytes())
    }

    fn tidy(&mut self) -> std::io::Result<()> {
        if self.written > WORTH_IT && self.written > 4 * self.living { self.rewrite() } else { Ok(()) }
    }

    /// Writes what counts into a new file that takes the place of the old one.
    fn rewrite(&mut self) -> std::io::Result<()> {
        let beside = self.path.with_extension("new");
        let mut file = private(&beside)?;
        let whole: String = self.legs.values().chain(self.invites.values()).map(String::as_str).collect();
        file.set_len(0)?;
        file.write_all(whole.as_bytes())?;
        std::fs::rename(&beside, &self.path)?;
        (self.file, self.written) = (file, whole.len());
        Ok(())
    }
}

/// A file for our eyes alone: it holds numbers of callers and keys of their audio.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn text_of(line: &Line) -> Option<String> {
    let mut text = serde_json::to_string(line)
        .inspect_err(|error| tracing::error!(%error, "a leg could not be written down"))
        .ok()?;
    text.push('\n');
    Some(text)
}

fn read(text: &str) -> Left {
    let (mut legs, mut invites) = (HashMap::new(), HashMap::new());
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        match serde_json::from_str::<Line>(line) {
            Ok(Line::Leg(leg)) => drop(legs.insert(leg.leg, leg)),
            Ok(Line::LegOver(leg)) => drop(legs.remove(&leg)),
            Ok(Line::Invite(invite)) => drop(invites.insert(invite.call_id.clone(), invite)),
            Ok(Line::InviteOver(call_id)) => drop(invites.remove(&call_id)),
            Err(error) => tracing::warn!(%error, "a line of the calls' file cannot be read"),
        }
    }
    let mut legs: Vec<KeptLeg> = legs.into_values().collect();
    legs.sort_by_key(|leg| leg.leg);
    Left { legs, invites: invites.into_values().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::kept::KeptGround;

    fn leg(number: u64) -> KeptLeg {
        let ground = KeptGround::Browser { session: "maria".to_owned(), answered: number > 1 };
        KeptLeg { leg: number, label: "call/maria".to_owned(), ground }
    }

    fn path(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("callout-ledger-{name}-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        path
    }

    #[test]
    fn what_stands_is_read_again_and_what_is_over_is_not() {
        let path = path("again");
        let (ledger, left) = Ledger::open(&path).unwrap();
        assert!(left.legs.is_empty() && left.invites.is_empty());
        let to = ([10, 0, 0, 1], 5_060).into();
        let invite = |id: &str| KeptInvite {
            call_id: id.to_owned(),
            invite: "INVITE\r\n".to_owned(),
            to,
            carrier: Carrier::Udp,
        };
        (1..=3).for_each(|n| ledger.keep(leg(n)));
        ledger.dialled(invite("a"));
        ledger.dialled(invite("b"));
        ledger.forget(LegId(2));
        ledger.reached("a");
        drop(ledger);
        let (ledger, left) = Ledger::open(&path).unwrap();
        assert_eq!(left.legs, [leg(1), leg(3)]);
        assert_eq!(left.invites, [invite("b")]);
        drop(ledger);
        let (_, left) = Ledger::open(&path).unwrap();
        assert_eq!((left.legs.len(), left.invites.len()), (2, 0), "attempts are ended once");
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_torn_line_counts_as_not_written() {
        let path = path("torn");
        let (ledger, _) = Ledger::open(&path).unwrap();
        ledger.keep(leg(1));
        drop(ledger);
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str(r#"{"leg_over":"#);
        std::fs::write(&path, text).unwrap();
        let (ledger, left) = Ledger::open(&path).unwrap();
        assert_eq!(left.legs, [leg(1)]);
        ledger.keep(leg(9));
        drop(ledger);
        let (_, left) = Ledger::open(&path).unwrap();
        assert_eq!(left.legs, [leg(1), leg(9)], "what follows a torn line is read");
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_long_day_does_not_make_a_long_file() {
        let path = path("long");
        let (ledger, _) = Ledger::open(&path).unwrap();
        ledger.keep(leg(7));
        for n in 10..60_000 {
            ledger.keep(leg(n));
            ledger.forget(LegId(n));
        }
        let size = std::fs::metadata(&path).unwrap().len();
        assert!(size < 2 * WORTH_IT as u64, "{size} bytes for one leg");
        drop(ledger);
        let (_, left) = Ledger::open(&path).unwrap();
        assert_eq!(left.legs, [leg(7)]);
        std::fs::remove_file(path).unwrap();
    }
}
