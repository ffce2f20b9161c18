//! The meaning of each cause, in plain words: one table.

use std::fmt::Display;

/// The sentences, each to be read after "the bill agrees if". What stands in
/// braces is filled in.
const SENTENCES: [(&str, &str); 120] = [
    ("list_price.discount", "the contract's discount is not applied"),
    ("list_price.prices", "the contract's prices are not applied"),
    ("list_price.both", "neither the discount nor the prices of the contract are applied"),
    ("displayed_price", "the package is charged at the price per 1,000 minutes that the page shows, which is rounded"),
    ("other_card.prices", "the list prices of the rate card {card} are taken"),
    ("other_card.whole", "the rate card {card} is applied as a whole"),
    ("interval_rounding", "each interval is rounded up by itself"),
    ("interval_rounding.app", "each interval of each application is rounded up by itself"),
    ("month_rounding", "seconds are added up over the month before rounding"),
    ("month_rounding.app", "seconds of each application are added up over the month before rounding"),
    ("month_rounding.account", "seconds of all applications are added up over the month before rounding"),
    ("account_rounding", "seconds are added up over all applications before rounding"),
    ("app_rounding", "seconds are added up for each application by itself before rounding"),
    ("day_boundary", "the days are cut at 00:00 UTC (08:00 in Beijing)"),
    (
        "day_boundary.kept",
        "the days are cut at 00:00 UTC (08:00 in Beijing), and the first hours stand on the day before the month",
    ),
    ("period_shift.day_before", "the usage of the day before is billed"),
    ("period_shift.day_after", "the usage of the day after is billed"),
    ("period_shift.month_before", "the usage of the month before is billed"),
    ("period_shift.month_after", "the usage of the month after is billed"),
    ("period_shift.moved", "the usage of {place} is counted on {day}"),
    ("grant_skipped", "the minutes of {grant} are not applied"),
    ("grant_cohort", "the free minutes are those of an account registered on {day}"),
    ("grant_scope.offer", "the minutes of {grant} cover only their own application"),
    ("grant_scope.wide", "the minutes of {grant} cover every application"),
    ("grant_scope.bound", "the minutes of {grant} cover only the application {app}"),
    ("grant_scope.all_wide", "all minutes that are bound to an application cover every application"),
    ("grant_scope.all_own", "all minutes that are bound to an application cover only their own"),
    ("partial_minute.whole", "the last package minutes cover whole minutes only"),
    ("partial_minute.fraction", "the last package minutes cover part of a minute"),
    ("ratio.card", "package minutes are taken at the ratios of the rate card {card}"),
    ("grant_order.wide", "account-wide minutes are used before those of one application"),
    ("grant_order.narrow", "minutes of one application are used before account-wide ones"),
    ("grant_order.no_scope", "it plays no part whether minutes are bound to an application"),
    ("grant_order.last", "the minutes that end last are used first"),
    ("grant_order.last_narrow", "the minutes that end last are used first, within those of one application"),
    ("grant_order.bought", "minutes are used in the order of purchase"),
    ("grant_order.bought_last", "the minutes bought last are used first"),
    ("grant_order.paid", "paid minutes are used before free ones"),
    ("grant_order.paid_no_scope", "paid minutes are used before free ones, whatever application they are for"),
    ("grant_order.free_turn", "free minutes take their turn by their end"),
    ("grant_order.end", "all minutes take their turn by their end alone"),
    ("grant_order.before", "the minutes of {grant} are used before all others"),
    ("grant_order.after", "the minutes of {grant} are used after all others"),
    ("grant_order.no_sweep", "a package catches up nothing that was used before it worked"),
    ("grant_order.by_item", "a day's usage is covered item by item"),
    ("grant_order.by_time", "usage is covered interval by interval"),
    (
        "reading.metering-scope-by-service",
        "recording and delivery are rounded over all applications, as their pages can be read",
    ),
    ("reading.offer-for-all-plans", "the offer to 2024-12-31 holds for every paid monthly plan"),
    ("reading.free-minutes-mixing", "the free minutes of accounts from before 2023-02-21 cover mixing as well"),
    ("reading.month-plan-end", "a monthly plan is valid on the same day of the next month, too"),
    ("reading.renewal-day", "a subscription is renewed on the day after, as the printed example has it"),
    ("reading.cn-month-end", "a month package ends on the evening before the same day of the next month"),
    (
        "reading.cn2019-experience-end",
        "the experience package is valid for a year, as the change log of its page has it",
    ),
    ("reading.late-activation", "a package of 2019 covers nothing from before the day of its purchase"),
    ("reading.relay-edge", "relaying at exactly the limit is free"),
    ("reading.relay-by-application", "relaying is free where each application stays below the limit"),
    ("reading.free-images-scope", "the free images are those of each application"),
    ("reading.free-images-rounding", "the free images are taken off before the rounding"),
    ("reading.images-by-ten", "images are charged by the ten thousand, as the printed example has it"),
    ("other_tier.price", "{item} is charged at the price of {other}"),
    ("other_tier.account", "all usage of {item} is counted as {other}"),
    ("other_tier.app", "all usage of {item} of {app} is counted as {other}"),
    ("other_tier.place", "the usage of {place} is counted as {other}"),
    ("other_tier.row", "the interval of {app} at {start} ({seconds} s of {item}) is counted as {other}"),
    ("price_factor", "the price of {lines} is multiplied by {factor}"),
    ("amount_factor", "the amount of {lines} is multiplied by {factor}"),
    ("other_price", "the price of {lines} is {price}"),
    ("price_rounding", "the price of {lines} is rounded {mode} at {places} decimals"),
    ("amount_rounding", "the amount of {lines} is rounded {mode} at {places} decimals"),
    ("quantity_rounding", "the charged minutes of {lines} are rounded {mode} to a multiple of {block}"),
    ("quantity_rounding.usage", "the minutes used of {lines} are rounded {mode} to a multiple of {block}"),
    ("up", "always up"),
    ("down", "always down"),
    ("half_up", "half up"),
    ("half_down", "half down"),
    ("half_even", "half to even"),
    ("lines.all", "every line"),
    ("lines.item", "every line of {item}"),
    ("lines.app", "every line of application {app}"),
    ("lines.item_app", "every line of {item} of application {app}"),
    ("lines.from", "{lines} of the days from {from} on"),
    ("lines.to", "{lines} of the days up to {last}"),
    ("lines.days", "{lines} of the days from {from} to {last}"),
    ("grant_size", "the grant {grant} has {minutes} minutes"),
    ("grant_size.between", "the grant {grant} has between {least} and {most} minutes"),
    ("grant_size.least", "the grant {grant} has {least} minutes or more"),
    ("grant_start", "the grant {grant} begins at {start}"),
    ("grant_start.between", "the grant {grant} begins after {after} and by {start}"),
    ("grant_plan", "the grant {grant} is of the plan {plan}"),
    ("grant_doubled", "the minutes of {grant} are given twice"),
    ("time_missing", "the usage of {place} from {from} to {to} is left out"),
    ("time_doubled", "the usage of {place} from {from} to {to} is counted twice"),
    ("place.app", "application {app}"),
    ("place.app_item", "{item} of application {app}"),
    ("place.all", "all applications"),
    ("interval_missing", "the interval of {app} at {start} ({seconds} s of {item}) is left out"),
    ("interval_duplicated", "the interval of {app} at {start} ({seconds} s of {item}) is counted twice"),
    ("duplicate_line", "the lines that repeat one another are all due"),
    ("usage_missing", "usage that the exports lack is filled in from the bill ({what})"),
    ("bill_missing", "a part of the bill that the case folder lacks is left out ({what})"),
    ("grant_missing", "account.toml lists a grant of {plan} of {day}"),
    ("subscription_missing", "account.toml lists a subscription to {plan} of {day}"),
    ("grant_returned", "{grant} was returned on {day} and covers nothing"),
    ("discount_missing", "the contract has a discount of {rate}"),
    ("price_missing", "the contract has prices of its own for {items}"),
    ("opening", "{grant} had {minutes} minutes left at {at}"),
    ("account_key", "account.toml has {key} = {value}"),
    ("place.day", "{item} on {day}"),
    ("place.app_day", "{item} of {app} on {day}"),
    ("place.month", "{item} in {day}"),
    ("place.app_month", "{item} of {app} in {day}"),
    ("because", "the bill agrees if {ways}"),
    ("or", ", or if "),
    ("and", " and, together, "),
    ("here", "{way} on this line"),
    ("spoils.one", "{way} on this line (1 other, which agrees, would differ)"),
    ("spoils", "{way} on this line ({others} others, which agree, would differ)"),
    ("charge_only", "{way} (what is charged; the usage that is printed is another)"),
    ("chance", "{why}; that may be chance, since too little of the bill speaks for it"),
    ("cut_short", "{why}; the account is so large that not every change was tried"),
];

/// Returns the sentence of that name, with its braces filled in.
#[must_use]
pub fn say(name: &str, figures: &[(&str, &dyn Display)]) -> String {
    let known = SENTENCES.iter().find(|(known, _)| *known == name);
    let Some((_, sentence)) = known else { unreachable!("no sentence is named {name}") };
    figures.iter().fold((*sentence).to_owned(), |text, (place, figure)| {
        text.replace(&format!("{{{place}}}"), &figure.to_string())
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{SENTENCES, say};

    #[test]
    fn a_sentence_has_one_name_and_is_filled_in() {
        let names: BTreeSet<&str> = SENTENCES.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), SENTENCES.len());
        assert_eq!(say("grant_skipped", &[("grant", &"free")]), "the minutes of free are not applied");
    }
}
