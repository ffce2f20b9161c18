use super::*;
use crate::read::{HeadRow, workbook};
use std::path::PathBuf;

const SECTOR: usize = 512;

fn record(kind: u16, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), content].concat()
}

/// Returns the smallest .xls: one sheet with a text, two numbers and an error.
fn xls() -> Vec<u8> {
    let start = |kind: u16| record(0x0809, &[&[0, 6][..], &kind.to_le_bytes(), &[0; 12]].concat());
    let end = record(0x000A, &[]);
    let cell = |row: u16, column: u16| [row.to_le_bytes(), column.to_le_bytes(), [0, 0]].concat();
    let number = |row, column, value: u64| record(0x0203, &[cell(row, column), value.to_le_bytes().to_vec()].concat());
    let label = record(0x0204, &[cell(0, 0), vec![2, 0, 0, b'S', b'D']].concat());
    let sheet_record = |offset: u32| record(0x0085, &[&offset.to_le_bytes()[..], &[0, 0, 2, 0, b'S', b'1']].concat());
    let globals_length = start(5).len() + sheet_record(0).len() + end.len();
    let sheet = [
        start(0x10),
        label,
        number(1, 0, 0x3FF8_0000_0000_0000),                   // 1.5
        number(2, 0, 0x40B0_1E96_EAA6_2674),                   // 4126.58952, about
        record(0x0205, &[cell(2, 1), vec![0x17, 1]].concat()), // #REF!
        end.clone(),
    ];
    let globals = [start(5), sheet_record(u32::try_from(globals_length).unwrap()), end].concat();
    let mut stream = [globals, sheet.concat()].concat();
    // Streams below 4,096 bytes would lie elsewhere.
    stream.resize(4096, 0);
    container(&stream)
}

/// Microsoft's older container with one stream, `Workbook`, of eight sectors.
fn container(stream: &[u8]) -> Vec<u8> {
    let mut header = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    header.resize(24, 0);
    for part in [0x3E_u16, 3, 0xFFFE, 9, 6] {
        header.extend(part.to_le_bytes());
    }
    header.resize(44, 0);
    // One table sector, directory at sector 1, no small streams.
    for part in [1_u32, 1, 0, 4096, 0xFFFF_FFFE, 0, 0xFFFF_FFFE, 0, 0] {
        header.extend(part.to_le_bytes());
    }
    header.resize(SECTOR, 0xFF);
    let chain = [0xFFFF_FFFD_u32, 0xFFFF_FFFE].into_iter().chain(3..10).chain([0xFFFF_FFFE]);
    let mut table: Vec<u8> = chain.flat_map(u32::to_le_bytes).collect();
    table.resize(SECTOR, 0xFF);
    let entry = |name: &str, kind: u8, child: u32, first: u32, size: u32| {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        entry.resize(64, 0);
        entry.extend(u16::try_from(name.len() * 2 + 2).unwrap().to_le_bytes());
        entry.extend([kind, 1]);
        for link in [0xFFFF_FFFF, 0xFFFF_FFFF, child] {
            entry.extend(link.to_le_bytes());
        }
        entry.resize(116, 0);
        entry.extend(first.to_le_bytes());
        entry.extend(size.to_le_bytes());
        entry.resize(128, 0);
        entry
    };
    let root = entry("Root Entry", 5, 1, 0xFFFF_FFFE, 0);
    let mut directory = [root, entry("Workbook", 2, 0xFFFF_FFFF, 2, 4096)].concat();
    directory.resize(SECTOR, 0);
    [&header, &table, &directory, stream].concat()
}

fn told(content: Vec<u8>) -> String {
    let mut out = Vec::new();
    tell(content, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_child_tells_sheets_and_cells() {
    let lines = told(xls());
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines[..4], ["formulas\t0", "sheet\tfalse\tfalse\tS1", "text\t1\t0\tSD", "number\t2\t0\t1.5"]);
    assert_eq!(lines[5..], ["error\t3\t1\t#REF!", "end"]);
}

#[test]
fn the_parent_hears_what_the_child_tells() {
    let Sent { sheets, .. } = listen(&mut told(xls()).as_bytes()).unwrap();
    assert_eq!(sheets[0].memory.head()[1], HeadRow { number: 2, cells: vec!["1.5".to_owned()] });
    let hidden = "sheet\ttrue\ttrue\ta\\tb\\\\n\ntext\t1\t0\tx\nmerge\t1\t0\t2\t3\nend\n";
    let Sent { sheets, .. } = listen(&mut hidden.as_bytes()).unwrap();
    assert_eq!((sheets[0].name.as_str(), sheets[0].hidden, sheets[0].date1904), ("a\tb\\n", true, true));
    assert_eq!(sheets[0].memory.merges, [Merge(1, 0, 2, 3)]);
}

#[test]
fn the_parent_believes_nothing_that_makes_no_sense() {
    for lines in [
        "",
        "sheet\tfalse\tfalse\tS\n",
        "text\t1\t0\tno sheet\nend\n",
        "sheet\tfalse\tfalse\tS\ntext\t2\t0\ta\ntext\t1\t0\tb\nend\n",
        "sheet\tfalse\tfalse\tS\ntext\t0\t0\ta\nend\n",
        "sheet\tfalse\tfalse\tS\ntext\t1048577\t0\ta\nend\n",
        "sheet\tfalse\tfalse\tS\nodd\t1\t0\ta\nend\n",
        "failed\tno workbook\n",
    ] {
        assert!(listen(&mut lines.as_bytes()).is_err(), "{lines}");
    }
}

#[test]
fn what_is_escaped_comes_back() {
    for text in ["", "a\tb", "a\\tb\n", "\\", "\\\\n"] {
        assert_eq!(unescape(&escape(text)), text);
    }
}

fn read_with(reader: &str, bytes: &[u8]) -> Opened {
    let mut next = 0;
    let options = ReadOptions { reader: Some(PathBuf::from(reader)), ..ReadOptions::default() };
    workbook::open("bills/a.xls", &Bytes::Memory(bytes.into()), &mut TableIds { next: &mut next }, &options)
}

#[test]
fn a_child_that_dies_is_an_error_that_names_the_file() {
    // Neither of these answers in the protocol: one dies at once, one cannot be started.
    for reader in ["/bin/false", "/nowhere"] {
        let opened = read_with(reader, &xls());
        let finding = opened.diagnostics.iter().next().unwrap();
        assert_eq!((finding.code, finding.at.file.as_str()), ("excel-legacy-unreadable", "bills/a.xls"));
    }
}
