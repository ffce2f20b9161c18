//! The intervals of a line as a table: each by itself, or those that follow one
//! another without anything special as one row.

use super::{Subject, sources};
use crate::model::Quantity;
use crate::model::diagnostic::shown;
use crate::model::style::aligned;
use crate::rate::trace::{Step, Trace};

const HEADER: [&str; 11] =
    ["start", "s", "total s", "min", "grant", "ratio", "before", "taken", "after", "uncovered", "rows"];

/// Returns the intervals, with their sums.
pub(super) fn table(subject: &Subject<'_>, traced: &Trace) -> String {
    let together = |a: &Step, b: &Step| !subject.all && alike(a) && alike(b) && same_cover(a, b);
    let mut rows = Vec::new();
    for run in traced.steps.chunk_by(together) {
        rows.extend(lines(subject, run));
    }
    let seconds: i64 = traced.steps.iter().map(|step| step.interval.seconds).sum();
    let minutes: Quantity = traced.steps.iter().map(|step| step.interval.minutes).sum();
    let uncovered: Quantity = traced.steps.iter().map(|step| step.uncovered).sum();
    let mut sum = vec![String::new(); HEADER.len()];
    sum[0] = format!("{} intervals", traced.steps.len());
    (sum[1], sum[3], sum[9]) = (seconds.to_string(), minutes.to_string(), uncovered.to_string());
    rows.push(sum);
    let table = aligned(&HEADER, &[1, 2, 3, 6, 7, 8, 9], &rows);
    let hint = "  Intervals that follow one another with the same cover are one row (--all shows each, and every row of the files).\n";
    let grouped = rows.len() <= traced.steps.len();
    if grouped { format!("{table}{hint}") } else { table }
}

/// Returns true if nothing of an interval is special: at most one grant, which covers it whole.
fn alike(step: &Step) -> bool {
    match step.deductions.as_slice() {
        [] => step.uncovered == step.interval.minutes,
        [_] => step.uncovered.is_zero(),
        _ => false,
    }
}

fn same_cover(a: &Step, b: &Step) -> bool {
    // An interval that adds no minute asks no grant.
    let idle = |step: &Step| step.interval.minutes.is_zero();
    match (a.deductions.first(), b.deductions.first()) {
        (Some(a), Some(b)) => (a.grant, a.ratio) == (b.grant, b.ratio),
        (None, None) => idle(a) == idle(b),
        _ => false,
    }
}

/// Returns the rows of a run: one for each deduction of a single interval, one for a run of several.
fn lines(subject: &Subject<'_>, run: &[Step]) -> Vec<Vec<String>> {
    let [first, ..] = run else { return Vec::new() };
    let last = run.last().unwrap_or(first);
    let start = if run.len() == 1 {
        first.interval.start.to_string()
    } else {
        format!("{} .. {} ({})", first.interval.start, last.interval.start, run.len())
    };
    let head = |row: &mut Vec<String>| {
        row[0].clone_from(&start);
        row[1] = run.iter().map(|step| step.interval.seconds).sum::<i64>().to_string();
        row[2] = last.total.to_string();
        row[3] = run.iter().map(|step| step.interval.minutes).sum::<Quantity>().to_string();
        row[9] = run.iter().map(|step| step.uncovered).sum::<Quantity>().to_string();
        row[10] = sources(run.iter().flat_map(|step| step.rows.iter().copied()), subject);
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    let given = first.deductions.iter().zip(&last.deductions);
    for (at, (one, other)) in given.enumerate() {
        let mut row = vec![String::new(); HEADER.len()];
        row[4] = shown(&subject.terms.grants[one.grant].id);
        row[5] = one.ratio.to_string();
        row[6] = one.before.to_string();
        let taken = run.iter().filter_map(|step| step.deductions.get(at)).map(|given| given.taken).sum();
        row[7] = crate::model::PackMinutes::to_string(&taken);
        row[8] = other.after.to_string();
        if one.before - taken != other.after {
            // What lies between, other lines took.
            row[8].push_str(" *");
        }
        rows.push(row);
    }
    if rows.is_empty() {
        rows.push(vec![String::new(); HEADER.len()]);
    }
    head(&mut rows[0]);
    rows
}

#[cfg(test)]
mod tests {
    use crate::explain::ranges;

    #[test]
    fn rows_that_follow_one_another_are_a_range() {
        assert_eq!(ranges(&[3, 4, 5, 9, 11, 12], 3), "3-5,9,11-12");
        assert_eq!(ranges(&[], 3), "");
    }

    #[test]
    fn of_many_ranges_the_first_and_the_last_are_named() {
        assert_eq!(ranges(&[3, 4, 9, 11, 15, 20], 3), "3-4,9,…,20");
    }
}
