//! Drafts the cases of each account and month from the downloads.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::bought::{Bought, Evidence, Paid};
use super::downloads::{Downloads, File};
use super::prices::{Contract, Priced};
use crate::case::Account;
use crate::case::account::App;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::model::invoice::{LineClass, PrintedPrice};
use crate::model::policy::{Cut, Settlement, Site};
use crate::model::{AppId, Day, Item, Month, Span, Unit};
use crate::normalise::bill::{self, BillRow, Survey};
use crate::normalise::document::Folder;
use crate::normalise::packages::{PackagesRead, packages};
use crate::normalise::usage;
use crate::rules::billing_window::Window;
use crate::rules::{Card, Cards, Plans, dates};

/// 1 January 2015, before the product.
const FIRST: Day = Day::from_number(16_436);
/// 1 January 2100, behind all usage.
const BEHIND: Day = Day::from_number(47_482);

/// A value that no file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its key in account.toml.
    pub key: String,
    /// The grant or subscription that lacks it; none for one of the account.
    pub of: Option<String>,
    /// Why it is wanted.
    pub why: String,
}

/// A case as the files say it.
#[derive(Debug)]
pub struct Draft {
    /// The account for account.toml.
    pub account: Account,
    /// True if a file says the site.
    pub site_is_known: bool,
    /// The place that says a value, by subject.
    pub said: BTreeMap<String, String>,
    /// The values that no file says.
    pub asked: Vec<Asked>,
    /// The files of the case, by their position among the downloads.
    pub files: Vec<usize>,
}

/// A bill of one account.
struct Bill<'a> {
    file: usize,
    survey: Survey,
    /// The place of a row.
    place: Box<dyn Fn(u32) -> String + 'a>,
    uin: String,
    month: Month,
}

/// A usage file of one account.
struct UsageFile {
    file: usize,
    uin: Option<String>,
    place: String,
    apps: BTreeMap<AppId, String>,
    days: Option<(Day, Day)>,
}

/// Returns a draft for each account and month, in order.
#[must_use]
pub fn drafts(downloads: &Downloads, cards: &Cards, found: &mut Diagnostics) -> Vec<Draft> {
    let bills = bills(downloads, found);
    let owners: BTreeSet<&str> = bills.iter().map(|bill| bill.uin.as_str()).collect();
    let used = usage_files(downloads, &owners, found);
    let named = used.iter().filter_map(|file| file.uin.as_deref());
    let uins: BTreeSet<String> = owners.into_iter().chain(named).map(str::to_owned).collect();
    let mut drafts = Vec::new();
    for uin in &uins {
        let months: BTreeSet<Month> = bills.iter().filter(|bill| bill.uin == *uin).map(|bill| bill.month).collect();
        let months = if months.is_empty() { months_used(&used, uin) } else { months };
        for month in months {
            let only = uins.len() == 1;
            let whole = Whole { downloads, bills: &bills, used: &used, cards, uin, month, only };
            drafts.push(whole.draft());
        }
    }
    if drafts.is_empty() && !found.has_errors() {
        let message = "no file says which account it is of";
        let help = "add the bill of the month, or a usage detail (账单用量明细), which names the account in each row";
        found.push(Diagnostic::error("init-no-account", At::file("--from"), message, help));
    }
    drafts
}

fn bills<'a>(downloads: &'a Downloads, found: &mut Diagnostics) -> Vec<Bill<'a>> {
    let mut bills = Vec::new();
    for (position, file) in downloads.files.iter().enumerate().filter(|(_, file)| file.folder == Folder::Bills) {
        for table in &file.tables {
            let survey = match bill::survey(table) {
                Ok(Some(survey)) => survey,
                Ok(None) => continue,
                Err(refused) => {
                    found.extend(refused);
                    continue;
                }
            };
            let owners: BTreeSet<&str> = survey.rows.iter().filter_map(|row| row.owner.as_deref()).collect();
            let others = survey.others.iter().map(|(owner, _)| owner.as_str());
            let owner = match owners.iter().collect::<Vec<_>>()[..] {
                [one] => Some((*one).to_owned()),
                [] => one_of(others).or_else(|| uin_in(&file.path)),
                [one, other, ..] => {
                    found.push(several_owners(file, one, other));
                    continue;
                }
            };
            let (Some(uin), Some(month)) = (owner, month_of(&survey)) else { continue };
            let place = Box::new(move |row| file.place(table, row));
            bills.push(Bill { file: position, survey, place, uin, month });
        }
    }
    bills
}

fn several_owners(file: &File, one: &str, other: &str) -> Diagnostic {
    let message = format!("holds rows of several accounts: {one}, {other}");
    let help = "part it first: trtc-recon split FILE --out FOLDER, then name that folder with --from";
    Diagnostic::error("init-several-owners", At::file(&file.path), message, help)
}

fn one_of<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let distinct: BTreeSet<&str> = texts.collect();
    let one = distinct.first().filter(|_| distinct.len() == 1)?;
    Some((*one).to_owned())
}

/// Returns an account that a file's name names: twelve digits, as the vendor writes them.
fn uin_in(path: &str) -> Option<String> {
    path.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 12 && run.starts_with('1')).map(str::to_owned)
}

/// Returns the month whose bill it is: by its rows, else by its name, else by when most was paid or used.
fn month_of(survey: &Survey) -> Option<Month> {
    let most = |months: &mut dyn Iterator<Item = Month>| {
        let mut count: BTreeMap<Month, usize> = BTreeMap::new();
        months.for_each(|month| *count.entry(month).or_default() += 1);
        count.into_iter().max_by_key(|(_, rows)| *rows).map(|(month, _)| month)
    };
    most(&mut survey.rows.iter().filter_map(|row| row.month))
        .or(survey.month)
        .or_else(|| most(&mut survey.rows.iter().filter_map(|row| row.start.or(row.paid)).map(|at| at.day().month())))
}

fn usage_files(downloads: &Downloads, owners: &BTreeSet<&str>, found: &mut Diagnostics) -> Vec<UsageFile> {
    let mut used = Vec::new();
    for (position, file) in downloads.files.iter().enumerate().filter(|(_, file)| file.folder == Folder::Usage) {
        let mut uins: BTreeMap<String, String> = BTreeMap::new();
        for table in &file.tables {
            match usage::accounts(table) {
                Ok(of_table) => uins.extend(of_table.into_iter().map(|(uin, row)| (uin, file.place(table, row)))),
                Err(refused) => found.extend(refused),
            }
        }
        let named = || owners.iter().find(|uin| file.path.contains(**uin)).map(|uin| (*uin).to_owned());
        let only = || owners.first().filter(|_| owners.len() == 1).map(|uin| (*uin).to_owned());
        let uin = match uins.len() {
            0 => named().or_else(only).or_else(|| uin_in(&file.path)),
            1 => uins.keys().next().cloned(),
            _ => {
                let (one, other) = (uins.keys().next().map_or("", |uin| uin), uins.keys().nth(1).map_or("", |uin| uin));
                found.push(several_owners(file, one, other));
                continue;
            }
        };
        let place = uin.as_ref().and_then(|uin| uins.get(uin)).cloned().unwrap_or_else(|| file.in_case());
        used.push(read_usage(position, file, uin, place));
    }
    used
}

/// Returns the applications and days of a usage file.
fn read_usage(position: usize, file: &File, uin: Option<String>, place: String) -> UsageFile {
    let account = Account::undated(uin.as_deref().unwrap_or_default(), Site::Cn);
    let all = Span { from: FIRST.start(), until: BEHIND.start() };
    let read = usage::usage(&file.tables, &account, all);
    let mut apps: BTreeMap<AppId, String> = BTreeMap::new();
    let mut days: Option<(Day, Day)> = None;
    for row in read.usage.iter() {
        let day = row.start.day();
        days = Some(days.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
        apps.entry(row.app)
            .or_insert_with(|| file.place_of(row.place.table, row.place.row).unwrap_or_else(|| file.in_case()));
    }
    UsageFile { file: position, uin, place, apps, days }
}

fn months_used(used: &[UsageFile], uin: &str) -> BTreeSet<Month> {
    let own = used.iter().filter(|file| file.uin.as_deref() == Some(uin));
    own.filter_map(|file| file.days)
        .flat_map(|(first, last)| {
            let months = (0..240).map(move |step| first.month().plus(step));
            months.take_while(move |month| *month <= last.month())
        })
        .collect()
}

/// Everything that is known, seen from one account and month.
struct Whole<'a> {
    downloads: &'a Downloads,
    bills: &'a [Bill<'a>],
    used: &'a [UsageFile],
    cards: &'a Cards,
    uin: &'a str,
    month: Month,
    /// True if the downloads are of one account.
    only: bool,
}

impl Whole<'_> {
    fn draft(&self) -> Draft {
        let mut draft = Draft {
            account: Account { period: Some(self.month), ..Account::undated(self.uin, Site::Cn) },
            site_is_known: false,
            said: BTreeMap::new(),
            asked: Vec::new(),
            files: Vec::new(),
        };
        self.identity(&mut draft);
        self.settlement(&mut draft);
        self.apps(&mut draft);
        let lists = self.lists();
        let bought = Bought::of(&self.evidence(&draft.account, &lists));
        draft.account.grants = bought.grants;
        draft.account.subscriptions = bought.subscriptions;
        draft.said.extend(bought.said);
        draft.asked.extend(bought.asked);
        self.dates(&mut draft);
        self.contract(&mut draft);
        self.files(&mut draft, &lists);
        draft
    }

    fn of_account(&self) -> impl Iterator<Item = &Bill<'_>> {
        self.bills.iter().filter(|bill| bill.uin == self.uin)
    }

    /// Returns the rows of the month's bill, with their places.
    fn rows(&self) -> impl Iterator<Item = (&BillRow, &Bill<'_>)> {
        let of_month = self.of_account().filter(|bill| bill.month == self.month);
        of_month.flat_map(|bill| bill.survey.rows.iter().map(move |row| (row, bill)))
    }

    fn own_usage(&self) -> impl Iterator<Item = &UsageFile> {
        self.used.iter().filter(|file| file.uin.as_deref() == Some(self.uin))
    }

    fn identity(&self, draft: &mut Draft) {
        let owned = self.rows().find(|(row, _)| row.owner.is_some()).map(|(row, bill)| (bill.place)(row.row));
        let owned = owned.or_else(|| self.own_usage().next().map(|file| file.place.clone()));
        draft.said.extend(owned.map(|place| ("uin".to_owned(), place)));
        let mut bills = self.of_account().flat_map(|bill| bill.survey.rows.iter().map(move |row| (row, bill)));
        let site = bills.find_map(|(row, bill)| {
            let site = match row.currency.as_deref()? {
                "CNY" => Site::Cn,
                "USD" => Site::Intl,
                _ => return None,
            };
            Some((site, format!("{} ({})", (bill.place)(row.row), row.currency.as_deref()?)))
        });
        match site {
            Some((site, place)) => {
                draft.account.site = site;
                draft.site_is_known = true;
                draft.said.insert("site".to_owned(), place);
            }
            None => draft.asked.push(Asked {
                key: "site".to_owned(),
                of: None,
                why: "no bill prints a currency; \"cn\" is billed in CNY, \"intl\" in USD".to_owned(),
            }),
        }
        if let Some((row, bill)) = self.rows().next() {
            draft.said.insert("period".to_owned(), (bill.place)(row.row));
        }
        let (cut, said) = self.cut();
        draft.account.cut = cut;
        draft.said.insert("cut".to_owned(), said);
    }

    /// Returns how the bill is cut: by its name, else by whether it holds usage of the month before.
    fn cut(&self) -> (Cut, String) {
        let mut of_month = self.of_account().filter(|bill| bill.month == self.month);
        let named = of_month.find_map(|bill| Some((bill.survey.cut?, self.downloads.files[bill.file].in_case())));
        if let Some((cut, file)) = named {
            return (cut, format!("the name of {file}"));
        }
        let usage = || self.rows().filter(|(row, _)| row.class == LineClass::Usage);
        let start_in = |month: Month| usage().find(|(row, _)| row.start.is_some_and(|at| at.day().month() == month));
        let last = self.month.plus(1).first_day() + -1;
        let last_day =
            usage().any(|(row, _)| row.start.is_some_and(|at| at.day() == last && row.monthly != Some(true)));
        match start_in(self.month.plus(-1)) {
            Some((row, bill)) if !last_day => {
                (Cut::Deduction, format!("{} is usage of the month before", (bill.place)(row.row)))
            }
            _ => (Cut::Usage, "no row of the bill is usage of the month before".to_owned()),
        }
    }

    fn settlement(&self, draft: &mut Draft) {
        let minutes = |row: &BillRow| row.item.is_some_and(|item| item.unit() == Unit::Minute);
        let mut says: BTreeMap<bool, String> = BTreeMap::new();
        for (row, bill) in self.rows().filter(|(row, _)| row.class == LineClass::Usage && minutes(row)) {
            if let Some(monthly) = row.monthly {
                says.entry(monthly).or_insert_with(|| (bill.place)(row.row));
            }
        }
        if says.len() == 1
            && let Some((monthly, place)) = says.into_iter().next()
        {
            draft.account.settlement = Some(if monthly { Settlement::Month } else { Settlement::Day });
            let word = if monthly { "月结, monthly settlement" } else { "日结, daily settlement" };
            draft.said.insert("settlement".to_owned(), format!("{place} ({word})"));
        }
    }

    fn apps(&self, draft: &mut Draft) {
        let mut apps: BTreeMap<AppId, (String, Option<(String, String)>)> = BTreeMap::new();
        for file in self.own_usage() {
            for (app, place) in &file.apps {
                apps.entry(*app).or_insert_with(|| (place.clone(), None));
            }
        }
        for bill in self.of_account() {
            for row in &bill.survey.rows {
                let Some(app) = app_in(row, |app| apps.contains_key(app)) else { continue };
                let place = || (bill.place)(row.row);
                let known = apps.entry(app).or_insert_with(|| (place(), None));
                let name = row.resource_name.as_deref().filter(|name| name.parse::<u64>().is_err());
                if let (Some(name), None) = (name, &known.1) {
                    known.1 = Some((name.to_owned(), place()));
                }
            }
        }
        for (id, (place, name)) in apps {
            draft.said.insert(format!("app {id}"), place);
            let name = name.map(|(name, place)| {
                draft.said.insert(format!("app {id} name"), place);
                name
            });
            draft.account.apps.push(App { name, ..App::new(id) });
        }
    }

    /// Returns every package file of the account, by its position, read.
    fn lists(&self) -> Vec<(usize, PackagesRead)> {
        let account = Account::undated(self.uin, Site::Cn);
        let files = self.downloads.files.iter().enumerate().filter(|(_, file)| file.folder == Folder::Packages);
        let own = files.filter(|(_, file)| uin_in(&file.path).map_or(self.only, |uin| uin == self.uin));
        own.map(|(position, file)| (position, packages(&file.tables, &account))).collect()
    }

    fn evidence(&self, account: &Account, lists: &[(usize, PackagesRead)]) -> Evidence {
        let window = Window::of(account.cut, self.month);
        let used = match account.settlement {
            Some(Settlement::Day) => window.days.from,
            Some(Settlement::Month) => window.month.span().from,
            None => window.from(),
        };
        let span = Span { from: used, until: window.until().max(window.fees.until) };
        let apps: BTreeSet<AppId> = account.apps.iter().map(|app| app.id).collect();
        let mut paid: Vec<Paid> = Vec::new();
        for bill in self.of_account() {
            for row in bill.survey.rows.iter().filter(|row| row.class == LineClass::Fee) {
                let plan = row.item.and_then(|item| Plans::known().get(item.id().strip_prefix("fee.")?));
                let (Some(plan), Some(at)) = (plan, row.paid.or(row.start)) else { continue };
                if at >= span.until {
                    continue;
                }
                paid.push(Paid {
                    plan,
                    app: app_in(row, |app| apps.contains(app)),
                    at,
                    renewal: row.renewal,
                    amount: row.amount,
                    minutes: row.minutes,
                    place: (bill.place)(row.row),
                });
            }
        }
        paid.sort_by_key(|paid| (paid.at, paid.renewal));
        let mut listed = Vec::new();
        let mut deducted = Vec::new();
        for (position, read) in lists {
            let file = &self.downloads.files[*position];
            let place = |at: crate::model::Place| file.place_of(at.table, at.row).unwrap_or_else(|| file.in_case());
            listed.extend(read.packages.iter().map(|one| (one.clone(), place(one.place))));
            deducted.extend(read.deductions.iter().map(|one| (one.clone(), place(one.place))));
        }
        // The earliest list says what was left; a later one of the same package asserts.
        listed.sort_by_key(|(one, _)| (one.listed.map(|listed| listed.from), one.created));
        let mut seen: BTreeSet<String> = BTreeSet::new();
        listed.retain(|(one, _)| seen.insert(format!("{} {:?}", one.id, one.created)));
        let usage_from = self.own_usage().filter_map(|file| file.days).map(|(first, _)| first).min();
        Evidence { paid, listed, deducted, month: span, usage_from }
    }

    /// The dates that something depends on; where the bill's own items show the card, the card instead.
    fn dates(&self, draft: &mut Draft) {
        for wanted in dates::wanted(&draft.account, self.cards, self.month) {
            if wanted.key == "first_app_created" && draft.site_is_known {
                let minute = |row: &BillRow| row.item.is_some_and(|item| item.unit() == Unit::Minute);
                let usage = || self.rows().filter(move |(row, _)| row.class == LineClass::Usage && minute(row));
                let items: Vec<Item> = usage().filter_map(|(row, _)| row.item).collect();
                let shown = dates::card_shown(&draft.account, self.cards, self.month, &items);
                let minute = usage().next();
                if let (Some(card), Some((row, bill)), Some(_)) = (shown, minute, draft.account.settlement) {
                    draft.said.insert(
                        "card".to_owned(),
                        format!("{}: no other card has all items of the bill", (bill.place)(row.row)),
                    );
                    draft.account.card = Some(card);
                    continue;
                }
            }
            if wanted.key == "first_app_created" && !draft.site_is_known {
                continue;
            }
            draft.asked.push(Asked { key: wanted.key.to_owned(), of: None, why: wanted.why });
        }
    }

    fn contract(&self, draft: &mut Draft) {
        if !draft.site_is_known {
            return;
        }
        let ids = dates::cards_of(&draft.account, self.cards, self.month);
        let cards: Vec<&Card> = ids.iter().filter_map(|id| self.cards.get(id)).map(AsRef::as_ref).collect();
        let priced: Vec<Priced> = self
            .rows()
            .filter(|(row, _)| row.class == LineClass::Usage)
            .filter_map(|(row, bill)| {
                let one = |printed: PrintedPrice| printed.figure.decimal() / Decimal::from(printed.per);
                let price = row.price.map(one).filter(|price| !price.is_zero())?;
                let list = row.list_price.map(one);
                Some(Priced { item: row.item?, price, list, place: (bill.place)(row.row) })
            })
            .collect();
        let contract = Contract::of(&priced, &cards, self.month.first_day());
        if let Some((discount, place)) = contract.discount {
            draft.account.discount = Some(discount).into();
            draft.said.insert("discount".to_owned(), format!("{place}, and every item; compare it with the contract"));
        }
        for (price, place) in contract.prices {
            let said = format!("{place}, and every line of the item; compare it with the contract");
            draft.said.insert(format!("price {}", price.item.id()), said);
            draft.account.prices.push(price);
        }
        draft.asked.extend(contract.asked);
    }

    /// The files of the case: the month's bills, usage as far back as a grant may reach, and the package files.
    fn files(&self, draft: &mut Draft, lists: &[(usize, PackagesRead)]) {
        let window = Window::of(draft.account.cut, self.month);
        let untold = draft.account.grants.iter().filter(|grant| grant.opening.is_none()).map(|grant| grant.purchased);
        let cycles = draft.account.subscriptions.iter().filter(|cycles| cycles.opening.is_none());
        let cycles = cycles.map(|cycles| cycles.purchased.max(window.from() + -31 * 86_400));
        let from = untold.chain(cycles).chain([window.from()]).min().unwrap_or(window.from()).day();
        let until = window.until();
        let mut files: BTreeSet<usize> =
            self.of_account().filter(|bill| bill.month == self.month).map(|bill| bill.file).collect();
        let inside = |(first, last): (Day, Day)| first.start() < until && last >= from;
        files.extend(self.own_usage().filter(|file| file.days.is_none_or(inside)).map(|file| file.file));
        let behind = window.fees.until;
        files.extend(
            lists
                .iter()
                .filter(|(_, read)| {
                    let listed = read.packages.iter().filter_map(|one| one.listed).map(|listed| listed.from).min();
                    listed.is_none_or(|at| at <= behind)
                })
                .map(|(position, _)| *position),
        );
        draft.files = files.into_iter().collect();
    }
}

/// Returns the application of a row: its resource where that is known or can hardly be anything else.
fn app_in(row: &BillRow, is_known: impl Fn(&AppId) -> bool) -> Option<AppId> {
    let resource: AppId = row.resource.as_deref()?.trim_start_matches('\'').parse().ok()?;
    let digits = row.resource.as_deref().map_or(0, str::len);
    let typical = (1_400_000_000..1_500_000_000).contains(&resource);
    let of_usage = row.class == LineClass::Usage && (8..=10).contains(&digits);
    (is_known(&resource) || typical || of_usage).then_some(resource)
}
