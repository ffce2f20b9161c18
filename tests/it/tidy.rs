//! What can be read off the code: each habit of the house that no compiler
//! and no lint holds it to. A function's length and floats by type are
//! clippy's (clippy.toml); the same is held here only where clippy is blind.

use std::fs;
use std::path::{Path, PathBuf};

const LONGEST_FILE: usize = 600;

/// Which folder of src/ may import which: the table of ARCHITECTURE.md. Files that lie in src/ itself serve all.
const IMPORTS: [(&str, &[&str]); 15] = [
    ("model", &[]),
    ("i18n", &["model"]),
    ("case", &["model", "rules", "read"]),
    ("rules", &["model", "case"]),
    ("read", &["model"]),
    ("normalise", &["model", "read", "case", "rules"]),
    ("rate", &["model", "rules"]),
    ("compare", &["model", "i18n", "rules", "normalise", "rate"]),
    ("causes", &["model", "case", "rules", "rate", "compare"]),
    ("explain", &["model", "read", "case", "rules", "rate", "compare"]),
    ("audit", &["model", "case", "rules", "rate", "compare", "explain"]),
    ("tools", &["model", "i18n", "case", "rules", "read", "normalise", "rate", "compare", "causes", "audit", "report"]),
    ("report", &["model", "i18n", "rules", "read", "normalise", "rate", "compare", "audit", "tools"]),
    (
        "pipeline",
        &[
            "model",
            "i18n",
            "case",
            "rules",
            "read",
            "normalise",
            "rate",
            "compare",
            "causes",
            "audit",
            "tools",
            "report",
        ],
    ),
    ("spark", &["model", "rules", "report", "pipeline"]),
];

/// A file of the repository, by its path from the root, with `/`.
pub struct Source {
    pub path: String,
    pub text: String,
}

impl Source {
    /// Numbered lines without comments, and without inline tests, which stand last.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let tests = |lines: &(&str, &str)| lines.0 == "#[cfg(test)]" && lines.1.starts_with("mod tests {");
        let mut lines: Vec<&str> = self.text.lines().collect();
        if let Some(first) = lines.iter().copied().zip(lines.iter().copied().skip(1)).position(|two| tests(&two)) {
            lines.truncate(first);
        }
        let bare = |line: &'_ str| line.find("//").unwrap_or(line.len());
        lines.into_iter().enumerate().map(move |(index, line)| (index + 1, &line[..bare(line)]))
    }

    /// Whether the file as a whole is tests or is compiled for tests alone.
    fn is_test(&self) -> bool {
        let (folder, name) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let stem = name.trim_end_matches(".rs");
        let declared = |parent: &str| {
            let declaration = format!("#[cfg(test)]\nmod {stem};");
            fs::read_to_string(root().join(folder).join(parent)).is_ok_and(|text| text.contains(&declaration))
        };
        folder.split('/').any(|part| part == "tests")
            || stem == "tests"
            || stem.ends_with("_tests")
            || declared("mod.rs")
            || declared("lib.rs")
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files under a folder, in order.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// All files of a folder with an ending.
pub fn sources(folder: &str, ending: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    walk(&root().join(folder), &mut paths);
    let wanted = paths.into_iter().filter(|path| path.extension().is_some_and(|found| found == ending));
    wanted.map(|path| source(&path)).collect()
}

fn source(path: &Path) -> Source {
    let from_root: Vec<_> = path.strip_prefix(root()).unwrap().components().collect();
    let path_text = from_root.iter().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    Source { path: path_text, text: fs::read_to_string(path).unwrap() }
}

/// The program's own code.
pub fn program() -> Vec<Source> {
    let found: Vec<Source> = sources("src", "rs").into_iter().filter(|source| !source.is_test()).collect();
    assert!(found.len() > 20, "the walk over src/ found {} files", found.len());
    found
}

/// Places where a line of the program has one of the texts.
fn places(wanted: &[&str], allowed: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for source in program().iter().filter(|source| !allowed(&source.path)) {
        let hits = source.code().filter(|(_, line)| wanted.iter().any(|text| line.contains(text)));
        found.extend(hits.map(|(number, line)| format!("{}:{number}: {}", source.path, line.trim())));
    }
    found
}

fn none(found: &[String], why: &str) {
    assert!(found.is_empty(), "{why}:\n  {}", found.join("\n  "));
}

#[test]
fn no_file_is_longer_than_a_person_reads() {
    let long = |source: &Source| {
        let lines = source.text.lines().count();
        (lines > LONGEST_FILE).then(|| format!("{}: {lines} lines", source.path))
    };
    let found: Vec<String> = sources("src", "rs").iter().filter_map(long).collect();
    none(&found, &format!("files of src/ have at most {LONGEST_FILE} lines; give a part a file of its own"));
}

#[test]
fn a_folder_imports_only_what_the_table_allows() {
    let top: Vec<String> = IMPORTS.iter().map(|(folder, _)| (*folder).to_owned()).collect();
    let mut found = Vec::new();
    for source in program() {
        let own = source.path.split('/').nth(1).unwrap();
        let Some((_, allowed)) = IMPORTS.iter().find(|(folder, _)| *folder == own) else { continue };
        for (number, line) in source.code() {
            for (at, _) in line.match_indices("crate::") {
                let rest = &line[at + "crate::".len()..];
                let name: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                if name != own
                    && !allowed.contains(&name.as_str())
                    && (top.contains(&name) || ["cli", "commands"].contains(&name.as_str()))
                {
                    found.push(format!("{}:{number}: {}", source.path, line.trim()));
                }
            }
        }
    }
    none(&found, "the table of imports in ARCHITECTURE.md has no such arrow");
}

#[test]
fn polars_stays_where_tables_are_read_and_shaped() {
    // report/parquet.rs encodes finished columns with its parts; no frame, and nothing is computed.
    let allowed = |path: &str| {
        path.starts_with("src/normalise/") || path.starts_with("src/read/") || path == "src/report/parquet.rs"
    };
    // Whether it is built in at all is asked elsewhere too.
    let found: Vec<String> = places(&["polars"], allowed)
        .into_iter()
        .filter(|place| !place.ends_with("#[cfg(feature = \"polars\")]"))
        .collect();
    none(&found, "Polars belongs to read/ and normalise/");
}

#[test]
fn floats_stay_at_the_spreadsheet() {
    let allowed =
        |path: &str| ["src/read/xlsx/value.rs", "src/report/xlsx/cell.rs", "src/report/xlsx/charts.rs"].contains(&path);
    none(&places(&["f64", "f32"], allowed), "only a spreadsheet's own numbers are floats");
}

#[test]
fn an_input_never_meets_an_unwrap() {
    let found = places(&[".unwrap()", ".expect("], |_| false);
    none(&found, "say what is wrong with a Diagnostic, or why it cannot be with a message of its own");
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not find itself.
    let later =
        [["to", "do!("], ["TO", "DO"], ["FIX", "ME"], ["unimple", "mented!("], ["XX", "X:"]].map(|p| p.concat());
    let all = sources("src", "rs").into_iter().chain(sources("tests", "rs")).chain(sources("benches", "rs"));
    let mut found = Vec::new();
    for source in all {
        let hits = source.text.lines().enumerate().filter(|(_, line)| later.iter().any(|text| line.contains(text)));
        found.extend(hits.map(|(index, line)| format!("{}:{}: {}", source.path, index + 1, line.trim())));
    }
    none(&found, "do it, or write it down as an issue");
}

#[test]
fn names_of_modules_say_what_is_in_them() {
    let empty = ["manager", "helper", "util", "common", "processor"];
    let says_nothing = |source: &Source| empty.iter().any(|word| source.path.to_lowercase().contains(word));
    let found: Vec<String> =
        sources("src", "rs").into_iter().filter(says_nothing).map(|source| source.path.clone()).collect();
    none(&found, "name the module by the field's term for what it owns");
}

#[test]
fn every_module_says_what_it_owns() {
    let undocumented = |source: &Source| !source.text.starts_with("//!");
    let found: Vec<String> = program().into_iter().filter(undocumented).map(|source| source.path.clone()).collect();
    none(&found, "a module starts with //! and what it owns");
}

/// A command's help is read on the screen, and its documents may ask.
#[test]
fn docs_begin_with_a_verb_or_a_noun() {
    let is_doc = |line: &str| line.starts_with("///") || line.starts_with("//!");
    let asks = |line: &str| ["What ", "Whether ", "How "].iter().any(|word| line[3..].trim_start().starts_with(word));
    let mut found = Vec::new();
    for source in program().iter().filter(|source| !source.path.starts_with("src/cli/")) {
        let lines: Vec<&str> = source.text.lines().map(str::trim_start).collect();
        let begins = |at: usize| is_doc(lines[at]) && at.checked_sub(1).is_none_or(|before| !is_doc(lines[before]));
        let hits = (0..lines.len()).filter(|at| begins(*at) && asks(lines[*at]));
        found.extend(hits.map(|at| format!("{}:{}: {}", source.path, at + 1, lines[at])));
    }
    none(&found, "begin with a verb (of a function) or a noun (of a field or a type)");
}

#[test]
fn no_path_of_one_machine() {
    let homes = [["/ro", "ot/"], ["/ho", "me/"], ["/wo", "rk/"], ["/Us", "ers/"], ["C:", "\\\\"]].map(|p| p.concat());
    let mut files: Vec<Source> = ["src", "tests", "benches"].iter().flat_map(|folder| sources(folder, "rs")).collect();
    files.extend(sources("src", "toml"));
    let top = ["README.md", "ARCHITECTURE.md", "DECISIONS.md", "CHANGELOG.md", "justfile", "Cargo.toml", ".ci/run"];
    let deployed =
        ["README.md", "driver.py", "pipe.py", "test.py", "test.sh"].map(|name| format!("deploy/spark/{name}"));
    files.extend(top.iter().map(|name| source(&root().join(name))));
    files.extend(deployed.iter().map(|name| source(&root().join(name))));
    let mut found = Vec::new();
    for file in files {
        for (index, line) in file.text.lines().enumerate() {
            if homes.iter().any(|home| starts_a_path(line, home)) {
                found.push(format!("{}:{}: {}", file.path, index + 1, line.trim()));
            }
        }
    }
    none(&found, "the repository stands alone, wherever it lies");
}

/// Whether a line has the text where a path begins, not inside a longer one.
fn starts_a_path(line: &str, text: &str) -> bool {
    let inside = |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || "._-}".contains(c));
    line.match_indices(text).any(|(at, _)| !inside(&line[..at]))
}
