//! The texts, line by line where a person checks a figure.

use super::*;
use crate::model::PackMinutes;
use crate::rules::{Cards, Plans, quote};

#[test]
fn a_card_shows_each_figure_with_its_source() {
    let cards = Cards::embedded();
    let text = card(cards.get("intl-2024").unwrap());
    let line = |start: &str| text.lines().find(|l| l.trim_start().starts_with(start)).unwrap().to_owned();
    let price = line("rec.hd  ");
    assert!(price.contains("5.99 USD per 1000 min = 0.00599 per min  "), "{price}");
    assert!(price.ends_with("[云端录制与录制投递计费说明 (2024-07-30): 云端录制 计费价格]"), "{price}");
    assert!(line("page.hd").contains("derived: not published"));
    assert!(line("relay.third").contains("18.99 USD per 1 Mbps = 18.99 per Mbps"));
    assert!(line("deliver.third 4k").contains("up to 8912896 px"));
    let sourceless = text.lines().filter(|l| l.starts_with("  ") && !l.ends_with(']')).count();
    assert_eq!(sourceless, cards.get("intl-2024").unwrap().notes.len(), "only notes stand without a source");
}

#[test]
fn columns_line_up_under_wide_characters() {
    let rows = [vec!["体验版".to_owned(), "1".to_owned()], vec!["lite".to_owned(), "2".to_owned()]];
    assert_eq!(table(&rows), "体验版  1\nlite    2\n");
}

#[test]
fn a_diff_names_what_differs_and_nothing_else() {
    let cards = Cards::embedded();
    let (older, newer) = (cards.get("intl-2022").unwrap(), cards.get("intl-2024").unwrap());
    let text = diff(older, newer);
    let labels: Vec<_> = text.lines().skip(1).map(|l| l.split("  ").next().unwrap()).collect();
    assert_eq!(
        labels,
        ["applies to", "settled", "metered", "metered", "metered", "billed", "billed", "billed", "discount"]
    );
    assert_eq!(diff(newer, newer), "intl-2024 and intl-2024 say the same\n");
}

#[test]
fn the_list_has_a_line_a_card_and_the_plans_a_block_a_plan() {
    assert_eq!(cards(&Cards::embedded()).lines().count(), 9);
    let text = plans(Plans::known());
    assert_eq!(text.split("\n\n").count(), 37);
    assert!(text.contains("the account for usage from 2024-10-12 to 2024-12-31"));
}

#[test]
fn a_quote_shows_the_charge_beside_the_page() {
    let card = Cards::embedded();
    let found = quote::quotes(card.get("cn-2022").unwrap(), PackMinutes::whole(4_000_000)).unwrap();
    let text = quotes(&found);
    // 4,000,000 x 0.00562934 = 22,517.36; shown 5.630: 22,520.
    assert!(text.contains("4000000  22517.36  CNY       0.00562934  5.630           22520.00"), "{text}");
}
