//! How a conversation sounds, from what was lost and how late it came: the E-model of ITU-T G.107, as far as G.711 over
//! a packet network needs it.

use serde::{Deserialize, Serialize};

/// A narrow-band call nothing has happened to (G.107, default values of all parameters).
const BEST: f64 = 93.2;
/// How G.711 with concealment bears losses: Bpl of ITU-T G.113, appendix I.
const ROBUSTNESS: f64 = 25.1;
/// Milliseconds of a packet, and of the shortest memory a phone keeps against jitter.
const PACKET: f64 = 20.0;
/// From this rating on people are satisfied, down to this one they complain (categories of ITU-T G.109).
const GOOD: f64 = 80.0;
const POOR: f64 = 60.0;

/// The word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Grade {
    /// Rating 80 and above, MOS from 4.03: people are satisfied.
    Good,
    /// Rating 60 to 80, MOS from 3.10: words get lost, people ask again.
    Poor,
    /// Below: a conversation is hardly possible.
    Bad,
}

/// How a leg sounds at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Share of the party's packets that did not reach us, in thousandths.
    pub lost_in: u16,
    /// Share of our packets that did not reach the party, in thousandths; `None`: it does not report.
    pub lost_out: Option<u16>,
    /// Interarrival jitter of what we hear, in milliseconds.
    pub jitter_ms: u32,
    /// There and back again, in milliseconds; `None`: the party does not report.
    pub round_trip_ms: Option<u32>,
    /// The rating R of the worse direction, 0–93.
    pub rating: u8,
    /// What people would say, 1.0–4.4.
    pub mos: f32,
    /// In a word.
    pub grade: Grade,
}

impl Quality {
    /// From what was measured; the worse direction counts.
    pub fn of(lost_in: u16, lost_out: Option<u16>, jitter_ms: u32, round_trip_ms: Option<u32>) -> Self {
        let delay =
            f64::from(round_trip_ms.unwrap_or(0)) / 2.0 + PACKET + (2.0 * f64::from(jitter_ms)).max(PACKET);
        let lost = lost_in.max(lost_out.unwrap_or(0));
        let r = (BEST - impairment_of_delay(delay) - impairment_of_loss(f64::from(lost) / 10.0))
            .clamp(0.0, 100.0);
        let grade = if r >= GOOD {
            Grade::Good
        } else if r >= POOR {
            Grade::Poor
        } else {
            Grade::Bad
        };
        Self { lost_in, lost_out, jitter_ms, round_trip_ms, rating: r as u8, mos: mos(r) as f32, grade }
    }

    /// Whether somebody who saw the other would want to see this one.
    pub fn differs(&self, other: &Self) -> bool {
        self.grade != other.grade || self.rating.abs_diff(other.rating) >= 5
    }
}

/// Id for a delay in milliseconds from mouth to ear.
fn impairment_of_delay(delay: f64) -> f64 {
    0.024 * delay + if delay > 177.3 { 0.11 * (delay - 177.3) } else { 0.0 }
}

/// Ie,eff for so many per cent lost at random.
fn impairment_of_loss(percent: f64) -> f64 {
    95.0 * percent / (percent + ROBUSTNESS)
}

/// G.107, appendix B.
fn mos(r: f64) -> f64 {
    (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_line_is_good_and_losses_make_it_bad() {
        let clean = Quality::of(0, Some(0), 1, Some(20));
        assert_eq!(clean.grade, Grade::Good);
        assert!(clean.mos > 4.3, "{clean:?}");
        assert_eq!(Quality::of(50, None, 5, None).grade, Grade::Poor);
        assert_eq!(
            Quality::of(0, Some(50), 5, None).grade,
            Grade::Poor,
            "what the party hears counts as well"
        );
        assert_eq!(Quality::of(150, None, 5, None).grade, Grade::Bad);
        assert_eq!(Quality::of(0, None, 5, Some(900)).grade, Grade::Bad, "half a second each way");
    }

    #[test]
    fn the_scale_is_that_of_the_recommendation() {
        let known = [(93.2, 4.41), (80.0, 4.03), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58)];
        for (r, expected) in known {
            assert!((mos(r) - expected).abs() < 0.01, "{r}: {}", mos(r));
        }
        assert_eq!((mos(0.0), Quality::of(1_000, None, 500, Some(5_000)).mos), (1.0, 1.0));
    }

    #[test]
    fn small_changes_are_not_told() {
        let clean = Quality::of(0, None, 1, None);
        assert!(!clean.differs(&Quality::of(3, None, 2, None)));
        assert!(clean.differs(&Quality::of(60, None, 2, None)));
    }
}
