//! Waiting for packets: `epoll` by levels, so that one read a packet is enough, and a bell for orders.

use std::io::{Read as _, Write as _};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use epoll::{ControlOptions, Event, Events};
use mio::unix::pipe::{Receiver, Sender};

/// Sockets told of at once; the others are told of in the next round.
const TOGETHER: usize = 1_024;
/// The bell's own token.
const BELL: u64 = u64::MAX;

/// Wakes whoever waits at the watch it belongs to.
#[derive(Debug)]
pub struct Bell {
    wire: Sender,
    rung: AtomicBool,
}

impl Bell {
    /// Rings once for all orders given until it is heard.
    pub fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel)
            && let Err(error) = (&self.wire).write(&[1])
        {
            tracing::error!(%error, "media thread cannot be woken");
        }
    }
}

/// Sockets under one `epoll`; closed with it.
#[derive(Debug)]
struct Poll(RawFd);

impl Poll {
    fn new() -> std::io::Result<Self> {
        epoll::create(true).map(Self)
    }

    fn add(&self, socket: &impl AsRawFd, token: u64) -> std::io::Result<()> {
        let event = Event::new(Events::EPOLLIN, token);
        epoll::ctl(self.0, ControlOptions::EPOLL_CTL_ADD, socket.as_raw_fd(), event)
    }

    /// How many have something to read; an interrupted wait is a short one.
    fn wait(&self, patience: Option<Duration>, ready: &mut [Event]) -> std::io::Result<usize> {
        // rounded up: a wait that is too short would be made again and again
        let millis = |it: Duration| i32::try_from(it.as_micros().div_ceil(1_000)).unwrap_or(i32::MAX);
        match epoll::wait(self.0, patience.map_or(-1, millis), ready) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Ok(0),
            count => count,
        }
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        // nothing can be done about one that does not close
        let _ = epoll::close(self.0);
    }
}

/// What is waited for.
#[derive(Debug)]
pub struct Watch {
    sockets: Poll,
    resting: Poll,
    wire: Receiver,
    bell: Arc<Bell>,
    ready: Vec<Event>,
}

impl Watch {
    /// A watch over its own bell alone.
    pub fn new() -> std::io::Result<Self> {
        let (sockets, resting) = (Poll::new()?, Poll::new()?);
        let (sender, wire) = mio::unix::pipe::new()?;
        sockets.add(&wire, BELL)?;
        resting.add(&wire, BELL)?;
        let bell = Arc::new(Bell { wire: sender, rung: AtomicBool::new(false) });
        Ok(Self { sockets, resting, wire, bell, ready: vec![Event::new(Events::empty(), 0); TOGETHER] })
    }

    /// Its bell.
    pub fn bell(&self) -> Arc<Bell> {
        self.bell.clone()
    }

    /// Watches a socket; closing it ends that.
    pub fn add(&self, socket: &impl AsRawFd, token: u64) -> std::io::Result<()> {
        self.sockets.add(socket, token)
    }

    /// Rests for so long, to the millisecond, whatever the sockets have, unless the bell rings.
    pub fn rest(&mut self, rest: Duration) {
        // whatever ends the rest, the next round tells what there is to do
        let _ = self.resting.wait(Some(rest), &mut self.ready[..1]);
    }

    /// Waits until a socket has something to read, the bell rings or the time is over; the tokens of the sockets go
    /// to `tokens`. Returns whether the bell was heard.
    pub fn wait(&mut self, patience: Option<Duration>, tokens: &mut Vec<u64>) -> std::io::Result<bool> {
        tokens.clear();
        let count = self.sockets.wait(patience, &mut self.ready)?;
        let told = self.ready[..count].iter().map(|event| event.data);
        tokens.extend(told.filter(|token| *token != BELL));
        let rung = tokens.len() < count;
        if rung {
            // it is there, and one ring stands for all
            let _ = self.wire.read(&mut [0u8; 8]);
            self.bell.rung.store(false, Ordering::Release);
        }
        Ok(rung)
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    const SOON: Option<Duration> = Some(Duration::from_secs(5));

    #[test]
    fn a_socket_is_told_until_it_is_read_and_forgotten_when_it_closes() {
        let mut watch = Watch::new().unwrap();
        let (here, there) =
            (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        watch.add(&here, 7).unwrap();
        for _ in 0..2 {
            there.send_to(b"x", here.local_addr().unwrap()).unwrap();
        }
        let mut tokens = Vec::new();
        for _ in 0..2 {
            assert!(!watch.wait(SOON, &mut tokens).unwrap());
            assert_eq!(tokens, [7]);
            here.recv(&mut [0; 8]).unwrap();
        }
        watch.wait(Some(Duration::ZERO), &mut tokens).unwrap();
        assert!(tokens.is_empty());
        there.send_to(b"x", here.local_addr().unwrap()).unwrap();
        drop(here);
        watch.wait(Some(Duration::ZERO), &mut tokens).unwrap();
        assert!(tokens.is_empty());
    }

    #[test]
    fn many_rings_are_heard_once_and_none_is_lost() {
        let mut watch = Watch::new().unwrap();
        let (bell, mut tokens) = (watch.bell(), Vec::new());
        for _ in 0..3 {
            bell.ring();
        }
        assert!(watch.wait(SOON, &mut tokens).unwrap());
        assert!(!watch.wait(Some(Duration::ZERO), &mut tokens).unwrap());
        bell.ring();
        assert!(watch.wait(SOON, &mut tokens).unwrap());
    }
}
