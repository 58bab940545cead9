//! A campaign: clients whom the house rings one after another, each only with their consent and only when an operator is
//! free for the talk. The operator's line rings first: nobody who answers hears silence (F-227).
//!
//! Progressive, never predictive: no more numbers are rung than operators wait for them. Each attempt is a
//! [`Callback`](super::callback::Callback) of its own behind every caller who waits; the campaign counts what came of it.

use crate::{
    ports::{Entity, Table},
    refusal::Refusal,
    values::{
        calendar::OpenHours,
        id::{CampaignId, CampaignKind, ClientId, Id},
    },
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// How many times a client who does not answer is rung.
pub const MOST_TRIES: u32 = 3;
/// How long to wait after the first try; every further wait is twice as long.
pub const FIRST_WAIT: SignedDuration = SignedDuration::from_hours(1);
/// Seconds of waiting that are taken from an attempt: callers who wait come first, whenever they came.
pub const BEHIND_SECONDS: i64 = 7 * 86_400;
/// Clients of one campaign.
pub const MOST_CLIENTS: usize = 5_000;
/// A client's evening and morning are left alone, whatever the campaign says: the hours of the day in which even those
/// who collect debts may ring (230-ФЗ, art. 7).
pub const QUIET: (i8, i8) = (8, 22);

/// Whom a campaign rings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Whom {
    /// Every client.
    Everybody,
    /// Clients with an agreement that ends soon.
    AgreementEnds {
        /// Within so many days.
        days: u16,
    },
    /// Clients with a unit whose warranty ends soon.
    WarrantyEnds {
        /// Within so many days.
        days: u16,
    },
    /// These.
    Clients {
        /// Who.
        clients: Vec<ClientId>,
    },
}

/// Life of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// Clients are rung in its hours.
    Running,
    /// Nobody new is rung.
    Paused,
    /// Everybody was rung, or it was stopped.
    Over,
}

/// A client who is still to be rung.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// Who.
    pub client: ClientId,
    /// How many times they did not answer.
    #[serde(default)]
    pub tries: u32,
    /// Not before this.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
}

/// Clients by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Count {
    /// All.
    pub total: u32,
    /// Talked with an operator, or rang us themselves meanwhile.
    pub reached: u32,
    /// Did not answer any of the tries.
    pub unreached: u32,
    /// Were not rung: no consent, or no number.
    pub barred: u32,
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    /// Identity.
    pub id: CampaignId,
    /// Version.
    pub ver: u64,
    /// What people call it.
    pub name: String,
    /// What the operator is to say.
    pub words: String,
    /// Whose operators ring, by the name of the queue.
    pub queue: String,
    /// The hours of a day, by the house's clock.
    pub hours: OpenHours,
    /// Life.
    pub state: CampaignState,
    /// Who is still to be rung, the next first.
    pub waiting: Vec<Due>,
    /// Who is being rung.
    #[serde(default)]
    pub calling: Vec<Due>,
    /// What became of the others.
    pub count: Count,
    /// Who began it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What an attempt tells the operator, carried by its task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignCall {
    /// Of which campaign.
    pub campaign: CampaignId,
    /// Its name.
    pub name: String,
    /// What is to be said.
    pub words: String,
}

/// What has happened to a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CampaignEvent {
    /// It was begun.
    Begun,
    /// A client is being rung.
    Called {
        /// Who.
        client: ClientId,
    },
    /// A client may not be rung, and will not be.
    Barred {
        /// Who.
        client: ClientId,
        /// `consent-missing`, `consent-withdrawn`, `no-number`, `unknown-client`.
        code: String,
    },
    /// An attempt has ended.
    Went {
        /// With whom.
        client: ClientId,
        /// Were they reached?
        reached: bool,
        /// When.
        at: Timestamp,
    },
    /// Nobody new is rung.
    Paused,
    /// Goes on.
    Resumed,
    /// Is over before everybody was rung.
    Stopped,
}

impl CampaignEvent {
    /// The name in the journal and on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Begun => "campaign.begun",
            Self::Called { .. } => "campaign.called",
            Self::Barred { .. } => "campaign.barred",
            Self::Went { .. } => "campaign.went",
            Self::Paused => "campaign.paused",
            Self::Resumed => "campaign.resumed",
            Self::Stopped => "campaign.stopped",
        }
    }
}

impl Campaign {
    /// May anybody be rung at this instant?
    pub fn is_in_hours(&self, now: Timestamp, zone: &TimeZone) -> bool {
        let time = now.to_zoned(zone.clone()).time();
        let quiet = time.hour() < QUIET.0 || time.hour() >= QUIET.1;
        !quiet && self.hours.from <= time && time < self.hours.to
    }
    /// The next clients to ring, when `free` operators wait for a talk and nobody else needs them.
    pub fn next(&self, now: Timestamp, zone: &TimeZone, free: usize) -> Vec<ClientId> {
        if self.state != CampaignState::Running || !self.is_in_hours(now, zone) {
            return Vec::new();
        }
        let room = free.saturating_sub(self.calling.len());
        let ripe = self.waiting.iter().filter(|due| due.not_before.is_none_or(|at| at <= now));
        ripe.take(room).map(|due| due.client).collect()
    }
    /// Decides; changes nothing.
    ///
    /// # Errors
    /// The state says no, or a value of a new campaign does.
    pub fn decide(&self, event: CampaignEvent) -> Result<CampaignEvent, Refusal> {
        let waits = |client: &ClientId| self.waiting.iter().any(|due| due.client == *client);
        let is_rung = |client: &ClientId| self.calling.iter().any(|due| due.client == *client);
        let fits = match &event {
            CampaignEvent::Begun => return self.begins().map(|()| event),
            _ if self.ver == 0 => false,
            CampaignEvent::Called { client } => self.state == CampaignState::Running && waits(client),
            CampaignEvent::Barred { client, .. } => waits(client) || is_rung(client),
            CampaignEvent::Went { client, .. } => is_rung(client),
            CampaignEvent::Paused => self.state == CampaignState::Running,
            CampaignEvent::Resumed => self.state == CampaignState::Paused,
            CampaignEvent::Stopped => self.state != CampaignState::Over,
        };
        if fits {
            return Ok(event);
        }
        let detail = format!("the campaign is `{:?}`: `{}` is not possible", self.state, event.name());
        Err(Refusal::state("campaign-state", detail))
    }
    fn begins(&self) -> Result<(), Refusal> {
        let invalid = |code: &str, detail: String| Err(Refusal::invalid(code, detail));
        if self.ver != 0 {
            return Err(Refusal::state("campaign-state", "the campaign was begun before"));
        }
        if self.name.trim().is_empty() || self.words.trim().is_empty() {
            return invalid("campaign", "the name or the words are empty: expected both".into());
        }
        if self.hours.to <= self.hours.from {
            let (from, to) = (self.hours.from, self.hours.to);
            return invalid(
                "campaign",
                format!("the hours `{from}`…`{to}` are empty: expected an end after the start"),
            );
        }
        match self.waiting.len() {
            0 => invalid("campaign", "nobody is to be rung: expected one client at least".into()),
            n if n > MOST_CLIENTS => {
                invalid("campaign", format!("`{n}` clients are too many: expected {MOST_CLIENTS} at most"))
            }
            _ => Ok(()),
        }
    }
    /// Never fails, so that a replay never fails.
    pub fn apply(&mut self, event: &CampaignEvent) {
        self.ver += 1;
        match event {
            CampaignEvent::Begun => self.count.total = self.waiting.len() as u32,
            CampaignEvent::Called { client } => {
                if let Some(due) = take(&mut self.waiting, *client) {
                    self.calling.push(due);
                }
            }
            CampaignEvent::Barred { client, .. } => {
                if take(&mut self.waiting, *client).or_else(|| take(&mut self.calling, *client)).is_some() {
                    self.count.barred += 1;
                }
            }
            CampaignEvent::Went { client, reached, at } => {
                if let Some(due) = take(&mut self.calling, *client) {
                    self.went(due, *reached, *at);
                }
            }
            CampaignEvent::Paused => self.state = CampaignState::Paused,
            CampaignEvent::Resumed => self.state = CampaignState::Running,
            CampaignEvent::Stopped => {
                self.waiting.clear();
                self.state = CampaignState::Over;
            }
        }
        if self.waiting.is_empty() && self.calling.is_empty() {
            self.state = CampaignState::Over;
        }
    }
    fn went(&mut self, due: Due, reached: bool, at: Timestamp) {
        let tries = due.tries + 1;
        if reached {
            self.count.reached += 1;
        } else if tries < MOST_TRIES && self.state != CampaignState::Over {
            let wait = FIRST_WAIT * (1i32 << (tries - 1).min(8));
            self.waiting.push(Due { tries, not_before: Some(at + wait), ..due });
        } else {
            self.count.unreached += 1;
        }
    }
}

fn take(list: &mut Vec<Due>, client: ClientId) -> Option<Due> {
    let at = list.iter().position(|due| due.client == client)?;
    Some(list.remove(at))
}

impl Entity for Campaign {
    const TABLE: Table = Table::Campaign;
    type Kind = CampaignKind;
    fn id(&self) -> Id<CampaignKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}
