//! Rows of the call centre's live topics.

use crate::call_centre::wrap_up::WrapUp;
use domain::{
    calls::{
        call::{Call, CallState},
        callback::Callback,
        campaign::Campaign,
        operator::{Device, Operator},
        recording::Tape,
    },
    ports::Clock,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The row `Call`.
pub fn call_row(call: &Call, name: Option<&str>, clock: &dyn Clock) -> Value {
    let until = call.answered.or(call.ended).unwrap_or_else(|| clock.now());
    json!({
        "id": call.id, "rev": call.ver, "state": call.state, "from": call.from, "name": name, "client": call.client, "did": call.did,
        "operator": call.operator, "since": call.started.as_millisecond(), "answered": call.answered.map(Timestamp::as_millisecond),
        "wait_s": until.duration_since(call.started).as_secs(), "direction": call.direction, "queue": call.queue,
        "aside": call.aside, "outside": call.outside, "muted": call.muted, "recording": recording(call),
    })
}

/// The row of a call that is over.
pub fn history_row(call: &Call, name: Option<&str>, clock: &dyn Clock) -> Value {
    let mut row = call_row(call, name, clock);
    row["ended"] = json!(call.ended.map(Timestamp::as_millisecond));
    row["disposition"] = json!(call.disposition);
    row["note"] = json!(call.note);
    row
}

/// `on` while it is recorded, `paused` while card data are told, `kept` when it may be heard, `removed` after its time.
pub fn recording(call: &Call) -> Option<&'static str> {
    call.recording.as_ref()?;
    Some(match call.tape {
        Tape::Removed => "removed",
        Tape::Paused if call.is_talk() => "paused",
        _ if call.is_over() || call.state == CallState::WrapUp => "kept",
        _ => "on",
    })
}

/// The row `Operator`.
pub(super) fn operator_row(operator: &Operator, line_ok: bool, wrap_up: &WrapUp) -> Value {
    let device = match operator.device {
        Device::Browser => "browser",
        Device::Phone(_) => "phone",
    };
    json!({
        "id": operator.id, "rev": operator.ver, "name": operator.name, "state": operator.presence, "reason": operator.reason,
        "since": operator.since.as_millisecond(), "device": device, "call": operator.call, "robot": operator.robot, "line_ok": line_ok,
        "supervises": operator.supervises, "until": wrap_up.until.map(Timestamp::as_millisecond), "more": wrap_up.left(),
    })
}

/// The row `Campaign`.
pub fn campaign_row(campaign: &Campaign) -> Value {
    let hours = json!({ "from": campaign.hours.from, "to": campaign.hours.to });
    json!({
        "id": campaign.id, "rev": campaign.ver, "name": campaign.name, "words": campaign.words, "queue": campaign.queue,
        "hours": hours, "state": campaign.state, "waiting": campaign.waiting.len(), "calling": campaign.calling.len(),
        "count": campaign.count, "by": campaign.by, "at": campaign.at.as_millisecond(),
    })
}
/// The row `Callback`.
pub fn callback_row(callback: &Callback, name: Option<&str>) -> Value {
    json!({
        "id": callback.id, "rev": callback.ver, "phone": callback.phone, "name": name, "client": callback.client,
        "state": callback.state, "since": callback.since.as_millisecond(), "attempts": callback.attempts,
    })
}
