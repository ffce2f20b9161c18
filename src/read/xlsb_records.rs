//! The records of an .xlsb before its reader sees them. The reader passes over
//! records that hold cells: the short ones of other programs, which leave out
//! the column, rich texts, and errors that are the result of a formula. Here
//! they become records that it reads.

use super::xls::Formulas;
use std::io::{self, Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Records by their number (MS-XLSB 2.3).
const ROW: u32 = 0;
const FIRST_CELL: u32 = 1;
const CELL_ERROR: u32 = 3;
const CELL_TEXT: u32 = 6;
const FORMULA_TEXT: u32 = 8;
const FORMULA_NUMBER: u32 = 9;
const FORMULA_ERROR: u32 = 11;
const FIRST_SHORT: u32 = 12;
const LAST_SHORT: u32 = 18;
const RICH_TEXT: u32 = 62;
const BEGIN_SHEET: u32 = 129;
const BEGIN_CELLS: u32 = 145;
const END_CELLS: u32 = 146;
const CALCULATION: u32 = 157;

/// Where the flags stand in [`CALCULATION`]: calculate all on load, some were never calculated.
const FLAGS: usize = 24;
const UNCALCULATED: u8 = 0b1_0001;

/// Returns the workbook with every cell in a record that its reader knows.
pub(super) fn whole(content: Vec<u8>) -> io::Result<(Vec<u8>, Formulas)> {
    let mut old = ZipArchive::new(Cursor::new(content))?;
    let mut new = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut told = Formulas::default();
    for index in 0..old.len() {
        let mut entry = old.by_index(index)?;
        if entry.is_dir() {
            continue;
        }
        let name = entry.name()?.into_owned();
        let mut part = Vec::new();
        entry.read_to_end(&mut part)?;
        if name.to_lowercase().ends_with(".bin") {
            part = whole_part(part, &mut told)?;
        }
        new.start_file(name, stored)?;
        new.write_all(&part)?;
    }
    Ok((new.finish()?.into_inner(), told))
}

/// Rewrites a sheet; any other part is returned as it is, once it told what it holds.
fn whole_part(part: Vec<u8>, told: &mut Formulas) -> io::Result<Vec<u8>> {
    let mut rest = &part[..];
    let (mut out, mut sheet, mut cells, mut column) = (Vec::new(), None, false, None::<u32>);
    while !rest.is_empty() {
        // Parts of other kinds (drawings, printers) are no records.
        let Some((kind, data)) = record(&mut rest) else {
            return if sheet == Some(true) { Err(io::ErrorKind::InvalidData.into()) } else { Ok(part) };
        };
        match kind {
            CALCULATION if data.get(FLAGS).is_some_and(|flags| flags & UNCALCULATED != 0) => told.uncalculated = true,
            BEGIN_CELLS => cells = true,
            END_CELLS => cells = false,
            _ => {}
        }
        if !*sheet.get_or_insert(kind == BEGIN_SHEET) {
            continue;
        }
        if !cells {
            write(kind, &[data], &mut out);
            continue;
        }
        told.count += u64::from((FORMULA_TEXT..=FORMULA_ERROR).contains(&kind));
        told.zeros += u64::from(kind == FORMULA_NUMBER && data.get(8..16) == Some(&[0; 8]));
        let own = || data.first_chunk().map(|column| u32::from_le_bytes(*column));
        match kind {
            ROW => column = None,
            FIRST_SHORT..=LAST_SHORT => column = Some(column.map_or(0, |last| last.saturating_add(1))),
            FIRST_CELL..=FORMULA_ERROR | RICH_TEXT => column = own(),
            _ => {}
        }
        match kind {
            FORMULA_ERROR => write(CELL_ERROR, &[data.get(..9).unwrap_or(data)], &mut out),
            FIRST_SHORT..=LAST_SHORT => {
                let here = column.unwrap_or_default().to_le_bytes();
                write(kind - FIRST_SHORT + FIRST_CELL, &[&here, data], &mut out);
            }
            // Column and format, then a byte of flags, which the plain text has not.
            RICH_TEXT if data.len() > 9 => write(CELL_TEXT, &[&data[..8], &data[9..]], &mut out),
            _ => write(kind, &[data], &mut out),
        }
    }
    Ok(if sheet == Some(true) { out } else { part })
}

/// Takes the next record: its number and its data; `None` if there is none.
fn record<'a>(rest: &mut &'a [u8]) -> Option<(u32, &'a [u8])> {
    let kind = number(rest, 2)?;
    let size = usize::try_from(number(rest, 4)?).ok()?;
    let (data, behind) = rest.split_at_checked(size)?;
    *rest = behind;
    Some((kind, data))
}

/// Takes a number of at most so many bytes, of 7 bits each, the lowest first.
fn number(rest: &mut &[u8], most: usize) -> Option<u32> {
    let mut value = 0;
    for at in 0..most {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        value |= u32::from(byte & 0x7F) << (7 * at);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(value)
}

fn write(kind: u32, data: &[&[u8]], out: &mut Vec<u8>) {
    let size = data.iter().map(|part| part.len()).sum::<usize>();
    let mut varying = |mut value: u32| {
        while value > 0x7F {
            out.push(u8::try_from(value & 0x7F).unwrap_or_default() | 0x80);
            value >>= 7;
        }
        out.push(u8::try_from(value).unwrap_or_default());
    };
    varying(kind);
    varying(u32::try_from(size).unwrap_or(u32::MAX));
    for part in data {
        out.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(records: &[(u32, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (kind, data) in records {
            write(*kind, &[data], &mut out);
        }
        out
    }

    fn rewritten(records: &[(u32, &[u8])]) -> (Vec<u8>, Formulas) {
        let mut told = Formulas::default();
        (whole_part(part(records), &mut told).unwrap(), told)
    }

    #[test]
    fn cells_without_their_column_follow_the_last_one() {
        let format = [7, 0, 0, 0];
        let full = |column: u8, data: &[u8]| [&[column, 0, 0, 0], &format[..], data].concat();
        let (new, _) = rewritten(&[
            (BEGIN_SHEET, &[]),
            (BEGIN_CELLS, &[]),
            (ROW, &[0; 4]),
            (5, &full(2, &[1; 8])),
            (12, &format),
            (16, &[&format[..], &[2; 8]].concat()),
            (ROW, &[1, 0, 0, 0]),
            (18, &[&format[..], &[3; 4]].concat()),
            (END_CELLS, &[]),
            // Behind the cells the same number is another record.
            (12, &format),
        ]);
        let expected = part(&[
            (BEGIN_SHEET, &[]),
            (BEGIN_CELLS, &[]),
            (ROW, &[0; 4]),
            (5, &full(2, &[1; 8])),
            (1, &full(3, &[])),
            (5, &full(4, &[2; 8])),
            (ROW, &[1, 0, 0, 0]),
            (7, &full(0, &[3; 4])),
            (END_CELLS, &[]),
            (12, &format),
        ]);
        assert_eq!(new, expected);
    }

    #[test]
    fn rich_texts_and_errors_of_formulas_become_cells_that_are_read() {
        let at = [1, 0, 0, 0, 0, 0, 0, 0];
        let (new, told) = rewritten(&[
            (BEGIN_SHEET, &[]),
            (BEGIN_CELLS, &[]),
            (RICH_TEXT, &[&at[..], &[1], &[1, 0, 0, 0, 65, 0]].concat()),
            (FORMULA_ERROR, &[&at[..], &[0x2A, 9, 9, 9]].concat()),
            (FORMULA_NUMBER, &[&at[..], &[0; 8], &[9, 9]].concat()),
        ]);
        let expected = part(&[
            (BEGIN_SHEET, &[]),
            (BEGIN_CELLS, &[]),
            (CELL_TEXT, &[&at[..], &[1, 0, 0, 0, 65, 0]].concat()),
            (CELL_ERROR, &[&at[..], &[0x2A]].concat()),
            (FORMULA_NUMBER, &[&at[..], &[0; 8], &[9, 9]].concat()),
        ]);
        assert_eq!(new, expected);
        assert_eq!(told, Formulas { count: 2, zeros: 1, uncalculated: false });
    }

    #[test]
    fn other_parts_stay_as_they_are_and_tell_whether_all_was_calculated() {
        let mut flags = [0; 26];
        flags[FLAGS] = 1;
        let (new, told) = rewritten(&[(131, &[]), (CALCULATION, &flags), (12, &[])]);
        assert_eq!(new, part(&[(131, &[]), (CALCULATION, &flags), (12, &[])]));
        assert!(told.uncalculated);
        assert_eq!(whole_part(vec![1, 200], &mut Formulas::default()).unwrap(), [1, 200]);
    }
}
