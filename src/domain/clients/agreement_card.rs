//! What is written in an agreement before it is signed, and what may be added to one in force.

use super::agreement::{Agreement, AgreementState, SlaSet};
use crate::{
    refusal::Refusal,
    requests::request::HoldReason,
    values::{
        calendar::{Calendar, InvalidCalendar},
        id::{PointId, UnitId},
        money::Money,
    },
    workforce::hours::Week,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The longest number, in characters.
const LONGEST_NUMBER: usize = 40;
/// The most hours that can be promised: a year of them.
const MOST_HOURS: u32 = 8_784;
/// The most months for which an agreement goes on by itself.
const MOST_MONTHS: u8 = 60;

/// Points and units of the client that are covered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Covered {
    /// Points covered whole.
    #[serde(default)]
    pub points: Vec<PointId>,
    /// Units covered one by one.
    #[serde(default)]
    pub units: Vec<UnitId>,
}

impl Covered {
    /// The agreement as it is after this was agreed on, signed or not.
    ///
    /// # Errors
    /// It waits for signatures or is over; it is in force and nothing would be covered; something is named twice.
    pub fn onto(&self, agreement: &Agreement) -> Result<Agreement, Refusal> {
        use AgreementState::{Active, Draft, Expiring, Suspended};
        if !matches!(agreement.state, Draft | Active | Expiring | Suspended) {
            return Err(shut(agreement, "a draft, or one in force"));
        }
        self.checked()?;
        if agreement.state != Draft && self.points.is_empty() && self.units.is_empty() {
            let detail =
                format!("agreement `{}` would cover nothing: expected a point or a unit", agreement.no);
            return Err(Refusal::invalid("agreement-incomplete", detail));
        }
        let (points, units) = (self.points.clone(), self.units.clone());
        Ok(Agreement { ver: agreement.ver + 1, points, units, ..agreement.clone() })
    }
    fn checked(&self) -> Result<(), Refusal> {
        let points: BTreeSet<_> = self.points.iter().collect();
        let units: BTreeSet<_> = self.units.iter().collect();
        let (named, once) = (self.points.len() + self.units.len(), points.len() + units.len());
        if once < named {
            let detail =
                format!("`{named}` points and units are named, `{once}` of them differ: expected each once");
            return Err(Refusal::invalid("covered-twice", detail));
        }
        Ok(())
    }
}

/// What is written in an agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementCard {
    /// Number for people; empty: the house gives one.
    #[serde(default)]
    pub no: String,
    /// The first day in force, by the house's clock.
    pub from: Date,
    /// The last day in force.
    pub until: Date,
    /// What is covered.
    #[serde(default)]
    pub covered: Covered,
    /// What is promised.
    pub sla: SlaSet,
    /// Labour is paid by the agreement up to this sum an order.
    pub limit: Money,
    /// The hours in which the clocks count, Monday first; none: round the clock.
    #[serde(default)]
    pub hours: Option<Week>,
    /// The waits that stop the clocks.
    #[serde(default)]
    pub pauses: Vec<HoldReason>,
    /// Are emergencies served while it is suspended?
    #[serde(default)]
    pub keeps_emergency: bool,
    /// May orders be given back unpaid?
    #[serde(default)]
    pub debt_allowed: bool,
    /// Months for which it goes on by itself at its end; 0: it ends.
    #[serde(default)]
    pub renews_months: u8,
}

impl AgreementCard {
    /// The agreement as it is after this was written; days are those of the zone.
    ///
    /// # Errors
    /// It is no draft any longer; the number, a day, an hour or a sum is wrong; something is covered twice.
    pub fn onto(&self, agreement: &Agreement, zone: &TimeZone) -> Result<Agreement, Refusal> {
        if agreement.state != AgreementState::Draft {
            return Err(shut(agreement, "a draft"));
        }
        let after = self.covered.onto(agreement)?;
        let no = self.no.split_whitespace().collect::<Vec<_>>().join(" ");
        let no = if no.is_empty() { agreement.no.clone() } else { no };
        let length = no.chars().count();
        if length == 0 || length > LONGEST_NUMBER {
            let detail = format!("the number has `{length}` characters: expected 1 to {LONGEST_NUMBER}");
            return Err(Refusal::invalid("agreement-number", detail));
        }
        if self.until < self.from {
            let detail =
                format!("the last day `{}` is before `{}`: expected a later one", self.until, self.from);
            return Err(Refusal::invalid("agreement-days", detail));
        }
        let longest = self.sla.reaction_hours.max(self.sla.restore_hours);
        if longest > MOST_HOURS {
            let detail = format!("`{longest}` hours are promised: expected {MOST_HOURS} at most");
            return Err(Refusal::invalid("agreement-hours", detail));
        }
        if self.limit.is_negative() {
            let detail = format!("the limit `{}` is negative: expected 0 or more", self.limit);
            return Err(Refusal::invalid("agreement-limit", detail));
        }
        if self.renews_months > MOST_MONTHS {
            let detail = format!("`{}` months: expected {MOST_MONTHS} at most", self.renews_months);
            return Err(Refusal::invalid("agreement-renewal", detail));
        }
        let mut terms = after.terms.clone();
        terms.calendar = self.calendar(terms.calendar.take(), zone)?;
        terms.pauses = self.pauses.clone();
        (terms.keeps_emergency, terms.debt_allowed) = (self.keeps_emergency, self.debt_allowed);
        terms.renews_months = self.renews_months;
        let (from, until) = (start_of(self.from, zone)?, end_of(self.until, zone)?);
        Ok(Agreement { no, from, until, sla: self.sla, limit: self.limit, terms, ..after })
    }
    /// The hours as a calendar; one that was known keeps its days off.
    fn calendar(&self, known: Option<Calendar>, zone: &TimeZone) -> Result<Option<Calendar>, Refusal> {
        let Some(Week(week)) = self.hours else { return Ok(None) };
        let written = match known {
            Some(known) => known.with_week(week),
            None => Calendar::new(zone.iana_name().unwrap_or("UTC"), week),
        };
        let code = |error: &InvalidCalendar| match error {
            InvalidCalendar::NeverOpen => "never-open",
            _ => "hours-empty",
        };
        written.map(Some).map_err(|error| Refusal::invalid(code(&error), error.to_string()))
    }
}

impl Agreement {
    /// What is written in it; days are those of the zone.
    pub fn card(&self, zone: &TimeZone) -> AgreementCard {
        let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
        let terms = &self.terms;
        AgreementCard {
            no: self.no.clone(),
            from: day(self.from),
            until: self.last_day(zone),
            covered: Covered { points: self.points.clone(), units: self.units.clone() },
            sla: self.sla,
            limit: self.limit,
            hours: terms.calendar.as_ref().map(|calendar| Week(*calendar.week())),
            pauses: terms.pauses.clone(),
            keeps_emergency: terms.keeps_emergency,
            debt_allowed: terms.debt_allowed,
            renews_months: terms.renews_months,
        }
    }
    /// The last day on which it is in force.
    pub fn last_day(&self, zone: &TimeZone) -> Date {
        (self.until - jiff::SignedDuration::from_nanos(1)).to_zoned(zone.clone()).date()
    }
}

/// The instant at which a day begins.
///
/// # Errors
/// The day is beyond the calendar.
pub fn start_of(day: Date, zone: &TimeZone) -> Result<Timestamp, Refusal> {
    let begun = day.to_zoned(zone.clone()).map(|begun| begun.timestamp());
    begun.map_err(|_| beyond(day))
}
/// The instant at which a day is over: «until the 31st» holds on the 31st.
///
/// # Errors
/// The day is beyond the calendar.
pub fn end_of(day: Date, zone: &TimeZone) -> Result<Timestamp, Refusal> {
    day.tomorrow().map_err(|_| beyond(day)).and_then(|next| start_of(next, zone))
}
fn beyond(day: Date) -> Refusal {
    Refusal::invalid(
        "agreement-days",
        format!("the day `{day}` is beyond the calendar: expected an earlier one"),
    )
}
fn shut(agreement: &Agreement, expected: &str) -> Refusal {
    let detail = format!("agreement `{}` is `{:?}`: expected {expected}", agreement.no, agreement.state);
    Refusal::state("agreement-state", detail)
}
