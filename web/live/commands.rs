//! Commands of one socket: carried out beside the reading of it, each lane in its order.

use crate::{
    api::{House, carry_out},
    live::{frame, writer::Order},
    problem::Problem,
};
use domain::ports::{Command, Seat};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Commands of a lane that wait for their turn.
const WAITING: usize = 64;
/// Voice, everything else, and questions that change nothing.
const LANES: usize = 3;

/// Takes commands in. What was taken is carried out even when the socket is gone meanwhile.
#[derive(Debug)]
pub(crate) struct Desk {
    lanes: [mpsc::Sender<(Seat, Command)>; LANES],
}

impl Desk {
    /// A desk whose answers go to `orders`.
    pub(crate) fn open(house: &Arc<House>, orders: &mpsc::Sender<Order>) -> Self {
        Self { lanes: std::array::from_fn(|_| lane(Arc::clone(house), orders.clone())) }
    }
    /// Queues a command; refused when too many wait.
    pub(crate) fn take(&self, seat: Seat, command: Command) -> Result<(), Problem> {
        let full =
            |_| Problem::too_many(format!("`{WAITING}` commands are waiting for an answer already"), 1);
        self.lanes[lane_of(&command.name)].try_send((seat, command)).map_err(full)
    }
}

/// A call is not answered later because a plan is being explained.
fn lane_of(name: &str) -> usize {
    match name {
        "visit.preview" | "visit.explain" | "visit.candidates" | "slots.offer" => 2,
        _ => match name.split('.').next() {
            Some("call" | "leg" | "operator" | "callback" | "position") => 0,
            _ => 1,
        },
    }
}

fn lane(house: Arc<House>, orders: mpsc::Sender<Order>) -> mpsc::Sender<(Seat, Command)> {
    let (sender, mut inbox) = mpsc::channel::<(Seat, Command)>(WAITING);
    tokio::spawn(async move {
        while let Some((seat, command)) = inbox.recv().await {
            let id = command.id.clone();
            let answer = carry_out(&house, seat, command).await;
            // When nobody listens any more, the client repeats the command and is told then.
            let _ = orders.send(Order::Send(frame::done(&id, answer))).await;
        }
    });
    sender
}
