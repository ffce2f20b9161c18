//! The payable total by department and application. Pure.
//!
//! Usage is its application's. A fee is parted by what its package covered of each application in the month; the
//! minutes that nothing used, relayed bandwidth and costs of the account are parted by stated keys. Parts are exact to
//! 8 decimals and add up to the charge; cents are settled by largest remainder, first between departments, then
//! between the applications of each, then between the lines of each, so that every level adds up to the one above.

pub mod apportion;
pub mod journal;
pub mod key;
pub mod text;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::case::Account;
use crate::model::{AppId, Item, Money, Month, PackMinutes, Runs, Unit};
use crate::rate::charge::Charge;
use crate::rate::purchases::grants_bought;
use crate::report::Report;
use apportion::{by_weight, decimal, rounded, units};
pub use key::{Key, Keys, Pot};

/// Decimals of a charge, and of the parts of it.
const EXACT: u32 = 8;
/// Exact units of a cent.
const A_CENT: i128 = 1_000_000;

/// A rated month that is allocated.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Who the account is, with the departments of its applications.
    pub account: &'a Account,
    /// The usage by which relayed bandwidth is parted.
    pub usage: &'a Runs,
    /// The charges and deductions.
    pub report: &'a Report,
    /// The month whose relayed bandwidth the bill settles.
    pub settled: Month,
}

/// Who bears a cost.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The department; `None` where the application has none.
    pub department: Option<String>,
    /// The application; `None` where the department as a whole bears it.
    pub app: Option<AppId>,
}

/// The kind of a cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cost {
    /// Usage as charged.
    Usage,
    /// The part of a fee that its minutes covered usage with.
    Covered,
    /// The part of a fee whose minutes nothing used in the month.
    Unused,
    /// A fee without minutes.
    Fee,
    /// A charge of the account as a whole.
    Shared,
}

/// A part of one charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Who bears it.
    pub owner: Owner,
    /// The kind of cost.
    pub cost: Cost,
    /// The key by which it was found; empty where the charge is the owner's own.
    pub key: String,
    /// The amount in 1e-8 of the currency.
    pub amount: i128,
    /// The charged quantity in 1e-8 of the billing unit.
    pub quantity: i128,
}

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Who bears it.
    pub owner: Owner,
    /// The kind of cost.
    pub cost: Cost,
    /// The item.
    pub item: Item,
    /// The key by which it was found; empty where the charges are the owner's own.
    pub key: String,
    /// The exact sum.
    pub exact: Money,
    /// The posted amount, in cents.
    pub cents: i128,
}

/// An allocated month.
#[derive(Debug, Clone)]
pub struct Allocation {
    /// The parts of each charge, in the order of the charges.
    pub parts: Vec<Vec<Part>>,
    /// The lines of the journal, by department, application, cost, item.
    pub lines: Vec<Line>,
    /// The payable total in cents, to which the lines add up.
    pub payable: i128,
}

impl Cost {
    /// Its name in the journal.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Covered => "covered",
            Self::Unused => "unused",
            Self::Fee => "fee",
            Self::Shared => "shared",
        }
    }
}

/// Allocates a month.
#[must_use]
pub fn allocate(subject: &Subject<'_>, keys: &Keys) -> Allocation {
    let weights = Weights::of(subject, keys);
    let report = subject.report;
    let bought = grants_bought(&report.charges, &report.grants, &report.grant_costs);
    let parts: Vec<Vec<Part>> =
        report.charges.iter().zip(bought).map(|(charge, grant)| weights.parts(charge, grant)).collect();
    let payable = units(report.payable_total.decimal(), 2);
    let lines = lines(&report.charges, &parts, payable);
    Allocation { parts, lines, payable }
}

/// The weights of applications by each key.
struct Weights<'a> {
    subject: &'a Subject<'a>,
    keys: &'a Keys,
    /// Charges for usage, in 1e-8.
    cost: BTreeMap<AppId, i128>,
    /// Billable minutes, in 1e-8.
    minutes: BTreeMap<AppId, i128>,
}

impl<'a> Weights<'a> {
    fn of(subject: &'a Subject<'a>, keys: &'a Keys) -> Self {
        let (mut cost, mut minutes) = (BTreeMap::new(), BTreeMap::new());
        let usage = subject.report.charges.iter().filter(|charge| !charge.item.is_fee());
        for (app, charge) in usage.filter_map(|charge| Some((charge.app?, charge))) {
            *cost.entry(app).or_default() += units(charge.amount.decimal(), EXACT);
            let billable = if charge.item.unit() == Unit::Minute { charge.billable.decimal() } else { Decimal::ZERO };
            *minutes.entry(app).or_default() += units(billable, EXACT);
        }
        Self { subject, keys, cost, minutes }
    }

    /// Returns who bears a charge, each with a part of the charged quantity.
    fn parts(&self, charge: &Charge, grant: Option<usize>) -> Vec<Part> {
        let mut parts = self.owners(charge, grant);
        let amounts: Vec<i128> = parts.iter().map(|part| part.amount).collect();
        let charged = units(charge.charged.decimal(), EXACT);
        if amounts.iter().any(|amount| *amount != 0) {
            parts.iter_mut().zip(by_weight(charged, &amounts)).for_each(|(part, quantity)| part.quantity = quantity);
        }
        parts
    }

    fn owners(&self, charge: &Charge, grant: Option<usize>) -> Vec<Part> {
        let amount = units(charge.amount.decimal(), EXACT);
        if charge.item == Item::shortfall() {
            return self.by_key(Cost::Shared, amount, Pot::Minimum, &BTreeMap::new());
        }
        match (charge.app, charge.item.is_fee(), grant) {
            (Some(app), false, _) => self.own(Cost::Usage, app, amount),
            (_, true, Some(grant)) => self.of_package(charge, amount, grant),
            (Some(app), true, None) => self.own(Cost::Fee, app, amount),
            (None, true, None) => self.by_key(Cost::Fee, amount, Pot::Fees, &BTreeMap::new()),
            // Of usage only relayed bandwidth is the account's.
            (None, false, _) => self.by_key(Cost::Shared, amount, Pot::Relay, &self.samples(charge.item)),
        }
    }

    fn owner(&self, app: AppId) -> Owner {
        let known = self.subject.account.apps.iter().find(|known| known.id == app);
        Owner { department: known.and_then(|known| known.department.clone()), app: Some(app) }
    }

    /// A cost that is one application's.
    fn own(&self, cost: Cost, app: AppId, amount: i128) -> Vec<Part> {
        vec![part(self.owner(app), cost, "", amount)]
    }

    /// Returns a fee whose package covered usage: by the package minutes that each application took; the rest is
    /// unused.
    fn of_package(&self, charge: &Charge, amount: i128, grant: usize) -> Vec<Part> {
        let report = self.subject.report;
        let mut taken: BTreeMap<AppId, PackMinutes> = BTreeMap::new();
        for deduction in report.drawdown.iter().filter(|deduction| deduction.grant == grant) {
            *taken.entry(deduction.app).or_default() += deduction.taken;
        }
        let weight = |minutes: PackMinutes| units(minutes.decimal(), PackMinutes::PLACES);
        let taken: BTreeMap<AppId, i128> = taken.into_iter().map(|(app, minutes)| (app, weight(minutes))).collect();
        let used: i128 = taken.values().sum();
        let granted = weight(report.grants[grant].granted).max(used);
        if granted == 0 {
            return self.unused(charge, amount, &taken);
        }
        let covered = by_weight(amount, &[used, granted - used])[0];
        let mut parts = if used == 0 { Vec::new() } else { self.weighed(Cost::Covered, covered, "", &taken) };
        if covered < amount {
            parts.extend(self.unused(charge, amount - covered, &taken));
        }
        parts
    }

    /// Returns the part of a fee that nothing used: its application's, where it has one.
    fn unused(&self, charge: &Charge, amount: i128, taken: &BTreeMap<AppId, i128>) -> Vec<Part> {
        match charge.app {
            Some(app) => self.own(Cost::Unused, app, amount),
            None => self.by_key(Cost::Unused, amount, Pot::Unused, taken),
        }
    }

    /// A cost by the key of a pot; `own` is what `covered` and `samples` weigh by. Where a key has nothing to weigh by,
    /// the next of charges, minutes and equal parts is taken.
    fn by_key(&self, cost: Cost, amount: i128, pot: Pot, own: &BTreeMap<AppId, i128>) -> Vec<Part> {
        let key = self.keys.of(pot);
        let equal: BTreeMap<AppId, i128> = match self.cost.len() {
            0 => self.subject.account.apps.iter().map(|app| (app.id, 1)).collect(),
            _ => self.cost.keys().map(|app| (*app, 1)).collect(),
        };
        let first = match key {
            Key::Department(name) => {
                let owner = Owner { department: Some(name.clone()), app: None };
                return vec![part(owner, cost, &key.name(), amount)];
            }
            Key::App(app) => return vec![part(self.owner(*app), cost, &key.name(), amount)],
            Key::Covered | Key::Samples => (key, own),
            Key::Cost => (key, &self.cost),
            Key::Minutes => (key, &self.minutes),
            Key::Equal => (key, &equal),
        };
        let next = [first, (&Key::Cost, &self.cost), (&Key::Minutes, &self.minutes), (&Key::Equal, &equal)];
        match next.into_iter().find(|(_, weights)| weights.values().any(|weight| *weight > 0)) {
            Some((key, weights)) => self.weighed(cost, amount, &key.name(), weights),
            None => vec![part(Owner { department: None, app: None }, cost, "", amount)],
        }
    }

    /// A cost by weights of applications.
    fn weighed(&self, cost: Cost, amount: i128, key: &str, weights: &BTreeMap<AppId, i128>) -> Vec<Part> {
        let of: Vec<i128> = weights.values().copied().collect();
        let parts = weights.keys().zip(by_weight(amount, &of)).filter(|(_, amount)| *amount != 0);
        parts.map(|(app, amount)| part(self.owner(*app), cost, key, amount)).collect()
    }

    /// Returns the relayed bandwidth of each application, summed over the month.
    fn samples(&self, item: Item) -> BTreeMap<AppId, i128> {
        let month = self.subject.settled.span();
        let mut sums = BTreeMap::new();
        for run in self.subject.usage.runs().iter().filter(|run| run.kind.item == item && item.unit() == Unit::Mbps) {
            let of_month = run.iter().filter(|usage| month.contains(usage.start));
            *sums.entry(run.kind.app).or_default() += of_month.map(|usage| i128::from(usage.quantity)).sum::<i128>();
        }
        sums
    }
}

/// Returns a part whose quantity is not known yet.
fn part(owner: Owner, cost: Cost, key: &str, amount: i128) -> Part {
    Part { owner, cost, key: key.to_owned(), amount, quantity: 0 }
}

/// Returns the journal: departments share the payable total in cents, applications share their department's, lines
/// share their application's.
fn lines(charges: &[Charge], parts: &[Vec<Part>], payable: i128) -> Vec<Line> {
    type OfApp<'a> = BTreeMap<(Cost, Item, &'a str), i128>;
    let mut sums: BTreeMap<&Option<String>, BTreeMap<Option<AppId>, OfApp<'_>>> = BTreeMap::new();
    for (charge, parts) in charges.iter().zip(parts) {
        for part in parts.iter().filter(|part| part.amount != 0) {
            let of_app = sums.entry(&part.owner.department).or_default().entry(part.owner.app).or_default();
            *of_app.entry((part.cost, charge.item, part.key.as_str())).or_default() += part.amount;
        }
    }
    let app_sum = |lines: &OfApp<'_>| lines.values().sum::<i128>();
    let departments: Vec<i128> = sums.values().map(|apps| apps.values().map(app_sum).sum()).collect();
    let mut lines = Vec::new();
    for ((department, apps), cents) in sums.iter().zip(rounded(payable, &departments, A_CENT)) {
        let of_apps: Vec<i128> = apps.values().map(app_sum).collect();
        for ((app, of), cents) in apps.iter().zip(rounded(cents, &of_apps, A_CENT)) {
            let exact: Vec<i128> = of.values().copied().collect();
            for (((cost, item, key), exact), cents) in of.iter().zip(rounded(cents, &exact, A_CENT)) {
                let owner = Owner { department: (*department).clone(), app: *app };
                let exact = Money::new(decimal(*exact, EXACT));
                lines.push(Line { owner, cost: *cost, item: *item, key: (*key).to_owned(), exact, cents });
            }
        }
    }
    lines
}
