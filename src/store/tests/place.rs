//! Where a test keeps its store.

use std::future::Future;
use store::Store;
use tempfile::TempDir;

/// A folder that goes with the test.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The address of a store in the folder.
pub fn disk(folder: &TempDir) -> String {
    format!("surrealkv://{}", folder.path().join("db").display())
}

/// Opens or says why not.
pub async fn open(url: &str) -> Store {
    Store::open(url).await.unwrap_or_else(|error| panic!("{url}: {error}"))
}

/// Runs with the stack that queries need.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).thread_stack_size(10 << 20).enable_all();
    runtime.build().expect("a runtime").block_on(work)
}

/// Runs the same on memory and on disk.
pub fn everywhere<F: Future<Output = ()>>(work: impl Fn(Store) -> F) {
    run(async { work(open("mem://").await).await });
    let folder = folder();
    run(async { work(open(&disk(&folder)).await).await });
}
