//! Who works here: masters with vans, operators with telephones, the office, and everybody's login.

use super::{Login, PhoneAccount, Sower, devices::SKILLS, people};
use crate::{chance::Chance, town};
use domain::{
    access::{Role, User},
    calls::operator::{Device, Operator, Presence},
    values::{
        id::{BranchId, Id, MasterId, OperatorId},
        money::Money,
        period::Period,
        place::Place,
    },
    workforce::{
        branch::{Branch, BranchCard},
        master::{Duty, Master, Skill},
        vehicle::{Vehicle, VehicleState},
    },
};
use jiff::{SignedDuration, Timestamp, civil::time};

/// The password of every login of a demo town.
pub const PASSWORD: &str = "demo";

/// Today's hours by the town's clock: from eight to twenty.
pub fn shift_of(now: Timestamp) -> Period {
    let zone = town::time_zone();
    let morning = now.to_zoned(zone.clone()).date().to_datetime(time(8, 0, 0, 0));
    let from = zone.to_ambiguous_timestamp(morning).compatible().unwrap_or(now);
    Period { from, to: from + SignedDuration::from_hours(12) }
}

/// What the `index`-th master of a town knows; every skill has an expert in the first dozen.
fn skills_of(chance: &mut Chance, index: usize) -> Vec<Skill> {
    let skill = |code: &str, level: u8| Skill { code: code.into(), level, valid_till: None };
    if index == 0 {
        return vec![skill("hvac", 2), skill("fridge", 2), skill("boiler", 1)];
    }
    let main = (index + 5) % SKILLS.len();
    let level =
        if index < 2 * SKILLS.len() { 2 + (index >= SKILLS.len()) as u8 } else { chance.between(2, 3) as u8 };
    let mut known = vec![skill(SKILLS[main], level)];
    let second = (main + 1 + chance.between(0, 1) as usize) % SKILLS.len();
    known.push(skill(SKILLS[second], chance.between(1, 2) as u8));
    if chance.happens(0.5) {
        let third = (main + 3 + chance.between(0, 1) as usize) % SKILLS.len();
        known.push(skill(SKILLS[third], chance.between(1, 2) as u8));
    }
    known
}

/// A number plate of the region.
fn plate(chance: &mut Chance) -> String {
    const LETTERS: [&str; 12] = ["А", "В", "Е", "К", "М", "Н", "О", "Р", "С", "Т", "У", "Х"];
    let number = chance.between(1, 999);
    format!("{}{number:03}{}{} 159", chance.pick(&LETTERS), chance.pick(&LETTERS), chance.pick(&LETTERS))
}

/// Where a master sleeps: a ring around the centre, so that the town is covered from all sides.
fn home(chance: &mut Chance, index: usize, masters: u32) -> Place {
    let turn = index as f64 / f64::from(masters.max(1)) * std::f64::consts::TAU + chance.span(-0.3, 0.3);
    let away = chance.span(1.5, 6.5);
    town::shifted(town::CENTRE, away * turn.sin(), away * turn.cos())
}

/// Everybody who logs in.
struct Staff<'a, 'b> {
    sower: &'a mut Sower<'b>,
    chance: Chance,
    password: String,
    branches: Vec<(BranchId, Place)>,
}

/// What a user is, besides a user.
#[derive(Default)]
struct Post {
    master: Option<MasterId>,
    operator: Option<OperatorId>,
    robot: bool,
}

impl Staff<'_, '_> {
    fn user(&mut self, login: String, name: String, role: Role, post: Post) {
        let user = User {
            id: Id::from_uuid(self.chance.uuid_at(self.sower.born)),
            ver: 1,
            login: login.clone(),
            name: name.clone(),
            role,
            password: self.password.clone(),
            master: post.master,
            operator: post.operator,
            robot: post.robot,
            phone: None,
            once: false,
            off: None,
        };
        self.sower.keep(&user);
        self.sower.logins.push(Login { login, password: PASSWORD.into(), name, role, robot: post.robot });
    }

    fn master(&mut self, index: usize, masters: u32, shift: Period) {
        let name = match index {
            0 => "Петров Алексей".to_owned(),
            _ => people::colleague(&mut self.chance, index, true),
        };
        let vehicle = Vehicle {
            id: Id::from_uuid(self.chance.uuid_at(self.sower.born)),
            ver: 1,
            plate: plate(&mut self.chance),
            state: VehicleState::Fit,
            seen: None,
        };
        self.sower.keep(&vehicle);
        let home = home(&mut self.chance, index, masters);
        let master = Master {
            id: Id::from_uuid(self.chance.uuid_at(self.sower.born)),
            ver: 1,
            name: name.clone(),
            phone: Some(people::phone(&format!("+7950000{:04}", index + 1))),
            skills: skills_of(&mut self.chance, index),
            shift,
            home,
            vehicle: Some(vehicle.id),
            duty: Duty::OffShift,
            reason: None,
            current: None,
            cash: Money::ZERO,
            robot: true,
            tracked: false,
            week: None,
            absences: vec![],
            address: String::new(),
            branch: self.nearest(home),
            left: false,
        };
        self.sower.keep(&master);
        self.sower.crew.push(master.clone());
        let post = Post { master: Some(master.id), operator: None, robot: true };
        self.user(format!("master{}", index + 1), name, Role::Master, post);
    }

    /// The branch that is nearest to a home.
    fn nearest(&self, home: Place) -> Option<BranchId> {
        let far = |at: &Place| (at.lat - home.lat).powi(2) + (0.53 * (at.lon - home.lon)).powi(2);
        self.branches.iter().min_by(|a, b| far(&a.1).total_cmp(&far(&b.1))).map(|(id, _)| *id)
    }

    fn operator(&mut self, index: usize, now: Timestamp) {
        let name = people::colleague(&mut self.chance, index + 17, false);
        let (robot, account) = (index > 0, format!("op{}", index + 1));
        let device = if robot { Device::Phone(account.clone()) } else { Device::Browser };
        let operator = Operator {
            id: Id::from_uuid(self.chance.uuid_at(self.sower.born)),
            ver: 1,
            name: name.clone(),
            device,
            presence: Presence::Offline,
            reason: None,
            since: now,
            call: None,
            robot,
            skills: vec![],
            supervises: false,
        };
        self.sower.keep(&operator);
        let post = Post { master: None, operator: Some(operator.id), robot };
        self.user(format!("operator{}", index + 1), name.clone(), Role::Operator, post);
        if robot {
            let password = self.chance.word(16);
            self.sower.phones.push(PhoneAccount { user: account, password, name });
        }
    }

    /// A supervisor's seat, drawn by a chance of its own: towns sown before there was one stay as they were.
    fn supervisor(&mut self, name: &str, now: Timestamp) -> OperatorId {
        let seat = Operator {
            id: Id::from_uuid(Chance::branch(self.sower.seed, "supervisor").uuid_at(self.sower.born)),
            ver: 1,
            name: name.to_owned(),
            device: Device::Browser,
            presence: Presence::Offline,
            reason: None,
            since: now,
            call: None,
            robot: false,
            skills: vec![],
            supervises: true,
        };
        self.sower.keep(&seat);
        seat.id
    }
}

/// Two offices on both banks, drawn by a chance of their own: towns sown before there were any stay as they were.
fn branches(sower: &mut Sower<'_>) -> Vec<(BranchId, Place)> {
    let mut chance = Chance::branch(sower.seed, "branches");
    let offices = [
        ("Центральный", "ул. Ленина, 24", "+73422400101", town::CENTRE),
        ("Заречный", "ул. Ветлужская, 60", "+73422400102", town::shifted(town::CENTRE, -2.0, -4.6)),
    ];
    let sown = offices.map(|(name, address, phone, place)| {
        let (name, address) = (name.to_owned(), address.to_owned());
        let card = BranchCard { name, address, place, phone: Some(people::phone(phone)) };
        let id = Id::from_uuid(chance.uuid_at(sower.born));
        sower.keep(&Branch { id, ver: 1, card, closed: false });
        (id, place)
    });
    sown.to_vec()
}

/// Sows masters, operators and the office.
pub fn sow(sower: &mut Sower<'_>, password: String, now: Timestamp) {
    let (masters, operators) = (sower.size.masters(), sower.size.operators());
    let chance = Chance::branch(sower.seed, "staff");
    let shift = shift_of(now);
    let branches = branches(sower);
    let mut staff = Staff { sower, chance, password, branches };
    (0..masters as usize).for_each(|index| staff.master(index, masters, shift));
    (0..operators as usize).for_each(|index| staff.operator(index, now));
    for (index, login) in ["dispatcher1", "dispatcher2"].into_iter().enumerate() {
        let name = people::colleague(&mut staff.chance, index + 31, false);
        staff.user(login.into(), name, Role::Dispatcher, Post::default());
    }
    let name = people::colleague(&mut staff.chance, 40, true);
    let seat = staff.supervisor(&name, now);
    staff.user("manager".into(), name, Role::Manager, Post { operator: Some(seat), ..Post::default() });
    staff.user("admin".into(), "Администратор".into(), Role::Admin, Post::default());
}
