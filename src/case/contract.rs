//! `[contract]` of account.toml: discounts, prices, minimum commitments and rebates, each with its days.

use rust_decimal::Decimal;

use super::account::{ContractPrice, Discount, InForce, Minimum, Rebate, RebateOf, Tiering, VolumeBand, VolumeTiers};
use super::read::{each, in_order, item};
use super::section::{Entry, Section};
use crate::model::Day;

/// More than any price is, so that no amount is beyond what is exact.
const LARGEST_PRICE: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);
/// More than any month costs.
const LARGEST_AMOUNT: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// The terms that an account agreed with the vendor.
#[derive(Default)]
pub(super) struct Contract {
    pub discounts: Vec<Discount>,
    pub prices: Vec<ContractPrice>,
    pub minimums: Vec<Minimum>,
    pub rebates: Vec<Rebate>,
}

/// Reads `[contract]`.
pub(super) fn contract(section: Section<'_, '_>) -> Contract {
    let discounts = discounts(&section);
    let prices = each(&section, "price", contract_price);
    let minimums = each(&section, "minimum", minimum);
    let rebates = each(&section, "rebate", rebate);
    section.finish();
    Contract { discounts, prices, minimums, rebates }
}

/// Returns one discount for all time, or a table for each with its days.
fn discounts(section: &Section<'_, '_>) -> Vec<Discount> {
    if !section.is_tables("discount") {
        let factor = factor(section, "discount");
        return factor.map(|factor| Discount { factor, in_force: InForce::ALWAYS }).into_iter().collect();
    }
    let mut found: Vec<Discount> = Vec::new();
    for table in section.tables("discount") {
        let factor = table.required("factor", factor(&table, "factor"));
        let in_force = in_force(&table);
        if found.iter().any(|other| other.in_force.meets(in_force)) {
            let help = "`until` ends a discount; one discount is in force on a day".to_owned();
            table.refuse_line(table.line(), "two discounts are in force on one day".to_owned(), help);
        }
        table.finish();
        found.extend(factor.map(|factor| Discount { factor, in_force }));
    }
    found
}

fn factor(section: &Section<'_, '_>, key: &'static str) -> Option<Decimal> {
    let entry = section.decimal(key)?;
    if entry.value.is_zero() || entry.value > Decimal::ONE || entry.value.scale() > 8 {
        let message = format!("{key} is {}; expected a factor such as \"0.85\"", entry.value);
        section.refuse_at(&entry.at, message, "0.85 means that 85 of 100 are paid".to_owned());
    }
    Some(entry.value)
}

/// Returns the days of an entry, half-open; a day that is absent sets no bound.
fn in_force(section: &Section<'_, '_>) -> InForce {
    let from = section.day("from");
    let until = section.day("until");
    if let (Some(from), Some(until)) = (&from, &until) {
        let end = Entry { value: until.value.start(), at: until.at.clone() };
        in_order(section, from.value.start(), &end);
    }
    let day = |entry: Option<Entry<Day>>| entry.map(|entry| entry.value);
    InForce { from: day(from), until: day(until) }
}

fn price(section: &Section<'_, '_>) -> Option<Decimal> {
    let entry = section.required("price", section.decimal("price"))?;
    if entry.value > LARGEST_PRICE {
        let message = format!("price is {}; expected at most {LARGEST_PRICE}", entry.value);
        let help = "a price is per 1,000 minutes, as the card of that item has it";
        section.refuse_at(&entry.at, message, help.to_owned());
    }
    Some(entry.value)
}

fn contract_price(section: Section<'_, '_>) -> Option<ContractPrice> {
    let item = item(&section);
    let by_volume = section.is_tables("tiers");
    let tiers = volume_tiers(&section);
    let own = if by_volume { section.decimal("price").map(|entry| entry.value) } else { price(&section) };
    if by_volume && own.is_some() {
        let help = "give one: `price`, or `tiers` with `tiering`".to_owned();
        section.refuse_line(section.line(), "the item has a price and prices by volume".to_owned(), help);
    }
    let price = tiers.as_ref().and_then(|tiers| tiers.bands.first()).map_or(own, |band| Some(band.price));
    let from = section.required("from", section.day("from"));
    let until = section.day("until");
    if let (Some(from), Some(until)) = (&from, &until) {
        let end = Entry { value: until.value.start(), at: until.at.clone() };
        in_order(&section, from.value.start(), &end);
    }
    section.finish();
    let until = until.map(|entry| entry.value);
    Some(ContractPrice { item: item?, price: price?, tiers, from: from?.value, until })
}

/// `tiers`: prices by the month's volume, each up to a volume, the last without limit.
fn volume_tiers(section: &Section<'_, '_>) -> Option<VolumeTiers> {
    let choices = [("graduated", Tiering::Graduated), ("total", Tiering::Total)];
    let tiering = section.choice("tiering", &choices);
    let band = |table: Section<'_, '_>| {
        let up_to = table.decimal("up_to").map(|entry| entry.value);
        let price = price(&table);
        table.finish();
        Some(VolumeBand { up_to, price: price? })
    };
    let bands = each(section, "tiers", band);
    if !section.is_tables("tiers") {
        return None;
    }
    let tiering = section.required("tiering", tiering);
    let rises = bands.windows(2).all(|pair| match (pair[0].up_to, pair[1].up_to) {
        (Some(lower), Some(upper)) => lower < upper,
        (lower, _) => lower.is_some(),
    });
    let open = bands.last().is_some_and(|last| last.up_to.is_none());
    let whole = bands.iter().filter_map(|band| band.up_to).all(|up_to| up_to.fract().is_zero() && !up_to.is_zero());
    if !(rises && open && whole) {
        let help = "list them by rising `up_to`, whole billing units such as \"100000\"; the last has no `up_to`";
        let message = "the tiers do not part the volume".to_owned();
        section.refuse_line(section.line(), message, help.to_owned());
        return None;
    }
    Some(VolumeTiers { tiering: tiering?, bands })
}

fn amount(section: &Section<'_, '_>) -> Option<Decimal> {
    let entry = section.decimal("amount")?;
    if entry.value > LARGEST_AMOUNT || entry.value.scale() > 8 {
        let message = format!("amount is {}; expected at most {LARGEST_AMOUNT} with 8 decimals", entry.value);
        section.refuse_at(&entry.at, message, "an amount is in the currency of the account".to_owned());
    }
    Some(entry.value)
}

fn minimum(section: Section<'_, '_>) -> Option<Minimum> {
    let amount = section.required("amount", amount(&section));
    let in_force = in_force(&section);
    section.finish();
    Some(Minimum { amount: amount?, in_force })
}

fn rebate(section: Section<'_, '_>) -> Option<Rebate> {
    let rate = factor(&section, "rate");
    let amount = amount(&section);
    let in_force = in_force(&section);
    let of = match (rate, amount) {
        (Some(rate), None) => Some(RebateOf::Rate(rate)),
        (None, Some(amount)) => Some(RebateOf::Amount(amount)),
        _ => {
            let help = "give one: `rate` of the month's charges, or an `amount`".to_owned();
            section.refuse_line(section.line(), "a rebate has either a rate or an amount".to_owned(), help);
            None
        }
    };
    section.finish();
    Some(Rebate { of: of?, in_force })
}
