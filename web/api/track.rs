//! Positions of trackers: OsmAnd's protocol in a query or a form, the JSON of Traccar's client, and what Traccar's
//! server forwards. Who is followed says the token; nobody signs in.

use crate::{
    api::{House, session::SignedIn},
    page::link,
    problem::Problem,
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    routing::get,
};
use domain::{
    access::Role,
    ports::{Command, Seat},
    values::id::{Id, MasterId},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

/// Trackers count time in seconds or, later than this, in milliseconds.
const MILLISECONDS_FROM: f64 = 1e11;

/// The address for trackers.
pub(crate) fn routes() -> Router<Arc<House>> {
    Router::new().route("/", get(tracked).post(tracked))
}

/// What a tracker has said, as it said it.
#[derive(Debug, Default, PartialEq)]
struct Point {
    token: String,
    lat: f64,
    lon: f64,
    /// Seconds since the epoch; absent: now.
    at: Option<f64>,
    accuracy: Option<f64>,
}

fn bad(field: &str, given: &str, expected: &str) -> Problem {
    let given: String = given.chars().take(60).collect();
    let detail = format!("`{field}` is `{given}`: expected {expected}");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "tracker-field", detail)
}

fn number(field: &str, given: &str) -> Result<f64, Problem> {
    let read = given.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    read.ok_or_else(|| bad(field, given, "a number"))
}

/// An instant in seconds or milliseconds since the epoch, or as RFC 3339 writes it.
fn instant(field: &str, given: &str) -> Result<f64, Problem> {
    if let Ok(number) = given.trim().parse::<f64>() {
        let seconds = if number.abs() >= MILLISECONDS_FROM { number / 1000.0 } else { number };
        return if seconds.is_finite() { Ok(seconds) } else { Err(bad(field, given, "an instant")) };
    }
    // OsmAnd's own application writes a blank where the standard has a `T`.
    let written = given.trim().replacen(' ', "T", 1);
    let written = if written.ends_with('Z') || written.contains('+') { written } else { written + "Z" };
    let read = written.parse::<Timestamp>();
    let expected = "seconds or milliseconds since the epoch, or a date as in RFC 3339";
    read.map(|at| at.as_millisecond() as f64 / 1000.0).map_err(|_| bad(field, given, expected))
}

/// The fields of a query or a form: `id`, `lat`, `lon`, `timestamp`, `accuracy`; the others are not ours.
fn from_fields(text: &str) -> Result<Point, Problem> {
    let fields: HashMap<String, String> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    let one = |names: &[&'static str]| {
        names.iter().find_map(|name| fields.get(*name).map(|value| (*name, value.as_str())))
    };
    let must = |names: &[&'static str]| one(names).ok_or_else(|| bad(names[0], "", "a value"));
    let (_, token) = must(&["id", "deviceid"])?;
    let (lat, lon) = match one(&["location"]) {
        Some((name, both)) => both.split_once(',').ok_or_else(|| bad(name, both, "`lat,lon`"))?,
        None => (must(&["lat"])?.1, must(&["lon"])?.1),
    };
    Ok(Point {
        token: token.to_owned(),
        lat: number("lat", lat)?,
        lon: number("lon", lon)?,
        at: one(&["timestamp"]).map(|(name, at)| instant(name, at)).transpose()?,
        accuracy: one(&["accuracy"]).map(|(name, metres)| number(name, metres)).transpose()?,
    })
}

/// A value of JSON at a path, as text that can be read like a field.
fn at(json: &Value, path: &str) -> Option<String> {
    let found = path.split('.').try_fold(json, |json, name| json.get(name))?;
    match found {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The JSON of Traccar's client (`location`, `device_id`) or of Traccar's server (`position`, `device`).
fn from_json(body: &[u8]) -> Result<Point, Problem> {
    let json: Value = serde_json::from_slice(body)
        .map_err(|error| bad("body", &error.to_string(), "JSON of Traccar's client or server"))?;
    let (token, lat, lon, when, accuracy) = if json.get("position").is_some() {
        let names = ("device.uniqueId", "position.latitude", "position.longitude");
        (names.0, names.1, names.2, "position.fixTime", "position.accuracy")
    } else {
        let names = ("device_id", "location.coords.latitude", "location.coords.longitude");
        (names.0, names.1, names.2, "location.timestamp", "location.coords.accuracy")
    };
    let must = |path: &str| at(&json, path).ok_or_else(|| bad(path, "", "a value"));
    Ok(Point {
        token: must(token)?,
        lat: number(lat, &must(lat)?)?,
        lon: number(lon, &must(lon)?)?,
        at: at(&json, when).map(|text| instant(when, &text)).transpose()?,
        accuracy: at(&json, accuracy).map(|text| number(accuracy, &text)).transpose()?,
    })
}

async fn tracked(
    State(house): State<Arc<House>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let point = if kind.starts_with("application/json") {
        from_json(&body)?
    } else if body.is_empty() {
        from_fields(query.as_deref().unwrap_or_default())?
    } else {
        from_fields(std::str::from_utf8(&body).map_err(|_| bad("body", "bytes", "text in UTF-8"))?)?
    };
    let master = link::open_tracker(&house.link_key, &point.token)
        .ok_or_else(|| bad("id", &point.token, "the tracker's token as this house has made it"))?;
    let age = point.at.map_or(0.0, |at| since_epoch() - at);
    let mut args = json!({"lat": point.lat, "lon": point.lon, "age_s": age});
    if let Some(metres) = point.accuracy {
        args["accuracy"] = json!(metres);
    }
    let seat = Seat {
        user: Id::from_uuid(Uuid::nil()),
        login: "tracker".into(),
        name: "tracker".into(),
        role: Role::Master,
        master: Some(master),
        operator: None,
    };
    let command = Command { id: "tracker".into(), name: "tracker.fix".into(), args, rev: None };
    Ok(Json(house.door.command(seat, command).await?.ok))
}

/// The world's time: trackers know no other, whatever the city's clock shows.
#[expect(
    clippy::disallowed_methods,
    reason = "the age of a fix is measured by the clock that the tracker has"
)]
fn since_epoch() -> f64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

/// What a master's tracker is set up with: for those who plan, and for the master.
pub(super) async fn set_up(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let master: MasterId = id.parse().map_err(|_| Problem::unknown("master", &id))?;
    let may =
        matches!(seat.role, Role::Dispatcher | Role::Manager | Role::Admin) || seat.master == Some(master);
    if !may {
        return Err(Problem::forbidden("a tracker is set up by who plans, or by its master".to_owned()));
    }
    Ok(Json(json!({"path": "/track", "id": link::make_tracker(&house.link_key, master)})))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_trackers_of_all_makes_say_is_the_same_point() {
        let same = Point {
            token: "T".into(),
            lat: 55.75,
            lon: 37.61,
            at: Some(1_772_431_200.0),
            accuracy: Some(12.5),
        };
        for fields in [
            "id=T&lat=55.75&lon=37.61&timestamp=1772431200&accuracy=12.5&hdop=1&altitude=120&speed=3",
            "deviceid=T&lat=55.75&lon=37.61&timestamp=1772431200000&accuracy=12.5",
            "id=T&location=55.75,37.61&timestamp=2026-03-02T06%3A00%3A00Z&accuracy=12.5",
            "id=T&lat=55.75&lon=37.61&timestamp=2026-03-02%2006:00:00&accuracy=12.5",
        ] {
            assert_eq!(from_fields(fields).expect(fields), same, "{fields}");
        }
        let client = json!({"device_id": "T", "location": {"timestamp": "2026-03-02T06:00:00.000Z", "is_moving": true,
            "coords": {"latitude": 55.75, "longitude": 37.61, "accuracy": 12.5, "speed": 4.5, "heading": 90}}});
        let server = json!({"device": {"id": 7, "uniqueId": "T"}, "position": {"fixTime": "2026-03-02T06:00:00.000+00:00",
            "latitude": 55.75, "longitude": 37.61, "accuracy": 12.5, "valid": true}});
        for json in [client, server] {
            assert_eq!(from_json(json.to_string().as_bytes()).expect("a point"), same, "{json}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (fields, field) in [
            ("lat=1&lon=2", "`id`"),
            ("id=T&lon=2", "`lat`"),
            ("id=T&lat=x&lon=2", "`lat` is `x`"),
            ("id=T&lat=1&lon=NaN", "`lon` is `NaN`"),
            ("id=T&location=12", "`location`"),
            ("id=T&lat=1&lon=2&timestamp=вчера", "`timestamp` is `вчера`"),
        ] {
            let detail = from_fields(fields).expect_err(fields).detail;
            assert!(detail.contains(field), "{fields}: {detail}");
        }
        for (body, field) in [
            ("{", "`body`"),
            ("{}", "`device_id`"),
            (r#"{"device_id":"T","location":{"coords":{"latitude":1}}}"#, "`location.coords.longitude`"),
            (
                r#"{"device":{"uniqueId":"T"},"position":{"latitude":"x","longitude":2}}"#,
                "`position.latitude` is `x`",
            ),
        ] {
            let detail = from_json(body.as_bytes()).expect_err(body).detail;
            assert!(detail.contains(field), "{body}: {detail}");
        }
    }
}
