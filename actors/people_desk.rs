//! The front desk's commands about people: passwords are made here and hashed before anybody decides, and the seat of an
//! operator is asked before the roll.

use crate::{
    call_centre::operator::{Fit, SetPresence},
    dispatch::{
        dispatcher::{Order, Roster},
        orders::args,
    },
    front_desk::{FrontDesk, gone},
};
use domain::{
    access::{User, user_rules::SHORTEST_PASSWORD},
    calls::{
        call_plan::CallSkill,
        operator::{Operator, Presence},
    },
    ports::{Command, Entity, Seat},
    refusal::Refusal,
    values::id::{OperatorId, UserId},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// What may be written about an operator.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeOperator {
    operator: OperatorId,
    skills: Vec<CallSkill>,
}

impl FrontDesk {
    fn user_named(&self, command: &Command) -> Result<User, Refusal> {
        let id: UserId = serde_json::from_value(command.args["user"].clone()).map_err(|e| {
            Refusal::invalid("arguments", format!("the arguments of `{}`: `user`: {e}", command.name))
        })?;
        let known = self.house.directory.read().users.get(&id).cloned();
        known.ok_or_else(|| Refusal::unknown("user", id))
    }
    /// Commands `person.…`.
    pub(crate) async fn person(&self, seat: Seat, mut command: Command) -> Result<Value, Refusal> {
        let args = command.args.as_object_mut();
        let args = args.ok_or_else(|| {
            Refusal::invalid("arguments", "the arguments are none: expected fields by name")
        })?;
        // What the desk puts in, nobody else may.
        for ours in ["hash", "once"] {
            args.remove(ours);
        }
        let chosen = args.remove("password").filter(|_| command.name == "person.create");
        let (mut told, mut renamed) = (None, None);
        if matches!(command.name.as_str(), "person.create" | "person.password") {
            let password = match chosen.as_ref().and_then(Value::as_str) {
                Some(chosen) if chosen.chars().count() < SHORTEST_PASSWORD => return Err(short(chosen)),
                Some(chosen) => chosen.to_owned(),
                None => self.house.secrets.fresh(),
            };
            command.args["once"] = json!(chosen.is_none());
            command.args["hash"] = json!(self.house.secrets.hashed(password.clone()).await);
            told = chosen.is_none().then_some(password);
        }
        match command.name.as_str() {
            "person.off" => self.send_home(&seat, &self.user_named(&command)?).await?,
            "person.change" => renamed = Some(self.user_named(&command)?),
            _ => {}
        }
        let dispatcher = &self.house.desk()?.dispatcher;
        let mut answer = dispatcher.send(Order { seat: seat.clone(), command }).await.map_err(gone)??;
        let now = renamed.as_ref().and_then(|user| self.house.directory.read().users.get(&user.id).cloned());
        if let Some((user, operator)) = now.and_then(|user| Some((user.clone(), user.operator?)))
            && renamed.is_some_and(|before| before.name != user.name && before.operator == user.operator)
        {
            self.fit(&seat, operator, None, Some(user.name), None).await?;
        }
        // Told once and kept nowhere: the same command again answers without it.
        if let Some(password) = told {
            answer["password"] = json!(password);
        }
        Ok(answer)
    }
    /// Who is switched off is brought no call any longer.
    async fn send_home(&self, seat: &Seat, user: &User) -> Result<(), Refusal> {
        let Some(operator) = user.operator else { return Ok(()) };
        let command = format!("off-{}", self.house.ids.next());
        let said = SetPresence { command, to: Presence::Offline, reason: None, by: Some(seat.login.clone()) };
        self.operator_actor(operator).await?.send(said).await.map_err(gone)?
    }
    async fn fit(
        &self,
        seat: &Seat,
        operator: OperatorId,
        command: Option<String>,
        name: Option<String>,
        skills: Option<Vec<CallSkill>>,
    ) -> Result<(), Refusal> {
        let fit = Fit { command, by: seat.login.clone(), name, skills };
        self.operator_actor(operator).await?.send(fit).await.map_err(gone)?
    }
    /// Command `operator.change`: what an operator can do on the telephone.
    pub(crate) async fn change_operator(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let ChangeOperator { operator, skills } = args(command)?;
        if let Some(odd) = skills.iter().find(|s| s.code.trim().is_empty() || !(1..=3).contains(&s.level)) {
            let detail = format!(
                "the skill `{}` of level `{}` cannot be: expected a name and 1 to 3",
                odd.code, odd.level
            );
            return Err(Refusal::invalid("skill-level", detail));
        }
        self.fit(seat, operator, Some(command.id.clone()), None, Some(skills)).await?;
        Ok(json!({}))
    }
    /// A person who came in by a password of one use has chosen their own.
    pub(crate) async fn choose_password(&self, login: String, password: String) -> Result<(), Refusal> {
        use domain::ports::FrontDoor as _;
        let user = self.user(&login).ok_or_else(|| Refusal::unknown("user", &login))?;
        if password.chars().count() < SHORTEST_PASSWORD {
            return Err(short(&password));
        }
        let hash = self.house.secrets.hashed(password).await;
        let (id, name) = (format!("chosen-{}", self.house.ids.next()), "person.password".to_owned());
        let command =
            Command { id, name, args: json!({"user": user.id, "hash": hash, "once": false}), rev: None };
        let User { id, login, name, role, master, operator, .. } = user;
        let seat = Seat { user: id, login, name, role, master, operator };
        self.house.desk()?.dispatcher.send(Order { seat, command }).await.map_err(gone)??;
        Ok(())
    }
    /// Everybody who works here, as the office sees them.
    pub(crate) async fn roster(&self) -> Result<Value, Refusal> {
        let masters = self.house.desk()?.dispatcher.send(Roster).await.map_err(gone)?;
        let rows = self.house.journal.rows(Operator::TABLE).await;
        let rows = rows.map_err(|error| Refusal::unavailable(error.to_string()))?;
        let operators: Vec<Value> = rows
            .into_iter()
            .map(|row| json!({"id": row["id"], "skills": row["skills"], "supervises": row["supervises"], "device": row["device"]["kind"]}))
            .collect();
        let lines = self.house.lines();
        let codes: Vec<String> = lines
            .rules
            .plan
            .queues
            .iter()
            .flat_map(|queue| queue.needs.iter().map(|need| need.skill.clone()))
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        let directory = self.house.directory.read();
        let zone = self.house.zone();
        let masters: Vec<Value> = masters
            .iter()
            .map(|m| {
                let skills: Vec<Value> = m
                    .skills
                    .iter()
                    .map(|s| {
                        let last = s.valid_till.and_then(|till| till.to_zoned(zone.clone()).date().yesterday().ok());
                        json!({"code": s.code, "level": s.level, "until": last})
                    })
                    .collect();
                let shift = m.shown_shift(self.house.now(), &zone);
                json!({
                    "id": m.id, "name": m.name, "phone": m.phone, "skills": skills, "home": m.home, "address": m.address, "left": m.left, "branch": m.branch,
                    "vehicle": m.vehicle.and_then(|id| directory.vehicles.get(&id)), "week": m.week, "absences": m.absences,
                    "shift": {"from": shift.from.as_millisecond(), "to": shift.to.as_millisecond()},
                })
            })
            .collect();
        Ok(
            json!({ "masters": masters, "operators": operators, "call_skills": codes, "middle": self.house.middle_of(&directory) }),
        )
    }
}

fn short(password: &str) -> Refusal {
    let n = password.chars().count();
    Refusal::invalid(
        "password-short",
        format!("the password has `{n}` characters: expected {SHORTEST_PASSWORD} at least"),
    )
}
