//! A plan as a picture.

use crate::problem::Problem;
use solver::{JobKey, Place, Plan};
use std::{collections::BTreeMap, fmt::Write as _};

/// Side of the picture.
const SIDE: f64 = 1000.0;
/// Room around it.
const EDGE: f64 = 40.0;
/// Width of the list of tours.
const LIST: f64 = 260.0;

/// Draws a plan: a line for each tour, a dot for each job, a square for each home, a cross for what is left out.
pub fn svg(problem: &Problem, plan: &Plan) -> String {
    let frame = Frame::around(problem);
    let jobs: BTreeMap<JobKey, Place> = problem.jobs.iter().map(|job| (job.key, job.place)).collect();
    let tours: Vec<_> = plan.tours.iter().filter(|tour| !tour.stops.is_empty()).collect();
    let mut all = String::new();
    let height = (EDGE * 2.0 + 18.0 * (tours.len() + 3) as f64).max(SIDE);
    // Writing to a text does not fail.
    let mut line = |text: String| {
        let _written = writeln!(all, "{text}");
    };
    line(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {height}" font-family="sans-serif" font-size="12">"#,
        SIDE + LIST
    ));
    line(r##"<rect width="100%" height="100%" fill="#fff"/>"##.to_owned());
    line(format!(r#"<text x="{SIDE}" y="{EDGE}" font-size="15">{}</text>"#, escaped(&problem.name)));
    for (k, tour) in tours.iter().enumerate() {
        let colour = colour(k);
        let Some(master) = problem.masters.iter().find(|master| master.key == tour.master) else { continue };
        let (x, y) = frame.at(&master.home);
        let mut path = format!("M{x:.1} {y:.1}");
        for place in tour.stops.iter().filter_map(|stop| jobs.get(&stop.job)) {
            let (x, y) = frame.at(place);
            let _written = write!(path, "L{x:.1} {y:.1}");
        }
        if tour.home_metres > 0 {
            let _written = write!(path, "L{x:.1} {y:.1}");
        }
        line(format!(
            r#"<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.6" stroke-opacity="0.8"/>"#
        ));
        for stop in &tour.stops {
            let Some(place) = jobs.get(&stop.job) else { continue };
            let ((x, y), name) = (frame.at(place), escaped(&problem.job(stop.job)));
            let start = problem.moment(stop.start);
            line(format!(
                r#"<circle cx="{x:.1}" cy="{y:.1}" r="3.2" fill="{colour}"><title>{name}, {start}</title></circle>"#
            ));
        }
        let top = EDGE + 18.0 * (k + 1) as f64;
        let (name, stops) = (escaped(&problem.master(tour.master)), tour.stops.len());
        line(format!(
            r#"<rect x="{SIDE}" y="{}" width="10" height="10" fill="{colour}"/><text x="{}" y="{top}">{name}: {stops}</text>"#,
            top - 9.0,
            SIDE + 16.0
        ));
    }
    for master in &problem.masters {
        let ((x, y), name) = (frame.at(&master.home), escaped(&problem.master(master.key)));
        let (x, y) = (x - 4.0, y - 4.0);
        line(format!(
            r##"<rect x="{x:.1}" y="{y:.1}" width="8" height="8" fill="#222"><title>{name}</title></rect>"##
        ));
    }
    for place in plan.unassigned.iter().filter_map(|job| jobs.get(job).map(|place| (job, place))) {
        let ((x, y), name) = (frame.at(place.1), escaped(&problem.job(*place.0)));
        line(format!(
            r##"<path d="M{:.1} {:.1}l8 8m0 -8l-8 8" stroke="#c00" stroke-width="2"><title>{name}, left out</title></path>"##,
            x - 4.0,
            y - 4.0
        ));
    }
    line("</svg>".to_owned());
    all
}

/// Hues far from each other for neighbours in the list.
fn colour(k: usize) -> String {
    let hue = (k * 137) % 360;
    let light = [38, 50, 30][k / 8 % 3];
    format!("hsl({hue},70%,{light}%)")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What is seen: degrees to points of the picture, as wide in metres as high.
struct Frame {
    west: f64,
    north: f64,
    narrow: f64,
    scale: f64,
}

impl Frame {
    fn around(problem: &Problem) -> Self {
        let homes = problem.masters.iter().map(|master| master.home);
        let places: Vec<Place> = homes.chain(problem.jobs.iter().map(|job| job.place)).collect();
        let least = |of: fn(&Place) -> f64| places.iter().map(of).fold(f64::MAX, f64::min);
        let most = |of: fn(&Place) -> f64| places.iter().map(of).fold(f64::MIN, f64::max);
        let (south, north) = (least(Place::lat), most(Place::lat));
        let (west, east) = (least(Place::lon), most(Place::lon));
        // Points of a plane lie near the equator of their own, where a degree is a degree.
        let narrow = match problem.unit {
            crate::Unit::Seconds => ((south + north) * 0.5).to_radians().cos().max(0.05),
            crate::Unit::Ticks(_) => 1.0,
        };
        let wide = ((east - west) * narrow).max(north - south).max(1e-6);
        Self { west, north, narrow, scale: (SIDE - 2.0 * EDGE) / wide }
    }
    fn at(&self, place: &Place) -> (f64, f64) {
        let east = (place.lon() - self.west) * self.narrow;
        (EDGE + east * self.scale, EDGE + (self.north - place.lat()) * self.scale)
    }
}
