//! Documents of the vendor that look like a bill and are none to reconcile.

use crate::model::diagnostic::Diagnostic;
use crate::normalise::text::{label, normalised};
use crate::read::Table;

/// Columns that only a consumption bill has.
const CONSUMPTION: &[&str] = &["消耗类型", "消耗月份", "consumptiontype", "consumptionmonth"];

/// Titles and file names of consolidated bills.
const CONSOLIDATED: &[&str] = &["consolidatedbill", "合并账单"];

/// A document that is no bill to reconcile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Document {
    /// 消耗账单: fees are spread over the days on which they are used up.
    Consumption,
    /// A consolidated bill of several accounts: sums alone.
    Consolidated,
}

/// Returns the document that a table names itself to be.
pub(super) fn named(table: &Table) -> Option<Document> {
    let cells = || table.head.iter().flat_map(|row| &row.cells);
    if cells().any(|cell| CONSUMPTION.contains(&label(cell).key.as_str())) {
        return Some(Document::Consumption);
    }
    let name = normalised(&table.file).replace(['-', '_'], "");
    let title = |cell: &String| CONSOLIDATED.iter().any(|word| normalised(cell).starts_with(word));
    let consolidated = CONSOLIDATED.iter().any(|word| name.contains(word)) || cells().any(title);
    consolidated.then_some(Document::Consolidated)
}

/// Says that the table is not read: an error where the case has no other bill.
pub(super) fn refused(table: &Table, alone: bool) -> Option<Diagnostic> {
    let (code, message) = match named(table)? {
        Document::Consumption => (
            "bill-consumption",
            "is a consumption bill (消耗账单): it spreads fees over the days of their use, and the vendor says that it is \
             not for reconciliation",
        ),
        Document::Consolidated => {
            ("bill-consolidated", "is a consolidated bill (合并账单): it has sums of several accounts and no charges")
        }
    };
    let help = "Download the bill by charges instead: Billing Center, Bills, Bill Details (费用账单, 明细账单, L3), or its FOCUS file.";
    Some(if alone {
        Diagnostic::error(code, table.at(), message, help)
    } else {
        Diagnostic::warning(code, table.at(), message, help)
    })
}
