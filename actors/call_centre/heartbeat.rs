//! A tab that sleeps: its socket and its audio may stand while nobody can answer there. A page that lives says so every
//! few seconds; one that has said so and falls silent gets no more calls.

use crate::call_centre::operator::OperatorActor;
use actix::{AsyncContext, Context, Handler, Message};
use domain::calls::operator::{Device, Presence};
use std::time::Duration;
use tokio::time::Instant;

/// Real time without a word after which a page is taken to sleep. Browsers let the timers of a hidden page that talks
/// over WebRTC run once a second at least, and pages speak every five seconds.
const SILENCE: Duration = Duration::from_secs(20);
/// Real time between two looks.
const LOOK: Duration = Duration::from_secs(5);
/// Why such an operator is not ready, on the wire.
pub const ASLEEP: &str = "asleep";

/// The operator's page lives.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct PageLives;
impl Handler<PageLives> for OperatorActor {
    type Result = ();
    fn handle(&mut self, PageLives: PageLives, _: &mut Context<Self>) {
        self.heard_of = Some(Instant::now());
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
