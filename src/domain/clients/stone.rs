//! What is left of a client's card that was merged into another one: a stone that points to the card that was kept.

use super::client::Client;
use crate::values::id::{AgreementId, ClientId, PointId, RequestId, UnitId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What went from one client to another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Service points.
    pub points: Vec<PointId>,
    /// Equipment.
    pub units: Vec<UnitId>,
    /// Agreements; their schedules go with them.
    pub agreements: Vec<AgreementId>,
    /// Requests; their orders and visits go with them.
    pub requests: Vec<RequestId>,
}

/// Where a merged card points; the values of the card itself stay as they were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stone {
    /// The card that was kept.
    pub into: ClientId,
    /// When.
    pub at: Timestamp,
    /// Who merged them, by login.
    pub by: String,
    /// The version of the kept card right after: it is parted only as it was left.
    pub since: u64,
    /// The kept card as it was before.
    pub before: Box<Client>,
    /// What it had, and has no longer.
    pub moved: Moved,
}

/// Merged cards, each under its own id.
#[derive(Debug, Clone, Default)]
pub struct Stones(HashMap<ClientId, Client>);

impl Stones {
    /// Lays a stone, or takes it away when the card lives again.
    pub fn put(&mut self, client: &Client) {
        match client.stone {
            Some(_) => self.0.insert(client.id, client.clone()),
            None => self.0.remove(&client.id),
        };
    }
    /// A merged card.
    pub fn get(&self, id: ClientId) -> Option<&Client> {
        self.0.get(&id)
    }
    /// Every merged card.
    pub fn all(&self) -> impl Iterator<Item = &Client> {
        self.0.values()
    }
    /// The card that an id means today: itself, or what it was merged into, however often.
    pub fn kept(&self, id: ClientId) -> ClientId {
        let next = |id: &ClientId| self.0.get(id).and_then(|c| c.stone.as_ref()).map(|stone| stone.into);
        let mut way = std::iter::successors(Some(id), next);
        // No way is longer than there are stones, even if a broken row made a circle.
        way.by_ref().take(self.0.len() + 1).last().unwrap_or(id)
    }
    /// The cards that were merged into one, those into them among it; the newest first.
    pub fn under(&self, kept: ClientId) -> Vec<&Client> {
        let mut found: Vec<&Client> = self.0.values().filter(|c| self.kept(c.id) == kept).collect();
        found.sort_by_key(|c| std::cmp::Reverse((c.stone.as_ref().map(|stone| stone.at), c.id)));
        found
    }
}
