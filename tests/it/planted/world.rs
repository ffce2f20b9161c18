//! An account that is rated, and bills made of its charges.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use trtc_recon::case::{Account, folder};
use trtc_recon::causes::{Situation, explain};
use trtc_recon::compare::finding::Finding;
use trtc_recon::compare::{Bill, Compared, Tolerance, compare};
use trtc_recon::model::invoice::{InvoiceLine, LineClass, PrintedPrice};
use trtc_recon::model::usage::Exactness;
use trtc_recon::model::{AppId, Day, Item, Money, Month, Place, Quantity, Span, Stamp, TableRef, UnitPrice, Usage};
use trtc_recon::rate::charge::{Charge, LINE, fee_line};
use trtc_recon::rate::{item_mapping, rate};
use trtc_recon::rules::Cards;
use trtc_recon::rules::build_terms;
use trtc_recon::rules::terms::Terms;

use crate::accounts::{self, Sample};
use crate::reference;

const PLACE: Place = Place { table: TableRef(0), row: 1 };

/// An account, ready to be rated.
pub struct World {
    pub account: Account,
    pub cards: Cards,
    pub period: Month,
    pub usage: Vec<Usage>,
    pub terms: Terms,
    pub charges: Vec<Charge>,
    pub days: BTreeSet<Day>,
    /// Whether the bill prints usage before deduction.
    pub prints_usage: bool,
}

/// What makes lines one.
pub type Key = (Span, Option<AppId>, Option<Item>);

fn usage_of(row: &reference::Usage) -> Usage {
    let item = Item::parse(&row.item).unwrap();
    let (start, end) = (Stamp::from_civil(row.start), Stamp::from_civil(row.end));
    let quantity = item.finest(&reference::plain(row.quantity)).unwrap();
    let seconds = u32::try_from(end - start).unwrap();
    Usage { start, seconds, item, exactness: Exactness::Exact, app: row.app, quantity, place: PLACE }
}

impl World {
    pub fn new(sample: &Sample, prints_usage: bool) -> Self {
        let case = tempfile::tempdir().unwrap();
        fs::write(case.path().join("account.toml"), accounts::account_toml(&sample.account)).unwrap();
        let mut account = folder::open(case.path()).unwrap().account;
        // The evidence is there: the exports hold all usage.
        account.usage_complete = true;
        let (cards, period) = (Cards::embedded(), account.period.unwrap());
        let terms = build_terms::terms(&account, &cards, period).unwrap();
        let mut usage: Vec<Usage> = sample.usage.iter().map(usage_of).collect();
        let refused =
            item_mapping::admit_usage(&mut usage, &terms, |_| trtc_recon::model::diagnostic::At::file("usage"));
        assert!(!refused.has_errors());
        let charges = rate(&usage, &terms).charges;
        let days = Span { from: terms.window.from(), until: terms.window.until() }.days().collect();
        Self { account, cards, period, usage, terms, charges, days, prints_usage }
    }

    pub fn line(&self, charge: &Charge) -> InvoiceLine {
        let printed = |quantity: Quantity| self.prints_usage.then_some(quantity);
        InvoiceLine {
            class: if charge.item.is_fee() { LineClass::Fee } else { LineClass::Usage },
            item: Some(charge.item),
            app: charge.app,
            span: charge.day.span(),
            usage: printed(charge.billable),
            covered: printed(charge.covered),
            charged: Some(charge.charged),
            price: Some(PrintedPrice { figure: UnitPrice::new(LINE.apply(charge.price.decimal())), per: 1 }),
            list_price: None,
            amount: charge.amount,
            foreign: None,
            currency: self.terms.currency().to_owned(),
            decimals: 8,
            paid_at: None,
            transaction: None,
            text: charge.item.id().to_owned(),
            place: PLACE,
        }
    }

    pub fn lines(&self, charges: &[Charge]) -> Vec<InvoiceLine> {
        charges.iter().map(|charge| self.line(charge)).collect()
    }

    pub fn explained(&self, lines: &[InvoiceLine]) -> Compared {
        let possible: Vec<Charge> = self.terms.possible_fees.iter().map(|fee| fee_line(fee, &self.terms)).collect();
        let bill = Bill {
            charges: &self.charges,
            possible: &possible,
            lines,
            currency: self.terms.currency(),
            tolerance: Tolerance::default(),
            days_seen: &self.days,
            refunds: &[],
        };
        let mut compared = compare(&bill);
        let (account, cards, usage, terms) = (&self.account, &self.cards, &self.usage, &self.terms);
        let attested = BTreeSet::new();
        let period = self.period;
        explain(&Situation { account, cards, period, usage, terms, bill, attested: &attested }, &mut compared);
        compared
    }

    /// The figures of each key.
    pub fn figures(lines: &[InvoiceLine]) -> BTreeMap<Key, (Quantity, Money, Vec<UnitPrice>)> {
        let mut figures: BTreeMap<Key, (Quantity, Money, Vec<UnitPrice>)> = BTreeMap::new();
        for line in lines {
            let sum = figures.entry((line.span, line.app, line.item)).or_default();
            sum.0 += line.charged.unwrap();
            sum.1 += line.amount;
            sum.2.push(line.price.unwrap().figure);
        }
        figures
    }

    /// The keys on which a bill differs from the right one.
    pub fn touched(&self, lines: &[InvoiceLine]) -> BTreeSet<Key> {
        let (right, wrong) = (Self::figures(&self.lines(&self.charges)), Self::figures(lines));
        let keys: BTreeSet<&Key> = right.keys().chain(wrong.keys()).collect();
        let nothing = (Quantity::ZERO, Money::ZERO);
        let differs = |key: &&&Key| match (right.get(**key), wrong.get(**key)) {
            (Some(right), Some(wrong)) => (right.0, right.1) != (wrong.0, wrong.1) || right.2[0] != wrong.2[0],
            (Some(one), None) => one.1 != nothing.1,
            (None, Some(one)) => (one.0, one.1) != nothing,
            (None, None) => false,
        };
        keys.iter().filter(differs).map(|key| **key).collect()
    }

    pub fn keys_of(&self, finding: &Finding, lines: &[InvoiceLine]) -> Vec<Key> {
        let charges = finding.pairing.charges.iter().map(|at| &self.charges[*at]);
        let charges = charges.map(|charge| (charge.day.span(), charge.app, Some(charge.item)));
        let lines = finding.pairing.lines.iter().map(|at| &lines[*at]);
        charges.chain(lines.map(|line| (line.span, line.app, line.item))).collect()
    }
}
