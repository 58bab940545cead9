//! The wire format of Protocol Buffers, as much of it as extracts need: numbered fields of numbers and bytes.

/// What is wrong with a message.
pub(super) const SHORT: &str = "a message ends too early";

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// A number.
    Number(u64),
    /// A text, a message, or numbers one after the other.
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    /// The bytes; an error where a number was met.
    pub fn bytes(self) -> Result<&'a [u8], String> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Number(number) => Err(format!("a field is the number `{number}`, expected bytes")),
        }
    }
    /// The number; an error where bytes were met.
    pub fn number(self) -> Result<u64, String> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Bytes(bytes) => Err(format!("a field has `{}` bytes, expected a number", bytes.len())),
        }
    }
    /// All numbers of a repeated field, whether packed or alone.
    pub fn numbers(self, into: &mut Vec<u64>) -> Result<(), String> {
        match self {
            Self::Number(number) => into.push(number),
            Self::Bytes(mut bytes) => {
                while !bytes.is_empty() {
                    into.push(varint(&mut bytes)?);
                }
            }
        }
        Ok(())
    }
}

/// The fields of a message, one after the other.
pub(super) struct Fields<'a>(pub &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), String>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.is_empty()).then(|| self.field())
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Result<(u64, Value<'a>), String> {
        let read = self.read();
        if read.is_err() {
            // Nothing after a broken field means anything.
            self.0 = &[];
        }
        read
    }
    fn read(&mut self) -> Result<(u64, Value<'a>), String> {
        let key = varint(&mut self.0)?;
        let value = match key & 7 {
            0 => Value::Number(varint(&mut self.0)?),
            1 => Value::Bytes(take(&mut self.0, 8)?),
            2 => {
                let length = usize::try_from(varint(&mut self.0)?).map_err(|_| SHORT)?;
                Value::Bytes(take(&mut self.0, length)?)
            }
            5 => Value::Bytes(take(&mut self.0, 4)?),
            kind => return Err(format!("a field is of the kind `{kind}`, expected `0`, `1`, `2` or `5`")),
        };
        Ok((key >> 3, value))
    }
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], String> {
    let (taken, rest) = bytes.split_at_checked(length).ok_or(SHORT)?;
    *bytes = rest;
    Ok(taken)
}

/// A number in groups of seven bits, the lowest first.
fn varint(bytes: &mut &[u8]) -> Result<u64, String> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(SHORT)?;
        *bytes = rest;
        number |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return Ok(number);
        }
    }
    Err("a number has more than ten bytes".to_owned())
}

/// A signed number whose sign is the lowest bit.
pub(super) fn zigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_every_kind_are_read() {
        // 1: 300, 2: "ab", 3: four bytes, 4: eight bytes.
        let mut message = vec![0x08, 0xac, 0x02, 0x12, 2, b'a', b'b', 0x1d, 1, 2, 3, 4, 0x21];
        message.extend([9; 8]);
        let fields: Vec<_> = Fields(&message).collect::<Result<_, _>>().expect("a message");
        assert_eq!(fields[0], (1, Value::Number(300)));
        assert_eq!(fields[1], (2, Value::Bytes(b"ab")));
        assert_eq!(fields[2], (3, Value::Bytes(&[1, 2, 3, 4])));
        assert_eq!(fields[3], (4, Value::Bytes(&[9; 8])));
        assert_eq!([0, 1, 2, 3].map(zigzag), [0, -1, 1, -2]);
    }

    #[test]
    fn what_is_cut_short_or_of_no_kind_is_refused() {
        for message in [
            &[0x08][..],
            &[0x08, 0x80],
            &[0x12, 5, b'a'],
            &[0x0b],
            &[0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
        ] {
            let read: Result<Vec<_>, _> = Fields(message).collect();
            assert!(read.is_err(), "{message:?}");
        }
    }
}
