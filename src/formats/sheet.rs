//! Tables of other programmes: CSV in the charsets of the trade, and XLSX. Read line by line; what is not said about
//! a file (charset, delimiter, sheet, line of headings) is found out from its beginning.

use crate::unpacked;
use calamine::{DataRef, Reader, Xlsx};
use std::{borrow::Cow, io::Cursor};

/// How many lines of the beginning are looked at.
const LOOKED_AT: usize = 30;
/// The most lines that a table may have.
pub const MOST_LINES: u64 = 500_000;
/// The most columns that a table may have.
pub const MOST_COLUMNS: usize = 200;

/// How a table is read; what is `None` is found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetForm {
    /// A charset by its label of the WHATWG (`windows-1251`); nothing for XLSX.
    pub charset: Option<String>,
    /// One ASCII character; nothing for XLSX.
    pub delimiter: Option<char>,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The line with the headings, from 1.
    pub header: Option<u64>,
}

/// How a table was read, and its headings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetOutline {
    /// What was said and what was found out.
    pub form: SheetForm,
    /// Sheets of a workbook.
    pub sheets: Vec<String>,
    /// The headings, trimmed.
    pub headings: Vec<String>,
}

/// Why a table cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The charset has no such name.
    #[error("`{0}` is not a charset: expected `utf-8`, `windows-1251` or `utf-16le`")]
    Charset(String),
    /// The bytes are not of the charset.
    #[error("the file is not `{0}`: expected another charset")]
    NotInCharset(String),
    /// The delimiter is not one byte.
    #[error("`{0}` is not a delimiter: expected `;`, `,`, `|` or a tab")]
    Delimiter(char),
    /// The workbook has no such sheet.
    #[error("there is no sheet `{0}`: expected one of `{1}`")]
    Sheet(String, String),
    /// There is nothing in it.
    #[error("the table has no line of headings: expected at least two filled cells in one line")]
    Empty,
    /// It is too large.
    #[error("the table has more than `{0}`: expected at most {MOST_LINES} lines and {MOST_COLUMNS} columns")]
    TooLarge(String),
    /// A workbook would fill the memory when it is unpacked.
    #[error("the workbook unpacks to more than {0} MiB: expected at most that")]
    Unpacked(u64),
    /// The workbook cannot be read.
    #[error("the workbook cannot be read: {0}")]
    Workbook(String),
    /// A line cannot be read.
    #[error("the table cannot be read: {0}")]
    Csv(#[from] csv::Error),
}

impl From<calamine::XlsxError> for SheetError {
    fn from(error: calamine::XlsxError) -> Self {
        Self::Workbook(error.to_string())
    }
}

/// Takes a line's number, from 1, and its cells; says whether it wants more.
pub type Take<'a> = &'a mut dyn FnMut(u64, Vec<String>) -> bool;

fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Reads the beginning of a table.
///
/// # Errors
/// What was said of the file does not fit it, or it has no headings.
pub fn outline(bytes: &[u8], said: &SheetForm) -> Result<SheetOutline, SheetError> {
    let (mut form, sheets) = complete(bytes, said)?;
    let mut first: Vec<(u64, Vec<String>)> = Vec::new();
    let until = said.header.unwrap_or(LOOKED_AT as u64).max(1);
    every(bytes, &form, &mut |no, cells| {
        if no <= until {
            first.push((no, cells));
        }
        no < until
    })?;
    let filled = |cells: &[String]| cells.iter().filter(|cell| !cell.is_empty()).count();
    let found = match said.header {
        Some(no) => first.into_iter().find(|(at, _)| *at == no),
        // titles of a report stand above its headings and fill fewer cells
        None => first.into_iter().rev().max_by_key(|(_, cells)| filled(cells)),
    };
    let (no, headings) = found.filter(|(_, cells)| filled(cells) >= 2).ok_or(SheetError::Empty)?;
    form.header = Some(no);
    Ok(SheetOutline { form, sheets, headings })
}

/// Gives every line below the headings that has a filled cell.
///
/// # Errors
/// The table cannot be read to its end.
pub fn lines(bytes: &[u8], form: &SheetForm, take: Take<'_>) -> Result<(), SheetError> {
    let header = form.header.unwrap_or(1);
    every(bytes, form, &mut |no, cells| no <= header || cells.iter().all(String::is_empty) || take(no, cells))
}

fn book(bytes: &[u8]) -> Result<Xlsx<Cursor<&[u8]>>, SheetError> {
    unpacked::check(bytes, unpacked::MOST)?;
    Ok(Xlsx::new(Cursor::new(bytes))?)
}

fn complete(bytes: &[u8], said: &SheetForm) -> Result<(SheetForm, Vec<String>), SheetError> {
    if is_workbook(bytes) {
        let book = book(bytes)?;
        let sheets = book.sheet_names();
        let sheet = said.sheet.clone().or_else(|| sheets.first().cloned());
        return Ok((SheetForm { charset: None, delimiter: None, sheet, header: said.header }, sheets));
    }
    let charset = said.charset.clone().unwrap_or_else(|| charset_of(bytes).to_owned());
    let text = decoded(bytes, &charset)?;
    let delimiter = match said.delimiter {
        Some(delimiter) => delimiter,
        None => delimiter_of(&text),
    };
    let form =
        SheetForm { charset: Some(charset), delimiter: Some(delimiter), sheet: None, header: said.header };
    Ok((form, Vec::new()))
}

/// By the mark at the beginning, or by the bytes themselves: text that is no UTF-8 is taken for Windows-1251.
fn charset_of(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xff, 0xfe, ..] => "utf-16le",
        [0xfe, 0xff, ..] => "utf-16be",
        _ if std::str::from_utf8(bytes).is_ok() => "utf-8",
        _ => "windows-1251",
    }
}

fn decoded<'a>(bytes: &'a [u8], charset: &str) -> Result<Cow<'a, str>, SheetError> {
    let known = encoding_rs::Encoding::for_label(charset.as_bytes());
    let known = known.ok_or_else(|| SheetError::Charset(charset.to_owned()))?;
    let (text, broken) = known.decode_with_bom_removal(bytes);
    if broken { Err(SheetError::NotInCharset(charset.to_owned())) } else { Ok(text) }
}

fn parser(text: &str, delimiter: char) -> Result<csv::Reader<&[u8]>, SheetError> {
    let byte = u8::try_from(delimiter).map_err(|_| SheetError::Delimiter(delimiter))?;
    if byte.is_ascii_alphanumeric() || matches!(byte, b'"' | b'\n' | b'\r') {
        return Err(SheetError::Delimiter(delimiter));
    }
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(byte).has_headers(false).flexible(true);
    Ok(builder.from_reader(text.as_bytes()))
}

/// The character that cuts the most lines of the beginning into the same number of cells, more than one.
fn delimiter_of(text: &str) -> char {
    let score = |delimiter: char| {
        let Ok(mut reader) = parser(text, delimiter) else { return (0, 0) };
        let widths: Vec<usize> =
            reader.records().take(LOOKED_AT).filter_map(Result::ok).map(|line| line.len()).collect();
        let width = widths.iter().copied().max().unwrap_or(0);
        let alike = widths.iter().filter(|w| **w == width).count();
        if width > 1 { (alike, width) } else { (0, 0) }
    };
    [';', ',', '\t', '|'].into_iter().rev().max_by_key(|delimiter| score(*delimiter)).unwrap_or(';')
}

fn every(bytes: &[u8], form: &SheetForm, take: Take<'_>) -> Result<(), SheetError> {
    if is_workbook(bytes) {
        return of_workbook(bytes, form, take);
    }
    let text = decoded(bytes, form.charset.as_deref().unwrap_or("utf-8"))?;
    let mut reader = parser(&text, form.delimiter.unwrap_or(';'))?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        let no = record.position().map_or(0, |at| line_of(&text, at));
        fits(no, record.len())?;
        if !take(no, record.iter().map(|cell| cell.trim().to_owned()).collect()) {
            break;
        }
    }
    Ok(())
}

/// The line that a record begins on. Its position may lie before the ends of lines that are passed over: the `\n` of a
/// `\r\n`, and empty lines.
fn line_of(text: &str, at: &csv::Position) -> u64 {
    let from = usize::try_from(at.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let ends = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).filter(|byte| **byte == b'\n');
    at.line() + ends.count() as u64
}

fn fits(line: u64, columns: usize) -> Result<(), SheetError> {
    if line > MOST_LINES {
        return Err(SheetError::TooLarge(format!("{MOST_LINES} lines")));
    }
    if columns > MOST_COLUMNS {
        return Err(SheetError::TooLarge(format!("{MOST_COLUMNS} columns")));
    }
    Ok(())
}

fn of_workbook(bytes: &[u8], form: &SheetForm, take: Take<'_>) -> Result<(), SheetError> {
    let mut book = book(bytes)?;
    let names = book.sheet_names();
    let sheet = form.sheet.clone().or_else(|| names.first().cloned()).ok_or(SheetError::Empty)?;
    if !names.contains(&sheet) {
        return Err(SheetError::Sheet(sheet, names.join(", ")));
    }
    let mut reader = book.worksheet_cells_reader(&sheet)?;
    let (mut at, mut cells) = (0u64, Vec::new());
    while let Some(cell) = reader.next_cell()? {
        let (row, column) = cell.get_position();
        let (no, column) = (u64::from(row) + 1, column as usize);
        let text = shown(cell.get_value());
        if no != at {
            if at > 0 && !take(at, std::mem::take(&mut cells)) {
                return Ok(());
            }
            at = no;
        }
        if text.is_empty() {
            continue;
        }
        fits(no, column + 1)?;
        cells.resize(cells.len().max(column + 1), String::new());
        cells[column] = text;
    }
    if at > 0 {
        take(at, cells);
    }
    Ok(())
}

/// A cell as text: whole numbers without a fraction, dates as `2026-12-31`.
fn shown(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Bool(true) => "да".into(),
        DataRef::Bool(false) => "нет".into(),
        DataRef::DateTime(instant) if instant.is_datetime() => {
            let (year, month, day, ..) = instant.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTime(span) => span.as_f64().to_string(),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (SheetOutline, Vec<(u64, Vec<String>)>) {
        let outline = outline(bytes, &SheetForm::default()).expect("a table");
        let mut all = Vec::new();
        lines(bytes, &outline.form, &mut |no, cells| {
            all.push((no, cells));
            true
        })
        .expect("to its end");
        (outline, all)
    }

    #[test]
    fn a_report_in_windows_1251_is_read_below_its_title() {
        let text = "Список контрагентов;;\n\n\"Наименование\";Телефон;ИНН\n\"ООО \"\"Ёлка\"\"; склад\";8 343 200-10-10;\n;;\n";
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(text);
        let (outline, lines) = read(&bytes);
        assert_eq!(outline.form.charset.as_deref(), Some("windows-1251"));
        assert_eq!((outline.form.delimiter, outline.form.header), (Some(';'), Some(3)));
        assert_eq!(outline.headings, ["Наименование", "Телефон", "ИНН"]);
        assert_eq!(lines, [(4, vec!["ООО \"Ёлка\"; склад".into(), "8 343 200-10-10".into(), String::new()])]);
    }

    #[test]
    fn lines_that_end_as_windows_ends_them_are_counted_and_none_is_lost() {
        let (outline, lines) = read(b"name;phone\r\nAnn;1\r\n\r\n\"B\r\nob\";2\r\nEve;3\r\n");
        assert_eq!(outline.form.header, Some(1));
        assert_eq!(lines.iter().map(|(no, _)| *no).collect::<Vec<_>>(), [2, 4, 6]);
    }

    #[test]
    fn marks_and_other_delimiters_are_found_out() {
        let (outline, lines) = read("\u{feff}Name\tPhone\nAnn\t+79161234567\n".as_bytes());
        assert_eq!(
            (outline.form.delimiter, outline.headings[0].as_str(), lines.len()),
            (Some('\t'), "Name", 1)
        );
        let utf16: Vec<u8> =
            [0xff, 0xfe].into_iter().chain("a,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let (outline, lines) = read(&utf16);
        assert_eq!((outline.form.charset.as_deref(), lines[0].1.len()), (Some("utf-16le"), 2));
    }

    #[test]
    fn what_is_no_table_is_refused_in_words() {
        for wrong in [&b""[..], b"one\n", b"PK\x03\x04 torn"] {
            outline(wrong, &SheetForm::default()).expect_err("must be refused");
        }
        let form = SheetForm { charset: Some("klingon".into()), ..SheetForm::default() };
        assert!(outline(b"a;b", &form).expect_err("no charset").to_string().contains("`klingon`"));
    }
}
