//! The front desk's commands about what is written on cards: clients, service points, equipment.

use crate::{
    dispatch::{orders::args, rewriting::RewritePoint},
    front_desk::{FrontDesk, gone},
};
use domain::{
    clients::{
        cards::{ClientWords, PointCard, UnitCard, bindings_checked},
        point::{MasterBinding, ServicePoint},
        visiting::Visiting,
    },
    equipment::{Custodian, EquipmentUnit},
    ports::{Batch, Command, Seat},
    refusal::Refusal,
    values::id::{ClientId, PointId, UnitId},
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeClient {
    client: ClientId,
    card: ClientWords,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreatePoint {
    client: ClientId,
    card: PointCard,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangePoint {
    point: PointId,
    card: PointCard,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BindPoint {
    point: PointId,
    bindings: Vec<MasterBinding>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateUnit {
    card: UnitCard,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeUnit {
    unit: UnitId,
    card: UnitCard,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetireUnit {
    unit: UnitId,
    reason: String,
}

/// Whoever names a version writes over that one only.
pub(crate) fn looked_at(what: &str, command: &Command, ver: u64) -> Result<(), Refusal> {
    match command.rev {
        Some(rev) if rev != ver => Err(Refusal::stale(what, rev, ver)),
        _ => Ok(()),
    }
}
pub(crate) fn batch_of(command: &Command, answer: &Value) -> Batch {
    Batch { command: Some(command.id.clone()), answer: answer.clone(), ..Batch::default() }
}

impl FrontDesk {
    fn point_known(&self, id: PointId) -> Result<ServicePoint, Refusal> {
        let known = self.house.directory.read().points.get(&id).cloned();
        known.ok_or_else(|| Refusal::unknown("point", id))
    }
    fn unit_known(&self, id: UnitId) -> Result<EquipmentUnit, Refusal> {
        let known = self.house.directory.read().units.get(&id).cloned();
        known.ok_or_else(|| Refusal::unknown("unit", id))
    }
    /// Adds the card of a client as it is now to a refusal because of what was written meanwhile.
    pub(crate) fn with_card(&self, refusal: Refusal, client: ClientId) -> Refusal {
        match self.house.card(client) {
            Some(card) => refusal.with_current(card),
            None => refusal,
        }
    }
    /// Command `client.change`.
    pub(crate) async fn change_client(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let _one_at_a_time = self.zoning.lock().await;
        let ChangeClient { client, card } = args(command)?;
        let known = self.house.directory.read().clients.get(&client).cloned();
        let known = known.ok_or_else(|| Refusal::unknown("client", client))?;
        looked_at("the client", command, known.ver).map_err(|no| self.with_card(no, client))?;
        let after = card.onto(&known)?;
        let answer = json!({"rev": after.ver});
        let mut batch = batch_of(command, &answer);
        batch.tell(client, after.ver, "client.changed", self.house.now(), &seat.login, &card);
        batch.keep(&after, known.ver);
        self.house.keep(batch).await?;
        self.house.directory.write().put_client(after);
        Ok(answer)
    }
    /// Commands `point.…`.
    pub(crate) async fn point(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let _one_at_a_time = self.zoning.lock().await;
        match command.name.as_str() {
            "point.create" => self.create_point(seat, command).await,
            "point.change" => {
                let ChangePoint { point, card } = args(command)?;
                let known = self.point_known(point)?;
                let after = card.clone().onto(&known)?;
                self.rewrite(seat, command, &known, after, ("point.changed", json!(card))).await
            }
            "point.bind" => {
                let BindPoint { point, bindings } = args(command)?;
                let known = self.point_known(point)?;
                let bindings = bindings_checked(bindings)?;
                let odd = {
                    let directory = self.house.directory.read();
                    bindings.iter().find(|b| !directory.masters.contains_key(&b.master)).copied()
                };
                if let Some(odd) = odd {
                    return Err(Refusal::unknown("master", odd.master));
                }
                let said = json!({"bindings": bindings});
                let after = ServicePoint { ver: known.ver + 1, bindings, ..known.clone() };
                self.rewrite(seat, command, &known, after, ("point.bound", said)).await
            }
            other => Err(Refusal::unknown("command", other)),
        }
    }
    async fn create_point(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let CreatePoint { client, card } = args(command)?;
        if !self.house.directory.read().clients.contains_key(&client) {
            return Err(Refusal::unknown("client", client));
        }
        let blank = ServicePoint {
            id: self.house.fresh(),
            ver: 0,
            client,
            address: String::new(),
            place: card.place,
            zone: self.usual_zone(),
            drawn: None,
            tz: self.house.clock.zone(),
            access: String::new(),
            bindings: vec![],
            visiting: Visiting::default(),
        };
        let point = card.onto(&blank)?;
        let point = self.house.directory.read().chart.placed(&point).unwrap_or(point);
        let answer = json!({"point": point.id});
        let mut batch = batch_of(command, &answer);
        batch.tell(point.id, point.ver, "point.created", self.house.now(), &seat.login, &point);
        batch.keep(&point, 0);
        self.house.keep(batch).await?;
        self.house.directory.write().put_point(point);
        Ok(answer)
    }
    /// Has the dispatcher write a point over, with the visits that are to be made there.
    async fn rewrite(
        &self,
        seat: &Seat,
        command: &Command,
        known: &ServicePoint,
        after: ServicePoint,
        (name, said): (&str, Value),
    ) -> Result<Value, Refusal> {
        looked_at("the point", command, known.ver).map_err(|no| self.with_card(no, known.client))?;
        let point = self.house.directory.read().chart.placed(&after).unwrap_or(after);
        let mut batch = batch_of(command, &Value::Null);
        batch.tell(point.id, point.ver, name, self.house.now(), &seat.login, &said);
        batch.keep(&point, known.ver);
        let rewritten = RewritePoint { batch, point, by: seat.login.clone() };
        self.house.desk()?.dispatcher.send(rewritten).await.map_err(gone)?
    }
    /// Commands `unit.…`.
    pub(crate) async fn unit(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let _one_at_a_time = self.zoning.lock().await;
        let (was, after, name, said) = match command.name.as_str() {
            "unit.create" => {
                let CreateUnit { card } = args(command)?;
                let blank = self.blank_unit(card.point)?;
                (0, card.onto(&blank)?, "unit.created", json!(card))
            }
            "unit.change" => {
                let ChangeUnit { unit, card } = args(command)?;
                let known = self.unit_known(unit)?;
                looked_at("the unit", command, known.ver).map_err(|no| self.with_card(no, known.client))?;
                let there = self.point_known(card.point)?;
                if there.client != known.client {
                    let detail = format!("point `{}` is not of client `{}`", card.point, known.client);
                    return Err(Refusal::invalid("foreign-point", detail));
                }
                (known.ver, card.onto(&known)?, "unit.changed", json!(card))
            }
            "unit.retire" => {
                let RetireUnit { unit, reason } = args(command)?;
                let known = self.unit_known(unit)?;
                looked_at("the unit", command, known.ver).map_err(|no| self.with_card(no, known.client))?;
                let (was, moved, mut after) = (known.ver, known.retire(&reason)?, known);
                after.apply(&moved);
                (was, after, "unit.custody_moved", json!(moved))
            }
            other => return Err(Refusal::unknown("command", other)),
        };
        let answer = json!({"unit": after.id, "rev": after.ver});
        let mut batch = batch_of(command, &answer);
        batch.tell(after.id, after.ver, name, self.house.now(), &seat.login, &said);
        batch.keep(&after, was);
        self.house.keep(batch).await?;
        self.house.directory.write().put_unit(after);
        Ok(answer)
    }
    fn blank_unit(&self, point: PointId) -> Result<EquipmentUnit, Refusal> {
        let there = self.point_known(point)?;
        Ok(EquipmentUnit {
            id: self.house.fresh(),
            ver: 0,
            client: there.client,
            point,
            kind: String::new(),
            brand: String::new(),
            model: String::new(),
            serial: String::new(),
            skill: String::new(),
            level: 1,
            warranty_until: None,
            agreement: None,
            custodian: Custodian::Point(point),
        })
    }
}
