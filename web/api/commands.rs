//! Commands: the same rules on the socket and over HTTP.

use crate::{
    api::{
        House,
        body::Body,
        session::{Session, SignedIn},
    },
    live::frame::Asking,
    problem::{Problem, brief},
};
use axum::{Json, extract::State};
use domain::ports::{Answer, Command, Seat};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long an answer is waited for. The command itself goes on.
const PATIENCE: Duration = Duration::from_secs(15);
/// The longest idempotency key and the longest name, in characters.
const LONGEST: usize = 64;

pub(super) async fn command(
    State(house): State<Arc<House>>,
    SignedIn { seat, session }: SignedIn,
    Body(asking): Body<Asking>,
) -> Result<Json<Value>, Problem> {
    let command = admit(&session, asking)?;
    let answer = carry_out(&house, seat, command).await?;
    let mut body = json!({ "ok": answer.ok });
    if answer.dup {
        body["dup"] = true.into();
    }
    Ok(Json(body))
}

/// Looks at what does not need the house: the key, the name, and how many there were this second.
pub(crate) fn admit(session: &Session, asking: Asking) -> Result<Command, Problem> {
    if !session.commands.lock().take(Instant::now()) {
        return Err(Problem::too_many("too many commands: expected at most 50 a second", 1));
    }
    for (what, text) in [("id", &asking.id), ("name", &asking.name)] {
        let length = text.chars().count();
        if length == 0 || length > LONGEST {
            let detail = format!(
                "the command's {what} `{}` has {length} characters: expected 1 to {LONGEST}",
                brief(text)
            );
            return Err(Problem::invalid(&format!("command-{what}"), detail));
        }
    }
    Ok(Command { id: asking.id, name: asking.name, args: Value::Object(asking.args), rev: asking.rev })
}

/// Ends the sessions of those who were switched off or renamed; a new password or workplace begins at the door. Who
/// writes about themselves stays.
fn show_out(house: &House, name: &str, user: &Value, by: &str) {
    let users = house.door.users();
    let whom = users.iter().find(|known| json!(known.id) == *user).filter(|known| known.login != by);
    let anew = whom.filter(|_| matches!(name, "person.password" | "person.change"));
    house
        .sessions
        .sweep(|login| house.door.user(login).is_some() && anew.is_none_or(|user| user.login != login));
}

/// Hands the command to the house.
pub(crate) async fn carry_out(house: &House, seat: Seat, command: Command) -> Result<Answer, Problem> {
    let (name, by) = (command.name.clone(), seat.login.clone());
    let about = name.starts_with("person.").then(|| command.args["user"].clone());
    match tokio::time::timeout(PATIENCE, house.door.command(seat, command)).await {
        Ok(answer) => {
            if answer.is_ok()
                && let Some(user) = about
            {
                show_out(house, &name, &user, &by);
            }
            answer.map_err(Problem::from)
        }
        Err(_) => {
            tracing::warn!(command = name, "no answer in time");
            Err(Problem::unavailable("there is no answer yet: repeat the command with the same id"))
        }
    }
}
