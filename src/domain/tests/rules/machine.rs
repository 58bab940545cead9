//! The laws that every state machine keeps, tried by walks through it.

use domain::refusal::Refusal;
use proptest::{prelude::*, test_runner::TestCaseError};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

/// What a walk may do with an aggregate.
pub trait Machine: Clone + PartialEq + Debug {
    type Event: Clone + PartialEq + Debug;
    /// Minutes between two steps of a walk.
    const STEP: i64 = 7;
    fn decide(&self, event: Self::Event, minute: i64) -> Result<Self::Event, Refusal>;
    fn apply(&mut self, event: &Self::Event, minute: i64);
    fn ver(&self) -> u64;
    /// The word of the state, as on the wire.
    fn state(&self) -> String;
}

/// The word that a state has on the wire.
pub fn word(state: &impl serde::Serialize) -> String {
    serde_json::to_value(state).expect("a state is a word").as_str().expect("a state is a word").to_owned()
}

pub type Ways = BTreeSet<(String, String)>;

/// The drawing: `from > to`, one a line or separated by commas.
pub fn drawn(text: &str) -> Ways {
    let ways = text.split(['\n', ',']).map(str::trim).filter(|way| !way.is_empty());
    ways.map(|way| {
        let (from, to) = way.split_once('>').expect("a way is `from > to`");
        (from.trim().to_owned(), to.trim().to_owned())
    })
    .collect()
}

/// Takes a walk and holds the laws at every step: `decide` never panics and changes nothing, `apply` makes the version
/// one more, a refusal names what is wrong, and the events alone give the same value again.
pub fn walk<M: Machine>(start: &M, events: &[M::Event], picks: &[u16]) -> Result<Ways, TestCaseError> {
    let (mut now, mut kept, mut ways) = (start.clone(), Vec::new(), Ways::new());
    for (step, pick) in picks.iter().enumerate() {
        let minute = step as i64 * M::STEP;
        let possible: Vec<&M::Event> =
            events.iter().filter(|e| now.decide((*e).clone(), minute).is_ok()).collect();
        // One step of four is tried blindly, the others go somewhere.
        let blind = pick % 4 == 0 || possible.is_empty();
        let choice = usize::from(*pick / 4);
        let event = if blind { &events[choice % events.len()] } else { possible[choice % possible.len()] };
        let before = now.clone();
        match now.decide(event.clone(), minute) {
            Ok(decided) => {
                prop_assert_eq!(&decided, event, "what is decided is what was asked");
                now.apply(&decided, minute);
                prop_assert_eq!(now.ver(), before.ver() + 1, "{:?}", event);
                let from = if before.ver() == 0 { "new".to_owned() } else { before.state() };
                if from != now.state() {
                    ways.insert((from, now.state()));
                }
                kept.push((decided, minute));
            }
            Err(refusal) => {
                prop_assert!(!refusal.detail.is_empty() && !refusal.code.is_empty());
                prop_assert_eq!(&now, &before, "a refusal changes nothing");
            }
        }
    }
    let mut again = start.clone();
    kept.iter().for_each(|(event, minute)| again.apply(event, *minute));
    prop_assert_eq!(again, now, "the events alone give the same value");
    Ok(ways)
}

/// Values of each state that are tried out, at most.
const SAMPLES: usize = 250;

/// Every way that is found when every event is tried on many values of every state.
pub fn found<M: Machine>(start: &M, events: &[M::Event]) -> Ways {
    let mut dice: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let (mut waiting, mut ways) = (vec![(start.clone(), 0)], Ways::new());
    while !waiting.is_empty() {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (value, depth) = waiting.swap_remove((dice >> 33) as usize % waiting.len());
        let minute = depth * M::STEP;
        for event in events {
            let Ok(decided) = value.decide(event.clone(), minute) else { continue };
            let mut next = value.clone();
            next.apply(&decided, minute);
            let (from, to) = (if value.ver() == 0 { "new".into() } else { value.state() }, next.state());
            let samples = seen.entry(to.clone()).or_default();
            let fresh = from != to && ways.insert((from, to));
            if fresh || *samples < SAMPLES {
                *samples += 1;
                waiting.push((next, depth + 1));
            }
        }
    }
    ways
}

/// Holds the found ways against the drawing, and the final states against leaving.
pub fn hold(found: &Ways, drawing: &str, finals: &[&str]) {
    let drawing = drawn(drawing);
    let strange: Vec<_> = found.difference(&drawing).collect();
    let missing: Vec<_> = drawing.difference(found).collect();
    assert!(strange.is_empty(), "ways that are not drawn: {strange:?}");
    assert!(missing.is_empty(), "ways that nobody can go: {missing:?}");
    for last in finals {
        assert!(found.iter().any(|(_, to)| to == last), "`{last}` is never reached");
        assert!(found.iter().all(|(from, _)| from != last), "`{last}` is left again");
    }
}

/// The refusal must have the code, and its text must name the value.
pub fn refused<T: Debug>(outcome: Result<T, Refusal>, code: &str, names: &str) {
    let refusal = outcome.expect_err(code);
    assert_eq!(refusal.code, code, "{refusal}");
    assert!(refusal.detail.contains(names), "`{refusal}` does not name `{names}`");
    assert!(!refusal.detail.ends_with('.'), "{refusal}");
}
