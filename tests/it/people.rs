//! What people read of one month: names, what to do next, the head of the letter, one line to send.

use std::fs;
use std::path::Path;

use crate::commands::ran;
use crate::samples;

/// A copy of a sample's account.toml and links to its files, with more in account.toml.
fn case(place: &Path, sample: &str, more: &str) {
    let (from, to) = (samples::folder().join(sample), place.join("c"));
    for folder in ["usage", "bills"] {
        fs::create_dir_all(to.join(folder)).unwrap();
        for entry in fs::read_dir(from.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, to.join(folder).join(path.file_name().unwrap())).unwrap();
        }
    }
    let account = fs::read_to_string(from.join("account.toml")).unwrap();
    fs::write(
        to.join("account.toml"),
        format!("{}\n{more}", account.replacen("[account]", "[account]\nname = \"acme\"", 1)),
    )
    .unwrap();
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn names_stand_beside_the_numbers() {
    let place = tempfile::tempdir().unwrap();
    case(place.path(), "intl-wrong", "");
    let account = place.path().join("c/account.toml");
    fs::write(&account, read(&account).replace("name = \"events\"", "name = \"events\"\ndepartment = \"Marketing\""))
        .unwrap();
    let (_, text, errors) = ran(place.path(), &["reconcile", "c", "--out", "out"]);
    assert!(text.starts_with("acme (100000000102) 2025-03: "), "{text}{errors}");
    assert!(text.contains("1400000201 events"), "{text}");
    let report = place.path().join("out/100000000102-2025-03");
    let page = read(&report.join("reconciliation.html"));
    for shown in ["<dd>acme (100000000102)</dd>", "events (1400000201)", "Marketing"] {
        assert!(page.contains(shown), "the page has no {shown}");
    }
    let result: serde_json::Value = serde_json::from_str(&read(&report.join("reconciliation.json"))).unwrap();
    assert_eq!((result["account_name"].as_str(), result["account"].as_str()), (Some("acme"), Some("100000000102")));
    let apps = serde_json::json!([
        {"sdk_app_id": "1400000201", "name": "events", "department": "Marketing"},
        {"sdk_app_id": "1400000202", "name": "support", "department": ""},
    ]);
    assert_eq!(result["apps"], apps);
    let sides: Vec<&str> =
        result["bridge"].as_array().unwrap().iter().map(|step| step["side"].as_str().unwrap()).collect();
    assert_eq!(&sides[..4], ["vendor"; 4]);
}

#[test]
fn what_our_side_lacks_is_on_the_page_with_the_lines_to_paste() {
    let place = tempfile::tempdir().unwrap();
    case(place.path(), "ours-discount-missing", "");
    let (status, text, errors) = ran(place.path(), &["reconcile", "c", "--out", "out"]);
    assert_eq!(status, 3, "{errors}");
    assert!(text.contains("begin with what our side lacks, below"), "{text}");
    let page = read(&place.path().join("out/100000000154-2025-03/reconciliation.html"));
    let first_screen = page.split("</header>").next().unwrap();
    assert!(first_screen.contains("<pre>[contract]\ndiscount = &quot;0.85&quot;</pre>"), "{first_screen}");
}

/// Nothing on our side explains the bill, and all usage is there by the user's word: that word is not asked for again.
#[test]
fn complete_usage_is_not_advised_where_it_is_said() {
    let gaps = "[usage] complete = true";
    for (complete, advised) in [("false", true), ("true", false)] {
        let place = tempfile::tempdir().unwrap();
        case(place.path(), "why-partial-minute", "");
        let account = place.path().join("c/account.toml");
        fs::write(&account, read(&account).replace("complete = true", &format!("complete = {complete}"))).unwrap();
        let (_, text, _) = ran(place.path(), &["reconcile", "c", "--out", "out"]);
        assert_eq!(text.contains(gaps), advised, "{text}");
    }
}

#[test]
fn the_letter_has_its_head_from_the_account() {
    let place = tempfile::tempdir().unwrap();
    let head = "[letter]\nto = \"Tencent Cloud\"\ncompany = \"Acme Ltd\"\ncontact = \"Li Lei\"\ndate = 2025-04-03\n";
    case(place.path(), "intl-wrong", head);
    let (_, _, errors) = ran(place.path(), &["reconcile", "c", "--out", "out", "--dispute"]);
    let letters = place.path().join("out/100000000102-2025-03/dispute");
    let english = read(&letters.join("letter.en.md"));
    assert!(
        english.contains("- To: Tencent Cloud\n- Company: Acme Ltd\n- Contact: Li Lei\n- Date: 2025-04-03\n"),
        "{english}{errors}"
    );
    assert!(read(&letters.join("letter.zh.html")).contains("<li>日期：2025-04-03</li>"));
}

#[test]
fn one_line_is_a_page_to_send() {
    let place = tempfile::tempdir().unwrap();
    let case = samples::folder().join("intl-wrong").to_string_lossy().into_owned();
    let line = "1400000201/2025-03-13/av.hd";
    let (status, page, errors) = ran(place.path(), &["explain", &case, line, "--format", "html"]);
    assert_eq!(status, 0, "{errors}");
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">") && page.ends_with("</html>\n"), "{page}");
    let (_, text, _) = ran(place.path(), &["explain", &case, line]);
    for said in text.lines().filter(|said| !said.contains(['\'', '"', '<', '&'])) {
        assert!(page.contains(said.trim()), "the page has no {said}");
    }
}

#[test]
fn a_case_begins_in_chinese_where_chinese_is_spoken() {
    for (lang, word) in [("zh", "# 账期"), ("en", "# the billing month")] {
        let place = tempfile::tempdir().unwrap();
        let (status, _, errors) = ran(place.path(), &["init", "c", "--lang", lang]);
        assert_eq!(status, 0, "{errors}");
        assert!(read(&place.path().join("c/account.toml")).contains(word));
    }
}
