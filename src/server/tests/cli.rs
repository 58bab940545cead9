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
