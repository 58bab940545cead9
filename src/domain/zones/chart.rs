//! All zones together: in which one a place lies, who goes there rather than others, and which lie over which.

use super::{shape, zone::Zone};
use crate::{
    clients::point::ServicePoint,
    values::{
        id::{MasterId, ZoneId},
        place::Place,
    },
};
use std::collections::BTreeMap;

/// The zones that are served, smallest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chart(Vec<(f64, Zone)>);

impl Chart {
    /// A chart of the zones that are not retired.
    pub fn new<'a>(zones: impl IntoIterator<Item = &'a Zone>) -> Self {
        let served = zones.into_iter().filter(|zone| !zone.retired);
        let mut all: Vec<(f64, Zone)> =
            served.map(|zone| (shape::area_km2(&zone.card.corners), zone.clone())).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.id.cmp(&b.1.id)));
        Self(all)
    }
    /// The zones, smallest first.
    pub fn zones(&self) -> impl Iterator<Item = &Zone> {
        self.0.iter().map(|(_, zone)| zone)
    }
    /// Nothing was drawn.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The zone of a place; of several the smallest.
    pub fn zone_of(&self, place: Place) -> Option<&Zone> {
        self.zones().find(|zone| shape::holds(&zone.card.corners, place))
    }
    /// The zone that a point was put into.
    pub fn of_point(&self, point: &ServicePoint) -> Option<&Zone> {
        let id = point.drawn?;
        self.zones().find(|zone| zone.id == id)
    }
    /// The point as the chart has it; `None` when it is so already. A point in no zone keeps a name that somebody gave
    /// it by hand, and loses one that a zone gave it.
    pub fn placed(&self, point: &ServicePoint) -> Option<ServicePoint> {
        let (drawn, name) = match self.zone_of(point.place) {
            Some(zone) => (Some(zone.id), zone.card.name.as_str()),
            None if point.drawn.is_some() => (None, ""),
            None => return None,
        };
        if point.drawn == drawn && point.zone == name {
            return None;
        }
        Some(ServicePoint { drawn, zone: name.to_owned(), ..point.clone() })
    }
    /// Names of the zones that have ground in common with one.
    pub fn overlapping(&self, one: &Zone) -> Vec<String> {
        let others = self.zones().filter(|zone| zone.id != one.id);
        let over = others.filter(|zone| shape::overlap(&zone.card.corners, &one.card.corners));
        over.map(|zone| zone.card.name.clone()).collect()
    }
    /// The zones in which a master is at home: their own, and those that are nobody's. `None`: everywhere, for nobody
    /// has a zone of their own.
    pub fn zones_of(&self, master: MasterId) -> Option<Vec<ZoneId>> {
        if self.zones().all(|zone| zone.card.masters.is_empty()) {
            return None;
        }
        let theirs = |zone: &&Zone| zone.card.masters.is_empty() || zone.card.masters.contains(&master);
        Some(self.zones().filter(theirs).map(|zone| zone.id).collect())
    }
    /// Points by zone, as they lie now.
    pub fn counted<'a>(&self, points: impl IntoIterator<Item = &'a ServicePoint>) -> BTreeMap<ZoneId, usize> {
        let mut counted = BTreeMap::new();
        for zone in points.into_iter().filter_map(|point| point.drawn) {
            *counted.entry(zone).or_default() += 1;
        }
        counted
    }
}
