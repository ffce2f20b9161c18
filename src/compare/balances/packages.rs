//! Which grant of account.toml is which package of the vendor.

use std::collections::BTreeMap;

use crate::model::diagnostic::{At, Diagnostic, shown};
use crate::model::{Place, Span, Stamp};
use crate::normalise::packages::{DeductionRecord, PackageAssertion, Status};
use crate::rules::terms::{Grant, Terms};

/// The grants of the listed packages, by position in the lists; and of the vendor's ids.
pub(super) struct Packages {
    grants: Vec<Option<usize>>,
    by_id: BTreeMap<String, Vec<usize>>,
}

/// Why no grant could be told.
pub(super) const NOT_TOLD: &str = "account.toml has no [[grant]] or [[subscription]] of which it can be told that it is \
    this package; give the grant the vendor's package id as its `id`";

impl Packages {
    /// Matches listed packages with grants: by id, else by size and
    /// dates, best of the plan that its name names. A grant is one package of a list; several alike are taken in order.
    pub(super) fn match_up(packages: &[PackageAssertion], terms: &Terms) -> Self {
        let mut known = Self { grants: Vec::with_capacity(packages.len()), by_id: BTreeMap::new() };
        for package in packages {
            let same_list = |other: &PackageAssertion| other.place.table == package.place.table;
            let listed = packages.iter().zip(&known.grants).filter(|(other, _)| same_list(other));
            let taken: Vec<usize> = listed.filter_map(|(_, grant)| *grant).collect();
            let grant = (0..terms.grants.len())
                .filter(|grant| !taken.contains(grant) && is(package, &terms.grants[*grant]))
                .min_by_key(|grant| {
                    let of = &terms.grants[*grant];
                    (of.id != package.id, package.plan.is_some_and(|plan| plan != of.plan), *grant)
                });
            if let Some(grant) = grant {
                let ids = known.by_id.entry(package.id.clone()).or_default();
                if !ids.contains(&grant) {
                    ids.push(grant);
                }
            }
            known.grants.push(grant);
        }
        known
    }

    /// Returns the grant of a listed package.
    pub(super) fn listed(&self, position: usize) -> Option<usize> {
        self.grants[position]
    }

    /// Returns the grant that a record deducts from: the one of its id, else the only
    /// one that its name, its application and its time leave.
    pub(super) fn of_record(&self, record: &DeductionRecord, terms: &Terms) -> Option<usize> {
        let serves = |grant: &usize| record.start.is_none_or(|start| in_force(&terms.grants[*grant], start));
        let id = record.id.as_deref().unwrap_or_default();
        let own = terms.grants.iter().position(|grant| !id.is_empty() && grant.id == id);
        let listed = || self.by_id.get(id).into_iter().flatten().copied().find(serves);
        own.or_else(listed).or_else(|| {
            let fits = |grant: &usize| {
                let grant = &terms.grants[*grant];
                let plan = record.plan.is_none_or(|plan| plan == grant.plan);
                plan && record.before <= grant.minutes
                    && grant.app.is_none_or(|app| record.app.is_none_or(|of| of == app))
            };
            let mut all = (0..terms.grants.len()).filter(|grant| serves(grant) && fits(grant));
            let first = all.next();
            first.filter(|_| all.next().is_none())
        })
    }

    /// Returns one warning for the listed packages in force that no grant fits.
    pub(super) fn unknown(
        &self,
        packages: &[PackageAssertion],
        terms: &Terms,
        at: impl Fn(Place) -> At,
    ) -> Vec<Diagnostic> {
        let Span { from, until } = terms.billed_usage();
        let in_force = |package: &PackageAssertion| {
            let dates = package.created.is_none_or(|at| at < until) && package.until.is_none_or(|at| at >= from);
            // One that is used up may have been so before the month: then it is no grant of this case.
            let idle = matches!(package.status, Some(Status::Void | Status::Pending | Status::UsedUp));
            dates && !package.granted.is_zero() && !idle
        };
        let unknown = packages.iter().zip(&self.grants).filter(|(package, grant)| grant.is_none() && in_force(package));
        let message = |package: &PackageAssertion| {
            let name = package.name.as_deref().map(|name| format!(" ({})", shown(name))).unwrap_or_default();
            let time = |at: Option<Stamp>| at.map_or_else(|| "?".to_owned(), |at| at.to_string());
            format!(
                "the vendor lists {}{name}, {} minutes, {} to {}: no grant of account.toml has this size and these dates",
                shown(&package.id),
                package.granted,
                time(package.created),
                time(package.until)
            )
        };
        let help =
            "Add it as [[grant]] (or [[subscription]]) if it covers this month's usage; else the charges are too high.";
        unknown
            .map(|(package, _)| Diagnostic::warning("package-unknown-grant", at(package.place), message(package), help))
            .collect()
    }
}

/// Returns true if a listed package can be a grant.
fn is(package: &PackageAssertion, grant: &Grant) -> bool {
    if package.id == grant.id {
        return true;
    }
    // A day early or late: a gift is listed by the hour, a payment by the second, an end inside or behind.
    let near = |at: Stamp, day: Stamp| (at.day() - day.day()).abs() <= 1;
    let created = package.created.is_none_or(|at| near(at, grant.purchased) || near(at, grant.valid.from));
    let until = package.until.is_none_or(|at| near(at, grant.valid.until + -1));
    package.granted == grant.minutes && created && until
}

fn in_force(grant: &Grant, at: Stamp) -> bool {
    grant.valid.contains(at) && at >= grant.since
}
