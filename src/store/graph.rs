//! The graph asked as a graph: what a client has, where, and what covers it.

use crate::{
    connect::Store,
    convert::{key_of, record},
    failure::StoreError,
};
use domain::{
    ports::Table,
    values::id::{AgreementId, ClientId, PointId, UnitId},
};
use surrealdb::types::{RecordId, SurrealValue, Value, Variables};

/// A unit on the way from its client to the agreements that cover it or its point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Where the unit stands.
    pub point: PointId,
    /// The unit.
    pub unit: UnitId,
    /// What covers it, by the unit or by the whole point; each once.
    pub agreements: Vec<AgreementId>,
}

#[derive(SurrealValue)]
struct PointNode {
    id: RecordId,
    whole: Vec<RecordId>,
    units: Vec<UnitNode>,
}

#[derive(SurrealValue)]
struct UnitNode {
    id: RecordId,
    own: Vec<RecordId>,
}

/// Each arrow is an edge of the graph; nothing is joined by a scan.
const WALK: &str = "
    SELECT id, ->covered_by->agreement AS whole,
        ->houses->unit.{ id, own: ->covered_by->agreement } AS units
    FROM $client->has_point->point";

impl Store {
    /// Walks client → point → unit → agreement.
    pub async fn coverage(&self, client: ClientId) -> Result<Vec<Coverage>, StoreError> {
        let from = Value::RecordId(record(Table::Client, client.uuid()));
        let bound = Variables::from_iter([("client".to_owned(), from)]);
        let mut answer = self.db.query(WALK).bind(bound).await?.check()?;
        let points: Vec<PointNode> = answer.take(0)?;
        let mut all = Vec::new();
        for point in points {
            for unit in point.units {
                let covering = unit.own.iter().chain(&point.whole);
                let mut agreements = covering
                    .map(|id| key_of(id).map(AgreementId::from_uuid))
                    .collect::<Result<Vec<_>, _>>()?;
                agreements.sort();
                agreements.dedup();
                let (point, unit) = (key_of(&point.id)?, key_of(&unit.id)?);
                all.push(Coverage {
                    point: PointId::from_uuid(point),
                    unit: UnitId::from_uuid(unit),
                    agreements,
                });
            }
        }
        all.sort_by_key(|coverage| (coverage.point, coverage.unit));
        Ok(all)
    }
}
