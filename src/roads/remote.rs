//! Travel times of a routing server elsewhere: OSRM or Valhalla, over HTTP.

mod osrm;
mod valhalla;
mod wire;

pub use osrm::Osrm;
pub use valhalla::Valhalla;

use crate::{
    network::OVERHEAD,
    table::{Cell, Table},
};
use solver::{GreatCircle, Place, TravelTimes};
use std::time::Duration;
use thiserror::Error;

/// A routing server that gave no table.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RemoteError {
    /// The address is not one.
    #[error("`{0}` is not an address of a routing server: expected `http://HOST:PORT`")]
    Address(String),
    /// Nobody answered, or not in time.
    #[error("no answer from `{url}`: {why}")]
    Unreachable {
        /// Where it was asked.
        url: String,
        /// Why.
        why: String,
    },
    /// The server said no.
    #[error("`{url}` refused with status `{status}`: {said}")]
    Refused {
        /// Where it was asked.
        url: String,
        /// The status of HTTP.
        status: u16,
        /// Its words.
        said: String,
    },
    /// The answer is not a table.
    #[error("`{url}` gave no table: {what}")]
    Unreadable {
        /// Where it was asked.
        url: String,
        /// What was met, and what was expected.
        what: String,
    },
}

/// Where a routing server is and how much it may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// `http://HOST:PORT`, without the service's path.
    pub url: String,
    /// Most places in one question, both sides together; a server refuses more than it is set up for.
    pub most_places: usize,
    /// How long an answer is waited for.
    pub patience: Duration,
}

impl Address {
    /// A server at an address, asked as its defaults allow: a hundred places, two seconds.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), most_places: 100, patience: Duration::from_secs(2) }
    }
}

/// A way as a server tells it: seconds and metres; nothing where there is none.
type Answer = Option<(f64, f64)>;

/// Asks for a large table in pieces that the server takes, and puts them together.
fn in_pieces(
    address: &Address,
    from: &[Place],
    to: &[Place],
    ask: impl Fn(&[Place], &[Place]) -> Result<Vec<Answer>, RemoteError>,
) -> Result<Table, RemoteError> {
    let most = address.most_places.max(2);
    // The shorter side is given as much room as it needs, up to a half.
    let rows = from.len().min((most / 2).max(most.saturating_sub(to.len()))).max(1);
    let columns = (most - rows).max(1);
    let mut cells = vec![Cell::default(); from.len() * to.len()];
    let crow = GreatCircle::default();
    for (r, some) in from.chunks(rows).enumerate() {
        for (c, others) in to.chunks(columns).enumerate() {
            let answers = ask(some, others)?;
            for (k, answer) in answers.into_iter().enumerate() {
                let (i, j) = (r * rows + k / others.len(), c * columns + k % others.len());
                cells[i * to.len() + j] = match answer {
                    Some((seconds, metres)) => {
                        let away = from[i] != to[j];
                        let parked = seconds + if away { OVERHEAD as f64 } else { 0.0 };
                        Cell { seconds: parked.round() as u32, metres: metres.round() as u32 }
                    }
                    None => Cell::of(crow.leg(&from[i], &to[j])),
                };
            }
        }
    }
    Ok(Table { columns: to.len(), cells })
}
