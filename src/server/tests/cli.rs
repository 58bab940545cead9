//! The command line as a person meets it.

use std::process::Command;

fn callout() -> Command {
    Command::new(env!("CARGO_BIN_EXE_callout"))
}

#[test]
fn settings_are_printed_with_their_defaults() {
    let output = callout().arg("settings").output().expect("the binary runs");
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("max_calls = 500"));
}

#[test]
fn an_unknown_key_names_the_nearest_known_one() {
    let output = callout()
        .arg("settings")
        .env("CALLOUT__HTTP__LISTN", "127.0.0.1:1")
        .output()
        .expect("the binary runs");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("unknown key `listn`") && said.contains("`listen`"), "{said}");
}

#[test]
fn an_unknown_size_of_a_town_is_refused() {
    let output = callout()
        .args(["demo", "--size", "xxl", "--data"])
        .arg(std::env::temp_dir().join("callout-no-town"))
        .output();
    let output = output.expect("the binary runs");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("`xxl` is not a size of a town"));
}

/// Settings of two firms in a folder, and the file to begin with.
fn two_firms(folder: &std::path::Path) -> std::path::PathBuf {
    let firms = folder.join("firms");
    std::fs::create_dir(&firms).expect("made");
    let common = format!("[firms]\nfolder = {firms:?}\n[sip]\nwebrtc_port = 0\nmedia_ports = [0, 0]\n");
    let file = folder.join("callout.toml");
    std::fs::write(&file, common).expect("written");
    for (name, port) in [("north", 5070), ("south", 5071)] {
        let data = folder.join(name);
        let text = format!(
            "[firm]\nhosts = [\"{name}.example.com\"]\ndata = {data:?}\n[sip]\nlisten = \"127.0.0.1:{port}\"\n"
        );
        std::fs::write(firms.join(format!("{name}.toml")), text).expect("written");
    }
    file
}

#[test]
fn firms_are_listed_and_a_store_is_opened_for_the_one_that_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = two_firms(folder.path());
    let run = |words: &[&str]| callout().arg("--config").arg(&file).args(words).output().expect("it runs");
    let listed = run(&["firms"]);
    let said = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.status.success(), "{listed:?}");
    for part in ["north\n", "north.example.com", "127.0.0.1:5070", "south.example.com", "127.0.0.1:5071"] {
        assert!(said.contains(part), "{said}");
    }
    assert!(!folder.path().join("north").exists(), "to list them opens nothing");
    for word in ["migrate", "demo"] {
        let refused = run(&[word]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains("firm"), "{said}");
    }
    let refused = run(&["export", "x"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("expected `--firm NAME`, one of `north`, `south`"), "{said}");
    assert!(run(&["migrate", "--firm", "south"]).status.success());
    assert!(folder.path().join("south/store").exists() && !folder.path().join("north").exists());
}

#[test]
fn a_firm_is_not_named_where_there_is_one() {
    let output = callout().args(["migrate", "--firm", "north"]).output().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("no firms are set up"), "{said}");
}
