//! Sorts a folder of downloads: which file is usage, a bill or a package list, by its headers.

use std::fs;
use std::path::{Path, PathBuf};

use crate::case::folder::is_export;
use crate::model::TableRef;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, Severity};
use crate::normalise::document::Folder;
use crate::read::{self, InputFile, ReadOptions, Table};

/// Where the bytes of a file are.
#[derive(Debug, Clone)]
pub enum Origin {
    /// A file as it was downloaded.
    File(PathBuf),
    /// A member of a zip that holds files of several kinds.
    Member(Vec<u8>),
}

/// A file that belongs into a case.
#[derive(Debug)]
pub struct File {
    /// Where it belongs.
    pub folder: Folder,
    /// Its path below that folder.
    pub path: String,
    /// Its bytes.
    pub origin: Origin,
    /// Its tables.
    pub tables: Vec<Table>,
    /// The start of its path in the tables' own places.
    shown_as: String,
}

/// The files found in the folders.
#[derive(Debug, Default)]
pub struct Downloads {
    /// The files that belong into a case, by path.
    pub files: Vec<File>,
    /// The files that belong into no case, each with the reason.
    pub left_out: Vec<(String, String)>,
    /// The diagnostics of the files.
    pub found: Diagnostics,
}

/// Begins the path of every file while nothing says yet where it belongs; as long as the name of a case's folder
/// is, one part.
const UNSORTED: &str = "downloads";
/// So many folders may lie in each other.
const DEEPEST: usize = 8;

/// Reads folders of downloads, or single files.
#[must_use]
pub fn read(folders: &[PathBuf]) -> Downloads {
    let mut downloads = Downloads::default();
    let mut named = Vec::new();
    for folder in folders {
        if folder.is_file() {
            let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            named.push((name, folder.clone()));
        } else {
            list(folder, "", 0, &mut named, &mut downloads);
        }
    }
    named.sort();
    let (mut next_table, mut known) = (0, Vec::new());
    for (path, location) in named {
        open(path, location, &mut next_table, &mut known, &mut downloads);
    }
    downloads
}

fn list(folder: &Path, below: &str, depth: usize, named: &mut Vec<(String, PathBuf)>, downloads: &mut Downloads) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            let message = format!("cannot be listed: {error}");
            let at = At::file(&folder.to_string_lossy());
            let help = "name a folder of downloaded files that you may read";
            downloads.found.push(Diagnostic::error("folder-unreadable", at, message, help));
            return;
        }
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name == "__MACOSX" {
            continue;
        }
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        if entry.path().is_dir() {
            if depth < DEEPEST {
                list(&entry.path(), &path, depth + 1, named, downloads);
            }
        } else if is_export(&name) {
            named.push((path, entry.path()));
        } else {
            downloads.left_out.push((path, "is no export by its ending".to_owned()));
        }
    }
}

/// Opens a file and finds out where it belongs; of files with the same bytes the first alone.
fn open(
    path: String,
    location: PathBuf,
    next_table: &mut u16,
    known: &mut Vec<(String, String)>,
    downloads: &mut Downloads,
) {
    let file = InputFile { path: format!("{UNSORTED}/{path}"), location: location.clone() };
    let opened = read::open(&file, next_table, &ReadOptions::default());
    let digest = opened.first().map(|whole| whole.digests.blake3.clone()).unwrap_or_default();
    if let Some((_, twin)) = known.iter().find(|(hash, _)| *hash == digest && !digest.is_empty()) {
        downloads.left_out.push((path, format!("holds the same bytes as {twin}")));
        return;
    }
    known.push((digest, path.clone()));
    let mut parts: Vec<(Option<Folder>, String, Vec<Table>)> = Vec::new();
    for one in opened {
        let folder = one.tables.iter().find_map(Folder::of);
        if folder.is_some() {
            downloads.found.extend(one.diagnostics.iter().filter(|found| found.severity != Severity::Error).cloned());
        }
        parts.push((folder, one.path, one.tables));
    }
    let all = [Folder::Usage, Folder::Bills, Folder::Packages];
    let folders: Vec<Folder> = all.into_iter().filter(|one| parts.iter().any(|part| part.0 == Some(*one))).collect();
    match folders[..] {
        [] => {
            let why = "holds no table of usage, no bill and no package list, by its headers";
            downloads.left_out.push((path, why.to_owned()));
        }
        [folder] => {
            let tables = parts.into_iter().flat_map(|(_, _, tables)| tables).collect();
            let shown_as = format!("{UNSORTED}/{path}");
            downloads.files.push(File { folder, path, origin: Origin::File(location), tables, shown_as });
        }
        _ => unpacked(&path, &file, parts, downloads),
    }
}

/// A zip of several kinds of files: each member for itself.
fn unpacked(path: &str, file: &InputFile, parts: Vec<(Option<Folder>, String, Vec<Table>)>, downloads: &mut Downloads) {
    let mut members = match read::members(file) {
        Ok(members) => members,
        Err(refused) => return downloads.found.push(refused),
    };
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    for (folder, shown_as, tables) in parts {
        let Some(folder) = folder else { continue };
        let Some(name) = shown_as.strip_prefix(&format!("{}/", file.path)).map(str::to_owned) else { continue };
        let Some(position) = members.iter().position(|(member, _)| *member == name) else { continue };
        let origin = Origin::Member(members.swap_remove(position).1);
        downloads.files.push(File { folder, path: format!("{stem}/{name}"), origin, tables, shown_as });
    }
}

impl File {
    /// Returns its path in a case.
    #[must_use]
    pub fn in_case(&self) -> String {
        format!("{}/{}", self.folder.name(), self.path)
    }

    /// Returns a row of one of its tables as a place in the case.
    #[must_use]
    pub fn place(&self, table: &Table, row: u32) -> String {
        let mut at = table.at().row(row);
        if let Some(rest) = at.file.strip_prefix(&self.shown_as) {
            at.file = format!("{}{rest}", self.in_case());
        }
        at.to_string()
    }

    /// Returns the place of a row by the number of its table.
    #[must_use]
    pub fn place_of(&self, table: TableRef, row: u32) -> Option<String> {
        self.tables.iter().find(|known| known.id == table).map(|known| self.place(known, row))
    }
}
