//! A case folder in the making: what account.toml says, the exports, the bill; and what the tool says of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rust_decimal::Decimal;
use serde_json::Value;
use trtc_recon::model::diagnostic::Diagnostics;
use trtc_recon::pipeline::{self, Options, Task};
use trtc_recon::report::Format;
use trtc_recon::rules::Cards;

use super::bill::{self, Key, Print, Row};
use super::mistakes::Expect;
use crate::accounts::{self, Sample};
use crate::reference::{Account, Usage, cards, dec};

/// A case folder.
#[derive(Clone)]
pub struct Folder {
    /// What account.toml says.
    pub account: Account,
    /// What the exports hold.
    pub usage: Vec<Usage>,
    /// What the bill holds.
    pub rows: Vec<Row>,
    /// The account and month as the vendor has them, that the bill was issued to.
    pub bill_of: Account,
    /// How the bill is printed.
    pub print: Print,
    /// Whether account.toml gives the user's word that the exports are whole.
    pub complete: bool,
    /// Lines pasted into account.toml.
    pub pasted: Vec<String>,
}

/// A finding, as reconciliation.json has it.
#[derive(Clone, Debug)]
pub struct Found {
    pub causes: Vec<String>,
    pub side: String,
    pub certain: bool,
    pub paste: String,
    pub app: String,
    pub day: String,
    pub item: String,
    pub expected: Decimal,
}

/// What the tool says of a folder.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub refused: bool,
    pub reconciled: bool,
    pub claimed: Decimal,
    pub found: Vec<Found>,
    pub diagnostics: String,
}

impl Folder {
    /// The right folder of an account.
    pub fn of(sample: &Sample, print: Print) -> Self {
        let Sample { account, usage } = sample;
        let rows = bill::rows(account, usage);
        Self {
            account: account.clone(),
            usage: usage.clone(),
            rows,
            bill_of: account.clone(),
            print,
            complete: false,
            pasted: Vec::new(),
        }
    }

    /// Runs `reconcile` on the folder.
    pub fn seen(&self) -> Seen {
        reconciled(&self.files())
    }

    /// Writes the folder.
    pub fn write(&self, case: &Path) {
        write(case, &self.files());
    }

    /// The files of the folder, by path.
    pub fn files(&self) -> Vec<(String, String)> {
        let word = if self.complete { "\n[usage]\ncomplete = true\n" } else { "" };
        let own = accounts::account_toml(&self.account) + word;
        let toml = self.pasted.iter().fold(own, |toml: String, paste| merged(&toml, paste));
        vec![
            ("account.toml".to_owned(), toml),
            ("usage/usage.csv".to_owned(), accounts::usage_csv(&self.usage)),
            (
                format!("bills/{}", bill::file_name(&self.bill_of, self.print.layout)),
                bill::csv(&self.bill_of, &self.rows, self.print),
            ),
        ]
    }

    /// Whether the bill is what the reference gives for the folder: a mistake without effect shows nowhere.
    pub fn agrees(&self) -> bool {
        if !self.is_of_its_card() {
            return false;
        }
        let own = bill::rows(&self.account, &self.usage);
        // Days of a line that settles a month add up to it.
        let summed = self.account.settlement != self.bill_of.settlement;
        figures(&self.rows, summed) == figures(&own, summed)
    }

    /// Whether the cards that account.toml leads to sell all that was used.
    fn is_of_its_card(&self) -> bool {
        self.usage.iter().all(|row| {
            let card = cards::card_on(&self.account, row.start.date());
            let item = card.folded(&row.item);
            card.timed_items().contains(&item) || card.monthly_items().contains(&item.as_str())
        })
    }
}

fn write(case: &Path, files: &[(String, String)]) {
    for (path, text) in files {
        let path = case.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Runs `reconcile` on the files of a case.
pub fn reconciled(files: &[(String, String)]) -> Seen {
    let case = tempfile::tempdir().unwrap();
    write(case.path(), files);
    let options = Options { formats: vec![Format::Json], ..Options::reading(Task::Reconcile, None, Cards::embedded()) };
    let mut diagnostics = Diagnostics::default();
    let made = pipeline::made(case.path(), &options, &mut diagnostics);
    let diagnostics = diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let Some((_, files)) = made else { return Seen { refused: true, diagnostics, ..Seen::default() } };
    let (_, text) = files.iter().find(|(name, _)| name == "reconciliation.json").unwrap();
    Seen { diagnostics, ..Seen::read(&serde_json::from_slice(text).unwrap()) }
}

/// What each line charges, lines of nothing apart; perhaps by the month.
fn figures(rows: &[Row], summed: bool) -> BTreeMap<Key, (Decimal, Decimal, Vec<Decimal>)> {
    let mut all: BTreeMap<Key, (Decimal, Decimal, Vec<Decimal>)> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.charged.is_zero()) {
        let (from, app, item) = row.key();
        let from = if summed { from.first_of_month() } else { from };
        let sum = all.entry((from, app, item)).or_default();
        sum.0 += row.charged;
        sum.1 += if summed { Decimal::ZERO } else { row.amount };
        if !summed || !sum.2.contains(&row.price.normalize()) {
            sum.2.push(row.price.normalize());
        }
    }
    all
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}

impl Seen {
    fn read(report: &Value) -> Self {
        let money = |key: &str| dec(report[key].as_str().unwrap());
        let found = report["discrepancies"].as_array().unwrap().iter().map(|one| Found {
            causes: text(&one["cause"]).split('|').map(str::to_owned).collect(),
            side: text(&one["side"]),
            certain: one["strength"] == "certain",
            paste: text(&one["paste"]),
            app: text(&one["sdk_app_id"]),
            day: text(&one["day"]),
            item: text(&one["item"]),
            expected: dec(&text(&one["expected_amount"])),
        });
        Self {
            refused: false,
            reconciled: report["verdict"] == "reconciled",
            claimed: money("overcharged") + money("undercharged"),
            found: found.collect(),
            diagnostics: String::new(),
        }
    }

    pub fn certain(&self) -> impl Iterator<Item = &Found> {
        self.found.iter().filter(|found| found.certain)
    }

    /// Whether what is missing is named on a finding, on our side.
    pub fn names(&self, expect: &Expect) -> bool {
        if let Expect::Refused(texts) = expect {
            return self.refused && texts.iter().any(|text| self.diagnostics.contains(text.as_str()));
        }
        if let (true, Expect::Cause(causes)) = (self.refused, expect) {
            // Refused before anything is compared: the message says which key to write.
            let mut keys = causes.iter().filter_map(|cause| cause.strip_prefix("account:"));
            return keys.any(|key| self.diagnostics.contains(&format!("{key} ")));
        }
        let ours = self.found.iter().filter(|found| found.side != "vendor");
        ours.flat_map(|found| &found.causes).any(|cause| named(cause, expect))
    }

    /// The distinct lines to paste, in the order of the findings; or the key that a refusal says to write.
    pub fn pastes(&self) -> Vec<String> {
        // A refusal says what to write: write `site = "cn"` in [account].
        let written = |line: &str| Some(line.split_once("write `")?.1.split_once("` in [account]")?.0.to_owned());
        let refused = self.diagnostics.lines().filter(|_| self.refused).filter_map(written);
        let mut pastes: Vec<String> = refused.map(|line| format!("[account]\n{line}\n")).take(1).collect();
        for found in self.found.iter().filter(|found| !found.paste.is_empty()) {
            if !pastes.contains(&found.paste) {
                pastes.push(found.paste.clone());
            }
        }
        pastes
    }
}

fn named(cause: &str, expect: &Expect) -> bool {
    let (family, detail) = cause.split_once(':').unwrap_or((cause, ""));
    match expect {
        Expect::Cause(causes) => causes.iter().any(|known| known == cause),
        Expect::Family(families) => families.split(" or ").any(|known| known == family),
        Expect::Usage(gone) => {
            family == "usage_missing"
                && gone
                    .iter()
                    .any(|row| holds(detail, Some(row.app), bill::service(&row.item), &row.start.date().to_string()))
        }
        Expect::Bill(gone) => {
            family == "bill_missing"
                && gone.iter().any(|row| holds(detail, row.app, row.service(), &row.from.to_string()))
        }
        Expect::Refused(_) => false,
    }
}

/// Whether `app=…;service=…;days=…` has an application, service and day.
fn holds(what: &str, app: Option<u64>, service: &str, day: &str) -> bool {
    let one = |pair: &str| match pair.split_once('=') {
        Some(("app", value)) => Some(value) == app.map(|app| app.to_string()).as_deref(),
        Some(("service", value)) => value == service || service.starts_with(&format!("{value}.")),
        Some(("days" | "day", value)) => value.split(',').any(|part| match part.split_once('/') {
            Some((from, until)) => from <= day && day <= until,
            None => part == day || day.starts_with(part),
        }),
        _ => false,
    };
    !what.is_empty() && what.split(';').all(one)
}

/// account.toml with lines pasted into it: keys of tables replace, entries with a known id replace its keys, others
/// are added.
fn merged(toml: &str, paste: &str) -> String {
    let mut whole: toml::Table = toml::from_str(toml).unwrap();
    let pasted: toml::Table = toml::from_str(paste).unwrap_or_else(|error| panic!("{error}\n{paste}"));
    merge(&mut whole, pasted);
    toml::to_string(&whole).unwrap()
}

fn merge(whole: &mut toml::Table, pasted: toml::Table) {
    for (key, value) in pasted {
        match (whole.get_mut(&key), value) {
            (Some(toml::Value::Table(known)), toml::Value::Table(more)) => merge(known, more),
            (Some(toml::Value::Array(known)), toml::Value::Array(more)) => more.into_iter().for_each(|entry| {
                let id = entry.get("id").cloned();
                let same = known.iter_mut().find(|one| id.is_some() && one.get("id") == id.as_ref());
                match (same, entry) {
                    (Some(toml::Value::Table(one)), toml::Value::Table(keys)) => one.extend(keys),
                    (_, entry) => known.push(entry),
                }
            }),
            (_, value) => drop(whole.insert(key, value)),
        }
    }
}
