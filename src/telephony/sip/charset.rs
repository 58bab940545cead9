//! Header lines that are not UTF-8: Russian exchanges write names in Windows-1251.

use std::borrow::Cow;

/// The upper half of Windows-1251.
const CP1251: [char; 128] = [
    'Ђ', 'Ѓ', '‚', 'ѓ', '„', '…', '†', '‡', '€', '‰', 'Љ', '‹', 'Њ', 'Ќ', 'Ћ', 'Џ', 'ђ', '‘', '’', '“', '”',
    '•', '–', '—', '\u{FFFD}', '™', 'љ', '›', 'њ', 'ќ', 'ћ', 'џ', '\u{A0}', 'Ў', 'ў', 'Ј', '¤', 'Ґ', '¦',
    '§', 'Ё', '©', 'Є', '«', '¬', '\u{AD}', '®', 'Ї', '°', '±', 'І', 'і', 'ґ', 'µ', '¶', '·', 'ё', '№', 'є',
    '»', 'ј', 'Ѕ', 'ѕ', 'ї', 'А', 'Б', 'В', 'Г', 'Д', 'Е', 'Ж', 'З', 'И', 'Й', 'К', 'Л', 'М', 'Н', 'О', 'П',
    'Р', 'С', 'Т', 'У', 'Ф', 'Х', 'Ц', 'Ч', 'Ш', 'Щ', 'Ъ', 'Ы', 'Ь', 'Э', 'Ю', 'Я', 'а', 'б', 'в', 'г', 'д',
    'е', 'ж', 'з', 'и', 'й', 'к', 'л', 'м', 'н', 'о', 'п', 'р', 'с', 'т', 'у', 'ф', 'х', 'ц', 'ч', 'ш', 'щ',
    'ъ', 'ы', 'ь', 'э', 'ю', 'я',
];

/// The head of a message as UTF-8: a line that is not is read as Windows-1251, the others are kept.
pub fn repair(head: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(head) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(head.len() * 2);
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        match std::str::from_utf8(line) {
            Ok(line) => out.push_str(line),
            Err(_) => out.extend(line.iter().map(|byte| match byte {
                0..0x80 => char::from(*byte),
                _ => CP1251[usize::from(byte - 0x80)],
            })),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_name_in_windows_1251() {
        let mut head = b"From: \"".to_vec();
        head.extend([0xC8, 0xE2, 0xE0, 0xED, 0xEE, 0xE2, 0x20, 0xB8]);
        head.extend("\" <sip:1@x>\r\nSubject: привет\r\n".as_bytes());
        assert_eq!(repair(&head), "From: \"Иванов ё\" <sip:1@x>\r\nSubject: привет\r\n");
    }

    #[test]
    fn leaves_utf8_alone() {
        assert!(matches!(repair("From: \"Ёж\"\r\n".as_bytes()), Cow::Borrowed(_)));
    }
}
