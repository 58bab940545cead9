//! Clients who are likely one and the same, with the reason: a number, a taxpayer number, a name near by.

use crate::values::{id::ClientId, phone::PhoneNumber, place::Place};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Points of both are near each other within so many metres.
const NEAR_METRES: f64 = 400.0;
/// A number of so many clients is a reception desk and tells nothing.
const MOST_OF_NUMBER: usize = 6;
/// A name or an address of so many clients tells nothing by itself.
const MOST_OF_WORDS: usize = 40;
/// Names with so many of 100 trigrams in common are similar.
const SIMILAR: usize = 45;
/// The least likeness that is shown.
const LEAST: i32 = 30;
/// What every second firm is called by.
const FORMS: [&str; 26] = [
    "ооо",
    "оао",
    "зао",
    "пао",
    "нао",
    "ао",
    "ип",
    "тоо",
    "гк",
    "чп",
    "пбоюл",
    "гбу",
    "мбу",
    "фгуп",
    "общество",
    "с",
    "ограниченной",
    "ответственностью",
    "индивидуальный",
    "предприниматель",
    "акционерное",
    "llc",
    "ltd",
    "inc",
    "co",
    "the",
];
/// What an address may do without.
const STREETS: [&str; 22] = [
    "ул",
    "улица",
    "д",
    "дом",
    "г",
    "город",
    "кв",
    "квартира",
    "пр",
    "пр-т",
    "проспект",
    "пер",
    "переулок",
    "ш",
    "шоссе",
    "стр",
    "строение",
    "корп",
    "корпус",
    "офис",
    "оф",
    "россия",
];

/// A client as others are compared with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// Who.
    pub id: ClientId,
    /// The name on the card.
    pub name: String,
    /// The taxpayer number.
    pub inn: Option<String>,
    /// Numbers of all contacts.
    pub phones: Vec<PhoneNumber>,
    /// Addresses of the points, and where they are.
    pub places: Vec<(String, Place)>,
    /// Who is known to be somebody else.
    pub apart: BTreeSet<ClientId>,
}

/// Why two clients look like one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "rule", content = "value", rename_all = "snake_case")]
pub enum Why {
    /// The same taxpayer number.
    Inn(String),
    /// The same phone.
    Phone(PhoneNumber),
    /// The same name, near by.
    NameNear(String),
    /// The same name, far away or nobody knows where.
    Name(String),
    /// A similar name at the same address.
    SimilarHere(String),
}

/// Two clients who are likely one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Twins {
    /// One of them.
    pub a: ClientId,
    /// The other.
    pub b: ClientId,
    /// How likely, to be compared with that of other pairs.
    pub score: i32,
    /// Why, the strongest reason first.
    pub why: Vec<Why>,
}

fn bare<'a>(text: &'a str, without: &'a [&str]) -> impl Iterator<Item = String> + 'a {
    let folded = text.to_lowercase().replace('ё', "е");
    let words: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !without.contains(word))
        .map(str::to_owned)
        .collect();
    words.into_iter()
}
/// A name as it is compared: words without the form of the firm, in whatever order they were written.
pub fn plain_name(name: &str) -> String {
    let mut words: Vec<String> = bare(name, &FORMS).collect();
    words.sort();
    words.join(" ")
}
/// An address as it is compared.
pub fn plain_address(address: &str) -> String {
    bare(address, &STREETS).collect::<Vec<_>>().join(" ")
}

fn trigrams(text: &str) -> BTreeSet<[char; 3]> {
    let letters: Vec<char> = std::iter::once(' ').chain(text.chars()).chain([' ']).collect();
    letters.windows(3).filter_map(|three| three.try_into().ok()).collect()
}
/// How many of 100 trigrams two plain names have in common.
fn likeness(a: &str, b: &str) -> usize {
    let (a, b) = (trigrams(a), trigrams(b));
    let all = a.union(&b).count();
    (100 * a.intersection(&b).count()).checked_div(all).unwrap_or(0)
}

/// A client with everything that is compared made plain once.
struct Plain<'a> {
    face: &'a Face,
    name: String,
    addresses: Vec<String>,
}

impl<'a> Plain<'a> {
    fn of(face: &'a Face) -> Self {
        let addresses = face.places.iter().map(|(address, _)| plain_address(address)).collect();
        Self { face, name: plain_name(&face.name), addresses }
    }
    /// An address that both have.
    fn same_address(&self, other: &Self) -> Option<&'a str> {
        let found = self.addresses.iter().position(|at| !at.is_empty() && other.addresses.contains(at));
        found.and_then(|at| self.face.places.get(at)).map(|(address, _)| address.as_str())
    }
    /// Points on one spot under two addresses were put there for want of a better place.
    fn is_near(&self, other: &Self) -> bool {
        let mut pairs = self.face.places.iter().flat_map(|a| other.face.places.iter().map(move |b| (a, b)));
        pairs.any(|((_, a), (_, b))| a != b && a.metres_to(b) < NEAR_METRES)
    }
    /// Numbers in `desks` are of too many to tell anything.
    fn alike(&self, other: &Self, desks: &BTreeSet<&PhoneNumber>) -> Option<Twins> {
        let (a, b) = (self.face, other.face);
        if a.apart.contains(&b.id) || b.apart.contains(&a.id) {
            return None;
        }
        let (mut score, mut why) = (0, Vec::new());
        if let (Some(ours), Some(theirs)) = (&a.inn, &b.inn) {
            if ours == theirs {
                score += 60;
                why.push(Why::Inn(ours.clone()));
            } else {
                score -= 30;
            }
        }
        let tells = |phone: &&PhoneNumber| b.phones.contains(phone) && !desks.contains(phone);
        let same: Vec<_> = a.phones.iter().filter(tells).collect();
        if let Some(first) = same.first() {
            score += 40 + 5 * i32::try_from(same.len().min(3)).unwrap_or(0);
            why.push(Why::Phone((*first).clone()));
        }
        let address = self.same_address(other);
        let similar = likeness(&self.name, &other.name);
        if !self.name.is_empty() && self.name == other.name {
            let near = address.is_some() || self.is_near(other);
            score += if near { 45 } else { 15 };
            why.push(if near { Why::NameNear(a.name.clone()) } else { Why::Name(a.name.clone()) });
        } else if let Some(address) = address.filter(|_| similar >= SIMILAR) {
            score += 35;
            why.push(Why::SimilarHere(address.to_owned()));
        }
        (score >= LEAST && !why.is_empty()).then_some(Twins { a: a.id, b: b.id, score, why })
    }
}

/// What clients are brought together by, before they are compared.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Inn(&'a str),
    Phone(&'a PhoneNumber),
    Name(&'a str),
    Address(&'a str),
}

/// Pairs who are likely one, the likeliest first; of one client, or among all.
pub fn find(faces: &[Face], of: Option<ClientId>) -> Vec<Twins> {
    let plain: Vec<Plain<'_>> = faces.iter().map(Plain::of).collect();
    let mut groups: HashMap<Key<'_>, Vec<usize>> = HashMap::new();
    for (place, one) in plain.iter().enumerate() {
        let mut keys: Vec<Key<'_>> = one.face.phones.iter().map(Key::Phone).collect();
        keys.extend(one.face.inn.as_deref().map(Key::Inn));
        keys.extend(Some(one.name.as_str()).filter(|name| !name.is_empty()).map(Key::Name));
        keys.extend(one.addresses.iter().filter(|at| !at.is_empty()).map(|at| Key::Address(at)));
        for key in keys {
            let group = groups.entry(key).or_default();
            if group.last() != Some(&place) {
                group.push(place);
            }
        }
    }
    let desks: BTreeSet<&PhoneNumber> = groups
        .iter()
        .filter_map(|(key, group)| match key {
            Key::Phone(phone) if group.len() > MOST_OF_NUMBER => Some(*phone),
            _ => None,
        })
        .collect();
    let mut found: BTreeMap<(ClientId, ClientId), Twins> = BTreeMap::new();
    for (key, group) in groups {
        let most = if matches!(key, Key::Phone(_)) { MOST_OF_NUMBER } else { MOST_OF_WORDS };
        if group.len() > most {
            continue;
        }
        for (n, first) in group.iter().enumerate() {
            for second in &group[n + 1..] {
                let (Some(a), Some(b)) = (plain.get(*first), plain.get(*second)) else { continue };
                // The older card stands first: ids lie in the order of time.
                let (a, b) = if a.face.id <= b.face.id { (a, b) } else { (b, a) };
                if of.is_some_and(|id| id != a.face.id && id != b.face.id) {
                    continue;
                }
                if !found.contains_key(&(a.face.id, b.face.id))
                    && let Some(twins) = a.alike(b, &desks)
                {
                    found.insert((twins.a, twins.b), twins);
                }
            }
        }
    }
    let mut all: Vec<Twins> = found.into_values().collect();
    all.sort_by_key(|twins| (std::cmp::Reverse(twins.score), twins.a, twins.b));
    all
}
