//! Gathers what is set up and has it looked at.

use crate::{dispatch::past::Remember, front_desk::gone, house::House};
use domain::{
    calls::operator::Operator,
    checkup::{Setup, findings, of_hooks},
    hooks::hook::Hook,
    ports::{Entity, JournalError, Table},
    refusal::Refusal,
    visits::visit::Visit,
    workforce::master::Master,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn read<E: Entity + DeserializeOwned>(rows: Vec<Value>) -> Result<Vec<E>, Refusal> {
    let broken =
        |error: serde_json::Error| Refusal::unavailable(format!("a row of `{}`: {error}", E::TABLE.name()));
    rows.into_iter().map(|row| serde_json::from_value(row).map_err(broken)).collect()
}

/// What would keep work from being done, and how much was looked at.
///
/// # Errors
/// The dispatcher is starting, or the journal cannot be read.
pub(crate) async fn look(house: &House) -> Result<Value, Refusal> {
    let now = house.now();
    let book = house.desk()?.dispatcher.send(Remember { from: now, until: now }).await.map_err(gone)?;
    let rows = house.journal.rows(Table::Operator).await;
    let unread = |error: JournalError| Refusal::unavailable(error.to_string());
    let operators: Vec<Operator> = read(rows.map_err(unread)?)?;
    let hooks: Vec<Hook> = read(house.journal.rows(Table::Hook).await.map_err(unread)?)?;
    let masters: Vec<Master> = book.masters.values().cloned().collect();
    let visits: Vec<&Visit> = book.visits.values().filter(|v| !v.is_over()).collect();
    let (lines, missing_prompts) = (house.lines(), house.missing_prompts());
    let directory = house.directory.read();
    let (points, units): (Vec<_>, Vec<_>) =
        (directory.points.values().collect(), directory.units.values().collect());
    let users: Vec<_> = directory.users.values().collect();
    let mut found = findings(&Setup {
        masters: &masters,
        points: &points,
        units: &units,
        operators: &operators,
        users: &users,
        visits: &visits,
        plan: &lines.rules.plan,
        missing_prompts: &missing_prompts,
        records: house.tuning.record,
        now,
    });
    found.extend(of_hooks(&hooks));
    found.sort_by_key(|finding| finding.weight);
    let checked = json!({
        "masters": masters.len(), "points": points.len(), "units": units.len(), "operators": operators.len(),
        "users": users.len(), "queues": lines.rules.plan.queues.len(), "visits": visits.len(),
    });
    Ok(json!({ "at": now.as_millisecond(), "checked": checked, "findings": found }))
}
