//! A made-up town: masters with homes, shifts and skills, jobs with windows and wishes.

use solver::{
    After, Engine, Event, GreatCircle, Hour, Job, JobKey, Master, MasterKey, Pace, Params, Part, Pause, Pin,
    Place, Rest, Skill, Spell, Traffic, TravelTimes,
};
use std::sync::Arc;

/// A source of chance of its own, so that changes in the crate leave the towns as they are.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        (mixed >> 33) % bound
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// How big a town is and how picky its people are.
#[derive(Clone, Copy)]
pub struct Shape {
    pub masters: u64,
    pub jobs: u64,
    /// Side of the town in kilometres.
    pub side: u64,
    /// Whether jobs have pins, lists, due moments and split windows as well, and hang together.
    pub picky: bool,
}

pub fn place(dice: &mut Dice, side: u64) -> Place {
    let metres = side * 1000;
    let north = dice.below(metres) as f64 / 111_195.0;
    let east = dice.below(metres) as f64 / 62_600.0;
    Place::new(55.6 + north, 37.4 + east)
}

pub fn master(dice: &mut Dice, key: u64, shape: Shape) -> Master {
    let late = dice.one_in(4);
    let start = if late { 11 * 3600 } else { 9 * 3600 } - 1800;
    let mut master = Master::new(MasterKey(key.into()), place(dice, shape.side), (start, start + 10 * 3600));
    for skill in 0..8 {
        if !dice.one_in(2) || (shape.masters < 5 && !dice.one_in(4)) {
            master.skills.push(Skill { skill, level: 1 + u8::from(!dice.one_in(3)) });
        }
    }
    if shape.picky {
        master.overtime = 1800 * dice.below(3) as i64;
        master.speed_factor_permille = 900 + 100 * dice.below(4) as u32;
        outfit(dice, shape, &mut master);
    }
    master
}

/// What a master carries, is owed and is used to.
fn outfit(dice: &mut Dice, shape: Shape, master: &mut Master) {
    master.stock = (0..2).map(|part| Part::new(part, dice.below(4) as u32)).collect();
    master.tools = (0..2).filter(|_| !dice.one_in(3)).collect();
    if dice.one_in(2) {
        master.store = Some(place(dice, shape.side));
    }
    if dice.one_in(3) {
        master.pauses.push(Pause { window: (12 * 3600, 14 * 3600), seconds: 1800 });
        if dice.one_in(2) {
            master.pauses.push(Pause { window: (16 * 3600, 17 * 3600), seconds: 900 });
        }
    }
    if dice.one_in(3) {
        master.paces.push(Pace { kind: dice.below(3) as u16, permille: 700 + 100 * dice.below(8) as u32 });
    }
    if dice.one_in(3) {
        master.zones.push(dice.below(3) as u16);
    }
    // Chance of its own, so that towns of before are what they were otherwise.
    let mut aside = Dice(dice.0 ^ 0x5eed);
    if aside.one_in(3) {
        let mut quarters = |most: u64| 900 * aside.below(most) as i64;
        let since = Some(master.shift.0 - 12 * 3600 + quarters(12));
        let until = Some(master.shift.1 + 10 * 3600 + quarters(10));
        master.rest = Some(Rest { seconds: 11 * 3600, since, until });
    }
    if aside.one_in(4) {
        let most = 3600 + 1800 * aside.below(5) as i64;
        master.spell = Some(Spell { most, rest: 900 + 900 * aside.below(2) as i64 });
    }
}

/// What a job takes and where it belongs.
fn demands(dice: &mut Dice, job: &mut Job) {
    if dice.one_in(3) {
        job.parts.push(Part::new(dice.below(2) as u16, 1 + dice.below(2) as u32));
    }
    if dice.one_in(6) {
        job.tools.push(dice.below(2) as u16);
    }
    job.kind = Some(dice.below(3) as u16);
    job.zone = Some(dice.below(3) as u16);
    if dice.one_in(6) {
        job.release = Some(job.windows[0].0 + 1800);
    }
    if dice.one_in(5) {
        job.outside = Some(5000 + 5000 * dice.below(10) as i64);
    }
}

/// Ways of a town: in one of five picky ones they are slower when people go to work and back.
pub fn travel(seed: u64, shape: Shape) -> Arc<dyn TravelTimes> {
    let usual = Arc::new(GreatCircle::default());
    if !shape.picky || seed % 5 != 4 {
        return usual;
    }
    let hours = [(0, 1000), (8 * 3600, 1600), (10 * 3600, 1100), (17 * 3600, 1800), (19 * 3600, 900)];
    Arc::new(Traffic::new(usual, hours.map(|(from, permille)| Hour { from, permille }).to_vec()))
}

pub fn job(dice: &mut Dice, key: u64, shape: Shape) -> Job {
    let mut job = Job::new(JobKey(key.into()), place(dice, shape.side));
    job.service = 900 + 450 * dice.below(6) as i64;
    job.skills = vec![Skill { skill: dice.below(8) as u16, level: 1 + u8::from(dice.one_in(4)) }];
    job.priority = 20_000 * (1 + dice.below(3) as i64);
    let start = 9 * 3600 + 1800 * dice.below(17) as i64;
    job.windows = match dice.below(10) {
        0..5 => vec![(start, start + 7200)],
        5 | 6 => vec![(9 * 3600, 13 * 3600)],
        7 => vec![(13 * 3600, 18 * 3600)],
        _ => vec![(9 * 3600, 18 * 3600)],
    };
    if shape.picky {
        match dice.below(8) {
            0 => job.preferred = vec![MasterKey(dice.below(shape.masters).into())],
            1 => job.excluded = vec![MasterKey(dice.below(shape.masters).into())],
            2 => job.required = vec![MasterKey(dice.below(shape.masters).into())],
            3 => job.windows.push((start - 3 * 3600, start - 2 * 3600)),
            4 => {
                job.due = Some(start + 1800);
                job.lateness_permille = 3000;
            }
            5 if dice.one_in(2) => {
                job.pinned = Some(Pin { master: MasterKey(dice.below(shape.masters).into()), start: None });
            }
            _ => {}
        }
        demands(dice, &mut job);
    }
    job
}

/// Makes one job in five of a picky town a further seat of an earlier one, or has it follow one; chance of its own, so
/// that the towns are what they would be without.
pub fn link(seed: u64, job: &mut Job, earlier: &[Job], shape: Shape) {
    let mut dice = Dice(seed ^ 0x11_4cae ^ (job.key.0 as u64) << 20);
    let leads: Vec<&Job> = earlier.iter().filter(|job| job.beside.is_none()).collect();
    if !shape.picky || leads.is_empty() || !dice.one_in(5) {
        return;
    }
    let lead = leads[dice.below(leads.len() as u64) as usize];
    let seats = earlier.iter().filter(|job| job.beside == Some(lead.key)).count();
    if dice.one_in(2) && seats < 2 {
        job.beside = Some(lead.key);
        job.place = lead.place;
        if !dice.one_in(3) {
            job.windows.clone_from(&lead.windows);
        }
        job.release = None;
        if dice.one_in(2) {
            job.skills.clear();
        }
    } else {
        let least = 1800 * dice.below(4) as i64;
        let mut after = After::new(lead.key, least);
        after.most = dice.one_in(2).then(|| least + 1800 * (1 + dice.below(6) as i64));
        after.same_master = dice.one_in(2);
        job.after = Some(after);
        if dice.one_in(2) {
            job.windows = vec![(9 * 3600, 18 * 3600)];
        }
    }
}

/// An engine with all masters and jobs told, in order of key.
pub fn settled(seed: u64, shape: Shape, params: Params) -> Engine {
    let mut dice = Dice(seed);
    let mut engine = Engine::with_travel(params, travel(seed, shape), seed);
    for key in 0..shape.masters {
        let master = master(&mut dice, key, shape);
        engine.apply(Event::MasterAdded(Box::new(master))).expect("a new master");
    }
    let mut earlier: Vec<Job> = Vec::new();
    for key in 0..shape.jobs {
        let mut job = job(&mut dice, key, shape);
        link(seed, &mut job, &earlier, shape);
        earlier.push(job.clone());
        engine.apply(Event::JobAdded(Box::new(job))).expect("a new job");
    }
    engine
}
