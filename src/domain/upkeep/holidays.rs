//! Days on which nobody is visited: the holidays of the Labour Code, the same every year.

use jiff::civil::Date;
use std::collections::BTreeSet;

/// Month and day of each.
const DAYS: [(i8, i8); 14] = [
    (1, 1),
    (1, 2),
    (1, 3),
    (1, 4),
    (1, 5),
    (1, 6),
    (1, 7),
    (1, 8),
    (2, 23),
    (3, 8),
    (5, 1),
    (5, 9),
    (6, 12),
    (11, 4),
];

/// The holidays from a day to another one, both included.
pub fn holidays(first: Date, last: Date) -> BTreeSet<Date> {
    let years = first.year()..=last.year();
    let all =
        years.flat_map(|year| DAYS.iter().filter_map(move |(month, day)| Date::new(year, *month, *day).ok()));
    all.filter(|day| first <= *day && *day <= last).collect()
}
