//! Schema and data migrations: files of this crate, applied in order, each in one transaction.
//!
//! A schema file is applied again when it has changed (`DEFINE … OVERWRITE` rebuilds indexes, so an
//! unchanged one is left alone). A migration is applied once; an edited one is refused.

use crate::failure::StoreError;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use surrealdb::{Surreal, engine::any::Any, types::SurrealValue};

/// A file with SurrealQL.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Script {
    /// The file's name; files are applied in its order.
    pub(crate) name: &'static str,
    /// What it says.
    pub(crate) text: &'static str,
}

/// Lists files of a folder of this crate.
macro_rules! scripts {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$(Script { name: $name, text: include_str!(concat!($folder, "/", $name)) }),*]
    };
}

/// Tables, fields, indexes, analyzers.
pub(crate) const SCHEMA: &[Script] = scripts!["schema":
    "05_company.surql", "06_policy.surql", "10_clients.surql", "20_places.surql", "30_agreements.surql", "31_schedules.surql", "40_workforce.surql", "41_skills.surql", "42_branches.surql", "50_work.surql", "51_templates.surql",
    "60_calls.surql", "70_billing.surql", "75_graph.surql", "78_imports.surql", "79_hooks.surql", "79_lines.surql", "79_zones.surql", "80_journal.surql", "90_access.surql",
];

/// Changes of data, by number.
pub(crate) const MIGRATIONS: &[Script] = scripts!["migrations": "0001_head.surql"];

/// Where the applied files are written down; defined before every other table.
const LEDGER: &str = "
    DEFINE TABLE IF NOT EXISTS migration TYPE NORMAL SCHEMAFULL PERMISSIONS NONE;
    DEFINE FIELD IF NOT EXISTS sha256 ON migration TYPE string;
    DEFINE FIELD IF NOT EXISTS at ON migration TYPE datetime;
";

/// Is a file applied?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Applied as it is now.
    Applied,
    /// Not applied yet.
    Pending,
    /// Applied, edited since: a schema file will be applied again, a migration is refused.
    Edited,
    /// Applied by a newer program.
    Unknown,
}

/// One line of the listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The file.
    pub name: String,
    /// How it stands.
    pub standing: Standing,
}

/// A line of the ledger.
#[derive(SurrealValue)]
struct Entry {
    name: String,
    sha256: String,
}

/// Brings the store to the form this program knows.
pub(crate) async fn bring(
    db: &Surreal<Any>,
    schema: &[Script],
    migrations: &[Script],
) -> Result<(), StoreError> {
    db.query(LEDGER).await?.check()?;
    let ledger = ledger(db).await?;
    for (name, applied) in &ledger {
        let is_known = schema.iter().chain(migrations).any(|script| script.name == name);
        if !is_known && name.starts_with('0') {
            return Err(StoreError::Unknown { name: name.clone() });
        }
        if let Some(script) = migrations.iter().find(|m| m.name == name)
            && hash(script.text) != *applied
        {
            return Err(StoreError::Drift {
                name: name.clone(),
                applied: applied.clone(),
                found: hash(script.text),
            });
        }
    }
    for script in schema.iter().filter(|s| ledger.get(s.name) != Some(&hash(s.text))) {
        apply(db, script).await?;
    }
    for script in migrations.iter().filter(|m| !ledger.contains_key(m.name)) {
        apply(db, script).await?;
    }
    Ok(())
}

/// How every file stands, in the order of application.
pub(crate) async fn standing(db: &Surreal<Any>) -> Result<Vec<Applied>, StoreError> {
    let mut ledger = ledger(db).await?;
    let mut all = Vec::new();
    for script in SCHEMA.iter().chain(MIGRATIONS) {
        let standing = match ledger.remove(script.name) {
            None => Standing::Pending,
            Some(applied) if applied == hash(script.text) => Standing::Applied,
            Some(_) => Standing::Edited,
        };
        all.push(Applied { name: script.name.into(), standing });
    }
    all.extend(ledger.into_keys().map(|name| Applied { name, standing: Standing::Unknown }));
    Ok(all)
}

async fn ledger(db: &Surreal<Any>) -> Result<BTreeMap<String, String>, StoreError> {
    let answer = db.query("SELECT record::id(id) AS name, sha256 FROM migration").await?.check();
    let mut answer = match answer {
        // a store that nobody has opened yet
        Err(error) if error.is_not_found() => return Ok(BTreeMap::new()),
        other => other?,
    };
    let entries: Vec<Entry> = answer.take(0)?;
    Ok(entries.into_iter().map(|entry| (entry.name, entry.sha256)).collect())
}

async fn apply(db: &Surreal<Any>, script: &Script) -> Result<(), StoreError> {
    let text = format!(
        "BEGIN;\n{}\nUPSERT type::record('migration', $name) SET sha256 = $sha256, at = time::now();\nCOMMIT;",
        script.text
    );
    let bound = [("name".to_owned(), script.name.to_owned()), ("sha256".to_owned(), hash(script.text))];
    let mut answer = db.query(text).bind(bound.into_iter().collect::<BTreeMap<_, _>>()).await?;
    match crate::journal::first_cause(answer.take_errors()) {
        None => {
            tracing::info!(store.script = script.name, "applied a file of the schema");
            Ok(())
        }
        Some(error) => Err(error.into()),
    }
}

/// SHA-256 in hex.
fn hash(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// Bytes in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::connect;

    #[tokio::test(flavor = "multi_thread")]
    async fn an_edited_migration_is_refused_by_name() {
        let db = connect("mem://").await.expect("opens");
        bring(&db, &[], &[Script { name: "0001_a.surql", text: "DEFINE TABLE a;" }])
            .await
            .expect("first time");
        bring(&db, &[], &[Script { name: "0001_a.surql", text: "DEFINE TABLE a;" }])
            .await
            .expect("unchanged");
        let refusal = bring(&db, &[], &[Script { name: "0001_a.surql", text: "DEFINE TABLE b;" }])
            .await
            .expect_err("edited");
        assert!(matches!(&refusal, StoreError::Drift { name, .. } if name == "0001_a.surql"), "{refusal}");
        let refusal = bring(&db, &[], &[]).await.expect_err("not known here");
        assert!(matches!(&refusal, StoreError::Unknown { name } if name == "0001_a.surql"), "{refusal}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_broken_migration_leaves_nothing() {
        let db = connect("mem://").await.expect("opens");
        let broken = Script { name: "0001_b.surql", text: "DEFINE TABLE half; THROW 'no';" };
        bring(&db, &[], &[broken]).await.expect_err("throws");
        assert!(ledger(&db).await.expect("asks").is_empty());
    }
}
