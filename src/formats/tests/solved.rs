//! Problems read and solved: every plan passes the independent checker.

use formats::{Problem, Report, Shown, read, svg};
use solver::Budget;
use std::{fs, io::Write as _, path::PathBuf};

pub const SOLOMON: &str = "TINY\n\nVEHICLE\nNUMBER     CAPACITY\n  2         20\n\nCUSTOMER\n\
CUST NO.  XCOORD.  YCOORD.  DEMAND  READY TIME  DUE DATE  SERVICE TIME\n\n\
    0      0          0          0          0        200          0\n\
    1      30         40         5          0        100         10\n\
    2      30         40        10         60        150         10\n\
    3     -30.5       40         5          0        160         10\n";

pub const TRSP: &str = "T1\n\nINFO\nCREW COUNT  SKILLS  TOOLS   SPARE PARTS\n2      2       1       2\n\n\
DEPOT TECHNICIANS AND REQUESTS\nID   X     Y     TWS    TWE    Serv   SKILLS   TOOLS    SPARE PARTS\n\
0    40    50    0      1000   0      []      []      []\n\
1    10    10    0      1000   0      [0]     [0]     [1,1]\n\
2    70    70    0      1000   0      [1]     [0]     [1,1]\n\
3    12    12    0      900    10     [0]     []      [0,0]\n\
4    72    72    0      900    10     [1]     []      [0,1]\n";

pub const DAY: &str = r#"{ "name": "Tuesday",
  "masters": [
    { "name": "Orlov", "home": [58.01, 56.25], "shift": ["09:00", "18:00"], "skills": { "fridge": 2 } },
    { "name": "Belov", "home": [58.05, 56.20] } ],
  "jobs": [
    { "name": "R-17", "place": [58.02, 56.20], "minutes": 45, "windows": [["10:00", "12:00"]], "skills": { "fridge": 1 } },
    { "name": "R-18 <b>", "place": [58.04, 56.21], "pinned": { "master": "Belov", "start": "11:30" } },
    { "name": "R-19", "place": [58.04, 56.22], "skills": { "oven": 3 } } ] }"#;

fn solved(problem: &Problem) -> (Report, String) {
    let mut engine = problem.engine(1).expect("keys of their own");
    engine.improve_unpublished(Budget::deep(2000));
    let report = Report::of(problem, &engine);
    assert!(report.violations.is_empty(), "{:?}", report.violations);
    (report, svg(problem, &engine.plan()))
}

#[test]
fn a_solomon_problem_is_solved_by_its_own_convention() {
    let problem = read(SOLOMON, "x").expect("a problem");
    let (report, picture) = solved(&problem);
    assert_eq!(report.left_out, []);
    // One vehicle: 50 to the first two, 60.5 across, 50.3 home, each cut to a decimal.
    assert!((report.cost - 160.8).abs() < 1e-9, "{}", report.cost);
    assert!(picture.starts_with("<svg ") && picture.matches("<circle").count() == 3);
}

#[test]
fn a_vehicle_carries_no_more_than_it_can() {
    let problem = read(&SOLOMON.replace("  2         20", "  2         15"), "x").expect("a problem");
    let (report, _) = solved(&problem);
    assert_eq!((report.tours.len(), report.left_out.len()), (2, 0), "twenty units do not go into one");
}

#[test]
fn rest_between_two_days_is_read_and_kept() {
    let rest =
        r#""rest": { "minutes": 660, "yesterday_end": "23:30", "tomorrow_start": "04:00" }, "home": [58.05"#;
    let text = DAY.replace(r#""home": [58.05"#, rest);
    let problem = read(&text, "x").expect("a problem");
    let (report, _) = solved(&problem);
    let belov = report.tours.iter().find(|tour| tour.master == "Belov").expect("the pin is kept");
    // Half past eleven and eleven hours: not out before half past ten; home by five in the evening.
    let owed = problem.masters[1].rest.expect("told");
    assert_eq!((owed.since, owed.until, owed.seconds), (Some(-1800), Some(28 * 3600), 39_600));
    assert!(belov.end.as_str() <= "17:00", "{}", belov.end);
    let late = text.replace(r#""start": "11:30""#, r#""start": "16:30""#);
    let (report, _) = solved(&read(&late, "x").expect("a problem"));
    assert!(report.left_out.iter().any(|job| job.job == "R-18 <b>"), "{:?}", report.left_out);
}

#[test]
fn a_missing_part_is_fetched_from_the_store() {
    let here = read(TRSP, "x").expect("a problem");
    let lacking = TRSP.replace(
        "2    70    70    0      1000   0      [1]     [0]     [1,1]",
        "2    70    70    0      1000   0      [1]     [0]     [1,0]",
    );
    let there = read(&lacking, "x").expect("a problem");
    let ((with, _), (without, _)) = (solved(&here), solved(&there));
    assert_eq!(without.left_out, []);
    assert!(without.cost > with.cost + 60.0, "{} {}", without.cost, with.cost);
}

#[test]
fn a_technicians_problem_is_solved() {
    let problem = read(TRSP, "x").expect("a problem");
    let (report, _) = solved(&problem);
    assert_eq!(report.tours.len(), 2);
    assert_eq!(report.left_out, []);
}

#[test]
fn a_day_is_solved_with_names_pins_and_reasons() {
    let problem = read(DAY, "x").expect("a day");
    let (report, picture) = solved(&problem);
    let belov = report.tours.iter().find(|tour| tour.master == "Belov").expect("he has a pinned job");
    assert_eq!((belov.stops[0].job.as_str(), belov.stops[0].start.as_str()), ("R-18 <b>", "11:30"));
    let orlov = report.tours.iter().find(|tour| tour.master == "Orlov").expect("he alone knows fridges");
    assert_eq!(orlov.stops[0].job, "R-17");
    assert_eq!(report.left_out.len(), 1);
    assert!(report.left_out[0].why.contains("skill"), "{:?}", report.left_out);
    assert!(picture.contains("R-18 &lt;b&gt;") && picture.contains("R-19, left out"));
    let text = Shown(&problem, &report).to_string();
    assert!(text.contains("2 tours, 2 stops, 1 left out"), "{text}");
    let json = serde_json::to_value(&report).expect("data");
    assert_eq!(json["tours"][0]["stops"].as_array().map(Vec::len), Some(1));
}

/// The folder of the benchmarks, if it is there; a loud line otherwise.
fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let told = std::env::var_os("CALLOUT_DATA").or_else(|| std::env::var_os("CALLOUT_TEST_DATA"));
    let folder = told.map_or_else(|| PathBuf::from(beside), PathBuf::from);
    if folder.join("vrptw").is_dir() {
        return Some(folder);
    }
    let line = format!("SKIPPED: no benchmarks in `{}`; set CALLOUT_DATA\n", folder.display());
    std::io::stderr().write_all(line.as_bytes()).expect("somebody reads the tests");
    None
}

#[test]
fn every_file_of_the_benchmarks_is_read() {
    let Some(folder) = folder() else { return };
    let mut read_files = 0;
    for set in ["vrptw/Solomon", "vrptw/Homberger", "trsp"] {
        for entry in fs::read_dir(folder.join(set)).expect("a folder").flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|ending| ending == "txt") {
                let text = fs::read_to_string(&path).expect("a text");
                let problem = read(&text, "x").unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                assert!(problem.jobs.len() >= 100 && !problem.masters.is_empty(), "{}", path.display());
                read_files += 1;
            }
        }
    }
    assert!(read_files > 80, "{read_files}");
}
