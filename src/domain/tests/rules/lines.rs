//! The book of lines: what is refused, what is kept secret, what calls are served by.

use domain::{
    calls::{
        call_plan::{CallPlan, Need, Wish},
        menu::{Choice, Menu},
    },
    lines::{
        codec::Codec,
        desk_phone::DeskPhone,
        line_book::{InvalidLines, Lines},
        queue::{Hours, Queue},
        trunk::Trunk,
    },
};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

fn trunk(name: &str) -> Trunk {
    serde_json::from_value(json!({
        "name": name, "user": "u", "password": "p", "dids": ["+74950000000"], "outbound": "203.0.113.20:5060"
    }))
    .expect("a trunk")
}
fn phone(user: &str, password: Option<&str>) -> DeskPhone {
    DeskPhone { user: user.into(), password: password.map(Into::into), secure_audio: false, codecs: vec![] }
}
fn menu(name: &str, otherwise: Choice) -> Menu {
    Menu { name: name.into(), prompts: vec![], keys: BTreeMap::new(), otherwise, times: 1 }
}
fn hours(monday: &str) -> Hours {
    let mut week: [String; 7] = Default::default();
    week[0] = monday.into();
    Hours { zone: "Europe/Moscow".into(), week, days_off: vec![], moved_in: vec![] }
}
fn whole() -> Lines {
    let mut kkt = Queue {
        dids: vec!["+74950000000".into()],
        needs: vec![Need { skill: "kkt".into(), level: 2, relax_seconds: Some(60) }],
        strategy: vec![Wish::Owner, Wish::LongestIdle],
        hours: Some(hours("09:00-18:00")),
        ..Queue::open("kkt")
    };
    kkt.reception.menu = Some("main".into());
    Lines {
        trunks: vec![trunk("city")],
        phones: vec![phone("101", Some("long enough"))],
        queues: vec![kkt, Queue::open("all")],
        menus: vec![menu("main", Choice::Queue("kkt".into()))],
        ..Lines::default()
    }
}
fn refused(change: impl FnOnce(&mut Lines)) -> String {
    let mut lines = whole();
    change(&mut lines);
    lines.checked().expect_err("must be refused").to_string()
}

#[test]
fn a_whole_book_becomes_rules() {
    let rules = whole().checked().expect("good lines");
    let open = |at: &str| rules.plan.queues[0].is_open(at.parse().expect("an instant"));
    assert!(open("2026-03-02T09:00:00+03:00") && !open("2026-03-02T08:59:59+03:00"));
    assert_eq!((rules.plan.queue_of("+74950000000"), rules.plan.queue_of("+7")), (0, 1));
    assert!(rules.menus.knows("main"));
    assert_eq!(rules.plan.queues[1].strategy, [Wish::LongestIdle]);
    assert_eq!(Lines::default().checked().expect("no lines").plan, CallPlan::default());
    assert_eq!((whole().way_out(), whole().own_number()), (Some("city"), Some("+74950000000")));
}

#[test]
fn what_would_lose_a_call_is_refused_by_name() {
    let twice = refused(|lines| lines.trunks.push(trunk("city")));
    assert_eq!(twice, "trunk `city` stands twice: expected a name of its own");
    let shared = refused(|lines| lines.trunks.push(trunk("other")));
    assert_eq!(shared, "the number `+74950000000` stands at the trunks `city` and `other`: expected one");
    let group = refused(|lines| {
        lines.trunks.push(Trunk { dids: vec![], group: Some("city".into()), ..trunk("other") });
    });
    assert_eq!(group, "`city` is a trunk and a group of others: expected different names");
    let menu_gone = refused(|lines| lines.menus.clear());
    assert_eq!(
        menu_gone,
        "the queue `kkt` begins with the menu `main`, which is not there: expected a known menu"
    );
    let queue_gone = refused(|lines| {
        lines.queues.remove(0);
    });
    assert!(queue_gone.starts_with("the menu `main` leads to `kkt`, which is not there"), "{queue_gone}");
    let nine = refused(|lines| lines.queues[0].hours = Some(hours("nine")));
    assert_eq!(nine, "the hours of the queue `kkt`: `nine` are no hours: expected `09:00-18:00` or nothing");
    let never = refused(|lines| lines.queues[0].hours = Some(hours("")));
    assert!(never.contains("no day of the week is open"), "{never}");
    let word = refused(|lines| lines.queues[0].dids = vec!["office".into()]);
    assert!(word.contains("`office` is no number"), "{word}");
    let level = refused(|lines| lines.queues[0].needs[0].level = 4);
    assert!(level.contains("of level `4`: expected 1 to 3"), "{level}");
    let wish = refused(|lines| lines.queues[0].strategy = vec![Wish::Owner, Wish::Owner]);
    assert!(wish.contains("`Owner` twice"), "{wish}");
    let nameless = refused(|lines| lines.queues[1].name = " ".into());
    assert_eq!(nameless, "a queue has no name: expected what the wall shows");
}

#[test]
fn a_trunk_or_a_phone_that_contradicts_itself_is_refused_by_the_name_of_its_key() {
    let of = |change: fn(&mut Trunk)| refused(|lines| change(&mut lines.trunks[0]));
    assert!(of(|t| (t.registers, t.outbound) = (true, None)).contains("`registers` without `outbound`"));
    assert!(of(|t| (t.ask_seconds, t.outbound) = (5, None)).contains("`ask_seconds` without `outbound`"));
    assert!(of(|t| (t.registers, t.user) = (true, None)).contains("`registers` without `user`"));
    assert!(of(|t| t.password = None).contains("`user` without `password`"));
    assert!(of(|t| (t.user, t.outbound) = (None, None)).contains("can neither call nor be called"));
    assert!(of(|t| t.money_per_day = Some("100".parse().expect("money"))).contains("without `tariffs`"));
    let tariff = |prefix: &str, price: &str| {
        refused(|lines| {
            lines.trunks[0].tariffs.insert(prefix.into(), price.parse().expect("money"));
        })
    };
    assert!(tariff("+7", "1.5").contains("`tariffs` has `+7`"));
    assert!(tariff("7", "-1").contains("`tariffs` has `-1`"));
    assert!(of(|t| t.name = String::new()).contains("a trunk has no name"));
    let of = |added: DeskPhone| refused(|lines| lines.phones.push(added));
    assert!(of(phone("101", Some("long enough"))).contains("the phone `101` stands twice"));
    assert!(of(phone("кабинет", Some("long enough"))).contains("the phone `кабинет` has no such name"));
    assert!(of(phone("102", Some("short"))).contains("the phone `102` has no password"));
    assert!(of(phone("102", None)).contains("the phone `102` has no password"));
}

#[test]
fn a_password_is_told_to_nobody_and_stays_where_it_was() {
    let shown = whole().without_secrets();
    let text = serde_json::to_string(&shown).expect("text");
    assert!(!text.contains("long enough") && !text.contains("\"p\""), "{text}");
    assert_eq!(shown.with_secrets_of(&whole()), whole());
}

#[test]
fn a_password_is_not_carried_to_a_stranger() {
    let mut moved = whole().without_secrets();
    moved.trunks[0].outbound = Some("198.51.100.1:5060".parse().expect("an address"));
    let moved = moved.with_secrets_of(&whole());
    assert_eq!(moved.trunks[0].password, None);
    assert!(matches!(moved.checked(), Err(InvalidLines::Trunk(_))));
}

#[test]
fn an_unknown_key_is_refused_and_what_is_left_out_has_its_default() {
    let lines: Lines = serde_json::from_value(json!({ "queues": [{ "name": "all" }] })).expect("lines");
    assert_eq!(lines.queues, [Queue::open("all")]);
    let wrong = serde_json::from_value::<Lines>(json!({ "queues": [{ "name": "all", "dds": [] }] }));
    assert!(wrong.expect_err("refused").to_string().contains("`dds`"));
}

proptest! {
    /// Whatever is thrown away, either the book is refused or every number and every key leads to a queue.
    #[test]
    fn no_call_is_lost_by_a_book_that_is_taken(keep in proptest::collection::vec(any::<bool>(), 6), name in "[a-z]{0,3}") {
        let mut lines = whole();
        lines.queues[1].name = name.clone();
        lines.menus.push(menu("night", Choice::Menu("main".into())));
        let drop_at = |keep: bool, at: usize| (!keep).then_some(at);
        if let Some(at) = drop_at(keep[0], 0) { lines.queues.remove(at); }
        if let Some(at) = drop_at(keep[1], 0) { lines.menus.remove(at); }
        if !keep[2] { lines.trunks.clear(); }
        if !keep[3] { lines.queues.iter_mut().for_each(|queue| queue.reception.closed = Some("night".into())); }
        if !keep[4] { lines.queues.iter_mut().for_each(|queue| queue.dids.push("+74951112233".into())); }
        if !keep[5] { lines.menus.iter_mut().for_each(|menu| menu.otherwise = Choice::Status); }
        if let Ok(rules) = lines.checked() {
            for did in ["+74950000000", "+74951112233", "+70000000000"] {
                prop_assert!(rules.plan.queue_of(did) < rules.plan.queues.len());
            }
            for queue in &rules.plan.queues {
                prop_assert!(!queue.name.trim().is_empty() && !queue.strategy.is_empty());
                let heard = queue.reception.menu.iter().chain(&queue.reception.closed);
                for menu in heard { prop_assert!(rules.menus.knows(menu)); }
            }
        }
    }
}

#[test]
fn codecs_are_read_by_name_and_an_order_without_sound_is_refused() {
    let read = |codecs: serde_json::Value| serde_json::from_value::<Lines>(json!({ "codecs": codecs }));
    let lines = read(json!(["opus", "g722", "pcma"])).expect("known names");
    assert_eq!(lines.codecs, [Codec::Opus, Codec::G722, Codec::Pcma]);
    lines.checked().expect("a good order");
    let told = read(json!(["pcma", "g729"])).expect_err("nobody speaks it").to_string();
    assert!(
        told.starts_with("codec `g729` is not spoken: expected `pcma`, `pcmu`, `g722` or `opus`"),
        "{told}"
    );
    let wide = vec![Codec::Opus, Codec::G722];
    let lawless = "`codecs` has `opus`, `g722` alone: expected `pcma` or `pcmu` among them, which every telephone speaks";
    assert_eq!(refused(|lines| lines.codecs = wide.clone()), lawless);
    assert_eq!(refused(|lines| lines.trunks[0].codecs = wide.clone()), format!("trunk `city`: {lawless}"));
    assert_eq!(refused(|lines| lines.phones[0].codecs = wide.clone()), format!("the phone `101`: {lawless}"));
    let twice = refused(|lines| lines.codecs = vec![Codec::Pcmu, Codec::G722, Codec::Pcmu]);
    assert_eq!(twice, "`codecs` has `pcmu` twice: expected each codec once");
}

#[test]
fn a_book_of_before_the_codecs_reads_and_says_nothing_of_them() {
    let mut row = serde_json::to_value(whole()).expect("a row");
    assert!(row.as_object_mut().expect("a book").remove("codecs").is_some());
    for list in ["trunks", "phones"] {
        assert!(row[list][0].as_object_mut().expect("an entry").remove("codecs").is_some());
    }
    let old: Lines = serde_json::from_value(row).expect("an old row");
    assert_eq!(old, whole());
}

proptest! {
    /// An order is taken exactly when it names each codec at most once, and one of G.711 if any.
    #[test]
    fn an_order_of_codecs_is_good_or_told_why(picked in prop::collection::vec(0..4usize, 0..6)) {
        let codecs: Vec<Codec> = picked.iter().map(|at| Codec::ALL[*at]).collect();
        let lines = Lines { codecs: codecs.clone(), ..whole() };
        let distinct = codecs.iter().collect::<std::collections::BTreeSet<_>>().len() == codecs.len();
        let audible = codecs.is_empty() || codecs.iter().any(|codec| codec.is_law());
        prop_assert_eq!(lines.checked().is_ok(), distinct && audible);
        let text = serde_json::to_string(&lines).expect("text");
        prop_assert_eq!(serde_json::from_str::<Lines>(&text).expect("read again"), lines);
    }
}
