//! A topic: rows by key, and the order in which keys changed, so that a reader can be told just what it missed.
//!
//! The ring holds keys only. Every frame brings its reader up to the head, and a row on the wire is always whole,
//! so what a key was in between is never needed.

use crate::live::bell::{Bell, Lane};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Text that is shared between connections.
pub(crate) type Text = axum::extract::ws::Utf8Bytes;

/// Where a reader is: after change `seq` of the incarnation `epoch`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    /// The topic's incarnation.
    pub(crate) epoch: Arc<str>,
    /// The last change the reader has.
    pub(crate) seq: u64,
}

/// What a reader is told next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// It has everything.
    Nothing,
    /// The frame that brings it to the head.
    Frame(Text),
    /// The incarnation it was reading is over; the frame says why.
    Over(Text),
}

/// Rows under keys, changed in one order for every reader.
#[derive(Debug)]
pub(crate) struct Topic {
    name: String,
    lane: Lane,
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    epoch: Arc<str>,
    /// Why the incarnation before this one ended.
    ended: String,
    /// The number of the last change.
    seq: u64,
    /// Rows as JSON text: written once, sent to many.
    rows: BTreeMap<Arc<str>, Arc<str>>,
    /// Keys of the last changes; the back is change `seq`.
    ring: VecDeque<Arc<str>>,
    /// Readers that have everything and wait for more; who is rung leaves the list until it has read again, so that
    /// a burst of changes costs each reader one ring.
    waiting: Vec<Arc<Waiter>>,
    readers: u64,
    /// The last delta that was written: readers in step share it.
    shared: Option<(u64, u64, Text)>,
    /// The snapshot of the head, while it is the head: who comes back in a crowd shares it.
    whole: Option<Text>,
}

/// A reader's place in the list of those who wait.
#[derive(Debug)]
struct Waiter {
    bell: Arc<Bell>,
    listed: AtomicBool,
}

/// Rows taken out under the lock, to be written outside of it.
type Taken = Vec<(Arc<str>, Option<Arc<str>>)>;

impl Topic {
    /// An empty topic; its ring holds `capacity` changes.
    pub(crate) fn new(name: &str, epoch: Arc<str>, capacity: usize) -> Self {
        let state = State {
            epoch,
            ended: String::new(),
            seq: 0,
            rows: BTreeMap::new(),
            ring: VecDeque::new(),
            waiting: Vec::new(),
            readers: 0,
            shared: None,
            whole: None,
        };
        Self { name: name.to_owned(), lane: Lane::of(name), capacity, state: Mutex::new(state) }
    }

    /// How soon its news go out.
    pub(crate) fn lane(&self) -> Lane {
        self.lane
    }

    /// The name its readers use: `agent` for `agent:operator_…`.
    pub(crate) fn public_name(&self) -> &str {
        self.name.split(':').next().unwrap_or(&self.name)
    }

    /// Rows, changes of this incarnation, and readers that are still there.
    pub(crate) fn tally(&self) -> (u64, u64, u64) {
        let state = self.state.lock();
        (state.rows.len() as u64, state.seq, state.readers)
    }

    /// Puts a row or takes it away; a change that changes nothing is no news.
    pub(crate) fn put(&self, key: &str, row: Option<String>) {
        let mut state = self.state.lock();
        let state = &mut *state;
        let same = state.rows.get(key).map(|kept| &**kept) == row.as_deref();
        if same {
            return;
        }
        let key: Arc<str> =
            state.rows.get_key_value(key).map_or_else(|| Arc::from(key), |(kept, _)| Arc::clone(kept));
        match row {
            Some(text) => state.rows.insert(Arc::clone(&key), Arc::from(text)),
            None => state.rows.remove(&key),
        };
        state.seq += 1;
        if state.ring.len() == self.capacity {
            state.ring.pop_front();
        }
        state.ring.push_back(key);
        state.whole = None;
        state.ring_readers(self.lane);
    }

    /// Begins a new incarnation without rows; readers are told `reason` and subscribe again.
    pub(crate) fn restart(&self, epoch: Arc<str>, reason: &str) {
        let mut state = self.state.lock();
        state.epoch = epoch;
        state.ended = reason.to_owned();
        state.seq = 0;
        state.rows.clear();
        state.ring.clear();
        (state.shared, state.whole) = (None, None);
        state.ring_readers(self.lane);
    }

    /// One row as it is.
    pub(crate) fn row(&self, key: &str) -> Option<String> {
        self.state.lock().rows.get(key).map(ToString::to_string)
    }

    /// All rows as they are.
    pub(crate) fn rows(&self) -> Vec<(String, String)> {
        let state = self.state.lock();
        state.rows.iter().map(|(key, row)| (key.to_string(), row.to_string())).collect()
    }

    fn enter(&self) {
        self.state.lock().readers += 1;
    }

    fn leave(&self, waiter: &Arc<Waiter>) {
        let mut state = self.state.lock();
        state.readers -= 1;
        if waiter.listed.load(Ordering::Relaxed) {
            state.waiting.retain(|listed| !Arc::ptr_eq(listed, waiter));
        }
    }

    /// Is everything after the position still known?
    fn continues(&self, at: &Position) -> bool {
        let state = self.state.lock();
        at.epoch == state.epoch && state.reaches(at.seq)
    }

    /// What a reader at `at` is told next, and where it is then. Whatever is told, the next change rings the reader.
    fn read(&self, at: Option<&Position>, waiter: &Arc<Waiter>) -> (News, Option<Position>) {
        let mut state = self.state.lock();
        if !waiter.listed.swap(true, Ordering::Relaxed) {
            state.waiting.push(Arc::clone(waiter));
        }
        let head = Position { epoch: Arc::clone(&state.epoch), seq: state.seq };
        let Some(at) = at else { return self.snapshot(state, head) };
        if at.epoch != state.epoch {
            let reason = state.ended.clone();
            drop(state);
            let frame = format!(
                r#"{{"t":"reset","topic":{},"reason":{}}}"#,
                quoted(self.public_name()),
                quoted(&reason)
            );
            return (News::Over(frame.into()), None);
        }
        if at.seq == state.seq {
            return (News::Nothing, Some(head));
        }
        if !state.reaches(at.seq) {
            return self.snapshot(state, head);
        }
        if let Some((from, seq, text)) = &state.shared
            && (*from, *seq) == (at.seq, state.seq)
        {
            return (News::Frame(text.clone()), Some(head));
        }
        let taken = state.since(at.seq);
        drop(state);
        let text = self.delta(at.seq, &head, &taken);
        let mut state = self.state.lock();
        if state.epoch == head.epoch && state.seq == head.seq {
            state.shared = Some((at.seq, head.seq, text.clone()));
        }
        (News::Frame(text), Some(head))
    }

    fn snapshot(
        &self,
        state: parking_lot::MutexGuard<'_, State>,
        head: Position,
    ) -> (News, Option<Position>) {
        if let Some(text) = &state.whole {
            return (News::Frame(text.clone()), Some(head));
        }
        let taken: Taken =
            state.rows.iter().map(|(key, row)| (Arc::clone(key), Some(Arc::clone(row)))).collect();
        drop(state);
        let (topic, epoch, seq) = (quoted(self.public_name()), quoted(&head.epoch), head.seq);
        let open = format!(r#"{{"t":"snap","topic":{topic},"epoch":{epoch},"seq":{seq},"rows":["#);
        let text = listed(open, &taken);
        let mut state = self.state.lock();
        if state.epoch == head.epoch && state.seq == head.seq {
            state.whole = Some(text.clone());
        }
        (News::Frame(text), Some(head))
    }

    fn delta(&self, from: u64, head: &Position, taken: &Taken) -> Text {
        let (topic, seq) = (quoted(self.public_name()), head.seq);
        listed(format!(r#"{{"t":"d","topic":{topic},"from":{from},"seq":{seq},"ops":["#), taken)
    }
}

impl State {
    /// Does the ring hold every change after `seq`?
    fn reaches(&self, seq: u64) -> bool {
        seq <= self.seq && self.seq - seq <= self.ring.len() as u64
    }

    /// Every key that changed after `seq`, once, with its row as it is now; the latest change is last.
    fn since(&self, seq: u64) -> Taken {
        let missed = usize::try_from(self.seq - seq).unwrap_or(usize::MAX);
        let mut seen = HashSet::new();
        let newest_first = self.ring.iter().rev().take(missed).filter(|key| seen.insert(Arc::clone(key)));
        let mut taken: Taken =
            newest_first.map(|key| (Arc::clone(key), self.rows.get(key).cloned())).collect();
        taken.reverse();
        taken
    }

    fn ring_readers(&mut self, lane: Lane) {
        for waiter in self.waiting.drain(..) {
            // Changed under the lock alone, as it is everywhere.
            waiter.listed.store(false, Ordering::Relaxed);
            waiter.bell.ring(lane);
        }
    }
}

/// One reader's place in a topic. Costs a few words however far behind the reader is.
#[derive(Debug)]
pub(crate) struct Cursor {
    topic: Arc<Topic>,
    waiter: Arc<Waiter>,
    at: Option<Position>,
}

impl Cursor {
    /// Begins after `since` when all that came later is known, else with a snapshot; `bell` rings on news.
    pub(crate) fn new(topic: Arc<Topic>, bell: &Arc<Bell>, since: Option<Position>) -> Self {
        topic.enter();
        let at = since.filter(|position| topic.continues(position));
        let waiter = Arc::new(Waiter { bell: Arc::clone(bell), listed: AtomicBool::new(false) });
        Self { topic, waiter, at }
    }
    /// Everything since the last time, folded per key into one frame.
    pub(crate) fn next(&mut self) -> News {
        let (news, at) = self.topic.read(self.at.as_ref(), &self.waiter);
        self.at = at;
        news
    }
    /// The lane of its topic.
    pub(crate) fn lane(&self) -> Lane {
        self.topic.lane()
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        self.topic.leave(&self.waiter);
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Closes a frame that is open at its list.
fn listed(mut frame: String, taken: &Taken) -> Text {
    frame.reserve(
        taken.iter().map(|(key, row)| key.len() + row.as_ref().map_or(4, |row| row.len()) + 8).sum(),
    );
    for (index, (key, row)) in taken.iter().enumerate() {
        frame.push_str(if index == 0 { "[" } else { ",[" });
        frame.push_str(&quoted(key));
        frame.push(',');
        frame.push_str(row.as_deref().unwrap_or("null"));
        frame.push(']');
    }
    frame.push_str("]}");
    frame.into()
}
