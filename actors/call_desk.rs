//! The front desk's commands about calls: read, checked, and handed to the session, the queue or the operator they are
//! for.

use crate::{
    call_centre::{
        act::Act,
        call_session::{CallSession, OperatorDoes},
        callbacks::{DialCallback, WorkCallback},
        consulting::{AskColleague, SendAway},
        dialling::{MakeCall, call_to},
        operator::{CallWent, OperatorActor, RingOperator},
        telephony::{FindCall, NewCall},
        watching::{TakeOver, WatchCall},
    },
    dispatch::orders::args,
    front_desk::{FrontDesk, gone},
};
use actix::Addr;
use domain::{
    calls::{
        call::Watch,
        operator::{Device, Presence},
    },
    ports::{Command, Seat},
    refusal::Refusal,
    values::{
        id::{CallId, CallbackId, OperatorId, RequestId},
        phone::PhoneNumber,
    },
};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a command about a call may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    call: CallId,
    operator: Option<OperatorId>,
    queue: Option<String>,
    number: Option<String>,
    keys: Option<String>,
    disposition: Option<String>,
    #[serde(default)]
    note: String,
    request: Option<RequestId>,
}

impl About {
    /// What is wanted of somebody outside, when a number is named.
    fn outside(&self, command: &str) -> Result<Option<Act>, Refusal> {
        let asks = command == "call.consult";
        let Some(number) = self.number.as_deref().filter(|_| asks || command == "call.transfer") else {
            return Ok(None);
        };
        if self.operator.is_some() || self.queue.is_some() {
            let detail = "expected an `operator`, a `queue` or a `number`, and one of them";
            return Err(Refusal::invalid("number", detail));
        }
        let number = number_of(number)?;
        Ok(Some(if asks { Act::AskOutside(number) } else { Act::SendOutside(number) }))
    }
    fn disposed(self) -> Result<Act, Refusal> {
        let said = self.disposition.filter(|said| !said.trim().is_empty());
        let missing = || {
            Refusal::invalid(
                "disposition-missing",
                "the disposition is empty: expected what the call was about",
            )
        };
        Ok(Act::Dispose { disposition: said.ok_or_else(missing)?, note: self.note, about: self.request })
    }
}

fn number_of(typed: &str) -> Result<PhoneNumber, Refusal> {
    typed
        .parse()
        .map_err(|e: domain::values::phone::InvalidPhoneNumber| Refusal::invalid("phone", e.to_string()))
}

/// Whom to call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whom {
    number: Option<String>,
    callback: Option<CallbackId>,
}

impl FrontDesk {
    async fn session_of(&self, call: CallId) -> Result<Addr<CallSession>, Refusal> {
        let found = self.house.desk()?.telephony.send(FindCall(call)).await.map_err(gone)?;
        found.ok_or_else(|| Refusal::unknown("call", call))
    }
    /// Rings an operator for a call, past the line; refused when they are not ready.
    async fn engage(&self, id: OperatorId, call: CallId) -> Result<(Addr<OperatorActor>, Device), Refusal> {
        let address = self.operator_actor(id).await?;
        let rung = address.send(RingOperator { call, pop: Value::Null }).await.map_err(gone)?;
        let busy =
            || Refusal::state("operator-busy", format!("operator `{id}` is not ready: expected one who is"));
        Ok((address, rung.ok_or_else(busy)?))
    }
    /// Commands `call.…`.
    pub(crate) async fn call(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        match command.name.as_str() {
            "call.dial" => return self.dial(seat, command).await,
            "call.listen" => return self.watch(seat, command, Some(Watch::Listen)).await,
            "call.whisper" => return self.watch(seat, command, Some(Watch::Whisper)).await,
            "call.barge" => return self.watch(seat, command, Some(Watch::Barge)).await,
            "call.leave" => return self.watch(seat, command, None).await,
            "call.takeover" => return self.take_over(seat, command).await,
            _ => {}
        }
        let about: About = args(command)?;
        let (operator, id) = (Self::operator(seat)?, command.id.clone());
        let session = self.session_of(about.call).await?;
        if let Some(act) = about.outside(&command.name)? {
            session.send(OperatorDoes { operator, command: id, act }).await.map_err(gone)??;
            return Ok(json!({}));
        }
        let act = match (command.name.as_str(), about.operator, about.queue.clone()) {
            ("call.answer", ..) => Act::Answer,
            ("call.reject", ..) => Act::Reject,
            ("call.hangup", ..) => Act::Hangup,
            ("call.hold", ..) => Act::Hold,
            ("call.resume", ..) => Act::Resume,
            ("call.mute", ..) => Act::Mute(true),
            ("call.unmute", ..) => Act::Mute(false),
            ("call.unconsult", ..) => Act::Unconsult,
            ("call.conference", ..) => Act::Conference,
            ("call.pause_recording", ..) => Act::PauseRecording(true),
            ("call.resume_recording", ..) => Act::PauseRecording(false),
            ("call.consult", Some(colleague), _) => {
                return self.consult(session, operator, about.call, colleague, id).await;
            }
            ("call.consult", None, _) => {
                return Err(Refusal::invalid(
                    "colleague",
                    "nobody is named: expected the `operator` or the `number` that is asked",
                ));
            }
            ("call.transfer", Some(colleague), _) => {
                self.operator_actor(colleague).await?;
                let away = SendAway { operator, command: id, colleague };
                session.send(away).await.map_err(gone)??;
                return Ok(json!({}));
            }
            ("call.transfer", None, Some(queue)) => Act::SendInto(queue),
            ("call.transfer", None, None) => Act::Transfer,
            ("call.keys", ..) => Act::Press(about.keys.unwrap_or_default().parse()?),
            ("call.dispose", ..) => about.disposed()?,
            (other, ..) => return Err(Refusal::unknown("command", other)),
        };
        session.send(OperatorDoes { operator, command: id, act }).await.map_err(gone)??;
        Ok(json!({}))
    }
    async fn consult(
        &self,
        session: Addr<CallSession>,
        operator: OperatorId,
        call: CallId,
        colleague: OperatorId,
        command: String,
    ) -> Result<Value, Refusal> {
        if operator == colleague {
            let detail = format!("operator `{operator}` has the call already: expected another one");
            return Err(Refusal::invalid("same-operator", detail));
        }
        let (address, device) = self.engage(colleague, call).await?;
        let asks = AskColleague { operator, command, colleague, address, device };
        session.send(asks).await.map_err(gone)??;
        Ok(json!({}))
    }
    async fn watch(&self, seat: &Seat, command: &Command, how: Option<Watch>) -> Result<Value, Refusal> {
        let about: About = args(command)?;
        let session = self.session_of(about.call).await?;
        let (by, browser, command) = (seat.login.clone(), Self::session(seat), command.id.clone());
        let operator = seat.operator;
        session.send(WatchCall { by, operator, session: browser, command, how }).await.map_err(gone)??;
        Ok(json!({}))
    }
    async fn take_over(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let about: About = args(command)?;
        let (operator, session) = (Self::operator(seat)?, self.session_of(about.call).await?);
        let (address, device) = self.engage(operator, about.call).await?;
        let (by, command) = (seat.login.clone(), command.id.clone());
        session.send(TakeOver { by, operator, address, device, command }).await.map_err(gone)??;
        Ok(json!({}))
    }
    /// An operator calls a number, or the one of a task.
    async fn dial(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let whom: Whom = args(command)?;
        let operator = Self::operator(seat)?;
        let (number, client) = match (whom.number, whom.callback) {
            (Some(typed), None) => (typed, None),
            (None, Some(callback)) => {
                let desk = self.house.desk()?;
                desk.queue.send(DialCallback { operator, callback }).await.map_err(gone)??
            }
            _ => {
                return Err(Refusal::invalid(
                    "number",
                    "expected a `number` or a `callback`, and one of them",
                ));
            }
        };
        let phone = number_of(&number)?;
        let call = call_to(&self.house, &phone, client);
        let id = call.id;
        let (address, device) = self.engage(operator, id).await?;
        let free = CallWent { call: id, to: Presence::Ready, reason: None, pop: None };
        let made = MakeCall {
            operator,
            address: address.clone(),
            device,
            command: Some(command.id.clone()),
            callback: whom.callback,
            about: None,
        };
        let outcome = async {
            let session = self.house.desk()?.telephony.send(NewCall(Box::new(call))).await.map_err(gone)?;
            session.send(made).await.map_err(gone)?
        };
        if let Err(refusal) = outcome.await {
            // Whoever has no such call in hand any more does not mind.
            address.send(free).await.map_err(gone)?;
            return Err(refusal);
        }
        Ok(json!({}))
    }
    /// Commands `callback.…`.
    pub(crate) async fn callback(&self, seat: Seat, command: &Command) -> Result<Value, Refusal> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Given {
            callback: CallbackId,
            result: Option<String>,
        }
        let given: Given = args(command)?;
        let reached = (command.name == "callback.done").then(|| given.result.as_deref() != Some("no_answer"));
        let work = WorkCallback { seat, command: command.id.clone(), callback: given.callback, reached };
        self.house.desk()?.queue.send(work).await.map_err(gone)??;
        Ok(json!({}))
    }
}
