//! What will become of a visit: drawn from its id and the master's, so that a robot that comes back goes on as before.

use crate::{
    chance::{Chance, mix},
    numbers::{self, Job},
};

/// What will become of one visit in one master's hands.
#[derive(Debug, Clone, PartialEq)]
pub struct Fate {
    /// City seconds until the master looks at it.
    pub look_s: f64,
    /// City seconds more until the master answers.
    pub answer_s: f64,
    /// The master will not go, and why.
    pub declines: Option<&'static str>,
    /// City minutes by which the master sets off late (or early, below zero).
    pub late_min: f64,
    /// The way takes so many times what was planned.
    pub way: f64,
    /// City seconds from the kerb to the work.
    pub door_s: f64,
    /// Nobody opens.
    pub no_access: bool,
    /// City minutes of work.
    pub work_min: f64,
    /// `fixed`, `need_part`, `refused`.
    pub outcome: &'static str,
    /// How the client pays.
    pub tender: &'static str,
}

const EXCUSES: [&str; 5] = [
    "Нет нужного инструмента",
    "Не успеваю: затянулась предыдущая работа",
    "Нет допуска к этой технике",
    "Слишком далеко",
    "Нет запчасти в машине",
];

impl Fate {
    /// The fate of a visit in somebody's hands, by both names in one text.
    pub fn of(seed: u64, whose: &str, kind: &str, minutes: u32) -> Self {
        let mut chance = Chance::new(mix(seed, whose));
        let job = Job::of(kind, minutes);
        let look_s = chance.span(20.0, 90.0);
        let answer_s = chance.span(30.0, 150.0);
        let declines = chance.happens(numbers::DECLINE).then(|| chance.pick(&EXCUSES));
        let late = chance.happens(numbers::LATE);
        let late_min = if late { chance.lognormal(18.0, 0.5).min(60.0) } else { chance.span(-4.0, 3.0) };
        let way = chance.lognormal(1.0, 0.2).clamp(0.6, 2.0);
        let door_s = chance.span(60.0, 240.0);
        let no_access = chance.happens(numbers::NO_ACCESS);
        let work_min = job.minutes(&mut chance);
        let fixed = job.is_fixed(&mut chance);
        let outcome = match (fixed, chance.happens(0.30)) {
            (true, _) => "fixed",
            (false, true) => "refused",
            (false, false) => "need_part",
        };
        Self {
            look_s,
            answer_s,
            declines,
            late_min,
            way,
            door_s,
            no_access,
            work_min,
            outcome,
            tender: numbers::tender(&mut chance),
        }
    }
}

/// What will become of a master's day.
#[derive(Debug, Clone, PartialEq)]
pub struct DayFate {
    /// From this share of the shift on the master cannot work, and why.
    pub breaks_off: Option<(f64, &'static str)>,
    /// City minutes by which the master comes late to work.
    pub late_min: f64,
}

/// What is said of illness; the master comes back the next morning.
pub const ILLNESS: &str = "Заболел";
/// What is said of a van; the master comes back in three hours.
pub const BREAKDOWN: &str = "Сломалась машина";

impl DayFate {
    /// The fate of a day, counted from the epoch, of a master.
    pub fn of(seed: u64, master: &str, day: i64) -> Self {
        let mut chance = Chance::new(mix(seed, &format!("{master} {day}")));
        let at = chance.span(0.15, 0.75);
        let dice = chance.share();
        let breaks_off = match dice {
            d if d < numbers::ILL => Some((at, ILLNESS)),
            d if d < numbers::ILL + numbers::VAN => Some((at, BREAKDOWN)),
            _ => None,
        };
        Self { breaks_off, late_min: chance.exponential(4.0).min(30.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fates_are_as_frequent_as_measured() {
        let fates: Vec<Fate> =
            (0..20_000).map(|n| Fate::of(1, &format!("visit_{n}"), "repair", 60)).collect();
        let share = |test: fn(&Fate) -> bool| fates.iter().filter(|f| test(f)).count() as f64 / 20_000.0;
        assert!((share(|f| f.declines.is_some()) - 0.03).abs() < 0.005);
        assert!((share(|f| f.late_min > 4.0) - 0.18).abs() < 0.01);
        assert!((share(|f| f.no_access) - 0.05).abs() < 0.006);
        assert!((share(|f| f.outcome == "fixed") - 0.74).abs() < 0.01);
        assert!((share(|f| f.tender == "sbp") - 0.40).abs() < 0.012);
        assert_eq!(Fate::of(1, "visit_7", "kkt", 30), Fate::of(1, "visit_7", "kkt", 30));
    }

    #[test]
    fn one_day_in_seventy_ends_in_bed() {
        let ill =
            (0..20_000).filter(|d| DayFate::of(1, "master_a", *d).breaks_off.is_some_and(|b| b.1 == ILLNESS));
        let share = ill.count() as f64 / 20_000.0;
        assert!((share - 0.015).abs() < 0.003, "{share}");
    }
}
