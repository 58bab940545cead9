//! The live side from outside: readers of the hub in any order of events, and real sockets.

mod readers;
mod sockets;
