//! OSRM's service `table`, version 1.

use super::{
    Address, Answer, RemoteError, in_pieces,
    wire::{Question, Wire},
};
use crate::{table::Table, tables::Tables};
use serde_json::Value;
use solver::Place;
use std::fmt::Write as _;

/// An OSRM server.
#[derive(Debug)]
pub struct Osrm {
    address: Address,
    profile: String,
    wire: Wire,
}

impl Osrm {
    /// A server, asked for its profile `driving`.
    ///
    /// # Errors
    /// An address that is not one.
    pub fn new(address: Address) -> Result<Self, RemoteError> {
        let wire = Wire::start(&address)?;
        Ok(Self { address, profile: "driving".to_owned(), wire })
    }

    fn ask(&self, from: &[Place], to: &[Place]) -> Result<Vec<Answer>, RemoteError> {
        let base = self.address.url.trim_end_matches('/');
        let mut url = format!("{base}/table/v1/{}/", self.profile);
        for (k, place) in from.iter().chain(to).enumerate() {
            let comma = if k == 0 { "" } else { ";" };
            // Writing to a text does not fail.
            let _written = write!(url, "{comma}{:.6},{:.6}", place.lon(), place.lat());
        }
        let list = |range: std::ops::Range<usize>| range.map(|k| k.to_string()).collect::<Vec<_>>().join(";");
        let (sources, destinations) = (list(0..from.len()), list(from.len()..from.len() + to.len()));
        let _written =
            write!(url, "?sources={sources}&destinations={destinations}&annotations=duration,distance");
        let answer = self.wire.ask(Question { url, body: None })?;
        let unreadable = |what: String| RemoteError::Unreadable { url: format!("{base}/table"), what };
        if let Some(code) = answer.get("code").and_then(Value::as_str).filter(|code| *code != "Ok") {
            return Err(unreadable(format!("its code is `{code}`, expected `Ok`")));
        }
        let matrix = |name: &str| -> Result<Vec<Option<f64>>, RemoteError> {
            let rows = answer.get(name).and_then(Value::as_array);
            let rows = rows.ok_or_else(|| unreadable(format!("it has no `{name}`")))?;
            let cells: Vec<Option<f64>> =
                rows.iter().filter_map(Value::as_array).flatten().map(Value::as_f64).collect();
            match cells.len() == from.len() * to.len() {
                true => Ok(cells),
                false => Err(unreadable(format!(
                    "`{name}` has `{}` numbers, expected `{}`",
                    cells.len(),
                    from.len() * to.len()
                ))),
            }
        };
        let (seconds, metres) = (matrix("durations")?, matrix("distances")?);
        Ok(seconds.into_iter().zip(metres).map(|(s, m)| s.zip(m)).collect())
    }
}

impl Tables for Osrm {
    fn table(&self, from: &[Place], to: &[Place]) -> Result<Table, RemoteError> {
        in_pieces(&self.address, from, to, |from, to| self.ask(from, to))
    }
}
