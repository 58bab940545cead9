//! Приозёрск-на-Каме: a town that is on no map; its zones, streets and houses.

use crate::chance::Chance;
use domain::values::place::Place;
use jiff::tz::TimeZone;

/// The name of the town.
pub const NAME: &str = "Приозёрск-на-Каме";
/// The IANA zone it lives by.
pub const ZONE: &str = "Asia/Yekaterinburg";
/// The middle of the town.
pub const CENTRE: Place = Place { lat: 58.01, lon: 56.25 };

/// A part of the town: name, kilometres north and east of the centre, share of the clients, streets.
struct Quarter {
    name: &'static str,
    north: f64,
    east: f64,
    share: f64,
    streets: [&'static str; 8],
}

const QUARTERS: [Quarter; 6] = [
    Quarter {
        name: "Центр",
        north: 0.0,
        east: 0.0,
        share: 0.27,
        streets: [
            "ул. Ленина",
            "ул. Советская",
            "Набережная Камы",
            "ул. Пушкина",
            "Комсомольский пр-т",
            "ул. Екатерининская",
            "ул. Монастырская",
            "Соборная пл.",
        ],
    },
    Quarter {
        name: "Северный",
        north: 4.2,
        east: 0.8,
        share: 0.18,
        streets: [
            "ул. Гагарина",
            "ул. Лядовская",
            "пр-т Космонавтов",
            "ул. Королёва",
            "ул. Северная",
            "ул. Юности",
            "б-р Строителей",
            "ул. Терешковой",
        ],
    },
    Quarter {
        name: "Озёрный",
        north: 2.4,
        east: 4.3,
        share: 0.15,
        streets: [
            "ул. Озёрная",
            "ул. Рыбацкая",
            "ул. Причальная",
            "Камышовый пер.",
            "ул. Парусная",
            "ул. Береговая",
            "ул. Чайкиной",
            "ул. Лодочная",
        ],
    },
    Quarter {
        name: "Заречный",
        north: -2.0,
        east: -4.6,
        share: 0.16,
        streets: [
            "ул. Закамская",
            "ул. Мостовая",
            "ул. Садовая",
            "ул. Луговая",
            "ул. Кировская",
            "ул. Победы",
            "ул. Маршала Рыбалко",
            "ул. Ласьвинская",
        ],
    },
    Quarter {
        name: "Южный",
        north: -4.4,
        east: 1.6,
        share: 0.16,
        streets: [
            "ул. Куйбышева",
            "ул. Чкалова",
            "ул. Героев Хасана",
            "ул. Солдатова",
            "ул. Холмогорская",
            "ул. Лодыгина",
            "ул. Бригадирская",
            "ул. Самаркандская",
        ],
    },
    Quarter {
        name: "Заводской",
        north: -0.6,
        east: 5.8,
        share: 0.08,
        streets: [
            "ш. Космонавтов",
            "ул. Заводская",
            "ул. Промышленная",
            "ул. Карпинского",
            "ул. Стахановская",
            "ул. Трамвайная",
            "ул. Энергетиков",
            "ул. Литейная",
        ],
    },
];

/// A door somebody can knock at.
#[derive(Debug, Clone, PartialEq)]
pub struct Door {
    /// Street, house, flat.
    pub address: String,
    /// Where on the Earth.
    pub place: Place,
    /// The zone it lies in.
    pub zone: &'static str,
}

/// The names of the zones.
pub fn zones() -> Vec<&'static str> {
    QUARTERS.iter().map(|q| q.name).collect()
}

/// The town's clock; five hours east where the tables of zones are missing.
pub fn time_zone() -> TimeZone {
    TimeZone::get(ZONE).unwrap_or_else(|_| TimeZone::fixed(jiff::tz::offset(5)))
}

/// A place so many kilometres north and east of another.
pub fn shifted(from: Place, north_km: f64, east_km: f64) -> Place {
    let lat = from.lat + north_km / 111.2;
    Place { lat: round(lat), lon: round(from.lon + east_km / (111.2 * from.lat.to_radians().cos())) }
}

/// Six digits: a tenth of a metre.
fn round(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

/// A door of the town; with a flat where a person lives.
pub fn door(chance: &mut Chance, flat: bool) -> Door {
    let shares: Vec<f64> = QUARTERS.iter().map(|q| q.share).collect();
    let quarter = &QUARTERS[chance.weighted(&shares)];
    let street = chance.between(0, 7) as usize;
    let house = chance.between(1, 140);
    let mut address = format!("{}, {house}", quarter.streets[street]);
    if chance.happens(0.15) {
        address.push_str(chance.pick(&["а", "б", "/2", "к1", "к2"]));
    }
    if flat {
        address.push_str(&format!(", кв. {}", chance.between(1, 180)));
    }
    Door { address, place: house_place(quarter, street, house), zone: quarter.name }
}

/// The door of a firm that the story needs.
pub fn door_at(street: &str, house: u64) -> Option<Door> {
    let found = QUARTERS.iter().find_map(|q| Some((q, q.streets.iter().position(|s| *s == street)?)));
    let (quarter, index) = found?;
    let place = house_place(quarter, index, house);
    Some(Door { address: format!("{street}, {house}"), place, zone: quarter.name })
}

/// Streets of a quarter lie like a grid: four along, four across; houses stand every 25 metres.
fn house_place(quarter: &Quarter, street: usize, house: u64) -> Place {
    let along = house as f64 * 0.025 - 1.75;
    let aside = (street % 4) as f64 * 0.75 - 1.1 + if house.is_multiple_of(2) { 0.03 } else { -0.03 };
    let (north, east) = if street < 4 { (aside, along) } else { (along, aside) };
    shifted(CENTRE, quarter.north + north, quarter.east + east)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_door_is_in_town_and_in_one_place() {
        let mut chance = Chance::new(3);
        for _ in 0..2_000 {
            let door = door(&mut chance, true);
            assert!(CENTRE.metres_to(&door.place) < 11_000.0, "{door:?}");
            assert!(zones().contains(&door.zone) && door.address.contains("кв."));
        }
        assert_eq!(door_at("ул. Ленина", 10).map(|d| d.zone), Some("Центр"));
        assert_eq!(door_at("ул. Ленина", 10), door_at("ул. Ленина", 10));
    }
}
