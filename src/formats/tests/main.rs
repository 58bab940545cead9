//! Files read, refused, solved and drawn.

mod refusals;
mod solved;
