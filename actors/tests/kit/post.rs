//! Other programmes: keep what is posted to them, and answer as a test wants.

use crate::kit::bell::Bell;
use domain::{
    hooks::parcel::{Heard, HookPost, Parcel},
    ports::Later,
    refusal::Refusal,
};
use parking_lot::Mutex;
use serde_json::Value;
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// The other side.
#[derive(Debug)]
pub struct PaperPost {
    bell: Arc<Bell>,
    taken: Mutex<Vec<Parcel>>,
    answers: Mutex<VecDeque<Heard>>,
    slow: Mutex<Duration>,
    drawn: AtomicU32,
}

/// An answer with a status.
pub fn answer(status: u16) -> Heard {
    Heard { status: Some(status), ..Heard::default() }
}

impl PaperPost {
    /// One that takes everything at once.
    pub fn new(bell: Arc<Bell>) -> Self {
        Self {
            bell,
            taken: Mutex::default(),
            answers: Mutex::default(),
            slow: Mutex::default(),
            drawn: AtomicU32::new(0),
        }
    }
    /// What the next parcels are answered with, in this order; then everything is taken.
    pub fn answers(&self, answers: impl IntoIterator<Item = Heard>) {
        self.answers.lock().extend(answers);
    }
    /// From now on every answer takes so long.
    pub fn is_slow(&self, by: Duration) {
        *self.slow.lock() = by;
    }
    /// What was posted, oldest first, whatever was answered.
    pub fn posted(&self) -> Vec<(String, Value)> {
        let read = |it: &Parcel| (it.url.clone(), serde_json::from_str(&it.body).expect("JSON"));
        self.taken.lock().iter().map(read).collect()
    }
    /// What each of them was signed with.
    pub fn secrets(&self) -> Vec<Vec<String>> {
        self.taken.lock().iter().map(|it| it.secrets.clone()).collect()
    }
    /// The kinds of what was posted.
    pub fn kinds(&self) -> Vec<String> {
        let kind = |(_, event): (String, Value)| event["kind"].as_str().expect("a kind").to_owned();
        self.posted().into_iter().map(kind).collect()
    }
}

impl HookPost for PaperPost {
    fn draw(&self) -> Result<String, Refusal> {
        Ok(format!("whsec_{}", self.drawn.fetch_add(1, Ordering::SeqCst)))
    }
    fn check(&self, url: &str) -> Result<(), Refusal> {
        match url.starts_with("https://") {
            true => Ok(()),
            false => Err(Refusal::invalid("url", format!("`{url}`: expected `https://`"))),
        }
    }
    fn post(&self, parcel: Parcel) -> Later<Heard> {
        self.taken.lock().push(parcel);
        let heard = self.answers.lock().pop_front().unwrap_or_else(|| answer(200));
        let slow = *self.slow.lock();
        self.bell.ring();
        Box::pin(async move {
            tokio::time::sleep(slow).await;
            heard
        })
    }
}
