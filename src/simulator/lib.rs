//! A service centre that plays itself.
//!
//! [`seed`] makes a town: clients with their equipment and agreements, masters, operators and everybody's
//! logins, the same for the same seed. [`city`] brings it to life: [`clients`] ring up over SIP,
//! [`operators`] answer on registered desk phones and write requests down, [`masters`] accept, drive, repair
//! and take money. Robots come in by the same doors as people (HTTP, WebSocket and SIP) and know nothing
//! that a person would not see; where a person takes a seat, its robot steps back.
//!
//! ```
//! use simulator::{seed::seed, size::Size};
//! let now = jiff::Timestamp::from_second(1_900_000_000).expect("in range");
//! let town = seed(Size::S, 1, now, |password| format!("hashed {password}"));
//! assert_eq!(town.logins.iter().filter(|l| l.login.starts_with("master")).count(), 12);
//! ```

pub mod ack;
pub mod chance;
pub mod city;
pub mod clients;
pub mod clock;
pub mod desk_phone;
pub mod fate;
pub mod link;
pub mod masters;
pub mod numbers;
pub mod operators;
pub mod scene;
pub mod seed;
pub mod size;
#[cfg(test)]
mod stand;
pub mod talk;
pub mod town;

pub use ack::{Ack, AckLog};
pub use city::{City, run};
pub use seed::{CallerProfile, Login, Seed};
pub use size::Size;
