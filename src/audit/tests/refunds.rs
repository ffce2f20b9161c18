use std::collections::BTreeSet;

use super::*;
use crate::audit::refund::{Refund, refund, rulings};
use crate::compare::summary::summarise;
use crate::compare::{Bill, Kind, Tolerance, compare};
use crate::model::Day;
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::number::parse_decimal;

const PRO: &str = "[[subscription]]\nid = \"sub\"\nplan = \"rtc-engine-pro\"\napp = 1400000001\n\
                   purchased = 2024-10-03T15:20:00\npaid = \"1499\"\n";

fn asked(case: &Case, id: &str, on: &str, already: bool) -> Refund {
    refund(&case.account, &case.terms, &case.rated, id, Day::parse(on).unwrap(), already)
}

fn refusal(case: &Case, id: &str, on: &str) -> String {
    let refund = asked(case, id, on, false);
    assert!(!refund.allowed && refund.amount.is_zero(), "{refund:?}");
    refund.reasons.join("; ")
}

#[test]
fn until_the_end_of_the_fifth_day_after_the_purchase() {
    let case = intl("2024-10", PRO, &[]);
    for id in ["sub", "sub#1"] {
        let refund = asked(&case, id, "2024-10-08", false);
        assert!(refund.allowed, "{refund:?}");
        assert_eq!(refund.amount.to_string(), "1499");
        assert!(refund.reasons[0].contains("vouchers"), "{refund:?}");
    }
    assert!(refusal(&case, "sub", "2024-10-09").contains("until the end of 2024-10-08"));
    assert!(refusal(&case, "sub", "2024-10-02").contains("after 2024-10-02"));
    assert!(refusal(&case, "sbu", "2024-10-08").contains("did you mean `sub`?"));
}

#[test]
fn only_unused_and_once() {
    // One HD minute on the 4th takes 4 package minutes; on the 3rd nothing was used.
    let case = intl("2024-10", PRO, &[("2024-10-04T10:00:00", FIRST, "av.hd", 60)]);
    assert!(refusal(&case, "sub", "2024-10-04").starts_with("4 of its minutes"));
    assert!(asked(&case, "sub", "2024-10-03", false).allowed);
    assert!(!asked(&case, "sub", "2024-10-03", true).allowed);
}

#[test]
fn used_before_the_bill() {
    // Bought on 30 September; its use on that day is in the balance alone.
    let grant = "[[grant]]\nid = \"g\"\nplan = \"cn-general-25k\"\npurchased = 2023-04-30T09:00:00\n";
    let unused = cn("2023-05", grant, &[]);
    let list = asked(&unused, "g", "2023-05-05", false);
    assert_eq!((list.allowed, list.amount.to_string().as_str()), (true, "168"));
    assert!(list.reasons.iter().any(|reason| reason.contains("list price")), "{list:?}");
    let used = cn("2023-05", grant, &[("2023-04-30T10:00:00", FIRST, "av.audio", 60)]);
    assert!(refusal(&used, "g", "2023-05-05").starts_with("1 of its minutes"));
}

#[test]
fn never_after_a_violation_and_never_for_nothing() {
    let stopped = intl("2024-10", &format!("{PRO}[[stop]]\nfrom = 2024-10-05\nreason = \"violation\"\n"), &[]);
    assert!(refusal(&stopped, "sub", "2024-10-06").contains("violation"));
    assert!(asked(&stopped, "sub", "2024-10-04", false).allowed);
    assert!(refusal(&intl("2024-10", FREE, &[]), "free", "2024-10-02").contains("cost nothing"));
}

fn line(class: LineClass, day: &str, amount: &str) -> InvoiceLine {
    InvoiceLine {
        class,
        item: Item::parse("fee.rtc-engine-pro"),
        app: Some(FIRST),
        span: Day::parse(day).unwrap().span(),
        usage: None,
        covered: None,
        charged: None,
        price: None,
        list_price: None,
        amount: Money::new(parse_decimal(amount).unwrap()),
        foreign: None,
        currency: "USD".to_owned(),
        decimals: 8,
        paid_at: None,
        transaction: None,
        text: "RTC-Engine".to_owned(),
        place: Place { table: TableRef(0), row: 2 },
    }
}

/// Kind and explanation of what a bill of the plan's fee and these refunds has.
fn compared(refunds: &[(&str, &str)]) -> Vec<(Kind, String)> {
    let case = intl("2024-10", PRO, &[]);
    let mut lines = vec![line(LineClass::Fee, "2024-10-03", "1499")];
    lines.extend(refunds.iter().map(|(day, amount)| line(LineClass::Refund, day, amount)));
    let refunds = rulings(&case.account, &case.terms, &case.rated, &lines);
    let bill = Bill {
        charges: &case.rated.charges,
        possible: &[],
        lines: &lines,
        currency: "USD",
        tolerance: Tolerance::default(),
        days_seen: &BTreeSet::new(),
        refunds: &refunds,
    };
    let compared = summarise(&compare(&bill), &bill, "100000000001", |_| String::new());
    let bridged: Money = compared.bridge.iter().map(|entry| entry.amount).sum();
    assert_eq!(bridged, compared.difference, "the bridge adds up");
    compared.discrepancies.into_iter().map(|row| (row.kind, row.explanation)).collect()
}

#[test]
fn a_refund_line_that_the_rule_gives_is_no_discrepancy() {
    assert_eq!(compared(&[("2024-10-08", "-1499")]), []);
}

#[test]
fn a_refund_line_that_it_does_not_give_says_why() {
    let late = compared(&[("2024-10-09", "-1499")]);
    assert_eq!(late[0].0, Kind::Adjustment);
    assert!(late[0].1.contains("until the end of 2024-10-08"), "{late:?}");
    let part = compared(&[("2024-10-08", "-1000")]);
    assert!(part[0].1.contains("is refunded with 1499, the bill returns 1000"), "{part:?}");
    let twice = compared(&[("2024-10-07", "-1499"), ("2024-10-08", "-1499")]);
    assert_eq!(twice.len(), 1);
    assert!(twice[0].1.contains("given once"), "{twice:?}");
}
