//! The notes that people wrote into the workbook of a report: by the headings of the
//! columns and the ids of the findings, wherever these stand.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::Notes;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, Severity, shown};
use crate::read::{self, InputFile, ReadOptions, Table};
use crate::report::json;

/// The workbook of a report.
pub const WORKBOOK: &str = "reconciliation.xlsx";
/// The file in which a report keeps the notes of the reports that it replaced.
pub const KEPT: &str = "notes.json";
/// The status of a finding that nobody touched, in each language.
const OPEN: [&str; 2] = ["open", "待处理"];
/// The headings, in English and Chinese: the id, then what is written.
const COLUMNS: [[&str; 3]; 4] = [
    ["id", "编号", "差异编号"],
    ["status", "状态", "状态"],
    ["owner", "负责人", "负责人"],
    ["comment", "备注", "备注"],
];

/// Returns the notes by id. `None`: the report has no workbook, or one without such columns.
pub(super) fn of_workbook(report: &Path, found: &mut Diagnostics) -> Option<BTreeMap<String, Notes>> {
    let location = report.join(WORKBOOK);
    if !location.is_file() {
        return None;
    }
    let file = InputFile { path: location.to_string_lossy().into_owned(), location };
    let mut notes = None;
    for opened in read::open(&file, &mut 0, &ReadOptions::default()) {
        // That a report's own workbook holds formulas is no news.
        found.extend(opened.diagnostics.into_iter().filter(|finding| finding.severity == Severity::Error));
        for table in &opened.tables {
            let Some(rows) = rows(table, found) else { continue };
            let notes = notes.get_or_insert_with(BTreeMap::new);
            for (row, id, written) in rows {
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

/// Returns what people wrote in a report that is to be replaced: what it carried from reports before it and, if its
/// workbook was edited, what that has. A workbook that was edited and cannot be read is an error.
pub fn carried(report: &Path, edited: bool, found: &mut Diagnostics) -> BTreeMap<String, Notes> {
    let kept = std::fs::read(report.join(KEPT)).ok().and_then(|bytes| from_json(&bytes));
    let mut notes = kept.unwrap_or_default();
    if edited {
        let mut wrong = Diagnostics::default();
        if let Some(written) = of_workbook(report, &mut wrong).filter(|_| !wrong.has_errors()) {
            notes.extend(written);
        } else {
            let at = At::file(&report.join(WORKBOOK).to_string_lossy());
            let message = "was edited, and the status, owner and comment of its findings cannot be read";
            let help = "restore its columns, or keep a copy elsewhere and remove it; or name another folder with --out";
            found.push(Diagnostic::error("notes-unreadable", at, message, help));
            found.extend(wrong);
        }
    }
    notes.retain(|_, notes| !is_untouched(notes));
    notes
}

/// Returns true if a finding has only the status that the workbook gives it.
fn is_untouched(notes: &Notes) -> bool {
    let fresh = notes.status.is_empty() || OPEN.contains(&notes.status.as_str());
    fresh && notes.owner.is_empty() && notes.comment.is_empty()
}

/// Returns the notes as the file that a report keeps.
#[must_use]
pub fn to_json(notes: &BTreeMap<String, Notes>) -> Vec<u8> {
    let one = |(id, notes): (&String, &Notes)| json!({"id": id, "status": notes.status, "owner": notes.owner, "comment": notes.comment});
    json::print(&json!({"schema": json::SCHEMA, "notes": notes.iter().map(one).collect::<Vec<_>>()}))
}

/// Reads that file.
#[must_use]
pub fn from_json(bytes: &[u8]) -> Option<BTreeMap<String, Notes>> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let one = |value: &Value| {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        Some((text("id")?, Notes { status: text("status")?, owner: text("owner")?, comment: text("comment")? }))
    };
    value["notes"].as_array()?.iter().map(one).collect()
}

/// Returns the rows of a table that has the id and at least one of the other columns.
fn rows(table: &Table, found: &mut Diagnostics) -> Option<Vec<(u32, String, Notes)>> {
    let (header, columns) = header(table)?;
    let wanted: Vec<usize> = columns.iter().copied().flatten().collect();
    let read = table.fold(header, &wanted, Vec::new, |rows, row| {
        let mut cells = row.cells.iter();
        let mut next = |column: &Option<usize>| column.and_then(|_| cells.next()).map(|cell| unquoted(cell.text));
        let [id, status, owner, comment] = columns.each_ref().map(|column| next(column).unwrap_or_default());
        rows.push((row.number, id, Notes { status, owner, comment }));
    });
    Some(match read {
        Ok(pieces) => pieces.into_iter().flatten().filter(|(_, id, _)| !id.is_empty()).collect(),
        Err(refused) => {
            found.extend(refused);
            Vec::new()
        }
    })
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
