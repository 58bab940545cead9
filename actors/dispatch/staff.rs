//! Commands about who works here: users, and masters as the office writes them. One owner decides both, so that a new
//! master and their login are kept together or not at all.

use crate::dispatch::{
    dispatcher::{Dispatcher, Order},
    orders::{Decided, args, changed},
};
use domain::{
    access::{
        Role, User,
        user_rules::{Roll, UserEvent, login_of, name_of},
    },
    book::draft::Draft,
    calls::operator::{Device, Operator, Presence},
    refusal::Refusal,
    values::{
        id::{BranchId, MasterId, UserId, VehicleId, VisitId},
        period::Period,
        phone::PhoneNumber,
        place::Place,
    },
    workforce::{
        hours::{Absence, Week},
        master::{Master, MasterCard, Skill},
        vehicle::{Vehicle, VehicleState},
    },
};
use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer};
use serde_json::json;

/// A skill as screens write it: the permit holds to the end of the day.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SkillWish {
    code: String,
    level: u8,
    #[serde(default)]
    until: Option<Date>,
}

/// What may be written about a master; what is absent stays.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct CardWish {
    skills: Option<Vec<SkillWish>>,
    home: Option<Place>,
    address: Option<String>,
    #[serde(deserialize_with = "said")]
    vehicle: Option<Option<String>>,
    #[serde(deserialize_with = "said")]
    branch: Option<Option<BranchId>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    name: String,
    login: String,
    role: Role,
    #[serde(default)]
    phone: Option<String>,
    /// A manager with a line of their own.
    #[serde(default)]
    seat: bool,
    #[serde(default)]
    master: CardWish,
    #[serde(default)]
    week: Option<Week>,
    /// Put in by the front desk.
    hash: String,
    #[serde(default)]
    once: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    user: UserId,
    name: Option<String>,
    login: Option<String>,
    role: Option<Role>,
    #[serde(default, deserialize_with = "said")]
    phone: Option<Option<String>>,
    seat: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whom {
    user: UserId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    user: UserId,
    hash: String,
    once: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeMaster {
    master: MasterId,
    card: CardWish,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hours {
    master: MasterId,
    week: Week,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Away {
    master: MasterId,
    absence: Absence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Present {
    master: MasterId,
    from: Date,
}

/// `null` says something else than silence.
fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(given: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(given).map(Some)
}

/// Is it one of these commands?
pub(super) fn knows(name: &str) -> bool {
    name.starts_with("person.")
        || matches!(name, "master.change" | "master.hours" | "master.absent" | "master.present")
}

/// Decides on the dispatcher's book and the directory's roll.
pub(super) fn decide(desk: &Dispatcher, order: &Order) -> Result<Decided, Refusal> {
    let office = Office::open(desk);
    let mut draft = Draft::new(&desk.book, desk.house.now(), order.seat.login.as_str());
    let command = &order.command;
    let freed = match command.name.as_str() {
        "person.create" => return office.create(draft, args(command)?),
        "person.change" => office.change(&mut draft, args(command)?)?,
        "person.off" => office.switch_off(&mut draft, args::<Whom>(command)?.user)?,
        "person.on" => office.switch_on(&mut draft, args::<Whom>(command)?.user)?,
        "person.password" => office.set_password(&mut draft, args(command)?)?,
        "master.change" => {
            let ChangeMaster { master, card } = args(command)?;
            let known = draft.master(master)?.card();
            let card = office.card(&mut draft, known, card)?;
            draft.change_card(master, card, &office.zone)?
        }
        "master.hours" => {
            let Hours { master, week } = args(command)?;
            draft.set_hours(master, week, &office.zone)?
        }
        "master.absent" => {
            let Away { master, absence } = args(command)?;
            draft.set_absence(master, absence, &office.zone)?
        }
        "master.present" => {
            let Present { master, from } = args(command)?;
            draft.lift_absence(master, from)?;
            vec![]
        }
        other => return Err(Refusal::unknown("command", other)),
    };
    Ok(changed(draft, json!({ "freed": freed })))
}

/// Who is known, and what new ones are called by.
struct Office<'a> {
    desk: &'a Dispatcher,
    users: Vec<User>,
    zone: TimeZone,
}

impl<'a> Office<'a> {
    fn open(desk: &'a Dispatcher) -> Self {
        let users = desk.house.directory.read().users.values().cloned().collect();
        Self { desk, users, zone: desk.house.zone() }
    }
    fn known(&self, id: UserId) -> Result<&User, Refusal> {
        self.users.iter().find(|user| user.id == id).ok_or_else(|| Refusal::unknown("user", id))
    }
    fn happens(&self, draft: &mut Draft<'_>, user: &User, event: UserEvent) -> Result<User, Refusal> {
        let all: Vec<&User> = self.users.iter().collect();
        draft.on_user(Roll(&all), user, event)
    }
    fn number(typed: Option<&str>) -> Result<Option<PhoneNumber>, Refusal> {
        let typed = typed.map(str::trim).filter(|typed| !typed.is_empty());
        let read = |typed: &str| {
            typed.parse().map_err(|e: domain::values::phone::InvalidPhoneNumber| {
                Refusal::invalid("phone", e.to_string())
            })
        };
        typed.map(read).transpose()
    }
    /// The card with what was written; a vehicle that nobody has driven yet is opened.
    fn card(&self, draft: &mut Draft<'_>, known: MasterCard, wish: CardWish) -> Result<MasterCard, Refusal> {
        if let Some(retired) = wish.skills.iter().flatten().find(|skill| self.is_retired(&known, &skill.code))
        {
            let detail = format!("the skill `{}` is retired: expected another", retired.code);
            return Err(Refusal::state("skill-retired", detail));
        }
        let skills =
            wish.skills.map(|all| all.into_iter().map(|skill| self.skill(skill)).collect::<Result<_, _>>());
        let vehicle = match wish.vehicle {
            Some(plate) => self.vehicle(draft, plate.as_deref().unwrap_or_default()),
            None => known.vehicle,
        };
        let branch = match wish.branch {
            Some(branch) => branch.map(|id| self.branch(&known, id)).transpose()?,
            None => known.branch,
        };
        let home = wish.home.unwrap_or(known.home);
        Place::new(home.lat, home.lon).map_err(|e| Refusal::invalid("place", e.to_string()))?;
        Ok(MasterCard {
            skills: skills.transpose()?.unwrap_or(known.skills),
            home,
            address: wish.address.map_or(known.address, |address| address.trim().to_owned()),
            vehicle,
            branch,
            ..known
        })
    }
    /// A branch that masters may belong to; who belongs to one that is closed stays there.
    fn branch(&self, known: &MasterCard, id: BranchId) -> Result<BranchId, Refusal> {
        let directory = self.desk.house.directory.read();
        let branch = directory.branches.get(&id).ok_or_else(|| Refusal::unknown("branch", id))?;
        if branch.closed && known.branch != Some(id) {
            let detail = format!("the branch `{}` is closed: expected an open one", branch.card.name);
            return Err(Refusal::state("branch-closed", detail));
        }
        Ok(id)
    }
    /// May the skill be given to nobody who has not had it before?
    fn is_retired(&self, known: &MasterCard, code: &str) -> bool {
        let directory = self.desk.house.directory.read();
        let retired = directory.skills.get(code).is_some_and(|word| word.retired);
        retired && known.skills.iter().all(|skill| skill.code != code)
    }
    fn skill(&self, wish: SkillWish) -> Result<Skill, Refusal> {
        let end = |day: Date| {
            let next = day.tomorrow().ok().and_then(|next| self.zone.to_timestamp(next.at(0, 0, 0, 0)).ok());
            next.ok_or_else(|| {
                let detail = format!(
                    "the permit of `{}` cannot end on `{day}`: expected a day of a calendar",
                    wish.code
                );
                Refusal::invalid("skill-until", detail)
            })
        };
        let valid_till = wish.until.map(end).transpose()?;
        Ok(Skill { code: wish.code.trim().to_lowercase(), level: wish.level, valid_till })
    }
    fn vehicle(&self, draft: &mut Draft<'_>, plate: &str) -> Option<VehicleId> {
        let plate = plate.split_whitespace().collect::<Vec<_>>().join(" ");
        if plate.is_empty() {
            return None;
        }
        let directory = self.desk.house.directory.read();
        let same = |known: &&String| known.to_lowercase() == plate.to_lowercase();
        let known = directory.vehicles.iter().find(|(_, known)| same(known)).map(|(id, _)| *id);
        drop(directory);
        Some(known.unwrap_or_else(|| {
            let id = self.desk.house.fresh();
            draft.open_vehicle(Vehicle { id, ver: 0, plate, state: VehicleState::Fit, seen: None });
            id
        }))
    }
    fn take_on(
        &self,
        draft: &mut Draft<'_>,
        user: &User,
        wish: CardWish,
        week: Option<Week>,
    ) -> Result<MasterId, Refusal> {
        let home = self.desk.house.middle();
        let card = MasterCard {
            name: user.name.clone(),
            phone: user.phone.clone(),
            skills: vec![],
            home,
            address: String::new(),
            vehicle: None,
            branch: None,
        };
        let card = self.card(draft, card, wish)?;
        let id = self.desk.house.fresh();
        let today = Period { from: draft.at, to: draft.at + SignedDuration::from_hours(1) };
        let mut master = Master::newcomer(id, card, today);
        if let Some(week) = week {
            master.week = Some(week.checked()?);
        }
        let now = draft.at;
        master.shift = master.shown_shift(now, &self.zone);
        draft.take_on(master)?;
        Ok(id)
    }
    fn seat(&self, draft: &mut Draft<'_>, user: &User) -> domain::values::id::OperatorId {
        let id = self.desk.house.fresh();
        draft.open_operator(Operator {
            id,
            ver: 0,
            name: user.name.clone(),
            device: Device::Browser,
            presence: Presence::Offline,
            reason: None,
            since: draft.at,
            call: None,
            robot: false,
            skills: vec![],
            supervises: user.role == Role::Manager,
        });
        id
    }
    fn create(&self, mut draft: Draft<'_>, wish: Create) -> Result<Decided, Refusal> {
        let (login, name) = (login_of(&wish.login)?, name_of(&wish.name)?);
        let phone = Self::number(wish.phone.as_deref())?;
        let blank = User {
            id: self.desk.house.fresh(),
            ver: 0,
            login: String::new(),
            name: String::new(),
            role: wish.role,
            password: wish.hash,
            master: None,
            operator: None,
            robot: false,
            phone,
            once: wish.once,
            off: None,
        };
        let mut user =
            self.happens(&mut draft, &blank, UserEvent::Joined { login, name, role: wish.role })?;
        match user.role {
            Role::Master => user.master = Some(self.take_on(&mut draft, &user, wish.master, wish.week)?),
            Role::Operator => user.operator = Some(self.seat(&mut draft, &user)),
            Role::Manager if wish.seat => user.operator = Some(self.seat(&mut draft, &user)),
            _ => {}
        }
        let answer = json!({ "user": user.id, "master": user.master, "operator": user.operator });
        draft.keep_user(user, 0);
        Ok(changed(draft, answer))
    }
    fn change(&self, draft: &mut Draft<'_>, wish: Change) -> Result<Vec<VisitId>, Refusal> {
        let known = self.known(wish.user)?;
        let (was, mut user, mut freed) = (known.ver, known.clone(), vec![]);
        // The number of a master who was there before users had numbers.
        let theirs = user.master.and_then(|id| draft.master(id).ok()).and_then(|master| master.phone.clone());
        user.phone = user.phone.or(theirs);
        let mut events = Vec::new();
        if let Some(name) = wish.name.as_deref().map(name_of).transpose()?.filter(|name| *name != user.name) {
            events.push(UserEvent::Renamed { name });
        }
        if let Some(login) = wish.login.as_deref().map(login_of).transpose()?.filter(|l| *l != user.login) {
            events.push(UserEvent::LoginChanged { login });
        }
        if let Some(typed) = &wish.phone {
            let phone = Self::number(typed.as_deref())?;
            if phone != user.phone {
                events.push(UserEvent::PhoneChanged { phone });
            }
        }
        if let Some(role) = wish.role.filter(|role| *role != user.role) {
            events.push(UserEvent::RoleChanged { role });
        }
        for event in events {
            user = self.happens(draft, &user, event)?;
        }
        if user.role != known.role {
            freed = self.move_over(draft, &mut user)?;
        }
        if let Some(seat) = wish.seat.filter(|_| user.role == Role::Manager) {
            match (seat, user.operator) {
                (true, None) => user.operator = Some(self.seat(draft, &user)),
                (false, Some(_)) => user.operator = None,
                _ => {}
            }
        }
        if let Some(master) = user.master {
            let card = draft.master(master)?.card();
            if (&card.name, &card.phone) != (&user.name, &user.phone) {
                let card = MasterCard { name: user.name.clone(), phone: user.phone.clone(), ..card };
                freed.extend(draft.change_card(master, card, &self.zone)?);
            }
        }
        if user != *known {
            // A seat that came or went alone is a change too.
            user.ver = user.ver.max(was + 1);
            draft.keep_user(user, was);
        }
        Ok(freed)
    }
    /// Whoever goes to clients no longer leaves their visits; whoever begins to is a new master.
    fn move_over(&self, draft: &mut Draft<'_>, user: &mut User) -> Result<Vec<VisitId>, Refusal> {
        let mut freed = Vec::new();
        if let Some(master) = user.master.take() {
            freed = draft.part_with(master, &self.zone)?;
        }
        match user.role {
            Role::Master => {
                user.operator = None;
                user.master = Some(self.take_on(draft, user, CardWish::default(), None)?);
            }
            Role::Operator if user.operator.is_none() => user.operator = Some(self.seat(draft, user)),
            Role::Operator => {}
            _ => user.operator = None,
        }
        Ok(freed)
    }
    fn switch_off(&self, draft: &mut Draft<'_>, id: UserId) -> Result<Vec<VisitId>, Refusal> {
        let known = self.known(id)?;
        let user = self.happens(draft, known, UserEvent::SwitchedOff)?;
        let freed = match user.master {
            Some(master) => draft.part_with(master, &self.zone)?,
            None => vec![],
        };
        draft.keep_user(user, known.ver);
        Ok(freed)
    }
    fn switch_on(&self, draft: &mut Draft<'_>, id: UserId) -> Result<Vec<VisitId>, Refusal> {
        let known = self.known(id)?;
        let user = self.happens(draft, known, UserEvent::SwitchedOn)?;
        if let Some(master) = user.master {
            draft.on_master(master, domain::workforce::master::MasterEvent::CameBack)?;
        }
        draft.keep_user(user, known.ver);
        Ok(vec![])
    }
    fn set_password(&self, draft: &mut Draft<'_>, wish: NewPassword) -> Result<Vec<VisitId>, Refusal> {
        let known = self.known(wish.user)?;
        let user = self.happens(draft, known, UserEvent::PasswordSet { once: wish.once })?;
        draft.keep_user(User { password: wish.hash, ..user }, known.ver);
        Ok(vec![])
    }
}
