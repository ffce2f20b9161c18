//! The questions about one case, as they are typed: `explain`, `rate --with`,
//! `sensitivity`, `selftest`.

use std::fs;
use std::path::Path;

use crate::commands::ran;
use crate::samples;

const ACCOUNT: &str = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
                       first_app_created = 2023-03-02\nperiod = \"2024-10\"\n\
                       [[app]]\nsdk_app_id = 1400000001\n[[app]]\nsdk_app_id = 1400000002\n";
const HEADER: &str = "start,end,sdk_app_id,item,quantity,unit\n";

/// A case `c` of an account and 5-minute rows `day time app item seconds`.
fn case(account: &str, rows: &[(&str, &str, u32, u32)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("c/usage")).unwrap();
    fs::write(folder.path().join("c/account.toml"), format!("{ACCOUNT}{account}")).unwrap();
    let row = |(day, minute, app, seconds): &(&str, &str, u32, u32)| {
        let until = minute.parse::<u32>().unwrap() + 5;
        format!("2024-10-{day}T10:{minute}:00,2024-10-{day}T10:{until:02}:00,140000000{app},av.hd,{seconds},s\n")
    };
    let text: String = std::iter::once(HEADER.to_owned()).chain(rows.iter().map(row)).collect();
    fs::write(folder.path().join("c/usage/u.csv"), text).unwrap();
    folder
}

/// The lines of a text, each with single blanks.
fn squeezed(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn says(text: &str, lines: &[&str]) {
    let found = squeezed(text);
    for line in lines {
        assert!(found.iter().any(|known| known == line), "no line `{line}` in\n{text}");
    }
}

fn sample(name: &str) -> String {
    samples::folder().join(name).to_string_lossy().into_owned()
}

/// 实时音视频 购买指南 (2024-10): 30 s, 20 s, 40 s are 1, 0, 1 minutes. Four package minutes cover one HD minute.
#[test]
fn a_line_is_derived_interval_by_interval() {
    let grant = "[[grant]]\nid = \"free\"\nplan = \"free-monthly\"\npurchased = 2024-10-01\n\
                 opening = { at = 2024-10-01, minutes = \"4\" }\n";
    let folder = case(grant, &[("01", "00", 1, 30), ("01", "05", 1, 20), ("01", "10", 1, 40)]);
    let (status, text, errors) = ran(folder.path(), &["explain", "c", "1400000001/2024-10-01/av.hd"]);
    assert_eq!(status, 0, "{errors}");
    says(
        &text,
        &[
            "2024-10-01T10:00:00 30 30 1 free 4 4 4 0 0 usage/u.csv!2",
            "2024-10-01T10:05:00 20 50 0 0 usage/u.csv!3",
            "2024-10-01T10:10:00 40 90 1 1 usage/u.csv!4",
            "3 intervals 90 2 1",
            "1 of 2 min are covered",
            "list price 3.99 USD per 1000 min = 0.00399 per min",
            "1 x 0.00399 = 0.00399 USD",
            "There is no bill to hold it against.",
        ],
    );
    assert!(text.contains("4 package minutes, and then it is used up"), "{text}");
    assert!(text.contains("source: card intl-2024: 音视频时长计费说明 (2024-09-14)"), "{text}");
}

/// The sample's README: the plan was not applied to 2,386 min, which it covers at 4 each.
#[test]
fn a_discrepancy_shows_where_the_bill_parts() {
    let root = tempfile::tempdir().unwrap();
    let (status, text, _) = ran(root.path(), &["explain", &sample("intl-wrong"), "5f390a5e5c66"]);
    assert_eq!(status, 0);
    says(&text, &["covered 2386 0 <- here they part", "charged 0 2386", "2386 of 2386 min are covered"]);
    assert!(text.contains("live#1 (live-lite") && text.contains(": 9544 package minutes"), "{text}");
    assert!(text.contains("bill_details.csv!35") && text.contains("usage/usage-202503.csv!179,182"), "{text}");
    // Nothing vouches for the balance of the free minutes, so it is not certain.
    assert!(text.contains("deduction, grant_skipped:live#1: 9.52014 USD (inconclusive)"), "{text}");
    let by_name = ran(root.path(), &["explain", &sample("intl-wrong"), "1400000201/2025-03-13/av.hd"]).1;
    assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), by_name.lines().skip(1).collect::<Vec<_>>());
    let all = ran(root.path(), &["explain", &sample("intl-wrong"), "5f390a5e5c66", "--all"]).1;
    assert_eq!(all.matches("usage/usage-202503.csv!").count(), 8, "{all}");
}

#[test]
fn items_of_the_account_and_fees_are_explained_too() {
    let root = tempfile::tempdir().unwrap();
    // 7.24 Mbps at 18.99 is 137.4876.
    for line in [&["--", "-/2024-10/relay.third"][..], &["/2024-10/relay.third"]] {
        let clean = sample("intl-clean");
        let (status, text, _) = ran(root.path(), &[&["explain", &clean][..], line].concat());
        assert_eq!(status, 0);
        says(&text, &["7.24 x 18.99 = 137.4876 USD", "The two agree, at the bill's own precision."]);
    }
    let (_, text, _) = ran(root.path(), &["explain", &sample("intl-wrong"), "1400000201/2025-03-10/fee.live-lite"]);
    says(&text, &["299 as account.toml says (paid)", "1 x 299 = 299 USD"]);
    let (_, text, _) = ran(root.path(), &["explain", &sample("intl-wrong"), "7f1737316d74"]);
    says(&text, &["usage - 45 <- here they part", "The usage has nothing for it."]);
}

#[test]
fn an_unknown_line_names_the_nearest() {
    let root = tempfile::tempdir().unwrap();
    for unknown in ["1400000201/2025-03-13/av.hdd", "5f390a5e5c67", "nonsense"] {
        let (status, text, errors) = ran(root.path(), &["explain", &sample("intl-wrong"), unknown]);
        assert_eq!((status, text.as_str()), (2, ""));
        assert!(errors.contains("error[unknown-line]") && errors.contains("the nearest are"), "{errors}");
    }
    let errors = ran(root.path(), &["explain", &sample("intl-wrong"), "5f390a5e5c67"]).2;
    assert!(errors.contains("5f390a5e5c66"), "{errors}");
}

/// 100,000 HD minutes are 399.00; at 3.50 per 1,000 they are 350.00, at 85 of 100 339.15.
#[test]
fn a_month_is_rated_under_another_rule() {
    let folder = case("", &[]);
    let row = "2024-10-01T00:00:00,2024-10-02T00:00:00,1400000001,av.hd,6000000,s\n";
    fs::write(folder.path().join("c/usage/u.csv"), format!("{HEADER}{row}")).unwrap();
    let with = |settings: &[&str]| {
        let flags: Vec<&str> = settings.iter().flat_map(|setting| ["--with", setting]).collect();
        ran(folder.path(), &[&["rate", "c"][..], &flags].concat())
    };
    says(&with(&["price.av.hd=3.5"]).1, &["total 399.00 350.00 -49.00", "differing: 1 line; nothing was written"]);
    says(&with(&["contract.discount=0.85"]).1, &["total 399.00 339.15 -59.85"]);
    says(&with(&["discount=0.85", "price.av.hd=3.5"]).1, &["total 399.00 350.00 -49.00"]);
    // HD costs the same there, and is settled by the month.
    says(&with(&["card=intl-2021"]).1, &["total 399.00 399.00 0.00", "differing: 2 lines; nothing was written"]);
    assert!(!folder.path().join("reports").exists());
    for (setting, help) in [
        ("tie_oder=item", "did you mean `tie_order`?"),
        ("price.av.hdd=1", "did you mean `av.hd`?"),
        ("tie_order=both", "it is time or item"),
        ("plan.free=none", "it has none"),
        ("card=intl-2023", "intl-2024"),
        ("discount", "write it as rule=value"),
    ] {
        let (status, text, errors) = with(&[setting]);
        assert_eq!((status, text.as_str()), (2, ""), "{setting}");
        assert!(errors.contains(help), "{setting}: {errors}");
    }
}

/// Two applications of 30 s: two minutes by application, one by account. 61 s
/// are one second above a minute, 120 s just two.
#[test]
fn what_the_total_hangs_on_is_said() {
    let folder = case("", &[("01", "00", 1, 30), ("01", "00", 2, 30), ("02", "00", 1, 61), ("03", "00", 1, 120)]);
    let (status, text, _) = ran(folder.path(), &["sensitivity", "c"]);
    assert_eq!(status, 0);
    // 2 + 2 + 2 min at 0.00399, against 1 + 2 + 2.
    assert!(text.contains("metering-scope: 0.02394 as taken, 0.01995 otherwise (-0.00399 USD)"), "{text}");
    says(
        &text,
        &[
            "1400000001/2024-10-02/av.hd: 61 s are 2 min: one second less is a minute less (0.00399 USD)",
            "1400000001/2024-10-03/av.hd: 120 s are just 2 min: one second more is a minute more (0.00399 USD)",
        ],
    );
    // 0.02394 rounds to 0.02; one minute more is 0.02793, which rounds to 0.03.
    assert!(text.contains("0.02394 is 0.02 to pay; one minute (0.00399) from 0.03 (0.01 USD)"), "{text}");
}

#[test]
fn a_package_one_minute_from_its_end_is_named() {
    let grant = "[[grant]]\nid = \"free\"\nplan = \"free-monthly\"\npurchased = 2024-10-01\n\
                 opening = { at = 2024-10-01, minutes = \"10\" }\n";
    // Two HD minutes take 8 of 10; a third would take 4.
    let folder = case(grant, &[("01", "00", 1, 90)]);
    let text = ran(folder.path(), &["sensitivity", "c"]).1;
    assert!(text.contains("free: 2 package minutes are left: one minute more of av.hd would run it out"), "{text}");
}

/// Returns docs/selftest.md around its table and the table; `BLESS=1` writes it again.
fn told_of_samples(now: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/selftest.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("Over all samples:\n\n```text\n").expect("docs/selftest.md has the table");
    let (told, behind) = rest.split_once("```\n").unwrap();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, format!("{before}Over all samples:\n\n```text\n{now}```\n{behind}")).unwrap();
        return now.to_owned();
    }
    told.to_owned()
}

/// docs/selftest.md shows the result of the samples, misses included.
#[test]
fn the_selftest_of_the_readme_is_that_of_the_samples() {
    let root = tempfile::tempdir().unwrap();
    let (_, text, errors) = ran(root.path(), &["selftest", "--sum", &samples::folder().to_string_lossy()]);
    assert_eq!(told_of_samples(&text), text, "{errors}");
    let all =
        squeezed(&text).into_iter().find(|line| line.starts_with("all ")).unwrap_or_else(|| panic!("{text}{errors}"));
    let figures: Vec<usize> = all.split(' ').skip(1).map(|figure| figure.parse().unwrap()).collect();
    let [bills, lines, found, named, not_named, _] = figures[..] else { panic!("{all}") };
    assert!(bills > 100 && named + not_named == bills && found <= lines, "{all}");
}

#[test]
fn a_selftest_says_what_was_planted_and_named() {
    let root = tempfile::tempdir().unwrap();
    let (status, text, _) = ran(root.path(), &["selftest", &sample("intl-clean")]);
    assert_eq!(status, 0, "{text}");
    says(
        &text,
        &[
            "duplicate 1 1 yes duplicate (duplicate_line)",
            "currency 1 1 yes currency",
            "adjustment 1 1 yes adjustment (adjustment)",
        ],
    );
    assert!(fs::read_dir(root.path()).unwrap().next().is_none(), "nothing is written");
}
