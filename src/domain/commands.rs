//! The registry of commands: what each is called, who may give it, what it says and what is answered. The description
//! of the interface is made from it (`GET /api/openapi.json`), and tests hold the front desk and the roles against it.

mod calls;
mod dispatch;
mod field;
mod firm;
pub mod notation;
mod office;
pub mod types;
mod upkeep;

use crate::access::Role;

/// One command, in the notation of [`notation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// `visit.assign`.
    pub name: &'static str,
    /// Who may give it.
    pub roles: &'static [Role],
    /// What it says.
    pub args: &'static str,
    /// What is answered.
    pub reply: &'static str,
    /// What it does, in English.
    pub en: &'static str,
    /// The same in Russian.
    pub ru: &'static str,
}

const fn spec(
    name: &'static str,
    roles: &'static [Role],
    args: &'static str,
    reply: &'static str,
    en: &'static str,
    ru: &'static str,
) -> Spec {
    Spec { name, roles, args, reply, en, ru }
}

const TALKS: &[Role] = &[Role::Operator, Role::Manager];
const OPERATOR: &[Role] = &[Role::Operator];
const HEARS: &[Role] = &[Role::Operator, Role::Manager, Role::Admin];
const WATCHES: &[Role] = &[Role::Manager, Role::Admin];
const DESKS: &[Role] = &[Role::Operator, Role::Dispatcher, Role::Manager];
const PLANS: &[Role] = &[Role::Dispatcher, Role::Manager];
const SEATS: &[Role] = &[Role::Operator, Role::Master];
const MASTER: &[Role] = &[Role::Master];
const MERGES: &[Role] = &[Role::Dispatcher, Role::Manager, Role::Admin];
const DUTY: &[Role] = &[Role::Dispatcher, Role::Manager, Role::Master];
const CLIENT: &[Role] = &[Role::Client];
const MANAGER: &[Role] = &[Role::Manager];
const ADMIN: &[Role] = &[Role::Admin];

/// Every command, by areas.
pub fn all() -> impl Iterator<Item = &'static Spec> {
    calls::COMMANDS
        .iter()
        .chain(office::COMMANDS)
        .chain(firm::COMMANDS)
        .chain(dispatch::COMMANDS)
        .chain(field::COMMANDS)
        .chain(upkeep::COMMANDS)
}

/// The command of a name.
pub fn named(name: &str) -> Option<&'static Spec> {
    all().find(|spec| spec.name == name)
}
