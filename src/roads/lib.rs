//! How long it takes by road: a graph out of OpenStreetMap, prepared so that a thousand ways cost milliseconds.
//!
//! The planner asks one question, [`solver::TravelTimes`]: how long from here to there. Its own answer is the way of the
//! crow with a detour factor. This crate has better ones:
//!
//! * [`RoadTravel`] over a [`Network`]: an extract is read by [`import`] into a [`RoadGraph`], contracted into a
//!   [`Hierarchy`] for each traffic of the day, and kept in a file by [`Network::save`].
//! * [`TableTravel`] over [`Osrm`] or [`Valhalla`], servers elsewhere.
//! * [`city()`] draws a made-up city, so that a demo drives on roads too.
//!
//! What is told: seconds from door to door with a minute for parking, in the traffic of one hour of the day. What is
//! not modelled: time lost at crossings, turns forbidden by way of a way, ferries, and traffic that changes under way.
//!
//! # Example
//!
//! ```
//! use roads::{CityShape, Network, RoadTravel, Traffic, city};
//! use solver::{Place, TravelTimes};
//! use std::sync::Arc;
//!
//! let shape = CityShape { radius: 3000.0, ..CityShape::demo((58.01, 56.25)) };
//! let network = Network::prepare(city(shape, 7), Traffic::default());
//! let travel = RoadTravel::new(Arc::new(network), 9);
//! let leg = travel.leg(&Place::new(58.01, 56.25), &Place::new(58.02, 56.27));
//! assert!(leg.seconds > 60 && leg.metres > 1600);
//! ```

mod city;
mod class;
mod component;
mod contract;
pub mod dijkstra;
mod draft;
mod file;
mod graph;
mod hierarchy;
mod hourly;
mod network;
mod osm;
mod remote;
mod rows;
mod snap;
mod table;
mod tables;
mod traffic;
mod travel;

pub use city::{CityShape, city};
pub use class::{CLASSES, Class};
pub use draft::{Ban, Direction, Draft};
pub use file::FileError;
pub use graph::{Arc, CLOSED, Point, Road, RoadGraph, Way};
pub use hierarchy::{Hierarchy, Hub, Label, Search, meet};
pub use hourly::HourlyTravel;
pub use network::{Labels, Network, OVERHEAD};
pub use osm::{ImportCount, ImportError, import};
pub use remote::{Address, Osrm, RemoteError, Valhalla};
pub use snap::Spot;
pub use table::{Cell, Table};
pub use tables::{TableTravel, Tables};
pub use traffic::{Traffic, TrafficError};
pub use travel::RoadTravel;
