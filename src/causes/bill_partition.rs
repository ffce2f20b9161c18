//! The bill in parts that can be held against the charges each by itself: a
//! change that touches some lines is compared there alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::incremental_rating::{Changed, Rerating};
use crate::compare::finding::Finding;
use crate::compare::judge::{Judgement, judge, other_usage};
use crate::compare::pairing::{Pairing, pair};
use crate::compare::{Bill, Compared, Kind, Tolerance, other_lines};
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::{AppId, Item, Money, Span};
use crate::rate::charge::{Charge, LINE, LineKey, Settled};

/// Something that does not agree: a bill line, or a charge without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A bill line, by its position.
    Line(usize),
    /// A charge.
    Charge(Settled, Option<AppId>, Item),
}

/// Everything of a part that does not agree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// In what is charged.
    pub charged: BTreeSet<Mark>,
    /// In what is charged or in the usage before deduction.
    pub printed: BTreeSet<Mark>,
    /// The money by which it is off, over and under alike.
    pub off: Money,
}

/// A part: lines and charges that may belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Usage of an item and application, where every line names both.
    Of(Option<Item>, Option<AppId>),
    /// Fees.
    Fees,
}

/// The bill, cut.
#[derive(Debug)]
pub struct Parts<'a> {
    bill: Bill<'a>,
    lines: HashMap<Part, Vec<usize>>,
    /// True if every usage line names an item.
    by_item: bool,
    /// Items of which no line and no charge is without an application.
    by_app: BTreeSet<Item>,
    sums: bool,
}

/// A scenario's differences from the bill.
#[derive(Debug, Default)]
pub struct Standing {
    /// The charges of each part, by their lines.
    charges: HashMap<Part, Vec<LineKey>>,
    /// The bill lines and charges that do not agree, by part.
    pub marks: BTreeMap<Part, Marks>,
}

impl<'a> Parts<'a> {
    /// Cuts a bill.
    #[must_use]
    pub fn new(bill: &Bill<'a>) -> Self {
        let of_usage = |line: &&InvoiceLine| matches!(line.class, LineClass::Usage | LineClass::Total);
        let sums = bill.is_sums();
        let by_item = !sums && bill.lines.iter().filter(of_usage).all(|line| line.item.is_some());
        let lines = bill.lines.iter().filter(of_usage).filter_map(|line| Some((line.item?, line.app)));
        let sites = || lines.clone().chain(bill.charges.iter().map(|charge| (charge.item, charge.app)));
        let account_wide: BTreeSet<Item> = sites().filter(|(_, app)| app.is_none()).map(|(item, _)| item).collect();
        let by_app = Item::all().filter(|item| !account_wide.contains(item)).collect();
        let mut parts = Self { bill: *bill, lines: HashMap::new(), by_item, by_app, sums };
        for at in 0..bill.lines.len() {
            if let Some(part) = parts.of_line(at) {
                parts.lines.entry(part).or_default().push(at);
            }
        }
        parts
    }

    fn of(&self, item: Option<Item>, app: Option<AppId>) -> Part {
        match item.filter(|_| self.by_item) {
            None => Part::Of(None, None),
            Some(item) => Part::Of(Some(item), app.filter(|_| self.by_app.contains(&item))),
        }
    }

    /// Returns the part of a line of usage or fees.
    #[must_use]
    pub fn of_line(&self, at: usize) -> Option<Part> {
        let line = &self.bill.lines[at];
        match line.class {
            LineClass::Usage | LineClass::Total => Some(self.of(line.item, line.app)),
            LineClass::Fee => Some(Part::Fees),
            LineClass::Refund | LineClass::Adjustment | LineClass::Precision => None,
        }
    }

    /// Returns the part of a mark.
    #[must_use]
    pub fn of_mark(&self, mark: &Mark) -> Option<Part> {
        match *mark {
            Mark::Line(at) => self.of_line(at),
            Mark::Charge(_, app, item) if !item.is_fee() => Some(self.of(Some(item), app)),
            Mark::Charge(..) => Some(Part::Fees),
        }
    }

    fn of_key(&self, key: &LineKey) -> Part {
        self.of(Some(key.2), key.1)
    }

    /// Returns how a whole scenario stands.
    #[must_use]
    pub fn standing(&self, rerating: &Rerating<'_>) -> Standing {
        let mut standing = Standing::default();
        for key in rerating.charges.keys() {
            standing.charges.entry(self.of_key(key)).or_default().push(*key);
        }
        let parts: BTreeSet<Part> = standing.charges.keys().chain(self.lines.keys()).copied().collect();
        let unchanged = Changed { repeats: rerating.scenario.repeats, ..Changed::default() };
        for part in parts.into_iter().chain([Part::Fees]) {
            let marks = self.under(rerating, &standing, &unchanged, part, &[]);
            standing.marks.insert(part, marks);
        }
        standing
    }

    /// The parts that a change touches, with the lines that are new there.
    #[must_use]
    pub fn touched(&self, rerating: &Rerating<'_>, changed: &Changed) -> BTreeMap<Part, Vec<LineKey>> {
        let mut parts: BTreeMap<Part, Vec<LineKey>> = BTreeMap::new();
        for key in changed.lines.keys() {
            let fresh = parts.entry(self.of_key(key)).or_default();
            if !rerating.charges.contains_key(key) {
                fresh.push(*key);
            }
        }
        if changed.fees.is_some() {
            parts.entry(if self.sums { self.of(None, None) } else { Part::Fees }).or_default();
        }
        if changed.repeats {
            let several = self.lines.iter().filter(|(part, lines)| lines.len() > 1 && **part != Part::Fees);
            for (part, _) in several {
                parts.entry(*part).or_default();
            }
        }
        parts
    }

    /// Returns what of a part does not agree under a change.
    #[must_use]
    pub fn under(
        &self,
        rerating: &Rerating<'_>,
        standing: &Standing,
        changed: &Changed,
        part: Part,
        fresh: &[LineKey],
    ) -> Marks {
        let fees = changed.fees.as_ref().map_or((&rerating.fees, &rerating.possible), |fees| (&fees.0, &fees.1));
        if part == Part::Fees {
            return self.fees(fees.0, fees.1);
        }
        let keys = standing.charges.get(&part).map(Vec::as_slice).unwrap_or_default();
        let charge = |key: &LineKey| match changed.lines.get(key) {
            Some(other) => other.clone(),
            None => rerating.charges.get(key).cloned(),
        };
        let mut charges: Vec<Charge> = keys.iter().chain(fresh).filter_map(charge).collect();
        if self.sums {
            charges.extend(fees.0.iter().cloned());
        }
        let lines = self.lines.get(&part).map(Vec::as_slice).unwrap_or_default();
        if changed.repeats || rerating.scenario.repeats {
            self.repeat(&mut charges, lines);
        }
        self.usage(&charges, lines)
    }

    fn usage(&self, charges: &[Charge], lines: &[usize]) -> Marks {
        let bill = Bill { charges, ..self.bill };
        let pairings = if self.sums {
            vec![Pairing { charges: (0..charges.len()).collect(), lines: lines.to_vec() }]
        } else {
            let due: Vec<(usize, &Charge)> = charges.iter().enumerate().collect();
            let billed: Vec<(usize, &InvoiceLine)> = lines.iter().map(|at| (*at, &bill.lines[*at])).collect();
            pair(&due, &billed)
        };
        let mut marks = Marks::default();
        for pairing in pairings {
            match judge(&pairing, &bill) {
                Judgement::Differs(finding) => {
                    marks.off += finding.difference().abs();
                    marks.charged.extend(marks_of(&finding, charges));
                }
                Judgement::Agrees(_) if other_usage(&pairing, &bill) => {
                    marks.printed.extend(pairing.lines.iter().map(|line| Mark::Line(*line)));
                }
                Judgement::Agrees(_) | Judgement::Forgiven(_) => {}
            }
        }
        marks.printed.extend(marks.charged.iter().copied());
        marks
    }

    fn fees(&self, fees: &[Charge], possible: &[Charge]) -> Marks {
        let bill = Bill { charges: fees, possible, ..self.bill };
        let mut compared = Compared::default();
        other_lines::fees(&bill, &mut compared);
        let charged: BTreeSet<Mark> = compared.findings.iter().flat_map(|finding| marks_of(finding, fees)).collect();
        let off = compared.findings.iter().map(|finding| finding.difference().abs()).sum();
        Marks { printed: charged.clone(), charged, off }
    }

    /// Charges as often as lines of their own repeat one another.
    fn repeat(&self, charges: &mut [Charge], lines: &[usize]) {
        for charge in charges {
            let own = |line: &&InvoiceLine| {
                (line.item, line.app, line.span) == (Some(charge.item), charge.app, charge.day.span())
            };
            let mut mine = lines.iter().map(|at| &self.bill.lines[*at]).filter(own);
            let Some(first) = mine.next() else { continue };
            let figures = |line: &InvoiceLine| (line.charged, line.price, line.amount);
            if mine.clone().any(|line| figures(line) != figures(first)) {
                continue;
            }
            let once = charge.clone();
            for _ in mine {
                charge.metered += once.metered;
                charge.billable += once.billable;
                charge.covered += once.covered;
                charge.charged += once.charged;
                charge.amount += once.price.times(once.charged, LINE);
            }
        }
    }
}

/// Returns what a finding is about: its lines; the charges where there is none.
#[must_use]
pub fn marks_of(finding: &Finding, charges: &[Charge]) -> Vec<Mark> {
    let pairing = &finding.pairing;
    let mut marks: Vec<Mark> = pairing.lines.iter().map(|line| Mark::Line(*line)).collect();
    if marks.is_empty() || finding.kind == Kind::Item {
        let charge = |at: &usize| Mark::Charge(charges[*at].day, charges[*at].app, charges[*at].item);
        marks.extend(pairing.charges.iter().map(charge));
    }
    marks
}

/// The key of lines of charges, without the card.
pub type Line = (Settled, Option<AppId>, Item);

/// Returns the lines that a finding is about, as charges are told apart.
#[must_use]
pub fn lines_of(finding: &Finding, bill: &Bill<'_>) -> BTreeSet<Line> {
    let due = finding.pairing.charges.iter().map(|at| &bill.charges[*at]);
    let billed = finding.pairing.lines.iter().filter_map(|at| {
        let line = &bill.lines[*at];
        let day = line.span.from.day();
        let settled = if line.span == day.span() { Settled::Day(day) } else { Settled::Month(day.month()) };
        Some((settled, line.app, line.item?))
    });
    due.map(|charge| (charge.day, charge.app, charge.item)).chain(billed).collect()
}

/// Returns true if every usage line of a bill is that of one charge, held against it without tolerance.
#[must_use]
pub fn is_line_by_line(bill: &Bill<'_>) -> bool {
    let due: BTreeSet<(Item, Span)> = bill.charges.iter().map(|charge| (charge.item, charge.day.span())).collect();
    let usage = bill.lines.iter().filter(|line| matches!(line.class, LineClass::Usage | LineClass::Total));
    let own = |line: &InvoiceLine| {
        let is_day = line.span == line.span.from.day().span();
        line.item.is_some_and(|item| is_day || due.contains(&(item, line.span)))
    };
    !bill.is_sums() && bill.tolerance == Tolerance::default() && usage.into_iter().all(own)
}
