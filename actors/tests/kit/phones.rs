//! A push service that keeps what it was given, and answers as a test wants.

use domain::{
    ports::{Later, PushError, PushMessage, PushService},
    workforce::device::Device,
};
use parking_lot::Mutex;
use std::{collections::VecDeque, sync::Arc};

use crate::kit::bell::Bell;

/// The service.
#[derive(Debug)]
pub struct Phones {
    bell: Arc<Bell>,
    rung: Mutex<Vec<(String, PushMessage)>>,
    answers: Mutex<VecDeque<Result<(), PushError>>>,
}

impl Phones {
    /// One that takes everything.
    pub fn new(bell: Arc<Bell>) -> Self {
        Self { bell, rung: Mutex::default(), answers: Mutex::default() }
    }
    /// What the next messages are answered with, in this order.
    pub fn answers(&self, answers: impl IntoIterator<Item = Result<(), PushError>>) {
        self.answers.lock().extend(answers);
    }
    /// Addresses that were rung, oldest first, with the messages.
    pub fn rung(&self) -> Vec<(String, PushMessage)> {
        self.rung.lock().clone()
    }
}

impl PushService for Phones {
    fn key(&self) -> String {
        "key".into()
    }
    fn plain(&self) -> bool {
        false
    }
    fn send(&self, device: &Device, message: &PushMessage) -> Later<Result<(), PushError>> {
        self.rung.lock().push((device.endpoint.clone(), message.clone()));
        let answer = self.answers.lock().pop_front().unwrap_or(Ok(()));
        self.bell.ring();
        Box::pin(std::future::ready(answer))
    }
}
