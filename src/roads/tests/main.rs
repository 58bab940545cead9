//! Roads from the outside: what is prepared answers as what is not.

mod data;
mod exact;
mod extracts;
mod files;
mod peer;
mod remote;
mod travel;
