//! The first sheet: the verdict, the amounts, who signs, and what was read.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr as _;

use super::cell::{Entry, WIDEST, fitting, follows, put};
use super::grid::{is_tall, line, print_setup};
use super::{Book, applications, charges, checks};
use crate::compare::bridge::Part;
use crate::i18n::fill;
use crate::model::Money;
use crate::report::table::{self, Cell};
use crate::report::{BridgeEntry, Comparison, Report, Verdict, summary};

/// The widths of the columns; a long text is merged over those from the second on.
const WIDTHS: [u32; 6] = [48, 20, 16, 16, 16, 16];
const LAST: u16 = 5;
/// The height of one line of text, in points.
const LINE: u32 = 15;
/// The most inputs that are listed here; all are on their own sheet.
const MOST_INPUTS: usize = 20;
/// The steps of the bridge that the cover names.
const TOP: usize = 3;
/// The steps of our side that the cover names; the others are with their findings.
const OUR_STEPS: usize = 3;

/// Writes the cover.
pub(super) fn write(book: &mut Book<'_>) -> Result<(), XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(&book.texts.sheets.cover)?;
    for (column, width) in (0..).zip(WIDTHS) {
        sheet.set_column_width(column, width)?;
    }
    let mut cover = Cover { book, sheet: &mut sheet, row: 0 };
    cover.title()?;
    cover.facts()?;
    cover.amounts()?;
    cover.signatures()?;
    cover.sheets()?;
    cover.inputs()?;
    sheet.set_screen_gridlines(false);
    print_setup(&mut sheet, &book.paper.whose);
    // A page that is signed stands upright.
    sheet.set_portrait();
    book.paper.workbook.push_worksheet(sheet);
    Ok(())
}

struct Cover<'b, 'a> {
    book: &'b Book<'a>,
    sheet: &'b mut Worksheet,
    row: u32,
}

/// Returns the largest steps of the bridge, a line each; where the verdict is open the causes cannot be known.
fn top_steps(report: &Report, comparison: &Comparison) -> Vec<String> {
    let steps: Vec<_> = comparison.bridge.iter().filter(|step| step.part != Part::Carried).collect();
    let line = |step: &&BridgeEntry| {
        let (part, name) = (summary::part(report, step.part), summary::step(report, step));
        format!("{part} · {name} · {}", summary::with_currency(report, step.amount))
    };
    let known = comparison.verdict == Verdict::Discrepancies;
    summary::largest_steps(&steps, if known { TOP } else { 0 }).0.iter().map(line).collect()
}

/// Returns what is missing or wrong on our side: what it is, what to do, and the lines of account.toml.
fn our_steps(report: &Report, comparison: &Comparison) -> Vec<String> {
    let step = |step: &summary::OurStep| {
        let todo = summary::todo(report, step).map(|todo| format!("\n{todo}")).unwrap_or_default();
        let paste: String = step.paste.lines().map(|line| format!("\n{}", summary::visible(line))).collect();
        format!("{}{todo}{paste}", summary::our_step(report, step))
    };
    summary::ours(comparison).iter().take(OUR_STEPS).map(step).collect()
}

impl Cover<'_, '_> {
    fn title(&mut self) -> Result<(), XlsxError> {
        let text = fitting(summary::sentence(self.book.report));
        // The title's letters are half as wide again.
        self.wide(0, &text, &self.book.paper.styles.title, 7)
    }

    /// A text over the columns from one to the last, on as many lines as it
    /// needs: a merged cell does not grow by itself. `tenths`: of the width
    /// that a letter of the style has room in.
    fn wide(&mut self, from: u16, text: &str, style: &Format, tenths: u32) -> Result<(), XlsxError> {
        let room: u32 = WIDTHS.iter().skip(usize::from(from)).sum::<u32>() * tenths / 10;
        let lines = |line: &str| u32::try_from(line.width()).unwrap_or(u32::MAX).div_ceil(room).max(1);
        let lines = text.lines().map(lines).sum::<u32>().clamp(1, 20);
        self.sheet.merge_range(self.row, from, self.row, LAST, text, style)?;
        self.sheet.set_row_height(self.row, (lines * line(is_tall(text)) * 10).div_ceil(tenths))?;
        self.row += 1;
        Ok(())
    }

    fn section(&mut self, titles: &[&str]) -> Result<(), XlsxError> {
        self.row += 1;
        for column in 0..=LAST {
            let title = titles.get(usize::from(column)).copied().unwrap_or_default();
            self.sheet.write_string_with_format(self.row, column, title, &self.book.paper.styles.header)?;
        }
        self.sheet.set_row_height(self.row, LINE + 3)?;
        self.row += 1;
        Ok(())
    }

    fn put(&mut self, column: u16, entry: &Entry<'_>) -> Result<(), XlsxError> {
        put(self.sheet, self.row, column, entry, &self.book.paper.styles.body, &self.book.paper.styles, WIDEST)?;
        Ok(())
    }

    fn fact(&mut self, label: &str, text: &str) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.row, 0, label, &self.book.paper.styles.label)?;
        let lines: Vec<String> = text.lines().map(summary::visible).collect();
        self.wide(1, &fitting(lines.join("\n")), &self.book.paper.styles.body.wrapped, 10)
    }

    fn facts(&mut self) -> Result<(), XlsxError> {
        let (report, own) = (self.book.report, &self.book.texts.cover);
        self.row += 1;
        self.fact(&own.account, &report.account_named())?;
        self.fact(&own.period, &report.period.to_string())?;
        let styles = &self.book.paper.styles;
        let style = match report.comparison.as_ref().map(|comparison| comparison.verdict) {
            None => &styles.body.wrapped,
            Some(Verdict::Reconciled) => &styles.good,
            Some(Verdict::Discrepancies) => &styles.bad,
            Some(Verdict::Inconclusive) => &styles.open,
        };
        self.sheet.write_string_with_format(self.row, 0, &own.verdict, &styles.label)?;
        self.wide(1, summary::verdict(report), style, 10)?;
        for text in summary::advice(report) {
            self.fact(&own.next, &text)?;
        }
        for text in report.comparison.iter().flat_map(|comparison| our_steps(report, comparison)) {
            self.fact(&own.ours, &text)?;
        }
        for text in report.comparison.iter().flat_map(|comparison| top_steps(report, comparison)) {
            self.fact(&own.causes, &text)?;
        }
        self.fact(&own.completeness, &summary::completeness(report))?;
        for card in &report.cards {
            self.fact(&own.cards, &summary::card(report, card))?;
        }
        self.fact(&own.made_by, concat!("trtc-recon ", env!("CARGO_PKG_VERSION")))
    }

    fn amounts(&mut self) -> Result<(), XlsxError> {
        let (report, own, extents) = (self.book.report, &self.book.texts.cover, &self.book.extents);
        self.section(&[&fill(&own.amounts, &[("currency", &summary::visible(&report.currency))])])?;
        let expected_row = self.row + 1;
        let expected = extents.lines.total(charges::AMOUNT);
        self.amount(&own.expected, &follows(Some(expected), table::money(report.expected_total)))?;
        if let Some((low, _)) = report.expected_range {
            self.amount(&own.expected_range, &table::money(low).into())?;
        }
        if let Some(comparison) = &report.comparison {
            let billed_row = self.row + 1;
            let billed = Some(extents.applications.total(applications::billed(report)));
            self.amount(&own.billed, &follows(billed, table::money(comparison.billed_total)))?;
            let difference = Some(format!("ROUND(B{billed_row}-B{expected_row},8)"));
            self.amount(&own.difference, &follows(difference, table::money(comparison.difference)))?;
            self.amount(&own.overcharged, &table::money(comparison.overcharged).into())?;
            self.amount(&own.undercharged, &table::money(comparison.undercharged).into())?;
        }
        let payable: Money = report.payable_total;
        self.amount(&own.payable, &follows(Some(format!("ROUND(B{expected_row},2)")), table::money(payable)))?;
        self.sheet.write_string_with_format(self.row, 0, &own.checks_hold, &self.book.paper.styles.label)?;
        self.put(1, &Entry::Holds(extents.checks.total(checks::HOLDS), true))?;
        self.row += 1;
        Ok(())
    }

    fn amount(&mut self, label: &str, entry: &Entry<'_>) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.row, 0, label, &self.book.paper.styles.body.wrapped)?;
        let lines = u32::try_from(label.width()).unwrap_or(u32::MAX).div_ceil(WIDTHS[0]).max(1);
        self.sheet.set_row_height(self.row, lines * LINE)?;
        self.put(1, entry)?;
        self.row += 1;
        Ok(())
    }

    /// Who made, looked at and released it: left for people to fill in.
    fn signatures(&mut self) -> Result<(), XlsxError> {
        let own = &self.book.texts.cover;
        self.section(&[&own.sign, &own.name, &own.date, &own.signature])?;
        for role in [&own.prepared, &own.reviewed, &own.approved] {
            self.sheet.write_string_with_format(self.row, 0, role, &self.book.paper.styles.label)?;
            self.put(1, &Entry::Open(""))?;
            self.put(2, &Entry::Open(""))?;
            self.sheet.merge_range(self.row, 3, self.row, LAST, "", &self.book.paper.styles.blank)?;
            self.sheet.set_row_height(self.row, 2 * LINE)?;
            self.row += 1;
        }
        Ok(())
    }

    fn sheets(&mut self) -> Result<(), XlsxError> {
        let (names, about) = (&self.book.texts.sheets, &self.book.texts.about);
        self.section(&[&self.book.texts.cover.sheets])?;
        let comparison = self.book.report.comparison.as_ref();
        let compared = comparison.is_some();
        let all = [
            (&names.bridge, &about.bridge, compared),
            (&names.applications, &about.applications, true),
            (&names.items, &about.items, true),
            (&names.days, &about.days, true),
            (&names.discrepancies, &about.discrepancies, compared),
            (&names.followup, &about.followup, self.book.report.followup.is_some()),
            (&names.lines, &about.lines, true),
            (&names.drawdown, &about.drawdown, true),
            (&names.grants, &about.grants, true),
            (&names.balances, &about.balances, !self.book.report.asserted.is_empty()),
            (&names.rates, &about.rates, true),
            (&names.assumptions, &about.assumptions, true),
            (&names.inputs, &about.inputs, true),
            (&names.checks, &about.checks, true),
        ];
        for (name, about, _) in all.into_iter().filter(|(_, _, there)| *there) {
            self.put(0, &Entry::Leads(name, name))?;
            self.wide(1, about, &self.book.paper.styles.body.wrapped, 10)?;
        }
        Ok(())
    }

    fn inputs(&mut self) -> Result<(), XlsxError> {
        let (report, texts) = (self.book.report, self.book.texts);
        self.section(&[&texts.cover.inputs])?;
        for input in report.inputs.iter().take(MOST_INPUTS) {
            let path = fitting(summary::visible(&input.path));
            self.sheet.write_string_with_format(self.row, 0, &path, &self.book.paper.styles.body.wrapped)?;
            let digests: Vec<_> = input.digests.named(report.naming).map(|(_, digest)| digest).collect();
            let digests = digests.join("\n");
            let lines = u32::try_from(path.width()).unwrap_or(u32::MAX).div_ceil(WIDTHS[0] - 2).clamp(1, 20);
            self.wide(1, &digests, &self.book.paper.styles.body.wrapped, 10)?;
            self.sheet.set_row_height(self.row - 1, lines * LINE)?;
        }
        if let Some(more) = report.inputs.len().checked_sub(MOST_INPUTS).filter(|more| *more > 0) {
            let values = [("count", more.to_string()), ("sheet", texts.sheets.inputs.clone())];
            let text = fill(&texts.cover.more_inputs, &values);
            self.put(0, &Entry::Is(Cell::Text(text.into())))?;
            self.row += 1;
        }
        Ok(())
    }
}
