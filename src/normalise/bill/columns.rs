//! Which column of a bill is which, and which of the vendor's layouts a table has.

use std::sync::LazyLock;

use crate::model::diagnostic::{At, Diagnostic};
use crate::normalise::header::{self, Header, Recognised};
use crate::read::Table;

macro_rules! fields {
    ($($field:ident = $name:literal),+ $(,)?) => {
        /// A column that the reading of a bill knows; columns.toml says what
        /// each may be called.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Field { $($field),+ }

        const NAMES: &[(Field, &str)] = &[$((Field::$field, $name)),+];
    };
}

fields! {
    Payer = "payer", Owner = "owner", Product = "product", ProductCode = "product_code", Subproduct = "subproduct",
    BillingMode = "billing_mode", TransactionType = "transaction_type", Transaction = "transaction", Order = "order",
    PaidAt = "paid_at", Start = "start", End = "end", BillDay = "bill_day", BillMonth = "bill_month",
    Resource = "resource", ResourceName = "resource_name", Extension = "extension", Extension1 = "extension1",
    Extension2 = "extension2", Extension3 = "extension3", Extension4 = "extension4", Extension5 = "extension5",
    Configuration = "configuration", ComponentType = "component_type", ComponentTypeCode = "component_type_code",
    Component = "component", ComponentCode = "component_code", Attribute = "attribute", Other = "other",
    ListPrice = "list_price", Price = "price", PriceUnit = "price_unit", Used = "used", UsedUnit = "used_unit",
    Duration = "duration", DurationUnit = "duration_unit", Original = "original", Discount = "discount",
    Total = "total", Voucher = "voucher", Cash = "cash", Gift = "gift", Share = "share", Usage = "usage",
    UsageUnit = "usage_unit", Deducted = "deducted", Currency = "currency", BeforeTax = "before_tax",
    TaxRate = "tax_rate", Tax = "tax", WithTax = "with_tax", TotalCost = "total_cost", BilledCost = "billed_cost",
    ChargeCategory = "charge_category", ChargeClass = "charge_class",
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
    /// Returns what it is called in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::L3 => "L3",
            Self::Focus => "FOCUS",
            Self::L3Month => "monthly L3",
            Self::L2 => "L2",
            Self::L1 => "L1",
        }
    }
}

static LAYOUTS: LazyLock<Vec<header::Layout>> = LazyLock::new(|| header::Layout::load(include_str!("columns.toml")));

/// The columns of one table.
#[derive(Debug)]
pub(super) struct Columns {
    /// The layout that they make.
    pub layout: Layout,
    /// The row in which the header stands.
    pub header_row: u32,
    /// The columns to read, as the table counts them. The first is the
    /// table's first, where a totals row says that it is one.
    pub wanted: Vec<usize>,
    slots: Vec<Option<usize>>,
    /// Further columns of a field, among the wanted ones.
    further: Vec<(Field, usize)>,
    units: Vec<Option<String>>,
}

impl Columns {
    /// Returns the columns of a table that is a bill, with what is odd about them;
    /// `Err(None)` where nothing looks like a bill.
    pub(super) fn find(table: &Table) -> Result<(Self, Option<Diagnostic>), Option<Box<Diagnostic>>> {
        match header::recognise(table, &LAYOUTS) {
            Recognised::As(header) => {
                let columns = Self::of(table, &header)?;
                Ok((columns, header.unknown_columns(table)))
            }
            Recognised::Incomplete(diagnostic) => Err(Some(diagnostic)),
            Recognised::Nothing => Err(None),
        }
    }

    fn of(table: &Table, header: &Header<'_>) -> Result<Self, Box<Diagnostic>> {
        let mut wanted = vec![0];
        let mut slots = Vec::with_capacity(NAMES.len());
        for (_, name) in NAMES {
            slots.push(header.column(name).map(|column| {
                wanted.push(column);
                wanted.len() - 1
            }));
        }
        let mut further = Vec::new();
        for (name, column) in &header.further {
            let field = NAMES.iter().find(|(_, known)| known == name).map(|(field, _)| *field);
            further.extend(field.map(|field| (field, wanted.len())));
            wanted.push(column.index);
        }
        let units = NAMES.iter().map(|(_, name)| header.unit(name).map(str::to_owned)).collect();
        let mut columns = Self { layout: Layout::L3, header_row: header.row, wanted, slots, further, units };
        columns.layout = columns.layout_of().ok_or_else(|| Box::new(undated(table, header)))?;
        Ok(columns)
    }

    /// Returns true if the table has the column.
    pub(super) fn has(&self, field: Field) -> bool {
        self.slot(field).is_some()
    }

    /// Where the column stands among the wanted ones.
    pub(super) fn slot(&self, field: Field) -> Option<usize> {
        self.slots[field as usize]
    }

    /// Returns the column of a field and its further ones, among the wanted ones.
    pub(super) fn every_slot(&self, field: Field) -> impl Iterator<Item = usize> + '_ {
        let further = self.further.iter().filter(move |(known, _)| *known == field).map(|(_, slot)| *slot);
        self.slot(field).into_iter().chain(further)
    }

    /// Returns the unit in brackets behind the column's name.
    pub(super) fn unit(&self, field: Field) -> Option<&str> {
        self.units[field as usize].as_deref()
    }

    /// Returns a cell of the column as a place.
    pub(super) fn at(&self, table: &Table, row: u32, field: Field) -> At {
        let at = table.at().row(row);
        match self.slot(field) {
            Some(slot) => at.column(self.wanted[slot]),
            None => at,
        }
    }

    /// Which layout it is: components make an L3 or a FOCUS bill, a
    /// configuration an L2, neither the totals of an L1.
    fn layout_of(&self) -> Option<Layout> {
        let any = |fields: &[Field]| fields.iter().any(|field| self.has(*field));
        let components = any(&[Field::Component, Field::ComponentType, Field::ComponentCode]);
        let dated = any(&[Field::Start, Field::PaidAt, Field::BillDay, Field::BillMonth]);
        match (components, dated) {
            (true, true) if any(&[Field::ChargeCategory, Field::BilledCost]) => Some(Layout::Focus),
            (true, true) => Some(Layout::L3),
            (true, false) => None,
            (false, _) if self.has(Field::Configuration) => Some(Layout::L2),
            (false, _) => Some(Layout::L1),
        }
    }
}

fn undated(table: &Table, header: &Header<'_>) -> Diagnostic {
    let called: Vec<String> =
        ["start", "paid_at", "bill_day"].iter().map(|field| header.layout.called(field)).collect();
    Diagnostic::error(
        "bill-no-time",
        table.at().row(header.row),
        "the bill has components, and no column that says when they were used",
        format!("Export it with one of the columns: {}.", called.join("; ")),
    )
}
