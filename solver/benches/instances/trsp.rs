//! Technician routing and scheduling after Pillac, Gueret and Medaglia (2013): homes, skills, tools, spare parts, and a
//! store for what is missing; the time all technicians are on the road counts.

use crate::instance::Instance;
use crate::plane::{Plane, place};
use crate::proof;
use solver::{Job, JobKey, Master, MasterKey, Params, Part, Place, Skill};
use std::{fs, path::Path};

/// Ticks for a unit of time; ways are taken up to whole ticks, so that a plan keeps its windows in real numbers too.
const TICKS: i64 = 1000;
/// Leaving a request out costs more than any tour.
const LEFT_OUT: i64 = 10_000 * TICKS;

/// A line of an instance.
struct Row {
    id: i64,
    place: Place,
    window: (i64, i64),
    service: i64,
    skills: Vec<Skill>,
    tools: Vec<u16>,
    parts: Vec<Part>,
}

/// Reads all problems, by name.
pub fn read(data: &Path) -> Vec<Instance> {
    let table = fs::read_to_string(data.join("trsp/bks.csv")).unwrap_or_default();
    let rows = table.lines().skip(1).filter_map(|line| {
        let mut fields = line.split(',');
        Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
    });
    let read = |(name, best): (String, f64)| {
        let text = fs::read_to_string(data.join(format!("trsp/{name}.txt"))).ok()?;
        parse(&text, name.split('.').next()?, best)
    };
    rows.filter_map(read).collect()
}

/// Reads one problem; nothing if the text is not one.
pub fn parse(text: &str, name: &str, best: f64) -> Option<Instance> {
    let crew = text.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        (words.len() == 4).then(|| words[0].parse::<i64>().ok()).flatten()
    })?;
    let rows: Vec<Row> = text.lines().filter_map(row).collect();
    let store = rows.first()?.place;
    let technician = |row: &Row| {
        let mut master = Master::new(MasterKey(row.id as u128), row.place, row.window);
        master.skills = row.skills.clone();
        master.tools = row.tools.clone();
        master.stock = row.parts.clone();
        master.store = Some(store);
        master
    };
    let request = |row: &Row| {
        let mut job = Job::new(JobKey(row.id as u128), row.place);
        job.windows = vec![row.window];
        (job.service, job.priority) = (row.service, LEFT_OUT);
        (job.skills, job.tools, job.parts) = (row.skills.clone(), row.tools.clone(), row.parts.clone());
        job
    };
    let mut params = Params { wait_permille: 1000, late_departure: true, ..Params::default() };
    (params.freeze, params.threshold, params.pool_limit) = (i64::MIN / 4, 0, 20_000);
    Some(Instance {
        name: name.to_owned(),
        masters: rows.iter().filter(|row| (1..=crew).contains(&row.id)).map(technician).collect(),
        jobs: rows.iter().filter(|row| row.id > crew).map(request).collect(),
        params,
        plane: Plane { ticks: TICKS as f64, up: true },
        best,
        prove: proof::trsp,
    })
}

fn row(line: &str) -> Option<Row> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let number = |k: usize| words.get(k).and_then(|word| word.parse::<i64>().ok());
    let list = |k: usize| -> Option<Vec<u16>> {
        let inner = words.get(k)?.strip_prefix('[')?.strip_suffix(']')?;
        Some(inner.split(',').filter_map(|n| n.parse().ok()).collect())
    };
    let counts = list(8)?;
    Some(Row {
        id: number(0)?,
        place: place(number(1)? as i32, number(2)? as i32),
        window: (number(3)? * TICKS, number(4)? * TICKS),
        service: number(5)? * TICKS,
        skills: list(6)?.into_iter().map(|skill| Skill { skill, level: 1 }).collect(),
        tools: list(7)?,
        parts: (0..).zip(counts).map(|(part, count)| Part::new(part, count.into())).collect(),
    })
}
