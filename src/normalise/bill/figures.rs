//! The figures of a row: as printed, and in the item's billing unit.

use rust_decimal::Decimal;

use super::columns::{Field, Layout};
use super::findings::Findings;
use super::record::{Record, Rejected};
use super::unit::{Dimension, Measure, PriceUnit};
use crate::model::diagnostic::{Diagnostic, shown};
use crate::model::invoice::PrintedPrice;
use crate::model::policy::Site;
use crate::model::{Item, Money, Quantity, Rounding, Unit, UnitPrice};
use crate::normalise::text::normalised;

/// The figures as printed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Printed {
    pub list_price: Option<Decimal>,
    pub price: Option<Decimal>,
    pub used: Option<Decimal>,
    pub duration: Option<Decimal>,
    pub usage: Option<Decimal>,
    pub deducted: Option<Decimal>,
    pub original: Option<Decimal>,
    pub discount: Option<Decimal>,
    pub total: Option<Decimal>,
}

/// The figures in billing units.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Billed {
    pub usage: Option<Quantity>,
    pub covered: Option<Quantity>,
    pub charged: Option<Quantity>,
    pub price: Option<PrintedPrice>,
    pub list_price: Option<PrintedPrice>,
}

impl Printed {
    /// Reads them.
    pub(super) fn read(record: &Record<'_>, findings: &mut Findings) -> Result<Self, Rejected> {
        let mut number = |field| record.number(field, findings);
        let original = number(Field::Original)?;
        let cost = if record.columns.has(Field::BeforeTax) { None } else { number(Field::TotalCost)? };
        Ok(Self {
            list_price: number(Field::ListPrice)?,
            price: number(Field::Price)?,
            used: number(Field::Used)?,
            duration: number(Field::Duration)?,
            usage: number(Field::Usage)?,
            deducted: number(Field::Deducted)?,
            original: original.or(cost),
            discount: number(Field::Discount)?,
            total: number(Field::Total)?,
        })
    }

    /// Returns how long it was used, where that multiplies: 1 day changes nothing.
    fn factor(&self) -> Option<Decimal> {
        self.duration.filter(|duration| *duration != Decimal::ONE && !duration.is_zero())
    }
}

/// The units of a row.
struct Units {
    used: Measure,
    usage: Measure,
    duration: Option<Measure>,
    price: Option<PriceUnit>,
}

/// Returns the figures of usage of an item in its billing unit.
pub(super) fn of_usage(
    record: &Record<'_>,
    printed: &Printed,
    item: Item,
    findings: &mut Findings,
) -> Result<Billed, Rejected> {
    let units = Units::read(record, item, findings)?;
    let mut quantity = |figure: Option<Decimal>, measure: Measure, field| match figure {
        Some(figure) => match measure.quantity(figure, item.unit()) {
            Some(quantity) => Ok(Some(quantity)),
            None => Err(refuse_quantity(record, field, item, findings)),
        },
        None => Ok(None),
    };
    let (used, measure, factor) = match (printed.used, units.duration) {
        // 3 路 for 20 分钟: the time is in the duration.
        (Some(used), Some(lasting))
            if units.used.dimension == Dimension::Piece && lasting.dimension == Dimension::Time =>
        {
            let lasted = printed.duration.and_then(|duration| used.checked_mul(duration));
            (lasted, lasting, None)
        }
        (used, _) => (used, units.used, printed.factor()),
    };
    let charged = quantity(used, measure, Field::Used)?;
    let price = |figure: Option<Decimal>| {
        let figure = figure?.checked_mul(factor.unwrap_or(Decimal::ONE))?;
        match units.price {
            Some(unit) => unit.price(figure, item.unit()),
            None => by_arithmetic(figure, charged?, printed.total?),
        }
    };
    Ok(Billed {
        charged,
        usage: quantity(printed.usage, units.usage, Field::Usage)?,
        covered: quantity(printed.deducted, units.usage, Field::Deducted)?,
        price: price(printed.price),
        list_price: price(printed.list_price),
    })
}

/// Returns the figures of a fee: how many cycles or packages, and the price of one. A
/// package sold by its minutes is one package.
pub(super) fn of_fee(record: &Record<'_>, printed: &Printed) -> Billed {
    let measure = Measure::parse(&unit_text(record, Field::Used, Field::UsedUnit));
    let term = Measure::parse(&unit_text(record, Field::Duration, Field::DurationUnit));
    if measure.is_some_and(|measure| measure.dimension == Dimension::Time) {
        return Billed { charged: Some(Quantity::whole(1)), ..Billed::default() };
    }
    let months = term
        .filter(|term| term.dimension == Dimension::Term)
        .and_then(|term| term.quantity(printed.duration?, Unit::Month))
        .map_or(Decimal::ONE, Quantity::decimal);
    let counted = printed.used.and_then(|used| used.checked_mul(months)).and_then(Quantity::from_decimal);
    let unit = record.text(Field::PriceUnit).and_then(|text| PriceUnit::parse(&normalised(text)));
    let price = |figure: Option<Decimal>| match unit {
        Some(unit) => unit.price(figure?, Unit::Month),
        None => Some(PrintedPrice { figure: UnitPrice::checked(figure?)?, per: 1 }),
    };
    Billed { charged: counted, price: price(printed.price), list_price: price(printed.list_price), ..Billed::default() }
}

/// Returns the amount of a row, which every row must have.
pub(super) fn amount(record: &Record<'_>, printed: &Printed, findings: &mut Findings) -> Result<Money, Rejected> {
    printed.total.map(Money::new).ok_or_else(|| {
        findings.add("bill-amount-missing", "", || {
            Diagnostic::error(
                "bill-amount-missing",
                record.at(Field::Total),
                "the row has no amount after discount",
                "Every row of a bill has one, be it 0: export the bill again.",
            )
        });
        Rejected
    })
}

/// Returns the currency: what the row, the header or the price's unit says, else the
/// account's.
pub(super) fn currency(record: &Record<'_>, site: Site) -> String {
    let of_site = match site {
        Site::Cn => "CNY",
        Site::Intl => "USD",
    };
    record.stated_currency().unwrap_or_else(|| of_site.to_owned())
}

/// Returns a unit as the row or else the header of its figure prints it.
fn unit_text(record: &Record<'_>, figure: Field, unit: Field) -> String {
    let text = record.folded(unit);
    if text.is_empty() { record.columns.unit(figure).unwrap_or_default().to_owned() } else { text.into_owned() }
}

impl Units {
    fn read(record: &Record<'_>, item: Item, findings: &mut Findings) -> Result<Self, Rejected> {
        let used_text = unit_text(record, Field::Used, Field::UsedUnit);
        let used = measure(record, &used_text, Field::UsedUnit, item, findings)?;
        let usage = match unit_text(record, Field::Usage, Field::UsageUnit) {
            text if text.is_empty() => used,
            text => measure(record, &text, Field::UsageUnit, item, findings)?,
        };
        let price = if record.columns.layout == Layout::Focus {
            Some(PriceUnit { currency: None, measure: Some(used), divisor: 1, term: None })
        } else {
            price_unit(record, item, findings)
        };
        let duration = Measure::parse(&unit_text(record, Field::Duration, Field::DurationUnit));
        Ok(Self { used, usage, duration, price })
    }
}

/// Returns the measure that a unit names; without a unit the base that the item is counted in.
fn measure(
    record: &Record<'_>,
    text: &str,
    field: Field,
    item: Item,
    findings: &mut Findings,
) -> Result<Measure, Rejected> {
    if text.is_empty() {
        return Ok(Measure::base_of(item.unit()));
    }
    Measure::parse(text).ok_or_else(|| {
        findings.add("bill-unit", text, || {
            Diagnostic::error(
                "bill-unit",
                record.at(field),
                format!("\"{}\" is no unit that is known; {item} is billed in {}", shown(text), item.unit().name()),
                "Expected 分钟, 千分钟, 张, 千张, Mbps, 个, or their English words.",
            )
        });
        Rejected
    })
}

fn refuse_quantity(record: &Record<'_>, field: Field, item: Item, findings: &mut Findings) -> Rejected {
    let unit = unit_text(record, Field::Used, Field::UsedUnit);
    let figure = record.text(field).unwrap_or_default();
    findings.add("bill-quantity", &format!("{item} {unit}"), || {
        Diagnostic::error(
            "bill-quantity",
            record.at(field),
            format!(
                "{} {} is no exact quantity of {item}, which is billed in {}",
                shown(figure),
                shown(&unit),
                item.unit().name()
            ),
            "Check the unit of the row. Seconds are taken where they make minutes of at most 8 decimals.",
        )
    });
    Rejected
}

/// Returns the price's unit; a price for something that cannot be read is left out, with a warning.
fn price_unit(record: &Record<'_>, item: Item, findings: &mut Findings) -> Option<PriceUnit> {
    let text = record.text(Field::PriceUnit)?;
    let unit = PriceUnit::parse(&normalised(text)).filter(|unit| unit.price(Decimal::ONE, item.unit()).is_some());
    if unit.is_none() {
        findings.add("bill-price-unit", text, || {
            Diagnostic::warning(
                "bill-price-unit",
                record.at(Field::PriceUnit),
                format!("\"{}\" is no price unit of {item}, which is billed in {}", shown(text), item.unit().name()),
                "Expected for example 元/千分钟 or USD/1000 minutes. The price is taken as the row's own amount has it.",
            )
        });
    }
    unit
}

/// Returns a price whose unit is not printed: for one unit or for 1,000, as the row's
/// own amount has it.
fn by_arithmetic(figure: Decimal, charged: Quantity, total: Decimal) -> Option<PrintedPrice> {
    let tolerance = Decimal::new(1, 6);
    let product = figure.checked_mul(charged.decimal())?;
    let fits = |per: u32| {
        let amount = Rounding::HalfUp(8).apply(product / Decimal::from(per));
        !amount.is_zero() && (amount - total).abs() <= tolerance
    };
    let per = [1000, 1].into_iter().find(|per| fits(*per))?;
    Some(PrintedPrice { figure: UnitPrice::checked(figure)?, per })
}
