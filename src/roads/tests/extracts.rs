//! Extracts read: what becomes a road, and what is wrong with a file.

use crate::data::extract;
use roads::{Class, ImportError, Network, RoadGraph, Traffic, import};
use solver::Place;
use std::fs;

/// Junctions 1 to 9 in three rows of three, hundreds of metres apart.
const NODES: &str = r#"
  <node id="1" lat="55.750" lon="37.600"/><node id="2" lat="55.750" lon="37.605"/><node id="3" lat="55.750" lon="37.610"/>
  <node id="4" lat="55.753" lon="37.600"/><node id="5" lat="55.753" lon="37.605"/><node id="6" lat="55.753" lon="37.610"/>
  <node id="7" lat="55.756" lon="37.600"/><node id="8" lat="55.756" lon="37.605"/><node id="9" lat="55.756" lon="37.610"/>
"#;

fn way(id: u32, refs: &[u32], tags: &[(&str, &str)]) -> String {
    let refs: String = refs.iter().map(|r| format!("<nd ref=\"{r}\"/>")).collect();
    let tags: String = tags.iter().map(|(k, v)| format!("<tag k=\"{k}\" v=\"{v}\"/>")).collect();
    format!("<way id=\"{id}\">{refs}{tags}</way>\n")
}

/// Three streets across and three along.
fn streets() -> String {
    let lines = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [1, 4, 7], [2, 5, 8], [3, 6, 9]];
    (10..).zip(lines).map(|(id, refs)| way(id, &refs, &[("highway", "residential")])).collect()
}

fn read(inner: &str) -> Result<RoadGraph, ImportError> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("town.osm");
    fs::write(&file, format!("<?xml version=\"1.0\"?><osm version=\"0.6\">{inner}</osm>")).expect("written");
    import(&file).map(|(graph, _)| graph)
}

/// Seconds from one junction to another, in a traffic without hours.
fn seconds(graph: &RoadGraph, from: (f64, f64), to: (f64, f64)) -> i64 {
    let network = Network::prepare(graph.clone(), Traffic::none());
    let place = |p: (f64, f64)| Place::new(p.0, p.1);
    network.table(&[place(from)], &[place(to)], 12).leg(0, 0).seconds
}

#[test]
fn ways_are_cut_where_they_meet() {
    let graph = read(&format!("{NODES}{}", streets())).expect("a town");
    assert_eq!((graph.nodes().len(), graph.roads().len(), graph.arcs().len()), (9, 12, 24));
    assert!(graph.roads().iter().all(|road| road.class == Class::Street));
}

#[test]
fn a_street_of_one_way_is_driven_around() {
    let loop_of = |oneway| {
        let ways = [
            way(10, &[1, 2, 3], &[("highway", "residential"), ("oneway", oneway)]),
            way(11, &[3, 6, 5, 4, 1], &[("highway", "residential")]),
        ];
        read(&format!("{NODES}{}", ways.concat())).expect("a town")
    };
    let (open, closed) = (loop_of("no"), loop_of("yes"));
    let (a, b) = ((55.750, 37.6001), (55.750, 37.6099));
    assert_eq!(seconds(&open, a, b), seconds(&closed, a, b));
    assert!(seconds(&closed, b, a) > seconds(&open, b, a) + 60, "back one has to drive around");
}

#[test]
fn a_bollard_lets_nobody_through_and_a_gate_does() {
    let with = |barrier: &str| {
        let nodes = NODES.replace(
            r#"<node id="5" lat="55.753" lon="37.605"/>"#,
            &format!(r#"<node id="5" lat="55.753" lon="37.605"><tag k="barrier" v="{barrier}"/></node>"#),
        );
        read(&format!("{nodes}{}", streets())).expect("a town")
    };
    let (a, b) = ((55.753, 37.6001), (55.753, 37.6099));
    assert!(seconds(&with("bollard"), a, b) > seconds(&with("lift_gate"), a, b) + 60);
}

#[test]
fn a_forbidden_turn_is_not_made_and_an_only_one_is() {
    let turn = |kind: &str, from: u32, to: u32| {
        let members = format!(
            r#"<member type="way" ref="{from}" role="from"/><member type="node" ref="5" role="via"/><member type="way" ref="{to}" role="to"/>"#
        );
        // The crossing in the middle is made of four ways, as it has to be for a forbidden turn.
        let ways: String = [[4, 5], [5, 6], [2, 5], [5, 8]]
            .iter()
            .zip(20..)
            .map(|(refs, id)| way(id, refs, &[("highway", "residential")]))
            .chain([way(10, &[1, 2, 3, 6, 9, 8, 7, 4, 1], &[("highway", "residential")])])
            .collect();
        let relation = format!(
            r#"<relation id="90">{members}<tag k="type" v="restriction"/><tag k="restriction" v="{kind}"/></relation>"#
        );
        read(&format!("{NODES}{ways}{relation}")).expect("a town")
    };
    // From the west through the middle to the north, and straight on to the east.
    let (west, north, east) = ((55.753, 37.6005), (55.7535, 37.605), (55.753, 37.6095));
    let free = turn("no_left_turn", 21, 22);
    let banned = turn("no_left_turn", 20, 23);
    let only = turn("only_straight_on", 20, 21);
    assert!(seconds(&banned, west, north) > seconds(&free, west, north) + 30);
    assert_eq!(seconds(&banned, west, east), seconds(&free, west, east));
    assert_eq!(
        seconds(&banned, north, west),
        seconds(&free, north, west),
        "the other way round it is allowed"
    );
    assert!(seconds(&only, west, north) > seconds(&free, west, north) + 30);
    assert_eq!(seconds(&only, west, east), seconds(&free, west, east));
}

#[test]
fn ways_that_leave_the_extract_end_at_its_edge() {
    let ways = format!("{}{}", streets(), way(40, &[3, 777, 778], &[("highway", "primary")]));
    let graph = read(&format!("{NODES}{ways}")).expect("a town");
    assert_eq!(graph.nodes().len(), 9);
}

#[test]
fn a_file_that_is_no_extract_is_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = |name: &str, content: &[u8]| {
        let file = folder.path().join(name);
        fs::write(&file, content).expect("written");
        import(&file).expect_err("no extract").to_string()
    };
    assert!(told("town.txt", b"x").contains("expected a name ending in `.osm.pbf`"));
    assert!(told("town.osm.pbf", b"not a protobuf at all").contains("cannot be understood"));
    assert!(told("town.osm.gz", b"not gzip").contains("cannot be understood"));
    assert!(told("town.osm", b"<html></html>").contains("no element `osm`"));
    let wrong = told("bad.osm", br#"<osm><node id="1" lat="north" lon="37.6"/></osm>"#);
    assert!(wrong.contains("`lat` is `north`, expected degrees"), "{wrong}");
    assert!(told("empty.osm", b"<osm></osm>").contains("holds no road for cars"));
    let missing = import(&folder.path().join("none.osm.pbf")).expect_err("no file");
    assert!(matches!(missing, ImportError::Io { .. }));
}

#[test]
fn an_extract_cut_short_is_told_so() {
    let Some(file) = extract("andorra.osm.pbf") else { return };
    let whole = fs::read(file).expect("an extract");
    let folder = tempfile::tempdir().expect("a folder");
    let half = folder.path().join("half.osm.pbf");
    fs::write(&half, &whole[..whole.len() / 2]).expect("written");
    assert!(matches!(import(&half).expect_err("half an extract"), ImportError::Content { .. }));
}
