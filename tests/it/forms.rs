//! Tables in the containers that the vendor writes: delimited text, workbooks
//! old and new, zips.

use std::io::{Cursor, Write as _};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

/// A table: its header first.
pub type Rows = Vec<Vec<String>>;

/// How the cells of a workbook are stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cells {
    /// As texts, which is how the vendor's own exports are.
    Text,
    /// Numbers as numbers and times as serial numbers, which is what Excel makes of them. What has
    /// more digits than Excel keeps stays a text.
    Typed,
}

/// A text as UTF-16 with its byte-order mark.
pub fn utf16(text: &str, little: bool) -> Vec<u8> {
    let order = if little { u16::to_le_bytes } else { u16::to_be_bytes };
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(order).collect()
}

/// A text in GB18030; of the characters in use here the same bytes as in GBK.
pub fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

/// Delimited text; only what needs quotes has them.
pub fn delimited(rows: &Rows, delimiter: char, end: &str) -> String {
    let special = |letter: char| letter == delimiter || "\"\r\n".contains(letter);
    let field = |text: &String| {
        if text.contains(special) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.clone() }
    };
    let line = |row: &Vec<String>| row.iter().map(field).collect::<Vec<_>>().join(&delimiter.to_string());
    rows.iter().map(|row| line(row) + end).collect()
}

/// A workbook of named sheets.
pub fn xlsx(sheets: &[(String, Rows)], cells: Cells) -> Vec<u8> {
    let mut book = Workbook::new();
    let time = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    for (name, rows) in sheets {
        let sheet = book.add_worksheet().set_name(sheet_name(name)).unwrap();
        for (row, texts) in (0_u32..).zip(rows) {
            for (column, text) in (0_u16..).zip(texts) {
                let digits = text.chars().filter(char::is_ascii_digit).count();
                let (moment, number) = (ExcelDateTime::parse_from_str(text).ok(), text.parse::<f64>().ok());
                let moment = moment.filter(|_| text.starts_with("20") && text.len() == "2024-10-01 00:00:00".len());
                match (cells, moment, number) {
                    (Cells::Typed, Some(moment), _) => {
                        sheet.write_datetime_with_format(row, column, &moment, &time).unwrap()
                    }
                    (Cells::Typed, None, Some(number)) if digits <= 15 => {
                        sheet.write_number(row, column, number).unwrap()
                    }
                    _ if text.is_empty() => continue,
                    _ => sheet.write_string(row, column, text).unwrap(),
                };
            }
        }
    }
    book.save_to_buffer().unwrap()
}

/// At most 31 characters, none of them special: what Excel takes for a sheet's name.
fn sheet_name(name: &str) -> String {
    name.chars().filter(|letter| !"[]:*?/\\".contains(*letter)).take(31).collect()
}

/// A zip; its names in UTF-8 or in GBK, as Chinese Windows writes them.
pub fn zip(members: &[(String, Vec<u8>)], gbk_names: bool) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    // Names of one length in both spellings are put in place behind the writer's back: it knows UTF-8 only.
    let stand_in = |at: usize, length: usize| format!("{at:_<length$}");
    let names: Vec<Vec<u8>> = members.iter().map(|(name, _)| gb18030(name)).collect();
    for (at, (name, content)) in members.iter().enumerate() {
        let name = if gbk_names { stand_in(at, names[at].len()) } else { name.clone() };
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    let mut bytes = zip.finish().unwrap().into_inner();
    for (at, name) in names.iter().enumerate().filter(|_| gbk_names) {
        let (stand_in, mut from) = (stand_in(at, name.len()), 0);
        while let Some(found) = memchr::memmem::find(&bytes[from..], stand_in.as_bytes()) {
            // Only behind the two kinds of header does the name stand; content is packed.
            let begin = from + found;
            let local = begin >= 30 && bytes[begin - 30..].starts_with(b"PK\x03\x04");
            let central = begin >= 46 && bytes[begin - 46..].starts_with(b"PK\x01\x02");
            if local || central {
                bytes[begin..begin + name.len()].copy_from_slice(name);
            }
            from = begin + 1;
        }
    }
    bytes
}

const SECTOR: usize = 512;
const END: u32 = 0xFFFF_FFFE;

/// An old workbook (BIFF8 in Microsoft's container) of one sheet. Numbers that a binary float holds as they are
/// printed are numbers, all else is text.
pub fn xls(name: &str, rows: &Rows) -> Vec<u8> {
    let start = |kind: u16| record(0x0809, &[&[0, 6][..], &kind.to_le_bytes(), &[0; 12]].concat());
    let end = record(0x000A, &[]);
    let name = sheet_name(name);
    let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let letters = u8::try_from(wide.len() / 2).unwrap();
    let bound = |offset: u32| record(0x0085, &[&offset.to_le_bytes()[..], &[0, 0, letters, 1], &wide].concat());
    let offset = start(5).len() + bound(0).len() + end.len();
    let mut stream = [start(5), bound(u32::try_from(offset).unwrap()), end.clone(), start(0x10)].concat();
    for (row, texts) in (0_u16..).zip(rows) {
        for (column, text) in (0_u16..).zip(texts).filter(|(_, text)| !text.is_empty()) {
            stream.extend(cell(row, column, text));
        }
    }
    stream.extend(end);
    // A stream below 4,096 bytes would lie elsewhere.
    stream.resize(stream.len().max(4096).next_multiple_of(SECTOR), 0);
    container(&stream)
}

fn record(kind: u16, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), content].concat()
}

fn cell(row: u16, column: u16, text: &str) -> Vec<u8> {
    let place = [row.to_le_bytes(), column.to_le_bytes(), [0, 0]].concat();
    if let Some(number) = text.parse::<f64>().ok().filter(|number| number.to_string() == text) {
        return record(0x0203, &[&place[..], &number.to_le_bytes()].concat());
    }
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = u16::try_from(wide.len() / 2).unwrap();
    record(0x0204, &[&place[..], &length.to_le_bytes(), &[1], &wide].concat())
}

/// Microsoft's older container with one stream, `Workbook`.
fn container(stream: &[u8]) -> Vec<u8> {
    let sectors = stream.len() / SECTOR;
    // The tables, the directory, then the stream.
    let tables = (1..).find(|tables| tables * SECTOR / 4 > sectors + tables).unwrap();
    let (directory, first) = (u32::try_from(tables).unwrap(), u32::try_from(tables + 1).unwrap());
    let mut header = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    header.resize(24, 0);
    header.extend([0x3E_u16, 3, 0xFFFE, 9, 6].into_iter().flat_map(u16::to_le_bytes));
    header.resize(44, 0);
    let fields = [directory, directory, 0, 4096, END, 0, END, 0];
    header.extend(fields.into_iter().chain(0..directory).flat_map(u32::to_le_bytes));
    header.resize(SECTOR, 0xFF);
    let chain = (1..sectors).map(|at| first + u32::try_from(at).unwrap()).chain([END]);
    let marks = std::iter::repeat_n(0xFFFF_FFFD, tables).chain([END]).chain(chain);
    let mut table: Vec<u8> = marks.flat_map(u32::to_le_bytes).collect();
    table.resize(tables * SECTOR, 0xFF);
    let size = u32::try_from(stream.len()).unwrap();
    let mut names = [entry("Root Entry", 5, 1, END, 0), entry("Workbook", 2, u32::MAX, first, size)].concat();
    names.resize(SECTOR, 0);
    [&header, &table, &names, stream].concat()
}

fn entry(name: &str, kind: u8, child: u32, first: u32, size: u32) -> Vec<u8> {
    let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    entry.resize(64, 0);
    entry.extend(u16::try_from(name.len() * 2 + 2).unwrap().to_le_bytes());
    entry.extend([kind, 1]);
    entry.extend([u32::MAX, u32::MAX, child].into_iter().flat_map(u32::to_le_bytes));
    entry.resize(116, 0);
    entry.extend(first.to_le_bytes());
    entry.extend(size.to_le_bytes());
    entry.resize(128, 0);
    entry
}
