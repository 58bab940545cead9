//! The switchboard as its callers, phones, browsers and enemies meet it: real sockets on loopback.

mod adopting;
mod audio;
mod browsers;
mod calls;
mod codecs;
mod edge;
mod house;
mod keypad;
mod orders;
mod phones;
mod reaching;
mod recordings;
mod standing;
mod streams;
mod together;
mod torture;
mod tracing;
mod trunks;
