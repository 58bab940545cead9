//! Who may do what: users, roles, and the commands of each role (`docs/PROTOCOL.md`).

pub mod secrets;
pub mod user_rules;

use crate::{
    ports::{Entity, Table},
    values::{
        id::{Id, MasterId, OperatorId, UserId, UserKind},
        phone::PhoneNumber,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A workplace; a person has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes calls and registers requests.
    Operator,
    /// Plans visits.
    Dispatcher,
    /// Makes visits.
    Master,
    /// Watches and decides.
    Manager,
    /// Keeps the house.
    Admin,
    /// A client who came by the link of a visit; nobody logs in as one.
    Client,
}

/// Somebody who logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Identity.
    pub id: UserId,
    /// Version.
    pub ver: u64,
    /// What is typed at the door, lower case.
    pub login: String,
    /// The name that colleagues see.
    pub name: String,
    /// The workplace.
    pub role: Role,
    /// argon2id PHC string; never leaves the server.
    pub password: String,
    /// The master this user is.
    pub master: Option<MasterId>,
    /// The operator this user is.
    pub operator: Option<OperatorId>,
    /// Works by itself in a demo city.
    #[serde(default)]
    pub robot: bool,
    /// Where they are called.
    #[serde(default)]
    pub phone: Option<PhoneNumber>,
    /// The password opens the door once: another must be chosen there.
    #[serde(default)]
    pub once: bool,
    /// Since when they may not come in.
    #[serde(default)]
    pub off: Option<Timestamp>,
}

impl Entity for User {
    const TABLE: Table = Table::User;
    type Kind = UserKind;
    fn id(&self) -> Id<UserKind> {
        self.id
    }
    fn ver(&self) -> u64 {
        self.ver
    }
}

impl Role {
    /// May this role give the command? Own-scope (`my visit`) is checked where the thing is owned.
    pub fn may(self, command: &str) -> bool {
        use Role::{Admin, Client, Dispatcher, Manager, Master, Operator};
        match command {
            // A manager with a supervisor's seat talks like an operator; whose call it is, is checked where it lives.
            "operator.ready"
            | "operator.pause"
            | "operator.offline"
            | "operator.more"
            | "call.answer"
            | "call.reject"
            | "call.hangup"
            | "call.hold"
            | "call.resume"
            | "call.mute"
            | "call.unmute"
            | "call.consult"
            | "call.unconsult"
            | "call.transfer"
            | "call.conference"
            | "call.dial"
            | "call.dispose"
            | "call.keys"
            | "call.pause_recording"
            | "call.resume_recording" => {
                matches!(self, Operator | Manager)
            }
            "callback.take" | "callback.done" => self == Operator,
            "leg.offer" | "leg.close" | "leg.alive" | "recording.hear" => {
                matches!(self, Operator | Manager | Admin)
            }
            "call.listen" | "call.whisper" | "call.barge" | "call.leave" | "call.takeover"
            | "operator.set" | "campaign.count" | "campaign.begin" | "campaign.pause" | "campaign.resume"
            | "campaign.stop" => {
                matches!(self, Manager | Admin)
            }
            "client.change" | "point.create" | "point.change" | "unit.create" | "unit.change"
            | "unit.retire" => {
                matches!(self, Operator | Dispatcher | Manager)
            }
            "point.bind" | "agreement.create" | "agreement.change" | "agreement.cover"
            | "agreement.submit" | "agreement.return" => matches!(self, Dispatcher | Manager),
            "client.merge" | "client.part" | "client.apart" | "client.twins" => {
                matches!(self, Dispatcher | Manager | Admin)
            }
            "policy.emergency" | "policy.calm" => matches!(self, Dispatcher | Manager),
            "policy.choose"
            | "agreement.activate"
            | "agreement.suspend"
            | "agreement.resume"
            | "agreement.renew"
            | "agreement.terminate" => self == Manager,
            "client.consent" | "client.create" | "request.register" | "request.book" | "request.cancel"
            | "slots.offer" | "schedule.list" | "visit.preview" | "visit.explain" | "visit.candidates"
            | "visit.masters" => {
                matches!(self, Operator | Dispatcher | Manager)
            }
            "visit.assign" | "visit.unassign" | "visit.pin" | "visit.cancel" | "visit.follow"
            | "visit.wait" | "proposal.accept" | "proposal.reject" | "proposal.undo" | "schedule.write"
            | "schedule.pause" | "schedule.resume" | "schedule.end" | "month.show" | "month.plan"
            | "month.move" | "month.release" | "month.skip" | "month.confirm" => {
                matches!(self, Dispatcher | Manager)
            }
            "master.hours" | "master.absent" | "master.present" => matches!(self, Manager | Admin),
            "link.offer" | "link.reschedule" | "link.approve" | "link.pay" | "link.rate" => self == Client,
            "seat.take" | "seat.leave" => matches!(self, Operator | Master),
            "master.unavailable" | "master.available" => matches!(self, Dispatcher | Manager | Master),
            "shift.start" | "shift.end" | "visit.accept" | "visit.decline" | "visit.seen"
            | "visit.depart" | "visit.arrive" | "visit.leave" | "visit.begin" | "visit.complete"
            | "visit.pay" | "position" | "tracker.fix" | "tracker.allow" | "push.key" | "push.subscribe"
            | "push.unsubscribe" | "push.shown" | "visit.check" | "visit.photo" | "visit.sign"
            | "visit.quote" => self == Master,
            _ => self == Admin,
        }
    }
    /// May this role watch the topic?
    pub fn may_watch(self, topic: &str) -> bool {
        match topic {
            "campaigns" => matches!(self, Self::Manager | Self::Admin),
            "month" => matches!(self, Self::Dispatcher | Self::Manager),
            "agent" => matches!(self, Self::Operator | Self::Manager),
            "my-jobs" => self == Self::Master,
            "board" | "queue" | "requests" | "kpi" | "presence" | "lines" | "policy" => {
                !matches!(self, Self::Master | Self::Client)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_neither_plans_nor_answers_calls() {
        for command in ["visit.assign", "call.answer", "request.register", "visit.pin"] {
            assert!(!Role::Master.may(command), "{command}");
        }
        assert!(Role::Master.may("visit.accept") && !Role::Dispatcher.may("visit.accept"));
        assert!(!Role::Master.may_watch("board") && Role::Operator.may_watch("board"));
    }

    #[test]
    fn a_client_with_a_link_watches_nothing_and_works_nothing() {
        for topic in ["board", "queue", "requests", "kpi", "presence", "agent", "my-jobs"] {
            assert!(!Role::Client.may_watch(topic), "{topic}");
        }
        for command in ["visit.cancel", "visit.pay", "slots.offer", "request.book", "shift.start"] {
            assert!(!Role::Client.may(command), "{command}");
        }
        assert!(Role::Client.may("link.rate") && !Role::Admin.may("link.rate"));
    }
}
