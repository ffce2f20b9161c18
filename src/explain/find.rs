//! Which line is meant: a discrepancy's id, or application, day and item.

use super::name;
use crate::compare::finding::{Discrepancy, Finding};
use crate::compare::other_lines::bills;
use crate::compare::pairing::Pairing;
use crate::compare::{Bill, Compared, pair_usage};
use crate::model::diagnostic::{At, Diagnostic, shown};
use crate::model::{AppId, Item};

/// So many nearest names are told.
const NEAREST: usize = 3;

/// The target of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The charges and the bill's lines that bill them.
    pub pairing: Pairing,
    /// The position of the finding, where they do not agree.
    pub finding: Option<usize>,
}

/// Returns the line that a text means.
pub fn find(
    text: &str,
    bill: &Bill<'_>,
    compared: &Compared,
    rows: &[(usize, Discrepancy)],
) -> Result<Target, Box<Diagnostic>> {
    if let Some((at, _)) = rows.iter().find(|(_, row)| row.id == text) {
        return Ok(target_of(*at, &compared.findings));
    }
    let wanted = parse(text);
    let meant = |app: Option<AppId>, day: &str, item: Option<Item>| {
        wanted.as_ref().is_some_and(|wanted| (wanted.app, wanted.day, Some(wanted.item)) == (app, day, item))
    };
    let charges: Vec<usize> = (0..bill.charges.len())
        .filter(|at| {
            let charge = &bill.charges[*at];
            meant(charge.app, &charge.day.to_string(), Some(charge.item))
        })
        .collect();
    let lines: Vec<usize> = (0..bill.lines.len())
        .filter(|at| {
            let line = &bill.lines[*at];
            let day = line.span.from.day();
            meant(line.app, &day.to_string(), line.item) || meant(line.app, &day.month().to_string(), line.item)
        })
        .collect();
    let holds = |pairing: &Pairing| {
        pairing.charges.iter().any(|at| charges.contains(at))
            || (charges.is_empty() && pairing.lines.iter().any(|at| lines.contains(at)))
    };
    if let Some(at) = compared.findings.iter().position(|finding| holds(&finding.pairing)) {
        return Ok(target_of(at, &compared.findings));
    }
    if let Some(pairing) = pair_usage(bill).into_iter().find(holds) {
        return Ok(Target { pairing, finding: None });
    }
    if charges.is_empty() && lines.is_empty() {
        return Err(Box::new(unknown(text, bill, rows)));
    }
    let of_fee = |at: &usize| charges.iter().any(|fee| bills(&bill.lines[*at], &bill.charges[*fee]));
    let lines = if charges.is_empty() { lines } else { (0..bill.lines.len()).filter(of_fee).take(1).collect() };
    Ok(Target { pairing: Pairing { charges, lines }, finding: None })
}

fn target_of(at: usize, findings: &[Finding]) -> Target {
    Target { pairing: findings[at].pairing.clone(), finding: Some(at) }
}

struct Wanted<'a> {
    app: Option<AppId>,
    day: &'a str,
    item: Item,
}

/// `1400000001/2024-10-03/av.hd`; of an item of the account `-/2024-10/relay.third` or `/2024-10/relay.third`.
fn parse(text: &str) -> Option<Wanted<'_>> {
    let (app, rest) = text.split_once('/')?;
    let (day, item) = rest.split_once('/')?;
    let app = match app {
        "" | "-" => None,
        digits => Some(digits.parse().ok()?),
    };
    Some(Wanted { app, day, item: Item::parse(item)? })
}

fn unknown(text: &str, bill: &Bill<'_>, rows: &[(usize, Discrepancy)]) -> Diagnostic {
    let mut known: Vec<String> = bill.charges.iter().map(name).collect();
    known.extend(bill.lines.iter().filter_map(|line| {
        let app = line.app.map_or_else(|| "-".to_owned(), |app| app.to_string());
        line.item.map(|item| format!("{app}/{}/{item}", line.span.from.day()))
    }));
    known.extend(rows.iter().map(|(_, row)| row.id.clone()));
    known.sort();
    known.dedup();
    known.sort_by_key(|name| strsim::damerau_levenshtein(text, name));
    known.truncate(NEAREST);
    let help = if known.is_empty() {
        "the month has no charge and no bill line".to_owned()
    } else {
        format!("the nearest are {}; discrepancies.csv and charges.csv list them all", known.join(", "))
    };
    let message = format!(
        "`{}` is no line of this month; expected a discrepancy's id, or application/day/item (`-` for the account)",
        shown(text)
    );
    Diagnostic::error("unknown-line", At::file("LINE"), message, help)
}
