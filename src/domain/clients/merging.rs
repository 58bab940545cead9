//! Two cards of one client become one: what is chosen of each, what is refused, and what goes over.

use super::{
    agreement::Agreement,
    cards::MOST,
    client::{Client, ClientSort, Contact},
    consent::Consent,
    point::ServicePoint,
    stone::{Moved, Stone},
};
use crate::{
    equipment::EquipmentUnit,
    refusal::Refusal,
    values::{
        id::{ClientId, RequestId},
        inn::Inn,
        money::Money,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Whose value stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// That of the card that is kept.
    Keep,
    /// That of the card that goes.
    Other,
}

/// What a person chose, field by field; what they did not choose is the kept card's where it says something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picks {
    /// The name on the card.
    #[serde(default)]
    pub name: Option<Whose>,
    /// Person or firm.
    #[serde(default)]
    pub kind: Option<Whose>,
    /// The taxpayer number.
    #[serde(default)]
    pub inn: Option<Whose>,
    /// The word on automatic calls; unless somebody chose, a "no" of either card stays.
    #[serde(default)]
    pub consent: Option<Whose>,
}

/// A merge that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeWish {
    /// The card that stays.
    pub keep: ClientId,
    /// The card that goes.
    pub other: ClientId,
    /// The version of the first that was looked at.
    pub keep_rev: u64,
    /// The version of the second.
    pub other_rev: u64,
    /// What was chosen.
    #[serde(default)]
    pub pick: Picks,
    /// Both have a proved taxpayer number, and it is one client all the same.
    #[serde(default)]
    pub despite_inn: bool,
}

fn proved(inn: Option<&String>) -> Option<Inn> {
    inn.and_then(|digits| digits.parse().ok())
}
fn picked<T: Clone>(whose: Option<Whose>, keep: Option<&T>, other: Option<&T>) -> Option<T> {
    let chosen = match whose {
        Some(Whose::Other) => other.or(keep),
        _ => keep.or(other),
    };
    chosen.cloned()
}

impl MergeWish {
    /// The kept card as it is then; changes nothing.
    ///
    /// # Errors
    /// It is one and the same card, one of them was changed or merged meanwhile, their proved taxpayer numbers differ
    /// and nobody said that it is so, or together they have more contacts than a card holds.
    pub fn decide(&self, keep: &Client, other: &Client) -> Result<Client, Refusal> {
        if self.keep == self.other || keep.id == other.id {
            let detail = format!("`{}` would be merged into itself: expected two clients", other.id);
            return Err(Refusal::invalid("same-client", detail));
        }
        for card in [keep, other] {
            if let Some(stone) = &card.stone {
                let detail = format!(
                    "`{}` was merged into `{}` already: expected a card that lives",
                    card.id, stone.into
                );
                return Err(Refusal::state("already-merged", detail));
            }
        }
        for (card, rev) in [(keep, self.keep_rev), (other, self.other_rev)] {
            if card.ver != rev {
                return Err(Refusal::stale("the client", rev, card.ver));
            }
        }
        if let (Some(ours), Some(theirs)) = (proved(keep.inn.as_ref()), proved(other.inn.as_ref()))
            && ours != theirs
            && !self.despite_inn
        {
            let detail = format!(
                "the taxpayer numbers `{ours}` and `{theirs}` are of two firms: expected one number, or to be told that it is one client"
            );
            return Err(Refusal::state("different-inn", detail));
        }
        let contacts = together(&keep.contacts, &other.contacts);
        if contacts.len() > MOST {
            let detail = format!("together they have `{}` contacts: expected {MOST} at most", contacts.len());
            return Err(Refusal::invalid("too-many-contacts", detail));
        }
        Ok(self.written(keep, other, contacts))
    }
    fn written(&self, keep: &Client, other: &Client, contacts: Vec<Contact>) -> Client {
        let pick = &self.pick;
        let named = |name: &String| !name.trim().is_empty();
        let names = (Some(&keep.name).filter(|n| named(n)), Some(&other.name).filter(|n| named(n)));
        let kind = match pick.kind {
            Some(Whose::Other) => other.kind,
            Some(Whose::Keep) => keep.kind,
            // A taxpayer number of a firm makes a firm of it, whichever card knew that.
            None if other.kind == ClientSort::Org => ClientSort::Org,
            None => keep.kind,
        };
        let mut apart = keep.apart.clone();
        apart.extend(&other.apart);
        apart.retain(|id| *id != keep.id && *id != other.id);
        Client {
            ver: keep.ver + 1,
            kind,
            name: picked(pick.name, names.0, names.1).unwrap_or_default(),
            inn: picked(pick.inn, keep.inn.as_ref(), other.inn.as_ref()),
            contacts,
            vip: keep.vip || other.vip,
            debt: Money::rounded(keep.debt.amount() + other.debt.amount()),
            note: notes(&keep.note, &other.note),
            consent: self.consent(keep.consent.as_ref(), other.consent.as_ref()),
            apart,
            ..keep.clone()
        }
    }
    /// Nobody is rung by a machine who said no on either card, unless a person has looked at both words.
    fn consent(&self, keep: Option<&Consent>, other: Option<&Consent>) -> Option<Consent> {
        let no = || [keep, other].into_iter().flatten().find(|said| !said.given).cloned();
        match self.pick.consent {
            None => no().or_else(|| picked(None, keep, other)),
            chosen => picked(chosen, keep, other),
        }
    }
}

/// Both notes, each once.
fn notes(keep: &str, other: &str) -> String {
    match (keep.trim(), other.trim()) {
        (keep, other) if other.is_empty() || keep.contains(other) => keep.to_owned(),
        ("", other) => other.to_owned(),
        (keep, other) => format!("{keep}\n{other}"),
    }
}

/// People of both cards; those of one name are one person, a number that somebody of them has is not written twice.
fn together(keep: &[Contact], other: &[Contact]) -> Vec<Contact> {
    let mut all = keep.to_vec();
    let named = |contact: &Contact| contact.name.trim().to_lowercase();
    for contact in other {
        let known = |number: &super::client::Phone, all: &[Contact]| {
            all.iter().flat_map(|c| &c.phones).any(|phone| phone.e164 == number.e164)
        };
        let fresh: Vec<_> = contact.phones.iter().filter(|phone| !known(phone, &all)).cloned().collect();
        match all.iter_mut().find(|known| named(known) == named(contact)) {
            Some(same) => same.phones.extend(fresh),
            // Somebody who is reached by a number that another one has stays by name.
            None if fresh.is_empty() => {
                all.push(Contact { name: contact.name.clone(), phones: contact.phones.clone() })
            }
            None => all.push(Contact { name: contact.name.clone(), phones: fresh }),
        }
    }
    all
}

impl Client {
    /// The stone that is left of a card that went over to another one.
    #[must_use]
    pub fn merged(&self, kept: (&Client, &Client), moved: Moved, at: Timestamp, by: &str) -> Client {
        let (before, after) = kept;
        let stone = Stone {
            into: after.id,
            at,
            by: by.to_owned(),
            since: after.ver,
            before: Box::new(before.clone()),
            moved,
        };
        Client { ver: self.ver + 1, stone: Some(Box::new(stone)), ..self.clone() }
    }
}

/// Cards that belong to a client.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Holdings {
    /// Service points.
    pub points: Vec<ServicePoint>,
    /// Equipment.
    pub units: Vec<EquipmentUnit>,
    /// Agreements.
    pub agreements: Vec<Agreement>,
}

impl Holdings {
    /// The same cards as they are when they belong to somebody else.
    #[must_use]
    pub fn given(mut self, to: ClientId) -> Self {
        for point in &mut self.points {
            (point.ver, point.client) = (point.ver + 1, to);
        }
        for unit in &mut self.units {
            (unit.ver, unit.client) = (unit.ver + 1, to);
        }
        for agreement in &mut self.agreements {
            (agreement.ver, agreement.client) = (agreement.ver + 1, to);
        }
        self
    }
    /// What of it goes over, with these requests.
    pub fn moved(&self, requests: Vec<RequestId>) -> Moved {
        Moved {
            points: self.points.iter().map(|point| point.id).collect(),
            units: self.units.iter().map(|unit| unit.id).collect(),
            agreements: self.agreements.iter().map(|agreement| agreement.id).collect(),
            requests,
        }
    }
}
