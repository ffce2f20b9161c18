//! The page in a real Chromium: it loads nothing, says nothing on the console,
//! its script searches and sorts, its texts can be read in light, dark, on a
//! phone and on paper.
//!
//! Not part of a plain `cargo test`, which needs no browser:
//! `cargo test --release --locked --test page`. With `BLESS=1` it also renews
//! the pictures in `docs/pictures/`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code: a panic is a failed test")]

mod browser;
mod cases;

use std::fs;
use std::path::{Path, PathBuf};

use browser::{Browser, DESK, View};

const PHONE: View = View { width: 390, height: 844, ..DESK };
const CONTRAST: &str = include_str!("contrast.js");
/// What a picture in the repository may weigh.
const HEAVIEST: usize = 200_000;

/// Every way in which a page is looked at.
fn views() -> [(&'static str, View); 5] {
    [
        ("light", DESK),
        ("dark", View { dark: true, ..DESK }),
        ("phone", PHONE),
        ("phone-dark", View { dark: true, ..PHONE }),
        ("paper", View { print: true, ..DESK }),
    ]
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where the pictures of this run are kept to be looked at.
fn pictures() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn keep(name: &str, bytes: &[u8]) {
    fs::write(pictures().join(name), bytes).unwrap();
}

#[test]
fn the_page_is_silent_readable_and_fits_however_it_is_looked_at() {
    let mut browser = Browser::start();
    for (case, page) in [("intl", cases::sample("intl-wrong", &[])), ("cn", cases::sample("cn-deduction", &[]))] {
        let page = page.page();
        for (name, view) in views() {
            let what = format!("{case}-{name}");
            browser.open(&page, view);
            let opened = "document.querySelectorAll('details').forEach((line, at) => { line.open = at < 2 })";
            browser.evaluate(opened);
            let contrast = browser.evaluate(CONTRAST);
            assert_eq!(contrast["found"], serde_json::json!([]), "{what}: contrast");
            assert!(contrast["seen"].as_u64().unwrap() > 100, "{what}: {} texts", contrast["seen"]);
            let wide = browser.evaluate("document.documentElement.scrollWidth").as_u64().unwrap();
            assert!(wide <= u64::from(view.width), "{what}: {wide} points wide");
            let height = browser.evaluate("document.documentElement.scrollHeight").as_u64().unwrap();
            let height = u32::try_from(height).unwrap().min(9_000);
            keep(&format!("{what}.png"), &browser.screenshot(view.width, height));
            assert_eq!(browser.said, Vec::<String>::new(), "{what}: console");
            assert_eq!(browser.requests, [format!("file://{}", page.display())], "{what}: requests");
        }
        browser.open(&page, DESK);
        keep(&format!("{case}.pdf"), &browser.print());
    }
}

#[test]
fn search_and_sort_work() {
    let report = cases::sample("intl-wrong", &[]);
    let mut browser = Browser::start();
    browser.open(&report.page(), DESK);
    let lines = "[...document.querySelectorAll('#discrepancies details')]";
    let days = format!("{lines}.filter((line) => !line.hidden).map((line) => line.dataset.day)");
    let largest_first = ["2025-03-28", "2025-03-13", "2025-03-26", "2025-03-04", "2025-03-25", "2025-03-27"];
    assert_eq!(browser.evaluate(&days), serde_json::json!(largest_first));

    let choose = |selector: &str, value: &str, event: &str| {
        format!(
            "{{ const field = document.querySelector('#discrepancies {selector}'); field.value = '{value}'; \
             field.dispatchEvent(new Event('{event}')); }}"
        )
    };
    browser.evaluate(&choose("select", "day", "change"));
    let mut by_day = largest_first;
    by_day.sort_unstable();
    assert_eq!(browser.evaluate(&days), serde_json::json!(by_day));

    browser.evaluate(&choose("input", "AV.HD deduction", "input"));
    assert_eq!(browser.evaluate(&days), serde_json::json!(["2025-03-13"]));
    assert_eq!(browser.evaluate("document.querySelector('#discrepancies output').value"), "1 of 6 shown");
    browser.evaluate(&choose("input", "", "input"));
    assert_eq!(browser.evaluate(&days).as_array().unwrap().len(), 6);

    // A step of the bridge leads to its lines: the first is the tier, the last the line that is open.
    browser.evaluate("document.querySelector('#bridge [data-find]').click()");
    assert_eq!(browser.evaluate(&days), serde_json::json!(["2025-03-28"]));
    browser.evaluate("[...document.querySelectorAll('#bridge [data-find]')].at(-1).click()");
    assert_eq!(browser.evaluate(&days), serde_json::json!(["2025-03-13"]));
    browser.evaluate(&choose("input", "", "input"));

    // Behind the names: what is expected.
    let column = "[...document.querySelectorAll('#apps tbody tr')].map((row) => Number(row.cells[3].textContent.replace(/,/g, '')))";
    let click = "document.querySelectorAll('#apps th button')[3].click()";
    for (order, sign) in [("ascending", 1), ("descending", -1)] {
        browser.evaluate(click);
        let values: Vec<_> = browser.evaluate(column).as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        let mut sorted = values.clone();
        sorted.sort_by(|a, b| if sign > 0 { a.total_cmp(b) } else { b.total_cmp(a) });
        assert!(values.len() > 1 && values == sorted, "{order}: {values:?}");
        let said = browser.evaluate("document.querySelectorAll('#apps th')[3].getAttribute('aria-sort')");
        assert_eq!(said, order);
    }
    assert_eq!(browser.said, Vec::<String>::new());
}

#[test]
fn the_page_reads_without_its_script() {
    let report = cases::sample("intl-wrong", &[]);
    let mut browser = Browser::start();
    browser.open(&report.page(), View { script: false, ..DESK });
    // Looked at from outside: what runs here is the test's, not the page's.
    browser.ask("Emulation.setScriptExecutionDisabled", serde_json::json!({"value": false}));
    let seen = browser.evaluate("[...document.querySelectorAll('.tools')].every((tools) => !tools.checkVisibility())");
    assert_eq!(seen, true, "means to search are hidden where they do nothing");
    let text = browser.evaluate("document.body.innerText");
    for said in ["overcharged by", "From expected to billed", "1400000201"] {
        assert!(text.as_str().unwrap().contains(said), "{said}");
    }
}

#[test]
fn markup_in_the_inputs_stays_text() {
    let report = cases::hostile();
    let mut browser = Browser::start();
    browser.open(&report.page(), DESK);
    let inside =
        browser.evaluate("document.querySelectorAll('img, iframe, object, main script, [onload], [onerror]').length");
    assert_eq!(inside, 0);
    assert!(browser.evaluate("document.body.textContent").as_str().unwrap().contains("<img src=x onerror="));
    assert_eq!(browser.said, Vec::<String>::new());
    assert_eq!(browser.requests.len(), 1);
}

#[test]
fn a_month_of_a_hundred_applications_opens_in_a_second() {
    let report = cases::hundred_applications();
    let size = fs::metadata(report.page()).unwrap().len();
    assert!(size < 5 << 20, "{size} bytes");
    let mut browser = Browser::start();
    let timing = "performance.getEntriesByType('navigation')[0].loadEventEnd";
    // Other browsers run beside it: the fastest of a few says what the page takes.
    let mut opened = f64::INFINITY;
    for _ in 0..5 {
        browser.open(&report.page(), DESK);
        opened = opened.min(browser.evaluate(timing).as_f64().unwrap());
    }
    assert!(opened < 1_000.0, "{opened} ms, {size} bytes");
    assert_eq!(browser.said, Vec::<String>::new());
}

#[test]
fn the_pictures_of_the_documents_are_light() {
    let folder = root().join("docs/pictures");
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        let mut browser = Browser::start();
        let english = cases::sample("intl-wrong", &[]);
        let chinese = cases::sample("intl-wrong", &["--lang", "zh"]);
        let takes = [
            ("page-light.png", &english, View { height: 1000, ..DESK }),
            ("page-dark.png", &english, View { height: 1000, dark: true, ..DESK }),
            ("page-chinese.png", &chinese, View { height: 1000, ..DESK }),
            ("page-phone.png", &english, PHONE),
        ];
        for (name, report, view) in takes {
            browser.open(&report.page(), view);
            fs::write(folder.join(name), browser.screenshot(view.width, view.height)).unwrap();
        }
    }
    let found = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap());
    for picture in found {
        let size = fs::read(picture.path()).unwrap().len();
        assert!(size < HEAVIEST, "{}: {size} bytes", picture.path().display());
    }
}
