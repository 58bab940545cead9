//! What stands at clients': kinds, trade marks, models, and what goes wrong with them.

use crate::chance::Chance;

/// A kind of device.
#[derive(Debug)]
pub struct Device {
    /// What people call it.
    pub kind: &'static str,
    /// The skill its repair asks for.
    pub skill: &'static str,
    /// Share among a person's devices.
    pub home: f64,
    /// Share among a firm's devices.
    pub firm: f64,
    /// Trade mark and model.
    pub models: &'static [(&'static str, &'static str)],
    /// What a client says when it is broken.
    pub symptoms: &'static [&'static str],
}

/// All kinds.
pub const DEVICES: [Device; 9] = [
    Device {
        kind: "Кондиционер",
        skill: "hvac",
        home: 0.14,
        firm: 0.26,
        models: &[
            ("Daikin", "FTXB35C"),
            ("Mitsubishi Electric", "MSZ-HR35VF"),
            ("Haier", "AS12TL5"),
            ("Ballu", "BSD-12HN1"),
            ("LG", "P12SP2"),
        ],
        symptoms: &[
            "Не охлаждает",
            "Течёт вода из внутреннего блока",
            "Шумит и вибрирует",
            "Ошибка на дисплее",
        ],
    },
    Device {
        kind: "Холодильник",
        skill: "fridge",
        home: 0.24,
        firm: 0.08,
        models: &[
            ("Atlant", "ХМ 4625-101"),
            ("LG", "GA-B459CLWL"),
            ("Bosch", "KGN39VL25R"),
            ("Indesit", "DF 5200 W"),
            ("Бирюса", "649"),
        ],
        symptoms: &[
            "Не морозит",
            "Намерзает лёд на задней стенке",
            "Не отключается",
            "Щёлкает и не запускается",
        ],
    },
    Device {
        kind: "Холодильная витрина",
        skill: "fridge",
        home: 0.0,
        firm: 0.18,
        models: &[("Полюс", "ВХС-1,2 Carboma"), ("Марихолодмаш", "Илеть ВХН-1,5"), ("Cryspi", "Octava 1500")],
        symptoms: &[
            "Температура выше нормы",
            "Не работает подсветка",
            "Течёт конденсат",
            "Компрессор не запускается",
        ],
    },
    Device {
        kind: "Стиральная машина",
        skill: "washer",
        home: 0.28,
        firm: 0.06,
        models: &[
            ("Bosch", "WLP20266OE"),
            ("LG", "F2J3NS0W"),
            ("Samsung", "WW70A4S21EE"),
            ("Candy", "CS4 1062D1"),
            ("Electrolux", "EW6S3R26W"),
        ],
        symptoms: &[
            "Не сливает воду",
            "Сильно шумит при отжиме",
            "Не греет воду",
            "Ошибка двери",
            "Протекает снизу",
        ],
    },
    Device {
        kind: "Посудомоечная машина",
        skill: "washer",
        home: 0.12,
        firm: 0.06,
        models: &[
            ("Bosch", "SPV2HKX1DR"),
            ("Electrolux", "EEA927201L"),
            ("Hansa", "ZIM447KH"),
            ("МПК", "500Ф"),
        ],
        symptoms: &["Не набирает воду", "Остаётся грязная посуда", "Не сливает", "Выбивает автомат"],
    },
    Device {
        kind: "Кофемашина",
        skill: "coffee",
        home: 0.07,
        firm: 0.16,
        models: &[
            ("DeLonghi", "ECAM22.110"),
            ("Saeco", "Aulika Evo"),
            ("La Cimbali", "M23 UP"),
            ("Jura", "X8"),
            ("Nuova Simonelli", "Appia Life"),
        ],
        symptoms: &[
            "Не мелет зёрна",
            "Слабое давление",
            "Не греет",
            "Просит декальцинацию и не даёт работать",
        ],
    },
    Device {
        kind: "ККТ",
        skill: "kkt",
        home: 0.0,
        firm: 0.18,
        models: &[
            ("АТОЛ", "30Ф"),
            ("Эвотор", "7.3"),
            ("Меркурий", "185Ф"),
            ("Штрих-М", "М-01Ф"),
            ("АТОЛ", "Sigma 8"),
        ],
        symptoms: &[
            "Не печатает чек",
            "Не уходят чеки в ОФД",
            "Заканчивается ФН",
            "Не включается",
            "Ошибка часов",
        ],
    },
    Device {
        kind: "Котёл",
        skill: "boiler",
        home: 0.15,
        firm: 0.02,
        models: &[
            ("Baxi", "ECO Four 24F"),
            ("Ariston", "Clas X 24"),
            ("Navien", "Deluxe 24K"),
            ("Buderus", "U072-24"),
        ],
        symptoms: &["Не зажигается", "Падает давление", "Нет горячей воды", "Ошибка E01"],
    },
    Device {
        kind: "Сплит-система",
        skill: "hvac",
        home: 0.0,
        firm: 0.0,
        models: &[("Gree", "U-Match 60"), ("Daikin", "FBA60A")],
        symptoms: &["Не охлаждает", "Капает из дренажа"],
    },
];

/// The skills that exist.
pub const SKILLS: [&str; 6] = ["hvac", "fridge", "washer", "coffee", "kkt", "boiler"];

/// A device as it stands at a home or a firm.
pub fn pick(chance: &mut Chance, firm: bool) -> &'static Device {
    let shares: [f64; DEVICES.len()] =
        std::array::from_fn(|i| if firm { DEVICES[i].firm } else { DEVICES[i].home });
    &DEVICES[chance.weighted(&shares)]
}

/// A serial number in the manner of factories.
pub fn serial(chance: &mut Chance) -> String {
    format!(
        "{}{:02}{:06}",
        chance.pick(&["SN", "RU", "E", "K", "W"]),
        chance.between(15, 25),
        chance.between(1, 999_999)
    )
}

/// What a client says about a device of this kind.
pub fn symptom(chance: &mut Chance, kind: &str) -> &'static str {
    match DEVICES.iter().find(|d| kind.starts_with(d.kind)) {
        Some(device) => chance.pick(device.symptoms),
        None => chance.pick(&["Не включается", "Работает с перебоями", "Посторонний шум"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_skills_are_known() {
        for shares in [DEVICES.iter().map(|d| d.home).sum::<f64>(), DEVICES.iter().map(|d| d.firm).sum()] {
            assert!((shares - 1.0).abs() < 1e-9, "{shares}");
        }
        assert!(DEVICES.iter().all(|d| SKILLS.contains(&d.skill) && !d.models.is_empty()));
    }
}
