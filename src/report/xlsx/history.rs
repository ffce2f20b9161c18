//! history.xlsx: plain tables, the totals of the months drawn next to theirs.

use rust_xlsxwriter::{Chart, ChartLegendPosition, ChartRange, ChartType, XlsxError};

use super::charts::{dress, filled};
use super::style::{INK, MORE};
use super::{Paper, ROWS, listing};
use crate::i18n::catalogue::translated;
use crate::report::Lang;
use crate::report::history::heading;
use crate::report::table::Table;

/// The columns of the totals that are drawn: expected and billed.
const DRAWN: [(u16, &str); 2] = [(3, "expected"), (4, "billed")];

/// Returns the bytes of a workbook of tables, of which the first has the totals of so many months.
pub(in crate::report) fn render_history(
    title: String,
    tables: Vec<(String, Table<'_>)>,
    months: usize,
    lang: Lang,
) -> Result<Vec<u8>, XlsxError> {
    let mut paper = Paper::new(title, "", lang)?;
    for (at, (name, table)) in tables.into_iter().enumerate() {
        let titles = table.columns.iter().map(|name| heading(lang, name)).collect();
        let last = u32::try_from(months).unwrap_or(u32::MAX);
        let sheet = name.clone();
        listing::write_dressed(&mut paper, &name, titles, table, ROWS, |drawn, styles| {
            if at > 0 || months == 0 {
                return Ok(());
            }
            let mut chart = Chart::new(ChartType::Column);
            for ((column, name), color) in DRAWN.into_iter().zip([INK, MORE]) {
                let series = chart.add_series();
                series.set_categories(&ChartRange::new_from_range(&sheet, 1, 0, last, 0));
                series.set_values(&ChartRange::new_from_range(&sheet, 1, column, last, column));
                series.set_name(translated(lang, name).as_str()).set_format(&mut filled(color)).set_gap(60);
            }
            dress(&mut chart, &translated(lang, "Expected and billed by month"), styles);
            chart.legend().set_position(ChartLegendPosition::Bottom);
            chart.set_width(900).set_height(420);
            drawn.insert_chart(1, 6, &chart)?;
            Ok(())
        })?;
    }
    paper.workbook.save_to_buffer()
}
