//! Whether a file is still the one that was read, without reading it again.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A file that was changed less than so long ago may be changed again without
/// a sign: clocks of file systems are coarse, and what is written through a
/// mapping is noted late.
const QUIET: Duration = Duration::from_mins(1);

/// What a file system says of a file: every write to it shows here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds of the last change of its content.
    modified: (i64, i64),
    /// Of anything about it; no program can set it.
    changed: (i64, i64),
}

impl Identity {
    /// Of a file that was quiet for a while; `None` of any other, whose bytes alone tell.
    #[must_use]
    pub fn of_quiet(path: &Path) -> Option<Self> {
        let identity = Self::of(path)?;
        let (seconds, _) = identity.changed;
        let changed = UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).ok()?);
        let age = SystemTime::now().duration_since(changed).ok()?;
        (age > QUIET).then_some(identity)
    }

    /// Whether nothing about the file was changed.
    #[must_use]
    pub fn still_holds(&self, path: &Path) -> bool {
        Self::of(path).as_ref() == Some(self)
    }

    fn of(path: &Path) -> Option<Self> {
        let meta = std::fs::metadata(path).ok()?;
        Some(Self {
            device: meta.dev(),
            inode: meta.ino(),
            size: meta.size(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File, FileTimes};

    #[test]
    fn a_fresh_file_is_told_by_its_bytes_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "a").unwrap();
        assert_eq!(Identity::of_quiet(&path), None);
    }

    #[test]
    fn another_content_shows_although_its_time_is_set_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "a").unwrap();
        let (seen, modified) = (Identity::of(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
        assert!(seen.still_holds(&path));
        std::thread::sleep(Duration::from_millis(20));
        fs::write(&path, "b").unwrap();
        File::options().write(true).open(&path).unwrap().set_times(FileTimes::new().set_modified(modified)).unwrap();
        assert!(!seen.still_holds(&path));
    }
}
