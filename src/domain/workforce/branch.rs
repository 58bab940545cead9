//! Branches: the offices that masters belong to and begin their day from.

use crate::{
    access::user_rules::name_of,
    ports::{Entity, Table},
    refusal::Refusal,
    values::{
        id::{BranchId, BranchKind, Id},
        phone::PhoneNumber,
        place::Place,
    },
};
use serde::{Deserialize, Serialize};

/// The longest address, in characters.
const LONGEST_ADDRESS: usize = 200;

/// What is written about a branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BranchCard {
    /// How it is called; two that are open never share a name.
    pub name: String,
    /// Where it is, in words.
    #[serde(default)]
    pub address: String,
    /// Where it is on the map.
    pub place: Place,
    /// Where it is called.
    #[serde(default)]
    pub phone: Option<PhoneNumber>,
}

/// An office of the firm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Branch {
    /// Identity.
    pub id: BranchId,
    /// Version.
    pub ver: u64,
    /// What is written about it.
    pub card: BranchCard,
    /// Nobody is sent from it any longer.
    #[serde(default)]
    pub closed: bool,
}

/// What has happened to a branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum BranchEvent {
    /// Is there from now on.
    Opened {
        /// What is written about it.
        card: BranchCard,
    },
    /// Something else is written about it.
    Changed {
        /// As it is now.
        card: BranchCard,
    },
    /// Nobody is sent from it any longer.
    Closed,
    /// Masters may belong to it again.
    Reopened,
}

impl BranchEvent {
    /// The name in the journal.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "branch.opened",
            Self::Changed { .. } => "branch.changed",
            Self::Closed => "branch.closed",
            Self::Reopened => "branch.reopened",
        }
    }
}

impl BranchCard {
    /// The card as it is kept.
    ///
    /// # Errors
    /// The name is empty or too long, the address is too long, or the place is not on the Earth.
    pub fn checked(self) -> Result<Self, Refusal> {
        let name = name_of(&self.name)?;
        let address = self.address.split_whitespace().collect::<Vec<_>>().join(" ");
        let letters = address.chars().count();
        if letters > LONGEST_ADDRESS {
            let detail = format!("the address has {letters} characters: expected {LONGEST_ADDRESS} at most");
            return Err(Refusal::invalid("address", detail));
        }
        Place::new(self.place.lat, self.place.lon).map_err(|e| Refusal::invalid("place", e.to_string()))?;
        Ok(Self { name, address, ..self })
    }
}

impl Branch {
    /// A branch that nothing has happened to.
    pub fn new(id: BranchId, card: BranchCard) -> Self {
        Self { id, ver: 0, card, closed: false }
    }
    /// Decides; `others` are all branches besides, `masters` is how many work from it. Changes nothing.
    ///
    /// # Errors
    /// An open branch has the name already, masters still belong to it, or nothing would change.
    pub fn decide<'a>(
        &self,
        event: BranchEvent,
        others: impl IntoIterator<Item = &'a Self>,
        masters: usize,
    ) -> Result<BranchEvent, Refusal> {
        let named = match &event {
            BranchEvent::Opened { card } => Some(&card.name),
            BranchEvent::Changed { card } if !self.closed => Some(&card.name),
            BranchEvent::Reopened => Some(&self.card.name),
            BranchEvent::Changed { .. } | BranchEvent::Closed => None,
        };
        let same = |other: &&Self| {
            other.id != self.id
                && !other.closed
                && named.is_some_and(|name| name.to_lowercase() == other.card.name.to_lowercase())
        };
        if let Some(other) = others.into_iter().find(same) {
            let detail = format!("a branch is called `{}` already: expected another name", other.card.name);
            return Err(Refusal::state("branch-name", detail));
        }
        match &event {
            BranchEvent::Closed if masters > 0 => {
                let detail = format!(
                    "{masters} masters belong to the branch `{}`: expected none; move them first",
                    self.card.name
                );
                Err(Refusal::state("branch-used", detail))
            }
            BranchEvent::Closed if self.closed => Err(self.already("closed")),
            BranchEvent::Reopened if !self.closed => Err(self.already("open")),
            _ => Ok(event),
        }
    }
    fn already(&self, how: &str) -> Refusal {
        Refusal::state("branch-state", format!("the branch `{}` is {how} already", self.card.name))
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &BranchEvent) {
        self.ver += 1;
        match event {
            BranchEvent::Opened { card } | BranchEvent::Changed { card } => self.card = card.clone(),
            BranchEvent::Closed => self.closed = true,
            BranchEvent::Reopened => self.closed = false,
        }
    }
}

impl Entity for Branch {
    const TABLE: Table = Table::Branch;
    type Kind = BranchKind;
    fn id(&self) -> Id<BranchKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
