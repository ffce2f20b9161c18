//! `allocate`: a month by department and application, worked out by hand, and laws on random accounts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use rust_decimal::Decimal;
use trtc_recon::model::diagnostic::Diagnostics;
use trtc_recon::pipeline::{Options, RatedCase, Task, rated_report};
use trtc_recon::rules::Cards;
use trtc_recon::tools::allocate::{Allocation, Keys, Line, Subject, allocate, journal};

use crate::accounts::{self, Sample};
use crate::commands::ran;
use crate::exports::records;
use crate::run::side_by_side;
use crate::samples;

/// Three applications of two departments; one plan is bound, one package is the account's; a commitment of 100.
const ACCOUNT: &str = "[account]
uin = \"100000000001\"
site = \"intl\"
registered = 2023-03-01
first_app_created = 2023-03-02
period = \"2024-10\"

[[app]]
sdk_app_id = 1400000001
name = \"classroom\"
department = \"education\"

[[app]]
sdk_app_id = 1400000002
department = \"product\"

[[app]]
sdk_app_id = 1400000003
department = \"product\"

[[subscription]]
id = \"live\"
plan = \"live-lite\"
app = 1400000001
purchased = 2024-10-01

[[grant]]
id = \"wide\"
plan = \"intl-general-25k\"
purchased = 2024-10-01
paid = \"24\"

[[contract.minimum]]
amount = \"100\"
";

/// 10,000 HD minutes, 3,000 audio minutes, 500 HD minutes; relays of 2 and of 4 Mbps, at different times.
const USAGE: &str = "start,end,sdk_app_id,item,quantity,unit
2024-10-08T10:00:00,2024-10-08T10:05:00,1400000001,av.hd,600000,s
2024-10-08T10:00:00,2024-10-08T10:05:00,1400000002,av.audio,180000,s
2024-10-09T10:00:00,2024-10-09T10:05:00,1400000003,av.hd,30000,s
2024-10-10T10:00:00,2024-10-10T10:05:00,1400000002,relay.third,2,Mbps
2024-10-10T11:00:00,2024-10-10T11:05:00,1400000003,relay.third,4,Mbps
";

fn written(folder: &Path, account: &str, usage: &str) {
    fs::create_dir_all(folder.join("usage")).unwrap();
    fs::write(folder.join("account.toml"), account).unwrap();
    fs::write(folder.join("usage/usage.csv"), usage).unwrap();
}

/// Lines of journal.csv as `department app cost item key exact amount`.
fn debits(journal: &str) -> Vec<String> {
    let line = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        [3, 4, 6, 7, 8, 9, 10].map(|at| if cells[at].is_empty() { "-" } else { cells[at] }).join(" ")
    };
    journal.lines().filter(|row| row.contains(",debit,")).map(line).collect()
}

/// live-lite: 40,000 of 100,000 minutes of 299 are used: 119.6; 179.4 are not, and are the application's own.
/// The package of 24: 3,000 + 2,000 of 25,000 minutes: 2.88 and 1.92; 19.2 are unused, by 3 : 2.
/// Relay: the peak of 4 Mbps costs 75.96, by samples of 2 : 4. The commitment adds 100 - 75.96 = 24.04; no
/// application's usage is charged, so it goes by minutes: 10,000 : 3,000 : 500.
/// In all 299 + 24 + 75.96 + 24.04 = 423. Cut off, the parts come to 422.99; the cent goes to .80740741.
#[test]
fn a_month_is_allocated_as_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    written(&folder.path().join("c"), ACCOUNT, USAGE);
    let (status, text, errors) = ran(folder.path(), &["allocate", "c", "--out", "out"]);
    assert_eq!(status, 0, "{errors}");
    let journal = fs::read_to_string(folder.path().join("out/journal.csv")).unwrap();
    let expected = [
        "education 1400000001 covered fee.live-lite - 119.6 119.6",
        "education 1400000001 unused fee.live-lite - 179.4 179.4",
        "education 1400000001 shared fee.minimum minutes 17.80740741 17.81",
        "product 1400000002 covered fee.intl-general-25k - 2.88 2.88",
        "product 1400000002 unused fee.intl-general-25k covered 11.52 11.52",
        "product 1400000002 shared relay.third samples 25.32 25.32",
        "product 1400000002 shared fee.minimum minutes 5.34222222 5.34",
        "product 1400000003 covered fee.intl-general-25k - 1.92 1.92",
        "product 1400000003 unused fee.intl-general-25k covered 7.68 7.68",
        "product 1400000003 shared relay.third samples 50.64 50.64",
        "product 1400000003 shared fee.minimum minutes 0.89037037 0.89",
    ];
    assert_eq!(debits(&journal), expected);
    assert!(journal.ends_with("100000000001,2024-10,credit,,,,,,,423,423,USD\n"), "{journal}");
    assert!(text.contains("education   1400000001 classroom"), "{text}");
    let total = text.lines().find(|line| line.trim_start().starts_with("total")).unwrap();
    assert_eq!(total.split_whitespace().collect::<Vec<_>>(), ["total", "0.00", "124.40", "198.60", "100.00", "423.00"]);
}

#[test]
fn a_key_is_chosen_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    written(&folder.path().join("c"), ACCOUNT, USAGE);
    let keys = ["--key", "unused=equal", "--key", "relay=1400000001", "--key", "minimum=department:product"];
    let arguments = [&["allocate", "c", "--out", "out"][..], &keys].concat();
    assert_eq!(ran(folder.path(), &arguments).0, 0);
    let journal = fs::read_to_string(folder.path().join("out/journal.csv")).unwrap();
    let lines = debits(&journal);
    // 19.2 by three.
    assert_eq!(lines.iter().filter(|line| line.contains("unused fee.intl-general-25k equal 6.4 6.4")).count(), 3);
    assert!(lines.contains(&"education 1400000001 shared relay.third 1400000001 75.96 75.96".to_owned()));
    assert!(lines.contains(&"product - shared fee.minimum department:product 24.04 24.04".to_owned()));
}

/// focus.csv has each owner's part with its tags, and comes to the expected total.
#[test]
fn focus_has_the_owners_as_tags() {
    let folder = tempfile::tempdir().unwrap();
    written(&folder.path().join("c"), ACCOUNT, USAGE);
    assert_eq!(ran(folder.path(), &["allocate", "c", "--out", "out"]).0, 0);
    let mut rows = records(&fs::read_to_string(folder.path().join("out/focus.csv")).unwrap());
    let header = rows.remove(0);
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let mut by_tags: BTreeMap<String, Decimal> = BTreeMap::new();
    for row in rows {
        let billed = Decimal::from_str(&row[at("BilledCost")]).unwrap();
        *by_tags.entry(row[at("Tags")].clone()).or_default() += billed;
        if row[at("SkuId")] == "relay.third" {
            // 75.96 is 4 Mbps: 25.32 are 1.33333333 of them.
            let part =
                ["SubAccountId", "PricingQuantity", "x_AllocationKey"].map(|name| row[at(name)].as_str()).join(" ");
            assert!(
                ["1400000002 1.33333333 samples", "1400000003 2.66666667 samples"].contains(&part.as_str()),
                "{part}"
            );
        }
    }
    let of = |department: &str| -> Decimal {
        let mark = format!("\"department\":\"{department}\"");
        by_tags.iter().filter(|(tags, _)| tags.contains(&mark)).map(|(_, sum)| *sum).sum()
    };
    assert_eq!(of("education").to_string(), "316.80740741");
    assert_eq!(of("product").normalize().to_string(), "106.19259259");
    assert!(by_tags.keys().any(|tags| tags == "{\"department\":\"education\",\"application\":\"classroom\"}"));
}

fn allocated(account: &str, usage: &str, keys: &Keys) -> (Allocation, Vec<Line>, Decimal) {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), account, usage);
    of_case(folder.path(), keys)
}

/// The allocation of a case, its lines, and the sum of what FOCUS bills.
fn of_case(case: &Path, keys: &Keys) -> (Allocation, Vec<Line>, Decimal) {
    let options = Options::reading(Task::Rate, None, Cards::embedded());
    let mut found = Diagnostics::default();
    let rated = RatedCase::read(case, &options, &mut found)
        .unwrap_or_else(|| panic!("{}", found.iter().map(ToString::to_string).collect::<String>()));
    let report = rated_report(&rated, &options, &found);
    let (account, usage, settled) = (&rated.case.account, &rated.inputs.usage, rated.terms.window.month);
    let subject = Subject { account, usage, report: &report, settled };
    let allocation = allocate(&subject, keys);
    let exact: Decimal = allocation.lines.iter().map(|line| line.exact.decimal()).sum();
    assert_eq!(exact.normalize(), report.expected_total.decimal().normalize(), "{}", case.display());
    let payable = report.payable_total.decimal() * Decimal::ONE_HUNDRED;
    assert_eq!(Decimal::from(allocation.payable), payable, "{}", case.display());
    let focus = journal::shares(&subject, &allocation).iter().flatten().map(|share| share.billed.decimal()).sum();
    let lines = allocation.lines.clone();
    (allocation, lines, focus)
}

/// Every level adds up, and no line, application or department is a cent or more from its exact sum.
fn adds_up(allocation: &Allocation, focus: Decimal) {
    let lines = &allocation.lines;
    assert_eq!(lines.iter().map(|line| line.cents).sum::<i128>(), allocation.payable);
    assert_eq!(focus, lines.iter().map(|line| line.exact.decimal()).sum::<Decimal>());
    let mut sums: BTreeMap<String, (Decimal, i128)> = BTreeMap::new();
    for line in lines {
        let (department, app) = (format!("{:?}", line.owner.department), format!("{:?}", line.owner));
        let own = format!("{app} {:?} {} {}", line.cost, line.item, line.key);
        for level in [department, app, own] {
            let sum = sums.entry(level).or_default();
            *sum = (sum.0 + line.exact.decimal(), sum.1 + line.cents);
        }
    }
    for (level, (exact, cents)) in sums {
        let off = (exact * Decimal::ONE_HUNDRED - Decimal::from(cents)).abs();
        assert!(off < Decimal::ONE, "{level}: {exact} became {cents} cents");
    }
}

/// Departments for every second application.
fn with_departments(account: &str) -> String {
    let mut text = String::new();
    for (number, part) in account.split("[[app]]\n").enumerate() {
        if number > 0 {
            text.push_str("[[app]]\n");
        }
        if number % 2 == 1 {
            text.push_str(if number % 4 == 1 { "department = \"a\"\n" } else { "department = \"b\"\n" });
        }
        text.push_str(part);
    }
    text
}

#[test]
fn the_parts_of_random_accounts_add_up_to_the_cent_and_order_plays_no_part() {
    let seeds: Vec<u64> = (0..32).collect();
    side_by_side(&seeds, |seed| {
        let Sample { account, usage } =
            if seed % 4 == 0 { accounts::older_sample(*seed) } else { accounts::sample(*seed) };
        let text = with_departments(&accounts::account_toml(&account));
        let keys = match seed % 3 {
            0 => Keys::default(),
            1 => Keys::read(&["unused=minutes".to_owned(), "relay=equal".to_owned()]).unwrap(),
            _ => Keys::read(&["unused=cost".to_owned(), "minimum=minutes".to_owned()]).unwrap(),
        };
        let (allocation, lines, focus) = allocated(&text, &accounts::usage_csv(&usage), &keys);
        adds_up(&allocation, focus);
        let mut turned = account.clone();
        turned.grants.reverse();
        turned.subscriptions.reverse();
        let mut rows = usage.clone();
        rows.reverse();
        let text = with_departments(&accounts::account_toml(&turned));
        let (_, other, _) = allocated(&text, &accounts::usage_csv(&rows), &keys);
        assert_eq!(lines, other, "seed {seed}");
    });
}

#[test]
fn every_sample_is_allocated_whole() {
    for case in samples::all() {
        let (allocation, _, focus) = of_case(&case, &Keys::default());
        adds_up(&allocation, focus);
    }
}

/// Several cases: one journal, in the order of account and month, whatever the order of the arguments.
#[test]
fn the_order_of_cases_plays_no_part() {
    let folder = tempfile::tempdir().unwrap();
    written(&folder.path().join("b"), ACCOUNT, USAGE);
    let november = ACCOUNT.replace("2024-10", "2024-11");
    written(&folder.path().join("a"), &november, &USAGE.replace("2024-10", "2024-11"));
    let run = |order: [&str; 2], out: &str| {
        let (status, text, errors) = ran(folder.path(), &["allocate", order[0], order[1], "--out", out]);
        assert_eq!(status, 0, "{errors}");
        (text, fs::read(folder.path().join(out).join("journal.csv")).unwrap())
    };
    let one = run(["a", "b"], "one");
    assert_eq!(one, run(["b", "a"], "other"));
    let journal = String::from_utf8(one.1).unwrap();
    assert_eq!(journal.matches("account,period").count(), 1, "one header");
    assert!(one.0.contains("All months, by department"), "{}", one.0);
    let (status, _, errors) = ran(folder.path(), &["allocate", "a", "a/../a", "b", "--period", "2024-10"]);
    assert_eq!(status, 2);
    assert!(errors.contains("[case-twice]"), "{errors}");
}
