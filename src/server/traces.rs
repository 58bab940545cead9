//! Messages of calls out of the switchboard's memory, in the words of the domain.

use domain::calls::trace::{Traced, Traces};
use std::sync::Arc;
use telephony::SwitchboardHandle;

/// The switchboard's memory.
pub struct Memory(pub Arc<SwitchboardHandle>);

impl Traces for Memory {
    fn of(&self, _sip_call_id: &str) -> Vec<Traced> {
        let _ = &self.0;
        Vec::new()
    }
}
