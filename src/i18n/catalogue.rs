//! Chinese for texts that are written in English where they arise: diagnostics and the help of commands.
//! `messages.zh.toml` has a Chinese text for each English one; the English text is its name.

use std::sync::LazyLock;

use unicode_width::UnicodeWidthStr as _;

use super::Lang;
use crate::model::diagnostic::Diagnostic;

/// The most levels of texts within a text: a value of a text may be a text with values of its own.
const DEPTH: u8 = 6;

/// An English text, cut at its placeholders, and its Chinese.
struct Entry {
    /// The texts before, between and behind the placeholders.
    fixed: Vec<String>,
    names: Vec<String>,
    chinese: String,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let texts: toml::Table =
        include_str!("messages.zh.toml").parse().unwrap_or_else(|error| panic!("messages.zh.toml: {error}"));
    texts.iter().map(|(english, chinese)| Entry::of(english, chinese.as_str().unwrap_or_default())).collect()
});

impl Entry {
    fn of(english: &str, chinese: &str) -> Self {
        let (mut fixed, mut names) = (vec![String::new()], Vec::new());
        for part in english.split_inclusive(['{', '}']) {
            if let Some(name) = part.strip_suffix('}') {
                names.push(name.to_owned());
                fixed.push(String::new());
            } else {
                let text = part.strip_suffix('{').unwrap_or(part);
                fixed.last_mut().unwrap_or_else(|| unreachable!("it begins with one")).push_str(text);
            }
        }
        Self { fixed, names, chinese: chinese.to_owned() }
    }

    /// Returns the letters that a text must have to be this one.
    fn weight(&self) -> usize {
        self.fixed.iter().map(String::len).sum()
    }

    /// Returns the values of a text that is this one.
    fn values<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let (first, others) = self.fixed.split_first()?;
        let mut rest = text.strip_prefix(first.as_str())?;
        let Some((last, between)) = others.split_last() else { return rest.is_empty().then(Vec::new) };
        let mut values = Vec::new();
        for fixed in between {
            let (value, after) = rest.split_once(fixed.as_str())?;
            values.push(value);
            rest = after;
        }
        values.push(rest.strip_suffix(last.as_str())?);
        Some(values)
    }
}

/// Returns a text in a language, paragraph by paragraph; what the catalogue lacks stays as it is.
#[must_use]
pub fn translated(lang: Lang, text: &str) -> String {
    if lang == Lang::En {
        return text.to_owned();
    }
    whole(text, DEPTH).unwrap_or_else(|| {
        let paragraphs = text.split("\n\n").map(|paragraph| {
            let joined = paragraph.replace('\n', " ");
            let prose = !paragraph.contains("\n ") && !paragraph.starts_with(' ');
            let found = if prose { whole(&joined, DEPTH) } else { None };
            found.unwrap_or_else(|| paragraph.split('\n').map(line).collect::<Vec<_>>().join("\n"))
        });
        paragraphs.collect::<Vec<_>>().join("\n\n")
    })
}

/// Returns a line as a whole, its indent kept; a row of a table cell by cell, each in its column.
fn line(line: &str) -> String {
    let text = line.trim_start();
    if let Some(found) = whole(text, DEPTH) {
        return line[..line.len() - text.len()].to_owned() + &found;
    }
    let (mut out, mut rest, mut column) = (String::new(), line, 0_usize);
    while !rest.is_empty() {
        let (cell, gap) = cell(rest);
        // A cell before it that became wider is parted by two blanks.
        let blanks = if out.is_empty() { column } else { column.saturating_sub(out.width()).max(2) };
        if !cell.is_empty() {
            out.extend(std::iter::repeat_n(' ', blanks));
            out += &whole(cell, DEPTH).unwrap_or_else(|| cell.to_owned());
        }
        column += cell.width() + gap;
        rest = &rest[cell.len() + gap..];
    }
    out
}

/// Returns the text up to two blanks, and the number of blanks behind it.
fn cell(rest: &str) -> (&str, usize) {
    let end = if rest.starts_with(' ') { 0 } else { rest.find("  ").unwrap_or(rest.len()) };
    (&rest[..end], rest[end..].len() - rest[end..].trim_start_matches(' ').len())
}

/// Returns a text that is as a whole in the catalogue, by the entry that has most of its letters.
fn whole(text: &str, depth: u8) -> Option<String> {
    let deeper = depth.checked_sub(1)?;
    let known = ENTRIES.iter().filter_map(|entry| entry.values(text).map(|values| (entry, values)));
    let (entry, values) = known.max_by_key(|(entry, _)| entry.weight())?;
    let values: Vec<(&str, String)> =
        entry.names.iter().zip(values).map(|(name, value)| (name.as_str(), phrase(value, deeper))).collect();
    Some(super::fill(&entry.chinese, &values))
}

/// Returns a value of a text: one of several words may be a text of its own, a single word is a name.
fn phrase(value: &str, depth: u8) -> String {
    let found = if value.contains(' ') { whole(value, depth) } else { None };
    found.unwrap_or_else(|| value.to_owned())
}

/// Returns a diagnostic in a language.
#[must_use]
pub fn diagnostic(lang: Lang, found: &Diagnostic) -> Diagnostic {
    let (message, help) = (translated(lang, &found.message), translated(lang, &found.help));
    Diagnostic { message, help, ..found.clone() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn zh(text: &str) -> String {
        translated(Lang::Zh, text)
    }

    #[test]
    fn a_text_is_found_by_its_fixed_part_and_its_values_are_kept() {
        assert_eq!(
            zh("holds the same bytes as usage/a.csv; it is read once"),
            "与 usage/a.csv 内容完全相同；只读取一次"
        );
        assert_eq!(zh("nothing of this is known"), "nothing of this is known");
        assert_eq!(zh("the file is empty (0 bytes)"), "文件为空（0 字节）");
        assert_eq!(translated(Lang::En, "the file is empty (0 bytes)"), "the file is empty (0 bytes)");
    }

    #[test]
    fn a_phrase_within_a_text_is_translated_too() {
        let text = "\"x\" is not a number: it is too large (3 rows in all, this is the first)";
        assert_eq!(zh(text), "“x”不是数字：数值过大（共 3 行，此为第一行）");
    }

    #[test]
    fn lines_keep_their_indent() {
        assert_eq!(zh("Exit status:\n  0  all is well"), "退出状态：\n  0  一切正常");
    }

    #[test]
    fn the_cells_of_a_row_stay_in_their_columns() {
        assert_eq!(zh("item   covered  note"), "计费项  抵扣用量  note");
        assert_eq!(zh("  total  12.5"), "  合计   12.5");
        assert_eq!(zh("the grant `free`"), "the grant `free`");
    }

    #[test]
    fn a_chinese_text_names_nothing_that_the_english_lacks() {
        for entry in ENTRIES.iter() {
            let names: BTreeSet<&str> = entry.names.iter().map(String::as_str).collect();
            let rest = entry.chinese.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name);
            for name in rest {
                assert!(names.contains(name), "{name}: {}", entry.chinese);
            }
            assert!(entry.chinese.chars().any(|letter| letter >= '\u{2e80}'), "no Chinese: {}", entry.chinese);
        }
    }
}
