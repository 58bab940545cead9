//! Which batches of a group may be kept, decided without the database.
//!
//! First the group is taken at its word: every row is assumed to be at the version its first batch
//! expects, and the transaction proves it. When it does not hold, the true versions are read and the
//! group is sorted again: each batch that does not fit is refused, the others are kept.

use domain::ports::{Batch, JournalError, Row, Table};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// A row's place.
pub(crate) type Place = (&'static str, Uuid);

/// What the store holds of what a group touches.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    /// Versions of the rows that exist.
    pub(crate) versions: HashMap<Place, u64>,
    /// Answers of the commands that were carried out.
    pub(crate) answers: HashMap<String, Json>,
}

/// A group sorted into what is kept and what is refused.
#[derive(Debug, Default)]
pub(crate) struct Plan<'a> {
    /// For each batch of the group: kept, or why not.
    pub(crate) verdicts: Vec<Result<(), JournalError>>,
    /// The version each touched row must have in the store; 0 = must not exist.
    pub(crate) expected: BTreeMap<Place, u64>,
    /// The last state of each row.
    pub(crate) rows: BTreeMap<Place, &'a Row>,
    /// The batches that are kept, in their order.
    pub(crate) kept: Vec<&'a Batch>,
}

impl<'a> Plan<'a> {
    /// Sorts a group. Without the truth, gives nothing when two batches contradict each other.
    pub(crate) fn of(group: &[&'a Batch], truth: Option<&Truth>) -> Option<Self> {
        let mut plan = Self::default();
        let mut now: HashMap<Place, u64> = HashMap::new();
        let mut answers: HashMap<&str, &Json> = HashMap::new();
        if let Some(truth) = truth {
            now.clone_from(&truth.versions);
            answers.extend(truth.answers.iter().map(|(command, answer)| (command.as_str(), answer)));
        }
        for &batch in group {
            let verdict = match repeated(batch, &answers) {
                Some(refusal) => Err(refusal),
                None => step(batch, &mut now, truth.is_some()),
            };
            if verdict.is_err() && truth.is_none() {
                return None;
            }
            if verdict.is_ok() {
                plan.keep(batch);
                if let Some(command) = &batch.command {
                    answers.insert(command, &batch.answer);
                }
            }
            plan.verdicts.push(verdict);
        }
        Some(plan)
    }

    fn keep(&mut self, batch: &'a Batch) {
        for row in &batch.rows {
            let place = (row.table.name(), row.key);
            self.expected.entry(place).or_insert(row.was);
            self.rows.insert(place, row);
        }
        self.kept.push(batch);
    }

    /// How many records the transaction writes.
    pub(crate) fn weight(batch: &Batch) -> usize {
        let edges = |row: &&Row| matches!(row.table, Table::Point | Table::Unit | Table::Agreement);
        batch.facts.len() + batch.rows.len() + batch.rows.iter().filter(edges).count()
    }
}

/// Commands of a group.
pub(crate) fn commands<'a>(group: &[&'a Batch]) -> BTreeSet<&'a str> {
    group.iter().filter_map(|batch| batch.command.as_deref()).collect()
}

fn repeated(batch: &Batch, answers: &HashMap<&str, &Json>) -> Option<JournalError> {
    let command = batch.command.as_deref()?;
    let answer = answers.get(command)?;
    Some(JournalError::Repeated { command: command.to_owned(), answer: (*answer).clone() })
}

/// Moves the versions by one batch, or leaves all of them as they were.
fn step(batch: &Batch, now: &mut HashMap<Place, u64>, is_true: bool) -> Result<(), JournalError> {
    let mut moved: HashMap<Place, u64> = HashMap::new();
    for row in &batch.rows {
        let place = (row.table.name(), row.key);
        let version = moved.get(&place).or_else(|| now.get(&place)).copied();
        let version = version.unwrap_or(if is_true { 0 } else { row.was });
        if version != row.was || row.ver <= row.was {
            return Err(JournalError::Stale { table: row.table.name(), key: row.key, was: row.was });
        }
        moved.insert(place, row.ver);
    }
    now.extend(moved);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn batch(key: u128, was: u64, command: Option<&str>) -> Batch {
        let row = Row { table: Table::Visit, key: Uuid::from_u128(key), ver: was + 1, was, doc: json!({}) };
        Batch { command: command.map(Into::into), answer: json!(was), facts: vec![], rows: vec![row] }
    }

    #[test]
    fn a_chain_of_versions_is_one_row_with_the_first_expectation() {
        let (first, second) = (batch(1, 4, None), batch(1, 5, None));
        let plan = Plan::of(&[&first, &second], None).expect("no contradiction");
        assert_eq!(plan.expected.values().collect::<Vec<_>>(), [&4]);
        assert_eq!(plan.rows.values().map(|r| r.ver).collect::<Vec<_>>(), [6]);
    }

    #[test]
    fn two_heirs_of_one_version_ask_for_the_truth_and_the_second_is_refused() {
        let (first, second, other) = (batch(1, 4, None), batch(1, 4, None), batch(2, 0, None));
        let group = [&first, &second, &other];
        assert!(Plan::of(&group, None).is_none());
        let truth = Truth { versions: [(("visit", Uuid::from_u128(1)), 4)].into(), ..Truth::default() };
        let plan = Plan::of(&group, Some(&truth)).expect("the truth is known");
        assert_eq!(plan.verdicts.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(plan.kept.len(), 2);
    }

    #[test]
    fn a_command_given_twice_in_one_group_gets_the_first_answer() {
        let (first, second) = (batch(1, 0, Some("c")), batch(2, 9, Some("c")));
        let plan = Plan::of(&[&first, &second], Some(&Truth::default())).expect("the truth is known");
        let repeated = JournalError::Repeated { command: "c".into(), answer: json!(0) };
        assert_eq!(plan.verdicts, [Ok(()), Err(repeated)]);
    }
}
