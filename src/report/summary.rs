//! What text, html and the cover of the workbook say alike: the verdict in
//! one sentence, the totals, the sums by item and by day.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Comparison, Report, Verdict};
use crate::assertion::Outcome;
use crate::diagnostic::{Diagnostic, Severity};
use crate::domain::number::plain;
use crate::domain::{Item, Money, Quantity, Rounding};
use crate::reconcile::{Discrepancy, Strength};

/// The verdict in one sentence.
#[must_use]
pub fn sentence(report: &Report) -> String {
    let found = match &report.comparison {
        None => rated(report),
        Some(comparison) => {
            let verdict = match comparison.verdict {
                Verdict::Reconciled => format!("reconciled, {} agree", lines(comparison.matched)),
                Verdict::Discrepancies => charged_wrongly(report, comparison),
                Verdict::Inconclusive => undecided(report, comparison),
            };
            format!("{verdict}; expected {}, billed {}", expected(report), amount(comparison.billed_total))
        }
    };
    format!("{} {}: {found}.", visible(&report.account), report.period)
}

fn rated(report: &Report) -> String {
    let payable = cents(report.payable_total);
    format!("rated, {}; expected {}, payable {payable}", lines(report.charges.len()), expected(report))
}

fn charged_wrongly(report: &Report, comparison: &Comparison) -> String {
    let certain = |sign: fn(Decimal) -> bool| {
        let of = |found: &&Discrepancy| found.strength == Strength::Certain && sign(found.difference.decimal());
        comparison.discrepancies.iter().filter(of).count()
    };
    let part = |word: &str, money: Money, count: usize| {
        (count > 0).then(|| format!("{word} by {} {} on {}", amount(money), visible(&report.currency), lines(count)))
    };
    let parts: Vec<_> = [
        part("overcharged", comparison.overcharged, certain(|difference| difference > Decimal::ZERO)),
        part("undercharged", comparison.undercharged, certain(|difference| difference < Decimal::ZERO)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        return format!("{} differ without effect on the sum", lines(comparison.discrepancies.len()));
    }
    parts.join(" and ")
}

fn undecided(report: &Report, comparison: &Comparison) -> String {
    let open = &comparison.discrepancies;
    if open.is_empty() {
        return "inconclusive, the usage is incomplete or known only roughly".to_owned();
    }
    let stake: Money = open.iter().map(|found| found.difference.abs()).sum();
    let currency = visible(&report.currency);
    format!("inconclusive, the data cannot decide {} worth {} {currency}", lines(open.len()), amount(stake))
}

fn expected(report: &Report) -> String {
    let currency = visible(&report.currency);
    match report.expected_range {
        Some((low, high)) if low != high => format!("{} to {} {currency}", amount(low), amount(high)),
        _ => format!("{} {currency}", amount(report.expected_total)),
    }
}

/// `1 line`, `2 lines`.
#[must_use]
pub fn lines(count: usize) -> String {
    counted(count, "line")
}

/// `1 warning`, `2 warnings`.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The totals, named.
#[must_use]
pub fn totals(report: &Report) -> Vec<(&'static str, Money)> {
    let mut totals = vec![("expected", report.expected_total)];
    if let Some((low, high)) = report.expected_range {
        totals.extend([("expected at least", low), ("expected at most", high)]);
    }
    if let Some(comparison) = &report.comparison {
        totals.extend([
            ("billed", comparison.billed_total),
            ("difference", comparison.difference),
            ("overcharged", comparison.overcharged),
            ("undercharged", comparison.undercharged),
        ]);
    }
    totals.push(("payable", report.payable_total));
    totals
}

/// The sums of the charges of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemSum {
    /// The item.
    pub item: Item,
    /// After rounding.
    pub billable: Quantity,
    /// Covered by grants and free allowances.
    pub covered: Quantity,
    /// Charged.
    pub charged: Quantity,
    /// The money.
    pub amount: Money,
}

/// The charges by item, in the items' order.
#[must_use]
pub fn by_item(report: &Report) -> Vec<ItemSum> {
    let mut sums: BTreeMap<Item, ItemSum> = BTreeMap::new();
    for charge in &report.charges {
        let none = ItemSum {
            item: charge.item,
            billable: Quantity::ZERO,
            covered: Quantity::ZERO,
            charged: Quantity::ZERO,
            amount: Money::ZERO,
        };
        let sum = sums.entry(charge.item).or_insert(none);
        sum.billable += charge.billable;
        sum.covered += charge.covered;
        sum.charged += charge.charged;
        sum.amount += charge.amount;
    }
    sums.into_values().collect()
}

/// The charges by day (or month): its name, the number of lines, the money.
#[must_use]
pub fn by_day(report: &Report) -> Vec<(String, usize, Money)> {
    let mut sums: BTreeMap<String, (usize, Money)> = BTreeMap::new();
    for charge in &report.charges {
        let sum = sums.entry(charge.day.to_string()).or_insert((0, Money::ZERO));
        sum.0 += 1;
        sum.1 += charge.amount;
    }
    sums.into_iter().map(|(day, (count, money))| (day, count, money)).collect()
}

/// On how many days there is usage, and where not.
#[must_use]
pub fn completeness(report: &Report) -> String {
    let known = &report.completeness;
    let mut out = format!("Usage on {} of {} days", known.days_seen, known.days_expected);
    if !known.gaps.is_empty() {
        out.push_str(", none on ");
        out.push_str(&visible(&known.gaps.join(", ")));
    }
    out
}

/// How the vendor's figures of the packages stand to our ledger; `None` where
/// the vendor says nothing of them.
#[must_use]
pub fn balances(report: &Report) -> Option<String> {
    let count = |outcome| report.asserted.iter().filter(|(_, one)| one.outcome == outcome).count();
    let parts = [
        (count(Outcome::Agrees), "as our ledger has them"),
        (count(Outcome::Differs), "otherwise (balances.csv)"),
        (count(Outcome::Undecided), "not comparable"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    (!parts.is_empty()).then(|| format!("Packages by the vendor's own figures: {}", parts.join(", ")))
}

/// A warning or note in one line.
#[must_use]
pub fn finding(found: &Diagnostic) -> String {
    let weight = if found.severity == Severity::Note { "note" } else { "warning" };
    let help = if found.help.is_empty() { String::new() } else { format!(" ({})", found.help) };
    visible(&format!("{weight} {}: {}: {}{help}", found.code, found.at, found.message))
}

/// The discrepancies, largest first; of equal ones the earlier first.
#[must_use]
pub fn largest(comparison: &Comparison) -> Vec<&Discrepancy> {
    let mut found: Vec<_> = comparison.discrepancies.iter().collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.difference.abs()));
    found
}

/// Money as people read it: `1,234.50`, every digit kept, at least two
/// decimals.
#[must_use]
pub fn amount(money: Money) -> String {
    grouped(money.decimal(), 2)
}

/// A quantity as people read it: `12,000`, `0.5`.
#[must_use]
pub fn figure(value: Decimal) -> String {
    grouped(value, 0)
}

fn grouped(value: Decimal, least_decimals: usize) -> String {
    let text = plain(value);
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut out = sign.to_owned();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() || least_decimals > 0 {
        out.push('.');
        out.push_str(fraction);
        out.extend(std::iter::repeat_n('0', least_decimals.saturating_sub(fraction.len())));
    }
    out
}

/// Money with exactly two decimals.
#[must_use]
pub fn cents(money: Money) -> String {
    let mut value = Rounding::HalfUp(2).apply(money.decimal());
    value.rescale(2);
    value.to_string()
}

/// Whether a character is not seen, or changes how others are seen.
#[must_use]
pub fn hides(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A text with every hidden character made visible; whole, unlike
/// [`crate::diagnostic::shown`].
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if hides(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}
