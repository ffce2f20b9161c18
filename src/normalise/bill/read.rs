//! The rows of one table as invoice lines.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::billing_period::{When, when};
use super::classify::{Kind, Memo, Ours, Unknown, Vocabulary};
use super::columns::{Columns, Field, Layout};
use super::configuration_text;
use super::figures::{self, Billed, Printed};
use super::findings::Findings;
use super::footing;
use super::record::{Record, Rejected};
use super::transaction_type::Class;
use super::unit::Measure;
use crate::case::Account;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::{AppId, Money, Month, Place, Quantity};
use crate::normalise::sdk_app_id::sdk_app_id;
use crate::normalise::text::is_of_excel;
use crate::read::{Row, Table};
use crate::rules::billing_window::Window;

/// The context in which every row is read.
pub(super) struct Context<'a> {
    /// The account.
    pub account: &'a Account,
    /// Its words.
    pub words: Vocabulary,
    /// The bill's window.
    pub window: Window,
}

/// The result of reading a piece of a table.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// The lines, in the order of the file.
    pub lines: Vec<InvoiceLine>,
    /// Payments dated the 1st behind the month.
    pub dated_next_month: Vec<InvoiceLine>,
    /// Data rows.
    pub rows: u64,
    /// Rows that cannot be read.
    pub rejected: u64,
    /// Rows left out, by reason.
    pub excluded: BTreeMap<String, u64>,
    /// True if a row of the product prints its day.
    pub dated: bool,
    /// Decimals of the longest amount.
    pub decimals: u32,
    /// Rows of the product of other accounts, by account, with the first place.
    pub others: BTreeMap<String, (u64, At)>,
    /// Money of usage of another month, and on how many lines.
    pub not_audited: (Money, usize),
    /// Months of rows that are left out because the bill is of another one.
    pub months: BTreeSet<Month>,
    /// The findings on the rows.
    pub findings: Findings,
    memo: Memo,
}

/// The outcome of a row.
enum Outcome {
    Line(Box<InvoiceLine>),
    NextMonth(Box<InvoiceLine>),
    Excluded(String),
}

/// Reads a table whose columns are known.
pub(super) fn read(table: &Table, columns: &Columns, context: &Context<'_>) -> Result<Piece, Diagnostics> {
    let step = |piece: &mut Piece, row: Row<'_>| piece.take(&Record { table, columns, row }, context);
    let pieces = table.fold(columns.header_row, &columns.wanted, Piece::default, step)?;
    let mut whole = Piece::default();
    for piece in pieces {
        whole.append(piece);
    }
    Ok(whole)
}

impl Piece {
    fn take(&mut self, record: &Record<'_>, context: &Context<'_>) {
        self.rows += 1;
        match self.outcome(record, context) {
            Ok(Outcome::Line(line)) => {
                self.decimals = self.decimals.max(line.amount.decimal().scale());
                self.lines.push(*line);
            }
            Ok(Outcome::NextMonth(line)) => self.dated_next_month.push(*line),
            Ok(Outcome::Excluded(reason)) => self.exclude(reason, 1),
            Err(Rejected) => self.rejected += 1,
        }
    }

    /// Returns a table whose rows are all left out.
    pub(super) fn left_out(reason: String, rows: u64) -> Self {
        let mut piece = Self { rows, ..Self::default() };
        piece.exclude(reason, rows);
        piece
    }

    /// Leaves rows out for a reason.
    pub(super) fn exclude(&mut self, reason: String, rows: u64) {
        if rows > 0 {
            *self.excluded.entry(reason).or_default() += rows;
        }
    }

    fn append(&mut self, next: Self) {
        self.lines.extend(next.lines);
        self.dated_next_month.extend(next.dated_next_month);
        self.rows += next.rows;
        self.rejected += next.rejected;
        for (reason, rows) in next.excluded {
            self.exclude(reason, rows);
        }
        for (account, (rows, at)) in next.others {
            self.others.entry(account).or_insert((0, at)).0 += rows;
        }
        self.not_audited.0 += next.not_audited.0;
        self.not_audited.1 += next.not_audited.1;
        self.months.extend(next.months);
        self.dated |= next.dated;
        self.decimals = self.decimals.max(next.decimals);
        self.findings.append(next.findings);
    }

    fn outcome(&mut self, record: &Record<'_>, context: &Context<'_>) -> Result<Outcome, Rejected> {
        if record.is_note() {
            return Ok(Outcome::Excluded(crate::normalise::row_counts::NOTE.to_owned()));
        }
        if record.is_totals() {
            return Ok(Outcome::Excluded(super::TOTALS.to_owned()));
        }
        // Figures of other products' rows are not this tool's to judge.
        let total = record.text(Field::Total).and_then(|text| crate::normalise::number::number(text).ok().flatten());
        let kind = self.memo.kind(record, &context.words, total);
        // Whatever a row of another account says is that account's matter.
        if !matches!(kind, Kind::Excluded(_))
            && let Some(other) = other_account(record, context.account)
        {
            if is_of_excel(&other) {
                return Err(record.refuse_excel(owner_field(record), &other, &mut self.findings));
            }
            let at = record.at(owner_field(record));
            self.others.entry(other).or_insert((0, at)).0 += 1;
            return Ok(Outcome::Excluded(super::OTHER_ACCOUNT.to_owned()));
        }
        let ours = match kind {
            Kind::Ours(ours) => ours,
            Kind::Unknown(unknown) => {
                self.tell_unknown(record, &unknown);
                return Err(Rejected);
            }
            Kind::Voucher => return Ok(self.voucher(record, total, context)),
            Kind::Excluded(reason) => return Ok(Outcome::Excluded(reason.to_string())),
        };
        if record.columns.layout == Layout::L1 {
            return self.total_line(record, &ours, context);
        }
        self.charge_line(record, ours, context)
    }

    fn tell_unknown(&mut self, record: &Record<'_>, unknown: &Unknown) {
        self.findings.add(unknown.code, &unknown.message, || {
            Diagnostic::error(unknown.code, record.at(unknown.field), &unknown.message, &unknown.help)
        });
    }

    /// Sets a row of a voucher aside: vouchers pay, they change no charge.
    fn voucher(&mut self, record: &Record<'_>, total: Option<Decimal>, context: &Context<'_>) -> Outcome {
        let money = Money::new(total.unwrap_or_default());
        let currency = figures::currency(record, context.account.site);
        self.findings.add_money("bill-voucher", &currency, money, || {
            Diagnostic::note(
                "bill-voucher",
                record.at(Field::ChargeCategory),
                format!("a row of a voucher ({money} {currency}) is set aside"),
                "Nothing to do: vouchers pay charges and are not compared.",
            )
        });
        Outcome::Excluded("a voucher".to_owned())
    }

    fn charge_line(&mut self, record: &Record<'_>, ours: Ours, context: &Context<'_>) -> Result<Outcome, Rejected> {
        let printed = Printed::read(record, &mut self.findings)?;
        let amount = figures::amount(record, &printed, &mut self.findings)?;
        let when = when(record, ours.class, &context.window, &mut self.findings)?;
        self.dated |= when.dated;
        let (ours, billed) = self.billed(record, ours, &printed)?;
        footing::check(record, &printed, &billed, &mut self.findings)?;
        let line = InvoiceLine {
            class: ours.class.kind,
            item: ours.item,
            app: self.app(record, context.account)?,
            span: when.span,
            paid_at: when.paid_at,
            usage: billed.usage,
            covered: billed.covered,
            charged: billed.charged,
            price: billed.price,
            list_price: billed.list_price,
            amount,
            foreign: None,
            currency: figures::currency(record, context.account.site),
            decimals: 8,
            transaction: record.text(Field::Transaction).map(str::to_owned),
            text: ours.text.to_string(),
            place: Place { table: record.table.id, row: record.row.number },
        };
        Ok(self.in_window(record, line, when, &context.window))
    }

    /// Returns the application that a row names. An id that a spreadsheet has made a
    /// number of is said, one of which digits are lost is refused.
    fn app(&mut self, record: &Record<'_>, account: &Account) -> Result<Option<AppId>, Rejected> {
        for field in [Field::Resource, Field::ResourceName] {
            let Some(text) = record.text(field).filter(|text| is_figure(text)) else { continue };
            let numeric = record.columns.slot(field).is_some_and(|slot| record.row.cells[slot].numeric);
            match sdk_app_id(text, numeric) {
                Ok(read) if read.with_point => self.findings.add("bill-app-with-point", "", || {
                    Diagnostic::warning(
                        "bill-app-with-point",
                        record.at(field),
                        format!("\"{}\" is an SDKAppID with a decimal point", shown(text)),
                        "It is taken without it: the bill was opened in a spreadsheet. Use the file as downloaded.",
                    )
                }),
                Ok(_) => {}
                Err(why) => {
                    self.findings.add("bill-app", "", || {
                        Diagnostic::error(
                            "bill-app",
                            record.at(field),
                            format!("\"{}\" is not an SDKAppID: {why}", shown(text)),
                            "The bill was opened in Excel, which shortens ids. Use the file as it was downloaded.",
                        )
                    });
                    return Err(Rejected);
                }
            }
        }
        Ok(app_of(record, account))
    }

    /// Returns the quantities of a row in its item's unit; a row that names no item has none.
    fn billed(&mut self, record: &Record<'_>, ours: Ours, printed: &Printed) -> Result<(Ours, Billed), Rejected> {
        let Some(item) = ours.item else { return Ok((ours, Billed::default())) };
        if item.is_fee() {
            return Ok((ours, figures::of_fee(record, printed)));
        }
        if record.columns.layout == Layout::L2 {
            return self.configured(record, ours);
        }
        // A correction names an item for the reader; its figures need not be a quantity.
        if ours.class.kind != LineClass::Usage {
            return Ok((ours, Billed::default()));
        }
        let billed = figures::of_usage(record, printed, item, &mut self.findings)?;
        Ok((ours, billed))
    }

    /// Returns the quantity in an L2 row's configuration. A resource with several
    /// items has one amount for all: a total.
    fn configured(&mut self, record: &Record<'_>, ours: Ours) -> Result<(Ours, Billed), Rejected> {
        let entries = configuration_text::entries(record.text(Field::Configuration).unwrap_or_default());
        let (Some(item), [entry]) = (ours.item, &entries[..]) else {
            let class = Class { monthly: ours.class.monthly, ..Class::of(LineClass::Total) };
            return Ok((Ours { class, item: None, ..ours }, Billed::default()));
        };
        let Some(figure) = entry.figure else { return Ok((ours, Billed::default())) };
        let unit =
            if entry.unit.is_empty() { Some(Measure::base_of(item.unit())) } else { Measure::parse(&entry.unit) };
        let charged: Option<Quantity> = unit.and_then(|unit| unit.quantity(figure, item.unit()));
        if charged.is_none() {
            self.findings.add("bill-unit", &entry.unit, || {
                Diagnostic::error(
                    "bill-unit",
                    record.at(Field::Configuration),
                    format!(
                        "\"{}\" is no unit of {item}, which is billed in {}",
                        shown(&entry.unit),
                        item.unit().name()
                    ),
                    "Expected for example 分钟, 千分钟, 张, Mbps.",
                )
            });
            return Err(Rejected);
        }
        Ok((ours, Billed { charged, ..Billed::default() }))
    }

    fn total_line(&mut self, record: &Record<'_>, ours: &Ours, context: &Context<'_>) -> Result<Outcome, Rejected> {
        let printed = Printed::read(record, &mut self.findings)?;
        let amount = figures::amount(record, &printed, &mut self.findings)?;
        let class = Class { monthly: true, ..Class::of(LineClass::Total) };
        let when = when(record, class, &context.window, &mut self.findings)?;
        let line = InvoiceLine {
            class: class.kind,
            item: None,
            app: None,
            span: when.span,
            paid_at: when.paid_at,
            usage: None,
            covered: None,
            charged: None,
            price: None,
            list_price: None,
            amount,
            foreign: None,
            currency: figures::currency(record, context.account.site),
            decimals: 2,
            transaction: None,
            text: ours.text.to_string(),
            place: Place { table: record.table.id, row: record.row.number },
        };
        Ok(self.in_window(record, line, when, &context.window))
    }

    /// Leaves out what is not of the bill's month, with the money.
    fn in_window(&mut self, record: &Record<'_>, line: InvoiceLine, when: When, window: &Window) -> Outcome {
        if when.of_other_usage {
            self.not_audited.0 += line.amount;
            self.not_audited.1 += 1;
            self.findings.add_money("bill-not-audited", &line.currency, line.amount, || {
                Diagnostic::warning(
                    "bill-not-audited",
                    record.at(Field::Start),
                    format!(
                        "the bill of {} has a row for usage of {} ({}, {} {}): billed and not audited",
                        window.period(),
                        line.span.from.day(),
                        shown(&line.text),
                        line.amount,
                        line.currency
                    ),
                    "It counts in this bill. Compare it with the usage and the bill of its own month.",
                )
            });
        }
        if when.inside {
            return Outcome::Line(Box::new(line));
        }
        let payment = matches!(line.class, LineClass::Fee | LineClass::Refund);
        if payment && line.span == window.fees.until.day().span() && record.text(Field::BillMonth).is_none() {
            return Outcome::NextMonth(Box::new(line));
        }
        self.months.insert(line.span.from.day().month());
        self.findings.add_money("bill-outside-period", &line.currency, line.amount, || {
            Diagnostic::warning(
                "bill-outside-period",
                record.at(Field::Start),
                format!(
                    "a row of {} ({}, {} {}) is not of the bill of {}, and is left out",
                    line.span.from.day(),
                    shown(&line.text),
                    line.amount,
                    line.currency,
                    window.period()
                ),
                "Nothing to do if the bill covers several months; else check --period and [bill] cut.",
            )
        });
        Outcome::Excluded(format!("{} {}", super::OUTSIDE, window.period()))
    }
}

/// Returns the field that says whose row it is.
fn owner_field(record: &Record<'_>) -> Field {
    if record.columns.has(Field::Owner) { Field::Owner } else { Field::Payer }
}

/// Returns the account of a row that is of another one. A payer may have the bill of several owners.
fn other_account(record: &Record<'_>, account: &Account) -> Option<String> {
    let text = record.text(owner_field(record))?;
    let uin = plain_id(text);
    (uin != account.uin).then(|| uin.to_owned())
}

/// Returns an account's id without what a spreadsheet puts around it.
pub(super) fn plain_id(text: &str) -> &str {
    let id = text.trim_matches(['\'', '`', ' ']);
    id.strip_suffix(".0").unwrap_or(id)
}

/// Returns the application that a row names: a run of digits that is a known application.
fn app_of(record: &Record<'_>, account: &Account) -> Option<AppId> {
    [
        Field::Resource,
        Field::ResourceName,
        Field::Extension,
        Field::Extension1,
        Field::Extension2,
        Field::Extension3,
        Field::Extension4,
        Field::Extension5,
    ]
    .iter()
    .filter_map(|field| record.text(*field))
    .find_map(|text| app_in(text, account))
    .or_else(|| record.text(Field::Resource).and_then(|text| unknown_app(text, account)))
}

/// So many digits has an SDKAppID.
const DIGITS: usize = 10;

/// Returns the application of a resource that is an SDKAppID and nothing else, be it known or not.
fn unknown_app(text: &str, account: &Account) -> Option<AppId> {
    let id = sdk_app_id(text, false).ok()?.id;
    let digits = id.to_string();
    (digits.len() == DIGITS && digits != account.uin).then_some(id)
}

/// Returns true if an id looks like a number with a point or an exponent: `1.4E+09`.
fn is_figure(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa = mantissa.split_once('.').map_or(digits(mantissa), |(whole, part)| digits(whole) && digits(part));
    mantissa && digits(exponent.trim_start_matches(['+', '-'])) && text.contains(['.', 'e', 'E'])
}

fn app_in(text: &str, account: &Account) -> Option<AppId> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|run| !run.is_empty())
        .filter_map(|run| run.parse().ok())
        .find(|id| account.has_app(*id))
}
