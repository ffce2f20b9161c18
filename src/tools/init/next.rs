//! The month after a report: the account.toml of its case with the closing
//! balances as openings, without what has ended. Everything else, comments
//! too, stays as it was written.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::case::Account;
use crate::case::account::{GrantEntry, Opening, SubscriptionEntry};
use crate::case::read::account as read_account;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};
use crate::model::number::parse_decimal;
use crate::model::{Month, PackMinutes, Stamp};
use crate::rules::build_terms::terms;
use crate::rules::plan::Kind;
use crate::rules::subscription::cycle;
use crate::rules::terms::Terms;
use crate::rules::{Cards, Plans};

const ACCOUNT: &str = "account.toml";
const RESULT: &str = "reconciliation.json";

/// The account.toml of the next month.
#[derive(Debug)]
pub struct Rolled {
    /// Its text.
    pub account: String,
    /// Its month.
    pub period: Month,
    /// The fate of each grant and subscription, for people.
    pub notes: Vec<String>,
}

/// The fate of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    /// It stays as it is written.
    Stays,
    /// It begins the month with so many minutes.
    Opens(PackMinutes),
    /// It has ended.
    Leaves,
}

impl Fate {
    /// Returns true if the account has what the fate of an entry asks for: whether the entry stands, and its opening.
    fn is_met(&self, stands: bool, opening: Option<Opening>) -> bool {
        match self {
            Self::Leaves => !stands,
            Self::Stays => stands,
            Self::Opens(left) => opening.is_some_and(|opening| opening.minutes == *left),
        }
    }
}

/// Rolls the account of a case forward by the report of a month.
pub fn next(
    report: &Path,
    case: &Path,
    asked: Option<Month>,
    cards: &Cards,
    found: &mut Diagnostics,
) -> Option<Rolled> {
    let result = read_result(report).map_err(|refused| found.push(refused)).ok()?;
    let path = case.join(ACCOUNT);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let at = At::file(&path.to_string_lossy());
        found.push(Diagnostic::error("account-unreadable", at, format!("cannot be read: {error}"), "check the file"));
    });
    let text = text.ok()?;
    let account = read_account(ACCOUNT, &text).map_err(|refused| found.extend(refused)).ok()?;
    let period = asked.or_else(|| result["period"].as_str().and_then(Month::parse)).or(account.period)?;
    let terms = terms(&account, cards, period).map_err(|refused| found.extend(refused)).ok()?;
    let fates =
        Fates { account: &account, terms: &terms, cards, balances: balances(&result), at: terms.billed_usage().until };
    let rolled = fates.roll(&text, period);
    match fates.differs(&rolled.account, period.plus(1)) {
        None => Some(rolled),
        Some(why) => {
            let help = "write each [[grant]] and [[subscription]] as a section of its own, as trtc-recon init does";
            let message = format!("cannot be rolled forward as it is written: {why}");
            found.push(Diagnostic::error("init-next", At::file(&path.to_string_lossy()), message, help));
            None
        }
    }
}

fn read_result(report: &Path) -> Result<Value, Diagnostic> {
    let path = report.join(RESULT);
    let refused = |why: String| {
        let at = At::file(&path.to_string_lossy());
        let help = "name the folder of a report with its reconciliation.json: run reconcile with --format json";
        Diagnostic::error("init-next", at, why, help)
    };
    let bytes = std::fs::read(&path).map_err(|error| refused(format!("cannot be read: {error}")))?;
    serde_json::from_slice(&bytes).map_err(|error| refused(format!("is not readable as JSON: {error}")))
}

/// Returns what is left of each grant and cycle.
fn balances(result: &Value) -> BTreeMap<String, PackMinutes> {
    let one = |grant: &Value| {
        let left = parse_decimal(grant["remaining"].as_str()?).and_then(PackMinutes::from_decimal)?;
        Some((grant["id"].as_str()?.to_owned(), left))
    };
    result["grants"].as_array().into_iter().flatten().filter_map(one).collect()
}

/// The end of a month, from which the fates follow.
struct Fates<'a> {
    account: &'a Account,
    terms: &'a Terms,
    cards: &'a Cards,
    balances: BTreeMap<String, PackMinutes>,
    /// The end of the month's usage.
    at: Stamp,
}

impl Fates<'_> {
    fn of_grant(&self, entry: &GrantEntry) -> Fate {
        let Some(grant) = self.terms.grants.iter().find(|grant| grant.id == entry.id) else {
            // A trial without minutes counts for its users as long as it lasts.
            let plan = Plans::known().get(&entry.plan);
            let until = entry.end.or_else(|| plan.map(|plan| plan.validity(entry.purchased).until));
            return if until.is_some_and(|until| until <= self.at) { Fate::Leaves } else { Fate::Stays };
        };
        if grant.ready >= self.at || grant.purchased >= self.at {
            return Fate::Stays;
        }
        let left = self.balances.get(&entry.id).copied();
        // Which card applies may depend on a package that has ended.
        let decides = |plans: &String| entry.plan.starts_with(plans.as_str());
        let windows = self.cards.iter().filter(|card| card.site == self.account.site).flat_map(|card| &card.applies);
        let decides = windows.flat_map(|window| &window.before_grant).any(decides);
        match left {
            _ if grant.valid.until <= self.at && !decides => Fate::Leaves,
            Some(left) => Fate::Opens(left),
            None => Fate::Stays,
        }
    }

    fn of_subscription(&self, entry: &SubscriptionEntry) -> Fate {
        let monthly = Plans::known().get(&entry.plan).is_none_or(|plan| plan.kind == Kind::Monthly);
        if entry.purchased >= self.at {
            return Fate::Stays;
        }
        let running = (0..=i32::MAX).map(|k| (k, cycle(entry.purchased, k))).find(|(_, cycle)| cycle.until > self.at);
        let Some((k, running)) = running else { return Fate::Stays };
        let renewed =
            |k: i32| k == 0 || (entry.auto_renew && entry.end.is_none_or(|end| cycle(entry.purchased, k).from < end));
        if !renewed(k) && monthly {
            return Fate::Leaves;
        }
        let id = format!("{}#{}", entry.id, k + 1);
        let grant = self.terms.grants.iter().find(|grant| grant.id == id);
        match (grant, self.balances.get(&id)) {
            (Some(grant), Some(left)) if running.from < self.at && grant.ready < self.at => Fate::Opens(*left),
            _ => Fate::Stays,
        }
    }

    fn fate(&self, kind: &str, id: &str) -> Fate {
        let grant = self.account.grants.iter().find(|entry| kind == "grant" && entry.id == id);
        let subscription = self.account.subscriptions.iter().find(|entry| kind == "subscription" && entry.id == id);
        match (grant, subscription) {
            (Some(entry), _) => self.of_grant(entry),
            (None, Some(entry)) => self.of_subscription(entry),
            (None, None) => Fate::Stays,
        }
    }

    fn roll(&self, text: &str, period: Month) -> Rolled {
        let period = period.plus(1);
        let mut rolled = Rolled { account: String::new(), period, notes: Vec::new() };
        for block in blocks(text) {
            let Some((kind, id)) = block.entry() else {
                rolled.account.push_str(&if block.name() == "[account]" {
                    with_period(&block, period)
                } else {
                    block.text()
                });
                continue;
            };
            match self.fate(kind, &id) {
                Fate::Stays => rolled.account.push_str(&block.text()),
                Fate::Leaves => rolled.notes.push(format!("{} has ended and is left out", shown(&id))),
                Fate::Opens(left) => {
                    rolled.notes.push(format!("{} has {left} minutes left at {}", shown(&id), self.at));
                    rolled
                        .account
                        .push_str(&block.with_opening(&format!("{{ at = {}, minutes = \"{left}\" }}", self.at)));
                }
            }
        }
        rolled.account.extend(self.next_free_month(period, &mut rolled.notes));
        rolled
    }

    /// Returns the next free month, as a comment: whether it was given is the vendor's to say.
    fn next_free_month(&self, period: Month, notes: &mut Vec<String>) -> Option<String> {
        let free = |entry: &&GrantEntry| entry.plan == "free-monthly";
        let last = self.account.grants.iter().filter(free).max_by_key(|entry| entry.purchased)?;
        let day = last.purchased.day().plus_months(1);
        if day.month() != period {
            return None;
        }
        notes.push(format!("the next free month begins on {day}: its [[grant]] is there as a comment"));
        Some(format!(
            "\n# The next free month, if it was given: take the # away.\n#[[grant]]\n#id = \"free-{day}\"\n\
             #plan = \"free-monthly\"\n#purchased = {}\n",
            day.start()
        ))
    }

    /// Returns what of the written text is not what was meant.
    fn differs(&self, text: &str, period: Month) -> Option<String> {
        let Ok(account) = read_account(ACCOUNT, text) else { return Some("the result is no account.toml".to_owned()) };
        if account.period != Some(period) {
            return Some("its period is not the next month's".to_owned());
        }
        let grant = |entry: &GrantEntry| {
            let known = account.grants.iter().find(|known| known.id == entry.id);
            self.of_grant(entry).is_met(known.is_some(), known.and_then(|known| known.opening))
        };
        let subscription = |entry: &SubscriptionEntry| {
            let known = account.subscriptions.iter().find(|known| known.id == entry.id);
            self.of_subscription(entry).is_met(known.is_some(), known.and_then(|known| known.opening))
        };
        let wrong = self.account.grants.iter().find(|entry| !grant(entry)).map(|entry| &entry.id);
        let wrong =
            wrong.or_else(|| self.account.subscriptions.iter().find(|entry| !subscription(entry)).map(|e| &e.id));
        wrong.map(|id| format!("`{}` does not come out", shown(id)))
    }
}

/// A section with the comments above it.
struct Block<'a> {
    above: Vec<&'a str>,
    header: &'a str,
    /// The lines behind the header.
    lines: Vec<&'a str>,
}

/// Returns the sections of an account.toml, in order; the first may have no header. A
/// table inside a section, such as `[grant.opening]`, belongs to it.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = vec![Block { above: Vec::new(), header: "", lines: Vec::new() }];
    for line in text.lines() {
        let bare = line.trim();
        let inner = bare.starts_with("[grant.") || bare.starts_with("[subscription.");
        match blocks.last_mut() {
            Some(last) if !bare.starts_with('[') || inner => last.lines.push(line),
            last => {
                let mut above = Vec::new();
                if let Some(last) = last {
                    let own =
                        last.lines.iter().rposition(|line| !line.trim().is_empty() && !line.trim().starts_with('#'));
                    above = last.lines.split_off(own.map_or(0, |own| own + 1));
                }
                blocks.push(Block { above, header: line, lines: Vec::new() });
            }
        }
    }
    blocks
}

impl Block<'_> {
    /// Returns the header without a comment behind it.
    fn name(&self) -> &str {
        self.header.split('#').next().unwrap_or(self.header).trim()
    }

    /// `grant` or `subscription`, and its id.
    fn entry(&self) -> Option<(&'static str, String)> {
        let kind = match self.name() {
            "[[grant]]" => "grant",
            "[[subscription]]" => "subscription",
            _ => return None,
        };
        let own: Vec<&str> = self.lines.iter().take_while(|line| !line.trim().starts_with('[')).copied().collect();
        let table: toml::Table = toml::from_str(&own.join("\n")).ok()?;
        Some((kind, table.get("id")?.as_str()?.to_owned()))
    }

    fn text(&self) -> String {
        let header = (!self.header.is_empty()).then_some(self.header);
        let lines = self.above.iter().copied().chain(header).chain(self.lines.iter().copied());
        lines.map(|line| format!("{line}\n")).collect()
    }

    /// Returns the section with another opening.
    fn with_opening(&self, opening: &str) -> String {
        let keys = self.lines.iter().take_while(|line| !line.trim().starts_with('['));
        let own: Vec<&str> = keys.copied().filter(|line| !line.trim_start().starts_with("opening")).collect();
        let behind = own.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
        let (before, rest) = own.split_at(behind);
        let line = format!("opening = {opening}");
        let lines = self.above.iter().copied().chain([self.header]);
        let lines = lines.chain(before.iter().copied()).chain([line.as_str()]).chain(rest.iter().copied());
        lines.map(|line| format!("{line}\n")).collect()
    }
}

/// `[account]` with another month.
fn with_period(block: &Block<'_>, period: Month) -> String {
    let is_period =
        |line: &&str| line.trim_start().strip_prefix("period").is_some_and(|rest| rest.trim_start().starts_with('='));
    let line = format!("period = \"{period}\"");
    if !block.lines.iter().any(&is_period) {
        let lines = block.above.iter().copied().chain([block.header, &line]).chain(block.lines.iter().copied());
        return lines.map(|line| format!("{line}\n")).collect();
    }
    let lines = block.lines.iter().map(|own| if is_period(own) { line.as_str() } else { own });
    let lines = block.above.iter().copied().chain([block.header]).chain(lines);
    lines.map(|line| format!("{line}\n")).collect()
}
