//! A zone: an area on the map, what a call-out costs in it, who goes there rather than others, and on which days.

use super::shape;
use crate::{
    ports::{Entity, Table},
    refusal::Refusal,
    values::{
        id::{Id, MasterId, ZoneId, ZoneKind},
        money::Money,
        place::Place,
    },
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The most corners of a zone, and the longest name in characters.
const MOST: (usize, usize) = (200, 60);
/// A zone smaller than so many square kilometres was drawn by mistake.
const SMALLEST_KM2: f64 = 0.001;

/// What the office draws and writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoneCard {
    /// How people call it.
    pub name: String,
    /// The line around it.
    pub corners: Vec<Place>,
    /// What a call-out costs, beside the work.
    #[serde(default)]
    pub price: Money,
    /// Who goes there rather than others; nobody: anybody.
    #[serde(default)]
    pub masters: Vec<MasterId>,
    /// Days of service, Monday first.
    #[serde(default = "every_day")]
    pub days: [bool; 7],
}

fn every_day() -> [bool; 7] {
    [true; 7]
}

/// An area that the firm serves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Zone {
    /// Identity.
    pub id: ZoneId,
    /// Version.
    pub ver: u64,
    /// What the office has drawn and written.
    pub card: ZoneCard,
    /// It is served no longer; kept for what was done in it.
    #[serde(default)]
    pub retired: bool,
}

/// What has happened to a zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ZoneEvent {
    /// Was drawn.
    Drawn {
        /// As it is.
        card: ZoneCard,
    },
    /// Was drawn or written otherwise.
    Changed {
        /// As it is now.
        card: ZoneCard,
    },
    /// Is served no longer.
    Retired,
}

impl ZoneEvent {
    /// The name in the journal.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Drawn { .. } => "zone.drawn",
            Self::Changed { .. } => "zone.changed",
            Self::Retired => "zone.retired",
        }
    }
}

impl ZoneCard {
    /// Refuses what is no area, or cannot be served.
    ///
    /// # Errors
    /// The name is empty or another zone's; there are too few or too many corners; the line crosses itself or holds
    /// next to nothing; the price is less than nothing; no day is served.
    pub fn checked<'a>(
        mut self,
        id: ZoneId,
        others: impl IntoIterator<Item = &'a Zone>,
    ) -> Result<Self, Refusal> {
        self.name = self.name.split_whitespace().collect::<Vec<_>>().join(" ");
        let (corners, letters) = (self.corners.len(), self.name.chars().count());
        if letters == 0 || letters > MOST.1 {
            let detail =
                format!("the name `{}` has {letters} characters: expected 1 to {}", self.name, MOST.1);
            return Err(Refusal::invalid("name", detail));
        }
        let same = |zone: &&Zone| {
            zone.id != id && !zone.retired && zone.card.name.to_lowercase() == self.name.to_lowercase()
        };
        if others.into_iter().any(|zone| same(&zone)) {
            let detail = format!("there is a zone `{}` already: expected another name", self.name);
            return Err(Refusal::state("zone-name-taken", detail));
        }
        if !(3..=MOST.0).contains(&corners) {
            let detail = format!("the zone has `{corners}` corners: expected 3 to {}", MOST.0);
            return Err(Refusal::invalid("zone-corners", detail));
        }
        for corner in &self.corners {
            Place::new(corner.lat, corner.lon).map_err(|e| Refusal::invalid("place", e.to_string()))?;
        }
        if let Some((first, second)) = shape::crossing(&self.corners) {
            let detail =
                format!("sides `{first}` and `{second}` cross: expected a line that meets itself nowhere");
            return Err(Refusal::invalid("zone-crosses", detail));
        }
        let area = shape::area_km2(&self.corners);
        if area < SMALLEST_KM2 {
            let detail = format!("the zone has `{area:.6}` km²: expected at least {SMALLEST_KM2}");
            return Err(Refusal::invalid("zone-small", detail));
        }
        if self.price.is_negative() {
            let detail = format!("the price `{}` is less than nothing: expected 0 or more", self.price);
            return Err(Refusal::invalid("negative-price", detail));
        }
        if !self.days.contains(&true) {
            return Err(Refusal::invalid("zone-days", "no day is served: expected one at least"));
        }
        self.masters.sort_unstable();
        self.masters.dedup();
        Ok(self)
    }
    /// Is it served on the day?
    pub fn serves(&self, day: Date) -> bool {
        self.days[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())]
    }
}

impl Zone {
    /// A zone that nothing has happened to.
    pub fn new(id: ZoneId, card: ZoneCard) -> Self {
        Self { id, ver: 0, card, retired: false }
    }
    /// Decides; changes nothing.
    ///
    /// # Errors
    /// It was drawn already, or is served no longer.
    pub fn decide(&self, event: ZoneEvent) -> Result<ZoneEvent, Refusal> {
        let fits = match &event {
            ZoneEvent::Drawn { .. } => self.ver == 0,
            ZoneEvent::Changed { .. } | ZoneEvent::Retired => self.ver > 0 && !self.retired,
        };
        if fits {
            return Ok(event);
        }
        let state = if self.retired { "retired" } else { "drawn" };
        let detail =
            format!("the zone `{}` is `{state}`: `{}` is not possible", self.card.name, event.name());
        Err(Refusal::state("zone-state", detail))
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &ZoneEvent) {
        self.ver += 1;
        match event {
            ZoneEvent::Drawn { card } | ZoneEvent::Changed { card } => self.card = card.clone(),
            ZoneEvent::Retired => self.retired = true,
        }
    }
}

impl Entity for Zone {
    const TABLE: Table = Table::Zone;
    type Kind = ZoneKind;
    fn id(&self) -> Id<ZoneKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
