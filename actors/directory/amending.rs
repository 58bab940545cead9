//! Cards that are written over: nobody is found any longer by what a card does not say now.

use super::{Directory, compact, words};
use domain::{
    clients::{agreement::Agreement, client::Client, point::ServicePoint},
    equipment::EquipmentUnit,
    values::id::ClientId,
};

fn names(client: &Client) -> impl Iterator<Item = &str> {
    client.contacts.iter().map(|contact| contact.name.as_str()).chain([client.name.as_str()])
}

impl Directory {
    /// Forgets what the client was found by until now.
    pub(super) fn unlearn_client(&mut self, after: &Client) {
        let Some(before) = self.clients.remove(&after.id) else { return };
        for phone in before.phones() {
            if let Some(known) = self.by_phone.get_mut(phone) {
                known.retain(|id| *id != after.id);
            }
        }
        let said: Vec<String> = names(&before).flat_map(words).collect();
        self.clients.insert(after.id, after.clone());
        self.drop_words(after.id, said);
    }
    /// Forgets what the point was found by until now.
    pub(super) fn unlearn_point(&mut self, after: &ServicePoint) {
        let Some(before) = self.points.insert(after.id, after.clone()) else { return };
        if before.client != after.client
            && let Some(theirs) = self.points_of.get_mut(&before.client)
        {
            theirs.retain(|id| *id != after.id);
        }
        self.drop_words(before.client, words(&before.address).collect());
    }
    /// Forgets where the unit stood and the number it was found by.
    pub(super) fn unlearn_unit(&mut self, after: &EquipmentUnit) {
        let Some(before) = self.units.insert(after.id, after.clone()) else { return };
        if before.point != after.point
            && let Some(there) = self.units_at.get_mut(&before.point)
        {
            there.retain(|id| *id != after.id);
        }
        if before.serial != after.serial || before.client != after.client {
            self.drop_words(before.client, vec![compact(&before.serial)]);
        }
    }
    /// Forgets the number that the agreement was found by.
    pub(super) fn unlearn_agreement(&mut self, after: &Agreement) {
        let Some(before) = self.agreements.get(&after.id) else { return };
        let (owner, no) = (before.client, compact(&before.no));
        if before.no != after.no || owner != after.client {
            self.words.remove(&(no, owner));
        }
        if owner != after.client
            && let Some(theirs) = self.agreements_of.get_mut(&owner)
        {
            theirs.retain(|id| *id != after.id);
        }
    }
    fn drop_words(&mut self, owner: ClientId, said: Vec<String>) {
        for word in said {
            if !self.has_word(owner, &word) {
                self.words.remove(&(word, owner));
            }
        }
    }
}
