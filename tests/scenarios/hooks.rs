//! The server is killed while it posts events to another programme: that programme sees every event of what was
//! answered, in order, and what comes twice comes under the same identity.

use anyhow::Context;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};
use tests::harness::{
    centre::{binary, free_port, opened},
    person::Person,
    town::on_deep_stacks,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    sync::Notify,
};

/// Clients that are made before each kill.
const MADE: usize = 40;
/// Kills.
const KILLS: usize = 3;
/// Nothing in here takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Another programme: takes whatever is posted, a little slower than it is posted.
#[derive(Default)]
struct Other {
    seen: Mutex<Vec<(String, Value)>>,
    news: Notify,
}

impl Other {
    async fn listen(self: Arc<Self>) -> anyhow::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let here = listener.local_addr()?;
        tokio::spawn(async move {
            loop {
                // A connection whose other end was killed before it was taken is an error of its own (accept(2)), not
                // the end of listening.
                let Ok((stream, _)) = listener.accept().await else { continue };
                let other = Arc::clone(&self);
                tokio::spawn(async move { other.serve(stream).await });
            }
        });
        Ok(here)
    }
    /// Requests of one connection, one after the other; `None`: it has ended.
    async fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let (mut length, mut id) = (0, String::new());
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).await.ok()? == 0 {
                    return None;
                }
                let line = line.trim_end();
                if line.is_empty() {
                    break;
                }
                match line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim())) {
                    Some((name, value)) if name == "content-length" => length = value.parse().ok()?,
                    Some((name, value)) if name == "webhook-id" => id = value.to_owned(),
                    _ => {}
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.ok()?;
            let event = serde_json::from_slice(&body).ok()?;
            self.seen.lock().expect("no panic").push((id, event));
            self.news.notify_waiters();
            // work of its own: the server is killed while it waits for this answer
            tokio::time::sleep(Duration::from_millis(15)).await;
            stream.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.ok()?;
        }
    }
    fn seen(&self) -> Vec<(String, Value)> {
        self.seen.lock().expect("no panic").clone()
    }
    async fn until(
        &self,
        what: &str,
        mut enough: impl FnMut(&[(String, Value)]) -> bool,
    ) -> anyhow::Result<()> {
        let waited = async {
            loop {
                let heard = self.news.notified();
                if enough(&self.seen()) {
                    return;
                }
                heard.await;
            }
        };
        let seen = || format!("{what} did not come; `{}` events have", self.seen().len());
        tokio::time::timeout(PATIENCE, waited).await.with_context(seen)
    }
}

async fn start(data: &std::path::Path, ports: (u16, u16, u16)) -> anyhow::Result<(SocketAddr, Child)> {
    let http = SocketAddr::from(([127, 0, 0, 1], ports.0));
    let file = data.join("log");
    let log = std::fs::File::options().create(true).append(true).open(&file)?;
    let mut child = Command::new(binary()?)
        .args(["demo", "--quiet", "--data"])
        .arg(data)
        .env("CALLOUT__HTTP__LISTEN", http.to_string())
        .env("CALLOUT__SIP__LISTEN", format!("127.0.0.1:{}", ports.1))
        .env("CALLOUT__SIP__WEBRTC_PORT", ports.2.to_string())
        .env("CALLOUT__SIP__MEDIA_PORTS", "[0, 0]")
        .env("CALLOUT__HOOKS__PLAIN", "true")
        .stdout(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()?;
    opened(&mut child, http, &file).await?;
    Ok((http, child))
}

#[test]
fn another_programme_sees_every_event_although_the_server_is_killed() -> anyhow::Result<()> {
    on_deep_stacks(async move {
        let folder = tempfile::tempdir()?;
        let ports = (free_port()?, free_port()?, free_port()?);
        let other = Arc::new(Other::default());
        let there = Arc::clone(&other).listen().await?;
        let mut made: Vec<String> = Vec::new();
        for round in 0..=KILLS {
            let (http, mut child) = start(folder.path(), ports).await?;
            if round == 0 {
                let mut admin = Person::sign_in(http, "admin", &["board"]).await?;
                let wish = json!({"url": format!("http://{there}/in"), "kinds": ["client.created"]});
                admin
                    .repeat("a-link", "hook.create", wish, None)
                    .await?
                    .map_err(|p| anyhow::anyhow!("{p}"))?;
            }
            if round == KILLS {
                let all = other.until("every client", |seen| missing(seen, &made).is_empty()).await;
                if let Err(error) = all {
                    let there = standing(http, &mut child, folder.path()).await;
                    let missing = missing(&other.seen(), &made);
                    anyhow::bail!("{error}; missing, by their place: {missing:?}; {there}");
                }
                child.kill().await?;
                break;
            }
            let mut person = Person::sign_in(http, "dispatcher1", &["board"]).await?;
            for number in 0..MADE {
                let phone = format!("+7913{:07}", round * 1000 + number);
                let args = json!({"name": "Клиент", "phone": phone, "address": "ул. Северная, 1"});
                let id = format!("hook-{round}-{number}");
                let answer = person.repeat(&id, "client.create", args, None).await?;
                let answer = answer.map_err(|p| anyhow::anyhow!("{p}"))?;
                made.push(answer["client"].as_str().context("an id")?.to_owned());
            }
            let before = other.seen().len();
            other.until("some of them", |seen| seen.len() > before).await?;
            // SIGKILL: nothing is flushed, nobody is told.
            child.kill().await?;
        }
        judged(&other.seen(), &made)
    })
}

/// The places of those who were made and have not been told.
fn missing(seen: &[(String, Value)], made: &[String]) -> Vec<usize> {
    let told: BTreeSet<&str> = seen.iter().filter_map(|(_, event)| event["subject"].as_str()).collect();
    (0..made.len()).filter(|place| !told.contains(made[*place].as_str())).collect()
}

/// How the server stands that has not told everything.
async fn standing(http: SocketAddr, child: &mut Child, data: &std::path::Path) -> String {
    let asked = async {
        let admin = Person::sign_in(http, "admin", &[]).await?;
        let hooks = admin.get("/api/hooks").await?;
        let events = admin.get("/api/events?kinds=client.created&limit=1000").await?;
        let kept: Vec<&Value> =
            events["events"].as_array().context("events")?.iter().map(|e| &e["seq"]).collect();
        Ok::<_, anyhow::Error>(format!(
            "{hooks}; kept: {kept:?}; next {}, head {}",
            events["next"], events["head"]
        ))
    };
    let asked = tokio::time::timeout(PATIENCE, asked).await;
    let log = std::fs::read_to_string(data.join("log")).unwrap_or_default();
    format!("the server ({:?}) says: {asked:?}; it has logged: {log}", child.try_wait())
}

/// Every client once or more, in order, and twice only as the same event.
fn judged(seen: &[(String, Value)], made: &[String]) -> anyhow::Result<()> {
    let mut first: BTreeMap<u64, (&String, &Value)> = BTreeMap::new();
    let mut order: Vec<u64> = Vec::new();
    for (id, event) in seen {
        let seq = event["seq"].as_u64().context("a number")?;
        anyhow::ensure!(event["id"] == json!(id), "the header says `{id}`, the event {}", event["id"]);
        match first.get(&seq) {
            None => {
                order.push(seq);
                first.insert(seq, (id, event));
            }
            Some((known, same)) => {
                anyhow::ensure!(*known == id && *same == event, "`{id}` came twice and differs");
            }
        }
    }
    anyhow::ensure!(order.is_sorted(), "first sights are in order: {order:?}");
    let subjects: Vec<&Value> = order.iter().map(|seq| &first[seq].1["subject"]).collect();
    let wanted: Vec<Value> = made.iter().map(|id| json!(id)).collect();
    anyhow::ensure!(subjects.into_iter().eq(wanted.iter()), "each client once, in the order of the answers");
    println!("{} clients, {} posts, {} of them repeats", made.len(), seen.len(), seen.len() - order.len());
    Ok(())
}
