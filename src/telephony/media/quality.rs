//! How a leg sounds, from what was lost and how late it came: the E-model, of ITU-T G.107 for what speaks narrow-band
//! and of G.107.1 for what speaks wide-band, as far as a packet network needs it.
//!
//! Each leg is rated by its own codec: of two legs that are turned into one another either has its own rating. What
//! delay costs is taken alike on both scales, with the echo of a usual telephone.

use serde::{Deserialize, Serialize};

use crate::media::codec::Codec;

/// What cannot be heard any worse, on both scales (G.107, 7.5, and G.107.1, 7.5).
const WORST: f64 = 95.0;
/// Milliseconds of a packet, and of the shortest memory a phone keeps against jitter.
const PACKET: f64 = 20.0;
/// From this rating on people are satisfied, down to this one they complain (categories of ITU-T G.109); a wide-band
/// rating is first brought to the scale of these.
const GOOD: f64 = 80.0;
const POOR: f64 = 60.0;

/// A scale of ratings.
#[derive(Clone, Copy, Debug)]
struct Scale {
    /// Of a call nothing has happened to: the default values of all parameters.
    best: f64,
    /// By how much it is longer than that of which MOS is made (G.107.1, annex A).
    stretch: f64,
}

const NARROW: Scale = Scale { best: 93.2, stretch: 1.0 };
const WIDE: Scale = Scale { best: 129.0, stretch: 1.29 };

/// What a codec makes of speech.
#[derive(Clone, Copy, Debug)]
struct Impairment {
    scale: Scale,
    /// Ie: what it costs without any loss.
    equipment: f64,
    /// Bpl: how it bears losses at random.
    robustness: f64,
}

/// G.711 whose losses are concealed by whoever hears it (its appendix I), and one whose losses are silence: G.113,
/// appendix I.
const LAW: Impairment = Impairment { scale: NARROW, equipment: 0.0, robustness: 25.1 };
const LAW_WITH_GAPS: Impairment = Impairment { robustness: 4.3, ..LAW };
/// G.722 at 64 kbit/s: Ie,WB of G.113, appendix IV. No Bpl,WB is published for it: assumed is the lowest of those
/// published there, that of G.722.2 at 12.65 kbit/s, whose Ie,WB is the same; phones conceal by all kinds of means,
/// and silence instead is not taken for worse.
const SUBBANDS: Impairment = Impairment { scale: WIDE, equipment: 13.0, robustness: 4.3 };
/// Opus at 16 kHz and 24 kbit/s. G.113 has no values for it. Assumed is Ie,WB of G.722.2 at 23.85 kbit/s (appendix
/// IV), which is as wide and as costly. Bpl,WB is 19.5: found by instrument at 13 kbit/s, the highest rate there was
/// for wide-band (Alahmadi, Počta, Melvin: parameters of the E-model for Opus), without the redundancy that we ask for;
/// so losses are rather taken for worse than they are.
const OPUS: Impairment = Impairment { scale: WIDE, equipment: 8.0, robustness: 19.5 };

/// What stands where a packet was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gaps {
    /// Something made of what came before: by the phone that the losses are passed on to, or by our decoder.
    Concealed,
    /// Silence: where several talk, their sounds are mixed here, and nobody later knows of a loss.
    Silent,
}

/// What was measured of a leg.
#[derive(Clone, Copy, Debug)]
pub struct Observed {
    /// What it speaks.
    pub codec: Codec,
    /// What becomes of what does not reach us.
    pub gaps: Gaps,
    /// Share of the party's packets that did not reach us, in thousandths.
    pub lost_in: u16,
    /// Share of our packets that did not reach the party, in thousandths; `None`: it does not report.
    pub lost_out: Option<u16>,
    /// Interarrival jitter of what we hear, in milliseconds.
    pub jitter_ms: u32,
    /// There and back again, in milliseconds; `None`: the party does not report.
    pub round_trip_ms: Option<u32>,
}

/// The word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Grade {
    /// MOS from 4.03: people are satisfied.
    Good,
    /// MOS from 3.10: words get lost, people ask again.
    Poor,
    /// Below: a conversation is hardly possible.
    Bad,
}

/// How a leg sounds at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// What it speaks.
    #[serde(default = "narrow")]
    pub codec: Codec,
    /// Share of the party's packets that did not reach us, in thousandths.
    pub lost_in: u16,
    /// Share of our packets that did not reach the party, in thousandths; `None`: it does not report.
    pub lost_out: Option<u16>,
    /// Interarrival jitter of what we hear, in milliseconds.
    pub jitter_ms: u32,
    /// There and back again, in milliseconds; `None`: the party does not report.
    pub round_trip_ms: Option<u32>,
    /// The rating R of the worse direction: 0–93 of what speaks narrow-band, 0–129 of what speaks wide-band.
    pub rating: u8,
    /// What people would say, 1.0–4.5; of wide-band those who know it.
    pub mos: f32,
    /// In a word.
    pub grade: Grade,
}

/// What a process of audio speaks that tells no codec.
fn narrow() -> Codec {
    Codec::Alaw
}

impl Quality {
    /// From what was measured; the worse direction counts.
    pub fn of(observed: Observed) -> Self {
        let Observed { codec, gaps, lost_in, lost_out, jitter_ms, round_trip_ms } = observed;
        let delay =
            f64::from(round_trip_ms.unwrap_or(0)) / 2.0 + PACKET + (2.0 * f64::from(jitter_ms)).max(PACKET);
        // the party conceals what it misses, whatever we do
        let (heard, told) = (Impairment::of(codec, gaps), Impairment::of(codec, Gaps::Concealed));
        let lost = heard.with(lost_in).max(told.with(lost_out.unwrap_or(0)));
        let r = (heard.scale.best - impairment_of_delay(delay) - lost).max(0.0);
        let narrow = r / heard.scale.stretch;
        let grade = if narrow >= GOOD {
            Grade::Good
        } else if narrow >= POOR {
            Grade::Poor
        } else {
            Grade::Bad
        };
        let (rating, mos) = (r.round() as u8, mos(narrow) as f32);
        Self { codec, lost_in, lost_out, jitter_ms, round_trip_ms, rating, mos, grade }
    }

    /// Whether somebody who saw the other would want to see this one.
    pub fn differs(&self, other: &Self) -> bool {
        self.grade != other.grade || self.codec != other.codec || self.rating.abs_diff(other.rating) >= 5
    }
}

impl Impairment {
    fn of(codec: Codec, gaps: Gaps) -> Self {
        match (codec, gaps) {
            (Codec::Alaw | Codec::Ulaw, Gaps::Concealed) => LAW,
            (Codec::Alaw | Codec::Ulaw, Gaps::Silent) => LAW_WITH_GAPS,
            (Codec::G722, _) => SUBBANDS,
            (Codec::Opus, _) => OPUS,
        }
    }

    /// Ie,eff with so many thousandths lost at random.
    fn with(self, lost: u16) -> f64 {
        let percent = f64::from(lost) / 10.0;
        self.equipment + (WORST - self.equipment) * percent / (percent + self.robustness)
    }
}

/// Id for a delay in milliseconds from mouth to ear.
fn impairment_of_delay(delay: f64) -> f64 {
    0.024 * delay + if delay > 177.3 { 0.11 * (delay - 177.3) } else { 0.0 }
}

/// G.107, appendix B, of a rating on the scale of narrow-band.
fn mos(r: f64) -> f64 {
    let r = r.clamp(0.0, 100.0);
    (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quality(
        codec: Codec,
        lost_in: u16,
        lost_out: Option<u16>,
        jitter_ms: u32,
        trip: Option<u32>,
    ) -> Quality {
        let gaps = Gaps::Concealed;
        Quality::of(Observed { codec, gaps, lost_in, lost_out, jitter_ms, round_trip_ms: trip })
    }

    fn of(lost_in: u16, lost_out: Option<u16>, jitter_ms: u32, trip: Option<u32>) -> Quality {
        quality(Codec::Alaw, lost_in, lost_out, jitter_ms, trip)
    }

    fn close(found: f64, published: f64, within: f64) {
        assert!((found - published).abs() <= within, "{found}, published is {published}");
    }

    #[test]
    fn a_clean_line_is_good_and_losses_make_it_bad() {
        let clean = of(0, Some(0), 1, Some(20));
        assert_eq!(clean.grade, Grade::Good);
        assert!(clean.mos > 4.3, "{clean:?}");
        assert_eq!(of(50, None, 5, None).grade, Grade::Poor);
        assert_eq!(of(0, Some(50), 5, None).grade, Grade::Poor, "what the party hears counts as well");
        assert_eq!(of(150, None, 5, None).grade, Grade::Bad);
        assert_eq!(of(0, None, 5, Some(900)).grade, Grade::Bad, "half a second each way");
    }

    #[test]
    fn the_scale_is_that_of_the_recommendation() {
        // table B.1 of G.107 gives MOS for the bounds of its categories, 4.024 as 4.03, and 93.2 is its default
        for (r, published) in
            [(93.2, 4.41), (90.0, 4.34), (80.0, 4.03), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58)]
        {
            close(mos(r), published, 0.007);
        }
        assert_eq!((mos(0.0), of(1_000, None, 500, Some(5_000)).mos), (1.0, 1.0));
    }

    #[test]
    fn losses_cost_what_the_tables_say() {
        let law = |lost| Impairment::of(Codec::Ulaw, Gaps::Concealed).with(lost);
        // Ie of G.711 with concealment under losses at random, as appendix I of G.113 had it in a table at first
        for (lost, published) in [(0, 0.0), (20, 7.0), (30, 10.0), (50, 15.0), (70, 20.0)] {
            close(law(lost), published, 0.9);
        }
        // Ie,WB 20 and Bpl,WB 4.3 (G.722.2 at 12.65 kbit/s, both ears): 43.8 at 2 %
        let wide = Impairment { scale: WIDE, equipment: 20.0, robustness: 4.3 };
        close(wide.with(20), 43.8, 0.05);
    }

    #[test]
    fn a_wide_band_rating_is_brought_to_the_scale_of_mos() {
        // annex A of G.107.1, by Ie,WB of the modes of G.722.2 in appendix IV of G.113, from 23.05 to 6.6 kbit/s
        for (equipment, published) in [(0.0, 4.5), (1.0, 4.494), (8.0, 4.421), (13.0, 4.337), (41.0, 3.512)] {
            close(mos((WIDE.best - equipment) / WIDE.stretch), published, 0.001);
        }
    }

    #[test]
    fn each_codec_is_rated_on_its_own_scale() {
        let [law, subbands, opus] =
            [Codec::Ulaw, Codec::G722, Codec::Opus].map(|codec| quality(codec, 0, Some(0), 1, Some(20)));
        assert_eq!([law.rating, subbands.rating, opus.rating], [92, 115, 120]);
        assert_eq!(law.grade.max(subbands.grade).max(opus.grade), Grade::Good);
        assert!(opus.mos > law.mos, "{opus:?} {law:?}");
        assert!((opus.mos <= 4.5) && (subbands.mos > 4.3), "{opus:?} {subbands:?}");
    }

    #[test]
    fn opus_bears_losses_that_spoil_g722() {
        let [opus, subbands] = [Codec::Opus, Codec::G722].map(|codec| quality(codec, 40, None, 5, None));
        assert_eq!((opus.grade, subbands.grade), (Grade::Good, Grade::Bad), "{opus:?} {subbands:?}");
    }

    #[test]
    fn silence_instead_of_words_is_worse_than_something_like_them() {
        let observed = |gaps, lost_in, lost_out| {
            let (codec, jitter_ms, round_trip_ms) = (Codec::Alaw, 5, None);
            Quality::of(Observed { codec, gaps, lost_in, lost_out, jitter_ms, round_trip_ms }).grade
        };
        assert_eq!(observed(Gaps::Concealed, 30, None), Grade::Good);
        assert_eq!(observed(Gaps::Silent, 30, None), Grade::Bad);
        assert_eq!(observed(Gaps::Silent, 0, Some(30)), Grade::Good, "what the party misses it conceals");
    }

    #[test]
    fn small_changes_are_not_told() {
        let clean = of(0, None, 1, None);
        assert!(!clean.differs(&of(3, None, 2, None)));
        assert!(clean.differs(&of(60, None, 2, None)));
        assert!(clean.differs(&quality(Codec::Ulaw, 0, None, 1, None)), "another codec is worth a word");
    }

    #[test]
    fn what_a_process_of_before_tells_is_read() {
        let told = serde_json::to_string(&of(0, None, 1, None)).expect("text");
        let before = told.replace(r#""codec":"Alaw","#, "");
        assert_ne!(told, before);
        assert_eq!(serde_json::from_str::<Quality>(&before).expect("read").codec, Codec::Alaw);
    }
}
