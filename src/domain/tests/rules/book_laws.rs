//! What holds of the whole book, whatever people, masters and the planner do in whatever order.

use crate::firm::{at, book, id, ids, intake, master, point, rub, unit, window, work};
use domain::{
    billing::payment::{Payment, Tender},
    book::{
        Book,
        draft::Draft,
        intake::Intake,
        past::Past,
        planning::Move,
        work::{Completion, PaymentTaken},
    },
    ports::Fact,
    refusal::Refusal,
    requests::request::RequestState,
    values::{
        id::{MasterId, VisitId},
        money::Money,
    },
    visits::visit::{Helper, Outcome, Visit, VisitEvent, VisitState},
    workforce::master::{Duty, MasterEvent},
};
use proptest::{prelude::*, test_runner::TestCaseError};
use std::collections::BTreeMap;

const MASTERS: u128 = 3;
const REQUESTS: u128 = 4;

/// Something that somebody does; numbers are taken modulo what there is.
#[derive(Debug, Clone)]
enum Deed {
    Assign { visit: usize, master: u128, start: i64, pin: bool, stale: bool },
    Plan { moves: Vec<(usize, u128, i64, bool)> },
    Promise { visit: usize, from: i64 },
    Offer { visit: usize },
    Answer { visit: usize, yes: bool },
    Step { visit: usize },
    Finish { visit: usize, outcome: Outcome, price: i64 },
    Pay { visit: usize, tender: Tender, sum: i64 },
    HandIn { master: u128, sum: i64 },
    Lose { master: u128 },
    Recover { master: u128 },
    Cancel { request: u128 },
    Unpin { visit: usize },
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let visit = || 0usize..12;
    let master = || 1u128..=MASTERS;
    let outcome =
        prop::sample::select(vec![Outcome::Fixed, Outcome::NeedPart, Outcome::NoAccess, Outcome::Refused]);
    let tender = prop::sample::select(vec![Tender::Cash, Tender::Sbp, Tender::Card]);
    let moved = (visit(), master(), 0i64..600, any::<bool>());
    let deed = prop_oneof![
        4 => (visit(), master(), 0i64..600, any::<bool>(), any::<bool>())
            .prop_map(|(visit, master, start, pin, stale)| Deed::Assign { visit, master, start, pin, stale }),
        3 => prop::collection::vec(moved, 1..5).prop_map(|moves| Deed::Plan { moves }),
        2 => (visit(), 0i64..900).prop_map(|(visit, from)| Deed::Promise { visit, from }),
        4 => visit().prop_map(|visit| Deed::Offer { visit }),
        4 => (visit(), any::<bool>()).prop_map(|(visit, yes)| Deed::Answer { visit, yes }),
        8 => visit().prop_map(|visit| Deed::Step { visit }),
        4 => (visit(), outcome, 0i64..3000).prop_map(|(visit, outcome, price)| Deed::Finish { visit, outcome, price }),
        4 => (visit(), tender, 1i64..3000).prop_map(|(visit, tender, sum)| Deed::Pay { visit, tender, sum }),
        1 => (master(), 1i64..500).prop_map(|(master, sum)| Deed::HandIn { master, sum }),
        1 => master().prop_map(|master| Deed::Lose { master }),
        2 => master().prop_map(|master| Deed::Recover { master }),
        1 => (1u128..=REQUESTS).prop_map(|request| Deed::Cancel { request }),
        1 => visit().prop_map(|visit| Deed::Unpin { visit }),
    ];
    prop::collection::vec(deed, 1..120)
}

/// The book with what it cannot tell by itself: the payments, the cash handed in, fresh numbers.
struct Firm {
    book: Book,
    /// Everything that has happened, as the journal keeps it.
    facts: Vec<Fact>,
    payments: Vec<Payment>,
    handed_in: BTreeMap<MasterId, Money>,
    fresh: u128,
}

impl Firm {
    fn open() -> Self {
        let mut firm = Self {
            book: book(0, 0),
            facts: vec![],
            payments: vec![],
            handed_in: BTreeMap::new(),
            fresh: 100_000,
        };
        firm.book.masters = (1..=MASTERS).map(master).map(|m| (m.id, m)).collect();
        let (point, unit) = (point(), unit());
        firm.keeps(0, |draft| {
            (1..=MASTERS).try_for_each(|number| draft.on_master(id(number), MasterEvent::ShiftStarted))?;
            let mut numbers = 1..=REQUESTS;
            // Every second one needs two masters at once.
            numbers.try_for_each(|number| {
                let masters = if number % 2 == 0 { 2 } else { 1 };
                draft.register(&Intake { masters, ..intake(number, &point, Some(&unit), None) })
            })
        });
        firm
    }
    /// Carries out what must be taken.
    fn keeps(&mut self, minute: i64, act: impl FnOnce(&mut Draft<'_>) -> Result<(), Refusal>) {
        let mut draft = Draft::new(&self.book, at(minute), "test");
        act(&mut draft).expect("taken");
        let (batch, kept) = draft.finish();
        self.facts.extend(batch.facts);
        self.book.adopt(kept);
    }
    fn visit(&self, place: usize) -> Visit {
        let all: Vec<&Visit> = self.book.visits.values().collect();
        all[place % all.len()].clone()
    }
    /// Does the deed; true when it was not refused.
    fn does(&mut self, deed: &Deed, minute: i64) -> bool {
        self.fresh += 2;
        let fresh = self.fresh;
        let known = match deed {
            Deed::Assign { visit, .. }
            | Deed::Promise { visit, .. }
            | Deed::Offer { visit }
            | Deed::Answer { visit, .. }
            | Deed::Step { visit }
            | Deed::Finish { visit, .. }
            | Deed::Pay { visit, .. }
            | Deed::Unpin { visit } => self.visit(*visit),
            _ => self.visit(0),
        };
        let moves: Vec<Move> = match deed {
            Deed::Plan { moves } => moves.iter().map(|m| self.planned(m, minute)).collect(),
            _ => vec![],
        };
        let mut draft = Draft::new(&self.book, at(minute), "test");
        if carried(&mut draft, deed, &known, &moves, (minute, fresh)).is_err() {
            return false;
        }
        let (batch, kept) = draft.finish();
        self.facts.extend(batch.facts);
        self.payments.extend(kept.payments.iter().cloned());
        if let Deed::HandIn { master, sum } = deed {
            let sum_of = self.handed_in.entry(id(*master)).or_default();
            *sum_of = *sum_of + rub(*sum);
        }
        self.book.adopt(kept);
        true
    }
    fn planned(&self, (visit, master, start, away): &(usize, u128, i64, bool), minute: i64) -> Move {
        let visit = self.visit(*visit);
        let to = (!away).then(|| (id(*master), at(minute + start), 300));
        let beside = || Helper::going(id((start.unsigned_abs() % MASTERS as u64 + 1).into()), 60);
        let helpers = if visit.masters_needed > 1 { vec![beside()] } else { vec![] };
        Move { visit: visit.id, ver: visit.ver, to, helpers }
    }
}

fn carried(
    draft: &mut Draft<'_>,
    deed: &Deed,
    visit: &Visit,
    moves: &[Move],
    (minute, fresh): (i64, u128),
) -> Result<(), Refusal> {
    let master = visit.master().unwrap_or_else(|| id(1));
    match deed {
        Deed::Assign { master, start, pin, stale, .. } => {
            let seen = if *stale { visit.ver + 1 } else { visit.ver };
            draft.assign(visit.id, id(*master), at(minute + start), 300, *pin, Some(seen))
        }
        Deed::Plan { .. } => {
            draft.adopt_plan(moves);
            Ok(())
        }
        Deed::Promise { from, .. } => {
            draft.promise_window(visit.id, window(minute + from, minute + from + 120))
        }
        Deed::Offer { .. } => draft.on_visit(visit.id, VisitEvent::Dispatched),
        Deed::Answer { yes: true, .. } => draft.on_visit(visit.id, VisitEvent::Accepted),
        Deed::Answer { .. } => draft.on_visit(visit.id, VisitEvent::Declined { reason: "далеко".into() }),
        Deed::Step { .. } => match visit.state {
            VisitState::EnRoute => draft.arrive(visit.id, master),
            VisitState::OnSite => draft.begin(visit.id, master),
            _ => draft.depart(visit.id, master),
        },
        Deed::Finish { outcome, price, .. } => {
            let (lines, next_visit) = (vec![work(*price)], id(fresh));
            let done = Completion { lines, outcome: *outcome, note: String::new(), next_visit, wait: None };
            draft.complete(visit.id, master, done).map(drop)
        }
        Deed::Pay { tender, sum, .. } => {
            let take = PaymentTaken { id: id(fresh), tender: *tender, sum: rub(*sum), qr: None };
            draft.take_payment(visit.id, master, take)
        }
        Deed::HandIn { master, sum } => {
            draft.on_master(id(*master), MasterEvent::CashHandedIn { sum: rub(*sum) })
        }
        Deed::Lose { master } => draft.lose_master(id(*master), "заболел").map(drop),
        Deed::Recover { master } => draft.shift(id(*master), MasterEvent::BecameAvailable),
        Deed::Cancel { request } => draft.cancel_request(ids(*request).0, "передумал"),
        Deed::Unpin { .. } => draft.on_visit(visit.id, VisitEvent::Pinned { pinned: false }),
    }
}

/// I-02 and the like: where masters are and where visits think they are is one and the same.
fn nobody_is_in_two_places(book: &Book) -> Result<(), TestCaseError> {
    for master in book.masters.values() {
        let mine = |v: &&Visit| v.master() == Some(master.id) && v.is_started();
        let started: Vec<VisitId> = book.visits.values().filter(mine).map(|v| v.id).collect();
        prop_assert!(started.len() <= 1, "{} is at {:?}", master.name, started);
        prop_assert_eq!(master.current, started.first().copied(), "{:?}", master.duty);
        if matches!(master.duty, Duty::Travelling | Duty::OnSite) {
            prop_assert_eq!(started.len(), 1);
        }
    }
    Ok(())
}
/// Nobody goes twice to a visit, and no more go than it needs; who goes beside does so only while somebody leads.
fn seats_are_filled_once(book: &Book) -> Result<(), TestCaseError> {
    for visit in book.visits.values() {
        let mut all: Vec<MasterId> = visit.masters().collect();
        prop_assert!(all.len() <= usize::from(visit.masters_needed), "{:?}", all);
        all.sort_unstable();
        all.dedup();
        prop_assert_eq!(all.len(), visit.masters().count(), "somebody goes twice");
    }
    Ok(())
}
fn links_hold(book: &Book) -> Result<(), TestCaseError> {
    for request in book.requests.values() {
        let visit = request.visit.and_then(|v| book.visits.get(&v));
        prop_assert!(visit.is_some_and(|v| v.request == request.id), "a request names its visit");
        let live = book.visits.values().filter(|v| v.request == request.id && !v.is_over()).count();
        match request.state {
            RequestState::Registered | RequestState::Booked | RequestState::InWork => {
                prop_assert_eq!(live, 1)
            }
            _ => prop_assert_eq!(live, 0, "{:?}", request.state),
        }
    }
    Ok(())
}
fn money_adds_up(firm: &Firm) -> Result<(), TestCaseError> {
    for order in firm.book.orders.values() {
        let paid: Money = firm.payments.iter().filter(|p| p.order == order.id).map(|p| p.sum).sum();
        prop_assert_eq!(order.paid, paid, "payments of an order make what it is paid");
    }
    for master in firm.book.masters.values() {
        let cash: Money =
            firm.payments.iter().filter(|p| p.custodian == Some(master.id)).map(|p| p.sum).sum();
        let handed_in = firm.handed_in.get(&master.id).copied().unwrap_or_default();
        prop_assert_eq!(master.cash + handed_in, cash, "cash in custody is what clients paid in cash");
    }
    let in_cash = firm.payments.iter().all(|p| (p.tender == Tender::Cash) == p.custodian.is_some());
    prop_assert!(in_cash, "only cash is in somebody's hand");
    Ok(())
}
fn versions_only_grow(before: &Book, after: &Book) -> Result<(), TestCaseError> {
    for visit in before.visits.values() {
        let now = &after.visits[&visit.id];
        prop_assert!(now.ver > visit.ver || now == visit, "a change without a version");
        prop_assert!(!visit.is_over() || now.is_over(), "what is over stays over");
    }
    for master in before.masters.values() {
        let now = &after.masters[&master.id];
        prop_assert!(now.ver > master.ver || now == master);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_people_do_the_book_holds_together(deeds in deeds()) {
        let mut firm = Firm::open();
        for (step, deed) in deeds.iter().enumerate() {
            let before = firm.book.clone();
            let taken = firm.does(deed, step as i64 * 3);
            if !taken { prop_assert_eq!(format!("{:?}", &before), format!("{:?}", &firm.book), "{:?}", deed); }
            nobody_is_in_two_places(&firm.book)?;
            seats_are_filled_once(&firm.book)?;
            links_hold(&firm.book)?;
            money_adds_up(&firm)?;
            versions_only_grow(&before, &firm.book)?;
        }
    }

    #[test]
    fn a_plan_never_moves_what_is_pinned_or_begun_or_over(deeds in deeds()) {
        let mut firm = Firm::open();
        for (step, deed) in deeds.iter().enumerate() {
            let before = firm.book.clone();
            firm.does(deed, step as i64 * 3);
            if !matches!(deed, Deed::Plan { .. }) { continue; }
            for visit in before.visits.values().filter(|v| v.pinned || v.is_started() || v.is_over()) {
                let now = &firm.book.visits[&visit.id];
                let led = |v: &Visit| v.assignment.as_ref().map(|a| (a.master, a.start, a.end, a.state));
                prop_assert_eq!((led(visit), visit.state, visit.pinned), (led(now), now.state, now.pinned));
                if visit.masters_needed == 1 || visit.is_over() { prop_assert_eq!(visit, now); }
            }
        }
    }

    #[test]
    fn a_stale_version_is_always_refused(deeds in deeds()) {
        let mut firm = Firm::open();
        for (step, deed) in deeds.iter().enumerate() {
            let taken = firm.does(deed, step as i64 * 3);
            if let Deed::Assign { stale: true, .. } = deed { prop_assert!(!taken); }
        }
    }

    #[test]
    fn losing_a_master_frees_exactly_what_they_have_not_begun(deeds in deeds(), lost in 1u128..=MASTERS) {
        let mut firm = Firm::open();
        for (step, deed) in deeds.iter().enumerate() { firm.does(deed, step as i64 * 3); }
        let before = firm.book.clone();
        let mut draft = Draft::new(&before, at(1000), "test");
        let Ok(freed) = draft.lose_master(id(lost), "авария") else { return Ok(()) };
        let (_, kept) = draft.finish();
        firm.book.adopt(kept);
        let begun = |v: &&Visit| matches!(v.state, VisitState::Working | VisitState::Paused);
        let theirs = |v: &&Visit| v.master() == Some(id(lost)) && !v.is_over();
        let expected: Vec<VisitId> = before.visits.values().filter(theirs).filter(|v| !begun(v)).map(|v| v.id).collect();
        prop_assert_eq!(&freed, &expected);
        for visit in before.visits.values() {
            let now = &firm.book.visits[&visit.id];
            if freed.contains(&visit.id) {
                prop_assert_eq!((now.state, now.master()), (VisitState::Unplanned, None));
            } else if visit.takes(id(lost)) && visit.master() != Some(id(lost)) && !visit.is_over() {
                prop_assert_eq!((now.state, now.master()), (visit.state, visit.master()), "who leads still goes");
                prop_assert!(!now.takes(id(lost)));
            } else {
                prop_assert_eq!(now, visit);
            }
        }
        nobody_is_in_two_places(&firm.book)?;
        links_hold(&firm.book)?;
    }

    #[test]
    fn the_past_is_the_book_as_it_was_at_every_moment(deeds in deeds()) {
        let mut firm = Firm::open();
        let mut seen = vec![(0, firm.book.clone())];
        for (step, deed) in deeds.iter().enumerate() {
            let minute = (step as i64 + 1) * 3;
            firm.does(deed, minute);
            seen.push((minute, firm.book.clone()));
        }
        let mut past = Past::new(&firm.book, &firm.facts);
        for (minute, was) in seen {
            past.forward(at(minute));
            let book = past.book();
            prop_assert_eq!(&book.visits, &was.visits);
            let mut requests = was.requests.clone();
            // A request that was left gives up the deadlines it had not met, and nobody keeps what they were.
            for request in requests.values_mut() {
                let now = &firm.book.requests[&request.id];
                request.clocks.retain(|clock| now.clock(clock.metric).is_some());
            }
            prop_assert_eq!(&book.requests, &requests);
            prop_assert_eq!(&book.orders, &was.orders);
            prop_assert_eq!(&book.masters, &was.masters);
        }
        prop_assert_eq!(past.next(), None);
    }

    #[test]
    fn the_facts_of_a_draft_lead_to_its_rows(deeds in deeds()) {
        let mut firm = Firm::open();
        for (step, deed) in deeds.iter().enumerate() {
            let visit = firm.visit(step);
            let before = firm.book.clone();
            let mut draft = Draft::new(&before, at(step as i64 * 3), "test");
            if carried(&mut draft, deed, &visit, &[], (step as i64 * 3, 500_000 + step as u128)).is_ok() {
                let (batch, _) = draft.finish();
                for row in &batch.rows {
                    let told = batch.facts.iter().filter(|f| row.doc["id"] == f.entity.as_str());
                    let vers: Vec<u64> = told.map(|f| f.ver).collect();
                    let expected: Vec<u64> = (row.was + 1..=row.ver).collect();
                    prop_assert_eq!(vers, expected, "one fact for each version of {:?}", row.table);
                }
            }
            firm.does(deed, step as i64 * 3);
        }
    }
}
