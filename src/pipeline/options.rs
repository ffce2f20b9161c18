//! The options of a run, as a manifest has them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::compare::Tolerance;
use crate::digest::Naming;
use crate::model::Month;
use crate::normalise::document::Folder;
use crate::read::{Encoding, InputFile};
use crate::report::{Format, Lang, PREVIOUS};
use crate::rules::Cards;
use crate::tools::followup::{Earlier, Notes};

/// The options for every case.
#[derive(Debug, Clone)]
pub struct Options {
    /// The task.
    pub task: Task,
    /// The billing month, instead of account.toml's.
    pub period: Option<Month>,
    /// The rate cards.
    pub cards: Cards,
    /// Overrides the detected encoding of text files.
    pub encoding: Option<Encoding>,
    /// The folder that gets a folder for each report.
    pub out: PathBuf,
    /// The formats to write.
    pub formats: Vec<Format>,
    /// The differences that are tolerated.
    pub tolerance: Tolerance,
    /// The language of the report, instead of the site's.
    pub lang: Option<Lang>,
    /// Additional results besides the comparison.
    pub further: Further,
    /// The digests that name inputs and outputs.
    pub naming: Naming,
}

/// The results that can be requested in addition to a comparison.
#[derive(Debug, Clone, Default)]
pub struct Further {
    /// A claim on the vendor.
    pub dispute: bool,
    /// The earlier report whose findings are followed up; `None` where none was named.
    pub previous: Option<Previous>,
    /// The notes that a replayed report carries; `None`: those of the report that is replaced.
    pub notes: Option<BTreeMap<String, Notes>>,
    /// Files that are read in place of those of a folder of the case; nothing is written then.
    pub instead: Option<(Folder, Vec<InputFile>)>,
}

/// Where the findings of an earlier report are.
#[derive(Debug, Clone)]
pub enum Previous {
    /// In a folder: the report's own, or one of reports.
    Folder(PathBuf),
    /// In the copy that a later report keeps.
    Kept(Earlier),
}

/// The work of a run on a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Hold the bill against the charges.
    Reconcile,
    /// The charges alone.
    Rate,
    /// The inputs alone.
    Check,
}

impl Options {
    /// For a command that reads a case and writes no report.
    #[must_use]
    pub fn reading(task: Task, period: Option<Month>, cards: Cards) -> Self {
        Self {
            task,
            period,
            cards,
            encoding: None,
            out: PathBuf::new(),
            formats: Vec::new(),
            tolerance: Tolerance::default(),
            further: Further::default(),
            lang: None,
            naming: Naming::default(),
        }
    }

    /// Returns if the SHA-256 of inputs is wanted: by the naming, or for the letter of a dispute.
    pub(super) fn wants_sha256(&self) -> bool {
        self.naming.has_sha256() || self.further.dispute
    }

    /// Returns what of the options changes the result, for the manifest.
    pub(super) fn arguments(&self) -> Value {
        let mut arguments = json!({
            "period": self.period.map(|period| period.to_string()),
            "abs_tol": self.tolerance.absolute.to_string(),
            "rel_tol": self.tolerance.relative.to_string(),
            "encoding": self.encoding.map(|encoding| format!("{encoding:?}")),
            "format": self.formats.iter().map(|format| format!("{format:?}").to_lowercase()).collect::<Vec<_>>(),
            "lang": self.lang.map(Lang::name),
        });
        // Named only where they were asked for: a report without them is what it always was.
        if self.further.dispute {
            arguments["dispute"] = json!(true);
        }
        if self.naming == Naming::Both {
            arguments["digest"] = json!("sha256");
        }
        if self.further.previous.is_some() {
            arguments["previous"] = json!(PREVIOUS);
        }
        arguments
    }
}
