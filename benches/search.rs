//! How long the search for causes takes in a month of 100 applications: 892,800
//! intervals of 5 minutes, grants that run out, and a bill with an error.
//!
//! `cargo bench --bench search`. Each case prints what was named, so that a
//! search that is fast because it finds nothing is seen.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use trtc_recon::case::Account;
use trtc_recon::case::read::account;
use trtc_recon::causes::{Situation, explain};
use trtc_recon::compare::{Bill, Compared, Tolerance, compare};
use trtc_recon::model::invoice::{InvoiceLine, LineClass, PrintedPrice};
use trtc_recon::model::usage::Exactness;
use trtc_recon::model::{Day, Item, Month, Place, TableRef, UnitPrice, Usage};
use trtc_recon::rate::charge::{Charge, LINE};
use trtc_recon::rate::rate;
use trtc_recon::rules::Cards;
use trtc_recon::rules::build_terms;
use trtc_recon::rules::terms::{Bucket, Terms};

const ACCOUNT: &str = r#"
[account]
uin = "100000000001"
site = "intl"
registered = 2023-03-01
first_app_created = 2023-03-02
[[app]]
sdk_app_id = 1400000001
[[app]]
sdk_app_id = 1400000002
[[grant]]
id = "free"
plan = "free-monthly"
purchased = 2025-03-01T00:00:00
[[subscription]]
id = "engine"
plan = "rtc-engine-pro"
app = 1400000001
purchased = 2025-03-03T15:20:00
[[subscription]]
id = "live"
plan = "live-pro"
app = 1400000002
purchased = 2025-03-10T09:00:00
[contract]
discount = "0.85"
"#;
const APPS: u32 = 100;
const SLOTS: u32 = 31 * 288;
const PLACE: Place = Place { table: TableRef(0), row: 1 };

struct World {
    account: Account,
    cards: Cards,
    month: Month,
    usage: Vec<Usage>,
    terms: Terms,
    charges: Vec<Charge>,
    days: BTreeSet<Day>,
}

fn world() -> World {
    let month = Month::parse("2025-03").unwrap_or_else(|| unreachable!("a month"));
    let account = account("account.toml", ACCOUNT).unwrap_or_else(|found| unreachable!("{found:?}"));
    let cards = Cards::embedded();
    let terms = build_terms::terms(&account, &cards, month).unwrap_or_else(|found| unreachable!("{found:?}"));
    let items: Vec<Item> =
        ["av.audio", "av.hd", "av.fhd", "rec.hd", "av.2k"].into_iter().filter_map(Item::parse).collect();
    let row = |number: u32| {
        let (slot, app) = (number / APPS, number % APPS);
        Usage {
            start: month.first_day().start() + i64::from(slot) * 300,
            seconds: 300,
            item: items[((app + slot / 72) % 5) as usize],
            exactness: Exactness::Exact,
            app: 1_400_000_001 + u64::from(app),
            quantity: i64::from(number % 3_571) + 1,
            place: Place { table: TableRef(0), row: number },
        }
    };
    let usage: Vec<Usage> = (0..APPS * SLOTS).map(row).collect();
    let charges = rate(&usage, &terms).charges;
    World { account, cards, month, charges, days: month.span().days().collect(), usage, terms }
}

fn line(charge: &Charge, currency: &str) -> InvoiceLine {
    InvoiceLine {
        class: if charge.item.is_fee() { LineClass::Fee } else { LineClass::Usage },
        item: Some(charge.item),
        app: charge.app,
        span: charge.day.span(),
        usage: Some(charge.billable),
        covered: Some(charge.covered),
        charged: Some(charge.charged),
        price: Some(PrintedPrice { figure: UnitPrice::new(LINE.apply(charge.price.decimal())), per: 1 }),
        list_price: None,
        amount: charge.amount,
        foreign: None,
        currency: currency.to_owned(),
        decimals: 8,
        paid_at: None,
        transaction: None,
        text: charge.item.id().to_owned(),
        place: PLACE,
    }
}

impl World {
    fn billed(&self, usage: &[Usage], edit: impl Fn(&mut Terms)) -> Vec<InvoiceLine> {
        let mut terms = self.terms.clone();
        edit(&mut terms);
        rate(usage, &terms).charges.iter().map(|charge| line(charge, terms.currency())).collect()
    }

    fn explained(&self, lines: &[InvoiceLine]) -> Compared {
        let bill = Bill {
            charges: &self.charges,
            possible: &[],
            lines,
            currency: self.terms.currency(),
            tolerance: Tolerance::default(),
            days_seen: &self.days,
            refunds: &[],
        };
        let mut compared = compare(&bill);
        let (account, cards, usage, terms) = (&self.account, &self.cards, &self.usage, &self.terms);
        let attested = std::collections::BTreeSet::new();
        let period = self.month;
        explain(&Situation { account, cards, period, usage, terms, bill, attested: &attested }, &mut compared);
        compared
    }
}

fn searching(criterion: &mut Criterion) {
    let world = world();
    let without: Vec<Usage> = world.usage.iter().filter(|row| row.place.row != 502_939).copied().collect();
    let cases = [
        ("a grant skipped", world.billed(&world.usage, |terms| drop(terms.grants.remove(1)))),
        ("rounded by the month", {
            let month = |terms: &mut Terms| terms.segments.iter_mut().for_each(|part| part.bucket = Bucket::Month);
            world.billed(&world.usage, month)
        }),
        ("the discount not applied", world.billed(&world.usage, |terms| terms.discount = None.into())),
        ("an interval missing", world.billed(&without, |_| {})),
        ("both a grant skipped and an interval missing", {
            world.billed(&without, |terms| drop(terms.grants.remove(1)))
        }),
    ];
    let mut group = criterion.benchmark_group("search");
    group.sample_size(10);
    for (name, lines) in &cases {
        let begun = Instant::now();
        let compared = world.explained(lines);
        let took = begun.elapsed();
        let causes: BTreeSet<String> = compared.findings.iter().map(|finding| finding.causes.to_string()).collect();
        #[allow(clippy::print_stderr, reason = "a benchmark talks on the screen")]
        {
            eprintln!("{name}: {} findings in {took:.1?}, {causes:?}", compared.findings.len());
        }
        group.bench_function(*name, |bench| bench.iter(|| world.explained(black_box(lines))));
    }
    group.finish();
}

criterion_group!(benches, searching);
criterion_main!(benches);
