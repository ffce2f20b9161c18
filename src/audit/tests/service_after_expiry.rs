use super::*;

const HD: Row<'_> = ("2024-10-20T10:00:00", FIRST, "av.hd", 60_000);
const SPENT: &str = "[[grant]]\nid = \"free\"\nplan = \"free-monthly\"\npurchased = 2024-10-01\nend = 2024-12-01\n\
                     opening = { at = 2024-10-01T00:00:00, minutes = \"400\" }\n";

fn plan(purchased: &str) -> String {
    format!("[[subscription]]\nid = \"s\"\nplan = \"live-lite\"\napp = 1400000001\npurchased = {purchased}\n")
}

#[test]
fn free_minutes_spent_without_a_paid_plan() {
    // 400 free minutes cover 100 of 1,000 HD minutes: 900 x 0.00399 = 3.591.
    let case = intl("2024-10", SPENT, &[HD]);
    assert_eq!(case.amounts("service-without-plan"), ["3.591"]);
    assert_eq!(
        case.text("service-without-plan"),
        "Service of 1400000001 should have stopped where only trials or free minutes were there, without a paid plan: \
         the usage is charged all the same, 3.591 USD."
    );
}

#[test]
fn a_paid_plan_in_force_lets_service_go_on() {
    // The plan's 100,000 are spent too: what is beyond is paid for as it is used.
    let case = intl("2024-10", &(plan("2024-10-15") + SPENT), &[("2024-10-20T10:00:00", FIRST, "av.hd", 6_000_000)]);
    assert!(case.rated.charges.iter().any(|charge| charge.item.id() == "av.hd" && !charge.amount.is_zero()));
    assert!(case.codes().iter().all(|code| !code.starts_with("service")));
}

#[test]
fn a_paid_plan_that_ended() {
    let case = intl("2024-10", &(plan("2024-09-15") + SPENT), &[HD]);
    assert_eq!(case.amounts("service-after-plan"), ["3.591"]);
    assert!(case.amounts("service-without-plan").is_empty());
}

#[test]
fn packages_of_the_one_price_years() {
    // A trial of 1,000 minutes, 1,100 used: 100 x 0.025 = 2.5; with a paid package bought later that month nothing is said.
    let trial = "[[grant]]\nid = \"t\"\nplan = \"cn2019-trial\"\npurchased = 2019-07-01\n";
    let usage = [("2019-07-10T10:00:00", FIRST, "av.call", 66_000)];
    assert_eq!(cn2019("2019-07", trial, &usage).amounts("service-without-plan"), ["2.5"]);
    let paid =
        format!("{trial}[[grant]]\nid = \"p\"\nplan = \"cn2019-starter\"\npurchased = 2019-06-01\nend = 2019-07-01\n");
    assert!(cn2019("2019-07", &paid, &usage).amounts("service-without-plan").is_empty());
}

#[test]
fn the_free_trial_of_the_general_packages_ends_no_service() {
    let trial = "[[grant]]\nid = \"t\"\nplan = \"cn-free-trial\"\npurchased = 2023-05-01\n\
                 opening = { at = 2023-05-01T00:00:00, minutes = \"0\" }\n";
    let case = cn("2023-05", trial, &[("2023-05-10T10:00:00", FIRST, "av.audio", 60_000)]);
    assert!(case.codes().iter().all(|code| !code.starts_with("service")), "{:?}", case.found());
}

#[test]
fn usage_inside_a_stop() {
    // 400 free minutes cover 100 of 1,000 HD minutes inside the stop; the other row is outside.
    let stop = format!(
        "{SPENT}[[stop]]\nfrom = 2024-10-20T00:00:00\nuntil = 2024-10-21T00:00:00\nreason = \"arrears\"\n{}",
        plan("2024-10-01")
    );
    let stop = stop.replace("live-lite", "call-trial");
    let case = intl("2024-10", &stop, &[HD, ("2024-10-21T00:00:00", FIRST, "av.hd", 60_000)]);
    assert_eq!(
        case.text("usage-in-stop"),
        "1000 minutes of usage lie inside the stop from 2024-10-20T00:00:00 (arrears): 3.591 USD is charged and 400 package \
         minutes are taken for it; in arrears service stops 24 hours after an unpaid charge, even with package minutes left."
    );
}
