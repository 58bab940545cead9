//! Travel times as the settings ask for them: of the crow, of a prepared extract, of a made-up city, of a server.

use crate::settings::{RoadSource, Roads};
use anyhow::{Context, bail};
use parking_lot::Mutex;
use roads::{
    Address, CityShape, FileError, HourlyTravel, Network, Osrm, RoadTravel, TableTravel, Traffic, Valhalla,
    city,
};
use simulator::town;
use solver::{GreatCircle, Hour, Traffic as Paces, TravelTimes};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

/// The seed of the demo's streets; the town of every demo is the same.
const STREETS: u64 = 2026;

/// Travel times for the dispatcher. Takes as long as the roads take to prepare: seconds for a town, minutes for the
/// largest.
///
/// # Errors
/// A file or an address that is missing or wrong.
pub fn travel(settings: &Roads) -> anyhow::Result<Arc<dyn TravelTimes>> {
    if settings.hour > 23 {
        bail!("`roads.hour` is `{}`, expected an hour from 0 to 23", settings.hour);
    }
    let address = || -> anyhow::Result<Address> {
        let url = settings.url.clone().context("`roads.url` is missing, expected `http://HOST:PORT`")?;
        let patience = Duration::from_millis(settings.patience_ms);
        Ok(Address { most_places: settings.most_places, patience, ..Address::new(url) })
    };
    let hours = hours(settings)?;
    let by_road = |network: Arc<Network>| -> Arc<dyn TravelTimes> {
        let hour = settings.hour;
        match settings.hourly {
            true => Arc::new(HourlyTravel::new(network, hour)),
            false => Arc::new(RoadTravel::new(network, hour)),
        }
    };
    let usual: Arc<dyn TravelTimes> = match settings.source {
        RoadSource::GreatCircle => Arc::new(GreatCircle::default()),
        RoadSource::File => {
            let path = settings.path.as_ref();
            let path = path.context("`roads.path` is missing, expected an extract or prepared roads")?;
            by_road(laid(path)?)
        }
        RoadSource::Demo => {
            let shape = CityShape::demo((town::CENTRE.lat, town::CENTRE.lon));
            by_road(Arc::new(Network::prepare(city(shape, STREETS), Traffic::default())))
        }
        RoadSource::Osrm => Arc::new(TableTravel::new(Osrm::new(address()?)?)),
        RoadSource::Valhalla => Arc::new(TableTravel::new(Valhalla::new(address()?)?)),
    };
    Ok(if hours.is_empty() { usual } else { Arc::new(Paces::new(usual, hours)) })
}

/// The paces of the day for sources that know no traffic.
fn hours(settings: &Roads) -> anyhow::Result<Vec<Hour>> {
    let paces = &settings.paces;
    if paces.is_empty() || !settings.hourly {
        return Ok(Vec::new());
    }
    if matches!(settings.source, RoadSource::File | RoadSource::Demo) {
        bail!("`roads.paces` is set, but these roads have a traffic of their own; expected none");
    }
    if paces.len() != 24 {
        bail!("`roads.paces` has `{}` numbers, expected one for each of 24 hours", paces.len());
    }
    match paces.iter().find(|pace| !(20..=2000).contains(*pace)) {
        Some(pace) => bail!("a pace of `roads.paces` is `{pace}`, expected percent from `20` to `2000`"),
        None => Ok((0..).zip(paces).map(|(k, pace)| Hour { from: k * 3600, permille: pace * 10 }).collect()),
    }
}

/// Roads of this file that somebody in the process drives on; they never change, so that firms of one city share them.
type Laid = Arc<Mutex<Weak<Network>>>;

/// The roads of a file, prepared and held in memory once however many firms drive on them.
fn laid(path: &Path) -> anyhow::Result<Arc<Network>> {
    static LAID: Mutex<BTreeMap<PathBuf, Laid>> = Mutex::new(BTreeMap::new());
    let ours = Arc::clone(LAID.lock().entry(path.to_owned()).or_default());
    // who needs the same roads waits here; who needs others does not
    let mut ours = ours.lock();
    if let Some(network) = ours.upgrade() {
        return Ok(network);
    }
    let network = Arc::new(network(path)?);
    *ours = Arc::downgrade(&network);
    Ok(network)
}

/// Prepared roads by the name of their file; those of an extract are prepared once and kept beside it.
///
/// # Errors
/// A file that cannot be read, is no extract, or is damaged.
pub fn network(path: &Path) -> anyhow::Result<Network> {
    if path.extension().is_some_and(|ending| ending == "roads") {
        return Ok(Network::load(path)?);
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".roads");
    let beside = PathBuf::from(beside);
    let changed = |path: &Path| path.metadata().and_then(|it| it.modified());
    let read = changed(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    if changed(&beside).is_ok_and(|kept| kept >= read) {
        match Network::load(&beside) {
            Ok(network) => return Ok(network),
            // Whatever is wrong with it, the extract is there to begin again from.
            Err(error) => tracing::warn!(%error, "prepared roads are of no use"),
        }
    }
    let from = Instant::now();
    let (graph, count) = roads::import(path)?;
    tracing::info!(ways = count.ways, junctions = graph.nodes().len(), "roads are being prepared");
    let network = Network::prepare(graph, Traffic::default());
    tracing::info!(seconds = from.elapsed().as_secs(), "roads are prepared");
    if let Err(error @ FileError::Io { .. }) = network.save(&beside) {
        tracing::warn!(%error, "prepared roads could not be kept: they will be prepared anew");
    }
    Ok(network)
}
