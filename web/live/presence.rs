//! Who has what open: one row a screen in the topic `presence`, gone with the screen. It warns, it never locks.

use crate::live::hub::Hub;
use domain::ports::{NewsBoard, Seat};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// The topic.
pub(crate) const TOPIC: &str = "presence";
/// The longest name of a thing that is open; ids are shorter.
const LONGEST: usize = 64;

/// What somebody does with the thing on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// Looks at it.
    View,
    /// Holds it to put it elsewhere.
    Move,
    /// Changes it.
    Edit,
    /// Has left the board.
    Away,
}

/// One screen's row; dropping it takes the row away.
#[derive(Debug)]
pub(crate) struct Standing {
    hub: Arc<Hub>,
    key: String,
}

impl Standing {
    /// A screen that has told nothing yet.
    pub(crate) fn new(hub: &Arc<Hub>) -> Self {
        Self { hub: Arc::clone(hub), key: hub.next_screen() }
    }
    /// Shows what the screen has open. What is no id is refused with what was expected.
    pub(crate) fn show(&self, seat: &Seat, at: Option<&str>, mode: Mode) -> Result<(), String> {
        let id = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if let Some(at) = at.filter(|at| at.len() > LONGEST || !id(at)) {
            let short: String = at.chars().take(LONGEST).collect();
            return Err(format!(
                "`{short}` is not an id: expected at most {LONGEST} letters, digits and `_`"
            ));
        }
        let row = (mode != Mode::Away).then(
            || json!({ "user": seat.user, "name": seat.name, "role": seat.role, "at": at, "mode": mode }),
        );
        self.hub.publish(TOPIC, &self.key, row);
        Ok(())
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        self.hub.publish(TOPIC, &self.key, None);
    }
}
