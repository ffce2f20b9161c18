//! Recognises a table by its header, wherever it lies in the case folder.

use super::{bill, packages, usage};
use crate::model::diagnostic::{At, Diagnostic};
use crate::read::Table;

/// The folder of a case in which a document belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Folder {
    /// Usage exports.
    Usage,
    /// Issued bills.
    Bills,
    /// Package lists and deduction records.
    Packages,
}

impl Folder {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Bills => "bills",
            Self::Packages => "packages",
        }
    }

    /// Returns the folder of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Usage, Self::Bills, Self::Packages].into_iter().find(|folder| folder.name() == name)
    }

    /// Returns the folder whose documents have such a header. A deduction record has the times and
    /// quantities of usage too, and says more.
    #[must_use]
    pub fn of(table: &Table) -> Option<Self> {
        if bill::is_bill(table) {
            Some(Self::Bills)
        } else if packages::is_of_packages(table) {
            Some(Self::Packages)
        } else {
            usage::is_usage(table).then_some(Self::Usage)
        }
    }

    /// Returns the note that a file is taken although it lies elsewhere.
    #[must_use]
    pub fn taken_from_elsewhere(self, file: &str) -> Diagnostic {
        let what = match self {
            Self::Usage => "a usage export",
            Self::Bills => "a bill",
            Self::Packages => "a package list or a deduction record",
        };
        let message = format!("is {what} by its header, and is taken as that: it belongs in {}/", self.name());
        let help = format!("move it to {}/ to be rid of this message", self.name());
        Diagnostic::note("file-elsewhere", At::file(file), message, help)
    }
}
