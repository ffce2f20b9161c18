//! The pairings of the bill as rules on lines see them: which differ, which must stay as they are.

use std::collections::{BTreeSet, HashMap};

use crate::causes::line_rule::{Effect, Lines};
use crate::compare::finding::Finding;
use crate::compare::judge::{Figures, Judgement, judge};
use crate::compare::pairing::Pairing;
use crate::compare::{Bill, pair_usage};
use crate::model::invoice::InvoiceLine;
use crate::model::{AppId, Day, Item};
use crate::rate::charge::Charge;

/// Charges and the lines that bill them.
pub struct Site<'a> {
    /// The charges.
    pub charges: Vec<&'a Charge>,
    /// The lines.
    pub lines: Vec<&'a InvoiceLine>,
    /// The sum of the charges.
    pub due: Figures,
    /// The sum of the lines.
    pub billed: Figures,
    /// The finding that it is, where it differs and its cause is looked for.
    pub finding: Option<usize>,
    /// True if it agrees, so that no rule may change it.
    pub agrees: bool,
    pairing: Pairing,
}

/// All pairings of a bill.
pub struct Sites<'a> {
    bill: Bill<'a>,
    /// Those that differ or agree.
    pub all: Vec<Site<'a>>,
}

impl<'a> Sites<'a> {
    /// Returns the pairings of usage. A finding that is not meant is left out.
    #[must_use]
    pub fn of(bill: &Bill<'a>, findings: &[Finding], meant: impl Fn(&Finding) -> bool) -> Self {
        let (mut by_line, mut by_charge): (HashMap<usize, usize>, HashMap<usize, usize>) = Default::default();
        for (at, finding) in findings.iter().enumerate() {
            by_line.extend(finding.pairing.lines.iter().map(|line| (*line, at)));
            by_charge.extend(finding.pairing.charges.iter().map(|charge| (*charge, at)));
        }
        let mut all = Vec::new();
        for pairing in pair_usage(bill) {
            if pairing.charges.is_empty() {
                continue;
            }
            let of_line = pairing.lines.iter().find_map(|line| by_line.get(line));
            let known = of_line.or_else(|| pairing.charges.iter().find_map(|charge| by_charge.get(charge))).copied();
            let finding = known.filter(|at| findings[*at].pairing == pairing && meant(&findings[*at]));
            if known.is_some() && finding.is_none() {
                continue;
            }
            let charges: Vec<&Charge> = pairing.charges.iter().map(|at| &bill.charges[*at]).collect();
            let lines: Vec<&InvoiceLine> = pairing.lines.iter().map(|at| &bill.lines[*at]).collect();
            let (due, billed) =
                (Figures::of_charges(charges.iter().copied()), Figures::of_lines(lines.iter().copied()));
            all.push(Site { charges, lines, due, billed, finding, agrees: finding.is_none(), pairing });
        }
        Self { bill: *bill, all }
    }

    /// Returns the positions of those that differ.
    #[must_use]
    pub fn open(&self) -> Vec<usize> {
        (0..self.all.len()).filter(|at| self.all[*at].finding.is_some()).collect()
    }

    /// Returns true if a pairing agrees under an effect.
    #[must_use]
    pub fn agrees_under(&self, at: usize, effect: Effect) -> bool {
        let site = &self.all[at];
        let changed: Vec<Charge> = site
            .charges
            .iter()
            .map(|charge| {
                let mut charge = Charge::clone(charge);
                effect.apply(&mut charge);
                charge
            })
            .collect();
        let pairing = Pairing { charges: (0..changed.len()).collect(), lines: site.pairing.lines.clone() };
        !matches!(judge(&pairing, &Bill { charges: &changed, ..self.bill }), Judgement::Differs(_))
    }

    /// Returns the widest lines that hold all of some pairings and none of others: all, else those of one item, of one
    /// application, of some days, or several of these; `None` where no such lines part them. A price is always that of one
    /// item.
    #[must_use]
    pub fn widest(&self, within: &[usize], without: &[usize], by_item: bool) -> Option<Lines> {
        let charges = || within.iter().flat_map(|at| &self.all[*at].charges);
        let items: BTreeSet<Item> = charges().map(|charge| charge.item).collect();
        let apps: BTreeSet<Option<AppId>> = charges().map(|charge| charge.app).collect();
        let days: BTreeSet<Day> = charges().map(|charge| charge.day.first_day()).collect();
        let own = Lines {
            item: items.first().copied().filter(|_| items.len() == 1),
            app: apps.first().copied().flatten().filter(|_| apps.len() == 1),
            from: days.first().copied(),
            last: days.last().copied(),
        };
        let mut masks: Vec<u32> = (0..16).filter(|mask| !by_item || (mask & 1 != 0 && own.item.is_some())).collect();
        masks.sort_by_key(|mask| mask.count_ones());
        let part = |mask: u32| Lines {
            item: own.item.filter(|_| mask & 1 != 0),
            app: own.app.filter(|_| mask & 2 != 0),
            from: own.from.filter(|_| mask & 4 != 0),
            last: own.last.filter(|_| mask & 8 != 0),
        };
        let apart = |lines: &Lines| !without.iter().any(|at| self.all[*at].charges.iter().any(|one| lines.hold(one)));
        masks.into_iter().map(part).find(apart)
    }
}
