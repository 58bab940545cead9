//! The text of one `BEGIN … COMMIT` and what is bound to it.

use crate::{
    convert::{from_json, from_time, list, record},
    edges,
    plan::Plan,
    tables,
};
use domain::ports::{Fact, Row, Table};
use std::{collections::BTreeMap, fmt::Write};
use surrealdb::types::{Datetime, Number, Object, RecordId, RecordIdKey, SurrealValue, Value};

/// What the transaction throws when a row, a command or the order of facts is not as expected.
pub(crate) const MOVED: &str = "the store has moved on";

/// One transaction, ready to send.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// The statements.
    pub(crate) text: String,
    /// What is bound to them.
    pub(crate) bound: BTreeMap<String, Value>,
}

impl Transaction {
    /// Everything a plan keeps, and the order of facts after it.
    pub(crate) fn of(plan: &Plan<'_>, head: u64) -> (Self, u64) {
        let mut this = Self { text: "BEGIN;\n".into(), bound: BTreeMap::new() };
        let after = this.expect(plan, head);
        this.facts(plan, head);
        this.commands(plan);
        this.rows(plan);
        this.text.push_str("COMMIT;");
        (this, after)
    }

    /// Rows that are known to be new, without a check and without facts.
    pub(crate) fn load(rows: &[Row]) -> Self {
        let mut this = Self { text: "BEGIN;\n".into(), bound: BTreeMap::new() };
        for table in Table::ALL {
            let own: Vec<&Row> = rows.iter().filter(|row| row.table == table).collect();
            if !own.is_empty() {
                this.insert(table, &own);
            }
        }
        this.text.push_str("COMMIT;");
        this
    }

    pub(crate) fn bind(&mut self, name: impl Into<String>, value: Value) {
        self.bound.insert(name.into(), value);
    }

    /// Compares versions of rows, the order of facts and absence of commands in one look.
    fn expect(&mut self, plan: &Plan<'_>, head: u64) -> u64 {
        let facts: usize = plan.kept.iter().map(|batch| batch.facts.len()).sum();
        let after = head + facts as u64;
        let (mut ids, mut expected) = (Vec::new(), Vec::new());
        for (&(table, key), &was) in &plan.expected {
            let id = RecordId::new(table, RecordIdKey::Uuid(key.into()));
            ids.push(Value::RecordId(id.clone()));
            if was > 0 {
                expected.push(version(id, was));
            }
        }
        for command in plan.kept.iter().filter_map(|batch| batch.command.as_deref()) {
            ids.push(Value::RecordId(RecordId::new("command", command)));
        }
        if facts > 0 {
            ids.push(Value::RecordId(RecordId::new("head", "event")));
            expected.push(version(RecordId::new("head", "event"), head));
        }
        self.bind("ids", list(ids));
        self.bind("expected", list(expected));
        let _ = writeln!(self.text, "IF (SELECT id, ver FROM $ids) != $expected {{ THROW '{MOVED}' }};");
        if facts > 0 {
            self.text.push_str("UPDATE head:event SET ver = $head RETURN NONE;\n");
            self.bind("head", int(after));
        }
        after
    }

    fn facts(&mut self, plan: &Plan<'_>, head: u64) {
        let facts = plan.kept.iter().flat_map(|batch| &batch.facts);
        let events: Vec<Value> = facts.zip(head + 1..).map(|(fact, seq)| event(fact, seq)).collect();
        if !events.is_empty() {
            self.bind("events", list(events));
            self.text.push_str("INSERT INTO event $events RETURN NONE;\n");
        }
    }

    fn commands(&mut self, plan: &Plan<'_>) {
        let answers: Vec<Value> = plan
            .kept
            .iter()
            .filter_map(|batch| {
                let mut object = Object::new();
                object.insert("id", RecordId::new("command", batch.command.as_deref()?));
                object.insert("answer", from_json(batch.answer.clone()));
                object.insert("at", Datetime::now());
                Some(Value::Object(object))
            })
            .collect();
        if !answers.is_empty() {
            self.bind("answers", list(answers));
            self.text.push_str("INSERT INTO command $answers RETURN NONE;\n");
        }
    }

    fn rows(&mut self, plan: &Plan<'_>) {
        for table in Table::ALL {
            let own = plan.rows.iter().filter(|((name, _), _)| *name == table.name());
            let (new, changed): (Vec<_>, Vec<_>) =
                own.partition(|(place, _)| plan.expected.get(*place).is_none_or(|was| *was == 0));
            let (new, changed): (Vec<&Row>, Vec<&Row>) = (
                new.into_iter().map(|(_, row)| *row).collect(),
                changed.into_iter().map(|(_, row)| *row).collect(),
            );
            // a row that came and went within the group was never there
            let new: Vec<&Row> = new.into_iter().filter(|row| !row.doc.is_null()).collect();
            let (gone, changed): (Vec<&Row>, Vec<&Row>) =
                changed.into_iter().partition(|row| row.doc.is_null());
            if !gone.is_empty() {
                self.take_out(table, &gone);
            }
            if !new.is_empty() {
                self.insert(table, &new);
            }
            if !changed.is_empty() {
                self.replace(table, &changed);
            }
        }
    }

    fn insert(&mut self, table: Table, rows: &[&Row]) {
        let name = table.name();
        self.bind(format!("new_{name}"), list(rows.iter().map(|row| Value::Object(tables::row(row)))));
        let _ = writeln!(self.text, "INSERT INTO {name} $new_{name} RETURN NONE;");
        for relation in edges::written_by(table) {
            let all: Vec<Object> = rows.iter().flat_map(|row| edges::of(relation, row)).collect();
            if !all.is_empty() {
                self.bind(format!("new_{name}_{relation}"), edges::bound(all));
                let _ = writeln!(
                    self.text,
                    "INSERT RELATION INTO {relation} $new_{name}_{relation} RETURN NONE;"
                );
            }
        }
    }

    /// Rows that leave the store, with the edges that they have written.
    fn take_out(&mut self, table: Table, rows: &[&Row]) {
        let name = table.name();
        let ids = rows.iter().map(|row| Value::RecordId(record(table, row.key)));
        self.bind(format!("gone_{name}"), list(ids));
        let _ = writeln!(self.text, "DELETE $gone_{name} RETURN NONE;");
        for relation in edges::written_by(table) {
            for row in rows {
                let n = self.bound.len();
                self.bind(format!("range_{n}"), Value::RecordId(edges::range(relation, row.key)));
                let _ = writeln!(self.text, "DELETE $range_{n} RETURN NONE;");
            }
        }
    }

    fn replace(&mut self, table: Table, rows: &[&Row]) {
        let name = table.name();
        self.bind(format!("old_{name}"), list(rows.iter().map(|row| Value::Object(tables::row(row)))));
        let _ = writeln!(self.text, "FOR $row IN $old_{name} {{ UPDATE $row.id CONTENT $row RETURN NONE }};");
        for relation in edges::written_by(table) {
            for row in rows {
                self.replace_edges(relation, row);
            }
        }
    }

    /// The edges of one row are written again only when they differ: most changes leave links alone.
    fn replace_edges(&mut self, relation: &'static str, row: &Row) {
        let n = self.bound.len();
        let all = edges::of(relation, row);
        let ends = all.iter().cloned().map(|mut edge| {
            edge.remove("origin");
            Value::Object(edge)
        });
        self.bind(format!("ends_{n}"), list(ends));
        self.bind(format!("edges_{n}"), edges::bound(all));
        self.bind(format!("range_{n}"), Value::RecordId(edges::range(relation, row.key)));
        let _ = writeln!(
            self.text,
            "IF (SELECT id, in, out FROM $range_{n}) != $ends_{n} {{ DELETE $range_{n} RETURN NONE; \
             INSERT RELATION INTO {relation} $edges_{n} RETURN NONE }};"
        );
    }
}

fn version(id: RecordId, ver: u64) -> Value {
    let mut object = Object::new();
    object.insert("id", id);
    object.insert("ver", int(ver));
    Value::Object(object)
}

fn int(number: u64) -> Value {
    Value::Number(Number::Int(i64::try_from(number).unwrap_or(i64::MAX)))
}

/// A fact as the database keeps it.
pub(crate) fn event(fact: &Fact, seq: u64) -> Value {
    let mut object = Object::new();
    object.insert("id", RecordId::new("event", i64::try_from(seq).unwrap_or(i64::MAX)));
    object.insert("entity", fact.entity.clone());
    object.insert("ver", int(fact.ver));
    object.insert("name", fact.name.clone());
    object.insert("at", from_time(fact.at));
    object.insert("by", fact.by.clone());
    object.insert("data", from_json(fact.data.clone()));
    object.into_value()
}
