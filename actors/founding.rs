//! The first day of a house: the firm and its first administrator; and what is written about the firm later.

use crate::{
    dispatch::{
        dispatcher::{Order, Rezoned},
        orders::args,
    },
    front_desk::{FrontDesk, gone},
};
use domain::{
    access::{
        Role,
        user_rules::{SHORTEST_PASSWORD, login_of, name_of},
    },
    company::{Company, CompanyCard},
    ports::{Batch, Command, Seat},
    refusal::Refusal,
    values::id::UserId,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Who founds a house.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Founder {
    company: CompanyCard,
    name: String,
    login: String,
    password: String,
}

impl FrontDesk {
    /// Makes the firm and its first administrator; gives the login. Only where nobody may come in yet.
    pub(crate) async fn found(&self, wish: Value) -> Result<String, Refusal> {
        let _one_at_a_time = self.zoning.lock().await;
        if !self.house.directory.read().users.is_empty() {
            let detail = "the house has people already: expected an empty one";
            return Err(Refusal::state("not-first", detail));
        }
        let Founder { company, name, login, password } =
            serde_json::from_value(wish).map_err(|e| Refusal::invalid("arguments", e.to_string()))?;
        let (company, login, name) = (company.checked()?, login_of(&login)?, name_of(&name)?);
        let n = password.chars().count();
        if n < SHORTEST_PASSWORD {
            let detail = format!("the password has `{n}` characters: expected {SHORTEST_PASSWORD} at least");
            return Err(Refusal::invalid("password-short", detail));
        }
        let hash = self.house.secrets.hashed(password).await;
        self.write_company(company, &login, Batch::default()).await?;
        let nobody: UserId = self.house.fresh();
        let (id, role) = (format!("founded-{}", self.house.ids.next()), Role::Admin);
        let seat = Seat {
            user: nobody,
            login: login.clone(),
            name: name.clone(),
            role,
            master: None,
            operator: None,
        };
        let args = json!({"name": name, "login": login, "role": "admin", "hash": hash});
        let command = Command { id, name: "person.create".into(), args, rev: None };
        self.house.desk()?.dispatcher.send(Order { seat, command }).await.map_err(gone)??;
        Ok(login)
    }
    /// The firm as an administrator reads it; of one that nobody has written about yet, what the house goes by.
    pub(crate) fn shown_company(&self) -> Value {
        match &*self.house.company.read() {
            Some(Company { ver, card, .. }) => {
                json!({"name": card.name, "zone": card.zone, "place": card.place, "rev": ver})
            }
            None => {
                json!({"name": null, "zone": self.house.clock.zone(), "place": self.house.middle(), "rev": 0})
            }
        }
    }
    /// Command `company.change`: what is written about the firm.
    pub(crate) async fn change_company(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let _one_at_a_time = self.zoning.lock().await;
        let card: CompanyCard = args(command)?;
        let known = self.house.company.read().as_ref().map_or(0, |company| company.ver);
        if let Some(rev) = command.rev.filter(|rev| *rev != known) {
            return Err(Refusal::stale("the firm", rev, known).with_current(self.shown_company()));
        }
        let batch = Batch { command: Some(command.id.clone()), answer: json!({}), ..Batch::default() };
        self.write_company(card.checked()?, &seat.login, batch).await?;
        Ok(json!({}))
    }
    async fn write_company(&self, card: CompanyCard, by: &str, mut batch: Batch) -> Result<(), Refusal> {
        let known = self.house.company.read().clone();
        let (id, was) = known.map_or_else(|| (self.house.fresh(), 0), |known| (known.id, known.ver));
        let company = Company { id, ver: was + 1, card };
        let name = if was == 0 { "company.founded" } else { "company.changed" };
        batch.tell(id, company.ver, name, self.house.now(), by, &company.card);
        batch.keep(&company, was);
        self.house.keep(batch).await?;
        *self.house.company.write() = Some(company);
        // Days begin and end elsewhere now.
        self.house.desk()?.dispatcher.send(Rezoned).await.map_err(gone)
    }
}
