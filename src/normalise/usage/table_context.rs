//! The context of a row: its table, the account, and what the names of file and sheet say.

use super::row_accumulator::{Gathered, Notice, OF_EXCEL, OTHER_ACCOUNT, Stop};
use crate::case::Account;
use crate::case::account::FileHint;
use crate::model::diagnostic::shown;
use crate::model::{AppId, Span, Stamp};
use crate::normalise::header::Header;
use crate::normalise::item_vocabulary::{Words, named_service};
use crate::normalise::number::whole;
use crate::normalise::row_counts::{HEADER, NOTE, TOTALS};
use crate::normalise::sdk_app_id::sdk_app_id;
use crate::normalise::text::{OF_EXCEL_HELP, is_missing, is_of_excel, is_total, shortened_by_excel, spoken};
use crate::normalise::timestamp::{self, Clock};
use crate::read::{Cell, HeadRow, Row, Table, is_note};

pub(super) const TIME_HELP: &str = "Write times as YYYY-MM-DD HH:MM:SS in Beijing time, or export the table again.";
pub(super) const AFTER: &str = "after the period";

/// A table in its case.
pub(super) struct Scene<'a> {
    pub table: &'a Table,
    pub account: &'a Account,
    pub words: &'a Words,
    /// The first second behind the period.
    pub until: Stamp,
}

impl<'a> Scene<'a> {
    /// Returns what `[[file]]` says of the file, or of the zip that it is a member of.
    pub(super) fn hint(&self) -> Option<&'a FileHint> {
        let file = self.table.file.as_str();
        let is_member = |path: &str| file.strip_prefix(path).is_some_and(|member| member.starts_with('/'));
        let files = || self.account.files.iter();
        files().find(|hint| hint.path == file).or_else(|| files().find(|hint| is_member(&hint.path)))
    }

    /// Returns a row of another account than the case's.
    pub(super) fn other_account(&self, account: Field, uin: &str) -> Stop {
        if is_of_excel(uin) {
            return of_excel(uin, account.column);
        }
        Stop::reject(
            OTHER_ACCOUNT,
            account.column,
            format!("the row belongs to account {}, the case to {}", shown(uin), self.account.uin),
            "Put the usage of each account into a case of its own.",
        )
    }

    /// Returns the texts that stand around the table: sheet, file name, rows above the header.
    pub(super) fn surroundings(&self, header_row: u32) -> Vec<&'a str> {
        let sheet = self.table.sheet.as_deref();
        let titles = self.table.head.iter().filter(|head| head.number < header_row).flat_map(|head| &head.cells);
        let file = self.table.file.rsplit('/').next().unwrap_or(&self.table.file);
        // Folders below usage/ may name the application; the first is usage/ itself.
        let folders = self.table.file.split('/').skip(1).filter(move |part| *part != file);
        sheet.into_iter().chain(titles.map(String::as_str)).chain([file]).chain(folders).collect()
    }

    /// Returns the service that `[[file]]` or the surroundings name.
    pub(super) fn service(&self, header_row: u32) -> Option<String> {
        let hinted = self.hint().and_then(|hint| hint.service.clone());
        hinted.or_else(|| {
            let mut named = self.surroundings(header_row).into_iter().filter_map(named_service);
            named.clone().find(|id| *id != "av").or_else(|| named.next()).map(str::to_owned)
        })
    }

    /// Returns the application that `[[file]]` or the surroundings name: behind the
    /// word `SDKAppID`, a number that account.toml lists, or one
    /// that can hardly be anything else; of two such numbers in one text, neither.
    pub(super) fn app(&self, header_row: u32) -> Option<AppId> {
        self.hint()
            .and_then(|hint| hint.app)
            .or_else(|| self.surroundings(header_row).into_iter().find_map(|text| self.app_in(text)))
    }

    pub(super) fn app_in(&self, text: &str) -> Option<AppId> {
        let text = spoken(text);
        let behind = ["sdkappid", "sdk app id", "应用id"].iter().find_map(|word| text.split_once(word));
        let named = behind.and_then(|(_, rest)| digit_runs(rest).next()).filter(|id| *id >= 10_000_000);
        let listed = |id: &AppId| self.account.has_app(*id);
        // 1400000000 to 1499999999 are the vendor's; as an epoch they would lie before the product.
        let typical = |id: &AppId| (1_400_000_000..1_500_000_000).contains(id);
        if named.is_none() && digit_runs(&text).any(|id| listed(&id)) {
            return the_only(digit_runs(&text).filter(listed));
        }
        named.or_else(|| the_only(digit_runs(&text).filter(typical)))
    }

    /// Returns true if a row is one of totals: one of its cells says so.
    pub(super) fn is_total(row: &Row<'_>) -> bool {
        row.cells.iter().any(|cell| is_total(cell.text))
    }

    /// Returns true for the header once more, as of files that were put together. The header is the first row whose
    /// cell in a column of times is none.
    fn is_header(&self, row: &Row<'_>, column: Option<usize>) -> bool {
        let of_times = |head: &&HeadRow| {
            let cell = column.and_then(|column| head.cells.get(column)).filter(|cell| !is_missing(cell));
            cell.is_some_and(|cell| timestamp::read(cell, false, self.table.date1904).is_err())
        };
        let names = |cells: &[String], text: &str| cells.iter().any(|name| name.trim() == text.trim());
        let header = self.table.head.iter().find(of_times);
        header.is_some_and(|head| row.cells.iter().all(|cell| names(&head.cells, cell.text)))
    }

    /// Returns a cell's time; a row of totals has none.
    pub(super) fn time(&self, row: &Row<'_>, cell: Cell<'_>, column: Option<usize>) -> Result<Clock, Stop> {
        timestamp::read(cell.text, cell.numeric, self.table.date1904).map_err(|why| {
            if Self::is_total(row) {
                return Stop::Exclude(TOTALS);
            }
            if self.is_header(row, column) {
                return Stop::Exclude(HEADER);
            }
            // A row of usage has figures, and a row that is cut has those before the cut.
            let mut texts = row.cells.iter().map(|cell| cell.text).filter(|text| !is_missing(text)).peekable();
            if texts.peek().is_some() && texts.all(|text| is_note(text) || text.contains(char::is_alphabetic)) {
                return Stop::Exclude(NOTE);
            }
            not_a_time(cell.text, column, why)
        })
    }

    /// Leaves out what was used behind the period.
    pub(super) fn within(&self, span: Span) -> Result<(), Stop> {
        if span.from >= self.until { Err(Stop::Exclude(AFTER)) } else { Ok(()) }
    }
}

/// Returns what a file's name may say of its rows: services, and the numbers of applications and days. Two exports of
/// the same bytes under names that differ in this are two exports; `(1)` and `copy of` say nothing.
#[must_use]
pub fn name_says(file: &str) -> (Vec<&'static str>, Vec<&str>) {
    let numbers = file.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() > 1).collect();
    (file.split('/').filter_map(named_service).collect(), numbers)
}

/// Returns an application's cell; an empty one is filled by what the file says.
pub(super) fn app_of<T>(
    gathered: &mut Gathered<T>,
    row: &Row<'_>,
    cell: Cell<'_>,
    column: Option<usize>,
    default: Option<AppId>,
) -> Result<AppId, Stop> {
    if let Some(id) = whole(cell.text).and_then(|id| AppId::try_from(id).ok()) {
        return Ok(id);
    }
    if is_missing(cell.text) {
        return default.ok_or_else(|| {
            if Scene::is_total(row) {
                return Stop::Exclude(TOTALS);
            }
            Stop::reject(
                "usage-app-unnamed",
                column,
                "the row names no SDKAppID",
                "Fill in the SDKAppID, or name it for the whole file in account.toml: [[file]] path, sdk_app_id.",
            )
        });
    }
    let read = sdk_app_id(cell.text, cell.numeric).map_err(|why| {
        if Scene::is_total(row) {
            return Stop::Exclude(TOTALS);
        }
        if is_of_excel(cell.text) {
            return of_excel(cell.text, column);
        }
        Stop::reject(
            "usage-app",
            column,
            format!("\"{}\" is not an SDKAppID: {why}", shown(cell.text)),
            "Store the column as text and export the table again.",
        )
    })?;
    if read.with_point {
        gathered.notice(Notice::Point, row.number);
    }
    Ok(read.id)
}

/// Returns a cell that Excel has shortened: one message for the whole file.
pub(super) fn of_excel(text: &str, column: Option<usize>) -> Stop {
    Stop::reject(OF_EXCEL, column, shortened_by_excel(text), OF_EXCEL_HELP)
}

pub(super) fn not_a_time(text: &str, column: Option<usize>, why: timestamp::NotATime) -> Stop {
    if is_of_excel(text) {
        return of_excel(text, column);
    }
    Stop::reject("usage-time", column, format!("\"{}\" is not a time: {}", shown(text), why.0), TIME_HELP)
}

pub(super) fn not_an_interval(from: &str, until: &str, column: Option<usize>, why: timestamp::NotATime) -> Stop {
    let message = format!("\"{}\" to \"{}\" is not an interval: {}", shown(from), shown(until), why.0);
    Stop::reject(
        "usage-interval",
        column,
        message,
        "Usage lies in whole 5-minute intervals, days or months. Export it again.",
    )
}

/// Returns the application that all of these name; a text that names two names none.
fn the_only(mut ids: impl Iterator<Item = AppId>) -> Option<AppId> {
    let first = ids.next()?;
    ids.all(|id| id == first).then_some(first)
}

fn digit_runs(text: &str) -> impl Iterator<Item = AppId> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|run| (8..=15).contains(&run.len()))
        .filter_map(|run| run.parse().ok())
}

/// A field of a layout: its cell in a projected row and its column in the file.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Field {
    slot: Option<usize>,
    pub column: Option<usize>,
}

impl Field {
    pub(super) fn of(header: &Header<'_>, name: &str) -> Self {
        Self { slot: header.slot(name), column: header.column(name) }
    }

    pub(super) const fn is_there(self) -> bool {
        self.slot.is_some()
    }

    /// Its cell; empty where the table has no such column.
    pub(super) fn cell<'r>(self, row: &Row<'r>) -> Cell<'r> {
        self.slot.and_then(|slot| row.cells.get(slot)).copied().unwrap_or(Cell { text: "", numeric: false })
    }
}
