//! Issued bills as invoice lines: L3, L2, L1, FOCUS.
//!
//! Owns the bill's columns, classes, units and what a bill claims about
//! itself. Every row becomes a line, is left out for a reason that is counted,
//! or is rejected with a finding. A tier is taken as the bill names it; what a
//! rate card makes of a tier that it does not have is the card's matter. Rows
//! that are equal stay: billed twice is for the comparison to find.

mod billing_period;
mod choose_layout;
mod classify;
mod columns;
mod configuration_text;
mod contents;
mod fee;
mod figures;
mod findings;
mod footing;
mod other_documents;
mod owners;
mod product_rows;
mod read;
mod record;
mod restated;
mod select_lines;
mod survey;
mod transaction_type;
mod unit;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

pub use crate::rules::billing_window::Window;
pub use columns::Layout;
pub use owners::{OwnedBill, OwnedRow, by_owner};
pub use product_rows::{ProductRow, ProductRows, product_rows};
pub use survey::{BillRow, Survey, survey};

use crate::case::Account;
use crate::model::Money;
use crate::model::diagnostic::{Diagnostic, Diagnostics};
use crate::model::invoice::InvoiceLine;
use crate::normalise::coverage::Calendar;
use crate::normalise::row_counts::TableCounts;
use crate::read::Table;
use choose_layout::Candidate;
use classify::Vocabulary;
use columns::Columns;
use read::{Context, Piece};

/// Every code of this module, with what it means.
pub const CODES: &[(&str, &str)] = &[
    ("bill-amount-missing", "a row of the product has no amount after discount"),
    ("bill-accounts", "rows of other accounts in a bill that one account pays for several"),
    ("bill-app", "an application id of which a spreadsheet has taken digits"),
    ("bill-app-with-point", "an application id with a decimal point"),
    ("bill-consolidated", "a consolidated bill, which has no charges to compare"),
    ("bill-consumption", "a consumption bill, which spreads fees over days"),
    ("bill-cross-foot", "two layouts of one month's bill do not sum to the same"),
    ("bill-cut", "the file's name and account.toml disagree about how the bill is cut"),
    ("bill-date", "usage that was charged on another day than the rule says"),
    ("bill-item-unknown", "a component that is no known item"),
    ("bill-no-header", "a file in bills/ that is no bill"),
    ("bill-no-owner", "a row of a bill that is to be split, of no account or month"),
    ("bill-no-time", "a bill without any column for the time of usage"),
    ("bill-not-audited", "a row for usage of another month, which counts in the bill"),
    ("bill-number", "a figure that is no number"),
    ("bill-of-excel", "a bill that was opened and saved in Excel, which has shortened ids or times"),
    ("bill-of-other-period", "no line of the bill is of the month"),
    ("bill-other-account", "a bill of another account"),
    ("bill-outside-period", "rows that are not of the bill's month, with their money"),
    ("bill-plan-unknown", "a fee of no known plan"),
    ("bill-price-unit", "a price unit that is not the item's"),
    ("bill-quantity", "a quantity that cannot be turned into the item's unit exactly"),
    ("bill-restated", "a bill of which a newer one is there too"),
    ("bill-sheet-unread", "a sheet of a workbook that is no bill, beside one that is"),
    ("bill-tie", "figures of a row that do not make what the bill says they make"),
    ("bill-time", "a time that is none, or an end before its start"),
    ("bill-transaction-type", "a transaction type that is not known"),
    ("bill-twice", "two bills that bill the same, of which neither is known to be the newer"),
    ("bill-unit", "a unit that is not known"),
    ("bill-voucher", "rows of vouchers, which are not compared"),
    ("bill-without-trtc", "a bill without any row of TRTC"),
];

/// The codes of a bill that holds nothing to compare.
pub const HOLDS_NOTHING: &[&str] = &["bill-empty", "bill-of-other-period", "bill-without-trtc"];

/// The start of the reason why a row of another month is left out.
const OUTSIDE: &str = "outside the bill of";

/// The reason why a row of another account is left out.
const OTHER_ACCOUNT: &str = "of another account";

/// The reason why a row of sums is left out.
const TOTALS: &str = "a totals row";

/// So many accounts, products or months are named in a message.
const MOST_NAMED: usize = 5;

/// Returns the plan that the vendor's name of a package names.
#[must_use]
pub fn plan_named(name: &str) -> Option<&'static str> {
    fee::plan_of(&super::text::normalised(name), &[])
}

/// The contents of the bills of a case.
#[derive(Debug, Default)]
pub struct BillRead {
    /// The lines, in the order of the files and their rows.
    pub lines: Vec<InvoiceLine>,
    /// Payments dated the 1st behind the month, which may be of it and printed a
    /// day later; in no count of their tables yet but the rows.
    pub dated_next_month: Vec<InvoiceLine>,
    /// Money of usage of another month, and on how many lines.
    pub not_audited: (Money, usize),
    /// True if two layouts of the bill do not sum to the same.
    pub contradicted: bool,
    /// The counts of the rows of each table.
    pub tables: Vec<TableCounts>,
    /// The diagnostics.
    pub diagnostics: Diagnostics,
}

/// Returns true for a bill, by its header.
#[must_use]
pub fn is_bill(table: &Table) -> bool {
    Columns::find(table).is_ok()
}

/// Reads the bills of an account for a window.
#[must_use]
pub fn bills(tables: &[Table], account: &Account, window: Window) -> BillRead {
    let context = Context { account, words: Vocabulary::new(&account.aliases), window };
    let mut read = BillRead::default();
    let recognised = recognised(tables, &mut read);
    let layouts: Vec<(&Table, Layout)> = recognised.iter().map(|(table, columns)| (*table, columns.layout)).collect();
    let covered = choose_layout::covered(&layouts, &window);
    read.diagnostics.extend(choose_layout::cut_warning(&layouts, window.cut));
    let mut candidates = Vec::new();
    for ((table, columns), reason) in recognised.into_iter().zip(covered) {
        match piece(table, &columns, reason, &context) {
            Ok(piece) => candidates.push(candidate(table, columns.layout, piece)),
            Err(refused) => {
                read.diagnostics.extend(refused);
                read.tables.push(TableCounts::unread(table));
            }
        }
    }
    let warnings = choose_layout::most_detailed(&mut candidates, &window);
    read.diagnostics.extend(restated::settle(&mut candidates));
    let none_used = contents::nothing_to_compare(&candidates, account, &window);
    read.diagnostics.extend(contents::other_accounts(&candidates, account));
    for candidate in candidates {
        read.take(candidate);
    }
    read.contradicted = !warnings.is_empty();
    read.diagnostics.extend(warnings);
    if !read.diagnostics.has_errors() {
        read.diagnostics.extend(none_used);
    }
    read.tables.sort_by_key(|table| table.table);
    read
}

/// Returns the tables that are bills, with their columns.
fn recognised<'t>(tables: &'t [Table], read: &mut BillRead) -> Vec<(&'t Table, Columns)> {
    let mut bills = Vec::new();
    let mut nothing = Vec::new();
    for table in tables {
        match Columns::find(table) {
            Ok((columns, odd)) => bills.push((table, columns, odd)),
            Err(Some(diagnostic)) => {
                read.diagnostics.push(*diagnostic);
                read.tables.push(TableCounts::unread(table));
            }
            Err(None) => nothing.push(table),
        }
    }
    let (bills, others): (Vec<_>, Vec<_>) =
        bills.into_iter().partition(|(table, ..)| other_documents::named(table).is_none());
    for (table, ..) in others {
        read.diagnostics.extend(other_documents::refused(table, bills.is_empty()));
        read.tables.push(TableCounts::unread(table));
    }
    let bills: Vec<(&Table, Columns)> = bills
        .into_iter()
        .map(|(table, columns, odd)| {
            read.diagnostics.extend(odd);
            (table, columns)
        })
        .collect();
    let files: HashSet<&str> = bills.iter().map(|(table, _)| container(&table.file)).collect();
    for table in nothing {
        read.diagnostics.push(if files.contains(container(&table.file)) {
            unread_sheet(table)
        } else {
            no_header(table)
        });
        read.tables.push(TableCounts::unread(table));
    }
    bills
}

/// Reads a table, or counts its rows where another file stands for it.
fn piece(
    table: &Table,
    columns: &Columns,
    covered: Option<String>,
    context: &Context<'_>,
) -> Result<Piece, Diagnostics> {
    let Some(reason) = covered else { return read::read(table, columns, context) };
    let counts = table.fold(columns.header_row, &[0], || 0_u64, |rows, _| *rows += 1)?;
    Ok(Piece::left_out(reason, counts.into_iter().sum()))
}

/// Returns the lines of a table, at the decimals that its layout carries.
fn candidate(table: &Table, layout: Layout, mut piece: Piece) -> Candidate<'_> {
    let layout = match layout {
        Layout::L3 if !piece.dated && !piece.lines.is_empty() => Layout::L3Month,
        layout => layout,
    };
    let decimals = match layout {
        Layout::L3 | Layout::L3Month => 8,
        // As printed, the vendor's own files in cents; trailing zeros are not, so the longest speaks for all.
        Layout::L2 | Layout::L1 | Layout::Focus => piece.decimals.max(2),
    };
    for line in piece.lines.iter_mut().chain(&mut piece.dated_next_month) {
        line.decimals = decimals;
    }
    Candidate { table, layout, piece }
}

impl BillRead {
    fn take(&mut self, candidate: Candidate<'_>) {
        let Candidate { table, layout, piece } = candidate;
        let reasons: Vec<(String, u64)> = piece.excluded.into_iter().collect();
        let excluded = reasons.iter().map(|(_, rows)| rows).sum();
        let mut calendar = Calendar::default();
        for line in &piece.lines {
            calendar.note_day(line.span.from.day());
        }
        self.tables.push(TableCounts {
            table: table.id,
            layout: layout.name().to_owned(),
            rows: piece.rows,
            used: u64::try_from(piece.lines.len()).unwrap_or(u64::MAX),
            excluded,
            duplicate: 0,
            rejected: piece.rejected,
            reasons,
            covers: calendar.covers(),
        });
        if !piece.lines.is_empty() {
            self.not_audited.0 += piece.not_audited.0;
            self.not_audited.1 += piece.not_audited.1;
        }
        self.lines.extend(piece.lines);
        self.dated_next_month.extend(piece.dated_next_month);
        self.diagnostics.extend(piece.findings.into_diagnostics());
    }
}

/// Returns the file as it lies in the folder: of a member of a zip, the zip.
fn container(file: &str) -> &str {
    file.find(".zip/").map_or(file, |end| &file[..end + 4])
}

fn unread_sheet(table: &Table) -> Diagnostic {
    Diagnostic::note(
        "bill-sheet-unread",
        table.at(),
        "this part of the file has no header of a bill and is not read",
        "Nothing to do if it holds notes.",
    )
}

fn no_header(table: &Table) -> Diagnostic {
    Diagnostic::error(
        "bill-no-header",
        table.at(),
        "no row among the first ones looks like the header of a bill",
        "A bill has columns for the product (产品名称, Product Name) and the amount (优惠后总价, Total Amount After \
         Discount). Move the file out of bills/ if it is none.",
    )
}
