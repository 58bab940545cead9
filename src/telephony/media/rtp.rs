//! The twelve bytes before the sound.

/// The fixed RTP header, read or to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpHeader {
    /// First packet after a silence or a change.
    pub marker: bool,
    /// What the payload is.
    pub payload_type: u8,
    /// One more with every packet.
    pub sequence: u16,
    /// In samples.
    pub timestamp: u32,
    /// Who speaks.
    pub ssrc: u32,
}

/// Length of a header without lists and extensions.
pub const HEADER: usize = 12;

impl RtpHeader {
    /// Reads a datagram: the header and where its payload lies; `None` if it is no RTP.
    pub fn read(datagram: &[u8]) -> Option<(Self, std::ops::Range<usize>)> {
        if datagram.len() < HEADER || datagram[0] >> 6 != 2 {
            return None;
        }
        let payload_type = datagram[1] & 0x7F;
        if (64..96).contains(&payload_type) {
            return None; // RTCP on the same port
        }
        let mut start = HEADER + 4 * usize::from(datagram[0] & 15);
        if datagram[0] & 0x10 != 0 {
            let words = datagram.get(start + 2..start + 4)?;
            start += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
        }
        let mut end = datagram.len();
        if datagram[0] & 0x20 != 0 {
            end = end.checked_sub(usize::from(*datagram.last()?))?;
        }
        if start > end {
            return None;
        }
        let header = Self {
            marker: datagram[1] & 0x80 != 0,
            payload_type,
            sequence: u16::from_be_bytes([datagram[2], datagram[3]]),
            timestamp: u32::from_be_bytes([datagram[4], datagram[5], datagram[6], datagram[7]]),
            ssrc: u32::from_be_bytes([datagram[8], datagram[9], datagram[10], datagram[11]]),
        };
        Some((header, start..end))
    }

    /// Writes the header over the first twelve bytes.
    pub fn write(&self, out: &mut [u8; HEADER]) {
        out[0] = 0x80;
        out[1] = self.payload_type | if self.marker { 0x80 } else { 0 };
        out[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        out[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        out[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_it_reads() {
        let header = RtpHeader { marker: true, payload_type: 8, sequence: 65_535, timestamp: 7, ssrc: 9 };
        let mut bytes = [0; HEADER + 3];
        header.write((&mut bytes[..HEADER]).try_into().unwrap());
        assert_eq!(RtpHeader::read(&bytes), Some((header, 12..15)));
    }

    #[test]
    fn survives_nonsense() {
        assert_eq!(RtpHeader::read(&[]), None);
        assert_eq!(RtpHeader::read(&[0x80; 11]), None);
        assert_eq!(RtpHeader::read(&[0x00; 20]), None);
        let mut lists = [0u8; 12];
        lists[0] = 0x8F; // fifteen sources that are not there
        assert_eq!(RtpHeader::read(&lists), None);
        let mut padded = [0u8; 13];
        padded[0] = 0xA0;
        padded[12] = 200;
        assert_eq!(RtpHeader::read(&padded), None);
        let mut rtcp = [0u8; 28];
        rtcp[0] = 0x80;
        rtcp[1] = 200;
        assert_eq!(RtpHeader::read(&rtcp), None);
    }
}
