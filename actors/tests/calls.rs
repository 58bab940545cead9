//! The call centre.

mod after;
mod callbacks;
mod campaigns;
mod colleagues;
mod desk_keys;
mod dialling;
mod giving_up;
mod going_on;
mod lines;
mod long_day;
mod offering;
mod outside;
mod presence;
mod queues;
mod reception;
mod recovery;
mod supervising;
mod talking;
mod troubles;
mod wall;
