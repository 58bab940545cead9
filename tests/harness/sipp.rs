//! A caller of another make than our stack: sipp, one call of one scenario.

use anyhow::Context;
use std::{net::SocketAddr, path::Path, process::Stdio};
use tokio::process::{Child, Command};

/// The port of discard: nobody listens.
const DEAF_PORT: u16 = 9;

/// Places one call from a number to a dialled number; what is said to it is lost.
pub fn ring(target: SocketAddr, scenario: &str, from: &str, did: &str) -> anyhow::Result<Child> {
    ring_with_ear(target, scenario, from, did, DEAF_PORT)
}

/// The same with its audio at a port of `127.0.0.1`: sipp signals, somebody else speaks and listens.
pub fn ring_with_ear(
    target: SocketAddr,
    scenario: &str,
    from: &str,
    did: &str,
    ear: u16,
) -> anyhow::Result<Child> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("sip").join(scenario);
    Command::new("sipp")
        .args([
            "-sf",
            &file.display().to_string(),
            "-m",
            "1",
            "-i",
            "127.0.0.1",
            "-s",
            did,
            "-key",
            "caller",
            from,
            "-key",
            "ear",
            &ear.to_string(),
            "-nostdin",
        ])
        .arg(target.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("sipp did not start: is the package `sip-tester` installed?")
}
