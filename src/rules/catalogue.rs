//! The catalogue of plans: the published ones, built in, and those of a folder that is named at the start.

use std::path::Path;
use std::sync::OnceLock;

use serde::Deserialize;
use toml::Spanned;

use super::plan::{Offer, Plan};
use super::toml_file::{Files, PLANS, Source, line};
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, nearest, shown};
use crate::model::item;

const FILES: [(&str, &str); 9] = [
    ("cn2019.toml", include_str!("plans/cn2019.toml")),
    ("cn-general.toml", include_str!("plans/cn-general.toml")),
    ("free-monthly.toml", include_str!("plans/free-monthly.toml")),
    ("call.toml", include_str!("plans/call.toml")),
    ("conference.toml", include_str!("plans/conference.toml")),
    ("live.toml", include_str!("plans/live.toml")),
    ("rtc-engine.toml", include_str!("plans/rtc-engine.toml")),
    ("dashboard.toml", include_str!("plans/dashboard.toml")),
    ("intl-general.toml", include_str!("plans/intl-general.toml")),
];

/// The plans that a run knows; fixed from the first time that one is asked for.
static KNOWN: OnceLock<Plans> = OnceLock::new();

/// A plan file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanFile {
    #[serde(default)]
    plan: Vec<Spanned<Plan>>,
    #[serde(default)]
    offer: Vec<Spanned<Offer>>,
}

/// The ids of a plan file: read first, since the fee of each plan is an item that the file itself may name.
#[derive(Deserialize)]
struct PlanIds {
    #[serde(default)]
    plan: Vec<PlanId>,
}

#[derive(Deserialize)]
struct PlanId {
    id: Spanned<String>,
}

/// The plans of the catalogue.
#[derive(Debug)]
pub struct Plans(Vec<Plan>);

/// Returns the ids of the plans that are known, in the order of the catalogue.
#[must_use]
pub fn plan_ids() -> Vec<&'static str> {
    Plans::known().iter().map(|plan| plan.id.as_str()).collect()
}

/// Returns what to say of a plan that the catalogue does not know, and the nearest that it knows.
#[must_use]
pub fn unknown_plan(id: &str) -> (String, Option<String>) {
    let near = nearest(id, plan_ids());
    (format!("unknown plan `{}`", shown(id)), near.map(|near| format!("did you mean `{near}`? All: trtc-recon plans")))
}

impl Plans {
    /// Returns the plans that this run knows.
    #[must_use]
    pub fn known() -> &'static Self {
        KNOWN.get_or_init(Self::published)
    }

    fn published() -> Self {
        let mut plans = Self(Vec::new());
        let mut offers = Vec::new();
        for (name, text) in FILES {
            let file: PlanFile = toml::from_str(text).unwrap_or_else(|e| panic!("plans/{name}: {e}"));
            plans.0.extend(file.plan.into_iter().map(Spanned::into_inner));
            offers.extend(file.offer.into_iter().map(Spanned::into_inner));
        }
        for offer in &offers {
            plans.offer(offer);
        }
        plans
    }

    /// Adds the plans and offers of a folder's `.toml` files to the published ones, for the whole run: once, before
    /// any plan or item is asked for. A published plan is never replaced.
    ///
    /// # Errors
    /// Everything that is wrong with the files, each with its line.
    pub fn add_folder(folder: &Path) -> Result<(), Diagnostics> {
        let mut texts: Vec<(String, String)> = Vec::new();
        for path in PLANS.of(folder)? {
            texts.push((path.display().to_string(), PLANS.text(&path)?));
        }
        register(&texts)?;
        let (mut plans, mut problems) = (Self::published(), Diagnostics::default());
        let mut offers = Vec::new();
        for (file, text) in &texts {
            match parse(file, text) {
                Ok((further, offered)) => {
                    plans.0.extend(further);
                    offers.extend(offered.into_iter().map(|(row, offer)| (file, row, offer)));
                }
                Err(found) => problems.extend(found),
            }
        }
        for (file, row, offer) in &offers {
            let unknown = offer.plans.iter().chain(&offer.perhaps).find(|id| plans.get(id).is_none());
            if let Some(id) = unknown.filter(|_| !problems.has_errors()) {
                let near = nearest(id, plans.0.iter().map(|plan| plan.id.as_str()));
                let help = near.map(|near| format!("did you mean `{near}`?")).unwrap_or_default();
                let message = format!("unknown plan `{}`", shown(id));
                problems.push(Diagnostic::error(PLANS.broken, At::file(file).row(*row), message, help));
            }
            plans.offer(offer);
        }
        if problems.has_errors() {
            return Err(problems);
        }
        KNOWN.set(plans).map_err(|_| too_late(folder, "the plans were read already"))
    }

    /// Notes an offer at the plans that it holds for.
    fn offer(&mut self, offer: &Offer) {
        for plan in &mut self.0 {
            if offer.plans.contains(&plan.id) {
                plan.account_wide.push(offer.clone());
            } else if offer.perhaps.contains(&plan.id) {
                plan.perhaps_account_wide.push(offer.clone());
            }
        }
    }

    /// Returns the plan of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Plan> {
        self.0.iter().find(|plan| plan.id == id)
    }

    /// Returns all plans, in the order of the catalogue.
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

fn too_late(folder: &Path, why: &str) -> Diagnostics {
    let at = At::file(&folder.display().to_string());
    let help = "name the folder once: --plans DIR";
    [Diagnostic::error(PLANS.unreadable, at, why.to_owned(), help)].into_iter().collect()
}

/// Registers the fees of the plans of some files.
fn register(texts: &[(String, String)]) -> Result<(), Diagnostics> {
    let published = Plans::published_ids();
    let (mut ids, mut problems): (Vec<String>, Diagnostics) = (Vec::new(), Diagnostics::default());
    for (file, text) in texts {
        let found: PlanIds = match toml::from_str(text) {
            Ok(found) => found,
            Err(error) => {
                problems.push(PLANS.refused(file, text, &error));
                continue;
            }
        };
        for PlanId { id } in found.plan {
            let at = At::file(file).row(line(text, id.span().start));
            let id = id.into_inner();
            let plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            if published.contains(&id) || ids.contains(&id) {
                let help = "a published plan is never edited: give the changed one an id of its own";
                let message = format!("the plan `{}` exists already", shown(&id));
                problems.push(Diagnostic::error("plan-exists", at, message, help));
            } else if !plain {
                let message = format!("`{}` is no id of a plan", shown(&id));
                problems.push(Diagnostic::error(PLANS.broken, at, message, "use a-z, 0-9 and -"));
            } else {
                ids.push(id);
            }
        }
    }
    if problems.has_errors() {
        return Err(problems);
    }
    let file = texts.first().map_or("", |(file, _)| file.as_str());
    item::register_fees(&ids).map_err(|why| too_late(Path::new(file), why))
}

impl Plans {
    fn published_ids() -> Vec<String> {
        let of = |(name, text): (&str, &str)| {
            let ids: PlanIds = toml::from_str(text).unwrap_or_else(|e| panic!("plans/{name}: {e}"));
            ids.plan.into_iter().map(|plan| plan.id.into_inner())
        };
        FILES.into_iter().flat_map(of).collect()
    }
}

/// The plans of a file, and its offers with their lines.
type Parsed = (Vec<Plan>, Vec<(u32, Offer)>);

/// Reads the plans and offers of a file's text.
pub(super) fn parse(file: &str, text: &str) -> Result<Parsed, Diagnostics> {
    const FILES: Files = PLANS;
    let written: PlanFile = toml::from_str(text)
        .map_err(|error| [FILES.refused(file, text, &error)].into_iter().collect::<Diagnostics>())?;
    let mut source = Source { files: FILES, file, text, problems: Diagnostics::default() };
    let mut plans = Vec::new();
    for plan in written.plan {
        let (span, plan) = (plan.span(), plan.into_inner());
        for (message, help) in plan.faults() {
            source.refuse(&span, format!("`{}`: {message}", plan.id), help);
        }
        plans.push(plan);
    }
    let mut offers = Vec::new();
    for offer in written.offer {
        let (span, offer) = (offer.span(), offer.into_inner());
        if offer.usage_from >= offer.usage_until || offer.plans.is_empty() {
            source.refuse(
                &span,
                "the offer holds no day or no plan".to_owned(),
                "`usage_until` is the first day behind",
            );
        }
        offers.push((line(text, span.start), offer));
    }
    if source.problems.has_errors() { Err(source.problems) } else { Ok((plans, offers)) }
}
