//! Fan-out of the live socket: 500 screens on one core, a slow one among them, and a storm of reconnects; the same crowd
//! beside a peer from npm (`ws`). `make bench-fanout`; `FANOUT_SECONDS`, `FANOUT_SOCKETS` and `FANOUT_STORM` change the size.
//!
//! The server is a process of its own on the first core, the crowd is this one on the last; without `taskset` neither
//! is held. Every publication has a key of its own within the ring, so nothing is conflated: a delivery is one row at
//! one screen.

mod crowd;
mod stand;
mod storm;

use crowd::{Crowd, Seen};
use stand::Stand;
use std::time::Duration;

/// Rows offered a second in the steps of the ramp, times the sockets.
const RAMP: [u64; 6] = [100, 400, 800, 1600, 2400, 3200];

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn main() -> std::io::Result<()> {
    let mut words = std::env::args().skip(1);
    let runtime =
        |threads| tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    if words.next().as_deref() == Some("stand") {
        return runtime(2)?.block_on(stand::serve());
    }
    if std::env::var_os("FANOUT_HELD").is_none() && stand::can_hold() {
        return on_the_last_core();
    }
    runtime(1)?.block_on(measure())
}

/// The crowd leaves the server's core alone.
fn on_the_last_core() -> std::io::Result<()> {
    let last = std::thread::available_parallelism()?.get() - 1;
    let status = std::process::Command::new("taskset")
        .args(["-c", &last.to_string()])
        .arg(std::env::current_exe()?)
        .env("FANOUT_HELD", "1")
        .status()?;
    if status.success() { Ok(()) } else { Err(std::io::Error::other("the bench has failed")) }
}

async fn measure() -> std::io::Result<()> {
    let seconds = Duration::from_secs(number("FANOUT_SECONDS", 5));
    let sockets = number("FANOUT_SOCKETS", 500) as usize;
    println!(
        "fan-out: {sockets} sockets, one server core, rows of 200 bytes, {seconds:?} a step, load {}",
        load()
    );
    if let Some(name) = std::env::var_os("FANOUT_ONLY") {
        return only(&name.to_string_lossy(), sockets, seconds).await;
    }
    for name in ["ramp", "slow", "storm", "peer"] {
        only(name, sockets, seconds).await?;
    }
    Ok(())
}

async fn only(part: &str, sockets: usize, seconds: Duration) -> std::io::Result<()> {
    match part {
        "ramp" => ramp(&mut Stand::ours().await?, "callout", sockets, seconds).await,
        "slow" => slow(sockets, seconds).await,
        "storm" => storm::run(number("FANOUT_STORM", 1000) as usize).await,
        "peer" => match Stand::peer().await {
            Ok(mut peer) => ramp(&mut peer, "npm ws  ", sockets, seconds).await,
            Err(error) => {
                println!("npm ws  : left out, {error}: `npm ci` in web/ui and node give it");
                Ok(())
            }
        },
        other => {
            Err(std::io::Error::other(format!("`{other}` is no part: expected ramp, slow, storm or peer")))
        }
    }
}

/// Memory of idle sockets, then more and more rows a second until the server does not follow.
async fn ramp(stand: &mut Stand, name: &str, sockets: usize, seconds: Duration) -> std::io::Result<()> {
    // Signing in costs memory of its own that comes back later: it is over before the sockets are weighed.
    let cookies = crowd::cookies(stand, sockets).await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = stand.resident_kib();
    let crowd = Crowd::gather(stand, &cookies, sockets).await?;
    let idle = stand.resident_kib().saturating_sub(before) as f64 / sockets as f64;
    println!("{name}: {idle:.1} KiB a socket, idle; {} MiB in all", stand.resident_kib() / 1024);
    let mut best = 0.0_f64;
    for rate in RAMP {
        let (cpu, took, seen) = step(stand, &crowd, rate, seconds).await?;
        let offered = rate as f64 * sockets as f64;
        let got = seen.rows as f64 / took.as_secs_f64();
        let lost = (offered * seconds.as_secs_f64() - seen.rows as f64).max(0.0);
        println!("{name}: {} · {}", shown(offered, got, cpu, &seen), losses(lost, &seen));
        best = best.max(got);
        if got < offered * 0.9 {
            break;
        }
    }
    println!("{name}: at most {best:.0} deliveries/s");
    Ok(())
}

/// One step: rows at a rate; CPU of the server, the time until the last row was there, and what the crowd has seen. A
/// publisher that does not follow takes longer than it was given, and that is its time.
async fn step(
    stand: &mut Stand,
    crowd: &Crowd,
    rate: u64,
    seconds: Duration,
) -> std::io::Result<(f64, Duration, Seen)> {
    crowd.forget();
    let (before, begun) = (stand.cpu_seconds(), std::time::Instant::now());
    stand.publish(rate, seconds).await?;
    crowd.settle(rate * seconds.as_secs(), Duration::from_secs(3)).await;
    let took = begun.elapsed();
    Ok((stand.cpu_seconds() - before, took, crowd.seen()))
}

fn shown(offered: f64, got: f64, cpu: f64, seen: &Seen) -> String {
    let each = if seen.rows == 0 { 0.0 } else { cpu * 1e6 / seen.rows as f64 };
    format!(
        "offered {:>4.0} k/s, delivered {:>4.0} k/s, {each:.2} µs CPU each, p50 {:.1} ms, p99 {:.1} ms",
        offered / 1e3,
        got / 1e3,
        seen.percentile(0.5),
        seen.percentile(0.99)
    )
}

fn losses(lost: f64, seen: &Seen) -> String {
    format!(
        "{lost:.0} missing, {} gaps, {} snapshots, {} rows a frame",
        seen.gaps,
        seen.snapshots,
        seen.batch()
    )
}

/// The same rate with and without a socket that reads a kilobyte a second.
async fn slow(sockets: usize, seconds: Duration) -> std::io::Result<()> {
    let mut stand = Stand::ours().await?;
    let cookies = crowd::cookies(&stand, sockets).await?;
    let crowd = Crowd::gather(&stand, &cookies, sockets - 1).await?;
    let rate = (400_000 / sockets as u64).max(1);
    let (_, _, alone) = step(&mut stand, &crowd, rate, seconds).await?;
    let before = stand.resident_kib();
    let lazy = crowd::lazy(&stand, &cookies[cookies.len() - 1], 1024).await?;
    let (_, _, beside) = step(&mut stand, &crowd, rate, seconds).await?;
    let grown = stand.resident_kib() as i64 - before as i64;
    println!(
        "slow    : at 400 k/s p99 {:.1} ms without, {:.1} ms beside a reader of 1 kB/s; memory {:+.1} MiB; it took {} bytes",
        alone.percentile(0.99),
        beside.percentile(0.99),
        grown as f64 / 1024.0,
        lazy.taken()
    );
    Ok(())
}

/// The load average, so that a figure can be weighed.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("?").to_owned()
}
