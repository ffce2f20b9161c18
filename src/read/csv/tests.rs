use super::*;
use crate::read::Encoding;
use proptest::prelude::*;
use std::fmt::Write as _;

fn read(bytes: &[u8]) -> Opened {
    read_as(bytes, None)
}

fn read_as(bytes: &[u8], encoding: Option<Encoding>) -> Opened {
    let mut next = 0;
    let options = ReadOptions { encoding, ..ReadOptions::default() };
    open("usage/a.csv", &Bytes::Memory(bytes.into()), &mut TableIds { next: &mut next }, &options)
}

/// Returns the rows under `header`, all columns, as `number:cell|cell`.
fn rows(table: &Table, header: u32) -> Result<Vec<String>, Diagnostics> {
    let width = table.width(header)?.all;
    let columns: Vec<usize> = (0..width).collect();
    let pieces = table.fold(header, &columns, Vec::new, |rows, row| {
        let cells: Vec<&str> = row.cells.iter().map(|cell| cell.text).collect();
        rows.push(format!("{}:{}", row.number, cells.join("|")));
    })?;
    Ok(pieces.concat())
}

fn taken(bytes: &[u8]) -> Vec<String> {
    let opened = read(bytes);
    assert!(!opened.diagnostics.has_errors(), "{:?}", opened.diagnostics);
    let header = opened.tables[0].head[0].number;
    rows(&opened.tables[0], header).unwrap()
}

/// Returns the code and place of the first error, at opening or reading.
fn refusal(bytes: &[u8]) -> (&'static str, String) {
    let opened = read(bytes);
    let first = |diagnostics: &Diagnostics| {
        let first = diagnostics.iter().next().unwrap();
        (first.code, first.at.to_string())
    };
    match opened.tables.first() {
        None => first(&opened.diagnostics),
        Some(table) => first(&rows(table, table.head[0].number).unwrap_err()),
    }
}

#[test]
fn every_line_end_parts_rows() {
    for text in ["a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4", "a,b\r1,2\r3,4\r", "a,b\r\n1,2\r3,4\n"] {
        assert_eq!(taken(text.as_bytes()), ["2:1|2", "3:3|4"], "{text:?}");
    }
}

#[test]
fn blank_lines_are_left_out_and_count_as_lines() {
    assert_eq!(taken(b"\n\na,b\n\n1,2\n , \n,\n3,4\n\n"), ["5:1|2", "8:3|4"]);
}

#[test]
fn quotes_hold_delimiters_line_ends_and_doubled_quotes() {
    assert_eq!(taken(b"a,b\n\"1,5\",\"x\ny\"\n\"say \"\"yes\"\"\",\"\"\n"), ["2:1,5|x\ny", "4:say \"yes\"|"]);
    // Within a field that does not start with one, a quote is a character.
    assert_eq!(taken(b"a,b\n5\" screen,1\n"), ["2:5\" screen|1"]);
}

#[test]
fn titles_may_be_of_any_width() {
    let opened = read(b"title\nof,a,longer,one\na,b\n1,2\n");
    assert_eq!(rows(&opened.tables[0], 3).unwrap(), ["4:1|2"]);
}

#[test]
fn encodings_are_recognised() {
    let text = "时间,全高清\n2024-10-01 00:00:00,通话\n";
    let utf16 = |big: bool| {
        let unit = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(unit).collect::<Vec<u8>>()
    };
    let gb = encoding_rs::GB18030.encode(text).0.into_owned();
    let with_mark = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    let all = [
        (text.as_bytes().to_vec(), "csv, UTF-8, comma"),
        (with_mark, "csv, UTF-8 with byte-order mark, comma"),
        (gb, "csv, GB18030, comma"),
        (utf16(false), "csv, UTF-16LE with byte-order mark, comma"),
        (utf16(true), "csv, UTF-16BE with byte-order mark, comma"),
    ];
    for (bytes, name) in all {
        let opened = read(&bytes);
        assert_eq!(opened.read_as, name);
        assert_eq!(opened.tables[0].head[0].cells, ["时间", "全高清"]);
        assert_eq!(rows(&opened.tables[0], 1).unwrap(), ["2:2024-10-01 00:00:00|通话"]);
    }
}

#[test]
fn an_encoding_can_be_named() {
    let gb = encoding_rs::GB18030.encode("时间,高清\n1,2\n").0.into_owned();
    assert_eq!(read_as(&gb, Some(Encoding::Gb18030)).tables[0].head[0].cells, ["时间", "高清"]);
    assert!(read_as(&gb, Some(Encoding::Utf8)).tables.is_empty());
}

#[test]
fn refusals_name_their_place() {
    let place = |at: &str| format!("usage/a.csv{at}");
    assert_eq!(refusal(b"a,b\n1,2\n\"3,4\n5,6\n"), ("csv-open-quote", place("!A3")));
    assert_eq!(refusal(b"a,b\n1,2\n3,\"4\"x\n"), ("csv-text-after-quote", place("!B3")));
    assert_eq!(refusal(b"a,b\n1\n"), ("csv-row-width", place("!2")));
    assert_eq!(refusal(b"a,b\n1,234.50,7\n"), ("csv-row-width", place("!2")));
    assert_eq!(refusal(b"a,b\n1,\0\n"), ("text-nul", place("!2")));
    assert_eq!(refusal(b"\n \n"), ("table-blank", place("")));
    assert_eq!(refusal(b"a,b\n\xFF\xFF,1\n"), ("encoding-invalid", place("!2")));
    let long = format!("a,b\n{},1\n", "x".repeat(LONGEST_FIELD + 1));
    assert_eq!(refusal(long.as_bytes()), ("csv-field-too-long", place("!A2")));
    let wide = ",".repeat(MOST_COLUMNS);
    assert_eq!(refusal(format!("x{wide}\n").as_bytes()).0, "csv-too-many-columns");
    let endless = "x,".repeat(4095) + &"y".repeat(LONGEST_FIELD - 1);
    let endless = endless.replace("x,", &format!("{},", "x".repeat(2000)));
    assert_eq!(refusal(format!("{endless}\n1\n").as_bytes()).0, "csv-row-too-long");
}

#[test]
fn damaged_utf8_is_not_taken_for_gb18030() {
    let text = "时间,通话时长\n".as_bytes();
    assert_eq!(refusal(&text[..text.len() - 2]).0, "encoding-mixed");
    let gb = encoding_rs::GB18030.encode("\n高清,1\n").0.into_owned();
    assert_eq!(refusal(&[text, &gb].concat()).0, "encoding-mixed");
}

#[test]
fn a_long_row_hints_at_a_figure_without_quotes() {
    let opened = read(b"a,b\n1,234.50,7\n");
    let diagnostics = rows(&opened.tables[0], 1).unwrap_err();
    let text = diagnostics.iter().next().unwrap().to_string();
    assert!(text.contains("3 fields") && text.contains("has 2") && text.contains("1,234.50 without quotes"), "{text}");
}

#[test]
fn a_limit_of_excel_is_a_warning() {
    let text = format!("a,b\n{}", "1,2\n".repeat(65_535));
    assert_eq!(read(text.as_bytes()).diagnostics.iter().next().unwrap().code, "maybe-cut");
}

/// Eleven MiB: three blocks, with quoted line ends and doubled quotes
/// everywhere, so that every cut must step over some.
fn large(gb: bool) -> (Vec<u8>, u64) {
    let mut text = String::from("n,text,more\n");
    let mut count = 0_u64;
    while text.len() < 11 << 20 {
        write!(text, "{count},\"line\r\nbreak, \"\"quoted\"\"\",时长\r\n").unwrap();
        count += 1;
    }
    let bytes = if gb { encoding_rs::GB18030.encode(&text).0.into_owned() } else { text.into_bytes() };
    (bytes, count)
}

#[test]
fn blocks_lose_and_repeat_nothing() {
    for gb in [false, true] {
        let (bytes, count) = large(gb);
        let opened = read(&bytes);
        let pieces = opened.tables[0]
            .fold(1, &[2, 0, 1], Vec::new, |rows: &mut Vec<(u32, u64)>, row| {
                assert_eq!((row.cells[0].text, row.cells[2].text), ("时长", "line\r\nbreak, \"quoted\""));
                rows.push((row.number, row.cells[1].text.parse().unwrap()));
            })
            .unwrap();
        assert!(pieces.len() >= 2);
        let rows = pieces.concat();
        assert_eq!(rows.len() as u64, count);
        assert!(rows.iter().enumerate().all(|(at, (line, n))| *n == at as u64 && u64::from(*line) == 2 + 2 * n));
        let last = 2 + 2 * (u32::try_from(count).unwrap() - 1);
        assert_eq!(opened.tables[0].row(last).unwrap()[0], (count - 1).to_string());
    }
}

#[test]
fn an_open_quote_far_from_the_end_is_told_where_it_opens() {
    let text = format!("a,b\n{}\"3,4\n{}", "1,2\n".repeat(1000), "5,6\n".repeat(3 << 20));
    assert_eq!(refusal(text.as_bytes()).1, "usage/a.csv!A1002");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(prop_oneof![
        Just(b','), Just(b'"'), Just(b'\n'), Just(b'\r'), Just(b'\t'), Just(b';'), Just(b'1'), any::<u8>()
    ], 0..200)) {
        let opened = read(&bytes);
        for table in &opened.tables {
            let _ = rows(table, table.head[0].number);
            let _ = table.row(2);
        }
    }

    #[test]
    fn what_is_written_is_read(cells in proptest::collection::vec("[a-z\",\n\r;\t 时长]{0,6}", 2..40)) {
        let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let mut text = String::from("h,i\n");
        let mut expected = Vec::new();
        for pair in cells.chunks_exact(2) {
            writeln!(text, "{},{}", quoted(&pair[0]), quoted(&pair[1])).unwrap();
            if pair.iter().any(|cell| !cell.trim().is_empty()) {
                expected.push(pair.join("|"));
            }
        }
        let opened = read(text.as_bytes());
        let rows: Vec<String> = rows(&opened.tables[0], 1).unwrap();
        let found: Vec<String> = rows.iter().map(|row| row.split_once(':').unwrap().1.to_owned()).collect();
        prop_assert_eq!(found, expected);
    }
}
