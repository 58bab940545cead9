//! Names of people and firms, and numbers to reach them.

use crate::chance::Chance;
use domain::values::phone::PhoneNumber;

const MEN: [&str; 20] = [
    "Алексей",
    "Андрей",
    "Артём",
    "Борис",
    "Виктор",
    "Владимир",
    "Георгий",
    "Дмитрий",
    "Евгений",
    "Иван",
    "Игорь",
    "Кирилл",
    "Константин",
    "Максим",
    "Михаил",
    "Николай",
    "Олег",
    "Павел",
    "Роман",
    "Сергей",
];
const WOMEN: [&str; 20] = [
    "Анастасия",
    "Анна",
    "Валентина",
    "Вера",
    "Галина",
    "Дарья",
    "Екатерина",
    "Елена",
    "Ирина",
    "Ксения",
    "Лариса",
    "Людмила",
    "Марина",
    "Мария",
    "Надежда",
    "Наталья",
    "Ольга",
    "Светлана",
    "Татьяна",
    "Юлия",
];
const MEN_AFTER: [&str; 12] = [
    "Алексеевич",
    "Андреевич",
    "Борисович",
    "Викторович",
    "Владимирович",
    "Дмитриевич",
    "Иванович",
    "Михайлович",
    "Николаевич",
    "Олегович",
    "Павлович",
    "Сергеевич",
];
const WOMEN_AFTER: [&str; 12] = [
    "Алексеевна",
    "Андреевна",
    "Борисовна",
    "Викторовна",
    "Владимировна",
    "Дмитриевна",
    "Ивановна",
    "Михайловна",
    "Николаевна",
    "Олеговна",
    "Павловна",
    "Сергеевна",
];
/// Surnames that take «а» for a woman.
const FAMILIES: [&str; 48] = [
    "Абрамов",
    "Анисимов",
    "Баранов",
    "Белов",
    "Беляев",
    "Быков",
    "Васильев",
    "Виноградов",
    "Власов",
    "Воробьёв",
    "Гаврилов",
    "Голубев",
    "Горшков",
    "Громов",
    "Давыдов",
    "Данилов",
    "Егоров",
    "Ершов",
    "Журавлёв",
    "Зайцев",
    "Захаров",
    "Зуев",
    "Калинин",
    "Кириллов",
    "Ковалёв",
    "Комаров",
    "Королёв",
    "Крылов",
    "Кудрявцев",
    "Лебедев",
    "Логинов",
    "Макаров",
    "Мельников",
    "Мошкин",
    "Никитин",
    "Орлов",
    "Панов",
    "Поляков",
    "Рябов",
    "Савельев",
    "Селезнёв",
    "Соколов",
    "Сорокин",
    "Тарасов",
    "Третьяков",
    "Фомин",
    "Шубин",
    "Юдин",
];
const TRADES: [&str; 16] = [
    "Кафе",
    "Магазин",
    "Пекарня",
    "Столовая",
    "Салон красоты",
    "Аптека",
    "Гостиница",
    "Кофейня",
    "Прачечная",
    "Ресторан",
    "Минимаркет",
    "Детский центр",
    "Стоматология",
    "Фитнес-клуб",
    "Бар",
    "Цветочная лавка",
];
const SIGNS: [&str; 32] = [
    "Берёзка",
    "Встреча",
    "Гавань",
    "Дубрава",
    "Енот",
    "Жасмин",
    "Зефир",
    "Ивушка",
    "Кама",
    "Калинка",
    "Ладья",
    "Маяк",
    "Мята",
    "Ньютон",
    "Облако",
    "Перекрёсток",
    "Пристань",
    "Радуга",
    "Рассвет",
    "Ромашка",
    "Рябинушка",
    "Северянка",
    "Сказка",
    "Тихая пристань",
    "Уют",
    "Фонарь",
    "Хлебница",
    "Цитрус",
    "Чайка",
    "Шафран",
    "Эхо",
    "Яблоко",
];
/// Codes of mobile networks; 916 is kept for the story.
const CODES: [u64; 10] = [902, 904, 908, 912, 919, 922, 950, 951, 963, 982];

/// Surname, name and patronymic.
pub fn full_name(chance: &mut Chance) -> String {
    let man = chance.happens(0.45);
    let (first, after) = if man {
        (chance.pick(&MEN), chance.pick(&MEN_AFTER))
    } else {
        (chance.pick(&WOMEN), chance.pick(&WOMEN_AFTER))
    };
    format!("{}{} {first} {after}", chance.pick(&FAMILIES), if man { "" } else { "а" })
}

/// Surname and name of a colleague; no two of a house are called the same while names last.
pub fn colleague(chance: &mut Chance, index: usize, man: bool) -> String {
    let family = FAMILIES[(index * 7 + 3) % FAMILIES.len()];
    if man {
        format!("{family} {}", chance.pick(&MEN))
    } else {
        format!("{family}а {}", chance.pick(&WOMEN))
    }
}

/// A firm as it signs.
pub fn firm(chance: &mut Chance) -> String {
    format!("{} «{}»", chance.pick(&TRADES), chance.pick(&SIGNS))
}

/// A taxpayer number of a firm, check digit and all.
pub fn inn(chance: &mut Chance) -> String {
    let mut digits: Vec<u64> = vec![5, 9];
    digits.extend((0..7).map(|_| chance.between(0, 9)));
    let weights = [2, 4, 10, 3, 5, 9, 4, 6, 8];
    let sum: u64 = digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum();
    digits.push(sum % 11 % 10);
    digits.iter().map(u64::to_string).collect()
}

/// The `index`-th mobile number of a town: all different, none in a row, one hundred million of them.
pub fn mobile(index: u64) -> PhoneNumber {
    let code = CODES[(index % 10) as usize];
    // 7 does not divide ten million's prime factors: the map of indices onto numbers is one to one.
    let tail = (index / 10 * 6_180_339 + 1_234_567) % 10_000_000;
    phone(&format!("+7{code}{tail:07}"))
}

/// A number that is known to be well written.
pub fn phone(text: &str) -> PhoneNumber {
    text.parse().expect("eleven digits after a plus are a number")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_never_repeat() {
        let all: BTreeSet<_> = (0..200_000).map(mobile).collect();
        assert_eq!(all.len(), 200_000);
        assert!(!all.iter().any(|p| p.as_str().starts_with("+7916")));
    }

    #[test]
    fn a_taxpayer_number_passes_its_own_check() {
        let mut chance = Chance::new(2);
        for _ in 0..100 {
            let inn = inn(&mut chance);
            assert!(inn.len() == 10 && inn.bytes().all(|b| b.is_ascii_digit()), "{inn}");
        }
    }
}
