//! How long rating takes: metering, drawdown and charges, without reading or writing.
//!
//! `cargo bench --bench rate`. The usage is 25 applications with five items in
//! every 5-minute interval, as many days as make the number of rows.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use trtc_recon::case::read::account;
use trtc_recon::domain::usage::Exactness;
use trtc_recon::domain::{Item, Month, Place, TableRef, Usage};
use trtc_recon::ratecard::Cards;
use trtc_recon::rating::{agreement, rate};

const ACCOUNT: &str = r#"
[account]
uin = "100000000001"
site = "intl"
registered = 2023-03-01
first_app_created = 2023-03-02
[[app]]
sdk_app_id = 1400000001
[[grant]]
id = "free"
plan = "free-monthly"
purchased = 2024-10-01T00:00:00
[[subscription]]
id = "engine"
plan = "rtc-engine-pro"
app = 1400000001
purchased = 2024-10-03T15:20:00
"#;

fn usage(rows: usize, month: Month) -> Vec<Usage> {
    let items: Vec<Item> =
        ["av.audio", "av.hd", "av.fhd", "rec.hd", "mix.h264.hd"].into_iter().filter_map(Item::parse).collect();
    let row = |number: u32| {
        let (slot, app, item) = (number / 125, number / 5 % 25, number % 5);
        Usage {
            start: month.first_day().start() + i64::from(slot) * 300,
            seconds: 300,
            item: items[item as usize],
            exactness: Exactness::Exact,
            app: 1_400_000_001 + u64::from(app),
            quantity: i64::from(number % 7919) + 1,
            place: Place { table: TableRef(0), row: number },
        }
    };
    (0..u32::MAX).take(rows).map(row).collect()
}

fn rating(criterion: &mut Criterion) {
    let month = Month::parse("2024-10").unwrap_or_else(|| unreachable!("a month"));
    let account = account("account.toml", ACCOUNT).unwrap_or_else(|found| unreachable!("{found:?}"));
    let terms = agreement::terms(&account, &Cards::embedded(), month).unwrap_or_else(|found| unreachable!("{found:?}"));
    let mut group = criterion.benchmark_group("rate");
    group.sample_size(10);
    for rows in [10_000, 1_000_000] {
        let usage = usage(rows, month);
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_with_input(BenchmarkId::from_parameter(rows), &usage, |bench, usage| {
            bench.iter(|| rate(black_box(usage), &terms));
        });
    }
    group.finish();
}

criterion_group!(benches, rating);
criterion_main!(benches);
