//! The port of the screens: what they ask of the house, and by which commands come in.

use super::{Answer, Command, Fact, Later, Seat};
use crate::{
    calls::report::By,
    imports::import::Wish,
    refusal::Refusal,
    values::id::{CallId, ClientId},
};
use jiff::Timestamp;
use serde_json::Value;

/// What the screens ask of the house. Roles are checked behind it.
pub trait FrontDoor: Send + Sync + 'static {
    /// Carries a command out; success means it is durable.
    fn command(&self, seat: Seat, command: Command) -> Later<Result<Answer, Refusal>>;
    /// Type-ahead over clients: name, phone in any form, serial, address. Rows are `ClientHit`.
    fn search(&self, typed: &str, limit: usize) -> Vec<Value>;
    /// Whom a call can be given to, by name or number: queues, masters, clients; queues alone when nothing is typed.
    /// Rows are `Person`.
    fn people(&self, typed: &str, limit: usize) -> Vec<Value> {
        let (_, _) = (typed, limit);
        Vec::new()
    }
    /// The whole card of a client, `ClientCard`.
    fn card(&self, client: &str) -> Later<Result<Value, Refusal>>;
    /// What has happened to an entity, oldest first.
    fn facts(&self, entity: &str) -> Later<Result<Vec<Fact>, Refusal>>;
    /// Calls that are over, newest first, of one client or of all, as the seat may see them.
    fn calls(&self, seat: &Seat, client: Option<ClientId>) -> Vec<Value> {
        let (_, _) = (seat, client);
        Vec::new()
    }
    /// SIP Call-IDs of the lines of a call, the caller's first.
    fn dialogs(&self, call: CallId) -> Vec<String> {
        let _ = call;
        Vec::new()
    }
    /// The board as it was at `from`, and every change of its rows until `until`:
    /// `{from, until, rows: [[key, row]…], changes: [[at, key, changed fields]…]}`.
    fn past(&self, from: Timestamp, until: Timestamp) -> Later<Result<Value, Refusal>>;
    /// What is set up so that work will not get done: `{at, checked: {masters, …}, findings: [{rule, weight, values}]}`.
    fn checkup(&self) -> Later<Result<Value, Refusal>>;
    /// What a table that was brought begins with, what is wrong with it and what would become of its lines.
    fn preview_import(&self, wish: Wish) -> Later<Result<Value, Refusal>> {
        let file = wish.file.to_string();
        Box::pin(async move { Err(Refusal::unknown("file", file)) })
    }
    /// Imports, newest first, as they stand this moment.
    fn imports(&self) -> Later<Result<Vec<Value>, Refusal>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    /// The lines in force without their passwords: `{rev, lines: {trunks, phones, queues, menus, head_start,
    /// codecs}, prompts, fixed}`.
    fn lines(&self) -> Value {
        Value::Null
    }
    /// Everybody who works here, as the office sees them: masters' cards, hours and absences, operators' skills.
    fn roster(&self) -> Later<Result<Value, Refusal>> {
        Box::pin(async { Ok(Value::Null) })
    }
    /// Makes the firm and its first administrator, where nobody may come in yet; gives the login.
    fn found(&self, wish: Value) -> Later<Result<String, Refusal>> {
        Box::pin(async move { Err(Refusal::unknown("house", wish)) })
    }
    /// What is written about the firm.
    fn company(&self) -> Value {
        Value::Null
    }
    /// All branches, those that are open first: rows `Branch`.
    fn branches(&self) -> Vec<Value> {
        Vec::new()
    }
    /// The dictionary of skills.
    fn skills(&self) -> Vec<Value> {
        Vec::new()
    }
    /// Templates of work, and the built-in checklists: `{templates, built_in: [{kind, items}]}`.
    fn templates(&self) -> Value {
        Value::Null
    }
    /// Zones with their points, as the map shows them.
    fn zones(&self) -> Value {
        Value::Null
    }
    /// A person who came in by a password of one use has chosen their own.
    fn choose_password(&self, login: &str, password: String) -> Later<Result<(), Refusal>> {
        let (login, _) = (login.to_owned(), password);
        Box::pin(async move { Err(Refusal::unknown("user", login)) })
    }
    /// Figures of calls from an instant to a later one.
    fn call_report(&self, from: Timestamp, until: Timestamp, by: By) -> Later<Result<Value, Refusal>> {
        let (_, _, _) = (from, until, by);
        Box::pin(async { Ok(Value::Null) })
    }
    /// Links to other programmes: without their secrets.
    fn hooks(&self) -> Later<Result<Vec<Value>, Refusal>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    /// What has happened after an event, of some kinds, as links tell it: `{events, next, head}`.
    fn events(
        &self,
        after: u64,
        kinds: Vec<String>,
        most: u64,
        personal: bool,
    ) -> Later<Result<Value, Refusal>> {
        let (_, _, _, _) = (after, kinds, most, personal);
        Box::pin(async { Ok(Value::Null) })
    }
    /// The user of a login who may come in, for the door.
    fn user(&self, login: &str) -> Option<crate::access::User>;
    /// All users; a demo shows their logins.
    fn users(&self) -> Vec<crate::access::User>;
}
