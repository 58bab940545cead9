//! From a line to the cards it writes: all of them, or none and every problem of the line.

use super::{
    cells::{self, Expected, LONGEST, Problem},
    columns::{Field, Mapping, What, folded},
    import::Duplicates,
    register::{Card, Cards, Register, code},
    sheets::Line,
};
use crate::{
    clients::{
        agreement::{Agreement, AgreementState, SlaSet, Terms},
        client::{Client, ClientSort, Contact, Phone},
        point::ServicePoint,
    },
    equipment::{Custodian, EquipmentUnit},
    values::{
        id::{AgreementId, ClientId, Id, Kind, PointId},
        money::Money,
        phone::PhoneNumber,
        place::Place,
    },
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use uuid::Uuid;

/// Hours of reaction and of restoration of an agreement whose table does not say them.
const USUAL_SLA: SlaSet = SlaSet { reaction_hours: 8, restore_hours: 48 };

/// A card and what it was before the line; `None`: it is new.
pub type Change = (Card, Option<Card>);

/// Reads the lines of one table.
pub struct Reader<'a> {
    /// What the table is about.
    pub what: What,
    /// What its columns mean.
    pub mapping: &'a Mapping,
    /// What happens to known cards.
    pub duplicates: Duplicates,
    /// Where an address without coordinates is put.
    pub middle: Place,
    /// The zone that dates are in.
    pub zone: &'a TimeZone,
    /// The cards in memory.
    pub cards: &'a dyn Cards,
    /// What cards are found by.
    pub register: &'a mut Register,
    /// Fresh keys.
    pub fresh: &'a mut dyn FnMut() -> Uuid,
}

/// The cells of one line, and what is wrong with them.
struct Cells<'a> {
    line: &'a Line,
    mapping: &'a Mapping,
    problems: Vec<Problem>,
}

impl<'a> Cells<'a> {
    /// The text of a field; nothing when it has no column or is empty.
    fn text(&mut self, field: Field) -> Option<&'a str> {
        let text = self.mapping.get(&field).and_then(|place| self.line.cells.get(*place))?.trim();
        if text.chars().count() > LONGEST {
            self.problems.push(Problem::new(field, text, Expected::Shorter));
            return None;
        }
        (!text.is_empty()).then_some(text)
    }
    fn needed(&mut self, field: Field) -> Option<&'a str> {
        let text = self.text(field);
        if text.is_none() && !self.problems.iter().any(|p| p.field == field) {
            self.problems.push(Problem::new(field, "", Expected::Filled));
        }
        text
    }
    fn read<T>(&mut self, field: Field, expected: Expected, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(field)?;
        let value = read(text);
        if value.is_none() {
            self.wrong(field, text, expected);
        }
        value
    }
    fn wrong(&mut self, field: Field, text: &str, expected: Expected) {
        self.problems.push(Problem::new(field, text, expected));
    }
    fn place(&mut self) -> Option<Place> {
        let lat = self.read(Field::Lat, Expected::Degrees, cells::degrees);
        let lon = self.read(Field::Lon, Expected::Degrees, cells::degrees);
        match (lat, lon) {
            (Some(lat), Some(lon)) => match Place::new(lat, lon) {
                Ok(place) => Some(place),
                Err(_) => {
                    self.wrong(Field::Lat, &format!("{lat}, {lon}"), Expected::Degrees);
                    None
                }
            },
            (Some(_), None) => {
                self.wrong(Field::Lon, "", Expected::Degrees);
                None
            }
            (None, Some(_)) => {
                self.wrong(Field::Lat, "", Expected::Degrees);
                None
            }
            (None, None) => None,
        }
    }
}

/// Replaces a value when the table says something else.
fn put<T: PartialEq>(slot: &mut T, said: Option<T>) {
    if let Some(said) = said {
        *slot = said;
    }
}

impl Reader<'_> {
    /// The cards that a line writes; none when its card is known and stays.
    ///
    /// # Errors
    /// Every problem of the line; nothing of it is to be written then.
    pub fn line(&mut self, line: &Line) -> Result<Vec<Change>, Vec<Problem>> {
        let mut cells = Cells { line, mapping: self.mapping, problems: Vec::new() };
        let changes = match self.what {
            What::Clients => self.client(&mut cells),
            What::Points => self.point(&mut cells),
            What::Units => self.unit(&mut cells),
            What::Agreements => self.agreement(&mut cells),
        };
        if !cells.problems.is_empty() {
            return Err(cells.problems);
        }
        let changes = changes.unwrap_or_default();
        changes.iter().for_each(|(card, _)| self.register.write(card));
        Ok(changes)
    }
    fn id<K: Kind>(&mut self) -> Id<K> {
        Id::from_uuid((self.fresh)())
    }
    /// Writes over a known card, when that is wanted and changes something.
    fn over(&self, before: Card, mut card: Card) -> Vec<Change> {
        if self.duplicates == Duplicates::Skip || before == card {
            return Vec::new();
        }
        card.at_version(before.place().2 + 1);
        vec![(card, Some(before))]
    }
    fn known_client(&self, id: ClientId) -> Option<Client> {
        match self.register.fresh(id.uuid()) {
            Some(Card::Client(client)) => Some(client.clone()),
            _ => self.cards.client(id),
        }
    }

    fn client(&mut self, cells: &mut Cells<'_>) -> Option<Vec<Change>> {
        let name = cells.needed(Field::Name);
        let typed = cells.text(Field::Phone);
        let phone = cells.read(Field::Phone, Expected::Phone, cells::phone);
        let inn = cells.read(Field::Inn, Expected::Inn, cells::inn);
        if cells.text(Field::Inn).is_none() && typed.is_none() {
            cells.wrong(Field::Phone, "", Expected::Filled);
        }
        let sort = cells.read(Field::Sort, Expected::Sort, sort);
        let vip = cells.read(Field::Vip, Expected::YesNo, cells::yes);
        let (contact, note) = (cells.text(Field::Contact), cells.text(Field::Note));
        let place = cells.place();
        let address = cells.text(Field::Address);
        let (zone, access) = (cells.text(Field::Zone), cells.text(Field::Access));
        let by_inn = inn.as_ref().and_then(|inn| self.register.inns.get(inn)).copied();
        let by_phone = phone.as_ref().and_then(|phone| self.register.phones.get(phone)).copied();
        if let (Some(firm), Some(other)) = (by_inn, by_phone)
            && firm != other
        {
            cells.wrong(Field::Inn, inn.as_deref().unwrap_or_default(), Expected::SameClient);
        }
        if !cells.problems.is_empty() {
            return None;
        }
        let by_phone = by_phone.filter(|id| by_inn.is_some() || self.may_be(*id, inn.as_deref()));
        let known = by_inn.or(by_phone).and_then(|id| self.known_client(id));
        let mut client = known.clone().unwrap_or_else(|| Client {
            id: self.id(),
            ver: 1,
            kind: if inn.as_ref().is_some_and(|inn| inn.len() == 10) {
                ClientSort::Org
            } else {
                ClientSort::Person
            },
            name: String::new(),
            inn: None,
            contacts: vec![],
            vip: false,
            debt: Money::ZERO,
            note: String::new(),
            consent: None,
            apart: Default::default(),
            stone: None,
        });
        put(&mut client.name, name.map(str::to_owned));
        put(&mut client.kind, sort);
        put(&mut client.inn, inn.map(Some));
        put(&mut client.vip, vip);
        put(&mut client.note, note.map(str::to_owned));
        reach(&mut client, contact, phone, typed);
        let owner = client.id;
        let mut changes = match known {
            Some(before) => self.over(Card::Client(before), Card::Client(client)),
            None => vec![(Card::Client(client), None)],
        };
        if let Some(address) = address {
            changes.extend(self.at_address(owner, address, place, zone, access));
        }
        Some(changes)
    }
    /// A number may be shared; a firm with another taxpayer number is another client.
    fn may_be(&self, id: ClientId, inn: Option<&str>) -> bool {
        let theirs = self.known_client(id).and_then(|client| client.inn);
        theirs.is_none() || inn.is_none() || theirs.as_deref() == inn
    }
    /// The point of a client at an address: known, changed or new.
    fn at_address(
        &mut self,
        client: ClientId,
        address: &str,
        place: Option<Place>,
        zone: Option<&str>,
        access: Option<&str>,
    ) -> Vec<Change> {
        let wanted = folded(address);
        let theirs = self.register.points.get(&client);
        let known = theirs.into_iter().flatten().find(|(theirs, _)| *theirs == wanted).map(|(_, id)| *id);
        let known = known.and_then(|id| match self.register.fresh(id.uuid()) {
            Some(Card::Point(point)) => Some(point.clone()),
            _ => self.cards.point(id),
        });
        let mut point = known.clone().unwrap_or_else(|| ServicePoint {
            id: self.id(),
            ver: 1,
            client,
            address: address.to_owned(),
            place: self.middle,
            zone: self.register.zone.clone().unwrap_or_default(),
            drawn: None,
            tz: self.zone.iana_name().unwrap_or("UTC").to_owned(),
            access: String::new(),
            bindings: vec![],
            visiting: Default::default(),
        });
        put(&mut point.place, place);
        put(&mut point.zone, zone.map(str::to_owned));
        put(&mut point.access, access.map(str::to_owned));
        match known {
            Some(before) => self.over(Card::Point(before), Card::Point(point)),
            None => vec![(Card::Point(point), None)],
        }
    }
    /// The client that the line names: by taxpayer number, by phone, by name, in this order.
    fn owner(&self, cells: &mut Cells<'_>) -> Option<ClientId> {
        let inn = cells.read(Field::Inn, Expected::Inn, cells::inn);
        let phone = cells.read(Field::Phone, Expected::Phone, cells::phone);
        let name = cells.text(Field::Client);
        if !cells.problems.is_empty() {
            return None;
        }
        let by_inn = inn.as_ref().and_then(|inn| self.register.inns.get(inn));
        if let Some(id) = by_inn.or_else(|| phone.as_ref().and_then(|phone| self.register.phones.get(phone)))
        {
            return Some(*id);
        }
        match name.and_then(|name| self.register.names.get(&folded(name))).map(Vec::as_slice) {
            Some([id]) => return Some(*id),
            Some([_, _, ..]) => cells.wrong(Field::Client, name.unwrap_or_default(), Expected::OneClient),
            _ => {
                let said = [
                    (Field::Client, name),
                    (Field::Inn, cells.text(Field::Inn)),
                    (Field::Phone, cells.text(Field::Phone)),
                ];
                match said.into_iter().find_map(|(field, text)| text.map(|text| (field, text))) {
                    Some((field, text)) => cells.wrong(field, text, Expected::KnownClient),
                    None => cells.wrong(Field::Client, "", Expected::Filled),
                }
            }
        }
        None
    }
    fn point(&mut self, cells: &mut Cells<'_>) -> Option<Vec<Change>> {
        let owner = self.owner(cells);
        let address = cells.needed(Field::Address);
        let place = cells.place();
        let (zone, access) = (cells.text(Field::Zone), cells.text(Field::Access));
        if !cells.problems.is_empty() {
            return None;
        }
        Some(self.at_address(owner?, address?, place, zone, access))
    }
    /// The point of the client that the line names, or the only one.
    fn standing(&self, cells: &mut Cells<'_>, owner: ClientId) -> Option<PointId> {
        let theirs = self.register.points.get(&owner).map(Vec::as_slice).unwrap_or_default();
        let address = cells.text(Field::Address);
        let found = match (address, theirs) {
            (Some(address), _) => {
                let wanted = folded(address);
                theirs.iter().find(|(theirs, _)| *theirs == wanted).map(|(_, id)| *id)
            }
            (None, [(_, only)]) => Some(*only),
            (None, _) => None,
        };
        if found.is_none() {
            let expected = if address.is_some() { Expected::KnownPoint } else { Expected::WhichPoint };
            cells.wrong(Field::Address, address.unwrap_or_default(), expected);
        }
        found
    }
    fn unit(&mut self, cells: &mut Cells<'_>) -> Option<Vec<Change>> {
        let owner = self.owner(cells);
        let point = owner.and_then(|owner| self.standing(cells, owner));
        let device = cells.needed(Field::Device);
        let serial = cells.text(Field::Serial);
        let warranty = cells.read(Field::Warranty, Expected::Date, cells::date);
        let level = cells.read(Field::Level, Expected::Level, cells::level);
        let usual = device.and_then(|device| self.register.kinds.get(&folded(device))).cloned();
        let skill = cells.text(Field::Skill).map(str::to_owned);
        if skill.is_none() && usual.is_none() && device.is_some() {
            cells.wrong(Field::Skill, device.unwrap_or_default(), Expected::KnownSkill);
        }
        let agreement = self.covering(cells, owner);
        let (brand, model) = (cells.text(Field::Brand), cells.text(Field::Model));
        if !cells.problems.is_empty() {
            return None;
        }
        let (owner, point) = (owner?, point?);
        let known = serial.and_then(|serial| self.register.serials.get(&code(serial))).copied();
        let known = known.and_then(|id| match self.register.fresh(id.uuid()) {
            Some(Card::Unit(unit)) => Some(unit.clone()),
            _ => self.cards.unit(id),
        });
        let mut unit = known.clone().unwrap_or_else(|| EquipmentUnit {
            id: self.id(),
            ver: 1,
            client: owner,
            point,
            kind: String::new(),
            brand: String::new(),
            model: String::new(),
            serial: serial.unwrap_or_default().to_owned(),
            skill: usual.as_ref().map(|(skill, _)| skill.clone()).unwrap_or_default(),
            level: usual.as_ref().map_or(1, |(_, level)| *level),
            warranty_until: None,
            agreement: None,
            custodian: Custodian::Point(point),
        });
        put(&mut unit.kind, device.map(str::to_owned));
        put(&mut unit.brand, brand.map(str::to_owned));
        put(&mut unit.model, model.map(str::to_owned));
        put(&mut unit.skill, skill);
        put(&mut unit.level, level);
        put(&mut unit.warranty_until, warranty.and_then(|day| self.end_of(day)).map(Some));
        put(&mut unit.agreement, agreement.map(Some));
        match known {
            Some(before) => Some(self.over(Card::Unit(before), Card::Unit(unit))),
            None => Some(vec![(Card::Unit(unit), None)]),
        }
    }
    /// The agreement that the line names; it must be one with the client.
    fn covering(&self, cells: &mut Cells<'_>, owner: Option<ClientId>) -> Option<AgreementId> {
        let no = cells.text(Field::Agreement)?;
        let found = self.register.nos.get(&code(no)).copied();
        let theirs =
            found.and_then(|id| self.known_agreement(id)).filter(|agreement| Some(agreement.client) == owner);
        if theirs.is_none() && owner.is_some() {
            cells.wrong(Field::Agreement, no, Expected::KnownAgreement);
        }
        theirs.map(|agreement| agreement.id)
    }
    fn known_agreement(&self, id: AgreementId) -> Option<Agreement> {
        match self.register.fresh(id.uuid()) {
            Some(Card::Agreement(agreement)) => Some(agreement.clone()),
            _ => self.cards.agreement(id),
        }
    }
    fn agreement(&mut self, cells: &mut Cells<'_>) -> Option<Vec<Change>> {
        let no = cells.needed(Field::Agreement);
        let owner = self.owner(cells);
        cells.needed(Field::From);
        cells.needed(Field::Until);
        let from = cells.read(Field::From, Expected::Date, cells::date);
        let until = cells.read(Field::Until, Expected::Date, cells::date);
        if let (Some(from), Some(until)) = (from, until)
            && until < from
        {
            cells.wrong(Field::Until, &until.to_string(), Expected::LaterDate);
        }
        let reaction = cells.read(Field::Reaction, Expected::Hours, cells::hours);
        let restore = cells.read(Field::Restore, Expected::Hours, cells::hours);
        let limit = cells.read(Field::Limit, Expected::Sum, cells::sum);
        if !cells.problems.is_empty() {
            return None;
        }
        let (no, owner) = (no?, owner?);
        let (from, until) = (self.start_of(from?)?, self.end_of(until?)?);
        let known = self.register.nos.get(&code(no)).copied().and_then(|id| self.known_agreement(id));
        if known.as_ref().is_some_and(|known| known.client != owner) {
            cells.wrong(Field::Agreement, no, Expected::SameClient);
            return None;
        }
        let points = self.register.points.get(&owner).into_iter().flatten().map(|(_, id)| *id).collect();
        let mut agreement = known.clone().unwrap_or_else(|| Agreement {
            id: self.id(),
            ver: 1,
            no: no.to_owned(),
            client: owner,
            state: AgreementState::Draft,
            from,
            until,
            points,
            units: vec![],
            sla: USUAL_SLA,
            limit: Money::ZERO,
            price_list: 1,
            terms: Terms::default(),
        });
        (agreement.from, agreement.until) = (from, until);
        put(&mut agreement.sla.reaction_hours, reaction);
        put(&mut agreement.sla.restore_hours, restore);
        put(&mut agreement.limit, limit);
        match known {
            Some(before) => Some(self.over(Card::Agreement(before), Card::Agreement(agreement))),
            None => {
                let complete = !agreement.points.is_empty();
                agreement.state = if complete { AgreementState::Active } else { AgreementState::Draft };
                Some(vec![(Card::Agreement(agreement), None)])
            }
        }
    }
    fn start_of(&self, day: Date) -> Option<Timestamp> {
        day.to_zoned(self.zone.clone()).ok().map(|start| start.timestamp())
    }
    /// The instant at which the day is over: «until the 31st» holds on the 31st.
    fn end_of(&self, day: Date) -> Option<Timestamp> {
        self.start_of(day.tomorrow().ok()?)
    }
}

/// A person or a firm, as 1C and Orderry say it.
fn sort(text: &str) -> Option<ClientSort> {
    let word = folded(text);
    let begins = |any: &[&str]| any.iter().any(|begin| word.starts_with(begin));
    if begins(&["юр", "орг", "комп", "фирм", "legal", "org", "comp", "firm", "ооо"]) {
        Some(ClientSort::Org)
    } else if begins(&["физ", "част", "инд", "ип", "person", "individual", "private"]) {
        Some(ClientSort::Person)
    } else {
        None
    }
}

/// Adds the number to the contact of the name, or to the main one; a known number stays where it is.
fn reach(client: &mut Client, contact: Option<&str>, phone: Option<PhoneNumber>, typed: Option<&str>) {
    let named = contact.map(str::to_owned);
    let place = match &named {
        Some(name) => client.contacts.iter().position(|known| folded(&known.name) == folded(name)),
        None => (!client.contacts.is_empty()).then_some(0),
    };
    let fresh = phone.filter(|number| !client.phones().any(|known| known == number));
    if fresh.is_none() && (place.is_some() || named.is_none()) {
        return;
    }
    let phones: Vec<Phone> = fresh
        .map(|e164| Phone { e164, extension: None, raw: typed.unwrap_or_default().to_owned() })
        .into_iter()
        .collect();
    match place {
        Some(place) => client.contacts[place].phones.extend(phones),
        None => {
            let name = named.unwrap_or_else(|| client.name.clone());
            client.contacts.push(Contact { name, phones });
        }
    }
}
