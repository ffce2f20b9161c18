//! The charges and the bill's lines, summed by application, item and day.

use std::collections::BTreeMap;

use crate::model::{AppId, Day, Item, Money, Quantity, Span};
use crate::rate::charge::Settled;
use crate::report::Report;

/// One row of a sheet of sums.
#[derive(Debug, Clone, Default)]
pub(super) struct Sum {
    /// The number of recomputed lines.
    pub lines: usize,
    pub billable: Quantity,
    pub covered: Quantity,
    pub charged: Quantity,
    pub expected: Money,
    pub billed: Money,
}

/// A day, or what a line has instead of one; days first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum When {
    /// One day.
    Day(Day),
    /// A month (`2024-10`) or a range of days (`2024-10-01/2024-10-31`).
    Longer(String),
}

/// All sums.
pub(super) struct Sums {
    pub applications: BTreeMap<Option<AppId>, Sum>,
    /// The sums of each item; those that name no item come last.
    pub items: Vec<(Option<Item>, Sum)>,
    pub days: BTreeMap<When, Sum>,
    /// The bill's lines of one day, application and item.
    pub billed: BTreeMap<(When, Option<AppId>, Item), Money>,
}

impl When {
    pub fn of(settled: Settled) -> Self {
        match settled {
            Settled::Day(day) => Self::Day(day),
            Settled::Month(month) => Self::Longer(month.to_string()),
        }
    }

    fn spanned(span: Span) -> Self {
        let (first, last) = (span.from.day(), (span.until + -1).day());
        if first == last {
            Self::Day(first)
        } else if span == first.month().span() {
            Self::Longer(first.month().to_string())
        } else {
            Self::Longer(format!("{first}/{last}"))
        }
    }
}

impl Sums {
    pub fn of(report: &Report) -> Self {
        let mut sums =
            Self { applications: BTreeMap::new(), items: Vec::new(), days: BTreeMap::new(), billed: BTreeMap::new() };
        let mut items: BTreeMap<(bool, Option<Item>), Sum> = BTreeMap::new();
        for charge in &report.charges {
            let when = When::of(charge.day);
            let of_item = items.entry((false, Some(charge.item))).or_default();
            for sum in [sums.applications.entry(charge.app).or_default(), of_item, sums.days.entry(when).or_default()] {
                sum.lines += 1;
                sum.billable += charge.billable;
                sum.covered += charge.covered;
                sum.charged += charge.charged;
                sum.expected += charge.amount;
            }
        }
        for line in report.comparison.iter().flat_map(|comparison| &comparison.billed) {
            let when = When::spanned(line.span);
            sums.applications.entry(line.app).or_default().billed += line.amount;
            items.entry((line.item.is_none(), line.item)).or_default().billed += line.amount;
            sums.days.entry(when.clone()).or_default().billed += line.amount;
            if let Some(item) = line.item {
                *sums.billed.entry((when, line.app, item)).or_default() += line.amount;
            }
        }
        sums.items = items.into_iter().map(|((_, item), sum)| (item, sum)).collect();
        sums.whole_month(report);
        sums
    }

    /// Where anything is told by the day, every day of the month is: a chart without gaps.
    fn whole_month(&mut self, report: &Report) {
        if self.days.keys().any(|when| matches!(when, When::Day(_))) {
            for day in report.period.span().days() {
                self.days.entry(When::Day(day)).or_default();
            }
        }
    }
}
