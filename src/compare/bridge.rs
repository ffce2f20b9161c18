//! The bridge from the expected to the billed total: steps of one sign each, what is overcharged first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::finding::{Finding, Kind, Side, Strength};
use super::{Carried, Compared, Sum};
use crate::model::cause::{Cause, Causes};
use crate::model::{Money, UnitPrice};

/// The parts of the bridge, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Proved: the bill is higher than the rules give.
    Overcharged,
    /// Proved: the bill is lower than the rules give.
    Undercharged,
    /// Differences that the data cannot prove.
    Undecided,
    /// Carried beside the findings, or without effect on the sum.
    Carried,
}

/// One step from expected to billed. Its amounts all have one sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeEntry {
    /// Its part of the bridge.
    pub part: Part,
    /// A cause, or `adjustment`, `bill_precision`, `within_tolerance`, `unexplained`.
    pub cause: Causes,
    /// Who must change something, for all its lines; `None` for what is carried beside the findings.
    pub side: Option<Side>,
    /// What differs, if it is the same for all its lines.
    pub kind: Option<Kind>,
    /// Expected and billed unit price, if no cause is known and all its lines have these.
    pub prices: Option<(UnitPrice, UnitPrice)>,
    /// Its share of the difference.
    pub amount: Money,
    /// Number of lines.
    pub count: usize,
}

impl BridgeEntry {
    /// Returns its name for programs: the cause, or the kind where no cause is known.
    #[must_use]
    pub fn code(&self) -> String {
        let kind = self.kind.filter(|_| self.cause.is_unexplained());
        kind.map_or_else(|| self.cause.to_string(), |kind| kind.name().to_owned())
    }
}

/// What makes two findings one step: no cause known, they must be of one kind and of one pair of prices.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    part: Part,
    falls: bool,
    side: Option<Side>,
    cause: Causes,
    kind: Option<Kind>,
    prices: Option<(UnitPrice, UnitPrice)>,
}

/// Returns the steps from expected to billed in the order in which every output lists them: by part, the largest
/// amount first. They add up to the difference.
#[must_use]
pub fn bridge(compared: &Compared) -> Vec<BridgeEntry> {
    let mut steps: BTreeMap<Step, BridgeEntry> = BTreeMap::new();
    for finding in &compared.findings {
        let entry = of_finding(finding);
        let step = steps.entry(step_of(finding, &entry)).or_insert_with(|| entry.clone());
        step.amount += finding.difference();
        step.count += 1;
        step.kind = step.kind.filter(|kind| *kind == finding.kind);
    }
    let carried = [
        (Cause::Adjustment, compared.adjusted),
        (Cause::BillPrecision, compared.precision),
        (Cause::WithinTolerance, compared.forgiven),
    ];
    let carried = carried.into_iter().flat_map(|(cause, sums)| of_carried(&cause, sums));
    let mut bridge: Vec<BridgeEntry> = steps.into_values().chain(carried).collect();
    bridge.sort_by_key(|step| (step.part, Reverse(step.amount.abs())));
    bridge
}

/// Returns the empty step that a finding belongs to.
fn of_finding(finding: &Finding) -> BridgeEntry {
    let cause = if finding.causes.is_unexplained() { Cause::Unexplained.into() } else { finding.causes.clone() };
    let prices = finding.expected.price.zip(finding.billed.price);
    let prices = prices.filter(|_| finding.kind == Kind::UnitPrice && cause.is_unexplained());
    BridgeEntry {
        part: part(finding),
        cause,
        side: Some(finding.side),
        kind: Some(finding.kind),
        prices,
        amount: Money::ZERO,
        count: 0,
    }
}

fn step_of(finding: &Finding, entry: &BridgeEntry) -> Step {
    Step {
        part: entry.part,
        falls: finding.difference() < Money::ZERO,
        side: entry.side,
        cause: entry.cause.clone(),
        kind: entry.kind.filter(|_| entry.cause.is_unexplained()),
        prices: entry.prices,
    }
}

/// Returns the part of the bridge that a finding belongs to.
fn part(finding: &Finding) -> Part {
    let difference = finding.difference();
    match finding.strength {
        _ if difference.is_zero() => Part::Carried,
        Strength::Inconclusive => Part::Undecided,
        Strength::Certain if difference > Money::ZERO => Part::Overcharged,
        Strength::Certain => Part::Undercharged,
    }
}

/// Returns the steps of a carried sum: what raises the bill, and what lowers it.
fn of_carried(cause: &Cause, carried: Carried) -> Vec<BridgeEntry> {
    let step = |sum: Sum| BridgeEntry {
        part: Part::Carried,
        cause: cause.clone().into(),
        side: None,
        kind: None,
        prices: None,
        amount: sum.amount,
        count: sum.count,
    };
    [carried.raised, carried.lowered].into_iter().filter(|sum| sum.count > 0).map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::judge::Figures;
    use crate::compare::pairing::Pairing;
    use rust_decimal::Decimal;

    fn money(text: &str) -> Money {
        Money::new(text.parse::<Decimal>().unwrap())
    }

    fn price(text: &str) -> UnitPrice {
        UnitPrice::new(text.parse::<Decimal>().unwrap())
    }

    fn found(kind: Kind, expected: &str, billed: &str, strength: Strength, cause: Option<Cause>) -> Finding {
        let figures = |amount: &str| Figures { amount: money(amount), ..Figures::NONE };
        let pairing = Pairing { charges: vec![], lines: vec![] };
        let mut finding = Finding::new(kind, pairing, figures(expected), figures(billed), strength);
        finding.causes = Causes(cause.into_iter().collect());
        finding
    }

    #[test]
    fn signs_are_never_mixed_and_the_largest_comes_first() {
        let certain = Strength::Certain;
        let mut compared = Compared {
            findings: vec![
                found(Kind::Quantity, "1", "2", certain, Some(Cause::MonthRounding)),
                found(Kind::Quantity, "5", "2", certain, Some(Cause::MonthRounding)),
                found(Kind::MissingInUsage, "0", "7", certain, None),
                found(Kind::MissingInBill, "4", "0", certain, None),
                found(Kind::Deduction, "1", "9", Strength::Inconclusive, None),
                found(Kind::Currency, "0", "0", certain, None),
            ],
            ..Compared::default()
        };
        compared.precision.add(money("0.01"));
        compared.precision.add(money("-0.03"));
        let shown: Vec<_> = bridge(&compared)
            .iter()
            .map(|step| format!("{:?} {} {:?} {} {}", step.part, step.cause, step.kind, step.amount, step.count))
            .collect();
        assert_eq!(
            shown,
            [
                "Overcharged unexplained Some(MissingInUsage) 7 1",
                "Overcharged month_rounding Some(Quantity) 1 1",
                "Undercharged unexplained Some(MissingInBill) -4 1",
                "Undercharged month_rounding Some(Quantity) -3 1",
                "Undecided unexplained Some(Deduction) 8 1",
                "Carried bill_precision None -0.03 1",
                "Carried bill_precision None 0.01 1",
                "Carried unexplained Some(Currency) 0 1",
            ]
        );
    }

    #[test]
    fn without_a_cause_a_price_is_a_step_of_its_own() {
        let of = |expected: &str, billed: &str| {
            let mut finding = found(Kind::UnitPrice, "1", "2", Strength::Certain, None);
            (finding.expected.price, finding.billed.price) = (Some(price(expected)), Some(price(billed)));
            finding
        };
        let findings = vec![of("3.99", "4.99"), of("3.99", "4.99"), of("1.99", "4.99")];
        let steps = bridge(&Compared { findings, ..Compared::default() });
        assert_eq!(steps.iter().map(|step| step.count).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(steps[0].prices, Some((price("3.99"), price("4.99"))));
    }
}
