//! Cards from a folder, and each kind of broken card with its line.

use super::super::{Cards, load, timeline};
use super::account;
use crate::model::policy::Site;

#[test]
fn a_folder_adds_cards_and_never_replaces_one() {
    let folder = tempfile::tempdir().unwrap();
    let own = include_str!("../cards/cn-2022.toml").replace("\"cn-2022\"", "\"cn-2030\"");
    let later = own.replace("usage_from = 2022-08-01", "usage_from = 2030-01-01\nprecedence = 1");
    std::fs::write(folder.path().join("a.toml"), &later).unwrap();
    let cards = Cards::with_folder(folder.path()).unwrap();
    let segments = timeline(&cards, &account(Site::Cn, "2023-01-01")).unwrap();
    assert_eq!(segments.last().unwrap().reason, "derived: site cn, usage from 2030-01-01");

    std::fs::write(folder.path().join("a.toml"), &own).unwrap();
    let refused = Cards::with_folder(folder.path()).unwrap_err();
    let first = refused.iter().next().unwrap();
    assert_eq!((first.code, first.at.row), ("card-overlap", Some(8)));

    std::fs::write(folder.path().join("a.toml"), include_str!("../cards/cn-2022.toml")).unwrap();
    let refused = Cards::with_folder(folder.path()).unwrap_err();
    assert_eq!(refused.iter().next().unwrap().code, "card-exists");

    std::fs::remove_file(folder.path().join("a.toml")).unwrap();
    let refused = Cards::with_folder(folder.path()).unwrap_err();
    assert_eq!(refused.iter().next().unwrap().code, "card-unreadable");
}

/// Breaks the card `cn-2020` and returns the line, message and help of the refusal.
fn broken(good: &str, bad: &str) -> (u32, String) {
    let text = include_str!("../cards/cn-2020.toml");
    assert!(text.contains(good));
    let refused = load::parse("x.toml", &text.replacen(good, bad, 1)).unwrap_err();
    let first = refused.iter().next().unwrap();
    assert_eq!(first.code, "card-broken");
    (first.at.row.unwrap(), format!("{} | {}", first.message, first.help))
}

#[test]
fn a_broken_card_is_refused_with_its_line() {
    let says = |good: &str, bad: &str, row: u32, text: &str| {
        let (line, message) = broken(good, bad);
        assert!(line == row && message.contains(text), "line {line}: {message}");
    };
    says("usage_until =", "usage_untill =", 9, "did you mean `usage_until`?");
    says("bucket = \"settlement\"", "bucket = \"week\"", 29, "unknown variant `week`");
    says("\"av.sd\" = \"14.00\"", "\"av.ssd\" = \"14.00\"", 45, "unknown item `av.ssd`, did you mean `av.sd`?");
    says("\"14.00\"", "14.00", 45, "expected a string");
    says("\"14.00\"", "\"1.4e1\"", 45, "is not a figure");
    says("\"av.sd\" = \"14.00\", ", "", 38, "the tier `av.sd` has no price");
    says(
        "{ tier = \"sd\", px = 307_200 }",
        "{ tier = \"sd\", px = 921_600 }",
        38,
        "`hd` does not lie above that of `sd`",
    );
    says("source = \"后付费 (2020-09); 计费概述 (2020-05)\"", "", 27, "missing field `source`");
    says("source = \"后付费 (2020-09); 计费概述 (2020-05)\"", "source = \" \"", 31, "blank");
    says("usage_until = 2022-08-01", "usage_until = 2020-05-01", 7, "holds no day");
    says("\"av.4k\"]", "\"av.hd\"]", 48, "`av.hd` has a price of its own");
    says("\"cn-general-custom\"", "\"cn-general-custm\"", 63, "did you mean `cn-general-custom`?");
    says("per = 1000", "per = 100", 43, "`per` is 100");
}
