//! A master: skills, shift, and where the day starts and ends.

use crate::job::Skill;
use crate::key::MasterKey;
use crate::part::Part;
use crate::pause::Pause;
use crate::place::Place;
use crate::rest::Rest;
use crate::spell::Spell;
use serde::{Deserialize, Serialize};

/// Where a master on the road is, and from when he is free to go on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// Where he is.
    pub place: Place,
    /// From when he is free.
    pub free_from: i64,
}

/// How long a master takes for a kind of work, as learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// The kind of work.
    pub kind: u16,
    /// His seconds for a thousand usual ones.
    pub permille: u32,
}

/// A master for one shift; several days are several masters with keys of the caller's choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Master {
    /// The caller's name of the master.
    pub key: MasterKey,
    /// Where the tour ends, and starts unless a position is known.
    pub home: Place,
    /// What he can do.
    pub skills: Vec<Skill>,
    /// Start and end of the shift, the ways from and to home included.
    pub shift: (i64, i64),
    /// Seconds he may work past the end of the shift, at a cost.
    pub overtime: i64,
    /// Where he is now, once on the road.
    pub position: Option<Position>,
    /// His travel times in thousandths of the usual ones: 1200 is a fifth slower.
    pub speed_factor_permille: u32,
    /// Gone from this moment: whatever is not started has to end by then, and there is no way home to pay.
    pub off_from: Option<i64>,
    /// Parts in the van; of a kind not named here there are none.
    #[serde(default)]
    pub stock: Vec<Part>,
    /// Tools in the van.
    #[serde(default)]
    pub tools: Vec<u16>,
    /// Where he may come by once in a tour and take whatever parts and tools are missing for the rest of it.
    #[serde(default)]
    pub store: Option<Place>,
    /// Pauses he is owed, in order of time.
    #[serde(default)]
    pub pauses: Vec<Pause>,
    /// How long he may be at work without a break.
    #[serde(default)]
    pub spell: Option<Spell>,
    /// Kinds of work he is faster or slower at than usual.
    #[serde(default)]
    pub paces: Vec<Pace>,
    /// His territories; none means everywhere.
    #[serde(default)]
    pub zones: Vec<u16>,
    /// Rest he is owed before and after this shift, whatever overtime would allow.
    #[serde(default)]
    pub rest: Option<Rest>,
    /// Who he is on all his days, where several masters stand for several days of one; himself if not told.
    #[serde(default)]
    pub person: Option<MasterKey>,
}

impl Master {
    /// A master without skills, starting at home, with no overtime allowed; adjust the public fields.
    pub fn new(key: MasterKey, home: Place, shift: (i64, i64)) -> Self {
        Self {
            key,
            home,
            skills: Vec::new(),
            shift,
            overtime: 0,
            position: None,
            speed_factor_permille: 1000,
            off_from: None,
            stock: Vec::new(),
            tools: Vec::new(),
            store: None,
            pauses: Vec::new(),
            spell: None,
            paces: Vec::new(),
            zones: Vec::new(),
            rest: None,
            person: None,
        }
    }

    /// The level of a skill, zero when he has none.
    pub fn level(&self, skill: u16) -> u8 {
        self.skills.iter().filter(|s| s.skill == skill).map(|s| s.level).max().unwrap_or(0)
    }
}
