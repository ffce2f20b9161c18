//! One file under its final name: whole, or the old one as it was.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::interrupt;
use crate::model::diagnostic::{At, Diagnostic};
use crate::report::disk::Disk;

/// Refuses a target that must not be replaced: what is no plain file, and the
/// input itself.
pub(super) fn refuse_target(target: &Path, input: &Path) -> Result<(), Diagnostic> {
    let refused = |what: &str| {
        let at = At::file(&target.to_string_lossy());
        Err(Diagnostic::error(
            "output-not-a-file",
            at,
            format!("{what}, so nothing is written there"),
            "name another file with --out",
        ))
    };
    let found = match fs::symlink_metadata(target) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return refused(&format!("cannot be looked at ({error})")),
        Ok(found) => found,
    };
    if !found.is_file() {
        return refused(if found.is_symlink() { "is a link" } else { "is not a plain file" });
    }
    let same = fs::metadata(input).is_ok_and(|input| (input.dev(), input.ino()) == (found.dev(), found.ino()));
    if same { refused("is the input itself") } else { Ok(()) }
}

/// Writes a hidden file beside the target, forces it to the disk, then gives it its name.
pub(super) fn save(target: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    let _whole = interrupt::shield();
    write(target, bytes).map_err(|error| {
        let at = At::file(&target.to_string_lossy());
        let help = "see that the folder is there and can be written, and the disk has room";
        Diagnostic::error("output-disk", at, format!("cannot be written: {error}"), help)
    })
}

fn write(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let parent = match target.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let name = target.file_name().ok_or(ErrorKind::InvalidFilename)?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".new-{}", std::process::id()));
    let hidden = parent.join(hidden);
    let mut disk = Disk::default();
    let written = disk.write_file(&hidden, bytes).and_then(|()| disk.rename(&hidden, target));
    if let Err(error) = written {
        // What cannot be removed is hidden, and has another name for every process.
        let _ = fs::remove_file(&hidden);
        return Err(error);
    }
    disk.sync_dir(&parent)
}
