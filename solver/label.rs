//! Days of one master that are worth their price: a shortest path with windows over partial days, so-called labels.
//!
//! The ng-route relaxation of Baldacci, Mingozzi and Roberti (2011): a day forgets a job it has served once it is far
//! from it, so it may serve one twice. That makes the bound a little lower and the search for it much shorter.

use crate::model::{Model, NONE, Need};
use crate::place::Place;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Days given back by one pricing at most.
const BEST: usize = 8;
/// Reduced costs above this are taken for nothing.
const TINY: f64 = -1e-4;

/// Jobs by number, out of at most `64 * W`.
type Set<const W: usize> = [u64; W];

/// One master's day as the bound sees it: no parts, no pauses, waiting only where it surely costs.
pub(crate) struct Terms {
    /// Seconds from job to job, row by row.
    ways: Vec<i64>,
    /// Seconds from where the day begins, and to where it ends.
    out: Vec<i64>,
    home: Vec<i64>,
    work: Vec<i64>,
    /// What the job costs with this master whenever it is done; nothing where he may not do it.
    bond: Vec<Option<i64>>,
    dawn: i64,
    limit: i64,
    shift_end: i64,
    /// Cost of going home without another job, to be left out of a day's cost.
    straight_home: i64,
    /// Costs of a thousand seconds.
    travel: i64,
    wait: i64,
    overtime: i64,
    first_wait: bool,
}

/// A day found: its cost without prices, and its jobs by number.
pub(crate) struct Found {
    pub cost: f64,
    pub jobs: Vec<u16>,
}

/// What a pricing gave.
#[derive(Default)]
pub(crate) struct Priced {
    pub days: Vec<Found>,
    /// The least reduced cost of any day; never above nothing.
    pub least: f64,
    pub labels: u64,
    /// False when the labels ran out.
    pub whole: bool,
}

struct Label<const W: usize> {
    time: i64,
    cost: f64,
    served: Set<W>,
    job: u16,
    before: u32,
    dead: bool,
}

/// What decides whether a label is worth keeping, side by side for all labels of a job, by `net`.
#[derive(Clone, Copy)]
struct Front<const W: usize> {
    time: i64,
    /// Cost, as if all the time so far had been waited: lower is better at any later time.
    net: f64,
    served: Set<W>,
    label: u32,
}

impl<const W: usize> Front<W> {
    /// Whether this label, no dearer than the other, makes the other worthless.
    #[inline]
    fn beats(&self, other: &Self, quick: bool) -> bool {
        self.time <= other.time && (quick || self.served.iter().zip(&other.served).all(|(x, y)| x & !y == 0))
    }
}

impl Terms {
    /// The terms of a master behind what he has started, for these job slots.
    pub(crate) fn new(model: &Model, m: u32, jobs: &[u32], dawn: (i64, Option<u32>)) -> Self {
        let need = |j: u32| &model.jobs[j as usize].need;
        // A visit for several that begins later than it might can save waiting behind it.
        let timed = model.is_timed(m) || model.params.late_departure || !model.links.is_empty();
        let begin = dawn.1.map_or(*model.origin(m), |j| need(j).place);
        let home = |place: &Place| model.home_leg(m, place).seconds;
        let bond = |j: u32| {
            let slot = &model.jobs[j as usize];
            slot.may(m).then(|| model.wishes(&slot.job, m).total())
        };
        let pace = |a: u32, b: u32| model.leg(m, &need(a).place, &need(b).place).seconds;
        let mut terms = Self {
            ways: jobs.iter().flat_map(|&a| jobs.iter().map(move |&b| pace(a, b))).collect(),
            out: jobs.iter().map(|&j| model.leg(m, &begin, &need(j).place).seconds).collect(),
            home: jobs.iter().map(|&j| home(&need(j).place)).collect(),
            work: jobs.iter().map(|&j| model.work(m, need(j))).collect(),
            bond: jobs.iter().map(|&j| bond(j)).collect(),
            dawn: dawn.0,
            limit: model.limit(m),
            shift_end: model.masters[m as usize].shift.1,
            straight_home: 0,
            travel: model.params.travel_permille,
            wait: if timed { 0 } else { model.params.wait_permille },
            overtime: model.params.overtime_permille,
            first_wait: dawn.1.is_some() || model.masters[m as usize].position.is_some(),
        };
        if dawn.1.is_some() {
            terms.straight_home = terms.going_home(home(&begin), dawn.0);
        }
        terms
    }

    /// Whether another master's days are the same.
    pub(crate) fn alike(&self, other: &Self) -> bool {
        let rest = |t: &Self| (t.dawn, t.limit, t.shift_end, t.straight_home, t.first_wait);
        rest(self) == rest(other)
            && self.out == other.out
            && self.home == other.home
            && self.bond == other.bond
            && self.work == other.work
            && self.ways == other.ways
    }

    /// Cost of going home without another job, which the costs of days leave out.
    pub(crate) fn straight_home(&self) -> i64 {
        self.straight_home
    }

    fn going_home(&self, way: i64, leave: i64) -> i64 {
        way * self.travel / 1000 + (leave + way - self.shift_end).max(0) * self.overtime / 1000
    }

    /// Leave and added cost of doing a job next; nothing if it cannot be done in time.
    #[inline]
    fn extend(&self, need: &Need, from: Option<u16>, leave: i64, to: usize) -> Option<(i64, i64)> {
        let bond = self.bond[to]?;
        let way = from.map_or(self.out[to], |from| self.ways[from as usize * self.out.len() + to]);
        let arrive = leave + way;
        let start = need.earliest(arrive)?;
        let leave = start + self.work[to];
        if leave + self.home[to] > self.limit {
            return None;
        }
        let waits = from.is_some() || self.first_wait;
        let wait = if waits { (start - arrive) * self.wait / 1000 } else { 0 };
        Some((leave, way * self.travel / 1000 + wait + need.lateness(start) + bond))
    }

    /// Cost of a day of these jobs in this order as the bound sees it; nothing if it cannot be.
    pub(crate) fn cost(&self, needs: &[&Need], jobs: &[u16]) -> Option<f64> {
        let (mut leave, mut cost, mut from) = (self.dawn, 0, None);
        for &job in jobs {
            let (left, added) = self.extend(needs[job as usize], from, leave, job as usize)?;
            (leave, cost, from) = (left, cost + added, Some(job));
        }
        let last = *jobs.last()? as usize;
        Some((cost + self.going_home(self.home[last], leave) - self.straight_home) as f64)
    }

    /// Days of negative reduced cost under prices of jobs and of the master. A quick pricing lets cheaper and earlier
    /// labels stand for all others at their job, and may miss days; the other one proves that there are no more.
    pub(crate) fn price<const W: usize>(
        &self,
        needs: &[&Need],
        prices: (&[f64], f64),
        near: &Near,
        quick: bool,
        most: u64,
    ) -> Priced {
        let count = needs.len();
        let mut labels: Vec<Label<W>> = Vec::new();
        let mut at: Vec<Vec<Front<W>>> = vec![Vec::new(); count];
        let rate = self.wait as f64 / 1000.0;
        let mut queue = BinaryHeap::new();
        let mut ends: Vec<(f64, u32)> = vec![(0.0, NONE); count];
        let mut priced = Priced { whole: true, ..Priced::default() };
        let first = Label {
            time: self.dawn,
            cost: -prices.1,
            served: [0; W],
            job: u16::MAX,
            before: NONE,
            dead: false,
        };
        labels.push(first);
        queue.push(Reverse((self.dawn, 0u32)));
        let everything: Vec<u16> = (0..count as u16).filter(|&j| self.bond[j as usize].is_some()).collect();
        while let Some(Reverse((_, id))) = queue.pop() {
            let Label { time, cost, served, job, dead, .. } = labels[id as usize];
            if dead {
                continue;
            }
            if labels.len() as u64 > most {
                priced.whole = false;
                break;
            }
            let from = (job != u16::MAX).then_some(job);
            let next = from.filter(|_| quick).map_or(&everything, |job| &near.next[job as usize]);
            for &to in next {
                let k = to as usize;
                if served[k / 64] >> (k % 64) & 1 == 1 {
                    continue;
                }
                let Some((leave, added)) = self.extend(needs[k], from, time, k) else { continue };
                let cost = cost + added as f64 - prices.0[k];
                let mut kept = served;
                kept.iter_mut().zip(&near.kept[k]).for_each(|(a, b)| *a &= b);
                kept[k / 64] |= 1 << (k % 64);
                let new = labels.len() as u32;
                // Whoever is earlier may have to wait for what the later one need not, and has served no more.
                let front = Front { time: leave, net: cost - rate * leave as f64, served: kept, label: new };
                if !keep(&mut labels, &mut at[k], front, quick) {
                    continue;
                }
                let whole = cost + (self.going_home(self.home[k], leave) - self.straight_home) as f64;
                if whole < ends[k].0 - 1e-9 {
                    ends[k] = (whole, new);
                }
                priced.least = priced.least.min(whole);
                queue.push(Reverse((leave, new)));
                labels.push(Label { time: leave, cost, served: kept, job: to, before: id, dead: false });
            }
        }
        priced.labels = labels.len() as u64;
        ends.retain(|end| end.0 < TINY);
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        priced.days = ends.iter().take(BEST).map(|&(_, id)| self.unroll(needs, &labels, id)).collect();
        priced
    }

    fn unroll<const W: usize>(&self, needs: &[&Need], labels: &[Label<W>], mut id: u32) -> Found {
        let mut jobs = Vec::new();
        while labels[id as usize].before != NONE {
            jobs.push(labels[id as usize].job);
            id = labels[id as usize].before;
        }
        jobs.reverse();
        Found { cost: self.cost(needs, &jobs).unwrap_or(f64::INFINITY), jobs }
    }
}

/// Whether a label is worth keeping at its job; it is then kept, and labels it makes worthless die.
fn keep<const W: usize>(
    labels: &mut [Label<W>],
    here: &mut Vec<Front<W>>,
    new: Front<W>,
    quick: bool,
) -> bool {
    let dearer = here.partition_point(|other| other.net <= new.net);
    if here[..dearer].iter().any(|other| other.beats(&new, quick)) {
        return false;
    }
    let mut end = dearer;
    for k in dearer..here.len() {
        let other = here[k];
        if new.beats(&other, quick) {
            labels[other.label as usize].dead = true;
        } else {
            here[end] = other;
            end += 1;
        }
    }
    here.truncate(end);
    here.insert(dearer, new);
    true
}

/// Which jobs a day goes on to in a quick pricing, and which it remembers at each job.
pub(crate) struct Near {
    next: Vec<Vec<u16>>,
    kept: Vec<Vec<u64>>,
}

impl Near {
    /// By nearness: so many to go on to, so many to remember.
    pub(crate) fn new(model: &Model, jobs: &[u32], next: usize, kept: usize) -> Self {
        let place = |j: u32| &model.jobs[j as usize].need.place;
        let order = |a: u32| {
            let rank = |&k: &u16| (place(a).chord2(place(jobs[k as usize])).to_bits(), k);
            let mut order: Vec<u16> = (0..jobs.len() as u16).collect();
            order.sort_by_key(rank);
            order
        };
        let mut near = Self { next: Vec::new(), kept: Vec::new() };
        for (k, &j) in jobs.iter().enumerate() {
            let order = order(j);
            let mut set = vec![0u64; jobs.len().div_ceil(64)];
            for &n in order.iter().take(kept).chain(std::iter::once(&(k as u16))) {
                set[n as usize / 64] |= 1 << (n % 64);
            }
            near.next.push(order.into_iter().filter(|&n| n as usize != k).take(next).collect());
            near.kept.push(set);
        }
        near
    }
}
