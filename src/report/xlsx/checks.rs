//! Sums that must tie, as formulas that are TRUE.

use rust_decimal::Decimal;
use rust_xlsxwriter::XlsxError;

use super::cell::{Entry, follows};
use super::grid::Grid;
use super::{Book, Report, applications, bridge, charges, days, discrepancies, grants, inputs, items};
use crate::compare::bridge::Part;
use crate::compare::{Discrepancy, Strength};
use crate::model::{Money, PackMinutes, Quantity, Rounding};
use crate::rate::drawdown::Balance;
use crate::report::Comparison;
use crate::report::table::{self, Cell, Measure};

/// The checks without a bill, and those that a bill adds.
const OF_CHARGES: usize = 11;
const OF_BILL: usize = 9;
/// The column that says whether a check holds.
pub(super) const HOLDS: &str = "E";

/// Two figures that must be the same; each as a formula, where it has one, and its figure.
struct Check<'a> {
    text: &'a str,
    measure: Measure,
    left: Side,
    right: Side,
}

type Side = (Option<String>, Decimal);

/// How many checks a report has.
pub(super) const fn count(report: &Report) -> usize {
    OF_CHARGES + if report.comparison.is_some() { OF_BILL } else { 0 }
}

/// Writes the sheet.
pub(super) fn write(book: &mut Book<'_>) -> Result<(), XlsxError> {
    let texts = book.texts;
    let own = &texts.columns;
    let extent = book.extents.checks.clone();
    let mut checks = of_charges(book);
    if let Some(comparison) = &book.report.comparison {
        checks.extend(of_bill(book, comparison));
    }
    let titles = [&own.number, &own.check, &own.left, &own.right, &own.holds].map(Clone::clone).to_vec();
    let mut grid = Grid::new(&mut book.paper, extent.clone(), titles)?;
    let mut all = true;
    for (number, check) in checks.iter().enumerate() {
        let holds = Rounding::HalfUp(6).apply(check.left.1 - check.right.1).is_zero();
        all &= holds;
        let side = |(formula, figure): &Side| follows(formula.clone(), Cell::Figure(*figure, check.measure));
        grid.row(&[
            table::count((number + 1).into()).into(),
            table::text(check.text).into(),
            side(&check.left),
            side(&check.right),
            Entry::Holds("ROUND(C{row}-D{row},6)=0".to_owned(), holds),
        ])?;
    }
    let every = extent.over("AND", HOLDS).unwrap_or_else(|| unreachable!("there are checks"));
    let empty = || Entry::Is(Cell::Empty);
    let total = vec![empty(), table::text(&texts.checks.all).into(), empty(), empty(), Entry::Holds(every, all)];
    grid.finish(&[total], std::slice::from_ref(&texts.says.checks_precision), |_, _| Ok(()))
}

fn of_charges<'a>(book: &Book<'a>) -> Vec<Check<'a>> {
    let (report, texts, extents) = (book.report, &book.texts.checks, &book.extents);
    let expected = report.expected_total.decimal();
    let total = || (Some(extents.lines.total(charges::AMOUNT)), expected);
    let money = |text, left, right| Check { text, measure: Measure::Money, left, right };
    let count = |text, left, right| Check { text, measure: Measure::Count, left, right };
    let sums = &book.sums;
    let of = |sums: &mut dyn Iterator<Item = Money>| sums.sum::<Money>().decimal();
    let by_application = of(&mut sums.applications.values().map(|sum| sum.expected));
    let by_item = of(&mut sums.items.iter().map(|(_, sum)| sum.expected));
    let by_day = of(&mut sums.days.values().map(|sum| sum.expected));
    let cells = |formula: String, figure| (Some(formula), figure);
    let mut checks = vec![
        count(
            &texts.lines_counted,
            counted(extents.lines.over("COUNTA", charges::ITEM), report.charges.len()),
            fixed(report.charges.len()),
        ),
        money(&texts.lines_total, total(), (None, expected)),
        money(
            &texts.payable,
            cells(format!("ROUND({},2)", extents.lines.total(charges::AMOUNT)), Rounding::HalfUp(2).apply(expected)),
            (None, report.payable_total.decimal()),
        ),
        parts(book),
        money(
            &texts.applications,
            cells(extents.applications.total(applications::expected(book.report)), by_application),
            total(),
        ),
        money(&texts.items, cells(extents.items.total(items::EXPECTED), by_item), total()),
        money(&texts.days, cells(extents.days.total(days::EXPECTED), by_day), total()),
    ];
    checks.extend(of_grants(book));
    checks.push(of_inputs(book));
    checks
}

/// Covered and charged are what is billable.
fn parts<'a>(book: &Book<'a>) -> Check<'a> {
    let charges = &book.report.charges;
    let live = charges::live(book.report);
    let sum = |column| book.extents.lines.over("SUM", column).filter(|_| live);
    let both =
        sum(charges::COVERED).zip(sum(charges::CHARGED)).map(|(covered, charged)| format!("{covered}+{charged}"));
    let of = |quantity: &mut dyn Iterator<Item = Quantity>| quantity.sum::<Quantity>().decimal();
    Check {
        text: &book.texts.checks.parts,
        measure: Measure::Count,
        left: (both, of(&mut charges.iter().map(|charge| charge.covered + charge.charged))),
        right: (sum(charges::BILLABLE), of(&mut charges.iter().map(|charge| charge.billable))),
    }
}

fn of_grants<'a>(book: &Book<'a>) -> Vec<Check<'a>> {
    let (report, texts, extents) = (book.report, &book.texts.checks, &book.extents);
    let grants = &report.grants;
    let sum = |of: fn(&Balance) -> PackMinutes| grants.iter().map(of).sum::<PackMinutes>().decimal();
    let taken: PackMinutes = report.drawdown.iter().map(|deduction| deduction.taken).sum();
    let (deductions, taken_column) = book.ledger.columns();
    let count = |text, left, right| Check { text, measure: Measure::Count, left, right };
    let cell = |column| Some(extents.grants.total(column));
    let rest = format!(
        "{}+{}+{}",
        extents.grants.total(grants::USED),
        extents.grants.total(grants::EXPIRED),
        extents.grants.total(grants::REMAINING)
    );
    let counted_rows = match deductions {
        Some(column) => extents.drawdown.over("SUM", column),
        None => extents.drawdown.over("COUNTA", "D"),
    };
    vec![
        count(
            &texts.drawdown_used,
            (Some(extents.drawdown.total(taken_column)), taken.decimal()),
            (cell(grants::USED), sum(|grant| grant.used)),
        ),
        count(&texts.drawdown_counted, counted(counted_rows, report.drawdown.len()), fixed(report.drawdown.len())),
        count(
            &texts.grants,
            (cell(grants::OPENING), sum(|grant| grant.opening)),
            (Some(rest), sum(|grant| grant.used) + sum(|grant| grant.expired) + sum(|grant| grant.remaining)),
        ),
    ]
}

fn of_inputs<'a>(book: &Book<'a>) -> Check<'a> {
    let inputs = &book.report.inputs;
    let sum = |of: fn(&crate::report::Input) -> u64| Decimal::from(inputs.iter().map(of).sum::<u64>());
    let cell = |column: &str| book.extents.inputs.total(column);
    let [(rows, all), parts @ ..] = inputs::COUNTS;
    Check {
        text: &book.texts.checks.inputs,
        measure: Measure::Count,
        left: (Some(cell(rows)), sum(all)),
        right: (Some(parts.map(|(column, _)| cell(column)).join("+")), parts.map(|(_, of)| sum(of)).into_iter().sum()),
    }
}

fn of_bill<'a>(book: &Book<'a>, comparison: &Comparison) -> Vec<Check<'a>> {
    let (texts, extents) = (&book.texts.checks, &book.extents);
    let billed = comparison.billed_total.decimal();
    let money = |text, left, right| Check { text, measure: Measure::Money, left, right };
    let same = |text, cell: String, sum: Money| money(text, (Some(cell), sum.decimal()), (None, billed));
    let sums = &book.sums;
    let expected = extents.lines.total(charges::AMOUNT);
    let steps: Money = comparison.bridge.iter().map(|step| step.amount).sum();
    let bridged = book.report.expected_total + steps;
    let last = extents.bridge.last(bridge::RUNNING);
    let mut checks = vec![
        same(
            &texts.billed_applications,
            extents.applications.total(applications::billed(book.report)),
            sums.applications.values().map(|sum| sum.billed).sum(),
        ),
        same(
            &texts.billed_items,
            extents.items.total(items::BILLED),
            sums.items.iter().map(|(_, sum)| sum.billed).sum(),
        ),
        same(&texts.billed_days, extents.days.total(days::BILLED), sums.days.values().map(|sum| sum.billed).sum()),
        same(&texts.billed_lines, extents.lines.below_total(charges::BILLED, 2), comparison.billed_total),
        same(&texts.bridge, last, bridged),
        money(
            &texts.difference,
            (
                Some(format!("{}-{expected}", extents.applications.total(applications::billed(book.report)))),
                billed - book.report.expected_total.decimal(),
            ),
            (None, comparison.difference.decimal()),
        ),
    ];
    checks.extend(of_findings(book, comparison));
    checks
}

fn of_findings<'a>(book: &Book<'a>, comparison: &Comparison) -> Vec<Check<'a>> {
    let (texts, extent) = (&book.texts.checks, &book.extents.discrepancies);
    let words = book.report.words();
    let found = &comparison.discrepancies;
    let money = |text, left, right| Check { text, measure: Measure::Money, left, right };
    let sum = |of: &dyn Fn(&&Discrepancy) -> bool| {
        found.iter().filter(of).map(|found| found.difference).sum::<Money>().decimal()
    };
    let live = discrepancies::live(comparison);
    let difference = extent.range(discrepancies::DIFFERENCE).filter(|_| live);
    let where_is = |column: &str, relation: &str, text: &str| {
        let (column, of) = (extent.range(column)?, difference.as_ref()?);
        Some(format!("SUMPRODUCT(({column}{relation}\"{}\")*{of})", text.replace('"', "\"\"")))
    };
    let of_findings = comparison.bridge.iter().filter(|step| step.part != Part::Carried);
    let steps: Money = of_findings.map(|step| step.amount).sum();
    vec![
        Check {
            text: &texts.discrepancies_counted,
            measure: Measure::Count,
            left: counted(extent.over("COUNTA", discrepancies::ID), found.len()),
            right: fixed(found.len()),
        },
        money(
            &texts.discrepancies_bridge,
            (difference.as_ref().map(|range| format!("SUM({range})")), sum(&|_| true)),
            (None, steps.decimal()),
        ),
        money(
            &texts.certain,
            (
                where_is(discrepancies::STRENGTH, "=", &words.strengths.certain),
                sum(&|found| found.strength == Strength::Certain),
            ),
            (None, (comparison.overcharged - comparison.undercharged).decimal()),
        ),
    ]
}

fn counted(formula: Option<String>, count: usize) -> Side {
    (formula, count.into())
}

fn fixed(count: usize) -> Side {
    (None, count.into())
}
