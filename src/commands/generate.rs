//! `generate`: a case that is made up.

use std::fmt::Write as _;

use super::print;
use crate::cli::{FilesName, Generate, LayoutName, OrderName};
use crate::model::diagnostic::{Diagnostics, shown};
use crate::pipeline::Status;
use crate::tools::generate::{Files, Layout, Order, Wanted, generate};

pub(super) fn run(asked: &Generate) -> Result<Status, Diagnostics> {
    let month = asked.period.span().days().count();
    let month = u32::try_from(month).unwrap_or(u32::MAX);
    let wanted = Wanted {
        apps: asked.apps,
        days: asked.days.map_or(month, |days| days.min(month)),
        rows: asked.rows,
        seed: asked.seed,
        period: asked.period,
        layout: match asked.layout {
            LayoutName::Detail => Layout::Detail,
            LayoutName::Workbook => Layout::Workbook,
            LayoutName::Tidy => Layout::Tidy,
        },
        order: match asked.order {
            OrderName::Time => Order::Time,
            OrderName::App => Order::App,
        },
        files: match asked.files {
            FilesName::One => Files::One,
            FilesName::Day => Files::Day,
            FilesName::App => Files::App,
        },
        zip: asked.zip,
        errors: asked.errors,
    };
    let made = generate(&asked.folder, &wanted)?;
    let name = shown(&asked.folder.to_string_lossy());
    let mut text = format!("{name} holds {} rows of usage and a bill of {} lines.\n", made.usage, made.lines);
    for error in &made.errors {
        let _ = writeln!(text, "  made wrong: {error}");
    }
    let _ = writeln!(text, "Next: trtc-recon reconcile {name}");
    Ok(print(&text))
}
