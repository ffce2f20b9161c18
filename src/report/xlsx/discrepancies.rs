//! Where the bill differs, and what people make of it: status, owner, comment.

use std::collections::HashMap;

use rust_xlsxwriter::{DataValidation, DataValidationErrorStyle, XlsxError};

use super::Book;
use super::applications::rounded;
use super::cell::{Entry, fits_a_number, follows};
use super::grid::Grid;
use crate::compare::Discrepancy;
use crate::model::{Day, Item, Money};
use crate::report::table::{self, Cell};
use crate::report::{Comparison, Report, summary};
use crate::tools::followup::Notes;

/// The columns that formulas speak of.
pub(super) const ID: &str = "A";
pub(super) const DIFFERENCE: &str = "B";
pub(super) const STRENGTH: &str = "Q";
const EXPECTED: &str = "O";
const BILLED: &str = "P";
/// The column of the status, from 0.
const STATUS: u16 = 18;

/// Writes the sheet.
pub(super) fn write(book: &mut Book<'_>, comparison: &Comparison) -> Result<(), XlsxError> {
    let (report, texts) = (book.report, book.texts);
    let extent = book.extents.discrepancies.clone();
    let statuses: Vec<&str> = texts.says.statuses.split('|').collect();
    let list = DataValidation::new()
        .allow_list_strings(&statuses)?
        .set_input_message(&texts.says.status_help)?
        .set_error_message(&texts.says.status_help)?
        .set_error_style(DataValidationErrorStyle::Stop);
    let mut grid = Grid::new(&mut book.paper, extent.clone(), titles(report))?;
    grid.only(STATUS, list);
    grid.broad();
    let notes = book.report.followup.iter().flat_map(|followup| &followup.entries);
    let mut notes: HashMap<&str, &Notes> = notes.map(|entry| (entry.id.as_str(), &entry.notes)).collect();
    notes.extend(book.report.notes.iter().map(|(id, notes)| (id.as_str(), notes)));
    let none = Notes::default();
    for found in summary::largest(comparison) {
        grid.row(&row(report, found, statuses[0], notes.get(found.id.as_str()).copied().unwrap_or(&none)))?;
    }
    let sum = |of: fn(&Discrepancy) -> Money| comparison.discrepancies.iter().map(of).sum::<Money>();
    let over = |column| extent.over("SUM", column).filter(|_| live(comparison)).as_deref().map(rounded);
    let mut total: Vec<Entry<'_>> = vec![table::text(&texts.says.total).into()];
    total.push(follows(over(DIFFERENCE), table::money(sum(|found| found.difference))));
    total.resize(14, Cell::Empty.into());
    total.push(follows(over(EXPECTED), table::money(sum(|found| found.expected_amount))));
    total.push(follows(over(BILLED), table::money(sum(|found| found.billed_amount))));
    grid.finish(&[total], &[], |_, _| Ok(()))
}

/// Whether formulas can add up what is on the sheet.
pub(super) fn live(comparison: &Comparison) -> bool {
    let money =
        |found: &Discrepancy| [found.expected_amount, found.billed_amount, found.difference].map(Money::decimal);
    comparison.discrepancies.iter().flat_map(money).all(fits_a_number)
}

fn titles(report: &Report) -> Vec<String> {
    let words = report.words();
    let own = &super::Texts::of(report.lang).columns;
    let word = |name: &str| words.column(name).to_owned();
    let mut titles: Vec<String> =
        ["id", "difference", "cause", "explanation", "kind", "sdk_app_id", "name", "day", "item"].map(word).to_vec();
    titles.push(own.item_name.clone());
    let figures = [
        "expected_quantity",
        "billed_quantity",
        "expected_unit_price",
        "billed_unit_price",
        "expected_amount",
        "billed_amount",
        "strength",
        "source",
    ];
    titles.extend(figures.map(word));
    titles.extend([own.status.clone(), own.owner.clone(), own.comment.clone()]);
    titles
}

/// A finding; what people wrote beside it in the earlier report goes on.
fn row<'a>(report: &'a Report, found: &'a Discrepancy, fresh: &'a str, notes: &'a Notes) -> Vec<Entry<'a>> {
    let words = report.words();
    let name = found.item.map_or(Cell::Empty, |item| Cell::Text(words.item(item.id()).into()));
    let figures = [found.expected_amount, found.billed_amount, found.difference].map(Money::decimal);
    let difference =
        figures.into_iter().all(fits_a_number).then(|| format!("ROUND({BILLED}{{row}}-{EXPECTED}{{row}},8)"));
    vec![
        table::text(&found.id).into(),
        follows(difference, table::money(found.difference)),
        Cell::Text(words.cause(&found.cause).into()).into(),
        Cell::Text(summary::explanation(report, found).into()).into(),
        table::text(summary::kind(report, found)).into(),
        table::app(found.app).into(),
        table::text(report.app_name(found.app)).into(),
        Day::parse(&found.day).map_or_else(|| table::text(&found.day), Cell::Day).into(),
        table::text(found.item.map_or("", Item::id)).into(),
        name.into(),
        found.expected_quantity.map_or(Cell::Empty, table::quantity).into(),
        found.billed_quantity.map_or(Cell::Empty, table::quantity).into(),
        found.expected_price.map_or(Cell::Empty, table::price).into(),
        found.billed_price.map_or(Cell::Empty, table::price).into(),
        table::money(found.expected_amount).into(),
        table::money(found.billed_amount).into(),
        table::text(summary::strength(report, found)).into(),
        table::text(&found.source).into(),
        Entry::Open(if notes.status.is_empty() { fresh } else { &notes.status }),
        Entry::Open(&notes.owner),
        Entry::Open(&notes.comment),
    ]
}
