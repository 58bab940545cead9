//! A storm of reconnects: everybody is cut off while rows go on changing, comes back from where it was, and must end
//! with the server's rows: nothing lost, nothing twice.

use crate::{
    crowd::{A_SESSION, Line, cookies},
    stand::Stand,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    io::{Error, Result},
    time::{Duration, Instant},
};

/// Rows that change under the storm.
const KEYS: u64 = 300;
/// Changes a second.
const RATE: u64 = 200;

/// What a screen keeps: the position and a hash of each row.
#[derive(Default)]
struct Screen {
    epoch: String,
    seq: u64,
    rows: BTreeMap<String, u64>,
    snapshots: u32,
    echoes: u32,
    gaps: u32,
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl Screen {
    fn take(&mut self, frame: &[u8]) -> Result<()> {
        let frame: Value = serde_json::from_slice(frame).map_err(Error::other)?;
        let changes = match frame["t"].as_str() {
            Some("snap") => {
                self.rows.clear();
                self.snapshots += 1;
                self.epoch = frame["epoch"].as_str().unwrap_or_default().to_owned();
                &frame["rows"]
            }
            Some("d") => {
                let from = frame["from"].as_u64().unwrap_or_default();
                self.gaps += u32::from(from > self.seq);
                self.echoes += u32::from(from < self.seq);
                &frame["ops"]
            }
            _ => return Ok(()),
        };
        self.seq = frame["seq"].as_u64().unwrap_or_default();
        for change in changes.as_array().into_iter().flatten() {
            let key = change[0].as_str().unwrap_or_default().to_owned();
            match &change[1] {
                Value::Null => self.rows.remove(&key),
                row => self.rows.insert(key, hash(&row.to_string())),
            };
        }
        Ok(())
    }
    /// One number for all rows.
    fn state(&self) -> u64 {
        hash(&format!("{:?}", self.rows))
    }
}

/// Runs the storm and prints what came of it.
pub async fn run(screens: usize) -> Result<()> {
    let mut stand = Stand::ours().await?;
    let cookies = cookies(&stand, screens).await?;
    stand.publish_over(RATE * 10, Duration::from_secs(1), KEYS).await?;
    let mut crowd = Vec::new();
    for number in 0..screens {
        let mut line = Line::open(&stand, &cookies[number / A_SESSION]).await?;
        line.watch(None).await?;
        let mut screen = Screen::default();
        while screen.snapshots == 0 {
            screen.take(&line.frame().await?)?;
        }
        crowd.push((screen, line));
    }
    // The lines are cut, and the world goes on.
    let cut: Vec<Screen> = crowd.into_iter().map(|(screen, _)| screen).collect();
    stand.publish_over(RATE, Duration::from_secs(2), KEYS).await?;
    let begun = Instant::now();
    let address = stand.address;
    let returning = cut.into_iter().enumerate().map(|(number, screen)| {
        let cookie = cookies[number / A_SESSION].clone();
        tokio::spawn(come_back(address, cookie, screen))
    });
    let returning: Vec<_> = returning.collect();
    let mut times = Vec::new();
    let mut back = Vec::new();
    for task in returning {
        let (screen, took, line) = task.await.map_err(Error::other)??;
        times.push(took);
        back.push((screen, line));
    }
    let all = begun.elapsed();
    stand.publish_over(RATE, Duration::from_secs(1), KEYS).await?;
    tell(&mut stand, back, times, all).await
}

async fn come_back(
    address: std::net::SocketAddr,
    cookie: String,
    mut screen: Screen,
) -> Result<(Screen, Duration, Line)> {
    let begun = Instant::now();
    let mut line = Line::dial(address, &cookie).await?;
    let (epoch, seq) = (screen.epoch.clone(), screen.seq);
    line.watch(Some((&epoch, seq))).await?;
    while screen.seq == seq {
        screen.take(&line.frame().await?)?;
    }
    Ok((screen, begun.elapsed(), line))
}

async fn tell(
    stand: &mut Stand,
    back: Vec<(Screen, Line)>,
    mut times: Vec<Duration>,
    all: Duration,
) -> Result<()> {
    let mut truth = Screen::default();
    for (key, row) in stand.rows().await?.as_object().into_iter().flatten() {
        truth.rows.insert(key.clone(), hash(&row.to_string()));
    }
    let wanted = truth.state();
    let (screens, mut different, mut gaps, mut echoes, mut snapshots) = (back.len(), 0, 0, 0, 0);
    for (mut screen, mut line) in back {
        while screen.state() != wanted {
            match tokio::time::timeout(Duration::from_secs(2), line.frame()).await {
                Ok(frame) => screen.take(&frame?)?,
                Err(_) => break,
            }
        }
        different += usize::from(screen.state() != wanted);
        gaps += screen.gaps;
        echoes += screen.echoes;
        snapshots += screen.snapshots - 1;
    }
    times.sort_unstable();
    let p99 = times[(times.len() * 99 / 100).min(times.len() - 1)];
    println!(
        "storm   : {screens} screens cut and back in {:.2} s, p99 of a resume {:.0} ms; {different} differ from the server's rows, {gaps} gaps, {echoes} echoes, {snapshots} snapshots instead of what was missed",
        all.as_secs_f64(),
        p99.as_secs_f64() * 1e3
    );
    if different + (gaps + echoes) as usize > 0 {
        return Err(Error::other("rows were lost or came twice"));
    }
    Ok(())
}
