//! Telephone numbers as logs may show them.

use std::fmt;

/// A number with its middle hidden: `+7912•••6789`.
#[derive(Clone, Copy)]
pub struct Masked<'a>(pub &'a str);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters: Vec<char> = self.0.chars().collect();
        if letters.len() < 8 {
            return f.write_str("•••");
        }
        let head: String = letters[..letters.len() - 7].iter().collect();
        let tail: String = letters[letters.len() - 4..].iter().collect();
        write!(f, "{head}•••{tail}")
    }
}

#[cfg(test)]
mod tests {
    use super::Masked;

    #[test]
    fn hides_the_middle() {
        assert_eq!(Masked("+79123456789").to_string(), "+7912•••6789");
        assert_eq!(Masked("101").to_string(), "•••");
        assert_eq!(Masked("привет-мир").to_string(), "при•••-мир");
    }
}
