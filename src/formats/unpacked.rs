//! What a workbook becomes when it is unpacked. A few kilobytes may unpack to gigabytes (a "zip bomb"), and the sizes
//! that a workbook states of itself may lie, so it is unpacked once into nothing and counted before anybody keeps it.

use crate::sheet::SheetError;
use std::io::{Cursor, Read, copy, sink};

/// The most bytes that all parts of a workbook may unpack to: half a million lines of twenty cells stay below it.
pub(crate) const MOST: u64 = 768 << 20;

/// Counts what the parts unpack to; ends as soon as it is more than `most` bytes.
///
/// # Errors
/// It is more, or a part cannot be unpacked.
pub(crate) fn check(bytes: &[u8], most: u64) -> Result<(), SheetError> {
    let broken = |error: &dyn std::fmt::Display| SheetError::Workbook(error.to_string());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let mut left = most;
    for part in 0..archive.len() {
        let packed = archive.by_index(part).map_err(|error| broken(&error))?;
        let counted = copy(&mut packed.take(left + 1), &mut sink()).map_err(|error| broken(&error))?;
        left = left.checked_sub(counted).ok_or(SheetError::Unpacked(most >> 20))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::{ZipWriter, write::SimpleFileOptions};

    const MIB: u64 = 1 << 20;

    fn archive(parts: &[u64]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (no, mib) in parts.iter().enumerate() {
            writer.start_file(format!("xl/part{no}.xml"), SimpleFileOptions::default()).expect("a part");
            for _ in 0..*mib {
                writer.write_all(&[b' '; MIB as usize]).expect("its bytes");
            }
        }
        writer.finish().expect("an archive").into_inner()
    }

    #[test]
    fn all_parts_together_are_counted() {
        let bytes = archive(&[1, 2]);
        assert!(bytes.len() < 50_000, "it is small as long as it is packed");
        check(&bytes, 3 * MIB).expect("just enough");
        let refused = check(&bytes, 2 * MIB).expect_err("too much").to_string();
        assert!(refused.contains("more than 2 MiB"), "{refused}");
    }

    #[test]
    fn a_stated_size_that_lies_is_not_believed() {
        let mut bytes = archive(&[4]);
        let (stated, lie) = ((4 * MIB as u32).to_le_bytes(), 10u32.to_le_bytes());
        let places: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..at + 4] == stated).collect();
        assert!(!places.is_empty(), "the size is stated somewhere");
        places.iter().for_each(|at| bytes[*at..at + 4].copy_from_slice(&lie));
        check(&bytes, 2 * MIB).expect_err("refused, whatever it states");
    }

    #[test]
    fn what_is_no_archive_is_refused_in_words() {
        assert!(matches!(check(b"PK\x03\x04 torn", MIB), Err(SheetError::Workbook(_))));
    }
}
