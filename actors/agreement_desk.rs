//! The front desk's commands about agreements: written, signed, stopped, prolonged, ended.

use crate::{
    card_desk::{batch_of, looked_at},
    directory::{Directory, compact},
    dispatch::orders::args,
    front_desk::FrontDesk,
};
use domain::{
    billing::price::PRICE_LIST_VERSION,
    clients::{
        agreement::{Agreement, AgreementEvent, AgreementState, SlaSet, Terms},
        agreement_card::{AgreementCard, Covered, end_of},
    },
    ports::{Command, Seat},
    refusal::Refusal,
    values::{
        id::{AgreementId, ClientId},
        money::Money,
    },
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What numbers of the house's own begin with.
const PREFIX: &str = "С-";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    client: ClientId,
    card: AgreementCard,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    agreement: AgreementId,
    card: AgreementCard,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cover {
    agreement: AgreementId,
    covered: Covered,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    agreement: AgreementId,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    agreement: AgreementId,
    reason: String,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Renew {
    agreement: AgreementId,
    until: Date,
}

/// The number after the greatest that the house gave.
fn next_number(directory: &Directory) -> String {
    let given = directory.agreements.values().filter_map(|a| a.no.strip_prefix(PREFIX)?.parse::<u64>().ok());
    format!("{PREFIX}{}", given.max().unwrap_or(0).saturating_add(1))
}
/// No other agreement has the number, whatever its dashes; what is covered belongs to the client.
fn fits(directory: &Directory, after: &Agreement) -> Result<(), Refusal> {
    let no = compact(&after.no);
    let mut others = directory.agreements.values().filter(|other| other.id != after.id);
    if others.any(|other| compact(&other.no) == no) {
        let detail = format!("the number `{}` is taken: expected another one", after.no);
        return Err(Refusal::invalid("agreement-number", detail));
    }
    for point in &after.points {
        let known = directory.points.get(point).ok_or_else(|| Refusal::unknown("point", point))?;
        if known.client != after.client {
            let detail = format!("point `{point}` is not of client `{}`", after.client);
            return Err(Refusal::invalid("foreign-point", detail));
        }
    }
    for unit in &after.units {
        let known = directory.units.get(unit).ok_or_else(|| Refusal::unknown("unit", unit))?;
        if known.client != after.client {
            let detail = format!("unit `{unit}` is not of client `{}`", after.client);
            return Err(Refusal::invalid("foreign-unit", detail));
        }
    }
    Ok(())
}

impl FrontDesk {
    /// Commands `agreement.…`.
    pub(crate) async fn agreement(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let _one_at_a_time = self.zoning.lock().await;
        match command.name.as_str() {
            "agreement.create" => self.begin_agreement(seat, command).await,
            "agreement.change" => {
                let Change { agreement, card } = args(command)?;
                let known = self.agreement_known(agreement, command)?;
                let after = card.onto(&known, &self.house.zone())?;
                fits(&self.house.directory.read(), &after)?;
                self.write_agreement(seat, command, known.ver, after, "agreement.written", &card).await
            }
            "agreement.cover" => {
                let Cover { agreement, covered } = args(command)?;
                let known = self.agreement_known(agreement, command)?;
                let after = covered.onto(&known)?;
                fits(&self.house.directory.read(), &after)?;
                self.write_agreement(seat, command, known.ver, after, "agreement.covered", &covered).await
            }
            _ => {
                let (agreement, event) = self.step_of(command)?;
                let mut after = self.agreement_known(agreement, command)?;
                let was = after.ver;
                let event = after.decide(event, self.house.now())?;
                after.apply(&event);
                self.write_agreement(seat, command, was, after, event.name(), &event).await
            }
        }
    }
    fn step_of(&self, command: &Command) -> Result<(AgreementId, AgreementEvent), Refusal> {
        let step = || args::<Step>(command).map(|said| said.agreement);
        let said = || args::<Said>(command).map(|said| (said.agreement, said.reason));
        Ok(match command.name.as_str() {
            "agreement.submit" => (step()?, AgreementEvent::Submitted),
            "agreement.activate" => (step()?, AgreementEvent::Activated),
            "agreement.resume" => (step()?, AgreementEvent::Resumed),
            "agreement.return" => said().map(|(id, reason)| (id, AgreementEvent::Returned { reason }))?,
            "agreement.suspend" => said().map(|(id, reason)| (id, AgreementEvent::Suspended { reason }))?,
            "agreement.terminate" => {
                said().map(|(id, reason)| (id, AgreementEvent::Terminated { reason }))?
            }
            "agreement.renew" => {
                let Renew { agreement, until } = args(command)?;
                (agreement, AgreementEvent::Renewed { until: end_of(until, &self.house.zone())? })
            }
            other => return Err(Refusal::unknown("command", other)),
        })
    }
    /// The agreement as it is, if it is still the version that was looked at.
    fn agreement_known(&self, id: AgreementId, command: &Command) -> Result<Agreement, Refusal> {
        let known = self.house.directory.read().agreements.get(&id).cloned();
        let known = known.ok_or_else(|| Refusal::unknown("agreement", id))?;
        looked_at("the agreement", command, known.ver).map_err(|no| self.with_card(no, known.client))?;
        Ok(known)
    }
    async fn begin_agreement(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let Create { client, card } = args(command)?;
        let no = {
            let directory = self.house.directory.read();
            directory.clients.get(&client).ok_or_else(|| Refusal::unknown("client", client))?;
            next_number(&directory)
        };
        let now = self.house.now();
        let blank = Agreement {
            id: self.house.fresh(),
            ver: 0,
            no,
            client,
            state: AgreementState::Draft,
            from: now,
            until: now,
            points: vec![],
            units: vec![],
            sla: SlaSet { reaction_hours: 0, restore_hours: 0 },
            limit: Money::ZERO,
            price_list: PRICE_LIST_VERSION,
            terms: Terms::default(),
        };
        let after = card.onto(&blank, &self.house.zone())?;
        fits(&self.house.directory.read(), &after)?;
        self.write_agreement(seat, command, 0, after, "agreement.drafted", &card).await
    }
    async fn write_agreement(
        &self,
        seat: &Seat,
        command: &Command,
        was: u64,
        after: Agreement,
        name: &str,
        said: &impl Serialize,
    ) -> Result<Value, Refusal> {
        let answer = json!({"agreement": after.id, "no": after.no, "rev": after.ver});
        let mut batch = batch_of(command, &answer);
        batch.tell(after.id, after.ver, name, self.house.now(), &seat.login, said);
        batch.keep(&after, was);
        self.house.keep(batch).await?;
        self.house.directory.write().put_agreement(after);
        Ok(answer)
    }
}
