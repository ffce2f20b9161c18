//! The folder `dispute/`: a letter in Chinese and in English, and the usage
//! that the claim rests on in the tidy form.

use std::fmt::Write as _;

use super::{Input, Report, summary};
use crate::compare::Discrepancy;
use crate::i18n::{Lang, counted, fill};
use crate::model::usage::Exactness;
use crate::model::{Quantity, Unit, Usage};
use crate::tools::dispute::{Claim, Dispute, Source};

const HEADER: &str = "start,end,sdk_app_id,item,quantity,unit\n";

/// The files of the folder.
#[must_use]
pub fn render(report: &Report, dispute: &Dispute) -> Vec<(String, Vec<u8>)> {
    vec![
        ("dispute/letter.en.md".to_owned(), letter(report, dispute, &ENGLISH).into_bytes()),
        ("dispute/letter.zh.md".to_owned(), letter(report, dispute, &CHINESE).into_bytes()),
        ("dispute/usage.csv".to_owned(), tidy(&dispute.extract)),
    ]
}

/// Usage as the tool's own tidy form, which it reads as well.
#[must_use]
pub fn tidy(usage: &[Usage]) -> Vec<u8> {
    let mut out = HEADER.to_owned();
    for row in usage {
        let (quantity, unit) = match row.exactness {
            Exactness::Minutes if row.item.unit() == Unit::Minute => ((row.quantity / 60).to_string(), "min"),
            _ => (row.item.metered(row.quantity).to_string(), row.item.unit().finest()),
        };
        let _ = writeln!(out, "{},{},{},{},{quantity},{unit}", row.start, row.span().until, row.app, row.item);
    }
    out.into_bytes()
}

/// What a letter says in one language.
struct Wording {
    lang: Lang,
    title: &'static str,
    opening: fn(&Report, &Dispute) -> String,
    claim: &'static str,
    rule: &'static str,
    source: &'static str,
    columns: [&'static str; 10],
    /// What parts a name from what is said of it, and what a remark stands in.
    colon: &'static str,
    brackets: [&'static str; 2],
    /// A row of a file.
    row: &'static str,
    usage: fn(&Dispute) -> String,
    hashes: &'static str,
    closing: &'static str,
    /// What parts a plan's document from that of its ratios.
    ratio: &'static str,
    sources: Sources,
    rule_of: fn(&Claim) -> &str,
}

/// Where a rule stands, other than in the vendor's documents.
struct Sources {
    plan: &'static str,
    discount: &'static str,
    contract: &'static str,
    export: &'static str,
    repeated: &'static str,
    no_usage: &'static str,
    no_purchase: &'static str,
}

const ENGLISH: Wording = Wording {
    lang: Lang::En,
    title: "Claim on a TRTC bill",
    opening: |report, dispute| {
        format!(
            "Account (UIN) {}, billing month {}. The bill was recomputed line by line from the usage export of the console. \
             On the {} below it charges {} {} more than the published rules and our contract give. We ask for this amount back.",
            cell(&report.account),
            report.period,
            counted(dispute.claims.iter().map(|claim| claim.rows.len()).sum(), "1 line", "{count} lines"),
            dispute.total,
            cell(&report.currency)
        )
    },
    claim: "Claim",
    rule: "Rule",
    source: "Source",
    columns: [
        "id",
        "day",
        "SDKAppID",
        "item",
        "quantity due",
        "quantity billed",
        "due",
        "billed",
        "overcharged",
        "line of the bill",
    ],
    colon: ": ",
    brackets: [" (", ")"],
    row: "{file} row {row}",
    usage: |dispute| {
        format!(
            "`usage.csv` holds the {} of {} rows of usage that these lines follow from (times in UTC+8); rows of other \
             applications are left out where they change none of them.",
            dispute.extract.len(),
            dispute.rows
        )
    },
    hashes: "Files, by SHA-256",
    closing: "Amounts are before vouchers and tax. Lines that the data cannot prove are not claimed.",
    ratio: "; ratio: ",
    sources: Sources {
        plan: "plan {plan}: {source}",
        discount: "{source}; the contract's discount",
        contract: "the contract with the account",
        export: "the usage export of the console, by its SHA-256 below",
        repeated: "the bill itself: the lines repeat one another",
        no_usage: "the bill itself: it names no usage",
        no_purchase: "the bill itself: no such purchase was made",
    },
    rule_of: |claim| &claim.rule.en,
};

const CHINESE: Wording = Wording {
    lang: Lang::Zh,
    title: "实时音视频 TRTC 账单异议",
    opening: |report, dispute| {
        format!(
            "账号（UIN）{}，账期 {}。我方依据控制台导出的用量明细，按公开计费规则及合同逐行复算账单，下列 {} 行多收 {} {}，请予退还。",
            cell(&report.account),
            report.period,
            dispute.claims.iter().map(|claim| claim.rows.len()).sum::<usize>(),
            dispute.total,
            cell(&report.currency)
        )
    },
    claim: "异议",
    rule: "规则",
    source: "依据",
    columns: ["编号", "日期", "SDKAppID", "计费项", "应计用量", "账单用量", "应收", "实收", "多收", "账单行"],
    colon: "：",
    brackets: ["（", "）"],
    row: "{file} 第 {row} 行",
    usage: |dispute| {
        format!(
            "`usage.csv` 为上述各行所依据的用量，共 {} 行（原始 {} 行，时间为 UTC+8）；不影响结果的其他应用用量已略去。",
            dispute.extract.len(),
            dispute.rows
        )
    },
    hashes: "文件及其 SHA-256",
    closing: "金额为优惠后总价，未计代金券与税。数据不足以证明的差异未列入。",
    ratio: "；抵扣比例：",
    sources: Sources {
        plan: "套餐 {plan}：{source}",
        discount: "{source}；合同折扣",
        contract: "与账号签订的合同",
        export: "控制台导出的用量明细，其 SHA-256 见下",
        repeated: "账单本身：各行相互重复",
        no_usage: "账单本身：未列明用量",
        no_purchase: "账单本身：没有这次购买",
    },
    rule_of: |claim| &claim.rule.zh,
};

fn letter(report: &Report, dispute: &Dispute, words: &Wording) -> String {
    let mut out = format!("# {}\n\n{}\n", words.title, (words.opening)(report, dispute));
    for (number, claim) in (1..).zip(&dispute.claims) {
        let currency = cell(&report.currency);
        let _ = writeln!(
            out,
            "\n## {} {number}{}{} {}{}{}{}\n",
            words.claim,
            words.colon,
            claim.amount,
            currency,
            words.brackets[0],
            cell(&label(claim, words.lang)),
            words.brackets[1]
        );
        let _ = writeln!(
            out,
            "{}{}{}\n\n{}{}{}\n",
            words.rule,
            words.colon,
            cell((words.rule_of)(claim)),
            words.source,
            words.colon,
            cell(&source(&claim.rule.source, words))
        );
        let _ = writeln!(out, "| {} |\n|{}", words.columns.join(" | "), "---|".repeat(words.columns.len()));
        for row in &claim.rows {
            let _ = writeln!(out, "| {} |", line(row, words).join(" | "));
        }
    }
    let _ = writeln!(out, "\n{}\n\n## {}\n", (words.usage)(dispute), words.hashes);
    for input in report.inputs.iter().filter(|input| is_evidence(input)) {
        let _ = writeln!(out, "- `{}` {}", cell(&input.path), input.sha256);
    }
    let _ = writeln!(out, "\n{}", words.closing);
    out
}

/// What a claim is about: its cause, else what differs.
fn label(claim: &Claim, lang: Lang) -> String {
    let words = lang.words();
    let kind = claim.rows.first().and_then(|row| words.kinds.get(row.kind.name()));
    match kind {
        Some(kind) if claim.cause.is_unexplained() => kind.to_owned(),
        _ => words.cause(&claim.cause),
    }
}

/// Where a rule stands, as the vendor knows it.
fn source(source: &Source, words: &Wording) -> String {
    let own = &words.sources;
    let within =
        |text: &str, plan: &str, document: &str| fill(text, &[("plan", plan), ("source", &page(document, words))]);
    match source {
        Source::Document(document) => page(document, words),
        Source::Discounted(document) => within(own.discount, "", document),
        Source::Plan(plan, document) => within(own.plan, plan, document),
        Source::Contract => own.contract.to_owned(),
        Source::Export => own.export.to_owned(),
        Source::Repeated => own.repeated.to_owned(),
        Source::NoUsage => own.no_usage.to_owned(),
        Source::NoPurchase => own.no_purchase.to_owned(),
    }
}

/// A page of the vendor, by the title and date that a source names.
fn page(source: &str, words: &Wording) -> String {
    source.replace(ENGLISH.ratio, words.ratio)
}

/// The vendor's own files; account.toml is ours.
fn is_evidence(input: &Input) -> bool {
    ["usage/", "bills/", "packages/"].iter().any(|folder| input.path.starts_with(folder))
}

fn line(row: &Discrepancy, words: &Wording) -> [String; 10] {
    let texts = words.lang.words();
    let quantity = |figure: Option<Quantity>| {
        let unit = row.item.map_or("", |item| texts.unit(item.unit().name()));
        figure.map(|figure| format!("{} {unit}", summary::figure(figure.decimal()))).unwrap_or_default()
    };
    [
        row.id.clone(),
        row.day.clone(),
        row.app.map(|app| app.to_string()).unwrap_or_default(),
        row.item.map(|item| texts.item(item.id())).unwrap_or_default(),
        quantity(row.expected_quantity),
        quantity(row.billed_quantity),
        row.expected_amount.to_string(),
        row.billed_amount.to_string(),
        row.difference.to_string(),
        cell(&places(&row.source, words)),
    ]
}

/// Rows of the bill as a reader without our folders finds them: the file, its sheet, the row.
fn places(source: &str, words: &Wording) -> String {
    let one = |place: &str| match place.rsplit_once('!') {
        Some((file, row)) => {
            let file = file.strip_prefix("bills/").unwrap_or(file).replace('!', " / ");
            fill(words.row, &[("file", file.as_str()), ("row", row)])
        }
        None => place.to_owned(),
    };
    source.split("; ").map(one).collect::<Vec<_>>().join("; ")
}

/// A text that stays a text within Markdown.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for character in summary::visible(text).chars() {
        if matches!(character, '|' | '<' | '`' | '[' | ']' | '*') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_the_bill_stays_a_text() {
        assert_eq!(cell("a|b <c> `d`\u{202e}"), "a\\|b \\<c> \\`d\\`\\u{202e}");
    }
}
