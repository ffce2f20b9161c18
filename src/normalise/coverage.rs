//! On which days and in which 5-minute slots a table has rows.

use std::collections::BTreeMap;

use crate::model::usage_series::{Run, Slots};
use crate::model::{Day, Span, Stamp};

const SLOT: i64 = 300;
const SLOTS_A_DAY: i64 = 288;
const A_DAY: u32 = 86_400;

/// The days and slots that rows have touched; no slot where only a row of the
/// whole day is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    days: BTreeMap<Day, Slots>,
}

/// The coverage of a table: its first and last day, and the days between without a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covers {
    /// The first day.
    pub first: Day,
    /// The last day.
    pub last: Day,
    /// Days with a row.
    pub days: usize,
    /// Days between without one: the first and the last of each stretch.
    pub gaps: Vec<(Day, Day)>,
    /// 5-minute slots with a row; 0 where rows are coarser.
    pub slots: u32,
}

impl Calendar {
    /// Notes the rows of a run. Figures of a whole month say nothing of its days.
    pub fn note(&mut self, run: &Run) {
        if run.kind.seconds > A_DAY {
            return;
        }
        for rows in &run.outline().days {
            self.mark(rows.day, rows.slots.as_deref().copied().unwrap_or_default());
        }
    }

    /// Notes a day of which no slots are known.
    pub fn note_day(&mut self, day: Day) {
        self.mark(day, Slots::default());
    }

    fn mark(&mut self, day: Day, slots: Slots) {
        let known = self.days.entry(day).or_default();
        known.iter_mut().zip(slots).for_each(|(known, new)| *known |= new);
    }

    /// Adds what another table covers.
    pub fn add(&mut self, other: &Self) {
        other.days.iter().for_each(|(day, slots)| self.mark(*day, *slots));
    }

    /// Returns what the rows cover; `None` where there is no row.
    #[must_use]
    pub fn covers(&self) -> Option<Covers> {
        let (first, last) = (*self.days.keys().next()?, *self.days.keys().next_back()?);
        let mut gaps = Vec::new();
        for (day, next) in self.days.keys().zip(self.days.keys().skip(1)) {
            if *next - *day > 1 {
                gaps.push((*day + 1, *next + -1));
            }
        }
        let slots = self.days.values().flatten().map(|word| word.count_ones()).sum();
        Some(Covers { first, last, days: self.days.len(), gaps, slots })
    }

    /// Returns the longest stretches of a period without a 5-minute row, in order of
    /// time; on days that have only coarser rows nothing is missing.
    #[must_use]
    pub fn quiet(&self, period: Span, most: usize) -> Vec<Span> {
        let mut stretches: Vec<Span> = Vec::new();
        for day in period.days() {
            let slots = self.days.get(&day).copied();
            if slots.is_some_and(|slots| slots == Slots::default()) {
                continue;
            }
            for slot in 0..SLOTS_A_DAY {
                let bit = usize::try_from(slot).unwrap_or_default();
                let seen = slots.is_some_and(|slots| slots[bit / 64] >> (bit % 64) & 1 == 1);
                if !seen {
                    extend(&mut stretches, day.start() + slot * SLOT);
                }
            }
        }
        stretches.sort_by_key(|stretch| (std::cmp::Reverse(stretch.seconds()), stretch.from));
        stretches.truncate(most);
        stretches.sort_by_key(|stretch| stretch.from);
        stretches
    }
}

/// Adds a slot to the stretch that it follows, or begins one.
fn extend(stretches: &mut Vec<Span>, slot: Stamp) {
    match stretches.last_mut() {
        Some(last) if last.until == slot => last.until = slot + SLOT,
        _ => stretches.push(Span { from: slot, until: slot + SLOT }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::usage::Exactness;
    use crate::model::{Item, Place, Runs, TableRef, Usage};

    fn row(start: &str, seconds: u32) -> Usage {
        Usage {
            start: Stamp::parse(start).unwrap(),
            seconds,
            item: Item::parse("av.hd").unwrap(),
            exactness: Exactness::Exact,
            app: 1,
            quantity: 1,
            place: Place { table: TableRef(0), row: 2 },
        }
    }

    fn calendar(rows: &[Usage]) -> Calendar {
        let mut calendar = Calendar::default();
        rows.iter().collect::<Runs>().runs().iter().for_each(|run| calendar.note(run));
        calendar
    }

    #[test]
    fn days_slots_and_gaps() {
        let rows = [
            row("2024-10-02 23:55:00", 300),
            row("2024-10-01 00:00:00", 300),
            row("2024-10-02 23:55:00", 300),
            row("2024-10-05 00:00:00", 86_400),
            row("2024-10-01 00:00:00", 31 * 86_400),
        ];
        let covers = calendar(&rows).covers().unwrap();
        let gap = |day| Day::parse(day).unwrap();
        assert_eq!((covers.days, covers.slots), (3, 2));
        assert_eq!(covers.gaps, [(gap("2024-10-03"), gap("2024-10-04"))]);
        assert_eq!(Calendar::default().covers(), None);
    }

    #[test]
    fn the_longest_quiet_stretches() {
        let period = Span { from: Stamp::parse("2024-10-01").unwrap(), until: Stamp::parse("2024-10-03").unwrap() };
        let mut all = calendar(&[row("2024-10-01 10:00:00", 300)]);
        all.add(&calendar(&[row("2024-10-01 10:05:00", 300), row("2024-10-01 10:15:00", 300)]));
        let quiet: Vec<String> =
            all.quiet(period, 2).iter().map(|span| format!("{} {}", span.from, span.until)).collect();
        assert_eq!(quiet, ["2024-10-01T00:00:00 2024-10-01T10:00:00", "2024-10-01T10:20:00 2024-10-03T00:00:00"]);
        // A daily row says of no slot that it is missing.
        assert_eq!(calendar(&[row("2024-10-01 00:00:00", 86_400)]).quiet(period, 9).len(), 1);
    }
}
