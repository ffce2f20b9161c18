use super::*;

fn package(plan: &str, purchased: &str, rest: &str) -> String {
    format!("[[grant]]\nid = \"g\"\nplan = \"{plan}\"\npurchased = {purchased}\n{rest}")
}

#[test]
fn a_derived_price_and_what_rests_on_it() {
    // 1,000 FHD minutes at 63 for 1,000; HD has a published price.
    let usage = [("2023-05-02T10:00:00", FIRST, "av.fhd", 60_000), ("2023-05-02T10:00:00", FIRST, "av.hd", 60_000)];
    let case = cn("2023-05", "", &usage);
    assert_eq!(case.amounts("derived-price"), ["63"]);
    let agreed = "[[contract.price]]\nitem = \"av.fhd\"\nprice = \"60\"\nfrom = 2023-01-01\n";
    assert!(cn("2023-05", agreed, &usage).amounts("derived-price").is_empty());
}

#[test]
fn a_custom_package_from_three_million_minutes() {
    // 3,000,000 x 0.00562934 = 16,888.02; half up 0.00562933 gives 16,887.99.
    let size = |minutes: &str| cn("2023-05", &package("cn-general-custom", "2023-05-10", minutes), &[]);
    assert_eq!(size("minutes = 3000000\n").amounts("custom-price"), ["-0.03"]);
    assert!(size("minutes = 2999999\n").amounts("custom-price").is_empty(), "5968 / 1M is exact");
    assert!(size("minutes = 3000000\npaid = \"16888\"\n").amounts("custom-price").is_empty());
}

#[test]
fn a_fee_that_is_not_the_list_price() {
    let pro = |paid: &str| {
        let plan =
            "[[subscription]]\nid = \"s\"\nplan = \"rtc-engine-pro\"\napp = 1400000001\npurchased = 2024-10-03\n";
        intl("2024-10", &format!("{plan}paid = \"{paid}\"\n"), &[])
    };
    assert_eq!(pro("1200").amounts("paid-not-list"), ["-299"]);
    assert!(pro("1499.00").amounts("paid-not-list").is_empty());
}

#[test]
fn a_grant_that_lapsed_with_minutes_left() {
    // Bought in May 2022: to 31 May 2023, 5,000 of 25,000 minutes left: a fifth of 168.
    let opening = "opening = { at = 2023-05-01T00:00:00, minutes = \"5000\" }\n";
    let case = cn("2023-05", &package("cn-general-25k", "2022-05-10", opening), &[]);
    assert_eq!(case.amounts("grant-expired"), ["33.6"]);
    let paid = cn("2023-05", &package("cn-general-25k", "2022-05-10", &format!("{opening}paid = \"100\"\n")), &[]);
    assert_eq!(paid.amounts("grant-expired"), ["20"]);
    let later = cn("2023-06", &package("cn-general-25k", "2022-05-10", opening), &[]);
    assert!(later.amounts("grant-expired").is_empty(), "said in the bill in which it ended");
}

#[test]
fn a_package_that_cost_more_than_it_replaced() {
    // At half the list price 1,000 audio minutes cost 3.50; of the package 6.72.
    let usage = [("2023-05-12T10:00:00", FIRST, "av.audio", 60_000)];
    let half = format!("{}[contract]\ndiscount = \"0.5\"\n", package("cn-general-25k", "2023-05-10", ""));
    assert_eq!(cn("2023-05", &half, &usage).amounts("package-dearer"), ["3.22"]);
    assert!(cn("2023-05", &package("cn-general-25k", "2023-05-10", ""), &usage).amounts("package-dearer").is_empty());
}

#[test]
fn mixing_that_was_counted_by_output() {
    let head = "site = \"intl\"\nregistered = 2022-03-01\nfirst_app_created = 2022-03-02\ncard = \"intl-2024\"";
    let usage = [("2022-05-31T10:00:00", FIRST, "mix.audio", 60_000)];
    assert_eq!(case(head, "2022-05", "", &usage).amounts("mixing-by-output"), ["1.99"]);
    let june = [("2022-06-01T10:00:00", FIRST, "mix.audio", 60_000)];
    assert!(case(head, "2022-06", "", &june).amounts("mixing-by-output").is_empty());
}

#[test]
fn a_dashboard_is_a_flat_fee() {
    let plan = "[[subscription]]\nid = \"d\"\nplan = \"dashboard-standard\"\npurchased = 2024-10-03\n";
    assert_eq!(intl("2024-10", plan, &[]).amounts("flat-fee"), ["4999"]);
}

#[test]
fn usage_before_the_bill_is_counted() {
    let usage = [("2024-09-30T23:55:00", FIRST, "av.hd", 60), ("2024-10-01T00:00:00", FIRST, "av.hd", 60)];
    let case = intl("2024-10", FREE, &usage);
    assert_eq!(
        case.text("earlier-usage"),
        "1 row of usage before 2024-10-01 counts only for what was left of older grants."
    );
    assert_eq!(case.amounts("earlier-usage"), ["-"]);
}

#[test]
fn a_card_that_stands_in_for_none() {
    // International usage before 2020-02-20 is no card's own: 1,000 HD minutes at 3.99.
    let head = "site = \"intl\"\nregistered = 2019-03-01\nfirst_app_created = 2019-03-02";
    let old = case(head, "2020-01", "", &[("2020-01-10T10:00:00", FIRST, "av.hd", 60_000)]);
    assert_eq!(old.amounts("card-stands-in"), ["3.99"]);
    let own = intl("2024-10", FREE, &[("2024-10-02T10:00:00", FIRST, "rec.hd", 60_000_000)]);
    assert!(own.amounts("card-stands-in").is_empty());
    // cn-2022 set by hand for usage before its first day.
    let head = "site = \"cn\"\nregistered = 2021-03-01\nfirst_app_created = 2021-03-02\ncard = \"cn-2022\"";
    let early = case(head, "2022-07", "", &[("2022-07-10T10:00:00", FIRST, "av.audio", 60_000)]);
    assert_eq!(early.amounts("card-stands-in"), ["7"]);
}
