//! The reference in `docs/` is written by the program itself: `BLESS=1` writes
//! it again, and without it a page that is no longer true fails.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The help of a command, at a width that no terminal decides.
fn help(command: &[String]) -> String {
    let output = crate::program().env("COLUMNS", "120").args(command).arg("--help").output().unwrap();
    assert!(output.status.success(), "`trtc-recon {} --help` is refused", command.join(" "));
    String::from_utf8(output.stdout).unwrap()
}

/// The commands under `Commands:` of a help text, in its order.
fn inside(help: &str) -> Vec<String> {
    let listed = help.split("\nCommands:\n").nth(1).into_iter().flat_map(str::lines);
    let names = listed.take_while(|line| line.starts_with("  ")).filter(|line| !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

fn describe(command: &[String], page: &mut String) {
    let text = help(command);
    let trimmed: Vec<&str> = text.lines().map(str::trim_end).collect();
    let title = [&["trtc-recon".to_owned()], command].concat().join(" ");
    let _ = write!(page, "\n## {title}\n\n```text\n{}\n```\n", trimmed.join("\n").trim_end());
    for name in inside(&text) {
        describe(&[command, &[name]].concat(), page);
    }
}

#[test]
fn the_reference_of_commands_is_what_the_program_says() {
    let mut page =
        "# Commands\n\nWhat `--help` says of each. Written by the program; `just bless` writes it again.\n".to_owned();
    describe(&[], &mut page);
    holds("docs/commands.md", &page);
}

/// Returns the first diagnostic of a code in a message of the gallery: severity, message, help.
fn said_of<'a>(code: &str, message: &'a str) -> Option<(&'a str, &'a str, &'a str)> {
    let mark = format!("[{code}]: ");
    let (before, rest) = message.split_once(&mark)?;
    let severity = before.lines().last()?.trim();
    let text = rest.lines().next()?;
    let help = rest.lines().take_while(|line| !line.is_empty()).find_map(|line| line.trim().strip_prefix("help: "));
    Some((severity, text, help.unwrap_or_default()))
}

#[test]
fn the_reference_of_codes_is_the_gallery() {
    let gallery = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gallery");
    let mut codes: Vec<_> = fs::read_dir(&gallery).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    codes.sort();
    let mut page = "# Messages about inputs\n\nOne line for each code, with an example of what is said and what to do. The link leads to the \
                    smallest input that gives it. Written by the tests; `just bless` writes it again.\n\n\
                    | code | severity | example | what to do |\n|---|---|---|---|\n"
        .to_owned();
    let cell = |text: &str| text.replace('|', "\\|").replace('<', "&lt;");
    for code in codes {
        let code = code.to_string_lossy();
        let message = fs::read_to_string(gallery.join(&*code).join("message.txt")).unwrap();
        let (severity, text, help) = said_of(&code, &message).unwrap_or(("", "", ""));
        let _ = writeln!(
            page,
            "| [{code}](../tests/gallery/{code}/message.txt) | {severity} | {} | {} |",
            cell(text),
            cell(help)
        );
    }
    holds("docs/codes.md", &page);
}

/// The page stands in the repository as it was just made.
fn holds(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, page).unwrap();
    }
    let told = fs::read_to_string(&path).unwrap_or_default();
    assert!(told == page, "{name} is not what the program says; `just bless` writes it again");
}
