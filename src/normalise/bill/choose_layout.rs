//! Which of several bills counts: the newest of the cumulative daily files,
//! the cut that the account says, and of one month's layouts the most detailed.

use std::collections::BTreeMap;

use super::columns::Layout;
use super::read::Piece;
use crate::model::diagnostic::{At, Diagnostic};
use crate::model::policy::Cut;
use crate::model::{Day, Money, Month};
use crate::read::Table;
use crate::rules::billing_window::Window;

/// The date in a bill's file name: `<UIN>-YYYYMM[DD]-按扣费周期-明细账单`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Issued {
    /// The month.
    pub month: Month,
    /// The day up to which a daily file counts; none for the month's own.
    pub day: Option<Day>,
}

/// Returns the date in a file's path; the last that it names.
pub(super) fn issued(path: &str) -> Option<Issued> {
    path.split(|c: char| !c.is_ascii_digit()).filter_map(dated).next_back()
}

fn dated(digits: &str) -> Option<Issued> {
    let month = Month::parse(&format!("{}-{}", digits.get(..4)?, digits.get(4..6)?))?;
    let plausible = (2015..2100).contains(&digits[..4].parse::<i32>().ok()?);
    match digits.len() {
        6 if plausible => Some(Issued { month, day: None }),
        8 if plausible => {
            let day = Day::parse(&format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]))?;
            Some(Issued { month, day: Some(day) })
        }
        _ => None,
    }
}

/// Returns the cut that a file's name says.
pub(super) fn cut_of(path: &str) -> Option<Cut> {
    let path = path.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| path.contains(word));
    if says(&["扣费周期", "by_deduct", "by_pay", "by_transaction"]) {
        Some(Cut::Deduction)
    } else if says(&["计费周期", "by_used", "by_usage", "by_bill"]) {
        Some(Cut::Usage)
    } else {
        None
    }
}

/// For each table the reason why another file stands for it. A day behind the month in a file's name is that of its
/// issue: the file is no cumulative one.
pub(super) fn covered(tables: &[(&Table, Layout)], window: &Window) -> Vec<Option<String>> {
    let cut = window.cut;
    let issued = |file: &str| issued(file).filter(|issued| issued.month <= window.period());
    let mut newest: BTreeMap<_, (Option<Day>, &str)> = BTreeMap::new();
    let key = |table: &Table, layout, issued: Issued| {
        (issued.month, layout, cut_of(&table.file).map(|cut| cut == Cut::Deduction))
    };
    for (table, layout) in tables {
        let Some(issued) = issued(&table.file) else { continue };
        let best = newest.entry(key(table, *layout, issued)).or_insert((issued.day, &table.file));
        if best.0.is_some_and(|day| issued.day.is_none_or(|newer| newer > day)) {
            *best = (issued.day, &table.file);
        }
    }
    let has_own_cut = tables.iter().any(|(table, _)| cut_of(&table.file) == Some(cut));
    let reason = |(table, layout): &(&Table, Layout)| {
        if has_own_cut && cut_of(&table.file).is_some_and(|other| other != cut) {
            return Some("cut by the other cycle than [bill] cut says".to_owned());
        }
        let issued = issued(&table.file)?;
        let (day, file) = newest.get(&key(table, *layout, issued))?;
        (*day != issued.day).then(|| format!("covered by the newer cumulative file {file}"))
    };
    tables.iter().map(reason).collect()
}

/// Warns where the only bill there is was cut by the other cycle.
pub(super) fn cut_warning(tables: &[(&Table, Layout)], cut: Cut) -> Option<Diagnostic> {
    let other = tables.iter().find(|(table, _)| cut_of(&table.file).is_some_and(|other| other != cut))?;
    let own = tables.iter().any(|(table, _)| cut_of(&table.file) == Some(cut));
    let named = |cut| if cut == Cut::Usage { "usage (计费周期)" } else { "deduction (扣费周期)" };
    (!own).then(|| {
        let says = cut_of(&other.0.file).unwrap_or(cut);
        Diagnostic::warning(
            "bill-cut",
            At::file(&other.0.file),
            format!(
                "the file's name says that the bill is cut by {}, account.toml says by {}",
                named(says),
                named(cut)
            ),
            "Set [bill] cut in account.toml to what the bill is; else the first and last days will not agree.",
        )
    })
}

/// One table's lines and layout, for the choice among layouts.
pub(super) struct Candidate<'a> {
    /// The table.
    pub table: &'a Table,
    /// Its layout.
    pub layout: Layout,
    /// The rows that were read.
    pub piece: Piece,
}

/// Leaves the lines of the most detailed layout and holds the totals of the
/// others against it.
pub(super) fn most_detailed(candidates: &mut [Candidate<'_>], window: &Window) -> Vec<Diagnostic> {
    let with_lines = |candidate: &&Candidate<'_>| !candidate.piece.lines.is_empty();
    let Some(leading) = candidates.iter().filter(with_lines).map(|candidate| candidate.layout).min() else {
        return Vec::new();
    };
    let totals = totals(candidates);
    let mut warnings = Vec::new();
    for candidate in candidates.iter_mut().filter(|candidate| candidate.layout != leading) {
        let left_out = u64::try_from(std::mem::take(&mut candidate.piece.lines).len()).unwrap_or(u64::MAX);
        candidate.piece.exclude(format!("cross-footed against {}", leading.name()), left_out);
    }
    let lead = totals.get(&leading);
    for (layout, total) in totals.iter().filter(|(layout, _)| **layout != leading) {
        let (Some(lead), true) = (lead, total.lines > 0) else { continue };
        let off = total.money - lead.money;
        if off.abs().decimal() > total.tolerance(*layout) {
            let Some(first) = candidates.iter().find(|candidate| candidate.layout == *layout) else { continue };
            warnings.push(cross_foot(first.table, *layout, leading, (total.money, lead.money), window));
        }
    }
    warnings
}

/// The lines of one layout, summed.
#[derive(Default)]
struct LayoutTotal {
    money: Money,
    lines: u32,
}

impl LayoutTotal {
    /// Cents a line where lines are in cents; a cent where they are not.
    fn tolerance(&self, layout: Layout) -> rust_decimal::Decimal {
        let lines = if layout >= Layout::L2 { self.lines } else { 1 };
        rust_decimal::Decimal::new(i64::from(lines.max(1)), 2)
    }
}

fn totals(candidates: &[Candidate<'_>]) -> BTreeMap<Layout, LayoutTotal> {
    let mut totals: BTreeMap<Layout, LayoutTotal> = BTreeMap::new();
    for candidate in candidates {
        let total = totals.entry(candidate.layout).or_default();
        for line in &candidate.piece.lines {
            total.money += line.amount;
            total.lines = total.lines.saturating_add(1);
        }
    }
    totals
}

fn cross_foot(
    table: &Table,
    layout: Layout,
    leading: Layout,
    (money, lead): (Money, Money),
    window: &Window,
) -> Diagnostic {
    Diagnostic::warning(
        "bill-cross-foot",
        table.at(),
        format!(
            "the {} bill of {} sums to {money}, the {} bill to {lead}: {} apart",
            layout.name(),
            window.period(),
            leading.name(),
            money - lead
        ),
        format!("The {} bill is compared. One of the two may lack rows: export both again.", leading.name()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_in_a_files_name() {
        let read = |path| issued(path).map(|i| (i.month.to_string(), i.day.map(|day| day.to_string())));
        let month = |month: &str| Some((month.to_owned(), None));
        assert_eq!(read("bills/100000000001-202410-按扣费周期-明细账单.zip/1.csv"), month("2024-10"));
        assert_eq!(
            read("bills/FOCUS-bill_details-100000000001-20241015.CSV"),
            Some(("2024-10".into(), Some("2024-10-15".into())))
        );
        assert_eq!(read("bills/100000000001.csv"), None);
        assert_eq!(read("bills/l3.csv"), None);
    }

    #[test]
    fn the_cut_in_a_files_name() {
        assert_eq!(cut_of("1-202410-按扣费周期-明细账单.csv"), Some(Cut::Deduction));
        assert_eq!(cut_of("1-202410-by_used_time-bill_details.csv"), Some(Cut::Usage));
        assert_eq!(cut_of("l3.csv"), None);
    }
}
