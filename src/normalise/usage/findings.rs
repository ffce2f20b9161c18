//! Diagnostics about tables and readings as a whole.

use std::collections::BTreeMap;

use super::Coverage;
use super::table_context::AFTER;
use crate::case::Account;
use crate::model::diagnostic::{At, Diagnostic, nearest, shown};
use crate::model::{AppId, Place, Runs, Usage};
use crate::normalise::item_vocabulary::nearest_tier;
use crate::normalise::overlaps::{Bounds, Clash, Contradiction, Merged};
use crate::normalise::row_counts::TableCounts;
use crate::read::{HeadRow, Places, Table};

pub(super) const CROSS_FOOTED: &str = "cross-footed against finer rows";
/// Why a row is left out that says another figure than finer rows do.
pub(super) const OVERRULED: &str = "finer rows say another figure";

/// Why a row is left out that is of another account.
pub(super) const OTHER_ACCOUNT: &str = "of another account";

/// So many contradictions are shown; the others are counted.
const SHOWN: usize = 20;

/// Returns a table of no known layout: an error, unless its workbook has another that is read.
pub(super) fn unknown_layout(table: &Table, beside_known: bool, layouts: &[&str]) -> Diagnostic {
    // Of rows that are equally wide the first: the header stands above its rows.
    let width = |head: &&HeadRow| head.cells.iter().filter(|cell| !cell.trim().is_empty()).count();
    let widest = table.head.iter().rev().max_by_key(width);
    let found = widest.map(|head| head.cells.iter().map(|cell| with_nearest(cell)).collect::<Vec<_>>().join(" | "));
    if beside_known {
        return Diagnostic::note(
            "normalise-sheet-skipped",
            table.at(),
            "this sheet holds no usage table and was not read",
            "Other sheets of the file were. If this one holds usage, give it a header of a known layout.",
        );
    }
    Diagnostic::error(
        "normalise-layout-unknown",
        widest.map_or_else(|| table.at(), |head| table.at().row(head.number)),
        format!("no usage layout has these columns: {}", found.unwrap_or_else(|| "(the table is empty)".to_owned())),
        format!("Known layouts: {}. Take the file out of usage/ if it holds no usage.", layouts.join("; ")),
    )
}

/// Returns a header, and the known word that it may have been meant as.
fn with_nearest(cell: &str) -> String {
    let near = nearest_tier(cell).map(|word| format!(" (nearest known: {word})")).unwrap_or_default();
    shown(cell) + &near
}

/// Returns the note in place of the error about rows of other accounts; any other finding as it is.
pub(super) fn left_out_account(finding: Diagnostic, rows: u64) -> Diagnostic {
    if finding.code != super::row_accumulator::OTHER_ACCOUNT {
        return finding;
    }
    Diagnostic::note(
        "usage-accounts",
        finding.at,
        format!("{rows} rows are of other accounts, from this row on, and are left out"),
        "Nothing to do if the export covers several accounts.",
    )
}

/// Returns a hidden sheet that was read like any other.
pub(super) fn hidden(table: &Table) -> Option<Diagnostic> {
    table.hidden.then(|| {
        Diagnostic::note(
            "normalise-sheet-hidden",
            table.at(),
            "this sheet is hidden in its workbook; it was read, because its header is that of a usage table",
            "Delete the sheet if it is not meant to count.",
        )
    })
}

/// Rows that were moved onto the grid.
pub(super) fn moved(table: &Table, rows: u64) -> Option<Diagnostic> {
    (rows > 0).then(|| {
        Diagnostic::warning(
            "usage-off-grid",
            table.at(),
            format!("{rows} rows have a time up to a second off the 5-minute grid; they were moved onto it"),
            "Nothing to do if the export always looks like this. If another program wrote the times, let it keep seconds.",
        )
    })
}

/// Returns a table that lies wholly behind the period.
pub(super) fn outside(table: &Table, counts: &TableCounts) -> Option<Diagnostic> {
    let after = counts.reasons.iter().any(|(reason, _)| reason == AFTER);
    (after && counts.used + counts.duplicate + counts.rejected == 0).then(|| {
        Diagnostic::warning(
            "usage-outside",
            table.at(),
            format!("all its {} rows lie outside the period and none is used", counts.rows),
            "Check the period (--period, or account.toml), and that the file belongs to this case.",
        )
    })
}

/// Days of the period without a row.
pub(super) fn gaps(coverage: &Coverage) -> Option<Diagnostic> {
    if coverage.gaps.is_empty() {
        return None;
    }
    let stretch = |(first, last): &(_, _)| if first == last { format!("{first}") } else { format!("{first}/{last}") };
    let gaps: Vec<String> = coverage.gaps.iter().map(stretch).collect();
    Some(Diagnostic::warning(
        "usage-gap",
        At::file("usage"),
        format!("no usage row of the account on: {}", gaps.join(", ")),
        "Perhaps nothing was used. Export these days again if something was; a difference on them proves nothing.",
    ))
}

/// Contradictions and repeats.
pub(super) fn of_merge<'a>(
    places: &'a Places,
    readings: &'a [Usage],
    merged: &'a Merged,
) -> impl Iterator<Item = Diagnostic> + 'a {
    let shown = merged.contradictions.iter().take(SHOWN).map(|clash| contradiction(places, readings, clash));
    let more = merged.contradictions.len().saturating_sub(SHOWN);
    let rest = merged.contradictions.get(SHOWN).filter(|_| more > 0).map(|clash| {
        let mut diagnostic = contradiction(places, readings, clash);
        diagnostic.message = format!("{} (and {} more contradictions)", diagnostic.message, more - 1);
        diagnostic
    });
    shown.chain(rest).chain(repeats(places, readings, merged))
}

fn contradiction(places: &Places, readings: &[Usage], clash: &Contradiction) -> Diagnostic {
    let (one, other) = (&readings[clash.one], &readings[clash.other]);
    let (here, there) = (places.at(other.place), places.at(one.place));
    let key = format!("{} of application {}", other.item, other.app);
    let span = |usage: &Usage| format!("{} to {}", usage.span().from, usage.span().until);
    let unit = other.item.unit().finest();
    let figure = |bounds: Bounds| {
        let metered = |value: i128| i64::try_from(value).map(|v| other.item.metered(v).to_string()).unwrap_or_default();
        if bounds.least == bounds.most {
            format!("{} {unit}", metered(bounds.most))
        } else {
            format!("between {} and {} {unit}", metered(bounds.least), metered(bounds.most))
        }
    };
    let (says, contradicts) = (figure(clash.says), figure(clash.contradicts));
    match clash.kind {
        Clash::Values => Diagnostic::error(
            "usage-conflict",
            here,
            format!("{key}, {}: {contradicts} here, {says} at {there}", span(other)),
            if one.place.table == other.place.table {
                "Both rows stand in one table, and no column but the figures tells them apart: they are no copy and no two parts of one sum. Export the table again."
            } else {
                "One of the two exports is wrong or out of date. Take it out."
            },
        ),
        Clash::Overlap => Diagnostic::error(
            "usage-overlap",
            here,
            format!("{key}: {} overlaps {} at {there}", span(other), span(one)),
            "Intervals of one grain must not overlap. Export the usage again with one grain.",
        ),
        Clash::CrossFoot => Diagnostic::warning(
            "usage-crossfoot",
            here,
            format!(
                "{key}, {}: {contradicts} here, {says} by the rows from {there} on; these count, being more exact",
                span(other)
            ),
            "Two exports of the same usage disagree, or one lacks rows. Export both again, or take the wrong one out.",
        ),
    }
}

/// Returns one warning a table for rows that repeat others.
fn repeats<'a>(places: &'a Places, readings: &'a [Usage], merged: &'a Merged) -> impl Iterator<Item = Diagnostic> + 'a {
    let mut tables: BTreeMap<_, (Place, Place, u64)> = BTreeMap::new();
    for (first, repeat) in &merged.repeats {
        let (first, repeat) = (readings[*first].place, readings[*repeat].place);
        let seen = tables.entry(repeat.table).or_insert((first, repeat, 0));
        seen.2 += 1;
        if repeat < seen.1 {
            (seen.0, seen.1) = (first, repeat);
        }
    }
    tables.into_values().map(|(first, repeat, count)| {
        Diagnostic::warning(
            "usage-duplicate",
            places.at(repeat),
            format!("{count} figures repeat others; the first repeats the row at {}", places.at(first)),
            "They count once. Nothing needs to be done if the exports were meant to overlap.",
        )
    })
}

/// Applications that account.toml does not list.
pub(super) fn unknown_apps<'a>(
    places: &'a Places,
    usage: impl Iterator<Item = &'a Runs>,
    account: &'a Account,
) -> impl Iterator<Item = Diagnostic> + 'a {
    let mut unknown: BTreeMap<AppId, Place> = BTreeMap::new();
    for run in usage.flat_map(Runs::runs).filter(|run| !account.has_app(run.kind.app)) {
        let place = Place { table: run.kind.table, row: run.outline().first_row };
        let first = unknown.entry(run.kind.app).or_insert(place);
        *first = place.min(*first);
    }
    let all = unknown.keys().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let none_listed = unknown.iter().next().filter(|_| account.apps.is_empty()).map(|(_, place)| {
        Diagnostic::warning(
            "usage-unknown-app",
            places.at(*place),
            format!("account.toml lists no application; taken as the account's own: {}", shown(&all)),
            "List them in account.toml, so that a foreign one is noticed: [[app]] sdk_app_id = …",
        )
    });
    let known: Vec<String> = account.apps.iter().map(|app| app.id.to_string()).collect();
    let foreign = unknown.into_iter().take(if known.is_empty() { 0 } else { SHOWN }).map(move |(app, place)| {
        let near = nearest(&app.to_string(), known.iter().map(String::as_str)).map(str::to_owned);
        let near = near.map(|id| format!(" (the nearest listed one is {id})")).unwrap_or_default();
        Diagnostic::error(
            "usage-unknown-app",
            places.at(place),
            format!("account.toml does not list the application {app}{near}"),
            format!("If it belongs to the account, add: [[app]] sdk_app_id = {app}."),
        )
    });
    none_listed.into_iter().chain(foreign)
}
