//! Things of a `.osm.pbf` file: blobs of compressed blocks, each with texts of its own.

use super::{
    extract::{Member, Pass, Thing, turns},
    wire::{Fields, Value, zigzag},
};
use crate::graph::Point;
use std::io::Read;

/// Most bytes of a blob's header, and of a blob, that the format allows.
const MOST: (u32, u32) = (64 << 10, 32 << 20);
/// What of the format has to be understood.
const KNOWN: [&str; 2] = ["OsmSchema-V0.6", "DenseNodes"];

/// Tells the things of a pass.
pub(super) fn each(mut file: impl Read, pass: Pass, tell: &mut dyn FnMut(Thing<'_>)) -> Result<(), String> {
    let mut headed = false;
    loop {
        let mut length = [0; 4];
        match file.read(&mut length[..1]).map_err(|error| error.to_string())? {
            0 if headed => return Ok(()),
            0 => return Err("it is empty".to_owned()),
            _ => file.read_exact(&mut length[1..]).map_err(|error| error.to_string())?,
        }
        let length = u32::from_be_bytes(length);
        let header = read(&mut file, length, MOST.0)?;
        let (kind, size) = blob_header(&header)?;
        let blob = read(&mut file, size, MOST.1)?;
        match kind.as_str() {
            "OSMHeader" => {
                understood(&unpacked(&blob)?)?;
                headed = true;
            }
            "OSMData" if headed => Block::of(&unpacked(&blob)?, pass, tell)?,
            "OSMData" => return Err("data come before the header".to_owned()),
            // Whatever else there is, the format allows to pass over.
            _ => {}
        }
    }
}

fn read(file: &mut impl Read, length: u32, most: u32) -> Result<Vec<u8>, String> {
    if length > most {
        return Err(format!("a blob of `{length}` bytes, expected at most `{most}`"));
    }
    let mut bytes = Vec::new();
    let got = file.take(length.into()).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if got < length as usize {
        return Err(format!("it ends `{}` bytes too early", length as usize - got));
    }
    Ok(bytes)
}

fn blob_header(bytes: &[u8]) -> Result<(String, u32), String> {
    let (mut kind, mut size) = (String::new(), 0);
    for field in Fields(bytes) {
        match field? {
            (1, value) => kind = String::from_utf8_lossy(value.bytes()?).into_owned(),
            (3, value) => size = u32::try_from(value.number()?).unwrap_or(u32::MAX),
            _ => {}
        }
    }
    Ok((kind, size))
}

/// The content of a blob.
fn unpacked(blob: &[u8]) -> Result<Vec<u8>, String> {
    for field in Fields(blob) {
        match field? {
            (1, value) => return value.bytes().map(<[u8]>::to_vec),
            (3, value) => {
                let mut content = Vec::new();
                let inflated = flate2::read::ZlibDecoder::new(value.bytes()?);
                let most = u64::from(MOST.1) + 1;
                inflated.take(most).read_to_end(&mut content).map_err(|error| error.to_string())?;
                if content.len() as u64 == most {
                    return Err(format!("a block of more than `{}` bytes", MOST.1));
                }
                return Ok(content);
            }
            (4..=7, _) => return Err("a blob is packed otherwise, expected none or zlib".to_owned()),
            _ => {}
        }
    }
    Err("a blob has no content".to_owned())
}

/// Whether everything the file needs to be understood is.
fn understood(header: &[u8]) -> Result<(), String> {
    for field in Fields(header) {
        if let (4, value) = field? {
            let needed = String::from_utf8_lossy(value.bytes()?).into_owned();
            if !KNOWN.contains(&needed.as_str()) {
                return Err(format!("it needs `{needed}` to be understood, expected {KNOWN:?}"));
            }
        }
    }
    Ok(())
}

/// A block: its texts and how its coordinates are written.
struct Block<'a> {
    texts: Vec<&'a str>,
    granularity: i64,
    offset: (i64, i64),
}

impl<'a> Block<'a> {
    fn of(bytes: &'a [u8], pass: Pass, tell: &mut dyn FnMut(Thing<'_>)) -> Result<(), String> {
        let mut block = Self { texts: Vec::new(), granularity: 100, offset: (0, 0) };
        let mut groups = Vec::new();
        for field in Fields(bytes) {
            match field? {
                (1, value) => {
                    for text in Fields(value.bytes()?) {
                        let text = text?.1.bytes()?;
                        let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
                        block.texts.push(text);
                    }
                }
                (2, value) => groups.push(value.bytes()?),
                (17, value) => block.granularity = value.number()? as i64,
                (19, value) => block.offset.0 = value.number()? as i64,
                (20, value) => block.offset.1 = value.number()? as i64,
                _ => {}
            }
        }
        for group in groups {
            for field in Fields(group) {
                match (field?, pass) {
                    ((1, value), Pass::Nodes) => block.node(value.bytes()?, tell)?,
                    ((2, value), Pass::Nodes) => block.dense(value.bytes()?, tell)?,
                    ((3, value), Pass::Ways) => block.way(value.bytes()?, tell)?,
                    ((4, value), Pass::Ways) => block.relation(value.bytes()?, tell)?,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn text(&self, number: u64) -> Result<&'a str, String> {
        let text = usize::try_from(number).ok().and_then(|k| self.texts.get(k));
        text.copied().ok_or_else(|| format!("text `{number}` of `{}`", self.texts.len()))
    }
    fn tags(&self, keys: &[u64], values: &[u64]) -> Result<Vec<(&'a str, &'a str)>, String> {
        keys.iter().zip(values).map(|(key, value)| Ok((self.text(*key)?, self.text(*value)?))).collect()
    }
    /// A point whose coordinates are in units of the block; nano-degrees after offset and granularity.
    fn point(&self, lat: i64, lon: i64) -> Result<Point, String> {
        let whole = |offset: i64, units: i64| {
            let nano = offset.wrapping_add(self.granularity.wrapping_mul(units));
            if nano.unsigned_abs() > 180_000_000_000 {
                return Err(format!("a coordinate of `{nano}` nano-degrees"));
            }
            Ok(((nano as f64) * 0.01).round() as i32)
        };
        Ok(Point { lat: whole(self.offset.0, lat)?, lon: whole(self.offset.1, lon)? })
    }

    fn node(&self, bytes: &[u8], tell: &mut dyn FnMut(Thing<'_>)) -> Result<(), String> {
        let (mut id, mut lat, mut lon) = (0, 0, 0);
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for field in Fields(bytes) {
            match field? {
                (1, value) => id = zigzag(value.number()?),
                (2, value) => value.numbers(&mut keys)?,
                (3, value) => value.numbers(&mut values)?,
                (8, value) => lat = zigzag(value.number()?),
                (9, value) => lon = zigzag(value.number()?),
                _ => {}
            }
        }
        tell(Thing::Node { id, point: self.point(lat, lon)?, tags: &self.tags(&keys, &values)? });
        Ok(())
    }

    /// Nodes as columns: ids and coordinates as differences, tags as one list with zeros between.
    fn dense(&self, bytes: &[u8], tell: &mut dyn FnMut(Thing<'_>)) -> Result<(), String> {
        let mut columns: [Vec<u64>; 4] = Default::default();
        for field in Fields(bytes) {
            let (number, value) = field?;
            match number {
                1 => value.numbers(&mut columns[0])?,
                8 => value.numbers(&mut columns[1])?,
                9 => value.numbers(&mut columns[2])?,
                10 => value.numbers(&mut columns[3])?,
                _ => {}
            }
        }
        let [ids, lats, lons, words] = columns;
        if ids.len() != lats.len() || ids.len() != lons.len() {
            return Err(format!(
                "`{}` ids with `{}` and `{}` coordinates",
                ids.len(),
                lats.len(),
                lons.len()
            ));
        }
        let (mut id, mut lat, mut lon) = (0i64, 0i64, 0i64);
        let mut words = words.into_iter();
        let mut tags = Vec::new();
        for ((more, north), east) in ids.into_iter().zip(lats).zip(lons) {
            id = id.wrapping_add(zigzag(more));
            (lat, lon) = (lat.wrapping_add(zigzag(north)), lon.wrapping_add(zigzag(east)));
            tags.clear();
            while let Some(key) = words.next().filter(|key| *key != 0) {
                let value = words.next().ok_or("a tag without a value")?;
                tags.push((self.text(key)?, self.text(value)?));
            }
            tell(Thing::Node { id, point: self.point(lat, lon)?, tags: &tags });
        }
        Ok(())
    }

    fn way(&self, bytes: &[u8], tell: &mut dyn FnMut(Thing<'_>)) -> Result<(), String> {
        let (id, keys, values, [refs, ..]) = columns(bytes, [8, 0, 0])?;
        let tags = self.tags(&keys, &values)?;
        if tags.iter().any(|(key, _)| *key == "highway") {
            tell(Thing::Way { id, refs: &summed(&refs), tags: &tags });
        }
        Ok(())
    }

    fn relation(&self, bytes: &[u8], tell: &mut dyn FnMut(Thing<'_>)) -> Result<(), String> {
        let (_, keys, values, [roles, ids, kinds]) = columns(bytes, [8, 9, 10])?;
        let tags = self.tags(&keys, &values)?;
        if !tags.contains(&("type", "restriction")) {
            return Ok(());
        }
        let mut members = Vec::with_capacity(ids.len());
        for ((role, id), kind) in roles.iter().zip(summed(&ids)).zip(kinds) {
            members.push(Member { role: self.text(*role)?, is_way: kind == 1, id });
        }
        turns(&tags, &members, &mut |ban| tell(Thing::Turn(ban)));
        Ok(())
    }
}

/// Id, keys, values, and three more lists of a way or a relation.
type Columns = (i64, Vec<u64>, Vec<u64>, [Vec<u64>; 3]);

fn columns(bytes: &[u8], wanted: [u64; 3]) -> Result<Columns, String> {
    let (mut id, mut keys, mut values, mut lists) = (0, Vec::new(), Vec::new(), <[Vec<u64>; 3]>::default());
    for field in Fields(bytes) {
        let (number, value): (u64, Value<'_>) = field?;
        match number {
            1 => id = value.number()? as i64,
            2 => value.numbers(&mut keys)?,
            3 => value.numbers(&mut values)?,
            _ => {
                if let Some(k) = wanted.iter().position(|it| *it == number) {
                    value.numbers(&mut lists[k])?;
                }
            }
        }
    }
    Ok((id, keys, values, lists))
}

/// Ids written as differences.
fn summed(differences: &[u64]) -> Vec<i64> {
    let mut id = 0i64;
    let next = |more: &u64| {
        id = id.wrapping_add(zigzag(*more));
        id
    };
    differences.iter().map(next).collect()
}
