//! The tool against the slow, obvious second implementation: the same bytes of
//! charges.csv and drawdown.csv for random accounts.

use std::fs;
use std::path::Path;

use trtc_recon::pipeline::{self, Options, Status, Task};
use trtc_recon::report::Format;
use trtc_recon::rules::Cards;

use crate::accounts::{self, Sample};
use crate::reference;

fn rate(case: &Path, out: &Path) -> pipeline::Outcome {
    let options = Options {
        out: out.to_owned(),
        formats: vec![Format::Csv],
        ..Options::reading(Task::Rate, None, Cards::embedded())
    };
    pipeline::run(case, &options)
}

/// The first line that differs, with its number, of two texts.
fn first_difference(got: &str, expected: &str) -> String {
    let lines = got.lines().zip(expected.lines()).enumerate();
    let differs = lines.into_iter().find(|(_, (got, expected))| got != expected);
    differs.map_or_else(
        || format!("{} lines against {}", got.lines().count(), expected.lines().count()),
        |(at, (got, expected))| format!("line {}:\n  tool      {got}\n  reference {expected}", at + 1),
    )
}

fn agrees(seed: u64, sample: &Sample) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let (case, out) = (folder.path().join("case"), folder.path().join("out"));
    fs::create_dir_all(case.join("usage")).unwrap();
    fs::write(case.join("account.toml"), accounts::account_toml(&sample.account)).unwrap();
    fs::write(case.join("usage/usage.csv"), accounts::usage_csv(&sample.usage)).unwrap();
    let outcome = rate(&case, &out);
    if outcome.status != Status::Clean {
        let findings: Vec<String> = outcome.diagnostics.iter().map(ToString::to_string).collect();
        return Err(format!("seed {seed}: refused\n{}", findings.join("\n")));
    }
    let written = outcome.written.unwrap();
    let files = [
        ("charges.csv", reference::charges_csv(&sample.account, &sample.usage)),
        ("drawdown.csv", reference::drawdown_csv(&sample.account, &sample.usage)),
    ];
    for (name, expected) in files {
        let got = fs::read_to_string(written.join(name)).unwrap();
        if got != expected {
            return Err(format!("seed {seed}: {name} {}", first_difference(&got, &expected)));
        }
    }
    Ok(())
}

/// Of so many accounts, or of those that `ACCOUNTS` says: as many, or a range of seeds `3000..4000` (`just accounts`).
fn all_agree(few: u64, sample: fn(u64) -> Sample) {
    let seeds = std::env::var("ACCOUNTS").map_or(0..few, |asked| match asked.split_once("..") {
        Some((first, behind)) => first.parse().unwrap()..behind.parse().unwrap(),
        None => 0..asked.parse().unwrap(),
    });
    let seeds: Vec<u64> = seeds.collect();
    let checked =
        crate::run::side_by_side(&seeds, |seed| agrees(*seed, &accounts::agreed_otherwise(*seed, sample(*seed))));
    let wrong: Vec<String> = checked.into_iter().filter_map(Result::err).collect();
    let shown = wrong[..wrong.len().min(8)].join("\n");
    assert!(wrong.is_empty(), "{} of {} differ\n{shown}", wrong.len(), seeds.len());
}

#[test]
fn the_four_published_cards_rate_alike() {
    all_agree(120, accounts::sample);
}

#[test]
fn the_older_cards_rate_alike() {
    all_agree(80, accounts::older_sample);
}
