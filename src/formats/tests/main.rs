//! Files read, refused, solved and drawn.

mod explained;
mod refusals;
mod solved;
