//! Those who talk: the telephony, the sessions of calls, the queue, the operators.

pub mod act;
pub mod call_queue;
pub mod call_session;
pub mod call_views;
pub mod callbacks;
mod calling_back;
pub mod campaigning;
pub mod consulting;
mod desk_keys;
pub mod dialling;
pub mod heartbeat;
mod offering;
pub mod operator;
mod outside;
pub mod reception;
pub mod recordings;
pub mod recovery;
pub mod renaming;
pub mod sounding;
mod taking_up;
mod talking;
pub mod telephony;
mod wall;
pub mod watching;
pub mod wrap_up;
