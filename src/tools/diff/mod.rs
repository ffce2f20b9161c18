//! The differences between two bills, two exports or two reports of one month, row by row, with the money.

mod changes;
mod table;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

pub use changes::{Change, Line, changes};
pub use table::{difference, table};
pub use text::text;

use super::past_report::{PastCharge, PastFinding, PastReport, PastResult};
use crate::model::invoice::LineClass;
use crate::model::{AppId, Item, Runs, Stamp};
use crate::normalise::bill::ProductRow;

/// Every code of this module, with what it means.
pub const CODES: &[(&str, &str)] = &[
    ("diff-left-out", "rows of two bills that are not compared, with the reason"),
    ("diff-not-comparable", "two things that cannot be compared: of other kinds, accounts or months"),
    ("diff-nothing", "a path that holds no bill, no usage export and no report"),
    ("diff-option", "an option that the things to compare do not take"),
];

/// The subject of a row; rows are shown in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The account; empty where it is not named.
    pub account: String,
    /// The day, month or time.
    pub day: String,
    /// The application, or a resource as printed.
    pub app: String,
    /// The item, or the row's own text for it.
    pub item: String,
    /// The kind of row.
    pub class: String,
}

/// The figures that are compared; those that the row does not print are `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Figures {
    /// Usage before deduction, in the item's unit.
    pub usage: Option<Decimal>,
    /// Usage covered by packages.
    pub covered: Option<Decimal>,
    /// Usage charged.
    pub charged: Option<Decimal>,
    /// The price of a unit.
    pub price: Option<Decimal>,
    /// The list price of a unit.
    pub list_price: Option<Decimal>,
    /// The amount, or the difference of a finding.
    pub amount: Option<Decimal>,
    /// The currency of the amount.
    pub currency: String,
    /// Text that is compared too: a configuration, a cause, a digest.
    pub text: String,
}

/// A row of a bill, an export or a report.
pub type Row = Line<Key, Figures, String>;

/// The list that rows are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Rows of a bill.
    Bill,
    /// Rows of usage.
    Usage,
    /// The inputs of a report.
    Input,
    /// The charges of a report.
    Charge,
    /// The findings of a report.
    Finding,
}

impl Part {
    /// Its name in the output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::Usage => "usage",
            Self::Input => "input",
            Self::Charge => "charge",
            Self::Finding => "finding",
        }
    }
}

/// The changes of one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The list.
    pub part: Part,
    /// Its changes, in the order of their keys.
    pub changes: Vec<Change<Row>>,
    /// The number of equal rows.
    pub same: usize,
    /// The sums of the amounts by currency, old and new.
    pub sums: BTreeMap<String, (Decimal, Decimal)>,
}

impl Section {
    /// Compares two lists.
    #[must_use]
    pub fn of(part: Part, old: Vec<Row>, new: Vec<Row>) -> Self {
        let mut sums: BTreeMap<String, (Decimal, Decimal)> = BTreeMap::new();
        let with_amount = |rows: &[Row]| -> Vec<(String, Decimal)> {
            rows.iter().filter_map(|row| Some((row.figures.currency.clone(), row.figures.amount?))).collect()
        };
        for (currency, amount) in with_amount(&old) {
            sums.entry(currency).or_default().0 += amount;
        }
        for (currency, amount) in with_amount(&new) {
            sums.entry(currency).or_default().1 += amount;
        }
        let (changes, same) = changes(old, new);
        Self { part, changes, same, sums }
    }
}

/// A figure of the result, old and new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// Its name on the screen.
    pub name: &'static str,
    /// The old one.
    pub old: String,
    /// The new one.
    pub new: String,
}

/// All differences between two things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// List by list.
    pub sections: Vec<Section>,
    /// The verdict and the totals, where they are known.
    pub totals: Vec<Total>,
}

impl Diff {
    /// Returns true where nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sections.iter().all(|section| section.changes.is_empty())
            && self.totals.iter().all(|total| total.old == total.new)
    }

    /// Adds the results of two comparisons: the charges, the findings and the totals.
    pub fn add_results(&mut self, old: Judged, new: Judged) {
        self.totals = totals(old.result.as_ref(), new.result.as_ref());
        let charges = |charges: Vec<PastCharge>| charges.into_iter().map(of_charge).collect();
        self.sections.push(Section::of(Part::Charge, charges(old.charges), charges(new.charges)));
        let findings = |judged: Option<PastResult>| {
            judged
                .into_iter()
                .flat_map(|result| result.findings)
                .map(|found| of_finding(found, &old.currency))
                .collect()
        };
        self.sections.push(Section::of(Part::Finding, findings(old.result), findings(new.result)));
    }
}

/// The findings that differ, by application and item: the effects of the other changes.
struct Effects<'a>(BTreeMap<(&'a str, &'a str), Vec<&'a Change<Row>>>);

impl<'a> Effects<'a> {
    fn of(diff: &'a Diff) -> Self {
        let mut effects = Self(BTreeMap::new());
        let findings = diff.sections.iter().filter(|section| section.part == Part::Finding);
        for change in findings.flat_map(|section| &section.changes) {
            let key = change.key();
            effects.0.entry((&key.app, &key.item)).or_default().push(change);
        }
        effects
    }

    /// Returns the effect of a change on the findings: `finding … is gone` where the finding of its application,
    /// item and day, or of their month, is gone; empty where none differs.
    fn on(&self, part: Part, key: &Key) -> String {
        if part == Part::Finding {
            return String::new();
        }
        let findings = self.0.get(&(key.app.as_str(), key.item.as_str())).into_iter().flatten();
        let words = findings.filter(|change| key.day.starts_with(&change.key().day)).map(|change| match change {
            Change::Added(row) => format!("finding {} is new", row.id.as_deref().unwrap_or_default()),
            Change::Gone(row) => format!("finding {} is gone", row.id.as_deref().unwrap_or_default()),
            Change::Changed(_, row) => format!("finding {} has changed", row.id.as_deref().unwrap_or_default()),
        });
        words.collect::<Vec<_>>().join("; ")
    }
}

/// The charges and the result of a month, whatever they were read from.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// The currency.
    pub currency: String,
    /// The charges.
    pub charges: Vec<PastCharge>,
    /// The result; `None` without a bill.
    pub result: Option<PastResult>,
}

/// Compares two reports.
#[must_use]
pub fn of_reports(old: PastReport, new: PastReport) -> Diff {
    let inputs = |report: &PastReport| -> Vec<Row> {
        let row = |(path, digest): (&String, &String)| Row {
            key: Key { item: path.clone(), ..Key::default() },
            id: None,
            figures: Figures { text: digest.clone(), ..Figures::default() },
            place: report.folder.clone(),
        };
        report.inputs.iter().map(row).collect()
    };
    let mut diff = Diff { sections: vec![Section::of(Part::Input, inputs(&old), inputs(&new))], totals: Vec::new() };
    let judged =
        |report: PastReport| Judged { currency: report.currency, charges: report.charges, result: report.result };
    diff.add_results(judged(old), judged(new));
    diff
}

/// A figure of a result, as text.
type Figure = fn(&PastResult) -> String;

fn totals(old: Option<&PastResult>, new: Option<&PastResult>) -> Vec<Total> {
    let text = |result: Option<&PastResult>, figure: Figure| result.map(figure).unwrap_or_default();
    let figures: [(&str, Figure); 5] = [
        ("verdict", |result| result.verdict.clone()),
        ("expected", |result| result.expected.normalize().to_string()),
        ("billed", |result| result.billed.normalize().to_string()),
        ("overcharged", |result| result.overcharged.normalize().to_string()),
        ("undercharged", |result| result.undercharged.normalize().to_string()),
    ];
    figures.into_iter().map(|(name, figure)| Total { name, old: text(old, figure), new: text(new, figure) }).collect()
}

fn of_charge(charge: PastCharge) -> Row {
    Row {
        key: Key { day: charge.day, app: charge.app, item: charge.item, ..Key::default() },
        id: None,
        figures: Figures {
            usage: Some(charge.billable),
            covered: Some(charge.covered),
            charged: Some(charge.charged),
            price: Some(charge.price),
            amount: Some(charge.amount),
            currency: charge.currency,
            ..Figures::default()
        },
        place: String::new(),
    }
}

fn of_finding(finding: PastFinding, currency: &str) -> Row {
    Row {
        key: Key {
            day: finding.day,
            app: finding.app,
            item: finding.item,
            class: finding.id.clone(),
            ..Key::default()
        },
        id: Some(finding.id),
        figures: Figures {
            amount: Some(finding.difference),
            currency: currency.to_owned(),
            text: format!("{} {}", finding.kind, finding.cause),
            ..Figures::default()
        },
        place: String::new(),
    }
}

/// Returns a row of a bill as it is compared. `place` is where it is read.
#[must_use]
pub fn of_bill(row: ProductRow, place: String) -> Row {
    let class = match row.class {
        None => "unknown",
        Some(LineClass::Usage) => "usage",
        Some(LineClass::Fee) => "fee",
        Some(LineClass::Refund) => "refund",
        Some(LineClass::Adjustment) => "adjustment",
        Some(LineClass::Precision) => "precision",
        Some(LineClass::Total) => "total",
    };
    let month = row.month.map(|month| month.to_string()).unwrap_or_default();
    Row {
        key: Key {
            account: row.owner,
            day: row.start.map_or(month, moment),
            app: row.resource,
            item: row.item.map_or(row.text, |item| item.id().to_owned()),
            class: class.to_owned(),
        },
        id: row.transaction,
        figures: Figures {
            usage: row.usage,
            covered: row.covered,
            charged: row.charged,
            price: row.price,
            list_price: row.list_price,
            amount: Some(row.amount),
            currency: row.currency,
            text: row.configuration.unwrap_or_default(),
        },
        place,
    }
}

/// Returns the day of a time, with the hour where it is not midnight.
fn moment(at: Stamp) -> String {
    if at == at.day().start() { at.day().to_string() } else { at.to_string() }
}

/// The subject of a row of usage: beginning, application, item and length in seconds.
type Slot = (Stamp, AppId, Item, u32);

/// Compares the usage of two exports, interval by interval. `place` names where a row is read.
#[must_use]
pub fn of_usage(old: &Runs, new: &Runs, place: impl Fn(bool, crate::model::Place) -> String) -> Section {
    let lines = |runs: &Runs| -> Vec<Line<Slot, i64, crate::model::Place>> {
        let line = |usage: crate::model::Usage| Line {
            key: (usage.start, usage.app, usage.item, usage.seconds),
            id: None,
            figures: usage.quantity,
            place: usage.place,
        };
        runs.iter().map(line).collect()
    };
    let (found, same) = changes(lines(old), lines(new));
    let row = |line: Line<Slot, i64, crate::model::Place>, is_new: bool| Row {
        key: Key {
            day: moment(line.key.0),
            app: line.key.1.to_string(),
            item: line.key.2.id().to_owned(),
            class: format!("{} s", line.key.3),
            ..Key::default()
        },
        id: None,
        figures: Figures { usage: Some(line.key.2.metered(line.figures).decimal()), ..Figures::default() },
        place: place(is_new, line.place),
    };
    let shown = |change| match change {
        Change::Added(new) => Change::Added(row(new, true)),
        Change::Gone(old) => Change::Gone(row(old, false)),
        Change::Changed(old, new) => Change::Changed(row(old, false), row(new, true)),
    };
    Section { part: Part::Usage, changes: found.into_iter().map(shown).collect(), same, sums: BTreeMap::new() }
}

/// Returns the months that rows are of.
#[must_use]
pub fn months(rows: &[Row]) -> BTreeSet<String> {
    rows.iter().filter_map(|row| row.key.day.get(..7)).map(str::to_owned).collect()
}
