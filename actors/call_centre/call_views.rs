//! Rows of the call centre's live topics.

use domain::{
    calls::{
        call::Call,
        callback::Callback,
        operator::{Device, Operator},
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
        "aside": call.aside, "muted": call.muted,
    })
}

/// The row `Operator`.
pub fn operator_row(operator: &Operator, line_ok: bool) -> Value {
    let device = match operator.device {
        Device::Browser => "browser",
        Device::Phone(_) => "phone",
    };
    json!({
        "id": operator.id, "rev": operator.ver, "name": operator.name, "state": operator.presence, "reason": operator.reason,
        "since": operator.since.as_millisecond(), "device": device, "call": operator.call, "robot": operator.robot, "line_ok": line_ok,
    })
}

/// The row `Callback`.
pub fn callback_row(callback: &Callback, name: Option<&str>) -> Value {
    json!({
        "id": callback.id, "rev": callback.ver, "phone": callback.phone, "name": name, "client": callback.client,
        "state": callback.state, "since": callback.since.as_millisecond(), "attempts": callback.attempts,
    })
}
