//! `meter`: call records become usage.

use std::path::Path;

use super::{atomic_write, because, card, cards, print_bytes, reconcile, remark, say, tell};
use crate::cli::Meter;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};
use crate::pipeline::Status;
use crate::read::{ReadOptions, digests_of};
use crate::tools::meter;

pub(super) fn run(asked: &Meter) -> Result<Status, Diagnostics> {
    let cards = cards(asked.cards.as_deref())?;
    let card = card(&cards, &asked.card)?;
    if let Some(out) = &asked.out {
        atomic_write::refuse_target(out, &asked.calls).map_err(because)?;
    }
    let options = ReadOptions { encoding: asked.encoding.map(reconcile::encoding), ..ReadOptions::default() };
    let (usage, counts) = meter::run(&asked.calls, card, &options, asked.robots)?;
    let unchanged = digests_of(&asked.calls, false).is_ok_and(|digests| digests == counts.digests);
    if !unchanged {
        let at = At::file(&asked.calls.to_string_lossy());
        let help = "wait until nobody writes to the file, and run again";
        return Err(because(Diagnostic::error("input-changed", at, "was changed while it was read", help)));
    }
    tell(&counts.findings);
    let status = match &asked.out {
        None => print_bytes(&usage),
        Some(out) => {
            atomic_write::save(out, &usage).map_err(because)?;
            Status::Clean
        }
    };
    if status == Status::Clean {
        say(&remark("note", &summary(&asked.calls, asked.out.as_deref(), &card.id, &counts)));
    }
    Ok(status)
}

fn summary(calls: &Path, out: Option<&Path>, card: &str, counts: &meter::Counts) -> String {
    let meter::Counts { rows, used, excluded, written, read_as, .. } = counts;
    let name = |path: &Path| shown(&path.to_string_lossy());
    let out = out.map(|out| format!(" in {}", name(out))).unwrap_or_default();
    format!(
        "{} ({read_as}): {rows} rows = {used} metered + {excluded} without duration\n\
         {written} rows of usage on {card}{out}",
        name(calls)
    )
}
