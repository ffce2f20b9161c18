//! What follows from a comparison: the claim on the vendor, and what became of
//! the findings of an earlier report.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::Workbook;
use trtc_recon::digest::sha256;

use crate::commands::ran;
use crate::samples;

const REPORT: &str = "100000000102-2025-03";

/// A copy of a sample as `c`.
fn copy(name: &str) -> tempfile::TempDir {
    let (folder, sample) = (tempfile::tempdir().unwrap(), samples::folder().join(name));
    fs::create_dir(folder.path().join("c")).unwrap();
    fs::copy(sample.join("account.toml"), folder.path().join("c/account.toml")).unwrap();
    for part in ["usage", "bills"] {
        fs::create_dir(folder.path().join("c").join(part)).unwrap();
        for entry in fs::read_dir(sample.join(part)).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.path().join("c").join(part).join(entry.file_name())).unwrap();
        }
    }
    folder
}

fn bill(folder: &Path) -> PathBuf {
    fs::read_dir(folder.join("c/bills")).unwrap().next().unwrap().unwrap().path()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Lines of charges.csv by application, day and item.
fn charges(text: &str) -> BTreeMap<String, String> {
    let key = |line: &str| line.split(',').skip(1).take(3).collect::<Vec<_>>().join("/");
    text.lines().map(|line| (key(line), line.to_owned())).collect()
}

/// The sample's README: overcharged on five lines; the line that is missing is no claim. Of the five, four are
/// certain (10.06 + 2.532 + 0.26955 + 0.02079); on that of 13 March a plan may cover more or less than we know.
#[test]
fn a_claim_names_what_is_certainly_overcharged() {
    let folder = copy("intl-wrong");
    let (status, text, errors) = ran(folder.path(), &["reconcile", "c", "--dispute"]);
    assert_eq!(status, 1, "{errors}");
    assert!(text.contains("Claimed back from the vendor: 12.88234 USD (dispute/)"), "{text}");
    let dispute = folder.path().join("reports").join(REPORT).join("dispute");
    let (english, chinese) = (read(&dispute.join("letter.en.md")), read(&dispute.join("letter.zh.md")));
    let claimed = ["15826340b288", "b41f455da144", "7f1737316d74", "1c61a9f8b639"];
    let undecided = ["5f390a5e5c66"];
    let sha = read(&folder.path().join("reports").join(REPORT).join("manifest.json"));
    let inputs = ["usage", "bills"].map(|inside| fs::read_dir(folder.path().join("c").join(inside)).unwrap());
    let hash = |entry: std::io::Result<fs::DirEntry>| sha256(&fs::read(entry.unwrap().path()).unwrap());
    let hashes: BTreeSet<String> = inputs.into_iter().flatten().map(hash).collect();
    for letter in [&english, &chinese] {
        assert!(letter.contains("12.88234") && letter.contains("100000000102"), "{letter}");
        for id in claimed {
            assert_eq!(letter.matches(id).count(), 1, "{id}\n{letter}");
        }
        for id in undecided {
            assert!(text.contains(id) && !letter.contains(id), "what is undecided is no claim\n{letter}");
        }
        assert!(!letter.contains("f5390e58ac1b"), "an undercharge is no claim\n{letter}");
        assert!(
            letter.contains("音视频时长计费说明")
                && !letter.contains("seed")
                && !letter.contains("unexplained")
                && letter.contains("bill_details.csv "),
            "{letter}"
        );
        for input in ["usage/usage-202503.csv ", "bill_details.csv "] {
            let hash = letter.rsplit(input).next().unwrap().split_whitespace().next().unwrap();
            assert!(hashes.contains(hash), "{input} {hash}");
        }
    }
    assert!(sha.contains("dispute/letter.zh.md") && sha.contains("\"dispute\": true"), "{sha}");
}

/// Rates the extract of a claim in place of the usage; the claimed lines that
/// both results have, by what they are, must be the same. Returns how many there are.
fn rated_again(folder: &Path, report: &str) -> usize {
    let made = folder.join("reports").join(report);
    let extract = read(&made.join("dispute/usage.csv"));
    fs::remove_dir_all(folder.join("c/usage")).unwrap();
    fs::create_dir(folder.join("c/usage")).unwrap();
    fs::write(folder.join("c/usage/extract.csv"), &extract).unwrap();
    let (status, _, errors) = ran(folder, &["rate", "c", "--out", "again"]);
    assert_eq!(status, 0, "{errors}");
    let whole = charges(&read(&made.join("charges.csv")));
    let again = charges(&read(&folder.join("again").join(report).join("charges.csv")));
    let (letter, found) = (read(&made.join("dispute/letter.en.md")), read(&made.join("discrepancies.csv")));
    let rows = letter.lines().filter(|line| line.starts_with("| ") && line.contains(".csv row "));
    let keys = rows.map(|row| {
        // The letter names items as people do: the finding's own row has their ids.
        let id = row.trim_start_matches("| ").split(" | ").next().unwrap();
        let finding = found.lines().find(|line| line.starts_with(id)).unwrap();
        let cells: Vec<&str> = finding.split(',').collect();
        format!("{}/{}/{}", cells[4], cells[5], cells[6])
    });
    let known: Vec<String> = keys.filter(|key| whole.contains_key(key)).collect();
    for key in &known {
        assert_eq!(again.get(key), whole.get(key), "{key}\n{extract}");
    }
    known.len()
}

/// Of the four claimed lines one has no usage at all: three are in charges.csv.
#[test]
fn the_extract_rates_as_the_whole() {
    let folder = copy("intl-wrong");
    assert_eq!(ran(folder.path(), &["reconcile", "c", "--dispute"]).0, 1);
    assert_eq!(rated_again(folder.path(), REPORT), 3);
}

/// Seconds of all applications are rounded together: 30 s of the first make a
/// minute, 30 s and 60 s of the second one more. Alone they would make two. The
/// third application and the other day are of no matter.
#[test]
fn an_extract_has_the_other_applications_that_are_rounded_together_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["usage", "bills"] {
        fs::create_dir_all(folder.path().join("c").join(part)).unwrap();
    }
    let apps: String = (1..4).map(|app| format!("[[app]]\nsdk_app_id = 140000000{app}\n")).collect();
    let account = "[account]\nuin = \"100000000103\"\nsite = \"cn\"\nregistered = 2021-04-08\n\
                   first_app_created = 2021-04-12\nperiod = \"2024-05\"\n";
    fs::write(folder.path().join("c/account.toml"), format!("{account}{apps}")).unwrap();
    let row = |day: u32, minute: u32, app: u32, item: &str, seconds: u32| {
        let until: u32 = minute + 5;
        format!("2024-05-0{day}T10:{minute:02}:00,2024-05-0{day}T10:{until:02}:00,140000000{app},{item},{seconds},s\n")
    };
    let rows = [row(1, 0, 1, "av.hd", 30), row(1, 5, 2, "av.hd", 30), row(1, 10, 2, "av.hd", 60)];
    let others = [row(1, 0, 3, "av.audio", 120), row(2, 0, 1, "av.hd", 60)];
    let header = "start,end,sdk_app_id,item,quantity,unit\n";
    fs::write(folder.path().join("c/usage/u.csv"), format!("{header}{}{}", rows.concat(), others.concat())).unwrap();
    let line = |at: u32, day, app, name, price, minutes, amount| {
        format!(
            "100000000103,100000000103,实时音视频,实时音视频 TRTC,140000000{app},按量计费日结,T{at},2024-05-0{day} 10:00:00,\
             2024-05-0{day} 00:00:00,2024-05-0{day} 23:59:59,时长,音视频时长-{name},{price},元/分钟,{minutes},分钟,{minutes},0,{amount},CNY\n"
        )
    };
    let lines = [
        line(1, 1, 1, "高清HD", "0.028", 1, "0.028"),
        line(2, 1, 2, "高清HD", "0.03", 1, "0.03"),
        line(3, 1, 3, "语音", "0.007", 2, "0.014"),
        line(4, 2, 1, "高清HD", "0.028", 1, "0.028"),
    ];
    let bill = format!("{}\n{}", crate::issued::HEADER, lines.concat());
    fs::write(folder.path().join("c/bills/bill.csv"), bill).unwrap();
    let (status, text, errors) = ran(folder.path(), &["reconcile", "c", "--dispute", "--lang", "en"]);
    assert_eq!(status, 1, "{errors}");
    assert!(text.contains("Claimed back from the vendor: 0.002 CNY"), "{text}");
    let report = "100000000103-2024-05";
    let extract = read(&folder.path().join("reports").join(report).join("dispute/usage.csv"));
    assert_eq!(extract, format!("{header}{}", rows.concat()));
    assert_eq!(rated_again(folder.path(), report), 1);
}

#[test]
fn a_bill_that_is_right_gives_no_claim() {
    let folder = copy("intl-clean");
    let (status, text, _) = ran(folder.path(), &["reconcile", "c", "--dispute"]);
    assert_eq!(status, 0);
    assert!(!text.contains("Claimed back"), "{text}");
    assert!(!folder.path().join("reports/100000000101-2024-10/dispute").exists());
}

#[test]
fn a_report_with_a_claim_is_replayed_to_the_byte_and_replaced_whole() {
    let folder = copy("intl-wrong");
    let root = folder.path();
    assert_eq!(ran(root, &["reconcile", "c", "--dispute"]).0, 1);
    let report = format!("reports/{REPORT}");
    let (status, text, errors) = ran(root, &["replay", &report]);
    assert_eq!(status, 0, "{text}{errors}");
    fs::write(root.join(&report).join("dispute/usage.csv"), "other\n").unwrap();
    let (status, text, _) = ran(root, &["replay", &report]);
    assert!(status == 1 && text.contains("dispute/usage.csv: line 1"), "{text}");
    assert_eq!(ran(root, &["reconcile", "c"]).0, 1);
    assert!(!root.join(&report).join("dispute").exists(), "the report is replaced as a whole");
}

/// The workbook of a report with what a person wrote, in columns of another order.
fn write_notes(report: &Path, headings: [&str; 4], rows: &[[&str; 4]]) {
    let mut book = Workbook::new();
    book.add_worksheet().write_string(0, 0, "something else").unwrap();
    let sheet = book.add_worksheet();
    for (row, cells) in (0..).zip(std::iter::once(&headings).chain(rows)) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, *cell).unwrap();
        }
    }
    fs::write(report.join("reconciliation.xlsx"), book.save_to_buffer().unwrap()).unwrap();
}

/// followup.csv by id, without the id.
fn followed(report: &Path) -> BTreeMap<String, String> {
    let text = read(&report.join("followup.csv"));
    let cut = |line: &str| line.split_once(',').map(|(id, rest)| (id.to_owned(), rest.to_owned()));
    text.lines().skip(1).filter_map(cut).collect()
}

/// The second bill: the duplicate is gone, the wrong price is another, a line is missing.
fn issue_again(root: &Path) {
    let text = read(&bill(root));
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // 2,532 min at 4.89 are 12.38148: 2.2788 too much.
    lines[8] = lines[8].replace("4.99", "4.89").replace("12.63468", "12.38148");
    lines.remove(75);
    lines.remove(1);
    fs::write(bill(root), lines.join("\n") + "\n").unwrap();
}

#[test]
fn findings_are_followed_from_run_to_run() {
    let folder = copy("intl-wrong");
    let root = folder.path();
    assert_eq!(ran(root, &["reconcile", "c", "--out", "one"]).0, 1);
    let one = root.join("one").join(REPORT);
    let rows = [["li", "15826340b288", "ticket 7, = \"open\"", "disputed"], ["", "5f390a5e5c66", "", "accepted"]];
    write_notes(&one, ["Owner", "ID", "Comment", "Status"], &rows);
    issue_again(root);
    let (status, text, errors) = ran(root, &["reconcile", "c", "--previous", "one", "--out", "two"]);
    assert_eq!(status, 1, "{errors}");
    assert!(text.contains("Since the earlier report: 1 new, 4 open, 1 changed, 1 gone, 0 of other months"), "{text}");
    let two = root.join("two").join(REPORT);
    let entries = followed(&two);
    let expect = |id: &str, rest: &str| assert_eq!(entries.get(id).map(String::as_str), Some(rest), "{id}");
    expect("b41f455da144", "changed,2025-03,2,,,,1400000201,2025-03-04,av.hd,unit_price,2.2788,2.532");
    let comment = "\"ticket 7, = \"\"open\"\"\"";
    expect(
        "15826340b288",
        &format!("open,2025-03,2,disputed,li,{comment},1400000201,2025-03-28,av.hd,item,10.06,10.06"),
    );
    expect("5f390a5e5c66", "open,2025-03,2,accepted,,,1400000201,2025-03-13,av.hd,deduction,9.52014,9.52014");
    expect("1c61a9f8b639", "gone,2025-03,1,,,,1400000202,2025-03-27,av.audio,duplicate,,0.02079");
    let fresh: Vec<&String> = entries.values().filter(|rest| rest.starts_with("new,2025-03,1,")).collect();
    assert!(fresh.len() == 1 && fresh[0].contains("2025-03-01,av.audio,missing_in_bill,-0.01881,"), "{fresh:?}");
    replayed_without_the_earlier_report(root);
    third_run(root);
}

fn replayed_without_the_earlier_report(root: &Path) {
    fs::remove_dir_all(root.join("one")).unwrap();
    let (status, text, errors) = ran(root, &["replay", &format!("two/{REPORT}"), "c"]);
    assert_eq!(status, 0, "{text}{errors}");
}

/// The age grows, what was written stays, also where the report is written over
/// the one that it follows; what was gone is told once.
fn third_run(root: &Path) {
    let two = root.join("two").join(REPORT);
    let rows = [["王", "b41f455da144", "", "disputed"], ["li", "15826340b288", "ticket 7", "credited"]];
    write_notes(&two, ["负责人", "编号", "备注", "状态"], &rows);
    let (status, text, errors) = ran(root, &["reconcile", "c", "--previous", "two", "--out", "two"]);
    assert_eq!(status, 1, "{text}{errors}");
    let entries = followed(&two);
    assert!(entries["b41f455da144"].starts_with("open,2025-03,3,disputed,王,,"), "{entries:?}");
    assert!(entries["15826340b288"].starts_with("open,2025-03,3,credited,li,ticket 7,"), "{entries:?}");
    assert!(entries["5f390a5e5c66"].starts_with("open,2025-03,3,accepted,,,"), "{entries:?}");
    assert!(!entries.contains_key("1c61a9f8b639"));
    assert_eq!(ran(root, &["replay", &format!("two/{REPORT}"), "c"]).0, 0);
    // The tool's own workbook carries what was brought over; what nobody touched is open.
    assert_eq!(ran(root, &["reconcile", "c", "--previous", "two", "--out", "four"]).0, 1);
    let entries = followed(&root.join("four").join(REPORT));
    assert!(entries["b41f455da144"].starts_with("open,2025-03,4,disputed,王,,"), "{entries:?}");
    assert!(entries["5f390a5e5c66"].starts_with("open,2025-03,4,accepted,,,"), "{entries:?}");
    assert!(entries["7f1737316d74"].starts_with("open,2025-03,4,open,,,"), "{entries:?}");
}

#[test]
fn an_earlier_report_of_another_account_is_refused() {
    let folder = copy("intl-wrong");
    let root = folder.path();
    let clean = samples::folder().join("intl-clean");
    ran(root, &["reconcile", &clean.to_string_lossy(), "--out", "other"]);
    let (status, _, errors) =
        ran(root, &["reconcile", "c", "--previous", "other/100000000101-2024-10", "--out", "new"]);
    assert_eq!(status, 2);
    assert!(errors.contains("error[previous-report]") && errors.contains("100000000101"), "{errors}");
    assert!(!root.join("new").join(REPORT).exists());
    assert_eq!(ran(root, &["reconcile", "c", "--previous", "nowhere", "--out", "new"]).0, 2);
    // A folder of reports without one of this account: a first run.
    let (status, _, errors) = ran(root, &["reconcile", "c", "--previous", "other", "--out", "new"]);
    assert_eq!(status, 1);
    assert!(errors.contains("warning[previous-none]"), "{errors}");
}

/// Two rows of one finding that say different things are not guessed between.
#[test]
fn notes_that_contradict_one_another_are_refused() {
    let folder = copy("intl-wrong");
    let root = folder.path();
    assert_eq!(ran(root, &["reconcile", "c", "--out", "one"]).0, 1);
    let rows = [["li", "15826340b288", "", "open"], ["wu", "15826340b288", "", "open"]];
    write_notes(&root.join("one").join(REPORT), ["owner", "id", "comment", "status"], &rows);
    let (status, _, errors) = ran(root, &["reconcile", "c", "--previous", "one", "--out", "two"]);
    assert_eq!(status, 2);
    assert!(errors.contains("error[previous-twice]") && errors.contains("15826340b288"), "{errors}");
}

/// What people wrote, and their files, stay when a report is written again.
#[test]
fn a_rerun_keeps_what_people_wrote() {
    let folder = copy("intl-wrong");
    let root = folder.path();
    let report = root.join("one").join(REPORT);
    let again = || ran(root, &["reconcile", "c", "--out", "one"]);
    assert_eq!(again().0, 1);
    let rows = [["li", "15826340b288", "ticket 7", "disputed"], ["", "5f390a5e5c66", "", "open"]];
    write_notes(&report, ["owner", "id", "comment", "status"], &rows);
    fs::write(report.join("mail.eml"), "from the vendor").unwrap();
    assert_eq!(again().0, 1);
    let kept = || fs::read_to_string(report.join("notes.json")).unwrap();
    let first = kept();
    assert!(first.contains("\"ticket 7\"") && first.contains("\"disputed\"") && first.contains("\"li\""), "{first}");
    assert!(!first.contains("5f390a5e5c66"), "nobody wrote of it: {first}");
    assert_eq!(fs::read(report.join("mail.eml")).unwrap(), b"from the vendor");
    // Nobody edited it since; the workbook has them, and they go on.
    assert_eq!(again().0, 1);
    assert_eq!(kept(), first);
    assert_eq!(ran(root, &["replay", &format!("one/{REPORT}"), "c"]).0, 0);
    // A workbook that cannot be read is not replaced, nor is a comparison by its charges alone.
    fs::write(report.join("reconciliation.xlsx"), "no workbook").unwrap();
    let (status, _, errors) = again();
    assert!(status == 2 && errors.contains("error[notes-unreadable]"), "{errors}");
    let (status, _, errors) = ran(root, &["rate", "c", "--out", "one"]);
    assert!(status == 2 && errors.contains("error[output-compared]"), "{errors}");
    assert_eq!(fs::read(report.join("reconciliation.xlsx")).unwrap(), b"no workbook");
}
