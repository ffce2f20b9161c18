//! Who covers what (section 6): the intervals one after the other, each asks
//! the grants in their order; a package that becomes ready first catches up.

use jiff::civil::DateTime;
use rust_decimal::Decimal;

use super::metering::Row;
use super::plans::Pot;
use super::{Account, Site, half_up};

/// Minutes taken from one pot for one row.
#[derive(Clone, Debug)]
pub struct Deduction {
    /// The place of the row in the rated rows.
    pub row: usize,
    pub grant: String,
    /// Usage minutes covered.
    pub minutes: Decimal,
    pub ratio: Decimal,
    pub before: Decimal,
    pub taken: Decimal,
    pub after: Decimal,
}

/// Covers the rows, which stand in the order of section 6.
pub fn draw(account: &Account, rows: &mut [Row], pots: &mut [Pot]) -> Vec<Deduction> {
    let mut deductions = Vec::new();
    let mut caught_up: Vec<DateTime> = Vec::new();
    for index in 0..rows.len() {
        catch_up(account, rows, index, pots, &mut caught_up, &mut deductions);
        let asked = in_order(account, &rows[index], pots, |pot, row| row.start >= pot.start && row.start >= pot.ready);
        for pot in asked {
            take(account, rows, index, &mut pots[pot], &mut deductions);
        }
    }
    catch_up(account, rows, rows.len(), pots, &mut caught_up, &mut deductions);
    deductions
}

/// Packages that are ready by now go through what lies between the day (on
/// cn-2019: the month) of their payment and that moment.
///
/// READING: "by now" is: every row that starts before the moment has been
/// treated. In order of time that is before the first row at or after it; with
/// `tie_order = "item"` it can be later.
/// READING: packages of one moment go through the rows together, each row
/// asking them in the order of section 6.
fn catch_up(
    account: &Account,
    rows: &mut [Row],
    next: usize,
    pots: &mut [Pot],
    caught_up: &mut Vec<DateTime>,
    deductions: &mut Vec<Deduction>,
) {
    let mut moments: Vec<DateTime> = pots.iter().filter(|p| p.catch_up_from.is_some()).map(|p| p.ready).collect();
    moments.sort_unstable();
    moments.dedup();
    for moment in moments {
        let all_treated = rows[next..].iter().all(|row| row.start >= moment);
        if caught_up.contains(&moment) || !all_treated {
            continue;
        }
        caught_up.push(moment);
        for index in 0..rows.len() {
            let asked = in_order(account, &rows[index], pots, |pot, row| {
                pot.ready == moment && row.start < moment && pot.catch_up_from.is_some_and(|from| row.start >= from)
            });
            for pot in asked {
                take(account, rows, index, &mut pots[pot], deductions);
            }
        }
    }
}

/// The pots that may cover a row, in the order in which it asks them.
fn in_order(account: &Account, row: &Row, pots: &[Pot], in_time: impl Fn(&Pot, &Row) -> bool) -> Vec<usize> {
    let day = row.start.date();
    let mut asked: Vec<usize> = (0..pots.len())
        .filter(|index| {
            let pot = &pots[*index];
            in_time(pot, row)
                && row.start < pot.end
                && pot.ended.is_none_or(|ended| row.start < ended && pot.ready < ended)
                && pot.opening_at.is_none_or(|at| row.start >= at)
                && (pot.account_wide_on(day) || pot.app == Some(row.app))
                && pot.ratio(account, row.card, day, &row.item).is_some()
        })
        .collect();
    asked.sort_by_key(|index| {
        let pot = &pots[*index];
        let wide = account.site == Site::Intl && pot.account_wide_on(day);
        (!pot.always_first(), wide, pot.end, pot.purchased, pot.id.clone())
    });
    asked
}

fn take(account: &Account, rows: &mut [Row], index: usize, pot: &mut Pot, deductions: &mut Vec<Deduction>) {
    let row = &mut rows[index];
    if row.uncovered.is_zero() || pot.left.is_zero() {
        return;
    }
    let ratio = pot.ratio(account, row.card, row.start.date(), &row.item).unwrap();
    let need = row.uncovered * ratio;
    let (minutes, taken) = if need <= pot.left {
        (row.uncovered, need)
    } else if account.whole_minutes {
        let minutes = (pot.left / ratio).floor();
        (minutes, minutes * ratio)
    } else {
        (half_up(pot.left / ratio, 8), pot.left)
    };
    if taken.is_zero() {
        return;
    }
    let before = pot.left;
    pot.left -= taken;
    row.uncovered -= minutes;
    deductions.push(Deduction { row: index, grant: pot.id.clone(), minutes, ratio, before, taken, after: pot.left });
}
