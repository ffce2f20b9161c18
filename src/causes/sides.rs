//! Which side must change something, and whether the evidence proves it: the last word on every finding.
//!
//! A finding is certain only if the vendor's side alone can be at fault: usage of that application and service is
//! there around its days, what its cover rests on is attested, and the rest of the bill says that our prices and rules
//! are the right ones. Whatever does not prove it leaves it open.

use std::collections::{BTreeMap, BTreeSet};

use super::Situation;
use super::bill_partition::{Mark, marks_of};
use super::case_gaps::Gaps;
use super::own_side::Ours;
use crate::compare::coverage::{Hole, Presence, export_of, prints_covered};
use crate::compare::finding::{Finding, Kind, Side, Strength};
use crate::compare::{Bill, Compared};
use crate::model::cause::{Cause, Causes};
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::policy::{Scope, Site};
use crate::model::{AppId, Day, Item, Money, Quantity, Span};
use crate::rate::charge::{Charge, Settled};
use crate::rules::terms::{Bucket, Grant};

/// Evidence for the vendor's cause of a finding.
#[derive(Debug, Clone, Copy, Default)]
pub struct Backing {
    /// True if a cause is named.
    pub named: bool,
    /// True if it may be chance.
    pub doubt: bool,
    /// The number of findings that it explains.
    pub explains: usize,
    /// True if a cause was searched: the comparison itself had none.
    pub searched: bool,
}

/// One change explains so many findings by no chance.
const SEVERAL: usize = 3;
/// No price of a contract holds for fewer days than lie between.
const TERM: i32 = 5;
/// A part of a minute may be carried from one application to another.
const CARRY: i64 = 1;

/// Facts known of the case folder.
struct Evidence<'e> {
    situation: &'e Situation<'e>,
    bill: Bill<'e>,
    holes: &'e [Hole],
    presence: Presence,
    /// The lines that agree, by item.
    agreeing: BTreeMap<Item, Vec<Agreeing>>,
    /// True if lines that packages cover whole are printed.
    prints_covered: bool,
    /// Grants that anything attests.
    attested: BTreeSet<String>,
    /// Of these the ones whose balance is known, too: bought on this bill, or by the vendor's package files.
    vouched: BTreeSet<String>,
    prints_usage: bool,
    /// The first day of which the bill has usage that the exports may lack.
    surplus: Option<Day>,
    /// The number of findings without a cause before the search.
    open: usize,
    /// The number of findings without a cause after it.
    unexplained: usize,
    /// The number of lines with another item.
    swaps: usize,
    usage_lines: usize,
}

/// A line that agrees.
#[derive(Clone, Copy)]
struct Agreeing {
    app: Option<AppId>,
    day: Day,
    charged: bool,
    covered: bool,
}

/// Sets the side and the strength of every finding.
pub fn settle(situation: &Situation<'_>, ours: Option<&Ours<'_>>, backings: &[Backing], compared: &mut Compared) {
    let empty = Vec::new();
    let foreign = foreign_site(situation);
    let searched = |(at, finding): (usize, &Finding)| match backings.get(at) {
        Some(backing) => backing.searched,
        None => super::is_open(finding),
    };
    let open = compared.findings.iter().enumerate().filter(|one| searched(*one)).count();
    let bill = situation.bill;
    let evidence = Evidence::new(situation, ours.map_or(&empty, |ours| &ours.holes), compared, open);
    let presence = Some(&evidence.presence).filter(|_| !situation.account.usage_complete);
    let gaps = Gaps { situation, presence, vouched: &evidence.vouched };
    for (at, finding) in compared.findings.iter_mut().enumerate() {
        let backing = backings.get(at).copied().unwrap_or_default();
        if let Some(site) = foreign.filter(|_| finding.kind == Kind::Currency) {
            finding.causes = Cause::Account { key: "site".to_owned() }.into();
            finding.paste = format!("[account]\nsite = \"{site}\"\n");
            (finding.side, finding.strength) = (Side::Ours, Strength::Inconclusive);
            continue;
        }
        let rows = ours.is_none_or(|ours| explained_by_rows(finding, ours, bill.charges));
        let proved = rows && is_rule(finding, backing) && evidence.proves(finding, backing);
        let named = ours.filter(|_| !proved).and_then(|ours| named_ours(finding, ours, backing, &evidence));
        finding.side = match named {
            Some(side) => side,
            None if evidence.proves(finding, backing) => Side::Vendor,
            None => Side::Open,
        };
        if finding.side != Side::Vendor {
            finding.strength = Strength::Inconclusive;
        }
        gaps.name(finding);
    }
}

/// Returns the site of the bill, where most of its lines are in the currency of the other site.
fn foreign_site(situation: &Situation<'_>) -> Option<&'static str> {
    let (site, currency) = match situation.account.site {
        Site::Cn => ("intl", "USD"),
        Site::Intl => ("cn", "CNY"),
    };
    let lines = situation.bill.lines;
    let other = lines.iter().filter(|line| line.currency == currency).count();
    (situation.bill.currency != currency && other * 2 > lines.len()).then_some(site)
}

/// Names what a change of ours explains, before the vendor's causes.
fn named_ours(finding: &mut Finding, ours: &Ours<'_>, backing: Backing, evidence: &Evidence<'_>) -> Option<Side> {
    let bill = &evidence.bill;
    let marks = marks_of(finding, bill.charges);
    let mut paste: Vec<&str> = Vec::new();
    let mut causes: Vec<Cause> = Vec::new();
    let mut plain: Vec<&str> = Vec::new();
    let own_hole = ours.holes.iter().find(|hole| finding.pairing.lines.iter().any(|line| hole.lines.contains(line)));
    for step in &ours.steps {
        if !marks.iter().any(|mark| step.cleared.contains(mark)) {
            continue;
        }
        match own_hole {
            Some(hole) if step.own.causes.iter().all(|cause| matches!(cause, Cause::UsageMissing { .. })) => {
                causes.push(Cause::UsageMissing { what: hole.named() });
            }
            _ => causes.extend(step.own.causes.iter().cloned()),
        }
        plain.push(&step.own.plain);
        if !step.own.paste.is_empty() {
            paste.push(&step.own.paste);
        }
    }
    if let (true, Some(hole)) = (causes.is_empty(), own_hole) {
        causes.push(Cause::UsageMissing { what: hole.named() });
    }
    if causes.is_empty() {
        return None;
    }
    let agrees = marks.iter().all(|mark| !still_left(ours, mark));
    let usage = |cause: &Cause| matches!(cause, Cause::UsageMissing { .. });
    // Rows that may be missing within a day explain whatever a bill has more.
    let guessed = own_hole.is_none() && causes.iter().any(usage) && has_more(finding);
    let hole = !guessed && causes.iter().all(|cause| usage(cause) || matches!(cause, Cause::BillMissing { .. }));
    let is_reading = |cause: &&Cause| matches!(cause, Cause::Reading { .. });
    let reading = finding.causes.0.iter().any(|cause| is_reading(&cause));
    // A balance that one finding alone gives may be any other cause of it.
    let opening = |step: &&super::own_side::Step| matches!(step.own.causes[..], [Cause::Opening { .. }]);
    let within = |step: &super::own_side::Step| step.cleared.iter().all(|mark| marks.contains(mark));
    let fitted = ours.steps.iter().filter(opening).any(|step| within(step) && causes == step.own.causes);
    let several = ours.steps.iter().filter(|step| !step.is_evident()).count() > 1;
    let mirrored = causes.iter().any(|cause| is_mirrored(cause, &finding.causes));
    // A price that was solved for says no more than the contract that gives it.
    let solved = |cause: &Cause| cause.has_value() || *cause == Cause::Unexplained;
    let contract = |cause: &Cause| matches!(cause, Cause::DiscountMissing { .. } | Cause::PriceMissing { .. });
    let same = causes.iter().all(contract) && finding.causes.0.iter().all(solved);
    let alone = (hole || same) && !reading;
    if !plain.is_empty() {
        let ours = super::messages::say("because", &[("ways", &plain.join(&super::messages::say("and", &[])))]);
        finding.because = Some(match finding.because.take() {
            Some(theirs) if !alone => format!("{ours}; {theirs}"),
            _ => ours,
        });
    }
    finding.paste = paste.concat();
    let theirs = finding.causes.0.iter().filter(|cause| !(hole || same) || is_reading(cause));
    let theirs = theirs.filter(|cause| !causes.contains(cause) && **cause != Cause::Unexplained);
    causes.extend(theirs.cloned().collect::<Vec<_>>());
    finding.causes = Causes(causes);
    let rival = several && backing.explains == evidence.open && !backing.doubt && evidence.open > 1;
    let open = mirrored || guessed || fitted || rival || (hole && reading);
    Some(if agrees && !open { Side::Ours } else { Side::Open })
}

fn still_left(ours: &Ours<'_>, mark: &Mark) -> bool {
    let state = &ours.state;
    let bill = state.bill();
    state.compared.findings.iter().any(|finding| marks_of(finding, bill.charges).contains(mark))
}

/// Returns true if the vendor can have made the mistake that our side can have.
fn is_mirrored(own: &Cause, theirs: &Causes) -> bool {
    theirs.0.iter().any(|cause| match (own, cause) {
        (Cause::Account { key }, Cause::GrantCohort) => key == "registered",
        (Cause::Account { key }, Cause::OtherCard { .. } | Cause::Ratio) => key != "registered",
        _ => false,
    })
}

impl<'e> Evidence<'e> {
    fn new(situation: &'e Situation<'e>, holes: &'e [Hole], compared: &Compared, open: usize) -> Self {
        let bill = situation.bill;
        let differing: BTreeSet<usize> =
            compared.findings.iter().flat_map(|finding| finding.pairing.lines.iter().copied()).collect();
        let noted: BTreeSet<usize> = compared.notes.iter().flat_map(|note| note.lines.iter().copied()).collect();
        let mut agreeing: BTreeMap<Item, Vec<Agreeing>> = BTreeMap::new();
        let mut usage_lines = 0;
        for (at, line) in bill.lines.iter().enumerate().filter(|(_, line)| line.class == LineClass::Usage) {
            usage_lines += 1;
            let Some(item) = line.item.filter(|_| !differing.contains(&at) && !noted.contains(&at)) else { continue };
            let zero = line.charged.map_or(line.amount.is_zero(), Quantity::is_zero);
            let covered = line.covered.map_or(zero, |covered| !covered.is_zero());
            let day = line.span.from.day();
            agreeing.entry(item).or_default().push(Agreeing { app: line.app, day, charged: !zero, covered });
        }
        let complete = situation.account.usage_complete;
        let presence = if complete { Presence::default() } else { Presence::of_rows(situation.usage) };
        let mut evidence = Self {
            situation,
            bill,
            holes,
            presence,
            agreeing,
            prints_covered: prints_covered(bill.lines),
            attested: situation.attested.clone(),
            vouched: situation.attested.clone(),
            prints_usage: bill
                .lines
                .iter()
                .filter(|line| line.class == LineClass::Usage)
                .all(|line| line.usage.is_some()),
            surplus: compared
                .findings
                .iter()
                .filter(|finding| finding.billed.usage > finding.expected.usage)
                .filter_map(|finding| finding.pairing.lines.first().map(|at| bill.lines[*at].span.from.day()))
                .min(),
            open,
            unexplained: compared.findings.iter().filter(|finding| super::is_open(finding)).count(),
            swaps: compared.findings.iter().filter(|finding| finding.kind == Kind::Item).count(),
            usage_lines,
        };
        evidence.attest();
        evidence
    }

    /// Adds the grants that the bill itself attests: by their purchase, by lines that agree and used them.
    fn attest(&mut self) {
        let bought = |grant: &&Grant| {
            self.bill.lines.iter().any(|line| {
                line.class == LineClass::Fee
                    && line.item.is_some_and(|item| item.id().strip_prefix("fee.") == Some(&grant.plan))
                    && (grant.app.is_none() || line.app.is_none() || grant.app == line.app)
                    && (0..=1).contains(&(line.span.from.day() - grant.purchased.day()))
            })
        };
        let of_its_own = |grant: &&Grant| {
            let serves = |other: &Grant, item: Item, line: &Agreeing| {
                let at = line.day.start();
                let segment = self.situation.terms.segment(at);
                other.valid.overlaps(line.day.span())
                    && (other.app.is_none() || other.app == line.app)
                    && other.ratios.get(segment).is_some_and(|ratios| ratios[item.index()].is_some())
            };
            self.agreeing.iter().any(|(item, lines)| {
                lines.iter().filter(|line| line.covered).any(|line| {
                    let mut serving = self.situation.terms.grants.iter().filter(|other| serves(other, *item, line));
                    serving.next().is_some_and(|only| only.id == grant.id) && serving.next().is_none()
                })
            })
        };
        let grants = || self.situation.terms.grants.iter();
        let paid: Vec<String> = grants().filter(bought).map(|grant| grant.id.clone()).collect();
        let used: Vec<String> = grants().filter(of_its_own).map(|grant| grant.id.clone()).collect();
        self.vouched.extend(paid.iter().cloned());
        self.attested.extend(paid.into_iter().chain(used));
    }

    fn charges<'f>(&'f self, finding: &'f Finding) -> impl Iterator<Item = &'f Charge> + Clone {
        finding.pairing.charges.iter().map(|at| &self.bill.charges[*at])
    }

    fn lines<'f>(&'f self, finding: &'f Finding) -> impl Iterator<Item = &'f InvoiceLine> + Clone {
        finding.pairing.lines.iter().map(|at| &self.bill.lines[*at])
    }

    /// Returns the services, items and days that a finding is about.
    fn sites(&self, finding: &Finding) -> Vec<(Option<AppId>, Item, Span)> {
        let due = self.charges(finding).map(|charge| (charge.app, charge.item, charge.day.span()));
        let billed = self.lines(finding).filter_map(|line| Some((line.app, line.item?, line.span)));
        due.chain(billed).collect()
    }

    /// Returns true if a finding is proved to be the vendor's.
    fn proves(&self, finding: &Finding, backing: Backing) -> bool {
        // Where the vendor's pages can be read the bill's way, no case folder decides.
        let other_reading = finding.causes.0.iter().any(|cause| matches!(cause, Cause::Reading { .. }));
        if finding.strength != Strength::Certain || other_reading {
            return false;
        }
        let sure = backing.named && !backing.doubt;
        let several = backing.explains >= SEVERAL;
        // Two findings alone are proof only beside lines that agree: else nothing shows that our rules are the right ones.
        let all = backing.explains == self.open && self.open > 1 && !self.agreeing.is_empty();
        let wide = sure && (backing.explains >= SEVERAL || all);
        match finding.kind {
            Kind::Currency => self.lines_in_currency() * 2 > self.bill.lines.len(),
            Kind::Adjustment => self.is_own_credit(finding) && self.is_covered(finding),
            Kind::Duplicate => self.is_twice(finding),
            Kind::SubscriptionFee => {
                let known =
                    finding.causes.0.iter().any(|cause| *cause == Cause::DisplayedPrice || *cause == Cause::ListPrice);
                sure && known && !finding.pairing.lines.is_empty()
            }
            Kind::Rounding | Kind::Arithmetic => self.is_covered(finding) && self.price_is_known(finding),
            Kind::UnitPrice => {
                let known = |cause: &Cause| matches!(cause, Cause::ListPrice | Cause::OtherTier { .. });
                let told = sure && finding.causes.0.iter().any(known) && self.item_agrees(finding);
                let whole = wide && finding.causes.0.contains(&Cause::ListPrice);
                self.is_covered(finding) && (self.price_is_known(finding) || told || whole)
            }
            Kind::MissingInBill => {
                let owed = self.prints_covered || !self.may_be_covered(finding);
                owed && self.is_covered(finding) && self.has_lines(finding) && self.price_or_rule(finding, wide)
            }
            Kind::MissingInUsage => {
                self.is_covered(finding) && self.is_whole(finding, wide, several) && self.price_or_rule(finding, wide)
            }
            Kind::Quantity | Kind::Item if has_other_usage(finding) => {
                self.is_covered(finding)
                    && self.is_whole(finding, wide, several)
                    && self.price_or_rule(finding, wide)
                    && !self.may_be_carried(finding)
                    && !self.is_mirror(finding)
                    && (finding.kind != Kind::Item || self.item_agrees(finding) || self.is_one_swap(finding))
            }
            Kind::Quantity | Kind::Item | Kind::Deduction => {
                // Where the bill covers more, a grant that account.toml does not list gives the same.
                let more = finding.billed.charged > finding.expected.charged;
                let free = !self.may_be_covered(finding);
                // The same minutes as another item: no cover makes that of them.
                let renamed = finding.kind == Kind::Item
                    && finding.billed.charged == finding.expected.charged
                    && (self.item_agrees(finding) || self.is_one_swap(finding));
                let rests = more && sure && self.balances_are_known(finding) && self.grants_are_attested(finding, wide);
                self.is_covered(finding)
                    && self.price_or_rule(finding, wide)
                    && (free || rests || renamed)
                    && !self.is_mirror(finding)
            }
        }
    }

    /// Returns true for money given back for usage that the lines name. Nothing of the case folder gives that: a rebate
    /// and a minimum are of the whole account, and the price of a plan is a fee. It claims nothing.
    fn is_own_credit(&self, finding: &Finding) -> bool {
        let given = |line: &InvoiceLine| line.class == LineClass::Adjustment && line.amount < Money::ZERO;
        let of_usage =
            |line: &InvoiceLine| line.app.is_some() && line.item.is_some_and(|item| !item.id().starts_with("fee."));
        self.lines(finding).all(|line| given(line) && of_usage(line))
    }

    fn lines_in_currency(&self) -> usize {
        self.bill.lines.iter().filter(|line| line.currency == self.bill.currency).count()
    }

    /// Returns true if the lines are of usage, or one transaction: two purchases of a day may be alike.
    fn is_twice(&self, finding: &Finding) -> bool {
        let mut lines = self.lines(finding);
        let usage = lines.clone().all(|line| line.class != LineClass::Fee);
        let first = lines.next().and_then(|line| line.transaction.as_ref());
        usage && self.is_covered(finding) || (first.is_some() && lines.all(|line| line.transaction.as_ref() == first))
    }

    /// Returns true if usage of each application and service is there around the days.
    fn is_covered(&self, finding: &Finding) -> bool {
        if self.situation.account.usage_complete {
            return true;
        }
        let together = |item: Item, span: Span| {
            let segment = &self.situation.terms.segments[self.situation.terms.segment(span.from)];
            segment.scope.of(item) == Scope::Account && item.unit() == crate::model::Unit::Minute
        };
        self.sites(finding).into_iter().all(|(app, item, span)| {
            let service = export_of(item);
            let near = |hole: &&Hole| {
                let own = app.is_none_or(|app| app == hole.app) && hole.service == service;
                let shares = together(item, span) && hole.service == service;
                let by_month = self.by_month(span);
                (own || shares) && (by_month || hole.is_near(span))
            };
            let there = app.is_none_or(|app| self.presence.has((app, service), around(span)));
            let whole = !self.by_month(span)
                || !is_more(finding)
                || app.is_none_or(|app| self.presence.lacks((app, service), span).is_empty());
            there && whole && !self.holes.iter().any(|hole| near(&hole)) && !self.is_quiet(span)
        })
    }

    /// Returns true if a day of a line, or one next to it, has no row of any application.
    fn is_quiet(&self, span: Span) -> bool {
        let seen = |day: Day| self.bill.days_seen.contains(&day);
        let one_day = span == span.from.day().span();
        one_day && !seen(span.from.day())
    }

    fn by_month(&self, span: Span) -> bool {
        span != span.from.day().span() || {
            let segment = &self.situation.terms.segments[self.situation.terms.segment(span.from)];
            segment.bucket == Bucket::Month
        }
    }

    /// Returns true if other lines say that our price is right: they have it on the same day, or shortly before and
    /// behind it.
    fn price_is_known(&self, finding: &Finding) -> bool {
        let charged = |item: Item| {
            let known = self.agreeing.get(&item).map(Vec::as_slice).unwrap_or_default();
            known.iter().filter(|line| line.charged).map(|line| line.day).collect::<Vec<_>>()
        };
        self.sites(finding).into_iter().all(|(_, item, span)| {
            let days = charged(item);
            let (first, last) = (span.from.day(), (span.until + -1).day());
            let same = days.iter().any(|day| (first..=last).contains(day));
            let before = days.iter().copied().filter(|day| *day < first).max();
            let behind = days.iter().copied().filter(|day| *day > last).min();
            same || before.zip(behind).is_some_and(|(before, behind)| behind - before <= TERM)
        })
    }

    /// Returns true if the rest of the bill says that our rules are right, or one cause explains many findings.
    fn price_or_rule(&self, finding: &Finding, wide: bool) -> bool {
        let agree: usize = self.agreeing.values().map(Vec::len).sum();
        let item = self.sites(finding).iter().any(|(_, item, _)| self.agreeing.contains_key(item));
        !self.is_general(finding)
            && (wide || (item && agree * 2 >= self.usage_lines) || (self.unexplained <= 1 && agree > 0))
    }

    /// Returns true if the bill may settle by the month what we settle by the day, or the reverse: it rounds once where
    /// we round each day.
    fn is_general(&self, finding: &Finding) -> bool {
        let figure = |figure: Option<Quantity>| figure.unwrap_or_default().decimal();
        let off = (figure(finding.billed.charged) - figure(finding.expected.charged)).abs();
        let rounded = |line: &InvoiceLine| off <= rust_decimal::Decimal::from(line.span.days().count());
        self.lines(finding).filter(|line| line.decimals >= 8 && rounded(line)).any(|line| {
            let by_day = line.span == line.span.from.day().span();
            self.charges(finding).any(|charge| matches!(charge.day, Settled::Day(_)) != by_day)
        })
    }

    /// Returns true if one line alone has another item, and the card follows from the account.
    fn is_one_swap(&self, finding: &Finding) -> bool {
        let agree: usize = self.agreeing.values().map(Vec::len).sum();
        let one = finding.pairing.lines.len() == 1 && self.swaps == 1;
        one && self.situation.account.card.is_none() && agree * 5 >= self.usage_lines * 4
    }

    /// Returns true if every item of a finding has lines that agree.
    fn item_agrees(&self, finding: &Finding) -> bool {
        self.sites(finding).iter().all(|(_, item, _)| self.agreeing.contains_key(item))
    }

    /// Returns true if no row of a day can be missing: else what the bill has more may be usage that the exports lack.
    fn is_whole(&self, finding: &Finding, wide: bool, several: bool) -> bool {
        let days = || {
            self.sites(finding)
                .into_iter()
                .all(|(app, item, span)| app.is_some_and(|app| self.presence.is_whole((app, export_of(item)), span)))
        };
        finding.kind == Kind::Item
            || !has_more(finding)
            || self.situation.account.usage_complete
            || (wide && several && !finding.causes.0.iter().any(Cause::is_twice))
            || days()
    }

    /// Returns true if a minute of another application may be all that differs.
    fn may_be_carried(&self, finding: &Finding) -> bool {
        let scope = self.sites(finding).first().map(|(_, item, span)| {
            self.situation.terms.segments[self.situation.terms.segment(span.from)].scope.of(*item)
        });
        let figure = |figure: Option<Quantity>| figure.unwrap_or_default().decimal();
        let off = (figure(finding.billed.usage) - figure(finding.expected.usage)).abs();
        let small = off <= rust_decimal::Decimal::from(CARRY);
        scope == Some(Scope::Account) && small && !self.is_all_there(finding)
    }

    /// Returns true if no part of a day can be missing in the exports of any application, for the services and days of
    /// a finding.
    fn is_all_there(&self, finding: &Finding) -> bool {
        let apps = self.situation.account.apps.iter().map(|app| app.id);
        let whole = |(_, item, span): &(Option<AppId>, Item, Span)| {
            apps.clone().all(|app| self.presence.is_whole((app, export_of(*item)), *span))
        };
        self.situation.account.usage_complete || self.sites(finding).iter().all(whole)
    }

    /// Returns true if a plan can cover what a finding is about.
    fn may_be_covered(&self, finding: &Finding) -> bool {
        let fixed = |item: Item| item.unit() != crate::model::Unit::Minute;
        let less = match finding.billed.charged {
            Some(billed) => Some(billed) < finding.expected.charged,
            None => finding.billed.amount < finding.expected.amount,
        };
        let grants = |app, item, span| self.situation.terms.grants_for(app, item, span).next().is_some();
        self.sites(finding).into_iter().any(|(app, item, span)| !fixed(item) && (less || grants(app, item, span)))
    }

    /// Returns true if nothing that is not seen can have used the packages before.
    fn balances_are_known(&self, finding: &Finding) -> bool {
        let complete = self.situation.account.usage_complete;
        let day = self.sites(finding).iter().map(|(_, _, span)| (span.until + -1).day()).max();
        let before = |hole: &Hole| hole.first().is_none_or(|first| day.is_none_or(|day| first <= day));
        let seen = self.surplus.is_none_or(|first| day.is_some_and(|day| day < first));
        complete || (self.prints_covered && self.prints_usage && seen && !self.holes.iter().any(before))
    }

    /// Returns true if every grant that can cover what a finding is about is attested.
    fn grants_are_attested(&self, finding: &Finding, wide: bool) -> bool {
        let attested = if wide { &self.attested } else { &self.vouched };
        self.sites(finding).into_iter().all(|(app, item, span)| {
            self.situation.terms.grants_for(app, item, span).all(|grant| attested.contains(&grant.id))
        })
    }

    /// Returns true if the finding's cause is one that our side can have as well.
    fn is_mirror(&self, finding: &Finding) -> bool {
        let own = |cause: &Cause| match cause {
            Cause::GrantCohort | Cause::OtherCard { .. } => true,
            other if other.is_other_purchase() => true,
            Cause::GrantSkipped { grant } => {
                let whole = |id: &String| id == grant || id.starts_with(&format!("{grant}#"));
                !self.attested.iter().any(whole)
            }
            _ => false,
        };
        finding.causes.0.iter().any(own)
    }

    /// Returns true if the bill has lines of the same application and service on the same days.
    fn has_lines(&self, finding: &Finding) -> bool {
        self.sites(finding).into_iter().all(|(app, item, span)| {
            self.bill.lines.iter().any(|line| {
                line.app == app
                    && line.span.overlaps(span)
                    && line.item.is_some_and(|own| export_of(own) == export_of(item))
            })
        })
    }
}

/// Returns a time and the days next to it.
fn around(span: Span) -> Span {
    Span { from: (span.from.day() + -1).start(), until: ((span.until + -1).day() + 2).start() }
}

/// Returns true if the bill has more minutes than ours, used or charged.
fn is_more(finding: &Finding) -> bool {
    finding.billed.usage.or(finding.billed.charged) > finding.expected.usage.or(finding.expected.charged)
}

/// Returns true if the bill has more minutes than were used by our exports.
pub(super) fn has_more(finding: &Finding) -> bool {
    finding.billed.usage.or(finding.billed.charged) > finding.expected.usage
}

/// Returns true if the bill has other usage than ours: printed, or more charged than we have at all.
fn has_other_usage(finding: &Finding) -> bool {
    (finding.billed.usage.is_some() && finding.billed.usage != finding.expected.usage) || has_more(finding)
}

/// Returns true if our side explains a finding by usage that the exports lack, or not at all.
fn explained_by_rows(finding: &Finding, ours: &Ours<'_>, charges: &[Charge]) -> bool {
    let marks = marks_of(finding, charges);
    let touches = |step: &&super::own_side::Step| marks.iter().any(|mark| step.cleared.contains(mark));
    let causes = ours.steps.iter().filter(touches).flat_map(|step| &step.own.causes);
    causes.into_iter().all(|cause| matches!(cause, Cause::UsageMissing { .. }))
}

/// Returns true if one rule of the vendor explains usage that the bill has more on many lines: no rows that the
/// exports lack come to the same.
fn is_rule(finding: &Finding, backing: Backing) -> bool {
    let rows = |cause: &Cause| cause.is_twice() || matches!(cause, Cause::IntervalMissing | Cause::TimeMissing { .. });
    has_more(finding)
        && backing.named
        && !backing.doubt
        && backing.explains >= SEVERAL
        && !finding.causes.0.iter().any(rows)
}
