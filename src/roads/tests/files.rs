//! The file of prepared roads: written, read, and refused where it is not what it was.

use crate::data::{Dice, town};
use roads::{FileError, Network, Traffic};
use std::fs;

#[test]
fn what_is_read_answers_as_what_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("town.roads");
    let network = Network::prepare(town(9), Traffic::default());
    network.save(&file).expect("written");
    let again = Network::load(&file).expect("read");
    assert_eq!(again.graph(), network.graph());
    assert_eq!(again.traffic(), network.traffic());
    let mut dice = Dice(1);
    for hour in 0..24 {
        let (from, to) = (dice.node(network.graph()), dice.node(network.graph()));
        assert_eq!(again.hierarchy(hour).between(from, to), network.hierarchy(hour).between(from, to));
    }
    assert!(!folder.path().join("town.roads.part").exists(), "nothing is left beside it");
}

#[test]
fn a_file_that_is_not_what_was_written_is_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("town.roads");
    Network::prepare(town(9), Traffic::none()).save(&file).expect("written");
    let good = fs::read(&file).expect("read");
    let told = |bytes: &[u8]| {
        fs::write(&file, bytes).expect("written");
        Network::load(&file).expect_err("not what was written")
    };
    let flipped = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    assert!(matches!(told(b"PK"), FileError::Other(_)));
    assert!(matches!(told(&flipped(8)), FileError::Version { found: 0, .. }));
    let damaged = told(&flipped(good.len() / 2));
    assert!(damaged.to_string().contains("its checksum is"), "{damaged}");
    let short = told(&good[..good.len() - 5]);
    assert!(short.to_string().contains("bytes of content, expected"), "{short}");
    assert!(matches!(told(&good[..15]), FileError::Damaged { .. }));
    assert!(matches!(told(&[]), FileError::Other(_)));
    fs::remove_file(&file).expect("removed");
    assert!(matches!(Network::load(&file), Err(FileError::Io { .. })));
}
