//! Which plan a fee is for, by the vendor's product words.

use std::sync::LazyLock;

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::model::Item;
use crate::rules::{Plan, Plans};

/// A product and its editions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Product {
    words: Vec<String>,
    editions: Vec<Edition>,
}

/// An edition of a product, and the plan that it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edition {
    plan: String,
    words: Vec<String>,
}

static PRODUCTS: LazyLock<Vec<Product>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct File {
        product: Vec<Product>,
    }
    let file: File = toml::from_str(include_str!("fees.toml")).unwrap_or_else(|e| panic!("fees.toml: {e}"));
    file.product
});

/// The bill's name for a package of a fixed size, whatever the size.
const FIXED: &str = "固定套餐包";

/// Returns the plans of fixed packages.
fn fixed() -> impl Iterator<Item = &'static Plan> {
    Plans::known().iter().filter(|plan| plan.name == FIXED)
}

/// Returns the plan that a fee's (folded) text names. A fixed package is told by the
/// minutes in its text, else by what it costs.
pub(super) fn plan_of(folded: &str, figures: &[Decimal]) -> Option<&'static str> {
    let size = minutes_in(folded);
    let by_size = || fixed().find(|plan| plan.minutes.is_some() && plan.minutes == size.map(i64::from));
    let by_price = || fixed().find(|plan| plan.price.is_some_and(|price| figures.contains(&price)));
    if folded.contains(FIXED) {
        return by_size().or_else(by_price).map(|plan| plan.id.as_str());
    }
    if let Some(plan) = by_size().filter(|_| folded.contains("套餐包")) {
        return Some(&plan.id);
    }
    let names = |words: &[String]| words.iter().any(|word| folded.contains(word));
    let product = PRODUCTS.iter().find(|product| names(&product.words))?;
    product.editions.iter().find(|edition| names(&edition.words)).map(|edition| edition.plan.as_str())
}

/// Returns the fee item of a plan, where the catalogue has the plan.
pub(super) fn item_of(folded: &str, figures: &[Decimal]) -> Option<Item> {
    plan_of(folded, figures).and_then(|plan| Item::parse(&format!("fee.{plan}")))
}

/// Returns the number of minutes that a text names: `25000分钟`, `2.5万分钟`, `25k minutes`.
pub(super) fn minutes_in(folded: &str) -> Option<u32> {
    let at = ["分钟", "min"].iter().find_map(|word| folded.find(word))?;
    let before = &folded[..at];
    let scales = [("万", 10_000), ("千", 1000), ("k", 1000), ("百万", 1_000_000)];
    let (digits, scale) = scales
        .iter()
        .rev()
        .find_map(|(word, scale)| before.strip_suffix(word).map(|digits| (digits, *scale)))
        .unwrap_or((before, 1));
    let start = digits
        .rfind(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')
        .map_or(0, |found| found + digits[found..].chars().next().map_or(1, char::len_utf8));
    let number = crate::model::number::parse_decimal(&digits[start..].replace(',', ""))?;
    let minutes = (number * Decimal::from(scale)).normalize();
    if minutes.scale() > 0 { None } else { u32::try_from(minutes.mantissa()).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_plan_names() {
        for (text, plan) in [
            ("call包月套餐-1v1通话版", "call-1v1"),
            ("call包月套餐-群组通话版", "call-group"),
            ("callmonthlypackage-groupcall", "call-group"),
            ("conference包月套餐-新手活动", "conference-starter"),
            ("conference包月套餐-轻量版", "conference-lite"),
            ("live包月套餐-标准版", "live-standard"),
            ("live包月套餐-基础版", "live-standard"),
            ("rtc-enginemonthlypackage-pro", "rtc-engine-pro"),
            ("rtc-engine包月套餐-体验版", "rtc-engine-trial"),
            ("监控仪表盘-进阶版", "dashboard-advanced"),
            ("监控仪表盘-标准版", "dashboard-standard"),
            ("音视频通话-自定义套餐包:1000分钟;", "cn-general-custom"),
            ("音视频通话-赠送套餐包", "cn-free-trial"),
            ("音视频通话-固定套餐包:25000分钟", "cn-general-25k"),
            ("音视频通话-固定套餐包-25万分钟", "cn-general-250k"),
            ("音视频通话-固定套餐包-100万分钟", "cn-general-1000k"),
            ("音视频通话-固定套餐包-3,000千分钟", "cn-general-3000k"),
            ("实时音视频企业包", "cn2019-enterprise"),
            ("体验包", "cn2019-experience"),
        ] {
            assert_eq!(plan_of(text, &[]), Some(plan), "{text}");
        }
    }

    #[test]
    fn a_fixed_package_without_minutes_is_told_by_its_price() {
        assert_eq!(plan_of("音视频通话-固定套餐包", &[Decimal::from(5968)]), Some("cn-general-1000k"));
        assert_eq!(plan_of("音视频通话-固定套餐包", &[Decimal::from(5000)]), None);
        assert_eq!(plan_of("某某服务", &[]), None);
    }
}
