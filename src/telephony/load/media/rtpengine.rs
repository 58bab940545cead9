//! Debian's rtpengine as a peer: started for the measurement, asked for ports by its control protocol.

use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use telephony::media::sdp;

use crate::Call;
use crate::stream::Sockets;

/// Where it is asked.
const CONTROL: ([u8; 4], u16) = ([127, 0, 0, 1], 22_223);

/// A running one; it ends with this.
pub struct Rtpengine {
    child: Child,
    control: UdpSocket,
}

impl Drop for Rtpengine {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Rtpengine {
    /// Starts it in userspace; `None` if it is not installed.
    #[expect(
        clippy::disallowed_methods,
        reason = "a program of its own that measures: no actor waits for it"
    )]
    pub fn start() -> std::io::Result<Option<Self>> {
        let control = UdpSocket::bind("127.0.0.1:0")?;
        control.connect(SocketAddr::from(CONTROL))?;
        control.set_read_timeout(Some(Duration::from_millis(500)))?;
        let started = Command::new("rtpengine")
            .args(["--foreground", "--table=-1", "--interface=127.0.0.1", "--listen-ng=127.0.0.1:22223"])
            .args([
                "--port-min=30000",
                "--port-max=39999",
                "--num-threads=2",
                "--log-level=2",
                "--no-log-timestamps",
            ])
            .args(["--config-file=none", "--pidfile=/dev/null"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let child = match started {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            child => child?,
        };
        let peer = Self { child, control };
        for _ in 0..20 {
            if peer.ask("d7:command4:pinge").is_ok() {
                return Ok(Some(peer));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err(std::io::Error::other("rtpengine does not answer its control port"))
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn ask(&self, body: &str) -> std::io::Result<String> {
        let cookie = format!("{:08x} ", rand::random::<u32>());
        self.control.send(format!("{cookie}{body}").as_bytes())?;
        let mut answer = [0u8; 8_192];
        loop {
            let length = self.control.recv(&mut answer)?;
            let text = String::from_utf8_lossy(&answer[..length]).into_owned();
            if let Some(body) = text.strip_prefix(&cookie) {
                return Ok(body.to_owned());
            }
        }
    }

    /// Describes one side; the port on which the other side is heard.
    fn describe(&self, command: &str, n: usize, from: &UdpSocket, both: bool) -> std::io::Result<SocketAddr> {
        let text = |it: &str| format!("{}:{it}", it.len());
        let body = String::from_utf8_lossy(&sdp::offer(from.local_addr()?, 1)).into_owned();
        let call = format!("bench{n}");
        let mut asked =
            format!("d7:call-id{}7:command{}8:from-tag1:a3:sdp{}", text(&call), text(command), text(&body));
        if both {
            asked.push_str("6:to-tag1:b");
        }
        asked.push('e');
        let answer = self.ask(&asked)?;
        let found = answer.split_once("v=0").map(|(_, rest)| format!("v=0{rest}"));
        let remote = found.and_then(|found| sdp::read(found.as_bytes()).ok()).and_then(|audio| audio.address);
        remote.ok_or_else(|| std::io::Error::other(format!("rtpengine said: {answer}")))
    }

    /// A call through it.
    pub fn call(&self, n: usize, sockets: &mut Sockets) -> std::io::Result<Call> {
        let (one, other) = (sockets.next(), sockets.next());
        // what is told to an offer is where the answering side sends
        let for_other = self.describe("offer", n, &one, false)?;
        let for_one = self.describe("answer", n, &other, true)?;
        Ok(Call { a: (one, for_one), b: (other, for_other) })
    }
}
