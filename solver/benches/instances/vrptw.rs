//! Vehicle routing with time windows after Solomon and after Gehring and Homberger, by the DIMACS convention: ways and
//! times to one decimal, the rest cut off; only distance counts.

use crate::instance::{Instance, numbers};
use crate::plane::{Plane, place};
use crate::proof;
use solver::{Job, JobKey, Master, MasterKey, Params, Part};
use std::{fs, path::Path};

/// Leaving a customer out costs more than any tour.
const LEFT_OUT: i64 = 1_000_000;

/// Reads one problem by its name; nothing if it is not in the folder.
pub fn read(data: &Path, name: &str) -> Option<Instance> {
    let table = fs::read_to_string(data.join("vrptw/dimacs_bks.csv")).ok()?;
    let mut rows = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let best = rows.find(|row| row[0] == name).and_then(|row| row.get(1)?.parse().ok())?;
    let set = if name.contains('_') { "Homberger" } else { "Solomon" };
    let text = fs::read_to_string(data.join("vrptw").join(set).join(format!("{name}.txt"))).ok()?;
    parse(&text, name, best)
}

/// Reads one problem; nothing if the text is not one.
pub fn parse(text: &str, name: &str, best: f64) -> Option<Instance> {
    let mut rows = text.lines().filter_map(numbers);
    let fleet = rows.next().filter(|row| row.len() == 2)?;
    let depot = rows.next().filter(|row| row.len() == 7)?;
    let home = place(depot[1] as i32, depot[2] as i32);
    let mut params = Params { wait_permille: 0, overtime_permille: 0, ..Params::default() };
    (params.freeze, params.threshold) = (i64::MIN / 4, 0);
    // The program over the tours of a large problem would take longer than the search.
    let customers = text.lines().filter_map(numbers).filter(|row| row.len() == 7).count();
    params.pool_limit = if customers <= 250 { 20_000 } else { params.pool_limit };
    let vehicle = |key: i64| {
        let mut master = Master::new(MasterKey(key as u128), home, (10 * depot[4], 10 * depot[5]));
        master.stock = vec![Part::new(0, fleet[1] as u32)];
        master
    };
    let customer = |row: Vec<i64>| {
        let mut job = Job::new(JobKey(row[0] as u128), place(row[1] as i32, row[2] as i32));
        job.windows = vec![(10 * row[4], 10 * row[5])];
        job.service = 10 * row[6];
        job.parts = vec![Part::new(0, row[3] as u32)];
        job.priority = LEFT_OUT;
        job
    };
    Some(Instance {
        name: name.to_owned(),
        masters: (0..fleet[0]).map(vehicle).collect(),
        jobs: rows.filter(|row| row.len() == 7).map(customer).collect(),
        params,
        plane: Plane { ticks: 10.0, up: false },
        best,
        prove: proof::vrptw,
    })
}
