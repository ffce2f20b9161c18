//! The names of the tables that places refer to.

use std::collections::BTreeMap;

use super::Table;
use crate::model::diagnostic::At;
use crate::model::{Place, TableRef};

/// Tells a [`Place`] as file, sheet and row.
#[derive(Debug, Default, Clone)]
pub struct Places(BTreeMap<TableRef, At>);

impl Places {
    /// Adds tables.
    pub fn add<'a>(&mut self, tables: impl IntoIterator<Item = &'a Table>) {
        self.0.extend(tables.into_iter().map(|table| (table.id, table.at())));
    }

    /// Returns a row, for a person.
    #[must_use]
    pub fn at(&self, place: Place) -> At {
        self.0.get(&place.table).cloned().unwrap_or_default().row(place.row)
    }
}
