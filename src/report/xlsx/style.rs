//! The formats of cells: numbers by currency, dates, texts; each plain and as
//! it stands in a row of sums.

use crate::i18n::Lang;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

/// The blue of headers and of totals in charts.
pub(super) const INK: Color = Color::RGB(0x001F_3A5F);
/// The colour of amounts above the expected.
pub(super) const MORE: Color = Color::RGB(0x00B2_3A2E);
/// The colour of amounts below the expected.
pub(super) const LESS: Color = Color::RGB(0x002F_7D4F);
/// The colour of amounts not proved to be either.
pub(super) const NEUTRAL: Color = Color::RGB(0x0087_91A1);
/// The colour of verdicts that need more data.
const OPEN: Color = Color::RGB(0x007A_4F00);
/// Lines and what is in the background.
pub(super) const FAINT: Color = Color::RGB(0x00C9_D1DB);

/// The formats of the cells.
pub(super) struct Styles {
    /// The verdict.
    pub title: Format,
    /// The head of a table or of a part of the cover.
    pub header: Format,
    /// The head of a column of figures.
    pub figure_header: Format,
    /// A label on the cover.
    pub label: Format,
    /// A verdict that needs nothing, something, or more data.
    pub good: Format,
    pub bad: Format,
    pub open: Format,
    /// A cell that people fill in.
    pub blank: Format,
    /// A link within the workbook.
    pub link: Format,
    /// A remark.
    pub remark: Format,
    /// Rows.
    pub body: Kit,
    /// The row of sums.
    pub sums: Kit,
    /// The currency's money, for charts.
    pub money_code: String,
}

/// One format for each kind of cell.
pub(super) struct Kit {
    pub text: Format,
    pub wrapped: Format,
    pub long_figure: Format,
    pub day: Format,
    pub time: Format,
    pub whole: Format,
    pub fraction: Format,
    pub money: Format,
    /// Money of less than a cent, with all its decimals.
    pub small_money: Format,
    pub price: Format,
    pub truth: Format,
}

impl Styles {
    /// For amounts of a currency, in the font of a language.
    pub fn new(currency: &str, lang: Lang) -> Self {
        let symbol = match currency {
            "USD" => "[$$-409]",
            "CNY" => "[$¥-804]",
            _ => "",
        };
        // Both come with Excel and with WPS.
        let font = match lang {
            Lang::Zh => "微软雅黑",
            Lang::En => "Arial",
        };
        let top = || Format::new().set_font_name(font).set_font_size(10).set_align(FormatAlign::Top);
        let header = top().set_bold().set_text_wrap().set_font_color(Color::White).set_background_color(INK);
        let edged = |format: Format| format.set_border(FormatBorder::Thin).set_border_color(FAINT);
        Self {
            title: top().set_bold().set_font_size(14).set_font_color(INK).set_text_wrap(),
            header: header.clone().set_align(FormatAlign::VerticalCenter),
            figure_header: header.set_align(FormatAlign::VerticalCenter).set_align(FormatAlign::Right).set_indent(1),
            label: top().set_font_color(Color::RGB(0x0055_6170)),
            good: top().set_bold().set_font_color(LESS),
            bad: top().set_bold().set_font_color(MORE),
            open: top().set_bold().set_font_color(OPEN),
            blank: edged(top().set_text_wrap().set_background_color(Color::RGB(0x00FF_FBEA)).set_unlocked()),
            link: top().set_font_color(Color::RGB(0x001A_5FB4)).set_underline(rust_xlsxwriter::FormatUnderline::Single),
            remark: top().set_italic().set_font_color(Color::RGB(0x0055_6170)),
            body: Kit::new(symbol, &top()),
            sums: Kit::new(symbol, &top().set_bold().set_border_top(FormatBorder::Thin).set_border_top_color(INK)),
            money_code: signed(symbol, "#,##0.00"),
        }
    }
}

fn signed(symbol: &str, digits: &str) -> String {
    format!("{symbol}{digits};[Red]-{symbol}{digits}")
}

impl Kit {
    fn new(symbol: &str, base: &Format) -> Self {
        let dated = |code: &str| base.clone().set_align(FormatAlign::Left).set_num_format(code);
        // Room to the text in the next column.
        let figure = |code: &str| base.clone().set_align(FormatAlign::Right).set_indent(1).set_num_format(code);
        Self {
            text: base.clone(),
            wrapped: base.clone().set_text_wrap(),
            long_figure: figure("@"),
            day: dated("yyyy-mm-dd"),
            time: dated("yyyy-mm-dd hh:mm:ss"),
            whole: figure("#,##0;[Red]-#,##0"),
            fraction: figure("#,##0.0###########;[Red]-#,##0.0###########"),
            // The cell has the exact value.
            money: figure(&signed(symbol, "#,##0.00")),
            small_money: figure(&signed(symbol, "#,##0.00######")),
            // A `?` keeps the place of a digit that is not there: the points stand below one another.
            price: figure(&signed(symbol, "#,##0.00??????????")),
            truth: base.clone().set_align(FormatAlign::Center),
        }
    }
}
