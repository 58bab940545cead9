//! Session timers (RFC 4028): who keeps a call alive, and when it is given up.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Our times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimes {
    /// The shortest interval we agree to, in seconds.
    pub least: u32,
    /// What we ask for, in seconds.
    pub wanted: u32,
}

impl Default for SessionTimes {
    fn default() -> Self {
        Self { least: 90, wanted: 1_800 }
    }
}

/// What a message says of the session timer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// `Session-Expires`, in seconds.
    pub expires: Option<u32>,
    /// Its `refresher` parameter: whether it is the one that sent the request (`uac`).
    pub by_sender: Option<bool>,
    /// Whether `timer` is among what the sender supports or requires.
    pub supported: bool,
}

/// What both sides agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// The session ends if nothing refreshes it for so long.
    pub expires: u32,
    /// Whether we are to refresh it.
    pub ours: bool,
    /// Whether the other side knows of it: one that does not is never given up for its silence.
    pub mutual: bool,
}

impl Asked {
    /// Reads the values of `Session-Expires` (or `x`), `Supported` and `Require`.
    pub fn read(session: Option<&str>, supported: Option<&str>, required: Option<&str>) -> Self {
        let mut parts = session.unwrap_or_default().split(';').map(str::trim);
        let expires = parts.next().and_then(|seconds| seconds.parse().ok());
        let by_sender = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("refresher").then(|| value.trim().eq_ignore_ascii_case("uac"))
        });
        let names = |list: Option<&str>| {
            list.is_some_and(|list| list.split(',').any(|word| word.trim().eq_ignore_ascii_case("timer")))
        };
        Self { expires, by_sender, supported: names(supported) || names(required) }
    }

    /// Our answer to a request; an error is the least interval for a 422.
    pub fn answer(&self, times: SessionTimes) -> Result<Agreed, u32> {
        if let Some(expires) = self.expires.filter(|expires| *expires < times.least && self.supported) {
            tracing::debug!(expires, "session timer is too short");
            return Err(times.least);
        }
        let expires = self.expires.unwrap_or(times.wanted).max(times.least);
        let theirs = self.supported && self.by_sender == Some(true);
        Ok(Agreed { expires, ours: !theirs, mutual: self.supported })
    }

    /// What the answer to a request of ours means; `None`: no timer runs.
    pub fn agreed(&self, times: SessionTimes) -> Option<Agreed> {
        let expires = self.expires?.max(times.least);
        Some(Agreed { expires, ours: self.by_sender.unwrap_or(true), mutual: true })
    }
}

impl Agreed {
    /// `Session-Expires` of an answer of ours.
    pub fn answered(&self) -> String {
        format!("{};refresher={}", self.expires, if self.ours { "uas" } else { "uac" })
    }

    /// When we refresh.
    pub fn refresh_after(&self) -> Option<Duration> {
        self.ours.then(|| Duration::from_secs(u64::from(self.expires / 2)))
    }

    /// When the call is given up if nothing refreshed it (RFC 4028 §10).
    pub fn give_up_after(&self) -> Option<Duration> {
        let early = 32.min(self.expires / 3);
        (!self.ours && self.mutual).then(|| Duration::from_secs(u64::from(self.expires - early)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_rfc_4028_for_the_answering_side() {
        let times = SessionTimes::default();
        let ask = |session: Option<&str>, supported: Option<&str>| {
            Asked::read(session, supported, None).answer(times)
        };
        let agreed = |expires, ours, mutual| Ok(Agreed { expires, ours, mutual });
        assert_eq!(ask(Some("600;refresher=uac"), Some("100rel, timer")), agreed(600, false, true));
        assert_eq!(ask(Some("600 ; refresher = uas"), Some("timer")), agreed(600, true, true));
        assert_eq!(ask(Some("600"), Some("timer")), agreed(600, true, true));
        assert_eq!(ask(None, Some("timer")), agreed(times.wanted, true, true));
        assert_eq!(ask(None, None), agreed(times.wanted, true, false));
        assert_eq!(ask(Some("30"), Some("timer")), Err(90));
        assert_eq!(ask(Some("30"), None), agreed(90, true, false), "a proxy asked, it cannot be told 422");
    }

    #[test]
    fn half_to_refresh_and_a_little_less_than_all_to_give_up() {
        let times = SessionTimes::default();
        let agreed = |text: &str| Asked::read(Some(text), None, None).agreed(times).unwrap();
        assert_eq!(agreed("600;refresher=uac").refresh_after(), Some(Duration::from_secs(300)));
        assert_eq!(agreed("600;refresher=uac").give_up_after(), None);
        assert_eq!(agreed("600;refresher=uas").refresh_after(), None);
        assert_eq!(agreed("600;refresher=uas").give_up_after(), Some(Duration::from_secs(568)));
        assert_eq!(agreed("90;refresher=uas").give_up_after(), Some(Duration::from_secs(60)));
        assert_eq!(Asked::default().agreed(times), None);
    }
}
