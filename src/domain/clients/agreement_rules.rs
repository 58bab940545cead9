//! What may happen to an agreement, and what it covers (`domain.md` 3.4.9).

use super::agreement::{Agreement, AgreementEvent, AgreementState};
use crate::{
    refusal::Refusal,
    requests::request::Priority,
    values::id::{PointId, UnitId},
};
use jiff::{SignedDuration, Span, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// Days before its end at which an agreement counts as expiring.
pub const EXPIRING_DAYS: i64 = 30;
/// Renewals that are made up for at once, of an agreement nobody looked at for long.
const MOST_RENEWALS: i64 = 1_200;

impl AgreementEvent {
    /// The name in the journal and on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Drafted => "agreement.drafted",
            Self::Submitted => "agreement.submitted",
            Self::Returned { .. } => "agreement.returned",
            Self::Activated => "agreement.activated",
            Self::Suspended { .. } => "agreement.suspended",
            Self::Resumed => "agreement.resumed",
            Self::EndsSoon => "agreement.expiring",
            Self::Renewed { .. } => "agreement.renewed",
            Self::Expired => "agreement.expired",
            Self::Terminated { .. } => "agreement.terminated",
        }
    }
}

/// Why an agreement does not cover what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// Nobody has signed it yet.
    Unsigned,
    /// It begins later.
    Ahead,
    /// It is stopped.
    Suspended,
    /// Its time is over.
    Expired,
    /// It was ended before its time.
    Terminated,
}

impl WhyNot {
    /// Did it cover before? Of a paper that was never in force nobody is told.
    pub fn is_past(self) -> bool {
        matches!(self, Self::Suspended | Self::Expired | Self::Terminated)
    }
}

impl Agreement {
    /// Is the unit at the point covered at the instant?
    pub fn covers(&self, point: PointId, unit: Option<UnitId>, at: Timestamp) -> bool {
        self.is_in_force() && self.reaches(point, unit, at)
    }
    /// As [`Agreement::covers`]; besides, a suspended agreement may keep its emergencies.
    pub fn covers_at(&self, point: PointId, unit: Option<UnitId>, priority: Priority, at: Timestamp) -> bool {
        let kept = self.state == AgreementState::Suspended
            && self.terms.keeps_emergency
            && priority == Priority::Emergency;
        (self.is_in_force() || kept) && self.reaches(point, unit, at)
    }
    fn reaches(&self, point: PointId, unit: Option<UnitId>, at: Timestamp) -> bool {
        self.from <= at && at < self.until && self.names(point, unit)
    }
    /// Is the point covered whole or the unit by itself, at whatever time?
    pub fn names(&self, point: PointId, unit: Option<UnitId>) -> bool {
        self.points.contains(&point) || unit.is_some_and(|unit| self.units.contains(&unit))
    }
    /// What time alone makes of it at the instant, if anything: it ends soon, goes on by itself, or is over.
    pub fn due(&self, at: Timestamp, zone: &TimeZone) -> Option<AgreementEvent> {
        let over = match self.goes_on(at, zone) {
            Some(until) => AgreementEvent::Renewed { until },
            None => AgreementEvent::Expired,
        };
        [over, AgreementEvent::EndsSoon].into_iter().find_map(|event| self.decide(event, at).ok())
    }
    /// Its next end after the instant, where it is in force to its end and goes on by itself then.
    fn goes_on(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let months = i64::from(self.terms.renews_months);
        if months == 0 || at < self.until || !self.is_in_force() {
            return None;
        }
        let end = self.until.to_zoned(zone.clone());
        // Counted from the same day each time, so that a short month shortens none of those after it.
        let ends = (1..=MOST_RENEWALS).map_while(|n| end.checked_add(Span::new().months(n * months)).ok());
        ends.map(|end| end.timestamp()).find(|end| *end > at)
    }
    /// Is it active, though it may end soon?
    pub fn is_in_force(&self) -> bool {
        matches!(self.state, AgreementState::Active | AgreementState::Expiring)
    }
    /// Why it does not cover what it names; nothing: it does, at the instant.
    pub fn why_not(&self, at: Timestamp) -> Option<WhyNot> {
        match self.state {
            AgreementState::Draft | AgreementState::OnApproval => Some(WhyNot::Unsigned),
            AgreementState::Suspended => Some(WhyNot::Suspended),
            AgreementState::Expired => Some(WhyNot::Expired),
            AgreementState::Terminated => Some(WhyNot::Terminated),
            _ if at >= self.until => Some(WhyNot::Expired),
            _ if at < self.from => Some(WhyNot::Ahead),
            AgreementState::Active | AgreementState::Expiring => None,
        }
    }

    /// Decides at the instant; changes nothing.
    ///
    /// # Errors
    /// The state says no; nothing is covered, priced or promised; the instant or the reason is wrong.
    pub fn decide(&self, event: AgreementEvent, at: Timestamp) -> Result<AgreementEvent, Refusal> {
        if !self.fits(&event) {
            let detail =
                format!("agreement {} is `{:?}`: `{}` is not possible", self.no, self.state, event.name());
            return Err(Refusal::state("agreement-state", detail));
        }
        let soon = self.until - SignedDuration::from_hours(24 * EXPIRING_DAYS);
        match &event {
            AgreementEvent::Activated => self.is_complete().and_then(|()| self.is_ahead(at)).map(|()| event),
            AgreementEvent::Returned { reason }
            | AgreementEvent::Suspended { reason }
            | AgreementEvent::Terminated { reason } => Refusal::unless_said(reason).map(|()| event),
            AgreementEvent::EndsSoon if at < soon => Err(too_soon(soon)),
            AgreementEvent::Expired if at < self.until => Err(too_soon(self.until)),
            AgreementEvent::Renewed { until } if *until <= self.until => Err(Refusal::invalid(
                "renewed-backwards",
                format!("the new end `{until}` is not after `{}`", self.until),
            )),
            _ => Ok(event),
        }
    }
    fn fits(&self, event: &AgreementEvent) -> bool {
        use AgreementState::{Active, Draft, Expired, Expiring, OnApproval, Suspended};
        match event {
            AgreementEvent::Drafted => self.ver == 0 && self.state == Draft,
            _ if self.ver == 0 => false,
            AgreementEvent::Submitted => self.state == Draft,
            AgreementEvent::Returned { .. } | AgreementEvent::Activated => self.state == OnApproval,
            AgreementEvent::Suspended { .. } => self.is_in_force(),
            AgreementEvent::Resumed => self.state == Suspended,
            AgreementEvent::EndsSoon => self.state == Active,
            AgreementEvent::Renewed { .. } => matches!(self.state, Active | Expiring | Expired),
            AgreementEvent::Expired => matches!(self.state, Active | Expiring | Suspended),
            AgreementEvent::Terminated { .. } => matches!(self.state, Active | Expiring | Suspended),
        }
    }
    fn is_complete(&self) -> Result<(), Refusal> {
        let missing = if self.points.is_empty() && self.units.is_empty() {
            "a point or a unit that is covered"
        } else if self.price_list == 0 {
            "a price list"
        } else if self.sla.reaction_hours == 0 || self.sla.restore_hours == 0 {
            "hours of reaction and of restoration"
        } else if self.until <= self.from {
            "an end after the start"
        } else {
            return Ok(());
        };
        let detail = format!("agreement `{}` is not complete: expected {missing}", self.no);
        Err(Refusal::invalid("agreement-incomplete", detail))
    }
    fn is_ahead(&self, at: Timestamp) -> Result<(), Refusal> {
        if at < self.until {
            return Ok(());
        }
        let detail = format!("agreement `{}` ended at `{}`: expected a later end", self.no, self.until);
        Err(Refusal::invalid("agreement-over", detail))
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &AgreementEvent) {
        self.ver += 1;
        self.state = match event {
            AgreementEvent::Drafted | AgreementEvent::Returned { .. } => AgreementState::Draft,
            AgreementEvent::Submitted => AgreementState::OnApproval,
            AgreementEvent::Activated | AgreementEvent::Resumed => AgreementState::Active,
            AgreementEvent::Suspended { .. } => AgreementState::Suspended,
            AgreementEvent::EndsSoon => AgreementState::Expiring,
            AgreementEvent::Renewed { until } => {
                self.until = *until;
                AgreementState::Active
            }
            AgreementEvent::Expired => AgreementState::Expired,
            AgreementEvent::Terminated { .. } => AgreementState::Terminated,
        };
    }
}

fn too_soon(from: Timestamp) -> Refusal {
    Refusal::state("agreement-not-due", format!("the agreement runs: expected the instant `{from}` or later"))
}
