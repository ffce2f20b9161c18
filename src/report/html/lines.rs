//! The lines that matter, each with its derivation folded under it: the
//! discrepancies, and the largest charges.

use super::MOST;
use super::markup::{escaped, figure, paragraph, plain_table, text};
use crate::compare::{Discrepancy, Strength};
use crate::i18n::fill;
use crate::model::cause::Cause;
use crate::model::{Item, Quantity, Unit, UnitPrice};
use crate::rate::charge::Charge;
use crate::report::breakdown::{Deductions, charges_of};
use crate::report::{Comparison, Report, Verdict, summary};

/// Charges that are shown with their derivation.
const CHARGES: usize = 50;
/// Charges of one finding that are derived one by one.
const OF_ONE: usize = 3;

/// Returns the discrepancies, the largest first.
pub fn discrepancies(report: &Report, comparison: &Comparison) -> String {
    let words = &report.words().page;
    let found = summary::largest(comparison);
    if found.is_empty() {
        return paragraph(if comparison.verdict == Verdict::Reconciled { &words.all_agree } else { &words.none });
    }
    let grouped = grouped(report, comparison);
    let shown: Vec<&Discrepancy> = found.iter().take(MOST).copied().collect();
    let charges: Vec<Vec<&Charge>> = shown.iter().map(|found| charges_of(report, found)).collect();
    let needed: Vec<&Charge> = charges.iter().flatten().copied().collect();
    let deductions = Deductions::of(report, &needed);
    let body: String =
        shown.iter().zip(&charges).map(|(found, charges)| discrepancy(report, found, charges, &deductions)).collect();
    let rest = found.len() - shown.len();
    let more = if rest > 0 {
        paragraph(&fill(&words.smaller, &[("count", rest.to_string().as_str()), ("file", "discrepancies.csv")]))
    } else {
        String::new()
    };
    grouped + &folded(report, &body) + &more
}

/// Returns the causes that several findings have, a row each.
fn grouped(report: &Report, comparison: &Comparison) -> String {
    let words = report.words();
    let row = |row: summary::Row<'_>| match row {
        summary::Row::One(_) => None,
        summary::Row::Many(group) => Some(vec![
            text(&summary::pattern(report, &group)),
            text(&words.lines(group.findings.len())),
            text(&fill(&words.text.apps, &[("count", group.apps.len().to_string())])),
            text(&group.span),
            figure(&summary::amount(group.difference)),
        ]),
    };
    let rows: Vec<Vec<String>> = summary::by_cause(comparison).into_iter().filter_map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let header = [&words.text.cause, &words.text.lines_column, &words.columns.sdk_app_id, &words.columns.day];
    let header: Vec<&str> = header.into_iter().map(String::as_str).chain([words.columns.difference.as_str()]).collect();
    format!("<div class=\"wide-table\">{}</div>\n", plain_table("", &header, &rows))
}

/// Returns the largest charges.
pub fn charges(report: &Report) -> String {
    let words = &report.words().page;
    let mut largest: Vec<&Charge> = report.charges.iter().collect();
    largest.sort_by_key(|charge| std::cmp::Reverse(charge.amount));
    let rest = largest.len().saturating_sub(CHARGES);
    largest.truncate(CHARGES);
    if largest.is_empty() {
        return paragraph(&words.none);
    }
    let deductions = Deductions::of(report, &largest);
    let body: String = largest.iter().map(|charge| charged(report, charge, &deductions)).collect();
    let more = if rest > 0 {
        paragraph(&fill(&words.smaller, &[("count", rest.to_string().as_str()), ("file", "charges.csv")]))
    } else {
        String::new()
    };
    folded(report, &body) + &more
}

/// Folded lines, with the means to search and sort them; these appear where the script runs.
fn folded(report: &Report, lines: &str) -> String {
    let words = &report.words().page;
    let order = |value: &str, name: &str| format!("<option value=\"{value}\">{}</option>", escaped(name));
    let columns = &report.words().columns;
    let orders = [
        order("amount", &words.by_amount),
        order("day", &columns.day),
        order("app", &columns.sdk_app_id),
        order("item", &columns.item),
    ];
    format!(
        "<div class=\"find\">\n<div class=\"tools\" hidden>\n<label>{} <input type=\"search\"></label>\n\
         <label>{} <select>{}</select></label>\n<output data-shown=\"{}\"></output>\n</div>\n\
         <div class=\"lines\">\n{lines}</div>\n</div>\n",
        escaped(&words.search),
        escaped(&words.sort),
        orders.concat(),
        escaped(&words.shown),
    )
}

/// One line: what is seen when it is folded, and what is under it.
struct Line<'a> {
    day: &'a str,
    app: Option<u64>,
    item: Option<Item>,
    amount: crate::model::Money,
    marks: String,
    under: String,
}

fn line(report: &Report, line: &Line<'_>) -> String {
    let words = report.words();
    let id = line.item.map_or("", Item::id);
    let item = if id.is_empty() { String::new() } else { words.item(id) };
    format!(
        "<details data-amount=\"{}\" data-day=\"{}\" data-app=\"{}\" data-item=\"{}\">\n<summary><span>{} · {} · {} \
         <code>{}</code></span><b>{}</b>{}</summary>\n{}</details>\n",
        line.amount.abs(),
        escaped(line.day),
        line.app.map(|app| app.to_string()).unwrap_or_default(),
        id,
        escaped(line.day),
        escaped(&report.app_named(line.app)),
        escaped(&item),
        id,
        escaped(&summary::with_currency(report, line.amount)),
        line.marks,
        line.under,
    )
}

fn discrepancy(report: &Report, found: &Discrepancy, charges: &[&Charge], deductions: &Deductions) -> String {
    let words = report.words();
    let open = if found.strength == Strength::Inconclusive {
        format!(" <em>{}</em>", escaped(&words.strengths.inconclusive))
    } else {
        String::new()
    };
    let kind = summary::kind(report, found);
    let undecided = report.comparison.as_ref().is_some_and(|comparison| comparison.verdict == Verdict::Inconclusive);
    // Where the verdict is open the vendor's causes cannot be known.
    let known = !undecided || found.cause.0.iter().any(Cause::is_ours);
    let values = [("kind", kind), ("cause", &words.cause(&found.cause))];
    let why = if known { fill(&words.page.why, &values) } else { kind.to_owned() };
    let marks = format!("<span class=\"why\">{}{open}</span>", escaped(&why));
    let mut under = paragraph(&summary::explanation(report, found));
    under += &super::to_paste(&found.paste);
    under += &both_sides(report, found);
    for charge in charges.iter().take(OF_ONE) {
        under += &derivation(report, charge, deductions);
    }
    if charges.len() > OF_ONE {
        let rest = (charges.len() - OF_ONE).to_string();
        under += &paragraph(&fill(&words.page.smaller, &[("count", rest.as_str()), ("file", "charges.csv")]));
    }
    let place = if found.source.is_empty() { words.page.no_line.as_str() } else { &found.source };
    let codes = [
        ("id", found.id.as_str()),
        ("kind", found.kind.name()),
        ("cause", &found.cause.to_string()),
        ("source", place),
    ];
    under += &paragraph(&fill(&words.page.finding_foot, &codes));
    let (app, amount) = (found.app, found.difference);
    line(report, &Line { day: &found.day, app, item: found.item, amount, marks, under })
}

fn both_sides(report: &Report, found: &Discrepancy) -> String {
    let words = report.words();
    let quantity = |value: Option<Quantity>| figure(&value.map_or(String::new(), |v| summary::figure(v.decimal())));
    let price = |value: Option<UnitPrice>| figure(&value.map_or(String::new(), |v| summary::figure(v.decimal())));
    let money = |value| figure(&summary::amount(value));
    let rows = [
        vec![text(&words.columns.charged), quantity(found.expected_quantity), quantity(found.billed_quantity)],
        vec![text(&words.columns.unit_price), price(found.expected_price), price(found.billed_price)],
        vec![text(&words.columns.amount), money(found.expected_amount), money(found.billed_amount)],
    ];
    plain_table("", &["", &words.totals.expected, &words.totals.billed], &rows)
}

fn charged(report: &Report, charge: &Charge, deductions: &Deductions) -> String {
    let day = charge.day.to_string();
    let under = derivation(report, charge, deductions);
    let (app, amount, item) = (charge.app, charge.amount, Some(charge.item));
    line(report, &Line { day: &day, app, item, amount, marks: String::new(), under })
}

/// Returns how a charge came about, step by step.
fn derivation(report: &Report, charge: &Charge, deductions: &Deductions) -> String {
    let words = report.words();
    let unit = words.unit(charge.item.unit().name());
    let finest = match charge.item.unit() {
        Unit::Minute => words.page.seconds.as_str(),
        Unit::Thousand => &words.page.images,
        Unit::Mbps | Unit::User | Unit::Month => unit,
    };
    let number = |quantity: Quantity| summary::figure(quantity.decimal());
    let row = |name: &str, value: &str, unit: &str| vec![text(name), figure(value), text(unit)];
    let mut rows = vec![
        row(&words.columns.metered, &number(charge.metered), finest),
        row(&words.columns.billable, &number(charge.billable), unit),
    ];
    let mut covered = Quantity::ZERO;
    for taken in deductions.for_charge(charge) {
        covered += taken.minutes;
        let minutes = number(taken.minutes);
        let grant = report.grants.get(taken.grant).map_or("", |grant| grant.id.as_str());
        let name = fill(
            &words.page.taken,
            &[
                ("grant", grant.to_owned()),
                ("minutes", minutes.clone()),
                ("ratio", summary::figure(taken.ratio.decimal())),
                ("taken", summary::figure(taken.taken.decimal())),
            ],
        );
        rows.push(row(&name, &format!("−{minutes}"), unit));
    }
    if charge.covered > covered {
        rows.push(row(&words.page.free, &format!("−{}", number(charge.covered - covered)), unit));
    }
    let currency = summary::visible(&report.currency);
    rows.extend([
        row(&words.columns.charged, &number(charge.charged), unit),
        row(&words.columns.unit_price, &summary::figure(charge.price.decimal()), &format!("{currency}/{unit}")),
        row(&words.columns.amount, &summary::amount(charge.amount), &currency),
    ]);
    let card = fill(&words.page.by_card, &[("card", charge.card.as_str())]);
    let derived = if charge.derived_price { paragraph(&words.page.derived) } else { String::new() };
    let header = [card.as_str(), "", ""];
    format!("<div class=\"wide-table\">{}</div>\n{derived}", plain_table("", &header, &rows))
}
