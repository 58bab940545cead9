//! The telephone on a robot operator's desk: registered, answers by itself, speaks and listens.

use crate::seed::PhoneAccount;
use futures_util::FutureExt as _;
use std::{net::SocketAddr, time::Duration};
use telephony::{
    Audio, DeskPhone,
    phone::{Answering, DeskEvent},
};
use tokio::time::Instant;

/// Registrations are short, so that a restarted server soon knows the phone again.
const EXPIRES: Duration = Duration::from_secs(60);
/// A phone that believes in a call for so long after it was over is plugged in anew.
const STUCK: Duration = Duration::from_secs(8);

/// A desk phone that is kept plugged in.
#[derive(Debug)]
pub struct Handset {
    registrar: SocketAddr,
    account: PhoneAccount,
    answering: Answering,
    phone: Option<DeskPhone>,
    session: u64,
    registered: bool,
    in_call: bool,
    alone_since: Option<Instant>,
}

impl Handset {
    /// A phone in its box; it answers after ringing so long.
    pub fn new(registrar: SocketAddr, account: PhoneAccount, rings: Duration) -> Self {
        Self {
            registrar,
            account,
            answering: Answering::After(rings),
            phone: None,
            session: 0,
            registered: false,
            in_call: false,
            alone_since: None,
        }
    }

    /// Keeps the phone usable. `session` changes when the server was away; `busy` is what the server thinks.
    pub async fn keep(&mut self, session: u64, busy: bool) -> anyhow::Result<()> {
        self.listen();
        self.alone_since =
            if self.in_call && !busy { self.alone_since.or(Some(Instant::now())) } else { None };
        let stuck = self.alone_since.is_some_and(|since| since.elapsed() > STUCK);
        let old = self.session != session && !self.in_call;
        if self.phone.is_some() && !stuck && !old {
            return Ok(());
        }
        self.phone = None;
        (self.registered, self.in_call, self.alone_since) = (false, false, None);
        let voice = Audio::Speech(crate::chance::mix(session, &self.account.user));
        let PhoneAccount { user, password, .. } = &self.account;
        let phone =
            DeskPhone::plug_in(self.registrar, user, password, EXPIRES, self.answering, voice).await?;
        (self.phone, self.session) = (Some(phone), session);
        Ok(())
    }

    /// Takes in what has happened to the phone.
    fn listen(&mut self) {
        let Some(phone) = self.phone.as_mut() else { return };
        while let Some(Some(event)) = phone.event().now_or_never() {
            match event {
                DeskEvent::Registered => self.registered = true,
                DeskEvent::Refused(status) => {
                    self.registered = false;
                    tracing::warn!(phone.user = %self.account.user, status, "the desk phone was not registered");
                }
                DeskEvent::Ringing | DeskEvent::Answered => self.in_call = true,
                DeskEvent::Ended => self.in_call = false,
                // robots neither hold nor transfer
                DeskEvent::Held(_) | DeskEvent::Transfer(_) => {}
            }
        }
    }

    /// Does the switchboard know the phone?
    pub fn is_registered(&self) -> bool {
        self.registered
    }

    /// A person sits here now and talks on their own device.
    pub async fn unplug(&mut self) {
        let Some(phone) = self.phone.take() else { return };
        phone.hang_up();
        phone.unregister();
        (self.registered, self.in_call) = (false, false);
        // the last words need a moment before the plug is pulled
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
}
