//! The single committer: takes the batches that wait, keeps them in one transaction, repeats.
//!
//! There is no timer: an idle store commits a lone batch at once, a busy one finds more batches
//! waiting after every commit.

use crate::{
    connect::Engine,
    convert::{key_of, list, to_json},
    failure::StoreError,
    journal::first_cause,
    plan::{self, Plan, Truth},
    transaction::{MOVED, Transaction},
};
use domain::ports::{Batch, JournalError, Table};
use std::time::{Duration, Instant};
use surrealdb::{
    Surreal,
    engine::any::Any,
    types::{QueryError, RecordId, RecordIdKey, SurrealValue, Value, Variables},
};
use tokio::sync::{mpsc, oneshot};

/// The most batches of one commit.
const GROUP: usize = 256;
/// How often a group is sorted again before its callers are told that the store is contested.
const TRIES: usize = 8;
/// How often old answers of commands are thrown away.
const SWEEP: Duration = Duration::from_secs(3600);

type Verdict = Result<(), JournalError>;

/// A batch and who waits for it.
#[derive(Debug)]
pub(crate) struct Ask {
    /// What is to be kept.
    pub(crate) batch: Batch,
    /// Told once it is kept or refused.
    pub(crate) done: oneshot::Sender<Verdict>,
}

/// How a transaction ended.
enum Outcome {
    Kept,
    /// Somebody else wrote what it touched; nothing was kept.
    Moved,
    /// The database refused a statement; nothing was kept.
    Refused(String),
    /// Nobody knows; it is not tried again.
    Unclear(String),
}

/// How a group ended.
enum Settled {
    Each(Vec<Verdict>),
    /// One batch has spoilt the group; nothing was kept.
    Spoilt,
}

struct Committer {
    db: Surreal<Any>,
    /// The number of the last fact; unknown at first and after an unclear outcome.
    head: Option<u64>,
}

/// Serves until the last store handle is gone.
pub(crate) async fn run(db: Surreal<Any>, engine: Engine, mut asks: mpsc::Receiver<Ask>) {
    let mut committer = Committer { db, head: None };
    let mut swept: Option<Instant> = None;
    let mut next: Option<Ask> = None;
    loop {
        let Some(first) = (match next.take() {
            Some(ask) => Some(ask),
            None => asks.recv().await,
        }) else {
            return;
        };
        let mut weight = Plan::weight(&first.batch);
        let mut group = vec![first];
        // those whose commit has just ended get a chance to hand in the next one
        tokio::task::yield_now().await;
        while group.len() < GROUP {
            let Ok(ask) = asks.try_recv() else { break };
            weight += Plan::weight(&ask.batch);
            if weight > engine.chunk() {
                next = Some(ask);
                break;
            }
            group.push(ask);
        }
        committer.serve(group).await;
        if swept.is_none_or(|at| at.elapsed() > SWEEP) {
            swept = Some(Instant::now());
            committer.sweep().await;
        }
    }
}

impl Committer {
    /// Keeps a group and tells everybody; a batch that spoils its group fails alone.
    async fn serve(&mut self, group: Vec<Ask>) {
        let (batches, waiting): (Vec<Batch>, Vec<_>) =
            group.into_iter().map(|ask| (ask.batch, ask.done)).unzip();
        let all: Vec<&Batch> = batches.iter().collect();
        let verdicts = match self.settle(&all).await {
            Settled::Each(verdicts) => verdicts,
            Settled::Spoilt => {
                let mut verdicts = Vec::with_capacity(all.len());
                for batch in &all {
                    if let Settled::Each(one) = self.settle(&[batch]).await {
                        verdicts.extend(one);
                    }
                }
                verdicts
            }
        };
        for (done, verdict) in waiting.into_iter().zip(verdicts) {
            let _gone = done.send(verdict);
        }
    }

    async fn settle(&mut self, group: &[&Batch]) -> Settled {
        let refuse_all = |reason: String| {
            Settled::Each(group.iter().map(|_| Err(JournalError::Store { reason: reason.clone() })).collect())
        };
        let mut truth: Option<Truth> = None;
        for _ in 0..TRIES {
            let Some(plan) = Plan::of(group, truth.as_ref()) else {
                match self.read(group).await {
                    Ok(read) => truth = Some(read),
                    Err(error) => return refuse_all(error.to_string()),
                }
                continue;
            };
            if plan.kept.is_empty() {
                return Settled::Each(plan.verdicts);
            }
            match self.write(&plan).await {
                Outcome::Kept => return Settled::Each(plan.verdicts),
                Outcome::Moved => match self.read(group).await {
                    Ok(read) => truth = Some(read),
                    Err(error) => return refuse_all(error.to_string()),
                },
                Outcome::Refused(_) if group.len() > 1 => return Settled::Spoilt,
                Outcome::Refused(reason) => return refuse_all(reason),
                Outcome::Unclear(reason) => {
                    self.head = None;
                    return refuse_all(format!("the outcome is unclear: {reason}"));
                }
            }
        }
        refuse_all(format!("other writers came first `{TRIES}` times"))
    }

    async fn write(&mut self, plan: &Plan<'_>) -> Outcome {
        let head = match self.head().await {
            Ok(head) => head,
            Err(error) => return Outcome::Refused(error.to_string()),
        };
        let (transaction, after) = Transaction::of(plan, head);
        let outcome = send(&self.db, transaction).await;
        if matches!(outcome, Outcome::Kept) {
            self.head = Some(after);
        }
        outcome
    }

    async fn head(&mut self) -> Result<u64, StoreError> {
        if let Some(head) = self.head {
            return Ok(head);
        }
        let head = head(&self.db).await?;
        self.head = Some(head);
        Ok(head)
    }

    /// Reads what the store holds of what a group touches.
    async fn read(&mut self, group: &[&Batch]) -> Result<Truth, StoreError> {
        self.head = None;
        let rows = group.iter().flat_map(|batch| &batch.rows);
        let ids = rows
            .map(|row| Value::RecordId(RecordId::new(row.table.name(), RecordIdKey::Uuid(row.key.into()))));
        let commands =
            plan::commands(group).into_iter().map(|c| Value::RecordId(RecordId::new("command", c)));
        let bound =
            Variables::from_iter([("ids".to_owned(), list(ids)), ("commands".to_owned(), list(commands))]);
        let mut answer = self
            .db
            .query("SELECT id, ver FROM $ids; SELECT id, answer FROM $commands")
            .bind(bound)
            .await?
            .check()?;
        let versions: Vec<Version> = answer.take(0)?;
        let answers: Vec<Answer> = answer.take(1)?;
        let mut truth = Truth::default();
        for Version { id, ver } in versions {
            let table = Table::ALL.into_iter().find(|table| table.name() == id.table.as_str());
            if let Some(table) = table {
                truth.versions.insert((table.name(), key_of(&id)?), u64::try_from(ver).unwrap_or(0));
            }
        }
        for Answer { id, answer } in answers {
            if let RecordIdKey::String(command) = id.key {
                truth.answers.insert(command, to_json(answer));
            }
        }
        Ok(truth)
    }

    /// Throws away answers of commands older than seven days.
    async fn sweep(&self) {
        let swept = self.db.query("DELETE command WHERE at < time::now() - 7d RETURN NONE").await;
        if let Err(error) = swept.and_then(surrealdb::IndexedResults::check) {
            tracing::warn!(%error, "old answers of commands stay for another hour");
        }
    }
}

#[derive(SurrealValue)]
struct Version {
    id: RecordId,
    ver: i64,
}

#[derive(SurrealValue)]
struct Answer {
    id: RecordId,
    answer: Value,
}

/// The number of the last fact.
pub(crate) async fn head(db: &Surreal<Any>) -> Result<u64, StoreError> {
    let mut answer = db.query("SELECT VALUE ver FROM ONLY head:event").await?.check()?;
    let head: Option<i64> = answer.take(0)?;
    Ok(head.and_then(|head| u64::try_from(head).ok()).unwrap_or(0))
}

async fn send(db: &Surreal<Any>, transaction: Transaction) -> Outcome {
    let bound = Variables::from_iter(transaction.bound);
    let mut answer = match db.query(transaction.text).bind(bound).await {
        Ok(answer) => answer,
        Err(error) => return Outcome::Unclear(error.to_string()),
    };
    let commit = answer.num_statements().saturating_sub(1);
    let errors = answer.take_errors();
    let is_conflict =
        errors.values().any(|e| matches!(e.query_details(), Some(QueryError::TransactionConflict)));
    let only_commit = errors.contains_key(&commit) && errors.len() == 1;
    match first_cause(errors) {
        None => Outcome::Kept,
        Some(_) if is_conflict => Outcome::Moved,
        Some(error) if error.is_thrown() && error.message().contains(MOVED) => Outcome::Moved,
        Some(error) if only_commit => Outcome::Unclear(error.to_string()),
        Some(error) => Outcome::Refused(error.to_string()),
    }
}
