//! The front desk's commands about clients who stand twice: found, told apart, merged, parted again.

use crate::{
    card_desk::{batch_of, looked_at},
    directory::Directory,
    dispatch::{
        orders::args,
        uniting::{CountRequests, Part, Unite},
    },
    front_desk::{FrontDesk, gone},
};
use domain::{
    clients::{
        client::Client,
        merging::MergeWish,
        stone::Stones,
        twins::{Face, find},
    },
    ports::{Command, Seat},
    refusal::{Refusal, RefusalKind},
    values::id::ClientId,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// Pairs that are listed at once.
const MOST: usize = 200;
/// Numbers of a client that a pair shows.
const PHONES: usize = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    #[serde(default)]
    client: Option<ClientId>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Apart {
    client: ClientId,
    other: ClientId,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    other: ClientId,
}

/// Has every client that is named mean the card that lives.
fn renamed(value: &mut Value, stones: &Stones) {
    match value {
        Value::String(text) if text.starts_with("client_") => {
            if let Ok(id) = text.parse::<ClientId>() {
                *text = stones.kept(id).to_string();
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|one| renamed(one, stones)),
        Value::Object(all) => all.values_mut().for_each(|one| renamed(one, stones)),
        _ => {}
    }
}

/// A client as one of a pair.
fn brief(directory: &Directory, client: &Client, requests: &HashMap<ClientId, usize>) -> Value {
    let held = directory.holdings_count(client.id);
    let phones: Vec<&str> = client.phones().take(PHONES).map(|phone| phone.as_str()).collect();
    json!({
        "id": client.id, "rev": client.ver, "name": client.name, "kind": client.kind, "inn": client.inn,
        "phones": phones, "address": held.address, "points": held.points, "units": held.units,
        "agreements": held.agreements, "requests": requests.get(&client.id).copied().unwrap_or(0),
    })
}

impl FrontDesk {
    /// The command as it is meant: an id of a merged card is that of the kept one, except where the merge itself is
    /// spoken of.
    pub(crate) fn to_kept(&self, mut command: Command) -> Command {
        let directory = self.house.directory.read();
        match command.name.as_str() {
            "client.part" => {}
            "client.merge" => {
                if let Some(keep) = command.args.get_mut("keep") {
                    renamed(keep, &directory.stones);
                }
            }
            _ => renamed(&mut command.args, &directory.stones),
        }
        drop(directory);
        command
    }
    /// The entity whose past is asked for, with what was merged into it.
    pub(crate) fn entities(&self, entity: &str) -> Vec<String> {
        match entity.parse::<ClientId>() {
            Ok(id) => self.house.directory.read().family(id).iter().map(ToString::to_string).collect(),
            Err(_) => vec![entity.to_owned()],
        }
    }
    /// Commands `client.merge`, `client.part`, `client.apart` and `client.twins`.
    pub(crate) async fn twin(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        match command.name.as_str() {
            "client.twins" => self.twins(command).await,
            "client.apart" => self.tell_apart(seat, command).await,
            "client.merge" => {
                let wish: MergeWish = args(command)?;
                let _one_at_a_time = self.zoning.lock().await;
                let _no_import = self.imports.take()?;
                let keep = wish.keep;
                let unite = Unite { wish, command: command.id.clone(), by: seat.login.clone() };
                let done = self.house.desk()?.dispatcher.send(unite).await.map_err(gone)?;
                done.map_err(|no| if no.kind == RefusalKind::Stale { self.with_card(no, keep) } else { no })
            }
            "client.part" => {
                let Which { other } = args(command)?;
                let _one_at_a_time = self.zoning.lock().await;
                let _no_import = self.imports.take()?;
                let parted = Part { other, command: command.id.clone(), by: seat.login.clone() };
                self.house.desk()?.dispatcher.send(parted).await.map_err(gone)?
            }
            other => Err(Refusal::unknown("command", other)),
        }
    }
    /// Two clients look alike and are two: nobody is asked about them again.
    async fn tell_apart(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let Apart { client, other } = args(command)?;
        let _one_at_a_time = self.zoning.lock().await;
        let (mut card, known) = {
            let directory = self.house.directory.read();
            let card = directory.clients.get(&client).cloned();
            (card.ok_or_else(|| Refusal::unknown("client", client))?, directory.clients.contains_key(&other))
        };
        if !known {
            return Err(Refusal::unknown("client", other));
        }
        if client == other {
            let detail = format!("`{client}` is no other client than itself: expected two clients");
            return Err(Refusal::invalid("same-client", detail));
        }
        looked_at("the client", command, card.ver).map_err(|no| self.with_card(no, client))?;
        let was = card.ver;
        card.ver += 1;
        card.apart.insert(other);
        let answer = json!({"rev": card.ver});
        let mut batch = batch_of(command, &answer);
        let told = json!({ "other": other });
        batch.tell(client, card.ver, "client.told_apart", self.house.now(), &seat.login, &told);
        batch.keep(&card, was);
        self.house.keep(batch).await?;
        self.house.directory.write().put_client(card);
        Ok(answer)
    }
    async fn twins(&self, command: &Command) -> Result<Value, Refusal> {
        let Whose { client } = args(command)?;
        let faces: Vec<Face> = {
            let directory = self.house.directory.read();
            match client {
                Some(id) => {
                    let one = directory.clients.get(&id).ok_or_else(|| Refusal::unknown("client", id))?;
                    directory.faces_near(one)
                }
                None => directory.clients.values().map(|one| directory.face(one)).collect(),
            }
        };
        let found = match client {
            Some(_) => find(&faces, client),
            // Everybody against everybody is a second of work: nobody waits behind it.
            None => tokio::task::spawn_blocking(move || find(&faces, None)).await.map_err(gone)?,
        };
        let (total, shown) = (found.len(), &found[..found.len().min(MOST)]);
        let asked: HashSet<ClientId> = shown.iter().flat_map(|pair| [pair.a, pair.b]).collect();
        let requests = self.house.desk()?.dispatcher.send(CountRequests(asked)).await.map_err(gone)?;
        let directory = self.house.directory.read();
        let row = |pair: &domain::clients::twins::Twins| {
            let (a, b) = (directory.clients.get(&pair.a)?, directory.clients.get(&pair.b)?);
            let (a, b) = (brief(&directory, a, &requests), brief(&directory, b, &requests));
            Some(json!({"a": a, "b": b, "score": pair.score, "why": pair.why}))
        };
        let pairs: Vec<Value> = shown.iter().filter_map(row).collect();
        Ok(json!({"pairs": pairs, "total": total}))
    }
}
