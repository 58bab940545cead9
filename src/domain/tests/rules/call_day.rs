//! A long day of a large call centre on a clock of its own: callers of three queues, operators of four kinds, rings
//! that nobody answers, people who give up or ask to be called back. After every step the laws of the line are held.

use domain::{
    calls::{
        call_plan::{CallPlan, CallSkill, HeadStart, Need, QueueRule, Wish},
        distribution::{Distribution, Lease},
        operator::Presence,
        standing::{Standing, Ticket},
    },
    values::id::{Id, OperatorId},
};
use jiff::{SignedDuration, Timestamp};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
};
use uuid::Uuid;

const RING_MS: i64 = 15_000;
const HANDLING_MS: f64 = 240_000.0;
const DAY_MS: f64 = 86_400_000.0;

/// How large the day is.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub operators: u64,
    pub calls: u64,
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    pub calls: u64,
    pub answered: u64,
    pub abandoned: u64,
    pub called_back: u64,
    pub not_reached: u64,
    pub rings: u64,
    pub missed: u64,
    pub steps: u64,
    pub longest_line: usize,
    pub violations: u64,
    pub judged: u64,
    pub wrong: f64,
    pub in_time: u64,
    pub waited_ms: f64,
    pub gini: f64,
    pub occupancy: f64,
}

impl Outcome {
    /// The mean absolute error of the waits that were told, in percent.
    pub fn mape(&self) -> f64 {
        self.wrong * 100.0 / self.judged.max(1) as f64
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Arrives,
    GivesUp(Ticket),
    Picks(Ticket, OperatorId),
    Rejects(Ticket, OperatorId),
    Lapses,
    Hangs(OperatorId),
    Written(OperatorId),
    Back(OperatorId),
}

/// SplitMix64: the same seed, the same day.
struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }
    fn percent(&mut self, share: f64) -> bool {
        self.unit() * 100.0 < share
    }
}

struct Day {
    shape: Shape,
    dice: Dice,
    now: i64,
    order: u64,
    to_come: BinaryHeap<Reverse<(i64, u64, What)>>,
    line: Distribution,
    /// Who talks, since when and in which queue.
    talks: HashMap<OperatorId, (i64, usize)>,
    idle_since: HashMap<OperatorId, i64>,
    idle: HashMap<OperatorId, i64>,
    dialling: HashSet<Ticket>,
    queues: HashMap<Ticket, usize>,
    out: Outcome,
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(1_772_431_200_000 + ms).expect("within the calendar")
}
fn id<K>(number: u64) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(u128::from(number)))
}

fn plan() -> CallPlan {
    let need = |skill: &str, level, relax_seconds| Need { skill: skill.into(), level, relax_seconds };
    let main = QueueRule {
        strategy: vec![Wish::Owner, Wish::LastOperator, Wish::JustEnough, Wish::LongestIdle],
        ..QueueRule::open("main")
    };
    let kkt = QueueRule { needs: vec![need("kkt", 1, None)], ..QueueRule::open("kkt") };
    let english = QueueRule {
        needs: vec![need("english", 2, Some(300))],
        strategy: vec![Wish::LeastOccupied],
        ..QueueRule::open("english")
    };
    let head_start = HeadStart { vip_seconds: 120, agreement_seconds: 30, promise_seconds: 60 };
    CallPlan { queues: vec![main, kkt, english], head_start }
}

/// One operator of two knows cash registers, one of four English.
fn skills(number: u64) -> Vec<CallSkill> {
    let mut known = Vec::new();
    if number.is_multiple_of(2) {
        known.push(CallSkill { code: "kkt".into(), level: 1 + (number % 3) as u8 });
    }
    if number % 4 < 2 {
        known.push(CallSkill { code: "english".into(), level: 2 });
    }
    known
}

impl Day {
    fn new(shape: Shape) -> Self {
        let mut day = Self {
            shape,
            dice: Dice(shape.seed),
            now: 0,
            order: 0,
            to_come: BinaryHeap::new(),
            line: Distribution::new(plan(), SignedDuration::from_millis(RING_MS)),
            talks: HashMap::new(),
            idle_since: HashMap::new(),
            idle: HashMap::new(),
            dialling: HashSet::new(),
            queues: HashMap::new(),
            out: Outcome::default(),
        };
        for number in 0..shape.operators {
            day.line.skilled(id(number), skills(number), at(0));
            day.is(id(number), Presence::Ready);
        }
        day.plan(0.0, What::Arrives);
        day
    }
    fn plan(&mut self, after_ms: f64, what: What) {
        self.order += 1;
        self.to_come.push(Reverse((self.now + after_ms.max(1.0) as i64, self.order, what)));
    }
    fn is(&mut self, operator: OperatorId, presence: Presence) {
        if presence == Presence::Ready {
            self.idle_since.insert(operator, self.now);
        } else if let Some(since) = self.idle_since.remove(&operator) {
            *self.idle.entry(operator).or_default() += self.now - since;
        }
        self.line.is_doing(operator, presence, at(self.now), at(self.now));
    }
    fn arrives(&mut self) {
        let number = self.out.calls;
        self.out.calls += 1;
        let queue = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2][(self.dice.unit() * 10.0) as usize];
        let head_start = if self.dice.percent(5.0) { 120 } else { 0 };
        let guess = |dice: &mut Dice, of: u64| id((dice.unit() * of as f64) as u64);
        let owner = self.dice.percent(20.0).then(|| guess(&mut self.dice, self.shape.operators));
        let last = self.dice.percent(30.0).then(|| guess(&mut self.dice, self.shape.operators));
        let standing =
            Standing { head_start, queue, owner, last, ..Standing::plain(id(number), at(self.now)) };
        self.queues.insert(standing.ticket, queue);
        let ticket = standing.ticket;
        self.line.enter(standing, at(self.now));
        let patience = self.dice.exponential(600_000.0);
        self.plan(patience, What::GivesUp(ticket));
        if self.out.calls < self.shape.calls {
            // From a quiet night to a noon that is too much: 0.55 to 1.1 of what the operators can handle.
            let hour = (self.now as f64 / DAY_MS * std::f64::consts::TAU).cos();
            let load = 0.825 - 0.275 * hour;
            let mean = HANDLING_MS / self.shape.operators as f64 / load;
            let gap = self.dice.exponential(mean);
            self.plan(gap, What::Arrives);
        }
    }
    /// Who has had enough either presses the key and keeps the place, or hangs up.
    fn gives_up(&mut self, ticket: Ticket) {
        let Some(standing) = self.line.line().find(|s| s.ticket == ticket).cloned() else {
            if self.line.lease_of(ticket).is_some() && self.line.leave(ticket) {
                self.out.abandoned += 1;
            }
            return;
        };
        self.line.leave(ticket);
        if let (Ticket::Call(call), true) = (ticket, self.dice.percent(30.0)) {
            let back = Ticket::Callback(Id::from_uuid(call.uuid()));
            self.queues.insert(back, standing.queue);
            self.line.enter(Standing { ticket: back, ..standing }, at(self.now));
        } else {
            self.out.abandoned += 1;
        }
    }
    fn picks(&mut self, ticket: Ticket, operator: OperatorId) {
        if self.line.lease_of(ticket).map(|lease| lease.operator) != Some(operator) {
            return;
        }
        let Some(served) = self.line.answered(ticket, at(self.now)) else { return };
        self.talks.insert(operator, (self.now, served.queue));
        self.is(operator, Presence::Busy);
        let waited = served.waited.as_secs_f64();
        match ticket {
            Ticket::Call(_) => {
                self.out.answered += 1;
                self.out.in_time += u64::from(waited <= 20.0);
                self.out.waited_ms += waited * 1e3;
                if let Some(told) = served.told.filter(|_| waited >= 20.0) {
                    self.out.judged += 1;
                    self.out.wrong += (waited - told.as_secs_f64()).abs() / waited;
                }
            }
            Ticket::Callback(_) => {
                if !self.dialling.insert(ticket) {
                    self.out.violations += 1;
                }
                let reached = self.dice.percent(85.0);
                self.out.called_back += u64::from(reached);
                self.out.not_reached += u64::from(!reached);
                self.dialling.remove(&ticket);
            }
        }
        let talk = self.dice.exponential(90_000.0) + self.dice.exponential(90_000.0);
        self.plan(talk, What::Hangs(operator));
    }
    fn step(&mut self, what: What) {
        match what {
            What::Arrives => self.arrives(),
            What::GivesUp(ticket) => self.gives_up(ticket),
            What::Picks(ticket, operator) => self.picks(ticket, operator),
            What::Rejects(ticket, operator) => {
                if self.line.lease_of(ticket).map(|lease| lease.operator) == Some(operator) {
                    self.is(operator, Presence::NotReady);
                    self.line.missed(ticket, at(self.now));
                    self.out.missed += 1;
                    self.plan(30_000.0, What::Back(operator));
                }
            }
            What::Lapses => {
                for lease in self.line.lapse(at(self.now)) {
                    self.is(lease.operator, Presence::NotReady);
                    self.out.missed += 1;
                    self.plan(60_000.0, What::Back(lease.operator));
                }
            }
            What::Hangs(operator) => {
                self.is(operator, Presence::WrapUp);
                let writing = self.dice.exponential(60_000.0);
                self.plan(writing, What::Written(operator));
            }
            What::Written(operator) => {
                if let Some((since, queue)) = self.talks.remove(&operator) {
                    self.line.handled(queue, SignedDuration::from_millis(self.now - since));
                }
                if self.dice.percent(2.0) {
                    self.is(operator, Presence::Break);
                    self.plan(600_000.0, What::Back(operator));
                } else {
                    self.is(operator, Presence::Ready);
                }
            }
            What::Back(operator) => self.is(operator, Presence::Ready),
        }
    }
    fn serve(&mut self) {
        for lease in self.line.serve(at(self.now)) {
            self.out.rings += 1;
            let waiting = |s: &&Standing| Some(&s.queue) == self.queues.get(&lease.ticket);
            let earlier = self.line.line().filter(waiting).any(|left| {
                let served = self.place_of(lease);
                left.place() < served && self.line.fits(lease.operator, left, at(self.now))
            });
            self.out.violations += u64::from(earlier);
            // A ring is not idle time: whoever is promised is not free.
            if let Some(since) = self.idle_since.remove(&lease.operator) {
                *self.idle.entry(lease.operator).or_default() += self.now - since;
            }
            let thinking = 1_000.0 + self.dice.exponential(3_000.0);
            match (self.dice.unit() * 100.0) as u64 {
                _ if thinking >= RING_MS as f64 => self.plan(RING_MS as f64, What::Lapses),
                0..2 => self.plan(RING_MS as f64, What::Lapses),
                2 => self.plan(thinking, What::Rejects(lease.ticket, lease.operator)),
                _ => self.plan(thinking, What::Picks(lease.ticket, lease.operator)),
            }
        }
    }
    fn place_of(&self, lease: Lease) -> domain::calls::standing::Place {
        self.line.leased(lease.ticket).map(Standing::place).expect("a lease has its caller")
    }
    /// The laws of the line.
    fn hold(&mut self) {
        let now = at(self.now);
        let mut free = self.line.free().peekable();
        if free.peek().is_some() {
            let free: Vec<OperatorId> = free.collect();
            let vain = self.line.line().any(|caller| free.iter().any(|f| self.line.fits(*f, caller, now)));
            self.out.violations += u64::from(vain);
        } else {
            drop(free);
        }
        let mut rung = HashSet::new();
        let mut broken = 0;
        for lease in self.line.leases() {
            broken += u64::from(!rung.insert(lease.operator));
            broken += u64::from(self.talks.contains_key(&lease.operator));
            broken += u64::from(lease.until < now);
        }
        self.out.violations += broken;
    }
    fn ended(mut self) -> Outcome {
        let left = self.line.line().count() + self.line.leases().count();
        self.out.violations += left as u64;
        self.out.occupancy = self.line.occupancy_percent(at(self.now)).unwrap_or_default();
        let groups = (0..4).map(|kind| {
            let mine = (0..self.shape.operators).filter(|n| n % 4 == kind);
            gini(mine.map(|n| self.idle.get(&id(n)).copied().unwrap_or_default() as f64).collect())
        });
        self.out.gini = groups.fold(0.0, f64::max);
        self.out
    }
}

/// 0: all have the same; 1: one has all.
fn gini(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (count, sum) = (values.len() as f64, values.iter().sum::<f64>());
    let ranked: f64 = values.iter().enumerate().map(|(rank, value)| (rank as f64 + 1.0) * value).sum();
    if sum > 0.0 { 2.0 * ranked / (count * sum) - (count + 1.0) / count } else { 0.0 }
}

/// Lives through the day.
pub fn day(shape: Shape) -> Outcome {
    let mut day = Day::new(shape);
    while let Some(Reverse((now, _, what))) = day.to_come.pop() {
        day.now = now;
        day.step(what);
        day.serve();
        day.hold();
        day.out.steps += 1;
        day.out.longest_line = day.out.longest_line.max(day.line.line().count());
    }
    day.ended()
}

/// The laws and the figures that a day must keep.
pub fn judge(shape: Shape, out: &Outcome) {
    assert_eq!(out.violations, 0, "the laws of the line were broken");
    assert_eq!(out.calls, shape.calls);
    let ended = out.answered + out.abandoned + out.called_back + out.not_reached;
    assert_eq!(ended, out.calls, "every call has an end, and one: {out:?}");
}

#[test]
fn a_long_day_of_a_large_call_centre_keeps_the_laws_of_the_line() {
    for seed in [1, 2] {
        let shape = Shape { operators: 24, calls: 4_000, seed };
        let out = day(shape);
        judge(shape, &out);
        assert!(out.missed > 0 && out.abandoned > 0 && out.called_back > 0, "too quiet a day: {out:?}");
        assert!(out.gini < 0.2, "some sit idle while others work: {}", out.gini);
        assert!(out.judged > 100 && out.mape() < 100.0, "what is told is no guide: {} %", out.mape());
    }
}
