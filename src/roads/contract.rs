//! Contraction: junctions are taken out one by one, the least important first, and shortcuts keep the ways through them.

use std::{cmp::Reverse, collections::BinaryHeap};

/// Junctions a search for a way around may settle; a larger number gives fewer shortcuts and takes longer.
const WITNESS: usize = 60;

/// A way to another junction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// Where to.
    pub node: u32,
    /// Milliseconds.
    pub millis: u32,
    /// Decimetres.
    pub decimetres: u32,
    /// Arcs it stands for.
    arcs: u32,
}

impl Link {
    /// A way of one arc.
    pub fn new(node: u32, millis: u32, decimetres: u32) -> Self {
        Self { node, millis, decimetres, arcs: 1 }
    }
}

/// A shortcut to be added: its beginning and the rest.
type Shortcut = (u32, Link);

/// A contracted graph: each junction's ways to more important ones.
#[derive(Debug, Default)]
pub(crate) struct Contracted {
    /// Junctions in the order in which they were taken out.
    pub order: Vec<u32>,
    /// Ways from a junction to more important ones.
    pub up: Vec<Vec<Link>>,
    /// Ways to a junction from more important ones, named by their beginning.
    pub down: Vec<Vec<Link>>,
    /// Shortcuts added.
    pub shortcuts: u64,
}

/// Contracts a graph given as each junction's ways; in the given order, or in one found on the way.
pub(crate) fn contract(out: Vec<Vec<Link>>, order: Option<&[u32]>) -> Contracted {
    let mut work = Work::new(out);
    match order {
        Some(order) => {
            for &node in order {
                work.simulate(node);
                work.take_out(node);
            }
        }
        None => work.in_order_found(),
    }
    work.done
}

struct Work {
    out: Vec<Vec<Link>>,
    back: Vec<Vec<Link>>,
    level: Vec<u32>,
    /// Least milliseconds from the source of a search for a way around, and what has to be forgotten after it.
    reached: Vec<u32>,
    touched: Vec<u32>,
    heap: BinaryHeap<Reverse<(u32, u32)>>,
    /// What taking the junction at hand out would add.
    shortcuts: Vec<Shortcut>,
    done: Contracted,
}

/// Keeps the faster of parallel ways.
fn offer(links: &mut Vec<Link>, new: Link) -> bool {
    match links.iter_mut().find(|link| link.node == new.node) {
        Some(old) => {
            if (new.millis, new.decimetres) < (old.millis, old.decimetres) {
                *old = new;
            }
            false
        }
        None => {
            links.push(new);
            true
        }
    }
}

fn forget(links: &mut Vec<Link>, node: u32) {
    if let Some(k) = links.iter().position(|link| link.node == node) {
        links.swap_remove(k);
    }
}

impl Work {
    fn new(given: Vec<Vec<Link>>) -> Self {
        let count = given.len();
        let (mut out, mut back) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        for (tail, links) in (0..).zip(&given) {
            for link in links.iter().filter(|link| link.node != tail) {
                offer(&mut out[tail as usize], *link);
                offer(&mut back[link.node as usize], Link { node: tail, ..*link });
            }
        }
        let done = Contracted {
            order: Vec::with_capacity(count),
            up: vec![Vec::new(); count],
            down: vec![Vec::new(); count],
            shortcuts: 0,
        };
        Self {
            out,
            back,
            level: vec![0; count],
            reached: vec![u32::MAX; count],
            touched: Vec::new(),
            heap: BinaryHeap::new(),
            shortcuts: Vec::new(),
            done,
        }
    }

    /// The least important junction goes first; importance is looked at again when its turn comes.
    fn in_order_found(&mut self) {
        let mut queue: BinaryHeap<Reverse<(u32, u32)>> = BinaryHeap::with_capacity(self.out.len());
        for node in 0..self.out.len() as u32 {
            self.simulate(node);
            queue.push(Reverse((self.importance(node), node)));
        }
        while let Some(Reverse((_, node))) = queue.pop() {
            self.simulate(node);
            let importance = self.importance(node);
            if queue.peek().is_some_and(|Reverse(next)| (importance, node) > *next) {
                queue.push(Reverse((importance, node)));
            } else {
                self.take_out(node);
            }
        }
    }

    /// Finds the shortcuts that taking `node` out needs.
    fn simulate(&mut self, node: u32) {
        self.shortcuts.clear();
        let v = node as usize;
        for k in 0..self.back[v].len() {
            let inward = self.back[v][k];
            let furthest =
                self.out[v].iter().filter(|link| link.node != inward.node).map(|link| link.millis).max();
            let Some(furthest) = furthest else { continue };
            self.search_around(inward.node, node, inward.millis.saturating_add(furthest));
            for onward in self.out[v].iter().filter(|link| link.node != inward.node) {
                let millis = inward.millis.saturating_add(onward.millis);
                if self.reached[onward.node as usize] > millis {
                    let link = Link {
                        node: onward.node,
                        millis,
                        decimetres: inward.decimetres.saturating_add(onward.decimetres),
                        arcs: inward.arcs + onward.arcs,
                    };
                    self.shortcuts.push((inward.node, link));
                }
            }
            for node in self.touched.drain(..) {
                self.reached[node as usize] = u32::MAX;
            }
        }
    }

    /// Looks for ways from `source` that do not lead through `without`, as far as `limit`.
    fn search_around(&mut self, source: u32, without: u32, limit: u32) {
        let mut wanted = self.out[without as usize].len();
        self.heap.clear();
        self.heap.push(Reverse((0, source)));
        self.reached[source as usize] = 0;
        self.touched.push(source);
        let mut settled = 0;
        while let Some(Reverse((millis, node))) = self.heap.pop() {
            if millis > self.reached[node as usize] {
                continue;
            }
            settled += 1;
            if settled > WITNESS {
                break;
            }
            if self.out[without as usize].iter().any(|link| link.node == node) {
                wanted -= 1;
                if wanted == 0 {
                    break;
                }
            }
            for link in &self.out[node as usize] {
                let through = millis.saturating_add(link.millis);
                let reached = &mut self.reached[link.node as usize];
                if link.node != without && through <= limit && through < *reached {
                    if *reached == u32::MAX {
                        self.touched.push(link.node);
                    }
                    *reached = through;
                    self.heap.push(Reverse((through, link.node)));
                }
            }
        }
    }

    /// How late a junction should go: by how high it lies, and by what it would add for what it takes away.
    fn importance(&self, node: u32) -> u32 {
        let v = node as usize;
        let taken = (self.out[v].len() + self.back[v].len()).max(1) as u64;
        let taken_arcs =
            self.out[v].iter().chain(&self.back[v]).map(|link| u64::from(link.arcs)).sum::<u64>();
        let added_arcs = self.shortcuts.iter().map(|(_, link)| u64::from(link.arcs)).sum::<u64>();
        let added = self.shortcuts.len() as u64;
        let by_count = 1000 * added / taken;
        let by_arcs = 1000 * added_arcs / taken_arcs.max(1);
        (1000 * u64::from(self.level[v]) + by_count + by_arcs).min(u64::from(u32::MAX)) as u32
    }

    /// Takes `node` out with the shortcuts just found.
    fn take_out(&mut self, node: u32) {
        let v = node as usize;
        let (out, back) = (std::mem::take(&mut self.out[v]), std::mem::take(&mut self.back[v]));
        let above = self.level[v] + 1;
        for link in &out {
            forget(&mut self.back[link.node as usize], node);
            let level = &mut self.level[link.node as usize];
            *level = above.max(*level);
        }
        for link in &back {
            forget(&mut self.out[link.node as usize], node);
            let level = &mut self.level[link.node as usize];
            *level = above.max(*level);
        }
        for (tail, link) in std::mem::take(&mut self.shortcuts) {
            if offer(&mut self.out[tail as usize], link) {
                self.done.shortcuts += 1;
            }
            offer(&mut self.back[link.node as usize], Link { node: tail, ..link });
        }
        self.done.order.push(node);
        (self.done.up[v], self.done.down[v]) = (out, back);
    }
}
