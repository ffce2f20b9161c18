//! A rate card from a folder: data, no code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

fn embedded(card: &str) -> String {
    let cards = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules/cards");
    fs::read_to_string(cards.join(format!("{card}.toml"))).unwrap()
}

/// Rates ten minutes of HD by the card `house-2026` that stands in a folder.
fn rate_by(card: &str) -> (Output, PathBuf, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let (case, cards) = (folder.path().join("case"), folder.path().join("cards"));
    fs::create_dir_all(case.join("usage")).unwrap();
    fs::create_dir_all(&cards).unwrap();
    fs::write(cards.join("house-2026.toml"), card).unwrap();
    fs::write(
        case.join("account.toml"),
        "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\nfirst_app_created = 2023-03-02\n\
         period = \"2026-01\"\ncard = \"house-2026\"\n[[app]]\nsdk_app_id = 1400000001\n",
    )
    .unwrap();
    fs::write(
        case.join("usage/usage.csv"),
        "start,end,sdk_app_id,item,quantity,unit\n2026-01-08 00:00:00,2026-01-08 00:05:00,1400000001,av.hd,600,s\n",
    )
    .unwrap();
    let out = folder.path().join("out");
    let run = crate::program()
        .args(["rate", "--format", "csv", "--cards"])
        .arg(&cards)
        .arg("--out")
        .arg(&out)
        .arg(&case)
        .output()
        .unwrap();
    (run, out.join("100000000001-2026-01/charges.csv"), folder)
}

/// The card of 2024 under another name, with another price of HD.
fn house_card() -> String {
    embedded("intl-2024").replacen("id = \"intl-2024\"", "id = \"house-2026\"", 1).replacen(
        "\"av.hd\" = \"3.99\"",
        "\"av.hd\" = \"4.1\"",
        1,
    )
}

/// The card without its `[[applies]]`: it rules only where account.toml names it.
fn without_dates(card: &str) -> String {
    let (head, rest) = card.split_once("[[applies]]").unwrap();
    let (_, rest) = rest.split_once("\n[").unwrap();
    format!("{head}[{rest}")
}

#[test]
fn a_card_of_a_folder_rates() {
    let (run, charges, _folder) = rate_by(&without_dates(&house_card()));
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let charges = fs::read_to_string(charges).unwrap();
    // 600 s are 10 minutes at 4.1 per 1,000.
    assert!(charges.contains("2026-01-08,av.hd,min,600,10,0,10,0.0041,0.041,USD,house-2026"), "{charges}");
}

#[test]
fn a_broken_card_is_refused_with_its_line() {
    let card = without_dates(&house_card()).replacen("\"av.hd\" = \"4.1\"", "\"av.hdd\" = \"4.1\"", 1);
    let line = card.lines().position(|line| line.contains("av.hdd")).unwrap() + 1;
    let (run, charges, _folder) = rate_by(&card);
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(2), "{said}");
    assert!(said.contains("av.hdd") && said.contains("av.hd`"), "the nearest item is named: {said}");
    assert!(said.contains(&format!("!{line}")) || said.contains(&format!("{line} |")), "line {line}: {said}");
    assert!(!charges.exists(), "nothing is written");
}
