//! Compares the documents with the program: commands, options, statuses, keys and names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use trtc_recon::case::read::account;
use trtc_recon::rules::{Cards, plan_ids};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// What stands in the fenced blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned()).collect()
}

/// Returns the arguments of every call of the program in the documents, without comments.
fn calls() -> Vec<Vec<String>> {
    let text = ["README.md", "docs/options.md"].map(|name| blocks(&read(name), "sh").join("\n")).join("\n");
    let lines = text.lines().map(|line| line.split(" #").next().unwrap());
    let of = |line: &str| {
        let arguments = line
            .strip_prefix("trtc-recon ")
            .or_else(|| line.split_once("cargo run ")?.1.split_once("-- ").map(|p| p.1));
        arguments.map(|rest| rest.split_whitespace().map(str::to_owned).collect())
    };
    lines.filter_map(of).collect()
}

/// Returns what a command prints, up to the paragraph about its inputs.
fn printed(line: &str) -> String {
    let place = tempfile::tempdir().unwrap();
    let arguments = line.strip_prefix("trtc-recon ").unwrap().split_whitespace();
    let arguments = arguments.map(|word| match word.strip_prefix("samples/") {
        Some(name) => crate::samples::folder().join(name).to_string_lossy().into_owned(),
        None => word.to_owned(),
    });
    let output = crate::program().args(arguments).current_dir(place.path()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.rsplit_once("\n\n").unwrap().0.to_owned()
}

/// What each document shows of a run; `BLESS=1` writes it there.
#[test]
fn the_output_in_the_documents_is_the_programs() {
    for (name, command) in [
        ("README.md", "trtc-recon reconcile samples/intl-wrong"),
        ("README.md", "trtc-recon reconcile samples/ours-discount-missing"),
        ("README.zh-CN.md", "trtc-recon reconcile samples/intl-wrong --lang zh"),
        ("README.zh-CN.md", "trtc-recon reconcile samples/ours-discount-missing --lang zh"),
    ] {
        let (text, fence) = (read(name), format!("```text\n$ {command}\n"));
        let (before, rest) = text.split_once(&fence).unwrap_or_else(|| panic!("{name} does not show {command}"));
        let (shown, after) = rest.split_once("\n```").unwrap();
        let printed = printed(command);
        if std::env::var_os("BLESS").is_some() {
            fs::write(root().join(name), format!("{before}{fence}{printed}\n```{after}")).unwrap();
        } else {
            assert_eq!(shown, printed, "{name} shows another output of {command}; BLESS=1 writes it again");
        }
    }
}

/// The downloads of getting-started.md make the account.toml and the verdict that it shows.
#[test]
fn what_getting_started_shows_is_what_comes_out() {
    let page = read("docs/getting-started.md");
    let place = tempfile::tempdir().unwrap();
    let downloads = place.path().join("downloads");
    fs::create_dir(&downloads).unwrap();
    for folder in ["usage", "bills"] {
        for entry in fs::read_dir(crate::samples::folder().join("cn-gb18030").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, downloads.join(path.file_name().unwrap())).unwrap();
        }
    }
    let mut printed = String::new();
    for line in blocks(&page, "sh").join("\n").lines().filter_map(|line| line.strip_prefix("trtc-recon ")) {
        let output = crate::program().args(line.split(' ')).current_dir(place.path()).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        printed += &String::from_utf8(output.stdout).unwrap();
    }
    let made = fs::read_to_string(place.path().join("cases/acme/account.toml")).unwrap();
    assert!(made.starts_with(&blocks(&page, "toml")[0]), "account.toml is another:\n{made}");
    assert!(printed.contains(&blocks(&page, "text")[0]), "the verdict is another:\n{printed}");
}

/// What `<arguments> --help` prints.
fn help(arguments: &[String]) -> String {
    let output = crate::program().env("COLUMNS", "120").args(arguments).arg("--help").output().unwrap();
    assert!(output.status.success(), "`trtc-recon {} --help` is refused", arguments.join(" "));
    String::from_utf8(output.stdout).unwrap()
}

/// The names under `Commands:` of a help text.
fn commands(help: &str) -> Vec<String> {
    let listed = help.split("Commands:\n").nth(1).unwrap_or_default().lines().take_while(|line| line.starts_with("  "));
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    names.filter(|name| *name != "help" && !name.is_empty()).map(str::to_owned).collect()
}

/// The commands of a program that is built for a cluster; deploy/spark/README.md tells of them.
const CLUSTER: [&str; 2] = ["worker", "merge"];

/// The commands that README.md tells of.
fn own_commands() -> Vec<String> {
    commands(&help(&[])).into_iter().filter(|name| !CLUSTER.contains(&name.as_str())).collect()
}

/// The longest start of the arguments that is a command: `cards show`.
fn command_of(call: &[String]) -> Vec<String> {
    let mut command = Vec::new();
    while let Some(next) = call.get(command.len()).filter(|next| commands(&help(&command)).contains(next)) {
        command.push(next.clone());
    }
    command
}

/// Rows of the Markdown table under a header row, cell by cell.
fn table(text: &str, header: &str) -> Vec<Vec<String>> {
    let (_, rest) = text.split_once(header).unwrap_or_else(|| panic!("the document has no table `{header}`"));
    let cells = |row: &str| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
    rest.lines().skip(2).take_while(|line| line.starts_with('|')).map(cells).collect()
}

/// The texts between single back-ticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

#[test]
fn every_command_of_the_documents_is_one() {
    let calls = calls();
    assert!(calls.len() >= 2, "the documents call the program {} times", calls.len());
    for call in calls {
        let command = command_of(&call);
        assert!(!command.is_empty(), "the documents: `{}` is no command", call.join(" "));
        let known = help(&command);
        for case in call.iter().filter(|word| word.starts_with("samples/")) {
            assert!(root().join(case).join("account.toml").is_file(), "the documents name {case}, which is no case");
        }
        for option in call.iter().filter(|word| word.starts_with("--")) {
            assert!(known.contains(option.as_str()), "`{}` has no option {option}", command.join(" "));
        }
    }
}

#[test]
fn the_documents_show_every_command() {
    let shown: BTreeSet<Vec<String>> = calls().iter().map(|call| command_of(call)).collect();
    for name in own_commands() {
        let inside = commands(&help(std::slice::from_ref(&name)));
        let all = if inside.is_empty() {
            vec![vec![name]]
        } else {
            inside.into_iter().map(|inner| vec![name.clone(), inner]).collect()
        };
        for command in all {
            assert!(shown.contains(&command), "docs/options.md does not show `trtc-recon {}`", command.join(" "));
        }
    }
}

#[test]
fn the_documents_explain_every_option_and_no_other() {
    let text = read("docs/options.md");
    let known: BTreeSet<String> =
        own_commands().iter().flat_map(|name| options(&help(std::slice::from_ref(name)))).collect();
    let explained: BTreeSet<String> =
        table(&text, "| option | meaning |").iter().flat_map(|row| options(&row[0])).collect();
    assert_eq!(explained, known);
}

/// Long options in a text.
fn options(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '-'));
    let long = words.filter(|word| word.starts_with("--") && word.len() > 3);
    long.filter(|word| !["--help", "--version"].contains(word)).map(str::to_owned).collect()
}

#[test]
fn the_commands_of_a_cluster_are_told_where_it_is_started() {
    let text = read("deploy/spark/README.md");
    for name in CLUSTER {
        assert!(text.contains(&format!("trtc-recon {name}")), "deploy/spark/docs/options.md does not show {name}");
    }
}

#[test]
fn the_statuses_of_the_documents_are_those_of_the_help() {
    let told = help(&["reconcile".to_owned()]);
    let (_, statuses) = told.split_once("Exit status:\n").unwrap();
    let row =
        |line: &str| line.trim().split_once("  ").map(|(status, meaning)| vec![status.to_owned(), meaning.to_owned()]);
    let (lines, rest): (Vec<&str>, Vec<&str>) = statuses.lines().partition(|line| line.starts_with("  "));
    let helped: Vec<Vec<String>> = lines.into_iter().filter_map(row).collect();
    let text = read("docs/options.md");
    assert_eq!(table(&text, "| status | meaning |"), helped);
    for sentence in rest.iter().filter(|line| !line.is_empty()) {
        assert!(text.contains(sentence.trim()), "docs/options.md does not say: {sentence}");
    }
}

#[test]
fn the_account_of_the_documents_is_accepted() {
    let text = read("docs/account.md");
    let [example] = &blocks(&text, "toml")[..] else { panic!("docs/account.md has one account.toml") };
    let refused =
        |found: trtc_recon::model::diagnostic::Diagnostics| found.iter().map(ToString::to_string).collect::<String>();
    account("account.toml", example).unwrap_or_else(|found| panic!("{}", refused(found)));
    let uncommented =
        example.lines().map(|line| line.strip_prefix("# ").unwrap_or(line)).collect::<Vec<_>>().join("\n");
    account("account.toml", &uncommented).unwrap_or_else(|found| panic!("{}", refused(found)));
}

#[test]
fn every_key_of_the_example_is_explained() {
    let text = read("docs/account.md");
    let explained: BTreeSet<String> =
        table(&text, "| key | meaning |").iter().flat_map(|row| keys_of(&row[0])).collect();
    let mut section = String::new();
    let mut used = BTreeSet::new();
    for line in blocks(&text, "toml").join("\n").lines().map(|line| line.strip_prefix("# ").unwrap_or(line)) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_start_matches('[').split(']').next().unwrap().to_owned();
        } else if let Some((key, _)) = line.split_once(" = ") {
            used.insert(format!("{section}.{key}"));
        }
    }
    assert_eq!(explained, used);
}

/// The keys in a cell: `` `app.name` ``, where `` `.end` `` is of the table before it.
fn keys_of(cell: &str) -> Vec<String> {
    let mut table = "";
    let mut keys = Vec::new();
    for key in quoted(cell) {
        if let Some(short) = key.strip_prefix('.') {
            keys.push(format!("{table}.{short}"));
        } else {
            table = key.rsplit_once('.').map_or("", |(table, _)| table);
            keys.push(key.to_owned());
        }
    }
    keys
}

#[test]
fn the_documents_name_every_rate_card_and_no_other() {
    let text = read("docs/account.md");
    let is_card = |word: &&str| {
        let year = word.strip_prefix("cn-").or_else(|| word.strip_prefix("intl-"));
        year.is_some_and(|year| year.starts_with(|c: char| c.is_ascii_digit()))
    };
    let named: BTreeSet<&str> = quoted(&text).filter(is_card).collect();
    let cards = Cards::embedded();
    let known: BTreeSet<&str> = cards.iter().map(|card| card.id.as_str()).collect();
    assert_eq!(named, known);
}

#[test]
fn the_plans_of_the_documents_exist() {
    let text = read("docs/account.md");
    let examples = blocks(&text, "toml").join("\n");
    let named: Vec<&str> =
        examples.lines().filter_map(|line| line.split_once("plan = \"")?.1.split('"').next()).collect();
    assert!(!named.is_empty());
    for plan in named {
        assert!(plan_ids().contains(&plan), "docs/account.md names the plan {plan}");
    }
}

/// Every page that a card or plan names is in the tables of pages, by title and date.
#[test]
fn the_pages_that_cards_and_plans_name_are_listed() {
    let text = read("docs/billing-rules.md");
    let row = |line: &str| {
        let cells: Vec<String> = line.split('|').map(|cell| cell.trim().to_owned()).collect();
        (cells.len() == 5).then(|| (cells[1].clone(), cells[2].clone()))
    };
    let pages: Vec<(String, String)> = text.lines().filter_map(row).collect();
    let listed = |title: &str, date: &str| {
        let held = |dates: &str| dates.split("; ").any(|one| one == date);
        pages.iter().any(|(titles, dates)| titles.split(", ").any(|one| one == title) && held(dates))
    };
    let mut named = 0;
    for folder in ["src/rules/cards", "src/rules/plans"] {
        for file in crate::tidy::sources(folder, "toml") {
            let sources = file.text.lines().filter(|line| line.contains("source = \""));
            for part in sources.flat_map(|line| line.split(['"', ';', ','])) {
                let Some((title, rest)) = part.split_once(" (") else { continue };
                let Some((date, _)) = rest.split_once(')').filter(|(date, _)| date.starts_with("20")) else { continue };
                let title = title.rsplit_once(": ").map_or(title, |(_, title)| title).trim();
                assert!(listed(title, date), "{}: {title} ({date}) is not in docs/billing-rules.md", file.path);
                named += 1;
            }
        }
    }
    assert!(named > 150, "{named}");
}

/// Every reading that a cause can name is in the table of readings.
#[test]
fn the_readings_that_a_cause_names_are_listed() {
    let text = read("docs/billing-rules.md");
    for reading in trtc_recon::rules::readings::READINGS {
        assert!(text.contains(&format!("`{}`", reading.code)), "docs/billing-rules.md lacks {}", reading.code);
    }
}

#[test]
fn what_the_documents_point_to_is_there() {
    for name in ["README.md", "README.zh-CN.md", "ARCHITECTURE.md", "DECISIONS.md", "GLOSSARY.md"] {
        let text = read(name);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let paths = quoted(&text).filter(|word| ["src/", "tests/", "samples/"].iter().any(|top| word.starts_with(top)));
        for path in links.chain(paths).filter(|path| !path.contains(['*', '<', ' '])) {
            assert!(root().join(path).exists(), "{name} points to {path}");
        }
    }
    let pages = ["docs", "docs/zh-CN"].map(|folder| fs::read_dir(root().join(folder)).unwrap());
    for entry in pages.into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "md") {
            let text = fs::read_to_string(&path).unwrap();
            let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
            for link in links.filter(|link| !link.contains([':', '<', ' '])) {
                let file = link.split('#').next().unwrap();
                assert!(path.with_file_name(file).exists(), "{} points to {link}", path.display());
            }
        }
    }
}

#[test]
fn ci_runs_the_two_commands_of_the_readme() {
    let output = Command::new("bash").arg(root().join(".ci/run")).arg("--list").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let steps = String::from_utf8(output.stdout).unwrap();
    let [first, second] = &blocks(&read("README.md"), "sh")[..2] else { panic!("README.md has two commands") };
    assert!(steps.lines().any(|step| step.ends_with(first.as_str())), "{first} is no step of:\n{steps}");
    assert!(
        steps.lines().last().is_some_and(|step| step.ends_with(second.as_str())),
        "{second} is not the last of:\n{steps}"
    );
}
