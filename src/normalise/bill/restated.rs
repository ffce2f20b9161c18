//! Several files of one month's bill: parts of it, or one bill issued again. A row that two files have in common
//! counts once: in the newer of two bills.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::choose_layout::Candidate;
use crate::model::diagnostic::{At, Diagnostic, shown};
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::{AppId, Day, Item, Money, Place, Span};

/// The charge that a line bills. Lines of one key in two files bill the same.
type Key<'a> = (LineClass, Option<Item>, Option<AppId>, Span, &'a str);

/// The most charges with ids of their own that two parts of one bill have in common.
const FEW: usize = 1;

fn key(line: &InvoiceLine) -> Key<'_> {
    let text = if line.item.is_some() { "" } else { line.text.as_str() };
    (line.class, line.item, line.app, line.span, text)
}

/// Leaves out the lines of a bill that a newer one restates, and refuses two bills of which neither is known to be
/// the newer.
pub(super) fn settle(candidates: &mut [Candidate<'_>]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (later, earlier) in sharing(candidates) {
        let (left, right) = candidates.split_at_mut(later);
        let (one, other) = (&mut left[earlier], &mut right[0]);
        let Some(common) = common(&one.piece.lines, &other.piece.lines) else { continue };
        let dates = (issued_on(&one.table.file), issued_on(&other.table.file));
        match dates {
            (Some(a), Some(b)) if a < b && holds_most(&other.piece.lines, &one.piece.lines) => {
                found.push(restate(one, other));
            }
            (Some(a), Some(b)) if a > b && holds_most(&one.piece.lines, &other.piece.lines) => {
                found.push(restate(other, one));
            }
            _ => found.push(twice(one, other, common)),
        }
    }
    found
}

/// Returns the pairs of files that bill a charge in common, the later file first.
fn sharing(candidates: &[Candidate<'_>]) -> BTreeSet<(usize, usize)> {
    let mut pairs = BTreeSet::new();
    let mut files: HashMap<Key<'_>, Vec<usize>> = HashMap::new();
    if candidates.len() < 2 {
        return pairs;
    }
    for (at, candidate) in candidates.iter().enumerate() {
        for line in &candidate.piece.lines {
            let known = files.entry(key(line)).or_default();
            if known.last() != Some(&at) {
                pairs.extend(known.iter().map(|earlier| (at, *earlier)));
                known.push(at);
            }
        }
    }
    pairs
}

/// Returns the places of the first charge that two files have in common, unless they are parts of one bill. A
/// charge of one id and the same figures is left to the check for overlapping files.
fn common(one: &[InvoiceLine], other: &[InvoiceLine]) -> Option<(Place, Place)> {
    let mut known: HashMap<Key<'_>, Vec<&InvoiceLine>> = HashMap::new();
    for line in one {
        known.entry(key(line)).or_default().push(line);
    }
    let mut separate: HashSet<Key<'_>> = HashSet::new();
    let mut first_separate = None;
    for line in other {
        let Some(lines) = known.get(&key(line)) else { continue };
        let Some(id) = &line.transaction else { return lines.first().map(|known| (known.place, line.place)) };
        if let Some(known) = lines.iter().find(|known| known.transaction.is_none()) {
            return Some((known.place, line.place));
        }
        match lines.iter().find(|known| known.transaction.as_ref() == Some(id)) {
            Some(known) if InvoiceLine { place: known.place, ..line.clone() } == **known => {}
            Some(known) => return Some((known.place, line.place)),
            None => {
                separate.insert(key(line));
                first_separate = first_separate.or_else(|| lines.first().map(|known| (known.place, line.place)));
            }
        }
    }
    let keys = known.len().min(other.iter().map(key).collect::<HashSet<_>>().len());
    first_separate.filter(|_| separate.len() > FEW && separate.len() * 2 > keys)
}

/// Returns true if a bill has at least half of the charges of another: it is no correction of a few of them.
fn holds_most(newer: &[InvoiceLine], older: &[InvoiceLine]) -> bool {
    let keys: HashSet<Key<'_>> = newer.iter().map(key).collect();
    older.iter().filter(|line| keys.contains(&key(line))).count() * 2 >= older.len()
}

/// Returns the day in a file's name, its last.
fn issued_on(path: &str) -> Option<Day> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let day = |digits: &str| {
        let eight = digits.len() == 8 && digits.starts_with("20");
        eight.then(|| Day::parse(&format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..])))?
    };
    name.split(|c: char| !c.is_ascii_digit()).filter_map(day).next_back()
}

fn sum(lines: &[InvoiceLine]) -> Money {
    lines.iter().map(|line| line.amount).sum()
}

fn restate(older: &mut Candidate<'_>, newer: &Candidate<'_>) -> Diagnostic {
    let lines = std::mem::take(&mut older.piece.lines);
    let rows = u64::try_from(lines.len()).unwrap_or(u64::MAX);
    older.piece.exclude(format!("restated by {}", newer.table.file), rows);
    let message = format!(
        "is restated by {}, the newer by its name: {rows} rows of {} are left out, {} counts",
        shown(&newer.table.file),
        sum(&lines),
        sum(&newer.piece.lines)
    );
    let help = "Nothing to do if it was issued again; `trtc-recon diff` shows what has changed.";
    Diagnostic::warning("bill-restated", older.table.at(), message, help)
}

fn twice(one: &Candidate<'_>, other: &Candidate<'_>, (first, second): (Place, Place)) -> Diagnostic {
    let at: At = other.table.at().row(second.row);
    let message = format!(
        "bills what {} bills too: two bills of one month ({} and {}), and it is not known which one counts",
        one.table.at().row(first.row),
        sum(&one.piece.lines),
        sum(&other.piece.lines)
    );
    let help = "Keep the one that counts in bills/ and move the other out, or name both with the day of issue \
                (…-20241103.csv). `trtc-recon diff` shows how they differ.";
    Diagnostic::error("bill-twice", at, message, help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_issue_is_in_the_name_of_the_file() {
        let day = |path| issued_on(path).map(|day| day.to_string());
        assert_eq!(day("bills/100000000001-202410-bill-20241103.csv").as_deref(), Some("2024-11-03"));
        assert_eq!(day("bills/100000000001-202410.csv"), None, "a month and an account are no day");
        assert_eq!(day("bills/20241103/bill.csv"), None, "a folder says nothing of its files");
        assert_eq!(day("bills/20249999.csv"), None);
    }
}
