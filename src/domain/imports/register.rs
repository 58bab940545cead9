//! Who is known already: what finds the card that a line speaks of, also when an earlier line has brought it.

use super::columns::folded;
use crate::{
    clients::{agreement::Agreement, client::Client, point::ServicePoint},
    equipment::EquipmentUnit,
    ports::{Batch, Entity, Table},
    values::{
        id::{AgreementId, ClientId, PointId, UnitId},
        phone::PhoneNumber,
    },
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;

/// A card that an import writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "table", content = "card", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the aggregate of its name")]
pub enum Card {
    Client(Client),
    Point(ServicePoint),
    Unit(EquipmentUnit),
    Agreement(Agreement),
}

impl Card {
    /// The table, the key and the version.
    pub fn place(&self) -> (Table, Uuid, u64) {
        fn of<E: Entity>(entity: &E) -> (Table, Uuid, u64) {
            (E::TABLE, entity.id().uuid(), entity.ver())
        }
        match self {
            Self::Client(card) => of(card),
            Self::Point(card) => of(card),
            Self::Unit(card) => of(card),
            Self::Agreement(card) => of(card),
        }
    }
    /// The id as the wire has it.
    pub fn id(&self) -> String {
        match self {
            Self::Client(card) => card.id.to_string(),
            Self::Point(card) => card.id.to_string(),
            Self::Unit(card) => card.id.to_string(),
            Self::Agreement(card) => card.id.to_string(),
        }
    }
    /// The same card as a newer version.
    pub fn at_version(&mut self, ver: u64) {
        match self {
            Self::Client(card) => card.ver = ver,
            Self::Point(card) => card.ver = ver,
            Self::Unit(card) => card.ver = ver,
            Self::Agreement(card) => card.ver = ver,
        }
    }
    /// Adds the card to a batch; `was` is its version before.
    pub fn keep(&self, batch: &mut Batch, was: u64) {
        match self {
            Self::Client(card) => batch.keep(card, was),
            Self::Point(card) => batch.keep(card, was),
            Self::Unit(card) => batch.keep(card, was),
            Self::Agreement(card) => batch.keep(card, was),
        }
    }
}

/// The cards as they are.
pub trait Cards {
    /// A client.
    fn client(&self, id: ClientId) -> Option<Client>;
    /// A point.
    fn point(&self, id: PointId) -> Option<ServicePoint>;
    /// A unit.
    fn unit(&self, id: UnitId) -> Option<EquipmentUnit>;
    /// An agreement.
    fn agreement(&self, id: AgreementId) -> Option<Agreement>;
}

/// What cards are found by.
#[derive(Debug, Default)]
pub struct Register {
    pub(super) phones: HashMap<PhoneNumber, ClientId>,
    pub(super) inns: HashMap<String, ClientId>,
    pub(super) names: HashMap<String, Vec<ClientId>>,
    pub(super) points: HashMap<ClientId, Vec<(String, PointId)>>,
    pub(super) serials: HashMap<String, UnitId>,
    pub(super) nos: HashMap<String, AgreementId>,
    /// Kind of equipment → the skill and the level it asks for.
    pub(super) kinds: HashMap<String, (String, u8)>,
    pub(super) zone: Option<String>,
    /// Cards that were written and are not in the house's memory yet, by key.
    fresh: HashMap<Uuid, Card>,
}

/// Letters and digits in upper case: how serial numbers and numbers of agreements are compared.
pub(super) fn code(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

impl Register {
    /// Knows a card from now on.
    pub fn learn(&mut self, card: &Card) {
        match card {
            Card::Client(client) => self.client(client),
            Card::Point(point) => {
                let theirs = self.points.entry(point.client).or_default();
                theirs.retain(|(_, id)| *id != point.id);
                theirs.push((folded(&point.address), point.id));
                self.zone.get_or_insert_with(|| point.zone.clone());
            }
            Card::Unit(unit) => {
                if !code(&unit.serial).is_empty() {
                    self.serials.insert(code(&unit.serial), unit.id);
                }
                let asks = (unit.skill.clone(), unit.level);
                self.kinds.entry(folded(&unit.kind)).or_insert(asks);
            }
            Card::Agreement(agreement) => {
                self.nos.insert(code(&agreement.no), agreement.id);
            }
        }
    }
    /// A card that was merged is found as the kept one, by a taxpayer number that nobody else has.
    pub fn merged(&mut self, stone: &Client, kept: ClientId) {
        if let Some(inn) = &stone.inn {
            self.inns.entry(inn.clone()).or_insert(kept);
        }
    }
    /// Learns a card that the house's memory does not have yet.
    pub fn write(&mut self, card: &Card) {
        self.learn(card);
        self.fresh.insert(card.place().1, card.clone());
    }
    /// The house's memory has everything now.
    pub fn settle(&mut self) {
        self.fresh.clear();
    }
    fn client(&mut self, client: &Client) {
        for number in client.phones() {
            self.phones.entry(number.clone()).or_insert(client.id);
        }
        if let Some(inn) = &client.inn {
            self.inns.insert(inn.clone(), client.id);
        }
        let same = self.names.entry(folded(&client.name)).or_default();
        if !same.contains(&client.id) {
            same.push(client.id);
        }
    }
    pub(super) fn fresh(&self, key: Uuid) -> Option<&Card> {
        self.fresh.get(&key)
    }
}
