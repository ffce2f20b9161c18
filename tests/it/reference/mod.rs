//! The billing rules a second time: slow, obvious, written from the rules
//! alone and sharing no type and no table with the crate.
//! A test rates an account with both and compares the text.
//!
//! Time is Beijing wall time throughout (`jiff::civil`), figures are decimals.
//! Where a sentence of the rules can be read in two ways, the code says
//! `READING:` and the reading taken.

pub mod cards;
pub mod charges;
mod drawdown;
mod examples;
mod metering;
pub mod plans;
mod seed_intl;

use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use rust_decimal::{Decimal, RoundingStrategy};

pub use cards::Card;
pub use drawdown::Deduction;
pub use metering::Row;

/// The site an account belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    Cn,
    Intl,
}

/// How often the postpaid usage is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Settlement {
    Day,
    Month,
}

/// Over what the seconds are added up before they are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    App,
    Account,
}

/// Which days a bill holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Usage,
    Deduction,
}

/// One account and one billing month, as account.toml says it.
#[derive(Clone, Debug)]
pub struct Account {
    pub uin: String,
    pub site: Site,
    pub registered: Date,
    pub first_app: Date,
    /// The first day of the billing month.
    pub period: Date,
    pub settlement: Option<Settlement>,
    /// `[[settlement]]`: from a day on usage is settled so.
    pub settled_from: Vec<(Date, Settlement)>,
    pub card: Option<Card>,
    /// Whether the cards of section 8 exist; not a key of account.toml.
    pub older_cards: bool,
    pub apps: Vec<u64>,
    pub grants: Vec<Grant>,
    pub subscriptions: Vec<Subscription>,
    pub cut: Cut,
    /// `partial_minute = "whole"`.
    pub whole_minutes: bool,
    pub metering_scope: Option<Scope>,
    /// `[policy] metering_scope` as a table: the scope of a service.
    pub service_scopes: Vec<(String, Scope)>,
    /// `tie_order = "item"`.
    pub item_order: bool,
    pub discount: Option<Decimal>,
    /// Discounts with their days: from, until.
    pub discounts: Vec<(Decimal, Option<Date>, Option<Date>)>,
    pub prices: Vec<ContractPrice>,
    /// The least that a month's usage costs.
    pub minimum: Option<Decimal>,
    /// What the contract returns of a month's charges: a rate. It changes no charge.
    pub rebate: Option<Decimal>,
    /// Free users that other products give an application.
    pub mau_quotas: Vec<(u64, i64)>,
}

impl Account {
    /// An account that bought and agreed nothing, with the vendor's defaults.
    pub fn new(site: Site, first_app: Date, period: Date) -> Self {
        Self {
            uin: "100000000001".to_string(),
            site,
            registered: first_app,
            first_app,
            period,
            settlement: None,
            settled_from: Vec::new(),
            card: None,
            older_cards: false,
            apps: vec![1_400_000_001],
            grants: Vec::new(),
            subscriptions: Vec::new(),
            cut: Cut::Usage,
            whole_minutes: false,
            metering_scope: None,
            service_scopes: Vec::new(),
            item_order: false,
            discount: None,
            discounts: Vec::new(),
            prices: Vec::new(),
            minimum: None,
            rebate: None,
            mau_quotas: Vec::new(),
        }
    }
}

/// `[[grant]]`.
#[derive(Clone, Debug)]
pub struct Grant {
    pub id: String,
    pub plan: String,
    pub purchased: DateTime,
    pub app: Option<u64>,
    pub minutes: Option<Decimal>,
    pub paid: Option<Decimal>,
    pub start: Option<DateTime>,
    pub end: Option<DateTime>,
    pub opening: Option<(DateTime, Decimal)>,
    pub ended: Option<Ended>,
}

/// `ended` and `ended_by`: taken back, from then on it gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub at: DateTime,
    /// Its price was returned: it never covered anything and costs nothing.
    pub refund: bool,
}

impl Grant {
    /// A grant of a plan with nothing overridden.
    pub fn new(id: &str, plan: &str, purchased: DateTime) -> Self {
        Self {
            id: id.to_string(),
            plan: plan.to_string(),
            purchased,
            app: None,
            minutes: None,
            paid: None,
            start: None,
            end: None,
            opening: None,
            ended: None,
        }
    }
}

impl Subscription {
    /// One cycle of a plan.
    pub fn new(id: &str, plan: &str, app: u64, purchased: DateTime) -> Self {
        let (id, plan) = (id.to_string(), plan.to_string());
        Self { id, plan, app, purchased, auto_renew: false, end: None, paid: None, ended: None }
    }
}

/// `[[subscription]]`.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub id: String,
    pub plan: String,
    pub app: u64,
    pub purchased: DateTime,
    pub auto_renew: bool,
    pub end: Option<Date>,
    pub paid: Option<Decimal>,
    pub ended: Option<Ended>,
}

/// `[[contract.price]]`: in the price unit of the item, half-open in time.
#[derive(Clone, Debug)]
pub struct ContractPrice {
    pub item: String,
    pub price: Decimal,
    pub from: Date,
    pub until: Option<Date>,
    pub tiers: Option<Tiers>,
}

/// Prices by the month's volume of an item over the account.
#[derive(Clone, Debug)]
pub struct Tiers {
    /// Each part of the volume at its own price; else all of it at the price of the band that it reaches.
    pub graduated: bool,
    /// The largest volume of a band, inclusive, and its price in the unit of the item; the last band has none.
    pub bands: Vec<(Option<Decimal>, Decimal)>,
}

/// One line of a tidy usage file. The quantity is in seconds, images, users
/// or Mbps, as the item has it.
#[derive(Clone, Debug)]
pub struct Usage {
    pub start: DateTime,
    pub end: DateTime,
    pub app: u64,
    pub item: String,
    pub quantity: Decimal,
}

impl Usage {
    /// Seconds of an item in the five minutes from `start`.
    pub fn seconds(start: DateTime, app: u64, item: &str, seconds: i64) -> Self {
        let end = start.checked_add(5.minutes()).unwrap();
        Self { start, end, app, item: item.to_string(), quantity: Decimal::from(seconds) }
    }
}

/// What rating gives: the intervals with their minutes, the deductions in the
/// order in which they were made, the charge lines of the bill.
pub struct Rated {
    pub rows: Vec<Row>,
    pub deductions: Vec<Deduction>,
    pub lines: Vec<charges::Line>,
}

/// Rates the account: meter, cover, charge.
pub fn rate(account: &Account, usage: &[Usage]) -> Rated {
    let mut rows = metering::metered(account, usage);
    let mut pots = plans::pots(account);
    let deductions = drawdown::draw(account, &mut rows, &mut pots);
    let lines = charges::lines(account, usage, &rows);
    Rated { rows, deductions, lines }
}

/// charges.csv, to the byte.
pub fn charges_csv(account: &Account, usage: &[Usage]) -> String {
    charges::csv(account, &rate(account, usage).lines)
}

/// drawdown.csv, to the byte: only deductions for usage that stands in the bill.
pub fn drawdown_csv(account: &Account, usage: &[Usage]) -> String {
    let rated = rate(account, usage);
    let mut text = String::from("account,time,sdk_app_id,item,grant,minutes,ratio,before,taken,after\n");
    for deduction in &rated.deductions {
        let row = &rated.rows[deduction.row];
        if !charges::row_is_in_bill(account, row) {
            continue;
        }
        let fields = [
            account.uin.clone(),
            row.start.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            row.app.to_string(),
            row.item.clone(),
            deduction.grant.clone(),
            plain(deduction.minutes),
            plain(deduction.ratio),
            plain(deduction.before),
            plain(deduction.taken),
            plain(deduction.after),
        ];
        text.push_str(&fields.join(","));
        text.push('\n');
    }
    text
}

/// The payable total: all lines at 8 decimals, rounded once to cents.
pub fn payable(lines: &[charges::Line]) -> Decimal {
    half_up(lines.iter().map(|line| line.amount).sum(), 2)
}

/// A decimal from its text, with nothing rounded.
pub fn dec(text: &str) -> Decimal {
    assert!(!text.contains(['e', 'E', '_']), "not a plain decimal: {text}");
    Decimal::from_str(text).unwrap()
}

/// A decimal without exponent and trailing zeros.
pub fn plain(value: Decimal) -> String {
    value.normalize().to_string()
}

/// Half up at so many decimals (no figure here is negative).
pub fn half_up(value: Decimal, decimals: u32) -> Decimal {
    value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

/// The first day of the month of a day.
pub fn first_of_month(day: Date) -> Date {
    day.first_of_month()
}
