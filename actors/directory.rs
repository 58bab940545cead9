//! Cards in memory: clients, points, units, agreements, users, found by whatever is typed.
//!
//! Type-ahead must answer in milliseconds at 100,000 clients, so it is served from here and not from
//! the store. Written only through [`Directory::put`] and its neighbours, after the journal has kept.

mod amending;
mod cards;
mod merged;

use crate::call_history::CallHistory;
use domain::{
    access::User,
    calls::call_plan::CallerRank,
    clients::{agreement::Agreement, client::Client, point::ServicePoint, stone::Stones},
    equipment::EquipmentUnit,
    imports::register::Card,
    ports::{Entity, Journal, JournalError, Table},
    requests::request::Priority,
    values::{
        id::{
            AgreementId, BranchId, ClientId, DeviceId, MasterId, OperatorId, PointId, RequestId, TemplateId,
            UnitId, UserId, VehicleId, ZoneId,
        },
        phone::PhoneNumber,
        place::Place,
    },
    visits::work_template::WorkTemplate,
    workforce::{branch::Branch, device::Device, master::Master, skill::SkillWord, vehicle::Vehicle},
    zones::{chart::Chart, zone::Zone},
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

/// Entries of a client's timeline that are kept in memory.
const TIMELINE: usize = 20;
/// A number that is looked for without its dashes has so many letters and digits at least.
const SHORTEST_NUMBER: usize = 3;

/// What everybody may know of a master.
#[derive(Debug, Clone)]
pub(crate) struct KnownMaster {
    pub(crate) name: String,
    pub(crate) phone: Option<PhoneNumber>,
    pub(crate) home: Place,
}

/// The cards.
#[derive(Debug, Default)]
pub struct Directory {
    /// Clients by id.
    pub clients: HashMap<ClientId, Client>,
    /// Cards that were merged into others.
    pub stones: Stones,
    /// Points by id.
    pub points: HashMap<PointId, ServicePoint>,
    /// Units by id.
    pub units: HashMap<UnitId, EquipmentUnit>,
    /// Agreements by id.
    pub agreements: HashMap<AgreementId, Agreement>,
    /// Phones that may be rung.
    pub devices: HashMap<DeviceId, Device>,
    /// Users by id.
    pub users: HashMap<UserId, User>,
    by_phone: HashMap<PhoneNumber, Vec<ClientId>>,
    words: BTreeSet<(String, ClientId)>,
    points_of: HashMap<ClientId, Vec<PointId>>,
    units_at: HashMap<PointId, Vec<UnitId>>,
    agreements_of: HashMap<ClientId, Vec<AgreementId>>,
    open: HashMap<ClientId, BTreeMap<String, Value>>,
    timeline: HashMap<ClientId, VecDeque<Value>>,
    talked: HashMap<ClientId, OperatorId>,
    takers: HashMap<String, OperatorId>,
    /// Masters who work here: their names, numbers and homes.
    pub(crate) masters: HashMap<MasterId, KnownMaster>,
    /// Zones, also those that are retired.
    pub(crate) zones: HashMap<ZoneId, Zone>,
    /// Those that are served.
    pub(crate) chart: Arc<Chart>,
    /// The dictionary of skills, by code.
    pub(crate) skills: HashMap<String, SkillWord>,
    /// Branches, also those that are closed.
    pub(crate) branches: HashMap<BranchId, Branch>,
    /// Templates of work.
    pub(crate) templates: HashMap<TemplateId, WorkTemplate>,
    /// Number plates.
    pub(crate) vehicles: HashMap<VehicleId, String>,
    /// Calls that are over.
    pub calls: CallHistory,
}

/// Lower case, `ё` as `е`.
fn folded(text: &str) -> String {
    text.to_lowercase().replace('ё', "е")
}

/// A number as it is looked for, however its parts are set apart: `AB-12/3` is `ab123`.
pub(crate) fn compact(number: &str) -> String {
    folded(number).chars().filter(|letter| letter.is_alphanumeric()).collect()
}
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    let folded = folded(text);
    let found: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.chars().count() > 1)
        .map(str::to_owned)
        .collect();
    found.into_iter()
}

async fn read<E: DeserializeOwned>(journal: &dyn Journal, table: Table) -> Result<Vec<E>, JournalError> {
    let rows = journal.rows(table).await?;
    let broken = |error: serde_json::Error| JournalError::Store {
        reason: format!("a row of `{}`: {error}", table.name()),
    };
    rows.into_iter().map(|row| serde_json::from_value(row).map_err(broken)).collect()
}

impl Directory {
    /// Reads all cards.
    pub async fn open(journal: &dyn Journal) -> Result<Self, JournalError> {
        let mut directory = Self::default();
        read::<Client>(journal, Client::TABLE).await?.into_iter().for_each(|c| directory.put_client(c));
        read::<ServicePoint>(journal, ServicePoint::TABLE)
            .await?
            .into_iter()
            .for_each(|p| directory.put_point(p));
        read::<EquipmentUnit>(journal, EquipmentUnit::TABLE)
            .await?
            .into_iter()
            .for_each(|u| directory.put_unit(u));
        read::<Agreement>(journal, Agreement::TABLE)
            .await?
            .into_iter()
            .for_each(|a| directory.put_agreement(a));
        let devices = read::<Device>(journal, Device::TABLE).await?;
        directory.devices = devices.into_iter().filter(Device::is_here).map(|d| (d.id, d)).collect();
        directory.users = read::<User>(journal, User::TABLE).await?.into_iter().map(|u| (u.id, u)).collect();
        read::<Master>(journal, Master::TABLE).await?.iter().for_each(|m| directory.put_master(m));
        read::<Zone>(journal, Zone::TABLE).await?.into_iter().for_each(|zone| directory.put_zone(zone));
        let words = read::<SkillWord>(journal, SkillWord::TABLE).await?.into_iter();
        directory.skills = words.map(|word| (word.card.code.clone(), word)).collect();
        let branches = read::<Branch>(journal, Branch::TABLE).await?.into_iter();
        directory.branches = branches.map(|branch| (branch.id, branch)).collect();
        let templates = read::<WorkTemplate>(journal, WorkTemplate::TABLE).await?.into_iter();
        directory.templates = templates.map(|template| (template.id, template)).collect();
        let vehicles = read::<Vehicle>(journal, Vehicle::TABLE).await?.into_iter();
        directory.vehicles = vehicles.map(|v| (v.id, v.plate)).collect();
        Ok(directory)
    }
    /// Adds or replaces a master; one who has left is forgotten.
    pub(crate) fn put_master(&mut self, master: &Master) {
        if master.left {
            self.masters.remove(&master.id);
        } else {
            let Master { name, phone, home, .. } = master.clone();
            self.masters.insert(master.id, KnownMaster { name, phone, home });
        }
    }
    /// Adds or replaces a client.
    pub fn put_client(&mut self, client: Client) {
        self.stones.put(&client);
        if client.stone.is_some() {
            return self.bury(&client);
        }
        self.unlearn_client(&client);
        for phone in client.phones() {
            let known = self.by_phone.entry(phone.clone()).or_default();
            if !known.contains(&client.id) {
                known.push(client.id);
            }
        }
        let spoken = client.contacts.iter().map(|c| c.name.as_str()).chain([client.name.as_str()]);
        for word in spoken.flat_map(words).collect::<Vec<_>>() {
            self.words.insert((word, client.id));
        }
        self.clients.insert(client.id, client);
    }
    /// Adds or replaces a point.
    pub fn put_point(&mut self, point: ServicePoint) {
        self.unlearn_point(&point);
        let known = self.points_of.entry(point.client).or_default();
        if !known.contains(&point.id) {
            known.push(point.id);
        }
        for word in words(&point.address) {
            self.words.insert((word, point.client));
        }
        self.points.insert(point.id, point);
    }
    /// Adds or replaces a unit.
    pub fn put_unit(&mut self, unit: EquipmentUnit) {
        self.unlearn_unit(&unit);
        let known = self.units_at.entry(unit.point).or_default();
        if !known.contains(&unit.id) {
            known.push(unit.id);
        }
        if !unit.serial.is_empty() {
            self.words.insert((compact(&unit.serial), unit.client));
        }
        self.units.insert(unit.id, unit);
    }
    /// Adds or replaces an agreement.
    pub fn put_agreement(&mut self, agreement: Agreement) {
        self.unlearn_agreement(&agreement);
        let known = self.agreements_of.entry(agreement.client).or_default();
        if !known.contains(&agreement.id) {
            known.push(agreement.id);
        }
        self.words.insert((compact(&agreement.no), agreement.client));
        self.agreements.insert(agreement.id, agreement);
    }
    /// Adds or replaces a card of any kind.
    pub fn put_card(&mut self, card: Card) {
        match card {
            Card::Client(card) => self.put_client(card),
            Card::Point(card) => self.put_point(card),
            Card::Unit(card) => self.put_unit(card),
            Card::Agreement(card) => self.put_agreement(card),
        }
    }
    /// Puts a card back that was hidden; one that is there stays as it is.
    pub fn put_if_hidden(&mut self, card: &Card) {
        let there = match card {
            Card::Client(card) => self.clients.contains_key(&card.id),
            Card::Point(card) => self.points.contains_key(&card.id),
            Card::Unit(card) => self.units.contains_key(&card.id),
            Card::Agreement(card) => self.agreements.contains_key(&card.id),
        };
        if !there {
            self.put_card(card.clone());
        }
    }
    /// Takes a card out, and whatever it was found by.
    pub fn forget(&mut self, card: &Card) {
        fn without<K: Eq + std::hash::Hash, V: PartialEq>(map: &mut HashMap<K, Vec<V>>, key: &K, gone: &V) {
            if let Some(all) = map.get_mut(key) {
                all.retain(|one| one != gone);
            }
        }
        let (owner, said) = match card {
            Card::Client(client) => {
                self.clients.remove(&client.id);
                client.phones().for_each(|phone| without(&mut self.by_phone, phone, &client.id));
                let names = client.contacts.iter().map(|c| c.name.as_str()).chain([client.name.as_str()]);
                (client.id, names.flat_map(words).collect::<Vec<_>>())
            }
            Card::Point(point) => {
                self.points.remove(&point.id);
                without(&mut self.points_of, &point.client, &point.id);
                (point.client, words(&point.address).collect())
            }
            Card::Unit(unit) => {
                self.units.remove(&unit.id);
                without(&mut self.units_at, &unit.point, &unit.id);
                (unit.client, vec![compact(&unit.serial)])
            }
            Card::Agreement(agreement) => {
                self.agreements.remove(&agreement.id);
                without(&mut self.agreements_of, &agreement.client, &agreement.id);
                (agreement.client, vec![compact(&agreement.no)])
            }
        };
        for word in said {
            if !self.clients.contains_key(&owner) || !self.has_word(owner, &word) {
                self.words.remove(&(word, owner));
            }
        }
    }
    /// The client that rings from a number; the first of several.
    pub fn who_rings(&self, phone: &PhoneNumber) -> Option<&Client> {
        self.by_phone.get(phone).and_then(|ids| ids.first()).and_then(|id| self.clients.get(id))
    }
    /// The agreement that covers work of a priority on a unit at a point now.
    pub fn coverage(
        &self,
        client: ClientId,
        point: PointId,
        unit: Option<UnitId>,
        priority: Priority,
        at: Timestamp,
    ) -> Option<&Agreement> {
        self.agreements_with(client).find(|a| a.covers_at(point, unit, priority, at))
    }
    /// The agreements with a client.
    pub(crate) fn agreements_with(&self, client: ClientId) -> impl Iterator<Item = &Agreement> {
        let theirs = self.agreements_of.get(&self.stones.kept(client)).into_iter().flatten();
        theirs.filter_map(|id| self.agreements.get(id))
    }
    /// Shows or hides an open request on the client's card.
    pub fn note_open(&mut self, client: ClientId, request: &str, row: Option<Value>) {
        let open = self.open.entry(client).or_default();
        match row {
            Some(row) => open.insert(request.to_owned(), row),
            None => open.remove(request),
        };
    }
    /// An operator has talked with a client, perhaps about a request that they then own.
    pub fn talked(&mut self, client: ClientId, operator: OperatorId, about: Option<RequestId>) {
        self.talked.insert(client, operator);
        if let Some(request) = about {
            self.takers.insert(request.to_string(), operator);
        }
    }
    /// Who owns an open request of the client, and who talked with them last.
    pub fn known_operators(&self, client: ClientId) -> (Option<OperatorId>, Option<OperatorId>) {
        let family = self.family(client);
        let open = self.open.get(&self.stones.kept(client)).into_iter().flat_map(BTreeMap::keys).rev();
        (
            open.filter_map(|request| self.takers.get(request)).next().copied(),
            family.iter().find_map(|id| self.talked.get(id)).copied(),
        )
    }
    /// The state of the client's nearest open work, and when the master comes.
    pub fn next_work(&self, client: ClientId) -> Option<(String, Option<Timestamp>)> {
        let rows = self.open.get(&self.stones.kept(client))?.values();
        let soonest = rows.min_by_key(|row| row["eta"].as_i64().unwrap_or(i64::MAX))?;
        let eta = soonest["eta"].as_i64().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        Some((soonest["state"].as_str()?.to_owned(), eta))
    }
    /// What a caller's place in the line depends on.
    pub fn rank(&self, client: ClientId) -> CallerRank {
        let agreement = self.agreements_with(client).any(Agreement::is_in_force);
        let open = self.open.get(&self.stones.kept(client)).into_iter().flat_map(BTreeMap::values);
        let due = open.filter_map(|row| row["due"].as_i64()).min();
        CallerRank {
            vip: self.known_client(client).is_some_and(|known| known.vip),
            agreement,
            due: due.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        }
    }
    /// Adds to the client's timeline; an entry of the same id is replaced.
    pub fn remember(
        &mut self,
        client: ClientId,
        at: Timestamp,
        kind: &str,
        id: &str,
        state: &str,
        text: &str,
    ) {
        let entries = self.timeline.entry(client).or_default();
        entries.retain(|e| e["id"] != id);
        entries.push_front(
            json!({"at": at.as_millisecond(), "kind": kind, "text": text, "state": state, "id": id}),
        );
        entries.truncate(TIMELINE);
    }

    /// Type-ahead: digits are a phone, anything else the beginnings of words; all words must fit, or all of it together
    /// begins a serial number or an agreement's.
    pub fn search(&self, typed: &str, limit: usize) -> Vec<Value> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Vec::new();
        }
        if let Some(ids) = typed.parse::<PhoneNumber>().ok().and_then(|phone| self.by_phone.get(&phone)) {
            return ids.iter().take(limit).filter_map(|id| self.hit(*id)).collect();
        }
        let mut wanted: Vec<String> = words(typed).collect();
        wanted.sort_by_key(|w| std::cmp::Reverse(w.len()));
        let mut seen = BTreeSet::new();
        let begins = |word: &str| {
            let word = word.to_owned();
            let from = (word.clone(), ClientId::from_uuid(uuid::Uuid::nil()));
            self.words.range(from..).take_while(move |(known, _)| known.starts_with(&word)).map(|(_, id)| *id)
        };
        // a serial number is typed with its dashes or without them
        let number = compact(typed);
        let numbered = number.chars().count() >= SHORTEST_NUMBER && wanted.first() != Some(&number);
        let said = wanted.split_first().into_iter().flat_map(|(rarest, others)| {
            begins(rarest).filter(|id| others.iter().all(|other| self.has_word(*id, other)))
        });
        let found = numbered.then(|| begins(&number)).into_iter().flatten().chain(said);
        found.filter(|id| seen.insert(*id)).take(limit).filter_map(|id| self.hit(id)).collect()
    }
    fn has_word(&self, id: ClientId, word: &str) -> bool {
        let Some(client) = self.clients.get(&id) else { return false };
        let addresses = self
            .points_of
            .get(&id)
            .into_iter()
            .flatten()
            .filter_map(|p| self.points.get(p))
            .map(|p| p.address.as_str());
        let names = client.contacts.iter().map(|c| c.name.as_str()).chain([client.name.as_str()]);
        names.chain(addresses).flat_map(words).any(|w| w.starts_with(word))
    }
    fn hit(&self, id: ClientId) -> Option<Value> {
        let client = self.clients.get(&id)?;
        let points = self.points_of.get(&id).map(Vec::as_slice).unwrap_or_default();
        let address = points.first().and_then(|p| self.points.get(p)).map(|p| p.address.clone());
        let units: usize = points.iter().filter_map(|p| self.units_at.get(p)).map(Vec::len).sum();
        let phone = client.phones().next().map(PhoneNumber::as_str);
        Some(
            json!({"id": id, "name": client.name, "phone": phone, "address": address, "units": units, "debt": client.debt}),
        )
    }
}
