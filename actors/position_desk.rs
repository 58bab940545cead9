//! The front desk's commands about where a master is: said by the phone, or by a tracker.

use crate::{
    dispatch::orders::{args, own},
    field::{crew::FindMaster, master::PositionIs},
    front_desk::{FrontDesk, gone},
};
use domain::{
    ports::{Command, Seat},
    refusal::Refusal,
    values::place::Place,
    workforce::fix::Fix,
};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

/// A fix as it is told; its age is by the clock of who tells it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    lat: f64,
    lon: f64,
    #[serde(default)]
    age_s: f64,
    #[serde(default)]
    accuracy: Option<f64>,
}

impl FrontDesk {
    /// Commands `position` and `tracker.fix`. A fix that is not taken is answered with why: it is no fault of the
    /// tracker's, and one that is refused would be sent for ever.
    pub(crate) async fn position(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let told: Told = args(command)?;
        let place = Place::new(told.lat, told.lon).map_err(|e| Refusal::invalid("place", e.to_string()))?;
        if told.accuracy.is_some_and(|metres| metres < 0.0) {
            let detail = format!("`accuracy` is `{:?}`: expected metres, zero or more", told.accuracy);
            return Err(Refusal::invalid("accuracy", detail));
        }
        let id = own(seat)?;
        // The city may be faster than the world that trackers live in.
        let age = told.age_s.clamp(-1e9, 1e9) * self.house.clock.lapse();
        let at = self.house.now() - SignedDuration::from_millis((age * 1000.0) as i64);
        let fix = Fix { place, at, accuracy: told.accuracy };
        let by_tracker = command.name == "tracker.fix";
        let found = self.house.desk()?.crew.send(FindMaster(id)).await.map_err(gone)?;
        let master = found.ok_or_else(|| Refusal::unknown("master", id))?;
        match master.send(PositionIs { fix, by_tracker }).await.map_err(gone)? {
            Ok(()) if by_tracker => Ok(json!({"taken": true})),
            Ok(()) => Ok(json!({})),
            Err(why) => Ok(json!({"taken": false, "why": why})),
        }
    }
}
