//! The numbers a city lives by (`docs/domain.md` 5.2): when people ring, what about, how long things take.

use crate::chance::Chance;
use jiff::civil::Weekday;

/// The first hour with calls.
pub const OPENS: i8 = 7;
/// Share of a day's calls by the hour, from seven.
pub const HOURS: [f64; 14] =
    [0.01, 0.05, 0.09, 0.115, 0.115, 0.10, 0.085, 0.085, 0.085, 0.075, 0.065, 0.055, 0.04, 0.03];
/// Mean patience of a caller in the line, seconds.
pub const PATIENCE_S: f64 = 150.0;
/// An operator's time to write a call down, seconds.
pub const WRAP_UP_S: f64 = 25.0;
/// Share of new requests that end with a booked window.
pub const BOOKING: f64 = 0.70;
/// Share of offers that masters decline.
pub const DECLINE: f64 = 0.03;
/// Share of working days on which a master falls ill.
pub const ILL: f64 = 0.015;
/// Share of working days on which a van breaks down.
pub const VAN: f64 = 0.005;
/// Share of visits that start late without anybody's help.
pub const LATE: f64 = 0.18;
/// Share of visits where nobody opens.
pub const NO_ACCESS: f64 = 0.05;
/// Minutes a master waits at a shut door.
pub const DOOR_WAIT_MIN: f64 = 12.0;

/// What a caller rings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Something is to be repaired.
    Request,
    /// Where is my master, is my unit ready.
    Status,
    /// Another time.
    Reschedule,
    /// Not needed any more.
    Cancel,
    /// How much is it.
    Price,
    /// A part has come, a price is agreed.
    Parts,
    /// Something was done badly.
    Complaint,
    /// A supplier or a wrong number.
    Spam,
    /// The rest.
    Other,
}

impl Purpose {
    /// Every purpose with its share of the calls, median seconds of talk and σ.
    pub const MIX: [(Self, f64, f64, f64); 9] = [
        (Self::Request, 0.45, 300.0, 0.45),
        (Self::Status, 0.25, 110.0, 0.35),
        (Self::Reschedule, 0.06, 120.0, 0.35),
        (Self::Cancel, 0.04, 120.0, 0.35),
        (Self::Price, 0.08, 90.0, 0.35),
        (Self::Parts, 0.05, 120.0, 0.35),
        (Self::Complaint, 0.02, 420.0, 0.35),
        (Self::Spam, 0.04, 30.0, 0.35),
        (Self::Other, 0.01, 60.0, 0.35),
    ];
    /// One by the mix.
    pub fn draw(chance: &mut Chance) -> Self {
        Self::MIX[chance.weighted(&Self::MIX.map(|(_, share, ..)| share))].0
    }
    /// How long such a talk takes, in seconds of the city.
    pub fn talk_s(self, chance: &mut Chance) -> f64 {
        let found = Self::MIX.iter().find(|(purpose, ..)| *purpose == self);
        found.map_or(60.0, |(_, _, median, sigma)| chance.lognormal(*median, *sigma)).clamp(10.0, 1_800.0)
    }
    /// Does it speak of something that is on the books already?
    pub const fn is_about_open(self) -> bool {
        matches!(self, Self::Status | Self::Reschedule | Self::Cancel | Self::Parts)
    }
    /// The word on the wire (`call.dispose`).
    pub const fn disposition(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Status => "status",
            Self::Reschedule | Self::Cancel => "reschedule",
            Self::Price => "price",
            Self::Complaint => "complaint",
            Self::Spam => "spam",
            Self::Parts | Self::Other => "other",
        }
    }
}

/// How a day of the week differs from an ordinary one.
pub const fn day_factor(day: Weekday) -> f64 {
    match day {
        Weekday::Monday => 1.15,
        Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday => 1.0,
        Weekday::Friday => 0.95,
        Weekday::Saturday => 0.6,
        Weekday::Sunday => 0.35,
    }
}

/// The weather of one day: bursts and the noise of every hour; the same for the same seed and date.
#[derive(Debug, Clone)]
pub struct DayMood {
    factor: f64,
    noise: [f64; 14],
    burst: Option<usize>,
}

impl DayMood {
    /// The mood of a date.
    pub fn of(seed: u64, date: jiff::civil::Date) -> Self {
        let mut chance = Chance::branch(seed, &format!("mood {date}"));
        let noise = std::array::from_fn(|_| (1.0 + 0.15 * chance.normal()).clamp(0.5, 1.6));
        let burst = chance.happens(0.03).then(|| chance.between(2, 10) as usize);
        Self { factor: day_factor(date.weekday()), noise, burst }
    }
    /// The same mood on a day that is not quieter than an ordinary one, whichever day of the week it is.
    #[must_use]
    pub fn busy(self) -> Self {
        Self { factor: self.factor.max(1.0), ..self }
    }
    /// Calls an hour at an hour of this day, for a city with so many calls on an ordinary day.
    pub fn rate(&self, hour: i8, calls: f64) -> f64 {
        let Some(index) = usize::try_from(hour - OPENS).ok().filter(|i| *i < HOURS.len()) else { return 0.0 };
        let burst = if self.burst.is_some_and(|from| (from..from + 2).contains(&index)) { 2.5 } else { 1.0 };
        calls * HOURS[index] * self.factor * self.noise[index] * burst
    }
}

/// What a master does at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// Up to 55 minutes.
    Minor,
    /// Up to an hour and a half.
    Standard,
    /// Longer.
    Complex,
    /// Planned maintenance.
    Maintenance,
    /// A cash register.
    Kkt,
    /// Something new.
    Install,
}

impl Job {
    /// All of them with the share of days' work.
    pub const MIX: [(Self, f64); 6] = [
        (Self::Minor, 0.34),
        (Self::Standard, 0.36),
        (Self::Complex, 0.12),
        (Self::Maintenance, 0.10),
        (Self::Kkt, 0.05),
        (Self::Install, 0.03),
    ];
    /// By the visit's kind and its expected minutes.
    pub fn of(kind: &str, minutes: u32) -> Self {
        match (kind, minutes) {
            ("maintenance", _) => Self::Maintenance,
            ("kkt", _) => Self::Kkt,
            ("install", _) => Self::Install,
            (_, 0..=55) => Self::Minor,
            (_, 56..=90) => Self::Standard,
            _ => Self::Complex,
        }
    }
    /// Median minutes, σ, and how often it works afterwards.
    pub const fn shape(self) -> (f64, f64, f64) {
        match self {
            Self::Minor => (42.0, 0.35, 0.85),
            Self::Standard => (68.0, 0.40, 0.74),
            Self::Complex => (115.0, 0.45, 0.42),
            Self::Maintenance => (35.0, 0.30, 0.97),
            Self::Kkt => (55.0, 0.30, 0.93),
            Self::Install => (80.0, 0.35, 0.92),
        }
    }
    /// How long it really takes, in minutes.
    pub fn minutes(self, chance: &mut Chance) -> f64 {
        let (median, sigma, _) = self.shape();
        chance.lognormal(median, sigma).clamp(8.0, 360.0)
    }
    /// Does it work afterwards?
    pub fn is_fixed(self, chance: &mut Chance) -> bool {
        chance.happens(self.shape().2)
    }
}

/// How a client pays: СБП 40 %, card 20 %, cash 25 %, invoice 15 %.
pub fn tender(chance: &mut Chance) -> &'static str {
    ["sbp", "card", "cash", "invoice"][chance.weighted(&[0.40, 0.20, 0.25, 0.15])]
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{Timestamp, ToSpan};

    #[test]
    fn an_ordinary_day_has_the_calls_of_its_size() {
        let start = Timestamp::from_second(1_900_000_000).unwrap().to_zoned(crate::town::time_zone()).date();
        let (mut calls, mut factors, weeks) = (0.0, 0.0, 60);
        for day in 0..7 * weeks {
            let date = start.saturating_add(day.days());
            let mood = DayMood::of(9, date);
            factors += day_factor(date.weekday());
            calls += (0..24).map(|hour| mood.rate(hour, 550.0)).sum::<f64>();
        }
        let ordinary = calls / factors;
        assert!((540.0..590.0).contains(&ordinary), "{ordinary}: 550 and the bursts");
        assert_eq!(DayMood::of(9, start).rate(3, 550.0), 0.0);
        let sunday = jiff::civil::date(2026, 11, 29);
        let (quiet, busy) = (DayMood::of(9, sunday), DayMood::of(9, sunday).busy());
        assert!((quiet.rate(10, 550.0) / busy.rate(10, 550.0) - 0.35).abs() < 1e-9);
        let monday = sunday.tomorrow().unwrap();
        assert_eq!(DayMood::of(9, monday).busy().rate(10, 550.0), DayMood::of(9, monday).rate(10, 550.0));
        assert!((HOURS.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn work_lasts_and_succeeds_as_measured() {
        let mut chance = Chance::new(5);
        let (mut minutes, mut fixed, n) = (0.0, 0, 20_000);
        for _ in 0..n {
            let job = Job::MIX[chance.weighted(&Job::MIX.map(|(_, share)| share))].0;
            minutes += job.minutes(&mut chance);
            fixed += u32::from(job.is_fixed(&mut chance));
        }
        let (mean, share) = (minutes / f64::from(n), f64::from(fixed) / f64::from(n));
        assert!((64.0..74.0).contains(&mean), "{mean}");
        assert!((0.75..0.80).contains(&share), "{share}");
        let mut kkt: Vec<f64> = (0..9_999).map(|_| Job::Kkt.minutes(&mut chance)).collect();
        kkt.sort_by(f64::total_cmp);
        assert!((kkt[5_000] - 55.0).abs() < 1.5);
    }

    #[test]
    fn purposes_come_by_the_mix() {
        let mut chance = Chance::new(6);
        let drawn: Vec<Purpose> = (0..20_000).map(|_| Purpose::draw(&mut chance)).collect();
        for (purpose, share, ..) in Purpose::MIX {
            let seen = drawn.iter().filter(|d| **d == purpose).count() as f64 / drawn.len() as f64;
            assert!((seen - share).abs() < 0.012, "{purpose:?}: {seen}");
        }
        assert!((Purpose::MIX.iter().map(|m| m.1).sum::<f64>() - 1.0).abs() < 1e-9);
    }
}
