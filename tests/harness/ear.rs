//! The mouth and the ear of a caller whose signalling is done by somebody else: speaks a tone to whoever speaks to
//! it, and remembers what it hears.

use anyhow::Context;
use std::{net::IpAddr, time::Duration};
use telephony::{Audio, Heard, phone::talk::Talk};
use tokio::task::JoinHandle;

/// A share of a tone in the last second above which it is heard for certain.
const CERTAIN: f64 = 0.5;
/// Audio that has not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(30);

/// An audio port that lives as long as this does.
pub struct Ear {
    /// The port at `127.0.0.1`.
    pub port: u16,
    heard: Box<dyn Fn() -> Heard + Send + Sync>,
    living: JoinHandle<()>,
}

impl Ear {
    /// Opens a port that answers with a tone of so many hertz.
    pub async fn open(hertz: f64) -> anyhow::Result<Self> {
        let mut talk = Talk::open(IpAddr::from([127, 0, 0, 1]), Audio::Tone(hertz)).await?;
        let (port, memory) = (talk.local()?.port(), talk.heard());
        let living = tokio::spawn(async move {
            let mut every = tokio::time::interval(Duration::from_millis(20));
            loop {
                tokio::select! {
                    _ = every.tick() => talk.speak().await,
                    from = talk.listen() => if from.is_some() { talk.connect(from) },
                }
            }
        });
        Ok(Self { port, heard: Box::new(move || memory.lock().clone()), living })
    }
    /// Waits until a tone fills most of a second of what is heard; gives its share.
    pub async fn hears(&self, hertz: f64) -> anyhow::Result<f64> {
        // Only what is heard from now on counts, and a full second of it: a burst would prove nothing.
        let before = (self.heard)().packets;
        let until = async {
            let mut every = tokio::time::interval(Duration::from_millis(20));
            loop {
                every.tick().await;
                let heard = (self.heard)();
                if heard.packets > before + 50 && heard.tone(hertz) > CERTAIN {
                    return heard.tone(hertz);
                }
            }
        };
        tokio::time::timeout(PATIENCE, until).await.with_context(|| {
            let heard = (self.heard)();
            format!(
                "no {hertz} Hz: {} packets, share {:.2}, loudness {:.0}",
                heard.packets,
                heard.tone(hertz),
                heard.loudness()
            )
        })
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.living.abort();
    }
}
