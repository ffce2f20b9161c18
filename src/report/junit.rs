//! findings.junit.xml: the findings as a `JUnit` report, which every build
//! server can show. A proved discrepancy is a failure, what the data cannot
//! decide is skipped, and what agrees has passed.

use std::fmt::Write as _;

use super::{Report, summary};
use crate::compare::{Discrepancy, Strength};
use crate::model::diagnostic::{Diagnostic, Severity};

/// Returns the bytes of findings.junit.xml.
#[must_use]
pub fn render(report: &Report) -> Vec<u8> {
    let suites = [bill(report), inputs(report)];
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all = |of: fn(&Suite) -> usize| suites.iter().map(of).sum::<usize>();
    let (tests, failures, skipped) =
        (all(|suite| suite.tests), all(|suite| suite.failures), all(|suite| suite.skipped));
    let _ = writeln!(
        out,
        "<testsuites name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">",
        escaped(&format!("trtc-recon {} {}", report.account, report.period))
    );
    for suite in suites {
        let Suite { name, tests, failures, skipped, cases } = suite;
        let _ = writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">\n\
             {cases}  </testsuite>"
        );
    }
    out.push_str("</testsuites>\n");
    out.into_bytes()
}

#[derive(Default)]
struct Suite {
    name: &'static str,
    tests: usize,
    failures: usize,
    skipped: usize,
    cases: String,
}

/// The outcome of a case.
enum Result<'a> {
    Passed,
    Failed(&'a str, String),
    Skipped(String),
}

impl Suite {
    fn add(&mut self, name: &str, result: Result<'_>) {
        self.tests += 1;
        let head = format!("    <testcase classname=\"{}\" name=\"{}\"", self.name, escaped(name));
        let _ = match result {
            Result::Passed => writeln!(self.cases, "{head}/>"),
            Result::Failed(kind, text) => {
                self.failures += 1;
                let text = escaped(&text);
                writeln!(self.cases, "{head}>\n      <failure type=\"{kind}\" message=\"{text}\"/>\n    </testcase>")
            }
            Result::Skipped(text) => {
                self.skipped += 1;
                writeln!(self.cases, "{head}>\n      <skipped message=\"{}\"/>\n    </testcase>", escaped(&text))
            }
        };
    }
}

/// Returns the bill against the charges: what matches as one case, each discrepancy as its own.
fn bill(report: &Report) -> Suite {
    let mut suite = Suite { name: "bill", ..Suite::default() };
    let Some(comparison) = &report.comparison else { return suite };
    suite.add(&report.words().lines(comparison.matched), Result::Passed);
    for found in &comparison.discrepancies {
        let app = found.app.map(|app| app.to_string()).unwrap_or_default();
        let item = found.item.map(crate::model::Item::id).unwrap_or_default();
        let name = [found.id.as_str(), &found.day, &app, item].join(" ");
        let text = said(report, found);
        suite.add(
            &name,
            match found.strength {
                Strength::Certain => Result::Failed(found.kind.name(), text),
                Strength::Inconclusive => Result::Skipped(text),
            },
        );
    }
    suite
}

fn said(report: &Report, found: &Discrepancy) -> String {
    let difference = summary::with_currency(report, found.difference);
    let (cause, because) = (report.words().cause(&found.cause), summary::explanation(report, found));
    format!("{difference} ({cause}): {because} [{}]", found.source)
}

/// Returns the inputs: each file as a case, warnings as skipped ones.
fn inputs(report: &Report) -> Suite {
    let mut suite = Suite { name: "inputs", ..Suite::default() };
    for input in &report.inputs {
        suite.add(&input.path, Result::Passed);
    }
    for found in report.diagnostics.iter().filter(|found| found.severity == Severity::Warning) {
        let Diagnostic { code, at, .. } = found;
        suite.add(&format!("{code} {at}"), Result::Skipped(summary::finding(report, found)));
    }
    suite
}

/// Returns a text inside an attribute; what XML cannot hold is made visible.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in summary::visible(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}
