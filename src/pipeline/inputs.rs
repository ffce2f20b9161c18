//! All that a case's files hold, and what became of every row.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use super::{Options, Task, contradictions};
use crate::case::account::App;
use crate::case::folder::folder_of;
use crate::case::{Account, Case};
use crate::compare::Sum;
use crate::compare::balances::Claims;
use crate::compare::coverage::{self, Presence};
use crate::digest::Digests;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, nearest, shown};
use crate::model::invoice::InvoiceLine;
use crate::model::{AppId, Day, Place, Runs, Span, TableRef, Usage};
use crate::normalise::document::Folder;
use crate::normalise::packages::{PackagesRead, packages};
use crate::normalise::usage::{Coverage, VendorDeduction, name_says, usage};
use crate::normalise::{TableCounts, bill};
use crate::read::{self, AllPages, Identity, InputFile, Late, Opened, Places, ReadOptions, Table};
use crate::report::{Completeness, Input, TableRead};
use crate::rules::terms::Terms;

/// So many stretches without a row are named.
const MOST_QUIET: usize = 5;

/// The contents of the files of a case.
#[derive(Default)]
pub struct Inputs {
    /// Usage on one grid.
    pub usage: Runs,
    rows: OnceLock<Vec<Usage>>,
    /// Issued lines.
    pub lines: Vec<InvoiceLine>,
    /// True if there is a bill.
    pub has_bill: bool,
    /// Lines of the bill for usage of another month.
    pub not_audited: Sum,
    /// True if two layouts of the bill do not sum to the same.
    pub contradicted: bool,
    /// The usage that exports print as covered by packages.
    pub printed: Vec<VendorDeduction>,
    /// The contents of package lists and deduction records.
    pub packages: PackagesRead,
    /// The names of the tables that places refer to.
    pub places: Places,
    coverage: Coverage,
    days: usize,
    quiet: Vec<Span>,
    files: Vec<FileRead>,
    tables: HashMap<TableRef, TableCounts>,
}

struct FileRead {
    path: String,
    digests: Digests,
    read_as: String,
    tables: Vec<TableRef>,
    /// The position of the file of the same bytes that was read in its place.
    same_as: Option<usize>,
    /// The results that are known only when the rows were read.
    late: Option<Arc<dyn Late>>,
    identity: Option<Identity>,
}

impl FileRead {
    /// Returns the digests, once the rows were read.
    fn digests(&self) -> Digests {
        let late = self.late.as_ref().and_then(|late| late.blake3());
        late.map_or_else(|| self.digests.clone(), |blake3| Digests { blake3: blake3.to_owned(), sha256: None })
    }
}

impl Inputs {
    /// READ and NORMALISE: everything that the case's files hold. What is wrong
    /// with them is in `found`.
    #[must_use]
    pub fn read(case: &Case, options: &Options, terms: &Terms, found: &mut Diagnostics) -> Self {
        let sha256 = options.wants_sha256();
        let read = ReadOptions { encoding: options.encoding, sha256, ..ReadOptions::default() };
        let mut inputs = Self::default();
        let mut next_table = 0;
        let all = case.usage.iter().chain(&case.bills).chain(&case.packages).chain(&case.elsewhere);
        let twins = sizes_of_several(all);
        let later = ReadOptions { late: !sha256, ..read.clone() };
        let mut tables = inputs.open(&case.usage, &twins, &mut next_table, &later, found);
        for others in [&case.bills, &case.packages, &case.elsewhere] {
            tables.extend(inputs.open(others, &twins, &mut next_table, &read, found));
        }
        inputs.look_for_named_files(case, found);
        let sorted = Sorted::by_header(tables, found);
        inputs.take_usage(&sorted.usage, case, terms, found);
        inputs.finish(found);
        if options.task != Task::Rate {
            inputs.take_bills(&sorted.bills, case, terms, options.task, found);
        }
        inputs.packages = packages(&sorted.packages, &case.account);
        found.extend(std::mem::take(&mut inputs.packages.diagnostics));
        let tables = std::mem::take(&mut inputs.packages.tables);
        inputs.tables.extend(tables.into_iter().map(|table| (table.table, table)));
        inputs
    }

    /// Returns the usage row by row, for what needs it so: 40 bytes a row.
    #[must_use]
    pub fn rows(&self) -> &[Usage] {
        self.rows.get_or_init(|| self.usage.rows())
    }

    /// Returns what the vendor says of the packages.
    #[must_use]
    pub fn claims(&self) -> Claims<'_> {
        Claims {
            packages: &self.packages.packages,
            records: &self.packages.deductions,
            usage: &self.usage,
            printed: &self.printed,
        }
    }

    /// Returns a warning for each part of the bill of which the exports have no row.
    #[must_use]
    pub fn holes(&self, terms: &Terms) -> Vec<Diagnostic> {
        let (presence, period) = (Presence::of_runs(&self.usage), terms.billed_usage());
        coverage::warnings(&presence.holes(&self.lines, period), &presence, period)
    }

    /// Returns the account with the applications that usage names: those are known without an `[[app]]`.
    fn with_seen_apps(&self, account: &Account) -> Account {
        let mut seen = account.clone();
        let used: BTreeSet<AppId> = self.usage.runs().iter().map(|run| run.kind.app).collect();
        let fresh = used.into_iter().filter(|app| !account.has_app(*app));
        seen.apps.extend(fresh.map(App::new));
        seen
    }

    /// Days of the period with at least one row of the account.
    #[must_use]
    pub const fn days_seen(&self) -> &BTreeSet<Day> {
        &self.coverage.seen
    }

    /// READ: the tables of a folder's files. Of files with the same bytes one is read, unless the names of
    /// exports say that they are of different applications, services or days. `twins` are the sizes of several files.
    fn open(
        &mut self,
        files: &[InputFile],
        twins: &HashSet<Option<u64>>,
        next_table: &mut u16,
        read: &ReadOptions,
        found: &mut Diagnostics,
    ) -> Vec<Table> {
        let (mut tables, mut pages) = (Vec::new(), AllPages::default());
        let open = |file: &InputFile| {
            // Of a file, not of what it holds: a zip's members are known by their bytes.
            let identity = Identity::of_settled(&file.location);
            let read = ReadOptions { late: read.late && !twins.contains(&size(file)), ..read.clone() };
            read::open(file, next_table, &read)
                .into_iter()
                .zip(std::iter::once(identity).chain(std::iter::repeat(None)))
        };
        for (mut opened, identity) in files.iter().flat_map(open) {
            if folder_of(&opened.path).is_none() {
                leave_unknown_out(&mut opened);
            }
            found.extend(opened.diagnostics);
            // A bill says itself what it is of.
            let said = opened.path.starts_with("usage/");
            let same_name = |file: &FileRead| !said || name_says(&file.path) == name_says(&opened.path);
            let twin = |file: &FileRead| {
                file.digests == opened.digests && !opened.digests.blake3.is_empty() && same_name(file)
            };
            let same_as = self.files.iter().position(twin);
            if let Some(twin) = same_as {
                let message = format!("holds the same bytes as {}; it is read once", self.files[twin].path);
                let help = "nothing to do; remove one of the two to be rid of this message";
                found.push(Diagnostic::warning("file-twice", At::file(&opened.path), message, help));
            }
            self.files.push(FileRead {
                path: opened.path.clone(),
                digests: opened.digests,
                read_as: opened.read_as,
                tables: opened.tables.iter().map(|table| table.id).collect(),
                same_as,
                late: opened.late,
                identity,
            });
            if same_as.is_none() {
                pages.add(&opened.path, &opened.announced);
                tables.extend(opened.tables);
            }
        }
        found.extend(pages.missing());
        self.places.add(&tables);
        tables
    }

    /// Adds the diagnostics that large files give only when their rows were read.
    fn finish(&mut self, found: &mut Diagnostics) {
        for file in &mut self.files {
            let Some(late) = &file.late else { continue };
            let told = late.finish(&mut file.read_as);
            let fresh = |finding: &&Diagnostic| {
                !found.iter().any(|known| (known.code, &known.at) == (finding.code, &finding.at))
            };
            let fresh: Vec<Diagnostic> = told.iter().filter(fresh).cloned().collect();
            found.extend(fresh);
        }
    }

    /// A `[[file]]` that names no file says nothing about any.
    fn look_for_named_files(&self, case: &Case, found: &mut Diagnostics) {
        for hint in &case.account.files {
            let inside = |file: &FileRead| file.path == hint.path;
            if !self.files.iter().any(inside) {
                let near = nearest(&hint.path, self.files.iter().map(|file| file.path.as_str()));
                let help = near.map_or_else(
                    || "paths are relative to the case: usage/export.csv".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                let message = format!("[[file]] names `{}`, and there is no such file", shown(&hint.path));
                found.push(Diagnostic::error("file-not-there", At::file("account.toml"), message, help));
            }
        }
    }

    fn take_usage(&mut self, tables: &[Table], case: &Case, terms: &Terms, found: &mut Diagnostics) {
        if tables.is_empty() && (case.usage.is_empty() || !found.has_errors()) {
            let help = "put the usage exports of the month there: .csv, .xlsx, .json or a .zip of them";
            found.push(Diagnostic::error("usage-none", At::file("usage"), "there is no usage export", help));
            return;
        }
        let days = terms.billed_usage();
        let read = usage(tables, &case.account, days);
        found.extend(read.diagnostics);
        let rows: u64 = read.counts.iter().map(|table| table.rows).sum();
        let rejected = read.counts.iter().any(|table| table.rejected > 0);
        let billed = |row: &Usage| row.span().overlaps(days) || row.span().overlaps(terms.window.month.span());
        if rows > 0 && !rejected && read.coverage.seen.is_empty() && !read.usage.iter().any(|row| billed(&row)) {
            let message = format!("none of the {rows} rows of usage lies in {}", terms.window.fees.from.day().month());
            let help = "name the month of the exports with --period or in account.toml, or export this month";
            found.push(Diagnostic::warning("usage-of-other-period", At::file("usage"), message, help));
        }
        self.days = days.days().count();
        self.usage = read.usage;
        found.extend(contradictions::first_app(&case.account, &self.usage));
        self.printed = read.vendor_deductions;
        let fine = read.counts.iter().any(|table| table.covers.as_ref().is_some_and(|covers| covers.slots > 0));
        self.quiet = if fine { read.calendar.quiet(days, MOST_QUIET) } else { Vec::new() };
        self.coverage = read.coverage;
        self.tables.extend(read.counts.into_iter().map(|table| (table.table, table)));
    }

    fn take_bills(&mut self, tables: &[Table], case: &Case, terms: &Terms, task: Task, found: &mut Diagnostics) {
        self.has_bill = !tables.is_empty();
        if tables.is_empty() && task == Task::Reconcile && (case.bills.is_empty() || !found.has_errors()) {
            let help = "put the issued bill of the month there; `trtc-recon rate` computes the charges without one";
            found.push(Diagnostic::error("bill-none", At::file("bills"), "there is no bill", help));
        }
        let window = terms.window;
        let read = bill::bills(tables, &self.with_seen_apps(&case.account), window);
        let refused = read.diagnostics.has_errors();
        let mut read = read.selected(terms, &self.places);
        if !refused && !tables.is_empty() && read.tables.iter().all(|table| table.rows == 0) {
            let help = "export the bill again; a month without charges has no file";
            let empty = Diagnostic::warning("bill-empty", At::file("bills"), "the bill has a header and no line", help);
            read.diagnostics.push(empty);
        }
        found.extend(read.diagnostics);
        self.tables.extend(read.tables.into_iter().map(|table| (table.table, table)));
        self.lines = read.lines;
        let at = |line: &InvoiceLine| self.places.at(line.place);
        found.extend(contradictions::settlement(&case.account, &self.lines, &self.tables, at));
        self.contradicted = read.contradicted;
        self.not_audited = Sum { amount: read.not_audited.0, count: read.not_audited.1 };
    }

    /// Returns how complete the usage is.
    #[must_use]
    pub fn completeness(&self) -> Completeness {
        Completeness {
            days_expected: self.days,
            days_seen: self.coverage.seen.len(),
            gaps: self.coverage.gaps.iter().map(|(first, last)| format!("{first}/{last}")).collect(),
            duplicates: self.coverage.duplicates,
            stated: false,
            quiet: self.quiet.clone(),
        }
    }

    /// Returns every file, and what became of its rows. A file that was not read because
    /// another holds the same bytes repeats that one's rows.
    #[must_use]
    pub fn accounts(&self, case: &Case) -> Vec<Input> {
        let account = Input {
            path: case.account_path.to_owned(),
            digests: case.account_digests.clone(),
            read_as: "account".to_owned(),
            ..Input::default()
        };
        let file = |file: &FileRead| {
            let twin = file.same_as.map(|position| &self.files[position]);
            let mut input = self.account_of(twin.unwrap_or(file));
            input.path.clone_from(&file.path);
            input.identity.clone_from(&file.identity);
            if twin.is_some() {
                input = Input {
                    used: 0,
                    excluded: 0,
                    reasons: Vec::new(),
                    duplicate: input.rows,
                    tables: Vec::new(),
                    ..input
                };
            }
            input
        };
        std::iter::once(account).chain(self.files.iter().map(file)).collect()
    }

    fn account_of(&self, file: &FileRead) -> Input {
        let mut input = Input {
            path: file.path.clone(),
            digests: file.digests(),
            read_as: file.read_as.clone(),
            ..Input::default()
        };
        let mut layouts = BTreeSet::new();
        for table in file.tables.iter().filter_map(|table| self.tables.get(table)) {
            input.rows += table.rows;
            input.used += table.used;
            input.excluded += table.excluded;
            input.duplicate += table.duplicate;
            input.rejected += table.rejected;
            let sheet = self.places.at(Place { table: table.table, row: 0 }).sheet;
            input.tables.push(TableRead { sheet, counts: table.clone() });
            for (reason, rows) in &table.reasons {
                match input.reasons.iter_mut().find(|(known, _)| known == reason) {
                    Some((_, known)) => *known += rows,
                    None => input.reasons.push((reason.clone(), *rows)),
                }
            }
            layouts.insert(table.layout.as_str());
        }
        layouts.remove("");
        for layout in layouts {
            input.read_as.push_str(": ");
            input.read_as.push_str(layout);
        }
        input
    }
}

/// The tables of a case by the folder in which they belong.
#[derive(Default)]
struct Sorted {
    usage: Vec<Table>,
    bills: Vec<Table>,
    packages: Vec<Table>,
}

impl Sorted {
    /// Sorts tables by their headers; one of no known header is what its folder says.
    fn by_header(tables: Vec<Table>, found: &mut Diagnostics) -> Self {
        let mut sorted = Self::default();
        let mut said: HashSet<(String, Folder)> = HashSet::new();
        for table in tables {
            let home = folder_of(&table.file).and_then(Folder::named);
            let Some(folder) = Folder::of(&table).or(home) else { continue };
            if home != Some(folder) && said.insert((table.file.clone(), folder)) {
                found.push(folder.taken_from_elsewhere(&table.file));
            }
            match folder {
                Folder::Usage => sorted.usage.push(table),
                Folder::Bills => sorted.bills.push(table),
                Folder::Packages => sorted.packages.push(table),
            }
        }
        sorted
    }
}

/// Leaves out a file outside the folders of a case that is no document of it, whatever is wrong with it.
fn leave_unknown_out(opened: &mut Opened) {
    let known = opened.tables.iter().any(|table| Folder::of(table).is_some());
    let nothing = opened.tables.is_empty() && opened.diagnostics.is_empty();
    if known || nothing {
        return;
    }
    opened.tables.clear();
    let message = "is outside usage/, bills/ and packages/, and is none of these by its header: it is not read";
    let help = "nothing to do, or move it to the folder in which it belongs";
    let note = Diagnostic::note("file-outside", At::file(&opened.path), message, help);
    opened.diagnostics = [note].into_iter().collect();
    "not read".clone_into(&mut opened.read_as);
}

/// Returns the sizes that several files have: they may hold the same bytes.
fn sizes_of_several<'a>(files: impl Iterator<Item = &'a InputFile>) -> HashSet<Option<u64>> {
    let mut seen = HashSet::new();
    files.map(size).filter(|size| !seen.insert(*size)).collect()
}

fn size(file: &InputFile) -> Option<u64> {
    std::fs::metadata(&file.location).ok().map(|meta| meta.len())
}
