//! Cards were merged or parted: calls and tasks that go on show whose they are now.

use super::{call_queue::CallQueue, call_session::CallSession, telephony::Telephony};
use actix::{Context, Handler, Message};
use domain::values::id::ClientId;

/// These clients are called otherwise, or have another card.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct CardsMerged(pub Vec<ClientId>);

impl Handler<CardsMerged> for Telephony {
    type Result = ();
    fn handle(&mut self, merged: CardsMerged, _: &mut Context<Self>) {
        self.sessions.values().for_each(|session| session.do_send(merged.clone()));
    }
}

impl Handler<CardsMerged> for CallSession {
    type Result = ();
    fn handle(&mut self, CardsMerged(clients): CardsMerged, _: &mut Context<Self>) {
        if self.call.client.is_some_and(|client| clients.contains(&client)) && !self.call.is_over() {
            self.show_row();
            self.show_talk();
        }
    }
}

impl Handler<CardsMerged> for CallQueue {
    type Result = ();
    fn handle(&mut self, _: CardsMerged, _: &mut Context<Self>) {
        self.show_callbacks();
    }
}
