//! Mutated files of every kind, through the entries that the fuzz targets
//! have: nothing crashes, hangs or eats memory.
//!
//! Each kind runs in a process of its own under the system's limits, so that an
//! abort is a failed test like any other, and the bytes that did it are kept.
//! `MUTATIONS=100000` (`just mutations`) runs more of them.

#[path = "../../fuzz/entries.rs"]
pub mod entries;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::accounts::Dice;
use crate::forms::{self, Cells, Rows};
use crate::{matrix, samples};
use entries::{Bench, PARTS};

/// Where the child finds what to do: kind, how many, and the folder.
const ORDERS: &str = "TRTC_RECON_TEST_MUTATIONS";
const PATIENCE: Duration = Duration::from_mins(20);

/// A kind of file, and how many mutations of it a normal run tries.
const KINDS: [(&str, usize); 9] = [
    ("csv", 1500),
    ("json", 1500),
    ("xlsx", 600),
    ("part", 800),
    ("zip", 600),
    ("xls", 60),
    ("xlsb", 60),
    ("account", 1500),
    ("card", 300),
];

/// What readers look for; put in anywhere.
const WORDS: [&str; 40] = [
    "\"",
    "\"\"",
    ",",
    "\r",
    "\n",
    "\t",
    ";",
    "\0",
    "\u{feff}",
    "=",
    "-",
    "--",
    "'",
    "1.4E+09",
    "99999999999999999999999999999",
    "2024-10-01 24:00:00",
    "2024-02-30",
    "1727712000000",
    "9223372036854775808",
    "1,234.50",
    "（",
    "秒",
    "分钟",
    "合计",
    "sdkAppId",
    "[{\"Key\":\"tgr\"}]",
    "{",
    "[",
    "null",
    "\\ud800",
    "<row r=\"1048577\">",
    "<c r=\"XFD1\"><v>1</v></c>",
    "t=\"s\"",
    "<f si=\"0\" t=\"shared\"/>",
    "<![CDATA[",
    "&#x0;",
    "[[grant]]",
    "minutes = 1e9",
    "1979-05-27T00:32:00.999999-07:00",
    "uniqueCount=\"9\"",
];

/// Good files of a kind.
fn seeds(kind: &str) -> Vec<Vec<u8>> {
    let (account, usage, bill) = matrix::small_case();
    let few = |sheets: &[(String, Rows)]| -> Rows { sheets[0].1.iter().take(6).cloned().collect() };
    let csv = |rows: &Rows| forms::delimited(rows, ',', "\n");
    let texts = [csv(&few(&usage)), csv(&few(&bill)), "时间,语音,高清(分钟)\n2024-10-01,1,2\n".to_owned()];
    let sheets = |rows: Rows| vec![("实时音视频_时长_5分钟".to_owned(), rows)];
    match kind {
        "csv" => texts.iter().flat_map(|text| [text.clone().into_bytes(), forms::gb18030(text), forms::utf16(text, true)]).collect(),
        "json" => vec![
            br#"{"Response":{"UsageKey":["Audio","SD"],"UsageList":[{"TimeKey":"2024-10-01 00:05:00","UsageValue":[1,0.50]}],"RequestId":"x"}}"#.to_vec(),
            br#"[{"Response":{"Data":"RoomId,Audio,SD\n\"a,b\",30,1\n","RequestId":"x"}},{"SdkAppIdUsages":[{"SdkAppId":14,"Usages":[{"TimeKey":"2024-10-01","AudioTime":5}]}]}]"#.to_vec(),
            br#"{"Response":{"DetailSet":[{"BusinessCode":"p_rav","PayerUin":"1","FeeBeginTime":"2024-10-01 00:00:00","Tags":[{"TagKey":"a","TagValue":"b"}],"ComponentSet":[{"ItemCodeName":"HD","RealCost":"1E-1","UsedAmount":"1"}]}],"Total":2}}"#.to_vec(),
            br#"[{"AttrStr":[{"Key":"tgr","Value":"\u9ad8\u6e05"},{"Key":"zoneId","Value":1}],"DosageBeginTime":"2024-10-01 00:00:00","DosageValue":678,"SdkAppId":"1400000001"}]"#.to_vec(),
        ],
        "xlsx" => [few(&usage), few(&bill)].into_iter().flat_map(|rows| [Cells::Text, Cells::Typed].map(|cells| forms::xlsx(&sheets(rows.clone()), cells))).collect(),
        "part" => (0_u8..).zip(PARTS).map(|(at, (_, text))| [&[at], text.as_bytes()].concat()).collect(),
        "zip" => [true, false].map(|gbk| forms::zip(&[("用量.csv".to_owned(), texts[0].clone().into_bytes()), ("b/账单.csv".to_owned(), texts[1].clone().into_bytes())], gbk)).to_vec(),
        "xls" => vec![forms::xls("usage", &few(&usage)), forms::xls("bill", &few(&bill))],
        "xlsb" => {
            let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/field/files");
            ["xlsb-short-records.usage.xlsb", "xlsb-formula-error-row.usage.xlsb"].map(|name| fs::read(files.join(name)).unwrap()).to_vec()
        }
        "account" => {
            let rich = samples::all().into_iter().map(|case| fs::read(case.join("account.toml")).unwrap());
            rich.chain([account.into_bytes()]).collect()
        }
        "card" => {
            let cards = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules/cards");
            ["intl-2024.toml", "cn-2019.toml"].map(|name| fs::read(cards.join(name)).unwrap()).to_vec()
        }
        other => panic!("{other}"),
    }
}

fn at(dice: &mut Dice, length: usize) -> usize {
    usize::try_from(dice.below(length as u64 + 1)).unwrap()
}

/// One to four changes: a bit, a byte, a stretch taken out, doubled or exchanged, a word put in, the end cut off.
fn mutated(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = dice.pick(seeds).clone();
    for _ in 0..dice.between(1, 4) {
        let from = at(dice, bytes.len());
        let until = (from + at(dice, 40)).min(bytes.len());
        match dice.below(8) {
            0 | 1 if from < bytes.len() => bytes[from] ^= 1 << dice.below(8),
            2 if from < bytes.len() => bytes[from] = u8::try_from(dice.below(256)).unwrap(),
            3 => drop(bytes.drain(from..until)),
            4 => {
                let stretch = bytes[from..until].to_vec();
                let place = at(dice, bytes.len());
                bytes.splice(place..place, stretch);
            }
            5 => {
                let other = dice.pick(seeds);
                let begin = at(dice, other.len());
                let stretch = other[begin..(begin + at(dice, 200)).min(other.len())].to_vec();
                bytes.splice(from..until, stretch);
            }
            6 => bytes.truncate(from.max(bytes.len() / 2)),
            _ => {
                let word = dice.pick(&WORDS).as_bytes().to_vec();
                bytes.splice(from..from, word);
            }
        }
    }
    bytes
}

fn try_one(bench: &Bench, kind: &str, bytes: &[u8]) {
    match kind {
        "part" => bench.workbook_part(bytes),
        "account" => bench.account(bytes),
        "card" => bench.card(bytes),
        ending => bench.file(ending, bytes),
    }
}

/// What a child does; without orders nothing.
#[test]
fn a_child_that_tries_mutations() {
    let Some(orders) = std::env::var_os(ORDERS) else { return };
    let orders = orders.into_string().unwrap();
    let mut orders = orders.splitn(3, ':');
    let mut next = || orders.next().unwrap();
    let (kind, count, folder) = (next(), next().parse::<usize>().unwrap(), next());
    let bench = Bench::new(Path::new(folder), Some(env!("CARGO_BIN_EXE_trtc-recon").into()));
    let (seeds, mut dice) = (seeds(kind), Dice::new(4));
    for seed in &seeds {
        try_one(&bench, kind, seed);
    }
    for _ in 0..count {
        try_one(&bench, kind, &mutated(&mut dice, &seeds));
    }
    fs::write(Path::new(folder).join("done"), "").unwrap();
}

/// What went wrong with a kind.
fn run(kind: &str, count: usize) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let orders = format!("{kind}:{count}:{}", folder.path().to_str().unwrap());
    let limits = format!("ulimit -c 0; ulimit -d 1048576; ulimit -t {}; exec \"$0\" \"$@\"", PATIENCE.as_secs());
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let mut child = Command::new("sh")
        .args(["-c", &limits])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "mutations::a_child_that_tries_mutations", "--nocapture", "--test-threads", "1"])
        .env(ORDERS, orders)
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let status = child.wait().unwrap();
    if status.success() && folder.path().join("done").exists() {
        return None;
    }
    let said = fs::read_to_string(folder.path().join("log")).unwrap();
    let last: Vec<&str> = said.lines().rev().take(12).collect();
    let kept = folder.keep();
    let last: String = last.iter().rev().map(|line| format!("  {line}\n")).collect();
    Some(format!("== {kind}: {status}; the bytes are in {}\n{last}", kept.display()))
}

#[test]
fn mutated_files_never_crash_hang_or_eat_memory() {
    let more: Option<usize> = std::env::var("MUTATIONS").ok().map(|count| count.parse().unwrap());
    let wrong: Vec<String> = std::thread::scope(|threads| {
        let halves: Vec<Vec<(&str, usize)>> =
            (0..2).map(|half| KINDS.iter().skip(half).step_by(2).copied().collect()).collect();
        let run_all = |kinds: Vec<(&str, usize)>| {
            kinds.into_iter().filter_map(|(kind, count)| run(kind, more.unwrap_or(count))).collect::<Vec<_>>()
        };
        let running: Vec<_> = halves.into_iter().map(|kinds| threads.spawn(move || run_all(kinds))).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
