//! Which plan a fee is for, by the vendor's product words (FORMATS.md 4).

use rust_decimal::Decimal;

use crate::domain::Item;

/// A product and its editions: the product's words, then edition words and the plan.
type Product = (&'static [&'static str], &'static [(&'static [&'static str], &'static str)]);

/// Special products before general ones; within one, special editions first.
const PRODUCTS: &[Product] = &[
    (
        &["监控", "仪表盘", "dashboard", "monitor"],
        &[(&["进阶", "高级", "advanced"], "dashboard-advanced"), (&["标准", "基础", "standard"], "dashboard-standard")],
    ),
    (
        &["rtc-engine", "rtcengine"],
        &[
            (&["体验", "trial"], "rtc-engine-trial"),
            (&["轻量", "lite"], "rtc-engine-lite"),
            (&["标准", "基础", "standard"], "rtc-engine-standard"),
            (&["专业", "pro"], "rtc-engine-pro"),
        ],
    ),
    (
        &["conference"],
        &[
            (&["体验", "trial"], "conference-trial"),
            (&["新手", "starter"], "conference-starter"),
            (&["轻量", "lite"], "conference-lite"),
            (&["标准", "基础", "standard"], "conference-standard"),
            (&["专业", "pro"], "conference-pro"),
        ],
    ),
    (
        &["live"],
        &[
            (&["体验", "trial"], "live-trial"),
            (&["轻量", "lite"], "live-lite"),
            (&["标准", "基础", "standard"], "live-standard"),
            (&["专业", "pro"], "live-pro"),
        ],
    ),
    (
        &["call"],
        &[
            (&["1v1", "1对1", "一对一", "1-on-1", "1on1", "one-to-one", "1-to-1"], "call-1v1"),
            (&["群组", "多人", "group"], "call-group"),
            (&["体验", "trial"], "call-trial"),
        ],
    ),
    (
        &["包"],
        &[
            (&["入门包"], "cn2019-starter"),
            (&["标准包"], "cn2019-standard"),
            (&["企业包"], "cn2019-enterprise"),
            (&["尊享包"], "cn2019-premium"),
            (&["体验包"], "cn2019-experience"),
            (&["赠送套餐包"], "cn-free-trial"),
            (&["自定义套餐包"], "cn-general-custom"),
            (&["月套餐包", "包月套餐", "月度套餐", "月包"], "cn-month"),
        ],
    ),
];

/// The fixed packages: minutes, list price, plan.
const FIXED: &[(u32, u32, &str)] = &[
    (25_000, 168, "cn-general-25k"),
    (250_000, 1588, "cn-general-250k"),
    (1_000_000, 5968, "cn-general-1000k"),
    (3_000_000, 16_888, "cn-general-3000k"),
];

/// The plan that a fee's (folded) text names. A fixed package is told by the
/// minutes in its text, else by what it costs.
pub(super) fn plan_of(folded: &str, figures: &[Decimal]) -> Option<&'static str> {
    if folded.contains("固定套餐包") || (folded.contains("套餐包") && minutes_in(folded).is_some_and(is_fixed_size))
    {
        let by_minutes = minutes_in(folded).and_then(|minutes| FIXED.iter().find(|(size, ..)| *size == minutes));
        let priced = |price: u32| figures.iter().any(|figure| *figure == Decimal::from(price));
        let fixed = by_minutes.or_else(|| FIXED.iter().find(|(_, price, _)| priced(*price)));
        if fixed.is_some() || folded.contains("固定套餐包") {
            return fixed.map(|(.., plan)| *plan);
        }
    }
    let (_, editions) = PRODUCTS.iter().find(|(words, _)| words.iter().any(|word| folded.contains(word)))?;
    editions.iter().find(|(words, _)| words.iter().any(|word| folded.contains(word))).map(|(_, plan)| *plan)
}

/// The fee item of a plan, where the catalogue has the plan.
pub(super) fn item_of(folded: &str, figures: &[Decimal]) -> Option<Item> {
    plan_of(folded, figures).and_then(|plan| Item::parse(&format!("fee.{plan}")))
}

fn is_fixed_size(minutes: u32) -> bool {
    FIXED.iter().any(|(size, ..)| *size == minutes)
}

/// The number of minutes that a text names: `25000分钟`, `2.5万分钟`, `25k minutes`.
fn minutes_in(folded: &str) -> Option<u32> {
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
    let number = crate::domain::number::parse_decimal(&digits[start..].replace(',', ""))?;
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
