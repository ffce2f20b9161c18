//! `init`: the beginning of a case: of downloads, of the month before, or with
//! an account.toml to be filled in.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufRead as _, ErrorKind, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use super::atomic_write::save;
use super::{because, cards, print, reconcile, say, tell};
use crate::case::Account;
use crate::cli::Init;
use crate::i18n::Lang;
use crate::model::Day;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};
use crate::model::policy::Site;
use crate::pipeline::{Status, replay};
use crate::rules::{Cards, dates};
use crate::tools::init::{self, Downloads, Draft, Origin, account_toml};

/// The account.toml that a case begins with: valid as it stands, every other key in a comment.
const ACCOUNT: &str = include_str!("account.toml");
/// The same with its comments in Chinese.
const CHINESE: &str = include_str!("account.zh.toml");

pub(super) fn run(asked: &Init) -> Result<Status, Diagnostics> {
    if let Some(report) = &asked.next {
        return next(&asked.folder, report, &cards(asked.cards.as_deref())?);
    }
    if asked.from.is_empty() {
        return template(&asked.folder);
    }
    from(asked)
}

fn template(folder: &Path) -> Result<Status, Diagnostics> {
    free(folder)?;
    begin(folder, if super::console::lang(None) == Lang::Zh { CHINESE } else { ACCOUNT })?;
    let name = shown(&folder.to_string_lossy());
    Ok(print(&format!(
        "{name} is begun. Next:\n  \
         1. fill in {name}/account.toml\n  \
         2. put usage exports into usage/, bills into bills/, package lists into packages/\n  \
         3. trtc-recon check {name}\n\
         Shorter: trtc-recon init <CASE> --from <FOLDER> makes the case of a folder of downloads.\n"
    )))
}

/// Refuses a folder that holds cases: an account.toml in it would hide them.
fn free(folder: &Path) -> Result<(), Diagnostics> {
    if folder.join("account.toml").exists() || crate::case::folder::find(folder).is_err() {
        return Ok(());
    }
    let at = At::file(&folder.to_string_lossy());
    let help = format!("begin the case beside them: trtc-recon init {}/<NAME>", shown(&folder.to_string_lossy()));
    let message = "is a folder of cases: an account.toml in it would make it one case, and hide them";
    Err(because(Diagnostic::error("case-exists", at, message, help)))
}

/// Makes the folders of a case and its account.toml, which must not be there yet.
fn begin(folder: &Path, account: &str) -> Result<(), Diagnostics> {
    let made = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut file = File::options().write(true).create_new(true).open(folder.join("account.toml"))?;
        file.write_all(account.as_bytes())?;
        file.sync_all()?;
        for inside in ["usage", "bills", "packages"] {
            fs::create_dir_all(folder.join(inside))?;
        }
        Ok(())
    };
    made().map_err(|error| because(unwritten(&folder.join("account.toml"), &error)))
}

fn unwritten(path: &Path, error: &io::Error) -> Diagnostic {
    let at = At::file(&path.to_string_lossy());
    match error.kind() {
        ErrorKind::AlreadyExists => {
            Diagnostic::error("case-exists", at, "is there already", "name another folder, or edit that file")
        }
        _ => Diagnostic::error("output-disk", at, format!("cannot be written: {error}"), "check the folder"),
    }
}

/// `--from`: sorts the downloads into cases, says what no file says, and checks the cases.
fn from(asked: &Init) -> Result<Status, Diagnostics> {
    let cards = cards(asked.cards.as_deref())?;
    let downloads = init::read(&asked.from);
    let mut found = downloads.found.clone();
    let mut drafts = init::drafts(&downloads, &cards, &mut found);
    if found.has_errors() {
        return Err(found);
    }
    tell(&found);
    let several = drafts.len() > 1;
    if !several {
        free(&asked.folder)?;
    }
    for (path, why) in &downloads.left_out {
        say(&super::remark("note", &format!("left out: {} ({why})", shown(path))));
    }
    let (mut cases, mut open) = (Vec::new(), false);
    for draft in &mut drafts {
        if io::stdin().is_terminal() && io::stderr().is_terminal() {
            ask(draft, &cards);
        }
        let case = if several { asked.folder.join(name(draft)) } else { asked.folder.clone() };
        begin(&case, &account_toml(draft))?;
        place(&case, draft, &downloads)?;
        open |= wanted(draft);
        print(&told(&case, draft));
        cases.push(case);
    }
    let checked = reconcile::check_cases(cases, asked.cards.clone());
    Ok(if open { Status::Refused } else { checked })
}

fn name(draft: &Draft) -> String {
    let period = draft.account.period.map(|period| format!("-{period}")).unwrap_or_default();
    format!("{}{period}", draft.account.uin)
}

/// Returns true if something is left out without which the case cannot be rated.
fn wanted(draft: &Draft) -> bool {
    draft.asked.iter().any(|asked| !asked.key.starts_with("contract"))
}

/// Returns what was made, and what no file says.
fn told(case: &Path, draft: &Draft) -> String {
    let shown_case = shown(&case.to_string_lossy());
    let files = draft.files.len();
    let mut text = format!("{shown_case}: account.toml and {files} files\n");
    if !draft.asked.is_empty() {
        text.push_str("No file says, to be added to account.toml:\n");
    }
    for asked in &draft.asked {
        let of = asked.of.as_deref().map(|of| format!(" of {of}")).unwrap_or_default();
        let _ = writeln!(text, "  {}{of}: {}", asked.key, asked.why);
    }
    text
}

/// Asks on the terminal for what no file says of the account; an empty answer leaves it open.
fn ask(draft: &mut Draft, cards: &Cards) {
    let keys = ["site", "registered", "first_app_created"];
    for key in keys {
        let Some(position) = draft.asked.iter().position(|asked| asked.key == key) else { continue };
        say(&format!("{}\n{key} = ", draft.asked[position].why));
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line).is_err() || !answered(draft, key, line.trim()) {
            continue;
        }
        draft.asked.remove(position);
        draft.said.insert(key.to_owned(), "typed".to_owned());
        if key == "site"
            && let Some(period) = draft.account.period
        {
            let wanted = dates::wanted(&draft.account, cards, period).into_iter();
            let new = wanted.filter(|wanted| !draft.asked.iter().any(|asked| asked.key == wanted.key));
            let new: Vec<_> = new.map(|it| init::Asked { key: it.key.to_owned(), of: None, why: it.why }).collect();
            draft.asked.extend(new);
        }
    }
}

fn answered(draft: &mut Draft, key: &str, answer: &str) -> bool {
    let account: &mut Account = &mut draft.account;
    match (key, answer.trim_matches('"')) {
        ("site", "cn") => account.site = Site::Cn,
        ("site", "intl") => account.site = Site::Intl,
        ("registered", day) => account.registered = Day::parse(day),
        ("first_app_created", day) => account.first_app_created = Day::parse(day),
        _ => return false,
    }
    match key {
        "site" => draft.site_is_known = true,
        "registered" => return account.registered.is_some(),
        _ => return account.first_app_created.is_some(),
    }
    true
}

/// Links the files into the case, or copies them where they lie on another disk.
fn place(case: &Path, draft: &Draft, downloads: &Downloads) -> Result<(), Diagnostics> {
    for file in draft.files.iter().map(|position| &downloads.files[*position]) {
        let target = case.join(file.in_case());
        let placed = match &file.origin {
            Origin::File(origin) => parent(&target).and_then(|()| link(origin, &target)),
            Origin::Member(bytes) => match parent(&target) {
                Ok(()) => {
                    save(&target, bytes).map_err(because)?;
                    Ok(())
                }
                Err(error) => Err(error),
            },
        };
        placed.map_err(|error| because(unwritten(&target, &error)))?;
    }
    Ok(())
}

fn parent(target: &Path) -> io::Result<()> {
    target.parent().map_or(Ok(()), fs::create_dir_all)
}

fn link(origin: &Path, target: &Path) -> io::Result<()> {
    let origin: PathBuf = fs::canonicalize(origin)?;
    fs::hard_link(&origin, target).or_else(|error| match error.kind() {
        ErrorKind::AlreadyExists => Err(error),
        _ => fs::copy(&origin, target).map(|_| ()),
    })
}

/// `--next`: the account.toml of the month after a report.
fn next(folder: &Path, report: &Path, cards: &Cards) -> Result<Status, Diagnostics> {
    free(folder)?;
    let recorded = replay::recorded(report, cards.clone()).map_err(because)?;
    let case = replay::find_case(report, &recorded).map_err(because)?;
    let mut found = Diagnostics::default();
    let rolled = init::next(report, &case, recorded.options.period, cards, &mut found);
    let Some(rolled) = rolled.filter(|_| !found.has_errors()) else { return Err(found) };
    tell(&found);
    begin(folder, &rolled.account)?;
    let name = shown(&folder.to_string_lossy());
    let notes: String = rolled.notes.iter().map(|note| format!("  {note}\n")).collect();
    Ok(print(&format!(
        "{name} is begun for {}, from {}:\n{notes}Next:\n  \
         1. put the month's usage into usage/, its bill into bills/, its package list into packages/\n  \
         2. trtc-recon reconcile {name}\n",
        rolled.period,
        shown(&case.to_string_lossy())
    )))
}

#[cfg(test)]
mod tests {
    use super::{ACCOUNT, CHINESE};
    use crate::case::read::account;

    #[test]
    fn a_case_begins_with_an_account_that_asks_for_what_is_missing() {
        for template in [ACCOUNT, CHINESE] {
            let refused = account("account.toml", template).unwrap_err();
            let codes: Vec<&str> = refused.iter().map(|found| found.code).collect();
            assert_eq!(codes, ["account-missing-key", "account-missing-key"], "uin and site are nobody's guess");
        }
    }

    /// Returns the lines of a template that are TOML left out, without what is said behind them.
    fn keys(template: &str) -> Vec<&str> {
        let lines = template.lines().filter_map(|line| line.strip_prefix('#')).filter(|line| !line.starts_with(' '));
        lines.map(|line| line.split_once("  ").map_or(line, |(key, _)| key)).collect()
    }

    #[test]
    fn both_templates_have_the_same_keys() {
        assert_eq!(keys(ACCOUNT), keys(CHINESE));
    }

    #[test]
    fn what_stands_in_its_comments_can_be_read_too() {
        for template in [ACCOUNT, CHINESE] {
            // A comment that begins with `#` and no blank is a line of TOML left out.
            let whole = template.replace("\n#", "\n").replace("\n ", "\n# ");
            let account = account("account.toml", &whole).unwrap();
            assert_eq!((account.grants.len(), account.subscriptions.len(), account.stops.len()), (1, 1, 1));
            assert_eq!((account.prices.len(), account.aliases.len(), account.files.len()), (2, 1, 1));
        }
    }
}
