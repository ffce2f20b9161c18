//! The sheet of the assumptions, and of the findings about the inputs.

use rust_xlsxwriter::XlsxError;

use super::grid::Grid;
use super::{Book, Extent};
use crate::model::diagnostic::Severity;
use crate::report::summary;
use crate::report::table::{self, Cell};

/// Writes the sheet.
pub(super) fn write(book: &mut Book<'_>) -> Result<(), XlsxError> {
    let (report, texts) = (book.report, book.texts);
    let (own, says) = (&texts.columns, &texts.says);
    let assumptions = summary::assumptions(report);
    let mut found: Vec<_> = report.diagnostics.iter().filter(|found| found.severity != Severity::Error).collect();
    // Warnings first; within each in the order in which they were found.
    found.sort_by_key(|found| found.severity);
    let titles = [&own.number, &own.weight, &own.code, &own.place, &own.text, &own.help].map(Clone::clone).to_vec();
    let extent = Extent::new(&texts.sheets.assumptions, assumptions.len() + found.len(), book.rows);
    let mut grid = Grid::new(&mut book.paper, extent, titles)?;
    let mut number = 0_usize;
    for text in &assumptions {
        number += 1;
        let kind = table::text(&says.assumption).into();
        let (code, place) = (Cell::Empty.into(), Cell::Empty.into());
        grid.row(&[table::count(number.into()).into(), kind, code, place, table::text(text).into()])?;
    }
    for found in found {
        number += 1;
        let kind = if found.severity == Severity::Note { &says.note } else { &says.warning };
        grid.row(&[
            table::count(number.into()).into(),
            table::text(kind).into(),
            table::text(found.code).into(),
            Cell::Text(found.at.to_string().into()).into(),
            table::text(&found.message).into(),
            table::text(&found.help).into(),
        ])?;
    }
    grid.finish(&[], &[], |_, _| Ok(()))
}
