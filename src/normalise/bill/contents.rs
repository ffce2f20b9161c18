//! Checks that the bills of a case are the bills of its account, product and month.

use std::collections::{BTreeMap, BTreeSet};

use super::choose_layout::Candidate;
use super::classify::OTHER_PRODUCT;
use super::{MOST_NAMED, Window};
use crate::case::Account;
use crate::model::Month;
use crate::model::diagnostic::{At, Diagnostic, shown};

/// Says which rows are of other accounts: an error where no row is of this one.
pub(super) fn other_accounts(candidates: &[Candidate<'_>], account: &Account) -> Vec<Diagnostic> {
    let ours = |candidate: &Candidate<'_>| {
        let piece = &candidate.piece;
        let excluded: u64 = piece.excluded.iter().filter(|(why, _)| !is_of_others(why)).map(|(_, rows)| rows).sum();
        !piece.lines.is_empty() || !piece.dated_next_month.is_empty() || excluded > 0 || piece.rejected > 0
    };
    let any_ours = candidates.iter().any(ours);
    candidates.iter().filter_map(|candidate| said(&candidate.piece.others, account, any_ours)).collect()
}

fn is_of_others(reason: &str) -> bool {
    reason == super::OTHER_ACCOUNT || reason == super::TOTALS || reason.starts_with(OTHER_PRODUCT)
}

fn said(others: &BTreeMap<String, (u64, At)>, account: &Account, any_ours: bool) -> Option<Diagnostic> {
    let (_, at) = others.values().min_by_key(|(_, at)| at)?;
    let rows: u64 = others.values().map(|(rows, _)| rows).sum();
    let named = listed(others.iter().map(|(uin, (rows, _))| (shown(uin), *rows)));
    Some(if any_ours {
        Diagnostic::note(
            "bill-accounts",
            at.clone(),
            format!("{rows} rows are of other accounts than {}, and are left out: {named}", shown(&account.uin)),
            "Nothing to do. `trtc-recon split` makes a case of each account of the file.",
        )
    } else {
        Diagnostic::error(
            "bill-other-account",
            at.clone(),
            format!("no row is of the account of the case, {}; the file has rows of {named}", shown(&account.uin)),
            "Move the bill to the case of that account, or correct account.uin in account.toml.",
        )
    })
}

/// Warns where the bills have rows, and none of them is of TRTC or of the month.
pub(super) fn nothing_to_compare(
    candidates: &[Candidate<'_>],
    account: &Account,
    window: &Window,
) -> Option<Diagnostic> {
    let pieces = || candidates.iter().map(|candidate| &candidate.piece);
    let none_used = pieces().all(|piece| piece.lines.is_empty() && piece.dated_next_month.is_empty());
    if !none_used || pieces().all(|piece| piece.rows == 0) {
        return None;
    }
    let months: BTreeSet<Month> = pieces().flat_map(|piece| piece.months.iter().copied()).collect();
    if !months.is_empty() {
        let months = listed(months.into_iter().map(|month| (month.to_string(), 0)));
        let message = format!("no line of the bill belongs to {}; it has lines of {months}", window.period());
        let help = "name the bill's month with --period or in account.toml, or take the bill of this month";
        return Some(Diagnostic::warning("bill-of-other-period", At::file("bills"), message, help));
    }
    let mut products: BTreeMap<String, u64> = BTreeMap::new();
    for (reason, rows) in pieces().flat_map(|piece| &piece.excluded) {
        if let Some(product) = reason.strip_prefix(OTHER_PRODUCT) {
            *products.entry(product.to_owned()).or_default() += rows;
        }
    }
    if products.is_empty() {
        return None;
    }
    let message = format!(
        "no row of the bill of {} is of TRTC (实时音视频); it has rows of {}",
        shown(&account.uin),
        listed(products.into_iter())
    );
    let help =
        "perhaps the file is of another account or was filtered by product: download the whole bill of the month";
    Some(Diagnostic::warning("bill-without-trtc", At::file("bills"), message, help))
}

/// The first few of some names, with their rows.
fn listed(names: impl ExactSizeIterator<Item = (String, u64)>) -> String {
    let more = names.len().saturating_sub(MOST_NAMED);
    let one = |(name, rows): (String, u64)| if rows == 0 { name } else { format!("{name} ({rows})") };
    let mut named: Vec<String> = names.take(MOST_NAMED).map(one).collect();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    named.join(", ")
}
