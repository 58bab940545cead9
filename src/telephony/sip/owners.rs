//! Whose a dialog is. All dialogs tell their states through one channel, in order: a channel for each would be ten
//! kilobytes, a task and one more hop for every step of a call.

use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::DialogState;
use rustc_hash::FxHashMap;

use crate::line::LegId;

/// So many are known before it is asked for the first time whether they are still needed.
const FEW: usize = 1_024;

/// Legs by our own tag in their dialogs, which is random and stays the same through the whole of a dialog (RFC 3261
/// §12). A Call-ID would not do: a call that we send out may come back in under the same.
#[derive(Debug)]
pub(crate) struct Owners {
    legs: FxHashMap<String, LegId>,
    enough: usize,
}

impl Default for Owners {
    fn default() -> Self {
        Self { legs: FxHashMap::default(), enough: FEW }
    }
}

impl Owners {
    /// The dialog is this leg's. Dialogs whose end was never told are forgotten with legs that no longer `stand`.
    pub(crate) fn enter(&mut self, id: &DialogId, leg: LegId, stand: impl Fn(LegId) -> bool) {
        if self.legs.len() >= self.enough {
            self.legs.retain(|_, leg| stand(*leg));
            self.enough = FEW.max(2 * self.legs.len());
        }
        self.legs.insert(id.local_tag.clone(), leg);
    }

    /// Whose state this is; with its end a dialog is forgotten.
    pub(crate) fn owner(&mut self, state: &DialogState) -> Option<LegId> {
        let tag = &id_of(state).local_tag;
        match state {
            DialogState::Terminated(..) => self.legs.remove(tag),
            _ => self.legs.get(tag).copied(),
        }
    }
}

/// The dialog that moved.
pub(crate) fn id_of(state: &DialogState) -> &DialogId {
    match state {
        DialogState::Calling(id)
        | DialogState::Trying(id)
        | DialogState::Early(id, _)
        | DialogState::WaitAck(id, _)
        | DialogState::Confirmed(id, _)
        | DialogState::Updated(id, ..)
        | DialogState::Publish(id, ..)
        | DialogState::Notify(id, ..)
        | DialogState::Refer(id, ..)
        | DialogState::Message(id, ..)
        | DialogState::Info(id, ..)
        | DialogState::Options(id, ..)
        | DialogState::Terminated(id, _) => id,
    }
}

#[cfg(test)]
mod tests {
    use rsipstack::dialog::dialog::TerminatedReason;

    use super::*;

    fn id(local: &str, remote: &str) -> DialogId {
        DialogId { call_id: "one".into(), local_tag: local.into(), remote_tag: remote.into() }
    }

    #[test]
    fn a_call_that_comes_back_in_is_another_dialog_and_each_ends_once() {
        let (out, back) = (LegId::fresh(), LegId::fresh());
        let mut owners = Owners::default();
        owners.enter(&id("ours-out", ""), out, |_| true);
        owners.enter(&id("ours-in", "ours-out"), back, |_| true);
        assert_eq!(owners.owner(&DialogState::Trying(id("ours-out", "ours-in"))), Some(out));
        let ended = DialogState::Terminated(id("ours-in", "ours-out"), TerminatedReason::UacBye);
        assert_eq!(owners.owner(&ended), Some(back));
        assert_eq!(owners.owner(&ended), None);
        assert_eq!(owners.owner(&DialogState::Calling(id("ours-out", ""))), Some(out));
    }

    #[test]
    fn dialogs_that_never_told_their_end_do_not_pile_up() {
        let standing = LegId::fresh();
        let mut owners = Owners::default();
        owners.enter(&id("standing", ""), standing, |_| true);
        for n in 0..20 * FEW {
            owners.enter(&id(&format!("gone-{n}"), ""), LegId::fresh(), |leg| leg == standing);
        }
        assert!(owners.legs.len() <= FEW);
        assert_eq!(owners.owner(&DialogState::Calling(id("standing", ""))), Some(standing));
    }
}
