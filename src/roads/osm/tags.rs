//! What tags mean for a car.

use crate::class::Class;

/// How a way may be driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Drivable {
    pub class: Class,
    /// Kilometres an hour forward and backward; zero where it is closed.
    pub kmh: [u32; 2],
}

/// On roads for residents and guests one drives so slowly that nobody drives through.
const GUEST_KMH: u32 = 8;
/// Of a posted limit so many hundredths are driven.
const OF_LIMIT: u32 = 80;

type Tags<'a> = [(&'a str, &'a str)];

fn get<'a>(tags: &Tags<'a>, key: &str) -> Option<&'a str> {
    tags.iter().find(|(k, _)| *k == key).map(|(_, v)| *v)
}

/// Whom a way lets in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    All,
    Guests,
    Nobody,
}

/// The most special of the keys that is there decides.
fn access(tags: &Tags<'_>) -> Access {
    let said = ["motorcar", "motor_vehicle", "vehicle", "access"].iter().find_map(|key| get(tags, key));
    match said {
        Some("private" | "destination" | "customers" | "delivery" | "permit" | "residents") => Access::Guests,
        Some("no" | "agricultural" | "forestry" | "emergency" | "psv" | "use_sidepath" | "military") => {
            Access::Nobody
        }
        _ => Access::All,
    }
}

/// Whether a point of a way lets no car through.
pub(super) fn blocks(tags: &Tags<'_>) -> bool {
    match get(tags, "barrier") {
        None => false,
        Some(
            "gate" | "lift_gate" | "swing_gate" | "sliding_gate" | "toll_booth" | "border_control" | "kerb"
            | "entrance" | "cattle_grid" | "sally_port" | "height_restrictor" | "bump_gate" | "checkpoint",
        ) => access(tags) == Access::Nobody,
        Some(_) => {
            let opened = ["motorcar", "motor_vehicle", "vehicle", "access"].iter();
            let opened = opened.filter_map(|key| get(tags, key)).next();
            !matches!(opened, Some("yes" | "permissive" | "designated" | "destination" | "private"))
        }
    }
}

/// Kind of a road, and the share of its speed that a slip road has.
fn class(highway: &str) -> Option<(Class, u32)> {
    let (name, share) = match highway.strip_suffix("_link") {
        Some(name) => (name, 60),
        None => (highway, 100),
    };
    let class = match name {
        "motorway" => Class::Motorway,
        "trunk" => Class::Trunk,
        "primary" => Class::Primary,
        "secondary" => Class::Secondary,
        "tertiary" => Class::Tertiary,
        "residential" | "unclassified" | "road" => Class::Street,
        "living_street" | "service" => Class::Yard,
        "track" => Class::Track,
        _ => return None,
    };
    Some((class, share))
}

/// A posted limit in kilometres an hour; nothing when it says nothing a car can go by.
fn limit(text: &str) -> Option<u32> {
    let text = text.split(';').next()?.trim();
    if let Some((_, zone)) = text.split_once(':') {
        let russian = text.starts_with("RU:");
        return match zone {
            "urban" => Some(if russian { 60 } else { 50 }),
            "rural" => Some(90),
            "motorway" => Some(110),
            "living_street" => Some(20),
            other => other.strip_prefix("zone").unwrap_or(other).trim_start_matches(':').parse().ok(),
        };
    }
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u32 = text[..digits].parse().ok()?;
    let kmh = match text[digits..].trim() {
        "" | "km/h" | "kmh" | "kph" => number,
        "mph" => number * 1609 / 1000,
        _ => return None,
    };
    (5..=200).contains(&kmh).then_some(kmh)
}

impl Drivable {
    /// How a car may drive the way; nothing when it may not.
    pub fn of(tags: &Tags<'_>) -> Option<Self> {
        let (class, share) = class(get(tags, "highway")?)?;
        let access = access(tags);
        let is_area = get(tags, "area") == Some("yes");
        if access == Access::Nobody || is_area || get(tags, "motorroad") == Some("no") {
            return None;
        }
        // A field track is a road only where somebody says so, or where it is made for cars.
        if class == Class::Track && !matches!(get(tags, "tracktype"), None | Some("grade1" | "grade2")) {
            return None;
        }
        let usual = class.kmh() * share / 100;
        let posted = |way: &str| {
            let own = get(tags, way).and_then(limit);
            own.or_else(|| get(tags, "maxspeed").and_then(limit)).map(|kmh| (kmh * OF_LIMIT / 100).max(5))
        };
        let speed = |way: &str| {
            let kmh = match posted(way) {
                // A limit tells more than the kind, but a yard stays a yard.
                Some(kmh) if class >= Class::Yard => kmh.min(usual),
                Some(kmh) if share < 100 => kmh.min(usual.max(30)),
                Some(kmh) => kmh,
                None => usual,
            };
            if access == Access::Guests { kmh.min(GUEST_KMH) } else { kmh }
        };
        let (forward, backward) = open(tags, class);
        let kmh = [
            if forward { speed("maxspeed:forward") } else { 0 },
            if backward { speed("maxspeed:backward") } else { 0 },
        ];
        (kmh != [0, 0]).then_some(Self { class, kmh })
    }
}

/// Which directions are open.
fn open(tags: &Tags<'_>, class: Class) -> (bool, bool) {
    let round = matches!(get(tags, "junction"), Some("roundabout" | "circular"));
    match get(tags, "oneway:motorcar").or_else(|| get(tags, "oneway")) {
        Some("yes" | "true" | "1") => (true, false),
        Some("-1" | "reverse") => (false, true),
        Some("no" | "false" | "0") => (true, true),
        Some("reversible" | "alternating") => (false, false),
        _ => (true, !round && class != Class::Motorway),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tags: &Tags<'_>) -> Option<Drivable> {
        Drivable::of(tags)
    }

    #[test]
    fn streets_are_driven_both_ways_and_footways_are_not_driven() {
        let street = of(&[("highway", "residential")]).expect("a street");
        assert_eq!(street, Drivable { class: Class::Street, kmh: [27, 27] });
        assert_eq!(of(&[("highway", "footway")]), None);
        assert_eq!(of(&[("highway", "construction")]), None);
        assert_eq!(of(&[("highway", "primary"), ("area", "yes")]), None);
    }

    #[test]
    fn one_way_is_told_by_tag_by_roundabout_and_by_motorway() {
        let kmh = |tags: &Tags<'_>| of(tags).expect("drivable").kmh;
        assert_eq!(kmh(&[("highway", "primary"), ("oneway", "yes")])[1], 0);
        assert_eq!(kmh(&[("highway", "primary"), ("oneway", "-1")])[0], 0);
        assert_eq!(kmh(&[("highway", "primary"), ("junction", "roundabout")])[1], 0);
        assert_eq!(kmh(&[("highway", "motorway")])[1], 0);
        assert_eq!(kmh(&[("highway", "motorway"), ("oneway", "no")]), [90, 90]);
        assert_eq!(of(&[("highway", "primary"), ("oneway", "reversible")]), None);
    }

    #[test]
    fn the_most_special_access_decides_and_guests_drive_slowly() {
        let kmh = |tags: &Tags<'_>| of(tags).map(|how| how.kmh[0]);
        assert_eq!(kmh(&[("highway", "service"), ("access", "no")]), None);
        assert_eq!(kmh(&[("highway", "service"), ("access", "no"), ("motor_vehicle", "yes")]), Some(12));
        assert_eq!(kmh(&[("highway", "residential"), ("access", "private")]), Some(GUEST_KMH));
        assert_eq!(kmh(&[("highway", "residential"), ("motorcar", "no"), ("vehicle", "yes")]), None);
    }

    #[test]
    fn limits_are_read_in_every_usual_form() {
        assert_eq!(limit("60"), Some(60));
        assert_eq!(limit("40 mph"), Some(64));
        assert_eq!(limit("RU:urban"), Some(60));
        assert_eq!(limit("DE:urban"), Some(50));
        assert_eq!(limit("FR:zone30"), Some(30));
        assert_eq!(limit("none"), None);
        assert_eq!(limit("signals"), None);
        let both = [("highway", "primary"), ("maxspeed", "50"), ("maxspeed:backward", "30")];
        assert_eq!(of(&both).expect("drivable").kmh, [40, 24]);
    }

    #[test]
    fn gates_let_through_and_bollards_do_not() {
        assert!(!blocks(&[("barrier", "lift_gate")]));
        assert!(!blocks(&[("barrier", "gate"), ("access", "private")]));
        assert!(blocks(&[("barrier", "gate"), ("access", "no")]));
        assert!(blocks(&[("barrier", "bollard")]));
        assert!(!blocks(&[("barrier", "bollard"), ("motor_vehicle", "yes")]));
        assert!(!blocks(&[("highway", "crossing")]));
    }
}
