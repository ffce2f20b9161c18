//! The catalogue of plans, built in.

use std::sync::LazyLock;

use serde::Deserialize;

use super::plan::Plan;
use crate::model::diagnostic::{nearest, shown};

const FILES: [(&str, &str); 8] = [
    ("cn2019.toml", include_str!("plans/cn2019.toml")),
    ("cn-general.toml", include_str!("plans/cn-general.toml")),
    ("free-monthly.toml", include_str!("plans/free-monthly.toml")),
    ("call.toml", include_str!("plans/call.toml")),
    ("conference.toml", include_str!("plans/conference.toml")),
    ("live.toml", include_str!("plans/live.toml")),
    ("rtc-engine.toml", include_str!("plans/rtc-engine.toml")),
    ("dashboard.toml", include_str!("plans/dashboard.toml")),
];

fn read_all() -> Vec<Plan> {
    #[derive(Deserialize)]
    struct File {
        plan: Vec<Plan>,
    }
    let read =
        |(name, text): (&str, &str)| -> File { toml::from_str(text).unwrap_or_else(|e| panic!("plans/{name}: {e}")) };
    FILES.into_iter().flat_map(|file| read(file).plan).collect()
}

/// Returns the ids of the plans of the catalogue, in the order of the contract.
#[must_use]
pub fn plan_ids() -> Vec<&'static str> {
    Plans::embedded().iter().map(|plan| plan.id.as_str()).collect()
}

/// What to say of a plan that the catalogue does not know, and the nearest that it knows.
#[must_use]
pub fn unknown_plan(id: &str) -> (String, Option<String>) {
    let near = nearest(id, plan_ids());
    (format!("unknown plan `{}`", shown(id)), near.map(|near| format!("did you mean `{near}`? All: trtc-recon plans")))
}

/// The plans of the catalogue.
#[derive(Debug)]
pub struct Plans(Vec<Plan>);

impl Plans {
    /// The catalogue.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static PLANS: LazyLock<Plans> = LazyLock::new(|| Plans(read_all()));
        &PLANS
    }

    /// The plan of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Plan> {
        self.0.iter().find(|plan| plan.id == id)
    }

    /// All plans, in the order of the contract.
    pub fn iter(&self) -> std::slice::Iter<'_, Plan> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Plans {
    type Item = &'a Plan;
    type IntoIter = std::slice::Iter<'a, Plan>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
