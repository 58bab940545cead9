//! One service point in use: the stopwatches of its requests. A timer fires at the deadline and has
//! the dispatcher write the breach down; timers are armed again from the rows after a restart.

use crate::{dispatch::dispatcher::Breach, house::House};
use actix::{Actor, AsyncContext, Context, Handler, Message, SpawnHandle, Supervised};
use domain::{
    requests::sla::{Metric, SlaClock},
    values::id::RequestId,
};
use std::collections::HashMap;

/// The actor.
pub struct ServicePointActor {
    house: House,
    clocks: HashMap<RequestId, Vec<SlaClock>>,
    timers: HashMap<(RequestId, u8), SpawnHandle>,
}

impl ServicePointActor {
    /// A point without promises.
    pub fn new(house: House) -> Self {
        Self { house, clocks: HashMap::new(), timers: HashMap::new() }
    }
    fn arm(&mut self, request: RequestId, clock: SlaClock, ctx: &mut Context<Self>) {
        let key = (request, clock.metric as u8);
        if let Some(old) = self.timers.remove(&key) {
            ctx.cancel_future(old);
        }
        if clock.state != domain::requests::sla::ClockState::Running {
            return;
        }
        let left = clock.due.duration_since(self.house.now()).as_secs() + 1;
        let metric: Metric = clock.metric;
        let timer = ctx.run_later(self.house.real(left), move |act, _| {
            let told = act.house.desk().map(|desk| desk.dispatcher.try_send(Breach { request, metric }));
            if !matches!(told, Ok(Ok(()))) {
                tracing::error!(request.id = %request, "a breach was not told");
            }
        });
        self.timers.insert(key, timer);
    }
}
impl Actor for ServicePointActor {
    type Context = Context<Self>;
    fn started(&mut self, ctx: &mut Context<Self>) {
        let known: Vec<(RequestId, Vec<SlaClock>)> =
            self.clocks.iter().map(|(id, c)| (*id, c.clone())).collect();
        for (request, clocks) in known {
            clocks.into_iter().for_each(|clock| self.arm(request, clock, ctx));
        }
    }
}
impl Supervised for ServicePointActor {
    /// The handles of the life before name other timers in this one.
    fn restarting(&mut self, _: &mut Context<Self>) {
        self.timers.clear();
    }
}

/// The clocks of a request as they are now.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct WatchClocks {
    /// Which request.
    pub request: RequestId,
    /// Its clocks; none when it is over.
    pub clocks: Vec<SlaClock>,
}
impl Handler<WatchClocks> for ServicePointActor {
    type Result = ();
    fn handle(&mut self, WatchClocks { request, clocks }: WatchClocks, ctx: &mut Context<Self>) {
        let gone = |(of, metric): &(RequestId, u8)| {
            *of == request && clocks.iter().all(|clock| clock.metric as u8 != *metric)
        };
        for key in self.timers.keys().copied().filter(gone).collect::<Vec<_>>() {
            if let Some(timer) = self.timers.remove(&key) {
                ctx.cancel_future(timer);
            }
        }
        for clock in &clocks {
            self.arm(request, *clock, ctx);
        }
        if clocks.iter().any(SlaClock::is_open) {
            self.clocks.insert(request, clocks)
        } else {
            self.clocks.remove(&request)
        };
    }
}
