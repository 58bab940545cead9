//! What a look at the settings finds, each with the smallest change that puts it right.

use crate::firm::{active, at, book, carry, id, intake, master, operator, point, unit};
use domain::{
    access::{Role, User},
    calls::call_plan::{CallPlan, CallSkill, Need, QueueRule},
    checkup::{Finding, Setup, Weight, findings},
    clients::point::ServicePoint,
    equipment::EquipmentUnit,
    values::place::Place,
    visits::visit::Visit,
    workforce::master::{Master, Skill},
};

/// Everything in order: two masters who can all there is, one operator, somebody at each desk.
struct House {
    masters: Vec<Master>,
    points: Vec<ServicePoint>,
    units: Vec<EquipmentUnit>,
    operators: Vec<domain::calls::operator::Operator>,
    users: Vec<User>,
    visits: Vec<Visit>,
    plan: CallPlan,
    missing: Vec<String>,
    records: bool,
}

fn user(number: u128, role: Role) -> User {
    User {
        id: id(number),
        ver: 1,
        login: format!("user{number}"),
        name: String::new(),
        role,
        password: String::new(),
        master: None,
        operator: None,
        robot: false,
        phone: None,
        once: false,
        off: None,
    }
}

impl House {
    fn new() -> Self {
        let seated = |number, role: Role, master: u128| User {
            master: (role == Role::Master).then(|| id(master)),
            operator: (role == Role::Operator).then(|| id(1)),
            ..user(number, role)
        };
        Self {
            masters: vec![master(1), master(2)],
            points: vec![point()],
            units: vec![unit()],
            operators: vec![operator()],
            users: vec![
                user(1, Role::Dispatcher),
                user(2, Role::Admin),
                seated(3, Role::Operator, 0),
                seated(4, Role::Master, 1),
                seated(5, Role::Master, 2),
            ],
            visits: vec![],
            plan: CallPlan::default(),
            missing: vec![],
            records: false,
        }
    }
    fn look(&self) -> Vec<Finding> {
        findings(&Setup {
            masters: &self.masters,
            points: &self.points.iter().collect::<Vec<_>>(),
            units: &self.units.iter().collect::<Vec<_>>(),
            operators: &self.operators,
            users: &self.users.iter().collect::<Vec<_>>(),
            visits: &self.visits.iter().collect::<Vec<_>>(),
            plan: &self.plan,
            missing_prompts: &self.missing,
            records: self.records,
            now: at(0),
        })
    }
    /// The rules that speak, with what they name.
    fn rules(&self) -> Vec<&'static str> {
        self.look().into_iter().map(|finding| finding.rule).collect()
    }
}

/// A house after one change.
fn after(change: impl FnOnce(&mut House)) -> House {
    let mut house = House::new();
    change(&mut house);
    house
}

#[test]
fn a_house_in_order_has_nothing_to_put_right() {
    assert_eq!(House::new().look(), vec![]);
}

#[test]
fn a_skill_that_nobody_has_or_only_one_is_told_with_the_units_that_need_it() {
    let nobody = after(|house| house.units[0].level = 4).look();
    assert_eq!((nobody[0].rule, nobody[0].weight), ("skill-nobody", Weight::Error));
    assert_eq!((&nobody[0].values["skill"], &nobody[0].values["n"]), (&"hvac".into(), &1.into()));
    let one = after(|house| house.masters[1].skills[0].level = 1).look();
    assert_eq!((one[0].rule, one[0].weight), ("skill-one", Weight::Warning));
    assert_eq!(one[0].values["who"], "Мастер 1");
}

#[test]
fn a_permit_that_ends_is_told_before_and_after() {
    let till = |days: i64| {
        after(|house| {
            house.masters[0].skills.push(Skill {
                code: "gas".into(),
                level: 1,
                valid_till: Some(at(days * 24 * 60)),
            })
        })
    };
    assert_eq!(till(15).rules(), Vec::<&str>::new());
    assert_eq!(till(13).rules(), ["permit-ends"]);
    assert_eq!(till(0).rules(), ["permit-over"]);
}

#[test]
fn masters_without_skills_hours_or_a_login_are_named() {
    assert!(after(|house| house.masters[0].skills.clear()).rules().contains(&"master-no-skill"));
    let idle = after(|house| house.masters[0].shift.to = house.masters[0].shift.from);
    assert_eq!(idle.rules(), ["master-no-shift"]);
    let unknown = after(|house| drop(house.users.pop())).look();
    assert_eq!((unknown[0].rule, &unknown[0].values["names"]), ("master-no-login", &"Мастер 2".into()));
}

#[test]
fn a_role_that_nobody_has_and_a_seat_that_is_not_there_are_told() {
    assert_eq!(after(|house| drop(house.users.remove(0))).rules(), ["role-nobody"]);
    assert_eq!(after(|house| house.users[2].operator = Some(id(9))).rules(), ["user-no-seat"]);
    assert_eq!(after(|house| house.users[3].master = None).rules(), ["user-no-seat", "master-no-login"]);
}

#[test]
fn a_point_without_a_zone_or_in_another_country_is_told() {
    assert_eq!(after(|house| house.points[0].zone = " ".into()).rules(), ["point-no-zone"]);
    let far = after(|house| {
        let there = |number| ServicePoint { id: id(number), ..point() };
        house.points.extend([there(21), there(22)]);
        house.points[0].place = Place { lat: 0.0, lon: 0.0 };
    });
    assert_eq!(far.rules(), ["point-far"]);
}

#[test]
fn a_visit_that_no_master_can_take_is_told_and_one_that_all_have_refused() {
    let mut book = book(0, 0);
    let (point, unit, agreement) = (point(), unit(), active());
    carry(&mut book, 0, |draft| draft.register(&intake(1, &point, Some(&unit), Some(&agreement))));
    let waiting = book.visits.values().next().expect("a visit").clone();
    assert_eq!(after(|house| house.visits = vec![waiting.clone()]).rules(), Vec::<&str>::new());
    let nobody = after(|house| {
        house.visits = vec![Visit { skills: vec![("lift".into(), 1)], ..waiting.clone() }];
    });
    assert_eq!(nobody.rules(), ["visit-nobody"]);
    let refused = after(|house| {
        house.visits = vec![Visit { refused_by: vec![id(1), id(2)], ..waiting }];
    });
    assert_eq!(refused.rules(), ["visit-refused"]);
}

#[test]
fn a_queue_that_nobody_serves_or_reaches_or_announces_is_told() {
    let need = |relax_seconds| Need { skill: "english".into(), level: 2, relax_seconds };
    let asks = |needs| after(|house| house.plan.queues[0].needs = needs);
    assert_eq!(asks(vec![need(None)]).rules(), ["queue-nobody"]);
    assert_eq!(asks(vec![need(Some(60))]).rules(), Vec::<&str>::new(), "it lapses");
    let served = after(|house| {
        house.plan.queues[0].needs = vec![need(None)];
        house.operators[0].skills = vec![CallSkill { code: "english".into(), level: 2 }];
    });
    assert_eq!(served.rules(), Vec::<&str>::new());
    let second = after(|house| house.plan.queues.push(QueueRule::open("second")));
    assert_eq!(second.rules(), ["queue-no-number"]);
    assert_eq!(after(|house| house.records = true).rules(), ["queue-no-notice"]);
    assert_eq!(after(|house| house.missing = vec!["hello".into()]).rules(), ["prompt-missing"]);
}

#[test]
fn the_worst_comes_first() {
    let house = after(|house| {
        house.points[0].zone = String::new();
        house.units[0].level = 4;
    });
    assert_eq!(house.rules(), ["skill-nobody", "point-no-zone"]);
}
