//! What a caller hears before the line: the notice first, then the menu, and never a way to nowhere.

use domain::calls::menu::{Choice, InvalidMenu, Menu, Menus, Reception, Turn, Walk};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn menu(name: &str, keys: &[(char, Choice)], otherwise: Choice) -> Menu {
    let keys: BTreeMap<char, Choice> = keys.iter().cloned().collect();
    Menu { name: name.into(), prompts: vec![format!("{name}.wav")], keys, otherwise, times: 2 }
}
fn queue(name: &str) -> Choice {
    Choice::Queue(name.into())
}
fn menus() -> Menus {
    let main = menu(
        "main",
        &[
            ('1', queue("kkt")),
            ('2', Choice::Status),
            ('3', Choice::Menu("more".into())),
            ('9', Choice::CallBack),
        ],
        queue(""),
    );
    let more = menu("more", &[('0', Choice::Menu("main".into()))], Choice::Menu("main".into()));
    let closed = menu("closed", &[('1', Choice::Voicemail)], Choice::Goodbye);
    Menus::new(vec![main, more, closed], &["kkt"]).expect("nobody is lost in it")
}
fn reception() -> Reception {
    Reception { notice: Some("notice.wav".into()), menu: Some("main".into()), closed: Some("closed".into()) }
}
fn play(name: &str) -> Turn {
    Turn::Play(vec![format!("{name}.wav")])
}

#[test]
fn the_notice_is_heard_to_its_end_before_anything_else() {
    let (menus, mut walk) = (menus(), Walk::new(reception(), true));
    assert_eq!(walk.begin(&menus), [play("notice")]);
    assert_eq!(walk.key('1', &menus), [Turn::Wait], "nobody talks the notice away");
    assert_eq!(walk.silence(&menus), [Turn::Wait]);
    assert_eq!(walk.played(&menus), [Turn::Noticed, play("main")]);
    assert_eq!(walk.key('1', &menus), [Turn::Join("kkt".into())]);
    assert_eq!(walk.key('2', &menus), [Turn::Wait], "the caller is through");
}

#[test]
fn who_presses_nothing_or_a_wrong_key_hears_it_again_and_then_goes_on() {
    let (menus, mut walk) = (menus(), Walk::new(Reception { notice: None, ..reception() }, true));
    assert_eq!(walk.begin(&menus), [play("main")]);
    assert_eq!(walk.key('7', &menus), [play("main")]);
    assert_eq!(walk.silence(&menus), [Turn::Join(String::new())]);
}

#[test]
fn a_status_is_told_as_often_as_it_is_asked_and_the_menu_comes_again() {
    let (menus, mut walk) = (menus(), Walk::new(Reception { notice: None, ..reception() }, true));
    walk.begin(&menus);
    for _ in 0..5 {
        assert_eq!(walk.key('2', &menus), [Turn::Status]);
        assert_eq!(walk.told(&menus), [play("main")]);
    }
    assert_eq!(walk.key('9', &menus), [Turn::CallBack]);
}

#[test]
fn after_hours_another_menu_is_heard() {
    let (menus, mut walk) = (menus(), Walk::new(reception(), false));
    walk.begin(&menus);
    assert_eq!(walk.played(&menus), [Turn::Noticed, play("closed")]);
    assert_eq!(walk.key('1', &menus), [Turn::Voicemail]);
    let mut silent = Walk::new(Reception { notice: None, ..reception() }, false);
    silent.begin(&menus);
    assert_eq!((silent.silence(&menus), silent.silence(&menus)), (vec![play("closed")], vec![Turn::Goodbye]));
}

#[test]
fn without_anything_to_hear_the_caller_stands_in_the_line_at_once() {
    let (menus, mut walk) = (menus(), Walk::new(Reception::default(), true));
    assert!(!walk.is_needed());
    assert_eq!(walk.begin(&menus), [Turn::Join(String::new())]);
}

#[test]
fn menus_in_which_a_caller_could_be_lost_are_refused() {
    let refused = |menus: Vec<Menu>| Menus::new(menus, &["kkt"]).expect_err("a caller could be lost");
    let a = menu("a", &[], queue(""));
    assert_eq!(refused(vec![a.clone(), a]), InvalidMenu::SameName { name: "a".into() });
    let key = refused(vec![menu("a", &[('x', queue(""))], queue(""))]);
    assert_eq!(key.to_string(), "the key `x` of the menu `a` is not on a telephone: expected 0 to 9, * or #");
    let nowhere = refused(vec![menu("a", &[('1', queue("vip"))], queue(""))]);
    assert_eq!(nowhere, InvalidMenu::Nowhere { name: "a".into(), to: "vip".into() });
    let gone = refused(vec![menu("a", &[], Choice::Menu("b".into()))]);
    assert_eq!(gone, InvalidMenu::Nowhere { name: "a".into(), to: "b".into() });
    let round = vec![menu("a", &[], Choice::Menu("b".into())), menu("b", &[], Choice::Menu("a".into()))];
    assert_eq!(refused(round), InvalidMenu::Endless { name: "a".into() });
    let told = refused(vec![menu("a", &[], Choice::Status)]);
    assert_eq!(told, InvalidMenu::Endless { name: "a".into() });
}

proptest! {
    #[test]
    fn whoever_is_silent_long_enough_comes_through_from_wherever_they_are(
        keys in prop::collection::vec(prop::sample::select(vec!['1', '2', '3', '0', '7', '9', '#']), 0..20),
        open in any::<bool>(),
    ) {
        let (menus, mut walk) = (menus(), Walk::new(reception(), open));
        walk.begin(&menus);
        walk.played(&menus);
        let mut through = 0;
        for key in keys {
            for turn in walk.key(key, &menus) {
                through += usize::from(!matches!(turn, Turn::Play(_) | Turn::Status | Turn::Wait | Turn::Noticed));
                if turn == Turn::Status { walk.told(&menus); }
            }
        }
        for _ in 0..10 {
            for turn in walk.silence(&menus) {
                through += usize::from(!matches!(turn, Turn::Play(_) | Turn::Wait));
            }
        }
        prop_assert_eq!(through, 1, "a caller comes through once");
    }
}
