//! Classifies a bill row by the words of its transaction type.

use crate::model::invoice::LineClass;

/// The meaning of a row's transaction type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Class {
    /// The kind of row.
    pub kind: LineClass,
    /// True if it settles a month of usage.
    pub monthly: bool,
    /// True if it charges what a month comes to less than the contract's minimum (保底).
    pub guarantee: bool,
}

impl Class {
    /// Returns a class that says nothing more.
    pub(super) const fn of(kind: LineClass) -> Self {
        Self { kind, monthly: false, guarantee: false }
    }
}

/// The vendor's precision line carries its name in whichever column.
const PRECISION: &[&str] =
    &["月度计费精度差异", "计费精度差异", "扣费精度补偿", "billvirtualid", "billingprecision", "precisiondifference"];

/// The shortfall of a minimum commitment.
const GUARANTEE: &[&str] = &["保底", "guarantee", "minimumcharge"];

/// In the order in which they are asked: a word further down may stand inside
/// a phrase whose meaning a word further up decides (`调账扣费`, `包年包月退款`).
const KINDS: &[(LineClass, &[&str])] = &[
    (LineClass::Adjustment, GUARANTEE),
    (
        LineClass::Adjustment,
        &[
            "调账",
            "优惠扣费",
            "优惠补偿",
            "补偿",
            "冲正",
            "recon_",
            "adjust",
            "compensation",
            "correction",
            "按量计费退款",
            "postpay_return",
            "postpay_refund",
            "线下项目",
            "offlineproject",
            "升配",
            "降配",
            "变配",
            "upgrade",
            "downgrade",
            "modify",
        ],
    ),
    (LineClass::Refund, &["退款", "退费", "退订", "退货", "prepay_return", "refund", "return"]),
    (LineClass::Fee, &["新购", "续费", "购买", "prepay_", "purchase", "renew"]),
    (
        LineClass::Usage,
        &["按量", "日结", "月结", "小时结", "扣费", "后付费", "postpay", "settlement", "pay-as-you-go", "payasyougo"],
    ),
    (LineClass::Fee, &["包年包月", "预付费", "prepaid", "monthlysubscription", "subscription"]),
];

/// The known transaction types, for the hint under an unknown one.
pub(super) const KNOWN: &[&str] = &[
    "按量计费日结",
    "按量计费月结",
    "按量计费小时结",
    "按量计费扣费",
    "包年包月新购",
    "包年包月续费",
    "包年包月退款",
    "调账扣费",
    "调账补偿",
    "优惠扣费",
    "优惠补偿",
    "保底扣款",
    "线下项目扣费",
    "包年包月升配",
    "包年包月降配",
    "月度计费精度差异",
    "Daily settlement",
    "Monthly settlement",
    "Hourly settlement",
    "Monthly subscription - Purchase",
    "Monthly subscription - Renewal",
    "Monthly subscription - Refund",
    "Adjustment",
    "Offline project deduction",
    "Upgrade",
    "Downgrade",
];

/// Returns true if a (folded) text names the vendor's precision line.
pub(super) fn is_precision(folded: &str) -> bool {
    PRECISION.iter().any(|word| folded.contains(word))
}

/// Returns the class that one (folded) text names; `None` where it names none.
pub(super) fn class_of(folded: &str) -> Option<Class> {
    if is_precision(folded) {
        return Some(Class::of(LineClass::Precision));
    }
    let names = |words: &&(LineClass, &[&str])| words.1.iter().any(|word| folded.contains(word));
    let kind = KINDS.iter().find(names)?.0;
    let month_word = ["月结", "monthlysettlement", "_month", "bymonth"].iter().any(|word| folded.contains(word));
    let guarantee = GUARANTEE.iter().any(|word| folded.contains(word));
    Some(Class { kind, monthly: kind == LineClass::Usage && month_word, guarantee })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<LineClass> {
        class_of(text).map(|class| class.kind)
    }

    #[test]
    fn the_vendors_transaction_types() {
        for (text, expected) in [
            ("按量计费日结", LineClass::Usage),
            ("按量计费扣费", LineClass::Usage),
            ("postpay_deduct_h", LineClass::Usage),
            ("dailysettlement", LineClass::Usage),
            ("包年包月新购", LineClass::Fee),
            ("prepay_renew", LineClass::Fee),
            ("monthlysubscription-purchase", LineClass::Fee),
            ("monthlysubscription-refund", LineClass::Refund),
            ("包年包月退款", LineClass::Refund),
            ("prepay_return", LineClass::Refund),
            ("调账扣费", LineClass::Adjustment),
            ("优惠补偿", LineClass::Adjustment),
            ("recon_deduct", LineClass::Adjustment),
            ("保底扣款", LineClass::Adjustment),
            ("线下项目扣费", LineClass::Adjustment),
            ("offlineprojectdeduction", LineClass::Adjustment),
            ("包年包月升配", LineClass::Adjustment),
            ("downgrade", LineClass::Adjustment),
            ("扣费精度补偿", LineClass::Precision),
            ("billvirtualid", LineClass::Precision),
        ] {
            assert_eq!(kind(text), Some(expected), "{text}");
        }
        assert_eq!(kind("某种新交易"), None);
    }

    #[test]
    fn only_a_month_settlement_is_monthly() {
        let monthly = |text| class_of(text).unwrap().monthly;
        assert!(monthly("按量计费月结"));
        assert!(monthly("monthlysettlement"));
        assert!(!monthly("按量计费日结"));
        assert!(!monthly("monthlysubscription-renewal"));
    }
}
