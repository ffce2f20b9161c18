//! Any single bit of an xlsx turned over: the file is refused, or the result is
//! the same. Never another charge without a word.
//!
//! The normal run takes some thousand bits, spread over all bytes of the file;
//! `FLIPS=all` (`just flips`) takes every one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use trtc_recon::model::diagnostic::{Diagnostics, Severity};
use trtc_recon::pipeline::replay::{self, Recorded};
use trtc_recon::pipeline::{self, Options, Task};
use trtc_recon::report::Format;
use trtc_recon::report::disk::Disk;
use trtc_recon::rules::Cards;

use crate::accounts::Dice;
use crate::forms::{Cells, xlsx};
use crate::matrix;
use crate::run::side_by_side;

/// The case with these bytes as usage and bill.
fn write(folder: &Path, files: &[(&str, &[u8])]) {
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// What a case comes to, from its files to the bytes of its report, published nowhere; or the codes that refuse it.
fn result(case: &Path, recorded: &Recorded) -> Result<Vec<(String, Vec<u8>)>, BTreeSet<&'static str>> {
    let mut found = Diagnostics::default();
    let files = replay::again(case, recorded, &mut found);
    let errors: BTreeSet<_> =
        found.iter().filter(|found| found.severity == Severity::Error).map(|found| found.code).collect();
    let mut files = files.ok_or(errors)?;
    // These hold the SHA-256 of the inputs, which must differ.
    files.retain(|(name, _)| Path::new(name).extension().is_some_and(|ending| ending == "csv"));
    Ok(files)
}

/// How a run is done, as the manifest of a first one has it.
fn recorded(case: &Path) -> Recorded {
    let out = tempfile::tempdir().unwrap();
    let options = Options {
        out: out.path().to_owned(),
        formats: vec![Format::Csv],
        ..Options::reading(Task::Reconcile, None, Cards::embedded())
    };
    let outcome = pipeline::run_on(&mut Disk::default(), case, &options);
    replay::recorded(&outcome.written.expect("the case is good"), Cards::embedded()).unwrap()
}

/// Bits of the file: all, or some of every byte's neighbourhood.
fn bits(length: usize, some: usize) -> Vec<usize> {
    if std::env::var_os("FLIPS").is_some_and(|all| all == "all") {
        return (0..length * 8).collect();
    }
    let (mut dice, step) = (Dice::new(20), length * 8 / some);
    (0..some).map(|at| at * step + usize::try_from(dice.below(u64::try_from(step).unwrap())).unwrap()).collect()
}

/// Flips bits of one of the files; what went wrong.
fn strike(files: &[(&str, &[u8])], target: usize, some: usize) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    let recorded = recorded(folder.path());
    let expected = result(folder.path(), &recorded).unwrap();
    assert!(expected.iter().any(|(name, bytes)| name == "charges.csv" && bytes.len() > 500));
    let one = |bit: &usize| {
        let (path, bytes) = files[target];
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), files);
        fs::write(folder.path().join(path), bytes).unwrap();
        match result(folder.path(), &recorded) {
            Err(codes) if codes.is_empty() => Err(format!("byte {}, bit {}: refused without a word", bit / 8, bit % 8)),
            Err(_) => Ok(true),
            Ok(got) if got == expected => Ok(false),
            Ok(_) => Err(format!("byte {}, bit {}: another result, and no error", bit / 8, bit % 8)),
        }
    };
    let results: Vec<Result<bool, String>> = side_by_side(&bits(files[target].1.len(), some), one);
    let wrong: Vec<&String> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    assert!(wrong.is_empty(), "{} of {}: {:#?}", wrong.len(), results.len(), &wrong[..wrong.len().min(10)]);
    let refused = results.iter().filter(|result| **result == Ok(true)).count();
    assert!(refused * 10 > results.len() * 9, "only {refused} of {} flips were noticed", results.len());
}

#[test]
fn no_bit_of_a_workbook_changes_a_charge_unseen() {
    let (account, usage, bill) = matrix::small_case();
    for cells in [Cells::Text, Cells::Typed] {
        let (usage, bill) = (xlsx(&usage, cells), xlsx(&bill, cells));
        let files = [("account.toml", account.as_bytes()), ("usage/u.xlsx", &usage), ("bills/b.xlsx", &bill)];
        strike(&files, 1, 2000);
        strike(&files, 2, 1000);
    }
}
