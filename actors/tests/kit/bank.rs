//! A bank that answers from paper: every QR is the payment's own id.

use domain::{
    billing::payment::FastPayments,
    ports::Later,
    values::{id::PaymentId, money::Money},
};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The bank, and what was asked of it.
#[derive(Debug, Default)]
pub struct PaperBank {
    asked: Mutex<Vec<Money>>,
    closed: AtomicBool,
}

impl PaperBank {
    /// From now on nothing is registered.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }
    /// The sums for which a QR was asked.
    pub fn asked(&self) -> Vec<Money> {
        self.asked.lock().clone()
    }
}

impl FastPayments for PaperBank {
    fn register(&self, payment: PaymentId, sum: Money) -> Later<Result<String, String>> {
        self.asked.lock().push(sum);
        let closed = self.closed.load(Ordering::SeqCst);
        let answer = if closed { Err("the bank is closed".to_owned()) } else { Ok(format!("qr:{payment}")) };
        Box::pin(std::future::ready(answer))
    }
}

/// Makes passwords by number and keeps them in clear, for tests to read.
#[derive(Debug, Default)]
pub struct Notebook(std::sync::atomic::AtomicU32);

impl domain::access::secrets::Secrets for Notebook {
    fn fresh(&self) -> String {
        format!("fresh-password-{}", self.0.fetch_add(1, Ordering::SeqCst))
    }
    fn hashed(&self, password: String) -> Later<String> {
        Box::pin(std::future::ready(format!("hash of {password}")))
    }
}
