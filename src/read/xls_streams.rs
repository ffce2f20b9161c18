//! The streams of an .xls before its reader sees them. The reader takes the
//! first stream of a name, whichever storage it lies in, and believes what
//! the workbook says of its code page. Here it is given the workbook of the
//! root storage alone, and in BIFF8 the code page that its texts have: UTF-16.

use super::xls::Formulas;
use cfb::{CompoundFile, Version};
use std::io::{self, Cursor, Read as _, Write as _};

/// The streams that hold a workbook; the second is that of Excel 5.
const NAMES: [&str; 2] = ["/Workbook", "/Book"];

/// Records by their number (MS-XLS 2.3).
const FORMULA: u16 = 0x0006;
const CODE_PAGE: u16 = 0x0042;
const UNCALCULATED: u16 = 0x005E;
const BEGIN: u16 = 0x0809;
const BIFF8: [u8; 2] = [0x00, 0x06];
const UTF16: [u8; 2] = 1200_u16.to_le_bytes();

/// Returns a container with the workbook of the root storage alone; `None` if there is none.
/// A container that is not whole by the letter (`SheetJS` writes such) is returned as it is,
/// if it holds one workbook, which then is the one that its reader takes.
pub(super) fn root_workbook(content: Vec<u8>) -> io::Result<Option<(Vec<u8>, Formulas)>> {
    let mut old = match CompoundFile::open(Cursor::new(&content[..])) {
        Ok(old) => old,
        Err(_) if workbooks(&content) == 1 => return Ok(Some((content, Formulas::default()))),
        Err(error) => return Err(error),
    };
    let Some(name) = NAMES.into_iter().find(|name| old.is_stream(name)) else { return Ok(None) };
    let mut records = Vec::new();
    old.open_stream(name)?.read_to_end(&mut records)?;
    let told = look(&mut records);
    let mut new = CompoundFile::create_with_version(Version::V3, Cursor::new(Vec::new()))?;
    new.create_stream(name)?.write_all(&records)?;
    new.flush()?;
    Ok(Some((new.into_inner().into_inner(), told)))
}

/// Returns the number of streams that are named as a workbook.
fn workbooks(content: &[u8]) -> usize {
    let named = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        // A name begins an entry of the directory, which is 128 bytes long.
        memchr::memmem::find_iter(content, &wide).filter(|at| at.is_multiple_of(128)).count()
    };
    NAMES.iter().map(|name| named(&name[1..])).sum()
}

/// Goes through the records; puts the code page of BIFF8 right.
fn look(records: &mut [u8]) -> Formulas {
    let (mut told, mut at, mut biff8) = (Formulas::default(), 0, false);
    while let Some([a, b, c, d]) = records.get(at..at + 4).and_then(|head| head.first_chunk::<4>().copied()) {
        let (kind, size) = (u16::from_le_bytes([a, b]), usize::from(u16::from_le_bytes([c, d])));
        let Some(data) = records.get_mut(at + 4..at + 4 + size) else { break };
        match kind {
            BEGIN => biff8 = data.starts_with(&BIFF8),
            CODE_PAGE if biff8 && size == 2 => data.copy_from_slice(&UTF16),
            FORMULA => {
                told.count += 1;
                // Row, column and format, then the result.
                told.zeros += u64::from(data.get(6..14) == Some(&[0; 8]));
            }
            UNCALCULATED => told.uncalculated = true,
            _ => {}
        }
        at += 4 + size;
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        [&kind.to_le_bytes()[..], &u16::try_from(data.len()).unwrap().to_le_bytes(), data].concat()
    }

    #[test]
    fn the_code_page_of_biff8_is_utf16() {
        for (version, page) in [([0, 6], 1200_u16), ([0, 5], 1252)] {
            let mut records = [record(BEGIN, &version), record(CODE_PAGE, &1252_u16.to_le_bytes())].concat();
            let told = look(&mut records);
            assert_eq!(records[10..12], page.to_le_bytes());
            assert_eq!(told, Formulas::default());
        }
        let mut records = [
            record(BEGIN, &[0, 6]),
            record(UNCALCULATED, &[0, 0]),
            record(FORMULA, &[0; 22]),
            record(FORMULA, &[1; 22]),
            vec![1, 2, 3],
        ]
        .concat();
        assert_eq!(look(&mut records), Formulas { count: 2, zeros: 1, uncalculated: true });
    }

    #[test]
    fn an_embedded_workbook_is_no_part_of_the_file() {
        let container = |streams: &[(&str, &[u8])]| {
            let mut new = CompoundFile::create(Cursor::new(Vec::new())).unwrap();
            for (name, content) in streams {
                if let Some((storage, _)) = name.rsplit_once('/').filter(|(storage, _)| !storage.is_empty()) {
                    new.create_storage(storage).unwrap();
                }
                new.create_stream(name).unwrap().write_all(content).unwrap();
            }
            new.into_inner().into_inner()
        };
        let embedded: (&str, &[u8]) = ("/MBD0001/Workbook", &[1; 5000]);
        let (new, _) = root_workbook(container(&[embedded, ("/Workbook", &[2; 5000])])).unwrap().unwrap();
        let mut records = Vec::new();
        let mut new = CompoundFile::open(Cursor::new(new)).unwrap();
        new.open_stream("/Workbook").unwrap().read_to_end(&mut records).unwrap();
        assert_eq!(records, [2; 5000]);
        assert_eq!(new.walk().count(), 2);
        assert_eq!(root_workbook(container(&[embedded])).unwrap(), None);
        let two = container(&[embedded, ("/Workbook", &[2; 5000])]);
        assert_eq!(workbooks(&two), 2);
    }
}
