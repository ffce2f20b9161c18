//! `worker` and `merge`: one partition of a cluster, and what all of them wrote.

use std::io::{self, BufReader, BufWriter};

use super::reconcile::format;
use super::{because, print};
use crate::cli::{Merge, ModeName, Worker};
use crate::model::diagnostic::Diagnostics;
use crate::pipeline::{Options, Status, Task};
use crate::spark::merge::{self, Control};
use crate::spark::worker::{self, Job, Mode};

pub(super) fn worker(asked: Worker) -> Result<Status, Diagnostics> {
    // A second pool cannot be asked for: this is the first use of it.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(usize::from(asked.jobs)).build_global();
    let mode = match asked.mode {
        ModeName::Rows => Mode::Rows,
        ModeName::Csv => Mode::Csv,
    };
    let (period, formats) = (asked.period, asked.format.iter().copied().map(format).collect());
    let options = |cards| Options { formats, ..Options::reading(Task::Rate, period, cards) };
    let job = Job { mode, terms: asked.terms, terms_sha256: asked.terms_sha256 };
    let (input, output) = (BufReader::new(io::stdin().lock()), BufWriter::new(io::stdout().lock()));
    worker::run(&job, options, input, output).map(|()| Status::Clean)
}

pub(super) fn merge(asked: &Merge) -> Result<Status, Diagnostics> {
    let control = Control { rows: asked.rows, total: asked.total };
    let merged = merge::run(&asked.rows_folder, &asked.out, control).map_err(because)?;
    Ok(print(&format!(
        "{} accounts of {} rows, written to {}\n",
        merged.accounts,
        merged.control.rows,
        asked.out.display()
    )))
}
