//! Commands `campaign.…`: who is meant by a campaign, how many of them may be rung, and its begin and end.

use crate::{
    call_centre::campaigning::Conduct,
    dispatch::orders::args,
    front_desk::{FrontDesk, gone},
};
use domain::{
    calls::{
        auto_dial::{Occasion, may_ring},
        campaign::{Campaign, CampaignEvent, CampaignState, Count, Due, Whom},
    },
    ports::{Command, Seat},
    refusal::Refusal,
    values::{
        calendar::OpenHours,
        id::{CampaignId, ClientId},
    },
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    whom: Whom,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begun {
    name: String,
    words: String,
    queue: String,
    hours: OpenHours,
    whom: Whom,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Meant {
    campaign: CampaignId,
}

impl FrontDesk {
    /// Everybody who is meant, in the order of their cards.
    fn meant(&self, whom: &Whom) -> Vec<ClientId> {
        let (directory, now) = (self.house.directory.read(), self.house.now());
        let soon = |at: Timestamp, days: u16| {
            at >= now && at.duration_since(now) <= SignedDuration::from_hours(24 * i64::from(days))
        };
        let all: BTreeSet<ClientId> = match whom {
            Whom::Everybody => directory.clients.keys().copied().collect(),
            Whom::AgreementEnds { days } => {
                let ends = directory.agreements.values().filter(|a| a.is_in_force() && soon(a.until, *days));
                ends.map(|agreement| agreement.client).collect()
            }
            Whom::WarrantyEnds { days } => {
                let ends = directory
                    .units
                    .values()
                    .filter(|unit| unit.warranty_until.is_some_and(|at| soon(at, *days)));
                ends.map(|unit| unit.client).collect()
            }
            Whom::Clients { clients } => clients.iter().copied().collect(),
        };
        all.into_iter().collect()
    }
    /// How many are meant, and how many of them may be rung.
    pub(crate) fn count_campaign(&self, command: &Command) -> Result<Value, Refusal> {
        let Wanted { whom } = args(command)?;
        let all = self.meant(&whom);
        let directory = self.house.directory.read();
        let cards: Vec<_> = all.iter().filter_map(|id| directory.clients.get(id)).collect();
        let agreed = |consent| may_ring(Occasion::Information, consent).is_ok();
        let agreed: Vec<_> = cards.iter().filter(|card| agreed(card.consent.as_ref())).collect();
        let numbered = agreed.iter().filter(|card| card.phones().next().is_some()).count();
        Ok(json!({ "total": cards.len(), "agreed": agreed.len(), "can_be_rung": numbered }))
    }
    /// Begins a campaign, pauses it, lets it go on, or ends it.
    pub(crate) async fn campaign(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let (campaign, event) = match command.name.as_str() {
            "campaign.begin" => (Ok(Box::new(self.new_campaign(seat, command)?)), CampaignEvent::Begun),
            other => {
                let Meant { campaign } = args(command)?;
                let event = match other {
                    "campaign.pause" => CampaignEvent::Paused,
                    "campaign.resume" => CampaignEvent::Resumed,
                    "campaign.stop" => CampaignEvent::Stopped,
                    _ => return Err(Refusal::unknown("command", other)),
                };
                (Err(campaign), event)
            }
        };
        let conduct = Conduct { campaign, event, by: seat.login.clone(), command: command.id.clone() };
        self.house.desk()?.queue.send(conduct).await.map_err(gone)?
    }
    fn new_campaign(&self, seat: &Seat, command: &Command) -> Result<Campaign, Refusal> {
        let Begun { name, words, queue, hours, whom } = args(command)?;
        let due = |client| Due { client, tries: 0, not_before: None };
        Ok(Campaign {
            id: self.house.fresh(),
            ver: 0,
            name,
            words,
            queue,
            hours,
            state: CampaignState::Running,
            waiting: self.meant(&whom).into_iter().map(due).collect(),
            calling: vec![],
            count: Count::default(),
            by: seat.login.clone(),
            at: self.house.now(),
        })
    }
}
