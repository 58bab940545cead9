//! A client: a person or a firm, with contacts.

use crate::{
    clients::{consent::Consent, stone::Stone},
    ports::{Entity, Table},
    values::{
        id::{ClientId, ClientKind, Id},
        money::Money,
        phone::PhoneNumber,
    },
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A person or a firm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientSort {
    /// A private person.
    #[default]
    Person,
    /// A firm.
    Org,
}

/// A phone of a contact; one number may belong to several people (a family, a reception desk).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// The number.
    pub e164: PhoneNumber,
    /// The extension behind it.
    pub extension: Option<String>,
    /// What was typed.
    pub raw: String,
}

/// A person to talk to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// How to address them.
    pub name: String,
    /// Their numbers.
    pub phones: Vec<Phone>,
}

/// Who pays and whose equipment it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Identity.
    pub id: ClientId,
    /// Version.
    pub ver: u64,
    /// Person or firm.
    pub kind: ClientSort,
    /// The name on the card.
    pub name: String,
    /// Taxpayer number of a firm.
    pub inn: Option<String>,
    /// People to talk to; the first is the main one.
    pub contacts: Vec<Contact>,
    /// To be treated first.
    pub vip: bool,
    /// What they owe now.
    pub debt: Money,
    /// A free note.
    pub note: String,
    /// What they have said about automatic calls; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// Clients who look alike and are known to be somebody else.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub apart: BTreeSet<ClientId>,
    /// What is left of a card that was merged into another one; `None`: it lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stone: Option<Box<Stone>>,
}

impl Client {
    /// Every number of every contact, each once: people of one firm often share one.
    pub fn phones(&self) -> impl Iterator<Item = &PhoneNumber> {
        let all = || self.contacts.iter().flat_map(|c| c.phones.iter().map(|p| &p.e164));
        all()
            .enumerate()
            .filter(move |(at, number)| !all().take(*at).any(|other| other == *number))
            .map(|it| it.1)
    }
}

impl Entity for Client {
    const TABLE: Table = Table::Client;
    type Kind = ClientKind;
    fn id(&self) -> Id<ClientKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
