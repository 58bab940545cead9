//! Who is alive: masters, vehicles, points, calls, operators, the queue and the dispatcher.
//!
//! ```text
//! System ─ House ─┬─ Telephony ── CallSession × calls        arbiter "calls"
//!                 ├─ CallQueue ── OperatorActor × operators  arbiter "calls"
//!                 ├─ Archive (old recordings)                arbiter "calls"
//!                 ├─ Dispatcher (book, solver)               arbiter "dispatch"
//!                 ├─ MasterActor × masters                   arbiter "field"
//!                 ├─ Courier (links to other programmes)     arbiter "field"
//!                 ├─ VehicleActor × vehicles                 arbiter "field"
//!                 └─ ServicePointActor × points in use       arbiter "field"
//! ```
//!
//! Every actor stands under a [`supervision::panic_guard`]: a panic costs one message, never the
//! address; the state is read again from the journal. Actors know no database, no SIP and no HTTP,
//! only the ports of `domain`. Rules live in `domain`; an actor takes a command, lets the domain
//! decide, has the journal keep it, applies it and tells the news, in this order.

mod agreement_desk;
pub mod agreement_terms;
mod branch_desk;
pub mod call_centre;
mod call_desk;
pub mod call_history;
mod campaign_desk;
mod card_desk;
mod checkup;
mod client_desk;
pub mod directory;
pub mod dispatch;
pub mod field;
mod founding;
pub mod front_desk;
mod hook_desk;
pub mod hooks;
pub mod house;
mod importing;
mod in_flight;
pub mod lines;
mod month;
mod month_desk;
pub mod opening;
mod operator_desk;
mod people;
mod people_desk;
mod policy_desk;
mod position_desk;
mod push_desk;
mod recording_desk;
mod report_desk;
mod skill_desk;
pub mod supervision;
mod template_desk;
mod twin_desk;
mod zoning;
