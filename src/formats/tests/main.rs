//! Files read, refused, solved and drawn.

mod explained;
mod linked;
mod refusals;
mod solved;
