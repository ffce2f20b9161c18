//! The sheet of the grants: what became of each package, and what a minute of it cost.

use rust_decimal::Decimal;
use rust_xlsxwriter::XlsxError;

use super::Book;
use super::applications::rounded;
use super::cell::{Entry, fits_a_number, follows};
use super::grid::Grid;
use crate::model::{Money, PackMinutes, Rounding, UnitPrice};
use crate::rate::drawdown::Balance;
use crate::report::table::{self, Cell};

/// The columns that the checks speak of.
pub(super) const OPENING: &str = "G";
pub(super) const USED: &str = "H";
pub(super) const EXPIRED: &str = "I";
pub(super) const REMAINING: &str = "J";

/// Writes the sheet.
pub(super) fn write(book: &mut Book<'_>) -> Result<(), XlsxError> {
    let (report, texts) = (book.report, book.texts);
    let words = report.words();
    let own = &texts.columns;
    let extent = book.extents.grants.clone();
    let names = ["grant", "plan", "sdk_app_id", "valid_from", "valid_until", "granted", "opening", "used", "expired"];
    let mut titles: Vec<String> =
        names.iter().chain(&["remaining"]).map(|name| words.column(name).to_owned()).collect();
    titles.extend([own.paid.clone(), own.minute_price.clone(), own.used_worth.clone()]);
    let mut grid = Grid::new(&mut book.paper, extent.clone(), titles)?;
    for (position, grant) in report.grants.iter().enumerate() {
        grid.row(&row(grant, report.grant_costs.get(position).copied().flatten()))?;
    }
    let live = live(&report.grants);
    let total = |column: &str, of: fn(&Balance) -> PackMinutes| {
        let all: PackMinutes = report.grants.iter().map(of).sum();
        follows(extent.over("SUM", column).filter(|_| live).as_deref().map(rounded), table::count(all.decimal()))
    };
    let mut foot: Vec<Entry<'_>> = vec![table::text(&texts.says.total).into()];
    foot.resize(6, Cell::Empty.into());
    foot.extend([
        total(OPENING, |grant| grant.opening),
        total(USED, |grant| grant.used),
        total(EXPIRED, |grant| grant.expired),
        total(REMAINING, |grant| grant.remaining),
    ]);
    grid.finish(&[foot], &[], |_, _| Ok(()))
}

/// Returns true if formulas can add up what is on the sheet.
pub(super) fn live(grants: &[Balance]) -> bool {
    let all = |grant: &Balance| [grant.opening, grant.used, grant.expired, grant.remaining].map(PackMinutes::decimal);
    grants.iter().flat_map(all).all(|figure| fits_a_number(figure) && figure.normalize().scale() <= 8)
}

fn row(grant: &Balance, cost: Option<Money>) -> Vec<Entry<'_>> {
    let left = live(std::slice::from_ref(grant)).then(|| "ROUND(G{row}-H{row}-I{row},8)".to_owned());
    let mut row: Vec<Entry<'_>> = vec![
        table::text(&grant.id).into(),
        table::text(&grant.plan).into(),
        table::app(grant.app).into(),
        table::moment(grant.valid.from).into(),
        table::moment(grant.valid.until).into(),
        table::count(grant.granted.decimal()).into(),
        table::count(grant.opening.decimal()).into(),
        table::count(grant.used.decimal()).into(),
        table::count(grant.expired.decimal()).into(),
        follows(left, table::count(grant.remaining.decimal())),
    ];
    let granted = grant.granted.decimal();
    if let Some(cost) = cost.filter(|cost| !cost.is_zero() && granted > Decimal::ZERO) {
        let minute = Rounding::HalfUp(8).apply(cost.decimal() / granted);
        let used = Money::new(Rounding::HalfUp(2).apply(minute * Rounding::HalfUp(8).apply(grant.used.decimal())));
        row.push(table::money(cost).into());
        row.push(follows(Some("ROUND(K{row}/F{row},8)".to_owned()), table::price(UnitPrice::new(minute))));
        row.push(follows(Some("ROUND(H{row}*L{row},2)".to_owned()), table::money(used)));
    }
    row
}
