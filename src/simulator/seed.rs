//! What a town is before its first day: rows for the store, logins, telephones, and who may ring up.

pub mod books;
pub mod devices;
pub mod people;
pub mod staff;
pub mod story;
mod upkeep;

use crate::{chance::Chance, size::Size};
use domain::{
    access::Role,
    clients::{agreement::Agreement, point::ServicePoint},
    ports::{Entity, Row},
    values::{id::ClientId, phone::PhoneNumber},
    workforce::master::Master,
};
use jiff::Timestamp;

/// A login of the town.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// What is typed at the door.
    pub login: String,
    /// The password.
    pub password: String,
    /// The name that colleagues see.
    pub name: String,
    /// The workplace.
    pub role: Role,
    /// Works by itself.
    pub robot: bool,
}

/// The account of a desk phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneAccount {
    /// The user it registers as.
    pub user: String,
    /// Its digest password.
    pub password: String,
    /// Whose it is.
    pub name: String,
}

/// Somebody who may ring up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerProfile {
    /// The number shown.
    pub phone: PhoneNumber,
    /// How to address them.
    pub name: String,
    /// The client on the books.
    pub client: ClientId,
    /// Rings for a firm.
    pub firm: bool,
}

/// A town before its first day.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seed {
    /// Rows for the store, links pointing backwards.
    pub rows: Vec<Row>,
    /// Everybody's login.
    pub logins: Vec<Login>,
    /// Desk phones of the operators who are robots.
    pub phones: Vec<PhoneAccount>,
    /// Who may ring up.
    pub callers: Vec<CallerProfile>,
}

/// Where rows go while a town is sown.
pub struct Sower<'a> {
    sink: &'a mut dyn FnMut(Row),
    /// How large.
    size: Size,
    /// Which town.
    seed: u64,
    /// The millisecond that identifiers carry.
    born: u64,
    logins: Vec<Login>,
    phones: Vec<PhoneAccount>,
    callers: Vec<CallerProfile>,
    /// Agreements that get schedules, with the points that they cover.
    covered: Vec<(Agreement, Vec<ServicePoint>)>,
    /// Who goes to clients.
    crew: Vec<Master>,
}

impl Sower<'_> {
    /// Gives an entity away as a new row.
    fn keep<E: Entity>(&mut self, entity: &E) {
        let doc = serde_json::to_value(entity).expect("an entity of the domain is always JSON");
        (self.sink)(Row { table: E::TABLE, key: entity.id().uuid(), ver: entity.ver(), was: 0, doc });
    }
}

/// Makes a town; the same arguments make the same town. `hash` turns a password into what the store keeps
/// and is asked once.
pub fn seed(size: Size, seed: u64, now: Timestamp, hash: impl Fn(&str) -> String) -> Seed {
    let mut rows = Vec::new();
    let rest = sow(size, seed, now, hash, &mut |row| rows.push(row));
    Seed { rows, ..rest }
}

/// Makes a town and gives its rows away one by one, so that a large one need not fit into memory.
pub fn sow(
    size: Size,
    seed: u64,
    now: Timestamp,
    hash: impl Fn(&str) -> String,
    sink: &mut dyn FnMut(Row),
) -> Seed {
    let born = u64::try_from(now.as_millisecond()).unwrap_or(0);
    let mut sower = Sower {
        sink,
        size,
        seed,
        born,
        logins: Vec::new(),
        phones: Vec::new(),
        callers: Vec::new(),
        covered: Vec::new(),
        crew: Vec::new(),
    };
    let mut book = books::Book { sower: &mut sower, chance: Chance::branch(seed, "story"), now };
    story::sow(&mut book);
    book.chance = Chance::branch(seed, "books");
    books::sow(&mut book, size.clients());
    staff::sow(&mut sower, hash(staff::PASSWORD), now);
    upkeep::sow(&mut sower, Chance::branch(seed, "upkeep"), now);
    Seed { rows: Vec::new(), logins: sower.logins, phones: sower.phones, callers: sower.callers }
}

#[cfg(test)]
mod tests;
