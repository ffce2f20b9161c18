//! Changes of usage: what may have been done to rows, and which rows must be
//! metered again because of it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::model::policy::Scope;
use crate::model::{AppId, Day, Item, Span, Stamp, Unit, Usage};
use crate::rate::metered_day::Metered;
use crate::rules::terms::{Bucket, Terms};

/// A change to some rows of usage.
#[derive(Debug, Clone, Copy)]
pub struct Edit {
    /// Which rows.
    pub of: Chosen,
    /// Their fate.
    pub fate: Fate,
}

/// Which rows.
#[derive(Debug, Clone, Copy)]
pub enum Chosen {
    /// This one.
    Row(Usage),
    /// All of an item: of one application or all, in a time or ever.
    All {
        /// The item.
        item: Item,
        /// The application.
        app: Option<AppId>,
        /// The time.
        span: Option<Span>,
    },
}

/// The fate of rows in the bill.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    /// They were not counted.
    LeftOut,
    /// They were counted twice.
    Twice,
    /// They were counted as another item.
    As(Item),
    /// They were counted so many seconds later.
    Moved(i64),
}

/// Usage in minutes, to be found by item, application and time.
#[derive(Debug)]
pub struct Rows<'a> {
    usage: Cow<'a, [Usage]>,
    /// By item, application and time: made when it is first asked for, and shared.
    order: Arc<OnceLock<Vec<u32>>>,
}

impl Chosen {
    fn holds(&self, row: &Usage) -> bool {
        match self {
            Self::Row(one) => one == row,
            Self::All { item, app, span } => {
                row.item == *item
                    && app.is_none_or(|app| app == row.app)
                    && span.is_none_or(|span| span.contains(row.start))
            }
        }
    }

    const fn item(&self) -> Item {
        match self {
            Self::Row(row) => row.item,
            Self::All { item, .. } => *item,
        }
    }
}

impl Edit {
    /// Does it to rows; not to those whose card would not know them.
    pub fn apply(&self, rows: &mut Vec<Usage>, terms: &Terms) {
        let limit = if matches!(self.of, Chosen::Row(_)) { 1 } else { rows.len() };
        let may = |row: &Usage| match self.fate {
            Fate::As(item) => terms.segments[terms.segment(row.start)].card.price(item).is_some(),
            Fate::Moved(seconds) => terms.segments[terms.segment(row.start + seconds)].card.price(row.item).is_some(),
            Fate::LeftOut | Fate::Twice => true,
        };
        let mine = |at: &usize| self.of.holds(&rows[*at]) && may(&rows[*at]);
        let chosen: Vec<usize> = (0..rows.len()).filter(mine).take(limit).collect();
        match self.fate {
            Fate::LeftOut => {
                let mut at = 0;
                rows.retain(|_| {
                    at += 1;
                    chosen.binary_search(&(at - 1)).is_err()
                });
            }
            Fate::Twice => rows.extend(chosen.into_iter().map(|at| rows[at]).collect::<Vec<_>>()),
            Fate::As(item) => chosen.into_iter().for_each(|at| rows[at].item = item),
            Fate::Moved(seconds) => chosen.into_iter().for_each(|at| rows[at].start = rows[at].start + seconds),
        }
    }
}

impl<'a> Rows<'a> {
    /// Returns the rows of usage.
    #[must_use]
    pub fn new(usage: Cow<'a, [Usage]>) -> Self {
        Self { usage, order: Arc::default() }
    }

    /// Returns the same rows once more.
    #[must_use]
    pub fn shared(&self) -> Rows<'_> {
        Rows { usage: Cow::Borrowed(&self.usage), order: Arc::clone(&self.order) }
    }

    fn order(&self) -> &[u32] {
        self.order.get_or_init(|| {
            let minutes = self.usage.iter().enumerate().filter(|(_, row)| row.item.unit() == Unit::Minute);
            let mut order: Vec<u32> = minutes.filter_map(|(at, _)| u32::try_from(at).ok()).collect();
            order.par_sort_unstable_by_key(|at| {
                let row = &self.usage[*at as usize];
                (row.item, row.app, row.start)
            });
            order
        })
    }

    /// Returns all usage, also what is not in minutes.
    #[must_use]
    pub fn usage(&self) -> &[Usage] {
        &self.usage
    }

    /// Returns the rows of an item, of one application or all, that start in a time.
    pub fn of(&self, item: Item, app: Option<AppId>, span: Option<Span>) -> impl Iterator<Item = &Usage> {
        let apps = app.map_or_else(|| self.apps(item), |app| vec![app]);
        let span = span.unwrap_or(Span { from: Stamp::from_seconds(i64::MIN), until: Stamp::MAX });
        apps.into_iter().flat_map(move |app| {
            let key = |at: &u32| {
                let row = &self.usage[*at as usize];
                (row.item, row.app, row.start)
            };
            let order = self.order();
            let first = order.partition_point(|at| key(at) < (item, app, span.from));
            let behind = order.partition_point(|at| key(at) < (item, app, span.until));
            order[first..behind.max(first)].iter().map(|at| &self.usage[*at as usize])
        })
    }

    /// Returns the applications that used an item.
    #[must_use]
    pub fn apps(&self, item: Item) -> Vec<AppId> {
        let (mut apps, order) = (Vec::new(), self.order());
        let mut at = order.partition_point(|at| self.usage[*at as usize].item < item);
        while let Some(row) = order.get(at).map(|at| &self.usage[*at as usize]).filter(|row| row.item == item) {
            apps.push(row.app);
            at += order[at..].partition_point(|next| {
                let next = &self.usage[*next as usize];
                (next.item, next.app) == (item, row.app)
            });
        }
        apps
    }

    /// Returns all usage, changed.
    #[must_use]
    pub fn edited(&self, edits: &[Edit], terms: &Terms) -> Vec<Usage> {
        let mut usage = self.usage.to_vec();
        for edit in edits {
            edit.apply(&mut usage, terms);
        }
        usage
    }

    /// The usage metered under changes of rows, and the first and last day that
    /// differ; `None` where there is no such row.
    #[must_use]
    pub fn metered(&self, edits: &[Edit], base: &Metered, terms: &Terms) -> Option<(Metered, Day, Day)> {
        let lines = self.lines(edits, terms);
        let days = self.days(edits, terms);
        let (first, last) = (*days.first()?, *days.last()?);
        let span = Span { from: first.start(), until: (last + 1).start() };
        let near = lines.iter().flat_map(|(app, item)| self.of(*item, Some(*app), Some(span)));
        let mut rows: Vec<Usage> = near.filter(|row| days.contains(&row.start.day())).copied().collect();
        for edit in edits {
            edit.apply(&mut rows, terms);
        }
        Some((base.patched(&days, &lines, &rows, terms), first, last))
    }

    /// Returns the applications and items whose minutes may change.
    fn lines(&self, edits: &[Edit], terms: &Terms) -> BTreeSet<(AppId, Item)> {
        let together = terms.segments.iter().any(|segment| segment.scope.has(Scope::Account));
        let mut lines = BTreeSet::new();
        for edit in edits {
            let items = match edit.fate {
                Fate::As(item) => vec![edit.of.item(), item],
                _ => vec![edit.of.item()],
            };
            let own = match edit.of {
                Chosen::Row(row) => vec![row.app],
                Chosen::All { item, app, .. } => app.map_or_else(|| self.apps(item), |app| vec![app]),
            };
            for item in items {
                lines.extend(own.iter().map(|app| (*app, item)));
                if together {
                    lines.extend(self.apps(item).into_iter().map(|app| (app, item)));
                }
            }
        }
        lines
    }

    /// Returns the days whose minutes may change.
    fn days(&self, edits: &[Edit], terms: &Terms) -> BTreeSet<Day> {
        let mut days = BTreeSet::new();
        for edit in edits {
            let own: BTreeSet<Day> = match edit.of {
                Chosen::Row(row) => BTreeSet::from([row.start.day()]),
                Chosen::All { item, app, span } => self.of(item, app, span).map(|row| row.start.day()).collect(),
            };
            if let Fate::Moved(seconds) = edit.fate {
                days.extend(own.iter().map(|day| (day.start() + seconds).day()));
            }
            days.extend(own);
        }
        let by_month = |day: &Day| terms.segments[terms.segment(day.start())].bucket == Bucket::Month;
        let months: Vec<Day> = days.iter().filter(|day| by_month(day)).copied().collect();
        days.extend(months.into_iter().flat_map(|day| day.month().span().days()));
        days
    }
}
