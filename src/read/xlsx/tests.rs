use super::*;
use crate::read::source::Bytes;
use crate::read::{ReadOptions, workbook};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook as Writer, Worksheet};
use std::io::{Cursor, Read as _, Write as _};

fn written(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut writer = Writer::new();
    fill(writer.add_worksheet());
    writer.save_to_buffer().unwrap()
}

fn read(bytes: &[u8]) -> Opened {
    let mut next = 0;
    let bytes = Bytes::Memory(bytes.into());
    workbook::open("usage/a.xlsx", &bytes, &mut TableIds { next: &mut next }, &ReadOptions::default())
}

/// Returns the rows under `header` as `number:cell|cell`, numbers marked with `n`.
fn rows(table: &Table, header: u32, width: usize) -> Result<Vec<String>, Diagnostics> {
    let columns: Vec<usize> = (0..width).collect();
    let pieces = table.fold(header, &columns, Vec::new, |rows, row| {
        let mark = |numeric| if numeric { "n" } else { "" };
        let cells: Vec<String> = row.cells.iter().map(|cell| format!("{}{}", mark(cell.numeric), cell.text)).collect();
        rows.push(format!("{}:{}", row.number, cells.join("|")));
    })?;
    Ok(pieces.concat())
}

/// Returns the code and place of the first error, at opening or reading.
fn refusal(bytes: &[u8]) -> (&'static str, String) {
    let opened = read(bytes);
    let errors = match opened.tables.first() {
        None => opened.diagnostics,
        Some(table) => rows(table, 1, 3).unwrap_err(),
    };
    let first = errors.iter().next().unwrap();
    (first.code, first.at.to_string())
}

/// Returns the workbook with one part changed (or added, if it was not there).
fn with_part(bytes: &[u8], name: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    packed_as(zip::write::SimpleFileOptions::default(), bytes, name, change)
}

fn packed_as(
    options: zip::write::SimpleFileOptions,
    bytes: &[u8],
    name: &str,
    change: impl Fn(String) -> String,
) -> Vec<u8> {
    let mut old = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..old.len() {
        let mut part = old.by_index(index).unwrap();
        let part_name = part.name().unwrap().into_owned();
        let mut text = Vec::new();
        part.read_to_end(&mut text).unwrap();
        if part_name == name {
            text = change(String::from_utf8(text).unwrap()).into_bytes();
        }
        new.start_file(part_name, options).unwrap();
        new.write_all(&text).unwrap();
    }
    new.finish().unwrap().into_inner()
}

const SHEET: &str = "xl/worksheets/sheet1.xml";

fn small() -> Vec<u8> {
    written(|sheet| {
        let date = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
        let time = |minute| ExcelDateTime::from_ymd(2024, 10, 1).unwrap().and_hms(0, minute, 0).unwrap();
        for (column, title) in ["时间", "SdkAppId", "用量"].into_iter().enumerate() {
            sheet.write_string(0, u16::try_from(column).unwrap(), title).unwrap();
        }
        sheet.write_datetime_with_format(1, 0, time(0), &date).unwrap();
        sheet.write_number(1, 1, 1_400_000_001.0).unwrap();
        sheet.write_number(1, 2, 4126.58952).unwrap();
        sheet.write_datetime_with_format(3, 0, time(5), &date).unwrap();
        sheet.write_string(3, 1, "1400000001").unwrap();
    })
}

#[test]
fn what_is_odd_because_it_is_damaged_is_called_damaged() {
    let odd = |text: String| text.replace("4126.58952", "4126&58952");
    assert_eq!(refusal(&with_part(&small(), SHEET, odd)).0, "excel-odd-cell");
    let as_it_is = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut damaged = packed_as(as_it_is, &small(), SHEET, |text| text);
    let at = memchr::memmem::find(&damaged, b"4126.58952").unwrap();
    damaged[at + 4] = b'&';
    assert_eq!(refusal(&damaged).0, "zip-damaged");
}

#[test]
fn cells_become_text() {
    let opened = read(&small());
    assert_eq!((opened.read_as.as_str(), opened.diagnostics.is_empty()), ("xlsx, 1 sheet", true));
    let table = &opened.tables[0];
    assert_eq!(table.head[0].cells, ["时间", "SdkAppId", "用量"]);
    let expected = ["2:2024-10-01 00:00:00|n1400000001|n4126.58952", "4:2024-10-01 00:05:00|1400000001|"];
    assert_eq!(rows(table, 1, 3).unwrap(), expected);
    assert_eq!(table.row(2).unwrap(), ["2024-10-01 00:00:00", "1400000001", "4126.58952"]);
    assert_eq!(table.row(3), None);
}

#[test]
fn cells_that_cannot_be_taken_are_refused_where_they_are_used() {
    let sheet = |cells: &str| {
        let data = format!(
            "<sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>h</t></is></c></row>{cells}</sheetData>"
        );
        with_part(&small(), SHEET, |xml| {
            let (before, rest) = xml.split_once("<sheetData>").unwrap();
            format!("{before}{data}{}", rest.split_once("</sheetData>").unwrap().1)
        })
    };
    let row = |cell: &str| sheet(&format!("<row r=\"2\">{cell}</row>"));
    let place = |at: &str| format!("usage/a.xlsx!Sheet1!{at}");
    let found = |cell: &str| refusal(&row(cell));
    assert_eq!(found(r#"<c r="C2" t="e"><v>#REF!</v></c>"#), ("excel-error-cell", place("C2")));
    assert_eq!(found(r#"<c r="B2"><f>A1*2</f></c>"#), ("excel-formula-no-value", place("B2")));
    assert_eq!(found(r#"<c r="B2"><v>100000000000000012</v></c>"#), ("excel-long-number", place("B2")));
    assert_eq!(found(r#"<c r="B2"><v>NaN</v></c>"#), ("excel-bad-number", place("B2")));
    // The error of a later version of Excel, which the reader does not know.
    assert_eq!(found(r#"<c r="A2"><v>1</v></c><c r="C2" t="e"><v>#SPILL!</v></c>"#).0, "excel-error-cell");
    // The number of a shared text that the workbook does not have.
    assert_eq!(found(r#"<c r="A2"><v>1</v></c><c r="C2" t="s"><v>9999</v></c>"#).0, "excel-unreadable");
    assert_eq!(found(r#"<c r="B2"><v>1</v></c><c r="A2"><v>1</v></c>"#), ("excel-order", place("A2")));
    assert_eq!(found(r#"<c r="B2"><v>1</v></c><c r="B2"><v>2</v></c>"#), ("excel-order", place("B2")));
    assert_eq!(found(r#"<c r="XFE2"><v>1</v></c>"#).0, "excel-bounds");
    assert_eq!(refusal(&sheet(r#"<row r="1048577"><c r="A1048577"><v>1</v></c></row>"#)).0, "excel-bounds");
    // Where nobody asks for the column, nothing is wrong.
    let opened = read(&row(r#"<c r="A2"><v>1</v></c><c r="D2" t="e"><v>#REF!</v></c>"#));
    assert_eq!(rows(&opened.tables[0], 1, 3).unwrap(), ["2:n1||"]);
}

#[test]
fn a_date_that_no_calendar_has_is_refused() {
    let bytes = written(|sheet| {
        sheet.write_string(0, 0, "时间").unwrap();
        let format = Format::new().set_num_format("yyyy-mm-dd");
        sheet.write_number_with_format(1, 0, 60.0, &format).unwrap();
    });
    assert_eq!(refusal(&bytes), ("excel-bad-date", "usage/a.xlsx!Sheet1!A2".to_owned()));
}

#[test]
fn merged_titles_are_taken_and_merged_data_refused() {
    let merged = |first: u32, last: u32| {
        written(|sheet| {
            for row in 0..6 {
                sheet.write_number(row, 0, row).unwrap();
            }
            let format = Format::new();
            sheet.merge_range(first, 0, last, 1, "merged", &format).unwrap();
        })
    };
    let under = |bytes: &[u8], header| {
        rows(&read(bytes).tables[0], header, 1).map_err(|found| found.iter().next().unwrap().code)
    };
    assert_eq!(under(&merged(0, 1), 2).unwrap().len(), 4);
    assert_eq!(under(&merged(3, 4), 2), Err("excel-merged"));
    assert_eq!(under(&merged(9, 10), 2), Err("excel-merged"));
}

#[test]
fn formulas_and_hidden_sheets_are_told() {
    let mut writer = Writer::new();
    writer.add_worksheet().write_formula(0, 0, rust_xlsxwriter::Formula::new("=1+1").set_result("2")).unwrap();
    writer.add_worksheet().set_hidden(true).write_string(0, 0, "x").unwrap();
    writer.add_worksheet();
    let opened = read(&writer.save_to_buffer().unwrap());
    let codes: Vec<_> = opened.diagnostics.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["excel-formulas", "excel-hidden-sheet"]);
    assert_eq!(opened.read_as, "xlsx, 3 sheets");
    assert!(!opened.tables[0].hidden && opened.tables[1].hidden);
    assert_eq!(opened.tables.len(), 2);
}

#[test]
fn hidden_rows_and_columns_are_told() {
    let bytes = written(|sheet| {
        for row in 0..6 {
            sheet.write_number(row, 0, 1.0).unwrap();
        }
        for row in [2, 3, 5] {
            sheet.set_row_hidden(row).unwrap();
        }
        sheet.set_column_hidden(1).unwrap();
    });
    let opened = read(&bytes);
    let note = opened.diagnostics.iter().next().unwrap();
    assert_eq!(note.code, "excel-hidden-rows");
    assert!(note.message.ends_with("sheet1: column B, rows 3 to 4, row 6"), "{}", note.message);
    assert_eq!(rows(&opened.tables[0], 1, 1).unwrap().len(), 5, "they are read all the same");
}

#[test]
fn a_cell_that_its_reader_would_take_for_another_is_refused() {
    let odd = |from: &str, to: &str| {
        let bytes = with_part(&small(), SHEET, |xml| {
            assert!(xml.contains(from), "{xml}");
            xml.replacen(from, to, 1)
        });
        refusal(&bytes).0
    };
    assert_eq!(odd("<v>0</v>", "<v>x</v>"), "excel-odd-cell");
    assert_eq!(odd("<v>4126.58952</v>", "<v>4126<!-- -->.58952</v>"), "excel-odd-cell");
    assert_eq!(odd("<v>4126.58952</v>", "<v>4126&#46;58952</v>"), "excel-odd-cell");
    assert_eq!(odd("<v>4126.58952</v>", "<v>4126</v><v>7</v>"), "excel-odd-cell");
}

#[test]
fn a_limit_of_excel_is_a_warning() {
    let bytes = written(|sheet| {
        for row in 0..65_536 {
            sheet.write_number(row, 0, 1.0).unwrap();
        }
    });
    let opened = read(&bytes);
    let warning = opened.diagnostics.iter().next().unwrap();
    assert_eq!((warning.code, warning.at.to_string()), ("maybe-cut", "usage/a.xlsx!Sheet1".to_owned()));
}

#[test]
fn the_guard_refuses_bombs() {
    let strings = "xl/sharedStrings.xml";
    let promise =
        with_part(&small(), strings, |xml| xml.replace("uniqueCount=\"4\"", "uniqueCount = '99999999999999999999'"));
    assert_eq!(refusal(&promise).0, "zip-bomb");
    let entity = with_part(&small(), strings, |xml| xml.replace("<sst", "<!DOCTYPE a [<!ENTITY b \"c\">]><sst"));
    assert_eq!(refusal(&entity).0, "zip-bomb");
    let spaces = with_part(&small(), SHEET, |xml| xml + &" ".repeat(64 << 20));
    assert_eq!(refusal(&spaces).0, "zip-bomb");
    let formats = with_part(&small(), "xl/styles.xml", |xml| xml + &"<xf/>".repeat(200_001));
    assert_eq!(refusal(&formats).0, "zip-bomb");
}

#[test]
fn far_cells_take_no_memory() {
    let far = with_part(&small(), SHEET, |xml| {
        xml.replace("</sheetData>", "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData>")
    });
    assert_eq!(rows(&read(&far).tables[0], 1, 3).unwrap().len(), 3);
}

#[test]
fn what_is_no_workbook_is_named() {
    let code_of = |bytes: &[u8]| {
        let opened = read(bytes);
        let finding = opened.diagnostics.iter().next().unwrap();
        (finding.code, finding.message.clone())
    };
    let (code, message) = code_of(b"\n<html><table><tr><td>1</td></tr></table></html>");
    assert_eq!(code, "excel-not-a-workbook");
    assert!(message.contains("web page"));
    assert!(code_of(br#"{"Error":"expired"}"#).1.contains("JSON"));
    assert!(code_of(b"a,b\n1,2\n").1.contains("CSV"));
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encrypted = [&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1][..], &[0; 504], &name].concat();
    assert_eq!(code_of(&encrypted).0, "excel-encrypted");
    let whole = small();
    assert_eq!(code_of(&whole[..whole.len() / 2]).0, "zip-damaged");
    assert_eq!(code_of(&written(|_| ())).0, "table-blank");
}

/// Everything that is read of a workbook, or `None` where it is refused.
fn contents(bytes: &[u8]) -> Option<Vec<(bool, Vec<String>)>> {
    let opened = read(bytes);
    if opened.diagnostics.has_errors() {
        return None;
    }
    let mut all = Vec::new();
    for table in &opened.tables {
        all.push((table.hidden, rows(table, 0, 3).ok()?));
    }
    Some(all)
}

#[test]
fn no_single_flipped_bit_changes_a_figure() {
    let bytes = small();
    let sound = contents(&bytes).unwrap();
    let bits = bytes.len() * 8;
    let mut refused = 0;
    // A prime step visits bits all over the file.
    for flip in 0..2_500 {
        let bit = flip * 7_919 % bits;
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        match contents(&damaged) {
            Some(found) => assert_eq!(found, sound, "bit {bit}"),
            None => refused += 1,
        }
    }
    assert!(refused > 2_000, "{refused}");
}
