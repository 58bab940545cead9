//! Signalling: the edge before the stack, who may call, and what becomes of each dialog.

pub mod charset;
pub mod desk;
pub mod dialling;
pub mod digest;
pub mod edge;
pub mod exchange;
pub mod framer;
pub mod framing;
pub mod gate;
pub mod grammar;
pub mod guard;
pub mod incoming;
pub mod leg;
pub mod number;
pub mod registrar;
pub mod registration;
pub mod reply;
pub mod streams;
pub mod tls;
pub mod transfer;
pub mod trunk;
pub mod trunks;
pub mod upkeep;
