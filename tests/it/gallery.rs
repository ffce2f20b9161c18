//! The gallery: for each code that the tool can say, the smallest input that
//! earns it, and the whole message as a snapshot in `tests/gallery/<code>`.
//!
//! The codes are collected from the source: every text of the shape `ab-cd` in
//! `src/` is either a code with a case here, or named below as something else.
//! `BLESS=1` writes the snapshots anew; read each aloud before it is committed.

mod accounts;
mod bills;
mod commands;
mod files;
mod reports;
mod usage;
mod workbooks;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use trtc_recon::rules::{Cards, Plans};

use crate::run::side_by_side;
use crate::tidy;

/// The case that each input of the gallery spoils.
const ACCOUNT: &str = "[account]
uin = \"100000000001\"
site = \"intl\"
registered = 2023-03-01
first_app_created = 2023-03-02
period = \"2024-10\"

[[app]]
sdk_app_id = 1400000001
";
const USAGE: &str = "start,end,sdk_app_id,item,quantity,unit\n";
const ROW: &str = "2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,av.hd,600,s\n";
const BILL: &str = "产品名称,资源ID,交易类型,开始使用时间,结束使用时间,组件名称,组件单价,组件价格单位,组件用量,组件用量单位,优惠后总价,币种
实时音视频,1400000001,按量计费日结,2024-10-08 00:00:00,2024-10-08 23:59:59,高清HD,3.99,美元/千分钟,10,分钟,0.0399,USD
";

/// A row of nothing on each day, so that no case is told of gaps.
fn days() -> String {
    let day = |day: u32| format!("2024-10-{day:02},2024-10-{day:02},1400000001,rec.hd,0,s\n");
    format!("{USAGE}{}", (1..=31).map(day).collect::<String>())
}

/// What a file of a case is to hold.
enum Content {
    Text(String),
    Bytes(Vec<u8>),
    /// Not there at all.
    Gone,
}

/// An input that earns a code.
pub struct Case {
    code: &'static str,
    files: Vec<(String, Content)>,
    command: Vec<String>,
    /// What no file can say: links, pipes, a lock that is held.
    prepare: Option<fn(&Path) -> Box<dyn std::any::Any>>,
}

impl Case {
    fn new(code: &'static str, command: &str) -> Self {
        let command = command.split(' ').map(str::to_owned).collect();
        Self { code, files: Vec::new(), command, prepare: None }
    }

    /// `check`, with a file of the case spoiled.
    fn text(code: &'static str, path: &str, text: impl Into<String>) -> Self {
        Self::new(code, "check case").with(path, text)
    }

    fn bytes(code: &'static str, path: &str, bytes: Vec<u8>) -> Self {
        Self::new(code, "check case").bytes_of(path, &bytes)
    }

    fn bytes_of(mut self, path: &str, bytes: &[u8]) -> Self {
        self.files.push((format!("case/{path}"), Content::Bytes(bytes.to_vec())));
        self
    }

    fn with(mut self, path: &str, text: impl Into<String>) -> Self {
        self.files.push((format!("case/{path}"), Content::Text(text.into())));
        self
    }

    /// A file beside the case.
    fn beside(mut self, path: &str, text: impl Into<String>) -> Self {
        self.files.push((path.to_owned(), Content::Text(text.into())));
        self
    }

    fn without(mut self, path: &str) -> Self {
        self.files.push((format!("case/{path}"), Content::Gone));
        self
    }

    fn by(mut self, command: &str) -> Self {
        self.command = command.split(' ').map(str::to_owned).collect();
        self
    }

    fn prepared(mut self, prepare: fn(&Path) -> Box<dyn std::any::Any>) -> Self {
        self.prepare = Some(prepare);
        self
    }

    /// Runs it; what was done and what was said.
    fn shown(&self) -> String {
        let folder = tempfile::tempdir().unwrap();
        let base = [
            ("account.toml", ACCOUNT.to_owned()),
            ("usage/usage.csv", format!("{USAGE}{ROW}")),
            ("usage/days.csv", days()),
            ("bills/bill.csv", BILL.to_owned()),
        ];
        for (path, text) in base {
            put(&folder.path().join("case").join(path), text.as_bytes());
        }
        let mut text = String::new();
        for (path, content) in &self.files {
            match content {
                Content::Text(content) => {
                    put(&folder.path().join(path), content.as_bytes());
                    let _ = write!(text, "$ cat {path}\n{}", excerpt(content));
                }
                Content::Bytes(content) => {
                    put(&folder.path().join(path), content);
                    let _ = writeln!(text, "$ file {path}");
                }
                Content::Gone => {
                    fs::remove_file(folder.path().join(path)).unwrap();
                    let _ = writeln!(text, "$ rm {path}");
                }
            }
        }
        let _held = self.prepare.map(|prepare| prepare(folder.path()));
        let mut command = crate::program();
        let output = command.args(&self.command).current_dir(folder.path()).output().unwrap();
        let _ = writeln!(text, "$ trtc-recon {}", self.command.join(" "));
        let part = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let _ = writeln!(text, "== exit status {}", output.status.code().unwrap());
        let _ = write!(text, "== standard output\n{}", part(output.stdout));
        let _ = write!(text, "== standard error\n{}", part(output.stderr));
        text
    }
}

/// A text as far as it says something: the first lines, each as far as it fits.
fn excerpt(text: &str) -> String {
    let cut = |line: &str| {
        let start: String = line.chars().take(400).collect();
        if start.len() == line.len() { start } else { format!("{start}… ({} characters)", line.chars().count()) }
    };
    let lines: Vec<&str> = text.lines().collect();
    let shown: String = lines.iter().take(20).map(|line| cut(line) + "\n").collect();
    if lines.len() > 20 { format!("{shown}… ({} lines)\n", lines.len()) } else { shown }
}

fn put(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn cases() -> Vec<Case> {
    [
        accounts::cases(),
        usage::cases(),
        bills::cases(),
        files::cases(),
        workbooks::cases(),
        commands::cases(),
        reports::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Codes that no small input can earn, and where each is proved instead.
const NOT_SHOWN: &[(&str, &str)] = &[
    ("csv-too-many-rows", "needs a file of more than four thousand million lines"),
    ("json-too-large", "needs a file of more than 256 MiB"),
    ("file-changed", "needs another program that writes to the file between two reads of it"),
    ("input-changed", "needs another program that writes to the file while the report is made"),
    ("internal-error", "is a defect of this program; none is known"),
    ("parquet-not-built-in", "is said by a program that was built without Parquet; src/read/tests.rs has it"),
    ("output-read-back", "needs a disk that gives back other bytes than it took"),
    ("split-not-equal", "needs a disk that gives back other bytes than it took"),
    ("output-too-large", "needs a table that no sheet of Excel holds"),
    ("replay-report", "needs a report that may not be read, which whoever runs as root never meets"),
    ("card-gap", "the cards of the program leave no day open, and a card of one's own can only add days"),
];

/// Texts of the shape of a code that are none, beside the names of cards and plans.
const NOT_CODES: &[&str] = &[
    // Encodings, formats and settings as they are typed, and names of other things.
    "utf-8",
    "utf-16le",
    "utf-16be",
    "yyyy-mm-dd",
    "trtc-recon",
    "kebab-case",
    "mm-dd",
    "sans-serif",
    "pay-as-you-go",
    "read-legacy-sheet",
    // Words that the child process says of a cell.
    "bad-date",
    "bad-number",
    "long-number",
    "no-result",
    // Parts of a page's policy.
    "default-src",
    "style-src",
    // Texts of bills, normalised.
    "callmonthlypackage-groupcall",
    "monthlysubscription-purchase",
    "monthlysubscription-refund",
    "monthlysubscription-renewal",
    "real-timecommunication",
    "rtc-enginemonthlypackage-pro",
    "tencentreal-timecommunication",
];

/// The one file of the audit that refuses what was typed.
const WHAT_IF: &str = "src/audit/what_if.rs";

/// Names of assumptions and of notes in a report, which are no findings about an input.
fn assumptions() -> BTreeSet<String> {
    let audit = tidy::sources("src/audit", "rs");
    audit.iter().filter(|source| source.path != WHAT_IF).flat_map(|source| literals(&source.text)).collect()
}

/// Texts of the shape `ab-cd` in a source.
fn literals(text: &str) -> Vec<String> {
    let is_code = |text: &&str| {
        let parts: Vec<&str> = text.split('-').collect();
        let plain =
            |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        parts.len() > 1 && parts.iter().all(plain) && text.starts_with(|c: char| c.is_ascii_lowercase())
    };
    let quoted = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').skip(1).step_by(2));
    quoted.filter(is_code).map(str::to_owned).collect()
}

/// Every code that the source can say.
fn codes() -> BTreeSet<String> {
    let cards = Cards::embedded();
    let mut others: BTreeSet<String> = assumptions();
    others.extend(NOT_CODES.iter().map(|text| (*text).to_owned()));
    others.extend(cards.iter().map(|card| card.id.clone()));
    others.extend(Plans::known().iter().map(|plan| plan.id.clone()));
    let program = tidy::program();
    // What a cluster is told stands in another build: tests/it/spark.rs has it.
    let elsewhere = ["src/audit/", "src/spark/"];
    let is_elsewhere = |path: &str| elsewhere.iter().any(|folder| path.starts_with(folder));
    let source = program.iter().filter(|source| source.path == WHAT_IF || !is_elsewhere(&source.path));
    let all: BTreeSet<String> = source
        .flat_map(|source| {
            let code: Vec<&str> = source.code().map(|(_, line)| line).collect();
            literals(&code.join("\n"))
        })
        .collect();
    all.into_iter().filter(|text| !others.contains(text)).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gallery")
}

fn message(code: &str) -> PathBuf {
    folder().join(code).join("message.txt")
}

#[test]
fn every_code_has_its_case() {
    let cases = cases();
    let shown: BTreeSet<String> = cases.iter().map(|case| case.code.to_owned()).collect();
    assert_eq!(shown.len(), cases.len(), "a code has two cases");
    let excused: BTreeSet<String> = NOT_SHOWN.iter().map(|(code, _)| (*code).to_owned()).collect();
    let codes = codes();
    let bare: Vec<_> = codes.iter().filter(|code| !shown.contains(*code) && !excused.contains(*code)).collect();
    assert!(bare.is_empty(), "codes without a case in tests/it/gallery: {bare:?}");
    let gone: Vec<_> = shown.union(&excused).filter(|code| !codes.contains(*code)).collect();
    assert!(gone.is_empty(), "cases of codes that the source does not have: {gone:?}");
    assert!(shown.is_disjoint(&excused));
    let kept: BTreeSet<String> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(kept, shown, "tests/gallery has a snapshot for each case and no other");
}

/// Each input earns its code, and the message is the one that was read aloud.
#[test]
fn every_case_earns_its_code_with_the_message_that_was_read() {
    let bless = std::env::var_os("BLESS").is_some();
    let wrong: Vec<String> = side_by_side(&cases(), |case| {
        let text = case.shown();
        let earned =
            ["error", "warning", "note"].iter().any(|weight| text.contains(&format!("{weight}[{}]: ", case.code)));
        if !earned {
            return Some(format!("== {} is not earned\n{text}", case.code));
        }
        let path = message(case.code);
        if bless {
            put(&path, text.as_bytes());
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        (text != expected).then(|| format!("== {}: another message than in {}\n{text}", case.code, path.display()))
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(wrong.is_empty(), "{} cases\n{}", wrong.len(), wrong.join("\n"));
}

/// Every message has a place, and every error says what to do.
#[test]
fn every_message_names_its_place_and_says_what_to_do() {
    let mut wrong: BTreeMap<String, &str> = BTreeMap::new();
    for case in cases() {
        let text = fs::read_to_string(message(case.code)).unwrap();
        let (_, said) = text.split_once("== standard error\n").unwrap();
        for message in said.split("\n\n").filter(|message| message.contains('[') && message.contains("]: ")) {
            if !message.contains("\n  --> ") {
                wrong.insert(format!("{}: {message}", case.code), "names no place");
            }
            if message.starts_with("error[") && !message.contains("\n  help: ") {
                wrong.insert(format!("{}: {message}", case.code), "does not say what to do");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
