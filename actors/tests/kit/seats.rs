//! Seats: who gives a command.

use crate::kit::firm::id;
use domain::{access::Role, ports::Seat, values::id::UserId};

fn seat(role: Role, login: &str) -> Seat {
    let user: UserId = id(900);
    Seat { user, login: login.into(), name: login.into(), role, master: None, operator: None }
}

/// Somebody who plans.
pub fn dispatcher() -> Seat {
    seat(Role::Dispatcher, "dispatcher1")
}
/// Somebody who watches and decides.
pub fn manager() -> Seat {
    seat(Role::Manager, "manager")
}
/// Somebody who keeps the house.
pub fn admin() -> Seat {
    seat(Role::Admin, "admin")
}
/// The master of this number.
pub fn master(number: u128) -> Seat {
    Seat { master: Some(id(number)), ..seat(Role::Master, &format!("master{number}")) }
}
/// The operator of this number.
pub fn operator(number: u128) -> Seat {
    Seat { operator: Some(id(number)), ..seat(Role::Operator, &format!("operator{number}")) }
}
