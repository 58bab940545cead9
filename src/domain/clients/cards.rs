//! What is written on cards: a client's, a point's, a unit's; each is checked before it becomes a row.

use super::{
    client::{Client, ClientSort, Contact, Phone},
    point::{MasterBinding, ServicePoint},
    visiting::Visiting,
};
use crate::{
    equipment::EquipmentUnit,
    refusal::Refusal,
    values::{
        id::PointId,
        inn::{Inn, InvalidInn},
        phone::PhoneNumber,
        place::Place,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The longest line of a card, in characters.
const LONGEST: usize = 300;
/// Contacts of a client, and numbers of a contact.
pub(super) const MOST: usize = 20;
/// Levels of a skill.
const LEVELS: std::ops::RangeInclusive<u8> = 1..=3;

/// One line: without spaces around it, neither empty nor without an end.
fn line(code: &str, what: &str, text: &str) -> Result<String, Refusal> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = text.chars().count();
    if length == 0 || length > LONGEST {
        let detail = format!("{what} has `{length}` characters: expected 1 to {LONGEST}");
        return Err(Refusal::invalid(code, detail));
    }
    Ok(text)
}
fn short(code: &str, what: &str, text: &str) -> Result<String, Refusal> {
    if text.trim().is_empty() { Ok(String::new()) } else { line(code, what, text) }
}

/// A person to talk to, as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactCard {
    /// How to address them; empty: like the client.
    #[serde(default)]
    pub name: String,
    /// Their numbers.
    pub phones: Vec<String>,
}

/// What is written about a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientWords {
    /// The name on the card.
    pub name: String,
    /// Person or firm.
    pub kind: ClientSort,
    /// Taxpayer number of a firm.
    #[serde(default)]
    pub inn: Option<String>,
    /// People to talk to; the first is the main one.
    pub contacts: Vec<ContactCard>,
    /// To be treated first.
    #[serde(default)]
    pub vip: bool,
    /// A free note.
    #[serde(default)]
    pub note: String,
}

impl ClientWords {
    /// The client as it is after this was written.
    ///
    /// # Errors
    /// The name is empty, nobody can be called, a number is none, or the taxpayer number has another length.
    pub fn onto(&self, client: &Client) -> Result<Client, Refusal> {
        let name = line("name", "the name", &self.name)?;
        let inn = self.inn.as_deref().map(str::trim).filter(|inn| !inn.is_empty());
        let inn = inn.map(|typed| taxpayer(client, typed)).transpose()?;
        let numbers = self.contacts.iter().map(|contact| contact.phones.len()).max().unwrap_or(0);
        if numbers == 0 || self.contacts.len() > MOST || numbers > MOST {
            let detail = format!(
                "`{}` contacts with `{numbers}` numbers: expected one number at least, {MOST} at most",
                self.contacts.len()
            );
            return Err(Refusal::invalid("phone", detail));
        }
        let contact = |contact: &ContactCard| {
            let called = short("name", "the contact's name", &contact.name)?;
            let phones = contact.phones.iter().map(|typed| number(client, typed));
            let name = if called.is_empty() { name.clone() } else { called };
            Ok(Contact { name, phones: phones.collect::<Result<_, Refusal>>()? })
        };
        let contacts = self.contacts.iter().map(contact).collect::<Result<Vec<_>, Refusal>>()?;
        let note = self.note.trim().to_owned();
        Ok(Client {
            ver: client.ver + 1,
            name,
            kind: self.kind,
            inn,
            contacts,
            vip: self.vip,
            note,
            ..client.clone()
        })
    }
}

/// A taxpayer number whose control digits prove it; one that was known stays as it is.
fn taxpayer(client: &Client, typed: &str) -> Result<String, Refusal> {
    let known = client.inn.clone().filter(|known| known == typed);
    let checked = || typed.parse::<Inn>().map(String::from);
    known.map_or_else(checked, Ok).map_err(|error: InvalidInn| Refusal::invalid("inn", error.to_string()))
}

/// A number as it is kept; one that was known keeps its extension.
fn number(client: &Client, typed: &str) -> Result<Phone, Refusal> {
    let e164: PhoneNumber = typed.parse().map_err(|error: crate::values::phone::InvalidPhoneNumber| {
        Refusal::invalid("phone", error.to_string())
    })?;
    let mut known = client.contacts.iter().flat_map(|contact| &contact.phones);
    let fresh = || Phone { e164: e164.clone(), extension: None, raw: typed.to_owned() };
    Ok(known.find(|phone| phone.e164 == e164).cloned().unwrap_or_else(fresh))
}

/// What is written about a service point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointCard {
    /// Street, house, flat.
    pub address: String,
    /// Where on the Earth.
    pub place: Place,
    /// Entrance, intercom, pass, dog.
    #[serde(default)]
    pub access: String,
    /// When one may come and whom to ask for.
    #[serde(default)]
    pub visiting: Visiting,
}

impl PointCard {
    /// The point as it is after this was written; its zone is found by whoever has the chart.
    ///
    /// # Errors
    /// The address is empty, the place is not on the Earth, or nobody could come by the hours.
    pub fn onto(self, point: &ServicePoint) -> Result<ServicePoint, Refusal> {
        let place = Place::new(self.place.lat, self.place.lon);
        Ok(ServicePoint {
            ver: point.ver + 1,
            address: line("address", "the address", &self.address)?,
            place: place.map_err(|error| Refusal::invalid("place", error.to_string()))?,
            access: short("access", "the way in", &self.access)?,
            visiting: self.visiting.checked()?,
            ..point.clone()
        })
    }
}

/// Refuses a master who is bound twice.
///
/// # Errors
/// Somebody is named twice.
pub fn bindings_checked(bindings: Vec<MasterBinding>) -> Result<Vec<MasterBinding>, Refusal> {
    let mut seen = BTreeSet::new();
    match bindings.iter().find(|binding| !seen.insert(binding.master)) {
        Some(twice) => {
            let detail = format!("master `{}` is bound twice: expected each once", twice.master);
            Err(Refusal::invalid("bound-twice", detail))
        }
        None => Ok(bindings),
    }
}

/// What is written about a piece of equipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitCard {
    /// Where it stands.
    pub point: PointId,
    /// Kind: «кондиционер», «холодильник».
    pub kind: String,
    /// Trade mark.
    #[serde(default)]
    pub brand: String,
    /// Model.
    #[serde(default)]
    pub model: String,
    /// Serial number; empty while unknown.
    #[serde(default)]
    pub serial: String,
    /// The skill that its repair asks for.
    pub skill: String,
    /// The level of the skill.
    pub level: u8,
    /// Warranty till.
    #[serde(default, with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    pub warranty_until: Option<Timestamp>,
}

impl UnitCard {
    /// The unit as it is after this was written; a thing that stood at its point stands at the new one.
    ///
    /// # Errors
    /// It is scrap, the kind or the skill is empty, or there is no such level.
    pub fn onto(&self, unit: &EquipmentUnit) -> Result<EquipmentUnit, Refusal> {
        unit.in_use()?;
        if !LEVELS.contains(&self.level) {
            let detail = format!("the level `{}` is none: expected 1 to 3", self.level);
            return Err(Refusal::invalid("skill-level", detail));
        }
        Ok(EquipmentUnit {
            ver: unit.ver + 1,
            point: self.point,
            kind: line("kind", "the kind", &self.kind)?,
            brand: short("brand", "the brand", &self.brand)?,
            model: short("model", "the model", &self.model)?,
            serial: short("serial", "the serial number", &self.serial)?,
            skill: line("skill", "the skill", &self.skill)?,
            level: self.level,
            warranty_until: self.warranty_until,
            custodian: unit.custodian.carried(unit.point, self.point),
            ..unit.clone()
        })
    }
}
