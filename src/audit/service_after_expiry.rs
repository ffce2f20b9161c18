//! Usage where service should have stopped: it is charged all the same, and said.

use super::prices::{Minutes, Prices};
use super::purchases::Held;
use super::{Assumption, Subject, listed};
use crate::case::account::Stop;
use crate::model::message::{Sentence, Value, is, part};
use crate::model::{AppId, Money, PackMinutes, Quantity, Span, Stamp};
use crate::rate::charged_minutes;
use crate::rate::drawdown::Deduction;
use crate::rules::card::ServiceRule;
use crate::rules::terms::Terms;

/// Returns when service was stopped. A charge that is not paid stops it as the card of that moment has it: at once,
/// where the card says nothing.
pub(super) fn stopped(terms: &Terms, stop: &Stop) -> Span {
    let after = |unpaid: Stamp| rule_at(terms, unpaid).map_or(unpaid, |rule| rule.stop(unpaid));
    let from = stop.from.or_else(|| stop.unpaid_since.map(after)).unwrap_or(stop.until);
    Span { from: from.min(stop.until), until: stop.until }
}

fn rule_at(terms: &Terms, at: Stamp) -> Option<&ServiceRule> {
    terms.segments[terms.segment(at)].card.service.as_ref()
}

/// Why service should not have been there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// Trials and free minutes were all there was.
    Free,
    /// A paid month plan had ended.
    Plan,
}

/// Usage after the end of what gives service, and usage inside a `[[stop]]`.
pub(super) fn notes(subject: &Subject<'_>, held: &[Held<'_>], prices: &Prices<'_>) -> Vec<Assumption> {
    let ends = held.iter().any(|held| held.plan.ends_service);
    if !ends && subject.account.stops.is_empty() {
        return Vec::new();
    }
    // Where a day is parted, what follows may be another matter than what came before.
    let purchases = held.iter().flat_map(|held| [held.valid.from, held.valid.until]);
    let stops: Vec<(&Stop, Span)> =
        subject.account.stops.iter().map(|stop| (stop, stopped(subject.terms, stop))).collect();
    let turns: Vec<Stamp> = purchases.chain(stops.iter().flat_map(|(_, span)| [span.from, span.until])).collect();
    let charged = charged_minutes(subject.usage, subject.terms, &turns);
    let mut found: Vec<Assumption> =
        [Ended::Free, Ended::Plan].into_iter().filter_map(|why| ended(subject, held, prices, &charged, why)).collect();
    found.extend(stops.iter().filter_map(|(stop, span)| used_while_stopped(subject, prices, &charged, (stop, *span))));
    found.extend(stops.iter().filter_map(|(stop, span)| reclaimed(subject, stop, *span)));
    found.extend(held.iter().filter_map(|held| bought_while_stopped(subject, prices, held, &stops)));
    found
}

/// Whether the service of an application should have ended by a moment.
fn ended_at(held: &[Held<'_>], app: AppId, at: Stamp) -> Option<Ended> {
    let begun = || held.iter().filter(|held| held.purchased.day().start() <= at);
    let goes_on = |held: &Held<'_>| !held.plan.ends_service && !held.plan.covers.is_empty();
    let in_force = |held: &&Held<'_>| held.opens_postpaid() && held.valid.contains(at);
    if begun().any(goes_on) || begun().filter(in_force).any(|held| held.is_for(app)) {
        return None;
    }
    if begun().any(|held| held.opens_postpaid() && held.is_for(app)) {
        return Some(Ended::Plan);
    }
    let paid_elsewhere = begun().any(|held| in_force(&held));
    (!paid_elsewhere && begun().any(|held| held.plan.ends_service && held.is_for(app))).then_some(Ended::Free)
}

fn ended(
    subject: &Subject<'_>,
    held: &[Held<'_>],
    prices: &Prices<'_>,
    charged: &[Minutes],
    why: Ended,
) -> Option<Assumption> {
    let after = || charged.iter().copied().filter(|(at, app, ..)| ended_at(held, *app, *at) == Some(why));
    let amount = prices.worth(after());
    if amount.is_zero() {
        return None;
    }
    let apps = listed(after().map(|(_, app, ..)| app));
    let (code, name) = match why {
        Ended::Free => ("service-without-plan", "ended_free"),
        Ended::Plan => ("service-after-plan", "ended_plan"),
    };
    let values = [("apps", is(apps)), ("amount", is(subject.money(amount)))];
    Some(Assumption::of(code, amount, Sentence::of(name, values)))
}

/// A stop for arrears that lasts so long that the vendor reclaims the account's data, packages among them.
fn reclaimed(subject: &Subject<'_>, stop: &Stop, span: Span) -> Option<Assumption> {
    let rule = rule_at(subject.terms, span.from)?;
    let from = rule.reclaimed(span.from);
    let lasts = from < span.until && from < subject.bill().until;
    if !is_arrears(stop) || !lasts {
        return None;
    }
    let left: PackMinutes = subject.rated.balances.iter().map(|balance| balance.remaining).sum();
    let values = [
        ("from", is(span.from)),
        ("day", is(from.day())),
        ("days", is(rule.reclaimed_after_days)),
        ("minutes", is(left)),
    ];
    Some(Assumption { code: "arrears-reclaimed", said: Sentence::of("reclaimed", values), amount: None })
}

/// Whether a stop is for a charge that was not paid.
fn is_arrears(stop: &Stop) -> bool {
    stop.unpaid_since.is_some() || stop.reason.as_deref() == Some("arrears")
}

/// A package that was bought while service was off, which works some time later than the plan says.
fn bought_while_stopped(
    subject: &Subject<'_>,
    prices: &Prices<'_>,
    held: &Held<'_>,
    stops: &[(&Stop, Span)],
) -> Option<Assumption> {
    let (_, stopped) = stops.iter().find(|(_, span)| span.contains(held.purchased))?;
    let index = subject.terms.grants.iter().position(|grant| grant.id == held.id && grant.since < grant.ready)?;
    let rule = rule_at(subject.terms, held.purchased)?;
    let late = rule.works(held.purchased);
    let grant = &subject.terms.grants[index];
    let between =
        |deduction: &&Deduction| deduction.grant == index && grant.ready <= deduction.time && deduction.time < late;
    let amount = prices.replaced(subject.rated.drawdown.iter().filter(between));
    let values = [
        ("id", is(&held.id)),
        ("plan", is(&held.plan.id)),
        ("at", is(held.purchased)),
        ("from", is(stopped.from)),
        ("ready", is(grant.ready)),
        ("late", is(late)),
        ("minutes", is(rule.works_after_minutes)),
        ("amount", is(subject.money(amount))),
    ];
    Some(Assumption::of("package-while-stopped", amount, Sentence::of("while_stopped", values)))
}

/// Usage inside a stop that account.toml names.
fn used_while_stopped(
    subject: &Subject<'_>,
    prices: &Prices<'_>,
    charged: &[Minutes],
    (stop, span): (&Stop, Span),
) -> Option<Assumption> {
    let inside = || charged.iter().copied().filter(|(at, ..)| span.contains(*at));
    let covered = || subject.rated.drawdown.iter().filter(|deduction| span.contains(deduction.time));
    let minutes: Quantity =
        inside().map(|(.., minutes)| minutes).chain(covered().map(|deduction: &Deduction| deduction.minutes)).sum();
    if minutes.is_zero() {
        return None;
    }
    let taken: PackMinutes = covered().map(|deduction| deduction.taken).sum();
    let amount: Money = prices.worth(inside());
    let rule = rule_at(subject.terms, span.from).filter(|_| is_arrears(stop));
    let arrears = rule.map(|rule| Sentence::of("arrears", [("hours", is(rule.stops_after_hours))]));
    let values = [
        ("minutes", is(minutes)),
        ("from", is(span.from)),
        ("reason", part("stop_reason", "reason", stop.reason.as_deref().map(crate::model::diagnostic::shown))),
        ("amount", is(subject.money(amount))),
        ("taken", is(taken)),
        ("arrears", arrears.map_or_else(|| is(""), Value::Says)),
    ];
    Some(Assumption::of("usage-in-stop", amount, Sentence::of("stopped", values)))
}
