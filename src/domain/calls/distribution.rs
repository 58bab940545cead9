//! The distribution of callers among operators: one line, one owner, leases with a deadline.
//!
//! Pure: the instant is an argument. Who holds it hears of callers and operators, calls [`Distribution::serve`] after
//! each of them, and offers what it gives. These hold after every step:
//! an operator has one lease at most and a caller has one at most; nobody waits while a free operator fits;
//! between two callers who ask for the same, the one with the earlier place goes first; a lease ends by itself.

use crate::{
    calls::{
        call_plan::{CallPlan, CallSkill, Need, QueueRule, Wish},
        operator::Presence,
        standing::{Place, Standing, Ticket},
        wait_estimate::{Told, WaitEstimate},
    },
    values::id::OperatorId,
};
use jiff::{SignedDuration, Timestamp};
use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
};

/// The handling time that is taken for granted until calls are known, in seconds.
const FIRST_HANDLING: i64 = 180;

/// A caller who is promised to an operator until a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Who waits.
    pub ticket: Ticket,
    /// Who is rung.
    pub operator: OperatorId,
    /// Until when.
    pub until: Timestamp,
}

/// An operator, as far as the line must know.
#[derive(Debug, Clone)]
struct Post {
    skills: Vec<CallSkill>,
    presence: Presence,
    since: Timestamp,
    lease: Option<Ticket>,
    seen: Timestamp,
    at_work: SignedDuration,
    busy: SignedDuration,
}

impl Post {
    fn free(&self) -> bool {
        self.presence == Presence::Ready && self.lease.is_none()
    }
    fn is_at_work(&self) -> bool {
        matches!(self.presence, Presence::Ready) || self.presence.has_call()
    }
    /// Counts the time since it was counted last.
    fn count(&mut self, now: Timestamp) {
        let passed = now.duration_since(self.seen).max(SignedDuration::ZERO);
        if self.is_at_work() {
            self.at_work += passed;
        }
        if self.presence.has_call() {
            self.busy += passed;
        }
        self.seen = self.seen.max(now);
    }
    fn share_busy(&self, now: Timestamp) -> f64 {
        let mut copy = self.clone();
        copy.count(now);
        copy.busy.as_secs_f64() / copy.at_work.as_secs_f64().max(1.0)
    }
    fn level(&self, skill: &str) -> u8 {
        self.skills.iter().find(|s| s.code == skill).map_or(0, |s| s.level)
    }
    fn fits<'n>(&self, needs: impl IntoIterator<Item = &'n Need>) -> bool {
        needs.into_iter().all(|need| self.level(&need.skill) >= need.level)
    }
}

/// A wait that has ended in an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Served {
    /// Who answered.
    pub operator: OperatorId,
    /// How long the caller stood in the line.
    pub waited: SignedDuration,
    /// The wait that was told on joining; `None` when nobody was at work then.
    pub told: Option<SignedDuration>,
    /// The place of the queue in the plan.
    pub queue: usize,
}

/// The line, the operators and the leases.
#[derive(Debug, Clone)]
pub struct Distribution {
    plan: CallPlan,
    ring: SignedDuration,
    line: BTreeMap<Place, Standing>,
    places: HashMap<Ticket, Place>,
    leases: BTreeMap<Ticket, (Lease, Standing)>,
    posts: BTreeMap<OperatorId, Post>,
    estimates: Vec<WaitEstimate>,
    told: HashMap<Ticket, Option<Told>>,
}

impl Distribution {
    /// An empty line; a lease ends by itself after `ring`.
    pub fn new(plan: CallPlan, ring: SignedDuration) -> Self {
        let estimate = WaitEstimate::new(SignedDuration::from_secs(FIRST_HANDLING));
        Self {
            estimates: vec![estimate; plan.queues.len().max(1)],
            plan,
            ring,
            line: BTreeMap::new(),
            places: HashMap::new(),
            leases: BTreeMap::new(),
            posts: BTreeMap::new(),
            told: HashMap::new(),
        }
    }
    /// The plan it works by.
    pub fn plan(&self) -> &CallPlan {
        &self.plan
    }
    /// Works by another plan from now on. Who waits keeps the place in the line: in the queue of the same name, else in
    /// the one that takes every call. What is known of a queue's handling time stays with its name.
    pub fn adopt(&mut self, plan: CallPlan) {
        let everybody = plan.queue_of("");
        let place = |old: usize| {
            let name = self.plan.queues.get(old).map(|rule| rule.name.as_str());
            name.and_then(|name| plan.queue_named(name)).unwrap_or(everybody)
        };
        let moved: Vec<usize> = (0..self.plan.queues.len()).map(place).collect();
        let of = |old: usize| moved.get(old).copied().unwrap_or(everybody);
        self.line.values_mut().for_each(|standing| standing.queue = of(standing.queue));
        self.leases.values_mut().for_each(|(_, standing)| standing.queue = of(standing.queue));
        let fresh = WaitEstimate::new(SignedDuration::from_secs(FIRST_HANDLING));
        let known = |rule: &QueueRule| {
            self.plan
                .queue_named(&rule.name)
                .and_then(|old| self.estimates.get(old))
                .unwrap_or(&fresh)
                .clone()
        };
        self.estimates = plan.queues.iter().map(known).collect();
        self.plan = plan;
    }
    /// Somebody joins the line or comes back to the old place; a lease on them ends.
    pub fn enter(&mut self, standing: Standing, now: Timestamp) {
        let ticket = standing.ticket;
        self.end_lease(ticket);
        if let Some(place) = self.places.remove(&ticket) {
            self.line.remove(&place);
        }
        let place = standing.place();
        self.places.insert(ticket, place);
        self.line.insert(place, standing);
        if !self.told.contains_key(&ticket) {
            let told = self.estimate(ticket, now);
            self.told.insert(ticket, told);
        }
    }
    /// Somebody waits no more: gave up, or is served elsewhere. Tells whether they were known.
    pub fn leave(&mut self, ticket: Ticket) -> bool {
        self.told.remove(&ticket);
        let leased = self.end_lease(ticket).is_some();
        let stood = self.places.remove(&ticket).and_then(|place| self.line.remove(&place)).is_some();
        leased || stood
    }
    fn end_lease(&mut self, ticket: Ticket) -> Option<(Lease, Standing)> {
        let ended = self.leases.remove(&ticket)?;
        if let Some(post) = self.posts.get_mut(&ended.0.operator) {
            post.lease = None;
        }
        Some(ended)
    }
    /// What an operator can do.
    pub fn skilled(&mut self, operator: OperatorId, skills: Vec<CallSkill>, now: Timestamp) {
        self.post(operator, now).skills = skills;
    }
    /// What an operator is doing, and since when.
    pub fn is_doing(&mut self, operator: OperatorId, presence: Presence, since: Timestamp, now: Timestamp) {
        let post = self.post(operator, now);
        post.count(now);
        (post.presence, post.since) = (presence, since);
    }
    fn post(&mut self, operator: OperatorId, now: Timestamp) -> &mut Post {
        self.posts.entry(operator).or_insert_with(|| Post {
            skills: vec![],
            presence: Presence::Offline,
            since: now,
            lease: None,
            seen: now,
            at_work: SignedDuration::ZERO,
            busy: SignedDuration::ZERO,
        })
    }
    /// Promises callers to free operators: in the order of the line, each to whom the strategy of the queue prefers.
    pub fn serve(&mut self, now: Timestamp) -> Vec<Lease> {
        let mut free: Vec<OperatorId> =
            self.posts.iter().filter(|(_, p)| p.free()).map(|(id, _)| *id).collect();
        let mut pairs = Vec::new();
        for (place, caller) in &self.line {
            if free.is_empty() {
                break;
            }
            if let Some(at) = self.best(caller, &free, now) {
                pairs.push((*place, free.swap_remove(at)));
            }
        }
        let mut made = Vec::with_capacity(pairs.len());
        for (place, operator) in pairs {
            let Some(standing) = self.line.remove(&place) else { continue };
            self.places.remove(&standing.ticket);
            let lease = Lease { ticket: standing.ticket, operator, until: now + self.ring };
            if let Some(post) = self.posts.get_mut(&operator) {
                post.lease = Some(lease.ticket);
            }
            self.leases.insert(lease.ticket, (lease, standing));
            made.push(lease);
        }
        made
    }
    /// The place among the free of the best for a caller; who let it ring only when nobody else fits.
    fn best(&self, caller: &Standing, free: &[OperatorId], now: Timestamp) -> Option<usize> {
        let rule = self.plan.queues.get(caller.queue)?;
        let needs: Vec<&Need> = rule.needs_after(now.duration_since(caller.since)).collect();
        let fitting = || {
            let posts = free.iter().enumerate().filter_map(|(at, id)| Some((at, *id, self.posts.get(id)?)));
            posts.filter(|(_, id, post)| meant(caller, *id) && post.fits(needs.iter().copied()))
        };
        let better = |a: &(usize, OperatorId, &Post), b: &(usize, OperatorId, &Post)| {
            let by = |wish: &Wish| compare(*wish, caller, &needs, (a.1, a.2), (b.1, b.2), now);
            let decided = rule.strategy.iter().map(by).find(|order| order.is_ne());
            decided.unwrap_or(Ordering::Equal).then((a.2.since, a.1).cmp(&(b.2.since, b.1)))
        };
        let fresh = fitting().filter(|(_, id, _)| !caller.missed_by.contains(id)).min_by(better);
        fresh.or_else(|| fitting().min_by(better)).map(|(at, ..)| at)
    }
    /// The caller of a lease was answered: the lease is over and the wait is judged.
    pub fn answered(&mut self, ticket: Ticket, now: Timestamp) -> Option<Served> {
        let (lease, standing) = self.end_lease(ticket)?;
        let told = self.told.remove(&ticket).flatten();
        let waited = now.duration_since(standing.since).max(SignedDuration::ZERO);
        if let (Some(told), Some(estimate)) = (told, self.estimates.get_mut(standing.queue)) {
            estimate.answered(told, waited, now);
        }
        let told = told.map(|told| SignedDuration::from_secs_f64(told.seconds));
        Some(Served { operator: lease.operator, waited, told, queue: standing.queue })
    }
    /// The caller of a lease was not taken: back to the old place, with a note of who missed them.
    pub fn missed(&mut self, ticket: Ticket, now: Timestamp) -> bool {
        let Some((lease, mut standing)) = self.end_lease(ticket) else { return false };
        standing.missed_by.push(lease.operator);
        self.enter(standing, now);
        true
    }
    /// The operator of a lease was not free after all: the caller goes back without a note.
    pub fn refused(&mut self, ticket: Ticket, now: Timestamp) -> bool {
        let Some((_, standing)) = self.end_lease(ticket) else { return false };
        self.enter(standing, now);
        true
    }
    /// Ends the leases whose deadline has passed: the callers go back, the operators are not rung until they say so.
    pub fn lapse(&mut self, now: Timestamp) -> Vec<Lease> {
        let over: Vec<Lease> =
            self.leases.values().map(|(lease, _)| *lease).filter(|lease| lease.until <= now).collect();
        for lease in &over {
            self.is_doing(lease.operator, Presence::NotReady, now, now);
            self.missed(lease.ticket, now);
        }
        over
    }
    /// A call of a queue was handled: talk and writing down took so long.
    pub fn handled(&mut self, queue: usize, took: SignedDuration) {
        if let Some(estimate) = self.estimates.get_mut(queue) {
            estimate.handled(took);
        }
    }
    /// The place among those who wait for the same queue; 1 is next.
    pub fn position(&self, ticket: Ticket) -> Option<usize> {
        let place = self.places.get(&ticket)?;
        let queue = self.line.get(place)?.queue;
        Some(self.line.range(..=*place).filter(|(_, standing)| standing.queue == queue).count())
    }
    /// How long somebody in the line will still wait.
    pub fn estimate(&self, ticket: Ticket, now: Timestamp) -> Option<Told> {
        let standing = self.line.get(self.places.get(&ticket)?)?;
        let rule = self.plan.queues.get(standing.queue)?;
        let waited = now.duration_since(standing.since);
        let able = self.posts.values().filter(|p| p.is_at_work() && p.fits(rule.needs_after(waited))).count();
        self.estimates.get(standing.queue)?.tell(self.position(ticket)?, able)
    }
    /// The estimate of a queue: its handling time and its error.
    pub fn estimate_of(&self, queue: usize) -> Option<&WaitEstimate> {
        self.estimates.get(queue)
    }
    /// Who waits, in the order of the line.
    pub fn line(&self) -> impl Iterator<Item = &Standing> {
        self.line.values()
    }
    /// The leases that hold.
    pub fn leases(&self) -> impl Iterator<Item = Lease> + '_ {
        self.leases.values().map(|(lease, _)| *lease)
    }
    /// The lease on somebody who waits.
    pub fn lease_of(&self, ticket: Ticket) -> Option<Lease> {
        self.leases.get(&ticket).map(|(lease, _)| *lease)
    }
    /// Who waits under a lease.
    pub fn leased(&self, ticket: Ticket) -> Option<&Standing> {
        self.leases.get(&ticket).map(|(_, standing)| standing)
    }
    /// Operators who could be rung now.
    pub fn free(&self) -> impl Iterator<Item = OperatorId> + '_ {
        self.posts.iter().filter(|(_, post)| post.free()).map(|(id, _)| *id)
    }
    /// Does the operator fit somebody who waits?
    pub fn fits(&self, operator: OperatorId, caller: &Standing, now: Timestamp) -> bool {
        let rule = self.plan.queues.get(caller.queue);
        let fits =
            |post: &Post| rule.is_some_and(|r| post.fits(r.needs_after(now.duration_since(caller.since))));
        meant(caller, operator) && self.posts.get(&operator).is_some_and(fits)
    }
    /// The share of the time at work in which operators had a call in hand, in percent; `None` before anybody works.
    pub fn occupancy_percent(&self, now: Timestamp) -> Option<f64> {
        let counted = self.posts.values().cloned().map(|mut post| {
            post.count(now);
            (post.busy.as_secs_f64(), post.at_work.as_secs_f64())
        });
        let (busy, at_work) = counted.fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
        (at_work > 0.0).then(|| busy * 100.0 / at_work)
    }
}

/// May the operator be rung, or is the call for one colleague who has not let it ring yet?
fn meant(caller: &Standing, operator: OperatorId) -> bool {
    caller.meant_for.is_none_or(|one| one == operator || caller.missed_by.contains(&one))
}

/// Which of two operators a wish prefers for a caller.
fn compare(
    wish: Wish,
    caller: &Standing,
    needs: &[&Need],
    a: (OperatorId, &Post),
    b: (OperatorId, &Post),
    now: Timestamp,
) -> Ordering {
    let named = |who: Option<OperatorId>| (who == Some(b.0)).cmp(&(who == Some(a.0)));
    let level = |post: &Post| needs.iter().map(|need| u32::from(post.level(&need.skill))).sum::<u32>();
    match wish {
        Wish::Owner => named(caller.owner),
        Wish::LastOperator => named(caller.last),
        Wish::BestSkill => level(b.1).cmp(&level(a.1)),
        Wish::JustEnough => level(a.1).cmp(&level(b.1)),
        Wish::LongestIdle => a.1.since.cmp(&b.1.since),
        Wish::LeastOccupied => a.1.share_busy(now).total_cmp(&b.1.share_busy(now)),
    }
}
