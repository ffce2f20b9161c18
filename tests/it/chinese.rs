//! The Chinese of the program is whole: no English word is left in a text for people.

use std::fs;
use std::path::Path;

use trtc_recon::i18n::Lang;
use trtc_recon::i18n::catalogue::translated;

/// Words that stay: names of files, keys, commands, values, and units.
const NAMES: [&str; 76] = [
    "page",
    "kbps",
    "account",
    "toml",
    "app",
    "grant",
    "subscription",
    "contract",
    "price",
    "prices",
    "usage",
    "bills",
    "packages",
    "bill",
    "cut",
    "period",
    "minutes",
    "opening",
    "paid",
    "path",
    "site",
    "card",
    "cards",
    "list",
    "discount",
    "id",
    "csv",
    "tsv",
    "txt",
    "xlsx",
    "xlsm",
    "xls",
    "xlsb",
    "et",
    "json",
    "parquet",
    "zip",
    "gzip",
    "utf",
    "reconcile",
    "rate",
    "check",
    "replay",
    "init",
    "none",
    "complete",
    "true",
    "false",
    "registered",
    "uin",
    "alias",
    "text",
    "item",
    "file",
    "unit",
    "start",
    "end",
    "quantity",
    "seconds",
    "room",
    "recording",
    "audio",
    "hd",
    "fhd",
    "min",
    "activity",
    "streams",
    "float",
    "settlement",
    "service",
    "rec",
    "mix",
    "granted",
    "after",
    "before",
    "taken",
];

/// Codes whose message repeats what another program, the vendor or the input says.
const QUOTING: [&str; 8] = [
    "account-syntax",
    "parquet-damaged",
    "json-api-error",
    "bill-transaction-type",
    "normalise-layout-unknown",
    "unknown-grant",
    "package-",
    "sign-unreadable",
];

/// Returns the English words of a text, apart from what stands in quotes, code, or as a key or value.
fn english(text: &str) -> Vec<String> {
    let mut rest = String::new();
    let mut quoted = None;
    for letter in text.chars() {
        match (quoted, letter) {
            (None, '`' | '"') => quoted = Some(letter),
            (None, '“') => quoted = Some('”'),
            (Some(end), _) if letter == end => quoted = None,
            (None, _) => rest.push(letter),
            _ => {}
        }
    }
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || "_-./:=#[]{}<>|*+%!~@$()".contains(letter);
    rest.split(|letter| !is_word(letter))
        .map(|word| word.trim_matches(['(', ')', '.', ':', '[', ']']))
        .filter(|word| word.len() > 1 && word.chars().all(|letter| letter.is_ascii_lowercase()))
        .filter(|word| !NAMES.contains(word))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_word_is_told_from_a_name() {
    assert_eq!(english("请检查 account.toml 的 `some key` 与 --out"), Vec::<String>::new());
    assert_eq!(english("无法 find 文件"), ["find"]);
}

/// Every message that an input can earn, in Chinese.
#[test]
fn diagnostics_are_chinese() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gallery");
    let mut left = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path().join("message.txt");
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines() {
            let message = line.split_once("]: ").filter(|(label, _)| !label.contains(' ')).map(|(_, message)| message);
            let Some(said) = message.or_else(|| line.trim_start().strip_prefix("help: ")) else { continue };
            let chinese = translated(Lang::Zh, said);
            let quoting = QUOTING.iter().any(|code| path.to_string_lossy().contains(code));
            if chinese == said || !(quoting || english(&chinese).is_empty()) {
                left.push(format!("{}: {said}\n    {chinese} {:?}", path.display(), english(&chinese)));
            }
        }
    }
    assert!(left.is_empty(), "{} texts:\n{}", left.len(), left.join("\n"));
}
