//! The pictures of the page with what is written around them. Each says in
//! words what it shows, for who cannot see it.

use std::fmt::Write as _;

use super::markup::{escaped, figure, paragraph, summed_table, text};
use crate::compare::bridge::Part;
use crate::i18n::fill;
use crate::report::charts::{self, DayBar, Screen, Step};
use crate::report::{BridgeEntry, Comparison, Report, breakdown, summary, sums};

/// Steps that the waterfall draws one by one; the others as one.
const STEPS: usize = 10;
/// Grants that get a picture: those most used.
const GRANTS: usize = 12;

/// The bridge: picture and table.
pub fn bridge(report: &Report, comparison: &Comparison) -> String {
    let words = report.words();
    let steps = steps(report, comparison);
    let said = fill(
        &words.page.bridge_said,
        &[
            ("expected", summary::with_currency(report, report.expected_total)),
            ("billed", summary::with_currency(report, comparison.billed_total)),
        ],
    );
    // From a total to the same total there is no way to show.
    let shown = steps.len() > 2;
    let note = if shown && charts::is_cut(&steps) { words.page.axis_cut.as_str() } else { "" };
    let draw = |screen| if shown { charts::waterfall(&steps, screen, &said) } else { None };
    let drawn = [Screen::Wide, Screen::Narrow].map(draw);
    let row = |step: &BridgeEntry| {
        vec![
            text(summary::part(report, step.part)),
            step_cell(report, step),
            figure(&step.count.to_string()),
            figure(&summary::amount(step.amount)),
            text(&step.code()),
        ]
    };
    let rows: Vec<_> = comparison.bridge.iter().map(row).collect();
    let sum = vec![
        text(&words.totals.difference),
        text(""),
        figure(""),
        figure(&summary::amount(comparison.difference)),
        text(""),
    ];
    let header =
        [&words.columns.result, &words.text.cause, &words.text.lines_column, &words.columns.amount, &words.page.code];
    framed(drawn, "", note) + &summed_table(report, &header.map(String::as_str), &rows, &sum)
}

/// Returns the name of a step as a link to its lines, which the script searches for.
fn step_cell(report: &Report, step: &BridgeEntry) -> String {
    let (words, name) = (report.words(), summary::step(report, step));
    if step.part == Part::Carried {
        return text(&name);
    }
    let kind = step.kind.filter(|_| step.cause.is_unexplained()).and_then(|kind| words.kinds.get(kind.name()));
    let find = kind.map_or_else(|| words.cause(&step.cause), str::to_owned);
    format!("<td><a href=\"#discrepancies\" data-find=\"{}\">{}</a></td>", escaped(&find), escaped(&name))
}

/// The bars: every step that moves money in the order of the bridge; beyond [`STEPS`] the smallest as one.
fn steps(report: &Report, comparison: &Comparison) -> Vec<Step> {
    let words = report.words();
    let causes: Vec<&BridgeEntry> = comparison.bridge.iter().filter(|step| !step.amount.is_zero()).collect();
    let shown = if causes.len() > STEPS { STEPS - 1 } else { STEPS };
    let (largest, rest) = summary::largest_steps(&causes, shown);
    let mut steps = vec![Step::Expected { label: words.totals.expected.clone(), amount: report.expected_total }];
    for step in largest {
        let proved = matches!(step.part, Part::Overcharged | Part::Undercharged);
        steps.push(Step::Change { label: summary::visible(&summary::step(report, step)), amount: step.amount, proved });
    }
    if !rest.is_empty() {
        let amount = rest.iter().map(|step| step.amount).sum();
        let count = rest.len().to_string();
        let label = fill(&words.page.other_causes, &[("count", &count)]);
        steps.push(Step::Change { label, amount, proved: false });
    }
    steps.push(Step::Billed { label: words.totals.billed.clone(), amount: comparison.billed_total });
    steps
}

/// Expected against billed by day: the picture.
pub fn days(report: &Report) -> String {
    let words = report.words();
    let days = sums::usage_days(report, report.period);
    if days.is_empty() {
        return paragraph(&words.page.no_days);
    }
    let compared = report.comparison.is_some();
    let bars: Vec<DayBar> = days
        .iter()
        .map(|(day, sides)| DayBar {
            label: (*day - report.period.first_day() + 1).to_string(),
            expected: sides.expected,
            billed: compared.then_some(sides.billed),
        })
        .collect();
    let differ = days.iter().filter(|(_, sides)| !sides.difference().is_zero()).count();
    let said = if compared {
        let count = differ.to_string();
        fill(&words.page.days_said, &[("days", days.len().to_string()), ("count", count)])
    } else {
        fill(&words.page.expected_days_said, &[("days", &days.len().to_string())])
    };
    let drawn = [Screen::Wide, Screen::Narrow].map(|screen| charts::days(&bars, screen, &said));
    let mut keys = key("expected", &words.totals.expected);
    if compared {
        keys += &key("billed", &words.totals.billed);
    }
    if compared && differ > 0 {
        keys += &key("differs", &words.page.differs);
    }
    let fees = report.charges.iter().any(|charge| charge.item.is_fee());
    framed(drawn, &keys, if fees { &words.page.without_fees } else { "" })
}

fn key(class: &str, name: &str) -> String {
    format!("<span class=\"key {class}\">{}</span> ", escaped(name))
}

/// What was left of the grants that were used most: a picture each.
pub fn grants(report: &Report) -> String {
    let words = report.words();
    let courses = breakdown::burn_downs(report);
    let mut used: Vec<usize> = (0..courses.len()).filter(|at| !report.grants[*at].opening.is_zero()).collect();
    used.sort_by_key(|at| std::cmp::Reverse(report.grants[*at].used));
    let mut out = String::new();
    for at in used.iter().take(GRANTS).copied() {
        let grant = &report.grants[at];
        let figures = [
            ("grant", summary::visible(&grant.id)),
            ("plan", grant.plan.clone()),
            ("opening", summary::figure(grant.opening.decimal())),
            ("used", summary::figure(grant.used.decimal())),
            ("expired", summary::figure(grant.expired.decimal())),
            ("remaining", summary::figure(grant.remaining.decimal())),
        ];
        let said = fill(&words.page.grant_said, &figures);
        if let Some(drawn) = charts::burn_down(&courses[at], &said) {
            let title = fill(&words.page.grant_title, &figures);
            let (title, said) = (escaped(&title), escaped(&said));
            let _ = write!(out, "<figure>\n<figcaption><b>{title}</b> {said}</figcaption>\n{drawn}</figure>\n");
        }
    }
    let rest = used.len().saturating_sub(GRANTS);
    let more = if rest > 0 {
        paragraph(&fill(&words.page.more_grants, &[("count", &rest.to_string())]))
    } else {
        String::new()
    };
    if out.is_empty() { more } else { format!("<div class=\"grid\">\n{out}</div>\n{more}") }
}

/// Pictures in a frame; nothing where nothing could be drawn.
fn framed(drawn: [Option<String>; 2], keys: &str, note: &str) -> String {
    let pictures: String = drawn.into_iter().flatten().collect();
    if pictures.is_empty() {
        return String::new();
    }
    let caption = if keys.is_empty() && note.is_empty() {
        String::new()
    } else {
        format!("<figcaption>{keys}{}</figcaption>\n", escaped(note))
    };
    format!("<figure>\n{caption}{pictures}</figure>\n")
}
