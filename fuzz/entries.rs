//! What a fuzzer calls with bytes of its own: each entry takes a file as the
//! tool takes it from a case folder, as far as findings, and has nothing to
//! say of the result. It must come back, whatever the bytes.
//!
//! The targets of `fuzz/` and the bounded runs of `tests/it/mutations.rs` share them.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use trtc_recon::case::folder;
use trtc_recon::model::Month;
use trtc_recon::model::diagnostic::Diagnostics;
use trtc_recon::normalise::packages::packages;
use trtc_recon::normalise::{bill, usage};
use trtc_recon::read::{InputFile, ReadOptions, Table, open};
use trtc_recon::rules::Cards;
use trtc_recon::rules::build_terms;

const ACCOUNT: &str = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
    first_app_created = 2023-03-02\nperiod = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\n";

/// A folder to work in, and the program that reads old workbooks.
pub struct Bench {
    folder: PathBuf,
    reader: Option<PathBuf>,
}

impl Bench {
    /// In a folder that is there. What is tried lies in it as `in.*` while it is tried.
    pub fn new(folder: &Path, reader: Option<PathBuf>) -> Self {
        Self { folder: folder.to_owned(), reader }
    }

    /// A file of a kind: csv, json, xlsx, xls, xlsb, zip.
    pub fn file(&self, ending: &str, bytes: &[u8]) {
        let location = self.folder.join(format!("in.{ending}"));
        fs::write(&location, bytes).expect("the folder can be written");
        let file = InputFile { path: format!("usage/音视频通话_1400000001.{ending}"), location };
        let options = ReadOptions { reader: self.reader.clone(), ..ReadOptions::default() };
        let mut found = Diagnostics::default();
        let mut tables: Vec<Table> = Vec::new();
        for opened in open(&file, &mut 0, &options) {
            assert!(!opened.digests.blake3.is_empty() || opened.diagnostics.has_errors(), "unread and not refused");
            found.extend(opened.diagnostics);
            tables.extend(opened.tables);
        }
        found.extend(self.normalised(&tables));
        for finding in &found {
            assert!(!finding.code.is_empty() && !finding.to_string().contains(['\u{0}', '\u{1b}', '\u{202e}']));
        }
    }

    /// A workbook with one part made of these bytes; the first says which.
    pub fn workbook_part(&self, bytes: &[u8]) {
        let Some((which, part)) = bytes.split_first() else { return };
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (at, (name, plain)) in (0_u8..).zip(PARTS) {
            let own = usize::from(*which) % PARTS.len() == usize::from(at);
            zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("memory");
            zip.write_all(if own { part } else { plain.as_bytes() }).expect("memory");
        }
        self.file("xlsx", &zip.finish().expect("memory").into_inner());
    }

    /// An account.toml, as far as what it agrees to.
    pub fn account(&self, bytes: &[u8]) {
        fs::write(self.folder.join("account.toml"), bytes).expect("the folder can be written");
        if let (Ok(case), Some(period)) = (folder::open(&self.folder), Month::parse("2024-10")) {
            let _ = build_terms::terms(&case.account, &Cards::embedded(), case.account.period.unwrap_or(period));
        }
    }

    /// A rate card in a folder of cards.
    pub fn card(&self, bytes: &[u8]) {
        let folder = self.folder.join("cards");
        fs::create_dir_all(&folder).expect("the folder can be written");
        fs::write(folder.join("in.toml"), bytes).expect("the folder can be written");
        let _ = Cards::with_folder(&folder);
    }

    /// The tables as usage, as a bill and as packages, each row accounted for.
    fn normalised(&self, tables: &[Table]) -> Diagnostics {
        fs::write(self.folder.join("account.toml"), ACCOUNT).expect("the folder can be written");
        let case = folder::open(&self.folder).expect("the account is good");
        let period = Month::parse("2024-10").expect("a month");
        let usage = usage::usage(tables, &case.account, period.span());
        let bills = bill::bills(tables, &case.account, bill::Window::of(case.account.cut, period));
        let packages = packages(tables, &case.account);
        for counts in usage.counts.iter().chain(&bills.tables).chain(&packages.tables) {
            let parts = counts.used + counts.excluded + counts.duplicate + counts.rejected;
            assert_eq!(counts.rows, parts, "a row of {counts:?} is not accounted for");
        }
        let mut found = usage.diagnostics;
        found.extend(bills.diagnostics);
        found.extend(packages.diagnostics);
        found
    }
}

/// The parts of a small workbook: a tidy table of one row.
pub const PARTS: [(&str, &str); 6] = [
    ("xl/worksheets/sheet1.xml", SHEET),
    ("xl/sharedStrings.xml", STRINGS),
    ("xl/styles.xml", STYLES),
    ("xl/workbook.xml", BOOK),
    ("xl/_rels/workbook.xml.rels", LINKS),
    ("_rels/.rels", ROOT),
];
const SHEET: &str = r#"<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:F2"/><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c><c r="E1" t="s"><v>4</v></c><c r="F1" t="s"><v>5</v></c></row><row r="2"><c r="A2" s="1"><v>45573.4166666667</v></c><c r="B2" s="1"><v>45573.4201388889</v></c><c r="C2"><v>1400000001</v></c><c r="D2" t="s"><v>6</v></c><c r="E2"><v>600</v></c><c r="F2" t="inlineStr"><is><t>s</t></is></c></row></sheetData><mergeCells count="1"><mergeCell ref="A9:B9"/></mergeCells></worksheet>"#;
const STRINGS: &str = r#"<?xml version="1.0" encoding="UTF-8"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="7" uniqueCount="7"><si><t>start</t></si><si><t>end</t></si><si><t>sdk_app_id</t></si><si><t>item</t></si><si><t>quantity</t></si><si><r><t>un</t></r><r><t>it</t></r></si><si><t xml:space="preserve">av.hd</t></si></sst>"#;
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd hh:mm:ss"/></numFmts><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>"#;
const BOOK: &str = r#"<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr date1904="0"/><sheets><sheet name="usage" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const LINKS: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
const ROOT: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
