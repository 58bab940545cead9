//! The bell: rung by every port when something happens, so that a test waits for events and never sleeps.

use std::time::Duration;
use tokio::sync::Notify;

/// How long a test waits on the paused clock before it says that nothing came.
const LONGEST: Duration = Duration::from_secs(3600);

/// One bell for all ports of a branch.
#[derive(Debug, Default)]
pub struct Bell(Notify);

impl Bell {
    /// Something has happened.
    pub fn ring(&self) {
        self.0.notify_waiters();
    }
    /// Looks again at every ring until there is something.
    ///
    /// # Panics
    /// When nothing came within an hour of the paused clock; `what` says what was waited for.
    pub async fn until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let waited = async {
            loop {
                let heard = self.0.notified();
                tokio::pin!(heard);
                heard.as_mut().enable();
                if let Some(found) = look() {
                    return found;
                }
                heard.await;
            }
        };
        match tokio::time::timeout(LONGEST, waited).await {
            Ok(found) => found,
            Err(_) => panic!("waited an hour for {what}: it did not come"),
        }
    }
}
