//! What may happen to somebody who logs in, and what follows.

use super::{Role, User};
use crate::{refusal::Refusal, values::phone::PhoneNumber};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The longest login and the longest name, in characters.
const LONGEST: (usize, usize) = (64, 120);
/// The shortest password that a person chooses, in characters.
pub const SHORTEST_PASSWORD: usize = 8;

/// What has happened to a user; a password is never in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum UserEvent {
    /// May come in from now on.
    Joined {
        /// What is typed at the door.
        login: String,
        /// The name that colleagues see.
        name: String,
        /// The workplace.
        role: Role,
    },
    /// Is called otherwise.
    Renamed {
        /// The new name.
        name: String,
    },
    /// Types another login.
    LoginChanged {
        /// The new login.
        login: String,
    },
    /// Works elsewhere.
    RoleChanged {
        /// The new workplace.
        role: Role,
    },
    /// Is called at another number.
    PhoneChanged {
        /// The new number.
        phone: Option<PhoneNumber>,
    },
    /// Has another password.
    PasswordSet {
        /// It opens the door once: another must be chosen there.
        once: bool,
    },
    /// May not come in any longer.
    SwitchedOff,
    /// May come in again.
    SwitchedOn,
}

impl UserEvent {
    /// The name in the journal.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Joined { .. } => "user.joined",
            Self::Renamed { .. } => "user.renamed",
            Self::LoginChanged { .. } => "user.login_changed",
            Self::RoleChanged { .. } => "user.role_changed",
            Self::PhoneChanged { .. } => "user.phone_changed",
            Self::PasswordSet { .. } => "user.password_set",
            Self::SwitchedOff => "user.switched_off",
            Self::SwitchedOn => "user.switched_on",
        }
    }
}

/// A login as it is kept: lower case, of letters, digits and `._-@`.
///
/// # Errors
/// It is empty, too long, or has other characters.
pub fn login_of(typed: &str) -> Result<String, Refusal> {
    let login = typed.trim().to_lowercase();
    let fits = |c: char| c.is_alphanumeric() || "._-@".contains(c);
    let length = login.chars().count();
    if length == 0 || length > LONGEST.0 || !login.chars().all(fits) {
        let detail =
            format!("the login `{login}` cannot be: expected 1 to {} letters, digits or `._-@`", LONGEST.0);
        return Err(Refusal::invalid("login", detail));
    }
    Ok(login)
}

/// A name as it is kept.
///
/// # Errors
/// It is empty or too long.
pub fn name_of(typed: &str) -> Result<String, Refusal> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = name.chars().count();
    if length == 0 || length > LONGEST.1 {
        let detail = format!("the name `{name}` has {length} characters: expected 1 to {}", LONGEST.1);
        return Err(Refusal::invalid("name", detail));
    }
    Ok(name)
}

/// Everybody who may come in or might once.
#[derive(Debug, Clone, Copy)]
pub struct Roll<'a>(pub &'a [&'a User]);

impl Roll<'_> {
    /// Decides what happens to a user; changes nothing.
    ///
    /// # Errors
    /// A login is taken, the role is no workplace, the house would be left without an administrator, or nothing would
    /// change.
    pub fn decide(&self, user: &User, event: UserEvent) -> Result<UserEvent, Refusal> {
        match &event {
            UserEvent::Joined { login, role, .. } => {
                self.free(login, user).and_then(|()| workplace(*role)).map(|()| event)
            }
            UserEvent::LoginChanged { login } => self.free(login, user).map(|()| event),
            UserEvent::RoleChanged { role } => {
                workplace(*role)?;
                if *role != Role::Admin {
                    self.spares(user)?;
                }
                Ok(event)
            }
            UserEvent::SwitchedOff if user.off.is_some() => Err(switched(user, "off")),
            UserEvent::SwitchedOn if user.off.is_none() => Err(switched(user, "on")),
            UserEvent::SwitchedOff => self.spares(user).map(|()| event),
            _ => Ok(event),
        }
    }
    fn free(&self, login: &str, user: &User) -> Result<(), Refusal> {
        match self.0.iter().find(|other| other.login == login && other.id != user.id) {
            Some(other) => {
                let detail = format!("the login `{login}` is that of {}: expected another", other.name);
                Err(Refusal::state("login-taken", detail))
            }
            None => Ok(()),
        }
    }
    /// Is there an administrator besides this one?
    fn spares(&self, user: &User) -> Result<(), Refusal> {
        let keeps = |other: &&&User| other.role == Role::Admin && other.off.is_none() && other.id != user.id;
        if user.role != Role::Admin || user.off.is_some() || self.0.iter().any(|other| keeps(&other)) {
            return Ok(());
        }
        let detail = format!("`{}` is the last administrator: expected another one first", user.login);
        Err(Refusal::state("last-admin", detail))
    }
}

fn workplace(role: Role) -> Result<(), Refusal> {
    if role == Role::Client {
        return Err(Refusal::invalid(
            "role",
            "`client` is no workplace: expected that of somebody who logs in",
        ));
    }
    Ok(())
}

fn switched(user: &User, how: &str) -> Refusal {
    Refusal::state("user-state", format!("`{}` is switched {how} already", user.login))
}

impl User {
    /// Never fails, so that a replay never fails. Passwords, and who the user is in the firm, are put in beside it.
    pub fn apply(&mut self, event: &UserEvent, at: Timestamp) {
        self.ver += 1;
        match event {
            UserEvent::Joined { login, name, role } => {
                (self.login, self.name, self.role) = (login.clone(), name.clone(), *role);
            }
            UserEvent::Renamed { name } => self.name.clone_from(name),
            UserEvent::LoginChanged { login } => self.login.clone_from(login),
            UserEvent::RoleChanged { role } => self.role = *role,
            UserEvent::PhoneChanged { phone } => self.phone.clone_from(phone),
            UserEvent::PasswordSet { once } => self.once = *once,
            UserEvent::SwitchedOff => self.off = Some(at),
            UserEvent::SwitchedOn => self.off = None,
        }
    }
}
