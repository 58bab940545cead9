//! Telephone numbers as people dial them in Russia, and as trunks want to hear them.

/// Numbers of the rescue services: never refused, never counted, never delayed.
pub const EMERGENCY: [&str; 5] = ["101", "102", "103", "104", "112"];

/// A dialled number understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// Rescue services.
    Emergency(String),
    /// A number of the world, in digits with the country first and without a plus.
    World(String),
    /// A short number, or one we do not understand: it goes out as it is.
    Other(String),
}

/// How a trunk wants a number of the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumberForm {
    /// `+74951234567`.
    #[default]
    Plus,
    /// `74951234567`.
    Digits,
    /// `84951234567` inside the country, `810…` abroad.
    Eight,
}

impl Number {
    /// Reads `+7…`, `7…`, `8…`, `810…`, `00…`, ten digits of the country, decorated or not.
    pub fn read(dialled: &str) -> Self {
        let plus = dialled.trim_start().starts_with('+');
        let kept: String =
            dialled.chars().filter(|letter| letter.is_ascii_digit() || "*#".contains(*letter)).collect();
        if EMERGENCY.contains(&kept.as_str()) && !plus {
            return Number::Emergency(kept);
        }
        if kept.contains(['*', '#']) {
            return Number::Other(kept);
        }
        if plus {
            return if (8..=15).contains(&kept.len()) { Number::World(kept) } else { Number::Other(kept) };
        }
        let abroad = kept.strip_prefix("810").or_else(|| kept.strip_prefix("00"));
        match (kept.len(), abroad) {
            (_, Some(abroad)) if (8..=15).contains(&abroad.len()) => Number::World(abroad.to_owned()),
            (11, _) if kept.starts_with('7') => Number::World(kept),
            (11, _) if kept.starts_with('8') => Number::World(format!("7{}", &kept[1..])),
            (10, _) if kept.starts_with(['3', '4', '5', '8', '9']) => Number::World(format!("7{kept}")),
            _ => Number::Other(kept),
        }
    }

    /// As a trunk wants it.
    pub fn written(&self, form: NumberForm) -> String {
        match (self, form) {
            (Number::Emergency(digits) | Number::Other(digits), _) => digits.clone(),
            (Number::World(digits), NumberForm::Plus) => format!("+{digits}"),
            (Number::World(digits), NumberForm::Digits) => digits.clone(),
            (Number::World(digits), NumberForm::Eight) => match digits.strip_prefix('7') {
                Some(home) if digits.len() == 11 => format!("8{home}"),
                _ => format!("810{digits}"),
            },
        }
    }

    /// Whether it may never be limited.
    pub fn is_emergency(&self) -> bool {
        matches!(self, Number::Emergency(_))
    }
}

/// Whether two numbers are the same one, however they are written.
pub fn same_number(a: &str, b: &str) -> bool {
    Number::read(a) == Number::read(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_number_is_the_same_number() {
        for dialled in [
            "+74951234567",
            "74951234567",
            "84951234567",
            "8 (495) 123-45-67",
            "4951234567",
            "+7 495 123-45-67",
        ] {
            assert_eq!(Number::read(dialled), Number::World("74951234567".to_owned()), "{dialled}");
        }
        for dialled in ["+4930123456", "8104930123456", "8-10-49-30-123456", "004930123456"] {
            assert_eq!(Number::read(dialled), Number::World("4930123456".to_owned()), "{dialled}");
        }
        assert_eq!(Number::read("88005553535"), Number::World("78005553535".to_owned()));
        for dialled in ["0611", "*21#", "1234567", "", "+1"] {
            assert!(matches!(Number::read(dialled), Number::Other(_)), "{dialled}");
        }
    }

    #[test]
    fn rescue_numbers_are_themselves_everywhere() {
        for number in EMERGENCY {
            assert!(Number::read(number).is_emergency());
            assert_eq!(Number::read(number).written(NumberForm::Eight), number);
        }
        assert!(!Number::read("+112").is_emergency());
        assert!(!Number::read("1012").is_emergency());
    }

    #[test]
    fn trunks_get_the_form_they_want() {
        let (home, abroad) = (Number::read("+79123456789"), Number::read("+4930123456"));
        assert_eq!(home.written(NumberForm::Plus), "+79123456789");
        assert_eq!(home.written(NumberForm::Digits), "79123456789");
        assert_eq!(home.written(NumberForm::Eight), "89123456789");
        assert_eq!(abroad.written(NumberForm::Eight), "8104930123456");
        assert!(same_number("8 912 345-67-89", "+79123456789"));
    }
}
