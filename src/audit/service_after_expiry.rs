//! Usage where service should have stopped: it is charged all the same, and
//! said (RULES.md 6, 7 and 11).

use super::assumptions::plain;
use super::prices::{Minutes, Prices};
use super::purchases::Held;
use super::{Assumption, Subject, listed};
use crate::case::account::Stop;
use crate::model::message::{Sentence, Value, is, part};
use crate::model::{AppId, Money, PackMinutes, Quantity, Stamp};
use crate::rate::charged_minutes;
use crate::rate::drawdown::Deduction;

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
    let stops = subject.account.stops.iter().flat_map(|stop| [stop.span.from, stop.span.until]);
    let turns: Vec<Stamp> = purchases.chain(stops).collect();
    let charged = charged_minutes(subject.usage, subject.terms, &turns);
    let mut found: Vec<Assumption> =
        [Ended::Free, Ended::Plan].into_iter().filter_map(|why| ended(subject, held, prices, &charged, why)).collect();
    found.extend(subject.account.stops.iter().filter_map(|stop| stopped(subject, prices, &charged, stop)));
    found
}

/// Whether the service of an application should have ended by a moment.
fn ended_at(held: &[Held<'_>], app: AppId, at: Stamp) -> Option<Ended> {
    let begun = || held.iter().filter(|held| held.purchased.day().start() <= at);
    let goes_on = |held: &Held<'_>| !held.plan.ends_service && !held.plan.covers.is_empty();
    let in_force = |held: &&Held<'_>| held.is_paid_month() && held.valid.contains(at);
    if begun().any(goes_on) || begun().filter(in_force).any(|held| held.is_for(app)) {
        return None;
    }
    if begun().any(|held| held.is_paid_month() && held.is_for(app)) {
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

/// Usage inside a stop that account.toml names.
fn stopped(subject: &Subject<'_>, prices: &Prices<'_>, charged: &[Minutes], stop: &Stop) -> Option<Assumption> {
    let inside = || charged.iter().copied().filter(|(at, ..)| stop.span.contains(*at));
    let covered = || subject.rated.drawdown.iter().filter(|deduction| stop.span.contains(deduction.time));
    let minutes: Quantity =
        inside().map(|(.., minutes)| minutes).chain(covered().map(|deduction: &Deduction| deduction.minutes)).sum();
    if minutes.is_zero() {
        return None;
    }
    let taken: PackMinutes = covered().map(|deduction| deduction.taken).sum();
    let amount: Money = prices.worth(inside());
    let arrears = stop.reason.as_deref() == Some("arrears");
    let values = [
        ("minutes", is(minutes)),
        ("from", is(stop.span.from)),
        ("reason", part("stop_reason", "reason", stop.reason.as_deref().map(crate::model::diagnostic::shown))),
        ("amount", is(subject.money(amount))),
        ("taken", is(taken)),
        ("arrears", if arrears { Value::Says(plain("arrears")) } else { is("") }),
    ];
    Some(Assumption::of("usage-in-stop", amount, Sentence::of("stopped", values)))
}
