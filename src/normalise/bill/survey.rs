//! Reads from a bill the facts of the account that it bills, before there is an account.toml: whose rows it holds, of
//! which month, how usage is settled, at which prices, what was bought and given back.

use rust_decimal::Decimal;

use super::billing_period::month_of;
use super::choose_layout::{cut_of, issued};
use super::classify::{Kind, Memo, Vocabulary};
use super::columns::{Columns, Field, Layout};
use super::fee;
use super::figures::{self, Billed, Printed};
use super::findings::Findings;
use super::record::Record;
use crate::model::diagnostic::Diagnostics;
use crate::model::invoice::{LineClass, PrintedPrice};
use crate::model::policy::Cut;
use crate::model::{Day, Item, Month, Stamp};
use crate::normalise::text::normalised;
use crate::read::{Row, Table};

/// A bill as a whole.
#[derive(Debug)]
pub struct Survey {
    /// Its layout.
    pub layout: Layout,
    /// The month that the file's name says.
    pub month: Option<Month>,
    /// The cut that the file's name says.
    pub cut: Option<Cut>,
    /// The rows of the product, in the order of the file.
    pub rows: Vec<BillRow>,
    /// Rows of other products, whose owner is known.
    pub others: Vec<(String, u32)>,
}

/// A row of the product, as far as it says something of the account.
#[derive(Debug, Clone)]
pub struct BillRow {
    /// Its row in the table.
    pub row: u32,
    /// Who is billed for it (使用者), else who pays.
    pub owner: Option<String>,
    /// The class of the row.
    pub class: LineClass,
    /// True if its transaction type settles a month (月结) or a day (日结); `None` where it says neither.
    pub monthly: Option<bool>,
    /// True if it renews a plan (续费).
    pub renewal: bool,
    /// The item, where it names one.
    pub item: Option<Item>,
    /// The id of the resource: of usage the SDKAppID.
    pub resource: Option<String>,
    /// The name of the resource.
    pub resource_name: Option<String>,
    /// The currency that it prints.
    pub currency: Option<String>,
    /// When usage starts.
    pub start: Option<Stamp>,
    /// When it was paid.
    pub paid: Option<Stamp>,
    /// The month whose bill it is.
    pub month: Option<Month>,
    /// The price of a billing unit, after contract terms.
    pub price: Option<PrintedPrice>,
    /// The list price of a billing unit.
    pub list_price: Option<PrintedPrice>,
    /// The amount after discount.
    pub amount: Decimal,
    /// The minutes of a package, where its text names them.
    pub minutes: Option<u32>,
}

/// Reads what a bill says of its account; `None` where the table is no bill.
/// What cannot be read is left out: reading the case says it.
pub fn survey(table: &Table) -> Result<Option<Survey>, Diagnostics> {
    let Ok((columns, _)) = Columns::find(table) else { return Ok(None) };
    let words = Vocabulary::new(&[]);
    let step = |piece: &mut Piece, row: Row<'_>| {
        let record = Record { table, columns: &columns, row };
        piece.take(&record, &words);
    };
    let pieces = table.fold(columns.header_row, &columns.wanted, Piece::default, step)?;
    let named = issued(&table.file);
    let mut survey = Survey {
        layout: columns.layout,
        month: named.map(|issued| issued.month),
        cut: cut_of(&table.file),
        rows: Vec::new(),
        others: Vec::new(),
    };
    for piece in pieces {
        survey.rows.extend(piece.rows);
        survey.others.extend(piece.others);
    }
    Ok(Some(survey))
}

#[derive(Default)]
struct Piece {
    rows: Vec<BillRow>,
    others: Vec<(String, u32)>,
    memo: Memo,
    findings: Findings,
}

impl Piece {
    fn take(&mut self, record: &Record<'_>, words: &Vocabulary) {
        if record.is_totals() {
            return;
        }
        let owner = owner(record);
        let Ok(total) = record.number(Field::Total, &mut self.findings) else { return };
        let ours = match self.memo.kind(record, words, total) {
            Kind::Ours(ours) => ours,
            Kind::Excluded(_) => {
                self.others.extend(owner.map(|owner| (owner, record.row.number)));
                return;
            }
            Kind::Voucher | Kind::Unknown(_) => return,
        };
        let billed = self.billed(record, ours.class.kind, ours.item);
        let time = |field| record.time(field, &mut Findings::default()).ok().flatten().map(|clock| clock.at);
        let day = time(Field::BillDay).map(Stamp::day);
        self.rows.push(BillRow {
            row: record.row.number,
            owner,
            class: ours.class.kind,
            monthly: settled(record),
            renewal: is_renewal(record),
            item: ours.item,
            resource: record.text(Field::Resource).map(str::to_owned),
            resource_name: record.text(Field::ResourceName).map(str::to_owned),
            currency: record.stated_currency(),
            start: time(Field::Start).or_else(|| day.map(Day::start)),
            paid: time(Field::PaidAt),
            month: record.text(Field::BillMonth).and_then(|text| month_of(&normalised(text))),
            price: billed.price,
            list_price: billed.list_price,
            amount: total.unwrap_or_default(),
            minutes: minutes(record),
        });
    }

    fn billed(&mut self, record: &Record<'_>, class: LineClass, item: Option<Item>) -> Billed {
        let Ok(printed) = Printed::read(record, &mut self.findings) else { return Billed::default() };
        match item {
            Some(item) if item.is_fee() => figures::of_fee(record, &printed),
            Some(item) if class == LineClass::Usage && record.columns.layout != Layout::L2 => {
                figures::of_usage(record, &printed, item, &mut self.findings).unwrap_or_default()
            }
            _ => Billed::default(),
        }
    }
}

/// Returns the account that is billed, without what a spreadsheet adds to a number.
fn owner(record: &Record<'_>) -> Option<String> {
    let text = record.text(Field::Owner).or_else(|| record.text(Field::Payer))?;
    let uin = text.trim_start_matches('\'');
    let uin = uin.strip_suffix(".0").unwrap_or(uin);
    uin.bytes().all(|byte| byte.is_ascii_digit()).then(|| uin.to_owned())
}

/// Returns the settlement that the transaction type names.
fn settled(record: &Record<'_>) -> Option<bool> {
    let text = record.folded(Field::TransactionType);
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["月结", "monthlysettlement", "_month", "bymonth"]) {
        Some(true)
    } else if says(&["日结", "dailysettlement", "_day", "byday"]) {
        Some(false)
    } else {
        None
    }
}

fn is_renewal(record: &Record<'_>) -> bool {
    let text = record.folded(Field::TransactionType);
    ["续费", "renew"].iter().any(|word| text.contains(word))
}

/// Returns the minutes that a package's texts name.
fn minutes(record: &Record<'_>) -> Option<u32> {
    let texts = [Field::Configuration, Field::Component, Field::ComponentType, Field::Attribute, Field::ResourceName];
    texts.into_iter().find_map(|field| fee::minutes_in(&record.folded(field)))
}
