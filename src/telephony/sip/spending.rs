//! What calls out cost, and what a day of them may cost: a stolen password must not ring far islands all night.
//!
//! Every trunk may have tariffs, by the first digits of a number; a number that none of them names is not called by it.
//! A minute that has begun is paid. What was spent in the last 24 hours, calls that still stand among it, is held against
//! the trunk's limit before a call; calls to rescue services know neither. The bills outlive the process in a file.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::line::LegId;
use crate::settings::TrunkPeer;
use crate::sip::exchange::Exchange;
use crate::sip::leg::{Ground, Leg, SipLine};
use crate::sip::number::Number;
use crate::sip::trunks::Refused;

/// What is counted together.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What a minute costs by the first digits of a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tariff {
    /// Digits with the country first, without a plus; empty: all numbers.
    pub prefix: String,
    /// Hundredths of the trunk's currency.
    pub per_minute: u64,
}

/// The price of a leg.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Hundredths a minute.
    pub per_minute: u64,
    /// When the party answered.
    pub since: Option<Timestamp>,
}

impl Charge {
    /// What it costs if it ends now.
    pub fn by(&self, now: Timestamp) -> u64 {
        let seconds = self.since.map(|since| now.duration_since(since).as_secs().max(1)).unwrap_or_default();
        self.per_minute.saturating_mul(u64::try_from(seconds).unwrap_or_default().div_ceil(60))
    }
}

/// What a minute to this number costs at a trunk; rescue services cost nothing.
///
/// # Errors
/// The trunk has tariffs and none of them names it.
pub fn price(peer: &TrunkPeer, number: &Number) -> Result<u64, Refused> {
    let digits = match number {
        Number::Emergency(_) => return Ok(0),
        Number::World(digits) | Number::Other(digits) => digits,
    };
    if peer.tariffs.is_empty() {
        return Ok(0);
    }
    let named = peer.tariffs.iter().filter(|tariff| digits.starts_with(&tariff.prefix));
    let tariff = named.max_by_key(|tariff| tariff.prefix.len());
    tariff.map(|tariff| tariff.per_minute).ok_or_else(|| {
        (403, format!("trunk `{}` has no tariff for this number, so it is not called", peer.name))
    })
}

/// A call that was paid for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Bill {
    trunk: String,
    at: Timestamp,
    cost: u64,
}

/// The bills of the last day.
#[derive(Debug, Default)]
pub struct Spending {
    bills: VecDeque<Bill>,
    file: Option<File>,
}

impl Spending {
    /// Bills are kept in this file, one JSON line each; those of before are read. `None`: they end with the process.
    ///
    /// # Errors
    /// The file can be neither read nor written.
    pub fn open(path: Option<&Path>, now: Timestamp) -> std::io::Result<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            text => text?,
        };
        // a line torn by the end of the process counts as not written
        let read = text.lines().filter_map(|line| serde_json::from_str::<Bill>(line).ok());
        let bills: VecDeque<Bill> = read.filter(|bill| now.duration_since(bill.at) < DAY).collect();
        let beside: PathBuf = path.with_extension("new");
        let mut file = File::create(&beside)?;
        for bill in &bills {
            write(&mut file, bill)?;
        }
        std::fs::rename(&beside, path)?;
        Ok(Self { bills, file: Some(file) })
    }

    /// A call is over.
    fn pay(&mut self, trunk: &str, cost: u64, now: Timestamp) {
        if cost == 0 {
            return;
        }
        let bill = Bill { trunk: trunk.to_owned(), at: now, cost };
        if let Some(file) = &mut self.file
            && let Err(error) = write(file, &bill)
        {
            tracing::error!(trunk, cost, %error, "a bill is not kept: the limit of the day forgets it at a restart");
        }
        self.bills.push_back(bill);
    }

    /// What a trunk cost in the last day, by calls that are over.
    fn paid(&mut self, trunk: &str, now: Timestamp) -> u64 {
        while self.bills.front().is_some_and(|bill| now.duration_since(bill.at) >= DAY) {
            self.bills.pop_front();
        }
        self.bills.iter().filter(|bill| bill.trunk == trunk).map(|bill| bill.cost).sum()
    }
}

fn write(file: &mut File, bill: &Bill) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(bill).map_err(std::io::Error::other)?;
    line.push(b'\n');
    file.write_all(&line)
}

impl Exchange {
    /// Of the trunks in their order, those that may be paid for this number; with what a minute costs.
    pub(crate) fn affordable(
        &mut self,
        trunks: Vec<usize>,
        number: &Number,
    ) -> Result<Vec<(usize, u64)>, Refused> {
        let now = (self.settings.clock.0)();
        let (mut open, mut refused) = (Vec::new(), (404, "no trunk takes the call".to_owned()));
        for trunk in trunks {
            let Some(peer) = self.trunks.peer(trunk) else { continue };
            match price(peer, number) {
                Err(reason) => refused = reason,
                Ok(per_minute) if per_minute == 0 || peer.money_per_day == 0 => {
                    open.push((trunk, per_minute))
                }
                Ok(per_minute) => {
                    let standing = self.legs.values().filter_map(|leg| charge_at(leg, trunk));
                    let spent = standing.map(|charge| charge.by(now)).sum::<u64>();
                    if spent + self.spending.paid(&peer.name, now) < peer.money_per_day {
                        open.push((trunk, per_minute));
                    } else {
                        tracing::warn!(trunk = %peer.name, "a call is not made: the money of the day is spent");
                        refused = (503, format!("trunk `{}` has spent the money of its day", peer.name));
                    }
                }
            }
        }
        if open.is_empty() { Err(refused) } else { Ok(open) }
    }

    /// The party answered: from now on it costs.
    pub(crate) fn charge(&mut self, leg: LegId) {
        let now = (self.settings.clock.0)();
        if let Some(line) = self.line(leg) {
            line.charge.since = Some(now);
        }
    }

    /// A leg is over, and paid for.
    pub(crate) fn settle(&mut self, gone: &SipLine) {
        let now = (self.settings.clock.0)();
        if let Some(peer) = gone.trunk.and_then(|trunk| self.trunks.peer(trunk)) {
            self.spending.pay(&peer.name, gone.charge.by(now), now);
        }
    }
}

fn charge_at(leg: &Leg, trunk: usize) -> Option<Charge> {
    match &leg.ground {
        Ground::Dialog(line) if line.trunk == Some(trunk) => Some(line.charge),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tariff(prefix: &str, per_minute: u64) -> Tariff {
        Tariff { prefix: prefix.to_owned(), per_minute }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn the_longest_prefix_is_the_price_and_what_has_none_is_not_called() {
        let tariffs = vec![tariff("7", 150), tariff("7800", 0), tariff("375", 1_800)];
        let peer = TrunkPeer { name: "city".to_owned(), tariffs, ..TrunkPeer::default() };
        let price = |number: &str| price(&peer, &Number::read(number));
        assert_eq!(price("8 495 123-45-67"), Ok(150));
        assert_eq!(price("+78001234567"), Ok(0));
        assert_eq!(price("810375291234567"), Ok(1_800));
        assert_eq!(price("112"), Ok(0));
        assert_eq!(price("+8821234567890").unwrap_err().0, 403);
        assert_eq!(super::price(&TrunkPeer::default(), &Number::read("+8821234567890")), Ok(0));
    }

    #[test]
    fn a_minute_that_has_begun_is_paid_and_silence_is_not() {
        let charge = Charge { per_minute: 150, since: Some(at(0)) };
        let costs = [0, 1, 60, 61, 600].map(|seconds| charge.by(at(seconds)));
        assert_eq!(costs, [150, 150, 150, 300, 1_500]);
        assert_eq!(Charge { since: None, ..charge }.by(at(600)), 0);
    }

    #[test]
    fn bills_outlive_the_process_for_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spent");
        let mut spending = Spending::open(Some(&path), at(0)).unwrap();
        spending.pay("city", 300, at(0));
        spending.pay("far", 9, at(10));
        spending.pay("city", 200, at(3_600));
        drop(spending);
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"trunk\":\"ci").unwrap();
        let mut spending = Spending::open(Some(&path), at(7_200)).unwrap();
        assert_eq!(spending.paid("city", at(7_200)), 500);
        assert_eq!(spending.paid("far", at(7_200)), 9);
        assert_eq!(spending.paid("city", at(86_400)), 200);
        assert_eq!(spending.paid("city", at(90_000)), 0);
    }
}
