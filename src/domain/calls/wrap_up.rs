//! The minute after a call: how long an operator may write, and what becomes of a call that was not written down.
//!
//! When the time is over the operator is ready again and the call is closed as [`UNSPECIFIED`], which supervisors see
//! counted. So do Genesys Cloud (its own code `ININ-WRAP-UP-TIMEOUT`) and Amazon Connect (an ACW timeout): an operator
//! who walked away does not hold the line up, and a missing disposition is not mistaken for a chosen one. Who needs more
//! time asks for it while it runs, [`MOST_MORE`] times at most.

/// The disposition of a call that nobody wrote down in time.
pub const UNSPECIFIED: &str = "unspecified";

/// How many times an operator may ask for more time after one call.
pub const MOST_MORE: u8 = 3;
