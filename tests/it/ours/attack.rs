//! Folders as they come: other layouts, copies, half a bill, an application that nothing knows, several mistakes.

use jiff::ToSpan;

use super::bill::{Layout, Print};
use super::folder::{Folder, Seen, reconciled};
use super::mistakes::{Expect, Mistake};
use super::{right, told};
use crate::accounts::Dice;
use crate::reference::{Cut, Settlement, Site, cards};
use crate::run::side_by_side;

/// Accounts for each of them.
const SEEDS: u64 = 24;

/// Looks at folders side by side, and says which of them are wrong.
fn none_of(label: &str, folders: Vec<(String, Folder)>, wrong: impl Fn(&Seen) -> bool + Sync) {
    let files: Vec<(String, Vec<(String, String)>)> =
        folders.into_iter().map(|(label, folder)| (label, folder.files())).collect();
    none_of_files(label, files, wrong);
}

fn none_of_files(label: &str, cases: Vec<(String, Vec<(String, String)>)>, wrong: impl Fn(&Seen) -> bool + Sync) {
    let seen = side_by_side(&cases, |(label, files)| (label.clone(), reconciled(files)));
    let wrong: Vec<String> = seen
        .iter()
        .filter(|(_, seen)| wrong(seen))
        .map(|(label, seen)| format!("{label}: {}", told(&[], seen)))
        .collect();
    assert!(!cases.is_empty());
    assert!(wrong.is_empty(), "{label}: {} of {}\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn accused(seen: &Seen) -> bool {
    seen.certain().count() > 0 || !seen.claimed.is_zero()
}

/// Accounts abroad with every other layout; at home there is no FOCUS with Chinese package names.
fn in_layout(layout: Layout) -> Vec<(u64, Folder)> {
    let all = (0..SEEDS).map(|seed| (seed, right(seed)));
    let fits = |folder: &Folder| layout != Layout::Focus || folder.account.site == Site::Intl;
    all.filter(|(_, folder)| fits(folder))
        .map(|(seed, folder)| (seed, Folder { print: Print { layout, ..folder.print }, ..folder }))
        .collect()
}

const LAYOUTS: [Layout; 4] = [Layout::Month, Layout::L2, Layout::L1, Layout::Focus];

#[test]
#[ignore = "minutes; `just ours` runs it"]
fn a_right_bill_of_another_layout_is_accused_of_nothing() {
    for layout in LAYOUTS {
        let folders = in_layout(layout).into_iter().map(|(seed, folder)| (format!("seed {seed}"), folder)).collect();
        none_of(&format!("{layout:?}"), folders, |seen| accused(seen) || seen.refused);
    }
}

#[test]
#[ignore = "minutes; `just ours` runs it"]
fn mistakes_beside_a_bill_of_another_layout_accuse_nobody() {
    for layout in LAYOUTS {
        let mut folders = Vec::new();
        for (seed, mut folder) in in_layout(layout) {
            let at = usize::try_from(seed).unwrap() * 7;
            let mistake = Mistake::ALL[at % Mistake::ALL.len()];
            if mistake.make(&mut folder, &mut Dice::new(seed)).is_some() {
                folders.push((format!("seed {seed} {}", mistake.name()), folder));
            }
        }
        none_of(&format!("{layout:?}"), folders, accused);
    }
}

/// The bill and the usage a second time under other names.
#[test]
fn a_copy_of_a_file_changes_nothing() {
    let cases = (0..SEEDS / 4).map(|seed| {
        let mut files = right(seed).files();
        let copies: Vec<(String, String)> = files
            .iter()
            .filter(|(path, _)| path != "account.toml")
            .map(|(path, text)| (path.replace(".csv", " (1).csv"), text.clone()))
            .collect();
        files.extend(copies);
        (format!("seed {seed}"), files)
    });
    none_of_files("copies", cases.collect(), |seen| !seen.reconciled);
}

/// A bill by the day that was downloaded in the middle of the month.
#[test]
#[ignore = "minutes; `just ours` runs it"]
fn half_a_bill_accuses_nobody() {
    let mut folders = Vec::new();
    for seed in 0..SEEDS {
        let mut folder = right(seed);
        let middle = folder.account.period.checked_add(14.days()).unwrap();
        let card = cards::card_on(&folder.account, folder.account.period);
        if folder.account.cut == Cut::Usage
            && cards::settlement(&folder.account, card, folder.account.period) == Settlement::Day
        {
            folder.rows.retain(|row| row.last <= middle);
            folders.push((format!("seed {seed}"), folder));
        }
    }
    none_of("half a bill", folders, accused);
}

/// An application of the bill that neither account.toml nor the usage knows is named as the bill prints it.
#[test]
#[ignore = "minutes; `just ours` runs it"]
fn an_application_that_nothing_knows_is_named() {
    let mut folders = Vec::new();
    for seed in 0..SEEDS {
        let mut folder = right(seed);
        let Some(Expect::Usage(gone)) = Mistake::AppForgotten.make(&mut folder, &mut Dice::new(seed)) else { continue };
        let app = gone[0].app;
        folder.account.apps.retain(|known| *known != app);
        folder.account.grants.retain(|grant| grant.app != Some(app));
        folder.account.subscriptions.retain(|one| one.app != app);
        folders.push((seed, app, folder));
    }
    let seen = side_by_side(&folders, |(seed, app, folder)| (*seed, *app, folder.seen()));
    assert!(!seen.is_empty());
    let unnamed = seen.iter().filter(|(_, app, seen)| {
        accused(seen) || !(seen.reconciled || seen.found.iter().any(|found| found.app == app.to_string()))
    });
    let wrong: Vec<String> =
        unnamed.map(|(seed, app, seen)| format!("seed {seed} {app}: {}", told(&[], seen))).collect();
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), seen.len(), wrong.join("\n"));
}

/// Three to five mistakes in one folder.
#[test]
#[ignore = "minutes; `just ours` runs it"]
fn several_mistakes_accuse_nobody() {
    let mut folders = Vec::new();
    for seed in 0..SEEDS {
        let (mut folder, mut dice, mut made) = (right(seed), Dice::new(seed), Vec::new());
        for step in 0..5_usize {
            let at = (usize::try_from(seed).unwrap() * 3 + step * 5) % Mistake::ALL.len();
            let mistake = Mistake::ALL[at];
            let last = matches!(mistake, Mistake::Site | Mistake::OtherMonthsBill);
            let before = folder.clone();
            if !last && mistake.make(&mut folder, &mut dice).is_some() {
                made.push(mistake.name());
            } else {
                folder = before;
            }
        }
        if made.len() >= 3 {
            folders.push((format!("seed {seed} {}", made.join(" + ")), folder));
        }
    }
    none_of("several mistakes", folders, accused);
}
