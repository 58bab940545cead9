//! The book of lines: every trunk, phone, queue and menu of the house, changed as a whole, so that nothing leads to
//! what is not there.

use crate::{
    calls::{
        call_plan::{CallPlan, HeadStart, InvalidCallPlan},
        menu::{InvalidMenu, Menu, Menus},
    },
    lines::{
        codec::{self, Codec, InvalidCodecs},
        desk_phone::{DeskPhone, InvalidDeskPhone},
        queue::{InvalidQueue, Queue},
        trunk::{InvalidTrunk, Trunk},
    },
    ports::{Entity, Table},
    values::id::{Id, LineBookId, LineBookKind},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What the lines of a house are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    /// Providers' lines.
    #[serde(default)]
    pub trunks: Vec<Trunk>,
    /// Desk phones.
    #[serde(default)]
    pub phones: Vec<DeskPhone>,
    /// Queues of callers; none: one that takes every call.
    #[serde(default)]
    pub queues: Vec<Queue>,
    /// Menus that callers hear.
    #[serde(default)]
    pub menus: Vec<Menu>,
    /// Seconds of waiting that callers are given beforehand, by who they are.
    #[serde(default)]
    pub head_start: HeadStart,
    /// Codecs of trunks and phones that have none of their own, the best first; none: those of the settings.
    #[serde(default)]
    pub codecs: Vec<Codec>,
}

/// The lines as the administrator has written them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineBook {
    /// Identity; a house has one.
    pub id: LineBookId,
    /// Version.
    pub ver: u64,
    /// What stands in it.
    pub lines: Lines,
}

impl Entity for LineBook {
    const TABLE: Table = Table::LineBook;
    type Kind = LineBookKind;
    fn id(&self) -> Id<LineBookKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}

/// Lines by which a call could be lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLines {
    /// A trunk.
    #[error(transparent)]
    Trunk(#[from] InvalidTrunk),
    /// A phone.
    #[error(transparent)]
    Phone(#[from] InvalidDeskPhone),
    /// A queue.
    #[error(transparent)]
    Queue(#[from] InvalidQueue),
    /// The queues together.
    #[error(transparent)]
    Plan(#[from] InvalidCallPlan),
    /// A menu.
    #[error(transparent)]
    Menu(#[from] InvalidMenu),
    /// The codecs of the house.
    #[error(transparent)]
    Codecs(#[from] InvalidCodecs),
    /// A queue whose callers would hear a menu that is not there.
    #[error("the queue `{queue}` begins with the menu `{menu}`, which is not there: expected a known menu")]
    NoMenu {
        /// Which queue.
        queue: String,
        /// Which menu.
        menu: String,
    },
    /// A name that is two things at once for whoever dials by it.
    #[error("`{name}` is a trunk and a group of others: expected different names")]
    GroupName {
        /// Which.
        name: String,
    },
    /// One of our numbers at two providers: nobody could say by which a call came.
    #[error("the number `{did}` stands at the trunks `{first}` and `{second}`: expected one")]
    SameNumber {
        /// Which number.
        did: String,
        /// One.
        first: String,
        /// The other.
        second: String,
    },
}

/// What calls are served by, made of checked lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    /// Which number leads to which queue, and whom it rings.
    pub plan: CallPlan,
    /// What callers hear before the line.
    pub menus: Menus,
}

impl Rules {
    /// Every prompt that a caller may hear by them, each once.
    pub fn prompts(&self) -> BTreeSet<&str> {
        let notices = self.plan.queues.iter().filter_map(|queue| queue.reception.notice.as_deref());
        self.menus.prompts().chain(notices).collect()
    }
}

impl Lines {
    /// The rules of these lines.
    ///
    /// # Errors
    /// The first thing by which a call could be lost, named with its place.
    pub fn rules(&self) -> Result<Rules, InvalidLines> {
        let mut plan = CallPlan { head_start: self.head_start, ..CallPlan::default() };
        if !self.queues.is_empty() {
            plan.queues = self.queues.iter().map(Queue::rule).collect::<Result<_, _>>()?;
        }
        let plan = plan.checked()?;
        let names: Vec<&str> = plan.queues.iter().map(|queue| queue.name.as_str()).collect();
        let menus = Menus::new(self.menus.clone(), &names)?;
        for queue in &plan.queues {
            let heard = queue.reception.menu.iter().chain(&queue.reception.closed);
            if let Some(menu) = heard.into_iter().find(|menu| !menus.knows(menu)) {
                return Err(InvalidLines::NoMenu { queue: queue.name.clone(), menu: menu.clone() });
            }
        }
        Ok(Rules { plan, menus })
    }
    /// Refuses lines by which a call could be lost, and gives their rules.
    ///
    /// # Errors
    /// As [`Lines::rules`], and a trunk or a phone that contradicts itself or another.
    pub fn checked(&self) -> Result<Rules, InvalidLines> {
        codec::check(&self.codecs)?;
        let mut users = BTreeSet::new();
        for phone in &self.phones {
            phone.check()?;
            if !users.insert(&phone.user) {
                return Err(InvalidDeskPhone::Twice { user: phone.user.clone() }.into());
            }
        }
        for (place, trunk) in self.trunks.iter().enumerate() {
            trunk.check()?;
            trunk.check_password()?;
            for other in &self.trunks[..place] {
                if other.name == trunk.name {
                    return Err(InvalidTrunk::Twice { name: trunk.name.clone() }.into());
                }
                if let Some(did) = trunk.dids.iter().find(|did| other.dids.contains(did)) {
                    let (did, first, second) = (did.clone(), other.name.clone(), trunk.name.clone());
                    return Err(InvalidLines::SameNumber { did, first, second });
                }
            }
        }
        let groups: BTreeSet<&str> = self.trunks.iter().filter_map(|trunk| trunk.group.as_deref()).collect();
        let both = |trunk: &&Trunk| {
            groups.contains(trunk.name.as_str()) && trunk.group.as_deref() != Some(trunk.name.as_str())
        };
        if let Some(trunk) = self.trunks.iter().find(both) {
            return Err(InvalidLines::GroupName { name: trunk.name.clone() });
        }
        self.rules()
    }
    /// The trunk that calls go out by, or its group: the first that takes calls out, else the first.
    pub fn way_out(&self) -> Option<&str> {
        let leads_out = self.trunks.iter().find(|trunk| trunk.outbound.is_some());
        let way = leads_out.or(self.trunks.first())?;
        Some(way.group.as_deref().unwrap_or(&way.name))
    }
    /// Our number that is shown to those whom we call: the first there is.
    pub fn own_number(&self) -> Option<&str> {
        self.trunks.iter().flat_map(|trunk| &trunk.dids).map(String::as_str).next()
    }
    /// The same without passwords: for screens and the journal.
    #[must_use]
    pub fn without_secrets(&self) -> Self {
        let mut shown = self.clone();
        shown.trunks.iter_mut().for_each(|trunk| trunk.password = None);
        shown.phones.iter_mut().for_each(|phone| phone.password = None);
        shown
    }
    /// Passwords that were not told anew stay those of the trunk or the phone of the same name. One whose user or
    /// address is another keeps none: a password is not carried to a stranger.
    #[must_use]
    pub fn with_secrets_of(mut self, known: &Self) -> Self {
        for trunk in self.trunks.iter_mut().filter(|trunk| trunk.user.is_some() && trunk.password.is_none()) {
            let same = |old: &&Trunk| {
                (&old.name, &old.user, old.outbound) == (&trunk.name, &trunk.user, trunk.outbound)
            };
            trunk.password = known.trunks.iter().find(same).and_then(|old| old.password.clone());
        }
        for phone in self.phones.iter_mut().filter(|phone| phone.password.is_none()) {
            let old = known.phones.iter().find(|old| old.user == phone.user);
            phone.password = old.and_then(|old| old.password.clone());
        }
        self
    }
}
