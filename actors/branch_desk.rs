//! The front desk's commands about branches.

use crate::{
    card_desk::looked_at,
    dispatch::{dispatcher::Roster, orders::args},
    front_desk::{FrontDesk, gone},
};
use domain::{
    ports::{Batch, Command, Seat},
    refusal::Refusal,
    values::{id::BranchId, phone::InvalidPhoneNumber, place::Place},
    workforce::branch::{Branch, BranchCard, BranchEvent},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// A card as screens write it: the number as it was typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardWish {
    name: String,
    #[serde(default)]
    address: String,
    place: Place,
    #[serde(default)]
    phone: Option<String>,
}

impl CardWish {
    fn card(self) -> Result<BranchCard, Refusal> {
        let Self { name, address, place, phone } = self;
        let typed = phone.as_deref().map(str::trim).filter(|typed| !typed.is_empty());
        let phone = typed.map(|typed| {
            typed.parse().map_err(|e: InvalidPhoneNumber| Refusal::invalid("phone", e.to_string()))
        });
        BranchCard { name, address, place, phone: phone.transpose()? }.checked()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    card: CardWish,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    branch: BranchId,
    card: CardWish,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    branch: BranchId,
}

impl FrontDesk {
    /// Commands `branch.…`.
    pub(crate) async fn branch(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let _one_at_a_time = self.zoning.lock().await;
        let (mut branch, event) = self.branch_wished(command)?;
        looked_at("the branch", command, branch.ver).map_err(|no| no.with_current(row(&branch)))?;
        let masters = self.masters_of(branch.id).await?;
        let event = {
            let directory = self.house.directory.read();
            branch.decide(event, directory.branches.values(), masters)?
        };
        let was = branch.ver;
        branch.apply(&event);
        let answer = json!({ "branch": branch.id, "rev": branch.ver });
        let mut batch =
            Batch { command: Some(command.id.clone()), answer: answer.clone(), ..Batch::default() };
        batch.tell(branch.id, branch.ver, event.name(), self.house.now(), &seat.login, &event);
        batch.keep(&branch, was);
        self.house.keep(batch).await?;
        self.house.directory.write().branches.insert(branch.id, branch);
        Ok(answer)
    }
    fn branch_wished(&self, command: &Command) -> Result<(Branch, BranchEvent), Refusal> {
        let known = |id: BranchId| {
            let directory = self.house.directory.read();
            directory.branches.get(&id).cloned().ok_or_else(|| Refusal::unknown("branch", id))
        };
        match command.name.as_str() {
            "branch.open" => {
                let card = args::<Open>(command)?.card.card()?;
                Ok((Branch::new(self.house.fresh(), card.clone()), BranchEvent::Opened { card }))
            }
            "branch.change" => {
                let Change { branch, card } = args(command)?;
                Ok((known(branch)?, BranchEvent::Changed { card: card.card()? }))
            }
            "branch.close" => Ok((known(args::<Which>(command)?.branch)?, BranchEvent::Closed)),
            "branch.reopen" => Ok((known(args::<Which>(command)?.branch)?, BranchEvent::Reopened)),
            other => Err(Refusal::unknown("command", other)),
        }
    }
    /// How many who still work here belong to a branch.
    async fn masters_of(&self, branch: BranchId) -> Result<usize, Refusal> {
        let masters = self.house.desk()?.dispatcher.send(Roster).await.map_err(gone)?;
        Ok(masters.iter().filter(|master| !master.left && master.branch == Some(branch)).count())
    }
    /// All branches, those that are open first, by name.
    pub(crate) fn all_branches(&self) -> Vec<Value> {
        let directory = self.house.directory.read();
        let mut branches: Vec<&Branch> = directory.branches.values().collect();
        branches.sort_by(|a, b| (a.closed, &a.card.name).cmp(&(b.closed, &b.card.name)));
        branches.into_iter().map(row).collect()
    }
}

fn row(branch: &Branch) -> Value {
    let mut row = json!(branch.card);
    row["id"] = json!(branch.id);
    row["rev"] = json!(branch.ver);
    row["closed"] = json!(branch.closed);
    row
}
