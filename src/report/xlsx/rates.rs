//! The prices and deduction ratios of the cards that applied, each with its source.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use rust_xlsxwriter::XlsxError;

use super::cell::{Entry, follows};
use super::grid::Grid;
use super::{Book, Extent, Report, Texts};
use crate::model::number::plain;
use crate::model::{Item, Money};
use crate::report::table::{self, Cell};
use crate::rules::Card;
use crate::rules::card::ListPrice;

/// Writes the sheet.
pub(super) fn write(book: &mut Book<'_>) -> Result<(), XlsxError> {
    let (report, texts) = (book.report, book.texts);
    let words = report.words();
    let own = &texts.columns;
    let mut cards: Vec<&Card> = Vec::new();
    for used in &report.cards {
        if cards.iter().all(|card| card.id != used.id) {
            cards.push(&used.card);
        }
    }
    let rows: Vec<_> = cards.into_iter().flat_map(|card| of_card(report, texts, card)).collect();
    let word = |name: &str| words.column(name).to_owned();
    let titles = vec![
        word("card"),
        own.stands_for.clone(),
        word("item"),
        own.item_name.clone(),
        own.figure.clone(),
        own.per.clone(),
        word("unit"),
        word("unit_price"),
        own.applied.clone(),
        own.published.clone(),
        own.document.clone(),
    ];
    let extent = Extent::new(&texts.sheets.rates, rows.len(), book.rows);
    let mut grid = Grid::new(&mut book.paper, extent, titles)?;
    for row in &rows {
        grid.row(row)?;
    }
    grid.finish(&[], std::slice::from_ref(&texts.says.documents), |_, _| Ok(()))
}

fn of_card<'a>(report: &'a Report, texts: &'a Texts, card: &'a Card) -> Vec<Vec<Entry<'a>>> {
    let prices = card.items().filter_map(|item| Some((item, card.price(item)?)));
    let mut rows: Vec<_> = prices.map(|(item, price)| listed(report, texts, card, item, price)).collect();
    for set in card.ratios.values() {
        rows.extend(set.of.iter().map(|(item, ratio)| {
            vec![
                table::text(&card.id).into(),
                Cell::Text(format!("{}: {}", texts.says.ratio, set.set).into()).into(),
                table::text(item.id()).into(),
                Cell::Text(report.words().item(item.id()).into()).into(),
                table::count(ratio.decimal()).into(),
                table::count(Decimal::ONE).into(),
                table::text(&texts.says.minute).into(),
                Cell::Empty.into(),
                Cell::Empty.into(),
                table::text(&texts.says.published).into(),
                table::text(&set.source).into(),
            ]
        }));
    }
    rows
}

fn listed<'a>(
    report: &'a Report,
    texts: &'a Texts,
    card: &'a Card,
    item: Item,
    price: &'a ListPrice,
) -> Vec<Entry<'a>> {
    let words = report.words();
    let published = if price.derived { &texts.says.derived } else { &texts.says.published };
    vec![
        table::text(&card.id).into(),
        table::text(&texts.says.list_price).into(),
        table::text(item.id()).into(),
        Cell::Text(words.item(item.id()).into()).into(),
        table::money(Money::new(price.list)).into(),
        table::count(price.per.into()).into(),
        table::text(words.unit(item.unit().name())).into(),
        follows(Some("ROUND(E{row}/F{row},8)".to_owned()), table::price(price.unit_price())),
        applied(report, card, item).into(),
        table::text(published).into(),
        table::text(&price.source).into(),
    ]
}

/// Returns the price that the item's lines have; several, where a contract changed within the month.
fn applied<'a>(report: &Report, card: &Card, item: Item) -> Cell<'a> {
    let lines = report.charges.iter().filter(|charge| charge.item == item && charge.card == card.id);
    let prices: BTreeSet<_> = lines.map(|charge| charge.price).collect();
    let mut each = prices.iter();
    match (each.next(), each.next()) {
        (None, _) => Cell::Empty,
        (Some(price), None) => table::price(*price),
        _ => Cell::Text(prices.iter().map(|price| plain(price.decimal())).collect::<Vec<_>>().join("; ").into()),
    }
}
