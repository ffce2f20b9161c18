//! The page: inert, whole, and the same result.

use super::report;
use crate::report::{Report, html};

fn page(report: &Report) -> String {
    String::from_utf8(html::render(report)).unwrap()
}

#[test]
fn nothing_is_loaded_or_run() {
    let page = page(&report());
    assert!(page.contains("content=\"default-src 'none';"));
    for unwanted in ["<script", "<img", "<link", "<a ", "href", "src=", "http:", "https:", "url(", "@import", " on"] {
        let inside = page.replace("default-src", "").replace("style-src", "");
        let tags: String =
            inside.split('<').skip(1).filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag).collect();
        let text_of_interest = if unwanted == " on" { &tags } else { &inside };
        assert!(!text_of_interest.contains(unwanted), "{unwanted}");
    }
}

#[test]
fn texts_from_the_inputs_are_inert_and_hidden_characters_are_seen() {
    let page = page(&report());
    assert!(page.contains("<p>=HYPERLINK(&quot;x&quot;), &lt;script&gt;\\u{202e}</p>"));
    assert!(page.contains("<td>usage/&lt;a&gt;.csv</td>"));
}

#[test]
fn the_verdict_comes_first_and_the_parts_follow() {
    let page = page(&report());
    assert!(page.contains("<h1 class=\"discrepancies\">100000000001 2024-10: overcharged by 0.0399 USD on 1 line;"));
    let titles: Vec<_> = page.split("<h2>").skip(1).map(|part| part.split_once('<').unwrap().0).collect();
    assert_eq!(
        titles,
        [
            "Totals",
            "From expected to billed",
            "Discrepancies (1)",
            "By item",
            "By day",
            "Grants",
            "Rate cards",
            "Assumptions",
            "Completeness",
            "Inputs"
        ]
    );
    assert!(page.contains("<tr><td>2024-10-01</td><td class=\"n\">1</td><td class=\"n\">0.1995</td></tr>"));
}

#[test]
fn every_element_is_closed() {
    let page = page(&report());
    let mut open = Vec::new();
    for tag in page.split('<').skip(2).map(|part| part.split('>').next().unwrap()) {
        let name = tag.split(' ').next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if name == "meta" => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_thousand_discrepancies_do_not_make_a_large_page() {
    let mut report = report();
    let comparison = report.comparison.as_mut().unwrap();
    comparison.discrepancies = vec![comparison.discrepancies[0].clone(); 1000];
    let page = page(&report);
    assert_eq!(page.matches("<details>").count(), 200);
    assert!(page.contains("And 800 smaller ones in discrepancies.csv."));
    assert!(page.len() < 300_000);
}
