//! `init`: the beginning of a case.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use super::{because, print};
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};
use crate::pipeline::Status;

/// What a case begins with: valid as it stands, every other key in a comment.
const ACCOUNT: &str = include_str!("account.toml");

pub(super) fn run(folder: &Path) -> Result<Status, Diagnostics> {
    if holds_cases(folder) {
        let at = At::file(&folder.to_string_lossy());
        let help = format!("begin the case beside them: trtc-recon init {}/<NAME>", shown(&folder.to_string_lossy()));
        let message = "is a folder of cases: an account.toml in it would make it one case, and hide them";
        return Err(because(Diagnostic::error("case-exists", at, message, help)));
    }
    begin(folder).map_err(|error| {
        let at = At::file(&folder.join("account.toml").to_string_lossy());
        because(match error.kind() {
            ErrorKind::AlreadyExists => {
                Diagnostic::error("case-exists", at, "is there already", "name another folder, or edit that file")
            }
            _ => Diagnostic::error("output-disk", at, format!("cannot be written: {error}"), "check the folder"),
        })
    })?;
    let name = shown(&folder.to_string_lossy());
    Ok(print(&format!(
        "{name} is begun. Next:\n  \
         1. fill in {name}/account.toml\n  \
         2. put usage exports into usage/, bills into bills/, package lists into packages/\n  \
         3. trtc-recon check {name}\n"
    )))
}

fn holds_cases(folder: &Path) -> bool {
    !folder.join("account.toml").exists() && crate::case::folder::find(folder).is_ok()
}

fn begin(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = File::options().write(true).create_new(true).open(folder.join("account.toml"))?;
    file.write_all(ACCOUNT.as_bytes())?;
    file.sync_all()?;
    for inside in ["usage", "bills", "packages"] {
        fs::create_dir_all(folder.join(inside))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::ACCOUNT;
    use crate::case::read::account;

    #[test]
    fn a_case_begins_with_an_account_that_can_be_read() {
        let account = account("account.toml", ACCOUNT).unwrap();
        assert_eq!((account.uin.as_str(), account.apps.len(), account.grants.len()), ("100000000001", 1, 0));
    }

    #[test]
    fn what_stands_in_its_comments_can_be_read_too() {
        // A comment that begins with `#` and no blank is a line of TOML left out.
        let whole = ACCOUNT.replace("\n#", "\n").replace("\n ", "\n# ");
        let account = account("account.toml", &whole).unwrap();
        assert_eq!((account.grants.len(), account.subscriptions.len(), account.stops.len()), (1, 1, 1));
        assert_eq!((account.prices.len(), account.aliases.len(), account.files.len()), (1, 1, 1));
    }
}
