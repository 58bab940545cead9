//! Which jobs hang together: seats of one visit, and visits that follow each other.
//!
//! A node is a visit with its seats, most often one; nodes are joined by chains. Jobs without a link are in none.

use crate::job::Job;
use crate::master::Master;
use crate::model::{Model, NONE, Need};
use crate::rule::Rule;

/// Seats a visit has at most.
pub(crate) const MOST_SEATS: usize = 4;

/// What a node follows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Follow {
    pub node: u32,
    pub least: i64,
    pub most: Option<i64>,
    pub same_master: bool,
}

/// A visit: its seats, the leading one first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Node {
    pub seats: Vec<u32>,
    pub after: Option<Follow>,
    pub followers: Vec<u32>,
    /// How many nodes it follows in all.
    pub depth: u32,
}

/// All nodes; none where no job has a link.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    pub nodes: Vec<Node>,
    /// The node of each job slot.
    node_of: Vec<u32>,
}

impl Links {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The node of a job.
    #[inline]
    pub(crate) fn of(&self, j: u32) -> Option<u32> {
        self.node_of.get(j as usize).copied().filter(|&n| n != NONE)
    }

    #[inline]
    pub(crate) fn node(&self, n: u32) -> &Node {
        &self.nodes[n as usize]
    }

    /// A node and all that follow it, those before first.
    pub(crate) fn with_followers(&self, n: u32) -> Vec<u32> {
        let mut all = vec![n];
        let mut k = 0;
        while k < all.len() {
            all.extend(self.node(all[k]).followers.iter().copied());
            k += 1;
        }
        all
    }

    /// Jobs of a job's visit, of the one before it and of all that follow.
    pub(crate) fn around(&self, j: u32) -> Vec<u32> {
        let Some(n) = self.of(j) else { return Vec::new() };
        let before = self.node(n).after.map(|follow| follow.node);
        let nodes = self.with_followers(n).into_iter().chain(before);
        nodes.flat_map(|n| self.node(n).seats.iter().copied()).collect()
    }

    /// The other seats of a job's visit.
    pub(crate) fn beside(&self, j: u32) -> impl Iterator<Item = u32> + '_ {
        let seats = self.of(j).map_or(&[][..], |n| &self.node(n).seats);
        seats.iter().copied().filter(move |&seat| seat != j)
    }
}

impl Model {
    /// The slot of the job that leads the visit of a job.
    fn lead(&self, j: u32) -> u32 {
        let lead = self.jobs[j as usize].job.beside;
        lead.and_then(|lead| self.job_of.get(&lead).copied()).unwrap_or(j)
    }

    /// The lead of the visit a job follows, if that is still to be done.
    fn before(&self, j: u32) -> Option<u32> {
        let after = self.jobs[j as usize].job.after.filter(|after| after.ended.is_none())?;
        self.job_of.get(&after.job).map(|&before| self.lead(before))
    }

    /// Works out again which jobs hang together.
    pub(crate) fn relist_links(&mut self) {
        let mut were: Vec<u32> = Vec::new();
        for n in std::mem::take(&mut self.links.nodes) {
            for j in n.seats {
                were.push(j);
                let slot = &mut self.jobs[j as usize];
                slot.linked = false;
                if slot.alive {
                    slot.need.release(Need::new(&slot.job).windows());
                }
                slot.own.clear();
            }
        }
        let linked = |j: &u32| {
            let job = &self.jobs[*j as usize].job;
            job.beside.is_some() || job.after.is_some()
        };
        let mut leads: Vec<(u32, u32)> = Vec::new();
        for j in self.live().filter(linked) {
            let lead = self.lead(j);
            if lead != j {
                leads.extend([(lead, j), (lead, lead)]);
            }
            if let Some(before) = self.before(j) {
                leads.extend([(lead, j), (lead, lead), (before, before)]);
            }
        }
        leads.sort_by_key(|&(lead, j)| (lead, j != lead, j));
        leads.dedup();
        let mut links = crate::links::Links::default();
        links.node_of.resize(self.jobs.len(), NONE);
        for (lead, j) in leads {
            if lead == j {
                links.nodes.push(Node::default());
            }
            if let Some(node) = links.nodes.last_mut() {
                node.seats.push(j);
            }
            links.node_of[j as usize] = links.nodes.len() as u32 - 1;
        }
        for n in 0..links.nodes.len() as u32 {
            let lead = links.node(n).seats[0];
            let before = self.before(lead).and_then(|before| links.of(before));
            let Some((after, node)) = self.jobs[lead as usize].job.after.zip(before) else { continue };
            let (least, most, same_master) = (after.least, after.most, after.same_master);
            links.nodes[n as usize].after = Some(Follow { node, least, most, same_master });
            links.nodes[node as usize].followers.push(n);
        }
        for n in 0..links.nodes.len() as u32 {
            let mut depth = 0;
            let mut at = n;
            while let Some(follow) = links.node(at).after.filter(|_| (depth as usize) < links.nodes.len()) {
                (at, depth) = (follow.node, depth + 1);
            }
            links.nodes[n as usize].depth = depth;
        }
        for node in &links.nodes {
            for &j in &node.seats {
                let slot = &mut self.jobs[j as usize];
                slot.linked = true;
                slot.own.extend_from_slice(Need::new(&slot.job).windows());
                if let Some(k) = were.iter().position(|&other| other == j) {
                    were.swap_remove(k);
                } else {
                    self.moved.push(j);
                }
            }
        }
        // Which masters stand for others who are alike depends on links too.
        self.moved.extend(were);
        self.links = links;
    }

    /// Binds a job to one start for as long as it and what it hangs on are in the plan.
    #[inline]
    pub(crate) fn hold(&mut self, j: u32, start: i64) {
        self.jobs[j as usize].need.hold(start);
    }

    /// Gives a job its own windows back.
    pub(crate) fn release(&mut self, j: u32) {
        let slot = &mut self.jobs[j as usize];
        slot.need.release(&slot.own);
    }

    /// Gives a job its own windows from a moment on; false when that leaves none.
    pub(crate) fn release_from(&mut self, j: u32, from: i64) -> bool {
        let slot = &mut self.jobs[j as usize];
        slot.need.release(&slot.own);
        slot.need.clip(from, i64::MAX / 4)
    }

    /// The first start from a moment on that every seat's own windows allow.
    pub(crate) fn common_start(&self, seats: &[u32], from: i64) -> Option<i64> {
        let mut start = from;
        loop {
            let mut moved = false;
            for &j in seats {
                let slot = &self.jobs[j as usize];
                if slot.job.started.is_some() {
                    continue;
                }
                let window = slot.own.iter().find(|w| w.1 >= start)?;
                moved |= window.0 > start;
                start = start.max(window.0);
            }
            if !moved {
                return Some(start);
            }
        }
    }

    /// The rule by which a chain whose first job is done keeps a job from a master.
    pub(crate) fn barred_by_chain(job: &Job, master: &Master) -> Option<Rule> {
        let after = job.after?;
        let ended = after.ended?;
        if after.same_master && ended.master != master.person.unwrap_or(master.key) {
            return Some(Rule::SameMaster { master: ended.master });
        }
        let (from, to) = after.span(ended.at);
        let open = |w: &(i64, i64)| w.1 >= from && w.0 <= to;
        if job.windows.is_empty() || job.windows.iter().any(open) {
            return None;
        }
        let by = job.windows.iter().map(|w| (from - w.1).max(w.0 - to)).min().unwrap_or(0);
        Some(Rule::Gap { job: after.job, by })
    }

    /// The person a master is on his other days too.
    #[inline]
    pub(crate) fn person(&self, m: u32) -> crate::key::MasterKey {
        let master = &self.masters[m as usize];
        master.person.unwrap_or(master.key)
    }
}
