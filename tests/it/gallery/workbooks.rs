//! What may be wrong with workbooks.

use rust_xlsxwriter::Workbook;

use super::Case;
use crate::forms::{self, Cells, Rows};
use crate::mutations::entries::PARTS;

fn book(code: &'static str, bytes: Vec<u8>) -> Case {
    Case::bytes(code, "usage/a.xlsx", bytes)
}

/// A small workbook whose sheet has something else in place of a text.
fn sheet(code: &'static str, from: &str, to: &str) -> Case {
    let part = |(name, text): &(&str, &str)| {
        let own = name.ends_with("sheet1.xml");
        assert!(!own || text.contains(from), "the sheet has no {from}");
        let text = if own { text.replacen(from, to, 1) } else { (*text).to_owned() };
        ((*name).to_owned(), text.into_bytes())
    };
    book(code, forms::zip(&PARTS.iter().map(part).collect::<Vec<_>>(), false))
}

fn tidy() -> Rows {
    let cells = |line: &str| line.trim().split(',').map(str::to_owned).collect();
    vec![cells(super::USAGE), cells(super::ROW)]
}

/// The sheet with usage, and a second one.
fn beside(other: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0_u32..).zip(tidy()) {
        for (column, text) in (0_u16..).zip(cells) {
            sheet.write_string(row, column, text).unwrap();
        }
    }
    other(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

fn hidden_usage(sheet: &mut rust_xlsxwriter::Worksheet) {
    sheet.set_hidden(true);
    for (row, cells) in (0_u32..).zip(tidy()) {
        for (column, text) in (0_u16..).zip(cells) {
            sheet.write_string(row, column, text.replace("10:0", "11:0")).unwrap();
        }
    }
}

/// An encrypted workbook is an old container with a stream of this name.
fn encrypted() -> Vec<u8> {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    [&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1][..], &[0; 504], &name].concat()
}

/// A bill and, on a sheet beside it, something else.
fn bill_beside() -> Vec<u8> {
    let cells = |line: &str| -> Vec<String> { line.split(',').map(str::to_owned).collect() };
    let bill: Rows = super::BILL.lines().map(cells).collect();
    let notes: Rows = vec![vec!["说明".to_owned()], vec!["本表由系统生成".to_owned()]];
    forms::xlsx(&[("明细账单".to_owned(), bill), ("说明".to_owned(), notes)], Cells::Text)
}

pub fn cases() -> Vec<Case> {
    let number = "<c r=\"E2\"><v>600</v></c>";
    vec![
        sheet("excel-bad-date", "<v>45573.4166666667</v>", "<v>60</v>"),
        sheet("excel-bad-number", number, "<c r=\"E2\"><v>NaN</v></c>"),
        sheet("excel-bounds", number, "<c r=\"XFE2\"><v>600</v></c>"),
        book("excel-encrypted", encrypted()),
        sheet("excel-error-cell", number, "<c r=\"E2\" t=\"e\"><v>#REF!</v></c>"),
        sheet("excel-formula-no-value", number, "<c r=\"E2\"><f>A1*2</f></c>"),
        sheet("excel-formulas", number, "<c r=\"E2\"><f>300*2</f><v>600</v></c>"),
        book("excel-hidden-sheet", beside(|sheet| _ = sheet.set_hidden(true).write_string(0, 0, "x").unwrap())),
        Case::bytes("excel-legacy-unreadable", "usage/a.xls", forms::xls("a", &tidy())[..2000].to_vec()),
        Case::bytes("excel-lock-file", "usage/~$a.xlsx", vec![0; 165]),
        sheet("excel-hidden-rows", "<row r=\"2\"", "<row r=\"2\" hidden=\"1\""),
        sheet("excel-odd-cell", number, "<c r=\"E2\"><v><![CDATA[600]]></v></c>"),
        sheet("excel-long-number", "<v>1400000001</v>", "<v>100000000000000012</v>"),
        sheet("excel-merged", "A9:B9", "A2:B2"),
        Case::text("file-text-named-workbook", "usage/usage.xls", format!("{}{}", super::USAGE, super::ROW))
            .without("usage/usage.csv"),
        Case::text(
            "excel-not-a-workbook",
            "usage/a.xls",
            "<html><body><table><tr><td>1</td></tr></table></body></html>\n",
        ),
        sheet("excel-order", number, "<c r=\"E2\"><v>600</v></c><c r=\"B2\"><v>1</v></c>"),
        sheet("excel-unreadable", number, "<c r=\"E2\" t=\"s\"><v>99</v></c>"),
        Case::bytes("bill-sheet-unread", "bills/bill.xlsx", bill_beside()).without("bills/bill.csv"),
        book("normalise-sheet-hidden", beside(hidden_usage)),
        book("normalise-sheet-skipped", beside(|sheet| _ = sheet.write_string(0, 0, "本表由系统生成").unwrap())),
    ]
}
