//! Containers, text and usage files: each file of `files/` departs from the plain one, `base`, in one way. It is
//! read as that one is, or refused by name.

use std::fs;
use std::path::Path;

use crate::commands::ran;

const CN: &str = "[account]\nuin = \"100000000901\"\nsite = \"cn\"\nregistered = 2021-04-08\n\
    first_app_created = 2021-04-12\nperiod = \"2024-05\"\n[[app]]\nsdk_app_id = 1400000901\nname = \"one\"\n";

/// A file of `files/`.
fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/field/files").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn base(folder: &str) -> String {
    String::from_utf8(file(&format!("base.{folder}.csv"))).unwrap().trim_start_matches('\u{feff}').to_owned()
}

/// Reconciles the plain case with other files in its folders; status and all that was said.
fn reconciled(others: &[(&str, &[u8])]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    for (path, content) in [("account.toml", CN.as_bytes())].iter().chain(others) {
        let path = case.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    for (kind, name) in [("usage", "base.usage.csv"), ("bills", "base.bills.csv")] {
        if !others.iter().any(|(path, _)| path.starts_with(kind)) {
            fs::create_dir_all(case.join(kind)).unwrap();
            fs::write(case.join(kind).join("base.csv"), file(name)).unwrap();
        }
    }
    let (status, out, err) = ran(folder.path(), &["reconcile", "case", "--lang", "en"]);
    (status, format!("{out}{err}"))
}

/// What the plain case comes to.
fn agrees(path: &str, content: &[u8]) {
    let (status, said) = reconciled(&[(path, content)]);
    let figures = "verdict=reconciled expected=1.204 billed=1.204 difference=0";
    assert!(status == 0 && said.contains(figures), "{path}: {status}\n{said}");
}

fn refused(path: &str, content: &[u8], code: &str) -> String {
    let (status, said) = reconciled(&[(path, content)]);
    assert!(status == 2 && said.contains(&format!("error[{code}]")), "{path}: {status}\n{said}");
    said
}

#[test]
fn files_as_they_come_are_read_as_the_plain_one_is() {
    for name in [
        "bill-xlsx-float-tail.bills.xlsx",
        "bill-yen-sign.bills.csv",
        "csv-backtick.usage.csv",
        "csv-comma-ends-header.usage.csv",
        "csv-equals-quote.usage.csv",
        "csv-first-column-empty.usage.csv",
        "csv-footer-note.usage.csv",
        "csv-space-after-quote.usage.csv",
        "csv-time-am-pm-en.usage.csv",
        "csv-unicode-text.usage.csv",
        "csv-utf16-without-bom.usage.csv",
        "text-named-xls.usage.xls",
        "usage-json-dosage.usage.json",
        "usage-same-interval-call-and-live.usage.csv",
        "usage-same-interval-unequal.usage.csv",
        "xls-codepage-1252.usage.xls",
        "xls-embedded-workbook.usage.xls",
        "xls-of-sheetjs.usage.xls",
        "xlsb-short-records.usage.xlsb",
        "xlsx-dimension-a0.usage.xlsx",
        "xlsx-empty-shared-string.usage.xlsx",
        "xlsx-hidden-rows.usage.xlsx",
        "xlsx-prefix-x.usage.xlsx",
        "xlsx-target-backslash.usage.xlsx",
        "xlsx-two-line-header.usage.xlsx",
        "xlsx-x000D.usage.xlsx",
        "xlsx-zip-time-differs.usage.xlsx",
        "zip-bill-pack.bills.zip",
        "zip-of-a-mac.bills.zip",
    ] {
        let folder = if name.contains(".bills.") { "bills" } else { "usage" };
        agrees(&format!("{folder}/{name}"), &file(name));
    }
    // The name of the file says the application and the service.
    agrees("usage/DescribeTrtcUsage_1400000901.json", &file("json-error-null.usage.json"));
}

#[test]
fn what_is_no_figure_is_refused_by_name() {
    for (name, code, what) in [
        ("bill-xlsx-long-id.bills.xlsx", "excel-long-number", "2.0240501400000559E+22"),
        ("csv-unquoted-comma.usage.csv", "csv-row-width", "the row has 21 fields, the header (row 1) has 20"),
        ("html-named-xls.usage.xls", "excel-not-a-workbook", "a web page (HTML)"),
        ("xlsb-formula-error-row.usage.xlsb", "excel-error-cell", "#N/A"),
        ("xlsx-date-serial-as-text.usage.xlsx", "usage-time", "serial number stored as text"),
        ("xlsx-never-calculated.usage.xlsx", "excel-formula-no-value", "the file holds no result"),
        ("zip-bzip2.bills.zip", "zip-method", "pack it again as plain zip"),
    ] {
        let folder = if name.contains(".bills.") { "bills" } else { "usage" };
        let said = refused(&format!("{folder}/{name}"), &file(name), code);
        assert!(said.contains(what), "{name}\n{said}");
    }
}

/// The plain usage with each text of a kind in another form.
fn usage(change: impl Fn(&str) -> String) -> Vec<u8> {
    base("usage").lines().map(|line| change(line) + "\n").collect::<String>().into_bytes()
}

#[test]
fn text_of_the_same_kinds_reads_alike() {
    let app = |to: &str| usage(|line| line.replace(",1400000901,", &format!(",{to},")));
    for (what, content) in [
        ("an id behind an apostrophe", app("'1400000901")),
        ("an id before a tab", app("1400000901\t")),
        ("an id as a formula in quotes", app("\"=\"\"1400000901\"\"\"")),
        (
            "one empty field more than the header",
            usage(|line| if line.contains("日期") { line.to_owned() } else { line.to_owned() + "," }),
        ),
        (
            "Chinese dates",
            usage(|line| line.replace("2024-05-01", "2024年5月1日").replace("2024-05-02", "2024年5月2日")),
        ),
        ("morning", usage(|line| line.replace(" 09:3", " 上午 9:3").replace(" 10:0", " 上午10:0"))),
        ("a float's tail", usage(|line| line.replace(",678,", ",678.00000000000001,"))),
        ("a count below", usage(str::to_owned).into_iter().chain("共 7 条记录\n".bytes()).collect()),
    ] {
        let (status, said) = reconciled(&[("usage/u.csv", &content)]);
        assert!(status == 0 && said.contains("expected=1.204"), "{what}: {status}\n{said}");
    }
    let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    agrees("usage/u.csv", &big(&base("usage")));
    agrees("usage/u.xlsx", base("usage").as_bytes());
    // A note is told with its reason.
    let (_, said) = reconciled(&[("usage/u.csv", &file("csv-footer-note.usage.csv"))]);
    assert!(!said.contains("csv-row-width"), "{said}");
    // A cut row is none.
    let cut = base("usage") + "2024-05-31,100000000901,minute,p_rav\n";
    refused("usage/u.csv", cut.as_bytes(), "csv-row-width");
}

#[test]
fn the_sign_of_a_currency_is_read_and_another_one_is_refused() {
    agrees("bills/b.csv", base("bills").replace(",0.756,", ",0.756元,").as_bytes());
    let dollars = base("bills").replace(",0.756,", ",$0.756,");
    let said = refused("bills/b.csv", dollars.as_bytes(), "bill-number");
    assert!(said.contains("another currency"), "{said}");
}

#[test]
fn rows_that_differ_in_an_attribute_add_up_and_copies_do_not() {
    let plain = base("usage");
    let row = plain.lines().find(|line| line.contains("语音") && line.contains(",300,")).unwrap();
    let part = |quantity: &str, zone: &str| {
        let tier = "[{\"\"Key\"\":\"\"tgr\"\",\"\"Value\"\":\"\"语音\"\"}]";
        let more = format!(
            "[{{\"\"Key\"\":\"\"tgr\"\",\"\"Value\"\":\"\"语音\"\"}},{{\"\"Key\"\":\"\"zoneId\"\",\"\"Value\"\":\"\"{zone}\"\"}}]"
        );
        assert!(row.contains(tier));
        row.replace(",300,", &format!(",{quantity},")).replace(tier, &more) + "\n"
    };
    let with = |rows: &[String]| plain.replace(&format!("{row}\n"), &rows.concat());
    agrees("usage/u.csv", with(&[part("150", "1"), part("150", "2")]).as_bytes());
    agrees("usage/u.csv", with(&[part("100", "1"), part("150", "2"), part("50", "3"), part("50", "3")]).as_bytes());
    // Nothing but the figure differs: neither a copy nor a part.
    refused("usage/u.csv", with(&[part("150", "1"), part("151", "1")]).as_bytes(), "usage-conflict");
    // Two files that tell the same by their sums, and two that do not.
    let twice = |other: &str| {
        let (one, other) = (with(&[part("150", "1"), part("150", "2")]), with(&[part(other, "1"), part("150", "2")]));
        reconciled(&[("usage/a.csv", one.as_bytes()), ("usage/b.csv", other.as_bytes())])
    };
    assert_eq!(twice("150").0, 0);
    assert!(twice("149").1.contains("error[usage-conflict]"));
}

#[test]
fn pages_of_the_usage_api_are_one_table() {
    let whole: serde_json::Value = serde_json::from_slice(&file("usage-json-dosage.usage.json")).unwrap();
    let records = whole["Response"]["Record"].as_array().unwrap();
    let (first, last) = records.split_at(3);
    let page =
        |records: &[serde_json::Value]| serde_json::json!({"Response": {"Record": records, "Error": null}}).to_string();
    agrees("usage/u.json", format!("{}\n{}", page(first), page(last)).as_bytes());
    agrees("usage/u.json", format!("[{},{}]", page(first), page(last)).as_bytes());
    let (one, other) = (page(first), page(last));
    let (status, said) = reconciled(&[("usage/1.json", one.as_bytes()), ("usage/2.json", other.as_bytes())]);
    assert_eq!(status, 0, "{said}");
}

#[test]
fn a_file_that_was_saved_in_excel_is_refused_once() {
    let spoilt = usage(|line| {
        let line = line.replace("2024-05-01 09:30:00", "30:00.0").replace("2024-05-02 10:05:00", "05:00.0");
        line.replace(",1400000901,", ",1.4E+09,").replace(",100000000901,", ",1E+11,")
    });
    let said = refused("usage/u.csv", &spoilt, "usage-of-excel");
    assert_eq!(said.matches("error[").count(), 1, "{said}");
    assert!(said.contains("6 more rows like it"), "{said}");
}

#[test]
fn old_workbooks_are_read_by_their_root() {
    // A container whose only workbook is embedded holds none.
    let mut bytes = file("xls-embedded-workbook.usage.xls");
    let name: Vec<u8> = "Workbook\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, &name).collect();
    assert_eq!(places.len(), 2);
    let without = |place: usize| {
        let mut one = bytes.clone();
        one[place] = b'X';
        reconciled(&[("usage/u.xls", &one)])
    };
    // Without the embedded one all is as it was; without the own one nothing is read.
    let mut outcomes = places.into_iter().map(without).collect::<Vec<_>>();
    outcomes.sort();
    assert_eq!([outcomes[0].0, outcomes[1].0], [0, 2], "{outcomes:?}");
    assert!(outcomes[1].1.contains("its container holds no workbook"), "{}", outcomes[1].1);
    bytes.truncate(4096);
    refused("usage/u.xls", &bytes, "excel-legacy-unreadable");
}

#[test]
fn lines_below_a_table_are_no_rows_of_it() {
    for note in [
        "数据导出时间：2024-06-01 10:00:00",
        "Exported by the console on 2024-06-01, UTC+8",
        "\"备注\",\"本表由系统生成\"",
        "----",
        "Total rows: 7",
        "第1页/共1页",
        "（完）",
        "共 7 条记录，已全部导出",
        "以上用量均为秒。",
    ] {
        agrees("usage/u.csv", (base("usage") + note + "\r\n").as_bytes());
        agrees("bills/b.csv", (base("bills") + note + "\r\n").as_bytes());
    }
}

/// The two halves of the usage, each with the header.
fn halves(rows: &[String]) -> [Vec<u8>; 2] {
    let header = base("usage").lines().next().unwrap().to_owned();
    let (first, last) = rows.split_at(rows.len() / 2);
    [first, last].map(|rows| format!("{header}\n{}\n", rows.join("\n")).into_bytes())
}

#[test]
fn a_slot_on_two_pages_adds_up_and_a_copy_does_not() {
    let rows: Vec<String> = base("usage").lines().skip(1).map(str::to_owned).collect();
    let at = rows.iter().position(|row| row.contains("语音") && row.contains(",300,")).unwrap();
    let pages = |call: &str, live: &str| {
        let mut rows = rows.clone();
        let of_live = rows[at].replace("音视频通话", "互动直播").replace(",300,", &format!(",{live},"));
        rows[at] = rows[at].replace(",300,", &format!(",{call},"));
        rows.push(of_live);
        halves(&rows)
    };
    for (call, live) in [("150", "150"), ("140", "160")] {
        let [one, other] = pages(call, live);
        let (status, said) = reconciled(&[("usage/1.csv", &one), ("usage/2.csv", &other)]);
        assert!(status == 0 && said.contains("expected=1.204"), "{call} {live}: {status}\n{said}");
    }
    // The same export, saved by another program with its times in another form: once.
    let saved = base("usage").replace("2024-05-0", "2024/5/").replace("2024-05-31", "2024/5/31");
    let (status, said) = reconciled(&[("usage/1.csv", base("usage").as_bytes()), ("usage/2.csv", saved.as_bytes())]);
    assert!(status == 0 && said.contains("expected=1.204"), "{status}\n{said}");
}

#[test]
fn files_put_together_repeat_the_header() {
    let (header, rows) = base("usage").split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let (first, last) = rows.split_at(rows.match_indices('\n').nth(3).unwrap().0 + 1);
    agrees("usage/u.csv", format!("{header}\n{first}{header}\n{last}").as_bytes());
}

#[test]
fn marks_that_nobody_sees_are_no_part_of_an_id() {
    agrees("usage/u.csv", base("usage").replace(",1400000901,", ",\u{200e}1400000901\u{202c},").as_bytes());
    agrees("bills/b.csv", base("bills").replace(",1400000901,", ",\u{2066}1400000901\u{2069},").as_bytes());
}

#[test]
fn a_bill_may_be_utf_16_without_a_mark() {
    // 开 is 5F00: half of it looks like half of a digit.
    for bytes in [u16::to_be_bytes as fn(u16) -> [u8; 2], u16::to_le_bytes] {
        agrees("bills/b.csv", &base("bills").encode_utf16().flat_map(bytes).collect::<Vec<u8>>());
    }
}

#[test]
fn figures_that_are_another_number_are_refused() {
    let comma = base("bills").replace(",0.756,", ",\"0,756\",");
    refused("bills/b.csv", comma.as_bytes(), "bill-number");
    let percent = base("bills").replace(",0.756,", ",0.756%,");
    let said = refused("bills/b.csv", percent.as_bytes(), "bill-number");
    assert!(said.contains("a percent sign belongs to a rate alone"), "{said}");
}

#[test]
fn a_bill_that_was_saved_in_excel_is_refused_once() {
    let ids = base("bills").replace("100000000901,", "1E+11,").replace(",2024-05\n", ",May-24\n");
    for spoilt in [ids, base("bills").replace(",2024-05-01 00:00:00,", ",########,")] {
        let said = refused("bills/b.csv", spoilt.as_bytes(), "bill-of-excel");
        assert_eq!(said.matches("error[").count(), 1, "{said}");
    }
}

#[test]
fn errors_of_one_reason_are_one_message() {
    let said = refused("usage/u.xlsb", &file("xlsb-formula-error-row.usage.xlsb"), "excel-error-cell");
    assert!(said.contains("such cells in this row)") && said.matches("error[").count() == 1, "{said}");
    let said = refused("usage/u.xlsx", &file("xlsx-date-serial-as-text.usage.xlsx"), "usage-time");
    assert!(said.contains("(and 6 more rows like it)") && said.matches("error[").count() == 1, "{said}");
    let said = refused("bills/b.xlsx", &file("bill-xlsx-long-id.bills.xlsx"), "excel-long-number");
    assert!(said.contains("2.0240501400000559E+22"), "{said}");
}

#[test]
fn workbooks_of_other_times_are_named() {
    for (bytes, name) in [
        (&b"\x09\x00\x04\x00\x02\x00\x10\x00"[..], "a workbook of Excel 2, 3 or 4"),
        (b"\x09\x04\x06\x00\x00\x00\x10\x00\x00\x00", "a workbook of Excel 2, 3 or 4"),
        (
            b"<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"/>",
            "an XML spreadsheet of 2003",
        ),
    ] {
        let said = refused("usage/u.xls", bytes, "excel-not-a-workbook");
        assert!(said.contains(name), "{said}");
    }
}

#[test]
fn entries_of_a_response_are_taken_without_it() {
    let whole: serde_json::Value = serde_json::from_slice(&file("usage-json-dosage.usage.json")).unwrap();
    let records = whole["Response"]["Record"].as_array().unwrap();
    agrees("usage/u.json", serde_json::to_string(records).unwrap().as_bytes());
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    agrees("usage/u.json", lines.as_bytes());
}
