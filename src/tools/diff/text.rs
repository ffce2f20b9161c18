//! The changes on the screen: a line for each figure that differs.

use std::fmt::Write as _;

use rust_decimal::Decimal;

use super::{Change, Diff, Effects, Figures, Part, Row, Section, difference};
use crate::model::diagnostic::shown;
use crate::model::number::plain;
use crate::model::style::aligned;

/// The most lines of a list that are shown, unless all are wanted.
const MOST: usize = 40;

/// Returns what differs, as text.
#[must_use]
pub fn text(diff: &Diff, all: bool) -> String {
    if diff.is_empty() {
        let rows: usize = diff.sections.iter().map(|section| section.same).sum();
        return format!("Nothing differs in {rows} rows.\n");
    }
    let mut out = String::new();
    let totals = diff.totals.iter().filter(|total| total.old != total.new);
    let totals: Vec<_> = totals.map(|it| vec![it.name.to_owned(), it.old.clone(), it.new.clone()]).collect();
    if !totals.is_empty() {
        let _ = writeln!(out, "{}", aligned(&["result", "old", "new"], &[], &totals));
    }
    let effects = Effects::of(diff);
    for section in &diff.sections {
        out.push_str(&listed(&effects, section, all));
    }
    if diff.totals.is_empty() {
        out.push_str("Which findings a change makes or takes away is shown with --case.\n");
    }
    out
}

fn listed(effects: &Effects<'_>, section: &Section, all: bool) -> String {
    let count = |wanted: fn(&Change<Row>) -> bool| section.changes.iter().filter(|change| wanted(change)).count();
    let added = count(|change| matches!(change, Change::Added(_)));
    let gone = count(|change| matches!(change, Change::Gone(_)));
    let changed = count(|change| matches!(change, Change::Changed(..)));
    let what = match section.part {
        Part::Bill => "rows of the bill",
        Part::Usage => "intervals of usage",
        Part::Input => "inputs",
        Part::Charge => "charges",
        Part::Finding => "findings",
    };
    let same = section.same;
    let mut out = format!("{what}: {added} added, {gone} gone, {changed} changed, {same} the same\n");
    let lines: Vec<Vec<String>> =
        section.changes.iter().flat_map(|change| lines(effects, section.part, change)).collect();
    let most = if all { lines.len() } else { MOST.min(lines.len()) };
    if !lines.is_empty() {
        let header = ["change", "day", "application", "item", "figure", "old", "new", "difference", "effect"];
        out.push_str(&aligned(&header, &[5, 6, 7], &lines[..most]));
    }
    if most < lines.len() {
        let _ = writeln!(out, "{} more lines: --all, or --out changes.csv", lines.len() - most);
    }
    let sums = section.sums.iter().filter(|(_, (old, new))| section.part != Part::Finding && old != new);
    for (currency, (old, new)) in sums {
        let _ = writeln!(out, "amount: {} {currency}, before {}: {}", plain(*new), plain(*old), signed(*new - *old));
    }
    out.push('\n');
    out
}

fn signed(value: Decimal) -> String {
    if value > Decimal::ZERO { format!("+{}", plain(value)) } else { plain(value) }
}

/// Returns a line for each figure that differs; of a row that is on one side, the first one that says how much.
fn lines(effects: &Effects<'_>, part: Part, change: &Change<Row>) -> Vec<Vec<String>> {
    let (name, old, new) = match change {
        Change::Added(new) => ("added", None, Some(new)),
        Change::Gone(old) => ("gone", Some(old), None),
        Change::Changed(old, new) => ("changed", Some(old), Some(new)),
    };
    let key = change.key();
    let mut figures: Vec<_> = figures(old, new).into_iter().filter(|(_, old, new)| old != new).collect();
    if old.is_none() || new.is_none() {
        let position = figures.iter().position(|(name, ..)| *name == "amount").unwrap_or(0);
        figures = figures.into_iter().skip(position).take(1).collect();
    }
    let effect = effects.on(part, key);
    let row = |(figure, old, new): (&str, String, String)| {
        let by = if figure == "amount" { difference(change).map(signed).unwrap_or_default() } else { String::new() };
        let mut cells = vec![name.to_owned(), shown(&key.day), shown(&key.app), shown(&key.item), figure.to_owned()];
        cells.extend([shown(&old), shown(&new), by, effect.clone()]);
        cells
    };
    figures.into_iter().map(row).collect()
}

/// One of a row's figures.
type Figure = fn(&Figures) -> Option<Decimal>;

fn figures(old: Option<&Row>, new: Option<&Row>) -> Vec<(&'static str, String, String)> {
    let named: [(&str, Figure); 6] = [
        ("usage", |figures| figures.usage),
        ("covered", |figures| figures.covered),
        ("charged", |figures| figures.charged),
        ("price", |figures| figures.price),
        ("list price", |figures| figures.list_price),
        ("amount", |figures| figures.amount),
    ];
    let figure = |row: Option<&Row>, of: Figure| row.and_then(|row| of(&row.figures)).map(plain).unwrap_or_default();
    let text =
        |row: Option<&Row>, of: fn(&Figures) -> &str| row.map(|row| of(&row.figures).to_owned()).unwrap_or_default();
    let mut all: Vec<_> = named.into_iter().map(|(name, of)| (name, figure(old, of), figure(new, of))).collect();
    all.push(("content", text(old, |figures| &figures.text), text(new, |figures| &figures.text)));
    if old.is_some() && new.is_some() {
        all.push(("currency", text(old, |figures| &figures.currency), text(new, |figures| &figures.currency)));
    }
    all
}
