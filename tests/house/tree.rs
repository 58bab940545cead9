//! The files of the project that people write: found by walking, without build results and packages.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Files that a program makes of others; a check says when they are stale.
const MADE: [&str; 1] = ["web/ui/src/wire/api.ts"];
const NOT_OURS: [&str; 5] = ["target", "data", "shots", "web/ui/dist", "web/ui/node_modules"];

/// The folder of the workspace.
///
/// # Panics
/// When it is not run by Cargo from a crate two folders below.
pub fn root() -> PathBuf {
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo tells every test where its crate is");
    Path::new(&here).ancestors().nth(2).expect("the crate lies two folders below the workspace").to_path_buf()
}

/// The path as the project's documents write it.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// The text of a file; empty when it has just been moved away.
pub fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// Every file under the workspace whose name ends in one of `endings`, in order.
pub fn files(endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(&root(), &mut |path| {
        let ending = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
        if endings.contains(&ending) {
            found.push(path.to_path_buf());
        }
    });
    found.sort();
    found
}

fn walk(folder: &Path, meet: &mut dyn FnMut(&Path)) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if name.starts_with('.') || path.is_symlink() {
            continue;
        }
        if MADE.contains(&shown(&path).as_str()) {
            continue;
        }
        if path.is_file() {
            meet(&path);
        } else if !NOT_OURS.contains(&shown(&path).as_str()) && !path.join("CACHEDIR.TAG").exists() {
            walk(&path, meet);
        }
    }
}

/// Is the whole file there for tests or benches?
pub fn is_test(path: &Path) -> bool {
    let shown = shown(path);
    let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
    ["tests/", "web/ui/test/", "web/ui/e2e/", "web/ui/mock/"].iter().any(|it| shown.starts_with(it))
        || ["/tests/", "/benches/"].iter().any(|it| shown.contains(it))
        || name == "tests.rs"
        || name.ends_with("_tests.rs")
        || name.ends_with(".test.ts")
}

/// The crate a file belongs to: the nearest folder with a `Cargo.toml`, or the consoles.
pub fn part(path: &Path) -> String {
    let crate_of = path.ancestors().skip(1).find(|it| it.join("Cargo.toml").exists()).unwrap_or(path);
    match shown(crate_of).as_str() {
        "web" if shown(path).starts_with("web/ui/") => "web/ui".into(),
        folder => folder.into(),
    }
}
