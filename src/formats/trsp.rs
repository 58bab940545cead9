//! Technician routing and scheduling after Pillac, Gueret and Medaglia (2013): homes, skills, tools, spare parts, and a
//! store for what is missing; the time all technicians are on the road counts.

use crate::{
    plane::Plane,
    problem::{Problem, Unit},
    text::{Fields, FormatError, Lines},
};
use solver::{Job, JobKey, Master, MasterKey, Params, Skill};
use std::{collections::BTreeSet, sync::Arc};

/// Ticks for a unit of time; ways are taken up to whole ticks, so that a plan keeps its windows in real numbers too.
const TICKS: f64 = 1000.0;
/// Leaving a request out costs more than any tour.
const LEFT_OUT: i64 = 10_000_000;
const COLUMNS: [&str; 9] = ["ID", "X", "Y", "TWS", "TWE", "Serv", "SKILLS", "TOOLS", "SPARE PARTS"];

/// The store, a technician or a request, in units of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Number; zero is the store, then technicians, then requests.
    pub number: u32,
    /// Coordinates.
    pub point: (f64, f64),
    /// A technician's shift, or when service may start.
    pub window: (f64, f64),
    /// How long service takes.
    pub service: f64,
    /// Skills had or needed.
    pub skills: Vec<u16>,
    /// Tools had or needed.
    pub tools: Vec<u16>,
    /// How many of each part are had or needed.
    pub parts: Vec<u16>,
}

/// A problem as the file has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trsp {
    /// Its name, the first line.
    pub name: String,
    /// Where tools and parts can be fetched.
    pub store: Row,
    /// Who goes.
    pub technicians: Vec<Row>,
    /// Whom they visit.
    pub requests: Vec<Row>,
}

/// Reads a file.
///
/// # Errors
/// The first line that breaks the format.
pub fn read(text: &str) -> Result<Trsp, FormatError> {
    let mut lines = Lines::new(text);
    let (_, name) = lines.line("the name of the problem")?;
    lines.until("CREW COUNT")?;
    let counts = ["CREW COUNT", "SKILLS", "TOOLS", "SPARE PARTS"];
    let fields = Fields::of(lines.line("the numbers of technicians, skills, tools and parts")?, &counts)?;
    let crew = fields.whole(0, counts[0], 1)?;
    let kinds =
        [fields.whole(1, counts[1], 0)?, fields.whole(2, counts[2], 0)?, fields.whole(3, counts[3], 0)?];
    lines.until("DEPOT")?;
    lines.until("ID")?;
    let store = row(lines.line("the store")?, kinds)?;
    let mut trsp = Trsp { name: name.to_owned(), store, technicians: Vec::new(), requests: Vec::new() };
    let mut numbers = BTreeSet::from([trsp.store.number]);
    while let Some(line) = lines.maybe() {
        let row = row(line, kinds)?;
        if !numbers.insert(row.number) {
            return Err(FormatError::new(line.0, row.number.to_string(), "an `ID` not used before"));
        }
        if row.number <= crew { trsp.technicians.push(row) } else { trsp.requests.push(row) }
    }
    if trsp.technicians.len() != crew as usize || trsp.requests.is_empty() {
        let expected = format!("`{crew}` technicians with the `ID`s from 1, and requests after them");
        let found = format!("{} technicians, {} requests", trsp.technicians.len(), trsp.requests.len());
        return Err(FormatError::new(text.lines().count().max(1), found, expected));
    }
    Ok(trsp)
}

fn row(line: (usize, &str), kinds: [u32; 3]) -> Result<Row, FormatError> {
    let fields = Fields::of(line, &COLUMNS)?;
    let coordinate = |k: usize| -> Result<f64, FormatError> {
        let number = fields.number(k, COLUMNS[k], -Plane::FURTHEST)?;
        let furthest = format!("a coordinate of at most `{}`", Plane::FURTHEST);
        if number > Plane::FURTHEST { Err(fields.wrong(k, furthest)) } else { Ok(number) }
    };
    let (from, to) = (fields.number(3, COLUMNS[3], 0.0)?, fields.number(4, COLUMNS[4], 0.0)?);
    if to < from {
        return Err(fields.wrong(4, format!("`TWE` not before `TWS`, `{from}`")));
    }
    let listed = |k: usize, count: u32| -> Result<Vec<u16>, FormatError> {
        let list = fields.list(k, COLUMNS[k])?;
        match list.iter().find(|item| u32::from(**item) >= count) {
            Some(item) => Err(fields.wrong(k, format!("numbers below `{count}`, found `{item}`"))),
            None => Ok(list),
        }
    };
    let parts = fields.list(8, COLUMNS[8])?;
    if !parts.is_empty() && parts.len() != kinds[2] as usize {
        return Err(fields.wrong(8, format!("a number for each of `{}` parts, or `[]`", kinds[2])));
    }
    Ok(Row {
        number: fields.whole(0, COLUMNS[0], 0)?,
        point: (coordinate(1)?, coordinate(2)?),
        window: (from, to),
        service: fields.number(5, COLUMNS[5], 0.0)?,
        skills: listed(6, kinds[0])?,
        tools: listed(7, kinds[1])?,
        parts,
    })
}

fn ticks(units: f64) -> i64 {
    (units * TICKS).round() as i64
}

impl Row {
    fn place(&self) -> solver::Place {
        Plane::place(self.point.0, self.point.1)
    }
    fn skills(&self) -> Vec<Skill> {
        self.skills.iter().map(|&skill| Skill { skill, level: 1 }).collect()
    }
    fn window(&self) -> (i64, i64) {
        (ticks(self.window.0), ticks(self.window.1))
    }
}

impl Trsp {
    /// The problem in the solver's words.
    pub fn problem(&self) -> Problem {
        let technician = |row: &Row| {
            let mut master = Master::new(MasterKey(row.number.into()), row.place(), row.window());
            master.skills = row.skills();
            master
        };
        let request = |row: &Row| {
            let mut job = Job::new(JobKey(row.number.into()), row.place());
            job.windows = vec![row.window()];
            (job.service, job.priority, job.skills) = (ticks(row.service), LEFT_OUT, row.skills());
            job
        };
        let mut params = Params { wait_permille: 1000, ..Params::default() };
        (params.freeze, params.threshold) = (i64::MIN / 4, 0);
        Problem {
            name: self.name.clone(),
            masters: self.technicians.iter().map(technician).collect(),
            jobs: self.requests.iter().map(request).collect(),
            params,
            travel: Arc::new(Plane { ticks: TICKS, up: true }),
            unit: Unit::Ticks(TICKS),
            names: Default::default(),
        }
    }
}
