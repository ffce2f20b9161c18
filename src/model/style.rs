//! Text on a terminal: colours by meaning, and columns.

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr};

/// Whether texts are painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// No colours: what a file, a pipe and a cron mail get.
    pub const PLAIN: Self = Self { on: false };
    /// Colours.
    pub const COLOURS: Self = Self { on: true };

    /// What is wrong.
    #[must_use]
    pub fn bad(self, text: &str) -> String {
        self.painted(AnsiColor::Red.on_default().bold(), text)
    }

    /// What is not decided, or may be wrong.
    #[must_use]
    pub fn open(self, text: &str) -> String {
        self.painted(AnsiColor::Yellow.on_default().bold(), text)
    }

    /// What is well.
    #[must_use]
    pub fn good(self, text: &str) -> String {
        self.painted(AnsiColor::Green.on_default().bold(), text)
    }

    /// A heading.
    #[must_use]
    pub fn strong(self, text: &str) -> String {
        self.painted(Style::new().bold(), text)
    }

    /// What is read last.
    #[must_use]
    pub fn faint(self, text: &str) -> String {
        self.painted(Style::new().dimmed(), text)
    }

    fn painted(self, style: Style, text: &str) -> String {
        if self.on { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// Returns rows in columns, indented by two; the columns in `figures` are aligned at the decimal point.
#[must_use]
pub fn aligned(header: &[&str], figures: &[usize], rows: &[Vec<String>]) -> String {
    let columns: Vec<Vec<String>> = (0..header.len())
        .map(|column| {
            let cells: Vec<_> = rows.iter().map(|row| row[column].as_str()).collect();
            if figures.contains(&column) {
                figure_column(header[column], &cells)
            } else {
                text_column(header[column], &cells)
            }
        })
        .collect();
    let mut out = String::new();
    for line in 0..=rows.len() {
        let cells: Vec<_> = columns.iter().map(|column| column[line].as_str()).collect();
        out.push_str("  ");
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// Returns a text whose sentences fit into so many columns; the rows of a table keep theirs.
#[must_use]
pub fn wrapped(text: &str, columns: usize) -> String {
    text.split_inclusive('\n').map(|line| folded(line, columns)).collect()
}

/// Returns a line, folded where it is a sentence and too long: what follows is indented by two more.
fn folded(line: &str, columns: usize) -> String {
    let sentence = line.trim_start();
    let indent = line.len() - sentence.len();
    if line.trim_end().width() <= columns || sentence.trim_end().contains("  ") {
        return line.to_owned();
    }
    let mut out = blanks(indent);
    let mut column = indent;
    for word in words(sentence) {
        if column > indent + 2 && column + word.trim_end().width() > columns {
            out.truncate(out.trim_end().len());
            out.push('\n');
            out += &blanks(indent + 2);
            column = indent + 2;
        }
        out += word;
        column += word.width();
    }
    out
}

/// Returns the parts of a sentence that stay whole: a word with the blanks behind it; of Chinese, a character with the
/// punctuation that may not begin a line.
fn words(sentence: &str) -> Vec<&str> {
    let letters: Vec<(usize, char)> = sentence.char_indices().collect();
    let breaks = letters.iter().zip(letters.iter().skip(1)).filter(|((_, left), (_, right))| {
        let wide = |letter: char| letter.width() == Some(2);
        let joins = "，。；：、）”！？".contains(*right) || "（“".contains(*left);
        !right.is_whitespace() && !joins && (left.is_whitespace() || wide(*left) || wide(*right))
    });
    let ends: Vec<usize> = breaks.map(|(_, (at, _))| *at).chain([sentence.len()]).collect();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(&ends).map(|(from, to)| &sentence[from..*to]).collect()
}

fn text_column(header: &str, cells: &[&str]) -> Vec<String> {
    let all = std::iter::once(header).chain(cells.iter().copied());
    let width = all.clone().map(UnicodeWidthStr::width).max().unwrap_or_default();
    all.map(|cell| format!("{cell}{}", blanks(width - cell.width()))).collect()
}

fn figure_column(header: &str, cells: &[&str]) -> Vec<String> {
    let split: Vec<_> = cells.iter().map(|cell| cell.split_at(cell.find('.').unwrap_or(cell.len()))).collect();
    let whole = split.iter().map(|(whole, _)| whole.width()).max().unwrap_or_default();
    let fraction = split.iter().map(|(_, fraction)| fraction.width()).max().unwrap_or_default();
    let width = header.width().max(whole + fraction);
    let figure = |(w, f): &(&str, &str)| {
        let behind = fraction - f.width();
        format!("{}{w}{f}{}", blanks(width - behind - w.width() - f.width()), blanks(behind))
    };
    let first = format!("{}{header}", blanks(width - header.width()));
    std::iter::once(first).chain(split.iter().map(figure)).collect()
}

fn blanks(count: usize) -> String {
    " ".repeat(count)
}

#[cfg(test)]
mod tests {
    use super::{Paint, wrapped};

    #[test]
    fn sentences_are_folded_and_tables_are_not() {
        let text = "  one two three four\n  a    1234567890123\n用量明细中没有这一天，请下载。\n";
        let folded =
            "  one two\n    three\n    four\n  a    1234567890123\n用量明细中\n  没有这一\n  天，请下\n  载。\n";
        assert_eq!(wrapped(text, 10), folded);
        assert_eq!(wrapped(text, 40), text);
    }

    #[test]
    fn colours_are_only_around_the_text() {
        assert_eq!(Paint::PLAIN.bad("x"), "x");
        let painted = Paint::COLOURS.bad("x");
        assert!(painted.starts_with("\u{1b}[") && painted.ends_with("\u{1b}[0m") && painted.contains('x'));
    }
}
