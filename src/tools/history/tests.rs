use super::*;
use crate::normalise::bill::ProductRow;
use crate::tools::past_report::{PastCharge, PastFinding, PastGrant};

fn figure(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Returns a month of 1,000 minutes of HD, of which 400 are covered, at `amount`.
fn report(account: &str, period: &str, amount: &str, adjustment: Option<&str>, claimed: &str) -> Entry {
    let charge = PastCharge {
        app: "1400000001".to_owned(),
        day: format!("{period}-03"),
        item: "av.hd".to_owned(),
        unit: "min".to_owned(),
        billable: figure("1000"),
        covered: figure("400"),
        charged: figure("600"),
        price: figure(amount) / figure("600"),
        amount: figure(amount),
        currency: "USD".to_owned(),
    };
    let finding = |amount: &str| PastFinding {
        id: "a".to_owned(),
        kind: "adjustment".to_owned(),
        cause: "unexplained".to_owned(),
        app: String::new(),
        day: period.to_owned(),
        item: String::new(),
        difference: figure(amount),
        certain: false,
    };
    let grant = PastGrant {
        id: "pack".to_owned(),
        opening: figure("1000"),
        used: figure("400"),
        expired: figure("100"),
        remaining: figure("500"),
    };
    let result = PastResult {
        verdict: "reconciled".to_owned(),
        expected: figure(amount),
        billed: figure(amount) + figure("1"),
        overcharged: figure(claimed),
        undercharged: Decimal::ZERO,
        findings: adjustment.map(finding).into_iter().collect(),
        grants: vec![grant],
    };
    let report = PastReport {
        folder: format!("reports/{account}-{period}"),
        manifest: String::new(),
        account: account.to_owned(),
        period: Month::parse(period).unwrap(),
        currency: "USD".to_owned(),
        result: Some(result),
        charges: vec![charge],
        inputs: BTreeMap::new(),
        outputs: BTreeMap::new(),
    };
    Entry { report, signed: None }
}

fn of(entries: Vec<Entry>) -> (History, Vec<&'static str>) {
    let mut found = Diagnostics::default();
    let history = history(entries, &mut found);
    (history, found.iter().map(|found| found.code).collect())
}

#[test]
fn changes_and_unit_costs_follow_from_the_months() {
    let months = vec![report("1", "2024-11", "3.6", None, "0"), report("1", "2024-10", "2.4", None, "0")];
    let (history, found) = of(months);
    assert!(found.is_empty());
    let lines: Vec<_> =
        history.lines.iter().map(|line| (line.period.to_string(), line.unit_cost, line.change)).collect();
    // 2.4 dollars for 1,000 minutes are 0.0024 a minute; November is 1.2 more.
    let wanted = [
        ("2024-10".to_owned(), Some(figure("0.0024")), None),
        ("2024-11".to_owned(), Some(figure("0.0036")), Some(figure("1.2"))),
    ];
    assert_eq!(lines, wanted);
    assert_eq!(history.grants.len(), 2);
}

#[test]
fn a_month_that_is_missing_makes_no_change() {
    let (history, _) = of(vec![report("1", "2024-08", "2.4", None, "0"), report("1", "2024-10", "3.6", None, "0")]);
    assert!(history.months.iter().all(|month| month.change.is_none()));
}

#[test]
fn claims_are_open_until_an_adjustment_gives_them_back() {
    let months = vec![
        report("1", "2024-10", "2.4", None, "5"),
        report("1", "2024-11", "2.4", None, "2"),
        report("1", "2024-12", "2.4", Some("-6"), "0"),
        report("2", "2024-12", "2.4", None, "1"),
    ];
    let (history, _) = of(months);
    let open: Vec<String> = history.months.iter().map(|month| month.open.to_string()).collect();
    assert_eq!(open, ["5", "7", "1", "1"], "the claims of one account are not the other's");
}

#[test]
fn the_order_of_the_reports_plays_no_part_and_sums_are_by_month() {
    let one = || report("1", "2024-10", "2.4", None, "0");
    let other = || report("2", "2024-10", "3.6", None, "0");
    let (forward, backward) = (of(vec![one(), other()]).0, of(vec![other(), one()]).0);
    assert_eq!(forward, backward);
    let totals: Vec<_> = forward.totals().into_values().collect();
    // Billed is a dollar more in each.
    assert_eq!(totals, [(figure("6"), figure("8"), 2)]);
}

/// Returns a row of a payer's bill.
fn owned(owner: &str, period: &str, amount: &str, currency: &str) -> ProductRow {
    ProductRow {
        owner: owner.to_owned(),
        month: Month::parse(period),
        class: None,
        item: None,
        text: String::new(),
        resource: String::new(),
        start: None,
        usage: None,
        covered: None,
        charged: None,
        price: None,
        list_price: None,
        amount: figure(amount),
        currency: currency.to_owned(),
        configuration: None,
        transaction: None,
        row: 2,
    }
}

#[test]
fn the_owners_of_a_payers_bill_are_compared_with_their_reports() {
    let mut rated = report("4", "2024-10", "2.4", None, "0");
    rated.report.result = None;
    let reports = vec![
        report("1", "2024-10", "2.4", None, "0"),
        report("2", "2024-10", "3.6", None, "0"),
        report("2", "2024-11", "3.6", None, "0"),
        report("3", "2024-10", "5", None, "0"),
        rated,
    ];
    // Each report's bill is a dollar more than its charges. The bill has 3.4 of account 1 in two rows, 5.6 of
    // account 2, nothing of account 3, and 7 and 8 of two accounts without a billed total.
    let rows = [
        owned("1", "2024-10", "3", "USD"),
        owned("1", "2024-10", "0.4", "USD"),
        owned("2", "2024-10", "5.6", "USD"),
        owned("4", "2024-10", "7", "USD"),
        owned("5", "2024-10", "8", "USD"),
    ];
    let (history, _) = of(reports);
    let group = payer(&rows, &history);
    let shown: Vec<_> =
        group.owned.iter().map(|one| (one.account.as_str(), one.on_payers_bill, one.in_report, one.ties())).collect();
    let wanted = [
        ("1", figure("3.4"), Some(figure("3.4")), true),
        ("2", figure("5.6"), Some(figure("4.6")), false),
        ("3", Decimal::ZERO, Some(figure("6")), false),
        ("4", figure("7"), None, false),
        ("5", figure("8"), None, false),
    ];
    assert_eq!(shown, wanted, "a report of another month is not compared");
    // 3.4 + 5.6 + 7 + 8 on the bill, 3.4 + 4.6 + 6 in the reports.
    assert_eq!(group.totals().into_values().collect::<Vec<_>>(), [(figure("24"), figure("14"))]);
    assert!(!group.ties() && payer(&rows[..2], &of(vec![report("1", "2024-10", "2.4", None, "0")]).0).ties());
    let other_currency =
        payer(&[owned("1", "2024-10", "3.4", "CNY")], &of(vec![report("1", "2024-10", "2.4", None, "0")]).0);
    assert!(!other_currency.ties());
}

#[test]
fn reports_that_do_not_tie_or_come_twice_are_refused() {
    let mut untied = report("1", "2024-10", "2.4", None, "0");
    untied.report.charges[0].amount = figure("2.5");
    assert_eq!(of(vec![untied]).1, ["history-not-tied"]);
    let twice = vec![report("1", "2024-10", "2.4", None, "0"), report("1", "2024-10", "2.4", None, "0")];
    assert_eq!(of(twice).1, ["history-twice"]);
}
