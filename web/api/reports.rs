//! Reports of calls: for screens as JSON, for spreadsheets as CSV.

use crate::{
    api::{House, session::SignedIn},
    problem::Problem,
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::header,
    response::{IntoResponse, Response},
};
use domain::{access::Role, calls::report::By};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    Json,
    Csv,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Lang {
    Ru,
    En,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    from: i64,
    until: i64,
    by: By,
    form: Option<Form>,
    lang: Option<Lang>,
}

/// Field of a row, heading in Russian, heading in English.
const COLUMNS: [(&str, &str, &str); 24] = [
    ("offered", "Поступило", "Offered"),
    ("answered", "Отвечено", "Answered"),
    ("in_time", "Отвечено вовремя", "Answered in time"),
    ("service_level", "Уровень сервиса, %", "Service level, %"),
    ("abandoned", "Не дождались", "Abandoned"),
    ("short", "из них сразу", "of them at once"),
    ("abandonment", "Доля потерянных, %", "Abandonment, %"),
    ("mean_wait", "Среднее ожидание, с", "Mean wait (ASA), s"),
    ("longest_wait", "Наибольшее ожидание, с", "Longest wait, s"),
    ("handled", "Записано", "Written down"),
    ("mean_handling", "Среднее время обработки, с", "Mean handling (AHT), s"),
    ("mean_talk", "Разговор, с", "Talk, s"),
    ("mean_hold", "Удержание, с", "Hold, s"),
    ("mean_wrap", "Запись после звонка, с", "Wrap-up, s"),
    ("occupancy", "Занятость, %", "Occupancy, %"),
    ("rung", "Вызовов оператору", "Rings"),
    ("missed", "Пропущено вызовов", "Missed rings"),
    ("transferred", "Переведено", "Transferred"),
    ("promised", "Обещано перезвонить", "Callbacks promised"),
    ("voicemails", "Голосовых сообщений", "Voicemails"),
    ("dialed", "Исходящих", "Dialled"),
    ("callbacks", "Задач перезвонить", "Callback tasks"),
    ("callbacks_kept", "Перезвонили", "Callbacks kept"),
    ("unspecified", "Без темы", "Unspecified"),
];

/// Figures of any period, for supervisors.
pub(super) async fn calls(
    State(house): State<Arc<House>>,
    SignedIn { seat, .. }: SignedIn,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    if !matches!(seat.role, Role::Manager | Role::Admin) {
        return Err(Problem::forbidden("reports are for supervisors"));
    }
    let Query(Asked { from, until, by, form, lang }) =
        asked.map_err(|no| Problem::invalid("query", no.body_text().to_lowercase()))?;
    let instant = |ms: i64| {
        Timestamp::from_millisecond(ms).map_err(|_| {
            Problem::invalid("period", format!("`{ms}` is no instant: expected milliseconds since 1970"))
        })
    };
    let report = house.door.call_report(instant(from)?, instant(until)?, by).await?;
    if !matches!(form, Some(Form::Csv)) {
        return Ok(Json(report).into_response());
    }
    let named = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"calls.csv\""),
    ];
    Ok((named, table(&report, by, lang.unwrap_or(Lang::Ru))).into_response())
}

/// A cell that a spreadsheet reads as text: quoted where it must be, and never a formula.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([';', '"', '\n', '\r', ',']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

/// With a mark of UTF-8 and semicolons, as a Russian Excel opens it.
fn table(report: &Value, by: By, lang: Lang) -> String {
    let said = |ru: &'static str, en: &'static str| match lang {
        Lang::Ru => ru,
        Lang::En => en,
    };
    let first = match by {
        By::Day => said("День", "Day"),
        By::Hour => said("Час", "Hour"),
        By::Queue => said("Очередь", "Queue"),
        By::Operator => said("Оператор", "Operator"),
        By::Trunk => said("Линия", "Trunk"),
        By::Disposition => said("Тема", "Disposition"),
    };
    let mut lines = vec![line(first.to_owned(), COLUMNS.iter().map(|(_, ru, en)| said(ru, en).to_owned()))];
    let numbers = |row: &Value| {
        let one = |(field, ..): &(&str, &str, &str)| {
            row[*field].as_i64().map(|n| n.to_string()).unwrap_or_default()
        };
        COLUMNS.iter().map(one).collect::<Vec<_>>()
    };
    for row in report["rows"].as_array().into_iter().flatten() {
        let name = row["name"].as_str().or(row["key"].as_str()).unwrap_or_default();
        lines.push(line(name.to_owned(), numbers(row)));
    }
    lines.push(line(said("Всего", "Total").to_owned(), numbers(&report["total"])));
    format!("\u{feff}{}\r\n", lines.join("\r\n"))
}

fn line(first: String, others: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = std::iter::once(first).chain(others).map(|text| cell(&text)).collect();
    cells.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cell_is_text_whatever_stands_in_it() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("+7916", "'+7916"),
            ("-5", "'-5"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("=HYPERLINK(\"a\";\"b\")", "\"'=HYPERLINK(\"\"a\"\";\"\"b\"\")\""),
            ("обычная; очередь", "\"обычная; очередь\""),
            ("kkt", "kkt"),
        ] {
            assert_eq!(cell(text), expected);
        }
    }

    #[test]
    fn a_table_has_its_headings_its_rows_and_its_sum() {
        let report = json!({
            "rows": [{ "key": "operator_1", "name": "Анна; старшая", "offered": 3, "occupancy": null }],
            "total": { "offered": 3, "occupancy": 71 },
        });
        let text = table(&report, By::Operator, Lang::Ru);
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').trim_end().split("\r\n").collect();
        assert!(text.starts_with("\u{feff}Оператор;Поступило;"), "{text}");
        assert!(lines[1].starts_with("\"Анна; старшая\";3;") && lines[2].starts_with("Всего;3;"), "{text}");
        assert!(lines.iter().skip(1).all(|it| it.ends_with(";;;;;;;;;") || it.contains(";71;")), "{text}");
    }
}
