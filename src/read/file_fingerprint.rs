//! Detects if a file was changed since it was read, without reading it a second time.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The longest time for which a second change may have the same time as the last one. Linux stamps files by a clock
/// that ticks every 1 to 10 ms, however many digits the file system keeps.
const TICK: Duration = Duration::from_millis(20);
/// The same on a file system that keeps whole seconds (ext3, HFS+, some NFS
/// servers), or every second one (FAT).
const WHOLE_SECONDS: Duration = Duration::from_secs(2);

/// The file system's data of a file: every write to it shows here.
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
    /// Returns the identity of a file, if every later change will show in it; `None` of one
    /// that was changed so short a time ago that the next change may have the same time: its bytes alone decide.
    #[must_use]
    pub fn of_settled(path: &Path) -> Option<Self> {
        let identity = Self::of(path)?;
        is_past(identity.changed, SystemTime::now()).then_some(identity)
    }

    /// Returns true if nothing about the file was changed.
    #[must_use]
    pub fn still_holds(&self, path: &Path) -> bool {
        Self::of(path).as_ref() == Some(self)
    }

    fn of(path: &Path) -> Option<Self> {
        // A pipe would wait for a writer.
        std::fs::metadata(path).ok().filter(Metadata::is_file)?;
        // Opening makes a network file system look at the file anew.
        let meta = File::open(path).and_then(|file| file.metadata()).ok()?;
        Some(Self {
            device: meta.dev(),
            inode: meta.ino(),
            size: meta.size(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
        })
    }
}

/// Returns if a change now would have another time than the last one.
fn is_past((seconds, nanoseconds): (i64, i64), now: SystemTime) -> bool {
    let parts = (u64::try_from(seconds), u32::try_from(nanoseconds));
    let (Ok(seconds), Ok(nanoseconds)) = parts else { return false };
    let window = if nanoseconds == 0 { WHOLE_SECONDS } else { TICK };
    let age = now.duration_since(UNIX_EPOCH + Duration::new(seconds, nanoseconds));
    // A time ahead of this machine's clock is another clock's.
    age.is_ok_and(|age| age > window)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, FileTimes};

    #[test]
    fn a_file_is_known_by_its_times_once_the_clock_has_moved_on() {
        let at = |milliseconds| UNIX_EPOCH + Duration::from_millis(milliseconds);
        assert!(!is_past((10, 500_000_000), at(10_515)), "within a tick");
        assert!(is_past((10, 500_000_000), at(10_521)));
        assert!(!is_past((10, 0), at(11_900)), "whole seconds");
        assert!(is_past((10, 0), at(12_001)));
        assert!(!is_past((11, 500_000_000), at(10_000)), "ahead");
        assert!(!is_past((-1, 0), at(10_000)));
    }

    #[test]
    fn a_file_of_a_moment_ago_is_not_read_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "a").unwrap();
        std::thread::sleep(WHOLE_SECONDS + TICK);
        assert!(Identity::of_settled(&path).unwrap().still_holds(&path));
        assert_eq!(Identity::of_settled(folder.path()), None, "no file");
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
