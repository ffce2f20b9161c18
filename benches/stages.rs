//! How long each stage takes, and all of them: reading, reading with normalising,
//! rating, writing, the whole of `rate` and of `reconcile`.
//!
//! `cargo bench --bench stages` for 10 thousand and 1 million rows; with
//! `TRTC_BENCH_FULL=1` for 10 million too (`just bench-full`). The cases are
//! those of `trtc-recon generate`; `benches/compare.py` holds the figures
//! against `benches/baseline.json`.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use trtc_recon::case::folder;
use trtc_recon::model::Month;
use trtc_recon::normalise::usage::usage;
use trtc_recon::pipeline::{self, Options, Task};
use trtc_recon::rate::rate_runs;
use trtc_recon::read::{ReadOptions, Table, open};
use trtc_recon::report::Format;
use trtc_recon::rules::Cards;
use trtc_recon::rules::build_terms;
use trtc_recon::tools::generate::{Files, Layout, Order, Wanted, generate};

/// Rows of a case, and the applications that give them within a month.
const SIZES: [(u64, u16); 3] = [(10_000, 1), (1_000_000, 23), (10_000_000, 225)];

fn made(rows: u64, apps: u16) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let period = Month::parse("2024-10").unwrap_or_else(|| unreachable!("a month"));
    let (layout, order, files) = (Layout::Detail, Order::Time, Files::One);
    let wanted =
        Wanted { apps, days: 31, rows: Some(rows), seed: 1, period, layout, order, files, zip: false, errors: 0 };
    generate(&folder.path().join("case"), &wanted).unwrap_or_else(|found| panic!("{found:?}"));
    folder
}

fn options(task: Task, out: PathBuf) -> Options {
    Options { out, formats: vec![Format::Csv], ..Options::reading(task, None, Cards::embedded()) }
}

fn tables(case: &Path) -> Vec<Table> {
    let case = folder::open(case).unwrap_or_else(|found| panic!("{found:?}"));
    let (mut next, read) = (0, ReadOptions { late: true, ..ReadOptions::default() });
    case.usage.iter().flat_map(|file| open(file, &mut next, &read)).flat_map(|opened| opened.tables).collect()
}

fn stages(criterion: &mut Criterion) {
    let full = std::env::var_os("TRTC_BENCH_FULL").is_some();
    let sizes = SIZES.into_iter().take(if full { 3 } else { 2 });
    let cases: Vec<_> = sizes.map(|(rows, apps)| (rows, made(rows, apps))).collect();
    // The times of a file decide only a moment after it was written: see `read::Identity`.
    std::thread::sleep(std::time::Duration::from_millis(100));
    for (rows, folder) in cases {
        let case = folder.path().join("case");
        let account = folder::open(&case).unwrap_or_else(|found| panic!("{found:?}")).account;
        let period = account.period.unwrap_or_else(|| unreachable!("generated cases have one"));
        let terms =
            build_terms::terms(&account, &Cards::embedded(), period).unwrap_or_else(|found| panic!("{found:?}"));
        let read = usage(&tables(&case), &account, period.span());
        let mut group = criterion.benchmark_group("stages");
        group.sample_size(10).throughput(Throughput::Elements(rows));
        let count =
            |table: &Table| table.fold(1, &[0], || 0_u64, |rows, _| *rows += 1).map(|rows| rows.iter().sum::<u64>());
        group.bench_function(BenchmarkId::new("read", rows), |bench| {
            bench.iter(|| tables(&case).iter().map(count).filter_map(Result::ok).sum::<u64>());
        });
        group.bench_function(BenchmarkId::new("read and normalise", rows), |bench| {
            bench.iter(|| usage(&tables(&case), &account, period.span()).usage.len());
        });
        group.bench_function(BenchmarkId::new("rate", rows), |bench| {
            bench.iter(|| rate_runs(black_box(&read.usage), &terms));
        });
        for (name, task) in [("whole rate", Task::Rate), ("whole reconcile", Task::Reconcile)] {
            let options = options(task, folder.path().join("out"));
            group.bench_function(BenchmarkId::new(name, rows), |bench| {
                bench.iter(|| pipeline::run(&case, &options).status);
            });
        }
        group.finish();
    }
}

criterion_group!(benches, stages);
criterion_main!(benches);
