//! Tries what may be missing or wrong in the case folder, before the vendor is accused: pure.
//!
//! 1. A part of the bill that is missing as a whole is left out; usage that the exports lack is filled in.
//! 2. Each other change of our side is applied, alone and then two and three together, until the bill agrees.
//! 3. Where nothing makes the whole bill agree, the changes are kept that make all that differs of a kind agree and
//!    spoil nothing; the vendor's causes are searched beneath them.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Situation;
use super::bill_partition::{Mark, marks_of};
use super::hypotheses::ours::{self, Edit, Own};
use super::hypotheses::printed_by;
use crate::case::Account;
use crate::compare::coverage::{Hole, Presence, days_to_fill, export_of};
use crate::compare::finding::{Finding, Kind};
use crate::compare::judge::Figures;
use crate::compare::pairing::Pairing;
use crate::compare::{Bill, Compared, compare};
use crate::model::cause::Cause;
use crate::model::invoice::LineClass;
use crate::model::policy::Settlement;
use crate::model::{AppId, Day, Item, Money, Span, Usage};
use crate::rate::charge::{Charge, Settled, fee_line};
use crate::rate::drawdown::Balance;
use crate::rate::{Rated, item_mapping, rate};
use crate::rules::build_terms;
use crate::rules::card::ListPrice;
use crate::rules::terms::{Grant, Terms};

/// What may be done in one search, in rows and lines gone through: the bound of its time on every machine.
const WORK: usize = 1_200_000;
/// What a trial costs at least.
const TRIAL: usize = 2_000;
/// So many rows cost what a line of the bill costs.
const ROWS: usize = 4;
/// So many states are carried on to a further change.
const WIDTH: usize = 4;
/// So many changes are joined.
const DEPTH: usize = 3;

/// A case folder as it may be, rated and compared.
pub struct State<'a> {
    situation: Situation<'a>,
    /// What account.toml says.
    pub account: Account,
    usage: Usages<'a>,
    terms: Terms,
    rated: Rated,
    possible: Vec<Charge>,
    excused: BTreeSet<Mark>,
    /// What the comparison comes to.
    pub compared: Compared,
    /// What does not agree and can be made to.
    left: BTreeSet<Mark>,
    /// What does not agree in the case folder as it is: there the printed usage must come out, too.
    watched: Arc<BTreeSet<Mark>>,
    off: Money,
    steps: Vec<Step>,
    beyond: OnceCell<Beyond>,
    presence: OnceCell<Presence>,
}

#[derive(Clone)]
enum Usages<'a> {
    Own(&'a [Usage]),
    More(Arc<Vec<Usage>>),
}

/// A change that was made, and what it cleared.
#[derive(Clone)]
pub struct Step {
    /// The change.
    pub own: Own,
    /// What agrees since then.
    pub cleared: BTreeSet<Mark>,
    /// Whether the case folder shows by itself that it is so.
    evident: bool,
}

/// Deductions of the bill beyond our own.
#[derive(Default)]
struct Beyond {
    first: Option<Day>,
    items: BTreeSet<Item>,
    apps: BTreeSet<Option<AppId>>,
}

/// What was found on our side.
pub struct Ours<'a> {
    /// The changes that were kept, in their order.
    pub steps: Vec<Step>,
    /// The holes of the exports.
    pub holes: Vec<Hole>,
    /// The case folder with these changes.
    pub state: State<'a>,
}

impl<'a> State<'a> {
    fn of(
        situation: &Situation<'a>,
        account: Account,
        usage: Usages<'a>,
        excused: BTreeSet<Mark>,
        watched: Arc<BTreeSet<Mark>>,
    ) -> Option<Self> {
        let terms = build_terms::terms(&account, situation.cards, situation.period).ok()?;
        let usage = match usage {
            Usages::Own(rows) if same_cards(&terms, situation.terms) => Usages::Own(rows),
            other => {
                let mut rows = other.rows().to_vec();
                let refused =
                    item_mapping::admit_usage(&mut rows, &terms, |_| crate::model::diagnostic::At::file("usage"));
                if refused.has_errors() {
                    return None;
                }
                Usages::More(Arc::new(rows))
            }
        };
        let rated = rate(usage.rows(), &terms);
        let possible: Vec<Charge> = terms.possible_fees.iter().map(|fee| fee_line(fee, &terms)).collect();
        let bill = Bill { charges: &rated.charges, possible: &possible, ..situation.bill };
        let mut compared = compare(&bill);
        let gone = |finding: &Finding| marks_of(finding, &rated.charges).iter().all(|mark| excused.contains(mark));
        compared.findings.retain(|finding| !gone(finding));
        let mut left = BTreeSet::new();
        for finding in compared.findings.iter().filter(|finding| can_agree(finding, &bill)) {
            left.extend(marks_of(finding, &rated.charges));
        }
        let other = |note: &&Pairing| {
            let usage = Figures::of_lines(note.lines.iter().map(|at| &bill.lines[*at])).usage;
            usage.is_some() && usage != Figures::of_charges(note.charges.iter().map(|at| &rated.charges[*at])).usage
        };
        let noted = compared.notes.iter().filter(other).flat_map(|note| note.lines.iter().copied().map(Mark::Line));
        left.extend(noted.filter(|mark| watched.contains(mark)));
        let off = compared.findings.iter().map(|finding| finding.difference().abs()).sum();
        Some(Self {
            situation: *situation,
            account,
            usage,
            terms,
            possible,
            rated,
            excused,
            compared,
            left,
            watched,
            off,
            steps: Vec::new(),
            beyond: OnceCell::new(),
            presence: OnceCell::new(),
        })
    }

    /// Returns the state under one more change; `None` where account.toml would be refused.
    fn then(&self, own: &Own, evident: bool) -> Option<Self> {
        let (mut account, mut usage, mut excused) = (self.account.clone(), self.usage.clone(), self.excused.clone());
        match &own.edit {
            Edit::Account(edit) => edit(&mut account),
            Edit::Usage(rows) => {
                usage = Usages::More(Arc::new([self.usage.rows(), rows].concat()));
            }
            Edit::Excuse(marks) => excused.extend(marks.iter().copied()),
            Edit::Both(edit, marks) => {
                edit(&mut account);
                excused.extend(marks.iter().copied());
            }
        }
        let mut state = Self::of(&self.situation, account, usage, excused, Arc::clone(&self.watched))?;
        let settled = state.settled();
        if settled != self.settled() && !printed_by(&self.situation, settled) {
            // Its lines would be of other times: that their sums agree proves nothing.
            return None;
        }
        let cleared = self.left.difference(&state.left).copied().collect();
        state.steps.clone_from(&self.steps);
        state.steps.push(Step { own: own.clone(), cleared, evident });
        Some(state)
    }

    /// Returns the bill against this state's charges.
    #[must_use]
    pub fn bill(&self) -> Bill<'_> {
        Bill { charges: &self.rated.charges, possible: &self.possible, ..self.situation.bill }
    }

    /// Returns the situation with this state's account, usage and charges.
    #[must_use]
    pub fn as_situation(&self) -> Situation<'_> {
        Situation {
            account: &self.account,
            usage: self.usage.rows(),
            terms: &self.terms,
            bill: self.bill(),
            ..self.situation
        }
    }

    /// Returns the situation from which the search departed.
    #[must_use]
    pub const fn situation(&self) -> &Situation<'a> {
        &self.situation
    }

    /// Returns the rules of this state.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Returns what became of the grants.
    #[must_use]
    pub fn balances(&self) -> &[Balance] {
        &self.rated.balances
    }

    /// Returns the applications that are listed, used or billed.
    #[must_use]
    pub fn apps(&self) -> BTreeSet<AppId> {
        let listed = self.account.apps.iter().map(|app| app.id);
        let used = self.rated.charges.iter().filter_map(|charge| charge.app);
        listed.chain(used).chain(self.situation.bill.lines.iter().filter_map(|line| line.app)).collect()
    }

    /// Returns the days of a time of which usage may lack rows of an item's service.
    #[must_use]
    pub fn days_to_fill(&self, app: AppId, item: Item, span: Span) -> BTreeSet<Day> {
        let presence = self.presence.get_or_init(|| Presence::of_rows(self.usage.rows()));
        days_to_fill(presence, (app, export_of(item)), span)
    }

    /// Returns the days on which something is charged.
    #[must_use]
    pub fn charged_days(&self) -> BTreeSet<Day> {
        let day = |charge: &Charge| match charge.day {
            Settled::Day(day) if !charge.item.is_fee() && !charge.amount.is_zero() => Some(day),
            _ => None,
        };
        self.rated.charges.iter().filter_map(day).collect()
    }

    /// Returns the list price of an item on the card that rules the bill.
    #[must_use]
    pub fn list(&self, item: Item) -> Option<&ListPrice> {
        let span = self.terms.billed_usage();
        let ruling = self.terms.segments.iter().filter(|segment| segment.span.overlaps(span));
        ruling.filter_map(|segment| segment.card.price(item)).next_back()
    }

    fn beyond(&self) -> &Beyond {
        self.beyond.get_or_init(|| {
            let mut beyond = Beyond::default();
            for finding in &self.compared.findings {
                let Some(charge) = finding.pairing.charges.first().map(|at| &self.rated.charges[*at]) else { continue };
                let charged = finding.billed.charged.unwrap_or_default();
                let same = finding.billed.usage.is_none_or(|usage| Some(usage) == finding.expected.usage);
                if charge.item.is_fee() || !same || finding.expected.charged.is_none_or(|due| charged >= due) {
                    continue;
                }
                let day = charge.day.first_day();
                beyond.first = Some(beyond.first.map_or(day, |first| first.min(day)));
                beyond.items.insert(charge.item);
                beyond.apps.insert(charge.app);
            }
            beyond
        })
    }

    /// Returns the first day on which the bill covers more than our grants do.
    #[must_use]
    pub fn first_covered_beyond(&self) -> Option<Day> {
        self.beyond().first
    }

    /// Returns the items of which the bill covers more.
    #[must_use]
    pub fn beyond_items(&self) -> &BTreeSet<Item> {
        &self.beyond().items
    }

    /// Returns the applications of which the bill covers more.
    #[must_use]
    pub fn beyond_apps(&self) -> BTreeSet<Option<AppId>> {
        self.beyond().apps.clone()
    }

    /// Returns true if an item that is covered later is charged, and agrees, before a day.
    #[must_use]
    pub fn charges_before(&self, day: Day) -> bool {
        let before = |charge: &Charge| {
            charge.day.first_day() < day
                && !charge.charged.is_zero()
                && self.beyond().items.contains(&charge.item)
                && self.beyond().apps.contains(&charge.app)
        };
        self.rated.charges.iter().any(before)
    }

    /// Returns the grant that an entry added to account.toml becomes.
    #[must_use]
    pub fn grant_if(&self, edit: impl Fn(&mut Account)) -> Option<Grant> {
        let mut account = self.account.clone();
        edit(&mut account);
        let terms = build_terms::terms(&account, self.situation.cards, self.situation.period).ok()?;
        let known = |grant: &Grant| self.terms.grants.iter().any(|own| own.id == grant.id);
        terms.grants.into_iter().find(|grant| !known(grant))
    }

    /// Returns true if a finding's own figures are those of another state.
    #[must_use]
    pub fn expects(&self, finding: &Finding, charges: &[Charge]) -> bool {
        finding.pairing.charges.iter().all(|at| {
            let charge = &charges[*at];
            let same = |own: &&Charge| (own.day, own.app, own.item) == (charge.day, charge.app, charge.item);
            let own: Vec<&Charge> = self.rated.charges.iter().filter(same).collect();
            own.iter()
                .any(|own| (own.billable, own.covered, own.amount) == (charge.billable, charge.covered, charge.amount))
        })
    }

    /// The families of the changes: of states with the same ones the best is carried on.
    fn families(&self) -> Vec<String> {
        let causes = self.steps.iter().flat_map(|step| &step.own.causes);
        causes.map(|cause| cause.family().to_owned()).collect()
    }

    fn settled(&self) -> Settlement {
        self.terms.segments[self.terms.segment(self.terms.window.days.from)].settled
    }

    fn rank(&self) -> (usize, Money) {
        (self.left.len(), self.off)
    }
}

impl Ours<'_> {
    /// Returns true if the bill agrees by what it says itself: lines of usage that the exports lack, purchases that are
    /// not listed, one factor on every price. No cause of the vendor's is looked for then. Lines that are missing the
    /// vendor may have left out by another reading of its pages.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let factor = |step: &Step| matches!(step.own.causes[..], [Cause::DiscountMissing { .. }]);
        let gone = |step: &Step| step.own.causes.iter().any(|cause| matches!(cause, Cause::BillMissing { .. }));
        let plain = |step: &Step| (step.is_evident() && !gone(step)) || factor(step);
        self.state.left.is_empty() && !self.steps.is_empty() && self.steps.iter().all(plain)
    }
}

impl Step {
    /// Returns true if the case folder, or the bill itself, shows that it is so.
    #[must_use]
    pub fn is_evident(&self) -> bool {
        self.evident || is_evident(&self.own)
    }
}

impl Usages<'_> {
    fn rows(&self) -> &[Usage] {
        match self {
            Self::Own(rows) => rows,
            Self::More(rows) => rows,
        }
    }
}

fn same_cards(one: &Terms, other: &Terms) -> bool {
    let marks = |terms: &Terms| -> Vec<_> {
        terms.segments.iter().map(|segment| (segment.span, segment.card.id.clone())).collect()
    };
    marks(one) == marks(other)
}

/// Returns true if a change of the case folder can make a finding agree. A correction by the vendor no rule derives.
fn can_agree(finding: &Finding, bill: &Bill<'_>) -> bool {
    let refund = || finding.pairing.lines.iter().any(|at| bill.lines[*at].class == LineClass::Refund);
    finding.kind != Kind::Adjustment || refund()
}

/// A search that is under way.
struct Search<'a> {
    base: BTreeSet<Mark>,
    /// The marks of the findings of each kind.
    kinds: BTreeMap<Kind, BTreeSet<Mark>>,
    left: usize,
    /// The state that makes the most agree and spoils nothing.
    best: Option<State<'a>>,
}

/// Returns what may be missing or wrong in the case folder; `None` where nothing differs.
#[must_use]
pub fn search<'a>(situation: &Situation<'a>) -> Option<Ours<'a>> {
    let (account, usage) = (situation.account.clone(), Usages::Own(situation.usage));
    let mut base = State::of(situation, account, usage, BTreeSet::new(), Arc::default())?;
    base.watched = Arc::new(base.left.clone());
    let holes = if situation.account.usage_complete {
        Vec::new()
    } else {
        let presence = base.presence.get_or_init(|| Presence::of_rows(situation.usage));
        presence.holes(situation.bill.lines, situation.terms.billed_usage())
    };
    let mut kinds: BTreeMap<Kind, BTreeSet<Mark>> = BTreeMap::new();
    for finding in &base.compared.findings {
        kinds.entry(finding.kind).or_default().extend(marks_of(finding, &base.rated.charges));
    }
    let mut search = Search { base: base.left.clone(), kinds, left: WORK, best: None };
    let state = search.run(base, &holes);
    Some(Ours { steps: state.steps.clone(), holes, state })
}

impl<'a> Search<'a> {
    fn run(&mut self, base: State<'a>, holes: &[Hole]) -> State<'a> {
        let mut start = base;
        for own in ours::bill_missing(&start) {
            start = self.tried(&start, &own, true).unwrap_or(start);
        }
        let mut frontier = Vec::new();
        let filled = ours::filled(&start, holes);
        let filled: Vec<State<'a>> = filled.iter().filter_map(|own| self.tried(&start, own, true)).collect();
        frontier.extend(filled.into_iter().min_by_key(State::rank));
        let from = frontier.first().unwrap_or(&start);
        let topped: Vec<State<'a>> = ours::topped(from).iter().filter_map(|own| self.tried(from, own, false)).collect();
        let topped = topped.into_iter().min_by_key(State::rank);
        frontier.push(start);
        frontier.extend(topped);
        for depth in 0..DEPTH {
            let mut next: Vec<State<'a>> = Vec::new();
            for list in [ours::plain, ours::unlisted] {
                for state in frontier.iter().filter(|state| !state.left.is_empty()) {
                    if next.iter().any(|known| known.left.is_empty()) {
                        break;
                    }
                    self.changed(state, list(state), &mut next);
                }
                if depth + 1 == DEPTH {
                    // What has no purchase needs many trials: it is not tried as a third change.
                    break;
                }
            }
            for state in frontier {
                self.note(state);
            }
            if next.is_empty() {
                frontier = Vec::new();
                break;
            }
            next.sort_by_key(State::rank);
            let mut known: BTreeSet<Vec<String>> = BTreeSet::new();
            next.retain(|state| known.insert(state.families()));
            next.truncate(WIDTH);
            if next[0].left.is_empty() {
                next.truncate(1);
                frontier = next;
                break;
            }
            frontier = next;
        }
        for state in frontier {
            self.note(state);
        }
        self.best.take().unwrap_or_else(|| unreachable!("the state of the case folder itself is noted"))
    }

    /// Adds the states of the changes that make more agree, until one makes all agree.
    fn changed(&mut self, state: &State<'a>, changes: Vec<Own>, next: &mut Vec<State<'a>>) {
        for own in changes {
            let Some(under) = self.tried(state, &own, false) else { continue };
            if under.rank() < state.rank() {
                let whole = under.left.is_empty();
                next.push(under);
                if whole {
                    return;
                }
            }
        }
    }

    /// Returns a state under a change, as long as there is work left.
    fn tried(&mut self, state: &State<'a>, own: &Own, evident: bool) -> Option<State<'a>> {
        let cost = TRIAL + state.usage.rows().len() / ROWS + state.situation.bill.lines.len();
        self.left = self.left.checked_sub(cost)?;
        state.then(own, evident)
    }

    /// Keeps a state if it makes more agree than the best one, spoils nothing, and each change makes all agree that
    /// differs of a kind.
    fn note(&mut self, state: State<'a>) {
        let better = self.best.as_ref().is_none_or(|best| state.rank() < best.rank());
        let first = self.best.is_none();
        let spoils = !state.left.is_subset(&self.base);
        let whole =
            |kind: &BTreeSet<Mark>, step: &Step| !step.cleared.is_disjoint(kind) && kind.is_disjoint(&state.left);
        let told = |step: &Step| step.is_evident() || self.kinds.values().any(|kind| whole(kind, step));
        let fair = state.left.is_empty() || (!spoils && state.steps.iter().all(told));
        if first || (better && fair) {
            self.best = Some(state);
        }
    }
}

/// Returns true if the bill itself says what is missing: a purchase, a refund.
fn is_evident(own: &Own) -> bool {
    own.paste.contains("paid = ") || matches!(own.edit, Edit::Excuse(_) | Edit::Both(..))
}
