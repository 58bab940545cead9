//! The whole card of a client, as the screen pop and the client's page show it.

use super::Directory;
use domain::{
    clients::{agreement::Agreement, agreement_rules::WhyNot},
    equipment::EquipmentUnit,
    requests::request::Priority,
    values::{
        id::{ClientId, PointId},
        phone::PhoneNumber,
    },
};
use jiff::{Timestamp, Zoned};
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl Directory {
    /// Everything about a client at a moment of the house's clock.
    pub fn card(&self, id: ClientId, now: &Zoned) -> Option<Value> {
        let client = self.known_client(id)?;
        let id = client.id;
        let points = self.points_of.get(&id).into_iter().flatten();
        let points: Vec<Value> = points.filter_map(|p| self.point_card(*p, now.timestamp())).collect();
        let agreements: Vec<Value> = self.agreements_with(id).map(|a| agreement_card(a, now)).collect();
        let phones: Vec<&str> = client.phones().map(PhoneNumber::as_str).collect();
        let contacts: Vec<Value> = client
            .contacts
            .iter()
            .map(|c| json!({"name": c.name, "phones": c.phones.iter().map(|p| p.e164.as_str()).collect::<Vec<_>>()}))
            .collect();
        let open: Vec<&Value> = self.open.get(&id).into_iter().flat_map(BTreeMap::values).collect();
        let timeline: Vec<Value> = self.told_of(id).into_iter().map(|e| self.entry(e)).collect();
        Some(json!({
            "id": id, "rev": client.ver, "name": client.name, "kind": client.kind, "inn": client.inn, "contacts": contacts, "phones": phones, "vip": client.vip, "debt": client.debt,
            "note": client.note, "points": points, "agreements": agreements, "open": open,
            "timeline": timeline, "consent": client.consent, "merged": self.merged_into(id),
        }))
    }
    /// An entry of the timeline; that of a call says whether it may be heard.
    fn entry(&self, entry: &Value) -> Value {
        let mut entry = entry.clone();
        let call = entry["id"].as_str().and_then(|id| id.parse().ok()).and_then(|id| self.calls.get(id));
        if let Some(call) = call {
            entry["recording"] = call["recording"].clone();
            entry["operator"] = call["operator"].clone();
        }
        entry
    }
    fn point_card(&self, id: PointId, at: Timestamp) -> Option<Value> {
        let point = self.points.get(&id)?;
        let unit_card = |unit: &EquipmentUnit| {
            let covered = self.covering(point.client, id, Some(unit), at);
            json!({"id": unit.id, "kind": unit.kind, "brand": unit.brand, "model": unit.model, "serial": unit.serial,
                "warranty_until": unit.warranty_until.map(Timestamp::as_millisecond), "agreement": covered, "rev": unit.ver,
                "skill": unit.skill, "level": unit.level, "retired": unit.is_scrap()})
        };
        let units = self.units_at.get(&id).into_iter().flatten().filter_map(|u| self.units.get(u));
        let units: Vec<Value> = units.map(unit_card).collect();
        let covered = self.covering(point.client, id, None, at);
        Some(
            json!({"id": id, "rev": point.ver, "address": point.address, "lat": point.place.lat, "lon": point.place.lon,
                "zone": point.zone, "access": point.access, "visiting": point.visiting, "bindings": point.bindings, "units": units,
                "agreement": covered}),
        )
    }
    /// The agreement that covers ordinary work on a unit at a point, or at the point whole; where none does, the one
    /// that did last, with the reason.
    fn covering(
        &self,
        client: ClientId,
        point: PointId,
        unit: Option<&EquipmentUnit>,
        at: Timestamp,
    ) -> Option<Value> {
        let id = unit.map(|unit| unit.id);
        let covers = self.coverage(client, point, id, Priority::Normal, at);
        let covers = covers.map(|agreement| (agreement, None::<WhyNot>));
        let bound = unit.and_then(|unit| unit.agreement);
        let past = || {
            let named = self.agreements_with(client).filter(|a| a.names(point, id) || bound == Some(a.id));
            let said =
                named.filter_map(|a| a.why_not(at).filter(|why| why.is_past()).map(|why| (a, Some(why))));
            said.max_by_key(|(agreement, _)| agreement.until)
        };
        let (agreement, why) = covers.or_else(past)?;
        Some(json!({
            "id": agreement.id, "no": agreement.no, "covers": why.is_none(), "why": why,
            "until": agreement.until.as_millisecond(), "reaction_h": agreement.sla.reaction_hours,
            "restore_h": agreement.sla.restore_hours,
        }))
    }
}

fn agreement_card(agreement: &Agreement, now: &Zoned) -> Value {
    json!({
        "id": agreement.id, "rev": agreement.ver, "no": agreement.no, "state": agreement.state,
        "until": agreement.until.as_millisecond(), "card": agreement.card(now.time_zone()),
    })
}
