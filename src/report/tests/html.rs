//! The page: inert, whole, and the same result.

use super::{money, report};
use crate::compare::Discrepancy;
use crate::digest::sha256_base64;
use crate::report::{Lang, Report, html};

fn page(report: &Report) -> String {
    String::from_utf8(html::render(report)).unwrap()
}

/// Returns what stands in an element that is there once.
fn inside<'a>(page: &'a str, name: &str) -> &'a str {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    assert_eq!(page.matches(&open).count(), 1, "{name}");
    page.split_once(&open).unwrap().1.split_once(&close).unwrap().0
}

#[test]
fn nothing_is_loaded_and_only_the_pages_own_script_and_style_count() {
    let page = page(&report());
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1).unwrap().split('"').next().unwrap();
    let (style, script) = (inside(&page, "style"), inside(&page, "script"));
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
            sha256_base64(style.as_bytes()),
            sha256_base64(script.as_bytes())
        )
    );
    let rest = page.replace(style, "").replace(script, "").replace(policy, "");
    for unwanted in ["<img", "<link", "src=", "http:", "https:", "url(", "@import", "style=", "javascript:", "xmlns"] {
        assert!(!rest.contains(unwanted), "{unwanted}");
    }
    let tags: String = rest.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(tag, _)| tag).collect();
    let handler = |rest: &str| rest.split([' ', '=']).next().is_some_and(|name| rest[name.len()..].starts_with('='));
    assert!(!tags.split(" on").skip(1).any(handler), "an event handler");
    assert!(rest.split("href=\"").skip(1).all(|link| link.starts_with('#')), "a link leads out of the page");
}

#[test]
fn every_link_has_its_part() {
    let page = page(&report());
    let links: Vec<_> = page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(links.len() > 8);
    for link in links {
        assert_eq!(page.matches(&format!("<section id=\"{link}\">")).count(), 1, "{link}");
    }
}

#[test]
fn texts_from_the_inputs_are_inert_and_hidden_characters_are_seen() {
    let mut report = report();
    let page_of = page(&report);
    assert!(page_of.contains("<p>=HYPERLINK(&quot;x&quot;), &lt;script&gt;\\u{202e}</p>"));
    assert!(page_of.contains("<td class=\"w\">usage/&lt;a&gt;.csv</td>"));
    // Into the pictures, too.
    report.comparison.as_mut().unwrap().bridge[0].cause =
        crate::model::cause::Cause::GrantSkipped { grant: "</svg><b>".to_owned() }.into();
    report.grants[0].id = "\"><i>".to_owned();
    let page_of = page(&report);
    assert!(!page_of.contains("</svg><b>") && !page_of.contains("\"><i>"));
    assert_eq!(page_of.matches("&lt;/svg&gt;&lt;b&gt;").count(), 5, "the table three times, both pictures");
}

#[test]
fn the_verdict_comes_first_and_the_parts_follow() {
    let page = page(&report());
    assert!(page.contains("<h1>100000000001 2024-10: overcharged by 0.0399 USD on 1 line;"));
    let titles: Vec<_> = page.split("<h2>").skip(1).map(|part| part.split_once('<').unwrap().0).collect();
    assert_eq!(
        titles,
        [
            "From expected to billed",
            "Discrepancies (1)",
            "Expected and billed by day (USD)",
            "Largest charges",
            "By application",
            "By item",
            "Grants",
            "Assumptions",
            "Completeness",
            "Inputs"
        ]
    );
    // 0.1995 by the rules, 0.2394 on the bill.
    let row = "<tr><td class=\"w\">2024-10-01</td><td class=\"n\">0.1995</td><td class=\"n\">0.2394</td><td class=\"n\">0.0399</td></tr>";
    assert!(page.contains(row));
}

/// A sum stays below its table, which sorts its body alone; without a step there is no way to draw.
#[test]
fn the_bridge_has_its_sum_apart_and_a_picture_only_of_steps() {
    let bridge = |page: &str| {
        page.split_once("<section id=\"bridge\">").unwrap().1.split_once("</section>").unwrap().0.to_owned()
    };
    let mut report = report();
    let differs = bridge(&page(&report));
    assert!(differs.contains("<tfoot><tr><td class=\"w\">billed</td>") && differs.contains("<svg"));
    assert!(differs.contains("+0.0399"), "{differs}");
    let comparison = report.comparison.as_mut().unwrap();
    comparison.bridge[0].amount = money("0");
    comparison.billed_total = report.expected_total;
    assert!(!bridge(&page(&report)).contains("<svg"));
}

#[test]
fn a_finding_has_its_derivation_folded_under_it() {
    let page = page(&report());
    let found = inside_part(&page, "discrepancies");
    let under = found.split_once("</summary>").unwrap().1;
    for step in ["3,541", "60", "covered by =free-2024-10: 10 min x 4 = 40 package minutes", "−10", "50", "0.00399"] {
        assert!(under.contains(step), "{step}");
    }
    assert!(under.contains("d-1a2b · deduction · grant_skipped:=free-2024-10 · bills/l3.csv!2"));
}

fn inside_part<'a>(page: &'a str, id: &str) -> &'a str {
    page.split_once(&format!("<section id=\"{id}\">")).unwrap().1.split_once("</section>").unwrap().0
}

#[test]
fn pictures_say_what_they_show() {
    let page = page(&report());
    // Waterfall and days for both screens, one grant.
    assert_eq!(page.matches("<svg ").count(), 5);
    let said: Vec<_> = page.split("<svg ").skip(1).map(|svg| svg.split('>').next().unwrap()).collect();
    assert!(said.iter().all(|tag| tag.contains("role=\"img\" aria-label=\"")), "{said:?}");
    assert!(page.contains("opening 40 · used 40 · expired 0 · remaining 0"));
}

#[test]
fn every_element_is_closed() {
    for lang in [Lang::Zh, Lang::En] {
        let page = page(&Report { lang, ..report() });
        let (style, script) = (inside(&page, "style"), inside(&page, "script"));
        let page = page.replace(style, "").replace(script, "");
        let mut open = Vec::new();
        for tag in page.split('<').skip(2).map(|part| part.split('>').next().unwrap()) {
            let name = tag.split([' ', '\n']).next().unwrap();
            match name.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name), "{tag}"),
                None if ["meta", "input"].contains(&name) || tag.ends_with('/') => {}
                None => open.push(name),
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

#[test]
fn many_lines_do_not_make_a_large_page() {
    let mut report = report();
    let comparison = report.comparison.as_mut().unwrap();
    comparison.discrepancies = vec![comparison.discrepancies[0].clone(); 1000];
    report.charges = vec![report.charges[1].clone(); 10_000];
    let page = page(&report);
    assert_eq!(inside_part(&page, "discrepancies").matches("<details").count(), 200);
    assert_eq!(inside_part(&page, "charges").matches("<details").count(), 50);
    assert!(page.contains("And 800 smaller ones in discrepancies.csv."));
    assert!(page.len() < 800_000, "{}", page.len());
}

#[test]
fn sums_beyond_a_picture_stay_in_the_tables() {
    let mut report = report();
    let most = money("9999999999999");
    report.charges[1].amount = most;
    report.expected_total = most;
    let page = page(&report);
    assert!(!inside_part(&page, "bridge").contains("<svg") && !inside_part(&page, "days").contains("<svg"));
    assert!(page.contains("9,999,999,999,999.00"));
}

#[test]
fn a_finding_without_charges_or_lines_is_shown_too() {
    let mut report = report();
    let comparison = report.comparison.as_mut().unwrap();
    let nothing = Discrepancy { app: None, item: None, source: String::new(), ..comparison.discrepancies[0].clone() };
    comparison.discrepancies = vec![nothing];
    let page = page(&report);
    assert!(inside_part(&page, "discrepancies").contains("no bill line"));
}
