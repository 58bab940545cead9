//! Reports of RTCP (RFC 3550 §6.4): what one side sent, and how the other was heard.

/// Sender and receiver reports, descriptions, farewells.
const SENDER: u8 = 200;
const RECEIVER: u8 = 201;
const DESCRIPTION: u8 = 202;
const BYE: u8 = 203;
/// The item that names the source.
const CNAME: u8 = 1;
/// Length of a block about one source.
const BLOCK: usize = 24;

/// How one source was heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The source.
    pub ssrc: u32,
    /// Share of packets lost since the last report, in 256ths.
    pub fraction: u8,
    /// Packets lost in all; below zero when some came twice.
    pub lost: i32,
    /// The highest sequence number heard, with its wraps above.
    pub highest: u32,
    /// Interarrival jitter in samples.
    pub jitter: u32,
    /// The middle of the time of the source's last report; 0: none was heard.
    pub last_report: u32,
    /// How long ago that was, in 65,536ths of a second.
    pub delay: u32,
}

/// What a sender says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// When, in seconds with 32 bits of fraction; only differences mean anything here.
    pub time: u64,
    /// The same moment by the clock of its stream, in samples.
    pub timestamp: u32,
    /// Packets sent.
    pub packets: u32,
    /// Bytes of sound sent.
    pub octets: u32,
}

/// One report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Who reports.
    pub ssrc: u32,
    /// What it sent; `None` if it sent nothing.
    pub sent: Option<Sent>,
    /// How it heard others.
    pub blocks: Vec<Block>,
}

/// Whether a datagram on a port shared with audio is RTCP (RFC 5761 §4).
pub fn is_report(datagram: &[u8]) -> bool {
    datagram.len() >= 8 && datagram[0] >> 6 == 2 && (192..=223).contains(&datagram[1])
}

/// The reports in a compound packet; what is no report is passed over. `None`: the packet is broken.
pub fn read(packet: &[u8]) -> Option<Vec<Report>> {
    let (mut rest, mut reports) = (packet, Vec::new());
    while !rest.is_empty() {
        let head = rest.first_chunk::<4>()?;
        let length = 4 + 4 * usize::from(u16::from_be_bytes([head[2], head[3]]));
        let one = rest.get(..length).filter(|_| head[0] >> 6 == 2)?;
        let count = usize::from(head[0] & 31);
        if matches!(head[1], SENDER | RECEIVER) {
            reports.push(report(one, head[1] == SENDER, count)?);
        } else if head[1] == BYE {
            break; // nothing of use follows a farewell
        }
        rest = &rest[length..];
    }
    Some(reports)
}

fn report(packet: &[u8], sends: bool, count: usize) -> Option<Report> {
    let ssrc = word(packet, 4)?;
    let sent = if sends {
        Some(Sent {
            time: u64::from(word(packet, 8)?) << 32 | u64::from(word(packet, 12)?),
            timestamp: word(packet, 16)?,
            packets: word(packet, 20)?,
            octets: word(packet, 24)?,
        })
    } else {
        None
    };
    let first = if sends { 28 } else { 8 };
    let blocks = (0..count).map(|n| block(packet.get(first + n * BLOCK..first + (n + 1) * BLOCK)?));
    Some(Report { ssrc, sent, blocks: blocks.collect::<Option<_>>()? })
}

fn block(bytes: &[u8]) -> Option<Block> {
    let lost = word(bytes, 4)?;
    Some(Block {
        ssrc: word(bytes, 0)?,
        fraction: (lost >> 24) as u8,
        lost: ((lost << 8) as i32) >> 8, // 24 bits with a sign
        highest: word(bytes, 8)?,
        jitter: word(bytes, 12)?,
        last_report: word(bytes, 16)?,
        delay: word(bytes, 20)?,
    })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A compound packet: the report, and the name of its source without which it is none.
pub fn write(report: &Report, name: &str) -> Vec<u8> {
    let kind = if report.sent.is_some() { SENDER } else { RECEIVER };
    let blocks = &report.blocks[..report.blocks.len().min(31)];
    let mut out = vec![0x80 | blocks.len() as u8, kind, 0, 0];
    let mut put = |value: u32| out.extend(value.to_be_bytes());
    put(report.ssrc);
    if let Some(sent) = &report.sent {
        put((sent.time >> 32) as u32);
        put(sent.time as u32);
        put(sent.timestamp);
        put(sent.packets);
        put(sent.octets);
    }
    for block in blocks {
        put(block.ssrc);
        put(u32::from(block.fraction) << 24 | block.lost.clamp(-0x80_0000, 0x7F_FFFF) as u32 & 0xFF_FFFF);
        put(block.highest);
        put(block.jitter);
        put(block.last_report);
        put(block.delay);
    }
    measure(&mut out, 0);
    let begun = out.len();
    let name = &name.as_bytes()[..name.len().min(255)];
    out.extend([0x81, DESCRIPTION, 0, 0]);
    out.extend(report.ssrc.to_be_bytes());
    out.extend([CNAME, name.len() as u8]);
    out.extend(name);
    out.push(0); // the list of items ends
    out.resize(out.len().next_multiple_of(4), 0);
    measure(&mut out, begun);
    out
}

/// Writes the length of the packet that began there.
fn measure(out: &mut [u8], begun: usize) {
    let words = ((out.len() - begun) / 4 - 1) as u16;
    out[begun + 2..begun + 4].copy_from_slice(&words.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let sent = Sent { time: 5 << 32 | 7, timestamp: 160, packets: 9, octets: 1_440 };
        let block =
            Block { ssrc: 2, fraction: 25, lost: -3, highest: 65_540, jitter: 16, last_report: 1, delay: 2 };
        Report { ssrc: 1, sent: Some(sent), blocks: vec![block] }
    }

    #[test]
    fn reads_what_it_writes() {
        let whole = report();
        let packet = write(&whole, "callout");
        assert!(is_report(&packet) && packet.len().is_multiple_of(4));
        assert_eq!(read(&packet), Some(vec![whole.clone()]));
        let deaf = Report { sent: None, ..whole };
        assert_eq!(read(&write(&deaf, "")), Some(vec![deaf]));
    }

    #[test]
    fn broken_packets_say_nothing() {
        let packet = write(&report(), "callout");
        for length in 1..packet.len() {
            assert!(read(&packet[..length]).is_none_or(|reports| reports == [report()]), "{length}");
        }
        let mut more = packet.clone();
        more[0] = 0x9F; // thirty-one blocks that are not there
        assert_eq!(read(&more), None);
        assert!(!is_report(&[0x80, 8, 0, 0, 0, 0, 0, 0]));
        assert_eq!(read(&[0x00; 8]), None);
    }
}
