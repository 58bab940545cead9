//! Calls outlive the process: legs are written down as they change and taken up at the next start.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rsipstack::dialog::dialog::Dialog;
use rsipstack::transaction::{Transaction, TransactionReceiver};

use crate::counters::Counted;
use crate::line::{EndCause, LegId, LineEvent, OperatorSession};
use crate::media::command::MediaCommand;
use crate::sip::exchange::{Exchange, Notice};
use crate::sip::kept::{KeptCaller, KeptDialog, KeptGround, KeptLeg, KeptLine};
use crate::sip::leg::{Ground, Leg, SipLine, Way};
use crate::sip::session::Agreed;
use crate::survivor::Survivor;

/// How long the INVITEs of waiting callers may take from our own hand to our own ear.
const REPLAY: Duration = Duration::from_secs(1);
/// The first refresh of a call that was taken up, spread so that a thousand do not come at once.
const FIRST_REFRESH: Duration = Duration::from_secs(5);
const SPREAD: u64 = 20_000;

/// Waiting callers whose INVITE is being read again, by Call-ID.
pub(crate) type Replayed = HashMap<String, (LegId, KeptCaller)>;

impl KeptLeg {
    /// What the server needs to know of it.
    pub(crate) fn survivor(&self, unbroken: &HashSet<LegId>) -> Survivor {
        let (call_id, answered) = match &self.ground {
            KeptGround::Browser { answered, .. } => (String::new(), *answered),
            KeptGround::Waiting(caller) => (caller.call_id.clone(), false),
            KeptGround::Standing(line) => (line.dialog.call_id.clone(), true),
        };
        let leg = LegId(self.leg);
        Survivor { leg, label: self.label.clone(), call_id, answered, unbroken: unbroken.contains(&leg) }
    }
}

impl Exchange {
    /// Takes up what a former process left. No command is heard before it is done.
    pub(crate) async fn take_up(&mut self, left: Vec<KeptLeg>, transactions: &mut TransactionReceiver) {
        if left.is_empty() {
            return self.end_strays();
        }
        let (begun, many) = (std::time::Instant::now(), left.len());
        for KeptLeg { leg, label, ground } in left {
            let leg = LegId(leg);
            let taken = match ground {
                KeptGround::Browser { session, answered } => {
                    self.await_browser(leg, label, OperatorSession::new(session), answered);
                    Ok(())
                }
                KeptGround::Waiting(caller) => {
                    self.replayed.insert(caller.call_id.clone(), (leg, caller));
                    Ok(())
                }
                KeptGround::Standing(line) => self.stand_up(leg, label, *line),
            };
            if let Err(reason) = taken {
                tracing::warn!(%leg, reason, "a leg could not be taken up");
                self.lose(leg);
            }
        }
        let deadline = tokio::time::Instant::now() + REPLAY;
        while !self.replayed.is_empty() {
            match tokio::time::timeout_at(deadline, transactions.recv()).await {
                Ok(Some(transaction)) => self.transaction(transaction),
                _ => break,
            }
        }
        for (leg, _) in std::mem::take(&mut self.replayed).into_values() {
            tracing::warn!(%leg, "the call of a waiting caller could not be taken up");
            self.lose(leg);
        }
        self.end_strays();
        self.counters.add_many(Counted::LegsTakenUp, self.legs.len() as u64);
        tracing::info!(legs = self.legs.len(), of = many, took = ?begun.elapsed(), "calls go on after a restart");
    }

    /// Audio that belongs to no leg any more.
    fn end_strays(&mut self) {
        for leg in std::mem::take(&mut self.unbroken) {
            if !self.legs.contains_key(&leg) {
                self.media.send(MediaCommand::Close(leg));
            }
        }
    }

    /// The socket of a leg of before: opened at its port, unless its audio has gone on there all the while.
    pub(crate) fn audio_of(&self, leg: LegId, port: u16) -> std::io::Result<MediaCommand> {
        if self.unbroken.contains(&leg) {
            return Ok(MediaCommand::Adopt(leg, SocketAddr::new(self.settings.bind_ip, port)));
        }
        self.ports.open_at(port).map(|socket| MediaCommand::Open(leg, socket))
    }

    fn lose(&mut self, leg: LegId) {
        self.ledger.forget(leg);
        self.tell(LineEvent::Ended { leg, by_remote: true, cause: EndCause::Timeout });
    }

    fn await_browser(&mut self, leg: LegId, label: String, session: OperatorSession, answered: bool) {
        let ground = Ground::Browser(session.clone());
        self.legs.insert(leg, Leg { ground, answered, spare: VecDeque::new(), label });
        self.media.send(MediaCommand::Await(leg, session));
    }

    fn stand_up(&mut self, leg: LegId, label: String, kept: KeptLine) -> Result<(), &'static str> {
        let snapshot = kept.dialog.snapshot().ok_or("its dialog cannot be read")?;
        let audio = self.audio_of(leg, kept.port).map_err(|_| "its port is taken")?;
        let restored = self.dialogs.restore_from_snapshot(snapshot, self.states.clone());
        let Ok(true) = restored else { return Err("the stack does not take its dialog") };
        let Some(Dialog::Invite(dialog)) = self.dialogs.get_dialog(&kept.dialog.id()) else {
            return Err("the stack lost its dialog");
        };
        self.own(leg, &dialog.id());
        let trunk = kept.trunk.as_ref().and_then(|name| self.trunks.named(name));
        if let Some(trunk) = trunk {
            self.trunks.begin(trunk);
        }
        if kept.way == Way::In {
            self.load.calls.fetch_add(1, Ordering::Relaxed);
        }
        let line = SipLine {
            dialog,
            way: kept.way,
            local: SocketAddr::new(self.settings.advertised_ip(), kept.port),
            signalling: kept.signalling,
            key: kept.key,
            offers: self.spoken(&kept.offers),
            remote: None,
            version: kept.version,
            trunk,
            charge: kept.charge,
            heard: true,
            session: kept.session,
            round: 0,
            changing: false,
            reliable: None,
            pressing: std::sync::Arc::default(),
            desk: kept.desk,
            asked_transfer: false,
            transfers: 0,
        };
        let ground = Ground::Dialog(line);
        self.legs.insert(leg, Leg { ground, answered: true, spare: VecDeque::new(), label });
        self.media.send(audio);
        if let Some(remote) = kept.remote {
            self.describe(leg, remote);
        }
        if let Some(agreed) = kept.session {
            self.resume_timer(leg, agreed);
        }
        Ok(())
    }

    /// Nobody knows how much of the session's time has passed: what is ours to refresh is refreshed soon, which also
    /// finds those who are gone.
    fn resume_timer(&mut self, leg: LegId, agreed: Agreed) {
        self.run_timer(leg, agreed);
        let round = self.line(leg).map_or(0, |line| line.round);
        if agreed.ours {
            let wait = FIRST_REFRESH + Duration::from_millis(rand::random_range(0..SPREAD));
            let notices = self.notices.clone();
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                // the exchange is gone only while the switchboard closes
                let _ = notices.send(Notice::Refresh(leg, round));
            });
        }
    }

    /// An INVITE that we read again: the caller waits as before, under the number known to the server.
    pub(crate) fn replay(&mut self, transaction: &Transaction) -> Option<(LegId, KeptCaller)> {
        use rsipstack::sip::prelude::HeadersExt as _;
        if self.replayed.is_empty() {
            return None;
        }
        let call_id = transaction.original.call_id_header().ok()?.value().to_owned();
        self.replayed.remove(&call_id)
    }

    /// Writes down a leg as it is now.
    pub(crate) fn keep(&self, leg: LegId) {
        if !self.ledger.is_kept() {
            return;
        }
        let Some(known) = self.legs.get(&leg) else { return };
        let ground = match &known.ground {
            Ground::Browser(session) => {
                KeptGround::Browser { session: session.to_string(), answered: known.answered }
            }
            Ground::Dialog(line) => KeptGround::Standing(Box::new(self.kept_line(line))),
        };
        self.ledger.keep(KeptLeg { leg: leg.0, label: known.label.clone(), ground });
    }

    fn kept_line(&self, line: &SipLine) -> KeptLine {
        let peer = line.trunk.and_then(|trunk| self.trunks.peer(trunk));
        KeptLine {
            dialog: KeptDialog::of(line.dialog.snapshot()),
            way: line.way,
            port: line.local.port(),
            signalling: line.signalling,
            key: line.key,
            remote: line.remote.clone(),
            version: line.version,
            trunk: peer.map(|peer| peer.name.clone()),
            charge: line.charge,
            session: line.session,
            desk: line.desk,
            offers: line.offers.to_vec(),
        }
    }
}
