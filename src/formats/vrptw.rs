//! Vehicle routing with time windows after Solomon and after Gehring and Homberger, by the DIMACS convention: ways and
//! times to one decimal, the rest cut off; only distance counts.

use crate::{
    plane::Plane,
    problem::{Problem, Unit},
    text::{Fields, FormatError, Lines},
};
use solver::{Job, JobKey, Master, MasterKey, Params};
use std::{collections::BTreeSet, sync::Arc};

/// Ticks for a unit of distance or time.
const TICKS: f64 = 10.0;
/// Leaving a customer out costs more than any tour.
const LEFT_OUT: i64 = 1_000_000;
const COLUMNS: [&str; 7] =
    ["CUST NO.", "XCOORD.", "YCOORD.", "DEMAND", "READY TIME", "DUE DATE", "SERVICE TIME"];

/// The depot or a customer, in units of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Customer {
    /// Number; zero is the depot.
    pub number: u32,
    /// Coordinates.
    pub point: (f64, f64),
    /// What has to be brought.
    pub demand: u32,
    /// When service may start.
    pub window: (f64, f64),
    /// How long service takes.
    pub service: f64,
}

/// A problem as the file has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Vrptw {
    /// Its name, the first line.
    pub name: String,
    /// How many vehicles there are at most.
    pub vehicles: u32,
    /// What each can carry.
    pub capacity: u32,
    /// Where they begin and end, and when.
    pub depot: Customer,
    /// Whom they visit.
    pub customers: Vec<Customer>,
}

/// Reads a file.
///
/// # Errors
/// The first line that breaks the format.
pub fn read(text: &str) -> Result<Vrptw, FormatError> {
    let mut lines = Lines::new(text);
    let (_, name) = lines.line("the name of the problem")?;
    lines.until("VEHICLE")?;
    lines.until("NUMBER")?;
    let fleet = ["NUMBER", "CAPACITY"];
    let fields = Fields::of(lines.line("the number and the capacity of vehicles")?, &fleet)?;
    let (vehicles, capacity) = (fields.whole(0, fleet[0], 1)?, fields.whole(1, fleet[1], 0)?);
    lines.until("CUSTOMER")?;
    lines.until("CUST")?;
    let depot = customer(lines.line("the depot")?, capacity)?;
    let mut customers = Vec::new();
    let mut numbers = BTreeSet::from([depot.number]);
    while let Some(line) = lines.maybe() {
        let customer = customer(line, capacity)?;
        if !numbers.insert(customer.number) {
            return Err(FormatError::new(line.0, customer.number.to_string(), "a number not used before"));
        }
        customers.push(customer);
    }
    if customers.is_empty() {
        return Err(lines.line("a customer").err().unwrap_or_else(|| FormatError::new(1, "", "a customer")));
    }
    Ok(Vrptw { name: name.to_owned(), vehicles, capacity, depot, customers })
}

fn customer(line: (usize, &str), capacity: u32) -> Result<Customer, FormatError> {
    let fields = Fields::of(line, &COLUMNS)?;
    let coordinate = |k: usize| -> Result<f64, FormatError> {
        let number = fields.number(k, COLUMNS[k], -Plane::FURTHEST)?;
        let furthest = format!("a coordinate of at most `{}`", Plane::FURTHEST);
        if number > Plane::FURTHEST { Err(fields.wrong(k, furthest)) } else { Ok(number) }
    };
    let ready = fields.number(4, COLUMNS[4], 0.0)?;
    let due = fields.number(5, COLUMNS[5], 0.0)?;
    if due < ready {
        return Err(fields.wrong(5, format!("`DUE DATE` not before `READY TIME`, `{ready}`")));
    }
    let demand = fields.whole(3, COLUMNS[3], 0)?;
    if demand > capacity {
        return Err(fields.wrong(3, format!("a `DEMAND` of at most the vehicle's capacity, `{capacity}`")));
    }
    Ok(Customer {
        number: fields.whole(0, COLUMNS[0], 0)?,
        point: (coordinate(1)?, coordinate(2)?),
        demand,
        window: (ready, due),
        service: fields.number(6, COLUMNS[6], 0.0)?,
    })
}

/// Units of the file as ticks, the rest cut off.
fn ticks(units: f64) -> i64 {
    (units * TICKS) as i64
}

impl Vrptw {
    /// The problem in the solver's words.
    pub fn problem(&self) -> Problem {
        let home = Plane::place(self.depot.point.0, self.depot.point.1);
        let shift = (ticks(self.depot.window.0), ticks(self.depot.window.1));
        let mut params = Params { wait_permille: 0, overtime_permille: 0, ..Params::default() };
        (params.freeze, params.threshold) = (i64::MIN / 4, 0);
        let vehicle = |k: u32| Master::new(MasterKey(u128::from(k) + 1), home, shift);
        let job = |c: &Customer| {
            let mut job = Job::new(JobKey(c.number.into()), Plane::place(c.point.0, c.point.1));
            job.windows = vec![(ticks(c.window.0), ticks(c.window.1))];
            (job.service, job.priority) = (ticks(c.service), LEFT_OUT);
            job
        };
        Problem {
            name: self.name.clone(),
            masters: (0..self.vehicles).map(vehicle).collect(),
            jobs: self.customers.iter().map(job).collect(),
            params,
            travel: Arc::new(Plane { ticks: TICKS, up: false }),
            unit: Unit::Ticks(TICKS),
            names: Default::default(),
        }
    }
}
