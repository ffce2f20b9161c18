//! The workers of a cluster without the cluster: a stream as Spark would send
//! it, split at random, piped through the real program, merged, and held
//! against the local run byte for byte. And what must not get through.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output as Ran, Stdio};
use std::sync::Arc;

use arrow_array::{ArrayRef, BinaryArray, Int64Array, RecordBatch, StringArray};
use trtc_recon::digest::sha256;
use trtc_recon::spark::stream::{MARK, Output};

type Row = (String, i64, &'static str, i64, i64);

/// 2024-10-01 00:00 in Beijing.
const FIRST: i64 = 1_727_712_000;

fn uin(number: i64) -> String {
    (100_000_000_001 + number).to_string()
}

fn account(number: i64) -> String {
    format!(
        "[account]\nuin = \"{}\"\nsite = \"intl\"\nregistered = 2023-03-01\nfirst_app_created = 2023-03-02\n\
         period = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\n[[app]]\nsdk_app_id = 1400000002\n\
         [contract]\ndiscount = \"0.8765432\"\n\
         [[grant]]\nid = \"free-2024-10\"\nplan = \"free-monthly\"\npurchased = 2024-10-01T00:00:00\n",
        uin(number)
    )
}

/// A plain generator: the same rows on every run.
fn chance(state: &mut u64, among: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % among
}

/// The rows of an account by start, item, application.
fn rows(number: i64) -> Vec<Row> {
    let mut state = u64::try_from(number).unwrap() + 7;
    let mut rows = Vec::new();
    for slot in 0..600 {
        for item in ["av.audio", "av.hd", "rec.hd"] {
            for app in [1_400_000_001, 1_400_000_002] {
                if chance(&mut state, 3) == 0 {
                    let seconds = i64::try_from(chance(&mut state, 50_000)).unwrap();
                    rows.push((uin(number), app, item, FIRST + slot * 3900, seconds));
                }
            }
        }
    }
    rows
}

fn csv(rows: &[Row]) -> String {
    let lines =
        rows.iter().map(|(account, app, item, start, seconds)| format!("{account},{app},{item},{start},{seconds}\n"));
    "account,app,item,start,seconds\n".chars().chain(lines.collect::<String>().chars()).collect()
}

fn batch(rows: &[Row]) -> RecordBatch {
    let texts = |text: fn(&Row) -> &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(rows.iter().map(text))) };
    let whole =
        |number: fn(&Row) -> i64| -> ArrayRef { Arc::new(Int64Array::from_iter_values(rows.iter().map(number))) };
    RecordBatch::try_from_iter([
        ("account", texts(|row| &row.0)),
        ("app", whole(|row| row.1)),
        ("item", texts(|row| row.2)),
        ("start", whole(|row| row.3)),
        ("seconds", whole(|row| row.4)),
    ])
    .unwrap()
}

/// Rows as a stream in batches of any size, with its trailer.
fn stream(rows: &[Row], state: &mut u64) -> Vec<u8> {
    let mut output = Output::open(Vec::new(), &batch(&[]).schema()).unwrap();
    let mut rest = rows;
    while !rest.is_empty() {
        let (head, tail) = rest.split_at(rest.len().min(1 + usize::try_from(chance(state, 700)).unwrap()));
        output.write(&batch(head)).unwrap();
        rest = tail;
    }
    output.finish().unwrap()
}

struct Place {
    folder: tempfile::TempDir,
    terms: String,
}

impl Place {
    /// Cases of so many accounts, and their terms.
    fn new(accounts: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for number in 0..accounts {
            let case = folder.path().join("cases").join(uin(number));
            fs::create_dir_all(case.join("usage")).unwrap();
            fs::write(case.join("account.toml"), account(number)).unwrap();
            fs::write(case.join("usage/usage.csv"), csv(&rows(number))).unwrap();
            zip.start_file(format!("accounts/{}.toml", uin(number)), zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(account(number).as_bytes()).unwrap();
        }
        let bytes = zip.finish().unwrap().into_inner();
        fs::write(folder.path().join("terms.zip"), &bytes).unwrap();
        Self { folder, terms: sha256(&bytes) }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn program(&self) -> Command {
        let mut command = crate::program();
        command.current_dir(self.folder.path());
        command
    }

    fn local(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let run =
            self.program().args(["rate", "cases", "--out", "local", "--format", "csv,xlsx,html"]).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let mut files = files(&self.at("local"));
        files.retain(|path, _| !path.starts_with("batch.json") && !path.starts_with("batch.xlsx"));
        files
    }

    fn worker(&self, input: &[u8], more: &[&str]) -> Ran {
        let tmp = self.at("tmp");
        fs::create_dir_all(&tmp).unwrap();
        let mut child = self
            .program()
            .args(["worker", "--terms", "terms.zip", "--terms-sha256", &self.terms, "--format", "csv,xlsx,html"])
            .args(more)
            .env("TMPDIR", &tmp)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A worker that refuses its input does not read all of it.
        let writer = std::thread::spawn(move || pipe.write_all(&input).is_ok());
        let ran = child.wait_with_output().unwrap();
        writer.join().unwrap();
        assert_eq!(fs::read_dir(&tmp).unwrap().count(), 0, "a worker leaves nothing behind");
        ran
    }

    /// A completed folder of parts.
    fn parts(&self, name: &str, parts: &[Vec<u8>]) -> PathBuf {
        let folder = self.at(name);
        fs::create_dir_all(&folder).unwrap();
        for (number, part) in parts.iter().enumerate() {
            fs::write(folder.join(format!("part-{number:05}.arrow")), part).unwrap();
        }
        fs::write(folder.join("_SUCCESS"), "").unwrap();
        folder
    }

    fn merge(&self, rows: &str, out: &str, count: usize, total: i64) -> Ran {
        let (count, total) = (count.to_string(), total.to_string());
        self.program().args(["merge", rows, "--out", out, "--rows", &count, "--total", &total]).output().unwrap()
    }
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        for entry in fs::read_dir(inside).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn refused(ran: &Ran, code: &str) {
    let errors = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(2), "{errors}");
    assert!(errors.contains(code), "{code} is not among:\n{errors}");
}

fn sums(all: &[Vec<Row>]) -> (usize, i64) {
    (all.iter().map(Vec::len).sum(), all.iter().flatten().map(|row| row.4).sum())
}

#[test]
fn any_split_merges_to_the_local_run_to_the_byte() {
    let place = Place::new(7);
    let local = place.local();
    assert_eq!(local.len(), 7 * 6);
    let all: Vec<Vec<Row>> = (0..7).map(rows).collect();
    let (count, total) = sums(&all);
    for round in 0..3 {
        let mut state = round;
        let mut partitions = vec![Vec::new(); 3];
        for account in &all {
            partitions[usize::try_from(chance(&mut state, 3)).unwrap()].extend_from_slice(account);
        }
        let worked: Vec<Vec<u8>> = partitions
            .iter()
            .filter(|partition| !partition.is_empty())
            .map(|partition| {
                let ran = place.worker(&stream(partition, &mut state), &[]);
                assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
                ran.stdout
            })
            .collect();
        let (parts, out) = (format!("rows-{round}"), format!("out-{round}"));
        place.parts(&parts, &worked);
        let merged = place.merge(&parts, &out, count, total);
        assert!(merged.status.success(), "{}", String::from_utf8_lossy(&merged.stderr));
        assert!(files(&place.at(&out)) == local, "round {round} differs");
    }
}

#[test]
fn files_merge_to_the_local_run_too() {
    let place = Place::new(2);
    let local = place.local();
    let content: Vec<Vec<u8>> = (0..2).map(|number| csv(&rows(number)).into_bytes()).collect();
    let columns: [(&str, ArrayRef); 3] = [
        ("account", Arc::new(StringArray::from(vec![uin(0), uin(1)]))),
        ("path", Arc::new(StringArray::from(vec!["hdfs://a/1/usage.csv", "hdfs://a/2/usage.csv"]))),
        ("content", Arc::new(BinaryArray::from_iter_values(&content))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut output = Output::open(Vec::new(), &batch.schema()).unwrap();
    output.write(&batch).unwrap();
    let ran = place.worker(&output.finish().unwrap(), &["--mode", "csv"]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    place.parts("rows", &[ran.stdout]);
    let bytes = content.iter().map(Vec::len).sum::<usize>();
    let merged = place.merge("rows", "out", 2, i64::try_from(bytes).unwrap());
    assert!(merged.status.success(), "{}", String::from_utf8_lossy(&merged.stderr));
    assert!(files(&place.at("out")) == local);
}

#[test]
fn a_stream_that_is_not_whole_is_refused_wherever_it_is_cut() {
    let place = Place::new(1);
    let whole = stream(&rows(0)[..40], &mut 1);
    let rows_at = whole.len() - 8;
    for length in (0..whole.len()).step_by(97).chain([rows_at - 8, rows_at, whole.len() - 1]) {
        refused(&place.worker(&whole[..length], &[]), "worker-stream");
    }
    let mut miscounted = whole.clone();
    miscounted[rows_at] ^= 1;
    refused(&place.worker(&miscounted, &[]), "worker-stream");
    refused(&place.worker(&[&whole[..], b"more"].concat(), &[]), "worker-stream");
    assert_eq!(whole[rows_at - 8..rows_at], MARK);
}

#[test]
fn rows_that_are_wrong_are_refused_by_name() {
    let place = Place::new(2);
    let (one, two) = (rows(0), rows(1));
    let with = |change: fn(&mut Row)| {
        let mut rows = one.clone();
        change(&mut rows[3]);
        stream(&rows, &mut 1)
    };
    refused(&place.worker(&with(|row| row.2 = "av.hdd"), &[]), "usage-item-unknown");
    refused(&place.worker(&with(|row| row.4 = -1), &[]), "usage-");
    refused(&place.worker(&with(|row| row.3 += 1), &[]), "usage-interval");
    refused(&place.worker(&with(|row| row.3 += 3_900_000), &[]), "worker-order");
    // A second figure for one interval; the same one again counts once, as in a local run.
    let mut doubled = one.clone();
    doubled.insert(1, one[0].clone());
    assert!(place.worker(&stream(&doubled, &mut 1), &[]).status.success());
    doubled[1].4 += 1;
    refused(&place.worker(&stream(&doubled, &mut 1), &[]), "usage-");
    let pieces = [&one[..9], &two[..], &one[9..]].concat();
    refused(&place.worker(&stream(&pieces, &mut 1), &[]), "worker-account-twice");
    refused(&place.worker(&stream(&rows(5), &mut 1), &[]), "worker-account-unknown");
    let mut columns = batch(&one).columns().to_vec();
    let names = ["account", "app", "item", "start", "seconds"];
    columns[4] = Arc::new(one.iter().map(|row| (row.4 % 7 != 0).then_some(row.4)).collect::<Int64Array>());
    let holes = RecordBatch::try_from_iter(names.into_iter().zip(columns.clone())).unwrap();
    let mut output = Output::open(Vec::new(), &holes.schema()).unwrap();
    output.write(&holes).unwrap();
    refused(&place.worker(&output.finish().unwrap(), &[]), "worker-null");
    columns[3] = Arc::new(StringArray::from_iter_values(one.iter().map(|row| row.3.to_string())));
    let texts = RecordBatch::try_from_iter(names.into_iter().zip(columns)).unwrap();
    let output = Output::open(Vec::new(), &texts.schema()).unwrap();
    refused(&place.worker(&output.finish().unwrap(), &[]), "worker-schema");
    fs::write(place.at("terms.zip"), "another").unwrap();
    refused(&place.worker(&stream(&one, &mut 1), &[]), "worker-terms");
}

#[test]
fn a_merge_lets_nothing_through_that_is_missing_doubled_or_changed() {
    let place = Place::new(2);
    let all = [rows(0), rows(1)];
    let (count, total) = sums(&all);
    let worked: Vec<Vec<u8>> = all.iter().map(|rows| place.worker(&stream(rows, &mut 1), &[]).stdout).collect();
    let refuses = |name: &str, parts: &[Vec<u8>], code: &str| {
        place.parts(name, parts);
        refused(&place.merge(name, &format!("{name}-out"), count, total), code);
        assert!(!place.at(&format!("{name}-out")).exists(), "nothing is written");
    };
    refuses("missing", &worked[..1], "merge-control");
    refuses("doubled", &[worked[0].clone(), worked[1].clone(), worked[0].clone()], "merge-account-twice");
    let cut = worked[1][..worked[1].len() - 16].to_vec();
    refuses("cut", &[worked[0].clone(), cut], "merge-damaged");
    // One byte of a page of the second account's report is another one.
    let mut changed = worked[1].clone();
    let page = changed.windows(9).position(|bytes| bytes == b"<!doctype" || bytes == b"<!DOCTYPE").unwrap();
    changed[page + 2] ^= 1;
    refuses("changed", &[worked[0].clone(), changed], "merge-file-differs");
    refuses("foreign", &[stream(&all[0], &mut 1)], "merge-schema");
    refuses("nothing", &[], "merge-nothing");

    place.parts("whole", &worked);
    refused(&place.merge("whole", "out", count, total + 1), "merge-control");
    fs::create_dir(place.at("out")).unwrap();
    fs::write(place.at("out/other"), "").unwrap();
    refused(&place.merge("whole", "out", count, total), "merge-out-not-empty");
    fs::remove_file(place.at("whole/_SUCCESS")).unwrap();
    refused(&place.merge("whole", "fresh", count, total), "merge-no-success");
}

#[test]
fn rows_of_an_account_that_are_lost_or_doubled_are_noticed() {
    use trtc_recon::spark::stream::Input;
    let place = Place::new(1);
    let all = [rows(0)];
    let (count, total) = sums(&all);
    let worked = place.worker(&stream(&all[0], &mut 1), &[]).stdout;
    let mut input = Input::open(Cursor::new(&worked)).unwrap();
    let mut batches = Vec::new();
    while let Some(batch) = input.next_batch().unwrap() {
        batches.push(batch);
    }
    let rewritten = |rows: &[RecordBatch]| {
        let mut output = Output::open(Vec::new(), &rows[0].schema()).unwrap();
        for batch in rows {
            output.write(batch).unwrap();
        }
        output.finish().unwrap()
    };
    let charges = &batches[0];
    let lost = [&[charges.slice(0, 5), charges.slice(6, charges.num_rows() - 6)], &batches[1..]].concat();
    let doubled = [&[charges.slice(0, 5), charges.slice(4, charges.num_rows() - 4)], &batches[1..]].concat();
    let ended = batches[..batches.len() - 1].to_vec();
    // The last charge is one whose loss no number tells; the manifest does.
    let last = [&[charges.slice(0, charges.num_rows() - 1)], &batches[1..]].concat();
    for (name, rows, code) in [
        ("lost", lost, "merge-order"),
        ("doubled", doubled, "merge-order"),
        ("ended", ended, "merge-order"),
        ("last", last, "merge-file-differs"),
    ] {
        place.parts(name, &[rewritten(&rows)]);
        refused(&place.merge(name, &format!("{name}-out"), count, total), code);
    }
}
