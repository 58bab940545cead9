//! A second walk along a plan, by the arithmetic of the benchmark and nothing of the engine: proves the plan right and
//! counts what it costs.

use crate::instance::Instance;
use solver::{Job, Master, Place, Plan, Tour};
use std::collections::BTreeMap;

/// A unit of the plane between two places, exact.
fn apart(a: &Place, b: &Place) -> f64 {
    let whole = |degrees: f64| (degrees * 100.0).round();
    (whole(a.lat()) - whole(b.lat())).hypot(whole(a.lon()) - whole(b.lon()))
}

/// Whose tour, its jobs in order, and the tour itself.
type Served<'a> = (&'a Master, Vec<&'a Job>, &'a Tour);

/// The jobs of each tour that has any, each job of the instance met exactly once.
fn tours<'a>(instance: &'a Instance, plan: &'a Plan) -> Result<Vec<Served<'a>>, String> {
    let mut left: BTreeMap<u128, &Job> = instance.jobs.iter().map(|job| (job.key.0, job)).collect();
    let mut tours = Vec::new();
    for tour in plan.tours.iter().filter(|tour| !tour.stops.is_empty()) {
        let master = instance.masters.iter().find(|m| m.key == tour.master);
        let master = master.ok_or_else(|| format!("nobody is `{}`", tour.master))?;
        let stops: Option<Vec<&Job>> = tour.stops.iter().map(|stop| left.remove(&stop.job.0)).collect();
        tours.push((master, stops.ok_or_else(|| format!("tour of `{}` repeats a job", tour.master))?, tour));
    }
    if left.is_empty() { Ok(tours) } else { Err(format!("`{}` jobs are left out", left.len())) }
}

/// Distance by the DIMACS convention, to one decimal.
pub fn vrptw(instance: &Instance, plan: &Plan) -> Result<f64, String> {
    let mut tenths = 0;
    for (vehicle, stops, _) in tours(instance, plan)? {
        let (mut here, mut moment, mut load) = (&vehicle.home, vehicle.shift.0, 0);
        for job in &stops {
            let way = (10.0 * apart(here, &job.place) + 1e-9).floor() as i64;
            (tenths, moment) = (tenths + way, (moment + way).max(job.windows[0].0));
            if moment > job.windows[0].1 {
                return Err(format!("customer `{}` is late", job.key));
            }
            (here, moment, load) = (&job.place, moment + job.service, load + job.parts[0].count);
        }
        let way = (10.0 * apart(here, &vehicle.home) + 1e-9).floor() as i64;
        tenths += way;
        if moment + way > vehicle.shift.1 || load > vehicle.stock[0].count {
            return Err(format!("vehicle `{}` is late or overloaded", vehicle.key));
        }
    }
    Ok(tenths as f64 / 10.0)
}

/// Time on the road of all technicians in real numbers, each leaving home as late as his day allows.
pub fn trsp(instance: &Instance, plan: &Plan) -> Result<f64, String> {
    let real = |ticks: i64| ticks as f64 / instance.plane.ticks;
    let mut total = 0.0;
    for (technician, stops, tour) in tours(instance, plan)? {
        supplied(technician, &stops, tour)?;
        let begun = real(technician.shift.0);
        // The moment, the waiting so far, and by how much leaving home later would delay nothing that matters.
        let (mut moment, mut waited, mut room) = (begun, 0.0_f64, f64::INFINITY);
        let mut here = &technician.home;
        for (job, stop) in stops.iter().zip(&tour.stops) {
            if let Some(store) = technician.store.as_ref().filter(|_| stop.by_store) {
                moment += apart(here, store);
                here = store;
            }
            moment += apart(here, &job.place);
            let (opens, closes) = (real(job.windows[0].0), real(job.windows[0].1));
            if moment > closes + 1e-6 {
                return Err(format!("request `{}` is late", job.key));
            }
            waited += (opens - moment).max(0.0);
            moment = moment.max(opens);
            room = room.min(waited + closes - moment);
            (moment, here) = (moment + real(job.service), &job.place);
        }
        moment += apart(here, &technician.home);
        if moment > real(technician.shift.1) + 1e-6 {
            return Err(format!("technician `{}` is home late", technician.key));
        }
        room = room.min(waited + real(technician.shift.1) - moment);
        total += moment - begun - room.min(waited);
    }
    Ok(total)
}

/// Skills, tools and parts: all in the van, or whatever is missing taken at one stop at the store.
fn supplied(technician: &Master, stops: &[&Job], tour: &Tour) -> Result<(), String> {
    let mut stock: BTreeMap<u16, i64> = technician.stock.iter().map(|p| (p.part, p.count.into())).collect();
    let mut been = false;
    for (job, stop) in stops.iter().zip(&tour.stops) {
        if stop.by_store && std::mem::replace(&mut been, true) {
            return Err(format!("technician `{}` comes by the store twice", technician.key));
        }
        if let Some(missing) = job.skills.iter().find(|need| !technician.skills.contains(need)) {
            return Err(format!("technician `{}` lacks skill `{}`", technician.key, missing.skill));
        }
        if been {
            continue;
        }
        let short = job.parts.iter().any(|part| {
            let left = stock.entry(part.part).or_default();
            *left -= i64::from(part.count);
            *left < 0
        });
        if short || job.tools.iter().any(|tool| !technician.tools.contains(tool)) {
            return Err(format!("request `{}` lacks parts or tools", job.key));
        }
    }
    Ok(())
}
