//! The actors alone, on a clock that stands still: no database, no sockets, no waiting.

mod agreements;
mod branches;
mod calls;
mod cards;
mod dispatch;
mod field;
mod front_desk;
mod hooks;
mod interface;
mod kit;
mod month;
mod people;
mod supervision;
mod templates;
mod twins;
