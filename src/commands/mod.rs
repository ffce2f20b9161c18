//! The commands: what was typed becomes a call, its result text and an exit
//! status. stdout carries the result, stderr progress and findings.

mod accrue;
mod allocate;
mod atomic_write;
mod backtest;
mod cards;
#[cfg(feature = "spark")]
mod cluster;
mod console;
mod diff;
mod estimate;
mod explain;
mod generate;
mod history;
mod init;
mod meter;
mod quote;
mod reconcile;
mod refund;
mod replay;
mod selftest;
mod sensitivity;
mod shell;
mod sign;
mod split;
mod what_if;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use crate::case::Account;
use crate::cli::{Cli, Command, SchemaName};
use crate::i18n::{Lang, catalogue};
use crate::interrupt;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::pipeline::Status;
use crate::read::xls;
use crate::rules::{Card, Cards, Plans};
use console::{remark, say};

/// Runs a command.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    if matches!(cli.command, Command::ReadLegacySheet) {
        return xls::child_main();
    }
    console::set(&cli);
    if let Err(error) = interrupt::watch() {
        let what = "Ctrl-C may leave hidden files for the next run to remove";
        say(&remark("warning", &format!("signals cannot be watched ({error}): {what}")));
    }
    if let Some(Err(found)) = cli.plans.as_deref().map(Plans::add_folder) {
        return ExitCode::from(refuse(&found).code());
    }
    ExitCode::from(status(cli.command).code())
}

/// Prints what is wrong with the command line.
pub(crate) fn say_error(text: &str) {
    say(text);
}

/// Prints the help of a command.
pub(crate) fn say_help(text: &str) {
    print_bytes(text.as_bytes());
}

fn status(command: Command) -> Status {
    match command {
        Command::Reconcile { run, tolerance, further } => reconcile::reconcile(&run, &tolerance, further),
        Command::Rate { run, with } if with.is_empty() => reconcile::rate(&run),
        Command::Rate { run, with } => ended(what_if::run(&run, &with)),
        Command::Check { cases: asked } => reconcile::check(asked),
        Command::Meter(asked) => ended(meter::run(&asked)),
        Command::Estimate(asked) => ended(estimate::run(&asked)),
        Command::Quote(asked) => ended(quote::run(&asked)),
        Command::Refund(asked) => ended(refund::run(&asked)),
        Command::Explain(asked) => ended(explain::run(&asked)),
        Command::Sensitivity(asked) => ended(sensitivity::run(&asked)),
        Command::Selftest(asked) => ended(selftest::run(&asked)),
        Command::Cards { command, cards } => ended(cards::run(&command, cards.as_deref())),
        Command::Plans => print(&cards::plans()),
        Command::Items => print(&cards::items()),
        Command::Replay { report, case, cards } => ended(replay::run(&report, case.as_deref(), cards.as_deref())),
        Command::Generate(asked) => ended(generate::run(&asked)),
        Command::Init(asked) => ended(init::run(&asked)),
        Command::Split(asked) => ended(split::run(&asked)),
        Command::Diff(asked) => ended(diff::run(&asked)),
        Command::History(asked) => ended(history::run(&asked)),
        Command::Sign(asked) => ended(sign::run(&asked)),
        Command::Accrue(asked) => ended(accrue::run(&asked)),
        Command::Backtest(asked) => ended(backtest::run(&asked)),
        Command::Allocate(asked) => ended(allocate::run(&asked)),
        Command::Schema { of } => print_bytes(match of {
            SchemaName::Account => include_bytes!("../../schema/account.schema.json"),
            SchemaName::Reconciliation => include_bytes!("../../schema/reconciliation.schema.json"),
        }),
        #[cfg(feature = "spark")]
        Command::Worker(asked) => ended(cluster::worker(asked)),
        #[cfg(feature = "spark")]
        Command::Merge(asked) => ended(cluster::merge(&asked)),
        Command::Completions { shell } => print_bytes(&shell::completions(shell)),
        Command::Man => ended(shell::manual()),
        // Read before any other: it is a process of its own.
        Command::ReadLegacySheet => Status::Clean,
    }
}

/// Returns the status of a command that may be refused.
fn ended(result: Result<Status, Diagnostics>) -> Status {
    result.unwrap_or_else(|found| refuse(&found))
}

fn cards(folder: Option<&Path>) -> Result<Cards, Diagnostics> {
    folder.map_or_else(|| Ok(Cards::embedded()), Cards::with_folder)
}

/// Returns the card that a flag names.
fn card<'a>(cards: &'a Cards, id: &str) -> Result<&'a Card, Diagnostics> {
    cards.named(id, At::file("--card")).map(AsRef::as_ref)
}

/// Returns a refusal for one reason.
fn because(why: Diagnostic) -> Diagnostics {
    [why].into_iter().collect()
}

fn refuse(found: &Diagnostics) -> Status {
    tell(found);
    Status::Refused
}

/// Findings, on stderr.
fn tell(found: &Diagnostics) {
    say(&console::findings(found, None, console::lang(None)));
}

/// To stdout. A reader that has gone away is a quiet end; a result that did
/// not reach its file is none.
fn print(text: &str) -> Status {
    print_bytes(console::fitted(&catalogue::translated(console::lang(None), text)).as_bytes())
}

/// As [`print`], where neither a flag nor the environment names a language in that of the account's site.
fn print_of(account: &Account, text: &str) -> Status {
    let lang = console::lang(Some(Lang::of(account.site)));
    print_bytes(console::fitted(&catalogue::translated(lang, text)).as_bytes())
}

fn print_bytes(bytes: &[u8]) -> Status {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => refuse(&because(Diagnostic::error(
            "output-disk",
            At::file("standard output"),
            format!("cannot be written: {error}"),
            "see that the disk has room",
        ))),
        Ok(()) | Err(_) => Status::Clean,
    }
}
