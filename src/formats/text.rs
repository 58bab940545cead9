//! Lines of numbers, and what is wrong with them.

use thiserror::Error;

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line `{line}`: `{found}`, expected {expected}")]
pub struct FormatError {
    /// Which line, from one.
    pub line: usize,
    /// What was met there.
    pub found: String,
    /// What was expected instead.
    pub expected: String,
}

impl FormatError {
    /// Something wrong in a line.
    pub fn new(line: usize, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { line, found: found.into(), expected: expected.into() }
    }
}

/// A text read line by line, the empty ones passed over.
pub(crate) struct Lines<'a> {
    lines: Vec<(usize, &'a str)>,
    next: usize,
    last: usize,
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a str) -> Self {
        let lines: Vec<(usize, &str)> = (1..)
            .zip(text.lines())
            .map(|(number, line)| (number, line.trim()))
            .filter(|(_, line)| !line.is_empty())
            .collect();
        let last = text.lines().count();
        Self { lines, next: 0, last }
    }
    /// The next line, with its number; an error that tells what was expected at the end.
    pub fn line(&mut self, expected: &str) -> Result<(usize, &'a str), FormatError> {
        let line = self.lines.get(self.next).copied();
        self.next += 1;
        line.ok_or_else(|| FormatError::new(self.last.max(1), "the end of the file", expected))
    }
    /// The next line if there is one.
    pub fn maybe(&mut self) -> Option<(usize, &'a str)> {
        self.line("").ok()
    }
    /// Passes over lines until one begins with a word.
    pub fn until(&mut self, word: &str) -> Result<usize, FormatError> {
        loop {
            let (number, line) = self.line(&format!("a line beginning with `{word}`"))?;
            if line.starts_with(word) {
                return Ok(number);
            }
        }
    }
}

/// The words of a line as numbers with names.
pub(crate) struct Fields<'a> {
    line: usize,
    words: Vec<&'a str>,
}

impl<'a> Fields<'a> {
    /// The words of a line, as many as there have to be.
    pub fn of((line, text): (usize, &'a str), names: &[&str]) -> Result<Self, FormatError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.len() == names.len() {
            return Ok(Self { line, words });
        }
        let expected = format!("`{}` values ({}), found `{}`", names.len(), names.join(", "), words.len());
        Err(FormatError::new(line, text, expected))
    }
    /// A number that is finite and not less than `least`.
    pub fn number(&self, k: usize, name: &str, least: f64) -> Result<f64, FormatError> {
        let word = self.words[k];
        let expected = match least {
            f64::MIN => format!("a number for `{name}`"),
            least => format!("a number of at least `{least}` for `{name}`"),
        };
        match word.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= least => Ok(number),
            _ => Err(FormatError::new(self.line, word, expected)),
        }
    }
    /// A whole number of at least `least`.
    pub fn whole(&self, k: usize, name: &str, least: u32) -> Result<u32, FormatError> {
        let number = self.number(k, name, f64::from(least))?;
        if number.fract() == 0.0 && number <= f64::from(u32::MAX) {
            return Ok(number as u32);
        }
        Err(FormatError::new(self.line, self.words[k], format!("a whole number for `{name}`")))
    }
    /// A list `[1,2,3]` of whole numbers.
    pub fn list(&self, k: usize, name: &str) -> Result<Vec<u16>, FormatError> {
        let word = self.words[k];
        let wrong = || FormatError::new(self.line, word, format!("a list such as `[0,2,3]` for `{name}`"));
        let inner = word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or_else(wrong)?;
        let items = inner.split(',').filter(|item| !item.is_empty());
        items.map(|item| item.trim().parse().map_err(|_| wrong())).collect()
    }
    /// An error about a word.
    pub fn wrong(&self, k: usize, expected: impl Into<String>) -> FormatError {
        FormatError::new(self.line, self.words[k], expected)
    }
}
