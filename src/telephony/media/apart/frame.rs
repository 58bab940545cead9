//! Messages over a Unix socket: a length, a kind, the content; a socket may travel with one (`SCM_RIGHTS`).

use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};

/// The longest content; hold music of some minutes is the largest there is.
const LONGEST: usize = 64 << 20;
/// Read from the socket at once.
const PIECE: usize = 64 << 10;
const HEAD: usize = 5;
const WORDS: u8 = 0;
const SOUND: u8 = 1;

/// A message.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// JSON.
    Words(Vec<u8>),
    /// A recording in A-law, by the number it will be called by.
    Sound(u64, Vec<u8>),
}

/// Writes words, with a socket if there is one.
///
/// # Errors
/// The other side is gone.
pub fn write_words<T: Serialize>(to: &UnixStream, words: &T, with: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let mut bytes = vec![0; HEAD];
    serde_json::to_writer(&mut bytes, words).map_err(io::Error::other)?;
    head(&mut bytes, WORDS)?;
    let Some(fd) = with else { return (&*to).write_all(&bytes) };
    let fds = [fd];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    control.push(SendAncillaryMessage::ScmRights(&fds));
    let sent = sendmsg(to.as_fd(), &[IoSlice::new(&bytes)], &mut control, SendFlags::empty())?;
    (&*to).write_all(&bytes[sent..])
}

/// Writes a recording.
///
/// # Errors
/// The other side is gone.
pub fn write_sound(mut to: &UnixStream, number: u64, audio: &[u8]) -> io::Result<()> {
    let mut bytes = vec![0; HEAD];
    bytes.extend(number.to_le_bytes());
    bytes.extend_from_slice(audio);
    head(&mut bytes, SOUND)?;
    to.write_all(&bytes)
}

fn head(bytes: &mut [u8], kind: u8) -> io::Result<()> {
    let length = u32::try_from(bytes.len() - HEAD).ok().filter(|length| *length as usize <= LONGEST);
    let length = length.ok_or_else(|| io::Error::other(format!("message of `{}` bytes", bytes.len())))?;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    bytes[4] = kind;
    Ok(())
}

/// Reads messages, and keeps the sockets that came with them in their order.
#[derive(Debug)]
pub struct Reader {
    from: UnixStream,
    bytes: Vec<u8>,
    read: usize,
    sockets: VecDeque<OwnedFd>,
}

impl Reader {
    /// Over this stream.
    pub fn new(from: UnixStream) -> Self {
        Self { from, bytes: Vec::new(), read: 0, sockets: VecDeque::new() }
    }

    /// The next message; `None`: the other side is gone.
    ///
    /// # Errors
    /// The stream is broken, or what comes is no message of ours.
    pub fn frame(&mut self) -> io::Result<Option<Frame>> {
        loop {
            if let Some(frame) = self.whole()? {
                return Ok(Some(frame));
            }
            self.bytes.drain(..self.read);
            self.read = 0;
            if !self.fetch()? {
                return Ok(None);
            }
        }
    }

    /// The next message, which must be words of this kind.
    ///
    /// # Errors
    /// As [`Reader::frame`], or it is something else.
    pub fn words<T: for<'a> Deserialize<'a>>(&mut self) -> io::Result<Option<T>> {
        match self.frame()? {
            None => Ok(None),
            Some(Frame::Words(bytes)) => serde_json::from_slice(&bytes).map(Some).map_err(io::Error::other),
            Some(Frame::Sound(..)) => Err(io::Error::other("a recording where words were expected")),
        }
    }

    /// The socket that came with the last message, or before it.
    pub fn socket(&mut self) -> Option<OwnedFd> {
        self.sockets.pop_front()
    }

    fn whole(&mut self) -> io::Result<Option<Frame>> {
        let rest = &self.bytes[self.read..];
        let Some((head, content)) = rest.split_at_checked(HEAD) else { return Ok(None) };
        let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        if length > LONGEST {
            return Err(io::Error::other(format!(
                "a message of `{length}` bytes, expected `{LONGEST}` at most"
            )));
        }
        let Some(content) = content.get(..length) else { return Ok(None) };
        let frame = match (head[4], content.split_first_chunk::<8>()) {
            (WORDS, _) => Frame::Words(content.to_vec()),
            (SOUND, Some((number, audio))) => Frame::Sound(u64::from_le_bytes(*number), audio.to_vec()),
            (kind, _) => {
                return Err(io::Error::other(format!("a message of kind `{kind}`, expected 0 or 1")));
            }
        };
        self.read += HEAD + length;
        Ok(Some(frame))
    }

    /// `false`: the other side is gone.
    fn fetch(&mut self) -> io::Result<bool> {
        let filled = self.bytes.len();
        self.bytes.resize(filled + PIECE, 0);
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(16))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut into = [IoSliceMut::new(&mut self.bytes[filled..])];
        let got = loop {
            match recvmsg(self.from.as_fd(), &mut into, &mut control, RecvFlags::CMSG_CLOEXEC) {
                Err(rustix::io::Errno::INTR) => {}
                got => break got,
            }
        };
        let count = match got {
            Ok(got) => got.bytes,
            Err(rustix::io::Errno::CONNRESET) => 0,
            Err(error) => return Err(error.into()),
        };
        self.bytes.truncate(filled + count);
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(fds) = message {
                self.sockets.extend(fds);
            }
        }
        Ok(count > 0)
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    #[test]
    fn words_sounds_and_sockets_arrive_in_their_order() {
        let (here, there) = UnixStream::pair().unwrap();
        let sockets: Vec<UdpSocket> = (0..20).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
        let ports: Vec<u16> = sockets.iter().map(|socket| socket.local_addr().unwrap().port()).collect();
        let writing = std::thread::spawn(move || {
            for (n, socket) in sockets.iter().enumerate() {
                write_words(&here, &n, Some(socket.as_fd())).unwrap();
                write_sound(&here, n as u64, &vec![n as u8; 200_000]).unwrap();
            }
        });
        let mut reader = Reader::new(there);
        for (n, port) in ports.iter().enumerate() {
            assert_eq!(reader.words::<usize>().unwrap(), Some(n));
            let socket = UdpSocket::from(reader.socket().unwrap());
            assert_eq!(socket.local_addr().unwrap().port(), *port);
            assert_eq!(reader.frame().unwrap(), Some(Frame::Sound(n as u64, vec![n as u8; 200_000])));
        }
        writing.join().unwrap();
        assert_eq!(reader.frame().unwrap(), None);
    }

    #[test]
    fn what_is_no_message_is_refused_by_its_value() {
        for (bytes, named) in [([255, 255, 255, 255, 0], "4294967295"), ([0, 0, 0, 0, 9], "`9`")] {
            let (mut here, there) = UnixStream::pair().unwrap();
            here.write_all(&bytes).unwrap();
            drop(here);
            assert!(Reader::new(there).frame().unwrap_err().to_string().contains(named));
        }
    }
}
