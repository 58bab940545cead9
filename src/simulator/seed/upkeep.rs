//! What agreements have served without being asked: schedules, and a month that is planned half.

use super::{Row, Sower, devices::SKILLS, staff};
use crate::{chance::Chance, town};
use domain::{
    book::{Book, draft::Draft, intake::Intake, upkeep::Bounds},
    clients::{agreement::Agreement, point::ServicePoint},
    refusal::Refusal,
    requests::request::{Priority, RequestSort},
    upkeep::{
        holidays::holidays,
        occurrence::{Occurrence, OccurrenceEvent, OccurrenceState},
        rhythm::{Every, Otherwise, Rhythm},
        schedule::{Need, ScheduleCard, ScheduleEvent, ServiceSchedule, Tolerance},
    },
    values::{
        id::{Id, MasterId},
        money::Money,
        period::Period,
    },
    workforce::master::Master,
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};

/// Agreements with schedules.
pub(super) const AGREEMENTS: usize = 36;
/// Visits of the month that are in the book already.
const BOOKED: usize = 6;
/// Of ten occurrences so many have a day.
const PLANNED_OF_TEN: usize = 6;
/// Days ahead of which nothing is booked: today and tomorrow are the callers'.
const QUIET_DAYS: i64 = 5;

/// What a schedule of a skill is called.
fn title(skill: &str) -> &'static str {
    match skill {
        "hvac" => "ТО кондиционеров",
        "fridge" => "ТО холодильной витрины",
        "kkt" => "Проверка кассы",
        "boiler" => "ТО котла",
        "coffee" => "ТО кофемашины",
        _ => "Плановое ТО",
    }
}

struct Upkeep<'a> {
    draft: Draft<'a>,
    chance: Chance,
    today: Date,
    born: u64,
    crew: Vec<Master>,
}

impl Upkeep<'_> {
    fn card(&mut self, point: &ServicePoint) -> ScheduleCard {
        let skill = self.chance.pick(&SKILLS);
        let every = match self.chance.between(0, 5) {
            0 => Every::Weeks(2),
            1 => Every::Months(3),
            _ => Every::Months(1),
        };
        let back = i64::try_from(self.chance.between(0, 27)).unwrap_or(0) - 14;
        let long = every.count() > 1 && matches!(every, Every::Months(_));
        ScheduleCard {
            title: title(skill).into(),
            point: point.id,
            unit: None,
            rhythm: Rhythm {
                every,
                from: self.today.saturating_add(back.days()),
                otherwise: Otherwise::After,
            },
            tolerance: if long {
                Tolerance { before: 5, after: 7 }
            } else {
                Tolerance { before: 3, after: 3 }
            },
            weekdays: [true, true, true, true, true, self.chance.happens(0.3), false],
            minutes: [45, 60, 90, 120][self.chance.weighted(&[0.3, 0.4, 0.2, 0.1])],
            skills: vec![Need { code: skill.into(), level: 1 }],
            masters: if self.chance.happens(0.06) { 2 } else { 1 },
            preferred: Vec::new(),
            required: Vec::new(),
            checklist: Vec::new(),
        }
    }
    fn schedule(&mut self, agreement: &Agreement, card: ScheduleCard) -> Result<(), Refusal> {
        let card = card.checked(agreement)?;
        let id = Id::from_uuid(self.chance.uuid_at(self.born));
        let fresh = ServiceSchedule::new(id, agreement.id, card.clone());
        self.draft.on_schedule(fresh, ScheduleEvent::Written { card })
    }
    /// Who can do it, in turns.
    fn able(&self, card: &ScheduleCard, turn: usize) -> Vec<MasterId> {
        let wanted: Vec<(String, u8)> =
            card.skills.iter().map(|need| (need.code.clone(), need.level)).collect();
        let able: Vec<MasterId> =
            self.crew.iter().filter(|it| it.can(&wanted, self.draft.at)).map(|it| it.id).collect();
        let count = usize::from(card.masters);
        if able.len() < count {
            return Vec::new();
        }
        (0..count).map(|n| able[(turn + n) % able.len()]).collect()
    }
    /// Gives most of what is due a day, and says why the rest has none.
    fn plan(&mut self) -> Result<(), Refusal> {
        let mut due: Vec<Occurrence> = self.draft.occurrences().cloned().collect();
        due.sort_by_key(|it| (it.days.due, it.id));
        for (turn, occurrence) in due.into_iter().enumerate() {
            let card = self.draft.schedule(occurrence.schedule)?.card.clone();
            let (day, masters) = (occurrence.days.due, self.able(&card, turn));
            if masters.is_empty() {
                let why = OccurrenceEvent::LeftOut { why: "no_master".into() };
                self.draft.on_occurrence(occurrence, why, self.today)?;
            } else if turn % 10 < PLANNED_OF_TEN && day > self.today {
                self.draft.on_occurrence(
                    occurrence,
                    OccurrenceEvent::Proposed { day, masters },
                    self.today,
                )?;
            }
        }
        Ok(())
    }
    /// Confirms some of it.
    fn book(&mut self, covered: &[(Agreement, Vec<ServicePoint>)]) -> Result<(), Refusal> {
        let quiet = self.today.saturating_add(QUIET_DAYS.days());
        let mut ready: Vec<Occurrence> = self
            .draft
            .occurrences()
            .filter(|it| it.state == OccurrenceState::Proposed && it.days.due > quiet)
            .cloned()
            .collect();
        ready.sort_by_key(|it| (it.days.due, it.id));
        for occurrence in ready.into_iter().take(BOOKED) {
            let schedule = self.draft.schedule(occurrence.schedule)?.clone();
            let Some((agreement, points)) = covered.iter().find(|it| it.0.id == schedule.agreement) else {
                continue;
            };
            let Some(point) = points.iter().find(|it| it.id == schedule.card.point) else { continue };
            let mut id = || self.chance.uuid_at(self.born);
            let intake = Intake {
                point,
                unit: None,
                agreement: Some(agreement),
                kind: RequestSort::Maintenance,
                symptom: schedule.card.title.clone(),
                priority: Priority::Normal,
                usual: None,
                masters: schedule.card.masters,
                call: None,
                call_out: Money::ZERO,
                ids: (Id::from_uuid(id()), Id::from_uuid(id()), Id::from_uuid(id())),
            };
            let ahead = occurrence.days.due.duration_since(self.today).as_secs();
            let shift = staff::shift_of(self.draft.at);
            let later = SignedDuration::from_secs(ahead);
            let window = Period { from: shift.from + later, to: shift.to + later };
            self.draft.book_occurrence(&occurrence, &schedule.card, &intake, window, self.today)?;
        }
        Ok(())
    }
    fn sow(&mut self, covered: &[(Agreement, Vec<ServicePoint>)]) -> Result<(), Refusal> {
        for (number, (agreement, points)) in covered.iter().enumerate() {
            for point in points {
                let mut card = self.card(point);
                if number == 1 && point.id == points[0].id {
                    // Two experts at once in one person: nobody here is.
                    card.title = "Аудит климата и касс".into();
                    card.rhythm.every = Every::Months(1);
                    card.masters = 1;
                    card.skills = ["hvac", "kkt"].map(|code| Need { code: code.into(), level: 3 }).to_vec();
                }
                self.schedule(agreement, card)?;
            }
        }
        let (first, last) =
            (self.today.tomorrow().unwrap_or(self.today), self.today.saturating_add(45.days()));
        let end = self.today.saturating_add(1.year());
        let shut = holidays(first, end);
        let zone = town::time_zone();
        let until = |it: &ServiceSchedule| {
            let agreement = covered.iter().find(|(agreement, _)| agreement.id == it.agreement);
            agreement.map_or(end, |(agreement, _)| agreement.until.to_zoned(zone.clone()).date())
        };
        let bounds = |it: &ServiceSchedule| Bounds { end: until(it), holidays: shut.clone() };
        self.draft.catch_up((first, last), self.today, bounds)?;
        self.plan()?;
        self.book(covered)
    }
}

/// Sows schedules for those who have agreements, and what is due in the weeks to come.
pub(super) fn sow(sower: &mut Sower<'_>, chance: Chance, now: Timestamp) {
    let (covered, crew) = (std::mem::take(&mut sower.covered), std::mem::take(&mut sower.crew));
    let today = now.to_zoned(town::time_zone()).date();
    let nothing = Book::default();
    let draft = Draft::new(&nothing, now, "seed");
    let mut upkeep = Upkeep { draft, chance, today, born: sower.born, crew };
    let sown = upkeep.sow(&covered);
    sown.expect("what the seed writes is allowed by the rules");
    let (batch, _) = upkeep.draft.finish();
    for row in batch.rows {
        (sower.sink)(Row { was: 0, ..row });
    }
}
