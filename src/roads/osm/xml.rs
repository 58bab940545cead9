//! Things of an `.osm` file.

use super::extract::{Member, Pass, Thing, turns};
use crate::graph::Point;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use std::io::BufRead;

/// What is being read: a node, a way or a relation, with everything inside of it.
#[derive(Default)]
struct Open {
    id: i64,
    point: Option<Point>,
    tags: Vec<(String, String)>,
    refs: Vec<i64>,
    members: Vec<(String, bool, i64)>,
}

/// The attributes of an element, with what is wrong with them told in words.
fn attributes(element: &BytesStart<'_>) -> Result<Vec<(String, String)>, String> {
    let mut all = Vec::with_capacity(4);
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
        let value = attribute.unescape_value().map_err(|error| error.to_string())?.into_owned();
        all.push((key, value));
    }
    Ok(all)
}

fn get<'a>(all: &'a [(String, String)], key: &str) -> Result<&'a str, String> {
    let found = all.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
    found.ok_or_else(|| format!("an element has no `{key}`"))
}

fn number(all: &[(String, String)], key: &str) -> Result<i64, String> {
    let text = get(all, key)?;
    text.parse().map_err(|_| format!("`{key}` is `{text}`, expected a whole number"))
}

fn degrees(all: &[(String, String)], key: &str) -> Result<i32, String> {
    let text = get(all, key)?;
    match text.parse::<f64>() {
        Ok(degrees) if degrees.abs() <= 180.0 => Ok((degrees * 1e7).round() as i32),
        _ => Err(format!("`{key}` is `{text}`, expected degrees")),
    }
}

/// Tells the things of a pass.
pub(super) fn each(file: impl BufRead, pass: Pass, tell: &mut dyn FnMut(Thing<'_>)) -> Result<(), String> {
    let mut reader = Reader::from_reader(file);
    let mut buffer = Vec::new();
    let mut open: Option<Open> = None;
    let mut rooted = false;
    loop {
        let wrong = |what: String, at: u64| format!("{what}, at byte `{at}`");
        let at = reader.buffer_position();
        let event = reader.read_event_into(&mut buffer).map_err(|error| wrong(error.to_string(), at))?;
        match &event {
            Event::Start(element) | Event::Empty(element) => {
                let name = element.name();
                let name = name.as_ref();
                rooted |= name == b"osm";
                if matches!(name, b"node" | b"way" | b"relation" | b"tag" | b"nd" | b"member") {
                    let all = attributes(element).map_err(|what| wrong(what, at))?;
                    begin(name, &all, &mut open).map_err(|what| wrong(what, at))?;
                }
                if matches!(event, Event::Empty(_)) {
                    end(name, pass, &mut open, tell);
                }
            }
            Event::End(element) => end(element.name().as_ref(), pass, &mut open, tell),
            Event::Eof if !rooted => return Err("it has no element `osm`".to_owned()),
            Event::Eof => return Ok(()),
            _ => {}
        }
        buffer.clear();
    }
}

fn begin(name: &[u8], all: &[(String, String)], open: &mut Option<Open>) -> Result<(), String> {
    match (name, open.as_mut()) {
        (b"node", _) => {
            let point = Point { lat: degrees(all, "lat")?, lon: degrees(all, "lon")? };
            *open = Some(Open { id: number(all, "id")?, point: Some(point), ..Open::default() });
        }
        (b"way" | b"relation", _) => *open = Some(Open { id: number(all, "id")?, ..Open::default() }),
        (b"tag", Some(open)) => open.tags.push((get(all, "k")?.to_owned(), get(all, "v")?.to_owned())),
        (b"nd", Some(open)) => open.refs.push(number(all, "ref")?),
        (b"member", Some(open)) => {
            let member = (get(all, "role")?.to_owned(), get(all, "type")? == "way", number(all, "ref")?);
            open.members.push(member);
        }
        _ => {}
    }
    Ok(())
}

fn end(name: &[u8], pass: Pass, open: &mut Option<Open>, tell: &mut dyn FnMut(Thing<'_>)) {
    if !matches!(name, b"node" | b"way" | b"relation") {
        return;
    }
    let Some(Open { id, point, tags, refs, members }) = open.take() else { return };
    let tags: Vec<(&str, &str)> = tags.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    match (pass, name, point) {
        (Pass::Nodes, b"node", Some(point)) => tell(Thing::Node { id, point, tags: &tags }),
        (Pass::Ways, b"way", _) => tell(Thing::Way { id, refs: &refs, tags: &tags }),
        (Pass::Ways, b"relation", _) => {
            let member = |(role, is_way, id): &(String, bool, i64)| (role.clone(), *is_way, *id);
            let members: Vec<_> = members.iter().map(member).collect();
            let members: Vec<Member<'_>> =
                members.iter().map(|(role, is_way, id)| Member { role, is_way: *is_way, id: *id }).collect();
            turns(&tags, &members, &mut |ban| tell(Thing::Turn(ban)));
        }
        _ => {}
    }
}
