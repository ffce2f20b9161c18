//! Drawing down by the day gives what drawing down interval by interval gives,
//! whatever rule is changed, from the start or from the first day that differs.

use std::collections::{BTreeMap, BTreeSet};

use trtc_recon::model::policy::Scope;
use trtc_recon::model::{Item, PackMinutes, Quantity, Unit, Usage};
use trtc_recon::rate::charge::{Charge, LineKey, Settled};
use trtc_recon::rate::incremental_drawdown::{Drawn, Known, draw};
use trtc_recon::rate::metered_day::Metered;
use trtc_recon::rate::rate;
use trtc_recon::rules::terms::{Bucket, Segment, Terms};

use crate::accounts;
use crate::planted::World;

type Line = (Settled, Option<u64>, Item);

fn lines_of(metered: &Metered, drawn: &Drawn, terms: &Terms) -> BTreeMap<Line, (Quantity, Quantity)> {
    let mut sums: BTreeMap<Line, (Quantity, Quantity)> = BTreeMap::new();
    let billed = |key: &LineKey| match key.0 {
        Settled::Day(day) => terms.window.days.contains(day.start()),
        Settled::Month(month) => month == terms.window.month,
    };
    for (stretch, covered) in metered.stretches.iter().zip(&drawn.covered) {
        for (cell, covered) in stretch.cells.iter().zip(covered.iter()).filter(|(cell, _)| billed(&cell.key)) {
            let sum = sums.entry((cell.key.0, cell.key.1, cell.key.2)).or_default();
            sum.0 += cell.minutes;
            sum.1 += *covered;
        }
    }
    sums
}

fn by_interval(charges: &[Charge]) -> BTreeMap<Line, (Quantity, Quantity)> {
    let mut sums: BTreeMap<Line, (Quantity, Quantity)> = BTreeMap::new();
    for charge in charges.iter().filter(|charge| charge.item.unit() == Unit::Minute) {
        let sum = sums.entry((charge.day, charge.app, charge.item)).or_default();
        sum.0 += charge.billable;
        sum.1 += charge.covered;
    }
    sums
}

/// Every change of the rules that is planted elsewhere, and every grant emptied.
#[test]
fn drawing_down_by_the_day_is_drawing_down() {
    let samples = (0..40).map(accounts::sample).chain((0..20).map(accounts::older_sample));
    for (number, sample) in samples.enumerate() {
        let world = World::new(&sample, true);
        let base = Metered::of(&world.usage, &world.terms);
        let drawn = draw(&base, &world.terms, None);
        assert_eq!(lines_of(&base, &drawn, &world.terms), by_interval(&world.charges), "account {number}");
        for terms in world.plants(number).into_iter().filter_map(|plant| plant.terms) {
            let metered = Metered::of(&world.usage, &terms);
            let expected = by_interval(&rate(&world.usage, &terms).charges);
            assert_eq!(lines_of(&metered, &draw(&metered, &terms, None), &terms), expected, "account {number}");
        }
        for at in 0..world.terms.grants.len() {
            let mut terms = world.terms.clone();
            terms.grants[at].opening = Some(PackMinutes::ZERO);
            let from = terms.grants[at].since.min(terms.grants[at].valid.from).day();
            let known = Known { metered: &base, drawn: &drawn, from, until: None };
            let resumed = draw(&base, &terms, Some(known));
            let expected = by_interval(&rate(&world.usage, &terms).charges);
            assert_eq!(lines_of(&base, &resumed, &terms), expected, "account {number}, grant {at}");
        }
    }
}

/// A row counted as another item: only its day and the two items are metered again.
#[test]
fn metering_one_day_again_is_metering() {
    for number in 0..40 {
        let world = World::new(&accounts::sample(number), true);
        let (terms, base) = (&world.terms, Metered::of(&world.usage, &world.terms));
        let drawn = draw(&base, terms, None);
        let by_itself = |part: &Segment| !part.scope.has(Scope::Account) && part.bucket == Bucket::Day;
        if !terms.segments.iter().all(by_itself) {
            continue;
        }
        let timed = world.usage.iter().enumerate().filter(|(_, row)| row.item.unit() == Unit::Minute);
        for (at, row) in timed.step_by(9) {
            let card = &terms.segments[terms.segment(row.start)].card;
            let other = card.items().find(|item| *item != row.item && item.service() == row.item.service());
            let Some(other) = other else { continue };
            let mut usage = world.usage.clone();
            usage[at].item = other;
            let (day, lines) = (row.start.day(), BTreeSet::from([(row.app, row.item), (row.app, other)]));
            let mine = |one: &&Usage| one.start.day() == day && lines.contains(&(one.app, one.item));
            let rows: Vec<Usage> = usage.iter().filter(mine).copied().collect();
            let patched = base.patched(&BTreeSet::from([day]), &lines, &rows, terms);
            let known = Known { metered: &base, drawn: &drawn, from: day, until: Some(day) };
            let resumed = draw(&patched, terms, Some(known));
            let expected = by_interval(&rate(&usage, terms).charges);
            assert_eq!(lines_of(&patched, &resumed, terms), expected, "account {number}, row {at}");
        }
    }
}
