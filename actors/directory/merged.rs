//! Cards that were merged into others: an old id means the kept card, and its past is shown there.

use super::{Directory, TIMELINE};
use domain::{
    clients::{
        client::Client,
        merging::Holdings,
        twins::{Face, plain_address, plain_name},
    },
    imports::register::Card,
    values::id::{ClientId, RequestId},
};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashSet};

/// A word that so many clients have brings nobody together.
const MOST_OF_WORD: usize = 300;

/// How much belongs to a client, and where the first of it is.
pub(crate) struct Held {
    pub(crate) points: usize,
    pub(crate) units: usize,
    pub(crate) agreements: usize,
    pub(crate) address: Option<String>,
}

impl Directory {
    /// The client that an id means: the card itself, or the one it was merged into.
    pub fn known_client(&self, id: ClientId) -> Option<&Client> {
        self.clients.get(&self.stones.kept(id))
    }
    /// The kept card and those that were merged into it.
    pub fn family(&self, id: ClientId) -> Vec<ClientId> {
        let kept = self.stones.kept(id);
        std::iter::once(kept).chain(self.stones.under(kept).iter().map(|card| card.id)).collect()
    }
    /// Nobody finds a merged card by what it says.
    pub(super) fn bury(&mut self, stone: &Client) {
        if let Some(before) = self.clients.get(&stone.id).cloned() {
            self.forget(&Card::Client(before));
        }
    }
    /// What happened to a client under all ids of theirs, the newest first.
    pub(super) fn told_of(&self, id: ClientId) -> Vec<&Value> {
        let mut seen = HashSet::new();
        let entries = self.family(id).into_iter().filter_map(|id| self.timeline.get(&id)).flatten();
        let mut all: Vec<&Value> =
            entries.filter(|e| seen.insert(e["id"].as_str().unwrap_or_default())).collect();
        all.sort_by_key(|e| std::cmp::Reverse(e["at"].as_i64()));
        all.truncate(TIMELINE);
        all
    }
    /// The cards that were merged into one, as its page shows them.
    pub(super) fn merged_into(&self, id: ClientId) -> Vec<Value> {
        let shown = |card: &Client| {
            let stone = card.stone.as_ref()?;
            let phones: Vec<&str> = card.phones().map(|phone| phone.as_str()).collect();
            let parts = self.clients.get(&stone.into).is_some_and(|kept| kept.ver == stone.since);
            Some(json!({
                "id": card.id, "name": card.name, "kind": card.kind, "inn": card.inn, "phones": phones, "note": card.note,
                "debt": card.debt, "at": stone.at.as_millisecond(), "by": stone.by, "parts": parts,
                "points": stone.moved.points.len(), "units": stone.moved.units.len(),
                "agreements": stone.moved.agreements.len(), "requests": stone.moved.requests.len(),
            }))
        };
        self.stones.under(id).into_iter().filter_map(shown).collect()
    }
    /// Everything that belongs to a client.
    pub fn holdings(&self, id: ClientId) -> Holdings {
        let points = self.points_of.get(&id).into_iter().flatten().filter_map(|p| self.points.get(p));
        Holdings {
            points: points.cloned().collect(),
            units: self.units.values().filter(|unit| unit.client == id).cloned().collect(),
            agreements: self.agreements.values().filter(|it| it.client == id).cloned().collect(),
        }
    }
    /// How much belongs to a client.
    pub(crate) fn holdings_count(&self, id: ClientId) -> Held {
        let points = self.points_of.get(&id).map(Vec::as_slice).unwrap_or_default();
        Held {
            points: points.len(),
            units: points.iter().filter_map(|point| self.units_at.get(point)).map(Vec::len).sum(),
            agreements: self.agreements_of.get(&id).map_or(0, Vec::len),
            address: points.first().and_then(|id| self.points.get(id)).map(|point| point.address.clone()),
        }
    }
    /// Open work and the past of some requests are no longer shown with a client: they went to another one.
    pub fn hand_over(&mut self, from: ClientId, requests: &[RequestId]) {
        let gone: HashSet<String> = requests.iter().map(ToString::to_string).collect();
        if let Some(open) = self.open.get_mut(&from) {
            open.retain(|request, _| !gone.contains(request));
        }
        if let Some(told) = self.timeline.get_mut(&from) {
            told.retain(|e| !e["id"].as_str().is_some_and(|id| gone.contains(id)));
        }
    }
    /// A client as others are compared with it.
    pub fn face(&self, client: &Client) -> Face {
        let points = self.points_of.get(&client.id).into_iter().flatten().filter_map(|p| self.points.get(p));
        Face {
            id: client.id,
            name: client.name.clone(),
            inn: client.inn.clone(),
            phones: client.phones().cloned().collect(),
            places: points.map(|point| (point.address.clone(), point.place)).collect(),
            apart: client.apart.iter().map(|id| self.stones.kept(*id)).collect(),
        }
    }
    /// The faces of a client and of everybody who shares a number or a rare word with them; few of all.
    pub fn faces_near(&self, client: &Client) -> Vec<Face> {
        let mut near: BTreeSet<ClientId> = BTreeSet::from([client.id]);
        near.extend(client.phones().filter_map(|phone| self.by_phone.get(phone)).flatten());
        if let Some(inn) = &client.inn {
            near.extend(self.clients.values().filter(|it| it.inn.as_ref() == Some(inn)).map(|it| it.id));
        }
        let points = self.points_of.get(&client.id).into_iter().flatten().filter_map(|p| self.points.get(p));
        let said = std::iter::once(plain_name(&client.name)).chain(points.map(|p| plain_address(&p.address)));
        for text in said {
            let groups =
                text.split(' ').filter(|word| word.chars().count() > 1).map(|word| self.who_says(word));
            near.extend(
                groups.filter(|who| who.len() <= MOST_OF_WORD).min_by_key(Vec::len).into_iter().flatten(),
            );
        }
        near.iter().filter_map(|id| self.clients.get(id)).map(|it| self.face(it)).collect()
    }
    /// Who is found by a whole word; one more than are wanted at most.
    fn who_says(&self, word: &str) -> Vec<ClientId> {
        let from = (word.to_owned(), ClientId::from_uuid(uuid::Uuid::nil()));
        let same = self.words.range(from..).take_while(|(known, _)| known == word);
        same.map(|(_, id)| *id).take(MOST_OF_WORD + 1).collect()
    }
}
