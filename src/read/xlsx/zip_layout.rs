//! The layout of a zip whose parts are not packed.

/// Lays the parts of a zip out, one behind the other (APPNOTE.TXT 4.3).
#[derive(Default)]
pub(super) struct Layout {
    /// Where the next part begins.
    pub(super) at: u64,
    directory: Vec<u8>,
    entries: u16,
}

/// So much of nothing lies between the parts and the directory: a reader looks
/// for the directory from the end, block by block, and is not to begin a part.
const GAP: usize = 64 << 10;
/// Version 4.5, which knows files beyond 4 GiB.
const VERSION: u16 = 45;
/// Names are UTF-8.
const UTF8: u16 = 1 << 11;
/// 1980-01-01, the first day that a zip knows.
const NO_DATE: u16 = 0x21;

impl Layout {
    /// Adds a part: where it begins, and its header.
    pub(super) fn add(&mut self, name: &[u8], crc: u32, size: u64) -> (u64, Vec<u8>) {
        let at = self.at;
        let common = common(name, crc, size);
        let header = [b"PK\x03\x04", &common[..], &0_u16.to_le_bytes(), name].concat();
        let (short, extra) = match u32::try_from(at).ok().filter(|at| *at < u32::MAX) {
            Some(short) => (short, Vec::new()),
            None => (u32::MAX, [&1_u16.to_le_bytes()[..], &8_u16.to_le_bytes(), &at.to_le_bytes()].concat()),
        };
        self.directory.extend([b"PK\x01\x02", &VERSION.to_le_bytes()[..], &common].concat());
        self.directory.extend(u16::try_from(extra.len()).unwrap_or_default().to_le_bytes());
        // No comment, no disk, no attributes.
        self.directory.extend([0; 10]);
        self.directory.extend(short.to_le_bytes());
        self.directory.extend([name, &extra].concat());
        self.at += header.len() as u64 + size;
        self.entries += 1;
        (at, header)
    }

    /// Returns the gap, the directory, and the records that end the zip.
    pub(super) fn end(self) -> Vec<u8> {
        let Self { at, directory, entries } = self;
        let (size, at) = (directory.len() as u64, at + GAP as u64);
        let mut end = vec![0; GAP];
        end.extend(directory);
        let count = u64::from(entries).to_le_bytes();
        let versions = [&VERSION.to_le_bytes()[..], &VERSION.to_le_bytes(), &[0; 8], &count, &count].concat();
        end.extend(
            [b"PK\x06\x06", &44_u64.to_le_bytes()[..], &versions, &size.to_le_bytes(), &at.to_le_bytes()].concat(),
        );
        end.extend([b"PK\x06\x07", &[0; 4][..], &(at + size).to_le_bytes(), &1_u32.to_le_bytes()].concat());
        let short = |value: u64| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
        let count = entries.to_le_bytes();
        end.extend([b"PK\x05\x06", &[0; 4][..], &count, &count, &short(size), &short(at), &[0; 2]].concat());
        end
    }
}

/// Returns what both headers of a part have in common, up to the length of its name.
fn common(name: &[u8], crc: u32, size: u64) -> Vec<u8> {
    let size = u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes();
    let length = u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes();
    let (method, time) = ([0; 2], [0; 2]);
    let (version, flags, date) = (VERSION.to_le_bytes(), UTF8.to_le_bytes(), NO_DATE.to_le_bytes());
    [&version[..], &flags, &method, &time, &date, &crc.to_le_bytes(), &size, &size, &length].concat()
}
