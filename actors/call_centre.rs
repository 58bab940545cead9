//! Those who talk: the telephony, the sessions of calls, the queue, the operators.

pub mod act;
pub mod call_queue;
pub mod call_session;
pub mod call_views;
pub mod operator;
pub mod telephony;
