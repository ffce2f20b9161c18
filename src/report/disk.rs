//! The file operations of [`super::publish`], counted one by one, so that a
//! test can make any of them fail, or the process stop dead before it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::process::{Signal, getpid, kill_process};

/// Which operation fails. Operations count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// None: every run but a test.
    #[default]
    Never,
    /// The k-th alone.
    Once(u32),
    /// From the k-th on, as on a full or read-only disk; what is there can still be removed.
    ForGood(u32),
    /// The k-th and everything behind it: what is left is what a killed process leaves.
    StopDead(u32),
    /// The process is killed before the k-th, as `kill -9` does it.
    Killed(u32),
}

/// The disk, and what is to go wrong with it.
#[derive(Debug, Default)]
pub struct Disk {
    /// The fault to bring about.
    pub fault: Fault,
    /// True if two folders are to be taken as not exchangeable, as on some network disks.
    pub without_exchange: bool,
    done: u32,
}

impl Disk {
    /// Returns a disk with a fault.
    #[must_use]
    pub fn with(fault: Fault) -> Self {
        Self { fault, ..Self::default() }
    }

    /// Returns how many operations were asked for so far.
    #[must_use]
    pub const fn operations(&self) -> u32 {
        self.done
    }

    /// Creates a folder and those above it, where they are missing.
    pub fn create_dirs(&mut self, path: &Path) -> io::Result<()> {
        self.step()?;
        fs::create_dir_all(path)
    }

    /// Replaces what a small open file holds.
    pub fn rewrite(&mut self, file: &mut File, text: &str) -> io::Result<()> {
        self.step()?;
        file.set_len(0)?;
        file.write_all(text.as_bytes())?;
        file.flush()
    }

    /// Creates a folder that must not be there.
    pub fn create_dir(&mut self, path: &Path) -> io::Result<()> {
        self.step()?;
        fs::create_dir(path)
    }

    /// Creates a file that must not be there, writes it and forces it to the disk.
    pub fn write_file(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.step()?;
        let mut file = File::options().write(true).create_new(true).open(path)?;
        if let Err(fault) = self.step() {
            // A disk that fills up takes part of the bytes first.
            file.write_all(&bytes[..bytes.len() / 2])?;
            return Err(fault);
        }
        file.write_all(bytes)?;
        file.flush()?;
        self.step()?;
        file.sync_all()
    }

    /// Reads a file back.
    pub fn read(&mut self, path: &Path) -> io::Result<Vec<u8>> {
        self.step()?;
        fs::read(path)
    }

    /// Forces the entries of a folder to the disk.
    pub fn sync_dir(&mut self, path: &Path) -> io::Result<()> {
        self.step()?;
        File::open(path)?.sync_all()
    }

    /// Gives a file a second name, or copies it where the file system has no such names.
    pub fn link(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(|_| ()))
    }

    /// Renames.
    pub fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        fs::rename(from, to)
    }

    /// Exchanges two folders in one step; [`io::ErrorKind::Unsupported`] where the file system cannot.
    pub fn exchange(&mut self, a: &Path, b: &Path) -> io::Result<()> {
        self.step()?;
        if self.without_exchange {
            return Err(io::ErrorKind::Unsupported.into());
        }
        renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE).map_err(|errno| {
            // Linux says "invalid" where the file system lacks the operation.
            let lacking = [rustix::io::Errno::INVAL, rustix::io::Errno::NOSYS, rustix::io::Errno::NOTSUP];
            if lacking.contains(&errno) { io::ErrorKind::Unsupported.into() } else { errno.into() }
        })
    }

    /// Removes a folder with what is in it, or a file or link.
    pub fn remove(&mut self, path: &Path) -> io::Result<()> {
        if !matches!(self.fault, Fault::ForGood(_)) {
            self.step()?;
        }
        if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
    }

    fn step(&mut self) -> io::Result<()> {
        let now = self.done;
        self.done += 1;
        let fails = match self.fault {
            Fault::Never => false,
            Fault::Once(k) => now == k,
            Fault::ForGood(k) | Fault::StopDead(k) => now >= k,
            Fault::Killed(k) => now == k && kill_process(getpid(), Signal::KILL).is_ok(),
        };
        if fails { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}
