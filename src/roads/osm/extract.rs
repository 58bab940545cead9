//! An extract as a stream of things, whatever its format.

use super::{ImportError, pbf, xml};
use crate::graph::Point;
use std::{fs::File, io::BufReader, path::Path};

/// What of the extract is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// Ways and relations.
    Ways,
    /// Nodes.
    Nodes,
}

/// A turn that is forbidden, or the only one allowed, in the ids of the extract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TurnBan {
    pub from: i64,
    pub via: i64,
    pub to: i64,
    pub only: bool,
}

/// One thing of an extract.
pub(super) enum Thing<'a> {
    Node { id: i64, point: Point, tags: &'a [(&'a str, &'a str)] },
    Way { id: i64, refs: &'a [i64], tags: &'a [(&'a str, &'a str)] },
    Turn(TurnBan),
}

/// A member of a relation: its role, whether it is a way, its id.
pub(super) struct Member<'a> {
    pub role: &'a str,
    pub is_way: bool,
    pub id: i64,
}

/// A file that can be read as often as wanted.
pub(super) struct Extract<'a> {
    path: &'a Path,
    format: Format,
}

#[derive(Clone, Copy)]
enum Format {
    Pbf,
    Xml,
    XmlGz,
}

impl<'a> Extract<'a> {
    pub fn open(path: &'a Path) -> Result<Self, ImportError> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let format = if name.ends_with(".pbf") {
            Format::Pbf
        } else if name.ends_with(".osm") || name.ends_with(".xml") {
            Format::Xml
        } else if name.ends_with(".osm.gz") || name.ends_with(".xml.gz") {
            Format::XmlGz
        } else {
            return Err(ImportError::Name(path.display().to_string()));
        };
        Ok(Self { path, format })
    }

    pub fn each(&self, pass: Pass, tell: &mut dyn FnMut(Thing<'_>)) -> Result<(), ImportError> {
        let path = || self.path.display().to_string();
        let file = File::open(self.path).map_err(|source| ImportError::Io { path: path(), source })?;
        let file = BufReader::with_capacity(1 << 20, file);
        let read = match self.format {
            Format::Pbf => pbf::each(file, pass, tell),
            Format::Xml => xml::each(file, pass, tell),
            Format::XmlGz => {
                xml::each(BufReader::new(flate2::bufread::MultiGzDecoder::new(file)), pass, tell)
            }
        };
        read.map_err(|what| ImportError::Content { path: path(), what })
    }
}

/// The forbidden turns of a relation: each way it may come from with each it may go to.
pub(super) fn turns(tags: &[(&str, &str)], members: &[Member<'_>], tell: &mut dyn FnMut(TurnBan)) {
    let get = |key: &str| tags.iter().find(|(k, _)| *k == key).map(|(_, v)| *v);
    if get("type") != Some("restriction") {
        return;
    }
    let kind = get("restriction:motorcar").or_else(|| get("restriction")).unwrap_or_default();
    let only = kind.starts_with("only_");
    let spared = get("except").is_some_and(|list| list.split(';').any(|who| who.trim() == "motorcar"));
    if spared || !(only || kind.starts_with("no_")) {
        return;
    }
    let of = |role: &str, is_way: bool| -> Vec<i64> {
        members.iter().filter(|m| m.role == role && m.is_way == is_way).map(|m| m.id).collect()
    };
    // Turns by way of a way are left out: they would need a copy of that way.
    for via in of("via", false) {
        for from in of("from", true) {
            for to in of("to", true) {
                tell(TurnBan { from, via, to, only });
            }
        }
    }
}
