//! A recording is compared, sample by sample, with what was said.

use std::path::{Path, PathBuf};
use std::time::Duration;

use telephony::media::law::Law;
use telephony::media::wav::WAV_HEADER;
use telephony::phone::audio::Voice;
use telephony::{Audio, Counted, LegCommand, LegId, LineEvent};

use crate::house::{House, until};

const SILENCE: u8 = Law::Alaw.silence();

fn path(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("callout-line-{}", std::process::id()));
    folder.join(format!("{name}.wav"))
}

/// Left and right of a file.
fn sides(path: &Path) -> [Vec<u8>; 2] {
    let bytes = std::fs::read(path).expect("a recording");
    let data = &bytes[WAV_HEADER..];
    [0, 1].map(|side| data.iter().skip(side).step_by(2).copied().collect())
}

/// Everything this voice says in so many packets.
fn said(audio: Audio, packets: u64) -> Vec<u8> {
    let mut voice = Voice::new(audio);
    (0..packets).flat_map(|_| voice.frame()).collect()
}

/// Lays the recording over what was said; returns the stretches where it is silent and the voice is not.
fn holes(recorded: &[u8], said: &[u8]) -> Vec<(usize, usize)> {
    let begin = recorded.iter().position(|byte| *byte != SILENCE).expect("somebody spoke");
    let probe = &recorded[begin..begin + 400];
    let at = said.windows(400).position(|window| window == probe).expect("the words of this voice");
    let mut holes: Vec<(usize, usize)> = Vec::new();
    for (n, byte) in recorded[begin..].iter().enumerate() {
        let place = begin + n;
        match said.get(at + n) {
            Some(expected) if expected == byte => {}
            Some(_) | None if *byte == SILENCE => match holes.last_mut() {
                Some((_, end)) if place - *end < 400 => *end = place + 1,
                _ => holes.push((place, place + 1)),
            },
            other => panic!("sample {place} is {byte:#x}, {other:?} was said"),
        }
    }
    // a telephone that lags behind the clock has said nothing more when the recording ends
    holes.retain(|(_, end)| *end < recorded.len());
    holes
}

async fn recorded(house: &mut House, leg: LegId) -> (PathBuf, Duration, u64) {
    loop {
        match house.event().await {
            LineEvent::Recorded { leg: of, path, length, dropped } if of == leg => {
                return (path, length, dropped);
            }
            LineEvent::Ended { .. } => {}
            other => panic!("a recording expected, got {other:?}"),
        }
    }
}

#[tokio::test]
async fn every_sample_of_both_sides_is_where_it_was_said() {
    let mut house = House::open();
    let (client, a) = house.conversation(Audio::Noise(11)).await;
    let (operator, b) = house.conversation(Audio::Noise(22)).await;
    house.order(LegCommand::Bridge { a, b });
    let file = path("whole");
    house.order(LegCommand::Record { leg: a, path: file.clone() });
    until("two seconds are said", || client.heard().packets > 110 && operator.heard().packets > 110).await;
    assert!(!file.exists(), "a file under its name is whole");
    house.order(LegCommand::Hangup { leg: a });
    let (path, length, dropped) = recorded(&mut house, a).await;
    assert_eq!((&path, dropped), (&file, 0));
    let [left, right] = sides(&path);
    assert!(length >= Duration::from_secs(2), "{length:?}");
    assert_eq!(left.len() as u128, length.as_micros() / 125);
    let heard = client.heard().sent.max(operator.heard().sent) + 10;
    let voiced = |side: &[u8]| side.iter().filter(|byte| **byte != SILENCE).count();
    assert!(
        voiced(&left) >= 100 * 160 && voiced(&right) >= 100 * 160,
        "{} {}",
        voiced(&left),
        voiced(&right)
    );
    assert_eq!(holes(&left, &said(Audio::Noise(11), heard)), []);
    assert_eq!(holes(&right, &said(Audio::Noise(22), heard)), []);
    std::fs::remove_file(path).expect("removed");
}

#[tokio::test]
async fn card_data_are_silence_on_both_sides() {
    let mut house = House::open();
    let (client, a) = house.conversation(Audio::Noise(31)).await;
    let (operator, b) = house.conversation(Audio::Noise(32)).await;
    house.order(LegCommand::Bridge { a, b });
    house.order(LegCommand::Record { leg: a, path: path("card") });
    let spoken = |more: u64| {
        let goal = client.heard().packets + more;
        let client = &client;
        move || client.heard().packets >= goal
    };
    until("something is said", spoken(60)).await;
    house.order(LegCommand::RecordPause { leg: a });
    until("the card is told", spoken(60)).await;
    house.order(LegCommand::RecordResume { leg: a });
    until("something more is said", spoken(60)).await;
    house.order(LegCommand::RecordStop { leg: a });
    let (path, _, dropped) = recorded(&mut house, a).await;
    assert_eq!(dropped, 0);
    let heard = client.heard().sent.max(operator.heard().sent) + 10;
    for (side, seed) in sides(&path).iter().zip([31, 32]) {
        let holes = holes(side, &said(Audio::Noise(seed), heard));
        let [(start, end)] = holes[..] else { panic!("one hole expected, got {holes:?}") };
        let packets = (end - start) / 160;
        assert!((40..=80).contains(&packets), "{packets} packets are silent");
        assert!(side[start..end].iter().all(|byte| *byte == SILENCE));
    }
    std::fs::remove_file(path).expect("removed");
}

#[tokio::test]
async fn a_name_that_is_taken_and_a_leg_that_is_gone_are_told() {
    let mut house = House::open();
    let (_client, leg) = house.conversation(Audio::Silence).await;
    let file = path("taken");
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    std::fs::write(&file, b"somebody else's").expect("written");
    house.order(LegCommand::Record { leg, path: file.clone() });
    house.order(LegCommand::RecordStop { leg });
    assert!(matches!(house.event().await, LineEvent::RecordFailed { leg: of, .. } if of == leg));
    assert_eq!(std::fs::read(&file).expect("still there"), b"somebody else's");
    house.order(LegCommand::Record { leg: LegId::fresh(), path: path("nobody") });
    until("the order is stale", || house.board.count(Counted::CommandsStale) == 1).await;
    std::fs::remove_file(file).expect("removed");
}

#[tokio::test]
async fn closing_the_house_finishes_what_is_recorded() {
    let mut house = House::open();
    let (client, leg) = house.conversation(Audio::Noise(5)).await;
    let file = path("closing");
    house.order(LegCommand::Record { leg, path: file.clone() });
    until("something is said", || client.heard().sent > 60).await;
    house.board.shutdown();
    tokio::task::spawn_blocking(move || house.board.join()).await.expect("threads end");
    let [left, _] = sides(&file);
    assert!(left.iter().any(|byte| *byte != SILENCE));
    std::fs::remove_file(file).expect("removed");
}
