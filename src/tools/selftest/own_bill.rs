//! The case's own bill, and how it would look under other charges.

use std::collections::{BTreeMap, BTreeSet};

use super::{Key, Said, key, keys};
use crate::causes::{Situation, explain};
use crate::compare::finding::Finding;
use crate::compare::judge::Figures;
use crate::compare::other_lines::bills;
use crate::compare::{Bill, compare, pair_usage};
use crate::model::invoice::{InvoiceLine, LineClass, PrintedPrice};
use crate::model::{Item, Money, Quantity, Rounding, UnitPrice, Usage};
use crate::rate::charge::{Charge, LINE};
use crate::rate::rate;
use crate::rules::terms::Terms;

/// A bill that errors are planted in. What is wrong with it already stays as it
/// is, and counts neither as found nor as false.
pub(super) struct OwnBill<'a> {
    /// The account with its own bill.
    pub situation: Situation<'a>,
    /// Lines that agree, by position.
    sound: BTreeSet<usize>,
    /// The findings that exist already, each with its keys and its difference.
    known: Vec<(Vec<Key>, Money)>,
}

impl<'a> OwnBill<'a> {
    pub(super) fn of(situation: &Situation<'a>) -> Self {
        let bill = situation.bill;
        let mut compared = compare(&bill);
        // As it will be looked at: the search may also say which lines belong together.
        explain(situation, &mut compared);
        let wrong: BTreeSet<usize> = compared.findings.iter().flat_map(|f| f.pairing.lines.clone()).collect();
        let sound = (0..bill.lines.len()).filter(|at| !wrong.contains(at)).collect();
        let known = compared.findings.iter().map(|finding| (keys(finding, &bill), finding.difference())).collect();
        Self { situation: *situation, sound, known }
    }

    /// Returns true if there is no line to plant an error in.
    pub(super) fn is_empty(&self) -> bool {
        self.sound.is_empty()
    }

    /// Returns true if the bill differed there, and by as much, before anything was planted.
    pub(super) fn knew(&self, finding: &Finding, keys: &[Key]) -> bool {
        self.known.iter().any(|(known, difference)| known == keys && *difference == finding.difference())
    }

    /// Returns the sound lines of a class with their positions, the largest amount first.
    pub(super) fn largest(&self, class: LineClass) -> Vec<(usize, &'a InvoiceLine)> {
        let lines = self.situation.bill.lines;
        let mut sound: Vec<_> =
            self.sound.iter().map(|at| (*at, &lines[*at])).filter(|(_, line)| line.class == class).collect();
        sound.sort_by_key(|(at, line)| (std::cmp::Reverse(line.amount), *at));
        sound
    }

    /// Returns the bill's lines, to be changed.
    pub(super) fn lines(&self) -> Vec<InvoiceLine> {
        self.situation.bill.lines.to_vec()
    }

    /// Returns the bill as it would be under changed rules.
    pub(super) fn under(&self, edit: impl Fn(&mut Terms)) -> Vec<InvoiceLine> {
        let mut terms = self.situation.terms.clone();
        edit(&mut terms);
        self.rebilled(&rate(self.situation.usage, &terms).charges)
    }

    /// Returns the bill as it would be of changed usage.
    pub(super) fn of_usage(&self, edit: impl Fn(&mut Vec<Usage>)) -> Vec<InvoiceLine> {
        let mut usage = self.situation.usage.to_vec();
        edit(&mut usage);
        self.rebilled(&rate(&usage, self.situation.terms).charges)
    }

    /// Returns the bill with the figures of other charges on the lines that are sound.
    pub(super) fn rebilled(&self, charges: &[Charge]) -> Vec<InvoiceLine> {
        let mut lines = self.lines();
        let bill = Bill { charges, ..self.situation.bill };
        for pairing in pair_usage(&bill) {
            let due = pairing.charges.iter().map(|at| &charges[*at]);
            match pairing.lines.as_slice() {
                [] => lines.extend(due.filter_map(|charge| self.added(charge))),
                [one] if self.sound.contains(one) => {
                    let figures = if pairing.charges.is_empty() {
                        Figures {
                            charged: Some(Quantity::ZERO),
                            usage: Some(Quantity::ZERO),
                            covered: Some(Quantity::ZERO),
                            ..Figures::NONE
                        }
                    } else {
                        Figures::of_charges(due)
                    };
                    write(&mut lines[*one], &figures);
                }
                _ => {}
            }
        }
        for charge in charges.iter().filter(|charge| charge.item.is_fee()) {
            for at in &self.sound {
                if lines[*at].class == LineClass::Fee && bills(&lines[*at], charge) {
                    lines[*at].amount = charge.amount.round(Rounding::HalfUp(lines[*at].decimals));
                }
            }
        }
        lines
    }

    /// Returns a line for a charge that the account does not have: after the likeness of one of its service.
    fn added(&self, charge: &Charge) -> Option<InvoiceLine> {
        let same = |own: &&Charge| (own.day, own.app, own.item) == (charge.day, charge.app, charge.item);
        let had = self.situation.bill.charges.iter().find(same);
        if charge.amount.is_zero() || had.is_some_and(|own| !own.amount.is_zero()) {
            return None;
        }
        let (_, like) = self.largest(LineClass::Usage).into_iter().find(|(_, line)| line.item == Some(charge.item))?;
        let mut line = InvoiceLine { span: charge.day.span(), app: charge.app, transaction: None, ..like.clone() };
        write(&mut line, &Figures::of_charges(std::iter::once(charge)));
        Some(line)
    }

    /// Returns what differs between the bill and one with an error planted in it.
    pub(super) fn touched(&self, lines: &[InvoiceLine]) -> BTreeSet<Key> {
        let (right, wrong) = (figures(self.situation.bill.lines), figures(lines));
        let keys: BTreeSet<&Key> = right.keys().chain(wrong.keys()).collect();
        let nothing = |said: Option<&Said>| said.is_none_or(|said| said.amount.is_zero());
        let differs = |key: &&Key| {
            let (right, wrong) = (right.get(*key), wrong.get(*key));
            right != wrong && !(right.is_none() && nothing(wrong)) && !(wrong.is_none() && nothing(right))
        };
        keys.into_iter().filter(differs).copied().collect()
    }

    /// Returns the price of one unit of an item on the days of a line, as the account pays it.
    pub(super) fn price(&self, item: Item, line: &InvoiceLine) -> Option<UnitPrice> {
        let terms = self.situation.terms;
        terms.price_of(item, line.span.from.day(), &terms.segments[terms.segment(line.span.from)])
    }
}

fn figures(lines: &[InvoiceLine]) -> BTreeMap<Key, Said> {
    let mut all: BTreeMap<Key, Said> = BTreeMap::new();
    for line in lines {
        let said = all.entry(key(line)).or_default();
        said.lines += 1;
        said.charged = if said.lines == 1 { line.charged } else { said.charged.zip(line.charged).map(|(a, b)| a + b) };
        said.amount += line.amount;
        said.prices.push(line.price.map(|price| price.figure));
        said.currencies.push(line.currency.clone());
    }
    all
}

/// Puts figures on a line, as far as it prints them.
pub(super) fn write(line: &mut InvoiceLine, figures: &Figures) {
    let printed = |was: Option<Quantity>, is: Option<Quantity>| was.and(is);
    line.usage = printed(line.usage, figures.usage);
    line.covered = printed(line.covered, figures.covered);
    line.charged = printed(line.charged, figures.charged);
    line.amount = figures.amount.round(Rounding::HalfUp(line.decimals));
    if let (Some(was), Some(price)) = (line.price, figures.price) {
        line.price = Some(reprinted(was, price));
    }
}

/// Another price as the line prints prices.
pub(super) fn reprinted(was: PrintedPrice, price: UnitPrice) -> PrintedPrice {
    let figure = LINE.apply(price.decimal() * rust_decimal::Decimal::from(was.per));
    PrintedPrice { figure: UnitPrice::new(figure), per: was.per }
}
