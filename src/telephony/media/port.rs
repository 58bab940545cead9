//! Local UDP ports for audio.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use parking_lot::Mutex;

/// Gives out sockets from a range, one after another, so that a port rests before it is used again.
#[derive(Debug)]
pub struct Ports {
    ip: IpAddr,
    range: (u16, u16),
    next: Mutex<u16>,
}

impl Ports {
    /// Ports of this range; (0, 0) lets the system choose.
    pub fn new(ip: IpAddr, range: (u16, u16)) -> Self {
        Self { ip, range, next: Mutex::new(range.0) }
    }

    /// A bound socket at an even port.
    pub fn open(&self) -> std::io::Result<UdpSocket> {
        if self.range == (0, 0) {
            return bound(SocketAddr::new(self.ip, 0));
        }
        let (first, last) = (self.range.0.next_multiple_of(2), self.range.1);
        let tries = usize::from(last.saturating_sub(first) / 2) + 1;
        for _ in 0..tries {
            let port = {
                let mut next = self.next.lock();
                let port = if *next < first || *next > last { first } else { *next };
                *next = port.checked_add(2).unwrap_or(first);
                port
            };
            if let Ok(socket) = bound(SocketAddr::new(self.ip, port)) {
                return Ok(socket);
            }
        }
        Err(std::io::Error::new(std::io::ErrorKind::AddrInUse, "no free port for audio"))
    }

    /// The socket that a leg had before a restart.
    pub fn open_at(&self, port: u16) -> std::io::Result<UdpSocket> {
        bound(SocketAddr::new(self.ip, port))
    }
}

fn bound(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_out_and_recovers() {
        let ports = Ports::new(IpAddr::from([127, 0, 0, 1]), (41_301, 41_305));
        let one = ports.open().unwrap();
        let two = ports.open().unwrap();
        assert!(ports.open().is_err());
        assert_eq!(one.local_addr().unwrap().port() % 2, 0);
        drop(two);
        assert!(ports.open().is_ok());
    }
}
