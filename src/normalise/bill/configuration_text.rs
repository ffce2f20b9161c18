//! The configuration text of an L2 bill: `<item>: <quantity><unit>; ` repeated.

use rust_decimal::Decimal;

use crate::normalise::number::number;
use crate::normalise::text::normalised;

/// One item of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// The item's text.
    pub name: &'a str,
    /// Its quantity, where one is printed.
    pub figure: Option<Decimal>,
    /// The unit behind it, folded.
    pub unit: String,
}

/// Returns the items of a configuration, those of no quantity left out.
pub(super) fn entries(text: &str) -> Vec<Entry<'_>> {
    all(text).filter(is_something).collect()
}

/// Returns the item that stands for the row: the first of some quantity; of a row of
/// nothing, the first.
pub(super) fn first_name(text: &str) -> Option<&str> {
    all(text).find(is_something).or_else(|| all(text).next()).map(|entry| entry.name)
}

fn all(text: &str) -> impl Iterator<Item = Entry<'_>> {
    text.split([';', '；']).map(str::trim).filter(|part| !part.is_empty()).map(entry)
}

fn is_something(entry: &Entry<'_>) -> bool {
    entry.figure.is_none_or(|figure| !figure.is_zero())
}

fn entry(part: &str) -> Entry<'_> {
    let Some((name, quantity)) = part.rsplit_once([':', '：']) else {
        return Entry { name: part, figure: None, unit: String::new() };
    };
    let folded = normalised(quantity);
    let end = folded.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-'))).unwrap_or(folded.len());
    let (figure, unit) = folded.split_at(end);
    Entry { name: name.trim(), figure: number(figure).ok().flatten(), unit: unit.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_with_their_quantities() {
        let read = entries("语音时长: 1,200.5分钟; 高清：0分钟；视频2K: 30 分钟; ");
        let seen: Vec<_> = read.iter().map(|e| (e.name, e.figure.map(|f| f.to_string()), e.unit.as_str())).collect();
        assert_eq!(seen, [("语音时长", Some("1200.5".to_owned()), "分钟"), ("视频2K", Some("30".to_owned()), "分钟")]);
        assert_eq!(entries("音视频通话-自定义套餐包: 1000分钟; ")[0].unit, "分钟");
        assert_eq!(entries("Call 包月套餐")[0].figure, None);
        assert_eq!(first_name("语音: 0分钟; 高清: 3分钟; "), Some("高清"));
        assert_eq!(first_name("语音: 0分钟; 高清: 0分钟; "), Some("语音"));
    }
}
