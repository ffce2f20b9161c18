//! What people wrote into the workbook of a report: by the headings of the
//! columns and the ids of the findings, wherever these stand.

use std::collections::BTreeMap;
use std::path::Path;

use super::Notes;
use crate::model::diagnostic::{Diagnostic, Diagnostics, Severity, shown};
use crate::read::{self, InputFile, ReadOptions, Table};

const BOOK: &str = "reconciliation.xlsx";
/// The headings, in English and Chinese: the id, then what is written.
const COLUMNS: [[&str; 3]; 4] = [
    ["id", "编号", "差异编号"],
    ["status", "状态", "状态"],
    ["owner", "负责人", "负责人"],
    ["comment", "备注", "备注"],
];

/// The notes by id; none where the report has no workbook, or one without such columns.
pub(super) fn of_workbook(report: &Path, found: &mut Diagnostics) -> BTreeMap<String, Notes> {
    let location = report.join(BOOK);
    if !location.is_file() {
        return BTreeMap::new();
    }
    let file = InputFile { path: location.to_string_lossy().into_owned(), location };
    let mut notes = BTreeMap::new();
    for opened in read::open(&file, &mut 0, &ReadOptions::default()) {
        // That a report's own workbook holds formulas is no news.
        found.extend(opened.diagnostics.into_iter().filter(|finding| finding.severity == Severity::Error));
        for table in &opened.tables {
            for (row, id, written) in rows(table, found) {
                if notes.get(&id).is_some_and(|known| *known != written) {
                    let message = format!("the finding {} stands there twice, with other notes", shown(&id));
                    let help = "keep one of the two rows";
                    found.push(Diagnostic::error("previous-twice", table.at().row(row), message, help));
                }
                notes.insert(id, written);
            }
        }
    }
    notes
}

/// The rows of a table that has the id and at least one of the other columns.
fn rows(table: &Table, found: &mut Diagnostics) -> Vec<(u32, String, Notes)> {
    let Some((header, columns)) = header(table) else { return Vec::new() };
    let wanted: Vec<usize> = columns.iter().copied().flatten().collect();
    let read = table.fold(header, &wanted, Vec::new, |rows, row| {
        let mut cells = row.cells.iter();
        let mut next = |column: &Option<usize>| column.and_then(|_| cells.next()).map(|cell| unquoted(cell.text));
        let [id, status, owner, comment] = columns.each_ref().map(|column| next(column).unwrap_or_default());
        rows.push((row.number, id, Notes { status, owner, comment }));
    });
    match read {
        Ok(pieces) => pieces.into_iter().flatten().filter(|(_, id, _)| !id.is_empty()).collect(),
        Err(refused) => {
            found.extend(refused);
            Vec::new()
        }
    }
}

fn unquoted(text: &str) -> String {
    text.trim().to_owned()
}

fn header(table: &Table) -> Option<(u32, [Option<usize>; 4])> {
    table.head.iter().find_map(|row| {
        let column =
            |names: &[&str; 3]| row.cells.iter().position(|cell| names.contains(&cell.trim().to_lowercase().as_str()));
        let columns = COLUMNS.each_ref().map(column);
        (columns[0].is_some() && columns[1..].iter().any(Option::is_some)).then_some((row.number, columns))
    })
}
