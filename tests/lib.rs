//! What the scenarios share: a server on free ports, people at their screens, a SIP phone of another make.

pub mod harness;
