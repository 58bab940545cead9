//! Everything in one file of JSON lines, and back into an empty store; the same on every engine.
//!
//! The first line names the form and its version, the last one counts the others and carries their
//! hash, so that a torn file is known before anything is loaded. An export is one snapshot.

use crate::{
    connect::Store,
    convert::{from_json, from_time, key_of, list, to_json, to_time},
    failure::StoreError,
    journal::{Event, first_cause},
    schema,
    snapshot::Snapshot,
    transaction::event,
};
use domain::ports::{Fact, Row, Table};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use surrealdb::types::{Datetime, Number, Object, RecordId, RecordIdKey, SurrealValue, Value, Variables};
use tokio::{
    fs::File,
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, BufWriter, Lines},
};

/// The name of the form.
const FORMAT: &str = "callout-export";
/// Its version; an older program refuses a newer file.
const VERSION: u32 = 1;

/// How much was exported or imported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows of all tables.
    pub rows: u64,
    /// Facts.
    pub facts: u64,
    /// Answers of commands.
    pub commands: u64,
}

/// One line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    Header { format: String, version: u32 },
    Row(Row),
    Fact { seq: u64, fact: Fact },
    Command { command: String, answer: Json, at: Timestamp },
    End { counts: Counts, sha256: String },
}

/// A row as it is read back.
#[derive(SurrealValue)]
struct Line {
    id: RecordId,
    ver: i64,
    doc: Value,
}

/// An answer of a command as it is read back.
#[derive(SurrealValue)]
struct Answer {
    id: RecordId,
    answer: Value,
    at: Datetime,
}

/// A file that is being written.
struct Sheet {
    file: BufWriter<File>,
    hash: Sha256,
    counts: Counts,
    path: PathBuf,
}

impl Store {
    /// Writes everything into a file; it appears under its name only when it is whole.
    pub async fn export(&self, path: &Path) -> Result<Counts, StoreError> {
        let torn = path.with_extension("part");
        let file =
            File::create(&torn).await.map_err(|source| StoreError::File { path: torn.clone(), source })?;
        let mut sheet =
            Sheet { file: BufWriter::new(file), hash: Sha256::new(), counts: Counts::default(), path: torn };
        let mut snapshot = Snapshot::of(&self.db).await?;
        let written = sheet.fill(&mut snapshot).await;
        snapshot.end().await?;
        written?;
        let (counts, torn) = (sheet.counts, sheet.finish().await?);
        tokio::fs::rename(&torn, path)
            .await
            .map_err(|source| StoreError::File { path: path.into(), source })?;
        Ok(counts)
    }

    /// Loads an export into an empty store. The file is read whole before the first row is written.
    pub async fn import(&self, path: &Path) -> Result<Counts, StoreError> {
        let found = self.counts().await?;
        if found != Counts::default() {
            return Err(StoreError::NotEmpty { rows: found.rows, facts: found.facts });
        }
        let expected = Pages::open(path).await?.check().await?;
        let mut pages = Pages::open(path).await?;
        let chunk = self.engine.chunk();
        let (mut rows, mut events, mut answers, mut head) = (Vec::new(), Vec::new(), Vec::new(), 0);
        while let Some(record) = pages.next().await? {
            match record {
                Record::Row(row) => rows.push(row),
                Record::Fact { seq, fact } => {
                    head = head.max(seq);
                    events.push(event(&fact, seq));
                }
                Record::Command { command, answer, at } => answers.push(kept(&command, answer, at)),
                Record::Header { .. } | Record::End { .. } => {}
            }
            if rows.len() >= chunk {
                self.load_many(std::mem::take(&mut rows)).await?;
            }
            if events.len() >= chunk {
                self.insert("INSERT INTO event $all RETURN NONE", list(std::mem::take(&mut events))).await?;
            }
            if answers.len() >= chunk {
                self.insert("INSERT INTO command $all RETURN NONE", list(std::mem::take(&mut answers)))
                    .await?;
            }
        }
        self.load_many(rows).await?;
        self.insert("INSERT INTO event $all RETURN NONE", list(events)).await?;
        self.insert("INSERT INTO command $all RETURN NONE", list(answers)).await?;
        let head = Value::Number(Number::Int(i64::try_from(head).unwrap_or(i64::MAX)));
        self.insert("UPDATE head:event SET ver = $all RETURN NONE", head).await?;
        Ok(expected)
    }

    /// How much the store holds.
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        let count = |table: &str| format!("RETURN (SELECT count() FROM {table} GROUP ALL)[0].count ?? 0;");
        let mut text: String = Table::ALL.iter().map(|table| count(table.name())).collect();
        text.push_str(&count("event"));
        text.push_str(&count("command"));
        let mut answer = self.db.query(text).await?.check()?;
        let mut numbers = Vec::new();
        for place in 0..answer.num_statements() {
            let number: Option<i64> = answer.take(place)?;
            numbers.push(number.and_then(|n| u64::try_from(n).ok()).unwrap_or(0));
        }
        let (rows, rest) = numbers.split_at(Table::ALL.len().min(numbers.len()));
        Ok(Counts {
            rows: rows.iter().sum(),
            facts: rest.first().copied().unwrap_or(0),
            commands: rest.get(1).copied().unwrap_or(0),
        })
    }

    async fn insert(&self, text: &'static str, all: Value) -> Result<(), StoreError> {
        let bound = Variables::from_iter([("all".to_owned(), all)]);
        let mut answer = self.db.query(text).bind(bound).await?;
        match first_cause(answer.take_errors()) {
            None => Ok(()),
            Some(error) => Err(error.into()),
        }
    }
}

impl Sheet {
    async fn fill(&mut self, snapshot: &mut Snapshot) -> Result<(), StoreError> {
        self.write(&Record::Header { format: FORMAT.into(), version: VERSION }).await?;
        for table in Table::ALL {
            while let Some(lines) = snapshot.next::<Line>("id, ver, doc", table.name()).await? {
                for Line { id, ver, doc } in lines {
                    let ver = u64::try_from(ver).unwrap_or(0);
                    self.counts.rows += 1;
                    self.write(&Record::Row(Row {
                        table,
                        key: key_of(&id)?,
                        ver,
                        was: 0,
                        doc: to_json(doc),
                    }))
                    .await?;
                }
            }
        }
        while let Some(events) = snapshot.next::<Event>("*", "event").await? {
            for event in events {
                let seq = match event.id.key {
                    RecordIdKey::Number(seq) => u64::try_from(seq).unwrap_or(0),
                    other => {
                        return Err(StoreError::Form {
                            what: "a fact's number",
                            found: format!("{other:?}"),
                        });
                    }
                };
                self.counts.facts += 1;
                self.write(&Record::Fact { seq, fact: event.fact()? }).await?;
            }
        }
        while let Some(answers) = snapshot.next::<Answer>("*", "command").await? {
            for Answer { id, answer, at } in answers {
                let RecordIdKey::String(command) = id.key else { continue };
                self.counts.commands += 1;
                self.write(&Record::Command { command, answer: to_json(answer), at: to_time(at)? }).await?;
            }
        }
        Ok(())
    }

    async fn write(&mut self, record: &Record) -> Result<(), StoreError> {
        let mut line = serde_json::to_string(record)
            .map_err(|error| StoreError::Form { what: "a record", found: error.to_string() })?;
        line.push('\n');
        self.hash.update(&line);
        self.file
            .write_all(line.as_bytes())
            .await
            .map_err(|source| StoreError::File { path: self.path.clone(), source })
    }

    async fn finish(mut self) -> Result<PathBuf, StoreError> {
        let sha256 = schema::hex(&self.hash.clone().finalize());
        self.write(&Record::End { counts: self.counts, sha256 }).await?;
        let wrong = |source| StoreError::File { path: self.path.clone(), source };
        self.file.flush().await.map_err(wrong)?;
        self.file.get_ref().sync_all().await.map_err(wrong)?;
        Ok(self.path)
    }
}

fn kept(command: &str, answer: Json, at: Timestamp) -> Value {
    let mut object = Object::new();
    object.insert("id", RecordId::new("command", command));
    object.insert("answer", from_json(answer));
    object.insert("at", from_time(at));
    Value::Object(object)
}

/// A file that is being read.
struct Pages {
    lines: Lines<BufReader<File>>,
    hash: Sha256,
    line: usize,
    path: PathBuf,
}

impl Pages {
    async fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).await.map_err(|source| StoreError::File { path: path.into(), source })?;
        Ok(Self { lines: BufReader::new(file).lines(), hash: Sha256::new(), line: 0, path: path.into() })
    }

    fn torn(&self, reason: impl ToString) -> StoreError {
        StoreError::Export { path: self.path.clone(), line: self.line, reason: reason.to_string() }
    }

    async fn next(&mut self) -> Result<Option<Record>, StoreError> {
        self.line += 1;
        let line = self.lines.next_line().await.map_err(|error| self.torn(error))?;
        let Some(line) = line else { return Ok(None) };
        let record: Record = serde_json::from_str(&line).map_err(|error| self.torn(error))?;
        if !matches!(record, Record::End { .. }) {
            self.hash.update(&line);
            self.hash.update("\n");
        }
        Ok(Some(record))
    }

    /// Reads to the end and compares form, counts and hash.
    async fn check(mut self) -> Result<Counts, StoreError> {
        match self.next().await? {
            Some(Record::Header { format, version }) if format == FORMAT && version <= VERSION => {}
            Some(Record::Header { format, version }) => {
                return Err(self
                    .torn(format!("`{format}` version `{version}`: expected `{FORMAT}` up to `{VERSION}`")));
            }
            _ => return Err(self.torn("expected a header")),
        }
        let mut found = Counts::default();
        while let Some(record) = self.next().await? {
            match record {
                Record::Row(_) => found.rows += 1,
                Record::Fact { .. } => found.facts += 1,
                Record::Command { .. } => found.commands += 1,
                Record::Header { .. } => return Err(self.torn("a second header")),
                Record::End { counts, sha256 }
                    if counts == found && sha256 == schema::hex(&self.hash.clone().finalize()) =>
                {
                    return match self.next().await? {
                        None => Ok(found),
                        Some(_) => Err(self.torn("expected nothing after the end")),
                    };
                }
                Record::End { .. } => return Err(self.torn("counts or hash differ from the lines above")),
            }
        }
        Err(self.torn("expected the end line"))
    }
}
