//! Puts a finished report under its final name: whole or not at all.
//!
//! The files are written into a hidden folder beside the target, forced to
//! the disk and read back; then the two folders are exchanged in one step. A
//! reader sees the old report or the new one, at every moment and after a
//! power cut. What a killed run left behind is removed by the next one, which
//! knows it for dead because it holds the lock.
//!
//! Where the file system cannot exchange two folders, the old report is
//! renamed away first: a run killed in that instant leaves no report under
//! the name, and the next one puts the old one back before it starts.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::disk::Disk;
use super::lock::Lock;
use crate::model::diagnostic::{At, Diagnostic, shown};

/// Why a report was not published. What was there is there again, unless the
/// disk refused that as well: then the new report may stand, whole, or the old
/// one waits under its hidden name for the next run.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The target is something that must not be replaced.
    #[error("{path} {what}, so the report cannot be put there")]
    Target {
        /// The target.
        path: String,
        /// The obstacle, as the end of a sentence: `is a file, not a folder`.
        what: &'static str,
    },
    /// A report without a bill would replace one with its bill.
    #[error("{path} is a report of reconcile, which one of rate does not replace")]
    Compared {
        /// The target.
        path: String,
    },
    /// A file that is not ours has the name of one that is to be written.
    #[error("{path} is not of the report, and the report needs its name")]
    Foreign {
        /// The file.
        path: String,
    },
    /// Another run is writing there.
    #[error("another run (process {holder}) is writing {path}")]
    Held {
        /// The target.
        path: String,
        /// The holder, as the lock names it.
        holder: String,
    },
    /// A file that was written reads otherwise.
    #[error("{path} reads otherwise than it was written")]
    ReadBack {
        /// The file.
        path: String,
    },
    /// The disk refused.
    #[error("cannot {action} {path}: {source}")]
    Disk {
        /// The attempted action.
        action: &'static str,
        /// On which file or folder.
        path: String,
        /// The error of the system.
        source: io::Error,
    },
}

impl PublishError {
    /// Returns the finding as every other one is shown.
    #[must_use]
    pub fn diagnostic(&self, target: &Path) -> Diagnostic {
        let (code, help) = match self {
            Self::Target { .. } => ("output-not-a-report", "name another folder with --out, or move it away"),
            Self::Compared { .. } => ("output-compared", "name another folder with --out"),
            Self::Foreign { .. } => ("output-foreign", "move that file away or rename it"),
            Self::Held { .. } => ("output-locked", "wait for the other run to end, or name another folder with --out"),
            Self::ReadBack { .. } => ("output-read-back", "the disk is not reliable; name another one with --out"),
            Self::Disk { .. } => {
                ("output-disk", "see that the folder can be written and the disk has room; no half report was left")
            }
        };
        Diagnostic::error(code, At::file(&target.to_string_lossy()), self.to_string(), help)
    }
}

/// Publishes the files as the folder `target`, replacing a report that is
/// there as a whole.
pub fn publish(disk: &mut Disk, target: &Path, files: &[(String, Vec<u8>)]) -> Result<(), PublishError> {
    let place = Place::of(target)?;
    if let Some(file) = place.parent.ancestors().find(|folder| folder.is_file()) {
        return Err(PublishError::Target { path: named(file), what: "is a file, not a folder" });
    }
    disk.create_dirs(&place.parent).map_err(failed("create the folder", &place.parent))?;
    let _lock = Lock::take(disk, &place.beside("lock"), target)?;
    let _whole = crate::interrupt::shield();
    place.clear_leftovers(disk)?;
    let replaces = replaceable(target, files)?;
    let foreign = foreign(target, files)?;
    let fresh = place.create_fresh(disk)?;
    if let Err(error) = fill(disk, &fresh, files).and_then(|()| keep(disk, target, &fresh, &foreign)) {
        discard(disk, &fresh);
        return Err(error);
    }
    let old = place.install(disk, &fresh, replaces)?;
    if let Some(old) = old {
        discard(disk, &old);
    }
    Ok(())
}

/// Removes what no longer counts. A failure is not one of the report: the
/// next run removes it.
fn discard(disk: &mut Disk, path: &Path) {
    let _ = disk.remove(path);
}

/// Writes every file, the manifest last of those that it names, and proves it.
fn fill(disk: &mut Disk, folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), PublishError> {
    let (manifest, others): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| name == super::MANIFEST);
    let mut inner: Vec<PathBuf> = Vec::new();
    for (name, bytes) in others.into_iter().chain(manifest) {
        let path = folder.join(name);
        if let Some(own) = path.parent().filter(|own| *own != folder && !inner.iter().any(|known| known == own)) {
            disk.create_dir(own).map_err(failed("create the folder", own))?;
            inner.push(own.to_owned());
        }
        disk.write_file(&path, bytes).map_err(failed("write", &path))?;
        if disk.read(&path).map_err(failed("read back", &path))? != *bytes {
            return Err(PublishError::ReadBack { path: named(&path) });
        }
    }
    for own in inner.iter().map(PathBuf::as_path).chain([folder]) {
        disk.sync_dir(own).map_err(failed("force to the disk", own))?;
    }
    Ok(())
}

/// Returns the paths of the files and links in the target that are not of its report, inner folders first.
fn foreign(target: &Path, files: &[(String, Vec<u8>)]) -> Result<Vec<PathBuf>, PublishError> {
    let Some(manifest) = manifest(target) else { return Ok(Vec::new()) };
    let outputs = manifest["outputs"].as_array().into_iter().flatten();
    let sums = manifest["outputs"][0]["blake3"].is_string().then_some(super::SUMS);
    let listed = outputs.filter_map(|output| output["path"].as_str());
    let own: BTreeSet<&str> = listed.chain([super::MANIFEST]).chain(sums).collect();
    let mut foreign = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let path = target.join(&folder);
        for entry in std::fs::read_dir(&path).map_err(failed("look into", &path))? {
            let entry = entry.map_err(failed("look into", &path))?;
            let name = folder.join(entry.file_name());
            if entry.file_type().map_err(failed("look at", &entry.path()))?.is_dir() {
                folders.push(name);
            } else if name.to_str().is_none_or(|name| !own.contains(name)) {
                foreign.push(name);
            }
        }
    }
    foreign.sort();
    let taken = |path: &&PathBuf| files.iter().any(|(name, _)| path.as_path() == Path::new(name));
    match foreign.iter().find(taken) {
        Some(path) => Err(PublishError::Foreign { path: named(&target.join(path)) }),
        None => Ok(foreign),
    }
}

/// Puts the foreign files of the old report beside those of the new one.
fn keep(disk: &mut Disk, target: &Path, fresh: &Path, foreign: &[PathBuf]) -> Result<(), PublishError> {
    for path in foreign {
        let to = fresh.join(path);
        if let Some(folder) = to.parent().filter(|folder| !folder.is_dir()) {
            disk.create_dirs(folder).map_err(failed("create the folder", folder))?;
        }
        disk.link(&target.join(path), &to).map_err(failed("keep", &target.join(path)))?;
    }
    Ok(())
}

/// Returns true if the target is there; an error where it is no report of this tool, or one that must not be replaced.
fn replaceable(target: &Path, files: &[(String, Vec<u8>)]) -> Result<bool, PublishError> {
    let refused = |what| Err(PublishError::Target { path: named(target), what });
    match std::fs::symlink_metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed("look at", target)(error)),
        Ok(found) if found.is_symlink() => return refused("is a link"),
        Ok(found) if !found.is_dir() => return refused("is not a folder"),
        Ok(_) => {}
    }
    let mut entries = std::fs::read_dir(target).map_err(failed("look into", target))?;
    if entries.next().is_none() {
        return Ok(true);
    }
    if let Some(old) = manifest(target) {
        let new = files.iter().find(|(name, _)| name == super::MANIFEST);
        let new = new.and_then(|(_, bytes)| serde_json::from_slice::<Value>(bytes).ok()).unwrap_or_default();
        if old["command"] == "reconcile" && new["command"] == "rate" {
            return Err(PublishError::Compared { path: named(target) });
        }
        return Ok(true);
    }
    // It may be a case: a case folder is often named like its report.
    refused("is a folder with other files in it, not a report of this tool")
}

/// Returns the manifest of a folder that is a report of this tool.
fn manifest(folder: &Path) -> Option<Value> {
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder.join(super::MANIFEST)).ok()?).ok()?;
    (manifest["tool"] == env!("CARGO_PKG_NAME")).then_some(manifest)
}

fn is_report(folder: &Path) -> bool {
    manifest(folder).is_some()
}

/// Where a target lies.
struct Place {
    parent: PathBuf,
    name: String,
    target: PathBuf,
}

impl Place {
    fn of(target: &Path) -> Result<Self, PublishError> {
        let refused = || PublishError::Target { path: named(target), what: "is not a name for a folder" };
        let name = target.file_name().and_then(|name| name.to_str()).ok_or_else(refused)?;
        let parent = match target.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        Ok(Self { target: parent.join(name), parent, name: name.to_owned() })
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        self.parent.join(format!(".{}.{suffix}", self.name))
    }

    /// Returns a hidden name beside the target that is free.
    fn free(&self, purpose: &str) -> PathBuf {
        let pid = std::process::id();
        let names = (0_u64..).map(|count| self.beside(&format!("{purpose}-{pid}-{count}")));
        let mut free = names.filter(|path| std::fs::symlink_metadata(path).is_err());
        free.next().unwrap_or_else(|| unreachable!("the names do not end"))
    }

    fn create_fresh(&self, disk: &mut Disk) -> Result<PathBuf, PublishError> {
        let fresh = self.free("new");
        disk.create_dir(&fresh).map_err(failed("create the folder", &fresh))?;
        Ok(fresh)
    }

    /// Returns what dead runs left: removed; an old report that was renamed away and
    /// never replaced is put back first.
    fn clear_leftovers(&self, disk: &mut Disk) -> Result<(), PublishError> {
        let mut leftovers = Vec::new();
        for entry in std::fs::read_dir(&self.parent).map_err(failed("look into", &self.parent))? {
            let entry = entry.map_err(failed("look into", &self.parent))?;
            if entry.file_name().to_str().is_some_and(|name| self.is_leftover(name)) {
                leftovers.push(entry.path());
            }
        }
        leftovers.sort();
        for path in leftovers {
            let set_aside = path.to_string_lossy().contains(".old-");
            if set_aside && is_report(&path) && std::fs::symlink_metadata(&self.target).is_err() {
                disk.rename(&path, &self.target).map_err(failed("put back", &path))?;
            } else {
                disk.remove(&path).map_err(failed("remove what an earlier run left", &path))?;
            }
        }
        Ok(())
    }

    fn is_leftover(&self, name: &str) -> bool {
        let rest = name.strip_prefix('.').and_then(|name| name.strip_prefix(&self.name));
        let rest = rest.and_then(|rest| rest.strip_prefix(".new-").or_else(|| rest.strip_prefix(".old-")));
        let numbers = rest.and_then(|rest| rest.split_once('-'));
        let numeric = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        numbers.is_some_and(|(pid, count)| numeric(pid) && numeric(count))
    }

    /// Gives the new report its name and forces that to the disk; returns
    /// where the old one is now. On a failure everything is as before.
    fn install(&self, disk: &mut Disk, fresh: &Path, replaces: bool) -> Result<Option<PathBuf>, PublishError> {
        let moved = if replaces { self.exchange(disk, fresh) } else { disk.rename(fresh, &self.target).map(|()| None) };
        let old = match moved {
            Ok(old) => old,
            Err(error) => {
                discard(disk, fresh);
                return Err(failed("put the report in place at", &self.target)(error));
            }
        };
        if let Err(error) = disk.sync_dir(&self.parent) {
            if self.take_back(disk, fresh, old.as_deref()).is_ok() {
                discard(disk, fresh);
            }
            return Err(failed("force to the disk", &self.parent)(error));
        }
        Ok(old)
    }

    fn exchange(&self, disk: &mut Disk, fresh: &Path) -> io::Result<Option<PathBuf>> {
        match disk.exchange(fresh, &self.target) {
            Ok(()) => return Ok(Some(fresh.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(error) => return Err(error),
        }
        let aside = self.free("old");
        disk.rename(&self.target, &aside)?;
        if let Err(error) = disk.rename(fresh, &self.target) {
            disk.rename(&aside, &self.target)?;
            return Err(error);
        }
        Ok(Some(aside))
    }

    fn take_back(&self, disk: &mut Disk, fresh: &Path, old: Option<&Path>) -> io::Result<()> {
        match old {
            Some(old) if old == fresh => disk.exchange(fresh, &self.target),
            Some(old) => {
                disk.rename(&self.target, fresh)?;
                disk.rename(old, &self.target)
            }
            None => disk.rename(&self.target, fresh),
        }
    }
}

/// Turns what the system said into an error that names the file.
pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PublishError {
    let path = named(path);
    move |source| PublishError::Disk { action, path, source }
}

/// Returns a path as it may be shown.
pub(super) fn named(path: &Path) -> String {
    shown(&path.to_string_lossy())
}
