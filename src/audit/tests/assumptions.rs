use super::*;

#[test]
fn half_a_minute_by_the_last_package_minutes() {
    // 2 package minutes left, HD takes 4: half a minute is covered, half is charged: 0.5 x 0.028 = 0.014.
    // Whole minutes only: 0.028, so 0.014 more.
    let grant = "[[grant]]\nid = \"g\"\nplan = \"cn-general-25k\"\npurchased = 2023-01-10\n\
                 opening = { at = 2023-05-01T00:00:00, minutes = \"2\" }\n";
    let usage = [("2023-05-02T10:00:00", FIRST, "av.hd", 60)];
    let case = cn("2023-05", grant, &usage);
    assert_eq!(case.amounts("partial-minute"), ["0.014"]);
    assert_eq!(
        case.text("partial-minute"),
        "The last package minutes cover part of a minute (partial_minute = \"fraction\"); if they covered whole minutes \
         only (\"whole\"), the expected total would be 0.014 CNY higher (switch: [policy] partial_minute)."
    );
    let switched = cn("2023-05", &format!("{grant}[policy]\npartial_minute = \"whole\"\n"), &usage);
    assert_eq!(switched.amounts("partial-minute"), ["-0.014"]);
}

#[test]
fn by_time_or_item_by_item() {
    // 6,000 minutes are left; 6,000 HD minutes (4 each) come before 6,000 audio minutes.
    // By time: HD 1,500 covered, 4,500 x 0.00399 = 17.955, audio 5.94: 23.895.
    // By item: all audio covered, HD 6,000 x 0.00399 = 23.94: 0.045 more.
    let free = "[[grant]]\nid = \"free\"\nplan = \"free-monthly\"\npurchased = 2024-10-01\nend = 2024-12-01\n\
                opening = { at = 2024-10-01T00:00:00, minutes = \"6000\" }\n";
    let usage = [("2024-10-02T10:00:00", FIRST, "av.hd", 360_000), ("2024-10-02T11:00:00", FIRST, "av.audio", 360_000)];
    assert_eq!(intl("2024-10", free, &usage).amounts("tie-order"), ["0.045"]);
}

#[test]
fn per_application_or_per_account() {
    // Two applications of 30 s 4K: 2 minutes, 0.07198; together one minute, 0.03599.
    let usage = [("2024-10-02T10:00:00", FIRST, "av.4k", 30), ("2024-10-02T10:00:00", SECOND, "av.4k", 30)];
    assert_eq!(intl("2024-10", "", &usage).amounts("metering-scope"), ["-0.03599"]);
    assert!(intl("2024-10", "", &usage[..1]).amounts("metering-scope").is_empty());
}

#[test]
fn the_rtc_engine_offer_ignored() {
    // The plan of the first application covers 1,000 HD minutes (4,000 of its 50,000) of the second: else 3.99.
    let plan = "[[subscription]]\nid = \"s\"\nplan = \"rtc-engine-lite\"\napp = 1400000001\npurchased = 2024-10-15\n";
    let case = intl("2024-10", plan, &[("2024-10-20T10:00:00", SECOND, "av.hd", 60_000)]);
    assert_eq!(case.amounts("rtc-engine-offer"), ["3.99"]);
}

#[test]
fn free_minutes_of_old_accounts_and_mixing() {
    // 1,000 minutes of mixing at 6.1 are within 10,000 free minutes; they are charged 5.99.
    let head = |registered| format!("site = \"intl\"\nregistered = {registered}\nfirst_app_created = 2022-03-02");
    let usage = [("2024-10-02T10:00:00", FIRST, "mix.h264.hd", 60_000)];
    let old = case(&head("2023-02-20"), "2024-10", FREE, &usage);
    assert_eq!(old.amounts("free-minutes-mixing"), ["-5.99"]);
    let later = case(&head("2023-02-21"), "2024-10", FREE, &usage);
    assert!(later.amounts("free-minutes-mixing").is_empty());
}

#[test]
fn a_month_plan_ends_the_evening_before_or_that_day() {
    let plan = |end: &str| {
        format!("[[grant]]\nid = \"g\"\nplan = \"live-lite\"\napp = 1400000001\npurchased = 2024-09-15\n{end}")
    };
    let usage = [("2024-10-15T10:00:00", FIRST, "av.hd", 60_000)];
    assert_eq!(intl("2024-10", &plan(""), &usage).amounts("month-plan-end"), ["-3.99"]);
    let said = intl("2024-10", &plan("end = 2024-10-15T00:00:00\n"), &usage);
    assert!(said.amounts("month-plan-end").is_empty(), "account.toml says the end");
}

#[test]
fn a_renewal_a_day_later_takes_its_fee_along() {
    // Bought on 31 October: renewed on 30 November; the day after is another bill's.
    let plan = "[[subscription]]\nid = \"s\"\nplan = \"rtc-engine-lite\"\napp = 1400000001\npurchased = 2024-10-31\n\
                auto_renew = true\n";
    assert_eq!(intl("2024-11", plan, &[]).amounts("renewal-day"), ["-49.5"]);
    // In December the renewal of 30 November comes in, that of 31 December leaves.
    assert!(intl("2024-12", plan, &[]).amounts("renewal-day").is_empty());
}

#[test]
fn a_month_package_ends_that_day_or_the_evening_before() {
    // 1,000 audio minutes on 10 May, its last day: covered; else 7.00.
    let grant =
        "[[grant]]\nid = \"g\"\nplan = \"cn-month\"\napp = 1400000001\nminutes = 10000\npurchased = 2023-04-10\n";
    let case = cn("2023-05", grant, &[("2023-05-10T10:00:00", FIRST, "av.audio", 60_000)]);
    assert_eq!(case.amounts("cn-month-end"), ["7"]);
}

#[test]
fn an_experience_package_of_two_months_or_a_year() {
    // Bought in March 2019: to 31 May. 100 minutes in June cost 2.50, or nothing within the year.
    let grant = "[[grant]]\nid = \"g\"\nplan = \"cn2019-experience\"\npurchased = 2019-03-15\n";
    let case = cn2019("2019-06", grant, &[("2019-06-10T10:00:00", FIRST, "av.call", 6_000)]);
    assert_eq!(case.amounts("cn2019-experience-end"), ["-2.5"]);
}

#[test]
fn relay_at_exactly_the_limit() {
    // 100 Mbps x 18.99.
    let relay = |mbps| intl("2024-10", FREE, &[("2024-10-02T10:00:00", FIRST, "relay.tencent", mbps)]);
    assert_eq!(relay(100_000_000).amounts("relay-edge"), ["-1899"]);
    assert!(relay(100_000_001).amounts("relay-edge").is_empty());
    assert!(relay(99_999_999).amounts("relay-edge").is_empty());
}

#[test]
fn free_images_shared_and_rounded() {
    // 5 + 6 thousand, 10 free: 1 x 0.03. Free for each: nothing. Taken off before
    // the rounding: 4,500 + 5,500 are all free: nothing.
    let images = |second| {
        let usage =
            [("2024-10-02T10:00:00", FIRST, "snapshot", 4_500), ("2024-10-02T10:00:00", SECOND, "snapshot", second)];
        intl("2024-10", FREE, &usage)
    };
    assert_eq!(images(5_500).amounts("free-images-scope"), ["-0.03"]);
    assert_eq!(images(5_500).amounts("free-images-rounding"), ["-0.03"]);
    // 4,500 + 5,501: one image above is one thousand, under either order.
    assert!(images(5_501).amounts("free-images-rounding").is_empty());
    assert!(images(5_000).amounts("free-images-scope").is_empty(), "10 thousand are free");
}
