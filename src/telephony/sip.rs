//! Signalling: the edge before the stack, who may call, and what becomes of each dialog.

pub mod charset;
pub mod desk;
pub mod dialling;
pub mod digest;
pub mod edge;
pub mod exchange;
pub mod framing;
pub mod grammar;
pub mod guard;
pub mod incoming;
pub mod leg;
pub mod registrar;
pub mod reply;
pub mod trunk;
