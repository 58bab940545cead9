//! `callout solve` and the settings of roads, as a person meets them.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

const DAY: &str = r#"{ "name": "Tuesday",
  "masters": [ { "name": "Orlov", "home": [58.01, 56.25], "skills": { "fridge": 2 } },
               { "name": "Belov", "home": [58.05, 56.20] } ],
  "jobs": [
    { "name": "R-17", "place": [58.02, 56.20], "minutes": 45, "windows": [["10:00", "12:00"]], "skills": { "fridge": 1 } },
    { "name": "R-18", "place": [58.04, 56.21] }, { "name": "R-19", "place": [58.03, 56.27] } ] }"#;

/// A folder of its own for each test, emptied first.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("callout-solve-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn callout(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_callout")).args(args).output().expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_day_is_solved_printed_written_and_drawn() {
    let folder = folder("day");
    let at = |name: &str| folder.join(name).display().to_string();
    fs::write(at("day.json"), DAY).expect("written");
    let solve = |out: &str| {
        let args = ["--iterations", "400", "--out", out, "--svg", &at("plan.svg")];
        callout(&[&["solve", &at("day.json")][..], &args[..]].concat())
    };
    let first = solve(&at("a.json"));
    assert!(first.status.success(), "{}", text(&first.stderr));
    assert!(text(&first.stdout).contains("3 stops, 0 left out"), "{}", text(&first.stdout));
    assert!(text(&first.stderr).lines().count() > 3, "progress is told: {}", text(&first.stderr));
    let plan: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(at("a.json")).expect("written")).expect("JSON");
    assert_eq!(plan["violations"].as_array().map(Vec::len), Some(0));
    assert!(fs::read_to_string(at("plan.svg")).expect("drawn").contains("</svg>"));
    let second = solve(&at("b.json"));
    assert_eq!(text(&second.stdout), text(&first.stdout), "the same iterations give the same plan");
    fs::remove_dir_all(folder).expect("removed");
}

/// Two customers in opposite directions and one vehicle: 10 + 20 + 10 is the best there is, and is proved to be.
const LINE: &str = "line\n\nVEHICLE\nNUMBER CAPACITY\n1 10\n\nCUSTOMER\nCUST NO. XCOORD. YCOORD. DEMAND READY DUE SERVICE\n\
    0 0 0 0 0 1000 0\n1 10 0 1 0 900 5\n2 -10 0 1 0 900 5\n";

#[test]
fn a_plan_is_told_with_what_no_plan_can_beat() {
    let folder = folder("bound");
    let (file, out) = (folder.join("line.txt"), folder.join("plan.json"));
    fs::write(&file, LINE).expect("written");
    let (file, out) = (file.display().to_string(), out.display().to_string());
    let solved = callout(&["solve", &file, "--iterations", "50", "--bound", "--out", &out]);
    assert!(solved.status.success(), "{}", text(&solved.stderr));
    let said = text(&solved.stdout);
    assert!(said.contains("no plan costs less than 40.0: this one loses 0.00 % at most"), "{said}");
    let plan: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&out).expect("written")).expect("JSON");
    assert_eq!(plan["bound"]["settled"], true, "{plan}");
    let none = callout(&["solve", &file, "--bound=0"]);
    assert!(text(&none.stderr).contains("0 is not in 1..=10000"), "{}", text(&none.stderr));
    fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn a_day_is_solved_by_road() {
    let folder = folder("road");
    let (day, extract) = (folder.join("day.json"), folder.join("town.osm"));
    fs::write(&day, DAY).expect("written");
    let nodes: String = (0..4)
        .map(|k| {
            format!(
                r#"<node id="{k}" lat="{}" lon="{}"/>"#,
                58.0 + f64::from(k) * 0.02,
                56.2 + f64::from(k % 2) * 0.08
            )
        })
        .collect();
    let way = r#"<way id="9"><nd ref="0"/><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/></way>"#;
    fs::write(&extract, format!("<osm>{nodes}{way}</osm>")).expect("written");
    let (day, extract) = (day.display().to_string(), extract.display().to_string());
    let solve = || callout(&["solve", &day, "--roads", &extract, "--iterations", "100"]);
    let (prepared, again) = (solve(), solve());
    assert!(prepared.status.success(), "{}", text(&prepared.stderr));
    assert_eq!(text(&prepared.stdout), text(&again.stdout), "roads once prepared are the same roads");
    assert!(fs::exists(format!("{extract}.roads")).expect("a folder"), "they are kept beside the extract");
    fs::write(format!("{extract}.roads"), "CALLROADdamaged").expect("written");
    assert!(solve().status.success(), "damaged roads are prepared anew");
    let named = callout(&["solve", &day, "--roads", &day]);
    assert!(text(&named.stderr).contains("is not an extract"), "{}", text(&named.stderr));
    fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn what_cannot_be_solved_is_told_by_line() {
    let folder = folder("wrong");
    let file = folder.join("day.json").display().to_string();
    fs::write(&file, DAY.replace("10:00", "ten")).expect("written");
    let wrong = callout(&["solve", &file]);
    assert!(!wrong.status.success());
    let said = text(&wrong.stderr);
    assert!(said.contains("line `5`") && said.contains("moment `ten`, expected `HH:MM`"), "{said}");
    let missing = callout(&["solve", "no-such-file.txt"]);
    assert!(text(&missing.stderr).contains("cannot read `no-such-file.txt`"), "{}", text(&missing.stderr));
    fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn roads_that_cannot_be_had_stop_the_server_in_words() {
    let refused = |vars: &[(&str, &str)]| {
        let mut server = Command::new(env!("CARGO_BIN_EXE_callout"));
        server.arg("server").env("CALLOUT__STORE__URL", "mem://").env("CALLOUT__SIP__LISTEN", "127.0.0.1:0");
        server.env("CALLOUT__HTTP__LISTEN", "127.0.0.1:0").env("CALLOUT__SIP__WEBRTC_PORT", "0");
        let output = server.envs(vars.iter().copied()).output().expect("the binary runs");
        assert!(!output.status.success());
        text(&output.stderr)
    };
    let unknown = refused(&[("CALLOUT__ROADS__SOURCE", "carriages")]);
    assert!(unknown.contains("`carriages`") && unknown.contains("`great-circle`"), "{unknown}");
    assert!(refused(&[("CALLOUT__ROADS__SOURCE", "file")]).contains("`roads.path` is missing"));
    assert!(refused(&[("CALLOUT__ROADS__SOURCE", "osrm")]).contains("`roads.url` is missing"));
    let ftp = [("CALLOUT__ROADS__SOURCE", "valhalla"), ("CALLOUT__ROADS__URL", "ftp://x")];
    assert!(refused(&ftp).contains("`ftp://x` is not an address"));
    let hour = [("CALLOUT__ROADS__HOUR", "25")];
    assert!(refused(&hour).contains("`roads.hour` is `25`"));
    let paces = |source: &str, paces: &str| {
        refused(&[("CALLOUT__ROADS__SOURCE", source), ("CALLOUT__ROADS__PACES", paces)])
    };
    assert!(paces("great-circle", "[100, 160]").contains("`roads.paces` has `2` numbers"));
    let wild = format!("[{}5000]", "100, ".repeat(23));
    assert!(paces("great-circle", &wild).contains("a pace of `roads.paces` is `5000`"));
    assert!(
        paces("demo", "[100]").contains("`roads.paces` is set, but these roads have a traffic of their own")
    );
}
