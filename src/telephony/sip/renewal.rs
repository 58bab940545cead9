//! Calls are kept alive and noticed to be dead: session timers (RFC 4028), and who yields when two change a call at once.

use std::time::Duration;

use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Request, Response, StatusCode};

use crate::line::{EndCause, LegId};
use crate::sip::exchange::{Exchange, Notice, farewell};
use crate::sip::leg::{Ground, Leg};
use crate::sip::session::{Agreed, Asked};

/// Attempts at a change of ours that crosses one of the party (491).
const ATTEMPTS: usize = 4;

/// What became of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refreshed {
    /// The party agreed.
    Yes,
    /// The party refused, the call stands until its time is over.
    No,
    /// The party knows nothing of the call, or does not answer.
    Dead,
}

pub(crate) fn asked(session: Option<String>, supported: Option<String>, required: Option<String>) -> Asked {
    Asked::read(session.as_deref(), supported.as_deref(), required.as_deref())
}

/// What a request says of the session timer.
pub(crate) fn asked_by(request: &Request) -> Asked {
    let session = request.header_value("Session-Expires").or_else(|| request.header_value("x"));
    let supported = request.header_value("Supported").or_else(|| request.header_value("k"));
    asked(session, supported, request.header_value("Require"))
}

impl Exchange {
    /// What an offer of ours says of the session timer.
    pub(crate) fn session_wishes(&self) -> Vec<Header> {
        let times = &self.settings.session;
        vec![
            Header::Supported("timer".into()),
            Header::SessionExpires(times.wanted.to_string().into()),
            Header::MinSE(times.least.to_string().into()),
        ]
    }

    /// What an answer of ours says of it.
    pub(crate) fn session_answer(agreed: Agreed) -> Vec<Header> {
        let mut headers =
            vec![Header::Supported("timer".into()), Header::SessionExpires(agreed.answered().into())];
        if !agreed.ours {
            headers.push(Header::Require("timer".into()));
        }
        headers
    }

    /// The party answered a request of ours: the timer runs as it says.
    pub(crate) fn session_agreed(&mut self, leg: LegId, response: &Response) {
        let session = response.header_value("Session-Expires").or_else(|| response.header_value("x"));
        if let Some(agreed) = asked(session, None, None).agreed(self.settings.session) {
            self.run_timer(leg, agreed);
        }
    }

    /// The timer of a leg begins anew.
    pub(crate) fn run_timer(&mut self, leg: LegId, agreed: Agreed) {
        let notices = self.notices.clone();
        let Some(line) = self.line(leg) else { return };
        line.session = Some(agreed);
        line.round += 1;
        let round = line.round;
        let later = |wait: Option<Duration>, notice: Notice| {
            let Some(wait) = wait else { return };
            let notices = notices.clone();
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                // the exchange is gone only while the switchboard closes
                let _ = notices.send(notice);
            });
        };
        later(agreed.refresh_after(), Notice::Refresh(leg, round));
        later(agreed.give_up_after(), Notice::GiveUp(leg, round));
    }

    /// It is our turn to keep the call alive.
    pub(crate) fn refresh(&mut self, leg: LegId, round: u64) {
        let standing = self.legs.get(&leg).is_some_and(|leg| leg.answered);
        let Some(line) = self.line(leg).filter(|line| standing && line.round == round) else { return };
        let Some(agreed) = line.session else { return };
        line.changing = true;
        let body = line.description();
        let headers = vec![
            Header::ContentType("application/sdp".into()),
            Header::Supported("timer".into()),
            Header::SessionExpires(format!("{};refresher=uac", agreed.expires).into()),
        ];
        let (dialog, notices) = (line.dialog.clone(), self.notices.clone());
        tokio::spawn(async move {
            let refreshed = match dialog.reinvite_with_glare_retry(Some(headers), Some(body), ATTEMPTS).await
            {
                Ok(Some(response)) => match response.status_code.code() {
                    200..=299 => Refreshed::Yes,
                    408 | 481 => Refreshed::Dead,
                    _ => Refreshed::No,
                },
                Ok(None) => Refreshed::Dead,
                Err(error) => {
                    tracing::debug!(%leg, %error, "call was not refreshed");
                    Refreshed::No
                }
            };
            // the exchange is gone only while the switchboard closes
            let _ = notices.send(Notice::Refreshed(leg, refreshed));
        });
    }

    /// Our refresh came to its end.
    pub(crate) fn refreshed(&mut self, leg: LegId, refreshed: Refreshed) {
        let Some(line) = self.line(leg) else { return };
        line.changing = false;
        let Some(agreed) = line.session else { return };
        match refreshed {
            Refreshed::Yes | Refreshed::No => self.run_timer(leg, agreed),
            Refreshed::Dead => self.bury(leg),
        }
    }

    /// Nothing was heard of a party that had promised to keep the call alive.
    pub(crate) fn give_up(&mut self, leg: LegId, round: u64) {
        if self.line(leg).is_some_and(|line| line.round == round) {
            self.bury(leg);
        }
    }

    fn bury(&mut self, leg: LegId) {
        if let Some(Leg { ground: Ground::Dialog(line), answered, .. }) = self.legs.get(&leg).cloned() {
            tracing::info!(%leg, "party is gone without a word");
            tokio::spawn(farewell(line, answered, self.dialogs.clone()));
            self.finish(leg, true, EndCause::Timeout);
        }
    }

    /// What is said to a change of the party's while one of ours is open (RFC 3261 §14.2).
    pub(crate) fn yields(&mut self, leg: LegId) -> Option<StatusCode> {
        self.line(leg).filter(|line| line.changing).map(|_| StatusCode::RequestPending)
    }
}
