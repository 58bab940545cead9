//! Zones on the map: drawn, changed and retired one at a time; points take the name of the zone they lie in.

use crate::{
    card_desk::looked_at,
    directory::Directory,
    dispatch::{dispatcher::Rezoned, orders::args},
    front_desk::{FrontDesk, gone},
};
use domain::{
    clients::point::ServicePoint,
    ports::{Batch, Command, Seat},
    refusal::Refusal,
    values::id::ZoneId,
    zones::{
        chart::Chart,
        zone::{Zone, ZoneCard, ZoneEvent},
    },
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Points that are kept in one transaction.
const CHUNK: usize = 200;
/// How often points are looked through again when somebody changed one of them meanwhile.
const TRIES: usize = 8;
/// Points of a zone's map that screens are shown.
const SHOWN: usize = 3000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    zone: ZoneId,
    card: ZoneCard,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Retire {
    zone: ZoneId,
}

impl FrontDesk {
    /// Commands `zone.…`.
    pub(crate) async fn zone(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let _one_at_a_time = self.zoning.lock().await;
        let (mut zone, event) = self.wished(command)?;
        looked_at("the zone", command, zone.ver).map_err(|no| no.with_current(row(&zone)))?;
        let (event, was) = (zone.decide(event)?, zone.ver);
        zone.apply(&event);
        let chart = self.chart_with(&zone);
        let answer = json!({"zone": zone.id, "overlaps": chart.overlapping(&zone)});
        let mut batch =
            Batch { command: Some(command.id.clone()), answer: answer.clone(), ..Batch::default() };
        batch.tell(zone.id, zone.ver, event.name(), self.house.now(), &seat.login, &event);
        batch.keep(&zone, was);
        self.house.keep(batch).await?;
        self.house.directory.write().put_zone(zone);
        self.settle_points(&seat.login).await?;
        self.house.desk()?.dispatcher.send(Rezoned).await.map_err(gone)?;
        Ok(answer)
    }
    /// The zone that a command is about, and what should happen to it.
    fn wished(&self, command: &Command) -> Result<(Zone, ZoneEvent), Refusal> {
        let directory = self.house.directory.read();
        let known =
            |id: ZoneId| directory.zones.get(&id).cloned().ok_or_else(|| Refusal::unknown("zone", id));
        let checked = |id: ZoneId, card: ZoneCard| {
            if let Some(odd) = card.masters.iter().find(|id| !directory.masters.contains_key(id)) {
                return Err(Refusal::unknown("master", odd));
            }
            card.checked(id, directory.zones.values())
        };
        match command.name.as_str() {
            "zone.draw" => {
                let id = self.house.fresh();
                let card = checked(id, args(command)?)?;
                Ok((Zone::new(id, card.clone()), ZoneEvent::Drawn { card }))
            }
            "zone.change" => {
                let Change { zone, card } = args(command)?;
                let card = checked(zone, card)?;
                Ok((known(zone)?, ZoneEvent::Changed { card }))
            }
            "zone.retire" => Ok((known(args::<Retire>(command)?.zone)?, ZoneEvent::Retired)),
            other => Err(Refusal::unknown("command", other)),
        }
    }
    fn chart_with(&self, zone: &Zone) -> Chart {
        let directory = self.house.directory.read();
        let others = directory.zones.values().filter(|other| other.id != zone.id);
        Chart::new(others.chain([zone]))
    }
    /// Gives points the names of the zones they lie in; goes on with what a stop of the server has cut off.
    ///
    /// # Errors
    /// The journal does not keep it.
    pub async fn settle_points(&self, by: &str) -> Result<(), Refusal> {
        let mut failed = Ok(());
        for _ in 0..TRIES {
            let wrong: Vec<ServicePoint> = {
                let directory = self.house.directory.read();
                directory.points.values().filter_map(|point| directory.chart.placed(point)).collect()
            };
            if wrong.is_empty() {
                return Ok(());
            }
            for points in wrong.chunks(CHUNK) {
                failed = self.keep_placed(points, by).await;
            }
        }
        failed
    }
    async fn keep_placed(&self, points: &[ServicePoint], by: &str) -> Result<(), Refusal> {
        let (mut batch, at) = (Batch::default(), self.house.now());
        let mut placed = Vec::with_capacity(points.len());
        for point in points {
            let (was, point) = (point.ver, ServicePoint { ver: point.ver + 1, ..point.clone() });
            batch.tell(point.id, point.ver, "point.zoned", at, by, &json!({"zone": point.zone}));
            batch.keep(&point, was);
            placed.push(point);
        }
        self.house.keep(batch).await?;
        let mut directory = self.house.directory.write();
        placed.into_iter().for_each(|point| directory.put_point(point));
        Ok(())
    }
    /// What the map of zones shows.
    pub(crate) fn all_zones(&self) -> Value {
        let directory = self.house.directory.read();
        let counted = directory.chart.counted(directory.points.values());
        let zones: Vec<Value> = directory
            .chart
            .zones()
            .map(|zone| {
                let mut row = row(zone);
                row["points"] = json!(counted.get(&zone.id).copied().unwrap_or(0));
                row["overlaps"] = json!(directory.chart.overlapping(zone));
                row
            })
            .collect();
        let every = directory.points.len().div_ceil(SHOWN).max(1);
        let points = directory.points.values().step_by(every).map(|p| json!([p.place.lat, p.place.lon]));
        let mut masters: Vec<(&String, Value)> = directory
            .masters
            .iter()
            .map(|(id, master)| (&master.name, json!({"id": id, "name": master.name, "home": master.home})))
            .collect();
        masters.sort_by_key(|(name, _)| *name);
        let masters: Vec<Value> = masters.into_iter().map(|(_, row)| row).collect();
        json!({
            "zones": zones, "points": points.collect::<Vec<_>>(), "masters": masters, "middle": self.house.middle_of(&directory),
        })
    }
}

/// A zone's card with its name and version.
fn row(zone: &Zone) -> Value {
    let mut row = json!(zone.card);
    (row["id"], row["rev"]) = (json!(zone.id), json!(zone.ver));
    row
}

impl Directory {
    /// Adds or replaces a zone.
    pub(crate) fn put_zone(&mut self, zone: Zone) {
        self.zones.insert(zone.id, zone);
        self.chart = Arc::new(Chart::new(self.zones.values()));
    }
}
