//! Sums a comparison up: the verdict, the bridge from expected to
//! billed, the rows of discrepancies.csv.

use std::collections::BTreeMap;

use super::finding::{Discrepancy, Finding, Kind, Strength};
use super::result::{BilledLine, Comparison, Verdict};
use super::{Bill, Compared, Sum, bridge};
use crate::digest::sha256;
use crate::i18n::Lang;
use crate::model::cause::{Cause, Causes};
use crate::model::invoice::InvoiceLine;
use crate::model::message::Said;
use crate::model::{AppId, Item, Money, Place, Quantity, Span, UnitPrice};
use crate::rate::charge::Charge;

/// Sums up a comparison. `name` tells a place as file, sheet and row.
#[must_use]
pub fn summarise(compared: &Compared, bill: &Bill<'_>, account: &str, name: impl Fn(Place) -> String) -> Comparison {
    let billed_total: Money = bill.lines.iter().map(|line| line.amount).sum();
    let expected_total: Money = bill.charges.iter().map(|charge| charge.amount).sum();
    let discrepancies: Vec<Discrepancy> = rows(compared, bill, account, name).into_iter().map(|(_, row)| row).collect();
    let certain = || discrepancies.iter().filter(|row| row.strength == Strength::Certain).map(|row| row.difference);
    let overcharged = certain().filter(|money| *money > Money::ZERO).sum();
    let undercharged = -certain().filter(|money| *money < Money::ZERO).sum::<Money>();
    Comparison {
        verdict: verdict(compared, bill),
        billed_total,
        difference: billed_total - expected_total,
        overcharged,
        undercharged,
        bridge: bridge::bridge(compared),
        discrepancies,
        matched: compared.matched,
        not_audited: Sum::default(),
        contradicted: false,
        billed: bill.lines.iter().map(billed).collect(),
    }
}

fn billed(line: &InvoiceLine) -> BilledLine {
    BilledLine { span: line.span, app: line.app, item: line.item, amount: line.amount }
}

/// Returns the rows of discrepancies.csv, each with the position of its finding.
#[must_use]
pub fn rows(
    compared: &Compared,
    bill: &Bill<'_>,
    account: &str,
    name: impl Fn(Place) -> String,
) -> Vec<(usize, Discrepancy)> {
    let mut rows: Vec<(usize, Discrepancy)> =
        compared.findings.iter().map(|finding| row(finding, bill, &name)).enumerate().collect();
    rows.sort_by(|(_, a), (_, b)| sort_key(a).cmp(&sort_key(b)));
    name_rows(rows.iter_mut().map(|(_, row)| row), account);
    rows
}

fn verdict(compared: &Compared, bill: &Bill<'_>) -> Verdict {
    if compared.findings.iter().any(|finding| finding.strength == Strength::Certain) {
        Verdict::Discrepancies
    } else if compared.findings.is_empty() && !bill.charges.iter().any(|charge| open(charge, bill)) {
        Verdict::Reconciled
    } else {
        Verdict::Inconclusive
    }
}

/// Returns true if a charge is known only as a range: a bill that has its upper end is not proved by that.
fn open(charge: &Charge, bill: &Bill<'_>) -> bool {
    charge.least.is_some_and(|least| !bill.tolerance.forgives(charge.amount - least.amount, charge.amount))
}

/// Returns the causes of a finding; `unexplained` where none is known.
fn named(finding: &Finding) -> Causes {
    if finding.causes.0.is_empty() { Cause::Unexplained.into() } else { finding.causes.clone() }
}

fn sort_key(row: &Discrepancy) -> (&str, Option<AppId>, Option<Item>, Kind, &str) {
    (&row.day, row.app, row.item, row.kind, &row.source)
}

/// An id rests on what a finding is about, not on its figures or its place in
/// a file, so that it stays when these change.
fn name_rows<'a>(rows: impl Iterator<Item = &'a mut Discrepancy>, account: &str) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for row in rows {
        let app = row.app.map(|app| app.to_string()).unwrap_or_default();
        let item = row.item.map(Item::id).unwrap_or_default();
        let subject = format!("{account}|{}|{app}|{item}|{}", row.day, row.kind.name());
        let count = seen.entry(subject.clone()).or_default();
        *count += 1;
        row.id = sha256(format!("{subject}|{count}").as_bytes());
        row.id.truncate(12);
    }
}

fn row(finding: &Finding, bill: &Bill<'_>, name: &impl Fn(Place) -> String) -> Discrepancy {
    let charges = finding.pairing.charges.iter().map(|at| &bill.charges[*at]);
    let lines: Vec<&InvoiceLine> = finding.pairing.lines.iter().map(|at| &bill.lines[*at]).collect();
    let first = charges.clone().next();
    let line = lines.first().copied();
    let item = finding
        .used_item
        .or_else(|| one_item(charges.clone().map(|charge| charge.item)))
        .or_else(|| line.and_then(|line| line.item));
    let mut apps: Vec<Option<AppId>> = charges.clone().map(|charge| charge.app).collect();
    apps.extend(lines.iter().filter(|_| first.is_none()).map(|line| line.app));
    apps.dedup();
    let spans = charges.map(|charge| charge.day.span()).chain(lines.iter().map(|line| line.span));
    let day = first.filter(|_| finding.pairing.charges.len() == 1).map(|charge| charge.day.to_string());
    let said = said(finding, bill);
    Discrepancy {
        id: String::new(),
        kind: finding.kind,
        cause: named(finding),
        app: if let [app] = apps[..] { app } else { None },
        day: day.unwrap_or_else(|| span_text(spans)),
        item,
        expected_quantity: finding.expected.charged,
        billed_quantity: finding.billed.charged,
        expected_price: finding.expected.price,
        billed_price: finding.billed.price,
        expected_amount: finding.expected.amount,
        billed_amount: finding.billed.amount,
        difference: finding.difference(),
        strength: finding.strength,
        side: finding.side,
        paste: finding.paste.clone(),
        explanation: said.text(Lang::En.words()) + &because(finding),
        said,
        because: finding.because.clone().unwrap_or_default(),
        source: lines.iter().map(|line| name(line.place)).collect::<Vec<_>>().join("; "),
    }
}

/// Returns the item of a row that is about one item.
fn one_item(mut items: impl Iterator<Item = Item>) -> Option<Item> {
    let first = items.next()?;
    items.all(|item| item == first).then_some(first)
}

/// Returns a day, a month, or the first and the last day of what a row is about.
fn span_text(spans: impl Iterator<Item = Span>) -> String {
    let Some(span) = spans.reduce(|a, b| Span { from: a.from.min(b.from), until: a.until.max(b.until) }) else {
        return String::new();
    };
    span.named()
}

/// Returns what the cause means, as a second sentence.
fn because(finding: &Finding) -> String {
    finding.because.as_ref().map(|because| format!("; {because}")).unwrap_or_default()
}

/// Returns the amounts of the lines in another currency.
fn in_another_currency(finding: &Finding, bill: &Bill<'_>) -> String {
    let foreign = finding.pairing.lines.iter().map(|at| &bill.lines[*at]).filter(|line| line.currency != bill.currency);
    let foreign: Vec<String> =
        foreign.map(|line| format!("{} {}", line.foreign.unwrap_or(line.amount), line.currency)).collect();
    foreign.join(" + ")
}

/// Returns one sentence for a person: what the rules give, what the bill has.
fn said(finding: &Finding, bill: &Bill<'_>) -> Said {
    let (expected, billed) = (&finding.expected, &finding.billed);
    let line = finding.pairing.lines.first().map(|at| &bill.lines[*at]);
    let text = line.map(|line| line.text.clone());
    let money = |amount: Money| Some(format!("{amount} {}", bill.currency));
    let quantity = |value: Option<Quantity>| value.map(|quantity| quantity.to_string());
    let price = |value: Option<UnitPrice>| value.map(|price| price.to_string());
    let charged = || vec![("expected", quantity(expected.charged)), ("billed", quantity(billed.charged))];
    let amounts = || vec![("expected", money(expected.amount)), ("billed", money(billed.amount))];
    let refund = finding.pairing.lines.first().and_then(|at| bill.refund(*at));
    let (name, values) = match finding.kind {
        Kind::Currency => {
            let foreign = in_another_currency(finding, bill);
            ("currency", vec![("account", Some(bill.currency.to_owned())), ("line", Some(foreign))])
        }
        Kind::Duplicate => {
            let count = finding.pairing.lines.len().max(1).to_string();
            ("duplicate", vec![("count", Some(count)), ("amount", money(expected.amount))])
        }
        Kind::Item => {
            let used = finding.used_item.map(|item| item.id().to_owned());
            ("item", vec![("item", used), ("text", text)])
        }
        Kind::MissingInUsage => ("missing_in_usage", vec![("text", text)]),
        Kind::MissingInBill => ("missing_in_bill", vec![("amount", money(expected.amount))]),
        Kind::Quantity => {
            let usage = [("usage", quantity(expected.usage)), ("billed_usage", quantity(billed.usage))];
            ("quantity", usage.into_iter().chain(charged()).collect())
        }
        Kind::Deduction => {
            let covered = [("covered", quantity(expected.covered)), ("deducted", quantity(billed.covered))];
            ("deduction", covered.into_iter().chain(charged()).collect())
        }
        Kind::UnitPrice => ("unit_price", vec![("expected", price(expected.price)), ("billed", price(billed.price))]),
        Kind::Rounding => ("rounding", Vec::new()),
        Kind::Arithmetic => {
            let product = [("quantity", quantity(billed.charged)), ("price", price(billed.price))];
            ("arithmetic", product.into_iter().chain(amounts()).collect())
        }
        Kind::SubscriptionFee if line.is_none() => ("fee_missing", vec![("amount", money(expected.amount))]),
        Kind::SubscriptionFee => ("fee", amounts()),
        Kind::Adjustment => match refund {
            Some(ruling) => ("refund", vec![("text", text), ("reason", Some(ruling.reason.clone()))]),
            None => ("adjustment", vec![("text", text), ("amount", money(expected.amount))]),
        },
    };
    Said { name, values }
}
