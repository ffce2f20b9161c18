//! The charges of a scenario, and what a change makes of them: only the lines
//! that differ, at the cost of the days that differ.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::scenario::Scenario;
use super::usage_edit::{Chosen, Edit, Rows};
use crate::model::{Day, Quantity, Span, Usage};
use crate::rate::charge::{Charge, LineKey, Settled, Sums, fee_line, line_of, shortfall};
use crate::rate::incremental_drawdown::{Drawn, Known, draw};
use crate::rate::metered_day::{Metered, Stretch};
use crate::rate::metering::Bound;
use crate::rate::monthly_items::{MonthlyUse, monthly};
use crate::rate::volume_prices::price_by_volume;
use crate::rules::terms::{Fee, Grant, Terms};

const DAY: i64 = 86_400;
/// Least cost of a trial.
const TRIAL: usize = 3_000;
/// Cost of metering a row, in lines gone through.
const ROW: usize = 12;
/// Added to the segment of lines that another timeline of cards gives: they are other lines.
const OTHER_TIMELINE: usize = 1_000;

type Lines = BTreeMap<LineKey, Sums>;

/// A scenario, rated.
#[derive(Debug)]
pub struct Rerating<'a> {
    /// Its usage.
    pub rows: Rows<'a>,
    /// The scenario; its changes of usage are in the rows.
    pub scenario: Scenario,
    /// Its charges for usage.
    pub charges: BTreeMap<LineKey, Charge>,
    /// Its fees.
    pub fees: Vec<Charge>,
    /// Fees that the bill may show.
    pub possible: Vec<Charge>,
    metered: Metered,
    drawn: Drawn,
    minutes: Lines,
    others: Lines,
}

/// The charges that a change makes.
#[derive(Debug, Clone, Default)]
pub struct Changed {
    /// Lines that differ; `None` where there is none any more.
    pub lines: BTreeMap<LineKey, Option<Charge>>,
    /// Fees, and fees that may be shown, where any of them differs.
    pub fees: Option<(Vec<Charge>, Vec<Charge>)>,
    /// True if lines that repeat one another are all due.
    pub repeats: bool,
}

impl Changed {
    /// Returns true if nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.fees.is_none() && !self.repeats
    }

    /// Returns the lines on which other minutes are used, and not only covered otherwise.
    pub fn used<'c>(&'c self, charges: &'c BTreeMap<LineKey, Charge>) -> impl Iterator<Item = &'c LineKey> {
        let minutes = |charge: Option<&Charge>| charge.map(|charge| charge.billable);
        let differs =
            move |(key, new): &(&LineKey, &Option<Charge>)| minutes(charges.get(key)) != minutes(new.as_ref());
        self.lines.iter().filter(differs).map(|(key, _)| key)
    }
}

impl<'a> Rerating<'a> {
    /// Rates a scenario whose usage is given.
    #[must_use]
    pub fn of(usage: Cow<'a, [Usage]>, scenario: Scenario) -> Self {
        let metered = Metered::of(&usage, &scenario.terms);
        Self::drawn(Rows::new(usage), metered, scenario)
    }

    fn drawn(rows: Rows<'a>, metered: Metered, scenario: Scenario) -> Self {
        let terms = Arc::clone(&scenario.terms);
        let drawn = draw(&metered, &terms, None);
        let minutes = sums(&metered, &drawn);
        let others = other_lines(rows.usage(), &scenario);
        let mut rerating = Self {
            rows,
            fees: fees(&terms.fees, &terms),
            possible: fees(&terms.possible_fees, &terms),
            scenario,
            charges: BTreeMap::new(),
            metered,
            drawn,
            minutes,
            others,
        };
        rerating.charges = Self::priced(&rerating.scenario, &rerating.minutes, &rerating.others);
        rerating.fees.extend(shortfall(rerating.charges.values(), &terms));
        rerating
    }

    /// Returns the same, of this one's usage under a further change; `None` where a card
    /// does not know the usage.
    #[must_use]
    pub fn then(&self, scenario: &Scenario) -> Option<Rerating<'_>> {
        if self.is_metered_for(scenario) {
            return Some(Rerating::drawn(self.rows.shared(), self.metered.clone(), scenario.clone()));
        }
        let mut usage = self.rows.edited(&scenario.edits, &scenario.terms);
        if let Some(card) = &scenario.counted_by {
            for row in &mut usage {
                row.item = card.admit(row.item).unwrap_or(row.item);
            }
        }
        let terms = &scenario.terms;
        let known = |row: &Usage| terms.segments[terms.segment(row.start)].card.price(row.item).is_some();
        let scenario = Scenario { edits: Vec::new(), counted_by: None, ..scenario.clone() };
        usage.iter().all(known).then(|| Rerating::of(Cow::Owned(usage), scenario))
    }

    /// Returns true if it changes neither usage nor how it is metered.
    fn is_metered_for(&self, scenario: &Scenario) -> bool {
        scenario.edits.is_empty() && scenario.counted_by.is_none() && scenario.meters_as(&self.scenario.terms)
    }

    /// Returns what it costs to rate a whole scenario.
    #[must_use]
    pub fn cost_of_all(&self, scenario: &Scenario) -> usize {
        let rows = if self.is_metered_for(scenario) { 0 } else { self.cost_of_rows() };
        TRIAL + self.metered.cells() + rows
    }

    /// Returns what a trial costs: lines drawn, rows metered.
    #[must_use]
    pub fn cost(&self, scenario: &Scenario) -> usize {
        let cells = self.metered.cells();
        let shifted = scenario.terms.day_shift != 0 && !scenario.edits.is_empty();
        if scenario.counted_by.is_some() || shifted || !scenario.meters_as(&self.scenario.terms) {
            return cells + TRIAL + self.cost_of_rows();
        }
        let by_row = |edit: &Edit| matches!(edit.of, Chosen::Row(_));
        let rows_alone = !scenario.edits.is_empty() && scenario.edits.iter().all(by_row);
        TRIAL + if rows_alone { cells / 4 } else { cells }
    }

    /// Returns what it costs to meter all rows.
    fn cost_of_rows(&self) -> usize {
        self.rows.usage().len() * ROW
    }

    /// Returns what differs under a change; `None` where a card does not know the usage.
    #[must_use]
    pub fn under(&self, scenario: &Scenario) -> Option<Changed> {
        let mut changed = if scenario.counted_by.is_some() {
            self.by_other_cards(scenario)?
        } else {
            let (minutes, others) = (self.minutes_under(scenario)?, self.others_under(scenario));
            self.differing(scenario, &minutes, others.as_ref())
        };
        let terms = &scenario.terms;
        let same =
            (&terms.fees, &terms.possible_fees) == (&self.scenario.terms.fees, &self.scenario.terms.possible_fees);
        // What is done to a line after it is rated leaves what the minimum adds as it is.
        if !same || (terms.minimum.is_some() && scenario.line_rules.is_empty()) {
            let kept =
                self.charges.iter().filter(|(key, _)| !changed.lines.contains_key(key)).map(|(_, charge)| charge);
            let charges = kept.chain(changed.lines.values().flatten());
            let due = fees(&terms.fees, terms).into_iter().chain(shortfall(charges, terms)).collect();
            changed.fees = Some((due, fees(&terms.possible_fees, terms)));
        }
        changed.repeats = scenario.repeats && !self.scenario.repeats;
        Some(changed)
    }

    /// Returns the lines that differ; the others are as they are here.
    fn minutes_under(&self, scenario: &Scenario) -> Option<Lines> {
        let (metered, known): (Cow<'_, Metered>, Option<(Day, Option<Day>)>) =
            if !scenario.meters_as(&self.scenario.terms) {
                let usage = if scenario.edits.is_empty() {
                    Cow::Borrowed(self.rows.usage())
                } else {
                    Cow::Owned(self.rows.edited(&scenario.edits, &scenario.terms))
                };
                (Cow::Owned(Metered::of(&usage, &scenario.terms)), None)
            } else if scenario.edits.is_empty() {
                match first_other(&self.scenario.terms, &scenario.terms) {
                    Some(day) => (Cow::Borrowed(&self.metered), Some((day, None))),
                    None => return Some(Lines::new()),
                }
            } else if scenario.terms.day_shift != 0 {
                (Cow::Owned(Metered::of(&self.rows.edited(&scenario.edits, &scenario.terms), &scenario.terms)), None)
            } else {
                let (metered, first, last) = self.rows.metered(&scenario.edits, &self.metered, &scenario.terms)?;
                let rules = first_other(&self.scenario.terms, &scenario.terms);
                let from = rules.map_or(first, |day| day.min(first));
                (Cow::Owned(metered), Some((from, rules.is_none().then_some(last))))
            };
        let known = known.map(|(from, until)| Known { metered: &self.metered, drawn: &self.drawn, from, until });
        let drawn = draw(&metered, &scenario.terms, known);
        Some(self.against(&metered, &drawn))
    }

    /// Returns the lines whose sums are not those of this one.
    fn against(&self, metered: &Metered, drawn: &Drawn) -> Lines {
        let mut theirs = by_day(metered, drawn);
        let mut sums: Lines = BTreeMap::new();
        let mut note = |key: LineKey| {
            sums.entry(key).or_insert_with(|| self.minutes.get(&key).copied().unwrap_or_default());
        };
        let ours = by_day(&self.metered, &self.drawn);
        let mut moves: Vec<(LineKey, Sums, bool)> = Vec::new();
        for (day, (stretch, covered)) in ours {
            let other = theirs.remove(&day);
            if other.is_some_and(|(other, given)| Arc::ptr_eq(other, stretch) && given == covered) {
                continue;
            }
            moves.extend(cells(stretch, covered).map(|(key, sum)| (key, sum, false)));
            moves.extend(
                other.into_iter().flat_map(|(other, given)| cells(other, given)).map(|(key, sum)| (key, sum, true)),
            );
        }
        moves.extend(
            theirs.into_values().flat_map(|(other, given)| cells(other, given)).map(|(key, sum)| (key, sum, true)),
        );
        for (key, ..) in &moves {
            note(*key);
        }
        for (key, sum, more) in moves {
            if let Some(line) = sums.get_mut(&key) {
                add(line, &sum, more);
            }
        }
        sums.retain(|key, sum| self.minutes.get(key).copied().unwrap_or_default() != *sum);
        sums
    }

    /// Items that are not in minutes, where another month is billed or other amounts of them are free.
    fn others_under(&self, scenario: &Scenario) -> Option<Lines> {
        let other = |of: &Scenario| (of.months_late, of.terms.free);
        (other(scenario) != other(&self.scenario)).then(|| other_lines(self.rows.usage(), scenario))
    }

    /// Returns the charges that differ, where some sums do.
    fn differing(&self, scenario: &Scenario, minutes: &Lines, others: Option<&Lines>) -> Changed {
        let shifted = (scenario.days_late, scenario.months_late) != (0, 0);
        let window = scenario.terms.window != self.scenario.terms.window;
        let by_volume = scenario.terms.prices_by_volume();
        if others.is_none() && !shifted && !window && !by_volume && scenario.prices_as(&self.scenario) {
            let line = |(key, sums): (&LineKey, &Sums)| (*key, Self::line(scenario, *key, sums));
            let all = minutes.iter().map(line).filter(|(key, charge)| self.charges.get(key) != charge.as_ref());
            return Changed { lines: all.collect(), ..Changed::default() };
        }
        let mut all = self.minutes.clone();
        all.extend(minutes.iter().map(|(key, sums)| (*key, *sums)));
        let charges = Self::priced(scenario, &all, others.unwrap_or(&self.others));
        let gone = self.charges.keys().filter(|key| !charges.contains_key(key)).map(|key| (*key, None));
        let mut lines: BTreeMap<LineKey, Option<Charge>> = gone.collect();
        let other = charges.into_iter().filter(|(key, charge)| self.charges.get(key) != Some(charge));
        lines.extend(other.map(|(key, charge)| (key, Some(charge))));
        Changed { lines, ..Changed::default() }
    }

    /// Returns all charges that sums come to.
    fn priced(scenario: &Scenario, minutes: &Lines, others: &Lines) -> BTreeMap<LineKey, Charge> {
        let line = |(key, sums): (&LineKey, &Sums)| {
            let charge = Self::line(scenario, *key, sums)?;
            Some(((charge.day, key.1, key.2, key.3), charge))
        };
        let mut charges: BTreeMap<LineKey, Charge> = minutes.iter().chain(others).filter_map(line).collect();
        if scenario.terms.prices_by_volume() {
            price_by_volume(charges.values_mut(), &scenario.terms);
            for charge in charges.values_mut() {
                scenario.follow(charge);
            }
        }
        charges
    }

    /// Returns the charge of a line, where the bill holds it.
    fn line(scenario: &Scenario, key: LineKey, sums: &Sums) -> Option<Charge> {
        let window = &scenario.terms.window;
        let back = -i64::from(scenario.days_late) * DAY;
        let days = Span { from: window.days.from + back, until: window.days.until + back };
        let settled = match key.0 {
            Settled::Day(day) if days.contains(day.start()) => Settled::Day(day + scenario.days_late),
            Settled::Month(month) if month.plus(scenario.months_late) == window.month => Settled::Month(window.month),
            _ => return None,
        };
        if sums.metered.is_zero() {
            return None;
        }
        let mut charge = line_of(key, sums, &scenario.terms);
        scenario.reprice(&mut charge, &scenario.terms.segments[key.3]);
        if !scenario.terms.prices_by_volume() {
            scenario.follow(&mut charge);
        }
        charge.day = settled;
        Some(charge)
    }

    /// Returns all charges under another timeline of cards.
    fn by_other_cards(&self, scenario: &Scenario) -> Option<Changed> {
        let other = self.then(scenario)?;
        let mut lines: BTreeMap<LineKey, Option<Charge>> = self.charges.keys().map(|key| (*key, None)).collect();
        lines.extend(other.charges.into_iter().map(|(mut key, charge)| {
            key.3 += OTHER_TIMELINE;
            (key, Some(charge))
        }));
        Some(Changed { lines, ..Changed::default() })
    }
}

fn add(line: &mut Sums, sum: &Sums, more: bool) {
    let with = |a: Quantity, b: Quantity| if more { a + b } else { a - b };
    line.metered = with(line.metered, sum.metered);
    line.billable = with(line.billable, sum.billable);
    line.covered = with(line.covered, sum.covered);
}

type Covered<'a> = (&'a Arc<Stretch>, &'a Arc<Vec<Quantity>>);

fn by_day<'a>(metered: &'a Metered, drawn: &'a Drawn) -> BTreeMap<Day, Covered<'a>> {
    metered.stretches.iter().zip(&drawn.covered).map(|(stretch, covered)| (stretch.day, (stretch, covered))).collect()
}

fn cells<'a>(stretch: &'a Stretch, covered: &'a [Quantity]) -> impl Iterator<Item = (LineKey, Sums)> + 'a {
    stretch.cells.iter().zip(covered).map(|(cell, covered)| {
        let metered = Quantity::whole(cell.seconds);
        (cell.key, Sums { metered, billable: cell.minutes, covered: *covered })
    })
}

/// Returns the lines of minutes, also of usage that the bill does not hold.
fn sums(metered: &Metered, drawn: &Drawn) -> Lines {
    let mut lines = Lines::new();
    for (stretch, covered) in metered.stretches.iter().zip(&drawn.covered) {
        for (key, sum) in cells(stretch, covered) {
            add(lines.entry(key).or_default(), &sum, true);
        }
    }
    lines
}

/// Returns the month's items that are not in minutes.
fn other_lines(usage: &[Usage], scenario: &Scenario) -> Lines {
    let mut terms = Cow::Borrowed(&*scenario.terms);
    if scenario.months_late != 0 {
        terms.to_mut().window.month = terms.window.month.plus(-scenario.months_late);
    }
    let settled = Settled::Month(terms.window.month);
    let segment = terms.segments[terms.segment(settled.span().from)].whole;
    let line = |used: MonthlyUse| {
        let sums = Sums { metered: used.metered, billable: used.billable, covered: used.covered };
        ((settled, used.app, used.item, segment), sums)
    };
    monthly(usage, &terms, Bound::Most).into_iter().map(line).collect()
}

fn fees(fees: &[Fee], terms: &Terms) -> Vec<Charge> {
    fees.iter().map(|fee| fee_line(fee, terms)).collect()
}

/// Returns the first day on which other grants, or another way to use them, can tell;
/// `None` where they are the same.
fn first_other(ours: &Terms, theirs: &Terms) -> Option<Day> {
    let from = |grant: &Grant| grant.since.min(grant.valid.from).day();
    if std::ptr::eq(ours, theirs) {
        return None;
    }
    if ours.partial_minute != theirs.partial_minute || ours.grants.len() != theirs.grants.len() {
        return ours.grants.iter().chain(&theirs.grants).map(from).min();
    }
    let both = ours.grants.iter().zip(&theirs.grants);
    both.filter(|(a, b)| a != b).map(|(a, b)| from(a).min(from(b))).min()
}
