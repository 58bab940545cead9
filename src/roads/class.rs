//! Kinds of roads, and how fast a car goes on them.

/// A kind of road; the numbers are those of the prepared file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Class {
    /// Without crossings.
    Motorway = 0,
    /// Main road between towns, or a fast one through a town.
    Trunk = 1,
    /// Main street.
    Primary = 2,
    /// Street of a quarter.
    Secondary = 3,
    /// Street between neighbourhoods.
    Tertiary = 4,
    /// Street of houses.
    Street = 5,
    /// Yard, car park, living street.
    Yard = 6,
    /// Track through fields.
    Track = 7,
}

/// How many kinds there are.
pub const CLASSES: usize = 8;

impl Class {
    /// All of them, in order.
    pub const ALL: [Self; CLASSES] = [
        Self::Motorway,
        Self::Trunk,
        Self::Primary,
        Self::Secondary,
        Self::Tertiary,
        Self::Street,
        Self::Yard,
        Self::Track,
    ];

    /// Kilometres an hour on an empty road without a limit of its own.
    pub const fn kmh(self) -> u32 {
        match self {
            Self::Motorway => 90,
            Self::Trunk => 75,
            Self::Primary => 55,
            Self::Secondary => 48,
            Self::Tertiary => 40,
            Self::Street => 27,
            Self::Yard => 12,
            Self::Track => 10,
        }
    }

    /// The kind with this number of the prepared file.
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}
