//! `cards`, `plans`, `items`: the catalogue.

use std::path::Path;

use super::{cards as known, print};
use crate::cli::CardsCommand;
use crate::model::Item;
use crate::model::diagnostic::{At, Diagnostics};
use crate::pipeline::Status;
use crate::rules::{Plans, show};

pub(super) fn run(command: &CardsCommand, folder: Option<&Path>) -> Result<Status, Diagnostics> {
    let cards = known(folder)?;
    let named = |id: &str| cards.named(id, At::file("cards"));
    let text = match command {
        CardsCommand::List => show::cards(&cards),
        CardsCommand::Show { id } => show::card(named(id)?),
        CardsCommand::Diff { a, b } => show::diff(named(a)?, named(b)?),
    };
    Ok(print(&text))
}

pub(super) fn plans() -> String {
    show::plans(Plans::known())
}

/// Returns every item, in order, with the unit that it is billed in and the one that it is metered in.
pub(super) fn items() -> String {
    let mut rows = vec![["item", "billed in", "metered in"].map(str::to_owned).to_vec()];
    rows.extend(Item::all().map(|item| {
        let unit = item.unit();
        vec![item.to_string(), unit.name().to_owned(), unit.finest().to_owned()]
    }));
    show::table(&rows)
}
