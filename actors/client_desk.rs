//! The front desk's commands about clients' cards.

use crate::{dispatch::orders::args, front_desk::FrontDesk};
use domain::{
    clients::consent::Consent,
    ports::{Batch, Command, Seat},
    refusal::Refusal,
    values::id::ClientId,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a client has said about automatic calls.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    client: ClientId,
    given: bool,
    #[serde(default)]
    how: String,
}

impl FrontDesk {
    /// Command `client.consent`: the client's word on automatic calls is kept on the card.
    pub(crate) async fn consent(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let said: Said = args(command)?;
        let known = self.house.directory.read().clients.get(&said.client).cloned();
        let mut client = known.ok_or_else(|| Refusal::unknown("client", said.client))?;
        let (was, at) = (client.ver, self.house.now());
        let consent = Consent::written_down(said.given, at, &seat.login, &said.how)?;
        (client.ver, client.consent) = (was + 1, Some(consent.clone()));
        let mut batch = Batch { command: Some(command.id.clone()), answer: json!({}), ..Batch::default() };
        let name = if said.given { "client.consented" } else { "client.consent_withdrawn" };
        batch.tell(client.id, client.ver, name, at, &seat.login, &consent);
        batch.keep(&client, was);
        self.house.keep(batch).await?;
        self.house.directory.write().put_client(client);
        Ok(json!({}))
    }
}
