//! What time alone makes of agreements: they end soon, go on by themselves, or are over.

use crate::house::House;
use actix::{Actor, AsyncContext, Context, Supervised, WrapFuture};
use domain::{clients::agreement::Agreement, ports::Batch};
use std::time::Duration;

/// Real time between two looks at the calendar.
const LOOK: Duration = Duration::from_secs(600);
/// Who did it, in the journal.
const NOBODY: &str = "clock";

/// The actor that looks at the ends of agreements.
pub struct AgreementTerms {
    house: House,
}

impl AgreementTerms {
    /// Those of a house.
    pub fn new(house: House) -> Self {
        Self { house }
    }
    fn look(&mut self, ctx: &mut Context<Self>) {
        let (now, zone) = (self.house.now(), self.house.zone());
        let directory = self.house.directory.read();
        let ripe = directory.agreements.values().filter(|agreement| agreement.due(now, &zone).is_some());
        let ripe: Vec<Agreement> = ripe.cloned().collect();
        drop(directory);
        let house = self.house.clone();
        let going = async move {
            for agreement in ripe {
                go_on(&house, agreement).await;
            }
        };
        ctx.spawn(going.into_actor(self));
    }
}

/// One step of one agreement. One that is written by a person at this moment is looked at again later.
async fn go_on(house: &House, mut agreement: Agreement) {
    let now = house.now();
    let Some(event) = agreement.due(now, &house.zone()) else { return };
    let was = agreement.ver;
    agreement.apply(&event);
    let mut batch = Batch::default();
    batch.tell(agreement.id, agreement.ver, event.name(), now, NOBODY, &event);
    batch.keep(&agreement, was);
    match house.keep(batch).await {
        Ok(()) => {
            tracing::info!(agreement.id = %agreement.id, event = event.name(), "time has changed an agreement");
            let mut directory = house.directory.write();
            let stands = directory.agreements.get(&agreement.id).is_some_and(|known| known.ver == was);
            if stands {
                directory.put_agreement(agreement);
            }
        }
        Err(refusal) => {
            tracing::warn!(agreement.id = %agreement.id, %refusal, "an agreement was not changed by time; it is looked at again");
        }
    }
}

impl Actor for AgreementTerms {
    type Context = Context<Self>;
    fn started(&mut self, ctx: &mut Context<Self>) {
        self.look(ctx);
        ctx.run_interval(LOOK, Self::look);
    }
}
impl Supervised for AgreementTerms {}
