//! What may happen to a master, and what follows (`domain.md` 3.4.8).

use super::{
    hours::Week,
    master::{Duty, Master, MasterCard, MasterEvent},
};
use crate::{
    refusal::Refusal,
    values::{
        id::{MasterId, VisitId},
        money::Money,
        period::Period,
    },
};
use jiff::Timestamp;

impl Master {
    /// Comes to work.
    ///
    /// # Errors
    /// The shift is open.
    pub fn start_shift(&self) -> Result<MasterEvent, Refusal> {
        match self.duty {
            Duty::OffShift => Ok(MasterEvent::ShiftStarted),
            other => Err(Refusal::state(
                "shift-open",
                format!("the shift cannot start from `{other:?}`: expected OffShift"),
            )),
        }
    }
    /// Goes home; not from the middle of a visit.
    ///
    /// # Errors
    /// A visit is under way, or the shift is not open.
    pub fn end_shift(&self) -> Result<MasterEvent, Refusal> {
        match self.duty {
            Duty::Available | Duty::Break | Duty::Office => Ok(MasterEvent::ShiftEnded),
            other => Err(Refusal::state(
                "shift-busy",
                format!("the shift cannot end from `{other:?}`: expected Available, Break or Office"),
            )),
        }
    }
    /// Sets off; one visit at a time.
    ///
    /// # Errors
    /// The shift is not open, or another visit is not finished.
    pub fn set_off(&self, visit: VisitId) -> Result<MasterEvent, Refusal> {
        match (self.duty, self.current) {
            (Duty::Available | Duty::Break | Duty::Office, None) => Ok(MasterEvent::SetOff { visit }),
            (Duty::OffShift, _) => {
                Err(Refusal::state("shift-closed", "the shift is not open: start it first"))
            }
            (_, Some(at)) => Err(Refusal::state("master-busy", format!("visit `{at}` is not finished"))),
            (other, None) => {
                Err(Refusal::state("master-state", format!("a master who is `{other:?}` cannot set off")))
            }
        }
    }
    /// Cannot work; what is begun stays with them.
    ///
    /// # Errors
    /// They are unavailable already, or no reason is given.
    pub fn become_unavailable(&self, reason: &str) -> Result<MasterEvent, Refusal> {
        if self.duty == Duty::Unavailable {
            return Err(Refusal::state(
                "master-unavailable",
                format!("{} is unavailable already", self.name),
            ));
        }
        Refusal::unless_said(reason)?;
        Ok(MasterEvent::BecameUnavailable { reason: reason.into() })
    }
    /// Can work again.
    ///
    /// # Errors
    /// They can already.
    pub fn become_available(&self) -> Result<MasterEvent, Refusal> {
        match self.duty {
            Duty::Unavailable => Ok(MasterEvent::BecameAvailable),
            other => Err(Refusal::state(
                "master-available",
                format!("a master who is `{other:?}` is not unavailable"),
            )),
        }
    }
    /// Decides; changes nothing.
    ///
    /// # Errors
    /// The duty, the visit in hand or the cash in custody says no.
    pub fn decide(&self, event: MasterEvent) -> Result<MasterEvent, Refusal> {
        let fits = match &event {
            MasterEvent::ShiftStarted => return self.start_shift(),
            MasterEvent::ShiftEnded => return self.end_shift(),
            MasterEvent::SetOff { visit } => return self.set_off(*visit),
            MasterEvent::BecameUnavailable { reason } => return self.become_unavailable(reason),
            MasterEvent::BecameAvailable => return self.become_available(),
            MasterEvent::Arrived { visit } => self.duty == Duty::Travelling && self.current == Some(*visit),
            MasterEvent::Freed => self.current.is_some(),
            MasterEvent::BreakStarted | MasterEvent::CameToOffice => self.duty == Duty::Available,
            MasterEvent::BreakEnded => self.duty == Duty::Break,
            MasterEvent::LeftOffice => self.duty == Duty::Office,
            MasterEvent::CashTaken { sum } if *sum <= Money::ZERO => {
                return Err(wrong_sum(*sum, "more than 0"));
            }
            MasterEvent::CashHandedIn { sum } | MasterEvent::CashReturned { sum }
                if *sum <= Money::ZERO || *sum > self.cash =>
            {
                return Err(wrong_sum(*sum, &format!("more than 0 and at most `{}`", self.cash)));
            }
            MasterEvent::Joined { .. } => self.ver == 0,
            MasterEvent::Left => !self.left && self.current.is_none(),
            MasterEvent::CameBack => self.left,
            MasterEvent::AbsenceLifted { from } => self.absences.iter().any(|away| away.from == *from),
            MasterEvent::HoursSet { week } => return week.checked().map(|_| event),
            MasterEvent::CardChanged { .. } | MasterEvent::AbsenceSet { .. } => true,
            MasterEvent::CashTaken { .. }
            | MasterEvent::CashHandedIn { .. }
            | MasterEvent::CashReturned { .. }
            | MasterEvent::TrackingAllowed { .. } => true,
        };
        if fits {
            return Ok(event);
        }
        let detail = format!("{} is `{:?}`: `{}` is not possible", self.name, self.duty, event.name());
        Err(Refusal::state("master-state", detail))
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &MasterEvent) {
        self.ver += 1;
        match event {
            MasterEvent::ShiftStarted | MasterEvent::BreakEnded | MasterEvent::LeftOffice => {
                (self.duty, self.reason) = (Duty::Available, None)
            }
            // Who has a visit in hand is still there.
            MasterEvent::BecameAvailable => {
                self.duty = if self.current.is_some() { Duty::OnSite } else { Duty::Available };
                self.reason = None;
            }
            MasterEvent::BreakStarted => self.duty = Duty::Break,
            MasterEvent::CameToOffice => self.duty = Duty::Office,
            MasterEvent::ShiftEnded => (self.duty, self.current) = (Duty::OffShift, None),
            MasterEvent::SetOff { visit } => (self.duty, self.current) = (Duty::Travelling, Some(*visit)),
            MasterEvent::Arrived { visit } => (self.duty, self.current) = (Duty::OnSite, Some(*visit)),
            MasterEvent::Freed => {
                self.current = None;
                if matches!(self.duty, Duty::Travelling | Duty::OnSite) {
                    self.duty = Duty::Available;
                }
            }
            MasterEvent::BecameUnavailable { reason } => {
                (self.duty, self.reason) = (Duty::Unavailable, Some(reason.clone()));
            }
            MasterEvent::Joined { card } | MasterEvent::CardChanged { card } => self.take_card(card),
            MasterEvent::HoursSet { week } => self.week = Some(*week),
            MasterEvent::AbsenceSet { absence } => self.absences.push(absence.clone()),
            MasterEvent::AbsenceLifted { from } => self.absences.retain(|away| away.from != *from),
            MasterEvent::Left => (self.left, self.duty, self.reason) = (true, Duty::OffShift, None),
            MasterEvent::CameBack => self.left = false,
            MasterEvent::TrackingAllowed { given } => self.tracked = *given,
            MasterEvent::CashTaken { sum } => self.cash = self.cash + *sum,
            MasterEvent::CashHandedIn { sum } | MasterEvent::CashReturned { sum } => {
                self.cash = Money::rounded(self.cash.amount() - sum.amount())
            }
        }
    }
    /// What the office has written about them.
    pub fn card(&self) -> MasterCard {
        MasterCard {
            name: self.name.clone(),
            phone: self.phone.clone(),
            skills: self.skills.clone(),
            home: self.home,
            address: self.address.clone(),
            vehicle: self.vehicle,
            branch: self.branch,
        }
    }
    fn take_card(&mut self, card: &MasterCard) {
        let MasterCard { name, phone, skills, home, address, vehicle, branch } = card.clone();
        (self.name, self.phone, self.skills) = (name, phone, skills);
        (self.home, self.address, self.vehicle, self.branch) = (home, address, vehicle, branch);
    }
    /// Somebody new, of whom nothing is known but the card; works the usual week.
    pub fn newcomer(id: MasterId, card: MasterCard, today: Period) -> Self {
        let mut master = Self {
            id,
            ver: 0,
            name: String::new(),
            phone: None,
            skills: vec![],
            shift: today,
            home: card.home,
            vehicle: None,
            duty: Duty::OffShift,
            reason: None,
            current: None,
            cash: Money::ZERO,
            robot: false,
            tracked: false,
            week: Some(Week::usual()),
            absences: vec![],
            address: String::new(),
            branch: None,
            left: false,
        };
        master.take_card(&card);
        master
    }
    /// Has every wanted skill at its level, with a permit valid at the instant?
    pub fn can(&self, wanted: &[(String, u8)], at: Timestamp) -> bool {
        wanted.iter().all(|(code, level)| {
            self.skills
                .iter()
                .any(|s| s.code == *code && s.level >= *level && s.valid_till.is_none_or(|till| at < till))
        })
    }
}

fn wrong_sum(sum: Money, expected: &str) -> Refusal {
    Refusal::invalid("wrong-sum", format!("the sum `{sum}` is wrong: expected {expected}"))
}
