//! "Where is my master, is my repair ready", as a row of prompts: what is recorded once and said of every order.

use jiff::{Timestamp, tz::TimeZone};

/// Minutes are told by fives: eleven recordings are enough.
const STEP: i8 = 5;

/// The prompts that tell the state of somebody's work and, when it is known, the time of the master's coming.
/// `None`: there is no open work.
pub fn status_prompts(work: Option<(&str, Option<Timestamp>)>, zone: &TimeZone) -> Vec<String> {
    let Some((state, eta)) = work else { return vec!["status.none".into()] };
    let mut prompts = vec![format!("status.{state}")];
    if let Some(eta) = eta {
        let local = eta.to_zoned(zone.clone());
        prompts.push("status.at".into());
        prompts.push(format!("hour.{}", local.hour()));
        prompts.push(format!("minute.{}", local.minute() / STEP * STEP));
    }
    prompts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_told_in_the_zone_of_the_house_and_by_five_minutes() {
        let eta: Timestamp = "2026-03-02T09:44:59Z".parse().expect("an instant");
        let zone = TimeZone::get("Europe/Moscow").expect("a zone");
        let told = status_prompts(Some(("en_route", Some(eta))), &zone);
        assert_eq!(told, ["status.en_route", "status.at", "hour.12", "minute.40"]);
        assert_eq!(status_prompts(Some(("planned", None)), &zone), ["status.planned"]);
        assert_eq!(status_prompts(None, &zone), ["status.none"]);
    }
}
