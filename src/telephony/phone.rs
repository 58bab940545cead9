//! Telephones of our own, for the simulator and the tests: a caller behind a trunk, and a desk phone.
//!
//! They share nothing with the switchboard's stack: requests are written by hand and read with `rsip`,
//! so that a mistake of one side is not repeated on the other.
//!
//! ```no_run
//! # use telephony::{Audio, CallEvent, Caller};
//! # async fn call() -> Result<(), Box<dyn std::error::Error>> {
//! let switchboard = "127.0.0.1:5060".parse()?;
//! let mut call =
//!     Caller::new().dial(switchboard, "+79123456789", "Иванов", "+74951234567", Audio::Speech(7)).await?;
//! while let Some(event) = call.event().await {
//!     if event == CallEvent::Answered {
//!         call.hang_up();
//!     }
//! }
//! # Ok(()) }
//! ```

pub mod audio;
pub mod call;
pub mod desk;
pub mod message;
pub mod talk;

pub use audio::Audio;
pub use call::{CallError, CallEvent, CallHandle, Caller};
pub use desk::{Answering, DeskEvent, DeskPhone};
pub use talk::Heard;
