//! What is charged (section 7): a line per application, item and settlement
//! day or month; the items of the month; fees; and which of them a bill holds.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::cards::{Card, card_on, item_order, settlement};
use super::metering::Row;
use super::plans::{currency, cycles, free_users, listed_fee, months_on, returned_cycle};
use super::{Account, Cut, Settlement, Usage, first_of_month, half_up, plain};

/// One row of charges.csv.
#[derive(Clone, Debug)]
pub struct Line {
    pub app: Option<u64>,
    /// A day, or a month as `YYYY-MM`.
    pub day: String,
    pub item: String,
    pub unit: &'static str,
    pub metered: Decimal,
    pub billable: Decimal,
    pub covered: Decimal,
    pub charged: Decimal,
    pub unit_price: Decimal,
    pub amount: Decimal,
    pub card: Card,
}

/// The lines of the bill of the account's period, in their order.
pub fn lines(account: &Account, usage: &[Usage], rows: &[Row]) -> Vec<Line> {
    let mut lines = timed_lines(account, rows);
    let month = match account.cut {
        Cut::Usage => account.period,
        Cut::Deduction => months_on(account.period, -1),
    };
    relay_lines(account, usage, month, &mut lines);
    snapshot_lines(account, usage, month, &mut lines);
    user_lines(account, usage, month, &mut lines);
    by_volume(account, &mut lines);
    shortfall(account, &mut lines);
    fee_lines(account, &mut lines);
    lines.sort_by_key(|line| (line.day.clone(), line.app, item_order(&line.item)));
    lines
}

/// The day or month of the line of a row.
fn settled_on(account: &Account, row: &Row) -> (Date, Settlement) {
    let how = settlement(account, row.card, row.start.date());
    match how {
        Settlement::Day => (row.start.date(), how),
        Settlement::Month => (first_of_month(row.start.date()), how),
    }
}

/// Whether the line of a row stands in the bill of the period.
pub fn row_is_in_bill(account: &Account, row: &Row) -> bool {
    let (on, how) = settled_on(account, row);
    match (account.cut, how) {
        (Cut::Usage, _) => first_of_month(on) == account.period,
        (Cut::Deduction, Settlement::Month) => on == months_on(account.period, -1),
        (Cut::Deduction, Settlement::Day) => {
            let charged_on = on.tomorrow().unwrap();
            first_of_month(charged_on) == account.period
        }
    }
}

fn label(day: Date, how: Settlement) -> String {
    match how {
        Settlement::Day => day.strftime("%Y-%m-%d").to_string(),
        Settlement::Month => day.strftime("%Y-%m").to_string(),
    }
}

fn timed_lines(account: &Account, rows: &[Row]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for row in rows.iter().filter(|row| row_is_in_bill(account, row)) {
        let (on, how) = settled_on(account, row);
        let day = label(on, how);
        let place = lines.iter().position(|line| {
            line.app == Some(row.app) && line.day == day && line.item == row.item && line.card == row.card
        });
        let place = place.unwrap_or_else(|| {
            let price = unit_price(account, row.card, &row.item, on);
            lines.push(empty_line(Some(row.app), day, &row.item, "min", price, row.card));
            lines.len() - 1
        });
        let line = &mut lines[place];
        line.metered += row.seconds;
        line.billable += row.minutes;
        line.covered += row.minutes - row.uncovered;
    }
    for line in &mut lines {
        close(line);
    }
    lines
}

fn empty_line(app: Option<u64>, day: String, item: &str, unit: &'static str, unit_price: Decimal, card: Card) -> Line {
    let zero = Decimal::ZERO;
    let item = item.to_string();
    Line {
        app,
        day,
        item,
        unit,
        metered: zero,
        billable: zero,
        covered: zero,
        charged: zero,
        unit_price,
        amount: zero,
        card,
    }
}

fn close(line: &mut Line) {
    line.charged = line.billable - line.covered;
    line.amount = half_up(line.charged * line.unit_price, 8);
}

/// The price of a unit on a day: a contract price instead of the list price,
/// at 8 decimals; else the list price at 8 decimals, times the discount.
fn unit_price(account: &Account, card: Card, item: &str, day: Date) -> Decimal {
    if let Some(price) = contract_price(account, item, day) {
        let per_thousand = card.timed_items().iter().any(|timed| timed == item);
        return half_up(if per_thousand { price / Decimal::from(1000) } else { price }, 8);
    }
    let listed = half_up(card.list_price(item), 8);
    let in_force = |from: Option<Date>, until: Option<Date>| {
        from.is_none_or(|from| from <= day) && until.is_none_or(|until| day < until)
    };
    let dated = account.discounts.iter().find(|(_, from, until)| in_force(*from, *until)).map(|(factor, ..)| *factor);
    dated.or(account.discount).map_or(listed, |discount| listed * discount)
}

/// Section 7: prices by the month's volume of an item over the account.
///
/// READING: the volume is what is charged, after deduction, on the days of that price in the bill. Graduated, the
/// lines take up the bands in order of day and application; the price of a line is its cost by its quantity at 18
/// digits, a line of nothing shows the price of the band that the volume has reached.
fn by_volume(account: &Account, lines: &mut [Line]) {
    for price in &account.prices {
        let Some(tiers) = &price.tiers else { continue };
        let in_force = |line: &Line| {
            let text = if line.day.len() == 7 { format!("{}-01", line.day) } else { line.day.clone() };
            let day: Date = text.parse().unwrap();
            line.item == price.item && price.from <= day && price.until.is_none_or(|until| day < until)
        };
        let mut own: Vec<&mut Line> = lines.iter_mut().filter(|line| in_force(line)).collect();
        own.sort_by_key(|line| (line.day.clone(), line.app, line.card.name()));
        let volume: Decimal = own.iter().map(|line| line.charged).sum();
        let per = |line: &Line| if line.unit == "min" { Decimal::from(1000) } else { Decimal::ONE };
        let mut before = Decimal::ZERO;
        for line in own {
            let unit = |price: Decimal| half_up(price / per(line), 8);
            let band = |volume: Decimal| {
                let reached = tiers.bands.iter().find(|(up_to, _)| up_to.is_none_or(|up_to| volume <= up_to));
                unit(reached.unwrap().1)
            };
            let after = before + line.charged;
            line.unit_price = if !tiers.graduated {
                band(volume)
            } else if line.charged.is_zero() {
                band(after)
            } else {
                let (mut cost, mut lower) = (Decimal::ZERO, Decimal::ZERO);
                for (up_to, price) in &tiers.bands {
                    let upper = up_to.unwrap_or(after);
                    let part = after.min(upper) - before.max(lower);
                    cost += part.max(Decimal::ZERO) * unit(*price);
                    lower = upper;
                }
                (cost / line.charged).round_sf(18).unwrap().normalize()
            };
            before = after;
            close(line);
        }
    }
}

/// Section 7: what the month's usage comes to less than the contract's minimum is a line of its own.
fn shortfall(account: &Account, lines: &mut Vec<Line>) {
    let Some(minimum) = account.minimum else { return };
    let used: Decimal = lines.iter().map(|line| line.amount).sum();
    if used >= minimum {
        return;
    }
    let (day, card) = (label(account.period, Settlement::Month), card_on(account, account.period));
    let mut line = empty_line(None, day, "fee.minimum", "month", minimum - used, card);
    line.metered = Decimal::ONE;
    line.billable = Decimal::ONE;
    close(&mut line);
    lines.push(line);
}

fn contract_price(account: &Account, item: &str, day: Date) -> Option<Decimal> {
    let in_force = |from: Date, until: Option<Date>| from <= day && until.is_none_or(|until| day < until);
    account.prices.iter().find(|price| price.item == item && in_force(price.from, price.until)).map(|price| price.price)
}

/// The usage lines of an item in a month.
fn of_month<'a>(usage: &'a [Usage], item: &'a str, month: Date) -> impl Iterator<Item = &'a Usage> {
    usage.iter().filter(move |line| line.item == item && first_of_month(line.start.date()) == month)
}

fn apps_of<'a>(lines: impl Iterator<Item = &'a Usage>) -> Vec<u64> {
    let mut apps: Vec<u64> = lines.map(|line| line.app).collect();
    apps.sort_unstable();
    apps.dedup();
    apps
}

/// The month's highest sum over all applications of simultaneous samples;
/// to the vendor's own CDN it is free below 100 Mbps.
fn relay_lines(account: &Account, usage: &[Usage], month: Date, lines: &mut Vec<Line>) {
    let card = card_on(account, month);
    for item in ["relay.tencent", "relay.third"] {
        let at = |start| of_month(usage, item, month).filter(move |line| line.start == start);
        let peak =
            of_month(usage, item, month).map(|line| at(line.start).map(|one| one.quantity).sum::<Decimal>()).max();
        let Some(peak) = peak.filter(|peak| !peak.is_zero()) else { continue };
        let price = unit_price(account, card, item, month);
        let mut line = empty_line(None, label(month, Settlement::Month), item, "Mbps", price, card);
        line.metered = peak;
        line.billable = peak;
        let free = item == "relay.tencent" && peak < Decimal::from(100);
        line.covered = if free { peak } else { Decimal::ZERO };
        close(&mut line);
        lines.push(line);
    }
}

/// Per application rounded up to thousands; ten thousand are free, taken from
/// the applications in ascending order.
fn snapshot_lines(account: &Account, usage: &[Usage], month: Date, lines: &mut Vec<Line>) {
    let card = card_on(account, month);
    let mut free = Decimal::from(10);
    for app in apps_of(of_month(usage, "snapshot", month)) {
        let price = unit_price(account, card, "snapshot", month);
        let mut line = empty_line(Some(app), label(month, Settlement::Month), "snapshot", "thousand", price, card);
        line.metered = of_month(usage, "snapshot", month).filter(|one| one.app == app).map(|one| one.quantity).sum();
        line.billable = (line.metered / Decimal::from(1000)).ceil();
        line.covered = line.billable.min(free);
        free -= line.covered;
        close(&mut line);
        lines.push(line);
    }
}

fn user_lines(account: &Account, usage: &[Usage], month: Date, lines: &mut Vec<Line>) {
    let card = card_on(account, month);
    for app in apps_of(of_month(usage, "mau", month)) {
        let price = unit_price(account, card, "mau", month);
        let mut line = empty_line(Some(app), label(month, Settlement::Month), "mau", "user", price, card);
        // READING: an application has one figure a month; were there several
        // rows, they would be added.
        line.metered = of_month(usage, "mau", month).filter(|one| one.app == app).map(|one| one.quantity).sum();
        line.billable = line.metered;
        line.covered = line.billable.min(free_users(account, app, month));
        close(&mut line);
        lines.push(line);
    }
}

/// Subscriptions at the purchase and each renewal; packages that say what
/// was paid.
fn fee_lines(account: &Account, lines: &mut Vec<Line>) {
    let mut fees: Vec<(Option<u64>, String, Date, Decimal)> = Vec::new();
    for subscription in &account.subscriptions {
        for (pot, day) in cycles(account, subscription) {
            if returned_cycle(subscription, &pot) {
                continue;
            }
            // READING: `paid` is what a cycle cost, so it goes before the list price.
            let price = subscription.paid.unwrap_or_else(|| listed_fee(&subscription.plan));
            fees.push((Some(subscription.app), subscription.plan.clone(), day, price));
        }
    }
    for grant in &account.grants {
        let returned = grant.ended.is_some_and(|ended| ended.refund);
        if let Some(paid) = grant.paid.filter(|_| !returned) {
            fees.push((grant.app, grant.plan.clone(), grant.purchased.date(), paid));
        }
    }
    for (app, plan, day, price) in fees {
        if first_of_month(day) != account.period {
            continue;
        }
        let item = format!("fee.{plan}");
        // READING: a contract price of the fee goes before `paid`.
        let price = contract_price(account, &item, day).map_or(price, |agreed| half_up(agreed, 8));
        let mut line = empty_line(app, label(day, Settlement::Day), &item, "month", price, card_on(account, day));
        line.metered = Decimal::ONE;
        line.billable = Decimal::ONE;
        close(&mut line);
        lines.push(line);
    }
}

/// charges.csv, to the byte.
pub fn csv(account: &Account, lines: &[Line]) -> String {
    let mut text = String::from(
        "account,sdk_app_id,day,item,unit,metered,billable,covered,charged,unit_price,amount,currency,card\n",
    );
    for line in lines {
        let fields = [
            account.uin.clone(),
            line.app.map_or_else(String::new, |app| app.to_string()),
            line.day.clone(),
            line.item.clone(),
            line.unit.to_string(),
            plain(line.metered),
            plain(line.billable),
            plain(line.covered),
            plain(line.charged),
            plain(line.unit_price),
            plain(line.amount),
            currency(account.site).to_string(),
            line.card.name().to_string(),
        ];
        text.push_str(&fields.join(","));
        text.push('\n');
    }
    text
}
