//! Tables of other programmes become cards: looked at, written chunk by chunk, gone on with after a restart.

pub(crate) mod returning;

use crate::{directory::Directory, dispatch::orders::args, front_desk::FrontDesk, house::House};
use domain::{
    clients::{agreement::Agreement, client::Client, point::ServicePoint},
    equipment::EquipmentUnit,
    imports::{
        cells::Problem,
        columns::guess,
        import::{Bad, Import, ImportEvent, ImportState, Tally, Wish, Written},
        reading::{Change, Reader},
        register::{Card, Cards, Register},
        sheets::{Line, Outline},
    },
    ports::{Batch, Command, JournalError, Seat, Table},
    refusal::Refusal,
    values::id::{AgreementId, ClientId, ImportId, PointId, UnitId},
};
use jiff::tz::TimeZone;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Lines that are kept in one transaction.
const CHUNK: usize = 200;
/// Lines that a preview shows.
const SHOWN: usize = 20;
/// Lines with a problem that a preview shows.
const SHOWN_BAD: usize = 200;
/// How often a chunk is tried; waits double from [`PAUSE`].
const TRIES: u32 = 8;
/// The wait before the second try.
const PAUSE: Duration = Duration::from_millis(50);

/// One import or undo at a time; the others are refused.
#[derive(Clone, Default)]
pub(crate) struct Imports(Arc<AtomicBool>);

/// The place of the one that runs; given back when it ends, however it ends.
pub(crate) struct Place(Arc<AtomicBool>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Imports {
    pub(crate) fn take(&self) -> Result<Place, Refusal> {
        if self.0.swap(true, Ordering::AcqRel) {
            return Err(Refusal::state(
                "import-running",
                "another import is running: expected it to end first",
            ));
        }
        Ok(Place(Arc::clone(&self.0)))
    }
}

impl Cards for Directory {
    fn client(&self, id: ClientId) -> Option<Client> {
        self.clients.get(&id).cloned()
    }
    fn point(&self, id: PointId) -> Option<ServicePoint> {
        self.points.get(&id).cloned()
    }
    fn unit(&self, id: UnitId) -> Option<EquipmentUnit> {
        self.units.get(&id).cloned()
    }
    fn agreement(&self, id: AgreementId) -> Option<Agreement> {
        self.agreements.get(&id).cloned()
    }
}

/// What everybody is found by, as the house knows it now.
fn register(house: &House) -> Register {
    let (directory, mut register) = (house.directory.read(), Register::default());
    directory.clients.values().for_each(|card| register.learn(&Card::Client(card.clone())));
    directory.points.values().for_each(|card| register.learn(&Card::Point(card.clone())));
    directory.units.values().for_each(|card| register.learn(&Card::Unit(card.clone())));
    directory.agreements.values().for_each(|card| register.learn(&Card::Agreement(card.clone())));
    for stone in directory.stones.all() {
        register.merged(stone, directory.stones.kept(stone.id));
    }
    register
}

fn zone(house: &House) -> TimeZone {
    TimeZone::get(&house.clock.zone()).unwrap_or(TimeZone::UTC)
}

/// Reads one line against the cards of this moment.
fn read(
    house: &House,
    wish: &Wish,
    register: &mut Register,
    line: &Line,
) -> Result<Vec<Change>, Vec<Problem>> {
    let (directory, zone) = (house.directory.read(), zone(house));
    let mapping = wish.mapping.clone().unwrap_or_default();
    let middle = house.middle_of(&directory);
    let mut fresh = || house.ids.next();
    let mut reader = Reader {
        what: wish.what,
        mapping: &mapping,
        duplicates: wish.duplicates,
        middle,
        zone: &zone,
        cards: &*directory,
        register,
        fresh: &mut fresh,
    };
    let placed = |card: Card| match card {
        Card::Point(point) => Card::Point(directory.chart.placed(&point).unwrap_or(point)),
        other => other,
    };
    let changes = reader.line(line)?;
    Ok(changes.into_iter().map(|(card, before)| (placed(card), before)).collect())
}

fn count(tally: &mut Tally, read: &Result<Vec<Change>, Vec<Problem>>) {
    tally.lines += 1;
    match read {
        Err(_) => tally.bad += 1,
        Ok(changes) if changes.is_empty() => tally.skipped += 1,
        Ok(changes) => {
            let created = changes.iter().filter(|(_, before)| before.is_none()).count() as u64;
            tally.created += created;
            tally.updated += changes.len() as u64 - created;
        }
    }
}

/// What a preview gathers on its way through the file.
#[derive(Default)]
struct Looked {
    rows: Vec<Value>,
    bad: Vec<Value>,
    tally: Tally,
    /// Points that would stand in the middle of the town.
    unplaced: u64,
}

impl Looked {
    fn take(&mut self, house: &House, wish: &Wish, register: &mut Register, ready: bool, line: &Line) {
        let read = if ready { read(house, wish, register, line) } else { Ok(Vec::new()) };
        count(&mut self.tally, &read);
        let fate = match &read {
            Err(_) => "bad",
            Ok(changes) if changes.is_empty() => "known",
            Ok(changes) if changes.iter().any(|(_, before)| before.is_none()) => "new",
            Ok(_) => "changed",
        };
        let middle = house.middle();
        let unplaced = |(card, before): &&Change| {
            matches!(card, Card::Point(point) if point.place == middle) && before.is_none()
        };
        self.unplaced += read.iter().flatten().filter(unplaced).count() as u64;
        let problems = read.err().unwrap_or_default();
        let row = json!({"line": line.no, "cells": line.cells, "fate": fate, "problems": problems});
        if !problems.is_empty() && self.bad.len() < SHOWN_BAD {
            self.bad.push(row.clone());
        }
        if self.rows.len() < SHOWN {
            self.rows.push(row);
        }
    }
}

impl House {
    /// The wish with everything that was left to be found out.
    async fn complete(&self, mut wish: Wish) -> Result<(Wish, Outline), Refusal> {
        let outline = self.sheets.outline(&wish.file, wish.form.clone()).await?;
        wish.form = outline.form.clone();
        let mapping = wish.mapping.take().unwrap_or_else(|| guess(wish.what, &outline.headings));
        let (fields, width) = (wish.what.fields(), outline.headings.len());
        if let Some((field, column)) = mapping.iter().find(|(f, c)| !fields.contains(f) || **c >= width) {
            let detail = format!(
                "`{field:?}` cannot be column `{column}`: expected a field of the table and 0 to {width}"
            );
            return Err(Refusal::invalid("import-mapping", detail));
        }
        wish.mapping = Some(mapping);
        Ok((wish, outline))
    }
    /// What a table begins with, what is wrong with it, and what would become of its lines; nothing is written.
    pub(crate) async fn preview_import(&self, wish: Wish) -> Result<Value, Refusal> {
        let (wish, outline) = self.complete(wish).await?;
        let missing = wish.what.missing(wish.mapping.as_ref().unwrap_or(&Default::default()));
        let ready = missing.is_empty();
        let looked = Arc::new(Mutex::new((Looked::default(), register(self))));
        let (house, into, asked) = (self.clone(), Arc::clone(&looked), wish.clone());
        let taker = move |line: Line| {
            let mut into = into.lock();
            let (looked, register) = &mut *into;
            looked.take(&house, &asked, register, ready, &line);
            ready || looked.rows.len() < SHOWN
        };
        self.sheets.read(&wish.file, wish.form.clone(), Box::new(taker)).await?;
        let looked = looked.lock();
        let Looked { rows, bad, tally, unplaced } = &looked.0;
        Ok(json!({
            "outline": outline, "fields": wish.what.fields(), "mapping": wish.mapping, "missing": missing, "rows": rows,
            "bad": bad, "tally": tally, "unplaced": unplaced,
        }))
    }
    /// Keeps what has happened to an import, and whatever else is in the batch.
    pub(crate) async fn keep_import(
        &self,
        import: &mut Import,
        event: ImportEvent,
        by: &str,
        mut batch: Batch,
    ) -> Result<(), JournalError> {
        let broken = |no: Refusal| JournalError::Store { reason: no.detail };
        let event = import.decide(event).map_err(broken)?;
        let (was, mut after) = (import.ver, import.clone());
        after.apply(&event);
        batch.tell(after.id, after.ver, event.name(), self.now(), by, &event);
        batch.keep(&after, was);
        self.journal.commit(batch).await?;
        self.stir();
        *import = after;
        Ok(())
    }
    /// Writes one chunk; its cards are in the house's memory when it returns.
    async fn write_chunk(
        &self,
        import: &mut Import,
        register: &mut Register,
        lines: &[Line],
    ) -> Result<(), JournalError> {
        let (mut batch, mut tally) = (Batch::default(), Tally::default());
        let (mut written, mut bad, mut cards) = (Vec::new(), Vec::new(), Vec::new());
        for line in lines {
            let read = read(self, &import.wish, register, line);
            count(&mut tally, &read);
            match read {
                Err(problems) => bad.push(Bad { line: line.no, problems, cells: line.cells.clone() }),
                Ok(changes) => {
                    for (card, before) in changes {
                        let (table, key, ver) = card.place();
                        let was = before.as_ref().map_or(0, |card| card.place().2);
                        let said = json!({"import": import.id, "line": line.no});
                        let name = format!("{}.imported", table.name());
                        batch.tell(card.id(), ver, &name, self.now(), &import.by, &said);
                        card.keep(&mut batch, was);
                        written.push(Written { line: line.no, table, key, ver, before });
                        cards.push(card);
                    }
                }
            }
        }
        let Some(line) = lines.last().map(|line| line.no) else { return Ok(()) };
        let by = import.by.clone();
        self.keep_import(import, ImportEvent::Taken { line, tally, written, bad }, &by, batch).await?;
        let mut directory = self.directory.write();
        cards.into_iter().for_each(|card| directory.put_card(card));
        register.settle();
        Ok(())
    }
    /// Writes a chunk, again when somebody changed one of its cards meanwhile.
    async fn insist(
        &self,
        import: &mut Import,
        known: &mut Register,
        lines: &[Line],
    ) -> Result<(), JournalError> {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match self.write_chunk(import, known, lines).await {
                Ok(()) => return Ok(()),
                Err(error) => tracing::warn!(%error, "a chunk of an import is tried again"),
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
            *known = register(self);
        }
        self.write_chunk(import, known, lines).await
    }
    /// Writes every line that is not written yet, and says how it ended.
    async fn write_lines(&self, mut import: Import) {
        let (tell, mut told) = tokio::sync::mpsc::channel(2 * CHUNK);
        let begins = import.line;
        let taker = move |line: Line| line.no <= begins || tell.blocking_send(line).is_ok();
        let reading =
            tokio::spawn(self.sheets.read(&import.wish.file, import.wish.form.clone(), Box::new(taker)));
        let (mut known, mut lines) = (register(self), Vec::with_capacity(CHUNK));
        let mut failed = None;
        while failed.is_none() && told.recv_many(&mut lines, CHUNK).await > 0 {
            failed = self.insist(&mut import, &mut known, &lines).await.err().map(|error| error.to_string());
            lines.clear();
        }
        drop(told);
        let read = reading.await.unwrap_or_else(|error| Err(Refusal::unavailable(error.to_string())));
        let failed = failed.or(read.err().map(|no| no.detail));
        let event = failed.map_or(ImportEvent::Finished, |reason| ImportEvent::Broke { reason });
        let by = import.by.clone();
        if let Err(error) = self.keep_import(&mut import, event, &by, Batch::default()).await {
            tracing::error!(%error, import = %import.id, "the end of an import was not kept");
        }
    }
}

impl FrontDesk {
    /// Commands `import.run` and `import.undo`.
    pub(crate) async fn import(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        match command.name.as_str() {
            "import.run" => self.run_import(seat, command).await,
            "import.undo" => self.undo_import(seat, command).await,
            other => Err(Refusal::unknown("command", other)),
        }
    }
    async fn run_import(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let wish: Wish = args(command)?;
        let place = self.imports.take()?;
        let (wish, _) = self.house.complete(wish).await?;
        let missing: Vec<_> = wish.what.missing(wish.mapping.as_ref().unwrap_or(&Default::default()));
        if !missing.is_empty() {
            let detail = format!("the columns `{missing:?}` are missing: expected one of each group");
            return Err(Refusal::invalid("import-mapping", detail));
        }
        let mut import = Import::new(self.house.fresh(), wish, &seat.login, self.house.now());
        let answer = json!({ "import": import.id });
        let batch = Batch { command: Some(command.id.clone()), answer: answer.clone(), ..Batch::default() };
        let kept = self.house.keep_import(&mut import, ImportEvent::Begun, &seat.login, batch).await;
        kept.map_err(|error| Refusal::unavailable(error.to_string()))?;
        self.go_on(place, import);
        Ok(answer)
    }
    async fn undo_import(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Which {
            import: ImportId,
        }
        let Which { import } = args(command)?;
        let place = self.imports.take()?;
        let row = self.house.journal.row(Table::Import, import.uuid()).await;
        let row = row.map_err(|error| Refusal::unavailable(error.to_string()))?;
        let row = row.ok_or_else(|| Refusal::unknown("import", import))?;
        let mut import: Import =
            serde_json::from_value(row).map_err(|error| Refusal::unavailable(error.to_string()))?;
        let event = import.decide(ImportEvent::UndoBegun)?;
        let batch = Batch { command: Some(command.id.clone()), answer: json!({}), ..Batch::default() };
        let kept = self.house.keep_import(&mut import, event, &seat.login, batch).await;
        kept.map_err(|error| Refusal::unavailable(error.to_string()))?;
        self.go_on(place, import);
        Ok(json!({}))
    }
    fn go_on(&self, place: Place, import: Import) {
        let house = self.house.clone();
        tokio::spawn(async move {
            match import.state {
                ImportState::Running => house.write_lines(import).await,
                ImportState::Undoing => house.take_back(import).await,
                ImportState::Done | ImportState::Undone | ImportState::Broken => {}
            }
            drop(place);
        });
    }
    /// Goes on with what a stop of the server has cut off.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn resume_imports(&self) -> Result<(), JournalError> {
        for row in self.house.journal.rows(Table::Import).await? {
            let import: Import = serde_json::from_value(row)
                .map_err(|error| JournalError::Store { reason: error.to_string() })?;
            let open = matches!(import.state, ImportState::Running | ImportState::Undoing);
            if let (true, Ok(place)) = (open, self.imports.take()) {
                tracing::info!(import = %import.id, line = import.line, "an import goes on");
                self.go_on(place, import);
            }
        }
        Ok(())
    }
    /// Every import, newest first.
    pub(crate) async fn all_imports(&self) -> Result<Vec<Value>, Refusal> {
        let rows = self.house.journal.rows(Table::Import).await;
        let mut rows = rows.map_err(|error| Refusal::unavailable(error.to_string()))?;
        rows.sort_by_key(|row| std::cmp::Reverse(row["at"].as_str().unwrap_or_default().to_owned()));
        Ok(rows)
    }
}
