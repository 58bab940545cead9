//! A small routing server that speaks as OSRM and as Valhalla do, as their documents say.

use serde_json::{Value, json};
use solver::{GreatCircle, Place, TravelTimes};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

/// How a server behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As `osrm-routed`, with a table of at most so many places.
    Osrm(usize),
    /// As `valhalla_service`: objects with indices.
    Valhalla,
    /// The same in miles.
    ValhallaMiles,
    /// As newer ones do when asked to be brief: two matrices.
    ValhallaBrief,
    /// Breaks down.
    Broken,
    /// Answers with something else.
    Other,
    /// Takes the question and never answers.
    Silent,
    /// Finds no way anywhere.
    Islands,
}

/// A server that is up.
pub struct Peer {
    pub address: SocketAddr,
    pub asked: Arc<AtomicUsize>,
}

impl Peer {
    /// Starts a server; it ends with the process.
    pub fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming().flatten() {
                if manner == Manner::Silent {
                    count.fetch_add(1, Relaxed);
                    kept.push(stream);
                    continue;
                }
                let count = Arc::clone(&count);
                std::thread::spawn(move || serve(stream, manner, &count));
            }
        });
        Self { address, asked }
    }
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
    pub fn asked(&self) -> usize {
        self.asked.load(Relaxed)
    }
}

/// What this server takes for a way: of the crow, and so many seconds.
pub fn truth(from: &Place, to: &Place) -> (f64, f64) {
    let leg = GreatCircle::default().leg(from, to);
    (leg.seconds as f64 * 1.5 + 0.4, leg.metres as f64 + 0.3)
}

/// Answers the questions of one connection, one after the other.
fn serve(stream: TcpStream, manner: Manner, count: &AtomicUsize) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut writer = stream;
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).expect("a header");
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("a body");
        count.fetch_add(1, Relaxed);
        let target = first.split(' ').nth(1).expect("a target");
        let (status, answer) = answer(manner, target, &body);
        let head = format!(
            "HTTP/1.1 {status} Told\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            answer.len()
        );
        if writer.write_all(head.as_bytes()).and_then(|()| writer.write_all(answer.as_bytes())).is_err() {
            return;
        }
    }
}

fn answer(manner: Manner, target: &str, body: &[u8]) -> (u16, String) {
    match manner {
        Manner::Osrm(most) => osrm(target, most, false),
        Manner::Islands => osrm(target, usize::MAX, true),
        Manner::Broken => (500, "out of memory".to_owned()),
        Manner::Other => (200, "<html>it works</html>".to_owned()),
        Manner::Silent => (200, String::new()),
        _ => valhalla(manner, target, body),
    }
}

/// `GET /table/v1/{profile}/{lon},{lat};…?sources=…&destinations=…&annotations=duration,distance`
fn osrm(target: &str, most: usize, islands: bool) -> (u16, String) {
    let (path, query) = target.split_once('?').expect("a query");
    let coordinates = path.strip_prefix("/table/v1/driving/").expect("the path of the service");
    let places: Vec<Place> = coordinates
        .split(';')
        .map(|pair| {
            let (lon, lat) = pair.split_once(',').expect("longitude and latitude");
            Place::new(lat.parse().expect("degrees"), lon.parse().expect("degrees"))
        })
        .collect();
    if places.len() > most {
        let said = json!({"code": "TooBig", "message": "Too many table coordinates"});
        return (400, said.to_string());
    }
    let options: Vec<(&str, &str)> = query.split('&').filter_map(|option| option.split_once('=')).collect();
    let option = |key: &str| options.iter().find(|(k, _)| *k == key).expect("an option").1;
    assert_eq!(option("annotations"), "duration,distance");
    let list =
        |key: &str| -> Vec<usize> { option(key).split(';').map(|k| k.parse().expect("an index")).collect() };
    let (sources, destinations) = (list("sources"), list("destinations"));
    let matrix = |part: fn((f64, f64)) -> f64| -> Value {
        let row = |i: &usize| -> Value {
            let cell = |j: &usize| match islands {
                true => Value::Null,
                false => json!(part(truth(&places[*i], &places[*j]))),
            };
            destinations.iter().map(cell).collect()
        };
        sources.iter().map(row).collect()
    };
    let said = json!({
        "code": "Ok", "durations": matrix(|way| way.0), "distances": matrix(|way| way.1),
        "sources": [], "destinations": [],
    });
    (200, said.to_string())
}

/// `POST /sources_to_targets` with `sources`, `targets` and `costing`
fn valhalla(manner: Manner, target: &str, body: &[u8]) -> (u16, String) {
    assert_eq!(target, "/sources_to_targets");
    let asked: Value = serde_json::from_slice(body).expect("a question");
    assert_eq!(asked["costing"], "auto");
    let places = |key: &str| -> Vec<Place> {
        let points = asked[key].as_array().expect("points");
        let degrees = |point: &Value, key: &str| point[key].as_f64().expect("degrees");
        points.iter().map(|p| Place::new(degrees(p, "lat"), degrees(p, "lon"))).collect()
    };
    let (sources, targets) = (places("sources"), places("targets"));
    if sources.len() * targets.len() > 2500 {
        let said = json!({
            "error_code": 150, "status_code": 400, "status": "Bad Request",
            "error": "Exceeded max location pairs of 2500",
        });
        return (400, said.to_string());
    }
    let miles = manner == Manner::ValhallaMiles;
    let unit = if miles { 1609.344 } else { 1000.0 };
    let ways = |cell: &dyn Fn(usize, usize, (f64, f64)) -> Value| -> Value {
        let row = |(i, a): (usize, &Place)| -> Value {
            targets.iter().enumerate().map(|(j, b)| cell(i, j, truth(a, b))).collect()
        };
        sources.iter().enumerate().map(row).collect()
    };
    let told = match manner {
        Manner::ValhallaBrief => json!({
            "durations": ways(&|_, _, way| json!(way.0)), "distances": ways(&|_, _, way| json!(way.1 / unit)),
        }),
        _ => ways(
            &|i, j, way| json!({"distance": way.1 / unit, "time": way.0, "from_index": i, "to_index": j}),
        ),
    };
    let units = if miles { "miles" } else { "kilometers" };
    (200, json!({"sources_to_targets": told, "units": units}).to_string())
}
