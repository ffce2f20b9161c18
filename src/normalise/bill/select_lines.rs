//! Which of the lines that were read count in the bill of the month.

use std::collections::HashMap;

use super::{BillRead, OUTSIDE};
use crate::model::diagnostic::Diagnostic;
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::{AppId, Item, Money, Place, TableRef};
use crate::normalise::row_counts::TableCounts;
use crate::read::Places;
use crate::rules::Plans;
use crate::rules::terms::{Fee, Terms};

impl BillRead {
    /// Selects the lines of the month's bill for an account with these terms.
    #[must_use]
    pub fn selected(mut self, terms: &Terms, places: &Places) -> Self {
        self.assign_payments_dated_next_month(terms, places);
        self.set_foreign_currency_aside(terms.currency());
        self.drop_lines_of_overlapping_files(places);
        self
    }

    fn table(&mut self, id: TableRef) -> Option<&mut TableCounts> {
        self.tables.iter_mut().find(|table| table.table == id)
    }

    /// Assigns payments that are dated the 1st behind the month: of this bill where a
    /// fee of the last day is due and not on it (it may be printed a day later),
    /// or where something bought in the last days is returned.
    fn assign_payments_dated_next_month(&mut self, terms: &Terms, places: &Places) {
        let last = terms.window.fees.until.day() + -1;
        let mut left_out: Option<(Place, Money, u64)> = None;
        for line in std::mem::take(&mut self.dated_next_month) {
            let same = |item: Item, app: Option<AppId>| {
                line.item == Some(item) && (line.app.is_none() || app.is_none() || line.app == app)
            };
            let kept = self.lines.iter().filter(|kept| kept.item.is_some_and(|item| same(item, kept.app)));
            let on_last = |kept: &InvoiceLine| kept.span.from.day() >= last;
            let own = if line.class == LineClass::Fee {
                let due = terms.fees.iter().filter(|fee| fee.day == last && same(fee.item, fee.app)).count();
                due > kept.filter(|kept| kept.class == LineClass::Fee && on_last(kept)).count()
            } else {
                let mut bought = terms.fees.iter().chain(&terms.possible_fees);
                let returnable = |fee: &Fee| {
                    let plan = fee.item.fee_plan().and_then(|plan| Plans::known().get(plan));
                    plan.and_then(|plan| plan.refund_days).is_some_and(|days| last - fee.day < days)
                };
                bought.any(|fee| returnable(fee) && same(fee.item, fee.app))
            };
            let Some(table) = self.table(line.place.table) else { continue };
            if own {
                table.used += 1;
                self.lines.push(line);
            } else {
                table.exclude(format!("{OUTSIDE} {}", terms.window.fees.from.day().month()));
                let sum = left_out.get_or_insert((line.place, Money::ZERO, 0));
                (sum.1, sum.2) = (sum.1 + line.amount, sum.2 + 1);
            }
        }
        self.lines.sort_by_key(|line| line.place);
        if let Some((place, money, rows)) = left_out {
            let message =
                format!("{rows} payments of {} are of the next month's bill, and left out: {money} in all", last + 1);
            let help = "nothing to do if the file covers more than the month; else check --period";
            self.diagnostics.push(Diagnostic::warning("bill-outside-period", places.at(place), message, help));
        }
    }

    /// Takes money of another currency out of every sum; the line stays, as a finding.
    fn set_foreign_currency_aside(&mut self, currency: &str) {
        for line in self.lines.iter_mut().filter(|line| line.currency != currency) {
            line.foreign = Some(std::mem::take(&mut line.amount));
        }
    }

    /// Drops lines that another file of the bill prints too: same transaction,
    /// same figures. Printed twice in one file it is billed twice.
    fn drop_lines_of_overlapping_files(&mut self, places: &Places) {
        let mut first: HashMap<String, InvoiceLine> = HashMap::new();
        let mut repeats: Vec<(Place, Place)> = Vec::new();
        self.lines.retain(|line| {
            let Some(id) = &line.transaction else { return true };
            let Some(known) = first.get(id) else {
                first.insert(id.clone(), line.clone());
                return true;
            };
            let same = InvoiceLine { place: known.place, ..line.clone() } == *known;
            let repeats_it = same && known.place.table != line.place.table;
            if repeats_it {
                repeats.push((known.place, line.place));
            }
            !repeats_it
        });
        for (_, repeat) in &repeats {
            if let Some(table) = self.table(repeat.table) {
                table.used -= 1;
                table.duplicate += 1;
            }
        }
        if let Some((known, repeat)) = repeats.first() {
            let message = format!(
                "lines that stand in another file of the bill too: {}, the first as {}",
                repeats.len(),
                places.at(*known)
            );
            let help = "they count once; keep one export of the month to be rid of this message";
            self.diagnostics.push(Diagnostic::warning("bill-overlap", places.at(*repeat), message, help));
        }
    }
}
