//! On which days and in which 5-minute slots a table has rows.

use std::collections::BTreeMap;

use crate::domain::{Day, Span, Stamp, Usage};

const SLOT: i64 = 300;
const SLOTS_A_DAY: i64 = 288;
const A_DAY: u32 = 86_400;

/// The slots of a day, a bit each; none where only a row of the whole day is there.
type Slots = [u64; 5];

/// The days and slots that rows have touched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    days: BTreeMap<Day, Slots>,
    /// The day at hand: rows mostly come by the day.
    current: Option<(Day, Slots)>,
}

/// What a table covers: its first and last day, and the days between without a row.
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
    /// Notes a row. A figure of a whole month says nothing of its days.
    pub fn note(&mut self, usage: &Usage) {
        if usage.seconds > A_DAY {
            return;
        }
        let day = usage.start.day();
        if self.current.is_none_or(|(current, _)| current != day) {
            self.turn();
            self.current = Some((day, Slots::default()));
        }
        if let Some((_, slots)) = &mut self.current
            && i64::from(usage.seconds) <= SLOT
        {
            let slot = usize::try_from((usage.start - day.start()) / SLOT).unwrap_or_default();
            slots[slot / 64] |= 1 << (slot % 64);
        }
    }

    /// Notes a day of which no slots are known.
    pub fn note_day(&mut self, day: Day) {
        self.days.entry(day).or_default();
    }

    fn turn(&mut self) {
        if let Some((day, slots)) = self.current.take() {
            let known = self.days.entry(day).or_default();
            for (known, new) in known.iter_mut().zip(slots) {
                *known |= new;
            }
        }
    }

    /// Adds what another table covers.
    pub fn add(&mut self, mut other: Self) {
        other.turn();
        for (day, slots) in other.days {
            self.turn();
            self.current = Some((day, slots));
        }
        self.turn();
    }

    /// What the rows cover; `None` where there is no row.
    #[must_use]
    pub fn covers(mut self) -> Option<Covers> {
        self.turn();
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

    /// The longest stretches of a period without a 5-minute row, in order of
    /// time; on days that have only coarser rows nothing is missing.
    #[must_use]
    pub fn quiet(mut self, period: Span, most: usize) -> Vec<Span> {
        self.turn();
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
    use crate::domain::usage::Exactness;
    use crate::domain::{Item, Place, TableRef};

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
        rows.iter().for_each(|row| calendar.note(row));
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
        all.add(calendar(&[row("2024-10-01 10:05:00", 300), row("2024-10-01 10:15:00", 300)]));
        let quiet: Vec<String> =
            all.quiet(period, 2).iter().map(|span| format!("{} {}", span.from, span.until)).collect();
        assert_eq!(quiet, ["2024-10-01T00:00:00 2024-10-01T10:00:00", "2024-10-01T10:20:00 2024-10-03T00:00:00"]);
        // A daily row says of no slot that it is missing.
        assert_eq!(calendar(&[row("2024-10-01 00:00:00", 86_400)]).quiet(period, 9).len(), 1);
    }
}
