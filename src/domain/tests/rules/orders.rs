//! A repair order: phases, guards and money (`domain.md` 3.4.5).

use crate::{
    firm::{at, id, line, order, part, point, rub, work},
    machine::{Machine, found, hold, refused, walk, word},
};
use domain::{
    refusal::Refusal,
    requests::{
        order::{LineSort, OrderEvent, Payer, Phase, PriceLine, RepairOrder},
        order_rules::NOTICES,
    },
    values::money::Money,
};
use proptest::prelude::*;

impl Machine for RepairOrder {
    type Event = OrderEvent;
    fn decide(&self, event: OrderEvent, _: i64) -> Result<OrderEvent, Refusal> {
        RepairOrder::decide(self, event)
    }
    fn apply(&mut self, event: &OrderEvent, minute: i64) {
        RepairOrder::apply(self, event, at(minute));
    }
    fn ver(&self) -> u64 {
        self.ver
    }
    fn state(&self) -> String {
        word(&self.phase)
    }
}

const PHASES: [Phase; 17] = [
    Phase::Intake,
    Phase::Accepted,
    Phase::Diagnosing,
    Phase::QuoteReady,
    Phase::AwaitApproval,
    Phase::Approved,
    Phase::Declined,
    Phase::WaitingParts,
    Phase::Ready,
    Phase::InRepair,
    Phase::AtThirdParty,
    Phase::Qc,
    Phase::Done,
    Phase::Unclaimed,
    Phase::Issued,
    Phase::Unrepairable,
    Phase::Cancelled,
];

fn written(lines: Vec<PriceLine>) -> OrderEvent {
    OrderEvent::LinesWritten { master: id(1), lines }
}
fn events() -> Vec<OrderEvent> {
    let mut all: Vec<OrderEvent> = PHASES.into_iter().map(|to| OrderEvent::PhaseChanged { to }).collect();
    all.extend((0..3).map(|quote| OrderEvent::QuoteApproved { quote, evidence: "по ссылке".into() }));
    all.extend([
        OrderEvent::Created,
        written(vec![work(1000), part(500)]),
        written(vec![]),
        written(vec![work(-1)]),
        OrderEvent::PartsNeeded { parts: vec!["компрессор".into()] },
        OrderEvent::PartReserved { part: "компрессор".into() },
        OrderEvent::SentToThirdParty { partner: "partner".into(), act: "акт 1".into() },
        OrderEvent::SentToThirdParty { partner: "partner".into(), act: String::new() },
        OrderEvent::BackFromThirdParty { to: Phase::InRepair, custodian: point().id.to_string() },
        OrderEvent::BackFromThirdParty { to: Phase::Qc, custodian: "cell".into() },
        OrderEvent::BackFromThirdParty { to: Phase::Done, custodian: "cell".into() },
        OrderEvent::CustodyMoved { from: "cell".into(), to: point().id.to_string() },
        OrderEvent::NoticeSent,
        OrderEvent::FoundUnrepairable { act: "акт 2".into() },
        OrderEvent::Paid { sum: rub(1500) },
        OrderEvent::Paid { sum: Money::ZERO },
        OrderEvent::Refunded { sum: rub(1500) },
    ]);
    all
}

const DRAWING: &str = "
    new > intake, intake > accepted, accepted > diagnosing
    diagnosing > quote_ready, diagnosing > in_repair, in_repair > diagnosing
    quote_ready > await_approval, quote_ready > approved
    await_approval > approved, await_approval > declined
    approved > waiting_parts, waiting_parts > ready, approved > in_repair, ready > in_repair
    in_repair > at_third_party, at_third_party > in_repair, at_third_party > qc
    in_repair > qc, qc > in_repair, qc > done
    done > issued, done > unclaimed, unclaimed > issued, declined > issued, unrepairable > issued
    intake > unrepairable, accepted > unrepairable, diagnosing > unrepairable, quote_ready > unrepairable
    await_approval > unrepairable, approved > unrepairable, waiting_parts > unrepairable, ready > unrepairable
    in_repair > unrepairable, at_third_party > unrepairable, qc > unrepairable
    intake > cancelled, accepted > cancelled, diagnosing > cancelled, quote_ready > cancelled
    await_approval > cancelled, approved > cancelled, waiting_parts > cancelled, ready > cancelled
    in_repair > cancelled, qc > cancelled
";

/// An opened order in the phase.
fn at_phase(phase: Phase) -> RepairOrder {
    RepairOrder { ver: 1, phase, ..order() }
}
fn with(payer: Payer, limit: Option<Money>, lines: Vec<PriceLine>) -> RepairOrder {
    RepairOrder { payer, limit, lines, ..at_phase(Phase::QuoteReady) }
}
fn take(order: &mut RepairOrder, event: OrderEvent) {
    let event = order.decide(event).unwrap_or_else(|refusal| panic!("{refusal}"));
    order.apply(&event, at(0));
}

fn payers() -> impl Strategy<Value = Payer> {
    prop::sample::select(vec![Payer::Client, Payer::Agreement, Payer::Warranty])
}
fn lines() -> impl Strategy<Value = Vec<PriceLine>> {
    let kinds = vec![LineSort::Work, LineSort::Part, LineSort::Trip, LineSort::Diagnosis];
    let one =
        (0i64..20_000, prop::sample::select(kinds)).prop_map(|(price, kind)| line("строка", price, kind));
    prop::collection::vec(one, 0..8)
}

proptest! {
    #[test]
    fn whatever_comes_an_order_keeps_the_laws(
        picks in prop::collection::vec(any::<u16>(), 0..90),
        payer in payers(),
        debt_allowed in any::<bool>(),
    ) {
        walk(&RepairOrder { payer, debt_allowed, ..order() }, &events(), &picks)?;
    }

    #[test]
    fn the_parts_of_all_payers_make_the_total(lines in lines(), limit in prop::option::of(0i64..10_000)) {
        let limit = limit.map(rub);
        let total: Money = lines.iter().map(|l| l.price).sum();
        for payer in [Payer::Client, Payer::Agreement, Payer::Warranty] {
            let order = with(payer, limit, lines.clone());
            prop_assert_eq!(order.total(), total, "I-05");
            prop_assert!(order.client_part() >= Money::ZERO && order.client_part() <= total);
        }
        prop_assert_eq!(with(Payer::Client, limit, lines.clone()).client_part(), total);
        prop_assert_eq!(with(Payer::Warranty, limit, lines.clone()).client_part(), Money::ZERO);
        let covered = with(Payer::Agreement, limit, lines.clone());
        let parts: Money = lines.iter().filter(|l| l.kind == LineSort::Part).map(|l| l.price).sum();
        let paid_by_agreement = covered.total().amount() - covered.client_part().amount();
        prop_assert!(covered.client_part() >= parts, "an agreement covers no parts");
        prop_assert!(limit.is_none_or(|l| paid_by_agreement <= l.amount()), "and no more than its limit");
    }

    #[test]
    fn what_is_due_is_the_part_less_what_was_paid(lines in lines(), sums in prop::collection::vec(1i64..5_000, 0..6)) {
        let mut order = with(Payer::Client, None, lines);
        for sum in &sums { take(&mut order, OrderEvent::Paid { sum: rub(*sum) }); }
        let paid: i64 = sums.iter().sum();
        prop_assert_eq!(order.due().amount(), order.total().amount() - rub(paid).amount());
    }
}

#[test]
fn an_order_goes_the_drawn_ways_and_no_others() {
    let mut ways = found(&order(), &events());
    ways.extend(found(&RepairOrder { payer: Payer::Warranty, ..order() }, &events()));
    let away = RepairOrder { custodian: "cell".into(), ..order() };
    ways.extend(found(&away, &events()));
    hold(&ways, DRAWING, &["issued", "cancelled"]);
}

#[test]
fn the_table_of_phases_has_no_way_to_itself_and_none_out_of_the_end() {
    for from in PHASES {
        assert!(!from.may_go(from), "{from:?}");
        for last in [Phase::Issued, Phase::Cancelled] {
            assert!(!last.may_go(from), "{last:?} > {from:?}");
        }
        assert_eq!(from.may_go(Phase::Cancelled), from.is_before_done(), "{from:?}");
    }
}

#[test]
fn a_phase_that_is_not_the_next_one_is_refused_by_name() {
    refused(at_phase(Phase::Intake).go(Phase::Done), "order-phase", "`Done` is not the next phase");
    refused(at_phase(Phase::AwaitApproval).go(Phase::Approved), "order-phase", "`AwaitApproval`");
    refused(at_phase(Phase::InRepair).go(Phase::Unrepairable), "order-phase", "`Unrepairable`");
    refused(at_phase(Phase::InRepair).go(Phase::WaitingParts), "order-phase", "`WaitingParts`");
}

#[test]
fn what_the_client_pays_the_client_agrees_to() {
    let order = with(Payer::Client, None, vec![work(1000)]);
    refused(order.go(Phase::Approved), "approval-missing", "`1000.00`");
    assert!(order.go(Phase::AwaitApproval).is_ok());
}

#[test]
fn what_somebody_else_pays_needs_no_word_of_the_client() {
    for order in [
        with(Payer::Warranty, None, vec![work(1000), part(500)]),
        with(Payer::Agreement, Some(rub(1000)), vec![work(1000)]),
        with(Payer::Client, None, vec![]),
    ] {
        assert!(order.go(Phase::Approved).is_ok(), "{:?}", order.payer);
        refused(order.go(Phase::AwaitApproval), "nothing-to-approve", "expected more than 0");
    }
}

#[test]
fn over_the_limit_of_the_agreement_the_client_is_asked() {
    let order = with(Payer::Agreement, Some(rub(800)), vec![work(1000), part(500)]);
    assert_eq!(order.client_part(), rub(700));
    refused(order.go(Phase::Approved), "approval-missing", "`700.00`");
    assert_eq!(with(Payer::Agreement, None, vec![work(1000), part(500)]).client_part(), rub(500));
}

#[test]
fn a_word_for_another_quote_is_stale() {
    let mut order = at_phase(Phase::Diagnosing);
    take(&mut order, written(vec![work(1000)]));
    take(&mut order, OrderEvent::PhaseChanged { to: Phase::QuoteReady });
    take(&mut order, OrderEvent::PhaseChanged { to: Phase::AwaitApproval });
    take(&mut order, written(vec![work(2000)]));
    let word = |quote, evidence: &str| OrderEvent::QuoteApproved { quote, evidence: evidence.into() };
    refused(order.decide(word(1, "по ссылке")), "stale-version", "`1` was given, the current one is `2`");
    refused(order.decide(word(2, " ")), "reason-missing", "expected why");
    take(&mut order, word(2, "по ссылке"));
    assert_eq!((order.phase, order.approved), (Phase::Approved, Some(2)));
    assert_eq!(order.evidence.as_deref(), Some("по ссылке"));
    refused(order.decide(word(2, "ещё раз")), "order-phase", "quote.approved");
}

#[test]
fn the_same_lines_again_are_the_same_quote() {
    let mut order = at_phase(Phase::Diagnosing);
    take(&mut order, written(vec![work(1000)]));
    take(&mut order, written(vec![work(1000)]));
    assert_eq!((order.quote, order.master), (1, Some(id(1))));
}

#[test]
fn a_new_fault_needs_a_new_quote_before_the_repair_goes_on() {
    let mut order =
        RepairOrder { quote: 1, approved: Some(1), lines: vec![work(10)], ..at_phase(Phase::InRepair) };
    take(&mut order, OrderEvent::PhaseChanged { to: Phase::Diagnosing });
    assert!(order.go(Phase::InRepair).is_ok(), "nothing new was found");
    take(&mut order, written(vec![work(20)]));
    refused(order.go(Phase::InRepair), "quote-changed", "quote `2`");
}

#[test]
fn nobody_waits_for_no_part_and_nobody_repairs_without_one() {
    let mut order = at_phase(Phase::Approved);
    refused(order.go(Phase::WaitingParts), "no-part-needed", "expected one at least");
    take(&mut order, OrderEvent::PartsNeeded { parts: vec!["плата".into(), "реле".into()] });
    refused(order.go(Phase::InRepair), "parts-missing", "`плата, реле`");
    take(&mut order, OrderEvent::PhaseChanged { to: Phase::WaitingParts });
    take(&mut order, OrderEvent::PartReserved { part: "плата".into() });
    refused(order.go(Phase::Ready), "parts-missing", "`реле`");
    refused(order.decide(OrderEvent::PartReserved { part: "плата".into() }), "order-phase", "parts.reserved");
    take(&mut order, OrderEvent::PartReserved { part: "реле".into() });
    take(&mut order, OrderEvent::PhaseChanged { to: Phase::Ready });
    assert!(order.go(Phase::InRepair).is_ok());
}

#[test]
fn another_centre_signs_for_the_unit_and_gives_it_back() {
    let mut order = at_phase(Phase::InRepair);
    let sent =
        |act: &str| OrderEvent::SentToThirdParty { partner: "СЦ Север".into(), act: act.into() };
    refused(order.decide(sent("")), "reason-missing", "expected why");
    take(&mut order, sent("акт 7"));
    assert_eq!((order.phase, order.custodian.as_str()), (Phase::AtThirdParty, "СЦ Север"));
    refused(order.go(Phase::Cancelled), "unit-not-returned", "`СЦ Север`");
    let back = |to| OrderEvent::BackFromThirdParty { to, custodian: "ячейка 3".into() };
    refused(order.decide(back(Phase::Done)), "order-phase", "order.back_tp");
    take(&mut order, back(Phase::Qc));
    assert_eq!((order.phase, order.custodian.as_str()), (Phase::Qc, "ячейка 3"));
}

#[test]
fn a_check_that_fails_is_counted_and_a_passed_one_gives_a_warranty() {
    let mut order = at_phase(Phase::Qc);
    take(&mut order, OrderEvent::PhaseChanged { to: Phase::InRepair });
    take(&mut order, OrderEvent::PhaseChanged { to: Phase::Qc });
    take(&mut order, OrderEvent::PhaseChanged { to: Phase::Done });
    assert_eq!((order.internal_repeats, order.warranty_until), (1, Some(at(30 * 24 * 60))));
}

#[test]
fn a_unit_is_given_back_when_it_is_paid_for_or_may_be_owed() {
    let owed = RepairOrder { lines: vec![work(1000)], paid: rub(400), ..at_phase(Phase::Done) };
    refused(owed.go(Phase::Issued), "order-unpaid", "`600.00`");
    assert!(RepairOrder { debt_allowed: true, ..owed.clone() }.go(Phase::Issued).is_ok());
    let mut paid = RepairOrder { custodian: "ячейка 3".into(), ..owed };
    take(&mut paid, OrderEvent::Paid { sum: rub(600) });
    take(&mut paid, OrderEvent::PhaseChanged { to: Phase::Issued });
    assert_eq!(paid.custodian, point().id.to_string(), "the client has it");
}

#[test]
fn a_unit_is_unclaimed_after_three_notices() {
    let mut order = at_phase(Phase::Done);
    for sent in 0..NOTICES {
        refused(order.go(Phase::Unclaimed), "notices-missing", &format!("`{sent}`"));
        take(&mut order, OrderEvent::NoticeSent);
    }
    take(&mut order, OrderEvent::PhaseChanged { to: Phase::Unclaimed });
    assert!(order.go(Phase::Issued).is_ok(), "they came after all");
}

#[test]
fn a_verdict_needs_an_act_and_strikes_out_the_works() {
    let lines = vec![work(1000), line("диагностика", 500, LineSort::Diagnosis), part(300)];
    let mut order = RepairOrder { lines, ..at_phase(Phase::Diagnosing) };
    refused(
        order.decide(OrderEvent::FoundUnrepairable { act: " ".into() }),
        "reason-missing",
        "expected why",
    );
    take(&mut order, OrderEvent::FoundUnrepairable { act: "акт 9".into() });
    assert_eq!(
        (order.phase, order.total(), order.act.as_deref()),
        (Phase::Unrepairable, rub(500), Some("акт 9"))
    );
    let done = at_phase(Phase::Done).decide(OrderEvent::FoundUnrepairable { act: "акт 9".into() });
    refused(done, "order-phase", "order.unrepairable");
}

#[test]
fn a_unit_must_be_back_before_the_order_is_called_off() {
    let mut order = RepairOrder { custodian: "ячейка 3".into(), ..at_phase(Phase::Accepted) };
    refused(order.go(Phase::Cancelled), "unit-not-returned", "`ячейка 3`");
    let moved = |from: &str| OrderEvent::CustodyMoved { from: from.into(), to: point().id.to_string() };
    refused(order.decide(moved("ячейка 4")), "other-custodian", "`ячейка 3`");
    take(&mut order, moved("ячейка 3"));
    take(&mut order, OrderEvent::PhaseChanged { to: Phase::Cancelled });
    assert_eq!(order.phase, Phase::Cancelled);
}

#[test]
fn sums_that_cannot_be_are_refused() {
    let mut order = RepairOrder { lines: vec![work(100)], ..at_phase(Phase::InRepair) };
    refused(order.decide(OrderEvent::Paid { sum: Money::ZERO }), "wrong-sum", "`0.00`");
    refused(order.decide(OrderEvent::Paid { sum: rub(-5) }), "wrong-sum", "`-5.00`");
    refused(order.decide(OrderEvent::Refunded { sum: rub(1) }), "wrong-sum", "at most `0.00`");
    refused(order.decide(written(vec![work(-7)])), "negative-price", "`-7.00` of `работа`");
    take(&mut order, OrderEvent::Paid { sum: rub(80) });
    take(&mut order, OrderEvent::Refunded { sum: rub(30) });
    assert_eq!((order.paid, order.due()), (rub(50), rub(50)));
}

#[test]
fn every_phase_that_others_wait_for_has_a_name_of_its_own() {
    let named = |to| OrderEvent::PhaseChanged { to }.name();
    for (phase, name) in [
        (Phase::Accepted, "order.accepted"),
        (Phase::AwaitApproval, "quote.sent"),
        (Phase::Declined, "quote.declined"),
        (Phase::Ready, "parts.ready"),
        (Phase::Done, "order.done"),
        (Phase::Unclaimed, "order.unclaimed"),
        (Phase::Issued, "order.issued"),
        (Phase::Cancelled, "order.cancelled"),
        (Phase::Diagnosing, "order.stage"),
    ] {
        assert_eq!(named(phase), name);
    }
}
