//! Who depends on whom, as Cargo tells it, and what each crate pulls in behind it.

use crate::tree;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

/// What the crates of the workspace name in their manifests.
#[derive(Debug, Default)]
pub struct Workspace {
    /// A crate → the crates of the house it names, its tests too.
    pub inside: BTreeMap<String, BTreeSet<String>>,
    /// A crate → the crates of others it is built with; its tests may use more.
    pub outside: BTreeMap<String, BTreeSet<String>>,
}

/// Asks Cargo, without touching the network.
pub fn workspace() -> Result<Workspace, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let answer = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(tree::root())
        .output()
        .map_err(|e| format!("cargo metadata could not be started: {e}"))?;
    let told: Value = serde_json::from_slice(&answer.stdout)
        .map_err(|e| format!("cargo metadata: {e}: {}", String::from_utf8_lossy(&answer.stderr)))?;
    let mut workspace = Workspace::default();
    for package in told["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default().to_owned();
        let (mut inside, mut outside) = (BTreeSet::new(), BTreeSet::new());
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let ours = dependency["path"].is_string();
            let named = dependency["name"].as_str().unwrap_or_default().to_owned();
            if ours {
                inside.insert(named);
            } else if dependency["kind"] != "dev" {
                outside.insert(named);
            }
        }
        workspace.inside.insert(name.clone(), inside);
        workspace.outside.insert(name, outside);
    }
    Ok(workspace)
}

/// Everything the lock file lets a crate pull in, however far behind it: an upper bound.
pub fn behind(name: &str) -> BTreeSet<String> {
    let lock = tree::text(&tree::root().join("Cargo.lock"));
    let packages: Vec<Locked> = lock.split("[[package]]").skip(1).filter_map(locked).collect();
    let mut reached = BTreeSet::new();
    let mut next: Vec<&Locked> = packages.iter().filter(|it| it.name == name).collect();
    while let Some(at) = next.pop() {
        for met in packages.iter().filter(|it| at.dependencies.iter().any(|written| it.is_called(written))) {
            if reached.insert((met.name, met.version)) {
                next.push(met);
            }
        }
    }
    reached.into_iter().map(|(name, _)| name.to_owned()).collect()
}

struct Locked<'a> {
    name: &'a str,
    version: &'a str,
    dependencies: Vec<&'a str>,
}

impl Locked<'_> {
    /// A dependency is written `name`, or `name version` where several versions are locked.
    fn is_called(&self, written: &str) -> bool {
        match written.split_once(' ') {
            Some((name, version)) => self.name == name && self.version == version,
            None => self.name == written,
        }
    }
}

fn locked(package: &str) -> Option<Locked<'_>> {
    let field =
        |key: &str| package.lines().find_map(|it| it.strip_prefix(key)).map(|it| it.trim_matches('"'));
    let dependencies = package
        .lines()
        .filter_map(|it| it.strip_prefix(" \""))
        .map(|it| it.trim_end_matches(',').trim_matches('"'));
    Some(Locked {
        name: field("name = ")?,
        version: field("version = ")?,
        dependencies: dependencies.collect(),
    })
}
