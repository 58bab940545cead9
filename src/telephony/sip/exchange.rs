//! The exchange: one task that owns every leg and decides every race.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, DialogStateSender, TerminatedReason};
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::sip::{Auth, Header, Method, Response, Scheme, StatusCode, Uri};
use rsipstack::transaction::{Transaction, TransactionReceiver};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::counters::{Counted, Counters};
use crate::line::{EndCause, LegCommand, LegId, LineEvent, Tone};
use crate::media::codec::Codec;
use crate::media::command::{MediaCommand, MediaSender, Remote};
use crate::media::port::Ports;
use crate::media::prompt::{Sound, read_recording};
use crate::media::sdp::RemoteAudio;
use crate::settings::{PhoneAccount, Settings};
use crate::sip::bindings::SavedBinding;
use crate::sip::digest::Digests;
use crate::sip::gate::Load;
use crate::sip::guard::Guard;
use crate::sip::kept::KeptLeg;
use crate::sip::ledger::Ledger;
use crate::sip::leg::{Ground, Leg, SipLine, Way};
use crate::sip::orphans::Orphans;
use crate::sip::owners::{Owners, id_of};
use crate::sip::recovery::Replayed;
use crate::sip::registrar::Registrar;
use crate::sip::renewal::Refreshed;
use crate::sip::spending::Spending;
use crate::sip::trunks::Trunks;

/// What tasks of the exchange tell it.
#[derive(Debug)]
pub(crate) enum Notice {
    /// A dialled dialog of this Call-ID got its final answer, or none.
    Dialled(LegId, String, Option<Response>),
    /// A dialled dialog of this Call-ID could have been answered by now.
    Unheard(LegId, String),
    /// A trunk answered our question, or did not.
    TrunkAnswered { trunk: usize, round: u32, answered: bool },
    /// A trunk took our registration, or did not.
    TrunkRegistered { trunk: usize, round: u32, granted: bool },
    /// A session timer's round asks for a refresh.
    Refresh(LegId, u64),
    /// A session timer's round is over.
    GiveUp(LegId, u64),
    /// A refresh of ours ended.
    Refreshed(LegId, Refreshed),
    /// A provisional answer of this number may have to be repeated; it waited so long.
    Repeat(LegId, u32, Duration),
    /// A transfer of this number should have come to its end.
    TransferDue(LegId, u32),
    /// A party answered our wish that it call elsewhere.
    Referred(LegId, u16),
}

/// All that the exchange works with.
pub(crate) struct Exchange {
    pub settings: Arc<Settings>,
    pub dialogs: Arc<DialogLayer>,
    pub address: SocketAddr,
    pub media: MediaSender,
    pub ports: Ports,
    pub guard: Arc<Guard>,
    pub load: Arc<Load>,
    pub counters: Arc<Counters>,
    pub digests: Digests,
    pub registrar: Registrar,
    pub bindings: Option<std::sync::mpsc::Sender<Vec<SavedBinding>>>,
    pub trunks: Trunks,
    /// What registers at trunks and asks them, by their places.
    pub upkeep: HashMap<usize, JoinSet<()>>,
    pub phones: Vec<PhoneAccount>,
    /// Codecs of lines that name none for themselves.
    pub codecs: Vec<Codec>,
    /// Whether the audio speaks nothing else than G.711.
    pub laws_alone: bool,
    pub spending: Spending,
    pub legs: HashMap<LegId, Leg>,
    pub ledger: Arc<Ledger>,
    pub orphans: Arc<Orphans>,
    pub replayed: Replayed,
    /// Legs of before whose audio has gone on.
    pub unbroken: HashSet<LegId>,
    pub events: UnboundedSender<LineEvent>,
    pub notices: UnboundedSender<Notice>,
    /// What dialogs tell their states to, and whose they are.
    pub states: DialogStateSender,
    pub owners: Owners,
}

/// What the exchange listens to.
pub(crate) struct Inputs {
    pub commands: UnboundedReceiver<LegCommand>,
    pub transactions: TransactionReceiver,
    pub notices: UnboundedReceiver<Notice>,
    pub states: DialogStateReceiver,
    pub media: UnboundedReceiver<LineEvent>,
    pub stop: CancellationToken,
    /// Legs that a former process left.
    pub left: Vec<KeptLeg>,
}

impl Inputs {
    /// What has come in and was not looked at yet; commands are counted by who gives them.
    fn waiting(&self) -> usize {
        self.transactions.len() + self.states.len() + self.notices.len() + self.media.len()
    }
}

impl Exchange {
    /// Works until stopped.
    pub async fn run(mut self, mut inputs: Inputs) {
        self.restore_bindings();
        self.take_up(std::mem::take(&mut inputs.left), &mut inputs.transactions).await;
        self.keep_trunks();
        loop {
            let expiry = self.registrar.next_expiry();
            let next_expiry = async {
                match expiry {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            self.load.waiting.store(inputs.waiting(), Ordering::Relaxed);
            // calls under way before new ones: what is begun is brought to its end, also when there is too much to do
            tokio::select! {
                biased;
                () = inputs.stop.cancelled() => break,
                Some(state) = inputs.states.recv() => self.dialog_moved(state),
                Some(notice) = inputs.notices.recv() => self.notice(notice),
                Some(event) = inputs.media.recv() => self.heard(event),
                command = inputs.commands.recv() => match command {
                    Some(command) => {
                        self.load.orders.fetch_sub(1, Ordering::Relaxed);
                        self.command(command);
                    }
                    None => break,
                },
                () = next_expiry => self.expire(),
                Some(transaction) = inputs.transactions.recv() => self.transaction(transaction),
            }
        }
        if self.load.leaving.load(Ordering::Relaxed) {
            // the next process takes up what the ledger holds
            return;
        }
        self.leave_trunks().await;
        self.close().await;
    }

    async fn close(mut self) {
        let mut farewells = JoinSet::new();
        let legs: Vec<LegId> = self.legs.keys().copied().collect();
        for leg in legs {
            if let Some(Leg { ground: Ground::Dialog(line), answered, .. }) = self.legs.get(&leg).cloned() {
                farewells.spawn(farewell(line, answered, self.dialogs.clone()));
            }
            self.finish(leg, false, EndCause::Shutdown);
        }
        let patience = Duration::from_secs(1);
        // a party that does not answer our BYE does not keep the house open
        let _ = tokio::time::timeout(patience, farewells.join_all()).await;
        self.media.send(MediaCommand::Shutdown);
    }

    pub fn tell(&self, event: LineEvent) {
        self.load.backlog.fetch_add(1, Ordering::Relaxed);
        // the receiver is gone only while the switchboard closes
        let _ = self.events.send(event);
    }

    /// Our address as a SIP URI with this user.
    pub fn own_uri(&self, user: &str) -> Uri {
        let auth = (!user.is_empty()).then(|| Auth { user: user.to_owned(), password: None });
        Uri { scheme: Some(Scheme::Sip), auth, host_with_port: self.address.into(), ..Uri::default() }
    }

    pub(crate) fn transaction(&mut self, mut transaction: Transaction) {
        let method = transaction.original.method;
        let known = self.dialogs.match_dialog(&transaction);
        if method == Method::PRack && !self.prack(&transaction) {
            return reply(transaction, StatusCode::CallTransactionDoesNotExist, vec![]);
        }
        if let Some(mut dialog) = known {
            tokio::spawn(async move {
                if let Err(error) = dialog.handle(&mut transaction).await {
                    tracing::debug!(%error, %method, "request within a call was not handled");
                }
            });
            return;
        }
        use rsipstack::sip::prelude::HeadersExt as _;
        let tagged = transaction.original.to_header().is_ok_and(|to| matches!(to.tag(), Ok(Some(_))));
        match method {
            Method::Invite if !tagged => self.incoming(transaction),
            Method::Register => self.register(transaction),
            Method::Options if !tagged => reply(transaction, StatusCode::OK, vec![]),
            Method::Ack => {}
            Method::Subscribe | Method::Publish | Method::Message | Method::Notify | Method::Refer
                if !tagged =>
            {
                let allow = "INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, INFO, UPDATE";
                reply(transaction, StatusCode::MethodNotAllowed, vec![Header::Allow(allow.into())]);
            }
            _ => reply(transaction, StatusCode::CallTransactionDoesNotExist, vec![]),
        }
    }

    fn command(&mut self, command: LegCommand) {
        match command {
            LegCommand::Ring { leg } => self.ring(leg, false),
            LegCommand::EarlyAudio { leg } => self.ring(leg, true),
            LegCommand::Answer { leg } => self.answer(leg),
            LegCommand::Reject { leg, status } => self.reject(leg, status),
            LegCommand::Hangup { leg } | LegCommand::Cancel { leg } => self.hang_up(leg),
            LegCommand::Dial { leg, target, from_number, display, label, beside } => {
                self.dial(leg, target, &from_number, &display, (label, beside));
            }
            LegCommand::Bridge { a, b } => self.media.send(MediaCommand::Bridge(a, b)),
            LegCommand::Unbridge { leg } => self.media.send(MediaCommand::Unbridge(leg)),
            LegCommand::PlayPrompt { leg, audio, repeat } => match read_recording(&audio) {
                Ok(audio) => self.media.send(MediaCommand::Play(leg, Sound::recording(audio, repeat))),
                Err(error) => {
                    tracing::warn!(%leg, %error, "prompt cannot be played");
                    self.tell(LineEvent::PromptEnded { leg });
                }
            },
            LegCommand::PlayTone { leg, tone } => self.media.send(MediaCommand::Play(leg, Sound::tone(tone))),
            LegCommand::StopPrompt { leg } => self.media.send(MediaCommand::Stop(leg)),
            LegCommand::Hold { leg } => self.media.send(MediaCommand::Hold(leg, self.hold_sound())),
            LegCommand::Resume { leg } => self.media.send(MediaCommand::Resume(leg)),
            LegCommand::Mute { leg, on } => self.media.send(MediaCommand::Mute(leg, on)),
            LegCommand::Press { leg, keys } => self.press(leg, keys),
            LegCommand::Join { leg, of, part } => self.media.send(MediaCommand::Join(leg, of, part)),
            LegCommand::Leave { leg } => self.media.send(MediaCommand::Unbridge(leg)),
            LegCommand::Refer { leg, to } => self.refer(leg, &to),
            LegCommand::Transferred { leg, status } => self.transferred(leg, status),
            LegCommand::Record { leg, path } => self.media.send(MediaCommand::Record(leg, path)),
            LegCommand::RecordPause { leg } => self.media.send(MediaCommand::RecordPause(leg, true)),
            LegCommand::RecordResume { leg } => self.media.send(MediaCommand::RecordPause(leg, false)),
            LegCommand::RecordStop { leg } => self.media.send(MediaCommand::RecordStop(leg)),
            LegCommand::BrowserOffer { session, sdp, reply } => {
                self.media.send(MediaCommand::Offer(session, sdp, reply));
            }
            LegCommand::Lines { trunks, phones, codecs } => {
                self.codecs = codecs;
                self.adopt(trunks, phones);
            }
            LegCommand::BrowserClose { session } => self.media.send(MediaCommand::CloseBrowser(session)),
        }
    }

    pub fn hold_sound(&self) -> Sound {
        let music = self.settings.hold_music.as_ref().and_then(|bytes| read_recording(bytes).ok());
        music.map_or_else(|| Sound::tone(Tone::Comfort), |audio| Sound::recording(audio, true))
    }

    fn heard(&mut self, event: LineEvent) {
        match &event {
            LineEvent::Answered { leg } => match self.legs.get_mut(leg) {
                Some(known) if !known.answered => {
                    known.answered = true;
                    self.keep(*leg);
                }
                _ => return, // a browser came back to its leg: the call goes on
            },
            LineEvent::Failed { leg, .. } | LineEvent::Ended { leg, .. } => {
                self.legs.remove(leg);
                self.ledger.forget(*leg);
            }
            _ => {}
        }
        self.tell(event);
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Dialled(leg, attempt, response) => self.dialled(leg, &attempt, response),
            Notice::Unheard(leg, attempt) => self.unheard(leg, &attempt),
            Notice::TrunkAnswered { trunk, round, answered } => {
                let changed = self.trunks.answered(trunk, round, answered);
                self.trunk_changed(trunk, changed);
            }
            Notice::TrunkRegistered { trunk, round, granted } => {
                let changed = self.trunks.registered(trunk, round, granted);
                self.trunk_changed(trunk, changed);
            }
            Notice::Refresh(leg, round) => self.refresh(leg, round),
            Notice::GiveUp(leg, round) => self.give_up(leg, round),
            Notice::Refreshed(leg, refreshed) => self.refreshed(leg, refreshed),
            Notice::Repeat(leg, number, waited) => self.repeat(leg, number, waited),
            Notice::TransferDue(leg, number) => self.transfer_due(leg, number),
            Notice::Referred(leg, status) => self.tell(LineEvent::Referred { leg, status }),
        }
    }

    /// The dialog is this leg's from now on.
    pub(crate) fn own(&mut self, leg: LegId, dialog: &DialogId) {
        self.owners.enter(dialog, leg, |leg| self.legs.contains_key(&leg));
    }

    fn dialog_moved(&mut self, state: DialogState) {
        let owner = self.owners.owner(&state);
        match (owner, state) {
            (Some(leg), state) => self.dialog_state(leg, state),
            (None, DialogState::Terminated(id, _)) => self.dialogs.remove_dialog(&id),
            (None, state) => tracing::debug!(dialog = %id_of(&state), "nobody's dialog moved"),
        }
    }

    fn dialog_state(&mut self, leg: LegId, state: DialogState) {
        if let Some(line) = self.line(leg)
            && id_of(&state).call_id != line.dialog.id().call_id
        {
            // an attempt given up for the next trunk
            if let DialogState::Terminated(id, _) = &state {
                self.dialogs.remove_dialog(id);
            }
            return;
        }
        match state {
            DialogState::Early(_, response) => self.early(leg, &response),
            DialogState::Confirmed(_, response) => self.confirmed(leg, &response),
            DialogState::Updated(_, request, handle) => self.updated(leg, request, handle),
            DialogState::Info(_, request, handle) => self.info(leg, &request, handle),
            DialogState::Options(_, _, handle) => {
                tokio::spawn(async move { handle.reply(StatusCode::OK).await });
            }
            DialogState::Refer(_, request, handle) => self.transfer_asked(leg, &request, handle),
            DialogState::Notify(_, request, handle) => self.notified(leg, &request, handle),
            DialogState::Message(_, _, handle) | DialogState::Publish(_, _, handle) => {
                tokio::spawn(async move { handle.reply(StatusCode::MethodNotAllowed).await });
            }
            DialogState::Terminated(id, reason) => self.terminated(leg, &id, reason),
            DialogState::Trying(_) => {
                if let Some(line) = self.line(leg) {
                    line.heard = true;
                }
            }
            DialogState::Calling(_) | DialogState::WaitAck(..) => {}
        }
    }

    fn terminated(&mut self, leg: LegId, id: &DialogId, reason: TerminatedReason) {
        let Some(line) = self.line(leg) else { return self.dialogs.remove_dialog(id) };
        let (way, answered) = (line.way, self.legs.get(&leg).is_some_and(|leg| leg.answered));
        let (by_remote, cause) = match (reason, way) {
            (TerminatedReason::UacCancel, Way::In) => (true, EndCause::Cancelled),
            (TerminatedReason::UacBye, Way::In) | (TerminatedReason::UasBye, Way::Out) => {
                (true, EndCause::HungUp)
            }
            (TerminatedReason::Timeout, _) => (true, EndCause::Timeout),
            // the final response follows by itself
            (_, Way::Out) if !answered => return,
            _ => (false, EndCause::HungUp),
        };
        self.dialogs.remove_dialog(id);
        self.finish(leg, by_remote, cause);
    }

    /// The dialog of a leg.
    pub fn line(&mut self, leg: LegId) -> Option<&mut SipLine> {
        match self.legs.get_mut(&leg) {
            Some(Leg { ground: Ground::Dialog(line), .. }) => Some(line),
            _ => None,
        }
    }

    /// The dialog of an incoming leg nobody took yet.
    pub fn waiting(&mut self, leg: LegId) -> Option<SipLine> {
        let waiting = match self.legs.get(&leg) {
            Some(Leg { ground: Ground::Dialog(line), answered: false, .. }) if line.way == Way::In => {
                Some(line.clone())
            }
            _ => None,
        };
        let waiting = waiting.filter(|line| !line.dialog.state().is_terminated());
        if waiting.is_none() {
            self.counters.add(Counted::CommandsStale);
        }
        waiting
    }

    /// Tells the media thread what the party said of its audio.
    pub fn describe(&mut self, leg: LegId, remote: RemoteAudio) {
        let Some(line) = self.line(leg) else { return };
        line.remote = Some(remote.clone());
        let Some(keys) = line.keys(leg) else { return };
        let signalling = line.signalling;
        let address = remote.address.filter(|_| remote.listens);
        let RemoteAudio { codec, payload, event_payload, event_clock, control, .. } = remote;
        let remote =
            Remote { address, signalling, codec, payload, event_payload, event_clock, control, keys };
        self.media.send(MediaCommand::Remote(leg, remote));
    }

    /// Ends a leg by our own will.
    pub fn hang_up(&mut self, leg: LegId) {
        let Some(Leg { ground, answered, .. }) = self.legs.get(&leg).cloned() else {
            return self.counters.add(Counted::CommandsStale);
        };
        let mut cause = EndCause::HungUp;
        if let Ground::Dialog(line) = ground {
            if !answered {
                cause = if line.way == Way::In { EndCause::Rejected(480) } else { EndCause::Cancelled };
            }
            tokio::spawn(farewell(line, answered, self.dialogs.clone()));
        }
        self.finish(leg, false, cause);
    }

    /// Forgets a leg and tells so.
    pub fn finish(&mut self, leg: LegId, by_remote: bool, cause: EndCause) {
        if let Some(gone) = self.legs.remove(&leg) {
            self.forget(leg, &gone);
            self.tell(LineEvent::Ended { leg, by_remote, cause });
        }
    }

    /// Frees what a leg held.
    pub fn forget(&mut self, leg: LegId, gone: &Leg) {
        if let Ground::Dialog(line @ SipLine { trunk: Some(trunk), .. }) = &gone.ground {
            self.settle(line);
            self.trunks.end(*trunk);
        }
        if let Ground::Dialog(SipLine { way: Way::In, .. }) = &gone.ground {
            self.load.calls.fetch_sub(1, Ordering::Relaxed);
        }
        self.ledger.forget(leg);
        self.media.send(MediaCommand::Close(leg));
    }

    fn expire(&mut self) {
        for user in self.registrar.expire(Instant::now()) {
            tracing::info!(phone.user = %user, "phone is no longer registered");
            self.tell(LineEvent::PhoneRegistered { user, online: false });
        }
        self.keep_bindings();
    }
}

/// Ends the dialog as its state demands and takes it out of the stack's table.
pub(crate) async fn farewell(line: SipLine, answered: bool, dialogs: Arc<DialogLayer>) {
    let dialog = &line.dialog;
    let ended = match (line.way, answered) {
        (Way::In, false) if !dialog.state().waiting_ack() => {
            dialog.reject(Some(StatusCode::TemporarilyUnavailable), None)
        }
        (Way::Out, false) => dialog.hangup().await,
        _ => dialog.bye().await,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "dialog did not end cleanly");
    }
    if line.way == Way::In || answered {
        dialogs.remove_dialog(&dialog.id());
    }
}

/// Answers a request outside of any dialog.
pub(crate) fn reply(mut transaction: Transaction, status: StatusCode, headers: Vec<Header>) {
    tokio::spawn(async move {
        if let Err(error) = transaction.reply_with(status, headers, None).await {
            tracing::debug!(%error, "reply was not sent");
        }
        // an INVITE's transaction lives until its ACK
        if transaction.original.method == Method::Invite {
            while transaction.receive().await.is_some() {}
        }
    });
}
