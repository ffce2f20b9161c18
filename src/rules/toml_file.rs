//! The `.toml` files of a folder, and what is wrong with one of them, with its line.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::model::diagnostic::{At, Diagnostic, Diagnostics, nearest, shown};

/// A kind of folder of files: the codes of its diagnostics, and the option that names it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Files {
    /// The option: `--cards`.
    pub option: &'static str,
    /// The code of a folder or file that cannot be read.
    pub unreadable: &'static str,
    /// The code of a file that is not what it should be.
    pub broken: &'static str,
}

/// Rate cards.
pub(super) const CARDS: Files = Files { option: "--cards", unreadable: "card-unreadable", broken: "card-broken" };
/// Plans.
pub(super) const PLANS: Files = Files { option: "--plans", unreadable: "plan-unreadable", broken: "plan-broken" };

impl Files {
    fn unreadable(self, path: &Path, why: impl std::fmt::Display) -> Diagnostics {
        let at = At::file(&path.display().to_string());
        let help = format!("check the path given to {}", self.option);
        [Diagnostic::error(self.unreadable, at, format!("cannot be read: {why}"), help)].into_iter().collect()
    }

    /// Returns the paths of a folder's files, in order of their names.
    pub(super) fn of(self, folder: &Path) -> Result<Vec<PathBuf>, Diagnostics> {
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let entries = entries.map_err(|error| self.unreadable(folder, error))?;
        let mut paths: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort();
        if paths.is_empty() {
            return Err(self.unreadable(folder, "it holds no .toml file"));
        }
        Ok(paths)
    }

    /// Returns the text of a file.
    pub(super) fn text(self, path: &Path) -> Result<String, Diagnostics> {
        let about = fs::metadata(path).map_err(|error| self.unreadable(path, error))?;
        if !about.is_file() {
            return Err(self.unreadable(path, "it is not a regular file"));
        }
        fs::read_to_string(path).map_err(|error| self.unreadable(path, error))
    }

    /// Returns what the TOML reader refuses, with its line.
    pub(super) fn refused(self, file: &str, text: &str, error: &toml::de::Error) -> Diagnostic {
        let mut at = At::file(file);
        let mut excerpt = None;
        if let Some(span) = error.span() {
            let row = line(text, span.start);
            at = at.row(row);
            excerpt = usize::try_from(row - 1).ok().and_then(|index| text.lines().nth(index));
        }
        let mut names = error.message().split('`').skip(1).step_by(2);
        let near = if error.message().starts_with("unknown field") {
            names.next().and_then(|unknown| nearest(unknown, names))
        } else {
            None
        };
        let help =
            near.map_or_else(|| "correct the file at this line".to_owned(), |name| format!("did you mean `{name}`?"));
        let refused = Diagnostic::error(self.broken, at, error.message().to_owned(), help);
        match excerpt {
            Some(row) => refused.with_excerpt(shown(row)),
            None => refused,
        }
    }
}

/// Returns the line, from 1, of a byte of a text.
pub(super) fn line(text: &str, at: usize) -> u32 {
    let breaks = text.bytes().take(at).filter(|byte| *byte == b'\n').count();
    u32::try_from(breaks).map_or(u32::MAX, |breaks| breaks + 1)
}

/// The text of a file and what is wrong with it.
pub(super) struct Source<'a> {
    /// The kind of its folder.
    pub files: Files,
    /// Its name.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The diagnostics of refused parts.
    pub problems: Diagnostics,
}

impl Source<'_> {
    /// Refuses what stands at a span.
    pub(super) fn refuse(&mut self, span: &Range<usize>, message: String, help: &str) {
        let at = At::file(self.file).row(line(self.text, span.start));
        self.problems.push(Diagnostic::error(self.files.broken, at, message, help));
    }
}
