//! Errors planted in bills that are made from the tool's own charges: found on
//! exactly the lines that they touch, with the cause named.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;

use jiff::civil::date;
use trtc_recon::case::account::{PartialMinute, Scope};
use trtc_recon::case::{Account, folder};
use trtc_recon::domain::invoice::{InvoiceLine, LineClass, PrintedPrice};
use trtc_recon::domain::usage::Exactness;
use trtc_recon::domain::{
    AppId, Day, Item, Money, Month, Place, Quantity, Span, Stamp, TableRef, Unit, UnitPrice, Usage,
};
use trtc_recon::explain::{Situation, explain};
use trtc_recon::ratecard::{Cards, Plans};
use trtc_recon::rating::charge::{Charge, LINE, Settled, fee_line};
use trtc_recon::rating::terms::{Bucket, Terms};
use trtc_recon::rating::{admission, agreement, rate};
use trtc_recon::reconcile::finding::Finding;
use trtc_recon::reconcile::{Bill, Compared, Tolerance, compare};

use crate::accounts::{self, Sample};
use crate::reference::{self, Grant, Site, Subscription, dec};

const PLACE: Place = Place { table: TableRef(0), row: 1 };

/// An account, ready to be rated.
struct World {
    account: Account,
    cards: Cards,
    period: Month,
    usage: Vec<Usage>,
    terms: Terms,
    charges: Vec<Charge>,
    days: BTreeSet<Day>,
    /// Whether the bill prints usage before deduction.
    prints_usage: bool,
}

/// What makes lines one.
type Key = (Span, Option<AppId>, Option<Item>);

/// A bill with an error, and its cause.
struct Plant {
    cause: String,
    lines: Vec<InvoiceLine>,
}

fn usage_of(row: &reference::Usage) -> Usage {
    let item = Item::parse(&row.item).unwrap();
    let (start, end) = (Stamp::from_civil(row.start), Stamp::from_civil(row.end));
    let quantity = item.finest(&reference::plain(row.quantity)).unwrap();
    let seconds = u32::try_from(end - start).unwrap();
    Usage { start, seconds, item, exactness: Exactness::Exact, app: row.app, quantity, place: PLACE }
}

impl World {
    fn new(sample: &Sample, prints_usage: bool) -> Self {
        let case = tempfile::tempdir().unwrap();
        fs::write(case.path().join("account.toml"), accounts::account_toml(&sample.account)).unwrap();
        let account = folder::open(case.path()).unwrap().account;
        let (cards, period) = (Cards::embedded(), account.period.unwrap());
        let terms = agreement::terms(&account, &cards, period).unwrap();
        let mut usage: Vec<Usage> = sample.usage.iter().map(usage_of).collect();
        let refused = admission::admit_usage(&mut usage, &terms, |_| trtc_recon::diagnostic::At::file("usage"));
        assert!(!refused.has_errors());
        let charges = rate(&usage, &terms).charges;
        let days = Span { from: terms.window.from(), until: terms.window.until() }.days().collect();
        Self { account, cards, period, usage, terms, charges, days, prints_usage }
    }

    fn line(&self, charge: &Charge) -> InvoiceLine {
        let printed = |quantity: Quantity| self.prints_usage.then_some(quantity);
        InvoiceLine {
            class: if charge.item.is_fee() { LineClass::Fee } else { LineClass::Usage },
            item: Some(charge.item),
            app: charge.app,
            span: charge.day.span(),
            usage: printed(charge.billable),
            covered: printed(charge.covered),
            charged: Some(charge.charged),
            price: Some(PrintedPrice { figure: UnitPrice::new(LINE.apply(charge.price.decimal())), per: 1 }),
            list_price: None,
            amount: charge.amount,
            foreign: None,
            currency: self.terms.currency().to_owned(),
            decimals: 8,
            transaction: None,
            text: charge.item.id().to_owned(),
            place: PLACE,
        }
    }

    fn lines(&self, charges: &[Charge]) -> Vec<InvoiceLine> {
        charges.iter().map(|charge| self.line(charge)).collect()
    }

    fn if_terms(&self, cause: &str, edit: impl Fn(&mut Terms)) -> Plant {
        let mut terms = self.terms.clone();
        edit(&mut terms);
        Plant { cause: cause.to_owned(), lines: self.lines(&rate(&self.usage, &terms).charges) }
    }

    fn if_usage(&self, cause: &str, edit: impl Fn(&mut Vec<Usage>)) -> Plant {
        let mut usage = self.usage.clone();
        edit(&mut usage);
        Plant { cause: cause.to_owned(), lines: self.lines(&rate(&usage, &self.terms).charges) }
    }

    fn explained(&self, lines: &[InvoiceLine]) -> Compared {
        let possible: Vec<Charge> = self.terms.possible_fees.iter().map(|fee| fee_line(fee, &self.terms)).collect();
        let bill = Bill {
            charges: &self.charges,
            possible: &possible,
            lines,
            currency: self.terms.currency(),
            tolerance: Tolerance::default(),
            days_seen: &self.days,
            refunds: &[],
        };
        let mut compared = compare(&bill);
        let (account, cards, usage, terms) = (&self.account, &self.cards, &self.usage, &self.terms);
        explain(&Situation { account, cards, period: self.period, usage, terms, bill }, &mut compared);
        compared
    }

    /// The figures of each key.
    fn figures(lines: &[InvoiceLine]) -> BTreeMap<Key, (Quantity, Money, Vec<UnitPrice>)> {
        let mut figures: BTreeMap<Key, (Quantity, Money, Vec<UnitPrice>)> = BTreeMap::new();
        for line in lines {
            let sum = figures.entry((line.span, line.app, line.item)).or_default();
            sum.0 += line.charged.unwrap();
            sum.1 += line.amount;
            sum.2.push(line.price.unwrap().figure);
        }
        figures
    }

    /// The keys on which a bill differs from the right one.
    fn touched(&self, lines: &[InvoiceLine]) -> BTreeSet<Key> {
        let (right, wrong) = (Self::figures(&self.lines(&self.charges)), Self::figures(lines));
        let keys: BTreeSet<&Key> = right.keys().chain(wrong.keys()).collect();
        let nothing = (Quantity::ZERO, Money::ZERO);
        let differs = |key: &&&Key| match (right.get(**key), wrong.get(**key)) {
            (Some(right), Some(wrong)) => (right.0, right.1) != (wrong.0, wrong.1) || right.2[0] != wrong.2[0],
            (Some(one), None) => one.1 != nothing.1,
            (None, Some(one)) => (one.0, one.1) != nothing,
            (None, None) => false,
        };
        keys.iter().filter(differs).map(|key| **key).collect()
    }

    fn keys_of(&self, finding: &Finding, lines: &[InvoiceLine]) -> Vec<Key> {
        let charges = finding.pairing.charges.iter().map(|at| &self.charges[*at]);
        let charges = charges.map(|charge| (charge.day.span(), charge.app, Some(charge.item)));
        let lines = finding.pairing.lines.iter().map(|at| &lines[*at]);
        charges.chain(lines.map(|line| (line.span, line.app, line.item))).collect()
    }

    fn plants(&self, turn: usize) -> Vec<Plant> {
        let mut plants = self.rounding_plants();
        plants.extend(self.grant_plants(turn));
        plants.extend(self.price_plants(turn));
        plants.extend(self.usage_plants(turn));
        plants.extend(self.line_plants(turn));
        plants
    }

    fn rounding_plants(&self) -> Vec<Plant> {
        let bucket =
            |bucket: Bucket| move |terms: &mut Terms| terms.segments.iter_mut().for_each(|s| s.bucket = bucket);
        let scope = |scope: Scope| move |terms: &mut Terms| terms.segments.iter_mut().for_each(|s| s.scope = scope);
        vec![
            self.if_terms("interval_rounding", bucket(Bucket::Interval)),
            self.if_terms("month_rounding", bucket(Bucket::Month)),
            self.if_terms("account_rounding", scope(Scope::Account)),
            self.if_terms("app_rounding", scope(Scope::App)),
            self.if_terms("day_boundary", |terms| terms.day_shift = 8 * 3600),
        ]
    }

    fn grant_plants(&self, turn: usize) -> Vec<Plant> {
        let other = if self.terms.partial_minute == PartialMinute::Whole {
            PartialMinute::Fraction
        } else {
            PartialMinute::Whole
        };
        let mut plants = vec![self.if_terms("partial_minute", |terms| terms.partial_minute = other)];
        if self.terms.grants.is_empty() {
            return plants;
        }
        let at = turn % self.terms.grants.len();
        let id = self.terms.grants[at].id.clone();
        plants.push(self.if_terms(&format!("grant_skipped:{id}"), |terms| drop(terms.grants.remove(at))));
        let app = self.charges.iter().find_map(|charge| charge.app);
        plants.push(self.if_terms("grant_scope", |terms| {
            let grant = &mut terms.grants[at];
            grant.app = if grant.app.is_some() { None } else { app };
        }));
        plants.push(self.if_terms("grant_order", |terms| {
            let mut order: Vec<usize> = (0..terms.grants.len()).collect();
            order.sort_by_key(|at| {
                (!terms.grants[*at].always_first, -terms.grants[*at].valid.until.seconds(), terms.grants[*at].purchased)
            });
            order.into_iter().enumerate().for_each(|(rank, at)| terms.grants[at].rank = rank);
        }));
        plants.push(
            self.if_terms("grant_order", |terms| terms.grants.iter_mut().for_each(|g| g.since = g.since.max(g.ready))),
        );
        plants.push(self.if_terms("ratio", |terms| self.other_ratios(terms)));
        let mut account = self.account.clone();
        let cut = Day::parse("2023-02-21").unwrap();
        account.registered = if account.registered < cut { cut } else { cut + -1 };
        let ratios = agreement::terms(&account, &self.cards, self.period).unwrap();
        plants.push(self.if_terms("grant_cohort", |terms| terms.grants.clone_from(&ratios.grants)));
        plants
    }

    /// The ratios of cn-2020 for cn-2022 and the reverse; flat ones abroad.
    fn other_ratios(&self, terms: &mut Terms) {
        for grant in &mut terms.grants {
            let plan = Plans::embedded().get(&grant.plan).unwrap();
            for (segment, ratios) in terms.segments.iter().zip(&mut grant.ratios) {
                let other = match segment.card.id.as_str() {
                    "cn-2020" => "cn-2022",
                    "cn-2022" => "cn-2020",
                    "intl-2024" => "intl-2021",
                    _ => continue,
                };
                let card = self.cards.get(other).unwrap();
                for (item, ratio) in Item::all().zip(ratios) {
                    let there = plan.ratio(item, card, self.account.registered);
                    *ratio = ratio.map(|own| there.unwrap_or(own));
                }
            }
        }
    }

    fn price_plants(&self, turn: usize) -> Vec<Plant> {
        let mut account = self.account.clone();
        (account.discount, account.prices) = (None, Vec::new());
        let list = agreement::terms(&account, &self.cards, self.period).unwrap();
        let mut plants = vec![self.if_terms("list_price", |terms| {
            (terms.discount, terms.agreed, terms.fees) = (None, Vec::new(), list.fees.clone());
        })];
        let others: Vec<_> = self.cards.iter().filter(|card| card.currency == self.terms.currency()).collect();
        let card = others[turn % others.len()];
        let mut charges = self.charges.clone();
        for charge in charges.iter_mut().filter(|charge| !charge.item.is_fee()) {
            let agreed = self.terms.agreed_price(charge.item, charge.day.first_day());
            if let (None, Some(price)) = (agreed, card.price(charge.item)) {
                let price = price.unit_price().decimal();
                charge.price = UnitPrice::new(self.terms.discount.map_or(price, |factor| price * factor));
                charge.amount = charge.price.times(charge.charged, LINE);
            }
        }
        plants.push(Plant { cause: format!("other_card:{}", card.id), lines: self.lines(&charges) });
        plants
    }

    fn usage_plants(&self, turn: usize) -> Vec<Plant> {
        let billed = |row: &&Usage| row.item.unit() == Unit::Minute && self.terms.bills(row.start);
        let rows: Vec<Usage> = self.usage.iter().filter(billed).copied().collect();
        let Some(row) = rows.get((turn * 7) % rows.len().max(1)).copied() else { return Vec::new() };
        let mut plants = vec![
            self.if_usage("interval_missing", |usage| usage.retain(|known| *known != row)),
            self.if_usage("interval_duplicated", |usage| usage.push(row)),
        ];
        let card = &self.terms.segments[self.terms.segment(row.start)].card;
        let mut tiers = card.items().filter(|item| *item != row.item && item.service() == row.item.service());
        if let Some(other) = tiers.next() {
            plants.push(self.if_usage(&format!("other_tier:{other}"), |usage| {
                let same =
                    |known: &Usage| (known.item, known.app, known.start.day()) == (row.item, row.app, row.start.day());
                usage.iter_mut().filter(|known| same(known)).for_each(|known| known.item = other);
            }));
        }
        plants
    }

    fn line_plants(&self, turn: usize) -> Vec<Plant> {
        let mut plants = Vec::new();
        let lines = self.lines(&self.charges);
        let next = |charge: &Charge| {
            let Settled::Day(day) = charge.day else { return None };
            let same = |other: &&Charge| {
                (other.day, other.app, other.item) == (Settled::Day(day + 1), charge.app, charge.item)
            };
            self.charges.iter().find(same)
        };
        let pairs: Vec<(usize, &Charge)> =
            self.charges.iter().enumerate().filter_map(|(at, charge)| Some((at, next(charge)?))).collect();
        if let Some((at, other)) = pairs.get(turn % pairs.len().max(1)) {
            let mut moved = lines.clone();
            moved[*at] = InvoiceLine { span: lines[*at].span, ..self.line(other) };
            plants.push(Plant { cause: "period_shift".to_owned(), lines: moved });
        }
        if !lines.is_empty() {
            let mut twice = lines.clone();
            twice.push(lines[turn % lines.len()].clone());
            plants.push(Plant { cause: "duplicate_line".to_owned(), lines: twice });
        }
        plants
    }
}

/// What became of planted errors, by cause.
#[derive(Default)]
struct Tally {
    planted: usize,
    named: usize,
    wrong: usize,
}

#[derive(Default)]
struct Table {
    causes: BTreeMap<String, Tally>,
    misplaced: Vec<String>,
    unnamed: Vec<String>,
}

impl Table {
    fn add(&mut self, label: &str, world: &World, plant: &Plant) {
        let touched = world.touched(&plant.lines);
        if touched.is_empty() {
            return;
        }
        let compared = world.explained(&plant.lines);
        let keys: Vec<Vec<Key>> =
            compared.findings.iter().map(|finding| world.keys_of(finding, &plant.lines)).collect();
        let found: BTreeSet<Key> = keys.iter().flatten().copied().collect();
        let false_line = keys.iter().any(|keys| keys.iter().all(|key| !touched.contains(key)));
        if false_line || !touched.is_subset(&found) {
            self.misplaced.push(format!("{label} {}", plant.cause));
        }
        let tally = self.causes.entry(plant.cause.split(':').next().unwrap().to_owned()).or_default();
        tally.planted += 1;
        let missed: Vec<&Finding> =
            compared.findings.iter().filter(|finding| !finding.causes.contains(&plant.cause)).collect();
        tally.named += usize::from(missed.is_empty());
        tally.wrong += usize::from(missed.iter().any(|finding| !finding.causes.is_empty()));
        if let Some(finding) = missed.first() {
            let all = compared.findings.len();
            let named = format!("{:?} {} {:?}", finding.kind, finding.cause(), finding.because);
            self.unnamed.push(format!("{label} {}: {} of {all} findings, {named}", plant.cause, missed.len()));
        }
    }

    /// Every error on its lines; at least 95 of 100 named. The aim for wrong
    /// causes is none; a drawdown that hides the row at fault still gives a few
    /// (2 of 100 are borne, so that no more come).
    fn holds(&self) {
        let sum = |of: fn(&Tally) -> usize| self.causes.values().map(of).sum::<usize>();
        let (planted, named, wrong) = (sum(|t| t.planted), sum(|t| t.named), sum(|t| t.wrong));
        let good = named * 100 >= planted * 95 && wrong * 100 <= planted * 2;
        assert!(self.misplaced.is_empty() && good, "{}", self.text());
    }

    fn text(&self) -> String {
        let mut text = String::from("cause: planted, named, wrong\n");
        for (cause, tally) in &self.causes {
            writeln!(text, "{cause}: {} {} {}", tally.planted, tally.named, tally.wrong).unwrap();
        }
        for line in self.misplaced.iter().chain(&self.unnamed) {
            writeln!(text, "{line}").unwrap();
        }
        text
    }
}

/// An account abroad: free minutes, a plan by the month, a discount.
fn abroad() -> Sample {
    let mut account = reference::Account::new(Site::Intl, date(2023, 3, 1), date(2025, 3, 1));
    account.apps = vec![1_400_000_001, 1_400_000_002];
    account.discount = Some(dec("0.85"));
    let begins = date(2025, 3, 1).at(0, 0, 0, 0);
    let opening = Some((begins, dec("45")));
    account.grants.push(Grant { opening, ..Grant::new("free-2025-03", "free-monthly", begins) });
    let purchased = date(2025, 3, 3).at(15, 20, 0, 0);
    account.grants.push(Grant {
        app: Some(1_400_000_001),
        opening: Some((purchased, dec("151.5"))),
        ..Grant::new("live", "live-lite", purchased)
    });
    account.subscriptions.push(Subscription {
        id: "watch".to_owned(),
        plan: "dashboard-standard".to_owned(),
        app: 1_400_000_002,
        purchased,
        auto_renew: false,
        end: None,
        paid: None,
    });
    Sample { usage: weeks(&account, &["av.audio", "av.hd", "av.fhd", "rec.hd"]), account }
}

/// An account at home: packages of two sizes, a contract price.
fn at_home() -> Sample {
    let mut account = reference::Account::new(Site::Cn, date(2021, 6, 15), date(2023, 5, 1));
    account.apps = vec![1_400_000_001, 1_400_000_002];
    let price = dec("25");
    let from = date(2023, 5, 1);
    account.prices.push(reference::ContractPrice { item: "av.hd".to_owned(), price, from, until: None });
    let bought = |id: &str, minutes: &str, day: i8| {
        let purchased = date(2023, 5, day).at(10, 2, 30, 0);
        Grant { minutes: Some(dec(minutes)), ..Grant::new(id, "cn-general-custom", purchased) }
    };
    account.grants = vec![bought("one", "101", 2), bought("two", "73", 6)];
    Sample { usage: weeks(&account, &["av.audio", "av.sd", "av.hd", "av.fhd"]), account }
}

/// Two weeks of uneven usage.
fn weeks(account: &reference::Account, items: &[&str]) -> Vec<reference::Usage> {
    let mut usage = Vec::new();
    for number in 0..160_i64 {
        let day = account.period.checked_add(jiff::Span::new().days(number % 14)).unwrap();
        let start = day.at(i8::try_from(number * 5 % 24).unwrap(), i8::try_from(number / 14 * 5 % 60).unwrap(), 0, 0);
        let app = account.apps[usize::try_from(number / 14 % 2).unwrap()];
        let item = items[usize::try_from(number / 28).unwrap() % items.len()];
        usage.push(reference::Usage::seconds(start, app, item, 31 + number * number * 17 % 569));
    }
    usage
}

#[test]
fn each_planted_error_is_found_and_named() {
    let mut table = Table::default();
    for (label, sample) in [("abroad", abroad()), ("at home", at_home())] {
        for prints_usage in [true, false] {
            let world = World::new(&sample, prints_usage);
            assert!(world.explained(&world.lines(&world.charges)).findings.is_empty(), "{label}: a clean bill");
            for turn in 0..6 {
                for plant in world.plants(turn) {
                    table.add(&format!("{label} {prints_usage} {turn}"), &world, &plant);
                }
            }
        }
    }
    table.holds();
}

#[test]
fn random_errors_are_found_and_named() {
    let mut table = Table::default();
    for seed in 0..48 {
        let world = World::new(&accounts::sample(seed), seed % 2 == 0);
        for plant in world.plants(usize::try_from(seed).unwrap()) {
            table.add(&format!("seed {seed}"), &world, &plant);
        }
    }
    table.holds();
}

/// A discount that is not applied, and an interval left out of another day.
#[test]
fn two_errors_in_one_bill_are_both_found() {
    let world = World::new(&abroad(), true);
    let list = world.if_terms("list_price", |terms| terms.discount = None);
    let row = *world.usage.iter().find(|row| row.item.id() == "rec.hd" && row.quantity > 200).unwrap();
    let fewer: Vec<Usage> = world.usage.iter().filter(|known| **known != row).copied().collect();
    let terms = Terms { discount: None, ..world.terms.clone() };
    let lines = world.lines(&rate(&fewer, &terms).charges);
    assert_ne!(lines, list.lines);
    let compared = world.explained(&lines);
    let planted = ["list_price", "interval_missing"].map(str::to_owned);
    for finding in &compared.findings {
        assert!(finding.causes.iter().any(|cause| planted.contains(cause)), "{finding:?}");
    }
    for cause in &planted {
        assert!(compared.findings.iter().any(|finding| finding.causes.contains(cause)), "{cause}");
    }
}
