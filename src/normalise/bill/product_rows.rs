//! The rows of a bill that are of the product, each by itself, for the comparison of two bills. No window is
//! applied and no layout is preferred.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::billing_period;
use super::classify::{Kind, Memo, Vocabulary};
use super::columns::{Columns, Field, Layout};
use super::configuration_text;
use super::figures::{self, Billed, Printed};
use super::findings::Findings;
use super::read::plain_id;
use super::record::{Record, Rejected};
use crate::case::account::Alias;
use crate::model::diagnostic::Diagnostics;
use crate::model::invoice::{LineClass, PrintedPrice};
use crate::model::policy::Site;
use crate::model::{Item, Month, Quantity, Stamp};
use crate::normalise::row_counts::NOTE;
use crate::normalise::sdk_app_id::sdk_app_id;
use crate::read::{Row, Table};

/// The rows of a bill.
#[derive(Debug, Default)]
pub struct ProductRows {
    /// Those of the product, in the order of the file.
    pub rows: Vec<ProductRow>,
    /// The number of other rows, by reason.
    pub left_out: BTreeMap<String, u64>,
}

/// A row of the product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRow {
    /// The account that owns it, or else pays; empty where the bill names none.
    pub owner: String,
    /// The month of the bill.
    pub month: Option<Month>,
    /// The kind of row; `None` where its transaction type or its item is not known.
    pub class: Option<LineClass>,
    /// The item that it bills, where that is known.
    pub item: Option<Item>,
    /// Its own text for the item.
    pub text: String,
    /// The SDKAppID, or the resource as printed.
    pub resource: String,
    /// The beginning of the usage, or the time of payment.
    pub start: Option<Stamp>,
    /// Usage before deduction, in the item's billing unit.
    pub usage: Option<Decimal>,
    /// Usage covered by packages.
    pub covered: Option<Decimal>,
    /// Usage charged.
    pub charged: Option<Decimal>,
    /// The price of a billing unit after contract terms.
    pub price: Option<Decimal>,
    /// The list price of a billing unit.
    pub list_price: Option<Decimal>,
    /// The amount after discount.
    pub amount: Decimal,
    /// The currency.
    pub currency: String,
    /// The configuration of a resource (L2), which holds its quantities.
    pub configuration: Option<String>,
    /// The vendor's id of the transaction.
    pub transaction: Option<String>,
    /// Its row in the table.
    pub row: u32,
}

/// The rows of a piece of a table.
#[derive(Default)]
struct Piece {
    rows: ProductRows,
    memo: Memo,
    findings: Findings,
}

/// Reads a bill row by row; `None` where the table is none. `aliases` are the account's own words.
pub fn product_rows(table: &Table, aliases: &[Alias]) -> Result<Option<ProductRows>, Diagnostics> {
    let Ok((columns, _)) = Columns::find(table) else { return Ok(None) };
    let words = Vocabulary::new(aliases);
    let head = table.head.iter().find(|head| head.number == columns.header_row);
    let site =
        if head.is_some_and(|head| head.cells.iter().all(|name| name.is_ascii())) { Site::Intl } else { Site::Cn };
    let step = |piece: &mut Piece, row: Row<'_>| {
        let record = Record { table, columns: &columns, row };
        // Why a row is rejected is among the findings.
        _ = piece.take(&record, &words, site);
    };
    let mut whole = ProductRows::default();
    let mut findings = Findings::default();
    for piece in table.fold(columns.header_row, &columns.wanted, Piece::default, step)? {
        whole.rows.extend(piece.rows.rows);
        for (reason, rows) in piece.rows.left_out {
            *whole.left_out.entry(reason).or_default() += rows;
        }
        findings.append(piece.findings);
    }
    let found = findings.into_diagnostics();
    if found.has_errors() { Err(found) } else { Ok(Some(whole)) }
}

impl Piece {
    fn leave_out(&mut self, reason: &str) {
        *self.rows.left_out.entry(reason.to_owned()).or_default() += 1;
    }

    fn take(&mut self, record: &Record<'_>, words: &Vocabulary, site: Site) -> Result<(), Rejected> {
        if record.is_note() {
            self.leave_out(NOTE);
            return Ok(());
        }
        if record.is_totals() {
            self.leave_out(super::TOTALS);
            return Ok(());
        }
        let total = record.number(Field::Total, &mut self.findings)?;
        let (class, item) = match self.memo.kind(record, words, total) {
            Kind::Ours(ours) => (Some(ours.class.kind), ours.item),
            Kind::Unknown(_) => (None, None),
            Kind::Voucher => {
                self.leave_out("a voucher");
                return Ok(());
            }
            Kind::Excluded(reason) => {
                self.leave_out(&reason);
                return Ok(());
            }
        };
        let printed = Printed::read(record, &mut self.findings)?;
        let billed = self.billed(record, class, item, &printed)?;
        let decimal = |quantity: Option<Quantity>| quantity.map(Quantity::decimal);
        let per_unit =
            |price: Option<PrintedPrice>| price.map(|price| price.figure.decimal() / Decimal::from(price.per));
        let starts = [Field::Start, Field::BillDay, Field::PaidAt];
        let times = starts.map(|field| record.time(field, &mut self.findings));
        let [start, day, paid] = times;
        self.rows.rows.push(ProductRow {
            owner: owner(record),
            month: billing_period::bill_of(record, &mut self.findings)?,
            class,
            item,
            text: own_text(record, class.is_none()),
            resource: resource(record),
            start: start?.or(day?).or(paid?).map(|clock| clock.at),
            usage: decimal(billed.usage).or(printed.usage.filter(|_| item.is_none())),
            covered: decimal(billed.covered).or(printed.deducted.filter(|_| item.is_none())),
            charged: decimal(billed.charged).or(printed.used.filter(|_| item.is_none())),
            price: per_unit(billed.price).or(printed.price.filter(|_| item.is_none())),
            list_price: per_unit(billed.list_price).or(printed.list_price.filter(|_| item.is_none())),
            amount: figures::amount(record, &printed, &mut self.findings)?.decimal(),
            currency: figures::currency(record, site),
            configuration: record.text(Field::Configuration).map(str::to_owned),
            transaction: record.text(Field::Transaction).map(str::to_owned),
            row: record.row.number,
        });
        Ok(())
    }

    /// Returns the figures in the item's unit; of a row without an item none.
    fn billed(
        &mut self,
        record: &Record<'_>,
        class: Option<LineClass>,
        item: Option<Item>,
        printed: &Printed,
    ) -> Result<Billed, Rejected> {
        match item {
            Some(item) if item.is_fee() => Ok(figures::of_fee(record, printed)),
            Some(item) if class == Some(LineClass::Usage) && record.columns.layout != Layout::L2 => {
                figures::of_usage(record, printed, item, &mut self.findings)
            }
            _ => Ok(Billed::default()),
        }
    }
}

fn owner(record: &Record<'_>) -> String {
    record.text(Field::Owner).or_else(|| record.text(Field::Payer)).map(plain_id).unwrap_or_default().to_owned()
}

/// Returns the texts that name the item of a row, without quantities; of a row that is not known also its
/// transaction type.
fn own_text(record: &Record<'_>, unknown: bool) -> String {
    let configured = record.text(Field::Configuration).map(|text| configuration_text::first_name(text).unwrap_or(text));
    let transaction = record.text(Field::TransactionType).filter(|_| unknown);
    let fields = [Field::ComponentType, Field::Component, Field::Attribute];
    let named = fields.into_iter().filter_map(|field| record.text(field));
    transaction.into_iter().chain(named).chain(configured).collect::<Vec<_>>().join(" / ")
}

fn resource(record: &Record<'_>) -> String {
    let text = record.text(Field::Resource).or_else(|| record.text(Field::ResourceName)).unwrap_or_default();
    sdk_app_id(text, false).map_or_else(|_| text.to_owned(), |read| read.id.to_string())
}
