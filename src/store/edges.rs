//! Edges of the graph, written with the rows that name them.
//!
//! client -has_point-> point (by the point), point -houses-> unit and unit -covered_by-> agreement
//! (by the unit), unit or point -covered_by-> agreement (by the agreement, for each it lists).

use crate::convert::{link_of, list, record};
use domain::{
    ports::{Row, Table},
    values::id::{AgreementKind, ClientKind, PointKind, UnitKind},
};
use serde_json::Value as Json;
use surrealdb::types::{Array, Object, RecordId, RecordIdKey, RecordIdKeyRange, Value};
use uuid::Uuid;

/// Which relations a row's table writes.
pub(crate) const fn written_by(table: Table) -> &'static [&'static str] {
    match table {
        Table::Point => &["has_point"],
        Table::Unit => &["houses", "covered_by"],
        Table::Agreement => &["covered_by"],
        _ => &[],
    }
}

/// The edges of a row in one relation, in the order of their keys.
pub(crate) fn of(relation: &'static str, row: &Row) -> Vec<Object> {
    let own = record(row.table, row.key);
    let text = |field: &str| row.doc.get(field).and_then(Json::as_str);
    let texts =
        |field: &str| row.doc.get(field).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let ends: Vec<(RecordId, RecordId)> = match (relation, row.table) {
        ("has_point", Table::Point) => {
            text("client").and_then(link_of::<ClientKind>).map(|c| (c, own.clone())).into_iter().collect()
        }
        ("houses", Table::Unit) => {
            text("point").and_then(link_of::<PointKind>).map(|p| (p, own.clone())).into_iter().collect()
        }
        ("covered_by", Table::Unit) => text("agreement")
            .and_then(link_of::<AgreementKind>)
            .map(|a| (own.clone(), a))
            .into_iter()
            .collect(),
        ("covered_by", Table::Agreement) => {
            let points = texts("points").iter().filter_map(|t| link_of::<PointKind>(t.as_str()?));
            let units = texts("units").iter().filter_map(|t| link_of::<UnitKind>(t.as_str()?));
            let mut covered: Vec<RecordId> = points.chain(units).collect();
            covered.sort();
            covered.dedup();
            covered.into_iter().map(|from| (from, own.clone())).collect()
        }
        _ => Vec::new(),
    };
    ends.into_iter().map(|(from, to)| edge(relation, &own, from, to)).collect()
}

/// Keys are `[row, end]`, so that the edges of one row lie together.
fn edge(relation: &'static str, origin: &RecordId, from: RecordId, to: RecordId) -> Object {
    let other = if from == *origin { &to } else { &from };
    let key = Array::from(vec![key(origin), key(other)]);
    let mut object = Object::new();
    object.insert("id", RecordId::new(relation, RecordIdKey::Array(key)));
    if relation == "covered_by" {
        object.insert("origin", origin.clone());
    }
    object.insert("in", from);
    object.insert("out", to);
    object
}

fn key(id: &RecordId) -> Value {
    match &id.key {
        RecordIdKey::Uuid(uuid) => Value::Uuid(*uuid),
        other => Value::String(format!("{other:?}")),
    }
}

/// All edges that a row has written in a relation.
pub(crate) fn range(relation: &'static str, row: Uuid) -> RecordId {
    let first = Array::from(vec![Value::Uuid(row.into())]);
    // an array comes after every UUID
    let last = Array::from(vec![Value::Uuid(row.into()), Value::Array(Array::new())]);
    let keys = RecordIdKeyRange::from(RecordIdKey::Array(first)..RecordIdKey::Array(last));
    RecordId::new(relation, keys)
}

/// A bound list of edges.
pub(crate) fn bound(edges: Vec<Object>) -> Value {
    list(edges.into_iter().map(Value::Object))
}
