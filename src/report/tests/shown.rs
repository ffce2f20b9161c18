//! Every text that a person sees, as it was last read and found good: the
//! terminal, the page, the workbook and the letter, in each language, for each
//! verdict. `BLESS=1` writes
//! what is shown today; then read every line that changed.

use std::fmt::Write as _;
use std::io::Cursor;
use std::path::Path;

use calamine::{Reader as _, Xlsx};

use super::{money, report};
use crate::compare::Strength;
use crate::report::terminal::{Screen, render};
use crate::report::{Lang, Report, Verdict, check, dispute, html, xlsx};
use crate::tools::dispute::{Claim, Dispute, Rule, Source};

/// A report of each verdict.
fn reports(lang: Lang) -> Vec<(&'static str, Report)> {
    let with = |verdict: Verdict| {
        let mut report = Report { lang, ..report() };
        report.comparison.as_mut().unwrap().verdict = verdict;
        report
    };
    let mut reconciled = with(Verdict::Reconciled);
    let comparison = reconciled.comparison.as_mut().unwrap();
    comparison.discrepancies.clear();
    comparison.bridge.clear();
    let mut inconclusive = with(Verdict::Inconclusive);
    inconclusive.expected_range = Some((money("95"), money("95.1495")));
    for found in &mut inconclusive.comparison.as_mut().unwrap().discrepancies {
        found.strength = Strength::Inconclusive;
    }
    vec![
        ("discrepancies", with(Verdict::Discrepancies)),
        ("reconciled", reconciled),
        ("inconclusive", inconclusive),
        ("rated", Report { lang, comparison: None, ..report() }),
    ]
}

/// The texts of a page, one a line: what stands between its tags, and what
/// is said to those who do not see.
fn texts(page: &str) -> String {
    let body = page.split_once("<body>").unwrap().1.split_once("<script>").unwrap().0;
    let mut out = String::new();
    for part in body.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        for name in ["aria-label=\"", "data-shown=\""] {
            if let Some((_, said)) = tag.split_once(name) {
                writeln!(out, "[{}]", said.split('"').next().unwrap()).unwrap();
            }
        }
        let text = text.trim();
        if !text.is_empty() {
            out.push_str(text);
            out.push('\n');
        }
    }
    out
}

/// The cells of a workbook, a row a line.
fn cells(report: &Report) -> String {
    let mut book = Xlsx::new(Cursor::new(xlsx::render(report).unwrap())).unwrap();
    let mut out = String::new();
    for (name, range) in book.worksheets() {
        writeln!(out, "[{name}]").unwrap();
        for row in range.rows() {
            let cells: Vec<_> = row.iter().map(ToString::to_string).collect();
            let line = cells.join(" | ");
            writeln!(out, "{}", line.trim_end_matches([' ', '|'])).unwrap();
        }
    }
    out
}

/// A letter with a claim by each kind of source.
fn letter(report: &Report) -> String {
    let Some(comparison) = &report.comparison else { return String::new() };
    let (plan, document) = (
        || "live-lite".to_owned(),
        || "Live 包月套餐 (2024-07-30); ratio: 订阅套餐时长计费说明 (2024-09-14)".to_owned(),
    );
    let sources = [
        Source::Document(document()),
        Source::Discounted(document()),
        Source::Plan(plan(), document()),
        Source::Contract,
        Source::Export,
        Source::Repeated,
        Source::NoUsage,
        Source::NoPurchase,
    ];
    let claim = |source| Claim {
        cause: crate::model::cause::Cause::GrantSkipped { grant: "live#1".to_owned() }.into(),
        rule: Rule {
            en: "A charge is due once.".to_owned(), zh: "同一笔费用只应收取一次。".to_owned(), source
        },
        rows: comparison.discrepancies.clone(),
        amount: money("0.0399"),
    };
    let claims = sources.map(claim).into();
    let letter = crate::case::account::Letter::default();
    let written =
        dispute::render(report, &Dispute { letter, claims, total: money("0.0399"), extract: Vec::new(), rows: 3 });
    let name = format!("dispute/letter.{}.md", report.lang.name());
    let (_, bytes) = written.into_iter().find(|(path, _)| *path == name).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn what_a_person_sees_is_what_was_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/tests/shown");
    let mut wrong = Vec::new();
    for lang in [Lang::Zh, Lang::En] {
        for (name, report) in reports(lang) {
            let terminal = render(&report, Some("reports/x"), false, Screen::default());
            let page = texts(&String::from_utf8(html::render(&report)).unwrap());
            let checked = check::render(&report, false);
            let (book, letter) = (cells(&report), letter(&report));
            let text = format!(
                "{terminal}\n=== check\n{checked}\n=== page\n{page}\n=== workbook\n{book}\n=== letter\n{letter}"
            );
            // The script fills these two, and hidden characters are shown as \u{…}.
            let filled = text.replace("{shown}", "").replace("{all}", "").replace("\\u{202e}", "");
            assert!(!filled.contains(['{', '}']), "a placeholder was not filled:\n{text}");
            let path = folder.join(format!("{}-{name}.txt", lang.name()));
            if std::env::var_os("BLESS").is_some() {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, &text).unwrap();
            }
            if std::fs::read_to_string(&path).unwrap_or_default() != text {
                wrong.push(format!("{} is not what is shown:\n{text}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
