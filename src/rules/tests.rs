//! The catalogue against the vendor's figures.

mod folder;

use super::*;
use crate::case::account::{Account, GrantEntry};
use crate::model::policy::{Settlement, Site};
use crate::model::{Day, Item, Ratio, Span, Stamp};

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn at(text: &str) -> Stamp {
    Stamp::parse(text).unwrap()
}

fn item(id: &str) -> Item {
    Item::parse(id).unwrap()
}

fn account(site: Site, first_app: &str) -> Account {
    Account::new("1", site, day("2019-01-01"), day(first_app))
}

fn bought(plan: &str, purchased: &str) -> GrantEntry {
    GrantEntry::new("g".to_owned(), plan.to_owned(), at(purchased))
}

#[test]
fn the_contract_names_the_plans_in_this_order() {
    let contract = "cn2019-trial cn2019-experience cn2019-starter cn2019-standard cn2019-enterprise cn2019-premium \
        cn-free-trial cn-general-25k cn-general-250k cn-general-1000k cn-general-3000k cn-general-custom cn-month \
        free-monthly call-trial call-1v1 call-group conference-trial conference-starter conference-lite \
        conference-standard conference-pro live-trial live-lite live-standard live-pro rtc-engine-trial \
        rtc-engine-lite rtc-engine-standard rtc-engine-pro dashboard-standard dashboard-advanced intl-general-25k \
        intl-general-250k intl-general-1000k intl-general-3000k intl-package";
    assert_eq!(plan_ids().join(" "), contract);
    assert!(plan_ids().into_iter().all(|id| Item::parse(&format!("fee.{id}")).is_some()));
}

#[test]
fn every_card_is_there_and_prices_per_unit() {
    let cards = Cards::embedded();
    let ids: Vec<_> = cards.iter().map(|card| card.id.as_str()).collect();
    let all = ["cn-2019", "cn-2019b", "cn-2020", "cn-2022", "intl-2020", "intl-2021", "intl-2022", "intl-2024"];
    assert_eq!(ids, all);
    let price = |card: &str, id: &str| cards.get(card).unwrap().price(item(id)).unwrap().unit_price().to_string();
    assert_eq!(price("cn-2019", "av.call"), "0.025");
    assert_eq!(price("cn-2019b", "av.hdplus"), "0.105");
    assert_eq!(price("cn-2020", "av.hdplus"), "0.105");
    assert_eq!(price("cn-2022", "av.4k"), "0.252");
    assert_eq!(price("intl-2020", "av.hdplus"), "0.01499");
    assert_eq!(price("intl-2021", "av.fhd"), "0.01499");
    assert_eq!(price("intl-2024", "av.hd"), "0.00399");
    assert_eq!(price("intl-2024", "deliver.third.2k"), "0.0036");
    assert_eq!(price("intl-2024", "relay.third"), "18.99");
    assert_eq!(price("intl-2024", "snapshot"), "0.03");
    assert_eq!(price("intl-2024", "mau"), "0.015");
    let derived = |card: &str| {
        let card = cards.get(card).unwrap();
        card.items().filter(|i| card.price(*i).unwrap().derived).map(Item::id).collect::<Vec<_>>()
    };
    assert_eq!(derived("cn-2022"), ["av.fhd", "av.2k", "av.4k"]);
    for card in ["intl-2022", "intl-2024"] {
        assert_eq!(derived(card), ["page.hd", "page.fhd"], "{card}");
    }
}

#[test]
fn the_older_intl_card_differs_from_the_newer_in_bucket_and_settlement_alone() {
    let cards = Cards::embedded();
    let (older, newer) = (cards.get("intl-2022").unwrap(), cards.get("intl-2024").unwrap());
    for item in Item::all() {
        assert_eq!(older.price(item), newer.price(item), "{item}");
    }
    assert_eq!((&older.tiers, &older.folds, older.meter.clock), (&newer.tiers, &newer.folds, newer.meter.clock));
    assert_eq!((&older.allowances, &older.ratios), (&newer.allowances, &newer.ratios));
    let account = account(Site::Intl, "2023-01-01");
    let always = Span { from: Stamp::MIN, until: Stamp::MAX };
    assert_eq!(older.settlement(&account, always), Settlement::Month);
    assert_eq!(newer.settlement(&account, always), Settlement::Day);
    assert_eq!(newer.bucket(Settlement::Month), Settlement::Day, "an account settled by month keeps its daily bucket");
    assert_eq!(newer.line(item("relay.third"), Settlement::Day), Settlement::Month);
    assert_eq!(newer.line(item("rec.hd"), Settlement::Day), Settlement::Day);
}

/// A figure names the page it stands on, with a year at least; nothing names how this project files them.
#[test]
fn every_source_names_a_page_and_its_date() {
    let cards: String = Cards::embedded().iter().map(|card| show::card(card)).collect();
    let text = format!("{cards}{}", show::plans(Plans::known()));
    assert!(!text.contains("seed") && !text.contains("RULES"));
    let dated =
        |source: &str| source.split("(20").nth(1).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let sources = text.lines().filter_map(|line| line.rsplit_once('[')?.1.strip_suffix(']'));
    let undated: Vec<&str> = sources.filter(|source| !dated(source)).collect();
    assert!(undated.is_empty(), "{undated:?}");
    for plan in Plans::known() {
        assert!(dated(&plan.source), "{}: {}", plan.id, plan.source);
    }
}

#[test]
fn upper_bounds_of_tiers_are_inclusive() {
    let cards = Cards::embedded();
    let tier = |card: &str, service: &str, area: u64, on: &str| {
        cards.get(card).unwrap().tier(service, area, day(on)).map(Item::id)
    };
    let d = "2024-10-01";
    assert_eq!(tier("intl-2024", "av", 1, d), Some("av.hd"));
    assert_eq!(tier("intl-2024", "av", 921_600, d), Some("av.hd"));
    assert_eq!(tier("intl-2024", "av", 921_601, d), Some("av.fhd"));
    assert_eq!(tier("intl-2024", "rec", 3_916_800, d), Some("rec.4k"));
    assert_eq!(tier("intl-2024", "av", 8_847_361, d), None);
    assert_eq!(tier("intl-2024", "mix.h264", 2_995_200, d), Some("mix.h264.2k"));
    assert_eq!(tier("intl-2024", "deliver.third", 8_912_896, d), Some("deliver.third.4k"));
    assert_eq!(tier("intl-2024", "deliver.third", 8_912_897, d), None);
    assert_eq!(tier("cn-2020", "av", 720 * 360, d), Some("av.sd"), "by area, not by width and height");
    assert_eq!(tier("cn-2020", "av", u64::MAX, d), Some("av.hdplus"));
    assert_eq!(tier("cn-2022", "av", 307_201, d), Some("av.hd"));
    assert_eq!(tier("cn-2019b", "av", 240_000, "2019-12-03"), Some("av.hd"));
    assert_eq!(tier("cn-2019b", "av", 240_000, "2019-12-04"), Some("av.sd"));
}

#[test]
fn items_a_card_lacks_count_as_another_or_are_unknown_to_it() {
    let cards = Cards::embedded();
    let admit = |card: &str, id: &str| cards.get(card).unwrap().admit(item(id)).map(Item::id);
    assert_eq!(admit("intl-2024", "av.sd"), Some("av.hd"));
    assert_eq!(admit("intl-2024", "mix.h265.sd"), Some("mix.h265.hd"));
    assert_eq!(admit("cn-2019", "av.4k"), Some("av.call"));
    assert_eq!(admit("cn-2020", "av.fhd"), Some("av.hdplus"));
    assert_eq!(admit("cn-2022", "av.fhd"), Some("av.fhd"));
    assert_eq!(admit("cn-2022", "av.hdplus"), None);
    assert_eq!(admit("cn-2022", "rec.hd"), None);
}

#[test]
fn no_account_and_no_day_is_without_a_card_or_has_two() {
    let cards: Vec<_> = Cards::embedded().iter().cloned().collect();
    assert_eq!(check::windows(&cards), vec![]);
}

fn line_of(account: &Account) -> Vec<String> {
    let segments = timeline(&Cards::embedded(), account).unwrap();
    assert_eq!((segments[0].span.from, segments.last().unwrap().span.until), (Stamp::MIN, Stamp::MAX));
    assert!(segments.windows(2).all(|pair| pair[0].span.until == pair[1].span.from));
    segments.iter().map(|s| format!("{}: {}", s.card.id, s.reason)).collect()
}

#[test]
fn an_older_cn_account_keeps_its_price_until_its_first_general_package() {
    let mut old = account(Site::Cn, "2019-03-01");
    assert_eq!(
        line_of(&old),
        ["cn-2019: derived: site cn, all usage, first app before 2019-10-11, no cn-general-* or cn-month* grant"]
    );
    old.grants =
        vec![bought("cn-general-250k", "2021-01-05T10:00:00"), bought("cn-general-25k", "2020-06-01T09:30:00")];
    let text = line_of(&old);
    assert_eq!(text.len(), 3);
    assert!(text[0].starts_with("cn-2019: derived: site cn, usage before 2020-06-01"), "{}", text[0]);
    assert_eq!(text[1], "cn-2020: derived: site cn, usage from 2020-06-01 to 2022-07-31");
    assert_eq!(text[2], "cn-2022: derived: site cn, usage from 2022-08-01");
}

#[test]
fn a_newer_cn_account_goes_from_card_to_card() {
    let ids: Vec<_> = timeline(&Cards::embedded(), &account(Site::Cn, "2019-10-11"))
        .unwrap()
        .iter()
        .map(|s| s.card.id.clone())
        .collect();
    assert_eq!(ids, ["cn-2019", "cn-2019b", "cn-2020", "cn-2022"]);
}

#[test]
fn intl_cards_go_by_their_own_dates_and_the_newest_stands_in() {
    let text = line_of(&account(Site::Intl, "2021-10-27"));
    assert_eq!(text[0], "intl-2024: derived: site intl, usage before 2020-02-20");
    assert_eq!(
        text[1],
        "intl-2021: derived: site intl, usage from 2020-02-20 to 2022-05-17, first app from 2021-10-27"
    );
    assert_eq!(text[2], "intl-2022: derived: site intl, usage from 2022-05-18 to 2024-07-31");
    assert_eq!(text[3], "intl-2024: derived: site intl, usage from 2024-08-01");
    let older = line_of(&account(Site::Intl, "2021-10-26"));
    assert!(older[1].starts_with("intl-2020: "));
}

#[test]
fn account_toml_overrides_the_card_for_all_time() {
    let mut named = account(Site::Intl, "2024-01-01");
    named.card = Some("intl-2022".to_owned());
    assert_eq!(line_of(&named), ["intl-2022: set by account.toml"]);
    named.card = Some("intl-2o22".to_owned());
    let refused = timeline(&Cards::embedded(), &named).unwrap_err();
    assert!(refused.iter().any(|why| why.help.starts_with("did you mean `intl-2022`?")), "{refused:?}");
}

#[test]
fn cn_accounts_are_settled_by_the_day_of_their_first_app() {
    let cards = Cards::embedded();
    let settled = |first: &str| {
        cards
            .get("cn-2022")
            .unwrap()
            .settlement(&account(Site::Cn, first), Span { from: Stamp::MIN, until: Stamp::MAX })
    };
    assert_eq!(settled("2020-08-31"), Settlement::Month);
    assert_eq!(settled("2020-09-01"), Settlement::Day);
}

fn valid(plan: &str, purchased: &str) -> String {
    let Span { from, until } = Plans::known().get(plan).unwrap().validity(at(purchased));
    format!("{from} {until}")
}

#[test]
fn validity_as_the_documents_say() {
    // 预付费套餐价格 (2019-03), 套餐包费用 (2019-06): 2019-03-15 to 2020-03-31. 预付费套餐包 (2022-08): 2020-05-01 to 2021-05-31.
    assert_eq!(valid("cn2019-starter", "2019-03-15T12:00:00"), "2019-03-15T00:00:00 2020-04-01T00:00:00");
    assert_eq!(valid("cn-general-25k", "2020-05-01T00:00:00"), "2020-05-01T00:00:00 2021-06-01T00:00:00");
    // 实时音视频 购买指南 (2024-10): 2022-11-15 to 2022-12-14.
    assert_eq!(valid("free-monthly", "2022-11-15T00:00:00"), "2022-11-15T00:00:00 2022-12-15T00:00:00");
    // The last day of the second next month, 预付费套餐价格 (2019-03).
    assert_eq!(valid("cn2019-experience", "2018-12-31T08:00:00"), "2018-12-31T00:00:00 2019-03-01T00:00:00");
    // Leap days: the month ends when it ends, the day that lacks becomes the last.
    assert_eq!(valid("cn-general-25k", "2023-02-28T00:00:00"), "2023-02-28T00:00:00 2024-03-01T00:00:00");
    assert_eq!(valid("cn-free-trial", "2024-02-29T00:00:00"), "2024-02-29T00:00:00 2025-03-01T00:00:00");
    assert_eq!(valid("free-monthly", "2024-01-31T00:00:00"), "2024-01-31T00:00:00 2024-02-29T00:00:00");
    assert_eq!(valid("call-1v1", "2023-03-01T09:00:00"), "2023-03-01T00:00:00 2023-04-01T00:00:00");
    // 预付费套餐包 (2022-08): bought before the offer's end, to the last day of the next month; then the same day inclusive.
    assert_eq!(valid("cn-month", "2022-08-01T10:00:00"), "2022-08-01T00:00:00 2022-10-01T00:00:00");
    assert_eq!(valid("cn-month", "2022-09-30T23:59:59"), "2022-09-30T00:00:00 2022-11-01T00:00:00");
    assert_eq!(valid("cn-month", "2022-10-01T00:00:00"), "2022-10-01T00:00:00 2022-11-02T00:00:00");
    assert_eq!(valid("cn-month", "2023-01-31T00:00:00"), "2023-01-31T00:00:00 2023-03-01T00:00:00");
    assert_eq!(valid("call-trial", "2024-10-01T15:00:00"), "2024-10-01T00:00:00 2024-10-08T00:00:00");
    assert_eq!(valid("live-trial", "2024-10-01T15:00:00"), "2024-10-01T00:00:00 2024-10-15T00:00:00");
}

#[test]
fn every_plan_says_how_long_it_is_valid_and_what_it_weighs() {
    for plan in Plans::known() {
        assert!(plan.valid.last().is_some_and(|valid| valid.purchased_before.is_none()), "{}", plan.id);
        assert_eq!(plan.ratio.is_some(), plan.minutes != Some(0), "{}", plan.id);
        assert_eq!(plan.covers.is_empty(), plan.ratio.is_none(), "{}", plan.id);
    }
}

#[test]
fn cycles_are_counted_from_the_purchase_never_chained() {
    let bought = at("2023-01-31T15:20:00");
    let starts: Vec<_> = (0..4).map(|k| subscription::start(bought, k).day().to_string()).collect();
    assert_eq!(starts, ["2023-01-31", "2023-02-28", "2023-03-31", "2023-04-30"]);
    assert_eq!(subscription::start(bought, 2), at("2023-03-31"));
}

#[test]
fn ratios_come_from_the_plan_the_cohort_or_the_card() {
    let cards = Cards::embedded();
    let ratio = |plan: &str, id: &str, card: &str, registered: &str| {
        let card = cards.get(card).unwrap();
        let ratio = Plans::known().get(plan).unwrap().ratio(item(id), card, day(registered));
        ratio.map_or_else(|| "-".to_owned(), |ratio: Ratio| ratio.to_string())
    };
    let any = "2023-01-01";
    assert_eq!(ratio("cn-general-25k", "av.hdplus", "cn-2020", any), "15");
    assert_eq!(ratio("cn-general-25k", "av.hd", "cn-2022", any), "4");
    assert_eq!(ratio("cn-free-trial", "av.hd", "cn-2020", any), "1");
    assert_eq!(ratio("cn-free-trial", "av.4k", "cn-2022", any), "36");
    assert_eq!(ratio("cn-free-trial", "av.call", "cn-2019", any), "1");
    assert_eq!(ratio("cn2019-starter", "av.audio", "cn-2020", any), "-");
    assert_eq!(ratio("call-1v1", "av.fhd", "intl-2024", any), "9");
    assert_eq!(ratio("call-1v1", "rec.hd", "intl-2024", any), "-");
    assert_eq!(ratio("free-monthly", "rec.hd", "intl-2024", "2023-02-20"), "4");
    assert_eq!(ratio("free-monthly", "mix.audio", "intl-2024", "2023-02-20"), "-");
    assert_eq!(ratio("free-monthly", "rec.hd", "intl-2024", "2023-02-21"), "6.1");
    assert_eq!(ratio("free-monthly", "page.hd", "intl-2024", "2024-07-24"), "-");
    assert_eq!(ratio("free-monthly", "page.hd", "intl-2024", "2024-07-25"), "14.1");
    assert_eq!(ratio("free-monthly", "deliver.tencent.audio", "intl-2024", "2024-07-25"), "0.02");
    assert_eq!(ratio("free-monthly", "av.fhd", "intl-2021", any), "1");
}

#[test]
fn the_free_trial_weighs_by_the_day_of_usage_whatever_the_card() {
    let cards = Cards::embedded();
    let plan = Plans::known().get("cn-free-trial").unwrap();
    let ratio = |id: &str, card: &str, usage: &str| {
        let ratio = plan.ratio_on(item(id), cards.get(card).unwrap(), day("2020-01-01"), day(usage));
        ratio.map_or_else(|| "-".to_owned(), |ratio: Ratio| ratio.to_string())
    };
    assert_eq!(ratio("av.hdplus", "cn-2020", "2022-07-31"), "1");
    assert_eq!(ratio("av.hdplus", "cn-2020", "2022-08-01"), "15");
    assert_eq!(ratio("av.4k", "cn-2022", "2022-07-31"), "1");
    assert_eq!(ratio("av.4k", "cn-2022", "2022-08-01"), "36");
    let turns = Plans::known().iter().flat_map(plan::Plan::ratio_turns);
    assert!(turns.into_iter().all(|turn| turn == turn.month().first_day()), "else a bucket were parted");
}

#[test]
fn bounds_and_offers() {
    let plan = |id: &str| Plans::known().get(id).unwrap();
    let month = plan("cn-month");
    assert_eq!(month.bound_to(Some(7), at("2022-09-30T23:59:59")), None);
    assert_eq!(month.bound_to(Some(7), at("2022-10-01")), Some(7));
    assert_eq!(plan("cn-general-25k").bound_to(Some(7), at("2022-10-01")), None);
    let engine = plan("rtc-engine-lite");
    assert!(!engine.account_wide_at(at("2024-10-11T23:55:00")));
    assert!(engine.account_wide_at(at("2024-10-12")) && engine.account_wide_at(at("2024-12-31T23:55:00")));
    assert!(!engine.account_wide_at(at("2025-01-01")));
    assert!(!plan("live-pro").account_wide_at(at("2024-11-01")));
    assert_eq!(plan("cn2019-starter").sweep_from(at("2019-03-15T12:00:00")), Some(at("2019-03-01")));
    assert_eq!(plan("cn-general-25k").sweep_from(at("2021-03-15T12:00:00")), Some(at("2021-03-15")));
    assert_eq!(plan("free-monthly").sweep_from(at("2021-03-15")), None);
    assert_eq!(plan("call-1v1").ready(at("2024-10-03T23:58:00")), at("2024-10-04T00:03:00"));
}

#[test]
fn plans_of_one_app_add_up_as_in_the_vendors_answer() {
    // 实时音视频 购买指南 (2024-10): Live Standard + Call 1v1: 15,000 MAU, 400,000 minutes.
    let plans = ["live-standard", "call-1v1"].map(|id| Plans::known().get(id).unwrap());
    assert_eq!(plans.iter().filter_map(|plan| plan.mau_quota).sum::<i64>(), 15_000);
    assert_eq!(plans.iter().filter_map(|plan| plan.minutes).sum::<i64>(), 400_000);
}
