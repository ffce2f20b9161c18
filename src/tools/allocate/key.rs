//! By what the costs are parted that no application caused alone.

use std::collections::BTreeSet;

use crate::case::Account;
use crate::model::AppId;
use crate::model::diagnostic::{At, Diagnostic};

/// Costs that belong to no application alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pot {
    /// Minutes of a package of the account that nothing used in the month.
    Unused,
    /// Relayed bandwidth, which is charged by the account's highest sum.
    Relay,
    /// Fees of the account that give no minutes.
    Fees,
    /// The amount that a minimum commitment adds.
    Minimum,
}

/// A key by which such costs are parted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// By the package minutes that each application took.
    Covered,
    /// By each application's own relayed bandwidth, summed over its samples.
    Samples,
    /// By what each application's usage is charged.
    Cost,
    /// By the billable minutes of each application.
    Minutes,
    /// The same to each application with usage.
    Equal,
    /// To one application.
    App(AppId),
    /// To one department.
    Department(String),
}

/// The key of each pot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    of: [(Pot, Key); 4],
}

impl Pot {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Unused, Self::Relay, Self::Fees, Self::Minimum];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unused => "unused",
            Self::Relay => "relay",
            Self::Fees => "fees",
            Self::Minimum => "minimum",
        }
    }

    /// Returns the names of the keys that it takes, beside an application and a department.
    const fn takes(self) -> &'static [&'static str] {
        match self {
            Self::Unused => &["covered", "cost", "minutes", "equal"],
            Self::Relay => &["samples", "cost", "minutes", "equal"],
            Self::Fees | Self::Minimum => &["cost", "minutes", "equal"],
        }
    }
}

impl Key {
    /// Its name, as the command line and the journal have it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Covered => "covered".to_owned(),
            Self::Samples => "samples".to_owned(),
            Self::Cost => "cost".to_owned(),
            Self::Minutes => "minutes".to_owned(),
            Self::Equal => "equal".to_owned(),
            Self::App(app) => app.to_string(),
            Self::Department(name) => format!("department:{name}"),
        }
    }

    fn of(pot: Pot, text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix("department:") {
            return (!name.is_empty()).then(|| Self::Department(name.to_owned()));
        }
        if let Ok(app) = text.parse() {
            return Some(Self::App(app));
        }
        let known = [Self::Covered, Self::Samples, Self::Cost, Self::Minutes, Self::Equal];
        known.into_iter().find(|key| key.name() == text && pot.takes().contains(&text))
    }
}

impl Default for Keys {
    fn default() -> Self {
        let of = [
            (Pot::Unused, Key::Covered),
            (Pot::Relay, Key::Samples),
            (Pot::Fees, Key::Cost),
            (Pot::Minimum, Key::Cost),
        ];
        Self { of }
    }
}

impl Keys {
    /// Reads `unused=equal`, `relay=1400000001`, `fees=department:education`; what is not named keeps its own key.
    pub fn read(settings: &[String]) -> Result<Self, Diagnostic> {
        let mut keys = Self::default();
        for setting in settings {
            let (pot, key) = setting.split_once('=').unwrap_or((setting, ""));
            let Some(pot) = Pot::ALL.into_iter().find(|known| known.name() == pot) else {
                let help = format!("write WHAT=KEY; WHAT is {}", Pot::ALL.map(Pot::name).join(", "));
                return Err(refused(format!("`{setting}` names no costs that are parted"), help));
            };
            let Some(key) = Key::of(pot, key) else {
                let names = pot.takes().join(", ");
                let help = format!("{} takes: {names}, an SDKAppID, department:NAME", pot.name());
                return Err(refused(format!("`{setting}` names no key"), help));
            };
            keys.of.iter_mut().filter(|(known, _)| *known == pot).for_each(|(_, of)| *of = key.clone());
        }
        Ok(keys)
    }

    /// Returns the key of a pot.
    #[must_use]
    pub fn of(&self, pot: Pot) -> &Key {
        self.of.iter().find(|(known, _)| *known == pot).map_or(&Key::Cost, |(_, key)| key)
    }

    /// Refuses an application or a department that an account does not have.
    pub fn check(&self, account: &Account) -> Result<(), Diagnostic> {
        let departments: BTreeSet<&str> = account.apps.iter().filter_map(|app| app.department.as_deref()).collect();
        for (pot, key) in &self.of {
            let (missing, known) = match key {
                Key::App(app) if !account.has_app(*app) => {
                    let known: Vec<String> = account.apps.iter().map(|app| app.id.to_string()).collect();
                    (format!("application {app}"), known.join(", "))
                }
                Key::Department(name) if !departments.contains(name.as_str()) => {
                    (format!("department `{name}`"), departments.iter().copied().collect::<Vec<_>>().join(", "))
                }
                _ => continue,
            };
            let message = format!("{}={}: account.toml lists no {missing}", pot.name(), key.name());
            return Err(refused(message, format!("it lists: {known}")));
        }
        Ok(())
    }
}

fn refused(message: String, help: String) -> Diagnostic {
    Diagnostic::error("allocate-key", At::file("--key"), message, help)
}
