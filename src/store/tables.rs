//! The typed columns of each aggregate, derived from its document: what the store can be asked by.

mod agreement;
mod branch;
mod call;
mod callback;
mod campaign;
mod client;
mod company;
mod device;
mod hook;
mod import;
mod line_book;
mod master;
mod occurrence;
mod operator;
mod order;
mod payment;
mod point;
mod policy;
mod proposal;
mod request;
mod schedule;
mod skill;
mod template;
mod unit;
mod user;
mod vehicle;
mod visit;
mod zone;

use crate::convert::{decimal_of, from_json, link_of, list, record, time_of};
use domain::{
    ports::{Row, Table},
    values::{id::Kind, phone::PhoneNumber},
};
use serde_json::Value as Json;
use surrealdb::types::{Number, Object, Value};

/// The columns of a row while they are derived from its document; what the document lacks stays absent.
pub(crate) struct Columns<'a> {
    doc: &'a Json,
    row: Object,
}

impl<'a> Columns<'a> {
    /// What lies at the path `a.b.c` of the document.
    fn at(&self, path: &str) -> Option<&'a Json> {
        path.split('.').try_fold(self.doc, |json, name| json.get(name)).filter(|json| !json.is_null())
    }
    fn put(&mut self, column: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.row.insert(column, value);
        }
    }
    /// Text as it is.
    fn text(&mut self, column: &str, path: &str) {
        let value = self.at(path).and_then(Json::as_str).map(|text| Value::String(text.to_owned()));
        self.put(column, value);
    }
    /// Text made of the document.
    fn made(&mut self, column: &str, text: String) {
        self.put(column, Some(Value::String(text)));
    }
    /// A whole number.
    fn int(&mut self, column: &str, path: &str) {
        let value = self.at(path).and_then(Json::as_i64).map(|int| Value::Number(Number::Int(int)));
        self.put(column, value);
    }
    /// Yes or no.
    fn flag(&mut self, column: &str, path: &str) {
        let value = self.at(path).and_then(Json::as_bool).map(Value::Bool);
        self.put(column, value);
    }
    /// An instant.
    fn time(&mut self, column: &str, path: &str) {
        let value = self.at(path).and_then(Json::as_str).and_then(time_of);
        self.put(column, value);
    }
    /// A sum of money.
    fn sum(&mut self, column: &str, path: &str) {
        let value = self.at(path).and_then(Json::as_str).and_then(decimal_of);
        self.put(column, value);
    }
    /// A record of another table.
    fn link<K: Kind>(&mut self, column: &str, path: &str) {
        let value = self.at(path).and_then(Json::as_str).and_then(link_of::<K>).map(Value::RecordId);
        self.put(column, value);
    }
    /// Records of another table.
    fn links<K: Kind>(&mut self, column: &str, path: &str) {
        let all = self.at(path).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        let links = all.iter().filter_map(Json::as_str).filter_map(link_of::<K>).map(Value::RecordId);
        self.put(column, Some(list(links)));
    }
    /// A phone number in E.164 form, however it was written; other text (an internal line) as it is.
    fn phone(&mut self, column: &str, path: &str) {
        let value = self.at(path).and_then(Json::as_str).map(|typed| {
            Value::String(
                typed.parse::<PhoneNumber>().map_or_else(|_| typed.to_owned(), |phone| phone.to_string()),
            )
        });
        self.put(column, value);
    }
    /// A number with a fraction.
    fn float(&mut self, column: &str, path: &str) {
        let value = self.at(path).and_then(Json::as_f64).map(|float| Value::Number(Number::Float(float)));
        self.put(column, value);
    }
}

/// A row as the database keeps it: key, version, document and derived columns.
pub(crate) fn row(row: &Row) -> Object {
    let mut columns = Columns { doc: &row.doc, row: Object::new() };
    match row.table {
        Table::Client => client::columns(&mut columns),
        Table::Point => point::columns(&mut columns),
        Table::Unit => unit::columns(&mut columns),
        Table::Agreement => agreement::columns(&mut columns),
        Table::Request => request::columns(&mut columns),
        Table::Order => order::columns(&mut columns),
        Table::Visit => visit::columns(&mut columns),
        Table::Proposal => proposal::columns(&mut columns),
        Table::Master => master::columns(&mut columns),
        Table::Vehicle => vehicle::columns(&mut columns),
        Table::Call => call::columns(&mut columns),
        Table::Callback => callback::columns(&mut columns),
        Table::Payment => payment::columns(&mut columns),
        Table::Device => device::columns(&mut columns),
        Table::Operator => operator::columns(&mut columns),
        Table::User => user::columns(&mut columns),
        Table::Import => import::columns(&mut columns),
        Table::Campaign => campaign::columns(&mut columns),
        Table::LineBook => line_book::columns(&mut columns),
        Table::Company => company::columns(&mut columns),
        Table::Policy => policy::columns(&mut columns),
        Table::Skill => skill::columns(&mut columns),
        Table::Branch => branch::columns(&mut columns),
        Table::Template => template::columns(&mut columns),
        Table::Zone => zone::columns(&mut columns),
        Table::Hook => hook::columns(&mut columns),
        Table::Schedule => schedule::columns(&mut columns),
        Table::Occurrence => occurrence::columns(&mut columns),
    }
    let mut object = columns.row;
    object.insert("id", record(row.table, row.key));
    object.insert("ver", i64::try_from(row.ver).unwrap_or(i64::MAX));
    object.insert("doc", from_json(row.doc.clone()));
    object
}
