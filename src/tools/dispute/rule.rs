//! The rule that a wrong line breaks, in both languages, and where it stands.

use super::{Rule, Source};
use crate::causes::Situation;
use crate::compare::Kind;
use crate::compare::finding::Finding;
use crate::i18n::Lang;
use crate::model::cause::Cause;
use crate::model::policy::Scope;
use crate::model::{Item, Stamp};
use crate::rules::Plans;
use crate::rules::terms::{Bucket, Segment};

/// Returns the rule behind a finding: by its first cause; without one by what differs.
pub(super) fn of(finding: &Finding, situation: &Situation<'_>) -> Rule {
    let segment = segment(finding, situation);
    let Some(cause) = finding.causes.0.first() else { return by_kind(finding, segment, situation) };
    match cause {
        Cause::IntervalRounding | Cause::MonthRounding | Cause::AccountRounding | Cause::AppRounding => {
            rounding(segment, item_of(finding, situation))
        }
        Cause::DayBoundary | Cause::PeriodShift => days(segment),
        Cause::GrantSkipped { grant }
        | Cause::GrantDoubled { grant }
        | Cause::GrantSize { grant, .. }
        | Cause::GrantStart { grant, .. }
        | Cause::GrantPlan { grant, .. } => grants(grant, segment, situation),
        Cause::QuantityRounding { .. } => rounding(segment, item_of(finding, situation)),
        Cause::GrantScope | Cause::GrantCohort | Cause::Ratio | Cause::PartialMinute | Cause::GrantOrder => {
            grants("", segment, situation)
        }
        Cause::DisplayedPrice => fee(finding, situation),
        Cause::ListPrice
        | Cause::PriceFactor { .. }
        | Cause::AmountFactor { .. }
        | Cause::OtherPrice { .. }
        | Cause::PriceRounding { .. }
        | Cause::AmountRounding { .. } => price(finding, segment, situation),
        Cause::DuplicateLine => Rule {
            en: "A charge is due once.".to_owned(),
            zh: "同一笔费用只应收取一次。".to_owned(),
            source: Source::Repeated,
        },
        Cause::Adjustment => Rule {
            en: "A charge must follow from usage, a price or a purchase.".to_owned(),
            zh: "每笔费用须有对应的用量、单价或购买记录。".to_owned(),
            source: Source::NoUsage,
        },
        Cause::IntervalMissing | Cause::IntervalDuplicated | Cause::TimeMissing { .. } | Cause::TimeDoubled { .. } => {
            usage()
        }
        Cause::OtherTier { .. } => tier(segment, finding),
        _ => by_kind(finding, segment, situation),
    }
}

fn by_kind(finding: &Finding, segment: &Segment, situation: &Situation<'_>) -> Rule {
    match finding.kind {
        Kind::UnitPrice | Kind::Rounding | Kind::Arithmetic => price(finding, segment, situation),
        Kind::Deduction => grants("", segment, situation),
        Kind::SubscriptionFee => fee(finding, situation),
        Kind::Item => tier(segment, finding),
        _ => usage(),
    }
}

/// Returns the segment that rules the finding's days.
fn segment<'a>(finding: &Finding, situation: &Situation<'a>) -> &'a Segment {
    let charge = finding.pairing.charges.first().map(|at| situation.bill.charges[*at].day.span().from);
    let line = finding.pairing.lines.first().map(|at| situation.bill.lines[*at].span.from);
    let at: Stamp = charge.or(line).unwrap_or(situation.terms.window.days.from);
    &situation.terms.segments[situation.terms.segment(at)]
}

/// Returns the item of a finding: of its charge, else of its bill line.
fn item_of(finding: &Finding, situation: &Situation<'_>) -> Option<Item> {
    let charged = finding.pairing.charges.first().map(|at| situation.bill.charges[*at].item);
    charged.or_else(|| finding.pairing.lines.first().and_then(|at| situation.bill.lines[*at].item))
}

fn rounding(segment: &Segment, item: Option<Item>) -> Rule {
    let (time_en, time_zh) = match segment.bucket {
        Bucket::Interval => ("an interval", "每个时段"),
        Bucket::Day => ("a day", "每日"),
        Bucket::Month => ("a calendar month", "每个自然月"),
    };
    let (scope_en, scope_zh) = match item.map_or(segment.card.meter.scope, |item| segment.scope.of(item)) {
        Scope::App => ("of each SDKAppID", "按 SDKAppID 维度"),
        Scope::Account => ("of all applications of the account", "按账号维度"),
    };
    Rule {
        en: format!(
            "The seconds of {time_en} {scope_en} are added up, and the total is rounded up to the minute once."
        ),
        zh: format!("{scope_zh}，将{time_zh}累计的秒数相加后一次性向上取整为分钟。"),
        source: Source::Document(segment.card.meter.source.clone()),
    }
}

fn days(segment: &Segment) -> Rule {
    Rule {
        en: "Usage is billed in the day or month in which it happened, from 00:00 to 24:00 Beijing time.".to_owned(),
        zh: "用量按实际发生的自然日（月）计费，以北京时间 00:00 至 24:00 为界。".to_owned(),
        source: Source::Document(segment.card.settlement.source.clone()),
    }
}

/// Returns what a package covers: its plan, where one is named, else the order in which they are asked.
fn grants(id: &str, segment: &Segment, situation: &Situation<'_>) -> Rule {
    let grant = situation.terms.grants.iter().find(|grant| !id.is_empty() && grant.id == id);
    let plan = grant.and_then(|grant| Plans::known().get(&grant.plan));
    let (name, name_zh) =
        if id.is_empty() { (String::new(), String::new()) } else { (format!(" ({id})"), format!("（{id}）")) };
    Rule {
        en: format!(
            "Package minutes{name} are applied by their plan's scope, ratio and validity before anything is charged."
        ),
        zh: format!("套餐包分钟数{name_zh}应按其适用范围、抵扣比例和有效期先行抵扣，再计费。"),
        source: match plan {
            Some(plan) => Source::Plan(plan.id.clone(), plan.source.clone()),
            None => Source::Document(segment.card.order.source.clone()),
        },
    }
}

/// Returns the price of the item: by contract, else by list.
fn price(finding: &Finding, segment: &Segment, situation: &Situation<'_>) -> Rule {
    let charge = finding.pairing.charges.first().map(|at| &situation.bill.charges[*at]);
    let line = finding.pairing.lines.first().and_then(|at| situation.bill.lines[*at].item);
    let item: Option<Item> = charge.map(|charge| charge.item).or(line);
    let agreed = charge.and_then(|charge| situation.terms.agreement(charge.item, charge.day.first_day()));
    let source = match (agreed, item.and_then(|item| segment.card.price(item))) {
        (Some(_), _) => Source::Contract,
        (None, Some(list)) if situation.terms.discount.is_some() => Source::Discounted(list.source.clone()),
        (None, Some(list)) => Source::Document(list.source.clone()),
        (None, None) => Source::Document(segment.card.source.clone()),
    };
    let [named, named_zh] =
        [Lang::En, Lang::Zh].map(|lang| item.map(|item| lang.words().item(item.id())).unwrap_or_default());
    let figure = finding.expected.price.map(|price| format!(" {price}")).unwrap_or_default();
    Rule {
        en: format!("The price of {named} is{figure} per unit, and the amount is quantity x price."),
        zh: format!("{named_zh} 的单价为{figure}，金额等于数量乘以单价。"),
        source,
    }
}

fn fee(finding: &Finding, situation: &Situation<'_>) -> Rule {
    let line = finding.pairing.lines.first().and_then(|at| situation.bill.lines[*at].item);
    let plan = line.and_then(|item| Plans::known().get(item.id().strip_prefix("fee.")?));
    Rule {
        en: "A plan or package is charged once for each purchase or renewal, at its own price.".to_owned(),
        zh: "套餐在每次购买或续费时按其价格收取一次费用。".to_owned(),
        source: plan.map_or(Source::NoPurchase, |plan| Source::Plan(plan.id.clone(), plan.source.clone())),
    }
}

fn usage() -> Rule {
    Rule {
        en: "What is billed is the usage that the vendor's own export shows.".to_owned(),
        zh: "计费用量应与控制台导出的用量明细一致。".to_owned(),
        source: Source::Export,
    }
}

fn tier(segment: &Segment, finding: &Finding) -> Rule {
    let service = finding.used_item.map(Item::service).unwrap_or_default();
    let own = |tiers: &&crate::rules::card::Tiers| tiers.services.iter().any(|known| known == service);
    let tiers = segment.card.tiers.iter().find(own);
    Rule {
        en: "Usage is billed under the tier that the vendor's own export shows for it.".to_owned(),
        zh: "用量应按导出明细中的分辨率档位计费。".to_owned(),
        source: tiers.map_or(Source::Export, |tiers| Source::Document(tiers.source.clone())),
    }
}
