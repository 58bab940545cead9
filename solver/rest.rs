//! The rest a master is owed between two days.

use serde::{Deserialize, Serialize};

/// The least rest between the end of one day and the start of the next; a day is planned between its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// Its least length in seconds.
    pub seconds: i64,
    /// When the day before ended, if there was one.
    pub since: Option<i64>,
    /// When the next day begins, if one is known.
    pub until: Option<i64>,
}

impl Rest {
    /// From when he has rested after the day before.
    #[inline]
    pub(crate) fn rested(&self) -> Option<i64> {
        self.since.map(|since| since + self.seconds)
    }

    /// When his day has to be over so that he rests before the next one.
    #[inline]
    pub(crate) fn over_by(&self) -> Option<i64> {
        self.until.map(|until| until - self.seconds)
    }
}
