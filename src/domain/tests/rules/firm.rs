//! A small firm for tests: one of everything, made the same way each time.

use domain::{
    billing::payment::{Payment, PaymentState, Tender},
    book::{Book, draft::Draft, intake::Intake},
    calls::{
        call::{Call, CallState, Direction},
        callback::{Callback, CallbackState},
        operator::{Device, Operator, Presence},
        recording::Tape,
    },
    clients::{
        agreement::{Agreement, AgreementState, SlaSet, Terms},
        point::ServicePoint,
    },
    equipment::{Custodian, EquipmentUnit},
    refusal::Refusal,
    requests::{
        order::{LineSort, Payer, Phase, PriceLine, RepairOrder},
        request::{Priority, Request, RequestSort, RequestState},
        sla::{Metric, SlaClock},
    },
    values::{
        id::{Id, MasterId, OrderId, RequestId, VisitId},
        money::Money,
        period::Period,
        place::Place,
    },
    visits::visit::{Assignment, Source, Visit, VisitState},
    workforce::master::{Duty, Master, Skill},
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Minutes after Monday, 5 January 2026, 09:00 in Moscow.
pub fn at(minute: i64) -> Timestamp {
    let start: Timestamp = "2026-01-05T06:00:00Z".parse().expect("a timestamp");
    start + SignedDuration::from_mins(minute)
}
pub fn id<K>(number: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(number))
}
pub fn rub(whole: i64) -> Money {
    Money::roubles(whole)
}
pub fn line(name: &str, roubles: i64, kind: LineSort) -> PriceLine {
    PriceLine { name: name.into(), price: rub(roubles), kind, price_list: 1, discount: None }
}
pub fn work(roubles: i64) -> PriceLine {
    line("работа", roubles, LineSort::Work)
}
pub fn part(roubles: i64) -> PriceLine {
    line("деталь", roubles, LineSort::Part)
}
pub fn window(from: i64, to: i64) -> Period {
    Period::new(at(from), at(to)).expect("a window")
}

pub fn call() -> Call {
    Call {
        id: id(1),
        ver: 0,
        state: CallState::Ringing,
        from: "+79161234567".into(),
        did: "+74951234567".into(),
        trunk: "main".into(),
        sip_call_id: "a@b".into(),
        client: Some(id(2)),
        operator: None,
        missed_by: vec![],
        started: at(0),
        answered: None,
        ended: None,
        disposition: None,
        note: String::new(),
        about: None,
        direction: Direction::In,
        queue: String::new(),
        aside: None,
        outside: None,
        muted: false,
        noticed: false,
        recording: None,
        tape: Tape::default(),
    }
}
pub fn callback() -> Callback {
    Callback {
        id: id(1),
        ver: 0,
        state: CallbackState::New,
        phone: "+79161234567".into(),
        client: None,
        call: Some(id(2)),
        since: at(0),
        attempts: 1,
        operator: None,
        tries: 0,
        place: None,
        about: None,
    }
}
pub fn operator() -> Operator {
    Operator {
        id: id(1),
        ver: 1,
        name: "Ольга".into(),
        device: Device::Browser,
        presence: Presence::Offline,
        reason: None,
        since: at(0),
        call: None,
        robot: false,
        skills: vec![],
        supervises: false,
    }
}
pub fn point() -> ServicePoint {
    ServicePoint {
        id: id(20),
        ver: 1,
        client: id(10),
        address: "ул. Ленина, 1".into(),
        place: Place { lat: 55.75, lon: 37.61 },
        zone: "центр".into(),
        drawn: None,
        tz: "Europe/Moscow".into(),
        access: String::new(),
        bindings: vec![],
        visiting: Default::default(),
    }
}
pub fn unit() -> EquipmentUnit {
    EquipmentUnit {
        id: id(30),
        ver: 1,
        client: id(10),
        point: id(20),
        kind: "Кондиционер".into(),
        brand: "Daikin".into(),
        model: "FTXB35C".into(),
        serial: "S-4".into(),
        skill: "hvac".into(),
        level: 2,
        warranty_until: None,
        agreement: None,
        custodian: Custodian::Point(id(20)),
    }
}
pub fn agreement() -> Agreement {
    Agreement {
        id: id(40),
        ver: 0,
        no: "A-12".into(),
        client: id(10),
        state: AgreementState::Draft,
        from: at(-1000),
        until: at(365 * 24 * 60),
        points: vec![id(20)],
        units: vec![id(31)],
        sla: SlaSet { reaction_hours: 2, restore_hours: 24 },
        limit: rub(5000),
        price_list: 3,
        terms: Terms::default(),
    }
}
/// The same agreement, in force.
pub fn active() -> Agreement {
    Agreement { ver: 3, state: AgreementState::Active, ..agreement() }
}
pub fn request() -> Request {
    Request {
        id: id(50),
        ver: 0,
        no: 101,
        state: RequestState::Registered,
        held_from: None,
        kind: RequestSort::Repair,
        priority: Priority::Normal,
        symptom: "не холодит".into(),
        client: id(10),
        point: id(20),
        unit: Some(id(30)),
        agreement: None,
        call: None,
        order: id(51),
        visit: None,
        created: at(0),
        clocks: vec![SlaClock::idle(Metric::Reaction, 2, at(0)), SlaClock::idle(Metric::Restore, 24, at(0))],
        reason: None,
        calendar: None,
        pauses: vec![],
        resolved: None,
        repeats: 0,
        merged_into: None,
        rating: None,
    }
}
pub fn order() -> RepairOrder {
    RepairOrder {
        id: id(51),
        ver: 0,
        no: 102,
        phase: Phase::Intake,
        request: id(50),
        client: id(10),
        point: id(20),
        unit: Some(id(30)),
        payer: Payer::Client,
        agreement: None,
        price_list: 1,
        lines: vec![],
        paid: Money::ZERO,
        custodian: point().id.to_string(),
        part_needs: vec![],
        act_template: None,
        master: None,
        limit: None,
        quote: 0,
        approved: None,
        evidence: None,
        act: None,
        debt_allowed: false,
        internal_repeats: 0,
        notices: 0,
        warranty_until: None,
    }
}
pub fn visit() -> Visit {
    Visit {
        id: id(52),
        ver: 0,
        no: 103,
        state: VisitState::Unplanned,
        request: id(50),
        order: id(51),
        client: id(10),
        point: id(20),
        place: Place { lat: 55.75, lon: 37.61 },
        unit: Some(id(30)),
        window: None,
        minutes: 60,
        skills: vec![("hvac".into(), 2)],
        priority: Priority::Normal,
        masters_needed: 1,
        assignment: None,
        refused_by: vec![],
        pinned: false,
        begun: None,
        ended: None,
        outcome: None,
        note: String::new(),
        part_needs: vec![],
        preceded_by: None,
        wait: None,
        preferred: None,
        earlier_windows: vec![],
        proof: domain::visits::proof::Proof::default(),
        act_template: None,
        own_lines: vec![],
        checklist: None,
    }
}
pub fn proposal(master: u128, from: i64, to: i64) -> Assignment {
    Assignment::proposed(id(master), at(from), at(to), 900, Source::Solver)
}
pub fn master(number: u128) -> Master {
    Master {
        id: id(number),
        ver: 1,
        name: format!("Мастер {number}"),
        phone: None,
        skills: vec![Skill { code: "hvac".into(), level: 3, valid_till: None }],
        shift: window(0, 540),
        home: Place { lat: 55.7, lon: 37.5 },
        vehicle: None,
        duty: Duty::OffShift,
        reason: None,
        current: None,
        cash: Money::ZERO,
        robot: false,
        tracked: false,
        week: None,
        absences: vec![],
        address: String::new(),
        branch: None,
        left: false,
    }
}
pub fn payment(tender: Tender, roubles: i64) -> Payment {
    Payment {
        id: id(60),
        ver: 0,
        order: id(51),
        visit: id(52),
        tender,
        sum: rub(roubles),
        state: PaymentState::Pending,
        custodian: None,
        qr: None,
        at: at(0),
        refunded: Money::ZERO,
    }
}

/// The three ids of the request with this number.
pub fn ids(number: u128) -> (RequestId, OrderId, VisitId) {
    (id(1000 + number), id(2000 + number), id(3000 + number))
}
pub fn intake<'a>(
    number: u128,
    point: &'a ServicePoint,
    unit: Option<&'a EquipmentUnit>,
    agreement: Option<&'a Agreement>,
) -> Intake<'a> {
    Intake {
        point,
        unit,
        agreement,
        kind: RequestSort::Repair,
        symptom: "не холодит".into(),
        priority: Priority::Normal,
        usual: None,
        masters: 1,
        call: None,
        call_out: Money::ZERO,
        ids: ids(number),
    }
}

/// Masters 1 to `masters` on shift, and requests 1 to `requests` without windows.
pub fn book(masters: u128, requests: u128) -> Book {
    let mut book = Book::default();
    for number in 1..=masters {
        let on_shift = Master { duty: Duty::Available, ..master(number) };
        book.masters.insert(on_shift.id, on_shift);
    }
    let (point, unit) = (point(), unit());
    for number in 1..=requests {
        carry(&mut book, 0, |draft| draft.register(&intake(number, &point, Some(&unit), None)));
    }
    book
}
/// Carries out a command that must be taken.
pub fn carry<T>(book: &mut Book, minute: i64, act: impl FnOnce(&mut Draft<'_>) -> Result<T, Refusal>) -> T {
    attempt(book, minute, act).unwrap_or_else(|refusal| panic!("{refusal}"))
}
/// Carries out a command; a refused draft is dropped whole.
pub fn attempt<T>(
    book: &mut Book,
    minute: i64,
    act: impl FnOnce(&mut Draft<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let mut draft = Draft::new(book, at(minute), "test");
    let answer = act(&mut draft)?;
    let (_, kept) = draft.finish();
    book.adopt(kept);
    Ok(answer)
}
/// The visit with the number goes to the master, who says yes.
pub fn accepted(book: &mut Book, number: u128, master: MasterId, start: i64) -> VisitId {
    use domain::visits::visit::VisitEvent;
    let visit = ids(number).2;
    carry(book, 0, |draft| {
        draft.assign(visit, master, at(start), 600, false, None)?;
        draft.on_visit(visit, VisitEvent::Dispatched)?;
        draft.on_visit(visit, VisitEvent::Accepted)
    });
    visit
}
/// The master is at work on the visit.
pub fn working(book: &mut Book, number: u128, master: MasterId, start: i64) -> VisitId {
    let visit = accepted(book, number, master, start);
    carry(book, start - 10, |draft| draft.depart(visit, master));
    carry(book, start, |draft| draft.arrive(visit, master));
    carry(book, start + 2, |draft| draft.begin(visit, master));
    visit
}
