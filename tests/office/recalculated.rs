//! Workbooks through LibreOffice and back, and what stands in their cells.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use calamine::{Data, Range, Reader as _, Xlsx};
use zip::write::SimpleFileOptions;

/// Recalculate whatever is opened.
const PROFILE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"#;

/// The workbooks (name, file) after LibreOffice opened, recalculated and saved them.
pub fn recalculate(workbooks: &[(String, PathBuf)], place: &Path) -> Vec<PathBuf> {
    let (profile, emptied, out) = (place.join("profile"), place.join("emptied"), place.join("recalculated"));
    fs::create_dir_all(profile.join("user")).unwrap();
    fs::write(profile.join("user/registrymodifications.xcu"), PROFILE).unwrap();
    fs::create_dir_all(&emptied).unwrap();
    let stale: Vec<PathBuf> = workbooks
        .iter()
        .map(|(name, workbook)| {
            let path = emptied.join(format!("{name}.xlsx"));
            fs::write(&path, without_results(&fs::read(workbook).unwrap())).unwrap();
            path
        })
        .collect();
    let mut office = Command::new("soffice");
    office.arg(format!("-env:UserInstallation=file://{}", profile.display()));
    office.args(["--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"]).arg(&out).args(&stale);
    let ran = office.output().expect("soffice runs: install libreoffice-calc");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    workbooks.iter().map(|(name, _)| out.join(format!("{name}.xlsx"))).collect()
}

/// The same workbook with a zero for the result of every formula.
fn without_results(bytes: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut emptied = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut content = Vec::new();
        part.read_to_end(&mut content).unwrap();
        if name.starts_with("xl/worksheets/sheet") {
            content = zeroed(&String::from_utf8(content).unwrap()).into_bytes();
        }
        emptied.start_file(name, SimpleFileOptions::default()).unwrap();
        emptied.write_all(&content).unwrap();
    }
    emptied.finish().unwrap().into_inner()
}

fn zeroed(xml: &str) -> String {
    let mut parts = xml.split("</f><v>");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (_, rest) = part.split_once("</v>").unwrap();
        out.push_str("</f><v>0</v>");
        out.push_str(rest);
    }
    out
}

/// A workbook as it is read back: for each sheet its cells and where formulas stand.
pub struct Book {
    sheets: BTreeMap<String, Range<Data>>,
    formulas: Vec<(String, (u32, u32))>,
}

impl Book {
    pub fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
        let (mut sheets, mut formulas) = (BTreeMap::new(), Vec::new());
        for name in book.sheet_names() {
            let found = book.worksheet_formula(&name).unwrap();
            let (top, left) = found.start().unwrap_or_default();
            for (row, column, formula) in found.used_cells() {
                if !formula.is_empty() {
                    let at = |start: u32, offset: usize| start + u32::try_from(offset).unwrap();
                    formulas.push((name.clone(), (at(top, row), at(left, column))));
                }
            }
            let cells = book.worksheet_range(&name).unwrap();
            sheets.insert(name, cells);
        }
        Self { sheets, formulas }
    }

    pub fn formulas(&self) -> Vec<(String, (u32, u32))> {
        self.formulas.clone()
    }

    fn cell(&self, sheet: &str, at: (u32, u32)) -> &Data {
        let sheet = self.sheets.get(sheet).unwrap_or_else(|| panic!("no sheet {sheet}"));
        sheet.get_value(at).unwrap_or(&Data::Empty)
    }

    /// A cell as it is compared: a number to eight decimals, a truth, a text.
    pub fn shown(&self, sheet: &str, at: (u32, u32)) -> String {
        match self.cell(sheet, at) {
            Data::Float(value) => plain(&format!("{value:.8}")),
            Data::Int(value) => value.to_string(),
            Data::Bool(holds) => holds.to_string(),
            other => other.to_string(),
        }
    }

    /// A figure with all its decimals: of a price more than eight.
    pub fn figure(&self, sheet: &str, at: (u32, u32)) -> String {
        match self.cell(sheet, at) {
            Data::Float(value) => {
                // Fifteen significant digits, as a spreadsheet has them.
                let whole = format!("{:.0}", value.trunc().abs());
                let digits = if whole == "0" { 14 } else { 15_usize.saturating_sub(whole.len()) };
                plain(&format!("{value:.digits$}"))
            }
            _ => self.shown(sheet, at),
        }
    }

    /// The row whose first cell has a text.
    pub fn row_of(&self, sheet: &str, text: &str) -> u32 {
        let cells = &self.sheets[sheet];
        let mut rows = 0..cells.end().unwrap().0 + 1;
        rows.find(|row| self.cell(sheet, (*row, 0)).to_string() == text).unwrap_or_else(|| panic!("no {text}"))
    }

    /// Every TRUE and FALSE of a sheet.
    pub fn truths(&self, sheet: &str) -> Vec<bool> {
        let cells = self.sheets[sheet].used_cells();
        cells.filter_map(|(_, _, cell)| if let Data::Bool(holds) = cell { Some(*holds) } else { None }).collect()
    }

    /// Cells that hold an error.
    pub fn errors(&self) -> Vec<String> {
        let of = |(name, cells): (&String, &Range<Data>)| {
            let wrong = cells.used_cells().filter(|(_, _, cell)| matches!(cell, Data::Error(_)));
            wrong.map(|(row, column, cell)| format!("{name} {row}/{column} {cell}")).collect::<Vec<_>>()
        };
        self.sheets.iter().flat_map(of).collect()
    }
}

/// A decimal without trailing zeros.
pub fn plain(text: &str) -> String {
    let short = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}
