//! What keeps actors alive.

pub mod panic_guard;
pub(crate) mod surely;
