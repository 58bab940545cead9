//! The firm itself: how it is called, by which clock it works, and where its town is.

use crate::{
    access::user_rules::name_of,
    ports::{Entity, Table},
    refusal::Refusal,
    values::{
        id::{CompanyId, CompanyKind, Id},
        place::Place,
    },
};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// What is written about the firm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompanyCard {
    /// How it is called.
    pub name: String,
    /// IANA zone that days begin and end in.
    pub zone: String,
    /// The middle of its town: where an address is put that nobody has found yet.
    pub place: Place,
}

impl CompanyCard {
    /// Refuses what the house cannot work by.
    ///
    /// # Errors
    /// The name is empty, the zone is unknown, the place is not on the Earth.
    pub fn checked(self) -> Result<Self, Refusal> {
        let name = name_of(&self.name)?;
        if TimeZone::get(&self.zone).is_err() {
            let detail =
                format!("`{}` is not a time zone: expected an IANA name, such as `Europe/Moscow`", self.zone);
            return Err(Refusal::invalid("time-zone", detail));
        }
        Place::new(self.place.lat, self.place.lon).map_err(|e| Refusal::invalid("place", e.to_string()))?;
        Ok(Self { name, ..self })
    }
}

/// The firm; a store has one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Company {
    /// Identity.
    pub id: CompanyId,
    /// Version.
    pub ver: u64,
    /// What is written about it.
    pub card: CompanyCard,
}

impl Entity for Company {
    const TABLE: Table = Table::Company;
    type Kind = CompanyKind;
    fn id(&self) -> Id<CompanyKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
