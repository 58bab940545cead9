//! The front desk's commands about operators: what they are doing, their line, their minute after a call.

use crate::{
    call_centre::{
        call_queue::FindOperator,
        heartbeat::PageLives,
        operator::{OperatorActor, SetPresence},
        wrap_up::MoreTime,
    },
    dispatch::orders::args,
    front_desk::{FrontDesk, gone},
};
use actix::Addr;
use domain::{
    calls::{line::LineOrder, operator::Presence, sounded::Measured},
    ports::{Command, Seat},
    refusal::Refusal,
    values::id::OperatorId,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a supervisor may have an operator do.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whom {
    operator: OperatorId,
    to: Presence,
    reason: Option<String>,
}

/// How a page hears the talk it is in, since it said so last.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hears {
    lost: Option<u16>,
    jitter: Option<u32>,
    trip: Option<u32>,
}

impl Hears {
    /// Nothing, unless losses and jitter are told; more than all packets are not lost.
    fn measured(self) -> Option<Measured> {
        let (lost, jitter_ms) = self.lost.zip(self.jitter)?;
        Some(Measured { lost: lost.min(1000), jitter_ms, trip_ms: self.trip, mos: None, codec: None })
    }
}

impl FrontDesk {
    /// By what the switchboard knows a browser: the operator's id; that of the user for who listens.
    pub(crate) fn session(seat: &Seat) -> String {
        seat.operator.map_or_else(|| seat.user.to_string(), |operator| operator.to_string())
    }
    pub(crate) fn operator(seat: &Seat) -> Result<OperatorId, Refusal> {
        seat.operator.ok_or_else(|| Refusal::forbidden(format!("`{}` is not an operator", seat.login)))
    }
    pub(crate) async fn operator_actor(&self, id: OperatorId) -> Result<Addr<OperatorActor>, Refusal> {
        let found = self.house.desk()?.queue.send(FindOperator(id)).await.map_err(gone)?;
        found.ok_or_else(|| Refusal::unknown("operator", id))
    }
    /// Commands `operator.…`.
    pub(crate) async fn presence(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        #[derive(Deserialize)]
        struct Why {
            reason: Option<String>,
        }
        let to = match command.name.as_str() {
            "operator.set" => return self.set_presence(seat, command).await,
            "operator.more" => {
                let operator = self.operator_actor(Self::operator(seat)?).await?;
                operator.send(MoreTime { command: command.id.clone() }).await.map_err(gone)??;
                return Ok(json!({}));
            }
            "operator.ready" => Presence::Ready,
            "operator.pause" => Presence::Break,
            "operator.offline" => Presence::Offline,
            other => return Err(Refusal::unknown("command", other)),
        };
        let why: Why = args(command)?;
        let operator = self.operator_actor(Self::operator(seat)?).await?;
        let said = SetPresence { command: command.id.clone(), to, reason: why.reason, by: None };
        operator.send(said).await.map_err(gone)??;
        Ok(json!({}))
    }
    /// A supervisor says what somebody else is doing.
    async fn set_presence(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let whom: Whom = args(command)?;
        if whom.to.has_call() {
            let detail =
                format!("`{:?}` comes with a call: expected ready, not_ready, break or offline", whom.to);
            return Err(Refusal::invalid("presence", detail));
        }
        let operator = self.operator_actor(whom.operator).await?;
        let (command, by) = (command.id.clone(), Some(seat.login.clone()));
        operator
            .send(SetPresence { command, to: whom.to, reason: whom.reason, by })
            .await
            .map_err(gone)??;
        Ok(json!({}))
    }
    /// Commands `leg.…`: the browser's audio.
    pub(crate) async fn leg(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        #[derive(Deserialize)]
        struct Offer {
            #[serde(default)]
            sdp: String,
        }
        let session = Self::session(seat);
        match command.name.as_str() {
            "leg.close" => self.house.line.order(LineOrder::CloseBrowser(session))?,
            "leg.alive" => {
                let hears = args::<Hears>(command)?.measured();
                if let Some(id) = seat.operator {
                    self.operator_actor(id).await?.send(PageLives { hears }).await.map_err(gone)?;
                }
            }
            _ => {
                let offer: Offer = args(command)?;
                let sdp = self.house.line.browser_offer(session, offer.sdp).await?;
                return Ok(json!({ "sdp": sdp }));
            }
        }
        Ok(json!({}))
    }
}
