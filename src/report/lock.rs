//! The lock beside a target: one run at a time writes there.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::disk::Disk;
use super::publish::{PublishError, failed, named};
use crate::model::diagnostic::shown;

/// The time that a second run waits for the first.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);

/// A held lock; let go when dropped, or by the system when the process dies.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// Open as long as the lock is held.
    file: File,
}

impl Lock {
    /// Takes the lock, or says who holds it.
    pub fn take(disk: &mut Disk, path: &Path, target: &Path) -> Result<Self, PublishError> {
        Self::take_within(disk, path, target, PATIENCE)
    }

    fn take_within(disk: &mut Disk, path: &Path, target: &Path, patience: Duration) -> Result<Self, PublishError> {
        let deadline = Instant::now() + patience;
        loop {
            let mut file = open(path).map_err(failed("open the lock", path))?;
            match file.try_lock() {
                // The last holder removed the file between our open and our lock: what we hold is no one's.
                Ok(()) if !is_at(&file, path) => {}
                Ok(()) => {
                    // Held from here on, so that a lock that cannot be signed is removed again.
                    let mut lock = Self { path: path.to_owned(), file };
                    let pid = std::process::id().to_string();
                    disk.rewrite(&mut lock.file, &pid).map_err(failed("write the lock", path))?;
                    return Ok(lock);
                }
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                    return Err(PublishError::Held { path: named(target), holder: holder(&mut file) });
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                Err(TryLockError::Error(error)) => return Err(failed("lock", path)(error)),
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Still locked: who waits for this file sees that it is gone and opens the next.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn open(path: &Path) -> io::Result<File> {
    let no_links = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).map_err(io::Error::other)?;
    File::options().read(true).write(true).create(true).truncate(false).custom_flags(no_links).open(path)
}

fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(held), Ok(found)) = (file.metadata(), std::fs::symlink_metadata(path)) else { return false };
    (held.dev(), held.ino()) == (found.dev(), found.ino())
}

fn holder(file: &mut File) -> String {
    let mut pid = String::new();
    match file.take(20).read_to_string(&mut pid) {
        Ok(read) if read > 0 => shown(&pid),
        _ => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_run_is_told_who_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join(".a.lock"), folder.path().join("a"));
        let first = Lock::take(&mut Disk::default(), &path, &target).unwrap();
        let second = Lock::take_within(&mut Disk::default(), &path, &target, Duration::ZERO).unwrap_err();
        let pid = std::process::id().to_string();
        assert!(matches!(second, PublishError::Held { holder, .. } if holder == pid));
        drop(first);
        assert!(!path.exists());
    }

    #[test]
    fn a_second_run_waits_for_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join(".a.lock"), folder.path().join("a"));
        let first = Lock::take(&mut Disk::default(), &path, &target).unwrap();
        std::thread::scope(|threads| {
            let second = threads.spawn(|| Lock::take(&mut Disk::default(), &path, &target).map(drop));
            std::thread::sleep(Duration::from_millis(120));
            drop(first);
            second.join().unwrap().unwrap();
        });
    }

    #[test]
    fn the_lock_of_a_dead_run_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join(".a.lock"), folder.path().join("a"));
        std::fs::write(&path, "999999999").unwrap();
        let _lock = Lock::take(&mut Disk::default(), &path, &target).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), std::process::id().to_string());
    }

    #[test]
    fn a_link_in_place_of_the_lock_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        std::fs::write(&victim, "precious").unwrap();
        let path = folder.path().join(".a.lock");
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        assert!(Lock::take(&mut Disk::default(), &path, &folder.path().join("a")).is_err());
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
    }
}
