//! What a comparison amounts to: the verdict, the bridge from expected to
//! billed, the rows of discrepancies.csv.

use std::collections::BTreeMap;

use super::finding::{Discrepancy, Finding, Kind, Strength};
use super::{Bill, Carried, Compared};
use crate::digest::sha256;
use crate::domain::invoice::InvoiceLine;
use crate::domain::{AppId, Item, Money, Place, Span};
use crate::report::{BridgeEntry, Comparison, Verdict};

/// Sums up a comparison. `name` tells a place as file, sheet and row.
#[must_use]
pub fn summarise(compared: &Compared, bill: &Bill<'_>, account: &str, name: impl Fn(Place) -> String) -> Comparison {
    let billed_total: Money = bill.lines.iter().map(|line| line.amount).sum();
    let expected_total: Money = bill.charges.iter().map(|charge| charge.amount).sum();
    let mut discrepancies: Vec<Discrepancy> =
        compared.findings.iter().map(|finding| row(finding, bill, &name)).collect();
    discrepancies.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
    name_rows(&mut discrepancies, account);
    let certain = || discrepancies.iter().filter(|row| row.strength == Strength::Certain).map(|row| row.difference);
    let overcharged = certain().filter(|money| *money > Money::ZERO).sum();
    let undercharged = -certain().filter(|money| *money < Money::ZERO).sum::<Money>();
    Comparison {
        verdict: verdict(compared),
        billed_total,
        difference: billed_total - expected_total,
        overcharged,
        undercharged,
        bridge: bridge(compared),
        discrepancies,
        matched: compared.matched,
    }
}

fn verdict(compared: &Compared) -> Verdict {
    if compared.findings.iter().any(|finding| finding.strength == Strength::Certain) {
        Verdict::Discrepancies
    } else if compared.findings.is_empty() {
        Verdict::Reconciled
    } else {
        Verdict::Inconclusive
    }
}

/// Findings by cause, then what is carried; `unexplained` always and last.
fn bridge(compared: &Compared) -> Vec<BridgeEntry> {
    let mut causes: BTreeMap<String, Carried> = BTreeMap::new();
    for finding in &compared.findings {
        let cause = causes.entry(finding.cause()).or_default();
        cause.amount += finding.difference();
        cause.count += 1;
    }
    let unexplained = causes.remove("unexplained").unwrap_or_default();
    let adjusted = causes.entry("adjustment".to_owned()).or_default();
    adjusted.amount += compared.adjusted.amount;
    adjusted.count += compared.adjusted.count;
    causes.insert("bill_precision".to_owned(), compared.precision);
    causes.insert("within_tolerance".to_owned(), compared.forgiven);
    let entry = |(cause, sum): (String, Carried)| BridgeEntry { cause, amount: sum.amount, count: sum.count };
    let shown = causes.into_iter().filter(|(_, sum)| sum.count > 0).map(entry);
    shown.chain([entry(("unexplained".to_owned(), unexplained))]).collect()
}

fn sort_key(row: &Discrepancy) -> (&str, Option<AppId>, Option<Item>, Kind, &str) {
    (&row.day, row.app, row.item, row.kind, &row.source)
}

/// An id rests on what a finding is about, not on its figures or its place in
/// a file, so that it stays when these change.
fn name_rows(rows: &mut [Discrepancy], account: &str) {
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
    Discrepancy {
        id: String::new(),
        kind: finding.kind,
        cause: finding.cause(),
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
        explanation: explanation(finding, bill) + &because(finding),
        source: lines.iter().map(|line| name(line.place)).collect::<Vec<_>>().join("; "),
    }
}

/// The item of a row that is about one item.
fn one_item(mut items: impl Iterator<Item = Item>) -> Option<Item> {
    let first = items.next()?;
    items.all(|item| item == first).then_some(first)
}

/// A day, a month, or the first and the last day of what a row is about.
fn span_text(spans: impl Iterator<Item = Span>) -> String {
    let Some(span) = spans.reduce(|a, b| Span { from: a.from.min(b.from), until: a.until.max(b.until) }) else {
        return String::new();
    };
    let (first, last) = (span.from.day(), (span.until + -1).day());
    if first == last {
        first.to_string()
    } else if span == first.month().span() {
        first.month().to_string()
    } else {
        format!("{first}/{last}")
    }
}

/// What the cause means, as a second sentence.
fn because(finding: &Finding) -> String {
    finding.because.as_ref().map(|because| format!("; {because}")).unwrap_or_default()
}

/// What a line in another currency is, and that it is in no sum.
fn in_another_currency(finding: &Finding, bill: &Bill<'_>) -> String {
    let foreign = finding.pairing.lines.iter().map(|at| &bill.lines[*at]).filter(|line| line.currency != bill.currency);
    let foreign: Vec<String> =
        foreign.map(|line| format!("{} {}", line.foreign.unwrap_or(line.amount), line.currency)).collect();
    let (own, foreign) = (bill.currency, foreign.join(" + "));
    format!("the account is billed in {own}, this line is {foreign}; it is in no sum, since currencies do not add up")
}

/// One sentence for a person: what the rules give, what the bill has.
fn explanation(finding: &Finding, bill: &Bill<'_>) -> String {
    let (expected, billed) = (&finding.expected, &finding.billed);
    let show = |value: Option<String>| value.unwrap_or_else(|| "not printed".to_owned());
    let text = finding.pairing.lines.first().map(|at| bill.lines[*at].text.clone()).unwrap_or_default();
    let money = |amount: Money| format!("{amount} {}", bill.currency);
    match finding.kind {
        Kind::Currency => in_another_currency(finding, bill),
        Kind::Duplicate => format!(
            "{} bill lines repeat one another; one of them ({}) is due",
            finding.pairing.lines.len().max(1),
            money(expected.amount)
        ),
        Kind::Item => format!(
            "the usage of {} stands on the bill as \"{text}\"",
            finding.used_item.map(Item::id).unwrap_or_default()
        ),
        Kind::MissingInUsage => format!("\"{text}\" is billed, the usage has no such row"),
        Kind::MissingInBill => format!("usage for {} has no bill line", money(expected.amount)),
        Kind::Quantity => format!(
            "usage before deduction is {}, the bill has {}; charged {} against {}",
            show(expected.usage.map(|q| q.to_string())),
            show(billed.usage.map(|q| q.to_string())),
            show(expected.charged.map(|q| q.to_string())),
            show(billed.charged.map(|q| q.to_string())),
        ),
        Kind::Deduction => format!(
            "packages cover {}, the bill deducts {}; charged {} against {}",
            show(expected.covered.map(|q| q.to_string())),
            show(billed.covered.map(|q| q.to_string())),
            show(expected.charged.map(|q| q.to_string())),
            show(billed.charged.map(|q| q.to_string())),
        ),
        Kind::UnitPrice => format!(
            "the price is {}, the bill has {}",
            show(expected.price.map(|p| p.to_string())),
            show(billed.price.map(|p| p.to_string())),
        ),
        Kind::Rounding => "the amount is one unit of its last decimal off".to_owned(),
        Kind::Arithmetic => format!(
            "{} x {} is {}, the bill has {}",
            show(billed.charged.map(|q| q.to_string())),
            show(billed.price.map(|p| p.to_string())),
            money(expected.amount),
            money(billed.amount)
        ),
        Kind::SubscriptionFee if finding.pairing.lines.is_empty() => {
            format!("a fee of {} is due and not billed", money(expected.amount))
        }
        Kind::SubscriptionFee => {
            format!("the fee is {}, the bill has {}", money(expected.amount), money(billed.amount))
        }
        Kind::Adjustment => match finding.pairing.lines.first().and_then(|at| bill.refund(*at)) {
            Some(ruling) => format!("\"{text}\": {}", ruling.reason),
            None => format!("\"{text}\": no rule gives this amount ({} expected)", money(expected.amount)),
        },
    }
}
