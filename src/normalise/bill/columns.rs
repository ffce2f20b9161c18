//! Which column of a bill is which, and which layout a table has.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::diagnostic::{Diagnostic, nearest, shown};
use crate::ingest::{HeadRow, Table};
use crate::normalise::text::{label, normalised};

/// A column that the reading of a bill knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "columns.toml says what each is called")]
pub enum Field {
    Payer,
    Owner,
    Product,
    ProductCode,
    Subproduct,
    BillingMode,
    TransactionType,
    Transaction,
    Order,
    PaidAt,
    Start,
    End,
    BillDay,
    BillMonth,
    Resource,
    ResourceName,
    #[serde(rename = "extension_1")]
    Extension1,
    #[serde(rename = "extension_2")]
    Extension2,
    #[serde(rename = "extension_3")]
    Extension3,
    #[serde(rename = "extension_4")]
    Extension4,
    #[serde(rename = "extension_5")]
    Extension5,
    Extension,
    Configuration,
    ComponentType,
    ComponentTypeCode,
    Component,
    ComponentCode,
    Attribute,
    Other,
    ListPrice,
    Price,
    PriceUnit,
    Used,
    UsedUnit,
    Duration,
    DurationUnit,
    Original,
    Discount,
    Total,
    Voucher,
    Cash,
    Gift,
    Share,
    Usage,
    UsageUnit,
    Deducted,
    Currency,
    BeforeTax,
    TaxRate,
    Tax,
    WithTax,
    BilledCost,
    ChargeCategory,
    ChargeClass,
}

impl Field {
    const COUNT: usize = Self::ChargeClass as usize + 1;
}

/// The vendor's bill layouts, from the most detailed to the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layout {
    /// 明细账单: a row for each charge.
    L3,
    /// FOCUS 1.0 to 1.2.
    Focus,
    /// 明细账单 whose days are summed: no row has a time.
    L3Month,
    /// 资源账单: a row for each resource, in cents.
    L2,
    /// 汇总账单: totals only.
    L1,
}

impl Layout {
    /// What it is called in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::L3 => "L3 bill (one row per charge)",
            Self::Focus => "FOCUS bill",
            Self::L3Month => "L3 bill summed by month",
            Self::L2 => "L2 bill (one row per resource)",
            Self::L1 => "L1 bill (totals)",
        }
    }
}

/// The columns of one table.
#[derive(Debug)]
pub(super) struct Columns {
    /// The layout that they make.
    pub layout: Layout,
    /// The row in which the header stands.
    pub header_row: u32,
    /// The columns to read, as the table counts them; the first is the
    /// table's first, where a totals row says so.
    pub wanted: Vec<usize>,
    slots: [Option<u8>; Field::COUNT],
    units: [Option<String>; Field::COUNT],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    names: HashMap<Field, Vec<String>>,
    ignored: Ignored,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ignored {
    names: Vec<String>,
    prefixes: Vec<String>,
}

struct Names {
    fields: HashMap<String, Option<Field>>,
    prefixes: Vec<String>,
    spelled: Vec<(Field, String)>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("columns.toml")).unwrap_or_else(|e| panic!("columns.toml: {e}"));
    let mut spelled: Vec<(Field, String)> =
        file.names.into_iter().flat_map(|(field, names)| names.into_iter().map(move |name| (field, name))).collect();
    spelled.sort();
    let known = spelled.iter().map(|(field, name)| (label(name).key, Some(*field)));
    let ignored = file.ignored.names.iter().map(|name| (label(name).key, None));
    let mut fields = HashMap::new();
    for (key, field) in known.chain(ignored) {
        let former = fields.insert(key.clone(), field);
        assert!(former.is_none_or(|former| former == field), "columns.toml: {key} stands twice");
    }
    let prefixes = file.ignored.prefixes.iter().map(|prefix| normalised(prefix)).collect();
    Names { fields, prefixes, spelled }
});

/// What a header cell is.
enum Header {
    Known(Field, Option<String>),
    Ignored,
    Unknown,
}

fn header(text: &str) -> Header {
    let read = label(text);
    match NAMES.fields.get(&read.key) {
        Some(Some(field)) => Header::Known(*field, read.unit),
        Some(None) => Header::Ignored,
        None if read.key.is_empty() || NAMES.prefixes.iter().any(|prefix| read.key.starts_with(prefix)) => {
            Header::Ignored
        }
        None => Header::Unknown,
    }
}

fn known_cells(row: &HeadRow) -> usize {
    row.cells.iter().filter(|cell| matches!(header(cell), Header::Known(..))).count()
}

/// How a field may be called, for a message.
fn spellings(field: Field) -> String {
    let names: Vec<&str> =
        NAMES.spelled.iter().filter(|(known, _)| *known == field).map(|(_, name)| name.as_str()).collect();
    names.join(" / ")
}

impl Columns {
    /// The columns of a table that is a bill; `Err` says why it is none.
    pub(super) fn find(table: &Table, findings: &mut Vec<Diagnostic>) -> Result<Self, Diagnostic> {
        let best = table.head.iter().max_by_key(|row| (known_cells(row), std::cmp::Reverse(row.number)));
        let Some(row) = best.filter(|row| known_cells(row) >= 3) else {
            return Err(no_header(table));
        };
        let mut columns = Self::of(table, row)?;
        columns.layout = columns.layout_of().ok_or_else(|| incomplete(table, row, &columns))?;
        findings.extend(unknown_columns(table, row));
        Ok(columns)
    }

    fn of(table: &Table, row: &HeadRow) -> Result<Self, Diagnostic> {
        let mut columns = Self {
            layout: Layout::L3,
            header_row: row.number,
            wanted: vec![0],
            slots: [None; Field::COUNT],
            units: [const { None }; Field::COUNT],
        };
        for (at, cell) in row.cells.iter().enumerate() {
            let Header::Known(field, unit) = header(cell) else { continue };
            if columns.has(field) {
                return Err(Diagnostic::error(
                    "bill-column-twice",
                    table.at().row(row.number).column(at),
                    format!("the column \"{}\" means the same as one before it ({})", shown(cell), spellings(field)),
                    "Keep the one that the bill was issued with and remove the other.",
                ));
            }
            // Fewer than 60 fields are known, so a slot is a byte.
            columns.slots[field as usize] = u8::try_from(columns.wanted.len()).ok();
            columns.units[field as usize] = unit;
            columns.wanted.push(at);
        }
        Ok(columns)
    }

    /// Whether the table has the column.
    pub(super) fn has(&self, field: Field) -> bool {
        self.slots[field as usize].is_some()
    }

    /// Where the column stands among the wanted ones.
    pub(super) fn slot(&self, field: Field) -> Option<usize> {
        self.slots[field as usize].map(usize::from)
    }

    /// The unit in brackets behind the column's name.
    pub(super) fn unit(&self, field: Field) -> Option<&str> {
        self.units[field as usize].as_deref()
    }

    fn has_any(&self, fields: &[Field]) -> bool {
        fields.iter().any(|field| self.has(*field))
    }

    fn layout_of(&self) -> Option<Layout> {
        let product = self.has_any(&[Field::Product, Field::ProductCode]);
        let texts = self.has_any(&[Field::Component, Field::ComponentType, Field::ComponentCode]);
        let dated = self.has_any(&[Field::Start, Field::PaidAt, Field::BillDay, Field::BillMonth]);
        match (product && self.has(Field::Total), texts, dated) {
            (false, ..) => None,
            (true, true, true) if self.has_any(&[Field::ChargeCategory, Field::BilledCost]) => Some(Layout::Focus),
            (true, true, true) => Some(Layout::L3),
            (true, false, _) if self.has(Field::Configuration) => Some(Layout::L2),
            (true, false, false) => Some(Layout::L1),
            (true, true, false) | (true, false, true) => None,
        }
    }
}

fn no_header(table: &Table) -> Diagnostic {
    Diagnostic::error(
        "bill-no-header",
        table.at(),
        "no row among the first ones looks like the header of a bill",
        format!(
            "A bill has columns for the product ({}), the time of usage ({}), the component ({}) and the amount ({}). \
             Move the file out of bills/ if it is none.",
            spellings(Field::Product),
            spellings(Field::Start),
            spellings(Field::Component),
            spellings(Field::Total)
        ),
    )
}

fn incomplete(table: &Table, row: &HeadRow, columns: &Columns) -> Diagnostic {
    let needed: [&[Field]; 4] = [
        &[Field::Product, Field::ProductCode],
        &[Field::Total],
        &[Field::Component, Field::ComponentType],
        &[Field::Start, Field::PaidAt, Field::BillDay],
    ];
    let missing: Vec<String> = needed
        .iter()
        .filter(|fields| !columns.has_any(fields))
        .map(|fields| fields.iter().map(|field| spellings(*field)).collect::<Vec<_>>().join(" / "))
        .collect();
    let found: Vec<&str> = row.cells.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect();
    Diagnostic::error(
        "bill-column-missing",
        table.at().row(row.number),
        format!("a column is missing that the bill cannot be read without: {}", missing.join("; ")),
        format!("Found: {}. Export the bill again with all its columns.", found.join(", ")),
    )
}

fn unknown_columns(table: &Table, row: &HeadRow) -> Option<Diagnostic> {
    let unknown: Vec<(usize, &String)> =
        row.cells.iter().enumerate().filter(|(_, cell)| matches!(header(cell), Header::Unknown)).collect();
    let (first, _) = *unknown.first()?;
    let known = || NAMES.spelled.iter().map(|(_, name)| name.as_str());
    let named: Vec<String> = unknown
        .iter()
        .map(|(_, cell)| match nearest(cell, known()) {
            Some(name) => format!("\"{}\" (nearest known: {name})", shown(cell)),
            None => format!("\"{}\"", shown(cell)),
        })
        .collect();
    Some(Diagnostic::warning(
        "bill-column-unknown",
        table.at().row(row.number).column(first),
        format!("columns that are not known and are not read: {}", named.join(", ")),
        "Nothing to do if they are none of the columns that the comparison needs.",
    ))
}
