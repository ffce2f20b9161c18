//! The plans and quotes as text.

use std::collections::BTreeMap;

use super::table;
use crate::model::number::plain;
use crate::model::{Item, Ratio};
use crate::rules::Plans;
use crate::rules::plan::{Bound, Kind, Plan, RatioSource, Sweep, ValidityRule, Weighing};
use crate::rules::quote::Quote;

/// Returns every plan with its minutes, price, ratios, validity and source.
#[must_use]
pub fn plans(plans: &Plans) -> String {
    plans.iter().map(plan).collect::<Vec<_>>().join("\n")
}

fn plan(plan: &Plan) -> String {
    let mut rows = vec![row("minutes", minutes(plan)), row("price", price(plan))];
    rows.extend(ratios(plan).into_iter().map(|(label, value)| row(&label, value)));
    rows.push(row("bound to", bound(plan)));
    rows.extend(plan.valid.iter().map(|valid| {
        let only = valid.purchased_before.map(|before| format!(", if bought before {before}")).unwrap_or_default();
        row("valid", format!("{}{only}", validity(valid.rule)))
    }));
    rows.extend(plan.perhaps_valid.iter().map(|valid| row("not taken", validity(valid.rule))));
    rows.extend(works(plan));
    rows.extend(conditions(plan));
    rows.push(row("source", plan.source.clone()));
    format!("{} ({})\n{}", plan.id, plan.name, table(&rows))
}

fn row(label: &str, value: String) -> Vec<String> {
    vec![format!("  {label}"), value]
}

fn minutes(plan: &Plan) -> String {
    plan.minutes.map_or_else(|| "as account.toml says".to_owned(), |minutes| minutes.to_string())
}

fn price(plan: &Plan) -> String {
    let currency = &plan.currency;
    if !plan.bands.is_empty() {
        let bands = plan.bands.iter().map(|band| format!("from {} min {}", band.from, plain(band.price)));
        return format!("{currency} a minute, all at the band of the total: {}", bands.collect::<Vec<_>>().join(", "));
    }
    let monthly = if plan.kind == Kind::Monthly { " a month" } else { "" };
    plan.price.map_or_else(
        || "given with another product".to_owned(),
        |price| if price.is_zero() { "free".to_owned() } else { format!("{} {currency}{monthly}", plain(price)) },
    )
}

fn ratios(plan: &Plan) -> Vec<(String, String)> {
    let line = |of: &BTreeMap<Item, Ratio>| {
        of.iter().map(|(item, ratio)| format!("{item} {ratio}")).collect::<Vec<_>>().join(", ")
    };
    match &plan.ratio {
        None => Vec::new(),
        Some(RatioSource::Own(of)) => vec![("ratio".to_owned(), line(of))],
        Some(RatioSource::CardSet(set)) => vec![("ratio".to_owned(), format!("the card's set `{set}`"))],
        Some(RatioSource::ByUsage(eras)) => eras
            .iter()
            .map(|era| {
                let from = era.usage_from.map(|day| format!(" from {day}")).unwrap_or_default();
                let until = era.usage_until.map(|day| format!(" before {day}")).unwrap_or_default();
                let weigh = match &era.weigh {
                    Weighing::Each(ratio) => format!("{ratio} each"),
                    Weighing::Sets(names) => format!("the card's set `{}`", names.join("`, else `")),
                };
                (format!("ratio, usage{from}{until}"), format!("{weigh} [{}]", era.source))
            })
            .collect(),
        Some(RatioSource::Cohorts(cohorts)) => cohorts
            .iter()
            .map(|cohort| {
                let from = cohort.registered_from.map(|day| format!(" from {day}")).unwrap_or_default();
                let until = cohort.registered_until.map(|day| format!(" before {day}")).unwrap_or_default();
                (format!("ratio, registered{from}{until}"), format!("{} [{}]", line(&cohort.of), cohort.source))
            })
            .collect(),
    }
}

fn bound(plan: &Plan) -> String {
    let bound = match plan.bound {
        Bound::Account => "the account".to_owned(),
        Bound::App => "its app".to_owned(),
        Bound::AppIfGiven { account_wide_before } => {
            format!("its app, if one is given; the account if bought before {account_wide_before}")
        }
    };
    let offers = plan.account_wide.iter().map(|offer| {
        let (from, last) = (offer.usage_from, offer.usage_until + -1);
        format!("the account for usage from {from} to {last} [{}]", offer.source)
    });
    std::iter::once(bound).chain(offers).collect::<Vec<_>>().join("; ")
}

fn validity(rule: ValidityRule) -> String {
    match rule {
        ValidityRule::MonthEnd(months) => format!("to the last day of the month {months} months later"),
        ValidityRule::SameDayInclusive(months) => format!("to the same day {months} month(s) later, inclusive"),
        ValidityRule::SameDayExclusive(months) => format!("to the day before the same day {months} month(s) later"),
        ValidityRule::Days(days) => format!("{days} days"),
        ValidityRule::Unlimited => "without end".to_owned(),
    }
}

fn works(plan: &Plan) -> Option<Vec<String>> {
    let from = match plan.ready_after_seconds {
        0 => "from the payment".to_owned(),
        seconds => format!("{seconds} s after payment"),
    };
    match plan.sweep {
        Sweep::None => None,
        Sweep::Day => Some(row("works", format!("{from}; catches up its day"))),
        Sweep::Month => Some(row("works", format!("{from}; catches up its month"))),
    }
}

fn conditions(plan: &Plan) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut add = |label: &str, value: Option<String>| rows.extend(value.map(|value| row(label, value)));
    add("order", plan.always_first.then(|| "before every other grant".to_owned()));
    add("MAU", plan.mau_quota.map(|quota| format!("{quota} per app and month")));
    add("given from", plan.first_app_from.map(|day| format!("first app of {day} or later")));
    add("at most", plan.at_most.map(|times| format!("{times} times")));
    add("at most", plan.at_most_in_a_row.map(|times| format!("{times} in a row")));
    add("not after", (!plan.not_after.is_empty()).then(|| plan.not_after.join(", ")));
    let unlocks: Vec<_> = plan.unlocks.iter().map(ToString::to_string).collect();
    add("unlocks", (!unlocks.is_empty()).then(|| unlocks.join(", ")));
    add("refund", plan.refund_days.map(|days| format!("until the end of day {days} after the purchase, if unused")));
    add("postpaid", plan.opens_postpaid.then(|| "usage beyond its minutes is charged while it is in force".to_owned()));
    add("used up", plan.ends_service.then(|| "service stops where nothing else is there".to_owned()));
    rows
}

/// Returns what packages cost, one a line, the charge beside the price that the page shows.
#[must_use]
pub fn quotes(quotes: &[Quote]) -> String {
    let head = ["plan", "minutes", "amount", "currency", "a minute", "shown per 1000", "at that price", "source"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    rows.extend(quotes.iter().map(|quote| {
        let monthly = if quote.monthly { " a month" } else { "" };
        vec![
            quote.plan.clone(),
            quote.minutes.to_string(),
            format!("{:.2}{monthly}", quote.amount.decimal()),
            quote.currency.clone(),
            or_dash(quote.per_minute.map(|price| format!("{:.8}", price.decimal()))),
            or_dash(quote.displayed.map(|price| format!("{:.3}", price.decimal()))),
            or_dash(quote.displayed_amount.map(|amount| format!("{:.2}", amount.decimal()))),
            format!("[{}]", quote.source),
        ]
    }));
    table(&rows)
}
