//! A stand instead of a server, for tests: the same doors and frames, and no rules behind them.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{broadcast, mpsc, watch},
    time::Instant,
};
use tokio_tungstenite::{
    accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{Request, Response},
    },
};

/// A command that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Came {
    pub login: String,
    pub id: String,
    pub name: String,
    pub args: Value,
}

/// The city's instant when the doors open: a morning in the middle of the week.
pub const OPENED_AT: i64 = 1_900_043_200_000 + 2 * 86_400_000;

type Answer = dyn Fn(&Came) -> Result<Value, u16> + Send + Sync;

#[derive(Default)]
struct Board {
    topics: HashMap<String, (u64, BTreeMap<String, Value>)>,
}

/// The stand.
pub struct Stand {
    pub http: String,
    board: Mutex<Board>,
    news: broadcast::Sender<(String, Value)>,
    lines: watch::Sender<u64>,
    mute: AtomicBool,
    opened: Instant,
    came: mpsc::UnboundedSender<Came>,
    answer: Box<Answer>,
}

impl Stand {
    /// Opens the doors at a free port.
    pub async fn open(
        answer: impl Fn(&Came) -> Result<Value, u16> + Send + Sync + 'static,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Came>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (came, coming) = mpsc::unbounded_channel();
        let stand = Arc::new(Self {
            http: format!("http://{}", listener.local_addr().unwrap()),
            board: Mutex::default(),
            news: broadcast::channel(1_000).0,
            lines: watch::Sender::new(0),
            mute: AtomicBool::new(false),
            opened: Instant::now(),
            came,
            answer: Box::new(answer),
        });
        let doors = stand.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(doors.clone().visitor(stream));
            }
        });
        (stand, coming)
    }
    /// Puts a row up; a private topic is `agent:operator2`.
    pub fn put(&self, topic: &str, key: &str, row: Value) {
        let mut board = self.board.lock().unwrap();
        let (seq, rows) = board.topics.entry(topic.into()).or_default();
        *seq += 1;
        match row.is_null() {
            true => rows.remove(key),
            false => rows.insert(key.into(), row.clone()),
        };
        let public = topic.split(':').next().unwrap();
        let delta = json!({"t": "d", "topic": public, "from": *seq - 1, "seq": *seq, "ops": [[key, row]]});
        let _ = self.news.send((topic.to_owned(), delta));
    }
    /// Answers no commands any more, or does again.
    pub fn mute(&self, mute: bool) {
        self.mute.store(mute, Ordering::SeqCst);
    }
    /// Cuts every line.
    pub fn cut(&self) {
        self.lines.send_modify(|n| *n += 1);
    }

    fn now(&self) -> i64 {
        OPENED_AT + self.opened.elapsed().as_millis() as i64 * 60
    }

    async fn visitor(self: Arc<Self>, mut stream: TcpStream) {
        let mut first = [0u8; 4];
        let _ = stream.peek(&mut first).await;
        if &first == b"POST" {
            let mut text = String::new();
            let mut bytes = [0u8; 4_096];
            while !text.ends_with('}') {
                let n = stream.read(&mut bytes).await.unwrap();
                text.push_str(std::str::from_utf8(&bytes[..n]).unwrap());
            }
            let body: Value = serde_json::from_str(text.split("\r\n\r\n").nth(1).unwrap()).unwrap();
            assert_eq!(body.as_object().unwrap().len(), 2, "login and password, nothing else");
            let cookie = body["login"].as_str().unwrap();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nset-cookie: seat={cookie}; HttpOnly\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}"
            );
            let _ = stream.write_all(answer.as_bytes()).await;
            return;
        }
        let mut login = String::new();
        #[expect(clippy::result_large_err, reason = "the shape of the library's callback")]
        let read = |request: &Request, response: Response| {
            login = request.headers()["cookie"].to_str().unwrap().trim_start_matches("seat=").to_owned();
            Ok(response)
        };
        let socket = accept_hdr_async(stream, read).await.unwrap();
        self.talk(socket, login).await;
    }

    async fn talk(&self, mut socket: tokio_tungstenite::WebSocketStream<TcpStream>, login: String) {
        let (mut news, mut lines) = (self.news.subscribe(), self.lines.subscribe());
        let mut watched: Vec<String> = Vec::new();
        loop {
            let out = tokio::select! {
                _ = lines.changed() => return,
                told = news.recv() => match told {
                    Ok((topic, delta)) if watched.contains(&topic) => Some(delta),
                    Ok(_) => None,
                    Err(_) => return,
                },
                frame = socket.next() => {
                    let Some(Ok(Message::Text(text))) = frame else { return };
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    self.asked(&login, &frame, &mut watched)
                }
            };
            if let Some(out) = out
                && socket.send(Message::text(out.to_string())).await.is_err()
            {
                return;
            }
        }
    }

    fn asked(&self, login: &str, frame: &Value, watched: &mut Vec<String>) -> Option<Value> {
        let text = |name: &str| frame[name].as_str().unwrap_or_default().to_owned();
        match frame["t"].as_str()? {
            "hello" => Some(json!({"t": "welcome", "session": "s", "now": self.now(), "lapse": 60})),
            "ping" => Some(json!({"t": "pong", "now": self.now()})),
            "sub" => {
                let public = text("topic");
                let topic = if public == "queue" { public.clone() } else { format!("{public}:{login}") };
                watched.push(topic.clone());
                let mut board = self.board.lock().unwrap();
                let (seq, rows) = board.topics.entry(topic).or_default();
                let rows: Vec<Value> = rows.iter().map(|(key, row)| json!([key, row])).collect();
                Some(json!({"t": "snap", "topic": public, "epoch": 1, "seq": seq, "rows": rows}))
            }
            "cmd" => {
                let came = Came {
                    login: login.to_owned(),
                    id: text("id"),
                    name: text("name"),
                    args: frame["args"].clone(),
                };
                let mute = self.mute.load(Ordering::SeqCst);
                let _ = self.came.send(came.clone());
                if mute {
                    return None;
                }
                Some(match (self.answer)(&came) {
                    Ok(ok) => json!({"t": "res", "id": came.id, "ok": ok}),
                    Err(status) => {
                        json!({"t": "res", "id": came.id, "err": {"type": "/problems/no", "status": status}})
                    }
                })
            }
            _ => None,
        }
    }
}
