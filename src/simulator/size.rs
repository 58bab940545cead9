//! How large a city is.

/// The size of a service centre (`docs/domain.md` 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Size {
    /// 12 masters, 3 operators, 100 calls a day.
    #[default]
    S,
    /// 60 masters, 8 operators, 550 calls a day.
    M,
    /// 300 masters, 26 operators, 2500 calls a day.
    L,
    /// As one likes.
    Custom {
        /// Masters.
        masters: u32,
        /// Operators, with the one who is a person.
        operators: u32,
        /// Clients.
        clients: u32,
        /// Calls on an ordinary day.
        calls: u32,
    },
}

impl Size {
    /// Masters.
    pub const fn masters(self) -> u32 {
        match self {
            Self::S => 12,
            Self::M => 60,
            Self::L => 300,
            Self::Custom { masters, .. } => masters,
        }
    }
    /// Operators, with the one who is a person.
    pub const fn operators(self) -> u32 {
        match self {
            Self::S => 3,
            Self::M => 8,
            Self::L => 26,
            Self::Custom { operators, .. } => operators,
        }
    }
    /// Clients on the books.
    pub const fn clients(self) -> u32 {
        match self {
            Self::S => 500,
            Self::M => 3_000,
            Self::L => 15_000,
            Self::Custom { clients, .. } => clients,
        }
    }
    /// Calls on an ordinary day.
    pub const fn calls(self) -> u32 {
        match self {
            Self::S => 100,
            Self::M => 550,
            Self::L => 2_500,
            Self::Custom { calls, .. } => calls,
        }
    }
}
