//! The rules of a service centre: what may happen, and what follows.
//!
//! Pure: no clock, no randomness, no database, no sockets. Every aggregate *decides*
//! (`&self → Result<Event, Refusal>`) and *applies* (`&mut self, &Event`, infallible), so that a
//! replay of what has happened can never fail.
//!
//! The modules stand in the order of a working day: somebody [`clients`] rings ([`calls`]) about a
//! piece of [`equipment`], or a day of planned [`upkeep`] is due; a [`requests`] record carries the
//! promise; a [`visits`] record carries the trip; somebody of the [`workforce`] makes it; [`billing`]
//! takes the money.
//!
//! ```
//! use domain::values::phone::PhoneNumber;
//! let typed: PhoneNumber = "8 (916) 123-45-67".parse().expect("people type it so");
//! assert_eq!(typed.as_str(), "+79161234567");
//! ```

pub mod access;
pub mod billing;
pub mod book;

pub mod calls;
pub mod checkup;
pub mod clients;
pub mod commands;
pub mod company;
pub mod equipment;
pub mod hooks;
pub mod imports;
pub mod lines;
pub mod ports;
pub mod refusal;
pub mod requests;
pub mod upkeep;
pub mod values;
pub mod visits;
pub mod workforce;
pub mod zones;
