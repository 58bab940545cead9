//! Keys pressed, heard in passing (RFC 4733).

/// Remembers the last event of one stream, so that its repeated packets count once.
#[derive(Clone, Debug, Default)]
pub struct DtmfEar {
    last: Option<(u32, u32)>,
}

impl DtmfEar {
    /// Takes one telephone-event packet; a digit comes out when the key is new.
    pub fn hear(&mut self, ssrc: u32, timestamp: u32, payload: &[u8]) -> Option<char> {
        let event = *payload.first()?;
        if payload.len() < 4 || self.last == Some((ssrc, timestamp)) {
            return None;
        }
        self.last = Some((ssrc, timestamp));
        digit(event)
    }
}

/// The key of an event code.
pub fn digit(event: u8) -> Option<char> {
    "0123456789*#ABCD".chars().nth(usize::from(event))
}

/// The event code of a key.
pub fn event(digit: char) -> Option<u8> {
    "0123456789*#ABCD".find(digit).map(|event| event as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_code() {
        for code in 0..16 {
            assert_eq!(digit(code).and_then(event), Some(code));
        }
        assert_eq!((digit(16), event('E')), (None, None));
    }

    #[test]
    fn a_key_counts_once() {
        let mut ear = DtmfEar::default();
        assert_eq!(ear.hear(1, 100, &[5, 0, 0, 160]), Some('5'));
        assert_eq!(ear.hear(1, 100, &[5, 0, 1, 64]), None);
        assert_eq!(ear.hear(1, 100, &[5, 0x80, 1, 64]), None);
        assert_eq!(ear.hear(1, 900, &[11, 0, 0, 160]), Some('#'));
        assert_eq!(ear.hear(1, 1900, &[77, 0, 0, 160]), None);
        assert_eq!(ear.hear(1, 2900, &[1]), None);
    }
}
