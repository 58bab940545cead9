//! Templates of work: what may be written, how versions come into force, and what a visit keeps of them.

use crate::{
    firm::{at, attempt, book, carry, id, ids, visit, work},
    machine::{refused, word},
};
use domain::{
    book::{Book, work::Completion},
    refusal::Refusal,
    requests::request::RequestSort,
    values::id::VisitId,
    visits::{
        checklist::{Checklist, Item, ItemSort, built_in, of_lines},
        proof::Proof,
        visit::{Outcome, Visit, VisitEvent, VisitState},
        work_template::{MOST_EDITIONS, TemplateCard, TemplateEvent, TemplateState, WorkTemplate, for_work},
    },
};
use proptest::prelude::*;

fn item(code: &str, kind: ItemSort) -> Item {
    Item { ru: format!("Пункт {code}"), ..Item::plain(code, kind, true) }
}
fn pressure() -> Item {
    Item { unit: "бар".into(), low: Some(0.5), high: Some(6.0), ..item("pressure", ItemSort::Reading) }
}
fn state_after() -> Item {
    Item { options: vec!["цел".into(), "замят".into()], ..item("case", ItemSort::Choice) }
}
fn card(items: Vec<Item>) -> TemplateCard {
    TemplateCard { name: "ТО кондиционера".into(), items, minutes: Some(50) }
}
fn full() -> TemplateCard {
    card(vec![pressure(), state_after(), item("said", ItemSort::Text), item("after", ItemSort::Photo)])
}
fn step(template: &mut WorkTemplate, event: Result<TemplateEvent, Refusal>) -> Result<(), Refusal> {
    let event = template.decide(event?)?;
    template.apply(&event);
    Ok(())
}
fn written(template: &mut WorkTemplate, card: TemplateCard) -> Result<(), Refusal> {
    step(template, Ok(TemplateEvent::Written { card }))
}
fn published(template: &mut WorkTemplate, minute: i64) -> Result<(), Refusal> {
    let event = template.publish(at(minute), "admin");
    step(template, event)
}
fn of(kind: RequestSort, skill: Option<&str>, number: u128) -> WorkTemplate {
    WorkTemplate::begun(id(number), kind, skill.map(str::to_owned)).expect("a code")
}
fn in_force(kind: RequestSort, skill: Option<&str>, number: u128, card: TemplateCard) -> WorkTemplate {
    let mut template = of(kind, skill, number);
    written(&mut template, card).expect("a card");
    published(&mut template, 0).expect("published");
    template
}

#[test]
fn a_card_that_nobody_could_fill_in_is_refused_and_says_why() {
    let with = |change: fn(&mut Item)| {
        let mut one = pressure();
        change(&mut one);
        card(vec![one])
    };
    let cases: Vec<(TemplateCard, &str, &str)> = vec![
        (TemplateCard { name: "  ".into(), ..full() }, "template-name", "0 characters"),
        (TemplateCard { name: "я".repeat(61), ..full() }, "template-name", "61 characters"),
        (card(vec![]), "template-items", "`0` items"),
        (card((0..41).map(|n| item(&format!("c{n}"), ItemSort::Tick)).collect()), "template-items", "`41`"),
        (TemplateCard { minutes: Some(4), ..full() }, "template-minutes", "`4`"),
        (card(vec![pressure(), pressure()]), "item-twice", "`pressure`"),
        (with(|it| it.code = "Фото".into()), "item-code", "`Фото`"),
        (with(|it| it.code = "line-1".into()), "item-code", "`line-1`"),
        (with(|it| it.ru = " ".into()), "item-words", "0 characters"),
        (with(|it| it.ru = "я".repeat(121)), "item-words", "121"),
        (with(|it| it.en = "y".repeat(121)), "item-words", "121"),
        (with(|it| it.unit = "u".repeat(13)), "item-unit", "13"),
        (with(|it| it.high = Some(0.5)), "item-limits", "`0.5`…`0.5`"),
        (with(|it| it.high = Some(f64::INFINITY)), "item-limits", "no numbers"),
        (with(|it| it.kind = ItemSort::Tick), "item-limits", "is no number"),
        (
            card(vec![Item { options: vec!["да".into()], ..state_after() }]),
            "item-options",
            "expected 2 to 12",
        ),
        (
            card(vec![Item { options: vec!["да".into(), " да ".into()], ..state_after() }]),
            "item-options",
            "`1`",
        ),
        (card(vec![Item { options: vec!["да".into(), " ".into()], ..state_after() }]), "item-options", "0"),
        (with(|it| it.options = vec!["а".into(), "б".into()]), "item-options", "is no choice"),
    ];
    for (wrong, code, names) in cases {
        refused(wrong.checked(), code, names);
    }
    let tidy = TemplateCard { name: "  ТО   зимой ".into(), ..full() }.checked().expect("a card");
    assert_eq!((tidy.name.as_str(), tidy.items.len()), ("ТО зимой", 4));
}

#[test]
fn a_draft_is_in_force_once_it_is_published_and_a_former_version_comes_back_under_a_new_number() {
    let mut template = of(RequestSort::Maintenance, None, 1);
    let odd = WorkTemplate::begun(id(2), RequestSort::Repair, Some("Холод".into()));
    refused(odd, "skill-code", "`Холод`");
    refused(published(&mut template, 0), "template-draft", "nothing is written");
    refused(step(&mut template, Ok(TemplateEvent::Retired)), "template-state", "no version is in force");
    written(&mut template, full()).expect("written");
    assert_eq!((word(&template.state).as_str(), template.in_force()), ("draft", None));
    published(&mut template, 5).expect("published");
    assert_eq!(template.in_force().map(|it| (it.version, it.by.as_str())), Some((1, "admin")));
    refused(published(&mut template, 6), "template-draft", "nothing is written");
    written(&mut template, full()).expect("the same again");
    refused(published(&mut template, 6), "template-same", "in force already");
    written(&mut template, card(vec![pressure()])).expect("another");
    assert_eq!(template.in_force().map(|it| it.version), Some(1), "a draft changes nothing");
    published(&mut template, 7).expect("published");
    let back = template.restore(1, at(8), "admin");
    step(&mut template, back).expect("restored");
    assert_eq!(template.in_force().map(|it| (it.version, it.card == full())), Some((3, true)));
    refused(template.restore(9, at(9), "admin"), "unknown-template-version", "`9`");
    step(&mut template, Ok(TemplateEvent::Retired)).expect("retired");
    assert_eq!((template.state, template.given()), (TemplateState::Retired, None));
    refused(step(&mut template, Ok(TemplateEvent::Retired)), "template-state", "no version is in force");
    let back = template.restore(3, at(10), "admin");
    step(&mut template, back).expect("again in force");
    assert_eq!(template.in_force().map(|it| it.version), Some(4));
    refused(step(&mut template, Ok(TemplateEvent::Discarded)), "template-draft", "nothing is written");
}

#[test]
fn equipment_with_a_template_of_its_own_has_that_one() {
    let all = [
        in_force(RequestSort::Maintenance, None, 1, full()),
        in_force(RequestSort::Maintenance, Some("hvac"), 2, full()),
        in_force(RequestSort::Repair, Some("hvac"), 3, full()),
        of(RequestSort::Kkt, None, 4),
    ];
    let found = |kind, skill| for_work(&all, kind, skill).map(|it| it.id);
    assert_eq!(found(RequestSort::Maintenance, Some("hvac")), Some(id(2)));
    assert_eq!(found(RequestSort::Maintenance, Some("fridge")), Some(id(1)));
    assert_eq!(found(RequestSort::Maintenance, None), Some(id(1)));
    assert_eq!(found(RequestSort::Repair, Some("fridge")), None);
    assert_eq!(found(RequestSort::Kkt, None), None, "a draft is not in force");
}

#[test]
fn an_answer_out_of_limits_says_the_limits() {
    let list = [pressure(), state_after(), item("said", ItemSort::Text)];
    for (code, answer, refusal, names) in [
        ("pressure", "0.49", "out-of-limits", "from 0.5 to 6 бар"),
        ("pressure", "6.01", "out-of-limits", "from 0.5 to 6 бар"),
        ("pressure", "inf", "wrong-answer", "a number"),
        ("case", "цела", "wrong-answer", "one of `цел`, `замят`"),
        ("said", "  ", "wrong-answer", "1 to 500"),
        ("said", &"я".repeat(501), "wrong-answer", "1 to 500"),
    ] {
        refused(Proof::fits(&list, code, answer), refusal, names);
    }
    for (code, answer) in [("pressure", "0.5"), ("pressure", "6"), ("case", "цел"), ("said", "ок")] {
        Proof::fits(&list, code, answer).expect(code);
    }
}

/// The first request's visit, offered with a checklist and at work.
fn at_work(checklist: Option<Checklist>) -> (Book, VisitId) {
    let mut book = book(1, 1);
    let (master, visit) = (id(1), ids(1).2);
    carry(&mut book, 0, |draft| {
        draft.assign(visit, master, at(60), 600, false, None)?;
        draft.dispatch(visit, checklist)?;
        draft.on_visit(visit, VisitEvent::Accepted)
    });
    carry(&mut book, 50, |draft| draft.depart(visit, master));
    carry(&mut book, 60, |draft| draft.arrive(visit, master));
    carry(&mut book, 62, |draft| draft.begin(visit, master));
    (book, visit)
}
fn done(outcome: Outcome) -> Completion {
    Completion { lines: vec![work(900)], outcome, note: String::new(), next_visit: id(77), wait: None }
}

#[test]
fn work_does_not_end_without_what_must_be_there_unless_it_ends_without_a_result() {
    let sheet = in_force(RequestSort::Repair, None, 1, full()).given();
    let (mut book, visit) = at_work(sheet.clone());
    let short = attempt(&mut book, 90, |draft| draft.complete(visit, id(1), done(Outcome::Fixed)));
    refused(
        short.map(|_| ()),
        "checklist-short",
        "`Пункт pressure`, `Пункт case`, `Пункт said`, `Пункт after` of",
    );
    assert_eq!(book.visits[&visit].state, VisitState::Working, "nothing is changed");
    let mut unlucky = book.clone();
    carry(&mut unlucky, 90, |draft| draft.complete(visit, id(1), done(Outcome::NeedPart)));
    assert_eq!(unlucky.visits[&visit].state, VisitState::Incomplete);
    assert_eq!(unlucky.visits[&id(77)].checklist, None, "the next visit is sent out anew");
    carry(&mut book, 91, |draft| {
        for (item, answer) in [("pressure", "2.5"), ("case", "цел"), ("said", "промыл")] {
            draft.on_visit(visit, VisitEvent::Checked { item: item.into(), answer: answer.into() })?;
        }
        draft.on_visit(visit, VisitEvent::Photographed { photo: crate::proofs::photo(1) })
    });
    carry(&mut book, 92, |draft| draft.complete(visit, id(1), done(Outcome::Fixed)));
    assert_eq!(book.visits[&visit].state, VisitState::Completed);
}

#[test]
fn the_built_in_list_reminds_and_holds_nobody() {
    let (mut book, visit) = at_work(None);
    assert_eq!(book.visits[&visit].asks(RequestSort::Repair), built_in(RequestSort::Repair));
    carry(&mut book, 90, |draft| draft.complete(visit, id(1), done(Outcome::Fixed)));
    assert_eq!(book.visits[&visit].state, VisitState::Completed);
}

#[test]
fn a_visit_is_sent_out_with_what_is_in_force_and_keeps_it_until_it_is_sent_out_anew() {
    let mut template = in_force(RequestSort::Repair, None, 1, full());
    let (mut book, number) = at_work(template.given());
    written(&mut template, card(vec![pressure()])).expect("written");
    published(&mut template, 70).expect("published");
    assert_eq!(book.visits[&number].checklist.as_ref().map(|it| (it.version, it.items.len())), Some((1, 4)));
    let given = VisitEvent::ChecklistGiven { checklist: template.given().map(Box::new) };
    let late = attempt(&mut book, 71, |draft| draft.on_visit(number, given.clone()));
    refused(late, "visit-state", "visit.checklist_given");
    let mut book = self::book(1, 1);
    let before = in_force(RequestSort::Repair, None, 1, full()).given();
    carry(&mut book, 0, |draft| {
        draft.assign(number, id(1), at(60), 600, false, None)?;
        draft.dispatch(number, before)?;
        draft.on_visit(number, VisitEvent::Declined { reason: "далеко".into() })?;
        draft.assign(number, id(1), at(60), 600, false, None)?;
        draft.dispatch(number, template.given())
    });
    assert_eq!(book.visits[&number].checklist.as_ref().map(|it| it.version), Some(2), "nobody had begun");
}

#[test]
fn the_lines_of_a_schedule_stand_after_what_is_asked_for() {
    let lines = vec!["Промыть фильтры".to_owned(), "Дренаж".to_owned()];
    let mut one = Visit { own_lines: lines.clone(), ..visit() };
    let codes = |visit: &Visit| -> Vec<String> {
        visit.asks(RequestSort::Maintenance).into_iter().map(|it| it.code).collect()
    };
    assert_eq!(codes(&one), ["safe", "cleaned", "counter", "after", "line-1", "line-2"]);
    one.checklist = in_force(RequestSort::Maintenance, None, 1, card(vec![pressure()])).given();
    assert_eq!(codes(&one), ["pressure", "line-1", "line-2"]);
    assert_eq!(of_lines(&lines)[1].words(), "Дренаж");
    let kept = serde_json::to_value(&one).expect("a row");
    assert_eq!(serde_json::from_value::<Visit>(kept).expect("reads"), one);
}

fn any_item() -> impl Strategy<Value = Item> {
    let kinds = prop_oneof![
        Just(ItemSort::Tick),
        Just(ItemSort::Reading),
        Just(ItemSort::Photo),
        Just(ItemSort::Text),
        Just(ItemSort::Choice)
    ];
    (
        "[a-z_]{1,6}",
        "[ а-я]{0,9}",
        kinds,
        any::<bool>(),
        prop::option::of(-9.0f64..9.0),
        prop::option::of(-9.0f64..9.0),
    )
        .prop_map(|(code, ru, kind, must, low, high)| Item {
            ru,
            options: if kind == ItemSort::Choice { vec!["а".into(), "б".into()] } else { vec![] },
            low: low.filter(|_| kind == ItemSort::Reading),
            high: high.filter(|_| kind == ItemSort::Reading),
            ..Item::plain(&code, kind, must)
        })
}

proptest! {
    /// Whatever is written, what is taken can be filled in: each item has an answer that fits, and with one to each
    /// that must be there nothing is missing.
    #[test]
    fn what_is_taken_can_be_filled_in(items in prop::collection::vec(any_item(), 0..45), minutes in prop::option::of(0u16..700)) {
        let Ok(card) = (TemplateCard { name: "ТО".into(), items, minutes }).checked() else { return Ok(()) };
        let again = card.clone().checked();
        prop_assert_eq!(again.as_ref(), Ok(&card), "what is checked stays as it is");
        let mut proof = Proof::default();
        for item in card.items.iter().filter(|item| item.must) {
            let answer = match item.kind {
                ItemSort::Tick => "no".to_owned(),
                ItemSort::Reading => item.low.or(item.high).unwrap_or(0.0).to_string(),
                ItemSort::Text => "слово".to_owned(),
                ItemSort::Choice => item.options[0].clone(),
                ItemSort::Photo => {
                    let blob = crate::proofs::blob(1);
                    proof.photos.push(domain::visits::proof::Photo { about: item.code.clone(), blob });
                    continue;
                }
            };
            prop_assert_eq!(Proof::fits(&card.items, &item.code, &answer), Ok(()));
            proof.checks.insert(item.code.clone(), answer);
        }
        prop_assert_eq!(proof.missing(&card.items), Vec::<String>::new());
    }

    /// Numbers of versions only grow, what is in force is what was published last, each step is a version of the row, and
    /// the events alone give the same template again.
    #[test]
    fn versions_only_grow(steps in prop::collection::vec((0u8..5, 1u8..6), 0..60)) {
        let mut template = of(RequestSort::Repair, None, 1);
        let (mut said, mut newest) = (Vec::new(), 0);
        for (minute, (kind, number)) in steps.into_iter().enumerate() {
            let minute = at(minute as i64);
            let event = match kind {
                0 => Ok(TemplateEvent::Written { card: card((0..number).map(|n| item(&format!("c{n}"), ItemSort::Tick)).collect()) }),
                1 => template.publish(minute, "admin"),
                2 => template.restore(u32::from(number), minute, "admin"),
                3 => Ok(TemplateEvent::Retired),
                _ => Ok(TemplateEvent::Discarded),
            };
            let Ok(event) = event.and_then(|event| template.decide(event)) else { continue };
            let before = template.ver;
            template.apply(&event);
            prop_assert_eq!(template.ver, before + 1);
            if let TemplateEvent::Published { edition } | TemplateEvent::Restored { edition, .. } = &event {
                prop_assert_eq!(edition.version, newest + 1);
                newest = edition.version;
                prop_assert_eq!(template.in_force(), Some(edition));
            }
            if event == TemplateEvent::Retired {
                prop_assert_eq!(template.given(), None);
            }
            prop_assert!(template.editions.len() <= MOST_EDITIONS);
            said.push(event);
        }
        let mut again = of(RequestSort::Repair, None, 1);
        for event in &said {
            let told = serde_json::to_value(event).expect("a fact");
            again.apply(&serde_json::from_value(told).expect("reads"));
        }
        prop_assert_eq!(again, template);
    }
}
