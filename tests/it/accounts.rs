//! Random accounts for the comparison with the reference: the same seed gives
//! the same account and usage on every machine. Aimed at the edges: odd
//! payment times, ends of months, leap days, intervals of one second, grants
//! that run out inside a minute.

mod bought;
mod dice;
mod text;
mod used;

use jiff::civil::{Date, date};

use crate::reference::plans::months_on;
use rust_decimal::Decimal;

use crate::reference::{Account, Card, ContractPrice, Cut, Scope, Settlement, Site, Tiers, Usage, cards, dec};
pub use dice::Dice;

pub use text::{account_toml, usage_csv};

/// An account with its usage.
pub struct Sample {
    pub account: Account,
    pub usage: Vec<Usage>,
}

/// An account on the four cards of section 1, on days on which no card of
/// section 8 would stand in their place.
pub fn sample(seed: u64) -> Sample {
    let mut dice = Dice::new(seed);
    let account = match seed % 8 {
        0..3 => intl(&mut dice),
        3 => intl_in_a_leap_year(&mut dice),
        4 | 5 => cn(&mut dice, &[date(2020, 9, 1), date(2021, 6, 15)], &CN_MONTHS),
        6 => cn(&mut dice, &[date(2020, 5, 10), date(2020, 8, 31)], &CN_MONTHS),
        _ => cn_2019(&mut dice),
    };
    complete(account, dice)
}

/// An account on the cards of section 8, or on its way from one to the next.
pub fn older_sample(seed: u64) -> Sample {
    let mut dice = Dice::new(seed ^ 0x0008);
    let account = match seed % 5 {
        0 => cn(&mut dice, &[date(2019, 10, 11), date(2019, 11, 1)], &[(2019, 12), (2020, 2), (2020, 4), (2020, 5)]),
        1 => {
            let mut account = Account::new(Site::Cn, date(2019, 3, 1), date(2020, 2, 1));
            account.apps = apps(&mut dice);
            bought::changed_to_general(&mut account, &mut dice);
            account
        }
        2 => {
            let period = month_of(&mut dice, &[(2020, 4), (2021, 12), (2022, 4)]);
            Account { apps: apps(&mut dice), ..Account::new(Site::Intl, date(2020, 3, 1), period) }
        }
        3 => intl_of(&mut dice, date(2021, 11, 1), &[(2021, 12), (2022, 2), (2022, 5), (2022, 6)], false),
        _ => intl_of(&mut dice, date(2022, 7, 1), &[(2023, 3), (2024, 2), (2024, 7), (2024, 8)], true),
    };
    complete(Account { older_cards: true, ..account }, dice)
}

const CN_MONTHS: [(i16, i8); 9] =
    [(2020, 12), (2021, 12), (2022, 7), (2022, 8), (2022, 9), (2022, 10), (2022, 11), (2023, 1), (2024, 2)];

fn month_of(dice: &mut Dice, months: &[(i16, i8)]) -> Date {
    let (year, month) = *dice.pick(months);
    date(year, month, 1)
}

fn apps(dice: &mut Dice) -> Vec<u64> {
    (1..=1 + dice.below(4)).map(|number| 1_400_000_000 + number).collect()
}

fn intl(dice: &mut Dice) -> Account {
    let registered =
        *dice.pick(&[date(2022, 5, 1), date(2023, 2, 20), date(2023, 2, 21), date(2024, 7, 24), date(2024, 7, 25)]);
    let months = [(2024, 9), (2024, 10), (2024, 11), (2024, 12), (2025, 1), (2025, 2), (2025, 3)];
    let mut account = intl_of(dice, registered, &months, true);
    if dice.one_in(5) {
        account.settlement = Some(Settlement::Month);
    }
    account
}

fn intl_of(dice: &mut Dice, registered: Date, months: &[(i16, i8)], with_plans: bool) -> Account {
    let mut account = Account::new(Site::Intl, registered, month_of(dice, months));
    account.apps = apps(dice);
    bought::free_months(&mut account, dice);
    if with_plans {
        bought::month_plans(&mut account, dice);
        bought::intl_packages(&mut account, dice);
    }
    account
}

fn intl_in_a_leap_year(dice: &mut Dice) -> Account {
    let mut account = intl_of(dice, date(2023, 3, 1), &[(2024, 2), (2024, 3)], true);
    account.card = Some(Card::Intl2024);
    account
}

fn cn(dice: &mut Dice, first_apps: &[Date], months: &[(i16, i8)]) -> Account {
    let first_app = *dice.pick(first_apps);
    let later: Vec<(i16, i8)> = months.iter().copied().filter(|(y, m)| date(*y, *m, 1) > first_app).collect();
    let mut account = Account::new(Site::Cn, first_app, month_of(dice, &later));
    account.apps = apps(dice);
    bought::cn_packages(&mut account, dice);
    if account.period >= date(2020, 6, 1) && dice.one_in(6) {
        account.settlement = Some(*dice.pick(&[Settlement::Day, Settlement::Month]));
    }
    account
}

fn cn_2019(dice: &mut Dice) -> Account {
    let first_app = *dice.pick(&[date(2019, 3, 2), date(2019, 6, 10)]);
    let period = month_of(dice, &[(2019, 7), (2019, 9), (2020, 2), (2020, 6), (2020, 7)]);
    let mut account = Account::new(Site::Cn, first_app, period);
    account.apps = apps(dice);
    bought::cn_2019_packages(&mut account, dice);
    if period >= date(2020, 6, 1) && dice.one_in(2) {
        bought::changed_to_general(&mut account, dice);
    }
    account
}

/// The first day with usage: a month before the period.
fn first_day(account: &Account) -> Date {
    let month_before = months_on(account.period, -1);
    let before_first_app = month_before < account.first_app && account.site == Site::Cn;
    if before_first_app { account.first_app } else { month_before }
}

/// Policies, contract and usage.
fn complete(mut account: Account, mut dice: Dice) -> Sample {
    account.uin = format!("1000{:08}", dice.below(100_000_000));
    if dice.one_in(4) {
        account.cut = Cut::Deduction;
    }
    account.whole_minutes = dice.one_in(4);
    if dice.one_in(6) {
        account.metering_scope = Some(*dice.pick(&[Scope::App, Scope::Account]));
    }
    if dice.one_in(6) {
        account.item_order = true;
        // Catching up within a bucket that goes by item is not defined; so no
        // package of such an account is paid once the usage has begun.
        let begins = first_day(&account);
        account.grants.retain(|grant| grant.purchased.date() < begins.yesterday().unwrap());
        account.subscriptions.retain(|one| one.purchased.date() < begins.yesterday().unwrap());
    }
    bought::take_back(&mut account, &mut dice);
    for (service, scope) in [("av", Scope::Account), ("av", Scope::App), ("rec", Scope::Account), ("mix", Scope::App)] {
        if dice.one_in(12) && account.service_scopes.iter().all(|(known, _)| known != service) {
            account.service_scopes.push((service.to_string(), scope));
        }
    }
    if !account.service_scopes.is_empty() {
        account.metering_scope = None;
    }
    let quotas = account.apps.clone().into_iter().filter(|_| dice.one_in(8)).map(|app| (app, 7_500));
    account.mau_quotas = quotas.collect();
    agree(&mut account, &mut dice);
    let usage = used::usage(&account, first_day(&account), &mut dice);
    Sample { account, usage }
}

/// The same account, settled otherwise from the 1st of a month, or with a rebate, which changes no charge.
pub fn agreed_otherwise(seed: u64, mut sample: Sample) -> Sample {
    let (account, mut dice) = (&mut sample.account, Dice::new(seed ^ 0x5E77));
    if dice.one_in(4) {
        // The usage before the bill, the bill's too, or none of it.
        let from = months_on(account.period, dice.between(-1, 1));
        account.settled_from.push((from, *dice.pick(&[Settlement::Day, Settlement::Month])));
    }
    if dice.one_in(8) {
        account.rebate = Some(dice.figure(&["0.05", "0.1"]));
    }
    sample
}

/// Prices by volume whose bands the usage of a random account reaches.
fn tiers(first: Decimal, dice: &mut Dice) -> Tiers {
    let limit = Decimal::from(dice.between(1, 400));
    let further = limit + Decimal::from(dice.between(1, 2_000));
    let bands = vec![(Some(limit), first), (Some(further), dice.figure(&["3.1", "0.0777"])), (None, dec("1.9"))];
    Tiers { graduated: dice.one_in(2), bands }
}

/// A discount and prices of its own, a minimum commitment.
fn agree(account: &mut Account, dice: &mut Dice) {
    if dice.one_in(8) {
        account.minimum = Some(dice.figure(&["5", "1234.56", "0.01"]));
    }
    if dice.one_in(5) {
        let turn = account.period.with().day(11).build().unwrap();
        account.discounts.push((dec("0.8"), None, Some(turn)));
        if dice.one_in(2) {
            account.discounts.push((dec("0.75"), Some(turn), None));
        }
    } else if dice.one_in(3) {
        account.discount = Some(dice.figure(&["0.85", "0.9", "0.333", "0.7125"]));
    }
    let card = cards::card_on(account, account.period);
    if dice.one_in(3) {
        let mut items = card.timed_items();
        items.extend(card.monthly_items().into_iter().map(str::to_string));
        let item = dice.pick(&items).clone();
        let price = dice.figure(&["3.50", "0.123456789", "12", "0.0000049"]);
        let from = *dice.pick(&[
            months_on(account.period, -2),
            account.period,
            account.period.with().day(15).build().unwrap(),
        ]);
        let until = *dice.pick(&[None, Some(account.period.with().day(20).build().unwrap())]);
        let tiers = (!item.starts_with("relay") && dice.one_in(2)).then(|| tiers(price, dice));
        account.prices.push(ContractPrice { item, price, from, until, tiers });
    }
    if let (Some(subscription), true) = (account.subscriptions.first(), dice.one_in(3)) {
        let item = format!("fee.{}", subscription.plan);
        let from = months_on(account.period, -3);
        account.prices.push(ContractPrice { item, price: dice.figure(&["41.5"]), from, until: None, tiers: None });
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::{Sample, account_toml, older_sample, sample, usage_csv};
    use crate::reference::{charges_csv, drawdown_csv, rate};

    fn samples() -> impl Iterator<Item = Sample> {
        (0..96).map(sample).chain((0..40).map(older_sample))
    }

    #[test]
    fn a_seed_gives_one_account() {
        for seed in 0..8 {
            let (one, other) = (sample(seed), sample(seed));
            assert_eq!(account_toml(&one.account), account_toml(&other.account));
            assert_eq!(usage_csv(&one.usage), usage_csv(&other.usage));
            assert_eq!(charges_csv(&one.account, &one.usage), charges_csv(&other.account, &other.usage));
            assert_eq!(drawdown_csv(&one.account, &one.usage), drawdown_csv(&other.account, &other.usage));
        }
    }

    #[test]
    fn account_files_are_toml_with_every_grant() {
        for Sample { account, usage } in samples() {
            let text = account_toml(&account);
            let table: toml::Table = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            let grants = table.get("grant").map_or(0, |list| list.as_array().unwrap().len());
            assert_eq!(grants, account.grants.len());
            assert!((50..=1_700).contains(&usage.len()), "{} intervals", usage.len());
        }
    }

    /// What the reference gives adds up in itself.
    #[test]
    fn rated_samples_add_up() {
        for Sample { account, usage } in samples() {
            let rated = rate(&account, &usage);
            for one in &rated.deductions {
                assert_eq!(one.before - one.taken, one.after);
                assert!(one.after >= Decimal::ZERO && one.taken > Decimal::ZERO);
            }
            for (index, row) in rated.rows.iter().enumerate() {
                let covered: Decimal =
                    rated.deductions.iter().filter(|one| one.row == index).map(|one| one.minutes).sum();
                assert_eq!(row.minutes - row.uncovered, covered);
                assert!(row.uncovered >= Decimal::ZERO);
            }
            for line in &rated.lines {
                assert_eq!(line.billable - line.covered, line.charged);
                assert!(line.charged >= Decimal::ZERO);
            }
        }
    }

    /// The samples meet the cases that they are made for.
    #[test]
    fn the_samples_reach_the_edges() {
        let (mut caught_up, mut inside_a_minute, mut several_pots) = (0, 0, 0);
        for Sample { account, usage } in samples() {
            let rated = rate(&account, &usage);
            let deductions = &rated.deductions;
            caught_up += deductions.windows(2).filter(|two| two[1].row < two[0].row).count();
            inside_a_minute += deductions.iter().filter(|one| one.minutes != one.minutes.trunc()).count();
            let mut rows: Vec<usize> = deductions.iter().map(|one| one.row).collect();
            rows.sort_unstable();
            several_pots += rows.windows(2).filter(|two| two[0] == two[1]).count();
        }
        assert!(caught_up >= 20, "{caught_up} times back");
        assert!(inside_a_minute >= 20, "{inside_a_minute} parts of minutes");
        assert!(several_pots >= 20, "{several_pots} rows with several grants");
    }
}
