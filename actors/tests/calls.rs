//! The call centre.

mod callbacks;
mod giving_up;
mod long_day;
mod offering;
mod presence;
mod recovery;
mod talking;
mod troubles;
