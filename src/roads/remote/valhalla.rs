//! Valhalla's service `sources_to_targets`.

use super::{
    Address, Answer, RemoteError, in_pieces,
    wire::{Question, Wire},
};
use crate::{table::Table, tables::Tables};
use serde_json::{Value, json};
use solver::Place;

/// Metres in a mile.
const MILE: f64 = 1609.344;

/// A Valhalla server.
#[derive(Debug)]
pub struct Valhalla {
    address: Address,
    wire: Wire,
}

impl Valhalla {
    /// A server, asked for its costing `auto`.
    ///
    /// # Errors
    /// An address that is not one.
    pub fn new(address: Address) -> Result<Self, RemoteError> {
        let wire = Wire::start(&address)?;
        Ok(Self { address, wire })
    }

    fn ask(&self, from: &[Place], to: &[Place]) -> Result<Vec<Answer>, RemoteError> {
        let url = format!("{}/sources_to_targets", self.address.url.trim_end_matches('/'));
        let points = |places: &[Place]| -> Vec<Value> {
            places.iter().map(|place| json!({"lat": place.lat(), "lon": place.lon()})).collect()
        };
        let body = json!({
            "sources": points(from), "targets": points(to), "costing": "auto", "units": "kilometers",
        });
        let answer = self.wire.ask(Question { url: url.clone(), body: Some(body) })?;
        let unreadable = |what: String| RemoteError::Unreadable { url: url.clone(), what };
        let miles = answer.get("units").and_then(Value::as_str) == Some("miles");
        let unit = if miles { MILE } else { 1000.0 };
        let told = answer.get("sources_to_targets");
        let told = told.ok_or_else(|| unreadable("it has no `sources_to_targets`".to_owned()))?;
        let mut answers: Vec<Answer> = vec![None; from.len() * to.len()];
        let mut met = 0;
        let mut put = |i: usize, j: usize, seconds: Option<f64>, far: Option<f64>| {
            if i < from.len() && j < to.len() {
                answers[i * to.len() + j] = seconds.zip(far).map(|(s, far)| (s, far * unit));
                met += 1;
            }
        };
        match told {
            // As objects, each with its own indices.
            Value::Array(rows) => {
                for (i, row) in rows.iter().enumerate() {
                    for (j, cell) in row.as_array().into_iter().flatten().enumerate() {
                        let index = |key: &str, k: usize| {
                            cell.get(key).and_then(Value::as_u64).map_or(k, |index| index as usize)
                        };
                        let number = |key: &str| cell.get(key).and_then(Value::as_f64);
                        put(index("from_index", i), index("to_index", j), number("time"), number("distance"));
                    }
                }
            }
            // As two matrices, which newer servers give when asked to be brief.
            Value::Object(_) => {
                let number = |name: &str, i: usize, j: usize| told.get(name)?.get(i)?.get(j)?.as_f64();
                let rows = told.get("durations").and_then(Value::as_array).into_iter().flatten();
                for (i, row) in rows.enumerate() {
                    for j in 0..row.as_array().map_or(0, Vec::len) {
                        put(i, j, number("durations", i, j), number("distances", i, j));
                    }
                }
            }
            _ => {}
        }
        if met != from.len() * to.len() {
            let expected = from.len() * to.len();
            return Err(unreadable(format!("it has `{met}` ways, expected `{expected}`")));
        }
        Ok(answers)
    }
}

impl Tables for Valhalla {
    fn table(&self, from: &[Place], to: &[Place]) -> Result<Table, RemoteError> {
        in_pieces(&self.address, from, to, |from, to| self.ask(from, to))
    }
}
