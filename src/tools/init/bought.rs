//! Derives the grants and subscriptions of an account from the purchases, renewals and refunds of its bills and from
//! its package lists.

use std::collections::BTreeMap;

use super::draft::Asked;
use crate::case::account::{GrantEntry, Opening, SubscriptionEntry};
use crate::model::{AppId, Day, PackMinutes, Span, Stamp};
use crate::normalise::packages::{DeductionRecord, PackageAssertion};
use crate::rules::plan::{Bound, Kind};
use crate::rules::subscription::cycle;
use crate::rules::{Plan, Plans, quote::quote};

/// A fee on a bill.
#[derive(Debug, Clone)]
pub(super) struct Paid {
    pub plan: &'static Plan,
    pub app: Option<AppId>,
    pub at: Stamp,
    pub renewal: bool,
    pub amount: rust_decimal::Decimal,
    pub minutes: Option<u32>,
    pub place: String,
}

/// The evidence of the files for purchases and given grants.
#[derive(Debug)]
pub(super) struct Evidence {
    /// Purchases and renewals, in order of time.
    pub paid: Vec<Paid>,
    /// Packages as the lists have them, each with its place.
    pub listed: Vec<(PackageAssertion, String)>,
    /// Deductions, each with its place.
    pub deducted: Vec<(DeductionRecord, String)>,
    /// The first usage that the bill of the month holds, and the first moment behind it.
    pub month: Span,
    /// The first day of usage in the files.
    pub usage_from: Option<Day>,
}

/// The grants and subscriptions of an account.
#[derive(Debug, Default)]
pub(super) struct Bought {
    pub grants: Vec<GrantEntry>,
    pub subscriptions: Vec<SubscriptionEntry>,
    /// The place that says a value, by subject.
    pub said: BTreeMap<String, String>,
    pub asked: Vec<Asked>,
}

impl Bought {
    /// Puts together what the files say.
    pub(super) fn of(evidence: &Evidence) -> Self {
        let mut bought = Self::default();
        for paid in &evidence.paid {
            match paid.plan.kind {
                Kind::Monthly | Kind::Trial => bought.subscribed(paid),
                Kind::Package | Kind::Free => bought.package(paid),
            }
        }
        for (listed, place) in &evidence.listed {
            bought.listed(listed, place, evidence);
        }
        bought
    }

    fn new_id(&self, plan: &Plan, day: Day) -> String {
        let wanted = format!("{}-{day}", plan.id);
        let taken = |id: &str| {
            self.grants.iter().any(|known| known.id == id) || self.subscriptions.iter().any(|known| known.id == id)
        };
        let numbered = (2..).map(|number| format!("{wanted}-{number}"));
        std::iter::once(wanted.clone()).chain(numbered).find(|id| !taken(id)).unwrap_or(wanted)
    }

    fn ask(&mut self, key: &str, of: &str, why: String) {
        self.asked.push(Asked { key: key.to_owned(), of: Some(of.to_owned()), why });
    }

    /// A purchase begins a subscription; a payment on the day of a cycle of one that is known renews it.
    fn subscribed(&mut self, paid: &Paid) {
        let day = paid.at.day();
        // A renewal may be printed a day late.
        let renews = |start: Day| day == start || (paid.renewal && day == start + 1);
        let of_known = self.subscriptions.iter_mut().find(|known| {
            let cycles = (1..=120).map(|k| cycle(known.purchased, k).from.day());
            known.plan == paid.plan.id && known.app == paid.app && cycles.take_while(|start| *start <= day).any(renews)
        });
        if let Some(known) = of_known {
            known.auto_renew = true;
            self.said.insert(format!("{} renewal", known.id), paid.place.clone());
            return;
        }
        // Of a renewal whose purchase is in no file, the cycle before it began a month earlier.
        let purchased = if paid.renewal { day.plus_months(-1).start() } else { paid.at };
        let id = self.new_id(paid.plan, purchased.day());
        self.said.insert(id.clone(), paid.place.clone());
        if paid.renewal {
            self.said.insert(format!("{id} renewal"), paid.place.clone());
        }
        self.bound(paid.plan, paid.app, &id);
        self.subscriptions.push(SubscriptionEntry {
            app: paid.app,
            auto_renew: paid.renewal,
            ..SubscriptionEntry::new(id, paid.plan.id.clone(), purchased)
        });
    }

    fn bound(&mut self, plan: &Plan, app: Option<AppId>, id: &str) {
        if plan.bound == Bound::App && app.is_none() {
            self.ask("app", id, format!("plan {} is bound to one application", plan.id));
        }
    }

    fn package(&mut self, paid: &Paid) {
        let id = self.new_id(paid.plan, paid.at.day());
        let own_size = paid.plan.minutes.is_none();
        let minutes = paid.minutes.map(|minutes| PackMinutes::whole(i64::from(minutes))).filter(|_| own_size);
        let size = minutes.or_else(|| paid.plan.grants());
        // Another amount than the list price is for the comparison to find.
        let list = size.and_then(|size| quote(paid.plan, size)).map(|quote| quote.amount.decimal());
        let price = Some(paid.amount).filter(|amount| Some(*amount) == list);
        self.said.insert(id.clone(), paid.place.clone());
        self.bound(paid.plan, paid.app, &id);
        if own_size && minutes.is_none() {
            self.ask("minutes", &id, format!("{} does not print how many minutes the package has", paid.place));
        }
        self.grants.push(GrantEntry {
            app: paid.app.filter(|_| paid.plan.bound != Bound::Account),
            minutes,
            paid: price.map(|price| price.normalize()),
            ..GrantEntry::new(id, paid.plan.id.clone(), paid.at)
        });
    }

    /// A row of a package list: something that is known, or a grant of its own.
    fn listed(&mut self, listed: &PackageAssertion, place: &str, evidence: &Evidence) {
        if listed.until.is_some_and(|until| until <= evidence.month.from) {
            return;
        }
        let Some(plan) = listed.plan.and_then(|plan| Plans::known().get(plan)) else {
            let name = listed.name.as_deref().unwrap_or(&listed.id);
            let why = format!("{place} lists \"{name}\", which names no plan that is known");
            return self.ask("plan", &listed.id, why);
        };
        let Some(created) = listed.created else {
            return self.ask("purchased", &listed.id, format!("{place} does not say when {} was created", listed.id));
        };
        if created >= evidence.month.until {
            return;
        }
        let monthly = matches!(plan.kind, Kind::Monthly | Kind::Trial);
        let opening = Opened::of(listed, created, place, evidence);
        let id =
            if monthly { self.cycle(listed, plan, created, place) } else { self.grant(listed, plan, created, place) };
        match opening {
            Opened::Whole => {}
            Opened::At(opening, said) => self.open(&id, opening, said),
            Opened::Unknown(why) => self.ask("opening", &id, why),
        }
    }

    fn open(&mut self, id: &str, opening: Opening, said: String) {
        self.said.insert(format!("{id} opening"), said);
        if let Some(grant) = self.grants.iter_mut().find(|grant| grant.id == id) {
            grant.opening = Some(opening);
        }
        if let Some(subscription) = self.subscriptions.iter_mut().find(|known| known.id == id) {
            subscription.opening = Some(opening);
        }
    }

    /// Returns the id of the subscription that has this cycle.
    fn cycle(&mut self, listed: &PackageAssertion, plan: &Plan, created: Stamp, place: &str) -> String {
        let day = created.day();
        let starts = |known: &SubscriptionEntry| {
            let purchased = known.purchased;
            (0..=120).map(move |k| cycle(purchased, k).from.day())
        };
        let holds =
            |known: &SubscriptionEntry| starts(known).take_while(|start| *start <= day).any(|start| start == day);
        let same_app =
            |known: &SubscriptionEntry| listed.app.is_none() || known.app.is_none() || known.app == listed.app;
        let known =
            self.subscriptions.iter_mut().find(|known| known.plan == plan.id && same_app(known) && holds(known));
        if let Some(known) = known {
            known.app = known.app.or(listed.app);
            // The list has the moment of the payment, the bill at times the day alone.
            if known.purchased.day() == day && known.purchased == day.start() {
                known.purchased = created;
            }
            let id = known.id.clone();
            self.asked
                .retain(|asked| !(asked.key == "app" && asked.of.as_deref() == Some(&id) && listed.app.is_some()));
            return id;
        }
        // A cycle that begins at 00:00 is a renewal: its purchase was a month earlier.
        let renewed = created == day.start() && plan.kind == Kind::Monthly;
        let purchased = if renewed { day.plus_months(-1).start() } else { created };
        let id = self.new_id(plan, purchased.day());
        self.said.insert(id.clone(), place.to_owned());
        self.bound(plan, listed.app, &id);
        self.subscriptions.push(SubscriptionEntry {
            app: listed.app,
            auto_renew: renewed,
            ..SubscriptionEntry::new(id.clone(), plan.id.clone(), purchased)
        });
        id
    }

    /// Returns the id of the grant that this is.
    fn grant(&mut self, listed: &PackageAssertion, plan: &Plan, created: Stamp, place: &str) -> String {
        let own_size = plan.minutes.is_none();
        let same = |known: &GrantEntry| {
            let size = !own_size || known.minutes.is_none_or(|minutes| minutes == listed.granted);
            known.plan == plan.id && known.purchased.day() == created.day() && size
        };
        let known = self
            .grants
            .iter_mut()
            .find(|known| same(known) && !self.said.contains_key(&format!("{} listed", known.id)));
        let id = if let Some(known) = known {
            known.minutes = known.minutes.or_else(|| own_size.then_some(listed.granted));
            self.asked.retain(|asked| !(asked.key == "minutes" && asked.of.as_deref() == Some(&known.id)));
            known.app = known.app.or_else(|| listed.app.filter(|_| plan.bound != Bound::Account));
            if known.purchased == created.day().start() {
                known.purchased = created;
            }
            known.id.clone()
        } else {
            let id = self.new_id(plan, created.day());
            self.said.insert(id.clone(), place.to_owned());
            self.bound(plan, listed.app, &id);
            self.grants.push(GrantEntry {
                app: listed.app.filter(|_| plan.bound != Bound::Account),
                minutes: own_size.then_some(listed.granted),
                ..GrantEntry::new(id.clone(), plan.id.clone(), created)
            });
            id
        };
        self.said.insert(format!("{id} listed"), place.to_owned());
        if let Some(end) = listed.until.and_then(|until| other_end(plan, created, until)) {
            self.said.insert(format!("{id} end"), place.to_owned());
            if let Some(grant) = self.grants.iter_mut().find(|grant| grant.id == id) {
                grant.end = Some(end);
            }
        }
        id
    }
}

/// Returns the end that a list prints, half-open, where it is not the plan's own; a day or 23:59:59 is inside.
fn other_end(plan: &Plan, created: Stamp, printed: Stamp) -> Option<Stamp> {
    let own = plan.validity(created).until;
    let behind = if (printed + 1).day() == printed.day() { printed } else { printed + 1 };
    let same = behind == own || printed == own || printed == (own + -1).day().start();
    (!same).then_some(behind)
}

/// The balance of a package when the month began.
enum Opened {
    /// All of it, or the usage since it was bought is there.
    Whole,
    /// So much, as a place says.
    At(Opening, String),
    /// No file says it, for this reason.
    Unknown(String),
}

impl Opened {
    fn of(listed: &PackageAssertion, created: Stamp, place: &str, evidence: &Evidence) -> Self {
        let from = evidence.month.from;
        // Of a package that was listed untouched on its first day, nothing is known behind that day.
        let fresh = |at: Stamp| listed.remaining == listed.granted && at.day() == created.day() && at < from;
        let listed_at = listed.listed.map(|listed| listed.from);
        if let Some(at) = listed_at.filter(|at| *at <= from && *at >= created && !fresh(*at)) {
            return Self::At(Opening { at, minutes: listed.remaining }, place.to_owned());
        }
        let all_usage = evidence.usage_from.is_some_and(|day| day.start() <= created);
        if created >= from || all_usage {
            return Self::Whole;
        }
        if listed.listed.is_some_and(|moment| moment.from.day() == from.day()) {
            return Self::At(Opening { at: from, minutes: listed.remaining }, place.to_owned());
        }
        let own = |record: &DeductionRecord| record.id.as_deref() == Some(&*listed.id);
        let inside =
            evidence.deducted.iter().filter(|(record, _)| own(record) && record.start.is_some_and(|at| at >= from));
        if let Some((record, place)) = inside.min_by_key(|(record, _)| record.start) {
            return Self::At(Opening { at: from, minutes: record.before }, place.clone());
        }
        let seen = match listed.listed {
            Some(moment) => format!("{place} says that {} were left at {}", listed.remaining, moment.from),
            None => format!("{place} says that {} are left, and not when it was made", listed.remaining),
        };
        Self::Unknown(format!("what was left at {from}: opening = {{ at = {from}, minutes = \"…\" }}; {seen}"))
    }
}
