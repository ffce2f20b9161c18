//! Beyond one machine: the same rating in the workers of Apache Spark.
//!
//! [`worker`] reads the rows of many accounts from a pipe, one account after
//! the other, lays each out as a case and runs it as a local run does;
//! [`merge`] makes the folders of a local run of what all workers wrote, and
//! lets nothing through that is missing, doubled or changed. Knows nothing of
//! clusters: `deploy/spark` does.

mod gathered;
pub mod merge;
mod parts;
pub mod stream;
mod tagged;
mod terms;
pub mod worker;
mod workplace;

use crate::model::diagnostic::{At, Diagnostic};

/// Every code that a worker or a merge may give, and what it means.
pub const CODES: &[(&str, &str)] = &[
    ("merge-account-twice", "an account that came in two pieces, or twice"),
    ("merge-control", "rows or sums that do not add up to what went in"),
    ("merge-damaged", "a part that cannot be read"),
    ("merge-file-differs", "a file of a report that is not what the worker made"),
    ("merge-no-success", "a folder of rows that was not completed"),
    ("merge-nothing", "a folder without parts"),
    ("merge-order", "rows of an account that are missing, doubled or out of order"),
    ("merge-out-not-empty", "an output folder in which something lies"),
    ("merge-schema", "a part with other columns than a worker writes"),
    ("worker-account-twice", "an account whose rows are not in one piece"),
    ("worker-account-unknown", "an account of which the terms hold no account.toml"),
    ("worker-file-twice", "two files of one name"),
    ("worker-null", "a row without one of its values"),
    ("worker-order", "rows that are not sorted"),
    ("worker-refused", "accounts that were refused"),
    ("worker-result", "a figure that the rows of the result cannot hold"),
    ("worker-schema", "other columns than the worker reads"),
    ("worker-stream", "a stream that is cut, changed, or not Arrow"),
    ("worker-terms", "a file of terms that is not the one that was meant"),
    ("worker-workplace", "no place for the files of an account"),
];

/// Returns an error of the stream as a whole.
fn error(code: &'static str, at: &str, message: impl Into<String>, help: &str) -> Diagnostic {
    Diagnostic::error(code, At::file(at), message, help)
}
