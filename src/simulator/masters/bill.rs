//! What a master writes down at the end: works, parts, a note.

use crate::{
    chance::{Chance, mix},
    fate::Fate,
    scene::VisitRow,
};
use domain::{billing::price, requests::request::Priority};
use serde_json::{Value, json};

const PARTS: [(&str, u64, u64); 6] = [
    ("Пусковое реле", 600, 1_400),
    ("Уплотнитель", 900, 2_600),
    ("Сливной насос", 1_400, 3_200),
    ("Датчик температуры", 500, 1_600),
    ("Плата управления", 3_500, 8_900),
    ("Комплект фильтров", 400, 1_200),
];
/// Share of repairs that need a part, and of those with the part in the van.
const PART_USED: f64 = 0.45 * 0.62;

/// The work in one line.
fn work_name(kind: &str, minutes: f64) -> &'static str {
    match (kind, minutes) {
        ("maintenance", _) => "Плановое обслуживание",
        ("install", _) => "Монтаж и пуск",
        ("kkt", _) => "Ремонт и настройка ККТ",
        (_, m) if m < 45.0 => "Мелкий ремонт",
        (_, m) if m < 90.0 => "Ремонт средней сложности",
        _ => "Сложный ремонт",
    }
}

/// The arguments of `visit.complete`.
pub fn of(visit: &VisitRow, fate: &Fate, seed: u64) -> Value {
    let mut chance = Chance::new(mix(seed, &format!("bill {}", visit.id)));
    let priority = match visit.priority.as_str() {
        "emergency" => Priority::Emergency,
        "urgent" => Priority::Urgent,
        _ => Priority::Normal,
    };
    let labour = price::labour(fate.work_min as u32, priority).amount();
    let diagnosis = json!({"name": "Диагностика", "price": "500"});
    let (outcome, works, note) = match fate.outcome {
        _ if fate.no_access => ("no_access", vec![], "Никто не открыл, телефон не отвечает"),
        "fixed" => {
            let mut works =
                vec![json!({"name": work_name(&visit.kind, fate.work_min), "price": labour.to_string()})];
            if visit.kind != "maintenance" && chance.happens(PART_USED) {
                let (name, low, high) = chance.pick(&PARTS);
                let cost = chance.between(low / 10, high / 10) * 10;
                works.push(json!({"name": name, "price": cost.to_string()}));
            }
            (
                "fixed",
                works,
                chance.pick(&["Проверено в работе", "Работает, клиент доволен", "Устранено, проверено"]),
            )
        }
        "need_part" => ("need_part", vec![diagnosis], "Нужна запчасть под заказ"),
        _ => ("refused", vec![diagnosis], "Клиент отказался от ремонта"),
    };
    json!({"visit": visit.id, "works": works, "note": note, "outcome": outcome})
}
