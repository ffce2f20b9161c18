//! The names that account.toml gives the account and its applications, besides their numbers.

use std::collections::BTreeMap;

use super::{Report, summary};
use crate::i18n::fill;
use crate::model::AppId;

/// The names that account.toml gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// The account's name.
    pub account: Option<String>,
    /// The applications that have a name or a department.
    pub apps: BTreeMap<AppId, AppName>,
}

/// The name of an application, and the department that pays for it; empty where account.toml gives none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppName {
    /// Its name.
    pub name: String,
    /// Its department.
    pub department: String,
}

impl Report {
    /// Returns the account for people: `acme (100000000001)`.
    #[must_use]
    pub fn account_named(&self) -> String {
        self.named(self.names.account.as_deref().unwrap_or_default(), &self.account)
    }

    /// Returns an application for people: `classroom (1400000001)`; what belongs to the account has none.
    #[must_use]
    pub fn app_named(&self, app: Option<AppId>) -> String {
        match app {
            Some(id) => self.named(self.app_name(app), &id.to_string()),
            None => self.words().text.account_wide.clone(),
        }
    }

    /// Returns the name of an application, empty where it has none.
    #[must_use]
    pub fn app_name(&self, app: Option<AppId>) -> &str {
        app.and_then(|id| self.names.apps.get(&id)).map_or("", |app| &app.name)
    }

    /// Returns the department of an application, empty where it has none.
    #[must_use]
    pub fn department(&self, app: Option<AppId>) -> &str {
        app.and_then(|id| self.names.apps.get(&id)).map_or("", |app| &app.department)
    }

    fn named(&self, name: &str, id: &str) -> String {
        if name.is_empty() {
            return summary::visible(id);
        }
        let values = [("name", summary::visible(name)), ("id", summary::visible(id))];
        fill(&self.words().text.named, &values)
    }
}
