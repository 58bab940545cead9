//! Why the store did not do what was asked.

use std::path::PathBuf;

/// Why the store could not be opened, filled, exported or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database said no.
    #[error("the database refused: {0}")]
    Database(#[from] Box<surrealdb::Error>),
    /// The address has an unknown scheme or no place in it.
    #[error("`{url}` is not a store's address: expected `mem://`, `surrealkv://DIR` or `ws://HOST:PORT`")]
    Address {
        /// What was given, without the password.
        url: String,
    },
    /// A migration that was applied has been edited since.
    #[error(
        "the migration `{name}` was applied as `{applied}` and is `{found}` now: expected no change after its release"
    )]
    Drift {
        /// The migration's file name.
        name: String,
        /// The hash it was applied with.
        applied: String,
        /// The hash of the file now.
        found: String,
    },
    /// The store was made by a newer program.
    #[error("the migration `{name}` was applied by a newer program: expected one of those known here")]
    Unknown {
        /// The migration's file name.
        name: String,
    },
    /// A row of the store has an unexpected form.
    #[error("`{what}` in the store has an unexpected form: `{found}`")]
    Form {
        /// Which part.
        what: &'static str,
        /// What was found.
        found: String,
    },
    /// The file is not an export or is torn.
    #[error("`{path}` line `{line}` is not a whole export: {reason}")]
    Export {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// An import needs an empty store.
    #[error("the store holds `{rows}` rows and `{facts}` facts: expected an empty one for an import")]
    NotEmpty {
        /// Rows found.
        rows: u64,
        /// Facts found.
        facts: u64,
    },
    /// A file could not be read or written.
    #[error("the file `{path}` could not be used: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl From<surrealdb::Error> for StoreError {
    fn from(error: surrealdb::Error) -> Self {
        Self::Database(Box::new(error))
    }
}
