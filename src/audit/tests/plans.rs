use super::*;

fn plan(id: &str, plan: &str, purchased: &str, rest: &str) -> String {
    format!("[[subscription]]\nid = \"{id}\"\nplan = \"{plan}\"\napp = 1400000001\npurchased = {purchased}\n{rest}")
}

#[test]
fn usage_that_no_plan_in_force_unlocks() {
    // 1,000 minutes of 4K: 35.99; with conference-pro they are its own.
    let usage = [("2024-10-20T10:00:00", FIRST, "av.4k", 60_000), ("2024-10-20T10:00:00", FIRST, "av.fhd", 60_000)];
    let lite = intl("2024-10", &plan("s", "conference-lite", "2024-10-21", ""), &usage);
    assert_eq!(lite.amounts("usage-not-unlocked"), ["35.99"]);
    assert_eq!(
        lite.text("usage-not-unlocked"),
        "1000 min of av.4k by 1400000001 need one of the plans conference-pro, live-pro, rtc-engine-pro, and none is in \
         force: 35.99 USD is charged."
    );
    let pro = intl("2024-10", &plan("s", "conference-pro", "2024-10-20", ""), &usage);
    assert!(pro.amounts("usage-not-unlocked").is_empty());
    // Third-party relay needs rtc-engine-standard, snapshots pro: 5 x 18.99; 11 - 10 thousand x 0.03.
    let month =
        [("2024-10-20T10:00:00", FIRST, "relay.third", 5_000_000), ("2024-10-20T10:00:00", FIRST, "snapshot", 11_000)];
    let standard = intl("2024-10", &plan("s", "rtc-engine-standard", "2024-10-20", ""), &month);
    assert_eq!(standard.amounts("usage-not-unlocked"), ["0.03"]);
    assert_eq!(intl("2024-10", "", &month).amounts("usage-not-unlocked"), ["94.95", "0.03"]);
}

#[test]
fn two_plans_of_one_product_at_once() {
    let both = plan("a", "live-lite", "2024-10-01", "") + &plan("b", "live-pro", "2024-10-10", "");
    let case = intl("2024-10", &both, &[]);
    assert_eq!(case.amounts("two-plans-at-once"), ["899"]);
    assert!(case.text("two-plans-at-once").contains("on 2024-10-10"), "{:?}", case.found());
    let apart = plan("a", "live-lite", "2024-09-10", "") + &plan("b", "live-pro", "2024-10-10", "");
    assert!(intl("2024-10", &apart, &[]).amounts("two-plans-at-once").is_empty());
    let products = plan("a", "live-lite", "2024-10-01", "") + &plan("b", "call-1v1", "2024-10-10", "");
    assert!(intl("2024-10", &products, &[]).amounts("two-plans-at-once").is_empty());
}

#[test]
fn a_starter_four_times_or_after_another_plan() {
    // Cycles from 5 July, August, September, October: the fourth is one too many.
    let four = intl("2024-10", &plan("s", "conference-starter", "2024-07-05", "auto_renew = true\n"), &[]);
    assert_eq!(four.amounts("plan-too-often"), ["39.9"]);
    assert!(four.text("plan-too-often").starts_with("s#4 is number 4 of conference-starter"));
    let after = plan("a", "conference-lite", "2024-08-01", "") + &plan("s", "conference-starter", "2024-10-05", "");
    assert_eq!(intl("2024-10", &after, &[]).amounts("plan-not-after"), ["39.9"]);
}

#[test]
fn a_starter_too_many_on_the_last_day_of_a_bill_by_deduction() {
    let starters =
        plan("s", "conference-starter", "2024-07-31", "auto_renew = true\n") + "[bill]\ncut = \"deduction\"\n";
    assert_eq!(intl("2024-10", &starters, &[]).amounts("plan-too-often"), ["39.9"]);
    assert!(intl("2024-09", &starters, &[]).amounts("plan-too-often").is_empty());
    let after = plan("a", "conference-lite", "2024-08-01", "") + &plan("s", "conference-starter", "2024-10-31", "");
    assert_eq!(intl("2024-10", &(after + "[bill]\ncut = \"deduction\"\n"), &[]).amounts("plan-not-after"), ["39.9"]);
}

#[test]
fn an_experience_package_twice() {
    let twice = "[[grant]]\nid = \"a\"\nplan = \"cn2019-experience\"\npurchased = 2019-03-15\n\
                 [[grant]]\nid = \"b\"\nplan = \"cn2019-experience\"\npurchased = 2019-05-15\n";
    assert_eq!(cn2019("2019-05", twice, &[]).amounts("plan-too-often"), ["6.6"]);
}

fn free(id: &str, from: &str, rest: &str) -> String {
    format!("[[grant]]\nid = \"{id}\"\nplan = \"free-monthly\"\npurchased = {from}\n{rest}")
}

#[test]
fn free_months_that_overlap() {
    // The first has nothing left; the second covers 1,000 HD minutes: 3.99.
    let first = free("a", "2024-10-01", "opening = { at = 2024-10-01T00:00:00, minutes = \"0\" }\n");
    let both = first + &free("b", "2024-10-10", "");
    let case = intl("2024-10", &both, &[("2024-10-15T10:00:00", FIRST, "av.hd", 60_000)]);
    assert_eq!(case.amounts("free-months-overlap"), ["3.99"]);
}

#[test]
fn the_thirteenth_free_month_in_a_row() {
    let months = |first: i32| -> String {
        let day = |month: i32| Month::parse("2024-10").unwrap().plus(-month).first_day();
        (0..first).map(|month| free(&format!("f{month}"), &day(month).to_string(), "")).collect()
    };
    let usage = [("2024-10-15T10:00:00", FIRST, "av.hd", 60_000)];
    assert_eq!(intl("2024-10", &months(13), &usage).amounts("free-months-in-a-row"), ["3.99"]);
    assert!(intl("2024-10", &months(12), &usage).amounts("free-months-in-a-row").is_empty());
}

#[test]
fn a_month_without_its_free_minutes() {
    let usage = [("2024-10-15T10:00:00", FIRST, "av.hd", 60_000)];
    let none = intl("2024-10", "", &usage);
    assert_eq!(none.amounts("free-month-missing"), ["3.99"]);
    assert!(none.text("free-month-missing").contains("31 of the days from 2024-10-01 to 2024-10-31"));
    // Given from the 10th on: nine days before it have none, and nothing was used then.
    let late = intl("2024-10", &free("f", "2024-10-10", ""), &usage);
    assert_eq!(late.amounts("free-month-missing"), ["0"]);
    assert!(cn("2023-05", "", &[]).amounts("free-month-missing").is_empty());
}

#[test]
fn a_bill_by_deduction_asks_for_free_minutes_on_its_own_days_alone() {
    let usage = [("2024-10-15T10:00:00", FIRST, "av.hd", 60_000)];
    let late = intl("2024-10", &(free("f", "2024-10-10", "") + "[bill]\ncut = \"deduction\"\n"), &usage);
    assert!(late.text("free-month-missing").contains("10 of the days from 2024-09-30 to 2024-10-09"));
}

#[test]
fn a_payment_of_the_last_day_is_on_the_bill_by_deduction() {
    let bought = "[[subscription]]\nid = \"s\"\nplan = \"live-lite\"\napp = 1400000001\npurchased = 2024-10-31T09:00:00\n\
                  paid = \"100\"\n[bill]\ncut = \"deduction\"\n";
    assert_eq!(intl("2024-10", bought, &[]).amounts("paid-not-list"), ["-199"]);
}
