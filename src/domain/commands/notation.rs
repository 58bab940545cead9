//! The notation of `docs/PROTOCOL.md` for what travels on the wire, and the JSON Schema it stands for.
//!
//! ```text
//! type   = one { '|' one }                       one of several
//! one    = plain { '[]' }                        a list
//! plain  = '{' [ field { ',' field } ] '}'       an object without other fields
//!        | 'WORD' | name | '(' type ')'
//! field  = name ['?'] ':' type                   '?': may be absent
//! name   = str num int bool null json ms day money hash | visit_ (an identifier) | Visit (another type)
//! ```

use serde_json::{Map, Value, json};

/// The text is not in the notation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a type at byte {at}: expected {expected}")]
pub struct BadNotation {
    text: String,
    at: usize,
    expected: &'static str,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// The schema of a type.
///
/// # Errors
/// The text is not in the notation.
pub fn schema(text: &str) -> Result<Value, BadNotation> {
    let mut reader = Reader { text, at: 0 };
    let schema = reader.either()?;
    match reader.rest().is_empty() {
        true => Ok(schema),
        false => Err(reader.wrong("the end")),
    }
}

impl Reader<'_> {
    fn rest(&mut self) -> &str {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        &self.text[self.at..]
    }
    fn wrong(&self, expected: &'static str) -> BadNotation {
        BadNotation { text: self.text.into(), at: self.at, expected }
    }
    /// Goes over a sign, when it is there.
    fn takes(&mut self, sign: &str) -> bool {
        let is_there = self.rest().starts_with(sign);
        self.at += if is_there { sign.len() } else { 0 };
        is_there
    }
    fn needs(&mut self, sign: &str, expected: &'static str) -> Result<(), BadNotation> {
        if self.takes(sign) { Ok(()) } else { Err(self.wrong(expected)) }
    }
    fn name(&mut self) -> Result<String, BadNotation> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        if name.is_empty() {
            return Err(self.wrong("a name"));
        }
        self.at += end;
        Ok(name)
    }
    fn either(&mut self) -> Result<Value, BadNotation> {
        let mut all = vec![self.one()?];
        while self.takes("|") {
            all.push(self.one()?);
        }
        let words: Option<Vec<&Value>> = all.iter().map(|it| it.get("const")).collect();
        Ok(match (all.len(), words) {
            (1, _) => all.remove(0),
            (_, Some(words)) => json!({ "type": "string", "enum": words }),
            _ => json!({ "anyOf": all }),
        })
    }
    fn one(&mut self) -> Result<Value, BadNotation> {
        let mut one = self.plain()?;
        while self.takes("[]") {
            one = json!({ "type": "array", "items": one });
        }
        Ok(one)
    }
    fn plain(&mut self) -> Result<Value, BadNotation> {
        if self.takes("{") {
            return self.object();
        }
        if self.takes("(") {
            let inner = self.either()?;
            self.needs(")", "`)`")?;
            return Ok(inner);
        }
        if self.takes("'") {
            let word = self.name()?;
            self.needs("'", "`'`")?;
            return Ok(json!({ "type": "string", "const": word }));
        }
        Ok(named(&self.name()?))
    }
    fn object(&mut self) -> Result<Value, BadNotation> {
        let (mut fields, mut required) = (Map::new(), Vec::new());
        while !self.takes("}") {
            if !fields.is_empty() {
                self.needs(",", "`,` or `}`")?;
            }
            let name = self.name()?;
            if !self.takes("?") {
                required.push(Value::from(name.clone()));
            }
            self.needs(":", "`:`")?;
            fields.insert(name, self.either()?);
        }
        let mut object = json!({ "type": "object", "properties": fields, "additionalProperties": false });
        if !required.is_empty() {
            object["required"] = required.into();
        }
        Ok(object)
    }
}

fn named(name: &str) -> Value {
    match name {
        "str" => json!({ "type": "string" }),
        "num" => json!({ "type": "number" }),
        "int" => json!({ "type": "integer" }),
        "bool" => json!({ "type": "boolean" }),
        "null" => json!({ "type": "null" }),
        "json" => json!({}),
        "ms" => json!({ "type": "integer", "description": "milliseconds since 1970, UTC" }),
        "day" => {
            json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "description": "a day by the house's clock" })
        }
        "hash" => {
            json!({ "type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of a file's bytes" })
        }
        "money" => json!({ "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$", "description": "roubles" }),
        _ => match name.strip_suffix('_') {
            Some(kind) => {
                json!({ "type": "string", "pattern": format!("^{kind}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$") })
            }
            None => json!({ "$ref": format!("#/components/schemas/{name}") }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notation_is_read() {
        let read = schema("{visit:visit_, to?:'a'|'b', parts:Part[]|null}").expect("a type");
        assert_eq!(
            read,
            json!({
                "type": "object", "additionalProperties": false, "required": ["visit", "parts"],
                "properties": {
                    "visit": { "type": "string", "pattern": "^visit_[0-7][0-9a-hjkmnp-tv-z]{25}$" },
                    "to": { "type": "string", "enum": ["a", "b"] },
                    "parts": { "anyOf": [
                        { "type": "array", "items": { "$ref": "#/components/schemas/Part" } }, { "type": "null" },
                    ] },
                },
            })
        );
        assert_eq!(schema("(int|str)[][]").expect("a type")["items"]["items"]["anyOf"][1]["type"], "string");
    }

    #[test]
    fn what_is_no_type_names_the_place() {
        for (wrong, at) in [("", 0), ("{a}", 2), ("{a:int b:int}", 7), ("int]", 3), ("'a", 2), ("(int", 4)] {
            assert_eq!(schema(wrong).expect_err(wrong).at, at, "{wrong}");
        }
    }
}
