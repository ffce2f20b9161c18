//! A strict reader of JSON that keeps every number as the text it is: no
//! figure passes through binary floating point.

use rust_decimal::Decimal;
use std::borrow::Cow;

/// So deep may values nest.
const DEEPEST: usize = 64;

/// A value, and how it is written in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Json<'a> {
    pub(super) raw: &'a str,
    pub(super) kind: Kind<'a>,
}

/// The kind of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// `null`, `true`, `false` or a number: as written.
    Plain,
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// Why a text is no JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The offset in the text.
    pub(super) at: usize,
    pub(super) expected: String,
}

impl<'a> Json<'a> {
    /// Reads a text of one value, or of several one behind the other, as a
    /// command line saves the pages of an answer.
    pub(super) fn parse(text: &'a str) -> Result<Vec<Self>, Fault> {
        let mut parser = Parser { text, at: 0, depth: 0 };
        let mut values = vec![parser.value()?];
        parser.space();
        while parser.at < text.len() {
            if !matches!(parser.peek(), Some(b'{' | b'[')) {
                return Err(parser.fault("the end of the file"));
            }
            values.push(parser.value()?);
            parser.space();
        }
        Ok(values)
    }

    /// Returns a member of an object.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Object(members) => members.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Returns the entries of a list.
    pub(super) fn list(&self) -> Option<&[Self]> {
        match &self.kind {
            Kind::List(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the members of an object.
    pub(super) fn members(&self) -> Option<&[(Cow<'a, str>, Self)]> {
        match &self.kind {
            Kind::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Returns the value as the text of a cell: a text without its quotes, null as nothing, all else as
    /// written, but for a number with an exponent, which loses nothing without it.
    pub(super) fn cell(&self) -> Cow<'_, str> {
        match &self.kind {
            Kind::Text(text) => Cow::Borrowed(text),
            Kind::Plain if self.raw == "null" => Cow::Borrowed(""),
            Kind::Plain => without_exponent(self.raw).map_or(Cow::Borrowed(self.raw), Cow::Owned),
            _ if self.raw.contains("\\u") => Cow::Owned(self.decoded()),
            _ => Cow::Borrowed(self.raw),
        }
    }

    /// Returns the value as JSON whose texts are in their own letters: `["\u9ad8\u6e05"]` is `["高清"]`.
    fn decoded(&self) -> String {
        let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        match &self.kind {
            Kind::Text(text) if !text.contains(char::is_control) => quoted(text),
            Kind::List(entries) => format!("[{}]", entries.iter().map(Self::decoded).collect::<Vec<_>>().join(",")),
            Kind::Object(members) => {
                let member = |(key, value): &(Cow<'_, str>, Self)| format!("{}:{}", quoted(key), value.decoded());
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
            }
            Kind::Text(_) | Kind::Plain => self.raw.to_owned(),
        }
    }

    /// True for null.
    pub(super) fn is_null(&self) -> bool {
        self.raw == "null"
    }
}

/// Returns the same number without an exponent, if it has one and its digits are few enough to be exact.
fn without_exponent(raw: &str) -> Option<String> {
    let exact = raw.len() <= 28 && raw.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let number = Decimal::from_scientific(raw).ok().filter(|_| exact && raw.contains(['e', 'E']))?;
    Some(number.normalize().to_string())
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn fault(&self, expected: &str) -> Fault {
        Fault { at: self.at, expected: expected.to_owned() }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> Result<Json<'a>, Fault> {
        self.space();
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::list)?,
            Some(b'"') => Kind::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'n') => self.word("null")?,
            Some(b't') => self.word("true")?,
            Some(b'f') => self.word("false")?,
            _ => return Err(self.fault("a value")),
        };
        Ok(Json { raw: &self.text[start..self.at], kind })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Kind<'a>, Fault>) -> Result<Kind<'a>, Fault> {
        if self.depth == DEEPEST {
            return Err(self.fault("values that nest less deeply"));
        }
        self.depth += 1;
        self.at += 1;
        let kind = read(self)?;
        self.depth -= 1;
        Ok(kind)
    }

    fn object(&mut self) -> Result<Kind<'a>, Fault> {
        let mut members: Vec<(Cow<'a, str>, Json<'a>)> = Vec::new();
        self.space();
        if self.take(b'}') {
            return Ok(Kind::Object(members));
        }
        loop {
            self.space();
            let start = self.at;
            let name = self.string()?;
            if members.iter().any(|(known, _)| *known == name) {
                self.at = start;
                return Err(self.fault(&format!("no second member named {name}")));
            }
            self.space();
            if !self.take(b':') {
                return Err(self.fault("a colon"));
            }
            members.push((name, self.value()?));
            self.space();
            if self.take(b'}') {
                return Ok(Kind::Object(members));
            }
            if !self.take(b',') {
                return Err(self.fault("a comma or a closing brace"));
            }
        }
    }

    fn list(&mut self) -> Result<Kind<'a>, Fault> {
        let mut entries = Vec::new();
        self.space();
        if self.take(b']') {
            return Ok(Kind::List(entries));
        }
        loop {
            entries.push(self.value()?);
            self.space();
            if self.take(b']') {
                return Ok(Kind::List(entries));
            }
            if !self.take(b',') {
                return Err(self.fault("a comma or a closing bracket"));
            }
        }
    }

    fn word(&mut self, word: &str) -> Result<Kind<'a>, Fault> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.fault(word));
        }
        self.at += word.len();
        Ok(Kind::Plain)
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.fault("a digit")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Kind<'a>, Fault> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(Kind::Plain)
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        if !self.take(b'"') {
            return Err(self.fault("a text in quotes"));
        }
        let mut text = Cow::Borrowed("");
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | ..0x20)) {
                self.at += 1;
            }
            text += &self.text[start..self.at];
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.to_mut().push(self.escape()?),
                _ => return Err(self.fault("a closing quote")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        self.at += 1;
        let byte = self.peek().ok_or_else(|| self.fault("an escape"))?;
        let character = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(self.fault("an escape")),
        };
        self.at += 1;
        Ok(character)
    }

    fn unicode(&mut self) -> Result<char, Fault> {
        let first = self.unit()?;
        let mut units = vec![first];
        if (0xD800..0xDC00).contains(&first) {
            if !self.take(b'\\') {
                return Err(self.fault("the second half of a surrogate pair"));
            }
            units.push(self.unit()?);
        }
        let decoded: Option<char> = char::decode_utf16(units).next().and_then(Result::ok);
        decoded.ok_or_else(|| self.fault("a character"))
    }

    /// Four hexadecimal digits behind a `u`.
    fn unit(&mut self) -> Result<u16, Fault> {
        if !self.take(b'u') {
            return Err(self.fault("\\u"));
        }
        let digits = self.text.get(self.at..self.at + 4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.fault("four hexadecimal digits"))?;
        self.at += 4;
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_text() {
        let json = Json::parse(
            r#" {"a": [1.10, -0, 123456789012345678901234567890.5, 1e5, null, true, "x\u00e9\ud83d\ude00\n"]} "#,
        );
        let cells: Vec<String> =
            json.unwrap()[0].get("a").unwrap().list().unwrap().iter().map(|v| v.cell().into_owned()).collect();
        assert_eq!(cells, ["1.10", "-0", "123456789012345678901234567890.5", "100000", "", "true", "xé😀\n"]);
    }

    #[test]
    fn what_is_no_json_is_refused_where_it_stops_to_be() {
        for (text, at) in [
            ("", 0),
            ("{\"a\":1,}", 7),
            ("[1 2]", 3),
            ("[01]", 2),
            ("[1.]", 3),
            ("\"a", 2),
            ("\"\n\"", 1),
            ("{\"a\":1,\"a\":2}", 7),
            ("[\"\\ud800x\"]", 8),
            ("[\"\\x\"]", 3),
            ("nul", 0),
            ("1 1", 2),
            ("[NaN]", 1),
        ] {
            assert_eq!(Json::parse(text).map_err(|fault| fault.at), Err(at), "{text}");
        }
        assert!(Json::parse(&"[".repeat(100_000)).is_err());
    }
}
