//! The mistakes that a case folder can have: each makes a right folder wrong in one way, and knows what must be named.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;

use super::bill::{self, Row, bought_and_returned, service};
use super::folder::Folder;
use crate::accounts::Dice;
use crate::reference::plans::months_on;
use crate::reference::{Card, Cut, Grant, Settlement, Site, Usage, cards};

/// What a finding must name.
#[derive(Clone, Debug)]
pub enum Expect {
    /// One of these causes.
    Cause(Vec<String>),
    /// A cause of this family, whatever its detail: nothing in the folder tells more.
    Family(&'static str),
    /// Missing usage that has one of these rows.
    Usage(Vec<Usage>),
    /// A missing part of the bill that has one of these rows.
    Bill(Vec<Row>),
    /// The case is refused with one of these texts.
    Refused(Vec<String>),
}

/// A kind of mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mistake {
    AppForgotten,
    ServiceForgotten,
    ThreeDays,
    FewHours,
    OtherAccountsUsage,
    OtherMonthsUsage,
    GrantNotListed,
    SubscriptionNotListed,
    GrantReturned,
    DiscountNotEntered,
    PriceNotEntered,
    OpeningLeftOut,
    OpeningWrong,
    Registered,
    FirstApp,
    Site,
    Settlement,
    Card,
    Cut,
    BillWithoutApp,
    BillWithoutService,
    BillWithoutDays,
    OtherMonthsBill,
}

impl Mistake {
    pub const ALL: [Self; 23] = [
        Self::AppForgotten,
        Self::ServiceForgotten,
        Self::ThreeDays,
        Self::FewHours,
        Self::OtherAccountsUsage,
        Self::OtherMonthsUsage,
        Self::GrantNotListed,
        Self::SubscriptionNotListed,
        Self::GrantReturned,
        Self::DiscountNotEntered,
        Self::PriceNotEntered,
        Self::OpeningLeftOut,
        Self::OpeningWrong,
        Self::Registered,
        Self::FirstApp,
        Self::Site,
        Self::Settlement,
        Self::Card,
        Self::Cut,
        Self::BillWithoutApp,
        Self::BillWithoutService,
        Self::BillWithoutDays,
        Self::OtherMonthsBill,
    ];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::AppForgotten => "usage of an application",
            Self::ServiceForgotten => "usage of a service",
            Self::ThreeDays => "usage of three days",
            Self::FewHours => "usage of a few hours",
            Self::OtherAccountsUsage => "usage of another account",
            Self::OtherMonthsUsage => "usage of another month",
            Self::GrantNotListed => "grant not listed",
            Self::SubscriptionNotListed => "subscription not listed",
            Self::GrantReturned => "grant that was returned",
            Self::DiscountNotEntered => "discount not entered",
            Self::PriceNotEntered => "contract price not entered",
            Self::OpeningLeftOut => "opening balance left out",
            Self::OpeningWrong => "opening balance wrong",
            Self::Registered => "registered",
            Self::FirstApp => "first_app_created",
            Self::Site => "site",
            Self::Settlement => "settlement",
            Self::Card => "card",
            Self::Cut => "bill.cut",
            Self::BillWithoutApp => "bill without an application",
            Self::BillWithoutService => "bill without a service",
            Self::BillWithoutDays => "bill without some days",
            Self::OtherMonthsBill => "bill of another month",
        }
    }

    /// Whether a file is missing, which no line of account.toml mends.
    pub fn is_of_files(self) -> bool {
        matches!(
            self,
            Self::AppForgotten
                | Self::ServiceForgotten
                | Self::ThreeDays
                | Self::FewHours
                | Self::OtherAccountsUsage
                | Self::OtherMonthsUsage
                | Self::BillWithoutApp
                | Self::BillWithoutService
                | Self::BillWithoutDays
                | Self::OtherMonthsBill
        )
    }

    /// Whether usage is missing.
    pub fn is_of_usage(self) -> bool {
        self <= Self::OtherMonthsUsage
    }

    /// Makes the mistake; `None` where the account has nothing to make it with.
    pub fn make(self, folder: &mut Folder, dice: &mut Dice) -> Option<Expect> {
        match self {
            Self::AppForgotten => forget_app(folder, dice),
            Self::ServiceForgotten => forget_service(folder, dice),
            Self::ThreeDays => forget_days(folder, dice),
            Self::FewHours => forget_hours(folder, dice),
            Self::OtherAccountsUsage => other_accounts_usage(folder),
            Self::OtherMonthsUsage => {
                let first = folder.account.period;
                forget(folder, |row| row.start.date() >= first)
            }
            Self::GrantNotListed => grant_not_listed(folder, dice),
            Self::SubscriptionNotListed => subscription_not_listed(folder, dice),
            Self::GrantReturned => grant_returned(folder, dice),
            Self::DiscountNotEntered => {
                let rate = folder.account.discount.take()?;
                Some(Expect::Cause(vec![format!("discount_missing:{rate}")]))
            }
            Self::PriceNotEntered => {
                let used = folder.account.prices.iter().position(|price| !price.item.starts_with("fee."))?;
                let price = folder.account.prices.remove(used);
                Some(Expect::Cause(vec![format!("price_missing:{}", price.item)]))
            }
            Self::OpeningLeftOut => {
                let grant = with_opening(folder, dice)?;
                grant.opening = None;
                Some(Expect::Cause(vec![format!("opening:{}", grant.id)]))
            }
            Self::OpeningWrong => {
                let grant = with_opening(folder, dice)?;
                let (at, minutes) = grant.opening?;
                grant.opening = Some((at, minutes + Decimal::from(50)));
                Some(Expect::Cause(vec![format!("opening:{}", grant.id)]))
            }
            Self::Registered => {
                let known = folder.account.registered;
                let others = [date(2022, 5, 1), date(2023, 3, 1), date(2024, 8, 1)];
                folder.account.registered = *dice.pick(&others);
                let same = |day: Date| (day >= date(2023, 2, 21), day >= date(2024, 7, 25));
                let intl = folder.account.site == crate::reference::Site::Intl;
                (intl && same(known) != same(folder.account.registered)).then(|| of_account("registered"))
            }
            Self::FirstApp => first_app(folder),
            Self::Site => {
                let site = if folder.account.site == Site::Cn { Site::Intl } else { Site::Cn };
                folder.account.site = site;
                Some(of_account("site"))
            }
            Self::Settlement => Some(settlement(folder)),
            Self::Card => card(folder, dice),
            Self::Cut => {
                folder.account.cut = if folder.account.cut == Cut::Usage { Cut::Deduction } else { Cut::Usage };
                Some(of_account("bill.cut"))
            }
            Self::BillWithoutApp => bill_without_app(folder, dice),
            Self::BillWithoutService => bill_without_service(folder, dice),
            Self::BillWithoutDays => bill_without_days(folder, dice),
            Self::OtherMonthsBill => other_months_bill(folder),
        }
    }
}

fn of_account(key: &str) -> Expect {
    Expect::Cause(vec![format!("account:{key}")])
}

/// Leaves rows out of the exports.
fn forget(folder: &mut Folder, wanted: impl Fn(&Usage) -> bool) -> Option<Expect> {
    let (gone, left): (Vec<Usage>, Vec<Usage>) = folder.usage.iter().cloned().partition(wanted);
    folder.usage = left;
    (!gone.is_empty()).then_some(Expect::Usage(gone))
}

/// The rows of the bill for usage.
fn billed(folder: &Folder) -> Vec<&Row> {
    folder.rows.iter().filter(|row| row.is_usage() && !row.charged.is_zero()).collect()
}

fn picked<T: Ord + Clone>(all: BTreeSet<T>, least: usize, dice: &mut Dice) -> Option<T> {
    let all: Vec<T> = all.into_iter().collect();
    (all.len() >= least).then(|| dice.pick(&all).clone())
}

fn forget_app(folder: &mut Folder, dice: &mut Dice) -> Option<Expect> {
    let app = picked(billed(folder).iter().filter_map(|row| row.app).collect(), 2, dice)?;
    forget(folder, |row| row.app == app)
}

fn forget_service(folder: &mut Folder, dice: &mut Dice) -> Option<Expect> {
    let services = billed(folder).iter().map(|row| row.service().to_owned()).collect();
    let gone = picked(services, 2, dice)?;
    forget(folder, |row| service(&row.item) == gone)
}

/// A day with usage in the bill.
fn used_day(folder: &Folder, dice: &mut Dice) -> Option<Date> {
    let spans: Vec<(Date, Date)> = billed(folder).iter().map(|row| (row.from, row.last)).collect();
    let days = folder.usage.iter().map(|row| row.start.date());
    picked(days.filter(|day| spans.iter().any(|(from, last)| (from..=last).contains(&day))).collect(), 1, dice)
}

fn forget_days(folder: &mut Folder, dice: &mut Dice) -> Option<Expect> {
    let first = used_day(folder, dice)?;
    let last = first.checked_add(2.days()).unwrap();
    forget(folder, |row| (first..=last).contains(&row.start.date()) && !is_of_month(row))
}

/// Users have one figure a month.
fn is_of_month(row: &Usage) -> bool {
    row.item == "mau"
}

fn forget_hours(folder: &mut Folder, dice: &mut Dice) -> Option<Expect> {
    let day = used_day(folder, dice)?;
    let hours = folder.usage.iter().filter(|row| row.start.date() == day && !is_of_month(row)).map(|row| row.start);
    let first = picked(hours.collect(), 1, dice)?;
    let last = first.checked_add(2.hours()).unwrap();
    forget(folder, |row| (first..=last).contains(&row.start) && !is_of_month(row))
}

/// The exports of an account with other applications.
fn other_accounts_usage(folder: &mut Folder) -> Option<Expect> {
    for row in &mut folder.usage {
        row.app += 1_000;
    }
    let app = folder.usage.first()?.app;
    Some(Expect::Refused(vec![app.to_string()]))
}

fn grant_not_listed(folder: &mut Folder, dice: &mut Dice) -> Option<Expect> {
    if folder.account.grants.is_empty() {
        return None;
    }
    let at = usize::try_from(dice.below(folder.account.grants.len() as u64)).unwrap();
    let grant = folder.account.grants.remove(at);
    let fee = format!("fee.{}", grant.plan);
    let on_bill = folder.rows.iter().any(|row| row.item == fee && row.from == grant.purchased.date());
    let family = if grant.app.is_some() { "grant_missing or subscription_missing" } else { "grant_missing" };
    let both = |plan: &str| vec![format!("grant_missing:{plan}"), format!("subscription_missing:{plan}")];
    Some(if on_bill { Expect::Cause(both(&grant.plan)) } else { Expect::Family(family) })
}

fn subscription_not_listed(folder: &mut Folder, dice: &mut Dice) -> Option<Expect> {
    if folder.account.subscriptions.is_empty() {
        return None;
    }
    let at = usize::try_from(dice.below(folder.account.subscriptions.len() as u64)).unwrap();
    let gone = folder.account.subscriptions.remove(at);
    Some(Expect::Cause(vec![format!("subscription_missing:{}", gone.plan)]))
}

/// A package of the month that was returned: the bill has both, account.toml only the purchase.
fn grant_returned(folder: &mut Folder, dice: &mut Dice) -> Option<Expect> {
    let day = folder.account.period.checked_add(dice.between(1, 18).days()).unwrap();
    let purchased = day.at(12, 2, 30, 0);
    let card = cards::card_on(&folder.account, day);
    let grant = match folder.account.site {
        Site::Intl if matches!(card, Card::Intl2022 | Card::Intl2024) => {
            let app = *dice.pick(&folder.account.apps);
            Grant { app: Some(app), ..Grant::new("returned", "call-1v1", purchased) }
        }
        Site::Intl => return None,
        Site::Cn if card == Card::Cn2019 => Grant::new("returned", "cn2019-starter", purchased),
        Site::Cn => Grant::new("returned", "cn-general-25k", purchased),
    };
    folder.rows.extend(bought_and_returned(&grant));
    folder.account.grants.push(grant);
    Some(Expect::Cause(vec!["grant_returned:returned".to_owned()]))
}

fn with_opening<'a>(folder: &'a mut Folder, dice: &mut Dice) -> Option<&'a mut Grant> {
    let known: Vec<usize> =
        (0..folder.account.grants.len()).filter(|at| folder.account.grants[*at].opening.is_some()).collect();
    if known.is_empty() {
        return None;
    }
    let at = *dice.pick(&known);
    Some(&mut folder.account.grants[at])
}

/// Beyond the day on which the settlement changed, or the card.
fn first_app(folder: &mut Folder) -> Option<Expect> {
    let account = &mut folder.account;
    let turn = date(2020, 9, 1);
    if account.site != Site::Cn || account.first_app < date(2019, 10, 11) || account.settlement.is_some() {
        return None;
    }
    let wrong = if account.first_app >= turn { date(2020, 8, 1) } else { date(2020, 10, 1) };
    let early = account.grants.iter().any(|grant| grant.purchased.date() < wrong && grant.plan.ends_with("trial"));
    if wrong >= account.period || early {
        return None;
    }
    account.first_app = wrong;
    Some(Expect::Cause(vec!["account:first_app_created".to_owned(), "account:settlement".to_owned()]))
}

fn settlement(folder: &mut Folder) -> Expect {
    let known = {
        let (account, day) = (&folder.account, folder.account.period);
        cards::settlement(account, cards::card_on(account, day), day)
    };
    let other = if known == Settlement::Day { Settlement::Month } else { Settlement::Day };
    folder.account.settlement = Some(other);
    let mut causes = vec!["account:settlement".to_owned()];
    if folder.account.site == Site::Cn {
        causes.push("account:first_app_created".to_owned());
    }
    Expect::Cause(causes)
}

fn card(folder: &mut Folder, dice: &mut Dice) -> Option<Expect> {
    let known = cards::card_on(&folder.account, folder.account.period);
    let others: Vec<Card> = match folder.account.site {
        Site::Cn => vec![Card::Cn2019b, Card::Cn2020, Card::Cn2022],
        Site::Intl => vec![Card::Intl2021, Card::Intl2022, Card::Intl2024],
    };
    let known_items = known.timed_items();
    let fits = |card: &Card| *card != known && known_items.iter().all(|item| card.timed_items().contains(item));
    let others: Vec<Card> = others.into_iter().filter(fits).collect();
    if others.is_empty() {
        return None;
    }
    folder.account.card = Some(*dice.pick(&others));
    Some(of_account("card"))
}

/// Leaves rows out of the bill.
fn lose(folder: &mut Folder, wanted: impl Fn(&Row) -> bool) -> Option<Expect> {
    let (gone, left): (Vec<Row>, Vec<Row>) = folder.rows.iter().cloned().partition(|row| row.is_usage() && wanted(row));
    let rest = left.iter().any(Row::is_usage);
    folder.rows = left;
    (rest && gone.iter().any(|row| !row.charged.is_zero())).then_some(Expect::Bill(gone))
}

fn bill_without_app(folder: &mut Folder, dice: &mut Dice) -> Option<Expect> {
    let app = picked(billed(folder).iter().filter_map(|row| row.app).collect(), 2, dice)?;
    lose(folder, |row| row.app == Some(app))
}

fn bill_without_service(folder: &mut Folder, dice: &mut Dice) -> Option<Expect> {
    let services = billed(folder).iter().map(|row| row.service().to_owned()).collect();
    let gone = picked(services, 2, dice)?;
    lose(folder, |row| row.service() == gone)
}

fn bill_without_days(folder: &mut Folder, dice: &mut Dice) -> Option<Expect> {
    let days = billed(folder).iter().filter(|row| !row.monthly).map(|row| row.from).collect();
    let first = picked(days, 4, dice)?;
    let last = first.checked_add(4.days()).unwrap();
    lose(folder, |row| !row.monthly && (first..=last).contains(&row.from))
}

/// The bill of the month before lies in the folder.
fn other_months_bill(folder: &mut Folder) -> Option<Expect> {
    let before = bill::month_before(&folder.account);
    if before.site == Site::Cn && before.period <= before.first_app {
        return None;
    }
    let month = months_on(folder.account.period, -1);
    folder.rows = bill::rows(&before, &folder.usage);
    folder.bill_of = before;
    (!folder.rows.is_empty())
        .then(|| Expect::Refused(vec![month.strftime("%Y-%m").to_string(), month.strftime("%Y%m").to_string()]))
}
