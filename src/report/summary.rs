//! Sentences and figures that text, html and the cover of the workbook share, in the language of
//! the report: the verdict in one sentence, the totals, the sums by item and
//! by day.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use unicode_width::UnicodeWidthStr as _;

use super::{BridgeEntry, Comparison, Lang, Report, Verdict};
use crate::audit::Assumption;
use crate::compare::balances::Outcome;
use crate::compare::bridge::Part;
use crate::compare::groups::{Group, groups};
use crate::compare::{Discrepancy, Strength};
use crate::i18n::{catalogue, fill};
use crate::model::cause::{Cause, Causes};
use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::number::plain;
use crate::model::{Item, Money, Quantity, Rounding, Stamp};
use crate::rules::terms::CardUsed;

/// Returns the verdict in one sentence.
#[must_use]
pub fn sentence(report: &Report) -> String {
    let (account, period) = (report.account_named(), report.period.to_string());
    let values = [("account", account.as_str()), ("period", &period), ("found", &found(report))];
    fill(&report.words().text.sentence, &values)
}

/// Returns what was found, without whose it is.
#[must_use]
pub fn found(report: &Report) -> String {
    let words = report.words();
    let text = &words.text;
    let Some(comparison) = &report.comparison else {
        let (lines, payable) = (words.lines(report.charges.len()), cents(report.payable_total));
        return fill(&text.rated, &[("lines", &lines), ("expected", &expected(report)), ("payable", &payable)]);
    };
    let verdict = match comparison.verdict {
        Verdict::Reconciled => fill(&text.reconciled, &[("lines", &words.lines(comparison.matched))]),
        Verdict::Discrepancies => charged_wrongly(report, comparison),
        Verdict::Inconclusive => undecided(report, comparison),
    };
    let billed = with_currency(report, comparison.billed_total);
    let compared = fill(&text.compared, &[("verdict", &verdict), ("expected", &expected(report)), ("billed", &billed)]);
    let not_audited = comparison.not_audited;
    if not_audited.count == 0 {
        return compared;
    }
    let (amount, lines) = (with_currency(report, not_audited.amount), words.lines(not_audited.count));
    compared + &fill(&text.not_audited, &[("amount", &amount), ("lines", &lines)])
}

fn charged_wrongly(report: &Report, comparison: &Comparison) -> String {
    let words = report.words();
    let text = &words.text;
    let certain = |sign: fn(Decimal) -> bool| {
        let of = |found: &&Discrepancy| found.strength == Strength::Certain && sign(found.difference.decimal());
        comparison.discrepancies.iter().filter(of).count()
    };
    let part = |template: &str, money: Money, count: usize| {
        let values = [("amount", with_currency(report, money)), ("lines", words.lines(count))];
        (count > 0).then(|| fill(template, &values))
    };
    let parts: Vec<_> = [
        part(&text.overcharged, comparison.overcharged, certain(|difference| difference > Decimal::ZERO)),
        part(&text.undercharged, comparison.undercharged, certain(|difference| difference < Decimal::ZERO)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        return fill(&text.no_effect, &[("lines", &words.lines(comparison.discrepancies.len()))]);
    }
    parts.join(&text.and)
}

fn undecided(report: &Report, comparison: &Comparison) -> String {
    let words = report.words();
    let open = &comparison.discrepancies;
    if open.is_empty() {
        let why = if comparison.contradicted { &words.text.contradicted } else { &words.text.incomplete };
        return why.clone();
    }
    let stake: Money = open.iter().map(|found| found.difference.abs()).sum();
    let values = [("lines", &words.lines(open.len()) as &str), ("amount", &with_currency(report, stake))];
    fill(&words.text.undecided, &values)
}

/// Returns the missing or wrong things on our side, as findings name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OurStep {
    /// The causes of our side.
    pub causes: Causes,
    /// The lines of account.toml that mend it; empty where a file is missing.
    pub paste: String,
    /// Number of findings that it explains.
    pub lines: usize,
}

/// Returns what is missing or wrong on our side, the most findings first.
#[must_use]
pub fn ours(comparison: &Comparison) -> Vec<OurStep> {
    let mut steps: Vec<OurStep> = Vec::new();
    for found in &comparison.discrepancies {
        let own: Vec<Cause> = found.cause.0.iter().filter(|cause| cause.is_ours()).cloned().collect();
        if own.is_empty() {
            continue;
        }
        match steps.iter_mut().find(|step| step.causes.0 == own && step.paste == found.paste) {
            Some(step) => step.lines += 1,
            None => steps.push(OurStep { causes: Causes(own), paste: found.paste.clone(), lines: 1 }),
        }
    }
    steps.sort_by_key(|step| std::cmp::Reverse(step.lines));
    steps
}

/// Returns what to do about a step of our side; `None` where no line or download would mend it.
#[must_use]
pub fn todo(report: &Report, step: &OurStep) -> Option<&'static str> {
    let text = &report.words().text;
    match step.causes.0.first() {
        Some(Cause::UsageMissing { .. }) => Some(&text.ours_download),
        Some(Cause::BillMissing { .. }) => Some(&text.ours_bill),
        _ => (!step.paste.is_empty()).then_some(&text.ours_paste),
    }
}

/// Returns a step of our side in one line.
#[must_use]
pub fn our_step(report: &Report, step: &OurStep) -> String {
    let values = [("cause", visible(&report.words().cause(&step.causes))), ("lines", report.words().lines(step.lines))];
    fill(&report.words().text.ours_step, &values)
}

/// Returns what to do next, a line each: what can be claimed, where the bill lies in a range, what is undecided and
/// what would decide it.
#[must_use]
pub fn advice(report: &Report) -> Vec<String> {
    let Some(comparison) = &report.comparison else { return Vec::new() };
    let text = &report.words().text;
    let mut advice = Vec::new();
    if comparison.overcharged > Money::ZERO {
        let amount = with_currency(report, comparison.overcharged);
        let claim = if report.dispute.is_some() { &text.claimed } else { &text.claim };
        advice.push(fill(claim, &[("amount", amount)]));
    }
    if let Some((low, high)) = report.expected_range.filter(|_| comparison.verdict == Verdict::Inconclusive) {
        let billed = comparison.billed_total;
        let place = if billed < low {
            &text.range_below
        } else if billed > high {
            &text.range_above
        } else {
            &text.range_inside
        };
        advice.push(fill(place, &[("billed", with_currency(report, billed)), ("range", expected(report))]));
    }
    let open: Vec<_> =
        comparison.discrepancies.iter().filter(|found| found.strength == Strength::Inconclusive).collect();
    if !open.is_empty() || comparison.verdict == Verdict::Inconclusive {
        let stake: Money = open.iter().map(|found| found.difference.abs()).sum();
        let values = [
            ("lines", report.words().lines(open.len())),
            ("amount", with_currency(report, stake)),
            ("decides", decides(report, comparison)),
        ];
        advice.push(fill(if open.is_empty() { &text.open_usage } else { &text.open_lines }, &values));
    }
    advice
}

/// Returns the one download or line that would decide what is open.
fn decides(report: &Report, comparison: &Comparison) -> String {
    let text = &report.words().text;
    if !ours(comparison).is_empty() {
        return text.decide_ours.clone();
    }
    if !report.completeness.gaps.is_empty() && !report.completeness.stated {
        return fill(&text.decide_gaps, &[("days", visible(&gaps(&report.completeness.gaps)))]);
    }
    if report.charges.iter().any(|charge| charge.least.is_some()) {
        return text.decide_rounded.clone();
    }
    match report.charges.iter().find(|charge| charge.derived_price) {
        Some(charge) => fill(&text.decide_price, &[("item", charge.item.id())]),
        None => text.decide_account.clone(),
    }
}

/// Returns the expected total; where it is known as a range, both ends.
#[must_use]
pub fn expected(report: &Report) -> String {
    match report.expected_range {
        Some((low, high)) if low != high => {
            let (low, high, currency) = (amount(low), amount(high), visible(&report.currency));
            fill(&report.words().text.range, &[("low", &low), ("high", &high), ("currency", &currency)])
        }
        _ => with_currency(report, report.expected_total),
    }
}

/// `1,234.50 USD`.
#[must_use]
pub fn with_currency(report: &Report, money: Money) -> String {
    let (amount, currency) = (amount(money), visible(&report.currency));
    fill(&report.words().text.money, &[("amount", &amount), ("currency", &currency)])
}

/// Returns the totals, named.
#[must_use]
pub fn totals(report: &Report) -> Vec<(&'static str, Money)> {
    let names = &report.words().totals;
    let mut totals: Vec<(&'static str, Money)> = vec![(&names.expected, report.expected_total)];
    if let Some((low, high)) = report.expected_range {
        totals.extend([(names.expected_at_least.as_str(), low), (names.expected_at_most.as_str(), high)]);
    }
    if let Some(comparison) = &report.comparison {
        totals.extend([
            (names.billed.as_str(), comparison.billed_total),
            (names.difference.as_str(), comparison.difference),
            (names.overcharged.as_str(), comparison.overcharged),
            (names.undercharged.as_str(), comparison.undercharged),
        ]);
    }
    totals.push((&names.payable, report.payable_total));
    totals
}

/// Returns the verdict in a word or two.
#[must_use]
pub fn verdict(report: &Report) -> &'static str {
    let names = &report.words().verdicts;
    match report.comparison.as_ref().map(|comparison| comparison.verdict) {
        None => &names.rated,
        Some(Verdict::Reconciled) => &names.reconciled,
        Some(Verdict::Discrepancies) => &names.discrepancies,
        Some(Verdict::Inconclusive) => &names.inconclusive,
    }
}

/// Returns what a finding is, for people.
#[must_use]
pub fn kind(report: &Report, found: &Discrepancy) -> &'static str {
    let name = found.kind.name();
    report.words().kinds.get(name).unwrap_or(name)
}

/// Returns true if a finding is proved, for people.
#[must_use]
pub fn strength(report: &Report, found: &Discrepancy) -> &'static str {
    let names = &report.words().strengths;
    match found.strength {
        Strength::Certain => &names.certain,
        Strength::Inconclusive => &names.inconclusive,
    }
}

/// Returns a finding in one sentence, with the cause at length. In English it is that of discrepancies.csv.
#[must_use]
pub fn explanation(report: &Report, found: &Discrepancy) -> String {
    let words = report.words();
    if report.lang == Lang::En {
        return found.explanation.clone();
    }
    let said = found.said.text(words);
    let because = found.explanation.strip_prefix(&found.said.text(Lang::En.words()));
    if let Some(because) = because.and_then(|rest| rest.strip_prefix("; ")) {
        let why = catalogue::translated(report.lang, because);
        return fill(&words.text.with_cause, &[("explanation", said), ("why", why)]);
    }
    if found.cause.is_unexplained() || matches!(found.cause.0[..], [Cause::Adjustment | Cause::DuplicateLine]) {
        return said;
    }
    fill(&words.text.because, &[("explanation", said), ("cause", words.cause(&found.cause))])
}

/// Returns the name of a part of the bridge.
#[must_use]
pub fn part(report: &Report, part: Part) -> &'static str {
    let words = report.words();
    match part {
        Part::Overcharged => &words.totals.overcharged,
        Part::Undercharged => &words.totals.undercharged,
        Part::Undecided => &words.steps.undecided,
        Part::Carried => &words.steps.carried,
    }
}

/// Returns a step of the bridge for people: its cause; where none is known, what differs.
#[must_use]
pub fn step(report: &Report, step: &BridgeEntry) -> String {
    let words = report.words();
    let kind = step.kind.filter(|_| step.cause.is_unexplained());
    match (kind, step.prices) {
        (None, _) => words.cause(&step.cause),
        (Some(_), Some((expected, billed))) => {
            let values = [("expected", plain(expected.decimal())), ("billed", plain(billed.decimal()))];
            fill(&words.steps.prices, &values)
        }
        (Some(kind), None) => words.steps.get(kind.name()).unwrap_or(kind.name()).to_owned(),
    }
}

/// Returns the `most` largest steps in the order of the bridge, and the others.
#[must_use]
pub fn largest_steps<'a>(steps: &[&'a BridgeEntry], most: usize) -> (Vec<&'a BridgeEntry>, Vec<&'a BridgeEntry>) {
    let mut by_size: Vec<usize> = (0..steps.len()).collect();
    by_size.sort_by_key(|at| std::cmp::Reverse(steps[*at].amount.abs()));
    let kept: BTreeSet<usize> = by_size.into_iter().take(most).collect();
    let (mut shown, mut rest) = (Vec::new(), Vec::new());
    for (at, step) in steps.iter().enumerate() {
        if kept.contains(&at) { shown.push(*step) } else { rest.push(*step) }
    }
    (shown, rest)
}

/// Returns what was assumed: what it is about, the money, the sentence.
#[must_use]
pub fn assumptions(report: &Report) -> Vec<String> {
    let words = report.words();
    let said = |assumption: &Assumption| {
        let name = words.readings.get(&assumption.code.replace('-', "_")).unwrap_or(assumption.code);
        let amount = assumption.amount.map(|amount| with_currency(report, amount));
        let amount = amount.as_ref().unwrap_or(&words.text.no_money);
        fill(&words.text.assumption, &[("name", name), ("amount", amount), ("sentence", &assumption.said.text(words))])
    };
    report.assumptions.iter().map(said).collect()
}

/// The sums of the charges of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemSum {
    /// The item.
    pub item: Item,
    /// After rounding.
    pub billable: Quantity,
    /// Covered by grants and free allowances.
    pub covered: Quantity,
    /// Charged.
    pub charged: Quantity,
    /// The money.
    pub amount: Money,
}

/// Returns the charges by item, in the items' order.
#[must_use]
pub fn by_item(report: &Report) -> Vec<ItemSum> {
    let mut sums: BTreeMap<Item, ItemSum> = BTreeMap::new();
    for charge in &report.charges {
        let none = ItemSum {
            item: charge.item,
            billable: Quantity::ZERO,
            covered: Quantity::ZERO,
            charged: Quantity::ZERO,
            amount: Money::ZERO,
        };
        let sum = sums.entry(charge.item).or_insert(none);
        sum.billable += charge.billable;
        sum.covered += charge.covered;
        sum.charged += charge.charged;
        sum.amount += charge.amount;
    }
    sums.into_values().collect()
}

/// Returns the charges by day (or month): its name, the number of lines, the money.
#[must_use]
pub fn by_day(report: &Report) -> Vec<(String, usize, Money)> {
    let mut sums: BTreeMap<String, (usize, Money)> = BTreeMap::new();
    for charge in &report.charges {
        let sum = sums.entry(charge.day.to_string()).or_insert((0, Money::ZERO));
        sum.0 += 1;
        sum.1 += charge.amount;
    }
    sums.into_iter().map(|(day, (count, money))| (day, count, money)).collect()
}

/// On how many days there is usage, and where not.
#[must_use]
pub fn completeness(report: &Report) -> String {
    let known = &report.completeness;
    let text = &report.words().text;
    let (seen, expected) = (known.days_seen.to_string(), known.days_expected.to_string());
    let mut out = fill(&text.completeness, &[("seen", &seen), ("expected", &expected)]);
    if !known.gaps.is_empty() {
        out.push_str(&fill(&text.gaps, &[("days", &visible(&gaps(&known.gaps)))]));
    }
    out
}

/// Returns a card and the usage that it rules.
#[must_use]
pub fn card(report: &Report, card: &CardUsed) -> String {
    let text = &report.words().text;
    // A span without an end has no day to name there.
    let from = (card.span.from > Stamp::MIN).then(|| card.span.from.day().to_string());
    let until = (card.span.until < Stamp::MAX).then(|| (card.span.until.day() + -1).to_string());
    let rules = match (&from, &until) {
        _ if card.chosen => &text.card_chosen,
        (Some(_), Some(_)) => &text.card_between,
        (Some(_), None) => &text.card_from,
        (None, Some(_)) => &text.card_until,
        (None, None) => &text.card_always,
    };
    let values =
        [("card", visible(&card.id)), ("from", from.unwrap_or_default()), ("until", until.unwrap_or_default())];
    fill(rules, &values)
}

/// Stretches of days (`2024-10-01/2024-10-03`); one of a single day names it once.
#[must_use]
pub fn gaps(stretches: &[String]) -> String {
    let one = |stretch: &String| match stretch.split_once('/') {
        Some((first, last)) if first == last => first.to_owned(),
        _ => stretch.clone(),
    };
    stretches.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Returns how the vendor's figures of the packages stand to our ledger; `None` where
/// the vendor says nothing of them.
#[must_use]
pub fn balances(report: &Report) -> Option<String> {
    let text = &report.words().text;
    let count = |outcome| report.asserted.iter().filter(|(_, one)| one.outcome == outcome).count();
    let parts = [
        (count(Outcome::Agrees), &text.balances_agree),
        (count(Outcome::Differs), &text.balances_differ),
        (count(Outcome::Undecided), &text.balances_undecided),
    ];
    let some = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = some.map(|(count, what)| fill(what, &[("count", count.to_string())])).collect();
    (!parts.is_empty()).then(|| fill(&text.balances, &[("counts", parts.join(&text.comma))]))
}

/// Returns a warning or note in one line.
#[must_use]
pub fn finding(report: &Report, found: &Diagnostic) -> String {
    let found = &catalogue::diagnostic(report.lang, found);
    let text = &report.words().text;
    let weight = if found.severity == Severity::Note { &text.note } else { &text.warning };
    let help = if found.help.is_empty() { String::new() } else { format!(" ({})", found.help) };
    let at = found.at.to_string();
    let values =
        [("weight", weight.as_str()), ("code", found.code), ("at", &at), ("message", &found.message), ("help", &help)];
    visible(&fill(&text.remark, &values))
}

/// Returns the discrepancies, largest first; of equal ones the earlier first.
#[must_use]
pub fn largest(comparison: &Comparison) -> Vec<&Discrepancy> {
    let mut found: Vec<_> = comparison.discrepancies.iter().collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.difference.abs()));
    found
}

/// A row of the findings as a person reads them.
#[derive(Debug, Clone)]
pub enum Row<'c> {
    /// A finding.
    One(&'c Discrepancy),
    /// The findings of one cause.
    Many(Group<'c>),
}

impl Row<'_> {
    /// Returns the number of findings.
    #[must_use]
    pub const fn count(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(group) => group.findings.len(),
        }
    }

    fn difference(&self) -> Money {
        match self {
            Self::One(found) => found.difference,
            Self::Many(group) => group.difference,
        }
    }
}

/// Returns the findings, the largest first: those of one cause as one row, where they are several. Where the verdict is
/// open the vendor's causes cannot be known.
#[must_use]
pub fn by_cause<'c>(comparison: &'c Comparison) -> Vec<Row<'c>> {
    let open = comparison.verdict == Verdict::Inconclusive;
    let known = |group: &Group<'_>| !open || group.cause.0.iter().any(Cause::is_ours);
    let rows = |group: Group<'c>| {
        if group.is_one_row() && known(&group) {
            vec![Row::Many(group)]
        } else {
            group.findings.into_iter().map(Row::One).collect()
        }
    };
    // In the order of discrepancies.csv, where two are as large.
    let place = |row: &Row<'_>| {
        let first = match row {
            Row::One(found) => *found,
            Row::Many(group) => group.findings[0],
        };
        comparison.discrepancies.iter().position(|found| std::ptr::eq(found, first))
    };
    let mut all: Vec<Row<'_>> = groups(&comparison.discrepancies).into_iter().flat_map(rows).collect();
    all.sort_by_cached_key(|row| (std::cmp::Reverse(row.difference().abs()), place(row)));
    all
}

/// Returns what the findings of a group have in common, in a sentence.
#[must_use]
pub fn pattern(report: &Report, group: &Group<'_>) -> String {
    if group.pattern.is_empty() {
        return report.words().cause(group.cause);
    }
    catalogue::translated(report.lang, group.pattern)
}

/// Money as people read it: `1,234.50`, every digit kept, at least two
/// decimals.
#[must_use]
pub fn amount(money: Money) -> String {
    grouped(money.decimal(), 2)
}

/// Returns a quantity as people read it: `12,000`, `0.5`.
#[must_use]
pub fn figure(value: Decimal) -> String {
    grouped(value, 0)
}

fn grouped(value: Decimal, least_decimals: usize) -> String {
    let text = plain(value);
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut out = sign.to_owned();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() || least_decimals > 0 {
        out.push('.');
        out.push_str(fraction);
        out.extend(std::iter::repeat_n('0', least_decimals.saturating_sub(fraction.len())));
    }
    out
}

/// Money with exactly two decimals.
#[must_use]
pub fn cents(money: Money) -> String {
    let mut value = Rounding::HalfUp(2).apply(money.decimal());
    value.rescale(2);
    value.to_string()
}

/// Returns true if a character is not seen, or changes how others are seen.
#[must_use]
pub fn hides(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Returns a text with every hidden character made visible; whole, unlike
/// [`crate::model::diagnostic::shown`].
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if hides(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// Returns a text cut to a width on the screen, visibly.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for character in text.chars() {
        if out.width() + character.to_string().width() >= width {
            break;
        }
        out.push(character);
    }
    out.push('…');
    out
}
