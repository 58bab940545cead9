//! The rules of the house: what may depend on what, how long a file may be, what every file says first.
//!
//! A rule that fails names the files. The table printed by [`the_house_in_numbers`] holds no verdict: it is there
//! to be compared with the last one.

use house::{
    arrows, dictionaries,
    rust::{self, RustFile},
    spread::Spread,
    tree,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io::Write as _,
    sync::LazyLock,
};

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 80;
const README_LINES: usize = 120;
const MAKEFILE_LINES: usize = 60;

/// The drawn arrows (docs/ARCHITECTURE.md): a crate → the crates of the house it names, no more and no fewer.
const ARROWS: [(&str, &[&str]); 14] = [
    ("domain", &[]),
    ("solver", &[]),
    ("house", &[]),
    ("store", &["domain"]),
    ("telephony", &[]),
    ("roads", &["solver"]),
    ("formats", &["solver"]),
    ("hooks", &["domain"]),
    ("push", &["domain"]),
    ("actors", &["domain", "solver"]),
    ("web", &["domain"]),
    ("simulator", &["domain", "telephony"]),
    (
        "server",
        &[
            "domain",
            "solver",
            "store",
            "telephony",
            "roads",
            "formats",
            "hooks",
            "push",
            "actors",
            "web",
            "simulator",
        ],
    ),
    ("tests", &["domain", "store", "telephony", "actors", "solver", "web", "simulator", "server"]),
];

/// A crate of others → the only crates of the house that may name it; `tests` may name anything.
const KEPT_TO: [(&str, &[&str]); 10] = [
    ("surrealdb", &["store"]),
    ("good_lp", &["solver"]),
    ("highs", &["solver"]),
    ("rsipstack", &["telephony"]),
    ("rsip", &["telephony"]),
    ("str0m", &["telephony"]),
    ("axum", &["web", "server"]),
    ("actix", &["actors", "server"]),
    ("argon2", &["web", "server"]),
    ("reqwest", &["simulator", "roads", "push", "hooks"]),
];

/// What a pure crate never has behind it, however far.
const NEVER_PURE: [&str; 8] =
    ["tokio", "actix", "surrealdb", "axum", "reqwest", "hyper", "rsipstack", "socket2"];

static RUST: LazyLock<Vec<Result<RustFile, String>>> =
    LazyLock::new(|| tree::files(&["rs"]).iter().map(|it| rust::read(it)).collect());

fn sources() -> impl Iterator<Item = &'static RustFile> {
    RUST.iter().filter_map(|it| it.as_ref().ok())
}

fn hold(rule: &str, broken: impl IntoIterator<Item = String>) {
    let broken: Vec<String> = broken.into_iter().collect();
    assert!(broken.is_empty(), "{rule}:\n  {}\n", broken.join("\n  "));
}

#[test]
fn every_rust_file_can_be_read() {
    hold("not Rust", RUST.iter().filter_map(|it| it.as_ref().err().cloned()));
}

#[test]
fn the_arrows_between_crates_are_the_drawn_ones() {
    let drawn: BTreeSet<(String, String)> = ARROWS
        .iter()
        .flat_map(|(name, named)| named.iter().map(|it| ((*name).to_owned(), (*it).to_owned())))
        .collect();
    let workspace = arrows::workspace().expect("cargo tells the graph");
    let found: BTreeSet<(String, String)> = workspace
        .inside
        .iter()
        .flat_map(|(name, named)| named.iter().map(|it| (name.clone(), it.clone())))
        .collect();
    let known = ARROWS.map(|(name, _)| name);
    let mut broken: Vec<String> = Vec::new();
    broken.extend(found.difference(&drawn).map(|(a, b)| format!("{a} → {b}: not drawn")));
    broken.extend(drawn.difference(&found).map(|(a, b)| format!("{a} → {b}: drawn, but in no manifest")));
    let strange = workspace.inside.keys().filter(|it| !known.contains(&it.as_str()));
    broken.extend(strange.map(|it| format!("`{it}` is on no drawing")));
    hold("the drawing (docs/ARCHITECTURE.md and ARROWS here) and the manifests differ", broken);
}

#[test]
fn each_foreign_library_stays_behind_one_door() {
    let workspace = arrows::workspace().expect("cargo tells the graph");
    let mut broken = Vec::new();
    for (library, allowed) in KEPT_TO {
        for (name, named) in workspace.outside.iter().filter(|(name, _)| *name != "tests") {
            if named.contains(library) && !allowed.contains(&name.as_str()) {
                broken.push(format!("{name} → {library} (only {})", allowed.join(", ")));
            }
        }
    }
    hold("libraries outside their door", broken);
}

#[test]
fn domain_and_solver_reach_no_runtime_no_network_and_no_database() {
    let mut broken = Vec::new();
    for pure in ["domain", "solver"] {
        let behind = arrows::behind(pure);
        assert!(behind.contains("serde"), "the lock file is not read as expected");
        broken.extend(
            NEVER_PURE.iter().filter(|it| behind.contains(**it)).map(|it| format!("{pure} → … → {it}")),
        );
    }
    hold("not pure", broken);
}

#[test]
fn no_file_is_longer_than_a_person_reads_at_one_sitting() {
    let mut broken = Vec::new();
    for path in tree::files(&["rs", "ts", "svelte", "js", "mjs", "css", "sh", "surql", "toml"]) {
        let lines = tree::text(&path).lines().count();
        if lines > FILE_LINES {
            broken.push(format!("{}: {lines} lines", tree::shown(&path)));
        }
    }
    hold("files over 500 lines", broken);
}

#[test]
fn no_function_is_longer_than_a_screen() {
    let long = sources().flat_map(|file| {
        let over = file.functions.iter().filter(|it| it.lines > FUNCTION_LINES);
        over.map(|it| {
            format!("{}:{}: `{}` has {} lines", tree::shown(&file.path), it.line, it.name, it.lines)
        })
    });
    hold("functions over 80 lines", long);
}

#[test]
fn every_file_says_first_what_it_is() {
    let mut silent: Vec<String> = sources().filter(|it| !it.headed).map(|it| tree::shown(&it.path)).collect();
    for path in tree::files(&["ts", "svelte"]) {
        let text = tree::text(&path);
        let mut lines = text.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with("<script"));
        let first = lines.next().unwrap_or_default();
        if !["//", "/*", "<!--"].iter().any(|it| first.starts_with(it)) {
            silent.push(tree::shown(&path));
        }
    }
    hold("files without a header (`//!` in Rust, a comment elsewhere)", silent);
}

#[test]
fn nothing_is_left_to_do_later() {
    let left = sources().flat_map(|file| {
        let found = file.forbidden.iter();
        found.map(|(name, line)| format!("{}:{line}: {name}!", tree::shown(&file.path)))
    });
    hold("macros of unfinished work", left);
}

#[test]
fn every_language_has_every_phrase() {
    let (books, mut broken) = dictionaries::read();
    for (path, phrases) in &books {
        for (other, theirs) in
            books.iter().filter(|(other, _)| other.parent() == path.parent() && *other != path)
        {
            for (key, holes) in theirs {
                match phrases.get(key) {
                    None => broken.push(format!("{}: no `{key}`", tree::shown(path))),
                    Some(ours) if ours != holes => broken.push(format!(
                        "{}: `{key}` has the holes {ours:?}, {} has {holes:?}",
                        tree::shown(path),
                        tree::shown(other)
                    )),
                    Some(_) => {}
                }
            }
        }
    }
    hold("dictionaries that differ", broken);
}

#[test]
fn the_front_pages_stay_short() {
    let mut broken = Vec::new();
    for (name, most) in [("README.md", README_LINES), ("Makefile", MAKEFILE_LINES)] {
        let lines = tree::text(&tree::root().join(name)).lines().count();
        if lines == 0 || lines > most {
            broken.push(format!("{name}: {lines} lines of {most}"));
        }
    }
    hold("front pages", broken);
}

#[test]
fn every_path_named_in_the_documents_exists() {
    let mut broken = Vec::new();
    for path in tree::files(&["md"]) {
        for (number, line) in tree::text(&path).lines().enumerate() {
            for named in line.split('`').skip(1).step_by(2).filter(|it| is_path(it)) {
                let near = path.parent().map(|folder| folder.join(named));
                if !tree::root().join(named).exists() && !near.is_some_and(|it| it.exists()) {
                    broken.push(format!("{}:{}: {named}", tree::shown(&path), number + 1));
                }
            }
        }
    }
    hold("documents that name what is not there", broken);
}

/// `actors/house.rs` is a path of ours, from the root or from the document; `POST /api/cmd`, `mem://` and `visit.assign{…}` are not.
fn is_path(words: &str) -> bool {
    let ours = ["src/", "actors/", "solver/", "web/", "tests/", "docs/", "config/", "docker/", "scripts/"];
    let built = ["web/ui/dist", "web/ui/node_modules"];
    ours.iter().any(|it| words.starts_with(it))
        && !built.iter().any(|it| words.starts_with(it))
        && words.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
}

#[test]
fn the_house_in_numbers() {
    let mut parts: BTreeMap<String, Vec<&RustFile>> = BTreeMap::new();
    for file in sources() {
        parts.entry(tree::part(&file.path)).or_default().push(file);
    }
    let all: Vec<&RustFile> = sources().collect();
    let whole: usize = all.iter().map(|it| it.lines - it.test_lines.min(it.lines)).sum();
    let mut table = String::from(
        "\npart           files  lines share   file med p95 max   fn med p95 max   docs  test:prod\n",
    );
    for (name, files) in parts.iter().map(|(name, files)| (name.as_str(), files)).chain([("all", &all)]) {
        row(&mut table, name, files, whole);
    }
    consoles(&mut table);
    // straight to the output: the harness keeps what `println!` says to itself
    std::io::stdout().write_all(table.as_bytes()).expect("the output is open");
}

fn row(table: &mut String, name: &str, files: &[&RustFile], whole: usize) {
    let lines: usize = files.iter().map(|it| it.lines).sum();
    let test: usize = files.iter().map(|it| it.test_lines.min(it.lines)).sum();
    let (public, documented) =
        files.iter().fold((0, 0), |sum, it| (sum.0 + it.public, sum.1 + it.documented));
    let per_file = Spread::of(files.iter().map(|it| it.lines));
    let per_function = Spread::of(files.iter().flat_map(|it| it.functions.iter().map(|it| it.lines)));
    let percent = |part: usize, of: usize| if of == 0 { 100.0 } else { 100.0 * part as f64 / of as f64 };
    let share = percent(lines - test, whole);
    let docs = percent(documented, public);
    let tests =
        if test == lines { "only".into() } else { format!("{:.2}", test as f64 / (lines - test) as f64) };
    let _ = writeln!(
        table,
        "{name:<14} {:>5} {lines:>6} {share:>4.0}%   {per_file:>14}   {per_function:>12}   {docs:>4.0}%  {tests:>9}",
        files.len()
    );
}

fn consoles(table: &mut String) {
    let files = tree::files(&["ts", "svelte"]);
    let sized: Vec<(bool, usize)> =
        files.iter().map(|it| (tree::is_test(it), tree::text(it).lines().count())).collect();
    let sum = |test: bool| sized.iter().filter(|it| it.0 == test).map(|it| it.1).sum::<usize>();
    let (production, test) = (sum(false), sum(true));
    let ratio = test as f64 / production.max(1) as f64;
    let per_file = Spread::of(sized.iter().map(|it| it.1));
    let _ = writeln!(
        table,
        "{:<14} {:>5} {:>6}         {per_file:>14}   {:>14}   {:>5} {ratio:>10.2}",
        "web/ui",
        sized.len(),
        production + test,
        "",
        ""
    );
}
