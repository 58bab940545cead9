//! Campaigns, as the line of callers carries them out: an operator who is free and whom no caller needs is rung, then the
//! client. Every attempt is a task to call back that stands behind all callers.

use crate::call_centre::{call_queue::CallQueue, call_views::campaign_row};
use actix::{
    ActorFutureExt, AsyncContext, AtomicResponse, Context, Handler, Message, ResponseActFuture, WrapFuture,
};
use domain::{
    calls::{
        auto_dial::{Occasion, may_ring},
        callback::{Callback, CallbackEvent, CallbackState, KeptPlace},
        campaign::{BEHIND_SECONDS, Campaign, CampaignCall, CampaignEvent},
        standing::{Standing, Ticket},
    },
    ports::Batch,
    refusal::Refusal,
    values::{
        id::{CampaignId, ClientId},
        phone::PhoneNumber,
    },
};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// Attempts that are made in one step: one transaction.
const AT_ONCE: usize = 8;

impl CallQueue {
    fn publish_campaign(&self, campaign: &Campaign) {
        self.house.tell("campaigns", campaign.id, Some(campaign_row(campaign)));
    }
    /// Puts all campaigns on the screens.
    pub(super) fn show_campaigns(&self) {
        self.campaigns.values().for_each(|campaign| self.publish_campaign(campaign));
    }
    /// The number that a client is rung by, if they agreed to such calls.
    fn number_of(&self, client: ClientId) -> Result<PhoneNumber, Refusal> {
        let directory = self.house.directory.read();
        let card = directory.known_client(client).ok_or_else(|| Refusal::unknown("client", client))?;
        may_ring(Occasion::Information, card.consent.as_ref())?;
        let number = card.phones().next().cloned();
        number
            .ok_or_else(|| Refusal::state("no-number", "the client has no number: expected one on the card"))
    }
    /// Operators who are free and whom nobody in the line could talk with.
    fn spare(&self, queue: usize) -> usize {
        let now = self.house.now();
        let waits = |ticket: Ticket| matches!(ticket, Ticket::Call(_));
        let callers = self.line.line().filter(|standing| waits(standing.ticket)).count();
        let wanted = Standing { queue, ..Standing::plain(self.house.fresh(), now) };
        self.line
            .free()
            .filter(|operator| self.line.fits(*operator, &wanted, now))
            .count()
            .saturating_sub(callers)
    }
    /// Rings the next clients of the campaigns that run, as many as operators are spare.
    pub(super) fn pace(&mut self, ctx: &mut Context<Self>) {
        let zone = TimeZone::get(&self.house.clock.zone()).unwrap_or(TimeZone::UTC);
        let now = self.house.now();
        let next = self.campaigns.values().find_map(|campaign| {
            let queue = self.line.plan().queue_named(&campaign.queue).unwrap_or(0);
            let rung: usize = self.campaigns.values().map(|other| other.calling.len()).sum();
            let spare = (self.spare(queue) + campaign.calling.len()).saturating_sub(rung);
            let clients = campaign.next(now, &zone, spare);
            (!clients.is_empty()).then(|| (campaign.clone(), clients))
        });
        let Some((campaign, clients)) = next else { return };
        match self.attempts(campaign, &clients[..clients.len().min(AT_ONCE)]) {
            Ok((batch, campaign, tasks)) => {
                // what is being kept of a campaign is not decided upon meanwhile
                let kept = self.house.keep(batch).into_actor(self);
                ctx.wait(kept.map(move |kept, act, ctx| match kept {
                    Ok(()) => {
                        act.put_campaign(campaign);
                        for task in tasks {
                            act.stand(&task, vec![]);
                            act.callbacks.insert(task.id, task);
                        }
                        act.serve(ctx);
                    }
                    Err(refusal) => {
                        tracing::error!(%refusal, "calls of a campaign were not kept and are tried again");
                    }
                }));
            }
            Err(refusal) => tracing::error!(%refusal, "a campaign does not go on"),
        }
    }
    /// The tasks of these clients, and who of them may not be rung.
    fn attempts(
        &self,
        mut campaign: Campaign,
        clients: &[ClientId],
    ) -> Result<(Batch, Campaign, Vec<Callback>), Refusal> {
        let (was, now, mut batch, mut tasks) = (campaign.ver, self.house.now(), Batch::default(), Vec::new());
        for client in clients {
            let number = self.number_of(*client);
            let event = match &number {
                Ok(_) => CampaignEvent::Called { client: *client },
                Err(refusal) => CampaignEvent::Barred { client: *client, code: refusal.code.clone() },
            };
            let event = campaign.decide(event)?;
            campaign.apply(&event);
            batch.tell(campaign.id, campaign.ver, event.name(), now, "campaign", &event);
            let Ok(number) = number else { continue };
            let fresh = Callback {
                id: self.house.fresh(),
                ver: 0,
                state: CallbackState::New,
                phone: number.to_string(),
                client: Some(*client),
                call: None,
                since: now,
                attempts: 0,
                operator: None,
                tries: 0,
                place: Some(KeptPlace {
                    since: now,
                    head_start: -BEHIND_SECONDS,
                    queue: campaign.queue.clone(),
                }),
                about: Some(CampaignCall {
                    campaign: campaign.id,
                    name: campaign.name.clone(),
                    words: campaign.words.clone(),
                }),
            };
            let (part, task) = self.on_callback(fresh, CallbackEvent::Created, "campaign")?;
            batch.facts.extend(part.facts);
            batch.rows.extend(part.rows);
            tasks.push(task);
        }
        batch.keep(&campaign, was);
        Ok((batch, campaign, tasks))
    }
    pub(super) fn put_campaign(&mut self, campaign: Campaign) {
        self.publish_campaign(&campaign);
        self.campaigns.insert(campaign.id, campaign);
    }
    /// An attempt that has ended is counted by its campaign, in the batch that ends it.
    pub(super) fn count_attempt(&self, task: &Callback, batch: &mut Batch) {
        let (Some(about), Some(client)) = (task.about.as_ref().filter(|_| !task.is_open()), task.client)
        else {
            return;
        };
        // who rang us meanwhile has talked with an operator
        let reached = matches!(task.state, CallbackState::Done | CallbackState::Cancelled);
        self.tell_campaign(about, CampaignEvent::Went { client, reached, at: self.house.now() }, batch);
    }
    fn tell_campaign(&self, about: &CampaignCall, event: CampaignEvent, batch: &mut Batch) {
        let Some(mut campaign) = self.campaigns.get(&about.campaign).cloned() else { return };
        match campaign.decide(event) {
            Ok(event) => {
                let was = campaign.ver;
                campaign.apply(&event);
                batch.tell(campaign.id, campaign.ver, event.name(), self.house.now(), "line", &event);
                batch.keep(&campaign, was);
            }
            Err(refusal) => tracing::warn!(campaign.id = %campaign.id, %refusal, "an attempt is not counted"),
        }
    }
    /// Attempts that a stop of the house cut off before they were answered: whoever was answered talks on, and is counted.
    pub(super) fn give_up_attempts(&mut self, ctx: &mut Context<Self>) {
        let cut = |task: &&Callback| {
            task.about.is_some() && matches!(task.state, CallbackState::Taken | CallbackState::Dialing)
        };
        for task in self.callbacks.values().filter(cut).cloned().collect::<Vec<Callback>>() {
            let Ok((batch, task)) =
                self.on_callback(task, CallbackEvent::Finished { reached: false }, "line")
            else {
                continue;
            };
            ctx.wait(self.keep_callback(batch, task).map(|kept, _, _| {
                if let Err(refusal) = kept {
                    tracing::error!(%refusal, "the end of a call of a campaign was not kept");
                }
            }));
        }
    }
    /// A client may not be rung after all: the attempt ends before it began.
    pub(super) fn bar(&mut self, mut task: Callback, refusal: &Refusal, ctx: &mut Context<Self>) {
        let (Some(about), Some(client)) = (task.about.clone(), task.client) else { return };
        let Ok(event) = task.decide(CallbackEvent::Cancelled) else { return };
        let (was, mut batch) = (task.ver, Batch::default());
        task.apply(&event);
        batch.tell(task.id, task.ver, event.name(), self.house.now(), "campaign", &event);
        batch.keep(&task, was);
        self.tell_campaign(&about, CampaignEvent::Barred { client, code: refusal.code.clone() }, &mut batch);
        ctx.wait(self.keep_callback(batch, task).map(|kept, _, _| {
            if let Err(refusal) = kept {
                tracing::error!(%refusal, "a call that may not be made is still to be made");
            }
        }));
    }
}

/// A campaign is begun, paused, goes on, or ends.
#[derive(Message)]
#[rtype(result = "Result<Value, Refusal>")]
pub struct Conduct {
    /// The campaign that is begun; otherwise the one that is meant.
    pub campaign: Result<Box<Campaign>, CampaignId>,
    /// What happens to it.
    pub event: CampaignEvent,
    /// Who says so, by login.
    pub by: String,
    /// Idempotency key.
    pub command: String,
}
impl Handler<Conduct> for CallQueue {
    type Result = AtomicResponse<Self, Result<Value, Refusal>>;
    fn handle(&mut self, conduct: Conduct, _: &mut Context<Self>) -> Self::Result {
        AtomicResponse::new(self.conduct(conduct))
    }
}
impl CallQueue {
    fn conduct(&self, conduct: Conduct) -> ResponseActFuture<Self, Result<Value, Refusal>> {
        let decided = (|| {
            let mut campaign = match conduct.campaign {
                Ok(fresh) => *fresh,
                Err(id) => {
                    self.campaigns.get(&id).cloned().ok_or_else(|| Refusal::unknown("campaign", id))?
                }
            };
            if self.line.plan().queue_named(&campaign.queue).is_none() {
                let queue = &campaign.queue;
                return Err(Refusal::invalid(
                    "queue",
                    format!("`{queue}` is not a queue: expected a known one"),
                ));
            }
            let (was, event) = (campaign.ver, campaign.decide(conduct.event)?);
            campaign.apply(&event);
            let answer = json!({ "campaign": campaign.id });
            let mut batch =
                Batch { command: Some(conduct.command), answer: answer.clone(), ..Batch::default() };
            batch.tell(campaign.id, campaign.ver, event.name(), self.house.now(), &conduct.by, &event);
            batch.keep(&campaign, was);
            Ok((batch, campaign, answer))
        })();
        let (batch, campaign, answer) = match decided {
            Ok(decided) => decided,
            Err(refusal) => return Box::pin(actix::fut::ready(Err(refusal))),
        };
        // until this is kept nobody is rung for it: an attempt is made from the version before
        let kept = self.house.keep(batch).into_actor(self);
        Box::pin(kept.map(move |kept, act, ctx| {
            kept?;
            act.put_campaign(campaign);
            act.pace(ctx);
            Ok(answer)
        }))
    }
}
