//! The cycles of a subscription: when each begins and ends. Here once.

use super::plan::{Kind, Plan};
use crate::case::account::{Ended, SubscriptionEntry};
use crate::model::{Span, Stamp};

/// One cycle of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cycle {
    /// Its number, from 1.
    pub number: i32,
    /// The payment: of the first cycle the purchase, of a renewal its start.
    pub bought: Stamp,
    /// When it is valid by its plan.
    pub span: Span,
    /// When it was taken back.
    pub ended: Option<Stamp>,
    /// True if its price was returned: then it never covered anything and cost nothing.
    pub returned: bool,
}

impl Cycle {
    /// Returns the id of its grant: `<entry>#<number>`.
    #[must_use]
    pub fn id(&self, entry: &SubscriptionEntry) -> String {
        format!("{}#{}", entry.id, self.number)
    }
}

/// Returns the cycles that start before a moment. A renewal needs `auto_renew`, a start before `end` and before the
/// moment at which the subscription was taken back; a trial has one cycle.
pub fn cycles<'a>(entry: &'a SubscriptionEntry, plan: &'a Plan, until: Stamp) -> impl Iterator<Item = Cycle> + 'a {
    let start = |k: i32| start(entry.purchased, k);
    let lasts = move |k: i32| {
        let before_end = entry.end.is_none_or(|end| start(k) < end);
        let before_taken = entry.ended.is_none_or(|ended| start(k) < ended.at);
        k == 0 || (plan.kind != Kind::Trial && entry.auto_renew && before_end && before_taken)
    };
    let cycle = move |k: i32| {
        let months = self::cycle(entry.purchased, k);
        let span = if plan.kind == Kind::Monthly { months } else { plan.validity(entry.purchased) };
        let bought = if k == 0 { entry.purchased } else { months.from };
        let taken = entry.ended.filter(|ended| bought <= ended.at && ended.at < span.until);
        let returned = taken.is_some_and(Ended::is_refund);
        Cycle { number: k + 1, bought, span, ended: taken.map(|ended| ended.at), returned }
    };
    (0..i32::MAX).take_while(move |k| start(*k) < until && lasts(*k)).map(cycle)
}

/// Returns when cycle `k` of a month plan starts, from 0: on the purchase's day of the month or the last that exists,
/// never chained (31 January, 28 February, 31 March).
#[must_use]
pub fn start(purchased: Stamp, k: i32) -> Stamp {
    purchased.day().plus_months(k).start()
}

/// Returns cycle `k` of a month plan, from 0: up to the start of the next.
#[must_use]
pub fn cycle(purchased: Stamp, k: i32) -> Span {
    Span { from: start(purchased, k), until: start(purchased, k + 1) }
}
