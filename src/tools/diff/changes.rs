//! The rows of two lists, paired: which are new, gone and changed. Rows that are equal cancel out one for one.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A row that is paired with one of another list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<K, F, P> {
    /// The subject of the row: rows of one key are paired.
    pub key: K,
    /// The row's own id, where it has one: of several rows with one key those of one id are paired first.
    pub id: Option<String>,
    /// The figures that are compared.
    pub figures: F,
    /// The place where it is read.
    pub place: P,
}

/// One difference between two lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<L> {
    /// The new list alone has it.
    Added(L),
    /// The old list alone has it.
    Gone(L),
    /// Both have it, with other figures.
    Changed(L, L),
}

/// The differences between two lists, in the order of the keys.
pub type Changes<K, F, P> = Vec<Change<Line<K, F, P>>>;

impl<K, F, P> Change<Line<K, F, P>> {
    /// Returns the subject of the row that differs.
    #[must_use]
    pub const fn key(&self) -> &K {
        let (Self::Added(row) | Self::Gone(row) | Self::Changed(row, _)) = self;
        &row.key
    }
}

/// Returns the changes from one list to another, in the order of the keys, and how many rows are equal.
#[must_use]
pub fn changes<K: Ord, F: Ord, P>(old: Vec<Line<K, F, P>>, new: Vec<Line<K, F, P>>) -> (Changes<K, F, P>, usize) {
    let (old, new) = (sorted(old), sorted(new));
    let count = old.len();
    let (mut gone, mut added) = (Vec::new(), Vec::new());
    let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((_, a)), Some((_, b))) => a.key.cmp(&b.key).then_with(|| a.figures.cmp(&b.figures)),
        };
        if order != Ordering::Greater {
            gone.extend(old.next().filter(|_| order == Ordering::Less));
        }
        if order != Ordering::Less {
            added.extend(new.next().filter(|_| order == Ordering::Greater));
        }
    }
    let same = count - gone.len();
    (paired(gone, added), same)
}

/// A line and its position in its list.
type Numbered<K, F, P> = (usize, Line<K, F, P>);

fn sorted<K: Ord, F: Ord, P>(lines: Vec<Line<K, F, P>>) -> Vec<Numbered<K, F, P>> {
    let mut lines: Vec<_> = lines.into_iter().enumerate().collect();
    lines.sort_by(|(_, a), (_, b)| a.key.cmp(&b.key).then_with(|| a.figures.cmp(&b.figures)));
    lines
}

/// Pairs the rows that do not cancel out, key by key.
fn paired<K: Ord, F, P>(gone: Vec<Numbered<K, F, P>>, added: Vec<Numbered<K, F, P>>) -> Vec<Change<Line<K, F, P>>> {
    let (mut gone, mut added) = (gone.into_iter().peekable(), added.into_iter().peekable());
    let mut out = Vec::new();
    while gone.peek().is_some() || added.peek().is_some() {
        let newer = |(_, line): &Numbered<K, F, P>| gone.peek().is_none_or(|(_, other)| line.key < other.key);
        let from_new = added.peek().is_some_and(newer);
        let first = if from_new { added.next() } else { gone.next() };
        let Some(first) = first else { break };
        let (mut before, mut after) = if from_new { (Vec::new(), vec![first]) } else { (vec![first], Vec::new()) };
        while let Some(next) = gone.next_if(|(_, line)| of_key(&before, &after, line)) {
            before.push(next);
        }
        while let Some(next) = added.next_if(|(_, line)| of_key(&before, &after, line)) {
            after.push(next);
        }
        group(before, after, &mut out);
    }
    out
}

fn of_key<K: Ord, F, P>(before: &[Numbered<K, F, P>], after: &[Numbered<K, F, P>], line: &Line<K, F, P>) -> bool {
    before.first().or_else(|| after.first()).is_some_and(|(_, first)| first.key == line.key)
}

/// Pairs the rows of one key: by their ids, then in the order of their lists.
fn group<K, F, P>(
    mut before: Vec<Numbered<K, F, P>>,
    mut after: Vec<Numbered<K, F, P>>,
    out: &mut Vec<Change<Line<K, F, P>>>,
) {
    before.sort_by_key(|(position, _)| *position);
    after.sort_by_key(|(position, _)| *position);
    let mut by_id: BTreeMap<String, Line<K, F, P>> = BTreeMap::new();
    let mut rest = Vec::new();
    for (_, line) in after {
        match line.id.clone().filter(|id| !by_id.contains_key(id)) {
            Some(id) => _ = by_id.insert(id, line),
            None => rest.push(line),
        }
    }
    let (mut pairs, mut unpaired) = (Vec::new(), Vec::new());
    for (position, line) in before {
        match line.id.as_ref().and_then(|id| by_id.remove(id)) {
            Some(new) => pairs.push((position, line, new)),
            None => unpaired.push((position, line)),
        }
    }
    rest.extend(by_id.into_values());
    let mut rest = rest.into_iter();
    let mut gone = Vec::new();
    for (position, line) in unpaired {
        match rest.next() {
            Some(new) => pairs.push((position, line, new)),
            None => gone.push(line),
        }
    }
    pairs.sort_by_key(|(position, ..)| *position);
    out.extend(pairs.into_iter().map(|(_, old, new)| Change::Changed(old, new)));
    out.extend(gone.into_iter().map(Change::Gone));
    out.extend(rest.map(Change::Added));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(key: u32, id: Option<&str>, figure: i32) -> Line<u32, i32, ()> {
        Line { key, id: id.map(str::to_owned), figures: figure, place: () }
    }

    fn short(changes: &[Change<Line<u32, i32, ()>>]) -> Vec<(u32, Option<i32>, Option<i32>)> {
        let one = |change: &Change<Line<u32, i32, ()>>| match change {
            Change::Added(new) => (new.key, None, Some(new.figures)),
            Change::Gone(old) => (old.key, Some(old.figures), None),
            Change::Changed(old, new) => (old.key, Some(old.figures), Some(new.figures)),
        };
        changes.iter().map(one).collect()
    }

    #[test]
    fn equal_rows_cancel_out_one_for_one() {
        let old = vec![line(1, None, 5), line(1, None, 5), line(2, None, 7)];
        let new = vec![line(2, None, 7), line(1, None, 5)];
        let (found, same) = changes(old.clone(), new);
        assert_eq!((short(&found), same), (vec![(1, Some(5), None)], 2));
        assert_eq!(changes(old.clone(), old), (Vec::new(), 3));
    }

    #[test]
    fn rows_of_one_key_are_paired_by_id_and_then_in_order() {
        let old = vec![line(1, Some("a"), 1), line(1, Some("b"), 2), line(1, None, 3), line(3, None, 9)];
        let new = vec![line(1, Some("b"), 20), line(1, Some("a"), 10), line(2, None, 4), line(1, None, 30)];
        let (found, same) = changes(old, new);
        let wanted = vec![
            (1, Some(1), Some(10)),
            (1, Some(2), Some(20)),
            (1, Some(3), Some(30)),
            (2, None, Some(4)),
            (3, Some(9), None),
        ];
        assert_eq!((short(&found), same), (wanted, 0));
    }
}
