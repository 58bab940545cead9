//! The lines in force: what calls are served by. Replaced as a whole after the journal has kept the book, while calls
//! stand and callers wait.

use crate::{
    call_centre::call_queue::PlanChanged,
    dispatch::orders::args,
    front_desk::{FrontDesk, gone},
    house::House,
};
use domain::{
    calls::call_plan::CallPlan,
    lines::line_book::{LineBook, Lines, Rules},
    ports::{Batch, Command, Entity, Journal, JournalError, Seat, Table},
    refusal::Refusal,
    values::id::{Id, LineBookId},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// The lines and the rules made of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InForce {
    /// The version of the book; 0: what the settings say, nobody has written a book yet.
    pub ver: u64,
    /// As they were written.
    pub lines: Lines,
    /// What calls are served by.
    pub rules: Rules,
}

/// A house has one book: two administrators who begin it at once meet at its version.
fn book_id() -> LineBookId {
    Id::from_uuid(Uuid::from_u128(1))
}

/// The book that was kept, if any.
///
/// # Errors
/// The journal cannot be read, or the book is not one that this program understands.
pub async fn kept_book(journal: &dyn Journal) -> Result<Option<LineBook>, JournalError> {
    let row = journal.row(Table::LineBook, book_id().uuid()).await?;
    let broken = |e: serde_json::Error| JournalError::Store { reason: format!("the book of lines: {e}") };
    row.map(serde_json::from_value).transpose().map_err(broken)
}

impl House {
    /// The lines in force at this moment.
    pub fn lines(&self) -> Arc<InForce> {
        Arc::clone(&self.lines.read())
    }
    /// Our number that is shown to those whom we call.
    pub fn own_number(&self) -> String {
        self.lines().lines.own_number().map_or_else(|| self.tuning.own_number.clone(), str::to_owned)
    }
    /// The plan as the line of callers keeps it: its seconds are a caller's, also in a fast city.
    pub(crate) fn plan_of_the_city(&self) -> CallPlan {
        self.lines().rules.plan.clone().faster(self.clock.lapse())
    }
    /// Takes up what was kept; the settings stay in force where nothing was.
    pub(crate) async fn take_up_lines(&self) -> Result<(), JournalError> {
        let Some(book) = kept_book(&*self.journal).await? else { return Ok(()) };
        let rules = book.lines.rules();
        let rules =
            rules.map_err(|why| JournalError::Store { reason: format!("the book of lines: {why}") })?;
        self.put_in_force(book, rules);
        Ok(())
    }
    /// Of two books that were kept one after the other the later stays in force, whoever comes here first.
    fn put_in_force(&self, book: LineBook, rules: Rules) {
        let mut known = self.lines.write();
        if known.ver < book.ver {
            *known = Arc::new(InForce { ver: book.ver, lines: book.lines, rules });
        }
    }
    /// Prompts that callers should hear and that nobody has recorded.
    pub(crate) fn missing_prompts(&self) -> Vec<String> {
        let named = self.lines();
        let missing = named.rules.prompts().into_iter().filter(|name| !self.line.has_prompt(name));
        missing.map(str::to_owned).collect()
    }
}

impl FrontDesk {
    /// The lines as an administrator sees them: no password is told.
    pub(crate) fn shown_lines(&self) -> Value {
        let known = self.house.lines();
        json!({
            "rev": known.ver, "lines": known.lines.without_secrets(), "prompts": self.house.line.prompts(),
            "fixed": self.house.line.fixed(),
        })
    }
    /// The administrator writes the book anew. What calls are served by changes at once; calls that stand go on.
    pub(crate) async fn save_lines(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            lines: Lines,
        }
        let Written { lines } = args(command)?;
        let house = &self.house;
        let known = house.lines();
        let no_rev =
            || Refusal::invalid("rev-missing", "no `rev` was given: expected the version that was read");
        let rev = command.rev.ok_or_else(no_rev)?;
        if rev != known.ver {
            return Err(Refusal::stale("the book of lines", rev, known.ver).with_current(self.shown_lines()));
        }
        let lines = lines.with_secrets_of(&known.lines);
        let rules = lines.checked().map_err(|why| Refusal::invalid("lines", why.to_string()))?;
        if let Some(name) = rules.prompts().into_iter().find(|name| !house.line.has_prompt(name)) {
            let detail = format!(
                "the prompt `{name}` is not there: expected one of `{}`, or a file `{name}.wav` in the folder of prompts",
                house.line.prompts().join("`, `")
            );
            return Err(Refusal::invalid("lines", detail));
        }
        house.line.can_serve(&lines)?;
        let book = LineBook { id: book_id(), ver: known.ver + 1, lines };
        let answer = json!({ "rev": book.ver });
        let mut batch =
            Batch { command: Some(command.id.clone()), answer: answer.clone(), ..Batch::default() };
        let told = book.lines.without_secrets();
        batch.tell(book.id, book.ver, "lines.saved", house.now(), &seat.login, &told);
        batch.keep(&book, known.ver);
        match house.journal.commit(batch).await {
            Ok(()) => {}
            Err(JournalError::Stale { table, .. }) if table == LineBook::TABLE.name() => {
                let now = house.lines().ver.max(known.ver + 1);
                return Err(Refusal::stale("the book of lines", rev, now).with_current(self.shown_lines()));
            }
            Err(error) => return Err(Refusal::unavailable(error.to_string())),
        }
        house.put_in_force(book, rules);
        // The switchboard first: a number that a new queue serves must ring before callers are sent there.
        house.line.serve(&house.lines().lines)?;
        house.desk()?.queue.send(PlanChanged).await.map_err(gone)?;
        Ok(answer)
    }
}
