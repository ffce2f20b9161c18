//! One row of a bill, asked by field.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::columns::{Columns, Field, Layout};
use super::findings::Findings;
use super::unit::{self, PriceUnit};
use crate::model::diagnostic::{At, Diagnostic, shown};
use crate::normalise::number::{NotANumber, number, number_with_exponent, without_currency};
use crate::normalise::text::{OF_EXCEL_HELP, is_missing, is_of_excel, normalised, shortened_by_excel};
use crate::normalise::timestamp::{self, Clock};
use crate::read::{Row, Table, is_note};

/// One row of a bill.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    /// The table it stands in.
    pub table: &'a Table,
    /// The table's columns.
    pub columns: &'a Columns,
    /// Its cells.
    pub row: Row<'a>,
}

/// A row that cannot be used; why is among the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rejected;

impl<'a> Record<'a> {
    /// The text of a field; `None` where the column or the value is missing.
    pub(super) fn text(&self, field: Field) -> Option<&'a str> {
        self.columns
            .every_slot(field)
            .map(|slot| self.row.cells[slot].text.trim())
            .find(|text| !(is_missing(text) || field == Field::Component && is_address(text)))
    }

    /// The text of a field for comparison, empty where missing.
    pub(super) fn folded(&self, field: Field) -> Cow<'static, str> {
        self.text(field).map_or(Cow::Borrowed(""), |text| Cow::Owned(normalised(text)))
    }

    /// Where a field's cell is.
    pub(super) fn at(&self, field: Field) -> At {
        self.columns.at(self.table, self.row.number, field)
    }

    /// The number in a field.
    pub(super) fn number(&self, field: Field, findings: &mut Findings) -> Result<Option<Decimal>, Rejected> {
        let Some(text) = self.text(field) else { return Ok(None) };
        // A rate may be printed in percent.
        let (figure, percent) = text.strip_suffix(['%', '％']).map_or((text, false), |figure| (figure, true));
        let (figure, sign) = without_currency(figure);
        let own = sign.is_none_or(|sign| self.stated_currency().is_none_or(|known| known == sign));
        let rate = matches!(field, Field::Discount | Field::TaxRate);
        let read = match own {
            _ if percent && !rate => Err(NotANumber("a percent sign belongs to a rate alone")),
            false => Err(NotANumber("its sign is that of another currency than the bill's")),
            true if self.may_have_exponents() => number_with_exponent(&figure),
            true => number(&figure),
        };
        match read {
            Ok(Some(value)) if percent => Ok(Some(value / Decimal::ONE_HUNDRED)),
            Ok(value) => Ok(value),
            Err(why) => {
                findings.add("bill-number", &format!("{field:?}"), || {
                    Diagnostic::error(
                        "bill-number",
                        self.at(field),
                        format!("\"{}\" is not a number: {why}", shown(text)),
                        "Correct the cell, or export the bill again.",
                    )
                });
                Err(Rejected)
            }
        }
    }

    /// The currency that the row, the header, the price's unit or a sign at the amount says.
    pub(super) fn stated_currency(&self) -> Option<String> {
        if let Some(text) = self.text(Field::Currency) {
            let folded = normalised(text);
            return Some(unit::currency(&folded).map_or_else(|| folded.to_uppercase(), str::to_owned));
        }
        let mut of_header = [Field::Total, Field::Cash, Field::Voucher]
            .into_iter()
            .filter_map(|field| self.columns.unit(field).and_then(unit::currency));
        let of_price = || PriceUnit::parse(&self.folded(Field::PriceUnit)).and_then(|unit| unit.currency);
        let of_sign = || self.text(Field::Total).and_then(|total| without_currency(total).1);
        of_header.next().or_else(of_price).or_else(of_sign).map(str::to_owned)
    }

    /// The time in a field.
    pub(super) fn time(&self, field: Field, findings: &mut Findings) -> Result<Option<Clock>, Rejected> {
        let Some(text) = self.text(field) else { return Ok(None) };
        if timestamp::is_none(text) {
            return Ok(None);
        }
        let numeric = self.columns.slot(field).is_some_and(|slot| self.row.cells[slot].numeric);
        let read = if self.columns.layout == Layout::Focus { timestamp::read_in_utc } else { timestamp::read };
        read(text, numeric, self.table.date1904).map(Some).map_err(|why| self.refuse_time(field, why.0, findings))
    }

    /// Whether a figure may have an exponent: FOCUS allows it, and JSON does. In any other text a
    /// spreadsheet has shortened the figure.
    fn may_have_exponents(&self) -> bool {
        self.columns.layout == Layout::Focus || self.table.file.to_ascii_lowercase().ends_with(".json")
    }

    /// Refuses the row for a time that is none.
    pub(super) fn refuse_time(&self, field: Field, why: &str, findings: &mut Findings) -> Rejected {
        if let Some(text) = self.text(field).filter(|text| is_of_excel(text)) {
            return self.refuse_excel(field, text, findings);
        }
        findings.add("bill-time", &format!("{field:?}"), || {
            Diagnostic::error(
                "bill-time",
                self.at(field),
                format!("\"{}\" is not a time: {why}", shown(self.text(field).unwrap_or_default())),
                "Correct the cell to YYYY-MM-DD HH:MM:SS, or export the bill again.",
            )
        });
        Rejected
    }

    /// Refuses the row for a cell that Excel has shortened: one message for the whole file.
    pub(super) fn refuse_excel(&self, field: Field, text: &str, findings: &mut Findings) -> Rejected {
        findings.add("bill-of-excel", "", || {
            Diagnostic::error("bill-of-excel", self.at(field), shortened_by_excel(text), OF_EXCEL_HELP)
        });
        Rejected
    }

    /// Whether the row is a line of text below the table.
    pub(super) fn is_note(&self) -> bool {
        let mut texts = self.row.cells.iter().map(|cell| cell.text.trim()).filter(|text| !text.is_empty());
        texts.next().is_some_and(is_note) && texts.next().is_none()
    }

    /// Whether the row is a sum of the rows above it.
    pub(super) fn is_totals(&self) -> bool {
        let fields = [Field::Payer, Field::Owner, Field::Product].into_iter().filter_map(|f| self.columns.slot(f));
        std::iter::once(0).chain(fields).any(|slot| is_totals_word(self.row.cells[slot].text))
    }
}

/// Whether a text is a web address: FOCUS files of the vendor may have one for the description of a charge.
fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

fn is_totals_word(text: &str) -> bool {
    // Nearly every cell that is asked is a number or a product; only short texts can be the word.
    if text.len() > 24 || text.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let text = normalised(text);
    matches!(text.trim_end_matches([':', '：']), "合计" | "总计" | "小计" | "total" | "grandtotal" | "subtotal" | "sum")
}
