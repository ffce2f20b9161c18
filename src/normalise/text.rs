//! Texts as they are compared: without byte order marks, spaces and quotes,
//! in half-width and lower case.

use crate::model::diagnostic::shown;

/// A header or cell text for comparison, and the unit that stood behind it in brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The text without its unit, normalised.
    pub key: String,
    /// The unit, normalised: `分钟` of `标准用量（分钟）`.
    pub unit: Option<String>,
}

/// The units that may stand in brackets behind a header. Other brackets (`(含资源包)`, `(Excluding Tax)`, `(HD+)`)
/// belong to the name.
const UNITS: &[&str] = &[
    "元",
    "人民币",
    "美元",
    "cny",
    "rmb",
    "usd",
    "分钟",
    "分",
    "min",
    "mins",
    "minute",
    "minutes",
    "秒",
    "s",
    "sec",
    "second",
    "seconds",
    "mbps",
    "张",
    "千张",
    "image",
    "images",
    "人",
    "个",
    "user",
    "users",
    "utc+8",
    "utc+08:00",
];

/// Returns the half-width form of a full-width character.
#[must_use]
pub fn half_width(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => {
            u32::from(character).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(character)
        }
        '\u{3000}' => ' ',
        '。' => '.',
        _ => character,
    }
}

/// Returns true if a character is left out of every comparison.
fn is_dropped(character: char) -> bool {
    character.is_whitespace() || is_unseen(character) || matches!(character, '"' | '\'' | '`' | '“' | '”' | '‘' | '’')
}

/// Returns true if a character is a mark that nobody sees: of byte order, joining or direction.
const fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{feff}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
    )
}

/// Returns a text without what programs put around it so that a spreadsheet leaves it
/// alone: white space, an apostrophe, a backtick.
#[must_use]
pub fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_unseen(c) || matches!(c, '\'' | '`' | '‘' | '’'))
}

/// Returns a text for comparison: nothing but its characters, in one width and case.
#[must_use]
pub fn normalised(text: &str) -> String {
    text.chars().map(half_width).filter(|c| !is_dropped(*c)).flat_map(char::to_lowercase).collect()
}

/// Returns a header for comparison, its unit taken off and kept.
#[must_use]
pub fn label(text: &str) -> Label {
    let key = normalised(text);
    let unit = key
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('))
        .filter(|(name, unit)| !name.is_empty() && UNITS.contains(unit));
    match unit {
        Some((name, unit)) => Label { key: name.to_owned(), unit: Some(unit.to_owned()) },
        None => Label { key, unit: None },
    }
}

/// Returns a text for the search of words: as [`normalised`], but one space is left
/// between two words of Latin letters or digits, where it is their border.
#[must_use]
pub fn spoken(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for character in text.chars().map(half_width) {
        if is_dropped(character) || character == '_' {
            space = true;
            continue;
        }
        if space && character.is_ascii_alphanumeric() && out.ends_with(|c: char| c.is_ascii_alphanumeric()) {
            out.push(' ');
        }
        space = false;
        out.extend(character.to_lowercase());
    }
    out
}

/// Returns true if a cell shows that its file was opened and saved in Excel, which
/// shortens ids to `1.4E+09` and turns times into `Sep-24`, `5月1日` or `30:00.0`.
#[must_use]
pub fn is_of_excel(text: &str) -> bool {
    let text = bare(text);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let id = || {
        let (mantissa, exponent) = text.split_once("E+")?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        Some(digits(exponent) && exponent.len() == 2 && digits(whole) && whole.len() == 1 && digits(fraction))
    };
    let month = |text: &str| {
        let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
        months.contains(&text.to_ascii_lowercase().as_str())
    };
    let date = || {
        let (one, other) = text.split_once('-')?;
        Some((month(one) && digits(other) && other.len() <= 2) || (digits(one) && one.len() <= 2 && month(other)))
    };
    let chinese_date = || {
        let (one, other) = text.strip_suffix('日')?.split_once('月')?;
        Some(digits(one) && digits(other))
    };
    let minutes = || {
        let (minute, rest) = text.split_once(':')?;
        let (second, tenth) = rest.split_once('.')?;
        Some([minute, second].iter().all(|part| digits(part) && part.len() == 2) && digits(tenth) && tenth.len() == 1)
    };
    let hashes = text.len() >= 3 && text.bytes().all(|byte| byte == b'#');
    hashes || [id(), date(), chinese_date(), minutes()].contains(&Some(true))
}

/// The remedy for a file that was saved in Excel.
pub const OF_EXCEL_HELP: &str = "Download the file again and do not open it in Excel before it is read.";

/// Returns the message on a cell that [`is_of_excel`].
#[must_use]
pub fn shortened_by_excel(text: &str) -> String {
    format!("\"{}\": the file was opened and saved in Excel, which has shortened ids or times", shown(text))
}

/// Returns true if a cell names its row as one of totals: `合计`, `Total:`.
#[must_use]
pub fn is_total(text: &str) -> bool {
    let text = normalised(text);
    matches!(
        text.trim_end_matches(':'),
        "合计" | "总计" | "小计" | "汇总" | "total" | "grandtotal" | "subtotal" | "sum"
    )
}

/// Returns true if a cell says that it has no value: empty, `-`, `--`, `—`, `N/A`.
#[must_use]
pub fn is_missing(text: &str) -> bool {
    let text = text.trim_matches(is_dropped);
    matches!(text, "" | "-" | "--" | "—" | "——" | "－" | "N/A" | "n/a" | "NA" | "null" | "NULL")
        || matches!(text, "0000-00-00" | "0000-00-00 00:00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_case_spaces_quotes_and_marks_do_not_matter() {
        assert_eq!(normalised("\u{feff}\" SDK\u{a0}AppId \""), "sdkappid");
        assert_eq!(normalised("１２：３０％（ＨＤ）"), "12:30%(hd)");
    }

    #[test]
    fn only_a_unit_is_taken_off() {
        assert_eq!(label("标准用量（分钟）"), Label { key: "标准用量".into(), unit: Some("分钟".into()) });
        assert_eq!(label("抵扣用量/时长(含资源包)").key, "抵扣用量/时长(含资源包)");
        assert_eq!(label("Total Amount After Discount (Excluding Tax)").unit, None);
        assert_eq!(label("(元)").key, "(元)");
    }

    #[test]
    fn a_space_is_a_border_only_between_latin_words() {
        assert_eq!(spoken("标清 SD"), "标清sd");
        assert_eq!(spoken("Full  HD"), "full hd");
        assert_eq!(spoken("sp_rav_audio_video"), "sp rav audio video");
    }

    #[test]
    fn what_excel_leaves_of_ids_and_times() {
        for text in ["1.4E+09", "1E+11", "2.0240501400000559E+22", "Sep-24", "1-May", "5月1日", "30:00.0", "########"]
        {
            assert!(is_of_excel(text), "{text}");
        }
        for text in ["1400000901", "2024-05-01", "09:30:00", "1.5", "E+09", "2024年5月1日", "Mayor", "-", "", "12E+05x"]
        {
            assert!(!is_of_excel(text), "{text}");
        }
    }

    #[test]
    fn what_says_that_there_is_no_value() {
        for text in ["", " ", "-", "--", "—", "N/A", "\u{a0}", "0000-00-00 00:00:00"] {
            assert!(is_missing(text), "{text:?}");
        }
        assert!(!is_missing("0"));
    }
}
