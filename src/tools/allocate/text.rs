//! The allocation as it is shown on the screen.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::apportion::decimal;
use super::journal::name;
use super::{Allocation, Cost, Line, Owner, Subject};
use crate::model::diagnostic::shown;
use crate::model::style::aligned;
use crate::model::{AppId, Money};
use crate::report::summary;

/// The posted amounts, in cents: by cost, and in all.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    usage: i128,
    covered: i128,
    unused: i128,
    shared: i128,
}

impl Sums {
    fn add(&mut self, line: &Line) {
        let of_cost = match line.cost {
            Cost::Usage => &mut self.usage,
            Cost::Covered => &mut self.covered,
            Cost::Unused => &mut self.unused,
            Cost::Fee | Cost::Shared => &mut self.shared,
        };
        *of_cost += line.cents;
    }

    fn cells(self) -> [String; 5] {
        let all = self.usage + self.covered + self.unused + self.shared;
        [self.usage, self.covered, self.unused, self.shared, all].map(cents)
    }
}

fn cents(amount: i128) -> String {
    summary::cents(Money::new(decimal(amount, 2)))
}

const HEADER: [&str; 7] =
    ["department", "application", "usage", "packages", "unused minutes", "fees and shared", "payable"];

/// Returns a month by department and application.
#[must_use]
pub fn month(subject: &Subject<'_>, allocation: &Allocation) -> String {
    let report = subject.report;
    let mut sums: BTreeMap<&Owner, Sums> = BTreeMap::new();
    let mut all = Sums::default();
    for line in &allocation.lines {
        sums.entry(&line.owner).or_default().add(line);
        all.add(line);
    }
    let mut rows: Vec<Vec<String>> =
        sums.into_iter().map(|(owner, sums)| row(department(owner), application(subject, owner.app), sums)).collect();
    rows.push(row("total".to_owned(), String::new(), all));
    let mut out = format!(
        "{} {}: {} {} payable, by department and application\n\n{}\n",
        shown(&report.account),
        report.period,
        cents(allocation.payable),
        shown(&report.currency),
        aligned(&HEADER, &[2, 3, 4, 5, 6], &rows)
    );
    out.push_str(&keys(allocation));
    if report.expected_range.is_some() {
        out.push_str("Some charges are known only as a range; the upper end is allocated.\n");
    }
    out
}

fn row(department: String, application: String, sums: Sums) -> Vec<String> {
    [department, application].into_iter().chain(sums.cells()).collect()
}

fn department(owner: &Owner) -> String {
    owner.department.as_deref().map_or_else(|| "-".to_owned(), shown)
}

fn application(subject: &Subject<'_>, app: Option<AppId>) -> String {
    let Some(app) = app else { return "-".to_owned() };
    match name(subject, Some(app)) {
        "" => app.to_string(),
        name => format!("{app} {}", shown(name)),
    }
}

/// The costs that were parted by a key, each with its sum.
fn keys(allocation: &Allocation) -> String {
    let mut parted: BTreeMap<(&str, &str, &str), i128> = BTreeMap::new();
    for line in allocation.lines.iter().filter(|line| !line.key.is_empty()) {
        *parted.entry((line.cost.name(), line.item.id(), &line.key)).or_default() += line.cents;
    }
    let rows: Vec<Vec<String>> = parted
        .into_iter()
        .map(|((cost, item, key), sum)| vec![cost.to_owned(), item.to_owned(), shown(key), cents(sum)])
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("Parted by a key\n{}\n", aligned(&["cost", "item", "key", "amount"], &[3], &rows))
}

/// Returns the sums of several months by department.
#[must_use]
pub fn departments(months: &[(String, Vec<Line>)]) -> String {
    let mut sums: BTreeMap<(&str, &Option<String>), Sums> = BTreeMap::new();
    for (currency, lines) in months {
        for line in lines {
            sums.entry((currency, &line.owner.department)).or_default().add(line);
        }
    }
    let mut rows = Vec::new();
    for ((currency, department), sums) in sums {
        let mut cells = vec![department.as_deref().map_or_else(|| "-".to_owned(), shown), shown(currency)];
        cells.extend(sums.cells());
        rows.push(cells);
    }
    let mut header = HEADER;
    header[1] = "currency";
    let mut out = String::new();
    let _ = write!(out, "All months, by department\n\n{}\n", aligned(&header, &[2, 3, 4, 5, 6], &rows));
    out
}
