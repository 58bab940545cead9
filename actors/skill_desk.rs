//! The front desk's commands about the dictionary of skills.

use crate::{
    dispatch::{dispatcher::Roster, orders::args},
    front_desk::{FrontDesk, gone},
};
use domain::{
    ports::{Batch, Command, Entity, Seat},
    refusal::Refusal,
    workforce::{
        master::Master,
        skill::{SkillCard, SkillEvent, SkillWord},
    },
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    code: String,
}

impl FrontDesk {
    /// Commands `skill.…`.
    pub(crate) async fn skill(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let _one_at_a_time = self.zoning.lock().await;
        let (mut word, event) = self.skill_wished(command)?;
        let used = self.users_of(&word.card.code).await?;
        let (event, was) = (word.decide(event, used)?, word.ver);
        word.apply(&event);
        let mut batch = Batch { command: Some(command.id.clone()), answer: json!({}), ..Batch::default() };
        batch.tell(word.id, word.ver, event.name(), self.house.now(), &seat.login, &event);
        let gone = event == SkillEvent::Removed;
        if gone {
            batch.take_out(SkillWord::TABLE, word.id.uuid(), was);
        } else {
            batch.keep(&word, was);
        }
        self.house.keep(batch).await?;
        let mut directory = self.house.directory.write();
        if gone {
            directory.skills.remove(&word.card.code);
        } else {
            directory.skills.insert(word.card.code.clone(), word);
        }
        Ok(json!({}))
    }
    fn skill_wished(&self, command: &Command) -> Result<(SkillWord, SkillEvent), Refusal> {
        let directory = self.house.directory.read();
        if command.name == "skill.write" {
            let card: SkillCard = args(command)?;
            let card = card.checked()?;
            let fresh = || SkillWord::new(self.house.fresh(), card.clone());
            let word = directory.skills.get(&card.code).cloned().unwrap_or_else(fresh);
            return Ok((word, SkillEvent::Written { card }));
        }
        let Which { code } = args(command)?;
        let word = directory.skills.get(&code).cloned().ok_or_else(|| Refusal::unknown("skill", &code))?;
        match command.name.as_str() {
            "skill.retire" => Ok((word, SkillEvent::Retired)),
            "skill.restore" => Ok((word, SkillEvent::Restored)),
            "skill.remove" => Ok((word, SkillEvent::Removed)),
            other => Err(Refusal::unknown("command", other)),
        }
    }
    /// How many masters, units and open visits name a skill.
    async fn users_of(&self, code: &str) -> Result<usize, Refusal> {
        let masters: Vec<Master> = self.house.desk()?.dispatcher.send(Roster).await.map_err(gone)?;
        let masters = masters.iter().filter(|m| m.skills.iter().any(|s| s.code == code)).count();
        let directory = self.house.directory.read();
        Ok(masters + directory.units.values().filter(|unit| unit.skill == code).count())
    }
    /// The dictionary, by code.
    pub(crate) fn all_skills(&self) -> Vec<Value> {
        let directory = self.house.directory.read();
        let row = |word: &SkillWord| {
            let mut row = json!(word.card);
            row["retired"] = json!(word.retired);
            row
        };
        let mut codes: Vec<&SkillWord> = directory.skills.values().collect();
        codes.sort_by(|a, b| a.card.code.cmp(&b.card.code));
        codes.into_iter().map(row).collect()
    }
}
