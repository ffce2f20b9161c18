//! The folder `dispute/`: a letter in Chinese and in English, as Markdown and as a page; the claimed lines; and the
//! usage that the claim rests on, in the tidy form.

use std::fmt::Write as _;

use super::html::escaped;
use super::table::{Cell, Table};
use super::{Input, Report, csv, summary};
use crate::compare::Discrepancy;
use crate::i18n::{Lang, counted, fill};
use crate::model::usage::Exactness;
use crate::model::{Quantity, Unit, Usage};
use crate::tools::dispute::{Claim, Dispute, Source};

const HEADER: &str = "start,end,sdk_app_id,item,quantity,unit\n";

/// A part of a letter.
enum Block {
    Title(String),
    Heading(String),
    Text(String),
    List(Vec<String>),
    Table(Vec<Vec<String>>),
}

/// Returns the files of the folder.
#[must_use]
pub fn render(report: &Report, dispute: &Dispute) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for words in [&ENGLISH, &CHINESE] {
        let (letter, lang) = (letter(report, dispute, words), words.lang);
        files.push((format!("dispute/letter.{}.html", lang.name()), html(&letter, words).into_bytes()));
        files.push((format!("dispute/letter.{}.md", lang.name()), markdown(&letter).into_bytes()));
    }
    files.push(("dispute/lines.csv".to_owned(), lines(report, dispute)));
    files.push(("dispute/usage.csv".to_owned(), tidy(&dispute.extract)));
    files
}

/// Returns the claimed lines as a csv that a spreadsheet opens with a double click: with a byte-order mark.
fn lines(report: &Report, dispute: &Dispute) -> Vec<u8> {
    let words = if report.lang == Lang::Zh { &CHINESE } else { &ENGLISH };
    let rows = dispute.claims.iter().flat_map(|claim| &claim.rows);
    let rows = rows.map(|row| line(row, words).into_iter().map(|text| Cell::Text(text.into())).collect::<Vec<_>>());
    let table = Table { columns: words.columns.to_vec(), rows: Box::new(rows) };
    let mut out = "\u{feff}".as_bytes().to_vec();
    out.extend(csv::render(table));
    out
}

fn markdown(letter: &[Block]) -> String {
    let row =
        |cells: &Vec<String>| format!("| {} |\n", cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(" | "));
    let block = |block: &Block| match block {
        Block::Title(text) => format!("# {}\n", cell(text)),
        Block::Heading(text) => format!("## {}\n", cell(text)),
        Block::Text(text) => format!("{}\n", cell(text)),
        Block::List(texts) => texts.iter().map(|text| format!("- {}\n", cell(text))).collect(),
        Block::Table(rows) => {
            let mut rows = rows.iter();
            let header = rows.next().map(|cells| format!("{}|{}\n", row(cells), "---|".repeat(cells.len())));
            header.unwrap_or_default() + &rows.map(row).collect::<String>()
        }
    };
    letter.iter().map(block).collect::<Vec<_>>().join("\n")
}

/// Returns a letter as a page that a word processor and a ticket take: plain tags, no style sheet.
fn html(letter: &[Block], words: &Wording) -> String {
    let row = |tag: &str, cells: &Vec<String>| {
        let cells: String = cells.iter().map(|text| format!("<{tag}>{}</{tag}>", escaped(text))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let block = |block: &Block| match block {
        Block::Title(text) => format!("<h1>{}</h1>\n", escaped(text)),
        Block::Heading(text) => format!("<h2>{}</h2>\n", escaped(text)),
        Block::Text(text) => format!("<p>{}</p>\n", escaped(text)),
        Block::List(texts) => {
            format!(
                "<ul>\n{}</ul>\n",
                texts.iter().map(|text| format!("<li>{}</li>\n", escaped(text))).collect::<String>()
            )
        }
        Block::Table(rows) => {
            let rows = rows.iter().enumerate().map(|(at, cells)| row(if at == 0 { "th" } else { "td" }, cells));
            format!("<table border=\"1\" cellspacing=\"0\" cellpadding=\"4\">\n{}</table>\n", rows.collect::<String>())
        }
    };
    let (lang, title) = (words.lang.tag(), escaped(words.title));
    let body: String = letter.iter().map(block).collect();
    format!(
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n</head>\n<body>\n\
         {body}</body>\n</html>\n"
    )
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

/// The wording of a letter in one language.
struct Wording {
    lang: Lang,
    title: &'static str,
    /// The lines above the letter: of account.toml, or for people to fill in.
    blanks: [&'static str; 4],
    opening: fn(&Report, &Dispute) -> String,
    claim: &'static str,
    rule: &'static str,
    source: &'static str,
    columns: [&'static str; 10],
    /// The colon between a name and its text, and the brackets of a remark.
    colon: &'static str,
    brackets: [&'static str; 2],
    /// A row of a file.
    row: &'static str,
    usage: fn(&Dispute) -> String,
    hashes: &'static str,
    closing: &'static str,
    /// The words between a plan's document and that of its ratios.
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
    blanks: ["To", "Company", "Contact", "Date"],
    opening: |report, dispute| {
        format!(
            "Account (UIN) {}, billing month {}. The bill was recomputed line by line from the usage export of the console. \
             On the {} below it charges {} {} more than the published rules and our contract give. We ask for this amount back.",
            report.account,
            report.period,
            counted(dispute.claims.iter().map(|claim| claim.rows.len()).sum(), "1 line", "{count} lines"),
            dispute.total,
            report.currency
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
            "usage.csv holds the {} of {} rows of usage that these lines follow from (times in UTC+8); rows of other \
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
    blanks: ["致", "公司", "联系人", "日期"],
    opening: |report, dispute| {
        format!(
            "账号（UIN）{}，账期 {}。我方依据控制台导出的用量明细，按公开计费规则及合同逐行复算账单，下列 {} 行多收 {} {}，请予退还。",
            report.account,
            report.period,
            dispute.claims.iter().map(|claim| claim.rows.len()).sum::<usize>(),
            dispute.total,
            report.currency
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
            "usage.csv 为上述各行所依据的用量，共 {} 行（原始 {} 行，时间为 UTC+8）；不影响结果的其他应用用量已略去。",
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

fn letter(report: &Report, dispute: &Dispute, words: &Wording) -> Vec<Block> {
    let (colon, [open, close]) = (words.colon, words.brackets);
    let mut letter = vec![Block::Title(words.title.to_owned())];
    let head = &dispute.letter;
    let date = head.date.map(|day| day.to_string());
    let values = [&head.to, &head.company, &head.contact, &date].map(|value| value.as_deref().unwrap_or_default());
    let filled = |(blank, value): (&&str, &str)| format!("{blank}{colon}{value}").trim_end().to_owned();
    letter.push(Block::List(words.blanks.iter().zip(values).map(filled).collect()));
    letter.push(Block::Text((words.opening)(report, dispute)));
    for (number, claim) in (1..).zip(&dispute.claims) {
        let (amount, currency, label) = (claim.amount, &report.currency, label(claim, words.lang));
        letter.push(Block::Heading(format!("{} {number}{colon}{amount} {currency}{open}{label}{close}", words.claim)));
        letter.push(Block::Text(format!("{}{colon}{}", words.rule, (words.rule_of)(claim))));
        letter.push(Block::Text(format!("{}{colon}{}", words.source, source(&claim.rule.source, words))));
        let header = words.columns.map(str::to_owned).to_vec();
        let rows = claim.rows.iter().map(|row| line(row, words).to_vec());
        letter.push(Block::Table(std::iter::once(header).chain(rows).collect()));
    }
    letter.push(Block::Text((words.usage)(dispute)));
    letter.push(Block::Heading(words.hashes.to_owned()));
    let evidence = report.inputs.iter().filter(|input| is_evidence(input));
    letter.push(Block::List(
        evidence
            .map(|input| format!("{} {}", input.path, input.digests.sha256.as_deref().unwrap_or_default()))
            .collect(),
    ));
    letter.push(Block::Text(words.closing.to_owned()));
    letter
}

/// Returns what a claim is about: its cause, else what differs.
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

/// Returns a page of the vendor, by the title and date that a source names.
fn page(source: &str, words: &Wording) -> String {
    source.replace(ENGLISH.ratio, words.ratio)
}

/// Returns the vendor's own files; account.toml is ours.
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
        places(&row.source, words),
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

/// Returns a text that stays a text within Markdown.
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
