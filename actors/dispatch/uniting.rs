//! Two cards of one client become one, or are parted again: cards, requests, orders and visits in one transaction.

use super::dispatcher::{AfterKeeping, Dispatcher};
use crate::call_centre::renaming::CardsMerged;
use actix::{AtomicResponse, Context, Handler, Message, MessageResult};
use domain::{
    book::draft::{Draft, Kept},
    clients::{
        client::Client,
        merging::{Holdings, MergeWish},
        parting::{Parting, part},
    },
    imports::register::Card,
    ports::Batch,
    refusal::Refusal,
    requests::request::Request,
    values::id::{ClientId, RequestId},
    visits::visit::Visit,
};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// What changes hands with two cards, once the journal has kept it.
pub(crate) struct Handed {
    /// Cards as they are then; both clients' last.
    cards: Vec<Card>,
    /// Whose work it was.
    from: ClientId,
    /// The requests that go.
    requests: Vec<RequestId>,
    /// Both clients.
    both: [ClientId; 2],
}

/// A batch with everything that follows it.
type Ready = (Batch, Kept, Value, Handed);

/// Two cards are to be one.
#[derive(Message)]
#[rtype(result = "Result<Value, Refusal>")]
pub struct Unite {
    /// Which ones, and how.
    pub wish: MergeWish,
    /// The idempotency key.
    pub command: String,
    /// Who wishes it.
    pub by: String,
}
impl Handler<Unite> for Dispatcher {
    type Result = AtomicResponse<Self, Result<Value, Refusal>>;
    fn handle(&mut self, said: Unite, _: &mut Context<Self>) -> Self::Result {
        let ready = self.united(&said);
        self.hand_over(ready)
    }
}

/// A card that was merged is to live again.
#[derive(Message)]
#[rtype(result = "Result<Value, Refusal>")]
pub struct Part {
    /// The card that was merged.
    pub other: ClientId,
    /// The idempotency key.
    pub command: String,
    /// Who wishes it.
    pub by: String,
}
impl Handler<Part> for Dispatcher {
    type Result = AtomicResponse<Self, Result<Value, Refusal>>;
    fn handle(&mut self, said: Part, _: &mut Context<Self>) -> Self::Result {
        let ready = self.parted(&said);
        self.hand_over(ready)
    }
}

/// How many requests some clients have.
#[derive(Message)]
#[rtype(result = "HashMap<ClientId, usize>")]
pub struct CountRequests(pub HashSet<ClientId>);
impl Handler<CountRequests> for Dispatcher {
    type Result = MessageResult<CountRequests>;
    fn handle(&mut self, CountRequests(of): CountRequests, _: &mut Context<Self>) -> Self::Result {
        let mut counted = HashMap::new();
        for request in self.book.requests.values().filter(|it| of.contains(&it.client)) {
            *counted.entry(request.client).or_insert(0) += 1;
        }
        MessageResult(counted)
    }
}

/// Adds cards that were given away to a batch, and gives them for the directory.
fn keep_cards(batch: &mut Batch, held: Holdings, was: ClientId, draft: &Draft<'_>) -> Vec<Card> {
    let mut cards: Vec<Card> = Vec::new();
    cards.extend(held.points.into_iter().map(Card::Point));
    cards.extend(held.units.into_iter().map(Card::Unit));
    cards.extend(held.agreements.into_iter().map(Card::Agreement));
    for card in &cards {
        let (table, _, ver) = card.place();
        let owner = match card {
            Card::Point(it) => it.client,
            Card::Unit(it) => it.client,
            Card::Agreement(it) => it.client,
            Card::Client(it) => it.id,
        };
        let name = format!("{}.client_changed", table.name());
        batch.tell(card.id(), ver, &name, draft.at, &draft.by, &json!({"client": owner, "was": was}));
        card.keep(batch, ver - 1);
    }
    cards
}

/// Cards and work in one batch.
fn whole(draft: Draft<'_>, mut batch: Batch, answer: Value, handed: Handed) -> Ready {
    let (work, kept) = draft.finish();
    batch.facts.extend(work.facts);
    batch.rows.extend(work.rows);
    (batch, kept, answer, handed)
}

impl Dispatcher {
    /// A card by its own id, whether it lives or was merged.
    fn card_of(&self, id: ClientId) -> Result<Client, Refusal> {
        let directory = self.house.directory.read();
        let known = directory.clients.get(&id).or_else(|| directory.stones.get(id)).cloned();
        known.ok_or_else(|| Refusal::unknown("client", id))
    }
    fn united(&self, said: &Unite) -> Result<Ready, Refusal> {
        let (keep, other) = (self.card_of(said.wish.keep)?, self.card_of(said.wish.other)?);
        let after = said.wish.decide(&keep, &other)?;
        let held = self.house.directory.read().holdings(other.id);
        let mut draft = Draft::new(&self.book, self.house.now(), said.by.clone());
        let requests = draft.requests_of(other.id);
        draft.give(&requests, after.id)?;
        let moved = held.moved(requests.clone());
        let stone = other.merged((&keep, &after), moved.clone(), draft.at, &said.by);
        let counts = json!({
            "points": moved.points.len(), "units": moved.units.len(), "agreements": moved.agreements.len(),
            "requests": moved.requests.len(),
        });
        let answer = json!({"client": after.id, "rev": after.ver, "moved": counts});
        let mut batch =
            Batch { command: Some(said.command.clone()), answer: answer.clone(), ..Batch::default() };
        let told = json!({"other": other, "before": keep, "after": after, "wish": said.wish, "moved": moved});
        batch.tell(after.id, after.ver, "client.merged", draft.at, &said.by, &told);
        let pointed = json!({"into": after.id, "moved": moved});
        batch.tell(stone.id, stone.ver, "client.merged_into", draft.at, &said.by, &pointed);
        let mut cards = keep_cards(&mut batch, held.given(after.id), other.id, &draft);
        batch.keep(&after, keep.ver);
        batch.keep(&stone, other.ver);
        let both = [after.id, stone.id];
        cards.extend([Card::Client(after), Card::Client(stone)]);
        Ok(whole(draft, batch, answer, Handed { cards, from: other.id, requests, both }))
    }
    fn parted(&self, said: &Part) -> Result<Ready, Refusal> {
        let stone = self.card_of(said.other)?;
        let kept = stone.stone.as_ref().map(|laid| self.card_of(laid.into)).transpose()?;
        let id = kept.as_ref().map_or(stone.id, |card| card.id);
        let held = self.house.directory.read().holdings(id);
        let theirs: Vec<&Request> = self.book.requests.values().filter(|it| it.client == id).collect();
        let Parting { kept: after, other, back } = part(&stone, kept.as_ref(), &held, &theirs)?;
        let moved = stone.stone.as_ref().map(|laid| laid.moved.requests.clone()).unwrap_or_default();
        let requests: Vec<RequestId> =
            moved.into_iter().filter(|id| self.book.requests.contains_key(id)).collect();
        let mut draft = Draft::new(&self.book, self.house.now(), said.by.clone());
        draft.give(&requests, other.id)?;
        let answer = json!({"client": other.id, "rev": other.ver});
        let mut batch =
            Batch { command: Some(said.command.clone()), answer: answer.clone(), ..Batch::default() };
        let told = json!({"other": other.id, "before": kept, "after": after});
        batch.tell(after.id, after.ver, "client.parted", draft.at, &said.by, &told);
        batch.tell(other.id, other.ver, "client.restored", draft.at, &said.by, &json!({"from": after.id}));
        let mut cards = keep_cards(&mut batch, back, after.id, &draft);
        batch.keep(&after, after.ver - 1);
        batch.keep(&other, stone.ver);
        let both = [after.id, other.id];
        // The card that lives again is there before its points come to it.
        cards.insert(0, Card::Client(other));
        cards.push(Card::Client(after));
        Ok(whole(draft, batch, answer, Handed { cards, from: id, requests, both }))
    }
    fn hand_over(&mut self, ready: Result<Ready, Refusal>) -> AtomicResponse<Self, Result<Value, Refusal>> {
        match ready {
            Ok((batch, kept, answer, handed)) => AtomicResponse::new(self.carry_with(
                batch,
                kept,
                answer,
                AfterKeeping::Handed(Box::new(handed)),
            )),
            Err(refusal) => AtomicResponse::new(Box::pin(actix::fut::ready(Err(refusal)))),
        }
    }
    /// Everybody knows the cards as they are now; work that stays with its client is shown with the new name.
    pub(super) fn hand(&mut self, handed: Handed) {
        let Handed { cards, from, requests, both } = handed;
        let mut directory = self.house.directory.write();
        directory.hand_over(from, &requests);
        cards.into_iter().for_each(|card| directory.put_card(card));
        drop(directory);
        let of = |client: ClientId| both.contains(&client);
        let stays = |request: &&Request| of(request.client) && request.is_open();
        let live = |visit: &&Visit| of(visit.client) && !visit.is_over();
        let shown = Kept {
            requests: self.book.requests.values().filter(stays).map(|it| (it.id, it.clone())).collect(),
            visits: self.book.visits.values().filter(live).map(|it| (it.id, it.clone())).collect(),
            ..Kept::default()
        };
        // What goes is shown with its new client when the draft is adopted.
        let shown = Kept {
            requests: shown.requests.into_iter().filter(|(id, _)| !requests.contains(id)).collect(),
            visits: shown.visits.into_iter().filter(|(_, it)| !requests.contains(&it.request)).collect(),
            ..shown
        };
        self.show(&shown, Vec::new());
        if let Ok(desk) = self.house.desk() {
            let told = CardsMerged(both.to_vec());
            if desk.telephony.try_send(told.clone()).is_err() || desk.queue.try_send(told).is_err() {
                tracing::warn!("calls show the names of two cards until their next step");
            }
        }
    }
}
