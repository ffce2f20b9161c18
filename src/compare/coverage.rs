//! Which application, service and day the exports hold, beside what the bill has: pure.
//!
//! A hole is a service of an application that the bill has on days, or in a month, of which usage has no row. What
//! lies in a hole, and what depends on it, cannot be decided.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::diagnostic::{At, Diagnostic};
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::{AppId, Day, Item, Quantity, Runs, Span, Unit, Usage};

/// Rows that are longer say nothing of single days.
const A_DAY: i64 = 86_400;
const AN_HOUR: i64 = 3_600;
/// A bit for each hour of a day.
const ALL_HOURS: u32 = (1 << 24) - 1;

/// The days on which usage has rows, by application and service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presence {
    days: BTreeMap<Exported, BTreeSet<Day>>,
    /// Services with figures of a whole month.
    months: BTreeSet<Exported>,
    /// The hours of each day with a row, a bit each; all of them under a row of the whole day.
    hours: BTreeMap<(Exported, Day), u32>,
}

/// A service of an application.
pub type Exported = (AppId, &'static str);

/// A service of an application of which the bill has lines and usage has no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// The application.
    pub app: AppId,
    /// The service.
    pub service: &'static str,
    /// The days of the lines; empty where the bill has the month as one.
    pub days: BTreeSet<Day>,
    /// Whether usage has no row of the service at all.
    pub whole: bool,
    /// The bill's lines, by position.
    pub lines: Vec<usize>,
}

/// Returns the service of an item as exports are made: `mix` of `mix.h264.hd`.
#[must_use]
pub fn export_of(item: Item) -> &'static str {
    let service = item.service();
    match service.split_once('.') {
        Some(("mix", _)) => "mix",
        Some(("relay", _)) => "relay",
        _ => service,
    }
}

impl Presence {
    /// Returns the presence of rows.
    #[must_use]
    pub fn of_rows(rows: &[Usage]) -> Self {
        let mut presence = Self::default();
        // Rows come one hour behind the other: most say nothing new.
        let mut last = None;
        for row in rows {
            let said = (row.app, row.item, row.start.seconds() / AN_HOUR, row.seconds);
            if last.replace(said) != Some(said) {
                presence.note(row.app, row.item, row.start.day(), row.span().seconds());
                presence.note_hour(row);
            }
        }
        presence
    }

    /// Returns the presence of usage in runs.
    #[must_use]
    pub fn of_runs(runs: &Runs) -> Self {
        let mut presence = Self::default();
        for run in runs.runs() {
            for of_day in &run.outline().days {
                presence.note(run.kind.app, run.kind.item, of_day.day, i64::from(run.kind.seconds));
            }
        }
        presence
    }

    fn note(&mut self, app: AppId, item: Item, day: Day, seconds: i64) {
        let place = (app, export_of(item));
        if seconds > A_DAY || item.unit() != Unit::Minute {
            self.months.insert(place);
        }
        self.days.entry(place).or_default().insert(day);
    }

    fn note_hour(&mut self, row: &Usage) {
        let hour = (row.start - row.start.day().start()) / AN_HOUR;
        let bits = if row.span().seconds() >= A_DAY { ALL_HOURS } else { 1 << hour.clamp(0, 23) };
        *self.hours.entry(((row.app, export_of(row.item)), row.start.day())).or_default() |= bits;
    }

    /// Returns true if no hour of any day of a time is without a row of the service: then no part of a day is missing.
    #[must_use]
    pub fn is_whole(&self, place: Exported, span: Span) -> bool {
        self.months.contains(&place)
            || span.days().all(|day| self.hours.get(&(place, day)).is_some_and(|hours| *hours == ALL_HOURS))
    }

    /// Returns true if the service has a row in a time.
    #[must_use]
    pub fn has(&self, place: Exported, span: Span) -> bool {
        let (first, behind) = (span.from.day(), (span.until + -1).day() + 1);
        let month = self.months.contains(&place);
        self.days.get(&place).is_some_and(|days| month || days.range(first..behind).next().is_some())
    }

    /// Returns the days of a time without a row of the service.
    #[must_use]
    pub fn lacks(&self, place: Exported, span: Span) -> BTreeSet<Day> {
        if self.months.contains(&place) {
            return BTreeSet::new();
        }
        let known = self.days.get(&place);
        span.days().filter(|day| known.is_none_or(|days| !days.contains(day))).collect()
    }

    /// Returns the holes of a bill, by application and service.
    #[must_use]
    pub fn holes(&self, lines: &[InvoiceLine], period: Span) -> Vec<Hole> {
        let mut holes: BTreeMap<Exported, Hole> = BTreeMap::new();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| bills_usage(line)) {
            let (Some(app), Some(item)) = (line.app, line.item) else { continue };
            let place = (app, export_of(item));
            if self.has(place, line.span) {
                continue;
            }
            let whole = !self.has(place, period);
            let hole = holes.entry(place).or_insert_with(|| Hole {
                app,
                service: place.1,
                days: BTreeSet::new(),
                whole,
                lines: Vec::new(),
            });
            if line.span == line.span.from.day().span() {
                hole.days.insert(line.span.from.day());
            }
            hole.lines.push(at);
        }
        holes.into_values().collect()
    }
}

impl Hole {
    /// Returns what is missing, as a cause names it: `app=…;service=…;days=…`, without days where all are.
    #[must_use]
    pub fn named(&self) -> String {
        let all = BTreeSet::new();
        named(self.app, self.service, if self.whole { &all } else { &self.days })
    }

    /// Returns true if a day is in it, or next to it: an export that ends too early has a part of its last day.
    #[must_use]
    pub fn is_near(&self, span: Span) -> bool {
        let near = |day: &Day| span.overlaps(Span { from: (*day + -1).start(), until: (*day + 2).start() });
        self.whole || self.days.is_empty() || self.days.iter().any(near)
    }

    /// Returns the first day that it touches; `None` where it is of the whole month.
    #[must_use]
    pub fn first(&self) -> Option<Day> {
        self.days.first().copied()
    }
}

/// Returns a part of a service as causes name it: `app=…;service=…;days=…`, without days where all are.
#[must_use]
pub fn named(app: AppId, service: &str, days: &BTreeSet<Day>) -> String {
    let days = if days.is_empty() { String::new() } else { format!(";days={}", ranges(days)) };
    format!("app={app};service={service}{days}")
}

/// Returns the days of a time of which usage may lack rows: those without any, else all.
#[must_use]
pub fn days_to_fill(presence: &Presence, place: Exported, span: Span) -> BTreeSet<Day> {
    let lacking = presence.lacks(place, span);
    if lacking.is_empty() || span == span.from.day().span() { span.days().collect() } else { lacking }
}

/// Returns true if a line bills usage, be it covered whole.
#[must_use]
pub fn bills_usage(line: &InvoiceLine) -> bool {
    let some = |figure: Option<Quantity>| figure.is_some_and(|figure| !figure.is_zero());
    line.class == LineClass::Usage && (some(line.usage) || some(line.charged) || !line.amount.is_zero())
}

/// Returns true if the bill prints lines that packages cover whole, so that usage without a line is no covered usage.
#[must_use]
pub fn prints_covered(lines: &[InvoiceLine]) -> bool {
    let covered = |line: &InvoiceLine| {
        let nothing = line.charged.map_or(line.amount.is_zero(), Quantity::is_zero);
        line.class == LineClass::Usage && nothing
    };
    lines.iter().any(covered)
}

/// Returns days as ranges, both ends inside: `2024-10-03/2024-10-05,2024-10-09`.
#[must_use]
pub fn ranges(days: &BTreeSet<Day>) -> String {
    let mut stretches: Vec<(Day, Day)> = Vec::new();
    for day in days {
        match stretches.last_mut() {
            Some((_, last)) if *last + 1 == *day => *last = *day,
            _ => stretches.push((*day, *day)),
        }
    }
    let named = |(first, last): &(Day, Day)| if first == last { first.to_string() } else { format!("{first}/{last}") };
    stretches.iter().map(named).collect::<Vec<_>>().join(",")
}

/// Every code of this module, with what it means.
pub const CODES: &[(&str, &str)] =
    &[("usage-hole", "the bill has an application, service or days of which usage has no row")];

/// Returns a warning for each hole: an application as a whole once, whatever its services.
#[must_use]
pub fn warnings(holes: &[Hole], presence: &Presence, period: Span) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut told: BTreeSet<AppId> = BTreeSet::new();
    for hole in holes {
        let app = hole.app;
        let unseen = !presence.days.keys().any(|place| place.0 == app && presence.has(*place, period));
        if told.contains(&app) {
            continue;
        }
        let message = if unseen {
            told.insert(app);
            let lines: usize = holes.iter().filter(|other| other.app == app).map(|other| other.lines.len()).sum();
            format!("the bill has {} for {app}, usage has no row of it this month", counted(lines))
        } else if hole.whole || hole.days.is_empty() {
            let lines = counted(hole.lines.len());
            format!("the bill has {lines} of {} for {app}, usage has no row of it this month", hole.service)
        } else {
            format!("{} of {app}: the bill has {}, usage has none", hole.service, ranges(&hole.days))
        };
        let help = "Download this usage for the month from the console and put it into usage/; what it covers or lacks \
                    stays undecided until then. If there was none, say so: [usage] complete = true.";
        found.push(Diagnostic::warning("usage-hole", At::file("usage"), message, help));
    }
    found
}

fn counted(lines: usize) -> String {
    if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") }
}
