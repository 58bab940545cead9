//! A call goes out: to a desk phone, to the telephone network, to an operator's browser.

use std::net::SocketAddr;

use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::sip::{Response, Uri};

use crate::counters::Counted;
use crate::line::{DialTarget, LegId, LineEvent};
use crate::masked::Masked;
use crate::media::command::MediaCommand;
use crate::media::sdp;
use crate::sip::exchange::{Exchange, Notice};
use crate::sip::incoming::forward_states;
use crate::sip::leg::{Ground, Leg, SipLine, Way, failure};

/// Where a dialled call goes.
struct Route {
    callee: Uri,
    destination: SocketAddr,
    credential: Option<Credential>,
}

impl Exchange {
    /// Begins a leg to somebody.
    pub(crate) fn dial(&mut self, leg: LegId, target: DialTarget, from_number: &str, display: &str) {
        self.counters.add(Counted::LegsDialled);
        if self.legs.contains_key(&leg) {
            return self.counters.add(Counted::CommandsStale);
        }
        if let DialTarget::Browser(session) = target {
            self.legs.insert(leg, Leg { ground: Ground::Browser, answered: false });
            return self.media.send(MediaCommand::Attach(leg, session));
        }
        let begun = self.route(&target).and_then(|route| self.invite(leg, route, from_number, display));
        if let Err((status, reason)) = begun {
            self.tell(LineEvent::Failed { leg, status, reason });
        }
    }

    fn route(&self, target: &DialTarget) -> Result<Route, (u16, String)> {
        match target {
            DialTarget::Phone(user) => {
                let binding = self.registrar.of(user).last();
                let binding = binding.ok_or_else(|| (480, format!("phone `{user}` is not registered")))?;
                Ok(Route { callee: binding.contact.clone(), destination: binding.source, credential: None })
            }
            DialTarget::Trunk { name, number } => {
                let trunk = self.settings.trunks.iter().find(|trunk| trunk.name == *name);
                let trunk = trunk.ok_or_else(|| (404, format!("trunk `{name}` is not known")))?;
                let destination =
                    trunk.outbound.ok_or_else(|| (403, format!("trunk `{name}` takes no calls out")))?;
                let mut callee = self.own_uri(&dialable(number));
                callee.host_with_port = destination.into();
                let credential = trunk.user.clone().map(|username| Credential {
                    username,
                    password: trunk.password.clone().unwrap_or_default(),
                    realm: None,
                    auth_username: None,
                });
                Ok(Route { callee, destination, credential })
            }
            DialTarget::Browser(_) => Err((500, "a browser has no route".to_owned())),
        }
    }

    fn invite(
        &mut self,
        leg: LegId,
        route: Route,
        from_number: &str,
        display: &str,
    ) -> Result<(), (u16, String)> {
        let socket = self.ports.open().map_err(|error| (503, error.to_string()))?;
        let port = socket.local_addr().map_err(|error| (503, error.to_string()))?.port();
        let local = SocketAddr::new(self.settings.advertised_ip(), port);
        let caller = self.own_uri(&dialable(from_number));
        let shown = display.replace(['"', '\\', '\r', '\n'], "");
        tracing::info!(%leg, from = %Masked(from_number), "call goes out");
        let option = InviteOption {
            caller_display_name: (!shown.is_empty()).then_some(shown),
            contact: caller.clone(),
            caller,
            callee: route.callee,
            destination: Some(route.destination.into()),
            offer: Some(sdp::offer(local, 1)),
            credential: route.credential,
            ..InviteOption::default()
        };
        let (states, receiver) = self.dialogs.new_dialog_state_channel();
        let (dialog, result) =
            self.dialogs.do_invite_async(option, states).map_err(|error| (500, error.to_string()))?;
        forward_states(leg, receiver, self.notices.clone());
        let notices = self.notices.clone();
        tokio::spawn(async move {
            let response = match result.await {
                Ok(Ok((_, response))) => response,
                Ok(Err(error)) => {
                    tracing::debug!(%leg, %error, "dialling failed");
                    None
                }
                Err(_) => None,
            };
            // the exchange is gone only while the switchboard closes
            let _ = notices.send(Notice::Dialled(leg, response));
        });
        let signalling = Some(route.destination.ip());
        let line = SipLine { dialog, way: Way::Out, local, signalling, remote: None, version: 1 };
        self.legs.insert(leg, Leg { ground: Ground::Dialog(line), answered: false });
        self.media.send(MediaCommand::Open(leg, socket));
        Ok(())
    }

    /// 180 or 183 of a dialled party.
    pub(crate) fn early(&mut self, leg: LegId, response: &Response) {
        let Some(line) = self.line(leg) else { return };
        if line.way == Way::In {
            return; // our own 180
        }
        if let Ok(remote) = sdp::read(&response.body) {
            self.describe(leg, remote);
        }
        self.tell(LineEvent::Progress { leg });
    }

    /// Both sides agree that the call stands.
    pub(crate) fn confirmed(&mut self, leg: LegId, response: &Response) {
        let answered = self.legs.get(&leg).is_none_or(|leg| leg.answered);
        let Some(line) = self.line(leg).filter(|_| !answered) else { return };
        let (way, known) = (line.way, line.remote.is_some());
        let body = match way {
            Way::Out => Some(response.body.clone()),
            // the caller left the offer to us: its answer is in the ACK
            Way::In if !known => line.dialog.last_remote_ack().map(|ack| ack.body),
            Way::In => None,
        };
        match body.as_deref().map(sdp::read) {
            Some(Ok(remote)) => self.describe(leg, remote),
            Some(Err(error)) if !known => {
                tracing::warn!(%leg, %error, "call stands without audio");
            }
            _ => {}
        }
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.answered = true;
        }
        self.tell(LineEvent::Answered { leg });
    }

    /// The final answer to our INVITE; success is told by [`Exchange::confirmed`].
    pub(crate) fn dialled(&mut self, leg: LegId, response: Option<Response>) {
        let success = response.as_ref().is_some_and(|r| (200..300).contains(&r.status_code.code()));
        let standing = self.legs.get(&leg).is_some_and(|leg| leg.answered);
        if success || standing {
            return;
        }
        if let Some(gone) = self.legs.remove(&leg) {
            self.forget(leg, &gone);
            let (status, reason) = failure(response.as_ref());
            self.tell(LineEvent::Failed { leg, status, reason });
        }
    }
}

/// A number as a URI may carry it.
fn dialable(number: &str) -> String {
    number.chars().filter(|c| c.is_ascii_alphanumeric() || "+*#-_.".contains(*c)).collect()
}
