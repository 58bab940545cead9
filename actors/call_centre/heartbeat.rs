//! A tab that sleeps: its socket and its audio may stand while nobody can answer there. A page that lives says so every
//! few seconds; one that has said so and falls silent gets no more calls.

use crate::call_centre::{operator::OperatorActor, sounding::PageHears, telephony::FindCall};
use actix::{ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture};
use domain::calls::{
    operator::{Device, Presence},
    sounded::Measured,
};
use std::time::Duration;
use tokio::time::Instant;

/// Real time without a word after which a page is taken to sleep. Browsers let the timers of a hidden page that talks
/// over WebRTC run once a second at least, and pages speak every five seconds.
const SILENCE: Duration = Duration::from_secs(20);
/// Real time between two looks.
const LOOK: Duration = Duration::from_secs(5);
/// Why such an operator is not ready, on the wire.
pub const ASLEEP: &str = "asleep";

/// The operator's page lives, and tells how it hears the talk it is in.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct PageLives {
    /// As measured by the browser.
    pub hears: Option<Measured>,
}
impl Handler<PageLives> for OperatorActor {
    type Result = ();
    fn handle(&mut self, PageLives { hears }: PageLives, ctx: &mut Context<Self>) {
        self.heard_of = Some(Instant::now());
        let talks = self.operator.call.filter(|_| self.operator.presence == Presence::Busy);
        if let (Some(measured), Some(call), Ok(desk)) = (hears, talks, self.house.desk()) {
            let (operator, found) = (self.operator.id, desk.telephony.send(FindCall(call)));
            ctx.spawn(found.into_actor(self).map(move |session, _, _| {
                let told =
                    session.ok().flatten().map(|session| session.try_send(PageHears { operator, measured }));
                if let Some(Err(error)) = told {
                    tracing::warn!(operator.id = %operator, %error, "the call was not told how it is heard");
                }
            }));
        }
    }
}

impl OperatorActor {
    /// Looks from now on.
    pub(super) fn watch_page(&self, ctx: &mut Context<Self>) {
        ctx.run_interval(LOOK, |act, ctx| {
            let silent = act.heard_of.is_some_and(|at| at.elapsed() > SILENCE);
            if silent && act.device() == Device::Browser && act.operator.presence == Presence::Ready {
                act.heard_of = None;
                act.become_(Presence::NotReady, Some(ASLEEP.into()), None, ctx);
            }
        });
    }
}
