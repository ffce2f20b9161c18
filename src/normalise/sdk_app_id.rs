//! `SDKAppIDs`: digits, and nothing that a spreadsheet may have shortened.

use super::text::{bare, half_width};
use crate::model::AppId;

/// An `SDKAppID` as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadApp {
    /// The id.
    pub id: AppId,
    /// True if it stood there as `1400000001.0`, which is taken with a warning.
    pub with_point: bool,
}

/// Returns an `SDKAppID`; the error is the end of "… is not an `SDKAppID`: ".
pub fn sdk_app_id(text: &str, numeric: bool) -> Result<ReadApp, &'static str> {
    let text: String = text.chars().map(half_width).filter(|c| !c.is_whitespace() && *c != '\u{feff}').collect();
    let text = bare(&text);
    let (digits, with_point) = match text.split_once('.') {
        Some((digits, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => (digits, true),
        Some(_) => return Err("it has decimals, or an exponent that has lost digits"),
        None => (text, false),
    };
    if digits.is_empty() {
        return Err("it is empty");
    }
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("expected digits alone");
    }
    if numeric && digits.len() > 15 {
        return Err("a spreadsheet keeps 15 digits of a number; store the id as text");
    }
    digits.parse().map(|id| ReadApp { id, with_point }).map_err(|_| "it is longer than any SDKAppID")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_taken_and_a_spreadsheets_point_is_said() {
        for text in [" 1400000001", "'1400000001", "`1400000001", "1400000001`\t", "\t1400000001\t"] {
            assert_eq!(sdk_app_id(text, false), Ok(ReadApp { id: 1_400_000_001, with_point: false }), "{text:?}");
        }
        assert_eq!(sdk_app_id("1400000001.0", false), Ok(ReadApp { id: 1_400_000_001, with_point: true }));
    }

    #[test]
    fn what_has_lost_digits_is_refused() {
        assert!(sdk_app_id("1.4E+09", false).is_err());
        assert!(sdk_app_id("1234567890123456", true).is_err());
        assert!(sdk_app_id("1234567890123456", false).is_ok());
        assert!(sdk_app_id("classroom", false).is_err());
        assert!(sdk_app_id("", false).is_err());
    }
}
