//! Commands of one socket: carried out beside the reading of it, each lane in its order.

use crate::{
    api::{House, carry_out},
    live::{frame, writer::Order},
    problem::Problem,
};
use domain::ports::{Command, Seat};
use std::sync::{Arc, OnceLock};
use tokio::sync::mpsc;

/// Commands of a lane that wait for their turn.
const WAITING: usize = 64;
/// Voice, everything else, and questions that change nothing.
const LANES: usize = 3;

/// Who asks for what. Boxed, for a channel sets places aside by the dozen and most screens never ask for anything.
type Asked = Box<(Seat, Command)>;

/// Takes commands in. What was taken is carried out even when the socket is gone meanwhile.
pub(crate) struct Desk {
    house: Arc<House>,
    orders: mpsc::Sender<Order>,
    /// Opened by the first command of its kind: a wall on the wall gives none.
    lanes: [OnceLock<mpsc::Sender<Asked>>; LANES],
}

impl Desk {
    /// A desk whose answers go to `orders`.
    pub(crate) fn open(house: &Arc<House>, orders: &mpsc::Sender<Order>) -> Self {
        Self { house: Arc::clone(house), orders: orders.clone(), lanes: Default::default() }
    }
    /// Queues a command; refused when too many wait.
    pub(crate) fn take(&self, seat: Seat, command: Command) -> Result<(), Problem> {
        let full =
            |_| Problem::too_many(format!("`{WAITING}` commands are waiting for an answer already"), 1);
        let open = || lane(Arc::clone(&self.house), self.orders.clone());
        self.lanes[lane_of(&command.name)].get_or_init(open).try_send(Box::new((seat, command))).map_err(full)
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

fn lane(house: Arc<House>, orders: mpsc::Sender<Order>) -> mpsc::Sender<Asked> {
    let (sender, mut inbox) = mpsc::channel::<Asked>(WAITING);
    tokio::spawn(async move {
        while let Some(asked) = inbox.recv().await {
            let (seat, command) = *asked;
            let id = command.id.clone();
            let answer = carry_out(&house, seat, command).await;
            // When nobody listens any more, the client repeats the command and is told then.
            let _ = orders.send(Order::Send(frame::done(&id, answer))).await;
        }
    });
    sender
}
