//! What a caller hears before the line: the notice of recording, the greeting, the menu; after hours another menu.
//!
//! Menus are data. The walk through them is pure: it is told of keys, of ended prompts and of silence, and says what to
//! play or where the caller goes.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where a key leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Into a queue, by name; an empty name is the queue of the dialled number.
    Queue(String),
    /// Into another menu.
    Menu(String),
    /// "Where is my master, is my repair ready" is answered; then the menu is heard again.
    Status,
    /// The caller is called back and keeps the place.
    CallBack,
    /// The caller leaves a message.
    Voicemail,
    /// A farewell; the caller is called back by a task all the same.
    Goodbye,
}

/// One menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Menu {
    /// Its name.
    pub name: String,
    /// What is played, by the names of prompts.
    pub prompts: Vec<String>,
    /// What each key does.
    #[serde(default)]
    pub keys: BTreeMap<char, Choice>,
    /// Where the caller goes who presses nothing, or a wrong key too often.
    pub otherwise: Choice,
    /// How many times it is played.
    #[serde(default = "Menu::twice")]
    pub times: u8,
}

impl Menu {
    const fn twice() -> u8 {
        2
    }
}

/// What callers of a queue hear first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reception {
    /// "This call is recorded": played to its end before anything else; without it nothing is recorded.
    #[serde(default)]
    pub notice: Option<String>,
    /// The menu in business hours; `None`: straight into the line.
    #[serde(default)]
    pub menu: Option<String>,
    /// The menu at all other hours; `None`: into the line as well.
    #[serde(default)]
    pub closed: Option<String>,
}

/// All menus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Menus(Vec<Menu>);

/// A menu that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMenu {
    /// Two menus of one name.
    #[error("the menu `{name}` stands twice: expected a name of its own")]
    SameName {
        /// The name.
        name: String,
    },
    /// A key that is not on a telephone.
    #[error("the key `{key}` of the menu `{name}` is not on a telephone: expected 0 to 9, * or #")]
    NoKey {
        /// The menu.
        name: String,
        /// The key.
        key: char,
    },
    /// A menu or a queue that is not there.
    #[error("the menu `{name}` leads to `{to}`, which is not there: expected a known menu or queue")]
    Nowhere {
        /// The menu.
        name: String,
        /// Where to.
        to: String,
    },
    /// Whoever presses nothing would go round for ever.
    #[error("whoever presses nothing in the menu `{name}` never leaves it: expected a way out")]
    Endless {
        /// The menu.
        name: String,
    },
}

impl Menus {
    /// Refuses menus in which a caller could be lost.
    ///
    /// # Errors
    /// Two of one name, a key that no telephone has, a way to nowhere, or silence that never ends.
    pub fn new(menus: Vec<Menu>, queues: &[&str]) -> Result<Self, InvalidMenu> {
        let all = Self(menus);
        let mut names = BTreeSet::new();
        for menu in &all.0 {
            let name = menu.name.clone();
            if !names.insert(name.clone()) {
                return Err(InvalidMenu::SameName { name });
            }
            if let Some(key) = menu.keys.keys().find(|key| !"0123456789*#".contains(**key)) {
                return Err(InvalidMenu::NoKey { name, key: *key });
            }
            for choice in menu.keys.values().chain([&menu.otherwise]) {
                let missing = match choice {
                    Choice::Menu(to) => all.get(to).is_none().then_some(to),
                    Choice::Queue(to) => (!to.is_empty() && !queues.contains(&to.as_str())).then_some(to),
                    _ => None,
                };
                if let Some(to) = missing {
                    return Err(InvalidMenu::Nowhere { name, to: to.clone() });
                }
            }
            if !all.silence_ends(menu) {
                return Err(InvalidMenu::Endless { name });
            }
        }
        Ok(all)
    }
    fn get(&self, name: &str) -> Option<&Menu> {
        self.0.iter().find(|menu| menu.name == name)
    }
    /// The prompts that are played, by name.
    pub fn prompts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|menu| &menu.prompts).map(String::as_str)
    }
    /// Is there such a menu?
    pub fn knows(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
    fn silence_ends(&self, from: &Menu) -> bool {
        let (mut now, mut seen) = (from, BTreeSet::new());
        loop {
            if !seen.insert(now.name.as_str()) {
                return false;
            }
            match &now.otherwise {
                Choice::Menu(to) => match self.get(to) {
                    Some(next) => now = next,
                    None => return false,
                },
                // The status is told and the same menu is heard again.
                Choice::Status => return false,
                _ => return true,
            }
        }
    }
}

/// What happens to the caller next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// These prompts are played one after the other.
    Play(Vec<String>),
    /// The notice was heard to its end: from now on the call may be recorded.
    Noticed,
    /// Into the line.
    Join(String),
    /// The state of the caller's work is told.
    Status,
    /// The place is kept, the caller is called back.
    CallBack,
    /// A message is recorded.
    Voicemail,
    /// Farewell.
    Goodbye,
    /// Nothing for the moment.
    Wait,
}

/// Where the caller stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stop {
    Notice,
    Menu(String),
    Through,
}

/// A caller's way through the menus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    reception: Reception,
    open: bool,
    stop: Stop,
    played: u8,
}

impl Walk {
    /// A caller of a queue that is open, or not.
    pub fn new(reception: Reception, open: bool) -> Self {
        Self { reception, open, stop: Stop::Notice, played: 0 }
    }
    /// Is there anything to be heard before the line?
    pub fn is_needed(&self) -> bool {
        self.reception.notice.is_some() || self.first_menu().is_some()
    }
    /// Is a key awaited?
    pub fn listens(&self) -> bool {
        matches!(self.stop, Stop::Menu(_))
    }
    fn first_menu(&self) -> Option<&String> {
        if self.open { self.reception.menu.as_ref() } else { self.reception.closed.as_ref() }
    }
    /// The caller is on the line.
    pub fn begin(&mut self, menus: &Menus) -> Vec<Turn> {
        match self.reception.notice.clone() {
            Some(notice) => vec![Turn::Play(vec![notice])],
            None => self.after_notice(menus),
        }
    }
    fn after_notice(&mut self, menus: &Menus) -> Vec<Turn> {
        match self.first_menu().cloned() {
            Some(name) => self.enter(&name, menus),
            None => self.go(Choice::Queue(String::new()), menus),
        }
    }
    fn enter(&mut self, name: &str, menus: &Menus) -> Vec<Turn> {
        let Some(menu) = menus.get(name) else { return self.go(Choice::Queue(String::new()), menus) };
        (self.stop, self.played) = (Stop::Menu(menu.name.clone()), 1);
        vec![Turn::Play(menu.prompts.clone())]
    }
    fn go(&mut self, choice: Choice, menus: &Menus) -> Vec<Turn> {
        let turn = match choice {
            Choice::Menu(name) => return self.enter(&name, menus),
            Choice::Status => return vec![Turn::Status],
            Choice::Queue(name) => Turn::Join(name),
            Choice::CallBack => Turn::CallBack,
            Choice::Voicemail => Turn::Voicemail,
            Choice::Goodbye => Turn::Goodbye,
        };
        self.stop = Stop::Through;
        vec![turn]
    }
    /// The caller pressed a key. Nobody talks the notice away.
    pub fn key(&mut self, key: char, menus: &Menus) -> Vec<Turn> {
        let Stop::Menu(name) = &self.stop else { return vec![Turn::Wait] };
        let Some(menu) = menus.get(name) else { return vec![Turn::Wait] };
        match menu.keys.get(&key).cloned() {
            Some(choice) => self.go(choice, menus),
            None => self.again(menus),
        }
    }
    /// The prompts were played to their end.
    pub fn played(&mut self, menus: &Menus) -> Vec<Turn> {
        if self.stop != Stop::Notice {
            return vec![Turn::Wait];
        }
        let mut turns = vec![Turn::Noticed];
        turns.extend(self.after_notice(menus));
        turns
    }
    /// No key came in time.
    pub fn silence(&mut self, menus: &Menus) -> Vec<Turn> {
        if self.listens() { self.again(menus) } else { vec![Turn::Wait] }
    }
    /// The status was told: the menu is heard again, as if for the first time.
    pub fn told(&mut self, menus: &Menus) -> Vec<Turn> {
        match self.stop.clone() {
            Stop::Menu(name) => self.enter(&name, menus),
            _ => vec![Turn::Wait],
        }
    }
    fn again(&mut self, menus: &Menus) -> Vec<Turn> {
        let Stop::Menu(name) = &self.stop else { return vec![Turn::Wait] };
        let Some(menu) = menus.get(name) else { return vec![Turn::Wait] };
        if self.played < menu.times {
            self.played += 1;
            return vec![Turn::Play(menu.prompts.clone())];
        }
        self.go(menu.otherwise.clone(), menus)
    }
}
