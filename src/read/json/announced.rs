//! Compares the number of entries that responses state with the number that they hold, to find pages that were not
//! fetched.

use std::collections::BTreeMap;

use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};

/// The number of entries that the pages of one list state, and the number that they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// The name of the list.
    pub list: String,
    /// The number of entries by `Total` of the response.
    pub total: u64,
    /// The number of entries in the file.
    pub entries: u64,
}

/// The lists of all files of a folder.
#[derive(Debug, Default)]
pub struct AllPages(BTreeMap<(String, u64), (String, u64)>);

impl AllPages {
    /// Adds the lists of a file.
    pub fn add(&mut self, path: &str, announced: &[Announced]) {
        for Announced { list, total, entries } in announced {
            let key = (list.clone(), *total);
            self.0.entry(key).or_insert_with(|| (path.to_owned(), 0)).1 += entries;
        }
    }

    /// Returns a warning for each list of which pages are missing.
    #[must_use]
    pub fn missing(&self) -> Diagnostics {
        let warn = |((list, total), (path, entries)): (&(String, u64), &(String, u64))| {
            let message =
                format!("{} has {total} entries by the response; the files hold {entries} of them", shown(list));
            let help = "fetch the other pages (Offset or Context of the API) and put them beside this one";
            Diagnostic::warning("json-pages-missing", At::file(path), message, help)
        };
        self.0.iter().filter(|((_, total), (_, entries))| entries < total).map(warn).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{AllPages, Announced};

    #[test]
    fn pages_of_several_files_add_up() {
        let page = |entries| Announced { list: "Record".to_owned(), total: 3, entries };
        let mut pages = AllPages::default();
        pages.add("usage/1.json", &[page(2)]);
        let found = pages.missing();
        let first = found.iter().next().unwrap();
        assert_eq!((first.code, first.at.to_string()), ("json-pages-missing", "usage/1.json".to_owned()));
        pages.add("usage/2.json", &[page(1)]);
        assert_eq!(pages.missing().iter().count(), 0);
    }
}
