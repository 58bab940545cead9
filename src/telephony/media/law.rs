//! G.711: the two laws, and the way between them.

/// Which law the bytes obey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// A-law, payload type 8.
    Alaw,
    /// µ-law, payload type 0.
    Ulaw,
}

impl Law {
    /// The static RTP payload type.
    pub const fn payload_type(self) -> u8 {
        match self {
            Law::Alaw => 8,
            Law::Ulaw => 0,
        }
    }

    /// The codec of a static payload type.
    pub const fn of_payload_type(payload_type: u8) -> Option<Self> {
        match payload_type {
            8 => Some(Law::Alaw),
            0 => Some(Law::Ulaw),
            _ => None,
        }
    }

    /// The byte of silence.
    pub const fn silence(self) -> u8 {
        match self {
            Law::Alaw => 0xD5,
            Law::Ulaw => 0xFF,
        }
    }

    /// One byte to a linear sample.
    pub const fn decode(self, byte: u8) -> i16 {
        match self {
            Law::Alaw => alaw_to_linear(byte),
            Law::Ulaw => ulaw_to_linear(byte),
        }
    }

    /// A linear sample to one byte.
    pub const fn encode(self, sample: i16) -> u8 {
        match self {
            Law::Alaw => linear_to_alaw(sample),
            Law::Ulaw => linear_to_ulaw(sample),
        }
    }
}

/// The other law for every byte, in place.
pub fn transcode(from: Law, to: Law, payload: &mut [u8]) {
    let table = match (from, to) {
        (Law::Alaw, Law::Ulaw) => &A_TO_U,
        (Law::Ulaw, Law::Alaw) => &U_TO_A,
        _ => return,
    };
    for byte in payload {
        *byte = table[usize::from(*byte)];
    }
}

static A_TO_U: [u8; 256] = table(Law::Alaw, Law::Ulaw);
static U_TO_A: [u8; 256] = table(Law::Ulaw, Law::Alaw);

const fn table(from: Law, to: Law) -> [u8; 256] {
    let mut out = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        out[byte] = to.encode(from.decode(byte as u8));
        byte += 1;
    }
    out
}

const fn alaw_to_linear(byte: u8) -> i16 {
    let bits = byte ^ 0x55;
    let exponent = (bits >> 4) & 7;
    let mantissa = ((bits & 15) as i16) << 4;
    let magnitude = match exponent {
        0 => mantissa + 8,
        e => (mantissa + 0x108) << (e - 1),
    };
    if bits & 0x80 != 0 { magnitude } else { -magnitude }
}

const fn linear_to_alaw(sample: i16) -> u8 {
    let sign: u8 = if sample >= 0 { 0x80 } else { 0 };
    let mut rest = (if sample < 0 { !sample } else { sample }) >> 4;
    let mut exponent = 0;
    if rest > 15 {
        exponent = 1;
        while rest > 31 {
            rest >>= 1;
            exponent += 1;
        }
    }
    (sign | (exponent << 4) | (rest & 15) as u8) ^ 0x55
}

const fn ulaw_to_linear(byte: u8) -> i16 {
    let bits = !byte;
    let exponent = (bits >> 4) & 7;
    let magnitude = (((((bits & 15) as i16) << 3) + 0x84) << exponent) - 0x84;
    if bits & 0x80 != 0 { -magnitude } else { magnitude }
}

const fn linear_to_ulaw(sample: i16) -> u8 {
    let sign: u8 = if sample < 0 { 0x80 } else { 0 };
    let wide = if sample < 0 { -(sample as i32) } else { sample as i32 };
    let magnitude = (if wide > 32_635 { 32_635 } else { wide }) + 0x84;
    let mut exponent = 7;
    while exponent > 0 && magnitude & (0x80 << exponent) == 0 {
        exponent -= 1;
    }
    !(sign | (exponent << 4) as u8 | ((magnitude >> (exponent + 3)) & 15) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_returns_to_itself() {
        for byte in 0..=255u8 {
            assert_eq!(linear_to_alaw(alaw_to_linear(byte)), byte, "a-law {byte:#x}");
            // µ-law has two zeros; the negative one comes back as the positive.
            if byte != 0x7F {
                assert_eq!(linear_to_ulaw(ulaw_to_linear(byte)), byte, "µ-law {byte:#x}");
            }
        }
    }

    #[test]
    fn known_values_of_g711() {
        assert_eq!(alaw_to_linear(0xD5), 8);
        assert_eq!(alaw_to_linear(0xAA), 32_256);
        assert_eq!(ulaw_to_linear(0xFF), 0);
        assert_eq!(ulaw_to_linear(0x80), 32_124);
        assert_eq!(linear_to_ulaw(i16::MIN), 0x00);
    }

    #[test]
    fn the_laws_agree_within_a_quantum() {
        for sample in (-32_000..32_000).step_by(97) {
            let mut bytes = [linear_to_alaw(sample)];
            transcode(Law::Alaw, Law::Ulaw, &mut bytes);
            let back = i32::from(ulaw_to_linear(bytes[0]));
            let error = (back - i32::from(sample)).abs();
            assert!(error <= i32::from(sample).abs() / 12 + 32, "{sample} became {back}");
        }
    }
}
