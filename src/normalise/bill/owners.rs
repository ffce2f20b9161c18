//! The rows of a bill by the account that owns them, whole, as `split` writes them.

use rust_decimal::Decimal;

use super::classify::is_of_the_product;
use super::columns::{Columns, Field};
use super::figures::{self, Printed};
use super::findings::Findings;
use super::read::plain_id;
use super::record::{Record, Rejected};
use super::{billing_period, choose_layout};
use crate::model::diagnostic::{Diagnostic, Diagnostics};
use crate::model::policy::Site;
use crate::model::{AppId, Month};
use crate::normalise::sdk_app_id::sdk_app_id;
use crate::normalise::timestamp;
use crate::read::{Row, Table};

/// A bill, row by row.
#[derive(Debug, Default)]
pub struct OwnedBill {
    /// Its header, as printed.
    pub header: Vec<String>,
    /// Its rows, in order.
    pub rows: Vec<OwnedRow>,
    /// Rows of sums, which are of no account.
    pub totals: u64,
}

/// One row of a bill.
#[derive(Debug)]
pub struct OwnedRow {
    /// The account that owns it; where the row names none, the payer.
    pub owner: String,
    /// The month of the bill that it belongs to.
    pub month: Month,
    /// The currency.
    pub currency: String,
    /// The amount after discount.
    pub amount: Decimal,
    /// The application, of a row of TRTC that names one.
    pub app: Option<AppId>,
    /// Every cell, as text.
    pub cells: Vec<String>,
}

/// The rows of a bill or of a part of it, and their findings.
#[derive(Default)]
struct Gathered {
    rows: Vec<OwnedRow>,
    totals: u64,
    findings: Findings,
}

/// Reads a bill by owner; `None` where the table is no bill, or a bill that names no owner and has no
/// components: sums of the payer.
pub fn by_owner(table: &Table) -> Result<Option<OwnedBill>, Diagnostics> {
    let Ok((columns, _)) = Columns::find(table) else { return Ok(None) };
    if columns.layout == super::Layout::L1 {
        return Ok(None);
    }
    let head = table.head.iter().find(|head| head.number == columns.header_row);
    let header: Vec<String> = head.map(|head| head.cells.clone()).unwrap_or_default();
    let site = if header.iter().all(|name| name.is_ascii()) { Site::Intl } else { Site::Cn };
    let all: Vec<usize> = columns.wanted.iter().copied().chain(0..header.len()).collect();
    let step = |gathered: &mut Gathered, row: Row<'_>| {
        let record = Record { table, columns: &columns, row };
        if record.is_totals() {
            gathered.totals += 1;
        } else if let Ok(owned) = owned(&record, site, &mut gathered.findings) {
            gathered.rows.push(owned);
        }
    };
    let mut bill = OwnedBill { header, ..OwnedBill::default() };
    let mut findings = Findings::default();
    for piece in table.fold(columns.header_row, &all, Gathered::default, step)? {
        bill.rows.extend(piece.rows);
        bill.totals += piece.totals;
        findings.append(piece.findings);
    }
    let found = findings.into_diagnostics();
    if found.has_errors() { Err(found) } else { Ok(Some(bill)) }
}

fn owned(record: &Record<'_>, site: Site, findings: &mut Findings) -> Result<OwnedRow, Rejected> {
    let printed = Printed::read(record, findings)?;
    let owner = record.text(Field::Owner).or_else(|| record.text(Field::Payer)).map(plain_id);
    let month = billing_period::bill_of(record, findings)?;
    let month = month.or_else(|| choose_layout::issued(&record.table.file).map(|issued| issued.month));
    let (Some(owner), Some(month)) = (owner, month) else {
        findings.add("bill-no-owner", "", || no_owner(record, owner.is_some()));
        return Err(Rejected);
    };
    let app = record.text(Field::Resource).filter(|_| is_of_the_product(record));
    Ok(OwnedRow {
        owner: owner.to_owned(),
        month,
        currency: figures::currency(record, site),
        amount: figures::amount(record, &printed, findings)?.decimal(),
        app: app.and_then(|text| sdk_app_id(text, false).ok()).map(|read| read.id),
        cells: cells(record),
    })
}

/// Returns every cell of a row, times of a spreadsheet as text.
fn cells(record: &Record<'_>) -> Vec<String> {
    let columns = record.columns;
    let times: Vec<usize> = [Field::Start, Field::End, Field::PaidAt, Field::BillDay]
        .into_iter()
        .filter_map(|field| columns.slot(field).map(|slot| columns.wanted[slot]))
        .collect();
    let whole = record.row.cells[columns.wanted.len()..].iter().enumerate();
    let text = |(column, cell): (usize, &crate::read::Cell<'_>)| {
        let time = || timestamp::read(cell.text, true, record.table.date1904).ok();
        let serial = (cell.numeric && times.contains(&column)).then(time).flatten();
        serial.map_or_else(|| cell.text.to_owned(), |clock| clock.at.to_string())
    };
    whole.map(text).collect()
}

fn no_owner(record: &Record<'_>, has_owner: bool) -> Diagnostic {
    let (message, help) = if has_owner {
        (
            "neither the row nor the file's name says of which month the bill is",
            "Keep the name of the download (<UIN>-YYYYMM-…), or export with 账单归属月 (Bill Month).",
        )
    } else {
        (
            "the row names neither an owner nor a payer",
            "Export the bill with 使用者UIN (Owner Account ID); a bill without it cannot be split.",
        )
    };
    Diagnostic::error("bill-no-owner", record.at(Field::Owner), message, help)
}
