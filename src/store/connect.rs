//! The store: one address, one database, one committer.

use crate::{
    committer::{self, Ask},
    failure::StoreError,
    schema::{self, Applied, MIGRATIONS, SCHEMA},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use surrealdb::{
    Surreal,
    engine::any::{self, Any},
    opt::auth::Root,
};
use tokio::{sync::mpsc, task::JoinHandle};

/// How many batches may wait for the committer before callers wait to hand theirs in.
const QUEUE: usize = 4096;

/// What keeps the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// `mem://`: gone with the process; a transaction's cost grows with the square of its size.
    Memory,
    /// `surrealkv://DIR`: a folder of this machine, one fsync a commit.
    Disk,
    /// `ws://HOST:PORT`: a server that several nodes share.
    Server,
}

impl Engine {
    /// How many records go into one transaction.
    pub const fn chunk(self) -> usize {
        match self {
            Self::Memory => 200,
            Self::Disk | Self::Server => 1000,
        }
    }
}

/// The durable truth. Cheap to clone; the committer ends when the last clone is gone.
///
/// Queries need threads with 10 MiB of stack: open it inside a runtime that was built so.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) db: Surreal<Any>,
    pub(crate) queue: mpsc::Sender<Ask>,
    pub(crate) engine: Engine,
    committer: Arc<tokio::sync::Mutex<Option<JoinHandle<()>>>>,
    /// The file that the disk engine holds locked.
    lock: Option<PathBuf>,
}

impl Store {
    /// Opens a store by its address and brings its schema and data up to date.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let engine = engine(url)?;
        let db = connect(url).await?;
        schema::bring(&db, SCHEMA, MIGRATIONS).await?;
        let lock = (engine == Engine::Disk).then(|| folder(url).join("LOCK"));
        Ok(Self::over(db, engine, lock))
    }
    /// Another committer on the same database, as a second node has it.
    pub fn second_committer(&self) -> Self {
        Self::over(self.db.clone(), self.engine, self.lock.clone())
    }
    fn over(db: Surreal<Any>, engine: Engine, lock: Option<PathBuf>) -> Self {
        let (queue, asks) = mpsc::channel(QUEUE);
        let committer = tokio::spawn(committer::run(db.clone(), engine, asks));
        Self { db, queue, engine, committer: Arc::new(tokio::sync::Mutex::new(Some(committer))), lock }
    }
    /// What keeps the data.
    pub const fn engine(&self) -> Engine {
        self.engine
    }
    /// How every schema file and migration stands.
    pub async fn migrations(&self) -> Result<Vec<Applied>, StoreError> {
        schema::standing(&self.db).await
    }
    /// Waits until what was handed in is kept, then lets the data go. Other clones must be gone.
    pub async fn close(self) {
        let Self { db, queue, committer, lock, .. } = self;
        drop(queue);
        if let Some(task) = committer.lock().await.take() {
            let _ended = task.await;
        }
        drop(db);
        if let Some(lock) = lock {
            released(&lock).await;
        }
    }
}

/// How a `migrate` command lists a store without changing it.
pub async fn standing(url: &str) -> Result<Vec<Applied>, StoreError> {
    engine(url)?;
    let db = connect(url).await?;
    schema::standing(&db).await
}

/// The folder of a disk engine's address.
fn folder(url: &str) -> PathBuf {
    let place = url.split_once("://").map_or(url, |(_, place)| place);
    PathBuf::from(place.split_once('?').map_or(place, |(folder, _)| folder))
}

/// Waits until the engine, which shuts down behind the last handle, has let its folder go.
async fn released(lock: &Path) {
    for _ in 0..1000 {
        let is_free = std::fs::File::open(lock).is_ok_and(|file| file.try_lock().is_ok());
        if is_free || !lock.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tracing::warn!(store.lock = %lock.display(), "the folder is still locked after ten seconds");
}

fn engine(url: &str) -> Result<Engine, StoreError> {
    match url.split_once("://") {
        Some(("mem", _)) => Ok(Engine::Memory),
        Some(("surrealkv", place)) if !place.is_empty() => Ok(Engine::Disk),
        Some(("ws" | "wss", place)) if !place.is_empty() => Ok(Engine::Server),
        _ => Err(StoreError::Address { url: url.rsplit('@').next().unwrap_or_default().to_owned() }),
    }
}

/// Connects without touching the schema. A folder is synced at every commit unless the address
/// says otherwise; a server's address may carry `user:password@` and `/namespace/database`.
pub(crate) async fn connect(url: &str) -> Result<Surreal<Any>, StoreError> {
    let (mut names, mut login, mut address) = (("callout", "callout"), None, url.to_owned());
    match engine(url)? {
        Engine::Memory => {}
        Engine::Disk if url.contains("sync=") => {}
        Engine::Disk => address = format!("{url}{}sync=every", if url.contains('?') { '&' } else { '?' }),
        Engine::Server => {
            let (scheme, rest) = url.split_once("://").unwrap_or(("ws", url));
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            if let Some((namespace, database)) = path.split_once('/') {
                names = (namespace, database);
            }
            let (user, host) = host.rsplit_once('@').map_or((None, host), |(user, host)| (Some(user), host));
            login = user.and_then(|user| user.split_once(':'));
            address = format!("{scheme}://{host}");
        }
    }
    let db = any::connect(address).await?;
    if let Some((username, password)) = login {
        db.signin(Root { username: username.into(), password: password.into() }).await?;
    }
    db.use_ns(names.0).use_db(names.1).await?;
    Ok(db)
}
