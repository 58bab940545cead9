//! The live side: topics on the hub, and the socket that carries them.

pub(crate) mod bell;
pub(crate) mod commands;
pub(crate) mod frame;
pub mod hub;
pub(crate) mod presence;
pub(crate) mod socket;
#[cfg(test)]
mod tests;
pub(crate) mod topic;
pub(crate) mod writer;
