//! Which trunk a call goes out by: groups with weights, caps, health, and the number it shows.

use std::time::Instant;

use crate::settings::TrunkPeer;
use crate::sip::number::{Number, same_number};

/// Unanswered questions (OPTIONS) in a row after which a trunk counts as down.
const PATIENCE: u32 = 3;

/// What is known of one trunk now.
#[derive(Clone, Debug)]
struct Known {
    calls: usize,
    tokens: f64,
    refilled: Instant,
    unanswered: u32,
    registered: bool,
    /// Grows when it is asked or registered at anew: what an earlier round still tells is not heard.
    round: u32,
}

impl Known {
    fn of(peer: &TrunkPeer, now: Instant) -> Self {
        Self {
            calls: 0,
            tokens: f64::from(peer.calls_per_second),
            refilled: now,
            unanswered: 0,
            registered: !peer.registers,
            round: 0,
        }
    }
}

/// A trunk whose upkeep begins anew or ends.
#[derive(Debug, PartialEq, Eq)]
pub struct Adopted {
    /// Which.
    pub trunk: usize,
    /// As it was; `None`: it is new.
    pub before: Option<TrunkPeer>,
    /// Does it stand, or is it gone?
    pub stands: bool,
}

/// All trunks and what is known of them. A trunk keeps its place for as long as the switchboard runs: calls that
/// began by one that is gone end by it.
#[derive(Debug)]
pub struct Trunks {
    peers: Vec<TrunkPeer>,
    known: Vec<Known>,
    /// The places of those that stand, in the order in which they were given.
    standing: Vec<usize>,
}

/// Why no trunk takes a call: a SIP status and the reason in words.
pub type Refused = (u16, String);

impl Trunks {
    /// These trunks, idle and believed to be well; those that must register first are not.
    pub fn new(peers: &[TrunkPeer], now: Instant) -> Self {
        let known = peers.iter().map(|peer| Known::of(peer, now)).collect();
        Self { known, peers: peers.to_vec(), standing: (0..peers.len()).collect() }
    }

    /// Other trunks than before. One of the same name keeps its place and its calls; told are those that have to be
    /// registered at or asked anew, or no more.
    pub fn adopt(&mut self, peers: Vec<TrunkPeer>, now: Instant) -> Vec<Adopted> {
        let (before, mut adopted) = (std::mem::take(&mut self.standing), Vec::new());
        for peer in peers {
            let Some(trunk) = before.iter().copied().find(|trunk| self.peers[*trunk].name == peer.name)
            else {
                self.standing.push(self.peers.len());
                adopted.push(Adopted { trunk: self.peers.len(), before: None, stands: true });
                self.known.push(Known::of(&peer, now));
                self.peers.push(peer);
                continue;
            };
            self.standing.push(trunk);
            let before = std::mem::replace(&mut self.peers[trunk], peer);
            if upkeep_of(&before) != upkeep_of(&self.peers[trunk]) {
                let known = &mut self.known[trunk];
                (known.round, known.unanswered) = (known.round + 1, 0);
                known.registered = !self.peers[trunk].registers;
                adopted.push(Adopted { trunk, before: Some(before), stands: true });
            }
        }
        for trunk in before.into_iter().filter(|trunk| !self.standing.contains(trunk)) {
            self.known[trunk].round += 1;
            adopted.push(Adopted { trunk, before: Some(self.peers[trunk].clone()), stands: false });
        }
        adopted
    }

    /// Those that stand, in the order in which they were given.
    pub fn standing(&self) -> impl Iterator<Item = (usize, &TrunkPeer)> + Clone {
        self.standing.iter().map(|trunk| (*trunk, &self.peers[*trunk]))
    }

    /// A trunk by its place, also one that is gone.
    pub fn peer(&self, trunk: usize) -> Option<&TrunkPeer> {
        self.peers.get(trunk)
    }

    /// The place of a trunk that stands.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.standing().find(|(_, peer)| peer.name == name).map(|(trunk, _)| trunk)
    }

    /// The round in which it is registered at and asked now.
    pub fn round(&self, trunk: usize) -> u32 {
        self.known.get(trunk).map_or(0, |known| known.round)
    }

    /// Whether the trunk can be expected to work.
    pub fn is_up(&self, trunk: usize) -> bool {
        self.known.get(trunk).is_some_and(|known| known.registered && known.unanswered < PATIENCE)
    }

    /// The trunks to try for a number, in order. `name` is of one trunk or of a group; `random` draws from 0 to 1.
    /// A call for help may take any trunk there is, however busy.
    pub fn plan(
        &mut self,
        name: &str,
        number: &Number,
        now: Instant,
        mut random: impl FnMut() -> f64,
    ) -> Result<Vec<usize>, Refused> {
        let named = |peer: &TrunkPeer| peer.name == name || peer.group.as_deref() == Some(name);
        if !self.standing().any(|(_, peer)| named(peer)) {
            return Err((404, format!("trunk `{name}` is not known")));
        }
        let lead_out: Vec<usize> =
            self.standing().filter(|(_, peer)| peer.outbound.is_some()).map(|(trunk, _)| trunk).collect();
        let mut open: Vec<usize> =
            lead_out.iter().copied().filter(|trunk| named(&self.peers[*trunk])).collect();
        if open.is_empty() && !number.is_emergency() {
            return Err((403, format!("trunk `{name}` takes no calls out")));
        }
        if !number.is_emergency() {
            open.retain(|trunk| self.has_room(*trunk, now));
            if open.is_empty() {
                return Err((503, format!("trunk `{name}` is full")));
            }
        }
        let mut order = self.draw(open, &mut random);
        if number.is_emergency() {
            let others = lead_out.into_iter().filter(|trunk| !order.contains(trunk));
            let others = self.draw(others.collect(), &mut random);
            order.extend(others);
        }
        // one that is down is tried only when nobody else is left
        order.sort_by_key(|trunk| !self.is_up(*trunk));
        Ok(order)
    }

    fn has_room(&mut self, trunk: usize, now: Instant) -> bool {
        let (peer, known) = (&self.peers[trunk], &mut self.known[trunk]);
        let rate = f64::from(peer.calls_per_second);
        if peer.calls_per_second > 0 {
            let passed = now.saturating_duration_since(known.refilled).as_secs_f64();
            known.tokens = (known.tokens + passed * rate).min(rate);
            known.refilled = now;
        }
        let busy = peer.max_calls > 0 && known.calls >= peer.max_calls;
        let fast = peer.calls_per_second > 0 && known.tokens < 1.0;
        !busy && !fast
    }

    /// By priority; within one, drawn by weight without putting back.
    fn draw(&self, mut open: Vec<usize>, random: &mut impl FnMut() -> f64) -> Vec<usize> {
        let mut order = Vec::with_capacity(open.len());
        while let Some(first) = open.iter().map(|trunk| self.peers[*trunk].priority).min() {
            let weight = |trunk: &usize| f64::from(self.peers[*trunk].weight.max(1));
            let rank: Vec<usize> =
                open.iter().copied().filter(|trunk| self.peers[*trunk].priority == first).collect();
            let mut left = random() * rank.iter().map(weight).sum::<f64>();
            let drawn = rank.iter().find(|trunk| {
                left -= weight(trunk);
                left < 0.0
            });
            let Some(drawn) = drawn.or(rank.last()).copied() else { break };
            open.retain(|trunk| *trunk != drawn);
            order.push(drawn);
        }
        order
    }

    /// A call begins.
    pub fn begin(&mut self, trunk: usize) {
        if let Some(known) = self.known.get_mut(trunk) {
            known.calls += 1;
            known.tokens -= 1.0;
        }
    }

    /// A call is over.
    pub fn end(&mut self, trunk: usize) {
        if let Some(known) = self.known.get_mut(trunk) {
            known.calls = known.calls.saturating_sub(1);
        }
    }

    /// The trunk answered a question of this round, or did not; the new verdict if it changed.
    pub fn answered(&mut self, trunk: usize, round: u32, answered: bool) -> Option<bool> {
        self.change(trunk, round, |known| known.unanswered = if answered { 0 } else { known.unanswered + 1 })
    }

    /// The trunk took our registration of this round, or not; the new verdict if it changed.
    pub fn registered(&mut self, trunk: usize, round: u32, registered: bool) -> Option<bool> {
        self.change(trunk, round, |known| known.registered = registered)
    }

    fn change(&mut self, trunk: usize, round: u32, change: impl FnOnce(&mut Known)) -> Option<bool> {
        let before = self.is_up(trunk);
        change(self.known.get_mut(trunk).filter(|known| known.round == round)?);
        let now = self.is_up(trunk);
        (before != now).then_some(now)
    }

    /// The number shown to whoever is called: the one wished if it is ours at this trunk, else the first that is.
    pub fn shown(&self, trunk: usize, wished: &str) -> Result<String, Refused> {
        let Some(peer) = self.peers.get(trunk) else { return Err((500, "no such trunk".to_owned())) };
        let own = peer.dids.iter().find(|did| same_number(did, wished));
        let shown = own.or(peer.dids.first()).or(peer.user.as_ref());
        let shown =
            shown.ok_or_else(|| (403, format!("trunk `{}` has no number of its own to show", peer.name)))?;
        Ok(Number::read(shown).written(peer.form))
    }
}

/// What a trunk is registered at and asked by.
fn upkeep_of(peer: &TrunkPeer) -> impl PartialEq + '_ {
    (peer.outbound, &peer.user, &peer.password, peer.registers, peer.ask_every)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn peer(name: &str, priority: u8, weight: u32) -> TrunkPeer {
        TrunkPeer {
            name: name.to_owned(),
            group: Some("city".to_owned()),
            outbound: Some(([192, 0, 2, 1], 5060).into()),
            dids: vec!["+74951234567".to_owned(), "+74951234568".to_owned()],
            priority,
            weight,
            ..TrunkPeer::default()
        }
    }

    fn abroad() -> Number {
        Number::read("+4930123456")
    }

    #[test]
    fn the_first_priority_by_weight_and_the_rest_behind() {
        let peers = [peer("a", 0, 3), peer("b", 0, 1), peer("c", 1, 1)];
        let now = Instant::now();
        let mut trunks = Trunks::new(&peers, now);
        let mut seed = 0u32;
        let mut first = [0; 3];
        for _ in 0..4_000 {
            let plan = trunks.plan("city", &abroad(), now, || {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                f64::from(seed >> 8) / f64::from(1u32 << 24)
            });
            let plan = plan.unwrap();
            assert_eq!((plan.len(), plan[2]), (3, 2));
            first[plan[0]] += 1;
        }
        assert!((2_850..3_150).contains(&first[0]), "{first:?}");
        assert_eq!(first[2], 0);
        assert_eq!(trunks.plan("a", &abroad(), now, || 0.0), Ok(vec![0]));
        assert_eq!(trunks.plan("x", &abroad(), now, || 0.0).unwrap_err().0, 404);
    }

    #[test]
    fn caps_hold_and_calls_for_help_know_none() {
        let capped = TrunkPeer { max_calls: 1, ..peer("a", 0, 1) };
        let paced = TrunkPeer { calls_per_second: 2, ..peer("b", 1, 1) };
        let now = Instant::now();
        let mut trunks = Trunks::new(&[capped, paced], now);
        let plan = |trunks: &mut Trunks, number: &Number, at| trunks.plan("city", number, at, || 0.0);
        trunks.begin(0);
        assert_eq!(plan(&mut trunks, &abroad(), now), Ok(vec![1]));
        trunks.begin(1);
        trunks.begin(1);
        assert_eq!(plan(&mut trunks, &abroad(), now).unwrap_err().0, 503);
        assert_eq!(plan(&mut trunks, &Number::read("112"), now), Ok(vec![0, 1]));
        assert_eq!(plan(&mut trunks, &abroad(), now + Duration::from_millis(500)), Ok(vec![1]));
        trunks.end(0);
        trunks.begin(1);
        assert_eq!(plan(&mut trunks, &abroad(), now + Duration::from_millis(500)), Ok(vec![0]));
    }

    #[test]
    fn one_that_is_down_goes_last_and_comes_back() {
        let registers = TrunkPeer { registers: true, ..peer("b", 0, 1) };
        let now = Instant::now();
        let mut trunks = Trunks::new(&[peer("a", 0, 1), registers], now);
        assert!(!trunks.is_up(1));
        assert_eq!(trunks.registered(1, 0, true), Some(true));
        let asked: Vec<_> = (0..4).map(|_| trunks.answered(0, 0, false)).collect();
        assert_eq!(asked, [None, None, Some(false), None]);
        assert_eq!(trunks.plan("city", &abroad(), now, || 0.0), Ok(vec![1, 0]));
        assert_eq!(trunks.answered(0, 0, true), Some(true));
        assert_eq!(trunks.plan("city", &abroad(), now, || 0.0), Ok(vec![0, 1]));
    }

    #[test]
    fn other_trunks_are_adopted_while_calls_stand() {
        let now = Instant::now();
        let busy = TrunkPeer { max_calls: 1, ..peer("b", 0, 1) };
        let mut trunks = Trunks::new(&[peer("a", 0, 1), busy.clone()], now);
        trunks.begin(0);
        trunks.begin(1);
        let moved =
            TrunkPeer { outbound: Some(([192, 0, 2, 9], 5060).into()), registers: true, ..peer("c", 0, 1) };
        let told = trunks.adopt(vec![moved.clone(), busy.clone()], now);
        let gone = Adopted { trunk: 0, before: Some(peer("a", 0, 1)), stands: false };
        assert_eq!(told, [Adopted { trunk: 2, before: None, stands: true }, gone]);
        assert_eq!(trunks.standing().map(|(trunk, _)| trunk).collect::<Vec<_>>(), [2, 1], "in the new order");
        assert_eq!(trunks.plan("a", &abroad(), now, || 0.0).unwrap_err().0, 404);
        assert_eq!(trunks.plan("city", &abroad(), now, || 0.0), Ok(vec![2]), "the call of `b` still counts");
        trunks.end(0); // the call by the trunk that is gone
        trunks.end(1);
        assert_eq!(trunks.plan("city", &abroad(), now, || 0.0), Ok(vec![1, 2]), "`c` is not registered yet");
        // a password was changed: registered anew, and what the old round tells is not heard
        assert_eq!(trunks.registered(2, 0, true), Some(true));
        let changed = TrunkPeer { password: Some("other".to_owned()), ..moved.clone() };
        let told = trunks.adopt(vec![changed, busy.clone()], now);
        assert_eq!(told, [Adopted { trunk: 2, before: Some(moved), stands: true }]);
        assert!(!trunks.is_up(2) && trunks.registered(2, 0, true).is_none() && !trunks.is_up(2));
        assert_eq!(trunks.registered(2, 1, true), Some(true));
        // a cap is no reason to register anew
        let standing = trunks.peer(2).cloned().unwrap();
        let free = TrunkPeer { max_calls: 0, ..busy };
        assert_eq!(trunks.adopt(vec![standing, free], now), []);
        assert!(trunks.is_up(2));
    }

    #[test]
    fn only_our_own_numbers_are_shown() {
        let now = Instant::now();
        let eight = TrunkPeer { form: crate::sip::number::NumberForm::Eight, ..peer("a", 0, 1) };
        let nameless = TrunkPeer { name: "n".to_owned(), dids: vec![], ..peer("n", 0, 1) };
        let trunks = Trunks::new(&[eight, nameless], now);
        assert_eq!(trunks.shown(0, "8 495 123 45 68"), Ok("84951234568".to_owned()));
        assert_eq!(trunks.shown(0, "+79991112233"), Ok("84951234567".to_owned()), "a stranger's number");
        assert_eq!(trunks.shown(1, "+79991112233").unwrap_err().0, 403);
    }
}
