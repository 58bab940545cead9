//! What the screens talk to: HTTP with problems as RFC 9457, the live socket `callout.v1`, and the screens
//! themselves. Knows the house only through [`domain::ports`].

mod api;
mod assets;
mod live;
mod page;
mod problem;
#[cfg(test)]
mod testing;

pub use api::{DemoLogin, WebState, hash_password, router};
pub use live::hub::Hub;
pub use problem::Problem;
