//! What is wrong with a file is told by line, with what was met and what was expected.

use crate::solved::{DAY, SOLOMON, TRSP};
use formats::read;

/// The refusal of a text in which one part is replaced by another.
fn refused(text: &str, part: &str, by: &str) -> String {
    let changed = text.replacen(part, by, 1);
    assert_ne!(changed, text, "`{part}` is in the text");
    read(&changed, "x").expect_err("must be refused").to_string()
}

#[test]
fn a_solomon_problem_is_refused_by_line() {
    let wrong = refused(SOLOMON, "\n1      30 ", "\n1      x30 ");
    assert_eq!(wrong, "line `11`: `x30`, expected a number of at least `-9000` for `XCOORD.`");
    let wrong = refused(SOLOMON, "  2         20", "  0         20");
    assert_eq!(wrong, "line `5`: `0`, expected a number of at least `1` for `NUMBER`");
    assert!(refused(SOLOMON, "        10         60        150", "").contains("expected `7` values"));
    assert!(
        refused(SOLOMON, " 60        150", " 60        50").contains("`DUE DATE` not before `READY TIME`")
    );
    assert!(refused(SOLOMON, "40        10 ", "40        30 ").contains("the vehicle's capacity, `20`"));
    assert!(refused(SOLOMON, "\n2      30", "\n1      30").contains("a number not used before"));
    assert!(refused(SOLOMON, "CUSTOMER\n", "\n").contains("a line beginning with `CUSTOMER`"));
    assert!(refused(SOLOMON, "  5          0        100", "  5          0        inf").contains("`inf`"));
}

#[test]
fn a_technicians_problem_is_refused_by_line() {
    assert!(
        refused(TRSP, "[1]     [0]     [1,1]", "[7]     [0]     [1,1]")
            .contains("numbers below `2`, found `7`")
    );
    assert!(
        refused(TRSP, "[0]     [0]     [1,1]", "[0]     [0]     [1]")
            .contains("a number for each of `2` parts")
    );
    assert!(
        refused(TRSP, "[0]     []      [0,0]", "0     []      [0,0]").contains("a list such as `[0,2,3]`")
    );
    assert!(
        refused(TRSP, "2      2       1       2", "5      2       1       2").contains("`5` technicians")
    );
}

#[test]
fn a_day_is_refused_by_line() {
    let wrong = refused(DAY, "\"09:00\"", "\"9 o'clock\"");
    assert!(
        wrong.starts_with("line `3`: ") && wrong.contains("moment `9 o'clock`, expected `HH:MM`"),
        "{wrong}"
    );
    assert!(refused(DAY, "[58.02, 56.20]", "[580.2, 56.20]").contains("place `[580.2, 56.2]`"));
    assert!(refused(DAY, "\"minutes\"", "\"minuts\"").contains("unknown field `minuts`"));
    assert!(refused(DAY, "\"master\": \"Belov\"", "\"master\": \"Petrov\"").contains("one of the masters"));
    assert!(
        refused(DAY, "\"name\": \"R-18 <b>\"", "\"name\": \"R-17\"").contains("a job's name not used before")
    );
    assert!(
        refused(DAY, "[\"10:00\", \"12:00\"]", "[\"12:00\", \"10:00\"]").contains("ends before it begins")
    );
    assert!(refused(DAY, "] }", "").contains("expected"));
}

#[test]
fn a_file_of_something_else_is_refused() {
    assert!(read("", "x").expect_err("empty").to_string().contains("the file is empty"));
    let wrong = read("\nhello\n", "x").expect_err("no problem").to_string();
    assert!(wrong.starts_with("line `2`: `hello`, expected JSON"), "{wrong}");
}
